"""Linear algebra under the names of ``torch.linalg``: ``autotensor.linalg.inv(A)``.

All take stacks of matrices, ``(…, m, n)``, of float32 or float64.  What is computed, and the
derivatives, stand in ``autotensor/operators/linalg/``; here are the faces of what the top level has
under the same name but with other arguments.
"""

from __future__ import annotations

from typing import Any

from autotensor.importing import published
from autotensor.operators.arguments import need_tensor
from autotensor.operators.linalg import decompositions, matrix_functions, products

from autotensor.operators.linalg.decompositions import (  # isort: skip
    LU, QR, SVD, CholeskyEx, Eigh, LinAlgError, LUFactor, LUFactorEx, householder_product,
)  # fmt: skip
from autotensor.operators.linalg.matrix_functions import SlogDet, matrix_exp, matrix_rank, vander
from autotensor.operators.linalg.norms import matrix_norm, vector_norm
from autotensor.operators.linalg.products import matmul, multi_dot, vecdot

from autotensor.operators.linalg.systems import (  # isort: skip
    cond, inv, inv_ex, lstsq, pinv, solve, solve_ex, solve_triangular, tensorinv, tensorsolve,
)  # fmt: skip
from autotensor.operators.reductions.reductions import p_norm
from autotensor.operators.structure import diagonals

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh",
    "eigvals", "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power",
    "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex",
    "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot",
    "vector_norm",
]  # fmt: skip


# -- norms and products ----------------------------------------------------------------------------


def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """``vector_norm`` or ``matrix_norm``: the latter of two dimensions.

    Without ``ord``, the root of the sum of squares; without ``dim``, of all dimensions, of which
    there must be one or two if ``ord`` is given.  At 0 the second derivative is 0, where PyTorch's
    is NaN.

    ``(*) → ()``; over ``dim`` those dimensions go, or become 1 with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError, ValueError, TypeError: an ``ord`` or a dtype that does not fit.

    Example:

        >>> A = at.tensor([[3.0, 0.0], [0.0, 4.0]])
        >>> at.linalg.norm(A), at.linalg.norm(A, ord=1), at.linalg.norm(A, dim=1)
        (tensor(5.), tensor(4.), tensor([3., 4.]))
    """
    need_tensor(A, "linalg.norm", "A")
    if dim is None and ord is not None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: with ord but without dim, A must have 1 or 2 dimensions, got shape "
            f"{A.shape}"
        )
    several = dim if isinstance(dim, (tuple, list)) else None if dim is None else (dim,)
    if ord is not None and (len(several) == 2 if several is not None else A.ndim == 2):
        return matrix_norm(A, ord, several or (-2, -1), keepdim, dtype=dtype)
    return p_norm(A, 2 if ord is None else ord, dim, keepdim, dtype, "linalg.norm")


def det(A: Any) -> Any:
    """The determinant.  Differentiated as ``det``.

    ``(…, n, n) → (…)``.

    Raises:
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> at.linalg.det(at.tensor([[1.0, 2.0], [3.0, 4.0]])).round(decimals=3)
        tensor(-2.)
    """
    return matrix_functions.det(A)


def slogdet(A: Any) -> SlogDet:
    """Sign and logarithm of the determinant.  Differentiated as ``slogdet``.

    ``(…, n, n) → (…), (…)``.

    Raises:
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> at.linalg.slogdet(at.tensor([[-1.0, 0.0], [0.0, 1.0]]))
        SlogDet(sign=tensor(-1.), logabsdet=tensor(0.))
    """
    return matrix_functions.slogdet(A)


def matrix_power(A: Any, n: int) -> Any:
    """``A @ A @ …``, ``n`` times; see ``autotensor.matrix_power``.

    Differentiated as ``matrix_power``.

    ``(…, n, n) → (…, n, n)``.

    Raises:
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> at.linalg.matrix_power(at.tensor([[1, 1], [0, 1]]), 5)
        tensor([[1, 5],
                [0, 1]])
    """
    return matrix_functions.matrix_power(A, n)


