"""Pillow's pictures: to arrays and back in their own mode, and moved by Pillow itself.

Here is what makes transforms of them give what torchvision gives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.arguments import refuse

__all__: list[str] = []  # helpers, which no package shows

Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""

COLOURS = {"LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"}
VALUES = {"L", "I", "F", *COLOURS}
"""Modes whose numbers are values that can be mixed, as those of palettes cannot."""


def is_pil(img: Any) -> bool:
    # Where Pillow is not loaded, there is no picture of its.
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(img, pillow.Image)


def size_of(img: Any) -> tuple[int, int]:
    """Height and width of a picture of any kind."""
    height, width = (img.height, img.width) if is_pil(img) else img.shape[-2:]
    return height, width


def from_pil(img: Any) -> np.ndarray:
    """``(C, H, W)``: the numbers as they are, uint8 for most modes; of a palette the places in it,
    of mode ``1`` bool."""
    array = np.asarray(img)
    if array.dtype.byteorder not in "=|":
        array = array.astype(array.dtype.newbyteorder("="))
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def to_pil(array: np.ndarray, mode: str | None = None) -> Any:
    """From ``(C, H, W)``: of that mode; or L, LA, RGB or RGBA, I or F, by what there is."""
    from PIL import Image

    pixels = np.ascontiguousarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0))
    if mode in (None, "1") or not pixels.size:
        picture = Image.fromarray(pixels)
        return picture if mode in (None, picture.mode) else picture.convert(mode)
    if mode == "I;16B":
        pixels = pixels.astype(">u2")
    return Image.frombytes(mode, pixels.shape[1::-1], pixels.tobytes())


def like_pil(array: np.ndarray, img: Any) -> Any:
    """From ``(C, H, W)``: of the mode, and with the palette, of ``img``, if that has as many
    channels."""
    if len(array) != len(img.getbands()):
        return to_pil(array)
    return _with_palette(to_pil(array, img.mode), img)


def _with_palette(picture: Any, img: Any) -> Any:
    """The picture, with the colours of ``img``, and what of them cannot be seen."""
    if img.mode in ("P", "PA") and img.palette is not None:
        mode = img.palette.mode
        picture.putpalette(img.getpalette(mode), mode)
    if "transparency" in img.info:
        picture.info["transparency"] = img.info["transparency"]
    return picture


def with_pillow(name: str, change: Callable[[Any], Any], img: Any) -> Any:
    """``change(img)``; what Pillow cannot do is refused in the name of the transform."""
    try:
        return change(img)
    except (ValueError, TypeError, OSError, KeyError, NotImplementedError) as error:
        if str(error).startswith(f"{name}:"):
            raise
        raise ValueError(
            f"{name}: cannot be done to a picture of mode {img.mode}: {error}; {remedy_for(img)}"
        ) from error


def remedy_for(img: Any) -> str:
    """How to make another picture of one whose mode does not do."""
    if img.mode == "LAB":  # of which Image.convert makes nothing
        lab, rgb = "ImageCms.createProfile('LAB')", "ImageCms.createProfile('sRGB')"
        return (
            "convert it first, e.g. by PIL's "
            f"ImageCms.profileToProfile(img, {lab}, {rgb}, outputMode='RGB')"
        )
    return "convert it first, e.g. img.convert('RGB')"


def need_values(name: str, img: Any) -> None:
    """Refuses pictures whose numbers must not be mixed or compared."""
    refuse(
        name,
        img.mode not in VALUES,
        f"cannot be done to a picture of mode {img.mode}; {remedy_for(img)}",
    )


def fill_for(fill: Any, img: Any, name: str) -> Any:
    """What Pillow takes as a colour: a number, or one for each channel."""
    channels = len(img.getbands())
    values = [0 if fill is None else fill] if np.ndim(fill) == 0 else list(fill)
    if len(values) not in (1, channels):
        raise ValueError(
            f"{name}: fill must be a number or one for each of {channels} channels, got {fill!r}"
        )
    numbers = [float(one) if img.mode == "F" else int(one) for one in values]
    return numbers[0] if channels == 1 else tuple(numbers * (channels // len(numbers)))


# -- moved -----------------------------------------------------------------------------------------


def cropped(img: Any, top: int, left: int, height: int, width: int) -> Any:
    return img.crop((left, top, left + width, top + height))


def mirrored(img: Any, upside_down: bool) -> Any:
    from PIL import Image

    way = Image.Transpose.FLIP_TOP_BOTTOM if upside_down else Image.Transpose.FLIP_LEFT_RIGHT
    return img.transpose(way)


def padded(img: Any, sides: Box, fill: Any, mode: str, name: str) -> Any:
    """With so many more pixels on each side."""
    from PIL import Image

    left, top, right, bottom = sides
    if not any(sides):
        return img
    if mode != "constant":
        # NumPy's stubs want the mode as a literal.
        array = np.pad(from_pil(img), ((0, 0), (top, bottom), (left, right)), mode)  # type: ignore[call-overload]
        return like_pil(array, img)
    size = (img.width + left + right, img.height + top + bottom)
    out = _with_palette(Image.new(img.mode, size, fill_for(fill, img, name)), img)
    out.paste(img, (left, top))
    return out


def resized(img: Any, size: tuple[int, int], mode: str, box: Box | None = None) -> Any:
    """The picture, or what is in the ``box``, in another size ``(H, W)``."""
    return _with_palette(img.resize(size[::-1], _resampling(mode, img), box), img)


def turned(
    img: Any, angle: float, mode: str, expand: bool, center: Any, fill: Any, name: str
) -> Any:
    """Turned counter-clockwise by degrees."""
    colour = fill_for(fill, img, name)
    return _with_palette(
        img.rotate(angle, _resampling(mode, img), expand, center, fillcolor=colour), img
    )


def warped(img: Any, numbers: Sequence[float], mode: str, fill: Any, name: str) -> Any:
    """Each pixel read elsewhere.

    Args:
        numbers: six, ``(x, y)`` is read at ``(ax + by + c, dx + ey + f)``, in pixels from the upper
            left corner; or eight, both divided by ``gx + hy + 1``.
    """
    from PIL import Image

    way = Image.Transform.AFFINE if len(numbers) == 6 else Image.Transform.PERSPECTIVE
    colour = fill_for(fill, img, name)
    out = img.transform(img.size, way, list(numbers), _resampling(mode, img), fillcolor=colour)
    return _with_palette(out, img)


def _resampling(mode: str, img: Any) -> Any:
    """Pillow's constant for an ``InterpolationMode``. Places in palettes cannot be mixed: Pillow
    sees to that for mode P."""
    from PIL import Image

    mode = "nearest" if img.mode == "PA" else mode
    return Image.Resampling["NEAREST" if mode == "nearest-exact" else mode.upper()]
