"""Sorting, choosing by rank (topk, kthvalue), and binary search in what is sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import function_only, operator
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import dim_of, int_of, need_one_of, need_tensor, refuse_bool
from autotensor.operators.reductions.reductions import nonempty_dim
from autotensor.operators.reductions.scans import ValuesAndIndices, chosen

__all__ = ["argsort", "bucketize", "kthvalue", "msort", "searchsorted", "sort", "topk"]


@operator(title="argsort")
def argsort_along(input: Any, dim: Any, descending: Any) -> Any:
    """Value of ``argsort``; equal elements stay in order, NaN counts as the largest."""
    if input.ndim == 0:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(input, axis=dim, kind="stable")
    # From the end, and turned round, so that equal elements stay in order here too.
    turned = np.argsort(np.flip(input, dim), axis=dim, kind="stable")
    return np.flip(input.shape[dim] - 1 - turned, dim).copy()


def sort(
    input: Any, dim: int = -1, descending: bool = False, stable: bool = False
) -> ValuesAndIndices:
    """The elements in order along ``dim``, and where they were; NaN counts as the largest.

    Equal elements always stay in order.  d input = scatter_add(zeros(shape(input)), dim, indices,
    g).

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> x = at.tensor([3.0, 1.0, 2.0], requires_grad=True)
        >>> values, indices = at.sort(x)
        >>> values.tolist(), indices
        ([1.0, 2.0, 3.0], tensor([1, 2, 0]))
        >>> (values * at.tensor([10.0, 20.0, 30.0])).sum().backward()
        >>> x.grad
        tensor([30., 10., 20.])
    """
    at = dim_of(input, dim, "sort")
    return chosen(input, at, argsort_along(input.array, at, descending), True)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that ``sort`` gives, int64.

    ``(*) → (*)``.

    Raises:
        IndexError: no such ``dim``.

    Example:

        >>> scores = at.tensor([0.2, 0.9, 0.5])
        >>> order = at.argsort(scores, descending=True)
        >>> order, scores[order]
        (tensor([1, 2, 0]), tensor([0.9000, 0.5000, 0.2000]))
    """
    return argsort_along(input, dim_of(input, dim, "argsort"), descending)


def msort(input: Any) -> Any:
    """The values of ``sort`` along the first dimension.

    ``(n, *) → (n, *)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.msort(at.tensor([[3, 1], [1, 2], [2, 0]]))
        tensor([[1, 0],
                [2, 1],
                [3, 2]])
    """
    need_tensor(input, "msort")
    return sort(input, 0).values


def topk(
    input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> ValuesAndIndices:
    """The ``k`` largest (or smallest) along ``dim`` in order, and where they are.

    NaN counts as the largest.  Which of equal elements are taken is not specified.

    d input = scatter_add(zeros(shape(input)), dim, indices, g).

    ``(…, n, …) → (…, k, …)``, both.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``k`` is not from 0 to the size of ``dim``; bools.

    Example:

        >>> scores = at.tensor([[0.1, 0.6, 0.3], [0.5, 0.1, 0.4]])
        >>> at.topk(scores, 2, dim=1).indices
        tensor([[1, 2],
                [0, 2]])
        >>> target = at.tensor([2, 1])  # is it among the first two?
        >>> (at.topk(scores, 2, dim=1).indices == target.unsqueeze(1)).any(dim=1)
        tensor([ True, False])
    """
    refuse_bool(input, "topk")
    at = dim_of(input, dim, "topk")
    k = int_of(k, "topk", "k")
    size = input.shape[at] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"topk: k must be from 0 to {size}, the size of dim {dim}, got {k}")
    if input.ndim == 0:
        return chosen(input, at, np.zeros((), np.int64), True)
    array = np.moveaxis(input.array, at, -1)
    if 0 < k < size:
        # Cheaper than sorting everything.
        parted = np.argpartition(array, size - k if largest else k - 1, axis=-1)
        parted = parted[..., size - k :] if largest else parted[..., :k]
    else:
        parted = np.broadcast_to(np.arange(k), (*array.shape[:-1], k))
    order = argsort_along(np.take_along_axis(array, parted, -1), parted.ndim - 1, largest)
    return chosen(input, at, np.moveaxis(np.take_along_axis(parted, order, -1), -1, at), True)


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """The ``k``-th smallest along ``dim``, counted from 1, and where it is; NaN is the largest.

    d input = scatter_add(zeros(shape(input)), dim, indices, g).

    ``(…, n, …) → (…, …)``, both, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``, or an empty one.
        RuntimeError: ``k`` is not from 1 to the size of ``dim``; bools.

    Example:

        >>> x = at.tensor([5.0, 1.0, 4.0, 2.0], requires_grad=True)
        >>> at.kthvalue(x, 2).indices
        tensor(3)
        >>> at.kthvalue(x, 2).values.backward()
        >>> x.grad
        tensor([0., 0., 0., 1.])
    """
    refuse_bool(input, "kthvalue")
    k = int_of(k, "kthvalue", "k")
    at = nonempty_dim(input, dim, "kthvalue", keepdim)
    size = input.shape[at] if input.ndim else 1
    if not 1 <= k <= size:
        raise RuntimeError(f"kthvalue: k must be from 1 to {size}, the size of dim {dim}, got {k}")
    parted = np.argpartition(np.atleast_1d(input.array), k - 1, axis=at)
    return chosen(input, at, np.take(parted, [k - 1], at), keepdim)


