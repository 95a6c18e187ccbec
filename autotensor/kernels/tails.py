"""Tails of the gamma and the beta distribution, on arrays, and how they move with their parameters.

A tail is an integral outward from a point.  In the logarithm, or the logit, of the variable the
density falls ever faster: Gauss' quadrature up to where it has fallen by e^-40 is right to about
the last digit of float64.  Shapes are raised by 1 first, so that none is so small that the tail
would be long.  Narrower dtypes are computed in float64.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.kernels.special_functions import (
    digamma,
    erfc,
    horner,
    in_double,
    lgamma,
    stirling_series,
    xlogy,
)

Function = Callable[[np.ndarray], np.ndarray]

_FALL = 40.0

# Series in η of the coefficients of 1, 1/a and 1/a²: the first is 1/μ - 1/η.
_TEMME_0 = [
    -1 / 3, 1 / 12, -2 / 135, 1 / 864, 3.5273368606701940e-4, -1.7875514403292181e-4,
    3.9192631785224378e-5, -2.1854485106799922e-6,
]  # fmt: skip
_TEMME_1 = [-1 / 540, -1 / 288, 1 / 378, -9.9022633744855967e-4]
_TEMME_2 = 25 / 6048

MANY = 1e6
"""From here on shapes are counted as large."""


@functools.cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Gauss' points in [0, 1] and their weights, by the way of Golub and Welsch, which gives more
    digits than NumPy's ``leggauss``."""
    k = np.arange(1, 48)
    beside = k / np.sqrt(4.0 * k * k - 1)
    points, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return 0.5 * (points + 1), vectors[0] ** 2


def _tail(fall: Function, slope: Function, end: np.ndarray, moment: Function) -> Any:
    """``∫ e^-fall(s) ds`` over s > 0, and the same with the factor ``moment(s)``.

    ``fall`` is convex and not decreasing, ``slope`` its derivative; at ``end`` it is 40 or more.
    """
    for _ in range(12):  # Newton's steps, which do not pass the place where it is 40
        end = end - (fall(end) - _FALL) / slope(end)
    total, weighted = np.zeros_like(end), np.zeros_like(end)
    for point, weight in zip(*_nodes(), strict=True):
        s = point * end
        part = weight * np.exp(-fall(s))
        total += part
        weighted += part * moment(s)
    return total * end, weighted * end


def _split(below: np.ndarray, lower: Any, upper: Any, *arrays: np.ndarray) -> np.ndarray:
    """``lower`` of the elements of ``arrays`` where ``below``, ``upper`` of the others."""
    out = np.empty(below.shape)
    for places, compute in ((below, lower), (~below, upper)):
        out[places] = compute(*(one[places] for one in arrays))
    return out


# -- gamma -----------------------------------------------------------------------------------------
#
# With y = ln z the density is a y - e^y, up to a constant.


