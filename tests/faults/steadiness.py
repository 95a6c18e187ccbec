"""Faults of what must hold over a long life: modes, threads, forks, memory."""

from __future__ import annotations

from tests.faults import Fault, faults_in

MODES = "tests/autotensor/test_modes.py"
THREADS = "tests/autotensor/test_threads.py"
MANY_THREADS = "tests/nn/test_many_threads.py"
SOAK = "tests/soak/test_steps.py"
SCOPES = "autotensor/machine/scopes.py"
QUOTA = "tests/autotensor/test_quota.py"

FAULTS: list[Fault] = [
    *faults_in(
        SCOPES,
        MODES,
        (
            "no_grad around a yield holds for who uses the generator",
            "if opener.f_code.co_name not in ENTRANCES:",
            "if False:",
        ),
        (
            "no_grad in a context manager of contextlib ends when its body is entered",
            "if opener.f_code.co_name not in ENTRANCES:",
            "if True:",
        ),
        (
            "no_grad in a fixture does not hold for the test",
            'if opener is None or opener.f_globals.get("__name__") == FIXTURES:',
            "if opener is None:",
        ),
        (
            "of two generators that which began later has its way",
            "if one.frame is frame and name in one.own:",
            "if one.frame.f_back and name in one.own:",
        ),
        (
            "set_grad_enabled changes a generator that waits",
            "self._put_back(waiting, top.with_own(own))",
            "self._put_back([], self.now().with_own(own))",
        ),
        (
            "a no_grad that is left out of order takes the others with it",
            "                self._put_back(above, level.below)",
            "                self._put_back([], level.below)",
        ),
    ),
    *faults_in(
        "autotensor/machine/stepwise.py",
        MODES,
        (
            "@no_grad() on async def is off when the body runs",
            "    if inspect.iscoroutinefunction(function):",
            "    if False:",
        ),
        (
            "@no_grad() on an asynchronous generator is off when the body runs",
            "    if inspect.isasyncgenfunction(function):",
            "    if False:",
        ),
        (
            "a decorated generator that is closed cleans up with the mode off",
            "                    await _awaited(steps.aclose(), within)",
            "                    await steps.aclose()",
        ),
    ),
    Fault(
        "saved_tensors_hooks is a reference cycle",
        "autotensor/engine/modes.py",
        "        self._settings = settings\n\n    def __enter__",
        "        self._settings = settings\n        self._me = self\n\n    def __enter__",
        MODES,
    ),
    Fault(
        "backward: threads that share a leaf lose gradients",
        "autotensor/engine/backward.py",
        "    with one_at_a_time[0]:  # two threads may have come to the same leaf",
        "    if True:",
        THREADS,
    ),
    Fault(
        "a Tensor of which two threads make views at once has two storages",
        "autotensor/engine/storage.py",
        "            storage = tensor._storage = tensor._storage or Storage()",
        "            storage = tensor._storage = Storage()",
        MANY_THREADS,
    ),
    Fault(
        "parametrize.cached holds for other threads too",
        "nn/utils/parametrize.py",
        "class _Cache(threading.local):",
        "class _Cache:",
        MANY_THREADS,
    ),
    Fault(
        "a forked child hangs at its first random number",
        "autotensor/random.py",
        "    os.register_at_fork(after_in_child=_unlock_all)",
        "    pass",
        THREADS,
    ),
    Fault(
        "a forked child hangs at its first backward",
        "autotensor/machine/threads.py",
        "    os.register_at_fork(after_in_child=_unlock)",
        "    pass",
        THREADS,
    ),
    Fault(
        "BLAS's threads share every small product",
        "autotensor/machine/threads.py",
        "        _blas.set(1)\n\n    def __exit__",
        "\n    def __exit__",
        THREADS,
    ),
    Fault(
        "BLAS keeps one thread after an operator",
        "autotensor/machine/threads.py",
        "            _blas.set(_threads)",
        "            pass",
        THREADS,
    ),
    Fault(
        "finer parts leave out the end",
        "autotensor/machine/threads.py",
        "range(3 * parts, 4 * parts + 1)",
        "range(3 * parts, 4 * parts)",
        THREADS,
    ),
    Fault(
        "a worker whose processor others want is given work all the same",
        "autotensor/machine/workers.py",
        "if even_crowded or not worker.rests():",
        "if worker.offers is not None:",
        THREADS,
    ),
    Fault(
        "huge work is not given to a worker that rests",
        "autotensor/machine/workers.py",
        "if even_crowded or not worker.rests():",
        "if not worker.rests():",
        THREADS,
    ),
    Fault(
        "a worker looks at how long it waited beside how long it ran",
        "autotensor/machine/workers.py",
        "waited > CROWDED * (ran + waited)",
        "waited > CROWDED * ran",
        THREADS,
    ),
    Fault(
        "a look goes on although the signal was given",
        "autotensor/machine/workers.py",
        "        self._byte[0] = True\n",
        "        self._byte[1] = True\n",
        THREADS,
    ),
    Fault(
        "threads meet as often as one thread looks up",
        "autotensor/machine/threads.py",
        "(SHARED_BLOCK if worth_sharing(work) else BLOCK)",
        "BLOCK",
        THREADS,
    ),
    Fault(
        "functions of large arrays: what several threads work on is too long",
        "autotensor/kernels/elementwise.py",
        "return np.full(SHARED_BLOCK, ",
        "return np.full(BLOCK, ",
        THREADS,
    ),
    Fault(
        "relu's gradient of large arrays: passes at 0",
        "autotensor/operators/pointwise/choice.py",
        "np.multiply(g, np.greater(y, 0, out=out), out=out)",
        "np.multiply(g, np.greater_equal(y, 0, out=out), out=out)",
        THREADS,
    ),
    Fault(
        "lines of memory begin anywhere",
        "autotensor/machine/memory.py",
        "from_buffer(memory)) % CACHE_LINE",
        "from_buffer(memory)) % 4",
        "tests/autotensor/test_machine.py",
    ),
    Fault(
        "malloc keeps a gigabyte for the whole process",
        "autotensor/machine/memory.py",
        "KEPT_IN_ALL = 256 << 20",
        "KEPT_IN_ALL = 1 << 30",
        "tests/autotensor/test_machine.py",
    ),
    Fault(
        "Module: an error that passes it is left to the garbage collector",
        "nn/module.py",
        "                raise _noted(",
        "                better = _noted(error, self)\n                raise better or _noted(",
        SOAK,
    ),
    *faults_in(
        "autotensor/machine/quota.py",
        QUOTA,
        (
            "a container has what the group around it has",
            "given = min(given, int(limit[0]) / int(limit[1]))",
            "given = int(limit[0]) / int(limit[1])",
        ),
        (
            "groups around the own one are not asked",
            "        if not group:\n            return given",
            "        return given",
        ),
        (
            "what counts the time of processors limits it",
            '"cpu" in kinds.split(",")',
            '"cpu" in kinds',
        ),
    ),
    Fault(
        "a container's limit is not asked",
        "autotensor/machine/threads.py",
        "int(min(_threads, processors_given() + 0.5))",
        "_threads",
        QUOTA,
    ),
    Fault(
        "BLAS's threads share a large matrix by a vector",
        "autotensor/machine/threads.py",
        "least = ALONE_INNER if rows == columns else ALONE_BY_VECTOR",
        "least = work if rows != columns else ALONE_INNER",
        THREADS,
    ),
    Fault(
        "a folder is left where a process cannot be started",
        "autotensor/multiprocessing.py",
        "        folder.cleanup()\n        raise",
        "        raise",
        "tests/autotensor/test_starting_ranks.py",
    ),
]
