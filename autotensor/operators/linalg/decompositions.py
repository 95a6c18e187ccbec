"""Matrices taken apart: triangular systems, Cholesky, LU, QR, eigenvalues and singular values.

All take stacks of matrices, ``(…, m, n)``.  LAPACK computes the values, by way of NumPy, or
``autotensor/kernels/matrices.py`` where NumPy offers nothing (substitution, LU).  The
derivatives are those of M. Giles, "An extended collection of matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008), where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.graph import parent_of, record_several
from autotensor.engine.modes import modes
from autotensor.engine.operator import function_only, operator
from autotensor.engine.storage import storage_of
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.matrices import (
    cholesky_factors,
    lu_with_pivots,
    orders_without_factor,
    row_order,
    substitute_into,
)
from autotensor.keywords import also_called
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import (
    need_alike,
    need_matrices,
    need_one_of,
    need_square,
    need_system,
    need_tensor,
)
from autotensor.operators.linalg.products import swap
from autotensor.operators.structure.indexing import gather
from autotensor.operators.structure.joining import cat
from autotensor.operators.structure.selection import where

__all__ = [
    "cholesky", "cholesky_inverse", "cholesky_solve", "lu", "lu_solve", "lu_unpack", "qr", "svd",
    "triangular_solve",
]  # fmt: skip


class LinAlgError(RuntimeError):
    """A matrix that has no such decomposition, or no inverse.

    Example:

        >>> try:
        ...     at.linalg.inv(at.zeros(2, 2))
        ... except at.linalg.LinAlgError as error:
        ...     print("no inverse")
        no inverse
    """


def _first_zero(factor: np.ndarray) -> np.ndarray:
    """For each matrix the place of the first 0 on its diagonal, counted from 1, or 0."""
    zero = np.diagonal(factor, 0, -2, -1) == 0
    # Of a matrix without elements there is no first 0, for which argmax would look.
    place = zero.argmax(-1) + 1 if zero.shape[-1] else 0
    return np.where(zero.any(-1), place, 0).astype(np.int32)


def need_no_info(info: np.ndarray, name: str, problem: str) -> None:
    """Raises LinAlgError for the first matrix whose ``info`` is not 0."""
    if info.any():
        place = tuple(np.argwhere(info)[0].tolist())
        where_ = f" (matrix {place} of the stack)" if place else ""
        raise LinAlgError(f"{name}: {problem.format(int(info[place]))}{where_}")


def decomposed(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of NumPy gives, without warnings and with our error."""
    try:
        return silent().run(function, *arguments)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: {error}; the input may contain inf or NaN") from None


def _factors(arrays: Any, name: str, input: Any, rule: Any, *settings: Any) -> tuple[Any, ...]:
    """Tensors for the factors of ``input``.  The rule gets, besides a Bundle of their gradients,
    ``input``, the factors and ``settings``.

    It gets the factors as constants: to be differentiated itself, it decomposes ``input`` again.
    """
    if not isinstance(input, Tensor):
        return arrays
    kept = tuple(wrap(one) for one in arrays)
    if not (input.requires_grad and modes().grad_enabled):
        return kept
    edge = (parent_of(input), rule, (input, *kept, *settings))
    factors = record_several(arrays, name.replace(".", "_"), (edge,))
    for factor, one in zip(factors, kept, strict=True):
        # One storage, so that the graph notices when a factor is overwritten.
        factor._storage = storage_of(one)
    return factors


# -- matrices in pieces ----------------------------------------------------------------------------


def triangle(matrix: Any, upper: bool, strict: bool = False) -> Any:
    """``matrix`` with 0 outside its upper or lower triangle; ``strict``: also on the diagonal."""
    return where(_in_triangle(matrix.shape, upper, strict), matrix, 0.0)


def _in_triangle(shape: tuple[int, ...], upper: bool, strict: bool) -> np.ndarray:
    rows, columns = np.ogrid[: shape[-2], : shape[-1]]
    low, high = (rows, columns) if upper else (columns, rows)
    return low < high if strict else low <= high


def unit_lower(matrix: Any) -> Any:
    """The lower triangle of ``matrix`` with 1 on the diagonal, whatever stands there."""
    return triangle(matrix, False, True) + np.eye(*matrix.shape[-2:], dtype=matrix.dtype)


