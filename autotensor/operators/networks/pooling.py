"""Max, min, average and power-average pooling in 1, 2 and 3 dimensions: a value for each window.

Two linear pairs carry the derivatives of all orders.  The sum of each window and the spread of a
value over its window are each other's VJP; so are reading at the winners, the positions that were
the largest, and adding at them.  ``kernels.pooling`` computes all four on arrays.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels import pooling as kernels
from autotensor.kernels.elementwise import all_finite
from autotensor.kernels.windows import KEPT, Windows, place
from autotensor.operators.arguments import as_batch, keys_of, need_positions, numbers, spatial_input
from autotensor.operators.faces import face
from autotensor.operators.pointwise.arithmetic import pow
from autotensor.operators.structure.copying import computed_in_float32, depending
from autotensor.operators.structure.selection import where

__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d",
    "max_pool3d_with_indices", "min_pool1d", "min_pool2d", "min_pool3d",
]  # fmt: skip


# -- the operators ---------------------------------------------------------------------------------


def _max_by_input(g: Any, input: Any, output: Any, windows: Windows) -> Any:
    """g at the winner of each window."""
    if isinstance(g, Tensor) or windows.overlap or np.isnan(output).any() or not all_finite(g):
        winners = kernels.winners_of(raw(input), raw(output), windows)
        return depending(input, _put(g, winners, windows))
    return kernels.max_gradient(g, input, output, windows)


@operator(input=lambda g, input, output, windows: _max_by_input(g, input, output, windows))
def _max_pool(input: Any, windows: Any) -> Any:
    """The largest of each window.  d input = put(g, winners): where each was found."""
    return kernels.reduce_windows(np.maximum, input, windows)


@operator(input=lambda g, winners, windows: _pick(g, winners, windows))
def _put(input: Any, winners: Any, windows: Any) -> Any:
    """Each value of ``input`` added where its window's winner stands, in an input of zeros.

    d input = pick(g, winners).
    """
    return kernels.add_at_winners(input, winners, windows)


@operator(input=lambda g, winners, windows: _put(g, winners, windows))
def _pick(input: Any, winners: Any, windows: Any) -> Any:
    """The value of ``input`` at each window's winner.  d input = put(g, winners)."""
    return kernels.read_at_winners(input, winners, windows)


@operator(input=lambda g, windows: _window_spread(g, windows))
def _window_sum(input: Any, windows: Any) -> Any:
    """The sum of each window; padding counts as 0.  d input = window_spread(g)."""
    return kernels.reduce_windows(np.add, input, windows)


@operator(input=lambda g, windows: _window_sum(g, windows))
def _window_spread(input: Any, windows: Any) -> Any:
    """Each value of ``input`` added at every position of its window.  d input = window_sum(g)."""
    return kernels.spread_windows(input, windows)


# -- their public faces ----------------------------------------------------------------------------


@lru_cache(maxsize=KEPT, typed=True)
def _placed(
    ndim: int, name: str, shape: tuple[int, ...], ceil_mode: bool, kernel_size: Any, stride: Any,
    padding: Any, dilation: Any = 1,
) -> Windows:  # fmt: skip
    """What all that is given comes to, checked; a net asks for the same few at every step."""
    kernel = numbers(kernel_size, ndim, name, "kernel_size", 1)
    unset = stride is None or stride == ()
    steps = kernel if unset else numbers(stride, ndim, name, "stride", 1)
    pads = numbers(padding, ndim, name, "padding", 0)
    if any(2 * p > k for p, k in zip(pads, kernel, strict=True)):
        raise RuntimeError(
            f"{name}: padding must be at most half of the kernel size, "
            f"got padding {padding} for kernel_size {kernel_size}"
        )
    spread = numbers(dilation, ndim, name, "dilation", 1)
    windows = place(shape[2:], kernel, steps, tuple((p, p) for p in pads), spread, ceil_mode)
    need_positions(shape, ndim, name)
    windows.check(name, shape)
    return windows


