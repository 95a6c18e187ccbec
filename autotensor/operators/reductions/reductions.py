"""Reductions: sum, mean, product, extremes, variance, logsumexp and softmax, vector norms."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine import dtypes
from autotensor.engine.operator import operator, unary
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.softmax import softmax as kernel
from autotensor.kernels.softmax import softmax_back
from autotensor.kernels.sums import add_up
from autotensor.operators.arguments import (
    accumulator,
    all_dims,
    dim_of,
    dims_of,
    need_dim_for,
    need_flag,
    need_float,
    need_tensor,
    one_dim,
    refuse_bool,
)
from autotensor.operators.faces import face
from autotensor.operators.pointwise.arithmetic import abs
from autotensor.operators.pointwise.choice import maximum, minimum
from autotensor.operators.pointwise.comparison import isnan, logical_not, ne
from autotensor.operators.pointwise.exponential import exp
from autotensor.operators.pointwise.rounding import sign
from autotensor.operators.reductions.scans import chosen, products_after, products_before
from autotensor.operators.structure.copying import (
    computed_in_float32,
    computed_in_float64,
    floating,
    to,
)
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import expand_to, permute_to, reshape_to, undoing

__all__ = [
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "log_softmax",
    "logsumexp", "max", "mean", "min", "nanmean", "nansum", "prod", "softmax", "std", "std_mean",
    "sum", "var", "var_mean",
]  # fmt: skip


def _with_dims(g: Any, dims: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """``g`` with the dimensions ``dims`` that were reduced put back with size 1."""
    sizes = tuple(1 if at in dims else n for at, n in enumerate(shape))
    return g if g.shape == sizes else reshape_to(g, sizes)


@operator(input=lambda g, dims, shape: expand_to(_with_dims(g, dims, shape), shape))
def _sum(input: Any, dims: Any, keepdim: Any, dtype: Any) -> Any:
    """Value and derivative of ``sum``."""
    if dtype == dtypes.float16:  # it would stop growing at 2048
        return add_up(input, dims, keepdim, dtypes.float32).astype(dtype)
    return add_up(input, dims, keepdim, dtype)


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``Σ input`` over ``dim``: an int, several, or None for all.

    d input = expand(g, shape(input)).

    Integers and bools are summed as int64.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: a dim given twice.

    Example:

        >>> x = at.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> at.sum(x)
        tensor(10., grad_fn=<SumBackward0>)
        >>> at.sum(x, dim=0), at.sum(x, dim=1, keepdim=True).shape
        (tensor([4., 6.], grad_fn=<SumBackward0>), torch.Size([2, 1]))
        >>> (at.tensor([1.0, 10.0]) * at.sum(x, dim=0)).sum().backward()
        >>> x.grad
        tensor([[ 1., 10.],
                [ 1., 10.]])
    """
    kind = accumulator(input, dtype, "sum")
    return _sum(input, all_dims(dim, input.ndim, "sum", keepdim), keepdim, kind)


