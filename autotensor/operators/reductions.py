"""Operators that make one value out of many: sums, extremes, moments, scans."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autotensor import dtypes
from autotensor.operator import operator, unary
from autotensor.operators.elementwise import exp, maximum, minimum, where
from autotensor.operators.indexing import gather
from autotensor.operators.shapes import _expand, _reshape, all_dims, flip, need_tensor, one_dim
from autotensor.tensor import Tensor

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "cumsum", "log_softmax",
    "logsumexp", "max", "mean", "min", "prod", "softmax", "std", "std_mean", "sum", "var",
    "var_mean",
]  # fmt: skip


def _spread(g: Any, dims: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """``g``, reduced over ``dims``, stretched to ``shape`` again."""
    return _expand(_kept(g, dims, shape), shape)


def _kept(g: Any, dims: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """``g`` with the dimensions ``dims`` that were reduced put back with size 1."""
    sizes = tuple(1 if at in dims else n for at, n in enumerate(shape))
    return g if g.shape == sizes else _reshape(g, sizes)


@operator(input=lambda g, dims, shape: _spread(g, dims, shape))
def _sum(input: Any, dims: Any, keepdim: Any, dtype: Any) -> Any:
    """Value and derivative of ``sum``."""
    return np.add.reduce(input, axis=dims, keepdims=keepdim, dtype=dtype)


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Sum over ``dim`` (an int, several, or None for all).  d input = g stretched back.

    Integers and bools are summed as int64.
    """
    need_tensor(input, "sum")
    kind = _accumulator(input, dtype, "sum")
    return _sum(input, all_dims(dim, input.ndim, "sum"), keepdim, kind)


def _accumulator(input: Any, dtype: Any, name: str) -> np.dtype:
    if dtype is not None:
        return dtypes.canonical(dtype, name)
    return input.dtype if input.dtype.kind == "f" else dtypes.int64


def _need_float(input: Any, dtype: Any, name: str) -> Any:
    """``input`` as ``dtype``; raises RuntimeError if there is no fraction to compute with."""
    need_tensor(input, name)
    if dtype is not None:
        return input.to(dtype)
    if input.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: expected a floating-point Tensor, got {input.dtype}; convert with .float()"
        )
    return input


