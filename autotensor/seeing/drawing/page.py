"""A plan as HTML: the picture with a script that folds, pans and zooms, in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autotensor.seeing.drawing.layout import Link
from autotensor.seeing.drawing.parts import Card, Frame
from autotensor.seeing.drawing.placing import MARGIN, Plan, Port, title_room
from autotensor.seeing.drawing.svg import ASIDE, ON_PAGES, svg
from autotensor.seeing.html import Html, tag

__all__ = ["fragment", "page"]

_STYLE = """
.at-graph{position:relative;overflow:hidden;border-radius:6px;color-scheme:light dark}
.at-graph svg{display:block;max-width:100%;height:auto}
.at-live svg{width:100%;height:100%;cursor:grab;outline-offset:-2px}
.at-live:not([data-page]) svg{touch-action:pan-y}
.at-live[data-page] svg{touch-action:none}
.at-pulled svg{cursor:grabbing;user-select:none;-webkit-user-select:none}
.at-live svg text{cursor:text}
.at-live .at-head,.at-live .at-closed,.at-live .at-head text,.at-live .at-closed text{
cursor:pointer;user-select:none;-webkit-user-select:none}
.at-live .at-head:hover .at-strip,.at-live .at-closed:hover .at-box{filter:brightness(.94)}
.at-live .at-drawing .at-toggle{display:inline}
.at-live .at-head .at-name{transform:translate(14px,0)}
.at-live :focus:not(:focus-visible){outline:none}
.at-live .at-drawing .at-lit{stroke:#d9691e;stroke-width:2.4}
.at-bar{position:absolute;top:8px;right:8px;display:none;gap:3px}
.at-live .at-bar{display:flex}
.at-bar button{font:600 13px/1 system-ui,sans-serif;min-width:28px;height:26px;padding:0 7px;
border:1px solid #8895a7;border-radius:5px;background:#3a4657;color:#f5f7fa;cursor:pointer}
.at-bar button:hover{background:#55647a}
.at-panel{position:absolute;left:8px;bottom:8px;max-width:min(560px,calc(100% - 32px));
padding:7px 11px;border:1px solid #8895a7;border-radius:6px;background:#2b3545f5;color:#f5f7fa;
font:12px/1.5 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere;pointer-events:none}
"""
_PAGE = """
html,body{margin:0;height:100%;background:#fff}
.at-graph{height:100vh;height:100dvh;border-radius:0}
@media (prefers-color-scheme:dark){html,body{background:#0f141a}}
"""
_BUTTONS = {
    "in": ("+", "zoom in"),
    "out": ("−", "zoom out"),
    "fit": ("fit", "show all of it"),
    "fold": ("fold", "fold all modules"),
    "unfold": ("unfold", "unfold all modules"),
}


def fragment(made: Plan, whole_page: bool = False) -> Html:
    """The drawing as part of a page: as high as it needs to be, up to most of the window."""
    folds = len(made.levels) > 1
    buttons = [
        tag("button", label, data_does=does, title=about, aria_label=about, type="button")
        for does, (label, about) in _BUTTONS.items()
        if folds or "fold" not in does
    ]
    height = min(made.height, 620.0)
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return tag(
        "div",
        tag("style", Html(_STYLE.strip() + ("" if whole_page else f"\n{ON_PAGES}"))),
        Html(svg(made, everything=True)),
        tag("div", *buttons, class_="at-bar", role="toolbar", aria_label="The drawing"),
        tag("div", class_="at-panel", role="status", hidden=True),
        tag("script", Html(script)),
        class_="at-graph",
        data_plan=json.dumps(_facts(made), separators=(",", ":")),
        data_page=whole_page,
        style=None if whole_page else f"height:{height:.0f}px;max-height:85vh",
    )


def page(made: Plan) -> str:
    """The drawing as a page of its own, which needs nothing else."""
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width,initial-scale=1">'),
        tag("title", made.picture.title),
        tag("style", Html(_PAGE.strip())),
    )
    body = tag("body", fragment(made, whole_page=True))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


# -- what the script has to know -------------------------------------------------------------------


def _facts(made: Plan) -> dict[str, Any]:
    whole = made.picture.whole
    frames, cards = [*whole.all_frames()], [*whole.all_cards()]
    number: dict[Any, int] = {one: at for some in (frames, cards) for at, one in enumerate(some)}
    where = {frame: {item: at for at, item in enumerate(_items(made, frame))} for frame in frames}
    links: dict[Link, int] = {}
    told: list[dict[str, Any]] = []
    for way in made.ways.values():
        for hop in way:
            if hop.link in links:
                continue
            links[hop.link] = len(told)
            places, items = where[hop.frame], made.levels[hop.frame].items
            one = {
                "frame": number[hop.frame],
                "start": places[items[hop.start]],
                "end": places[items[hop.end]],
                "bends": [places[bend] for bend in hop.link.bends],
                "leaves": _round(hop.link.leaves),
                "enters": _round(hop.link.enters),
            }
            for name, thing, out in (("from", hop.start, True), ("into", hop.end, False)):
                if isinstance(thing, Frame):
                    port: Port = made.ports[thing, out, hop.link.wire]
                    one[name] = where[thing][made.levels[thing].items[port]]
            told.append(one)
    return {
        "direction": made.direction,
        "pads": made.pads,
        "margin": MARGIN,
        "aside": ASIDE[made.direction],
        "frames": [_frame(made, frame, number, where[frame]) for frame in frames],
        "cards": [_card(made, card, number) for card in cards],
        "links": told,
        "wires": [
            {"links": [links[hop.link] for hop in way], "frame": number[wire.end.frame]}
            for wire, way in made.ways.items()
        ],
    }


def _items(made: Plan, frame: Frame) -> list[Any]:
    return [item for layer in made.levels[frame].layers for item in layer]


def _frame(made: Plan, frame: Frame, number: dict[Any, int], places: Any) -> dict[str, Any]:
    level = made.levels[frame]
    items = []
    for item in places:
        kind = 0 if isinstance(item.what, Card) else 1 if isinstance(item.what, Frame) else 2
        facts = {"kind": kind, "size": _round(item.size), "column": level.column[item]}
        items.append(facts | ({"at": number[item.what]} if kind < 2 else {}))
    return {
        "key": frame.key,
        "open": frame.open,
        "outer": -1 if frame.outer is None else number[frame.outer],
        "title": _round(title_room(frame)),
        "along": _round(made.sizes(frame)[1]),
        "columns": [_round(one) for one in level.columns],
        "pushed": [int(one) for one in level.pushed],
        "gaps": [_round(one) for one in level.gaps],
        "axis": -1 if level.axis is None else places[level.axis],
        "layers": [[places[item] for item in layer] for layer in level.layers],
        "items": items,
    }


def _card(made: Plan, card: Card, number: dict[Any, int]) -> dict[str, Any]:
    return {
        "key": card.key,
        "frame": number[card.frame],
        "along": _round(made.sizes(card)[1]),
        "leaf": card.is_leaf,
    }


def _round(value: float) -> float:
    return round(value, 2)
