"""Faults in functions made of functions, in their arguments, and in what checks derivatives."""

from __future__ import annotations

from tests.faults import faults_in

FAULTS = [
    *faults_in(
        "autotensor/engine/tensor.py", "tests/autotensor/test_modes.py",
        ("under no_grad what requires grad is no array",
         "if not force and self.requires_grad and modes().grad_enabled:",
         "if not force and self.requires_grad:"),
        ("what requires grad is an array of NumPy's",
         "if not force and self.requires_grad and modes().grad_enabled:", "if False:"),
    ),
]  # fmt: skip
