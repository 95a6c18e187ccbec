"""Layers that are a matrix product, or nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import autotensor as at
from autotensor import Tensor
from nn import init
from nn.layers.arguments import keep_whole, make_parameters
from nn.layers.base import WithBias
from nn.module import Module

if TYPE_CHECKING:
    from autotensor.types import Device, DType


class Identity(Module):
    """Gives back its input: ``(*) → (*)``.  Any arguments are accepted and ignored.

    Example:

        >>> model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
        >>> model[1] = nn.Identity()  # the net without its last step
        >>> model(at.ones(5, 3)).shape, nn.Identity()(3)
        (torch.Size([5, 2]), 3)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(WithBias, settings=("in_features", "out_features")):
    """``input @ weightᵀ + bias``: ``(*, in_features) → (*, out_features)``.

    Args:
        bias: whether to add one.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        weight: ``(out_features, in_features)``, uniform within ±1/√in_features at the start.
        bias: ``(out_features)``, likewise; None without bias.

    Raises:
        TypeError: sizes that are no ints.
        ValueError: negative sizes.
        RuntimeError: in ``forward``, an input of another size or dtype.

    Example:

        >>> layer = nn.Linear(3, 2)
        >>> layer
        Linear(in_features=3, out_features=2, bias=True)
        >>> layer(at.ones(8, 5, 3)).shape
        torch.Size([8, 5, 2])
        >>> layer(at.ones(3)).sum().backward()
        >>> layer.weight.grad, layer.bias.grad
        (tensor([[1., 1., 1.],
                [1., 1., 1.]]), tensor([1., 1.]))
    """

    in_features: int
    out_features: int

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device)
        keep_whole(self, 0, in_features=in_features, out_features=out_features)
        shape = (self.out_features, self.in_features)
        make_parameters(self, dtype, weight=shape, bias=shape[:1] if bias else None)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return at.linear(input, self.weight, self.bias)


class Bilinear(WithBias, settings=("in1_features", "in2_features", "out_features")):
    """``y_o = input1ᵀ weight_o input2 + bias_o``.

    ``(*, in1_features), (*, in2_features) → (*, out_features)``.

    Args:
        bias: whether to add one.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        weight: ``(out_features, in1_features, in2_features)``, uniform within ±1/√in1_features at
            the start.
        bias: ``(out_features)``, likewise; None without bias.

    Raises:
        RuntimeError: in ``forward``, inputs of other sizes or dtypes.

    Example:

        >>> layer = nn.Bilinear(3, 4, 2)
        >>> layer(at.ones(8, 3), at.ones(8, 4)).shape, layer.weight.shape
        (torch.Size([8, 2]), torch.Size([2, 3, 4]))
    """

    in1_features: int
    in2_features: int
    out_features: int

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device)
        keep_whole(self, in1_features=in1_features, in2_features=in2_features)
        keep_whole(self, 0, out_features=out_features)
        shape = (self.out_features, self.in1_features, self.in2_features)
        make_parameters(self, dtype, weight=shape, bias=shape[:1] if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return at.bilinear(input1, input2, self.weight, self.bias)
