"""Adding at positions that may be named more than once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.kernels.sums import add_up
from autotensor.kernels.windows import ALL

FEW = 1 << 10
"""Of so many elements the preparing counts more than the adding."""
SHORT = 8
"""Rows of fewer elements are added one by one."""
APIECE = 500
"""So many elements must come to a row, for its sum to be worth a call of its own."""


def add_at(out: np.ndarray, index: Any, source: Any) -> None:
    """``out[index] += source``, as often as a position is named: ``np.add.at``.

    That takes 8 ns for an element, and 18 where several arrays make up the index.  Here the rows of
    each number are brought together and summed first, and what is named element by element is
    added along the flattened array.
    """
    index = index if isinstance(index, tuple) else (index,)
    head: Any
    head, *rest = index or (...,)
    whole = all(isinstance(part, slice) and part == ALL for part in rest)
    fit = out.flags.c_contiguous and out.dtype.kind == "f" and _are_numbers(head)
    if not fit or np.size(source) <= FEW:
        np.add.at(out, index, source)
    elif whole and math.prod(out.shape[1:]) >= SHORT and _are_inside(head, len(out)):
        _add_rows(out, head, np.broadcast_to(source, (*head.shape, *out.shape[1:])))
    elif len(index) == out.ndim and all(map(_are_numbers, rest)):
        _add_elements(out, index, source)
    else:
        np.add.at(out, index, source)


def _are_numbers(part: Any) -> bool:
    return isinstance(part, np.ndarray) and part.dtype.kind in "iu"


def _are_inside(numbers: np.ndarray, size: int) -> bool:
    return bool(-size <= numbers.min() and numbers.max() < size)


def _add_rows(out: np.ndarray, numbers: np.ndarray, source: np.ndarray) -> None:
    numbers = numbers.reshape(-1) % len(out)
    source = source.reshape(len(numbers), *out.shape[1:])
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(order)]
    counts = ends - starts
    once = counts == 1
    out[ordered[starts[once]]] += source[order[starts[once]]]
    several = order[np.repeat(~once, counts)]
    if len(several) * math.prod(out.shape[1:]) < APIECE * np.count_nonzero(~once):
        np.add.at(out, numbers[several], source[several])
        return
    for start, end in zip(starts[~once], ends[~once], strict=True):
        out[ordered[start]] += add_up(source[order[start:end]], (0,), False)


def _add_elements(out: np.ndarray, index: tuple[np.ndarray, ...], source: Any) -> None:
    flat: Any = 0
    for numbers, size in zip(index, out.shape, strict=True):
        if not _are_inside(numbers, size):
            np.add.at(out, index, source)  # which says what is wrong
            return
        flat = flat * size + numbers % size
    np.add.at(out.reshape(-1), flat.reshape(-1), np.broadcast_to(source, flat.shape).reshape(-1))
