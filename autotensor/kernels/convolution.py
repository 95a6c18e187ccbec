"""Convolution, transposed convolution and the VJP by the weight, on arrays: im2col and products.

All three are linear in both their arguments.  ``convolve`` is the convolution ``y = C(x, w)``;
``input_gradient`` its gradient ``T(g, w)`` by x, the transposed convolution; ``weight_gradient``
its gradient ``V(x, g)`` by w.  ``tests/autotensor/test_textbook.py`` holds them against loops that
follow the formulas.

Memory.  Shapes are PyTorch's, ``(N, C, H, W)``, but results lie in memory as ``(H, C, W, N)``,
batch innermost, an order that elementwise operators and poolings keep.  Then a row of outputs is
one product of matrices over long contiguous runs: with the windows unfolded along the *last*
dimensions only (a copy of k times the input, not k², see ``_unfold``), the rows ``(k_h, k_w, C)``
that an output row needs lie one after another, because the next output row simply starts one input
row further (Cho and Brand, "MEC: Memory-efficient Convolution", 2017).

Times in comments are of LeNet's layers at 128 images, or as said, on one thread of a 2-core AVX2
machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy import ndarray as Array

from autotensor.kernels.elementwise import all_finite
from autotensor.kernels.windows import ALL, KEPT, Windows, fill_around, place
from autotensor.machine.memory import empty_lines
from autotensor.machine.threads import (
    FEW,
    HEAVY,
    LINE,
    PACKING,
    PER_ELEMENT,
    UNPACKED,
    UNPACKED_RESULT,
    in_parts,
    in_slices,
    product,
)

IN_CACHE = 1 << 18
"""So many elements stay in the cache."""
FEW_RESULTS = 1 << 16
"""So many stay in the near cache, beside what they are made of."""
LITTLE = 1 << 15
"""Of so many elements the copying counts less than the calls."""
UNFOLDED = 1 << 20
"""So many elements are unfolded at once, or ``LONG`` columns; more would only take memory."""
FLAT, WIDE = 48, 2 * LINE
"""Products of matrices of fewer rows, or of no more columns, are not worth a call each."""
LONG = 512
"""From so many columns on, a product of matrices runs at full speed."""
SHORT = 16
"""Rows of fewer elements are slow to copy one by one."""
WHOLE = (ALL,)
BACKWARDS = slice(None, None, -1)


class Geometry(NamedTuple):
    """What a convolution is told besides its arrays; ``windows(sizes)`` places it on an input."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int

    def windows(self, sizes: Sequence[int], kernel: Sequence[int]) -> Windows:
        return place(tuple(sizes), tuple(kernel), self.stride, self.padding, self.dilation)


# -- rows of windows as matrices -------------------------------------------------------------------


@lru_cache(maxsize=KEPT)
def _rowed(windows: Windows) -> Windows:
    """``windows`` with a first dimension along which neighbouring rows follow one another, and at
    least one more."""
    if windows.dilation[0] == 1 and len(windows.kernel) > 1:
        return windows
    padding = ((0, 0), *zip(windows.before, windows.after, strict=True))
    sizes, kernel, stride = windows.sizes, windows.kernel, windows.stride
    return place((1, *sizes), (1, *kernel), (1, *stride), padding, (1, *windows.dilation))


def _lined(array: Array, windows: Windows) -> Array:
    """``(N, C, *S)`` as ``(S_1, C, S_2, …, N)``, contiguous, padded in all dimensions but the
    first."""
    shaped = array.reshape(*array.shape[:2], *windows.sizes)
    turned = shaped.transpose(2, 1, *range(3, shaped.ndim), 0)
    padded = windows.padded_sizes[1:] != windows.sizes[1:]
    if not padded and turned.flags.c_contiguous:
        return turned
    rows, channels, *_, count = turned.shape
    lined = np.empty((rows, channels, *windows.padded_sizes[1:], count), array.dtype)
    inner = (ALL, ALL, *windows.inner[3:], ALL)

    def fill(start: int, stop: int) -> None:
        some = lined[start:stop]
        if padded:
            fill_around(some, inner, 0)
        some[inner] = turned[start:stop]

    in_parts(fill, rows, lined.size * PER_ELEMENT)
    return lined


