"""Interpolation as sparse matrices, by taps: which inputs each output is a weighted sum of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.windows import KEPT, adaptive_windows

BEND = -0.75
"""What Keys calls a."""

DENSE = 32
"""A product of matrices does so many multiplications while one tap is gathered and added."""


class Taps:
    """A sparse (out × ``size``) matrix: output ``o`` is ``Σ_t weight[o, t] · input[index[o, t]]``.

    The sum runs over the first ``counts[o]`` taps.  ``weight`` None stands for ones.
    """

    def __init__(self, index: Array, weight: Array | None, counts: Array, size: int) -> None:
        self.index = index
        self.weight = weight
        self.counts = counts
        self.size = size

    @functools.cached_property
    def used(self) -> Array:
        """Which of the taps there are, ``(out, taps)``."""
        return np.arange(self.index.shape[1]) < self.counts[:, None]

    @functools.cached_property
    def transposed(self) -> Taps:
        """The same matrix with rows and columns exchanged."""
        outputs, inputs = np.nonzero(self.used)[0], self.index[self.used]
        order = np.argsort(inputs, kind="stable")
        outputs, inputs = outputs[order], inputs[order]
        counts = np.bincount(inputs, minlength=self.size)
        place = np.arange(len(inputs)) - (np.cumsum(counts) - counts)[inputs]
        index = np.zeros((self.size, counts.max(initial=0)), np.intp)
        index[inputs, place] = outputs
        weight = None
        if self.weight is not None:
            weight = np.zeros(index.shape, self.weight.dtype)
            weight[inputs, place] = self.weight[self.used][order]
        return Taps(index, weight, counts, len(self.index))

    @functools.cached_property
    def matrix(self) -> Array:
        """All of it, zeros too."""
        used = self.used
        weight = np.ones(used.shape, np.float32) if self.weight is None else self.weight
        full = np.zeros((len(self.index), self.size), weight.dtype)
        np.add.at(full, (np.nonzero(used)[0], self.index[used]), weight[used])
        return full

    @functools.cached_property
    def rows(self) -> list[tuple[Any, Array, Any]]:
        """Tap by tap: the outputs that have it, the inputs they read there, the weights."""
        parts = []
        for tap in range(self.index.shape[1]):
            have = self.counts > tap
            weight = None if self.weight is None else self.weight[have, tap][:, None]
            parts.append((slice(None) if have.all() else have, self.index[have, tap], weight))
        return parts

    def times(self, input: Array) -> Array:
        """``(A, size, B)`` to ``(A, out, B)``."""
        count, most = self.index.shape
        if input.dtype.kind == "f" and most > 1 and self.size < DENSE * most:
            matrix = self.matrix.astype(input.dtype, copy=False)
            if input.shape[2] == 1:
                out = np.matmul(input[:, :, 0], matrix.T)[:, :, None]
            else:
                out = np.matmul(matrix, input)
            # Zeros times infinity: only what has a weight must be seen.
            if not np.isnan(out).any():
                return out
        if most == 1 and self.weight is None and (self.counts == 1).all():
            return input.take(self.index[:, 0], axis=1)
        out = np.zeros((input.shape[0], count, input.shape[2]), input.dtype)
        for have, index, weight in self.rows:
            read = input.take(index, axis=1)
            if weight is not None:
                read *= weight.astype(input.dtype, copy=False)
            out[:, have] += read
        return out

    def times_bytes(self, input: Array, axis: int) -> Array:
        """Along ``axis`` of bytes, weighted in whole numbers and rounded, as Pillow does."""
        # As many binary places as 16 bits have room for.
        places = 0
        while places < 22 and int(0.5 + self.matrix.max() * 2 ** (places + 1)) < 2**15:
            places += 1
        whole = np.trunc(self.matrix * 2**places + np.copysign(0.5, self.matrix))
        # float64 holds all of these sums exactly, and has a fast product.
        total = np.moveaxis(np.tensordot(input.astype(np.float64), whole, (axis, 1)), -1, axis)
        return np.clip(np.floor(total / 2**places + 0.5), 0, 255).astype(np.uint8)


# -- tables of taps -------------------------------------------------------------------------------


@functools.lru_cache(maxsize=KEPT)
def averages(size: int, out: int) -> Taps:
    """Means of ``out`` windows that cover ``size`` positions."""
    start, end = adaptive_windows(size, out)
    counts = end - start
    index = start[:, None] + np.arange(counts.max(initial=0))
    weight = np.broadcast_to(1 / counts[:, None], index.shape)
    return Taps(np.minimum(index, max(size - 1, 0)), weight, counts, size)


def cubic_near(x: Any, a: float = BEND) -> Any:
    """The kernel of Keys, "Cubic convolution interpolation for digital image processing" (1981),
    from 0 to 1 away from its middle; ``x`` is whatever can be multiplied and added."""
    return ((a + 2) * x - (a + 3)) * x * x + 1


def cubic_far(x: Any, a: float = BEND) -> Any:
    """The same kernel from 1 to 2 away from its middle."""
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a


def _cubic(x: Array, a: float = BEND) -> Array:
    x = np.abs(x)
    return np.where(x < 1, cubic_near(x, a), np.where(x < 2, cubic_far(x, a), 0))


#: Kernels that are stretched over all that one output covers, and how far each reaches.
KERNELS: dict[str, tuple[Callable[[Array], Array], int]] = {
    "bilinear": (lambda x: np.maximum(1 - np.abs(x), 0), 1),
    "bicubic": (lambda x: _cubic(x, -0.5), 2),
    "lanczos": (lambda x: np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0), 3),
}


def _step(size: int, out: int, factor: float | None, align_corners: bool, kind: Any) -> Any:
    """How many inputs lie between two outputs."""
    if align_corners:
        return kind(size - 1) / kind(out - 1) if out > 1 else kind(0)
    return kind(1 / factor) if factor else kind(size) / kind(out)


@functools.lru_cache(maxsize=KEPT)
def nearest(size: int, out: int, factor: float | None, exact: bool, kind: Any) -> Taps:
    """The input below each output; ``exact``: the one that is nearest to its middle."""
    step = _step(size, out, factor, False, kind)
    center = np.arange(out, dtype=kind) + kind(0.5 if exact else 0)
    # PyTorch rounds to float32 before it rounds down, whatever the dtype.
    index = np.minimum(np.floor((center * step).astype(np.float32)).astype(np.intp), size - 1)
    return Taps(index[:, None], None, np.ones(out, np.intp), size)


@functools.lru_cache(maxsize=KEPT)
def smooth(
    size: int, out: int, factor: float | None, align_corners: bool, cubic: bool, kind: Any
) -> Taps:
    """Linear between two neighbours, or cubic between four."""
    step = _step(size, out, factor, align_corners, kind)
    number = np.arange(out, dtype=kind)
    at = number * step if align_corners else (number + kind(0.5)) * step - kind(0.5)
    if cubic:
        base = np.floor(at)
        offsets = np.arange(-1, 3)
        weight = _cubic((at - base)[:, None] - offsets)
    else:
        at = np.maximum(at, 0)
        base = np.minimum(np.floor(at), size - 1)
        offsets = np.arange(2)
        part = np.clip(at - base, 0, 1)
        weight = np.stack([1 - part, part], axis=1)
    index = np.clip(base.astype(np.intp)[:, None] + offsets, 0, size - 1)
    return Taps(index, weight.astype(kind), np.full(out, len(offsets)), size)


@functools.lru_cache(maxsize=KEPT)
def antialiased(
    size: int, out: int, factor: float | None, align_corners: bool, mode: str, kind: Any
) -> Taps:
    """Every input that an output covers, weighted by a kernel as wide as that (antialiasing)."""
    kernel, reach = KERNELS[mode]
    step = float(_step(size, out, factor, align_corners, kind))
    width = max(step, 1.0)
    # Not so with aligned corners, but so in PyTorch.
    center = step * (np.arange(out) + 0.5)
    start = np.maximum((center - reach * width + 0.5).astype(np.intp), 0)
    end = np.minimum((center + reach * width + 0.5).astype(np.intp), size)
    counts = np.maximum(end - start, 1)
    index = start[:, None] + np.arange(counts.max())
    weight = kernel((index - center[:, None] + 0.5) / width)
    weight[index >= end[:, None]] = 0
    weight /= weight.sum(axis=1, keepdims=True)
    return Taps(np.clip(index, 0, size - 1), weight.astype(kind), counts, size)


# -- points outside -------------------------------------------------------------------------------


def brought_in(at: Array, size: int, padding_mode: str, align_corners: bool) -> tuple[Array, Array]:
    """``(slope, offset)``: ``slope · at + offset`` lies within an image of ``size``.

    Reflection and clipping are made of straight pieces, so their gradient is the slope.
    """
    slope, offset = np.ones_like(at), np.zeros_like(at)
    if padding_mode == "zeros":
        return slope, offset
    if padding_mode == "reflection":
        low, high = (0, size - 1) if align_corners else (-0.5, size - 0.5)
        span = high - low
        if span == 0:
            return np.zeros_like(at), offset
        away = np.abs(at - low)
        turns = np.floor(away / span)
        # An even number of turns leaves the direction, an odd one reverses it.
        sign = np.where(at < low, -1.0, 1.0).astype(at.dtype)
        back = turns % 2 == 1
        slope = np.where(back, -sign, sign)
        rest = away - turns * span
        offset = np.where(back, span - rest, rest) + low - slope * at
    inside = slope * at + offset
    within = (inside > 0) & (inside < size - 1)
    slope = np.where(within, slope, 0)
    offset = np.where(within, offset, np.clip(inside, 0, size - 1))
    return slope.astype(at.dtype), offset.astype(at.dtype)
