"""Convolution in any number of dimensions, and its two relatives.

Three operators are each other's derivatives: the convolution ``y = C(x, w)``; the transposed
convolution ``T(g, w)``, its gradient by ``x``; and ``V(x, g)``, its gradient by ``w``.  All three
are linear in both arguments, so the derivative of each by either is one of the other two.

Memory.  Shapes are PyTorch's, ``(N, C, H, W)``, but results lie in memory as ``(H, C, W, N)``,
batch innermost, an order that elementwise operators and poolings keep.  Then a row of outputs is
one product of matrices over long contiguous runs: with the windows unfolded along the *last*
dimensions only (a copy of k times the input, not k², see ``_unfold``), the rows ``(k_h, k_w, C)``
that an output row needs lie one after another, because the next output row simply starts one input
row further (Cho and Brand, "MEC: Memory-efficient Convolution", 2017).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from autotensor import dtypes
from autotensor.operator import operator
from autotensor.operators.elementwise import to
from autotensor.operators.shapes import need_tensor
from autotensor.operators.windows import KEPT, Windows, numbers, place, spatial_input
from autotensor.threads import in_parts

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip


ALL = slice(None)
WIDE = 16
"""From so many channels on, a product of matrices with one row each runs at full speed."""
IN_CACHE = 1 << 18
"""So many elements stay in the cache."""
Index = tuple[Any, ...]


class Geometry(NamedTuple):
    """What a convolution is told besides its arrays; ``windows(sizes)`` places it on an input."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int

    def windows(self, sizes: tuple[int, ...], kernel: tuple[int, ...]) -> Windows:
        return place(tuple(sizes), tuple(kernel), self.stride, self.padding, self.dilation)


# -- the three products, on arrays -----------------------------------------------------------------


def _behind_unit_row(windows: Windows) -> bool:
    """Whether ``_rowed`` puts a first dimension of size 1 before the others, to copy them all.

    It must where the rows that a window sees do not follow one another.
    """
    return windows.dilation[0] > 1 or len(windows.kernel) == 1


@lru_cache(maxsize=KEPT)
def _rowed(windows: Windows) -> Windows:
    """``windows`` with a first dimension along which neighbouring rows follow one another."""
    if not _behind_unit_row(windows):
        return windows
    return place(
        (1, *windows.sizes),
        (1, *windows.kernel),
        (1, *windows.stride),
        ((0, 0), *zip(windows.before, windows.after, strict=True)),
        (1, *windows.dilation),
    )


