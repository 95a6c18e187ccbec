"""Every operator with inputs to try it on: the table behind the gradient and PyTorch tests.

A case is a function of a library (this one or PyTorch) and Tensors, with the arrays to give it.
``test_gradients.py`` fails if an operator of any module in ``autotensor.operators`` is missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
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
    constants: tuple[Any, ...] = ()
    """Further arguments, by which nothing is differentiated."""
    random: bool = False
    """Whether it draws numbers, which PyTorch would draw differently."""

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
    """Where a library keeps ``pad``, ``linear`` and the other functions of networks."""
    return library if library is at else library.nn.functional


def named(library: Any, name: str) -> Callable[..., Any]:
    """A function of networks, or what stands for it in PyTorch."""
    if library is not at and name == "hardsigmoid":
        # PyTorch's own multiplies its gradient by a 1/6 of float32, wrong from the eighth digit on.
        return lambda x, inplace=False: functions(library).relu6(x + 3) / 6
    if library is not at and name.startswith("min_pool"):
        largest = getattr(functions(library), name.replace("min", "max"))

        def smallest(x: Any, *args: Any, **settings: Any) -> Any:
            out = largest(-x, *args, **settings)
            return (-out[0], out[1]) if isinstance(out, tuple) else -out

        return smallest
    return getattr(functions(library), name)


def spelled(settings: dict[str, Any]) -> str:
    """Settings as the detail of a case."""
    return ", ".join(f"{key} {value}" for key, value in settings.items()) or "plain"


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
    bends = np.array([-6.0, -3, -1, -0.5, 0, 0.5, 1, 3, 6])
    for name, (_, _, settings, *_) in ACTIVATIONS.items():
        yield Case(
            name,
            "at the bends",
            lambda lib, a, n=name, s=settings: named(lib, n)(a, **s),
            (bends,),
            second=name not in ("celu", "elu", "selu"),  # it jumps there
        )
    yield Case(
        "prelu",
        "at 0",
        lambda lib, a, w: functions(lib).prelu(a, w),
        (bends, np.ones(1)),
        second=False,
    )
    for name, several in DISTANCES.items():
        for settings in several:
            yield Case(
                name,
                f"at the bends {spelled(settings)}",
                lambda lib, a, n=name, s=settings: getattr(functions(lib), n)(a, a * 0, **s),
                (bends,),
                second=name in ("l1_loss", "mse_loss"),  # the others' jumps there
            )
    for kind in ("max", "min"):
        for array in (TIES[None], TIES[None, None], TIES[None, None, None]):
            name = f"{kind}_pool{array.ndim - 2 or 1}d"
            yield Case(
                name,
                f"tie {array.shape}",
                lambda lib, a, n=name: named(lib, n)(a, 2, 1),
                (array,),
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


# -- activations -----------------------------------------------------------------------------------

# name: the interval to try, with the bends in it, and settings
ACTIVATIONS: dict[str, tuple[Any, ...]] = {
    "celu": (-2, 2, {}, {"alpha": 2.0}, {"alpha": 0.5, "inplace": True}),
    "elu": (-2, 2, {}, {"alpha": 0.7}, {"inplace": True}),
    "gelu": (-3, 3, {}, {"approximate": "tanh"}),
    "hardshrink": (-2, 2, {}, {"lambd": 1.0}, {"lambd": 0.0}),
    "hardsigmoid": (-5, 5, {}, {"inplace": True}),
    "hardswish": (-5, 5, {}, {"inplace": True}),
    "hardtanh": (-2, 2, {}, {"min_val": -0.3, "max_val": 1.5}, {"inplace": True}),
    "leaky_relu": (-2, 2, {}, {"negative_slope": 0.3}, {"inplace": True}),
    "logsigmoid": (-4, 4, {}),
    "mish": (-3, 3, {}, {"inplace": True}),
    "relu6": (-4, 8, {}, {"inplace": True}),
    "selu": (-2, 2, {}, {"inplace": True}),
    "silu": (-4, 4, {}, {"inplace": True}),
    "softplus": (-3, 3, {}, {"beta": 3.0, "threshold": 2.0}),
    "softshrink": (-2, 2, {}, {"lambd": 1.0}),
    "softsign": (-2, 2, {}),
    "tanhshrink": (-2, 2, {}),
    "threshold": (-2, 2, {"threshold": 0.5, "value": -2.0},
                  {"threshold": -0.3, "value": 1.0, "inplace": True}),
}  # fmt: skip


def _activation_cases() -> Iterator[Case]:
    for name, (low, high, *several) in ACTIVATIONS.items():
        for settings in several:

            def function(lib: Any, x: Any, name: str = name, settings: Any = settings) -> Any:
                # A leaf cannot be written to.
                x = x.clone() if settings.get("inplace") else x
                return named(lib, name)(x, **settings)

            detail = spelled(settings)
            yield Case(name, detail, function, (reals((3, 4), low, high),))
            if settings is several[0]:
                yield Case(name, "turned", function, (turned(reals((2, 3, 2), low, high)),))
                yield Case(name, "0-d", function, (reals((), low, high) * 0.9,))
                yield Case(name, "empty", function, (np.zeros((2, 0)),))
    x = reals((2, 3, 2))
    for shape, slopes in (((3, 2), 2), ((3, 2), 1), ((2, 3, 2), 3), ((4,), 1), ((0, 2), 2)):
        yield Case(
            "prelu",
            f"{shape} {slopes}",
            lambda lib, a, w: functions(lib).prelu(a, w),
            (reals(shape), reals((slopes,), seed=1)),
        )
    yield Case(
        "prelu", "turned", lambda lib, a, w: functions(lib).prelu(a, w), (turned(x), reals((3,)))
    )
    for dim, array in ((-1, x), (0, x), (-1, turned(x)), (0, reals((4,))), (1, np.zeros((0, 2)))):
        detail = f"{dim} {array.shape} {array.strides}"
        yield Case("glu", detail, lambda lib, a, d=dim: functions(lib).glu(a, d), (array,))
        yield Case("softmin", detail, lambda lib, a, d=dim: functions(lib).softmin(a, d), (array,))
    yield Case("softmin", "0-d", lambda lib, a: functions(lib).softmin(a, 0), (reals(()),))


def _dropout_cases() -> Iterator[Case]:
    shapes = {
        "dropout": (3, 4), "dropout1d": (3, 2, 2), "dropout2d": (2, 3, 2, 1),
        "dropout3d": (2, 3, 1, 2, 1),
    }  # fmt: skip
    for name, shape in shapes.items():
        x = reals(shape)

        def function(lib: Any, a: Any, name: str = name, **settings: Any) -> Any:
            lib.manual_seed(3)  # so that it is one function, not another one at each call
            a = a.clone() if settings.get("inplace") else a
            return getattr(functions(lib), name)(a, **settings)

        yield Case(name, "half", function, (x,), random=True)
        yield Case(name, "turned", partial(function, p=0.3), (turned(x),), random=True)
        yield Case(name, "in place", partial(function, inplace=True), (x,), random=True)
        yield Case(name, "all", partial(function, p=1.0), (x,))
        yield Case(name, "none", partial(function, p=0.0), (x,))
        yield Case(name, "not training", partial(function, training=False), (x,))
        yield Case(name, "empty", function, (np.zeros((0, *shape[1:])),))
    yield Case("dropout", "0-d", partial(function, name="dropout"), (reals(()),), random=True)


# -- normalization ---------------------------------------------------------------------------------


def batch_innermost(array: np.ndarray) -> np.ndarray:
    """The same values, with the batch last in memory, as convolutions give them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0)