def _gamma_below(a: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For z < a, or near it: ``a ∫ (t/z)^a e^(z-t) dt/t`` over t < z, and the same with the factor
    ``ln t - ψ(a)``.  By parts, from those of a + 1."""
    b = a + 1
    inner, moment = _tail(
        lambda s: z * np.expm1(-s) + b * s,
        lambda s: b - z * np.exp(-s),
        (_FALL + z) / b,
        lambda s: s,
    )
    total = 1 + z * inner
    return total, (np.log(z) - digamma(b)) * total - z * moment


def _gamma_above(a: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For z >= a: ``∫ (t/z)^a e^(z-t) dt/t`` over t > z, and with that factor."""
    total, moment = _tail(
        lambda s: z * np.expm1(s) - a * s,
        lambda s: z * np.exp(s) - a,
        # e^s - 1 - s is at least s²/2, and from 2 on e^s/2.
        np.minimum(np.sqrt(2 * _FALL / z), np.maximum(2, np.log(2 * _FALL / z))),
        lambda s: s,
    )
    return total, (np.log(z) - digamma(a)) * total + moment


def _is_below(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where the lower tail is computed: it is the smaller one, or the upper one is too long."""
    return z < np.maximum(a, 1e-3)


def _gamma_height(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``z^a e^-z / Γ(a)``."""
    return _split(
        a < 8,
        lambda a, z: np.exp(a * np.log(z) - z - lgamma(a)),
        _gamma_height_by_stirling,
        a,
        z,
    )


def _gamma_height_by_stirling(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """For a >= 8, where the large terms above would cost each other's last digits."""
    away = (z - a) / a
    fall = np.where(np.abs(away) < 0.5, away - np.log1p(away), away - np.log(z / a))
    near = np.clip(away, -0.05, 0.05)
    fall = np.where(near == away, 0.5 * near * near * _bend(near), fall)
    return np.sqrt(a / (2 * np.pi)) * np.exp(-a * fall - stirling_series(a))


def _bend(away: np.ndarray) -> np.ndarray:
    """``2 (μ - ln(1 + μ)) / μ²`` for |μ| up to 0.05, by its series."""
    return horner([2 * (-1) ** k / (k + 2) for k in range(14)], away)


def _gamma_part_of_many(a: np.ndarray, z: np.ndarray, of_lower: bool, order: int) -> np.ndarray:
    """For a >= 1e6 by the uniform expansion of Temme (The asymptotic expansion of the incomplete
    gamma functions, 1979): the normal distribution at η √a with ½ η² = μ - ln(1 + μ), where
    μ = z/a - 1, and terms in η over powers of a.  The quadrature loses digits in differences that
    grow with √a."""
    away = np.clip((z - a) / a, -0.05, 0.05)  # beyond that one of the tails is 0
    eta = away * np.sqrt(_bend(away))
    end = eta * np.sqrt(0.5 * a)
    terms = horner(_TEMME_0, eta) + (horner(_TEMME_1, eta) + _TEMME_2 / a) / a
    rest = np.exp(-end * end) / np.sqrt(2 * np.pi) / np.sqrt(a)
    if order:
        return rest * _turn_of_many(away, a)
    return 0.5 * erfc(-end) - rest * terms if of_lower else 0.5 * erfc(end) + rest * terms


def _turn_of_many(away: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The derivative of Temme's lower part by a, over ``e^(-a η²/2) / √(2πa)``: with c for the
    terms it is ``η/2 - μ/η - ln(1 + μ) c + (c' μ/η + c/2) / a - dc/da``."""
    ratio = np.sqrt(_bend(away))  # η/μ
    eta = away * ratio
    first, second = horner(_TEMME_0, eta), horner(_TEMME_1, eta)
    slope = horner([k * c for k, c in enumerate(_TEMME_0)][1:], eta)
    terms = first + (second + _TEMME_2 / a) / a
    more = slope / ratio + 0.5 * terms + second / a
    return 0.5 * eta - 1 / ratio - np.log1p(away) * terms + more / a


def _gamma_part(a: Any, z: Any, of_lower: bool, order: int) -> np.ndarray:
    """The lower or upper incomplete gamma function, or, of ``order`` 1, its derivative by a."""
    a, z = (np.array(one) for one in np.broadcast_arrays(a, z))
    valid = (a > 0) & (z > 0) & np.isfinite(a) & np.isfinite(z)
    one, point = np.where(valid, a, 1.0), np.where(valid, z, 1.0)

    def lower(a: np.ndarray, z: np.ndarray) -> np.ndarray:
        part = _gamma_height(a, z) / a * _gamma_below(a, z)[order]
        return part if of_lower else (1 - order) - part

    def upper(a: np.ndarray, z: np.ndarray) -> np.ndarray:
        part = _gamma_height(a, z) * _gamma_above(a, z)[order]
        return (1 - order) - part if of_lower else part

    def either(a: np.ndarray, z: np.ndarray) -> np.ndarray:
        return _split(_is_below(a, z), lower, upper, a, z)

    of_many = functools.partial(_gamma_part_of_many, of_lower=of_lower, order=order)
    out = _split(one >= MANY, of_many, either, one, point)
    # All of the mass is at 0 for a = 0, and beyond any z for an infinite a.
    everything = (np.isposinf(z) & np.isfinite(a)) | ((a == 0) & (z > 0))
    nothing = ((z == 0) & (a > 0)) | (np.isposinf(a) & np.isfinite(z))
    limits = (0.0, 0.0) if order else (1.0, 0.0) if of_lower else (0.0, 1.0)
    rest = np.where(everything, limits[0], np.where(nothing, limits[1], np.nan))
    return np.where(valid, out, np.where((a >= 0) & (z >= 0), rest, np.nan))


@in_double
def gammainc(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``∫ t^(a-1) e^-t dt / Γ(a)`` over t < z."""
    return _gamma_part(a, z, True, 0)


@in_double
def gammaincc(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``1 - gammainc(a, z)``, to the last digits also where that is tiny."""
    return _gamma_part(a, z, False, 0)


@in_double
def gamma_density(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``z^(a-1) e^-z / Γ(a)``."""
    a, z = np.broadcast_arrays(a, z)
    high = (a >= 8) & (z > 0) & np.isfinite(a) & np.isfinite(z)
    out = _split(
        high,
        lambda a, z: _gamma_height_by_stirling(a, z) / z,
        lambda a, z: np.exp(xlogy(a - 1, z) - z - lgamma(a)),
        a,
        z,
    )
    return np.where(np.isposinf(z) & np.isfinite(a), 0.0, out)


@in_double
def gammainc_slope(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative of ``gammainc`` by a."""
    return _gamma_part(a, z, True, 1)


@in_double
def gamma_shift(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    """dz/da where z stays the same quantile of the gamma distribution of shape a."""
    valid = (a > 0) & (z > 0) & np.isfinite(a) & np.isfinite(z)
    one, point = np.where(valid, a, 1.0), np.where(valid, z, 1.0)

    def either(a: np.ndarray, z: np.ndarray) -> np.ndarray:
        return _split(
            _is_below(a, z),
            lambda a, z: -z / a * _gamma_below(a, z)[1],
            lambda a, z: z * _gamma_above(a, z)[1],
            a,
            z,
        )

    def of_many(a: np.ndarray, z: np.ndarray) -> np.ndarray:
        return -z / a * np.exp(stirling_series(a)) * _turn_of_many((z - a) / a, a)

    many = (one >= MANY) & (np.abs(point - one) < 0.05 * one)
    out = _split(many, of_many, either, one, point)
    return np.where(valid, out, np.where(z == 0, 0.0, np.nan))


# -- beta ------------------------------------------------------------------------------------------
#
# With y = ln(x / (1 - x)) the density is a ln x + b ln(1 - x), up to a constant.


def _softplus(y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, y)


def _sigmoid(y: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * y))


def _beta_below(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``-∫ (t/x)^a ((1-t)/(1-x))^b (ln t - ψ(a) + ψ(a+b)) / (t (1-t)) dt`` over t < x."""
    c, y = a + 1, np.log(x) - np.log1p(-x)
    start = _softplus(y)
    total, moment = _tail(
        lambda s: c * s - (c + b) * (start - _softplus(y - s)),
        lambda s: c - (c + b) * _sigmoid(y - s),
        (_FALL + (c + b) * start) / c,
        lambda s: start - _softplus(y - s) - s,
    )
    whole = (1 + (a + b) * x * total) / a
    away = np.log(x) - digamma(c) + digamma(a + b)
    return -(whole * away + x * (total + (a + b) * moment) / a)


def _beta_above(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``∫ (t/x)^a ((1-t)/(1-x))^b (ln t - ψ(a) + ψ(a+b)) / (t (1-t)) dt`` over t > x."""
    c, y = b + 1, np.log(x) - np.log1p(-x)
    start = _softplus(-y)
    total, moment = _tail(
        lambda s: c * s - (c + a) * (start - _softplus(-y - s)),
        lambda s: c - (c + a) * _sigmoid(-y - s),
        (_FALL + (c + a) * start) / c,
        lambda s: start - _softplus(-y - s),
    )
    whole = (1 + (a + b) * (1 - x) * total) / b
    away = np.log(x) - digamma(a) + digamma(a + b)
    return whole * away + (1 - x) * (total + (a + b) * moment) / b


@in_double
def beta_shift(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``dx/da / (1 - x)`` where x stays the same quantile of the beta distribution of shapes a, b;
    at the ends the limit 0."""
    a, b, x = (np.array(one) for one in np.broadcast_arrays(a, b, x))
    valid = (a > 0) & (b > 0) & (x > 0) & (x < 1) & np.isfinite(a) & np.isfinite(b)
    one, other, point = (np.where(valid, value, 0.5) for value in (a, b, x))
    below = point < (one + 0.5) / (one + other + 1)
    out = point * _split(below, _beta_below, _beta_above, one, other, point)
    return np.where(valid, out, np.where((x == 0) | (x == 1), 0.0, np.nan))
