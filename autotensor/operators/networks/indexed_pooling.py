"""Reading images at computed positions (gather), and what rests on it: the largest of windows that
lie unevenly (adaptive and fractional max pooling), and its way back (unpooling).

One pair carries all of it: ``read_at`` reads flat positions, ``_added_at`` adds values at flat
positions of zeros; each is the other's derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.kernels.pooling import largest_places
from autotensor.kernels.windows import adaptive_windows, fractional_windows
from autotensor.operators.arguments import (
    as_batch,
    need_pixels,
    need_positions,
    need_tensor,
    numbers,
    spatial_input,
    target_sizes,
)
from autotensor.operators.faces import face
from autotensor.random import uniform_array

__all__ = [
    "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip

Sizes = tuple[int, ...]


# -- positions -------------------------------------------------------------------------------------


def _flat(index: np.ndarray, count: int, channels: int, size: int) -> np.ndarray:
    """Positions in rows of ``size`` as positions in all ``(count, channels, size)`` of them."""
    start = np.arange(count * channels).reshape(count, channels, 1) * size
    return (start + index).reshape(-1)


@operator(input=lambda g, index, shape: _added_at(g, index, shape[2]))
def read_at(input: Any, index: Any) -> Any:
    """``y[n, c, m] = input[n, c, index[n, c, m]]``: ``(N, C, P)`` to ``(N, C, M)``.

    ``index`` is an array ``(N, C, M)`` or, the same for all channels, ``(N, 1, M)``; where it is
    -1, the output is 0.  d input = added_at(g, index).
    """
    count, channels, size = input.shape
    shape = (count, channels, index.shape[2])
    outside = index < 0
    if not size:
        return np.zeros(shape, input.dtype)
    places = _flat(np.maximum(index, 0), count, channels, size)
    out = np.ascontiguousarray(input).reshape(-1).take(places).reshape(shape)
    if outside.any():
        out[np.broadcast_to(outside, shape)] = 0
    return out


@operator(input=lambda g, index: read_at(g, index))
def _added_at(input: Any, index: Any, size: Any) -> Any:
    """``y[n, c, p] = Σ_{index[n, c, m] = p} input[n, c, m]``: ``(N, C, M)`` to ``(N, C, size)``.

    d input = read_at(g, index).
    """
    count, channels, _ = input.shape
    # One position more in each row, for what -1 throws away.
    places = _flat(index + 1, count, channels, size + 1)
    total = np.bincount(places, input.reshape(-1), count * channels * (size + 1))
    return total.reshape(count, channels, size + 1)[:, :, 1:].astype(input.dtype)


# -- the largest of windows that lie unevenly ------------------------------------------------------


def _picked(input: Any, places: np.ndarray) -> Any:
    """``input`` ``(N, C, *S)`` at flat positions ``(N, C, *S')``."""
    count, channels = input.shape[:2]
    rows = input.reshape((count, channels, math.prod(input.shape[2:])))
    flat = places.reshape(count, channels, math.prod(places.shape[2:]))
    return read_at(rows, flat).reshape(places.shape)


def _largest_read(
    name: str, ndim: int, input: Any, reads: Callable[[Any], Sequence[np.ndarray]], indices: bool
) -> Any:
    """The largest of the windows that ``reads`` places on a batch of inputs; with ``indices`` as
    ``(values, indices)``."""
    need_pixels(input, ndim, name)
    batch, batched = as_batch(input, ndim, name)
    places = largest_places(raw(batch), reads(batch))
    out = _picked(batch, places)
    if not batched:
        out = out.squeeze(0)
    if not indices:
        return out
    # A copy: the caller may write to it, and the derivative needs the places as they are.
    found = wrap(places.copy())
    return out, (found if batched else found.squeeze(0))


def _adaptive(
    input: Any, output_size: Any, return_indices: bool = False, *, name: str = "", ndim: int = 2,
    always: bool = False,
) -> Any:  # fmt: skip
    def reads(batch: Any) -> list[np.ndarray]:
        sizes = batch.shape[2:]
        found = []
        for n, out in zip(sizes, target_sizes(output_size, sizes, name), strict=True):
            start, end = adaptive_windows(n, out)
            taps = np.arange((end - start).max(initial=1))
            found.append(np.minimum(start[:, None] + taps, end[:, None] - 1)[None, None])
        return found

    return _largest_read(name, ndim, input, reads, always or return_indices)


@face(_adaptive, name="adaptive_max_pool1d", ndim=1, always=True)
def adaptive_max_pool1d_with_indices() -> Any:
    """``adaptive_max_pool1d`` that always gives ``(values, indices)``.

    Example:

        >>> F.adaptive_max_pool1d_with_indices(at.tensor([[[1.0, 7.0, 3.0, 5.0]]]), 2)
        (tensor([[[7., 5.]]]), tensor([[[1, 3]]]))
    """


@face(_adaptive, name="adaptive_max_pool2d", ndim=2, always=True)
def adaptive_max_pool2d_with_indices() -> Any:
    """``adaptive_max_pool2d`` that always gives ``(values, indices)``.

    Example:

        >>> x = at.arange(16.0).reshape(1, 1, 4, 4)
        >>> values, indices = F.adaptive_max_pool2d_with_indices(x, 1)
        >>> values, indices
        (tensor([[[[15.]]]]), tensor([[[[15]]]]))
    """


@face(_adaptive, name="adaptive_max_pool3d", ndim=3, always=True)
def adaptive_max_pool3d_with_indices() -> Any:
    """``adaptive_max_pool3d`` that always gives ``(values, indices)``.

    Example:

        >>> values, indices = F.adaptive_max_pool3d_with_indices(at.ones(2, 3, 8, 9, 9), (2, 3, 3))
        >>> values.shape, indices.shape
        (torch.Size([2, 3, 2, 3, 3]), torch.Size([2, 3, 2, 3, 3]))
    """


@face(_adaptive, ndim=1)
def adaptive_max_pool1d() -> Any:
    """The largest of each of ``output_size`` windows of ``(N, C, L)``.

    See ``adaptive_max_pool2d``.

    Example:

        >>> F.adaptive_max_pool1d(at.tensor([[[1.0, 7.0, 3.0, 5.0, 2.0]]]), 2)  # 1 7 3 and 3 5 2
        tensor([[[7., 5.]]])
    """


@face(_adaptive, ndim=2)
def adaptive_max_pool2d() -> Any:
    """The largest of each of H' · W' windows: ``(N, C, H, W)`` or ``(C, H, W)`` to ``(…, H', W')``.

    The windows are those of ``adaptive_avg_pool2d``.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.

    d input = added_at(g, indices): at the position that was the largest (the first at a tie).

    Raises:
        RuntimeError: the shape, the dtype or the sizes do not fit.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0, 3.0], [4.0, 9.0, 6.0]]]], requires_grad=True)
        >>> F.adaptive_max_pool2d(x, (1, 2)).sum().backward()  # the 9 lies in both windows
        >>> x.grad
        tensor([[[[0., 0., 0.],
                  [0., 2., 0.]]]])
        >>> F.adaptive_max_pool2d(at.ones(8, 64, 13, 13), 7).shape
        torch.Size([8, 64, 7, 7])
    """


@face(_adaptive, ndim=3)
def adaptive_max_pool3d() -> Any:
    """The largest of windows that cover ``(N, C, D, H, W)``.  See ``adaptive_max_pool2d``.

    Example:

        >>> F.adaptive_max_pool3d(at.ones(2, 3, 8, 16, 16), (1, 4, None)).shape
        torch.Size([2, 3, 1, 4, 16])
    """


def _fractional(
    input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Any = None, *, name: str = "", ndim: int = 2,
    always: bool = False,
) -> Any:  # fmt: skip
    kernel = numbers(kernel_size, ndim, name, "kernel_size", 1)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name}: output_size or output_ratio must be given")
    ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * ndim
    if output_size is None and len(ratios) != ndim:
        raise ValueError(
            f"{name}: output_ratio must be a number or {ndim} of them, got {output_ratio!r}"
        )

    def reads(batch: Any) -> list[np.ndarray]:
        sizes = batch.shape[2:]
        if output_size is None:
            wanted = tuple(int(n * ratio) for n, ratio in zip(sizes, ratios, strict=True))
        else:
            wanted = numbers(output_size, ndim, name, "output_size", 0)
        # PyTorch wants one position more in volumes.
        spare = [n - k + 1 - out for n, k, out in zip(sizes, kernel, wanted, strict=True)]
        if min(spare) < (ndim == 3):
            raise RuntimeError(
                f"{name}: {wanted} windows of {kernel} do not fit in an input of shape "
                f"{input.shape}: output_size + kernel_size - 1 must "
                f"{'not exceed' if ndim == 2 else 'be less than'} its sizes"
            )
        shape = (*batch.shape[:2], ndim)
        drawn = _samples(_random_samples, shape, batch.dtype, name, batch is input)
        # PyTorch's order of the samples: the width comes first for images, last for volumes.
        order = (1, 0) if ndim == 2 else range(ndim)
        return [
            fractional_windows(n, k, out, drawn[..., at])[..., None] + np.arange(k)
            for n, k, out, at in zip(sizes, kernel, wanted, order, strict=True)
        ]

    return _largest_read(name, ndim, input, reads, always or return_indices)