def _count(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    return math.prod(shape[at] for at in dims)


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``Σ input / n`` over ``dim``.  d input = g / n stretched back."""
    input = _need_float(input, dtype, "mean")
    dims = all_dims(dim, input.ndim, "mean")
    count = _count(input.shape, dims)
    total = _sum(input, dims, keepdim, input.dtype)
    return total / float(count) if count else total * float("nan")


@operator(input=lambda g, input, output, dims, shape: _prod_by_input(g, input, output, dims, shape))
def _prod(input: Any, dims: Any, keepdim: Any, dtype: Any) -> Any:
    """Value and derivative of ``prod``."""
    return np.multiply.reduce(input, axis=dims, keepdims=keepdim, dtype=dtype)


def _prod_by_input(g: Any, input: Any, output: Any, dims: Any, shape: Any) -> Any:
    """g times the product of all other factors; exact also where factors are 0."""
    g = _kept(g, dims, shape)
    array = input.array if isinstance(input, Tensor) else input
    if np.all(array):
        return g * _kept(output, dims, shape) / input
    # Dividing by 0 is no way: multiply the others out, over all pairs (factor, left-out factor).
    rest = tuple(at for at in range(len(shape)) if at not in dims)
    order = rest + dims
    count = _count(shape, dims)
    lined = input.transpose(order) if isinstance(input, np.ndarray) else input.permute(order)
    lined = lined.reshape((*(shape[at] for at in rest), 1, count))
    others = where(np.eye(count, dtype=np.bool_), 1.0, lined)
    products = _prod(others, (len(rest) + 1,), False, None)
    products = products.reshape(tuple(shape[at] for at in order))
    back = tuple(np.argsort(order).tolist())
    return g * (
        products.transpose(back) if isinstance(products, np.ndarray) else products.permute(back)
    )


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Product over ``dim`` (None for all).  d input_i = g · Π_{j≠i} input_j, also at zeros."""
    need_tensor(input, "prod")
    kind = _accumulator(input, dtype, "prod")
    return _prod(input, all_dims(dim, input.ndim, "prod"), keepdim, kind)


# -- extremes --------------------------------------------------------------------------------------


class ValuesAndIndices(NamedTuple):
    """What ``max``, ``min`` … along a dimension return."""

    values: Any
    indices: Any


def _shared(g: Any, input: Any, output: Any, dims: Any, shape: Any) -> Any:
    """g, divided equally among the elements that are the extreme."""
    chosen = input == _kept(output, dims, shape)
    ties = _sum(chosen, dims, True, input.dtype)
    return _kept(g, dims, shape) * chosen / ties


@operator(input=lambda g, input, output, dims, shape: _shared(g, input, output, dims, shape))
def _amax(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value and derivative of ``amax``."""
    return np.maximum.reduce(input, axis=dims, keepdims=keepdim)


@operator(input=lambda g, input, output, dims, shape: _shared(g, input, output, dims, shape))
def _amin(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value and derivative of ``amin``."""
    return np.minimum.reduce(input, axis=dims, keepdims=keepdim)


def _extreme(operator: Any, input: Any, dim: Any, keepdim: bool, name: str) -> Any:
    need_tensor(input, name)
    dims = all_dims(dim, input.ndim, name)
    if any_empty(input.shape, dims):
        raise RuntimeError(
            f"{name}: cannot reduce over dims {dims} of an empty Tensor of shape {input.shape}: "
            "there is no largest or smallest element"
        )
    return operator(input, dims, keepdim)


def any_empty(shape: tuple[int, ...], dims: tuple[int, ...]) -> bool:
    """Whether some of ``dims`` has size 0."""
    return 0 in [shape[at] for at in dims]


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest over ``dim``.  g is divided equally among ties."""
    return _extreme(_amax, input, dim, keepdim, "amax")


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest over ``dim``.  g is divided equally among ties."""
    return _extreme(_amin, input, dim, keepdim, "amin")


def _arg(find: Any, input: Any, dim: Any, keepdim: bool, name: str) -> Any:
    if input.ndim == 0 or dim is None:
        if math.prod(input.shape) == 0:
            raise IndexError(f"{name}: the Tensor of shape {input.shape} is empty")
        flat = _position(input, find, None, False)
        return flat.reshape((1,) * input.ndim) if keepdim and dim is None else flat
    at = one_dim(dim, input.ndim, name)
    if input.shape[at] == 0:
        raise IndexError(f"{name}: dim {dim} of the Tensor of shape {input.shape} is empty")
    return _position(input, find, at, keepdim)


@operator()
def _position(input: Any, find: Any, axis: Any, keepdim: Any) -> Any:
    """Where ``find`` (np.argmax or np.argmin) finds its element."""
    return np.asarray(find(input, axis=axis, keepdims=keepdim), np.int64)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Position of the largest element along ``dim`` (of the flattened Tensor without), int64."""
    return _arg(np.argmax, input, dim, keepdim, "argmax")


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Position of the smallest element along ``dim`` (of the flattened Tensor without), int64."""
    return _arg(np.argmin, input, dim, keepdim, "argmin")


def _max_or_min(
    input: Any, dim: Any, keepdim: bool, name: str, elementwise: Any, reduce: Any, find: Any
) -> Any:
    need_tensor(input, name)
    if isinstance(dim, Tensor):
        return elementwise(input, dim)
    if dim is None:
        return reduce(input)
    indices = find(input, dim, True)
    at = one_dim(dim, input.ndim, name)
    if input.ndim == 0:
        return ValuesAndIndices(input.clone(), indices)
    values = gather(input, at, indices)
    if not keepdim:
        values, indices = values.squeeze(at), indices.squeeze(at)
    return ValuesAndIndices(values, indices)


def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element; with ``dim``, ``(values, indices)``; with a Tensor, ``maximum``.

    g goes to the element at ``indices``; without ``dim`` it is divided equally among ties.
    """
    return _max_or_min(input, dim, keepdim, "max", maximum, amax, argmax)


def min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element; with ``dim``, ``(values, indices)``; with a Tensor, ``minimum``.

    g goes to the element at ``indices``; without ``dim`` it is divided equally among ties.
    """
    return _max_or_min(input, dim, keepdim, "min", minimum, amin, argmin)


@operator()
def _any(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value of ``any``."""
    return np.logical_or.reduce(input, axis=dims, keepdims=keepdim)


@operator()
def _all(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value of ``all``."""
    return np.logical_and.reduce(input, axis=dims, keepdims=keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element over ``dim`` is not 0."""
    return _any(input, all_dims(dim, input.ndim, "any"), keepdim)


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether no element over ``dim`` is 0."""
    return _all(input, all_dims(dim, input.ndim, "all"), keepdim)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements over ``dim`` are not 0, int64."""
    return sum(input != 0, dim)


# -- moments ---------------------------------------------------------------------------------------


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """Variance over ``dim``: ``Σ (input - mean)² / (n - correction)``, correction 1 by default.

    ``unbiased=False`` is ``correction=0``.  d input = 2 g · (input - mean) / (n - correction).
    """
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    input = _need_float(input, None, "var")
    dims = all_dims(dim, input.ndim, "var")
    if correction is None:
        correction = 1.0 if unbiased is None or unbiased else 0.0
    freedom = np.maximum(_count(input.shape, dims) - correction, 0)
    deviation = input - mean(input, dims, True) if input.ndim else input - input
    total = _sum(deviation * deviation, dims, keepdim, input.dtype)
    return total / float(freedom) if freedom else total * float("nan")


@unary(np.sqrt, lambda g, output: g / where(output == 0, float("inf"), 2 * output))
def _deviation(input: Any) -> Any:
    """``√input`` whose derivative at 0 is taken as 0: that of a standard deviation."""


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """``√var``.  d input = g · (input - mean) / (y · (n - correction)), 0 where y is 0."""
    return _deviation(var(input, dim, unbiased, keepdim, correction=correction))


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """``(var, mean)``."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """``(std, mean)``."""
    spread, center = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return _deviation(spread), center


# -- exponentials ----------------------------------------------------------------------------------


def _finite_max(input: np.ndarray, dims: Any) -> np.ndarray:
    """The largest over ``dims``, 0 where it is infinite, so that subtracting it makes no NaN."""
    largest = np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf)
    if not np.isfinite(largest).all():
        largest = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    return largest


@operator(
    input=lambda g, input, output, dims, shape: (
        _kept(g, dims, shape) * exp(input - _kept(output, dims, shape))
    )
)
def _logsumexp(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value and derivative of ``logsumexp``."""
    largest = _finite_max(input, dims)
    with np.errstate(divide="ignore"):
        out = np.log(np.add.reduce(np.exp(input - largest), axis=dims, keepdims=True)) + largest
    return out if keepdim else out.squeeze(dims)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """``ln Σ e^input`` over ``dim``, without overflow.  d input = g · e^(input - y)."""
    need_tensor(input, "logsumexp")
    if input.dtype.kind != "f":
        input = input.to(dtypes.get_default_dtype())
    return _logsumexp(input, all_dims(dim, input.ndim, "logsumexp"), keepdim)


@operator(input=lambda g, output, dims: output * (g - _sum(g * output, dims, True, g.dtype)))
def _softmax(input: Any, dims: Any) -> Any:
    """Value and derivative of ``softmax``."""
    out = np.exp(input - np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf))
    out /= np.add.reduce(out, axis=dims, keepdims=True)
    return out


def softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """``e^input / Σ e^input`` along ``dim``.  d input = y · (g - Σ g·y)."""
    input = _need_float(input, dtype, "softmax")
    at = _softmax_dim(dim, input.ndim, "softmax")
    return _softmax(input, (at,) if input.ndim else ())


def _softmax_dim(dim: int | None, ndim: int, name: str) -> int:
    if dim is None:
        raise TypeError(f"{name}: dim is missing; for scores (N, C) it is 1")
    return one_dim(dim, ndim, name)


@operator(input=lambda g, output, dims: g - exp(output) * _sum(g, dims, True, g.dtype))
def _log_softmax(input: Any, dims: Any) -> Any:
    """Value and derivative of ``log_softmax``."""
    out = input - np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf)
    out -= np.log(np.add.reduce(np.exp(out), axis=dims, keepdims=True))
    return out


def log_softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """``input - ln Σ e^input`` along ``dim``.  d input = g - e^y · Σ g."""
    input = _need_float(input, dtype, "log_softmax")
    at = _softmax_dim(dim, input.ndim, "log_softmax")
    return _log_softmax(input, (at,) if input.ndim else ())


# -- scans -----------------------------------------------------------------------------------------


@operator(input=lambda g, dim: flip(_cumsum(flip(g, dim), dim, g.dtype), dim))
def _cumsum(input: Any, dim: Any, dtype: Any) -> Any:
    """Value and derivative of ``cumsum``."""
    return np.cumsum(input, axis=dim, dtype=dtype)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along ``dim``.  d input = running sums of g from the end."""
    need_tensor(input, "cumsum")
    kind = _accumulator(input, dtype, "cumsum")
    at = one_dim(dim, input.ndim, "cumsum")
    return input.to(kind).clone() if input.ndim == 0 else _cumsum(input, at, kind)
