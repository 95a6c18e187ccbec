"""Cases of the elementwise operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    TIES,
    Case,
    reals,
    turned,
)

# name: the interval on which it is smooth
UNARY = {
    "abs": (-2, 2), "absolute": (-2, 2), "acos": (-0.9, 0.9), "acosh": (1.2, 4),
    "arccos": (-0.9, 0.9), "arcsin": (-0.9, 0.9), "arctan": (-2, 2), "asin": (-0.9, 0.9),
    "asinh": (-2, 2), "atan": (-2, 2), "atanh": (-0.9, 0.9), "ceil": (-2.9, 2.9),
    "clone": (-2, 2), "cos": (-2, 2), "cosh": (-2, 2), "erf": (-2, 2), "exp": (-2, 2),
    "exp2": (-2, 2), "expm1": (-2, 2), "floor": (-2.9, 2.9), "frac": (-2.9, 2.9), "log": (0.2, 3),
    "log10": (0.2, 3), "log1p": (-0.5, 3), "log2": (0.2, 3), "neg": (-2, 2), "negative": (-2, 2),
    "reciprocal": (0.3, 2), "relu": (-2, 2), "round": (-2.9, 2.9), "rsqrt": (0.3, 3),
    "sigmoid": (-4, 4), "sign": (-2, 2), "sin": (-2, 2), "sinh": (-2, 2), "sqrt": (0.3, 3),
    "square": (-2, 2), "tan": (-1.2, 1.2), "tanh": (-2, 2), "trunc": (-2.9, 2.9),
}  # fmt: skip

# name: the intervals of the two arguments
BINARY = {
    "add": (-2, 2, -2, 2), "sub": (-2, 2, -2, 2), "subtract": (-2, 2, -2, 2),
    "mul": (-2, 2, -2, 2), "multiply": (-2, 2, -2, 2), "div": (-2, 2, 0.5, 2),
    "divide": (-2, 2, 0.5, 2), "true_divide": (-2, 2, 0.5, 2), "pow": (0.3, 2, -2, 2),
    "maximum": (-2, 2, -1.9, 2.1), "minimum": (-2, 2, -1.9, 2.1), "atan2": (0.2, 2, -2, 2),
    "logaddexp": (-2, 2, -2, 2),
}  # fmt: skip

# Those whose PyTorch counterpart takes a number on the right.
NUMBER_RIGHT = {"add", "sub", "mul", "div", "true_divide", "pow", "multiply", "subtract", "divide"}


def _unary_cases() -> Iterator[Case]:
    for name, (low, high) in UNARY.items():

        def function(lib: Any, x: Any, name: str = name) -> Any:
            return getattr(lib, name)(x)

        yield Case(name, "matrix", function, (reals((3, 4), low, high),))
        yield Case(name, "turned", function, (turned(reals((2, 3, 2), low, high)),))
        yield Case(name, "0-d", function, (reals((), low, high) * 0.9,))
        yield Case(name, "empty", function, (np.zeros((2, 0)),))


def _binary_cases() -> Iterator[Case]:
    for name, (low, high, bottom, top) in BINARY.items():

        def function(lib: Any, x: Any, y: Any, name: str = name) -> Any:
            return getattr(lib, name)(x, y)

        def one(shape: Any) -> np.ndarray:
            return reals(shape, low, high)  # noqa: B023

        def two(shape: Any) -> np.ndarray:
            return reals(shape, bottom, top, seed=1)  # noqa: B023

        yield Case(name, "same", function, (one((2, 3)), two((2, 3))))
        yield Case(name, "ranks", function, (one((3, 2, 2)), two((1, 2))))
        yield Case(name, "stretched", function, (one((3, 1)), two((2, 1, 2))))
        yield Case(name, "turned", function, (turned(one((2, 3))), two((2, 3))))
        yield Case(name, "0-d", function, (one((2,)), two(()) + 0.01))
        yield Case(name, "both 0-d", function, (one(()) + 0.01, two(()) + 0.02))
        yield Case(name, "empty", function, (np.zeros((0, 2)), two((2,))))
        if name in NUMBER_RIGHT:
            number = 1.5
            yield Case(name, "number", function, (one((2, 3)), number))


def _more_elementwise() -> Iterator[Case]:
    x, y = reals((3, 4)), reals((3, 4), seed=1)
    positive = reals((3, 4), 0.3, 2)
    mask = np.random.default_rng(0).random((3, 4)) > 0.5
    yield Case("add", "alpha", lambda lib, a, b: lib.add(a, b, alpha=3), (x, y))
    yield Case("sub", "alpha", lambda lib, a, b: lib.sub(a, b, alpha=0.5), (x, y))
    for mode in ("trunc", "floor"):
        yield Case(
            "div", mode, lambda lib, a, b, m=mode: lib.div(a, b, rounding_mode=m), (x * 5, positive)
        )
    yield Case("remainder", "two", lambda lib, a, b: lib.remainder(a, b), (x * 5, positive))
    yield Case("remainder", "number", lambda lib, a: lib.remainder(a, 0.7), (x,))
    yield Case("fmod", "two", lambda lib, a, b: lib.fmod(a, b), (x * 5, positive))
    yield Case("fmod", "number", lambda lib, a: lib.fmod(a, 0.7), (x,))
    for exponent in (0, 1, 2, 3, -1, 0.5, 2.0):
        yield Case("pow", f"{exponent}", lambda lib, a, e=exponent: lib.pow(a, e), (positive,))
    yield Case("pow", "negative base", lambda lib, a: a**3, (x,))
    yield Case("pow", "of a number", lambda lib, a: 1.7**a, (x,))
    for low, high in ((-0.5, 0.7), (None, 0.7), (-0.5, None)):
        for name in ("clamp", "clip"):
            yield Case(
                name,
                f"{low}, {high}",
                lambda lib, a, n=name, lo=low, hi=high: getattr(lib, n)(a, lo, hi),
                (x,),
            )
    low_bounds, high_bounds = x[0] * 0.3 - 0.71, x[0] * 0.3 + 0.72
    yield Case(
        "clamp", "Tensors", lambda lib, a, b, c: lib.clamp(a, b, c), (x, low_bounds, high_bounds)
    )
    yield Case("clamp", "Tensor above", lambda lib, a, b: lib.clamp(a, max=b), (x, high_bounds))
    yield Case("where", "two", lambda lib, m, a, b: lib.where(m, a, b), (mask, x, y))
    yield Case(
        "where", "stretched", lambda lib, m, a, b: lib.where(m, a, b), (mask, x[0], y[:, :1])
    )
    yield Case("where", "number", lambda lib, m, a: lib.where(m, a, 2.0), (mask, x))
    yield Case("masked_fill", "number", lambda lib, a, m: lib.masked_fill(a, m, -1.5), (x, mask))
    yield Case(
        "masked_fill", "stretched", lambda lib, a, m: lib.masked_fill(a, m, 0.0), (x, mask[0])
    )
    yield Case(
        "masked_fill", "0-d", lambda lib, a, m, v: a.masked_fill(m, v), (x, mask, reals(()) + 1)
    )
    yield Case("round", "decimals", lambda lib, a: lib.round(a, decimals=1), (x * 1.01,))
    yield Case("to", "dtype", lambda lib, a: a.to(lib.float64), (x,))
    yield Case("to", "copy", lambda lib, a: a.to(lib.float64, copy=True), (x,))
    yield Case("to", "like", lambda lib, a, b: a.to(b), (x, y))


def _tie_cases() -> Iterator[Case]:
    for name in ("maximum", "minimum"):
        yield Case(
            name,
            "tie",
            lambda lib, a, b, n=name: getattr(lib, n)(a, b),
            (TIES, TIES[:, ::-1].copy()),
        )
    yield Case("abs", "at 0", lambda lib, a: lib.abs(a), (np.array([0.0, -0.0, 1.0]),))
    yield Case("relu", "at 0", lambda lib, a: lib.relu(a), (np.array([0.0, -0.0, 1.0]),))
    yield Case("clamp", "at the bounds", lambda lib, a: lib.clamp(a, 2.0, 3.0), (TIES,))
    yield Case("pow", "0 ** 0", lambda lib, a: a**0, (np.zeros(2),))
    yield Case("pow", "0 ** 2", lambda lib, a: a**2, (np.zeros(2),))
    yield Case("pow", "0 ** 1", lambda lib, a: a**1, (np.zeros(2),))
    yield Case(
        "pow",
        "0 ** y",
        lambda lib, a, b: a**b,
        (np.zeros(3), np.array([0.0, 1.0, 2.0])),
        second=False,
    )
    yield Case("pow", "0.0 ** y", lambda lib, b: 0.0**b, (np.array([1.0, 2.0]),), second=False)
    for name in ("sqrt", "rsqrt", "reciprocal", "log", "log2", "log10"):
        yield Case(
            name,
            "at 0",
            lambda lib, a, n=name: getattr(lib, n)(a),
            (np.array([0.0, 1.0]),),
            second=False,
        )


CASES: list[Case] = [*_unary_cases(), *_binary_cases(), *_more_elementwise()]

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]


#: Without a derivative.
NOT_DIFFERENTIABLE = {
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "eq", "equal", "floor_divide",
    "ge", "greater", "greater_equal", "gt", "isfinite", "isinf", "isnan", "le", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne",
    "not_equal",
}  # fmt: skip

#: Public in a module of operators, but only for other modules of operators.
NOT_OPERATORS = {"erf_array"}
