"""Pooling over windows, on arrays: maxima and sums, their gradients, and which positions won.

Windows are read as strided slices of many rows, one for each position within a window: a few long
elementwise operations instead of a loop over windows.  ``tests/autotensor/test_textbook.py`` holds
them against such loops.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.elementwise import chosen
from autotensor.kernels.windows import ALL, KEPT, Windows, empty_in_order, place
from autotensor.machine.threads import in_parts, worth_sharing

IN_CACHE = 1 << 18
"""So many elements stay near enough; more calls, each on fewer, cost more than they win.  Where
several threads want Python's lock after each of them, twice as many.  (The gradient of maxima of
4 × 8 × 256 × 256, 2 × 2, by two threads: 3.1 ms instead of 4.1; by one, 4.1.)"""
PER_POSITION = 28
"""A position takes about as long as so many multiplications in a product of matrices."""
LARGE = 8
"""From so many positions along a dimension on, one reduction replaces an operator for each."""
RUN = 64
"""Up to so many bytes of images side by side are copied as one element; with more it is no gain."""


def _by_rows(
    compute: Callable[..., Any],
    windows: Windows,
    of_positions: list[Array],
    of_windows: list[Array],
) -> None:
    """Calls ``compute(windows, *of_positions, *of_windows)`` on a few rows of windows at a time, in
    several threads: on as many as stay in the cache while their positions are gone over.

    The arrays are ``(N, C, *S)``: those of all positions, padded, and those of all windows.
    """
    rows, stride = windows.out[0], windows.stride[0]
    size = of_positions[0].size
    if size <= IN_CACHE:
        compute(_few_rows(windows, rows), *of_positions, *of_windows)
        return
    work = size * PER_POSITION
    shared = not windows.overlap and worth_sharing(work)  # neighbours that overlap share positions
    step = max(1, IN_CACHE * (1 + shared) * rows // size)

    def some(start: int, stop: int) -> None:
        for at in range(start, stop, step):
            end = min(at + step, stop)
            part = _few_rows(windows, end - at)
            seen = slice(at * stride, at * stride + part.sizes[0])
            positions = [one[:, :, seen] for one in of_positions]
            compute(part, *positions, *[one[:, :, at:end] for one in of_windows])

    if shared:
        in_parts(some, rows, work)
    else:
        some(0, rows)


@lru_cache(maxsize=KEPT)
def _few_rows(windows: Windows, rows: int) -> Windows:
    """``windows`` with so many rows, on what just these see."""
    out = (rows, *windows.out[1:])
    seen = [(n - 1) * s + r for n, s, r in zip(out, windows.stride, windows.reach, strict=True)]
    return place(tuple(seen), windows.kernel, windows.stride, None, windows.dilation)


@lru_cache(maxsize=KEPT)
def _spots_along(windows: Windows, dim: int) -> tuple[tuple[slice, ...], ...]:
    """Where the positions of all windows along one dimension stand, position by position."""
    return tuple((*(ALL,) * (dim + 2), spot) for spot in windows.places_along(dim))


def _divided(array: Array, windows: Windows, dim: int) -> Array | None:
    """A view of ``array`` with two dimensions in the place of ``dim``: windows, and the positions
    in them.  None where these are few, or not each lies in just one window."""
    k, n, axis = windows.kernel[dim], windows.out[dim], dim + 2
    if k < LARGE or windows.stride[dim] != k or windows.dilation[dim] > 1:
        return None
    seen = array[(*(ALL,) * axis, slice(0, n * k))]
    return seen.reshape(*array.shape[:axis], n, k, *array.shape[axis + 1 :])


def _as_runs(array: Array) -> Array | None:
    """``(N, C, *S)`` as ``(C, *S)``, where few images lie side by side: those of a position as one
    element, to be copied.

    NumPy's loops run along what lies side by side, and to begin one takes as long as 30 numbers.
    (Every second pixel of 128 × 128, 8 channels, 4 images: 55 µs instead of 320, and what is
    computed from the copy is computed 10 times as fast.)
    """
    size = array.shape[0] * array.itemsize
    if size > RUN or array.shape[0] < 2 or array.strides[0] != array.itemsize:
        return None
    return array.transpose(*range(1, array.ndim), 0).view(f"V{size}")[..., 0]


def _compact(array: Array) -> Array:
    """``array``, or where it has gaps between short runs a copy without."""
    together = array.strides[-1] == array.strides[0] * array.shape[0]
    runs = None if together else _as_runs(array)
    if runs is None:
        return array
    copy = empty_in_order(array.shape, array)
    _copy(copy, array, runs)
    return copy


def _copy(to: Array, source: Array, starts: Array | None = None) -> None:
    """``to[...] = source``, of one shape; ``starts`` is ``_as_runs(source)``, if that is known."""
    ends = _as_runs(to)
    if ends is not None and starts is None:
        starts = _as_runs(source)
    if ends is None or starts is None:
        to[...] = source
    else:
        ends[...] = starts


def _reduce_along(
    ufunc: np.ufunc, array: Array, windows: Windows, dim: int, into: Array | None
) -> Array:
    """``ufunc`` over the positions of each window along one dimension."""
    divided = _divided(array, windows, dim)
    if divided is not None:
        reduced: Array = ufunc.reduce(divided, axis=dim + 3, out=into)
        return reduced
    parts = [array[spot] for spot in _spots_along(windows, dim)]
    if dim + 3 == array.ndim:
        parts = list(map(_compact, parts))
    first, *others = parts
    if not others:
        if into is None:
            return first
        into[...] = first
        return into
    out: Array = ufunc(first, others[0], out=into)
    for other in others[1:]:
        ufunc(out, other, out=out)
    return out


def _spread_along(array: Array, windows: Windows, dim: int, into: Array | None) -> Array:
    """The transpose of adding along one dimension: each value at all positions of its window.

    ``into`` must be 0 where windows overlap, or leave gaps.
    """
    axis = dim + 2
    if into is None:
        shape = (*array.shape[:axis], windows.sizes[dim], *array.shape[axis + 1 :])
        into = empty_in_order(shape, array)
        if windows.overlap or windows.sizes[dim] != windows.kernel[dim] * windows.out[dim]:
            into.fill(0)
    if windows.overlap:
        for spot in _spots_along(windows, dim):
            into[spot] += array
    elif (divided := _divided(into, windows, dim)) is not None:
        divided[...] = np.expand_dims(array, axis + 1)
    else:
        for spot in _spots_along(windows, dim):
            if axis + 1 == into.ndim:
                _copy(into[spot], array)
            else:
                into[spot] = array
    return into


# -- sums and maxima -------------------------------------------------------------------------------


def _lowest(dtype: np.dtype) -> Any:
    """What never is the largest: the value of padding."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def reduce_windows(ufunc: np.ufunc, input: Array, windows: Windows) -> Array:
    """``np.add`` or ``np.maximum`` over all positions of each window: ``(N, C, *S)`` to
    ``(N, C, *S')``.  Padding never counts.

    It goes dimension by dimension.  The first comes first, because there whole rows meet whole
    rows, and less is left for the others.  (2 × 2 of 28 × 28 pixels, 6 channels, 128 images:
    0.13 ms; position by position 0.16, and on a few channels at a time 0.30.  Of 4 images and
    128 × 128 pixels 0.7 instead of 1.3.)
    """
    padded = windows.padded(input, 0 if ufunc is np.add else _lowest(input.dtype))
    out = empty_in_order((*input.shape[:2], *windows.out), padded)
    *firsts, last = range(len(windows.kernel))

    def reduce(windows: Windows, padded: Array, out: Array) -> None:
        for dim in firsts:
            padded = _reduce_along(ufunc, padded, windows, dim, None)
        _reduce_along(ufunc, padded, windows, last, out)

    _by_rows(reduce, windows, [padded], [out])
    return out


