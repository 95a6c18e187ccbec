"""Pooling in any number of dimensions: one value for each window.

Windows are read as strided slices of many rows, one for each position within a window: a few long
elementwise operations instead of a loop over windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, wrap
from autotensor.kernels.windows import KEPT, Windows, empty_in_order, place
from autotensor.machine.threads import PER_ELEMENT, in_parts
from autotensor.operators.arguments import hashable, need_positions, numbers, spatial_input
from autotensor.operators.pointwise.arithmetic import pow
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.selection import where

__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d",
    "max_pool3d_with_indices", "min_pool1d", "min_pool2d", "min_pool3d",
]  # fmt: skip


IN_CACHE = 1 << 18
"""So many elements stay near enough; more calls, each on fewer, cost more than they win."""
LARGE = 8
"""From so many positions along a dimension on, one reduction replaces an operator for each."""
RUN = 64
"""Up to so many bytes of images side by side are copied as one element; with more it is no gain."""
ALL = slice(None)


def _by_rows(
    compute: Callable[..., None],
    windows: Windows,
    of_positions: Sequence[np.ndarray],
    of_windows: Sequence[np.ndarray],
) -> None:
    """Calls ``compute(windows, *of_positions, *of_windows)`` on a few rows of windows at a time, in
    several threads: on as many as stay in the cache while their positions are gone over.

    The arrays are ``(N, C, *S)``: those of all positions, padded, and those of all windows.
    """
    rows, stride = windows.out[0], windows.stride[0]
    size = of_positions[0].size
    step = max(1, IN_CACHE * rows // max(size, 1))
    if step >= rows:
        compute(_few_rows(windows, rows), *of_positions, *of_windows)
        return

    def some(start: int, stop: int) -> None:
        for at in range(start * step, min(stop * step, rows), step):
            end = min(at + step, rows)
            part = _few_rows(windows, end - at)
            seen = slice(at * stride, at * stride + part.sizes[0])
            compute(
                part, *[one[:, :, seen] for one in of_positions],
                *[one[:, :, at:end] for one in of_windows],
            )  # fmt: skip

    pieces = -(-rows // step)
    if windows.overlap:  # neighbouring pieces share positions
        some(0, pieces)
    else:
        in_parts(some, pieces, size * PER_ELEMENT)


@lru_cache(maxsize=KEPT)
def _few_rows(windows: Windows, rows: int) -> Windows:
    """``windows`` with so many rows, on what just these see."""
    out = (rows, *windows.out[1:])
    reach = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(out, windows.stride, windows.dilation, windows.kernel, strict=True)
    ]
    return place(
        tuple(reach), windows.kernel, windows.stride, ((0, 0),) * len(out), windows.dilation
    )


@lru_cache(maxsize=KEPT)
def _along(windows: Windows, dim: int) -> tuple[tuple[slice, ...], ...]:
    """Where the positions of all windows along one dimension stand, position by position."""
    k, s, d, n = (getattr(windows, name)[dim] for name in ("kernel", "stride", "dilation", "out"))
    before = (ALL,) * (dim + 2)
    return tuple((*before, slice(j * d, j * d + s * (n - 1) + 1, s)) for j in range(k))


def _divided(array: np.ndarray, windows: Windows, dim: int) -> np.ndarray | None:
    """A view of ``array`` with two dimensions in the place of ``dim``: windows, and the positions
    in them.  None where these are few, or not each lies in just one window."""
    k, n, axis = windows.kernel[dim], windows.out[dim], dim + 2
    if k < LARGE or windows.stride[dim] != k or windows.dilation[dim] > 1:
        return None
    seen = array[(*(ALL,) * axis, slice(0, n * k))]
    return seen.reshape(*array.shape[:axis], n, k, *array.shape[axis + 1 :])


def _runs(array: np.ndarray) -> np.ndarray | None:
    """``(N, C, *S)`` as ``(C, *S)``, where few images lie side by side: those of a position as one
    element, to be copied.

    NumPy's loops run along what lies side by side, and to begin one takes as long as 30 numbers.
    (Every second pixel of 128 × 128, 8 channels, 4 images: 55 µs instead of 320, and what is
    computed from the copy is computed 10 times as fast.)
    """
    size = array.shape[0] * array.itemsize
    if size > RUN or array.shape[0] < 2 or array.strides[0] != array.itemsize:
        return None
    return array.transpose(*range(1, array.ndim), 0).view(f"V{size}")[..., 0]


def _compact(array: np.ndarray) -> np.ndarray:
    """``array``, or where it has gaps between short runs a copy without."""
    if array.strides[-1] == array.strides[0] * array.shape[0] or _runs(array) is None:
        return array
    copy = empty_in_order(array.shape, array)
    _copy(copy, array)
    return copy


def _copy(to: np.ndarray, source: np.ndarray) -> None:
    """``to[...] = source``, of one shape."""
    ends = _runs(to)
    starts = None if ends is None else _runs(source)
    if ends is None or starts is None:
        to[...] = source
    else:
        ends[...] = starts


def _reduce_along(
    ufunc: np.ufunc, array: np.ndarray, windows: Windows, dim: int, into: np.ndarray | None
) -> np.ndarray:
    """``ufunc`` over the positions of each window along one dimension."""
    divided = _divided(array, windows, dim)
    if divided is not None:
        reduced: np.ndarray = ufunc.reduce(divided, axis=dim + 3, out=into)
        return reduced
    parts = [array[spot] for spot in _along(windows, dim)]
    if dim + 3 == array.ndim:
        parts = list(map(_compact, parts))
    first, *others = parts
    if not others:
        if into is None:
            return first
        into[...] = first
        return into
    out: np.ndarray = ufunc(first, others[0], out=into)
    for other in others[1:]:
        ufunc(out, other, out=out)
    return out


def _spread_along(
    array: np.ndarray, windows: Windows, dim: int, into: np.ndarray | None
) -> np.ndarray:
    """The transpose of adding along one dimension: each value at all positions of its window.

    ``into`` must be 0 where windows overlap, or leave gaps.
    """
    axis = dim + 2
    if into is None:
        into = empty_in_order(
            (*array.shape[:axis], windows.sizes[dim], *array.shape[axis + 1 :]), array
        )
        if windows.overlap or windows.sizes[dim] != windows.kernel[dim] * windows.out[dim]:
            into.fill(0)
    if windows.overlap:
        for spot in _along(windows, dim):
            into[spot] += array
    elif (divided := _divided(into, windows, dim)) is not None:
        divided[...] = np.expand_dims(array, axis + 1)
    else:
        for spot in _along(windows, dim):
            if axis + 1 == into.ndim:
                _copy(into[spot], array)
            else:
                into[spot] = array
    return into


def _gone_over(input: np.ndarray, windows: Windows) -> np.ndarray:
    """Memory for all positions that windows of ``input`` (one value each) reach, in its order."""
    sizes = tuple(
        max(n + before, (out - 1) * s + d * (k - 1) + 1)
        for n, before, out, s, d, k in zip(
            windows.sizes, windows.before, windows.out, windows.stride, windows.dilation,
            windows.kernel, strict=True,
        )
    )  # fmt: skip
    return empty_in_order((*input.shape[:2], *sizes), input)


@lru_cache(maxsize=KEPT)
def _covered(windows: Windows, sizes: tuple[int, ...]) -> bool:
    """Whether each position of ``sizes`` lies in just one window."""
    return not windows.overlap and all(
        k * n == size for k, n, size in zip(windows.kernel, windows.out, sizes, strict=True)
    )


# -- the largest of each window --------------------------------------------------------------------


def _worst(dtype: np.dtype) -> Any:
    """What never is the largest: the value of padding."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _reduced(ufunc: np.ufunc, padded: np.ndarray, windows: Windows) -> np.ndarray:
    """``ufunc`` over all positions of each window: dimension by dimension.

    The first dimension comes first, because there whole rows meet whole rows, and less is left for
    the others.  (2 × 2 of 28 × 28 pixels, 6 channels, 128 images: 0.13 ms; position by position
    0.16, and on a few channels at a time 0.30.  Of 4 images and 128 × 128 pixels 0.7 instead of
    1.3.)
    """
    out = empty_in_order((*padded.shape[:2], *windows.out), padded)
    *firsts, last = range(len(windows.kernel))

    def reduce(windows: Windows, padded: np.ndarray, out: np.ndarray) -> None:
        for dim in firsts:
            padded = _reduce_along(ufunc, padded, windows, dim, None)
        _reduce_along(ufunc, padded, windows, last, out)

    _by_rows(reduce, windows, [padded], [out])
    return out


