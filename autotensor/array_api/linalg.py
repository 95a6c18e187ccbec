"""The standard's linear algebra: its extension ``linalg``, and what of it is at the top as well.

All take stacks of matrices, ``(…, m, n)``, or of vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from autotensor import linalg
from autotensor.array_api.arguments import need_own, reduced, same_dtype
from autotensor.array_api.info import missing
from autotensor.engine.tensor import Tensor
from autotensor.importing import published
from autotensor.operators import linalg as products
from autotensor.operators import reductions, structure
from autotensor.operators.arguments import existing_dim, need_least_dims
from autotensor.operators.linalg.decompositions import QR, SVD, Eigh
from autotensor.operators.linalg.matrix_functions import SlogDet
from autotensor.types import DType, Ints

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve",
    "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """The lower triangular ``L`` with ``L Lᵀ = x`` of positive definite matrices; ``upper``: its
    transpose.

    ``(…, n, n) → (…, n, n)``.
    Differentiated as ``autotensor.linalg.cholesky``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.
        LinAlgError: a matrix is not positive definite.

    Example:

        >>> at.array_api.linalg.cholesky(at.tensor([[4.0, 2.0], [2.0, 5.0]]))
        tensor([[2., 0.],
                [1., 2.]])
    """
    return linalg.cholesky(need_own(x, "cholesky"), upper=upper)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Cross products of vectors along ``axis``, of size 3.

    ``(…, 3, …), (…, 3, …) → (…, 3, …)``.
    Differentiated as ``autotensor.linalg.cross``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.linalg.cross(at.tensor([1, 0, 0]), at.tensor([0, 1, 0]))
        tensor([0, 0, 1])
    """
    a, b = same_dtype("cross", [x1, x2])
    sizes = {one.shape[existing_dim(one, axis, "cross")] for one in (a, b)}
    if sizes != {3}:
        raise RuntimeError(
            f"cross: shapes {a.shape} and {b.shape} must both have 3 along axis {axis}"
        )
    return linalg.cross(*structure.broadcast_tensors(a, b), dim=axis)


