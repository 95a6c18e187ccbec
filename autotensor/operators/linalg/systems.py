"""Systems of linear equations: solutions, inverses, least squares; and how well they can be solved.

What only ``autotensor.linalg`` needs; that imports it when first asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.graph import Bundle, record, record_from, stands_inside
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.matrices import singular_ones
from autotensor.keywords import also_called
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import (
    need_alike,
    need_common_stack,
    need_matrices,
    need_one_of,
    need_square,
    need_system,
    need_tensor,
    need_tensors,
)
from autotensor.operators.linalg.decompositions import (
    LinAlgError,
    lu_with_info,
    need_no_info,
    solved_from_right,
    substitute,
    svd_factors,
)
from autotensor.operators.linalg.matrix_functions import (
    inverted,
    matrix_rank,
    pseudo_inverted,
    singular_error,
)
from autotensor.operators.linalg.norms import matrix_norm
from autotensor.operators.linalg.products import swap
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import movedim, reshape, squeeze, unsqueeze

SINGULAR = "the matrix is singular: element {} of the diagonal of U is 0"


def _regular(A: Any) -> tuple[Any, np.ndarray]:
    """``A`` with the unit matrix in the place of singular ones, and for each matrix the place of
    the first 0 on the diagonal of U (of LU), counted from 1, or 0."""
    singular = singular_ones(raw(A))
    if not singular.any():
        return A, singular
    # Where the rounding of LAPACK gave a 0 but that of our elimination none, it was the last.
    place = raw(lu_with_info(raw(A), True, "linalg.lu_factor").info)
    info = np.where(singular, np.where(place, place, A.shape[-1]), 0).astype(np.int32)
    return where(info[..., None, None] != 0, np.eye(A.shape[-1], dtype=A.dtype), A), info


def _nan_where(info: np.ndarray, out: Any) -> Any:
    return where(info[..., None, None] != 0, math.nan, out) if info.any() else out


# -- inverses --------------------------------------------------------------------------------------


class Inverse(NamedTuple):
    """What ``inv_ex`` returns."""

    inverse: Tensor
    info: Tensor


def inv(A: Any) -> Any:
    """``A⁻¹``.  d A = -yᵀ @ g @ yᵀ.

    ``(…, n, n) → (…, n, n)``.

    Raises:
        LinAlgError: a matrix is singular.

    Example:

        >>> A = at.tensor([[2.0, 1.0], [0.0, 4.0]])
        >>> at.linalg.inv(A)
        tensor([[ 0.5000, -0.1250],
                [ 0.0000,  0.2500]])
        >>> at.linalg.inv(A) @ A
        tensor([[1., 0.],
                [0., 1.]])
    """
    need_square(A, "linalg.inv", "A")
    return inverted(A)


def inv_ex(A: Any, *, check_errors: bool = False) -> Inverse:
    """``inv`` that does not raise for a singular matrix: its inverse is NaN and its ``info`` the
    place of the first 0 on the diagonal of U (of LU), counted from 1.
    Differentiated as ``linalg.inv``.

    ``(…, n, n) → (…, n, n), (…)``.

    Raises:
        LinAlgError: a matrix is singular, with ``check_errors``.

    Example:

        >>> inverse, info = at.linalg.inv_ex(at.stack([2 * at.eye(2), at.zeros(2, 2)]))
        >>> inverse[0], info
        (tensor([[0.5000, 0.0000],
                [0.0000, 0.5000]]), tensor([0, 1], dtype=int32))
    """
    need_square(A, "linalg.inv_ex", "A")
    A, info = _regular(A)
    if check_errors:
        need_no_info(info, "linalg.inv_ex", SINGULAR)
    return Inverse(_nan_where(info, inverted(A)), wrap(info))


def pinv(
    A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """The pseudoinverse (of Moore and Penrose), ``(…, m, n) → (…, n, m)``.

    Singular values up to ``max(atol, rtol · the largest)`` count as 0; by default, rtol is
    max(m, n) · eps and atol 0.  ``rcond`` is ``rtol``; ``hermitian`` takes the eigenvalues of a
    symmetric matrix.

    d A = -yᵀ @ g @ yᵀ + (I - A @ y) @ gᵀ @ y @ yᵀ + yᵀ @ y @ gᵀ @ (I - y @ A): right as long as the
    rank stays (G. Golub and V. Pereyra, 1973).

    Raises:
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
        >>> at.linalg.pinv(A).round(decimals=3) + 0.0
        tensor([[1.0000, 0.0000, 0.0000],
                [0.0000, 0.5000, 0.0000]])
        >>> (at.linalg.pinv(A) @ A).round(decimals=3) + 0.0
        tensor([[1., 0.],
                [0., 1.]])
    """
    return pseudo_inverted(A, atol, rcond if rtol is None else rtol, hermitian, "linalg.pinv")


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of ``A`` as a map; so ``tensordot(tensorinv(A), tensordot(A, X))`` is ``X``.

    The derivative comes from those of the operators it is made of.

    The first ``ind`` sizes must have the product of the others.

    ``(*A, *B) → (*B, *A)``, A of ``ind`` sizes.

    Raises:
        RuntimeError: ``ind`` is not positive, or the sizes do not fit.
        LinAlgError: there is no inverse.

    Example:

        >>> A = at.eye(6).reshape(2, 3, 6) * 2
        >>> inverse = at.linalg.tensorinv(A, ind=2)
        >>> inverse.shape, at.tensordot(inverse, at.ones(2, 3))[0]
        (torch.Size([6, 2, 3]), tensor(0.5000))
    """
    need_tensor(A, "linalg.tensorinv", "A")
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: ind must be positive, got {ind}")
    first, last = A.shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            f"linalg.tensorinv: the first {ind} sizes of {A.shape} must have the product of "
            f"the others, got {math.prod(first)} and {math.prod(last)}"
        )
    return reshape(inv(reshape(A, (math.prod(first), math.prod(last)))), (*last, *first))


