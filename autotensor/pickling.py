"""Copies and pickles of Tensors: ``copy.deepcopy`` and the module ``pickle``."""

from __future__ import annotations

import copy
from typing import Any

from autotensor.engine.tensor import Tensor, method

__all__: list[str] = []  # all of it are methods of Tensor


@method
def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "only leaf Tensors (created by the user) can be deep-copied; "
            "call detach() first to copy the values"
        )
    copied = type(self).__new__(type(self))
    memo[id(self)] = copied
    copied.__setstate__({"array": self.array.copy(), "requires_grad": self._requires_grad})
    vars(copied).update(copy.deepcopy(vars(self), memo))
    if self._grad is not None:
        copied._grad = __deepcopy__(self._grad, memo)
    return copied


@method
def __getstate__(self: Tensor) -> dict[str, Any]:
    if not self.is_leaf:
        raise RuntimeError("only leaf Tensors can be pickled; call detach() first")
    return vars(self) | {"array": self.array, "requires_grad": self._requires_grad}
