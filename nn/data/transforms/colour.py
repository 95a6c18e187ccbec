"""Transforms that change colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor import Tensor
from nn.arguments import refuse
from nn.data.transforms.base import (
    RandomChange,
    Span,
    Transform,
    as_float,
    blurred,
    coloured,
    like,
    rng,
    span_of,
    uniform,
    white,
)
from nn.data.transforms.pillow import to_pil

LUMA = np.array([0.299, 0.587, 0.114], np.float32).reshape(3, 1, 1)
"""How bright red, green and blue look (ITU-R BT.601), as in Pillow."""


class Normalize(Transform):
    """``(img - mean) / std``, channel by channel; floating-point Tensors only.

    Args:
        mean, std: a number for every channel, or one for all.
        inplace: accepted, without effect: the result is a new Tensor.

    Raises:
        ValueError: a ``std`` of 0; in a call, another number of channels.
        TypeError: in a call, pictures that are no floating-point Tensors.

    Example:

        >>> from nn.data import transforms
        >>> transforms.Normalize(mean=0.5, std=0.25)(at.tensor([[[0.5, 1.0]]]))
        tensor([[[0., 2.]]])
        >>> transforms.Normalize([0.0, 0.5, 1.0], [1.0, 1.0, 1.0])(at.ones(3, 1, 1)).flatten()
        tensor([1.0000, 0.5000, 0.0000])
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


class LinearTransformation(Transform):
    """Pictures as vectors, times a matrix: ``(x - mean_vector) · transformation_matrix``, as for
    whitening; floating-point Tensors only.

    Args:
        transformation_matrix: ``(D, D)``, with D = C · H · W.
        mean_vector: ``(D,)``, subtracted first.

    Raises:
        ValueError: shapes that do not fit.

    Example:

        >>> from nn.data import transforms
        >>> swap = transforms.LinearTransformation(at.tensor([[0.0, 1.0], [1.0, 0.0]]), at.ones(2))
        >>> swap(at.tensor([[[3.0, 5.0]]]))  # less 1, and exchanged
        tensor([[[4., 2.]]])
    """

    def __init__(self, transformation_matrix: Tensor, mean_vector: Tensor) -> None:
        matrix, mean = transformation_matrix.detach().array, mean_vector.detach().array
        name, size = "LinearTransformation", mean.size
        message = f"expected a matrix (D, D) and a vector (D,), got {matrix.shape} and {mean.shape}"
        refuse(name, mean.shape != (size,) or matrix.shape != (size, size), message)
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def pixels(self, array: np.ndarray) -> np.ndarray:
        matrix, mean = self.transformation_matrix.array, self.mean_vector.array
        size = int(np.prod(array.shape[1:]))
        message = f"pictures of {size} values do not fit a matrix {matrix.shape}"
        refuse("LinearTransformation", size != mean.size, message)
        out: np.ndarray = (array.reshape(len(array), -1) - mean) @ matrix
        return out.reshape(array.shape).astype(array.dtype, copy=False)

    def _of_pil(self, img: Any) -> Any:
        raise TypeError("LinearTransformation: expected a Tensor, got a PIL Image; use ToTensor")


class Grayscale(Transform):
    """Pictures in shades of grey.

    Pillow's pictures may have any colours that Pillow knows how to see as grey; alpha is dropped.

    Args:
        num_output_channels: 1, or 3 equal ones.

    Raises:
        ValueError: another number of channels.

    Example:

        >>> from nn.data import transforms
        >>> x = at.ones(3, 4, 4)
        >>> transforms.Grayscale()(x).shape, transforms.Grayscale(3)(x).shape
        (torch.Size([1, 4, 4]), torch.Size([3, 4, 4]))
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        message = f"num_output_channels must be 1 or 3, got {num_output_channels}"
        refuse("Grayscale", num_output_channels not in (1, 3), message)
        self.num_output_channels = num_output_channels

    def _of_pil(self, img: Any) -> Any:
        grey = img.convert("L")
        return grey if self.num_output_channels == 1 else _merged("RGB", grey, grey, grey)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        grey = _greyed(array, "Grayscale")
        return grey if self.num_output_channels == 1 else np.repeat(grey, 3, axis=1)


class RandomGrayscale(RandomChange):
    """Shades of grey with probability ``p``, in as many channels as before; alpha stays.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> from nn.data import transforms
        >>> grey = transforms.RandomGrayscale(p=1.0)(at.rand(3, 4, 4))
        >>> at.allclose(grey[0], grey[2])
        True
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def _changed_pil(self, img: Any) -> Any:
        bands = img.getbands()
        if img.mode in ("LA", "RGBA"):
            return _merged(img.mode, *[img.convert("L")] * (len(bands) - 1), img.getchannel("A"))
        message = f"a picture of mode {img.mode} has no grey in {len(bands)} channels"
        refuse("RandomGrayscale", len(bands) not in (1, 3), message)
        return Grayscale(len(bands))._of_pil(img)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        return np.repeat(_greyed(array, "RandomGrayscale"), array.shape[1], axis=1)


