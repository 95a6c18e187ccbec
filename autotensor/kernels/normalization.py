"""Normalization of arrays over some dimensions: mean, variance, and the gradient by the values."""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.sums import LONG, add_up


def sum_over(array: Array, dims: tuple[int, ...], factor: Array | None = None) -> Array:
    """``Σ array · factor`` over ``dims``, kept with size 1, without an array of products."""
    if factor is not None and dims == (array.ndim - 1,) and array.shape[-1] > LONG:
        return np.vecdot(array, factor)[..., None]  # einsum's digits get fewer with the length
    axes = list(range(array.ndim))
    left = [axis for axis in axes if axis not in dims]
    others = () if factor is None else (factor, axes)
    total = np.einsum(array, axes, *others, left)
    return total.reshape([1 if axis in dims else n for axis, n in enumerate(array.shape)])


def centered(array: Array, dims: tuple[int, ...], eps: float) -> tuple[Array, Array, Array, Array]:
    """``array - mean`` and ``1 / √(variance + eps)`` over ``dims``; the mean and the variance."""
    count = max(math.prod(array.shape[dim] for dim in dims), 1)
    center = add_up(array, dims, True) / count
    values = array - center
    variance = sum_over(values, dims, values) / count
    if np.any(center * center > 64 * variance):
        # What rounding took from so large a mean is the mean of the differences.
        rest = add_up(values, dims, True) / count
        values -= rest
        center = center + rest
        variance = sum_over(values, dims, values) / count
    return values, 1 / np.sqrt(variance + eps), center, variance


def input_gradient(g: Array, mean: Array, values: Array, slope: Array, scale: Array) -> Array:
    """``scale · (g - mean - values · slope)``."""
    # In one array: fresh memory costs more than arithmetic.
    out = values * -slope
    out += g
    out -= mean
    out *= scale
    return out
