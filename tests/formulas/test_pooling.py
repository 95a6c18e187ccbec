"""Pooling of every kind against loops over windows: padding never wins, and counts as it should."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import autotensor as at
import nn
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


# -- windows that are moved in steps ---------------------------------------------------------------


class Span(NamedTuple):
    """A window along one dimension: the positions it sees, and how many it has with padding."""

    seen: list[int]
    padded: int


def spans(
    n: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> list[Span]:
    """Windows begin every ``stride`` positions while they fit; with ``ceil_mode`` one more, which
    sees what is left, unless it would begin in the padding at the end."""
    found: list[Span] = []
    reach = dilation * (kernel - 1) + 1
    start, end = -padding, n + padding
    while True:
        left_over = start - stride + reach < end and start < n
        if start + reach > end and not (ceil_mode and left_over):
            return found
        taps = [start + k * dilation for k in range(kernel)]
        found.append(Span([p for p in taps if 0 <= p < n], sum(p < end for p in taps)))
        if start + reach > end:
            return found
        start += stride


def reduced(
    x: np.ndarray, along: Sequence[list[Span]], choose: Callable[[list[float], int], float]
) -> np.ndarray:
    """``choose(values seen, positions with padding)`` of each window of each plane."""
    y = np.empty((*x.shape[:2], *map(len, along)))
    for plane in np.ndindex(*x.shape[:2]):
        for window in np.ndindex(*y.shape[2:]):
            here = [each[w] for each, w in zip(along, window, strict=True)]
            values = [x[(*plane, *at_)] for at_ in itertools.product(*(one.seen for one in here))]
            y[(*plane, *window)] = choose(values, math.prod(one.padded for one in here))
    return y


def places_of(x: np.ndarray, along: Sequence[list[Span]]) -> np.ndarray:
    """Where the largest of each window stands, the first of equals, in the flattened plane."""
    flat = np.arange(math.prod(x.shape[2:])).reshape(x.shape[2:])
    places = np.empty((*x.shape[:2], *map(len, along)), np.int64)
    for plane in np.ndindex(*x.shape[:2]):
        for window in np.ndindex(*places.shape[2:]):
            seen = [each[w].seen for each, w in zip(along, window, strict=True)]
            best = max(itertools.product(*seen), key=x[plane].__getitem__)
            places[(*plane, *window)] = flat[best]
    return places


def added_at(places: np.ndarray, values: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Each number added at its place in a plane of zeros."""
    total = np.zeros((*places.shape[:2], math.prod(sizes)))
    for plane in np.ndindex(*places.shape[:2]):
        for value, place in zip(values[plane].ravel(), places[plane].ravel(), strict=True):
            total[(*plane, place)] += value
    return total.reshape(*places.shape[:2], *sizes)


def shared_out(
    values: np.ndarray, sizes: Sequence[int], along: Sequence[list[Span]], counts_padding: bool
) -> np.ndarray:
    """Each number divided among all positions that its window counts."""
    total = np.zeros((*values.shape[:2], *sizes))
    for window in np.ndindex(*values.shape[2:]):
        here = [each[w] for each, w in zip(along, window, strict=True)]
        count = math.prod(one.padded if counts_padding else len(one.seen) for one in here)
        for place in itertools.product(*(one.seen for one in here)):
            total[(..., *place)] += values[(..., *window)] / count
    return total


def assert_gradient(output: Any, input: at.Tensor, expected: Callable[..., np.ndarray]) -> None:
    """``expected(g)`` is the gradient of ``input``, for g the gradient of ``output``."""
    g = reals(*output.shape)
    (found,) = at.grad(output, [input], at.tensor(g))
    assert found is not None
    assert_close(found, expected(g))