def _unlined(array: Array, sizes: Sequence[int]) -> Array:
    """The way back from ``_lined``: ``(S_1, C, S_2, …, N)`` as ``(N, C, *sizes)``."""
    turned = array.transpose(array.ndim - 1, 1, 0, *range(2, array.ndim - 1))
    return turned.reshape(*turned.shape[:2], *sizes)


def _unfold(lined: Array, windows: Windows, groups: int, start: int, stop: int) -> Array:
    """What windows ``start … stop - 1`` of the second dimension see, along all but the first.

    ``(G, S_1, k_2, …, k_n, C/G, M)``, ``M`` counting windows along all dimensions but the first,
    and then images; behind them each line may have room to spare.  It is one copy, because threads
    that copy bit by bit wait for each other; or none, where nothing is to be unfolded.
    """
    rows, channels = lined.shape[:2]
    row, channel, *steps, image = lined.strides
    inner, out, count = windows.kernel[1:], (stop - start, *windows.out[2:]), lined.shape[-1]
    each = channels // groups
    seen_along = [d * step for d, step in zip(windows.dilation[1:], steps, strict=True)]
    moved_by = [s * step for s, step in zip(windows.stride[1:], steps, strict=True)]
    shape = (groups, rows, *inner, each, *out, count)
    strides = (each * channel, row, *seen_along, channel, *moved_by, image)
    seen = np.ndarray(shape, lined.dtype, lined, start * moved_by[0], strides)
    length = math.prod(out) * count
    if groups == 1 and windows.area == windows.kernel[0] and out == windows.padded_sizes[1:]:
        # A single position, and all windows: they see what there is.
        return lined.reshape(1, rows, *inner, each, length)
    memory = empty_lines((groups, rows, *inner, each, length), seen.dtype)
    memory[..., :length].reshape(shape)[...] = seen
    return memory


class _Run(NamedTuple):
    """Products of matrices alike: ``number`` of them, each for ``together`` rows of windows, from
    row ``first`` on.  Of the rows that these see, ``low … high - 1`` are input, not padding;
    ``top`` is the first such row of the first product, and ``step`` leads to that of the next."""

    first: int
    number: int
    together: int
    low: int
    high: int
    top: int
    step: int

    def parts(self, most: int) -> Sequence[_Run]:
        """The same in runs of at most so many products."""
        if self.number <= most:
            return (self,)
        return [
            self._replace(
                first=self.first + at * self.together,
                number=min(most, self.number - at),
                top=self.top + at * self.step,
            )
            for at in range(0, self.number, most)
        ]

    def matrices(self, memory: Array, length: int) -> Array:
        """``(number, G, K, M)``: what the windows see, of ``_unfold``'s memory; ``length`` is M.

        The rows of a matrix are in the order ``(k_1, …, k_n, C/G)``.  The matrices overlap.
        """
        group, row = memory.strides[:2]
        *_, line, size = memory.strides
        lines = (self.high - self.low) * math.prod(memory.shape[2:-1])
        shape = (self.number, len(memory), lines, length)
        strides = (self.step * row, group, line, size)
        return np.ndarray(shape, memory.dtype, memory, self.top * row, strides)


@lru_cache(maxsize=KEPT)
def _runs_of_rows(windows: Windows, together: int) -> tuple[_Run, ...]:
    """All rows of windows, ``together`` at a time, and what is left."""
    rows, stride, size = windows.out[0], windows.stride[0], windows.sizes[0]
    runs: list[_Run] = []
    for first in range(0, rows, together):
        several = min(together, rows - first)
        top = first * stride - windows.before[0]
        height = (several - 1) * stride + windows.kernel[0]
        low = min(max(-top, 0), height)
        high = min(max(size - top, low), height)
        run = _Run(first, 1, several, low, high, max(top, 0), together * stride)
        if low == high:  # nothing but padding
            run = run._replace(top=0, step=0)
        if runs and runs[-1][2:5] == run[2:5]:
            runs[-1] = runs[-1]._replace(number=runs[-1].number + 1)
        else:
            runs.append(run)
    return tuple(runs)


