"""Sharing large array work among a few threads.

The BLAS behind NumPy has threads of its own, which share every product of matrices from 2¹⁸
multiplications on.  They wait awake, for each other and some 30 ms for the next product.  On an
idle machine that wins little where products are small; as soon as another program keeps a
processor, all wait for the one that does not get it, and a training step takes two to three times
as long as on one thread.  So operators hold BLAS at one thread, whatever it has otherwise.

What is worth it is shared by threads of our own (``workers.py``).  NumPy lets go of Python's lock
inside all its loops and products, so ordinary threads do.  Every time that two want that lock at
once, one of them sleeps and is woken 10 to 90 µs later: only ``HEAVY`` work is shared, and more in
Python without that lock.  Who is free takes the next part, so that a processor that another program
keeps costs little.  In which parts work is done depends on the sizes alone, not on the clock, so
that runs can be repeated to the bit; the clock decides only who does them.

``AUTOTENSOR_NUM_THREADS`` sets the number of threads, BLAS's and ours, at import, as
``set_num_threads`` does later; 0 leaves BLAS alone, and operators use one thread.
``AUTOTENSOR_AFFINITY=0`` leaves it to the system on which processors our threads run.
"""

from __future__ import annotations

import contextvars
import ctypes
import os
import threading
from collections import deque, namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.machine.quota import processors_given
from autotensor.machine.switches import number_in
from autotensor.machine.workers import LOCKED, Work, workers

MOST = 1 << 16
"""Threads; no machine has more processors, and BLAS takes a C int."""
HEAVY = 2 * 10**7 if LOCKED else 1 << 23
"""So many multiplications in products of matrices pay for a second thread, if between them there is
other work in many calls of NumPy: some 0.3 ms, or 0.15 ms without Python's lock."""
HEAVY_PRODUCT = 12 * 10**6 if LOCKED else 1 << 23
"""The same for one call of NumPy."""
HUGE = 1 << 27
"""From so many on, there are more parts than threads."""
ALONE = 1 << 18
"""Up to so many multiplications in a product of two matrices, OpenBLAS uses one thread."""
ALONE_BY_VECTOR = 4 * 115200 - 1
"""The same for a matrix by a vector."""
ALONE_INNER = 10**4
"""The same for two vectors (of float64: two of float32 it multiplies by one thread)."""
PACKING = 8
"""Bringing one number into a product of matrices takes as long as so many multiplications.  (BLAS
first copies both factors into an order of its own.)"""
PER_ELEMENT = 21
"""An element of a formula of arithmetic takes about as long as so many multiplications of a
product."""
PER_FUNCTION = 42
"""The same for an element of a function such as tanh."""

BLOCK = 1 << 16
"""Elements in a piece of ``in_blocks``.  An elementwise formula is some passes over some arrays: in
pieces of this size (float32: 256 KiB) what one pass leaves in the cache, the next finds there, and
main memory is read and written once."""
SHARED_BLOCK = 1 << 17
"""The same where several threads work: after each pass over a piece they may want Python's lock at
once.  (Adam of 3.2 million weights by two threads: 4.7 ms instead of 6.6; by one, 7.5 with either;
Xeon with 2 MB of cache for each core.)"""

OPENBLAS_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)
"""What the pair of functions is called in the builds of OpenBLAS."""

WITH_SMALL_KERNELS = {b"SkylakeX", b"Cooperlake", b"SapphireRapids"}
"""For these (AVX-512) OpenBLAS multiplies small matrices as they lie in memory, and with few rows
about twice as fast as large ones, which it packs first."""


_Blas = namedtuple("_Blas", "get set core", defaults=(None, None, b""))
"""Reads and sets BLAS's number of threads, None where it cannot be told; and for which processors
the kernels are that it uses."""


def _openblas() -> _Blas:
    """The OpenBLAS in NumPy's wheels, if that is the BLAS behind it."""
    numpy = os.path.dirname(np.__file__)
    for path in [*_openblas_in(f"{numpy}.libs"), *_openblas_in(os.path.join(numpy, ".dylibs"))]:
        try:
            # Already loaded by NumPy, this gives the same one; the functions are too short to let
            # go of Python's lock.
            library = ctypes.PyDLL(path)
        except OSError:
            continue
        for name in OPENBLAS_NAMES:
            read = getattr(library, name.format("get"), None)
            write = getattr(library, name.format("set"), None)
            if read is not None and write is not None:
                write.restype = None
                return _Blas(read, write, _core(library, name))
    return _Blas()


