"""Transforms of pictures by hand and by loops: where they cut, what they draw, how they round."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Tensor
from nn.data import transforms as T


@pytest.fixture(autouse=True)
def _seeded() -> None:
    at.manual_seed(0)


def numbered(height: int, width: int, count: int = 1) -> Tensor:
    """Pictures ``(count, 1, H, W)`` whose pixels are numbered row by row."""
    pixels = np.arange(float(height * width)).reshape(height, width)
    return at.tensor(np.repeat(pixels[None, None], count, axis=0))


def corners(crops: Tensor, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The row and the column of the first pixel of crops of numbered pictures."""
    rows, columns = np.divmod(crops.numpy()[:, 0, 0, 0].astype(int), width)
    return rows, columns


# -- sizes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 12))
def test_the_middle(size: int) -> None:
    """Halves are rounded to even where something is cut off, and down where it is added."""
    for n in range(1, 9):
        picture = numbered(1, n)[0].numpy() + 1
        found = T.CenterCrop((1, size))(at.tensor(picture)).numpy()[0, 0].tolist()
        line = list(range(1, n + 1))
        missing = max(size - n, 0)
        line = [0] * (missing // 2) + line + [0] * (missing - missing // 2)
        first = round((len(line) - size) / 2)
        assert found == line[first : first + size]
        upright = T.CenterCrop((size, 1))(at.tensor(picture.transpose(0, 2, 1)))
        assert upright.numpy()[0, :, 0].tolist() == found


@pytest.mark.parametrize(
    ("how", "size", "expected"),
    [
        ((3,), (5, 9), (3, 5)),  # 3 · 9 / 5 = 5.4
        ((3,), (9, 5), (5, 3)),
        ((4,), (5, 7), (4, 5)),  # 5.6, rounded down
        ((4,), (5, 5), (4, 4)),
        ((4, "bilinear", 6), (5, 10), (3, 6)),  # 4 × 8 would be too long; 6 · 4 / 8 = 3
        ((4, "bilinear", 8), (5, 10), (4, 8)),
        (((4, 9),), (5, 7), (4, 9)),
    ],
)
def test_the_shorter_side_is_what_was_asked_for(how: Any, size: Any, expected: Any) -> None:
    assert T.Resize(*how)(at.zeros(2, *size)).shape == (2, *expected)


def test_in_smaller_pictures_every_pixel_has_a_share() -> None:
    spot = at.tensor([[[8.0, 0, 0, 0, 0, 0, 0, 8]]])
    assert min(T.Resize((1, 2))(spot).numpy().ravel()) > 0.5
    # Or else they are read between two neighbours only: 0 and 1, 2 and 3, ….
    line = at.tensor([[[0.0, 8, 0, 4, 0, 4, 0, 0]]])
    assert T.Resize((1, 4), antialias=False)(line).tolist() == [[[4, 2, 2, 0]]]


def test_bytes_that_overshoot_are_cut_off() -> None:
    edge = at.tensor(np.array([[[0, 0, 255, 255]]], np.uint8))
    found = T.Resize((1, 12), "bicubic")(edge).numpy()[0, 0]
    assert (np.diff(found.astype(int)) >= 0).all()  # no dark pixel among the light ones
    assert (found[0], found[-1]) == (0, 255)


def test_random_crops_reach_all_ends_and_each_picture_has_its_own_place() -> None:
    rows, columns = corners(T.RandomCrop((3, 2))(numbered(5, 6, 300)), 6)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == set(
        itertools.product(range(3), range(5))
    )
    # A picture that is too small gets what is missing on each side, not half of it.
    rows = T.RandomCrop((4, 1), pad_if_needed=True, fill=-1)(numbered(1, 1, 200)).numpy()[
        :, 0, :, 0
    ]
    assert {one.tolist().index(0) if 0 in one else None for one in rows} == {0, 1, 2, 3}
    assert T.RandomCrop((2, 3), padding=(1, 0))(numbered(2, 1)).tolist() == [
        [[[0, 0, 0], [0, 1, 0]]]
    ]


@pytest.mark.parametrize("ratio", [4.0, 0.25])
def test_random_parts_have_the_area_and_the_shape_asked_for(ratio: float) -> None:
    """A quarter of 16 × 16 is 64 pixels: 16 × 4, or 4 × 16."""
    size = (4, 16) if ratio == 4 else (16, 4)  # height, width
    cut = T.RandomResizedCrop(size, (0.25, 0.25), (ratio, ratio), "nearest")
    crops = cut(numbered(16, 16, 200))
    rows, columns = corners(crops, 16)
    expected = 16 * (rows[:, None, None] + np.arange(size[0])[:, None])
    expected = expected + columns[:, None, None] + np.arange(size[1])
    np.testing.assert_array_equal(crops.numpy()[:, 0], expected)
    assert set(rows.tolist()) == set(range(17 - size[0]))
    assert set(columns.tolist()) == set(range(17 - size[1]))


def test_parts_that_do_not_fit_come_from_the_middle() -> None:
    wide = T.RandomResizedCrop((5, 10), (1, 1), (2, 2), "nearest")(numbered(10, 10))
    np.testing.assert_array_equal(wide.numpy()[0, 0], numbered(10, 10).numpy()[0, 0, 2:7])
    tall = T.RandomResizedCrop((10, 5), (1, 1), (0.5, 0.5), "nearest")(numbered(10, 10))
    np.testing.assert_array_equal(tall.numpy()[0, 0], numbered(10, 10).numpy()[0, 0, :, 2:7])


def test_shapes_are_drawn_evenly_in_their_logarithm() -> None:
    """As many are wider than high as the other way round."""
    ramp = np.broadcast_to(np.arange(64.0)[:, None] + 1000 * np.arange(64.0), (400, 1, 64, 64))
    part = T.RandomResizedCrop(2, (0.1, 0.1), (0.25, 4), "nearest")(at.tensor(ramp.copy())).numpy()
    # The nearest pixels of 2 × 2 stand half of the height and of the width apart.
    apart = (part[:, 0, 1, 1] - part[:, 0, 0, 0]).astype(int)
    widths, heights = np.divmod(apart, 1000)
    assert 0.4 < (widths > heights).mean() < 0.6
    erased = T.RandomErasing(1, (0.1, 0.1), (0.25, 4), value=-1)(at.zeros(400, 1, 64, 64)).numpy()
    gone = erased[:, 0] < 0
    tall, broad = gone.any(2).sum(1), gone.any(1).sum(1)
    assert 0.4 < (tall > broad).mean() < 0.6


# -- changes by chance -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "share"),
    [
        (T.RandomHorizontalFlip, 0.5), (T.RandomVerticalFlip, 0.5), (T.RandomErasing, 0.5),
        (T.RandomGrayscale, 0.1), (lambda: T.RandomHorizontalFlip(0.8), 0.8),
        (lambda: T.RandomApply([T.RandomHorizontalFlip(1)]), 0.5),
        (lambda: T.RandomApply([T.RandomHorizontalFlip(1)], 0.9), 0.9),
    ],
)  # fmt: skip
def test_how_often(make: Any, share: float) -> None:
    pictures = at.rand(1000, 3, 8, 8)
    changed = (make()(pictures).numpy() != pictures.numpy()).any((1, 2, 3))
    assert changed.mean() == pytest.approx(share, abs=0.05)


