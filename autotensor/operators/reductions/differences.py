"""Finite differences: of neighbours, slopes (gradient), integrals by the trapezoidal rule.

All are made of other operators, and so are their derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import function_only
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import all_dims, dim_of, int_of, need_tensor
from autotensor.operators.pointwise.comparison import logical_xor
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.reductions.scans import along, cumsum
from autotensor.operators.structure.indexing import slice_along
from autotensor.operators.structure.joining import cat

__all__ = ["cumulative_trapezoid", "diff", "gradient", "trapezoid", "trapz"]


def _dim_of_neighbours(input: Any, dim: int, name: str) -> int:
    at = dim_of(input, dim, name)
    if input.ndim == 0:
        raise IndexError(f"{name}: expected a Tensor of at least one dimension, got a 0-d one")
    return at


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """``input_{k+1} - input_k`` along ``dim``, ``n`` times over; of bools, where they differ.

    ``prepend`` and ``append`` are joined to ``input`` first.

    ``(…, L, …) → (…, L - n, …)``.

    Raises:
        IndexError: no such ``dim``, or a 0-d ``input``.
        RuntimeError: ``prepend`` or ``append`` has another number of dimensions.

    Example:

        >>> squares = at.tensor([0, 1, 4, 9, 16])
        >>> at.diff(squares), at.diff(squares, n=2)
        (tensor([1, 3, 5, 7]), tensor([2, 2, 2]))
        >>> at.diff(squares, prepend=at.tensor([0]))
        tensor([0, 1, 3, 5, 7])
    """
    at = _dim_of_neighbours(input, dim, "diff")
    n = int_of(n, "diff", "n", 0)
    for name, part in (("prepend", prepend), ("append", append)):
        if part is not None:
            need_tensor(part, "diff", name)
            if part.ndim != input.ndim:
                raise RuntimeError(
                    f"diff: {name} must have {input.ndim} dimensions, as input has, got {part.ndim}"
                )
    if n == 0:
        return input.clone()
    whole = [one for one in (prepend, input, append) if one is not None]
    out = cat(whole, at) if len(whole) > 1 else input
    for _ in range(min(n, out.shape[at])):
        later, earlier = slice_along(out, at, 1, None), slice_along(out, at, None, -1)
        out = logical_xor(later, earlier) if out.dtype == dtypes.bool else later - earlier
    return out


# -- integrals -------------------------------------------------------------------------------------


def _areas(y: Any, x: Any, dx: Any, dim: int, name: str) -> tuple[Any, int]:
    """The areas of the trapezoids between neighbours, and ``dim`` from 0."""
    at = _dim_of_neighbours(y, dim, name)
    if x is not None and dx is not None:
        raise TypeError(f"{name}: x and dx must not both be given")
    if y.dtype == dtypes.bool or getattr(x, "dtype", None) == dtypes.bool:
        raise RuntimeError(f"{name}: not defined for dtype bool; convert first")
    width: Any = 1.0 if dx is None else dx
    if x is not None:
        need_tensor(x, name, "x")
        if x.ndim == 1:
            if x.shape[0] != y.shape[at]:
                raise RuntimeError(
                    f"{name}: x of shape {x.shape} must have {y.shape[at]} elements, one for each "
                    f"place along dim {dim} of y"
                )
            x = x.reshape(tuple(-1 if axis == at else 1 for axis in range(y.ndim)))
        elif x.ndim < y.ndim:
            x = x.reshape((1,) * (y.ndim - x.ndim) + x.shape)
        x = _wide(x)
        width = slice_along(x, at, 1, None) - slice_along(x, at, None, -1)
        if y.is_floating_point() and not width.is_floating_point():
            width = width.to(y.dtype)
    y = _wide(y)
    return (slice_along(y, at, 1, None) + slice_along(y, at, None, -1)) * (width * 0.5), at


def _wide(input: Any) -> Any:
    """Integers in int64, where the sum and the difference of two small ones do not wrap around."""
    return input if input.is_floating_point() else input.long()


@function_only
def trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """``Σ (x_{k+1} - x_k) (y_k + y_{k+1}) / 2`` along ``dim``; steps ``dx`` (1) without ``x``.

    Args:
        y: ``(…, n, …)``, the heights.
        x: ``(n)``, or broadcastable to ``y``: the places, instead of steps of ``dx``.

    Raises:
        IndexError: no such ``dim``.
        TypeError: both ``x`` and ``dx`` are given.
        RuntimeError: ``x`` is not one number for each place; bools.

    Example:

        >>> x = at.linspace(0.0, 3.0, 4)
        >>> at.trapezoid(x**2, x)  # the integral is 9; between the points it takes straight lines
        tensor(9.5000)
        >>> at.trapezoid(at.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]]), dx=0.5, dim=1)
        tensor([1.0000, 0.5000])
    """
    areas, at = _areas(y, x, dx, dim, "trapezoid")
    return sum(areas, at)


@function_only
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The running sums of ``trapezoid``, one fewer than there are places along ``dim``.

    ``(…, L, …) → (…, L - 1, …)``.

    Raises:
        IndexError: no such ``dim``.
        TypeError: both ``x`` and ``dx`` are given.
        RuntimeError: ``x`` is not one number for each place; bools.

    Example:

        >>> at.cumulative_trapezoid(at.tensor([0.0, 2.0, 4.0, 6.0]))  # x², the integral of 2x
        tensor([1., 4., 9.])
    """
    areas, at = _areas(y, x, dx, dim, "cumulative_trapezoid")
    return cumsum(areas, at)


