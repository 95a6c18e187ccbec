"""What finds, counts and ranks without a derivative, and what reductions refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.helpers import compare

INF, NAN = float("inf"), float("nan")
DRAW = np.random.default_rng(11)
FLOATS = DRAW.normal(size=(40, 3))
WHOLE = DRAW.integers(0, 7, size=(6, 9))
SORTED = np.sort(DRAW.normal(size=(2, 6)))
ODD = np.array([2.0, NAN, -INF, 2.0, INF, 0.5])

#: Functions of a library and Tensors, with the arrays to give them.
ALIKE: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "argsort": (lambda lib, a: lib.argsort(a, dim=0, stable=True), (WHOLE,)),
    "argsort, down": (lambda lib, a: a.argsort(descending=True, stable=True), (WHOLE,)),
    "argsort, NaN": (lambda lib, a: lib.argsort(a, descending=True), (ODD,)),
    "searchsorted": (lambda lib, a, b: lib.searchsorted(a, b), (SORTED, SORTED[:, ::2] + 0.1)),
    "searchsorted, right": (lambda lib, a, b: lib.searchsorted(a, b, right=True), (SORTED, SORTED)),
    "searchsorted, side": (
        lambda lib, a, b: lib.searchsorted(a[0], b, side="right", out_int32=True),
        (SORTED, SORTED),
    ),
    "searchsorted, odd": (lambda lib, a, b: lib.searchsorted(a[0], b), (SORTED, ODD)),
    "searchsorted, sorter": (
        lambda lib, a, b: lib.searchsorted(a.flip(0), b, sorter=lib.arange(5, -1, -1)),
        (SORTED[0], FLOATS),
    ),
    "searchsorted, number": (lambda lib, a: lib.searchsorted(a[0], 0.3), (SORTED,)),
    "bucketize": (lambda lib, a, b: lib.bucketize(a, b[1]), (FLOATS, SORTED)),
    "bucketize, right": (lambda lib, a: lib.bucketize(a, a[1], right=True), (SORTED,)),
    "bincount": (lambda lib, a: lib.bincount(a.reshape(-1), minlength=9), (WHOLE,)),
    "bincount, weights": (lambda lib, a, b: lib.bincount(a[0], b[:9, 0]), (WHOLE, FLOATS)),
    "bincount, float32": (lambda lib, a, b: lib.bincount(a[0], b[:9, 0].float()), (WHOLE, FLOATS)),
    "bincount, ints": (lambda lib, a: lib.bincount(a[0], a[1]), (WHOLE,)),
    "bincount, none": (lambda lib, a: lib.bincount(a[0, :0], minlength=2), (WHOLE,)),
    "histc": (lambda lib, a: lib.histc(a, 7), (FLOATS,)),
    "histc, range": (lambda lib, a: a.histc(5, -1, 0.5), (FLOATS,)),
    "histc, odd": (lambda lib, a: lib.histc(a, 4, 0, 2), (ODD,)),
    "histc, equal": (lambda lib, a: lib.histc(a[:1] * 0 + 1, 3), (ODD,)),
    "histc, none": (lambda lib, a: lib.histc(a[:0].half(), 3), (ODD,)),
    "histogram": (lambda lib, a: lib.histogram(a, 7), (FLOATS,)),
    "histogram, edges": (lambda lib, a, b: a.histogram(b[0], density=True), (FLOATS, SORTED)),
    "histogram, weight": (
        lambda lib, a: lib.histogram(a, 4, range=(-1.0, 1.0), weight=a.abs(), density=True),
        (FLOATS,),
    ),
    "histogram, odd": (lambda lib, a: lib.histogram(a, 4, range=(0.0, 2.0)), (ODD,)),
    "histogram, equal": (lambda lib, a: lib.histogram(a[:1], 3), (ODD,)),
    "histogram, none": (lambda lib, a: lib.histogram(a[:0], 3), (ODD,)),
    "histogramdd": (lambda lib, a: lib.histogramdd(a, [2, 3, 4], density=True), (FLOATS,)),
    "histogramdd, weight": (
        lambda lib, a, b: lib.histogramdd(a[:, :2], (b[0], b[1]), weight=a[:, 2].abs()),
        (FLOATS, SORTED),
    ),
    "histogramdd, range": (
        lambda lib, a: lib.histogramdd(a.reshape(4, 10, 3), 2, range=[-1.0, 1, -1, 0, 0, 1]),
        (FLOATS,),
    ),
    "unique": (lambda lib, a: lib.unique(a), (WHOLE,)),
    "unique, all": (lambda lib, a: a.unique(return_inverse=True, return_counts=True), (WHOLE,)),
    "unique, NaN": (lambda lib, a: lib.unique(a * NAN, return_counts=True), (ODD,)),
    "unique, dim": (lambda lib, a: lib.unique(a // 4, True, True, True, dim=0), (WHOLE[:, :2],)),
    "unique, dim 1": (lambda lib, a: lib.unique(a % 2, True, True, True, dim=1), (WHOLE[:2],)),
    "unique, none": (lambda lib, a: lib.unique(a[:0], True, True, True, dim=0), (WHOLE,)),
    "unique, 0-d": (lambda lib, a: lib.unique(a[0, 0], True, True, True), (WHOLE,)),
    "consecutive": (lambda lib, a: lib.unique_consecutive(a // 3, True, True), (WHOLE,)),
    "consecutive, dim": (
        lambda lib, a: lib.unique_consecutive(a.sort(1).values // 4, True, True, dim=1),
        (WHOLE[:2],),
    ),
    "consecutive, none": (lambda lib, a: lib.unique_consecutive(a[:, :0], True, True), (WHOLE,)),
    "mode of ints": (lambda lib, a: lib.mode(a, 1), (WHOLE,)),
    "median of ints": (lambda lib, a: lib.median(a), (WHOLE,)),
    "cummax of ints": (lambda lib, a: lib.cummax(a, 1), (WHOLE,)),
    "cumprod of bools": (lambda lib, a: lib.cumprod(a > 2, 1), (WHOLE,)),
    "diff of bools": (lambda lib, a: lib.diff(a > 2), (WHOLE,)),
    "trapezoid of ints": (lambda lib, a: lib.trapezoid(a), (WHOLE,)),
    "any of bytes": (lambda lib, a: lib.any(a.to(lib.uint8), 0), (WHOLE,)),
    "all over no dim": (lambda lib, a: lib.all(a, ()), (WHOLE,)),
    "cov of ints": (lambda lib, a: lib.cov(a).double().round(decimals=4), (WHOLE,)),
    "trapezoid of none": (lambda lib, a: lib.trapezoid(a[:0], dim=0), (FLOATS,)),
    "median of none": (lambda lib, a: lib.median(a[:0]), (FLOATS,)),
    "sum of float16": (lambda lib, a: lib.sum(a.half(), 0), (np.ones((3000, 2)),)),
    "mean of float16": (lambda lib, a: lib.mean(a.half() * 60000), (np.ones((30, 2)),)),
    "var of float16": (lambda lib, a: lib.var(a.half() * 1000), (FLOATS,)),
    "norm of float16": (lambda lib, a: lib.norm(a.half() * 1000), (FLOATS,)),
    "softmax of float16": (lambda lib, a: lib.softmax(a.half(), 0), (np.ones((3000, 2)),)),
    "long running sum": (lambda lib, a: lib.cumsum(a.float() + 0.1, 0)[-1], (np.ones(30000),)),
}


@pytest.mark.parametrize("name", ALIKE)
def test_the_same_as_in_pytorch(torch: ModuleType, name: str) -> None:
    function, arrays = ALIKE[name]
    result = compare(torch, function, *arrays, order=0)
    assert not isinstance(result, Exception), result


ONES = at.ones(2, 3)
WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "dim": (lambda: at.cumprod(ONES, 2), IndexError, "cumprod: dim 2 is out of range"),
    "twice": (lambda: at.nansum(ONES, (0, -2)), RuntimeError, "nansum: a dim appears twice"),
    "no list": (lambda: at.any([1, 2]), TypeError, "any: input must be a Tensor, got list"),
    "ints": (lambda: at.nanmean(at.tensor([1])), RuntimeError, "nanmean: expected a floating"),
    "scan of ints": (lambda: at.logcumsumexp(at.tensor([1]), 0), RuntimeError, "logcumsumexp: "),
    "mean as int": (lambda: at.mean(ONES, dtype=at.int64), RuntimeError, "mean: .* got int64"),
    "nothing to choose": (lambda: at.mode(ONES[:0], 0), IndexError, "mode: dim 0 .* is empty"),
    "nothing in all": (lambda: at.max(ONES[:0]), RuntimeError, "max: cannot reduce"),
    "k": (lambda: at.topk(ONES, 4), RuntimeError, "topk: k must be from 0 to 3"),
    "k of 0": (lambda: at.kthvalue(ONES, 0), RuntimeError, "kthvalue: k must be from 1 to 3"),
    "bools": (lambda: at.median(ONES > 0), RuntimeError, "median: not defined for dtype bool"),
    "quantile": (lambda: at.quantile(ONES, 1.5), RuntimeError, r"quantile: q must be in .* 1\.5"),
    "half": (lambda: at.quantile(ONES.half(), 0.5), RuntimeError, "quantile: input must be float"),
    "q": (lambda: at.nanquantile(ONES, ONES), RuntimeError, "nanquantile: q must be a number, or"),
    "how": (
        lambda: at.quantile(ONES, 0.5, interpolation="x"), RuntimeError, "interpolation .* 'x'",
    ),
    "order": (lambda: at.norm(ONES, at.float32), TypeError, "norm: the order of the norm must be"),
    "empty norm": (lambda: at.norm(ONES[:0], INF), RuntimeError, "norm: there is no norm of ord"),
    "narrow norm": (lambda: at.norm(ONES, dtype=at.half), RuntimeError, "norm: dtype must be a"),
    "renorm": (lambda: at.renorm(ONES, 0, 0, 1), RuntimeError, "renorm: p must be positive, got 0"),
    "negative": (
        lambda: at.bincount(at.tensor([-1])), RuntimeError, "bincount: .* smallest value -1",
    ),
    "bins": (lambda: at.histc(ONES, 0), RuntimeError, "histc: bins must be at least 1, got 0"),
    "NaN": (lambda: at.histogram(ONES * NAN, 2), RuntimeError, "histogram: the range must be fin"),
    "sides": (
        lambda: at.searchsorted(ONES, ONES, right=True, side="left"), RuntimeError, "contradict",
    ),
    "rows": (lambda: at.searchsorted(ONES, ONES[:1]), RuntimeError, "agree with input in all dim"),
    "boundaries": (lambda: at.bucketize(ONES, ONES), RuntimeError, "bucketize: boundaries must be"),
    "n": (lambda: at.diff(ONES, -1), RuntimeError, "diff: n must be at least 0, got -1"),
    "0-d": (lambda: at.diff(at.tensor(1.0)), IndexError, "diff: expected a Tensor of at least one"),
    "x": (lambda: at.trapezoid(ONES, ONES[0, :2]), RuntimeError, "trapezoid: x of shape"),
    "both": (lambda: at.trapz(ONES, ONES, dx=1), TypeError, "x and dx must not both"),
    "edges": (lambda: at.gradient(ONES, edge_order=2), RuntimeError, "size of at least 3"),
    "weights": (
        lambda: at.cov(ONES, fweights=at.tensor([1, 2])), RuntimeError, "cov: fweights must be a",
    ),
    "derivative": (
        lambda: at.unique(at.ones(2, requires_grad=True)).sum().backward(),
        NotImplementedError,
        "unique: there is no derivative",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named(name: str) -> None:
    act, kind, message = WRONG[name]
    with pytest.raises(kind, match=message):
        act()


def test_weights_of_bincount_have_a_derivative() -> None:
    where = at.tensor([1, 3, 1, 0])
    weights = at.tensor([0.5, 1.0, -2.0, 3.0], dtype=at.float64, requires_grad=True)
    assert at.gradcheck(lambda w: at.bincount(where, w, 6), [weights])
    assert at.gradgradcheck(lambda w: at.bincount(where, w, 6) ** 2, [weights])


def test_the_chosen_of_equal_elements_stay_in_order() -> None:
    ties = at.tensor([1.0, 2, 1, 2, 1])
    assert ties.sort(descending=True).indices.tolist() == [1, 3, 0, 2, 4]
    assert at.mode(ties).indices.item() == 4


def test_nothing_of_minus_infinity_is_left_in_running_sums() -> None:
    """PyTorch's gradient is NaN there."""
    x = at.tensor([-INF, -INF, 1.0, 2.0, -INF], requires_grad=True)
    (slope,) = at.grad(at.logcumsumexp(x, 0)[2:].sum(), x)
    share = 1 / (1 + np.exp(1.0))
    np.testing.assert_allclose(slope, [0, 0, 1 + 2 * share, 2 - 2 * share, 0], rtol=1e-6)


