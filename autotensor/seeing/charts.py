"""Small charts as SVG: curves against a count, how often values occur, bars, squares, boxes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from autotensor.seeing.html import COLOURS, Html, tag

__all__ = ["bars", "cells", "chain", "curves", "histogram", "levels"]

WIDTH, HEIGHT = 300, 180
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 28, 34
"""What is left free around the field of curves, for words and numbers."""
MOST_POINTS = 300
MOST_BARS = 24
MOST_CELLS = 512
BINS = 30

Point = tuple[float, float]


def curves(
    columns: Mapping[str, Sequence[float]],
    *,
    title: str,
    below: str = "epoch",
    colours: Mapping[str, str] | None = None,
) -> Html:
    """A line for each column, against 1, 2, 3…; with a gap where a number is not finite.

    Args:
        columns: the numbers by name; the names stand in the legend if there are several.
        title: what stands above the field.
        below: what is counted to the right.
        colours: by name, the key of one of ``COLOURS``; else they are taken in turn.
    """
    last = max([2, *map(len, columns.values())])
    finite = [one for column in columns.values() for one in column if math.isfinite(one)]
    low, high = _with_margin(min(finite), max(finite)) if finite else (0.0, 1.0)
    turn = dict(zip(columns, [*COLOURS] * len(columns), strict=False)) | dict(colours or {})

    def across(place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (place - 1) / (last - 1), 1)

    def down(value: float) -> float:
        # By halves: the distance of two huge numbers may be infinite.
        share = (value / 2 - low / 2) / (high / 2 - low / 2)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    parts = [_words(0, 13, title, font_weight=600)]
    for value in _ticks(low, high):
        parts.append(_rule(LEFT, down(value), WIDTH - RIGHT, down(value)))
        parts.append(_words(LEFT - 6, down(value) + 3.5, f"{value:.6g}", text_anchor="end"))
    for place in _ticks(1, last, whole=True):
        parts.append(_rule(across(place), TOP, across(place), HEIGHT - BOTTOM))
        parts.append(_words(across(place), HEIGHT - BOTTOM + 13, f"{place:.0f}"))
    parts.append(_words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, below))
    for name, column in columns.items():
        kept = [(across(at + 1), down(one)) for at, one in _thinned(column)]
        parts += _pieces(kept, COLOURS[turn[name]])
    if len(columns) > 1:
        parts += _legend({name: COLOURS[turn[name]] for name in columns})
    return _drawing(WIDTH, HEIGHT, title, *parts)


def histogram(values: np.ndarray, *, width: int = 220, height: int = 56) -> Html:
    """How often values occur between the least and the greatest, which stand below; finite ones of
    dtype bool, integer or floating point, at least one."""
    numbers = np.asarray(values, np.float64).ravel()
    low, high = float(numbers.min()), float(numbers.max())
    whole = values.dtype.kind != "f" and high - low < BINS
    bins = int(high - low) + 1 if whole else BINS
    # By halves, and of numbers between 0 and 1: the distance of huge ones may be infinite.
    span = (high / 2 - low / 2) or 1.0
    shares = (numbers / 2 - low / 2) / span * (bins - 1 if whole else 1)
    edges = (-0.5, bins - 0.5) if whole else (0, 1)
    counts = np.histogram(shares, bins, edges)[0]
    base, step = height - 14, width / bins
    parts = [
        tag(
            "rect",
            x=round(at * step + 0.5, 1),
            y=round(base - size, 1),
            width=round(step - 1, 1),
            height=round(size, 1),
            fill=COLOURS["blue"],
        )
        for at, count in enumerate(counts.tolist())
        if count
        # What occurs at all can be seen.
        for size in [max(1.0, (base - 2) * count / counts.max())]
    ]
    parts.append(_rule(0, base, width, base, stroke_opacity=0.5))
    parts.append(_words(0, height - 2, f"{low:.4g}", text_anchor="start"))
    parts.append(_words(width, height - 2, f"{high:.4g}", text_anchor="end"))
    if low < 0 < high:
        zero = round(width * (0.5 * 0 - low / 2) / span, 1)
        parts.append(_rule(zero, 0, zero, base, stroke_opacity=0.6, stroke_dasharray="2 2"))
        if 0.2 * width < zero < 0.8 * width:
            parts.append(_words(zero, height - 2, "0"))
    return _drawing(width, height, f"histogram from {low:.4g} to {high:.4g}", *parts)


def bars(
    names: Sequence[str],
    values: Sequence[float],
    marked: Collection[int],
    *,
    logarithmic: bool = True,
    band: tuple[float, float] | None = None,
    title: str = "",
) -> Html:
    """A bar to the right for each value, with its name and number; up to ``MOST_BARS`` of them.

    Args:
        marked: the places of those that stand out.
        logarithmic: whether lengths are those of logarithms; what is 0 or not finite has no bar.
        band: a range of values that is shaded.
        title: what is read out where pictures are not shown.
    """
    kept = [at for at in _spread(len(values), MOST_BARS, marked) if at < len(names)]
    line, left, width = 16, 6 * max((len(_short(names[at])) for at in kept), default=0) + 10, 460
    right = width - 62

    def scaled(value: float) -> float:
        return math.log10(value) if logarithmic else value

    shown = [scaled(values[at]) for at in kept if math.isfinite(values[at]) and values[at] > 0]
    ends = [scaled(one) for one in band or ()]
    low = min([*shown, *ends], default=0.0) - 0.5 if logarithmic else 0.0
    high = max([*shown, *ends], default=1.0)
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return round(left + (right - left) * (scaled(value) - low) / span, 1)

    height, parts = line * len(kept) + 4, []
    if band is not None:
        x, end = (across(one) for one in band)
        look = {"fill": COLOURS["green"], "fill_opacity": 0.18}
        parts.append(tag("rect", x=x, y=0, width=round(end - x, 1), height=height, **look))
    for row, at in enumerate(kept):
        y, value = row * line, values[at]
        weight = 600 if at in marked else None
        text = _short(names[at])
        parts.append(_words(left - 6, y + 12, text, text_anchor="end", font_weight=weight))
        end = across(value) if math.isfinite(value) and value > 0 else left
        colour = COLOURS["orange" if at in marked else "blue"]
        size = {"width": round(max(end - left, 1), 1), "height": line - 5}
        parts.append(tag("rect", x=left, y=y + 3, fill=colour, **size))
        parts.append(_words(max(end, left) + 5, y + 12, f"{value:.2g}", text_anchor="start"))
    return _drawing(width, height, title, *parts)


def levels(low: float, counts: Sequence[int], edge: float, title: str = "") -> Html:
    """How often values from ``low`` to 1 occurred, in bins of one width; those nearer than ``edge``
    to an end are marked, and the zones there are shaded."""
    width, base, step = 300, 80, 300 / len(counts)
    most = max([*counts, 1])
    flat = edge / (1 - low) * width
    look = {"fill": COLOURS["orange"], "fill_opacity": 0.18}
    parts = [
        tag("rect", x=round(x, 1), y=0, width=round(flat, 1), height=base, **look)
        for x in (0, width - flat)
    ]
    for at, count in enumerate(counts):
        if count:
            size = round(max(1.0, (base - 2) * count / most), 1)
            ends = at * step < flat or (at + 1) * step > width - flat
            colour = COLOURS["orange" if ends else "blue"]
            box = {"x": round(at * step + 0.5, 1), "width": round(step - 1, 1), "height": size}
            parts.append(tag("rect", y=round(base - size, 1), fill=colour, **box))
    parts.append(_rule(0, base, width, base, stroke_opacity=0.5))
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        value = low + share * (1 - low)
        parts.append(_words(share * width, base + 13, f"{value:g}", text_anchor=anchor))
    return _drawing(width, base + 16, title, *parts)


def cells(good: Sequence[bool], title: str = "") -> Html:
    """A square for each: filled blue where it is good, an empty orange one where not; up to
    ``MOST_CELLS``."""
    kept, side, columns = [*good][:MOST_CELLS], 13, 32
    parts = []
    for at, fine in enumerate(kept):
        place = {"x": at % columns * side + 1, "y": at // columns * side + 1}
        look: dict[str, object] = {"fill": COLOURS["blue"]}
        if not fine:
            look = {"fill": "none", "stroke": COLOURS["orange"], "stroke_width": 1.5}
        parts.append(tag("rect", width=side - 3, height=side - 3, rx=2, **place, **look))
    width = side * min(len(kept), columns) + 1
    return _drawing(max(width, 2), side * -(-len(kept) // columns) + 1, title, *parts)


def chain(names: Sequence[str], marked: Collection[int], title: str = "") -> Html:
    """Boxes one after the other, in lines, of which those at ``marked`` stand out."""
    kept = _spread(len(names), MOST_BARS, marked)
    parts: list[Html] = []
    x = y = 2.0
    for at in kept:
        text = _short(names[at])
        width = 6.2 * len(text) + 14
        if x > 2 and x + width > 460:
            x, y = 2.0, y + 30
        elif x > 2:
            parts.append(_rule(x - 14, y + 11, x, y + 11, stroke_opacity=0.5))
        strong = at in marked
        colour = "orange" if strong else "grey"
        look = {"stroke": COLOURS[colour], "stroke_width": 2.5 if strong else 1}
        fill = {"fill": COLOURS[colour], "fill_opacity": 0.15}
        parts.append(tag("rect", x=x, y=y, width=round(width, 1), height=22, rx=4, **look, **fill))
        middle = round(x + width / 2, 1)
        parts.append(_words(middle, y + 15, text, font_weight=600 if strong else None))
        x = round(x + width + 14, 1)
    return _drawing(464, int(y) + 26, title, *parts)


# -- numbers ---------------------------------------------------------------------------------------


def _with_margin(low: float, high: float) -> Point:
    margin = (high / 2 - low / 2) * 0.08 or abs(high) * 0.1 or 1.0
    return max(low - margin, -1.7e308), min(high + margin, 1.7e308)


def _ticks(low: float, high: float, most: int = 6, whole: bool = False) -> list[float]:
    """Round numbers between ``low`` and ``high``: 1, 2, 2.5 or 5 times a power of ten apart."""
    rough = (high / most) - (low / most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough)
    if whole:
        step = max(step, 1.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{count * step:.12g}") for count in range(first, last + 1)]


def _spread(count: int, most: int, wanted: Iterable[int]) -> list[int]:
    """Up to ``most`` of ``count`` places, evenly spread, with those that are ``wanted``."""
    if count <= most:
        return [*range(count)]
    first = [at for at in wanted if 0 <= at < count][: most // 2]
    even = {at * (count - 1) // (most - 1) for at in range(most)}
    rest = sorted(even - {*first})
    return sorted({*first, *rest[: most - len(first)]})


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"…{name[-29:]}"


def _thinned(column: Sequence[float]) -> list[tuple[int, float]]:
    """Places and numbers; of a long column the least and the greatest of each piece."""
    points = list(enumerate(map(float, column)))
    if len(points) <= MOST_POINTS:
        return points
    size = -(-2 * len(points) // MOST_POINTS)
    kept: set[tuple[int, float]] = set()
    for begin in range(0, len(points), size):
        piece = [point for point in points[begin : begin + size] if math.isfinite(point[1])]
        ends = piece or points[begin : begin + 1]
        kept |= {min(ends, key=lambda point: point[1]), max(ends, key=lambda point: point[1])}
    return sorted(kept, key=lambda point: point[0])


# -- elements --------------------------------------------------------------------------------------


def _pieces(points: Sequence[Point], colour: str) -> Iterator[Html]:
    """A line for each run of finite points; a dot where one stands alone."""
    run: list[Point] = []
    for point in [*points, (0.0, math.nan)]:
        if math.isfinite(point[1]):
            run.append(point)
            continue
        if len(run) == 1:
            yield tag("circle", cx=run[0][0], cy=run[0][1], r=2.5, fill=colour)
        elif run:
            path = " ".join(f"{x:g},{y:g}" for x, y in run)
            look = {"fill": "none", "stroke": colour, "stroke_width": 2}
            yield tag("polyline", points=path, stroke_linejoin="round", **look)
        run = []


def _legend(colours: Mapping[str, str]) -> Iterator[Html]:
    """In the upper right corner, one beside the other."""
    right = float(WIDTH - RIGHT)
    for name, colour in reversed([*colours.items()]):
        yield _words(right, 13, name, text_anchor="end")
        # About so wide are letters of this size.
        wide = sum(7.2 if one.isupper() or one in "mw" else 4.9 for one in name)
        right = round(right - wide - 5, 1)
        yield tag("line", x1=right - 12, y1=9.5, x2=right, y2=9.5, stroke=colour, stroke_width=3)
        right -= 22


def _words(x: float, y: float, text: str, **more: object) -> Html:
    more = {"text_anchor": "middle" if x else "start"} | more
    return tag("text", text, x=x, y=y, font_size=10, fill="currentColor", **more)


def _rule(x1: float, y1: float, x2: float, y2: float, **more: object) -> Html:
    more = {"stroke_opacity": 0.18} | more
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor", **more)


def _drawing(width: int, height: int, about: str, *parts: Html) -> Html:
    size = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}"}
    return tag("svg", *parts, role="img", aria_label=about, font_family="sans-serif", **size)
