"""Linear algebra under the names of ``torch.linalg``: ``autotensor.linalg.inv(A)``.

All take stacks of matrices, ``(…, m, n)``, of float32 or float64.  The factorizations themselves
and their derivatives stand in ``autotensor/operators/decompositions.py`` and ``matrices.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.tensor import raw, wrap
from autotensor.operators.arguments import need_tensor
from autotensor.operators.linalg.decompositions import (
    LU,
    NOT_POSITIVE,
    QR,
    SVD,
    Eigh,
    LinAlgError,
    LUFactor,
    cholesky_with_info,
    decomposed,
    eigh_factors,
    lu_factored,
    lu_solved,
    lu_unpack,
    need_alike,
    need_common_stack,
    need_matrices,
    need_no_info,
    need_square,
    need_system,
    qr_factors,
    solved_from_right,
    substitute,
    svd_factors,
    swap,
    triangle,
)
from autotensor.operators.linalg.functions import (
    SlogDet,
    cutoff,
    inverted,
    multiplied,
    pseudo_inverted,
    solved,
    solved_with_info,
)
from autotensor.operators.linalg.functions import det as _det
from autotensor.operators.linalg.functions import matrix_exp as matrix_exp
from autotensor.operators.linalg.functions import matrix_power as _power
from autotensor.operators.linalg.functions import slogdet as _slogdet
from autotensor.operators.linalg.norms import matrix_norm as matrix_norm
from autotensor.operators.linalg.products import crossed, matmul
from autotensor.operators.reductions.reductions import p_norm, sum
from autotensor.operators.structure.diagonals import diagonal as _diagonal
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import movedim, reshape, squeeze, unsqueeze

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh",
    "eigvals", "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power",
    "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex",
    "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot",
    "vector_norm",
]  # fmt: skip


# -- norms -----------------------------------------------------------------------------------------


def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """``(Σ |x|^ord)^(1/ord)`` over ``dim``; see ``autotensor.vector_norm``."""
    return p_norm(x, ord, dim, keepdim, dtype, "linalg.vector_norm")


def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """``vector_norm`` or ``matrix_norm``: the latter of two dimensions.

    Without ``ord``, the root of the sum of squares; without ``dim``, of all dimensions, of which
    there must be one or two if ``ord`` is given.
    """
    need_tensor(A, "linalg.norm", "A")
    if dim is None and ord is not None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: with ord but without dim, A must have 1 or 2 dimensions, got shape "
            f"{tuple(A.shape)}"
        )
    several = dim if isinstance(dim, (tuple, list)) else None if dim is None else (dim,)
    if ord is not None and (len(several) == 2 if several is not None else A.ndim == 2):
        return matrix_norm(A, ord, several or (-2, -1), keepdim, dtype=dtype)
    return p_norm(A, 2 if ord is None else ord, dim, keepdim, dtype, "linalg.norm")


def cond(A: Any, p: Any = None) -> Any:
    """``‖A‖ ‖A⁻¹‖``, inf of singular matrices; by default, and for ``p`` 2 and -2, a ratio of
    singular values, also of matrices that are not square."""
    if p in (None, 2, -2):
        values = svdvals(A)
        if 0 in A.shape[-2:]:
            return values.sum(-1)
        large, small = values[..., 0], values[..., -1]
        return small / large if p == -2 else large / small
    need_square(A, "linalg.cond", "A")
    if A.shape[-1] == 0:
        return A.sum((-2, -1))
    A, info = _regular(A, solved_with_info(np.linalg.inv, raw(A))[1])
    product = matrix_norm(A, p) * matrix_norm(inverted(A), p)
    return where(info != 0, math.inf, product)


def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """How many singular values are larger than ``max(atol, rtol · the largest)``, int64.

    Without ``atol`` and ``rtol``, the latter is max(m, n) · eps; ``tol`` is ``atol``.
    ``hermitian`` takes the eigenvalues of a symmetric matrix.
    """
    name = "linalg.matrix_rank"
    (need_square if hermitian else need_matrices)(A, name, "A")
    if tol is not None:
        atol, rtol = tol, 0.0
    array = raw(A)
    if 0 in array.shape[-2:]:
        return wrap(np.zeros(array.shape[:-2], np.int64))
    if hermitian:
        values = np.abs(decomposed(name, np.linalg.eigvalsh, array))
    else:
        values = decomposed(name, np.linalg.svd, array, False, False)
    counts = values > cutoff(values.max(-1), array.shape, atol, rtol)
    return wrap(np.asarray(counts.sum(-1), np.int64))


# -- inverses and systems --------------------------------------------------------------------------


class Inverse(NamedTuple):
    """What ``inv_ex`` returns."""

    inverse: Any
    info: Any


class Solution(NamedTuple):
    """What ``solve_ex`` returns."""

    result: Any
    info: Any


def inv(A: Any) -> Any:
    """``A⁻¹``.  With the result Y, d A = -Yᵀ g Yᵀ.

    Raises:
        LinAlgError: a matrix is singular.
    """
    need_square(A, "linalg.inv", "A")
    return inverted(A)


def inv_ex(A: Any, *, check_errors: bool = False) -> Inverse:
    """``inv`` that does not raise for a singular matrix: its inverse is NaN and its ``info`` the
    place of the first 0 on the diagonal of U (of LU), counted from 1."""
    need_square(A, "linalg.inv_ex", "A")
    A, info = _regular(A, solved_with_info(np.linalg.inv, raw(A))[1])
    if check_errors:
        need_no_info(info, "linalg.inv_ex", _SINGULAR)
    return Inverse(_nan_where(info, inverted(A)), wrap(info))


_SINGULAR = "the matrix is singular: element {} of the diagonal of U is 0"


def _regular(A: Any, singular: np.ndarray) -> tuple[Any, np.ndarray]:
    """``A`` with the unit matrix in the place of singular ones, and their ``info``."""
    if not singular.any():
        return A, singular
    # Where the rounding of LAPACK gave a 0 but that of our elimination none, it was the last.
    place = lu_factored(raw(A), True, "linalg.lu_factor")[1]
    info = np.where(singular, np.where(place, place, A.shape[-1]), 0).astype(np.int32)
    ones = np.eye(A.shape[-1], dtype=A.dtype)
    return where(info[..., None, None] != 0, ones, A), info


def _nan_where(info: np.ndarray, out: Any) -> Any:
    return where(info[..., None, None] != 0, math.nan, out) if info.any() else out


def _is_vector(A: Any, B: Any) -> bool:
    """Whether ``B`` is (a stack of) right sides of one column each, as PyTorch decides it."""
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """``X`` with ``A @ X = B``; not ``left``: with ``X @ A = B``.

    ``(…, n, n), (…, n, k) → (…, n, k)``, or ``B`` is a vector, or one for each matrix.

    d B = A⁻ᵀ g, d A = -(d B) Xᵀ.

    Raises:
        LinAlgError: a matrix is singular.
    """
    out, info = _solve(A, B, left, "linalg.solve")
    need_no_info(info, "linalg.solve", _SINGULAR)
    return out


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Solution:
    """``solve`` that does not raise for a singular matrix: see ``inv_ex``."""
    out, info = _solve(A, B, left, "linalg.solve_ex")
    if check_errors:
        need_no_info(info, "linalg.solve_ex", _SINGULAR)
    return Solution(out, wrap(info))


def _solve(A: Any, B: Any, left: bool, name: str) -> tuple[Any, np.ndarray]:
    need_square(A, name, "A")
    need_tensor(B, name, "B")
    vector = B.ndim > 0 and _is_vector(A, B)
    if vector:
        if not left:
            raise RuntimeError(f"{name}: left=False needs a matrix B, got shape {tuple(B.shape)}")
        B = unsqueeze(B, -1)
    need_system(name, A, B, left)
    if not left:
        A, B = swap(A), swap(B)
    try:
        out, info = solved(A, B), np.zeros(A.shape[:-2], np.int32)
    except LinAlgError:
        A, info = _regular(A, solved_with_info(np.linalg.inv, raw(A))[1])
        out = _nan_where(info, solved(A, B))
    if not left:
        out = swap(out)
    return (squeeze(out, -1) if vector else out), info


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """``X`` with ``A @ X = B`` (not ``left``: ``X @ A = B``) for triangular ``A``.

    Only the triangle is read, with ``unitriangular`` not even its diagonal, which counts as 1.  A 0
    on the diagonal gives inf or NaN.

    d B = A⁻ᵀ g, d A = the triangle of -(d B) Xᵀ.
    """
    need_system("linalg.solve_triangular", A, B, left)
    solve_side = substitute if left else solved_from_right
    return solve_side(A, B, upper, unitriangular)


def pinv(
    A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """The pseudoinverse (of Moore and Penrose), ``(…, m, n) → (…, n, m)``.

    Singular values up to ``max(atol, rtol · the largest)`` count as 0; by default, rtol is
    max(m, n) · eps and atol 0.  ``rcond`` is ``rtol``; ``hermitian`` takes the eigenvalues of a
    symmetric matrix.

    With the result P, d A = -Pᵀ g Pᵀ + (1 - A P) gᵀ P Pᵀ + Pᵀ P gᵀ (1 - P A): right as long as the
    rank stays (G. Golub and V. Pereyra, 1973).
    """
    return pseudo_inverted(A, atol, rcond if rtol is None else rtol, hermitian, "linalg.pinv")


class LeastSquares(NamedTuple):
    """What ``lstsq`` returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """``X`` that makes ``‖A @ X - B‖`` least; the shortest, if there are several.

    ``(…, m, n), (…, m, k) → (…, n, k)``, or ``B`` is a vector for each matrix.  Singular values up
    to ``rcond`` times the largest count as 0; by default, max(m, n) · eps.

    The pseudoinverse gives the solution for any ``driver``.  As in LAPACK, that says what is told
    besides, else empty: ``'gels'`` no rank; ``'gelsy'``, the default, no residuals (sums of squares
    of what remains, if m > n and all ranks are full); both no singular values.
    """
    name = "linalg.lstsq"
    need_matrices(A, name, "A")
    need_tensor(B, name, "B")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"{name}: driver must be 'gels', 'gelsy', 'gelsd' or 'gelss', got {driver!r}"
        )
    need_alike(name, A=A, B=B)
    vector = B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1])
    columns = unsqueeze(B, -1) if vector else B
    rows, count = A.shape[-2:]
    if columns.ndim < 2 or columns.shape[-2] != rows:
        raise RuntimeError(
            f"{name}: A of shape {tuple(A.shape)} does not fit B of shape {tuple(B.shape)}: B must "
            f"have {rows} rows"
        )
    need_common_stack(name, A=A, B=columns)
    solution = pseudo_inverted(A, None, rcond, False, name) @ columns
    rank = matrix_rank(A, rtol=rcond)
    nothing = wrap(np.empty(0, A.dtype))
    residuals = reshape(solution, (-1,))[:0]
    full = bool(np.all(rank.array == count))
    if rows > count and driver in ("gels", "gelsd", "gelss") and full:
        rest = A @ solution - columns
        residuals = sum(rest * rest, -2)
    singular = svdvals(A).detach() if driver in ("gelsd", "gelss") else nothing
    return LeastSquares(
        squeeze(solution, -1) if vector else solution,
        residuals,
        wrap(np.empty(0, np.int64)) if driver == "gels" else rank,
        singular,
    )


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of ``A`` as a map: ``tensordot(tensorinv(A), tensordot(A, X))`` is ``X``.

    The first ``ind`` sizes must have the product of the others.
    """
    need_tensor(A, "linalg.tensorinv", "A")
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: ind must be positive, got {ind}")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            f"linalg.tensorinv: the first {ind} sizes of {tuple(A.shape)} must have the product of "
            f"the others, got {math.prod(first)} and {math.prod(last)}"
        )
    matrix = reshape(A, (math.prod(first), math.prod(last)))
    return reshape(inv(matrix), (*last, *first))


def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """``X`` with ``tensordot(A, X) = B``; ``dims`` of ``A`` are moved to its end before."""
    need_tensor(A, "linalg.tensorsolve", "A")
    need_tensor(B, "linalg.tensorsolve", "B")
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = tuple(A.shape[B.ndim :])
    if math.prod(shape) != math.prod(A.shape[: B.ndim]) or math.prod(shape) != math.prod(B.shape):
        raise RuntimeError(
            f"linalg.tensorsolve: A of shape {tuple(A.shape)} is no square system for B of shape "
            f"{tuple(B.shape)}: the product of its sizes from {B.ndim} on must be that of the "
            "sizes of B"
        )
    size = math.prod(shape)
    return reshape(solve(reshape(A, (size, size)), reshape(B, (size,))), shape)


# -- factors ---------------------------------------------------------------------------------------


class CholeskyEx(NamedTuple):
    """What ``cholesky_ex`` returns."""

    L: Any
    info: Any


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangular ``L`` with ``L Lᵀ = A``; see ``autotensor.cholesky``."""
    factor, info = cholesky_with_info(A, upper, "linalg.cholesky")
    need_no_info(info, "linalg.cholesky", NOT_POSITIVE)
    return factor


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """``cholesky`` that does not raise: ``info`` is the order of the first leading minor that is
    not positive, or 0."""
    factor, info = cholesky_with_info(A, upper, "linalg.cholesky_ex")
    if check_errors:
        need_no_info(info, "linalg.cholesky_ex", NOT_POSITIVE)
    return CholeskyEx(factor, wrap(info))


