"""Python's ``multiprocessing``, and what ``torch.multiprocessing`` adds to it.

Once this module is imported, a Tensor that goes to another process through a queue, a pipe, a pool
or the arguments of a process that is spawned moves into shared memory and arrives as a Tensor on
the same memory: what one writes the others see.  So do views of it, and Parameters, and with them
whole models.  A process that is forked shares what ``share_memory_`` has moved before.  With
Python's ``multiprocessing`` alone Tensors arrive as copies.

What one process writes while another does is up to them: there are no locks.  A Tensor moves when
it is sent, by a thread of the queue; call ``share_memory_()`` first where that thread would meet
others that write to it.  Of a Tensor that requires grad the values arrive, and that it is a leaf;
one that an operator made is refused.  Gradients stay, but those that ``Module.share_memory`` moved
in a model that is forked.

The memory has no name: it is gone with the last process that holds it, killed or not.  A process
must be there until what it has sent has arrived; when it ends it waits for that, five seconds at
most: ``get()`` before ``join()``.

A model that several processes train at once, without locks (Hogwild)::

    from autotensor import multiprocessing as mp

    def train(model, batches):
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches:
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()  # in the memory of all

    if __name__ == "__main__":
        model = nn.Linear(2, 1).share_memory()
        processes = [mp.Process(target=train, args=(model, part)) for part in parts]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
import weakref
from collections.abc import Callable, Sequence
from multiprocessing import *
from multiprocessing import connection
from pathlib import Path
from time import monotonic
from typing import Any

from autotensor.importing import list_public
from autotensor.sharing import register

__all__ = [
    *multiprocessing.__all__,
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException",
    "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
    "start_processes",
]  # fmt: skip

_STRATEGIES = {"file_descriptor", "file_system"}
_chosen = ["file_descriptor"]


def get_all_sharing_strategies() -> set[str]:
    """PyTorch's names of ways to share memory; here there is one, which is like the first.

    Example:

        >>> sorted(at.multiprocessing.get_all_sharing_strategies())
        ['file_descriptor', 'file_system']
    """
    return set(_STRATEGIES)


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepts a name of ``get_all_sharing_strategies``; without effect.

    Raises:
        ValueError: another name.

    Example:

        >>> at.multiprocessing.set_sharing_strategy("file_system")
        >>> at.multiprocessing.get_sharing_strategy()
        'file_system'
        >>> at.multiprocessing.set_sharing_strategy("file_descriptor")
    """
    if new_strategy not in _STRATEGIES:
        raise ValueError(
            f"set_sharing_strategy: expected one of {sorted(_STRATEGIES)}, got {new_strategy!r}"
        )
    _chosen[0] = new_strategy


def get_sharing_strategy() -> str:
    """What ``set_sharing_strategy`` was last told.

    Example:

        >>> at.multiprocessing.get_sharing_strategy()
        'file_descriptor'
    """
    return _chosen[0]


class ProcessException(RuntimeError):  # noqa: N818 - PyTorch's name
    """One of the processes that ``spawn`` has started went wrong.

    Attributes:
        error_index: its number.
        error_pid: the number that the system gave it.

    Example:

        >>> issubclass(at.multiprocessing.ProcessRaisedException,
        ...            at.multiprocessing.ProcessException)
        True
    """

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """It raised an error; the message has its traceback.

    Example:

        >>> error = at.multiprocessing.ProcessRaisedException("as it told", 1, 4711)
        >>> error.error_index, str(error)
        (1, 'as it told')
    """


class ProcessExitedException(ProcessException):
    """It ended otherwise: by ``sys.exit``, or killed.

    Attributes:
        exit_code: what it returned; below 0, the number of the signal.
        signal_name: the name of the signal, or None.

    Example:

        >>> error = at.multiprocessing.ProcessExitedException("gone", 0, 4711, -9, "SIGKILL")
        >>> error.exit_code, error.signal_name
        (-9, 'SIGKILL')
    """

    def __init__(
        self,
        msg: str,
        error_index: int,
        error_pid: int,
        exit_code: int,
        signal_name: str | None = None,
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*super().__reduce__()[1], self.exit_code, self.signal_name)


