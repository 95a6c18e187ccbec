"""Operators that compare vectors pair by pair: similarity, distance, the bilinear form."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.operator import operator
from autotensor.operators.arguments import need_broadcast, need_tensor, need_tensors, one_dim
from autotensor.operators.linalg.einstein import einsum
from autotensor.operators.reductions.reductions import p_norm, sum
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.shapes import expand
from autotensor.type_info import result_type

__all__ = ["bilinear", "cosine_similarity", "pairwise_distance"]


@operator(input=lambda g: g)
def at_least(input: Any, bound: Any) -> Any:
    """``max(input, bound)``; differentiated as if ``input`` were left as it is.  d input = g.

    So are the small constants with which PyTorch guards some divisions.
    """
    return np.maximum(input, bound)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    """``(Σ |x1 - x2 + eps|^p)^(1/p)`` over the last dimension: ``(*, D), (*, D) → (*)``.

    ``eps`` is added to each difference, so that equal vectors have a derivative.

    With d = x1 - x2 + eps: d x1 = g · sign(d) · (|d| / y)^(p - 1), d x2 = -d x1.

    Raises:
        IndexError: two 0-d Tensors.
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> x1, x2 = at.tensor([[0.0, 0.0], [1.0, 1.0]]), at.tensor([[3.0, 4.0], [1.0, 2.0]])
        >>> F.pairwise_distance(x1, x2, eps=0.0), F.pairwise_distance(x1, x2, p=1, eps=0.0)
        (tensor([5., 1.]), tensor([7., 1.]))
    """
    name = "pairwise_distance"
    need_broadcast(name, x1=x1, x2=x2)
    if max(x1.ndim, x2.ndim) == 0:
        raise IndexError(f"{name}: expected vectors (*, D), got two 0-d Tensors")
    return p_norm(x1 - x2 + eps, p, -1, keepdim, None, name)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """``Σ x1 · x2 / (‖x1‖ · ‖x2‖)`` along ``dim``; lengths below ``eps`` count as ``eps``.

    The shapes are broadcast, and ``dim`` disappears.

    With unit vectors u = x1 / ‖x1‖, v = x2 / ‖x2‖: d x1 = g · (v - y · u) / ‖x1‖,
    d x2 = g · (u - y · v) / ‖x2‖.

    ``(…, D, …), (…, D, …) → (…, …)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: shapes that do not broadcast, or integers.

    Example:

        >>> x1 = at.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
        >>> x2 = at.tensor([[9.0, 0.0], [0.0, 2.0], [-3.0, 0.0]])  # same, right angle, opposite
        >>> F.cosine_similarity(x1, x2)
        tensor([ 1.,  0., -1.])
    """
    name = "cosine_similarity"
    need_broadcast(name, x1=x1, x2=x2)
    dtype = result_type(x1, x2)
    if dtype.kind != "f":
        raise RuntimeError(
            f"{name}: expected floating-point Tensors, got {x1.dtype} and {x2.dtype}; "
            "convert with .float()"
        )
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    at = one_dim(dim, len(shape), name)
    shape = shape or (1,)
    units = []
    for one in (x1, x2):
        wide = expand(to(one, dtype), shape)
        units.append(wide / at_least(p_norm(wide, 2.0, at, True, None, name), float(eps)))
    return sum(units[0] * units[1], at)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """``y_o = input1ᵀ @ weight_o @ input2 + bias_o``.

    ``(*, I), (*, J)`` with weight ``(O, I, J)`` and bias ``(O)`` give ``(*, O)``.

    d input1 = Σ_o g_o · weight_o @ input2, d input2 = Σ_o g_o · weight_oᵀ @ input1,
    d weight_o = Σ g_o · input1 @ input2ᵀ, d bias = Σ g: over all rows.

    Raises:
        RuntimeError: shapes that do not fit each other.

    Example:

        >>> x1, x2 = at.tensor([1.0, 2.0]), at.tensor([10.0, 1.0])
        >>> weight = at.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
        >>> F.bilinear(x1, x2, weight)  # their dot product; x1[0] · x2[1]
        tensor([12.,  1.])
    """
    need_tensors("bilinear", input1=input1, input2=input2, weight=weight)
    if weight.ndim != 3 or input1.ndim == 0 or input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(
            "bilinear: expected input1 (*, I), input2 (*, J) and weight (O, I, J), got shapes "
            f"{input1.shape}, {input2.shape} and {weight.shape}"
        )
    outputs, first, second = weight.shape
    if (input1.shape[-1], input2.shape[-1]) != (first, second):
        raise RuntimeError(
            f"bilinear: weight of shape {weight.shape} needs inputs of {first} and {second} "
            f"features, got {input1.shape[-1]} and {input2.shape[-1]}"
        )
    if bias is not None:
        need_tensor(bias, "bilinear", "bias")
    if bias is not None and bias.shape != (outputs,):
        raise RuntimeError(f"bilinear: bias must have shape {(outputs,)}, got {bias.shape}")
    rows = einsum("ni,oij,nj->no", input1.reshape(-1, first), weight, input2.reshape(-1, second))
    out = rows.reshape(*input1.shape[:-1], outputs)
    return out if bias is None else out + bias
