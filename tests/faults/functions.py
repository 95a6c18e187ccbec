"""Faults in functions made of functions, in their arguments, and in what checks derivatives."""

from __future__ import annotations

from tests.faults import faults_in

FAULTS = [
    *faults_in(
        "autotensor/engine/tensor.py",
        "tests/autotensor/test_modes.py tests/autotensor/test_autograd.py",
        ("under no_grad what requires grad is no array",
         "if not force and self.requires_grad and modes().grad_enabled:",
         "if not force and self.requires_grad:"),
        ("integers are data of what requires grad",
         "value.detach().requires_grad_(self.requires_grad).array", "value.array"),
        ("what requires grad is an array of NumPy's",
         "if not force and self.requires_grad and modes().grad_enabled:", "if False:"),
    ),
    *faults_in(
        "autotensor/transforms/trees.py", "tests/autotensor/test_trees.py",
        ("trees: an OrderedDict becomes a dict",
         "kind = type(tree) if type(tree) in _DICTS else dict", "kind = dict"),
        ("trees: a deque forgets its greatest length", "list(tree), tree.maxlen",
         "list(tree), None"),
    ),
    *faults_in(
        "autotensor/transforms/stateless.py", "tests/autotensor/test_func.py",
        ("functional_call: tied weights are missing", "_need_all(replaced, own)",
         "_need_all(given, own)"),
    ),
    *faults_in(
        "autotensor/transforms/draws.py", "tests/autotensor/test_func.py",
        ("vmap: each sample draws other numbers in spite of 'same'",
         "            self._starts[generator] = generator.get_state()", "            pass"),
        ("vmap: 'error' lets random numbers pass", 'if self._randomness == "error":', "if False:"),
    ),
    *faults_in(
        "autotensor/transforms/linearization.py", "tests/autotensor/test_func.py",
        ("transforms of a vjp_fn keep a hidden graph", "                if _leads_out(one):\n",
         "                if True:\n"),
        ("grad leaves what was written in a hidden graph", "        self._targets[id(base)] =",
         "        base ="),
        ("grad loses what was written to an output", "self._apart(one) for one", "one for one"),
        ("jvp: a function must not write to its arguments", "if not self._written:", "if True:"),
        ("what depends on something outside loses its graph",
         "                if _leads_out(one):\n", "                if False:\n"),
    ),
    *faults_in(
        "autotensor/operators/structure/strided.py", "tests/autotensor/test_func.py",
        ("vmap: as_strided reads the first sample for every sample",
         "shift = sum(one.shift for one in _steps_to_samples(input))", "shift = 0"),
        ("vmap: as_strided reads the next sample", "if samples and 0 not in sizes", "if False"),
    ),
    *faults_in(
        "autotensor/extend/gradcheck.py", "tests/autotensor/test_gradcheck.py",
        ("gradcheck: what leaves the graph counts as constant", "if (numeric != 0).any():",
         "if False:"),
        ("gradcheck: forward mode is said to be right", "if bool(given) is not wanted:",
         "if False:"),
    ),
]  # fmt: skip
