"""Several letters at once, each from one process to one other, as in rings and pipelines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autotensor.distributed.collectives import Work, irecv, isend
from autotensor.distributed.processes import ProcessGroup, group_of
from autotensor.engine.tensor import Tensor

__all__ = ["P2POp", "batch_isend_irecv"]


class P2POp:
    """A letter that ``batch_isend_irecv`` is to send or to receive.

    Args:
        op: ``isend`` or ``irecv``.
        tensor: what is sent, or where it arrives.
        peer: to whom, or from whom.
        group, tag: as in ``isend``.
        group_peer: ``peer`` by its number in ``group``, instead.

    Raises:
        ValueError: another ``op``; not one of ``peer`` and ``group_peer``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.P2POp(dist.isend, at.ones(2), 0).peer
        0
        >>> dist.destroy_process_group()
    """

    def __init__(
        self,
        op: Callable[..., Work],
        tensor: Tensor,
        peer: int | None = None,
        group: ProcessGroup | None = None,
        tag: int = 0,
        group_peer: int | None = None,
    ) -> None:
        if op not in (isend, irecv):
            raise ValueError(
                f"distributed.P2POp: op must be distributed.isend or distributed.irecv, got {op!r}"
            )
        among = group_of(group, "P2POp")
        self.op, self.tensor, self.tag, self.group = op, tensor, tag, among
        self.group_peer = among.chosen(peer, group_peer, "P2POp", "peer")
        self.peer = among.ranks[self.group_peer]


def batch_isend_irecv(p2p_op_list: Sequence[P2POp]) -> list[Work]:
    """Begins all of them, and gives a ``Work`` for each, to wait for.

    Raises:
        ValueError: an empty list, or something else in it.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> x = at.zeros(2)
        >>> letters = [dist.P2POp(dist.isend, at.ones(2), 0), dist.P2POp(dist.irecv, x, 0)]
        >>> [work.wait() for work in dist.batch_isend_irecv(letters)], x
        ([True, True], tensor([1., 1.]))
        >>> dist.destroy_process_group()
    """
    if not p2p_op_list or not all(isinstance(one, P2POp) for one in p2p_op_list):
        raise ValueError(
            "distributed.batch_isend_irecv: p2p_op_list must have one P2POp at least, and nothing "
            f"else, got {[type(one).__name__ for one in p2p_op_list]}"
        )
    return [one.op(one.tensor, one.peer, one.group, one.tag) for one in p2p_op_list]
