"""Products of vectors, matrices and general arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.array_likes import left_to
from autotensor.engine import dtypes
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.sums import add_up
from autotensor.keywords import MISSING, in_older_order, in_other_words, open_to_others
from autotensor.machine.threads import product
from autotensor.operators.arguments import (
    all_dims,
    common_shape,
    count_of,
    need_alike,
    need_tensor,
    need_tensors,
    one_dim,
    unpacked,
)
from autotensor.operators.faces import python_operator
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import expand, permute_to, reshape_to, squeeze, unsqueeze
from autotensor.remedies import unlike_dtypes

__all__ = [
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "chain_matmul", "cross", "dot", "ger",
    "inner", "kron", "linear", "matmul", "mm", "mv", "outer", "tensordot", "trace", "vander",
    "vdot",
]  # fmt: skip


def swap(matrix: Any) -> Any:
    """The last two dimensions exchanged."""
    return matrix.swapaxes(-1, -2)


@operator(
    title="matmul",
    input=lambda g, other: matrix_product(g, swap(other)),
    other=lambda g, input: matrix_product(swap(input), g),
)
def matrix_product(input: Any, other: Any) -> Any:
    """``input @ other`` of (stacks of) matrices.  d input = g @ otherᵀ, d other = inputᵀ @ g."""
    return product(input, other)


def _product(a: Any, b: Any) -> Any:
    """``matrix_product`` in a rule: of arrays without further ado, as at first order."""
    return matrix_product(a, b) if isinstance(a, Tensor) else product(a, b)


def _need_one_dtype(name: str, arguments: str, *tensors: Any) -> None:
    """Refuses Tensors of several dtypes; ``arguments`` are their names."""
    kinds = {
        argument: need_tensor(tensor, name, argument).dtype
        for argument, tensor in zip(arguments.split(), tensors, strict=True)
        if tensor is not None
    }
    if len(set(kinds.values())) > 1:
        raise unlike_dtypes(name, **kinds)


@python_operator("matmul")
@open_to_others
def matmul(input: Any = MISSING, other: Any = MISSING, **others: Any) -> Any:
    """Matrix product, ``input @ other``; stacks of matrices are broadcast.

    ``(…, n, k) @ (…, k, m) → (…, n, m)``; a vector on the left counts as a row, on the right as a
    column, and that dimension disappears.

    d input = g @ otherᵀ, d other = inputᵀ @ g.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other; a 0-d argument.

    Example:

        >>> A = at.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> x = at.tensor([10.0, 1.0])
        >>> (A @ x).tolist()
        [12.0, 34.0]
        >>> at.matmul(A, x).sum().backward()  # every row of A met x
        >>> A.grad
        tensor([[10.,  1.],
                [10.,  1.]])
        >>> at.matmul(at.ones(5, 1, 2, 3), at.ones(4, 3, 6)).shape
        torch.Size([5, 4, 2, 6])
    """
    if others:
        return in_other_words(matmul, (input, other), others)
    try:
        x, y = need_tensor(input, "matmul"), need_tensor(other, "matmul", "other")
    except TypeError:
        if (answer := left_to("matmul", input, other)) is NotImplemented:
            raise
        return answer
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError("matmul: both arguments need at least one dimension; use * for scalars")
    if x.dtype is not y.dtype:
        _need_one_dtype("matmul", "input other", input, other)
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise RuntimeError(
            f"matmul: shapes {x.shape} and {y.shape} do not fit: "
            f"{x.shape[-1]} columns against {inner} rows"
        )
    if x.ndim == 2 and y.ndim == 2:
        return matrix_product(input, other)
    if y.ndim == 1:
        return squeeze(matmul(input, unsqueeze(other, 1)), -1)
    if x.ndim == 1:
        return squeeze(matmul(unsqueeze(input, 0), other), -2)
    if y.ndim == 2:
        # One large product instead of many small ones, and no gradient to sum over the stack.
        flat = reshape_to(input, (math.prod(x.shape[:-1]), x.shape[-1]))
        return reshape_to(matrix_product(flat, other), (*x.shape[:-1], y.shape[-1]))
    left, right = x.shape[:-2], y.shape[:-2]
    if left != right:
        problem = f"matmul: the stacks {left} and {right} of matrices do not broadcast"
        common_shape(f"{problem} (shapes {x.shape} and {y.shape})", left, right)
    return matrix_product(input, other)


def _need_dims_of(name: str, *wanted: tuple[Any, int]) -> None:
    for (tensor, _), argument in zip(wanted, ("input", "other"), strict=True):
        need_tensor(tensor, name, argument)
    for position, (tensor, ndim) in enumerate(wanted):
        if tensor.ndim != ndim:
            shapes = " and ".join(str(one.shape) for one, _ in wanted)
            raise RuntimeError(
                f"{name}: argument {position} must have {ndim} dimensions; got shapes {shapes}"
            )


def mm(input: Any, mat2: Any) -> Any:
    """``input @ mat2``: ``(n, k) @ (k, m) → (n, m)``.

    d input = g @ mat2ᵀ, d mat2 = inputᵀ @ g.

    Raises:
        RuntimeError: other numbers of dimensions, or shapes or dtypes that do not fit.

    Example:

        >>> swap = at.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> at.mm(swap, at.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        tensor([[4., 5., 6.],
                [1., 2., 3.]])
    """
    _need_dims_of("mm", (input, 2), (mat2, 2))
    return matmul(input, mat2)


def bmm(input: Any, mat2: Any) -> Any:
    """``input @ mat2``: ``(B, n, k) @ (B, k, m) → (B, n, m)``.

    d input = g @ mat2ᵀ, d mat2 = inputᵀ @ g.

    Raises:
        RuntimeError: other numbers of dimensions, or shapes or dtypes that do not fit.

    Example:

        >>> batch = at.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])
        >>> at.bmm(batch, batch.mT)  # the squared lengths of (1, 2) and (3, 4)
        tensor([[[ 5.]],
        <BLANKLINE>
                [[25.]]])
        >>> at.bmm(at.ones(8, 2, 5), at.ones(8, 5, 3)).shape
        torch.Size([8, 2, 3])
    """
    _need_dims_of("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(
            f"bmm: batches must be of one size, got shapes {input.shape} and {mat2.shape}"
        )
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """``input @ vec``: ``(n, k) @ (k) → (n)``.  d input = outer(g, vec), d vec = inputᵀ @ g.

    Raises:
        RuntimeError: other numbers of dimensions, or shapes or dtypes that do not fit.

    Example:

        >>> at.mv(at.tensor([[1, 2], [3, 4], [5, 6]]), at.tensor([10, 1]))
        tensor([12, 34, 56])
    """
    _need_dims_of("mv", (input, 2), (vec, 1))
    return matmul(input, vec)


def dot(input: Any, tensor: Any) -> Any:
    """``Σ input · tensor`` of two vectors of one length.

    ``(n), (n) → ()``.  d input = g · tensor, d tensor = g · input.

    Raises:
        RuntimeError: no two vectors of one length and dtype.

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> at.dot(x, at.tensor([4.0, 5.0, 6.0])).backward()
        >>> at.dot(x, x).item(), x.grad
        (14.0, tensor([4., 5., 6.]))
    """
    _need_dims_of("dot", (input, 1), (tensor, 1))
    return matmul(input, tensor)


def vdot(input: Any, other: Any) -> Any:
    """``dot``, as long as there are no complex numbers.  Differentiated as ``dot``.

    ``(n), (n) → ()``.

    Raises:
        RuntimeError: no two vectors of one length and dtype.

    Example:

        >>> at.vdot(at.tensor([1, 2, 3]), at.tensor([4, 5, 6]))  # 4 + 10 + 18
        tensor(32)
    """
    _need_dims_of("vdot", (input, 1), (other, 1))
    return matmul(input, other)


def outer(input: Any, vec2: Any) -> Any:
    """``y_{i,j} = input_i · vec2_j``: ``(n), (m) → (n, m)``.  d input = g @ vec2, d vec2 = gᵀ @
    input.

    Raises:
        RuntimeError: an argument is no vector.

    Example:

        >>> at.outer(at.arange(1, 4), at.arange(1, 5))
        tensor([[ 1,  2,  3,  4],
                [ 2,  4,  6,  8],
                [ 3,  6,  9, 12]])
    """
    _need_dims_of("outer", (input, 1), (vec2, 1))
    return unsqueeze(input, 1) * vec2


ger = outer


def inner(input: Any, other: Any) -> Any:
    """``(…, k), (*, k) → (…, *)``: products summed over the last dimension of both.

    The gradient of each is the product of g with the other.

    Raises:
        RuntimeError: the last sizes differ.

    Example:

        >>> queries, keys = at.tensor([[1.0, 0.0], [1.0, 1.0]]), at.tensor([[2.0, 3.0], [4.0, 5.0]])
        >>> at.inner(queries, keys)  # queries @ keys.T
        tensor([[2., 4.],
                [5., 9.]])
    """
    need_tensors("inner", input=input, other=other)
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner: the last sizes of input {input.shape} and other {other.shape} must be equal"
        )
    return tensordot(input, other, ([-1], [-1]))


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """``Σ x · y`` along ``dim``.  The gradient of each is g times the other.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: shapes or dtypes that do not fit, or not of a floating dtype.

    Example:

        >>> x, y = at.tensor([[3.0, 4.0], [1.0, 1.0]]), at.tensor([[1.0, 0.0], [2.0, 5.0]])
        >>> at.linalg.vecdot(x, y), at.linalg.vecdot(x, y, dim=0)
        (tensor([3., 7.]), tensor([5., 5.]))
    """
    need_tensors("linalg.vecdot", x=x, y=y)
    if x.dtype.kind != "f":
        raise RuntimeError(f"linalg.vecdot: x must be of a floating dtype, got {x.dtype}")
    need_alike("linalg.vecdot", x=x, y=y)
    return sum(x * y, dim)


# -- products added to something -------------------------------------------------------------------


def _added(name: str, input: Any, product: Any, beta: float, alpha: float) -> Any:
    """``beta · input + alpha · product``; what has a factor of 0 counts as 0, NaN or not."""
    need_tensor(input, name)
    for argument, factor in (("beta", beta), ("alpha", alpha)):
        if product.dtype.kind != "f" and isinstance(factor, float):
            raise RuntimeError(
                f"{name}: {argument} must be an int for a product of dtype {product.dtype}, "
                f"got {factor}"
            )
    try:
        np.broadcast_to(input.array, product.shape)
    except ValueError:
        raise RuntimeError(
            f"{name}: input of shape {input.shape} cannot be stretched to the shape "
            f"{product.shape} of the product"
        ) from None
    stretched = expand(input, product.shape)
    if alpha == 0:
        product = where(np.False_, product, 0)
    elif alpha != 1:
        product = product * alpha
    if beta == 0:
        return product + where(np.False_, stretched, 0)
    return product + (stretched if beta == 1 else stretched * beta)


@has_in_place
@open_to_others
def addmm(input: Any, mat1: Any, mat2: Any, *older: Any, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · mat1 @ mat2``: ``(n, m) + (n, k) @ (k, m)``.

    d input = beta · g, d mat1 = alpha · g @ mat2ᵀ, d mat2 = alpha · mat1ᵀ @ g.

    PyTorch cuts a fractional ``beta`` or ``alpha`` off for integers; here it is refused.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> bias = at.tensor([100.0, 200.0])
        >>> at.addmm(bias, at.tensor([[1.0, 2.0]]), at.tensor([[3.0, 4.0], [5.0, 6.0]]))
        tensor([[113., 216.]])
        >>> at.addmm(bias, at.ones(2, 3), at.ones(3, 2), beta=0.5, alpha=10)
        tensor([[ 80., 130.],
                [ 80., 130.]])
    """
    if older:
        return in_older_order(addmm, input, mat1, mat2, *older)
    _need_dims_of("addmm", (mat1, 2), (mat2, 2))
    _need_one_dtype("addmm", "input mat1 mat2", input, mat1, mat2)
    return _added("addmm", input, matmul(mat1, mat2), beta, alpha)


