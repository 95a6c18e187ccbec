"""Reductions and scans, line by line with plain numbers of Python."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at

INF, NAN = math.inf, math.nan
DRAW = np.random.default_rng(5)
X = DRAW.normal(size=(3, 4, 5))
#: Few values, so that many are equal; an even and an odd number along the dimensions.
TIES = DRAW.integers(-1, 3, size=(3, 4, 5)).astype(float)
GAPS = np.where(DRAW.random(X.shape) < 0.4, NAN, X)
GAPS[:, 0] = X[:, 0]  # no line without a number, but for those in dim 1 with nothing

Line = list[Any]


def by_lines(x: np.ndarray, dim: int | None, of: Callable[[Line], Any]) -> np.ndarray:
    """``of`` of each line along ``dim``, or of everything; if it gives a line, that comes last."""
    if dim is None:
        return np.asarray(of(x.reshape(-1).tolist()))
    lined = np.moveaxis(x, dim, -1)
    values = [of(lined[place].tolist()) for place in np.ndindex(lined.shape[:-1])]
    return np.array(values).reshape(*lined.shape[:-1], *np.shape(values[0]))


def scanned(x: np.ndarray, dim: int, of: Callable[[Line], Any]) -> np.ndarray:
    """``of`` of the beginning of each line along ``dim`` up to each place."""
    lined = np.moveaxis(x, dim, -1)
    out = np.empty(lined.shape)
    for place in np.ndindex(lined.shape):
        *line, last = place
        out[place] = of(lined[(*line, slice(last + 1))].tolist())
    return np.moveaxis(out, -1, dim)


def same(found: Any, expected: Any) -> None:
    assert tuple(found.shape) == np.shape(expected)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)


def numbers(line: Line) -> Line:
    return [one for one in line if not math.isnan(one)]


def variance(line: Line, correction: float = 1) -> float:
    mean = math.fsum(line) / len(line)
    return math.fsum((one - mean) ** 2 for one in line) / max(len(line) - correction, 0)


def p_norm(line: Line, p: float) -> float:
    sizes = [abs(one) for one in line]
    if p == 0:
        return sum(one != 0 for one in sizes)
    if math.isinf(p):
        return max(sizes) if p > 0 else min(sizes)
    return math.fsum(one**p for one in sizes) ** (1 / p)


def log_of_sum(line: Line) -> float:
    return math.log(math.fsum(map(math.exp, line)))


def last_place(line: Line, of: Callable[[Line], Any]) -> int:
    return len(line) - 1 - line[::-1].index(of(line))


def middle(line: Line) -> float:
    """The lower of two."""
    return sorted(line)[(len(line) - 1) // 2]


def commonest(line: Line) -> float:
    """The smallest of several."""
    counts = Counter(line)
    return min(one for one in counts if counts[one] == max(counts.values()))


def quantile(line: Line, q: float, how: str = "linear") -> float:
    ordered, rank = sorted(line), q * (len(line) - 1)
    low, high = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    part = rank - math.floor(rank)
    return {
        "linear": low + (high - low) * part,
        "lower": low,
        "higher": high,
        "midpoint": (low + high) / 2,
        "nearest": ordered[round(rank)],  # of equally near ones the even rank
    }[how]


# -- one number of many ----------------------------------------------------------------------------

OF_ALL: dict[str, tuple[Callable[..., Any], Callable[[Line], Any], np.ndarray]] = {
    "sum": (at.sum, math.fsum, X),
    "mean": (at.mean, lambda line: math.fsum(line) / len(line), X),
    "prod": (at.prod, math.prod, X),
    "nansum": (at.nansum, lambda line: math.fsum(numbers(line)), GAPS),
    "nanmean": (at.nanmean, lambda line: math.fsum(numbers(line)) / len(numbers(line)), GAPS),
    "var": (at.var, variance, X),
    "std": (at.std, lambda line: math.sqrt(variance(line)), X),
    "amax": (at.amax, max, TIES),
    "amin": (at.amin, min, TIES),
    "argmax": (at.argmax, lambda line: line.index(max(line)), X),
    "argmin": (at.argmin, lambda line: line.index(min(line)), X),
    "any": (at.any, any, TIES * (TIES > 1)),
    "all": (at.all, all, TIES - 3 * (TIES < 2)),
    "count_nonzero": (at.count_nonzero, lambda line: sum(one != 0 for one in line), TIES),
}


@pytest.mark.parametrize("dim", [None, 0, 1, -1])
@pytest.mark.parametrize("name", OF_ALL)
def test_each_line(name: str, dim: int | None) -> None:
    function, plain, x = OF_ALL[name]
    given = at.tensor(x)
    expected = by_lines(x, dim, plain)
    same(function(given) if dim is None else function(given, dim), expected)
    if dim is not None and name != "count_nonzero":
        same(function(given, dim, keepdim=True), np.expand_dims(expected, dim))


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "amax", "amin", "nansum"])
def test_several_dims_are_as_one_long_line(name: str) -> None:
    function, plain, x = OF_ALL[name]
    lined = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    same(function(at.tensor(x), (0, 2)), by_lines(lined, 1, plain))
    same(function(at.tensor(x), (-1, 0), keepdim=True), by_lines(lined, 1, plain).reshape(1, -1, 1))


@pytest.mark.parametrize("name", ["var", "std"])
def test_corrections_of_the_variance(name: str) -> None:
    root = math.sqrt if name == "std" else float
    function, pair = getattr(at, name), getattr(at, f"{name}_mean")
    x = at.tensor(X)
    for correction in (0, 1, 2, 0.5):
        expected = by_lines(X, 1, lambda line, c=correction: root(variance(line, c)))
        same(function(x, 1, correction=correction), expected)
        same(pair(x, 1, correction=correction)[0], expected)
    for given, correction in (((), 1), ((True,), 1), ((False,), 0)):
        expected = root(variance(X.reshape(-1).tolist(), correction))
        same(function(x, *given), expected)
        same(pair(x, *given)[0], expected)
    same(function(x, 2, unbiased=False), by_lines(X, 2, lambda line: root(variance(line, 0))))
    same(pair(x, 0)[1], X.sum(0) / 3)
    assert math.isnan(function(x[0, 0, :1]).item())


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, -1, -2.5, INF, -INF])
def test_norms_of_any_order(p: float) -> None:
    x = at.tensor(X)
    for dim in (0, 2):
        expected = by_lines(X, dim, lambda line: p_norm(line, p))
        same(at.norm(x, p, dim), expected)
        same(at.linalg.vector_norm(x, p, dim), expected)
        same(at.linalg.norm(x, p, dim), expected)
    same(at.norm(x, p), p_norm(X.reshape(-1).tolist(), p))
    same(at.dist(x, x + 1.5, p), p_norm([1.5] * X.size, p))
    if p == 0:
        same(at.norm(at.tensor(TIES), 0, 1), by_lines(TIES, 1, lambda line: p_norm(line, 0)))


def test_norms_by_default_are_roots_of_sums_of_squares() -> None:
    x = at.tensor(X)
    root = math.sqrt(math.fsum(one**2 for one in X.reshape(-1).tolist()))
    for found in (at.norm(x), at.linalg.norm(x), at.linalg.vector_norm(x), at.dist(x, 0 * x)):
        same(found, root)
    same(at.linalg.matrix_norm(x), by_lines(X.reshape(3, 20), 1, lambda line: p_norm(line, 2)))


@pytest.mark.parametrize(
    ("order", "plain"),
    [
        (1, lambda m: max(sum(abs(one) for one in column) for column in zip(*m, strict=True))),
        (-1, lambda m: min(sum(abs(one) for one in column) for column in zip(*m, strict=True))),
        (INF, lambda m: max(sum(abs(one) for one in row) for row in m)),
        (-INF, lambda m: min(sum(abs(one) for one in row) for row in m)),
    ],
)
def test_norms_of_matrices(order: float, plain: Callable[[Any], float]) -> None:
    same(at.linalg.matrix_norm(at.tensor(X), order), [plain(m) for m in X.tolist()])
    same(at.linalg.norm(at.tensor(X[0]), order), plain(X[0].tolist()))


def test_norms_by_singular_values() -> None:
    # Rotated, so that the singular values are known: 5, 3, 1.
    turn, other = (np.linalg.qr(DRAW.normal(size=(3, 3)))[0] for _ in range(2))
    matrix = at.tensor(turn @ np.diag([5.0, 3.0, 1.0]) @ other)
    for order, expected in ((2, 5.0), (-2, 1.0), ("nuc", 9.0), ("fro", math.sqrt(35))):
        same(at.linalg.matrix_norm(matrix, order), expected)
    same(at.linalg.cond(matrix), 5.0)
    same(at.linalg.cond(matrix, -2), 0.2)
    same(at.linalg.cond(matrix, "fro"), math.sqrt(35 * (1 + 1 / 9 + 1 / 25)))


@pytest.mark.parametrize("p", [1, 2, 3.0])
def test_renorm_shrinks_what_is_longer(p: float) -> None:
    lengths = [p_norm(X[:, place].reshape(-1).tolist(), p) for place in range(4)]
    limit = sorted(lengths)[1] + 0.01  # two are shorter
    out = at.renorm(at.tensor(X), p, 1, limit).numpy()
    for place, length in enumerate(lengths):
        scale = limit / (length + 1e-7) if length > limit else 1.0
        np.testing.assert_allclose(out[:, place], X[:, place] * scale, rtol=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.0, INF])
def test_distances(p: float) -> None:
    rows, others = X[0], X[1, :3]
    expected = [[p_norm((a - b).tolist(), p) for b in others] for a in rows]
    same(at.cdist(at.tensor(rows), at.tensor(others), p), expected)
    pairs = itertools.combinations(rows, 2)
    same(at.pdist(at.tensor(rows), p), [p_norm((a - b).tolist(), p) for a, b in pairs])
    if p == 2.0:
        same(at.cdist(at.tensor(rows), at.tensor(others)), expected)
        same(at.pdist(at.tensor(rows)), at.pdist(at.tensor(rows), 2.0).numpy())


def test_logsumexp_softmax_and_log_softmax() -> None:
    x = at.tensor(X)
    for dim in (0, 1, -1):
        total = by_lines(X, dim, log_of_sum)
        same(at.logsumexp(x, dim), total)
        same(at.logsumexp(x, dim, keepdim=True), np.expand_dims(total, dim))
        same(at.log_softmax(x, dim), X - np.expand_dims(total, dim))
        same(at.softmax(x, dim), np.exp(X - np.expand_dims(total, dim)))
    same(at.logsumexp(x, (0, 2)), [math.log(math.fsum(np.exp(X[:, k]).flat)) for k in range(4)])
    same(at.logsumexp(at.tensor([1000.0, 1000.0], dtype=at.float64), 0), 1000 + math.log(2))


# -- order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [X, TIES], ids=["different", "with ties"])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_medians_and_modes_name_where_they_are(x: np.ndarray, dim: int) -> None:
    for function, plain in ((at.median, middle), (at.nanmedian, middle), (at.mode, commonest)):
        values, places = function(at.tensor(x), dim)
        same(values, by_lines(x, dim, plain))
        found = np.take_along_axis(x, np.expand_dims(places.numpy(), dim), dim)
        np.testing.assert_array_equal(found.squeeze(dim), values.numpy())
        assert (
            function(at.tensor(x), dim, keepdim=True).values.shape
            == np.sum(x, dim, keepdims=True).shape
        )
    same(at.median(at.tensor(x)), middle(x.reshape(-1).tolist()))


def test_modes_are_along_the_last_dim_by_default() -> None:
    same(at.mode(at.tensor(TIES)).values, by_lines(TIES, -1, commonest))


def test_medians_and_nan() -> None:
    gaps = at.tensor(GAPS)
    for dim in (0, 2):
        same(
            at.nanmedian(gaps, dim).values,
            by_lines(GAPS, dim, lambda line: middle(numbers(line) or line)),
        )
        nan = by_lines(GAPS, dim, lambda line: any(map(math.isnan, line)))
        np.testing.assert_array_equal(np.isnan(at.median(gaps, dim).values.numpy()), nan)
    same(at.nanmedian(gaps), middle(numbers(GAPS.reshape(-1).tolist())))
    assert math.isnan(at.median(gaps).item())


@pytest.mark.parametrize("how", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("size", [2, 5, 6])
def test_quantiles(how: str, size: int) -> None:
    x = DRAW.normal(size=(size, 3))
    # Among them ranks that are whole, and ranks half way between two.
    for q in (0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 1.0):
        expected = by_lines(x, 0, lambda line, q=q: quantile(line, q, how))
        same(at.quantile(at.tensor(x), q, 0, interpolation=how), expected)
        same(at.nanquantile(at.tensor(x), q, 0, interpolation=how), expected)
        gaps = np.concatenate([x, np.full((2, 3), NAN)])
        same(at.nanquantile(at.tensor(gaps), q, 0, interpolation=how), expected)
        assert np.isnan(at.quantile(at.tensor(gaps), q, 0, interpolation=how).numpy()).all()


def test_quantiles_in_all_forms() -> None:
    x, qs = at.tensor(X), [0.2, 0.9]
    several = at.tensor(qs, dtype=at.float64)
    same(at.quantile(x, several), [quantile(X.reshape(-1).tolist(), q) for q in qs])
    for dim in (0, 1, 2):
        expected = [by_lines(X, dim, lambda line, q=q: quantile(line, q)) for q in qs]
        same(at.quantile(x, several, dim), expected)
        kept = [np.expand_dims(one, dim) for one in expected]
        same(at.quantile(x, several, dim, keepdim=True), kept)
        same(at.nanquantile(x, several, dim, True), kept)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_sorting_keeps_equal_elements_in_order(dim: int, descending: bool) -> None:
    sign = -1 if descending else 1
    for x in (X, TIES):
        expected = np.empty(x.shape, np.int64)
        lined, out = np.moveaxis(x, dim, -1), np.moveaxis(expected, dim, -1)
        for place in np.ndindex(lined.shape[:-1]):
            line = lined[place].tolist()
            out[place] = sorted(range(len(line)), key=[sign * one for one in line].__getitem__)
        values, order = at.sort(at.tensor(x), dim=dim, descending=descending, stable=True)
        np.testing.assert_array_equal(order.numpy(), expected)
        np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, expected, dim))
        found = at.argsort(at.tensor(x), dim=dim, descending=descending, stable=True)
        np.testing.assert_array_equal(found.numpy(), expected)


def test_sorting_is_ascending_along_the_last_dim_by_default() -> None:
    x = at.tensor(X)
    expected = by_lines(X, -1, sorted)
    same(at.sort(x).values, expected)
    same(x.gather(-1, at.argsort(x)), expected)
    same(at.msort(x), np.moveaxis(by_lines(X, 0, sorted), -1, 0))


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_the_k_largest_and_smallest(dim: int, largest: bool) -> None:
    for k in range(X.shape[dim] + 1):
        values, places = at.topk(at.tensor(X), k, dim, largest)
        expected = np.sort(X, dim)
        expected = np.flip(expected, dim) if largest else expected
        np.testing.assert_array_equal(values.numpy(), np.take(expected, range(k), dim))
        np.testing.assert_array_equal(np.take_along_axis(X, places.numpy(), dim), values.numpy())


def test_the_kth_value_is_counted_from_1() -> None:
    for k in range(1, 6):
        values, places = at.kthvalue(at.tensor(X), k)
        same(values, by_lines(X, -1, lambda line, k=k: sorted(line)[k - 1]))
        same(places, by_lines(X, -1, lambda line, k=k: line.index(sorted(line)[k - 1])))
    kept = at.kthvalue(at.tensor(X), 2, 0, True).values
    same(kept, by_lines(X, 0, lambda line: sorted(line)[1])[None])


@pytest.mark.parametrize("name", ["max", "min"])
def test_extremes_and_where_they_are_first(name: str) -> None:
    extreme = {"max": max, "min": min}[name]
    for dim in (0, 1, -1):
        values, places = getattr(at, name)(at.tensor(TIES), dim)
        same(values, by_lines(TIES, dim, extreme))
        same(places, by_lines(TIES, dim, lambda line: line.index(extreme(line))))
        same(getattr(at, f"arg{name}")(at.tensor(TIES), dim), places.numpy())
        smallest, largest = at.aminmax(at.tensor(TIES), dim=dim)
        same(smallest, by_lines(TIES, dim, min))
        same(largest, by_lines(TIES, dim, max))
    assert [one.item() for one in at.aminmax(at.tensor(X))] == [X.min(), X.max()]
    assert at.aminmax(at.tensor(X), dim=1, keepdim=True).max.shape == (3, 1, 5)


# -- running ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_running_sums_products_and_extremes(dim: int) -> None:
    x = at.tensor(X)
    same(at.cumsum(x, dim), scanned(X, dim, math.fsum))
    same(at.cumprod(x, dim), scanned(X, dim, math.prod))
    same(at.logcumsumexp(x, dim), scanned(X, dim, log_of_sum))
    for function, extreme in ((at.cummax, max), (at.cummin, min)):
        values, places = function(at.tensor(TIES), dim)
        same(values, scanned(TIES, dim, extreme))
        # Where it is: the last of equal ones.
        same(places, scanned(TIES, dim, lambda line, of=extreme: last_place(line, of)))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_differences_of_neighbours(n: int) -> None:
    def plain(line: Line) -> Line:
        for _ in range(n):
            line = [b - a for a, b in itertools.pairwise(line)]
        return line

    for dim in (0, 1, 2):
        same(at.diff(at.tensor(X), n, dim), np.moveaxis(by_lines(X, dim, plain), -1, dim))
    if n:
        ends = {"prepend": at.tensor(X[1, :1]), "append": at.tensor(X[2, :2])}
        whole = np.concatenate([X[1, :1], X[0], X[2, :2]])
        same(at.diff(at.tensor(X[0]), n, 0, **ends), by_lines(whole, 0, plain).T)
    if n == 1:
        same(at.diff(at.tensor(X)), by_lines(X, -1, plain))


def trapezoids(y: Line, x: Line) -> Line:
    return [(b - a) * (d + c) / 2 for (a, b), (c, d) in zip(pairs(x), pairs(y), strict=True)]


def pairs(line: Line) -> list[Any]:
    return list(itertools.pairwise(line))


def test_areas_under_curves() -> None:
    points = np.sort(DRAW.normal(size=4))
    for settings, x in (({}, range(4)), ({"dx": 0.5}, [0, 0.5, 1, 1.5]), ({"x": points}, points)):
        given = {key: at.tensor(one) if key == "x" else one for key, one in settings.items()}
        parts = by_lines(X, 1, lambda line, x=x: trapezoids(line, list(x)))
        same(at.trapezoid(at.tensor(X), **given, dim=1), parts.sum(-1))
        same(at.trapz(at.tensor(X), **given, dim=1), parts.sum(-1))
        running = np.moveaxis(parts.cumsum(-1), -1, 1)
        same(at.cumulative_trapezoid(at.tensor(X), **given, dim=1), running)
    same(at.trapezoid(at.tensor(X)), by_lines(X, 2, lambda line: sum(trapezoids(line, range(5)))))


@pytest.mark.parametrize("edge_order", [1, 2])
def test_slopes_by_differences(edge_order: int) -> None:
    uneven = np.array([0.0, 1.0, 1.5, 3.0])
    for spacing, points in ((None, range(4)), (0.5, [0, 0.5, 1, 1.5]), (uneven, uneven)):
        x = [float(one) for one in points]

        def plain(y: Line, x: Line = x) -> Line:
            slope = [(d - c) / (b - a) for (a, b), (c, d) in zip(pairs(x), pairs(y), strict=True)]
            steps = [b - a for a, b in pairs(x)]
            inner = [
                (slope[k] * steps[k + 1] + slope[k + 1] * steps[k]) / (steps[k] + steps[k + 1])
                for k in range(len(slope) - 1)
            ]
            first, last = slope[0], slope[-1]
            if edge_order == 2:  # the parabola through three points, at its end
                first += (first - slope[1]) / (x[2] - x[0]) * steps[0]
                last += (last - slope[-2]) / (x[-1] - x[-3]) * steps[-1]
            return [first, *inner, last]

        settings: dict[str, Any] = {"edge_order": edge_order}
        if spacing is not None:
            settings["spacing"] = [at.tensor(uneven)] if spacing is uneven else spacing
        (found,) = at.gradient(at.tensor(X), dim=1, **settings)
        same(found, np.moveaxis(by_lines(X, 1, plain), -1, 1))
    first, second = at.gradient(at.tensor(X[0]))
    same(first[1], (X[0, 2] - X[0, 0]) / 2)
    same(second[:, 0], X[0, :, 1] - X[0, :, 0])


# -- tables of observations ------------------------------------------------------------------------


def weighted_covariance(x: Line, y: Line, w: Line, freedom: float) -> float:
    total = math.fsum(w)
    mean_x, mean_y = (math.fsum(a * b for a, b in zip(w, v, strict=True)) / total for v in (x, y))
    parts = (k * (a - mean_x) * (b - mean_y) for k, a, b in zip(w, x, y, strict=True))
    return math.fsum(parts) / freedom


@pytest.mark.parametrize("correction", [None, 0, 1, 2])
def test_covariances(correction: int | None) -> None:
    table = X[0].tolist()
    settings = {} if correction is None else {"correction": correction}
    c = 1 if correction is None else correction
    often, much = [1, 2, 1, 3, 2], [0.5, 1.0, 2.0, 0.3, 0.7]
    both = [a * b for a, b in zip(often, much, strict=True)]
    cases: list[tuple[dict[str, Any], Line, float]] = [
        ({}, [1.0] * 5, 5 - c),
        ({"fweights": at.tensor(often)}, often, sum(often) - c),
        (
            {"aweights": at.tensor(much, dtype=at.float64)},
            much,
            sum(much) - c * sum(a * a for a in much) / sum(much),
        ),
        (
            {"fweights": at.tensor(often), "aweights": at.tensor(much, dtype=at.float64)},
            both,
            sum(both) - c * sum(w * a for w, a in zip(both, much, strict=True)) / sum(both),
        ),
    ]
    for weights, w, freedom in cases:
        found = at.cov(at.tensor(X[0]), **settings, **weights)
        expected = [[weighted_covariance(x, y, w, freedom) for y in table] for x in table]
        same(found, expected)


def test_correlations() -> None:
    table = X[0].tolist()
    cov = [[weighted_covariance(x, y, [1.0] * 5, 4) for y in table] for x in table]
    expected = [[cov[i][j] / math.sqrt(cov[i][i] * cov[j][j]) for j in range(4)] for i in range(4)]
    same(at.corrcoef(at.tensor(X[0])), expected)
    same(at.cov(at.tensor(X[0, 0])), variance(table[0]))
    assert at.corrcoef(at.tensor(X[0, 0])).item() == 1
