"""Elementwise operators, activations among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from nn.onnx.aligning import Value
from nn.onnx.converters.registry import converts
from nn.onnx.graph import Graph, Operand

__all__ = ["as_operands", "common_dtype"]


def common_dtype(*given: Any) -> np.dtype:
    """In what dtype operands are compared or computed with."""
    kinds = [one.dtype for one in given if isinstance(one, Value)]
    wide: Any = kinds[0]
    for kind in kinds[1:]:
        wide = at.promote_types(wide, kind)
    for one in given:
        if isinstance(one, float) and wide.kind != "f":
            wide = at.get_default_dtype()
        elif isinstance(one, int) and not isinstance(one, bool) and wide.kind == "b":
            wide = np.dtype(np.int64)
    return np.dtype(wide)


def as_operands(g: Graph, dtype: Any, *given: Any) -> list[Any]:
    """Values and numbers as operands of ``dtype``."""
    return [
        g.cast(one, one.dtype, dtype)
        if isinstance(one, Value)
        else one
        if one is None or isinstance(one, str)
        else g.cast(one, one.dtype, dtype)
        if isinstance(one, (np.ndarray, np.generic))
        else g.scalar(one, dtype)
        for one in given
    ]


# -- one argument ----------------------------------------------------------------------------------

_ONE = {
    "abs": "Abs",
    "acos": "Acos",
    "acosh": "Acosh",
    "asin": "Asin",
    "asinh": "Asinh",
    "atan": "Atan",
    "atanh": "Atanh",
    "ceil": "Ceil",
    "cos": "Cos",
    "cosh": "Cosh",
    "erf": "Erf",
    "exp": "Exp",
    "floor": "Floor",
    "log": "Log",
    "neg": "Neg",
    "reciprocal": "Reciprocal",
    "rint": "Round",
    "sigmoid": "Sigmoid",
    "sign": "Sign",
    "sin": "Sin",
    "sinh": "Sinh",
    "softsign": "Softsign",
    "sqrt": "Sqrt",
    "tan": "Tan",
    "tanh": "Tanh",
}
"""Operators that ONNX has too, by name."""


def _alike(kind: str) -> Callable[..., Any]:
    def convert(g: Graph, input: Value, output: Value) -> Any:
        whole = output.dtype.kind in "iu" and kind in ("Ceil", "Floor", "Round")
        return input if whole else g.op(kind, g.cast(input, input.dtype, output.dtype))

    return convert


for _name, _kind in _ONE.items():
    converts(_name)(_alike(_kind))


def _composed(name: str, compute: Callable[..., Any]) -> None:
    """An operator of one argument, by a function of the graph, its argument, and numbers' maker."""

    def convert(g: Graph, input: Value, output: Value) -> Any:
        x = g.named(g.cast(input, input.dtype, output.dtype))
        return compute(g, x, lambda number: g.scalar(number, output.dtype))

    converts(name)(convert)


_composed("square", lambda g, x, n: g.op("Mul", x, x))
_composed("rsqrt", lambda g, x, n: g.op("Reciprocal", g.op("Sqrt", x)))
_composed("exp2", lambda g, x, n: g.op("Pow", n(2), x))
_composed("expm1", lambda g, x, n: g.op("Sub", g.op("Exp", x), n(1)))
_composed("log1p", lambda g, x, n: g.op("Log", g.op("Add", x, n(1))))
_composed("log2", lambda g, x, n: g.op("Div", g.op("Log", x), n(math.log(2))))
_composed("log10", lambda g, x, n: g.op("Div", g.op("Log", x), n(math.log(10))))
_composed("erfc", lambda g, x, n: g.op("Sub", n(1), g.op("Erf", x)))
_composed("logit", lambda g, x, n: g.op("Log", g.op("Div", x, g.op("Sub", n(1), x))))
_composed("deviation", lambda g, x, n: g.op("Sqrt", x))