@lru_cache(maxsize=KEPT)
def _visible(windows: Windows) -> tuple[tuple[Index, Index], ...]:
    """For each offset of a window along the dimensions after the first: which windows see the input
    there, not padding, and what they see."""
    facts = [
        getattr(windows, name)[1:] for name in ("sizes", "stride", "dilation", "before", "out")
    ]
    pairs = []
    for offset in np.ndindex(*windows.kernel[1:]):
        to, of = [], []
        for k, n, s, d, p, out in zip(offset, *facts, strict=True):
            # Windows i with 0 <= i·s + k·d - p < n.
            shift = k * d - p
            first = min(max(-(shift // s), 0), out)
            last = max(min((n - 1 - shift) // s + 1, out), first)
            start = first * s + shift
            to.append(slice(first, last))
            of.append(slice(start, start + max((last - first - 1) * s + 1, 0), s))
        pairs.append(((*offset, ALL, *to), (ALL, *of)))
    return tuple(pairs)


@lru_cache(maxsize=KEPT)
def _rows_used(windows: Windows) -> tuple[int, slice]:
    """How many rows the unfolded memory has, and which of them hold input, not padding."""
    rows = (windows.out[0] - 1) * windows.stride[0] + windows.kernel[0]
    before = windows.before[0]
    return rows, slice(min(before, rows), min(before + windows.sizes[0], rows))


@lru_cache(maxsize=KEPT)
def _stretches(windows: Windows, start: int, stop: int) -> tuple[tuple[slice, slice], ...]:
    """The windows ``start … stop - 1`` of the first dimension in runs that see the same of their
    rows, and which of their rows these are: what lies in the padding above and below is not
    multiplied."""
    used = _rows_used(windows)[1]
    step, kernel = windows.stride[0], windows.kernel[0]
    runs: list[tuple[slice, slice]] = []
    run, before = start, None
    for r in range(start, stop):
        first = min(max(used.start - r * step, 0), kernel)
        seen = slice(first, max(min(used.stop - r * step, kernel), first))
        if before is not None and seen != before:
            runs.append((slice(run, r), before))
            run = r
        before = seen
    if before is not None:
        runs.append((slice(run, stop), before))
    return tuple(runs)


def _source(input: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """``(N, C, *S)`` as ``(G, S_1, C/G, S_2, …, N)``, for ``_unfold``."""
    count, channels = input.shape[:2]
    source = input.reshape(count, groups, channels // groups, *windows.sizes)
    source = source.transpose(1, 3, 2, *range(4, source.ndim), 0)
    if source.strides[-1] != source.itemsize and count > 1 and math.prod(windows.kernel[1:]) > 1:
        # One transposing copy instead of one for each offset.
        source = np.ascontiguousarray(source)
    return source


def _unfold(source: np.ndarray, windows: Windows, start: int, stop: int) -> np.ndarray:
    """What windows ``start … stop - 1`` of the first dimension see: ``(G, R, K·C/G, M)``.

    Column ``m`` of matrix ``r`` holds what window ``(start + r, m)`` sees, in the order
    ``(k_1, …, k_n, C/G)``; ``M`` counts windows along the other dimensions times N.  Only these are
    copied; along the first the matrices overlap in memory.  Rows in the padding are left unset.
    """
    groups, _, each, *_, count = source.shape
    inner = windows.kernel[1:]
    step, used = windows.stride[0], _rows_used(windows)[1]
    top = start * step
    rows = (stop - start - 1) * step + windows.kernel[0]
    memory = np.empty((groups, rows, *inner, each, *windows.out[1:], count), source.dtype)
    first, last = max(top, used.start), min(top + rows, used.stop)
    if first < last:
        filled = slice(first - top, last - top)
        seen = slice(first - used.start, last - used.start)
        if max(windows.before[1:] + windows.after[1:], default=0) > 0:
            memory[:, filled] = 0
        for to, of in _visible(windows):
            memory[(ALL, filled, *to)] = source[(ALL, seen, *of)]
    length = math.prod(windows.out[1:]) * count
    size = memory.itemsize
    return np.ndarray(
        (groups, stop - start, windows.area * each, length),
        memory.dtype,
        memory,
        0,
        (memory.strides[0], memory.strides[1] * step, length * size, size),
    )


def _spread(
    matrix: np.ndarray, lined: np.ndarray, windows: Windows, count: int, each: int
) -> np.ndarray:
    """The transpose of multiplying by ``_unfold``, ``(G, S_1, C/G, S_2, …, N)``.

    ``(G, K·C/G, O/G)`` by ``(G, R, O/G, M)`` is what each window has for its positions; here they
    are added up.  First along the first dimension, where whole rows are added to rows while a
    product is still in the cache; then along the others.
    """
    groups = lined.shape[0]
    inner = windows.kernel[1:]
    kernel, step = windows.kernel[0], windows.stride[0]
    rows, used = _rows_used(windows)
    dtype = np.result_type(matrix, lined)
    memory = np.zeros((groups, rows, math.prod(inner) * each * lined.shape[3]), dtype)
    unfolded = memory.reshape(groups, rows, *inner, each, *windows.out[1:], count)
    total = np.zeros((groups, windows.sizes[0], each, *windows.sizes[1:], count), dtype)
    shared = max(kernel - step, 0)
    seams = []

    def add_columns(first: int, last: int) -> None:
        first, last = max(first, used.start), min(last, used.stop)
        if first < last:
            at = slice(first - used.start, last - used.start)
            for to, of in _visible(windows):
                total[(ALL, at, *of)] += unfolded[(ALL, slice(first, last), *to)]

    def add_rows(start: int, stop: int) -> None:
        # The first rows also get something from the part before this one: they are added later.
        seam_end = start * step + shared if start else 0
        seam = np.zeros((groups, shared if start else 0, memory.shape[2]), dtype)
        for r in range(start, stop):
            pieces = np.matmul(matrix, lined[:, r]).reshape(groups, kernel, -1)
            top = r * step
            cut = min(max(seam_end - top, 0), kernel)
            if cut:
                seam[:, top - start * step : top - start * step + cut] += pieces[:, :cut]
            memory[:, top + cut : top + kernel] += pieces[:, cut:]
        if start:
            seams.append((start * step, seam))
        add_columns(seam_end, rows if stop == windows.out[0] else stop * step)

    # A part has at least so many windows that the rows it shares with the part before and those it
    # shares with the part after are different ones.
    least = max(-(-shared // step), 1)

    def add_some(start: int, stop: int) -> None:
        add_rows(start * least, min(stop * least, windows.out[0]))

    in_parts(add_some, -(-windows.out[0] // least), matrix.size * lined.size // matrix.shape[2])
    for top, seam in seams:
        memory[:, top : top + shared] += seam
        add_columns(top, top + shared)
    return total


def _weight_matrix(weight: np.ndarray, groups: int) -> np.ndarray:
    """``(O, C/G, *K)`` to ``(G, O/G, K·C/G)`` in the order of ``_unfold``'s rows."""
    out, each = weight.shape[:2]
    rows = weight.transpose(0, *range(2, weight.ndim), 1)
    return rows.reshape(groups, out // groups, math.prod(weight.shape[2:]) * each)


def _as_rows(g: np.ndarray, groups: int, rows: int) -> np.ndarray:
    """``(N, O, *S)`` to ``(G, R, O/G, M)``, ``R`` and ``M`` as ``_unfold`` has them."""
    out = g.shape[1]
    if rows != g.shape[2] or g.ndim == 3:
        g = g[:, :, None]
    lined = g.transpose(2, 1, *range(3, g.ndim), 0)
    return lined.reshape(rows, groups, out // groups, -1).transpose(1, 0, 2, 3)


def _sees_all(windows: Windows) -> bool:
    """Whether there is one window, and it is the whole input."""
    return windows.kernel == windows.sizes and not windows.needs_padding


def _in_one_product(windows: Windows, weight: tuple[int, ...], count: int) -> bool:
    """Whether ``_columns`` is quick to make: nothing to unfold, or a single, small image.

    The rows of a single image are not worth a product each (measured: 14 µs instead of 34 for
    1 -> 6 channels, 160 instead of 270 for 32 -> 64).
    """
    if count == 1:
        return math.prod(windows.out) * math.prod(weight[1:]) <= IN_CACHE
    return _sees_all(windows)


def _columns(input: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """What all windows see, as ``(G, C/G·K, M)``, ``M`` counting windows and then images."""
    count, channels = input.shape[:2]
    each = channels // groups
    if _sees_all(windows):
        return input.transpose(*range(1, input.ndim), 0).reshape(groups, each * windows.area, count)
    padded = np.ascontiguousarray(windows.padded(input, 0))
    image, channel, *steps = padded.strides
    seen = np.ndarray(
        (groups, each, *windows.kernel, *windows.out, count),
        padded.dtype,
        padded,
        0,
        (
            each * channel,
            channel,
            *[d * step for d, step in zip(windows.dilation, steps, strict=True)],
            *[s * step for s, step in zip(windows.stride, steps, strict=True)],
            image,
        ),
    )
    return seen.reshape(groups, each * windows.area, math.prod(windows.out) * count)


def _batch_last(array: np.ndarray, groups: int) -> np.ndarray:
    """``(N, O, *S)`` as ``(G, O/G, M)``, the relative of ``_columns``."""
    count, outputs, *sizes = array.shape
    lined = array.transpose(*range(1, array.ndim), 0)
    return lined.reshape(groups, outputs // groups, math.prod(sizes) * count)


def _batch_first(matrix: np.ndarray, channels: int, sizes: Any, count: int) -> np.ndarray:
    """``(G, C/G, M)`` as ``(N, C, *S)``."""
    shaped = matrix.reshape(channels, *sizes, count)
    return shaped.transpose(shaped.ndim - 1, *range(shaped.ndim - 1))


def _convolve(
    input: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, geometry: Geometry
) -> np.ndarray:
    """``C(x, w)``: ``(N, C, *S)``, ``(O, C/G, *K)`` to ``(N, O, *S')``."""
    windows = geometry.windows(input.shape[2:], weight.shape[2:])
    groups, outputs, count = geometry.groups, weight.shape[0], input.shape[0]
    if _in_one_product(windows, weight.shape, count):
        filters = weight.reshape(groups, outputs // groups, -1)
        product = np.matmul(filters, _columns(input, windows, groups))
        if bias is not None:
            product += bias.reshape(groups, -1, 1)
        return _batch_first(product, outputs, windows.out, count)
    rowed = _rowed(windows)
    source = _source(input, rowed, groups)
    rows, length = rowed.out[0], math.prod(rowed.out[1:]) * count
    memory = np.empty((rows, outputs, length), np.result_type(input, weight))
    out = memory.reshape(rows, groups, outputs // groups, length).transpose(1, 0, 2, 3)
    matrix = _weight_matrix(weight, groups)[:, None]
    steps = matrix.shape[-1] // rowed.kernel[0]

    def multiply(start: int, stop: int) -> None:
        columns = _unfold(source, rowed, start, stop)
        for run, seen in _stretches(rowed, start, stop):
            among = slice(run.start - start, run.stop - start)
            deep = slice(seen.start * steps, seen.stop * steps)
            np.matmul(matrix[..., deep], columns[:, among, deep], out=out[:, run])
        if bias is not None:
            memory[start:stop] += bias[:, None]

    in_parts(multiply, rows, memory.size * matrix.shape[-1])
    if rowed is not windows:
        shaped = memory.reshape(outputs, *windows.out, count)
        return shaped.transpose(len(windows.out) + 1, 0, *range(1, len(windows.out) + 1))
    shaped = memory.reshape(rows, outputs, *windows.out[1:], count)
    return shaped.transpose(shaped.ndim - 1, 1, 0, *range(2, shaped.ndim - 1))


def _weight_gradient(
    input: np.ndarray, g: np.ndarray, kernel: tuple[int, ...], geometry: Geometry
) -> np.ndarray:
    """``V(x, g)``: ``(N, C, *S)``, ``(N, O, *S')`` to ``(O, C/G, *K)``."""
    groups = geometry.groups
    windows = geometry.windows(input.shape[2:], kernel)
    shape = (g.shape[1], input.shape[1] // groups, *kernel)
    if _in_one_product(windows, shape, input.shape[0]):
        columns = _columns(input, windows, groups)
        return np.matmul(_batch_last(g, groups), columns.swapaxes(-1, -2)).reshape(shape)
    windows = _rowed(windows)
    source = _source(input, windows, groups)
    rows, each = windows.out[0], source.shape[2]
    steps = windows.area // windows.kernel[0] * each
    # Windows by channels, not channels by windows: 71 against 41 GFLOP/s where channels are few.
    turned = _as_rows(g, groups, rows).swapaxes(-1, -2)
    length, outputs = turned.shape[-2:]
    size = groups * windows.area * each * outputs
    together = max(IN_CACHE // size, 1)
    parts = []

    def multiply(start: int, stop: int) -> None:
        columns = _unfold(source, windows, start, stop)
        total = np.zeros((groups, windows.area * each, outputs), np.result_type(input, g))
        for run, seen in _stretches(windows, start, stop):
            deep = slice(seen.start * steps, seen.stop * steps)
            # As many products at a time as stay in the cache until they are added.
            for at in range(run.start, run.stop, together):
                end = min(at + together, run.stop)
                some = np.matmul(columns[:, at - start : end - start, deep], turned[:, at:end])
                total[:, deep] += some.sum(axis=1)
        parts.append((start, total))

    in_parts(multiply, rows, size * rows * length)
    # In the order of the rows, not in the order in which the threads were done.
    total = np.add.reduce([part for _, part in sorted(parts, key=lambda one: one[0])])
    shaped = total.swapaxes(-1, -2).reshape(g.shape[1], *kernel, each)
    return np.ascontiguousarray(shaped.transpose(0, shaped.ndim - 1, *range(1, shaped.ndim - 1)))


def _input_gradient(
    g: np.ndarray, weight: np.ndarray, sizes: tuple[int, ...], geometry: Geometry
) -> np.ndarray:
    """``T(g, w)``: ``(N, O, *S')``, ``(O, C/G, *K)`` to ``(N, C, *sizes)``."""
    groups = geometry.groups
    kernel = weight.shape[2:]
    windows = geometry.windows(sizes, kernel)
    outputs, each = weight.shape[:2]
    if _sees_all(windows):
        filters = weight.reshape(groups, outputs // groups, -1)
        product = np.matmul(filters.swapaxes(-1, -2), _batch_last(g, groups))
        return _batch_first(product, groups * each, sizes, g.shape[0])
    if max(geometry.stride) == 1 and (each >= WIDE or outputs // groups <= each):
        # Every input sees the outputs around it through the weight turned round: a convolution.
        # It unfolds g, which should not have more channels than the input (8 -> 8 channels of
        # 24 × 24 pixels: 1.1 ms instead of 2.1; 6 -> 16 of 14 × 14: 3.9 instead of 1.4).
        turned = weight.reshape(groups, outputs // groups, each, *kernel).swapaxes(1, 2)
        turned = turned.reshape(groups * each, outputs // groups, *kernel)
        turned = np.flip(turned, tuple(range(2, turned.ndim)))
        padding = tuple(
            (d * (k - 1) - before, n + before - out)
            for d, k, before, n, out in zip(
                windows.dilation, kernel, windows.before, sizes, windows.out, strict=True
            )
        )
        if min(min(pair) for pair in padding) >= 0:
            full = Geometry(geometry.stride, padding, geometry.dilation, groups)
            return _convolve(g, turned, None, full)
    rowed = _rowed(windows)
    lined = _as_rows(g, groups, rowed.out[0])
    matrix = np.ascontiguousarray(_weight_matrix(weight, groups).swapaxes(-1, -2))
    total = _spread(matrix, lined, rowed, g.shape[0], each)
    back = total.transpose(total.ndim - 1, 0, 2, 1, *range(3, total.ndim - 1))
    return back.reshape(g.shape[0], groups * each, *sizes)


# -- the three operators ---------------------------------------------------------------------------


@operator(
    input=lambda g, weight, shape, geometry: _conv_transpose(g, weight, shape[2:], geometry),
    weight=lambda g, input, weight_kernel, geometry: _conv_weight(
        input, g, weight_kernel, geometry
    ),
    bias=lambda g: g.sum((0, *range(2, g.ndim))),
)
def _conv(input: Any, weight: Any, bias: Any, geometry: Any, weight_kernel: Any) -> Any:
    """``C(x, w) + b``."""
    return _convolve(input, weight, bias, geometry)


@operator(
    input=lambda g, weight, geometry: _conv(g, weight, None, geometry, weight.shape[2:]),
    weight=lambda g, input, weight, geometry: _conv_weight(g, input, weight.shape[2:], geometry),
)
def _conv_transpose(input: Any, weight: Any, sizes: Any, geometry: Any) -> Any:
    """``T(g, w)``."""
    return _input_gradient(input, weight, sizes, geometry)


@operator(
    input=lambda g, other, shape, geometry: _conv_transpose(other, g, shape[2:], geometry),
    other=lambda g, input, kernel, geometry: _conv(input, g, None, geometry, kernel),
)
def _conv_weight(input: Any, other: Any, kernel: Any, geometry: Any) -> Any:
    """``V(x, g)``."""
    return _weight_gradient(input, other, kernel, geometry)


# -- their public faces ----------------------------------------------------------------------------


def _check(name: str, input: Any, weight: Any, bias: Any, ndim: int, groups: Any) -> None:
    need_tensor(weight, name, "weight")
    if bias is not None:
        need_tensor(bias, name, "bias")
    kinds = [one.dtype for one in (input, weight, bias) if one is not None]
    if len(set(kinds)) > 1 or kinds[0] == dtypes.bool:
        raise RuntimeError(
            f"{name}: input, weight and bias must have the same integer or the same "
            f"floating-point dtype, got {', '.join(map(str, kinds))}"
        )
    if weight.ndim != ndim + 2:
        raise RuntimeError(
            f"{name}: weight must have {ndim + 2} dimensions, got shape {tuple(weight.shape)}"
        )
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise ValueError(f"{name}: groups must be a positive int, got {groups!r}")
    if weight.shape[0] % groups:
        raise ValueError(
            f"{name}: the {weight.shape[0]} first channels of weight {tuple(weight.shape)} cannot "
            f"be divided into {groups} groups"
        )


def _in_single(input: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """Half precision as float32, because sums are rounded once, not at every step."""
    wide = to(bias, dtypes.float32) if bias is not None else None
    return to(input, dtypes.float32), to(weight, dtypes.float32), wide


def _check_bias(name: str, bias: Any, outputs: int) -> None:
    if bias is not None and bias.shape != (outputs,):
        raise RuntimeError(
            f"{name}: bias must have shape ({outputs},), one for each output channel, "
            f"got {tuple(bias.shape)}"
        )


def _padding(
    padding: Any, kernel: tuple[int, ...], stride: Any, dilation: tuple[int, ...], name: str
) -> tuple[tuple[int, int], ...]:
    ndim = len(kernel)
    if padding == "valid":
        return ((0, 0),) * ndim
    if padding == "same":
        if max(stride) > 1:
            raise RuntimeError(f"{name}: padding='same' needs stride 1, got stride {stride}")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise ValueError(f"{name}: padding must be 'same', 'valid' or ints, got {padding!r}")
    return tuple((one, one) for one in numbers(padding, ndim, name, "padding", 0))


def _convolution(
    ndim: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    name = f"conv{ndim}d"
    batched = spatial_input(input, ndim, name)
    _check(name, input, weight, bias, ndim, groups)
    if input.dtype == dtypes.float16:
        wide = _in_single(input, weight, bias)
        settings = (stride, padding, dilation, groups)
        return to(_convolution(ndim, *wide, *settings), dtypes.float16)
    if not batched:
        return _convolution(
            ndim, input.unsqueeze(0), weight, bias, stride, padding, dilation, groups
        ).squeeze(0)
    kernel = tuple(weight.shape[2:])
    steps = numbers(stride, ndim, name, "stride", 1)
    spread = numbers(dilation, ndim, name, "dilation", 1)
    geometry = Geometry(steps, _padding(padding, kernel, steps, spread, name), spread, groups)
    if input.shape[1] != weight.shape[1] * groups:
        expects = f"{weight.shape[1]}" if groups == 1 else f"{weight.shape[1]} × {groups} groups"
        raise RuntimeError(
            f"{name}: input has {input.shape[1]} channels but weight expects {expects} "
            f"(input shape {tuple(input.shape)}, weight shape {tuple(weight.shape)})"
        )
    _check_bias(name, bias, weight.shape[0])
    geometry.windows(tuple(input.shape[2:]), kernel).check(name, input.shape)
    return _conv(input, weight, bias, geometry, kernel)


def conv1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    """Cross-correlation over one dimension: ``(N, C, L)`` or ``(C, L)``, ``(O, C/groups, K)``.

    See ``conv2d``.
    """
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    """Cross-correlation over two dimensions, what networks call a convolution.

    ``y[n, o, i, j] = b[o] + Σ_{c, k, l} x[n, c, i·s + k·d - p, j·s + l·d - p] · w[o, c, k, l]``

    Args:
        input: ``(N, C, H, W)`` or ``(C, H, W)``.
        weight: ``(O, C/groups, K_h, K_w)``.
        bias: ``(O)`` or None.
        stride, dilation: an int or one for each dimension, at least 1.
        padding: zeros around the input: an int, one for each dimension, ``'valid'`` for none, or
            ``'same'`` (stride 1) for as many outputs as inputs.
        groups: the channels are cut into so many groups that do not see each other.

    Returns:
        ``(N, O, H', W')`` with ``H' = ⌊(H + 2p - d·(K_h - 1) - 1) / s⌋ + 1``, and W' likewise.

    d input = the transposed convolution of g with weight; d weight[o, c, k, l] =
    ``Σ g[n, o, i, j] · x[n, c, i·s + k·d - p, j·s + l·d - p]``; d bias = Σ g over all but channels.

    Raises:
        RuntimeError: shapes, channels or dtypes that do not fit; a window larger than the input.
    """
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    """Cross-correlation over three: ``(N, C, D, H, W)``, ``(O, C/groups, K_d, K_h, K_w)``.

    See ``conv2d``.
    """
    return _convolution(3, input, weight, bias, stride, padding, dilation, groups)


def _transposed(
    ndim: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    name = f"conv_transpose{ndim}d"
    batched = spatial_input(input, ndim, name)
    _check(name, input, weight, bias, ndim, groups)
    if input.dtype == dtypes.float16:
        wide = _in_single(input, weight, bias)
        settings = (stride, padding, output_padding, groups, dilation)
        return to(_transposed(ndim, *wide, *settings), dtypes.float16)
    if not batched:
        return _transposed(
            ndim,
            input.unsqueeze(0),
            weight,
            bias,
            stride,
            padding,
            output_padding,
            groups,
            dilation,
        ).squeeze(0)
    kernel = tuple(weight.shape[2:])
    steps = numbers(stride, ndim, name, "stride", 1)
    pads = numbers(padding, ndim, name, "padding", 0)
    extra = numbers(output_padding, ndim, name, "output_padding", 0)
    spread = numbers(dilation, ndim, name, "dilation", 1)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        raise RuntimeError(
            f"{name}: output_padding {extra} must be smaller than stride {steps} or dilation "
            f"{spread}"
        )
    if input.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"{name}: input has {input.shape[1]} channels but weight expects {weight.shape[0]} "
            f"(input shape {tuple(input.shape)}, weight shape {tuple(weight.shape)})"
        )
    _check_bias(name, bias, weight.shape[1] * groups)
    sizes = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(
            input.shape[2:], steps, pads, spread, kernel, extra, strict=True
        )
    )
    if min(sizes) < 1:
        raise RuntimeError(
            f"{name}: nothing is left of an input of shape {tuple(input.shape)}: output size "
            f"{sizes}"
        )
    # What output_padding adds is what padding at that end would have cut off.
    cut = tuple((p, p - e) for p, e in zip(pads, extra, strict=True))
    geometry = Geometry(steps, cut, spread, groups)
    out = _conv_transpose(input, weight, sizes, geometry)
    return out if bias is None else out + bias.reshape(-1, *(1,) * ndim)


def conv_transpose1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """Transposed convolution over one dimension.  See ``conv_transpose2d``."""
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """The gradient of ``conv2d`` by its input, as an operator of its own: it enlarges.

    Args:
        input: ``(N, C, H, W)`` or ``(C, H, W)``.
        weight: ``(C, O/groups, K_h, K_w)``.
        output_padding: positions added at the end of each dimension, fewer than the stride.

    Returns:
        ``(N, O, H', W')`` with ``H' = (H - 1)·s - 2p + d·(K_h - 1) + output_padding + 1``.

    d input = conv2d of g with weight; d weight as that of ``conv2d`` with input and g exchanged.
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """Transposed convolution over three dimensions.  See ``conv_transpose2d``."""
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
