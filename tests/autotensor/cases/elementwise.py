"""Cases of the elementwise operators."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    TIES,
    Case,
    reals,
    turned,
)

# name: the interval on which it is smooth.  That of lgamma and digamma is where PyTorch has their
# derivatives right as well: near 1, its trigamma is right to nine digits only.
UNARY = {
    "abs": (-2, 2), "absolute": (-2, 2), "acos": (-0.9, 0.9), "acosh": (1.2, 4), "angle": (-2, 2),
    "arccos": (-0.9, 0.9), "arccosh": (1.2, 4), "arcsin": (-0.9, 0.9), "arcsinh": (-2, 2),
    "arctan": (-2, 2), "arctanh": (-0.9, 0.9), "asin": (-0.9, 0.9), "asinh": (-2, 2),
    "atan": (-2, 2), "atanh": (-0.9, 0.9), "ceil": (-2.9, 2.9), "clone": (-2, 2), "conj": (-2, 2),
    "conj_physical": (-2, 2), "cos": (-2, 2), "cosh": (-2, 2), "deg2rad": (-90, 90),
    "digamma": (20, 40), "erf": (-2, 2), "erfc": (-2, 2), "erfinv": (-0.9, 0.9), "exp": (-2, 2),
    "exp2": (-2, 2), "expm1": (-2, 2), "fix": (-2.9, 2.9), "floor": (-2.9, 2.9),
    "frac": (-2.9, 2.9), "i0": (-3, 3), "lgamma": (20, 40), "log": (0.2, 3), "log10": (0.2, 3),
    "log1p": (-0.5, 3), "log2": (0.2, 3), "logit": (0.1, 0.9), "nan_to_num": (-2, 2),
    "neg": (-2, 2), "negative": (-2, 2), "positive": (-2, 2), "rad2deg": (-2, 2), "real": (-2, 2),
    "reciprocal": (0.3, 2), "relu": (-2, 2), "resolve_conj": (-2, 2), "resolve_neg": (-2, 2),
    "round": (-2.9, 2.9), "rsqrt": (0.3, 3), "sgn": (-2, 2), "sigmoid": (-4, 4), "sign": (-2, 2),
    "sin": (-2, 2), "sinc": (-2, 2), "sinh": (-2, 2), "sqrt": (0.3, 3), "square": (-2, 2),
    "tan": (-1.2, 1.2), "tanh": (-2, 2), "trunc": (-2.9, 2.9),
}  # fmt: skip

# name: the intervals of the two arguments
BINARY = {
    "add": (-2, 2, -2, 2), "arctan2": (0.2, 2, -2, 2), "atan2": (0.2, 2, -2, 2),
    "copysign": (-2, 2, -2, 2), "div": (-2, 2, 0.5, 2), "divide": (-2, 2, 0.5, 2),
    "float_power": (0.3, 2, -2, 2), "fmax": (-2, 2, -1.9, 2.1), "fmin": (-2, 2, -1.9, 2.1),
    "hypot": (0.3, 2, -2, 2), "ldexp": (-2, 2, -2, 2), "logaddexp": (-2, 2, -2, 2),
    "logaddexp2": (-2, 2, -2, 2), "maximum": (-2, 2, -1.9, 2.1), "minimum": (-2, 2, -1.9, 2.1),
    "mul": (-2, 2, -2, 2), "multiply": (-2, 2, -2, 2), "nextafter": (-2, 2, -2, 2),
    "pow": (0.3, 2, -2, 2), "rsub": (-2, 2, -2, 2), "sub": (-2, 2, -2, 2),
    "subtract": (-2, 2, -2, 2), "true_divide": (-2, 2, 0.5, 2), "xlogy": (-2, 2, 0.3, 2),
}  # fmt: skip

# Those whose PyTorch counterpart takes a number on the right.
NUMBER_RIGHT = {
    "add", "copysign", "div", "divide", "float_power", "mul", "multiply", "pow", "rsub", "sub",
    "subtract", "true_divide", "xlogy",
}  # fmt: skip


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
    for name in ("special.gammainc", "special.gammaincc", "igamma", "igammac"):
        yield Case(
            name,
            "both tails",
            lambda lib, z, a, get=attrgetter(name): get(lib)(a, z),
            (reals((2, 3), 0.2, 5),),
            constants=(np.array([0.6, 2.0, 4.5]),),
        )
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
    yield Case("logit", "eps", lambda lib, a: lib.logit(a, 0.2), (reals((3, 4), 0.01, 0.98),))
    yield Case("rsub", "alpha", lambda lib, a, b: lib.rsub(a, b, alpha=3), (x, y))
    yield Case("mvlgamma", "3", lambda lib, a: lib.mvlgamma(a, 3), (positive + 20,))
    for n in (0, 1, 2, 5):
        at_points = positive if n > 1 else positive + 20
        yield Case("polygamma", f"{n}", lambda lib, a, n=n: lib.polygamma(n, a), (at_points,))
    yield Case("fill", "number", lambda lib, a: lib.fill(a, 2), (x,))
    yield Case("fill", "Tensor", lambda lib, a, b: lib.fill(a, b), (x, reals(())))
    for value in (1, -2.5):
        yield Case(
            "addcmul",
            f"{value}",
            lambda lib, a, b, c, v=value: lib.addcmul(a, b, c, value=v),
            (x[0], y, positive[:, :1]),
        )
        yield Case(
            "addcdiv",
            f"{value}",
            lambda lib, a, b, c, v=value: lib.addcdiv(a, b, c, value=v),
            (x[0], y, positive[:, :1]),
        )
    for weight in (0.3, 1.0, 1.7):
        yield Case("lerp", f"{weight}", lambda lib, a, b, w=weight: lib.lerp(a, b, w), (x, y[0]))
    yield Case("lerp", "Tensor", lambda lib, a, b, w: lib.lerp(a, b, w), (x, y, positive[0]))
    for p in (1, 2, 3.5, float("inf")):
        yield Case("dist", f"{p}", lambda lib, a, b, p=p: lib.dist(a, b, p), (x, y[0] + 0.01))
    yield Case("frexp", "matrix", lambda lib, a: tuple(lib.frexp(a)), (x * 10,))
    for name in ("clamp_min", "clamp_max"):
        yield Case(name, "number", lambda lib, a, n=name: getattr(lib, n)(a, 0.3), (x,))
        yield Case(
            name, "Tensor", lambda lib, a, b, n=name: getattr(lib, n)(a, b), (x, y[0] + 0.01)
        )


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
    holes = np.array([np.nan, np.inf, -np.inf, 1.5, 0.0])
    yield Case("nan_to_num", "holes", lambda lib, a: lib.nan_to_num(a), (holes,))
    yield Case(
        "nan_to_num",
        "given",
        lambda lib, a: lib.nan_to_num(a, 1.0, posinf=7, neginf=-9.0),
        (holes,),
    )
    for name in ("fmax", "fmin"):
        yield Case(
            name,
            "ties and NaN",
            lambda lib, a, b, n=name: getattr(lib, n)(a, b),
            (holes, np.array([2.0, np.inf, np.nan, 1.5, -1.0])),
        )
    yield Case(
        "copysign",
        "zeros",
        lambda lib, a, b: lib.copysign(a, b),
        (np.array([0.0, -0.0, 1.0, -2.0]), np.array([-1.0, 1.0, -0.0, 0.0])),
        second=False,
    )
    yield Case("sinc", "at 0", lambda lib, a: lib.sinc(a), (np.array([0.0, 1.0]),), second=False)
    yield Case("i0", "at 0", lambda lib, a: lib.i0(a), (np.array([0.0, 1.0]),))
    yield Case(
        "xlogy",
        "at 0",
        lambda lib, a, b: lib.xlogy(a, b),
        (np.array([0.0, 0.0, 0.0, 2.0]), np.array([0.0, 2.0, -1.0, 1.0])),
        second=False,
    )
    yield Case(
        "logit", "clamped", lambda lib, a: lib.logit(a, 0.25), (np.array([-1, 0.2, 0.25, 0.5, 2]),)
    )
    yield Case("erfinv", "the ends", lambda lib, a: lib.erfinv(a), (np.array([-1.0, 1, 2]),))
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
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "eq", "equal", "floor_divide", "gcd", "ge", "greater",
    "greater_equal", "gt", "heaviside", "is_nonzero", "is_same_size", "is_tensor", "isclose",
    "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "lcm", "le", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne",
    "not_equal", "signbit",
}  # fmt: skip
