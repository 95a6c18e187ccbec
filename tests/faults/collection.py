"""All faults of this folder: each of its modules with a list ``FAULTS`` is a room of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tests import faults
from tests.faults import Fault

ROOT = Path(__file__).parents[2]


def all_faults() -> Iterator[tuple[str, Fault]]:
    """(room, fault)."""
    for module in iter_modules(faults.__path__):
        if not module.name.startswith(("_", "test_")):
            for fault in getattr(import_module(f"tests.faults.{module.name}"), "FAULTS", ()):
                yield module.name, fault
