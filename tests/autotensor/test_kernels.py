"""What goes a quick way on large arrays: the same numbers as by plain loops and formulas."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.kernels import (
    convolution,
    distances,
    elementwise,
    normalization,
    pieces,
    positions,
    softmax,
    special_functions,
)  # fmt: skip
from autotensor.machine import threads
from nn import functional as F

random = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _whatever_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "random", np.random.default_rng(0))


# -- choosing --------------------------------------------------------------------------------------

KINDS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"]


def plain_choice(condition: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Place by place, with no arithmetic."""
    condition, one, two = np.broadcast_arrays(condition, one, two)
    out = np.empty(condition.shape, one.dtype)
    for place in np.ndindex(*condition.shape):
        out[place] = one[place] if condition[place] else two[place]
    return out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shapes", [((40, 9),) * 3, ((9,), (40, 9), ()), ((40, 1), (), (40, 9))])
@pytest.mark.parametrize("turned", [False, True])
def test_chosen_has_the_bits_of_one_or_the_other(
    kind: str, shapes: Any, turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elementwise, "FEW", 0)
    monkeypatch.setattr(threads, "BLOCK", 50)
    condition, *values = [np.asarray(random.integers(-9, 9, shape)) for shape in shapes]
    one, two = (value.astype(kind) for value in values)
    if turned:
        condition, one, two = (np.asfortranarray(array) for array in (condition, one, two))
    for first, second in [(one, two), (one, np.zeros((), kind)), (np.zeros((), kind), two)]:
        found = elementwise.chosen(condition > 0, first, second)
        expected = plain_choice(condition > 0, first, second)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(found, expected)


def test_chosen_lets_infinity_nan_and_the_sign_of_0_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elementwise, "FEW", 0)
    values = np.array([np.inf, -np.inf, np.nan, -0.0, 0.0, 1.0], np.float32)
    one, two = np.repeat(values, 6), np.tile(values, 6)
    condition = np.arange(36) % 5 < 2
    found = elementwise.chosen(condition, one, two)
    assert found.tobytes() == plain_choice(condition, one, two).tobytes()


def test_chosen_keeps_the_order_of_memory() -> None:
    x = np.zeros((20, 30, 40), np.float32).transpose(2, 0, 1)
    assert elementwise.chosen(x > 0, x, np.float32(1)).strides == x.strides


# -- formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [-3, -2, -1, 0, 1, 2, 3, 4, 5, 3.0, 11])
def test_whole_powers_of_negative_numbers(exponent: float) -> None:
    x = [-3.5, -1.0, -0.3, -0.0, 0.0, 0.7, 2.0, math.inf, -math.inf, math.nan]
    found = at.pow(at.tensor(x, dtype=at.float64), exponent).tolist()
    for base, power in zip(x, found, strict=True):
        if base == 0 and exponent < 0:
            expected = math.copysign(math.inf, base) if exponent % 2 else math.inf
        else:
            expected = base**exponent
        assert power == pytest.approx(expected, rel=1e-15, nan_ok=True)
        assert math.isnan(power) or math.copysign(1, power) == math.copysign(1, expected)


def test_log_one_plus_exp() -> None:
    x = [-800.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 40.0, 800.0, math.inf, -math.inf, math.nan]
    found = elementwise.log_one_plus_exp(np.array(x))
    for one, value in zip(x, found, strict=True):
        expected = one if one > 700 else math.log1p(math.exp(one))
        assert value == pytest.approx(expected, rel=4e-16, abs=0, nan_ok=True)


# -- joining at positions --------------------------------------------------------------------------

#: What joins, and to what a value of 0 is joined.
JOINING: list[np.ufunc] = [np.add, np.multiply, np.maximum, np.minimum]


def plainly_joined(
    ufunc: np.ufunc, out: np.ndarray, index: tuple[Any, ...], source: np.ndarray
) -> np.ndarray:
    """One element after the other, by the numbers of the elements that the index reads."""
    total = out.astype(np.float64)
    numbers = np.arange(out.size).reshape(out.shape)[index]
    for number, one in zip(numbers.ravel(), source.ravel(), strict=True):
        total.flat[number] = ufunc(total.flat[number], one)
    return total


