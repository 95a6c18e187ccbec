"""Every operator with inputs to try it on: the table behind the gradient and PyTorch tests.

A case is a function of a library (this one or PyTorch) and Tensors, with the arrays to give it.
``test_gradients.py`` fails if an operator is missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import autotensor as at


@dataclass(frozen=True)
class Case:
    """One way to call one operator."""

    name: str
    detail: str
    function: Callable[..., Any]
    arrays: tuple[Any, ...]
    second: bool = True
    """Whether PyTorch's second derivative exists and is to be compared."""

    def __str__(self) -> str:
        return f"{self.name}-{self.detail}"


def reals(shape: Any, low: float = -2.0, high: float = 2.0, seed: int = 0) -> np.ndarray:
    """Different float64 values in [low, high], in random order, none of them near 0 or a tie."""
    count = int(np.prod(shape))
    values = np.linspace(low, high, count + 2)[1:-1]
    values = values + np.where(np.abs(values) < 0.05, 0.1, 0.0)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def turned(array: np.ndarray) -> np.ndarray:
    """The same values, with the axes in memory the other way round."""
    return np.asfortranarray(array)


def functions(library: Any) -> Any:
    """Where a library keeps ``pad``, ``linear`` and ``one_hot``."""
    return library if library is at else library.nn.functional


# -- elementwise -----------------------------------------------------------------------------------

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


# -- shapes ----------------------------------------------------------------------------------------


def _shape_cases() -> Iterator[Case]:
    x = reals((2, 3, 4))
    matrix = reals((3, 4))
    for kind, array in (("", x), (" turned", turned(x))):
        yield Case("reshape", "flat" + kind, lambda lib, a: lib.reshape(a, (-1,)), (array,))
        yield Case("reshape", "other" + kind, lambda lib, a: a.reshape(4, -1), (array,))
        yield Case("flatten", "all" + kind, lambda lib, a: lib.flatten(a), (array,))
        yield Case("flatten", "some" + kind, lambda lib, a: lib.flatten(a, 1, 2), (array,))
        yield Case("ravel", "all" + kind, lambda lib, a: lib.ravel(a), (array,))
        yield Case("permute", "tuple" + kind, lambda lib, a: lib.permute(a, (2, 0, 1)), (array,))
        yield Case("contiguous", "copy" + kind, lambda lib, a: a.contiguous(), (array,))
    yield Case("view", "sizes", lambda lib, a: a.view(6, -1), (x,))
    yield Case("view_as", "other", lambda lib, a, b: a.view_as(b), (x, reals((6, 4))))
    yield Case("reshape_as", "other", lambda lib, a, b: a.reshape_as(b), (x, reals((6, 4))))
    yield Case("reshape", "0-d", lambda lib, a: a.reshape(1, 1), (reals(()),))
    yield Case("reshape", "to 0-d", lambda lib, a: a.reshape(()), (reals((1, 1)),))
    yield Case("reshape", "empty", lambda lib, a: a.reshape(0, 5), (np.zeros((2, 0)),))
    yield Case("unflatten", "sizes", lambda lib, a: lib.unflatten(a, -1, (2, -1)), (x,))
    yield Case("permute", "negative", lambda lib, a: a.permute(-1, 0, 1), (x,))
    for name in ("transpose", "swapaxes", "swapdims"):
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, 0, -1), (x,))
    yield Case("transpose", "0-d", lambda lib, a: lib.transpose(a, 0, -1), (reals(()),))
    yield Case("t", "matrix", lambda lib, a: lib.t(a), (matrix,))
    yield Case("t", "vector", lambda lib, a: lib.t(a), (matrix[0],))
    yield Case("adjoint", "stack", lambda lib, a: lib.adjoint(a), (x,))
    for name in ("movedim", "moveaxis"):
        yield Case(name, "one", lambda lib, a, n=name: getattr(lib, n)(a, 0, 2), (x,))
        yield Case(name, "several", lambda lib, a, n=name: getattr(lib, n)(a, (0, 2), (1, 0)), (x,))
    single = reals((1, 3, 1))
    yield Case("squeeze", "all", lambda lib, a: lib.squeeze(a), (single,))
    yield Case("squeeze", "one", lambda lib, a: lib.squeeze(a, 0), (single,))
    yield Case("squeeze", "not 1", lambda lib, a: lib.squeeze(a, 1), (single,))
    yield Case("squeeze", "several", lambda lib, a: lib.squeeze(a, (0, 2)), (single,))
    yield Case("unsqueeze", "first", lambda lib, a: lib.unsqueeze(a, 0), (x,))
    yield Case("unsqueeze", "last", lambda lib, a: lib.unsqueeze(a, -1), (x,))
    yield Case("unsqueeze", "0-d", lambda lib, a: lib.unsqueeze(a, 0), (reals(()),))
    yield Case("expand", "sizes", lambda lib, a: a.expand(2, 3, 4), (single[0],))
    yield Case("expand", "keep", lambda lib, a: a.expand(-1, -1, 5), (single,))
    yield Case("expand", "to nothing", lambda lib, a: a.expand(0, 3), (reals((1, 3)),))
    yield Case("expand_as", "other", lambda lib, a, b: a.expand_as(b), (single, reals((2, 3, 4))))
    yield Case("broadcast_to", "sizes", lambda lib, a: lib.broadcast_to(a, (2, 3, 4)), (single,))
    yield Case(
        "broadcast_tensors",
        "two",
        lambda lib, a, b: lib.broadcast_tensors(a, b),
        (reals((3, 1)), reals((1, 4))),
    )
    for name in ("cat", "concat", "concatenate"):
        yield Case(
            name,
            "two",
            lambda lib, a, b, n=name: getattr(lib, n)([a, b], 1),
            (reals((2, 3)), reals((2, 1), seed=1)),
        )
    yield Case("cat", "itself", lambda lib, a: lib.cat([a, a, a]), (matrix,))
    yield Case(
        "cat", "an empty one", lambda lib, a, b: lib.cat([a, b]), (np.zeros(0), reals((2, 3)))
    )
    yield Case("stack", "first", lambda lib, a, b: lib.stack([a, b]), (matrix, matrix * 2))
    yield Case("stack", "last", lambda lib, a, b: lib.stack([a, b], -1), (matrix, matrix * 2))
    yield Case("split", "size", lambda lib, a: lib.split(a, 2, 2), (reals((2, 2, 5)),))
    yield Case("split", "sizes", lambda lib, a: lib.split(a, [1, 0, 3], -1), (x,))
    yield Case("chunk", "even", lambda lib, a: lib.chunk(a, 2, -1), (x,))
    yield Case("chunk", "uneven", lambda lib, a: lib.chunk(a, 4), (reals((6, 2)),))
    yield Case("unbind", "middle", lambda lib, a: lib.unbind(a, 1), (x,))
    yield Case("flip", "dims", lambda lib, a: lib.flip(a, (0, 2)), (x,))
    yield Case("fliplr", "matrix", lambda lib, a: lib.fliplr(a), (matrix,))
    yield Case("flipud", "matrix", lambda lib, a: lib.flipud(a), (matrix,))
    yield Case("roll", "flat", lambda lib, a: lib.roll(a, 5), (x,))
    yield Case("roll", "dims", lambda lib, a: lib.roll(a, (1, -2), (0, 2)), (x,))
    yield Case("repeat", "more", lambda lib, a: a.repeat(2, 1, 3), (matrix,))
    yield Case("repeat", "none", lambda lib, a: a.repeat(0, 2), (matrix,))
    yield Case("tile", "fewer", lambda lib, a: lib.tile(a, (2,)), (matrix,))


