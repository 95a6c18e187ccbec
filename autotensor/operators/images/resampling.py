"""Changing the size of images and signals: interpolation and adaptive averages.

All of them are separable, and linear in the input: along each dimension every output is a weighted
sum of some inputs.  So one operator carries them, ``_mixed``: a product with an (out × in) matrix
along one dimension, of which only the few entries that are not zero are kept, in ``Taps``.  Its
derivative is the product with the transposed matrix: ``_mixed`` again, with the taps turned round.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.kernels.windows import KEPT, adaptive_windows
from autotensor.operators.arguments import need_positions, spatial_input, target_sizes
from autotensor.operators.structure.copying import to

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "interpolate", "upsample",
    "upsample_bilinear", "upsample_nearest",
]  # fmt: skip

DENSE = 32
"""A product of matrices does so many multiplications while one tap is gathered and added."""


class Taps:
    """A sparse (out × ``size``) matrix: output ``o`` is ``Σ_t weight[o, t] · input[index[o, t]]``.

    The sum runs over the first ``counts[o]`` taps.  ``weight`` None stands for ones.
    """

    def __init__(
        self, index: np.ndarray, weight: np.ndarray | None, counts: np.ndarray, size: int
    ) -> None:
        self.index = index
        self.weight = weight
        self.counts = counts
        self.size = size

    @functools.cached_property
    def transposed(self) -> Taps:
        """The same matrix with rows and columns exchanged."""
        count, most = self.index.shape
        used = np.arange(most) < self.counts[:, None]
        outputs, inputs = np.nonzero(used)[0], self.index[used]
        order = np.argsort(inputs, kind="stable")
        outputs, inputs = outputs[order], inputs[order]
        counts = np.bincount(inputs, minlength=self.size)
        place = np.arange(len(inputs)) - (np.cumsum(counts) - counts)[inputs]
        index = np.zeros((self.size, counts.max(initial=0)), np.intp)
        index[inputs, place] = outputs
        weight = None
        if self.weight is not None:
            weight = np.zeros(index.shape, self.weight.dtype)
            weight[inputs, place] = self.weight[used][order]
        return Taps(index, weight, counts, count)

    @functools.cached_property
    def matrix(self) -> np.ndarray:
        """All of it, zeros too."""
        used = np.arange(self.index.shape[1]) < self.counts[:, None]
        weight = np.ones(used.shape, np.float32) if self.weight is None else self.weight
        full = np.zeros((len(self.index), self.size), weight.dtype)
        np.add.at(full, (np.nonzero(used)[0], self.index[used]), weight[used])
        return full

    @functools.cached_property
    def rows(self) -> list[tuple[Any, np.ndarray, Any]]:
        """Tap by tap: the outputs that have it, the inputs they read there, the weights."""
        parts = []
        for tap in range(self.index.shape[1]):
            have = self.counts > tap
            to_all = bool(have.all())
            weight = None if self.weight is None else self.weight[have, tap][:, None]
            parts.append((slice(None) if to_all else have, self.index[have, tap], weight))
        return parts

    def times(self, input: np.ndarray) -> np.ndarray:
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


@operator(input=lambda g, axis, taps: _mixed(g, axis, taps.transposed))
def _mixed(input: Any, axis: Any, taps: Any) -> Any:
    """The matrix ``taps`` times ``input`` along ``axis``.  The dimensions keep their order in
    memory."""
    order = sorted(range(input.ndim), key=lambda at: (-input.strides[at], at))
    lined = input.transpose(order)
    at = order.index(axis)
    before, after = lined.shape[:at], lined.shape[at + 1 :]
    out = taps.times(lined.reshape(math.prod(before), taps.size, math.prod(after)))
    return out.reshape(*before, -1 if out.size else len(taps.index), *after).transpose(
        np.argsort(order)
    )


def _along_each(input: Any, taps: Sequence[Taps | None]) -> Any:
    """``_mixed`` along the last dimensions, one of ``taps`` for each; None leaves it as it is.

    Where sizes shrink comes first, so that little is left for the others.
    """
    first = input.ndim - len(taps)
    found = [(axis, one) for axis, one in enumerate(taps, first) if one is not None]
    narrow = input.dtype == dtypes.float16
    out = to(input, dtypes.float32) if narrow else input
    for axis, one in sorted(found, key=lambda pair: len(pair[1].index) / max(pair[1].size, 1)):
        out = _mixed(out, axis, one)
    return to(out, dtypes.float16) if narrow else out


# -- adaptive averages -----------------------------------------------------------------------------


@functools.lru_cache(maxsize=KEPT)
def _averages(size: int, out: int) -> Taps:
    start, end = adaptive_windows(size, out)
    counts = end - start
    index = start[:, None] + np.arange(counts.max(initial=0))
    weight = np.broadcast_to(1 / counts[:, None], index.shape)
    return Taps(np.minimum(index, max(size - 1, 0)), weight, counts, size)


def _adaptive_average(ndim: int, input: Any, output_size: Any) -> Any:
    name = f"adaptive_avg_pool{ndim}d"
    spatial_input(input, ndim, name)
    need_positions(input.shape, ndim, name)
    if dtypes.category(input.dtype) != 2:
        raise RuntimeError(f"{name}: expected a floating-point Tensor, got {input.dtype}")
    sizes = input.shape[input.ndim - ndim :]
    wanted = target_sizes(output_size, sizes, name)
    taps = [_averages(n, out) if n != out else None for n, out in zip(sizes, wanted, strict=True)]
    return _along_each(input, taps)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Means of ``output_size`` windows that cover ``(N, C, L)``.  See ``adaptive_avg_pool2d``."""
    return _adaptive_average(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``: the mean of each of H' · W' windows.

    Window ``i`` of ``H'`` goes from ``⌊i·H/H'⌋`` to ``⌈(i + 1)·H/H'⌉``, so that they cover the
    input; neighbours may overlap.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.

    d input = g / count at every position of a window, summed over the windows it lies in.

    Raises:
        RuntimeError: the shape, the dtype or the sizes do not fit.
    """
    return _adaptive_average(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """Means of windows that cover ``(N, C, D, H, W)``.  See ``adaptive_avg_pool2d``."""
    return _adaptive_average(3, input, output_size)


# -- interpolation ---------------------------------------------------------------------------------


def _cubic(x: np.ndarray, a: float) -> np.ndarray:
    """The kernel of Keys, "Cubic convolution interpolation for digital image processing" (1981)."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


#: Kernels that are stretched over all that one output covers, and how far each reaches.
KERNELS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]] = {
    "bilinear": (lambda x: np.maximum(1 - np.abs(x), 0), 1),
    "bicubic": (lambda x: _cubic(x, -0.5), 2),
    "lanczos": (_lanczos, 3),
}


