"""The soak of threads sees a mode that is another's, and a gradient that is lost."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

import pytest

import autotensor as at
from autotensor.engine import modes
from autotensor.machine import threads as engine_threads
from tests.soak import threads


def test_a_mode_that_leads_out_of_a_generator_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(threads._program(seed, [0, 0]) for seed in range(3))
    monkeypatch.setattr(modes, "generator_around", lambda frame: None)
    assert not all(threads._program(seed, [0, 0]) for seed in range(3))
    assert at.is_grad_enabled()


def test_a_lost_gradient_is_seen() -> None:
    lock: Any = engine_threads.one_at_a_time[0]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert all(threads._together(seed) for seed in range(3))
        engine_threads.one_at_a_time[0] = nullcontext()  # type: ignore[assignment]
        assert not all(threads._together(seed) for seed in range(30))
    finally:
        engine_threads.one_at_a_time[0] = lock
        sys.setswitchinterval(before)