@converts("relu")
def _relu(g: Graph, input: Value) -> Any:
    if input.dtype.kind == "f":
        return g.op("Relu", input)
    # ONNX Runtime has no Relu of whole numbers, and Max not of small ones.
    found = g.op("Max", g.cast(input, input.dtype, np.int64), g.scalar(0, np.int64))
    return g.cast(found, np.int64, input.dtype)


@converts("trunc")
def _trunc(g: Graph, input: Value) -> Any:
    if input.dtype.kind != "f":
        return input
    return g.op("Mul", g.op("Sign", input), g.op("Floor", g.op("Abs", input)))


@converts("frac")
def _frac(g: Graph, input: Value) -> Any:
    return g.op("Sub", input, _trunc(g, input))


@converts("logical_not")
def _logical_not(g: Graph, input: Value) -> Any:
    return g.op("Not", g.cast(input, input.dtype, np.bool_))


@converts("bitwise_not")
def _bitwise_not(g: Graph, input: Value) -> Any:
    return g.op("Not" if input.dtype.kind == "b" else "BitwiseNot", input)


def _no_number(g: Graph, input: Value) -> Any:
    """False everywhere, which is what integers are asked."""
    return g.op("Expand", g.constant(np.array(False)), list(input.shape))


@converts("isnan")
def _isnan(g: Graph, input: Value) -> Any:
    return g.op("IsNaN", input) if input.dtype.kind == "f" else _no_number(g, input)


@converts("isinf")
def _isinf(g: Graph, input: Value) -> Any:
    return g.op("IsInf", input) if input.dtype.kind == "f" else _no_number(g, input)


@converts("isneginf")
def _isneginf(g: Graph, input: Value) -> Any:
    return g.op("IsInf", input, detect_positive=0)


@converts("isposinf")
def _isposinf(g: Graph, input: Value) -> Any:
    return g.op("IsInf", input, detect_negative=0)


@converts("isfinite")
def _isfinite(g: Graph, input: Value) -> Any:
    if input.dtype.kind != "f":
        return g.op("Not", _no_number(g, input))
    return g.op("Not", g.op("Or", g.op("IsInf", input), g.op("IsNaN", input)))


# -- two -------------------------------------------------------------------------------------------

_TWO = {
    "add": "Add",
    "mul": "Mul",
    "true_divide": "Div",
    "maximum": "Max",
    "minimum": "Min",
    "sub": "Sub",
    "pow": "Pow",
}


def _arithmetic(kind: str) -> Callable[..., Any]:
    def convert(g: Graph, input: Any, other: Any, output: Value) -> Any:
        if output.dtype.kind == "b":
            kinds = {"Add": "Or", "Mul": "And", "Max": "Or", "Min": "And"}
            return g.op(kinds[kind], *as_operands(g, np.bool_, input, other))
        return g.op(kind, *as_operands(g, output.dtype, input, other))

    return convert


for _name, _kind in _TWO.items():
    converts(_name)(_arithmetic(_kind))


def _comparison(kind: str, negated: bool = False) -> Callable[..., Any]:
    def convert(g: Graph, input: Any, other: Any) -> Any:
        wide = common_dtype(input, other)
        if wide.kind == "b" and kind != "Equal":
            wide = np.dtype(np.int32)
        found = g.op(kind, *as_operands(g, wide, input, other))
        return g.op("Not", found) if negated else found

    return convert


for _name, _kind in {
    "eq": "Equal",
    "ge": "GreaterOrEqual",
    "gt": "Greater",
    "le": "LessOrEqual",
    "lt": "Less",
}.items():
    converts(_name)(_comparison(_kind))
converts("ne")(_comparison("Equal", negated=True))


def _logic(kind: str, bits: str = "") -> Callable[..., Any]:
    def convert(g: Graph, input: Any, other: Any, output: Value) -> Any:
        if bits and output.dtype.kind != "b":
            return g.op(bits, *as_operands(g, output.dtype, input, other))
        return g.op(kind, *as_operands(g, np.bool_, input, other))

    return convert


for _name in ("and", "or", "xor"):
    converts(f"logical_{_name}")(_logic(_name.title()))
    converts(f"bitwise_{_name}")(_logic(_name.title(), f"Bitwise{_name.title()}"))


