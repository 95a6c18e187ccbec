"""Threads that help, and how they and the caller wait for each other.

A thread that sleeps is woken 10 to 90 µs later, most of all on a virtual machine; one that asks
again and again, in Python, holds up the others by its lock.  So ours wait awake outside that lock
for a moment before they sleep (``Signal``), unless others want their processor (``Worker``).
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from itertools import count, pairwise
from queue import SimpleQueue
from time import perf_counter
from typing import Any

import numpy as np

from autotensor.machine.error_state import silent
from autotensor.machine.switches import switched_on

LOCKED: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether one thread at a time runs Python; free-threaded Python (PEP 703) has no such lock."""
LOOKS = 1 << 22
"""So often does a thread look for a signal before it sleeps: some 2 ms.  The pauses of a training
step between what is shared are shorter."""
_QUICK = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3)
PAUSE = (256 if _QUICK else 48) if LOCKED else 1
"""Lines, of some 30 ns (150 before NumPy 2.3), from a signal to asking for Python's lock.  Who has
given the signal still holds it, and lets go of it some µs later; who asks too early is put to
sleep."""
CROWDED = 0.2
"""If a worker has waited for a processor for so much of its time, others want it too."""
NOTICED = 0.01
"""Seconds after which a worker asks again whether that is so; the system changes who runs every
few milliseconds."""
REST = 0.25
"""Seconds for which it then leaves the work to others."""


_in_one_go = Context()
"""In it NumPy cuts no line into buffers, each of which would look for itself (before 2.3)."""
_in_one_go.run(np.setbufsize, LOOKS)


class Signal:
    """What one thread gives, and another looks out for awake, without Python's lock.

    NumPy finds out without the lock whether any of many numbers is true, and looks no further than
    the first that is.  Here all are the same byte of memory, which may be set meanwhile.  It is but
    a hint: what there is to do stands in a queue or a lock.
    """

    __slots__ = ("_byte", "_context", "_looks")

    def __init__(self) -> None:
        self._byte = np.ones(1 + PAUSE, np.bool_)
        # One line looks for the byte, again and again; the others end at once.
        self._looks = np.broadcast_to(self._byte[:, np.newaxis], (1 + PAUSE, LOOKS))
        self._context = _in_one_go.copy()
        self.clear()

    def give(self) -> None:
        self._byte[0] = True

    def clear(self) -> None:
        self._byte[0] = False

    def look(self) -> None:
        """Until it is given, or for a while."""
        self._context.run(np.logical_or.reduce, self._looks, 1)


_own = threading.local()


def _own_signal() -> Signal:
    """The signal that tells the calling thread that what it shared is done."""
    try:
        signal: Signal = _own.signal
    except AttributeError:
        signal = _own.signal = Signal()
    return signal


class Work:
    """A task in parts that whoever comes first takes."""

    __slots__ = ("done", "errors", "finished", "left", "parts", "signal", "task")

    def __init__(self, task: Callable[[int, int], Any], bounds: Sequence[int]) -> None:
        self.task = task
        # deque and count are safe to share: what they do, they do at once.
        self.left = deque(pairwise(bounds))
        self.parts = len(self.left)
        self.finished = count(1)
        self.errors: list[BaseException] = []
        self.done = threading.Lock()
        self.done.acquire()
        self.signal = _own_signal()
        self.signal.clear()

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
                self.signal.give()
                self.done.release()

    def wait(self) -> None:
        """Until all are done."""
        if not self.done.acquire(blocking=False):
            self.signal.look()
            self.done.acquire()


class Neighbours:
    """Whether others want the processor of the calling thread, as far as Linux tells."""

    def __init__(self) -> None:
        self.asked = perf_counter()
        self.before = ran_and_waited()

    def want_it(self) -> bool:
        """Whether that is found now; the system is asked but now and then."""
        now = perf_counter()
        if self.before is None or now - self.asked < NOTICED:
            return False
        earlier = self.before
        self.asked, self.before = now, ran_and_waited() or earlier
        ran, waited = self.before[0] - earlier[0], self.before[1] - earlier[1]
        return waited > CROWDED * (ran + waited)


def ran_and_waited() -> tuple[int, int] | None:
    """Nanoseconds for which the calling thread has run, and has waited for a processor."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            ran, waited, _ = map(int, file.read().split())
    except (OSError, ValueError):
        return None
    return ran, waited


class Worker:
    """A thread that waits for work: awake for a while, unless others want its processor.

    Where they do, one that waits awake takes time from them, and one that is given work keeps its
    caller waiting.  Where the system does not tell, workers wait asleep.
    """

    def __init__(self) -> None:
        self.offers: SimpleQueue[Work] = SimpleQueue()
        self.signal = Signal()
        self.rests_until = 0.0
        self.thread = threading.Thread(target=self._work, name="autotensor", daemon=True)
        self.thread.start()

    def offer(self, work: Work) -> None:
        self.offers.put(work)
        self.signal.give()

    def rests(self) -> bool:
        """Whether it had better not be given work."""
        return perf_counter() < self.rests_until

    def _work(self) -> None:
        neighbours = Neighbours()
        while True:
            self.signal.clear()
            if neighbours.before and not self.rests() and self.offers.empty():
                self.signal.look()
            # A new thread has NumPy's warnings on, whatever the caller's setting.
            silent().run(self.offers.get().run)
            if neighbours.want_it():
                self.rests_until = perf_counter() + REST


class Workers:
    """Those there are, started when first needed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.all: list[Worker] = []
        self.avoided: int | None = None

    def offer(self, work: Work, helpers: int, even_crowded: bool) -> None:
        """Offers it to so many, or to those of them whose processors nobody else wants."""
        with self.lock:
            while len(self.all) < helpers:
                self.all.append(Worker())
                self.avoided = None
            self._keep_apart()
        for worker in self.all[:helpers]:
            if even_crowded or not worker.rests():
                worker.offer(work)

    def _keep_apart(self) -> None:
        """Keeps the workers off the processor of the caller.

        Some kernels wake a thread on the processor of the one that woke it, where it begins when
        that one is through.  (On such a machine two threads took as long as one for a tanh of
        300,000 elements, and kept apart 0.6 times as long.)
        """
        if number_of_processor is None:
            return
        here = number_of_processor()
        if here == self.avoided:
            return
        self.avoided = here
        others = os.sched_getaffinity(0) - {here}
        if others:
            for worker in self.all:
                # A worker gone in a fork, or a system that does not let us: it is but a hint.
                with suppress(OSError):
                    os.sched_setaffinity(worker.thread.native_id or 0, others)


def _number_of_processor() -> Callable[[], int] | None:
    """The C library's function that tells on which processor the caller runs, on Linux."""
    if not hasattr(os, "sched_setaffinity") or not switched_on("AUTOTENSOR_AFFINITY"):
        return None
    try:
        found: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu
    except (AttributeError, OSError, TypeError):
        return None
    return found


number_of_processor = _number_of_processor()
workers = Workers()
if hasattr(os, "register_at_fork"):
    # A forked child has none of the workers, and the lock as some thread may have held it.
    os.register_at_fork(after_in_child=workers.reset)
