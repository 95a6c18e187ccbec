"""Normalization of arrays over some dimensions: mean, variance, and the gradient by the values.

What has a mean and a variance of its own, a channel or a sample, can be worked on by itself.  So
all goes over large arrays in pieces that stay in the cache from one pass to the next, and in
several threads.  ("Kept" is the shape of an array with size 1 in the dimensions gone over.)
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.sums import LONG, add_up
from autotensor.machine.threads import BLOCK, PER_ELEMENT, in_parts, worth_sharing

PASSES = 4
"""Each of the three functions goes over its arrays about so many times."""
SHARED = 4 * BLOCK
"""Elements in a piece where several threads share.  (``normalized`` over the batch, 32 × 16 × 32 ×
32, by two threads: 0.8 ms, by one 1.2; in pieces of ``BLOCK`` by two 1.5, because they want
Python's lock so often.)"""


def _in_pieces(
    task: Callable[[tuple[slice, ...]], None], array: Array, dims: tuple[int, ...]
) -> None:
    """Calls ``task(piece)`` until all is covered; ``piece`` indexes arrays of ``array``'s shape and
    kept ones.  Divided is the dimension farthest apart in memory of those not in ``dims``."""
    axes = [axis for axis, n in enumerate(array.shape) if axis not in dims and n > 1]
    if array.size <= BLOCK or not axes:
        task(())
        return
    axis = max(axes, key=lambda axis: abs(array.strides[axis]))
    before, length = (slice(None),) * axis, array.shape[axis]
    work = array.size * PASSES * PER_ELEMENT
    step = max((SHARED if worth_sharing(work) else BLOCK) * length // array.size, 1)

    def some(start: int, stop: int) -> None:
        for at in range(start * step, min(stop * step, length), step):
            task((*before, slice(at, at + step)))

    in_parts(some, -(-length // step), work)


def _kept(array: Array, dims: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 if axis in dims else n for axis, n in enumerate(array.shape))


def sum_over(array: Array, dims: tuple[int, ...], factor: Array | None = None) -> Array:
    """``Σ array · factor`` over ``dims``, kept with size 1, without an array of products."""
    if factor is not None and dims == (array.ndim - 1,) and array.shape[-1] > LONG:
        return np.vecdot(array, factor)[..., None]  # einsum's digits get fewer with the length
    axes = list(range(array.ndim))
    left = [axis for axis in axes if axis not in dims]
    others = () if factor is None else (factor, axes)
    return np.einsum(array, axes, *others, left).reshape(_kept(array, dims))


def normalized(
    array: Array, weight: Array | None, bias: Array | None, dims: tuple[int, ...], eps: float
) -> tuple[Array, Array, Array, Array, Array]:
    """``x̂ · weight + bias``; ``array - mean`` and ``1 / √(variance + eps)`` over ``dims``; the mean
    and the variance.  ``weight`` and ``bias`` are kept."""
    count = max(math.prod(array.shape[dim] for dim in dims), 1)
    out, values = np.empty_like(array), np.empty_like(array)
    kept = _kept(array, dims)
    center, variance, inverse = (np.empty(kept, array.dtype) for _ in range(3))

    def normalize(piece: tuple[slice, ...]) -> None:
        differences, middle = values[piece], center[piece]
        np.divide(add_up(array[piece], dims, True), count, out=middle)
        np.subtract(array[piece], middle, out=differences)
        spread = sum_over(differences, dims, differences) / count
        large = middle * middle > 64 * spread
        if np.any(large):
            # What rounding took from so large a mean is the mean of the differences.
            rest = np.where(large, add_up(differences, dims, True) / count, 0)
            differences -= rest
            middle += rest
            spread = sum_over(differences, dims, differences) / count
        variance[piece] = spread
        scale = inverse[piece]
        np.divide(1, np.sqrt(spread + eps), out=scale)
        if weight is not None:
            scale = scale * np.broadcast_to(weight, kept)[piece]
        np.multiply(differences, scale, out=out[piece])
        if bias is not None:
            out[piece] += np.broadcast_to(bias, kept)[piece]

    _in_pieces(normalize, array, dims)
    return out, values, inverse, center, variance


def gradient_sums(g: Array, values: Array, dims: tuple[int, ...]) -> tuple[Array, Array]:
    """``Σ g`` and ``Σ g · values`` over ``dims``, kept."""
    kept = _kept(values, dims)
    total, along = np.empty(kept, g.dtype), np.empty(kept, np.result_type(g, values))

    def add(piece: tuple[slice, ...]) -> None:
        total[piece] = sum_over(g[piece], dims)
        along[piece] = sum_over(g[piece], dims, values[piece])

    _in_pieces(add, values, dims)
    return total, along


def input_gradient(
    g: Array, mean: Array, values: Array, slope: Array, scale: Array, dims: tuple[int, ...]
) -> Array:
    """``scale · (g - mean - values · slope)``; the means, slopes and scales are kept."""
    out = np.empty_like(values, np.result_type(g, values))

    def compute(piece: tuple[slice, ...]) -> None:
        some = np.multiply(values[piece], -slope[piece], out=out[piece])
        some += g[piece]
        some -= mean[piece]
        some *= scale[piece]

    _in_pieces(compute, values, dims)
    return out