def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """Cross products of vectors along ``dim``, of size 3.  Differentiated as ``cross``.

    ``(…, 3, …), (…, 3, …) → (…, 3, …)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: a size other than 3, or shapes or dtypes that do not fit.

    Example:

        >>> at.linalg.cross(at.tensor([1.0, 0.0, 0.0]), at.tensor([0.0, 0.0, 1.0]))
        tensor([ 0., -1.,  0.])
    """
    return products.crossed("linalg.cross", input, other, dim)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of matrices; see ``autotensor.diagonal``, whose dims are others by default.

    Differentiated as ``diagonal``.

    ``(…, m, n) → (…, k)``.

    Raises:
        IndexError: no such dimension.
        RuntimeError: ``dim1`` and ``dim2`` are the same.

    Example:

        >>> A = at.arange(18).reshape(2, 3, 3)  # of each matrix of the stack
        >>> at.linalg.diagonal(A), at.linalg.diagonal(A, offset=1)
        (tensor([[ 0,  4,  8],
                [ 9, 13, 17]]), tensor([[ 1,  5],
                [10, 14]]))
    """
    return diagonals.diagonal(A, offset, dim1, dim2)


# -- factors ---------------------------------------------------------------------------------------


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangular ``L`` with ``L Lᵀ = A``.  Differentiated as ``cholesky``.

    ``(…, n, n) → (…, n, n)``.

    Raises:
        LinAlgError: a matrix is not positive definite.
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> at.linalg.cholesky(at.tensor([[4.0, 2.0], [2.0, 10.0]]))
        tensor([[2., 0.],
                [1., 3.]])
    """
    return decompositions.cholesky_with_info(A, upper, "linalg.cholesky").L


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """``cholesky`` that does not raise: ``info`` is the order of the first leading minor that is
    not positive, or 0.  Differentiated as ``cholesky``.

    ``(…, n, n) → (…, n, n), (…)``.

    Raises:
        LinAlgError: a matrix is not positive definite, with ``check_errors``.
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> at.linalg.cholesky_ex(at.tensor([[1.0, 0.0], [0.0, -1.0]])).info
        tensor(2, dtype=int32)
    """
    return decompositions.cholesky_with_info(A, upper, "linalg.cholesky_ex", check_errors)


def lu_factor(A: Any, *, pivot: bool = True) -> LUFactor:
    """``L`` (without its diagonal of 1) and ``U`` in one matrix, and the pivots, int32.

    Differentiated as ``linalg.lu``.

    Row i was exchanged with row ``pivots[i] - 1``, for i = 0, 1, …; see ``lu``.

    ``(…, m, n) → (…, m, n), (…, k)`` with k = min(m, n).

    Raises:
        NotImplementedError: ``pivot=False``, which exists on GPUs only.
        RuntimeError: no matrices, not float32 or float64, or singular: ``lu`` and ``lu_factor_ex``
            take that.

    Example:

        >>> at.linalg.lu_factor(at.tensor([[1.0, 2.0], [4.0, 4.0]]))
        LUFactor(LU=tensor([[4.0000, 4.0000],
                [0.2500, 1.0000]]), pivots=tensor([2, 2], dtype=int32))
    """
    return LUFactor(*decompositions.lu_with_info(A, pivot, "linalg.lu_factor", True)[:2])


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> LUFactorEx:
    """``lu_factor`` with ``info``: the place of the first 0 on the diagonal of ``U``, or 0.

    Differentiated as ``linalg.lu``.

    ``(…, m, n) → (…, m, n), (…, k), (…)``.

    Raises:
        NotImplementedError: ``pivot=False``, which exists on GPUs only.
        LinAlgError: a matrix is singular, with ``check_errors``.
        RuntimeError: no matrices, or not float32 or float64.

    Example:

        >>> at.linalg.lu_factor_ex(at.tensor([[1.0, 1.0], [1.0, 1.0]])).info  # U ends with 0
        tensor(2, dtype=int32)
    """
    return decompositions.lu_with_info(A, pivot, "linalg.lu_factor_ex", check_errors)


