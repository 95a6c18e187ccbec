"""Scatter, index_add, index_put and their kin: values written or added at positions.

The input stays, the result is a new Tensor.  The in-place forms (``scatter_`` …) are these, written
back; ``x[index] = value`` is in ``indexing.py``.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import has_in_place
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import (
    dim_of,
    fitted,
    need_dtype_of,
    need_one_number,
    need_tensor,
)
from autotensor.operators.reductions.accumulating import REDUCTIONS, add_at, multiply_at, reduce_at
from autotensor.operators.structure.indexing import (
    INTS,
    LONG,
    bool_array,
    element_numbers,
    grid,
    index_array,
    item_at,
    need_fitting_mask,
    on_dim,
    overwrite_at,
    positions_along,
    with_mask,
    within,
)
from autotensor.operators.structure.shapes import expand, reshape_to, resized

__all__ = [
    "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "masked_scatter", "put",
    "scatter", "scatter_add", "scatter_reduce", "select_scatter", "slice_scatter",
]  # fmt: skip


# -- reading arguments -----------------------------------------------------------------------------


def _check_reduction(reduce: str, name: str, known: tuple[str, ...]) -> None:
    if reduce not in known:
        raise RuntimeError(f"{name}: reduce must be one of {', '.join(known)}, got {reduce!r}")


# -- scatter: an index for each element ------------------------------------------------------------


def _scatter(input: Any, dim: int, index: Any, source: Any, name: str, write: Any) -> Any:
    """``write(input, positions, source)`` of what ``gather`` reads by ``index``.

    ``source`` is a number, or a Tensor of which a corner of the shape of ``index`` is taken.
    """
    at, array = positions_along(input, dim, index, name)
    if isinstance(source, Tensor):
        need_dtype_of(input, source, name, "src")
        if array.size and (source.ndim or 1) != array.ndim:
            raise RuntimeError(
                f"{name}: src of shape {source.shape} must have as many dimensions as index of "
                f"shape {array.shape}"
            )
    elif not isinstance(source, (int, float, np.generic)):
        raise TypeError(f"{name}: src must be a Tensor or a number, got {type(source).__name__}")
    if array.size == 0:
        return input.clone()
    if isinstance(source, Tensor):
        whole = reshape_to(source, source.shape or (1,))
        if any(want > have for want, have in zip(array.shape, whole.shape, strict=True)):
            raise RuntimeError(
                f"{name}: index of shape {array.shape} is larger than src of shape {source.shape}"
            )
        if whole.shape != array.shape:
            whole = item_at(whole, tuple(slice(n) for n in array.shape))
    else:
        whole = wrap(np.full(array.shape, fitted(source, input.dtype, name)))
    shape = input.shape
    out = write(reshape_to(input, shape or (1,)), grid(array, at), whole)
    return out if shape else reshape_to(out, ())


@has_in_place
def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Any:
    """``out[i, index[i, j, k], k] = src[i, j, k]`` (for dim 1), elsewhere ``input``.

    ``src`` may be a number, also as ``value``.  ``index`` may be smaller than ``src`` in any
    dimension, and than ``input`` in all but ``dim``.  d input = scatter(g, dim, index, 0), d src =
    gather(g, dim, index).  ``reduce='add'`` or ``'multiply'`` joins instead of writing.  Where a
    position occurs twice, one of the values is written, but d src is g for both.

    All have as many dimensions; the result has the shape of ``input``.

    Raises:
        IndexError: no such ``dim``, or an index out of range.
        RuntimeError: shapes or dtypes that do not fit, or an unknown ``reduce``.
        TypeError: neither ``src`` nor ``value``, or both.

    Example:

        >>> labels = at.tensor([[2], [0]])
        >>> at.scatter(at.zeros(2, 3), 1, labels, 1.0)  # one-hot rows
        tensor([[0., 0., 1.],
                [1., 0., 0.]])
        >>> src = at.tensor([7.0, 8.0, 9.0], requires_grad=True)
        >>> out = at.scatter(at.zeros(5), 0, at.tensor([4, 0, 1]), src)
        >>> out.tolist()
        [8.0, 9.0, 0.0, 0.0, 7.0]
        >>> (out * at.arange(5.0)).sum().backward()
        >>> src.grad
        tensor([4., 0., 1.])
    """
    if (src is None) == (value is None):
        raise TypeError("scatter: expected one of src and value")
    source = value if src is None else src
    if reduce is not None:
        _check_reduction(reduce, "scatter", ("add", "multiply"))
    write = {None: overwrite_at, "add": add_at, "multiply": multiply_at}[reduce]
    return _scatter(input, dim, index, source, "scatter", write)


@has_in_place
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """``out[i, index[i, j, k], k] += src[i, j, k]`` (for dim 1).

    d input = g, d src = gather(g, dim, index).

    All have as many dimensions; the result has the shape of ``input``.  (PyTorch adds in
    other places where ``index`` is expanded and smaller than ``input``.)

    Raises:
        IndexError: no such ``dim``, or an index out of range.
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> src = at.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
        >>> group = at.tensor([0, 1, 0, 1])
        >>> sums = at.scatter_add(at.zeros(2), 0, group, src)
        >>> sums.tolist()
        [4.0, 6.0]
        >>> sums[1].backward()
        >>> src.grad
        tensor([0., 1., 0., 1.])
    """
    need_tensor(src, "scatter_add", "src")
    return _scatter(input, dim, index, src, "scatter_add", add_at)


@has_in_place
def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """``scatter`` that joins what goes to one position by ``reduce``.

    All have as many dimensions; the result has the shape of ``input``.

    Args:
        reduce: ``'sum'``, ``'prod'``, ``'mean'``, ``'amax'`` or ``'amin'``.
        include_self: whether what ``input`` has at the position counts too.

    The derivatives are those of ``sum``, ``prod``, ``mean``, ``amax`` and ``amin`` over what is
    joined: exact for products with zeros, and divided equally among equal extremes.  PyTorch has no
    second ones where several zeros meet.

    Raises:
        IndexError: no such ``dim``, or an index out of range.
        RuntimeError: shapes or dtypes that do not fit, or an unknown ``reduce``.

    Example:

        >>> values, group = at.tensor([1.0, 5.0, 3.0, 4.0]), at.tensor([0, 0, 1, 1])
        >>> at.scatter_reduce(at.zeros(3), 0, group, values, "mean", include_self=False)
        tensor([3.0000, 3.5000, 0.0000])
        >>> at.scatter_reduce(at.zeros(3), 0, group, values, "amax")
        tensor([5., 4., 0.])
    """
    need_tensor(src, "scatter_reduce", "src")
    _check_reduction(reduce, "scatter_reduce", REDUCTIONS)
    write = functools.partial(reduce_at, reduce=reduce, include_self=include_self)
    return _scatter(input, dim, index, src, "scatter_reduce", write)


# -- index_…: an index for each slice --------------------------------------------------------------


def _slices(
    input: Any, dim: int, index: Any, name: str, kinds: Any = INTS, negative: bool = False
) -> tuple[int, np.ndarray]:
    """``dim`` from 0 and the vector ``index``, checked; a 0-d ``input`` counts as ``(1,)``."""
    at = dim_of(input, dim, name)
    array = index_array(index, name, kinds=kinds)
    if array.ndim > 1:
        raise IndexError(f"{name}: index must be a vector, got shape {array.shape}")
    size = input.shape[at] if input.ndim else 1
    return at, within(array.reshape(-1), size, name, f"dim {dim}", negative)


def _by_slices(input: Any, at: int, places: np.ndarray, source: Any, name: str, write: Any) -> Any:
    """``write`` of ``source``, whose size along ``at`` is that of ``places``."""
    need_dtype_of(input, source, name, "source")
    shape = input.shape
    wanted = resized(shape, at, places.size)
    if not shape:
        wanted = () if places.size == 1 else (places.size,)
    if source.shape != wanted:
        raise RuntimeError(
            f"{name}: source must have shape {wanted}, that of input {shape} with the "
            f"{places.size} indices along dim {at}; got {source.shape}"
        )
    if shape:
        return write(input, on_dim(at, places), source)
    return reshape_to(write(reshape_to(input, (1,)), (places,), reshape_to(source, (-1,))), ())


@has_in_place
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """``out[index[i]] += alpha · source[i]`` (for dim 0).  d input = g, d source = alpha ·
    index_select(g, dim, index).

    ``index`` is a vector; a position may occur several times.

    ``input (…, n, …)``, ``index (k)`` and ``source (…, k, …)`` give ``(…, n, …)``.

    Raises:
        IndexError: no such ``dim``, an index out of range, or an ``index`` that is no vector.
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> rows = at.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], requires_grad=True)
        >>> out = at.index_add(at.zeros(2, 2), 0, at.tensor([1, 0, 1]), rows, alpha=10)
        >>> out.tolist()
        [[20.0, 20.0], [40.0, 40.0]]
        >>> out.sum().backward()
        >>> rows.grad[0]
        tensor([10., 10.])
    """
    at, positions = _slices(input, dim, index, "index_add")
    need_tensor(source, "index_add", "source")
    scaled = source if alpha == 1 else source * alpha
    return _by_slices(input, at, positions, scaled, "index_add", add_at)


@has_in_place
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """``out[index[i]] = source[i]`` (for dim 0).

    d input = index_fill(g, dim, index, 0), d source = index_select(g, dim, index).

    ``input (…, n, …)``, ``index (k)`` and ``source (…, k, …)`` give ``(…, n, …)``.

    Raises:
        IndexError: no such ``dim``, an index out of range, or an ``index`` that is no vector.
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> x = at.zeros(3, 2, requires_grad=True)
        >>> out = at.index_copy(x, 0, at.tensor([2, 0]), at.tensor([[1.0, 2.0], [3.0, 4.0]]))
        >>> out.tolist()
        [[3.0, 4.0], [0.0, 0.0], [1.0, 2.0]]
        >>> out.sum().backward()
        >>> x.grad
        tensor([[0., 0.],
                [1., 1.],
                [0., 0.]])
    """
    at, positions = _slices(input, dim, index, "index_copy", LONG)
    need_tensor(source, "index_copy", "source")
    if source.ndim == 0 and input.ndim == 1 and positions.size == 1:
        source = reshape_to(source, (1,))
    return _by_slices(input, at, positions, source, "index_copy", overwrite_at)


@has_in_place
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """``out[index[i]] = value`` (for dim 0), a number or a 0-d Tensor.

    d input = index_fill(g, dim, index, 0), d value = Σ index_select(g, dim, index).  Indices below
    0 count from the end.

    ``input (…, n, …)`` and ``index (k)`` give ``(…, n, …)``.

    Raises:
        IndexError: no such ``dim``, an index out of range, or an ``index`` that is no vector.
        TypeError: ``value`` is no number.

    Example:

        >>> at.index_fill(at.ones(2, 3), 1, at.tensor([0, 2]), -1.0)
        tensor([[-1.,  1., -1.],
                [-1.,  1., -1.]])
    """
    at, positions = _slices(input, dim, index, "index_fill", LONG, negative=True)
    need_one_number(value, "index_fill", "value")
    if isinstance(value, Tensor):
        value = value.to(input.dtype)
    elif not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"index_fill: value must be a number, got {type(value).__name__}")
    else:
        value = wrap(fitted(value, input.dtype, "index_fill"))
    filled = np.unique(positions)  # each once, or d value would count it twice
    return overwrite_at(input, on_dim(at, filled) if input.ndim else (), value)


@has_in_place
def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """``index_add`` that joins by ``reduce``: ``'prod'``, ``'mean'``, ``'amax'`` or ``'amin'``.

    ``include_self`` and the derivatives are as in ``scatter_reduce``.

    ``input (…, n, …)``, ``index (k)`` and ``source (…, k, …)`` give ``(…, n, …)``.

    Raises:
        IndexError: no such ``dim``, an index out of range, or an ``index`` that is no vector.
        RuntimeError: shapes or dtypes that do not fit, or an unknown ``reduce``.

    Example:

        >>> x, index = at.tensor([1.0, 2.0]), at.tensor([0, 0, 1])
        >>> at.index_reduce(x, 0, index, at.tensor([3.0, 4.0, 5.0]), "prod")
        tensor([12., 10.])
        >>> at.index_reduce(x, 0, index, at.tensor([3.0, 4.0, 5.0]), "mean", include_self=False)
        tensor([3.5000, 5.0000])
    """
    _check_reduction(reduce, "index_reduce", REDUCTIONS[1:])
    at, positions = _slices(input, dim, index, "index_reduce")
    write = functools.partial(reduce_at, reduce=reduce, include_self=include_self)
    return _by_slices(input, at, positions, source, "index_reduce", write)


# -- anywhere --------------------------------------------------------------------------------------


@has_in_place
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """``input[indices] = values``, or ``+=`` with ``accumulate``, as a function.

    ``indices`` is a tuple of integer or bool Tensors.  d input = index_put(g, indices, 0),
    d values = g[indices].  With ``accumulate``, all of g goes to ``input``.

    ``values`` is broadcast to the shape of ``input[indices]``; the result is ``(*)`` as ``input``.

    Raises:
        IndexError, RuntimeError: indices that do not fit ``input``, or values that do not fit.
        TypeError: ``indices`` is no tuple of Tensors.

    Example:

        >>> where = (at.tensor([0, 1, 1]), at.tensor([0, 2, 2]))
        >>> at.index_put(at.zeros(2, 3), where, at.tensor([1.0, 2.0, 3.0]), accumulate=True)
        tensor([[1., 0., 0.],
                [0., 0., 5.]])
    """
    need_dtype_of(input, values, "index_put", "values")
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"index_put: indices must be a tuple of Tensors, got {type(indices).__name__}"
        )
    places: list[np.ndarray] = []
    for one in indices:
        if getattr(one, "dtype", None) == np.bool_:
            mask = bool_array(one, "index_put")
            need_fitting_mask(mask, input.shape, len(places), "index_put")
            places += np.nonzero(mask)
        else:
            size = input.shape[len(places)] if len(places) < input.ndim else 0
            array = index_array(one, "index_put", "indices", (*INTS, dtypes.bool))
            places.append(within(array, size, "index_put", f"dim {len(places)}", True))
    place = tuple(places)
    try:
        shape = np.empty(input.shape, np.bool_)[place].shape
        values = expand(values, np.broadcast_shapes(values.shape, shape))
        if values.shape != shape:
            raise ValueError("values are larger")
    except (IndexError, ValueError) as error:
        raise (IndexError if isinstance(error, IndexError) else RuntimeError)(
            f"index_put: indices and values of shape {values.shape} do not fit an input of "
            f"shape {input.shape} ({error})"
        ) from None
    return (add_at if accumulate else overwrite_at)(input, place, values)


@has_in_place
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """``source`` written (or added) at elements counted as if ``input`` were flattened.

    Numbers below 0 count from the end.  d input = put(g, index, 0), d source = take(g, index).
    With ``accumulate``, all of g goes to ``input``.

    ``input (*)``, with ``index`` and ``source`` of one shape, gives ``(*)``.

    Raises:
        IndexError: a number out of range, or not as many of them as elements of ``source``.

    Example:

        >>> at.put(at.zeros(2, 3), at.tensor([1, 5, -2]), at.tensor([1.0, 2.0, 3.0]))
        tensor([[0., 1., 0.],
                [0., 3., 2.]])
    """
    need_dtype_of(input, source, "put", "source")
    numbers = element_numbers(input, index, "put")
    if math.prod(source.shape) != numbers.size:
        raise IndexError(
            f"put: source of shape {source.shape} and index of shape {numbers.shape} must "
            "have as many elements"
        )
    write = add_at if accumulate else overwrite_at
    flat, values = (reshape_to(one, (-1,)) for one in (input, source))
    return reshape_to(write(flat, (numbers.reshape(-1),), values), input.shape)


@has_in_place
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """``input`` with the elements of ``source``, in order, where ``mask`` (bool) is true.

    ``input`` and ``mask`` are broadcast.  d input = 0 where mask, else g,
    d source = masked_select(g, mask); 0 where it was not used.

    ``input (*)`` and ``mask (*)`` give what they broadcast to; ``source`` may have any shape.

    Raises:
        RuntimeError: ``source`` has too few elements, or ``mask`` is not bool.

    Example:

        >>> mask = at.tensor([[True, False], [False, True]])
        >>> source = at.tensor([7.0, 8.0, 9.0], requires_grad=True)
        >>> out = at.masked_scatter(at.zeros(2, 2), mask, source)
        >>> out.tolist()
        [[7.0, 0.0], [0.0, 8.0]]
        >>> out.sum().backward()
        >>> source.grad
        tensor([1., 1., 0.])
    """
    need_dtype_of(input, source, "masked_scatter", "source")
    wide, chosen = with_mask(input, mask, "masked_scatter")
    count = int(np.count_nonzero(chosen))
    size = math.prod(source.shape)
    if size < count:
        raise RuntimeError(f"masked_scatter: source has {size} elements but mask needs {count}")
    return overwrite_at(wide, (chosen,), item_at(reshape_to(source, (size,)), (slice(count),)))


# -- into a part -----------------------------------------------------------------------------------


def _write_part(input: Any, index: tuple[Any, ...], src: Any, name: str) -> Any:
    """``input`` with ``src`` written at a basic index that it must fit exactly."""
    need_tensor(src, name, "src")
    part = np.broadcast_to(np.empty((), np.bool_), input.shape)[index].shape
    if src.shape != part:
        raise RuntimeError(
            f"{name}: src must have the shape {part} of the part of input, got {src.shape}"
        )
    return overwrite_at(input, index, src)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """``input`` with ``src`` in the place of ``select(input, dim, index)``.

    d input = select_scatter(g, 0, dim, index), d src = select(g, dim, index).

    ``input (…, n, …)`` and ``src (…, …)`` give ``(…, n, …)``.

    Raises:
        IndexError: no such ``dim``, or no such ``index``.
        RuntimeError: ``src`` has another shape than the part.

    Example:

        >>> row = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> out = at.select_scatter(at.zeros(2, 3), row, dim=0, index=1)
        >>> out.tolist()
        [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]
        >>> out.sum().backward()
        >>> row.grad
        tensor([1., 1., 1.])
    """
    at = dim_of(input, dim, "select_scatter")
    size = input.shape[at] if input.ndim else 0
    if not -size <= index < size:
        raise IndexError(
            f"select_scatter: index {index} is out of range for dim {dim} of size {size}"
        )
    return _write_part(input, on_dim(at, index), src, "select_scatter")


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """``input`` with ``src`` in the place of positions ``start:end:step`` along ``dim``.

    d input = slice_scatter(g, 0, dim, start, end, step), d src = g[start:end:step]: along ``dim``.

    ``input (…, n, …)`` and ``src (…, k, …)`` give ``(…, n, …)``, k the number of positions.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``src`` has another shape than the part, or ``step`` is not positive.

    Example:

        >>> at.slice_scatter(at.zeros(6), at.tensor([1.0, 2.0, 3.0]), start=0, end=6, step=2)
        tensor([1., 0., 2., 0., 3., 0.])
    """
    at = dim_of(input, dim, "slice_scatter")
    if step < 1:
        raise RuntimeError(f"slice_scatter: step must be positive, got {step}")
    return _write_part(input, on_dim(at, slice(start, end, step)), src, "slice_scatter")
