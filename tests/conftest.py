"""What all tests share: Hypothesis profiles, and PyTorch where it is installed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from hypothesis import settings

import autotensor as at
from autotensor.kernels import convolution, windows

pytest.register_assert_rewrite("tests.helpers")

# Timing says nothing on a shared machine, so no deadlines. "ci" draws the same examples every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """PyTorch on one thread; the test is skipped where it is not installed."""
    module = pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install -e .[tools]"
    )
    module.set_num_threads(1)
    return module


@pytest.fixture(autouse=True)
def same_random_numbers() -> None:
    """A test draws the same numbers in each run, whatever ran before it."""
    at.manual_seed(0)


@pytest.fixture(
    params=[(convolution.LITTLE, windows.LITTLE, convolution.UNPACKED), (0, 0, 10**6), (0, 0, 0)],
    ids=["in one product", "by rows", "by packed rows"],
)
def convolved_in_all_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is little in all, as in tests, is convolved in one product; what is large, by rows, as
    it suits a BLAS that multiplies small matrices without packing them, and one that packs all."""
    little, filled, unpacked = request.param
    monkeypatch.setattr(convolution, "LITTLE", little)
    monkeypatch.setattr(windows, "LITTLE", filled)
    monkeypatch.setattr(convolution, "UNPACKED", unpacked)


@pytest.fixture
def generators_as_they_were() -> Iterator[None]:
    """For tests that seed all there are: this library's, NumPy's and Python's."""
    states = at.get_rng_state(), np.random.get_state(), random.getstate()
    yield
    at.set_rng_state(states[0])
    np.random.set_state(states[1])
    random.setstate(states[2])


@pytest.fixture
def as_in_a_terminal() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore Ctrl-C, and so ``fit`` as well."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests that use the ``torch`` fixture, and those of other people's tools; first, so that
    ``-m torch`` and ``-m peer`` see the marks."""
    for item in items:
        if "torch" in getattr(item, "fixturenames", ()):
            item.add_marker("torch")
        if item.get_closest_marker("works_with"):
            item.add_marker("peer")
