"""What an explanation of a backward pass looks like: in a terminal, and as a page."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autotensor.seeing.explaining import ExplainedStep, Explanation, Kept, Outgoing
from autotensor.seeing.html import Html, fold, head, note, page, table, tag
from autotensor.seeing.numbers_in import figure
from autotensor.seeing.reading import value_of

__all__ = ["as_page", "as_text", "for_terminal"]

_STYLES = {"bold": "1", "dim": "2", "name": "36", "result": "32"}
_IN_ASCII = str.maketrans({
    "·": "*", "→": "->", "…": "...", "²": "^2", "³": "^3", "µ": "u", "Σ": "sum ", "√": "sqrt ",
    "ᵀ": ".T", "×": "x", "≤": "<=", "≥": ">=", "≠": "!=", "∞": "inf", "½": "1/2", "Π": "prod ",
    **{"₀₁₂₃₄₅₆₇₈₉"[digit]: f"_{digit}" for digit in range(10)},
})  # fmt: skip
_ADDED = {False: "what backward() adds to grad", True: "what is in grad now"}
_NARROWEST, _WIDEST = 60, 120
_INDENT = 5


# -- a terminal ------------------------------------------------------------------------------------


def for_terminal(explanation: Explanation) -> str:
    """The text, as wide as the terminal, with colours and signs that it can show."""
    columns = shutil.get_terminal_size((80, 24)).columns
    text = as_text(explanation, max(_NARROWEST, min(columns, _WIDEST)), _wants_colour())
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = text.translate(_IN_ASCII).encode("ascii", "replace").decode("ascii")
    return text


def _wants_colour() -> bool:
    """Whether what is printed goes to a terminal that shows colours, and nobody minds."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    try:
        on_terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
    return on_terminal and os.environ.get("TERM") != "dumb" and _understands_colour()


def _understands_colour() -> bool:
    """Always, but on Windows only where it can be switched on."""
    if os.name != "nt":
        return True
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]  # which Windows has
    handle, mode = kernel.GetStdHandle(-11), ctypes.c_uint32()
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | 4))