def _step(size: int, out: int, factor: float | None, align_corners: bool, kind: Any) -> Any:
    """How many inputs lie between two outputs."""
    if align_corners:
        return kind(size - 1) / kind(out - 1) if out > 1 else kind(0)
    return kind(1 / factor) if factor else kind(size) / kind(out)


@functools.lru_cache(maxsize=KEPT)
def _nearest(size: int, out: int, factor: float | None, exact: bool, kind: Any) -> Taps:
    step = _step(size, out, factor, False, kind)
    center = np.arange(out, dtype=kind) + kind(0.5 if exact else 0)
    # PyTorch rounds to float32 before it rounds down, whatever the dtype.
    index = np.minimum(np.floor((center * step).astype(np.float32)).astype(np.intp), size - 1)
    return Taps(index[:, None], None, np.ones(out, np.intp), size)


@functools.lru_cache(maxsize=KEPT)
def _smooth(
    size: int, out: int, factor: float | None, align_corners: bool, cubic: bool, kind: Any
) -> Taps:
    """Linear between two neighbours, or cubic between four."""
    step = _step(size, out, factor, align_corners, kind)
    number = np.arange(out, dtype=kind)
    at = number * step if align_corners else (number + kind(0.5)) * step - kind(0.5)
    if cubic:
        base = np.floor(at)
        offsets = np.arange(-1, 3)
        weight = _cubic((at - base)[:, None] - offsets, -0.75)
    else:
        at = np.maximum(at, 0)
        base = np.minimum(np.floor(at), size - 1)
        offsets = np.arange(2)
        part = np.clip(at - base, 0, 1)
        weight = np.stack([1 - part, part], axis=1)
    index = np.clip(base.astype(np.intp)[:, None] + offsets, 0, size - 1)
    return Taps(index, weight.astype(kind), np.full(out, len(offsets)), size)


