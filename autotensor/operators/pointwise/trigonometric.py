"""Trigonometric and hyperbolic functions, their inverses, and angles in degrees and radians."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine.operator import binary, has_in_place, unary
from autotensor.kernels.elementwise import by_kernel, piecewise, tanh_back
from autotensor.operators.pointwise.arithmetic import mul, rsqrt
from autotensor.operators.structure.copying import floating

__all__ = [
    "acos", "acosh", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "deg2rad", "hypot",
    "rad2deg", "sin", "sinh", "tan", "tanh",
]  # fmt: skip


@unary(np.sin, lambda g, input: g * cos(input), in_place=True)
def sin(input: Any) -> Any:
    """Sine, radians.  d input = g · cos(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, at.pi / 6], requires_grad=True)
        >>> y = x.sin()
        >>> y.sum().backward()
        >>> y.detach(), x.grad  # the slope is the cosine
        (tensor([0.0000, 0.5000]), tensor([1.0000, 0.8660]))
    """


@unary(np.cos, lambda g, input: -g * sin(input), in_place=True)
def cos(input: Any) -> Any:
    """Cosine, radians.  d input = -g · sin(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, at.pi / 3, at.pi])
        >>> at.cos(x), (at.cos(x) ** 2 + at.sin(x) ** 2).round(decimals=3)
        (tensor([ 1.0000,  0.5000, -1.0000]), tensor([1., 1., 1.]))
    """


@unary(np.tan, lambda g, output: g * (1 + output * output), in_place=True)
def tan(input: Any) -> Any:
    """Tangent, radians.  d input = g · (1 + y²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.tan(at.tensor([0.0, at.pi / 4, 1.0]))
        tensor([0.0000, 1.0000, 1.5574])
    """


@unary(np.arcsin, lambda g, input: g * rsqrt(1 - input * input), in_place=True)
def asin(input: Any) -> Any:
    """Inverse sine, radians.  d input = g / √(1 - input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.asin(at.tensor([0.5, 1.0, 2.0])) / at.pi  # 30°, 90°, and no angle at all
        tensor([0.1667, 0.5000,    nan])
    """


@unary(np.arccos, lambda g, input: -g * rsqrt(1 - input * input), in_place=True)
def acos(input: Any) -> Any:
    """Inverse cosine, radians.  d input = -g / √(1 - input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> a, b = at.tensor([1.0, 0.0]), at.tensor([1.0, 1.0])
        >>> at.rad2deg(at.acos(a @ b / (a.norm() * b.norm()))).round()  # the angle between them
        tensor(45.)
    """


@unary(np.arctan, lambda g, input: g / (1 + input * input), in_place=True)
def atan(input: Any) -> Any:
    """Inverse tangent, radians.  d input = g / (1 + input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 0.0, 3.0], requires_grad=True)
        >>> x.atan().sum().backward()
        >>> x.grad  # 1 / (1 + x²)
        tensor([0.5000, 1.0000, 0.1000])
    """


@binary(
    np.arctan2,
    input=lambda g, input, other: g * other / _square_of_distance(input, other),
    other=lambda g, input, other: -g * input / _square_of_distance(input, other),
    in_place=True,
)
def atan2(input: Any, other: Any) -> Any:
    """Angle of the point (x = other, y = input), radians.

    d input = g · other / (input² + other²), d other = -g · input / (input² + other²).  Both
    are 0 where ``input`` and ``other`` are.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> y, x = at.tensor([1.0, 1.0, -1.0]), at.tensor([1.0, -1.0, -1.0])
        >>> at.rad2deg(at.atan2(y, x)).round()
        tensor([  45.,  135., -135.])
    """


def _square_of_distance(input: Any, other: Any) -> Any:
    """``input² + other²``, and 1 where that is 0."""
    square = input * input + other * other
    return square + (square == 0)


@unary(np.sinh, lambda g, input: g * cosh(input), in_place=True)
def sinh(input: Any) -> Any:
    """Hyperbolic sine.  d input = g · cosh(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 1.0])
        >>> at.sinh(x), (x.exp() - (-x).exp()) / 2
        (tensor([0.0000, 1.1752]), tensor([0.0000, 1.1752]))
    """


@unary(np.cosh, lambda g, input: g * sinh(input), in_place=True)
def cosh(input: Any) -> Any:
    """Hyperbolic cosine.  d input = g · sinh(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 1.0])
        >>> at.cosh(x), (at.cosh(x) ** 2 - at.sinh(x) ** 2).round(decimals=3)
        (tensor([1.0000, 1.5431]), tensor([1., 1.]))
    """


@unary(
    piecewise(np.tanh),
    lambda g, output: by_kernel(tanh_back, lambda g, y: g * (1 - y * y), g, output),
    in_place=True,
)
def tanh(input: Any) -> Any:
    """Hyperbolic tangent.  d input = g · (1 - y²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-20.0, 0.0, 0.5], requires_grad=True)
        >>> y = x.tanh()
        >>> y.sum().backward()
        >>> y.detach(), x.grad  # far out, nothing comes through
        (tensor([-1.0000,  0.0000,  0.4621]), tensor([0.0000, 1.0000, 0.7864]))
    """


@unary(np.arcsinh, lambda g, input: g * rsqrt(input * input + 1), in_place=True)
def asinh(input: Any) -> Any:
    """Inverse hyperbolic sine.  d input = g / √(input² + 1).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.asinh(at.tensor([0.0, 0.75]))  # ln(0.75 + 1.25)
        tensor([0.0000, 0.6931])
    """


@unary(np.arccosh, lambda g, input: g * rsqrt(input * input - 1), in_place=True)
def acosh(input: Any) -> Any:
    """Inverse hyperbolic cosine.  d input = g / √(input² - 1).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.acosh(at.tensor([1.0, 1.25]))  # ln(1.25 + 0.75)
        tensor([0.0000, 0.6931])
        >>> at.acosh(at.tensor([0.5]))  # nothing below 1
        tensor([nan])
    """


@unary(np.arctanh, lambda g, input: g / (1 - input * input), in_place=True)
def atanh(input: Any) -> Any:
    """Inverse hyperbolic tangent.  d input = g / (1 - input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.atanh(at.tensor([0.0, 0.5]))  # at 0.5, ln(3) / 2
        tensor([0.0000, 0.5493])
        >>> at.atanh(at.tensor([1.0]))
        tensor([inf])
    """


# PyTorch's other names for the same things.
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh


@binary(
    np.hypot,
    input=lambda g, input, output: g * (input / output),
    other=lambda g, other, output: g * (other / output),
    in_place=True,
)
def hypot(input: Any, other: Any) -> Any:
    """``√(input² + other²)`` without overflow.

    d input = g · input / y, d other = g · other / y.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor(3.0, requires_grad=True)
        >>> y = at.hypot(x, at.tensor(4.0))
        >>> y.backward()
        >>> y.item(), x.grad
        (5.0, tensor(0.6000))
    """


@has_in_place
def deg2rad(input: Any) -> Any:
    """Degrees as radians, ``input · π / 180``.  d input = g · π / 180.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.deg2rad(at.tensor([180.0, 90.0])) / at.pi
        tensor([1.0000, 0.5000])
    """
    return mul(floating(input, "deg2rad"), math.pi / 180)


@has_in_place
def rad2deg(input: Any) -> Any:
    """Radians as degrees, ``input · 180 / π``.  d input = g · 180 / π.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.rad2deg(at.tensor([at.pi, at.pi / 2])).round()
        tensor([180.,  90.])
    """
    return mul(floating(input, "rad2deg"), 180 / math.pi)


@unary(
    lambda x: np.where(np.isnan(x), x * 1.0, np.where(x < 0, np.pi, 0.0)).astype(
        x.dtype if x.dtype.kind == "f" else np.float64
    ),
    lambda g: zeros_like(g),
)
def angle(input: Any) -> Any:
    """The angle of a real number: π below 0, else 0.  d input = 0.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.angle(at.tensor([2.0, 0.0, -2.0]))
        tensor([0.0000, 0.0000, 3.1416])
    """
