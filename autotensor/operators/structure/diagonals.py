"""Diagonals and triangles of matrices, and matrices made of blocks on the diagonal.

A diagonal of ``offset`` k holds the elements ``[i, i + k]``: above the main one for k > 0, below
it for k < 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.creation import zeros
from autotensor.engine.in_place import in_place
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, method
from autotensor.operators.arguments import need_least_dims, need_tensor, need_tensors, two_dims
from autotensor.operators.structure.indexing import overwrite_at
from autotensor.operators.structure.joining import atleast_2d, cat
from autotensor.operators.structure.padding import pad
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import flatten, permute_to, undoing

__all__ = [
    "block_diag", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "tril", "triu",
]  # fmt: skip


# -- diagonals -------------------------------------------------------------------------------------


@operator(
    view=True, input=lambda g, offset, dim1, dim2, shape: _embed(g, offset, dim1, dim2, shape)
)
def _diagonal(input: Any, offset: Any, dim1: Any, dim2: Any) -> Any:
    """Value and derivative of ``diagonal``."""
    out = np.diagonal(input, offset, dim1, dim2)
    if input.flags.writeable:
        out.flags.writeable = True  # NumPy's is read-only, but names each element once
    return out


@operator(input=lambda g, offset, dim1, dim2: _diagonal(g, offset, dim1, dim2))
def _embed(input: Any, offset: Any, dim1: Any, dim2: Any, sizes: Any) -> Any:
    """Zeros of shape ``sizes`` with ``input`` on a diagonal.

    d input = diagonal(g, offset, dim1, dim2).
    """
    out = np.zeros(sizes, input.dtype)
    _diagonal(out, offset, dim1, dim2)[...] = input
    return out


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of the matrices that ``dim1`` and ``dim2`` form, as the last dimension; a view.

    d input = embed(g, offset, dim1, dim2, shape(input)): zeros with g on the diagonal.

    ``(*, m, n)`` to ``(*, k)``, k at most the smaller of m and n.

    Raises:
        IndexError, RuntimeError: no such dimensions, or the same one twice.

    Example:

        >>> x = at.arange(9.0).reshape(3, 3)
        >>> x.diagonal(), x.diagonal(1)
        (tensor([0., 4., 8.]), tensor([1., 5.]))
        >>> x.requires_grad_().diagonal().sum().backward()  # of the trace
        >>> x.grad
        tensor([[1., 0., 0.],
                [0., 1., 0.],
                [0., 0., 1.]])
    """
    need_tensor(input, "diagonal")
    return _diagonal(input, offset, *two_dims(dim1, dim2, input.ndim, "diagonal"))


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """``(*, n)`` to matrices ``(*, m, m)`` with it on a diagonal, m = n + |offset|, else 0.

    The new dimensions stand at ``dim1`` and ``dim2``.  d input = diagonal(g, offset, dim1, dim2).

    Raises:
        IndexError: ``input`` has no dimensions.

    Example:

        >>> at.diag_embed(at.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
        >>> at.diag_embed(at.tensor([1, 2]), offset=1)
        tensor([[0, 1, 0],
                [0, 0, 2],
                [0, 0, 0]])
    """
    need_tensor(input, "diag_embed")
    if input.ndim == 0:
        raise IndexError("diag_embed: a Tensor without dimensions cannot be a diagonal")
    dims = two_dims(dim1, dim2, input.ndim + 1, "diag_embed")
    size = input.shape[-1] + abs(offset)
    sizes = list(input.shape[:-1])
    for at in sorted(dims):
        sizes.insert(at, size)
    return _embed(input, offset, *dims, tuple(sizes))


