"""What recording and differentiating cost, counted in Python calls, which no machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import autotensor as at


def python_calls(action: Callable[[], Any]) -> list[str]:
    """The names of the Python functions that ``action`` calls."""
    seen: list[str] = []

    def notice(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            seen.append(frame.f_code.co_qualname)

    sys.setprofile(notice)
    try:
        action()
    finally:
        sys.setprofile(None)
    return seen[1:]


def test_recording_a_product() -> None:
    a, b = at.ones(3, requires_grad=True), at.ones(3, requires_grad=True)
    calls = python_calls(lambda: a * b)
    assert len(calls) <= 5, calls


def test_differentiating_a_product() -> None:
    a, b = at.ones((), requires_grad=True), at.ones((), requires_grad=True)
    (a * b).backward()
    product = a * b
    calls = python_calls(lambda: product.backward())
    assert calls[0] == "backward"
    assert len(calls[1:]) <= 3, calls  # the walk and one rule for each argument


def test_unrecorded_operators() -> None:
    a = at.ones(3)
    assert len(python_calls(lambda: a * a)) <= 3
    assert len(python_calls(lambda: a.exp())) <= 3
    b = at.ones(3, requires_grad=True)
    with at.no_grad():
        assert len(python_calls(lambda: b * b)) <= 3
