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
from collections.abc import Callable
from multiprocessing import *
from typing import Any

from autotensor.importing import list_public
from autotensor.sharing import register

__all__ = [
    *multiprocessing.__all__,
    "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
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


class Processes:
    """What ``spawn`` started, where it was not to wait for it.

    Attributes:
        processes: one for each number.
    """

    def __init__(self, processes: list[Any]) -> None:
        self.processes = processes

    def join(self, timeout: float | None = None) -> bool:
        """Waits until all have ended, ``timeout`` seconds at most for each; whether they have.

        Raises RuntimeError if one failed; its traceback is on the standard error.
        """
        for number, process in enumerate(self.processes):
            process.join(timeout)
            if process.exitcode:
                raise RuntimeError(f"spawn: process {number} ended with code {process.exitcode}")
        return all(process.exitcode == 0 for process in self.processes)

    def pids(self) -> list[int]:
        """The numbers that the system has given them."""
        return [process.pid for process in self.processes]


def spawn(
    fn: Callable[..., object],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Processes | None:
    """Calls ``fn(number, *args)`` in ``nprocs`` processes, numbered from 0, and waits for them.

    Raises:
        RuntimeError: one of them failed.

    Example:

        >>> def work(number, seeds):  # at the top of a file that can be imported
        ...     at.manual_seed(seeds[number])
        >>> at.multiprocessing.spawn(work, args=([1, 2],), nprocs=2)  # doctest: +SKIP
    """
    context: Any = multiprocessing.get_context(start_method)
    processes = [
        context.Process(target=fn, args=(number, *args), daemon=daemon) for number in range(nprocs)
    ]
    for process in processes:
        process.start()
    started = Processes(processes)
    if not join:
        return started
    started.join()
    return None


register()
list_public(__name__)
