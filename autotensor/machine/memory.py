"""Keeping freed memory for the next step; and lines of memory that begin with lines of the cache.

A training step allocates and frees the same tens of megabytes again and again.  The C library's
allocator gives large blocks straight back to the system, and the next step pays for fresh pages:
one fault for each 4 KiB, 3,000 of them in a LeNet step of 128 images, which made 8 ms of work take
14.  Told to keep what is freed, it hands the same warm pages out again.

The allocator is that of the whole process: what other libraries free is kept as well, up to a
bound.  Whoever does not want that sets ``AUTOTENSOR_KEEP_MEMORY=0`` before the first import.
"""

from __future__ import annotations

import ctypes
import math
import os
from typing import Any

import numpy as np

from autotensor.machine.switches import switched_on

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGEST_KEPT = 24 << 20
"""Bytes; the GNU C library accepts no more than 32 MiB.  What is kept, other programs miss: blocks
larger than those of most training steps go back.  (A net of 32 and 64 channels on 1,000 images
takes 222 MiB at most, with the largest limit 252, and as much time.)"""
KEPT_IN_ALL = 256 << 20
"""Bytes; when more is free at the end of the memory, it is given back.  Enough for steps of several
times the usual batch.  Page faults in a step of that net on 500 images: none, 500 with 192 MiB,
2,800 with 128 or with nothing kept; of LeNet on 1,000: none with 128, 1,200 with 64."""
CACHE_LINE = 64
"""Bytes."""


def keep_freed_memory() -> None:
    """Asks the GNU C library to keep freed blocks; elsewhere, or where the user has set its
    ``MALLOC_…`` variables or ``AUTOTENSOR_KEEP_MEMORY=0``, does nothing."""
    if not switched_on("AUTOTENSOR_KEEP_MEMORY"):
        return
    if "MALLOC_TRIM_THRESHOLD_" in os.environ or "MALLOC_MMAP_THRESHOLD_" in os.environ:
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
    mallopt(M_TRIM_THRESHOLD, KEPT_IN_ALL)


def empty_lines(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Unset contiguous memory of ``shape``, its last dimension made longer where it must be for all
    lines along it to begin with a line of the cache.  Short ones stay as they are: each might take
    several times its memory.

    Long ones are an odd number of lines long, so that those under one another do not all lie in the
    same places of the cache.  (32 -> 64 channels, 5 × 5, 100 images of 14 × 14: 16.5 instead of
    17.4 ms.)

    Example:

        >>> from autotensor.extend import empty_lines
        >>> empty_lines((3, 120), np.dtype(np.float32)).shape  # 576 bytes to a line: 9 · 64
        (3, 144)
    """
    *outer, length = shape
    if length * dtype.itemsize >= 4 * CACHE_LINE:
        lines = -(-length * dtype.itemsize // CACHE_LINE) | 1
        length = lines * CACHE_LINE // dtype.itemsize
    memory: Any = np.empty(math.prod(outer) * length * dtype.itemsize + CACHE_LINE, np.uint8)
    # NumPy tells the address too, in five times the time.
    start = -ctypes.addressof(ctypes.c_char.from_buffer(memory)) % CACHE_LINE
    return np.ndarray((*outer, length), dtype, memory, start)


def in_lines(array: np.ndarray) -> np.ndarray:
    """A copy in such memory.  (32 × 128 by four times 128 × 128, float32: 26 µs, and 40 where the
    second one's rows begin in the middle of a line.)"""
    *_, length = array.shape
    copy = empty_lines(array.shape, array.dtype)[..., :length]
    copy[...] = array
    return copy
