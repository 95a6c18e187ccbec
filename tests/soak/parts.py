"""The parts of the soak, and the trial of one."""

from __future__ import annotations

import importlib
import pkgutil
from time import monotonic

from tests import soak
from tests.soak.table import Row

__all__ = ["parts", "times", "tried"]

NO_PARTS = ("__main__", "parts", "table")


def parts() -> list[str]:
    """The names of the modules that are parts, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(soak.__path__))
    return [name for name in names if name not in NO_PARTS and not name.startswith("test_")]


def times(count: int, effort: float, least: int = 1) -> int:
    """How often to try what is tried ``count`` times with effort 1.

    Less than in proportion: every part also takes some time to begin.
    """
    return max(round(count * effort**1.5), least)


def tried(name: str, effort: float, seed: int) -> tuple[str, list[Row], float]:
    """One part: its title, its rows, and the seconds it took."""
    part = importlib.import_module(f"tests.soak.{name}")
    began = monotonic()
    rows = part.run(effort, seed)
    return part.TITLE, rows, monotonic() - began
