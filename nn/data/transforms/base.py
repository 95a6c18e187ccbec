"""What all transforms share: from pictures to arrays ``(N, C, H, W)`` and back."""

from __future__ import annotations

import sys
from typing import Any, TypeVar

import numpy as np

from autotensor import Tensor, from_numpy
from nn.arguments import refuse
from nn.data.seeding import sample_generator

__all__ = ["Transform"]

Picture = TypeVar("Picture")
"""A Tensor or a picture of Pillow's: a transform gives what it is given."""

Size = tuple[int, int]
"""Height and width."""

Span = tuple[float, float]
"""The lowest and the highest value that may be drawn."""


class Shown:
    """Its ``repr`` shows the attributes, which are the settings."""

    def __repr__(self) -> str:
        settings = (f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({', '.join(settings)})"


class Transform(Shown):
    """A change of pictures; a subclass defines ``pixels``.

    ``pixels(array)`` gets an array ``(N, C, H, W)``, uint8 or floating-point, and returns another,
    of any height and width.  It never writes to the one it is given.
    """

    takes_batches = True
    """Whether it may be called on a whole batch, ``(N, C, H, W)``."""

    def __call__(self, img: Picture) -> Picture:
        if isinstance(img, Tensor):
            array = array_of(img, type(self).__name__)
            changed = np.ascontiguousarray(self.pixels(array.reshape(-1, *array.shape[-3:])))
            made: Any = from_numpy(changed.reshape(*array.shape[:-3], *changed.shape[-3:]))
            return made
        if is_pil(img):
            return self._of_pil(img)
        raise TypeError(
            f"{type(self).__name__}: expected a PIL Image or a Tensor (..., C, H, W), got "
            f"{type(img).__name__}"
        )

    def _of_pil(self, img: Any) -> Any:
        return to_pil(self.pixels(from_pil(img)[None])[0])

    def pixels(self, array: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} must define pixels(self, array)")


class RandomChange(Transform):
    """Each picture changed with probability ``p``; a subclass defines ``_changed``."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p, type(self).__name__)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        chosen = rng().random(len(array)) < self.p
        if not chosen.any():
            return array
        if chosen.all():
            return self._changed(array)
        out = array.copy()
        out[chosen] = self._changed(array[chosen])
        return out

    def _changed(self, array: np.ndarray) -> np.ndarray:
        """The pictures that are to be changed."""
        raise NotImplementedError(f"{type(self).__name__} must define _changed(self, array)")


def rng() -> Any:
    """The ``numpy.random.Generator`` to draw from."""
    return sample_generator().rng


def array_of(img: Tensor, name: str) -> np.ndarray:
    """The array of a Tensor ``(..., C, H, W)``."""
    if img.ndim < 3:
        raise ValueError(f"{name}: expected a Tensor (..., C, H, W), got the shape {img.shape}")
    if img.requires_grad:
        raise RuntimeError(
            f"{name}: no derivative goes through; use detach() on a Tensor that requires grad"
        )
    return img.array


# -- Pillow's pictures -----------------------------------------------------------------------------


def is_pil(img: Any) -> bool:
    # Where Pillow is not loaded, there is no picture of its.
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(img, pillow.Image)


def plain_pil(img: Any) -> Any:
    """Black and white as grey; a palette as the colours it stands for."""
    if img.mode == "1":
        return img.convert("L")
    if img.mode in ("P", "PA"):
        return img.convert("RGBA" if "transparency" in img.info or img.mode == "PA" else "RGB")
    return img


def from_pil(img: Any) -> np.ndarray:
    """``(C, H, W)``, uint8 for most modes."""
    array = np.asarray(plain_pil(img))
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def to_pil(array: np.ndarray) -> Any:
    """From ``(C, H, W)``: of mode L, LA, RGB or RGBA."""
    from PIL import Image

    if len(array) == 1:
        return Image.fromarray(array[0])
    return Image.fromarray(np.ascontiguousarray(array.transpose(1, 2, 0)))


def like(values: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Values in the dtype of ``original``: rounded and from 0 to 255 for uint8."""
    if original.dtype.kind == "f":
        return values.astype(original.dtype, copy=False)
    limits = np.iinfo(original.dtype)
    return np.rint(values).clip(limits.min, limits.max).astype(original.dtype)


def as_float(array: np.ndarray) -> np.ndarray:
    """To compute with: float64 stays, everything else as float32."""
    return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)


def white(array: np.ndarray) -> float:
    """The brightest value of pictures of this dtype."""
    return 1.0 if array.dtype.kind == "f" else float(np.iinfo(array.dtype).max)


# -- arguments -------------------------------------------------------------------------------------


def pair_of(value: Any, name: str, argument: str) -> Size:
    """``(H, W)`` from an int or a sequence of one or two."""
    values = (value,) if isinstance(value, (int, np.integer)) else tuple(value)
    if len(values) == 1:
        values *= 2
    message = f"{argument} must be an int or (height, width), at least 1, got {value!r}"
    refuse(name, len(values) != 2 or any(one < 1 for one in values), message)
    return int(values[0]), int(values[1])


def span_of(value: Any, name: str, argument: str, around: float | None = None) -> Span:
    """``(low, high)``, from a pair, or a number that stands for what lies around ``around``."""
    if isinstance(value, (int, float)):
        if around is None or value < 0:
            raise ValueError(f"{name}: {argument} must be (low, high), got {value!r}")
        return around - value, around + value
    low, high = (float(one) for one in value)
    refuse(name, low > high, f"{argument} must be (low, high) with low <= high, got {value!r}")
    return low, high


def probability(p: float, name: str) -> float:
    refuse(name, not 0 <= p <= 1, f"p must be from 0 to 1, got {p}")
    return float(p)