@functools.lru_cache(maxsize=KEPT)
def _stretched(
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


DIMENSIONS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}
MODES = ("nearest", "nearest-exact", "area", *DIMENSIONS)


def _check_mode(input: Any, mode: str, align_corners: bool | None, antialias: bool) -> None:
    name = "interpolate"
    if mode not in MODES:
        raise NotImplementedError(
            f"{name}: mode must be one of {', '.join(map(repr, MODES))}, got {mode!r}"
        )
    shape = tuple(input.shape)
    if not 3 <= input.ndim <= 5:
        raise NotImplementedError(f"{name}: input must have 3, 4 or 5 dimensions, got {shape}")
    if mode in DIMENSIONS and DIMENSIONS[mode] != input.ndim - 2:
        raise NotImplementedError(
            f"{name}: mode {mode!r} needs an input of {DIMENSIONS[mode] + 2} dimensions, "
            f"got shape {shape}"
        )
    if mode not in DIMENSIONS and align_corners is not None:
        raise ValueError(
            f"{name}: align_corners is only for the modes {', '.join(map(repr, DIMENSIONS))}, "
            f"not for {mode!r}"
        )
    if antialias and mode not in KERNELS:
        raise ValueError(
            f"{name}: antialias is only for the modes {', '.join(map(repr, KERNELS))}, "
            f"not for {mode!r}"
        )
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError(f"{name}: mode 'lanczos' needs antialias=True and align_corners=False")
    if dtypes.category(input.dtype) != 2 and input.dtype != dtypes.uint8:
        raise RuntimeError(f"{name}: expected a floating-point Tensor or uint8, got {input.dtype}")
    if dtypes.category(input.dtype) != 2 and mode in ("linear", "trilinear", "area"):
        raise RuntimeError(
            f"{name}: mode {mode!r} needs a floating-point Tensor, got {input.dtype}; convert "
            "first, e.g. with .float()"
        )


def _scales(scale_factor: Any, ndim: int) -> list[float]:
    several = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * ndim
    numbers = all(
        isinstance(one, (int, float, np.number)) and not isinstance(one, bool) for one in several
    )
    if not numbers:
        raise TypeError(f"interpolate: scale_factor must be numbers, got {scale_factor!r}")
    if len(several) != ndim:
        raise ValueError(
            f"interpolate: scale_factor must be a number or {ndim} of them, got {scale_factor!r}"
        )
    return [float(one) for one in several]


def _lengths(size: Any, ndim: int) -> list[int]:
    several = size if isinstance(size, (tuple, list)) else [size] * ndim
    if not all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in several):
        raise TypeError(f"interpolate: size must be an int or {ndim} of them, got {size!r}")
    if len(several) != ndim:
        raise ValueError(f"interpolate: size must be an int or {ndim} of them, got {size!r}")
    return [int(one) for one in several]


