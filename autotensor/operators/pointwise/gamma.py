"""The gamma function's logarithm, its derivatives of every order (digamma, polygamma), and zeta."""

from __future__ import annotations

import math
from typing import Any

from autotensor.engine.in_place import in_place
from autotensor.engine.operator import binary, function_only, has_in_place, operator, unary
from autotensor.engine.tensor import Tensor, method
from autotensor.kernels import special_functions as arrays
from autotensor.operators.arguments import count_of, int_of, need_tensor
from autotensor.operators.structure.copying import floating

__all__ = ["digamma", "lgamma", "mvlgamma", "polygamma"]


@unary(arrays.lgamma, lambda g, input: g * digamma(input), in_place=True)
def lgamma(input: Any) -> Any:
    """``ln |Γ(input)|``.  d input = g · ψ(input); see ``digamma``.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.lgamma(at.tensor([1.0, 2.0, 5.0])).exp().round()  # factorials: 0!, 1!, 4!
        tensor([ 1.,  1., 24.])
        >>> at.lgamma(at.tensor(1000.0))  # where they would overflow
        tensor(5905.2202)
    """


@unary(arrays.digamma, lambda g, input: g * polygamma(1, input), in_place=True)
def digamma(input: Any) -> Any:
    """``ψ(input)``, the derivative of ``lgamma``.  d input = g · ψ⁽¹⁾(input); see ``polygamma``.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> at.digamma(x)
        tensor([-0.5772,  0.4228])
        >>> at.digamma(x + 1) - at.digamma(x)  # 1 / x
        tensor([1.0000, 0.5000])
    """


@function_only
def polygamma(n: int, input: Any) -> Any:
    """``ψ⁽ⁿ⁾(input)``, the n-th derivative of ``digamma``.

    d input = g · ψ⁽ⁿ⁺¹⁾(input).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        RuntimeError: a negative n.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> at.polygamma(1, x)  # π²/6, and 1 less
        tensor([1.6449, 0.6449])
    """
    need_tensor(input, "polygamma")
    order = count_of(n, "polygamma", "n")
    return _polygamma(floating(input, "polygamma"), order) if order else digamma(input)


@operator(input=lambda g, input, n: g * polygamma(n + 1, input))
def _polygamma(input: Any, n: int) -> Any:
    """``(-1)^(n + 1) · n! · ζ(n + 1, input)``.  d input = g · ψ⁽ⁿ⁺¹⁾(input)."""
    return arrays.polygamma(input, order=n)


@has_in_place
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the gamma function of p dimensions,
    ``p · (p - 1) / 4 · ln π + Σ_{j<p} ln Γ(input - j/2)`` for j from 0.

    d input = g · Σ_{j<p} ψ(input - j/2).

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: p below 1, or above 10,000.

    Example:

        >>> x = at.tensor([2.5, 3.0])
        >>> at.mvlgamma(x, 1).exp()  # Γ itself: Γ(3) is 2!
        tensor([1.3293, 2.0000])
    """
    need_tensor(input, "mvlgamma")
    p = int_of(p, "mvlgamma", "p")
    if not 1 <= p <= 10_000:
        raise RuntimeError(f"mvlgamma: p must be at least 1 and at most 10000, got {p}")
    total = lgamma(input) + p * (p - 1) / 4 * math.log(math.pi)
    for j in range(1, p):
        total = total + lgamma(input - j / 2)
    return total


def _unknown_derivative(g: Any) -> Any:
    raise NotImplementedError("zeta: there is no derivative by input, only by other")


@binary(
    arrays.zeta,
    input=_unknown_derivative,
    other=lambda g, input, other: g * (-input * zeta(input + 1, other)),
)
def zeta(input: Any, other: Any) -> Any:
    """``Σ_{k≥0} (other + k)^-input``, Hurwitz' zeta function ζ(input, other).

    Infinite where ``input`` is 1, NaN where it is less.  d other = -g · input · ζ(input + 1,
    other); asking for that by ``input`` raises NotImplementedError, as in PyTorch.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.special.zeta(at.tensor(2.0), at.tensor(1.0))  # π²/6
        tensor(1.6449)
    """


def _of_order(self: Tensor, n: int) -> Tensor:
    """``polygamma(n, self)``.

    Example:

        >>> at.tensor([1.0, 2.0]).polygamma(1)
        tensor([1.6449, 0.6449])
    """
    return polygamma(n, self)


method(_of_order, "polygamma")
method(in_place(_of_order, "polygamma_"), "polygamma_")
