"""Special functions that NumPy lacks, on arrays: error function, gamma, zeta, Bessel, sinc.

By Taylor, asymptotic and Chebyshev series, continued fractions and Newton's steps, right to about
the last digit of float64; narrower dtypes are computed in it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.kernels.elementwise import chosen, piecewise

# -- what they are made of -------------------------------------------------------------------------


def in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` of float64 arrays, for numbers and arrays of any dtype.

    Floating-point values come out in their own dtype, others as float64.
    """

    @functools.wraps(function)
    def apply(*values: Any, **settings: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        doubles = [one.astype(np.float64, copy=False) for one in arrays]
        out = np.asarray(function(*doubles, **settings))
        kind = np.result_type(*arrays)
        return out.astype(kind, copy=False) if kind.kind == "f" else out

    return apply


def _by_case(x: np.ndarray, *cases: tuple[np.ndarray, Any], otherwise: Any) -> np.ndarray:
    """``np.piecewise`` of pairs: where, and what to compute there."""
    places, functions = zip(*cases, strict=True)
    return np.piecewise(x, list(places), [*functions, otherwise])


def horner(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    """``c₀ + c₁ x + c₂ x² + …`` by Horner's rule, in one array."""
    value = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value *= x
        value += coefficient
    return value


def _chebyshev(
    lower: float, upper: float, function: Callable[[float], float], degree: int
) -> list[float]:
    """The polynomial, in p from -1 to 1, through ``function`` at an interval's Chebyshev points."""
    count = degree + 1
    middle, half = 0.5 * (upper + lower), 0.5 * (upper - lower)

    def cosine(k: int, point: int) -> float:
        # Whole turns are taken off in integers: off a large angle they would cost digits.
        return math.cos(math.pi * (k * (2 * point + 1) % (4 * count)) / (2 * count))

    values = [function(middle + half * cosine(1, point)) for point in range(count)]

    def coefficient(k: int) -> float:
        total = math.fsum(value * cosine(k, point) for point, value in enumerate(values))
        return total * (2 if k else 1) / count

    return np.polynomial.chebyshev.cheb2poly(list(map(coefficient, range(count)))).tolist()


def _sin_pi(x: np.ndarray) -> np.ndarray:
    """``sin(π x)``, and exactly 0 at whole x."""
    nearest = np.rint(x)
    return np.sin(np.pi * (x - nearest)) * (1 - 2 * np.mod(nearest, 2))


# -- the error function ----------------------------------------------------------------------------

ROOT_PI = math.sqrt(math.pi)
ROOT_HALF = math.sqrt(0.5)


def _scaled_complement(x: float) -> float:
    """``e^(x²) · erfc(x)`` for x >= 0.44, from 1 on by Lentz' fraction (Abramowitz and Stegun
    7.1.14)."""
    if x < 1:
        return math.exp(x * x) * math.erfc(x)
    value = x
    for term in range(200, 0, -1):
        value = x + 0.5 * term / value
    return 1 / (value * ROOT_PI)


# Up to 1, erf(x) = x + x · R(x²) with R from Taylor's series: R is small, so its last digits do not
# count.  Beyond, erf(x) = 1 - e^(-x²) · C(t) with t = 1 / (1 + x), which is smooth.  At 6.5 the
# complement is 4e-20: there erf is 1 to the last digit.
_END = 6.5
_FROM, _TO = 1 / (1 + _END), 0.5


@functools.cache
def _coefficients(single: bool) -> tuple[list[float], list[float]]:
    """R and C to the precision of float32 or float64."""
    inner, outer = (11, 9) if single else (19, 19)
    scale = 2 / ROOT_PI
    series = [scale * (-1) ** n / (math.factorial(n) * (2 * n + 1)) for n in range(inner + 1)]
    series[0] = math.fsum([scale, -1.0])
    return series, _chebyshev(_FROM, _TO, lambda t: _scaled_complement(1 / t - 1), outer)


def _erf(x: Any, out: Any = None) -> np.ndarray:
    """The error function, within 2 units in the last place of float32 and float64."""
    given = np.asarray(x)
    single = given.dtype.kind == "f" and given.dtype.itemsize < 8
    near, far = _coefficients(single)
    x = np.atleast_1d(given).astype(np.float32 if single else np.float64, copy=False)
    size = np.abs(x)
    inside = np.clip(x, -1, 1)
    square = inside * inside
    inner = horner(near, square)
    inner *= inside
    inner += inside
    np.clip(size, 1, _END, out=square)
    place = 1 / (1 + square)
    place -= 0.5 * (_FROM + _TO)
    place *= 2 / (_TO - _FROM)
    tail = horner(far, place)
    square *= -square
    tail *= np.exp(square, out=square)
    np.subtract(1, tail, out=tail)
    # NaN is not beyond 1, so it stays NaN.
    value = chosen(size > 1, np.copysign(tail, x), inner).reshape(given.shape)
    if out is not None:
        out[...] = value
        return out
    return value.astype(given.dtype, copy=False) if given.dtype.kind == "f" else value


erf = piecewise(_erf, per_element=700)


# At -a the normal distribution function is e^(-a²/2) · S(u) with u = a / (4 + a), and S is smooth
# from 0 to infinity: one polynomial does for all, where erf needs two.
_MIDWAY = 4.0


@functools.cache
def _normal_coefficients(single: bool) -> list[float]:
    """S to the precision of float32 or float64."""

    def smooth(p: float) -> float:
        a = _MIDWAY * (1 + p) / (1 - p)
        return 0.5 * _scaled_complement(ROOT_HALF * a)

    in_p = np.polynomial.Polynomial(_chebyshev(-1, 1, smooth, 10 if single else 24))
    _, *others = in_p(np.polynomial.Polynomial([-1.0, 2.0])).coef.tolist()
    return [0.5, *others]  # exactly


def _normal_cdf(x: Any, out: Any = None) -> np.ndarray:
    given = np.asarray(x)
    x = np.atleast_1d(given)
    size = np.minimum(np.abs(x), 1e4)  # beyond it is 0 or 1, and inf / inf would be NaN
    tail = horner(_normal_coefficients(x.dtype == np.float32), size / (size + _MIDWAY))
    size *= size
    size *= -0.5
    tail *= np.exp(size, out=size)
    # 1 - tail to the right of 0, and 0 + tail to the left; -0.0 is to the right.
    np.copysign(tail, x + 0, out=tail)
    value = np.subtract(x >= 0, tail, out=tail).reshape(given.shape)
    return value if out is None else np.positive(value, out=out)


normal_cdf = piecewise(_normal_cdf, per_element=350)
"""The normal distribution function of float32 or float64, fast, and within 8 units in the last
place of 1.  Its left tail loses the digits that x² loses; ``ndtr`` has them all."""


def normal_cdf_back(out: Any, g: Any, x: Any) -> None:
    np.multiply(x, x, out=out)
    np.multiply(out, -0.5, out=out)
    np.exp(out, out=out)
    np.multiply(out, ROOT_HALF / ROOT_PI, out=out)
    np.multiply(out, g, out=out)


# From 0.44 on, e^(x²) · erfc(x) = t · S(t) with t = 1 / (1 + x/2): its relative error is small all
# the way to infinity, where t is 0.
_LARGEST = 0.82


@functools.cache
def _scaled_coefficients() -> list[float]:
    return _chebyshev(0, _LARGEST, lambda t: _scaled_complement(2 * (1 / t - 1)) / t, 24)


def _scaled_far(x: np.ndarray) -> np.ndarray:
    """``e^(x²) · erfc(x)`` for x >= 0.44."""
    t = 1 / (1 + 0.5 * x)
    return t * horner(_scaled_coefficients(), t * (2 / _LARGEST) - 1)


def _bell(x: np.ndarray, factor: float = 1) -> np.ndarray:
    """``e^(-factor · x²)``.  Rounding x² would cost the last digits where it is large, so x is
    split into a part whose square is exact and a small rest."""
    x = np.clip(x, -60, 60)
    coarse = np.trunc(x * 16) / 16
    return np.exp(-factor * coarse * coarse) * np.exp(-factor * (x - coarse) * (x + coarse))


@in_double
def erfc(x: np.ndarray) -> np.ndarray:
    """``1 - erf(x)``, to the last digits also where that is tiny."""
    return _by_case(
        x,
        (x >= 0.5, lambda x: _bell(x) * _scaled_far(x)),
        (x < -0.5, lambda x: 2 - _bell(x) * _scaled_far(-x)),
        otherwise=lambda x: 1 - erf(x),
    )


def _scaled_very_far(x: np.ndarray, order: int) -> np.ndarray:
    """``e^(x²) · erfc(x)`` for x >= 30, or its derivative: the asymptotic series."""
    terms = [(-0.5) ** k * math.prod(range(1, 2 * k, 2)) for k in range(7)]
    if order:
        terms = [-(2 * k + 1) * term for k, term in enumerate(terms)]
    return horner(terms, 1 / x / x) / (ROOT_PI * x) / x**order


@in_double
def erfcx(x: np.ndarray) -> np.ndarray:
    """``e^(x²) · erfc(x)``."""
    return _by_case(
        x,
        (x >= 30, lambda x: _scaled_very_far(x, 0)),
        ((x >= 0.5) & (x < 30), _scaled_far),
        (x < -0.5, lambda x: 2 / _bell(x) - _scaled_far(-x)),
        otherwise=lambda x: np.exp(x * x) * (1 - erf(x)),
    )


@in_double
def erfcx_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of ``erfcx``, ``2x · erfcx(x) - 2/√π``, whose terms nearly cancel far out."""
    return _by_case(
        x,
        (x >= 30, lambda x: _scaled_very_far(x, 1)),
        otherwise=lambda x: 2 * (x * erfcx(x) - 1 / ROOT_PI),
    )


def _erfc_inverse(y: np.ndarray) -> np.ndarray:
    """x with ``erfc(x) = y`` for y in [0, 0.5]."""
    # Winitzki's estimate is right to 0.2 %; Newton's steps on ln erfc double the digits.
    ln_y = np.log(y)
    a = 0.147
    half = 0.5 * (ln_y + np.log(2 - y))
    middle = 2 / (math.pi * a) + half
    x = np.sqrt(np.sqrt(middle * middle - 2 * half / a) - middle)
    for _ in range(3):
        scaled = _scaled_far(np.maximum(x, 0.45))
        x = x + (np.log(scaled) - x * x - ln_y) * scaled * (0.5 * ROOT_PI)
    return np.where(y == 0, np.inf, x)


def _erf_inverse(v: np.ndarray) -> np.ndarray:
    """x with ``erf(x) = v`` for v in [-0.5, 0.5]."""
    # The first terms of Taylor's series, then Halley's steps, which triple the digits.
    w = math.pi * v * v
    x = 0.5 * ROOT_PI * v * (1 + w * (1 / 12 + w * (7 / 480 + w * (127 / 40320))))
    for _ in range(2):
        step = (erf(x) - v) * (0.5 * ROOT_PI) * np.exp(x * x)
        x = x - step / (1 + x * step)
    return x


@in_double
def erfinv(v: np.ndarray) -> np.ndarray:
    """x with ``erf(x) = v``."""
    return np.piecewise(
        v,
        [v > 0.5, v < -0.5],
        [lambda v: _erfc_inverse(1 - v), lambda v: -_erfc_inverse(1 + v), _erf_inverse],
    )


def _beyond(x: np.ndarray) -> np.ndarray:
    """How much of the normal distribution lies above x >= 0.7."""
    return 0.5 * _bell(x, 0.5) * _scaled_far(ROOT_HALF * x)


@in_double
def ndtr(x: np.ndarray) -> np.ndarray:
    """The normal distribution function, to the last digits also where it is tiny."""
    return _by_case(
        x,
        (x < -0.7, lambda x: _beyond(-x)),
        (x > 0.7, lambda x: 1 - _beyond(x)),
        otherwise=lambda x: 0.5 + 0.5 * erf(ROOT_HALF * x),
    )


@in_double
def ndtri(p: np.ndarray) -> np.ndarray:
    """x at which the normal distribution function is p."""
    return _by_case(
        p,
        (p < 0.25, lambda p: -_erfc_inverse(2 * p) / ROOT_HALF),
        (p > 0.75, lambda p: _erfc_inverse(2 * (1 - p)) / ROOT_HALF),
        otherwise=lambda p: _erf_inverse(2 * p - 1) / ROOT_HALF,
    )


@in_double
def log_ndtr(x: np.ndarray) -> np.ndarray:
    """Logarithm of the normal distribution function."""
    return _by_case(
        x,
        (x < -1, lambda x: np.log(0.5 * _scaled_far(-ROOT_HALF * x)) - 0.5 * x * x),
        otherwise=lambda x: np.log1p(-ndtr(-x)),
    )


@in_double
def log_ndtr_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of ``log_ndtr``: the normal density over the distribution function."""
    scale = ROOT_HALF / ROOT_PI
    return _by_case(
        x,
        (x < -1, lambda x: 2 * scale / erfcx(-ROOT_HALF * x)),
        otherwise=lambda x: scale * _bell(x, 0.5) / ndtr(x),
    )


@in_double
def log_ndtr_bend(x: np.ndarray) -> np.ndarray:
    """``y (x + y)`` for the derivative y of ``log_ndtr``; by it y falls."""

    def far(x: np.ndarray) -> np.ndarray:
        # x + y nearly cancels.  By Laplace's continued fraction it is 1 / (t + rest) with t = -x
        # and rest = 2 / (t + 3 / (t + 4 / …)), and y is t + 1 / (t + rest).
        t, rest = -x, np.zeros_like(x)
        for k in range(60, 1, -1):
            rest = k / (t + rest)
        return 1 / (1 + rest / t) + 1 / (t + rest) ** 2

    def near(x: np.ndarray) -> np.ndarray:
        slope = log_ndtr_slope(x)
        return slope * (x + slope)

    return _by_case(x, (x < -3, far), otherwise=near)


# -- products with logarithms, where they may be of 0 ----------------------------------------------


def _logs(log_of: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """``x · log_of(y)`` on arrays: 0 where x is 0, and NaN where y is."""

    def product(x: Any, y: Any) -> Any:
        return np.where((x == 0) & ~np.isnan(y), np.zeros_like(x * y), x * log_of(y))

    return product


xlogy, xlog1py = _logs(np.log), _logs(np.log1p)


@in_double
def entr(x: np.ndarray) -> np.ndarray:
    """``-x · ln x``; 0 at 0 and -inf below."""
    return np.where(x > 0, -x * np.log(x), np.where(x == 0, np.zeros_like(x), x - np.inf))


# -- the gamma and zeta functions ------------------------------------------------------------------

_HALF_LN_TAU = 0.5 * math.log(2 * math.pi)
_EULER = 0.57721566490153286061

# Bernoulli's numbers B₂, B₄, ….
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip


@functools.cache
def _around_two() -> list[float]:
    """Coefficients of ``ln Γ(2 + z) / z``: 1 - γ, and ±(ζ(k) - 1) / k for z^(k-1)."""
    return [1 - _EULER] + [
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
    """x >= 8: Stirling's formula."""
    return (x - 0.5) * (np.log(x) - 1) + (_HALF_LN_TAU - 0.5) + stirling_series(x)


def stirling_series(x: np.ndarray) -> np.ndarray:
    """x >= 8: ``ln Γ(x) - ((x - 1/2) ln x - x + ln(2π) / 2)``."""
    terms = [b / ((2 * k + 1) * (2 * k + 2)) for k, b in enumerate(_BERNOULLI[:9])]
    return horner(terms, 1 / (x * x)) / x


@in_double
def lgamma(x: np.ndarray) -> np.ndarray:
    """``ln |Γ(x)|``."""
    return _by_case(
        x,
        ((x >= 0) & (x < 8), _lgamma_up_to_8),
        # Γ(x) Γ(-x) = -π / (x sin πx)
        (x < 0, lambda x: np.log(np.pi / np.abs(x * _sin_pi(x))) - lgamma(-x)),
        (x <= -(2.0**52), np.inf),  # there all numbers are whole, and poles
        otherwise=_lgamma_from_8,
    )


@in_double
def digamma(x: np.ndarray) -> np.ndarray:
    """The derivative of ``ln Γ(x)``."""
    return _by_case(
        x,
        (x < 0, _digamma_below),
        (x == 0, lambda x: np.copysign(np.inf, -x)),
        otherwise=_digamma_above,
    )


def _digamma_below(x: np.ndarray) -> np.ndarray:
    """x < 0: by reflection; NaN at the poles, where it has no limit."""
    nearest = np.rint(x)
    reflected = _digamma_above(1 - x) - np.pi / np.tan(np.pi * (x - nearest))
    return np.where(x == nearest, np.nan, reflected)


def _digamma_above(x: np.ndarray) -> np.ndarray:
    """x > 0: ψ(x) = ψ(x + 1) - 1/x until x is at least 10, then the asymptotic series."""
    below = np.zeros_like(x)
    for _ in range(10):
        small = x < 10
        below += np.where(small, 1 / x, 0)
        x = np.where(small, x + 1, x)
    terms = [b / (2 * k + 2) for k, b in enumerate(_BERNOULLI[:9])]
    square = 1 / (x * x)
    return np.log(x) - 0.5 / x - square * horner(terms, square) - below


@in_double
def polygamma(x: np.ndarray, *, order: int) -> np.ndarray:
    """``(-1)ⁿ⁺¹ n! ζ(n + 1, x)``, the derivative of ``digamma`` of that order n."""
    value = (-1) ** (order + 1) * math.factorial(min(order, 170)) * zeta(np.float64(order + 1), x)
    if order > 170:  # a double holds no larger factorial, but may hold the product
        value = np.where(value == 0, np.nan, value)  # lost, for it was too small
    for factor in range(171, order + 1):
        if not np.any(np.isfinite(value) & (value != 0)):
            break
        value = value * factor
    return value


def _zeta_above(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """s > 1, q > 0: the first ten terms, and the rest by the formula of Euler and Maclaurin."""
    total = np.zeros(np.broadcast_shapes(s.shape, q.shape))
    for k in range(10):
        total += (q + k) ** -s
    end = q + 10
    power = end**-s
    total += end ** (1 - s) / (s - 1) + 0.5 * power
    factor = np.where(power > 0, s / end, 0.0)
    for k, b in enumerate(_BERNOULLI):
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


def _over_all_integers(power: float, rest: np.ndarray) -> np.ndarray:
    """``Σ (rest + k)^-power`` over all whole k, for ``|rest| <= 1/2``: a derivative of the
    cotangent; of a high power the nearest terms, in pairs, which cancel at a half."""
    if power > 24:
        near, sign = np.abs(rest), np.copysign(1, rest) ** power
        other = (-1.0) ** power  # of a pair, what lies beyond 0
        pairs = [(near + k) ** -power + other * (k + 1 - near) ** -power for k in range(4)]
        return sign * np.add.reduce(pairs, axis=0)
    n = int(power) - 1
    # Near a half, tan(πx) is infinite, and its reciprocal not exactly 0.
    half = np.copysign(0.5, rest) - rest
    cotangent = np.where(np.abs(rest) < 0.25, 1 / np.tan(np.pi * rest), np.tan(np.pi * half))
    return (-1) ** n * horner(_cotangents(n), cotangent) * (np.pi**power / math.factorial(n))


def _zeta_below(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """q <= 0: defined for whole s.  The terms of the sum over all integers that are not wanted are
    another zeta function."""
    out = np.full(q.shape, np.nan)
    for power in np.unique(s[s == np.rint(s)]).tolist():
        chosen = s == power
        x = q[chosen]
        others = _zeta_above(np.asarray(power), 1 - x)
        out[chosen] = _over_all_integers(power, x - np.rint(x)) - (-1.0) ** power * others
    return np.where(q == np.rint(q), np.inf, out)


@in_double
def zeta(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """``Σ (q + k)^-s`` over k = 0, 1, …"""
    s, q = (np.array(one) for one in np.broadcast_arrays(s, q))
    out = np.where(s == 1, np.inf, np.full(q.shape, np.nan))
    above, below = (s > 1) & (q > 0), (s > 1) & (q <= 0)
    out[above] = _zeta_above(s[above], q[above])
    out[below] = _zeta_below(s[below], q[below])
    return out


# -- modified Bessel functions ---------------------------------------------------------------------


def _bessel_near(x: np.ndarray, n: int) -> np.ndarray:
    """Iₙ(x) for |x| < 20: ``(x/2)ⁿ Σ (x²/4)ᵏ / (k! (k + n)!)``, a sum without cancellation."""
    terms = [1 / (math.factorial(k) * math.factorial(k + n)) for k in range(50)]
    half = 0.5 * x
    return half**n * horner(terms, half * half)


def _scaled_bessel_far(x: np.ndarray, n: int, times: int = 0) -> np.ndarray:
    """``e^-x Iₙ(x)`` for x >= 20, differentiated so many ``times``: the asymptotic series
    (Abramowitz and Stegun 9.7.1), term by term."""
    terms = [1.0]
    for k in range(1, 26):
        terms.append(-terms[-1] * (4 * n * n - (2 * k - 1) ** 2) / (8 * k))
    terms = [
        math.prod((-0.5 - k - j for j in range(times)), start=term) for k, term in enumerate(terms)
    ]
    return horner(terms, 1 / x) / (np.sqrt(2 * np.pi) * np.sqrt(x)) / x**times


@in_double
def bessel(x: np.ndarray, *, order: int) -> np.ndarray:
    """The modified Bessel function of the first kind Iₙ(x)."""
    size = np.abs(x)

    def far(x: np.ndarray) -> np.ndarray:
        # In two steps, because e^x overflows before Iₙ does.
        return _scaled_bessel_far(x, order) * np.exp(0.5 * x) * np.exp(0.5 * x)

    value = np.piecewise(size, [size < 20], [lambda x: _bessel_near(x, order), far])
    return np.copysign(value, x) if order % 2 else value


@in_double
def scaled_bessel(x: np.ndarray, *, order: int, times: int) -> np.ndarray:
    """``e^-|x| Iₙ(x)``, differentiated so many ``times``; at the bend at 0 as if e^-|x| had the
    slope 0 there."""
    size = np.abs(x)

    def near(x: np.ndarray) -> np.ndarray:
        total = np.zeros_like(x)
        for j in range(times + 1):  # Leibniz' rule, and Iₙ' = (Iₙ₋₁ + Iₙ₊₁) / 2
            others = [
                math.comb(j, i) * _bessel_near(x, abs(order - j + 2 * i)) for i in range(j + 1)
            ]
            total += math.comb(times, j) * (-np.sign(x)) ** (times - j) * sum(others) / 2**j
        return total * np.exp(-x)

    far = functools.partial(_scaled_bessel_far, n=order, times=times)
    value = np.piecewise(size, [size < 20], [near, far])
    return value * np.copysign(1, x) if (order + times) % 2 else value


# -- sinc ------------------------------------------------------------------------------------------


def _sinc_near(x: np.ndarray, order: int) -> np.ndarray:
    """The derivative by Taylor's series, ``Σ (-1)^k (πx)^(2k) / (2k + 1)!`` differentiated."""
    first = (order + 1) // 2
    terms = [
        (-1.0) ** k * math.pi ** (2 * k) / ((2 * k + 1) * math.factorial(2 * k - order))
        for k in range(first, first + 16)
    ]
    return horner(terms, x * x) * (x if order % 2 else 1)


def _sinc_far(x: np.ndarray, order: int) -> np.ndarray:
    """The derivative from those before it: n-fold differentiation of ``x · sinc(x) = sin(πx)/π``
    gives ``x · sinc⁽ⁿ⁾ + n · sinc⁽ⁿ⁻¹⁾ = πⁿ⁻¹ sin⁽ⁿ⁾(πx)``."""
    nearest = np.rint(x)
    turn = math.pi * (x - nearest)
    flip = 1 - 2 * np.mod(nearest, 2)
    sine, cosine = flip * np.sin(turn), flip * np.cos(turn)
    value = sine / (math.pi * x)
    for n in range(1, order + 1):
        differentiated = (sine, cosine, -sine, -cosine)[n % 4]
        value = (math.pi ** (n - 1) * differentiated - n * value) / x
    return value


@in_double
def sinc(x: np.ndarray, *, order: int) -> np.ndarray:
    """The derivative of that order of ``sin(πx) / (πx)``, in the way that keeps digits."""
    near = np.abs(x) < 0.5 + 0.1 * order
    return np.piecewise(x, [near], [_sinc_near, _sinc_far], order)
