"""Transforms of pictures: each on Pillow's pictures, on Tensors and on whole batches."""

from __future__ import annotations

import colorsys
import math
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn.functional as F
from autotensor import Tensor
from nn.data import transforms as T
from nn.data.transforms.warping import InterpolationMode


@pytest.fixture(autouse=True)
def _seeded() -> None:
    at.manual_seed(0)


def photo(height: int = 20, width: int = 30, channels: int = 3) -> np.ndarray:
    """A smooth uint8 picture ``(H, W, C)`` with a different gradient in each channel."""
    rows, columns = np.mgrid[:height, :width]
    waves = [128 + 100 * np.sin(rows / (3 + c) + columns / (7 - c)) for c in range(channels)]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


def as_tensor(picture: np.ndarray) -> Tensor:
    return at.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def in_mode(mode: str, height: int = 20, width: int = 30) -> Image.Image:
    """A picture of any mode of Pillow's."""
    colours = Image.fromarray(photo(height, width))
    numbers = photo(height, width)[..., 0]
    if mode == "LAB":  # a place in there is not made from colours without a profile
        return Image.frombytes(mode, colours.size, colours.tobytes())
    if mode.startswith("I;16"):
        wide = numbers.astype(">u2" if mode == "I;16B" else "<u2") * 251
        return Image.frombytes(mode, colours.size, wide.astype(wide.dtype).tobytes())
    if mode in ("La", "RGBa"):
        return in_mode({"La": "LA", "RGBa": "RGBA"}[mode], height, width).convert(mode)
    if mode in ("P", "PA"):
        return colours.quantize(16).convert(mode)
    picture = colours.convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.fromarray(numbers))
    return picture


def batch(count: int = 6, height: int = 12, width: int = 10, channels: int = 3) -> Tensor:
    return at.rand(count, channels, height, width)


# --- one change, three kinds of pictures --------------------------------------------------------

FIXED = [
    T.Resize((8, 9), antialias=True),
    T.Resize(8),
    T.CenterCrop((8, 11)),
    T.CenterCrop(25),
    T.Pad((1, 2, 3, 4), fill=7),
    T.Pad(3, padding_mode="reflect"),
    T.RandomHorizontalFlip(1),
    T.RandomVerticalFlip(1),
    T.RandomRotation((30, 30), "bilinear"),
    T.RandomAffine((20, 20), scale=(0.7, 0.7), shear=(5, 5)),
    T.Grayscale(3),
    T.ColorJitter((1.2, 1.2)),
    T.ColorJitter(hue=(0.2, 0.2)),
    T.GaussianBlur(5, 1.5),
]


@pytest.mark.parametrize("transform", FIXED, ids=repr)
def test_pictures_of_all_kinds_come_out_alike(transform: Any) -> None:
    picture = photo()
    from_pil = np.asarray(transform(Image.fromarray(picture))).astype(int)
    whole = transform(as_tensor(picture))
    assert whole.dtype == np.uint8
    floats = transform(T.ConvertImageDtype(at.float32)(as_tensor(picture)))
    assert floats.dtype == np.float32
    several = transform(at.stack([as_tensor(picture), as_tensor(255 - picture)])[None])
    assert several.shape == (1, 2, *whole.shape)
    np.testing.assert_array_equal(several.numpy()[0, 0], whole.numpy())
    channels_first = from_pil.transpose(2, 0, 1)
    gap = np.abs(channels_first - whole.numpy())
    if isinstance(transform, T.RandomRotation):  # at the edge, Pillow does not mix with black
        white = np.full_like(picture, 255)
        gap = gap[(transform(as_tensor(white)).numpy() == 255)]
        assert gap.size > 1000
    # Of hues Pillow knows 256: six times 200 / 256 from one to the next.
    assert gap.max() <= (6 if isinstance(transform, T.ColorJitter) and transform.hue[0] else 1)
    if not (isinstance(transform, T.Pad) and transform.fill):  # 7 is another grey for floats
        assert np.abs(floats.numpy() * 255 - whole.numpy()).max() <= 1.01


