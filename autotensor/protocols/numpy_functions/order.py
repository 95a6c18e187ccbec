"""NumPy's functions of order on Tensors that require grad: sorting, quantiles, sets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_result, as_tensor, converted, raws, tensors_in
from autotensor.protocols.numpy_functions.joining import pick
from autotensor.protocols.numpy_functions.reductions import mean

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    ABSENT, arranged, axes_of, common, given, joined, numpys, refuse,
)  # fmt: skip

__all__: list[str] = []


def _by_order(a: Any, axis: Any, order: Any, name: str) -> Tensor:
    """``a`` in the order of the numbers that ``order(array, axis)`` gives."""
    a = as_tensor(joined(a))
    if axis is None:
        a, axis = a.reshape(-1), -1
    dim = normalize_axis_index(axis, a.ndim)
    places = order(a.array, dim)
    return arranged(lambda a: np.take_along_axis(a, places, dim), a)


@numpys("sort")
def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None,
    descending: Any = np._NoValue,
) -> Any:  # fmt: skip
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")
    downwards = descending is not np._NoValue and descending

    def places(a: Any, dim: int) -> Any:  # NaNs are last either way
        return np.argsort(-a if downwards else a, dim, kind=None if stable else kind, stable=stable)

    return _by_order(a, axis, places, "np.sort")


@numpys("partition")
def partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")
    return _by_order(
        a, axis, lambda a, dim: np.argpartition(a, raws(kth), dim, kind), "np.partition"
    )


_ELEMENTS = ("closest_observation", "higher", "inverted_cdf", "lower", "nearest")
"""Methods that give an element rather than a mean of two."""


def _quantile(
    a: Any, q: Any, axis: Any, keepdims: Any, method: Any, weights: Any, nan: bool, name: str
) -> Any:
    """Sorted values, and where between them NumPy finds the quantile of their ranks.

    Every method of NumPy's is a mean of two neighbours, so the quantile of the ranks 0 to n - 1
    says which two, and with which weights.
    """
    if weights is not None:
        raise refuse(name, "weights are not differentiated; use x.detach()")
    if any(one.requires_grad for one in tensors_in(q)):
        raise refuse(name, "q is not differentiated; use q.detach()")
    a, q = as_tensor(joined(a)), np.asarray(raws(q))
    if q.size and not (np.all(q >= 0) and np.all(q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    whole = q.ndim == 0 or q.dtype.kind != "f" or method in _ELEMENTS
    dtype = a.array.dtype if whole else np.result_type(a.array, q)
    dims = axes_of(axis, a.ndim)
    rest = [dim for dim in range(a.ndim) if dim not in dims]
    lined = a.permute((*rest, *dims)).reshape(
        *(a.shape[dim] for dim in rest), math.prod(a.shape[dim] for dim in dims)
    )
    if lined.shape[-1] == 0:
        raise IndexError(f"{name}: cannot find a quantile of no numbers")
    ordered = _by_order(lined, -1, lambda a, dim: np.argsort(a, dim), name)
    missing = np.isnan(ordered.array).sum(axis=-1)
    counts = ordered.shape[-1] - missing if nan else np.full(missing.shape, ordered.shape[-1])
    ranks = np.zeros((q.size, *counts.shape))
    for count in np.unique(counts):
        if count:
            at = np.quantile(np.arange(count, dtype=np.float64), q.reshape(-1), method=method)
            ranks[:, counts == count] = at[:, None]
    low = np.floor(ranks).astype(np.int64)
    share = ranks - low
    high = np.minimum(low + (share > 0), ordered.shape[-1] - 1)
    numbers = [np.moveaxis(one, 0, -1) for one in (low, high)]
    first, second = (
        arranged(lambda a, one=one: np.take_along_axis(a, one, -1), ordered).movedim(-1, 0)
        for one in numbers
    )
    share_ = wrap(np.asarray(share, a.array.dtype))
    found = where_(wrap(share > 0), first + (second - first) * share_, first)
    unknown = (counts == 0) if nan else (missing > 0)
    if unknown.any():
        found = where_(wrap(np.broadcast_to(unknown, ranks.shape).copy()), math.nan, found)
    found = converted(found, dtype, name)
    if given(keepdims) and keepdims:
        sizes = [1 if dim in dims else size for dim, size in enumerate(a.array.shape)]
        return found.reshape(*q.shape, *sizes)
    return found.reshape(*q.shape, *(a.shape[dim] for dim in rest))


@numpys("quantile")
def quantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    return _quantile(a, q, axis, keepdims, method, weights, False, "np.quantile")


@numpys("nanquantile")
def nanquantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: Any = ABSENT, *, weights: Any = None,
) -> Any:  # fmt: skip
    return _quantile(a, q, axis, keepdims, method, weights, True, "np.nanquantile")


def _hundredth(q: Any) -> Any:
    return q if any(one.requires_grad for one in tensors_in(q)) else np.asarray(raws(q)) / 100


@numpys("percentile")
def percentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    return _quantile(a, _hundredth(q), axis, keepdims, method, weights, False, "np.percentile")


@numpys("nanpercentile")
def nanpercentile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: Any = ABSENT, *, weights: Any = None,
) -> Any:  # fmt: skip
    return _quantile(a, _hundredth(q), axis, keepdims, method, weights, True, "np.nanpercentile")


def _median(a: Any, axis: Any, keepdims: Any, nan: bool, name: str) -> Any:
    a = as_tensor(joined(a))
    if not a.array.size:
        return mean(a, axis, keepdims=keepdims)  # NaN, of the right shape
    return _quantile(a, 0.5, axis, keepdims, "linear", None, nan, name)


@numpys("median")
def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    keepdims: Any = False,
) -> Any:  # fmt: skip
    return _median(a, axis, keepdims, False, "np.median")


@numpys("nanmedian")
def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    keepdims: Any = ABSENT,
) -> Any:  # fmt: skip
    return _median(a, axis, keepdims, True, "np.nanmedian")


# -- sets ------------------------------------------------------------------------------------------


@numpys("unique")
def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, *, equal_nan: bool = True,
    sorted: bool = True,
) -> Any:  # fmt: skip
    ar = as_tensor(joined(ar))
    _, places, inverse, counts = np.unique(ar.array, True, True, True, axis, equal_nan=equal_nan)
    chosen = ar.reshape(-1)[places] if axis is None else ar.index_select(axis, as_tensor(places))
    extras = ((return_index, places), (return_inverse, inverse), (return_counts, counts))
    more = [as_result(one) for wanted, one in extras if wanted]
    return (chosen, *more) if more else chosen


def _named(function: Any, x: Any) -> Any:
    """What a function of one argument gives that is a named tuple with the values first."""
    plain = function(x.array)
    places = np.unique(x.array, return_index=True, equal_nan=False)[1]
    return type(plain)(x.reshape(-1)[places], *map(as_result, plain[1:]))


@numpys("unique_all")
def unique_all(x: Any) -> Any:
    return _named(np.unique_all, as_tensor(x))


@numpys("unique_counts")
def unique_counts(x: Any) -> Any:
    return _named(np.unique_counts, as_tensor(x))


@numpys("unique_inverse")
def unique_inverse(x: Any) -> Any:
    return _named(np.unique_inverse, as_tensor(x))


@numpys("unique_values")
def unique_values(x: Any) -> Any:
    return unique(x, equal_nan=False)


def _chosen(name: str, function: Any, ar1: Any, ar2: Any) -> Any:
    """The elements that a function of two sets gives, wherever they stand first."""
    both = pick(name, lambda a, b: np.concatenate([a.reshape(-1), b.reshape(-1)]), ar1, ar2)
    wanted = function(*(one.array for one in common(name, ar1, ar2)))
    order = np.argsort(both.array, kind="stable")
    return both[order[np.searchsorted(both.array, wanted, sorter=order)]]


@numpys("union1d")
def union1d(ar1: Any, ar2: Any) -> Any:
    return _chosen("np.union1d", np.union1d, ar1, ar2)


@numpys("setdiff1d")
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    return _chosen("np.setdiff1d", lambda a, b: np.setdiff1d(a, b, assume_unique), ar1, ar2)


@numpys("setxor1d")
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    return _chosen("np.setxor1d", lambda a, b: np.setxor1d(a, b, assume_unique), ar1, ar2)


@numpys("intersect1d")
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    found = _chosen("np.intersect1d", lambda a, b: np.intersect1d(a, b, assume_unique), ar1, ar2)
    if not return_indices:
        return found
    places = np.intersect1d(raws(ar1), raws(ar2), assume_unique, return_indices=True)[1:]
    return (found, *map(as_result, places))