def _openblas_in(folder: str) -> list[str]:
    """Files of OpenBLAS, where a wheel for Linux and Windows, or for macOS, keeps them.  (pathlib
    would be shorter, and takes two milliseconds to import.)"""
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, name) for name in os.listdir(folder) if "openblas" in name]


def _core(library: ctypes.CDLL, name: str) -> bytes:
    """What OpenBLAS calls its kernels; ``name`` is how its functions are called."""
    tell = getattr(library, name.format("get").replace("num_threads", "corename"), None)
    if tell is None:
        return b""
    tell.restype = ctypes.c_char_p
    return tell() or b""


class _OneThread:
    """Meanwhile BLAS has one thread.

    Several threads are allowed only where BLAS can be told, so ``_blas.set`` is there.  What a
    deque does it does at once: where two come and go together, one of them may find BLAS with all
    threads, but the last one leaves it so.
    """

    def __init__(self) -> None:
        self.within: deque[None] = deque()

    def __enter__(self) -> None:
        self.within.append(None)
        _blas.set(1)

    def __exit__(self, *error: object) -> None:
        self.within.pop()
        if not self.within:
            _blas.set(_threads)


_wanted = number_in("AUTOTENSOR_NUM_THREADS")
_blas = _Blas() if _wanted == 0 else _openblas()
UNPACKED = 10**6 if _blas.core in WITH_SMALL_KERNELS else 0
"""Products of matrices of up to so many multiplications are made without packing."""
UNPACKED_RESULT = 1200
"""Those of a matrix by another transposed only if the result has no more elements than this."""
LINE = 64
"""A slice of a matrix is best so many columns wide, or a multiple of it.  (With fewer, more is lost
than packing costs.)"""
FEW = 32
"""With more rows on the left, packing the right costs no more than working by slices."""
_one_thread = _OneThread()
_threads = _blas.get() if _blas.get is not None else 1


def get_num_threads() -> int:
    """How many threads an operator may use; at the start, as many as BLAS found cores, or as a
    container leaves of them.

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


if _wanted is None:
    # More threads than that would use up the time of all early, and then stand still.  (LeNet by
    # two on the time of one processor takes 1.14 times as long as by one.)
    _wanted = max(1, int(min(_threads, processors_given() + 0.5)))
if _wanted not in (0, _threads):
    set_num_threads(_wanted)


one_at_a_time = [threading.RLock()]
"""Holds the lock for what only one thread of the process may do at once, and quickly."""


def _unlock() -> None:
    one_at_a_time[0] = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)  # some other thread may have held it


def in_parts(task: Callable[[int, int], Any], length: int, work: int) -> None:
    """Calls ``task(start, stop)`` on parts that make up ``range(length)``, in several threads where
    it is worth it.

    ``work`` is how many multiplications in products of matrices would take as long as all parts
    together.  ``task`` must not use the graph.
    """
    if _threads == 1 or work <= ALONE:
        task(0, length)
    elif length < 2 or not worth_sharing(work):
        with _one_thread:  # there may be products in it
            task(0, length)
    else:
        sharers = _sharers(work, HEAVY)
        _in_threads(task, _bounds(length, sharers, finer=work > HUGE), sharers, work)


def worth_sharing(work: int) -> bool:
    """Whether ``in_parts`` has several threads do so much."""
    return work > HEAVY and _threads > 1


def _sharers(work: int, heavy: int) -> int:
    """How many threads share it: each gets at least half of what pays for a second one."""
    return min(_threads, max(2, 2 * work // max(heavy, 1)))


def _bounds(length: int, parts: int, finer: bool) -> list[int]:
    """Where the parts of ``range(length)`` begin and end.

    If ``finer``, the last quarter makes as many parts again: whoever was held up by another program
    finds those taken.  (On an idle machine this costs nothing to speak of; with one of two
    processors kept busy a step of a CNN takes 0.83 times as long.)
    """
    shares = [4 * part for part in range(parts + 1)]
    if finer:
        shares = [*range(0, 3 * parts, 3), *range(3 * parts, 4 * parts + 1)]
    return sorted({length * share // (4 * parts) for share in shares})


def _in_threads(
    task: Callable[[int, int], Any], bounds: Sequence[int], sharers: int, work: int
) -> None:
    shared = Work(task, bounds)
    with _one_thread:
        workers.offer(shared, min(sharers, shared.parts) - 1, even_crowded=work > HUGE)
        shared.run()
        shared.wait()
    if shared.errors:
        # Popped: who holds an error that holds this frame is not to be held by it.
        del shared.errors[1:]
        raise shared.errors.pop()


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` of matrices or stacks of them, ``(…, M, K)`` by ``(…, K, N)``; a large one in
    several threads.

    Example:

        >>> from autotensor.extend import product
        >>> product(np.eye(2), np.array([[1.0], [2.0]])).tolist()
        [[1.0], [2.0]]
    """
    rows, columns = a.shape[-2], b.shape[-1]
    work = max(a.size * columns, b.size * rows)
    least = ALONE
    if rows == 1 or columns == 1:
        least = ALONE_INNER if rows == columns else ALONE_BY_VECTOR
    if _threads == 1 or work <= least:
        # ``dot`` of two matrices is the same, and begins 1 µs earlier.
        return a.dot(b) if a.ndim == 2 and b.ndim == 2 else np.matmul(a, b)
    whole = work + PACKING * (a.size + b.size)
    if whole <= HEAVY_PRODUCT or a.dtype != b.dtype:
        with _one_thread:
            few = rows <= FEW and a.size * LINE <= UNPACKED < work
            if few and a.ndim == b.ndim == 2 and b.flags.c_contiguous:
                return _by_slices(a, b)
            return a.dot(b) if a.ndim == 2 and b.ndim == 2 else np.matmul(a, b)
    return _shared_product(a, b, whole)


