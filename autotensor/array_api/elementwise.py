"""The standard's functions of elements: each is an operator of ours, after the standard's own
promotion of dtypes."""

from __future__ import annotations

import builtins

from autotensor.array_api.arguments import alike, need_own, same_dtype
from autotensor.engine.tensor import Tensor
from autotensor.operators import pointwise, structure
from autotensor.type_info import iinfo
from autotensor.types import Number

__all__ = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and",
    "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "ceil", "clip", "conj", "copysign", "cos", "cosh", "divide", "equal", "exp", "expm1", "floor",
    "floor_divide", "greater", "greater_equal", "hypot", "isfinite", "isinf", "isnan", "less",
    "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "nextafter",
    "not_equal", "positive", "pow", "real", "reciprocal", "remainder", "round", "sign", "signbit",
    "sin", "sinh", "sqrt", "square", "subtract", "tan", "tanh", "trunc",
]  # fmt: skip


def abs(x: Tensor, /) -> Tensor:
    """``|x|``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.abs``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.abs(at.tensor([-1.5, 2.0]))
        tensor([1.5000, 2.0000])
    """
    return pointwise.abs(need_own(x, "abs"))


def acos(x: Tensor, /) -> Tensor:
    """The angle in [0, π] whose cosine is ``x``; NaN outside of [-1, 1].

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.acos``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.acos(at.tensor([1.0, 0.0]))
        tensor([0.0000, 1.5708])
    """
    return pointwise.acos(need_own(x, "acos"))


def acosh(x: Tensor, /) -> Tensor:
    """The number from 0 on whose hyperbolic cosine is ``x``; NaN below 1.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.acosh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.acosh(at.tensor([1.0, 2.0]))
        tensor([0.0000, 1.3170])
    """
    return pointwise.acosh(need_own(x, "acosh"))


def add(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 + x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.add``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.add(at.tensor([1.0, 2.0]), at.tensor([10.0, 20.0]))
        tensor([11., 22.])
    """
    return pointwise.add(*alike("add", x1, x2))


def asin(x: Tensor, /) -> Tensor:
    """The angle in [-π/2, π/2] whose sine is ``x``; NaN outside of [-1, 1].

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.asin``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.asin(at.tensor([0.0, 1.0]))
        tensor([0.0000, 1.5708])
    """
    return pointwise.asin(need_own(x, "asin"))


def asinh(x: Tensor, /) -> Tensor:
    """The number whose hyperbolic sine is ``x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.asinh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.asinh(at.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8814])
    """
    return pointwise.asinh(need_own(x, "asinh"))


def atan(x: Tensor, /) -> Tensor:
    """The angle in [-π/2, π/2] whose tangent is ``x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.atan``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.atan(at.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7854])
    """
    return pointwise.atan(need_own(x, "atan"))


def atan2(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The angle of the point (``x2``, ``x1``), in [-π, π].

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.atan2``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.atan2(at.tensor([1.0, 0.0]), at.tensor([1.0, -1.0]))
        tensor([0.7854, 3.1416])
    """
    return pointwise.atan2(*alike("atan2", x1, x2))


def atanh(x: Tensor, /) -> Tensor:
    """The number whose hyperbolic tangent is ``x``; NaN outside of [-1, 1].

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.atanh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.atanh(at.tensor([0.0, 0.5]))
        tensor([0.0000, 0.5493])
    """
    return pointwise.atanh(need_own(x, "atanh"))


