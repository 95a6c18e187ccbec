"""Arithmetic of matrices that NumPy does not offer: substitution, LU with partial pivoting, the
exponential, what is singular.

All of it for whole stacks of matrices, ``(…, m, n)``, and where it pays a block at a time.
"""

from __future__ import annotations

import math

import numpy as np

from autotensor.machine.error_state import silent

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


def row_order(pivots: np.ndarray, rows: int) -> np.ndarray:
    """``order`` such that row ``i`` of ``L @ U`` is row ``order[i]`` of the matrix."""
    order = np.empty((*pivots.shape[:-1], rows), np.int64)
    order[...] = np.arange(rows)
    for at in range(pivots.shape[-1]):
        other = pivots[..., at, None].astype(np.int64) - 1
        moved = np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, order[..., at, None], -1)
        order[..., at] = moved[..., 0]
    return order


def cholesky_factors(matrices: np.ndarray) -> np.ndarray:
    """The lower factors; where there is none, that of the largest leading block which has one."""
    try:
        return np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        factors = np.zeros_like(matrices)
    for place in np.ndindex(matrices.shape[:-2]):
        for order in range(1, matrices.shape[-1] + 1):
            try:
                found = np.linalg.cholesky(matrices[place][:order, :order])
            except np.linalg.LinAlgError:
                break
            factors[place][:order, :order] = found
    return factors


def orders_without_factor(factors: np.ndarray) -> np.ndarray:
    """The order of the first leading minor that is not positive, or 0: LAPACK gives NaN a factor,
    but its pivots are not positive."""
    positive = np.diagonal(factors, axis1=-2, axis2=-1) > 0
    leading = np.logical_and.accumulate(positive, -1).sum(-1)
    return np.where(leading < factors.shape[-1], leading + 1, 0).astype(np.int32)


def inverse_transposed(matrices: np.ndarray) -> np.ndarray:
    """The inverses, transposed; of a singular one what substitution gives, infinite and NaN."""
    inverses = inverse_or_none(matrices)
    if inverses is not None:
        return np.swapaxes(inverses, -1, -2)
    return silent().run(_by_substitution, matrices)


def _by_substitution(matrices: np.ndarray) -> np.ndarray:
    packed, pivots = lu_with_pivots(matrices)
    turned = np.swapaxes(packed, -1, -2)  # inputᵀ = Uᵀ @ Lᵀ @ P
    solved = np.zeros_like(matrices) + np.eye(matrices.shape[-1], dtype=matrices.dtype)
    substitute_into(solved, turned, False, False)
    substitute_into(solved, turned, True, True)
    out = np.empty_like(solved)
    np.put_along_axis(out, row_order(pivots, matrices.shape[-1])[..., None], solved, -2)
    return out


def inverse_or_none(matrices: np.ndarray) -> np.ndarray | None:
    """The inverses of a stack; None if a matrix is singular."""
    try:
        return silent().run(np.linalg.inv, matrices)
    except np.linalg.LinAlgError:
        return None


def singular_ones(matrices: np.ndarray) -> np.ndarray:
    """1 for each matrix that is singular, else 0."""
    found = np.zeros(matrices.shape[:-2], np.int32)
    if inverse_or_none(matrices) is None:
        for place in np.ndindex(found.shape):
            found[place] = inverse_or_none(matrices[place]) is None
    return found


# Coefficients and reach of the Padé approximants of N. Higham, "The scaling and squaring method for
# the matrix exponential revisited" (2005), table 2.3: up to that norm they are exact to 2^-53.
_REACH = {3: 1.495585217958292e-2, 5: 2.539398330063230e-1, 7: 9.504178996162932e-1}
_REACH |= {9: 2.097847961257068, 13: 5.371920351148152}


def _pade(m: int) -> list[float]:
    """Numerator of the diagonal Padé approximant of e^x: ``(2m-k)! m! / ((2m)! (m-k)! k!)``."""
    factorial = math.factorial
    return [math.comb(m, k) * factorial(2 * m - k) / factorial(2 * m) for k in range(m + 1)]


def exponential(matrices: np.ndarray) -> np.ndarray:
    """e^matrix by a Padé approximant, of each matrix halved until that is exact, then squared."""
    norms = np.abs(matrices).sum(-2).max(-1, initial=0)
    largest = norms.max(initial=0)
    degree = next((one for one, reach in _REACH.items() if largest <= reach), 13)
    needed = np.ceil(np.log2(np.where(np.isfinite(norms), norms, 1) / _REACH[13]))
    halvings = np.maximum(needed, 0).astype(np.int64)[..., None, None]
    scaled = np.ldexp(matrices, -halvings)
    square = scaled @ scaled
    power = np.broadcast_to(np.eye(matrices.shape[-1], dtype=matrices.dtype), matrices.shape)
    even, odd = np.zeros_like(matrices), np.zeros_like(matrices)
    coefficients = _pade(degree)
    for k in range(0, degree, 2):
        even += coefficients[k] * power
        odd += coefficients[k + 1] * power
        power = power @ square
    odd = scaled @ odd
    out = np.linalg.solve(even - odd, even + odd)
    for step in range(int(halvings.max(initial=0))):
        out = np.where(step < halvings, out @ out, out)
    return out
