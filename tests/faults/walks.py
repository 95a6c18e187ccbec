"""Faults of what happens on the way back through the graph: hooks, and what is asked for."""

from __future__ import annotations

from tests.faults import Fault

FUNCTION = "tests/autotensor/test_function.py"
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
    Fault(
        "a Function that is not recorded hands out its argument",
        "autotensor/extend/function.py",
        "if not _among(result, args) or _among(result, ctx._dirty):", "if True:", FUNCTION,
    ),
    Fault(
        "a Function that is not recorded gives what requires grad",
        "autotensor/extend/function.py",
        "    if result.requires_grad:\n        return result.detach()\n", "", FUNCTION,
    ),
    Fault(
        "backward(inputs=…) adds twice to what retains its gradient",
        "autotensor/engine/backward.py",
        "for leaf, total in found.items() if leaf.__class__ is not Node}",
        "for leaf, total in [*found.items(), *((one, found[one.node]) for one in inputs or ()"
        " if one.node)] if leaf.__class__ is not Node}",
        "tests/autotensor/test_graph.py",
    ),
    Fault(
        "zeros for an unused input end the graph",
        "autotensor/engine/backward.py", ".requires_grad_(create_graph)", "",
        "tests/autotensor/test_graph.py",
    ),
    Fault(
        "backward to a place in the graph keeps its Tensor from retaining",
        "autotensor/hooks.py", '            del node.notes["retain"]', "            pass",
        "tests/autotensor/test_autograd.py",
    ),
    Fault(
        "a pack hook writes to the value of an operator",
        "autotensor/autograd/graph.py", "    if given._version != before:", "    if False:",
        GRAPH_HOOKS,
    ),
    Fault(
        "the context of a freed call says that nothing was saved",
        "autotensor/extend/function.py", "        if call is None:\n",
        "        if call is None:\n            return ()\n", FUNCTION,
    ),
    Fault(
        "a write through a view counts for all of its memory",
        "autotensor/engine/tensor.py", "before = self.view_of and parts_of(storage)",
        "before: Any = None", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a write through a view forgets those to other parts",
        "autotensor/engine/tensor.py", "before and [*before, (storage.written, self.array)]",
        "before and [(storage.written, self.array)]", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "functional.jacobian with create_graph gives what cannot be differentiated",
        "autotensor/transforms/point_derivatives.py", "if is_grad_enabled():", "if False:",
        "tests/autotensor/test_autograd.py",
    ),
]  # fmt: skip