def diag(input: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, copied; of a vector, the matrix that has it as a diagonal.

    ``(m, n)`` to ``(k,)``, ``(n,)`` to ``(n + |diagonal|, n + |diagonal|)``.

    Raises:
        RuntimeError: other than 1 or 2 dimensions.

    Example:

        >>> at.diag(at.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
        >>> at.diag(at.tensor([5, 6]))
        tensor([[5, 0],
                [0, 6]])
    """
    need_tensor(input, "diag")
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim == 2:
        return _diagonal(input, diagonal, 0, 1).clone()
    raise RuntimeError(f"diag: expected 1 or 2 dimensions, got a Tensor of shape {input.shape}")


def diagflat(input: Any, offset: int = 0) -> Any:
    """``diag_embed`` of all elements as one vector.

    ``(*)`` of n elements to ``(n + |offset|, n + |offset|)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.diagflat(at.tensor([[1, 2], [3, 4]]))
        tensor([[1, 0, 0, 0],
                [0, 2, 0, 0],
                [0, 0, 3, 0],
                [0, 0, 0, 4]])
    """
    need_tensor(input, "diagflat")
    return diag_embed(flatten(input), offset)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """``input`` with ``src`` in the place of ``diagonal(input, offset, dim1, dim2)``.

    d input = diagonal_scatter(g, 0, offset, dim1, dim2), d src = diagonal(g, offset, dim1, dim2).

    ``(*, m, n)`` and ``src`` of ``(*, k)`` to ``(*, m, n)``.

    Raises:
        RuntimeError: ``src`` has not the shape of the diagonal.

    Example:

        >>> at.diagonal_scatter(at.zeros(3, 3), at.tensor([1.0, 2.0]), offset=1)
        tensor([[0., 1., 0.],
                [0., 0., 2.],
                [0., 0., 0.]])
    """
    need_tensors("diagonal_scatter", input=input, src=src)
    dims = two_dims(dim1, dim2, input.ndim, "diagonal_scatter")
    order = (*(at for at in range(input.ndim) if at not in dims), *dims)
    matrices = permute_to(input, order)
    rows = np.arange(max(-offset, 0), matrices.shape[-2])
    rows = rows[: max(matrices.shape[-1] - max(offset, 0), 0)]
    wanted = (*matrices.shape[:-2], rows.size)
    if src.shape != wanted:
        raise RuntimeError(
            f"diagonal_scatter: src must have the shape {wanted} of the diagonal, got {src.shape}"
        )
    return permute_to(overwrite_at(matrices, (..., rows, rows + offset), src), undoing(order))


def fill_diagonal(input: Any, fill_value: float, wrap: bool = False) -> Any:
    """``input`` with a number on its main diagonal; ``fill_diagonal_`` is its in-place form.

    All dimensions must be equal, but for a matrix; ``wrap`` begins the diagonal of a tall matrix
    anew after each ``n`` rows and one empty one.  d input = g with 0 there.

    ``(m, n)``, or ``(n, …, n)``.

    Raises:
        RuntimeError: less than 2 dimensions, or sizes that differ in more than 2.

    Example:

        >>> at.zeros(2, 3).fill_diagonal_(7)
        tensor([[7., 0., 0.],
                [0., 7., 0.]])
    """
    need_least_dims(input, 2, "fill_diagonal_")
    shape = input.shape
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"fill_diagonal_: all dimensions must be equal, got shape {shape}")
    if isinstance(fill_value, Tensor):
        if fill_value.ndim:
            raise RuntimeError(
                f"fill_diagonal_: fill_value must be a number, got shape {fill_value.shape}"
            )
        fill_value = fill_value.item()
    mask = np.zeros(shape, np.bool_)
    if mask.size:
        np.fill_diagonal(mask, True, wrap)
    return where(mask, fill_value, input).to(input.dtype)


# -- triangles -------------------------------------------------------------------------------------


@operator(input=lambda g, diagonal: _tril(g, diagonal))
def _tril(input: Any, diagonal: Any) -> Any:
    """Value and derivative of ``tril``."""
    return np.tril(input, diagonal)


@operator(input=lambda g, diagonal: _triu(g, diagonal))
def _triu(input: Any, diagonal: Any) -> Any:
    """Value and derivative of ``triu``."""
    return np.triu(input, diagonal)


@has_in_place
def tril(input: Any, diagonal: int = 0) -> Any:
    """Matrices ``(*, m, n)`` with 0 above a diagonal.  d input = tril(g, diagonal).

    Raises:
        RuntimeError: less than 2 dimensions.

    Example:

        >>> x = at.ones(3, 3, requires_grad=True)
        >>> x.tril()
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]], grad_fn=<TrilBackward0>)
        >>> x.tril(-1).sum().backward()
        >>> x.grad
        tensor([[0., 0., 0.],
                [1., 0., 0.],
                [1., 1., 0.]])
    """
    need_least_dims(input, 2, "tril")
    return _tril(input, diagonal)


@has_in_place
def triu(input: Any, diagonal: int = 0) -> Any:
    """Matrices ``(*, m, n)`` with 0 below a diagonal.  d input = triu(g, diagonal).

    Raises:
        RuntimeError: less than 2 dimensions.

    Example:

        >>> at.arange(1, 10).reshape(3, 3).triu()
        tensor([[1, 2, 3],
                [0, 5, 6],
                [0, 0, 9]])
        >>> later = at.ones(3, 3, dtype=at.bool).triu(1)  # what attention must not see
        >>> at.zeros(3, 3).masked_fill(later, float("-inf"))
        tensor([[0., -inf, -inf],
                [0., 0., -inf],
                [0., 0., 0.]])
    """
    need_least_dims(input, 2, "triu")
    return _triu(input, diagonal)


@function_only
def block_diag(*tensors: Any) -> Any:
    """A matrix with the given ones, one after the other, on its diagonal, and else 0.

    Vectors count as rows, 0-d Tensors as ``(1, 1)``.  The gradient of each is its block of g.

    Raises:
        RuntimeError: more than 2 dimensions.

    Example:

        >>> at.block_diag(at.tensor([[1, 2], [3, 4]]), at.tensor([5, 6]), at.tensor(7))
        tensor([[1, 2, 0, 0, 0],
                [3, 4, 0, 0, 0],
                [0, 0, 5, 6, 0],
                [0, 0, 0, 0, 7]])
    """
    if not tensors:
        return zeros(1, 0)
    blocks = []
    for position, one in enumerate(tensors):
        need_tensor(one, "block_diag", f"item {position}")
        if one.ndim > 2:
            raise RuntimeError(
                f"block_diag: item {position} has {one.ndim} dimensions, expected at most 2"
            )
        blocks.append(atleast_2d(one))
    width = sum(one.shape[1] for one in blocks)
    rows = []
    before = 0
    for one in blocks:
        rows.append(pad(one, (before, width - before - one.shape[1])))
        before += one.shape[1]
    return cat(rows, 0)


method(in_place(fill_diagonal), "fill_diagonal_")