def _samples(samples: Any, shape: Sizes, dtype: np.dtype, name: str, batched: bool) -> np.ndarray:
    if samples is None:
        return uniform_array(shape, dtype)
    need_tensor(samples, name, "_random_samples")
    if not batched:
        samples = samples[:1]
    if samples.shape != shape or samples.dtype != dtype:
        raise RuntimeError(
            f"{name}: _random_samples must have shape {shape} and dtype {dtype}, got "
            f"{samples.shape} and {samples.dtype}"
        )
    return raw(samples)


@face(_fractional, name="fractional_max_pool2d", ndim=2, always=True)
def fractional_max_pool2d_with_indices() -> Any:
    """``fractional_max_pool2d`` that always gives ``(values, indices)``.

    Example:

        >>> x, where = at.arange(16.0).reshape(1, 1, 4, 4), at.full((1, 1, 2), 0.5)
        >>> F.fractional_max_pool2d_with_indices(x, 2, output_size=3, _random_samples=where)[1]
        tensor([[[[ 5,  6,  7],
                  [ 9, 10, 11],
                  [13, 14, 15]]]])
    """


@face(_fractional, name="fractional_max_pool3d", ndim=3, always=True)
def fractional_max_pool3d_with_indices() -> Any:
    """``fractional_max_pool3d`` that always gives ``(values, indices)``.

    Example:

        >>> x = at.ones(2, 3, 8, 8, 8)
        >>> values, indices = F.fractional_max_pool3d_with_indices(x, 2, output_size=(4, 5, 6))
        >>> values.shape, indices.shape
        (torch.Size([2, 3, 4, 5, 6]), torch.Size([2, 3, 4, 5, 6]))
    """


