// A drawing in a browser: fold and unfold, pan, zoom, and what is known of each card.
//
// The first half lays the picture out again when frames are folded, as placing.py has done at first
// and in its words: across is along a layer, along is in the direction of the data.
(() => {
  "use strict";

  function start(root) {
    root.dataset.live = "yes";
    const svg = root.querySelector("svg");
    const plan = JSON.parse(root.dataset.plan);
    const {frames, cards, links, wires, pads, margin, direction} = plan;
    const flat = direction === "right" || direction === "left";
    const CARD = 0, FRAME = 1;
    let width = 0, height = 0;

    // -- places -------------------------------------------------------------------------------

    const shown = frame => frame.open && (frame.outer < 0 || shown(frames[frame.outer]));

    function measure(frame) {
      for (const item of frame.items) {
        const half = item.size / 2;
        if (item.kind === FRAME && frames[item.at].open) item.room = measure(frames[item.at]);
        else if (item.kind === FRAME) item.room = [half, half, frames[item.at].along];
        else if (item.kind === CARD) item.room = [half, half, cards[item.at].along];
        else item.room = [0, 0, 0];
      }
      const shift = push(frame);
      let low = 0, high = 0, first = true;
      for (const item of frame.items) {
        item.spot = frame.columns[item.column] + shift[item.column];
        low = first ? item.spot - item.room[0] : Math.min(low, item.spot - item.room[0]);
        high = first ? item.spot + item.room[1] : Math.max(high, item.spot + item.room[1]);
        first = false;
      }
      let length = frame.gaps.reduce((sum, gap) => sum + gap, 0);
      for (const layer of frame.layers) length += longest(frame, layer);
      frame.axisAt = frame.axis < 0 ? (low + high) / 2 : frame.items[frame.axis].spot;
      if (frame.outer < 0) return [frame.axisAt - low, high - frame.axisAt, length];
      const [before, after, above, below] = pads;
      const lacking = frame.title - (flat ? length + above + below : high - low + before + after);
      if (lacking > 0 && flat) length += lacking;
      else if (lacking > 0) high += lacking;
      return [frame.axisAt - low + before, high - frame.axisAt + after, length + above + below];
    }

    const longest = (frame, layer) =>
      layer.reduce((most, at) => Math.max(most, frame.items[at].room[2]), 0);

    function push(frame) {
      const count = frame.columns.length, shift = new Array(count).fill(0);
      const ending = shift.map(() => []), starting = shift.map(() => []);
      for (const layer of frame.layers)
        for (let at = 1; at < layer.length; at++) {
          const left = frame.items[layer[at - 1]], right = frame.items[layer[at]];
          const need = Math.max(0, left.room[1] - left.size / 2)
            + Math.max(0, right.room[0] - right.size / 2);
          if (need > 0) {
            ending[right.column].push([left.column, need]);
            starting[left.column].push([right.column, need]);
          }
        }
      for (let at = 1; at < count; at++)
        shift[at] = ending[at].reduce((most, [left, need]) => Math.max(most, shift[left] + need),
          shift[at - 1]);
      for (let at = count - 2; at >= 0; at--)
        if (frame.pushed[at])
          shift[at] = starting[at].reduce(
            (least, [right, need]) => Math.min(least, shift[right] - need), shift[at + 1]);
      return shift;
    }

    function put(frame, axis, along) {
      const move = axis - frame.axisAt;
      if (frame.outer >= 0) along += pads[2];
      frame.layers.forEach((layer, number) => {
        const end = along + longest(frame, layer);
        for (const at of layer) {
          const item = frame.items[at], [left, right, length] = item.room;
          item.place = [item.spot + move, along, end];
          if (item.kind !== CARD && item.kind !== FRAME) continue;
          const thing = (item.kind === CARD ? cards : frames)[item.at];
          const begin = item.kind === CARD && thing.leaf ? end - length : (along + end - length) / 2;
          thing.box = [item.place[0] - left, item.place[0] + right, begin, begin + length];
          if (item.kind === FRAME && thing.open) put(thing, item.place[0], begin);
        }
        along = end + (frame.gaps[number] || 0);
      });
    }

    // -- ways of wires ------------------------------------------------------------------------

    function endOf(link, isStart) {
      const item = frames[link.frame].items[isStart ? link.start : link.end];
      let [across, begin, end] = item.place;
      if (item.kind !== CARD && item.kind !== FRAME) return item.place;
      const thing = (item.kind === CARD ? cards : frames)[item.at];
      const port = isStart ? link.from : link.into;
      if (item.kind === FRAME && thing.open) across = thing.items[port].place[0];
      else across += isStart ? link.leaves : link.enters;
      return isStart ? [across, thing.box[3], end] : [across, begin, thing.box[2]];
    }

    function wayOf(wire) {
      const points = [];
      for (const at of wire.links) {
        const link = links[at], frame = frames[link.frame];
        if (!shown(frame)) continue;
        points.push(endOf(link, true), ...link.bends.map(bend => frame.items[bend].place),
          endOf(link, false));
      }
      return points;
    }

    function spotOf(across, along) {
      if (direction === "down") return [across, along];
      if (direction === "up") return [across, height - along];
      return direction === "right" ? [along, across] : [width - along, across];
    }

    const number = value => value.toFixed(1).replace(/\.0$/, "").replace(/^-0$/, "0");
    const pair = (across, along) => spotOf(across, along).map(number).join(",");

    function pathOf(points) {
      if (points.length < 2) return "";
      const parts = ["M" + pair(points[0][0], points[0][1])], last = points[points.length - 1];
      let here = points[0][1];
      for (let at = 1; at < points.length; at++) {
        const before = points[at - 1], after = points[at];
        const straight = Math.abs(before[0] - after[0]) < 0.6;
        if (straight && after !== last) continue;
        if (Math.abs(before[2] - here) > 0.1) parts.push("L" + pair(before[0], before[2]));
        const middle = (before[2] + after[1]) / 2;
        parts.push(straight ? "L" + pair(after[0], after[1]) : "C" + pair(before[0], middle) + " "
          + pair(after[0], middle) + " " + pair(after[0], after[1]));
        here = after[1];
      }
      if (Math.abs(last[2] - here) > 0.1) parts.push("L" + pair(last[0], last[2]));
      return parts.join(" ");
    }

    // -- the picture --------------------------------------------------------------------------

    const all = (selector, from = svg) => [...from.querySelectorAll(selector)];
    const byKey = selector => new Map(all(selector).map(one => [one.dataset.key, one]));
    const bodies = byKey(".at-frame"), heads = byKey(".at-head"), folded = byKey(".at-closed");
    const drawn = byKey(".at-card"), paths = all(".at-wire");
    const names = new Map(all(".at-argument").map(one => [one.dataset.wire, one]));

    function boxOf([across0, across1, along0, along1]) {
      const [a, b] = [spotOf(across0, along0), spotOf(across1, along1)];
      return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]),
        Math.abs(a[1] - b[1])];
    }

    const show = (element, seen) => element.classList.toggle("at-hidden", !seen);
    const moveTo = (element, x, y) =>
      element.setAttribute("transform", `translate(${number(x)},${number(y)})`);

    function arrange() {
      const [left, right, length] = measure(frames[0]);
      put(frames[0], left + margin, margin);
      const across = left + right + 2 * margin, along = length + 2 * margin;
      [width, height] = flat ? [along, across] : [across, along];
      for (const card of cards) {
        const element = drawn.get(card.key), seen = shown(frames[card.frame]);
        show(element, seen);
        if (seen) moveTo(element, ...boxOf(card.box));
      }
      for (const frame of frames.slice(1)) {
        const seen = shown(frames[frame.outer]), open = seen && frame.open;
        const body = bodies.get(frame.key), head = heads.get(frame.key);
        const closed = folded.get(frame.key);
        [body, head].forEach(one => show(one, open));
        show(closed, seen && !open);
        head.setAttribute("aria-expanded", "true");
        closed.setAttribute("aria-expanded", "false");
        if (!seen) continue;
        const [x, y, across, down] = boxOf(frame.box);
        [body, head, closed].forEach(one => moveTo(one, x, y));
        body.querySelector("rect").setAttribute("width", number(across));
        body.querySelector("rect").setAttribute("height", number(down));
        const strip = head.querySelector(".at-strip");
        strip.setAttribute("d", strip.getAttribute("d").replace(/H[\d.]+/,
          "H" + number(Math.max(across - 8, 8))));
      }
      const taken = new Set();
      wires.forEach((wire, at) => {
        const points = wayOf(wire), path = pathOf(points), seen = path !== "" && !taken.has(path);
        taken.add(path);
        show(paths[at], seen);
        if (path) paths[at].setAttribute("d", path);
        const name = names.get(String(at));
        if (!name) return;
        const last = points[points.length - 1];
        show(name, seen && shown(frames[wire.frame]));
        if (!last) return;
        const [x, y] = spotOf(last[0], last[2]);
        moveTo(name, x + plan.aside[0], y + plan.aside[1]);
      });
    }

    function fold(frame, open) {
      const before = boxOf(frame.box);
      frame.open = open;
      arrange();
      const after = boxOf(frame.box);
      look(view.x + after[0] - before[0], view.y + after[1] - before[1], view.scale);
    }

    // -- what is seen of it -------------------------------------------------------------------

    const view = {x: 0, y: 0, scale: 1};

    function look(x, y, scale) {
      Object.assign(view, {x, y, scale: Math.min(8, Math.max(0.02, scale))});
      const room = svg.getBoundingClientRect();
      svg.setAttribute("viewBox",
        [x, y, room.width / view.scale, room.height / view.scale].map(number).join(" "));
    }

    function fit(least = 0) {
      const room = svg.getBoundingClientRect(), bar = 36;  // above are the buttons
      const scale = Math.min(1.25, room.width / width, (room.height - bar) / height);
      // What is too small to be read is shown from its beginning on.
      const chosen = scale > 0.75 * least ? scale : least;
      const above = bar / chosen;
      const x = (width - room.width / chosen) / 2;
      const y = (height - above - room.height / chosen) / 2;
      const late = direction === "up" ? height - room.height / chosen : 0;
      const far = direction === "left" ? width - room.width / chosen : 0;
      look(x > 0 ? (flat ? far : x) : x, y > -above ? (flat ? y : late - above) : y, chosen);
    }

    function zoom(factor, clientX, clientY) {
      const room = svg.getBoundingClientRect();
      const [dx, dy] = [clientX ?? room.left + room.width / 2, clientY ?? room.top + room.height / 2];
      const [x, y] = [dx - room.left, dy - room.top];
      const scale = Math.min(8, Math.max(0.02, view.scale * factor));
      look(view.x + x / view.scale - x / scale, view.y + y / view.scale - y / scale, scale);
    }

    const fingers = new Map();
    let moved = 0;

    svg.addEventListener("pointerdown", event => {
      if (event.button) return;
      moved = 0;
      // Text can be selected; between texts the picture is pulled.
      if (event.pointerType === "mouse" && event.target.closest("text") &&
          !event.target.closest(".at-head,.at-closed")) return;
      fingers.set(event.pointerId, event);
    });
    root.ownerDocument.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const others = [...fingers.values()].filter(one => one.pointerId !== event.pointerId);
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      if (others.length) {
        const [other] = others, apart = one =>
          Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        zoom(apart(event) / Math.max(1, apart(before)), (event.clientX + other.clientX) / 2,
          (event.clientY + other.clientY) / 2);
      } else {
        look(view.x - (event.clientX - before.clientX) / view.scale,
          view.y - (event.clientY - before.clientY) / view.scale, view.scale);
      }
      if (moved > 4) root.classList.add("at-pulled");
      fingers.set(event.pointerId, event);
    });
    for (const kind of ["pointerup", "pointercancel"])
      root.ownerDocument.addEventListener(kind, event => {
        fingers.delete(event.pointerId);
        if (!fingers.size) root.classList.remove("at-pulled");
      });
    svg.addEventListener("wheel", event => {
      // On a page with other things the wheel scrolls, until this one was clicked.
      if (!root.dataset.page && !event.ctrlKey && !root.contains(document.activeElement)) return;
      event.preventDefault();
      const lines = event.deltaMode ? 16 : 1;
      zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX,
        event.clientY);
    }, {passive: false});
    svg.addEventListener("dblclick", event => {
      if (event.target.closest("text,.at-head,.at-closed")) return;
      zoom(event.shiftKey ? 0.5 : 2, event.clientX, event.clientY);
    });

    // -- folding, and what is known of a card ---------------------------------------------------

    const panel = root.querySelector(".at-panel");
    const told = new Map();
    for (const element of [...heads.values(), ...folded.values(), ...drawn.values(), ...paths]) {
      const title = element.querySelector("title");
      if (!title) continue;
      told.set(element, title.textContent);  // said in the panel, not twice
      element.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    for (const [elements, open] of [[heads, false], [folded, true]])
      for (const [key, element] of elements) {
        element.setAttribute("role", "button");
        element.setAttribute("tabindex", "0");
        const frame = frames.find(one => one.key === key);
        const turn = () => {
          fold(frame, open);
          (open ? heads : folded).get(key).focus({preventScroll: true});
        };
        element.addEventListener("click", () => moved < 5 && turn());
        element.addEventListener("keydown", event => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          event.stopPropagation();
          turn();
        });
      }

    function tell(element) {
      const key = element && element.dataset.key;
      for (const path of paths)
        path.classList.toggle("at-lit", path === element ||
          (!!key && (path.dataset.from === key || path.dataset.to === key)));
      panel.textContent = (element && told.get(element)) || "";
      panel.hidden = !panel.textContent;
    }

    for (const element of told.keys()) {
      if (!element.hasAttribute("tabindex") && element.matches(".at-card"))
        element.setAttribute("tabindex", "0");
      element.addEventListener("pointerenter", () => tell(element));
      element.addEventListener("pointerleave", () => tell(null));
      element.addEventListener("focus", () => tell(element));
      element.addEventListener("blur", () => tell(null));
    }

    function foldAll(open) {
      frames.slice(1).forEach(frame => { frame.open = open; });
      arrange();
      fit();
    }

    const actions = {
      "in": () => zoom(1.3), "out": () => zoom(1 / 1.3), "fit": () => fit(),
      "fold": () => foldAll(false), "unfold": () => foldAll(true),
    };
    for (const button of root.querySelectorAll("button"))
      button.addEventListener("click", () => actions[button.dataset.does]());
    const step = () => 60 / view.scale;
    const keys = {
      "+": actions.in, "=": actions.in, "-": actions.out, "0": actions.fit, "f": actions.fit,
      "ArrowLeft": () => look(view.x - step(), view.y, view.scale),
      "ArrowRight": () => look(view.x + step(), view.y, view.scale),
      "ArrowUp": () => look(view.x, view.y - step(), view.scale),
      "ArrowDown": () => look(view.x, view.y + step(), view.scale),
      "Escape": () => tell(null),
    };
    root.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });

    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "group");
    root.classList.add("at-live");
    arrange();
    fit(0.62);
    new ResizeObserver(() => look(view.x, view.y, view.scale)).observe(svg);
  }

  for (const root of document.querySelectorAll(".at-graph:not([data-live])")) start(root);
})();
