"""More arithmetic, mostly made of the operators in ``elementwise.py``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor import dtypes
from autotensor.operator import binary, operator, unary
from autotensor.operators.comparison import isfinite, isnan
from autotensor.operators.elementwise import (
    LN2,
    add,
    clamp,
    clone,
    exp2,
    floating,
    mul,
    pow,
    sub,
    to,
    true_divide,
    where,
)
from autotensor.operators.elementwise import abs as absolute
from autotensor.operators.reductions import p_norm
from autotensor.operators.shapes import need_tensor
from autotensor.tensor import Tensor

__all__ = [
    "addcdiv", "addcmul", "angle", "clamp_max", "clamp_min", "deg2rad", "dist", "float_power",
    "fill", "fmax", "fmin", "gcd", "heaviside", "hypot", "lcm", "ldexp", "lerp", "logaddexp2",
    "nan_to_num", "positive", "rad2deg", "real", "rsub",
]  # fmt: skip


# -- sums and products of several ------------------------------------------------------------------


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """``other - alpha · input``.  d input = -alpha · g, d other = g."""
    need_tensor(input, "rsub")
    return sub(other, input, alpha=alpha)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """``input + value · tensor1 · tensor2``, broadcast.

    d input = g, d tensor1 = g · value · tensor2, d tensor2 = g · value · tensor1.

    Raises:
        RuntimeError: Tensors of integers and a ``value`` that is none.
    """
    _need_tensors("addcmul", input=input, tensor1=tensor1, tensor2=tensor2)
    whole = all(one.dtype.kind != "f" for one in (input, tensor1, tensor2))
    if whole and not float(value).is_integer():
        raise RuntimeError(f"addcmul: value must be an integer for integer Tensors, got {value}")
    product = mul(tensor1, tensor2)
    return add(input, product if value == 1 else product * (int(value) if whole else value))


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """``input + value · tensor1 / tensor2``, broadcast.

    d input = g, d tensor1 = g · value / tensor2, d tensor2 = -g · value · tensor1 / tensor2².

    Raises:
        RuntimeError: ``tensor1`` and ``tensor2`` of integers.
    """
    _need_tensors("addcdiv", input=input, tensor1=tensor1, tensor2=tensor2)
    if all(one.dtype.kind != "f" for one in (tensor1, tensor2)):
        raise RuntimeError(
            "addcdiv: tensor1 and tensor2 are integers; convert one of them first, e.g. with "
            ".float()"
        )
    quotient = true_divide(tensor1, tensor2)
    return add(input, quotient if value == 1 else quotient * value)


def _need_tensors(name: str, **values: Any) -> None:
    for argument, value in values.items():
        need_tensor(value, name, argument)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """``input + weight · (end - input)``, and just ``end`` where ``weight`` is 1.

    d input = g · (1 - weight), d end = g · weight, d weight = g · (end - input).

    Raises:
        RuntimeError: different dtypes, or integers.
    """
    _need_tensors("lerp", input=input, end=end)
    if isinstance(weight, Tensor) and weight.ndim == 0:
        weight = to(weight, input.dtype)
    others = (end, weight) if isinstance(weight, Tensor) else (end,)
    if input.dtype.kind != "f" or any(one.dtype != input.dtype for one in others):
        given = ", ".join(str(one.dtype) for one in (input, *others))
        raise RuntimeError(f"lerp: expected Tensors of one floating-point dtype, got {given}")
    way = end - input
    # From the nearer end, so that both ends are met to the last digit.
    if isinstance(weight, Tensor):
        return where(absolute(weight) < 0.5, input + weight * way, end - way * (1 - weight))
    return input + way * weight if math.fabs(weight) < 0.5 else end - way * (1 - weight)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of ``input - other``, ``(Σ |input - other|ᵖ)^(1/p)``, a 0-d Tensor."""
    _need_tensors("dist", input=input, other=other)
    return p_norm(sub(input, other), p, None, False, None, "dist")


# -- powers and logarithms -------------------------------------------------------------------------


def float_power(input: Any, exponent: Any) -> Any:
    """``input ** exponent`` in float64, whatever the dtypes."""
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise TypeError("float_power: input or exponent must be a Tensor, got two numbers")
    for argument, value in (("input", input), ("exponent", exponent)):
        if not isinstance(value, (Tensor, int, float, np.generic)):
            raise TypeError(
                f"float_power: {argument} must be a Tensor or a number, got {type(value).__name__}"
            )
    return pow(*(_doubled(one) for one in (input, exponent)))


def _doubled(value: Any) -> Any:
    return to(value, dtypes.float64) if isinstance(value, Tensor) else float(value)


def _scaled(x: Any, y: Any) -> Any:
    # The whole part goes into the exponent, where 2^y alone might overflow.
    whole = np.clip(np.floor(y), -20_000, 20_000)
    return np.ldexp(x * np.exp2(y - whole), whole.astype(np.int32))


@binary(
    _scaled,
    input=lambda g, other: g * exp2(other),
    other=lambda g, output: g * output * LN2,
)
def ldexp(input: Any, other: Any) -> Any:
    """``input · 2^other``, right as long as that itself does not overflow.

    d input = g · 2^other, d other = g · y · ln 2.
    """


