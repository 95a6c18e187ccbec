"""Transforms that bend pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.arguments import refuse
from nn.data.transforms import pillow, warping
from nn.data.transforms.base import Moving, RandomChange, blurred, rng
from nn.data.transforms.warping import Corners, InterpolationMode


class RandomPerspective(RandomChange):
    """Pictures seen from aside, with probability ``p``: each corner moved inwards at random.

    Args:
        distortion_scale: how far at most: with 1, to the middle.
        p: the probability.
        interpolation: ``"nearest"`` or ``"bilinear"``; for Pillow's pictures also ``"bicubic"``.
        fill: colour of what was not in the picture: a number, or one for each channel.

    Raises:
        ValueError: a number out of range.

    Example:

        >>> from nn.data import transforms
        >>> transforms.RandomPerspective(p=1.0)(at.rand(8, 3, 32, 32)).shape
        torch.Size([8, 3, 32, 32])
    """

    moves = True

    def __init__(
        self,
        distortion_scale: float = 0.5,
        p: float = 0.5,
        interpolation: str | int = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__(p)
        name = "RandomPerspective"
        wrong = not 0 <= distortion_scale <= 1
        refuse(name, wrong, f"distortion_scale must be from 0 to 1, got {distortion_scale}")
        self.distortion_scale = float(distortion_scale)
        self.interpolation = warping.interpolation_of(interpolation, name, warping.IN_PLACES)
        self.fill = fill

    @staticmethod
    def get_params(width: int, height: int, distortion_scale: float) -> tuple[Corners, Corners]:
        """The corners of a picture, and where they are to go."""
        over, down = int(distortion_scale * (width // 2)), int(distortion_scale * (height // 2))
        moved = rng().integers((over + 1, down + 1), size=(4, 2))
        right, bottom = width - 1, height - 1
        corners = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]])
        inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        return corners.tolist(), (corners + inwards * moved).tolist()

    def _changed_pil(self, img: Any) -> Any:
        numbers = warping.coefficients(
            *self.get_params(img.width, img.height, self.distortion_scale)
        )
        return pillow.warped(
            img, numbers.tolist(), self.interpolation, self.fill, "RandomPerspective"
        )

    def _changed(self, array: np.ndarray) -> np.ndarray:
        height, width = array.shape[-2:]
        each = [
            warping.coefficients(*self.get_params(width, height, self.distortion_scale))
            for _ in array
        ]
        return warping.seen_from_aside(array, np.array(each), self.interpolation, self.fill)


class ElasticTransform(Moving):
    """Pictures drawn on rubber: each pixel moved at random, neighbours alike.

    Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to
    visual document analysis", 2003.

    Args:
        alpha: how far at most, in half pixels: a number, or ``(along x, along y)``.
        sigma: how alike neighbours move: the standard deviation of a blur in pixels; or ``(x, y)``.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill: colour of what was not in the picture: a number, or one for each channel.

    Raises:
        ValueError: a number out of range.

    Example:

        >>> from nn.data import transforms
        >>> transforms.ElasticTransform(alpha=20.0)(at.rand(8, 1, 28, 28)).shape
        torch.Size([8, 1, 28, 28])
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 50.0,
        sigma: float | Sequence[float] = 5.0,
        interpolation: str | int = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        name = "ElasticTransform"
        self.alpha, self.sigma = _two(alpha, "alpha"), _two(sigma, "sigma")
        refuse(name, min(self.sigma) < 0, f"sigma must not be negative, got {sigma}")
        self.interpolation = warping.interpolation_of(interpolation, name, warping.IN_PLACES[:2])
        self.fill = fill

    def _of_pil(self, img: Any) -> Any:
        if self.interpolation != InterpolationMode.NEAREST:
            return super()._of_pil(img)
        return pillow.like_pil(self.pixels(pillow.from_pil(img)[None])[0], img)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        count, _, height, width = array.shape
        moved = rng().uniform(-1, 1, (2, count, 1, height, width))
        for axis, sigma in enumerate(self.sigma):
            if sigma > 0:
                size = int(8 * sigma + 1) | 1
                sigmas = np.broadcast_to(np.array(self.sigma), (count, 2))
                moved[axis] = blurred(moved[axis], (size, size), sigmas)
        ys, xs = np.mgrid[:height, :width].reshape(2, -1)
        x, y = (
            (one + alpha / 2 * way.reshape(count, -1)).astype(np.float32)
            for one, alpha, way in zip((xs, ys), self.alpha, moved, strict=True)
        )
        return warping.read_at(
            array, x, y, self.interpolation, self.fill, "ElasticTransform", (height, width)
        )


# -- what they share -------------------------------------------------------------------------------


def _two(value: float | Sequence[float], argument: str) -> tuple[float, float]:
    values = [float(one) for one in np.atleast_1d(value)]
    message = f"{argument} must be a number or two, got {value!r}"
    refuse("ElasticTransform", len(values) not in (1, 2), message)
    return values[0], values[-1]
