"""Calls of every function of the array API standard, drawn at random, for two libraries to make.

A call is a function's name with arguments in which arrays are NumPy's; ``made`` makes it in a
namespace, with arrays of that one, and ``told`` puts what comes back into plain words: arrays as
NumPy's, dtypes as names.  ``array.__add__`` is the method of an array, the first argument.
``array_api_strict`` is the counterpart: it accepts only what the standard defines, so the calls are
such ones.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

FLOATS = ("float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
INTS = ("uint8", *SIGNED)
REAL = (*INTS, *FLOATS)
ALL = ("bool", *REAL)
INDICES = ("int32", "int64")

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, math.inf, -math.inf, math.nan, 3.7, 100.0)


class Dtype(NamedTuple):
    """A dtype in a call, by name."""

    name: str


class Call(NamedTuple):
    """A function's name, dotted for those of ``linalg``, and what it is given."""

    name: str
    args: tuple[Any, ...]
    settings: dict[str, Any] = {}  # noqa: RUF012  nobody writes to it


def made(call: Call, xp: ModuleType) -> Any:
    """What the namespace gives for a call."""
    args = [_given(one, xp) for one in call.args]
    settings = {key: _given(one, xp) for key, one in call.settings.items()}
    first, _, rest = call.name.partition(".")
    if first == "array":
        return _of_an_array(rest, *args)
    function: Any = getattr(xp, first)
    return (getattr(function, rest) if rest else function)(*args, **settings)


def _of_an_array(name: str, array: Any, *args: Any) -> Any:
    """What Python makes of it, which for ``__add__`` may be the other one's ``__radd__``."""
    if name in ("__setitem__", "to_device"):
        changed = getattr(array, name)(*args)
        return array if name == "__setitem__" else changed
    if name in ("__bool__", "__complex__", "__float__", "__int__"):
        return getattr(builtins, name.strip("_"))(array)
    if not name.startswith("__"):
        return getattr(array, name)
    if f"array.{name}" in REFLECTED:
        return getattr(operator, name.replace("__r", "__", 1))(*args, array)
    return getattr(operator, name)(array, *args)


def _given(one: Any, xp: ModuleType) -> Any:
    if isinstance(one, Dtype):
        return getattr(xp, one.name)
    if isinstance(one, np.ndarray):
        return xp.asarray(one)
    if isinstance(one, (list, tuple)):
        return type(one)(_given(item, xp) for item in one)
    return one


def told(value: Any) -> Any:
    """What came back, the same for every library."""
    if isinstance(value, tuple) and not hasattr(value, "dtype"):
        fields = getattr(value, "_fields", range(len(value)))
        return {str(name): told(one) for name, one in zip(fields, value, strict=True)}
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        array = np.from_dlpack(value) if not hasattr(value, "array") else value.detach().array
        return array
    if isinstance(value, (bool, int, float, complex, type(None))):
        return value
    return str(value).rpartition(".")[2]


# -- arguments -------------------------------------------------------------------------------------


@st.composite
def shapes(draw: Any, least: int = 0, most: int = 3, side: int = 0) -> tuple[int, ...]:
    ndim = draw(st.integers(least, most))
    return tuple(draw(st.integers(side, 3)) for _ in range(ndim))


def numbers(dtype: str, tame: bool = False) -> st.SearchStrategy[Any]:
    """Values of a dtype; ``tame``: finite and small, so that sums of them are exact."""
    if dtype == "bool":
        return st.booleans()
    if dtype in INTS:
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        few = st.integers(max(low, -5), 5)
        return few if tame else st.one_of(few, st.sampled_from([low, low + 1, high]))
    if tame:
        return st.integers(-20, 20).map(lambda one: one / 4)
    width = 32 if dtype == "float32" else 64
    return st.one_of(st.sampled_from(EDGES), st.floats(-50, 50, width=width))


