"""What a training step costs, in numbers that do not depend on the machine's speed.

A guard: these may go down.  When one must go up, the reason belongs in the commit that raises it.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextvars import Context
from types import FrameType
from typing import Any

import pytest

import autotensor as at
import nn
from autotensor.extend import watched
from autotensor.kernels import convolution as convolution_kernels
from nn import optim


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5, stride=3), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
    )


@pytest.fixture(autouse=True)
def _as_in_a_new_process() -> Iterator[None]:
    """Worker threads would make calls of their own; and once anything has looked for anomalies,
    each operator asks whether it is looked for here."""
    before, seen = at.get_num_threads(), [*watched]
    at.set_num_threads(1)
    watched.clear()
    yield
    watched[:] = seen
    at.set_num_threads(before)


def step_of(model: nn.Module, count: int) -> Callable[[], None]:
    images, labels = at.rand(count, 1, 28, 28), at.randint(0, 10, (count,))
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

    for _ in range(3):  # what is made once is made now
        step()
    return step


def python_calls(function: Callable[[], None]) -> int:
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


def bytes_at_most(function: Callable[[], None]) -> int:
    """By how much memory grows at most while ``function`` runs."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("make", "limit"), [(lenet, 640), (perceptron, 176)])
def test_python_calls(make: Callable[[], nn.Module], limit: int) -> None:
    # In a context of its own, where no other test has left modes behind.
    assert Context().run(lambda: python_calls(step_of(make(), 32))) <= limit


# The perceptron's: 16 kB are dropout's mask, which is an array and no Tensor: it goes with the
# graph, whose shape is kept after ``backward``, and no longer with its own node.
@pytest.mark.parametrize(("make", "limit"), [(lenet, 3_800_000), (perceptron, 470_000)])
def test_bytes(make: Callable[[], nn.Module], limit: int) -> None:
    assert bytes_at_most(step_of(make(), 32)) <= limit


def test_a_step_takes_the_same_memory_every_time() -> None:
    step = step_of(lenet(), 32)
    assert bytes_at_most(step) == pytest.approx(bytes_at_most(step), rel=0.02)


def test_what_convolutions_unfold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A convolution unfolds what it is given once, and k times, not k²: forward and by the weight
    its input, by the input the gradient.

    The third one's window is its whole input: there is nothing to unfold."""
    step = step_of(lenet(), 32)
    elements: list[int] = []
    unfold = convolution_kernels._unfold

    def counted(lined: Any, windows: Any, groups: int, start: int, stop: int) -> Any:
        columns = unfold(lined, windows, groups, start, stop)
        elements.append(columns.size)
        return columns

    monkeypatch.setattr(convolution_kernels, "_unfold", counted)
    step()

    def line(windows: int) -> int:
        """Elements for these windows of all images, and room up to an odd number of cache lines."""
        return (-(-windows * 32 // 16) | 1) * 16

    first = 28 * 5 * line(28)
    second = 14 * 5 * 6 * line(10)
    by_input = 10 * 5 * 16 * line(14)
    assert sorted(elements) == sorted([first, second, by_input, second, first])
