"""Reading pictures at other places than their pixels: resizing, and affine maps."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from nn.arguments import need_one_of
from nn.data.transforms.base import Size, as_float, like, plain_pil

__all__ = ["InterpolationMode"]

Sides = tuple[int, int, int, int]
"""Left, top, right and bottom."""


class InterpolationMode(StrEnum):
    """How to find the value between pixels; the plain strings will do as well."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


def interpolation_of(value: str, name: str, allowed: int = 3) -> InterpolationMode:
    need_one_of(name, "interpolation", value, [str(mode) for mode in InterpolationMode][:allowed])
    return InterpolationMode(value)


def filled(fill: Any, array: np.ndarray, name: str) -> np.ndarray:
    """A number, or one for each channel, such that it broadcasts with ``(N, C, H, W)``."""
    values = np.asarray(fill)
    if values.ndim > 1 or (values.ndim and values.size not in (1, array.shape[1])):
        raise ValueError(
            f"{name}: fill must be a number or one for each of {array.shape[1]} channels, got "
            f"{fill!r}"
        )
    return values.reshape(-1, 1, 1)


def padded(array: np.ndarray, sides: Sides, fill: Any, mode: str, name: str) -> np.ndarray:
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


def resized(array: np.ndarray, size: Size, mode: InterpolationMode, antialias: bool) -> np.ndarray:
    """``(N, C, H, W)`` in another size."""
    if array.shape[-2:] == size or not array.size:
        return array if array.size else np.empty((*array.shape[:2], *size), array.dtype)
    smooth = mode != InterpolationMode.NEAREST
    values = at.from_numpy(as_float(array))
    out = F.interpolate(values, size=size, mode=str(mode), antialias=antialias and smooth)
    return like(out.array, array)


def resized_pil(img: Any, size: Size, mode: InterpolationMode, box: Sides | None = None) -> Any:
    """A PIL Image, or what is in the ``box``, in another size."""
    from PIL import Image

    return plain_pil(img).resize(size[::-1], Image.Resampling[mode.name], box)


def warped(
    array: np.ndarray, maps: np.ndarray, mode: InterpolationMode, fill: Any, name: str, size: Size
) -> np.ndarray:
    """Pictures ``(N, C, H, W)``, each read through a map of its own, in one gather.

    Args:
        maps: ``(N, 2, 3)``: where a pixel of the result is to be read, ``(x, y) = A (x', y') + b``.
            Both count from the middle of their picture, in pixels.
        fill: what there is to read outside of a picture.
        size: height and width of the result.
    """
    count, channels, height, width = array.shape
    out_height, out_width = size
    ys, xs = np.mgrid[:out_height, :out_width].reshape(2, -1).astype(np.float32)
    places = np.stack([xs - (out_width - 1) / 2, ys - (out_height - 1) / 2]).astype(np.float32)
    read = maps[..., :2].astype(np.float32) @ places + maps[..., 2:].astype(np.float32)
    # A frame of one pixel stands for all that is outside.
    framed = padded(array, (1, 1, 1, 1), fill, "constant", name).reshape(count, channels, -1)
    x = (read[:, 0] + (width - 1) / 2).clip(-1, width) + 1
    y = (read[:, 1] + (height - 1) / 2).clip(-1, height) + 1
    stride = width + 2

    def at_places(row: np.ndarray, column: np.ndarray) -> np.ndarray:
        return np.take_along_axis(framed, (row * stride + column)[:, None], axis=2)

    if mode == InterpolationMode.NEAREST:
        out = at_places(np.rint(y).astype(np.intp), np.rint(x).astype(np.intp))
    else:
        left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
        right, bottom = np.minimum(left + 1, width + 1), np.minimum(top + 1, height + 1)
        over, down = (x - left)[:, None], (y - top)[:, None]
        upper = at_places(top, left) * (1 - over) + at_places(top, right) * over
        lower = at_places(bottom, left) * (1 - over) + at_places(bottom, right) * over
        out = like(upper * (1 - down) + lower * down, array)
    return out.reshape(count, channels, out_height, out_width)