@st.composite
def arrays(
    draw: Any,
    dtypes: tuple[str, ...] = ALL,
    shape: Any = None,
    values: Any = None,
    tame: bool = False,
) -> np.ndarray:
    dtype = draw(st.sampled_from(dtypes))
    size = draw(shapes() if shape is None else shape) if not isinstance(shape, tuple) else shape
    one = numbers(dtype, tame) if values is None else values
    flat = draw(st.lists(one, min_size=math.prod(size), max_size=math.prod(size)))
    return np.array(flat, dtype=dtype).reshape(size)


@st.composite
def broadcast_pair(
    draw: Any, dtypes: tuple[str, ...], values: Any = None, second: Any = None
) -> tuple[Any, Any]:
    """Two arrays, of dtypes that the standard lets meet, or one and a number."""
    shape = draw(shapes())
    kinds = [one for one in dtypes if one == "bool"], [one for one in dtypes if one in INTS]
    family = draw(st.sampled_from([one for one in (*kinds, _floats(dtypes)) if one]))
    first = draw(arrays(tuple(family), _thinned(draw, shape), values))
    if draw(st.integers(0, 4)) == 0:
        number = draw(numbers(first.dtype.name) if second is None else second)
        pair = (first, number)
    else:
        pair = (
            first,
            draw(
                arrays(tuple(family), _thinned(draw, shape), values if second is None else second)
            ),
        )
    return pair if second is not None or draw(st.booleans()) else pair[::-1]


def _floats(dtypes: tuple[str, ...]) -> list[str]:
    return [one for one in dtypes if one in FLOATS]