def _mirrored(matrix: Any, upper: bool) -> Any:
    """The symmetric matrix whose upper (or lower) triangle is that of ``matrix``."""
    return where(_in_triangle(matrix.shape, upper, False), matrix, swap(matrix))


def _gaps(values: Any) -> Any:
    """``values_j - values_i``, with 1 on the diagonal so that one can divide by it."""
    apart = values[..., None, :] - values[..., :, None]
    return where(np.eye(values.shape[-1], dtype=np.bool_), 1.0, apart)


# -- triangular systems ----------------------------------------------------------------------------


@operator(
    matrix=lambda g, matrix, output, upper, unit: (
        -triangle(substitute(swap(matrix), g, not upper, unit) @ swap(output), upper, unit)
    ),
    right=lambda g, matrix, upper, unit: substitute(swap(matrix), g, not upper, unit),
)
def substitute(matrix: Any, right: Any, upper: Any, unit: Any) -> Any:
    """``matrix⁻¹ @ right`` for a triangular matrix; ``unit``: of diagonal 1.

    Only the triangle is read.  A 0 on the diagonal gives inf or NaN, as in LAPACK's trtrs.

    d matrix = -triangle(matrix⁻ᵀ @ g @ yᵀ), d right = matrix⁻ᵀ @ g.
    """
    stack = np.broadcast_shapes(matrix.shape[:-2], right.shape[:-2])
    out = np.array(np.broadcast_to(right, (*stack, *right.shape[-2:])))
    substitute_into(out, matrix, upper, unit)
    return out


def solved_from_right(matrix: Any, right: Any, upper: bool, unit: bool = False) -> Any:
    """``X`` with ``X @ matrix = right`` for a triangular matrix."""
    return swap(substitute(swap(matrix), swap(right), not upper, unit))


class TriangularSolve(NamedTuple):
    """What ``triangular_solve`` returns."""

    solution: Tensor
    cloned_coefficient: Tensor


def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolve:
    """``X`` with ``A @ X = input`` for triangular ``A``, and a copy of ``A``.

    Differentiated as ``linalg.solve_triangular``.

    ``transpose`` solves ``Aᵀ @ X = input``, ``unitriangular`` takes the diagonal of ``A`` as 1.
    Newer code uses ``linalg.solve_triangular``.

    ``(…, n, k), (…, n, n) → (…, n, k), (…, n, n)``.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> A = at.tensor([[2.0, 1.0], [0.0, 4.0]])
        >>> X, _ = at.triangular_solve(at.tensor([[4.0], [8.0]]), A)
        >>> X
        tensor([[1.],
                [2.]])
    """
    need_matrices(input, "triangular_solve")
    need_system("triangular_solve", A, input)
    matrix = swap(A) if transpose else A
    solution = substitute(matrix, input, upper != transpose, unitriangular)
    return TriangularSolve(solution, A.expand(*solution.shape[:-2], *A.shape[-2:]).clone())


# -- Cholesky --------------------------------------------------------------------------------------


def _cholesky_by_input(g: Any, lower: Any) -> Any:
    """``½ L⁻ᵀ M L⁻¹``, where M is the symmetric matrix of the lower triangle of ``Lᵀ g``."""
    middle = _mirrored(swap(lower) @ g, upper=False)
    half = substitute(swap(lower), middle, True, False)
    return 0.5 * swap(substitute(swap(lower), swap(half), True, False))


@operator(input=lambda g, output: _cholesky_by_input(g, output))
def _cholesky(input: Any, factor: Any) -> Any:
    """``factor``, the lower Cholesky factor of ``input``.

    d input = ½ y⁻ᵀ @ symmetric(yᵀ @ g) @ y⁻¹; the lower triangle is made symmetric.
    """
    return factor


class CholeskyEx(NamedTuple):
    """What ``linalg.cholesky_ex`` returns."""

    L: Tensor
    info: Tensor


def cholesky_with_info(input: Any, upper: bool, name: str, check_errors: bool = True) -> CholeskyEx:
    """The factor, and for each matrix the order of the first leading minor that is not positive,
    or 0; ``check_errors``: raises unless it is 0."""
    need_square(input, name)
    matrices = swap(raw(input)) if upper else raw(input)
    factor = silent().run(cholesky_factors, matrices)
    info = orders_without_factor(factor)
    lower = _cholesky(swap(input) if upper else input, factor)
    if check_errors:
        problem = "input is not positive definite: its leading minor of order {} is not positive"
        need_no_info(info, name, problem)
    return CholeskyEx(swap(lower) if upper else lower, wrap(info))