class _Lines:
    """Text of pieces with a style each, which do not count for its width."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour
        self.lines: list[str] = []

    def add(self, *pieces: str | tuple[str, str], right: str = "") -> None:
        """A line; ``right`` stands at its end if there is room."""
        plain = "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
        line = "".join(piece if isinstance(piece, str) else self.styled(*piece) for piece in pieces)
        space = self.width - len(plain) - len(right)
        if right and space > 0:
            line += " " * space + self.styled(right, "dim")
        self.lines.append(line)

    def styled(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def wrapped(self, head: str, parts: Sequence[str], style: str) -> None:
        """``parts`` behind ``head``, on as many lines as they need."""
        line = ""
        for part in parts:
            if line and _INDENT + len(head) + len(line) + len(part) > self.width - 2:
                self.add(" " * _INDENT, head, (f"{line},", style))
                head, line = " " * len(head), ""
            line = f"{line}, {part}" if line else part
        self.add(" " * _INDENT, head, (line, style))


def as_text(explanation: Explanation, width: int, colour: bool) -> str:
    """All of it, in lines of at most ``width`` signs where that can be."""
    lines = _Lines(width, colour)
    lines.add((explanation.title, "bold"))
    for text in explanation.notes:
        for line in textwrap.wrap(f"note: {text}", width):
            lines.add((line, "dim"))
    if explanation.depth is None:
        _by_operator(lines, explanation)
    else:
        _by_module(lines, explanation, explanation.depth)
    if explanation.gradients:
        lines.add("")
        lines.add((_ADDED[explanation.freed], "bold"))
        items = list(explanation.gradients.items())
        shown = items if len(items) <= explanation.limit else items[: explanation.limit]
        told = [(_cut(" ".join(name.split()), width // 2), one) for name, one in shown]
        longest = max((len(name) for name, _ in told), default=0)
        for name, gradient in told:
            lines.add("  ", (name.ljust(longest), "name"), f"  {described(gradient.array)}")
        if len(items) > len(shown):
            lines.add((f"  … {len(items) - len(shown)} more in .gradients", "dim"))
    return "\n".join(lines.lines)


def _by_operator(lines: _Lines, explanation: Explanation) -> None:
    steps = explanation.steps
    first, last = _ends(len(steps), explanation.limit)
    for one in steps[:first]:
        _step(lines, one)
    if first < len(steps) - last:
        lines.add("")
        left = len(steps) - first - last
        lines.add((f"   … {left} operators left out: explain(limit={len(steps)}) shows", "dim"))
        lines.add(("   all, explain(depth=1) sums up by module, .steps has them as data", "dim"))
    for one in steps[len(steps) - last :]:
        _step(lines, one)


def _ends(count: int, limit: int) -> tuple[int, int]:
    """How many of ``count`` to show of the beginning and of the end."""
    if count <= limit:
        return count, 0
    last = limit // 3
    return limit - last, last


def _step(lines: _Lines, one: ExplainedStep) -> None:
    lines.add("")
    where = f"  in {' '.join(one.module.split())}" if one.module else ""
    where = _cut(where, max(12, lines.width - len(one.operator) - 16))
    lines.add(
        f"{one.number:>3}  ",
        (one.operator, "bold"),
        (where, "dim"),
        right=seconds(one.seconds) if one.seconds else "",
    )
    value = _made_of(one)
    formula = [f"{one.name} = {one.formula}", one.numbers]
    shapes = ", ".join(f"{node.shape}" for _, node in sorted(one.step.outputs.items()))
    _formula(lines, formula, value, "made  ", "" if value else f"shape {shapes}")
    for at, gradient in enumerate(one.gradients):
        if gradient is not None:
            which = f" (output {at + 1})" if len(one.gradients) > 1 else ""
            lines.add(" " * _INDENT, "in    ", f"g = {described(gradient.array)}{which}")
    kept = list(_all_told(one.kept))
    if kept:
        lines.wrapped("kept  ", [*kept[:-1], f"{kept[-1]}  ({size(one.nbytes)})"], "dim")
    for at, out in enumerate(one.outgoing):
        _outgoing(lines, out, "out   " if not at else "      ")
    for text in one.notes:
        lines.add(" " * _INDENT, (f"note: {text}", "dim"))


def _made_of(one: ExplainedStep) -> str:
    """The numbers that an operator gave, of all its outputs; "" if they are many."""
    nodes = [node for _, node in sorted(one.step.outputs.items())]
    values = [value_of(node) for node in nodes]
    figures = ["" if value is None else figure(value) for value in values]
    return ", ".join(figures) if all(figures) else ""


def _outgoing(lines: _Lines, out: Outgoing, head: str) -> None:
    formula = [f"d {out.argument} = {out.formula}" if out.formula else f"d {out.argument}"]
    formula += [out.numbers] if out.numbers != out.formula else []
    value, shape = _result(out)
    _formula(lines, formula, value, head, shape)
    pad = " " * (_INDENT + len(head))
    if out.summed and out.gradient is not None:
        lines.add(pad, f"{_dims(out)} = ", (described(out.gradient.array), "result"))
    if out.cast:
        lines.add(pad, (f"cast from {out.cast}", "dim"))
    target = f"{out.target} {out.to}" if out.target is not None else out.to
    target = _cut(" ".join(target.split()), lines.width - len(pad) - 4)
    if out.turn > 1:
        total = described(out.total.array) if out.total is not None else "…"
        added = f"{_ordinal(out.turn)} gradient there: added up = "
        if len(f"{pad}→ {target}, {added}{total}") <= lines.width:
            lines.add(pad, "→ ", (target, "name"), f", {added}", (total, "result"))
        else:
            lines.add(pad, "→ ", (target, "name"), ",")
            lines.add(pad, f"  {added}", (total, "result"))
    else:
        lines.add(pad, "→ ", (target, "name"))


def _result(out: Outgoing) -> tuple[str, str]:
    """What a rule gave: its numbers, or its shape and norm."""
    given = out.gradient if out.unsummed is None else out.unsummed
    if given is None:
        return "", "" if out.norm is None else f"{out.shape}, norm {out.norm:.3g}"
    value = figure(given.array)
    return value, "" if value else described(given.array)


def _dims(out: Outgoing) -> str:
    plural = "s" if len(out.summed) > 1 else ""
    return f"summed over broadcast dim{plural} {', '.join(map(str, out.summed))}"


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")


def _formula(lines: _Lines, formula: Sequence[str], value: str, head: str, shape: str = "") -> None:
    """Parts that are equal, on one line if they fit, else on several; ``shape`` for large ones."""
    parts = [part for part in formula if part]
    room = lines.width - _INDENT - len(head)
    if value and parts[-1] == value:
        parts.pop()
    start = parts[0]
    whole = " = ".join(parts)
    end = f" = {value}" if value else f"  {shape}" if shape else ""
    if len(whole) + len(end) <= room:
        lines.add(" " * _INDENT, head, whole, (end, "result"))
        return
    lines.add(" " * _INDENT, head, _cut(start, room))
    pad = " " * (_INDENT + len(head))
    for part in parts[1:]:
        lines.add(pad, _cut(f"  = {part}", room))
    if end.strip():
        lines.add(pad, (_cut(f" {end}", room), "result"))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2]} …"


# -- by module -------------------------------------------------------------------------------------


def _rows(explanation: Explanation, depth: int) -> tuple[list[str], list[list[str]]]:
    sums = explanation.modules(depth)
    rows = [
        [
            one.module,
            str(one.steps),
            f"{one.shape}" + (f" {one.norm:.3g}" if one.norm is not None else ""),
            f"{one.parameters:.3g}" if one.parameters is not None else "",
            size(one.nbytes),
            seconds(one.seconds),
        ]
        for one in sums
    ]
    whole = [
        "together", str(sum(one.steps for one in sums)), "", "",
        size(sum(one.nbytes for one in sums)), seconds(sum(one.seconds for one in sums)),
    ]  # fmt: skip
    return ["module", "ops", "g comes in, norm", "d parameters", "kept", "time"], [*rows, whole]


def _by_module(lines: _Lines, explanation: Explanation, depth: int) -> None:
    titles, rows = _rows(explanation, depth)
    cells = [titles, *rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(titles))]
    room = lines.width - sum(widths[1:]) - 2 * (len(widths) - 1)
    widths[0] = max(12, min(widths[0], room))
    lines.add("")
    first, last = _ends(len(rows) - 1, explanation.limit)
    for at, row in enumerate(cells):
        if first < at <= len(rows) - 1 - last:
            if at == first + 1:
                left = len(rows) - 1 - first - last
                lines.add((f"… {left} more: explain(depth={depth}, limit={len(rows)})", "dim"))
            continue
        name = " ".join(row[0].split())
        name = name if len(name) <= widths[0] else name.partition(" (")[0]  # the path
        name = _cut(name, widths[0]).ljust(widths[0])
        rest = "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        style = "bold" if at in (0, len(cells) - 1) else "name"
        lines.add((name, style), "  ", rest.rstrip())


# -- words for numbers -----------------------------------------------------------------------------


def described(array: np.ndarray) -> str:
    """A few numbers, or the shape and the norm."""
    if text := figure(array):
        return text
    norm = float(np.sqrt(np.square(array, dtype=np.float64).sum()))
    return f"{array.shape}, norm {norm:.3g}"


def _all_told(kept: Sequence[Kept]) -> Iterator[str]:
    """What is kept; of values without names only how many there are of each shape."""
    yield from (_told(one) for one in kept if one.name)
    for shape, count in Counter(one.shape for one in kept if not one.name).items():
        yield f"{count} × {shape}" if count > 1 else f"{shape}"


def _told(kept: Kept) -> str:
    value = figure(kept.value) if kept.value is not None else ""
    text = f"{kept.name} = {value}" if value else f"{kept.name} {kept.shape}"
    return f"{text}, the parameter" if kept.is_parameter and not value else text


def size(count: float) -> str:
    """Bytes in three digits."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "B" else f"{count:.0f} B"
        count /= 1000
    return f"{count:.3g} GB"


