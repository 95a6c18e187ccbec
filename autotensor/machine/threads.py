"""Sharing large array work among a few threads.

The BLAS behind NumPy has threads of its own.  They wait awake, some 30 ms after each product, so
handing them a part costs next to nothing; but they do nothing besides products.  NumPy lets go of
Python's lock inside all its loops, so ordinary threads can share those as well; but waking one
costs 10 to 90 µs, and so does every time that two of them want Python's lock at once.  BLAS's
threads and these at the same time fight for the processors, and everything takes twice as long.

So one of the two works at a time.  Where nothing is ``HUGE`` it is BLAS (measured on two cores:
steps of a 784-128-10 net 1.3 times as fast as with threads of Python).  From a huge piece of work
on, and until ``LASTING`` pieces have gone by without another, it is the threads below, and BLAS is
held to one (LeNet on 1,000 images: 1.5 times as fast as with BLAS's, a step of a net of 32 and 64
filters: 1.1 times).  It depends on the work alone, not on the clock, so runs can be repeated.

BLAS's threads are those of the whole process.  ``AUTOTENSOR_NUM_THREADS`` sets their number and
ours at import, as ``set_num_threads`` does later; 0 leaves BLAS alone, and operators use one
thread.  ``AUTOTENSOR_AFFINITY=0`` leaves it to the system on which processors our threads run.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import os
import threading
from collections import deque, namedtuple
from collections.abc import Callable
from itertools import count, pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from autotensor.machine.error_state import silent
from autotensor.machine.switches import number_in, switched_on

MOST = 1 << 16
"""Threads; no machine has more processors, and BLAS takes a C int."""
HUGE = 1 << 26
"""So many multiplications in products of matrices, some 2 ms of work, bring on our own threads."""
LASTING = 256
"""How many pieces of work without a huge one end that again: more than a step has after it."""
HEAVY = 1 << 24
"""So many multiplications pay for a second thread of ours: some 0.3 ms of work."""
ALONE = 1 << 18
"""Up to so many, OpenBLAS uses one thread."""
PER_ELEMENT = 16
"""An element of a formula of arithmetic takes about as long as so many multiplications of a
product."""
PER_FUNCTION = 80
"""The same for an element of a function such as tanh."""

BLOCK = 1 << 16
"""Elements in a piece of ``in_blocks``.  An elementwise formula is some passes over some arrays: in
pieces of this size (float32: 256 KiB) what one pass leaves in the cache, the next finds there, and
main memory is read and written once."""

OPENBLAS_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)
"""What the pair of functions is called in the builds of OpenBLAS."""


_Blas = namedtuple("_Blas", "get set", defaults=(None, None))
"""Reads and sets BLAS's number of threads; None where it cannot be told."""


def _openblas() -> _Blas:
    """The OpenBLAS in NumPy's wheels, if that is the BLAS behind it."""
    beside = Path(np.__file__).parents[1]
    linux_and_windows = beside.glob("numpy.libs/*openblas*")
    macos = beside.glob("numpy/.dylibs/*openblas*")
    for path in [*linux_and_windows, *macos]:
        try:
            library = ctypes.CDLL(str(path))  # already loaded by NumPy: gives the same one
        except OSError:
            continue
        for name in OPENBLAS_NAMES:
            read = getattr(library, name.format("get"), None)
            write = getattr(library, name.format("set"), None)
            if read is not None and write is not None:
                return _Blas(read, write)
    return _Blas()


