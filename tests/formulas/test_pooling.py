"""Max pooling against loops over windows: padding never wins, whatever the input holds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import autotensor as at
import nn.functional as F


def by_loops(
    x: np.ndarray, kernel: int, stride: int, padding: int, dilation: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The largest of each window of a plane, where it stands (the first of equals, the last NaN),
    and how often each position is the largest."""
    sizes = [(n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for n in x.shape]
    values, places, wins = np.empty(sizes, x.dtype), np.empty(sizes, np.int64), np.zeros(x.shape)
    for window in np.ndindex(*sizes):
        best = None
        for tap in itertools.product(range(kernel), repeat=x.ndim):
            at_ = tuple(
                w * stride - padding + t * dilation for w, t in zip(window, tap, strict=True)
            )
            if any(not 0 <= p < n for p, n in zip(at_, x.shape, strict=True)):
                continue
            if best is None or x[at_] > x[best] or (x.dtype.kind == "f" and math.isnan(x[at_])):
                best = at_
        assert best is not None
        values[window], places[window] = x[best], np.ravel_multi_index(best, x.shape)
        wins[best] += 1
    return values, places, wins


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(2, 2, 0, 1), (3, 1, 1, 1), (2, 1, 1, 1), (3, 2, 1, 1), (3, 3, 1, 1), (2, 1, 1, 2)],
)
def test_the_lowest_number_wins_over_padding(
    dtype: str, ndim: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    draw = np.random.default_rng(kernel * 10 + ndim)
    planes = draw.integers(0, 3, (4, *(4,) * ndim)).astype(dtype)
    lowest = -np.inf if planes.dtype.kind == "f" else np.iinfo(dtype).min
    planes[draw.random(planes.shape) < 0.6] = lowest
    planes[0] = lowest
    if planes.dtype.kind == "f":
        planes[1].flat[3] = np.nan
    pool = getattr(F, f"max_pool{ndim}d")
    x = at.tensor(planes[:, None], requires_grad=planes.dtype.kind == "f")
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    values, places = pool(x, **settings, return_indices=True)
    for plane, value, place in zip(planes, values.detach().numpy(), places.numpy(), strict=True):
        expected = by_loops(plane, **{k.removesuffix("_size"): v for k, v in settings.items()})
        np.testing.assert_array_equal(value[0], expected[0])
        np.testing.assert_array_equal(place[0], expected[1])
    if x.requires_grad:
        wins = [
            by_loops(plane, **{k.removesuffix("_size"): v for k, v in settings.items()})[2]
            for plane in planes
        ]
        for output in (values, pool(x, **settings)):
            (gradient,) = at.grad(output.sum(), [x])
            np.testing.assert_array_equal(gradient.numpy()[:, 0], wins)
