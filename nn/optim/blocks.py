"""Going over large parameters in pieces that stay in the processor's cache."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np

__all__ = ["in_blocks", "objective_gradient", "scratch"]

BLOCK = 2**16
"""Elements in a piece.  An update is a dozen passes over up to six arrays: pieces of this size (in
float32, 256 KiB) stay in the cache from pass to pass, so main memory is read and written once."""


def in_blocks(update: Callable[..., None], *arrays: np.ndarray) -> None:
    """Calls ``update(*pieces)`` with matching pieces of all arrays until all is covered.

    The arrays have one shape, any memory layout, and the pieces are views of them.
    """
    if arrays[0].size <= BLOCK:
        update(*arrays)
        return
    for pieces in _pieces(arrays):
        update(*pieces)


def _pieces(arrays: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    # Elementwise work may take the axes in any order: that of the memory.
    strides = arrays[0].strides
    order = sorted(range(len(strides)), key=lambda axis: -abs(strides[axis]))
    arrays = [array.transpose(order) for array in arrays]
    if all(array.flags.c_contiguous for array in arrays):
        arrays = [array.reshape(-1) for array in arrays]
    length = len(arrays[0])
    step = max(1, BLOCK * length // arrays[0].size)
    for start in range(0, length, step):
        yield [array[start : start + step] for array in arrays]


class _Buffers(threading.local):
    """Each thread's own, because two may train at once."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int], np.ndarray] = {}


_buffers = _Buffers()


def scratch(like: np.ndarray, index: int = 0) -> np.ndarray:
    """Memory in the shape and dtype of ``like``; the next call with ``index`` gives it again."""
    if like.size > BLOCK:
        return np.empty_like(like)
    key = (like.dtype.char, index)
    buffer = _buffers.known.get(key)
    if buffer is None:
        buffer = _buffers.known[key] = np.empty(BLOCK, like.dtype)
    return buffer[: like.size].reshape(like.shape)


def objective_gradient(
    p: np.ndarray, g: np.ndarray, weight_decay: float, maximize: bool
) -> np.ndarray:
    """The gradient of what is minimized, given ``g``: ±g + weight_decay · p.

    It may lie in ``scratch(p, 1)``.
    """
    if weight_decay:
        decayed = scratch(p, 1)
        np.multiply(p, weight_decay, out=decayed)
        return (np.subtract if maximize else np.add)(decayed, g, out=decayed)
    return np.negative(g, out=scratch(p, 1)) if maximize else g
