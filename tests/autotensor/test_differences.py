"""What docs/tables/differences.md says of either library is so, and stands in a docstring."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.autotensor.differences import DIFFERENCES, PAGE, Difference, outcome, page

EACH = [pytest.param(one, id=one.what) for one in DIFFERENCES]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.autotensor.differences"


@pytest.mark.parametrize("one", EACH)
def test_what_this_library_does(one: Difference) -> None:
    assert outcome("autotensor", one.example) == one.ours
    assert one.ours != one.theirs


@pytest.mark.filterwarnings("ignore")  # PyTorch's own
@pytest.mark.parametrize("one", EACH)
def test_what_pytorch_does(torch: ModuleType, one: Difference) -> None:
    assert outcome("torch", one.example) == one.theirs


@pytest.mark.parametrize("one", EACH)
def test_the_docstring_says_that_it_differs(one: Difference) -> None:
    module, *names = one.where.split(".")
    found: Any = import_module(module)
    for name in names:
        within = getattr(found, name, None)
        found = import_module(f"{found.__name__}.{name}") if within is None else within
    assert "PyTorch" in (inspect.getdoc(found) or ""), one.where
