"""Copies and pickles of Tensors: the modules ``copy`` and ``pickle``.

``copy.copy`` gives a Tensor on the same memory, outside the graph; ``copy.deepcopy`` one with
memory of its own, and Tensors that shared memory share it again where they are copied together.  A
pickle holds the values, and whether a gradient is wanted; the history of what an operator made it
cannot hold, so that what comes out is a leaf, as in PyTorch.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autotensor.engine.storage import Storage
from autotensor.engine.tensor import Tensor, method

__all__: list[str] = []  # all of it are methods of Tensor


@method
def __copy__(self: Tensor) -> Tensor:
    alike = self.detach()
    copied = type(self).__new__(type(self))
    copied.__setstate__(__getstate__(self) | {"array": alike.array})
    copied._storage = alike._storage
    return copied


@method
def __deepcopy__(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "only leaf Tensors (created by the user) can be deep-copied; "
            "call detach() first to copy the values"
        )
    copied = type(self).__new__(type(self))
    memo[id(self)] = copied
    copied.__setstate__({"array": self.array, "requires_grad": self._requires_grad})
    copied.array, copied._storage = _memory_copied(self, memo)
    vars(copied).update(copy.deepcopy(vars(self), memo))
    if self._grad is not None:
        copied._grad = __deepcopy__(self._grad, memo)
    return copied


def _memory_copied(tensor: Tensor, memo: dict[Any, Any]) -> tuple[np.ndarray, Storage | None]:
    """The values in fresh memory: the same as that of other Tensors in ``memo`` which share theirs
    with this one.  Then all of it is copied, as in PyTorch, unless NumPy does not own it: it may be
    a file."""
    array, storage = tensor.array, tensor._storage
    if storage is None or not storage.shared:
        return array.copy(), None
    whole: Any = array
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if whole.base is not None:
        return array.copy(), None
    if storage not in memo:
        memo[storage] = whole.copy("K"), Storage(), whole
        memo[storage][1].shared = True
    fresh, its_storage, known = memo[storage]
    if whole is not known or fresh.strides != whole.strides:
        return array.copy(), None
    place = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    memory = fresh.ravel(order="K")  # a view in the order of the memory
    shown = np.ndarray(array.shape, array.dtype, memory, place, array.strides)
    shown.flags.writeable = array.flags.writeable
    return shown, its_storage


@method
def __getstate__(self: Tensor) -> dict[str, Any]:
    return vars(self) | {"array": self.array, "requires_grad": self.requires_grad}
