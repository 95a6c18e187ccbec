"""Faults of what several processes share out."""

from __future__ import annotations

from tests.faults import faults_in

TESTS = "tests/nn/test_sharded.py"

FAULTS = [
    *faults_in(
        "nn/parallel/sharding.py",
        TESTS,
        (
            "shared out by elements: a piece goes on behind its parameter",
            "max(start, 0), max(0, min(stop, size))",
            "max(start, 0), max(0, stop)",
        ),
        (
            "shared out by elements: nobody has a parameter without elements",
            "if start < stop or (rank == 0 and not size):",
            "if start < stop:",
        ),
        (
            "shared out by parameters: the smallest goes first",
            "key=lambda one: -sizes[one]",
            "key=lambda one: sizes[one]",
        ),
        (
            "gradients in parts: a parameter that nobody has used gets zeros",
            "self.values[flag] = bool(given)",
            "self.values[flag] = True",
        ),
        (
            "gradients in parts: they are a sum, no average",
            "divide(only[source], processes, values)",
            "divide(only[source], 1, values)",
        ),
        (
            "gradients in parts: a piece is that of the parameter's beginning",
            "place = (slice(piece.start, piece.stop), target, flag)",
            "place = (slice(0, piece.size), target, flag)",
        ),
    ),
    *faults_in(
        "nn/optim/sharded.py",
        TESTS,
        (
            "ZeroRedundancyOptimizer: a rule of one's own is cut, too",
            'if not {"descend", "step", "_update"}.isdisjoint(known):',
            "if False:",
        ),
        (
            "ZeroRedundancyOptimizer: a state dict is that of a step before",
            "        self._exchange()\n        self._saved = None\n",
            "        self._exchange()\n",
        ),
        (
            "ZeroRedundancyOptimizer: another learning rate is not noticed",
            "        _copy_options(self.param_groups, self.optim.param_groups)\n        restored",
            "        restored",
        ),
    ),
    *faults_in(
        "nn/data/plans.py",
        "tests/nn/test_loader_state.py",
        (
            "DataLoader: what another process has fetched ahead counts as read",
            'if one["keys"] is not None]',
            "if False]",
        ),
        (
            "DataLoader: in fewer processes each goes on where one of more was",
            'divmod(read * order["share"][1], own)',
            "divmod(read * own, own)",
        ),
    ),
    *faults_in(
        "autotensor/distributed/algorithms/join.py",
        TESTS,
        (
            "Join: an error within it is waited for by nobody",
            "if self._enable and kind is None:",
            "if self._enable:",
        ),
        (
            "Join: afterwards it is still on",
            "        for one in self._joinables:\n            one._join_config = JoinConfig()\n",
            "",
        ),
    ),
]