# -- solutions -------------------------------------------------------------------------------------


def _solved(matrix: Any, right: Any) -> Any:
    """``matrix⁻¹ @ right``.  d matrix = -d right @ yᵀ, d right = matrix⁻ᵀ @ g."""
    try:
        value = silent().run(np.linalg.solve, raw(matrix), raw(right))
    except np.linalg.LinAlgError:
        raise singular_error(raw(matrix), "solve") from None
    if not isinstance(matrix, Tensor) and not isinstance(right, Tensor):
        return value
    # Two nodes: the outer one computes d right, which both rules of the inner one need.
    rules = (
        (lambda both: -(both.parts[0] @ swap(both.parts[1])), ()),
        (lambda both: both.parts[0], ()),
    )
    inner = record_from("solve", np.empty(0, value.dtype), (matrix, right), rules).node
    if inner is None:
        return wrap(value)
    stands_inside(inner)
    return record(value, "linalg_solve", ((inner, _solved_back, (matrix, value)),), value)


def _solved_back(g: Any, matrix: Any, output: Any) -> Bundle:
    """d right and X."""
    return Bundle(2, {0: _solved(swap(matrix), g), 1: output})


class Solution(NamedTuple):
    """What ``solve_ex`` returns."""

    result: Tensor
    info: Tensor


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """``X`` with ``A @ X = B``; not ``left``: with ``X @ A = B``.

    ``(…, n, n), (…, n, k) → (…, n, k)``, or ``B`` is a vector, or one for each matrix.

    d B = A⁻ᵀ @ g, d A = -d B @ Xᵀ.

    Raises:
        LinAlgError: a matrix is singular.

    Example:

        >>> A = at.tensor([[2.0, 2.0], [1.0, 2.0]])  # 2x + 2y = 8, x + 2y = 7
        >>> b = at.tensor([8.0, 7.0], requires_grad=True)
        >>> at.linalg.solve(A, b).tolist()
        [1.0, 3.0]
        >>> at.linalg.solve(A, b)[0].backward()  # the first row of A⁻¹
        >>> b.grad
        tensor([ 1., -1.])
    """
    return _solution(A, B, left, True, "linalg.solve").result


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Solution:
    """``solve`` that does not raise for a singular matrix: see ``inv_ex``.

    Differentiated as ``linalg.solve``.

    ``(…, n, n), (…, n, k) → (…, n, k), (…)``.

    Raises:
        LinAlgError: a matrix is singular, with ``check_errors``.
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> at.linalg.solve_ex(at.tensor([[2.0, 0.0], [0.0, 4.0]]), at.tensor([2.0, 1.0])).result
        tensor([1.0000, 0.2500])
        >>> at.linalg.solve_ex(at.ones(2, 2), at.ones(2)).info  # singular
        tensor(2, dtype=int32)
    """
    return _solution(A, B, left, check_errors, "linalg.solve_ex")


