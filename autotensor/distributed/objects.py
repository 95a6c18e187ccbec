"""Exchanges of Python's objects, as pickles; only for processes that trust each other."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from autotensor.distributed.collectives import recv, send
from autotensor.distributed.processes import ProcessGroup, for_members, group_of
from autotensor.engine.tensor import wrap

__all__ = [
    "all_gather_object", "broadcast_object_list", "gather_object", "recv_object_list",
    "scatter_object_list", "send_object_list",
]  # fmt: skip


def _everybodys(obj: Any, among: ProcessGroup, caller: str, root: int | None = None) -> list[Any]:
    """What each process of the group gives; of one ``root`` alone, if there is one, and nothing
    elsewhere."""
    if among.comm is None:
        return [pickle.loads(pickle.dumps(obj))]
    own = np.frombuffer(pickle.dumps(obj), np.uint8)
    among.meet(caller).wait()
    among.hand_over(own.nbytes)
    lengths = np.empty(among.size(), np.int64)
    among.wait(among.comm.Iallgather(np.array([own.size]), lengths), caller)
    here = root in (None, among.rank())
    received = np.empty(lengths.sum() if here else 0, np.uint8)
    into = (received, lengths.tolist()) if here else None
    if root is None:
        among.wait(among.comm.Iallgatherv(own, into), caller)
    else:
        among.wait(among.comm.Igatherv(own, into, root), caller)
    if not here:
        return []
    parts = np.split(received, np.cumsum(lengths)[:-1])
    return [pickle.loads(part.tobytes()) for part in parts]


def _need_length(objects: list[Any], count: int, caller: str, argument: str) -> None:
    if len(objects) != count:
        raise ValueError(
            f"distributed.{caller}: {argument} must have a place for each of the {count} ranks, "
            f"got {len(objects)}"
        )


def _need_as_many(given: list[Any], objects: list[Any], caller: str, sender: int) -> None:
    if len(given) != len(objects):
        raise ValueError(
            f"distributed.{caller}: object_list has {len(given)} places, but rank {sender} gives "
            f"{len(objects)} objects; the lists must be of the same length"
        )


@for_members
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


@for_members
def gather_object(
    obj: Any,
    object_gather_list: list[Any] | None = None,
    dst: int | None = None,
    group: ProcessGroup | None = None,
    group_dst: int | None = None,
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
    root = among.chosen(dst, group_dst, "gather_object", "dst", 0)
    objects = _everybodys(obj, among, "gather_object", root)
    if among.rank() == root:
        into = [] if object_gather_list is None else object_gather_list
        _need_length(into, among.size(), "gather_object", "object_gather_list")
        into[:] = objects


@for_members
def broadcast_object_list(
    object_list: list[Any],
    src: int | None = None,
    group: ProcessGroup | None = None,
    device: Any = None,
    group_src: int | None = None,
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
    root = among.chosen(src, group_src, "broadcast_object_list", "src", 0)
    given = list(object_list) if among.rank() == root else None
    objects = _everybodys(given, among, "broadcast_object_list")[root]
    _need_as_many(object_list, objects, "broadcast_object_list", among.ranks[root])
    object_list[:] = objects


@for_members
def scatter_object_list(
    scatter_object_output_list: list[Any],
    scatter_object_input_list: list[Any] | None = None,
    src: int | None = None,
    group: ProcessGroup | None = None,
    group_src: int | None = None,
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
    root = among.chosen(src, group_src, caller, "src", 0)
    given = list(scatter_object_input_list or []) if among.rank() == root else None
    objects = _everybodys(given, among, caller)[root]
    _need_length(objects, among.size(), caller, "scatter_object_input_list")
    scatter_object_output_list[0] = objects[among.rank()]


def send_object_list(
    object_list: list[Any],
    dst: int | None = None,
    group: ProcessGroup | None = None,
    device: Any = None,
    group_dst: int | None = None,
    use_batch: bool = False,
) -> None:
    """Sends the objects to the process ``dst``, which receives them by ``recv_object_list``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.send_object_list(["resnet", 18], dst=0)
        >>> dist.recv_object_list(found := [None, None], src=0), found
        (0, ['resnet', 18])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "send_object_list")
    to = among.ranks[among.chosen(dst, group_dst, "send_object_list", "dst")]
    words = np.frombuffer(pickle.dumps(list(object_list)), np.uint8)
    send(wrap(np.array([words.size])), to, group)
    send(wrap(words), to, group)


def recv_object_list(
    object_list: list[Any],
    src: int | None = None,
    group: ProcessGroup | None = None,
    device: Any = None,
    group_src: int | None = None,
    use_batch: bool = False,
) -> int:
    """Fills ``object_list`` with what ``send_object_list`` of the process ``src`` sends, or of any.

    Returns:
        The rank of the sender.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.send_object_list([{"epoch": 3}], dst=0)
        >>> dist.recv_object_list(found := [None]), found
        (0, [{'epoch': 3}])
        >>> dist.destroy_process_group()
    """
    size = wrap(np.zeros(1, np.int64))
    sender = recv(size, src, group, 0, group_src)
    words = wrap(np.empty(int(size.array[0]), np.uint8))
    recv(words, sender, group)
    objects = pickle.loads(words.array.tobytes())
    _need_as_many(object_list, objects, "recv_object_list", sender)
    object_list[:] = objects
    return sender
