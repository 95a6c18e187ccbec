"""docs/tables/operators.md, made by a command, is of today's operators, and names every reason."""

from __future__ import annotations

import re

from tests.autotensor.operator_table import PAGE
from tests.autotensor.public import OPERATORS


def test_there_is_a_row_for_every_operator_and_a_reason_for_every_failure() -> None:
    table, _, reasons = PAGE.read_text(encoding="utf-8").partition("## Reasons")
    rows = dict(re.findall(r"^\| `(.+?)` \|(.*)$", table, re.MULTILINE))
    assert rows.keys() == OPERATORS, "run python -m tests.autotensor.operator_table"
    failed = {name for name, cells in rows.items() if "✗" in cells}
    assert failed == set(re.findall(r"^- `(.+?)`: \w", reasons, re.MULTILINE))
