"""docs/tables/accuracy.md, which a command makes, is of today's operators, and holds."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from tests.autotensor.accuracy_table import PAGE, REASONS, measured
from tests.autotensor.accuracy_trials import COMPLEX, COMPUTING, EXACT, formulas, wholes
from tests.autotensor.public import OPERATORS


def test_there_is_a_row_for_every_operator_that_computes_and_a_reason_for_every_mark() -> None:
    table, _, reasons = PAGE.read_text(encoding="utf-8").partition("## Reasons")
    rows = dict(re.findall(r"^\| `(.+?)` \|(.*)$", table, re.MULTILINE))
    assert rows.keys() == COMPUTING, "run python -m tests.autotensor.accuracy_table"
    empty = {name for name, cells in rows.items() if not re.search(r"\d", cells)}
    assert empty == set()
    marked = {name for name, cells in rows.items() if "✗" in cells}
    assert marked == set(re.findall(r"^- `(.+?)`: \w", reasons, re.MULTILINE))


def test_the_trials_are_of_operators() -> None:
    named = {name for trial in (*formulas(16), *wholes(64)) for name in trial.names.split()}
    assert named <= COMPUTING
    assert (EXACT | COMPLEX) <= OPERATORS


@pytest.mark.slow
def test_nothing_loses_more_digits_than_the_page_says(torch: ModuleType) -> None:
    pytest.importorskip("mpmath", reason="it comes with PyTorch: pip install -e .[tools]")
    found = measured(torch, COMPUTING, count=24, long=3001)
    marked = {name: one for (name, *_), one in found.items() if one.marked}
    assert {name: one for name, one in marked.items() if name not in REASONS} == {}