class LUFactorEx(NamedTuple):
    """What ``lu_factor_ex`` returns."""

    LU: Any
    pivots: Any
    info: Any


def lu_factor(A: Any, *, pivot: bool = True) -> LUFactor:
    """``L`` (without its diagonal of 1) and ``U`` in one matrix, and the pivots, int32.

    Row i was exchanged with row ``pivots[i] - 1``, for i = 0, 1, …; see ``lu``.
    """
    return lu_factored(A, pivot, "linalg.lu_factor")[0]


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> LUFactorEx:
    """``lu_factor`` with ``info``: the place of the first 0 on the diagonal of ``U``, or 0."""
    factored, info = lu_factored(A, pivot, "linalg.lu_factor_ex")
    if check_errors:
        need_no_info(info, "linalg.lu_factor_ex", "element {} of the diagonal of U is 0")
    return LUFactorEx(*factored, wrap(info))


def lu(A: Any, *, pivot: bool = True) -> LU:
    """A permutation ``P``, lower ``L`` with a diagonal of 1, upper ``U`` with ``P @ L @ U = A``.

    ``(…, m, n) → (…, m, m), (…, m, k), (…, k, n)`` with k = min(m, n).

    Of square matrices d A = P L⁻ᵀ (strictly lower part of Lᵀ g_L + upper part of g_U Uᵀ) U⁻ᵀ.
    """
    return lu_unpack(*lu_factored(A, pivot, "linalg.lu")[0])


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """``X`` with ``A @ X = B``, given ``LU, pivots = lu_factor(A)``.

    Not ``left``: with ``X @ A = B``; ``adjoint``: with ``Aᵀ`` in the place of ``A``.
    """
    return lu_solved("linalg.lu_solve", LU, pivots, B, left, adjoint)