def test_mirrors_by_hand() -> None:
    picture = at.tensor([[[1.0, 2], [3, 4]]])
    assert T.RandomHorizontalFlip(1)(picture).tolist() == [[[2, 1], [4, 3]]]
    assert T.RandomVerticalFlip(1)(picture).tolist() == [[[3, 4], [1, 2]]]


def test_erased_rectangles_by_hand() -> None:
    """A sixteenth of 32 × 32, four times as high as wide: 16 × 4."""
    out = T.RandomErasing(1, (1 / 16, 1 / 16), (4, 4), value=-1)(at.zeros(300, 1, 32, 32))
    gone = out.numpy()[:, 0] < 0
    rows, columns = gone.any(2), gone.any(1)
    assert set(rows.sum(1).tolist()) == {16}
    assert set(columns.sum(1).tolist()) == {4}
    assert set(rows.argmax(1).tolist()) == set(range(17))
    assert set(columns.argmax(1).tolist()) == set(range(29))
    # All of the picture is too much.
    assert T.RandomErasing(1, (1, 1), (1, 1), value=-1)(at.zeros(1, 8, 8)).numpy().min() == 0


# -- colours ---------------------------------------------------------------------------------------


def spread_of(values: np.ndarray, low: float, high: float) -> None:
    """Drawn from all of low … high, and from nowhere else."""
    margin = (high - low) / 20
    assert low - 1e-6 <= values.min() < low + margin
    assert high - margin < values.max() <= high + 1e-6


