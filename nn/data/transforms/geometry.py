"""Transforms that move pixels: sizes, crops, mirrors, rotations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.arguments import refuse
from nn.data.transforms import pillow, warping
from nn.data.transforms.base import (
    Moving,
    OneByOne,
    Picture,
    RandomChange,
    Size,
    Span,
    need_picture,
    pair_of,
    rng,
    span_of,
    uniform,
)
from nn.data.transforms.pillow import Box
from nn.data.transforms.warping import InterpolationMode

PADDING_MODES = ("constant", "edge", "reflect", "symmetric")


# -- sizes -----------------------------------------------------------------------------------------


class Resize(Moving):
    """Pictures in another size.

    Args:
        size: ``(height, width)``; or an int for the shorter side, with the other in proportion.
        interpolation: ``"nearest"``, ``"bilinear"`` or ``"bicubic"``, see ``InterpolationMode``.
        max_size: the most for the longer side, where ``size`` is an int: the shorter one is then
            smaller than asked for.
        antialias: when a picture shrinks, let every pixel have a share in the result. Pillow's
            pictures always do.

    Raises:
        ValueError: sizes out of range.

    Example:

        >>> from nn.data import transforms
        >>> x = at.rand(3, 32, 64)
        >>> transforms.Resize(16)(x).shape, transforms.Resize((5, 7))(x).shape
        (torch.Size([3, 16, 32]), torch.Size([3, 5, 7]))
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: str | int = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool = True,
    ) -> None:
        shorter = isinstance(size, (int, np.integer)) or len(size) == 1
        sizes = pair_of(size, "Resize", "size")
        if max_size is not None and (not shorter or max_size <= sizes[0]):
            raise ValueError(
                f"Resize: max_size must be above size, and size an int, got max_size {max_size} "
                f"and size {size!r}"
            )
        self.size: int | Size = sizes[0] if shorter else sizes
        self.interpolation = warping.interpolation_of(interpolation, "Resize")
        self.max_size = max_size
        self.antialias = bool(antialias)

    def _size_for(self, height: int, width: int) -> Size:
        if isinstance(self.size, tuple):
            return self.size
        short, long = min(height, width), max(height, width)
        new_short, new_long = self.size, max(1, self.size * long // short)
        if self.max_size is not None and new_long > self.max_size:
            new_short, new_long = max(1, self.max_size * new_short // new_long), self.max_size
        return (new_short, new_long) if height <= width else (new_long, new_short)

    def _of_pil(self, img: Any) -> Any:
        return pillow.resized(img, self._size_for(img.height, img.width), self.interpolation)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        size = self._size_for(*array.shape[-2:])
        return warping.resized(array, size, self.interpolation, self.antialias)


class Pad(Moving):
    """More pixels around.

    Args:
        padding: how many on every side; or ``(left and right, top and bottom)``; or ``(left, top,
            right, bottom)``.
        fill: a colour: a number, or one for each channel.
        padding_mode: ``"constant"``: that colour; ``"edge"``: the outermost pixel; ``"reflect"``
            and ``"symmetric"``: the picture mirrored, without and with the outermost pixel.

    Raises:
        ValueError: not 1, 2 or 4 numbers, or an unknown ``padding_mode``.

    Example:

        >>> from nn.data import transforms
        >>> transforms.Pad(1, fill=7)(at.zeros(1, 1, 1))
        tensor([[[7., 7., 7.],
                 [7., 0., 7.],
                 [7., 7., 7.]]])
        >>> transforms.Pad((2, 0), padding_mode="reflect")(at.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[3., 2., 1., 2., 3., 2., 1.]]])
    """

    def __init__(
        self, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant"
    ) -> None:
        self.padding = _sides(padding, "Pad")
        self.fill = fill
        self.padding_mode = _padding_mode(padding_mode, "Pad")

    def _of_pil(self, img: Any) -> Any:
        return pillow.padded(img, self.padding, self.fill, self.padding_mode, "Pad")

    def pixels(self, array: np.ndarray) -> np.ndarray:
        return warping.padded(array, self.padding, self.fill, self.padding_mode, "Pad")


class CenterCrop(Moving):
    """The middle of pictures; black around those that are smaller.

    Args:
        size: ``(height, width)``, or one number for both.

    Raises:
        ValueError: sizes out of range.

    Example:

        >>> from nn.data import transforms
        >>> transforms.CenterCrop(1)(at.arange(9.0).reshape(1, 3, 3))
        tensor([[[4.]]])
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = pair_of(size, "CenterCrop", "size")

    def _corner(self, height: int, width: int) -> tuple[int, int]:
        """The top and the left end of the part of a picture that is large enough."""
        return round((height - self.size[0]) / 2), round((width - self.size[1]) / 2)

    def _of_pil(self, img: Any) -> Any:
        sides = _missing_sides(img.height, img.width, self.size)
        img = pillow.padded(img, sides, 0, "constant", "CenterCrop")
        return pillow.cropped(img, *self._corner(img.height, img.width), *self.size)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        sides = _missing_sides(array.shape[2], array.shape[3], self.size)
        array = warping.padded(array, sides, 0, "constant", "CenterCrop")
        height, width = self.size
        top, left = self._corner(*array.shape[-2:])
        return array[..., top : top + height, left : left + width]


class RandomCrop(Moving):
    """A part of pictures, at a random place.

    Args:
        size: ``(height, width)``, or one number for both.
        padding: pixels to put around first, see ``Pad``.
        pad_if_needed: put as many around smaller pictures as it takes.
        fill, padding_mode: see ``Pad``.

    Raises:
        ValueError: in a call, a picture that is smaller.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomCrop(32, padding=4)(at.rand(8, 3, 32, 32)).shape
        torch.Size([8, 3, 32, 32])
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        self.size = pair_of(size, "RandomCrop", "size")
        self.padding = None if padding is None else _sides(padding, "RandomCrop")
        self.pad_if_needed = bool(pad_if_needed)
        self.fill = fill
        self.padding_mode = _padding_mode(padding_mode, "RandomCrop")

    @staticmethod
    def get_params(img: Any, output_size: Sequence[int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part of that size.

        Example:

            >>> from nn.data import transforms
            >>> x = at.zeros(1, 8, 8)
            >>> top, left, height, width = transforms.RandomCrop.get_params(x, (3, 5))
            >>> height, width, 0 <= top <= 5 and 0 <= left <= 3
            (3, 5, True)
        """
        height, width = pillow.size_of(img)
        crop = RandomCrop(output_size)
        top, left = crop._corners(1, height, width)
        return int(top[0]), int(left[0]), *crop.size

    def _of_pil(self, img: Any) -> Any:
        if self.padding is not None:
            img = pillow.padded(img, self.padding, self.fill, self.padding_mode, "RandomCrop")
        if self.pad_if_needed:
            sides = _missing_sides(img.height, img.width, self.size, on_each=True)
            img = pillow.padded(img, sides, self.fill, self.padding_mode, "RandomCrop")
        top, left = self._corners(1, img.height, img.width)
        return pillow.cropped(img, int(top[0]), int(left[0]), *self.size)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        if self.padding is not None:
            array = warping.padded(array, self.padding, self.fill, self.padding_mode, "RandomCrop")
        if self.pad_if_needed:
            sides = _missing_sides(array.shape[2], array.shape[3], self.size, on_each=True)
            array = warping.padded(array, sides, self.fill, self.padding_mode, "RandomCrop")
        count = len(array)
        top, left = self._corners(count, *array.shape[-2:])
        windows = np.lib.stride_tricks.sliding_window_view(array, self.size, axis=(2, 3))
        return windows[np.arange(count), :, top, left]

    def _corners(self, count: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Top and left of parts at random places."""
        if height < self.size[0] or width < self.size[1]:
            raise ValueError(
                f"RandomCrop: a picture of {height} × {width} has no part of {self.size[0]} × "
                f"{self.size[1]}; pad_if_needed=True makes room"
            )
        top = rng().integers(height - self.size[0], size=count, endpoint=True)
        left = rng().integers(width - self.size[1], size=count, endpoint=True)
        return top, left


class RandomResizedCrop(Moving):
    """A part of pictures, of random size, shape and place, brought to a given size.

    Args:
        size: of the result, ``(height, width)``, or one number for both.
        scale: the share of the picture's area, ``(low, high)``.
        ratio: width / height, ``(low, high)``; evenly in its logarithm.
        interpolation: ``"nearest"``, ``"bilinear"`` or ``"bicubic"``.
        antialias: see ``Resize``.

    Raises:
        ValueError: numbers out of range.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomResizedCrop(16)(at.rand(8, 3, 32, 48)).shape
        torch.Size([8, 3, 16, 16])
    """

    def __init__(
        self,
        size: int | Sequence[int],
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interpolation: str | int = InterpolationMode.BILINEAR,
        antialias: bool = True,
    ) -> None:
        self.size = pair_of(size, "RandomResizedCrop", "size")
        self.scale = span_of(scale, "RandomResizedCrop", "scale")
        self.ratio = span_of(ratio, "RandomResizedCrop", "ratio")
        message = f"scale and ratio must be positive, got {scale} and {ratio}"
        refuse("RandomResizedCrop", self.scale[0] <= 0 or self.ratio[0] <= 0, message)
        self.interpolation = warping.interpolation_of(interpolation, "RandomResizedCrop")
        self.antialias = bool(antialias)

    def _box(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part; of the middle if it does not come out."""
        draw = rng()
        for _ in range(10):
            area = height * width * draw.uniform(*self.scale)
            ratio = math.exp(draw.uniform(*map(math.log, self.ratio)))
            w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < w <= width and 0 < h <= height:
                top = int(draw.integers(height - h, endpoint=True))
                return top, int(draw.integers(width - w, endpoint=True)), h, w
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        w = min(width, max(1, round(height * ratio)))
        h = min(height, max(1, round(w / ratio)))
        return (height - h) // 2, (width - w) // 2, h, w

    @staticmethod
    def get_params(img: Any, scale: Span, ratio: Span) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part.

        Example:

            >>> from nn.data import transforms
            >>> x = at.zeros(1, 8, 8)
            >>> crop = transforms.RandomResizedCrop
            >>> top, left, height, width = crop.get_params(x, (0.5, 1.0), (1.0, 1.0))
            >>> top + height <= 8 and left + width <= 8 and height == width
            True
        """
        return RandomResizedCrop(1, scale, ratio)._box(*pillow.size_of(img))

    def _of_pil(self, img: Any) -> Any:
        part = pillow.cropped(img, *self._box(img.height, img.width))
        return pillow.resized(part, self.size, self.interpolation)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        out = np.empty((*array.shape[:2], *self.size), array.dtype)
        for index, picture in enumerate(array):
            top, left, height, width = self._box(*array.shape[-2:])
            part = picture[None, :, top : top + height, left : left + width]
            out[index] = warping.resized(part, self.size, self.interpolation, self.antialias)[0]
        return out


class FiveCrop(OneByOne):
    """The four corners and the middle of a picture, as a tuple: upper left, upper right, lower
    left, lower right, middle.

    Args:
        size: ``(height, width)``, or one number for both.

    Raises:
        ValueError: in a call, a picture that is smaller.

    Example:

        >>> from nn.data import transforms
        >>> [part.item() for part in transforms.FiveCrop(1)(at.arange(9.0).reshape(1, 3, 3))]
        [0.0, 2.0, 6.0, 8.0, 4.0]
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = pair_of(size, type(self).__name__, "size")

    def __call__(self, img: Picture) -> tuple[Picture, ...]:
        name = type(self).__name__
        need_picture(name, img)
        middle, (height, width) = CenterCrop(self.size), pillow.size_of(img)
        down, right = height - self.size[0], width - self.size[1]
        message = f"a picture of {height} × {width} has no part of {self.size[0]} × {self.size[1]}"
        refuse(name, down < 0 or right < 0, message)
        corners = ((0, 0), (0, right), (down, 0), (down, right))
        parts = [warping.part_of(img, top, left, *self.size) for top, left in corners]
        return (*parts, middle(img))


class TenCrop(FiveCrop):
    """The parts of ``FiveCrop``, and then those of the mirrored picture.

    Args:
        size: ``(height, width)``, or one number for both.
        vertical_flip: exchange top and bottom, not left and right.

    Raises:
        ValueError: in a call, a picture that is smaller.

    Example:

        >>> from nn.data import transforms
        >>> [part.item() for part in transforms.TenCrop(1)(at.arange(9.0).reshape(1, 3, 3))]
        [0.0, 2.0, 6.0, 8.0, 4.0, 2.0, 0.0, 8.0, 6.0, 4.0]
    """

    def __init__(self, size: int | Sequence[int], vertical_flip: bool = False) -> None:
        super().__init__(size)
        self.vertical_flip = bool(vertical_flip)

    def __call__(self, img: Picture) -> tuple[Picture, ...]:
        mirror = RandomVerticalFlip(1) if self.vertical_flip else RandomHorizontalFlip(1)
        return (*super().__call__(img), *super().__call__(mirror(img)))


# -- mirrors ---------------------------------------------------------------------------------------


class RandomHorizontalFlip(RandomChange):
    """Left and right exchanged, with probability ``p``.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomHorizontalFlip(p=1.0)(at.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[3., 2., 1.]]])
    """

    moves = True

    def _changed_pil(self, img: Any) -> Any:
        return pillow.mirrored(img, upside_down=False)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        return array[..., ::-1]


class RandomVerticalFlip(RandomChange):
    """Top and bottom exchanged, with probability ``p``.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomVerticalFlip(p=1.0)(at.tensor([[[1.0], [2.0]]])).flatten()
        tensor([2., 1.])
    """

    moves = True

    def _changed_pil(self, img: Any) -> Any:
        return pillow.mirrored(img, upside_down=True)

    def _changed(self, array: np.ndarray) -> np.ndarray:
        return array[..., ::-1, :]


# -- rotations and other affine maps ---------------------------------------------------------------


class RandomRotation(Moving):
    """Pictures turned by a random angle.

    Args:
        degrees: ``(low, high)``, counter-clockwise; or a number for ``(-degrees, degrees)``.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        expand: make room for all of the turned picture; not for several at once.
        center: ``(x, y)`` to turn around, in pixels from the upper left corner; the middle where
            None.
        fill: colour of what was not in the picture: a number, or one for each channel.

    Raises:
        ValueError: numbers out of range.

    Example:

        >>> from nn.data import transforms
        >>> turn = transforms.RandomRotation((90, 90))  # always a right angle
        >>> turn(at.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[2., 4.],
                 [1., 3.]]])
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: str | int = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        self.degrees = span_of(degrees, "RandomRotation", "degrees", around=0)
        self.interpolation = warping.interpolation_of(
            interpolation, "RandomRotation", warping.IN_PLACES
        )
        self.expand = bool(expand)
        self.center = center
        self.fill = fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle.

        Example:

            >>> from nn.data import transforms
            >>> -10 <= transforms.RandomRotation.get_params([-10.0, 10.0]) <= 10
            True
        """
        return float(uniform((degrees[0], degrees[1]), 1)[0])

    def _of_pil(self, img: Any) -> Any:
        angle, center = float(uniform(self.degrees, 1)[0]), None if self.expand else self.center
        return pillow.turned(
            img, angle, self.interpolation, self.expand, center, self.fill, "RandomRotation"
        )

    def pixels(self, array: np.ndarray) -> np.ndarray:
        count, _, height, width = array.shape
        angles = np.radians(uniform(self.degrees, count))
        size, center = (height, width), self.center
        if self.expand:
            message = f"expand=True would give the {count} pictures different sizes"
            refuse("RandomRotation", count != 1, message)
            size, center = _size_when_turned(height, width, float(angles[0])), None
        maps = _about(_turning(angles), center, (height, width))
        return warping.warped(array, maps, self.interpolation, self.fill, "RandomRotation", size)


class RandomAffine(Moving):
    """Pictures turned, moved, scaled and sheared at random, around their middle.

    Args:
        degrees: ``(low, high)``, clockwise; or a number for ``(-degrees, degrees)``.
        translate: at most so much of the width and of the height, ``(a, b)`` from 0 to 1.
        scale: ``(low, high)``, 2 is twice as large.
        shear: in degrees: ``(low, high)``, or a number for ``(-shear, shear)``, along x; four
            numbers for x and y.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill: colour of what was not in the picture: a number, or one for each channel.
        center: ``(x, y)`` of the fixed point, in pixels from the upper left corner; the middle
            where None.

    Raises:
        ValueError: numbers out of range.

    Example:

        >>> from nn.data import transforms
        >>> move = transforms.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1))
        >>> move(at.rand(8, 1, 28, 28)).shape
        torch.Size([8, 1, 28, 28])
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: float | Sequence[float] | None = None,
        interpolation: str | int = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        name = "RandomAffine"
        self.degrees = span_of(degrees, name, "degrees", around=0)
        shares = (0, 0) if translate is None else translate
        message = f"translate must be two numbers from 0 to 1, got {translate!r}"
        refuse(name, len(shares) != 2 or not all(0 <= one <= 1 for one in shares), message)
        self.translate = translate
        self.scale = None if scale is None else span_of(scale, name, "scale")
        if self.scale is not None and self.scale[0] <= 0:
            raise ValueError(f"{name}: scale must be positive, got {scale!r}")
        if shear is None or isinstance(shear, (int, float)) or len(shear) == 2:
            along_y = (0.0, 0.0)
            along_x = span_of(shear or 0, name, "shear", around=0)
        else:
            along_x = span_of(shear[:2], name, "shear")
            along_y = span_of(shear[2:], name, "shear")
        self.shear = (*along_x, *along_y)
        self.interpolation = warping.interpolation_of(interpolation, name, warping.IN_PLACES)
        self.fill = fill
        self.center = center

    def _of_pil(self, img: Any) -> Any:
        # From the middle of pictures to their upper left corner.
        map_, middle = (
            self._maps(1, img.height, img.width)[0],
            np.array([img.width, img.height]) / 2,
        )
        map_[:, 2] += -map_[:, 0] * middle[0] - map_[:, 1] * middle[1] + middle
        return pillow.warped(img, map_.ravel(), self.interpolation, self.fill, "RandomAffine")

    def pixels(self, array: np.ndarray) -> np.ndarray:
        size = array.shape[2], array.shape[3]
        maps = self._maps(len(array), *size)
        return warping.warped(array, maps, self.interpolation, self.fill, "RandomAffine", size)

    def _maps(self, count: int, height: int, width: int) -> np.ndarray:
        """Where to read, ``(count, 2, 3)``, each from the middle of the picture."""
        draw = rng()
        # _turning tells how to read counter-clockwise turns, which is how to write clockwise ones.
        forward = _turning(np.radians(uniform(self.degrees, count)))
        shear_x = np.tan(np.radians(uniform(self.shear[:2], count)))
        shear_y = np.tan(np.radians(uniform(self.shear[2:], count)))
        along_x, along_y = np.tile(np.eye(2), (2, count, 1, 1))
        along_x[:, 0, 1], along_y[:, 1, 0] = -shear_x, -shear_y
        forward = forward @ along_y @ along_x
        if self.scale is not None:
            forward = forward * uniform(self.scale, (count, 1, 1))
        maps = _about(np.linalg.inv(forward), self.center, (height, width))
        if self.translate is not None:
            most = np.array(self.translate) * (width, height)
            shift = np.rint(draw.uniform(-most, most, (count, 2)))
            maps[..., 2] -= (maps[..., :2] @ shift[..., None])[..., 0]
        return maps


