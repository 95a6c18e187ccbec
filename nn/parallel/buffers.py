"""The buffers of one network in several processes: those of one of them, in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor import Tensor
from nn.module import Module
from nn.registered import BUFFERS

__all__ = ["Buffers", "as_bytes", "take_over"]


class Buffers:
    """Of a network, which all processes take over from one.

    They come with the gradients of every backward that is averaged, and are taken over at the
    beginning of the next forward: so that forward is of the same network everywhere, as in
    PyTorch, and needs no exchange, so that one process may do it alone.

    Args:
        module: those of all its layers that have some now: as with the parameters, what comes later
            takes no part.  (To look for buffers before every forward takes 50 µs.)
    """

    def __init__(self, module: Module) -> None:
        self.layers = [one for one in module.modules() if one._buffers]
        self.source = 0
        """Whose they become: a number within the group."""
        self.under_way: tuple[Any, list[Tensor], np.ndarray] | None = None
        self.arrived: tuple[list[Tensor], list[int], np.ndarray] | None = None
        """The buffers, their versions, and what is to be taken over."""

    def tensors(self) -> list[Tensor]:
        buffers: Any = (one for layer in self.layers for _, one in layer._registered(*BUFFERS))
        return [*dict.fromkeys(one for one in buffers if one is not None)]

    def nbytes(self) -> int:
        return sum(one.array.nbytes for one in self.tensors())

    def send(self, comm: Any) -> int:
        """Begins to exchange them; gives how many bytes."""
        tensors = self.tensors()
        if not tensors:
            return 0
        message = as_bytes(tensors)
        self.under_way = comm.Ibcast(message, self.source), tensors, message
        return message.nbytes

    def keep(self) -> None:
        """What has come, once its request is done, until the next forward."""
        if self.under_way is not None:
            _, tensors, message = self.under_way
            self.arrived = tensors, [one._version for one in tensors], message
            self.under_way = None

    def take(self) -> None:
        """What has come, but for what was written since, as by ``load_state_dict``."""
        if self.arrived is None:
            return
        tensors, versions, message = self.arrived
        self.arrived = None
        since = [one._version != was for one, was in zip(tensors, versions, strict=True)]
        take_over(tensors, message, since)


def as_bytes(tensors: Sequence[Tensor]) -> np.ndarray:
    """Their numbers, one after the other."""
    return np.concatenate(
        [np.ascontiguousarray(one.array).reshape(-1).view(np.uint8) for one in tensors]
    )


def take_over(tensors: Sequence[Tensor], message: np.ndarray, but: Sequence[bool] = ()) -> None:
    """Writes what ``as_bytes`` of another process gave, but where ``but`` says so."""
    start = 0
    for one, left in zip(tensors, but or [False] * len(tensors), strict=True):
        part = message[start : start + one.array.nbytes].view(one.array.dtype)
        start += one.array.nbytes
        # What is the same is not written: a graph may still need it as it was.
        if not left and one.array.tobytes() != part.tobytes():
            one.array[...] = part.reshape(one.array.shape)
            one.mark_written()
