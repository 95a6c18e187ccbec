"""The layers of images and signals against PyTorch, and the errors of their operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from nn import layers
from tests.helpers import assert_same


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


LAYERS: list[tuple[Callable[[Any], Any], tuple[int, ...]]] = [
    (lambda m: m.ZeroPad1d(2), (2, 3, 4)),
    (lambda m: m.ZeroPad2d((1, -1, 2, 0)), (3, 4, 5)),
    (lambda m: m.ZeroPad3d(1), (1, 2, 2, 2, 2)),
    (lambda m: m.ConstantPad1d((3, 1), 2.5), (2, 4)),
    (lambda m: m.ConstantPad2d(2, -1), (2, 3, 4)),
    (lambda m: m.ConstantPad3d((1, 0, 2, 0, 0, 1), 0.5), (1, 2, 2, 2, 2)),
    (lambda m: m.ReflectionPad1d((3, 1)), (2, 3, 4)),
    (lambda m: m.ReflectionPad2d(2), (1, 2, 3, 4)),
    (lambda m: m.ReflectionPad3d((1, 0, 1, 2, 0, 1)), (2, 3, 3, 3)),
    (lambda m: m.ReplicationPad1d(3), (2, 2)),
    (lambda m: m.ReplicationPad2d((1, 2, 0, 4)), (1, 2, 3, 4)),
    (lambda m: m.ReplicationPad3d(1), (1, 1, 2, 2, 2)),
    (lambda m: m.CircularPad1d((2, 4)), (1, 2, 4)),
    (lambda m: m.CircularPad2d(2), (2, 3, 2)),
    (lambda m: m.CircularPad3d((1, 1, 0, 2, 0, 1)), (1, 1, 2, 2, 2)),
    (lambda m: m.Upsample(scale_factor=2), (1, 2, 3)),
    (lambda m: m.Upsample((4, 5), mode="bilinear"), (1, 2, 3, 3)),
    (lambda m: m.Upsample(scale_factor=(1.5, 2), mode="bicubic", align_corners=True), (1, 1, 3, 3)),
    (lambda m: m.Upsample(None, 1.7, "trilinear", None, True), (1, 1, 2, 3, 2)),
    (lambda m: m.UpsamplingNearest2d(scale_factor=2), (1, 2, 2, 3)),
    (lambda m: m.UpsamplingBilinear2d((3, 5)), (1, 2, 2, 3)),
    (lambda m: m.PixelShuffle(2), (1, 8, 2, 3)),
    (lambda m: m.PixelUnshuffle(2), (1, 2, 4, 6)),
    (lambda m: m.ChannelShuffle(3), (1, 6, 2, 2)),
    (lambda m: m.Unfold((2, 3), 1, (0, 1), 2), (2, 2, 4, 3)),
    (lambda m: m.Fold((4, 3), (2, 3), padding=(0, 1), stride=2), (2, 12, 4)),
    (lambda m: m.AdaptiveAvgPool1d(3), (2, 2, 5)),
    (lambda m: m.AdaptiveAvgPool2d((None, 2)), (2, 3, 5)),
    (lambda m: m.AdaptiveAvgPool3d(2), (1, 2, 3, 2, 5)),
    (lambda m: m.AdaptiveMaxPool1d(3), (2, 2, 5)),
    (lambda m: m.AdaptiveMaxPool2d((3, 2), True), (1, 2, 3, 5)),
    (lambda m: m.AdaptiveMaxPool3d((1, None, 2)), (2, 3, 2, 5)),
    (lambda m: m.LPPool1d(2, 3, 2), (2, 2, 7)),
    (lambda m: m.LPPool2d(2, (2, 1), ceil_mode=True), (1, 2, 5, 3)),
    (lambda m: m.LPPool3d(4, 2), (1, 2, 2, 4, 3)),
    (lambda m: m.FractionalMaxPool2d(5, output_size=1), (1, 2, 5, 5)),
    (lambda m: m.FractionalMaxPool3d(2, output_ratio=(0.5, 0.3, 0.5)), (1, 2, 3, 4, 3)),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_layer(torch: Any, make: Callable[[Any], Any], shape: tuple[int, ...]) -> None:
    ours, theirs = make(layers), make(torch.nn)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    if "Fractional" in repr(ours):
        samples = np.random.default_rng(1).random((*shape[:2], len(shape) - 2))
        ours._random_samples, theirs._random_samples = at.tensor(samples), torch.tensor(samples)
    x = at.tensor(values(*shape), requires_grad=True)
    y = torch.tensor(values(*shape), requires_grad=True)
    results = [one if isinstance(one, tuple) else (one,) for one in (ours(x), theirs(y))]
    for out, expected in zip(*results, strict=True):
        assert_same(out, expected)
    for (out, *_), given in zip(results, (x, y), strict=True):
        (out**2).sum().backward()
        assert given.grad is not None
    assert_same(x.grad, y.grad)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_unpooling_undoes_pooling(torch: Any, ndim: int) -> None:
    x = values(2, 3, *(5,) * ndim)
    results = []
    for nn, given in ((layers, at.tensor(x)), (torch.nn, torch.tensor(x))):
        pool = getattr(nn, f"MaxPool{ndim}d")(2, return_indices=True)
        unpool = getattr(nn, f"MaxUnpool{ndim}d")(2)
        pooled, indices = pool(given)
        results.append((repr(unpool), unpool(pooled, indices, output_size=given.shape)))
    assert results[0][0] == results[1][0]
    assert_same(results[0][1], results[1][1])


@pytest.mark.parametrize("wanted", [(8, 9), (2, 3, 9, 8)])
def test_transposed_convolution_of_a_wanted_size(torch: Any, wanted: tuple[int, ...]) -> None:
    ours = layers.ConvTranspose2d(2, 3, 3, stride=2, dtype=at.float64)
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride=2, dtype=torch.float64)
    ours.load_state_dict({k: at.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    x = values(2, 2, *(3 if n == 8 else 4 for n in wanted[-2:]))
    assert_same(ours(at.tensor(x), wanted), theirs(torch.tensor(x), output_size=list(wanted)))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [False, True])
def test_bytes_are_weighted_in_whole_numbers(torch: Any, mode: str, antialias: bool) -> None:
    x = np.random.default_rng(2).integers(0, 256, (2, 3, 9, 11)).astype(np.uint8)
    settings = {"size": (5, 17), "mode": mode, "antialias": antialias}
    found = F.interpolate(at.tensor(x), **settings)
    expected = torch.nn.functional.interpolate(torch.tensor(x), **settings)
    assert_same(found, expected)


def test_half_precision_is_summed_in_single(torch: Any) -> None:
    x, w = values(1, 40, 6, 6).astype(np.float16), values(2, 40, 3, 3).astype(np.float16)
    for call in (
        lambda lib, f: f.conv2d(lib.from_numpy(x), lib.from_numpy(w)),
        lambda lib, f: f.avg_pool2d(lib.from_numpy(x), 5),
        lambda lib, f: f.adaptive_avg_pool2d(lib.from_numpy(x), 1),
        lambda lib, f: f.interpolate(lib.from_numpy(x), 3, mode="bilinear"),
    ):
        assert_same(call(at, F), call(torch, torch.nn.functional))


def test_points_that_are_no_number() -> None:
    """They read nothing that exists; what is infinite is clipped."""
    grid = at.tensor([[[[np.nan, 0.0], [np.inf, 0.0], [0.5, -np.inf]]]], dtype=at.float64)
    x = at.tensor(values(1, 1, 3, 3))
    assert F.grid_sample(x, grid, "nearest")[0, 0, 0].tolist() == [0, 0, 0]
    border = F.grid_sample(x, grid, "bilinear", "border", True)[0, 0, 0].tolist()
    assert np.isnan(border[0])
    assert border[1] == x[0, 0, 1, 2].item()


IMAGE = at.ones(1, 4, 6, 6)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.interpolate(IMAGE), ValueError, "exactly one of size and scale_factor"),
        (lambda: F.interpolate(IMAGE, 3, 2.0), ValueError, "exactly one of size and scale_factor"),
        (lambda: F.interpolate(IMAGE, (3,)), ValueError, r"2 of them, got \(3,\)"),
        (lambda: F.interpolate(IMAGE, 2.5), TypeError, "size must be an int .* got 2.5"),
        (lambda: F.interpolate(IMAGE, scale_factor="2"), TypeError, "must be numbers, got '2'"),
        (lambda: F.interpolate(IMAGE, 0), RuntimeError, r"greater than 0, .* \(0, 0\)"),
        (lambda: F.interpolate(IMAGE, 3, mode="linear"), NotImplementedError, "3 dimensions, got"),
        (lambda: F.interpolate(IMAGE, 3, mode="cubic"), NotImplementedError, "got 'cubic'"),
        (
            lambda: F.interpolate(IMAGE, 3, mode="area", align_corners=True),
            ValueError,
            "align_corners is only for .* not for 'area'",
        ),
        (lambda: F.interpolate(IMAGE, 3, antialias=True), ValueError, "not for 'nearest'"),
        (lambda: F.interpolate(IMAGE, 3, mode="lanczos"), ValueError, "needs antialias=True"),
        (lambda: F.interpolate(IMAGE.long(), 3), RuntimeError, "floating-point .* got int64"),
        (lambda: F.adaptive_avg_pool2d(IMAGE, (1, 2, 3)), RuntimeError, "an int or 2 of them"),
        (lambda: F.adaptive_avg_pool2d(IMAGE, (2,)), RuntimeError, r"or 2 of them, got \(2,\)"),
        (lambda: F.adaptive_max_pool2d(IMAGE, [2]), RuntimeError, r"or 2 of them, got \[2\]"),
        (lambda: layers.AdaptiveMaxPool3d((2,)), RuntimeError, r"or 3 of them, got \(2,\)"),
        (lambda: F.adaptive_max_pool1d(at.ones(1, 4), 2**62), RuntimeError, "no memory holds"),
        (lambda: F.adaptive_max_pool2d(IMAGE, -1), RuntimeError, "must not be negative, got -1"),
        (lambda: F.adaptive_max_pool1d(at.ones(1, 3, 0), 1), RuntimeError, r"shape \(1, 3, 0\)"),
        (lambda: F.fractional_max_pool2d(IMAGE, 2), ValueError, "output_size or output_ratio"),
        (lambda: F.fractional_max_pool2d(IMAGE, 3, 5), RuntimeError, r"\(5, 5\) windows of"),
        (
            lambda: F.fractional_max_pool2d(IMAGE, 3, 2, _random_samples=at.ones(1, 4, 1)),
            RuntimeError,
            r"must have shape \(1, 4, 2\)",
        ),
        (
            lambda: F.max_unpool2d(IMAGE, IMAGE.long() * 500, 2),
            RuntimeError,
            "index 500 is out of range for an output of",
        ),
        (lambda: F.max_unpool2d(IMAGE, IMAGE, 2), RuntimeError, "dtype int64, got float32"),
        (
            lambda: F.max_unpool2d(IMAGE, IMAGE.long(), 2, output_size=(9, 12)),
            ValueError,
            "by less than the stride",
        ),
        (lambda: F.unfold(at.ones(3, 3), 2), RuntimeError, r"got \(3, 3\)"),
        (lambda: F.unfold(IMAGE, 7), RuntimeError, r"window of \(7, 7\) .* does not fit"),
        (lambda: F.fold(at.ones(1, 6, 4), (3, 3), 2), RuntimeError, "divisible by the 4 positions"),
        (lambda: F.fold(at.ones(1, 8, 5), (3, 3), 2), RuntimeError, "5 blocks, but .* 2 × 2 = 4"),
        (lambda: F.pixel_shuffle(IMAGE, 3), RuntimeError, "4 channels .* upscale_factor, 9"),
        (lambda: F.pixel_unshuffle(IMAGE, 4), RuntimeError, "downscale_factor, 4"),
        (lambda: F.pixel_unshuffle(IMAGE, 0), RuntimeError, "at least 1, got 0"),
        (lambda: F.channel_shuffle(IMAGE, 3), RuntimeError, "4 channels .* groups, 3"),
        (lambda: F.grid_sample(IMAGE, at.ones(1, 2, 2, 3)), RuntimeError, "last size of grid"),
        (lambda: F.grid_sample(IMAGE, at.ones(2, 2, 2, 2)), RuntimeError, "same batch size"),
        (lambda: F.grid_sample(IMAGE, at.ones(1, 2, 2, 2), "cubic"), ValueError, "got 'cubic'"),
        (lambda: F.affine_grid(at.ones(1, 2, 2), (1, 1, 2, 2)), ValueError, r"\(1, 2, 3\) for"),
        (lambda: F.affine_grid(at.ones(1, 2, 3), (1, 1, 2)), NotImplementedError, "size must be"),
        (lambda: layers.ReflectionPad2d("a"), TypeError, "ReflectionPad2d: padding .* got 'a'"),
        (lambda: layers.CircularPad1d(1)(at.ones(3)), RuntimeError, r"CircularPad1d: .* \(3,\)"),
        (lambda: layers.FractionalMaxPool2d(2), ValueError, "exactly one of output_size and"),
        (
            lambda: layers.FractionalMaxPool2d(2, output_ratio=1.5),
            ValueError,
            "between 0 and 1, got 1.5",
        ),
        (
            lambda: layers.ConvTranspose2d(4, 1, 3, 2)(IMAGE, (12, 13)),
            ValueError,
            r"between \(13, 13\) and \(14, 14\)",
        ),
        (lambda: layers.PixelShuffle(0), ValueError, "PixelShuffle: upscale_factor .* got 0"),
    ],
)
def test_errors(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()
