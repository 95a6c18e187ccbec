"""NumPy's sums, means, extremes and scans on Tensors that require grad."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.pointwise import choice
from autotensor.operators.reductions import reductions, scans
from autotensor.operators.structure.joining import cat
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_tensor, converted, raws

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    ABSENT, axes_of, given, joined, numpys,
)  # fmt: skip

__all__ = ["kept_dims", "max_", "mean", "min_", "prod", "sum_"]


def _input(a: Any, dtype: Any, name: str) -> Tensor:
    a = as_tensor(joined(a))
    return a if dtype is None else converted(a, raws(dtype), name)


def _mask(where: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    """What counts; None for all."""
    if not given(where) or where is True:
        return None
    return np.broadcast_to(np.asarray(raws(where)).astype(bool), shape)


def _only(a: Tensor, mask: Any, neutral: float) -> Tensor:
    """``a`` with ``neutral`` in place of what does not count."""
    return a if mask is None else where_(wrap(np.array(mask)), a, neutral)


def _reduced(function: Any, a: Tensor, axis: Any, keepdims: Any, **more: Any) -> Tensor:
    """``function`` over ``axis``, which for NumPy may be no dimension at all: ()."""
    dims = axes_of(axis, a.ndim)
    if not dims:
        return function(a.unsqueeze(0), 0, **more)
    return function(a, dims, keepdim=bool(given(keepdims) and keepdims), **more)


def _of_one(axis: Any, a: Tensor) -> Any:
    """NumPy's ufuncs take a number for an array with one dimension, if asked for ``axis`` 0."""
    return None if a.ndim == 0 and axis in (0, -1) else axis


def kept_dims(result: Tensor, a: Tensor, axis: Any, keepdims: Any) -> Tensor:
    """``result`` of a reduction without the dimensions, with them where NumPy keeps them."""
    if given(keepdims) and keepdims:
        for dim in sorted(axes_of(axis, a.ndim)):
            result = result.unsqueeze(dim)
    return result


