"""Small data sets made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn.data import circles, moons, shapes, spiral_data, xs_and_os

MAKERS = [spiral_data, moons, circles, xs_and_os, shapes]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_gives_the_same_data(make: Callable[..., Any]) -> None:
    def bytes_of(generator: Any) -> list[bytes]:
        return [tensor.numpy().tobytes() for tensor in make(20, generator=generator)]

    assert bytes_of(3) == bytes_of(3) == bytes_of(at.Generator().manual_seed(3))
    assert bytes_of(3) != bytes_of(4)
    at.manual_seed(3)
    assert bytes_of(None) == bytes_of(3)
    assert bytes_of(None) != bytes_of(3)


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_refused(make: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        make(0)
    with pytest.raises(TypeError, match="samples must be an int, got float"):
        make(1.5)
    with pytest.raises(TypeError, match=r"generator must be an autotensor\.Generator or an int"):
        make(5, generator="seed")


def test_a_spiral_spaced_as_in_nnfs_is_its_formula() -> None:
    """nnfs 0.5.1: radius 0..1, t from 4k to 4(k + 1), the point (r sin 2.5t, r cos 2.5t)."""
    points, _ = spiral_data(100, classes=3, noise=0, spacing=10)
    for k in range(3):
        r, t = np.linspace(0, 1, 100), np.linspace(4 * k, 4 * (k + 1), 100)
        expected = np.stack([r * np.sin(2.5 * t), r * np.cos(2.5 * t)], axis=1)
        np.testing.assert_allclose(points[100 * k : 100 * k + 100], expected, atol=1e-6)


def test_spiral() -> None:
    points, arms = spiral_data(50, classes=4, noise=0)
    assert points.shape == (200, 2)
    assert points.dtype == np.float32
    assert arms.dtype == np.int64
    assert arms.tolist() == [arm for arm in range(4) for _ in range(50)]
    radius = np.hypot(*points.numpy().T).reshape(4, 50)
    np.testing.assert_allclose(radius, np.tile(np.linspace(0, 1, 50), (4, 1)), atol=1e-6)
    # Each arm is the one before it, turned by a quarter.
    x, y = points.numpy().reshape(4, 50, 2)[:2].transpose(2, 0, 1)
    np.testing.assert_allclose(x[1], y[0], atol=1e-6)
    np.testing.assert_allclose(y[1], -x[0], atol=1e-6)
    noisy = spiral_data(50, classes=4, generator=0)[0]
    np.testing.assert_allclose(np.hypot(*noisy.numpy().T).reshape(4, 50), radius, atol=1e-6)


def test_moons_and_circles() -> None:
    points, classes = moons(30, noise=0)
    assert (points.shape, points.dtype) == ((60, 2), np.float32)
    assert classes.tolist() == [0] * 30 + [1] * 30
    upper, lower = points.numpy()[:30], points.numpy()[30:]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - (1, 0.5)).T), 1, atol=1e-6)
    assert upper[:, 1].min() > -1e-6
    assert lower[:, 1].max() < 0.5 + 1e-6

    points, classes = circles(30, factor=0.3, noise=0)
    radius = np.hypot(*points.numpy().T)
    np.testing.assert_allclose(radius, np.where(classes.numpy() == 0, 1, 0.3), atol=1e-6)
    noisy = circles(2000, noise=0.05, generator=0)[0].numpy()[:2000]
    assert np.hypot(*noisy.T).std() == pytest.approx(0.05, rel=0.1)
    with pytest.raises(ValueError, match="factor must be from 0 to 1, got 2"):
        circles(factor=2)


def test_xs_and_os() -> None:
    pictures, classes = xs_and_os(300, generator=0)
    assert (pictures.shape, pictures.dtype) == ((300, 1, 9, 9), np.float32)
    assert classes.tolist() == [0, 1] * 150
    values = pictures.numpy()[:, 0]
    assert values.min() == 0
    assert 0.5 < values.max() <= 1
    assert np.all(values.sum((1, 2)) > 3)
    # An X is bright where its strokes cross, an O is dark inside.
    rows, columns = np.indices((9, 9))
    total = values.sum((1, 2))
    middle = [np.rint((values * at).sum((1, 2)) / total).astype(int) for at in (rows, columns)]
    centre = values[np.arange(300), middle[0], middle[1]]
    assert np.mean((centre < 0.35) == (classes.numpy() == 1)) > 0.95
    assert xs_and_os(2, size=16)[0].shape == (2, 1, 16, 16)


def test_shapes_have_the_colour_of_their_mask() -> None:
    images, masks = shapes(60, (40, 56), noise=0, most=1, generator=0)
    assert (images.shape, images.dtype) == ((60, 3, 40, 56), np.float32)
    assert (masks.shape, masks.dtype) == ((60, 40, 56), np.int64)
    assert np.unique(masks.numpy()).tolist() == [0, 1, 2, 3]
    for image, mask in zip(images.numpy(), masks.numpy(), strict=True):
        kinds = np.unique(mask)
        assert len(kinds) == 2
        colours = [np.unique(image[:, mask == kind], axis=1) for kind in kinds]
        assert [colour.shape for colour in colours] == [(3, 1), (3, 1)]
        assert np.abs(colours[0] - colours[1]).min() > 0.24


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_shapes_are_what_their_class_says(kind: int) -> None:
    """The area within the square around the circle of its corners, discretisation apart."""
    _, masks = shapes(300, 64, most=1, generator=0)
    found = []
    for mask in masks.numpy():
        if kind in mask:
            rows, columns = np.nonzero(mask == kind)
            centre = np.array([rows.mean(), columns.mean()])
            radius = np.hypot(*(np.stack([rows, columns], 1) - centre).T).max()
            found.append(len(rows) / (2 * radius) ** 2)
    expected = {1: np.pi / 4, 2: 0.5, 3: 3**0.5 * 3 / 16}[kind]
    assert np.mean(found) == pytest.approx(expected, rel=0.1)


def test_shapes_have_grain() -> None:
    images, masks = shapes(20, 32, noise=0.05, generator=0)
    behind = [i[:, m == 0] for i, m in zip(images.numpy(), masks.numpy(), strict=True)]
    assert np.median([one.std(1).mean() for one in behind]) == pytest.approx(0.05, rel=0.3)
    assert images.numpy().min() >= 0
    assert images.numpy().max() <= 1