def _number_of_elements(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    return math.prod([shape[at] for at in dims])


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``sum`` of what is not NaN.  d input = 0 where input is NaN, else g.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: a dim given twice.

    Example:

        >>> x = at.tensor([1.0, at.nan, 3.0], requires_grad=True)
        >>> at.nansum(x).backward()
        >>> x.grad
        tensor([1., 0., 1.])
        >>> at.nansum(at.tensor([[1.0, at.nan], [2.0, 3.0]]), dim=1)
        tensor([1., 5.])
    """
    kind = accumulator(input, dtype, "nansum")
    return _sum(_without_nan(input), all_dims(dim, input.ndim, "nansum", keepdim), keepdim, kind)


def _without_nan(input: Any) -> Any:
    return where(isnan(input), 0.0, input) if input.dtype.kind == "f" else input


@computed_in_float32
def _mean_over(input: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    array = raw(input)
    count = _number_of_elements(array.shape, dims)
    total = _sum(input, dims, keepdim, array.dtype)
    return total / float(count) if count else total * float("nan")


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``Σ input / n`` over ``dim``.  d input = g / n: stretched back.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers without a floating ``dtype``; a dim given twice.

    Example:

        >>> x = at.tensor([[1.0, 3.0], [5.0, 7.0]], requires_grad=True)
        >>> at.mean(x, dim=1).tolist()
        [2.0, 6.0]
        >>> at.mean(x).backward()
        >>> x.grad
        tensor([[0.2500, 0.2500],
                [0.2500, 0.2500]])
        >>> at.mean(at.tensor([1, 2]), dtype=at.float32)
        tensor(1.5000)
    """
    input = need_float(input, dtype, "mean")
    return _mean_over(input, all_dims(dim, input.ndim, "mean", keepdim), keepdim)


@computed_in_float32
def _nanmean(input: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    counts = _sum(logical_not(isnan(input)), dims, keepdim, input.dtype)
    return _sum(_without_nan(input), dims, keepdim, input.dtype) / counts


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``mean`` of what is not NaN; NaN where nothing is.  d input = 0 where input is NaN, else g /
    n.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers; a dim given twice.

    Example:

        >>> at.nanmean(at.tensor([[1.0, at.nan, 3.0], [at.nan, at.nan, 6.0]]), dim=1)
        tensor([2., 6.])
    """
    input = need_float(input, None, "nanmean")
    dims = all_dims(dim, input.ndim, "nanmean", keepdim)
    return _nanmean(need_float(input, dtype, "nanmean"), dims, keepdim)


def _prod_by_input(g: Any, input: Any, output: Any, dims: Any, shape: Any) -> Any:
    """g times the product of all other factors; exact also where factors are 0."""
    g = _with_dims(g, dims, shape)
    if np.all(raw(input)):
        return g * _with_dims(output, dims, shape) / input
    # Dividing by 0 is no way: what stands before each factor times what stands after it.
    rest = tuple(at for at in range(len(shape)) if at not in dims)
    order = rest + dims
    lined = reshape_to(permute_to(input, order), (*(shape[at] for at in rest), -1))
    others = products_before(lined, len(rest)) * products_after(lined, len(rest))
    others = reshape_to(others, tuple(shape[at] for at in order))
    return g * permute_to(others, undoing(order))


@operator(title="prod", input=_prod_by_input)
def prod_over(input: Any, dims: Any, keepdim: Any, dtype: Any) -> Any:
    """Value and derivative of ``prod``."""
    input = input.astype(dtype, copy=False)
    return np.multiply.reduce(input, axis=dims, keepdims=keepdim, dtype=dtype)


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``Π input`` over ``dim`` (None for all).  d input_i = g · Π_{j≠i} input_j; also at zeros.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: a dim given twice.

    Example:

        >>> x = at.tensor([2.0, 3.0, 0.0], requires_grad=True)
        >>> at.prod(x).backward()
        >>> x.grad
        tensor([0., 0., 6.])
        >>> at.prod(at.arange(1, 6))
        tensor(120)
    """
    kind = accumulator(input, dtype, "prod")
    return prod_over(input, all_dims(dim, input.ndim, "prod", keepdim), keepdim, kind)


# -- extremes --------------------------------------------------------------------------------------


def _shared(g: Any, input: Any, output: Any, dims: Any, shape: Any) -> Any:
    """g, divided equally among the elements that are the extreme."""
    extreme = input == _with_dims(output, dims, shape)
    coarse = input.dtype == dtypes.float16  # which counts to 2048
    ties = _sum(extreme, dims, True, dtypes.float32 if coarse else input.dtype)
    return _with_dims(g, dims, shape) * extreme / ties


def shared_by_equals(g: Any, input: Any, output: Any) -> Any:
    """g, divided equally among all elements equal to the 0-d ``output``, or all NaN if that is."""
    equals = isnan(input) if isnan(output) else input == output
    return g * equals / sum(equals)


def _extreme_operator(ufunc: np.ufunc, title: str, rule: Callable[..., Any]) -> Any:
    """The operator that takes the largest or the smallest."""

    @operator(title=title, input=rule)
    def extreme(input: Any, dims: Any, keepdim: Any) -> Any:
        """d input = g / n where input = y, else 0; n is how many there are."""
        return ufunc.reduce(input, axis=dims, keepdims=keepdim)

    return extreme


_amax = _extreme_operator(np.maximum, "amax", _shared)
_amin = _extreme_operator(np.minimum, "amin", _shared)
_max_of_all = _extreme_operator(np.maximum, "max_of_all", shared_by_equals)
_min_of_all = _extreme_operator(np.minimum, "min_of_all", shared_by_equals)


def _nonempty_dims(input: Any, dim: Any, name: str) -> tuple[int, ...]:
    dims = dims_of(input, dim, name)
    if not _number_of_elements(input.shape, dims):
        raise (RuntimeError if dim is None or dim == () else IndexError)(
            f"{name}: cannot reduce over dims {dims} of an empty Tensor of shape {input.shape}: "
            "there is no largest or smallest element"
        )
    return dims


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest over ``dim``.  g is divided equally among ties.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError, RuntimeError: no such ``dim``, a dim given twice, or nothing to choose from.

    Example:

        >>> x = at.tensor([[1.0, 5.0, 5.0], [7.0, 2.0, 0.0]], requires_grad=True)
        >>> at.amax(x, dim=1).sum().backward()
        >>> x.grad
        tensor([[0.0000, 0.5000, 0.5000],
                [1.0000, 0.0000, 0.0000]])
    """
    need_flag(keepdim, "amax")
    return _amax(input, _nonempty_dims(input, dim, "amax"), keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest over ``dim``.  g is divided equally among ties.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError, RuntimeError: no such ``dim``, a dim given twice, or nothing to choose from.

    Example:

        >>> x = at.tensor([[1.0, 1.0, 5.0], [7.0, 2.0, 0.0]], requires_grad=True)
        >>> at.amin(x, dim=1).sum().backward()
        >>> x.grad
        tensor([[0.5000, 0.5000, 0.0000],
                [0.0000, 0.0000, 1.0000]])
    """
    need_flag(keepdim, "amin")
    return _amin(input, _nonempty_dims(input, dim, "amin"), keepdim)


class MinAndMax(NamedTuple):
    """What ``aminmax`` returns."""

    min: Tensor
    max: Tensor


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> MinAndMax:
    """``(amin, amax)``, over one ``dim`` or all.

    Raises:
        IndexError, RuntimeError: no such ``dim``, or nothing to choose from.

    Example:

        >>> low, high = at.aminmax(at.tensor([[3.0, -1.0, 4.0], [1.0, 5.0, -9.0]]), dim=1)
        >>> low, high
        (tensor([-1., -9.]), tensor([4., 5.]))
    """
    if dim is not None:
        dim = nonempty_dim(input, dim, "aminmax")
    dims = _nonempty_dims(input, dim, "aminmax")
    return MinAndMax(_amin(input, dims, keepdim), _amax(input, dims, keepdim))


def nonempty_dim(input: Any, dim: Any, name: str, keepdim: bool = False) -> int:
    """``dim`` as a number from 0; raises IndexError if there is nothing to choose from."""
    need_flag(keepdim, name)
    at = dim_of(input, dim, name)
    if input.ndim and input.shape[at] == 0:
        raise IndexError(f"{name}: dim {dim} of the Tensor of shape {input.shape} is empty")
    return at


def _arg(find: Any, input: Any, dim: Any, keepdim: bool, name: str) -> Any:
    refuse_bool(input, name)
    at = None if dim is None else nonempty_dim(input, dim, name, keepdim)
    if at is None and 0 in input.shape:
        raise IndexError(f"{name}: the Tensor of shape {input.shape} is empty")
    return wrap(_where_found(input.array, find, at if input.ndim else None, keepdim))


def _where_found(array: np.ndarray, find: Any, axis: int | None, keepdim: bool) -> np.ndarray:
    """Where ``find`` (np.argmax or np.argmin) finds its element."""
    return np.asarray(find(array, axis=axis, keepdims=keepdim), np.int64)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Position of the largest element along ``dim`` (of the flattened Tensor without), int64.

    ``(*) → ()``; along ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``, or nothing to choose from.

    Example:

        >>> scores = at.tensor([[0.1, 0.7, 0.2], [0.9, 0.05, 0.05]])
        >>> at.argmax(scores, dim=1)
        tensor([1, 0])
        >>> (at.argmax(scores, dim=1) == at.tensor([1, 2])).float().mean()
        tensor(0.5000)
    """
    return _arg(np.argmax, input, dim, keepdim, "argmax")


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Position of the smallest element along ``dim`` (of the flattened Tensor without), int64.

    ``(*) → ()``; along ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``, or nothing to choose from.

    Example:

        >>> x = at.tensor([[4.0, 2.0, 8.0], [3.0, 9.0, 1.0]])
        >>> at.argmin(x), at.argmin(x, dim=1)
        (tensor(5), tensor([1, 2]))
    """
    return _arg(np.argmin, input, dim, keepdim, "argmin")


def _max_or_min(
    input: Any,
    other: Any,
    keepdim: bool,
    dim: Any,
    name: str,
    elementwise: Any,
    reduce: Any,
    find: Any,
) -> Any:
    need_tensor(input, name)
    if dim is None:
        if isinstance(other, Tensor) and not keepdim:
            return elementwise(input, other)
        dim = other
    elif other is not None:
        raise TypeError(f"{name}: argument 'dim' is given twice, as {other!r} too")
    if dim is None:
        need_dim_for(keepdim, name)
        _nonempty_dims(input, None, name)
        return reduce(input, None, False)
    at = nonempty_dim(input, dim, name, keepdim)
    return chosen(input, at, _where_found(np.atleast_1d(input.array), find, at, True), keepdim)


def max(input: Any, other: Any = None, keepdim: bool = False, *, dim: Any = None) -> Any:
    """The largest element; with ``dim``, ``(values, indices)``; with a Tensor, ``maximum``.

    An int in the place of ``other`` is a ``dim``, and so is a Tensor that is given by that name, or
    together with ``keepdim=True``.

    g goes to the element at ``indices``; without ``dim`` it is divided equally among ties.

    Raises:
        IndexError: no such ``dim``, or nothing to choose from along it.
        RuntimeError: nothing to choose from at all.

    Example:

        >>> x = at.tensor([[1.0, 5.0, 2.0], [7.0, 0.0, 3.0]], requires_grad=True)
        >>> at.max(x).item()
        7.0
        >>> values, indices = at.max(x, dim=1)
        >>> indices
        tensor([1, 0])
        >>> values.sum().backward()
        >>> x.grad
        tensor([[0., 1., 0.],
                [1., 0., 0.]])
        >>> at.max(at.tensor([1, 6]), at.tensor([4, 2]))
        tensor([4, 6])
    """
    return _max_or_min(input, other, keepdim, dim, "max", maximum, _max_of_all, np.argmax)


def min(input: Any, other: Any = None, keepdim: bool = False, *, dim: Any = None) -> Any:
    """The smallest element; with ``dim``, ``(values, indices)``; with a Tensor, ``minimum``.

    An int in the place of ``other`` is a ``dim``, and so is a Tensor that is given by that name, or
    together with ``keepdim=True``.

    g goes to the element at ``indices``; without ``dim`` it is divided equally among ties.

    Raises:
        IndexError: no such ``dim``, or nothing to choose from along it.
        RuntimeError: nothing to choose from at all.

    Example:

        >>> x = at.tensor([[1.0, 5.0, 2.0], [7.0, 0.0, 3.0]], requires_grad=True)
        >>> at.min(x, dim=1).indices
        tensor([0, 1])
        >>> at.min(x).backward()
        >>> x.grad
        tensor([[0., 0., 0.],
                [0., 1., 0.]])
    """
    return _max_or_min(input, other, keepdim, dim, "min", minimum, _min_of_all, np.argmin)


@operator()
def _reduced(input: Any, ufunc: Any, dims: Any, keepdim: Any) -> Any:
    """``ufunc`` over ``dims``, without a derivative."""
    return ufunc.reduce(input, axis=dims, keepdims=keepdim)


def _truth(ufunc: Any, input: Any, dim: Any, keepdim: bool, name: str) -> Any:
    need_tensor(input, name)
    # Unlike other reductions, PyTorch's take () for no dimension at all.
    need_flag(keepdim, name)
    none = isinstance(dim, (tuple, list)) and not dim
    dims = () if none else all_dims(dim, input.ndim, name)
    found = _reduced(input, ufunc, dims, keepdim)
    return to(found, dtypes.uint8) if input.dtype == dtypes.uint8 else found


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element over ``dim`` is not 0: a bool Tensor, uint8 if ``input`` is.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([[0, 0, 3], [0, 0, 0]])
        >>> at.any(x), at.any(x, dim=1)
        (tensor(True), tensor([ True, False]))
        >>> at.any(at.isnan(at.tensor([1.0, 2.0])))
        tensor(False)
    """
    return _truth(np.logical_or, input, dim, keepdim, "any")


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether no element over ``dim`` is 0: a bool Tensor, uint8 if ``input`` is.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([[1, 2, 3], [4, 0, 6]])
        >>> at.all(x), at.all(x, dim=1)
        (tensor(False), tensor([ True, False]))
    """
    return _truth(np.logical_and, input, dim, keepdim, "all")


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements over ``dim`` are not 0, int64.

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([[0, 1, 2], [0, 0, 3]])
        >>> at.count_nonzero(x), at.count_nonzero(x, dim=0)
        (tensor(3), tensor([0, 1, 2]))
    """
    return sum(ne(input, 0), dims_of(input, dim, "count_nonzero"))


# -- moments ---------------------------------------------------------------------------------------


@computed_in_float32
@unary(np.sqrt, lambda g, output: g / where(output == 0, float("inf"), 2 * output))
def _deviation(input: Any) -> Any:
    """``√input`` for a standard deviation.  d input = 0 where y = 0, else g / (2 y)."""


@computed_in_float64
def _spread(input: Any, dims: tuple[int, ...], keepdim: bool, correction: float, root: bool) -> Any:
    """The variance, or its root, which has a range of its own."""
    array = raw(input)
    freedom = np.maximum(_number_of_elements(array.shape, dims) - correction, 0)
    deviation = input - _mean_over(input, dims, True)
    # Of nothing it is NaN, whatever the correction.
    count = float(freedom) if array.size else 0.0
    variance = _sum(deviation * deviation, dims, keepdim, array.dtype) / count
    return _deviation(variance) if root else variance


def _moments(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    name: str = "",
    root: bool = False,
    with_mean: bool = False,
) -> Any:
    """The variance or, with ``root``, the standard deviation; ``with_mean`` in a pair."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    floats = need_float(input, None, name)
    dims = all_dims(dim, input.ndim, name, keepdim)
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}: unbiased and correction must not both be given")
    if correction is None:
        correction = 1.0 if unbiased is None or unbiased else 0.0
    spread = _spread(floats, dims, keepdim, correction, root)
    return (spread, mean(input, dim, keepdim)) if with_mean else spread


@face(_moments, name="var")
def var() -> Any:
    """Variance over ``dim``: ``Σ (input - mean)² / (n - correction)``, correction 1 by default.

    ``unbiased=False`` is ``correction=0``.  d input = 2 g · (input - mean) / (n - correction).

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``input`` is not of a floating dtype.

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> at.var(at.tensor([1.0, 2.0, 3.0]), correction=0)
        tensor(0.6667)
        >>> at.var(x).backward()
        >>> x.grad
        tensor([-1.,  0.,  1.])
    """


@face(_moments, name="std", root=True)
def std() -> Any:
    """``√var``.  d input = 0 where y = 0, else g · (input - mean) / (y · (n - correction)).

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``input`` is not of a floating dtype.

    Example:

        >>> x = at.tensor([[1.0, 3.0, 5.0], [4.0, 4.0, 4.0]], requires_grad=True)
        >>> at.std(x, dim=1).sum().backward()
        >>> x.grad
        tensor([[-0.5000,  0.0000,  0.5000],
                [ 0.0000,  0.0000,  0.0000]])
    """


@face(_moments, name="var_mean", with_mean=True)
def var_mean() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(var, mean)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``input`` is not of a floating dtype.

    Example:

        >>> at.var_mean(at.tensor([[1.0, 3.0], [2.0, 8.0]]), dim=1, correction=0)
        (tensor([1., 9.]), tensor([2., 5.]))
    """


@face(_moments, name="std_mean", root=True, with_mean=True)
def std_mean() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(std, mean)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``input`` is not of a floating dtype.

    Example:

        >>> x = at.tensor([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
        >>> std, mean = at.std_mean(x, correction=0)
        >>> std, mean
        (tensor(2.), tensor(5.))
        >>> (x[-3:] - mean) / std
        tensor([0., 1., 2.])
    """


# -- exponentials ----------------------------------------------------------------------------------


def _finite_max(input: np.ndarray, dims: Any) -> np.ndarray:
    """The largest over ``dims``, 0 where it is infinite, so that subtracting it makes no NaN."""
    largest = np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf)
    if not np.isfinite(largest).all():
        largest = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    return largest