class _Work:
    """A task in parts that whoever comes first takes."""

    __slots__ = ("done", "errors", "finished", "left", "parts", "task")

    def __init__(self, task: Callable[[int, int], Any], length: int, parts: int) -> None:
        self.task = task
        self.parts = parts
        bounds = [length * at // parts for at in range(parts + 1)]
        # deque and count are safe to share: what they do, they do at once.
        self.left = deque(pairwise(bounds))
        self.finished = count(1)
        self.errors: list[BaseException] = []
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        """Does parts until all are taken."""
        while self.left:
            try:
                start, stop = self.left.popleft()
            except IndexError:  # another was faster
                return
            try:
                self.task(start, stop)
            except BaseException as error:
                self.errors.append(error)
            if next(self.finished) == self.parts:
                self.done.release()


class _Pool:
    """Worker threads, started when first needed, that wait for work."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.offers: SimpleQueue[_Work] = SimpleQueue()
        self.workers: list[int] = []
        self.sharing = 0
        self.lasting = 0
        self.avoided: int | None = None

    def takes(self, work: int) -> bool:
        """Whether these threads, not those of BLAS, are the ones for the next piece of work."""
        if work > HUGE:
            self.lasting = LASTING
        elif self.lasting:
            self.lasting -= 1
        return self.lasting > 0

    def work(self) -> None:
        offers = self.offers
        while True:
            # A new thread has NumPy's warnings on, whatever the caller's setting.
            silent().run(offers.get().run)

    def offer(self, work: _Work, helpers: int) -> None:
        with self.lock:
            while len(self.workers) < helpers:
                worker = threading.Thread(target=self.work, name="autotensor", daemon=True)
                worker.start()
                self.workers.append(worker.native_id or 0)
                self.avoided = None
            self._keep_apart()
        for _ in range(helpers):
            self.offers.put(work)

    def _keep_apart(self) -> None:
        """Keeps the workers off the processor of the caller.

        Some kernels wake a thread on the processor of the one that woke it, where it begins when
        that one is through.  (On such a machine two threads took as long as one for a tanh of
        300,000 elements, and kept apart 0.6 times as long.)
        """
        if _processor is None:
            return
        here = _processor()
        if here == self.avoided:
            return
        self.avoided = here
        others = os.sched_getaffinity(0) - {here}
        if others:
            for worker in self.workers:
                # A worker gone in a fork, or a system that does not let us: it is but a hint.
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(worker, others)

    def __enter__(self) -> None:
        """While these threads are the ones to work, BLAS has one.

        Several threads are allowed only where BLAS can be told, so ``_blas.set`` is there.
        """
        with self.lock:
            self.sharing += 1
            if self.sharing == 1:
                _blas.set(1)

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.sharing -= 1
            if self.sharing == 0:
                _blas.set(_threads)


def _number_of_processor() -> Callable[[], int] | None:
    """The C library's function that tells on which processor the caller runs, on Linux."""
    if not hasattr(os, "sched_setaffinity") or not switched_on("AUTOTENSOR_AFFINITY"):
        return None
    try:
        found: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu
    except (AttributeError, OSError, TypeError):
        return None
    return found


_wanted = number_in("AUTOTENSOR_NUM_THREADS")
_blas = _Blas() if _wanted == 0 else _openblas()
_pool = _Pool()
_processor = _number_of_processor()
_threads = _blas.get() if _blas.get is not None else 1
if hasattr(os, "register_at_fork"):
    # A forked child has none of the workers, and the lock as some thread may have held it.
    os.register_at_fork(after_in_child=_pool.reset)


def get_num_threads() -> int:
    """How many threads an operator may use; at the start, as many as BLAS found cores.

    Example:

        >>> at.get_num_threads() >= 1
        True
    """
    return _threads


def set_num_threads(threads: int) -> None:
    """Sets how many threads an operator may use, for this project and for NumPy's BLAS alike.

    Results do not depend on it beyond rounding.  Where NumPy's BLAS cannot be told (one that is not
    OpenBLAS) or is not to be (``AUTOTENSOR_NUM_THREADS=0``), operators use one thread and BLAS what
    it likes.

    Example:

        >>> before = at.get_num_threads()
        >>> at.set_num_threads(1)
        >>> at.get_num_threads()
        1
        >>> at.set_num_threads(before)
    """
    global _threads
    whole = isinstance(threads, int) and not isinstance(threads, bool)
    if not whole or not 1 <= threads <= MOST:
        raise ValueError(
            f"set_num_threads: expected a positive int of at most {MOST}, got {threads!r}"
        )
    if _blas.set is not None:
        _blas.set(threads)
        _threads = threads
        _pool.lasting = 0


def pieces_left() -> int:
    """For how many pieces of work our own threads are still at it, and not BLAS's: on this depends
    how sums are rounded, so who goes on with a run to the bit must know it.

    Example:

        >>> from autotensor.extend import pieces_left, set_pieces_left
        >>> before = pieces_left()
        >>> set_pieces_left(3)
        >>> pieces_left()
        3
        >>> set_pieces_left(before)
    """
    return _pool.lasting


def set_pieces_left(pieces: int) -> None:
    """Has our own threads go on for so many pieces of work; 0 is how a process begins.

    Example:

        >>> from autotensor.extend import pieces_left, set_pieces_left
        >>> before = pieces_left()
        >>> set_pieces_left(0)  # as in a process that has just begun
        >>> pieces_left()
        0
        >>> set_pieces_left(before)
    """
    _pool.lasting = pieces


if _wanted:
    set_num_threads(_wanted)


one_at_a_time = [threading.RLock()]
"""Holds the lock for what only one thread of the process may do at once, and quickly."""


def _unlock() -> None:
    one_at_a_time[0] = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)  # some other thread may have held it