def spread_windows(g: Array, windows: Windows) -> Array:
    """The gradient of sums, their transpose: each value added at every position of its window."""
    out = windows.padded_memory(g, cleared=not windows.cover)

    def spread(windows: Windows, out: Array, g: Array) -> None:
        for dim in reversed(range(1, len(windows.kernel))):
            g = _spread_along(g, windows, dim, None)
        seen = [slice(0, n) for n in windows.sizes[1:]]
        _spread_along(g, windows, 0, out[(ALL, ALL, ALL, *seen)])

    _by_rows(spread, windows, [out], [g])
    return out[windows.inner]


@lru_cache(maxsize=KEPT)
def divisors(windows: Windows, count_include_pad: bool, dtype: np.dtype) -> Any:
    """How many positions each window counts: a number if all are alike, else ``(*S')``."""
    counts: Any = np.ones((), np.int64)
    for dim, n in enumerate(windows.sizes):
        start = windows.starts_along(dim)
        # In ceil mode the last window reaches beyond the padding; that part never counts.
        padding = min(windows.before[dim], max(windows.after[dim], 0)) if count_include_pad else 0
        end = np.minimum(start + windows.kernel[dim], n + padding)
        if not count_include_pad:
            start = np.maximum(start, 0)
        counts = counts[..., None] * (end - start)
    if counts.size == 0 or (counts == counts.flat[0]).all():
        return float(counts.flat[0]) if counts.size else 1.0
    return counts.astype(dtype)