@face(_fractional, ndim=2)
def fractional_max_pool2d() -> Any:
    """The largest of windows that lie in random steps: ``(N, C, H, W)`` to ``(N, C, H', W')``.

    The steps are 1 or 2 long (or n, n + 1) in a pseudorandom order, so that sizes may shrink by any
    factor: Graham, "Fractional Max-Pooling" (2014).

    Args:
        output_size: ``(H', W')``, or one int for both.
        output_ratio: instead of it, H'/H and W'/W.
        return_indices: give ``(values, indices)``, indices into the flattened ``H · W``.
        _random_samples: ``(N, C, 2)`` in [0, 1) that decide where the windows lie; drawn if None.

    d input = added_at(g, indices): at the position that was the largest.

    Raises:
        ValueError: neither ``output_size`` nor ``output_ratio``.
        RuntimeError: the windows do not fit, or ``_random_samples`` has another shape or dtype.

    Example:

        >>> x = at.arange(16.0).reshape(1, 1, 4, 4)
        >>> F.fractional_max_pool2d(x, 2, output_size=3)[..., -1, -1]  # a window is at the end
        tensor([[15.]])
        >>> F.fractional_max_pool2d(at.ones(8, 3, 28, 28), 2, output_ratio=(0.7, 0.7)).shape
        torch.Size([8, 3, 19, 19])
    """


@face(_fractional, ndim=3)
def fractional_max_pool3d() -> Any:
    """The largest of windows that lie in random steps in ``(N, C, D, H, W)``.

    See ``fractional_max_pool2d``.

    Example:

        >>> F.fractional_max_pool3d(at.ones(2, 3, 8, 8, 8), 2, output_size=(4, 5, 6)).shape
        torch.Size([2, 3, 4, 5, 6])
    """


# -- unpooling -------------------------------------------------------------------------------------


@operator(input=lambda g, index: read_at(g, index))
def _written_at(input: Any, index: Any, size: Any) -> Any:
    """``y[n, c, index[n, c, m]] = input[n, c, m]``, the last where several meet.

    d input = read_at(g, index).
    """
    count, channels, _ = input.shape
    out = np.zeros(count * channels * size, input.dtype)
    out[_flat(index, count, channels, size)] = input.reshape(-1)
    return out.reshape(count, channels, size)


