"""What scripts ask of ``torch.distributed`` besides: who is where, and which backends there are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from autotensor.distributed.collectives import ReduceOp
from autotensor.distributed.processes import (
    MINUTES,
    ProcessGroup,
    get_rank,
    get_world_size,
    group_of,
    new_group,
)

__all__ = [
    "Backend", "DistBackendError", "DistError", "DistNetworkError", "default_pg_timeout",
    "get_global_rank", "get_group_rank", "get_node_local_rank", "is_backend_available",
    "is_gloo_available", "is_nccl_available", "is_torchelastic_launched", "is_ucc_available",
    "new_subgroups", "new_subgroups_by_enumeration", "reduce_op",
]  # fmt: skip

reduce_op = ReduceOp
"""``ReduceOp``, as old scripts call it."""


default_pg_timeout = timedelta(minutes=MINUTES)
"""How long a process waits for the others, where ``init_process_group`` is told nothing."""


class DistError(RuntimeError):
    """For ``except`` clauses of scripts: what goes wrong in an exchange raises RuntimeError, as
    with PyTorch's gloo.

    Example:

        >>> issubclass(at.distributed.DistBackendError, at.distributed.DistError)
        True
    """


class DistBackendError(DistError):
    """See ``DistError``: nothing here raises it.

    Example:

        >>> issubclass(at.distributed.DistBackendError, RuntimeError)
        True
    """


class DistNetworkError(DistError):
    """See ``DistError``: nothing here raises it.

    Example:

        >>> issubclass(at.distributed.DistNetworkError, RuntimeError)
        True
    """


class Backend(str):
    """The name of a backend of PyTorch's, in small letters; here all of them mean MPI.

    Example:

        >>> at.distributed.Backend("GLOO") == at.distributed.Backend.GLOO
        True
    """

    UNDEFINED = "undefined"
    GLOO = "gloo"
    NCCL = "nccl"
    UCC = "ucc"
    MPI = "mpi"

    def __new__(cls, name: str) -> Backend:
        if not isinstance(name, str):
            raise ValueError(f"distributed.Backend: name must be a text, got {type(name).__name__}")
        return super().__new__(cls, name.lower())


def is_backend_available(backend: str) -> bool:
    """Whether ``init_process_group`` takes this name: it takes all, and it is MPI in all cases.

    Example:

        >>> at.distributed.is_backend_available("gloo")
        True
    """
    return bool(Backend(backend))


def is_gloo_available() -> bool:
    """True: ``"gloo"`` is accepted, and is MPI.

    Example:

        >>> at.distributed.is_gloo_available()
        True
    """
    return True


def is_nccl_available() -> bool:
    """False: there is no GPU, so that scripts choose ``"gloo"``.

    Example:

        >>> "nccl" if at.distributed.is_nccl_available() else "gloo"
        'gloo'
    """
    return False


def is_ucc_available() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether ``python -m autotensor.distributed.run`` has started this process: it sets
    ``TORCHELASTIC_RUN_ID``, as torchrun does; ``mpiexec`` does not.

    Example:

        >>> at.distributed.is_torchelastic_launched()
        False
    """
    return "TORCHELASTIC_RUN_ID" in os.environ


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process among those of its machine, which ``LOCAL_RANK`` holds.

    Args:
        fallback_rank: what to return where the environment does not say.

    Raises:
        RuntimeError: it does not, and there is no ``fallback_rank``.

    Example:

        >>> at.distributed.get_node_local_rank(fallback_rank=0)
        0
    """
    known = os.environ.get("LOCAL_RANK", fallback_rank)
    if known is None:
        raise RuntimeError(
            "distributed.get_node_local_rank: LOCAL_RANK is not in the environment; "
            "python -m autotensor.distributed.run sets it, or give fallback_rank"
        )
    return int(known)


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The number among all of the process that is ``group_rank`` in ``group``.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.get_global_rank(at.distributed.group.WORLD, 0)
        0
        >>> at.distributed.destroy_process_group()
    """
    ranks = group_of(group, "get_global_rank").ranks
    if not 0 <= group_rank < len(ranks):
        raise ValueError(
            f"distributed.get_global_rank: group_rank must be from 0 to {len(ranks) - 1}, got "
            f"{group_rank}"
        )
    return ranks[group_rank]


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The number in ``group`` of the process that is ``global_rank`` among all.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.get_group_rank(at.distributed.group.WORLD, 0)
        0
        >>> at.distributed.destroy_process_group()
    """
    caller = "get_group_rank"
    return group_of(group, caller).number_of(global_rank, caller, "global_rank")


def new_subgroups(
    group_size: int | None = None,
    group: ProcessGroup | None = None,
    timeout: Any = None,
    backend: str | None = None,
    pg_options: Any = None,
    group_desc: str | None = None,
) -> tuple[ProcessGroup, list[Any]]:
    """All processes in groups of ``group_size`` that follow each other.

    Args:
        group_size: divides their number; as many as this machine has if None.
        timeout: as in ``new_group``.
        group, backend, pg_options, group_desc: only the group of all is divided; without effect.

    Returns:
        The group of this process, and all groups.

    Raises:
        ValueError: ``group_size`` does not divide how many there are.

    Example:

        >>> at.distributed.init_process_group()
        >>> own, all_of_them = at.distributed.new_subgroups(1)
        >>> own.ranks, len(all_of_them)
        ((0,), 1)
        >>> at.distributed.destroy_process_group()
    """
    size = get_world_size()
    each = int(os.environ.get("LOCAL_WORLD_SIZE", size)) if group_size is None else group_size
    if each < 1 or size % each:
        raise ValueError(
            f"distributed.new_subgroups: group_size must divide the number of ranks, {size}, got "
            f"{each}"
        )
    lists = [range(first, first + each) for first in range(0, size, each)]
    own, groups = new_subgroups_by_enumeration(lists, timeout)
    assert own is not None
    return own, groups


def new_subgroups_by_enumeration(
    ranks_per_subgroup_list: Sequence[Sequence[int]],
    timeout: Any = None,
    backend: str | None = None,
    pg_options: Any = None,
    group_desc: str | None = None,
) -> tuple[ProcessGroup | None, list[Any]]:
    """``new_group`` for each list of ranks, none of which is in two.

    Returns:
        The group of this process, or None, and all groups.

    Raises:
        ValueError: a rank stands in two lists.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.new_subgroups_by_enumeration([[0]])[0].ranks
        (0,)
        >>> at.distributed.destroy_process_group()
    """
    everybody = [rank for ranks in ranks_per_subgroup_list for rank in ranks]
    if len({*everybody}) != len(everybody):
        raise ValueError(
            "distributed.new_subgroups_by_enumeration: a rank must be in one group only, got "
            f"{[list(ranks) for ranks in ranks_per_subgroup_list]}"
        )
    groups = [new_group(ranks, timeout) for ranks in ranks_per_subgroup_list]
    mine = get_rank()
    own = [one for one, ranks in zip(groups, ranks_per_subgroup_list, strict=True) if mine in ranks]
    return (own[0] if own else None), groups
