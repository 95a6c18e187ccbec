"""Operators that work element by element, with broadcasting.

In the formulas ``g`` is the gradient of the output and ``y`` the output.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor import dtypes
from autotensor.device import target_of
from autotensor.operator import binary, operator, unary
from autotensor.operators.comparison import isnan
from autotensor.operators.indexing import nonzero
from autotensor.operators.rounding import sign, trunc
from autotensor.tensor import Tensor
from autotensor.threads import BLOCK, PER_ELEMENT, PER_FUNCTION, in_blocks

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "clamp", "clip", "clone",
    "cos", "cosh", "div", "divide", "exp", "exp2", "expm1", "floor_divide", "fmod", "log", "log10",
    "log1p", "log2", "logaddexp", "masked_fill", "maximum", "minimum", "mul", "multiply", "neg",
    "negative", "pow", "reciprocal", "relu", "remainder", "rsqrt", "sigmoid", "sin", "sinh", "sqrt",
    "square", "sub", "subtract", "tan", "tanh", "to", "true_divide", "where",
]  # fmt: skip

LN2, LN10 = math.log(2), math.log(10)


def _filled(update: Any, like: Any, *inputs: Any, per_element: int = PER_ELEMENT) -> Any:
    """A new array in the layout of ``like``, filled by ``update(out, *inputs)`` piece by piece."""
    out = np.empty_like(like)
    in_blocks(update, out, *inputs, per_element=per_element)
    return out


def _piecewise(function: Any, per_element: int = PER_FUNCTION) -> Any:
    """``function(x, out)`` on large arrays in pieces, and in several threads."""

    def apply(x: Any) -> Any:
        if not isinstance(x, np.ndarray) or x.size <= BLOCK or x.dtype.kind != "f":
            return function(x)
        return _filled(lambda out, x: function(x, out), x, x, per_element=per_element)

    return apply


# -- arithmetic ------------------------------------------------------------------------------------


@binary(np.add, input=lambda g: g, other=lambda g: g)
def _add(input: Any, other: Any) -> Any:
    """``input + other``."""


@binary(np.subtract, input=lambda g: g, other=lambda g: -g)
def _sub(input: Any, other: Any) -> Any:
    """``input - other``."""


def add(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """``input + alpha · other``.  d input = g, d other = alpha · g."""
    return _add(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """``input - alpha · other``.  d input = g, d other = -alpha · g."""
    return _sub(input, other if alpha == 1 else other * alpha)


@binary(np.multiply, input=lambda g, other: g * other, other=lambda g, input: g * input)
def mul(input: Any, other: Any) -> Any:
    """``input · other``.  d input = g · other, d other = g · input."""


@binary(
    np.true_divide,
    input=lambda g, other: g / other,
    other=lambda g, input, other: -g * input / (other * other),
)
def true_divide(input: Any, other: Any) -> Any:
    """``input / other``.  d input = g / other, d other = -g · input / other²."""


def _whole(ufunc: Any) -> Any:
    """``ufunc``, refusing to divide integers by 0, where NumPy gives 0."""

    def divide(x: Any, y: Any) -> Any:
        whole = np.asarray(y).dtype.kind != "f" and np.asarray(x).dtype.kind != "f"
        if whole and not np.all(y):
            raise RuntimeError("ZeroDivisionError: an integer is divided by 0")
        return ufunc(x, y)

    return divide


@binary(_whole(np.floor_divide))
def floor_divide(input: Any, other: Any) -> Any:
    """``⌊input / other⌋``, rounded towards minus infinity; no derivative."""


@binary(_whole(np.floor_divide), input=lambda g: g * 0.0, other=lambda g: g * 0.0)
def _floor_quotient(input: Any, other: Any) -> Any:
    """``floor_divide`` whose derivative is 0."""


def _truncating(x: Any, y: Any) -> Any:
    if np.asarray(x).dtype.kind == "f":
        return np.trunc(np.true_divide(x, y))
    # Not by way of floats, which do not hold every integer.
    quotient = np.floor_divide(x, y)
    return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))


@binary(_whole(_truncating), input=lambda g: g * 0.0, other=lambda g: g * 0.0)
def _truncated_quotient(input: Any, other: Any) -> Any:
    """``trunc(input / other)``, of integers an integer, whose derivative is 0."""


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """``input / other``, or rounded: ``rounding_mode`` is None, ``'trunc'`` or ``'floor'``."""
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode == "floor":
        return _floor_quotient(input, other)
    if rounding_mode == "trunc":
        return _truncated_quotient(input, other)
    raise ValueError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}")


@binary(
    _whole(np.remainder),
    input=lambda g: g,
    other=lambda g, input, other: -g * floor_divide(input, other),
)
def remainder(input: Any, other: Any) -> Any:
    """``input - other · ⌊input / other⌋``, with the sign of ``other``.

    d input = g, d other = -g · ⌊input / other⌋.
    """


@binary(
    _whole(np.fmod),
    input=lambda g: g,
    other=lambda g, input, other: -g * trunc(input / other),
)
def fmod(input: Any, other: Any) -> Any:
    """``input - other · trunc(input / other)``, with the sign of ``input``.

    d input = g, d other = -g · trunc(input / other).
    """


def _power(x: Any, y: Any) -> Any:
    if x.__class__ is np.ndarray and x.dtype.kind == "b":
        raise TypeError  # NumPy gives int8, PyTorch refuses
    try:
        return np.power(x, y)
    except ValueError:
        # NumPy refuses integers to negative integers.  As in PyTorch, what is no integer becomes 0.
        if np.asarray(x).dtype.kind == "f" or not np.any(np.less(y, 0)):
            raise
        inverse = np.where(np.abs(x) == 1, x, 0)
        return np.where(np.less(y, 0), np.power(inverse, -y % 2 + 2), np.power(x, np.maximum(y, 0)))


@binary(
    _power,
    input=lambda g, input, other: g * _pow_by_base(input, other),
    other=lambda g, input, output: g * where(output == 0, 0.0, output * log_or_zero(input)),
)
def _pow(input: Any, other: Any) -> Any:
    """``input ** other``."""


def _pow_by_base(input: Any, other: Any) -> Any:
    """``other · input^(other-1)``, and 0 where ``other`` is 0, also at input 0."""
    if isinstance(other, (int, float)):
        if other == 0:
            return input * 0.0
        return input * 2 if other == 2 else other * pow(input, other - 1)
    return where(other == 0, 0.0, other * pow(input, where(other == 0, 1.0, other - 1)))


def log_or_zero(input: Any) -> Any:
    """``log(input)``, and 0 where ``input`` is 0, so that 0 times it is 0."""
    if isinstance(input, (int, float)):
        return math.log(input) if input > 0 else 0.0 if input == 0 else math.nan
    return log(where(input == 0, 1.0, input))


def pow(input: Any, exponent: Any) -> Any:
    """``input ** exponent``.

    d input = g · exponent · input^(exponent-1), d exponent = g · y · ln input (0 where y is 0).

    Raises:
        RuntimeError: integers to a negative power that is a number.  In a Tensor of powers a
            negative one gives 0, unless ``input`` is 1 or -1 there.
    """
    if isinstance(exponent, (int, float)) and isinstance(input, Tensor):
        if exponent == 2:
            return mul(input, input) if input.dtype.kind != "b" else _pow(input, exponent)
        if input.dtype.kind != "f" and isinstance(exponent, int) and exponent < 0:
            raise RuntimeError(
                "pow: integers to negative integer powers are not allowed; convert to float first"
            )
    return _pow(input, exponent)


@unary(np.negative, lambda g: -g)
def neg(input: Any) -> Any:
    """``-input``.  d input = -g."""


@unary(np.absolute, lambda g, input: g * sign(input))
def abs(input: Any) -> Any:
    """``|input|``.  d input = g · sign(input), which is 0 at 0."""


@unary(
    lambda x: np.square(x) if x.dtype.kind != "b" else x.astype(np.int64),
    lambda g, input: g * (2 * input),
)
def square(input: Any) -> Any:
    """``input²``.  d input = 2 g · input."""


@unary(np.sqrt, lambda g, output: g / (2 * output))
def sqrt(input: Any) -> Any:
    """``√input``.  d input = g / (2 y)."""


@unary(lambda x: 1 / np.sqrt(x), lambda g, output: g * (-0.5 * output * output * output))
def rsqrt(input: Any) -> Any:
    """``1 / √input``.  d input = -g · y³ / 2."""


@unary(lambda x: 1.0 / x, lambda g, output: -g * output * output)
def reciprocal(input: Any) -> Any:
    """``1 / input``.  d input = -g · y²."""


# -- exponentials and logarithms -------------------------------------------------------------------


@unary(np.exp, lambda g, output: g * output)
def exp(input: Any) -> Any:
    """``e^input``.  d input = g · y."""


@unary(np.exp2, lambda g, output: g * output * LN2)
def exp2(input: Any) -> Any:
    """``2^input``.  d input = g · y · ln 2."""


@unary(np.expm1, lambda g, output: g * (output + 1))
def expm1(input: Any) -> Any:
    """``e^input - 1``, exact near 0.  d input = g · (y + 1)."""


@unary(np.log, lambda g, input: g / input)
def log(input: Any) -> Any:
    """Natural logarithm.  d input = g / input."""


@unary(np.log2, lambda g, input: g / (input * LN2))
def log2(input: Any) -> Any:
    """Logarithm to base 2.  d input = g / (input · ln 2)."""


@unary(np.log10, lambda g, input: g / (input * LN10))
def log10(input: Any) -> Any:
    """Logarithm to base 10.  d input = g / (input · ln 10)."""


@unary(np.log1p, lambda g, input: g / (input + 1))
def log1p(input: Any) -> Any:
    """``ln(1 + input)``, exact near 0.  d input = g / (1 + input)."""


@binary(
    np.logaddexp,
    input=lambda g, input, output: g * exp(input - output),
    other=lambda g, other, output: g * exp(other - output),
)
def logaddexp(input: Any, other: Any) -> Any:
    """``ln(e^input + e^other)``.  d input = g · e^(input - y), d other = g · e^(other - y)."""


# -- trigonometric and hyperbolic ------------------------------------------------------------------


@unary(np.sin, lambda g, input: g * cos(input))
def sin(input: Any) -> Any:
    """Sine, radians.  d input = g · cos(input)."""


@unary(np.cos, lambda g, input: -g * sin(input))
def cos(input: Any) -> Any:
    """Cosine, radians.  d input = -g · sin(input)."""


@unary(np.tan, lambda g, output: g * (1 + output * output))
def tan(input: Any) -> Any:
    """Tangent, radians.  d input = g · (1 + y²)."""


@unary(np.arcsin, lambda g, input: g * rsqrt(1 - input * input))
def asin(input: Any) -> Any:
    """Inverse sine, radians.  d input = g / √(1 - input²)."""


@unary(np.arccos, lambda g, input: -g * rsqrt(1 - input * input))
def acos(input: Any) -> Any:
    """Inverse cosine, radians.  d input = -g / √(1 - input²)."""


@unary(np.arctan, lambda g, input: g / (1 + input * input))
def atan(input: Any) -> Any:
    """Inverse tangent, radians.  d input = g / (1 + input²)."""


@binary(
    np.arctan2,
    input=lambda g, input, other: g * other / _square_of_distance(input, other),
    other=lambda g, input, other: -g * input / _square_of_distance(input, other),
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


@unary(np.sinh, lambda g, input: g * cosh(input))
def sinh(input: Any) -> Any:
    """Hyperbolic sine.  d input = g · cosh(input)."""


@unary(np.cosh, lambda g, input: g * sinh(input))
def cosh(input: Any) -> Any:
    """Hyperbolic cosine.  d input = g · sinh(input)."""


def _tanh_by_input(g: Any, output: Any) -> Any:
    if isinstance(g, Tensor) or np.shape(g) != np.shape(output):
        return g * (1 - output * output)

    def update(out: Any, g: Any, y: Any) -> None:
        np.multiply(y, y, out=out)
        np.subtract(1, out, out=out)
        np.multiply(out, g, out=out)

    return _filled(update, output, g, output)


@unary(_piecewise(np.tanh), lambda g, output: _tanh_by_input(g, output))
def tanh(input: Any) -> Any:
    """Hyperbolic tangent.  d input = g · (1 - y²)."""


@unary(np.arcsinh, lambda g, input: g * rsqrt(input * input + 1))
def asinh(input: Any) -> Any:
    """Inverse hyperbolic sine.  d input = g / √(input² + 1)."""


@unary(np.arccosh, lambda g, input: g * rsqrt(input * input - 1))
def acosh(input: Any) -> Any:
    """Inverse hyperbolic cosine.  d input = g / √(input² - 1)."""


@unary(np.arctanh, lambda g, input: g / (1 - input * input))
def atanh(input: Any) -> Any:
    """Inverse hyperbolic tangent.  d input = g / (1 - input²)."""


# -- what networks use -----------------------------------------------------------------------------


def _sigmoid(x: Any, out: Any = None) -> Any:
    # (1 + tanh(x/2)) / 2 cannot overflow, and tanh is NumPy's fastest transcendental.
    half = np.multiply(x, 0.5, out=out)
    if not isinstance(half, np.ndarray) or half.dtype.kind != "f":
        return 0.5 * np.tanh(half) + 0.5
    np.tanh(half, out=half)
    half *= 0.5
    half += 0.5
    return half


@unary(_piecewise(_sigmoid), lambda g, output: g * (output * (1 - output)))
def sigmoid(input: Any) -> Any:
    """``1 / (1 + e^-input)``.  d input = g · y · (1 - y)."""


_ZEROS = {kind: np.zeros(BLOCK, kind) for kind in (dtypes.float32, dtypes.float64)}


def _relu(x: Any, out: Any = None) -> Any:
    # For 32,768 elements the maximum with an array of zeros takes 4 µs, with the number 0 it
    # takes 13.
    zeros = _ZEROS.get(x.dtype) if isinstance(x, np.ndarray) else None
    if zeros is None or x.size > BLOCK or not x.flags.c_contiguous:
        if getattr(x, "dtype", None) == dtypes.bool:
            raise RuntimeError(
                "relu: not defined for dtype bool; convert first, e.g. with .float()"
            )
        return np.maximum(x, 0, out=out)
    if out is None:
        out = np.empty_like(x)
    np.maximum(x.reshape(-1), zeros[: x.size], out=out.reshape(-1))
    return out


@unary(_piecewise(_relu, PER_ELEMENT), lambda g, output: _relu_by_input(g, output))
def relu(input: Any) -> Any:
    """``max(input, 0)``.  d input = g where input > 0, else 0."""


def _relu_by_input(g: Any, output: Any) -> Any:
    if isinstance(g, Tensor) or g.size <= BLOCK or g.shape != output.shape:
        return g * (output > 0)
    return _filled(lambda out, g, y: np.multiply(g, y > 0, out=out), output, g, output)


# -- choice ----------------------------------------------------------------------------------------


def _share_of_ties(one: Any, two: Any, g: Any) -> Any:
    """The gradient by ``one`` of what chooses it where ``one > two``; half of g at a tie."""
    return g * (one > two) + g * ((one == two) * 0.5)


@binary(
    np.maximum,
    input=lambda g, input, other: _share_of_ties(input, other, g),
    other=lambda g, input, other: _share_of_ties(other, input, g),
)
def maximum(input: Any, other: Any) -> Any:
    """The larger of two.  g goes to the larger one, half to each at a tie."""


@binary(
    np.minimum,
    input=lambda g, input, other: _share_of_ties(other, input, g),
    other=lambda g, input, other: _share_of_ties(input, other, g),
)
def minimum(input: Any, other: Any) -> Any:
    """The smaller of two.  g goes to the smaller one, half to each at a tie."""


@operator(
    input=lambda g, condition: where(condition, g, 0.0),
    other=lambda g, condition: where(condition, 0.0, g),
)
def _where(condition: Any, input: Any, other: Any) -> Any:
    """Value and derivative of ``where``."""
    # Inside a rule a 0-d array may be a bare scalar, whose dtype must not get lost.
    input, other = (
        np.asarray(one) if isinstance(one, np.generic) else one for one in (input, other)
    )
    dtype = dtypes.promoted(input, other)
    if not isinstance(input, np.ndarray):
        input = np.asarray(input, dtype)
    if not isinstance(other, np.ndarray):
        other = np.asarray(other, dtype)
    return np.where(condition, input.astype(dtype, copy=False), other.astype(dtype, copy=False))


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where ``condition`` (bool) is true, else ``other``; the three are broadcast.

    d input = g where condition, d other = g where not condition; 0 elsewhere.  With ``condition``
    alone, the tuple of indices of what is not 0, ``nonzero(condition, as_tuple=True)``.
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where: expected both of input and other, or neither")
    kind = getattr(condition, "dtype", None)
    if kind != np.bool_ and kind is not None:
        raise RuntimeError(f"where: condition must be a bool Tensor, got dtype {kind}")
    try:
        return _where(condition, input, other)
    except ValueError:
        shapes = ", ".join(
            str(np.shape(getattr(one, "array", one))) for one in (condition, input, other)
        )
        raise RuntimeError(
            f"where: condition, input and other of shapes {shapes} do not broadcast"
        ) from None


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """``input`` kept within ``[min, max]``; numbers or Tensors, either may be None.

    d input = g where the value was within the bounds (bounds included), else 0; a Tensor bound
    takes the gradient where it was applied.
    """
    if not isinstance(input, (Tensor, np.ndarray, np.generic)):
        raise TypeError(f"clamp: input must be a Tensor, got {type(input).__name__}")
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must be given")
    for name, bound in (("min", min), ("max", max)):
        if bound is not None and not isinstance(
            bound, (int, float, np.generic, np.ndarray, Tensor)
        ):
            raise TypeError(
                f"clamp: {name} must be a number or a Tensor, got {type(bound).__name__}"
            )
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        out = input
        if min is not None:
            out = where(isnan(out) | (out >= min), out, min)
        if max is not None:
            out = where(isnan(out) | (out <= max), out, max)
        return out
    return _clamp(input, min, max)


@operator(input=lambda g, input, min, max: g * _within(input, min, max))
def _clamp(input: Any, min: Any, max: Any) -> Any:
    """Value and derivative of ``clamp`` with numbers as bounds."""
    input = np.asarray(input)
    dtype = dtypes.promoted(input, *(bound for bound in (min, max) if bound is not None))
    return np.clip(input.astype(dtype, copy=False), min, max)


def _within(input: Any, low: Any, high: Any) -> Any:
    if low is None:
        return input <= high
    return input >= low if high is None else (input >= low) & (input <= high)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """``input`` with ``value`` (a number or 0-d Tensor) where ``mask`` (bool) is true.

    d input = g where not masked, d value = Σ g where masked.
    """
    if getattr(mask, "dtype", None) != np.bool_:
        raise RuntimeError(
            f"masked_fill: mask must be a bool Tensor, got {getattr(mask, 'dtype', type(mask))}"
        )
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"masked_fill: value must be a number or a 0-d Tensor, got shape {value.shape}"
        )
    return to(where(mask, value, input), input.dtype)


# -- copies ----------------------------------------------------------------------------------------


@operator(input=lambda g: g)
def clone(input: Any) -> Any:
    """A copy of ``input`` with memory of its own.  d input = g."""
    return np.array(input)


@operator(input=lambda g: g)
def _cast(input: Any, dtype: Any) -> Any:
    """``input`` in another dtype; the engine casts the gradient back."""
    return np.asarray(input).astype(dtype)


def to(
    input: Any,
    *target: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
) -> Any:
    """``input`` in another dtype; itself if it is so already, unless ``copy``.

    ``to(dtype)``, ``to(device, dtype)`` with the CPU, the only device there is, or ``to(other)``
    for the dtype of another Tensor; ``non_blocking`` and ``copy`` may follow.
    d input = g, in the dtype of ``input``.
    """
    wanted, copy = target_of("to", target, dtype, device, copy)
    if wanted is None or wanted == input.dtype:
        return clone(input) if copy else input
    return _cast(input, wanted)


def floating(input: Any) -> Any:
    """``input``, in the default dtype if it is not of a floating-point one."""
    return input if input.dtype.kind == "f" else to(input, dtypes.get_default_dtype())


# PyTorch's other names for the same things.
absolute, negative, multiply, subtract = abs, neg, mul, sub
divide = div
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
clip = clamp
