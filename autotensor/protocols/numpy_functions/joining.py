"""NumPy's functions that join Tensors, and those that put elements into other places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.joining import cat
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_tensor, converted, raws
from autotensor.protocols.numpy_functions.shapes import atleast_1d, atleast_2d, atleast_3d

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    VIEW, arranged, axes_of, common, joined, numpys,
)  # fmt: skip

__all__ = ["concatenate", "pick"]


def _parts(name: str, arrays: Any, dtype: Any, casting: Any) -> list[Tensor]:
    """What is to be joined, in one dtype."""
    parts = [as_tensor(joined(one)) for one in arrays]
    if not parts:
        raise ValueError("need at least one array to concatenate")
    wanted = np.result_type(*(one.array for one in parts)) if dtype is None else np.dtype(dtype)
    for one in parts:
        if not np.can_cast(one.array.dtype, wanted, casting):
            raise TypeError(
                f"{name}: Cannot cast array data from {one.array.dtype!r} to {wanted!r} according "
                f"to the rule {casting!r}"
            )
    return [converted(one, wanted, name) for one in parts]


def _cat(name: str, parts: list[Tensor], axis: Any) -> Tensor:
    if axis is None:
        return cat([one.reshape(-1) for one in parts])
    ndim = parts[0].ndim
    if not ndim:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    dim = normalize_axis_index(axis, ndim)
    if any(one.ndim != ndim for one in parts):
        raise ValueError(
            f"{name}: all the input array dimensions must match exactly, got shapes "
            + ", ".join(str(one.array.shape) for one in parts)
        )
    return cat(parts, dim)


@numpys("concatenate", "concat")
def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:  # fmt: skip
    return _cat("np.concatenate", _parts("np.concatenate", arrays, dtype, casting), axis)


@numpys("stack")
def stack(
    arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    parts = _parts("np.stack", arrays, dtype, casting)
    if len({one.array.shape for one in parts}) > 1:
        raise ValueError("all input arrays must have the same shape")
    dim = normalize_axis_index(axis, parts[0].ndim + 1)
    return cat([one.unsqueeze(dim) for one in parts], dim)


@numpys("vstack")
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    parts = [atleast_2d(one) for one in tup]
    return _cat("np.vstack", _parts("np.vstack", parts, dtype, casting), 0)


@numpys("hstack")
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    parts = _parts("np.hstack", [atleast_1d(one) for one in tup], dtype, casting)
    return _cat("np.hstack", parts, 0 if parts[0].ndim == 1 else 1)


@numpys("dstack")
def dstack(tup: Any) -> Any:
    parts = [atleast_3d(one) for one in tup]
    return _cat("np.dstack", _parts("np.dstack", parts, None, "same_kind"), 2)


@numpys("column_stack")
def column_stack(tup: Any) -> Any:
    parts = [as_tensor(joined(one)) for one in tup]
    columns = [one if one.ndim > 1 else one.reshape(-1, 1) for one in parts]
    return _cat("np.column_stack", _parts("np.column_stack", columns, None, "same_kind"), 1)


@numpys("append")
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    parts = [as_tensor(joined(one)) for one in (arr, values)]
    return _cat("np.append", _parts("np.append", parts, None, "same_kind"), axis)


def pick(name: str, arrange: Callable[..., Any], *values: Any) -> Any:
    """``arranged`` of values that are made to be of one dtype."""
    return arranged(arrange, *common(name, *values))


@numpys("block")
def block(arrays: Any) -> Any:
    leaves: list[Tensor] = []

    def collected(tree: Any) -> Any:
        if isinstance(tree, list):
            return [collected(one) for one in tree]
        leaves.append(as_tensor(tree))
        return len(leaves) - 1

    def filled(tree: Any, numbers: Any) -> Any:
        return [filled(one, numbers) for one in tree] if isinstance(tree, list) else numbers[tree]

    tree = collected(arrays)
    return pick("np.block", lambda *numbers: np.block(filled(tree, numbers)), *leaves)


@numpys("delete")
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return pick("np.delete", lambda arr: np.delete(arr, raws(obj), axis), arr)


@numpys("insert")
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    arr = as_tensor(joined(arr))
    values = converted(as_tensor(joined(values)), arr.array.dtype, "np.insert")
    return arranged(lambda arr, new: np.insert(arr, raws(obj), new, axis), arr, values)


@numpys("fft.fftshift")
def fftshift(x: Any, axes: Any = None) -> Any:
    return pick("np.fft.fftshift", lambda x: np.fft.fftshift(x, axes), x)


@numpys("fft.ifftshift")
def ifftshift(x: Any, axes: Any = None) -> Any:
    return pick("np.fft.ifftshift", lambda x: np.fft.ifftshift(x, axes), x)


@numpys("tile")
def tile(A: Any, reps: Any) -> Any:
    return pick("np.tile", lambda a: np.tile(a, raws(reps)), A)


@numpys("repeat")
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return pick("np.repeat", lambda a: np.repeat(a, raws(repeats), axis), a)


@numpys("resize")
def resize(a: Any, new_shape: Any) -> Any:
    return pick("np.resize", lambda a: np.resize(a, new_shape), a)


@numpys("trim_zeros")
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    filt = as_tensor(joined(filt))
    if not set(trim.lower()) <= set("fb"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    places = np.argwhere(filt.array)
    for dim in axes_of(axis, filt.ndim):
        size, at = filt.shape[dim], places[:, dim]
        start = (int(at.min()) if at.size else size) if "f" in trim.lower() else 0
        stop = (int(at.max()) + 1 if at.size else start) if "b" in trim.lower() else size
        filt = filt.narrow(dim, start, stop - start)
    return filt.clone()


@numpys("diag")
def diag(v: Any, k: int = 0) -> Any:
    return pick("np.diag", lambda v: np.diag(v, k), v)


@numpys("diagflat")
def diagflat(v: Any, k: int = 0) -> Any:
    return pick("np.diagflat", lambda v: np.diagflat(v, k), v)


@numpys("tril")
def tril(m: Any, k: int = 0) -> Any:
    return pick("np.tril", lambda m: np.tril(m, k), m)


@numpys("triu")
def triu(m: Any, k: int = 0) -> Any:
    return pick("np.triu", lambda m: np.triu(m, k), m)


@numpys("copy")
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return as_tensor(joined(a)).clone()


@numpys("astype", kind=VIEW)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    # As x.to(): a dtype that has no gradient gives none, and says so.
    return as_tensor(x).to(
        raws(dtype) if not isinstance(dtype, str) else np.dtype(dtype), copy=copy
    )


# -- choosing --------------------------------------------------------------------------------------


@numpys("where")
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None and y is None:
        return tuple(wrap(one) for one in np.nonzero(raws(condition)))
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    x, y = common("np.where", x, y, weak=True)
    return where_(wrap(np.asarray(raws(condition)).astype(bool)), x, y)


@numpys("take")
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: Any = "raise"
) -> Any:
    return pick("np.take", lambda a: np.take(a, raws(indices), axis, mode=mode), a)


@numpys("take_along_axis")
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    return pick("np.take_along_axis", lambda arr: np.take_along_axis(arr, raws(indices), axis), arr)


@numpys("compress")
def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return pick("np.compress", lambda a: np.compress(raws(condition), a, axis), a)


@numpys("extract")
def extract(condition: Any, arr: Any) -> Any:
    return pick("np.extract", lambda a: np.extract(raws(condition), a), arr)


@numpys("choose")
def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    options = [choices[place] for place in range(len(choices))]
    return pick("np.choose", lambda *numbers: np.choose(raws(a), numbers, mode=mode), *options)


@numpys("select")
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    *options, other = common("np.select", *choicelist, default, weak=True)
    conditions = raws(list(condlist))
    return arranged(
        lambda *numbers: np.select(conditions, list(numbers[:-1]), numbers[-1]), *options, other
    )


@numpys("piecewise")
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = as_tensor(joined(x))
    if x.ndim == 0:
        lists = [np.reshape(one, 1) for one in np.atleast_1d(raws(condlist))]
        return piecewise(x.reshape(1), lists, funclist, *args, **kw).reshape(())
    conditions = np.asarray(raws(condlist))
    if conditions.ndim == 0 or (
        conditions.ndim == 1
        and x.ndim != 0
        and not isinstance(condlist[0], (list, np.ndarray, Tensor))
    ):
        conditions = conditions[None]
    conditions = np.broadcast_to(conditions.astype(bool), (len(conditions), *x.array.shape))
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~conditions.any(axis=0, keepdims=True)])
    elif len(functions) != len(conditions):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    result = wrap(np.zeros(x.array.shape, x.array.dtype))
    for mask, function in zip(conditions, functions, strict=True):
        if mask.any():
            chosen = function(x[mask], *args, **kw) if callable(function) else function
            value = converted(
                as_tensor(
                    np.asarray(chosen, x.array.dtype) if not isinstance(chosen, Tensor) else chosen
                ),
                x.array.dtype,
                "np.piecewise",
            )
            result = result.index_put((wrap(np.array(mask)),), value)
    return result