def cholesky(input: Any, upper: bool = False) -> Any:
    """The lower triangular ``L`` with ``L Lᵀ = input``, ``(…, n, n)``; ``upper`` gives ``Lᵀ``.

    ``input`` must be symmetric and positive definite; only one triangle is read.

    With L, which is y: d input = ½ L⁻ᵀ @ symmetric(Lᵀ @ g) @ L⁻¹: the lower triangle is made
    symmetric.

    Raises:
        LinAlgError: ``input`` is not positive definite.

    Example:

        >>> A = at.tensor([[4.0, 2.0], [2.0, 10.0]])
        >>> L = at.cholesky(A)
        >>> L
        tensor([[2., 0.],
                [1., 3.]])
        >>> L @ L.T
        tensor([[ 4.,  2.],
                [ 2., 10.]])
    """
    return cholesky_with_info(input, upper, "cholesky").L


@also_called(input2="L")
def cholesky_solve(input: Any, L: Any, upper: bool = False) -> Any:
    """``X`` with ``A @ X = input``, given the Cholesky factor ``L`` of ``A`` (``upper``: Lᵀ).

    The triangle that is not read gets no gradient; PyTorch gives it one.

    ``(…, n, k), (…, n, n) → (…, n, k)``.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> L = at.tensor([[2.0, 0.0], [1.0, 3.0]])
        >>> X = at.cholesky_solve(at.tensor([[8.0], [22.0]]), L)
        >>> X, L @ L.T @ X
        (tensor([[1.],
                [2.]]), tensor([[ 8.],
                [22.]]))
    """
    need_matrices(input, "cholesky_solve")
    need_system("cholesky_solve", L, input)
    lower = swap(L) if upper else L
    return substitute(swap(lower), substitute(lower, input, False, False), True, False)


@also_called(input="L")
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """``A⁻¹``, given the Cholesky factor ``L`` of ``A`` (``upper``: Lᵀ).

    The triangle that is not read gets no gradient; PyTorch gives it one.

    ``(…, n, n) → (…, n, n)``.

    Raises:
        RuntimeError: matrices that are not square, not of a floating dtype, or singular.

    Example:

        >>> L = at.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> at.cholesky_inverse(L), at.cholesky_inverse(L) @ L @ L.T
        (tensor([[ 2., -1.],
                [-1.,  1.]]), tensor([[1., 0.],
                [0., 1.]]))
    """
    need_square(L, "cholesky_inverse", "L")
    problem = "element {} of the diagonal of L is 0, so the matrix is singular"
    need_no_info(_first_zero(raw(L)), "cholesky_inverse", problem)
    lower = swap(L) if upper else L
    inverse = substitute(lower, np.eye(L.shape[-1], dtype=L.dtype), False, False)
    return swap(inverse) @ inverse


# -- LU --------------------------------------------------------------------------------------------


def _checked_order(pivots: np.ndarray, rows: int, name: str) -> np.ndarray:
    """``order`` such that row ``i`` of ``L @ U`` is row ``order[i]`` of the matrix."""
    if pivots.size and not 1 <= pivots.min() <= pivots.max() <= rows:
        raise RuntimeError(
            f"{name}: pivots must be row numbers from 1 to {rows}, got {pivots.min()} to "
            f"{pivots.max()}"
        )
    return row_order(pivots, rows)


def _in_row_order(matrix: Any, order: np.ndarray) -> Any:
    """``matrix`` with row ``order[i]`` at place ``i``."""
    return gather(matrix, -2, np.broadcast_to(order[..., None], matrix.shape))