@pytest.mark.parametrize("p", [0.5, 2, 3, -1, INF])
def test_second_derivatives_of_norms_are_finite_at_0(p: float) -> None:
    x = at.tensor([[0.0, 0.0], [0.0, 3.0]], requires_grad=True)
    (slope,) = at.grad(at.norm(x, p, 1).sum(), x, create_graph=True)
    (bend,) = at.grad(slope.sum(), x)
    assert slope.isfinite().all()
    assert bend.isfinite().all()


@pytest.mark.parametrize("zeros", [(), (3,), (0, 4)])
def test_third_derivatives_of_products(zeros: tuple[int, ...]) -> None:
    """They go through the recurrence, whose rule nothing else uses."""
    factors = np.array([1.5, -0.5, 2.0, 0.7, 1.2])
    factors[list(zeros)] = 0
    x = at.tensor(factors, requires_grad=True)
    for compute in (lambda a: at.cumprod(a, 0), at.prod):

        def slope(a: at.Tensor, compute: Any = compute) -> Any:
            return at.grad(at.sum(compute(a) ** 2), a, create_graph=True)

        assert at.gradgradcheck(slope, [x])


@pytest.mark.parametrize("right", [False, True])
def test_searching_among_nan_goes_upwards_from_each(right: bool) -> None:
    """As PyTorch: by halves, and a NaN is not behind anything."""

    def place(sequence: list[float], value: float) -> int:
        start, end = 0, len(sequence)
        while start < end:
            middle = start + (end - start) // 2
            found = sequence[middle]
            if found > value if right else found >= value:
                end = middle
            else:
                start = middle + 1
        return start

    values = [-1.0, 0.0, 2.0, 3.0, math.inf, math.nan]
    sequences = [
        [0.0, 2.0, 2.0, 3.0, 5.0, 7.0][:plain] + [math.nan] * (6 - plain) for plain in range(7)
    ]
    expected = [[place(one, value) for value in values] for one in sequences]
    given = at.tensor([values] * len(sequences))
    assert at.searchsorted(at.tensor(sequences), given, right=right).tolist() == expected
    for one, places in zip(sequences, expected, strict=True):
        assert at.bucketize(at.tensor(values), at.tensor(one), right=right).tolist() == places
    assert at.searchsorted(at.tensor([1.0, math.nan]), 1.0, right=right).item() == place(
        [1.0, math.nan], 1
    )