def _winners(input: Any, output: Any, windows: Windows) -> np.ndarray:
    """Which position of each window (row-major) gave the output: the first, or the last NaN."""
    if isinstance(input, Tensor):
        input, output = input.array, output.array
    padded = windows.padded(input, _worst(input.dtype))
    kind = np.uint8 if windows.area <= 256 else np.intp
    winners = empty_in_order(output.shape, output, kind)
    winners.fill(0)
    # From the last to the first, so that the first one stays.
    for position in reversed(range(windows.area)):
        winners[padded[windows.places[position]] == output] = position
    if np.isnan(output).any():
        for position, spot in enumerate(windows.places):
            winners[np.isnan(padded[spot])] = position
    return winners


def _max_by_input(g: Any, input: Any, output: Any, windows: Windows) -> Any:
    """g at the winner of each window."""
    if isinstance(g, Tensor) or windows.overlap or np.isnan(output).any():
        return _put(g, _winners(input, output, windows), windows)
    # Winners that nobody asks for by number need not be numbered: each position is compared with
    # the output, and takes g if no earlier one has.
    padded = windows.padded(input, _worst(input.dtype))
    if g.strides != output.strides:
        turned = empty_in_order(g.shape, output, g.dtype)
        turned[...] = g
        g = turned
    total = _gone_over(g, windows)
    if not _covered(windows, total.shape[2:]):
        total.fill(0)

    def hand_out(
        windows: Windows, padded: np.ndarray, total: np.ndarray, g: np.ndarray, output: np.ndarray
    ) -> None:
        left = np.ones_like(g, dtype=np.bool_)
        for spot in windows.places:
            here, there = padded[spot], total[spot]
            seen = _compact(here)
            won = seen == output
            won &= left
            left ^= won
            if seen is here:
                np.multiply(g, won, out=there)
            else:
                _copy(there, np.multiply(g, won, out=seen))

    _by_rows(hand_out, windows, [padded, total], [g, output])
    return total[windows.inner]