def _logsumexp_by_input(g: Any, input: Any, output: Any, dims: Any, shape: Any) -> Any:
    return _with_dims(g, dims, shape) * exp(input - _with_dims(output, dims, shape))


@computed_in_float32
@operator(input=_logsumexp_by_input)
def _logsumexp(input: Any, dims: Any, keepdim: Any) -> Any:
    """Value and derivative of ``logsumexp``."""
    largest = _finite_max(input, dims)
    with np.errstate(divide="ignore"):
        out = np.log(add_up(np.exp(input - largest), dims, True)) + largest
    return out if keepdim else out.squeeze(dims)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """``ln Σ e^input`` over ``dim``, without overflow.  d input = g · e^(input - y).

    ``(*) → ()``; over ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> y = at.logsumexp(at.tensor([1000.0, 1000.0], dtype=at.float64), dim=0)
        >>> y - 1000  # ln 2, where exp alone overflows
        tensor(0.6931, dtype=float64)
        >>> x = at.tensor([0.0, 0.0, 0.0, 0.0], requires_grad=True)
        >>> at.logsumexp(x, dim=0).backward()  # its gradient is softmax
        >>> x.grad
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    input = floating(input, "logsumexp")
    return _logsumexp(input, all_dims(dim, input.ndim, "logsumexp", keepdim), keepdim)


def softmax_by_scores(g: Any, output: Any, dims: Any) -> Any:
    if isinstance(g, Tensor) or g.shape != output.shape:
        return output * (g - _sum(g * output, dims, True, g.dtype))
    return softmax_back(g, output, dims)


@computed_in_float32
@operator(input=softmax_by_scores)
def _softmax(input: Any, dims: Any) -> Any:
    """Value and derivative of ``softmax``."""
    return kernel(input, dims)


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """``e^input / Σ e^input`` along ``dim``.  d input = y · (g - Σ g·y).

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers without a floating ``dtype``.

    Example:

        >>> at.softmax(at.log(at.tensor([1.0, 2.0, 5.0])), dim=0)
        tensor([0.1250, 0.2500, 0.6250])
        >>> x = at.zeros(2, requires_grad=True)
        >>> at.softmax(x, dim=0)[0].backward()  # p (1 - p) for itself, -p q for the other
        >>> x.grad
        tensor([ 0.2500, -0.2500])
    """
    input = need_float(input, dtype, "softmax")
    return _softmax(input, _softmax_dims(dim, input.ndim, "softmax"))


def _softmax_dims(dim: int | None, ndim: int, name: str) -> tuple[int, ...]:
    """The dim of a softmax, which PyTorch guesses where none is given; none of a 0-d Tensor."""
    if dim is None:
        dim = 0 if ndim in (0, 1, 3) else 1
        warnings.warn(f"{name}: dim is missing; {dim} is taken", UserWarning, stacklevel=4)
    at = one_dim(dim, ndim, name)
    return (at,) if ndim else ()


@computed_in_float32
@operator(input=lambda g, output, dims: g - exp(output) * _sum(g, dims, True, g.dtype))
def _log_softmax(input: Any, dims: Any) -> Any:
    """Value and derivative of ``log_softmax``."""
    out = input - np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf)
    out -= np.log(add_up(np.exp(out), dims, True))
    return out


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """``input - ln Σ e^input`` along ``dim``.  d input = g - e^y · Σ g.

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers without a floating ``dtype``.

    Example:

        >>> at.log_softmax(at.tensor([[0.0, 0.0], [0.0, 1000.0]]), dim=1)  # ln of 0 would be -inf
        tensor([[-6.9315e-01, -6.9315e-01],
                [-1.0000e+03,  0.0000e+00]])
        >>> x = at.zeros(4, requires_grad=True)
        >>> at.log_softmax(x, dim=0)[1].backward()
        >>> x.grad
        tensor([-0.2500,  0.7500, -0.2500, -0.2500])
    """
    input = need_float(input, dtype, "log_softmax")
    return _log_softmax(input, _softmax_dims(dim, input.ndim, "log_softmax"))


# -- norms -----------------------------------------------------------------------------------------


def _norm_by_input(g: Any, input: Any, output: Any, p: float, dims: Any, shape: Any) -> Any:
    g, norm = _with_dims(g, dims, shape), _with_dims(output, dims, shape)
    if p == 0:
        return expand_to(zeros_like(g), shape)
    if p == 1:
        return g * sign(input)
    if p == 2:
        return g * (input / where(norm == 0, math.inf, norm))
    size = abs(input)
    if math.isinf(p):
        extreme = (size == norm) | isnan(input)
        return g * sign(input) * extreme / _sum(extreme, dims, True, input.dtype)
    # Where a base is 0, something else stands for it, so that no power of it is infinite.
    nothing = (input == 0) | (norm == 0)
    share = where(nothing, 1.0, size) / where(norm == 0, 1.0, norm)
    return g * sign(input) * where(nothing, 0.0, share ** (p - 1))


@computed_in_float32
@operator(input=_norm_by_input)
def _vector_norm(input: Any, p: Any, dims: Any, keepdim: Any) -> Any:
    """``(Σ |input|^p)^(1/p)``.  d input = g · sign(input) · (|input| / y)^(p - 1).

    The derivative is 0 where ``input`` or y is 0, and for p = 0.
    """

    if p == 2:
        return np.sqrt(add_up(input * input, dims, keepdim))
    if p == 0:
        return add_up((input != 0).astype(input.dtype), dims, keepdim)
    size = np.abs(input)
    if math.isinf(p):
        return (np.maximum if p > 0 else np.minimum).reduce(size, axis=dims, keepdims=keepdim)
    return add_up(size, dims, keepdim) if p == 1 else add_up(size**p, dims, keepdim) ** (1 / p)


def p_norm(input: Any, p: Any, dim: Any, keepdim: bool, dtype: Any, name: str) -> Any:
    """``(Σ |x|^p)^(1/p)`` over ``dim``, for the operator ``name``.

    ``inf`` means the largest ``|x|``, ``-inf`` the smallest, 0 how many are not 0.

    d x = g · sign(x) · (|x| / y)^(p-1); for infinite p, g shared equally by those that are the
    extreme.  Where x or y is 0 it is 0, a subgradient.
    """
    if isinstance(p, bool) or not isinstance(p, (int, float, np.number)):
        raise TypeError(f"{name}: the order of the norm must be a number, got {p!r}")
    input = need_float(input, None, name)
    if dtype is not None:
        kind = dtypes.canonical(dtype, name)
        if kind.kind != "f" or kind.itemsize < input.dtype.itemsize:
            raise RuntimeError(
                f"{name}: dtype must be a floating one as wide as that of the input, "
                f"{input.dtype}, got {kind}"
            )
        input = to(input, kind)
    dims = all_dims(dim, input.ndim, name, keepdim)
    if (p < 0 or p == math.inf) and not _number_of_elements(input.shape, dims):
        raise RuntimeError(
            f"{name}: there is no norm of order {p} over dims {dims} of an empty Tensor of shape "
            f"{input.shape}"
        )
    return _vector_norm(input, float(p), dims, keepdim)