def _thinned(draw: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to ``shape``."""
    left = draw(st.integers(0, len(shape)))
    return tuple(1 if draw(st.integers(0, 3)) == 0 else one for one in shape[left:])


def axis_of(ndim: int) -> st.SearchStrategy[int]:
    return st.integers(-ndim, ndim - 1)


@st.composite
def axes_of(draw: Any, ndim: int) -> Any:
    """None, an axis, or several, in any order and counted from either end."""
    if ndim == 0:
        return draw(st.sampled_from([None, ()]))
    several = draw(st.permutations(range(ndim)))[: draw(st.integers(0, ndim))]
    signed = tuple(one - ndim if draw(st.booleans()) else one for one in several)
    return draw(st.sampled_from([None, signed, draw(axis_of(ndim))]))


# -- calls -----------------------------------------------------------------------------------------

Drawing = Callable[[Any], tuple[Any, ...]]
CALLS: dict[str, st.SearchStrategy[Call]] = {}
"""By function, calls of it."""


def calls(*names: str) -> Callable[[Any], Any]:
    """Declares the calls of functions: what is drawn is ``(*args, settings)``."""

    def declare(drawing: Any) -> Any:
        for name in names:

            def one(draw: Any, name: str = name) -> Call:
                *args, settings = drawing(draw, name)
                return Call(name, tuple(args), settings)

            CALLS[name] = st.composite(one)()
        return drawing

    return declare


def _some(draw: Any, **settings: Any) -> dict[str, Any]:
    """Some of the settings."""
    return {key: draw(one) for key, one in settings.items() if draw(st.booleans())}


_UNARY = {
    "abs": REAL, "ceil": REAL, "conj": REAL, "floor": REAL, "isfinite": REAL, "isinf": REAL,
    "isnan": REAL, "negative": REAL, "positive": REAL, "real": REAL, "round": REAL, "sign": REAL,
    "square": REAL, "trunc": REAL, "bitwise_invert": ("bool", *INTS), "logical_not": ("bool",),
} | dict.fromkeys((
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "expm1", "log",
    "log10", "log1p", "log2", "reciprocal", "signbit", "sin", "sinh", "sqrt", "tan", "tanh",
), FLOATS)  # fmt: skip


@calls(*_UNARY)
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(_UNARY[name])), {}


_BINARY = {
    "add": REAL, "subtract": REAL, "multiply": REAL, "divide": FLOATS, "atan2": FLOATS,
    "copysign": FLOATS, "hypot": FLOATS, "logaddexp": FLOATS, "nextafter": FLOATS,
    "equal": ALL, "not_equal": ALL, "greater": REAL, "greater_equal": REAL, "less": REAL,
    "less_equal": REAL, "maximum": REAL, "minimum": REAL, "bitwise_and": ("bool", *INTS),
    "bitwise_or": ("bool", *INTS), "bitwise_xor": ("bool", *INTS), "logical_and": ("bool",),
    "logical_or": ("bool",), "logical_xor": ("bool",),
}  # fmt: skip


@calls(*_BINARY)
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return *draw(broadcast_pair(_BINARY[name])), {}


@calls("floor_divide", "remainder")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    kinds = draw(st.sampled_from([INTS, FLOATS]))
    divisors = st.sampled_from([1, 2, 3, 7] if kinds is INTS else [1.0, -2.0, 0.5, 3.0, -7.0])
    tame = st.integers(0 if kinds is INTS else -40, 40)
    return *draw(broadcast_pair(kinds, tame, divisors)), {}


@calls("pow")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    kinds = draw(st.sampled_from([INTS, FLOATS]))
    exponents = st.integers(0, 3) if kinds is INTS else numbers("float32")
    return *draw(broadcast_pair(kinds, None, exponents)), {}


@calls("bitwise_left_shift", "bitwise_right_shift")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return *draw(broadcast_pair(INTS, None, st.integers(0, 6))), {}


@calls("clip")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, tame=True))
    whole = x.dtype.kind in "iu"
    kind = x.dtype.name
    bounds = [draw(st.integers(0, 3)) if whole else draw(st.integers(-8, 8)) / 2 for _ in "ab"]
    low, high = sorted(bounds)
    limits: list[Any] = [low, high + 1]
    for place, one in enumerate(limits):
        way = draw(st.integers(0, 3))
        if way == 0:
            limits[place] = None
        elif way == 1:
            limits[place] = np.full(_thinned(draw, x.shape), one, kind)
    return (x, *limits, {}) if draw(st.booleans()) else (x, {"min": limits[0], "max": limits[1]})


# creation


@calls("arange")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    start, stop = draw(st.integers(-9, 9)), draw(st.integers(-9, 9))
    step = draw(st.sampled_from([1, 2, 3, -1, -2]))
    settings = _some(draw, dtype=st.sampled_from(SIGNED).map(Dtype))
    if draw(st.booleans()):
        start, stop, step = start / 2, stop / 2, step / 2
        settings = {"dtype": Dtype(draw(st.sampled_from(FLOATS)))}
    given: tuple[Any, ...] = (start, stop, step)
    return *given[: draw(st.integers(1, 3))], settings


@calls("asarray")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(tame=True))
    way = draw(st.integers(0, 2))
    given = x if way == 0 else x.tolist()
    settings = _some(draw, copy=st.sampled_from([None, True]))
    if way or draw(st.booleans()):  # without, lists are of other dtypes by default
        settings["dtype"] = Dtype(x.dtype.name)
    return given, settings


@calls("from_dlpack")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays()), _some(draw, copy=st.sampled_from([None, True, False]))


@calls("zeros", "ones", "full")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(st.one_of(shapes(), st.integers(0, 3)))
    dtype = draw(st.sampled_from(ALL))
    fill = (draw(numbers(dtype, tame=True)),) if name == "full" else ()
    return shape, *fill, {"dtype": Dtype(dtype)}


@calls("empty")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(shapes()), {"dtype": Dtype(draw(st.sampled_from(ALL)))}


@calls("zeros_like", "ones_like", "empty_like", "full_like")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    settings = _some(draw, dtype=st.sampled_from(REAL).map(Dtype))
    x = draw(arrays(REAL))
    return (x, 3, settings) if name == "full_like" else (x, settings)


@calls("eye")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    settings = {"dtype": Dtype(draw(st.sampled_from(ALL)))} | _some(draw, k=st.integers(-5, 5))
    columns = draw(st.sampled_from([(), (None,), (2,), (0,), (4,)]))
    return draw(st.integers(0, 4)), *columns, settings


@calls("linspace")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    start, stop = (draw(st.integers(-20, 20)) / 2 for _ in "ab")
    settings = _some(draw, endpoint=st.booleans()) | {"dtype": Dtype(draw(st.sampled_from(FLOATS)))}
    return start, stop, draw(st.integers(0, 9)), settings


@calls("meshgrid")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    dtype = draw(st.sampled_from(ALL))
    several = [draw(arrays((dtype,), shapes(1, 1))) for _ in range(draw(st.integers(1, 3)))]
    return *several, _some(draw, indexing=st.sampled_from(["xy", "ij"]))


@calls("tril", "triu")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=shapes(2, 3))), _some(draw, k=st.integers(-3, 3))


# data types


@calls("astype")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(tame=True))
    if x.dtype.kind in "if":
        x = np.abs(x, out=x)  # negative numbers in unsigned integers are anyone's
    return x, Dtype(draw(st.sampled_from(ALL))), _some(draw, copy=st.booleans())


@st.composite
def _promotable(draw: Any, count: int) -> list[Any]:
    family = draw(st.sampled_from([("bool",), INTS, FLOATS]))
    return [
        draw(st.one_of(st.sampled_from(family).map(Dtype), arrays(family))) for _ in range(count)
    ]


@calls("can_cast")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([("bool",), INTS, FLOATS]))
    to = Dtype(draw(st.sampled_from(family)))
    return draw(st.one_of(st.sampled_from(family).map(Dtype), arrays(family))), to, {}


@calls("result_type")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return *draw(_promotable(draw(st.integers(1, 3)))), {}


@calls("finfo", "iinfo")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = FLOATS if name == "finfo" else INTS
    return draw(st.one_of(st.sampled_from(family).map(Dtype), arrays(family))), {}


@calls("isdtype")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    words = ("bool", "signed integer", "unsigned integer", "integral", "real floating",
             "complex floating", "numeric")  # fmt: skip
    one = st.one_of(st.sampled_from(words), st.sampled_from(ALL).map(Dtype))
    kind = draw(one)
    return Dtype(draw(st.sampled_from(ALL))), kind, {}


# manipulation


@calls("broadcast_arrays")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(shapes())
    count = draw(st.integers(1, 3))
    return *(draw(arrays(shape=_thinned(draw, shape))) for _ in range(count)), {}


@calls("broadcast_shapes")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(shapes())
    return *(_thinned(draw, shape) for _ in range(draw(st.integers(1, 3)))), {}


@calls("broadcast_to")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(shapes())
    return draw(arrays(shape=_thinned(draw, shape))), shape, {}


@calls("concat")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(shapes(1))
    axis = draw(axis_of(len(shape)))
    family = draw(st.sampled_from([("bool",), INTS, FLOATS]))
    several = []
    for _ in range(draw(st.integers(1, 3))):
        own = list(shape)
        own[axis] = draw(st.integers(0, 3))
        several.append(draw(arrays(family, tuple(own))))
    return several, {"axis": draw(st.sampled_from([axis, None]))}


@calls("stack")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = draw(shapes())
    family = draw(st.sampled_from([("bool",), INTS, FLOATS]))
    several = [draw(arrays(family, shape)) for _ in range(draw(st.integers(1, 3)))]
    return several, _some(draw, axis=axis_of(len(shape) + 1))


@calls("expand_dims")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays())
    if draw(st.booleans()):
        return x, {"axis": draw(axis_of(x.ndim + 1))}
    count = draw(st.integers(1, 3))
    several = draw(st.permutations(range(x.ndim + count)))[:count]
    return x, {"axis": tuple(one - draw(st.sampled_from([0, x.ndim + count])) for one in several)}


@calls("squeeze")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shape = [draw(st.sampled_from([1, 1, 2])) for _ in range(draw(st.integers(1, 3)))]
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    several = tuple(draw(st.permutations(ones))[: draw(st.integers(0, len(ones)))])
    axis = draw(st.sampled_from([several, *several[:1]]))
    return draw(arrays(shape=tuple(shape))), {"axis": axis}


@calls("flip")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays())
    return x, _some(draw, axis=axes_of(x.ndim))


@calls("moveaxis")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1)))
    count = draw(st.integers(1, x.ndim))
    places = [tuple(draw(st.permutations(range(x.ndim)))[:count]) for _ in "ab"]
    return (x, *places, {}) if count > 1 else (x, places[0][0], places[1][0], {})


@calls("permute_dims")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays())
    return x, {"axes": tuple(draw(st.permutations(range(x.ndim))))}


@calls("repeat")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1)))
    axis = draw(st.sampled_from([None, draw(axis_of(x.ndim))]))
    count = x.size if axis is None else x.shape[axis]
    several = np.array([draw(st.integers(0, 3)) for _ in range(count)], "int64")
    return x, draw(st.sampled_from([draw(st.integers(0, 3)), several])), {"axis": axis}


@calls("reshape")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(side=1)))
    sizes = [list(x.shape[::-1]), [-1], [x.size, 1], [1, -1]]
    return x, tuple(draw(st.sampled_from(sizes))), _some(draw, copy=st.sampled_from([None, True]))


@calls("roll")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1)))
    axis = draw(axes_of(x.ndim).filter(lambda one: one != ()))
    several = isinstance(axis, tuple)
    shift = tuple(draw(st.integers(-4, 4)) for _ in axis) if several else draw(st.integers(-4, 4))
    return x, shift, {"axis": axis}


@calls("tile")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays()), tuple(draw(st.lists(st.integers(0, 3), max_size=4))), {}


@calls("unstack")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1)))
    return x, _some(draw, axis=axis_of(x.ndim))


# searching, sorting, sets, indices


@calls("argmax", "argmin")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, shapes(side=1)))
    axes = st.none() if x.ndim == 0 else st.one_of(st.none(), axis_of(x.ndim))
    return x, _some(draw, axis=axes, keepdims=st.booleans())


@calls("all", "any", "count_nonzero")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays())
    return x, _some(draw, axis=axes_of(x.ndim), keepdims=st.booleans())


@calls("nonzero")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=shapes(1))), {}


@calls("searchsorted")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([INTS, FLOATS]))
    x = draw(arrays(family, shapes(1, 1), tame=True))
    settings = _some(draw, side=st.sampled_from(["left", "right"]))
    if draw(st.booleans()):
        settings["sorter"] = np.argsort(x, kind="stable")
    else:
        x = np.sort(x)
    values = draw(arrays(family, tame=True))
    return x, draw(st.sampled_from([values, 2])), settings


@calls("where")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    one, other = draw(broadcast_pair(ALL))
    shape = np.broadcast_shapes(np.shape(one), np.shape(other))
    return draw(arrays(("bool",), _thinned(draw, shape))), one, other, {}


@calls("sort", "argsort")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, shapes(1), tame=True))
    return x, _some(draw, axis=axis_of(x.ndim), descending=st.booleans())


@calls("unique_all", "unique_counts", "unique_inverse", "unique_values")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(ALL)), {}


@calls("isin")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(INTS, tame=True))
    return x, draw(st.sampled_from([draw(arrays(INTS, tame=True)), 2])), {}


@calls("take")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1, side=1)))
    axis = draw(axis_of(x.ndim))
    size = x.shape[axis]
    places = draw(arrays(INDICES, shapes(1, 1), st.integers(-size, size - 1)))
    return x, places, {} if x.ndim == 1 and draw(st.booleans()) else {"axis": axis}


@calls("take_along_axis")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(shape=shapes(1, side=1)))
    axis = draw(axis_of(x.ndim))
    size = x.shape[axis]
    shape = [one if draw(st.booleans()) else 1 for one in x.shape]
    shape[axis] = draw(st.integers(0, 3))
    places = draw(arrays(INDICES, tuple(shape), st.integers(-size, size - 1)))
    return x, places, {} if axis == -1 and draw(st.booleans()) else {"axis": axis}


@calls("diff")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, shapes(1), tame=True))
    axis = draw(axis_of(x.ndim))
    settings = {"axis": axis} | _some(draw, n=st.integers(0, 3))
    for one in ("prepend", "append"):
        if draw(st.booleans()):
            shape = list(x.shape)
            shape[axis] = draw(st.integers(0, 2))
            settings[one] = draw(arrays((x.dtype.name,), tuple(shape), tame=True))
    return x, settings


# statistics


@calls("max", "min")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, shapes(side=1)))
    return x, _some(draw, axis=axes_of(x.ndim), keepdims=st.booleans())


@calls("mean", "std", "var")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(FLOATS, shapes(side=1), tame=True))
    settings = _some(draw, axis=axes_of(x.ndim), keepdims=st.booleans())
    return x, settings | ({} if name == "mean" else _some(draw, correction=st.just(0.5)))


_WIDENED = ("int64", "float64")


@calls("sum", "prod")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays((*SIGNED, *FLOATS), tame=True))
    wide = st.just(Dtype("float64" if x.dtype.kind == "f" else "int64"))
    return x, _some(draw, axis=axes_of(x.ndim), keepdims=st.booleans(), dtype=wide)


@calls("cumulative_sum", "cumulative_prod")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays((*SIGNED, *FLOATS), shapes(1), tame=True))
    wide = st.just(Dtype("float64" if x.dtype.kind == "f" else "int64"))
    settings = _some(draw, include_initial=st.booleans(), dtype=wide)
    return x, settings if x.ndim == 1 and draw(st.booleans()) else settings | {
        "axis": draw(axis_of(x.ndim))
    }


# linear algebra


@calls("matmul", "linalg.matmul")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([INTS, FLOATS]))
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    stack = draw(shapes(0, 1))
    left = draw(st.sampled_from([(k,), (m, k), (*stack, m, k)]))
    right = draw(st.sampled_from([(k,), (k, n), (*stack, k, n)]))
    return draw(arrays(family, left, tame=True)), draw(arrays(family, right, tame=True)), {}


@calls("matrix_transpose", "linalg.matrix_transpose")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=shapes(2))), {}


@calls("tensordot", "linalg.tensordot")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([INTS, FLOATS]))
    a, b, common = (draw(shapes(0, 2)) for _ in range(3))
    one, other = (*a, *common), (*common, *b)
    count = len(common)
    axes: Any = count
    if draw(st.booleans()):
        axes = (tuple(range(-count, 0)), tuple(range(count)))
    x1, x2 = draw(arrays(family, one, tame=True)), draw(arrays(family, other, tame=True))
    return x1, x2, {} if axes == 2 and draw(st.booleans()) else {"axes": axes}


@calls("vecdot", "linalg.vecdot")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([INTS, FLOATS]))
    size = draw(st.integers(0, 3))
    stack = draw(shapes(0, 2))
    pair = [draw(arrays(family, (*_thinned(draw, stack), size), tame=True)) for _ in "ab"]
    return *pair, _some(draw, axis=st.just(-1))


@st.composite
def matrices(draw: Any, square: bool = True, like: str = "any") -> np.ndarray:
    """Stacks of well-conditioned matrices, from a seed; ``like`` says of which kind."""
    stack = draw(shapes(0, 1))
    n = draw(st.integers(1, 4))
    m = n if square else draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    x = random.uniform(-1, 1, (*stack, m, n))
    if like == "symmetric":
        x = x + np.swapaxes(x, -1, -2)
    elif like == "positive":
        x = x @ np.swapaxes(x, -1, -2) + np.eye(n)
    elif square:
        x = x + 3 * np.eye(n)
    return x.astype(draw(st.sampled_from(FLOATS)))


@calls("linalg.det", "linalg.inv", "linalg.slogdet")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices()), {}


@calls("linalg.cholesky")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(like="positive")), _some(draw, upper=st.booleans())


@calls("linalg.eigvalsh", "linalg.eigh")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(like="symmetric")), {}


@calls("linalg.svdvals")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(square=False)), {}


@calls("linalg.svd")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(square=False)), _some(draw, full_matrices=st.booleans())


@calls("linalg.qr")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(square=False)), _some(draw, mode=st.sampled_from(["reduced", "complete"]))


@calls("linalg.matrix_rank", "linalg.pinv")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices(square=False)), _some(draw, rtol=st.just(1e-3))


@calls("linalg.matrix_power")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(matrices()), draw(st.integers(-3, 3)), {}


@calls("linalg.matrix_norm")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    orders = st.sampled_from(["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
    return draw(matrices(square=False)), _some(draw, keepdims=st.booleans(), ord=orders)


@calls("linalg.vector_norm")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(FLOATS, shapes(side=1), tame=True))
    orders = st.sampled_from([1, 2, 3, 0, math.inf, -math.inf])
    axes = axes_of(x.ndim).filter(lambda one: one != ())
    return x, _some(draw, axis=axes, keepdims=st.booleans(), ord=orders)


@calls("linalg.solve")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    A = draw(matrices())
    columns = draw(st.sampled_from([(), (2,), (A.shape[-1],)]))
    stack = A.shape[:-2] if columns and draw(st.booleans()) else ()
    dtype = draw(st.sampled_from(FLOATS))
    return A, draw(arrays((dtype,), (*stack, A.shape[-1], *columns), tame=True)), {}


@calls("linalg.outer")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([INTS, FLOATS]))
    return *(draw(arrays(family, shapes(1, 1), tame=True)) for _ in "ab"), {}


@calls("linalg.cross")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    family = draw(st.sampled_from([SIGNED, FLOATS]))
    stack = draw(shapes(0, 2))
    pair = [draw(arrays(family, (*_thinned(draw, stack), 3), tame=True)) for _ in "ab"]
    return *pair, {}


@calls("linalg.diagonal", "linalg.trace")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays((*SIGNED, *FLOATS), shapes(2), tame=True))
    return x, _some(draw, offset=st.integers(-3, 3))


# -- the array itself ------------------------------------------------------------------------------

_SYMBOLS = {
    "array.__add__": REAL, "array.__sub__": REAL, "array.__mul__": REAL,
    "array.__truediv__": FLOATS, "array.__and__": ("bool", *INTS), "array.__or__": ("bool", *INTS),
    "array.__xor__": ("bool", *INTS), "array.__eq__": ALL, "array.__ne__": ALL,
    "array.__lt__": REAL, "array.__le__": REAL, "array.__gt__": REAL, "array.__ge__": REAL,
}  # fmt: skip


def _one_dtype(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """An array, and an array of its dtype or a number: where both have dimensions or neither,
    operators of PyTorch's promote as the standard says; see ``CONFLICTS`` for the others."""
    first, second = pair
    both = isinstance(first, np.ndarray) and isinstance(second, np.ndarray)
    if both and bool(first.ndim) != bool(second.ndim):
        second = second.astype(first.dtype)
    return first, second


@calls(*_SYMBOLS)
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return *_one_dtype(draw(broadcast_pair(_SYMBOLS[name]))), {}


REFLECTED = {name.replace("__", "__r", 1): name for name in list(_SYMBOLS)[:7]} | {
    f"array.__r{name}__": f"array.__{name}__"
    for name in ("floordiv", "lshift", "matmul", "mod", "pow", "rshift")
}


@calls(*list(REFLECTED)[:7])
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(_SYMBOLS[REFLECTED[name]]))
    return x, draw(numbers(x.dtype.name)), {}


