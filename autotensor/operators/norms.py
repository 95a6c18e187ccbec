"""Norms under the names that PyTorch had for them before ``linalg``."""

from __future__ import annotations

from typing import Any

from autotensor.linalg import matrix_norm
from autotensor.operators.elementwise import where
from autotensor.operators.reductions import p_norm
from autotensor.operators.shapes import need_tensor, one_dim

__all__ = ["dist", "norm", "renorm"]


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
