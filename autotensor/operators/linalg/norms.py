"""Norms of vectors and matrices, and distances between vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, raw
from autotensor.kernels.distances import distances, distances_gradient
from autotensor.kernels.elementwise import all_finite
from autotensor.keywords import also_called
from autotensor.operators.arguments import (
    all_dims,
    common_shape,
    dim_of,
    need_least_dims,
    need_tensor,
    need_tensors,
)
from autotensor.operators.linalg.decompositions import svd_factors
from autotensor.operators.linalg.products import swap
from autotensor.operators.reductions.reductions import amax, amin, p_norm, sum
from autotensor.operators.structure.indexing import index_select
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import expand, movedim, squeeze, unsqueeze

__all__ = ["cdist", "dist", "norm", "pdist", "renorm"]


@also_called(input="x")
def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """``(Σ |x|^ord)^(1/ord)`` over ``dim`` (None for all), as ``autotensor.norm``.

    Differentiated as ``norm``.

    Raises:
        IndexError: no such ``dim``.
        TypeError: ``ord`` is no number.
        RuntimeError: integers.

    Example:

        >>> x = at.tensor([[3.0, -4.0], [0.0, 2.0]])
        >>> at.linalg.vector_norm(x, dim=1), at.linalg.vector_norm(x, ord=0)
        (tensor([5., 2.]), tensor(3.))
        >>> at.linalg.vector_norm(x, ord=at.inf)
        tensor(4.)
    """
    return p_norm(x, ord, dim, keepdim, dtype, "linalg.vector_norm")


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """A norm of matrices, which lie in the dimensions ``dim``.

    The derivative comes from those of the operators it is made of.

    ``ord`` is ``'fro'`` (root of the sum of squares), ``'nuc'`` (sum of the singular values), 2 or
    -2 (largest, smallest singular value), 1 or -1 (largest, smallest sum of absolute values in a
    column), inf or -inf (in a row).

    Raises:
        IndexError: no such ``dim``.
        ValueError: an unknown ``ord``.
        RuntimeError: not two dimensions, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[3.0, 0.0], [0.0, 4.0]])
        >>> at.linalg.matrix_norm(A), at.linalg.matrix_norm(A, ord="nuc").round(decimals=3)
        (tensor(5.), tensor(7.))
        >>> at.linalg.matrix_norm(at.tensor([[1.0, -2.0], [3.0, 4.0]]), ord=1)  # the largest column
        tensor(6.)
    """
    name = "linalg.matrix_norm"
    need_least_dims(A, 2, name, "A")
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be two dimensions, got {dim!r}")
    rows, columns = all_dims(tuple(dim), A.ndim, name)
    if ord == "fro":
        return p_norm(A, 2, (rows, columns), keepdim, dtype, name)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError(f"{name}: ord must be 'fro', 'nuc', ±1, ±2 or ±inf, got {ord!r}")
    # Sums over rows or columns of size 1 need no LAPACK, so float16 will do.
    A = A if dtype is None else A.to(dtype)
    if A.dtype.kind != "f":
        raise RuntimeError(f"{name}: A must be of a floating dtype, got {A.dtype}")
    if ord in ("nuc", 2, -2):
        values = svd_factors(movedim(A, (rows, columns), (-2, -1)), False, name).S
        out = sum(values, -1) if ord == "nuc" else _largest_or_smallest(values, -1, ord > 0)
        for dim in sorted((rows, columns)) if keepdim else ():
            out = unsqueeze(out, dim)
        return out
    if math.isinf(ord):
        rows, columns = columns, rows
    sums = p_norm(A, 1, rows, True, None, name)
    out = unsqueeze(_largest_or_smallest(sums, columns, ord > 0), columns)
    return out if keepdim else squeeze(out, (rows, columns))


def _largest_or_smallest(sizes: Any, dim: int, largest: bool) -> Any:
    """The largest of what is not negative, 0 if there is nothing; or the smallest."""
    if largest and sizes.shape[dim] == 0:
        return sum(sizes, dim)
    return (amax if largest else amin)(sizes, dim)


def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """``(Σ |input|^p)^(1/p)`` over ``dim`` (None for all).

    ``p`` is a number (see ``linalg.vector_norm``), ``'fro'`` for 2, or ``'nuc'`` for the sum of the
    singular values of matrices in two dimensions.

    d input = g · sign(input) · (|input| / y)^(p - 1); 0 where that or y is 0; of ``'nuc'`` g · U
    Vᵀ.

    Raises:
        IndexError: no such ``dim``.
        TypeError, RuntimeError, ValueError: no such ``p``; integers.

    Example:

        >>> x = at.tensor([3.0, 4.0], requires_grad=True)
        >>> at.norm(x).backward()  # 5; the gradient is the unit vector
        >>> x.grad
        tensor([0.6000, 0.8000])
        >>> at.norm(x, p=1).item(), at.norm(x, p=at.inf).item()
        (7.0, 4.0)
        >>> at.norm(at.tensor([[3.0, 4.0], [6.0, 8.0]]), dim=1)
        tensor([ 5., 10.])
    """
    need_tensor(input, "norm")
    several = tuple(range(input.ndim)) if dim is None else dim
    count = len(several) if isinstance(several, (tuple, list)) else 1
    if p is None or (p == "fro" and (dim is None or count <= 2)):
        p = 2
    if isinstance(p, str):
        return matrix_norm(input, p, several, keepdim, dtype=dtype)
    return p_norm(input, p, dim, keepdim, dtype, "norm")


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """``norm(input - other, p)``, a 0-d Tensor.

    With d = input - other: d input = g · sign(d) · (|d| / y)^(p - 1), d other = -d input.

    ``(*), (*) → ()``.

    Raises:
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> x, y = at.tensor([1.0, 2.0]), at.tensor([4.0, 6.0])
        >>> at.dist(x, y), at.dist(x, y, p=1)
        (tensor(5.), tensor(7.))
    """
    need_tensors("dist", input=input, other=other)
    return p_norm(input - other, p, None, False, None, "dist")


@has_in_place
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """``input`` with each position along ``dim`` scaled down to a p-norm of at most ``maxnorm``.

    Where ``n = ‖x‖_p`` is more, x becomes ``x · maxnorm / (n + 1e-7)``; d x includes that of n.

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: fewer than 2 dimensions; ``p`` not positive; a negative ``maxnorm``.

    Example:

        >>> rows = at.tensor([[3.0, 4.0], [0.3, 0.4]])
        >>> at.renorm(rows, p=2, dim=0, maxnorm=1.0)  # only the first row is longer than 1
        tensor([[0.6000, 0.8000],
                [0.3000, 0.4000]])
    """
    at = dim_of(input, dim, "renorm")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input must have at least 2 dimensions, got {input.shape}")
    if not p > 0:
        raise RuntimeError(f"renorm: p must be positive, got {p}")
    if not maxnorm >= 0:
        raise RuntimeError(f"renorm: maxnorm must not be negative, got {maxnorm}")
    others = tuple(axis for axis in range(input.ndim) if axis != at)
    size = p_norm(input, p, others, True, None, "renorm")
    long = size > maxnorm
    # Where the quotient is not wanted, its derivative must not be infinite either.
    return input * where(long, maxnorm / (where(long, size, 1.0) + 1e-7), 1.0)


# -- distances between vectors ---------------------------------------------------------------------


MANY = 1 << 16
"""Of more differences a product of matrices is quicker."""
USUAL = "use_mm_for_euclid_dist"
MODES = [f"{USUAL}_if_necessary", USUAL, f"donot_{USUAL}"]


def _need_rows(input: Any, fits: bool, what: str, dimensions: str) -> None:
    if not fits or input.dtype.kind != "f":
        raise RuntimeError(
            f"{what} must be of a floating dtype and have {dimensions} dimensions, got "
            f"{input.dtype} and shape {input.shape}"
        )


def _need_order(p: float, name: str) -> None:
    if not p >= 0:
        raise RuntimeError(f"{name}: p must not be negative, got {p}")


@function_only
def cdist(
    x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Any:
    """``‖x1_i - x2_j‖_p`` of every two rows: ``(…, n, k), (…, m, k) → (…, n, m)``.

    No digits are lost of vectors that are close, as by PyTorch's products of matrices, whatever
    ``compute_mode`` is: the differences themselves are taken, or in float32, where there are many,
    products in float64.  The gradient at distance 0 is 0.

    Raises:
        RuntimeError: shapes or dtypes that do not fit; a negative ``p``.
        ValueError: an unknown ``compute_mode``.

    Example:

        >>> towns, shops = at.tensor([[0.0, 0.0], [3.0, 4.0]]), at.tensor([[3.0, 0.0], [0.0, 4.0]])
        >>> at.cdist(towns, shops)
        tensor([[3., 4.],
                [4., 3.]])
        >>> at.cdist(towns, shops, p=1).argmin(dim=1)
        tensor([0, 1])
    """
    for tensor, argument in ((x1, "x1"), (x2, "x2")):
        need_tensor(tensor, "cdist", argument)
        _need_rows(tensor, tensor.ndim >= 2, f"cdist: {argument}", "at least 2")
    if x1.shape[-1] != x2.shape[-1] or x1.dtype != x2.dtype:
        raise RuntimeError(
            f"cdist: x1 {x1.dtype} {x1.shape} and x2 {x2.dtype} {x2.shape} must "
            "agree in dtype and in the last size"
        )
    _need_order(p, "cdist")
    if compute_mode not in MODES:
        raise ValueError(f"cdist: compute_mode must be one of {MODES}, got {compute_mode!r}")
    problem = f"cdist: the batches of x1 {x1.shape} and x2 {x2.shape} do not broadcast"
    batch = common_shape(problem, x1.shape[:-2], x2.shape[:-2])
    count = math.prod(batch) * x1.shape[-2] * x2.shape[-2] * x1.shape[-1]
    many = p == 2 and count > MANY and x1.dtype == np.float32
    if many and all_finite(raw(x1)) and all_finite(raw(x2)):
        x1, x2 = (expand(one, (*batch, *one.shape[-2:])) for one in (x1, x2))
        return _distances(x1, x2)
    return _norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, "cdist")


def _distances_by_x1(g: Any, x1: Any, x2: Any, output: Any) -> Any:
    if not isinstance(g, Tensor):
        return distances_gradient(g, x1, x2, output)
    shares = where(output == 0, 0.0, g / where(output == 0, 1.0, output))
    return sum(unsqueeze(shares, -1) * (unsqueeze(x1, -2) - unsqueeze(x2, -3)), -2)


@operator(
    x1=_distances_by_x1,
    x2=lambda g, x1, x2, output: _distances_by_x1(swap(g), x2, x1, swap(output)),
)
def _distances(x1: Any, x2: Any) -> Any:
    """``length(rows - others)`` of every row of ``x1`` and every other of ``x2``.

    d x1 = sum_over_others(g / y · (rows - others)), d x2 = sum_over_rows(g / y · (others - rows)).
    """
    return distances(x1, x2)


def _norm(difference: Any, p: float, name: str) -> Any:
    """The norm along the last dimension, 0 of vectors without elements."""
    if difference.shape[-1] == 0:
        return difference.sum(-1)
    return p_norm(difference, p, -1, False, None, name)


@function_only
def pdist(input: Any, p: float = 2.0) -> Any:
    """``‖input_i - input_j‖_p`` for i < j, row by row: ``(n, k) → (n (n - 1) / 2)``.

    Differentiated as ``dist`` of each pair.

    Raises:
        RuntimeError: no two dimensions, integers, or a negative ``p``.

    Example:

        >>> at.pdist(at.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]]))  # 0-1, 0-2, 1-2
        tensor([5., 3., 4.])
    """
    need_tensor(input, "pdist")
    _need_rows(input, input.ndim == 2, "pdist: input", "2")
    _need_order(p, "pdist")
    first, second = np.triu_indices(input.shape[0], 1)
    if p == 2 and input.shape[0] * input.numel() > MANY and input.dtype == np.float32:
        return cdist(input, input)[first, second]
    return _norm(index_select(input, 0, first) - index_select(input, 0, second), p, "pdist")
