"""The softmax over some dimensions, and its derivative; in pieces, see ``pieces``."""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.pieces import in_pieces, sum_over
from autotensor.kernels.sums import LONG, add_up

PASSES = 8
"""It takes as long as so many; the exponential counts for four."""
FEW = 4096
"""Of so many scores nothing is gained by looking for a way around their maxima."""
HIGHEST = 20.0
"""e^±20 is so far from the ends of float32 that sums and quotients are, too."""


def _powers(scores: Array, dims: tuple[int, ...], out: Array, zero: bool) -> Array:
    """Writes ``e^(scores - c)`` with some c for each row; the sums, kept.

    To take the highest score of a row off each of its scores takes more than half of the time of a
    softmax, and is only for scores so large that e^score is not finite, or so small that it is 0.
    """
    count = math.prod(scores.shape[dim] for dim in dims)
    if scores.size > FEW and count <= LONG and abs(np.max(scores)) < HIGHEST:
        np.exp(scores, out=out)
        total = sum_over(out, dims)
        if np.min(total) > math.exp(-HIGHEST):  # in no row are all far below
            return total
    largest = np.maximum.reduce(scores, axis=dims, keepdims=True, initial=-np.inf)
    if zero:
        largest[largest == -np.inf] = 0
    np.subtract(scores, largest, out=out)
    np.exp(out, out=out)
    total = add_up(out, dims, True)
    if zero:
        total[total == 0] = 1
    return total


def softmax(
    scores: Array, dims: tuple[int, ...], bias: Array | None = None, zero: bool = False
) -> Array:
    """``e^s / Σ e^s`` over ``dims`` with s = scores + bias; where all of a row is -inf, NaN, or 0
    if ``zero``."""
    out = np.empty_like(scores)
    added = bias if bias is None else np.broadcast_to(bias, scores.shape)

    def compute(piece: tuple[slice, ...]) -> None:
        some = out[piece]
        given = scores[piece] if added is None else scores[piece] + added[piece]
        some /= _powers(given, dims, some, zero)

    in_pieces(compute, scores, dims, PASSES)
    return out


def softmax_back(g: Array, y: Array, dims: tuple[int, ...]) -> Array:
    """``y · (g - Σ g · y)``."""
    out = np.empty_like(y)

    def compute(piece: tuple[slice, ...]) -> None:
        some = np.subtract(g[piece], sum_over(g[piece], dims, y[piece]), out=out[piece])
        some *= y[piece]

    in_pieces(compute, y, dims, PASSES // 2)
    return out
