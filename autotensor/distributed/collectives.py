"""Exchanges of Tensors between the processes of a group, under PyTorch's names.

A Tensor that receives is written in place; nothing is recorded for gradients.  With
``async_op=True`` a call gives a ``Work`` at once, and the Tensors are not to be touched until its
``wait()``.  In a group of one each is what it is for one: nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import IntEnum
from time import monotonic
from typing import Any

import numpy as np

from autotensor.distributed.processes import Meeting, ProcessGroup, for_members, group_of
from autotensor.engine.in_place import need_writable
from autotensor.engine.tensor import Tensor, wrap

__all__ = [
    "ReduceOp", "Work", "all_gather", "all_gather_into_tensor", "all_reduce", "all_to_all",
    "all_to_all_single", "barrier", "broadcast", "gather", "irecv", "isend", "monitored_barrier",
    "recv", "reduce", "reduce_scatter", "reduce_scatter_tensor", "scatter", "send",
]  # fmt: skip


MONITOR = 32767
"""The tag of ``monitored_barrier``'s messages: the largest that every MPI has."""


class ReduceOp(IntEnum):
    """How what several processes have becomes one.

    Example:

        >>> at.distributed.ReduceOp.SUM.name
        'SUM'
    """

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7


class Work:
    """An exchange under way.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> work = dist.all_reduce(at.ones(2), async_op=True)
        >>> work.wait(), work.is_completed()
        (True, True)
        >>> dist.destroy_process_group()
    """

    def __init__(
        self,
        group: ProcessGroup,
        caller: str,
        request: Any,
        last: Callable[[], object],
        meeting: Meeting | None = None,
        status: Any = None,
    ) -> None:
        self._group, self._caller, self._request, self._last = group, caller, request, last
        self._meeting, self._status = meeting, status
        self._done = False
        self._error: Exception | None = None
        if request is not None or meeting is not None:
            group.keep(self)

    def is_completed(self) -> bool:
        """Whether it is through; where it is, what was received has been written.

        Raises:
            RuntimeError: the ranks make different calls, or what came cannot be written.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.barrier(async_op=True).is_completed()
            True
            >>> dist.destroy_process_group()
        """
        over = self.is_over()
        if self._error is not None:
            raise self._error
        return over

    def is_over(self) -> bool:
        """As ``is_completed``, and True where it has failed: only who waits for it is told how.
        PyTorch has no such method.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.barrier(async_op=True).is_over()
            True
            >>> dist.destroy_process_group()
        """
        if not self._done:
            try:
                if self._meeting is None or self._meeting.is_over():
                    if self._request is not None and self._request.Test(self._status):
                        self._request = None
                    if self._request is None:
                        self._finish()
            except Exception as error:  # MPI's, or that the ranks make different calls
                self._done, self._error = True, error
        return self._done

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Until it is through, and what was received has been written.

        Raises:
            RuntimeError: as ``init_process_group`` says of ``timeout``.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.barrier(async_op=True).wait()
            True
            >>> dist.destroy_process_group()
        """
        if not self._done:
            if self._meeting is not None:
                self._meeting.wait()
            if self._request is not None:
                self._group.wait(self._request, self._caller, self._status)
                self._request = None
            self._finish()
        if self._error is not None:
            raise self._error
        return True

    def is_success(self) -> bool:
        """Whether it is through, without an error.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.barrier(async_op=True).is_success()
            True
            >>> dist.destroy_process_group()
        """
        return self.is_over() and self._error is None

    def exception(self) -> Exception | None:
        """The error that ``wait()`` raises, of an exchange that is through; None if there is none.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.barrier(async_op=True).exception() is None
            True
            >>> dist.destroy_process_group()
        """
        return self._error

    def _finish(self) -> None:
        """An error belongs to this exchange: the next ones of the group go on."""
        self._done = True
        try:
            self._last()
        except Exception as error:
            self._error = error


def _begun(
    group: ProcessGroup,
    call: tuple[str, np.ndarray | None, str],
    request: Any,
    last: Callable[[], object],
    async_op: bool,
    handed_over: int = 0,
) -> Work | None:
    """The exchange, of which ``call`` says what must be the same in all ranks: what was called,
    with what shape and dtype, and what else."""
    caller, like, more = call
    meeting = None
    if group.comm is not None:
        what = "" if like is None else f" of {like.shape} {like.dtype}"
        meeting = group.meet(caller + what + more)
        group.hand_over(handed_over if like is None else like.nbytes)
    work = Work(group, caller, request, last, meeting)
    if async_op:
        return work
    work.wait()
    return None


def _array(tensor: Any, caller: str, argument: str = "tensor") -> np.ndarray:
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"distributed.{caller}: {argument} must be a Tensor, got {type(tensor).__name__}"
        )
    return tensor.array


def _target(tensor: Any, caller: str, argument: str = "tensor") -> np.ndarray:
    """Of what is written: refused before anything is under way."""
    array = _array(tensor, caller, argument)
    need_writable(tensor, f"distributed.{caller}")
    return array


def _sendable(tensor: Any, caller: str, argument: str = "tensor") -> np.ndarray:
    """The numbers as MPI takes them: one after the other, and of float16 and bool the bytes."""
    return np.ascontiguousarray(_array(tensor, caller, argument))


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)


def _write(tensor: Tensor, values: np.ndarray) -> None:
    tensor.array[...] = values.reshape(tensor.array.shape)
    tensor.mark_written()


def _alike(
    tensors: Sequence[Any],
    one: Tensor,
    count: int,
    caller: str,
    argument: str,
    read: Callable[..., np.ndarray] = _array,
) -> None:
    if len(tensors) != count:
        raise ValueError(
            f"distributed.{caller}: {argument} must have a Tensor for each of the {count} ranks, "
            f"got {len(tensors)}"
        )
    for position, each in enumerate(tensors):
        array = read(each, caller, f"{argument}[{position}]")
        if array.shape != one.array.shape or array.dtype != one.array.dtype:
            raise ValueError(
                f"distributed.{caller}: {argument}[{position}] has shape {each.shape} and dtype "
                f"{each.dtype}, but the Tensor to go there {one.shape} and {one.dtype}"
            )


# -- what several have becomes one -----------------------------------------------------------------


def _operation(group: ProcessGroup, op: ReduceOp) -> Any:
    """MPI's name of it; the mean is a sum, divided afterwards."""
    return getattr(group.mpi, {"AVG": "SUM", "PRODUCT": "PROD"}.get(op.name, op.name))


