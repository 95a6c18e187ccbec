"""Faults of what travels between processes."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/nn/test_buckets.py"
MPI = "tests/tools/test_mpi.py::test_a_loss_may_use_the_model_and_its_weights_in_any_way"
BUCKETS = "nn/parallel/buckets.py"
SHARES = "nn/parallel/sharding.py"
WAITING = "tests/autotensor/test_waiting_for_others.py"

FAULTS = [
    Fault(
        "the average of three processes is a product with a rounded third",
        SHARES, "if processes & (processes - 1):", "if False:", TESTS,
    ),
    Fault(
        "a gradient is divided in its own half precision",
        SHARES, "np.divide(gradient, float(processes), out=out, dtype=out.dtype)",
        "np.divide(gradient, float(processes), out=out)", TESTS,
    ),
    Fault(
        "a third process's gradient is forgotten",
        SHARES, "    for more in given[2:]:\n", "    for more in given[3:]:\n", TESTS,
    ),
    Fault(
        "what had been added up without exchange is lost",
        BUCKETS,
        "np.add(gradient, before, out=place, dtype=place.dtype)", "place[...] = gradient", TESTS,
    ),
    Fault(
        "what had been added up without exchange is not divided",
        BUCKETS, "                divide(place, processes, place)\n", "", TESTS,
    ),
    Fault(
        "a bucket leaves when this forward is done with it, though another term is not",
        BUCKETS, "_users([node, *(one for one in pending if isinstance(one, Node))])",
        "_users([node])", MPI,
    ),
    Fault(
        "a graph that is kept is averaged once",
        BUCKETS, 'node.note("passing", []).append(look)  # who', "pass  # who", MPI,
    ),
    Fault(
        "a second output of a walk forgets what the first has sent",
        BUCKETS, "        if is_awaited(self.end):\n            return\n", "", MPI,
    ),
    Fault(
        "only a backward through a parameter itself is not averaged",
        BUCKETS, "one.register_hook(_beginning_at_leaf(mine))", "pass", MPI,
    ),
    Fault(
        "a parameter that nobody has used gets zeros",
        BUCKETS, "            if not count:\n                continue\n", "", TESTS,
    ),
    Fault(
        "a written grad counts as it was",
        BUCKETS, "            parameter.grad.mark_written()\n", "", TESTS,
    ),
    Fault(
        "the first bucket waits for the convolutions",
        BUCKETS, "full = min(FIRST, cap)", "full = LARGEST", TESTS,
    ),
    Fault(
        "a rank waits for ever",
        "autotensor/distributed/processes.py",
        "        if waited > self.seconds:\n", "        if False:\n",
        WAITING,
    ),
    Fault(
        "other calls of other ranks go unnoticed",
        "autotensor/distributed/processes.py",
        "if self._found[0] != -self._found[1]:", "if False:", WAITING,
    ),
    Fault(
        "who asks where others wait gets no answer",
        "autotensor/distributed/watch.py",
        "            if word[2]:\n", "            if False:\n", WAITING,
    ),
    Fault(
        "who waits elsewhere counts as here",
        "autotensor/distributed/watch.py", "self._places.get(one) != place]",
        "one not in self._places]", WAITING,
    ),
]  # fmt: skip
