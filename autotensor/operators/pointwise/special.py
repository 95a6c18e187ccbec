"""The error function and its relatives, and other functions that NumPy lacks.

Those that PyTorch keeps in ``torch.special`` alone are public in ``autotensor/special.py``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.operator import binary, has_in_place, operator, unary
from autotensor.kernels.series import horner, in_double
from autotensor.operators.arguments import need_tensor
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.comparison import isnan
from autotensor.operators.pointwise.exponential import exp, log, log1p
from autotensor.operators.structure.copying import floating
from autotensor.operators.structure.selection import where

__all__ = ["erf", "erfc", "erfinv", "logit", "sinc", "xlogy"]

ROOT_PI = math.sqrt(math.pi)
ROOT_HALF = math.sqrt(0.5)


# -- the error function on raw arrays --------------------------------------------------------------


def _scaled_complement(x: float) -> float:
    """``e^(x²) · erfc(x)`` for x >= 0.44, from 1 on by Lentz' fraction (Abramowitz and Stegun
    7.1.14)."""
    if x < 1:
        return math.exp(x * x) * math.erfc(x)
    value = x
    for term in range(200, 0, -1):
        value = x + 0.5 * term / value
    return 1 / (value * ROOT_PI)


def _through(
    lower: float, upper: float, function: Callable[[float], float], degree: int
) -> list[float]:
    """The polynomial, in p from -1 to 1, through ``function`` at an interval's Chebyshev points."""
    count = degree + 1
    middle, half = 0.5 * (upper + lower), 0.5 * (upper - lower)

    def cosine(k: int, point: int) -> float:
        # Whole turns are taken off in integers: off a large angle they would cost digits.
        return math.cos(math.pi * (k * (2 * point + 1) % (4 * count)) / (2 * count))

    values = [function(middle + half * cosine(1, point)) for point in range(count)]
    series = [
        math.fsum(value * cosine(k, point) for point, value in enumerate(values))
        * (2 if k else 1)
        / count
        for k in range(count)
    ]
    return np.polynomial.chebyshev.cheb2poly(series).tolist()


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
    return series, _through(_FROM, _TO, lambda t: _scaled_complement(1 / t - 1), outer)


def erf_array(x: Any) -> np.ndarray:
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
    out = np.where(size > 1, np.copysign(tail, x), inner).reshape(given.shape)
    return out.astype(given.dtype, copy=False) if given.dtype.kind == "f" else out


# From 0.44 on, e^(x²) · erfc(x) = t · S(t) with t = 1 / (1 + x/2): its relative error is small all
# the way to infinity, where t is 0.
_LARGEST = 0.82


@functools.cache
def _scaled_coefficients() -> list[float]:
    def over_t(t: float) -> float:
        return _scaled_complement(2 * (1 / t - 1)) / t

    return _through(0, _LARGEST, over_t, 24)


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
def erfc_array(x: np.ndarray) -> np.ndarray:
    """``1 - erf(x)``, to the last digits also where that is tiny."""
    return np.piecewise(
        x,
        [x >= 0.5, x < -0.5],
        [
            lambda x: _bell(x) * _scaled_far(x),
            lambda x: 2 - _bell(x) * _scaled_far(-x),
            lambda x: 1 - erf_array(x),
        ],
    )


