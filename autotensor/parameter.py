"""The Parameter: a Tensor that a Module registers as its own and an optimizer trains."""

from __future__ import annotations

from typing import Any

from autotensor.creation import tensor
from autotensor.engine.tensor import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A Tensor that a Module registers as its own and an optimizer trains.

    Shares the memory of ``data``, as in PyTorch, and requires a gradient unless told otherwise.

    Example:

        >>> weight = nn.Parameter(at.zeros(2))
        >>> weight
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        given = [] if data is None else data
        super().__init__(given if isinstance(given, Tensor) else tensor(given))
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A copy without the gradient, as in PyTorch."""
        gradient, self._grad = self._grad, None
        try:
            return super().__deepcopy__(memo)
        finally:
            self._grad = gradient

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()
