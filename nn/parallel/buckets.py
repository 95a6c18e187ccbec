"""The gradients of one network in several processes: averaged in buckets, while backward runs.

A bucket is some parameters whose gradients travel as one message.  Parameters of the last layers
come first, as backward comes to those first.  As soon as the walk back has passed the oldest
operator that uses a bucket's parameters, their gradients are complete, and the bucket is sent off
without waiting; the rest of the walk goes on meanwhile.  All processes send them in the same order,
each network's by themselves: when one leaves may differ.

There are two ways.  Up to ``NEAR`` processes on one machine write their gradients where all see
them, and each adds up everybody's, in the order of the ranks.  Others have MPI add them, which is
done by the same algorithm for the same sizes and number of ranks.  So the sums are the same bits
in all processes, and from run to run.  What is added up has been divided before, while it was
copied: that costs nothing.

S. Li et al., PyTorch Distributed, VLDB 2020.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import (
    Node,
    RemovableHandle,
    add_to_leaf,
    at_the_end,
    empty_lines,
    is_awaited,
    raw,
)
from nn.parallel.buffers import Buffers
from nn.parallel.sharding import DividedBucket, Part, add_up, divide

__all__ = ["Reducer", "reducer_of", "tensors_in"]

MEBIBYTE = 1 << 20
FIRST = 1 << 17
"""Bytes of the first bucket, which is on its way early.  On a network of 10 Gbit/s such a message
takes about twice its latency."""
SHARES = 16
"""Buckets that all gradients make up unless their size is given.  The last one cannot leave before
backward ends, so it should be small; but every one costs the latency of an exchange."""
LARGEST = 25 * MEBIBYTE
"""The largest such bucket."""
NEAR = 8
"""So many processes on one machine read each other's gradients.  Each reads those of all others;
MPI sends every number through its own memory, four times in and four times out, however many take
part."""
LARGE = 1 << 12
"""Elements of a gradient from which on it matters where its memory begins."""
LOOKS = 32
"""How often, at most, MPI is asked to move on while backward runs."""


class Bucket:
    """Parameters of one dtype, whose gradients lie side by side in ``values``; behind them stands
    for each parameter whether this process has used it, and last whether its backward was
    finished."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        self.dtypes = [one.array.dtype for one in parameters]
        ends = np.cumsum([0, *(one.numel() for one in parameters)]).tolist()
        self.slices = [slice(*pair) for pair in pairwise(ends)]
        self.size = ends[-1]
        # MPI does not compute with float16.
        self.dtype = np.result_type(parameters[0].array.dtype, np.float32)
        self.nbytes = (self.size + len(parameters) + 1) * self.dtype.itemsize
        self.request: Any = None

    def lie_in(self, everybodys: Sequence[np.ndarray], own: int) -> None:
        """From now on the numbers of each process are in these bytes; this one writes its ``own``
        and adds up all."""
        numbers = [one.view(self.dtype) for one in everybodys]
        self.values = numbers[own]
        self.ends = [one[self.size :] for one in numbers]
        self.given = [
            [one[part].reshape(parameter.array.shape) for one in numbers]
            for parameter, part in zip(self.parameters, self.slices, strict=True)
        ]
        self.places = [of_all[own] for of_all in self.given]

    def travel(self, comm: Any, mpi: Any) -> Any:
        """Has MPI add it up."""
        return comm.Iallreduce(mpi.IN_PLACE, self.values)

    def fill(
        self, gradients: Sequence[tuple[Any, Any]], processes: int, finished: bool = True
    ) -> None:
        """With this process's share of an average over so many, for each parameter, given its
        gradient and what was there before; None for what is not."""
        used = [finished] * (len(gradients) + 1)
        for position, (gradient, before) in enumerate(gradients):
            place = self.places[position]
            if gradient is None:
                gradient, before = before, None
            if gradient is None:
                place[...] = 0
                used[position] = False
            elif before is None:
                divide(gradient, processes, place)
            else:
                np.add(gradient, before, out=place, dtype=place.dtype)
                divide(place, processes, place)
        self.values[self.size :] = used

    def counts(self) -> list[float]:
        """How many processes have used each parameter, and how many have finished."""
        counted: list[float] = sum(self.ends[1:], self.ends[0]).tolist()
        return counted

    def write(self, counts: Sequence[float]) -> None:
        """The average into ``grad`` of each parameter that any process has used."""
        for parameter, given, count in zip(self.parameters, self.given, counts[:-1], strict=True):
            if not count:
                continue
            if parameter.grad is None:
                parameter.grad = at.from_numpy(_empty_like(parameter.array))
            add_up(given, parameter.grad.array)
            parameter.grad.mark_written()