def lu(A: Any, *, pivot: bool = True) -> LU:
    """A permutation ``P``, lower ``L`` with a diagonal of 1, upper ``U`` with ``P @ L @ U = A``.

    ``(…, m, n) → (…, m, m), (…, m, k), (…, k, n)`` with k = min(m, n).

    Of square matrices d A = P @ L⁻ᵀ @ (strictly_lower(Lᵀ @ g_L) + upper(g_U @ Uᵀ)) @ U⁻ᵀ.

    Raises:
        NotImplementedError: ``pivot=False``, which exists on GPUs only.
        RuntimeError: no matrices, or not float32 or float64.

    Example:

        >>> P, L, U = at.linalg.lu(at.tensor([[1.0, 2.0], [4.0, 4.0]]))
        >>> P, L, U
        (tensor([[0., 1.],
                [1., 0.]]), tensor([[1.0000, 0.0000],
                [0.2500, 1.0000]]), tensor([[4., 4.],
                [0., 1.]]))
    """
    return decompositions.lu_unpack(*decompositions.lu_with_info(A, pivot, "linalg.lu")[:2])


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """``X`` with ``A @ X = B``, given ``LU, pivots = lu_factor(A)``.

    The derivative comes from those of the operators it is made of.

    Not ``left``: with ``X @ A = B``; ``adjoint``: with ``Aᵀ`` in the place of ``A``.

    ``(…, n, n), (…, n), (…, n, k) → (…, n, k)``.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> LU, pivots = at.linalg.lu_factor(at.tensor([[1.0, 2.0], [4.0, 4.0]]))
        >>> at.linalg.lu_solve(LU, pivots, at.tensor([[5.0], [12.0]]))
        tensor([[1.],
                [2.]])
    """
    return decompositions.lu_solved("linalg.lu_solve", LU, pivots, B, left, adjoint)


def qr(A: Any, mode: str = "reduced") -> QR:
    """``Q`` of orthonormal columns and an upper triangular ``R`` with ``Q R = A``.

    ``mode`` is ``'reduced'``: ``(…, m, n) → (…, m, k), (…, k, n)`` with k = min(m, n);
    ``'complete'``: k = m; or ``'r'``: only ``R``.  Differentiated as ``qr``.

    Raises:
        RuntimeError: no matrices, or not float32 or float64; an unknown ``mode``.

    Example:

        >>> A = at.tensor([[3.0, 5.0], [4.0, 0.0], [0.0, 0.0]])
        >>> Q, R = at.linalg.qr(A)
        >>> Q.shape, R.shape, at.allclose(Q @ R, A, atol=1e-6)
        (torch.Size([3, 2]), torch.Size([2, 2]), True)
        >>> at.linalg.qr(A, mode="complete").Q.shape
        torch.Size([3, 3])
    """
    return decompositions.qr_factors(A, mode, "linalg.qr")


# -- eigenvalues and singular values ---------------------------------------------------------------