@pytest.mark.parametrize("transform", FIXED, ids=repr)
def test_what_goes_in_stays_as_it_was(transform: Any) -> None:
    picture = as_tensor(photo())
    before = picture.numpy().copy()
    picture.array.flags.writeable = False
    out = transform(picture)
    np.testing.assert_array_equal(picture.numpy(), before)
    assert out.array.flags.c_contiguous


RANDOM = [
    T.RandomCrop((5, 6)),
    T.RandomCrop(10, padding=2),
    T.RandomResizedCrop(7),
    T.RandomHorizontalFlip(),
    T.RandomVerticalFlip(),
    T.RandomRotation(40),
    T.RandomAffine(10, (0.2, 0.2), (0.8, 1.2), 10, "bilinear"),
    T.GaussianBlur(3),
    T.ColorJitter(0.5, 0.5, 0.5, 0.2),
    T.RandomErasing(),
    T.RandomErasing(value="random"),
    T.RandomGrayscale(0.5),
    T.RandomApply([T.RandomHorizontalFlip(1)]),
    T.RandomChoice([T.RandomHorizontalFlip(1), T.RandomVerticalFlip(1)]),
]


@pytest.mark.parametrize("transform", RANDOM, ids=lambda one: type(one).__name__)
def test_every_picture_of_a_batch_draws_for_itself(transform: Any) -> None:
    same = at.from_numpy(np.repeat(batch(1, 12, 12).numpy(), 16, axis=0))
    out = transform(same).numpy()
    assert out.dtype == np.float32
    assert out.min() >= -5
    assert len({picture.tobytes() for picture in out}) > 1
    at.manual_seed(7)
    first = transform(same).numpy()
    at.manual_seed(7)
    np.testing.assert_array_equal(transform(same).numpy(), first)
    assert np.abs(transform(same).numpy() - first).max() > 0


MOVES = [
    T.Resize((9, 11)),
    T.CenterCrop((7, 40)),
    T.RandomCrop((9, 8), padding=2, padding_mode="reflect"),
    T.RandomResizedCrop((4, 5)),
    T.Pad((1, 2, 3, 4)),
    T.Pad(2, padding_mode="symmetric"),
    T.RandomHorizontalFlip(1),
    T.RandomVerticalFlip(1),
    T.RandomRotation(9),
    T.RandomRotation((30, 30), expand=True),
    T.RandomAffine(10, (0.2, 0.2), (0.8, 1.2), 10),
]


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F",
     "I;16", "I;16B"],
)  # fmt: skip
def test_modes_of_pillow_stay(mode: str) -> None:
    picture = in_mode(mode)
    for transform in MOVES:
        found = transform(picture)
        assert found.mode == mode
        assert found.getpalette() == picture.getpalette()


def test_what_is_no_picture() -> None:
    with pytest.raises(TypeError, match=r"Resize: expected a PIL Image or a Tensor .* got ndarray"):
        T.Resize(3)(np.zeros((3, 4, 4)))
    with pytest.raises(ValueError, match=r"Resize: .* got the shape \(4, 4\)"):
        T.Resize(3)(at.zeros(4, 4))
    with pytest.raises(RuntimeError, match=r"Resize: no derivative goes through; use detach\(\)"):
        T.Resize(3)(at.zeros(1, 4, 4, requires_grad=True))


# --- sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "size", "expected"),
    [
        ((10,), (20, 30), (10, 15)),
        ((10,), (31, 20), (15, 10)),
        (([10],), (20, 30), (10, 15)),
        (((10, 40),), (20, 30), (10, 40)),
        ((10, "bilinear", 12), (20, 30), (8, 12)),
        ((10, "bilinear", 20), (20, 30), (10, 15)),
    ],
)
def test_sizes(arguments: Any, size: tuple[int, int], expected: tuple[int, int]) -> None:
    resize = T.Resize(*arguments)
    assert resize(at.zeros(1, *size)).shape == (1, *expected)
    assert resize(Image.new("L", size[::-1])).size == expected[::-1]


