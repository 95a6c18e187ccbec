"""Scans: running (cumulative) sums, products, extremes and logsumexp along a dimension."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import has_in_place, operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.operators.arguments import accumulator, dim_of, need_float, one_dim
from autotensor.operators.pointwise.exponential import exp
from autotensor.operators.structure.copying import computed_in_float64
from autotensor.operators.structure.indexing import gather
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import flip, roll_by, squeeze

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


class ValuesAndIndices(NamedTuple):
    """What operators return that choose elements along a dimension."""

    values: Tensor
    indices: Tensor


# -- what reductions and scans have in common ------------------------------------------------------


def chosen(input: Any, dim: int, indices: np.ndarray, keepdim: bool) -> ValuesAndIndices:
    """The elements at ``indices`` along ``dim``; d input = zeros with g added there.

    Of a 0-d ``input``, which counts as ``(1,)``, the element.
    """
    places = wrap(indices if input.ndim else indices.reshape(()))
    values = gather(input, dim, places)
    if keepdim or not input.ndim:
        return ValuesAndIndices(values, places)
    return ValuesAndIndices(squeeze(values, dim), squeeze(places, dim))


def along(shape: tuple[int, ...], dim: int, values: Any) -> np.ndarray:
    """The vector ``values`` laid along ``dim`` of a Tensor of ``shape``, to be broadcast."""
    return np.reshape(values, tuple(-1 if at == dim else 1 for at in range(len(shape))))


def _accumulated(ufunc: Any, input: Any, dim: int, dtype: np.dtype) -> np.ndarray:
    """``ufunc.accumulate`` of floats in the next wider dtype: rounding errors pile up here."""
    wide = {dtypes.float16: dtypes.float32, dtypes.float32: dtypes.float64}.get(dtype, dtype)
    values = input.astype(dtype, copy=False)
    return ufunc.accumulate(values, axis=dim, dtype=wide).astype(dtype, copy=False)


# -- sums ------------------------------------------------------------------------------------------


@operator(input=lambda g, dim: _sums_from_end(g, dim))
def _cumsum(input: Any, dim: Any, dtype: Any) -> Any:
    """Value and derivative of ``cumsum``."""
    return _accumulated(np.add, input, dim, dtype)


def _sums_from_end(input: Any, dim: int) -> Any:
    return flip(_cumsum(flip(input, dim), dim, input.dtype), dim)


@has_in_place
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along ``dim``.  d input = flip(cumsum(flip(g, dim), dim), dim).

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
        >>> at.cumsum(x, dim=0).tolist()
        [1.0, 3.0, 6.0, 10.0]
        >>> at.cumsum(x, dim=0).sum().backward()  # the first element is in all four sums
        >>> x.grad
        tensor([4., 3., 2., 1.])
    """
    kind = accumulator(input, dtype, "cumsum")
    at = one_dim(dim, input.ndim, "cumsum")
    return input.to(kind).clone() if input.ndim == 0 else _cumsum(input, at, kind)


# -- products --------------------------------------------------------------------------------------


@operator(
    title="recurrence",
    input=lambda g, factor, dim: _recurrence_from_end(g, factor, dim),
    factor=lambda g, factor, output, dim: (
        _recurrence_from_end(g, factor, dim) * _moved_on(output, dim, 0.0)
    ),
)
def _linear_recurrence(input: Any, factor: Any, dim: Any) -> Any:
    """``s_k = input_k + factor_k · s_{k-1}`` along ``dim``, from ``s_{-1} = 0``.

    With t the same recurrence from the end, ``t_k = g_k + factor_{k+1} · t_{k+1}``: d input_k =
    t_k, d factor_k = t_k · s_{k-1}.  The derivatives of scans that are no sums are of this kind.
    Computed by doubling (Hillis and Steele, *Data parallel algorithms*, 1986): step by step would
    take an operation of NumPy per element.
    """
    total = np.moveaxis(np.array(input), dim, 0)
    factor = np.moveaxis(np.array(factor), dim, 0)
    step = 1
    while step < len(total):
        total[step:] += factor[step:] * total[:-step]
        factor[step:] *= factor[:-step]
        step *= 2
    return np.moveaxis(total, 0, dim)


def _recurrence_from_end(input: Any, factor: Any, dim: int) -> Any:
    """``t_k = input_k + factor_{k+1} · t_{k+1}``."""
    later = _moved_on(flip(factor, dim), dim, 0.0)
    return flip(_linear_recurrence(flip(input, dim), later, dim), dim)


def _moved_on(input: Any, dim: int, first: float) -> Any:
    """``input`` moved on by one along ``dim``, ``first`` coming in."""
    is_first = along(input.shape, dim, np.arange(input.shape[dim]) == 0)
    return where(is_first, first, roll_by(input, (1,), (dim,)))


