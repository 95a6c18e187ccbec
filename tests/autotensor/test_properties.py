"""Operators on arrays of any shape, dtype and place in memory, drawn at random, against PyTorch."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.helpers import compare

SIZES = st.lists(st.integers(0, 4), max_size=4).map(tuple)
KINDS = st.sampled_from(["float64", "float32", "int64", "bool"])
FLOATS = st.sampled_from(["float64", "float32"])

POINTWISE = ("abs", "exp", "neg", "relu", "sigmoid", "sign", "sin", "square", "tanh", "trunc")
TWO = ("add", "atan2", "eq", "fmod", "logaddexp", "lt", "maximum", "minimum", "mul", "sub", "where")
REDUCING = ("amax", "amin", "logsumexp", "mean", "prod", "std", "sum", "var")
ALONG = ("argmax", "cummax", "cumprod", "cumsum", "logcumsumexp", "softmax", "sort", "flip")


def array(draw: Any, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Values of which no two floats are alike, with the axes in any order and gaps in memory."""
    seed = draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    order = draw(st.permutations(range(len(shape))))
    gap = draw(st.sampled_from([1, 2]))
    memory = np.empty((*(shape[at] for at in order), gap), kind)[..., 0]
    out = memory.transpose(np.argsort(order))
    count = int(np.prod(shape))
    if kind == "bool":
        out[...] = random.random(shape) > 0.5
    elif kind == "int64":
        out[...] = random.integers(-3, 4, shape)
    else:
        spread = np.linspace(-2, 2, count + 2)[1:-1] + 0.013
        out[...] = random.permutation(spread).reshape(shape)
    return out


def dim_of(draw: Any, shape: tuple[int, ...]) -> int:
    """A dimension, also a negative one; now and then one that does not exist."""
    # Of empty Tensors PyTorch does not always look at it.
    beyond = 0 if 0 in shape or not shape else 1
    return draw(st.integers(-len(shape) - beyond, len(shape) - 1 + beyond)) if shape else 0


def order_for(kind: str) -> int:
    return 2 if kind == "float64" else 1


@given(data=st.data(), name=st.sampled_from(POINTWISE), shape=SIZES, kind=KINDS)
def test_of_one(torch: ModuleType, data: Any, name: str, shape: Any, kind: str) -> None:
    x = array(data.draw, shape, kind)
    compare(torch, lambda lib, a: getattr(lib, name)(a), x, order=order_for(kind))


@given(data=st.data(), name=st.sampled_from(TWO), shape=SIZES, kind=KINDS, other=KINDS)
def test_of_two_that_broadcast(
    torch: ModuleType, data: Any, name: str, shape: Any, kind: str, other: str
) -> None:
    draw = data.draw
    # PyTorch subtracts no bools, not even in its gradients of the first two; here they count as
    # 0 and 1.
    assume(not (name in ("atan2", "logaddexp", "sub") and "bool" in (kind, other)))
    second = tuple(1 if draw(st.booleans()) else size for size in shape)
    second = second[draw(st.integers(0, len(second))) :]
    x, y = array(draw, shape, kind), array(draw, second, other)
    if name == "fmod":
        y = np.where(y == 0, np.ones_like(y), y)

    def function(lib: ModuleType, a: Any, b: Any) -> Any:
        return lib.where(a > 0, a, b) if name == "where" else getattr(lib, name)(a, b)

    if draw(st.booleans()):
        x, y = y, x
        if name == "fmod":
            y = np.where(y == 0, np.ones_like(y), y)
    both = kind == other == "float64"
    # Of two dtypes, products in the rules may be rounded to the narrower one, here or there.
    tolerance = 1e-5 if {kind, other} == {"float32", "float64"} else None
    compare(torch, function, x, y, order=2 if both else 1, tolerance=tolerance)


@given(data=st.data(), name=st.sampled_from(REDUCING), shape=SIZES, kind=FLOATS)
def test_reductions(torch: ModuleType, data: Any, name: str, shape: Any, kind: str) -> None:
    x = array(data.draw, shape, kind)
    dim, keepdim = dim_of(data.draw, shape), data.draw(st.booleans())
    # Beside a spread of 0 the derivatives of std and var are rounding errors times infinity.
    tolerance = 1e-9 if kind == "float64" else 1e-4
    order = 0 if name in ("std", "var") else order_for(kind)
    if name == "mean" and 0 in shape:
        order = 1  # of nothing it is NaN · g, whose derivative by g PyTorch calls 0
    compare(
        torch,
        lambda lib, a: getattr(lib, name)(a, dim, keepdim=keepdim),
        x,
        order=order,
        tolerance=tolerance,
    )


@given(data=st.data(), name=st.sampled_from(ALONG), shape=SIZES, kind=FLOATS)
def test_along_a_dimension(torch: ModuleType, data: Any, name: str, shape: Any, kind: str) -> None:
    x = array(data.draw, shape, kind)
    dim = dim_of(data.draw, shape)
    argument = (dim,) if name == "flip" else dim
    tolerance = 1e-9 if kind == "float64" else 1e-4
    compare(
        torch,
        lambda lib, a: getattr(lib, name)(a, argument),
        x,
        order=order_for(kind),
        tolerance=tolerance,
    )


@given(data=st.data(), shape=SIZES, kind=KINDS)
def test_changes_of_shape(torch: ModuleType, data: Any, shape: Any, kind: str) -> None:
    draw = data.draw
    x = array(draw, shape, kind)
    order = draw(st.permutations(range(len(shape))))
    start = draw(st.integers(-5, 5))
    stop = draw(st.integers(-5, 5))
    step = draw(st.integers(1, 3))

    def function(lib: ModuleType, a: Any) -> Any:
        moved = a.permute(order)
        cut = moved[..., start:stop:step] if a.ndim else moved
        return cut.reshape(-1).unsqueeze(0).expand(2, -1).flip(0), moved.roll(1).flatten()

    compare(torch, function, x, order=order_for(kind))


@given(data=st.data(), rows=st.integers(0, 4), inner=st.integers(0, 4), columns=st.integers(0, 4))
def test_products_of_stacks(
    torch: ModuleType, data: Any, rows: int, inner: int, columns: int
) -> None:
    draw = data.draw
    stack = draw(st.lists(st.integers(0, 3), max_size=2).map(tuple))
    other = tuple(1 if draw(st.booleans()) else size for size in stack)
    a = array(draw, (*stack, rows, inner), "float64")
    b = array(draw, (*other, inner, columns), "float64")
    compare(torch, lambda lib, x, y: x @ y, a, b, order=2)