@operator(input=lambda g, input, output, windows: _max_by_input(g, input, output, windows))
def _max_pool(input: Any, windows: Any) -> Any:
    """Value and derivative of max pooling."""
    return _reduced(np.maximum, windows.padded(input, _worst(input.dtype)), windows)


@operator(input=lambda g, winners, windows: _pick(g, winners, windows))
def _put(input: Any, winners: Any, windows: Any) -> Any:
    """Each value of ``input`` added where its window's winner stands, in an input of zeros."""
    out = _gone_over(input, windows)
    out.fill(0)
    for position, spot in enumerate(windows.places):
        out[spot] += input * (winners == position)
    return out[windows.inner]


@operator(input=lambda g, winners, windows: _put(g, winners, windows))
def _pick(input: Any, winners: Any, windows: Any) -> Any:
    """The value of ``input`` at each window's winner."""
    padded = windows.padded(input, 0)
    out = empty_in_order((*input.shape[:2], *windows.out), input)
    for position, spot in enumerate(windows.places):
        np.copyto(out, padded[spot], where=winners == position)
    return out


# -- the sum of each window ------------------------------------------------------------------------


@operator(input=lambda g, windows: _window_spread(g, windows))
def _window_sum(input: Any, windows: Any) -> Any:
    """The sum of each window; padding counts as 0."""
    return _reduced(np.add, windows.padded(input, 0), windows)


