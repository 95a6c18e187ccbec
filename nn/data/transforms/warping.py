"""Reading pictures at other places than their pixels: resizing, and affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from nn.arguments import need_one_of, refuse
from nn.data.transforms import pillow
from nn.data.transforms.base import Size, array_of, as_float, like
from nn.data.transforms.pillow import Box

__all__ = ["InterpolationMode"]


Corners = list[list[int]]
"""``[x, y]`` of four: upper left, upper right, lower right, lower left."""


class InterpolationMode(StrEnum):
    """How to find the value between pixels; the plain strings will do as well, and so will
    Pillow's constants. Tensors know the first three and ``nearest-exact``.

    Example:

        >>> from nn.data.transforms import InterpolationMode, Resize
        >>> InterpolationMode.NEAREST == "nearest"
        True
        >>> Resize((1, 4), InterpolationMode.NEAREST)(at.tensor([[[1.0, 2.0]]]))
        tensor([[[1., 1., 2., 2.]]])
    """

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    NEAREST_EXACT = "nearest-exact"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


OF_PILLOW = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""In the order of Pillow's constants."""

IN_PLACES = ("nearest", "bilinear", "bicubic")
"""What reads a picture at any places."""


def interpolation_of(
    value: str | int, name: str, allowed: Sequence[str] | None = None
) -> InterpolationMode:
    known = [str(mode) for mode in InterpolationMode if allowed is None or mode in allowed]
    chosen = dict(enumerate(OF_PILLOW)).get(value, value) if isinstance(value, int) else value
    need_one_of(name, "interpolation", chosen, known)
    return InterpolationMode(str(chosen))


def need_known(name: str, mode: str, known: Sequence[str]) -> None:
    """Refuses a way to interpolate that only Pillow has."""
    message = f"a Tensor needs an interpolation of {', '.join(known)}, got {mode}"
    refuse(name, mode not in known, message)


def filled(fill: Any, array: np.ndarray, name: str) -> np.ndarray:
    """A number, or one for each channel, such that it broadcasts with ``(N, C, H, W)``."""
    values = np.asarray(fill)
    if values.ndim > 1 or (values.ndim and values.size not in (1, array.shape[1])):
        raise ValueError(
            f"{name}: fill must be a number or one for each of {array.shape[1]} channels, got "
            f"{fill!r}"
        )
    return values.reshape(-1, 1, 1)


def padded(array: np.ndarray, sides: Box, fill: Any, mode: str, name: str) -> np.ndarray:
    """With so many more pixels on each side."""
    left, top, right, bottom = sides
    if not any(sides):
        return array
    if mode != "constant":
        around = ((0, 0), (0, 0), (top, bottom), (left, right))
        return np.pad(array, around, mode=mode)  # type: ignore[call-overload]
    count, channels, height, width = array.shape
    out = np.empty((count, channels, top + height + bottom, left + width + right), array.dtype)
    out[:] = filled(fill, array, name)
    out[..., top : top + height, left : left + width] = array
    return out


