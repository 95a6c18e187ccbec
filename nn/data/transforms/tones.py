"""Transforms that change each value by itself, whatever its colour."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.arguments import number, refuse, whole
from nn.data.transforms.base import RandomChange, as_float, coloured, like, white


class RandomInvert(RandomChange):
    """A negative, with probability ``p``: white becomes black.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomInvert(p=1.0)(at.tensor([[[0.0, 0.25, 1.0]]]))
        tensor([[[1.0000, 0.7500, 0.0000]]])
    """

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageOps

        return ImageOps.invert(img)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        return _inverted(coloured(array, "RandomInvert"))


class RandomPosterize(RandomChange):
    """Only the upper bits of each byte kept, with probability ``p``.

    Args:
        bits: how many, 0 to 8.
        p: the probability.

    Raises:
        ValueError: numbers out of range.

    Example:

        >>> from nn.data import transforms
        >>> picture = at.tensor([[[5, 130]]], dtype=at.uint8)
        >>> transforms.RandomPosterize(bits=1, p=1.0)(picture).tolist()
        [[[0, 128]]]
    """

    def __init__(self, bits: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.bits = whole("RandomPosterize", "bits", bits, 0)
        refuse("RandomPosterize", bits > 8, f"bits must be at most 8, got {bits}")

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageOps

        return ImageOps.posterize(img, self.bits)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        _need_bytes(coloured(array, "RandomPosterize"), "RandomPosterize")
        return array & np.uint8(256 - (1 << (8 - self.bits)))


class RandomSolarize(RandomChange):
    """A negative of all that is bright, with probability ``p``.

    Args:
        threshold: values from here on are inverted: 0 to 255, or 0 to 1 for floating-point Tensors.
        p: the probability.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomSolarize(threshold=0.5, p=1.0)(at.tensor([[[0.25, 0.75]]]))
        tensor([[[0.2500, 0.2500]]])
    """

    def __init__(self, threshold: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.threshold = number("RandomSolarize", "threshold", threshold)

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageOps

        # Values are whole: those from 99.5 on are those from 100 on.
        return ImageOps.solarize(img, math.ceil(self.threshold))

    def _changed(self, array: np.ndarray) -> np.ndarray:
        top = white(coloured(array, "RandomSolarize"))
        message = f"threshold must be at most {top:g} for {array.dtype}, got {self.threshold}"
        refuse("RandomSolarize", self.threshold > top, message)
        return np.where(array >= self.threshold, _inverted(array), array)


class RandomAutocontrast(RandomChange):
    """Each channel stretched, with probability ``p``, such that its darkest value becomes black and
    its brightest white; one value alone stays.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomAutocontrast(p=1.0)(at.tensor([[[0.25, 0.5, 0.75]]]))
        tensor([[[0.0000, 0.5000, 1.0000]]])
    """

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageOps

        return ImageOps.autocontrast(img)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        values, top = as_float(coloured(array, "RandomAutocontrast")), white(array)
        low, high = values.min((2, 3), keepdims=True), values.max((2, 3), keepdims=True)
        flat = high == low
        scale = top / np.where(flat, top, high - low).astype(values.dtype)
        stretched = ((values - np.where(flat, 0, low).astype(values.dtype)) * scale).clip(0, top)
        return stretched.astype(array.dtype)  # bytes are rounded down, as in Pillow


class RandomEqualize(RandomChange):
    """Each channel changed, with probability ``p``, such that all shades are about as frequent.

    Source: Pillow's ``ImageOps.equalize``. Bytes only.

    Example:

        >>> from nn.data import transforms
        >>> picture = at.arange(64).repeat(16).reshape(1, 32, 32).to(at.uint8)  # dark: 0 to 63
        >>> transforms.RandomEqualize(p=1.0)(picture).max().item()
        255
    """

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageOps

        return ImageOps.equalize(img)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        _need_bytes(coloured(array, "RandomEqualize"), "RandomEqualize")
        out = np.empty_like(array)
        for picture, channel in np.ndindex(*array.shape[:2]):
            out[picture, channel] = _equalized(array[picture, channel])
        return out


class RandomAdjustSharpness(RandomChange):
    """Sharper or softer, with probability ``p``.

    Args:
        sharpness_factor: 0 is blurred, 1 as it was, 2 sharper.
        p: the probability.

    Raises:
        ValueError: a negative factor.

    Example:

        >>> from nn.data import transforms
        >>> same = transforms.RandomAdjustSharpness(sharpness_factor=1.0, p=1.0)
        >>> x = at.rand(1, 5, 5)
        >>> at.allclose(same(x), x)
        True
    """

    def __init__(self, sharpness_factor: float, p: float = 0.5) -> None:
        super().__init__(p)
        name = "RandomAdjustSharpness"
        self.sharpness_factor = number(name, "sharpness_factor", sharpness_factor)

    def _changed_pil(self, img: Any) -> Any:
        from PIL import ImageEnhance

        return ImageEnhance.Sharpness(img).enhance(self.sharpness_factor)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        values = as_float(coloured(array, "RandomAdjustSharpness"))
        height, width = array.shape[-2:]
        if min(height, width) < 3:
            return array
        soft = values.copy()  # pixels at the edges stay
        inner = soft[..., 1:-1, 1:-1]
        inner[:] = 4 * values[..., 1:-1, 1:-1]
        for down in range(3):
            for over in range(3):
                inner += values[..., down : down + height - 2, over : over + width - 2]
        inner /= 13
        soft = as_float(like(soft, array))
        mixed = self.sharpness_factor * values + (1 - self.sharpness_factor) * soft
        return mixed.clip(0, white(array)).astype(array.dtype)


# -- what they share -------------------------------------------------------------------------------


def _inverted(array: np.ndarray) -> np.ndarray:
    return (np.array(white(array), array.dtype) - array).astype(array.dtype, copy=False)


def _need_bytes(array: np.ndarray, name: str) -> None:
    message = f"expected a Tensor of uint8, got {array.dtype}; ConvertImageDtype makes one"
    refuse(name, array.dtype != np.uint8, message, TypeError)


def _equalized(channel: np.ndarray) -> np.ndarray:
    counts = np.bincount(channel.ravel(), minlength=256)
    step = (len(channel.ravel()) - counts[channel.max(initial=0)]) // 255
    if step == 0:
        return channel
    below = np.concatenate([[0], counts.cumsum()[:-1]])
    return ((below + step // 2) // step).clip(0, 255).astype(np.uint8)[channel]
