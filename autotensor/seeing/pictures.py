"""Arrays as pixels: what is a picture, what is a map of numbers, and which colour means what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from autotensor.seeing.html import Html, note, picture, side_by_side, tag

__all__ = ["pictures_of"]

BUDGET = 3 * 112 * 112
"""How many numbers are drawn at most; so no page gets longer than some tens of kB."""
MOST = 32
"""How many pictures are drawn at most."""
FEW = 8
"""As many are to fit at least, and are made smaller for that."""
SMALL = 12
"""Shorter sides are those of kernels and the like, not of pictures."""
NOT_A_NUMBER = (255, 0, 255)
STEPS = 64
"""From blue to red; a short list of colours makes a short file."""
BLUE, WHITE, RED = (24, 90, 170), (250, 250, 250), (190, 40, 40)


@dataclass
class Sheet:
    """Pictures to be drawn, all of them alike."""

    planes: list[np.ndarray]
    """The first ``MOST``: (H, W), or (H, W, C) with C of 3 or 4 for colours."""
    names: list[str]
    """Where each of them is."""
    total: int
    """How many there are."""
    photos: bool
    """Whether these are pictures of something, and not maps of any numbers."""


def pictures_of(array: np.ndarray, captions: Sequence[object] = ()) -> Html | None:
    """The pixels of pictures, or of the maps that the last two dimensions are; None where neither
    says anything.

    Args:
        array: (H, W), (C, H, W) or (N, C, H, W) with C of 1, 3 or 4; uint8 also with C last; or
            of another shape, whose last two dimensions are taken for maps.
        captions: what stands below each picture; its number if there is none.
    """
    sheet = _sheet(array)
    if sheet is None:
        return None
    shown, factors = _made_smaller(sheet)
    colours, legend = _coloured(shown, sheet.photos)
    alone = sheet.total == 1
    side = 168 if alone else 84 if len(colours) <= FEW else 56
    named: Sequence[object] = captions or ([None] if alone else sheet.names)
    drawn = [_drawn(one, name, side) for one, name in zip(colours, named, strict=False)]
    said = [legend]
    if factors != (1, 1):
        how = "the mean of" if sheet.photos else "one of each"
        said.append(f"a pixel is {how} {factors[0]} × {factors[1]}")
    if len(drawn) < sheet.total:
        said.append(f"{len(drawn)} of {sheet.total:,} shown")
    return tag("div", side_by_side(*drawn), note("; ".join(said)))


def _drawn(pixels: np.ndarray, caption: object, side: int) -> Html:
    """As numbers of colours where that is shorter."""
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        found, numbers = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
        if len(found) <= 256 and 3 * len(found) < 2 * numbers.size:
            shown = numbers.reshape(pixels.shape[:2]).astype(np.uint8)
            return picture(shown, palette=found, caption=caption, side=side)
    return picture(pixels, caption=caption, side=side)


# -- what is a picture -----------------------------------------------------------------------------


def _sheet(array: np.ndarray) -> Sheet | None:
    shape = array.shape
    if array.ndim < 2 or array.size == 0:
        return None
    bytes_ = array.dtype == np.uint8
    if bytes_ and array.ndim in (3, 4) and shape[-1] in (3, 4) and min(shape[-3:-1]) >= SMALL:
        return _planes(array, 3, True)
    height, width = shape[-2:]
    if array.ndim == 2:
        return _planes(array, 2, bytes_) if min(shape) >= FEW else None
    channels = shape[-3]
    large = min(height, width) >= SMALL and max(height, width) <= 16 * min(height, width)
    if array.ndim <= 4 and channels in (1, 3, 4) and min(height, width) >= 5:
        last = np.moveaxis(array, -3, -1)
        if channels == 1:
            return _planes(last[..., 0], 2, large)
        if channels == 3 or (large and _is_from_0_to_1(array)):
            return _planes(last, 3, True)
    if min(height, width) < 2 or (array.ndim == 3 and min(height, width) < 4):
        return None
    return _planes(array, 2, False)


def _planes(array: np.ndarray, dims: int, photos: bool) -> Sheet:
    """Views of the first planes, whose last ``dims`` dimensions are drawn."""
    lead = array.shape[: array.ndim - dims]
    places = [*islice(np.ndindex(lead), MOST)]
    names = [", ".join(map(str, place)) for place in places]
    return Sheet([array[place] for place in places], names, math.prod(lead), photos)


def _is_from_0_to_1(array: np.ndarray) -> bool:
    """Or is of bytes: as opacity is."""
    if array.dtype == np.uint8:
        return True
    some = array if array.ndim == 3 else array[:MOST]
    return array.dtype.kind == "f" and bool(np.all((some >= 0) & (some <= 1)))


# -- from numbers to colours -----------------------------------------------------------------------


def _made_smaller(sheet: Sheet) -> tuple[np.ndarray, tuple[int, int]]:
    """The first planes, so many and so small that they fit; and of how many rows and columns one
    pixel is."""
    height, width, *colours = sheet.planes[0].shape
    depth = math.prod(colours)
    side = math.isqrt(BUDGET // depth // min(sheet.total, FEW))
    down, across = -(-height // side), -(-width // side)
    if sheet.photos:
        down = across = max(down, across)
    size = -(-height // down) * -(-width // across) * depth
    planes = sheet.planes[: max(1, BUDGET // size)]
    if sheet.photos and (down, across) != (1, 1):
        return np.stack([_mean(one, down) for one in planes]), (down, across)
    return np.stack([one[::down, ::across] for one in planes]), (down, across)


def _mean(plane: np.ndarray, size: int) -> np.ndarray:
    """Of squares of so many rows and columns; what is left over at the ends goes."""
    size = min(size, *plane.shape[:2])
    rows, columns = plane.shape[0] // size, plane.shape[1] // size
    # Of huge pictures every square gives some pixels only.
    step = max(1, size // 16)
    cut = plane[: rows * size, : columns * size].reshape(rows, size, columns, size, -1)
    with np.errstate(all="ignore"):
        mean = cut[:, ::step, :, ::step].mean((1, 3), dtype=np.float64)
    if plane.dtype.kind != "f":
        mean = np.rint(mean).astype(plane.dtype)
    return mean.reshape(rows, columns, *plane.shape[2:])


def _coloured(planes: np.ndarray, photos: bool) -> tuple[np.ndarray, str]:
    """uint8 in the form that ``png`` takes, for each plane; and what the colours mean."""
    if planes.dtype == np.bool_:
        return planes.astype(np.uint8) * 255, "white: True"
    if planes.dtype == np.uint8:
        return planes, "0 … 255"
    values = planes.astype(np.float64)
    known = np.isfinite(values)
    finite = values[known]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    signed = low < 0 and not photos and planes.ndim == 3
    if signed:
        limit = max(-low, high)
        low, high = -limit, limit
        legend = f"blue {low:.3g} … white 0 … red {high:.3g}"
    else:
        if photos and planes.dtype.kind == "f" and low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        elif photos and planes.dtype.kind != "f" and low >= 0 and 1 < high <= 255:
            low, high = 0.0, 255.0
        elif not photos:
            low = 0.0
        legend = f"black {low:.4g} … white {high:.4g}" if low < high else f"all of them {low:.4g}"
    # By halves: the distance of huge numbers may be infinite.
    span = (high / 2 - low / 2) or 1.0
    shares = (np.clip(np.nan_to_num(values, nan=low), low, high) / 2 - low / 2) / span
    pixels = _between(shares) if signed else np.floor(255 * shares + 0.5).astype(np.uint8)
    unknown = np.isnan(values)
    if unknown.any():
        if pixels.ndim == 3:
            # Fewer greys: a short list of colours makes a short file.
            pixels = np.repeat((pixels // 4 * 4)[..., None], 3, -1)
        else:
            unknown = np.logical_or.reduce(unknown, -1) if planes.ndim == 4 else unknown
        pixels[unknown] = [*NOT_A_NUMBER, 255][: pixels.shape[-1]]
        legend += ", magenta NaN"
    return pixels, legend


def _between(shares: np.ndarray) -> np.ndarray:
    """From blue at 0 over white at a half to red at 1, in steps that the eye hardly sees."""
    away = np.abs(2 * np.rint(shares * STEPS) / STEPS - 1)[..., None]
    end = np.where(shares[..., None] < 0.5, BLUE, RED)
    return np.floor(WHITE + away * (end - np.array(WHITE)) + 0.5).astype(np.uint8)