# -- indexing --------------------------------------------------------------------------------------

INDICES: dict[str, Any] = {
    "int": 1,
    "negative": -1,
    "ints": (0, 2),
    "slice": slice(1, None),
    "steps": (slice(None), slice(None, None, 2)),
    "None": (None, slice(None), None),
    "Ellipsis": (..., 1),
    "nothing": (),
    "empty slice": slice(2, 1),
    "list": [0, 0, 1],
    "lists": ([0, 1], [2, 2]),
    "list after slice": (slice(None), [2, 0, 2]),
    "apart": ([0, 1], slice(None), [1, 1]),
    "grid": ([[0], [1]], [2, 0]),
    "True": True,
    "empty list": [],
}


def _index_cases() -> Iterator[Case]:
    x = reals((2, 3, 4))
    for detail, index in INDICES.items():
        yield Case("getitem", detail, lambda lib, a, i=index: a[i], (x,))
        yield Case("getitem", detail + " turned", lambda lib, a, i=index: a[i], (turned(x),))
    yield Case("getitem", "mask", lambda lib, a, m: a[m], (x, x > 0))
    yield Case("getitem", "mask of rows", lambda lib, a, m: a[m], (x, np.array([True, False])))
    yield Case("getitem", "Tensor", lambda lib, a, i: a[i], (x, np.array([1, 0, 1])))
    yield Case(
        "getitem", "Tensors", lambda lib, a, i, j: a[i, :, j], (x, np.array([1, 1]), np.array(2))
    )
    yield Case("select", "dim", lambda lib, a: lib.select(a, 1, -1), (x,))
    yield Case("narrow", "dim", lambda lib, a: lib.narrow(a, 2, 1, 2), (x,))
    yield Case("narrow", "negative", lambda lib, a: lib.narrow(a, 2, -3, 2), (x,))
    picks = np.array([0, 2, 2])
    yield Case("index_select", "dim", lambda lib, a, i: lib.index_select(a, 1, i), (x, picks))
    index = np.random.default_rng(0).integers(0, 3, (2, 2, 4))
    yield Case("gather", "middle", lambda lib, a, i: lib.gather(a, 1, i), (x, index))
    yield Case("gather", "smaller", lambda lib, a, i: lib.gather(a, 1, i), (x, index[:1, :, :2]))
    yield Case("take_along_dim", "dim", lambda lib, a, i: lib.take_along_dim(a, i, 1), (x, index))
    yield Case(
        "take_along_dim", "stretched", lambda lib, a, i: lib.take_along_dim(a, i, 1), (x, index[:1])
    )
    yield Case("take_along_dim", "flat", lambda lib, a, i: lib.take_along_dim(a, i), (x, picks))
    four = reals((1, 2, 3, 4))
    for pads in ((1, 2), (1, 0, 2, 1), (-1, 2), (0, -1, 1, 1)):
        yield Case(
            "pad", f"constant {pads}", lambda lib, a, p=pads: functions(lib).pad(a, p), (four,)
        )
    yield Case("pad", "value", lambda lib, a: functions(lib).pad(a, (1, 1), value=2.5), (four,))
    for mode in ("reflect", "replicate", "circular"):
        yield Case(
            "pad", mode, lambda lib, a, m=mode: functions(lib).pad(a, (1, 2, 1, 1), mode=m), (four,)
        )