@in_double
def erfcx_array(x: np.ndarray) -> np.ndarray:
    """``e^(x²) · erfc(x)``."""
    return np.piecewise(
        x,
        [x >= 0.5, x < -0.5],
        [
            _scaled_far,
            lambda x: 2 / _bell(x) - _scaled_far(-x),
            lambda x: np.exp(x * x) * (1 - erf_array(x)),
        ],
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
        step = (erf_array(x) - v) * (0.5 * ROOT_PI) * np.exp(x * x)
        x = x - step / (1 + x * step)
    return x


@in_double
def erfinv_array(v: np.ndarray) -> np.ndarray:
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
def ndtr_array(x: np.ndarray) -> np.ndarray:
    """The normal distribution function, to the last digits also where it is tiny."""
    return np.piecewise(
        x,
        [x < -0.7, x > 0.7],
        [
            lambda x: _beyond(-x),
            lambda x: 1 - _beyond(x),
            lambda x: 0.5 + 0.5 * erf_array(ROOT_HALF * x),
        ],
    )


@in_double
def ndtri_array(p: np.ndarray) -> np.ndarray:
    """x at which the normal distribution function is p."""
    return np.piecewise(
        p,
        [p < 0.25, p > 0.75],
        [
            lambda p: -_erfc_inverse(2 * p) / ROOT_HALF,
            lambda p: _erfc_inverse(2 * (1 - p)) / ROOT_HALF,
            lambda p: _erf_inverse(2 * p - 1) / ROOT_HALF,
        ],
    )


@in_double
def log_ndtr_array(x: np.ndarray) -> np.ndarray:
    """Logarithm of the normal distribution function."""
    return np.piecewise(
        x,
        [x < -1],
        [
            lambda x: np.log(0.5 * _scaled_far(-ROOT_HALF * x)) - 0.5 * x * x,
            lambda x: np.log1p(-ndtr_array(-x)),
        ],
    )


# -- the error function ----------------------------------------------------------------------------


@unary(erf_array, lambda g, input: g * exp(-input * input) * (2 / ROOT_PI), in_place=True)
def erf(input: Any) -> Any:
    """Error function ``2/√π ∫₀ˣ e^(-t²) dt``.  d input = g · 2/√π · e^(-input²)."""


@unary(erfc_array, lambda g, input: g * exp(-input * input) * (-2 / ROOT_PI), in_place=True)
def erfc(input: Any) -> Any:
    """``1 - erf(input)``, exact also where that is tiny.  d input = -g · 2/√π · e^(-input²)."""


@unary(erfcx_array, lambda g, input, output: g * (2 * input * output - 2 / ROOT_PI))
def erfcx(input: Any) -> Any:
    """``e^(input²) · erfc(input)``.  d input = g · (2 · input · y - 2/√π)."""


@unary(erfinv_array, lambda g, output: g * exp(output * output) * (0.5 * ROOT_PI), in_place=True)
def erfinv(input: Any) -> Any:
    """The number whose ``erf`` is ``input``; NaN outside [-1, 1].  d input = g · √π/2 · e^(y²)."""


@unary(ndtr_array, lambda g, input: g * exp(-0.5 * input * input) * (ROOT_HALF / ROOT_PI))
def ndtr(input: Any) -> Any:
    """Distribution function of the normal distribution, ``erfc(-input/√2) / 2``.

    d input = g · e^(-input²/2) / √(2π).
    """


@unary(ndtri_array, lambda g, output: g * exp(0.5 * output * output) * (ROOT_PI / ROOT_HALF))
def ndtri(input: Any) -> Any:
    """The number whose ``ndtr`` is ``input``.  d input = g · √(2π) · e^(y²/2)."""


@unary(log_ndtr_array, lambda g, input: g / erfcx(input * -ROOT_HALF) * (2 * ROOT_HALF / ROOT_PI))
def log_ndtr(input: Any) -> Any:
    """``ln ndtr(input)``, exact far out on the left.  d input = g · √(2/π) / erfcx(-input/√2)."""


# -- logarithms where they may be of 0 -------------------------------------------------------------


@has_in_place
def logit(input: Any, eps: float | None = None) -> Any:
    """``ln(input / (1 - input))``, the inverse of ``sigmoid``; NaN outside [0, 1].

    ``eps`` first clamps ``input`` to ``[eps, 1 - eps]``.  d input = g / (input · (1 - input)), and
    0 where it was clamped.
    """
    need_tensor(input, "logit")
    if eps is None:
        return _logit(input)
    inside = (input >= eps) & (input <= 1 - eps)
    # Clamped elements are replaced, because clamp(…) gives the bounds a gradient.
    return _logit(where(inside | isnan(input), input, clamp(input.detach(), eps, 1 - eps)))


@unary(lambda x: np.log(x / (1 - x)), lambda g, input: g / (input * (1 - input)))
def _logit(input: Any) -> Any:
    """``ln(input / (1 - input))``."""


def _logs(log_of: Callable[[Any], Any], lowest: float) -> Callable[[Any, Any], Any]:
    """``x · log_of(y)`` on arrays: 0 where x is 0, and NaN where y is."""

    def product(x: Any, y: Any) -> Any:
        return np.where((x == 0) & ~np.isnan(y), np.zeros_like(x * y), x * log_of(y))

    return product


@binary(
    _logs(np.log, 0.0),
    input=lambda g, input, other: g * where((input == 0) & (other <= 0), 0.0, log(other)),
    other=lambda g, input, other: g * input / other,
    in_place=True,
)
def xlogy(input: Any, other: Any) -> Any:
    """``input · ln other``, and 0 where ``input`` is 0.

    d input = g · ln other (0 where ``input`` is 0 and ``other`` is not positive),
    d other = g · input / other.
    """


@binary(
    _logs(np.log1p, -1.0),
    input=lambda g, input, other: g * where((input == 0) & (other <= -1), 0.0, log1p(other)),
    other=lambda g, input, other: g * input / (other + 1),
)
def xlog1py(input: Any, other: Any) -> Any:
    """``input · ln(1 + other)``, and 0 where ``input`` is 0.

    d input = g · ln(1 + other) (0 where ``input`` is 0 and ``other`` at most -1),
    d other = g · input / (1 + other).
    """


def _entr(x: Any) -> Any:
    return np.where(x > 0, -x * np.log(x), np.where(x == 0, np.zeros_like(x), x - np.inf))


@unary(in_double(_entr), lambda g, input: g * (-1 - log(input)))
def entr(input: Any) -> Any:
    """``-input · ln input``; 0 at 0 and -inf below.  d input = -g · (1 + ln input)."""


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


@operator(input=lambda g, input, order: g * _sinc(input, order + 1))
def _sinc(input: Any, order: int) -> Any:
    """The derivative of that order of ``sinc``, from the one of the two ways that keeps digits."""
    near = 0.5 + 0.1 * order
    return in_double(
        lambda x: np.piecewise(
            x,
            [np.abs(x) < near],
            [lambda x: _sinc_near(x, order), lambda x: _sinc_far(x, order)],
        )
    )(input)


@has_in_place
def sinc(input: Any) -> Any:
    """``sin(π · input) / (π · input)``, and 1 at 0.

    d input = g · (cos(π · input) - y) / input, and 0 at 0.
    """
    need_tensor(input, "sinc")
    return _sinc(floating(input), 0)