def det(x: Tensor, /) -> Tensor:
    """The determinants.

    ``(…, n, n) → (…)``.
    Differentiated as ``autotensor.linalg.det``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.det(at.tensor([[3.0, 1.0], [1.0, 2.0]])).item()
        5.0
    """
    return linalg.det(need_own(x, "det"))


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The diagonals that begin ``offset`` columns to the right, as a view.

    ``(…, m, n) → (…, k)``.
    Differentiated as ``autotensor.linalg.diagonal``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError, IndexError: it has no matrices.

    Example:

        >>> at.array_api.linalg.diagonal(at.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    return linalg.diagonal(need_own(x, "diagonal"), offset=offset)


def eigh(x: Tensor, /) -> Eigh:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices.

    ``(…, n, n) → (…, n), (…, n, n)``.
    Differentiated as ``autotensor.linalg.eigh``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.eigh(at.tensor([[5.0, 0.0], [0.0, 2.0]])).eigenvalues
        tensor([2., 5.])
    """
    return linalg.eigh(need_own(x, "eigh"))


def eigvalsh(x: Tensor, /) -> Tensor:
    """Eigenvalues of symmetric matrices, ascending.

    ``(…, n, n) → (…, n)``.
    Differentiated as ``autotensor.linalg.eigvalsh``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.eigvalsh(at.tensor([[5.0, 0.0], [0.0, 2.0]]))
        tensor([2., 5.])
    """
    return linalg.eigvalsh(need_own(x, "eigvalsh"))


def inv(x: Tensor, /) -> Tensor:
    """The inverse matrices.

    ``(…, n, n) → (…, n, n)``.
    Differentiated as ``autotensor.linalg.inv``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.
        LinAlgError: a matrix is singular.

    Example:

        >>> at.array_api.linalg.inv(at.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return linalg.inv(need_own(x, "inv"))


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Products of matrices; a Tensor of one dimension is a row on the left, a column on the right.

    ``(…, m, k), (…, k, n) → (…, m, n)``.
    Differentiated as ``autotensor.matmul``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.

    Example:

        >>> at.array_api.matmul(at.tensor([[1, 2], [3, 4]]), at.tensor([1, 1]))
        tensor([3, 7])
    """
    return products.matmul(*same_dtype("matmul", [x1, x2]))


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: float | str | None = "fro") -> Tensor:
    """Norms of matrices: ``'fro'``, ``'nuc'``, 1, 2, inf, and the negative numbers.

    ``(…, m, n) → (…)``.
    Differentiated as ``autotensor.linalg.matrix_norm``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.matrix_norm(at.tensor([[3.0, 0.0], [0.0, 4.0]]))
        tensor(5.)
    """
    kind = "fro" if ord is None else ord
    return linalg.matrix_norm(need_own(x, "matrix_norm"), kind, keepdim=keepdims)


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """Square matrices times themselves; of negative ``n``, their inverses.

    ``(…, n, n) → (…, n, n)``.
    Differentiated as ``autotensor.linalg.matrix_power``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.
        LinAlgError: ``n`` is negative and a matrix singular.

    Example:

        >>> at.array_api.linalg.matrix_power(at.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
        tensor([[1., 3.],
                [0., 1.]])
    """
    return linalg.matrix_power(need_own(x, "matrix_power"), n)


def matrix_rank(x: Tensor, /, *, rtol: float | Tensor | None = None) -> Tensor:
    """How many singular values are larger than ``rtol`` times the largest; by default
    max(m, n) · eps.

    ``(…, m, n) → (…)``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.matrix_rank(at.ones(3, 3))
        tensor(1)
    """
    return linalg.matrix_rank(need_own(x, "matrix_rank"), rtol=rtol)


def matrix_transpose(x: Tensor, /) -> Tensor:
    """Rows as columns, as a view.

    ``(…, m, n) → (…, n, m)``.
    Differentiated as ``autotensor.transpose``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices.

    Example:

        >>> at.array_api.matrix_transpose(at.ones(2, 3, 4)).shape
        torch.Size([2, 4, 3])
    """
    need_least_dims(need_own(x, "matrix_transpose"), 2, "matrix_transpose", "x")
    return structure.transpose(x, -2, -1)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Each element of one times each of the other.

    ``(m,), (n,) → (m, n)``.
    Differentiated as ``autotensor.outer``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.

    Example:

        >>> at.array_api.linalg.outer(at.tensor([1, 2]), at.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    return products.outer(*same_dtype("outer", [x1, x2]))


def pinv(x: Tensor, /, *, rtol: float | Tensor | None = None) -> Tensor:
    """The pseudoinverses; singular values up to ``rtol`` times the largest count as 0, by default
    max(m, n) · eps.

    ``(…, m, n) → (…, n, m)``.
    Differentiated as ``autotensor.linalg.pinv``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.pinv(at.tensor([[1.0], [1.0]]))
        tensor([[0.5000, 0.5000]])
    """
    return linalg.pinv(need_own(x, "pinv"), rtol=rtol)


def qr(x: Tensor, /, *, mode: str = "reduced") -> QR:
    """``Q`` of orthonormal columns and an upper triangular ``R`` with ``Q R = x``; of all columns
    with ``mode='complete'``.

    ``(…, m, n) → (…, m, k), (…, k, n)``.
    Differentiated as ``autotensor.linalg.qr``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.

    Example:

        >>> Q, R = at.array_api.linalg.qr(at.ones(3, 2))
        >>> Q.shape, R.shape
        (torch.Size([3, 2]), torch.Size([2, 2]))
    """
    return linalg.qr(need_own(x, "qr"), mode)


def slogdet(x: Tensor, /) -> SlogDet:
    """The sign and the logarithm of the size of determinants: 0 and -inf of singular matrices.

    ``(…, n, n) → (…), (…)``.
    Differentiated as ``autotensor.linalg.slogdet``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: its matrices are not square, or not of float32 or float64.

    Example:

        >>> at.array_api.linalg.slogdet(at.tensor([[-1.0, 0.0], [0.0, 1.0]])).sign
        tensor(-1.)
    """
    return linalg.slogdet(need_own(x, "slogdet"))


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """``X`` with ``x1 X = x2``; ``x2`` of one dimension is a vector, of more, matrices.

    ``(…, n, n), (…, n, k) → (…, n, k)``.
    Differentiated as ``autotensor.linalg.solve``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.
        LinAlgError: a matrix is singular.

    Example:

        >>> at.array_api.linalg.solve(at.tensor([[2.0, 0.0], [0.0, 4.0]]), at.tensor([2.0, 2.0]))
        tensor([1.0000, 0.5000])
    """
    A, B = same_dtype("solve", [x1, x2])
    columns = structure.unsqueeze(B, -1) if B.ndim == 1 else B
    while columns.ndim < A.ndim:  # lest it be taken for a stack of vectors
        columns = structure.unsqueeze(columns, 0)
    out = linalg.solve(A, columns)
    return structure.squeeze(out, -1) if B.ndim == 1 else out


def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVD:
    """Orthonormal ``U``, singular values ``S``, descending, and ``Vh`` with ``U diag(S) Vh = x``.

    ``(…, m, n) → (…, m, m), (…, k), (…, n, n)``.
    Differentiated as ``autotensor.linalg.svd``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.
        LinAlgError: the values do not converge.

    Example:

        >>> at.array_api.linalg.svd(at.tensor([[0.0, 2.0], [3.0, 0.0]])).S.round()
        tensor([3., 2.])
    """
    return linalg.svd(need_own(x, "svd"), full_matrices)


def svdvals(x: Tensor, /) -> Tensor:
    """The singular values, descending.

    ``(…, m, n) → (…, k)``.
    Differentiated as ``autotensor.linalg.svdvals``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices, or not of float32 or float64.
        LinAlgError: the values do not converge.

    Example:

        >>> at.array_api.linalg.svdvals(at.tensor([[0.0, 2.0], [3.0, 0.0]])).round()
        tensor([3., 2.])
    """
    return linalg.svdvals(need_own(x, "svdvals"))


def tensordot(
    x1: Tensor, x2: Tensor, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
) -> Tensor:
    """Sums of products over the last ``axes`` dimensions of ``x1`` and the first of ``x2``, or over
    those named for each.

    ``(*A, *K), (*K, *B) → (*A, *B)``.
    Differentiated as ``autotensor.tensordot``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.

    Example:

        >>> at.array_api.tensordot(at.ones(2, 3), at.ones(3, 4), axes=1).shape
        torch.Size([2, 4])
    """
    return products.tensordot(*same_dtype("tensordot", [x1, x2]), axes)


def trace(x: Tensor, /, *, offset: int = 0, dtype: DType | None = None) -> Tensor:
    """The sums of the diagonals that begin ``offset`` columns to the right.

    ``(…, m, n) → (…)``.
    Differentiated as ``autotensor.trace``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError, IndexError: it has no matrices.

    Example:

        >>> at.array_api.linalg.trace(at.tensor([[1, 2], [3, 4]]))
        tensor(5)
    """
    return reductions.sum(linalg.diagonal(need_own(x, "trace"), offset=offset), -1, dtype=dtype)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Dot products of vectors along ``axis``.

    ``(…, n, …), (…, n, …) → (…, …)``.
    Differentiated as ``autotensor.linalg.vecdot``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not fit.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.vecdot(at.tensor([[1, 2], [3, 4]]), at.tensor([1, 1]))
        tensor([3, 7])
    """
    a, b = same_dtype("vecdot", [x1, x2])
    if len({one.shape[existing_dim(one, axis, "vecdot")] for one in (a, b)}) > 1:
        raise RuntimeError(f"vecdot: shapes {a.shape} and {b.shape} differ along axis {axis}")
    if a.is_floating_point():
        return linalg.vecdot(a, b, dim=axis)
    return structure.to(reductions.sum(a * b, axis), a.dtype)


def vector_norm(
    x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False, ord: float = 2
) -> Tensor:
    """The norms of vectors along ``axis``, or of all elements.

    ``(*) → ()``.
    Differentiated as ``autotensor.linalg.vector_norm``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: no floating-point dtype.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.linalg.vector_norm(at.tensor([3.0, 4.0])), at.array_api.linalg.vector_norm(
        ...     at.tensor([3.0, 4.0]), ord=1
        ... )
        (tensor(5.), tensor(7.))
    """
    norm = partial(linalg.vector_norm, ord=ord)
    return reduced(norm, need_own(x, "vector_norm"), axis, keepdims)


published(__name__, __all__)


def __getattr__(name: str) -> object:
    raise missing(__name__, name)
