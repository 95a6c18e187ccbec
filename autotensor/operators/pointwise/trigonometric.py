"""Trigonometric and hyperbolic functions, their inverses, and angles in degrees and radians."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine.operator import binary, has_in_place, unary
from autotensor.engine.tensor import Tensor
from autotensor.kernels.elementwise import filled, piecewise
from autotensor.operators.pointwise.arithmetic import mul, rsqrt
from autotensor.operators.structure.copying import floating

__all__ = [
    "acos", "acosh", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "deg2rad", "hypot",
    "rad2deg", "sin", "sinh", "tan", "tanh",
]  # fmt: skip


@unary(np.sin, lambda g, input: g * cos(input), in_place=True)
def sin(input: Any) -> Any:
    """Sine, radians.  d input = g · cos(input)."""


@unary(np.cos, lambda g, input: -g * sin(input), in_place=True)
def cos(input: Any) -> Any:
    """Cosine, radians.  d input = -g · sin(input)."""


@unary(np.tan, lambda g, output: g * (1 + output * output), in_place=True)
def tan(input: Any) -> Any:
    """Tangent, radians.  d input = g · (1 + y²)."""


@unary(np.arcsin, lambda g, input: g * rsqrt(1 - input * input), in_place=True)
def asin(input: Any) -> Any:
    """Inverse sine, radians.  d input = g / √(1 - input²)."""


@unary(np.arccos, lambda g, input: -g * rsqrt(1 - input * input), in_place=True)
def acos(input: Any) -> Any:
    """Inverse cosine, radians.  d input = -g / √(1 - input²)."""


@unary(np.arctan, lambda g, input: g / (1 + input * input), in_place=True)
def atan(input: Any) -> Any:
    """Inverse tangent, radians.  d input = g / (1 + input²)."""


@binary(
    np.arctan2,
    input=lambda g, input, other: g * other / _square_of_distance(input, other),
    other=lambda g, input, other: -g * input / _square_of_distance(input, other),
    in_place=True,
)
def atan2(input: Any, other: Any) -> Any:
    """Angle of the point (x = other, y = input), radians.

    d input = g · other / (input² + other²), d other = -g · input / (input² + other²), and 0 where
    both are 0.
    """


def _square_of_distance(input: Any, other: Any) -> Any:
    """``input² + other²``, and 1 where that is 0."""
    square = input * input + other * other
    return square + (square == 0)


@unary(np.sinh, lambda g, input: g * cosh(input), in_place=True)
def sinh(input: Any) -> Any:
    """Hyperbolic sine.  d input = g · cosh(input)."""


@unary(np.cosh, lambda g, input: g * sinh(input), in_place=True)
def cosh(input: Any) -> Any:
    """Hyperbolic cosine.  d input = g · sinh(input)."""


def _tanh_by_input(g: Any, output: Any) -> Any:
    if isinstance(g, Tensor) or np.shape(g) != np.shape(output):
        return g * (1 - output * output)

    def update(out: Any, g: Any, y: Any) -> None:
        np.multiply(y, y, out=out)
        np.subtract(1, out, out=out)
        np.multiply(out, g, out=out)

    return filled(update, output, g, output)


@unary(piecewise(np.tanh), _tanh_by_input, in_place=True)
def tanh(input: Any) -> Any:
    """Hyperbolic tangent.  d input = g · (1 - y²)."""


@unary(np.arcsinh, lambda g, input: g * rsqrt(input * input + 1), in_place=True)
def asinh(input: Any) -> Any:
    """Inverse hyperbolic sine.  d input = g / √(input² + 1)."""


@unary(np.arccosh, lambda g, input: g * rsqrt(input * input - 1), in_place=True)
def acosh(input: Any) -> Any:
    """Inverse hyperbolic cosine.  d input = g / √(input² - 1)."""


@unary(np.arctanh, lambda g, input: g / (1 - input * input), in_place=True)
def atanh(input: Any) -> Any:
    """Inverse hyperbolic tangent.  d input = g / (1 - input²)."""


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
    """


@has_in_place
def deg2rad(input: Any) -> Any:
    """Degrees as radians, ``input · π / 180``.  d input = g · π / 180."""
    return mul(floating(input, "deg2rad"), math.pi / 180)


@has_in_place
def rad2deg(input: Any) -> Any:
    """Radians as degrees, ``input · 180 / π``.  d input = g · 180 / π."""
    return mul(floating(input, "rad2deg"), 180 / math.pi)


@unary(
    lambda x: np.where(np.isnan(x), x * 1.0, np.where(x < 0, np.pi, 0.0)).astype(
        x.dtype if x.dtype.kind == "f" else np.float64
    ),
    lambda g: zeros_like(g),
)
def angle(input: Any) -> Any:
    """The angle of a real number: π below 0, else 0.  The derivative is 0."""