def _checked(op: Any, array: np.ndarray, caller: str) -> ReduceOp:
    try:
        op = ReduceOp(op)
    except ValueError:
        raise ValueError(f"distributed.{caller}: op must be a ReduceOp, got {op!r}") from None
    floats = array.dtype.kind == "f"
    if (op >= ReduceOp.BAND and floats) or (op is ReduceOp.AVG and not floats):
        raise ValueError(f"distributed.{caller}: {op.name} is not there for dtype {array.dtype}")
    return op


def _to_add(array: np.ndarray) -> np.ndarray:
    """A copy of the numbers in a dtype with which MPI computes: it knows no float16, and bool as
    a number only in a wider one."""
    wider = {"float16": np.float32, "bool": np.uint8}.get(array.dtype.name, array.dtype)
    return np.array(array, wider, order="C")


def _reduced(values: np.ndarray, dtype: Any, op: ReduceOp, size: int) -> np.ndarray:
    if op is ReduceOp.AVG:
        values = values / values.dtype.type(size)
    return values.astype(dtype, copy=False)


@for_members
def all_reduce(
    tensor: Tensor,
    op: Any = ReduceOp.SUM,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """``tensor`` becomes, in every process, what the operation makes of those of all.

    Args:
        tensor: the same shape and dtype everywhere; written in place.
        op: a ``ReduceOp``.
        group: those who take part; all if None.
        async_op: give a ``Work`` at once.

    Raises:
        RuntimeError: before ``init_process_group``; or others end, hang, or make other calls.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> x = at.tensor([1.0, 2.0])
        >>> dist.all_reduce(x)  # of one process: as it is
        >>> x
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "all_reduce")
    op = _checked(op, array := _target(tensor, "all_reduce"), "all_reduce")
    call = "all_reduce", array, f" by {op.name}"
    if among.comm is None:
        return _begun(among, call, None, lambda: None, async_op)
    values = _to_add(array)
    request = among.comm.Iallreduce(among.mpi.IN_PLACE, values, _operation(among, op))

    def last() -> None:
        _write(tensor, _reduced(values, array.dtype, op, among.size()))

    return _begun(among, call, request, last, async_op)


@for_members
def reduce(
    tensor: Tensor,
    dst: int | None = None,
    op: Any = ReduceOp.SUM,
    group: ProcessGroup | None = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """As ``all_reduce``, but only the process ``dst`` receives it; the others keep theirs.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.reduce(x := at.tensor([1.0, 2.0]), dst=0)
        >>> x
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "reduce")
    op = _checked(op, array := _array(tensor, "reduce"), "reduce")
    root = among.chosen(dst, group_dst, "reduce", "dst")
    if among.rank() == root:
        _target(tensor, "reduce")
    call = "reduce", array, f" by {op.name} to rank {among.ranks[root]}"
    if among.comm is None:
        return _begun(among, call, None, lambda: None, async_op)
    values = _to_add(array)
    received = np.empty_like(values) if among.rank() == root else None
    request = among.comm.Ireduce(values, received, _operation(among, op), root)

    def last() -> None:
        if received is not None:
            _write(tensor, _reduced(received, array.dtype, op, among.size()))

    return _begun(among, call, request, last, async_op)


