"""Special functions that NumPy lacks: error function, logit, entropy, sinc, incomplete gamma
and Bessel functions.

Those that PyTorch keeps in ``torch.special`` alone are public in ``autotensor/special.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.operator import binary, has_in_place, operator, unary
from autotensor.kernels import special_functions as arrays
from autotensor.kernels import tails
from autotensor.kernels.special_functions import ROOT_HALF, ROOT_PI
from autotensor.operators.arguments import need_tensor
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.comparison import isnan
from autotensor.operators.pointwise.exponential import exp, log
from autotensor.operators.pointwise.gamma import digamma
from autotensor.operators.structure.copying import floating
from autotensor.operators.structure.selection import where

__all__ = ["erf", "erfc", "erfinv", "i0", "igamma", "igammac", "logit", "sinc", "xlogy"]


# -- the error function ----------------------------------------------------------------------------


@unary(arrays.erf, lambda g, input: g * exp(-input * input) * (2 / ROOT_PI), in_place=True)
def erf(input: Any) -> Any:
    """``2/√π · ∫_0^input e^(-t²) dt``, the error function.  d input = g · 2/√π · e^(-input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.erf(at.tensor([0.0, 1.0, -1.0]))
        tensor([ 0.0000,  0.8427, -0.8427])
        >>> deviations = at.tensor([1.0, 2.0, 3.0])
        >>> at.erf(deviations / 2**0.5)  # how much of a normal distribution lies within
        tensor([0.6827, 0.9545, 0.9973])
    """


@unary(arrays.erfc, lambda g, input: g * exp(-input * input) * (-2 / ROOT_PI), in_place=True)
def erfc(input: Any) -> Any:
    """``1 - erf(input)``, exact also where that is tiny.  d input = -g · 2/√π · e^(-input²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([5.0])
        >>> at.erfc(x), 1 - at.erf(x)
        (tensor([1.5375e-12]), tensor([0.]))
    """


@unary(arrays.erfcx, lambda g, input: g * _erfcx_slope(input))
def erfcx(input: Any) -> Any:
    """``e^(input²) · erfc(input)``.  d input = g · (2 · input · y - 2/√π).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.special.erfcx(at.tensor([0.0, 1.0, 100.0]))
        tensor([1.0000, 0.4276, 0.0056])
    """


@unary(arrays.erfcx_slope, lambda g, input, output: g * (2 * erfcx(input) + 2 * input * output))
def _erfcx_slope(input: Any) -> Any:
    """``2 · input · erfcx(input) - 2/√π``, with the digits that this formula loses far out.

    d input = g · (2 · erfcx(input) + 2 · input · y).
    """


@unary(arrays.erfinv, lambda g, output: g * exp(output * output) * (0.5 * ROOT_PI), in_place=True)
def erfinv(input: Any) -> Any:
    """The number whose ``erf`` is ``input``; NaN outside [-1, 1].  d input = g · √π/2 · e^(y²).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 0.5, 1.0])
        >>> at.erfinv(x), at.erf(at.erfinv(x))
        (tensor([0.0000, 0.4769,    inf]), tensor([0.0000, 0.5000, 1.0000]))
    """


@unary(arrays.ndtr, lambda g, input: g * exp(-0.5 * input * input) * (ROOT_HALF / ROOT_PI))
def ndtr(input: Any) -> Any:
    """Distribution function of the normal distribution, ``erfc(-input/√2) / 2``.

    d input = g · e^(-input²/2) / √(2π).  Far on the left it keeps the digits that PyTorch loses.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.special.ndtr(at.tensor([-1.96, 0.0, 1.96]))  # 95 % lie between
        tensor([0.0250, 0.5000, 0.9750])
    """


@unary(arrays.ndtri, lambda g, output: g * exp(0.5 * output * output) * (ROOT_PI / ROOT_HALF))
def ndtri(input: Any) -> Any:
    """The number whose ``ndtr`` is ``input``.  d input = g · √(2π) · e^(y²/2).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.special.ndtri(at.tensor([0.025, 0.5, 0.975]))
        tensor([-1.9600,  0.0000,  1.9600])
    """


@unary(arrays.log_ndtr, lambda g, input: g * _log_ndtr_slope(input))
def log_ndtr(input: Any) -> Any:
    """``ln ndtr(input)``, exact far out on the left.  d input = g · √(2/π) / erfcx(-input/√2).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-100.0, 0.0])
        >>> at.special.log_ndtr(x)  # at 0, -ln 2
        tensor([-5.0055e+03, -6.9315e-01])
        >>> at.special.ndtr(x).log()
        tensor([   -inf, -0.6931])
    """


@unary(arrays.log_ndtr_slope, lambda g, input: -g * _log_ndtr_bend(input))
def _log_ndtr_slope(input: Any) -> Any:
    """The derivative of ``log_ndtr``, exact on both sides.

    d input = -g · y · (input + y); the sum nearly cancels far on the left.
    """


@unary(arrays.log_ndtr_bend, lambda g, input, output: g * _log_ndtr_bend_slope(input, output))
def _log_ndtr_bend(input: Any) -> Any:
    """``slope · (input + slope)`` for the slope of ``log_ndtr``, exact on both sides.

    d input = g · (slope · (1 - y) - y² / slope).
    """


def _log_ndtr_bend_slope(input: Any, output: Any) -> Any:
    slope = _log_ndtr_slope(input)
    return slope * (1 - output) - output * (output / slope)


# -- logarithms where they may be of 0 -------------------------------------------------------------


@has_in_place
def logit(input: Any, eps: float | None = None) -> Any:
    """``ln(input / (1 - input))``, the inverse of ``sigmoid``; NaN outside [0, 1].

    ``eps`` first clamps ``input`` to ``[eps, 1 - eps]``.  d input = g / (input · (1 - input));
    0 where it was clamped.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> p = at.tensor([0.5, 0.6])
        >>> p.logit(), p.logit().exp()  # the odds: 1 : 1 and 3 : 2
        (tensor([0.0000, 0.4055]), tensor([1.0000, 1.5000]))
        >>> at.tensor([0.0, 1.0]).logit(eps=0.25)
        tensor([-1.0986,  1.0986])
    """
    need_tensor(input, "logit")
    if eps is None:
        return _logit(input)
    inside = (input >= eps) & (input <= 1 - eps)
    # Clamped elements are replaced, because clamp(…) gives the bounds a gradient.
    return _logit(where(inside | isnan(input), input, clamp(input.detach(), eps, 1 - eps)))


@unary(
    lambda x: np.log(x / (1 - x)),
    lambda g, input: g / where((input < 0) | (input > 1), float("nan"), input * (1 - input)),
)
def _logit(input: Any) -> Any:
    """``ln(input / (1 - input))``.  d input = g / (input · (1 - input)).

    Outside [0, 1] both are NaN.
    """


@binary(
    arrays.xlogy,
    input=lambda g, input, other: where((input == 0) & (other <= 0), 0.0, xlogy(g, other)),
    other=lambda g, input, other: g * input / other,
    in_place=True,
)
def xlogy(input: Any, other: Any) -> Any:
    """``input · ln other``, and 0 where ``input`` is 0.

    d input = 0 where input = 0 and other ≤ 0, else g · ln other,
    d other = g · input / other.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> p = at.tensor([0.0, 0.5, 0.5])
        >>> -at.xlogy(p, p).sum()  # the entropy: ln 2
        tensor(0.6931)
        >>> -(p * p.log()).sum()
        tensor(nan)
    """


@binary(
    arrays.xlog1py,
    input=lambda g, input, other: where((input == 0) & (other <= -1), 0.0, xlog1py(g, other)),
    other=lambda g, input, other: g * input / (other + 1),
)
def xlog1py(input: Any, other: Any) -> Any:
    """``input · ln(1 + other)``, and 0 where ``input`` is 0.

    d input = 0 where input = 0 and other ≤ -1, else g · ln(1 + other),
    d other = g · input / (1 + other).

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.special.xlog1py(at.tensor([0.0, 2.0]), at.tensor([-1.0, 1.0]))  # 0, 2 ln 2
        tensor([0.0000, 1.3863])
    """


@unary(arrays.entr, lambda g, input: g * (-1 - log(input)))
def entr(input: Any) -> Any:
    """``-input · ln input``; 0 at 0 and -inf below.  d input = -g · (1 + ln input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> p = at.tensor([0.5, 0.25, 0.25, 0.0])
        >>> at.special.entr(p).sum() / at.log(at.tensor(2.0))  # in bits
        tensor(1.5000)
    """


# -- incomplete gamma functions --------------------------------------------------------------------


def _no_second_derivative(g: Any) -> Any:
    raise NotImplementedError("gammainc: there is no second derivative by input")


@binary(tails.gammainc_slope, input=_no_second_derivative, other=_no_second_derivative)
def _gammainc_slope(input: Any, other: Any) -> Any:
    """The derivative of ``gammainc`` by ``input``."""


@binary(
    tails.gamma_density,
    input=lambda g, input, other, output: g * output * (log(other) - digamma(input)),
    other=lambda g, input, other, output: g * output * ((input - 1 - other) / other),
)
def _gamma_density(input: Any, other: Any) -> Any:
    """``other^(input - 1) · e^-other / Γ(input)``, also where all of these are far out of range.

    d input = g · y · (ln other - digamma(input)), d other = g · y · (input - 1 - other) / other.
    """


@binary(
    tails.gammainc,
    input=lambda g, input, other: g * _gammainc_slope(input, other),
    other=lambda g, input, other: g * _gamma_density(input, other),
)
def gammainc(input: Any, other: Any) -> Any:
    """``∫_0^other t^(input - 1) · e^-t dt / Γ(input)``; NaN of negative numbers.

    It is the distribution function of the gamma distribution of shape ``input`` at ``other``.

    d input = g · gammainc_slope(input, other),
    d other = g · other^(input - 1) · e^-other / Γ(input).
    PyTorch has no d input.  Here it is an integral (see ``kernels/tails.py``) without derivatives
    of its own.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> at.special.gammainc(at.ones(2), x), 1 - (-x).exp()
        (tensor([0.6321, 0.8647]), tensor([0.6321, 0.8647]))
    """


@binary(
    tails.gammaincc,
    input=lambda g, input, other: -g * _gammainc_slope(input, other),
    other=lambda g, input, other: -g * _gamma_density(input, other),
)
def gammaincc(input: Any, other: Any) -> Any:
    """``1 - gammainc(input, other)``, to the last digits also where that is tiny.

    d input = -g · gammainc_slope(input, other),
    d other = -g · other^(input - 1) · e^-other / Γ(input).

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([1.0, 50.0])
        >>> (at.special.gammaincc(at.ones(2), x) / (-x).exp()).round(decimals=3)
        tensor([1., 1.])
    """


@has_in_place
def igamma(input: Any, other: Any) -> Any:
    """``special.gammainc`` under PyTorch's older name.

    Example:

        >>> at.igamma(at.tensor(1.0), at.tensor(2.0))  # 1 - e^-2
        tensor(0.8647)
    """
    return gammainc(input, other)


@has_in_place
def igammac(input: Any, other: Any) -> Any:
    """``special.gammaincc`` under PyTorch's older name.

    Example:

        >>> at.igammac(at.tensor(1.0), at.tensor(2.0))  # e^-2
        tensor(0.1353)
    """
    return gammaincc(input, other)


# -- sinc ------------------------------------------------------------------------------------------


@operator(input=lambda g, input, order: g * _sinc(input, order + 1))
def _sinc(input: Any, order: int) -> Any:
    """The derivative of that order of ``sinc``, from the one of the two ways that keeps digits.

    d input = g · sinc(input, order + 1).
    """
    return arrays.sinc(input, order=order)


@has_in_place
def sinc(input: Any) -> Any:
    """``sin(π · input) / (π · input)``, and 1 at 0.

    d input = 0 where input = 0, else g · (cos(π · input) - y) / input.  Far out, too, it is exactly
    0 at whole numbers, unlike PyTorch's.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.sinc(at.tensor([0.0, 0.5, 1.5]))  # at a half, 2/π
        tensor([ 1.0000,  0.6366, -0.2122])
    """
    return _sinc(floating(input, "sinc"), 0)


# -- modified Bessel functions of the first kind ---------------------------------------------------
#
# Every derivative of one is made of others: Iₙ' = (Iₙ₋₁ + Iₙ₊₁) / 2.  The scaled ones nearly cancel
# in it, so their derivatives have a way of their own.


@operator(
    # Each half by itself: the sum of both may overflow.
    input=lambda g, input, n: g * (0.5 * _bessel(input, abs(n - 1)) + 0.5 * _bessel(input, n + 1))
)
def _bessel(input: Any, n: int) -> Any:
    """``Iₙ(input)``.  d input = g · (bessel(input, |n - 1|) + bessel(input, n + 1)) / 2."""
    return arrays.bessel(input, order=n)


@operator(input=lambda g, input, n, times: g * _scaled(input, n, times + 1))
def _scaled(input: Any, n: int, times: int) -> Any:
    """``e^-|input| · Iₙ(input)``, differentiated so many ``times``.

    d input = g · scaled(input, n, times + 1).
    """
    return arrays.scaled_bessel(input, order=n, times=times)


@has_in_place
def i0(input: Any) -> Any:
    """Modified Bessel function of order 0, ``I₀``.  d input = g · I₁(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 2.0], requires_grad=True)
        >>> at.i0(x).sum().backward()
        >>> at.equal(x.grad, at.special.i1(x))
        True
    """
    return _bessel(floating(input, "i0"), 0)


def i1(input: Any) -> Any:
    """Modified Bessel function of order 1, ``I₁``.  d input = g · (I₀(input) + I₂(input)) / 2.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.special.i1(at.tensor([-1.0, 0.0, 1.0]))  # an odd function
        tensor([-0.5652,  0.0000,  0.5652])
    """
    return _bessel(floating(input, "i1"), 1)


def i0e(input: Any) -> Any:
    """``e^-|x| I₀(x)`` for x = ``input``.  d input = g · (e^-|input| · I₁(input) - sign(input) ·
    y).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 500.0])
        >>> at.special.i0e(x), at.i0(x)
        (tensor([0.4658, 0.0178]), tensor([1.2661,    inf]))
    """
    return _scaled(floating(input, "i0e"), 0, 0)


def i1e(input: Any) -> Any:
    """``e^-|x| I₁(x)`` for x = ``input``.

    d input = g · (e^-|input| · (I₀(input) + I₂(input)) / 2 - sign(input) · y).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 500.0])
        >>> at.special.i1e(x)
        tensor([0.2079, 0.0178])
    """
    return _scaled(floating(input, "i1e"), 1, 0)
