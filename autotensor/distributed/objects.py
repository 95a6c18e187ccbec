"""Exchanges of Python's objects, as pickles; only for processes that trust each other."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from autotensor.distributed.processes import ProcessGroup, group_of

__all__ = [
    "all_gather_object", "broadcast_object_list", "gather_object", "scatter_object_list",
]  # fmt: skip


def _everybodys(obj: Any, among: ProcessGroup, caller: str) -> list[Any]:
    """What each process of the group gives."""
    if among.comm is None:
        return [pickle.loads(pickle.dumps(obj))]
    own = np.frombuffer(pickle.dumps(obj), np.uint8)
    among.meet(caller).wait()
    among.hand_over(own.nbytes)
    lengths = np.empty(among.size(), np.int64)
    among.wait(among.comm.Iallgather(np.array([own.size]), lengths), caller)
    received = np.empty(lengths.sum(), np.uint8)
    among.wait(among.comm.Iallgatherv(own, (received, lengths.tolist())), caller)
    parts = np.split(received, np.cumsum(lengths)[:-1])
    return [pickle.loads(part.tobytes()) for part in parts]


def _need_length(objects: list[Any], count: int, caller: str, argument: str) -> None:
    if len(objects) != count:
        raise ValueError(
            f"distributed.{caller}: {argument} must have a place for each of the {count} ranks, "
            f"got {len(objects)}"
        )


def all_gather_object(object_list: list[Any], obj: Any, group: ProcessGroup | None = None) -> None:
    """Fills ``object_list``, in every process, with what each of them gives.

    Args:
        object_list: as long as there are processes.
        obj: anything that can be pickled.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.all_gather_object(found := [None], {"loss": 0.5})
        >>> found
        [{'loss': 0.5}]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "all_gather_object")
    _need_length(object_list, among.size(), "all_gather_object", "object_list")
    object_list[:] = _everybodys(obj, among, "all_gather_object")


def gather_object(
    obj: Any,
    object_gather_list: list[Any] | None = None,
    dst: int = 0,
    group: ProcessGroup | None = None,
) -> None:
    """As ``all_gather_object``, but only the process ``dst`` receives, and only it gives a list.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.gather_object({"loss": 0.5}, found := [None])
        >>> found
        [{'loss': 0.5}]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "gather_object")
    root = among.number_of(dst, "gather_object", "dst")
    objects = _everybodys(obj, among, "gather_object")
    if among.rank() == root:
        into = [] if object_gather_list is None else object_gather_list
        _need_length(into, among.size(), "gather_object", "object_gather_list")
        into[:] = objects


def broadcast_object_list(
    object_list: list[Any], src: int = 0, group: ProcessGroup | None = None, device: Any = None
) -> None:
    """``object_list`` becomes, in every process, what it is in the process ``src``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.broadcast_object_list(found := ["resnet", 18])
        >>> found
        ['resnet', 18]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "broadcast_object_list")
    root = among.number_of(src, "broadcast_object_list", "src")
    given = list(object_list) if among.rank() == root else None
    objects = _everybodys(given, among, "broadcast_object_list")[root]
    _need_length(object_list, len(objects), "broadcast_object_list", "object_list")
    object_list[:] = objects


def scatter_object_list(
    scatter_object_output_list: list[Any],
    scatter_object_input_list: list[Any] | None = None,
    src: int = 0,
    group: ProcessGroup | None = None,
) -> None:
    """The first place of the output becomes, in process ``r``, number ``r`` of ``src``'s input.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.scatter_object_list(found := [None], ["a share"])
        >>> found
        ['a share']
        >>> dist.destroy_process_group()
    """
    caller = "scatter_object_list"
    among = group_of(group, caller)
    root = among.number_of(src, caller, "src")
    given = list(scatter_object_input_list or []) if among.rank() == root else None
    objects = _everybodys(given, among, caller)[root]
    _need_length(objects, among.size(), caller, "scatter_object_input_list")
    scatter_object_output_list[0] = objects[among.rank()]