@for_members
def reduce_scatter_tensor(
    output: Tensor,
    input: Tensor,
    op: Any = ReduceOp.SUM,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """Process ``r`` receives part ``r`` of what ``all_reduce`` of ``input`` would give.

    Args:
        output: a part, written in place: ``(N / ranks, …)``.
        input: ``(N, …)``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> part = at.zeros(2)
        >>> dist.reduce_scatter_tensor(part, at.tensor([1.0, 2.0]))
        >>> part
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    caller = "reduce_scatter_tensor"
    among = group_of(group, caller)
    op = _checked(op, array := _array(input, caller, "input"), caller)
    own = _target(output, caller, "output")
    if own.size * among.size() != array.size or own.dtype != array.dtype:
        raise ValueError(
            f"distributed.{caller}: input has shape {input.shape} and dtype {input.dtype}; output "
            f"must be one of {among.size()} equal parts of it, but has shape {output.shape} and "
            f"dtype {output.dtype}"
        )
    values = _to_add(array)
    received = values
    request = None
    if among.comm is not None:
        received = np.empty(own.size, values.dtype)
        request = among.comm.Ireduce_scatter_block(
            values.reshape(-1), received, _operation(among, op)
        )

    def last() -> None:
        _write(output, _reduced(received, own.dtype, op, among.size()))

    return _begun(among, (caller, array, f" by {op.name}"), request, last, async_op)


@for_members
def reduce_scatter(
    output: Tensor,
    input_list: Sequence[Tensor],
    op: Any = ReduceOp.SUM,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """As ``reduce_scatter_tensor``, of a list with a Tensor for each process.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.reduce_scatter(own := at.zeros(2), [at.tensor([1.0, 2.0])])
        >>> own
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "reduce_scatter")
    _target(output, "reduce_scatter", "output")
    _alike(input_list, output, among.size(), "reduce_scatter", "input_list")
    joined = wrap(np.stack([one.array for one in input_list]))
    return reduce_scatter_tensor(output, joined, op, group, async_op)


# -- what one has goes to others -------------------------------------------------------------------


