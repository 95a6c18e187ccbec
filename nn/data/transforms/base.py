"""What all transforms share: from pictures to arrays ``(N, C, H, W)`` and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from autotensor import Tensor, from_numpy
from nn.arguments import refuse
from nn.data.seeding import sample_generator
from nn.data.transforms.pillow import from_pil, is_pil, like_pil, need_values, with_pillow

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


class OneByOne(Shown):
    """Not to be called on a whole batch."""

    takes_batches = False


class Transform(Shown):
    """A change of pictures; a subclass defines ``pixels``.

    ``pixels(array)`` gets an array ``(N, C, H, W)``, uint8 or floating-point, and returns another,
    of any height and width.  It never writes to the one it is given.  A picture of Pillow's is
    changed as an array, and comes back in its own mode.

    Raises:
        TypeError: in a call, something that is no picture.

    Example:

        >>> from nn.data import transforms
        >>> class Darker(transforms.Transform):
        ...     def pixels(self, array):
        ...         return array * 0.5
        >>> Darker()(at.ones(3, 2, 2))[0], Darker()(at.ones(8, 3, 2, 2)).shape
        (tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]]), torch.Size([8, 3, 2, 2]))
    """

    moves = False
    """Whether pixels go to other places, so that a mask has to follow."""

    takes_batches = True
    """Whether it may be called on a whole batch, ``(N, C, H, W)``."""

    def __call__(self, img: Picture) -> Picture:
        if isinstance(img, Tensor):
            array = array_of(img, type(self).__name__)
            changed = np.ascontiguousarray(self.pixels(array.reshape(-1, *array.shape[-3:])))
            made: Any = from_numpy(changed.reshape(*array.shape[:-3], *changed.shape[-3:]))
            return made
        if is_pil(img):
            changed_pil: Any = with_pillow(type(self).__name__, self._of_pil, img)
            return changed_pil
        raise no_picture(type(self).__name__, img)

    def _of_pil(self, img: Any) -> Any:
        need_values(type(self).__name__, img)
        return like_pil(self.pixels(from_pil(img)[None])[0], img)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} must define pixels(self, array)")


class Moving(Transform):
    """Pixels go to other places."""

    moves = True


class RandomChange(Transform):
    """Each picture changed with probability ``p``; a subclass defines ``_changed``."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p, type(self).__name__)

    def _of_pil(self, img: Any) -> Any:
        return self._changed_pil(img) if chance(self.p, 1).all() else img

    def _changed_pil(self, img: Any) -> Any:
        """A picture of Pillow's that is to be changed."""
        need_values(type(self).__name__, img)
        return like_pil(self._changed(from_pil(img)[None])[0], img)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        chosen = chance(self.p, len(array))
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


def chance(p: float, count: int) -> np.ndarray:
    """For each of ``count`` pictures whether it is to be changed; what is sure is not drawn."""
    return np.full(count, p == 1) if p in (0, 1) else rng().random(count) < p


def uniform(span: Span, shape: int | tuple[int, ...]) -> np.ndarray:
    """Numbers drawn evenly from a span; none is drawn where there is but one."""
    drawn: np.ndarray = (
        np.full(shape, float(span[0])) if span[0] == span[1] else rng().uniform(*span, shape)
    )
    return drawn


def no_picture(name: str, img: Any) -> TypeError:
    """The refusal of what is neither kind of picture."""
    got = type(img).__name__
    return TypeError(f"{name}: expected a PIL Image or a Tensor (..., C, H, W), got {got}")


def need_picture(name: str, img: Any) -> None:
    """Refuses what is no picture of either kind."""
    if isinstance(img, Tensor):
        array_of(img, name)
    elif not is_pil(img):
        raise no_picture(name, img)


def array_of(img: Tensor, name: str) -> np.ndarray:
    """The array of a Tensor ``(..., C, H, W)``."""
    if img.ndim < 3:
        raise ValueError(f"{name}: expected a Tensor (..., C, H, W), got the shape {img.shape}")
    if img.requires_grad:
        raise RuntimeError(
            f"{name}: no derivative goes through; use detach() on a Tensor that requires grad"
        )
    return img.array


# -- values --------------------------------------------------------------------------------------


def like(values: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Values in the dtype of ``original``: rounded and from 0 to 255 for uint8."""
    if original.dtype.kind == "f":
        return values.astype(original.dtype, copy=False)
    if original.dtype.kind == "b":
        return values >= 0.5
    limits = np.iinfo(original.dtype)
    return np.rint(values).clip(limits.min, limits.max).astype(original.dtype)


def as_float(array: np.ndarray) -> np.ndarray:
    """To compute with: float64 stays, everything else as float32."""
    return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)


def white(array: np.ndarray) -> float:
    """The brightest value of pictures of this dtype."""
    return 1.0 if array.dtype.kind in "fb" else float(np.iinfo(array.dtype).max)


def coloured(array: np.ndarray, name: str) -> np.ndarray:
    refuse(name, array.shape[1] not in (1, 3), f"expected 1 or 3 channels, got {array.shape[1]}")
    return array


def blurred(values: np.ndarray, sizes: Sequence[int], sigma: np.ndarray) -> np.ndarray:
    """Means over neighbours with the weights of a bell curve.

    Args:
        values: ``(N, C, H, W)``, floating-point.
        sizes: so many pixels wide and high, both odd.
        sigma: ``(N, 2)``, the standard deviations along x and y.
    """
    for axis, size, spread in zip((3, 2), sizes, sigma.T[..., None], strict=True):
        half = size // 2
        around = [(0, 0)] * 4
        around[axis] = (half, half)
        wide = np.pad(values, around, mode="reflect") if half else values
        weights = np.exp(-0.5 * ((np.arange(size) - half) / spread) ** 2)
        weights = (weights / weights.sum(1, keepdims=True)).astype(values.dtype)
        length = values.shape[axis]
        values = np.zeros_like(values)
        for k in range(size):
            values += weights[:, k, None, None, None] * wide.take(range(k, k + length), axis)
    return values


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
