"""The buffers of one network in several processes: those of one of them, in all."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autotensor import Tensor
from autotensor.extend import Node
from nn.module import Module
from nn.registered import BUFFERS

__all__ = ["Buffers", "as_bytes", "take_over"]


class Buffers:
    """Of a network, which all processes take over from one at the end of each backward that
    averages gradients: what is evaluated then is the same everywhere, also by one process alone.

    Args:
        module: those of all its layers that have some now: as with the parameters, what comes later
            takes no part.  (To look for buffers before every forward takes 50 µs.)
    """

    def __init__(self, module: Module) -> None:
        self.layers = [one for one in module.modules() if one._buffers]
        self.source = 0
        """Whose they become: a number within the group."""
        self.graphs: list[weakref.ref[Node]] = []
        """The ends of graphs that backward may still have to walk."""
        self.under_way: tuple[Any, list[Tensor], np.ndarray] | None = None

    def tensors(self) -> list[Tensor]:
        buffers: Any = (one for layer in self.layers for _, one in layer._registered(*BUFFERS))
        return [*dict.fromkeys(one for one in buffers if one is not None)]

    def nbytes(self) -> int:
        return sum(one.array.nbytes for one in self.tensors())

    def used(self, outputs: Iterable[Tensor]) -> None:
        """Remembers what a forward gave: a graph may need buffers as they were."""
        if self.layers:
            self.graphs += [weakref.ref(one.node) for one in outputs if one.node is not None]

    def send(self, comm: Any) -> int:
        """Begins to exchange them; gives how many bytes."""
        tensors = self.tensors()
        if not tensors:
            return 0
        message = as_bytes(tensors)
        self.under_way = comm.Ibcast(message, self.source), tensors, message
        return message.nbytes

    def write(self) -> None:
        """What has come, once its request is done.

        What a graph still needs is left, until the next forward in training.
        """
        if self.under_way is None:
            return
        _, tensors, message = self.under_way
        self.under_way = None
        take_over(tensors, message, self._needed())

    def _needed(self) -> list[Any]:
        """What graphs have saved for a backward that is still to come."""
        saved: list[Any] = []
        alive: list[weakref.ref[Node]] = []
        for reference in self.graphs:
            node = reference()
            found = [] if node is None else [*_saved_behind(node)]
            if found:
                alive.append(reference)
                saved += found
        self.graphs = alive
        return saved


def _saved_behind(end: Node) -> Iterator[Tensor]:
    """The Tensors that operators have saved for their rules; not of those that are freed."""
    seen = {end}
    stack = [end]
    while stack:
        for parent, _, saved in stack.pop().edges or ():
            yield from (one for one in saved if isinstance(one, Tensor))
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                stack.append(parent)


def as_bytes(tensors: Sequence[Tensor]) -> np.ndarray:
    """Their numbers, one after the other."""
    return np.concatenate(
        [np.ascontiguousarray(one.array).reshape(-1).view(np.uint8) for one in tensors]
    )


def take_over(
    tensors: Sequence[Tensor], message: np.ndarray, needed: Sequence[Tensor] = ()
) -> None:
    """Writes what ``as_bytes`` of another process gave; not to what is ``needed`` as it is."""
    start = 0
    for one in tensors:
        part = message[start : start + one.array.nbytes].view(one.array.dtype)
        start += one.array.nbytes
        # What is the same is not written: a graph may still need it as it was.
        if one.array.tobytes() == part.tobytes() or _is_among(one, needed):
            continue
        one.array[...] = part.reshape(one.array.shape)
        one.mark_written()


def _is_among(buffer: Tensor, needed: Sequence[Tensor]) -> bool:
    return any(np.may_share_memory(buffer.array, one.array) for one in needed)
