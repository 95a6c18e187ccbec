"""Every part of the soak, for some seconds."""

from __future__ import annotations

import importlib

import pytest

from tests.soak.parts import parts
from tests.soak.table import Row, markdown, page


@pytest.mark.slow
@pytest.mark.parametrize("part", parts())
def test_everything_tried_holds(part):
    rows = importlib.import_module(f"tests.soak.{part}").run(0.02, 0)
    assert rows
    for row in rows:
        assert row.tried > 0, row
        assert row.held == row.tried, row


def test_a_row_is_a_line_of_the_table():
    row = Row("a file cut short", "refused", 2000, 1999, "0.1 s")
    assert (
        markdown([row]).splitlines()[-1] == "| a file cut short | refused | 2,000 | 1,999 | 0.1 s |"
    )
    assert "\n## Files\n\n| what |" in page({"Files": [row]}, "effort 1, seed 0")