trapz = trapezoid


# -- slopes ----------------------------------------------------------------------------------------


@function_only
def gradient(
    input: Any, *, spacing: Any = None, dim: Any = None, edge_order: int = 1
) -> tuple[Any, ...]:
    """Estimates of the derivative of a function given by samples, one for each of ``dim``.

    With the steps h before and k after a place, inside, where it is exact for parabolas:
    ``(h² y₊ + (k² - h²) y - k² y₋) / (h k (h + k))``.  At the ends from the two (``edge_order`` 1)
    or three (2) nearest samples.

    Args:
        spacing: the step (1), or one for each dimension, or a vector of coordinates for each.
        dim: one dimension or several; all by default.

    Raises:
        IndexError: no such ``dim``.
        TypeError: ``spacing`` is neither a number nor a list.
        RuntimeError: ``spacing`` or ``edge_order`` does not fit, or there are too few samples.

    Example:

        >>> x = at.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
        >>> at.gradient(x**2)  # 2x, but for the ends
        (tensor([1., 2., 4., 6., 7.]),)
        >>> at.gradient(x**2, edge_order=2)
        (tensor([0., 2., 4., 6., 8.]),)
        >>> at.gradient(at.tensor([0.0, 1.0, 16.0]), spacing=[at.tensor([0.0, 1.0, 4.0])])
        (tensor([1., 2., 5.]),)
    """
    need_tensor(input, "gradient")
    if input.dtype == dtypes.uint8:
        raise RuntimeError("gradient: not defined for dtype uint8; convert first")
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient: edge_order must be 1 or 2, got {edge_order}")
    if isinstance(spacing, Tensor) and spacing.ndim:
        raise TypeError("gradient: spacing must be a number or a list; of coordinates, [spacing]")
    dims = () if dim == () else all_dims(dim, input.ndim, "gradient")
    spacing = 1 if spacing is None else spacing
    steps: Sequence[Any] = spacing if isinstance(spacing, (tuple, list)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            f"gradient: spacing must be one for each of the dimensions {dims}, got {len(steps)}"
        )
    for at in dims:
        if input.shape[at] <= edge_order:
            raise RuntimeError(
                f"gradient: with edge_order {edge_order}, each dimension must have a size of at "
                f"least {edge_order + 1}, got shape {input.shape}"
            )
    input = _wide(input)
    return tuple(_slope(input, at, one, edge_order) for at, one in zip(dims, steps, strict=True))


def _slope(input: Any, at: int, spacing: Any, edge_order: int) -> Any:
    count = input.shape[at]
    if isinstance(spacing, Tensor) and spacing.ndim:
        if spacing.shape != (count,):
            raise RuntimeError(
                f"gradient: coordinates of dim {at} must be a vector of {count}, got shape "
                f"{spacing.shape}"
            )
        points = spacing.reshape(along(input.shape, at, np.arange(count)).shape)
        steps = slice_along(points, at, 1, None) - slice_along(points, at, None, -1)
    else:
        steps = wrap(along(input.shape, at, np.ones(count - 1, input.dtype))) * spacing
    slopes = (slice_along(input, at, 1, None) - slice_along(input, at, None, -1)) / steps
    if count == 2:
        return cat([slopes, slopes], at)
    before, after = slice_along(steps, at, None, -1), slice_along(steps, at, 1, None)
    left, right = slice_along(slopes, at, None, -1), slice_along(slopes, at, 1, None)
    if isinstance(spacing, Tensor) and spacing.ndim:
        middle = (left * after + right * before) / (before + after)
    else:  # without the place itself, which has the weight 0 but may be infinite
        ahead, behind = slice_along(input, at, 2, None), slice_along(input, at, None, -2)
        middle = (ahead - behind) / (2 * spacing)
    first, last = slice_along(slopes, at, None, 1), slice_along(slopes, at, -1, None)
    if edge_order == 2:
        bend = (right - left) / (before + after)
        first = first - slice_along(bend, at, None, 1) * slice_along(before, at, None, 1)
        last = last + slice_along(bend, at, -1, None) * slice_along(after, at, -1, None)
    return cat([first, middle, last], at)
