"""Rows of a table by their numbers: one for each number, or one for each bag of numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autotensor.engine.in_place import need_writable
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw
from autotensor.operators.arguments import need_same_shape, need_shape, need_tensor
from autotensor.operators.structure.indexing import item_at, put_into_zeros
from autotensor.operators.structure.shapes import reshape

__all__ = ["embedding", "embedding_renorm_", "embedding_bag"]


# -- reading arguments -----------------------------------------------------------------------------


def _table(weight: Any, name: str) -> int:
    """How many rows ``weight`` has."""
    need_tensor(weight, name, "weight")
    need_shape(weight, weight.ndim == 2, "(rows, D)", name, "weight")
    return weight.shape[0]


def _whole_numbers(value: Any, name: str, argument: str) -> np.ndarray:
    """An int32 or int64 Tensor as a raw copy: it is kept for the derivative."""
    need_tensor(value, name, argument)
    if value.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"{name}: {argument} must be of dtype int64 or int32, got {value.dtype}; "
            "convert with .long()"
        )
    return np.array(raw(value), np.int64)


def _row_numbers(input: Any, rows: int, name: str) -> np.ndarray:
    numbers = _whole_numbers(input, name, "input")
    wrong = numbers[(numbers < 0) | (numbers >= rows)]
    if wrong.size:
        raise IndexError(
            f"{name}: index {wrong[0]} is out of bounds: weight has {rows} rows, "
            f"numbered 0 to {rows - 1}"
        )
    return numbers


def _row_of(padding_idx: int | None, rows: int, name: str) -> int | None:
    """``padding_idx`` as a number from 0."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise ValueError(f"{name}: padding_idx must be within the {rows} rows, got {padding_idx}")
    return padding_idx % rows