@pytest.mark.parametrize(("given", "low", "high"), [(0.4, 0.6, 1.4), (1.5, 0, 2.5), ((2, 3), 2, 3)])
def test_factors_of_colours(given: Any, low: float, high: float) -> None:
    pixels = np.array([[0.3, 0.31], [0.3, 0.3], [0.3, 0.29]]).reshape(3, 1, 2)  # two grey-ish ones
    pictures = at.tensor(np.repeat(pixels[None], 400, axis=0))
    brighter = T.ColorJitter(brightness=given)(pictures).numpy()
    spread_of(brighter[:, 0, 0, 0] / 0.3, low, high)
    stronger = T.ColorJitter(contrast=given)(pictures).numpy()
    spread_of((stronger[:, 0, 0, 1] - stronger[:, 0, 0, 0]) / 0.01, low, high)
    livelier = T.ColorJitter(saturation=given)(pictures).numpy()
    spread_of((livelier[:, 0, 0, 1] - livelier[:, 2, 0, 1]) / 0.02, low, high)


def test_hues_go_both_ways_round() -> None:
    red = at.tensor(np.repeat(np.array([1.0, 0, 0]).reshape(1, 3, 1, 1), 400, axis=0))
    r, g, b = T.ColorJitter(hue=0.15)(red).numpy()[:, :, 0, 0].T
    assert (r == 1).all()
    assert ((g == 0) | (b == 0)).all()
    # To yellow it is a sixth of the circle, in which green goes from 0 to 1; the other way blue.
    spread_of((g - b) / 6, -0.15, 0.15)
    assert T.ColorJitter(hue=0.5).hue == (-0.5, 0.5)
    for wrong in (0.51, (-0.6, 0), (0, 0.6), -0.1):
        with pytest.raises(ValueError, match="hue must be"):
            T.ColorJitter(hue=wrong)


def test_changes_of_colours_come_in_any_order_and_each_is_cut_off() -> None:
    dark_and_light = at.tensor(np.repeat(np.array([0.0, 0.9]).reshape(1, 1, 1, 2), 30, axis=0))
    change = T.ColorJitter(brightness=(2, 2), contrast=(0, 0))
    # Twice (0, 0.9) is (0, 1), whose mean is 0.5; twice the mean 0.45 is 0.9.
    found = {round(float(change(one).numpy()[0, 0, 0]), 6) for one in dark_and_light}
    assert found == {0.5, 0.9}


def test_contrast_is_about_the_mean_brightness() -> None:
    picture = np.random.default_rng(0).random((3, 4, 5)) / 2 + 0.2
    mean = sum(
        0.299 * red + 0.587 * green + 0.114 * blue
        for red, green, blue in picture.reshape(3, 20).T
    ) / 20  # fmt: skip
    found = T.ColorJitter(contrast=(0.5, 0.5))(at.tensor(picture)).numpy()
    np.testing.assert_allclose(found, mean + 0.5 * (picture - mean), atol=1e-6)


def test_bytes_are_rounded_and_stay_bytes() -> None:
    picture = at.tensor(np.array([[[3, 5, 7, 201]]], np.uint8))
    found = T.ColorJitter(brightness=(1.5, 1.5))(picture)
    assert found.dtype == np.uint8
    assert found.tolist() == [[[4, 8, 10, 255]]]  # 4.5, 7.5, 10.5 (halves to even), 301.5


