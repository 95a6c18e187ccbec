"""Transforms that change colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.arguments import refuse
from nn.data.transforms.base import RandomChange, Transform, as_float, like, rng, span_of, white

LUMA = np.array([0.299, 0.587, 0.114], np.float32).reshape(3, 1, 1)
"""How bright red, green and blue look (ITU-R BT.601), as in Pillow."""


class Normalize(Transform):
    """``(img - mean) / std``, channel by channel; floating-point Tensors only.

    Args:
        mean, std: a number for every channel, or one for all.
        inplace: accepted, without effect: the result is a new Tensor.
    """

    def __init__(
        self, mean: float | Sequence[float], std: float | Sequence[float], inplace: bool = False
    ) -> None:
        self.mean, self.std = mean, std
        refuse("Normalize", not np.all(np.asarray(std)), f"std must not be 0, got {std}")

    def pixels(self, array: np.ndarray) -> np.ndarray:
        if array.dtype.kind != "f":
            raise TypeError(
                f"Normalize: expected a floating-point Tensor, got {array.dtype}; use ToTensor or "
                "ConvertImageDtype first"
            )
        mean, std = (
            np.asarray(one, array.dtype).reshape(-1, 1, 1) for one in (self.mean, self.std)
        )
        channels = array.shape[1]
        for one in (mean, std):
            if len(one) not in (1, channels):
                raise ValueError(f"Normalize: {len(one)} numbers do not fit {channels} channels")
        out = array - mean
        out /= std
        return out

    def _of_pil(self, img: Any) -> Any:
        raise TypeError("Normalize: expected a Tensor, got a PIL Image; use ToTensor first")


class Grayscale(Transform):
    """Pictures in shades of grey.

    Args:
        num_output_channels: 1, or 3 equal ones.
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        message = f"num_output_channels must be 1 or 3, got {num_output_channels}"
        refuse("Grayscale", num_output_channels not in (1, 3), message)
        self.num_output_channels = num_output_channels

    def pixels(self, array: np.ndarray) -> np.ndarray:
        grey = _greyed(array, "Grayscale")
        return grey if self.num_output_channels == 1 else np.repeat(grey, 3, axis=1)


class RandomGrayscale(RandomChange):
    """Shades of grey with probability ``p``, in as many channels as before."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        return np.repeat(_greyed(array, "RandomGrayscale"), array.shape[1], axis=1)


class ColorJitter(Transform):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Args:
        brightness, contrast, saturation: a factor, ``(low, high)``; or a number for
            ``(max(0, 1 - number), 1 + number)``. 0 gives black, plain grey, and shades of grey.
        hue: how far to go around the circle of colours, ``(low, high)`` within -0.5 to 0.5; or a
            number for ``(-hue, hue)``.

    Pictures have one or three channels; one has neither saturation nor hue.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        hue: float | Sequence[float] = 0,
    ) -> None:
        self.brightness = _span_of_factors(brightness, "brightness")
        self.contrast = _span_of_factors(contrast, "contrast")
        self.saturation = _span_of_factors(saturation, "saturation")
        self.hue = span_of(hue, "ColorJitter", "hue", around=0)
        if self.hue[0] < -0.5 or self.hue[1] > 0.5:
            raise ValueError(f"ColorJitter: hue must be within -0.5 to 0.5, got {hue!r}")

    def pixels(self, array: np.ndarray) -> np.ndarray:
        top = white(array)
        values = as_float(_coloured(array, "ColorJitter"))
        changes: list[tuple[Callable[..., np.ndarray], tuple[float, float], float]] = [
            (np.multiply, self.brightness, 1),
            (_more_contrast, self.contrast, 1),
            (_more_saturated, self.saturation, 1),
            (_other_hue, self.hue, 0),
        ]
        for number in rng().permutation(len(changes)).tolist():
            change, span, idle = changes[number]
            if span == (idle, idle) or (number > 1 and values.shape[1] == 1):
                continue
            factor = rng().uniform(*span, (len(values), 1, 1, 1)).astype(values.dtype)
            values = change(values, factor).clip(0, top)
        return like(values, array)


class GaussianBlur(Transform):
    """Pictures out of focus: a mean over neighbours with the weights of a bell curve.

    Args:
        kernel_size: so many pixels wide and high, odd; or ``(width, height)``.
        sigma: the curve's standard deviation in pixels, ``(low, high)``, or one for all.
    """

    def __init__(
        self, kernel_size: int | Sequence[int], sigma: float | Sequence[float] = (0.1, 2.0)
    ) -> None:
        sizes = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
        if len(sizes) != 2 or any(one < 1 or one % 2 == 0 for one in sizes):
            raise ValueError(f"GaussianBlur: kernel_size must be odd, got {kernel_size!r}")
        self.kernel_size = sizes
        low, high = (sigma, sigma) if isinstance(sigma, (int, float)) else sigma
        if not 0 < low <= high:
            raise ValueError(f"GaussianBlur: sigma must be positive, (low, high), got {sigma!r}")
        self.sigma = (float(low), float(high))

    def pixels(self, array: np.ndarray) -> np.ndarray:
        values = as_float(array)
        sigma = rng().uniform(*self.sigma, (len(array), 1))
        for axis, size in ((3, self.kernel_size[0]), (2, self.kernel_size[1])):
            half = size // 2
            around = [(0, 0)] * 4
            around[axis] = (half, half)
            wide = np.pad(values, around, mode="reflect") if half else values
            weights = np.exp(-0.5 * ((np.arange(size) - half) / sigma) ** 2)
            weights = (weights / weights.sum(1, keepdims=True)).astype(values.dtype)
            length = array.shape[axis]
            values = np.zeros_like(values)
            for k in range(size):
                values += weights[:, k, None, None, None] * wide.take(range(k, k + length), axis)
        return like(values, array)


class RandomErasing(RandomChange):
    """A rectangle of pictures erased (Zhong et al. 2017; Cutout, DeVries and Taylor 2017).

    Args:
        p: the probability to erase.
        scale: the share of the picture's area, ``(low, high)``.
        ratio: height / width of the rectangle, ``(low, high)``; evenly in its logarithm.
        value: what to put there: a number, one for each channel, or ``"random"`` for standard
            normal values.
        inplace: accepted, without effect: the result is a new picture.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__(p)
        self.scale = span_of(scale, "RandomErasing", "scale")
        self.ratio = span_of(ratio, "RandomErasing", "ratio")
        wrong = not 0 <= self.scale[0] <= self.scale[1] <= 1 or self.ratio[0] <= 0
        message = f"scale must be within 0 to 1 and ratio positive, got {scale} and {ratio}"
        refuse("RandomErasing", wrong, message)
        if isinstance(value, str) and value != "random":
            raise ValueError(f"RandomErasing: value must be numbers or 'random', got {value!r}")
        self.value = value

    def _changed(self, array: np.ndarray) -> np.ndarray:
        count, channels, height, width = array.shape
        draw = rng()
        # Ten tries each: the first rectangle that fits within the picture.
        area = height * width * draw.uniform(*self.scale, (count, 10))
        ratio = np.exp(draw.uniform(*np.log(self.ratio), (count, 10)))
        heights, widths = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = (heights < height) & (widths < width)
        first = (np.arange(count), fits.argmax(1))
        tall = np.where(fits.any(1), heights[first], 0)
        wide = np.where(fits.any(1), widths[first], 0)
        top = np.floor(draw.random(count) * (height - tall + 1))
        left = np.floor(draw.random(count) * (width - wide + 1))
        rows, columns = np.arange(height), np.arange(width)
        in_rows = (rows >= top[:, None]) & (rows < (top + tall)[:, None])
        in_columns = (columns >= left[:, None]) & (columns < (left + wide)[:, None])
        inside = in_rows[:, None, :, None] & in_columns[:, None, None, :]
        if isinstance(self.value, str):
            value = draw.standard_normal(array.shape, np.float32)
        else:
            value = np.asarray(self.value).reshape(-1, 1, 1)
            message = f"{len(value)} values do not fit pictures of {channels} channels"
            refuse("RandomErasing", len(value) not in (1, channels), message)
        return np.where(inside, like(value, array), array)


