"""Rounding, and the parts of a number: sign, fraction, mantissa and exponent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine.operator import binary, has_in_place, operator, unary
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import need_floating, need_tensor

__all__ = [
    "ceil", "copysign", "fix", "floor", "frac", "frexp", "nextafter", "round", "sgn",
    "sign", "trunc",
]  # fmt: skip


def _keeping_integers(ufunc: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: x.copy() if np.asarray(x).dtype.kind in "biu" else ufunc(x)


@unary(_keeping_integers(np.floor), lambda g: zeros_like(g), in_place=True)
def floor(input: Any) -> Any:
    """``⌊input⌋``.  d input = 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.floor(at.tensor([1.7, -1.2]))
        tensor([ 1., -2.])
    """


@unary(_keeping_integers(np.ceil), lambda g: zeros_like(g), in_place=True)
def ceil(input: Any) -> Any:
    """``⌈input⌉``.  d input = 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.ceil(at.tensor([1.2, -1.7]))
        tensor([ 2., -1.])
    """


@unary(_keeping_integers(np.trunc), lambda g: zeros_like(g), in_place=True)
def trunc(input: Any) -> Any:
    """``input`` without its fraction.  d input = 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.trunc(at.tensor([1.7, -1.7]))
        tensor([ 1., -1.])
    """


@unary(_keeping_integers(np.rint), lambda g: zeros_like(g))
def _rint(input: Any) -> Any:
    """To the nearest integer, halves to even.  d input = 0."""


@has_in_place
def round(input: Any, *, decimals: int = 0) -> Any:
    """``input`` rounded to ``decimals`` places, halves to even.  d input = 0.

    Negative ``decimals`` round to tens, hundreds, ….

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        RuntimeError: integers with ``decimals``.

    Example:

        >>> at.round(at.tensor([0.5, 1.5, 2.5, 2.6]))
        tensor([0., 2., 2., 3.])
        >>> at.round(at.tensor([3.14159, 1234.0]), decimals=2)
        tensor([   3.1400, 1234.0000])
        >>> at.round(at.tensor([1234.0]), decimals=-2)
        tensor([1200.])
    """
    if decimals == 0:
        return _rint(input)
    need_tensor(input, "round")
    if input.dtype.kind != "f":
        raise RuntimeError(f"round: decimals need a floating-point Tensor, got {input.dtype}")
    if decimals < 0:
        return _rint(input / 10.0**-decimals) * 10.0**-decimals
    return _rint(input * 10.0**decimals) / 10.0**decimals


@unary(lambda x: x - np.trunc(x), lambda g: g, in_place=True)
def frac(input: Any) -> Any:
    """``input - trunc(input)``, the fraction with its sign.  d input = g.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.25, -1.25])
        >>> x.frac(), x.trunc() + x.frac()
        (tensor([ 0.2500, -0.2500]), tensor([ 1.2500, -1.2500]))
    """


@unary(
    lambda x: np.sign(x) if x.dtype.kind != "b" else x.copy(),
    lambda g: zeros_like(g),
    in_place=True,
)
def sign(input: Any) -> Any:
    """-1, 0 or 1, and NaN for NaN, which PyTorch hides as 0.  d input = 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.sign(at.tensor([-3.0, 0.0, 7.0]))
        tensor([-1.,  0.,  1.])
    """


@binary(
    np.copysign,
    input=lambda g, input, output: g * (sign(input) * sign(output)),
    other=lambda g: zeros_like(g),
    in_place=True,
)
def copysign(input: Any, other: Any) -> Any:
    """The size of ``input`` with the sign of ``other``, that of a zero included.

    d input = g · sign(input) · sign(y), d other = 0.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.copysign(at.tensor([3.0, -3.0]), at.tensor([-1.0, 1.0]))
        tensor([-3.,  3.])
        >>> at.copysign(at.tensor([3.0]), -0.0)
        tensor([-3.])
    """


@binary(
    np.nextafter,
    input=lambda g, input, other: g * (input != other),
    other=lambda g: zeros_like(g),
    in_place=True,
)
def nextafter(input: Any, other: Any) -> Any:
    """The next floating-point number after ``input`` on the way to ``other``.

    d input = g where input ≠ other, else 0, d other = 0.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> one = at.tensor([1.0])
        >>> at.nextafter(one, one + 1) - one == at.finfo(at.float32).eps
        tensor([True])
    """


class Frexp(NamedTuple):
    """What ``frexp`` gives."""

    mantissa: Tensor
    exponent: Tensor


def frexp(input: Any) -> Frexp:
    """``input = mantissa · 2^exponent`` with 0.5 <= |mantissa| < 1; the exponent is int32.

    d input = d mantissa / 2^exponent.

    ``(*)`` to a mantissa and an exponent ``(*)``.

    Raises:
        RuntimeError: integers.

    Example:

        >>> mantissa, exponent = at.frexp(at.tensor([12.0, -0.25]))
        >>> mantissa, exponent  # 12 = 0.75 · 2⁴
        (tensor([ 0.7500, -0.5000]), tensor([ 4, -1], dtype=int32))
        >>> mantissa * 2.0**exponent
        tensor([12.0000, -0.2500])
    """
    need_tensor(input, "frexp")
    need_floating(input, "frexp")
    exponent = wrap(np.asarray(np.frexp(input.array)[1]))
    return Frexp(_mantissa(input, exponent), exponent)


@operator(input=lambda g, exponent: _mantissa(g, exponent))
def _mantissa(input: Any, exponent: Any) -> Any:
    """``input / 2^exponent``, also where 2^exponent would overflow.  d input = g / 2^exponent."""
    return np.ldexp(input, -exponent)


# PyTorch's other names for the same things.
fix, sgn = trunc, sign
