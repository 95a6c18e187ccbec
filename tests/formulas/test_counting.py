"""Histograms, places in what is sorted, different values, and scattering, element by element."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at

DRAW = np.random.default_rng(8)
WHOLE = DRAW.integers(0, 6, 40)
FLOATS = DRAW.normal(size=40)
EDGES = [-1.0, -0.25, 0.0, 1.0, 1.5]
#: On the edges, between and outside of them.
POINTS = [-2.0, -1.0, -0.5, -0.25, 0.0, 0.7, 1.0, 1.2, 1.5, 9.0]


def double(values: Any) -> at.Tensor:
    return at.tensor(values, dtype=at.float64)


# -- counts ----------------------------------------------------------------------------------------


def test_counts_of_small_integers() -> None:
    x = at.tensor(WHOLE)
    counts = [WHOLE.tolist().count(k) for k in range(6)]
    assert at.bincount(x).tolist() == counts
    assert at.bincount(x, minlength=8).tolist() == [*counts, 0, 0]
    assert at.bincount(x, minlength=3).tolist() == counts
    weights = [math.fsum(FLOATS[np.equal(WHOLE, k)]) for k in range(6)]
    np.testing.assert_allclose(at.bincount(x, double(FLOATS)).numpy(), weights, rtol=1e-12)


def counted(values: list[float], edges: list[float], weights: list[float]) -> list[float]:
    """The weights in each interval; the last holds its upper end."""
    out = [0.0] * (len(edges) - 1)
    for value, weight in zip(values, weights, strict=True):
        for k, (low, high) in enumerate(itertools.pairwise(edges)):
            if low <= value < high or (value == high == edges[-1]):
                out[k] += weight
    return out


def even_edges(low: float, high: float, bins: int) -> list[float]:
    return [*(low + (high - low) * k / bins for k in range(bins)), high]


def test_histograms_between_given_edges() -> None:
    x, ones = double(POINTS), [1.0] * len(POINTS)
    weights = [k + 1.0 for k in range(len(POINTS))]
    hist, edges = at.histogram(x, double(EDGES))
    assert hist.tolist() == counted(POINTS, EDGES, ones)
    assert edges.tolist() == EDGES
    hist = at.histogram(x, double(EDGES), weight=double(weights)).hist
    assert hist.tolist() == counted(POINTS, EDGES, weights)
    density = at.histogram(x, double(EDGES), weight=double(weights), density=True).hist
    total = sum(hist.tolist())
    widths = [high - low for low, high in itertools.pairwise(EDGES)]
    expected = [n / total / width for n, width in zip(hist.tolist(), widths, strict=True)]
    np.testing.assert_allclose(density.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("bins", [1, 4, 7])
def test_histograms_of_even_intervals(bins: int) -> None:
    x = double(FLOATS)
    low, high, ones = FLOATS.min(), FLOATS.max(), [1.0] * 40
    for limits in ((low, high), (-1.0, 0.5)):
        expected = counted(FLOATS.tolist(), even_edges(*limits, bins), ones)
        given = {} if limits[0] == low else {"range": limits}
        hist, edges = at.histogram(x, bins, **given)
        np.testing.assert_allclose(edges.numpy(), even_edges(*limits, bins), atol=1e-14)
        np.testing.assert_array_equal(hist.numpy(), expected)
        given = {} if limits[0] == low else {"min": limits[0], "max": limits[1]}
        np.testing.assert_array_equal(at.histc(x, bins, **given).numpy(), expected)
    assert at.histc(x).shape == at.histogram(x).hist.shape == (100,)


def test_the_last_interval_holds_its_upper_end_and_the_others_their_lower_one() -> None:
    x = double([0.0, 1.0, 1.0, 2.0, 2.0, 2.0, -0.1, 2.1])
    assert at.histc(x, 2, 0, 2).tolist() == [1, 5]
    assert at.histogram(x, 2, range=(0.0, 2.0)).hist.tolist() == [1, 5]


def test_histograms_of_points() -> None:
    points = FLOATS.reshape(20, 2)
    first, second = [-1.0, 0.0, 2.0], [-2.0, 0.0, 0.5, 1.0]
    expected = np.zeros((2, 3))
    for one, other in points.tolist():
        mine, its = counted([one], first, [1.0]), counted([other], second, [1.0])
        expected += np.outer(mine, its)
    hist, edges = at.histogramdd(double(points), (double(first), double(second)))
    np.testing.assert_array_equal(hist.numpy(), expected)
    assert [one.tolist() for one in edges] == [first, second]
    dense = at.histogramdd(double(points), (double(first), double(second)), density=True).hist
    areas = np.outer(np.diff(first), np.diff(second))
    np.testing.assert_allclose(dense.numpy(), expected / expected.sum() / areas, rtol=1e-12)


# -- places in what is sorted ----------------------------------------------------------------------


@pytest.mark.parametrize("right", [False, True])
def test_places_in_what_is_sorted(right: bool) -> None:
    place = bisect.bisect_right if right else bisect.bisect_left
    expected = [place(EDGES, point) for point in POINTS]
    edges, points = double(EDGES), double(POINTS)
    assert at.searchsorted(edges, points, right=right).tolist() == expected
    side = "right" if right else "left"
    assert at.searchsorted(edges, points, side=side).tolist() == expected
    assert at.bucketize(points, edges, right=right).tolist() == expected
    if not right:
        assert at.searchsorted(edges, points).tolist() == expected
        assert at.bucketize(points, edges).tolist() == expected
    order = at.tensor([3, 0, 4, 1, 2])
    mixed = double([EDGES[order.tolist().index(k)] for k in range(5)])
    assert at.searchsorted(mixed, points, right=right, sorter=order).tolist() == expected
    rows = at.searchsorted(
        at.stack([edges, edges + 1]), at.stack([points, points + 1]), right=right
    )
    assert rows.tolist() == [expected, expected]


# -- different values ------------------------------------------------------------------------------


def test_different_values() -> None:
    values, inverse, counts = at.unique(at.tensor(WHOLE), return_inverse=True, return_counts=True)
    expected = sorted(set(WHOLE.tolist()))
    assert values.tolist() == expected
    assert inverse.tolist() == [expected.index(one) for one in WHOLE]
    assert counts.tolist() == [WHOLE.tolist().count(one) for one in expected]
    runs = [(key, len(list(run))) for key, run in itertools.groupby(WHOLE.tolist())]
    values, inverse, counts = at.unique_consecutive(at.tensor(WHOLE), True, True)
    assert list(zip(values.tolist(), counts.tolist(), strict=True)) == runs
    assert values[inverse].tolist() == WHOLE.tolist()


@pytest.mark.parametrize("dim", [0, 1])
def test_different_rows_and_columns(dim: int) -> None:
    table = DRAW.integers(0, 2, (9, 2))
    rows = [tuple(row) for row in table.tolist()]
    given = at.tensor(table if dim == 0 else table.T)
    values, inverse, counts = at.unique(given, True, True, True, dim=dim)
    expected = sorted(set(rows))
    assert [tuple(row) for row in (values if dim == 0 else values.t()).tolist()] == expected
    assert inverse.tolist() == [expected.index(row) for row in rows]
    assert counts.tolist() == [rows.count(row) for row in expected]


def test_isin() -> None:
    for invert in (False, True):
        found = at.isin(at.tensor(WHOLE), at.tensor([1, 4]), invert=invert)
        assert found.tolist() == [(one in (1, 4)) != invert for one in WHOLE]


# -- scattering ------------------------------------------------------------------------------------

SHAPE = (3, 4, 2)
START = DRAW.normal(size=SHAPE)
#: Some positions several times, some never.
INDEX = DRAW.integers(0, 2, size=(2, 3, 2))
SOURCE = DRAW.normal(size=(3, 3, 2))

JOINED: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "prod": math.prod,
    "mean": lambda values: math.fsum(values) / len(values),
    "amax": max,
    "amin": min,
}


def received(dim: int) -> dict[tuple[int, ...], list[float]]:
    """What goes to each position of START."""
    out: dict[tuple[int, ...], list[float]] = {}
    for place in np.ndindex(INDEX.shape):
        target = list(place)
        target[dim] = int(INDEX[place])
        out.setdefault(tuple(target), []).append(float(SOURCE[place]))
    return out


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("include_self", [True, False, None])
@pytest.mark.parametrize("reduce", JOINED)
def test_scatter_reduce(reduce: str, include_self: bool | None, dim: int) -> None:
    expected = START.copy()
    for place, values in received(dim).items():
        own = [float(START[place])] if include_self is not False else []
        expected[place] = JOINED[reduce](own + values)
    settings = {} if include_self is None else {"include_self": include_self}
    given = double(START), dim, at.tensor(INDEX), double(SOURCE)
    np.testing.assert_allclose(
        at.scatter_reduce(*given, reduce, **settings).numpy(), expected, rtol=1e-12
    )
    if reduce == "sum" and include_self is None:
        np.testing.assert_allclose(at.scatter_add(*given).numpy(), expected, rtol=1e-12)
        added = at.scatter(*given, reduce="add")
        np.testing.assert_allclose(added.numpy(), expected, rtol=1e-12)


def test_scatter_writes_and_multiplies() -> None:
    index = at.tensor([[2, 0, 1]])
    x = double([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    src = double([[10.0, 20.0, 30.0]])
    assert at.scatter(x, 0, index, src).tolist() == [[1, 20, 3], [4, 5, 30], [10, 8, 9]]
    assert at.scatter(x, 1, index, src).tolist() == [[20, 30, 10], [4, 5, 6], [7, 8, 9]]
    assert at.scatter(x, 0, index, 5.0).tolist() == [[1, 5, 3], [4, 5, 5], [5, 8, 9]]
    twice = at.tensor([[1, 1, 0]])
    product = at.scatter(x, 1, twice, src, reduce="multiply")
    assert product.tolist() == [[30, 400, 3], [4, 5, 6], [7, 8, 9]]
    assert at.gather(x, 0, index).tolist() == [[7, 2, 6]]
    assert at.gather(x, 1, index).tolist() == [[3, 1, 2]]


PLACES = [2, 0, 2]  # the last position twice


@pytest.mark.parametrize("alpha", [None, -0.5, 2.0])
def test_index_add(alpha: float | None) -> None:
    settings = {} if alpha is None else {"alpha": alpha}
    for dim in (0, 1):
        x, source = START[:, :3, 0], SOURCE[..., 0]
        expected = x.copy()
        for k, place in enumerate(PLACES):
            line = on(dim, place)
            expected[line] += (1 if alpha is None else alpha) * source[on(dim, k)]
        found = at.index_add(double(x), dim, at.tensor(PLACES), double(source), **settings)
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def on(dim: int, place: int) -> tuple[Any, ...]:
    return (slice(None),) * dim + (place,)


@pytest.mark.parametrize("include_self", [True, False, None])
@pytest.mark.parametrize("reduce", ["prod", "mean", "amax", "amin"])
def test_index_reduce(reduce: str, include_self: bool | None) -> None:
    settings = {} if include_self is None else {"include_self": include_self}
    x, source = START[:, :3, 0], SOURCE[..., 0]
    for dim in (0, 1):
        expected = x.copy()
        for place in set(PLACES):
            for k in range(3):
                target = (place, k) if dim == 0 else (k, place)
                own = [x[target]] if include_self is not False else []
                came = [
                    source[(j, k) if dim == 0 else (k, j)] for j in range(3) if PLACES[j] == place
                ]
                expected[target] = JOINED[reduce](own + came)
        found = at.tensor(x).index_reduce(
            dim, at.tensor(PLACES), at.tensor(source), reduce, **settings
        )
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_whole_slices_are_filled_and_copied() -> None:
    x = double([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    rows = at.tensor([2, 0])
    assert at.index_fill(x, 0, rows, 9.0).tolist() == [[9, 9], [3, 4], [9, 9]]
    source = double([[10.0, 20.0], [30.0, 40.0]])
    assert at.index_copy(x, 0, rows, source).tolist() == [[30, 40], [3, 4], [10, 20]]
    assert at.index_select(x, 0, rows).tolist() == [[5, 6], [1, 2]]
    assert at.index_select(x, 1, at.tensor([1, 1])).tolist() == [[2, 2], [4, 4], [6, 6]]


def test_elements_by_number_and_by_mask() -> None:
    x = double([[1.0, 2.0], [3.0, 4.0]])
    places = at.tensor([3, 0, 3, -2])
    assert at.take(x, places).tolist() == [4, 1, 4, 3]
    source = double([10.0, 20.0, 30.0, 40.0])
    assert x.clone().put_(places, source, accumulate=True).tolist() == [[21, 2], [43, 44]]
    assert x.clone().put_(places[1:], source[1:]).tolist() == [[20, 2], [40, 30]]
    mask = at.tensor([[True, False], [True, True]])
    assert at.masked_select(x, mask).tolist() == [1, 3, 4]
    assert at.masked_scatter(x, mask, source).tolist() == [[10, 2], [20, 30]]
    assert at.masked_fill(x, mask, 7.0).tolist() == [[7, 2], [7, 7]]
    index = at.tensor([0, 0]), at.tensor([1, 1])
    both = double([5.0, 6.0])
    assert at.index_put(x, index, both, accumulate=True).tolist() == [[1, 13], [3, 4]]
    assert at.index_put(x, (index[0][:1], index[1][:1]), both[1:]).tolist() == [[1, 6], [3, 4]]


def test_parts_are_written() -> None:
    x, column = double([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), double([7.0, 8.0])
    assert at.select_scatter(x, column, 1, 2).tolist() == [[1, 2, 7], [4, 5, 8]]
    assert at.select_scatter(x, column, 1, -3).tolist() == [[7, 2, 3], [8, 5, 6]]
    both = double([[7.0, 8.0], [9.0, 10.0]])
    assert at.slice_scatter(x, both, 1, 0, 3, 2).tolist() == [[7, 2, 8], [9, 5, 10]]
    assert at.slice_scatter(x, both[:1, :1].expand(1, 3), start=1).tolist() == [
        [1, 2, 3],
        [7, 7, 7],
    ]
    assert at.diagonal_scatter(x, column).tolist() == [[7, 2, 3], [4, 8, 6]]
    assert at.diagonal_scatter(x, column, 1).tolist() == [[1, 7, 3], [4, 5, 8]]