def test_resizing_is_pillows() -> None:
    picture = Image.fromarray(photo(40, 40))
    found = T.Resize((13, 17), "bicubic")(picture)
    expected = picture.resize((17, 13), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    nearest = T.Resize((80, 80), InterpolationMode.NEAREST)(as_tensor(photo(40, 40))).numpy()
    np.testing.assert_array_equal(nearest[:, ::2, ::2], photo(40, 40).transpose(2, 0, 1))


def test_crops_of_the_middle() -> None:
    picture = at.arange(49.0).reshape(1, 7, 7)
    np.testing.assert_array_equal(T.CenterCrop(3)(picture).numpy(), picture.numpy()[:, 2:5, 2:5])
    grown = T.CenterCrop(9)(picture).numpy()
    np.testing.assert_array_equal(grown[:, 1:8, 1:8], picture.numpy())
    assert grown.sum() == picture.numpy().sum()


def test_random_crops_are_parts_from_everywhere() -> None:
    picture = at.arange(20.0).reshape(1, 4, 5)
    crops = T.RandomCrop((2, 3))(at.from_numpy(np.repeat(picture.numpy()[None], 200, 0))).numpy()
    corners = set(crops[:, 0, 0, 0].tolist())
    assert corners == {5 * row + column for row in range(3) for column in range(3)}
    for crop in crops[:20]:
        expected = crop[0, 0, 0] + np.array([[0, 1, 2], [5, 6, 7]])
        np.testing.assert_array_equal(crop[0], expected)
    with pytest.raises(ValueError, match="a picture of 4 × 5 has no part of 6 × 3; pad_if_needed"):
        T.RandomCrop((6, 3))(picture)
    assert T.RandomCrop((6, 8), pad_if_needed=True)(picture).shape == (1, 6, 8)
    whole = T.RandomCrop((4, 5), padding=(0, 1), fill=-1)(picture).numpy()
    assert set(whole.ravel().tolist()) <= {-1.0, *map(float, range(20))}


def test_random_resized_crops() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 64, dtype=np.float32), (300, 1, 64, 64))
    crop = T.RandomResizedCrop(16, scale=(0.25, 0.25), ratio=(1, 1))
    out = crop(at.from_numpy(ramp.copy())).numpy()
    # A quarter of the area is half of the width, whatever its place.
    np.testing.assert_allclose(out[..., -1] - out[..., 0], 0.5 * 15 / 16, atol=0.03)
    assert out[:, 0, 0, 0].min() < 0.05
    assert out[:, 0, 0, 0].max() > 0.45
    assert crop(Image.fromarray(photo())).size == (16, 16)
    impossible = T.RandomResizedCrop(4, scale=(1, 1), ratio=(9, 9))
    assert impossible(at.rand(3, 10, 10)).shape == (3, 4, 4)


def test_padding() -> None:
    picture = at.tensor([[[1.0, 2, 3]]])
    assert T.Pad((1, 0))(picture).tolist() == [[[0, 1, 2, 3, 0]]]
    assert T.Pad((2, 0, 1, 0), 9)(picture).tolist() == [[[9, 9, 1, 2, 3, 9]]]
    assert T.Pad((2, 0), padding_mode="edge")(picture).tolist() == [[[1, 1, 1, 2, 3, 3, 3]]]
    assert T.Pad((2, 0), padding_mode="reflect")(picture).tolist() == [[[3, 2, 1, 2, 3, 2, 1]]]
    assert T.Pad((2, 0), padding_mode="symmetric")(picture).tolist() == [[[2, 1, 1, 2, 3, 3, 2]]]
    colours = T.Pad(1, fill=(10, 20, 30))(Image.new("RGB", (2, 2)))
    assert colours.getpixel((0, 0)) == (10, 20, 30)


# --- rotations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_quarter_turns_are_exact_and_counter_clockwise(quarters: int, mode: str) -> None:
    picture = batch(3, 9, 9)
    turned = T.RandomRotation((90 * quarters,) * 2, mode)(picture).numpy()
    expected = np.rot90(picture.numpy(), quarters, axes=(2, 3))
    np.testing.assert_allclose(turned, expected, atol=1e-5)
    clockwise = T.RandomAffine((90 * quarters,) * 2, interpolation=mode)(picture).numpy()
    back = np.rot90(picture.numpy(), -quarters, axes=(2, 3))
    np.testing.assert_allclose(clockwise, back, atol=1e-5)