ALL, SOME = slice(None), slice(1, None, 2)


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        ((7, 12), [(30,)]),  # rows, most of them several times
        ((500, 12), [(30,)]),  # rows, most of them once
        ((3, 12), [(90,)]),  # so often that each is joined by itself
        ((7, 3, 4), [(5, 6)]),
        ((7, 2), [(60,)]),
        ((4, 7, 3), [ALL, (30,)]),  # what lies before the rows
        ((4, 7), [ALL, (30,)]),
        ((4, 7, 5), [SOME, (6, 5), SOME]),
        ((4, 7, 5), [SOME, SOME, (20,)]),
        ((7, 5), [(40,), (40,)]),  # elements
        ((7, 5, 3), [(8, 9), (8, 9), (8, 9)]),
        ((7, 5), [(8, 1), (9,)]),
        ((7, 5, 4), [(40,), (40,)]),  # rows of two dimensions
        ((2, 7, 5, 4), [SOME, (8, 1), (9,), SOME]),
        ((7, 3, 5), [(20,), ALL, (20,)]),  # arrays apart
        ((50,), [(90,)]),
        ((7, 5), [SOME]),
    ],
)
@pytest.mark.parametrize("kind", ["f4", "f8", "i8", "i1", "b1"])
@pytest.mark.parametrize("turn", [0, 50])
@pytest.mark.parametrize("ufunc", JOINING)
def test_joining_at_positions(
    shape: Any, named: Any, kind: str, turn: int, ufunc: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "FEW", 0)
    monkeypatch.setattr(positions, "TURN", turn)
    monkeypatch.setattr(positions, "MANY", 20)
    index = tuple(
        part if isinstance(part, slice) else random.integers(-size, size, part)
        for size, part in zip(shape, named, strict=False)
    )
    span = (0, 2) if kind == "b1" else (-1, 2) if ufunc is np.multiply else (-9, 9)
    out = random.integers(*span, shape).astype(kind)
    source = random.integers(*span, out[index].shape).astype(kind)
    expected = plainly_joined(ufunc, out, index, source)
    if kind == "b1":
        expected = expected.astype(bool)
    positions.join_at(ufunc, out, index, source)
    np.testing.assert_array_equal(out, expected.astype(np.int64).astype(kind))


def test_joining_goes_in_order() -> None:
    """To the bit, where a row is named not too often: as PyTorch's loops and NumPy's ``at``."""
    numbers = random.integers(0, 300, 3000)
    rows = random.standard_normal((3000, 16)).astype(np.float32)
    out = random.standard_normal((300, 16)).astype(np.float32)
    expected = out.copy()
    for number, row in zip(numbers, rows, strict=True):
        expected[number] += row
    positions.join_at(np.add, out, (numbers,), rows)
    np.testing.assert_array_equal(out, expected)


def test_rows_beyond_16_bits() -> None:
    """They are sorted by two digits; here the lower one is the same."""
    numbers = random.choice([3, 3 + (1 << 16)], 3000)
    out = np.zeros((1 << 17, 4))
    positions.join_at(np.add, out, (numbers,), np.ones((3000, 4)))
    named, counts = np.unique(numbers, return_counts=True)
    np.testing.assert_array_equal(out[named], counts[:, None].repeat(4, 1))
    assert out.sum() == 12_000


def test_a_value_for_all_is_joined_at_each_position() -> None:
    numbers = random.integers(0, 300, 5000)
    out = np.zeros((300, 4), np.int64)
    positions.join_at(np.add, out, (numbers,), np.broadcast_to(1, (5000, 4)))
    np.testing.assert_array_equal(out, np.bincount(numbers, minlength=300)[:, None].repeat(4, 1))


@pytest.mark.parametrize(
    "index", [(np.array([0, 4] * 2100),), (np.array([1, -4] * 2100),) * 2, (ALL, np.full(2000, 3))]
)
def test_joining_where_there_is_no_position(index: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "FEW", 0)
    with pytest.raises(IndexError):
        positions.join_at(np.add, np.zeros((3, 3)), index, np.ones(1))