# -- histograms at their edges ---------------------------------------------------------------------


def test_the_edges_of_a_histogram_are_those_of_linspace() -> None:
    """``0.6`` lies in [0.6, 0.8): NumPy's edge there is 0.6000000000000001."""
    values = at.arange(11, dtype=at.float64) / 10
    found = at.histogram(values, 5, range=(0.0, 1.0))
    assert found.hist.tolist() == [2, 2, 2, 2, 3]
    assert at.equal(found.bin_edges, at.linspace(0.0, 1.0, 6, dtype=at.float64))
    assert at.histogramdd(values[:, None], [5]).hist.tolist() == [2, 2, 2, 2, 3]


@pytest.mark.parametrize("value", [3.0, 2.0**24, 1e8, -1e38, 3e38])
@pytest.mark.parametrize("bins", [1, 3, 4])
def test_histc_of_equal_values_puts_them_in_the_middle(value: float, bins: int) -> None:
    counts = at.histc(at.tensor([value] * 3), bins)
    assert counts.tolist() == [3 if place == bins // 2 else 0 for place in range(bins)]


@pytest.mark.parametrize("dtype", [at.float32, at.float64])
def test_histc_of_a_range_that_overflows(dtype: Any) -> None:
    most = at.finfo(dtype).max
    values = at.tensor([-most, -most / 8, most / 8, most / 4, most], dtype=dtype)
    assert at.histc(values, 4).tolist() == [1, 1, 2, 1]


def test_histograms_refuse_what_does_not_go_together() -> None:
    with pytest.raises(TypeError, match="bins is a Tensor of edges, so there can be no range"):
        at.histogram(at.ones(2), at.tensor([0.0, 1.0]), range=(0.0, 1.0))
    with pytest.raises(RuntimeError, match="D > 0, got shape"):
        at.histogramdd(at.zeros(5, 0), 3)


def test_positions_of_repeats_are_of_their_dtype() -> None:
    for dtype in (at.int32, at.int64):
        found = at.repeat_interleave(at.tensor([1, 2], dtype=dtype))
        assert (found.dtype, found.tolist()) == (dtype, [0, 1, 1])


@pytest.mark.parametrize("moments", [at.std, at.var, at.std_mean, at.var_mean])
def test_moments_of_nothing_are_nan(moments: Callable[..., Any]) -> None:
    found = moments(at.zeros(2, 0), 1, correction=-3)
    for one in found if isinstance(found, tuple) else (found,):
        assert one.isnan().all()
        assert one.shape == (2,)
