"""Pooling: one number out of each window.  One general layer for each kind, and its faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autotensor as at
from autotensor import Tensor
from autotensor.operators.arguments import numbers, target_sizes
from nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
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


class _LPPool(Module):
    """The p-norm of each window; see ``LPPool2d``."""

    ndim: int
    pool: Callable[..., Any]

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        name = type(self).__name__
        numbers(kernel_size, self.ndim, name, "kernel_size", 1)
        if stride is not None:
            numbers(stride, self.ndim, name, "stride", 1)
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool = type(self).pool
        # PyTorch's layers, unlike its functions, make a float of the power.
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The p-norm of each window: ``(N, C, L) → (N, C, L')``; see ``LPPool2d``."""

    ndim = 1
    pool = staticmethod(at.lp_pool1d)


class LPPool2d(_LPPool):
    """``(Σ xᵖ)^(1/p)`` of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    Args:
        norm_type: p.
        kernel_size: an int, or one for each dimension.
        stride: the same; ``kernel_size`` if None.
        ceil_mode: round the size of the output up instead of down.
    """

    ndim = 2
    pool = staticmethod(at.lp_pool2d)


class LPPool3d(_LPPool):
    """The p-norm of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``; see ``LPPool2d``."""

    ndim = 3
    pool = staticmethod(at.lp_pool3d)


class _MaxUnpool(Module):
    """Values put back to where a max pooling took them from; see ``MaxUnpool2d``."""

    ndim: int
    unpool: Callable[..., Any]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = numbers(kernel_size, self.ndim, name, "kernel_size", 1)
        steps = self.kernel_size if stride is None else stride
        self.stride = numbers(steps, self.ndim, name, "stride", 1)
        self.padding = numbers(padding, self.ndim, name, "padding", 0)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        unpool = type(self).unpool
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Undoes ``MaxPool1d``: ``(N, C, L') → (N, C, L)``; see ``MaxUnpool2d``."""

    ndim = 1
    unpool = staticmethod(at.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Puts values back to where ``MaxPool2d`` took them from, and zeros elsewhere.

    Called as ``layer(input, indices, output_size=None)``: ``(N, C, H', W') → (N, C, H, W)``.

    Args:
        kernel_size, stride, padding: those of the pooling.
    """

    ndim = 2
    unpool = staticmethod(at.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Undoes ``MaxPool3d``: ``(N, C, D', H', W') → (N, C, D, H, W)``; see ``MaxUnpool2d``."""

    ndim = 3
    unpool = staticmethod(at.max_unpool3d)


class _FractionalMaxPool(Module):
    """The largest of windows that lie in random steps; see ``FractionalMaxPool2d``."""

    ndim: int
    pool: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = numbers(kernel_size, self.ndim, name, "kernel_size", 1)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name}: exactly one of output_size and output_ratio must be given, got "
                f"{output_size!r} and {output_ratio!r}"
            )
        self.output_size = self.output_ratio = None
        if output_size is not None:
            self.output_size = numbers(output_size, self.ndim, name, "output_size", 1)
        else:
            several = isinstance(output_ratio, (tuple, list))
            ratios = tuple(output_ratio) if several else (output_ratio,) * self.ndim
            if len(ratios) != self.ndim or not all(0 < ratio < 1 for ratio in ratios):
                raise ValueError(
                    f"{name}: output_ratio must be between 0 and 1, got {output_ratio!r}"
                )
            self.output_ratio = ratios

    def forward(self, input: Tensor) -> Any:
        pool = type(self).pool
        return pool(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
            self._random_samples,
        )  # fmt: skip


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest of windows that lie in random steps: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        kernel_size: an int, or one for each dimension.
        output_size: ``(H', W')``.
        output_ratio: instead, H'/H and W'/W, between 0 and 1.
        return_indices: give ``(values, indices)``.
    """

    ndim = 2
    pool = staticmethod(at.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """``(N, C, D, H, W) → (N, C, D', H', W')``; see ``FractionalMaxPool2d``."""

    ndim = 3
    pool = staticmethod(at.fractional_max_pool3d)


class _AdaptivePool(Module):
    """Windows that cover the input and are as many as wanted."""

    ndim: int
    pool: Callable[..., Any]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        target_sizes(output_size, (1,) * self.ndim, type(self).__name__)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        pool = type(self).pool
        return pool(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """Means of ``output_size`` windows that cover the input: ``(N, C, L) → (N, C, L')``."""

    ndim = 1
    pool = staticmethod(at.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptivePool):
    """Means of windows that cover the input: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.
    """

    ndim = 2
    pool = staticmethod(at.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptivePool):
    """Means of windows that cover it: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    pool = staticmethod(at.adaptive_avg_pool3d)


class _AdaptiveMaxPool(_AdaptivePool):
    """The largest of each window, and where it stands."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        pool = type(self).pool
        return pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest of each of ``output_size`` windows: ``(N, C, L) → (N, C, L')``."""

    ndim = 1
    pool = staticmethod(at.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest of windows that cover the input: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.
    """

    ndim = 2
    pool = staticmethod(at.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest of windows that cover it: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    pool = staticmethod(at.adaptive_max_pool3d)