def _lu_by_input(g: Any, packed: Any, order: np.ndarray) -> Any:
    """The square part of ``P⁻¹ A`` from both factors, what sticks out of it from one."""
    size = min(packed.shape[-2:])
    rest = slice(size, None)
    square, square_g, right_g = packed[..., :size, :size], g[..., :size, :size], g[..., :size, rest]
    below, right = packed[..., rest, :size], packed[..., :size, rest]
    lower, upper = unit_lower(square), triangle(square, True)
    below_g = g[..., rest, :size]
    by_lower = swap(lower) @ triangle(square_g, False, True) - right_g @ swap(right)
    by_upper = triangle(square_g, True) @ swap(upper) - swap(below) @ below_g
    middle = triangle(by_lower, False, True) + triangle(by_upper, True)
    middle = substitute(swap(lower), middle, True, True)
    out = solved_from_right(swap(upper), middle, False)
    if packed.shape[-2] > size:
        out = cat([out, solved_from_right(swap(upper), below_g, False)], -2)
    elif packed.shape[-1] > size:
        out = cat([out, substitute(swap(lower), right_g, True, True)], -1)
    return _in_row_order(out, np.argsort(order, -1))


@operator(input=lambda g, output, order: _lu_by_input(g, output, order))
def _lu_packed(input: Any, packed: Any, order: Any) -> Any:
    """``packed``: the factors of ``input``, whose rows were taken in ``order``.

    d input = Pᵀ @ L⁻ᵀ @ (strictly_lower(Lᵀ @ g_L) + upper(g_U @ Uᵀ)) @ U⁻ᵀ; see ``_lu_by_input``.
    """
    return packed


class LUFactor(NamedTuple):
    """What ``linalg.lu_factor`` returns."""

    LU: Tensor
    pivots: Tensor