@for_members
def broadcast(
    tensor: Tensor,
    src: int | None = None,
    group: ProcessGroup | None = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """``tensor`` becomes, in every process, what it is in the process ``src``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.broadcast(x := at.tensor([1.0, 2.0]), src=0)
        >>> x
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "broadcast")
    root = among.chosen(src, group_src, "broadcast", "src")
    values = _sendable(tensor, "broadcast")
    call = "broadcast", values, f" from rank {among.ranks[root]}"
    if among.comm is None:
        return _begun(among, call, None, lambda: None, async_op)
    if among.rank() != root:
        _target(tensor, "broadcast")
        values = np.empty_like(values)
    request = among.comm.Ibcast(_bytes(values), root)

    def last() -> None:
        if among.rank() != root:
            _write(tensor, values)

    return _begun(among, call, request, last, async_op)


@for_members
def scatter(
    tensor: Tensor,
    scatter_list: Sequence[Tensor] | None = None,
    src: int | None = None,
    group: ProcessGroup | None = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Process ``r`` receives in ``tensor`` number ``r`` of the list that ``src`` has.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.scatter(x := at.zeros(2), [at.tensor([1.0, 2.0])])
        >>> x
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "scatter")
    root = among.chosen(src, group_src, "scatter", "src", 0)
    received = np.empty(_target(tensor, "scatter").shape, tensor.array.dtype)
    parts = None
    if among.rank() == root:
        _alike(scatter_list or (), tensor, among.size(), "scatter", "scatter_list")
        parts = np.stack([one.array for one in scatter_list or ()])
    request = None
    if among.comm is None:
        received[...] = parts[0]  # type: ignore[index]  # the one rank is the root
    else:
        sent = None if parts is None else _bytes(parts)
        request = among.comm.Iscatter(sent, _bytes(received), root)
    call = "scatter", received, f" from rank {among.ranks[root]}"
    return _begun(among, call, request, lambda: _write(tensor, received), async_op)


# -- what all have, together -----------------------------------------------------------------------


@for_members
def all_gather_into_tensor(
    output_tensor: Tensor,
    input_tensor: Tensor,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """What every process gives, one after the other, in each of them.

    Args:
        output_tensor: ``(ranks × N, …)`` or ``(ranks, N, …)``, written in place.
        input_tensor: ``(N, …)``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.all_gather_into_tensor(x := at.zeros(1, 2), at.tensor([1.0, 2.0]))
        >>> x
        tensor([[1., 2.]])
        >>> dist.destroy_process_group()
    """
    caller = "all_gather_into_tensor"
    among = group_of(group, caller)
    sent = _sendable(input_tensor, caller, "input_tensor")
    into = _target(output_tensor, caller, "output_tensor")
    if into.size != sent.size * among.size() or into.dtype != sent.dtype:
        raise ValueError(
            f"distributed.{caller}: input_tensor has shape {input_tensor.shape} and dtype "
            f"{input_tensor.dtype}; output_tensor must hold {among.size()} of them, but has shape "
            f"{output_tensor.shape} and dtype {output_tensor.dtype}"
        )
    received, request = sent, None
    if among.comm is not None:
        received = np.empty(into.size, into.dtype)
        request = among.comm.Iallgather(_bytes(sent), _bytes(received))
    return _begun(
        among, (caller, sent, ""), request, lambda: _write(output_tensor, received), async_op
    )


@for_members
def all_gather(
    tensor_list: Sequence[Tensor],
    tensor: Tensor,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """As ``all_gather_into_tensor``, into a list with a Tensor for each process.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.all_gather(found := [at.zeros(2)], at.tensor([1.0, 2.0]))
        >>> found
        [tensor([1., 2.])]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "all_gather")
    sent = _sendable(tensor, "all_gather")
    _alike(tensor_list, tensor, among.size(), "all_gather", "tensor_list", _target)
    received, request = sent[None], None
    if among.comm is not None:
        received = np.empty((among.size(), *sent.shape), sent.dtype)
        request = among.comm.Iallgather(_bytes(sent), _bytes(received))

    def last() -> None:
        for one, values in zip(tensor_list, received, strict=True):
            _write(one, values)

    return _begun(among, ("all_gather", sent, ""), request, last, async_op)