def _extreme(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False, *,
    name: str = "", ndim: int = 2, sign: int = 1,
    always: bool = False,
) -> Any:  # fmt: skip
    """Max pooling; with ``sign`` -1 min pooling, which is ``-max(-x)``."""
    input, batched = as_batch(input, ndim, name)
    if raw(input).dtype == dtypes.bool:
        raise RuntimeError(f"{name}: expected numbers, got dtype bool; convert with .float()")
    keys = keys_of(kernel_size, stride, padding, dilation)
    windows = _placed(ndim, name, raw(input).shape, bool(ceil_mode), *keys)
    signed = input if sign > 0 else -input
    largest = _max_pool(signed, windows)
    out = largest if sign > 0 else -largest
    if not batched:
        out = out.squeeze(0)
    if not (always or return_indices):
        return out
    winners = kernels.winners_of(raw(signed), raw(largest), windows)
    indices = wrap(kernels.flat_positions(winners, windows))
    return out, (indices if batched else indices.squeeze(0))


@face(_extreme, ndim=1)
def max_pool1d() -> Any:
    """The largest value of each window of ``(N, C, L)``.  See ``max_pool2d``.

    Example:

        >>> F.max_pool1d(at.tensor([[[1.0, 5.0, 2.0, 4.0]]]), 2)
        tensor([[[5., 4.]]])
    """


@face(_extreme, ndim=2)
def max_pool2d() -> Any:
    """The largest value of each window: ``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``.

    ``H' = ⌊(H + 2p - d·(k - 1) - 1) / s⌋ + 1``, rounded up with ``ceil_mode`` (a window must begin
    within the input or the padding before it).

    Args:
        stride: ``kernel_size`` if None.
        padding: at most half of the kernel; never the largest.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.

    d input = put(g, winners): added at the position that was the largest (the first at a tie).

    Raises:
        RuntimeError: the shape or the padding does not fit, or there is no window.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0, 5.0, 0.0], [4.0, 3.0, 6.0, 7.0]]]], requires_grad=True)
        >>> F.max_pool2d(x, 2).tolist()
        [[[[4.0, 7.0]]]]
        >>> F.max_pool2d(x, 2).sum().backward()
        >>> x.grad
        tensor([[[[0., 0., 0., 0.],
                  [1., 0., 0., 1.]]]])
        >>> F.max_pool2d(at.ones(8, 3, 32, 32), 3, stride=2, padding=1).shape
        torch.Size([8, 3, 16, 16])
    """


@face(_extreme, ndim=3)
def max_pool3d() -> Any:
    """The largest value of each window of ``(N, C, D, H, W)``.  See ``max_pool2d``.

    Example:

        >>> F.max_pool3d(at.arange(16.0).reshape(1, 1, 2, 2, 4), 2)
        tensor([[[[[13., 15.]]]]])
    """


@face(_extreme, name="max_pool1d", ndim=1, always=True)
def max_pool1d_with_indices() -> Any:
    """``max_pool1d`` that always gives ``(values, indices)``.

    Example:

        >>> F.max_pool1d_with_indices(at.tensor([[[1.0, 5.0, 2.0, 4.0]]]), 2)
        (tensor([[[5., 4.]]]), tensor([[[1, 3]]]))
    """


@face(_extreme, name="max_pool2d", ndim=2, always=True)
def max_pool2d_with_indices() -> Any:
    """``max_pool2d`` that always gives ``(values, indices)``.

    Example:

        >>> F.max_pool2d_with_indices(at.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]), 2)
        (tensor([[[[4.]]]]), tensor([[[[2]]]]))
    """


@face(_extreme, name="max_pool3d", ndim=3, always=True)
def max_pool3d_with_indices() -> Any:
    """``max_pool3d`` that always gives ``(values, indices)``.

    Example:

        >>> F.max_pool3d_with_indices(at.arange(16.0).reshape(1, 1, 2, 2, 4), 2)[1]
        tensor([[[[[13, 15]]]]])
    """


