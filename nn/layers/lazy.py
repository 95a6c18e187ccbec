"""Layers that learn from their first batch how many features or channels come in.

Until then their parameters are uninitialized: they have a dtype, but no shape and no values.  The
first call gives them both, and the layer becomes an ordinary one: a ``LazyLinear`` a ``Linear``.
Loading a state dict gives them both as well.  An optimizer may be made before or after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from autotensor import Tensor
from autotensor.extend import spatial_input
from nn.layers import convolution, normalization
from nn.layers.arguments import need_divisible
from nn.layers.base import LazyModuleMixin, with_first
from nn.layers.linear import Linear
from nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy


class _LazyLayer(LazyModuleMixin):
    """What the layers here share.  Each is made with a stand-in for the number it does not know."""

    unknown: ClassVar[str]

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if cls.cls_to_become is None and len(cls.__bases__) > 1:
            _, cls.cls_to_become = cls.__bases__  # the ordinary layer stands second

    def _forget(self) -> None:
        """Makes 0 of that number, and uninitialized what depends on it."""
        setattr(self, self.unknown, 0)
        for name, value in self._sized():
            lazy = UninitializedBuffer if name.startswith("running") else UninitializedParameter
            setattr(self, name, lazy(dtype=value.dtype))

    def _sized(self) -> list[tuple[str, Any]]:
        """Names and values of the Tensors that depend on the number."""
        return [(name, value) for name, value in self._own_state() if value.is_floating_point()]

    def _shape_of(self, name: str) -> tuple[int, ...]:
        raise NotImplementedError

    def _number_in(self, input: Tensor) -> int:
        raise NotImplementedError

    def reset_parameters(self) -> None:
        """Does nothing: values are drawn at the first call."""

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        lazies = [value for _, value in self._sized() if is_lazy(value)]
        if lazies and len(lazies) < len(self._sized()):
            raise RuntimeError(
                f"{type(self).__name__}: only a part of its state has been loaded; "
                "load all of it, or nothing before the first call"
            )
        setattr(self, self.unknown, self._number_in(input))
        for name, value in self._sized():
            shape = self._shape_of(name)
            if is_lazy(value):
                value.materialize(shape)
            elif value.shape != shape:
                raise ValueError(
                    f"{type(self).__name__}: the input of shape {input.shape} needs a "
                    f"{name} of shape {shape}, but one of shape {value.shape} was loaded"
                )
        if lazies:
            ordinary: Any = self.cls_to_become
            ordinary.reset_parameters(self)


class LazyLinear(_LazyLayer, Linear):
    """A ``Linear`` that learns ``in_features`` from its first input.

    Example:

        >>> layer = nn.LazyLinear(10)
        >>> layer(at.ones(8, 400)).shape, layer
        (torch.Size([8, 10]), Linear(in_features=400, out_features=10, bias=True))
    """

    unknown = "in_features"

    @with_first(Linear.__init__, 1)
    def __init__(self) -> None:
        self._forget()

    def _number_in(self, input: Tensor) -> int:
        return input.shape[-1]

    def _shape_of(self, name: str) -> tuple[int, ...]:
        features = (self.out_features, self.in_features)
        return features if name == "weight" else features[:1]


class _LazyKernels(_LazyLayer):
    """What lazy convolutions share, transposed or not."""

    unknown = "in_channels"
    ndim: int
    groups: int
    out_channels: int
    _weight_shape: Callable[[], tuple[int, ...]]

    def _number_in(self, input: Tensor) -> int:
        channels = input.shape[1 if spatial_input(input, self.ndim, type(self).__name__) else 0]
        need_divisible(self, "in_channels", channels, "groups", self.groups)
        return channels

    def _shape_of(self, name: str) -> tuple[int, ...]:
        return (self.out_channels,) if name == "bias" else self._weight_shape()


class _LazyConv(_LazyKernels):
    @with_first(convolution.Conv2d.__init__, 0)
    def __init__(self) -> None:
        self._forget()


class LazyConv1d(_LazyConv, convolution.Conv1d):
    """A ``Conv1d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConv1d(8, kernel_size=3)
        >>> layer(at.ones(2, 4, 10)).shape, layer.in_channels
        (torch.Size([2, 8, 8]), 4)
    """


class LazyConv2d(_LazyConv, convolution.Conv2d):
    """A ``Conv2d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConv2d(16, kernel_size=5)
        >>> layer(at.ones(8, 6, 14, 14)).shape, layer.weight.shape
        (torch.Size([8, 16, 10, 10]), torch.Size([16, 6, 5, 5]))
    """


class LazyConv3d(_LazyConv, convolution.Conv3d):
    """A ``Conv3d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConv3d(4, kernel_size=2)
        >>> layer(at.ones(2, 3, 4, 4, 4)).shape, layer.in_channels
        (torch.Size([2, 4, 3, 3, 3]), 3)
    """


class _LazyConvTranspose(_LazyKernels):
    @with_first(convolution.ConvTranspose2d.__init__, 0)
    def __init__(self) -> None:
        self._forget()


class LazyConvTranspose1d(_LazyConvTranspose, convolution.ConvTranspose1d):
    """A ``ConvTranspose1d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConvTranspose1d(8, kernel_size=2, stride=2)
        >>> layer(at.ones(2, 4, 10)).shape, layer.in_channels
        (torch.Size([2, 8, 20]), 4)
    """


class LazyConvTranspose2d(_LazyConvTranspose, convolution.ConvTranspose2d):
    """A ``ConvTranspose2d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConvTranspose2d(3, kernel_size=2, stride=2)
        >>> layer(at.ones(8, 6, 14, 14)).shape, layer.in_channels
        (torch.Size([8, 3, 28, 28]), 6)
    """


class LazyConvTranspose3d(_LazyConvTranspose, convolution.ConvTranspose3d):
    """A ``ConvTranspose3d`` that learns ``in_channels`` from its first input.

    Example:

        >>> layer = nn.LazyConvTranspose3d(4, kernel_size=2, stride=2)
        >>> layer(at.ones(2, 3, 4, 4, 4)).shape, layer.in_channels
        (torch.Size([2, 4, 8, 8, 8]), 3)
    """


class _LazyNorm(_LazyLayer):
    """What lazy normalizations of channels share."""

    unknown = "num_features"
    num_features: int
    _check_input_dim: Callable[[Tensor], None]

    @with_first(normalization.BatchNorm1d.__init__, 1)
    def __init__(self) -> None:
        self._forget()

    def _shape_of(self, name: str) -> tuple[int, ...]:
        return (self.num_features,)


class _LazyBatchNorm(_LazyNorm):
    def _number_in(self, input: Tensor) -> int:
        self._check_input_dim(input)
        return input.shape[1]


class LazyBatchNorm1d(_LazyBatchNorm, normalization.BatchNorm1d):
    """A ``BatchNorm1d`` that learns ``num_features`` from its first input.

    Example:

        >>> layer = nn.LazyBatchNorm1d()
        >>> layer(at.randn(8, 6)).shape, layer.num_features
        (torch.Size([8, 6]), 6)
    """


class LazyBatchNorm2d(_LazyBatchNorm, normalization.BatchNorm2d):
    """A ``BatchNorm2d`` that learns ``num_features`` from its first input.

    Example:

        >>> net = nn.Sequential(nn.LazyConv2d(6, 3), nn.LazyBatchNorm2d(), nn.ReLU())
        >>> net(at.randn(8, 3, 10, 10)).shape, net[1].num_features
        (torch.Size([8, 6, 8, 8]), 6)
    """


class LazyBatchNorm3d(_LazyBatchNorm, normalization.BatchNorm3d):
    """A ``BatchNorm3d`` that learns ``num_features`` from its first input.

    Example:

        >>> layer = nn.LazyBatchNorm3d()
        >>> layer(at.randn(2, 6, 4, 4, 4)).shape, layer.num_features
        (torch.Size([2, 6, 4, 4, 4]), 6)
    """


class _LazyInstanceNorm(_LazyNorm):
    def _number_in(self, input: Tensor) -> int:
        self._check_input_dim(input)
        return input.shape[-self.shapes[1].count(",") - 1]  # type: ignore[attr-defined]


class LazyInstanceNorm1d(_LazyInstanceNorm, normalization.InstanceNorm1d):
    """An ``InstanceNorm1d`` that learns ``num_features`` from its first input.

    Example:

        >>> layer = nn.LazyInstanceNorm1d()
        >>> layer(at.randn(8, 6, 5)).shape, layer.num_features
        (torch.Size([8, 6, 5]), 6)
    """


class LazyInstanceNorm2d(_LazyInstanceNorm, normalization.InstanceNorm2d):
    """An ``InstanceNorm2d`` that learns ``num_features`` from its first input.

    Example:

        >>> layer = nn.LazyInstanceNorm2d(affine=True)
        >>> layer(at.randn(8, 6, 5, 5)).shape, layer.weight.shape
        (torch.Size([8, 6, 5, 5]), torch.Size([6]))
    """


class LazyInstanceNorm3d(_LazyInstanceNorm, normalization.InstanceNorm3d):
    """An ``InstanceNorm3d`` that learns ``num_features`` from its first input.

    Example:

        >>> layer = nn.LazyInstanceNorm3d()
        >>> layer(at.randn(2, 6, 4, 4, 4)).shape, layer.num_features
        (torch.Size([2, 6, 4, 4, 4]), 6)
    """
