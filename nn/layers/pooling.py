"""Pooling: one number out of each window.  One general layer for each kind, and its faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autotensor as at
from autotensor import Tensor
from autotensor.operators.windows import numbers
from nn.module import Module

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MinPool1d",
    "MinPool2d",
    "MinPool3d",
]


class _Pool(Module):
    """Windows over ``ndim`` dimensions, and the operator ``pool`` that is applied to each."""

    ndim: int
    pool: Callable[..., Any]

    def __init__(self, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> None:
        super().__init__()
        name = type(self).__name__
        stride = kernel_size if stride is None else stride
        for argument, value, least in (
            ("kernel_size", kernel_size, 1),
            ("stride", stride, 1),
            ("padding", padding, 0),
        ):
            numbers(value, self.ndim, name, argument, least)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _ExtremePool(_Pool):
    """The largest or smallest value of each window; see ``MaxPool2d``."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        numbers(dilation, self.ndim, type(self).__name__, "dilation", 1)
        self.dilation = dilation
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        pool = type(self).pool
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
            self.return_indices,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class MaxPool1d(_ExtremePool):
    """The largest value of each window: ``(N, C, L) → (N, C, L')``; see ``MaxPool2d``."""

    ndim = 1
    pool = staticmethod(at.max_pool1d)


class MaxPool2d(_ExtremePool):
    """The largest value of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    ``H' = ⌊(H + 2·padding - dilation·(kernel_size - 1) - 1) / stride⌋ + 1``, and W' likewise.

    Args:
        kernel_size, padding, dilation: an int, or one for each dimension.
        stride: the same; ``kernel_size`` if None.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.
        ceil_mode: round the size of the output up instead of down.
    """

    ndim = 2
    pool = staticmethod(at.max_pool2d)


class MaxPool3d(_ExtremePool):
    """The largest value of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    pool = staticmethod(at.max_pool3d)


class MinPool1d(_ExtremePool):
    """The smallest value of each window: ``(N, C, L) → (N, C, L')``; see ``MaxPool2d``."""

    ndim = 1
    pool = staticmethod(at.min_pool1d)


class MinPool2d(_ExtremePool):
    """The smallest value of each window, otherwise as ``MaxPool2d``; not in PyTorch."""

    ndim = 2
    pool = staticmethod(at.min_pool2d)


class MinPool3d(_ExtremePool):
    """The smallest value of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    pool = staticmethod(at.min_pool3d)


class _AvgPool(_Pool):
    """The mean of each window; see ``AvgPool2d``."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        pool = type(self).pool
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )  # fmt: skip


class AvgPool1d(_AvgPool):
    """The mean of each window: ``(N, C, L) → (N, C, L')``; see ``AvgPool2d``."""

    ndim = 1

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        # PyTorch keeps these as tuples here, and only here.
        name = type(self).__name__
        kernel = numbers(kernel_size, 1, name, "kernel_size", 1)
        steps = kernel if stride is None else numbers(stride, 1, name, "stride", 1)
        pads = numbers(padding, 1, name, "padding", 0)
        super().__init__(kernel, steps, pads, ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return at.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad,
        )  # fmt: skip


class AvgPool2d(_AvgPool):
    """The mean of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    Args:
        kernel_size, padding: an int, or one for each dimension; the padding is zeros.
        stride: the same; ``kernel_size`` if None.
        ceil_mode: round the size of the output up instead of down.
        count_include_pad: whether padding counts in the number that is divided by.
        divisor_override: divide by this number instead.
    """

    ndim = 2
    pool = staticmethod(at.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``; see ``AvgPool2d``."""

    ndim = 3
    pool = staticmethod(at.avg_pool3d)
