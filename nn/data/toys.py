"""Small data sets made on the spot: points in the plane, and pictures that Pillow draws.

``points, classes = spiral_data(100)``; for batches, ``TensorDataset(points, classes)``.

The argument ``generator`` is an ``autotensor.Generator``, or an int to seed one with;
``autotensor.default_generator`` draws where it is None.  The same seed gives the same data.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Generator, Tensor
from nn.arguments import generator_or_none, number, refuse, rng_of, whole

# -- points in the plane ---------------------------------------------------------------------------


def spiral_data(
    samples: int = 100,
    classes: int = 3,
    *,
    noise: float = 0.2,
    turn: float = 10.0,
    spacing: float | None = None,
    generator: Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """Points on the arms of a spiral, which no straight line can part.

    On every arm the radius grows evenly from 0 to 1 while the angle grows by ``turn``.

    Args:
        samples: points on every arm, at least 1.
        classes: how many arms, at least 1.
        noise: standard deviation of what is added to each angle, in units of ``turn`` / 4: 0.2 is
            half a radian with the default ``turn``.
        turn: by how much an arm winds from its inner to its outer end, in radians.
        spacing: by how much each arm is turned against the one before, in radians; evenly around
            the centre, 2π / ``classes``, if None.  The package nnfs, and with it some lectures,
            has 10: of three arms two then lie 66° apart, the third 147° from either.
        generator: see the module.

    Returns:
        Points ``(classes · samples, 2)`` float32, arm by arm from the inside out, and the number of
        the arm of each, ``(classes · samples,)`` int64.

    Raises:
        ValueError: fewer samples or classes than 1.

    Example:

        >>> from nn.data import spiral_data
        >>> points, arms = spiral_data(samples=50, classes=3)
        >>> points.shape, arms.bincount(), bool((points.norm(dim=1) < 1.001).all())
        (torch.Size([150, 2]), tensor([50, 50, 50]), True)
    """
    _need_counts("spiral_data", samples=samples, classes=classes)
    rng = _seeded_rng("spiral_data", generator)
    radius = np.tile(np.linspace(0, 1, samples), classes)
    arm = np.repeat(np.arange(classes), samples)
    between = (
        2 * math.pi / classes if spacing is None else number("spiral_data", "spacing", spacing)
    )
    angle = turn * radius + between * arm
    angle += noise * turn / 4 * rng.standard_normal(classes * samples)
    return _points(radius * np.sin(angle), radius * np.cos(angle)), at.from_numpy(arm)


def moons(
    samples: int = 100, *, noise: float = 0.1, generator: Generator | int | None = None
) -> tuple[Tensor, Tensor]:
    """Two half circles of radius 1 that reach into each other.

    Args:
        samples: points on each of the two, at least 1.
        noise: standard deviation of what is added to each coordinate.
        generator: see the module.

    Returns:
        Points ``(2 · samples, 2)`` float32: first the moon that opens downwards, class 0, then the
        one that opens upwards, class 1.  And the classes, ``(2 · samples,)`` int64.

    Raises:
        ValueError: fewer samples than 1.

    Example:

        >>> from nn.data import moons
        >>> points, classes = moons(samples=50, noise=0.0)
        >>> points.shape, bool((points[:50, 1] > -0.001).all())  # the first opens downwards
        (torch.Size([100, 2]), True)
    """
    _need_counts("moons", samples=samples)
    rng = _seeded_rng("moons", generator)
    angle = np.linspace(0, math.pi, samples)
    x = np.concatenate([np.cos(angle), 1 - np.cos(angle)])
    y = np.concatenate([np.sin(angle), 0.5 - np.sin(angle)])
    return _with_noise(x, y, noise, rng), at.from_numpy(np.repeat([0, 1], samples))


def circles(
    samples: int = 100,
    *,
    factor: float = 0.5,
    noise: float = 0.1,
    generator: Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """A circle of radius 1, class 0, and one of radius ``factor`` within it, class 1.

    Args:
        samples: points on each of the two, at least 1.
        factor: from 0 to 1.
        noise: standard deviation of what is added to each coordinate.
        generator: see the module.

    Returns:
        Points ``(2 · samples, 2)`` float32, and their classes, ``(2 · samples,)`` int64.

    Raises:
        ValueError: fewer samples than 1.

    Example:

        >>> from nn.data import circles
        >>> points, classes = circles(samples=50, factor=0.5, noise=0.0)
        >>> points.norm(dim=1)[classes == 1].round(decimals=3).unique()
        tensor([0.5000])
    """
    _need_counts("circles", samples=samples)
    refuse("circles", not 0 <= factor <= 1, f"factor must be from 0 to 1, got {factor}")
    rng = _seeded_rng("circles", generator)
    angle = np.tile(2 * math.pi / samples * np.arange(samples), 2)
    classes = np.repeat([0, 1], samples)
    radius = np.where(classes == 0, 1.0, factor)
    points = _with_noise(radius * np.cos(angle), radius * np.sin(angle), noise, rng)
    return points, at.from_numpy(classes)


# -- pictures --------------------------------------------------------------------------------------


def xs_and_os(
    samples: int = 200, size: int = 9, *, generator: Generator | int | None = None
) -> tuple[Tensor, Tensor]:
    """Small pictures of the letters X and O, light on dark.

    Each is moved, scaled, stretched, rotated by up to 20 degrees and drawn with a pen of another
    thickness.

    Args:
        samples: how many pictures, at least 1; every other one is an X.
        size: height and width in pixels, at least 5.
        generator: see the module.

    Returns:
        Pictures ``(samples, 1, size, size)`` float32 from 0 to 1, and their classes ``(samples,)``
        int64: 0 for an X, 1 for an O.

    Raises:
        ValueError: fewer samples than 1, or a size below 5.

    Example:

        >>> from nn.data import xs_and_os
        >>> pictures, classes = xs_and_os(10)
        >>> pictures.shape, classes
        (torch.Size([10, 1, 9, 9]), tensor([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))
    """
    from PIL import Image, ImageDraw

    _need_counts("xs_and_os", samples=samples)
    _need_counts("xs_and_os", least=5, size=size)
    rng = _seeded_rng("xs_and_os", generator)
    classes = np.arange(samples) % 2
    fine = 8 * size  # drawn large and then shrunk: soft edges
    # In parts of the picture: half the height and half the width of the letter, and its pen.
    half = rng.uniform(0.26, 0.36, (samples, 1)) * rng.uniform(0.85, 1.15, (samples, 2))
    pen = np.rint(rng.uniform(0.09, 0.17, samples) * fine).astype(int)
    centre = 0.5 + rng.uniform(-0.09, 0.09, (samples, 2))
    angle = np.radians(rng.uniform(-20, 20, samples))

    # The outline of an O: points on a circle.  The strokes of an X: two diagonals.
    around = np.linspace(0, 2 * math.pi, 41)
    outlines = [
        np.array([[-1, -1], [1, 1], [np.nan, np.nan], [-1, 1], [1, -1]], dtype=float),
        np.stack([np.cos(around), np.sin(around)], axis=1),
    ]
    pictures = np.empty((samples, 1, size, size), np.float32)
    for index in range(samples):
        points = _turned(outlines[classes[index]] * half[index], angle[index]) + centre[index]
        canvas = Image.new("L", (fine, fine))
        draw = ImageDraw.Draw(canvas)
        strokes = (points,) if classes[index] else (points[:2], points[3:])
        for stroke in strokes:
            line = [tuple(point) for point in stroke * fine]
            draw.line(line, fill=255, width=int(pen[index]), joint="curve")
        pictures[index, 0] = np.asarray(canvas.resize((size, size), Image.Resampling.BOX))
    return at.from_numpy(pictures / np.float32(255)), at.from_numpy(classes)


#: The classes of the pixels that ``shapes`` gives.
SHAPES = ("background", "disc", "square", "triangle")


def shapes(
    samples: int = 100,
    size: int | tuple[int, int] = 32,
    *,
    most: int = 3,
    noise: float = 0.05,
    generator: Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """Pictures with discs, squares and triangles, and for every pixel what it belongs to.

    Size, place, rotation and colour are random.  A shape lies within its picture, and may cover
    part of those drawn before it.

    Args:
        samples: how many pictures, at least 1.
        size: height and width ``(H, W)`` in pixels, or one number for both, at least 8.
        most: there are 1 to ``most`` shapes in a picture.
        noise: standard deviation of the grain that is added to every colour of every pixel.
        generator: see the module.

    Returns:
        Pictures ``(samples, 3, H, W)`` float32 from 0 to 1, and masks ``(samples, H, W)`` int64
        with the class of every pixel: 0 background, 1 disc, 2 square, 3 triangle
        (``nn.data.toys.SHAPES``).

    Raises:
        ValueError: a number that is too small.

    Example:

        >>> from nn.data import shapes
        >>> pictures, masks = shapes(4, size=16)
        >>> pictures.shape, masks.shape, bool(masks.max() <= 3)
        (torch.Size([4, 3, 16, 16]), torch.Size([4, 16, 16]), True)
    """
    from PIL import Image, ImageDraw

    height, width = (size, size) if isinstance(size, int) else size
    _need_counts("shapes", samples=samples, most=most)
    _need_counts("shapes", least=8, height=height, width=width)
    rng = _seeded_rng("shapes", generator)
    how_many = rng.integers(1, most, samples, endpoint=True)
    kinds = rng.integers(1, 3, (samples, most), endpoint=True)
    radius = rng.uniform(0.14, 0.3, (samples, most)) * min(height, width)
    room = np.array([width, height]) - 1 - 2 * radius[..., None]
    centres = radius[..., None] + room * rng.random((samples, most, 2))
    angles = rng.uniform(0, 2 * math.pi, (samples, most))
    backgrounds = rng.random((samples, 1, 3))
    # Going on from the background by a quarter to three quarters, past 1 back to 0: every colour
    # of a shape differs by at least a quarter from that behind it.
    colours = (backgrounds + rng.uniform(0.25, 0.75, (samples, most, 3))) % 1

    def corners(count: int) -> np.ndarray:
        around = 2 * math.pi / count * np.arange(count)
        return np.stack([np.cos(around), np.sin(around)], axis=1)

    outlines = {1: corners(64), 2: corners(4), 3: corners(3)}
    pixels = np.empty((samples, height, width, 3), np.uint8)
    masks = np.empty((samples, height, width), np.int64)
    to_bytes = np.rint(255 * np.concatenate([backgrounds, colours], axis=1)).astype(int)
    for index in range(samples):
        picture = Image.new("RGB", (width, height), tuple(to_bytes[index, 0].tolist()))
        mask = Image.new("L", (width, height))
        draw, draw_mask = ImageDraw.Draw(picture), ImageDraw.Draw(mask)
        for one in range(how_many[index]):
            kind = int(kinds[index, one])
            points = _turned(outlines[kind] * radius[index, one], angles[index, one])
            outline = [tuple(point) for point in points + centres[index, one]]
            draw.polygon(outline, fill=tuple(to_bytes[index, 1 + one].tolist()))
            draw_mask.polygon(outline, fill=kind)
        pixels[index] = np.asarray(picture)
        masks[index] = np.asarray(mask)
    images = pixels.transpose(0, 3, 1, 2).astype(np.float32, order="C") / np.float32(255)
    if noise:
        images += noise * rng.standard_normal(images.shape, np.float32)
        np.clip(images, 0, 1, out=images)
    return at.from_numpy(images), at.from_numpy(masks)


# -- what they share -------------------------------------------------------------------------------


def _seeded_rng(name: str, generator: Generator | int | None) -> Any:
    """The ``numpy.random.Generator`` to draw from."""
    if isinstance(generator, (int, np.integer)) and not isinstance(generator, bool):
        generator = Generator().manual_seed(int(generator))
    return rng_of(generator_or_none(name, generator, " or an int to seed one with"))


def _need_counts(name: str, least: int = 1, **counts: Any) -> None:
    for argument, count in counts.items():
        whole(name, argument, count, least, (int, np.integer), shown=False)


def _points(x: np.ndarray, y: np.ndarray) -> Tensor:
    return at.from_numpy(np.stack([x, y], axis=1).astype(np.float32))


def _with_noise(x: np.ndarray, y: np.ndarray, noise: float, rng: Any) -> Tensor:
    x, y = np.stack([x, y]) + noise * rng.standard_normal((2, len(x)))
    return _points(x, y)


def _turned(points: np.ndarray, angle: float) -> np.ndarray:
    """Points ``(n, 2)`` turned around the origin by ``angle`` radians."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return points @ np.array([[cosine, sine], [-sine, cosine]])
