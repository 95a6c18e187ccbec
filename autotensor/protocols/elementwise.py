"""What answers for NumPy's ufuncs, in all their forms, when a Tensor is among the arguments.

If no gradient is wanted, NumPy itself computes.  If one is, our operator of that name does, on what
the arguments are in the dtype that NumPy would compute in; ``reduce``, ``accumulate``, ``outer``
and ``reduceat`` are made of operators as well.  What has no derivative here is refused, unless its
values are steps, such as those of ``np.isnan``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autotensor.engine.operator import unary
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.linalg import products
from autotensor.operators.reductions import scans
from autotensor.operators.structure.copying import clone
from autotensor.operators.structure.indexing import put_into_zeros
from autotensor.operators.structure.joining import cat, stack, unbind
from autotensor.operators.structure.selection import where
from autotensor.protocols.numpy_functions import reductions as sums
from autotensor.protocols.numpy_functions.declaring import joined
from autotensor.protocols.numpy_functions.elementary import clipped

from autotensor.operators.pointwise import (  # isort: skip
    arithmetic, choice, comparison, exponential, gamma, rounding, special, trigonometric,
)  # fmt: skip
from autotensor.protocols.arrays import (  # isort: skip
    NoGradientError, as_result, as_tensor, converted, raws, wants_gradient,
    what_numpy_says, write,
)  # fmt: skip

__all__ = ["OPERATORS", "STEPS", "answer", "apply"]


@unary(np.cbrt, lambda g, output: g / (3 * output * output))
def cbrt(input: Any) -> Any:
    """``∛input``.  d input = g / (3 · y · y)."""


def _heaviside(input: Any, values: Any) -> Any:
    # input * 0 would be NaN for infinities
    return where(input == 0, values, arithmetic.mul(rounding.sign(input) + 1, 0.5))


def _modf(input: Any) -> tuple[Any, Any]:
    whole = rounding.trunc(input)
    return where(comparison.isinf(input), 0.0, input - whole), whole


def _divmod(input: Any, other: Any) -> tuple[Any, Any]:
    return arithmetic.floor_divide(input, other), arithmetic.remainder(input, other)


def _vecdot(x1: Any, x2: Any) -> Any:
    return (x1 * x2).sum(-1)


def _matvec(x1: Any, x2: Any) -> Any:
    return products.matmul(x1, x2[..., None])[..., 0]


def _vecmat(x1: Any, x2: Any) -> Any:
    return products.matmul(x1[..., None, :], x2)[..., 0, :]


OPERATORS: dict[str, Callable[..., Any]] = {
    "absolute": arithmetic.abs, "fabs": arithmetic.abs, "add": arithmetic.add,
    "subtract": arithmetic.sub, "multiply": arithmetic.mul, "divide": arithmetic.div,
    "floor_divide": arithmetic.floor_divide, "remainder": arithmetic.remainder,
    "fmod": arithmetic.fmod, "divmod": _divmod, "power": arithmetic.pow,
    "float_power": arithmetic.pow, "negative": arithmetic.neg, "positive": clone,
    "conjugate": clone, "reciprocal": arithmetic.reciprocal, "square": arithmetic.square,
    "sqrt": arithmetic.sqrt, "cbrt": cbrt,
    "exp": exponential.exp, "exp2": exponential.exp2, "expm1": exponential.expm1,
    "log": exponential.log, "log2": exponential.log2, "log10": exponential.log10,
    "log1p": exponential.log1p, "logaddexp": exponential.logaddexp,
    "logaddexp2": exponential.logaddexp2, "ldexp": exponential.ldexp, "frexp": rounding.frexp,
    "sin": trigonometric.sin, "cos": trigonometric.cos, "tan": trigonometric.tan,
    "arcsin": trigonometric.asin, "arccos": trigonometric.acos, "arctan": trigonometric.atan,
    "sinh": trigonometric.sinh, "cosh": trigonometric.cosh, "tanh": trigonometric.tanh,
    "arcsinh": trigonometric.asinh, "arccosh": trigonometric.acosh,
    "arctanh": trigonometric.atanh, "arctan2": trigonometric.atan2, "hypot": trigonometric.hypot,
    "deg2rad": trigonometric.deg2rad, "radians": trigonometric.deg2rad,
    "rad2deg": trigonometric.rad2deg, "degrees": trigonometric.rad2deg,
    "maximum": choice.maximum, "minimum": choice.minimum, "fmax": choice.fmax,
    "fmin": choice.fmin, "heaviside": _heaviside, "copysign": rounding.copysign,
    "floor": rounding.floor, "ceil": rounding.ceil, "trunc": rounding.trunc,
    "rint": rounding.round, "sign": rounding.sign, "modf": _modf,
    "matmul": products.matmul, "vecdot": _vecdot, "matvec": _matvec, "vecmat": _vecmat,
    "clip": clipped,
}  # fmt: skip
"""By the name of NumPy's ufunc: what computes it when a gradient is wanted."""

