"""Which parts of a memory were written, and when: whether the rest of it is as it was; and which
arrays show a place twice."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["clear", "locked", "memory_of", "parts_of", "touched", "unlock"]

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


# -- places that are shown twice -------------------------------------------------------------------


def _repeats(array: np.ndarray) -> bool:
    """Whether ``array`` may show a place of its memory twice, as after ``expand``."""
    steps = zip(map(abs, array.strides), array.shape, strict=True)
    reach = array.itemsize  # of all that is seen along the dimensions with smaller steps
    for step, size in sorted((step, size) for step, size in steps if size != 1):
        if step < reach:
            return array.size > 0
        reach += step * (size - 1)
    return False


def locked(array: np.ndarray) -> np.ndarray:
    """``array``, which shows a place several times, as a read-only view of it.  Parts, which are
    read-only too then, may be written after ``unlock``."""
    shown = array[...]
    shown.flags.writeable = False
    return shown


def unlock(tensor: Any) -> bool:
    """Makes a view writable that is read-only for what it is a part of, if it shows no place twice
    itself.  Whether that could be done."""
    view = tensor.view_of
    if view is None or not view.base.array.flags.writeable or _repeats(tensor.array):
        return False
    tensor.array.flags.writeable = True
    return True


def clear(region: np.ndarray) -> None:
    """Writes zeros, wherever ``region`` shows a place twice as well."""
    if not region.flags.writeable:
        region.flags.writeable = True
    region[...] = 0