@face(_extreme, ndim=1, sign=-1)
def min_pool1d() -> Any:
    """The smallest value of each window of ``(N, C, L)``.  See ``max_pool2d``.

    Differentiated as ``max_pool2d``.

    Example:

        >>> F.min_pool1d(at.tensor([[[1.0, 5.0, 2.0, 4.0]]]), 2)
        tensor([[[1., 2.]]])
    """


@face(_extreme, ndim=2, sign=-1)
def min_pool2d() -> Any:
    """The smallest value of each window, otherwise as ``max_pool2d``.

    Differentiated as ``max_pool2d``.

    Example:

        >>> F.min_pool2d(at.tensor([[[[1.0, 2.0, 5.0, 8.0], [4.0, 3.0, 6.0, 7.0]]]]), 2)
        tensor([[[[1., 5.]]]])
    """


@face(_extreme, ndim=3, sign=-1)
def min_pool3d() -> Any:
    """The smallest value of each window of ``(N, C, D, H, W)``.  See ``max_pool2d``.

    Differentiated as ``max_pool2d``.

    Example:

        >>> F.min_pool3d(at.arange(16.0).reshape(1, 1, 2, 2, 4), 2)
        tensor([[[[[0., 2.]]]]])
    """


@computed_in_float32
def _means(input: Any, windows: Windows, count_include_pad: bool, divisor: int | None) -> Any:
    """The sum of each window, divided by ``divisor`` or by how many positions count."""
    dtype = raw(input).dtype
    counts = divisor or kernels.divisors(windows, count_include_pad, dtype)
    total = _window_sum(input, windows)
    if dtype == dtypes.int64:
        return wrap(kernels.toward_zero(total.array, np.asarray(counts, np.int64)))
    return total / (wrap(counts) if isinstance(counts, np.ndarray) else counts)


def _average(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None, *,
    name: str = "", ndim: int = 2,
) -> Any:  # fmt: skip
    input, batched = as_batch(input, ndim, name)
    array = raw(input)
    if array.dtype.kind != "f" and array.dtype != dtypes.int64:
        raise RuntimeError(f"{name}: expected a floating-point Tensor or int64, got {array.dtype}")
    if divisor_override is not None and divisor_override == 0:
        raise RuntimeError(f"{name}: divisor_override must not be 0")
    keys = keys_of(kernel_size, stride, padding)
    windows = _placed(ndim, name, array.shape, bool(ceil_mode), *keys)
    out = _means(input, windows, count_include_pad, divisor_override)
    return out if batched else out.squeeze(0)


