"""Layers that are a matrix product, or nothing."""

from __future__ import annotations

import math
from typing import Any

import autotensor as at
from autotensor import Parameter, Tensor
from nn import init
from nn.layers.arguments import whole
from nn.module import Module

__all__ = ["Identity", "Linear"]


class Identity(Module):
    """Gives back its input: ``(*) → (*)``.  Any arguments are accepted and ignored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """``input @ weightᵀ + bias``: ``(*, in_features) → (*, out_features)``.

    Args:
        bias: whether to add one.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        weight: ``(out_features, in_features)``, uniform within ±1/√in_features at the start.
        bias: ``(out_features)``, likewise; None without bias.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = whole(self, "in_features", in_features)
        self.out_features = whole(self, "out_features", out_features)
        self.weight = Parameter(at.empty(self.out_features, self.in_features, dtype=dtype))
        if bias:
            self.bias = Parameter(at.empty(self.out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return at.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