def test_blur_by_loops() -> None:
    """Weights exp(-x² / 2σ²) that sum to 1; at the edges the picture is mirrored."""
    picture = np.random.default_rng(0).random((5, 7))
    sigma, wide, high = 1.3, 5, 3

    def weights(size: int) -> list[float]:
        each = [math.exp(-((i - size // 2) ** 2) / (2 * sigma**2)) for i in range(size)]
        return [one / sum(each) for one in each]

    def mirrored(place: int, n: int) -> int:
        return -place if place < 0 else min(place, 2 * (n - 1) - place)

    expected = np.zeros((5, 7))
    for row, column in np.ndindex(5, 7):
        for (i, down), (j, over) in itertools.product(
            enumerate(weights(high)), enumerate(weights(wide))
        ):
            read = mirrored(row + i - high // 2, 5), mirrored(column + j - wide // 2, 7)
            expected[row, column] += down * over * picture[read]
    found = T.GaussianBlur((wide, high), sigma)(at.tensor(picture[None])).numpy()[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


# -- rotations -------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [-200.0, -30.0, 77.0])
@pytest.mark.parametrize("center", [None, (2.0, 1.5)])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_turning_by_loops(angle: float, center: Any, mode: str) -> None:
    """Every pixel reads where it would be, were the picture turned back, about a point in pixels
    from the upper left corner; outside stands the fill."""
    height, width, fill = 6, 9, 0.25
    picture = np.random.default_rng(0).random((height, width))
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x0, y0 = center or (width / 2, height / 2)

    def pixel(row: int, column: int) -> float:
        inside = 0 <= row < height and 0 <= column < width
        return float(picture[row, column]) if inside else fill

    expected = np.empty((height, width))
    for row, column in np.ndindex(height, width):
        x, y = column + 0.5 - x0, row + 0.5 - y0
        # y points down: what is right of the point after a counter-clockwise turn was below it.
        x, y = cosine * x - sine * y + x0 - 0.5, sine * x + cosine * y + y0 - 0.5
        if mode == "nearest":
            expected[row, column] = pixel(round(y), round(x))
            continue
        left, top = math.floor(x), math.floor(y)
        expected[row, column] = sum(
            (1 - abs(y - i)) * (1 - abs(x - j)) * pixel(i, j)
            for i in (top, top + 1)
            for j in (left, left + 1)
        )
    turn = T.RandomRotation((angle, angle), mode, center=center, fill=fill)
    found = turn(at.tensor(picture[None])).numpy()[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_angles_are_drawn_from_both_sides() -> None:
    dots = at.zeros(400, 1, 41, 41)
    dots[:, 0, 20, 39] = 1  # to the right of the middle
    number, rows, columns = np.nonzero(T.RandomRotation(40)(dots).numpy()[:, 0])
    angles = np.degrees(np.arctan2(20 - rows, columns - 20))
    assert len(set(number.tolist())) > 200
    assert -42 < angles.min() < -36
    assert 36 < angles.max() < 42


def dots_place(**arguments: Any) -> set[tuple[int, int]]:
    """Where a dot goes that is 4 to the right of the middle and 2 below: (right, down)."""
    dots = at.zeros(300, 1, 31, 41)
    dots[:, 0, 17, 24] = 1
    _, rows, columns = np.nonzero(T.RandomAffine(0, **arguments)(dots).numpy()[:, 0])
    return set(zip((columns - 20).tolist(), (rows - 15).tolist(), strict=True))


def test_affine_maps_by_hand() -> None:
    assert dots_place() == {(4, 2)}
    assert dots_place(scale=(0.5, 0.5)) == {(2, 1)}
    steps = dots_place(translate=(0.1, 0.2))  # of a width of 41 and a height of 31
    assert {right for right, _ in steps} == set(range(9))
    assert {down for _, down in steps} == set(range(-4, 9))
    # Sheared along x by 45°, what is below moves to the left; along y, what is right moves up.
    assert dots_place(shear=(45, 45)) == {(2, 2)}
    assert dots_place(shear=(0, 0, 45, 45)) == {(4, -2)}


# -- mixtures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "alpha"), [((), 0.2), ((0.2,), 0.2), ((2.0,), 2.0)])
def test_shares_of_mixtures_have_the_beta_distribution(given: Any, alpha: float) -> None:
    """Its mean is ½, and its variance 1 / (4 (2α + 1))."""
    images, labels = at.eye(8, dtype=at.float64), at.arange(8)
    shares = []
    for _ in range(600):
        mixed, targets = T.mixup(images, labels, *given, num_classes=8)
        np.testing.assert_allclose(mixed.numpy(), targets.numpy(), atol=1e-6)
        shares.append(mixed.numpy().diagonal().min())
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
    assert np.var(shares) == pytest.approx(1 / (4 * (2 * alpha + 1)), abs=0.02)


# -- conversions -----------------------------------------------------------------------------------


def test_conversions_by_hand() -> None:
    every = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)  # (H, W, C)
    found = T.ToTensor()(every)
    np.testing.assert_array_equal(found.numpy(), np.float32([[[0, 1, 2], [3, 4, 5]]]) / 255)
    floats = at.tensor([[[0.0, 0.5, 0.999, 1.0]]])
    assert T.ConvertImageDtype(at.uint8)(floats).tolist() == [[[0, 127, 255, 255]]]
    assert T.Normalize([1.0], [4.0])(at.tensor([[[3.0, -1.0]]])).tolist() == [[[0.5, -0.5]]]
    picture = T.ToPILImage()(at.tensor([[[0.0, 0.5, 1.0, 1.7, -1.0]]]))
    assert np.asarray(picture).tolist() == [[0, 127, 255, 255, 0]]
    both = T.Compose([T.Lambda(lambda x: x + 1), T.Lambda(lambda x: x * 10)])
    assert both(2) == 30
