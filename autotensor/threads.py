"""Sharing large array work among a few threads.

NumPy lets go of Python's lock inside its loops and products of matrices, so ordinary threads make
them run side by side.  Two things decide whether that pays.  Handing a part to a thread and waiting
for it costs 10 to 40 µs (the latter where an idle processor must be woken), so only work well above
that is shared.  And the BLAS behind NumPy has threads of its own, which would fight with these:
while parts run, BLAS is held to one thread each.
"""

from __future__ import annotations

import ctypes
import glob
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np

from autotensor.silence import silent

__all__ = [
    "BLOCK",
    "HEAVY",
    "MANY",
    "get_num_threads",
    "in_blocks",
    "in_parts",
    "product",
    "set_num_threads",
]

HEAVY = 1 << 24
"""So many multiplications in products of matrices pay for a second thread: some 0.3 ms of work."""
ALONE = 1 << 18
"""Up to so many, OpenBLAS uses one thread."""

BLOCK = 1 << 16
"""Elements in a piece of ``in_blocks``.  An elementwise formula is some passes over some arrays: in
pieces of this size (float32: 256 KiB) what one pass leaves in the cache, the next finds there, and
main memory is read and written once."""
MANY = 9 * BLOCK
"""So many elements of elementwise work pay for a second thread."""


class _Blas:
    """The number of threads of the OpenBLAS in NumPy's wheels, read and set in its library."""

    def __init__(self) -> None:
        self.get: Callable[[], int] | None = None
        self.set: Callable[[int], Any] | None = None
        beside = os.path.dirname(os.path.dirname(np.__file__))
        places = (
            os.path.join(beside, "numpy.libs", "*openblas*"),  # Linux, Windows
            os.path.join(beside, "numpy", ".dylibs", "*openblas*"),  # macOS
        )
        for path in [found for place in places for found in glob.glob(place)]:
            try:
                library = ctypes.CDLL(path)  # already loaded by NumPy: gives the same one
            except OSError:
                continue
            for prefix in ("scipy_openblas", "openblas"):
                for suffix in ("64_", ""):
                    read = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
                    write = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
                    if read is not None and write is not None:
                        self.get, self.set = read, write
                        return


class _Part:
    """One part of the work, and how it ended."""

    __slots__ = ("done", "error", "start", "stop", "task")

    def __init__(self, task: Callable[[int, int], Any], start: int, stop: int) -> None:
        self.task = task
        self.start = start
        self.stop = stop
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        try:
            self.task(self.start, self.stop)
        except BaseException as error:
            self.error = error
        self.done.release()


class _Pool:
    """Worker threads, started when first needed, that wait for parts."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.parts: SimpleQueue[_Part] = SimpleQueue()
        self.workers = 0
        self.sharing = 0

    def work(self) -> None:
        parts = self.parts
        while True:
            # A new thread has NumPy's warnings on, whatever the caller's setting.
            silent().run(parts.get().run)

    def grow(self, workers: int) -> None:
        while self.workers < workers:
            threading.Thread(target=self.work, name="autotensor", daemon=True).start()
            self.workers += 1

    def enter(self) -> None:
        """Before the first of the callers that share at the same time: BLAS to one thread.

        Several threads are allowed only where BLAS can be told, so ``_blas.set`` is there.
        """
        with self.lock:
            self.sharing += 1
            if self.sharing == 1:
                _blas.set(1)  # type: ignore[misc]

    def leave(self) -> None:
        with self.lock:
            self.sharing -= 1
            if self.sharing == 0:
                _blas.set(_threads)  # type: ignore[misc]


_blas = _Blas()
_pool = _Pool()
_threads = _blas.get() if _blas.get is not None else 1
if hasattr(os, "register_at_fork"):
    # A forked child has none of the workers, and the lock as some thread may have held it.
    os.register_at_fork(after_in_child=_pool.reset)


def get_num_threads() -> int:
    """How many threads an operator may use; at the start, as many as BLAS found cores."""
    return _threads


def set_num_threads(threads: int) -> None:
    """Sets how many threads an operator may use, for this project and for NumPy's BLAS alike.

    Results do not depend on it beyond rounding.  Where NumPy's BLAS cannot be told (one that is not
    OpenBLAS), operators use one thread and BLAS what it likes.
    """
    global _threads
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ValueError(f"set_num_threads: expected a positive int, got {threads!r}")
    if _blas.set is not None:
        _threads = threads
        _blas.set(threads)


def in_parts(task: Callable[[int, int], Any], length: int, worth: bool = True) -> None:
    """Calls ``task(start, stop)`` on parts that make up ``range(length)``, in several threads.

    ``worth`` says whether the work is large enough to share.  ``task`` must not use the graph.
    Either way BLAS runs in one thread meanwhile: its own threads go on spinning for some 30 ms
    after a product, and whatever runs in these threads next would have to compete with them.
    """
    if _threads == 1:
        task(0, length)
        return
    count = max(min(_threads, length), 1) if worth else 1
    bounds = [length * at // count for at in range(count + 1)]
    others = [_Part(task, bounds[at], bounds[at + 1]) for at in range(1, count)]
    _pool.enter()
    try:
        _pool.grow(len(others))
        for part in others:
            _pool.parts.put(part)
        task(0, bounds[1])
        for part in others:
            part.done.acquire()
    finally:
        _pool.leave()
    for part in others:
        if part.error is not None:
            raise part.error


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` of matrices or stacks of them; a large product of two in several threads.

    OpenBLAS itself would use one thread up to ``ALONE`` multiplications.
    """
    work = a.size * b.shape[-1]
    if _threads == 1 or work <= ALONE or a.ndim != 2 or b.ndim != 2 or a.dtype != b.dtype:
        return np.matmul(a, b)
    rows, columns = a.shape[0], b.shape[1]
    out = np.empty((rows, columns), a.dtype)
    if rows >= columns:
        in_parts(
            lambda start, stop: np.matmul(a[start:stop], b, out=out[start:stop]),
            rows,
            work > HEAVY,
        )
    else:
        in_parts(
            lambda start, stop: np.matmul(a, b[:, start:stop], out=out[:, start:stop]),
            columns,
            work > HEAVY,
        )
    return out


def in_blocks(update: Callable[..., Any], *arrays: np.ndarray) -> None:
    """Calls ``update(*pieces)`` with matching pieces of all arrays until all is covered, in several
    threads where there are many.

    The arrays have one shape, in any memory layout; the pieces are views of them.
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

    in_parts(some, -(-length // step), first.size > MANY)
