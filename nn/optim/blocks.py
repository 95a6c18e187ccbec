"""What the updates of parameters share: scratch memory, and steps that recur in their formulas.

A formula is written once, for arrays of any shape; ``in_blocks`` of the engine runs it on pieces
that fit into the cache.  It writes in place, and what it needs in between lies in ``scratch``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autotensor.extend import SHARED_BLOCK, empty_lines

SMALL = 1 << 12
"""Up to so many elements, fresh memory comes faster than what was kept."""

EVERY = 61
"""One number of so many is looked at."""
SMALLEST = {one: float(np.finfo(one).smallest_normal) for one in "fd"}
"""Of each dtype with which processors compute, the smallest normal number: below they are slow."""
TRACE, FADED = 1e3, 1e8
"""Which means are looked for, and which become 0: those below so many times the smallest normal
number, in float32 below 1e-35 and 1e-30."""
RAISED = 8
"""To so many times that number small means of squares are raised."""

_buffers = threading.local()
"""Each thread's own, because two may train at once."""


def scratch(like: np.ndarray, index: int = 0) -> np.ndarray | None:
    """The ``out`` of a first operation: memory in the shape and dtype of ``like``.

    The next call with ``index`` gives the same again.  Or it is None, where NumPy's own fresh
    memory comes faster.  Number 0 is for one line at a time: the functions below use it.  Number 1
    is taken by ``objective_gradient``.
    """
    if like.size <= SMALL and like.ndim:  # without dimensions, NumPy would give a bare number
        return None
    if like.size > SHARED_BLOCK or not like.ndim:
        return np.empty_like(like)
    name = f"{like.dtype.char}{index}"
    buffer: np.ndarray | None = getattr(_buffers, name, None)
    if buffer is None:
        # At the beginning of a line: NumPy's sums and products of two arrays take half the time.
        buffer = empty_lines((SHARED_BLOCK,), like.dtype)
        setattr(_buffers, name, buffer)
    return buffer[: like.size].reshape(like.shape)


def objective_gradient(
    p: np.ndarray, g: np.ndarray, weight_decay: float, maximize: bool
) -> np.ndarray:
    """The gradient of what is minimized, given ``g``: ±g + weight_decay · p.

    It may lie in ``scratch(p, 1)``.
    """
    if weight_decay:
        decayed = np.multiply(p, weight_decay, out=scratch(p, 1))
        return (np.subtract if maximize else np.add)(decayed, g, out=decayed)
    return np.negative(g, out=scratch(p, 1)) if maximize else g


def mix_in(mean: np.ndarray, value: np.ndarray, weight: float) -> None:
    """mean += weight · (value − mean)."""
    change = np.subtract(value, mean, out=scratch(mean))
    np.multiply(change, weight, out=change)
    np.add(mean, change, out=mean)


def mix_in_square(mean: np.ndarray, value: np.ndarray, keep: float) -> None:
    """mean = keep · mean + (1 − keep) · value²."""
    square = np.multiply(value, value, out=scratch(mean))
    np.multiply(square, 1 - keep, out=square)
    np.multiply(mean, keep, out=mean)
    np.add(mean, square, out=mean)


def subtract_scaled(p: np.ndarray, step: np.ndarray, rate: float) -> None:
    """p −= rate · step, where ``step`` may be in ``scratch(p)`` or anywhere else."""
    np.subtract(p, np.multiply(step, rate, out=scratch(p)), out=p)


def without_traces(state: Mapping[str, Any], means: Sequence[str], squares: Sequence[str]) -> None:
    """Frees ``means`` of a state, and means of ``squares``, in place, from what has nearly faded.

    A mean of gradients that are 0 from some step on, as of pixels that are black from there on,
    shrinks until it is subnormal, and there rounding keeps it for ever.  Processors need a hundred
    times as long for such a number: a few in a hundred of them double the time of a step.

    A sample tells, so that looking costs next to nothing; and what is changed is larger than what
    the sample looks for, so that it is done about once in a hundred steps.  Means become 0, which
    is too little a change to move a parameter.  Those of squares, by whose root is divided, are
    raised instead.
    """
    for name in (*means, *squares):
        array = None if state.get(name) is None else state[name].array
        if array is None or array.dtype.char not in SMALLEST:
            continue
        smallest = SMALLEST[array.dtype.char]
        sizes = np.abs(array.reshape(-1)[::EVERY])
        if not np.logical_or.reduce((sizes < TRACE * smallest) & (sizes > 0)):
            continue
        if name in means:
            np.copyto(array, 0, where=np.abs(array) < FADED * smallest)
        elif np.logical_or.reduce((sizes < smallest) & (sizes > 0)):
            raised = RAISED * smallest
            np.copyto(array, raised, where=(array < raised) & (array > 0))


def largest(values: np.ndarray) -> float:
    """max |values|; 0 where there are none."""
    return float(np.abs(values).max(initial=0))
