"""The geometry of sliding windows: kernel sizes, strides, padding and dilation of a convolution or
a pooling, in any number of dimensions."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

ALL = slice(None)
LITTLE = 1 << 14
"""So many elements are written in less time than it takes to go round them."""

KEPT = 4096
"""How many geometries, and what follows from each, are remembered."""


class Windows:
    """The geometry of sliding windows over dimensions of ``sizes``.

    ``out`` are the numbers of windows; window ``i`` of a dimension reads the positions
    ``i · stride - before + k · dilation`` for ``k`` in ``range(kernel)``.  Positions outside the
    input are padding: ``before`` and ``after`` of it.  ``stride`` and ``dilation`` are 1, and there
    is no padding, where nothing is given.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        kernel: Sequence[int],
        stride: Sequence[int] | None = None,
        padding: Sequence[tuple[int, int]] | None = None,
        dilation: Sequence[int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        ones = (1,) * len(sizes)
        self.sizes = tuple(sizes)
        self.kernel = tuple(kernel)
        self.stride = tuple(stride or ones)
        self.dilation = tuple(dilation or ones)
        #: How many positions a window spans, from its first to its last.
        self.reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, self.dilation, strict=True))
        padding = padding or ((0, 0),) * len(sizes)
        self.before = tuple(before for before, _ in padding)
        out = []
        after = []
        for n, reach, s, (left, right) in zip(sizes, self.reach, self.stride, padding, strict=True):
            free = n + left + right - reach
            count = (-(-free // s) if ceil_mode else free // s) + 1
            if ceil_mode and (count - 1) * s >= n + left:
                count -= 1  # the last window would lie in the padding altogether
            out.append(count)
            # What the windows reach beyond the input: more than ``right`` in ceil mode, less where
            # the stride skips the end.
            after.append((count - 1) * s + reach - n - left)
        self.out = tuple(out)
        self.after = tuple(after)

    def check(self, name: str, shape: Sequence[int]) -> None:
        """Raises RuntimeError when no window fits."""
        if min(self.out, default=1) < 1:
            raise RuntimeError(
                f"{name}: the window of {self.kernel} (dilation {self.dilation}) does not fit in "
                f"an input of shape {tuple(shape)} with padding {self.before}"
            )

    @functools.cached_property
    def needs_padding(self) -> bool:
        return max((*self.before, *self.after), default=0) > 0

    @functools.cached_property
    def overlap(self) -> bool:
        """Whether a position lies in more than one window."""
        return any(reach > step for reach, step in zip(self.reach, self.stride, strict=True))

    @functools.cached_property
    def sees_all(self) -> bool:
        """Whether there is one window, and it is the whole input."""
        return self.kernel == self.sizes and not self.needs_padding

    @functools.cached_property
    def cover(self) -> bool:
        """Whether each position of a padded input lies in just one window."""
        seen = tuple(k * count for k, count in zip(self.kernel, self.out, strict=True))
        return not self.overlap and seen == self.padded_sizes

    @functools.cached_property
    def padded_sizes(self) -> tuple[int, ...]:
        """``sizes`` with padding."""
        along = zip(self.sizes, self.before, self.after, strict=True)
        return tuple(n + max(left, 0) + max(right, 0) for n, left, right in along)

    def padded(self, input: np.ndarray, value: float) -> np.ndarray:
        """``input`` ``(N, C, *S)`` with its padding filled with ``value``; itself if it has none.

        The memory order stays."""
        if not self.needs_padding:
            return input
        out = self.padded_memory(input)
        fill_around(out, self.inner, value)
        out[self.inner] = input
        return out

    def padded_memory(self, like: np.ndarray, cleared: bool = False) -> np.ndarray:
        """Memory for all positions of a padded input, in the order and dtype of ``like``: unset, or
        ``cleared`` to 0."""
        out = empty_in_order((*like.shape[:2], *self.padded_sizes), like)
        if cleared:
            out.fill(0)
        return out

    @functools.cached_property
    def inner(self) -> tuple[slice, ...]:
        """Where the input lies within its padded form."""
        kept = [slice(left, left + n) for left, n in zip(self.before, self.sizes, strict=True)]
        return (ALL, ALL, *kept)

    @functools.cached_property
    def places(self) -> tuple[tuple[slice, ...], ...]:
        """For each position within a window, row-major: where it stands in a padded input, of every
        window."""
        along = [self.places_along(dim) for dim in range(len(self.kernel))]
        return tuple((ALL, ALL, *spot) for spot in itertools.product(*along))

    def places_along(self, dim: int) -> list[slice]:
        """``places`` along one of the dimensions ``S``."""
        k, d, s, count = self.kernel[dim], self.dilation[dim], self.stride[dim], self.out[dim]
        return [slice(at * d, at * d + s * (count - 1) + 1, s) for at in range(k)]

    def starts_along(self, dim: int) -> np.ndarray:
        """The position in the input where each window begins, along one of the dimensions ``S``."""
        return np.arange(self.out[dim]) * self.stride[dim] - self.before[dim]

    @functools.cached_property
    def area(self) -> int:
        """Positions in a window."""
        return math.prod(self.kernel)


place = functools.lru_cache(maxsize=KEPT)(Windows)
"""``Windows`` that are made once: a net asks for the same few at every step."""


def fill_around(array: np.ndarray, inner: Sequence[slice], value: float) -> None:
    """Writes ``value`` everywhere but in ``array[inner]``; there too where that is quicker."""
    if array.size <= LITTLE:
        array.fill(value)
        return
    for axis, (size, part) in enumerate(zip(array.shape, inner, strict=True)):
        if part.start:
            array[(*(ALL,) * axis, slice(0, part.start))] = value
        if part.stop is not None and part.stop < size:
            array[(*(ALL,) * axis, slice(part.stop, size))] = value


def empty_in_order(shape: Sequence[int], like: np.ndarray, dtype: Any = None) -> np.ndarray:
    """Unset memory of ``shape``, its dimensions lying in memory in the order of those of ``like``.

    Keeping the order keeps inner loops long: NumPy runs elementwise operators along memory.
    """
    if like.flags.c_contiguous:
        return np.empty(shape, dtype or like.dtype)
    order, back = memory_order(like.strides)
    return np.empty([shape[at] for at in order], dtype or like.dtype).transpose(back)


@functools.lru_cache(maxsize=KEPT)
def memory_order(strides: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The dimensions in the order of memory, and how to get from there to their own order."""
    order = sorted(range(len(strides)), key=lambda at: (-strides[at], at))
    return tuple(order), tuple(order.index(at) for at in range(len(strides)))


def adaptive_windows(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where ``out`` windows that cover ``size`` positions evenly begin and end."""
    number = np.arange(out)
    return number * size // max(out, 1), -(-(number + 1) * size // max(out, 1))


def fractional_windows(size: int, kernel: int, out: int, sample: np.ndarray) -> np.ndarray:
    """Where ``out`` windows of ``kernel`` begin: pseudorandom steps after Graham (2014)."""
    start = np.full((*sample.shape, out), size - kernel)
    if out > 1:
        step = sample.dtype.type(size - kernel) / sample.dtype.type(out - 1)
        number = np.arange(out - 1, dtype=sample.dtype)
        shift = (sample * step).astype(np.int64)[..., None]
        start[..., :-1] = ((number + sample[..., None]) * step).astype(np.int64) - shift
    return start
