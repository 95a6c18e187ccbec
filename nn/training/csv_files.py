"""Tables of numbers by epoch as CSV, which ``History.save`` and ``CSVLog`` write and read."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nn.arguments import refuse

__all__: list[str] = []  # helpers, which no package shows

EPOCH = "epoch"
"""The first column, which counts the rows."""


class Table(NamedTuple):
    """What a file says."""

    names: list[str]
    rows: list[dict[str, str]]
    cut_off: str
    """A last line without an end, of which nobody knows what it was to be; it is no row."""


def encoded(names: Sequence[str], rows: Iterable[Mapping[str, Any]], header: bool = False) -> bytes:
    """A line for each of ``rows``; what a row does not have stays empty."""
    file = io.StringIO(newline="")
    table = csv.writer(file)
    if header:
        table.writerow(names)
    for row in rows:
        table.writerow([_cell(row.get(name, "")) for name in names])
    return file.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    """Numbers of NumPy's and Tensors as Python's, which lose no digit when they are written."""
    with contextlib.suppress(AttributeError, RuntimeError, ValueError):
        value = value.item()
    return int(value) if isinstance(value, bool) else value


def parsed(content: bytes, owner: str, path: Any) -> Table:
    """Reads what ``encoded`` wrote, with the header; refuses what is no such table."""
    no_table = f"{path} has no column '{EPOCH}', so it is no file of CSVLog's"
    try:
        text = content.decode("utf-8-sig")
        end = text.rfind("\n") + 1
        text, cut_off = text[:end], text[end:]
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    except (UnicodeDecodeError, csv.Error):
        raise ValueError(f"{owner}: {no_table}") from None
    if not lines:  # a header that was cut off is none either
        refuse(owner, not f"{EPOCH},".startswith(cut_off.strip()[: len(EPOCH) + 1]), no_table)
        return Table([], [], cut_off)
    names, *rest = lines
    refuse(owner, EPOCH not in names, no_table)
    refuse(owner, len(set(names)) < len(names), f"{path} has two columns of the same name")
    for number, line in enumerate(rest, 2):
        message = f"{path} has {len(line)} fields in line {number} for {len(names)} columns"
        refuse(owner, len(line) != len(names), message)
    return Table(names, [dict(zip(names, line, strict=True)) for line in rest], cut_off)