def interpolate(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:  # fmt: skip
    """``(N, C, L)``, ``(N, C, H, W)`` or ``(N, C, D, H, W)`` with other sizes.

    Along each dimension, output ``o`` stands at ``(o + ½)·step - ½`` of the input, with ``step`` =
    in/out; its value is a weighted mean of the inputs around.

    Args:
        size: the sizes wanted, an int or one for each dimension.
        scale_factor: instead of ``size``: out = ⌊in · factor⌋, and ``step`` is 1/factor.
        mode: ``'nearest'`` (the input at ``⌊o·step⌋``), ``'nearest-exact'`` (that at
            ``⌊(o + ½)·step⌋``), ``'area'`` (``adaptive_avg_pool``); ``'linear'``, ``'bilinear'``,
            ``'trilinear'`` (between the two neighbours in each of one, two, three dimensions);
            ``'bicubic'`` (between four, Keys' kernel with a = -¾); ``'lanczos'`` (only with
            ``antialias``).
        align_corners: let the outermost outputs stand on the outermost inputs: at ``o·(in - 1) /
            (out - 1)``.
        recompute_scale_factor: use ``step`` = in/out even where ``scale_factor`` is given.
        antialias: where the size shrinks, stretch the kernel over all inputs that an output covers
            (bicubic: a = -½), as Pillow does.

    d input = the transposed matrix times g, along each dimension.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: arguments that do not fit.
    """
    if not hasattr(input, "ndim"):
        raise TypeError(f"interpolate: input must be a Tensor, got {type(input).__name__}")
    _check_mode(input, mode, align_corners, antialias)
    ndim = input.ndim - 2
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: exactly one of size and scale_factor must be given, got {size!r} and "
            f"{scale_factor!r}"
        )
    if size is not None and recompute_scale_factor:
        raise ValueError("interpolate: recompute_scale_factor is only for a scale_factor")
    have = input.shape[2:]
    factors: list[float | None] = [None] * ndim
    if size is not None:
        wanted = _lengths(size, ndim)
    else:
        scales = _scales(scale_factor, ndim)
        wanted = [int(n * scale) for n, scale in zip(have, scales, strict=True)]
        if not recompute_scale_factor:
            factors = [*scales]
    if mode == "area":
        return _adaptive_average(ndim, input, wanted)
    if min(*have, *wanted) < 1 or 0 in input.shape[1:]:
        raise RuntimeError(
            f"interpolate: input and output sizes must be greater than 0, got an input of shape "
            f"{tuple(input.shape)} and the output sizes {tuple(wanted)}"
        )
    bytes_between = input.dtype == dtypes.uint8 and not mode.startswith("nearest")
    kind = np.float64 if bytes_between or input.dtype == dtypes.float64 else np.float32
    align = bool(align_corners)
    taps: list[Taps | None] = []
    for n, out, factor in zip(have, wanted, factors, strict=True):
        if n == out and _copies(mode, ndim, antialias):
            taps.append(None)
        elif mode.startswith("nearest"):
            taps.append(_nearest(n, out, factor, mode == "nearest-exact", kind))
        elif antialias:
            taps.append(_stretched(n, out, factor, align, mode, kind))
        else:
            taps.append(_smooth(n, out, factor, align, mode == "bicubic", kind))
    return _in_bytes(input, taps) if bytes_between else _along_each(input, taps)


def _copies(mode: str, ndim: int, antialias: bool) -> bool:
    """Whether PyTorch copies along a dimension whose size stays, whatever the factor."""
    return antialias or mode.endswith("linear") or (mode == "nearest" and ndim == 2)


def _in_bytes(input: Any, taps: Sequence[Taps | None]) -> Any:
    """Images of bytes, weighted in whole numbers: the last dimension first, rounded after each."""
    out = raw(input)
    for axis, one in reversed([*enumerate(taps, input.ndim - len(taps))]):
        if one is None or len(one.index) == one.size:
            continue
        # As many binary places as 16 bits have room for.
        places = 0
        while places < 22 and int(0.5 + one.matrix.max() * 2 ** (places + 1)) < 2**15:
            places += 1
        whole = np.trunc(one.matrix * 2**places + np.copysign(0.5, one.matrix))
        # float64 holds all of these sums exactly, and has a fast product.
        total = np.moveaxis(np.tensordot(out.astype(np.float64), whole, (axis, 1)), -1, axis)
        out = np.clip(np.floor(total / 2**places + 0.5), 0, 255).astype(np.uint8)
    return wrap(out)


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None,
) -> Any:  # fmt: skip
    """An older name of ``interpolate``."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate`` with ``mode='nearest'``."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate`` with ``mode='bilinear'`` and ``align_corners=True``."""
    return interpolate(input, size, scale_factor, "bilinear", True)
