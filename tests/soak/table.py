"""One table of what was tried and what held, and the page it is kept on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["PAGE", "Row", "markdown", "page"]

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "soak.md"

INTRODUCTION = """\
# What was tried, and what held

Made by `python -m tests.soak --page` ({settings}). `held` of `tried` went as they must: the
column `must` says how. What ever failed on the way is a test of its own since.
"""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    """What was tried, such as "fit killed by SIGKILL, then resumed"."""
    must: str
    """What must come of it, such as "weights bit-identical"."""
    tried: int
    held: int
    note: str = ""
    """A figure or two: seconds, bytes grown, the worst difference."""


def markdown(rows: list[Row]) -> str:
    lines = ["| what | must | tried | held | |", "| --- | --- | ---: | ---: | --- |"]
    lines += [
        f"| {row.what} | {row.must} | {row.tried:,} | {row.held:,} | {row.note} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def page(parts: Mapping[str, list[Row]], settings: str) -> str:
    """The whole page: a table under the title of each part."""
    tables = [f"\n## {title}\n\n{markdown(rows)}" for title, rows in parts.items()]
    return INTRODUCTION.format(settings=settings) + "".join(tables)