def seconds(time: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if time * factor >= 1 or unit == "µs":
            return f"{time * factor:.3g} {unit}"
    return ""


# -- a page ----------------------------------------------------------------------------------------


def as_page(explanation: Explanation) -> str:
    """For notebooks: a table, a line for each operator; or for each module."""
    heading: list[Any] = [head(explanation.title), *(note(text) for text in explanation.notes)]
    if explanation.depth is not None:
        titles, rows = _rows(explanation, explanation.depth)
        return page(*heading, table(rows, titles, left=1, sums=1), _gradients(explanation))
    steps = explanation.steps
    first, last = _ends(len(steps), explanation.limit)
    parts: list[Any] = [_table(steps[:first])]
    if first < len(steps) - last:
        middle = steps[first : len(steps) - last]
        parts.append(fold(f"{len(middle)} operators between", _table(middle)))
        parts.append(_table(steps[len(steps) - last :]))
    return page(*heading, *parts, _gradients(explanation))


def _table(steps: Sequence[ExplainedStep]) -> Html:
    titles = ["", "operator", "what it made", "g comes in", "what goes out", "kept", "time"]
    rows = [
        [
            one.number,
            _stacked([tag("b", one.operator), *([note(one.module)] if one.module else [])]),
            _stacked(_made(one)),
            _stacked([described(g.array) for g in one.gradients if g is not None]),
            _stacked(
                [line for out in one.outgoing for line in _sent(out)]
                + [note(text) for text in one.notes]
            ),
            _stacked([*_all_told(one.kept), note(size(one.nbytes))] if one.kept else []),
            seconds(one.seconds),
        ]
        for one in steps
    ]
    return table(rows, titles, left=6, labels=True)


def _stacked(lines: Iterable[object]) -> Html:
    return tag("div", *(tag("div", line) for line in lines))


def _made(one: ExplainedStep) -> Iterator[str]:
    value = _made_of(one)
    yield f"{one.name} = {one.formula}"
    if one.numbers and one.numbers != value:
        yield f"= {one.numbers}"
    shapes = ", ".join(f"{node.shape}" for _, node in sorted(one.step.outputs.items()))
    yield f"= {value}" if value else f"shape {shapes}"


def _sent(out: Outgoing) -> Iterator[object]:
    text = f"d {out.argument} = {out.formula}" if out.formula else f"d {out.argument}"
    value, shape = _result(out)
    if out.numbers and out.numbers not in (out.formula, value):
        text += f" = {out.numbers}"
    yield f"{text} = {value}" if value else text
    if out.summed and out.gradient is not None:
        yield f"{_dims(out)} = {described(out.gradient.array)}"
    added = ""
    if out.turn > 1 and out.total is not None:
        added = f", {_ordinal(out.turn)} there: added up = {described(out.total.array)}"
    target = f"{out.target} {out.to}" if out.target is not None else out.to
    yield tag("span", f"{shape} → ".lstrip(), tag("b", target), added)


def _gradients(explanation: Explanation) -> Html:
    rows = [[name, described(one.array)] for name, one in explanation.gradients.items()]
    if not rows:
        return Html("")
    listed = table(rows, left=2)
    if len(rows) > explanation.limit:
        return fold(f"{_ADDED[explanation.freed]}, of {len(rows)} leaves", listed)
    return tag("div", note(_ADDED[explanation.freed]), listed)