@for_members
def gather(
    tensor: Tensor,
    gather_list: Sequence[Tensor] | None = None,
    dst: int | None = None,
    group: ProcessGroup | None = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """As ``all_gather``, but only the process ``dst`` receives, and only it gives a list.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.gather(at.tensor([1.0, 2.0]), found := [at.zeros(2)])
        >>> found
        [tensor([1., 2.])]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "gather")
    root = among.chosen(dst, group_dst, "gather", "dst", 0)
    sent = _sendable(tensor, "gather")
    received, request = None, None
    if among.rank() == root:
        _alike(gather_list or (), tensor, among.size(), "gather", "gather_list", _target)
        received = (
            sent[None] if among.comm is None else np.empty((among.size(), *sent.shape), sent.dtype)
        )
    if among.comm is not None:
        into = None if received is None else _bytes(received)
        request = among.comm.Igather(_bytes(sent), into, root)

    def last() -> None:
        if received is not None:
            for one, values in zip(gather_list or (), received, strict=True):
                _write(one, values)

    call = "gather", sent, f" to rank {among.ranks[root]}"
    return _begun(among, call, request, last, async_op)


@for_members
def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None,
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """Part ``j`` of the input of process ``i`` becomes part ``i`` of the output of process ``j``.

    Args:
        output, input: ``(N, …)``, parts are along the first dimension.
        output_split_sizes, input_split_sizes: how long each part is; equal if None.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.all_to_all_single(x := at.zeros(2), at.tensor([1.0, 2.0]))
        >>> x
        tensor([1., 2.])
        >>> dist.destroy_process_group()
    """
    caller = "all_to_all_single"
    among = group_of(group, caller)
    sent, size = _sendable(input, caller, "input"), among.size()
    into = _target(output, caller, "output")
    counts = []
    for argument, sizes, array in (
        ("input_split_sizes", input_split_sizes, sent),
        ("output_split_sizes", output_split_sizes, into),
    ):
        length = len(array) if array.ndim else 0
        parts = [length // size] * size if not sizes else list(sizes)
        if len(parts) != size or sum(parts) != length:
            raise ValueError(
                f"distributed.{caller}: {argument} must be {size} lengths that make up {length}, "
                f"got {parts}"
            )
        row = array[:1].nbytes
        counts.append([part * row for part in parts])
    received, request = sent, None
    if among.comm is not None:
        _need_lengths_that_fit(among, caller, sent.dtype, counts)
        received = np.empty(into.shape, into.dtype)
        places = [np.cumsum([0, *one[:-1]]).tolist() for one in counts]
        request = among.comm.Ialltoallv(
            [_bytes(sent), (counts[0], places[0])], [_bytes(received), (counts[1], places[1])]
        )
    call = caller, None, f" of {sent.dtype}"
    return _begun(among, call, request, lambda: _write(output, received), async_op, sent.nbytes)


def _need_lengths_that_fit(
    among: ProcessGroup, caller: str, dtype: np.dtype, counts: list[list[int]]
) -> None:
    """Each is to receive as many bytes as the other sends; MPI would cut off, or leave a rest."""
    among.meet(f"{caller} of {dtype}, how long").wait()
    comm: Any = among.comm
    given = np.empty(among.size(), np.int64)
    among.wait(comm.Ialltoall(np.array(counts[0], np.int64), given), caller)
    for rank, (theirs, own) in enumerate(zip(given.tolist(), counts[1], strict=True)):
        if theirs != own:
            raise ValueError(
                f"distributed.{caller}: rank {among.ranks[rank]} sends {theirs} bytes to rank "
                f"{among.ranks[among.rank()]}, which has room for {own}; output_split_sizes must "
                "be what the others have in input_split_sizes"
            )


@for_members
def all_to_all(
    output_tensor_list: Sequence[Tensor],
    input_tensor_list: Sequence[Tensor],
    group: ProcessGroup | None = None,
    async_op: bool = False,
) -> Work | None:
    """As ``all_to_all_single``, of lists with a Tensor for each process.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.all_to_all(found := [at.zeros(2)], [at.tensor([1.0, 2.0])])
        >>> found
        [tensor([1., 2.])]
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "all_to_all")
    for argument, given in (("output", output_tensor_list), ("input", input_tensor_list)):
        if len(given) != among.size():
            raise ValueError(
                f"distributed.all_to_all: {argument}_tensor_list must have a Tensor for each of "
                f"the {among.size()} ranks, got {len(given)}"
            )
    sent = [_array(one, "all_to_all", "input").reshape(-1) for one in input_tensor_list]
    into = [_target(one, "all_to_all", "output").reshape(-1) for one in output_tensor_list]
    dtypes = {str(one.dtype): None for one in (*sent, *into)}
    if len(dtypes) > 1:
        raise ValueError(f"distributed.all_to_all: all must have one dtype, got {[*dtypes]}")
    joined, room = wrap(np.concatenate(sent)), wrap(np.empty_like(np.concatenate(into)))
    out_sizes, in_sizes = ([len(one) for one in given] for given in (into, sent))
    work = all_to_all_single(room, joined, out_sizes, in_sizes, group, True)

    def last() -> None:
        if work is not None:
            work.wait()
        ends = np.cumsum(out_sizes)[:-1]
        for one, values in zip(output_tensor_list, np.split(room.array, ends), strict=True):
            _write(one, values)

    if async_op:
        return Work(among, "all_to_all", None, last)
    last()
    return None