# -- places in what is sorted ----------------------------------------------------------------------


@function_only
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where to insert ``input`` in the last dimension of ``sorted_sequence`` to keep it sorted.

    The place before equal elements, or behind them with ``right`` (or ``side='right'``).
    ``sorted_sequence`` is ``(n)``, or agrees with ``input`` in all dimensions but the last;
    ``sorter`` are the indices that sort it.  No derivative.

    Raises:
        RuntimeError: shapes that do not agree; ``right`` with ``side='left'``; a ``sorter`` that is
            none.

    Example:

        >>> edges = at.tensor([0.0, 10.0, 20.0, 30.0])
        >>> at.searchsorted(edges, at.tensor([-5.0, 10.0, 12.0, 99.0]))
        tensor([0, 1, 2, 4])
        >>> at.searchsorted(edges, at.tensor([10.0]), right=True)
        tensor([2])
    """
    need_tensor(sorted_sequence, "searchsorted", "sorted_sequence")
    if side is not None:
        need_one_of(side, ("left", "right"), "searchsorted", "side")
    if right and side == "left":
        raise RuntimeError("searchsorted: right=True and side='left' contradict each other")
    sequence = sorted_sequence.array
    if sorter is not None:
        sequence = np.take_along_axis(sequence, _checked_sorter(sorter, sequence), -1)
    values = _values_to_search(input, "searchsorted")
    if sequence.ndim == 0:
        raise RuntimeError("searchsorted: sorted_sequence must have at least one dimension")
    agree = isinstance(input, Tensor) and sequence.shape[:-1] == values.shape[:-1]
    if sequence.ndim > 1 and not agree:
        raise RuntimeError(
            "searchsorted: sorted_sequence must be a vector or agree with input in all dimensions "
            f"but the last, got shapes {sequence.shape} and {values.shape}"
        )
    return _searched(sequence, values, "right" if right or side == "right" else "left", out_int32)


def _checked_sorter(sorter: Any, sequence: np.ndarray) -> np.ndarray:
    need_tensor(sorter, "searchsorted", "sorter")
    if sorter.shape != sequence.shape or sorter.dtype != dtypes.int64:
        raise RuntimeError(
            f"searchsorted: sorter must be int64 of the shape of sorted_sequence, {sequence.shape}"
            f", got {sorter.dtype} of {sorter.shape}"
        )
    size = sequence.shape[-1]
    if sorter.array.size and not 0 <= sorter.array.min() <= sorter.array.max() < size:
        raise RuntimeError(f"searchsorted: an index in sorter is out of range for size {size}")
    return sorter.array


def _values_to_search(input: Any, name: str) -> np.ndarray:
    if isinstance(input, (int, float, np.generic)):
        return np.asarray(input)
    need_tensor(input, name)
    return input.array


def _searched(sequence: np.ndarray, values: np.ndarray, side: Any, out_int32: bool) -> Any:
    if sequence.ndim == 1:
        found = _insertions(sequence, values, side)
    else:
        found = np.empty(values.shape, np.int64)
        for row in np.ndindex(values.shape[:-1]):
            found[row] = _insertions(sequence[row], values[row], side)
    return wrap(np.asarray(found, dtypes.int32 if out_int32 else dtypes.int64))


def _insertions(sequence: np.ndarray, values: np.ndarray, side: Any) -> Any:
    last = sequence[-1:]
    if np.array_equal(last, last):
        return np.searchsorted(sequence, values, side)
    # NumPy takes NaN for the largest number; PyTorch halves, and from a NaN it goes on upwards.
    after = np.greater if side == "right" else np.greater_equal
    start, end = np.zeros(values.shape, np.int64), np.full(values.shape, len(sequence))
    for _ in range(len(sequence).bit_length()):
        middle = np.minimum((start + end) // 2, len(sequence) - 1)
        down, is_open = after(sequence[middle], values), start < end
        end = np.where(is_open & down, middle, end)
        start = np.where(is_open & ~down, middle + 1, start)
    return start


@function_only
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Which of the intervals between ``boundaries`` (n), sorted, each of ``input`` lies in.

    ``i`` where ``boundaries[i-1] < input <= boundaries[i]``, or with ``right`` where
    ``boundaries[i-1] <= input < boundaries[i]``.  No derivative.

    ``(*) → (*)``, int64 or with ``out_int32`` int32.

    Raises:
        RuntimeError: ``boundaries`` is no vector.

    Example:

        >>> ages = at.tensor([5, 17, 18, 40, 70])
        >>> at.bucketize(ages, at.tensor([18, 65]), right=True)
        tensor([0, 0, 1, 1, 2])
    """
    need_tensor(boundaries, "bucketize", "boundaries")
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize: boundaries must be a vector, got shape {boundaries.shape}")
    values = _values_to_search(input, "bucketize")
    return _searched(boundaries.array, values, "right" if right else "left", out_int32)
