"""Training in a notebook: its history, its confusions, and what a doctor finds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from autotensor.extend import replacing, type_name
from autotensor.extend.seeing import (
    Html,
    bars,
    cells,
    chain,
    curves,
    head,
    levels,
    note,
    page,
    picture,
    pictures_of,
    side_by_side,
    table,
    tag,
)
from nn.insight.chart import EDGE
from nn.insight.findings import Bars, Levels, Parts

__all__ = [
    "confusion_page", "doctor_page", "draw", "finding_page", "finding_pictures", "history_page",
    "multilabel_page",
]  # fmt: skip

FIRST, LAST = 3, 12
"""Epochs of a long history in the table."""
MOST = 20
"""Classes in a table; of more there is a picture."""
SAME = 5
"""Layers that are named of one sickness."""


# -- a History -------------------------------------------------------------------------------------


def history_page(history: Any) -> str:
    """The curves of every quantity, training against validation, and the numbers in a table."""
    epochs = history.epochs
    title = head(type(history).__name__, f"{epochs:,} epoch{'' if epochs == 1 else 's'}")
    if not epochs:
        return page(title)
    drawn = [_curves(history, name) for name in history.quantities] if epochs > 1 else []
    shown: list[int | None] = [*range(epochs)]
    if epochs > FIRST + LAST + 1:
        shown = [*range(FIRST), None, *range(epochs - LAST, epochs)]
    rows: list[list[str]] = [
        ["…"] * (1 + len(history))
        if epoch is None
        else [str(epoch + 1), *(f"{column[epoch]:.4g}" for column in history.values())]
        for epoch in shown
    ]
    titles = ["epoch", *(name.replace("_", " ") for name in history)]
    return page(title, side_by_side(*drawn), table(rows, titles, labels=True))


def _curves(history: Any, quantity: str) -> Html:
    names = {"training": f"train_{quantity}", "validation": f"validation_{quantity}"}
    columns = {name: history[key] for name, key in names.items() if key in history}
    if quantity in history:
        columns[quantity] = history[quantity]
    colours = {"training": "blue", "validation": "orange", quantity: "green"}
    return curves(columns, title=quantity.replace("_", " "), colours=colours)


# -- confusions ------------------------------------------------------------------------------------


def confusion_page(confusion: Any) -> str:
    """The matrix, each row coloured by the shares of its class; many classes as a picture."""
    counts, classes = confusion.matrix, confusion.classes
    total = int(counts.sum())
    facts = [f"{classes} classes", f"{total:,} answers"]
    if total:
        facts.append(f"accuracy {confusion.accuracy():.4g}")
    parts: list[Html] = [head(type(confusion).__name__, *facts)]
    if confusion.unanswered.any():
        parts.append(note(f"{int(confusion.unanswered.sum()):,} without an answer, scores of NaN"))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    if classes > MOST:
        parts.append(pictures_of(shares) or note(""))
        return page(*parts, note("a row for each true class, a column for each answer"))
    rows = [
        [place, *map(_cell, row, share, [place == at for at in range(classes)])]
        for place, (row, share) in enumerate(zip(counts.tolist(), shares.tolist(), strict=True))
    ]
    parts.append(table(rows, ["true \\ said", *range(classes)], labels=True))
    return page(*parts)


def _cell(count: int, share: float, right: bool) -> Html:
    """Blue where it is right and orange where it is wrong, the stronger the more often."""
    colour = "47,128,200" if right else "217,105,30"
    look = f"background:rgba({colour},{0.75 * share:.2f})" if count else "opacity:.4"
    return tag("div", f"{count:,}", style=f"{look};margin:0 -.4em;padding:0 .4em")


def multilabel_page(confusion: Any) -> str:
    """For each label how often it was said and true, and the shares that follow."""
    shares = [getattr(confusion, one)(None) for one in ("precision", "recall", "f1_score")]
    rows: list[list[str]] = [
        [str(label), *(f"{int(one):,}" for one in counts.ravel()[[3, 1, 2, 0]]), *map(_share, more)]
        for label, (counts, *more) in enumerate(zip(confusion.counts, *shares, strict=True))
    ]
    names = ["label", "both", "said only", "true only", "neither", "precision", "recall", "F1"]
    left = rows[MOST:]
    return page(
        head(type(confusion).__name__, f"{confusion.labels} labels"),
        table(rows[:MOST], names, labels=True),
        *([note(f"… and {len(left)} more labels")] if left else []),
    )


def _share(value: float) -> str:
    return f"{value:.3f}"


# -- a doctor's findings ---------------------------------------------------------------------------


def findings_page(title: str, findings: Sequence[Any], about: str = "") -> str:
    """Each sickness with where it was seen, why it is bad and what to do."""
    parts = [head(title, *([about] if about else []))]
    for _, same in groupby(findings, lambda one: one.sickness):
        parts.append(_case([*same]))
    return page(*parts)


def _case(findings: list[Any]) -> Html:
    """The findings of one sickness."""
    first = findings[0]
    seen = [
        tag("div", tag("span", one.layer, class_="at-mono"), f": {one.message}", class_="at-leaf")
        for one in findings[:SAME]
    ]
    if len(findings) > SAME:
        seen.append(tag("div", f"… and {len(findings) - SAME} more", class_="at-leaf at-dim"))
    why = tag("div", tag("b", "why "), first.why, class_="at-leaf")
    remedy = tag("div", tag("b", "do "), first.remedy, class_="at-leaf")
    return tag(
        "div",
        tag("b", first.sickness),
        *seen,
        *finding_pictures(findings),
        why,
        remedy,
        class_="at-case",
    )


def finding_pictures(findings: Sequence[Any]) -> list[Html]:
    """What the numbers of findings of one sickness look like.  Those that stand in the same bars or
    boxes have one picture, in which all are marked."""
    together: dict[Any, list[Any]] = {}
    for place, one in enumerate(findings):
        shown = one.shown
        alike = isinstance(shown, (Bars, Parts))
        together.setdefault((type(shown), tuple(shown.names)) if alike else place, []).append(one)
    drawn = [_picture(same) for same in list(together.values())[:SAME]]
    return [one for one in drawn if one is not None]


def _picture(findings: list[Any]) -> Html | None:
    """None of a finding that has been made without."""
    first = findings[0]
    shown, title = first.shown, f"{first.sickness}: {', '.join(one.layer for one in findings)}"
    marked = [one for finding in findings for one in getattr(finding.shown, "marked", ())]
    if isinstance(shown, Bars):
        more: Any = {"logarithmic": shown.logarithmic, "band": shown.band, "title": title}
        return bars(shown.names, shown.values, marked, **more)
    if isinstance(shown, Levels):
        return levels(shown.low, shown.counts.tolist(), EDGE, title)
    if isinstance(shown, Parts):
        return chain(shown.names, marked, title)
    if shown is not None and shown.ndim == 1:
        return cells(shown.tolist(), title)
    return None if shown is None else _map(shown)


def _map(numbers: np.ndarray) -> Html:
    """Numbers ``(rows, columns)`` as pixels, the least black and the greatest white."""
    finite = np.nan_to_num(np.asarray(numbers, np.float64))
    low, high = float(finite.min()), float(finite.max())
    pixels = np.round((finite - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    return picture(pixels, caption=f"{low:.3g} black, {high:.3g} white", side=144)


def draw(thing: Any, path: Any, caller: str) -> str:
    """A finding, or a doctor with all of them, as a file of HTML, written to ``path`` if given."""
    shown = doctor_page(thing) if hasattr(thing, "findings") else finding_page(thing)
    title = tag("title", type(thing).__name__)
    look = tag("meta", name_="color-scheme", content="light dark")
    text = f"<!doctype html>{tag('meta', charset='utf-8')}{look}{title}{shown}\n"
    if path is None:
        return text
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{caller}: path must be a str or os.PathLike, got {type_name(path)}")
    where = Path(path)
    if not where.parent.is_dir():
        raise FileNotFoundError(f"{caller}: the folder {where.parent} does not exist")
    with replacing(str(where)) as file:
        file.write(text.encode("utf-8"))
    return text


def doctor_page(doctor: Any) -> str:
    """Its findings until now, as ``report`` has them in words."""
    findings = doctor.findings
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    looked_at = f"{doctor.samples} of {doctor.batches} batches looked at"
    return findings_page(type(doctor).__name__, findings, f"{count} in {looked_at}")


def finding_page(finding: Any) -> str:
    """One of them."""
    return findings_page(type(finding).__name__, [finding])