class LUFactorEx(NamedTuple):
    """What ``linalg.lu_factor_ex`` returns."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


def lu_with_info(A: Any, pivot: bool, name: str, check_errors: bool = False) -> LUFactorEx:
    """The factors in one matrix, the pivots, and for each matrix the place of the first 0 on the
    diagonal of ``U``, counted from 1, or 0; ``check_errors``: raises unless it is 0."""
    need_matrices(A, name, "A")
    if not pivot:
        raise NotImplementedError(f"{name}: pivot=False is not supported on the CPU")
    packed, pivots = silent().run(lu_with_pivots, raw(A))
    info = _first_zero(packed)
    if check_errors:
        need_no_info(
            info,
            name,
            "element {} of the diagonal of U is 0, so the matrix is singular; linalg.lu and "
            "linalg.lu_factor_ex factor it all the same",
        )
    order = _checked_order(pivots, packed.shape[-2], name)
    return LUFactorEx(_lu_packed(A, packed, order), wrap(pivots), wrap(info))


def lu(A: Any, pivot: bool = True, get_infos: bool = False) -> tuple[Any, ...]:
    """``(LU, pivots)`` of ``linalg.lu_factor``; ``get_infos``: ``info`` of ``lu_factor_ex``, too.

    Differentiated as ``linalg.lu``.

    In newer code, ``linalg.lu_factor``; and ``linalg.lu`` gives the factors apart.

    Raises:
        NotImplementedError: ``pivot=False``, which exists on GPUs only.
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> data, pivots = at.lu(at.tensor([[1.0, 2.0], [4.0, 4.0]]))
        >>> data, pivots  # the rows were exchanged: L = [[1, 0], [¼, 1]], U = [[4, 4], [0, 1]]
        (tensor([[4.0000, 4.0000],
                [0.2500, 1.0000]]), tensor([2, 2], dtype=int32))
    """
    factored = lu_with_info(A, pivot, "lu")
    return factored[:3] if get_infos else factored[:2]


class LU(NamedTuple):
    """What ``linalg.lu`` and ``lu_unpack`` return."""

    P: Tensor
    L: Tensor
    U: Tensor


@function_only
def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True
) -> LU:
    """``P``, ``L`` and ``U`` with ``P @ L @ U`` = the matrix that ``linalg.lu_factor`` was given.

    Differentiated as ``linalg.lu``.

    What is not asked for is an empty Tensor.

    ``(…, m, n), (…, k) → (…, m, m), (…, m, k), (…, k, n)`` with k = min(m, n).

    Raises:
        RuntimeError: pivots of another dtype or shape.

    Example:

        >>> A = at.tensor([[1.0, 2.0], [4.0, 4.0]])
        >>> P, L, U = at.lu_unpack(*at.linalg.lu_factor(A))
        >>> L, U
        (tensor([[1.0000, 0.0000],
                [0.2500, 1.0000]]), tensor([[4., 4.],
                [0., 1.]]))
        >>> P @ L @ U
        tensor([[1., 2.],
                [4., 4.]])
    """
    need_matrices(LU_data, "lu_unpack", "LU_data")
    need_tensor(LU_pivots, "lu_unpack", "LU_pivots")
    if LU_pivots.dtype != np.int32:
        raise RuntimeError(f"lu_unpack: LU_pivots must be of dtype int32, got {LU_pivots.dtype}")
    rows, columns = LU_data.shape[-2:]
    size = min(rows, columns)
    permutation = lower = upper = wrap(np.empty(0, LU_data.dtype))
    if unpack_pivots:
        if LU_pivots.shape != (*LU_data.shape[:-2], size):
            raise RuntimeError(
                f"lu_unpack: LU_pivots of shape {LU_pivots.shape} do not fit LU_data of "
                f"shape {LU_data.shape}"
            )
        order = _checked_order(raw(LU_pivots), rows, "lu_unpack")
        permutation = wrap(swap(np.eye(rows, dtype=LU_data.dtype)[order]))
    if unpack_data:
        lower = unit_lower(LU_data[..., :, :size])
        upper = triangle(LU_data[..., :size, :], True)
    return LU(permutation, lower, upper)


@also_called(input="b")
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """``X`` with ``A @ X = b``, given what ``linalg.lu_factor(A)`` returned.

    The derivative comes from those of the operators it is made of.

    ``(…, n, k), (…, n, n), (…, n) → (…, n, k)``.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> A = at.tensor([[1.0, 2.0], [4.0, 4.0]])
        >>> X = at.lu_solve(at.tensor([[5.0], [12.0]]), *at.linalg.lu_factor(A))
        >>> X, A @ X
        (tensor([[1.],
                [2.]]), tensor([[ 5.],
                [12.]]))
    """
    need_matrices(b, "lu_solve", "b")
    return lu_solved("lu_solve", LU_data, LU_pivots, b, True, False)


def lu_solved(name: str, LU: Any, pivots: Any, B: Any, left: bool, adjoint: bool) -> Any:
    """``X`` with ``A @ X = B``; not ``left``: ``X @ A = B``; ``adjoint``: with ``Aᵀ``."""
    need_system(name, LU, B, left)
    need_tensor(pivots, name, "pivots")
    if raw(pivots).dtype != np.int32:
        raise RuntimeError(f"{name}: pivots must be of dtype int32, got {pivots.dtype}")
    if pivots.shape != LU.shape[:-1]:
        raise RuntimeError(
            f"{name}: pivots of shape {pivots.shape} do not fit LU of shape "
            f"{LU.shape}: expected {LU.shape[:-1]}"
        )
    if not left:
        return swap(lu_solved(name, LU, pivots, swap(B), True, not adjoint))
    order = _checked_order(raw(pivots), LU.shape[-1], name)
    stack = np.broadcast_shapes(LU.shape[:-2], B.shape[:-2])
    order = np.broadcast_to(order, (*stack, order.shape[-1]))
    if B.shape[:-2] != stack:
        B = B.expand((*stack, *B.shape[-2:]))
    if adjoint:
        out = substitute(swap(LU), substitute(swap(LU), B, False, False), True, True)
        return _in_row_order(out, np.argsort(order, -1))
    out = substitute(LU, _in_row_order(B, order), False, True)
    return substitute(LU, out, True, False)


# -- QR --------------------------------------------------------------------------------------------


class QR(NamedTuple):
    """What ``qr`` returns."""

    Q: Tensor
    R: Tensor


def _qr_by_input(gathered: Any, input: Any, q: Any, r: Any) -> Any:
    """Of a wide matrix, the square left part: the right one is ``Q R₂``."""
    if isinstance(input, Tensor):
        q, r = qr_factors(input, "reduced", "qr")
    gq, gr = gathered
    size = r.shape[-2]
    if r.shape[-1] == size:
        return _tall_qr_by_input(gq, gr, q, r)
    left, right = slice(size), slice(size, None)
    if gr is None:
        return cat([_tall_qr_by_input(gq, None, q, r[..., left]), 0.0 * r[..., right]], -1)
    also = q @ r[..., right] @ swap(gr[..., right])
    gq = also if gq is None else gq + also
    return cat([_tall_qr_by_input(gq, gr[..., left], q, r[..., left]), q @ gr[..., right]], -1)


def _tall_qr_by_input(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    """``(g_Q + Q M) R⁻ᵀ``, where M is symmetric with the upper triangle of ``g_R Rᵀ - Qᵀ g_Q``."""
    middle = 0.0 if gr is None else gr @ swap(r)
    if gq is not None:
        middle = middle - swap(q) @ gq
    out = q @ _mirrored(middle, upper=True)
    if gq is not None:
        out = out + gq
    return solved_from_right(swap(r), out, False)


def _no_qr_rule(gathered: Any, input: Any, *factors: Any) -> Any:
    raise RuntimeError(
        "qr: there is no derivative for mode 'r', nor for 'complete' of a matrix with more rows "
        "than columns; use mode 'reduced'"
    )


def qr_factors(input: Any, mode: str, name: str) -> QR:
    """``Q`` and ``R``; of mode ``'r'``, an empty ``Q``."""
    need_matrices(input, name)
    array = raw(input)
    rows, columns = array.shape[-2:]
    need_one_of(mode, ("reduced", "complete", "r"), name, "mode")
    found = decomposed(name, np.linalg.qr, array, mode)
    arrays = (np.empty(0, array.dtype), found) if mode == "r" else found
    known = mode == "reduced" or (mode == "complete" and rows <= columns)
    return QR(*_factors(arrays, name, input, _qr_by_input if known else _no_qr_rule))


def qr(input: Any, some: bool = True) -> QR:
    """``Q`` of orthonormal columns and an upper triangular ``R`` with ``Q R = input``.

    ``(…, m, n) → (…, m, k), (…, k, n)`` with k = min(m, n); without ``some``, k = m.

    d input = (g_Q + Q @ symmetric(g_R @ Rᵀ - Qᵀ @ g_Q)) @ R⁻ᵀ; the upper triangle is made symmetric
    (M. Seeger et al., "Auto-differentiating linear algebra", 2017).  If m < n, so for the first m
    columns, and ``Q @ g_R`` for the rest, which also adds to g_Q.

    Raises:
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[3.0, 5.0], [4.0, 0.0]])
        >>> Q, R = at.qr(A)
        >>> at.allclose(Q @ R, A), at.allclose(Q.T @ Q, at.eye(2), atol=1e-6)
        (True, True)
        >>> R.abs().round(decimals=3)  # signs may be chosen; the first column has length 5
        tensor([[5., 3.],
                [0., 4.]])
    """
    return qr_factors(input, "reduced" if some else "complete", "qr")


def householder_product(A: Any, tau: Any) -> Any:
    """The first n columns of ``Π (1 - tau_i v_i v_iᵀ)``, where v_i is column i of ``A`` below the
    diagonal, with 1 on it: ``(…, m, n), (…, k) → (…, m, n)``.
    The derivative comes from those of the operators it is made of.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, or more columns than rows.

    Example:

        >>> v = at.tensor([[1.0], [1.0]])  # the first column of I - tau v vᵀ
        >>> at.linalg.householder_product(v, at.tensor([1.0]))
        tensor([[ 0.],
                [-1.]])
    """
    name = "linalg.householder_product"
    need_matrices(A, name, "A")
    need_tensor(tau, name, "tau")
    need_alike(name, A=A, tau=tau)
    rows, columns = A.shape[-2:]
    if columns > rows or tau.ndim != A.ndim - 1 or tau.shape[-1] > columns:
        raise RuntimeError(
            f"{name}: A of shape {A.shape} must not have more columns than rows, nor fewer "
            f"than tau has numbers, got shape {tau.shape}"
        )
    if tau.shape[:-1] != A.shape[:-2]:
        raise RuntimeError(f"{name}: tau of shape {tau.shape} does not fit A of shape {A.shape}")
    vectors = unit_lower(A)
    out = where(np.False_, A, np.eye(rows, columns, dtype=A.dtype))
    for at in reversed(range(tau.shape[-1])):
        vector = vectors[..., :, at, None]
        out = out - (tau[..., at, None, None] * vector) @ (swap(vector) @ out)
    return out


# -- eigenvalues -----------------------------------------------------------------------------------


class Eigh(NamedTuple):
    """What ``linalg.eigh`` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def _eigh_by_input(gathered: Any, input: Any, values: Any, vectors: Any, UPLO: str) -> Any:
    """``V (diag(g_λ) + ½ skew(Vᵀ g_V) / E) Vᵀ`` with ``E_ij = λ_j - λ_i``; symmetric."""
    if isinstance(input, Tensor):
        values, vectors = eigh_factors(input, UPLO, "eigh")
    by_values, by_vectors = gathered
    if by_vectors is None:
        return (vectors * by_values[..., None, :]) @ swap(vectors)
    diagonal = np.eye(values.shape[-1], dtype=np.bool_)
    along = swap(vectors) @ by_vectors
    turning = 0.5 * (along - swap(along)) / _gaps(values)
    if by_values is not None:
        turning = where(diagonal, by_values[..., None, :], turning)
    return vectors @ turning @ swap(vectors)


