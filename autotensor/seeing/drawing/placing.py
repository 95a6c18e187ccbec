"""From cards, frames and wires to places: each frame is laid out by itself, and then they are put
together.

First every frame is arranged as if all frames in it were folded (``levels``).  Then those that are
open push their neighbours aside, column by column, so that what was straight stays straight
(``place``).  The second part is done again in the browser when somebody folds a frame, by
the script ``page.js``, which says the same in its language; a test compares the two.

``across`` is along a layer, ``along`` is in the direction of the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from autotensor.seeing.drawing.layout import Item, Link, arrange, give_columns
from autotensor.seeing.drawing.parts import TITLE, Card, Frame, Picture, Wire
from autotensor.seeing.drawing.text import width

__all__ = ["DIRECTIONS", "Hop", "Level", "Plan", "Port", "lines_of", "place", "plan", "title_room"]

DIRECTIONS = ("down", "right", "up", "left")
PAD = 12.0
"""Inside of a frame, at its edges."""
MARGIN = 14.0
"""Around all."""
SAME = 0.5
"""Columns so near to each other are one."""
FAINT = 0.02
"""How much the wire of a leaf wants to be straight, compared with that of a step."""


@dataclass(eq=False)
class Port:
    """Where a wire goes through a frame."""

    frame: Frame
    out: bool
    wire: tuple[Card, int]
    at: float = 0.0
    """Where it would like to be: the column of what it leads to outside."""


@dataclass(eq=False)
class Hop:
    """A part of a wire's way, inside of one frame; wires that run together share it."""

    frame: Frame
    start: Card | Frame | Port
    end: Card | Frame | Port
    link: Link


@dataclass(eq=False)
class Level:
    """What is inside of a frame, in layers."""

    frame: Frame
    layers: list[list[Item]]
    items: dict[Any, Item]
    columns: list[float]
    pushed: list[bool]
    """Of each column whether it goes with those after it when these are pushed aside."""
    column: dict[Item, int]
    gaps: list[float]
    """Between each layer and the next."""
    axis: Item | None
    """What stands on the axis of the frame: where its main wire comes in, or goes out."""


