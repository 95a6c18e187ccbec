"""The gradients of one network in several processes: averaged in buckets, while backward runs.

A bucket is some parameters whose gradients travel as one message.  Parameters of the last layers
come first, as backward comes to those first.  As soon as the walk back has passed the oldest
operator that uses a bucket's parameters, their gradients are complete, and the bucket is sent off
without waiting; the rest of the walk goes on meanwhile.  All processes send them in the same order.

S. Li et al., PyTorch Distributed, VLDB 2020.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import Node, raw

__all__ = ["Reducer", "tensors_in"]

MEBIBYTE = 1 << 20
FIRST = MEBIBYTE
"""Bytes of the first bucket: a small one is on its way early."""


class Bucket:
    """Parameters of one dtype, whose gradients lie side by side in ``values``; behind them stands
    for each parameter whether this process has used it."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        ends = np.cumsum([0, *(one.numel() for one in parameters)]).tolist()
        self.slices = [slice(*pair) for pair in pairwise(ends)]
        self.size = ends[-1]
        # MPI does not compute with float16.
        dtype = np.result_type(parameters[0].array.dtype, np.float32)
        self.values = np.zeros(self.size + len(parameters), dtype)
        self.request: Any = None

    def fill(self, gradients: Sequence[Any]) -> None:
        """With a gradient for each parameter, or None for one that this process has not used."""
        for position, (gradient, part) in enumerate(zip(gradients, self.slices, strict=True)):
            self.values[part] = 0 if gradient is None else gradient.reshape(-1)
            self.values[self.size + position] = gradient is not None

    def write(self, processes: int) -> None:
        """The average into ``grad`` of each parameter that any process has used."""
        used = self.values[self.size :]
        for position, (parameter, part) in enumerate(
            zip(self.parameters, self.slices, strict=True)
        ):
            if not used[position]:
                continue
            mean = (self.values[part] / processes).reshape(parameter.array.shape)
            if parameter.grad is None:
                parameter.grad = at.from_numpy(mean.astype(parameter.array.dtype, copy=False))
            else:
                parameter.grad.array[...] = mean
                parameter.grad.mark_written()


class Reducer:
    """Averages the gradients of ``parameters`` over the processes of ``group``.

    Args:
        parameters: in the order in which forward uses them, about.
        cap: how many bytes a bucket may have.
    """

    def __init__(
        self, parameters: Sequence[Any], group: at.distributed.ProcessGroup, cap: float
    ) -> None:
        self.group = group
        self.buckets = [Bucket(some) for some in _in_buckets(parameters, cap)]
        self.sent = 0
        self.expecting = False
        mine = weakref.ref(self)

        def accumulated(parameter: Tensor) -> None:
            reducer = mine()
            if reducer is not None:
                reducer.finish()

        self.handles = [one.register_post_accumulate_grad_hook(accumulated) for one in parameters]

    def expect(self, outputs: Any) -> None:
        """From now on a backward from ``outputs`` is averaged."""
        self._forget()
        self.expecting = True
        if self.group.comm is None:
            return
        oldest, numbers = _users(outputs)
        newest_first = sorted(numbers, reverse=True)
        rising = [-number for number in newest_first]
        complete: float = np.inf
        mine = weakref.ref(self)
        for place, bucket in enumerate(self.buckets):
            users = [oldest[one] for one in bucket.parameters if one in oldest]
            complete = min([complete, *users])
            behind = bisect_left(rising, -complete + 1)
            if behind == len(rising):
                return  # only the end of the walk
            numbers[newest_first[behind]].note("passing", []).append(_sending(mine, place, oldest))

    def send(self, upto: int, used: Mapping[Any, int], pending: Mapping[Any, Any]) -> None:
        """Sends off the buckets up to number ``upto``, whose gradients are ``pending``, together
        with what has been added up without exchange."""
        if not self.expecting:
            return
        for place in range(self.sent, upto + 1):
            bucket = self.buckets[place]
            if not all(_ready(one, used, pending) for one in bucket.parameters):
                return
            gradients = []
            for one in bucket.parameters:
                found = raw(pending[one]) if one in pending else None
                before = one.grad
                if before is not None:
                    found = before.array if found is None else before.array + found
                gradients.append(found)
            self._launch(bucket, gradients)
        for bucket in self.buckets[: self.sent]:
            bucket.request.Test()  # MPI moves on while it is asked

    def _launch(self, bucket: Bucket, gradients: Sequence[Any]) -> None:
        bucket.fill(gradients)
        bucket.request = self.group.comm.Iallreduce(self.group.mpi.IN_PLACE, bucket.values)
        self.sent += 1

    def finish(self) -> None:
        """At the end of a backward: what has not been sent is sent, and all averages written."""
        if not self.expecting:
            return
        self.expecting = False
        if self.group.comm is None:
            return
        for bucket in self.buckets[self.sent :]:
            grads = [one.grad for one in bucket.parameters]
            self._launch(bucket, [None if grad is None else grad.array for grad in grads])
        for bucket in self.buckets:
            self.group.wait(bucket.request, "DistributedDataParallel")
            bucket.write(self.group.size())
        self.sent = 0

    def _forget(self) -> None:
        """What a backward that an error has ended, or ``autograd.grad``, has sent off."""
        for bucket in self.buckets[: self.sent]:
            self.group.wait(bucket.request, "DistributedDataParallel")
        self.sent = 0


def _sending(
    reducer: weakref.ref[Reducer], place: int, used: Mapping[Any, int]
) -> Callable[[Mapping[Any, Any]], None]:
    def look(pending: Mapping[Any, Any]) -> None:
        found = reducer()
        if found is not None:
            found.send(place, used, pending)

    return look


def _ready(parameter: Any, used: Mapping[Any, int], pending: Mapping[Any, Any]) -> bool:
    """Whether its gradient is known before the end: hooks of the user's see it only there."""
    return parameter not in used or (parameter in pending and len(parameter.hooks or ()) == 1)


def _in_buckets(parameters: Sequence[Any], cap: float) -> Iterator[list[Any]]:
    """The parameters from the last to the first, those of a dtype together."""
    begun: dict[Any, list[Any]] = {}
    bytes_of: dict[Any, int] = {}
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
    """The Tensors in what a ``forward`` gave: one, or in containers."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from tensors_in(one)
    elif isinstance(value, (list, tuple, set)):
        for one in value:
            yield from tensors_in(one)
    elif hasattr(value, "__dict__"):
        yield from tensors_in(vars(value))


def _users(outputs: Any) -> tuple[dict[Any, int], dict[int, Node]]:
    """For each leaf behind ``outputs`` the number of the oldest operator that uses it; and all
    operators there by their numbers."""
    oldest: dict[Any, int] = {}
    numbers: dict[int, Node] = {}
    stack = [one.node for one in tensors_in(outputs) if one.node is not None]
    numbers.update((node.number, node) for node in stack)
    while stack:
        node = stack.pop()
        for parent, _, _ in node.edges or ():
            if not isinstance(parent, Node):
                oldest[parent] = min(node.number, oldest.get(parent, node.number))
            elif parent.number not in numbers:
                numbers[parent.number] = parent
                stack.append(parent)
    return oldest, numbers
