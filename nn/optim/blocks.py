"""What the updates of parameters share: scratch memory, and the gradient of the objective."""

from __future__ import annotations

import threading

import numpy as np

from autotensor.threads import BLOCK

__all__ = ["objective_gradient", "scratch"]


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
