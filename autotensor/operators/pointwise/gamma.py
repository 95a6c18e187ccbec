"""The gamma function's logarithm and the derivatives of that, of every order.

Right to about the last digit of float64; narrower dtypes are computed in it.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autotensor.engine.operator import binary, function_only, has_in_place, operator, unary
from autotensor.kernels.series import horner, in_double, sin_pi
from autotensor.operators.arguments import need_tensor
from autotensor.operators.structure.copying import floating

__all__ = ["digamma", "lgamma", "mvlgamma", "polygamma"]

HALF_LN_TAU = 0.5 * math.log(2 * math.pi)
EULER = 0.57721566490153286061

#: Bernoulli's numbers B₂, B₄, ….
BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip


# -- on raw arrays ---------------------------------------------------------------------------------


@functools.cache
def _around_two() -> list[float]:
    """Coefficients of ``ln Γ(2 + z) / z``: 1 - γ, and ±(ζ(k) - 1) / k for z^(k-1)."""
    return [1 - EULER] + [
        (-1) ** k * float(_zeta_above(np.asarray(float(k)), np.asarray(2.0))) / k
        for k in range(2, 30)
    ]


def _lgamma_up_to_8(x: np.ndarray) -> np.ndarray:
    """0 < x <= 8: by Taylor's series at 2, and Γ(x + 1) = x Γ(x) to come near it.

    Its zeros at 1 and 2 keep their digits, because the nearest integer is taken off exactly.
    """
    nearest = np.rint(x)
    z = x - nearest
    product = np.ones_like(x)
    for k in range(2, 8):
        product *= np.where(k < nearest, z + k, 1)
    correction = np.log(product)
    correction = np.where(nearest == 1, -np.log1p(z), correction)
    correction = np.where(nearest == 0, -np.log(z) - np.log1p(z), correction)
    return z * horner(_around_two(), z) + correction


def _lgamma_from_8(x: np.ndarray) -> np.ndarray:
    """x >= 8: Stirling's series."""
    square = 1 / (x * x)
    terms = [b / ((2 * k + 1) * (2 * k + 2)) for k, b in enumerate(BERNOULLI[:9])]
    return (x - 0.5) * (np.log(x) - 1) + (HALF_LN_TAU - 0.5) + horner(terms, square) / x


@in_double
def lgamma_array(x: np.ndarray) -> np.ndarray:
    """``ln |Γ(x)|``."""
    return np.piecewise(
        x,
        [(x >= 0) & (x < 8), x < 0, np.isneginf(x)],
        [
            _lgamma_up_to_8,
            # Γ(x) Γ(-x) = -π / (x sin πx)
            lambda x: np.log(np.pi / np.abs(x * sin_pi(x))) - lgamma_array(-x),
            np.inf,
            _lgamma_from_8,
        ],
    )


@in_double
def digamma_array(x: np.ndarray) -> np.ndarray:
    """The derivative of ``ln Γ(x)``."""
    return np.piecewise(
        x,
        [x < 0, x == 0],
        [
            # NaN at the poles, where it has no limit.
            lambda x: np.where(
                x == np.rint(x),
                np.nan,
                _digamma_above(1 - x) - np.pi / np.tan(np.pi * (x - np.rint(x))),
            ),
            lambda x: np.copysign(np.inf, -x),
            _digamma_above,
        ],
    )


def _digamma_above(x: np.ndarray) -> np.ndarray:
    """x > 0: ψ(x) = ψ(x + 1) - 1/x until x is at least 10, then the asymptotic series."""
    below = np.zeros_like(x)
    for _ in range(10):
        small = x < 10
        below += np.where(small, 1 / x, 0)
        x = np.where(small, x + 1, x)
    terms = [b / (2 * k + 2) for k, b in enumerate(BERNOULLI[:9])]
    square = 1 / (x * x)
    return np.log(x) - 0.5 / x - square * horner(terms, square) - below


