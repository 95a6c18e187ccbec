"""Tables in plain text, and numbers in units."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], left: int = 0) -> list[str]:
    """One line for each row: the first ``left`` columns flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:left], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[left:], widths[left:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def in_bytes(count: int) -> str:
    """``1.2 MB``; powers of 1000."""
    return _in_unit(count, {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9})


def in_seconds(seconds: float) -> str:
    """``1.2 ms``."""
    return _in_unit(seconds, {"µs": 1e-6, "ms": 1e-3, "s": 1.0})


def _in_unit(value: float, sizes: dict[str, float]) -> str:
    """With three digits, in the first unit in which it stays below 1000, or in the last."""
    unit = next((unit for unit, size in sizes.items() if value < 999.5 * size), [*sizes][-1])
    return f"{value / sizes[unit]:.3g} {unit}"