def _solution(A: Any, B: Any, left: bool, check_errors: bool, name: str) -> Solution:
    need_square(A, name, "A")
    need_tensor(B, name, "B")
    # As PyTorch decides it.
    vector = B.ndim == 1 or _one_vector_each(A, B)
    if vector:
        if not left:
            raise RuntimeError(f"{name}: left=False needs a matrix B, got shape {B.shape}")
        B = unsqueeze(B, -1)
    need_system(name, A, B, left)
    if not left:
        A, B = swap(A), swap(B)
    try:
        out, info = _solved(A, B), np.zeros(A.shape[:-2], np.int32)
    except LinAlgError:
        A, info = _regular(A)
        out = _nan_where(info, _solved(A, B))
    if check_errors:
        need_no_info(info, name, SINGULAR)
    if not left:
        out = swap(out)
    return Solution(squeeze(out, -1) if vector else out, wrap(info))


def _one_vector_each(A: Any, B: Any) -> bool:
    """Whether ``B`` is a stack of vectors, one for each matrix of ``A``."""
    return B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """``X`` with ``A @ X = B`` for triangular ``A``; not ``left``: with ``X @ A = B``.

    Only the triangle is read, with ``unitriangular`` not even its diagonal, which counts as 1.  A 0
    on the diagonal gives inf or NaN.

    d B = A⁻ᵀ @ g, d A = -triangle(d B @ Xᵀ).

    ``(…, n, n), (…, n, k) → (…, n, k)``.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> L = at.tensor([[2.0, 0.0], [1.0, 4.0]])
        >>> at.linalg.solve_triangular(L, at.tensor([[2.0], [9.0]]), upper=False)
        tensor([[1.],
                [2.]])
    """
    need_system("linalg.solve_triangular", A, B, left)
    return (substitute if left else solved_from_right)(A, B, upper, unitriangular)


@also_called(other="B")
def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """``X`` with ``tensordot(A, X) = B``; ``dims`` of ``A`` are moved to its end before.

    The derivative comes from those of the operators it is made of.

    ``(*B, *X), (*B) → (*X)``.

    Raises:
        RuntimeError: the sizes do not fit.
        LinAlgError: there is no solution, or more than one.

    Example:

        >>> A = at.eye(6).reshape(2, 3, 6) * 2
        >>> at.linalg.tensorsolve(A, at.ones(2, 3)).shape
        torch.Size([6])
    """
    need_tensors("linalg.tensorsolve", A=A, B=B)
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = A.shape[B.ndim :]
    size = math.prod(shape)
    if not size == math.prod(A.shape[: B.ndim]) == math.prod(B.shape):
        raise RuntimeError(
            f"linalg.tensorsolve: A of shape {A.shape} is no square system for B of shape "
            f"{B.shape}: the product of its sizes from {B.ndim} on must be that of the sizes of B"
        )
    return reshape(solve(reshape(A, (size, size)), reshape(B, (size,))), shape)