# -- distances -------------------------------------------------------------------------------------


def test_distances_of_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "AT_ONCE", 64)
    x = (random.standard_normal((2, 60, 20)) + 100).astype(np.float32)
    y = (random.standard_normal((1, 70, 20)) + 100).astype(np.float32)
    x[0, :30] = y[0, :30] + np.float32(1e-4)  # close: all digits would be lost in products
    x[1, 5:9] = y[0, 2:6]  # equal
    a, b = (at.tensor(one, requires_grad=True) for one in (x, y))
    found = at.cdist(a, b)
    differences = x[:, :, None].astype(np.float64) - y[:, None]
    expected = np.sqrt((differences**2).sum(-1))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-7)
    g = random.standard_normal(expected.shape)
    directions = differences / np.where(expected == 0, 1, expected)[..., None]
    by_x, by_y = at.grad(found, (a, b), at.tensor(g, dtype=at.float32), create_graph=True)
    wanted = (g[..., None] * directions).sum(2)
    np.testing.assert_allclose(by_x.detach().numpy(), wanted, rtol=1e-5, atol=1e-5)
    wanted = -(g[..., None] * directions).sum(1).sum(0, keepdims=True)
    np.testing.assert_allclose(by_y.detach().numpy(), wanted, rtol=1e-5, atol=1e-5)
    # Differentiated twice, beside the way of few rows in float64, which gradcheck knows.
    found_by = []
    for kind, many in ((at.float32, 0), (at.float64, 10**9)):
        monkeypatch.setattr("autotensor.operators.linalg.norms.MANY", many)
        rows = (x[1, 20:24], y[0, 20:25])
        p, q = (at.tensor(one, dtype=kind, requires_grad=True) for one in rows)
        (slope,) = at.grad(at.cdist(p, q).sum(), p, create_graph=True)
        (second,) = at.grad((slope * slope).sum(), q)
        found_by.append((slope.detach().numpy(), second.numpy()))
    for single, double in zip(*found_by, strict=True):
        np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


def test_distances_of_many_pairs_of_rows() -> None:
    x = random.standard_normal((60, 30)).astype(np.float32)
    pairs = [np.linalg.norm(x[i] - x[j]) for i in range(60) for j in range(i + 1, 60)]
    np.testing.assert_allclose(F.pdist(at.from_numpy(x)).numpy(), pairs, rtol=1e-6)


def test_distances_to_infinity_of_many_rows() -> None:
    x, y = at.ones(300, 20), at.zeros(300, 20)
    y[3, 4] = math.inf
    assert at.cdist(x, y)[:, 3].tolist() == [math.inf] * 300
    assert at.cdist(x, y)[0, 0].item() == pytest.approx(math.sqrt(20))


# -- the normal distribution -----------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "lost"), [(np.float32, 0.5), (np.float64, 1.5)])
def test_the_normal_distribution_function(kind: Any, lost: float) -> None:
    """By ``math.erfc``, in units of the last place: near 0, and in the left tail, where rounding x²
    costs half as many as it is large; in float64 erfc's argument, which is rounded too, the rest.
    """
    x = np.linspace(-12.5, 8, 5001).astype(kind)
    exact = np.array([0.5 * math.erfc(-float(one) * math.sqrt(0.5)) for one in x])
    units = np.abs(special_functions.normal_cdf(x) - exact) / exact / np.finfo(kind).eps
    assert units[x > -1].max() < 14
    assert units[x >= 0].max() < 4
    assert (units < 14 + lost * x.astype(float) ** 2).all()
    ends = np.array([0.0, -0.0, np.inf, -np.inf, 1e30, -1e30, np.nan], kind)
    found = special_functions.normal_cdf(ends)
    assert found[:6].tolist() == [0.5, 0.5, 1, 0, 1, 0]
    assert np.isnan(found[6])