def _normalization_cases() -> Iterator[Case]:
    moved = (np.array([0.3, -0.4]), np.array([0.8, 1.7]))
    factors, shifts = np.array([0.7, -1.3]), np.array([0.4, 0.9])
    x = reals((3, 2, 2))

    # The running statistics are outputs too: they are written to.
    def batch(lib: Any, x: Any, *given: Any, **settings: Any) -> Any:
        *affine, mean, var = given
        out = functions(lib).batch_norm(x, mean, var, *affine, momentum=0.3, eps=1e-2, **settings)
        return out if mean is None else (out, mean, var)

    def instance(lib: Any, x: Any, *given: Any, **settings: Any) -> Any:
        *affine, mean, var = given
        out = functions(lib).instance_norm(
            x, mean, var, *affine, momentum=0.3, eps=1e-2, **settings
        )
        return out if mean is None else (out, mean, var)

    arrays = {
        "matrix": reals((4, 2)), "1d": x, "2d": reals((2, 2, 2, 1)), "3d": reals((2, 2, 1, 2, 1)),
        "turned": turned(x), "batch innermost": batch_innermost(reals((2, 2, 1, 2))),
    }  # fmt: skip
    for name, function, key in (
        ("batch_norm", batch, "training"),
        ("instance_norm", instance, "use_input_stats"),
    ):
        for fresh in (True, False):
            now = partial(function, **{key: fresh})
            kind = f"{key} {fresh}"
            for detail, array in arrays.items():
                if name == "instance_norm" and detail == "matrix":
                    continue
                yield Case(name, f"{detail} {kind}", now, (array, factors, shifts), constants=moved)
            yield Case(name, f"no affine {kind}", now, (x,), constants=moved)
            yield Case(name, f"no bias {kind}", now, (x, factors), constants=moved)
            yield Case(
                name,
                f"no weight {kind}",
                lambda lib, a, b, *running, now=now: now(lib, a, None, b, *running),
                (x, shifts),
                second=False,  # PyTorch stumbles over its own None
                constants=moved,
            )
            if fresh:
                yield Case(name, f"nothing running {kind}", now, (x,), constants=(None, None))
    nothing = np.zeros((0, 2, 3))
    evaluating = partial(batch, training=False)
    yield Case("batch_norm", "empty", evaluating, (nothing, factors, shifts), constants=moved)

    sizes = [((3, 4), (4,)), ((2, 3, 2), (3, 2)), ((4,), (4,)), ((2, 1, 3), (3,)), ((0, 3), (3,))]
    for shape, last in sizes:

        def layer(lib: Any, x: Any, *affine: Any, last: Any = last) -> Any:
            return functions(lib).layer_norm(x, last, *affine, eps=1e-2)

        weight, bias = reals(last, seed=1), reals(last, seed=2)
        yield Case("layer_norm", f"{shape} {last}", layer, (reals(shape), weight, bias))
        yield Case("layer_norm", f"{shape} {last} turned", layer, (turned(reals(shape)), weight))
        yield Case("layer_norm", f"{shape} {last} no affine", layer, (reals(shape),))
    for shape, groups in (((3, 4), 2), ((2, 4, 2), 2), ((2, 2, 3), 1), ((2, 2, 2, 1), 2)):

        def group(lib: Any, x: Any, *affine: Any, groups: int = groups) -> Any:
            return functions(lib).group_norm(x, groups, *affine, eps=1e-2)

        weight, bias = reals((shape[1],), seed=1), reals((shape[1],), seed=2)
        yield Case("group_norm", f"{shape} {groups}", group, (reals(shape), weight, bias))
        yield Case("group_norm", f"{shape} {groups} turned", group, (turned(reals(shape)), weight))
        yield Case("group_norm", f"{shape} {groups} no affine", group, (reals(shape),))
    yield Case("group_norm", "empty", partial(group, groups=2), (np.zeros((0, 4, 2)),))


