"""Going over some dimensions of a large array in pieces of the others.

Where each channel, sample or row can be worked on by itself, all goes in pieces that stay in the
cache from one pass to the next, and in several threads.  ("Kept" is the shape of an array with size
1 in the dimensions gone over.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.sums import LONG
from autotensor.machine.threads import BLOCK, PER_ELEMENT, in_parts, worth_sharing

SHARED = 4 * BLOCK
"""Elements in a piece where several threads share.  (``normalized`` over the batch, 32 × 16 × 32 ×
32, by two threads: 0.8 ms, by one 1.2; in pieces of ``BLOCK`` by two 1.5, because they want
Python's lock so often.)"""


def in_pieces(
    task: Callable[[Any], None], array: Array, dims: tuple[int, ...], passes: int
) -> None:
    """Calls ``task(piece)`` until all is covered; ``piece``, a tuple of slices, indexes arrays of
    ``array``'s shape and kept ones.

    Divided is the dimension farthest apart in memory of those not in ``dims``.
    ``passes`` says how often a task goes over its piece.
    """
    axes = [axis for axis, n in enumerate(array.shape) if axis not in dims and n > 1]
    if array.size <= BLOCK or not axes:
        task((slice(0, len(array)),) if array.ndim else (...,))
        return
    axis = max(axes, key=lambda axis: abs(array.strides[axis]))
    before, length = (slice(None),) * axis, array.shape[axis]
    work = array.size * passes * PER_ELEMENT
    step = max((SHARED if worth_sharing(work) else BLOCK) * length // array.size, 1)

    def some(start: int, stop: int) -> None:
        for at in range(start * step, min(stop * step, length), step):
            task((*before, slice(at, at + step)))

    in_parts(some, -(-length // step), work)


def kept_shape(array: Array, dims: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 if axis in dims else n for axis, n in enumerate(array.shape))


def sum_over(array: Array, dims: tuple[int, ...], factor: Array | None = None) -> Array:
    """``Σ array · factor`` over ``dims``, kept with size 1, without an array of products."""
    if factor is not None and dims == (array.ndim - 1,) and array.shape[-1] > LONG:
        return np.vecdot(array, factor)[..., None]  # einsum's digits get fewer with the length
    axes = list(range(array.ndim))
    left = [axis for axis in axes if axis not in dims]
    others = () if factor is None else (factor, axes)
    return np.einsum(array, axes, *others, left).reshape(kept_shape(array, dims))