@has_in_place
@open_to_others
def addmv(input: Any, mat: Any, vec: Any, *older: Any, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · mat @ vec``: ``(n) + (n, k) @ (k)``.

    d input = beta · g, d mat = alpha · outer(g, vec), d vec = alpha · matᵀ @ g.

    PyTorch cuts a fractional ``beta`` or ``alpha`` off for integers; here it is refused.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> bias, mat = at.tensor([0.5, 0.5]), at.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> at.addmv(bias, mat, at.tensor([1.0, -1.0]))
        tensor([-0.5000, -0.5000])
    """
    if older:
        return in_older_order(addmv, input, mat, vec, *older)
    _need_dims_of("addmv", (mat, 2), (vec, 1))
    _need_one_dtype("addmv", "input mat vec", input, mat, vec)
    return _added("addmv", input, matmul(mat, vec), beta, alpha)


@has_in_place
@open_to_others
def addr(input: Any, vec1: Any, vec2: Any, *older: Any, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · outer(vec1, vec2)``: ``(n, m) + (n), (m)``.

    d input = beta · g, d vec1 = alpha · g @ vec2, d vec2 = alpha · gᵀ @ vec1.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> weight, error, x = at.zeros(2, 3), at.tensor([1.0, -1.0]), at.tensor([1.0, 2.0, 3.0])
        >>> at.addr(weight, error, x, alpha=-0.5)  # one step of stochastic gradient descent
        tensor([[-0.5000, -1.0000, -1.5000],
                [ 0.5000,  1.0000,  1.5000]])
    """
    if older:
        return in_older_order(addr, input, vec1, vec2, *older)
    _need_dims_of("addr", (vec1, 1), (vec2, 1))
    out = _added("addr", input, outer(vec1, vec2), beta, alpha)
    return out.to(dtypes.bool) if input.dtype == vec1.dtype == vec2.dtype == dtypes.bool else out


@has_in_place
@open_to_others
def baddbmm(
    input: Any, batch1: Any, batch2: Any, *older: Any, beta: float = 1, alpha: float = 1
) -> Any:
    """``beta · input + alpha · batch1 @ batch2``: ``(B, n, m) + (B, n, k) @ (B, k, m)``.

    d input = beta · g, d batch1 = alpha · g @ batch2ᵀ, d batch2 = alpha · batch1ᵀ @ g.

    PyTorch cuts a fractional ``beta`` or ``alpha`` off for integers; here it is refused.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> queries, keys = at.ones(8, 4, 16), at.ones(8, 6, 16)
        >>> scores = at.baddbmm(at.zeros(8, 4, 6), queries, keys.mT, alpha=0.25)
        >>> scores.shape, scores[0, 0, 0]
        (torch.Size([8, 4, 6]), tensor(4.))
    """
    if older:
        return in_older_order(baddbmm, input, batch1, batch2, *older)
    _need_dims_of("baddbmm", (batch1, 3), (batch2, 3))
    _need_one_dtype("baddbmm", "input batch1 batch2", input, batch1, batch2)
    return _added("baddbmm", input, bmm(batch1, batch2), beta, alpha)


@has_in_place
@open_to_others
def addbmm(
    input: Any, batch1: Any, batch2: Any, *older: Any, beta: float = 1, alpha: float = 1
) -> Any:
    """``beta · input + alpha · Σ_b batch1_b @ batch2_b``: ``(n, m) + (B, n, k) @ (B, k, m)``.

    d input = beta · g, d batch1 = alpha · g @ batch2ᵀ, d batch2 = alpha · batch1ᵀ @ g.

    PyTorch cuts a fractional ``beta`` or ``alpha`` off for integers; here it is refused.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> columns = at.tensor([[[1.0], [0.0]], [[0.0], [1.0]]])
        >>> rows = at.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])
        >>> at.addbmm(at.zeros(2, 2), columns, rows)  # the sum of two products
        tensor([[1., 2.],
                [3., 4.]])
    """
    if older:
        return in_older_order(addbmm, input, batch1, batch2, *older)
    _need_dims_of("addbmm", (batch1, 3), (batch2, 3))
    _need_one_dtype("addbmm", "input batch1 batch2", input, batch1, batch2)
    if batch1.shape[::2] != batch2.shape[:2]:
        raise RuntimeError(
            f"addbmm: batches of shapes {batch1.shape} and {batch2.shape} do not fit"
        )
    return _added("addbmm", input, tensordot(batch1, batch2, ([0, 2], [0, 1])), beta, alpha)


# -- products of general arrays --------------------------------------------------------------------


@function_only
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Products summed over some dimensions of ``a`` and as many of ``b``; the others remain.

    The gradient of each is ``tensordot`` of g with the other.

    ``dims`` is a pair of lists, or how many: the last of ``a``, the first of ``b``.  A dimension of
    size 1 is stretched.

    ``(*A, *S), (*S, *B) → (*A, *B)`` for ``dims`` the number of sizes in S.

    Raises:
        RuntimeError, TypeError: ``dims`` that are none, or whose sizes differ.

    Example:

        >>> a, b = at.ones(3, 4, 5), at.ones(4, 5, 6)
        >>> at.tensordot(a, b).shape, at.tensordot(a, b)[0, 0]
        (torch.Size([3, 6]), tensor(20.))
        >>> at.tensordot(a, at.ones(2, 3), dims=([0], [1])).shape
        torch.Size([4, 5, 2])
    """
    need_tensors("tensordot", a=a, b=b)
    _need_one_dtype("tensordot", "a b", a, b)
    of_a, of_b = _summed_dims(dims, a, b)
    for left, right in zip(of_a, of_b, strict=True):
        if a.shape[left] == b.shape[right]:
            continue
        if 1 not in (a.shape[left], b.shape[right]):
            raise RuntimeError(
                f"tensordot: dim {left} of a {a.shape} and dim {right} of b "
                f"{b.shape} differ in size"
            )
        if a.shape[left] == 1:
            b = sum(b, right, True, dtype=b.dtype)
        else:
            a = sum(a, left, True, dtype=a.dtype)
    free_a = [dim for dim in range(a.ndim) if dim not in of_a]
    free_b = [dim for dim in range(b.ndim) if dim not in of_b]
    out = matrix_product(as_matrices(a, (), free_a, of_a), as_matrices(b, (), of_b, free_b))
    return reshape_to(out, (*(a.shape[dim] for dim in free_a), *(b.shape[dim] for dim in free_b)))


def as_matrices(
    input: Any, stack: Sequence[int], rows: Sequence[int], columns: Sequence[int]
) -> Any:
    """``input`` as a stack of matrices, whose rows and columns run over the dimensions given."""
    lined = permute_to(input, (*stack, *rows, *columns))
    sizes, first, last = lined.shape, len(stack), len(stack) + len(rows)
    grouped = (*sizes[:first], math.prod(sizes[first:last]), math.prod(sizes[last:]))
    return reshape_to(lined, grouped)


def _summed_dims(dims: Any, a: Any, b: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    dims = dims.tolist() if isinstance(dims, Tensor) else dims
    if isinstance(dims, (list, tuple)):
        if len(dims) != 2:
            raise RuntimeError(f"tensordot: dims must be an int or two lists, got {dims!r}")
        first, second = (tuple(one) if isinstance(one, (list, tuple)) else (one,) for one in dims)
    elif isinstance(dims, bool) or not isinstance(dims, (int, np.integer)):
        raise TypeError(f"tensordot: dims must be an int or two lists, got {dims!r}")
    elif not 0 <= dims <= min(a.ndim, b.ndim):
        raise RuntimeError(
            f"tensordot: dims must be from 0 to {min(a.ndim, b.ndim)} for shapes "
            f"{a.shape} and {b.shape}, got {dims}"
        )
    else:
        first, second = tuple(range(a.ndim - dims, a.ndim)), tuple(range(dims))
    if len(first) != len(second):
        raise RuntimeError(f"tensordot: both lists of dims must be of one length, got {dims!r}")
    first = all_dims(first, a.ndim, "tensordot") if first else ()
    return first, all_dims(second, b.ndim, "tensordot") if second else ()


def kron(input: Any, other: Any) -> Any:
    """Kronecker's product: each element of ``input`` times the whole of ``other``, as blocks.

    The gradient of each is the sum of g times the other over its blocks.

    ``(a_0, …, a_n), (b_0, …, b_n) → (a_0 b_0, …, a_n b_n)``; missing dimensions count as 1.

    Example:

        >>> at.kron(at.tensor([[1, 2], [3, 4]]), at.tensor([[1, 1]]))
        tensor([[1, 1, 2, 2],
                [3, 3, 4, 4]])
        >>> at.kron(at.eye(2), at.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[1., 2., 0., 0.],
                [3., 4., 0., 0.],
                [0., 0., 1., 2.],
                [0., 0., 3., 4.]])
    """
    need_tensors("kron", input=input, other=other)
    ndim = max(input.ndim, other.ndim)
    left = (1,) * (ndim - input.ndim) + input.shape
    right = (1,) * (ndim - other.ndim) + other.shape
    blocks = reshape_to(input, tuple(size for n in left for size in (n, 1)))
    inside = reshape_to(other, tuple(size for n in right for size in (1, n)))
    return reshape_to(blocks * inside, tuple(n * m for n, m in zip(left, right, strict=True)))


@operator(input=lambda g, shape: g * np.eye(*shape, dtype=g.dtype))
def _trace(input: Any) -> Any:
    """Value and derivative of ``trace``."""
    return np.trace(input, dtype=input.dtype if input.dtype.kind == "f" else np.int64)


def trace(input: Any) -> Any:
    """``Σ_i input[i, i]``, ``(n, m) → ()``.  d input = g · I: on the diagonal.

    Raises:
        RuntimeError: ``input`` is no matrix.

    Example:

        >>> x = at.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> at.trace(x @ x).backward()  # its gradient is 2 xᵀ
        >>> x.grad
        tensor([[2., 6.],
                [4., 8.]])
    """
    need_tensor(input, "trace")
    if input.ndim != 2:
        raise RuntimeError(f"trace: input must have 2 dimensions, got shape {input.shape}")
    return _trace(input)


@operator(
    input=lambda g, other, dim: _cross(other, g, dim),
    other=lambda g, input, dim: _cross(g, input, dim),
)
def _cross(input: Any, other: Any, dim: Any) -> Any:
    """Value and derivative of ``cross``."""
    return np.cross(input, other, axis=dim)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """Cross products of vectors along ``dim``, of size 3; by default the first dim of that size.

    d input = cross(other, g, dim), d other = cross(g, input, dim).

    ``(…, 3, …), (…, 3, …) → (…, 3, …)``; the shapes are broadcast.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: no dimension of size 3, or shapes or dtypes that do not fit; bools.

    Example:

        >>> x, y = at.tensor([1.0, 0.0, 0.0]), at.tensor([0.0, 1.0, 0.0])
        >>> at.cross(x, y, dim=0), at.cross(y, x, dim=0)
        (tensor([0., 0., 1.]), tensor([ 0.,  0., -1.]))
    """
    return crossed("cross", input, other, dim)


def crossed(name: str, input: Any, other: Any, dim: int | None) -> Any:
    """``cross`` along ``dim`` for the operator ``name``."""
    need_tensors(name, input=input, other=other)
    if dim is None:
        if 3 not in input.shape:
            raise RuntimeError(f"cross: no dimension of input {input.shape} has size 3")
        dim = input.shape.index(3)
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"{name}: input {input.shape} and other {other.shape} must have as many dimensions"
        )
    _need_one_dtype(name, "input other", input, other)
    if input.dtype == dtypes.bool:
        raise RuntimeError(f"{name}: not defined for dtype bool")
    at = one_dim(dim, input.ndim, name)
    if input.ndim == 0 or input.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"{name}: dim {dim} must have size 3 in input {input.shape} and other {other.shape}"
        )
    problem = f"{name}: input {input.shape} and other {other.shape} do not broadcast"
    common_shape(problem, input.shape, other.shape)
    return _cross(input, other, at)


@operator(
    title="linear",
    input=lambda g, weight: _product(g, weight),
    weight=lambda g, input: _product(swap(g), input),
    bias=lambda g: g.sum(0) if isinstance(g, Tensor) else add_up(g, (0,), False),
)
def linear_of_rows(input: Any, weight: Any, bias: Any) -> Any:
    """Value and derivative of ``linear`` for ``(N, in)``."""
    out = product(input, weight.T)
    if bias is not None:
        out += bias
    return out


def _with_broadcast(out: Any, bias: Any, weight: tuple[int, ...]) -> Any:
    """``out + bias`` in the shape of ``out``; refuses a ``bias`` that would make more of it."""
    problem = (
        f"linear: bias has shape {bias.shape} but weight of shape {weight} gives {weight[0]} "
        f"outputs, here {out.shape}, to which it must broadcast"
    )
    if math.prod(common_shape(problem, out.shape, bias.shape)) != math.prod(out.shape):
        raise RuntimeError(problem)
    return reshape_to(out + bias, out.shape)


@function_only
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """``input @ weightᵀ + bias``: ``(*, in)`` with ``(out, in)`` and ``(out)`` gives ``(*, out)``.

    ``bias`` may have any shape that broadcasts to that of the output.

    d input = g @ weight, d weight = gᵀ @ input, d bias = Σ g: over all rows.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other.

    Example:

        >>> weight = at.tensor([[1.0, 0.0, -1.0], [2.0, 2.0, 2.0]], requires_grad=True)
        >>> x, bias = at.tensor([1.0, 2.0, 3.0]), at.tensor([0.5, 0.0])
        >>> F.linear(x, weight, bias).tolist()
        [-1.5, 12.0]
        >>> F.linear(x, weight, bias)[0].backward()  # only the first row took part
        >>> weight.grad
        tensor([[1., 2., 3.],
                [0., 0., 0.]])
        >>> F.linear(at.ones(8, 5, 3), weight).shape
        torch.Size([8, 5, 2])
    """
    x, w = need_tensor(input, "linear"), need_tensor(weight, "linear", "weight")
    b = None if bias is None else need_tensor(bias, "linear", "bias")
    if x.dtype is not w.dtype or (b is not None and b.dtype is not w.dtype):
        _need_one_dtype("linear", "input weight bias", input, weight, bias)
    if w.ndim == 1:
        out = matmul(input, weight)
        return out if bias is None else out + bias
    if w.ndim != 2 or x.ndim == 0 or x.shape[-1] != w.shape[1]:
        flat = x.ndim > 2 and w.ndim == 2 and math.prod(x.shape[1:]) == w.shape[1]
        raise RuntimeError(
            f"linear: input of shape {x.shape} does not fit weight of shape "
            f"{w.shape}: the last size of input must be the last of weight"
            f"{'; flatten the samples with .flatten(1)' if flat else ''}"
        )
    if b is not None and b.shape not in ((w.shape[0],), ()):
        return _with_broadcast(linear(input, weight), bias, w.shape)
    if x.ndim == 2:
        return linear_of_rows(input, weight, bias)
    flat = reshape_to(input, (math.prod(x.shape[:-1]), x.shape[-1]))
    return reshape_to(linear_of_rows(flat, weight, bias), (*x.shape[:-1], w.shape[0]))


@function_only
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each element of a vector, ``(n) → (n, N)``: N - 1 to 0, or 0 to N - 1 if
    ``increasing``; ``N`` is n by default.

    Raises:
        RuntimeError: ``x`` is no vector.

    Example:

        >>> at.vander(at.tensor([1, 2, 3]), increasing=True)
        tensor([[1, 1, 1],
                [1, 2, 4],
                [1, 3, 9]])
        >>> at.vander(at.tensor([2.0]), N=4) @ at.tensor([1.0, 0.0, 0.0, 5.0])  # x³ + 5 at 2
        tensor([13.])
    """
    array = need_tensor(x, "vander", "x")
    if array.ndim != 1:
        raise RuntimeError(f"vander: x must have one dimension, got shape {array.shape}")
    count = array.size if N is None else count_of(N, "vander", "N")
    x = x if array.dtype.kind == "f" else x.to(dtypes.int64)
    powers = np.arange(count) if increasing else np.arange(count)[::-1]
    return unsqueeze(x, 1) ** wrap(powers.astype(raw(x).dtype))