def eigh_factors(input: Any, UPLO: str, name: str) -> Eigh:
    """Eigenvalues, ascending, and eigenvectors, of symmetric matrices."""
    need_square(input, name, "A")
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"{name}: UPLO must be 'L' or 'U', got {UPLO!r}")
    arrays = decomposed(name, np.linalg.eigh, raw(input), UPLO)
    return Eigh(*_factors(arrays, name, input, _eigh_by_input, UPLO))


# -- singular values -------------------------------------------------------------------------------


class SVD(NamedTuple):
    """What ``linalg.svd`` returns."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def _svd_by_input(gathered: Any, input: Any, u: Any, s: Any, vh: Any, full: bool) -> Any:
    """See ``linalg.svd``; of full matrices, what belongs to no singular value counts as fixed."""
    if isinstance(input, Tensor):
        u, s, vh = svd_factors(input, full, "svd")
    by_u, by_s, by_vh = gathered
    count = s.shape[-1]
    u, vh = u[..., :count], vh[..., :count, :]
    if by_u is None and by_vh is None:
        return (u * by_s[..., None, :]) @ vh
    apart = _gaps(s) * (s[..., None, :] + s[..., :, None])
    middle = 0.0 if by_s is None else by_s[..., None, :] * np.eye(count, dtype=s.dtype)
    outside = 0.0
    if by_u is not None:
        by_u = by_u[..., :count]
        along = swap(u) @ by_u
        middle = middle + (along - swap(along)) / apart * s[..., None, :]
        if input.shape[-2] > count:
            outside = ((by_u - u @ along) / s[..., None, :]) @ vh
    if by_vh is not None:
        by_vh = by_vh[..., :count, :]
        along = vh @ swap(by_vh)
        middle = middle + s[..., :, None] * ((along - swap(along)) / apart)
        if input.shape[-1] > count:
            outside = outside + (u / s[..., None, :]) @ (by_vh - swap(along) @ vh)
    return u @ middle @ vh + outside


def svd_factors(input: Any, full: bool, name: str) -> SVD:
    """``U``, the singular values, descending, and ``Vᵀ``."""
    need_matrices(input, name)
    arrays = decomposed(name, np.linalg.svd, raw(input), full)
    return SVD(*_factors(arrays, name, input, _svd_by_input, full))


class OldSVD(NamedTuple):
    """What ``svd`` returns."""

    U: Tensor
    S: Tensor
    V: Tensor


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> OldSVD:
    """``U``, ``S`` and ``V`` with ``U diag(S) Vᵀ = input``.

    Without ``some`` as ``linalg.svd`` of full matrices; without ``compute_uv``, ``U`` and ``V`` are
    zeros.  Differentiated as ``linalg.svd``, which newer code uses and which gives ``Vᵀ``.

    ``(…, m, n) → (…, m, k), (…, k), (…, n, k)`` with k = min(m, n).

    Raises:
        LinAlgError: the values do not converge: ``input`` holds inf or NaN.
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[3.0, 0.0], [0.0, -2.0], [0.0, 0.0]])
        >>> U, S, V = at.svd(A)
        >>> S.round(decimals=3), U.shape, V.shape
        (tensor([3., 2.]), torch.Size([3, 2]), torch.Size([2, 2]))
        >>> at.allclose(U @ at.diag(S) @ V.T, A, atol=1e-6)
        True
    """
    need_matrices(input, "svd")
    u, s, vh = svd_factors(input, not some and compute_uv, "svd")
    if not compute_uv:
        stack, (rows, columns) = input.shape[:-2], input.shape[-2:]
        zeros = [wrap(np.zeros((*stack, size, size), input.dtype)) for size in (rows, columns)]
        return OldSVD(zeros[0], s, zeros[1])
    return OldSVD(u, s, swap(vh))