def toward_zero(total: Array, counts: Array) -> Array:
    """The quotient of integers, rounded toward 0."""
    return np.sign(total) * np.sign(counts) * (np.abs(total) // np.abs(counts))


# -- the winners: the positions that were the largest ----------------------------------------------


def winners_of(input: Array, output: Array, windows: Windows) -> Array:
    """Which position of each window (row-major) gave the output: the first, or the last NaN."""
    padded = windows.padded(input, _lowest(input.dtype))
    # Padding does not win, not even over what is as low as it.
    inside = windows.padded(np.ones((1, 1, *windows.sizes), np.bool_), False)
    kind = np.uint8 if windows.area <= 256 else np.intp
    winners = np.zeros_like(output, kind)
    if windows.needs_padding:
        winners[...] = _firsts(windows)
    # From the last to the first, so that the first one stays.
    for position in reversed(range(windows.area)):
        spot = windows.places[position]
        won = padded[spot] == output
        if windows.needs_padding:
            won &= inside[spot]
        winners = chosen(won, kind(position), winners)
    if np.isnan(output).any():
        for position, spot in enumerate(windows.places):
            winners = chosen(np.isnan(padded[spot]), kind(position), winners)
    return winners


@lru_cache(maxsize=KEPT)
def _firsts(windows: Windows) -> Array:
    """``(*S')``: which position of each window is its first that is not before the input.

    It is named the winner of a window that sees padding alone, as in PyTorch; with a dilation it
    may lie behind the input.
    """
    firsts = np.zeros((), np.intp)
    for dim, kernel in enumerate(windows.kernel):
        before = np.maximum(-windows.starts_along(dim), 0)
        firsts = firsts[..., None] * kernel + -(-before // windows.dilation[dim])
    return firsts


def flat_positions(winners: Array, windows: Windows) -> Array:
    """Where each winner stands in the input, counted along its flattened spatial dimensions."""
    within = np.unravel_index(winners.astype(np.int64), windows.kernel)
    flat = np.zeros(winners.shape, np.int64)
    for dim, offset in enumerate(within):
        lined = windows.starts_along(dim).reshape(-1, *(1,) * (len(windows.out) - 1 - dim))
        flat = flat * windows.sizes[dim] + lined + offset * windows.dilation[dim]
    return flat


def add_at_winners(values: Array, winners: Array, windows: Windows) -> Array:
    """Each value added where its window's winner stands, in an input of zeros."""
    out, zero = windows.padded_memory(values, cleared=True), values.dtype.type(0)
    for position, spot in enumerate(windows.places):
        out[spot] += chosen(winners == position, values, zero)
    return out[windows.inner]


def read_at_winners(input: Array, winners: Array, windows: Windows) -> Array:
    """The value at each window's winner, the transpose of ``add_at_winners``."""
    padded = windows.padded(input, 0)
    out = np.zeros_like(winners, input.dtype)
    for position, spot in enumerate(windows.places):
        out = chosen(winners == position, padded[spot], out)
    return out


def max_gradient(g: Array, input: Array, output: Array, windows: Windows) -> Array:
    """g at the winner of each window, where windows do not overlap and no output is NaN.

    Winners that nobody asks for by number need not be numbered: each position is compared with the
    output, and takes g if no earlier one has.
    """
    padded = windows.padded(input, np.nan)  # which equals nothing, so padding takes no gradient
    if g.strides != output.strides:
        turned = empty_in_order(g.shape, output, g.dtype)
        turned[...] = g
        g = turned
    total = windows.padded_memory(g, cleared=not windows.cover)

    def hand_out(windows: Windows, padded: Array, total: Array, g: Array, output: Array) -> None:
        left = np.ones_like(g, dtype=np.bool_)
        for spot in windows.places:
            here, there = padded[spot], total[spot]
            seen = _compact(here)
            won = seen == output
            won &= left
            left ^= won
            if seen is here:
                np.multiply(g, won, out=there)
            else:
                _copy(there, np.multiply(g, won, out=seen))

    _by_rows(hand_out, windows, [padded, total], [g, output])
    return total[windows.inner]


# -- windows that lie unevenly ---------------------------------------------------------------------


def largest_places(array: Array, reads: Sequence[Array]) -> Array:
    """Flat positions ``(N, C, *S')`` of the largest of each window of ``(N, C, *S)``.

    ``reads`` has for each dimension the positions ``(N or 1, C or 1, S', K)`` that its windows see.
    Of equal elements the first counts, of NaNs the last.
    """
    ndim = len(reads)
    values = array
    places = np.arange(math.prod(array.shape[2:])).reshape(1, 1, *array.shape[2:])
    # The best of each row, then the best row: dimension by dimension, from the last.
    for at in reversed(range(ndim)):
        *outer, taps = reads[at].shape
        lined = reads[at].reshape(*outer[:2], *(1,) * at, outer[2], *(1,) * (ndim - 1 - at), taps)
        best = np.take_along_axis(values, lined[..., 0], at + 2)
        spots = np.take_along_axis(places, lined[..., 0], at + 2)
        spots = np.array(np.broadcast_to(spots, best.shape))
        for tap in range(1, taps):
            seen = np.take_along_axis(values, lined[..., tap], at + 2)
            won = (seen > best) | np.isnan(seen)
            np.copyto(best, seen, where=won)
            np.copyto(spots, np.take_along_axis(places, lined[..., tap], at + 2), where=won)
        values, places = best, spots
    return places