def _shorten(
    name: str, weight: Any, numbers: np.ndarray, max_norm: float | None, norm_type: float
) -> None:
    """Scales the rows ``numbers`` that are longer than ``max_norm`` down to it, in place."""
    if max_norm is None:
        return
    table = raw(weight)
    if table.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: with max_norm weight must be floating-point, got {table.dtype}; convert it "
            "with .float()"
        )
    used = np.unique(numbers)
    lengths = np.linalg.norm(table[used], norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        if isinstance(weight, Tensor):
            need_writable(weight, "embedding")
        # The small constant is PyTorch's.
        table[used[long]] *= (max_norm / (lengths[long] + 1e-7)).astype(table.dtype)[:, None]
        if isinstance(weight, Tensor):
            weight.mark_written()


# -- one row for each number -----------------------------------------------------------------------


@operator(
    weight=lambda g, numbers, share, shape: put_into_zeros(
        g if share is None else g * share, (numbers,), shape
    )
)
def _rows(weight: Any, numbers: Any, share: Any) -> Any:
    """``weight[numbers]``.  d weight = put_into_zeros(g · share, numbers, shape(weight))."""
    return weight[numbers]


def _looked_up(weight: Any, numbers: np.ndarray, padding: int | None, by_frequency: bool) -> Any:
    share = None
    if by_frequency:
        share = 1 / np.bincount(numbers.reshape(-1), minlength=weight.shape[0])[numbers]
    if padding is not None:
        share = np.where(numbers == padding, 0, 1 if share is None else share)
    if share is not None:
        share = share.astype(weight.dtype)[..., None]
    return _rows(weight, numbers, share)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """``weight[input]``: a row for each number, ``(*)`` with ``(rows, D)`` gives ``(*, D)``.

    Args:
        input: row numbers, int64 or int32.
        padding_idx: a row that gets no gradient.
        max_norm: rows used that are longer are first scaled down to this length, in ``weight``
            itself and outside the graph; ``norm_type`` is the p of the length.
        scale_grad_by_freq: divides the gradient of a row by how often ``input`` names it.
        sparse: accepted, without effect: gradients are dense.

    d weight = put_into_zeros(g, input, shape(weight)): added at the rows.

    Raises:
        IndexError: there is no such row.

    Example:

        >>> table = at.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 20.0]], requires_grad=True)
        >>> words = at.tensor([[2, 1], [2, 0]])
        >>> F.embedding(words, table).shape
        torch.Size([2, 2, 2])
        >>> F.embedding(words, table, padding_idx=0).sum().backward()
        >>> table.grad  # row 2 occurred twice, row 0 is padding
        tensor([[0., 0.],
                [1., 1.],
                [2., 2.]])
    """
    name = "embedding"
    rows = _table(weight, name)
    numbers = _row_numbers(input, rows, name)
    padding = _row_of(padding_idx, rows, name)
    _shorten(name, weight, numbers, max_norm, norm_type)
    return _looked_up(weight, numbers, padding, scale_grad_by_freq)


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Scales the rows ``indices`` of the table ``input`` that are longer than ``max_norm`` down to
    it, in place and outside the graph; ``norm_type`` is the p of the length.

    Raises:
        IndexError: there is no such row.
        RuntimeError: indices that are no integers.

    Example:

        >>> table = at.tensor([[3.0, 4.0], [30.0, 40.0]])
        >>> at.embedding_renorm_(table, at.tensor([0]), max_norm=1.0, norm_type=2.0)
        tensor([[ 0.6000,  0.8000],
                [30.0000, 40.0000]])
    """
    name = "embedding_renorm_"
    _shorten(name, input, _row_numbers(indices, _table(input, name), name), max_norm, norm_type)
    return input


# -- one row for each bag of numbers ---------------------------------------------------------------


def _bag_bounds(
    input: Any, offsets: Any, include_last_offset: bool, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Where each bag begins among the flattened numbers, and where it ends."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                f"{name}: with input of shape (B, n), each row is a bag, and offsets must be None"
            )
        bags, size = input.shape
        starts = np.arange(bags) * size
        return starts, starts + size
    need_shape(input, input.ndim == 1, "(n) or (B, n)", name, error=ValueError)
    if offsets is None:
        raise ValueError(f"{name}: with input of shape (n), offsets must say where bags begin")
    starts = _whole_numbers(offsets, name, "offsets")
    if starts.ndim != 1:
        raise ValueError(f"{name}: offsets must be of shape (B), got {starts.shape}")
    if include_last_offset and not starts.size:
        raise RuntimeError(f"{name}: include_last_offset needs at least one offset")
    ends = np.append(starts[1:], input.shape[0])
    if include_last_offset:
        starts, ends = starts[:-1], starts[1:]
    if starts.size and (starts[0] != 0 or (ends < starts).any() or ends[-1] > input.shape[0]):
        raise RuntimeError(
            f"{name}: offsets must begin with 0, never fall and stay within the {input.shape[0]} "
            f"numbers of input, got {raw(offsets).tolist()}"
        )
    return starts, ends


def _need_sample_weights(weights: Any, input: Any, weight: Any, mode: str, name: str) -> None:
    need_tensor(weights, name, "per_sample_weights")
    if mode != "sum":
        raise NotImplementedError(
            f"{name}: per_sample_weights go with mode 'sum' only, got {mode!r}"
        )
    need_same_shape(input, name, per_sample_weights=weights)
    if weights.dtype != weight.dtype:
        raise RuntimeError(
            f"{name}: per_sample_weights must have the dtype of weight, {weight.dtype}, "
            f"got {weights.dtype}"
        )


def _largest_of_bags(rows: Any, bag_of: np.ndarray, bags: int) -> Any:
    """The largest of each bag's rows, column by column, the first of equal ones; 0 for no rows."""
    values = raw(rows)
    columns = values.shape[1]
    filled, starts = np.unique(bag_of, return_index=True)
    ends = np.append(starts, len(bag_of))[1:]
    picked = np.empty((len(filled), columns), np.int64)
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        picked[at] = start + np.argmax(values[start:end], axis=0)
    found = item_at(rows, (picked, np.arange(columns)))
    return put_into_zeros(found, (filled,), (bags, columns))


def _in_new_order(input: Any, weight: Any) -> tuple[Any, Any]:
    """``(input, weight)``, also where they were given as in PyTorch before 1.0."""
    numbers = isinstance(weight, Tensor) and weight.dtype.kind == "i"
    if not (numbers and isinstance(input, Tensor) and input.dtype.kind == "f"):
        return input, weight
    warnings.warn(
        "embedding_bag(weight, input, ...) is the order of old; write "
        "embedding_bag(input, weight, ...)",
        stacklevel=3,
    )
    return weight, input


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or largest of some rows of ``weight``: a row for each bag of numbers.

    Args:
        input: row numbers: ``(B, n)``, each row a bag; or ``(n)``, cut at ``offsets``.
        weight: ``(rows, D)``; the result is ``(B, D)``.
        offsets: ``(B)``, where each bag begins; with ``include_last_offset`` ``(B + 1)``, the last
            being where the last bag ends.  (PyTorch reads on to the end in some modes.)
        mode: ``'mean'``, ``'sum'`` or ``'max'``.  An empty bag gives 0, a NaN in the bag NaN, which
            PyTorch may pass over.
        per_sample_weights: a factor for each number, in the shape of ``input``; for ``'sum'``.
        padding_idx: a row that counts for nothing: it is not in the bags.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for ``embedding``.  (PyTorch divides
            some rows by the frequency of another.)

    The gradient of each bag is added at its rows in zeros: divided by their number for the mean,
    only where it was the largest for the max.

    Raises:
        IndexError: there is no such row.
        ValueError, RuntimeError, NotImplementedError: offsets, weights or modes that do not fit.

    Example:

        >>> table = at.tensor([[1.0, 1.0], [2.0, 4.0], [10.0, 20.0]])
        >>> F.embedding_bag(at.tensor([[0, 1], [2, 2]]), table)
        tensor([[ 1.5000,  2.5000],
                [10.0000, 20.0000]])
        >>> bags = at.tensor([0, 1, 2]), at.tensor([0, 1])  # {0} and {1, 2}
        >>> F.embedding_bag(bags[0], table, bags[1], mode="sum")
        tensor([[ 1.,  1.],
                [12., 24.]])
        >>> F.embedding_bag(bags[0], table, bags[1], mode="max")
        tensor([[ 1.,  1.],
                [10., 20.]])
    """
    name = "embedding_bag"
    input, weight = _in_new_order(input, weight)
    rows = _table(weight, name)
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"{name}: mode must be 'mean', 'sum' or 'max', got {mode!r}")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError(f"{name}: mode 'max' goes neither with scale_grad_by_freq nor with sparse")
    numbers = _row_numbers(input, rows, name).reshape(-1)
    if per_sample_weights is not None:
        _need_sample_weights(per_sample_weights, input, weight, mode, name)
    starts, ends = _bag_bounds(input, offsets, include_last_offset, name)
    padding = _row_of(padding_idx, rows, name)
    _shorten(name, weight, numbers, max_norm, norm_type)

    bags = len(starts)
    bag_of = np.repeat(np.arange(bags), ends - starts)
    # What lies behind the last bag is in none.
    chosen = np.arange(len(bag_of))
    if padding is not None:
        chosen = chosen[numbers[: len(bag_of)] != padding]
        bag_of = bag_of[chosen]
    found = _looked_up(weight, numbers[chosen], None, scale_grad_by_freq)
    if mode == "max":
        return _largest_of_bags(found, bag_of, bags)
    if per_sample_weights is not None:
        factors = item_at(reshape(per_sample_weights, (-1,)), (chosen,))
        found = found * reshape(factors, (-1, 1))
    total = put_into_zeros(found, (bag_of,), (bags, weight.shape[1]))
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bag_of, minlength=bags), 1)
    return total / sizes.astype(weight.dtype)[:, None]
