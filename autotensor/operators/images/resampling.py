"""Changing the size of images and signals: interpolation and adaptive averages.

All of them are separable, and linear in the input: along each dimension every output is a weighted
sum of some inputs.  So one operator carries them, ``_mixed``: a product with an (out × in) matrix
along one dimension, of which only the few entries that are not zero are kept, in ``Taps`` (see
``autotensor/kernels/interpolation.py``).  Its derivative is the product with the transposed matrix:
``_mixed`` again, with the taps turned round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.kernels.interpolation import KERNELS, Taps, antialiased, averages, nearest, smooth
from autotensor.kernels.windows import memory_order
from autotensor.operators.arguments import need_pixels, target_sizes, whole
from autotensor.operators.faces import face
from autotensor.operators.structure.copying import apart, computed_in_float32

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "interpolate", "upsample",
    "upsample_bilinear", "upsample_nearest",
]  # fmt: skip


@operator(input=lambda g, axis, taps: _mixed(g, axis, taps.transposed))
def _mixed(input: Any, axis: Any, taps: Any) -> Any:
    """``taps @ input`` along ``axis``.  The dimensions keep their order in memory.

    d input = tapsᵀ @ g.
    """
    order, back = memory_order(input.strides)
    lined = input.transpose(order)
    at = order.index(axis)
    before, after = lined.shape[:at], lined.shape[at + 1 :]
    out = taps.times(lined.reshape(math.prod(before), taps.size, math.prod(after)))
    return out.reshape(*before, len(taps.index), *after).transpose(back)


@computed_in_float32
def _along_each(input: Any, taps: Sequence[Taps | None]) -> Any:
    """``_mixed`` along the last dimensions, one of ``taps`` for each; None leaves it as it is.

    Where sizes shrink comes first, so that little is left for the others.
    """
    first = input.ndim - len(taps)
    found = [(axis, one) for axis, one in enumerate(taps, first) if one is not None]
    out = input
    for axis, one in sorted(found, key=lambda pair: len(pair[1].index) / max(pair[1].size, 1)):
        out = _mixed(out, axis, one)
    return apart(out, input)


# -- adaptive averages -----------------------------------------------------------------------------


def _adaptive_average(input: Any, output_size: Any, *, name: str = "", ndim: int = 2) -> Any:
    need_pixels(input, ndim, name)
    sizes = input.shape[input.ndim - ndim :]
    wanted = target_sizes(output_size, sizes, name)
    taps = [averages(n, out) if n != out else None for n, out in zip(sizes, wanted, strict=True)]
    return _along_each(input, taps)


@face(_adaptive_average, ndim=1)
def adaptive_avg_pool1d() -> Any:
    """Means of ``output_size`` windows that cover ``(N, C, L)``.  See ``adaptive_avg_pool2d``.

    Example:

        >>> F.adaptive_avg_pool1d(at.tensor([[[1.0, 3.0, 5.0, 9.0]]]), 2)
        tensor([[[2., 7.]]])
    """


@face(_adaptive_average, ndim=2)
def adaptive_avg_pool2d() -> Any:
    """``(N, C, H, W)`` or ``(C, H, W)`` to ``(N, C, H', W')``: the mean of each of H' · W' windows.

    Window ``i`` of ``H'`` goes from ``⌊i·H/H'⌋`` to ``⌈(i + 1)·H/H'⌉``, so that they cover the
    input; neighbours may overlap.

    Args:
        output_size: ``(H', W')``, or one int for both; None keeps a size.

    d input = Σ g / count: over the windows that a position lies in.

    Raises:
        RuntimeError: the shape, the dtype or the sizes do not fit.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0], [3.0, 6.0]]]], requires_grad=True)
        >>> F.adaptive_avg_pool2d(x, 1).item()  # global average pooling
        3.0
        >>> F.adaptive_avg_pool2d(x, 1).sum().backward()
        >>> x.grad
        tensor([[[[0.2500, 0.2500],
                  [0.2500, 0.2500]]]])
        >>> F.adaptive_avg_pool2d(at.ones(8, 64, 13, 17), 7).shape
        torch.Size([8, 64, 7, 7])
    """


@face(_adaptive_average, ndim=3)
def adaptive_avg_pool3d() -> Any:
    """Means of windows that cover ``(N, C, D, H, W)``.  See ``adaptive_avg_pool2d``.

    Example:

        >>> F.adaptive_avg_pool3d(at.ones(2, 3, 8, 16, 16), (1, 4, None)).shape
        torch.Size([2, 3, 1, 4, 16])
    """


# -- interpolation ---------------------------------------------------------------------------------


DIMENSIONS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}
MODES = ("nearest", "nearest-exact", "area", *DIMENSIONS)


def _check_mode(input: Any, mode: str, align_corners: bool | None, antialias: bool) -> None:
    name = "interpolate"
    if mode not in MODES:
        names = ", ".join(map(repr, MODES))
        raise NotImplementedError(f"{name}: mode must be one of {names}, got {mode!r}")
    shape = input.shape
    if not 3 <= input.ndim <= 5:
        raise NotImplementedError(f"{name}: input must have 3, 4 or 5 dimensions, got {shape}")
    if mode in DIMENSIONS and DIMENSIONS[mode] != input.ndim - 2:
        raise NotImplementedError(
            f"{name}: mode {mode!r} needs an input of {DIMENSIONS[mode] + 2} dimensions, "
            f"got shape {shape}"
        )
    if align_corners is not None:
        _need_mode_of(DIMENSIONS, mode, "align_corners")
    if antialias:
        _need_mode_of(KERNELS, mode, "antialias")
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError(f"{name}: mode 'lanczos' needs antialias=True and align_corners=False")
    if dtypes.category(input.dtype) != 2 and input.dtype != dtypes.uint8:
        raise RuntimeError(f"{name}: expected a floating-point Tensor or uint8, got {input.dtype}")
    if dtypes.category(input.dtype) != 2 and mode in ("linear", "trilinear", "area"):
        raise RuntimeError(
            f"{name}: mode {mode!r} needs a floating-point Tensor, got {input.dtype}; convert "
            "first, e.g. with .float()"
        )


def _need_mode_of(known: Any, mode: str, argument: str) -> None:
    if mode not in known:
        names = ", ".join(map(repr, known))
        raise ValueError(f"interpolate: {argument} is only for the modes {names}, not for {mode!r}")


def _one_each(value: Any, ndim: int, read: Any, kind_wanted: str, count_wanted: str) -> Any:
    """What ``read`` makes of ``value``, one for each of ``ndim`` dimensions; raises where that is
    None."""
    given = value if isinstance(value, (tuple, list)) else [value] * ndim
    several = [read(one) for one in given]
    if None in several:
        raise TypeError(f"interpolate: {kind_wanted}, got {value!r}")
    if len(several) != ndim:
        raise ValueError(f"interpolate: {count_wanted}, got {value!r}")
    return several


def _scale(one: Any) -> float | None:
    """A number as a float, a bool being none."""
    known = isinstance(one, (int, float, np.number)) and not isinstance(one, bool)
    return float(one) if known else None


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

    d input = Mᵀ @ g: with the matrix M of the weights, along each dimension.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: arguments that do not fit.

    Example:

        >>> x = at.tensor([[[1.0, 3.0]]])
        >>> F.interpolate(x, scale_factor=2)  # each one twice
        tensor([[[1., 1., 3., 3.]]])
        >>> F.interpolate(x, size=3, mode="linear", align_corners=True)
        tensor([[[1., 2., 3.]]])
        >>> F.interpolate(at.ones(8, 3, 32, 32), scale_factor=0.5, mode="bilinear").shape
        torch.Size([8, 3, 16, 16])
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
        text = f"size must be an int or {ndim} of them"
        wanted = _one_each(size, ndim, whole, text, text)
    else:
        text = f"scale_factor must be a number or {ndim} of them"
        scales = _one_each(scale_factor, ndim, _scale, "scale_factor must be numbers", text)
        wanted = [int(n * scale) for n, scale in zip(have, scales, strict=True)]
        if not recompute_scale_factor:
            factors = scales
    if mode == "area":
        return _adaptive_average(input, wanted, name=f"adaptive_avg_pool{ndim}d", ndim=ndim)
    if min(*have, *wanted) < 1 or 0 in input.shape[1:]:
        raise RuntimeError(
            f"interpolate: input and output sizes must be greater than 0, got an input of shape "
            f"{input.shape} and the output sizes {tuple(wanted)}"
        )
    bytes_between = input.dtype == dtypes.uint8 and not mode.startswith("nearest")
    kind = np.float64 if bytes_between or input.dtype == dtypes.float64 else np.float32
    align = bool(align_corners)
    taps: list[Taps | None] = []
    for n, out, factor in zip(have, wanted, factors, strict=True):
        if n == out and _stays(mode, ndim, antialias):
            taps.append(None)
        elif mode.startswith("nearest"):
            taps.append(nearest(n, out, factor, mode == "nearest-exact", kind))
        elif antialias:
            taps.append(antialiased(n, out, factor, align, mode, kind))
        else:
            taps.append(smooth(n, out, factor, align, mode == "bicubic", kind))
    return _in_bytes(input, taps) if bytes_between else _along_each(input, taps)


def _stays(mode: str, ndim: int, antialias: bool) -> bool:
    """Whether PyTorch copies along a dimension whose size stays, whatever the factor."""
    return antialias or mode.endswith("linear") or (mode == "nearest" and ndim == 2)


def _in_bytes(input: Any, taps: Sequence[Taps | None]) -> Any:
    """Images of bytes: the last dimension first, rounded after each."""
    out = raw(input)
    for axis, one in reversed([*enumerate(taps, input.ndim - len(taps))]):
        if one is not None and len(one.index) != one.size:
            out = one.times_bytes(out, axis)
    return wrap(out)


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None,
) -> Any:  # fmt: skip
    """An older name of ``interpolate``.  Differentiated as ``interpolate``.

    ``(N, C, *) → (N, C, *)``.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: arguments that do not fit.

    Example:

        >>> F.upsample(at.tensor([[[1.0, 3.0]]]), scale_factor=2)
        tensor([[[1., 1., 3., 3.]]])
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate`` with ``mode='nearest'``.  Differentiated as ``interpolate``.

    ``(N, C, H, W) → (N, C, H', W')``.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: arguments that do not fit.

    Example:

        >>> F.upsample_nearest(at.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.]]]])
    """
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate`` with ``mode='bilinear'`` and ``align_corners=True``.

    Differentiated as ``interpolate``.

    ``(N, C, H, W) → (N, C, H', W')``.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: arguments that do not fit.

    Example:

        >>> F.upsample_bilinear(at.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), size=(3, 3))
        tensor([[[[1., 2., 3.],
                  [3., 4., 5.],
                  [5., 6., 7.]]]])
    """
    return interpolate(input, size, scale_factor, "bilinear", True)
