"""Memory that all processes of a group see, where they run on one machine."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from autotensor.distributed.objects import all_gather_object
from autotensor.distributed.processes import ProcessGroup, group_of
from autotensor.machine.sending import receive, send
from autotensor.machine.shared_memory import allocate

__all__ = ["common_memory"]


def common_memory(count: int, group: ProcessGroup | None = None) -> list[np.ndarray] | None:
    """``count`` bytes for each process of the group, which all of them see.

    Each writes its own and reads those of others, who must know when: after a ``barrier``, for
    instance.  The memory is gone with the last who holds an array of it.  All must call this.

    Returns:
        An array of bytes for each rank of the group, zeros at first; None, in all of them, where
        they run on several machines, or cannot reach each other's memory, or there is too little.

    Raises:
        RuntimeError: before ``init_process_group``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> own = dist.common_memory(16)[dist.get_rank()].view(np.float32)
        >>> own.tolist()
        [0.0, 0.0, 0.0, 0.0]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "common_memory")
    if among.comm is None:
        return [np.zeros(count, np.uint8)]
    among.meet(f"common_memory of {count} bytes").wait()
    if not among.on_one_machine():
        return None
    handles: list[Any] | None = None
    with contextlib.suppress(RuntimeError, OSError):  # the others have to know
        block, start = allocate(count)
        handles = [(send(block), start) for _ in among.ranks]
    everybodys: list[Any] = [None] * among.size()
    all_gather_object(everybodys, handles, among)
    found: list[np.ndarray] | None = None
    if all(one is not None for one in everybodys):
        with contextlib.suppress(RuntimeError, OSError):
            found = [
                np.frombuffer(
                    block if rank == among.rank() else receive(handle), np.uint8, count, at
                )
                for rank, theirs in enumerate(everybodys)
                for handle, at in [theirs[among.rank()]]
            ]
    reached: list[Any] = [None] * among.size()
    all_gather_object(reached, found is not None, among)
    return found if all(reached) else None
