"""Padding: positions added around a Tensor, constant, reflected, replicated or circular."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.operator import function_only, operator
from autotensor.operators.arguments import fitted, need_tensor
from autotensor.operators.structure.copying import apart
from autotensor.operators.structure.indexing import item_at, on_dim, slice_along
from autotensor.operators.structure.joining import cat
from autotensor.operators.structure.shapes import expand, flip, resized

__all__ = ["constant_pad_nd", "pad"]


@operator(input=lambda g, inner: item_at(g, inner))
def _pad(input: Any, sizes: Any, inner: Any, value: Any) -> Any:
    """``input`` at the positions ``inner`` of a Tensor of shape ``sizes`` filled with ``value``.

    d input = g[inner].
    """
    out = np.full(sizes, value, input.dtype) if value else np.zeros(sizes, input.dtype)
    out[inner] = input
    return out


@function_only
def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Adds ``pad = (left, right, top, bottom, …)`` positions, the last dimension first.

    ``(*, n)`` to ``(*, left + n + right)``, and so on from the last dimension.

    Args:
        pad: two numbers for each padded dimension; negative ones cut off.
        mode: ``'constant'`` (``value``, 0 by default); ``'reflect'``, the inside mirrored at the
            outermost element; ``'replicate'``, the outermost element; ``'circular'``, the inside
            from the other end.  All but the first pad the 1, 2 or 3 dimensions after those of
            batch and channels, of which the batch may be missing.

    d input = g[inner]: its inner part; the other modes add the gradient of each copy.

    Raises:
        RuntimeError, ValueError, NotImplementedError: an odd number of sizes, more of them than
            dimensions, or a mode that does not fit.

    Example:

        >>> x = at.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
        >>> F.pad(x, (1, 2))
        tensor([[0., 1., 2., 3., 0., 0.]], grad_fn=<PadBackward0>)
        >>> F.pad(x, (2, 1), mode="reflect")
        tensor([[3., 2., 1., 2., 3., 2.]], grad_fn=<CatBackward0>)
        >>> F.pad(x, (2, 1), mode="replicate").sum().backward()
        >>> x.grad  # 1 stands there three times, 3 twice
        tensor([[3., 1., 2.]])
    """
    need_tensor(input, "pad")
    pads = _numbers_of(pad)
    if mode == "constant":
        return _pad_constant(input, pads, value or 0)
    if mode not in {"reflect", "replicate", "circular"}:
        raise NotImplementedError(
            f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}"
        )
    if value:
        raise RuntimeError(f"pad: mode {mode!r} takes no value, got {value}")
    count = len(pads) // 2
    if not 1 <= count <= 3 or input.ndim not in (count + 1, count + 2):
        raise NotImplementedError(
            f"pad: {mode} padding by {len(pads)} numbers needs {count + 1} or {count + 2} "
            f"dimensions (2, 4 or 6 numbers), got a Tensor of shape {input.shape}"
        )
    out = input
    for step in range(count):
        before, after = pads[2 * step : 2 * step + 2]
        out = _pad_by_copying(out, input.ndim - 1 - step, before, after, mode)
    return apart(out, input)


@function_only
def constant_pad_nd(input: Any, pad: Any, value: float = 0) -> Any:
    """``nn.functional.pad`` with a constant.  Differentiated as ``pad``.

    ``(*, n)`` to ``(*, left + n + right)``, and so on from the last dimension.

    Raises:
        RuntimeError: an odd number of sizes, or more of them than dimensions.

    Example:

        >>> at.constant_pad_nd(at.tensor([[1, 2]]), (1, 2), 7)
        tensor([[7, 1, 2, 7, 7]])
    """
    need_tensor(input, "constant_pad_nd")
    return _pad_constant(input, _numbers_of(pad), value)


def _numbers_of(pad: Any) -> list[int]:
    try:
        pads = [one.__index__() for one in pad]
    except (TypeError, AttributeError):
        raise TypeError(f"pad: pad must be ints, got {pad!r}") from None
    if len(pads) % 2:
        raise RuntimeError(f"pad: pad must be two numbers for each dimension, got {pads}")
    return pads


def _pad_constant(input: Any, pads: list[int], value: float) -> Any:
    ndim = input.ndim
    if len(pads) // 2 > ndim:
        raise RuntimeError(
            f"pad: expected two numbers for each of at most {ndim} dimensions, got {pads}"
        )
    value = fitted(value, input.dtype, "pad").item()
    both = [(0, 0)] * (ndim - len(pads) // 2)
    both += [(pads[at], pads[at + 1]) for at in range(len(pads) - 2, -1, -2)]
    sizes = tuple(n + a + b for n, (a, b) in zip(input.shape, both, strict=True))
    if min(sizes, default=0) < 0:
        raise RuntimeError(f"pad: {tuple(pads)} cuts off more than the input {input.shape} has")
    if min(pads, default=0) < 0:
        cut = tuple(_left_over(n, a, b) for n, (a, b) in zip(input.shape, both, strict=True))
        input = item_at(input, cut)
        both = [(max(a, 0), max(b, 0)) for a, b in both]
    inner = tuple(slice(a, a + n) for n, (a, _) in zip(input.shape, both, strict=True))
    return _pad(input, sizes, inner, value)


def _left_over(size: int, before: int, after: int) -> slice:
    """What negative padding leaves of ``size`` positions."""
    return slice(min(max(-before, 0), size), max(size - max(-after, 0), 0))


def _pad_by_copying(input: Any, dim: int, before: int, after: int, mode: str) -> Any:
    """``input`` with ``before`` and ``after`` copied positions along ``dim``."""
    if not before and not after:
        return input
    if mode == "circular":  # what is cut off does not come in again
        input = item_at(input, on_dim(dim, _left_over(input.shape[dim], before, after)))
        before, after = max(before, 0), max(after, 0)
    size = input.shape[dim]
    limit = {"reflect": size - 1, "circular": size, "replicate": math.inf}[mode]
    if max(before, after) > limit or size == 0 or size + before + after < 1:
        raise RuntimeError(
            f"pad: {mode} padding of {(before, after)} does not go with dim {dim} of size {size}"
        )
    # Positions of the output, counted such that the input's are 0 … size - 1.
    first, stop = -before, size + after
    parts = []
    if first < 0:
        parts.append(_margin(input, dim, first, min(stop, 0), mode, False))
    if max(first, 0) < min(stop, size):
        parts.append(slice_along(input, dim, max(first, 0), min(stop, size)))
    if stop > size:
        parts.append(_margin(input, dim, max(first, size), stop, mode, True))
    return cat(parts, dim) if len(parts) > 1 else parts[0]


def _margin(input: Any, dim: int, start: int, stop: int, mode: str, behind: bool) -> Any:
    """What stands at the positions ``start … stop - 1`` before ``input``, or ``behind`` it."""
    size = input.shape[dim]
    if mode == "replicate":
        edge = size - 1 if behind else 0
        wide = resized(input.shape, dim, stop - start)
        return expand(slice_along(input, dim, edge, edge + 1), wide)
    if mode == "circular":
        shift = -size if behind else size
        return slice_along(input, dim, start + shift, stop + shift)
    mirror = 2 * size - 1 if behind else 1
    return flip(slice_along(input, dim, mirror - stop, mirror - start), dim)