def test_turning_with_room() -> None:
    picture = as_tensor(photo())
    turned = T.RandomRotation((90, 90), expand=True)(picture)
    np.testing.assert_array_equal(turned.numpy(), np.rot90(picture.numpy(), axes=(1, 2)))
    slanted = T.RandomRotation((30, 30), "bilinear", expand=True)(at.ones(1, 40, 40)).numpy()
    assert slanted.shape == (1, 56, 56)  # 40 (sin 30° + cos 30°) = 54.6, half to either side
    assert T.RandomRotation((30, 30), expand=True)(Image.new("L", (40, 40))).size == (56, 56)
    assert slanted.sum() == pytest.approx(1600, rel=0.01)
    with pytest.raises(ValueError, match="the 2 pictures different sizes"):
        T.RandomRotation(9, expand=True)(batch(2))


@pytest.mark.parametrize("angle", [-140.0, -30.0, 10.0, 77.0])
def test_turns_are_pillows(angle: float) -> None:
    picture = Image.fromarray(photo(41, 61))
    turned = T.RandomRotation((angle, angle), "bilinear")(picture)
    expected = picture.rotate(angle, Image.Resampling.BILINEAR)
    # At the edge, Pillow does not mix with black.
    whole = np.asarray(T.RandomRotation((angle, angle), "bilinear")(Image.new("L", (61, 41), 255)))
    gap = np.abs(np.asarray(turned).astype(int) - np.asarray(expected))[whole == 255]
    assert len(gap) > 1000
    assert gap.max() <= 1


def test_turning_around_a_corner() -> None:
    picture = at.zeros(1, 9, 9)
    picture[0, 0, 3] = 1
    turned = T.RandomRotation((-90, -90), center=(0, 0))(picture).numpy()
    # Clockwise around the upper left corner: what is along the top goes outside ...
    assert turned.sum() == 0
    turned = T.RandomRotation((-90, -90), center=(4.5, 4.5))(picture).numpy()
    assert turned[0, 3, 8] == 1
    wide = at.zeros(1, 5, 20)
    wide[0, 2, 12] = 1  # the middle of this pixel is at (12.5, 2.5)
    turned = T.RandomRotation((-90, -90), center=(10.5, 2.5))(wide).numpy()
    assert turned[0, 4, 10] == 1


def test_affine_maps() -> None:
    dot = at.zeros(1, 21, 21)
    dot[0, 10, 14] = 1  # four to the right of the middle

    def place(**arguments: Any) -> tuple[int, int]:
        out = T.RandomAffine(arguments.pop("degrees", (0, 0)), **arguments)(dot).numpy()
        rows, columns = np.nonzero(out[0] == out.max())
        return int(np.median(rows)) - 10, int(np.median(columns)) - 10

    assert place() == (0, 4)
    # Of two pixels each way, this is the one further up and to the left.
    assert place(scale=(2, 2)) == (-1, 7)
    assert place(scale=(0.5, 0.5), interpolation="bilinear") == (0, 2)
    assert place(degrees=(90, 90)) == (4, 0)
    assert place(degrees=(90, 90), scale=(2, 2)) == (7, 0)
    assert place(shear=(0, 0, -45, -45)) == (4, 4)
    shifted = {place(translate=(0.2, 0)) for _ in range(40)}
    assert {row for row, _ in shifted} == {0}
    assert min(column for _, column in shifted) < 4 < max(column for _, column in shifted)
    assert all(0 <= column <= 8 for _, column in shifted)


def test_what_was_outside_has_the_fill() -> None:
    picture = at.ones(2, 3, 8, 8)
    out = T.RandomRotation((45, 45), fill=(0.1, 0.2, 0.3))(picture).numpy()
    np.testing.assert_allclose(out[:, :, 0, 0], [[0.1, 0.2, 0.3]] * 2)
    with pytest.raises(ValueError, match="fill must be a number or one for each of 3 channels"):
        T.RandomRotation(9, fill=(1, 2))(picture)