def in_parts(task: Callable[[int, int], Any], length: int, work: int) -> None:
    """Calls ``task(start, stop)`` on parts that make up ``range(length)``, in several threads.

    ``work`` is how many multiplications in products of matrices would take as long as all parts
    together.  ``task`` must not use the graph.
    """
    if _threads > 1 and _pool.takes(work):
        _in_own_threads(task, length, work)
    else:
        task(0, length)


def _in_own_threads(task: Callable[[int, int], Any], length: int, work: int) -> None:
    """``in_parts`` by our own threads."""
    parts = max(min(_threads, length), 1) if work > HEAVY else 1
    shared = _Work(task, length, parts)
    with _pool:
        if parts > 1:
            _pool.offer(shared, parts - 1)
        shared.run()
        shared.done.acquire()
    if shared.errors:
        # Popped: who holds an error that holds this frame is not to be held by it.
        del shared.errors[1:]
        raise shared.errors.pop()


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` of matrices or stacks of them; a large product of two in several threads.

    Example:

        >>> from autotensor.extend import product
        >>> product(np.eye(2), np.array([[1.0], [2.0]])).tolist()
        [[1.0], [2.0]]
    """
    work = a.size * b.shape[-1]
    if _threads == 1 or work <= ALONE or not _pool.takes(work):
        # ``dot`` of two matrices is the same, and begins 1 µs earlier.
        return a.dot(b) if a.ndim == 2 and b.ndim == 2 else np.matmul(a, b)
    if work <= HEAVY or a.ndim != 2 or b.ndim != 2 or a.dtype != b.dtype:
        with _pool:
            return np.matmul(a, b)
    rows, columns = a.shape[0], b.shape[1]
    out = np.empty((rows, columns), a.dtype)
    tall = rows >= columns

    def part(start: int, stop: int) -> None:
        if tall:
            np.matmul(a[start:stop], b, out=out[start:stop])
        else:
            np.matmul(a, b[:, start:stop], out=out[:, start:stop])

    _in_own_threads(part, rows if tall else columns, work)
    return out


def in_blocks(
    update: Callable[..., Any], *arrays: np.ndarray, per_element: int = PER_ELEMENT
) -> None:
    """Calls ``update(*pieces)`` with matching pieces of all arrays until all is covered, in several
    threads where there are many.

    The arrays have one shape, in any memory layout; the pieces are views of them.  ``per_element``
    says how much work an element is, as ``in_parts`` counts work.

    Example:

        >>> from autotensor.extend import in_blocks
        >>> x, y = np.arange(4.0), np.empty(4)
        >>> in_blocks(lambda x, y: np.multiply(x, 2, out=y), x, y)
        >>> y.tolist()
        [0.0, 2.0, 4.0, 6.0]
    """
    first = arrays[0]
    if first.size <= BLOCK:
        update(*arrays)
        return
    # Elementwise work may take the dimensions in any order: that of the memory.
    strides = first.strides
    order = sorted(range(len(strides)), key=lambda axis: -abs(strides[axis]))
    lined = [array.transpose(order) for array in arrays]
    if all(array.flags.c_contiguous for array in lined):
        lined = [array.reshape(-1) for array in lined]
    length = len(lined[0])
    step = max(1, BLOCK * length // first.size)

    def some(start: int, stop: int) -> None:
        for at in range(start * step, min(stop * step, length), step):
            update(*[array[at : at + step] for array in lined])

    in_parts(some, -(-length // step), first.size * per_element)


def on_new_stack(function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)`` in a thread made for it, which begins with an empty stack.

    It has the context variables of the caller, but not its thread-local ones.
    """
    from concurrent.futures import ThreadPoolExecutor  # here, because few ever need it

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.copy_context().run, function, *args).result()