def _unpooled_sizes(
    name: str, input: Any, kernel: Sizes, steps: Sizes, pads: Sizes, output_size: Any
) -> Sizes:
    ndim = len(kernel)
    along = zip(input.shape[-ndim:], kernel, steps, pads, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in along)
    if output_size is None:
        return usual
    wanted = tuple(output_size)
    wanted = wanted[2:] if len(wanted) == ndim + 2 else wanted
    if len(wanted) != ndim:
        raise ValueError(
            f"{name}: output_size must have {ndim} or {ndim + 2} elements, got {output_size!r}"
        )
    if any(abs(size - n) >= s for size, n, s in zip(wanted, usual, steps, strict=True)):
        raise ValueError(
            f"{name}: output_size {wanted} must differ from {usual} by less than the stride {steps}"
        )
    return wanted


def _unpool(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Any = None, *, name: str = "", ndim: int = 2,
) -> Any:  # fmt: skip
    batched = spatial_input(input, ndim, name)
    need_tensor(indices, name, "indices")
    kernel = numbers(kernel_size, ndim, name, "kernel_size", 1)
    steps = kernel if stride is None else numbers(stride, ndim, name, "stride", 1)
    pads = numbers(padding, ndim, name, "padding", 0)
    if indices.dtype != dtypes.int64:
        raise RuntimeError(f"{name}: indices must be of dtype int64, got {indices.dtype}")
    if indices.shape != input.shape:
        raise RuntimeError(
            f"{name}: input and indices must have one shape, got {input.shape} and {indices.shape}"
        )
    need_positions(input.shape, ndim, name)
    sizes = _unpooled_sizes(name, input, kernel, steps, pads, output_size)
    size = math.prod(sizes)
    index = np.array(raw(indices))
    if index.size and not (index.min() >= 0 and index.max() < size):
        wrong = index[(index < 0) | (index >= size)][0]
        raise RuntimeError(f"{name}: index {wrong} is out of range for an output of {sizes}")
    rows = (*(input.shape[:2] if batched else (1, input.shape[0])), math.prod(input.shape[-ndim:]))
    written = _written_at(input.reshape(rows), index.reshape(rows), size)
    return written.reshape((*input.shape[:-ndim], *sizes))


@face(_unpool, ndim=1)
def max_unpool1d() -> Any:
    """Values put back to where ``max_pool1d`` took them from.  See ``max_unpool2d``.

    Example:

        >>> x = at.tensor([[[1.0, 5.0, 8.0, 2.0]]])
        >>> values, indices = F.max_pool1d(x, 2, return_indices=True)
        >>> F.max_unpool1d(values, indices, 2)
        tensor([[[0., 5., 8., 0.]]])
    """


@face(_unpool, ndim=2)
def max_unpool2d() -> Any:
    """Values put back to where ``max_pool2d`` took them from, and zeros elsewhere.

    ``(N, C, H', W')`` or ``(C, H', W')`` to ``(…, H, W)``, with ``H = (H' - 1)·stride -
    2·padding + kernel_size``.

    Args:
        indices: what ``max_pool2d`` gave with ``return_indices``, in the shape of ``input``.
        stride: ``kernel_size`` if None.
        output_size: ``(H, W)`` where it is not the size above, because a stride left positions out.

    d input = read_at(g, indices).

    Raises:
        RuntimeError: an index lies outside, or shapes or dtypes do not fit.
        ValueError: ``output_size`` is not one that the pooling could have had.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0], [4.0, 3.0]]]])
        >>> values, indices = F.max_pool2d(x, 2, return_indices=True)
        >>> F.max_unpool2d(values, indices, 2)
        tensor([[[[0., 0.],
                  [4., 0.]]]])
    """


@face(_unpool, ndim=3)
def max_unpool3d() -> Any:
    """Values put back to where ``max_pool3d`` took them from.  See ``max_unpool2d``.

    Example:

        >>> values, indices = F.max_pool3d(at.ones(2, 3, 4, 6, 8), 2, return_indices=True)
        >>> values.shape, F.max_unpool3d(values, indices, 2).shape
        (torch.Size([2, 3, 2, 3, 4]), torch.Size([2, 3, 4, 6, 8]))
    """