def bitwise_and(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The bits that are in both.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.bitwise_and(at.tensor([6, 5]), at.tensor([3, 4]))
        tensor([2, 4])
    """
    return pointwise.bitwise_and(*alike("bitwise_and", x1, x2))


def bitwise_invert(x: Tensor, /) -> Tensor:
    """Each bit the other way; of bools, not ``x``.

    ``(*) → (*)``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has neither integers nor bools.

    Example:

        >>> at.array_api.bitwise_invert(at.tensor([0, 5]))
        tensor([-1, -6])
    """
    return pointwise.bitwise_not(need_own(x, "bitwise_invert"))


def bitwise_left_shift(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 · 2^x2``, of integers.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.bitwise_left_shift(at.tensor([1, 3]), at.tensor([2, 2]))
        tensor([ 4, 12])
    """
    return pointwise.bitwise_left_shift(*alike("bitwise_left_shift", x1, x2))


def bitwise_or(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The bits that are in either.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.bitwise_or(at.tensor([6, 5]), at.tensor([3, 4]))
        tensor([7, 5])
    """
    return pointwise.bitwise_or(*alike("bitwise_or", x1, x2))


def bitwise_right_shift(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 / 2^x2``, rounded down, of integers.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.bitwise_right_shift(at.tensor([4, 13]), at.tensor([2, 2]))
        tensor([1, 3])
    """
    return pointwise.bitwise_right_shift(*alike("bitwise_right_shift", x1, x2))


def bitwise_xor(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The bits that are in one of both.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.bitwise_xor(at.tensor([6, 5]), at.tensor([3, 4]))
        tensor([5, 1])
    """
    return pointwise.bitwise_xor(*alike("bitwise_xor", x1, x2))


def ceil(x: Tensor, /) -> Tensor:
    """The least integer that is not below ``x``, in the dtype of ``x``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.ceil``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.ceil(at.tensor([-1.5, 1.5]))
        tensor([-1.,  2.])
    """
    return pointwise.ceil(need_own(x, "ceil"))


def clip(
    x: Tensor, /, min: Tensor | Number | None = None, max: Tensor | Number | None = None
) -> Tensor:
    """``x``, but no less than ``min`` and no more than ``max``, in the dtype of ``x``.

    ``(*), (*), (*) → (*)``, broadcast.  Differentiated as ``autotensor.clamp``.

    Raises:
        TypeError: ``x`` is no Tensor, or a limit neither a Tensor nor a number.
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> at.array_api.clip(at.tensor([-3, 0, 9]), 0, 5)
        tensor([0, 0, 5])
    """
    need_own(x, "clip")
    if min is None and max is None:
        return structure.clone(x)
    limits = [_within(one, x) for one in (min, max)]
    wide = iter(same_dtype("clip", [x, *(one for one in limits if isinstance(one, Tensor))]))
    input = next(wide)
    low, high = (next(wide) if isinstance(one, Tensor) else one for one in limits)
    return structure.to(pointwise.clamp(input, low, high), x.dtype)


def _within(limit: Tensor | Number | None, x: Tensor) -> Tensor | Number | None:
    """A limit; an int within those of the dtype of ``x``, if that is one of integers."""
    if x.dtype.kind not in "iu" or not isinstance(limit, int):
        return limit
    most = iinfo(x.dtype)
    return builtins.max(most.min, builtins.min(most.max, limit))


def conj(x: Tensor, /) -> Tensor:
    """The complex conjugate: ``x`` itself, as there are no complex dtypes.

    ``(*) → (*)``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.conj(at.tensor([-1.5, 2.0]))
        tensor([-1.5000,  2.0000])
    """
    return structure.conj(need_own(x, "conj"))


def copysign(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``|x1|`` with the sign of ``x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.copysign``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.copysign(at.tensor([1.0, 2.0]), at.tensor([-0.0, 3.0]))
        tensor([-1.,  2.])
    """
    return pointwise.copysign(*alike("copysign", x1, x2))


def cos(x: Tensor, /) -> Tensor:
    """The cosine.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.cos``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.cos(at.tensor([0.0, 1.0]))
        tensor([1.0000, 0.5403])
    """
    return pointwise.cos(need_own(x, "cos"))


def cosh(x: Tensor, /) -> Tensor:
    """The hyperbolic cosine.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.cosh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.cosh(at.tensor([0.0, 1.0]))
        tensor([1.0000, 1.5431])
    """
    return pointwise.cosh(need_own(x, "cosh"))


def divide(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 / x2``; of integers too in the default floating-point dtype.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.true_divide``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.divide(at.tensor([1.0, 3.0]), at.tensor([2.0, 2.0]))
        tensor([0.5000, 1.5000])
    """
    return pointwise.true_divide(*alike("divide", x1, x2))


def equal(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 = x2``, element by element.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.equal(at.tensor([1, 2]), at.tensor([1, 3]))
        tensor([ True, False])
    """
    return pointwise.eq(*alike("equal", x1, x2))


def exp(x: Tensor, /) -> Tensor:
    """``e^x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.exp``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.exp(at.tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """
    return pointwise.exp(need_own(x, "exp"))


def expm1(x: Tensor, /) -> Tensor:
    """``e^x - 1``, exact near 0.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.expm1``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.expm1(at.tensor([0.0, 1.0]))
        tensor([0.0000, 1.7183])
    """
    return pointwise.expm1(need_own(x, "expm1"))


def floor(x: Tensor, /) -> Tensor:
    """The largest integer that is not above ``x``, in the dtype of ``x``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.floor``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.floor(at.tensor([-1.5, 1.5]))
        tensor([-2.,  1.])
    """
    return pointwise.floor(need_own(x, "floor"))


def floor_divide(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 / x2``, rounded down.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.floor_divide``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.floor_divide(at.tensor([7.0, -7.0]), at.tensor([2.0, 2.0]))
        tensor([ 3., -4.])
    """
    return pointwise.floor_divide(*alike("floor_divide", x1, x2))


def greater(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 > x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.greater(at.tensor([1, 2]), at.tensor([1, 1]))
        tensor([False,  True])
    """
    return pointwise.gt(*alike("greater", x1, x2))


def greater_equal(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 ≥ x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.greater_equal(at.tensor([1, 2]), at.tensor([1, 3]))
        tensor([ True, False])
    """
    return pointwise.ge(*alike("greater_equal", x1, x2))


def hypot(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``√(x1² + x2²)``, without overflow on the way.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.hypot``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.hypot(at.tensor([3.0, 5.0]), at.tensor([4.0, 12.0]))
        tensor([ 5., 13.])
    """
    return pointwise.hypot(*alike("hypot", x1, x2))


def isfinite(x: Tensor, /) -> Tensor:
    """Whether ``x`` is neither infinite nor NaN.

    ``(*) → (*)``, of bools.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.isfinite(at.tensor([1.0, float("inf")]))
        tensor([ True, False])
    """
    return pointwise.isfinite(need_own(x, "isfinite"))


def isinf(x: Tensor, /) -> Tensor:
    """Whether ``x`` is infinite, of either sign.

    ``(*) → (*)``, of bools.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.isinf(at.tensor([1.0, float("-inf")]))
        tensor([False,  True])
    """
    return pointwise.isinf(need_own(x, "isinf"))


def isnan(x: Tensor, /) -> Tensor:
    """Whether ``x`` is NaN.

    ``(*) → (*)``, of bools.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.isnan(at.tensor([1.0, float("nan")]))
        tensor([False,  True])
    """
    return pointwise.isnan(need_own(x, "isnan"))


def less(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 < x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.less(at.tensor([1, 2]), at.tensor([1, 3]))
        tensor([False,  True])
    """
    return pointwise.lt(*alike("less", x1, x2))


def less_equal(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 ≤ x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.less_equal(at.tensor([1, 2]), at.tensor([1, 1]))
        tensor([ True, False])
    """
    return pointwise.le(*alike("less_equal", x1, x2))


def log(x: Tensor, /) -> Tensor:
    """``ln x``; NaN below 0.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.log``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.log(at.tensor([1.0, 2.0]))
        tensor([0.0000, 0.6931])
    """
    return pointwise.log(need_own(x, "log"))


def log10(x: Tensor, /) -> Tensor:
    """``log₁₀ x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.log10``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.log10(at.tensor([2.0, 50.0]))
        tensor([0.3010, 1.6990])
    """
    return pointwise.log10(need_own(x, "log10"))


def log1p(x: Tensor, /) -> Tensor:
    """``ln(1 + x)``, exact near 0.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.log1p``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.log1p(at.tensor([0.0, 1.0]))
        tensor([0.0000, 0.6931])
    """
    return pointwise.log1p(need_own(x, "log1p"))


def log2(x: Tensor, /) -> Tensor:
    """``log₂ x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.log2``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.log2(at.tensor([1.0, 8.0]))
        tensor([0., 3.])
    """
    return pointwise.log2(need_own(x, "log2"))


def logaddexp(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``ln(e^x1 + e^x2)``, without overflow on the way.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.logaddexp``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.logaddexp(at.tensor([0.0, 1000.0]), at.tensor([0.0, 1000.0]))
        tensor([6.9315e-01, 1.0007e+03])
    """
    return pointwise.logaddexp(*alike("logaddexp", x1, x2))


def logical_and(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether both are True, or not 0.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.logical_and(at.tensor([True, True]), at.tensor([True, False]))
        tensor([ True, False])
    """
    return pointwise.logical_and(*alike("logical_and", x1, x2))


def logical_not(x: Tensor, /) -> Tensor:
    """Whether ``x`` is False, or 0.

    ``(*) → (*)``, of bools.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.logical_not(at.tensor([True, False]))
        tensor([False,  True])
    """
    return pointwise.logical_not(need_own(x, "logical_not"))


def logical_or(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether one at least is True, or not 0.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.logical_or(at.tensor([True, False]), at.tensor([False, False]))
        tensor([ True, False])
    """
    return pointwise.logical_or(*alike("logical_or", x1, x2))


def logical_xor(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether one of both is True, or not 0.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.logical_xor(at.tensor([True, True]), at.tensor([True, False]))
        tensor([False,  True])
    """
    return pointwise.logical_xor(*alike("logical_xor", x1, x2))


def maximum(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The larger of two; NaN if one is.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.maximum``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.maximum(at.tensor([1.0, 5.0]), at.tensor([3.0, 2.0]))
        tensor([3., 5.])
    """
    return pointwise.maximum(*alike("maximum", x1, x2))


def minimum(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The smaller of two; NaN if one is.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.minimum``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.minimum(at.tensor([1.0, 5.0]), at.tensor([3.0, 2.0]))
        tensor([1., 2.])
    """
    return pointwise.minimum(*alike("minimum", x1, x2))


def multiply(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 · x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.mul``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.multiply(at.tensor([1.0, 2.0]), at.tensor([10.0, 20.0]))
        tensor([10., 40.])
    """
    return pointwise.mul(*alike("multiply", x1, x2))


def negative(x: Tensor, /) -> Tensor:
    """``-x``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.neg``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.negative(at.tensor([-1.5, 2.0]))
        tensor([ 1.5000, -2.0000])
    """
    return pointwise.neg(need_own(x, "negative"))


def nextafter(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """The next number of the dtype after ``x1`` in the direction of ``x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.nextafter(at.tensor([0.0]), at.tensor([1.0]))
        tensor([1.4013e-45])
    """
    return pointwise.nextafter(*alike("nextafter", x1, x2))


def not_equal(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """Whether ``x1 ≠ x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.not_equal(at.tensor([1, 2]), at.tensor([1, 3]))
        tensor([False,  True])
    """
    return pointwise.ne(*alike("not_equal", x1, x2))


def positive(x: Tensor, /) -> Tensor:
    """``+x``: the same numbers.

    ``(*) → (*)``.  Differentiated as ``autotensor.positive``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has bools.

    Example:

        >>> at.array_api.positive(at.tensor([-1.5, 2.0]))
        tensor([-1.5000,  2.0000])
    """
    return structure.positive(need_own(x, "positive"))


def pow(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1^x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.pow``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.pow(at.tensor([2.0, 3.0]), at.tensor([3.0, 2.0]))
        tensor([8., 9.])
    """
    base, exponent = alike("pow", x1, x2)
    # A number as it is: negative ones are refused for integers.
    return pointwise.pow(base, exponent if isinstance(x2, Tensor) else x2)


def real(x: Tensor, /) -> Tensor:
    """The real part: ``x`` itself, as there are no complex dtypes.

    ``(*) → (*)``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.real(at.tensor([-1.5, 2.0]))
        tensor([-1.5000,  2.0000])
    """
    return structure.real(need_own(x, "real"))


def reciprocal(x: Tensor, /) -> Tensor:
    """``1 / x``.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.reciprocal``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.reciprocal(at.tensor([2.0, -4.0]))
        tensor([ 0.5000, -0.2500])
    """
    return pointwise.reciprocal(need_own(x, "reciprocal"))


def remainder(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """What ``floor_divide`` leaves: with the sign of ``x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.remainder``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.remainder(at.tensor([7.0, -7.0]), at.tensor([3.0, 3.0]))
        tensor([1., 2.])
    """
    return pointwise.remainder(*alike("remainder", x1, x2))


def round(x: Tensor, /) -> Tensor:
    """The nearest integer, of two the even one, in the dtype of ``x``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.round``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.round(at.tensor([0.5, 1.5]))
        tensor([0., 2.])
    """
    return pointwise.round(need_own(x, "round"))


def sign(x: Tensor, /) -> Tensor:
    """-1, 0 or 1; NaN where ``x`` is.

    ``(*) → (*)``.
    Differentiated as ``autotensor.sign``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.sign(at.tensor([-2.0, 0.0, 3.0]))
        tensor([-1.,  0.,  1.])
    """
    return pointwise.sign(need_own(x, "sign"))


def signbit(x: Tensor, /) -> Tensor:
    """Whether the sign of ``x`` is a minus, that of -0.0 too.

    ``(*) → (*)``, of bools.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.signbit(at.tensor([-0.0, 1.0]))
        tensor([ True, False])
    """
    return pointwise.signbit(need_own(x, "signbit"))


def sin(x: Tensor, /) -> Tensor:
    """The sine.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.sin``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.sin(at.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8415])
    """
    return pointwise.sin(need_own(x, "sin"))


def sinh(x: Tensor, /) -> Tensor:
    """The hyperbolic sine.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.sinh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.sinh(at.tensor([0.0, 1.0]))
        tensor([0.0000, 1.1752])
    """
    return pointwise.sinh(need_own(x, "sinh"))


def sqrt(x: Tensor, /) -> Tensor:
    """``√x``; NaN below 0.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.sqrt``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.sqrt(at.tensor([4.0, 2.0]))
        tensor([2.0000, 1.4142])
    """
    return pointwise.sqrt(need_own(x, "sqrt"))


def square(x: Tensor, /) -> Tensor:
    """``x²``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.square``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.square(at.tensor([-3.0, 2.0]))
        tensor([9., 4.])
    """
    return pointwise.square(need_own(x, "square"))


def subtract(x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1 - x2``.

    ``(*), (*) → (*)``, broadcast; one may be a number.
    Differentiated as ``autotensor.sub``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.
        RuntimeError: shapes that do not broadcast, or dtypes that this is not defined for.

    Example:

        >>> at.array_api.subtract(at.tensor([1.0, 2.0]), at.tensor([10.0, 20.0]))
        tensor([ -9., -18.])
    """
    return pointwise.sub(*alike("subtract", x1, x2))


def tan(x: Tensor, /) -> Tensor:
    """The tangent.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.tan``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.tan(at.tensor([0.0, 1.0]))
        tensor([0.0000, 1.5574])
    """
    return pointwise.tan(need_own(x, "tan"))


def tanh(x: Tensor, /) -> Tensor:
    """The hyperbolic tangent.

    ``(*) → (*)``; integers count as the default floating-point dtype.
    Differentiated as ``autotensor.tanh``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.tanh(at.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7616])
    """
    return pointwise.tanh(need_own(x, "tanh"))


def trunc(x: Tensor, /) -> Tensor:
    """``x`` without its fraction, in the dtype of ``x``.

    ``(*) → (*)``.
    Differentiated as ``autotensor.trunc``.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.trunc(at.tensor([-1.5, 1.5]))
        tensor([-1.,  1.])
    """
    return pointwise.trunc(need_own(x, "trunc"))