# --- colours ------------------------------------------------------------------------------------


def test_normalize() -> None:
    picture = batch(2)
    out = T.Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))(picture)
    expected = (picture.numpy() - np.array([0.1, 0.2, 0.3]).reshape(3, 1, 1)) / np.array(
        [0.5, 0.6, 0.7]
    ).reshape(3, 1, 1)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-5, atol=1e-6)
    assert out.dtype == np.float32
    with pytest.raises(TypeError, match="expected a floating-point Tensor, got uint8"):
        T.Normalize(0, 1)(as_tensor(photo()))
    with pytest.raises(TypeError, match="use ToTensor first"):
        T.Normalize(0, 1)(Image.new("L", (2, 2)))
    with pytest.raises(ValueError, match="2 numbers do not fit 3 channels"):
        T.Normalize((0, 0), 1)(picture)
    with pytest.raises(ValueError, match="std must not be 0"):
        T.Normalize(0, (1, 0))


def test_grey_is_pillows() -> None:
    picture = Image.fromarray(photo())
    found = T.Grayscale()(picture)
    assert found.mode == "L"
    gap = np.asarray(found).astype(int) - np.asarray(picture.convert("L"))
    assert np.abs(gap).max() <= 1
    assert T.Grayscale(3)(batch(2)).shape == (2, 3, 12, 10)
    assert T.RandomGrayscale(1)(batch(2)).shape == (2, 3, 12, 10)
    with pytest.raises(ValueError, match="expected 1 or 3 channels, got 4"):
        T.Grayscale()(at.rand(4, 2, 2))


def test_colours_at_their_ends() -> None:
    picture = batch(3)
    values = picture.numpy()
    grey = (values * np.array([0.299, 0.587, 0.114]).reshape(3, 1, 1)).sum(1, keepdims=True)
    for arguments, expected in [
        ({}, values),
        ({"brightness": (0, 0)}, 0 * values),
        ({"brightness": (2, 2)}, (2 * values).clip(0, 1)),
        ({"contrast": (0, 0)}, grey.mean((1, 2, 3), keepdims=True) + 0 * values),
        ({"saturation": (0, 0)}, grey + 0 * values),
        ({"hue": (1 / 3, 1 / 3)}, None),
    ]:
        out = T.ColorJitter(**arguments)(picture).numpy()  # type: ignore[arg-type]
        if expected is None:
            expected = np.roll(values, 1, axis=1)  # a third of the circle: red becomes green
        np.testing.assert_allclose(out, expected, atol=1e-5)


def test_hues_are_those_of_the_standard_library() -> None:
    picture = batch(1, 6, 6)
    out = T.ColorJitter(hue=(0.15, 0.15))(picture).numpy()[0]
    for row, column in np.ndindex(6, 6):
        h, s, v = colorsys.rgb_to_hsv(*picture.numpy()[0, :, row, column])
        expected = colorsys.hsv_to_rgb((h + 0.15) % 1, s, v)
        np.testing.assert_allclose(out[:, row, column], expected, atol=1e-5)


def test_grey_pictures_have_neither_hue_nor_saturation() -> None:
    picture = batch(2, channels=1)
    out = T.ColorJitter(saturation=(0, 0), hue=0.5)(picture)
    np.testing.assert_array_equal(out.numpy(), picture.numpy())


def test_blur_is_a_bell_curve() -> None:
    dot = at.zeros(1, 1, 21, 21)
    dot[0, 0, 10, 10] = 1
    out = T.GaussianBlur((9, 13), 2.0)(dot).numpy()[0, 0]
    assert out.sum() == pytest.approx(1, abs=1e-5)
    assert np.count_nonzero(out.any(0)) == 9
    assert np.count_nonzero(out.any(1)) == 13
    assert out[10, 11] / out[10, 10] == pytest.approx(math.exp(-1 / 8), rel=1e-4)
    assert out[13, 10] / out[10, 10] == pytest.approx(math.exp(-9 / 8), rel=1e-4)
    flat = T.GaussianBlur(5)(at.full((1, 6, 6), 0.3)).numpy()
    np.testing.assert_allclose(flat, 0.3, rtol=1e-5)


