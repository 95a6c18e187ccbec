"""What the updates of parameters share: scratch memory, and steps that recur in their formulas.

A formula is written once, for arrays of any shape; ``in_blocks`` of the engine runs it on pieces
that fit into the cache.  It writes in place, and what it needs in between lies in ``scratch``.
"""

from __future__ import annotations

import threading

import numpy as np

from autotensor.extend import SHARED_BLOCK

SMALL = 1 << 12
"""Up to so many elements, fresh memory comes faster than what was kept."""

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
        buffer = np.empty(SHARED_BLOCK, like.dtype)
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


def largest(values: np.ndarray) -> float:
    """max |values|; 0 where there are none."""
    return float(np.abs(values).max(initial=0))