def qr(A: Any, mode: str = "reduced") -> QR:
    """``Q`` of orthonormal columns and an upper triangular ``R`` with ``Q R = A``.

    ``mode`` is ``'reduced'``: ``(…, m, n) → (…, m, k), (…, k, n)`` with k = min(m, n);
    ``'complete'``: k = m; or ``'r'``: only ``R``.  For the derivative see ``autotensor.qr``.
    """
    return qr_factors(A, mode, "linalg.qr")


def householder_product(A: Any, tau: Any) -> Any:
    """The first n columns of ``Π (1 - tau_i v_i v_iᵀ)``, where v_i is column i of ``A`` below the
    diagonal, with 1 on it: ``(…, m, n), (…, k) → (…, m, n)``."""
    name = "linalg.householder_product"
    need_matrices(A, name, "A")
    need_tensor(tau, name, "tau")
    need_alike(name, A=A, tau=tau)
    rows, columns = A.shape[-2:]
    if columns > rows or tau.ndim != A.ndim - 1 or tau.shape[-1] > columns:
        raise RuntimeError(
            f"{name}: A of shape {tuple(A.shape)} must not have more columns than rows, nor fewer "
            f"than tau has numbers, got shape {tuple(tau.shape)}"
        )
    if tuple(tau.shape[:-1]) != tuple(A.shape[:-2]):
        raise RuntimeError(
            f"{name}: tau of shape {tuple(tau.shape)} does not fit A of shape {tuple(A.shape)}"
        )
    ones = np.eye(rows, columns, dtype=A.dtype)
    vectors = triangle(A, False, True) + ones
    out = where(np.False_, A, ones)
    for at in reversed(range(tau.shape[-1])):
        vector = vectors[..., :, at, None]
        out = out - (tau[..., at, None, None] * vector) @ (swap(vector) @ out)
    return out