class ProcessContext:
    """What ``spawn`` has started, where it was not to wait for it.

    Attributes:
        processes: one for each number.
        error_files: where each writes the traceback of an error.

    Example:

        >>> context = at.multiprocessing.ProcessContext([], [])
        >>> context.join(), context.pids()
        (True, [])
    """

    def __init__(self, processes: Sequence[Any], error_files: Sequence[str]) -> None:
        self.processes = list(processes)
        self.error_files = list(error_files)
        self.sentinels = {one.sentinel: number for number, one in enumerate(processes)}

    def pids(self) -> list[int]:
        """The numbers that the system has given them.

        Example:

            >>> at.multiprocessing.ProcessContext([], []).pids()
            []
        """
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Waits until one of them ends, ``timeout`` seconds at most; whether all have.

        Where one went wrong, the others are ended.

        Args:
            timeout: in seconds; for ever if None.
            grace_period: seconds for which the others may still end by themselves.

        Raises:
            ProcessRaisedException: one raised an error.
            ProcessExitedException: one was killed, or returned a number other than 0.

        Example:

            >>> at.multiprocessing.ProcessContext([], []).join()
            True
        """
        wrong = False
        ready = connection.wait(list(self.sentinels), timeout) if self.sentinels else []
        for sentinel in ready:
            process = self.processes[self.sentinels.pop(sentinel)]
            process.join()
            wrong |= process.exitcode != 0
        if wrong:
            self._end(LINGER if grace_period is None else grace_period)
            raise self._error()
        return not self.sentinels

    def _end(self, seconds: float) -> None:
        """Waits, then asks them to end, and then makes them."""
        alive = self.processes
        for ask in ("terminate", "kill", ""):
            deadline = monotonic() + (seconds if ask == "terminate" else PATIENCE)
            for process in alive:
                process.join(max(0.0, deadline - monotonic()))
            alive = [process for process in alive if process.is_alive()]
            for process in alive if ask else ():
                getattr(process, ask)()

    def _error(self) -> ProcessException:
        """Of whoever raised first, or else of the first that did not return 0 by itself."""
        written = [
            (path.stat().st_mtime_ns, number)
            for number, path in enumerate(map(Path, self.error_files))
            if path.exists()
        ]
        if written:
            number = min(written)[1]
            trace = Path(self.error_files[number]).read_text(encoding="utf-8")
            words = f"\n\n-- Process {number} terminated with the following error:\n{trace}"
            return ProcessRaisedException(words, number, self.processes[number].pid)
        codes = [process.exitcode for process in self.processes]
        number = next(
            (one for one, code in enumerate(codes) if code not in (0, 1, -signal.SIGTERM)),
            next(one for one, code in enumerate(codes) if code),
        )
        code, pid = codes[number], self.processes[number].pid
        if code < 0:
            name = signal.Signals(-code).name
            words = f"spawn: process {number} was ended by the signal {name}"
            return ProcessExitedException(words, number, pid, code, name)
        words = f"spawn: process {number} ended with code {code}"
        return ProcessExitedException(words, number, pid, code)


LINGER = 1.0
"""Seconds for which the others may still end by themselves once one has failed: of ranks that train
together all end, and the first to say why has the reason."""
PATIENCE = 10.0
"""Seconds after which one that was asked to end is killed."""


def _run(fn: Callable[..., object], number: int, args: tuple[Any, ...], error_file: str) -> None:
    """What each process does: it ends with the one that has started it, and leaves its error where
    that one looks."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    try:
        fn(number, *args)
    except KeyboardInterrupt:
        return  # so was the one that has started it, who says it
    except Exception:
        draft = Path(f"{error_file}.draft")
        draft.write_text(traceback.format_exc(), encoding="utf-8")
        draft.rename(error_file)  # whole, or not there
        sys.exit(1)


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def start_processes(
    fn: Callable[..., object],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Calls ``fn(number, *args)`` in ``nprocs`` processes, numbered from 0, and waits for them.

    Processes that call ``distributed.init_process_group(rank=number, world_size=nprocs)`` train
    together, as they do in PyTorch::

        def train(rank, world_size):
            os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "localhost", "29500"
            dist.init_process_group("gloo", rank=rank, world_size=world_size)
            ...

        if __name__ == "__main__":
            mp.spawn(train, args=(2,), nprocs=2)

    Args:
        fn: at the top of a file that can be imported.
        join: wait for them.
        daemon: they are ended when this process ends.
        start_method: ``"spawn"``, ``"fork"`` or ``"forkserver"``.

    Returns:
        None, or, where it is not to wait, a ``ProcessContext``.

    Raises:
        ProcessRaisedException: one of them raised an error, whose traceback is in the message; the
            others are ended.
        ProcessExitedException: one of them ended otherwise.

    Example:

        >>> def work(number, seeds):  # at the top of a file that can be imported
        ...     at.manual_seed(seeds[number])
        >>> at.multiprocessing.start_processes(work, ([1, 2],), 2)  # doctest: +SKIP
    """
    context: Any = multiprocessing.get_context(start_method)
    folder = tempfile.TemporaryDirectory(prefix="autotensor-", ignore_cleanup_errors=True)
    files = [f"{folder.name}/{number}" for number in range(nprocs)]
    processes = [
        context.Process(target=_run, args=(fn, number, args, file), daemon=daemon)
        for number, file in enumerate(files)
    ]
    try:
        for process in processes:
            process.start()
    except BaseException:
        for process in processes:
            if process.pid is not None:
                process.kill()
        folder.cleanup()
        raise
    started = ProcessContext(processes, files)
    weakref.finalize(started, folder.cleanup)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(
    fn: Callable[..., object],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """``start_processes``, under the name that scripts use.

    Example:

        >>> def work(number, seeds):  # at the top of a file that can be imported
        ...     at.manual_seed(seeds[number])
        >>> at.multiprocessing.spawn(work, args=([1, 2],), nprocs=2)  # doctest: +SKIP
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)


register()
list_public(__name__)
