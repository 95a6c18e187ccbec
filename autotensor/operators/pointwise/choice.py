"""Choosing between elements: relu, maximum and minimum, clamp, what replaces NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import binary, has_in_place, operator, unary
from autotensor.engine.tensor import Tensor
from autotensor.kernels.elementwise import filled, piecewise, rectified, unmixed
from autotensor.machine.threads import BLOCK, PER_ELEMENT
from autotensor.operators.arguments import need_alike, need_room, need_tensor, number_if_scalar
from autotensor.operators.pointwise.comparison import isfinite, isnan
from autotensor.operators.structure.copying import clone, depending
from autotensor.operators.structure.selection import where

__all__ = [
    "clamp", "clamp_max", "clamp_min", "clip", "fmax", "fmin", "heaviside", "maximum", "minimum",
    "nan_to_num", "relu",
]  # fmt: skip


def _blocked(g: Any, factor: Any) -> Any:
    """``g · factor``, and 0 where ``factor`` is 0, whatever g is: NaN and infinity do not pass."""
    if isinstance(g, Tensor):
        return where(factor == 0, 0.0, g * factor)
    return unmixed(g * factor, factor)


def _relu_by_input(g: Any, output: Any) -> Any:
    if isinstance(g, Tensor):
        return depending(output, _blocked(g, output > 0))
    if g.shape != output.shape or not g.shape:
        return unmixed(g * (output > 0), output)
    if g.size <= BLOCK:
        passes = (output > 0).astype(g.dtype)  # a product with bools takes longer than both
        return unmixed(np.multiply(g, passes, out=passes), output)

    def update(out: Any, g: Any, y: Any) -> None:
        np.multiply(g, np.greater(y, 0, out=out), out=out)

    return unmixed(filled(update, output, g, output), output)


@unary(piecewise(rectified, PER_ELEMENT), _relu_by_input, in_place=True)
def relu(input: Any) -> Any:
    """``max(input, 0)``.  d input = g where input > 0, else 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-1.0, 0.0, 2.0], requires_grad=True)
        >>> y = x.relu()
        >>> y.sum().backward()
        >>> y.tolist(), x.grad.tolist()
        ([0.0, 0.0, 2.0], [0.0, 0.0, 1.0])
    """


def _where_larger(g: Any, input: Any, other: Any) -> Any:
    """g where ``input`` is larger, half of it at a tie, else 0."""
    return _blocked(g, (input > other) + (input == other) * 0.5)


def _where_smaller(g: Any, input: Any, other: Any) -> Any:
    """g where ``input`` is smaller, half of it at a tie, else 0."""
    return _where_larger(g, other, input)


@binary(np.maximum, input=_where_larger, other=_where_smaller)
def maximum(input: Any, other: Any) -> Any:
    """``max(input, other)``.  g goes to the larger one, half to each at a tie.

    d input = g where input > other, g / 2 where input = other, else 0,
    d other = g where input < other, g / 2 where input = other, else 0.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([1.0, 5.0, 2.0], requires_grad=True)
        >>> y = at.tensor([3.0, 4.0, 2.0], requires_grad=True)
        >>> at.maximum(x, y).sum().backward()
        >>> x.grad, y.grad
        (tensor([0.0000, 1.0000, 0.5000]), tensor([1.0000, 0.0000, 0.5000]))
    """


@binary(np.minimum, input=_where_smaller, other=_where_larger)
def minimum(input: Any, other: Any) -> Any:
    """``min(input, other)``.  g goes to the smaller one, half to each at a tie.

    d input = g where input < other, g / 2 where input = other, else 0,
    d other = g where input > other, g / 2 where input = other, else 0.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.minimum(at.tensor([1, 5]), at.tensor([3, 4]))
        tensor([1, 4])
        >>> at.minimum(at.tensor([1.0]), at.tensor([float("nan")]))
        tensor([nan])
    """


@has_in_place
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """``input`` kept within ``[min, max]``; numbers or Tensors, either may be None.

    d input = g where min ≤ input ≤ max, else 0; a Tensor as bound takes the gradient where it was
    applied.

    ``(*)`` to ``(*)``; bounds that are Tensors broadcast.

    Raises:
        ValueError: neither bound is given.

    Example:

        >>> x = at.tensor([-2.0, 0.5, 3.0], requires_grad=True)
        >>> x.clamp(0, 1).tolist()
        [0.0, 0.5, 1.0]
        >>> x.clamp(-1, 3).sum().backward()
        >>> x.grad  # at the bound 3 it passes
        tensor([0., 1., 1.])
    """
    if not isinstance(input, (Tensor, np.ndarray, np.generic)):
        raise TypeError(f"clamp: input must be a Tensor, got {type(input).__name__}")
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must be given")
    for name, bound in (("min", min), ("max", max)):
        if not isinstance(bound, (int, float, np.generic, np.ndarray, Tensor, type(None))):
            raise TypeError(
                f"clamp: {name} must be a number or a Tensor, got {type(bound).__name__}"
            )
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        if min is not None:
            input = where(isnan(input) | (input >= min), input, min)
        if max is not None:
            input = where(isnan(input) | (input <= max), input, max)
        return input
    return _clamp(input, number_if_scalar(min), number_if_scalar(max))


@operator(input=lambda g, input, min, max: _blocked(g, _within(input, min, max)))
def _clamp(input: Any, min: Any, max: Any) -> Any:
    """Value and derivative of ``clamp`` with numbers as bounds."""
    input = np.asarray(input)
    dtype = dtypes.promoted(input, *(bound for bound in (min, max) if bound is not None))
    for bound, side in ((min, 1), (max, -1)):
        if bound is not None and bound * side > 0:  # all might become it
            need_room(np.asarray(float(bound) if dtype.kind == "u" else bound), dtype, "clamp")
    if dtype.kind in "iu":  # NumPy 2.0 refuses a bound out of reach, which bounds nothing
        reach = np.iinfo(dtype)
        min = None if min is None or min < reach.min else min
        max = None if max is None or max > reach.max else max
    array = input.astype(dtype, copy=False)
    return np.array(array) if min is None and max is None else np.clip(array, min, max)


def _within(input: Any, low: Any, high: Any) -> Any:
    if low is None:
        return input <= high
    return input >= low if high is None else (input >= low) & (input <= high)


clip = clamp


@has_in_place
def clamp_min(input: Any, min: Any) -> Any:
    """``clamp`` with a lower bound alone.  d input = g where input ≥ min, else 0.

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: ``min`` is a Tensor whose shape does not broadcast.

    Example:

        >>> variance = at.tensor([0.0, 4.0])
        >>> variance.clamp_min(1e-2).rsqrt()
        tensor([10.0000,  0.5000])
    """
    return clamp(input, min=min)


@has_in_place
def clamp_max(input: Any, max: Any) -> Any:
    """``clamp`` with an upper bound alone.  d input = g where input ≤ max, else 0.

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: ``max`` is a Tensor whose shape does not broadcast.

    Example:

        >>> ratio = at.tensor([0.5, 1.0, 8.0])
        >>> ratio.clamp_max(1.0)
        tensor([0.5000, 1.0000, 1.0000])
    """
    return clamp(input, max=max)


@binary(
    np.fmax,
    input=lambda g, input, other: _blocked(g, (input >= other) | (other != other)),
    other=lambda g, input, other: _blocked(g, ~((input >= other) | (other != other))),
)
def fmax(input: Any, other: Any) -> Any:
    """The larger of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie.

    d input = g where input ≥ other or other is NaN, else 0,
    d other = 0 where input ≥ other or other is NaN, else g.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> nan = float("nan")
        >>> at.fmax(at.tensor([1.0, nan, 3.0]), at.tensor([2.0, 5.0, nan]))
        tensor([2., 5., 3.])
    """


@binary(
    np.fmin,
    input=lambda g, input, other: _blocked(g, (input <= other) | (other != other)),
    other=lambda g, input, other: _blocked(g, ~((input <= other) | (other != other))),
)
def fmin(input: Any, other: Any) -> Any:
    """The smaller of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie.

    d input = g where input ≤ other or other is NaN, else 0,
    d other = 0 where input ≤ other or other is NaN, else g.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> nan = float("nan")
        >>> at.fmin(at.tensor([1.0, nan, 3.0]), at.tensor([2.0, 5.0, nan]))
        tensor([1., 5., 3.])
    """


@has_in_place
def heaviside(input: Any, values: Any) -> Any:
    """0 below 0, 1 above, ``values`` at 0; no derivative.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: different dtypes.

    Example:

        >>> at.heaviside(at.tensor([-2.0, 0.0, 3.0]), at.tensor(0.5))
        tensor([0.0000, 0.5000, 1.0000])
    """
    need_alike("heaviside", input=input, values=values)
    return _heaviside(input, values)


@binary(lambda x, y: np.where(x == 0, y, (x > 0).astype(y.dtype)))
def _heaviside(input: Any, values: Any) -> Any:
    """``heaviside`` of one dtype."""


@has_in_place
def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """``input`` with ``nan`` (0) in place of NaN, and ``posinf`` and ``neginf`` (the largest and
    smallest number of the dtype) in place of the infinities.

    d input = g where input is finite, else 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, float("nan"), float("inf"), float("-inf")], requires_grad=True)
        >>> y = x.nan_to_num(posinf=100.0, neginf=-100.0)
        >>> y.sum().backward()
        >>> y.tolist(), x.grad.tolist()
        ([1.0, 0.0, 100.0, -100.0], [1.0, 0.0, 0.0, 0.0])
    """
    need_tensor(input, "nan_to_num")
    return clone(input) if input.dtype.kind != "f" else _nan_to_num(input, nan, posinf, neginf)


@operator(input=lambda g, input: where(isfinite(input), g, 0.0))
def _nan_to_num(input: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    """Value and derivative of ``nan_to_num`` for floating-point numbers."""
    return np.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