class ColorJitter(Transform):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Args:
        brightness, contrast, saturation: a factor, ``(low, high)``; or a number for
            ``(max(0, 1 - number), 1 + number)``. 0 gives black, plain grey, and shades of grey.
        hue: how far to go around the circle of colours, ``(low, high)`` within -0.5 to 0.5; or a
            number for ``(-hue, hue)``.

    Tensors have one or three channels; one has neither saturation nor hue. Pillow's pictures are
    changed by Pillow, which rounds to bytes at every step, and hues to 256 of them.

    Raises:
        ValueError: factors out of range.

    Example:

        >>> from nn.data import transforms
        >>> darker = transforms.ColorJitter(brightness=(0.5, 0.5))
        >>> darker(at.ones(3, 2, 2)).unique()
        tensor([0.5000])
        >>> transforms.ColorJitter(0.2, 0.2, 0.2, 0.1)(at.rand(8, 3, 32, 32)).shape
        torch.Size([8, 3, 32, 32])
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

    @staticmethod
    def get_params(
        brightness: Span | None, contrast: Span | None, saturation: Span | None, hue: Span | None
    ) -> tuple[list[int], float | None, float | None, float | None, float | None]:
        """A random order of the four changes, and the factor of each; None for none."""
        order = _order()
        b, c, s, h = (
            None if span is None else float(uniform(span, 1)[0])
            for span in (brightness, contrast, saturation, hue)
        )
        return order, b, c, s, h

    def _of_pil(self, img: Any) -> Any:
        from PIL import ImageEnhance

        changes: list[tuple[Callable[..., Any], Span, float]] = [
            (lambda img, factor: ImageEnhance.Brightness(img).enhance(factor), self.brightness, 1),
            (lambda img, factor: ImageEnhance.Contrast(img).enhance(factor), self.contrast, 1),
            (lambda img, factor: ImageEnhance.Color(img).enhance(factor), self.saturation, 1),
            (_other_hue_pil, self.hue, 0),
        ]
        for number in _order():
            change, span, idle = changes[number]
            if span != (idle, idle):
                img = change(img, float(uniform(span, 1)[0]))
        return img

    def pixels(self, array: np.ndarray) -> np.ndarray:
        top = white(array)
        values = as_float(coloured(array, "ColorJitter"))
        changes: list[tuple[Callable[..., np.ndarray], tuple[float, float], float]] = [
            (np.multiply, self.brightness, 1),
            (_more_contrast, self.contrast, 1),
            (_more_saturated, self.saturation, 1),
            (_other_hue, self.hue, 0),
        ]
        for number in _order():
            change, span, idle = changes[number]
            if span == (idle, idle) or (number > 1 and values.shape[1] == 1):
                continue
            factor = uniform(span, (len(values), 1, 1, 1)).astype(values.dtype)
            values = change(values, factor).clip(0, top)
        return like(values, array)


class GaussianBlur(Transform):
    """Pictures out of focus: a mean over neighbours with the weights of a bell curve.

    Args:
        kernel_size: so many pixels wide and high, odd; or ``(width, height)``.
        sigma: the curve's standard deviation in pixels, ``(low, high)``, or one for all.

    Raises:
        ValueError: an even size, or a ``sigma`` that is not positive.

    Example:

        >>> from nn.data import transforms
        >>> point = at.zeros(1, 5, 5)
        >>> point[0, 2, 2] = 1.0
        >>> blurred = transforms.GaussianBlur(3, sigma=1.0)(point)
        >>> blurred.sum().round(decimals=3), bool(blurred[0, 2, 2] < 0.3)
        (tensor(1.), True)
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

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A random standard deviation.

        Example:

            >>> from nn.data import transforms
            >>> 0.1 <= transforms.GaussianBlur.get_params(0.1, 2.0) <= 2.0
            True
        """
        return float(uniform((sigma_min, sigma_max), 1)[0])

    def pixels(self, array: np.ndarray) -> np.ndarray:
        values = as_float(array)
        sigma = uniform(self.sigma, (len(array), 1))
        return like(blurred(values, self.kernel_size, np.repeat(sigma, 2, axis=1)), array)


class RandomErasing(RandomChange):
    """A rectangle of pictures erased (Zhong et al. 2017; Cutout, DeVries and Taylor 2017).

    Args:
        p: the probability to erase.
        scale: the share of the picture's area, ``(low, high)``.
        ratio: height / width of the rectangle, ``(low, high)``; evenly in its logarithm.
        value: what to put there: a number, one for each channel, or ``"random"`` for standard
            normal values.
        inplace: accepted, without effect: the result is a new picture.

    Raises:
        ValueError: a number out of range.

    Example:

        >>> from nn.data import transforms
        >>> erased = transforms.RandomErasing(p=1.0, value=7)(at.zeros(1, 20, 20))
        >>> erased.unique()
        tensor([0., 7.])
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


def _order() -> list[int]:
    """That of the four changes of ``ColorJitter``."""
    order: list[int] = rng().permutation(4).tolist()
    return order


def _merged(mode: str, *bands: Any) -> Any:
    from PIL import Image

    return Image.merge(mode, bands)


def _other_hue_pil(img: Any, shift: float) -> Any:
    """The hue of HSV in bytes moved on; what is grey has none."""
    if img.mode in ("L", "1", "I", "F"):
        return img
    hue, saturation, value = img.convert("HSV").split()
    moved = np.asarray(hue) + np.array(int(shift * 255)).astype(np.uint8)
    return _merged("HSV", to_pil(moved[None]), saturation, value).convert(img.mode)


def _span_of_factors(value: float | Sequence[float], argument: str) -> tuple[float, float]:
    low, high = span_of(value, "ColorJitter", argument, around=1)
    if isinstance(value, (int, float)):
        low = max(low, 0)
    refuse("ColorJitter", low < 0, f"{argument} must not be negative, got {value!r}")
    return low, high


def _brightness(array: np.ndarray) -> np.ndarray:
    """How bright pictures ``(N, 1 or 3, H, W)`` are, ``(N, 1, H, W)``."""
    return array if array.shape[1] == 1 else (as_float(array) * LUMA).sum(1, keepdims=True)


def _greyed(array: np.ndarray, name: str) -> np.ndarray:
    """Pictures ``(N, 1 or 3, H, W)`` in shades of grey, ``(N, 1, H, W)``, of the same dtype."""
    return like(_brightness(coloured(array, name)), array)


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