# -- eigenvalues and singular values ---------------------------------------------------------------


def eigh(A: Any, UPLO: str = "L") -> Eigh:
    """Eigenvalues λ, ascending, and eigenvectors V of symmetric matrices: ``A = V diag(λ) Vᵀ``.

    ``(…, n, n) → (…, n), (…, n, n)``.  Only the lower triangle is read; ``UPLO='U'``: the upper.

    d A = V (diag(g_λ) + ½ skew(Vᵀ g_V) / E) Vᵀ with skew(X) = X - Xᵀ and E_ij = λ_j - λ_i.  Equal
    eigenvalues have no certain vectors, and those no derivative.
    """
    return eigh_factors(A, UPLO, "linalg.eigh")


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending.  d A = V diag(g) Vᵀ."""
    return eigh_factors(A, UPLO, "linalg.eigvalsh").eigenvalues


def eig(A: Any) -> Any:
    """Not here: eigenvalues are complex in general.  For symmetric matrices there is ``eigh``."""
    raise NotImplementedError(
        "linalg.eig: there are no complex Tensors; use linalg.eigh for symmetric matrices"
    )


def eigvals(A: Any) -> Any:
    """Not here: eigenvalues are complex in general.  For symmetric ones there is ``eigvalsh``."""
    raise NotImplementedError(
        "linalg.eigvals: there are no complex Tensors; use linalg.eigvalsh for symmetric matrices"
    )


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """Orthonormal ``U``, singular values ``S``, descending, and ``Vh`` with ``U diag(S) Vh = A``.

    ``(…, m, n) → (…, m, m), (…, k), (…, n, n)`` with k = min(m, n); without ``full_matrices``,
    ``U`` has k columns and ``Vh`` k rows.

    d A = U ((skew(Uᵀ g_U) / E) S + S (skew(Vᵀ g_V) / E) + diag(g_S)) Vᵀ
    + (1 - U Uᵀ) g_U S⁻¹ Vᵀ + U S⁻¹ g_Vᵀ (1 - V Vᵀ)
    with skew(X) = X - Xᵀ and E_ij = S_j² - S_i² (Z. Wan and S. Zhang, "Automatic differentiation
    for complex valued SVD", 2019).  Equal singular values have no certain vectors, and those no
    derivative.
    """
    _need_no_driver(driver, "linalg.svd")
    return svd_factors(A, full_matrices, "linalg.svd")


def _need_no_driver(driver: str | None, name: str) -> None:
    if driver is not None:
        raise RuntimeError(f"{name}: driver chooses a method of CUDA; it must be None here")


def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values, descending, ``(…, m, n) → (…, k)``.  d A = U diag(g) Vᵀ."""
    _need_no_driver(driver, "linalg.svdvals")
    return svd_factors(A, False, "linalg.svdvals").S


# -- products --------------------------------------------------------------------------------------


def det(A: Any) -> Any:
    """The determinant; see ``autotensor.det``."""
    return _det(A)


def slogdet(A: Any) -> SlogDet:
    """Sign and logarithm of the determinant; see ``autotensor.slogdet``."""
    return _slogdet(A)


def matrix_power(A: Any, n: int) -> Any:
    """``A @ A @ …``, ``n`` times; see ``autotensor.matrix_power``."""
    return _power(A, n)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of two or more matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors: a row and a column, which disappears.
    """
    matrices = list(tensors)
    if len(matrices) < 2:
        raise RuntimeError(f"linalg.multi_dot: expected at least 2 tensors, got {len(matrices)}")
    for position, one in enumerate(matrices):
        need_tensor(one, "linalg.multi_dot", f"tensor {position}")
    row, column = matrices[0].ndim == 1, matrices[-1].ndim == 1
    if row:
        matrices[0] = unsqueeze(matrices[0], 0)
    if column:
        matrices[-1] = unsqueeze(matrices[-1], 1)
    out = multiplied(matrices, "linalg.multi_dot")
    out = squeeze(out, -1) if column else out
    return squeeze(out, 0) if row else out


def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """Cross products of vectors along ``dim``, of size 3; see ``autotensor.cross``."""
    return crossed("linalg.cross", input, other, dim)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of matrices; see ``autotensor.diagonal``, whose dims are others by default."""
    return _diagonal(A, offset, dim1, dim2)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """``Σ x · y`` along ``dim``."""
    need_tensor(x, "linalg.vecdot", "x")
    need_tensor(y, "linalg.vecdot", "y")
    if x.dtype.kind != "f":
        raise RuntimeError(f"linalg.vecdot: x must be of a floating dtype, got {x.dtype}")
    need_alike("linalg.vecdot", x=x, y=y)
    return sum(x * y, dim)


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each element: ``(…, n) → (…, n, N)``; ``N`` is n by default."""
    need_tensor(x, "linalg.vander", "x")
    if x.ndim == 0 and N is None:
        raise RuntimeError("linalg.vander: N must be given for x without dimensions")
    x = reshape(x, (1,)) if x.ndim == 0 else x
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError(f"linalg.vander: N must be more than 1, got {count}")
    x = x if x.dtype.kind == "f" else x.to(dtypes.int64)
    return unsqueeze(x, -1) ** wrap(np.arange(count, dtype=x.dtype))
