"""Arithmetic, element by element and with broadcasting: sums, products, quotients, powers, roots.

In the formulas ``g`` is the gradient of the output and ``y`` the output.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.array_likes import repeats
from autotensor.creation import zeros_like
from autotensor.engine import dtypes
from autotensor.engine.operator import binary, function_only, has_in_place, unary
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.kernels.elementwise import without_bools
from autotensor.keywords import in_older_order, open_to_others
from autotensor.operators.arguments import need_room, need_tensor, need_tensors, number_of
from autotensor.operators.faces import python_operator
from autotensor.operators.pointwise.exponential import log, log_or_zero
from autotensor.operators.pointwise.rounding import sign, trunc
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.selection import where

__all__ = [
    "abs", "absolute", "add", "addcdiv", "addcmul", "div", "divide", "float_power", "floor_divide",
    "fmod", "gcd", "lcm", "lerp", "mul", "multiply", "neg", "negative", "pow", "reciprocal",
    "remainder", "rsqrt", "rsub", "sqrt", "square", "sub", "subtract", "true_divide",
]  # fmt: skip


@python_operator("add")
@binary(np.add, input=lambda g: g, other=lambda g: g, title="add")
def plus(input: Any, other: Any) -> Any:
    """``input + other``.  d input = g, d other = g."""


@python_operator("sub")
@binary(np.subtract, input=lambda g: g, other=lambda g: -g, title="sub")
def minus(input: Any, other: Any) -> Any:
    """``input - other``.  d input = g, d other = -g."""


@has_in_place
@open_to_others
def add(input: Any, other: Any, *older: Any, alpha: float = 1) -> Any:
    """``input + alpha · other``.  d input = g, d other = alpha · g.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([[1.0], [2.0]], requires_grad=True)
        >>> bias = at.tensor([10.0, 20.0, 30.0], requires_grad=True)
        >>> y = x + bias
        >>> y.shape
        torch.Size([2, 3])
        >>> y.sum().backward()
        >>> x.grad.tolist(), bias.grad.tolist()  # summed over where they were stretched
        ([[3.0], [3.0]], [2.0, 2.0, 2.0])
        >>> at.add(at.tensor([1, 2]), at.tensor([3, 4]), alpha=10)
        tensor([31, 42])
    """
    if older:
        return in_older_order(add, input, other, *older)
    return plus(input, other if alpha == 1 else _times_alpha(other, alpha, input, "add"))


@has_in_place
@open_to_others
def sub(input: Any, other: Any, *older: Any, alpha: float = 1) -> Any:
    """``input - alpha · other``.  d input = g, d other = -alpha · g.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> 10 - at.tensor([1, 12])
        tensor([ 9, -2])
        >>> x = at.tensor([5.0, 7.0], requires_grad=True)
        >>> loss = (x - at.tensor([4.0, 9.0])).square().sum()
        >>> loss.backward()
        >>> loss.item(), x.grad
        (5.0, tensor([ 2., -4.]))
    """
    if older:
        return in_older_order(sub, input, other, *older)
    return minus(input, other if alpha == 1 else _times_alpha(other, alpha, input, "sub"))


def _times_alpha(other: Any, alpha: float, input: Any, name: str) -> Any:
    """``other · alpha``; integers take no fraction of ``other``."""
    number_of(alpha, name, "alpha")
    dtype = dtypes.promoted(raw(input), raw(other))
    if isinstance(alpha, float) and dtype.kind != "f":
        raise RuntimeError(f"{name}: alpha must be an integer for integer Tensors, got {alpha}")
    # In the dtype of the sum: a bare number makes float32 of integers, and integers of bools.
    return other * (wrap(np.asarray(alpha).astype(dtype)) if isinstance(other, Tensor) else alpha)


@python_operator("mul")
@binary(
    np.multiply, input=lambda g, other: g * other, other=lambda g, input: g * input, in_place=True
)
def mul(input: Any, other: Any) -> Any:
    """``input · other``.  d input = g · other, d other = g · input.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> price = at.tensor([2.0, 3.0], requires_grad=True)
        >>> amount = at.tensor([10.0, 20.0], requires_grad=True)
        >>> (price * amount).sum().backward()
        >>> price.grad, amount.grad  # of each, the other
        (tensor([10., 20.]), tensor([2., 3.]))
    """


def _times(self: Tensor, other: Any) -> Any:
    """``other * self``; a list, tuple or str is repeated by a single whole number, as by an int."""
    try:
        return mul(other, self)
    except TypeError:
        if repeats(other, self):
            return NotImplemented  # Python asks the list, and that asks ``__index__``
        raise


method(_times, "__rmul__")


@python_operator("truediv")
@binary(
    np.true_divide,
    input=lambda g, other: g / other,
    other=lambda g, input, other: -g * (input / other / other),
    in_place=True,
)
def true_divide(input: Any, other: Any) -> Any:
    """``input / other``.  d input = g / other, d other = -g · input / other².

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.true_divide(at.tensor([7, 8]), 2)  # of integers, too, a floating-point number
        tensor([3.5000, 4.0000])
        >>> x = at.tensor(6.0, requires_grad=True)
        >>> y = at.tensor(2.0, requires_grad=True)
        >>> (x / y).backward()
        >>> x.grad, y.grad  # 1 / 2 and -6 / 4
        (tensor(0.5000), tensor(-1.5000))
    """


def _whole(ufunc: Any) -> Any:
    """``ufunc``, refusing to divide integers by 0, where NumPy gives 0."""

    def divide(x: Any, y: Any) -> Any:
        whole = np.asarray(y).dtype.kind != "f" and np.asarray(x).dtype.kind != "f"
        if whole and not np.all(y):
            raise RuntimeError("ZeroDivisionError: an integer is divided by 0")
        return ufunc(x, y)

    return divide


@python_operator("floordiv")
@binary(_whole(np.floor_divide), in_place=True)
def floor_divide(input: Any, other: Any) -> Any:
    """``⌊input / other⌋``, rounded towards minus infinity; no derivative.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.tensor([7, -7]) // 2
        tensor([ 3, -4])
        >>> at.floor_divide(at.tensor([7.5]), 2)
        tensor([3.])
    """


@binary(_whole(np.floor_divide), input=lambda g: zeros_like(g), other=lambda g: zeros_like(g))
def _floor_quotient(input: Any, other: Any) -> Any:
    """``⌊input / other⌋`` of floating-point numbers.  d input = 0, d other = 0."""


def _truncating(x: Any, y: Any) -> Any:
    if np.asarray(x).dtype.kind == "f":
        return np.trunc(np.true_divide(x, y))
    # Not by way of floats, which do not hold every integer.
    quotient = np.floor_divide(x, y)
    return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))


@binary(_whole(_truncating), input=lambda g: zeros_like(g), other=lambda g: zeros_like(g))
def _truncated_quotient(input: Any, other: Any) -> Any:
    """``trunc(input / other)``, of integers an integer.  d input = 0, d other = 0."""


@has_in_place
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """``input / other``, or rounded: ``rounding_mode`` is None, ``'trunc'`` or ``'floor'``.

    Shapes that broadcast to ``(*)`` give ``(*)``; integers divide to the default dtype, unless they
    are rounded.  Differentiated as ``true_divide``; what is rounded
    has the derivative 0.

    Raises:
        RuntimeError: the shapes do not broadcast.
        ValueError: another ``rounding_mode``.

    Example:

        >>> x, y = at.tensor([7, -7]), at.tensor([2, 2])
        >>> at.div(x, y)
        tensor([ 3.5000, -3.5000])
        >>> at.div(x, y, rounding_mode="trunc"), at.div(x, y, rounding_mode="floor")
        (tensor([ 3, -3]), tensor([ 3, -4]))
    """
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode == "floor":
        return _floor_quotient(input, other)
    if rounding_mode == "trunc":
        return _truncated_quotient(input, other)
    raise ValueError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}")


@python_operator("mod")
@binary(
    _whole(np.remainder),
    input=lambda g: g,
    other=lambda g, input, other: -g * floor_divide(input, other),
    in_place=True,
)
def remainder(input: Any, other: Any) -> Any:
    """``input - other · ⌊input / other⌋``, with the sign of ``other``.

    d input = g, d other = -g · ⌊input / other⌋.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.tensor([7, -7, 8]) % 3
        tensor([1, 2, 2])
        >>> at.remainder(at.tensor([400.0, -30.0]), 360)  # angles, made positive
        tensor([ 40., 330.])
    """


@binary(
    _whole(np.fmod),
    input=lambda g: g,
    other=lambda g, input, other: -g * trunc(input / other),
    in_place=True,
)
def fmod(input: Any, other: Any) -> Any:
    """``input - other · trunc(input / other)``, with the sign of ``input``.

    d input = g, d other = -g · trunc(input / other).

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.fmod(at.tensor([7.0, -7.0]), 3)
        tensor([ 1., -1.])
        >>> at.remainder(at.tensor([7.0, -7.0]), 3)
        tensor([1., 2.])
    """


def _power(x: Any, y: Any) -> Any:
    if x.__class__ is np.ndarray and x.dtype.kind == "b":
        raise TypeError  # NumPy gives int8, PyTorch refuses
    if isinstance(y, (int, float)) and y % 1 == 0 and y != 2 and np.asarray(x).dtype.kind == "f":
        # NumPy takes 57 ns for a negative number to an integer, for its absolute value 1.
        power = np.power(np.abs(x), y)
        return np.copysign(power, x) if y % 2 else power
    try:
        return np.power(x, y)
    except ValueError:
        # NumPy refuses integers to negative integers.  As in PyTorch, what is no integer becomes 0.
        if np.asarray(x).dtype.kind == "f" or not np.any(np.less(y, 0)):
            raise
        inverse = np.where(np.abs(x) == 1, x, 0)
        return np.where(np.less(y, 0), np.power(inverse, -y % 2 + 2), np.power(x, np.maximum(y, 0)))


@binary(
    _power,
    input=lambda g, input, other: _pow_by_base(g, input, other),
    other=lambda g, input, other, output: g * _pow_by_exponent(input, other, output),
)
def _pow(input: Any, other: Any) -> Any:
    """``input^other``.

    d input = g · other · input^(other - 1), d other = 0 where y = 0, else g · y · ln input.
    """


def _pow_by_base(g: Any, input: Any, other: Any) -> Any:
    """``g · other · input^(other-1)``, and 0 where ``other`` is 0, whatever the rest is."""
    if isinstance(other, (int, float)):
        if other == 0:
            return zeros_like(g)
        return g * (input * 2 if other == 2 else other * pow(input, other - 1))
    return where(other == 0, 0.0, g * (other * pow(input, where(other == 0, 1.0, other - 1))))


def _pow_by_exponent(input: Any, other: Any, output: Any) -> Any:
    """``output · ln input``, and 0 where ``output`` is, or ``input`` but no power that is below."""
    if isinstance(input, (int, float)) and input:
        return where(output == 0, 0.0, output * log_or_zero(input))
    nothing = (output == 0) | ((input == 0) & (other >= 0))
    return where(nothing, 0.0, output * log(where(nothing, 1.0, input)))


@python_operator("pow")
@has_in_place
def pow(input: Any, exponent: Any) -> Any:
    """``input^exponent``.

    d input = g · exponent · input^(exponent - 1),
    d exponent = 0 where y = 0, else g · y · ln input.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: integers to a negative power that is a number.  In a Tensor of powers a
            negative one gives 0, unless ``input`` is 1 or -1 there.

    Example:

        >>> x = at.tensor([2.0, 3.0], requires_grad=True)
        >>> (x**3).sum().backward()
        >>> x.grad  # 3 x²
        tensor([12., 27.])
        >>> 2 ** at.tensor([0, 1, 10])
        tensor([   1,    2, 1024])
    """
    if isinstance(exponent, (int, float)) and isinstance(input, Tensor):
        if isinstance(exponent, bool) and input.array.dtype.kind == "b":
            return input | (not exponent)
        if exponent == 2 and (input.array.dtype.kind == "f" or isinstance(exponent, int)):
            return mul(input, input) if input.array.dtype.kind != "b" else _pow(input, exponent)
        if input.array.dtype.kind != "f" and isinstance(exponent, int):
            if exponent < 0:
                raise RuntimeError(
                    "pow: integers to negative integer powers are not allowed; convert to float "
                    "first"
                )
            need_room(np.asarray(exponent), input.array.dtype, "pow")
    return _pow(input, exponent)


@python_operator("neg", alone=True)
@unary(np.negative, lambda g: -g, in_place=True)
def neg(input: Any) -> Any:
    """``-input``.  d input = -g.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        RuntimeError: bools; ``~`` or ``logical_not`` turns them.

    Example:

        >>> x = at.tensor([1.0, -2.0], requires_grad=True)
        >>> (-x).sum().backward()
        >>> (-x).tolist(), x.grad.tolist()
        ([-1.0, 2.0], [-1.0, -1.0])
    """


@python_operator("abs", alone=True)
@unary(np.absolute, lambda g, input: g * sign(input), in_place=True)
def abs(input: Any) -> Any:
    """``|input|``.  d input = g · sign(input): 0 at 0.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-3.0, 0.0, 2.0], requires_grad=True)
        >>> x.abs().sum().backward()  # as an L1 penalty
        >>> x.grad
        tensor([-1.,  0.,  1.])
    """


@unary(
    lambda x: np.square(x) if x.dtype.kind != "b" else x.astype(np.int64),
    lambda g, input: g * (2 * input),
    in_place=True,
)
def square(input: Any) -> Any:
    """``input²``.  d input = 2 g · input.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([-3.0, 2.0], requires_grad=True)
        >>> y = x.square()
        >>> y.sum().backward()
        >>> y.tolist(), x.grad.tolist()
        ([9.0, 4.0], [-6.0, 4.0])
    """


@unary(np.sqrt, lambda g, output: g / (2 * output), in_place=True)
def sqrt(input: Any) -> Any:
    """``√input``.  d input = g / (2 y).

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([4.0, 9.0], requires_grad=True)
        >>> x.sqrt().sum().backward()
        >>> x.grad  # 1 / (2 · 2) and 1 / (2 · 3)
        tensor([0.2500, 0.1667])
        >>> at.sqrt(at.tensor([16, -1]))
        tensor([4., nan])
    """


@unary(
    lambda x: 1 / np.sqrt(x), lambda g, output: g * (-0.5 * output * output * output), in_place=True
)
def rsqrt(input: Any) -> Any:
    """``1 / √input``.  d input = -g · y³ / 2.

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.rsqrt(at.tensor([4.0, 0.25, 0.0]))
        tensor([0.5000, 2.0000,    inf])
    """


@unary(lambda x: 1.0 / x, lambda g, output: -g * output * output, in_place=True)
def reciprocal(input: Any) -> Any:
    """``1 / input``.  d input = -g · y².

    ``(*)`` to ``(*)``; integers and bools count as the default floating-point dtype.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([2.0, -4.0], requires_grad=True)
        >>> x.reciprocal().sum().backward()
        >>> x.grad  # -1 / x²
        tensor([-0.2500, -0.0625])
    """


# PyTorch's other names for the same things.
absolute, negative, multiply, subtract = abs, neg, mul, sub
divide = div


@function_only
def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """``other - alpha · input``.  d input = -alpha · g, d other = g.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.rsub(at.tensor([0.25, 0.5]), 1)  # 1 - x
        tensor([0.7500, 0.5000])
    """
    need_tensor(input, "rsub")
    return sub(other, input, alpha=alpha)


@has_in_place
@open_to_others
def addcmul(input: Any, tensor1: Any, tensor2: Any, *older: Any, value: float = 1) -> Any:
    """``input + value · tensor1 · tensor2``, broadcast.

    d input = g, d tensor1 = g · value · tensor2, d tensor2 = g · value · tensor1.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: Tensors of integers and a ``value`` that is none.

    Example:

        >>> m, g = at.tensor([1.0, 2.0]), at.tensor([3.0, 4.0])
        >>> m.addcmul(g, g, value=0.5)  # m + 0.5 g²
        tensor([ 5.5000, 10.0000])
    """
    if older:
        return in_older_order(addcmul, input, tensor1, tensor2, *older)
    need_tensors("addcmul", input=input, tensor1=tensor1, tensor2=tensor2)
    whole = all(one.dtype.kind != "f" for one in (input, tensor1, tensor2))
    if whole and not float(value).is_integer():
        raise RuntimeError(f"addcmul: value must be an integer for integer Tensors, got {value}")
    return add(input, mul(tensor1, tensor2), alpha=int(value) if whole else value)


@has_in_place
@open_to_others
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *older: Any, value: float = 1) -> Any:
    """``input + value · tensor1 / tensor2``, broadcast.

    d input = g, d tensor1 = g · value / tensor2, d tensor2 = -g · value · tensor1 / tensor2².

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: ``tensor1`` and ``tensor2`` of integers.

    Example:

        >>> weight, step, scale = at.ones(2), at.tensor([3.0, 4.0]), at.tensor([2.0, 8.0])
        >>> weight.addcdiv(step, scale, value=-0.1)  # the last line of Adam
        tensor([0.8500, 0.9500])
    """
    if older:
        return in_older_order(addcdiv, input, tensor1, tensor2, *older)
    need_tensors("addcdiv", input=input, tensor1=tensor1, tensor2=tensor2)
    if all(one.dtype.kind != "f" for one in (tensor1, tensor2)):
        raise RuntimeError(
            "addcdiv: tensor1 and tensor2 are integers; convert one of them first, e.g. with "
            ".float()"
        )
    return add(input, true_divide(tensor1, tensor2), alpha=value)


@has_in_place
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """``input + weight · (end - input)``, and just ``end`` where ``weight`` is 1.

    d input = g · (1 - weight), d end = g · weight, d weight = g · (end - input).

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: different dtypes, or integers.

    Example:

        >>> start, end = at.tensor([0.0, 10.0]), at.tensor([4.0, 20.0])
        >>> at.lerp(start, end, 0.25)
        tensor([ 1.0000, 12.5000])
        >>> average = at.tensor([1.0])
        >>> average.lerp_(at.tensor([2.0]), 0.1)  # a running average
        tensor([1.1000])
    """
    need_tensors("lerp", input=input, end=end)
    if isinstance(weight, Tensor) and weight.ndim == 0:
        if input.ndim == end.ndim == 0 and input.dtype == end.dtype:
            kind = dtypes.promoted(raw(input), raw(weight))
            input, end = to(input, kind), to(end, kind)
        weight = to(weight, input.dtype)
    others = (end, weight) if isinstance(weight, Tensor) else (end,)
    if input.dtype.kind != "f" or any(one.dtype != input.dtype for one in others):
        given = ", ".join(str(one.dtype) for one in (input, *others))
        raise RuntimeError(f"lerp: expected Tensors of one floating-point dtype, got {given}")
    way = end - input
    # From the nearer end, so that both ends are met to the last digit.
    if isinstance(weight, Tensor):
        return where(absolute(weight) < 0.5, input + weight * way, end - way * (1 - weight))
    return input + way * weight if math.fabs(weight) < 0.5 else end - way * (1 - weight)


@has_in_place
def float_power(input: Any, exponent: Any) -> Any:
    """``input ** exponent`` in float64, whatever the dtypes.  Differentiated as ``pow``.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.float_power(at.tensor([2, 10]), -1)
        tensor([0.5000, 0.1000], dtype=float64)
        >>> at.float_power(at.tensor([1e30]), 2)  # more than float32 could hold
        tensor([1.0000e+60], dtype=float64)
    """
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise TypeError("float_power: input or exponent must be a Tensor, got two numbers")
    for argument, value in (("input", input), ("exponent", exponent)):
        if not isinstance(value, (Tensor, int, float, np.generic)):
            raise TypeError(
                f"float_power: {argument} must be a Tensor or a number, got {type(value).__name__}"
            )
    return pow(*(_doubled(one) for one in (input, exponent)))


def _doubled(value: Any) -> Any:
    return to(value, dtypes.float64) if isinstance(value, Tensor) else float(value)


@binary(without_bools(np.gcd), in_place=True)
def gcd(input: Any, other: Any) -> Any:
    """Greatest common divisor; integers.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.gcd(at.tensor([12, 7, 0]), at.tensor([18, 5, 4]))
        tensor([6, 1, 4])
    """


@binary(without_bools(np.lcm), in_place=True)
def lcm(input: Any, other: Any) -> Any:
    """Least common multiple; integers.

    Shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.lcm(at.tensor([4, 3]), at.tensor([6, 5]))
        tensor([12, 15])
    """