def _zeta_above(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """s > 1, q > 0: the first ten terms, and the rest by the formula of Euler and Maclaurin."""
    total = np.zeros(np.broadcast_shapes(s.shape, q.shape))
    for k in range(10):
        total += (q + k) ** -s
    end = q + 10
    power = end**-s
    total += end ** (1 - s) / (s - 1) + 0.5 * power
    factor = s / end
    for k, b in enumerate(BERNOULLI):
        n = 2 * k + 2
        total += power * factor * (b / math.factorial(n))
        factor = factor * ((s + n - 1) / end) * ((s + n) / end)
    return total


@functools.cache
def _cotangents(order: int) -> list[float]:
    """The polynomial P with ``dⁿ/dxⁿ cot(πx) = πⁿ P(cot πx)``: P' turns into -(1 + c²) P'."""
    polynomial = np.polynomial.Polynomial([0, 1])
    for _ in range(order):
        polynomial = polynomial.deriv() * np.polynomial.Polynomial([-1, 0, -1])
    return polynomial.coef.tolist()


def _zeta_below(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """q <= 0: defined for whole s.  The sum over all integers is a derivative of the cotangent;
    the terms that are not wanted are another zeta function."""
    out = np.full(q.shape, np.nan)
    for power in np.unique(s[s == np.rint(s)]).astype(np.int64).tolist():
        chosen = s == power
        x = q[chosen]
        n = power - 1
        cotangent = 1 / np.tan(np.pi * (x - np.rint(x)))
        everything = horner(_cotangents(n), cotangent) * (np.pi**power / math.factorial(n))
        others = _zeta_above(np.asarray(float(power)), 1 - x)
        out[chosen] = (-1) ** n * everything - (-1) ** power * others
    return np.where(q == np.rint(q), np.inf, out)


@in_double
def zeta_array(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """``Σ (q + k)^-s`` over k = 0, 1, …"""
    s, q = (np.array(one) for one in np.broadcast_arrays(s, q))
    out = np.where(s == 1, np.inf, np.full(q.shape, np.nan))
    above, below = (s > 1) & (q > 0), (s > 1) & (q <= 0)
    out[above] = _zeta_above(s[above], q[above])
    out[below] = _zeta_below(s[below], q[below])
    return out


# -- operators -------------------------------------------------------------------------------------


@unary(lgamma_array, lambda g, input: g * digamma(input), in_place=True)
def lgamma(input: Any) -> Any:
    """``ln |Γ(input)|``.  d input = g · ψ(input), see ``digamma``."""


@unary(digamma_array, lambda g, input: g * polygamma(1, input), in_place=True)
def digamma(input: Any) -> Any:
    """``ψ(input)``, the derivative of ``lgamma``.  d input = g · ψ⁽¹⁾(input), see ``polygamma``."""


@function_only
def polygamma(n: int, input: Any) -> Any:
    """``ψ⁽ⁿ⁾(input)``, the n-th derivative of ``digamma``.

    d input = g · ψ⁽ⁿ⁺¹⁾(input).

    Raises:
        RuntimeError: a negative n.
    """
    need_tensor(input, "polygamma")
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"polygamma: n must be an int, got {n!r}")
    if n < 0:
        raise RuntimeError(f"polygamma: n must not be negative, got {n}")
    return digamma(input) if n == 0 else _polygamma(floating(input), int(n))


@operator(input=lambda g, input, n: g * polygamma(n + 1, input))
def _polygamma(input: Any, n: int) -> Any:
    """``(-1)ⁿ⁺¹ n! ζ(n + 1, input)``."""
    scale = (-1) ** (n + 1) * math.factorial(n)
    return in_double(lambda x: scale * zeta_array(np.float64(n + 1), x))(input)


@has_in_place
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the gamma function of p dimensions,
    ``p (p - 1) / 4 · ln π + Σ ln Γ(input - j/2)`` over j = 0 … p - 1.

    d input = g · Σ ψ(input - j/2).

    Raises:
        RuntimeError: p below 1.
    """
    need_tensor(input, "mvlgamma")
    if isinstance(p, bool) or not isinstance(p, (int, np.integer)):
        raise TypeError(f"mvlgamma: p must be an int, got {p!r}")
    if p < 1:
        raise RuntimeError(f"mvlgamma: p must be at least 1, got {p}")
    total = lgamma(input) + p * (p - 1) / 4 * math.log(math.pi)
    for j in range(1, p):
        total = total + lgamma(input - j / 2)
    return total


def _unknown_derivative(g: Any) -> Any:
    raise NotImplementedError("zeta: there is no derivative by input, only by other")


@binary(
    zeta_array,
    input=_unknown_derivative,
    other=lambda g, input, other: g * (-input * zeta(input + 1, other)),
)
def zeta(input: Any, other: Any) -> Any:
    """Hurwitz' zeta function, ``Σ (other + k)^-input`` over k = 0, 1, ….

    Infinite where ``input`` is 1, NaN where it is less.  d other = -g · input · ζ(input + 1,
    other); asking for that by ``input`` raises NotImplementedError, as in PyTorch.
    """