@lru_cache(maxsize=KEPT)
def _together(windows: Windows, outputs: int, groups: int) -> int:
    """How many rows of windows to multiply at once.

    Few filters make a product of matrices slow: each number of the input is brought in for few
    multiplications.  Several rows of windows share most of what they see, so one product with all
    their filters under one another, each shifted to its row, brings that in once.  It multiplies
    with zeros as well, where a row does not see what another does.  (1 -> 6 channels, 5 × 5: 0.9
    instead of 1.1 ms, the gradient by the weight 0.95 instead of 1.55.)
    """

    def cost(together: int) -> int:
        return sum(
            run.number * (run.high - run.low) * (PACKING + run.together * outputs)
            for run in _runs_of_rows(windows, together)
        )

    return 1 if groups > 1 else min(range(1, min(windows.out[0], 8) + 1), key=cost)


def _in_pieces(
    multiply: Callable[[int, int], None], windows: Windows, lined: Array, work: int
) -> None:
    """Calls ``multiply(start, stop)`` on pieces of the second dimension, in several threads.

    Args:
        lined: what is unfolded; pieces are such that this is not too much at once.
        work: multiplications for each window along all dimensions but the first, and image.
    """
    rows, channels, count = lined.shape[0], lined.shape[1], lined.shape[-1]
    columns = math.prod(windows.out[2:]) * count
    unfolded = rows * channels * math.prod(windows.kernel[1:]) * columns
    width = max(UNFOLDED // max(unfolded, 1), -(-LONG // max(columns, 1)))

    def some(start: int, stop: int) -> None:
        for at in range(start, stop, width):
            multiply(at, min(at + width, stop))

    total = windows.out[1] * columns
    # Halves of what is not even LONG take longer than the whole: of 256 columns, twice as long.
    in_parts(some, windows.out[1], total * work if total >= LONG else min(total * work, HEAVY))


def _slices(length: int, width: int) -> Iterable[slice]:
    """``range(length)`` in slices of ``width``."""
    return map(slice, range(0, length, width), range(width, length + width, width))


def _narrow(work: int, columns: int) -> Iterable[slice]:
    """``range(columns)`` in slices so narrow that BLAS need not pack; ``work`` multiplications for
    each column."""
    width = _narrowness(work)
    return _slices(columns, width) if 0 < width < columns else WHOLE


def _narrowness(work: int) -> int:
    return UNPACKED // max(work, 1) // LINE * LINE


def _multiply(filters: Array, seen: Array, out: Array) -> None:
    """``out[...] = filters @ seen`` of ``(G, O/G, K)`` and ``(number, G, K, M)``, in slices of
    columns so narrow that BLAS need not pack.  (16 × 150 by 150 × 1280: 102 instead of 63 GFLOP/s.)

    All slices in one call, because threads that call often wait for each other.
    """
    rows, depth = filters.shape[-2:]
    work, columns = rows * depth, seen.shape[-1]
    if UNPACKED and work * LINE > UNPACKED:
        parts = -(-work * LINE // UNPACKED)
        if rows <= FEW or (rows <= 2 * FEW and parts <= 3):
            _multiply_in_parts(filters, seen, out, parts)
            return
    width = _narrowness(work)
    whole = columns // width * width if 0 < width < columns else 0
    if whole:
        pieces = in_slices(seen[..., :whole], width)
        np.matmul(filters[:, None], pieces, out=in_slices(out[..., :whole], width))
    if whole < columns:
        np.matmul(filters, seen[..., whole:], out=out[..., whole:])


def _multiply_in_parts(filters: Array, seen: Array, out: Array, parts: int) -> None:
    """``out[...] = filters @ seen`` of ``(G, O/G, K)`` and ``(number, G, K, M)``, the products of
    ``parts`` of the depth added, each so small that BLAS need not pack.

    All columns at once, because threads that call so often wait for each other; and as many
    products at a time as stay in the cache until they are added.  (32 × 1600 by 1600 × 256: 118
    instead of 89 GFLOP/s, 64 × 576 by 576 × 256: 120 instead of 109.)
    """
    depth = filters.shape[-1]
    whole = seen.shape[-1] // LINE * LINE
    if whole < seen.shape[-1]:
        np.matmul(filters, seen[..., whole:], out=out[..., whole:])
    filters = filters[:, None]
    seen, out = in_slices(seen[..., :whole], LINE), out[..., :whole]
    first, *others = _slices(depth, -(-depth // parts))
    each = max(FEW_RESULTS // max(out[0].size, 1), 1)
    products = np.empty((min(each, len(out)), *out.shape[1:]), out.dtype)
    for among in _slices(len(out), each):
        some, sums = seen[among], out[among]
        product = products[: len(sums)]
        np.matmul(filters[..., first], some[..., first, :], out=in_slices(sums, LINE))
        for part in others:
            np.matmul(filters[..., part], some[..., part, :], out=in_slices(product, LINE))
            sums += product


def _tiles(rows: int, outputs: int, columns: int) -> Iterable[tuple[slice, slice]]:
    """``range(rows)`` and ``range(columns)`` in slices so small that BLAS need not pack to multiply
    ``(rows, columns)`` by ``(outputs, columns)`` transposed.  (150 × 1280 by 16 × 1280: 120 instead
    of 76 GFLOP/s, 8 × 1280: 114 instead of 47; but 1600 × 600 by 32 × 600 50 instead of 98.)"""
    count = max(-(-rows * outputs // UNPACKED_RESULT), 1)
    if count == 1:
        worth = rows * outputs * columns > UNPACKED
    else:
        worth = count * FLAT <= rows
    if not UNPACKED or columns <= WIDE or not worth:
        return ((ALL, ALL),)
    height = -(-rows // count)
    return itertools.product(_slices(rows, height), _narrow(height * outputs, columns))


def _weight_matrix(weight: Array, groups: int, together: int, stride: int) -> Array:
    """``(O, C/G, *K)`` to ``(G, O/G, K·C/G)``, in the order of ``_Run.matrices``.

    For several rows ``together`` it is ``(G, together·O/G, …)``, each row's filters shifted.
    """
    out, kernel = weight.shape[0], weight.shape[2]
    rows = weight.transpose(0, *range(2, weight.ndim), 1)
    if together == 1:
        # A filter turned round may still be a view, backwards, which BLAS does not take.
        return np.ascontiguousarray(rows.reshape(groups, out // groups, -1))
    height = (together - 1) * stride + kernel
    matrix = np.zeros((together, out, height, *rows.shape[2:]), rows.dtype)
    for row in range(together):
        matrix[row, :, row * stride : row * stride + kernel] = rows
    return matrix.reshape(groups, together * out // groups, -1)


# -- a single product ------------------------------------------------------------------------------


def _in_one_product(windows: Windows, weight: tuple[int, ...], count: int) -> bool:
    """Whether ``_columns`` is quick to make: nothing to unfold, a small image, or little in all.

    The rows of that are not worth a product each (measured: 14 µs instead of 34 for an image,
    1 -> 6 channels, 160 instead of 270 for 32 -> 64; for 8 images of 8 × 8 pixels, 3 × 3, 1 -> 8
    channels 11 instead of 19, the gradient by the weight 13 instead of 35).
    """
    if windows.sees_all:
        return True
    unfolded = math.prod(windows.out) * math.prod(weight[1:]) * count
    return unfolded <= (IN_CACHE if count == 1 else LITTLE)


def _columns(input: Array, windows: Windows, groups: int) -> Array:
    """What all windows see, as ``(G, C/G·K, M)``, ``M`` counting windows and then images."""
    count, channels = input.shape[:2]
    each = channels // groups
    if windows.sees_all:
        return input.transpose(*range(1, input.ndim), 0).reshape(groups, each * windows.area, count)
    padded = np.ascontiguousarray(windows.padded(input, 0))
    image, channel, *steps = padded.strides
    seen_along = [d * step for d, step in zip(windows.dilation, steps, strict=True)]
    moved_by = [s * step for s, step in zip(windows.stride, steps, strict=True)]
    if len(steps) > 1 and windows.out[-1] < SHORT:
        # First unfolded along all dimensions but the first: then a window's neighbours along that
        # lie one after another, and the larger copy runs over them.  (32 channels of 14 × 14
        # pixels, 5 × 5: 75 µs instead of 125.)
        shape = (channels, *windows.kernel[1:], padded.shape[2], *windows.out[1:], count)
        strides = (channel, *seen_along[1:], steps[0], *moved_by[1:], image)
        padded = np.ndarray(shape, padded.dtype, padded, 0, strides).copy()
        channel, *rest, image = padded.strides
        row = rest[len(steps) - 1]
        seen_along = [windows.dilation[0] * row, *rest[: len(steps) - 1]]
        moved_by = [windows.stride[0] * row, *rest[len(steps) :]]
    shape = (groups, each, *windows.kernel, *windows.out, count)
    strides = (each * channel, channel, *seen_along, *moved_by, image)
    seen = np.ndarray(shape, padded.dtype, padded, 0, strides)
    return seen.reshape(groups, each * windows.area, math.prod(windows.out) * count)


def _batch_last(array: Array, groups: int) -> Array:
    """``(N, O, *S)`` as ``(G, O/G, M)``, the relative of ``_columns``."""
    count, outputs, *sizes = array.shape
    lined = array.transpose(*range(1, array.ndim), 0)
    return lined.reshape(groups, outputs // groups, math.prod(sizes) * count)


def _batch_first(matrix: Array, channels: int, sizes: Sequence[int], count: int) -> Array:
    """``(G, C/G, M)`` as ``(N, C, *S)``."""
    shaped = matrix.reshape(channels, *sizes, count)
    return shaped.transpose(shaped.ndim - 1, *range(shaped.ndim - 1))


# -- the three products, on arrays -----------------------------------------------------------------


def convolve(input: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """``C(x, w)``: ``(N, C, *S)``, ``(O, C/G, *K)`` to ``(N, O, *S')``."""
    windows = geometry.windows(input.shape[2:], weight.shape[2:])
    groups, outputs, count = geometry.groups, weight.shape[0], input.shape[0]
    if _in_one_product(windows, weight.shape, count):
        filters = weight.reshape(groups, outputs // groups, -1)
        out = product(filters, _columns(input, windows, groups))
        if bias is not None:
            out += bias.reshape(groups, -1, 1)
        return _batch_first(out, outputs, windows.out, count)
    rowed = _rowed(windows)
    lined = _lined(input, rowed)
    rows, length = rowed.out[0], math.prod(rowed.out[1:]) * count
    memory = np.empty((rows, outputs, length), np.result_type(input, weight))
    together = 1 if UNPACKED else _together(rowed, outputs, groups)
    shaped = weight.reshape(*weight.shape[:2], *rowed.kernel)
    matrix = _weight_matrix(shaped, groups, together, rowed.stride[0])
    line = weight[0].size // rowed.kernel[0]
    inner = length // rowed.out[1]

    def multiply(start: int, stop: int) -> None:
        unfolded = _unfold(lined, rowed, groups, start, stop)
        among = slice(start * inner, stop * inner)
        columns = (stop - start) * inner
        for run in _runs_of_rows(rowed, together):
            some = memory[run.first : run.first + run.number * run.together]
            out = some.reshape(run.number, groups, run.together * outputs // groups, length)
            out = out[..., among]
            filters = matrix[:, : out.shape[2], run.low * line : run.high * line]
            seen = run.matrices(unfolded, columns)
            _multiply(filters, seen, out)
        if bias is not None:
            memory[..., among] += bias[:, None]

    _in_pieces(multiply, rowed, lined, rows * matrix.size // together)
    shaped = memory.reshape(rows, outputs, *rowed.out[1:], count)
    return _unlined(shaped, windows.out)


def weight_gradient(input: Array, g: Array, kernel: tuple[int, ...], geometry: Geometry) -> Array:
    """``V(x, g)``: ``(N, C, *S)``, ``(N, O, *S')`` to ``(O, C/G, *K)``."""
    groups = geometry.groups
    windows = geometry.windows(input.shape[2:], kernel)
    count, outputs = g.shape[:2]
    each = input.shape[1] // groups
    shape = (outputs, each, *kernel)
    if _in_one_product(windows, shape, count):
        columns = _columns(input, windows, groups)
        return product(_batch_last(g, groups), columns.swapaxes(-1, -2)).reshape(shape)
    rowed = _rowed(windows)
    stride, high = rowed.stride[0], rowed.kernel[0]
    lined, gradients = _lined(input, rowed), _lined(g, _as_input(rowed))
    length = math.prod(rowed.out[1:]) * count
    together = 1 if UNPACKED and length > WIDE else _together(rowed, outputs, groups)
    line = each * rowed.area // high
    height = (together - 1) * stride + high
    size = height * line * together * outputs
    inner = length // rowed.out[1]
    dtype = np.result_type(input, g)
    sums: dict[int, Array] = {}

    def multiply(start: int, stop: int) -> None:
        unfolded = _unfold(lined, rowed, groups, start, stop)
        columns = (stop - start) * inner
        total = np.zeros((groups, height * line, together * outputs // groups), dtype)
        for whole in _runs_of_rows(rowed, together):
            # As many products at a time as stay in the cache until they are added.
            for run in whole.parts(max(IN_CACHE // size, 1)):
                some = gradients[run.first : run.first + run.number * run.together]
                some = some.reshape(run.number, groups, run.together * outputs // groups, length)
                some = some[..., start * inner : stop * inner]
                seen = run.matrices(unfolded, columns)
                wanted = total[:, run.low * line : run.high * line, : some.shape[2]]
                for deep, few in _tiles(seen.shape[-2], some.shape[-2], columns):
                    # What is seen by channels, not channels by that: 5 to 10 % faster.
                    products = np.matmul(seen[..., deep, few], some[..., few].swapaxes(-1, -2))
                    wanted[:, deep] += np.add.reduce(products, axis=0)
        sums[start] = total

    _in_pieces(multiply, rowed, lined, rowed.out[0] * size // together)
    # In the order of the parts, not in the order in which the threads were done.
    first, *others = map(sums.__getitem__, sorted(sums))
    total = sum(others, first)
    shifted = total.reshape(groups, height, line, together, outputs // groups)
    first, *others = [shifted[:, at * stride : at * stride + high, :, at] for at in range(together)]
    summed = sum(others, first).transpose(0, 3, 1, 2)
    shaped = summed.reshape(outputs, *kernel, each)
    return np.ascontiguousarray(shaped.transpose(0, shaped.ndim - 1, *range(1, shaped.ndim - 1)))


@lru_cache(maxsize=KEPT)
def _as_input(windows: Windows) -> Windows:
    """The outputs of ``windows`` as what a window of one position sees."""
    return place(windows.out, (1,) * len(windows.out))


@lru_cache(maxsize=KEPT)
def _backwards(windows: Windows, groups: int) -> Geometry | None:
    """Which outputs have seen each input, turned round; None where a stride leaves holes between
    them, or windows see padding alone."""
    padding = []
    for size, count, reach, before in zip(
        windows.sizes, windows.out, windows.reach, windows.before, strict=True
    ):
        padding.append((reach - 1 - before, size + before - count))
    if max(windows.stride) > 1 or min(map(min, padding)) < 0:
        return None
    return Geometry(windows.stride, tuple(padding), windows.dilation, groups)


def input_gradient(g: Array, weight: Array, sizes: tuple[int, ...], geometry: Geometry) -> Array:
    """``T(g, w)``: ``(N, O, *S')``, ``(O, C/G, *K)`` to ``(N, C, *sizes)``.

    What an input gets from the outputs that have seen it is a convolution of g by the weight turned
    round.
    """
    groups, count = geometry.groups, g.shape[0]
    windows = geometry.windows(sizes, weight.shape[2:])
    outputs, each = weight.shape[:2]
    if windows.sees_all:
        filters = weight.reshape(groups, outputs // groups, -1)
        out = product(filters.swapaxes(-1, -2), _batch_last(g, groups))
        return _batch_first(out, groups * each, sizes, count)
    backwards = _backwards(windows, groups)
    # 3 <- 16 channels of 64 × 64 pixels, 3 × 3, 8 images: 0.9 ms by ``_spread_products`` instead of
    # 1.2; 8 <- 8 channels of 24 × 24 pixels, 5 × 5, 32 images: 1.4 instead of 0.6.
    if backwards is not None and outputs <= 4 * groups * each:
        turned = weight.reshape(groups, outputs // groups, each, *windows.kernel)
        turned = turned[(ALL, ALL, ALL, *(BACKWARDS,) * len(windows.kernel))].swapaxes(1, 2)
        shape = (groups * each, outputs // groups, *windows.kernel)
        back = convolve(g, turned.reshape(shape), None, backwards)
        # The weight met the zeros around g, too, and an infinite one made NaN of them.  Whether it
        # may have, the smaller of the two arrays tells in a hundredth of the time.
        if all_finite(weight if weight.size < back.size else back):
            return back
    back = _spread_products(g, weight, _rowed(windows), groups)
    return back.reshape(count, groups * each, *sizes)


def _spread_products(g: Array, weight: Array, windows: Windows, groups: int) -> Array:
    """``input_gradient`` where a stride leaves holes, or g has many more channels than the input.

    It is ``(N, C, *S)``, ``S`` as ``windows`` has it.  What each window has for its positions is
    added there, one position of all windows at a time; g is not unfolded.
    """
    count, outputs = g.shape[:2]
    each = weight.shape[1]
    rows, length = windows.out[0], math.prod(windows.out[1:]) * count
    lined = _lined(g, _as_input(windows)).reshape(rows, groups, outputs // groups, length)
    filters = weight.reshape(groups, outputs // groups, each, *windows.kernel)
    filters = filters.transpose(0, *range(3, filters.ndim), 2, 1)
    _, *others = windows.padded_sizes
    total = np.zeros((windows.sizes[0], groups, each, *others, count), np.result_type(g, weight))
    stride = windows.stride[0]

    def multiply(start: int, stop: int) -> None:
        matrix = filters[..., start:stop, :].reshape(groups, -1, outputs // groups)
        shape = (groups, windows.kernel[0], matrix.shape[1] // windows.kernel[0] * length)
        # First along the first dimension, where whole rows are added to rows while a product is
        # still in the cache; then along the others.
        memory = np.zeros((windows.sizes[0], groups, shape[2]), total.dtype)
        for whole in _runs_of_rows(windows, 1):
            for run in whole.parts(max(IN_CACHE // max(math.prod(shape), 1), 1)):
                few = lined[run.first : run.first + run.number]
                # Of one filter each, numbers by rows: 2.1 instead of 3.0 ms by products of matrices
                # (16 channels of 32 × 32 pixels, 3 × 3, stride 2, 32 images).
                products = (np.multiply if outputs == groups else np.matmul)(matrix, few)
                products = products.reshape(run.number, *shape)
                for row in range(run.low, run.high):
                    at = run.top + row - run.low
                    end = at + (run.number - 1) * stride + 1
                    memory[at:end:stride] += products[:, :, row]
        unfolded = memory.reshape(
            windows.sizes[0], groups, *windows.kernel[1:], stop - start, *windows.out[1:], count
        )
        inner = [windows.places_along(dim) for dim in range(1, len(windows.kernel))]
        offsets = np.ndindex(*windows.kernel[1:])
        for offset, spot in zip(offsets, itertools.product(*inner), strict=True):
            total[(ALL, ALL, slice(start, stop), *spot)] += unfolded[(ALL, ALL, *offset)]

    in_parts(multiply, each, filters.size * rows * length)
    _, _, _, *inner = windows.inner
    back = total[(ALL, ALL, ALL, *inner)]
    back = back.transpose(back.ndim - 1, 1, 2, 0, *range(3, back.ndim - 1))
    return back.reshape(count, groups * each, *windows.sizes)