# -- reductions ------------------------------------------------------------------------------------


def _reduction_cases() -> Iterator[Case]:
    x = reals((2, 3, 2))
    for name in ("sum", "mean"):
        for dim in (None, 0, -1, (0, 2), ()):
            for keepdim in (False, True):
                if dim is None and keepdim:
                    continue
                given = () if dim is None else (dim, keepdim)
                yield Case(
                    name,
                    f"{dim} {keepdim}",
                    lambda lib, a, n=name, g=given: getattr(lib, n)(a, *g),
                    (x,),
                )
        yield Case(name, "turned", lambda lib, a, n=name: getattr(lib, n)(a, 1), (turned(x),))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a), (reals(()),))
        yield Case(name, "0-d dim", lambda lib, a, n=name: getattr(lib, n)(a, -1), (reals(()),))
        yield Case(
            name,
            "dtype",
            lambda lib, a, n=name: getattr(lib, n)(a, 0, dtype=lib.float64),
            (x.astype(np.float64),),
        )
    yield Case("sum", "empty", lambda lib, a: lib.sum(a), (np.zeros((0, 2)),))
    yield Case("sum", "empty dim", lambda lib, a: lib.sum(a, 0), (np.zeros((0, 2)),))
    zeros = reals((3, 4))
    zeros[0, 1] = zeros[1, 0] = zeros[1, 2] = 0
    for detail, array in (("", reals((3, 4))), (" zeros", zeros)):
        yield Case("prod", "all" + detail, lambda lib, a: lib.prod(a), (array,))
        yield Case("prod", "dim" + detail, lambda lib, a: lib.prod(a, 1), (array,))
        yield Case("prod", "keep" + detail, lambda lib, a: lib.prod(a, 0, True), (array,))
    yield Case("prod", "0-d", lambda lib, a: lib.prod(a), (reals(()),))
    yield Case("prod", "empty", lambda lib, a: lib.prod(a, 0), (np.zeros((0, 2)),))
    ties = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    for name in ("amax", "amin"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, (0, 2), True), (x,))
    for name in ("max", "min"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (x,))
        yield Case(name, "keep", lambda lib, a, n=name: getattr(lib, n)(a, -1, True), (x,))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a), (reals(()),))
        yield Case(name, "0-d dim", lambda lib, a, n=name: getattr(lib, n)(a, 0), (reals(()),))
        yield Case(
            name,
            "two",
            lambda lib, a, b, n=name: getattr(lib, n)(a, b),
            (x, reals((2, 3, 2), seed=1) + 0.01),
        )
    for name in ("var", "std", "var_mean", "std_mean"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "biased", lambda lib, a, n=name: getattr(lib, n)(a, unbiased=False), (x,))
        yield Case(
            name,
            "dim",
            lambda lib, a, n=name: getattr(lib, n)(a, 1, correction=0.5, keepdim=True),
            (x,),
        )
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, (0, 1)), (turned(x),))
    for name in ("softmax", "log_softmax", "logsumexp"):
        for dim in (0, -1):
            yield Case(name, f"{dim}", lambda lib, a, n=name, d=dim: getattr(lib, n)(a, d), (x,))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a, 0), (reals(()),))
        yield Case(name, "turned", lambda lib, a, n=name: getattr(lib, n)(a, 1), (turned(x),))
    yield Case("logsumexp", "dims", lambda lib, a: lib.logsumexp(a, (0, 1), True), (x,))
    yield Case("cumsum", "first", lambda lib, a: lib.cumsum(a, 0), (x,))
    yield Case("cumsum", "last", lambda lib, a: lib.cumsum(a, -1), (x,))
    yield Case("cumsum", "0-d", lambda lib, a: lib.cumsum(a, 0), (reals(()),))
    yield Case("cumsum", "empty", lambda lib, a: lib.cumsum(a, 0), (np.zeros((0, 2)),))
    del ties


