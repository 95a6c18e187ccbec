"""The threads that fetch batches ahead of time."""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from nn.data.seeding import drawing_as_worker
from nn.data.sources import read_source, write_source

__all__ = ["WorkerInfo", "get_worker_info"]


class WorkerInfo(NamedTuple):
    """What a worker thread is, see ``get_worker_info``.

    ``seed`` is also what ``autotensor.initial_seed()`` gives there: that of the epoch plus ``id``.

    Example:

        >>> from nn.data import DataLoader, get_worker_info
        >>> class Who:
        ...     def __len__(self):
        ...         return 2
        ...     def __getitem__(self, index):
        ...         return get_worker_info().num_workers
        >>> list(DataLoader(Who(), num_workers=2))
        [tensor([2]), tensor([2])]
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_here = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """In a worker thread of a DataLoader, which one it is; elsewhere None.

    Example:

        >>> from nn.data import get_worker_info
        >>> get_worker_info() is None  # here is no worker
        True
    """
    return getattr(_here, "info", None)


class Workers:
    """Threads, each of which has its own line of calls to make; or all the same line.

    Args:
        count: how many threads.
        dataset, seed: for ``get_worker_info``.
        begin: called as ``begin(worker_id)`` in each thread first of all, or None.  What it raises
            is the result of all calls.  The generators of ``random`` and ``numpy.random`` belong to
            the whole program, so they are taken back when all have begun.
        one_line: whoever is free makes the next call.
    """

    def __init__(
        self,
        count: int,
        dataset: Any,
        seed: int,
        begin: Callable[[int], object] | None,
        one_line: bool,
    ) -> None:
        self.count = count
        lines = [queue.SimpleQueue[Any]() for _ in range(1 if one_line else count)]
        self.lines = lines * count if one_line else lines
        with_grad = at.is_grad_enabled()
        self.threads = []
        begun = threading.Semaphore(0)
        for number, line in enumerate(self.lines):
            info = WorkerInfo(number, count, (seed + number) % 2**64, dataset)
            arguments = (line, info, begin, begun, with_grad)
            name = f"DataLoader worker {number}"
            self.threads.append(threading.Thread(None, _work, name, arguments, daemon=True))
        shared = [] if begin is None else [importlib.import_module("random"), np.random]
        before = [read_source(source) for source in shared]
        for thread in self.threads:
            thread.start()
        try:
            for _ in self.threads if begin is not None else ():
                begun.acquire()
        finally:
            for source, state in zip(shared, before, strict=True):
                write_source(source, state)

    def submit(self, number: int, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Has ``call(*args)`` made, by the worker whose turn it is."""
        future: Future[Any] = Future()
        self.lines[number % self.count].put((future, call, args))
        return future

    def end(self, wait: bool) -> None:
        """Ends the threads when the calls that are waiting have been made or cancelled."""
        for line in self.lines:
            line.put(None)
        for thread in self.threads if wait else ():
            if thread is not threading.current_thread():
                thread.join()

    def __del__(self) -> None:
        self.end(wait=False)


def _work(line: Any, info: WorkerInfo, begin: Any, begun: Any, with_grad: bool) -> None:
    _here.info = info
    at.set_grad_enabled(with_grad)
    with drawing_as_worker(info.seed):
        failure = None
        try:
            if begin is not None:
                begin(info.id)
        except BaseException as error:
            failure = error
        finally:
            begun.release()
        while (item := line.get()) is not None:
            _answer(item, failure)
            # Or the thread would keep the last batch alive while it waits for the next.
            del item


def _answer(item: Any, failure: BaseException | None) -> None:
    future, call, args = item
    if future.set_running_or_notify_cancel():
        try:
            if failure is not None:
                raise failure
            future.set_result(call(*args))
        except BaseException as error:
            future.set_exception(error)
    # Or the traceback of an error would keep them.
    del item, future, call, args