# -- what they share -------------------------------------------------------------------------------


def _turning(angles: np.ndarray) -> np.ndarray:
    """``(N, 2, 2)``: where to read pictures to see them turned counter-clockwise; y points down."""
    sine, cosine = np.sin(angles), np.cos(angles)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)


def _about(matrices: np.ndarray, center: Sequence[float] | None, size: Size) -> np.ndarray:
    """``(N, 2, 3)``: linear maps ``(N, 2, 2)`` around a point, from the middle of the picture."""
    height, width = size
    fixed = np.zeros(2) if center is None else np.array(center) - (width / 2, height / 2)
    return np.concatenate([matrices, (fixed - matrices @ fixed)[..., None]], axis=-1)


def _size_when_turned(height: int, width: int, angle: float) -> Size:
    """The size of a picture that holds another, turned."""
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    tall, wide = width * sine + height * cosine, width * cosine + height * sine

    def whole(old: int, new: float) -> int:
        """The pixels that are touched on either side, as Pillow counts, but not one more for an
        error of rounding."""
        return math.ceil((old + new) / 2 - 1e-6) - math.floor((old - new) / 2 + 1e-6)

    if min(sine, cosine) < 1e-9:  # a quarter turn, or none
        return round(tall), round(wide)
    return whole(height, tall), whole(width, wide)


def _missing_sides(height: int, width: int, size: Size, on_each: bool = False) -> Box:
    """What makes pictures at least as large as ``size``: one half on either side, or all of it on
    each."""
    tall, wide = max(0, size[0] - height), max(0, size[1] - width)
    if on_each:
        return wide, tall, wide, tall
    left, top = wide // 2, tall // 2
    return left, top, wide - left, tall - top


def _sides(padding: int | Sequence[int], name: str) -> Box:
    values = (padding,) if isinstance(padding, (int, np.integer)) else tuple(padding)
    if len(values) not in (1, 2, 4) or any(one < 0 for one in values):
        raise ValueError(
            f"{name}: padding must be an int, (left/right, top/bottom) or (left, top, right, "
            f"bottom), not negative, got {padding!r}"
        )
    left, top, right, bottom = (int(one) for one in values * (4 // len(values)))
    return left, top, right, bottom


def _padding_mode(mode: str, name: str) -> str:
    message = f"padding_mode must be one of {', '.join(PADDING_MODES)}, got {mode!r}"
    refuse(name, mode not in PADDING_MODES, message)
    return mode
