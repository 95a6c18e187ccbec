"""Reading images at points between their pixels: spatial transformers.

Jaderberg et al., "Spatial Transformer Networks" (2015).
"""

from __future__ import annotations

import functools
import math
from itertools import product
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.tensor import wrap
from autotensor.kernels.interpolation import brought_in, cubic_far, cubic_near
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import need_tensor, need_tensors
from autotensor.operators.linalg.products import matmul
from autotensor.operators.networks.indexed_pooling import read_at
from autotensor.operators.structure.copying import computed_in_float32, depending
from autotensor.operators.structure.selection import where

__all__ = ["affine_grid", "grid_sample"]

MODES = ("bilinear", "nearest", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")


def _neighbours(
    coordinate: Any, size: int, mode: str, padding_mode: str, align_corners: bool
) -> list[tuple[np.ndarray, Any]]:
    """The positions along one dimension that points ``(N, M)`` in [-1, 1] read, and their weights.

    Position -1 is outside; weight None is 1.
    """
    # In PyTorch's order: rounding decides on which side of a pixel a point lies, so which slope it
    # has there, and the points of an identity lie on pixels.
    at = (
        (coordinate + 1) * ((size - 1) / 2)
        if align_corners
        else (coordinate + 1) * (size / 2) - 0.5
    )
    values = at.array

    def seen(position: np.ndarray) -> np.ndarray:
        return np.where((position >= 0) & (position < size), position, -1).astype(np.int64)

    def inside(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return silent().run(brought_in, position, size, padding_mode, align_corners)

    def moved(position: np.ndarray, slope: np.ndarray, offset: np.ndarray) -> np.ndarray:
        # What is clipped may be infinite, and 0 times that is NaN.
        return slope * np.where(slope != 0, position, 0) + offset

    if mode == "bicubic":
        base = np.floor(values)
        found = []
        part = at - wrap(base)
        weights = [cubic_far(part + 1), cubic_near(part), cubic_near(1 - part), cubic_far(2 - part)]
        for step, weight in enumerate(weights, -1):
            # Every tap is brought in by itself; it is a whole number before and after.
            found.append((seen(moved(base + step, *inside(base + step))), weight))
        return found
    slope, offset = inside(values)
    if mode == "nearest":
        # NaN is clipped to 0.
        position = np.rint(moved(values, slope, offset))
        if padding_mode != "zeros":
            position = np.where(np.isnan(position), 0, position)
        # The gradient by the points is 0, not none.
        weight = (
            depending(coordinate, wrap(np.ones_like(values))) if coordinate.requires_grad else None
        )
        return [(seen(position), weight)]
    if padding_mode != "zeros":
        # What is clipped may be infinite, and 0 times that is NaN.
        at = where(wrap(slope != 0), at, 0.0) * wrap(slope) + wrap(offset)
        values = at.array
    base = np.floor(values)
    part = at - wrap(base)
    return [(seen(base), 1 - part), (seen(base + 1), part)]


def _check_sample(input: Any, grid: Any, mode: str, padding_mode: str) -> None:
    name = "grid_sample"
    need_tensors(name, input=input, grid=grid)
    if mode not in MODES:
        raise ValueError(f"{name}: mode must be one of {MODES}, got {mode!r}")
    if padding_mode not in PADDING_MODES:
        raise ValueError(
            f"{name}: padding_mode must be one of {PADDING_MODES}, got {padding_mode!r}"
        )
    shapes = f"got shapes {input.shape} and {grid.shape}"
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(f"{name}: input and grid must both have 4 or 5 dimensions, {shapes}")
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(f"{name}: input and grid must have the same batch size, {shapes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"{name}: the last size of grid must be {input.ndim - 2}, one coordinate for each "
            f"dimension of the image, {shapes}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(f"{name}: the image must not be empty, {shapes}")
    if mode == "bicubic" and input.ndim == 5:
        raise RuntimeError(f"{name}: mode 'bicubic' needs an input of 4 dimensions, {shapes}")
    if input.dtype != grid.dtype or dtypes.category(input.dtype) != 2:
        raise RuntimeError(
            f"{name}: input and grid must have the same floating-point dtype, got {input.dtype} "
            f"and {grid.dtype}"
        )


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:  # fmt: skip
    """``input`` read at the points of ``grid``: ``out[n, :, i, j] = input[n, :, y, x]`` with
    ``(x, y) = grid[n, i, j]``.

    Args:
        input: ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        grid: ``(N, H', W', 2)`` of ``(x, y)``, or ``(N, D', H', W', 3)`` of ``(x, y, z)``; from -1
            to 1 they cross the image.
        mode: what lies between pixels: ``'bilinear'`` (of all corners around), ``'nearest'``, or
            ``'bicubic'`` (of 4 × 4 neighbours; images only).
        padding_mode: what lies outside: ``'zeros'``, the nearest edge (``'border'``), or the image
            mirrored (``'reflection'``).
        align_corners: whether -1 and 1 are the centers of the outermost pixels, or (by default)
            their outer edges.  Unlike in PyTorch, None gives no warning.

    Returns:
        ``(N, C, H', W')`` or ``(N, C, D', H', W')``.

    With weights w of the neighbours p: d input_p = Σ g · w, d grid = Σ g · input[p] · w'; 0 for
    ``'nearest'`` and where a point was clipped.

    Raises:
        ValueError: an unknown ``mode`` or ``padding_mode``.
        RuntimeError: shapes or dtypes that do not fit each other.

    Example:

        >>> image = at.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> corner, center = at.tensor([[[[1.0, -1.0]]]]), at.zeros(1, 1, 1, 2)
        >>> F.grid_sample(image, corner, align_corners=True)  # x right, y up
        tensor([[[[2.]]]])
        >>> F.grid_sample(image, center, align_corners=False)  # the mean of all four
        tensor([[[[2.5000]]]])
    """
    _check_sample(input, grid, mode, padding_mode)
    return _sampled(input, grid, mode, padding_mode, bool(align_corners))


@computed_in_float32
def _sampled(input: Any, grid: Any, mode: str, padding_mode: str, align_corners: bool) -> Any:
    """``grid_sample`` of arguments that fit."""
    count, channels, *sizes = input.shape
    points = grid.reshape((count, math.prod(grid.shape[1:-1]), len(sizes)))
    how = (mode, padding_mode, align_corners)
    along = [_neighbours(points[:, :, at], n, *how) for at, n in enumerate(reversed(sizes))]
    flat = input.reshape((count, channels, math.prod(sizes)))
    terms = []
    for corner in product(*reversed(along)):
        index = np.zeros(points.shape[:2], np.int64)
        outside = np.zeros(points.shape[:2], np.bool_)
        for size, (position, _) in zip(sizes, corner, strict=True):
            index = index * size + position
            outside |= position < 0
        value = read_at(flat, np.where(outside, -1, index)[:, None])
        weights = [weight for _, weight in corner if weight is not None]
        if weights:
            value = value * functools.reduce(lambda a, b: a * b, weights).unsqueeze(1)
        terms.append(value)
    total = functools.reduce(lambda a, b: a + b, terms)
    return total.reshape((count, channels, *grid.shape[1:-1]))


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The points that an affine map takes a regular grid to, for ``grid_sample``.

    Args:
        theta: ``(N, 2, 3)`` or ``(N, 3, 4)``: matrices that are applied to ``(x, y, 1)`` or
            ``(x, y, z, 1)``.
        size: of the image wanted: ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        align_corners: as for ``grid_sample``.

    Returns:
        ``(N, H, W, 2)`` or ``(N, D, H, W, 3)``.

    d theta = Σ g @ pᵀ: over the grid, with its points p = (x, y, 1).

    Raises:
        ValueError, NotImplementedError: ``theta`` or ``size`` is not such a one.

    Example:

        >>> mirror = at.tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
        >>> grid = F.affine_grid(mirror, (1, 1, 1, 3), align_corners=True)
        >>> image = at.tensor([[[[1.0, 2.0, 3.0]]]])
        >>> F.grid_sample(image, grid, align_corners=True)
        tensor([[[[3., 2., 1.]]]])
    """
    need_tensor(theta, "affine_grid", "theta")
    if dtypes.category(theta.dtype) != 2:
        raise ValueError(f"affine_grid: theta must be floating-point, got {theta.dtype}")
    wanted = tuple(int(one) for one in size)
    ndim = len(wanted) - 2
    if ndim not in (2, 3):
        raise NotImplementedError(
            f"affine_grid: size must be (N, C, H, W) or (N, C, D, H, W), got {wanted}"
        )
    if theta.shape != (wanted[0], ndim, ndim + 1):
        raise ValueError(
            f"affine_grid: theta must have shape {(wanted[0], ndim, ndim + 1)} for size {wanted}, "
            f"got {theta.shape}"
        )
    if min(wanted) < 1:
        raise ValueError(f"affine_grid: size must be positive, got {wanted}")
    lines = []
    for n in wanted[2:]:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        lines.append(line if align_corners else line * (n - 1) / n)
    points = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(wanted[2:])], axis=-1)
    flat = wrap(points.reshape(-1, ndim + 1).astype(theta.dtype))
    return matmul(flat, theta.transpose(1, 2)).reshape((wanted[0], *wanted[2:], ndim))