class LeastSquares(NamedTuple):
    """What ``lstsq`` returns."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """``X`` that makes ``‖A @ X - B‖`` least; the shortest, if there are several.

    The derivative comes from those of the operators it is made of.

    ``(…, m, n), (…, m, k) → (…, n, k)``, or ``B`` is a vector for each matrix.  Singular values up
    to ``rcond`` times the largest count as 0; by default, max(m, n) · eps.

    The pseudoinverse gives the solution for any ``driver``.  As in LAPACK, that says what is told
    besides, else empty: ``'gels'`` no rank; ``'gelsy'``, the default, no residuals (sums of squares
    of what remains, if m > n and all ranks are full); both no singular values.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, or an unknown ``driver``.

    Example:

        >>> x, y = at.tensor([0.0, 1.0, 2.0]), at.tensor([1.0, 3.0, 5.0])
        >>> A = at.stack([at.ones(3), x], dim=1)
        >>> at.linalg.lstsq(A, y.unsqueeze(1)).solution.round(decimals=3)  # y = 1 + 2x
        tensor([[1.],
                [2.]])
    """
    name = "linalg.lstsq"
    need_matrices(A, name, "A")
    need_tensor(B, name, "B")
    if driver is not None:
        need_one_of(driver, ("gels", "gelsy", "gelsd", "gelss"), name, "driver")
    need_alike(name, A=A, B=B)
    vector = _one_vector_each(A, B)
    columns = unsqueeze(B, -1) if vector else B
    rows, count = A.shape[-2:]
    if columns.ndim < 2 or columns.shape[-2] != rows:
        raise RuntimeError(
            f"{name}: A of shape {A.shape} does not fit B of shape {B.shape}: B must "
            f"have {rows} rows"
        )
    need_common_stack(name, A=A, B=columns)
    solution = pseudo_inverted(A, None, rcond, False, name) @ columns
    rank = matrix_rank(A, rtol=rcond)
    residuals = reshape(solution, (-1,))[:0]
    if driver not in (None, "gelsy") and rows > count and np.all(rank.array == count):
        rest = A @ solution - columns
        residuals = sum(rest * rest, -2)
    singular = wrap(np.empty(0, A.dtype))
    if driver in ("gelsd", "gelss"):
        singular = svd_factors(A, False, "linalg.svdvals").S.detach()
    if driver == "gels":
        rank = wrap(np.empty(0, np.int64))
    if vector:
        solution = squeeze(solution, -1)
    return LeastSquares(solution, residuals, rank, singular)


# -- condition -------------------------------------------------------------------------------------


def cond(A: Any, p: Any = None) -> Any:
    """``‖A‖ ‖A⁻¹‖``, inf of singular matrices; by default, and for ``p`` 2 and -2, a ratio of
    singular values, also of matrices that are not square.
    The derivative comes from those of the operators it is made of.

    ``(…, m, n) → (…)``.

    Raises:
        RuntimeError: matrices that are not square, unless ``p`` is None, 2 or -2.

    Example:

        >>> at.linalg.cond(at.tensor([[100.0, 0.0], [0.0, 0.5]])).round(decimals=2)
        tensor(200.)
        >>> at.linalg.cond(at.zeros(2, 2), p="fro")
        tensor(inf)
    """
    if p in (None, 2, -2):
        values = svd_factors(A, False, "linalg.svdvals").S
        if 0 in A.shape[-2:]:
            return values.sum(-1)
        large, small = values[..., 0], values[..., -1]
        return small / large if p == -2 else large / small
    need_square(A, "linalg.cond", "A")
    if A.shape[-1] == 0:
        return A.sum((-2, -1))
    A, info = _regular(A)
    return where(info != 0, math.inf, matrix_norm(A, p) * matrix_norm(inverted(A), p))
