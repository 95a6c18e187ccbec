"""Faults of what travels between processes."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/nn/test_buckets.py"
MPI = "tests/tools/test_mpi_gradients.py"
FAILURES = "tests/tools/test_mpi_failures.py"
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
        "a backward that comes through no output is not averaged",
        BUCKETS, "        if found is not None and found.expecting:\n", "        if False:\n",
        MPI,
    ),
    Fault(
        "buckets of several models are taken for each other",
        BUCKETS, "None if group.comm is None else group.comm.Dup()", "group.comm", MPI,
    ),
    Fault(
        "communicators of models that are gone are kept",
        BUCKETS, "        comm.Free()\n", "        pass\n", MPI,
    ),
    Fault(
        "a search for a gradient sends buckets off",
        "autotensor/engine/backward.py", "pending if wanted is None else None)", "pending)", MPI,
    ),
    Fault(
        "buffers are written though they are the same",
        "nn/parallel/buffers.py",
        "if not left and one.array.tobytes() != part.tobytes():", "if not left:",
        MPI,
    ),
    Fault(
        "buffers are brought in line before a forward in training alone",
        BUCKETS, "            self.buffers.keep()\n", "            pass\n", MPI,
    ),
    Fault(
        "buffers that came with gradients take the place of those loaded since",
        "nn/parallel/buffers.py", "message, since)", "message)", MPI,
    ),
    Fault(
        "buffers come from rank 0 also where that has no batches left",
        "nn/parallel/distributed.py",
        "        model._buffers_in_line.source = source\n", "        pass\n",
        "tests/tools/test_mpi_sharded.py",
    ),
    Fault(
        "SyncBatchNorm adds in float16",
        "nn/layers/normalization.py",
        "values = input.float() if input.dtype == at.float16 else input", "values = input", MPI,
    ),
    Fault(
        "SyncBatchNorm takes the variance of one value",
        "nn/layers/normalization.py", "        if count <= 1:\n", "        if False:\n", MPI,
    ),
    Fault(
        "the memory of an exchange that nobody waits for is freed",
        "autotensor/distributed/processes.py", "        self._under_way.append(work)\n", "", MPI,
    ),
    Fault(
        "what does not fit is cut off",
        "autotensor/distributed/collectives.py",
        "        if theirs != own:\n", "        if False:\n", MPI,
    ),
    Fault(
        "what others make of a part that was gathered has no gradient",
        "autotensor/distributed/nn/functional.py",
        "return (reduce_scatter(zeros_like(gradients[0]), gradients, group=among),)",
        "return (gradients[among.rank()],)", MPI,
    ),
    Fault(
        "the gradient of a mean over processes is that of a sum",
        "autotensor/distributed/nn/functional.py", "return 1 / group.size()", "return 1.0", MPI,
    ),
    Fault(
        "an exchange that has failed fails those after it",
        "autotensor/distributed/processes.py",
        "if not one.is_over()]", "if not one.is_completed()]", FAILURES,
    ),
    Fault(
        "who is not in a group is refused",
        "autotensor/distributed/processes.py",
        "        if given is not GroupMember.NON_GROUP_MEMBER:\n            return collective",
        "        if True:\n            return collective", FAILURES,
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
