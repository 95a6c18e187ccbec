"""Pooling: one number out of each window.  One general layer for each kind, and its faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import autotensor as at
from autotensor import Tensor
from autotensor.extend import target_sizes
from nn.layers.arguments import keep, refuse, wholes
from nn.layers.base import Computed, Face

if TYPE_CHECKING:
    from autotensor.types import Ints


class _Pool(Computed, settings=("kernel_size", "stride", "padding")):
    """Windows that are moved in steps, over padding at the ends."""

    kernel_size: int | tuple[int, ...]
    padding: int | tuple[int, ...]
    ceil_mode: bool

    def __init__(self, kernel_size: Ints, stride: Any, padding: Any, ceil_mode: bool) -> None:
        super().__init__(kernel_size=kernel_size, padding=padding, ceil_mode=ceil_mode)
        self.stride = kernel_size if stride is None else stride
        wholes(self, "kernel_size", kernel_size)
        wholes(self, "stride", self.stride)
        wholes(self, "padding", padding, 0)


class _WithIndices(Computed, more=("return_indices",)):
    """Gives ``(values, indices)`` with ``return_indices``, else values."""

    return_indices: bool

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)


class _ExtremePool(
    _WithIndices, _Pool, settings=("kernel_size", "stride", "padding", "dilation", "ceil_mode")
):
    """The largest or smallest value of each window; see ``MaxPool2d``."""

    dilation: int

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        wholes(self, "dilation", dilation)
        keep(self, dilation=dilation, return_indices=return_indices)


class MaxPool1d(_ExtremePool, ndim=1, compute=at.max_pool1d):
    """The largest value of each window: ``(N, C, L) → (N, C, L')``; see ``MaxPool2d``.

    Example:

        >>> nn.MaxPool1d(2)(at.tensor([[[1.0, 5.0, 2.0, 4.0]]]))
        tensor([[[5., 4.]]])
    """


class MaxPool2d(_ExtremePool, ndim=2, compute=at.max_pool2d):
    """The largest value of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    ``H' = ⌊(H + 2·padding - dilation·(kernel_size - 1) - 1) / stride⌋ + 1``, and W' likewise.

    Args:
        kernel_size, padding, dilation: an int, or one for each dimension.
        stride: the same; ``kernel_size`` if None.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.
        ceil_mode: round the size of the output up instead of down.

    Raises:
        RuntimeError: in ``forward``, an input of another shape, or smaller than a window.

    Example:

        >>> pool = nn.MaxPool2d(2)
        >>> pool
        MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
        >>> pool(at.tensor([[[[1.0, 2.0, 5.0, 0.0], [4.0, 3.0, 6.0, 7.0]]]]))
        tensor([[[[4., 7.]]]])
        >>> nn.MaxPool2d(3, stride=2, padding=1)(at.ones(2, 3, 112, 112)).shape
        torch.Size([2, 3, 56, 56])
    """


class MaxPool3d(_ExtremePool, ndim=3, compute=at.max_pool3d):
    """The largest value of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.MaxPool3d((1, 2, 2))(at.ones(2, 3, 4, 16, 16)).shape
        torch.Size([2, 3, 4, 8, 8])
    """


class MinPool1d(_ExtremePool, ndim=1, compute=at.min_pool1d):
    """The smallest value of each window: ``(N, C, L) → (N, C, L')``; see ``MaxPool2d``.

    Example:

        >>> nn.MinPool1d(2)(at.tensor([[[1.0, 5.0, 2.0, 4.0]]]))
        tensor([[[1., 2.]]])
    """


class MinPool2d(_ExtremePool, ndim=2, compute=at.min_pool2d):
    """The smallest value of each window, otherwise as ``MaxPool2d``; not in PyTorch.

    Example:

        >>> nn.MinPool2d(2)(at.tensor([[[[1.0, 2.0, 5.0, 8.0], [4.0, 3.0, 6.0, 7.0]]]]))
        tensor([[[[1., 5.]]]])
    """


class MinPool3d(_ExtremePool, ndim=3, compute=at.min_pool3d):
    """The smallest value of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.MinPool3d(2)(at.arange(16.0).reshape(1, 1, 2, 2, 4))
        tensor([[[[[0., 2.]]]]])
    """


class _AvgPool(_Pool, more=("ceil_mode", "count_include_pad", "divisor_override")):
    """The mean of each window; see ``AvgPool2d``."""

    count_include_pad: bool
    divisor_override: int | None

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        keep(self, count_include_pad=count_include_pad, divisor_override=divisor_override)


class AvgPool1d(_AvgPool, ndim=1, compute=at.avg_pool1d, more=("ceil_mode", "count_include_pad")):
    """The mean of each window: ``(N, C, L) → (N, C, L')``; see ``AvgPool2d``.

    Example:

        >>> nn.AvgPool1d(3, stride=1)(at.tensor([[[1.0, 2.0, 6.0, 7.0]]]))  # a moving average
        tensor([[[3., 5.]]])
    """

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        # PyTorch keeps these as tuples here, and only here.
        kernel = wholes(self, "kernel_size", kernel_size)
        steps = kernel if stride is None else wholes(self, "stride", stride)
        pads = wholes(self, "padding", padding, 0)
        super().__init__(kernel, steps, pads, ceil_mode, count_include_pad)


class AvgPool2d(_AvgPool, ndim=2, compute=at.avg_pool2d):
    """The mean of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    Args:
        kernel_size, padding: an int, or one for each dimension; the padding is zeros.
        stride: the same; ``kernel_size`` if None.
        ceil_mode: round the size of the output up instead of down.
        count_include_pad: whether padding counts in the number that is divided by.
        divisor_override: divide by this number instead.

    Raises:
        RuntimeError: in ``forward``, an input of another shape, or smaller than a window.

    Example:

        >>> nn.AvgPool2d(2)(at.tensor([[[[1.0, 2.0, 0.0, 8.0], [4.0, 5.0, 0.0, 0.0]]]]))
        tensor([[[[3., 2.]]]])
        >>> nn.AvgPool2d(2)(at.ones(8, 6, 28, 28)).shape
        torch.Size([8, 6, 14, 14])
    """


class AvgPool3d(_AvgPool, ndim=3, compute=at.avg_pool3d):
    """The mean of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``; see ``AvgPool2d``.

    Example:

        >>> nn.AvgPool3d(2)(at.arange(16.0).reshape(1, 1, 2, 2, 4))
        tensor([[[[[6.5000, 8.5000]]]]])
    """


class _LPPool(Face, settings=("norm_type", "kernel_size", "stride", "ceil_mode")):
    """The p-norm of each window; see ``LPPool2d``."""

    norm_type: float
    kernel_size: int
    stride: int | None

    def __init__(
        self,
        norm_type: float,
        kernel_size: Ints,
        stride: Ints | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(norm_type=norm_type, kernel_size=kernel_size, stride=stride)
        wholes(self, "kernel_size", kernel_size)
        wholes(self, "stride", kernel_size if stride is None else stride)
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        # PyTorch's layers, unlike its functions, make a float of the power.
        return self._compute(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool1d(_LPPool, ndim=1, compute=at.lp_pool1d):
    """The p-norm of each window: ``(N, C, L) → (N, C, L')``; see ``LPPool2d``.

    Example:

        >>> nn.LPPool1d(1, kernel_size=2)(at.tensor([[[3.0, 4.0, 6.0, 8.0]]]))  # sums
        tensor([[[ 7., 14.]]])
    """


class LPPool2d(_LPPool, ndim=2, compute=at.lp_pool2d):
    """``(Σ xᵖ)^(1/p)`` of each window: ``(N, C, H, W) → (N, C, H', W')``; N may be left out.

    Args:
        norm_type: p.
        kernel_size: an int, or one for each dimension.
        stride: the same; ``kernel_size`` if None.
        ceil_mode: round the size of the output up instead of down.

    Example:

        >>> x = at.tensor([[[[3.0, 4.0], [0.0, 0.0]]]])
        >>> nn.LPPool2d(2, kernel_size=2)(x).round(decimals=3)
        tensor([[[[5.]]]])
    """


class LPPool3d(_LPPool, ndim=3, compute=at.lp_pool3d):
    """The p-norm of each window: ``(N, C, D, H, W) → (N, C, D', H', W')``; see ``LPPool2d``.

    Example:

        >>> nn.LPPool3d(1, kernel_size=2)(at.ones(2, 3, 4, 4, 4))[0, 0, 0]  # sums of eight
        tensor([[8., 8.],
                [8., 8.]])
    """


class _MaxUnpool(Face, settings=("kernel_size", "stride", "padding")):
    """Values put back to where a max pooling took them from; see ``MaxUnpool2d``."""

    def __init__(self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0) -> None:
        super().__init__()
        self.kernel_size = wholes(self, "kernel_size", kernel_size)
        self.stride = wholes(self, "stride", self.kernel_size if stride is None else stride)
        self.padding = wholes(self, "padding", padding, 0)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return self._compute(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool1d(_MaxUnpool, ndim=1, compute=at.max_unpool1d):
    """Undoes ``MaxPool1d``: ``(N, C, L') → (N, C, L)``; see ``MaxUnpool2d``.

    Example:

        >>> pool = nn.MaxPool1d(2, return_indices=True)
        >>> values, indices = pool(at.tensor([[[1.0, 5.0, 8.0, 2.0]]]))
        >>> nn.MaxUnpool1d(2)(values, indices)
        tensor([[[0., 5., 8., 0.]]])
    """


class MaxUnpool2d(_MaxUnpool, ndim=2, compute=at.max_unpool2d):
    """Puts values back to where ``MaxPool2d`` took them from, and zeros elsewhere.

    Called as ``layer(input, indices, output_size=None)``: ``(N, C, H', W') → (N, C, H, W)``.

    Args:
        kernel_size, stride, padding: those of the pooling.

    Raises:
        RuntimeError: in ``forward``, an index outside, or shapes that do not fit.
        ValueError: in ``forward``, an ``output_size`` that the pooling could not have had.

    Example:

        >>> pool, unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
        >>> values, indices = pool(at.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
        >>> unpool(values, indices)
        tensor([[[[0., 0.],
                  [4., 0.]]]])
    """


class MaxUnpool3d(_MaxUnpool, ndim=3, compute=at.max_unpool3d):
    """Undoes ``MaxPool3d``: ``(N, C, D', H', W') → (N, C, D, H, W)``; see ``MaxUnpool2d``.

    Example:

        >>> values, indices = nn.MaxPool3d(2, return_indices=True)(at.ones(2, 3, 4, 6, 8))
        >>> nn.MaxUnpool3d(2)(values, indices).shape
        torch.Size([2, 3, 4, 6, 8])
    """


class _FractionalMaxPool(
    _WithIndices,
    more=("kernel_size", "output_size", "output_ratio", "return_indices", "_random_samples"),
):
    """The largest of windows that lie in random steps; see ``FractionalMaxPool2d``."""

    def __init__(
        self,
        kernel_size: Ints,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__(return_indices=return_indices)
        self.kernel_size = wholes(self, "kernel_size", kernel_size)
        self.register_buffer("_random_samples", _random_samples)
        wanted = "exactly one of output_size and output_ratio must be given"
        both_or_none = (output_size is None) == (output_ratio is None)
        refuse(self, both_or_none, f"{wanted}, got {output_size!r} and {output_ratio!r}")
        self.output_size = self.output_ratio = None
        if output_size is not None:
            self.output_size = wholes(self, "output_size", output_size, 0)
        else:
            several = isinstance(output_ratio, (tuple, list))
            ratios = tuple(output_ratio) if several else (output_ratio,) * self.ndim
            wrong = len(ratios) != self.ndim or not all(0 < ratio < 1 for ratio in ratios)
            refuse(self, wrong, f"output_ratio must be between 0 and 1, got {output_ratio!r}")
            self.output_ratio = ratios


class FractionalMaxPool2d(_FractionalMaxPool, ndim=2, compute=at.fractional_max_pool2d):
    """The largest of windows that lie in random steps: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        kernel_size: an int, or one for each dimension.
        output_size: ``(H', W')``.
        output_ratio: instead, H'/H and W'/W, between 0 and 1.
        return_indices: give ``(values, indices)``.

    Raises:
        ValueError: not just one of ``output_size`` and ``output_ratio``, or a ratio out of range.

    Example:

        >>> nn.FractionalMaxPool2d(2, output_ratio=(0.7, 0.7))(at.ones(8, 3, 28, 28)).shape
        torch.Size([8, 3, 19, 19])
    """


class FractionalMaxPool3d(_FractionalMaxPool, ndim=3, compute=at.fractional_max_pool3d):
    """``(N, C, D, H, W) → (N, C, D', H', W')``; see ``FractionalMaxPool2d``.

    Example:

        >>> nn.FractionalMaxPool3d(2, output_size=(4, 5, 6))(at.ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 5, 6])
    """


class _AdaptivePool(Computed, settings=("output_size",)):
    """Windows that cover the input and are as many as wanted."""

    output_size: int

    def __init__(self, output_size: Any) -> None:
        super().__init__(output_size=output_size)
        target_sizes(output_size, (1,) * self.ndim, type(self).__name__)


class AdaptiveAvgPool1d(_AdaptivePool, ndim=1, compute=at.adaptive_avg_pool1d):
    """Means of ``output_size`` windows that cover the input: ``(N, C, L) → (N, C, L')``.

    Example:

        >>> nn.AdaptiveAvgPool1d(2)(at.tensor([[[1.0, 3.0, 5.0, 9.0]]]))
        tensor([[[2., 7.]]])
    """


class AdaptiveAvgPool2d(_AdaptivePool, ndim=2, compute=at.adaptive_avg_pool2d):
    """Means of windows that cover the input: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.

    Example:

        >>> head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
        >>> head(at.ones(8, 64, 7, 7)).shape, head(at.ones(8, 64, 9, 13)).shape  # any size of image
        (torch.Size([8, 10]), torch.Size([8, 10]))
    """


class AdaptiveAvgPool3d(_AdaptivePool, ndim=3, compute=at.adaptive_avg_pool3d):
    """Means of windows that cover it: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.AdaptiveAvgPool3d((1, 4, None))(at.ones(2, 3, 8, 16, 16)).shape
        torch.Size([2, 3, 1, 4, 16])
    """


class _AdaptiveMaxPool(_WithIndices, _AdaptivePool):
    """The largest of each window, and where it stands."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool, ndim=1, compute=at.adaptive_max_pool1d):
    """The largest of each of ``output_size`` windows: ``(N, C, L) → (N, C, L')``.

    Example:

        >>> nn.AdaptiveMaxPool1d(2)(at.tensor([[[1.0, 7.0, 3.0, 5.0]]]))
        tensor([[[7., 5.]]])
    """


class AdaptiveMaxPool2d(_AdaptiveMaxPool, ndim=2, compute=at.adaptive_max_pool2d):
    """The largest of windows that cover the input: ``(N, C, H, W) → (N, C, H', W')``.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.

    Example:

        >>> nn.AdaptiveMaxPool2d((1, 2))(at.tensor([[[[1.0, 2.0, 3.0], [4.0, 9.0, 6.0]]]]))
        tensor([[[[9., 9.]]]])
        >>> nn.AdaptiveMaxPool2d(7)(at.ones(8, 64, 13, 13)).shape
        torch.Size([8, 64, 7, 7])
    """


class AdaptiveMaxPool3d(_AdaptiveMaxPool, ndim=3, compute=at.adaptive_max_pool3d):
    """The largest of windows that cover it: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.AdaptiveMaxPool3d((1, 4, None))(at.ones(2, 3, 8, 16, 16)).shape
        torch.Size([2, 3, 1, 4, 16])
    """
