"""Euclidean distances of every two rows of float32 numbers, by one product of matrices.

``‖a - b‖² = ‖a‖² + ‖b‖² - 2 a·b`` loses the digits that the three have in common.  In float64, and
with the mean of the rows taken off, there are enough left; and where vectors are close, their
differences are taken themselves.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray as Array

from autotensor.machine.threads import product

CLOSE = 1e-4
"""A squared distance of less than so much of ``‖a‖² + ‖b‖²`` is taken from the differences."""
AT_ONCE = 1 << 20
"""Elements of differences at a time."""


def distances(x1: Array, x2: Array) -> Array:
    """``(…, n, k), (…, m, k) → (…, n, m)``."""
    a, b = _centered(x1, x2)
    sizes = _squares(a)[..., None] + _squares(b)[..., None, :]
    square = product(a, b.swapaxes(-1, -2))
    square *= -2
    square += sizes
    *batch, rows, others = np.nonzero(square < CLOSE * sizes)
    step = max(AT_ONCE // a.shape[-1], 1)
    for start in range(0, len(rows), step):
        few = slice(start, start + step)
        at = tuple(one[few] for one in batch)
        square[(*at, rows[few], others[few])] = _squares(
            a[(*at, rows[few])] - b[(*at, others[few])]
        )
    return np.sqrt(square).astype(x1.dtype)


def distances_gradient(g: Array, x1: Array, x2: Array, output: Array) -> Array:
    """By ``x1``: ``Σ_j g_ij · (x1_i - x2_j) / y_ij``, where y is 0 nothing."""
    a, b = _centered(x1, x2)
    shares = np.divide(g, output, out=np.zeros(g.shape), where=output != 0, dtype=np.float64)
    gradient = shares.sum(-1)[..., None] * a
    gradient -= product(shares, b)
    return gradient.astype(x1.dtype)


def _centered(x1: Array, x2: Array) -> tuple[Array, Array]:
    center = x2.mean(-2, keepdims=True, dtype=np.float64)
    return x1 - center, x2 - center


def _squares(rows: Array) -> Array:
    return np.einsum("...k,...k->...", rows, rows)
