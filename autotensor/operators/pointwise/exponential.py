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
    """``e^input``.  d input = g · y.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 1.0], requires_grad=True)
        >>> y = x.exp()
        >>> y.sum().backward()
        >>> y.detach(), x.grad  # its own derivative
        (tensor([1.0000, 2.7183]), tensor([1.0000, 2.7183]))
    """


@unary(np.exp2, lambda g, output: g * output * LN2, in_place=True)
def exp2(input: Any) -> Any:
    """``2^input``.  d input = g · y · ln 2.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([0.0, 3.0, 0.5], requires_grad=True)
        >>> y = at.exp2(x)
        >>> y.detach()
        tensor([1.0000, 8.0000, 1.4142])
        >>> y.sum().backward()
        >>> x.grad / y.detach()  # ln 2
        tensor([0.6931, 0.6931, 0.6931])
    """


@unary(np.expm1, lambda g, output: g * (output + 1), in_place=True)
def expm1(input: Any) -> Any:
    """``e^input - 1``, exact near 0.  d input = g · (y + 1).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1e-10])
        >>> at.expm1(x), at.exp(x) - 1
        (tensor([1.0000e-10]), tensor([0.]))
    """


@unary(np.log, lambda g, input: g / input, in_place=True)
def log(input: Any) -> Any:
    """``ln input``, the natural logarithm.  d input = g / input.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0, 4.0], requires_grad=True)
        >>> x.log().sum().backward()
        >>> x.grad
        tensor([1.0000, 0.5000, 0.2500])
        >>> at.log(at.tensor([0.0, -1.0]))
        tensor([-inf, nan])
    """


@unary(np.log2, lambda g, input: g / (input * LN2), in_place=True)
def log2(input: Any) -> Any:
    """``log₂ input``.  d input = g / (input · ln 2).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.log2(at.tensor([1.0, 8.0, 10.0]))
        tensor([0.0000, 3.0000, 3.3219])
    """


@unary(np.log10, lambda g, input: g / (input * LN10), in_place=True)
def log10(input: Any) -> Any:
    """``log₁₀ input``.  d input = g / (input · ln 10).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.log10(at.tensor([1.0, 1000.0, 2.0]))
        tensor([0.0000, 3.0000, 0.3010])
    """


@unary(np.log1p, lambda g, input: g / (input + 1), in_place=True)
def log1p(input: Any) -> Any:
    """``ln(1 + input)``, exact near 0.  d input = g / (1 + input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1e-10])
        >>> at.log1p(x), at.log(1 + x)
        (tensor([1.0000e-10]), tensor([0.]))
    """


def _share(one: Any, two: Any, power: Any) -> Any:
    """``power(one) / (power(one) + power(two))``; half of each where both are the same infinity."""
    return 1 / (1 + power(where((one == two) & isinf(one), 0.0, two - one)))


@binary(
    np.logaddexp,
    input=lambda g, input, other: g * _share(input, other, exp),
    other=lambda g, input, other: g * _share(other, input, exp),
)
def logaddexp(input: Any, other: Any) -> Any:
    """``ln(e^input + e^other)``.  d input = g · e^(input - y), d other = g · e^(other - y).

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> log_p, log_q = at.tensor([-1000.0]), at.tensor([-1000.0])
        >>> at.logaddexp(log_p, log_q)  # -1000 + ln 2
        tensor([-999.3068])
        >>> (log_p.exp() + log_q.exp()).log()
        tensor([-inf])
    """


@unary(piecewise(logistic), lambda g, output: g * (output * (1 - output)), in_place=True)
def sigmoid(input: Any) -> Any:
    """``1 / (1 + e^-input)``.  d input = g · y · (1 - y).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-2.0, 0.0, 2.0], requires_grad=True)
        >>> y = x.sigmoid()
        >>> y.sum().backward()
        >>> y.detach(), x.grad
        (tensor([0.1192, 0.5000, 0.8808]), tensor([0.1050, 0.2500, 0.1050]))
    """


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

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.ldexp(at.tensor([0.75, 1.0]), at.tensor([2, -1]))
        tensor([3.0000, 0.5000])
    """


@binary(
    np.logaddexp2,
    input=lambda g, input, other: g * _share(input, other, exp2),
    other=lambda g, input, other: g * _share(other, input, exp2),
)
def logaddexp2(input: Any, other: Any) -> Any:
    """``log₂(2^input + 2^other)``.  d input = g · 2^(input - y), d other = g · 2^(other - y).

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.logaddexp2(at.tensor([3.0, 1.0]), at.tensor([3.0, 2.0]))  # log₂ 16, log₂ 6
        tensor([4.0000, 2.5850])
    """