def test_erasing() -> None:
    picture = at.ones(400, 1, 32, 32)
    erase = T.RandomErasing(p=0.75, scale=(0.1, 0.3), ratio=(0.5, 2), value=0.25)
    out = erase(picture).numpy()[:, 0]
    gone = out == 0.25
    assert np.all(gone | (out == 1))
    share = gone.mean((1, 2))
    assert np.mean(share > 0) == pytest.approx(0.75, abs=0.07)
    assert share[share > 0].min() > 0.08
    assert share.max() < 0.33
    for one in gone[share > 0][:50]:  # a rectangle
        rows, columns = one.any(1), one.any(0)
        np.testing.assert_array_equal(one, rows[:, None] & columns)
        assert 0.4 < rows.sum() / columns.sum() < 2.4
    for edge in (gone[:, 0], gone[:, -1], gone[..., 0], gone[..., -1]):
        assert edge.any()
    colours = T.RandomErasing(1, value=(0.1, 0.2, 0.3))(at.ones(3, 9, 9)).numpy()
    np.testing.assert_allclose(colours.min((1, 2)), [0.1, 0.2, 0.3], rtol=1e-6)


# --- conversions --------------------------------------------------------------------------------


def test_to_tensor() -> None:
    picture = photo()
    for given in (Image.fromarray(picture), picture):
        found = T.ToTensor()(given)
        expected = picture.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(found.numpy(), expected)
        assert found.dtype == np.float32
    assert T.ToTensor()(np.zeros((2, 3), np.float64)).shape == (1, 2, 3)
    assert T.ToTensor()(np.zeros((2, 3), np.float64)).dtype == np.float64
    deep = Image.fromarray(np.full((2, 2), 40000, np.uint16))
    assert T.ToTensor()(deep).numpy().max() == 40000
    with pytest.raises(TypeError, match="ToTensor: expected a PIL Image or an ndarray"):
        T.ToTensor()([[0.5]])
    assert T.ToTensor()(tensor := at.zeros(3, 2, 2)) is tensor


def test_there_and_back() -> None:
    picture = photo()
    for given in (picture, picture[..., :1], np.dstack([picture, picture[..., :1]])):
        tensor = T.PILToTensor()(Image.fromarray(given.squeeze()))
        assert tensor.dtype == np.uint8
        np.testing.assert_array_equal(tensor.numpy(), given.transpose(2, 0, 1))
        floats = T.ToTensor()(Image.fromarray(given.squeeze()))
        for one in (tensor, floats, given):
            back = T.ToPILImage()(one)
            np.testing.assert_array_equal(np.asarray(back), given.squeeze())
    for mode in ("HSV", "YCbCr", "LAB"):  # what the numbers stand for: none of them changes
        made = T.ToPILImage(mode)(as_tensor(picture))
        assert made.mode == mode
        np.testing.assert_array_equal(np.asarray(made), picture)
    with pytest.raises(ValueError, match=r"3 channels of uint8 can be RGB, .*, not L; Grayscale"):
        T.ToPILImage("L")(as_tensor(picture))
    wide = np.array([[[-5, 70_000]]], np.int32)
    np.testing.assert_array_equal(np.asarray(T.ToPILImage()(at.tensor(wide))), wide[0])
    deep = T.ToPILImage("F")(at.tensor([[[0.25, -3.5]]]))
    assert (deep.mode, np.asarray(deep).tolist()) == ("F", [[0.25, -3.5]])
    with pytest.raises(ValueError, match="1 to 4 channels"):
        T.ToPILImage()(at.zeros(5, 2, 2))
    with pytest.raises(TypeError, match="expected uint8 or floating-point, got int64"):
        T.ToPILImage()(at.zeros(1, 2, 2, dtype=at.int64))


def test_dtypes() -> None:
    every = at.arange(256).to(at.uint8).reshape(1, 16, 16)
    floats = T.ConvertImageDtype(at.float32)(every)
    assert (floats.numpy().min(), floats.numpy().max()) == (0, 1)
    np.testing.assert_array_equal(T.ConvertImageDtype(at.uint8)(floats).numpy(), every.numpy())
    assert T.ConvertImageDtype(at.float64)(floats).dtype == np.float64
    wide = T.ConvertImageDtype(at.int32)(every)
    np.testing.assert_array_equal(T.ConvertImageDtype(at.uint8)(wide).numpy(), every.numpy())


