"""Modified Bessel functions of the first kind, Iₙ, right to about the last digit of float64.

Every derivative of one is made of others: ``Iₙ' = (Iₙ₋₁ + Iₙ₊₁) / 2``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.operator import has_in_place, operator
from autotensor.kernels.series import horner, in_double
from autotensor.operators.arguments import need_tensor
from autotensor.operators.pointwise.rounding import sign
from autotensor.operators.structure.copying import floating

__all__ = ["i0"]


def _near(x: np.ndarray, n: int) -> np.ndarray:
    """Iₙ(x) for |x| < 20: ``(x/2)ⁿ Σ (x²/4)ᵏ / (k! (k + n)!)``, a sum without cancellation."""
    terms = [1 / (math.factorial(k) * math.factorial(k + n)) for k in range(50)]
    half = 0.5 * x
    return half**n * horner(terms, half * half)


def _scaled_far(x: np.ndarray, n: int) -> np.ndarray:
    """``e^-x Iₙ(x)`` for x >= 20: the asymptotic series (Abramowitz and Stegun 9.7.1)."""
    terms = [1.0]
    for k in range(1, 26):
        terms.append(-terms[-1] * (4 * n * n - (2 * k - 1) ** 2) / (8 * k))
    return horner(terms, 1 / x) / np.sqrt(2 * np.pi * x)


def _value(x: np.ndarray, n: int, scaled: bool) -> np.ndarray:
    size = np.abs(x)

    def far(x: np.ndarray) -> np.ndarray:
        # In two steps, because e^x overflows before Iₙ does.
        value = _scaled_far(x, n)
        return value if scaled else value * np.exp(0.5 * x) * np.exp(0.5 * x)

    value = np.piecewise(
        size,
        [size < 20],
        [lambda x: _near(x, n) * (np.exp(-x) if scaled else 1), far],
    )
    return np.copysign(value, x) if n % 2 else value


@operator(
    input=lambda g, input, n: g * (0.5 * (_bessel(input, abs(n - 1)) + _bessel(input, n + 1)))
)
def _bessel(input: Any, n: int) -> Any:
    """Iₙ of an array."""
    return in_double(lambda x: _value(x, n, False))(input)


@operator(
    input=lambda g, input, output, n: (
        g * (0.5 * (_scaled(input, abs(n - 1)) + _scaled(input, n + 1)) - sign(input) * output)
    )
)
def _scaled(input: Any, n: int) -> Any:
    """``e^-|x| Iₙ(x)`` of an array."""
    return in_double(lambda x: _value(x, n, True))(input)


@has_in_place
def i0(input: Any) -> Any:
    """Modified Bessel function of order 0, ``I₀``.  d input = g · I₁(input)."""
    need_tensor(input, "i0")
    return _bessel(floating(input), 0)


def i1(input: Any) -> Any:
    """Modified Bessel function of order 1, ``I₁``.  d input = g · (I₀ + I₂) / 2."""
    need_tensor(input, "i1")
    return _bessel(floating(input), 1)


def i0e(input: Any) -> Any:
    """``e^-|x| I₀(x)`` for x = ``input``.  d input = g · (e^-|x| I₁(x) - sign(x) · y)."""
    need_tensor(input, "i0e")
    return _scaled(floating(input), 0)


def i1e(input: Any) -> Any:
    """``e^-|x| I₁(x)`` for x = ``input``.

    d input = g · (e^-|x| (I₀(x) + I₂(x)) / 2 - sign(x) · y).
    """
    need_tensor(input, "i1e")
    return _scaled(floating(input), 1)