# -- chains of products ----------------------------------------------------------------------------


@function_only
def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices; see ``linalg.multi_dot``.  Differentiated as ``matmul``.

    ``(n_0, n_1), (n_1, n_2), … → (n_0, n_k)``, in the order that takes the fewest products.

    Raises:
        RuntimeError: no matrices, or shapes that do not fit.

    Example:

        >>> at.chain_matmul(at.ones(2, 100), at.ones(100, 3), at.ones(3, 1))
        tensor([[300.],
                [300.]])
    """
    several = unpacked(matrices)
    product = _multiplied(several, "chain_matmul")
    return product if len(several) > 1 else product.clone()


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of two or more matrices, in the order that takes the fewest multiplications.

    Differentiated as ``matmul``.

    The first and the last may be vectors: a row and a column, which disappears.

    Raises:
        RuntimeError: fewer than two matrices, or shapes that do not fit.

    Example:

        >>> swap = at.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> at.linalg.multi_dot([at.tensor([1.0, 2.0]), swap, at.tensor([3.0, 4.0])])  # 1·4 + 2·3
        tensor(10.)
        >>> at.linalg.multi_dot([at.ones(2, 100), at.ones(100, 3), at.ones(3, 5)]).shape
        torch.Size([2, 5])
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
    out = _multiplied(matrices, "linalg.multi_dot")
    out = squeeze(out, -1) if column else out
    return squeeze(out, 0) if row else out


def _multiplied(matrices: Sequence[Any], name: str) -> Any:
    """The product of matrices in the order that needs the fewest multiplications of numbers."""
    for position, one in enumerate(matrices):
        need_tensor(one, name, f"matrix {position}")
        if one.ndim != 2:
            raise RuntimeError(
                f"{name}: matrix {position} must have 2 dimensions, got shape {one.shape}"
            )
    if not matrices:
        raise RuntimeError(f"{name}: expected at least one matrix")
    for position, (left, right) in enumerate(itertools.pairwise(matrices)):
        if left.shape[1] != right.shape[0]:
            raise RuntimeError(
                f"{name}: matrix {position} of shape {left.shape} does not fit the next of "
                f"shape {right.shape}"
            )
    best = _best_splits([one.shape[0] for one in matrices] + [matrices[-1].shape[1]])

    def product(first: int, last: int) -> Any:
        if first == last:
            return matrices[first]
        split = best[first, last]
        return product(first, split) @ product(split + 1, last)

    return product(0, len(matrices) - 1)


def _best_splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """After which matrix to split each part of a chain (T. Cormen et al., "Introduction to
    Algorithms", section 15.2); matrix i is of shape (sizes[i], sizes[i + 1])."""
    count = len(sizes) - 1
    cost = {(at, at): 0 for at in range(count)}
    best = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            ends = sizes[first] * sizes[last + 1]
            cost[first, last], best[first, last] = min(
                (cost[first, at] + cost[at + 1, last] + ends * sizes[at + 1], at)
                for at in range(first, last)
            )
    return best
