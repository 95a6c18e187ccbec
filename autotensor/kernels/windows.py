"""Where the windows of a convolution or a pooling lie: sizes, padding, strides, in any number of
dimensions."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["KEPT", "Windows", "adaptive_windows", "empty_in_order", "place"]

KEPT = 4096
"""How many geometries, and what follows from each, are remembered."""


class Windows:
    """The geometry of sliding windows over dimensions of ``sizes``.

    ``out`` are the numbers of windows; window ``i`` of a dimension reads the positions
    ``i · stride - before + k · dilation`` for ``k`` in ``range(kernel)``.  Positions outside the
    input are padding: ``before`` and ``after`` of it.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        kernel: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[tuple[int, int]],
        dilation: Sequence[int],
        ceil_mode: bool = False,
    ) -> None:
        self.sizes = tuple(sizes)
        self.kernel = tuple(kernel)
        self.stride = tuple(stride)
        self.dilation = tuple(dilation)
        self.before = tuple(before for before, _ in padding)
        out = []
        after = []
        for n, k, s, d, (left, right) in zip(sizes, kernel, stride, dilation, padding, strict=True):
            reach = d * (k - 1) + 1
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
        return any(
            d * (k - 1) + 1 > s
            for k, s, d in zip(self.kernel, self.stride, self.dilation, strict=True)
        )

    @functools.cached_property
    def padded_sizes(self) -> tuple[int, ...]:
        """``sizes`` with padding."""
        return tuple(
            n + max(left, 0) + max(right, 0)
            for n, left, right in zip(self.sizes, self.before, self.after, strict=True)
        )

    def padded(self, input: np.ndarray, value: float) -> np.ndarray:
        """``input`` ``(N, C, *S)`` with its padding filled with ``value``; itself if it has none.

        The memory order stays."""
        if not self.needs_padding:
            return input
        out = empty_in_order((*input.shape[:2], *self.padded_sizes), input)
        out.fill(value)
        out[self.inner] = input
        return out

    @functools.cached_property
    def inner(self) -> tuple[slice, ...]:
        """Where the input lies within its padded form."""
        both = slice(None)
        return (
            both,
            both,
            *(slice(left, left + n) for left, n in zip(self.before, self.sizes, strict=True)),
        )

    @functools.cached_property
    def places(self) -> tuple[tuple[slice, ...], ...]:
        """For each position within a window, row-major: where it stands in a padded input, of every
        window."""
        both = slice(None)
        facts = list(zip(self.dilation, self.stride, self.out, strict=True))
        return tuple(
            (
                both,
                both,
                *(
                    slice(k * d, k * d + s * (count - 1) + 1, s)
                    for k, (d, s, count) in zip(offset, facts, strict=True)
                ),
            )
            for offset in np.ndindex(*self.kernel)
        )

    @functools.cached_property
    def area(self) -> int:
        """Positions in a window."""
        return math.prod(self.kernel)


place = functools.lru_cache(maxsize=KEPT)(Windows)
"""``Windows`` that are made once: a net asks for the same few at every step."""


def empty_in_order(shape: Sequence[int], like: np.ndarray, dtype: Any = None) -> np.ndarray:
    """Unset memory of ``shape``, its dimensions lying in memory in the order of those of ``like``.

    Keeping the order keeps inner loops long: NumPy runs elementwise operators along memory.
    """
    if like.flags.c_contiguous:
        return np.empty(shape, dtype or like.dtype)
    order, back = _memory_order(like.strides)
    return np.empty([shape[at] for at in order], dtype or like.dtype).transpose(back)


@functools.lru_cache(maxsize=KEPT)
def _memory_order(strides: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The dimensions in the order of memory, and how to get from there to their own order."""
    order = sorted(range(len(strides)), key=lambda at: (-strides[at], at))
    return tuple(order), tuple(order.index(at) for at in range(len(strides)))


def adaptive_windows(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where ``out`` windows that cover ``size`` positions evenly begin and end."""
    number = np.arange(out)
    return number * size // max(out, 1), -(-(number + 1) * size // max(out, 1))