# --- several ------------------------------------------------------------------------------------


def test_one_after_the_other() -> None:
    prepare = T.Compose([T.Resize(8), T.CenterCrop(8), T.ToTensor(), T.Normalize(0.5, 0.5)])
    assert prepare(Image.fromarray(photo())).shape == (3, 8, 8)
    assert prepare.takes_batches
    assert not T.Compose([T.PILToTensor()]).takes_batches
    assert T.Compose([T.RandomCrop(8), T.RandomErasing()]).takes_batches
    assert not T.Compose([T.RandomCrop(8), abs]).takes_batches
    assert T.Lambda(abs, takes_batches=True).takes_batches
    assert repr(T.Compose([T.ToTensor()])) == "Compose([\n    ToTensor(),\n])"
    with pytest.raises(TypeError, match=r"transforms\[1\] must be callable, got int"):
        T.Compose([abs, 3])  # type: ignore[list-item]


def test_sometimes() -> None:
    picture = batch(400)
    out = T.RandomApply([T.RandomHorizontalFlip(1), T.RandomVerticalFlip(1)], p=0.25)(picture)
    turned = (out.numpy() == picture.numpy()[..., ::-1, ::-1]).all((1, 2, 3))
    same = (out.numpy() == picture.numpy()).all((1, 2, 3))
    assert np.all(turned | same)
    assert turned.mean() == pytest.approx(0.25, abs=0.06)
    with pytest.raises(ValueError, match="cannot be done to some of a batch only"):
        T.RandomApply([T.CenterCrop(4)])(picture)
    assert T.RandomApply([T.CenterCrop(4)], p=1)(picture).shape == (400, 3, 4, 4)


def test_one_of_several() -> None:
    add = [T.Lambda(lambda x, n=n: x + n, takes_batches=True) for n in (1, 2, 3)]
    out = T.RandomChoice(add, p=[1, 0, 3])(at.zeros(800, 1, 1, 1)).numpy().ravel()
    counts = np.bincount(out.astype(int), minlength=4)
    assert counts[0] == counts[2] == 0
    assert counts[3] / 800 == pytest.approx(0.75, abs=0.06)
    assert T.RandomChoice([abs, abs])(-3) == 3
    with pytest.raises(ValueError, match="p must be 2 weights"):
        T.RandomChoice([abs, abs], p=[1])


