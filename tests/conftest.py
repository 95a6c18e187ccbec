"""What all tests share: Hypothesis profiles, and PyTorch where it is installed."""

from __future__ import annotations

import os
from types import ModuleType

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("tests.helpers")

# Timing says nothing on a shared machine, so no deadlines. "ci" draws the same examples every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """PyTorch on one thread; the test is skipped where it is not installed."""
    module = pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install -e .[peers]"
    )
    module.set_num_threads(1)
    return module


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests that use the ``torch`` fixture; first, so that ``-m torch`` sees the marks."""
    for item in items:
        if "torch" in getattr(item, "fixturenames", ()):
            item.add_marker("torch")