# Where several elements are the extreme no difference quotient exists: compared with PyTorch only.
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])


def tie_cases() -> Iterator[Case]:
    for name in ("amax", "amin", "max", "min"):
        yield Case(name, "tie, all", lambda lib, a, n=name: getattr(lib, n)(a), (TIES,))
        yield Case(name, "tie, dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (TIES,))
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
    yield Case("std", "no spread", lambda lib, a: lib.std(a, 1), (TIES,), second=False)
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
    yield Case("logsumexp", "-inf", lambda lib, a: lib.logsumexp(a, 0), (np.array([-np.inf, 1.0]),))
    for name in ("sqrt", "rsqrt", "reciprocal", "log", "log2", "log10"):
        yield Case(
            name,
            "at 0",
            lambda lib, a, n=name: getattr(lib, n)(a),
            (np.array([0.0, 1.0]),),
            second=False,
        )


# -- products --------------------------------------------------------------------------------------

MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 2, 3), (3, 4)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
    ((2, 3), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2), (2, 3)),
    ((1, 3), (3, 1)),
]

EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("ij,kj->ik", (2, 3), (4, 3)),
    ("i,j->ij", (2,), (3,)),
    ("i,i", (3,), (3,)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...i->...", (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    ("bhqd,bhkd->bhqk", (2, 1, 3, 2), (2, 1, 2, 2)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ba", (2, 3)),
]


def _product_cases() -> Iterator[Case]:
    for left, right in MATMUL_SHAPES:
        arrays = (reals(left), reals(right, seed=1))
        yield Case("matmul", f"{left} {right}", lambda lib, a, b: lib.matmul(a, b), arrays)
    square = reals((3, 3))
    yield Case("matmul", "turned", lambda lib, a, b: a @ b, (turned(square), turned(square * 2)))
    yield Case("matmul", "itself", lambda lib, a: a @ a, (square,))
    matrix, other = reals((2, 3)), reals((3, 2), seed=1)
    yield Case("mm", "two", lambda lib, a, b: lib.mm(a, b), (matrix, other))
    yield Case("bmm", "two", lambda lib, a, b: lib.bmm(a, b), (reals((2, 2, 3)), reals((2, 3, 2))))
    yield Case("mv", "two", lambda lib, a, b: lib.mv(a, b), (matrix, other[:, 0].copy()))
    yield Case("dot", "two", lambda lib, a, b: lib.dot(a, b), (matrix[0], matrix[1]))
    yield Case("outer", "two", lambda lib, a, b: lib.outer(a, b), (matrix[0], other[:, 0].copy()))
    weight, bias = reals((4, 3), seed=2), reals((4,), seed=3)
    for shape in ((2, 3), (3,), (2, 2, 3), (0, 3)):
        yield Case(
            "linear",
            f"bias {shape}",
            lambda lib, a, w, b: functions(lib).linear(a, w, b),
            (reals(shape), weight, bias),
        )
    yield Case("linear", "no bias", lambda lib, a, w: functions(lib).linear(a, w), (matrix, weight))
    for equation, *shapes in EINSUMS:
        arrays = tuple(reals(shape, seed=seed) for seed, shape in enumerate(shapes))
        yield Case(
            "einsum", equation, lambda lib, *given, e=equation: lib.einsum(e, *given), arrays
        )


CASES: list[Case] = [
    *_unary_cases(),
    *_binary_cases(),
    *_more_elementwise(),
    *_shape_cases(),
    *_index_cases(),
    *_reduction_cases(),
    *_product_cases(),
]

#: Public operators that have no derivative, or nothing to compute.
NOT_DIFFERENTIABLE = {
    "all", "any", "argmax", "argmin", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",
    "count_nonzero", "detach", "eq", "equal", "floor_divide", "ge", "greater", "greater_equal",
    "gt", "isfinite", "isinf", "isnan", "le", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "lt", "ne", "not_equal", "one_hot",
}  # fmt: skip