@operator(input=lambda g, windows: _window_sum(g, windows))
def _window_spread(input: Any, windows: Any) -> Any:
    """Each value of ``input`` added at every position of its window."""
    out = _gone_over(input, windows)
    if not _covered(windows, out.shape[2:]):
        out.fill(0)

    def spread(windows: Windows, out: np.ndarray, input: np.ndarray) -> None:
        for dim in reversed(range(1, len(windows.kernel))):
            input = _spread_along(input, windows, dim, None)
        seen = tuple(slice(0, n) for n in windows.sizes[1:])
        _spread_along(input, windows, 0, out[(ALL, ALL, ALL, *seen)])

    _by_rows(spread, windows, [out], [input])
    return out[windows.inner]


# -- their public faces ----------------------------------------------------------------------------


@lru_cache(maxsize=KEPT, typed=True)
def _placed(
    ndim: int, name: str, shape: tuple[int, ...], kernel_size: Any, stride: Any, padding: Any,
    dilation: Any, ceil_mode: bool,
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
    windows = place(
        shape[2:],
        kernel,
        steps,
        tuple((p, p) for p in pads),
        numbers(dilation, ndim, name, "dilation", 1),
        ceil_mode,
    )
    need_positions(shape, ndim, name)
    windows.check(name, shape)
    return windows


def _place(
    ndim: int, name: str, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool,
) -> Windows:  # fmt: skip
    settings = map(hashable, (kernel_size, stride, padding, dilation))
    return _placed(ndim, name, tuple(input.shape), *settings, bool(ceil_mode))


def _extreme(
    ndim: int, sign: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool, return_indices: bool,
) -> Any:  # fmt: skip
    name = f"{'max' if sign > 0 else 'min'}_pool{ndim}d"
    if not spatial_input(input, ndim, name):
        out = _extreme(
            ndim, sign, input.unsqueeze(0), kernel_size, stride, padding, dilation, ceil_mode,
            return_indices,
        )  # fmt: skip
        return tuple(one.squeeze(0) for one in out) if return_indices else out.squeeze(0)
    windows = _place(ndim, name, input, kernel_size, stride, padding, dilation, ceil_mode)
    signed = input if sign > 0 else -input
    out = _max_pool(signed, windows)
    if not return_indices:
        return out if sign > 0 else -out
    winners = _winners(signed.detach(), out.detach(), windows)
    return (out if sign > 0 else -out), wrap(_flat_positions(winners, windows))


def _flat_positions(winners: np.ndarray, windows: Windows) -> np.ndarray:
    """Where each winner stands in the input, counted along its flattened spatial dimensions."""
    within = np.unravel_index(winners.astype(np.int64), windows.kernel)
    places = []
    for at, k in enumerate(within):
        start = np.arange(windows.out[at]) * windows.stride[at] - windows.before[at]
        lined = start.reshape(-1, *(1,) * (len(windows.out) - 1 - at))
        places.append(lined + k * windows.dilation[at])
    flat = np.zeros(winners.shape, np.int64)
    for size, spot in zip(windows.sizes, places, strict=True):
        flat = flat * size + spot
    return flat


def max_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window of ``(N, C, L)``.  See ``max_pool2d``."""
    return _extreme(1, 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window: ``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``.

    ``H' = ⌊(H + 2p - d·(k - 1) - 1) / s⌋ + 1``, rounded up with ``ceil_mode`` (a window must begin
    within the input or the padding before it).

    Args:
        stride: ``kernel_size`` if None.
        padding: at most half of the kernel; never the largest.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.

    d input = g at the position that was the largest (the first at a tie), 0 elsewhere.
    """
    return _extreme(2, 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window of ``(N, C, D, H, W)``.  See ``max_pool2d``."""
    return _extreme(3, 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """``max_pool1d`` that always gives ``(values, indices)``."""
    return _extreme(1, 1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """``max_pool2d`` that always gives ``(values, indices)``."""
    return _extreme(2, 1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """``max_pool3d`` that always gives ``(values, indices)``."""
    return _extreme(3, 1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def min_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The smallest value of each window of ``(N, C, L)``.  See ``max_pool2d``."""
    return _extreme(1, -1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def min_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The smallest value of each window, otherwise as ``max_pool2d``."""
    return _extreme(2, -1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def min_pool3d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The smallest value of each window of ``(N, C, D, H, W)``.  See ``max_pool2d``."""
    return _extreme(3, -1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@lru_cache(maxsize=KEPT)
def _divisors(windows: Windows, count_include_pad: bool, dtype: np.dtype) -> Any:
    """How many positions each window counts: a number if all are alike, else ``(*S')``."""
    counts: Any = np.ones((), np.int64)
    for n, k, s, before, after, out in zip(
        windows.sizes, windows.kernel, windows.stride, windows.before, windows.after, windows.out,
        strict=True,
    ):  # fmt: skip
        start = np.arange(out) * s - before
        # In ceil mode the last window reaches beyond the padding; that part never counts.
        end = np.minimum(start + k, n + (min(before, max(after, 0)) if count_include_pad else 0))
        if not count_include_pad:
            start = np.maximum(start, 0)
        counts = counts[..., None] * (end - start)
    if counts.size == 0 or (counts == counts.flat[0]).all():
        return float(counts.flat[0]) if counts.size else 1.0
    return counts.astype(dtype)


def _average(
    ndim: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Any:  # fmt: skip
    name = f"avg_pool{ndim}d"
    if not spatial_input(input, ndim, name):
        return _average(
            ndim, input.unsqueeze(0), kernel_size, stride, padding, ceil_mode, count_include_pad,
            divisor_override,
        ).squeeze(0)  # fmt: skip
    if dtypes.category(input.dtype) != 2 and input.dtype != dtypes.int64:
        raise RuntimeError(f"{name}: expected a floating-point Tensor or int64, got {input.dtype}")
    if input.dtype == dtypes.float16:
        return to(
            _average(
                ndim, to(input, dtypes.float32), kernel_size, stride, padding, ceil_mode,
                count_include_pad, divisor_override,
            ),
            dtypes.float16,
        )  # fmt: skip
    if divisor_override is not None and divisor_override == 0:
        raise RuntimeError(f"{name}: divisor_override must not be 0")
    windows = _place(ndim, name, input, kernel_size, stride, padding, 1, ceil_mode)
    divisors = divisor_override or _divisors(windows, count_include_pad, input.dtype)
    total = _window_sum(input, windows)
    if input.dtype == dtypes.int64:
        return wrap(_toward_zero(total.array, np.asarray(divisors, np.int64)))
    return total / (wrap(divisors) if isinstance(divisors, np.ndarray) else divisors)


def _toward_zero(total: np.ndarray, divisors: np.ndarray) -> np.ndarray:
    """The quotient of integers, rounded toward 0."""
    return np.sign(total) * np.sign(divisors) * (np.abs(total) // np.abs(divisors))


def avg_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    """The mean of each window of ``(N, C, L)``.  See ``avg_pool2d``."""
    return _average(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window: ``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``.

    Args:
        stride: ``kernel_size`` if None.
        padding: zeros around the input, at most half of the kernel.
        ceil_mode: as for ``max_pool2d``.
        count_include_pad: whether padding counts in the number that is divided by.
        divisor_override: divide by this number instead.

    d input = g / count at every position of the window, summed over the windows it lies in.
    """
    return _average(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window of ``(N, C, D, H, W)``.  See ``avg_pool2d``."""
    return _average(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _power_average(
    ndim: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    name = f"lp_pool{ndim}d"
    spatial_input(input, ndim, name)
    area = math.prod(numbers(kernel_size, ndim, name, "kernel_size", 1))
    mean = _average(ndim, pow(input, norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    # As in PyTorch, the gradient is 0 where the sum is, though that of the root is infinite.
    empty = mean == 0
    return where(empty, 0.0, pow(where(empty, 1.0, mean * area), 1 / norm_type))


def lp_pool1d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of ``(N, C, L)``.  See ``lp_pool2d``."""
    return _power_average(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """``(Σ xᵖ)^(1/p)`` of each window of ``(N, C, H, W)``, p being ``norm_type``.

    In ceil mode a window that reaches beyond the input counts as if the rest of it held the mean
    of what it sees, as in PyTorch.  d input = g · (x / y)^(p - 1), summed over the windows.
    """
    return _power_average(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of ``(N, C, D, H, W)``.  See ``lp_pool2d``."""
    return _power_average(3, input, norm_type, kernel_size, stride, ceil_mode)
