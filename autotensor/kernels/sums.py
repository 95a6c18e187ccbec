"""Sums whose error does not grow with the number of addends.

``np.add.reduce`` adds pairwise along the dimension that lies contiguous in memory, and along others
one by one.  In float32 a sum of ones then stops at 2²⁴, and long before that its last digits are
gone.  So a long dimension is cut into blocks, which are summed by themselves, and then their sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 64
"""So many are added one by one.  Where rounding always goes one way, each of them counts."""
LONG = 1024
"""Up to so many there is one block: a second step would take longer than the sum."""


SMALL = 1 << 18
"""Up to so many elements BLAS adds up the rows of a matrix, in a third of the time or less (64 rows
of 64: 0.7 instead of 2.2 µs, 600 rows: 2.3 instead of 12.7); of more it might wake its threads."""

_ONES = {kind: np.ones(LONG, kind) for kind in map(np.dtype, (np.float32, np.float64))}


def add_up(array: Any, dims: tuple[int, ...], keepdims: bool, dtype: Any = None) -> np.ndarray:
    """``np.add.reduce(array, axis=dims, …)``, by blocks where a dimension is long."""
    if dims == (0,) and array.ndim == 2 and array.size <= SMALL and not keepdims and dtype is None:
        ones = _ONES.get(array.dtype)
        if ones is not None and len(array) <= LONG:
            return ones[: len(array)].dot(array)
    if array.size > LONG and (dtype or array.dtype).kind == "f":
        longest = max(dims, key=lambda dim: array.shape[dim], default=None)
        if longest is not None and array.shape[longest] > LONG and _strides_far(array, longest):
            array = _by_blocks(array, longest, dtype)
    reduce: Any = np.add.reduce  # whose annotations know keepdims only as a literal
    return reduce(array, axis=dims, keepdims=keepdims, dtype=dtype)


def _strides_far(array: np.ndarray, dim: int) -> bool:
    """Whether neighbours along ``dim`` are not neighbours in memory."""
    return abs(array.strides[dim]) != array.itemsize


def _by_blocks(array: np.ndarray, dim: int, dtype: Any) -> np.ndarray:
    """``array`` with the sums of blocks in the place of ``dim``, few enough to be added up."""
    while (length := array.shape[dim]) > 2 * BLOCK:
        count = length // BLOCK
        before, after = array.shape[:dim], array.shape[dim + 1 :]
        lined = np.moveaxis(array, dim, 0)
        whole = lined[: count * BLOCK].reshape(count, BLOCK, *before, *after)
        sums = np.add.reduce(whole, axis=1, dtype=dtype)
        if length % BLOCK:
            rest = np.add.reduce(lined[count * BLOCK :], axis=0, dtype=dtype)
            sums = np.concatenate([sums, rest[None]])
        array = np.moveaxis(sums, 0, dim)
    return array
