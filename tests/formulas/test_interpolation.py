"""Resizing, reading images between pixels, padding and trading channels for pixels, by formula."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F


def reals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def assert_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=tolerance, atol=tolerance)


# -- kernels ---------------------------------------------------------------------------------------


def tent(x: float) -> float:
    return max(0.0, 1 - abs(x))


def keys(x: float, a: float) -> float:
    """Keys, "Cubic convolution interpolation for digital image processing" (1981), eq. 4."""
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def lanczos(x: float) -> float:
    def sinc(x: float) -> float:
        return math.sin(math.pi * x) / (math.pi * x) if x else 1.0

    return sinc(x) * sinc(x / 3) if abs(x) < 3 else 0.0


def test_keys_kernel_by_hand() -> None:
    assert [keys(x, -0.75) for x in (0, 0.5, 1, 1.5, 2)] == [1, 0.59375, 0, -0.09375, 0]


# -- resizing --------------------------------------------------------------------------------------


def step_of(n: int, out: int, factor: float | None, align: bool) -> float:
    """How many inputs lie between two outputs."""
    if align:
        return (n - 1) / (out - 1) if out > 1 else 0.0
    return 1 / factor if factor else n / out


def row_of(mode: str, o: int, n: int, out: int, factor: float | None, align: bool) -> np.ndarray:
    """How much of each of ``n`` inputs is in output ``o``."""
    row = np.zeros(n)
    step = step_of(n, out, factor, align)
    if mode == "area":
        start, end = math.floor(o * n / out), math.ceil((o + 1) * n / out)
        row[start:end] = 1 / (end - start)
    elif mode.startswith("nearest"):
        row[min(math.floor((o + 0.5 if mode == "nearest-exact" else o) * step), n - 1)] = 1
    elif mode.endswith("linear") and n == out:
        row[o] = 1  # a copy, whatever the factor, as in PyTorch
    else:
        place = o * step if align else (o + 0.5) * step - 0.5
        if mode.endswith("linear"):
            place = max(place, 0)
        for i in range(math.floor(place) - 1, math.floor(place) + 3):
            weight = keys(place - i, -0.75) if mode == "bicubic" else tent(place - i)
            row[min(max(i, 0), n - 1)] += weight  # the edge stands for all beyond it
    return row


def smoothed_row(
    mode: str, o: int, n: int, out: int, factor: float | None, align: bool
) -> np.ndarray:
    """The same with a kernel that is stretched over all that an output covers."""
    kernel: Callable[[float], float]
    kernel, reach = {
        "bilinear": (tent, 1),
        "bicubic": (lambda x: keys(x, -0.5), 2),
        "lanczos": (lanczos, 3),
    }[mode]
    step = step_of(n, out, factor, align)
    width, middle = max(step, 1), (o + 0.5) * step
    row = np.zeros(n)
    first, last = int(middle - reach * width + 0.5), int(middle + reach * width + 0.5)
    for i in range(max(first, 0), min(last, n)):
        row[i] = kernel((i + 0.5 - middle) / width)
    return row / row.sum()


def resized(x: np.ndarray, rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """The weighted sums along each of the last dimensions."""
    for axis, of_outputs in enumerate(rows, x.ndim - len(rows)):
        x = np.moveaxis(np.stack([np.moveaxis(x, axis, -1) @ row for row in of_outputs]), 0, axis)
    return x


def assert_resized(
    resize: Callable[[at.Tensor], at.Tensor], x: np.ndarray, rows: Sequence[Sequence[np.ndarray]]
) -> None:
    """The values; and the gradient, which is shared out by the same weights."""
    image = at.tensor(x, requires_grad=True)
    output = resize(image)
    assert_close(output, resized(x, rows))
    g = reals(*output.shape, seed=3)
    (found,) = at.grad(output, [image], at.tensor(g))
    assert_close(found, resized(g, [[*np.stack(one).T] for one in rows]))


SIZES = (5, 4, 6)
LARGER, SMALLER = (7, 9, 11), (3, 3, 1)
FACTORS = (1.7, 0.6, 1.0)
PLAIN = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3), "linear": (1,),
    "bilinear": (2,), "bicubic": (2,), "trilinear": (3,),
}  # fmt: skip
CASES = [(mode, ndim) for mode, ranks in PLAIN.items() for ndim in ranks]


ALIGNED = [(*case, True) for case in CASES if case[0].endswith(("linear", "cubic"))]


@pytest.mark.parametrize(("mode", "ndim", "align"), [(*case, False) for case in CASES] + ALIGNED)
def test_resizing_to_a_size(mode: str, ndim: int, align: bool) -> None:
    x = reals(2, 2, *SIZES[:ndim])
    for size in (LARGER[:ndim], SMALLER[:ndim], (8, 2, 6)[:ndim]):
        rows = [
            [row_of(mode, o, n, out, None, align) for o in range(out)]
            for n, out in zip(SIZES[:ndim], size, strict=True)
        ]
        corners = {"align_corners": True} if align else {}
        assert_resized(partial(F.interpolate, size=size, mode=mode, **corners), x, rows)
        assert_resized(nn.Upsample(size, mode=mode, **corners), x, rows)


@pytest.mark.parametrize(("mode", "ndim"), CASES)
@pytest.mark.parametrize("factors", [FACTORS, (1.1, 2.5, 0.7), 1.3], ids=str)
@pytest.mark.parametrize("recompute", [False, True])
def test_resizing_by_a_factor(mode: str, ndim: int, factors: Any, recompute: bool) -> None:
    """The step is 1 / factor, although the size was rounded down, unless it is recomputed."""
    x = reals(2, 2, *SIZES[:ndim])
    given = factors if isinstance(factors, float) else factors[:ndim]
    each = (given,) * ndim if isinstance(given, float) else given
    rows = [
        [
            row_of(mode, o, n, int(n * factor), None if recompute else factor, False)
            for o in range(int(n * factor))
        ]
        for n, factor in zip(SIZES[:ndim], each, strict=True)
    ]
    if mode == "nearest" and ndim == 2 and not recompute:  # then a size that stays is a copy
        rows = [[*np.eye(len(one))] if len(one) == len(one[0]) else one for one in rows]
    how: Any = {"scale_factor": given, "mode": mode, "recompute_scale_factor": recompute}
    assert_resized(partial(F.interpolate, **how), x, rows)
    assert_resized(nn.Upsample(**how), x, rows)


@pytest.mark.parametrize("size", [(3, 3), (2, 9), (5, 4), (11, 1)])
@pytest.mark.parametrize(
    ("mode", "align"),
    [("bilinear", False), ("bicubic", False), ("lanczos", False), ("bilinear", True),
     ("bicubic", True)],
)  # fmt: skip
def test_smoothed_resizing(mode: str, size: tuple[int, int], align: bool) -> None:
    sizes = (9, 8)
    x = reals(2, 2, *sizes)
    rows = [
        [*np.eye(n)]
        if n == out
        else [smoothed_row(mode, o, n, out, None, align) for o in range(out)]
        for n, out in zip(sizes, size, strict=True)
    ]
    corners = {"align_corners": True} if align else {}
    smoothed = partial(F.interpolate, size=size, mode=mode, antialias=True, **corners)
    assert_resized(smoothed, x, rows)


@pytest.mark.parametrize("mode", ["nearest", "area", "linear"])
@pytest.mark.parametrize("out", [150, 333])
def test_long_lines(mode: str, out: int) -> None:
    """They are summed tap by tap, not by a product of matrices."""
    rows = [[row_of(mode, o, 200, out, None, False) for o in range(out)]]
    assert_resized(partial(F.interpolate, size=out, mode=mode), reals(2, 1, 200), rows)


@pytest.mark.parametrize("out", [150, 333])
def test_large_pictures(out: int) -> None:
    rows = [[row_of("bicubic", o, 200, out, None, False) for o in range(out)], [*np.eye(2)]]
    x = reals(1, 2, 200, 2)
    assert_resized(partial(F.interpolate, size=(out, 2), mode="bicubic"), x, rows)


@pytest.mark.parametrize("size", [(5, 17), (20, 3), (9, 2)])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [False, True])
def test_bytes_are_weighted_in_whole_numbers(
    mode: str, size: tuple[int, int], antialias: bool
) -> None:
    """Weights of 16 bits, the last dimension first, rounded and cut off at 0 and 255 after each."""
    x = np.random.default_rng(2).integers(0, 256, (9, 11)).astype(np.uint8)
    expected = x
    for axis, n, out in ((1, 11, size[1]), (0, 9, size[0])):
        if n == out:
            continue
        row = smoothed_row if antialias else row_of
        rows = np.stack([row(mode, o, n, out, None, False) for o in range(out)])
        # The first power of two that brings the largest weight beyond half of what 15 bits hold.
        unit = next(2**p for p in range(23) if int(0.5 + rows.max() * 2 ** (p + 1)) >= 2**15)
        whole = np.floor(np.abs(rows) * unit + 0.5) * np.sign(rows)
        total = np.tensordot(whole, np.moveaxis(expected, axis, 0).astype(float), 1)
        rounded = np.floor(total / unit + 0.5).clip(0, 255).astype(np.uint8)
        expected = np.moveaxis(rounded, 0, axis)
    found = F.interpolate(at.tensor(x[None, None]), size, mode=mode, antialias=antialias)
    np.testing.assert_array_equal(found.numpy()[0, 0], expected)


def test_resizing_by_hand() -> None:
    x = at.tensor([[[0.0, 4.0, 8.0]]])

    def line(size: int, mode: str = "linear", **how: Any) -> Any:
        return F.interpolate(x, size, mode=mode, **how).tolist()[0][0]

    assert line(6) == [0, 1, 3, 5, 7, 8]  # at -¼, ¼, ¾, …
    assert line(5, align_corners=True) == [0, 2, 4, 6, 8]
    assert line(1, align_corners=True) == [0]
    assert line(1) == [4]
    assert line(2, "nearest") == [0, 4]  # ⌊0⌋, ⌊1.5⌋
    assert line(2, "nearest-exact") == [0, 8]  # ⌊0.75⌋, ⌊2.25⌋
    assert line(2, "area") == [2, 6]
    endless = F.interpolate(at.tensor([[[0.0, 4.0, math.inf]]]), 6, mode="linear")
    assert endless.tolist() == [[[0, 1, 3, math.inf, math.inf, math.inf]]]
    square = x.unsqueeze(2)
    assert F.upsample_nearest(square, scale_factor=2).shape == (1, 1, 2, 6)
    assert F.upsample_bilinear(square, (1, 5)).tolist() == [[[[0, 2, 4, 6, 8]]]]
    assert nn.UpsamplingBilinear2d((1, 5))(square).tolist() == [[[[0, 2, 4, 6, 8]]]]
    assert nn.UpsamplingNearest2d((1, 2))(square).tolist() == [[[[0, 4]]]]


# -- points between pixels -------------------------------------------------------------------------


def brought_in(place: float, n: int, outside: str, align: bool) -> float:
    if outside == "reflection":
        low, high = (0.0, n - 1.0) if align else (-0.5, n - 0.5)
        if low == high:
            return 0.0
        while not low <= place <= high:
            place = 2 * low - place if place < low else 2 * high - place
    return min(max(place, 0.0), n - 1.0) if outside != "zeros" else place


def neighbours(
    point: float, n: int, mode: str, outside: str, align: bool
) -> list[tuple[int, float]]:
    """(position, weight) of what a point from -1 to 1 reads along one dimension."""
    place = (point + 1) / 2 * (n - 1) if align else ((point + 1) * n - 1) / 2
    if mode == "bicubic":  # here every neighbour is brought in by itself
        base = math.floor(place)
        around = [
            (brought_in(i, n, outside, align), keys(place - i, -0.75))
            for i in range(base - 1, base + 3)
        ]
    else:
        place = brought_in(place, n, outside, align)
        if mode == "nearest":
            around = [(round(place), 1.0)]  # to even
        else:
            around = [(i, tent(place - i)) for i in (math.floor(place), math.floor(place) + 1)]
    return [(int(i), weight) for i, weight in around if 0 <= i < n]


@pytest.mark.parametrize("align", [False, True, None])
@pytest.mark.parametrize("outside", ["zeros", "border", "reflection"])
@pytest.mark.parametrize(
    ("mode", "ndim"),
    [("bilinear", 2), ("nearest", 2), ("bicubic", 2), ("bilinear", 3), ("nearest", 3)],
)
def test_images_read_at_points(mode: str, ndim: int, outside: str, align: bool | None) -> None:
    sizes = (4, 5, 3)[:ndim]
    x = reals(2, 2, *sizes)
    grid = 1.7 * reals(2, *(3, 4, 2)[:ndim], ndim, seed=1)
    grid[1] *= 3  # so far outside that it is reflected several times
    grid[0, 0, 0] = 0.25  # in 4 pixels this is half-way between two
    expected = np.zeros((2, 2, *grid.shape[1:-1]))
    for n, *at_ in np.ndindex(grid.shape[:-1]):
        points = reversed(grid[(n, *at_)])  # x goes along the last dimension
        along = [
            neighbours(float(point), size, mode, outside, bool(align))
            for point, size in zip(points, sizes, strict=True)
        ]
        for corner in itertools.product(*along):
            weight = math.prod(one[1] for one in corner)
            expected[(n, slice(None), *at_)] += (
                weight * x[(n, slice(None), *(i for i, _ in corner))]
            )
    assert_close(F.grid_sample(at.tensor(x), at.tensor(grid), mode, outside, align), expected)


def test_the_nearest_pixel_stays_the_same_for_points_nearby() -> None:
    x = at.tensor([[[[0.0, 1.0, 2.0, 3.0]]]], requires_grad=True)
    grid = at.tensor([[[[-0.7, 0.0], [math.inf, 0.0], [0.3, 0.0]]]], requires_grad=True)
    F.grid_sample(x, grid, "nearest").backward(at.tensor([[[[5.0, 6.0, 7.0]]]]))
    assert x.grad is not None
    assert x.grad.tolist() == [[[[5, 0, 7, 0]]]]
    assert grid.grad is not None  # 0, not none
    assert grid.grad.tolist() == [[[[0, 0]] * 3]]


def test_points_by_hand() -> None:
    x = at.tensor([[[[0.0, 1.0, 2.0, 3.0]]]])
    grid = at.tensor([[[[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.5, 0.0]]]])

    def read(*how: Any) -> Any:
        return F.grid_sample(x, grid, *how).tolist()[0][0][0]

    # The edges of the picture, half a pixel outside of the outermost centers, are half of zero.
    assert read() == [0, 1.5, 1.5, 0]
    assert read("bilinear", "border") == [0, 1.5, 3, 3]
    assert read("bilinear", "reflection") == [0, 1.5, 3, 2.5]
    assert read("bilinear", "zeros", True) == [0, 1.5, 3, 0.75]
    assert read("nearest") == [0, 2, 0, 0]  # at -0.5, 1.5, 3.5 and 4.5, to even


def test_a_point_on_a_pixel_lies_where_rounding_in_pytorchs_order_puts_it() -> None:
    """((-0.8 + 1) · 5 - 1) / 2 comes out a little below 0, so that the pixel above is outside."""
    assert (-0.8 + 1) * 2.5 - 0.5 < 0
    x = at.arange(0.0, 5, dtype=at.float64).expand(1, 1, 5, 5)
    grid = at.tensor([[[[0.8, -0.8]]]], dtype=at.float64, requires_grad=True)
    F.grid_sample(x, grid).sum().backward()
    # From pixel 4 it goes down to the 0 beyond, from row 0 up from the 0 before: by 4 · 2.5 each.
    np.testing.assert_allclose(grid.grad.numpy(), [[[[-10, 10]]]], rtol=1e-12)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("outside", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_points_that_are_no_numbers_warn_of_nothing(mode: str, outside: str, align: bool) -> None:
    bad = [[one, 0.2] for one in (math.nan, math.inf, -math.inf)]
    grid = at.tensor([[[0.3, -0.4], *bad, *(point[::-1] for point in bad)]]).unsqueeze(0)
    x = at.tensor(reals(1, 2, 3, 4)).float().requires_grad_()
    out = F.grid_sample(x, grid.requires_grad_(), mode, outside, align)
    # Nor have they influence on their neighbours.
    alone = F.grid_sample(x, grid[:, :, :1], mode, outside, align)
    assert out[..., :1].tolist() == alone.tolist()
    out.sum().backward()


@pytest.mark.parametrize("align", [False, True, None])
@pytest.mark.parametrize("sizes", [(3, 4), (1, 2), (2, 3, 4)])
def test_grids_of_affine_maps(sizes: tuple[int, ...], align: bool | None) -> None:
    ndim = len(sizes)
    theta = reals(2, ndim, ndim + 1)
    expected = np.empty((2, *sizes, ndim))
    for n, *at_ in np.ndindex(2, *sizes):
        point = [
            (-1 + 2 * i / (size - 1) if size > 1 else 0.0) if align else (2 * i + 1) / size - 1
            for i, size in zip(reversed(at_), reversed(sizes), strict=True)
        ]
        expected[(n, *at_)] = theta[n] @ [*point, 1.0]
    assert_close(F.affine_grid(at.tensor(theta), (2, 3, *sizes), align), expected)


def test_the_grid_of_no_change_reads_the_image_itself() -> None:
    x = reals(1, 2, 4, 5)
    theta = at.tensor(np.eye(2, 3)[None])
    for align in (False, True):
        grid = F.affine_grid(theta, x.shape, align)
        for mode in ("bilinear", "nearest", "bicubic"):
            assert_close(F.grid_sample(at.tensor(x), grid, mode, "border", align), x)


# -- padding ---------------------------------------------------------------------------------------


def source(place: int, n: int, mode: str) -> int | None:
    """Which position stands at ``place``, which may lie outside."""
    if 0 <= place < n:
        return place
    return {
        "constant": None,
        "reflect": -place if place < 0 else 2 * (n - 1) - place,
        "replicate": min(max(place, 0), n - 1),
        "circular": place % n,
    }[mode]


LAYERS = {
    "constant": "ConstantPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad",
    "circular": "CircularPad",
}  # fmt: skip


@pytest.mark.parametrize("mode", LAYERS)
@pytest.mark.parametrize("sides", [(1, 3, 2, 0, 2, 3), (-1, 2, 0, -2, 1, 1)], ids=str)
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_padding(mode: str, sides: tuple[int, ...], ndim: int) -> None:
    if mode == "circular":
        sides = tuple(max(side, 0) for side in sides)  # cutting off is another case, by hand below
    sizes, sides = (4, 5, 6)[-ndim:], sides[: 2 * ndim]
    x = reals(2, 2, *sizes)
    # Two numbers for each dimension, the last dimension first.
    pairs = [sides[i : i + 2] for i in range(2 * ndim - 2, -1, -2)]
    out = [n + before + after for n, (before, after) in zip(sizes, pairs, strict=True)]
    expected = np.full((2, 2, *out), 2.5)
    for at_ in np.ndindex(*out):
        read = [
            source(i - before, n, mode) for i, (before, _), n in zip(at_, pairs, sizes, strict=True)
        ]
        if None not in read:
            expected[(..., *at_)] = x[(..., *read)]
    value = {"value": 2.5} if mode == "constant" else {}
    assert_close(F.pad(at.tensor(x), sides, mode, **value), expected)
    layer = getattr(nn, f"{LAYERS[mode]}{ndim}d")(sides, **value)
    assert_close(layer(at.tensor(x)), expected)


def test_padding_by_hand() -> None:
    x = at.tensor([[1.0, 2.0, 3.0]])
    assert F.pad(x, (1, 2)).tolist() == [[0, 1, 2, 3, 0, 0]]
    assert F.pad(x, (0, 0, 1, 0), value=9).tolist() == [[9, 9, 9], [1, 2, 3]]
    assert F.pad(x, (2, 1), "reflect").tolist() == [[3, 2, 1, 2, 3, 2]]
    assert F.pad(x, (2, 1), "replicate").tolist() == [[1, 1, 1, 2, 3, 3]]
    assert F.pad(x, (2, 1), "circular").tolist() == [[2, 3, 1, 2, 3, 1]]
    # What is cut off does not come in again.
    assert F.pad(x, (-1, 2), "circular").tolist() == [[2, 3, 2, 3]]
    assert nn.ZeroPad1d((2, -1))(x).tolist() == [[0, 0, 1, 2]]


# -- channels and pixels ---------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (2,), (2, 1)], ids=str)
def test_channels_become_pixels(batch: tuple[int, ...]) -> None:
    r, channels, height, width = 3, 2, 2, 4
    x = reals(*batch, channels * r * r, height, width)
    y = np.empty((*batch, channels, height * r, width * r))
    for c, row, column, i, j in np.ndindex(channels, height, width, r, r):
        y[..., c, row * r + i, column * r + j] = x[..., (c * r + i) * r + j, row, column]
    assert_close(F.pixel_shuffle(at.tensor(x), r), y)
    assert_close(F.pixel_unshuffle(at.tensor(y), r), x)
    assert_close(nn.PixelShuffle(r)(at.tensor(x)), y)
    assert_close(nn.PixelUnshuffle(r)(at.tensor(y)), x)


def test_channels_are_dealt_out() -> None:
    x = at.arange(6.0).reshape(1, 6, 1, 1)
    assert F.channel_shuffle(x, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert nn.ChannelShuffle(3)(x).flatten().tolist() == [0, 2, 4, 1, 3, 5]