def _shifted(g: Graph, x: Any, by: Any, direction: str) -> Any:
    """Whole numbers that are not below 0, in int64; ONNX shifts numbers without a sign alone."""
    bits, count = (g.cast(one, np.int64, np.uint64) for one in (x, by))
    return g.cast(g.op("BitShift", bits, count, direction=direction), np.uint64, np.int64)


@converts("bitwise_left_shift")
def _bitwise_left_shift(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, by = as_operands(g, np.int64, input, other)
    return g.cast(_shifted(g, x, by, "LEFT"), np.int64, output.dtype)


@converts("bitwise_right_shift")
def _bitwise_right_shift(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, by = as_operands(g, np.int64, input, other)
    below = g.op("Less", x, g.scalar(0, np.int64))  # of those all bits are turned round, twice
    found = _shifted(g, g.op("Where", below, g.op("BitwiseNot", x), x), by, "RIGHT")
    found = g.op("Where", below, g.op("BitwiseNot", found), found)
    return g.cast(found, np.int64, output.dtype)


@converts("remainder")
def _remainder(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    if output.dtype.kind != "f":
        return g.op("Mod", x, y)
    return g.op("Sub", x, g.op("Mul", g.op("Floor", g.op("Div", x, y)), y))


@converts("fmod")
def _fmod(g: Graph, input: Any, other: Any, output: Value) -> Any:
    return g.op("Mod", *as_operands(g, output.dtype, input, other), fmod=1)


@converts("floor_divide", "floor_quotient")
def _floor_divide(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    if output.dtype.kind == "f":
        return g.op("Floor", g.op("Div", x, y))
    return g.op("Div", g.op("Sub", x, g.op("Mod", x, y)), y)


@converts("truncated_quotient")
def _truncated_quotient(g: Graph, input: Any, other: Any, output: Value) -> Any:
    found = g.op("Div", *as_operands(g, output.dtype, input, other))
    if output.dtype.kind != "f":
        return found
    return g.op("Mul", g.op("Sign", found), g.op("Floor", g.op("Abs", found)))


@converts("hypot")
def _hypot(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    return g.op("Sqrt", g.op("Add", g.op("Mul", x, x), g.op("Mul", y, y)))


@converts("atan2")
def _atan2(g: Graph, input: Any, other: Any, output: Value) -> Any:
    y, x = as_operands(g, output.dtype, input, other)
    zero, half = g.scalar(0, output.dtype), g.scalar(math.pi / 2, output.dtype)
    angle = g.op("Atan", g.op("Div", y, x))
    turn = g.op(
        "Where",
        g.op("Less", y, zero),
        g.scalar(-math.pi, output.dtype),
        g.scalar(math.pi, output.dtype),
    )
    left = g.op("Where", g.op("Less", x, zero), g.op("Add", angle, turn), angle)
    upright = g.op("Mul", g.op("Sign", y), half)
    return g.op("Where", g.op("Equal", x, zero), upright, left)


@converts("logaddexp")
def _logaddexp(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    apart = g.op("Neg", g.op("Abs", g.op("Sub", x, y)))
    return g.op("Add", g.op("Max", x, y), g.op("Softplus", apart))


@converts("xlogy")
def _xlogy(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    zero = g.scalar(0, output.dtype)
    return g.op("Where", g.op("Equal", x, zero), zero, g.op("Mul", x, g.op("Log", y)))


@converts("squared_error")
def _squared_error(g: Graph, input: Any, target: Any, factor: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, target)
    apart = g.op("Sub", x, y)
    return g.op("Mul", g.op("Mul", apart, apart), as_operands(g, output.dtype, factor)[0])


@converts("copysign")
def _copysign(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y = as_operands(g, output.dtype, input, other)
    size = g.op("Abs", x)
    return g.op("Where", g.op("Less", y, g.scalar(0, output.dtype)), g.op("Neg", size), size)


@converts("signbit")
def _signbit(g: Graph, input: Value) -> Any:
    return g.op("Less", input, g.scalar(0, input.dtype))


@converts("heaviside")
def _heaviside(g: Graph, input: Any, other: Any, output: Value) -> Any:
    x, y, zero, one = as_operands(g, output.dtype, input, other, 0, 1)
    step = g.op("Where", g.op("Less", x, zero), zero, one)
    return g.op("Where", g.op("Equal", x, zero), y, step)


@converts("sinc")
def _sinc(g: Graph, input: Value, order: Any, output: Value) -> Any:
    if order:
        g.refuse("is a derivative of sinc")
    turns = g.op("Mul", input, g.scalar(math.pi, output.dtype))
    zero, one = g.scalar(0, output.dtype), g.scalar(1, output.dtype)
    at_zero = g.op("Equal", turns, zero)
    below = g.op("Where", at_zero, one, turns)
    return g.op("Where", at_zero, one, g.op("Div", g.op("Sin", turns), below))


@converts(at.isclose)
def _isclose(g: Graph, input: Value, other: Value, rtol: Any, atol: Any, equal_nan: Any) -> Any:
    if input.dtype.kind != "f":
        return g.op("Equal", input, other)
    apart = g.op("Abs", g.op("Sub", input, other))
    bound = g.op("Mul", g.op("Abs", other), g.scalar(rtol, input.dtype))
    bound = g.op("Add", bound, g.scalar(atol, input.dtype))
    near = g.op("Or", g.op("LessOrEqual", apart, bound), g.op("Equal", input, other))
    far = g.op("And", g.op("IsInf", other), g.op("Not", g.op("Equal", input, other)))
    near = g.op("And", near, g.op("Not", far))
    if equal_nan:
        near = g.op("Or", near, g.op("And", g.op("IsNaN", input), g.op("IsNaN", other)))
    return near


# -- bounds and choices ----------------------------------------------------------------------------


@converts("clamp")
def _clamp(g: Graph, input: Value, min: Any, max: Any, output: Value) -> Any:
    x = g.cast(input, input.dtype, output.dtype)
    low, high = (
        None if one is None else as_operands(g, output.dtype, one)[0] for one in (min, max)
    )
    if all(not isinstance(one, Value) or one.ndim == 0 for one in (min, max)):
        return g.op("Clip", x, low, high)
    if low is not None:
        x = g.op("Max", x, low)
    return x if high is None else g.op("Min", x, high)


@converts("at_least")
def _at_least(g: Graph, input: Value, bound: Any, output: Value) -> Any:
    return g.op("Max", input, as_operands(g, output.dtype, bound)[0])


@converts("nan_to_num")
def _nan_to_num(g: Graph, input: Value, nan: Any, posinf: Any, neginf: Any) -> Any:
    if input.dtype.kind != "f":
        return input
    facts = np.finfo(input.dtype)
    zero = 0.0 if nan is None else nan
    top = facts.max if posinf is None else posinf
    bottom = facts.min if neginf is None else neginf
    out: Operand = g.op("Where", g.op("IsNaN", input), g.scalar(zero, input.dtype), input)
    above = g.op("IsInf", input, detect_negative=0)
    out = g.op("Where", above, g.scalar(top, input.dtype), out)
    below = g.op("IsInf", input, detect_positive=0)
    return g.op("Where", below, g.scalar(bottom, input.dtype), out)


@converts("where", at.where)
def _where(g: Graph, condition: Any, input: Any, other: Any, output: Any) -> Any:
    if input is None and other is None:
        places = g.op("NonZero", condition)
        return tuple(g.op("Gather", places, np.int64(at), axis=0) for at in range(len(output)))
    x, y = as_operands(g, output.dtype, input, other)
    return g.op("Where", g.cast(condition, condition.dtype, np.bool_), x, y)


@converts(at.masked_fill)
def _masked_fill(g: Graph, input: Value, mask: Value, value: Any, output: Value) -> Any:
    filler, kept = as_operands(g, output.dtype, value, input)
    return g.op("Where", g.cast(mask, mask.dtype, np.bool_), filler, kept)


# -- activations -----------------------------------------------------------------------------------


@converts("leaky_relu")
def _leaky_relu(g: Graph, input: Value, slope: Any) -> Any:
    return g.op("LeakyRelu", input, alpha=float(g.number(slope)))


@converts(F.prelu)
def _prelu(g: Graph, input: Value, weight: Value) -> Any:
    if weight.ndim == 1 and input.ndim > 2:
        weight = g.op("Unsqueeze", weight, list(range(1, input.ndim - 1)))
    return g.op("PRelu", input, weight)


@converts("hardtanh")
def _hardtanh(g: Graph, input: Value, low: Any, high: Any) -> Any:
    return g.op("Clip", input, *as_operands(g, input.dtype, low, high))


@converts(F.hardsigmoid)
def _hardsigmoid(g: Graph, input: Value) -> Any:
    return g.op("HardSigmoid", input, alpha=1 / 6, beta=0.5)


@converts("hardswish")
def _hardswish(g: Graph, input: Value) -> Any:
    return g.op("HardSwish", input)


@converts("elu")
def _elu(g: Graph, input: Value, scale: Any, alpha: Any, rate: Any) -> Any:
    scale, alpha, rate = (float(g.number(one)) for one in (scale, alpha, rate))
    if rate == 1.0:
        if scale == 1.0:
            return g.op("Elu", input, alpha=alpha)
        return g.op("Selu", input, alpha=alpha, gamma=scale)
    zero = g.scalar(0, input.dtype)
    bent = g.op("Exp", g.op("Mul", g.op("Min", input, zero), g.scalar(rate, input.dtype)))
    below = g.op("Mul", g.op("Sub", bent, g.scalar(1, input.dtype)), g.scalar(alpha, input.dtype))
    out = g.op("Add", g.op("Max", input, zero), below)
    return out if scale == 1.0 else g.op("Mul", out, g.scalar(scale, input.dtype))


@converts("softplus")
def _softplus(g: Graph, input: Value, beta: Any, limit: Any) -> Any:
    if beta == 1.0 and limit >= 20:
        return g.op("Softplus", input)
    steep = g.op("Mul", input, g.scalar(beta, input.dtype))
    bent = g.op("Div", g.op("Softplus", steep), g.scalar(beta, input.dtype))
    return g.op("Where", g.op("Greater", steep, g.scalar(limit, input.dtype)), input, bent)


@converts("logsigmoid")
def _logsigmoid(g: Graph, input: Value) -> Any:
    return g.op("Neg", g.op("Softplus", g.op("Neg", input)))


@converts(F.gelu)
def _gelu(g: Graph, input: Value, approximate: str) -> Any:
    if g.opset >= 20:
        return g.op("Gelu", input, approximate=approximate)
    if approximate == "none":
        return g.op("Mul", input, _normal_cdf(g, input))
    cube = g.op("Mul", input, g.op("Mul", input, input))
    bent = g.op("Add", input, g.op("Mul", cube, g.scalar(0.044715, input.dtype)))
    bell = g.op("Tanh", g.op("Mul", bent, g.scalar(math.sqrt(2 / math.pi), input.dtype)))
    half = g.scalar(0.5, input.dtype)
    return g.op("Mul", input, g.op("Add", g.op("Mul", bell, half), half))


@converts(F.mish)
def _mish(g: Graph, input: Value) -> Any:
    return g.op("Mish", input)


@converts(F.silu)
def _silu(g: Graph, input: Value) -> Any:
    return g.op("Mul", input, g.op("Sigmoid", input))


@converts("normal_cdf", "ndtr")
def _normal_cdf(g: Graph, input: Value) -> Any:
    bell = g.op("Erf", g.op("Mul", input, g.scalar(math.sqrt(0.5), input.dtype)))
    half = g.scalar(0.5, input.dtype)
    return g.op("Add", g.op("Mul", bell, half), half)


@converts(
    F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout
)
def _dropout(g: Graph, input: Value, p: Any, training: Any) -> Any:
    if training and p:
        g.refuse("draws random numbers: it is told to drop out in evaluation too")
    return input