def _by_slices(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` in slices of columns, so narrow that BLAS need not pack ``b``.  (32 × 128 by 128 ×
    512: 39 instead of 55 µs.)"""
    columns = b.shape[1]
    width = UNPACKED // a.size // LINE * LINE
    out = np.empty((len(a), columns), np.result_type(a, b))
    whole = columns // width * width
    np.matmul(a, in_slices(b[:, :whole], width), out=in_slices(out[:, :whole], width))
    np.matmul(a, b[:, whole:], out=out[:, whole:])
    return out


def in_slices(matrices: np.ndarray, width: int) -> np.ndarray:
    """``(…, K, M)`` as slices of columns, ``(…, M / width, K, width)``, a view."""
    *others, columns = matrices.shape
    return matrices.reshape(*others, columns // width, width).swapaxes(-3, -2)


def inner(a: np.ndarray, b: np.ndarray) -> Any:
    """The inner product of two vectors ``(N,)``."""
    if _threads == 1 or a.size <= ALONE_INNER:
        return a.dot(b)
    with _one_thread:
        return a.dot(b)


def _shared_product(a: np.ndarray, b: np.ndarray, work: int) -> np.ndarray:
    """The stack is divided, or where it has few matrices the longer side of the result."""
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    rows, columns = a.shape[-2], b.shape[-1]
    out = np.empty((*stack, rows, columns), a.dtype)
    sharers = _sharers(work, HEAVY_PRODUCT)
    several = bool(stack) and stack[0] >= sharers
    if several:
        a, b = (np.broadcast_to(one, (*stack, *one.shape[-2:])) for one in (a, b))

        def part(start: int, stop: int) -> None:
            np.matmul(a[start:stop], b[start:stop], out=out[start:stop])

    elif rows >= columns:

        def part(start: int, stop: int) -> None:
            np.matmul(a[..., start:stop, :], b, out=out[..., start:stop, :])

    else:

        def part(start: int, stop: int) -> None:
            np.matmul(a, b[..., start:stop], out=out[..., start:stop])

    length = stack[0] if several else max(rows, columns)
    # No finer: BLAS brings what is not divided into each part once more.
    _in_threads(part, _bounds(length, sharers, finer=False), sharers, work)
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
    work = first.size * per_element
    step = max(1, (SHARED_BLOCK if worth_sharing(work) else BLOCK) * length // first.size)

    def some(start: int, stop: int) -> None:
        for at in range(start * step, min(stop * step, length), step):
            update(*[array[at : at + step] for array in lined])

    in_parts(some, -(-length // step), work)


def on_new_stack(function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)`` in a thread made for it, which begins with an empty stack.

    It has the context variables of the caller, but not its thread-local ones.
    """
    from concurrent.futures import ThreadPoolExecutor  # here, because few ever need it

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.copy_context().run, function, *args).result()