def eigh(A: Any, UPLO: str = "L") -> Eigh:
    """Eigenvalues λ, ascending, and eigenvectors V of symmetric matrices: ``A = V diag(λ) Vᵀ``.

    ``(…, n, n) → (…, n), (…, n, n)``.  Only the lower triangle is read; ``UPLO='U'``: the upper.

    d A = V @ (diag(g_λ) + ½ skew(Vᵀ @ g_V) / E) @ Vᵀ; here skew(X) = X - Xᵀ and E_ij = λ_j - λ_i.
    Equal eigenvalues have no certain vectors, and those no derivative.

    Raises:
        RuntimeError: matrices that are not square, or not float32 or float64; another ``UPLO``.

    Example:

        >>> A = at.tensor([[2.0, 1.0], [1.0, 2.0]])
        >>> values, vectors = at.linalg.eigh(A)
        >>> values.round(decimals=3), at.allclose(A @ vectors, vectors * values, atol=1e-6)
        (tensor([1., 3.]), True)
    """
    return decompositions.eigh_factors(A, UPLO, "linalg.eigh")


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending.  d A = V @ diag(g) @ Vᵀ.

    ``(…, n, n) → (…, n)``.

    Raises:
        RuntimeError: matrices that are not square, or not float32 or float64.

    Example:

        >>> A = at.tensor([[1.0, 0.0], [0.0, 5.0]], requires_grad=True)
        >>> at.linalg.eigvalsh(A)[1].backward()  # the largest one grows with its own entry
        >>> A.grad
        tensor([[0., 0.],
                [0., 1.]])
    """
    return decompositions.eigh_factors(A, UPLO, "linalg.eigvalsh").eigenvalues


def eig(A: Any) -> Any:
    """Not here, unlike in PyTorch: eigenvalues are complex in general.  For symmetric matrices
    there is ``eigh``.

    Raises:
        NotImplementedError: always.

    Example:

        >>> values, vectors = at.linalg.eigh(at.tensor([[2.0, 0.0], [0.0, 1.0]]))  # if symmetric
        >>> values
        tensor([1., 2.])
    """
    raise NotImplementedError(NO_COMPLEX.format("eig", "eigh"))


def eigvals(A: Any) -> Any:
    """Not here, unlike in PyTorch: eigenvalues are complex in general.  For those of symmetric
    matrices there is ``eigvalsh``.

    Raises:
        NotImplementedError: always.

    Example:

        >>> at.linalg.eigvalsh(at.tensor([[2.0, 0.0], [0.0, 1.0]]))  # if symmetric
        tensor([1., 2.])
    """
    raise NotImplementedError(NO_COMPLEX.format("eigvals", "eigvalsh"))


NO_COMPLEX = "linalg.{0}: there are no complex Tensors; use linalg.{1} for symmetric matrices"


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """Orthonormal ``U``, singular values ``S``, descending, and ``Vh`` with ``U diag(S) Vh = A``.

    ``(…, m, n) → (…, m, m), (…, k), (…, n, n)`` with k = min(m, n); without ``full_matrices``,
    ``U`` has k columns and ``Vh`` k rows.

    d A = U @ (skew(Uᵀ @ g_U) / E @ S + S @ (skew(Vᵀ @ g_V) / E) + diag(g_S)) @ Vᵀ
    + (I - U @ Uᵀ) @ g_U @ S⁻¹ @ Vᵀ + U @ S⁻¹ @ g_Vᵀ @ (I - V @ Vᵀ); here skew(X) = X - Xᵀ and
    E_ij = S_j² - S_i² (Z. Wan and S. Zhang, "Automatic differentiation for complex valued SVD",
    2019).  Equal singular values have no certain vectors, and those no derivative.

    Raises:
        LinAlgError: the values do not converge: ``A`` holds inf or NaN.
        RuntimeError: no matrices, or not float32 or float64; a ``driver``.

    Example:

        >>> A = at.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
        >>> U, S, Vh = at.linalg.svd(A, full_matrices=False)
        >>> S.round(decimals=3), U.shape, Vh.shape
        (tensor([3., 2.]), torch.Size([2, 2]), torch.Size([2, 3]))
        >>> at.allclose(U @ at.diag(S) @ Vh, A, atol=1e-6)
        True
    """
    _need_no_driver(driver, "linalg.svd")
    return decompositions.svd_factors(A, full_matrices, "linalg.svd")


def _need_no_driver(driver: str | None, name: str) -> None:
    if driver is not None:
        raise RuntimeError(f"{name}: driver chooses a method of CUDA; it must be None here")


def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values, descending, ``(…, m, n) → (…, k)``.  d A = U @ diag(g) @ Vᵀ.

    Raises:
        LinAlgError: the values do not converge: ``A`` holds inf or NaN.
        RuntimeError: no matrices, or not float32 or float64; a ``driver``.

    Example:

        >>> at.linalg.svdvals(at.tensor([[3.0, 0.0], [0.0, -5.0]])).round(decimals=3)
        tensor([5., 3.])
    """
    _need_no_driver(driver, "linalg.svdvals")
    return decompositions.svd_factors(A, False, "linalg.svdvals").S


published(__name__, __all__)
