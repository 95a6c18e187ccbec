"""Faults of what happens on the way back through the graph: hooks, and what is asked for."""

from __future__ import annotations

from tests.faults import Fault

GRAPH_HOOKS = "tests/autotensor/test_graph_hooks.py"

FAULTS: list[Fault] = [
    Fault(
        "a hook after accumulation records what it does",
        "autotensor/engine/hooks.py",
        "with Switch(grad_enabled=create_graph):", "with Switch():", GRAPH_HOOKS,
    ),
    Fault(
        "a full backward hook records what it does",
        "nn/hooks.py", "with set_grad_enabled(not raw):", "with set_grad_enabled(True):",
        "tests/nn/test_module.py",
    ),
]  # fmt: skip
