"""Pictures of what goes into a network, of what it gets wrong, and of what it looks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor import Tensor
from nn.layers.convolution import Conv2d
from nn.layers.linear import Linear
from nn.module import Module

__all__: list[str] = []  # helpers, which no package shows

SMALLEST = 80
"""Pixels that a picture is wide at least: smaller ones are drawn larger."""
COLUMNS = 4
"""So many beside each other are shown by TensorBoard about as large as they are."""
CHANNELS = (1, 3, 4)
MOST_KERNELS = 64
GAP = 2


def pictures_in(inputs: Any) -> np.ndarray | None:
    """A batch ``(N, C, H, W)`` or ``(N, H, W)`` as uint8 ``(N, 3, H, W)``; None if it is none.

    Floats outside of 0 to 1, such as normalized ones, are stretched between their least and their
    greatest.
    """
    values = np.asarray(inputs.array) if isinstance(inputs, Tensor) else None
    if values is None or values.dtype.kind not in "fu" or values.ndim not in (3, 4):
        return None
    if values.ndim == 3:
        values = values[:, np.newaxis]
    if values.shape[1] not in CHANNELS or not values.size:
        return None
    return as_bytes(values)


def as_bytes(values: np.ndarray, centred: bool = False) -> np.ndarray:
    """Numbers as grey levels; 0 in the middle if ``centred``."""
    if values.dtype != np.uint8:
        values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        if centred:
            high = max(abs(low), abs(high))
            low = -high
        if centred or low < 0 or high > 1:
            values = (values - low) / max(high - low, 1e-12)
        values = (values * 255).astype(np.uint8)
    return values.repeat(3, axis=1) if values.shape[1] == 1 else values[:, :3]


def enlarged(tiles: np.ndarray) -> np.ndarray:
    """Each pixel as a square, so that a picture is large enough to see."""
    factor = max(1, -(-SMALLEST // tiles.shape[-1]))
    return tiles.repeat(factor, axis=2).repeat(factor, axis=3)


def sheet(tiles: np.ndarray) -> np.ndarray:
    """Pictures ``(N, 3, H, W)`` as one, with white lines between them."""
    tiles = np.pad(tiles, ((0, 0), (0, 0), (GAP, 0), (GAP, 0)), constant_values=255)
    columns = min(len(tiles), COLUMNS)
    missing = -len(tiles) % columns
    tiles = np.pad(tiles, ((0, missing), (0, 0), (0, 0), (0, 0)), constant_values=255)
    _, channels, height, width = tiles.shape
    rows = tiles.reshape(-1, columns, channels, height, width).transpose(2, 0, 3, 1, 4)
    return rows.reshape(channels, -1, columns * width)


def captioned(tiles: np.ndarray, captions: Sequence[str]) -> np.ndarray:
    """With a line of text below each."""
    from PIL import Image, ImageDraw, ImageFont

    count, channels, height, width = tiles.shape
    font = ImageFont.load_default()
    line = 14
    found = np.full((count, channels, height + line, width), 255, np.uint8)
    found[:, :, :height] = tiles
    for number, text in enumerate(captions):
        strip = Image.new("RGB", (width, line), "white")
        ImageDraw.Draw(strip).text((1, 1), text, fill="black", font=font)
        found[number, :, height:] = np.asarray(strip).transpose(2, 0, 1)
    return found


def kernels_of(model: Module, sample: tuple[int, ...]) -> tuple[str, np.ndarray] | None:
    """What the first layer looks for: the name of its weight, and a picture of each of its units.

    That is the first convolution, or a Linear that sees whole pictures of shape ``sample``, ``(C,
    H, W)`` or ``(H, W)``.
    """
    for name, module in model.named_modules():
        weight: Any = getattr(module, "weight", None)
        if not isinstance(weight, Tensor) or not isinstance(module, (Conv2d, Linear)):
            continue
        values = np.asarray(weight.array)
        if isinstance(module, Linear):
            if values.shape[1] != np.prod(sample):
                return None
            values = values.reshape(-1, *(1,) * (3 - len(sample)), *sample)
        if values.ndim != 4 or not values.size:
            return None
        if values.shape[1] not in (1, 3):
            values = values.reshape(-1, 1, *values.shape[2:])
        path = f"{name}.weight" if name else "weight"
        return path, as_bytes(values[:MOST_KERNELS], centred=True)
    return None