def reals(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def assert_close(found: Any, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


# kernel, stride, padding, dilation of three dimensions, all of them different
SETTINGS = {
    "all of them": ((3, 2, 4), (2, 3, 1), (1, 0, 2), (1, 2, 1)),
    "a window would begin in the padding": ((2, 3, 2), (2, 3, 2), (1, 1, 1), (1, 1, 1)),
    "one window sees more than there is": ((4, 5, 4), (3, 4, 5), (2, 2, 1), (1, 1, 1)),
    "steps over gaps": ((1, 2, 1), (3, 4, 2), (0, 1, 0), (1, 1, 1)),
}
SIZES = (7, 6, 5)
RANKS = pytest.mark.parametrize("ndim", [1, 2, 3])
CEIL = pytest.mark.parametrize("ceil_mode", [False, True])
EACH_SETTING = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)


def placed(setting: Any, ndim: int, ceil_mode: bool, spread: bool = True) -> list[list[Span]]:
    kernel, stride, padding, dilation = setting
    dilation = dilation if spread else (1, 1, 1)
    each = zip(SIZES, kernel, stride, padding, dilation, strict=True)
    return [spans(*one, ceil_mode) for one in each][:ndim]


@RANKS
@CEIL
@EACH_SETTING
def test_the_largest_and_the_smallest(ndim: int, ceil_mode: bool, setting: Any) -> None:
    x = np.round(reals(2, 2, *SIZES[:ndim]))  # so that numbers are equal
    along = placed(setting, ndim, ceil_mode)
    given = [one[:ndim] for one in setting]
    largest = reduced(x, along, lambda seen, _: max(seen))
    values, places = getattr(F, f"max_pool{ndim}d")(
        at.tensor(x), *given, ceil_mode=ceil_mode, return_indices=True
    )
    assert_close(values, largest)
    np.testing.assert_array_equal(places.numpy(), places_of(x, along))
    layer = getattr(nn, f"MaxPool{ndim}d")(*given, True, ceil_mode)
    image = at.tensor(x, requires_grad=True)
    output = layer(image)[0]
    assert_close(output, largest)
    where = places_of(x, along)
    assert_gradient(output, image, lambda g: added_at(where, g, x.shape[2:]))
    least = getattr(F, f"min_pool{ndim}d")(at.tensor(x[0]), *given, ceil_mode=ceil_mode)
    assert_close(least, reduced(x, along, lambda seen, _: min(seen))[0])


@RANKS
@CEIL
@EACH_SETTING
@pytest.mark.parametrize("with_padding", [None, True, False])
def test_means(ndim: int, ceil_mode: bool, setting: Any, with_padding: bool | None) -> None:
    """What a window in ceil mode has beyond the padding is never counted."""
    x = reals(2, 2, *SIZES[:ndim])
    along = placed(setting, ndim, ceil_mode, spread=False)
    counts_padding = with_padding is not False  # the default
    expected = reduced(
        x, along, lambda seen, padded: sum(seen) / (padded if counts_padding else len(seen))
    )
    given: list[Any] = [*(one[:ndim] for one in setting[:3]), ceil_mode]
    given += [] if with_padding is None else [with_padding]
    pool = getattr(F, f"avg_pool{ndim}d")
    image = at.tensor(x, requires_grad=True)
    output = pool(image, *given)
    assert_close(output, expected)
    assert_gradient(output, image, lambda g: shared_out(g, x.shape[2:], along, counts_padding))
    assert_close(pool(at.tensor(x[1]), *given), expected[1])
    assert_close(getattr(nn, f"AvgPool{ndim}d")(*given)(at.tensor(x)), expected)
    if ndim > 1:
        sums = reduced(x, along, lambda seen, _: sum(seen) / 7)
        given = [*given[:4], counts_padding, 7]
        assert_close(pool(at.tensor(x), *given), sums)
        assert_close(getattr(nn, f"AvgPool{ndim}d")(*given)(at.tensor(x)), sums)


@RANKS
@CEIL
@EACH_SETTING
@pytest.mark.parametrize("power", [1, 2, 3.5])
def test_power_means(ndim: int, ceil_mode: bool, setting: Any, power: float) -> None:
    """Beyond the input stands the mean of what a window sees."""
    x = np.abs(reals(2, 2, *SIZES[:ndim]))
    kernel, stride = (one[:ndim] for one in setting[:2])
    along = [
        spans(n, k, s, 0, 1, ceil_mode)
        for n, k, s in zip(SIZES[:ndim], kernel, stride, strict=True)
    ]

    def norm(seen: list[float], _: int) -> float:
        return (math.prod(kernel) / len(seen) * sum(one**power for one in seen)) ** (1 / power)

    expected = reduced(x, along, norm)
    found = getattr(F, f"lp_pool{ndim}d")(at.tensor(x), power, kernel, stride, ceil_mode)
    assert_close(found, expected)
    layer = getattr(nn, f"LPPool{ndim}d")(power, kernel, stride, ceil_mode)
    assert_close(layer(at.tensor(x)), expected)


@RANKS
@CEIL
@EACH_SETTING
@pytest.mark.parametrize(("power", "choose"), [(math.inf, max), (-math.inf, min)])
def test_infinite_powers(
    ndim: int, ceil_mode: bool, setting: Any, power: float, choose: Any
) -> None:
    x = reals(2, 2, *SIZES[:ndim])
    kernel, stride = (one[:ndim] for one in setting[:2])
    along = [
        spans(n, k, s, 0, 1, ceil_mode)
        for n, k, s in zip(SIZES[:ndim], kernel, stride, strict=True)
    ]
    expected = reduced(np.abs(x), along, lambda seen, _: choose(seen))
    found = getattr(F, f"lp_pool{ndim}d")(at.tensor(x), power, kernel, stride, ceil_mode)
    assert_close(found, expected)
    layer = getattr(nn, f"LPPool{ndim}d")(power, kernel, stride, ceil_mode)
    assert_close(layer(at.tensor(x)), expected)


def test_gradients_of_infinite_powers() -> None:
    x = at.tensor([[-3.0, 1.0, -2.0, -5.0]], requires_grad=True)
    for power, values, signs in (
        (math.inf, [[3, 5]], [[-1, 0, 0, -1]]),
        (-math.inf, [[1, 2]], [[0, 1, -1, 0]]),
    ):
        y = F.lp_pool1d(x, power, 2)
        assert y.tolist() == values
        assert at.grad(y.sum(), x)[0].tolist() == signs


def test_power_0_is_refused() -> None:
    with pytest.raises(ValueError, match="lp_pool2d: norm_type must not be 0"):
        F.lp_pool2d(at.ones(1, 1, 2, 2), 0, 2)


def test_the_place_of_the_largest_of_padding_alone_is_not_before_the_input() -> None:
    x = at.tensor([[1.0]])
    for ndim, layer in enumerate((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), start=1):
        values, places = layer(2, None, 1, 2, return_indices=True)(x)
        assert values.flatten().tolist() == [-math.inf]
        assert places.flatten().tolist() == [ndim]  # at 1, from -1 on, along each dimension
        x = x[None]
    # Windows at (-1, 1) and (0, 2) of one row; the row is at -1 and 1.
    _, places = F.max_pool2d(at.tensor([[[1.0, 2.0]]]), 2, 1, 1, 2, return_indices=True)
    assert places.tolist() == [[[3, 2]]]
    # What is as low as padding is the first that is within.
    low = at.full((1, 2, 2), -math.inf)
    _, places = F.max_pool2d(low, 2, 1, 1, return_indices=True)
    assert places.tolist() == [[[0, 0, 1], [0, 0, 1], [2, 2, 3]]]


def test_windows_by_hand() -> None:
    x = at.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert F.max_pool1d(x, 2).tolist() == [[2, 4]]  # the stride is the kernel
    assert F.max_pool1d(x, 2, ceil_mode=True).tolist() == [[2, 4, 5]]
    assert F.max_pool1d(x, 6, ceil_mode=True).tolist() == [[5]]  # all there is
    # From -1: (·, 1), (2, 3), (4, 5); a window at 5 would begin in the padding.
    assert F.max_pool1d(x, 2, padding=1, ceil_mode=True).tolist() == [[1, 3, 5]]
    assert F.avg_pool1d(x, 2, padding=1).tolist() == [[0.5, 2.5, 4.5]]
    assert F.avg_pool1d(x, 2, padding=1, count_include_pad=False).tolist() == [[1, 2.5, 4.5]]
    assert F.avg_pool1d(x, 3, 3, 1, True).tolist() == [[1, 4]]
    # (·, 1, 2, 3), and (4, 5, ·), of which one is padding and a fourth nothing at all.
    assert F.avg_pool1d(x, 4, 4, 1, True).tolist() == [[1.5, 3]]
    assert F.avg_pool1d(x, 4, 4, 0, True).tolist() == [[2.5, 5]]  # of one number, not of four
    assert F.max_pool1d(x, 2, 1, 0, 3).tolist() == [[4, 5]]
    assert F.lp_pool1d(at.tensor([[3.0, 4.0]]), 2, 2).tolist() == [[5]]
    whole = at.tensor([[-3, -2, 4]])
    assert F.avg_pool1d(whole, 2, 1).tolist() == [[-2, 1]]  # toward 0


# -- windows that lie unevenly ---------------------------------------------------------------------


def covering(n: int, out: int | None) -> list[Span]:
    """Window i of ``out`` begins at ⌊i·n/out⌋ and ends before ⌈(i + 1)·n/out⌉."""
    if out is None:
        out = n
    ends = [(math.floor(i * n / out), math.ceil((i + 1) * n / out)) for i in range(out)]
    return [Span([*range(*one)], one[1] - one[0]) for one in ends]


@pytest.mark.parametrize("wanted", [(3, 4, 2), (1, 1, 1), (7, None, 3), (9, 2, 11), 3], ids=str)
@RANKS
def test_windows_that_cover(ndim: int, wanted: Any) -> None:
    x = np.round(reals(2, 2, *SIZES[:ndim]))
    each = (wanted,) * ndim if isinstance(wanted, int) else wanted[:ndim]
    output_size = wanted if isinstance(wanted, int) else each
    along = [covering(n, out) for n, out in zip(SIZES[:ndim], each, strict=True)]
    means = reduced(x, along, lambda seen, _: sum(seen) / len(seen))
    largest = reduced(x, along, lambda seen, _: max(seen))
    image = at.tensor(x, requires_grad=True)
    output = getattr(F, f"adaptive_avg_pool{ndim}d")(image, output_size)
    assert_close(output, means)
    assert_gradient(output, image, lambda g: shared_out(g, x.shape[2:], along, False))
    assert_close(getattr(nn, f"AdaptiveAvgPool{ndim}d")(output_size)(image[0]), means[0])
    layer = getattr(nn, f"AdaptiveMaxPool{ndim}d")(output_size, return_indices=True)
    values, places = layer(image)
    assert_close(values, largest)
    where = places_of(x, along)
    np.testing.assert_array_equal(places.numpy(), where)
    assert_gradient(values, image, lambda g: added_at(where, g, x.shape[2:]))


def test_the_last_of_what_is_no_number_wins() -> None:
    x = at.tensor([[1.0, math.nan, 3.0, math.nan, 5.0]])
    for pool in (F.adaptive_max_pool1d, F.max_pool1d):
        size = 1 if pool is F.adaptive_max_pool1d else 5
        value, place = pool(x, size, return_indices=True)
        assert math.isnan(value.item())
        assert place.item() == 3


def in_random_steps(n: int, kernel: int, out: int, draw: float) -> list[Span]:
    """Graham's windows: they begin at ⌊(i + u)·α⌋ - ⌊u·α⌋, α = (n - k) / (out - 1); the last one
    ends where the input ends."""
    step = (n - kernel) / (out - 1) if out > 1 else 0.0
    starts = [int((i + draw) * step) - int(draw * step) for i in range(out - 1)] + [n - kernel]
    return [Span([*range(start, start + kernel)], kernel) for start in starts]


@pytest.mark.parametrize("by_ratio", [False, True])
@pytest.mark.parametrize("ndim", [2, 3])
def test_windows_in_random_steps(ndim: int, by_ratio: bool) -> None:
    sizes, kernel, wanted = (13, 9, 8)[-ndim:], (2, 3, 2)[-ndim:], (7, 4, 5)[-ndim:]
    x = reals(2, 3, *sizes)
    draws = np.random.default_rng(1).random((2, 3, ndim))
    # PyTorch's order of the draws: of images the width comes first, of volumes the depth.
    order = (1, 0) if ndim == 2 else (0, 1, 2)
    expected, places = np.empty((2, 3, *wanted)), np.empty((2, 3, *wanted), np.int64)
    for n, c in np.ndindex(2, 3):
        along = [
            in_random_steps(size, k, out, draws[n, c, at_])
            for size, k, out, at_ in zip(sizes, kernel, wanted, order, strict=True)
        ]
        plane = x[n : n + 1, c : c + 1]
        expected[n, c] = reduced(plane, along, lambda seen, _: max(seen))[0, 0]
        places[n, c] = places_of(plane, along)[0, 0]
    # ⌊size · ratio⌋ is what is wanted.
    ratios = tuple((out + 0.6) / n for out, n in zip(wanted, sizes, strict=True))
    how = {"output_ratio": ratios} if by_ratio else {"output_size": wanted}
    values, found = getattr(F, f"fractional_max_pool{ndim}d")(
        at.tensor(x), kernel, **how, return_indices=True, _random_samples=at.tensor(draws)
    )
    assert_close(values, expected)
    np.testing.assert_array_equal(found.numpy(), places)


def test_random_steps_reach_from_end_to_end() -> None:
    at.manual_seed(0)
    x = at.arange(11.0).expand(200, 1, 3, 11)
    _, places = F.fractional_max_pool2d(x, 1, (1, 6), return_indices=True)
    rows, columns = np.divmod(places.numpy()[:, 0, 0], 11)
    assert (rows == 2).all()  # the last window is the only one
    assert (columns[:, 0] == 0).all()
    assert (columns[:, -1] == 10).all()
    narrow = F.fractional_max_pool2d(x, 1, (1, 8), return_indices=True)[1].numpy()[:, 0, 0] % 11
    assert set(np.diff(narrow).ravel().tolist()) == {1, 2}
    assert len({tuple(one) for one in narrow.tolist()}) > 3


# -- and back --------------------------------------------------------------------------------------


def unpoolings(ndim: int) -> Iterator[tuple[Any, tuple[int, ...] | None, tuple[int, ...]]]:
    """Settings, the size that is asked for, and the size that comes out of (3, 4, 2)."""
    small = (3, 4, 2)
    yield [2], None, tuple(2 * n for n in small[:ndim])
    kernel, stride, padding = ((3, 2, 4)[:ndim], (2, 3, 4)[:ndim], (1, 0, 1)[:ndim])
    # (n - 1)·stride + kernel - 2·padding
    usual = (5, 11, 6)[:ndim]
    yield [kernel, stride, padding], None, usual
    yield [kernel, stride, padding], tuple(n + 1 for n in usual), tuple(n + 1 for n in usual)
    larger = tuple(n + 1 for n in usual)
    yield [kernel, stride, padding], (2, 2, *larger), larger


@RANKS
def test_unpooling(ndim: int) -> None:
    x = reals(2, 2, *(3, 4, 2)[:ndim])
    for setting, wanted, sizes in unpoolings(ndim):
        draw = np.random.default_rng(0)
        area = math.prod(sizes)
        places = np.array([draw.permutation(area)[: x[0, 0].size] for _ in range(4)])
        places = places.reshape(x.shape)
        expected = added_at(places, x, sizes)
        given = at.tensor(x), at.tensor(places)
        unpool = getattr(F, f"max_unpool{ndim}d")
        assert_close(unpool(*given, *setting, output_size=wanted), expected)
        layer = getattr(nn, f"MaxUnpool{ndim}d")(*setting)
        assert_close(layer(*given, wanted), expected)
        if wanted is None:
            assert_close(unpool(given[0][1], given[1][1], *setting), expected[1])


@pytest.mark.parametrize("place", [-1, 4, 9])
def test_unpooling_to_nowhere(place: int) -> None:
    with pytest.raises(RuntimeError, match=f"index {place} is out of range"):
        F.max_unpool1d(at.ones(1, 2), at.tensor([[0, place]]), 2)