def test_gelu_keeps_its_digits_where_it_is_small() -> None:
    x = at.tensor([-12.0, -8.0, -5.0, -3.0], requires_grad=True)
    y = F.gelu(x)
    y.sum().backward()
    given = [-12.0, -8.0, -5.0, -3.0]
    shares = [0.5 * math.erfc(-one * math.sqrt(0.5)) for one in given]
    density = [math.exp(-one * one / 2) / math.sqrt(2 * math.pi) for one in given]
    assert y.tolist() == pytest.approx(
        [a * b for a, b in zip(given, shares, strict=True)], rel=1e-5
    )
    slopes = [b + a * c for a, b, c in zip(given, shares, density, strict=True)]
    assert x.grad.tolist() == pytest.approx(slopes, rel=1e-5)


# -- normalization ---------------------------------------------------------------------------------


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in [
        (pieces, "BLOCK", 8),
        (pieces, "SHARED", 24),
        (threads, "HEAVY", 0),
        (threads, "ALONE", 0),
    ]:
        monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("in_small_pieces")
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("dims", [(0, 2, 3), (1, 2, 3), (3,), (0, 1, 2, 3)])
def test_normalization_in_pieces(count: int, order: Any, dims: Any) -> None:
    before = at.get_num_threads()
    at.set_num_threads(count)
    try:
        shape = np.array([3, 7, 2, 5])
        memory = random.standard_normal(shape[list(order)])
        x = memory.transpose(np.argsort(order))
        x[:, 2] += 1e9  # the mean of one channel takes most digits
        kept = tuple(1 if at_ in dims else n for at_, n in enumerate(x.shape))
        weight, bias = random.standard_normal(kept), random.standard_normal(kept)
        out, values, inverse, mean, variance = normalization.normalized(x, weight, bias, dims, 0.1)
        expected = x - x.mean(dims, keepdims=True)
        expected -= expected.mean(dims, keepdims=True)
        spread = (expected**2).mean(dims, keepdims=True)
        np.testing.assert_allclose(mean, x.mean(dims, keepdims=True), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(variance, spread, rtol=1e-9)
        np.testing.assert_allclose(values, expected, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(inverse, 1 / np.sqrt(spread + 0.1), rtol=1e-9)
        wanted = expected / np.sqrt(spread + 0.1) * weight + bias
        np.testing.assert_allclose(out, wanted, rtol=1e-6, atol=1e-6)
        g = random.standard_normal(x.shape)
        found = normalization.gradients(g, weight, values, inverse, dims)
        hat = expected / np.sqrt(spread + 0.1)
        by_weight, by_bias = (one.sum(dims, keepdims=True) for one in (g * hat, g))
        by_x = g - g.mean(dims, keepdims=True) - hat * (g * hat).mean(dims, keepdims=True)
        expected = (weight / np.sqrt(spread + 0.1) * by_x, by_weight, by_bias)
        for one, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, wanted, rtol=1e-6, atol=1e-7)
    finally:
        at.set_num_threads(before)


@pytest.mark.usefixtures("in_small_pieces")
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("with_bias", [True, False])
def test_normalization_of_rows_in_pieces(count: int, with_bias: bool) -> None:
    before = at.get_num_threads()
    at.set_num_threads(count)
    try:
        x, g = random.standard_normal((2, 11, 6)), random.standard_normal((2, 11, 6))
        x[:, 2] += 1e9  # the mean of one row takes most digits
        weight, bias = random.standard_normal((2, 6))
        given = [at.from_numpy(one).requires_grad_() for one in (x, weight, bias)]
        out = F.layer_norm(given[0], (6,), given[1], given[2] if with_bias else None, 0.1)
        out.backward(at.from_numpy(g))
        expected = x - x.mean(-1, keepdims=True)
        expected -= expected.mean(-1, keepdims=True)
        deviation = np.sqrt((expected**2).mean(-1, keepdims=True) + 0.1)
        hat, h = expected / deviation, g * weight
        wanted = hat * weight + (bias if with_bias else 0)
        np.testing.assert_allclose(out.detach(), wanted, rtol=1e-6, atol=1e-6)
        by_x = h - h.mean(-1, keepdims=True) - hat * (h * hat).mean(-1, keepdims=True)
        gradients = (by_x / deviation, (g * hat).sum((0, 1)), g.sum((0, 1)))
        for one, wanted in zip(given[: 2 + with_bias], gradients[: 2 + with_bias], strict=True):
            np.testing.assert_allclose(one.grad, wanted, rtol=1e-6, atol=1e-6)
    finally:
        at.set_num_threads(before)


# -- the softmax -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_small_pieces")
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("dims", [(0,), (1,), (2,)])
@pytest.mark.parametrize("far", [0, 19, -19, 25, -25, 1000, -1000])
def test_softmax_in_pieces(
    monkeypatch: pytest.MonkeyPatch, count: int, dims: Any, far: float
) -> None:
    """Around the ends of what goes without the maxima: of all rows, and of one of them."""
    monkeypatch.setattr(softmax, "FEW", 0)
    before = at.get_num_threads()
    at.set_num_threads(count)
    try:
        for place in (..., (1, 1), (slice(None), 2), (0, slice(None), 3)):
            x, g = random.standard_normal((3, 4, 5)), random.standard_normal((3, 4, 5))
            x[place] += far
            shares = np.exp(x - x.max(dims, keepdims=True))
            shares /= shares.sum(dims, keepdims=True)
            found = softmax.softmax(x, dims)
            np.testing.assert_allclose(found, shares, rtol=1e-13)
            back = softmax.softmax_back(g, found, dims)
            wanted = shares * (g - (g * shares).sum(dims, keepdims=True))
            np.testing.assert_allclose(back, wanted, rtol=1e-12, atol=1e-14)
    finally:
        at.set_num_threads(before)


def test_softmax_of_rows_without_a_finite_score() -> None:
    x = np.zeros((2000, 3), np.float32)
    x[7], x[8, 0], x[9, 1], x[10, 2] = -np.inf, -np.inf, np.inf, np.nan
    with np.errstate(invalid="ignore"):  # as operators do
        found = softmax.softmax(x, (1,))
        zeros = softmax.softmax(x, (1,), zero=True)
    assert np.isnan(found[[7, 9, 10]]).any(-1).all()
    assert np.isfinite(np.delete(found, [7, 9, 10], 0)).all()
    assert found[8].tolist() == [0, 0.5, 0.5]
    assert zeros[7].tolist() == [0, 0, 0]


# -- pooling and sequences -------------------------------------------------------------------------


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 1)])
def test_an_infinite_gradient_goes_to_the_largest_alone(kernel: int, stride: int) -> None:
    x = at.tensor([[[1.0, 3.0, 2.0, 5.0]]], requires_grad=True)
    F.max_pool1d(x, kernel, stride).backward(at.tensor([[[math.inf, 1.0]]]))
    assert x.grad is not None
    assert x.grad.tolist() == [[[0.0, math.inf, 0.0, 1.0]]]


