"""Scatter with a reduction: sums, products, means, extremes joined at positions that may repeat.

The operators behind ``scatter_reduce``, ``index_add`` and their kin.  ``index`` is any index that
NumPy takes, ``source`` has the shape of what it reads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.creation import ones_like
from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.kernels.positions import join_at
from autotensor.operators.reductions.reductions import prod_over
from autotensor.operators.structure.copying import computed_in_float32
from autotensor.operators.structure.indexing import item_at, overwrite_at
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import reshape_to

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


@operator(input=lambda g: g, source=lambda g, index: item_at(g, index))
def add_at(input: Any, index: Any, source: Any) -> Any:
    """``input`` with ``source`` added at ``index``.  d input = g, d source = g[index]."""
    out = np.array(input)
    join_at(np.add, out, index, source)
    return out


def _multiply_by_source(g: Any, input: Any, index: Any, source: Any, output: Any) -> Any:
    """g times all other factors at the position."""
    if np.all(raw(source)):
        return item_at(g * output, index) / source
    return item_at(g * input, index) * _product_of_others(source, index, input.shape)


@operator(
    input=lambda g, index, source: g * multiply_at(ones_like(g), index, source),
    source=_multiply_by_source,
)
def multiply_at(input: Any, index: Any, source: Any) -> Any:
    """``input`` multiplied by ``source`` at ``index``.

    d input = g · multiply_at(1, index, source), d source = (g · y)[index] / source; by the
    product of the others where something is 0.
    """
    out = np.array(input)
    join_at(np.multiply, out, index, source)
    return out


def _product_of_others(source: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """For each element of ``source`` the product of the others that go to the same position.

    Nothing is divided, so that zeros are no trouble.  The elements of a position become a row of a
    table, filled up with ones; the products are then those of each row without one column.
    """
    cells = np.arange(math.prod(shape)).reshape(shape)[index]
    _, rows, counts = np.unique(cells, return_inverse=True, return_counts=True)
    rows = rows.reshape(-1)
    order = np.argsort(rows, kind="stable")
    columns = np.empty(rows.size, np.int64)
    columns[order] = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=1))
    if width == 1:
        return ones_like(source)
    flat = reshape_to(source, (rows.size,))
    table = overwrite_at(np.ones((counts.size, width), source.dtype), (rows, columns), flat)
    left_out = np.eye(width, dtype=np.bool_)
    factors = where(left_out, 1.0, reshape_to(table, (counts.size, 1, width)))
    products = prod_over(factors, (2,), False, source.dtype)
    return reshape_to(item_at(products, (rows, columns)), source.shape)


def _extremes(input: Any, index: Any, source: Any, output: Any) -> tuple[Any, Any, Any]:
    """Which of ``input`` and of ``source`` are the extreme, and how many at each position."""
    chosen = (input == output) * ones_like(output)
    sources = (source == item_at(output, index)) * ones_like(source)
    return chosen, sources, add_at(chosen, index, sources)


def _extreme_by_input(g: Any, input: Any, index: Any, source: Any, output: Any) -> Any:
    chosen, _, ties = _extremes(input, index, source, output)
    return g * chosen / where(ties == 0, 1.0, ties)


def _extreme_by_source(g: Any, input: Any, index: Any, source: Any, output: Any) -> Any:
    _, sources, ties = _extremes(input, index, source, output)
    return item_at(g / where(ties == 0, 1.0, ties), index) * sources


@operator(input=_extreme_by_input, source=_extreme_by_source)
def _extreme_at(input: Any, index: Any, source: Any, ufunc: Any) -> Any:
    """``ufunc`` (np.maximum or np.minimum) of ``input`` and ``source`` at ``index``; g is divided
    equally among n ties.

    d input = g / n where input = y, else 0,
    d source = (g / n)[index] where source = y[index], else 0.
    """
    out = np.array(input)
    join_at(ufunc, out, index, source)
    return out


@computed_in_float32
def reduce_at(input: Any, index: Any, source: Any, reduce: str, include_self: bool) -> Any:
    """``input`` with ``source`` joined to it at ``index`` by one of ``REDUCTIONS``.

    Without ``include_self`` what ``input`` has there does not count.
    """
    if not include_self:
        neutral = _neutral(reduce, input.dtype)
        input = overwrite_at(input, index, wrap(np.asarray(neutral, input.dtype)))
    if reduce == "prod":
        return multiply_at(input, index, source)
    if reduce in ("amax", "amin"):
        return _extreme_at(input, index, source, np.maximum if reduce == "amax" else np.minimum)
    total = add_at(input, index, source)
    if reduce == "sum":
        return total
    counts = np.full(input.shape, 1)
    if not include_self:
        counts[index] = 0
    join_at(np.add, counts, index, np.broadcast_to(1, source.shape))
    shares = wrap(np.maximum(counts, 1).astype(input.dtype))
    return total / shares if input.dtype.kind == "f" else total // shares


def _neutral(reduce: str, dtype: np.dtype) -> Any:
    """What changes nothing when it is joined by ``reduce``."""
    if reduce in ("sum", "mean", "prod"):
        return 1 if reduce == "prod" else 0
    if dtype.kind == "f":
        return -math.inf if reduce == "amax" else math.inf
    if dtype.kind == "b":
        return reduce == "amin"
    limits = np.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max