@numpys("sum")
def sum_(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT,
    initial: Any = ABSENT, where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.sum")
    axis = _of_one(axis, a)
    total = _reduced(reductions.sum, _only(a, _mask(where, a.array.shape), 0), axis, keepdims)
    return total + initial if given(initial) and initial is not None else total


@numpys("prod")
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT,
    initial: Any = ABSENT, where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.prod")
    axis = _of_one(axis, a)
    a = _only(a, _mask(where, a.array.shape), 1)
    product = a
    for dim in sorted(axes_of(axis, a.ndim), reverse=True):
        product = reductions.prod(product, dim)
    product = kept_dims(product, a, axis, keepdims)
    return product * initial if given(initial) and initial is not None else product


def _extreme(
    a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, largest: bool, name: str
) -> Any:
    a = as_tensor(joined(a))
    axis, mask = _of_one(axis, a), _mask(where, a.array.shape)
    known = given(initial) and initial is not None
    if not known and mask is not None:
        raise ValueError(
            f"reduction operation '{'maximum' if largest else 'minimum'}' does not have an "
            "identity, so to use a where mask one has to specify 'initial'"
        )
    if known:
        initial = as_tensor(np.asarray(raws(initial), a.array.dtype))
    dims = axes_of(axis, a.ndim)
    sizes = [a.shape[dim] for dim in dims]
    if 0 in sizes:
        if not known:
            raise ValueError(
                f"zero-size array to reduction operation {'maximum' if largest else 'minimum'} "
                "which has no identity"
            )
        return reductions.sum(a, dims, keepdim=bool(given(keepdims) and keepdims)) + initial
    if mask is not None:
        a = where_(wrap(np.array(mask)), a, initial)
    found = _reduced(reductions.amax if largest else reductions.amin, a, axis, keepdims)
    if not known:
        return found
    return (choice.maximum if largest else choice.minimum)(found, initial)


@numpys("max", "amax")
def max_(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    return _extreme(a, axis, keepdims, initial, where, True, "np.max")


@numpys("min", "amin")
def min_(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    return _extreme(a, axis, keepdims, initial, where, False, "np.min")


@numpys("ptp")
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT) -> Any:
    return max_(a, axis, None, keepdims) - min_(a, axis, None, keepdims)


# -- means and spreads -----------------------------------------------------------------------------


def _count(a: Tensor, axis: Any, keepdims: Any, mask: Any) -> Any:
    """How many elements count: a number, or an array where that differs."""
    dims = axes_of(axis, a.ndim)
    if mask is None:
        return math.prod(a.shape[dim] for dim in dims)
    return np.sum(mask, axis=dims, keepdims=bool(given(keepdims) and keepdims))


def _over(total: Tensor, count: Any) -> Tensor:
    """``total / count``; of nothing it is NaN, as the caller knows."""
    divisor = np.asarray(count, total.array.dtype)
    return total / (wrap(divisor) if divisor.ndim else divisor.item())


@numpys("mean")
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT, *,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.mean")
    mask = _mask(where, a.array.shape)
    if mask is None:
        return _reduced(reductions.mean, a, axis, keepdims)
    total = _reduced(reductions.sum, _only(a, mask, 0), axis, keepdims)
    return _over(total, _count(a, axis, keepdims, mask))


def _variance(
    a: Tensor, axis: Any, keepdims: Any, ddof: Any, mask: Any, middle: Any, root: bool
) -> Any:
    dims = axes_of(axis, a.ndim)
    if mask is None and middle is None and dims:
        spread = reductions.std if root else reductions.var
        count = math.prod(a.shape[dim] for dim in dims)
        if count > ddof:
            return spread(a, dims, correction=ddof, keepdim=bool(given(keepdims) and keepdims))
    if middle is None:
        total = _reduced(reductions.sum, _only(a, mask, 0), dims, True)
        middle = _over(total, _count(a, dims, True, mask))
    apart = _only(a - middle, mask, 0)
    total = _reduced(reductions.sum, apart * apart, dims, keepdims)
    divisor = np.maximum(np.asarray(_count(a, dims, keepdims, mask)) - ddof, 0)
    found = _over(total, divisor)
    if not root:
        return found
    # Where all are equal the root has no derivative; PyTorch's is 0.
    none = wrap(np.asarray(found.array == 0))
    return where_(none, found, where_(none, 1.0, found).sqrt())


def _ddof(ddof: Any, correction: Any) -> Any:
    if not given(correction):
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


def _middle(mean: Any, a: Tensor, name: str) -> Any:
    return converted(as_tensor(mean), a.array.dtype, name) if given(mean) else None


@numpys("var")
def var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, *, where: Any = ABSENT, mean: Any = ABSENT, correction: Any = ABSENT,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.var")
    mask, middle = _mask(where, a.array.shape), _middle(mean, a, "np.var")
    return _variance(a, axis, keepdims, _ddof(ddof, correction), mask, middle, root=False)


@numpys("std")
def std(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, *, where: Any = ABSENT, mean: Any = ABSENT, correction: Any = ABSENT,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.std")
    mask, middle = _mask(where, a.array.shape), _middle(mean, a, "np.std")
    return _variance(a, axis, keepdims, _ddof(ddof, correction), mask, middle, root=True)


@numpys("average")
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
    keepdims: Any = ABSENT,
) -> Any:  # fmt: skip
    if weights is None:
        found = mean(a, axis, keepdims=keepdims)
        a = as_tensor(joined(a))
        scale = as_tensor(np.asarray(a.array.size / found.array.size, found.array.dtype))
    else:
        a, weights = as_tensor(joined(a)), as_tensor(joined(weights))
        least = [np.float64] if a.array.dtype.kind in "iub" else []
        dtype = np.result_type(a.array, weights.array, *least)
        a, weights = (converted(one, dtype, "np.average") for one in (a, weights))
        if weights.array.shape != a.array.shape:
            weights = _weights_along(a, axis, weights)
        scale = sum_(weights.expand(a.shape), axis, keepdims=keepdims)
        if (scale.array == 0).any():
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        found = sum_(a * weights, axis, keepdims=keepdims) / scale
    return (found, scale.expand(found.shape).clone()) if returned else found


def _weights_along(a: Tensor, axis: Any, weights: Tensor) -> Tensor:
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    dims = axes_of(axis, a.ndim)
    if weights.array.shape != tuple(a.shape[dim] for dim in dims):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    weights = weights.permute(tuple(np.argsort(dims).tolist()))
    return weights.reshape([a.shape[dim] if dim in dims else 1 for dim in range(a.ndim)])


# -- without NaN -----------------------------------------------------------------------------------


def _numbers(a: Tensor, where: Any) -> np.ndarray:
    """True where there is a number, and it counts."""
    mask = _mask(where, a.array.shape)
    numbers = ~np.isnan(a.array)
    return numbers if mask is None else numbers & mask


@numpys("nansum")
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT,
    initial: Any = ABSENT, where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = as_tensor(joined(a))
    return sum_(a, axis, dtype, None, keepdims, initial, _numbers(a, where))


@numpys("nanprod")
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT,
    initial: Any = ABSENT, where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = as_tensor(joined(a))
    return prod(a, axis, dtype, None, keepdims, initial, _numbers(a, where))


@numpys("nanmean")
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT, *,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    a = as_tensor(joined(a))
    return mean(a, axis, dtype, None, keepdims, where=_numbers(a, where))


def _nan_extreme(
    a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, largest: bool, name: str
) -> Any:
    a = as_tensor(joined(a))
    known = given(initial) and initial is not None
    if not known and not (given(where) and where is not True):
        # What has no number at all stays NaN.
        numbers = _numbers(a, ABSENT)
        a = _only(
            a,
            numbers | ~numbers.any(axis=axes_of(axis, a.ndim), keepdims=True),
            -math.inf if largest else math.inf,
        )
        return _extreme(a, axis, keepdims, initial, where, largest, name)
    if not known:
        raise ValueError("to use a where mask one has to specify 'initial'")
    return _extreme(a, axis, keepdims, initial, _numbers(a, where), largest, name)


@numpys("nanmax")
def nanmax(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    return _nan_extreme(a, axis, keepdims, initial, where, True, "np.nanmax")


@numpys("nanmin")
def nanmin(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:  # fmt: skip
    return _nan_extreme(a, axis, keepdims, initial, where, False, "np.nanmin")


def _nan_spread(
    a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any, mean: Any,
    correction: Any, root: bool,
) -> Any:  # fmt: skip
    a = _input(a, dtype, "np.nanvar")
    numbers, ddof = _numbers(a, where), _ddof(ddof, correction)
    middle = _middle(mean, a, "np.nanvar")
    clean = _only(a, ~np.isnan(a.array), 0)
    found = _variance(clean, axis, keepdims, ddof, numbers, middle, root)
    # NumPy's is NaN, not infinite, where there are too few numbers.
    few = np.asarray(_count(a, axis, keepdims, numbers)) <= ddof
    return where_(wrap(np.array(few)), math.nan, found) if few.any() else found


@numpys("nanvar")
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, *, where: Any = ABSENT, mean: Any = ABSENT, correction: Any = ABSENT,
) -> Any:  # fmt: skip
    return _nan_spread(a, axis, dtype, ddof, keepdims, where, mean, correction, root=False)


@numpys("nanstd")
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, *, where: Any = ABSENT, mean: Any = ABSENT, correction: Any = ABSENT,
) -> Any:  # fmt: skip
    return _nan_spread(a, axis, dtype, ddof, keepdims, where, mean, correction, root=True)


# -- scans -----------------------------------------------------------------------------------------


def _scanned(scan: Any, a: Any, axis: Any, dtype: Any, name: str) -> Tensor:
    a = _input(a, dtype, name)
    if axis is None or a.ndim == 0:
        return scan(a.reshape(-1), normalize_axis_index(axis or 0, 1))
    return scan(a, normalize_axis_index(axis, a.ndim))


@numpys("cumsum")
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return _scanned(scans.cumsum, a, axis, dtype, "np.cumsum")


@numpys("cumprod")
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return _scanned(scans.cumprod, a, axis, dtype, "np.cumprod")


@numpys("nancumsum")
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    a = as_tensor(joined(a))
    return cumsum(_only(a, _numbers(a, ABSENT), 0), axis, dtype)


@numpys("nancumprod")
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    a = as_tensor(joined(a))
    return cumprod(_only(a, _numbers(a, ABSENT), 1), axis, dtype)


def _cumulative(scan: Any, x: Any, axis: Any, include: bool, first: float) -> Any:
    x = as_tensor(x)
    if x.ndim == 0:
        x = x.reshape(1)
    if axis is None:
        if x.ndim != 1:
            raise ValueError(
                "For arrays which have more than one dimension ``axis`` argument is required."
            )
        axis = 0
    dim = normalize_axis_index(axis, x.ndim)
    result = scan(x, dim)
    if not include:
        return result
    sizes = [1 if place == dim else size for place, size in enumerate(x.array.shape)]
    return cat([wrap(np.full(sizes, first, x.array.dtype)), result], dim)


@numpys("cumulative_sum")
def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    x = _input(x, dtype, "np.cumulative_sum")
    return _cumulative(scans.cumsum, x, axis, include_initial, 0)


@numpys("cumulative_prod")
def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    x = _input(x, dtype, "np.cumulative_prod")
    return _cumulative(scans.cumprod, x, axis, include_initial, 1)
