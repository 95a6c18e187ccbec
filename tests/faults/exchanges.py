"""Faults of what travels between processes."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/nn/test_buckets.py"
BUCKETS = "nn/parallel/buckets.py"
WAITING = "tests/autotensor/test_waiting_for_others.py"

FAULTS = [
    Fault(
        "the average of three processes is a product with a rounded third",
        BUCKETS, "exact = not processes & (processes - 1)", "exact = True", TESTS,
    ),
    Fault(
        "of a long gradient only the first block is averaged",
        BUCKETS, "for start in range(0, flat.size, BLOCK):", "for start in range(0, 1):", TESTS,
    ),
    Fault(
        "a third process's gradient is forgotten",
        BUCKETS, "        for more in others:\n", "        for more in others[1:]:\n", TESTS,
    ),
    Fault(
        "what had been added up without exchange is lost",
        BUCKETS,
        'np.add(gradient, before, out=place, casting="same_kind")', "place[...] = gradient", TESTS,
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