def _cumprod_by_input(g: Any, input: Any, output: Any, dim: int) -> Any:
    if np.all(raw(input)):
        return _sums_from_end(g * output, dim) / input
    # Dividing by 0 is no way.  What stands before x_i times what follows from x_i on.
    return products_before(input, dim) * _recurrence_from_end(g, input, dim)


@operator(input=_cumprod_by_input)
def _cumprod(input: Any, dim: Any, dtype: Any) -> Any:
    """Value and derivative of ``cumprod``."""
    return _accumulated(np.multiply, input, dim, dtype)


def products_before(input: Any, dim: int) -> Any:
    """The product of all earlier elements along ``dim``; 1 for the first."""
    return _cumprod(_moved_on(input, dim, 1.0), dim, input.dtype)


def products_after(input: Any, dim: int) -> Any:
    """The product of all later elements along ``dim``; 1 for the last."""
    return flip(products_before(flip(input, dim), dim), dim)


@has_in_place
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running products along ``dim``.

    d input_i = Σ_{k≥i} g_k · Π_{j≤k, j≠i} input_j; exact also where factors are 0.

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([2.0, 3.0, 4.0], requires_grad=True)
        >>> at.cumprod(x, dim=0).tolist()
        [2.0, 6.0, 24.0]
        >>> at.cumprod(x, dim=0)[2].backward()
        >>> x.grad
        tensor([12.,  8.,  6.])
    """
    kind = accumulator(input, dtype, "cumprod")
    at = one_dim(dim, input.ndim, "cumprod")
    return input.to(kind).clone() if input.ndim == 0 else _cumprod(input, at, kind)


# -- extremes --------------------------------------------------------------------------------------


def _running_extreme(input: Any, dim: int, extreme: Any, name: str) -> ValuesAndIndices:
    at = dim_of(input, dim, name)
    array = np.atleast_1d(input.array)
    # An element that is as extreme as all before it takes over; a NaN does, and stays.
    new = (array == extreme.accumulate(array, axis=at)) | np.isnan(array)
    places = np.where(new, along(array.shape, at, np.arange(array.shape[at])), 0)
    return chosen(input, at, np.maximum.accumulate(places, axis=at), True)


def cummax(input: Any, dim: int) -> ValuesAndIndices:
    """The largest so far along ``dim``, and where it is (the last of equal ones); NaN stays.

    d input = scatter_add(zeros(shape(input)), dim, indices, g).

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([1.0, 3.0, 2.0, 5.0], requires_grad=True)
        >>> values, indices = at.cummax(x, dim=0)
        >>> values.tolist(), indices
        ([1.0, 3.0, 3.0, 5.0], tensor([0, 1, 1, 3]))
        >>> values.sum().backward()
        >>> x.grad
        tensor([1., 2., 0., 1.])
    """
    return _running_extreme(input, dim, np.maximum, "cummax")


def cummin(input: Any, dim: int) -> ValuesAndIndices:
    """The smallest so far along ``dim``, and where it is (the last of equal ones); NaN stays.

    d input = scatter_add(zeros(shape(input)), dim, indices, g).

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> at.cummin(at.tensor([4, 6, 2, 3, 1]), dim=0).values
        tensor([4, 4, 2, 2, 1])
    """
    return _running_extreme(input, dim, np.minimum, "cummin")


# -- exponentials ----------------------------------------------------------------------------------


def _logcumsumexp_by_input(g: Any, input: Any, output: Any, dim: int) -> Any:
    # Σ_{k≥i} g_k e^(x_i - y_k) in steps y_i - y_{i+1} <= 0, because e^x alone may overflow.
    # Of what is -inf nothing is left, where the difference of two of them would be NaN.
    before = _moved_on(output, dim, -np.inf)
    decay = where(before == -np.inf, 0.0, exp(before - output))
    share = where(input == -np.inf, 0.0, exp(input - output))
    return share * _recurrence_from_end(g, decay, dim)


@computed_in_float64
@operator(input=_logcumsumexp_by_input)
def _logcumsumexp(input: Any, dim: Any) -> Any:
    """Value and derivative of ``logcumsumexp``."""
    return _accumulated(np.logaddexp, input, dim, input.dtype)


def logcumsumexp(input: Any, dim: int) -> Any:
    """``y_k = ln Σ_{i≤k} e^input_i`` along ``dim``, without overflow.

    d input_i = Σ_{k≥i} g_k · e^(input_i - y_k); also where PyTorch's loses its digits or is NaN:
    far apart, and at -inf.

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers or bools.

    Example:

        >>> at.logcumsumexp(at.zeros(4), dim=0).exp().round(decimals=3)
        tensor([1., 2., 3., 4.])
        >>> at.logcumsumexp(at.tensor([1000.0, 1000.0]), dim=0).isfinite()
        tensor([True, True])
    """
    input = need_float(input, None, "logcumsumexp")
    at = one_dim(dim, input.ndim, "logcumsumexp")
    return input.clone() if input.ndim == 0 else _logcumsumexp(input, at)