# -- losses ----------------------------------------------------------------------------------------

REDUCTIONS = ("mean", "sum", "none")

# name: settings
DISTANCES: dict[str, tuple[dict[str, Any], ...]] = {
    "huber_loss": ({}, {"delta": 2.0}),
    "l1_loss": ({},),
    "mse_loss": ({},),
    "smooth_l1_loss": ({}, {"beta": 0.5}, {"beta": 0.0}),
}


def _distance_cases() -> Iterator[Case]:
    x, y = reals((3, 2)), reals((3, 2), seed=1) + 0.03
    weight = reals((3, 2), 0.5, 2, seed=2)

    def distance(lib: Any, a: Any, b: Any, *weights: Any, name: str = "", **settings: Any) -> Any:
        if weights:
            settings["weight"] = weights[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the two are broadcast
            return getattr(functions(lib), name)(a, b, **settings)

    for name, several in DISTANCES.items():
        for settings, reduction in product(several, REDUCTIONS):
            function = partial(distance, name=name, reduction=reduction, **settings)
            detail = f"{spelled(settings)} {reduction}"
            yield Case(name, detail, function, (x, y))
            if settings:
                continue
            yield Case(name, f"{detail} turned", function, (turned(x), y))
            yield Case(name, f"{detail} 0-d", function, (reals(()), reals(()) + 0.4))
            nothing = np.zeros((0, 2))
            yield Case(
                name, f"{detail} empty", function, (nothing, nothing), second=reduction != "mean"
            )
            yield Case(name, f"{detail} stretched", function, (x, y[0] + 0.01))
            if name != "smooth_l1_loss":
                yield Case(name, f"{detail} weight", function, (x, y, weight))


def _probability_cases() -> Iterator[Case]:
    x, chances = reals((3, 2)), reals((3, 2), 0.1, 0.9, seed=1)
    inner = reals((3, 2), 0.1, 0.9, seed=2)
    weight, row = reals((3, 2), 0.5, 2, seed=3), np.array([0.6, 1.8])
    nothing = np.zeros((0, 2))

    def cross(lib: Any, a: Any, t: Any, *weights: Any, **settings: Any) -> Any:
        return functions(lib).binary_cross_entropy(a, t, *weights, **settings)

    def logits(lib: Any, a: Any, t: Any, w: Any = None, p: Any = None, **settings: Any) -> Any:
        return functions(lib).binary_cross_entropy_with_logits(a, t, w, pos_weight=p, **settings)

    def divergence(lib: Any, a: Any, t: Any, **settings: Any) -> Any:
        return functions(lib).kl_div(a, t, **settings)

    for reduction in REDUCTIONS:
        for name, plain, first in (
            ("binary_cross_entropy", cross, inner),
            ("binary_cross_entropy_with_logits", logits, x),
        ):
            function = partial(plain, reduction=reduction)
            yield Case(name, f"{reduction}", function, (first, chances))
            yield Case(name, f"{reduction} turned", function, (turned(first), chances))
            yield Case(name, f"{reduction} 0-d", function, (first[0, 0], chances[0, 0]))
            for detail, one in (("weight", weight), ("weight of columns", row)):
                yield Case(
                    name, f"{reduction} {detail}", function, (first, chances), constants=(one,)
                )
            if reduction != "mean":
                yield Case(name, f"{reduction} empty", function, (nothing, nothing))
        name = "binary_cross_entropy_with_logits"
        function = partial(logits, reduction=reduction)
        yield Case(name, f"{reduction} pos_weight", function, (x, chances), constants=(None, row))
        yield Case(name, f"{reduction} both", function, (x, chances), constants=(row, weight))
    for reduction, log_target in product((*REDUCTIONS, "batchmean"), (False, True)):
        function = partial(divergence, reduction=reduction, log_target=log_target)
        detail = f"{reduction} log_target {log_target}"
        yield Case("kl_div", detail, function, (x, chances))
        yield Case("kl_div", f"{detail} turned", function, (turned(x), chances))
        yield Case("kl_div", f"{detail} 0-d", function, (x[0, 0], chances[0, 0]))
        yield Case("kl_div", f"{detail} stretched", function, (x, chances[0]))


def _class_cases() -> Iterator[Case]:
    weight = np.array([0.6, 1.8, 0.9])
    x = reals((4, 3))
    classes = np.array([0, 2, 1, 2])
    three, grid = reals((2, 3, 2)), np.array([[0, 2], [1, 2]])

    def loss(lib: Any, x: Any, t: Any, w: Any = None, name: str = "", **settings: Any) -> Any:
        return getattr(functions(lib), name)(x, t, w, **settings)

    every: list[dict[str, Any]] = [{}, {"ignore_index": 2}]
    for name, smoothed in (("cross_entropy", True), ("nll_loss", False)):
        several = every + [{**one, "label_smoothing": 0.3} for one in every if smoothed]
        for settings, reduction in product(several, REDUCTIONS):
            function = partial(loss, name=name, reduction=reduction, **settings)
            detail = f"{spelled(settings)} {reduction}"
            yield Case(name, detail, function, (x,), constants=(classes,))
            yield Case(name, f"{detail} weight", function, (x,), constants=(classes, weight))
            yield Case(name, f"{detail} places", function, (three,), constants=(grid, weight))
            if "ignore_index" in settings:
                continue
            yield Case(name, f"{detail} turned", function, (turned(x),), constants=(classes,))
            yield Case(name, f"{detail} one", function, (x[0],), constants=(np.array(1),))
            if reduction != "mean":
                nothing = np.zeros((0, 3))
                yield Case(name, f"{detail} empty", function, (nothing,), constants=(classes[:0],))
    chances = reals((4, 3), 0.1, 0.9, seed=1)
    for reduction, smoothing in product(REDUCTIONS, (0.0, 0.3)):
        function = partial(
            loss, name="cross_entropy", reduction=reduction, label_smoothing=smoothing
        )
        detail = f"probabilities {smoothing} {reduction}"
        yield Case("cross_entropy", detail, function, (x[:2], chances[:2]))
        yield Case("cross_entropy", f"{detail} one", function, (x[0], chances[0]))
        yield Case(
            "cross_entropy", f"{detail} weight", lambda lib, a, t, w, f=function: f(lib, a, t, w),
            (three, reals((2, 3, 2), 0.1, 0.9, seed=1)), constants=(weight,),
        )  # fmt: skip


# -- convolutions ----------------------------------------------------------------------------------

# input, weight, settings
CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 2, 4), (2, 2, 3), {}),
    ((2, 5), (1, 2, 2), {}),
    ((1, 1, 6), (2, 1, 3), {"stride": 2, "padding": 1}),
    ((2, 2, 4), (2, 1, 2), {"groups": 2, "dilation": 2, "padding": 1}),
    ((1, 1, 5), (1, 1, 2), {"stride": 3, "padding": 2}),
    ((1, 1, 4), (2, 1, 2), {"padding": "same"}),
    ((1, 1, 4), (1, 1, 3), {"padding": "same", "dilation": 2}),
    ((1, 2, 3), (1, 2, 1), {"padding": "valid"}),
    ((1, 16, 2), (1, 16, 2), {"padding": 1}),
    ((0, 1, 3), (1, 1, 2), {}),
    ((2, 1, 3, 3), (2, 1, 2, 2), {}),
    ((2, 3, 2), (1, 2, 2, 1), {}),
    ((1, 2, 3, 3), (1, 2, 2, 3), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 1, 4, 4), (1, 1, 2, 2), {"stride": 3, "padding": 1}),
    ((1, 2, 3, 2), (4, 1, 2, 2), {"groups": 2, "padding": (0, 1)}),
    ((1, 1, 4, 3), (1, 1, 2, 2), {"dilation": (2, 1)}),
    ((1, 1, 3, 4), (1, 1, 2, 3), {"padding": "same", "dilation": (1, 2)}),
    ((1, 2, 2, 2), (2, 2, 1, 1), {"padding": "valid"}),
    ((0, 1, 2, 2), (1, 1, 2, 2), {}),
    ((2, 1, 2, 2, 2), (2, 1, 2, 2, 1), {}),
    ((1, 2, 2, 2), (1, 1, 1, 2, 2), {"padding": 1, "stride": 2}),
    ((1, 2, 2, 2, 2), (2, 1, 1, 2, 2), {"groups": 2}),
    ((1, 1, 3, 2, 2), (1, 1, 2, 1, 2), {"padding": "same", "dilation": (2, 1, 1)}),
]

TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 2, 3), (2, 2, 2), {}),
    ((2, 3), (2, 1, 2), {"stride": 2}),
    ((1, 1, 3), (1, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((1, 2, 3), (2, 1, 2), {"groups": 2, "dilation": 2}),
    ((1, 1, 2), (1, 1, 2), {"stride": 3, "output_padding": 2}),
    ((1, 1, 2), (1, 16, 2), {"padding": 1}),
    ((0, 1, 3), (1, 1, 2), {}),
    ((2, 1, 2, 2), (1, 2, 2, 2), {}),
    ((1, 2, 2), (1, 1, 2, 1), {}),
    ((1, 1, 2, 3), (1, 1, 2, 3), {"stride": (2, 1), "padding": (0, 1), "output_padding": (1, 0)}),
    ((1, 2, 2, 2), (2, 2, 1, 2), {"groups": 2, "padding": (0, 1), "dilation": (1, 2)}),
    ((2, 1, 1, 2, 2), (1, 1, 2, 1, 2), {}),
    ((1, 1, 2, 1, 2), (1, 1, 2, 2, 1), {"stride": 2, "padding": (1, 0, 0), "output_padding": 1}),
    ((1, 2, 1, 2, 1), (2, 1, 1, 2, 2), {"groups": 2}),
]


def _convolution_cases() -> Iterator[Case]:
    for kind, table in (("conv", CONVOLUTIONS), ("conv_transpose", TRANSPOSED)):
        for shape, kernel, settings in table:
            name = f"{kind}{len(kernel) - 2}d"
            outputs = kernel[0] if kind == "conv" else kernel[1] * settings.get("groups", 1)

            def function(lib: Any, *given: Any, name: str = name, settings: Any = settings) -> Any:
                return getattr(functions(lib), name)(*given, **settings)

            x, weight, bias = reals(shape), reals(kernel, seed=1), reals((outputs,), seed=2)
            detail = f"{shape} {kernel} {spelled(settings)}"
            yield Case(name, detail, function, (x, weight, bias))
            if not settings and x.size:
                yield Case(name, f"{detail} no bias", function, (x, weight))
                yield Case(name, f"{detail} turned", function, (turned(x), turned(weight)))
            if not settings and len(shape) == len(kernel) and x.size:
                yield Case(
                    name, f"{detail} batch innermost", function, (batch_innermost(x), weight, bias)
                )


# -- poolings --------------------------------------------------------------------------------------

# dimensions: shape, kernel, stride, padding
WINDOWS: dict[int, list[tuple[tuple[int, ...], Any, Any, Any]]] = {
    1: [
        ((2, 2, 4), 2, None, 0),
        ((1, 5), 3, 1, 1),
        ((1, 2, 5), 2, 2, 1),
        ((1, 1, 6), 2, 3, 0),
        ((0, 2, 4), 2, None, 0),
    ],
    2: [
        ((2, 1, 4, 4), 2, None, 0),
        ((1, 3, 4), (2, 3), 1, 0),
        ((1, 1, 4, 5), (3, 2), (2, 3), (1, 0)),
        ((1, 2, 3, 3), 2, 2, 1),
        ((1, 1, 3, 3), 1, 2, 0),
        ((0, 1, 2, 2), 2, None, 0),
    ],
    3: [
        ((1, 2, 2, 4, 2), 2, None, 0),
        ((1, 2, 3, 3), (1, 2, 2), 1, 0),
        ((1, 1, 3, 3, 2), (2, 3, 2), 2, (1, 1, 0)),
    ],
}


def _pooling_cases() -> Iterator[Case]:
    def pool(lib: Any, x: Any, name: str = "", **settings: Any) -> Any:
        return named(lib, name)(x, **settings)

    every = ((ndim, *window) for ndim, windows in WINDOWS.items() for window in windows)
    for (ndim, shape, kernel, stride, padding), ceil_mode in product(every, (False, True)):
        settings = {
            "kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode,
        }  # fmt: skip
        detail = f"{shape} {spelled(settings)}"
        x = reals(shape)
        for kind in ("max", "min", "avg"):
            name = f"{kind}_pool{ndim}d"
            function = partial(pool, name=name, **settings)
            yield Case(name, detail, function, (x,))
            if kind == "avg" and padding:
                outside = partial(function, count_include_pad=False)
                yield Case(name, f"{detail} outside not counted", outside, (x,))
    for ndim, shape in ((1, (2, 1, 5)), (2, (2, 1, 3, 4)), (3, (2, 1, 3, 1, 3))):
        x = reals(shape)
        sizes = {"kernel_size": (2, 1, 2)[-ndim:], "stride": 1}
        for kind in ("max", "min", "avg"):
            name = f"{kind}_pool{ndim}d"
            function = partial(pool, name=name, **sizes)
            yield Case(name, "turned", function, (turned(x),))
            yield Case(name, "batch innermost", function, (batch_innermost(x),))
            if kind != "avg":
                yield Case(name, "dilation", partial(function, dilation=2), (x,))
                yield Case(name, "indices", partial(function, return_indices=True), (x,))
            elif ndim > 1:
                yield Case(name, "divisor", partial(function, divisor_override=5), (x,))


CASES: list[Case] = [
    *_unary_cases(),
    *_binary_cases(),
    *_more_elementwise(),
    *_shape_cases(),
    *_index_cases(),
    *_reduction_cases(),
    *_product_cases(),
    *_activation_cases(),
    *_dropout_cases(),
    *_normalization_cases(),
    *_distance_cases(),
    *_probability_cases(),
    *_class_cases(),
    *_convolution_cases(),
    *_pooling_cases(),
]

#: Public operators that have no derivative, or nothing to compute.
NOT_DIFFERENTIABLE = {
    "all", "any", "argmax", "argmin", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",
    "count_nonzero", "detach", "eq", "equal", "floor_divide", "ge", "greater", "greater_equal",
    "gt", "isfinite", "isinf", "isnan", "le", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "lt", "ne", "not_equal", "one_hot",
}  # fmt: skip

#: Public in a module of operators, but only for other modules of operators.
NOT_OPERATORS = {
    "KEPT",
    "Windows",
    "empty_in_order",
    "erf_array",
    "numbers",
    "place",
    "spatial_input",
}
