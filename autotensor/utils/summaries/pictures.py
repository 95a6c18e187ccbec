"""Messages of pictures: one, several in a grid, with boxes, and one after the other as a GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.utils.event_files import content, integer

__all__ = ["as_bytes", "boxed", "encoded", "grid", "in_colour", "picture", "video"]

COLUMNS = 8


def picture(array: np.ndarray, dataformats: str, caller: str) -> bytes:
    return encoded(in_colour(array, dataformats, caller))


def in_colour(array: np.ndarray, dataformats: str, caller: str) -> np.ndarray:
    """uint8 of shape (H, W, C); grey becomes red, green and blue, several pictures a grid."""
    return grid(as_bytes(array, dataformats, caller)).transpose(1, 2, 0)


def as_bytes(array: np.ndarray, dataformats: str, caller: str) -> np.ndarray:
    """uint8 of shape (N, C, H, W)."""
    letters = dataformats.upper() if isinstance(dataformats, str) else ""
    if sorted(letters) not in (sorted("NCHW"), sorted("CHW"), sorted("HW")):
        known = "'CHW', 'HWC', 'HW', 'NCHW', 'NHWC' and the like"
        raise ValueError(f"{caller}: dataformats must be {known}, got {dataformats!r}")
    if array.ndim != len(letters):
        raise ValueError(
            f"{caller}: a picture of shape {array.shape} does not have dimensions {dataformats!r}"
        )
    order = [letters.index(one) for one in "NCHW" if one in letters]
    array = array.transpose(order)
    if "C" not in letters:
        array = array[np.newaxis]
    if "N" not in letters:
        array = array[np.newaxis]
    if array.shape[1] not in (1, 3, 4) or not array.size:
        raise ValueError(
            f"{caller}: a picture has 1, 3 or 4 channels and at least one pixel, got shape "
            f"{array.shape[1:] if 'N' not in letters else array.shape} of (C, H, W)"
        )
    return _bytes(array, caller)


def _bytes(array: np.ndarray, caller: str) -> np.ndarray:
    """uint8; other numbers are from 0 to 1."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind in "iu" and (array > 1).any():
        raise ValueError(
            f"{caller}: a picture of {array.dtype} is read as 0 and 1, but has {array.max()}; make "
            "it uint8, from 0 to 255, or floats from 0 to 1"
        )
    array = array.astype(np.float32) * 255
    if np.isnan(array).any():
        raise ValueError(f"{caller}: the picture has NaN")
    return array.clip(0, 255).astype(np.uint8)


def grid(array: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Pictures ``(N, C, H, W)`` as one of ``(3, …, …)``, or 4 channels, row by row."""
    if array.shape[1] == 1:
        array = array.repeat(3, axis=1)
    count, channels, height, width = array.shape
    columns = min(count, columns)
    rows = -(-count // columns)
    blank = np.zeros((rows * columns - count, channels, height, width), array.dtype)
    tiles = np.concatenate([array, blank]).reshape(rows, columns, channels, height, width)
    return tiles.transpose(2, 0, 3, 1, 4).reshape(channels, rows * height, columns * width)


def encoded(array: np.ndarray, rescale: float = 1, boxes: Any = None, labels: Any = None) -> bytes:
    """uint8 ``(H, W, C)`` as a ``Summary.Image`` with a PNG file in it."""
    from PIL import Image

    height, width, channels = array.shape
    image: Any = Image.fromarray(np.ascontiguousarray(array))
    if boxes is not None:
        _draw(image, boxes, labels)
    if rescale != 1:
        size = (max(1, int(width * rescale)), max(1, int(height * rescale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return image_message(height, width, channels, file.getvalue())


def image_message(height: int, width: int, channels: int, data: bytes) -> bytes:
    sizes = integer(1, height) + integer(2, width) + integer(3, channels)
    return content(4, sizes + content(4, data))


def boxed(
    array: np.ndarray,
    boxes: np.ndarray,
    dataformats: str,
    rescale: float,
    labels: Sequence[str] | str | None,
    caller: str,
) -> bytes:
    """A picture with red boxes ``(N, 4)``: left, top, right, bottom, in pixels."""
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{caller}: box_tensor must be (N, 4), got {boxes.shape}")
    if isinstance(labels, str):
        labels = [labels]
    if labels is not None and len(labels) != len(boxes):
        raise ValueError(f"{caller}: {len(labels)} labels do not fit {len(boxes)} boxes")
    if not rescale > 0:
        raise ValueError(f"{caller}: rescale must be above 0, got {rescale}")
    return encoded(in_colour(array, dataformats, caller), rescale, boxes, labels)


def _draw(image: Any, boxes: np.ndarray, labels: Sequence[str] | None) -> None:
    from PIL import ImageDraw, ImageFont

    draw, font = ImageDraw.Draw(image), ImageFont.load_default()
    for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
        corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
        draw.line(corners, width=2, fill="Red")
        if labels is None or not labels[number]:
            continue
        x0, y0, x1, y1 = font.getbbox(str(labels[number]))
        width, height = x1 - x0, y1 - y0
        margin = float(np.ceil(0.05 * height))
        above = bottom - height - 2 * margin
        draw.rectangle([(left, above), (left + width, bottom)], fill="Red")
        place = (left + margin, bottom - height - margin)
        draw.text(place, str(labels[number]), fill="black", font=font)


def video(array: np.ndarray, fps: float, caller: str) -> bytes:
    """Videos ``(N, T, C, H, W)``, beside each other in one, as a GIF file that goes on for ever."""
    from PIL import Image

    if array.ndim != 5 or array.shape[2] not in (1, 3) or not array.size:
        raise ValueError(
            f"{caller}: expected videos (N, T, C, H, W) with 1 or 3 channels, got {array.shape}"
        )
    if not fps > 0:
        raise ValueError(f"{caller}: fps must be above 0, got {fps}")
    array = _bytes(array, caller)
    count = len(array)
    if count & (count - 1):  # as many as the next power of two
        blank = np.zeros((2 ** count.bit_length() - count, *array.shape[1:]), np.uint8)
        array = np.concatenate([array, blank])
    rows = 2 ** ((count.bit_length() - 1) // 2)
    columns = len(array) // rows
    frames = [grid(one, columns).transpose(1, 2, 0) for one in array.swapaxes(0, 1)]
    first, *rest = (Image.fromarray(np.ascontiguousarray(one)) for one in frames)
    file = io.BytesIO()
    duration = max(1, round(1000 / fps))
    first.save(
        file, format="GIF", save_all=True, append_images=rest, duration=duration, loop=0,
        optimize=False,
    )  # fmt: skip
    height, width, _ = frames[0].shape
    return image_message(height, width, array.shape[2], file.getvalue())