@calls("array.__rfloordiv__", "array.__rmod__", "array.__rpow__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, values=st.integers(1, 5)))
    return x, draw(st.integers(0, 5)), {}


@calls("array.__rlshift__", "array.__rrshift__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(INTS, values=st.integers(0, 6))), draw(st.integers(0, 9)), {}


@calls("array.__floordiv__", "array.__mod__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    kinds = draw(st.sampled_from([INTS, FLOATS]))
    divisors = st.sampled_from([1, 2, 3, 7] if kinds is INTS else [1.0, -2.0, 0.5, 3.0, -7.0])
    tame = st.integers(0 if kinds is INTS else -40, 40)
    return *_one_dtype(draw(broadcast_pair(kinds, tame, divisors))), {}


@calls("array.__pow__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    kinds = draw(st.sampled_from([INTS, FLOATS]))
    exponents = st.integers(0, 3) if kinds is INTS else numbers("float32")
    return *_one_dtype(draw(broadcast_pair(kinds, None, exponents))), {}


@calls("array.__lshift__", "array.__rshift__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return *_one_dtype(draw(broadcast_pair(INTS, None, st.integers(0, 6)))), {}


@calls("array.__matmul__", "array.__rmatmul__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    dtype = draw(st.sampled_from((*INTS, *FLOATS)))
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    pair = [draw(arrays((dtype,), shape, tame=True)) for shape in ((m, k), (k, n))]
    return *(pair[::-1] if name in REFLECTED else pair), {}


_WITHIN = {
    "array.__iadd__": REAL, "array.__isub__": REAL, "array.__imul__": REAL,
    "array.__itruediv__": FLOATS, "array.__iand__": ("bool", *INTS),
    "array.__ior__": ("bool", *INTS), "array.__ixor__": ("bool", *INTS),
}  # fmt: skip


@calls(*_WITHIN, "array.__ifloordiv__", "array.__imod__", "array.__ilshift__", "array.__irshift__",
       "array.__ipow__", "array.__imatmul__")  # fmt: skip
def _(draw: Any, name: str) -> tuple[Any, ...]:
    shift = name in ("array.__ilshift__", "array.__irshift__")
    x = draw(arrays(_WITHIN.get(name, INTS if shift else FLOATS), tame=True))
    if name == "array.__imatmul__":
        x = draw(arrays(FLOATS, (2, 3), tame=True))
        return x, draw(arrays((x.dtype.name,), (3, 3), tame=True)), {}
    kind = x.dtype.name
    values = st.integers(1, 5).map(lambda one: bool(one - 1) if kind == "bool" else one)
    other = draw(arrays((kind,), _thinned(draw, x.shape), values))
    return x, draw(st.sampled_from([other, draw(values)])), {}


@calls("array.__abs__", "array.__neg__", "array.__pos__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(REAL)), {}


@calls("array.__invert__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(("bool", *INTS))), {}


@calls("array.__bool__", "array.__int__", "array.__float__", "array.__complex__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=(), tame=True)), {}


@calls("array.__index__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(INTS, ())), {}


@calls("array.dtype", "array.ndim", "array.shape")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays()), {}


@calls("array.mT")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=shapes(2))), {}


@calls("array.T")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    return draw(arrays(shape=shapes(2, 2))), {}


@st.composite
def keys(draw: Any, shape: tuple[int, ...], new: bool = True) -> Any:
    """What may stand between brackets by the standard; slices go forwards, see ``CONFLICTS``."""
    way = draw(st.integers(0, 3))
    if way == 0:
        return draw(arrays(("bool",), shape))
    if way == 1 and shape and 0 not in shape:
        common = draw(shapes(1, 2))
        return tuple(
            draw(arrays(INDICES, common if place == 0 else _thinned(draw, common), _places(size)))
            for place, size in enumerate(shape)
        )
    parts = []
    for size in shape:
        if size and draw(st.booleans()):
            parts.append(draw(_places(size)))
        else:
            start, stop = sorted(draw(st.integers(0, size)) for _ in "ab")
            ends = draw(st.sampled_from([(start, stop), (None, stop), (start, None), (None, None)]))
            parts.append(slice(*ends, draw(st.sampled_from([None, 1, 2]))))
    if draw(st.booleans()):
        parts[draw(st.integers(0, len(parts))) :] = [...]
    if new and draw(st.booleans()):
        place = draw(st.integers(0, len(parts)))
        parts[place:place] = [None]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _places(size: int) -> st.SearchStrategy[int]:
    return st.integers(-size, size - 1)


@calls("array.__getitem__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays())
    return x, draw(keys(x.shape)), {}


@calls("array.__setitem__")
def _(draw: Any, name: str) -> tuple[Any, ...]:
    x = draw(arrays(REAL, tame=True))
    key = draw(keys(x.shape, new=False).filter(lambda one: not _writes_twice(one)))
    shape = x[key].shape
    whole = draw(arrays((x.dtype.name,), shape, tame=True))
    return x, key, draw(st.sampled_from([whole, draw(numbers(x.dtype.name, tame=True))])), {}


def _writes_twice(key: Any) -> bool:
    """Whether a key names places one by one, perhaps some of them twice."""
    return isinstance(key, tuple) and any(isinstance(one, np.ndarray) for one in key)
