"""Which parts of a memory were written, and when: whether the rest of it is as it was."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["memory_of", "parts_of", "touched"]

MOST = 64
"""So many parts are kept apart; then they count as a write to all, or a buffer that is written a
million times would remember each."""

Parts = list[tuple[int, np.ndarray | None]]
"""Times of writes, and what was written; None for all of it."""


def parts_of(storage: Any) -> Parts:
    """The writes to a storage so far: to parts of it, since the last one to all of it."""
    parts = storage.parts
    return [(storage.written, None)] if parts is None or len(parts) >= MOST else parts


def touched(tensor: Any, since: int) -> bool:
    """Whether a write since then may have changed the array of a Tensor that has a storage."""
    return any(
        time > since and (part is None or _overlap(part, tensor.array))
        for time, part in parts_of(tensor._storage)
    )


def memory_of(array: np.ndarray) -> np.ndarray:
    """The array that owns what ``array`` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _overlap(part: np.ndarray, array: np.ndarray) -> bool:
    if memory_of(part) is not memory_of(array):
        return True  # what was written has moved since, as where it was laid in another order
    try:
        # NumPy's stub knows only the bounds 0 and -1.
        return np.shares_memory(part, array, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True
