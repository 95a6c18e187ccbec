"""Modified Bessel functions of the first kind, Iₙ, as they are and scaled by ``e^-|x|``.

Every derivative of one is made of others: ``Iₙ' = (Iₙ₋₁ + Iₙ₊₁) / 2``.
"""

from __future__ import annotations

from typing import Any

from autotensor.engine.operator import has_in_place, operator
from autotensor.kernels import special_functions as arrays
from autotensor.operators.pointwise.rounding import sign
from autotensor.operators.structure.copying import floating

__all__ = ["i0"]


@operator(
    input=lambda g, input, n: g * (0.5 * (_bessel(input, abs(n - 1)) + _bessel(input, n + 1)))
)
def _bessel(input: Any, n: int) -> Any:
    """Iₙ of an array."""
    return arrays.bessel(input, order=n, scaled=False)


@operator(
    title="scaled",
    input=lambda g, input, output, n: (
        g
        * (
            0.5 * (_scaled_bessel(input, abs(n - 1)) + _scaled_bessel(input, n + 1))
            - sign(input) * output
        )
    ),
)
def _scaled_bessel(input: Any, n: int) -> Any:
    """``e^-|x| Iₙ(x)`` of an array."""
    return arrays.bessel(input, order=n, scaled=True)


@has_in_place
def i0(input: Any) -> Any:
    """Modified Bessel function of order 0, ``I₀``.  d input = g · I₁(input)."""
    return _bessel(floating(input, "i0"), 0)


def i1(input: Any) -> Any:
    """Modified Bessel function of order 1, ``I₁``.  d input = g · (I₀ + I₂) / 2."""
    return _bessel(floating(input, "i1"), 1)


def i0e(input: Any) -> Any:
    """``e^-|x| I₀(x)`` for x = ``input``.  d input = g · (e^-|x| I₁(x) - sign(x) · y)."""
    return _scaled_bessel(floating(input, "i0e"), 0)


def i1e(input: Any) -> Any:
    """``e^-|x| I₁(x)`` for x = ``input``.

    d input = g · (e^-|x| (I₀(x) + I₂(x)) / 2 - sign(x) · y).
    """
    return _scaled_bessel(floating(input, "i1e"), 1)
