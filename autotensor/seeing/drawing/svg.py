"""A plan as SVG: one picture, complete without scripts, for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

from autotensor.seeing.drawing.parts import LEADING, PADDING, SIZES, TITLE, Card, Frame, Line, Wire
from autotensor.seeing.drawing.placing import Plan, Waypoint, is_shown, lines_of
from autotensor.seeing.drawing.text import cut, width
from autotensor.seeing.html import Html, tag

__all__ = ["ASIDE", "ON_PAGES", "path_of", "svg"]

ASIDE = {"down": (4, -9), "up": (4, 16), "right": (-10, -4), "left": (10, -4)}
"""Where the name of an argument stands, from the tip of its arrow on."""

_LIGHT = {
    ".at-card .at-box": "fill:#ffffff;stroke:#8a97a8",
    ".at-parameter .at-box": "fill:#e5f5ec;stroke:#23996b",
    ".at-input .at-box": "fill:#e4f0fb;stroke:#2f80c8",
    ".at-constant .at-box": "fill:#f1f1f1;stroke:#888888",
    ".at-root .at-box": "stroke:#d9691e;stroke-width:2",
    ".at-body": "fill:#f5f7fa;stroke:#b4bfcc",
    ".at-odd .at-body": "fill:#ebeff5",
    ".at-strip": "fill:#dbe3ed",
    ".at-closed .at-box": "fill:#dbe3ed;stroke:#7d8ba0",
    ".at-title,.at-head text": "fill:#1d2733",
    ".at-formula": "fill:#6a3fb5",
    ".at-fact": "fill:#596675",
    ".at-value": "fill:#1c5f9e",
    ".at-grad": "fill:#b3400c",
    ".at-wire": "stroke:#8090a3",
    ".at-tip": "fill:#8090a3",
    ".at-argument": "fill:#6a7685",
    ".at-halo": "stroke:#f5f7fa",
}
_DARK = {
    ".at-card .at-box": "fill:#1f2733;stroke:#75849a",
    ".at-parameter .at-box": "fill:#163527;stroke:#35b884",
    ".at-input .at-box": "fill:#15304b;stroke:#4b9fe8",
    ".at-constant .at-box": "fill:#2a2a2a;stroke:#999999",
    ".at-root .at-box": "stroke:#f0883e;stroke-width:2",
    ".at-body": "fill:#161c25;stroke:#465366",
    ".at-odd .at-body": "fill:#1b222d",
    ".at-strip": "fill:#2a3442",
    ".at-closed .at-box": "fill:#2a3442;stroke:#8593a8",
    ".at-title,.at-head text": "fill:#e8edf3",
    ".at-formula": "fill:#c3a6ff",
    ".at-fact": "fill:#a9b5c4",
    ".at-value": "fill:#86c1f7",
    ".at-grad": "fill:#ffab70",
    ".at-wire": "stroke:#7f8fa6",
    ".at-tip": "fill:#7f8fa6",
    ".at-argument": "fill:#a3afbe",
    ".at-halo": "stroke:#161c25",
}
_FACE = "system-ui,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
_SHAPES = """
.at-drawing{font-family:FACE;font-size:12px}
.at-drawing .at-box{stroke-width:1.2}
.at-drawing .at-body{stroke-width:1}
.at-drawing .at-wire{fill:none;stroke-width:1.5}
.at-drawing .at-faint{stroke-width:1;stroke-dasharray:4 2.5}
.at-drawing .at-title{font-size:13px;font-weight:600}
.at-drawing .at-formula{font-size:11.5px;font-style:italic}
.at-drawing .at-fact{font-size:11px}
.at-drawing .at-value,.at-drawing .at-grad{font-size:11.5px}
.at-drawing .at-head text{font-size:12px;font-weight:600}
.at-drawing .at-argument{font-size:9.5px}
.at-drawing .at-halo{fill:none;stroke-width:3px;stroke-linejoin:round;pointer-events:none;
user-select:none;-webkit-user-select:none}
.at-drawing .at-toggle,.at-drawing .at-hidden{display:none}
"""


def _rules(colours: dict[str, str], within: str = "") -> str:
    return "\n".join(
        ",".join(f"{within}.at-drawing {one}" for one in names.split(",")) + f"{{{how}}}"
        for names, how in colours.items()
    )


STYLE = (
    f"{_SHAPES.replace('FACE', _FACE).strip()}\n{_rules(_LIGHT)}\n"
    f"@media (prefers-color-scheme:dark){{\n{_rules(_DARK)}\n}}"
)

ON_PAGES = "\n".join(
    _rules(colours, f":is([data-theme={theme}],[data-jp-theme-light={is_light}],.vscode-{theme}) ")
    for colours, theme, is_light in ((_LIGHT, "light", "true"), (_DARK, "dark", "false"))
)
"""For pages whose reader has chosen light or dark, whatever the system prefers: those of Sphinx
and their kin, of JupyterLab, of VS Code."""


def svg(made: Plan, everything: bool = False) -> str:
    """The picture.

    Args:
        everything: keep what is inside of folded frames, unseen, for a script to show.
    """
    picture = made.picture
    body = [
        tag("g", *_frames(made, everything), class_="at-frames"),
        tag("g", *_wires(made, everything), class_="at-wires"),
        tag("g", *_heads(made, everything), class_="at-heads"),
        tag("g", *_cards(made, everything), class_="at-cards"),
    ]
    ident = f"at-{crc32(''.join(body).encode()):08x}"
    tip = tag("path", d="M0,0 L8,4 L0,8 z", class_="at-tip")
    arrow = tag(
        "marker", tip, id=f"{ident}-tip", viewBox="0 0 8 8", refX=8, refY=4, markerWidth=8,
        markerHeight=8, markerUnits="userSpaceOnUse", orient="auto",
    )  # fmt: skip
    size = f"{_number(made.width)} {_number(made.height)}"
    text = "".join(body).replace("url(#tip)", f"url(#{ident}-tip)")
    return tag(
        "svg",
        tag("title", picture.title, id=f"{ident}-title"),
        tag("desc", picture.about, id=f"{ident}-desc"),
        tag("style", Html(STYLE)),
        tag("defs", arrow),
        Html(text),
        xmlns="http://www.w3.org/2000/svg",
        class_="at-drawing",
        id=ident,
        viewBox=f"0 0 {size}",
        width=_number(made.width),
        height=_number(made.height),
        role="img",
        aria_labelledby=f"{ident}-title {ident}-desc",
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _box(made: Plan, part: Card | Frame) -> tuple[float, float, float, float]:
    """Left, top, width, height."""
    across0, across1, along0, along1 = made.boxes[part]
    if made.direction == "down":
        return across0, along0, across1 - across0, along1 - along0
    if made.direction == "up":
        return across0, made.height - along1, across1 - across0, along1 - along0
    if made.direction == "right":
        return along0, across0, along1 - along0, across1 - across0
    return made.width - along1, across0, along1 - along0, across1 - across0


def _rect(width: float, height: float, round: float, class_: str, **more: object) -> Html:
    return tag(
        "rect", width=_number(width), height=_number(height), rx=round, class_=class_, **more
    )


def _at(left: float, top: float) -> str:
    return f"translate({_number(left)},{_number(top)})"


# -- frames ----------------------------------------------------------------------------------------


def _seen(frame: Frame) -> bool:
    return frame.outer is None or is_shown(frame.outer)


def _inner(made: Plan) -> Iterator[Frame]:
    return (frame for frame in made.picture.whole.all_frames() if frame.outer is not None)


def _frames(made: Plan, everything: bool) -> Iterator[Html]:
    """The open ones, the outer before the inner."""
    for frame in _inner(made):
        seen = _seen(frame) and frame.open
        if not (seen or everything):
            continue
        left, top, across, down = _box(made, frame) if seen else (0, 0, 0, 0)
        kind = "at-frame" + (" at-odd" if len(frame.path) % 2 else "")
        yield tag(
            "g",
            _rect(across, down, 8, "at-body"),
            class_=kind + ("" if seen else " at-hidden"),
            data_key=frame.key,
            data_name=frame.name,
            transform=_at(left, top),
        )


def _heads(made: Plan, everything: bool) -> Iterator[Html]:
    """The titles of open frames, and the folded frames."""
    for frame in _inner(made):
        seen = _seen(frame)
        if not (seen or everything):
            continue
        left, top, across, _ = _box(made, frame) if seen else (0, 0, 0, 0)
        if everything or frame.open:
            shown = seen and frame.open
            yield tag(
                "g",
                tag("title", frame.about),
                _strip(across),
                tag("text", "▾", class_="at-toggle", x=10, y=16.5),
                tag("text", frame.title, class_="at-name", x=12, y=16.5),
                class_="at-head" + ("" if shown else " at-hidden"),
                data_key=frame.key,
                transform=_at(left, top),
            )
        if everything or not frame.open:
            shown = seen and not frame.open
            yield tag(
                "g",
                tag("title", f"{frame.about}\n{frame.closed_lines[1].text}"),
                _rect(frame.width, frame.height, 10, "at-box"),
                tag("text", "▸", class_="at-toggle at-title", x=9, y=_number(PADDING[1] + 13)),
                *_lines(frame.closed_lines, frame.width),
                class_="at-closed" + ("" if shown else " at-hidden"),
                data_key=frame.key,
                data_name=frame.name,
                transform=_at(left, top) if shown else None,
            )


def _strip(across: float) -> Html:
    """The bar with the title of a frame, round above and straight below."""
    return tag(
        "path",
        d=f"M.5,{TITLE} V8 a7.5,7.5 0 0 1 7.5,-7.5 H{_number(max(across - 8, 8))} "
        f"a7.5,7.5 0 0 1 7.5,7.5 V{TITLE} z",
        class_="at-strip",
    )


# -- cards -----------------------------------------------------------------------------------------


def _cards(made: Plan, everything: bool) -> Iterator[Html]:
    for card in made.picture.whole.all_cards():
        seen = is_shown(card.frame)
        if not (seen or everything):
            continue
        left, top, *_ = _box(made, card) if seen else (0, 0)
        round = 6 if card.kind in ("step", "module") else min(card.height / 2, 16)
        classes = f"at-card at-{card.kind}" + (" at-root" if card.root else "")
        yield tag(
            "g",
            tag("title", card.about),
            _rect(card.width, card.height, round, "at-box"),
            *_lines(card.lines, card.width),
            class_=classes + ("" if seen else " at-hidden"),
            data_key=card.key,
            data_name=card.name,
            transform=_at(left, top),
        )


def _lines(lines: Sequence[Line], across: float) -> Iterator[Html]:
    """Lines of text below each other, in the middle; rows of numbers flush left."""
    down = PADDING[1]
    flush: dict[str, float] = {}
    for kind in ("value", "grad"):
        rows = [width(line.text, SIZES[kind]) for line in lines if line.kind == kind]
        if len(rows) > 1:
            flush[kind] = (across - max(rows)) / 2
    for line in lines:
        down += SIZES[line.kind] * LEADING
        start = flush.get(line.kind)
        yield tag(
            "text",
            line.text.replace(" ", "\N{NO-BREAK SPACE}") if start is not None else line.text,
            class_=f"at-{line.kind}",
            x=_number(across / 2 if start is None else start),
            y=_number(down - SIZES[line.kind] * 0.32),
            text_anchor="middle" if start is None else None,
        )


# -- wires -----------------------------------------------------------------------------------------


def _wires(made: Plan, everything: bool) -> Iterator[Html]:
    drawn: set[str] = set()
    inputs: dict[Card, int] = {}
    for wire in made.picture.wires:
        inputs[wire.end] = inputs.get(wire.end, 0) + 1
    for number, wire in enumerate(made.picture.wires):
        points = lines_of(made, wire)
        drawing = path_of(made, points)
        seen = bool(drawing) and drawing not in drawn
        drawn.add(drawing)
        if not (seen or everything):
            continue
        faint = wire.start.kind in ("parameter", "constant")
        yield tag(
            "path",
            tag("title", wire.about),
            d=drawing or None,
            class_="at-wire" + (" at-faint" if faint else "") + ("" if seen else " at-hidden"),
            data_from=wire.start.key,
            data_to=wire.end.key,
            data_argument=wire.argument or None,
            marker_end="url(#tip)",
        )
        named = wire.argument and inputs[wire.end] > 1 and _says_more(wire)
        if named and (everything or is_shown(wire.end.frame)):
            x, y = _spot(made, points[-1][0], points[-1][2]) if points else (0, 0)
            yield _argument(made, wire, number, x, y, bool(points) and is_shown(wire.end.frame))


def _says_more(wire: Wire) -> bool:
    """Whether the name of the argument says more than that of what goes there."""
    return wire.argument != wire.start.lines[0].text.rpartition(".")[2]


def _argument(made: Plan, wire: Wire, number: int, x: float, y: float, seen: bool) -> Html:
    aside = ASIDE[made.direction]
    anchor = {"right": "end"}.get(made.direction)
    name = cut(wire.argument, 12)
    return tag(
        "g",
        # First its edge, in the colour of the ground, so that a line behind it does not disturb.
        tag("text", name, class_="at-halo", text_anchor=anchor, aria_hidden="true"),
        tag("text", name, text_anchor=anchor),
        class_="at-argument" + ("" if seen else " at-hidden"),
        transform=_at(x + aside[0], y + aside[1]),
        data_wire=number,
    )


def _spot(made: Plan, across: float, along: float) -> tuple[float, float]:
    if made.direction == "down":
        return across, along
    if made.direction == "up":
        return across, made.height - along
    return (along, across) if made.direction == "right" else (made.width - along, across)


def path_of(made: Plan, points: Sequence[Waypoint]) -> str:
    """Straight where layers are crossed, curved between them."""
    if len(points) < 2:
        return ""
    first = points[0]
    parts = [f"M{_pair(made, first[0], first[1])}"]
    here = first[0], first[1]
    for before, after in pairwise(points):
        if abs(before[0] - after[0]) < 0.6 and after is not points[-1]:
            continue
        if abs(before[2] - here[1]) > 0.1:
            parts.append(f"L{_pair(made, before[0], before[2])}")
        middle = (before[2] + after[1]) / 2
        end = after[1]
        if abs(before[0] - after[0]) < 0.6:
            parts.append(f"L{_pair(made, after[0], end)}")
        else:
            parts.append(
                f"C{_pair(made, before[0], middle)} {_pair(made, after[0], middle)} "
                f"{_pair(made, after[0], end)}"
            )
        here = after[0], end
    last = points[-1]
    if abs(last[2] - here[1]) > 0.1:
        parts.append(f"L{_pair(made, last[0], last[2])}")
    return " ".join(parts)


def _pair(made: Plan, across: float, along: float) -> str:
    x, y = _spot(made, across, along)
    return f"{_number(x)},{_number(y)}"
