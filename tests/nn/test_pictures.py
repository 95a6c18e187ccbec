"""Pictures of every mode, quarter turns, tones, bent pictures and masks, by hand and by loops."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn.functional as F
from nn.data import transforms as T

RED = (255, 0, 0)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    at.manual_seed(0)


def numbered(height: int, width: int) -> np.ndarray:
    """A picture whose pixels are numbered from 1 on, row by row."""
    return np.arange(1, height * width + 1, dtype=np.uint8).reshape(height, width)


def bytes_of(*rows: list[int]) -> Any:
    """A Tensor of one channel."""
    return at.tensor(np.array([rows], np.uint8))


# -- turns -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), list(itertools.product(range(1, 8), repeat=2)))
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_lose_no_pixel_that_has_room(height: int, width: int, quarters: int) -> None:
    """With halves counted in integers: a pixel at ``2x + 1 - width`` from the middle, twice."""
    picture = numbered(height, width)
    expected = np.zeros((height, width))
    for row, column in np.ndindex(height, width):
        right, down = 2 * column + 1 - width, 2 * row + 1 - height
        for _ in range(quarters):  # one back, which is clockwise
            right, down = -down, right
        x, y = (right + width) // 2, (down + height) // 2  # halfway, the next pixel
        if 0 <= x < width and 0 <= y < height:
            expected[row, column] = picture[y, x]
    for angle in (90 * quarters, 90 * quarters - 360):
        turn = T.RandomRotation((angle, angle))
        np.testing.assert_array_equal(turn(at.tensor(picture[None])).numpy()[0], expected)
        np.testing.assert_array_equal(np.asarray(turn(Image.fromarray(picture))), expected)
    kept = len(set(expected.ravel()) - {0})
    least = (min(height, width) - 1) * min(height, width) if (height - width) % 2 else 0
    assert kept >= max(least, 1)


@pytest.mark.parametrize(("height", "width"), list(itertools.product((1, 2, 4, 7), repeat=2)))
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_quarter_turns_with_room_are_exact(height: int, width: int, mode: str) -> None:
    picture = numbered(height, width)
    for quarters in range(-1, 5):
        turn = T.RandomRotation((90 * quarters,) * 2, mode, expand=True)
        expected = np.rot90(picture, quarters)
        np.testing.assert_array_equal(turn(at.tensor(picture[None])).numpy()[0], expected)
        np.testing.assert_array_equal(np.asarray(turn(Image.fromarray(picture))), expected)


@pytest.mark.parametrize("size", list(itertools.product((1, 2, 3, 8), (1, 5))))
@pytest.mark.parametrize("angle", [7.0, 45.0, 133.0, -91.0])
def test_turned_pictures_are_as_large_as_pillows(size: tuple[int, int], angle: float) -> None:
    turn = T.RandomRotation((angle, angle), expand=True)
    found = turn(at.zeros(1, *size)).shape[1:]
    assert turn(Image.new("L", size[::-1])).size == found[::-1]


# -- modes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "grey"),
    [
        (Image.new("RGB", (2, 1), RED), 76),  # 0.299 · 255 = 76.2
        (Image.new("RGBA", (2, 1), (*RED, 9)), 76),
        (Image.new("HSV", (2, 1), (0, 255, 255)), 76),
        (Image.new("CMYK", (2, 1), (0, 255, 255, 0)), 76),
        (Image.new("YCbCr", (2, 1), (76, 128, 128)), 76),
        (Image.new("LA", (2, 1), (70, 9)), 70),
        (Image.new("1", (2, 1), 1), 255),
        (Image.new("I", (2, 1), 70), 70),
        (Image.new("F", (2, 1), 70.0), 70),
        (Image.new("P", (2, 1), 0), 0),
    ],
    ids=lambda one: getattr(one, "mode", ""),
)
def test_grey_of_all_modes(picture: Image.Image, grey: int) -> None:
    one, three = T.Grayscale()(picture), T.Grayscale(3)(picture)
    assert (one.mode, one.getpixel((0, 0))) == ("L", grey)
    assert (three.mode, three.getpixel((1, 0))) == ("RGB", (grey,) * 3)


def test_grey_keeps_alpha_where_channels_stay() -> None:
    found = T.RandomGrayscale(1)(Image.new("RGBA", (2, 1), (*RED, 9)))
    assert (found.mode, found.getpixel((0, 0))) == ("RGBA", (76, 76, 76, 9))
    found = T.RandomGrayscale(1)(Image.new("LA", (2, 1), (70, 9)))
    assert (found.mode, found.getpixel((0, 0))) == ("LA", (70, 9))
    with pytest.raises(ValueError, match="a picture of mode CMYK has no grey in 4 channels"):
        T.RandomGrayscale(1)(Image.new("CMYK", (2, 1)))


def palette(*colours: tuple[int, int, int], numbers: Any = ((0, 1, 2), (2, 1, 0))) -> Image.Image:
    picture = Image.fromarray(np.array(numbers, np.uint8))
    picture.putpalette([one for colour in colours for one in colour])
    return picture


def test_places_in_palettes_are_moved_and_never_mixed() -> None:
    picture = palette((0, 0, 0), RED, (0, 0, 255))
    assert picture.mode == "P"
    for transform, expected in [
        (T.RandomHorizontalFlip(1), [[2, 1, 0], [0, 1, 2]]),
        (T.Resize((2, 6)), [[0, 0, 1, 1, 2, 2], [2, 2, 1, 1, 0, 0]]),
        (T.RandomRotation((180, 180), "bilinear"), [[0, 1, 2], [2, 1, 0]]),
        (T.Pad((1, 0), 2), [[2, 0, 1, 2, 2], [2, 2, 1, 0, 2]]),
        (T.Pad((1, 0), padding_mode="reflect"), [[1, 0, 1, 2, 1], [1, 2, 1, 0, 1]]),
    ]:
        found = transform(picture)
        assert found.mode == "P"
        assert np.asarray(found).tolist() == expected
        assert found.getpalette()[:9] == picture.getpalette()[:9]
        with_alpha = transform(picture.convert("PA"))
        assert with_alpha.mode == "PA"
        assert np.asarray(with_alpha)[..., 0].tolist() == expected
    far = palette((0, 0, 0), RED, (0, 0, 255), numbers=[[0, 2, 0]]).convert("PA")
    assert np.asarray(T.Resize((1, 6))(far))[..., 0].tolist() == [[0, 0, 2, 2, 0, 0]]
    for refused in (
        T.GaussianBlur(3),
        T.RandomErasing(1),
        T.RandomEqualize(1),
        T.ElasticTransform(),
    ):
        name = type(refused).__name__
        if name != "RandomEqualize":
            with pytest.raises(ValueError, match=rf"{name}: cannot be done to .* mode P.*convert"):
                refused(picture)


def test_conversions_keep_numbers() -> None:
    picture = palette((0, 0, 0), RED, (0, 0, 255))
    assert T.PILToTensor()(picture).tolist() == [[[0, 1, 2], [2, 1, 0]]]
    np.testing.assert_allclose(T.ToTensor()(picture).numpy()[0, 0], np.arange(3) / 255)
    bits = Image.fromarray(np.array([[True, False]]))
    assert T.PILToTensor()(bits).dtype == np.bool_
    assert T.PILToTensor()(bits).tolist() == [[[True, False]]]
    assert T.ToTensor()(bits).tolist() == [[[1, 0]]]
    assert T.ToPILImage()(T.PILToTensor()(bits)).mode == "1"
    for mode, kind in (("I;16", "<u2"), ("I;16B", ">u2")):
        deep = Image.frombytes(mode, (2, 1), np.array([7, 40_000], kind).tobytes())
        for convert in (T.PILToTensor(), T.ToTensor()):
            assert convert(deep).dtype == np.int32
            assert convert(deep).tolist() == [[[7, 40_000]]]
        assert np.asarray(T.RandomHorizontalFlip(1)(deep)).tolist() == [[40_000, 7]]
    before = at.get_default_dtype()
    at.set_default_dtype(at.float64)
    try:
        assert T.ToTensor()(picture).dtype == np.float64
    finally:
        at.set_default_dtype(before)


# -- tones -----------------------------------------------------------------------------------------

TONES: dict[str, tuple[Any, list[int], list[int]]] = {
    "negative": (T.RandomInvert(1), [0, 9, 255], [255, 246, 0]),
    "three bits": (T.RandomPosterize(3, 1), [31, 32, 255], [0, 32, 224]),
    "all bits": (T.RandomPosterize(8, 1), [31, 32, 255], [31, 32, 255]),
    "negative of light": (T.RandomSolarize(100, 1), [99, 100, 255], [99, 155, 0]),
    "negative from 99.5 on": (T.RandomSolarize(99.5, 1), [99, 100, 255], [99, 155, 0]),
    "stretched": (T.RandomAutocontrast(1), [50, 60, 101], [0, 50, 255]),
    "one shade": (T.RandomAutocontrast(1), [50, 50, 50], [50, 50, 50]),
    "sharp": (T.RandomAdjustSharpness(2, 1), [9, 0, 5], [9, 0, 5]),  # all of it is edge
}


@pytest.mark.parametrize("tone", TONES)
def test_tones_by_hand(tone: str) -> None:
    transform, given, expected = TONES[tone]
    array = np.array([given], np.uint8)
    assert transform(bytes_of(given)).tolist() == [[expected]]
    assert np.asarray(transform(Image.fromarray(array))).tolist() == [expected]
    if not isinstance(transform, T.RandomPosterize):
        if isinstance(transform, T.RandomSolarize):
            transform = T.RandomSolarize(transform.threshold / 255, 1)
        floats = transform(at.tensor(array[None].astype(np.float32) / 255))
        np.testing.assert_allclose(floats.numpy() * 255, [[expected]], atol=1)


def test_sharper_by_loops() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 6), np.uint8)
    for factor in (0.0, 0.4, 1.0, 2.5):
        expected = picture.astype(float)
        for row, column in itertools.product(range(1, 4), range(1, 5)):
            around = picture[row - 1 : row + 2, column - 1 : column + 2].astype(float)
            soft = np.rint((around.sum() + 4 * around[1, 1]) / 13)
            expected[row, column] = soft + factor * (picture[row, column] - soft)
        expected = expected.clip(0, 255)
        transform = T.RandomAdjustSharpness(factor, 1)
        for found in (
            transform(at.tensor(picture[None])).numpy()[0],
            np.asarray(transform(Image.fromarray(picture))),
        ):
            assert np.abs(found - expected).max() <= 1


def test_equally_many_of_all_shades_by_hand() -> None:
    """1,020 pixels of two shades and one of white: steps of four."""
    values = np.repeat([10, 20, 255], [510, 510, 1]).astype(np.uint8)
    # (0 + 2) // 4 = 0; (510 + 2) // 4 = 128; (1020 + 2) // 4 = 255
    expected = np.repeat([0, 128, 255], [510, 510, 1])
    found = T.RandomEqualize(1)(at.tensor(values.reshape(1, 1, -1))).numpy().ravel()
    np.testing.assert_array_equal(found, expected)
    pillows = T.RandomEqualize(1)(Image.fromarray(values.reshape(1, -1)))
    np.testing.assert_array_equal(np.asarray(pillows)[0], expected)
    few = bytes_of([3, 5, 9])
    assert T.RandomEqualize(1)(few).tolist() == few.tolist()


@pytest.mark.parametrize(
    "make",
    [
        T.RandomInvert, T.RandomAutocontrast, T.RandomEqualize, lambda: T.RandomPosterize(2),
        lambda: T.RandomSolarize(9), lambda: T.RandomAdjustSharpness(3), T.RandomPerspective,
    ],
)  # fmt: skip
def test_half_of_the_pictures_are_changed(make: Any) -> None:
    pictures = at.tensor(np.random.default_rng(0).integers(0, 200, (400, 3, 20, 20), np.uint8))
    changed = (make()(pictures).numpy() != pictures.numpy()).any((1, 2, 3))
    assert changed.mean() == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize(
    ("transform", "error", "message"),
    [
        (T.RandomPosterize(2, 1), TypeError, "RandomPosterize: expected a Tensor of uint8, got fl"),
        (T.RandomEqualize(1), TypeError, "RandomEqualize: expected a Tensor of uint8"),
        (T.RandomSolarize(2, 1), ValueError, "threshold must be at most 1 for float32, got 2"),
    ],
)
def test_tones_of_the_wrong_kind(transform: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        transform(at.rand(3, 4, 4))
    with pytest.raises(ValueError, match="expected 1 or 3 channels, got 2"):
        transform(at.rand(2, 4, 4))
    for make in (lambda: T.RandomPosterize(9), lambda: T.RandomSolarize(-1)):
        with pytest.raises(ValueError, match="must be"):
            make()


def test_linear_maps_of_pictures() -> None:
    matrix = np.arange(16.0).reshape(4, 4)
    mean = np.array([1.0, 2, 3, 4])
    pictures = np.random.default_rng(0).random((3, 1, 2, 2))
    found = T.LinearTransformation(at.tensor(matrix), at.tensor(mean))(at.tensor(pictures)).numpy()
    for one, picture in zip(found, pictures, strict=True):
        np.testing.assert_allclose(one.ravel(), (picture.ravel() - mean) @ matrix)
    with pytest.raises(ValueError, match=r"pictures of 9 values do not fit a matrix \(4, 4\)"):
        T.LinearTransformation(at.tensor(matrix), at.tensor(mean))(at.zeros(1, 3, 3))
    with pytest.raises(ValueError, match=r"expected a matrix \(D, D\) and a vector \(D,\)"):
        T.LinearTransformation(at.eye(3), at.zeros(4))


# -- parts -----------------------------------------------------------------------------------------


def test_five_and_ten_parts() -> None:
    picture = numbered(4, 5)
    corners = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]
    expected = [picture[top : top + 2, left : left + 3].tolist() for top, left in corners]
    mirrored = picture[:, ::-1]
    expected += [mirrored[top : top + 2, left : left + 3].tolist() for top, left in corners]
    for given in (at.tensor(picture[None]), Image.fromarray(picture)):
        for transform, count in ((T.FiveCrop((2, 3)), 5), (T.TenCrop((2, 3)), 10)):
            parts = transform(given)
            assert isinstance(parts, tuple)
            assert [np.asarray(one).reshape(2, 3).tolist() for one in parts] == expected[:count]
    flipped = T.TenCrop(2, vertical_flip=True)(at.tensor(picture[None]))[5]
    assert flipped.numpy()[0].tolist() == picture[::-1][:2, :2].tolist()
    assert T.FiveCrop(2)(at.zeros(6, 1, 4, 4))[0].shape == (6, 1, 2, 2)
    assert not T.FiveCrop(2).takes_batches
    with pytest.raises(ValueError, match="FiveCrop: a picture of 4 × 5 has no part of 5 × 5"):
        T.FiveCrop(5)(Image.fromarray(picture))


def test_drawn_parameters() -> None:
    picture = at.zeros(3, 10, 12)
    places = {T.RandomCrop.get_params(picture, (9, 9)) for _ in range(100)}
    assert places == {(i, j, 9, 9) for i in range(2) for j in range(4)}
    top, left, height, width = T.RandomResizedCrop.get_params(
        Image.new("L", (12, 10)), (0.3, 0.3), (1, 1)
    )
    assert (height, width) == (6, 6)
    assert 0 <= top <= 4
    assert 0 <= left <= 6
    assert -5 <= T.RandomRotation.get_params([-5, 5]) <= 5
    order, *factors = T.ColorJitter.get_params((0.5, 1.5), None, (2, 2), None)
    assert sorted(order) == [0, 1, 2, 3]
    assert 0.5 <= factors[0] <= 1.5
    assert factors[1:] == [None, 2.0, None]


def test_what_is_sure_draws_nothing() -> None:
    """So a fixed change leaves the order of all others."""
    before = at.get_rng_state().tolist()
    picture = at.rand(3, 8, 8)
    at.manual_seed(0)
    for transform in (
        T.RandomHorizontalFlip(1), T.RandomHorizontalFlip(0), T.RandomRotation((9, 9)),
        T.RandomAffine((9, 9), None, (2, 2), (1, 1)), T.GaussianBlur(3, 1.0),
    ):  # fmt: skip
        transform(picture)
    assert at.get_rng_state().tolist() == before


# -- bent ------------------------------------------------------------------------------------------


def test_corners_move_inwards_at_random() -> None:
    starts, ends = T.RandomPerspective.get_params(21, 11, 0.5)
    assert starts == [[0, 0], [20, 0], [20, 10], [0, 10]]
    drawn = np.array([T.RandomPerspective.get_params(21, 11, 0.5)[1] for _ in range(300)])
    moved = np.abs(drawn - np.array(starts))
    assert moved.max((0, 1)).tolist() == [5, 2]  # half of the way to the middle
    assert moved.min((0, 1)).tolist() == [0, 0]
    assert (drawn >= 0).all()
    assert (drawn <= [20, 10]).all()
    assert T.RandomPerspective.get_params(21, 11, 0)[1] == starts
    assert len(ends) == 4


@pytest.mark.parametrize("kind", ["Tensor", "Pillow"])
def test_corners_are_seen_where_they_went(kind: str) -> None:
    """A frame of nines around a field of ones: the frame goes with the corners."""
    picture = np.ones((31, 41), np.uint8)
    picture[:2] = picture[-2:] = picture[:, :2] = picture[:, -2:] = 9
    for seed in range(20):
        at.manual_seed(seed)
        _, ends = T.RandomPerspective.get_params(41, 31, 0.4)
        at.manual_seed(seed)
        bend = T.RandomPerspective(0.4, 1, "nearest")
        found = np.asarray(bend(Image.fromarray(picture)))
        if kind == "Tensor":
            at.manual_seed(seed)
            same = bend(at.tensor(picture[None])).numpy()[0]
            assert (same != found).mean() < 0.01  # where it is halfway between two pixels
            found = same
        for (x, y), (right, down) in zip(ends, [(1, 1), (-1, 1), (-1, -1), (1, -1)], strict=True):
            assert (
                9 in found[y : y + 2 * down : down, x : x + 2 * right : right]
                or 9 in found[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            )
        middle = np.array(ends).mean(0).astype(int)
        assert found[middle[1], middle[0]] == 1
        inside = {(0, 0), (40, 0), (40, 30), (0, 30)} - {tuple(one) for one in ends}
        for x, y in inside:
            assert found[y, x] in (0, 9)


def test_rubber_moves_neighbours_alike() -> None:
    """On ramps, what is read says where from."""
    rows, columns = np.mgrid[:24, :24].astype(np.float64)
    bend = T.ElasticTransform((6.0, 0.0), 3.0, fill=-100)
    (moved,) = bend(at.tensor(columns[None])).numpy()
    shift = (moved - columns)[:, 6:-6]
    assert 0.2 < np.abs(shift).max() <= 3  # half of 6
    assert np.abs(np.diff(shift, axis=0)).max() < 0.5 * np.abs(shift).max()
    (still,) = bend(at.tensor(rows[None])).numpy()
    seen = still > -1
    np.testing.assert_allclose(
        still[:, 6:-6][seen[:, 6:-6]], rows[:, 6:-6][seen[:, 6:-6]], atol=1e-5
    )
    rough = T.ElasticTransform((6.0, 0.0), 0.0, fill=-100)(at.tensor(columns[None])).numpy()[0]
    shift = (rough - columns)[:, 6:-6]
    assert 2.8 < np.abs(shift).max() <= 3.0001
    same = T.ElasticTransform(0.0)(Image.fromarray(numbered(9, 9)))
    np.testing.assert_array_equal(np.asarray(same), numbered(9, 9))
    two = T.ElasticTransform(8.0, 2.0)(at.tensor(np.stack([columns[None]] * 2)))
    assert (two.numpy()[0] != two.numpy()[1]).any()


# -- masks -----------------------------------------------------------------------------------------


def test_classes_of_masks_by_hand() -> None:
    numbers = T.ClassNumbers()
    indexed = palette((0, 0, 0), RED, (0, 0, 255), numbers=[[0, 2, 255], [1, 1, 0]])
    for mask in (
        indexed, Image.fromarray(np.array([[0, 2, 255], [1, 1, 0]], np.uint8)),
        np.array([[0, 2, 255], [1, 1, 0]]), bytes_of([0, 2, 255], [1, 1, 0]),
        Image.fromarray(np.array([[0, 2, 255], [1, 1, 0]], np.int32)),
    ):  # fmt: skip
        found = numbers(mask)
        assert (found.dtype, found.tolist()) == (np.int64, [[0, 2, 255], [1, 1, 0]])
    bits = Image.fromarray(np.array([[True, False]]))
    assert numbers(bits).tolist() == [[1, 0]]
    assert T.ClassNumbers(2)(bits).tolist() == [[1, 0]]
    assert T.ClassNumbers(3)(indexed).tolist() == [[0, 2, 255], [1, 1, 0]]
    assert numbers(at.zeros(5, 1, 2, 3, dtype=at.uint8)).shape == (5, 2, 3)
    loss = F.cross_entropy(at.zeros(1, 3, 2, 3), numbers(indexed)[None], ignore_index=255)
    assert loss.item() == pytest.approx(math.log(3))


def test_classes_of_colours() -> None:
    colours = [(0, 0, 0), (128, 0, 0), (0, 128, 0)]
    mask = Image.new("RGB", (3, 1))
    for x, colour in enumerate([(0, 128, 0), (0, 0, 0), (128, 0, 0)]):
        mask.putpixel((x, 0), colour)
    assert T.ClassNumbers(colours=colours)(mask).tolist() == [[2, 0, 1]]
    assert T.ClassNumbers(colours=colours)(T.PILToTensor()(mask)).tolist() == [[2, 0, 1]]
    mask.putpixel((0, 0), (224, 224, 192))
    with pytest.raises(ValueError, match=r"the colour \(224, 224, 192\) stands for no class"):
        T.ClassNumbers(colours=colours)(mask)
    named = {255: (224, 224, 192), 0: (0, 0, 0), 7: (128, 0, 0)}
    assert T.ClassNumbers(8, colours=named)(mask).tolist() == [[255, 0, 7]]


@pytest.mark.parametrize(
    ("make", "mask", "error", "message"),
    [
        (T.ClassNumbers, Image.new("RGB", (2, 2)), ValueError, "one channel, got 3; colours= says"),
        (T.ClassNumbers, Image.new("F", (2, 2)), TypeError, "whole numbers, got a mask of float32"),
        (T.ClassNumbers, "mask.png", TypeError, "expected a PIL Image, .* got str"),
        (lambda: T.ClassNumbers(3), bytes_of([3]), ValueError, "number 3, but there are 3 classes"),
        (lambda: T.ClassNumbers(3, None), bytes_of([255]), ValueError, "the number 255"),
        (lambda: T.ClassNumbers(0), None, ValueError, "num_classes must be at least 1"),
        (lambda: T.ClassNumbers(colours=[(1, 2)]), None, ValueError, "a colour has three numbers"),
    ],
)
def test_what_is_no_mask(make: Any, mask: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        make()(mask)


CHANGES = [
    T.Resize((7, 5), "nearest"),
    T.RandomCrop(6, padding=2),
    T.RandomResizedCrop(6, interpolation="nearest"),
    T.RandomHorizontalFlip(),
    T.RandomVerticalFlip(),
    T.RandomRotation(80),
    T.RandomAffine(30, (0.2, 0.2), (0.7, 1.3), 20),
    T.RandomPerspective(0.5, 0.7, "nearest"),
    T.ElasticTransform(9.0, 1.0, "nearest"),
    T.CenterCrop(5),
    T.Pad(2),
    T.RandomApply([T.RandomRotation(90), T.RandomCrop(8)]),
    T.RandomChoice([T.RandomHorizontalFlip(1), T.RandomVerticalFlip(1), T.Pad(1)]),
    T.RandomOrder([T.RandomCrop(7, padding=1), T.RandomRotation(50)]),
    T.Compose([T.RandomRotation(50), T.RandomErasing(0), T.RandomHorizontalFlip()]),
]


@pytest.mark.parametrize("kind", ["Pillow", "Tensor"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda one: type(one).__name__)
def test_a_mask_goes_where_its_picture_goes(change: Any, kind: str) -> None:
    """A picture that is its own mask stays so."""
    picture = numbered(9, 12)
    given: Any = Image.fromarray(picture) if kind == "Pillow" else at.tensor(picture[None])
    both = T.WithMask(change)
    seen = set()
    for _ in range(12):
        found, mask = both(given, Image.fromarray(picture) if kind == "Pillow" else given)
        np.testing.assert_array_equal(np.asarray(found), np.asarray(mask))
        seen.add(np.asarray(mask).tobytes())
    assert len(seen) > 1 or type(change) in (T.Resize, T.CenterCrop, T.Pad)


def test_masks_are_not_mixed_nor_coloured() -> None:
    at.manual_seed(3)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8))
    mask = palette((0, 0, 0), RED, numbers=np.arange(600).reshape(20, 30) % 2)
    both = T.WithMask(
        [
            T.RandomResizedCrop(16), T.ColorJitter(0.5, 0.5, 0.5, 0.2),
            T.RandomRotation(40, "bilinear"),
            T.Grayscale(3), T.RandomErasing(1), T.ToTensor(), T.Normalize(0.5, 0.5),
        ],
        mask_fill=255,
        mask_transform=T.ClassNumbers(2),
    )  # fmt: skip
    tensor, classes = both(picture, mask)
    assert (tensor.shape, classes.shape, classes.dtype) == ((3, 16, 16), (16, 16), np.int64)
    assert set(np.unique(classes.numpy())) == {0, 1, 255}
    flat = at.tensor(np.arange(600).reshape(20, 30) % 2)
    _, moved = T.WithMask(T.RandomHorizontalFlip(1))(T.ToTensor()(picture), flat)
    np.testing.assert_array_equal(moved.numpy(), flat.numpy()[:, ::-1])
    with pytest.raises(ValueError, match="the mask is 20 × 29, its picture 20 × 30"):
        T.WithMask(T.Resize(3))(picture, Image.new("P", (29, 20)))
    with pytest.raises(ValueError, match="RandomApply needs a single picture"):
        T.WithMask(T.RandomApply([T.Pad(1)]))(at.zeros(2, 3, 4, 4), at.zeros(2, 1, 4, 4))
    _, wide = T.WithMask(T.Resize((1, 6)))(at.rand(3, 1, 3), bytes_of([0, 9, 0]))
    assert wide.tolist() == [[[0, 0, 9, 9, 0, 0]]]
    images, masks = at.rand(5, 3, 8, 8), at.rand(5, 1, 8, 8)
    found, moved = T.WithMask(T.RandomHorizontalFlip())(images, masks)
    turned = (found.numpy() != images.numpy()).any((1, 2, 3))
    np.testing.assert_array_equal(turned, (moved.numpy() != masks.numpy()).any((1, 2, 3)))


def test_a_mask_draws_nothing_of_its_own() -> None:
    picture = at.rand(3, 9, 9)
    transform = T.Compose([T.RandomCrop(8), T.RandomRotation(30), T.ColorJitter(0.3)])
    at.manual_seed(5)
    alone = transform(picture), at.rand(3).tolist()
    at.manual_seed(5)
    together = T.WithMask(transform)(picture, picture[:1]), at.rand(3).tolist()
    np.testing.assert_array_equal(alone[0].numpy(), together[0][0].numpy())
    assert alone[1] == together[1]