# -- one to one ------------------------------------------------------------------------------------


def isend(
    tensor: Tensor,
    dst: int | None = None,
    group: ProcessGroup | None = None,
    tag: int = 0,
    group_dst: int | None = None,
) -> Work:
    """Sends ``tensor`` to the process ``dst``; it may be written again after ``wait()``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> x = at.zeros(2)
        >>> arriving = dist.irecv(x, src=0)
        >>> dist.isend(at.tensor([1.0, 2.0]), dst=0).wait(), arriving.wait(), x
        (True, True, tensor([1., 2.]))
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "isend")
    to = among.chosen(dst, group_dst, "isend", "dst")
    letter = _letter(tensor)
    if among.comm is None:
        _letters.setdefault(tag, []).append(letter)
        return Work(among, "isend", None, lambda: None)
    request = among.comm.Isend(letter, to, tag)
    return Work(among, "isend", request, lambda: letter)


_letters: dict[int, list[np.ndarray]] = {}
"""What a process that is alone has sent to itself."""

_STAMP = 8
"""Bytes at the end of a letter that say its dtype: of equal length others would be read as it."""


def _letter(tensor: Tensor) -> np.ndarray:
    sent = _sendable(tensor, "isend")
    stamp = np.frombuffer(sent.dtype.str.encode().ljust(_STAMP), np.uint8)
    return np.concatenate([_bytes(sent), stamp])


def _opened(letter: np.ndarray, tensor: Tensor, sender: int) -> np.ndarray:
    """The numbers in a letter, which must be of the shape and dtype of ``tensor``."""
    content, like = letter[:-_STAMP], tensor.array
    dtype = np.dtype(letter[-_STAMP:].tobytes().decode().strip())
    if dtype != like.dtype or content.size != like.nbytes:
        raise RuntimeError(
            f"distributed.irecv: the message from rank {sender} has {content.size} bytes of dtype "
            f"{dtype}, but tensor has shape {tensor.shape} and dtype {tensor.dtype}, {like.nbytes} "
            "bytes; send and receive the same shape and dtype"
        )
    return content.view(dtype)


def irecv(
    tensor: Tensor,
    src: int | None = None,
    group: ProcessGroup | None = None,
    tag: int = 0,
    group_src: int | None = None,
) -> Work:
    """Receives ``tensor`` from the process ``src``, or from any; it is there after ``wait()``.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> arriving = dist.irecv(x := at.zeros(2), src=0)
        >>> dist.send(at.tensor([1.0, 2.0]), dst=0)
        >>> arriving.wait(), x
        (True, tensor([1., 2.]))
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "irecv")
    array = _target(tensor, "irecv")
    if among.comm is None:

        def take() -> None:
            if not _letters.get(tag):
                raise RuntimeError("distributed.irecv: nothing was sent, and nobody else is there")
            _write(tensor, _opened(_letters[tag].pop(0), tensor, 0))

        return Work(among, "irecv", None, take)
    anybody = src is None and group_src is None
    sender = among.mpi.ANY_SOURCE if anybody else among.chosen(src, group_src, "irecv", "src")
    received = np.empty(array.nbytes + _STAMP, np.uint8)
    request = among.comm.Irecv(received, sender, tag)
    status = among.mpi.Status()

    def last() -> None:
        letter = received[: status.Get_count(among.mpi.BYTE)]
        _write(tensor, _opened(letter, tensor, among.ranks[status.Get_source()]))

    return Work(among, "irecv", request, last, status=status)


