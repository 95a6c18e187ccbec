"""Exponentials and logarithms, sigmoid (logistic), logaddexp.

In the formulas ``g`` is the gradient of the output and ``y`` the output.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.operator import binary, unary
from autotensor.kernels.elementwise import logistic, piecewise
from autotensor.operators.pointwise.comparison import isinf
from autotensor.operators.structure.selection import where

__all__ = [
    "exp", "exp2", "expm1", "ldexp", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2",
    "sigmoid",
]  # fmt: skip


LN2, LN10 = math.log(2), math.log(10)


def log_or_zero(input: Any) -> Any:
    """``log(input)``, and 0 where ``input`` is 0, so that 0 times it is 0."""
    if isinstance(input, (int, float)):
        return math.log(input) if input > 0 else 0.0 if input == 0 else math.nan
    return log(where(input == 0, 1.0, input))


@unary(np.exp, lambda g, output: g * output, in_place=True)
def exp(input: Any) -> Any:
    """``e^input``.  d input = g · y."""


@unary(np.exp2, lambda g, output: g * output * LN2, in_place=True)
def exp2(input: Any) -> Any:
    """``2^input``.  d input = g · y · ln 2."""


@unary(np.expm1, lambda g, output: g * (output + 1), in_place=True)
def expm1(input: Any) -> Any:
    """``e^input - 1``, exact near 0.  d input = g · (y + 1)."""


@unary(np.log, lambda g, input: g / input, in_place=True)
def log(input: Any) -> Any:
    """Natural logarithm.  d input = g / input."""


@unary(np.log2, lambda g, input: g / (input * LN2), in_place=True)
def log2(input: Any) -> Any:
    """Logarithm to base 2.  d input = g / (input · ln 2)."""


@unary(np.log10, lambda g, input: g / (input * LN10), in_place=True)
def log10(input: Any) -> Any:
    """Logarithm to base 10.  d input = g / (input · ln 10)."""


@unary(np.log1p, lambda g, input: g / (input + 1), in_place=True)
def log1p(input: Any) -> Any:
    """``ln(1 + input)``, exact near 0.  d input = g / (1 + input)."""


def _share(one: Any, two: Any, power: Any) -> Any:
    """``power(one) / (power(one) + power(two))``; half of each where both are the same infinity."""
    return 1 / (1 + power(where((one == two) & isinf(one), 0.0, two - one)))


@binary(
    np.logaddexp,
    input=lambda g, input, other: g * _share(input, other, exp),
    other=lambda g, input, other: g * _share(other, input, exp),
)
def logaddexp(input: Any, other: Any) -> Any:
    """``ln(e^input + e^other)``.  d input = g · e^(input - y), d other = g · e^(other - y)."""


@unary(piecewise(logistic), lambda g, output: g * (output * (1 - output)), in_place=True)
def sigmoid(input: Any) -> Any:
    """``1 / (1 + e^-input)``.  d input = g · y · (1 - y)."""


def _times_power_of_two(x: Any, y: Any) -> Any:
    # The whole part goes into the exponent, where 2^y alone might overflow.
    whole = np.clip(np.floor(y), -20_000, 20_000)
    return np.ldexp(x * np.exp2(y - whole), whole.astype(np.int32))


@binary(
    _times_power_of_two,
    input=lambda g, other: ldexp(g, other),
    other=lambda g, output: g * output * LN2,
    in_place=True,
)
def ldexp(input: Any, other: Any) -> Any:
    """``input · 2^other``, right as long as that itself does not overflow.

    d input = g · 2^other, d other = g · y · ln 2.
    """


@binary(
    np.logaddexp2,
    input=lambda g, input, other: g * _share(input, other, exp2),
    other=lambda g, input, other: g * _share(other, input, exp2),
)
def logaddexp2(input: Any, other: Any) -> Any:
    """``log₂(2^input + 2^other)``.  d input = g · 2^(input - y), d other = g · 2^(other - y)."""
