"""Gaussian elimination: LU with partial pivoting, substitution, Cholesky up to where it fails.

What LAPACK can do but NumPy does not offer, for a whole stack of matrices and a block at a time.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["cholesky_as_far_as_it_goes", "lu_with_pivots", "substitute_into"]

BLOCK = 32
"""Up to this size rows are taken one by one; beyond, as products of matrices."""


def substitute_into(x: np.ndarray, matrix: np.ndarray, upper: bool, unit: bool) -> None:
    """Solves ``matrix @ X = x`` in place, for a triangular matrix; ``unit``: of diagonal 1."""
    size = matrix.shape[-1]
    if size > BLOCK:
        # The half that depends on nothing comes first.
        half = size // 2
        first, second = slice(half), slice(half, None)
        if upper:
            first, second = second, first
        substitute_into(x[..., first, :], matrix[..., first, first], upper, unit)
        x[..., second, :] -= matrix[..., second, first] @ x[..., first, :]
        substitute_into(x[..., second, :], matrix[..., second, second], upper, unit)
        return
    for row in reversed(range(size)) if upper else range(size):
        known = slice(row + 1, None) if upper else slice(row)
        x[..., row, :] -= (matrix[..., row, None, known] @ x[..., known, :])[..., 0, :]
        if not unit:
            x[..., row, :] /= matrix[..., row, row, None]


def lu_with_pivots(input: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``L`` and ``U`` in one matrix, and the pivots, as LAPACK's getrf: each time with the row of
    the largest element, a panel of columns at a time."""
    rows, columns = input.shape[-2:]
    count = min(rows, columns)
    packed = np.array(input, order="C").reshape(math.prod(input.shape[:-2]), rows, columns)
    pivots = np.zeros((len(packed), count), np.int32)
    every = np.arange(len(packed))
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        for at in range(start, stop):
            best = at + np.argmax(np.abs(packed[:, at:, at]), axis=1)
            pivots[:, at] = best + 1
            chosen = packed[every, best]
            packed[every, best] = packed[:, at]
            packed[:, at] = chosen
            pivot = chosen[:, at, None]
            packed[:, at + 1 :, at] /= np.where(pivot == 0, 1, pivot)
            below = packed[:, at + 1 :]
            below[:, :, at + 1 : stop] -= below[:, :, at, None] * chosen[:, None, at + 1 : stop]
        panel, rest = slice(start, stop), slice(stop, None)
        substitute_into(packed[:, panel, rest], packed[:, panel, panel], False, True)
        packed[:, rest, rest] -= packed[:, rest, panel] @ packed[:, panel, rest]
    return packed.reshape(input.shape), pivots.reshape(*input.shape[:-2], count)


def cholesky_as_far_as_it_goes(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """The factor of the largest leading block that has one, and the order of the next, or 0."""
    factor = np.zeros_like(matrix)
    for order in range(1, len(matrix) + 1):
        try:
            factor[:order, :order] = np.linalg.cholesky(matrix[:order, :order])
        except np.linalg.LinAlgError:
            return factor, order
    return factor, 0
