"""Distances between vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.operator import function_only
from autotensor.operators.arguments import need_tensor
from autotensor.operators.reductions.reductions import p_norm
from autotensor.operators.structure.indexing import index_select
from autotensor.operators.structure.shapes import unsqueeze

__all__ = ["cdist", "pdist"]


def _need_order(p: float, name: str) -> None:
    if not p >= 0:
        raise RuntimeError(f"{name}: p must not be negative, got {p}")


@function_only
def cdist(
    x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Any:
    """``‖x1_i - x2_j‖_p`` of every two rows: ``(…, n, k), (…, m, k) → (…, n, m)``.

    The differences themselves are taken, for any ``compute_mode``: PyTorch's products of matrices
    lose half of the digits of vectors that are close.  The gradient at distance 0 is 0.
    """
    for tensor, argument in ((x1, "x1"), (x2, "x2")):
        need_tensor(tensor, "cdist", argument)
        if tensor.ndim < 2 or tensor.dtype.kind != "f":
            raise RuntimeError(
                f"cdist: {argument} must be of a floating dtype and have at least 2 dimensions, "
                f"got {tensor.dtype} and shape {tuple(tensor.shape)}"
            )
    if x1.shape[-1] != x2.shape[-1] or x1.dtype != x2.dtype:
        raise RuntimeError(
            f"cdist: x1 {x1.dtype} {tuple(x1.shape)} and x2 {x2.dtype} {tuple(x2.shape)} must "
            "agree in dtype and in the last size"
        )
    _need_order(p, "cdist")
    known = [f"{one}use_mm_for_euclid_dist{rest}" for one, rest in _MODES]
    if compute_mode not in known:
        raise ValueError(f"cdist: compute_mode must be one of {known}, got {compute_mode!r}")
    try:
        np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    except ValueError:
        raise RuntimeError(
            f"cdist: the batches of x1 {tuple(x1.shape)} and x2 {tuple(x2.shape)} do not broadcast"
        ) from None
    return _norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, "cdist")


_MODES = (("", "_if_necessary"), ("", ""), ("donot_", ""))


def _norm(difference: Any, p: float, name: str) -> Any:
    """The norm along the last dimension, 0 of vectors without elements."""
    if difference.shape[-1] == 0:
        return difference.sum(-1)
    return p_norm(difference, p, -1, False, None, name)


@function_only
def pdist(input: Any, p: float = 2.0) -> Any:
    """``‖input_i - input_j‖_p`` for i < j, row by row: ``(n, k) → (n (n - 1) / 2)``."""
    need_tensor(input, "pdist")
    if input.ndim != 2 or input.dtype.kind != "f":
        raise RuntimeError(
            f"pdist: input must be of a floating dtype and have 2 dimensions, got {input.dtype} "
            f"and shape {tuple(input.shape)}"
        )
    _need_order(p, "pdist")
    first, second = np.triu_indices(input.shape[0], 1)
    return _norm(index_select(input, 0, first) - index_select(input, 0, second), p, "pdist")
