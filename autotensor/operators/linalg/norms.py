"""Norms of matrices, and norms under the names that PyTorch had for them before ``linalg``."""

from __future__ import annotations

import math
from typing import Any

from autotensor.engine.operator import has_in_place
from autotensor.operators.arguments import all_dims, need_tensor, one_dim
from autotensor.operators.linalg.decompositions import svd_factors
from autotensor.operators.reductions.reductions import amax, amin, p_norm, sum
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import movedim, squeeze, unsqueeze

__all__ = ["dist", "norm", "renorm"]


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """A norm of matrices, which lie in the dimensions ``dim``.

    ``ord`` is ``'fro'`` (root of the sum of squares), ``'nuc'`` (sum of the singular values), 2 or
    -2 (largest, smallest singular value), 1 or -1 (largest, smallest sum of absolute values in a
    column), inf or -inf (in a row).
    """
    need_tensor(A, "linalg.matrix_norm", "A")
    if A.ndim < 2:
        raise RuntimeError(
            f"linalg.matrix_norm: A must have at least 2 dimensions, got shape {tuple(A.shape)}"
        )
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be two dimensions, got {dim!r}")
    rows, columns = all_dims(tuple(dim), A.ndim, "linalg.matrix_norm")
    if ord == "fro":
        return p_norm(A, 2, (rows, columns), keepdim, dtype, "linalg.matrix_norm")
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError(
            f"linalg.matrix_norm: ord must be 'fro', 'nuc', ±1, ±2 or ±inf, got {ord!r}"
        )
    # Sums over rows or columns of size 1 need no LAPACK, so float16 will do.
    A = A if dtype is None else A.to(dtype)
    if A.dtype.kind != "f":
        raise RuntimeError(f"linalg.matrix_norm: A must be of a floating dtype, got {A.dtype}")
    if ord in ("nuc", 2, -2):
        values = svd_factors(movedim(A, (rows, columns), (-2, -1)), False, "linalg.matrix_norm").S
        out = sum(values, -1) if ord == "nuc" else _extreme(values, -1, ord > 0)
        for dim in sorted((rows, columns)) if keepdim else ():
            out = unsqueeze(out, dim)
        return out
    if math.isinf(ord):
        rows, columns = columns, rows
    sums = p_norm(A, 1, rows, True, None, "linalg.matrix_norm")
    out = unsqueeze(_extreme(sums, columns, ord > 0), columns)
    return out if keepdim else squeeze(out, (rows, columns))


def _extreme(sizes: Any, dim: int, largest: bool) -> Any:
    """The largest of what is not negative, 0 if there is nothing; or the smallest."""
    if largest and sizes.shape[dim] == 0:
        return sum(sizes, dim)
    return (amax if largest else amin)(sizes, dim)


def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """``(Σ |x|^p)^(1/p)`` over ``dim`` (None for all).

    ``p`` is a number (see ``linalg.vector_norm``), ``'fro'`` for 2, or ``'nuc'`` for the sum of the
    singular values of matrices in two dimensions.

    d input = g · sign(x) · (|x| / y)^(p-1), 0 where x or y is 0; for ``'nuc'`` g · U V^T.
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
    """``norm(input - other, p)``, a 0-d Tensor."""
    need_tensor(input, "dist")
    need_tensor(other, "dist", "other")
    return p_norm(input - other, p, None, False, None, "dist")


@has_in_place
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """``input`` with each position along ``dim`` scaled down to a p-norm of at most ``maxnorm``.

    Where ``n = ‖x‖_p`` is more, x becomes ``x · maxnorm / (n + 1e-7)``; d x includes that of n.
    """
    need_tensor(input, "renorm")
    at = one_dim(dim, input.ndim, "renorm")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input must have at least 2 dimensions, got {input.shape}")
    if not p > 0:
        raise RuntimeError(f"renorm: p must be positive, got {p}")
    if not maxnorm >= 0:
        raise RuntimeError(f"renorm: maxnorm must not be negative, got {maxnorm}")
    others = tuple(axis for axis in range(input.ndim) if axis != at)
    size = p_norm(input, p, others, True, None, "renorm")
    return input * where(size > maxnorm, maxnorm / (size + 1e-7), 1.0)