def send(
    tensor: Tensor,
    dst: int | None = None,
    group: ProcessGroup | None = None,
    tag: int = 0,
    group_dst: int | None = None,
) -> None:
    """``isend``, and waits.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.send(at.tensor([1.0, 2.0]), dst=0)
        >>> dist.recv(x := at.zeros(2), src=0), x
        (0, tensor([1., 2.]))
        >>> dist.destroy_process_group()
    """
    isend(tensor, dst, group, tag, group_dst).wait()


def recv(
    tensor: Tensor,
    src: int | None = None,
    group: ProcessGroup | None = None,
    tag: int = 0,
    group_src: int | None = None,
) -> int:
    """``irecv``, and waits.

    Returns:
        The rank of the sender.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()
        >>> dist.send(at.tensor([1.0, 2.0]), dst=0)
        >>> dist.recv(x := at.zeros(2), src=0), x
        (0, tensor([1., 2.]))
        >>> dist.destroy_process_group()
    """
    among = group_of(group, "recv")
    if group_src is not None:
        src = among.ranks[among.chosen(src, group_src, "recv", "src")]
    elif src is None:
        src = among.ranks[0] if among.comm is None else _sender(among, tag)
    irecv(tensor, src, group, tag).wait()
    return src


def _sender(among: ProcessGroup, tag: int) -> int:
    """Who has sent something that nobody has received."""
    found = among.mpi.Status()
    among.until(lambda: among.comm.Iprobe(among.mpi.ANY_SOURCE, tag, found), "recv")
    return among.ranks[found.Get_source()]


# -- nothing but time ------------------------------------------------------------------------------


@for_members
def barrier(
    group: ProcessGroup | None = None, async_op: bool = False, device_ids: Any = None
) -> Work | None:
    """Waits until all processes have come here.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.barrier()
        >>> at.distributed.destroy_process_group()
    """
    among = group_of(group, "barrier")
    request = None if among.comm is None else among.comm.Ibarrier()
    return _begun(among, ("barrier", None, ""), request, lambda: None, async_op)


@for_members
def monitored_barrier(
    group: ProcessGroup | None = None,
    timeout: timedelta | None = None,
    wait_all_ranks: bool = False,
) -> None:
    """``barrier``, which says who has not come.

    Raises:
        RuntimeError: some have not come within ``timeout``; names them, in rank 0.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.monitored_barrier()
        >>> at.distributed.destroy_process_group()
    """
    caller = "monitored_barrier"
    among = group_of(group, caller)
    if among.comm is None:
        return
    word = np.zeros(1, np.uint8)
    if among.rank():
        among.comm.Isend(word, 0, MONITOR)
        among.wait(among.comm.Irecv(word, 0, MONITOR), caller)
        return
    seconds = among.seconds if timeout is None else timeout.total_seconds()
    begun = monotonic()
    coming = {one: among.comm.Irecv(np.zeros(1, np.uint8), one, MONITOR)
              for one in range(1, among.size())}  # fmt: skip
    while coming and monotonic() - begun < seconds:
        coming = {one: request for one, request in coming.items() if not request.Test()}
    if coming:
        missing = [among.ranks[one] for one in coming]
        raise RuntimeError(
            f"distributed.{caller}: after {seconds:g} seconds the ranks {missing} have not come"
        )
    for one in range(1, among.size()):
        among.wait(among.comm.Isend(word, one, MONITOR), caller)
