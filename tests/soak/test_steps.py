"""The soak of steps sees what is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.soak import steps


def adds_bytes() -> steps.Step:
    kept: list[bytes] = []
    return lambda number: kept.append(bytes(1000))


def adds_objects() -> steps.Step:
    kept: list[list[int]] = []
    return lambda number: kept.append([number])


def leaves_a_thread() -> steps.Step:
    wait = threading.Event()
    threads = [threading.Thread(target=wait.wait, daemon=True) for _ in range(2000)]
    return lambda number: threads[number].start() if number in (50, 90) else None


def leaves_a_file_open() -> steps.Step:
    kept: list[Any] = []
    return lambda number: kept.append(open(__file__)) if number == 90 else None


def leaves_a_cycle() -> steps.Step:
    def step(number: int) -> None:
        cycle: list[Any] = []
        cycle.append(cycle)

    return step


@pytest.mark.parametrize("collecting", [True, False])
@pytest.mark.parametrize("make", [adds_bytes, adds_objects, leaves_a_thread, leaves_a_file_open])
@pytest.mark.filterwarnings("ignore:unclosed file")
def test_what_a_step_leaves_is_seen(
    make: Callable[[], steps.Step], collecting: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = steps.soaked(make, 100, collecting)
    assert outcome.held < outcome.tried
    assert make.__name__ in capsys.readouterr().out


def test_a_cycle_is_seen_with_the_collector_off() -> None:
    assert steps.soaked(leaves_a_cycle, 100, True).held == 100
    outcome = steps.soaked(leaves_a_cycle, 100, False)
    assert outcome.held == 0
    assert outcome.garbage == 100


@pytest.mark.parametrize("make", [steps.perceptron, steps.mistakes, steps.hooks, steps.loops])
def test_steps_that_leave_nothing_hold(make: Callable[[], steps.Step]) -> None:
    for collecting in (True, False):
        outcome = steps.soaked(make, 50, collecting)
        assert outcome.tried == outcome.held == 50
