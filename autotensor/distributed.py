"""What scripts ask of ``torch.distributed``: there is one process, and no group of several.

``is_available()`` is False, as in a PyTorch that was built without it, so that a script which asks
goes its way for one process.  What needs several raises a RuntimeError when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NoReturn

from autotensor.importing import list_public

__all__ = [
    "ReduceOp", "all_gather", "all_gather_into_tensor", "all_gather_object", "all_reduce",
    "all_to_all", "all_to_all_single", "barrier", "broadcast", "broadcast_object_list",
    "destroy_process_group", "gather", "gather_object", "get_backend", "get_rank",
    "get_world_size", "init_process_group", "irecv", "is_available", "is_gloo_available",
    "is_initialized", "is_mpi_available", "is_nccl_available", "is_torchelastic_launched", "isend",
    "monitored_barrier", "new_group", "recv", "reduce", "reduce_scatter", "reduce_scatter_tensor",
    "scatter", "scatter_object_list", "send",
]  # fmt: skip


class ReduceOp(IntEnum):
    """How ``all_reduce`` would join what several processes have.

    Example:

        >>> at.distributed.ReduceOp.SUM.name
        'SUM'
    """

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4


def is_available() -> bool:
    """False."""
    return False


is_initialized = is_torchelastic_launched = is_available
is_nccl_available = is_gloo_available = is_mpi_available = is_available


def _needs_processes(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"distributed.{name}: training on several devices or machines is left out, and there "
            "is one process: delete this, or ask distributed.is_available() first"
        )

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"""Raises RuntimeError: there is one process.

    Example:

        >>> if at.distributed.is_available():  # as scripts do, so that nothing is refused
        ...     at.distributed.{name}()
    """
    return refuse


all_gather = _needs_processes("all_gather")
all_gather_into_tensor = _needs_processes("all_gather_into_tensor")
all_gather_object = _needs_processes("all_gather_object")
all_reduce = _needs_processes("all_reduce")
all_to_all = _needs_processes("all_to_all")
all_to_all_single = _needs_processes("all_to_all_single")
barrier = _needs_processes("barrier")
broadcast = _needs_processes("broadcast")
broadcast_object_list = _needs_processes("broadcast_object_list")
destroy_process_group = _needs_processes("destroy_process_group")
gather = _needs_processes("gather")
gather_object = _needs_processes("gather_object")
get_backend = _needs_processes("get_backend")
get_rank = _needs_processes("get_rank")
get_world_size = _needs_processes("get_world_size")
init_process_group = _needs_processes("init_process_group")
irecv = _needs_processes("irecv")
isend = _needs_processes("isend")
monitored_barrier = _needs_processes("monitored_barrier")
new_group = _needs_processes("new_group")
recv = _needs_processes("recv")
reduce = _needs_processes("reduce")
reduce_scatter = _needs_processes("reduce_scatter")
reduce_scatter_tensor = _needs_processes("reduce_scatter_tensor")
scatter = _needs_processes("scatter")
scatter_object_list = _needs_processes("scatter_object_list")
send = _needs_processes("send")

list_public(__name__)