@binary(
    np.logaddexp2,
    input=lambda g, input, output: g * exp2(input - output),
    other=lambda g, other, output: g * exp2(other - output),
)
def logaddexp2(input: Any, other: Any) -> Any:
    """``log₂(2^input + 2^other)``.  d input = g · 2^(input - y), d other = g · 2^(other - y)."""


@binary(
    np.hypot,
    input=lambda g, input, output: g * (input / output),
    other=lambda g, other, output: g * (other / output),
)
def hypot(input: Any, other: Any) -> Any:
    """``√(input² + other²)`` without overflow.

    d input = g · input / y, d other = g · other / y.
    """


# -- angles ----------------------------------------------------------------------------------------


def deg2rad(input: Any) -> Any:
    """Degrees as radians, ``input · π / 180``.  d input = g · π / 180."""
    need_tensor(input, "deg2rad")
    return mul(floating(input), math.pi / 180)


def rad2deg(input: Any) -> Any:
    """Radians as degrees, ``input · 180 / π``.  d input = g · 180 / π."""
    need_tensor(input, "rad2deg")
    return mul(floating(input), 180 / math.pi)


@unary(
    lambda x: np.where(np.isnan(x), x * 1.0, np.where(x < 0, np.pi, 0.0)).astype(
        x.dtype if x.dtype.kind == "f" else np.float64
    ),
    lambda g: g * 0.0,
)
def angle(input: Any) -> Any:
    """The angle of a real number: π below 0, else 0.  The derivative is 0."""


# -- choice ----------------------------------------------------------------------------------------


def clamp_min(input: Any, min: Any) -> Any:
    """``clamp`` with a lower bound alone."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Any:
    """``clamp`` with an upper bound alone."""
    return clamp(input, max=max)


@binary(
    np.fmax,
    input=lambda g, input, other: g * ((input >= other) | isnan(other)),
    other=lambda g, input, other: g * ~((input >= other) | isnan(other)),
)
def fmax(input: Any, other: Any) -> Any:
    """The larger of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie."""


@binary(
    np.fmin,
    input=lambda g, input, other: g * ((input <= other) | isnan(other)),
    other=lambda g, input, other: g * ~((input <= other) | isnan(other)),
)
def fmin(input: Any, other: Any) -> Any:
    """The smaller of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie."""


def heaviside(input: Any, values: Any) -> Any:
    """0 below 0, 1 above, ``values`` at 0; no derivative.

    Raises:
        RuntimeError: different dtypes.
    """
    _need_tensors("heaviside", input=input, values=values)
    if input.dtype != values.dtype:
        raise RuntimeError(
            "heaviside: input and values must have the same dtype, got "
            f"{input.dtype} and {values.dtype}"
        )
    return _heaviside(input, values)


@binary(lambda x, y: np.where(x == 0, y, (x > 0).astype(y.dtype)))
def _heaviside(input: Any, values: Any) -> Any:
    """``heaviside`` of one dtype."""


def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """``input`` with ``nan`` (0) in place of NaN, and ``posinf`` and ``neginf`` (the largest and
    smallest number of the dtype) in place of the infinities.

    d input = g where it was finite, else 0.
    """
    need_tensor(input, "nan_to_num")
    return clone(input) if input.dtype.kind != "f" else _nan_to_num(input, nan, posinf, neginf)


@operator(input=lambda g, input: where(isfinite(input), g, 0.0))
def _nan_to_num(input: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    """``nan_to_num`` of floating-point numbers."""
    return np.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


# -- integers --------------------------------------------------------------------------------------


def _of_integers(ufunc: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compute(x: Any, y: Any) -> Any:
        if np.asarray(x).dtype.kind == "b":
            raise TypeError  # NumPy has bools as int8 here, PyTorch refuses them
        return ufunc(x, y)

    return compute


@binary(_of_integers(np.gcd))
def gcd(input: Any, other: Any) -> Any:
    """Greatest common divisor; integers."""


@binary(_of_integers(np.lcm))
def lcm(input: Any, other: Any) -> Any:
    """Least common multiple; integers."""


# -- the number itself -----------------------------------------------------------------------------


def fill(input: Any, value: Any) -> Any:
    """``value``, a number or a 0-d Tensor, in the shape and dtype of ``input``.

    d input = 0, d value = Σ g.
    """
    need_tensor(input, "fill")
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"fill: value must be a number or 0-d, got shape {value.shape}")
        value = to(value, input.dtype)
    else:
        value = np.asarray(value)
        dtypes.need_room(value, input.dtype, "fill")
    return _fill(input, value)


@operator(input=lambda g: g * 0.0, value=lambda g: g)
def _fill(input: Any, value: Any) -> Any:
    """``fill`` with a value of the right dtype."""
    return np.full_like(input, value)


def positive(input: Any) -> Any:
    """``input`` itself; refuses bools, as ``neg`` does."""
    need_tensor(input, "positive")
    if input.dtype.kind == "b":
        raise RuntimeError("positive: not defined for dtype bool; convert first, e.g. with .int()")
    return input


def real(input: Any) -> Any:
    """``input`` itself: there are no complex dtypes."""
    need_tensor(input, "real")
    return input