def test_a_sequence_is_as_its_steps() -> None:
    at.manual_seed(0)
    whole, x = nn.LSTM(5, 6), at.randn(8, 4, 5)
    cell = nn.LSTMCell(5, 6)
    cell.load_state_dict({name[:-3]: value for name, value in whole.state_dict().items()})
    state: Any = (at.zeros(4, 6), at.zeros(4, 6))
    steps = []
    for one in x:
        state = cell(one, state)
        steps.append(state[0])
    np.testing.assert_allclose(
        whole(x)[0].detach().numpy(), at.stack(steps).detach().numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("few", [1, 300, 1 << 16])
@pytest.mark.parametrize("shape", [(5, 1, 4, 12, 130), (3, 2, 3, 7, 64), (1, 1, 2, 5, 63)])
def test_products_in_parts_are_those_of_the_whole(
    few: int, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever number of them is made at a time, whether columns fill whole lines or not."""
    number, groups, rows, depth, columns = shape
    monkeypatch.setattr(convolution, "FEW_RESULTS", few)
    draw = np.random.default_rng(0)
    filters = draw.normal(size=(groups, rows, depth))
    seen = draw.normal(size=(number, groups, depth, columns))
    for parts in (1, 2, 3):
        out = np.full((number, groups, rows, columns), np.nan)
        convolution._multiply_in_parts(filters, seen, out, parts)
        np.testing.assert_allclose(out, np.einsum("gok,ngkm->ngom", filters, seen), rtol=1e-12)
