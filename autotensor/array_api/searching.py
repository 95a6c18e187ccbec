"""The standard's functions that look for elements, choose, order and compare them."""

from __future__ import annotations

from typing import NamedTuple

from autotensor.array_api.arguments import alike, need_own, reduced
from autotensor.creation import arange, empty_like, ones
from autotensor.engine.dtypes import int64
from autotensor.engine.tensor import Tensor
from autotensor.operators import pointwise, reductions, structure
from autotensor.operators.arguments import existing_dim
from autotensor.types import Ints, Number

__all__ = [
    "all", "any", "argmax", "argmin", "argsort", "count_nonzero", "diff", "isin", "nonzero",
    "searchsorted", "sort", "take", "take_along_axis", "unique_all", "unique_counts",
    "unique_inverse", "unique_values", "where",
]  # fmt: skip


def all(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """Whether no element is False, or 0.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.all(at.tensor([[True, False], [True, True]]), axis=1)
        tensor([False,  True])
    """
    return reduced(reductions.all, structure.to(need_own(x, "all"), bool), axis, keepdims)


def any(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """Whether an element is True, or not 0.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.any(at.tensor([[True, False], [False, False]]), axis=1)
        tensor([ True, False])
    """
    return reduced(reductions.any, structure.to(need_own(x, "any"), bool), axis, keepdims)


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the largest element is, the first of several; in the elements in a row without
    ``axis``.

    ``(*) → ()``; over ``axis`` that dimension goes, or becomes 1 with ``keepdims``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension, or no element.

    Example:

        >>> at.array_api.argmax(at.tensor([[1, 5], [7, 2]])).item()
        2
    """
    return reductions.argmax(need_own(x, "argmax"), axis, keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the smallest element is, the first of several; in the elements in a row without
    ``axis``.

    ``(*) → ()``; over ``axis`` that dimension goes, or becomes 1 with ``keepdims``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension, or no element.

    Example:

        >>> at.array_api.argmin(at.tensor([[1, 5], [7, 2]]), axis=1)
        tensor([0, 1])
    """
    return reductions.argmin(need_own(x, "argmin"), axis, keepdims)


def argsort(
    x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Tensor:
    """The places of the elements in order, along ``axis``.

    ``(*) → (*)``.  Equal ones keep their order if ``stable``.  NaN counts as the largest.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.argsort(at.tensor([3, 1, 2]), descending=True)
        tensor([0, 2, 1])
    """
    return reductions.argsort(need_own(x, "argsort"), axis, descending, stable)


def count_nonzero(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """How many elements are not 0.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.count_nonzero(at.tensor([[1, 0], [2, 3]]), axis=1)
        tensor([1, 2])
    """
    found = structure.to(need_own(x, "count_nonzero"), bool)
    return reduced(reductions.sum, found, axis, keepdims)


def diff(
    x: Tensor,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """What each element has more than the one before it along ``axis``, ``n`` times.

    ``(…, k, …) → (…, k - n, …)``, with ``prepend`` in front of ``x`` and ``append`` behind it.
    Differentiated as ``autotensor.diff``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.
        RuntimeError: a negative ``n``, or shapes that do not fit.

    Example:

        >>> at.array_api.diff(at.tensor([1, 4, 9]), prepend=at.tensor([0]))
        tensor([1, 3, 5])
    """
    return reductions.diff(need_own(x, "diff"), n, axis, prepend, append)


def isin(x1: Tensor | Number, x2: Tensor | Number, /, *, invert: bool = False) -> Tensor:
    """Whether each element of ``x1`` is, or with ``invert`` is not, in ``x2``.

    ``(*), (*) → (*)``.

    Raises:
        TypeError: neither is a Tensor, or one is something else.

    Example:

        >>> at.array_api.isin(at.tensor([1, 2, 3]), at.tensor([3, 1]))
        tensor([ True, False,  True])
    """
    return pointwise.isin(*alike("isin", x1, x2), invert=invert)


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """The places of all elements that are not 0: of each dimension a Tensor of indices.

    ``(*) → (k,)`` for each dimension.

    Raises:
        TypeError: ``x`` is no Tensor.
        ValueError: it has no dimensions.

    Example:

        >>> at.array_api.nonzero(at.tensor([[0, 5], [7, 0]]))
        (tensor([0, 1]), tensor([1, 0]))
    """
    if need_own(x, "nonzero").ndim == 0:
        raise ValueError("nonzero: x has no dimensions")
    return structure.nonzero(x, as_tuple=True)


def searchsorted(
    x1: Tensor,
    x2: Tensor | Number,
    /,
    *,
    side: str = "left",
    sorter: Tensor | None = None,
) -> Tensor:
    """Where the elements of ``x2`` belong in ``x1``, which is in order, or is so by ``sorter``.

    ``(k,), (*) → (*)``; with ``side='right'`` behind equal ones.

    Raises:
        TypeError: no Tensors.
        RuntimeError: ``x1`` has more than one dimension, or a ``side`` that there is not.

    Example:

        >>> at.array_api.searchsorted(at.tensor([1, 3, 5]), at.tensor([3, 4]))
        tensor([1, 2])
    """
    if need_own(x1, "searchsorted", "x1").ndim != 1:
        raise RuntimeError(f"searchsorted: x1 must have one dimension, got shape {x1.shape}")
    ordered, values = alike("searchsorted", x1, x2)
    if sorter is not None:
        ordered = structure.index_select(ordered, 0, need_own(sorter, "searchsorted", "sorter"))
    return reductions.searchsorted(ordered, values, side=side)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The elements in order along ``axis``.

    ``(*) → (*)``.  NaN counts as the largest.  Differentiated as ``autotensor.sort``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.sort(at.tensor([3, 1, 2]), descending=True)
        tensor([3, 2, 1])
    """
    return reductions.sort(need_own(x, "sort"), axis, descending, stable).values


def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """The slices of ``x`` at ``indices`` along ``axis``, which may be left out in one dimension.

    ``(…, n, …), (k,) → (…, k, …)``; -1 is the last one.  Differentiated as
    ``autotensor.index_select``.

    Raises:
        TypeError: not Tensors.
        ValueError: no ``axis``, and not one dimension.
        IndexError: no such dimension, or no such slice.

    Example:

        >>> at.array_api.take(at.tensor([5, 6, 7]), at.tensor([2, 0]))
        tensor([7, 5])
    """
    if axis is None:
        if need_own(x, "take").ndim != 1:
            raise ValueError(
                f"take: x of shape {x.shape} has more or less than one axis; say which"
            )
        axis = 0
    dim = existing_dim(need_own(x, "take"), axis, "take")
    return structure.index_select(x, dim, _from_the_end(indices, x.shape[dim], "take"))


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """The elements of ``x`` that stand at ``indices`` along ``axis``, each in its own row.

    ``(…, n, …), (…, k, …) → (…, k, …)``, the other dimensions broadcast; -1 is the last one.
    Differentiated as ``autotensor.take_along_dim``.

    Raises:
        TypeError: not Tensors.
        IndexError: no such dimension, or no such element.
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> x = at.tensor([[3, 1, 2], [6, 4, 5]])
        >>> at.array_api.take_along_axis(x, at.array_api.argsort(x))
        tensor([[1, 2, 3],
                [4, 5, 6]])
    """
    dim = existing_dim(need_own(x, "take_along_axis"), axis, "take_along_axis")
    places = _from_the_end(indices, x.shape[dim], "take_along_axis")
    return structure.take_along_dim(x, places, dim)


def _from_the_end(indices: Tensor, size: int, name: str) -> Tensor:
    """Indices, of which negative ones count from the end, as such from 0."""
    places = need_own(indices, name, "indices")
    if places.dtype.kind not in "iu":
        raise TypeError(f"{name}: indices must be of an integer dtype, got {places.dtype}")
    places = structure.to(places, int64)
    return structure.where((places < 0) & (places >= -size), places + size, places)


# -- sets ------------------------------------------------------------------------------------------


class UniqueAll(NamedTuple):
    """What ``unique_all`` returns."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What ``unique_counts`` returns."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What ``unique_inverse`` returns."""

    values: Tensor
    inverse_indices: Tensor


def unique_all(x: Tensor, /) -> UniqueAll:
    """The different elements, in order, and of each its first place, how often it is there, and
    for each element which it is.

    ``(*) → (k,), (k,), (*), (k,)``.  Every NaN is one of its own.  The values are differentiated.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.unique_all(at.tensor([3, 1, 3])).counts
        tensor([1, 2])
    """
    flat = need_own(x, "unique_all").reshape(-1)
    values, order = reductions.sort(flat, stable=True)
    new = structure.cat([ones(min(len(flat), 1), dtype=bool), values[1:] != values[:-1]])
    starts = structure.nonzero(new).reshape(-1)
    inverse = empty_like(order)
    inverse[order] = reductions.cumsum(new, 0) - 1
    counts = reductions.diff(starts, append=arange(len(flat), len(flat) + 1))
    return UniqueAll(values[starts], order[starts], inverse.reshape(x.shape), counts)


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The different elements, in order, and how often each is there.

    ``(*) → (k,), (k,)``.  Every NaN is one of its own.  The values are differentiated.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.unique_counts(at.tensor([3, 1, 3]))
        UniqueCounts(values=tensor([1, 3]), counts=tensor([1, 2]))
    """
    found = unique_all(need_own(x, "unique_counts"))
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The different elements, in order, and for each element which of them it is.

    ``(*) → (k,), (*)``.  Every NaN is one of its own.  The values are differentiated.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.unique_inverse(at.tensor([3, 1, 3])).inverse_indices
        tensor([1, 0, 1])
    """
    found = unique_all(need_own(x, "unique_inverse"))
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Tensor, /) -> Tensor:
    """The different elements, in order.

    ``(*) → (k,)``.  Every NaN is one of its own.  Differentiated.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.unique_values(at.tensor([3, 1, 3]))
        tensor([1, 3])
    """
    return unique_all(need_own(x, "unique_values")).values


def where(condition: Tensor, x1: Tensor | Number, x2: Tensor | Number, /) -> Tensor:
    """``x1`` where ``condition`` is True, ``x2`` elsewhere.

    ``(*), (*), (*) → (*)``, broadcast; one of both may be a number.  Differentiated as
    ``autotensor.where``.

    Raises:
        TypeError: no Tensors.
        RuntimeError: a ``condition`` that has no bools, or shapes that do not broadcast.

    Example:

        >>> at.array_api.where(at.tensor([True, False]), at.tensor([1.0, 2.0]), 0)
        tensor([1., 0.])
    """
    return structure.where(need_own(condition, "where", "condition"), *alike("where", x1, x2))