def part_of(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of a picture of any kind; what is outside of the picture is black."""
    if pillow.is_pil(img):
        return pillow.cropped(img, top, left, height, width)
    array = array_of(img, "crop")
    tall, wide = array.shape[-2:]
    right, bottom = max(left + width - wide, 0), max(top + height - tall, 0)
    around = (max(-left, 0), max(-top, 0), right, bottom)
    out = padded(array.reshape(-1, *array.shape[-3:]), around, 0, "constant", "crop")
    top, left = top + around[1], left + around[0]
    part = out[..., top : top + height, left : left + width]
    return at.from_numpy(np.ascontiguousarray(part).reshape(*array.shape[:-2], height, width))


def resized(array: np.ndarray, size: Size, mode: InterpolationMode, antialias: bool) -> np.ndarray:
    """``(N, C, H, W)`` in another size."""
    if array.shape[-2:] == size or not array.size:
        return array if array.size else np.empty((*array.shape[:2], *size), array.dtype)
    need_known("Resize", mode, (*IN_PLACES, "nearest-exact"))
    smooth = mode in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC)
    values = at.from_numpy(as_float(array))
    out = F.interpolate(values, size=size, mode=str(mode), antialias=antialias and smooth)
    return like(out.array, array)


def warped(
    array: np.ndarray, maps: np.ndarray, mode: InterpolationMode, fill: Any, name: str, size: Size
) -> np.ndarray:
    """Pictures ``(N, C, H, W)``, each read through a map of its own.

    Args:
        maps: ``(N, 2, 3)``: where a pixel of the result is to be read, ``(x, y) = A (x', y') + b``.
            Both count from the middle of their picture, in pixels.
        fill: what there is to read outside of a picture.
        size: height and width of the result.
    """
    height, width = array.shape[-2:]
    out_height, out_width = size
    ys, xs = np.mgrid[:out_height, :out_width].reshape(2, -1).astype(np.float32)
    places = np.stack([xs - (out_width - 1) / 2, ys - (out_height - 1) / 2]).astype(np.float32)
    places = maps[..., :2].astype(np.float32) @ places + maps[..., 2:].astype(np.float32)
    x, y = places[:, 0] + (width - 1) / 2, places[:, 1] + (height - 1) / 2
    return read_at(array, x, y, mode, fill, name, size)


def coefficients(corners: Corners, moved: Corners) -> np.ndarray:
    """Eight numbers ``a`` … ``h``: ``(x, y)`` shows what was at ``(ax + by + c, dx + ey + f)``,
    both divided by ``gx + hy + 1``, such that the corners are seen where they have moved."""
    rows: list[list[float]] = []
    for (to_x, to_y), (x, y) in zip(moved, corners, strict=True):
        rows.append([to_x, to_y, 1, 0, 0, 0, -x * to_x, -x * to_y])
        rows.append([0, 0, 0, to_x, to_y, 1, -y * to_x, -y * to_y])
    # Corners that meet leave some of it open; then the shortest solution will do.
    found = np.linalg.lstsq(np.array(rows, float), np.array(corners, float).ravel(), rcond=None)[0]
    return found.astype(np.float32)


def seen_from_aside(
    array: np.ndarray, numbers: np.ndarray, mode: InterpolationMode, fill: Any
) -> np.ndarray:
    """Pictures ``(N, C, H, W)``, each with eight coefficients of its own."""
    height, width = array.shape[-2:]
    ys, xs = np.mgrid[:height, :width].reshape(2, -1) + 0.5
    a, b, c, d, e, f, g, h = numbers.astype(float).T[..., None]
    below = g * xs + h * ys + 1
    # What is nowhere is outside.
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.nan_to_num((a * xs + b * ys + c) / below - 0.5, nan=-9)
        y = np.nan_to_num((d * xs + e * ys + f) / below - 0.5, nan=-9)
    x, y = x.clip(-9, width + 9).astype(np.float32), y.clip(-9, height + 9).astype(np.float32)
    return read_at(array, x, y, mode, fill, "RandomPerspective", (height, width))


def read_at(
    array: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    mode: InterpolationMode,
    fill: Any,
    name: str,
    size: Size,
) -> np.ndarray:
    """Pictures ``(N, C, H, W)``, each read at places ``(N, H' W')``, in one gather.

    The middle of the pixel in the upper left corner is at 0, 0.
    """
    need_known(name, mode, IN_PLACES[:2])
    count, channels, height, width = array.shape
    # A frame of one pixel stands for all that is outside.
    framed = padded(array, (1, 1, 1, 1), fill, "constant", name).reshape(count, channels, -1)
    x, y = x.clip(-1, width) + 1, y.clip(-1, height) + 1
    stride = width + 2

    def at_places(row: np.ndarray, column: np.ndarray) -> np.ndarray:
        return np.take_along_axis(framed, (row * stride + column)[:, None], axis=2)

    if mode == InterpolationMode.NEAREST:
        # Halfway between two pixels always to the same side, as Pillow: to even ones, quarter turns
        # would take half of the rows twice. What float32 cannot tell from halfway is halfway.
        half = 0.5 + 1e-6 * max(height, width)
        out = at_places(*(np.floor(one + half).astype(np.intp) for one in (y, x)))
    else:
        left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
        right, bottom = np.minimum(left + 1, width + 1), np.minimum(top + 1, height + 1)
        over, down = (x - left)[:, None], (y - top)[:, None]
        upper = at_places(top, left) * (1 - over) + at_places(top, right) * over
        lower = at_places(bottom, left) * (1 - over) + at_places(bottom, right) * over
        out = like(upper * (1 - down) + lower * down, array)
    return out.reshape(count, channels, *size)
