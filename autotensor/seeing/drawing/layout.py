"""Where things stand in a layered drawing: ``arrange``, then ``give_columns``.

The method is that of Sugiyama, Tagawa and Toda (Methods for visual understanding of hierarchical
system structures, 1981) in its usual four parts: every item gets a layer, so that links lead from
one layer to a later one; links over several layers get a *bend* in each between; the order within
layers is improved until few links cross; then everything gets a place in its layer, its *column*,
such that links are straight where they can be.

Layers follow each other along one axis and columns lie across it; which of the two is downwards is
no matter here.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any

__all__ = ["Item", "Link", "arrange", "give_columns"]

GAP = 18.0
"""Between neighbours in a layer."""
ROOM_OF_BENDS = 7.0
"""Between neighbours of which one is a bend: so near may links run side by side."""


@dataclass(eq=False)
class Item:
    """What has a place: a thing to be drawn, a port in the frame around, or a bend of a link."""

    size: float = 0.0
    """Across, which is along the layer."""
    weight: float = 1.0
    """How much its links want to be straight; those of a parameter less than those of a step."""
    what: Any = None
    end: int = 0
    """-1 for a port in the first layer, 1 for one in the last; such keep their order."""
    bend: bool = False
    layer: int = 0
    column: float = 0.0
    """The place of its axis across."""
    before: list[Link] = field(default_factory=list)
    after: list[Link] = field(default_factory=list)


@dataclass(eq=False)
class Link:
    """A line from one item to another, and for this purpose from layer to layer."""

    start: Item
    end: Item
    wire: Any = None
    """What flows there; links of one wire from one item run together for as long as they can."""
    leaves: float = 0.0
    """How far from the axis of its item it starts."""
    enters: float = 0.0
    """How far from that axis it ends."""
    turned: bool = False
    """Whether it leads backwards, against the order that the items were given in."""
    bends: list[Item] = field(default_factory=list)
    pieces: list[Link] = field(default_factory=list)
    """From each layer to the next; links of one wire share them."""

    @property
    def weight(self) -> float:
        if self.start.bend and self.end.bend:
            return 8.0
        return 3.0 * min(self.start.weight, self.end.weight)

    @property
    def aside(self) -> float:
        """How far its end is from straight ahead."""
        return self.end.column + self.enters - self.start.column - self.leaves


def arrange(items: Sequence[Item], links: Sequence[Link]) -> list[list[Item]]:
    """Gives each item its layer and column, and each link its bends.

    Args:
        items: in an order such that links lead forwards; the few that do not are turned round.
        links: between them.

    Returns:
        The layers, with bends, in the order across.
    """
    place = {item: at for at, item in enumerate(items)}
    forward = [link for link in links if place[link.start] != place[link.end]]
    for link in forward:
        link.turned = place[link.start] > place[link.end]
    pairs = [(one.end, one.start) if one.turned else (one.start, one.end) for one in forward]
    _give_layers(items, pairs)
    pieces, bends = _bend(forward, pairs)
    layers: list[list[Item]] = [[] for _ in range(1 + max((one.layer for one in items), default=0))]
    for item in [*items, *bends]:
        layers[item.layer].append(item)
    for piece in pieces:
        piece.start.after.append(piece)
        piece.end.before.append(piece)
    _order(layers)
    return layers


# -- layers ----------------------------------------------------------------------------------------


def _give_layers(items: Sequence[Item], pairs: Sequence[tuple[Item, Item]]) -> None:
    """Each item after all that it comes from, and near to what it is linked with."""
    before: dict[Item, list[Item]] = {item: [] for item in items}
    after: dict[Item, list[Item]] = {item: [] for item in items}
    for start, end in pairs:
        before[end].append(start)
        after[start].append(end)
    for item in items:
        item.layer = 0
        if item.end >= 0:
            item.layer = max((one.layer + 1 for one in before[item]), default=0)
    last = max((item.layer for item in items if item.end <= 0), default=-1)
    for item in items:
        if item.end > 0:
            item.layer = last + 1
    for _ in range(3):  # a move makes room for others
        for item in reversed(items):
            if item.end or not after[item]:
                continue
            latest = min(one.layer for one in after[item]) - 1
            pull = sum(one.weight for one in after[item]) - sum(one.weight for one in before[item])
            if latest > item.layer and (not before[item] or pull > 0):
                item.layer = latest


def _bend(
    links: Sequence[Link], pairs: Sequence[tuple[Item, Item]]
) -> tuple[list[Link], list[Item]]:
    """The pieces of all links from each layer to the next, and the bends between them."""
    bends: dict[tuple[Item, Any, int], Item] = {}
    pieces: dict[tuple[Item, Item], Link] = {}
    for link, (start, end) in zip(links, pairs, strict=True):
        chain = [start]
        for layer in range(start.layer + 1, end.layer):
            key = (start, link if link.turned else link.wire, layer)
            if key not in bends:
                bends[key] = Item(weight=start.weight, bend=True, layer=layer)
            chain.append(bends[key])
        chain.append(end)
        link.bends = chain[1:-1][::-1] if link.turned else chain[1:-1]
        for ends in pairwise(chain):
            link.pieces.append(pieces.setdefault(ends, Link(*ends)))
    return list(pieces.values()), list(bends.values())


# -- order -----------------------------------------------------------------------------------------


def _order(layers: list[list[Item]]) -> None:
    """Puts the items of each layer in an order with few crossings."""
    _sort_by(layers, range(1, len(layers)), "before")
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    since = 0
    for turn in range(24):
        if not fewest or since > 5:
            break
        if turn % 2:
            _sort_by(layers, range(1, len(layers)), "before")
        else:
            _sort_by(layers, range(len(layers) - 2, -1, -1), "after")
        crossings = _crossings(layers)
        since += 1
        if crossings < fewest:
            best, fewest, since = [list(layer) for layer in layers], crossings, 0
    layers[:] = best
    if sum(map(len, layers)) < 400:
        _swap_neighbours(layers)


def _sort_by(layers: list[list[Item]], turns: Sequence[int], side: str) -> None:
    """Sorts layers by the mean place of what their items are linked with on one side."""
    for at in turns:
        layer = layers[at]
        beside = layers[at - 1 if side == "before" else at + 1]
        place = {item: float(number) for number, item in enumerate(beside)}
        wanted: dict[Item, float] = {}
        for number, item in enumerate(layer):
            links = getattr(item, side)
            near = [place[link.start if side == "before" else link.end] for link in links]
            # What is linked with nothing here stays about where it is.
            share = number / max(1, len(layer)) * len(beside)
            wanted[item] = sum(near) / len(near) if near else share
        ports = [item for item in layer if item.end]
        layer.sort(key=lambda item: wanted[item])
        _keep_order(layer, ports)


def _keep_order(layer: list[Item], ports: list[Item]) -> None:
    """Puts ports back in their own order, on the places that ports have."""
    if len(ports) > 1:
        places = [at for at, item in enumerate(layer) if item.end]
        for at, port in zip(places, ports, strict=True):
            layer[at] = port


def _crossings(layers: list[list[Item]]) -> int:
    return sum(_crossings_after(layer, below) for layer, below in pairwise(layers))


def _crossings_after(layer: Sequence[Item], below: Sequence[Item]) -> int:
    """Of the links between two layers: pairs whose ends are not in the order of their starts."""
    place = {item: at for at, item in enumerate(below)}
    seen: list[int] = []
    crossings = 0
    for item in layer:
        ends = sorted(place[link.end] for link in item.after)
        crossings += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
        for end in ends:
            insort(seen, end)
    return crossings


def _swap_neighbours(layers: list[list[Item]]) -> None:
    """Swaps neighbours as long as that makes crossings fewer."""
    for _ in range(4):
        swapped = False
        for number, layer in enumerate(layers):
            above = _places(layers[number - 1] if number else ())
            below = _places(layers[number + 1] if number + 1 < len(layers) else ())
            for at in range(len(layer) - 1):
                left, right = layer[at], layer[at + 1]
                if left.end and right.end:
                    continue
                if _between(right, left, above, below) < _between(left, right, above, below):
                    layer[at], layer[at + 1] = right, left
                    swapped = True
        if not swapped:
            return


def _places(layer: Sequence[Item]) -> dict[Item, int]:
    return {item: at for at, item in enumerate(layer)}


def _between(left: Item, right: Item, above: dict[Item, int], below: dict[Item, int]) -> int:
    """Crossings of the links of two neighbours in this order."""
    crossings = 0
    for place, side in ((above, "before"), (below, "after")):
        ends = [
            [place[link.start if side == "before" else link.end] for link in getattr(one, side)]
            for one in (left, right)
        ]
        crossings += sum(one > other for one in ends[0] for other in ends[1])
    return crossings


# -- columns ---------------------------------------------------------------------------------------


def give_columns(layers: Sequence[Sequence[Item]], *, rounds: int = 12) -> None:
    """Gives each item its place across: in order, apart, and near to what it is linked with."""
    for layer in layers:
        at = 0.0
        for left, item in zip([None, *layer], layer, strict=False):
            at += apart(left, item) if left else 0.0
            item.column = at
        middle = at / 2
        for item in layer:
            item.column -= middle
    for turn in range(2 * rounds):
        # At first from one side only, so that each layer follows the one before; then from both.
        sides = ("before", "after") if turn >= rounds else (("before",), ("after",))[turn % 2]
        for layer in layers if turn % 2 == 0 else reversed(layers):
            _settle(layer, sides)
    _straighten(layers)


def apart(left: Item, right: Item) -> float:
    """How far the axes of neighbours are apart at least."""
    gap = ROOM_OF_BENDS if left.bend or right.bend else GAP
    return (left.size + right.size) / 2 + gap


def _wish(item: Item, sides: Sequence[str]) -> tuple[float, float]:
    """Where an item would like to be, and how much."""
    total = wish = 0.0
    for side in sides:
        for link in getattr(item, side):
            if side == "before":
                at = link.start.column + link.leaves - link.enters
            else:
                at = link.end.column + link.enters - link.leaves
            wish += link.weight * at
            total += link.weight
    return (wish / total, total) if total else (item.column, 0.01)


def _settle(layer: Sequence[Item], sides: Sequence[str]) -> None:
    """Moves the items of a layer to where they would like to be, as near as their order allows.

    The sum of squares of weighted distances from there is the least possible: neighbours that would
    collide move together (pool adjacent violators; Barlow et al., 1972).
    """
    offset = 0.0
    blocks: list[tuple[float, float, int]] = []  # where, how much, of how many
    offsets = []
    for left, item in zip([None, *layer], layer, strict=False):
        offset += apart(left, item) if left else 0.0
        offsets.append(offset)
        wish, weight = _wish(item, sides)
        here, total, count = wish - offset, weight, 1
        while blocks and blocks[-1][0] > here:
            other, more, number = blocks.pop()
            here = (here * total + other * more) / (total + more)
            total += more
            count += number
        blocks.append((here, total, count))
    places = [here for here, _, count in blocks for _ in range(count)]
    for item, here, offset in zip(layer, places, offsets, strict=True):
        item.column = here + offset


def _straighten(layers: Sequence[Sequence[Item]]) -> None:
    """Takes out small bends that are left: chains of links that are almost straight become so, and
    those through bends alone wherever there is room.  Then what is beside the main ways comes near
    again."""
    lefts: dict[Item, Item] = {}
    rights: dict[Item, Item] = {}
    for layer in layers:
        for left, right in pairwise(layer):
            lefts[right], rights[left] = left, right
    for only_bends, most in ((True, inf), (False, 48.0)):
        done: set[Item] = set()
        for item in (item for layer in layers for item in layer):
            if item.bend or not (only_bends or item.weight < 1):
                chain = _chain(item, done, only_bends, most)
                if len(chain) > 1:
                    _align(chain, lefts, rights)
    for _ in range(3):
        for item in (item for layer in layers for item in layer if item.weight < 1):
            if not (item.bend or item.end):
                low, high = _room(item, 0.0, lefts, rights)
                item.column = min(max(_wish(item, ("before", "after"))[0], low), high)


def _room(
    item: Item, shift: float, lefts: Mapping[Item, Item], rights: Mapping[Item, Item]
) -> tuple[float, float]:
    """From where to where an axis may be, so that an item ``shift`` beside it keeps apart from its
    neighbours."""
    left, right = lefts.get(item), rights.get(item)
    return (
        left.column + apart(left, item) - shift if left else -inf,
        right.column - apart(item, right) - shift if right else inf,
    )


def _align(
    chain: Sequence[tuple[Item, float]],
    lefts: Mapping[Item, Item],
    rights: Mapping[Item, Item],
) -> None:
    """Puts a chain on one axis from which neighbours keep apart, or on several one after another,
    each for as long as there is such a one."""
    run: list[tuple[Item, float]] = []
    low, high = -inf, inf
    for item, shift in chain:
        least, greatest = _room(item, shift, lefts, rights)
        if run and max(low, least) > min(high, greatest):
            _line_up(run, low, high)
            run, low, high = [], -inf, inf
        run.append((item, shift))
        low, high = max(low, least), min(high, greatest)
    _line_up(run, low, high)


def _line_up(run: Sequence[tuple[Item, float]], low: float, high: float) -> None:
    """Puts all on one axis between ``low`` and ``high``."""
    wanted = sorted(item.column - shift for item, shift in run)
    axis = min(max(wanted[len(wanted) // 2], low), high)
    for item, shift in run:
        item.column = axis + shift


def _chain(item: Item, done: set[Item], only_bends: bool, most: float) -> list[tuple[Item, float]]:
    """An item with those after it along its heaviest links, and how far each is from its axis if
    all links are straight."""
    chain, shift = [], 0.0
    while item not in done and (item.bend or not only_bends):
        done.add(item)
        chain.append((item, shift))
        if not item.after:
            break
        link = max(item.after, key=lambda one: (one.weight, -abs(one.aside)))
        if abs(link.aside) >= most:
            break
        shift += link.leaves - link.enters
        item = link.end
    return chain