# -- what they share -------------------------------------------------------------------------------


def _span_of_factors(value: float | Sequence[float], argument: str) -> tuple[float, float]:
    low, high = span_of(value, "ColorJitter", argument, around=1)
    if isinstance(value, (int, float)):
        low = max(low, 0)
    refuse("ColorJitter", low < 0, f"{argument} must not be negative, got {value!r}")
    return low, high


def _coloured(array: np.ndarray, name: str) -> np.ndarray:
    refuse(name, array.shape[1] not in (1, 3), f"expected 1 or 3 channels, got {array.shape[1]}")
    return array


def _brightness(array: np.ndarray) -> np.ndarray:
    """How bright pictures ``(N, 1 or 3, H, W)`` are, ``(N, 1, H, W)``."""
    return array if array.shape[1] == 1 else (as_float(array) * LUMA).sum(1, keepdims=True)


def _greyed(array: np.ndarray, name: str) -> np.ndarray:
    """Pictures ``(N, 1 or 3, H, W)`` in shades of grey, ``(N, 1, H, W)``, of the same dtype."""
    return like(_brightness(_coloured(array, name)), array)


def _more_contrast(values: np.ndarray, factor: np.ndarray) -> np.ndarray:
    mean = _brightness(values).mean((1, 2, 3), keepdims=True)
    return mean + factor * (values - mean)


def _more_saturated(values: np.ndarray, factor: np.ndarray) -> np.ndarray:
    grey = _brightness(values)
    return grey + factor * (values - grey)


def _other_hue(values: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """The same lightness and saturation, with the hue of HSV moved on, 1 being once around."""
    high = values.max(1)
    spread = high - values.min(1)
    red, green, blue = values.transpose(1, 0, 2, 3)
    safe = np.where(spread > 0, spread, 1)
    sixths = np.where(
        high == red,
        (green - blue) / safe,
        np.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    sixths = sixths + 6 * shift[:, 0]
    # Going around the circle, each colour is off for two sixths, on for two, and in between.
    starts = np.array([5, 3, 1], values.dtype).reshape(3, 1, 1)
    place = (starts + sixths[:, None]) % 6
    return high[:, None] - spread[:, None] * np.minimum(place, 4 - place).clip(0, 1)