def test_mixup() -> None:
    images, labels = at.eye(6).reshape(6, 1, 2, 3), at.tensor([0, 1, 2, 0, 1, 2])
    mixed, shares = T.mixup(images, labels, 1.0, num_classes=3)
    assert (mixed.shape, mixed.dtype) == ((6, 1, 2, 3), np.float32)
    assert (shares.shape, shares.dtype) == ((6, 3), np.float32)
    np.testing.assert_allclose(shares.numpy().sum(1), 1, rtol=1e-6)
    # Pixel i of the mixture says how much of image i is in it, and so what the target is.
    of_class = mixed.numpy().reshape(6, 6) @ np.eye(3)[labels.numpy()]
    np.testing.assert_allclose(shares.numpy(), of_class, atol=1e-6)
    assert np.count_nonzero(mixed.numpy().reshape(6, 6), axis=1).max() == 2
    F.cross_entropy(at.zeros(6, 3), shares)
    again = [T.mixup(images, labels, num_classes=3, generator=at.Generator().manual_seed(1))[0]]
    again += [T.mixup(images, shares, generator=at.Generator().manual_seed(1))[0]]
    np.testing.assert_array_equal(again[0].numpy(), again[1].numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((at.zeros(2, 1), at.tensor([0, 1])), "need num_classes"),
        ((at.zeros(2, 1), at.tensor([0, 3]), 1, 3), "from 0 to 2, got 0 to 3"),
        ((at.zeros(2, 1), at.tensor([0]), 1, 3), "a target for every image"),
        ((at.zeros(2, 1), at.tensor([0, 1]), 0, 3), "alpha must be positive"),
    ],
)
def test_mixup_refuses(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        T.mixup(*arguments)


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: T.Resize(0), "size must be an int or .* at least 1, got 0"),
        (lambda: T.Resize((1, 2, 3)), r"got \(1, 2, 3\)"),
        (lambda: T.Resize((4, 4), max_size=9), "max_size must be above size, and size an int"),
        (lambda: T.Resize(4, "cubic"), "interpolation must be one of 'nearest', 'bilinear'"),
        (lambda: T.RandomRotation(4, "lanczos"), "interpolation must be one of"),
        (lambda: T.RandomRotation(4, "bicubic")(batch()), "a Tensor needs an interpolation of nea"),
        (lambda: T.Resize(4, "box")(batch()), "a Tensor needs an interpolation of nearest, bil"),
        (lambda: T.Pad(-1), "padding must be .* not negative, got -1"),
        (lambda: T.Pad((1, 2, 3)), r"padding must be .* got \(1, 2, 3\)"),
        (lambda: T.Pad(1, padding_mode="wrap"), "padding_mode must be one of constant, edge"),
        (lambda: T.RandomHorizontalFlip(2), "p must be from 0 to 1, got 2"),
        (lambda: T.RandomRotation(-4), r"degrees must be \(low, high\)"),
        (lambda: T.RandomRotation((4, 2)), "low <= high"),
        (lambda: T.RandomAffine(0, translate=(2, 0)), "translate must be two numbers from 0 to 1"),
        (lambda: T.RandomAffine(0, scale=(0, 1)), "scale must be positive"),
        (lambda: T.RandomResizedCrop(4, scale=(0, 1)), "must be positive"),
        (lambda: T.RandomErasing(scale=(0.1, 2)), "scale must be within 0 to 1"),
        (lambda: T.RandomErasing(value="noise"), "value must be numbers or 'random'"),
        (lambda: T.GaussianBlur(4), "kernel_size must be odd, got 4"),
        (lambda: T.GaussianBlur(3, 0), "sigma must be positive"),
        (lambda: T.ColorJitter(hue=0.7), "hue must be within -0.5 to 0.5, got 0.7"),
        (lambda: T.ColorJitter((-1, 1)), "brightness must not be negative"),
        (lambda: T.Grayscale(2), "must be 1 or 3, got 2"),
    ],
)
def test_arguments_that_make_no_sense(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_said_of_lab_pictures_can_be_done() -> None:
    """Pillow's own ``convert`` makes nothing of them."""
    image_cms = pytest.importorskip("PIL.ImageCms")
    picture = Image.new("LAB", (8, 8), (128, 140, 120))
    with pytest.raises(ValueError, match=r"picture of mode LAB: .*; convert it first") as caught:
        T.ColorJitter(0.5)(picture)
    words = re.search(r"ImageCms\.profileToProfile\(.*'RGB'\)", str(caught.value))
    assert words
    rgb = eval(words[0], {"ImageCms": image_cms, "img": picture})
    assert rgb.mode == "RGB"
    assert T.ColorJitter(0.5)(rgb).mode == "RGB"


@pytest.mark.parametrize("name", ["FiveCrop", "TenCrop"])
def test_crops_of_what_is_no_picture_are_refused(name: str) -> None:
    crop = getattr(T, name)(2)
    for junk in ("zeros", None, np.ones((3, 4, 4))):
        got = type(junk).__name__
        with pytest.raises(TypeError, match=rf"{name}: expected a PIL Image or a Tensor .*{got}"):
            crop(junk)
    with pytest.raises(ValueError, match=rf"{name}: expected a Tensor .* got the shape"):
        crop(at.ones(4))


def test_masks_of_too_few_dimensions_are_refused() -> None:
    for shape in ((), (3,)):
        for options in ({}, {"colours": [(0, 0, 0)]}):
            with pytest.raises(ValueError, match=r"ClassNumbers: expected a mask .* got the shape"):
                T.ClassNumbers(**options)(at.zeros(*shape, dtype=at.int64))