@dataclass(eq=False)
class Plan:
    picture: Picture
    direction: str
    levels: dict[Frame, Level]
    ways: dict[Wire, list[Hop]]
    ports: dict[tuple[Frame, bool, Any], Port]
    room: dict[Item, tuple[float, float, float]] = field(default_factory=dict)
    """How far each item reaches across, to both sides of its axis, and along."""
    shift: dict[Frame, list[float]] = field(default_factory=dict)
    spot: dict[Item, tuple[float, float, float]] = field(default_factory=dict)
    """Of each item its axis, and where its layer begins and ends."""
    boxes: dict[Card | Frame, tuple[float, float, float, float]] = field(default_factory=dict)
    """Of cards and frames: across from and to, along from and to."""
    width: float = 0.0
    height: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether the data go to the right or left."""
        return self.direction in ("right", "left")

    @property
    def pads(self) -> tuple[float, float, float, float]:
        """Inside of a frame: across before and after, along before and after."""
        title = TITLE + 4
        if self.flat:
            return title, PAD, PAD, PAD
        return (PAD, PAD, title, PAD) if self.direction == "down" else (PAD, PAD, PAD, title)

    def sizes(self, part: Card | Frame) -> tuple[float, float]:
        """Across and along, of a card or a folded frame."""
        return (part.height, part.width) if self.flat else (part.width, part.height)


# -- each frame by itself --------------------------------------------------------------------------


def plan(picture: Picture, direction: str) -> Plan:
    """Arranges the inside of every frame, the outer ones first: so ports are in an order that fits
    what is outside."""
    ports: dict[tuple[Frame, bool, Any], Port] = {}
    hops: dict[Any, Hop] = {}
    ways = {wire: _way(wire, ports, hops) for wire in picture.wires}
    inside: dict[Frame, list[Hop]] = {}
    for pair in picture.stacks:
        frame = pair[0].frame if isinstance(pair[0], Card) else pair[0].outer or picture.whole
        inside.setdefault(frame, []).append(Hop(frame, *pair, Link(Item(), Item())))
    for hop in hops.values():
        inside.setdefault(hop.frame, []).append(hop)
    made = Plan(picture, direction, {}, ways, ports)
    for frame in picture.whole.all_frames():
        own = [port for port in ports.values() if port.frame is frame]
        own.sort(key=lambda port: port.at)
        level = made.levels[frame] = _level(made, frame, own, inside.get(frame, []))
        _ask_ports(level, inside.get(frame, []), ports)
    return made


def _way(wire: Wire, ports: dict[Any, Port], hops: dict[Any, Hop]) -> list[Hop]:
    """Out of the frames around its start, and into those around its end."""
    key = (wire.start, wire.output)
    up, down = wire.start.frame.path, wire.end.frame.path
    common = sum(1 for one, other in zip(up, down, strict=False) if one is other)
    way = []

    def go(frame: Frame, start: Any, end: Any) -> None:
        # Each argument of a card has a place of its own.
        name = (frame, start, end, key, wire if end is wire.end else None)
        if name not in hops:
            hops[name] = Hop(frame, start, end, Link(Item(), Item(), key))
        way.append(hops[name])

    def port(frame: Frame, out: bool) -> Port:
        return ports.setdefault((frame, out, key), Port(frame, out, key))

    here: Any = wire.start
    for frame in reversed(up[common:]):
        go(frame, here, port(frame, True))
        here = frame
    ends: list[Any] = [*down[common:], wire.end]
    go(up[common - 1], here, ends[0])
    for within, end in pairwise(ends):
        go(within, port(within, False), end)
    return way


def _level(made: Plan, frame: Frame, ports: Sequence[Port], hops: Sequence[Hop]) -> Level:
    items: dict[Any, Item] = {}
    parts = [port for port in ports if not port.out] + frame.parts
    for part in [*parts, *(port for port in ports if port.out)]:
        if isinstance(part, Port):
            weight = FAINT if part.wire[0].faint else 1.0
            items[part] = Item(0.0, weight, part, 1 if part.out else -1)
        else:
            faint = isinstance(part, Card) and (part.faint or part.kind == "input")
            items[part] = Item(made.sizes(part)[0], FAINT if faint else 1.0, part)
    for hop in hops:
        hop.link.start, hop.link.end = items[hop.start], items[hop.end]
    layers = arrange([*items.values()], [hop.link for hop in hops])
    _give_places(made, layers, hops)
    give_columns(layers)
    every = [item for layer in layers for item in layer]
    every.sort(key=lambda item: item.column)
    columns: list[float] = []
    column = {}
    for item in every:
        if not columns or item.column - columns[-1] > SAME:
            columns.append(item.column)
        column[item] = len(columns) - 1
    pull = [0.0] * len(columns)
    for item in every:
        for link in item.after:
            side = column[link.end] - column[item]
            pull[column[item]] += link.weight * ((side > 0) - (side < 0))
            pull[column[link.end]] -= link.weight * ((side > 0) - (side < 0))
    inlets = [item for item in every if item.end < 0] or [item for item in every if item.end > 0]
    axis = max(inlets, key=lambda item: (item.weight, -item.column), default=None)
    gaps = [_gap(made, *pair) for pair in pairwise(layers)]
    return Level(frame, layers, items, columns, [one > 0 for one in pull], column, gaps, axis)


def _give_places(made: Plan, layers: list[list[Item]], hops: Iterable[Hop]) -> None:
    """Says where on the edges of cards links end and begin: side by side, in their order."""
    place = {item: at for layer in layers for at, item in enumerate(layer)}
    ends: dict[Card, list[Link]] = {}
    starts: dict[Card, list[Link]] = {}
    for hop in hops:
        if not hop.link.pieces:
            continue
        if isinstance(hop.end, Card):
            ends.setdefault(hop.end, []).append(hop.link)
        if isinstance(hop.start, Card):
            starts.setdefault(hop.start, []).append(hop.link)
    for card, links in ends.items():
        links.sort(key=lambda link: place[_neighbour(link, last=True)])
        for link, at in zip(links, _spread(made, card, len(links), _main(links)), strict=True):
            link.enters = at
    for card, links in starts.items():
        outputs = sorted({link.wire[1] for link in links if link.wire})
        for link in links:
            if link.wire:
                link.leaves = _spread(made, card, len(outputs))[outputs.index(link.wire[1])]
    for hop in hops:
        for piece in hop.link.pieces:
            backwards = hop.link.turned
            if piece.start is hop.link.start and not backwards:
                piece.leaves = hop.link.leaves
            if piece.end is hop.link.end and not backwards:
                piece.enters = hop.link.enters


def _neighbour(link: Link, last: bool) -> Item:
    """The item or bend beside the end of a link, or its start."""
    chain = [link.start, *link.bends, link.end]
    return chain[-2] if last else chain[1]


def _main(links: Sequence[Link]) -> int | None:
    """Which of several is the main one: that with the longest way behind it."""
    depths = [link.wire[0].depth if link.wire else 0 for link in links]
    most = max(depths)
    return depths.index(most) if depths.count(most) == 1 else None


def _spread(made: Plan, card: Card, count: int, main: int | None = None) -> list[float]:
    """Places on an edge of a card, from its middle, which is that of the main one."""
    middle = (count - 1) / 2 if main is None else main
    room = made.sizes(card)[0] / 2 - 10
    step = min(15.0 if made.flat else 42.0, room / max(middle, count - 1 - middle, 0.5))
    return [step * (at - middle) for at in range(count)]


def _gap(made: Plan, layer: Sequence[Item], below: Sequence[Item]) -> float:
    """Between two layers: enough for curves, for arrows, and for the names of arguments."""
    into = any(isinstance(item.what, (Card, Frame)) for item in below)
    out = any(isinstance(item.what, (Card, Frame)) for item in layer)
    pieces = [piece for item in layer for piece in item.after]
    aside = max((abs(one.aside) for one in pieces), default=0.0)
    curve = 0.0 if aside < 2 else 14.0 + min(26.0, 0.07 * aside)
    label = 50.0 if made.flat else 26.0
    named = any(len(item.before) > 1 and isinstance(item.what, Card) for item in below)
    least = (label if named else 22.0 if out else 14.0) if into else 6.0
    return max(least, curve + (8.0 if into and out else 0.0))


def _ask_ports(level: Level, hops: Iterable[Hop], ports: dict[Any, Port]) -> None:
    """Tells the ports of the frames within where they would like to be."""
    wishes: dict[Port, list[float]] = {}
    for hop in (hop for hop in hops if hop.link.wire):
        if isinstance(hop.start, Frame):
            port = ports[hop.start, True, hop.link.wire]
            wishes.setdefault(port, []).append(_neighbour(hop.link, last=False).column)
        if isinstance(hop.end, Frame):
            port = ports[hop.end, False, hop.link.wire]
            wishes.setdefault(port, []).append(_neighbour(hop.link, last=True).column)
    for port, wanted in wishes.items():
        port.at = sum(wanted) / len(wanted)


# -- all together, for the frames that are open ----------------------------------------------------


def place(made: Plan) -> None:
    """Gives everything its place."""
    made.boxes.clear()
    whole = made.picture.whole
    left, right, length = _measure(made, whole)
    _put(made, whole, left + MARGIN, MARGIN)
    across, along = left + right + 2 * MARGIN, length + 2 * MARGIN
    made.width, made.height = (along, across) if made.flat else (across, along)


def _measure(made: Plan, frame: Frame) -> tuple[float, float, float]:
    """How far an open frame reaches across, to both sides of its axis, and along."""
    level = made.levels[frame]
    for layer in level.layers:
        for item in layer:
            half = item.size / 2
            if isinstance(item.what, Frame) and item.what.open:
                made.room[item] = _measure(made, item.what)
            elif isinstance(item.what, (Card, Frame)):
                made.room[item] = (half, half, made.sizes(item.what)[1])
            else:
                made.room[item] = (0.0, 0.0, 0.0)
    shift = made.shift[frame] = _push(made, level)
    spots = {item: item.column + shift[at] for item, at in level.column.items()}
    low = min((at - made.room[item][0] for item, at in spots.items()), default=0.0)
    high = max((at + made.room[item][1] for item, at in spots.items()), default=0.0)
    length = sum(level.gaps) + sum(
        max(made.room[item][2] for item in layer) if layer else 0.0 for layer in level.layers
    )
    axis = spots[level.axis] if level.axis else (low + high) / 2
    if frame.outer is None:
        return axis - low, high - axis, length
    before, after, above, below = made.pads
    lacking = title_room(frame) - (
        length + above + below if made.flat else high - low + before + after
    )
    if lacking > 0 and made.flat:
        length += lacking
    elif lacking > 0:
        high += lacking
    return axis - low + before, high - axis + after, length + above + below


def title_room(frame: Frame) -> float:
    """How long the bar with the title is at least."""
    return width(frame.title, 12, True) + 44


def _push(made: Plan, level: Level) -> list[float]:
    """How far each column is pushed aside, so that nothing open covers its neighbours."""
    count = len(level.columns)
    pairs = []
    for layer in level.layers:
        for left, right in pairwise(layer):
            over = made.room[left][1] - left.size / 2, made.room[right][0] - right.size / 2
            need = max(0.0, over[0]) + max(0.0, over[1])
            if need > 0:
                pairs.append((level.column[left], level.column[right], need))
    shift = [0.0] * count
    ending: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    starting: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for start, end, need in pairs:
        ending[end].append((start, need))
        starting[start].append((end, need))
    for at in range(1, count):
        shift[at] = max([shift[at - 1], *(shift[start] + need for start, need in ending[at])])
    for at in range(count - 2, -1, -1):
        if level.pushed[at]:
            shift[at] = min([shift[at + 1], *(shift[end] - need for end, need in starting[at])])
    return shift


def _put(made: Plan, frame: Frame, axis: float, along: float) -> None:
    """Places what is in an open frame whose axis is at ``axis`` and that begins at ``along``."""
    level = made.levels[frame]
    shift = made.shift[frame]
    spots = {item: item.column + shift[at] for item, at in level.column.items()}
    low = min((at - made.room[item][0] for item, at in spots.items()), default=0.0)
    high = max((at + made.room[item][1] for item, at in spots.items()), default=0.0)
    move = axis - (spots[level.axis] if level.axis else (low + high) / 2)
    along += made.pads[2] if frame.outer else 0.0
    for layer, gap in zip(level.layers, [*level.gaps, 0.0], strict=True):
        end = along + max((made.room[item][2] for item in layer), default=0.0)
        for item in layer:
            left, right, length = made.room[item]
            at = spots[item] + move
            made.spot[item] = (at, along, end)
            if not isinstance(item.what, (Card, Frame)):
                continue
            leaf = isinstance(item.what, Card) and item.what.is_leaf
            begin = end - length if leaf else (along + end - length) / 2
            made.boxes[item.what] = (at - left, at + right, begin, begin + length)
            if isinstance(item.what, Frame) and item.what.open:
                _put(made, item.what, at, begin)
        along = end + gap


# -- wires -----------------------------------------------------------------------------------------

Waypoint = tuple[float, float, float]
"""Across, and from where to where along."""


def is_shown(frame: Frame) -> bool:
    """Whether the inside of a frame can be seen."""
    return all(one.open for one in frame.path)


def lines_of(made: Plan, wire: Wire) -> list[Waypoint]:
    """The way of a wire past all that can be seen; empty if it is inside of a folded frame."""
    points: list[Waypoint] = []
    for hop in made.ways[wire]:
        if not is_shown(hop.frame):
            continue
        level, link = made.levels[hop.frame], hop.link
        points.append(_end_of(made, level, link, hop.start, True))
        points += [made.spot[bend] for bend in link.bends]
        points.append(_end_of(made, level, link, hop.end, False))
    return points


def _end_of(made: Plan, level: Level, link: Link, thing: Any, is_start: bool) -> Waypoint:
    """Where a link starts or ends, as a part of the way from one edge of its layer to the thing."""
    across, begin, end = made.spot[level.items[thing]]
    if isinstance(thing, Port):
        return across, begin, end
    box = made.boxes[thing]
    if isinstance(thing, Frame) and thing.open:
        inside = made.levels[thing]
        across = made.spot[inside.items[made.ports[thing, is_start, link.wire]]][0]
    else:
        across += link.leaves if is_start else link.enters
    return (across, box[3], end) if is_start else (across, begin, box[2])
