"""Planted faults still fit the source.  Whether tests notice them: ``python -m tests.faults``."""

from __future__ import annotations

import pytest

from tests.faults import Fault
from tests.faults.collection import ROOT, all_faults

EACH = [pytest.param(fault, id=f"{room}: {fault.what}") for room, fault in all_faults()]


@pytest.mark.parametrize("fault", EACH)
def test_what_it_changes_stands_in_the_source_just_once(fault: Fault) -> None:
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.before) == 1, f"{fault.file}: {fault.before!r}"
    assert fault.after != fault.before
