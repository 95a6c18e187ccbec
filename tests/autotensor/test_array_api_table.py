"""docs/tables/array_api.md, made by a command, is of today's namespace; its share may only rise."""

from __future__ import annotations

import re

from tests.tools import array_api_table as table

#: How many of the standard's names are here: a number that may only rise.
LEAST_SHARE = 238


def test_the_page_tells_the_share_which_may_only_rise() -> None:
    text = table.PAGE.read_text(encoding="utf-8")
    found = re.search(r"\*\*(\d+) of (\d+) names are here", text)
    assert found, "run python -m tests.tools.array_api_table"
    share = sum(map(table.is_here, table.names()))
    assert [int(one) for one in found.groups()] == [share, len(table.names())]
    assert share >= LEAST_SHARE
    here = set(re.findall(r"`([\w.]+)`", "".join(re.findall(r"^\d+ pass: .*$", text, re.M))))
    assert here == {name for name in table.names() if table.is_here(name)}