def _empty_like(array: np.ndarray) -> np.ndarray:
    """At the beginning of a line of the cache: there NumPy writes a sum in half the time."""
    if array.size < LARGE or not array.flags.c_contiguous:
        return np.empty_like(array)
    return empty_lines((array.size,), array.dtype)[: array.size].reshape(array.shape)


class _ByMPI:
    """The buckets are added up by MPI, which moves on while it is asked."""

    moves_when_asked = True

    def __init__(
        self, group: at.distributed.ProcessGroup, comm: Any, buckets: Sequence[Any]
    ) -> None:
        self.comm, self.mpi = comm, group.mpi
        for bucket in buckets:
            bucket.lie_in([np.zeros(bucket.nbytes, np.uint8)], 0)

    def begin(self) -> None:
        """Before a bucket is filled."""

    def send(self, bucket: Any) -> Any:
        return bucket.travel(self.comm, self.mpi)

    def end(self) -> None:
        """After all have been read."""


class _InMemory:
    """Each process reads what the others have written where all see it; MPI tells when."""

    moves_when_asked = False

    def __init__(
        self,
        group: at.distributed.ProcessGroup,
        comm: Any,
        buckets: Sequence[Any],
        memory: Sequence[np.ndarray],
    ) -> None:
        self.group, self.comm = group, comm
        self.read: Any = None
        start = 0
        for bucket in buckets:
            bucket.lie_in([one[start : start + bucket.nbytes] for one in memory], group.rank())
            start += -(-bucket.nbytes // 64) * 64

    def begin(self) -> None:
        """Nobody may still read what was written for the backward before."""
        if self.read is not None:
            self.group.wait(self.read, "DistributedDataParallel")
            self.read = None

    def send(self, bucket: Any) -> Any:
        return self.comm.Ibarrier()

    def end(self) -> None:
        self.read = self.comm.Ibarrier()


def _way(
    group: at.distributed.ProcessGroup, comm: Any, buckets: Sequence[Any]
) -> _ByMPI | _InMemory:
    if 1 < group.size() <= NEAR:
        count = sum(-(-bucket.nbytes // 64) * 64 for bucket in buckets)
        memory = at.distributed.common_memory(count, group)
        if memory is not None:
            return _InMemory(group, comm, buckets, memory)
    return _ByMPI(group, comm, buckets)


class Reducer:
    """Averages the gradients of ``parameters`` over the processes of ``group``.

    Args:
        parameters: in the order in which forward uses them, about.
        cap: how many bytes a bucket may have; None for ``SHARES`` buckets or fewer.
        name: of the network, for messages.
        buffers: what all take over at the same time, if anything.
    """

    def __init__(
        self,
        parameters: Sequence[Any],
        group: at.distributed.ProcessGroup,
        cap: float | None,
        name: str,
        buffers: Buffers | None = None,
    ) -> None:
        self.group = group
        self.name = name
        self.buffers = buffers
        self.buckets: list[Any] = [Bucket(some) for some in _in_buckets(parameters, cap)]
        self.divisor, self.divided = group.size(), False
        _reducers.append(weakref.ref(self, _reducers.remove))
        # Of its own: when a bucket leaves depends on what this process has used, and exchanges of
        # others must not be taken for it.
        self.comm: Any = None if group.comm is None else group.comm.Dup()
        self.way = _way(group, self.comm, self.buckets)
        self.number = _made[group] = _made.get(group, 0) + 1
        self.sent = 0
        self.backwards = 0
        self.expecting = self.begun = False
        mine = weakref.ref(self)

        def end(filled: bool) -> None:
            reducer = mine()
            if reducer is not None:
                reducer.begun = bool(reducer.sent)
                if filled:
                    reducer.average()

        self.end = end
        handles = [add_to_leaf(one, _Arrival(mine)) for one in parameters]
        weakref.finalize(self, _release, self.comm, group.mpi, handles).atexit = False

    def expect(self, outputs: Any) -> None:
        """From now on every backward that comes through ``outputs`` is averaged; and the next that
        comes to a parameter in another way."""
        if self.group.comm is None:
            return
        self.expecting = True
        mine = weakref.ref(self)
        for one in tensors_in(outputs):
            if one.node is not None:
                one.node.note("passing", []).append(_beginning(mine))

    def begin(self, node: Node | None = None, pending: Mapping[Any, Any] | None = None) -> None:
        """A walk back has come to an output, ``node``, with what is ``pending`` besides: it is
        averaged at its end, and what is complete earlier is sent off then.

        All that the walk will still come to lies behind these: so what it will add to which
        parameters is known, however many forwards and other terms the loss is made of.
        """
        if is_awaited(self.end):
            return
        self.forget()
        self.begun = True
        at_the_end(self.end)
        if node is None or pending is None or len(self.buckets) == 1:
            return  # one is complete at the end only
        oldest, numbers = _users([node, *(one for one in pending if isinstance(one, Node))])
        newest_first = sorted(numbers, reverse=True)
        rising = [-number for number in newest_first]
        complete = node.number
        begun = len(rising)
        mine, walk = weakref.ref(self), pending
        for place, bucket in enumerate(self.buckets):
            users = [oldest[one] for one in bucket.parameters if one in oldest]
            complete = min([complete, *users])
            behind = bisect_left(rising, -complete + 1)
            if behind == len(rising):
                break  # only the end of the walk
            begun = min(begun, behind)
            note = numbers[newest_first[behind]].note("passing", [])
            note.append(_sending(mine, walk, place, oldest))
        if self.way.moves_when_asked:
            for one in newest_first[begun + 1 :: 1 + len(rising) // LOOKS]:
                numbers[one].note("passing", []).append(_moving(mine, walk))

    def send(self, upto: int, used: Mapping[Any, int], pending: Mapping[Any, Any]) -> None:
        """Sends off the buckets up to number ``upto``, whose gradients are ``pending``, together
        with what has been added up without exchange."""
        for place in range(self.sent, upto + 1):
            bucket = self.buckets[place]
            if not all(_ready(one, used, pending) for one in bucket.parameters):
                return
            self._launch(bucket, [
                (raw(pending[one]) if one in pending else None, _array_of(one.grad))
                for one in bucket.parameters
            ])  # fmt: skip

    def move(self) -> None:
        """Lets MPI do what there is to do for what is under way."""
        for bucket in self.buckets[: self.sent]:
            bucket.request.Test()

    def _launch(
        self, bucket: Any, gradients: Sequence[tuple[Any, Any]], finished: bool = True
    ) -> None:
        if self.sent == 0:
            self.way.begin()
        bucket.fill(gradients, self.divisor, finished)
        bucket.request = self.way.send(bucket)
        self.group.hand_over(bucket.nbytes)
        self.sent += 1

    def average(self) -> None:
        """At the end of a backward: what has not been sent is sent, and all averages written."""
        self.expecting = self.begun = False
        meeting = self._meet()
        for bucket in self.buckets[self.sent :]:
            self._launch(bucket, [(_array_of(one.grad), None) for one in bucket.parameters])
        self._send_buffers()
        self._wait(meeting)
        processes = self.group.size()
        counts = [bucket.counts() for bucket in self.buckets]
        if any(one[-1] != processes for one in counts):
            raise RuntimeError(
                f"DistributedDataParallel({self.name}): a process has begun this backward and not "
                "finished it: an error there was caught, or it went through the model by "
                "autograd.grad alone. All processes must make the same calls"
            )
        for bucket, found in zip(self.buckets, counts, strict=True):
            bucket.write(found)
        if self.buffers is not None:
            self.buffers.keep()
        self.way.end()

    def _meet(self) -> at.distributed.Meeting:
        """At a place that is the same in all processes; the buckets are not."""
        for bucket in self.buckets:
            for one, dtype in zip(bucket.parameters, bucket.dtypes, strict=True):
                if one.array.dtype != dtype:
                    raise RuntimeError(
                        f"DistributedDataParallel({self.name}): a parameter was {dtype} when it "
                        f"was made, and is now {one.array.dtype}; make it after that"
                    )
        self.backwards += 1
        return self.group.meet(
            f"network {self.number}: backward {self.backwards} of "
            f"DistributedDataParallel({self.name})"
        )

    def _wait(self, meeting: at.distributed.Meeting) -> None:
        meeting.wait()
        name = f"DistributedDataParallel({self.name})"
        for bucket in self.buckets[: self.sent]:
            self.group.wait(bucket.request, name)
        if self.buffers is not None and self.buffers.under_way is not None:
            self.group.wait(self.buffers.under_way[0], name)
        self.sent = 0

    def _send_buffers(self) -> None:
        """Behind all buckets, that the order is the same in all processes."""
        count = 0 if self.buffers is None else self.buffers.send(self.comm)
        if count:
            self.group.hand_over(count)

    def divide(self, parts_of: Callable[[list[int]], list[Part]]) -> None:
        """From now on each process gets, instead of the whole average, one of the parts that
        ``parts_of`` makes of the sizes of a bucket's parameters."""
        self.forget()
        rank = self.group.rank()
        self.buckets = [
            DividedBucket(one.parameters, parts_of([each.numel() for each in one.parameters]), rank)
            for one in self.buckets
        ]
        self.way, self.divided = _way(self.group, self.comm, self.buckets), True

    def follow(self) -> None:
        """Takes part in a backward of the others, with no gradient of its own."""
        self.forget()
        for bucket in self.buckets:
            for parameter in bucket.parameters:
                parameter.grad = None
        if self.group.comm is not None:
            self.average()

    def forget(self) -> None:
        """What a backward that an error has ended has begun: the others are told so."""
        if self.begun and not is_awaited(self.end):
            self.begun = False
            meeting = self._meet()
            for bucket in self.buckets[self.sent :]:
                self._launch(bucket, [(None, None)] * len(bucket.parameters), finished=False)
            self._send_buffers()
            self._wait(meeting)
            self.way.end()


_reducers: list[weakref.ref[Reducer]] = []
_made: weakref.WeakKeyDictionary[at.distributed.ProcessGroup, int] = weakref.WeakKeyDictionary()
"""How many, in each group: the same in all of its processes."""


def reducer_of(parameters: Iterable[Any]) -> Reducer | None:
    """That which averages the gradients of just these parameters; the newest, if of several."""
    wanted = {id(one) for one in parameters}
    for reference in reversed(_reducers):
        found = reference()
        buckets = [] if found is None else found.buckets
        if {id(one) for bucket in buckets for one in bucket.parameters} == wanted:
            return found
    return None


def _release(comm: Any, mpi: Any, handles: Sequence[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
    if comm is not None and not mpi.Is_finalized():
        comm.Free()


class _Arrival:
    """Hung on a parameter: the walk has come there, and is at its end."""

    turn = 2

    def __init__(self, reducer: weakref.ref[Reducer]) -> None:
        self.reducer = reducer

    def reached(self) -> None:
        found = self.reducer()
        if found is not None and found.expecting:
            found.begin()


Look = Callable[[Node, Mapping[Any, Any] | None], None]
"""Called when a walk comes to a node, with what is pending besides; see ``attend``."""


def _beginning(reducer: weakref.ref[Reducer]) -> Look:
    def look(node: Node, pending: Mapping[Any, Any] | None) -> None:
        node.note("passing", []).append(look)  # who retains the graph may come once more
        found = reducer()
        if found is not None:
            found.begin(node, pending)

    return look


def _sending(
    reducer: weakref.ref[Reducer], walk: Mapping[Any, Any], place: int, used: Mapping[Any, int]
) -> Look:
    def look(node: Node, pending: Mapping[Any, Any] | None) -> None:
        found = reducer()
        if found is not None and pending is walk:
            found.send(place, used, walk)

    return look


def _moving(reducer: weakref.ref[Reducer], walk: Mapping[Any, Any]) -> Look:
    def look(node: Node, pending: Mapping[Any, Any] | None) -> None:
        found = reducer()
        if found is not None and pending is walk:
            found.move()

    return look


def _array_of(gradient: Any) -> Any:
    return None if gradient is None else gradient.array


def _ready(parameter: Any, used: Mapping[Any, int], pending: Mapping[Any, Any]) -> bool:
    """Whether its gradient is known before the end: hooks of the user's see it only there."""
    if parameter not in used:
        return True
    seen = any(not hasattr(one, "reached") for one in (parameter.hooks or {}).values())
    return parameter in pending and not seen


def _in_buckets(parameters: Sequence[Any], cap: float | None) -> Iterator[list[Any]]:
    """The parameters from the last to the first, those of a dtype together."""
    begun: dict[Any, list[Any]] = {}
    bytes_of: dict[Any, int] = {}
    if cap is None:
        share = sum(one.array.nbytes for one in parameters) / SHARES
        cap = min(max(share, FIRST), LARGEST)
    full = min(FIRST, cap)
    for one in reversed(parameters):
        dtype = one.array.dtype
        begun.setdefault(dtype, []).append(one)
        bytes_of[dtype] = bytes_of.get(dtype, 0) + one.array.nbytes
        if bytes_of[dtype] >= full:
            yield begun.pop(dtype)
            del bytes_of[dtype]
            full = cap
    yield from begun.values()


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The Tensors in what a ``forward`` gave: one, or in containers and attributes."""
    seen: dict[int, Any] = {}
    stack = [value]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one  # kept, so that no other gets its number
        if isinstance(one, Tensor):
            yield one
        elif isinstance(one, Mapping):
            stack += reversed([*one.values()])
        elif isinstance(one, (list, tuple, set, deque)):
            stack += reversed([*one])
        elif hasattr(one, "__dict__"):
            stack += reversed([*vars(one).values()])


def _users(nodes: Sequence[Node]) -> tuple[dict[Any, int], dict[int, Node]]:
    """For each leaf behind ``nodes`` the number of the oldest operator that uses it; and all
    operators there by their numbers."""
    oldest: dict[Any, int] = {}
    numbers = {node.number: node for node in nodes}
    stack = [*nodes]
    while stack:
        node = stack.pop()
        for parent, _, _ in node.edges or ():
            if not isinstance(parent, Node):
                oldest[parent] = min(node.number, oldest.get(parent, node.number))
            elif parent.number not in numbers:
                numbers[parent.number] = parent
                stack.append(parent)
    return oldest, numbers
