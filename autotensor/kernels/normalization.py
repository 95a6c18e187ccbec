"""Normalization of arrays over some dimensions: mean, variance, and the gradient by the values.

What has a mean and a variance of its own, a channel or a sample, can be worked on by itself:
``pieces``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.pieces import in_pieces, kept_shape, sum_over
from autotensor.kernels.sums import LONG, add_up

PASSES = 4
"""Each of the functions goes over its arrays about so many times."""


def _centered(array: Array, dims: tuple[int, ...], out: Array) -> tuple[Array, Array]:
    """Writes ``array - mean``; the mean and the variance, kept."""
    count = max(math.prod(array.shape[dim] for dim in dims), 1)
    middle = (sum_over(array, dims) if count <= LONG else add_up(array, dims, True)) / count
    np.subtract(array, middle, out=out)
    spread = sum_over(out, dims, out) / count
    large = middle * middle > 64 * spread
    if np.any(large):
        # What rounding took from so large a mean is the mean of the differences.
        rest = np.where(large, add_up(out, dims, True) / count, 0)
        out -= rest
        middle += rest
        spread = sum_over(out, dims, out) / count
    return middle, spread


# -- with a weight and a bias for each that has a mean of its own ----------------------------------


def normalized(
    array: Array, weight: Array | None, bias: Array | None, dims: tuple[int, ...], eps: float
) -> tuple[Array, Array, Array, Array, Array]:
    """``x̂ · weight + bias``; ``array - mean`` and ``1 / √(variance + eps)`` over ``dims``; the mean
    and the variance.  ``weight`` and ``bias`` are kept."""
    out, values = np.empty_like(array), np.empty_like(array)
    kept = kept_shape(array, dims)
    center, variance, inverse = (np.empty(kept, array.dtype) for _ in range(3))

    def normalize(piece: tuple[slice, ...]) -> None:
        center[piece], variance[piece] = _centered(array[piece], dims, values[piece])
        scale = inverse[piece]
        np.divide(1, np.sqrt(variance[piece] + eps), out=scale)
        if weight is not None:
            scale = scale * np.broadcast_to(weight, kept)[piece]
        np.multiply(values[piece], scale, out=out[piece])
        if bias is not None:
            out[piece] += np.broadcast_to(bias, kept)[piece]

    in_pieces(normalize, array, dims, PASSES)
    return out, values, inverse, center, variance


def gradients(
    g: Array, weight: Array | None, values: Array, inverse: Array, dims: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """The gradients of ``normalized`` by ``array``, ``weight`` and ``bias``.

    ``values`` is ``array - mean``.  They are
    ``weight · inverse · (g - mean(g) - x̂ · mean(g · x̂))``, ``Σ g · x̂`` and ``Σ g``.
    """
    kept, count = kept_shape(values, dims), math.prod(values.shape[dim] for dim in dims)
    out = np.empty_like(values, np.result_type(g, values))
    total, along = np.empty(kept, out.dtype), np.empty(kept, out.dtype)
    scale = inverse if weight is None else inverse * weight

    def compute(piece: tuple[slice, ...]) -> None:
        some, x, inverse_here = g[piece], values[piece], inverse[piece]
        total[piece] = sum_over(some, dims)
        along[piece] = sum_over(some, dims, x) * inverse_here
        by_x = np.multiply(x, along[piece] * inverse_here / -count, out=out[piece])
        by_x += some
        by_x += total[piece] / -count
        by_x *= scale[piece]

    in_pieces(compute, values, dims, 2 * PASSES)
    return out, along, total


# -- rows, with a weight and a bias for each column ------------------------------------------------


def normalized_rows(
    array: Array, weight: Array, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """``x̂ · weight + bias`` of the rows of ``(N, C)``, whose mean becomes 0 and whose variance 1;
    x̂; and ``1 / √(variance + eps)``, ``(N, 1)``."""
    out, values = np.empty_like(array), np.empty_like(array)
    inverse = np.empty((len(array), 1), array.dtype)

    def normalize(piece: tuple[slice, ...]) -> None:
        some, scale = values[piece], inverse[piece]
        _, spread = _centered(array[piece], (1,), some)
        np.divide(1, np.sqrt(spread + eps), out=scale)
        some *= scale
        np.multiply(some, weight, out=out[piece])
        if bias is not None:
            out[piece] += bias

    in_pieces(normalize, array, (1,), PASSES)
    return out, values, inverse


def row_gradients(
    g: Array, weight: Array, values: Array, inverse: Array, dims: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """The gradients of ``normalized_rows`` by ``array``, ``weight`` and ``bias``; ``values`` is x̂.

    With h = g · weight they are ``inverse · (h - mean(h) - x̂ · mean(h · x̂))``, ``Σ g · x̂`` and
    ``Σ g``.  ``g`` and ``weight`` have their own shapes, whose last dimensions ``dims`` make a row.
    """
    out = np.empty_like(values)
    by_weight: dict[int, Array] = {}
    rows, columns, count = g.reshape(values.shape), weight.reshape(-1), values.shape[1]

    def compute(piece: tuple[slice, ...]) -> None:
        some, x = rows[piece], values[piece]
        h = some * columns
        middle, slope = sum_over(h, (1,)) / -count, sum_over(h, (1,), x) / -count
        by_x = np.multiply(x, slope, out=out[piece])
        by_x += h
        by_x += middle
        by_x *= inverse[piece]
        by_weight[piece[0].start] = add_up(np.multiply(some, x, out=h), (0,), False)

    in_pieces(compute, values, (1,), 2 * PASSES)
    # In their order, whichever thread was first.
    parts = add_up(np.stack([by_weight[start] for start in sorted(by_weight)]), (0,), False)
    bias = add_up(rows, (0,), False)
    return out.reshape(g.shape), parts.reshape(weight.shape), bias.reshape(weight.shape)