def avg_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    """The mean of each window of ``(N, C, L)``.  See ``avg_pool2d``.

    Example:

        >>> F.avg_pool1d(at.tensor([[[1.0, 3.0, 5.0, 9.0]]]), 2)
        tensor([[[2., 7.]]])
        >>> F.avg_pool1d(at.tensor([[[1.0, 3.0, 5.0, 9.0]]]), 3, stride=1)  # a moving average
        tensor([[[3.0000, 5.6667]]])
    """
    given = (input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    return _average(*given, name="avg_pool1d", ndim=1)


@face(_average, ndim=2)
def avg_pool2d() -> Any:
    """The mean of each window: ``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``.

    Args:
        stride: ``kernel_size`` if None.
        padding: zeros around the input, at most half of the kernel.
        ceil_mode: as for ``max_pool2d``.
        count_include_pad: whether padding counts in the number that is divided by.
        divisor_override: divide by this number instead.

    d input = Σ g / count: over the windows that a position lies in.

    Raises:
        RuntimeError: the shape, the dtype or the padding does not fit, or there is no window; a
            ``divisor_override`` of 0.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0, 0.0, 8.0], [4.0, 5.0, 0.0, 0.0]]]], requires_grad=True)
        >>> F.avg_pool2d(x, 2).tolist()
        [[[[3.0, 2.0]]]]
        >>> F.avg_pool2d(x, 2).sum().backward()
        >>> x.grad
        tensor([[[[0.2500, 0.2500, 0.2500, 0.2500],
                  [0.2500, 0.2500, 0.2500, 0.2500]]]])
        >>> F.avg_pool2d(at.ones(1, 1, 2, 2), 2, padding=1)  # zeros around count ...
        tensor([[[[0.2500, 0.2500],
                  [0.2500, 0.2500]]]])
        >>> F.avg_pool2d(at.ones(1, 1, 2, 2), 2, padding=1, count_include_pad=False)  # ... or not
        tensor([[[[1., 1.],
                  [1., 1.]]]])
    """


@face(_average, ndim=3)
def avg_pool3d() -> Any:
    """The mean of each window of ``(N, C, D, H, W)``.  See ``avg_pool2d``.

    Example:

        >>> F.avg_pool3d(at.arange(16.0).reshape(1, 1, 2, 2, 4), 2)
        tensor([[[[[6.5000, 8.5000]]]]])
    """


def _power_average(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False,
    *, name: str = "", ndim: int = 2,
) -> Any:  # fmt: skip
    spatial_input(input, ndim, name)
    if norm_type == 0:
        raise ValueError(f"{name}: norm_type must not be 0: there is no power 1/0")
    if math.isinf(norm_type):
        sign = 1 if norm_type > 0 else -1
        given = (abs(input), kernel_size, stride, 0, 1, ceil_mode)
        return _extreme(*given, name=name, ndim=ndim, sign=sign)
    area = math.prod(numbers(kernel_size, ndim, name, "kernel_size", 1))
    powers = pow(input, norm_type)
    mean = _average(powers, kernel_size, stride, 0, ceil_mode, name=f"avg_pool{ndim}d", ndim=ndim)
    # As in PyTorch, the gradient is 0 where the sum is, though that of the root is infinite.
    empty = mean == 0
    return where(empty, 0.0, pow(where(empty, 1.0, mean * area), 1 / norm_type))


@face(_power_average, ndim=1)
def lp_pool1d() -> Any:
    """The p-norm of each window of ``(N, C, L)``.  See ``lp_pool2d``.

    Example:

        >>> x = at.tensor([[[3.0, 4.0, 6.0, 8.0]]])
        >>> F.lp_pool1d(x, norm_type=2, kernel_size=2).round(decimals=3)
        tensor([[[ 5., 10.]]])
    """


@face(_power_average, ndim=2)
def lp_pool2d() -> Any:
    """``(Σ xᵖ)^(1/p)`` of each window of ``(N, C, H, W)``, p being ``norm_type``.

    For an infinite p it is the largest ``|x|`` of each window, for -inf the smallest.  In ceil mode
    a window that reaches beyond the input counts as if the rest of it held the mean of what it
    sees, as in PyTorch.  d input = Σ g · (x / y)^(p - 1): over the windows.

    Raises:
        RuntimeError: the shape or the dtype does not fit, or there is no window.
        ValueError: ``norm_type`` is 0.

    Example:

        >>> x = at.tensor([[[[1.0, 1.0, 3.0, 4.0], [1.0, 1.0, 0.0, 0.0]]]])
        >>> F.lp_pool2d(x, norm_type=2, kernel_size=2).round(decimals=3)
        tensor([[[[2., 5.]]]])
        >>> F.lp_pool2d(x, norm_type=1, kernel_size=2)
        tensor([[[[4., 7.]]]])
    """


@face(_power_average, ndim=3)
def lp_pool3d() -> Any:
    """The p-norm of each window of ``(N, C, D, H, W)``.  See ``lp_pool2d``.

    Example:

        >>> x = at.ones(2, 3, 4, 4, 4)
        >>> F.lp_pool3d(x, norm_type=1, kernel_size=2)[0, 0, 0]  # sums of eight
        tensor([[8., 8.],
                [8., 8.]])
    """
