"""Faults of optimizers and of schedules."""

from __future__ import annotations

from tests.faults import Fault

FAULTS = [
    Fault(
        "Adam: the bias correction of the squares is forgotten",
        "nn/optim/adam.py",
        "root = math.sqrt(1 - beta2**t)",
        "root = 1.0",
        "tests/formulas/test_optimizers.py",
    ),
]