SCIPYS: dict[str, Callable[..., Any]] = {
    "entr": special.entr, "erf": special.erf, "erfc": special.erfc, "erfcx": special.erfcx,
    "erfinv": special.erfinv, "expit": exponential.sigmoid, "gammaln": gamma.lgamma,
    "i0": special.i0, "i0e": special.i0e, "i1": special.i1, "i1e": special.i1e,
    "log_ndtr": special.log_ndtr, "logit": special.logit, "ndtr": special.ndtr,
    "ndtri": special.ndtri, "psi": gamma.digamma, "xlog1py": special.xlog1py,
    "xlogy": special.xlogy,
}  # fmt: skip
"""The same of ``scipy.special``, whose functions of elements are ufuncs as well."""

STEPS = frozenset({
    "equal", "greater", "greater_equal", "isfinite", "isinf", "isnan", "isnat", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal", "signbit",
})  # fmt: skip
"""Ufuncs whose values are True and False: these take what requires grad, and give none."""


# -- who answers -----------------------------------------------------------------------------------


def answer(ufunc: Any, way: str, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """What ``Tensor.__array_ufunc__`` gives, but for plain calls that are operators of Python's."""
    into = settings.get("out", ())
    wanted = wants_gradient((inputs, into))
    name = ufunc.__name__
    if not wanted or (name in STEPS and not wants_gradient(into)):
        return _by_numpy(ufunc, way, inputs, settings)
    if _operator(ufunc) is None or way not in _FORMS or any(one is not None for one in into):
        raise _refusal(name, way, into)
    more = {key: settings[key] for key in settings if key != "out"}
    try:
        return _FORMS[way](ufunc, *inputs, **more)
    except Exception as error:
        raise what_numpy_says(error, getattr(ufunc, way), inputs, more) from None


def _operator(ufunc: Any) -> Callable[..., Any] | None:
    """What computes ``ufunc``; None for what only shares a name with what does."""
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc or name == "clip":  # that of the method of arrays
        return OPERATORS.get(name)
    scipys = sys.modules.get("scipy.special")
    return SCIPYS.get(name) if getattr(scipys, name, None) is ufunc else None


def _by_numpy(ufunc: Any, way: str, inputs: Any, settings: dict[str, Any]) -> Any:
    """NumPy's own result; what it writes into Tensors is seen by the graph."""
    if way == "at":
        values = np.array(raws(inputs[0]))
        ufunc.at(values, *raws(inputs[1:]))
        return write(inputs[0], values)
    into = settings.get("out", ())
    if into:
        copies = (np.array(one.array) if isinstance(one, Tensor) else one for one in into)
        settings["out"] = tuple(copies)
    result = getattr(ufunc, way)(*raws(inputs), **raws(settings))
    if not into:
        return as_result(result)
    several = result if isinstance(result, tuple) else (result,)
    given = []
    for one, value in zip(into, several, strict=True):
        if isinstance(one, Tensor):
            write(one, value)
        given.append(as_result(value) if one is None else one)
    return tuple(given) if isinstance(result, tuple) else given[0]


def _refusal(name: str, way: str, into: Any) -> NoGradientError:
    form = name if way == "__call__" else f"{name}.{way}"
    start = f"np.{form}: no gradient passes NumPy's functions, and this Tensor requires grad: "
    if way == "at":
        return NoGradientError(f"{start}use x.index_put((index,), values, accumulate=True)")
    if any(one is not None for one in into):
        what = f"np.{form}: no gradient passes out=, and a Tensor given requires grad: "
        return NoGradientError(f"{what}use the result, or x.detach()")
    return NoGradientError(f"{start}use functions of autotensor, or x.detach()")


# -- calls -----------------------------------------------------------------------------------------


def apply(
    ufunc: Any, *inputs: Any, dtype: Any = None, signature: Any = None, casting: str = "same_kind"
) -> Any:
    """``ufunc(*inputs)`` by our operator, in the dtypes that NumPy computes in."""
    given = [joined(one) for one in inputs]
    if signature is None and dtype is not None:
        signature = (None,) * ufunc.nin + (np.dtype(raws(dtype)),) * ufunc.nout
    said = {} if signature is None else {"signature": signature}
    kinds = [
        type(one) if type(one) in (int, float) else np.asarray(raws(one)).dtype for one in given
    ]
    loop = ufunc.resolve_dtypes((*kinds, *(None,) * ufunc.nout), casting=casting, **said)
    name = f"np.{ufunc.__name__}"
    given = [
        converted(as_tensor(one if isinstance(one, Tensor) else np.asarray(one, kind)), kind, name)
        for one, kind in zip(given, loop, strict=False)
    ]
    operator = _operator(ufunc)
    assert operator is not None  # as the caller knows
    result = operator(*given)
    if isinstance(result, tuple):
        return tuple(result)
    return converted(result, loop[-1], name)


def _called(
    ufunc: Any, *inputs: Any, where: Any = True, axis: Any = None, axes: Any = None,
    keepdims: bool = False, order: str = "K", subok: bool = True, sig: Any = None, **settings: Any,
) -> Any:  # fmt: skip
    if sig is not None:
        settings["signature"] = sig
    if axes is not None or (keepdims and ufunc.__name__ != "vecdot"):
        raise NoGradientError(
            f"np.{ufunc.__name__}: axes= and keepdims= pass no gradient, and a Tensor given "
            "requires grad: move its dimensions with np.moveaxis first, or use x.detach()"
        )
    if ufunc.signature is not None:
        if axis is None and not keepdims:
            return apply(ufunc, *inputs, **settings)
        last = -1 if axis is None else axis
        moved = [as_tensor(one).movedim(last, -1) for one in inputs]
        result = apply(ufunc, *moved, **settings)
        return result.unsqueeze(last) if keepdims else result
    if where is True:
        return apply(ufunc, *inputs, **settings)
    # Where the mask is false, no value is computed, and so no derivative: 0 · infinity is NaN.
    mask = np.asarray(raws(where))
    shape = np.broadcast_shapes(mask.shape, *(np.shape(raws(one)) for one in inputs))
    mask = np.broadcast_to(mask, shape)
    chosen = [
        one if type(one) in (int, float) else as_tensor(one).broadcast_to(shape)[mask]
        for one in inputs
    ]
    result = apply(ufunc, *chosen, **settings)
    several = result if isinstance(result, tuple) else (result,)
    placed = tuple(put_into_zeros(one, (mask,), shape) for one in several)
    return placed if isinstance(result, tuple) else placed[0]


def _outer(ufunc: Any, a: Any, b: Any, **settings: Any) -> Any:
    a, b = as_tensor(joined(a)), as_tensor(joined(b))
    return _called(ufunc, a.reshape(*a.shape, *(1,) * b.ndim), b, **settings)


# -- reduce, accumulate, reduceat ------------------------------------------------------------------

_ABSENT: Any = np._NoValue

_REDUCED = {"add": sums.sum_, "multiply": sums.prod, "maximum": sums.max_, "minimum": sums.min_}
_SCANNED = {
    "add": scans.cumsum, "multiply": scans.cumprod, "logaddexp": scans.logcumsumexp,
    "maximum": lambda x, dim: scans.cummax(x, dim).values,
    "minimum": lambda x, dim: scans.cummin(x, dim).values,
}  # fmt: skip


def _need_two(ufunc: Any, way: str) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        raise ValueError(f"np.{ufunc.__name__}.{way}: only for functions of two arguments")


def _in_dtype(ufunc: Any, array: Any, dtype: Any, way: str) -> Tensor:
    array = as_tensor(array)
    if dtype is None:
        dtype = ufunc.resolve_dtypes((array.array.dtype, array.array.dtype, None))[-1]
    return converted(array, raws(dtype), f"np.{ufunc.__name__}.{way}")


def _reduce(
    ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False,
    initial: Any = _ABSENT, where: Any = True,
) -> Any:  # fmt: skip
    _need_two(ufunc, "reduce")
    array = _in_dtype(ufunc, array, dtype, "reduce")
    if ufunc.__name__ in _REDUCED:
        more = {} if where is True else {"where": where}
        return _REDUCED[ufunc.__name__](
            array, axis=axis, keepdims=keepdims, initial=initial, **more
        )
    whole = axis is None or (array.ndim == 0 and axis in (0, -1))
    dims = range(array.ndim) if whole else normalize_axis_tuple(axis, array.ndim)
    if len(dims) > 1 and ufunc.identity is None and ufunc.__name__ not in ("fmax", "fmin"):
        raise ValueError(
            f"reduction operation '{ufunc.__name__}' is not reorderable, so at most "
            "one axis may be specified"
        )
    mask: Any = np.broadcast_to(np.asarray(raws(where)), array.shape)
    result = array
    for count, dim in enumerate(sorted(dims, reverse=True)):
        start = initial if count == len(dims) - 1 else _ABSENT
        result = _folded(ufunc, result, mask, dim, start, where is True or count > 0)
        mask = mask.any(axis=dim)
    if keepdims:
        for dim in sorted(dims):
            result = result.unsqueeze(dim)
    return result


def _folded(ufunc: Any, array: Any, mask: Any, dim: int, initial: Any, every: bool) -> Any:
    """``array`` folded along ``dim``, by ``ufunc`` of two elements at a time."""
    parts = list(unbind(array, dim))
    if initial is None or initial is _ABSENT:
        if every and parts and (initial is None or ufunc.identity is None):
            total = parts.pop(0)
            mask = np.delete(mask, 0, dim)
        elif ufunc.identity is None or initial is None:
            raise ValueError(
                f"np.{ufunc.__name__}.reduce: nothing to reduce, and no identity: give initial="
            )
        else:
            total = ufunc.identity
    else:
        total = initial
    shape = array.shape[:dim] + array.shape[dim + 1 :]
    if not isinstance(total, Tensor) or tuple(total.shape) != tuple(shape):
        total = as_tensor(np.asarray(total, array.array.dtype)).broadcast_to(shape)
    for part, chosen in zip(parts, np.moveaxis(mask, dim, 0), strict=True):
        after = apply(ufunc, total, part)
        total = after if every else where(wrap(np.array(chosen)), after, total)
    return total


def _accumulate(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    _need_two(ufunc, "accumulate")
    array = _in_dtype(ufunc, array, dtype, "accumulate")
    (dim,) = normalize_axis_tuple(axis, array.ndim)
    if ufunc.__name__ in _SCANNED:
        return _SCANNED[ufunc.__name__](array, dim)
    results: list[Any] = []
    for part in unbind(array, dim):
        results.append(apply(ufunc, results[-1], part) if results else part)
    return stack(results, dim) if results else clone(array)


def _reduceat(ufunc: Any, array: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
    _need_two(ufunc, "reduceat")
    array = _in_dtype(ufunc, array, dtype, "reduceat")
    (dim,) = normalize_axis_tuple(axis, array.ndim)
    starts = [int(one) for one in np.asarray(raws(indices))]
    stops = [*starts[1:], array.shape[dim]]
    if not all(0 <= one < array.shape[dim] for one in starts):
        raise IndexError(
            f"np.{ufunc.__name__}.reduceat: indices must be in [0, {array.shape[dim]})"
        )
    pieces = [
        _reduce(ufunc, array.narrow(dim, start, max(stop - start, 1)), dim, keepdims=True)
        for start, stop in zip(starts, stops, strict=True)
    ]
    return cat(pieces, dim)


_FORMS: dict[str, Callable[..., Any]] = {
    "__call__": _called, "outer": _outer, "reduce": _reduce, "accumulate": _accumulate,
    "reduceat": _reduceat,
}  # fmt: skip
