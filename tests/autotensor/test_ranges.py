"""Formulas keep their digits over the whole range of float32, against Python's float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


def mish_slope(x: float) -> float:
    """tanh(s) + x · σ(x) / cosh²(s), s = ln(1 + e^x)."""
    s = math.log1p(math.exp(x))
    return math.tanh(s) + x * sigma(x) / math.cosh(s) ** 2


def hazard(x: float) -> float:
    """The normal density over the distribution function; far on the left -x - 1/x + 2/x³."""
    if x < -30:
        return -x - 1 / x + 2 / x**3
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(-x * math.sqrt(0.5)))


WIDE = np.concatenate(
    [-np.geomspace(1e-6, 85, 400)[::-1], [0.0], np.geomspace(1e-6, 85, 400)]
).astype(np.float32)


@pytest.mark.parametrize(
    ("compute", "formula"),
    [
        (at.sigmoid, sigma),
        (F.silu, lambda x: x * sigma(x)),
        (F.softplus, lambda x: math.log1p(math.exp(x)) if x < 20 else x),
        (F.mish, lambda x: x * math.tanh(math.log1p(math.exp(x)))),
        (F.hardswish, lambda x: x * min(max(x + 3, 0), 6) / 6),
        (at.log1p, lambda x: math.log1p(x) if x > -1 else math.nan),
        (F.logsigmoid, lambda x: -math.log1p(math.exp(-x)) if x > -30 else x),
        (at.tanh, math.tanh),
        (at.expm1, math.expm1),
        (at.erf, math.erf),
        (at.erfc, math.erfc),
    ],
)
def test_the_value_is_right_everywhere(
    compute: Callable[[at.Tensor], at.Tensor], formula: Callable[[float], float]
) -> None:
    found = compute(at.tensor(WIDE)).numpy()
    expected = np.array([formula(float(x)) for x in WIDE])
    normal = np.abs(expected) > np.finfo(np.float32).tiny
    np.testing.assert_allclose(found[normal], expected[normal], rtol=1e-6)


@pytest.mark.parametrize("x", [-20.0, -50.0, -80.0])
def test_what_rests_on_a_sigmoid_still_learns(x: float) -> None:
    score = at.tensor(x, requires_grad=True)
    at.sigmoid(score).log().backward()
    assert score.grad is not None
    assert score.grad.item() == pytest.approx(1.0, rel=1e-6)
    assert F.binary_cross_entropy(at.sigmoid(at.tensor([x])), at.ones(1)).item() == pytest.approx(
        -x, rel=1e-6
    )


@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_a_sigmoid_of_anything(dtype: np.dtype) -> None:
    x = at.tensor([-math.inf, 0.0, math.inf, math.nan], dtype=dtype)
    found = at.sigmoid(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.numpy(), np.array([0, 0.5, 1, math.nan], dtype))
    assert at.sigmoid(at.tensor([0, 1, -1])).dtype == at.float32
    assert at.sigmoid(at.tensor(True)).item() == pytest.approx(sigma(1))


SHAPES = [(100_003, 2), (3, 40_001, 2), (70_001, 1, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "logsumexp", "norm"])
def test_sums_of_many_along_any_dimension(shape: tuple[int, ...], name: str) -> None:
    dim = int(np.argmax(shape))
    x = np.random.default_rng(0).random(shape, np.float32)
    wide = x.astype(np.float64)
    formulas = {
        "sum": lambda: wide.sum(dim),
        "mean": lambda: wide.sum(dim) / shape[dim],
        "var": lambda: ((wide - wide.mean(dim, keepdims=True)) ** 2).sum(dim) / (shape[dim] - 1),
        "std": lambda: np.sqrt(formulas["var"]()),
        "logsumexp": lambda: np.log(np.exp(wide).sum(dim)),
        "norm": lambda: np.sqrt((wide**2).sum(dim)),
    }
    found = getattr(at.tensor(x), name)(dim=dim).numpy()
    np.testing.assert_allclose(found, formulas[name](), rtol=6e-7)


def test_a_sum_of_ones_does_not_stop_growing() -> None:
    ones = at.ones(2**25, 2)
    assert ones.mean(0).tolist() == [1.0, 1.0]
    assert ones.sum(0).tolist() == [2.0**25] * 2


def test_a_bias_gets_the_gradient_of_all_rows() -> None:
    rows = 2**24 + 512
    bias = at.zeros(2, requires_grad=True)
    (at.zeros(rows, 2) + bias).sum().backward()
    assert bias.grad is not None
    assert bias.grad.tolist() == [rows, rows]


@pytest.mark.parametrize("values", [[1e19, 2e19, 4e19], [1e-30, 3e-30, 4e-30], [1e4, 1e4 + 1, 1e4]])
def test_a_deviation_of_very_large_small_and_distant_numbers(values: list[float]) -> None:
    exact = np.array(values, np.float32).astype(np.float64)
    x = at.tensor(values, requires_grad=True)
    y = x.std()
    assert y.item() == pytest.approx(exact.std(ddof=1), rel=1e-6)
    y.backward()
    assert x.grad is not None
    expected = (exact - exact.mean()) / (2 * exact.std(ddof=1))
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("compute", "slope"),
    [
        (F.elu, lambda x: math.exp(min(x, 0))),
        (lambda x: F.celu(x, 2.0), lambda x: math.exp(min(x, 0) / 2)),
        (F.selu, lambda x: 1.0507009873554805 * (1 if x > 0 else 1.6732632423543772 * math.exp(x))),
        (F.softsign, lambda x: 1 / (1 + abs(x)) ** 2),
        (F.logsigmoid, lambda x: sigma(-x)),
        (F.softplus, sigma),
        (at.special.log_ndtr, hazard),
        (at.log1p, lambda x: 1 / (1 + x) if x > -1 else 0),
    ],
)
def test_the_derivative_is_right_everywhere(
    compute: Callable[[at.Tensor], at.Tensor], slope: Callable[[float], float]
) -> None:
    x = at.tensor(WIDE[WIDE != 0], requires_grad=True)
    compute(x).sum().backward()
    assert x.grad is not None
    expected = np.array([slope(float(one)) for one in x.detach().numpy()])
    normal = np.abs(expected) > np.finfo(np.float32).tiny
    np.testing.assert_allclose(x.grad.numpy()[normal], expected[normal], rtol=2e-6)


def slope_of(compute: Callable[[at.Tensor], at.Tensor], x: at.Tensor) -> at.Tensor:
    (found,) = at.grad(compute(x.requires_grad_()).sum(), x)
    return found


def test_the_derivative_of_mish() -> None:
    """Which crosses 0 at -1.19, and has no digits just there."""
    found = slope_of(F.mish, at.tensor(WIDE)).numpy()
    np.testing.assert_allclose(found, [mish_slope(float(x)) for x in WIDE], rtol=2e-6, atol=1e-7)


def test_a_sigmoid_keeps_what_float32_can_hold_below_its_normal_numbers() -> None:
    assert at.sigmoid(at.tensor(-100.0)).item() == pytest.approx(math.exp(-100), rel=0.03, abs=0)


def test_the_derivative_by_a_divisor_whose_square_overflows() -> None:
    found = slope_of(lambda y: 1e30 / y, at.tensor([1e25, -4e22]))
    np.testing.assert_allclose(found.numpy(), [-1e-20, -6.25e-16], rtol=1e-6)


def test_the_variance_of_distant_numbers_in_float64() -> None:
    x = at.tensor([1e9, 1e9 + 1, 1e9 + 2], dtype=at.float64)
    assert (x.var().item(), x.std(correction=0).item()) == (1, math.sqrt(2 / 3))


@pytest.mark.parametrize("x", [-1e4, 100.0, 1e4])
def test_exponentials_that_overflow_on_the_way(x: float) -> None:
    both = at.tensor([x, x])
    assert both.logsumexp(0).item() == pytest.approx(x + math.log(2), rel=1e-6)
    assert at.logaddexp(*both).item() == pytest.approx(x + math.log(2), rel=1e-6)
    assert both.softmax(0).tolist() == [0.5, 0.5]
    np.testing.assert_allclose(both.log_softmax(0).tolist(), [-math.log(2)] * 2, rtol=1e-6)


@pytest.mark.parametrize("x", [0.7, 2.3, 5.9, 11.3, 17.7, 25.9])
def test_erfc_in_float64(x: float) -> None:
    """Where x² is large, its rounding alone would cost two digits."""
    found = at.erfc(at.tensor([x, -x], dtype=at.float64))
    np.testing.assert_allclose(found, [math.erfc(x), math.erfc(-x)], rtol=4e-15)


def test_hardswish_of_the_largest_number() -> None:
    assert F.hardswish(at.tensor(3e38)).item() == pytest.approx(3e38)


@pytest.mark.parametrize("compute", [F.silu, F.mish, F.gelu, lambda x: F.gelu(x, "tanh")])
def test_activations_of_float16_are_computed_in_float32(compute: Any) -> None:
    x = np.concatenate([np.linspace(-20, 20, 97), [-6e4, 6e4]]).astype(np.float16)
    wide = at.tensor(x.astype(np.float32))
    found, expected = compute(at.tensor(x)), compute(wide).numpy()
    assert found.dtype == at.float16
    np.testing.assert_array_equal(found.numpy(), expected.astype(np.float16))
    np.testing.assert_array_equal(
        slope_of(compute, at.tensor(x)).numpy(), slope_of(compute, wide).numpy().astype(np.float16)
    )


def test_the_slope_of_a_bessel_function_in_float16() -> None:
    i1 = sum(6.5 ** (2 * k + 1) / (math.factorial(k) * math.factorial(k + 1)) for k in range(40))
    found = slope_of(at.i0, at.tensor(13.0, dtype=at.float16))
    assert found.item() == pytest.approx(i1, rel=1e-3)


@pytest.mark.parametrize("x", [1e3, 1e5, 1e10])
def test_slopes_that_cancel_far_out(x: float) -> None:
    """The first terms of the asymptotic series."""
    for dtype, tolerance in ((at.float32, 1e-6), (at.float64, 2e-9)):
        found = slope_of(at.special.erfcx, at.tensor(x, dtype=dtype)).item()
        expected = -(1 - 1.5 / x**2) / (math.sqrt(math.pi) * x**2)
        assert found == pytest.approx(expected, rel=tolerance, abs=0)
        for function, first, second in (
            (at.special.i0e, 3 / 8, 45 / 128),
            (at.special.i1e, -9 / 8, -75 / 128),
        ):
            found = slope_of(function, at.tensor(x, dtype=dtype)).item()
            expected = -(1 + first / x + second / x**2) / (2 * x * math.sqrt(2 * math.pi * x))
            assert found == pytest.approx(expected, rel=tolerance, abs=0)


@pytest.mark.parametrize("order", [2, 4])
def test_polygamma_between_its_poles(order: int) -> None:
    """There the cotangent is 0, and reflection gives the value on the other side."""
    left, right = (at.polygamma(order, at.tensor(x, dtype=at.float64)) for x in (-4.5, 5.5))
    assert left.item() == pytest.approx(right.item(), rel=1e-14, abs=0)


@pytest.mark.parametrize("distance", [1e3, 1e4, 1e5])
def test_normalization_of_numbers_far_from_0(distance: float) -> None:
    x = (distance + np.random.default_rng(0).standard_normal((2, 3000))).astype(np.float32)
    wide = x.astype(np.float64)
    expected = (wide - wide.mean(1, keepdims=True)) / wide.std(1, keepdims=True)
    found = F.layer_norm(at.tensor(x), (3000,)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4 if distance == 1e5 else 2e-5)


def test_running_logarithms_of_sums_of_many() -> None:
    count = 20_000
    found = slope_of(lambda x: at.logcumsumexp(x, 0), at.zeros(count))
    expected = np.cumsum(1 / np.arange(count, 0, -1.0))[::-1]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_integrals_in_float16_overflow_only_if_they_do() -> None:
    half = at.full((3,), 3e4, dtype=at.float16)
    assert at.trapezoid(half, dx=0.5).item() == pytest.approx(3e4, rel=1e-3)
    assert at.cumulative_trapezoid(half).tolist()[0] == pytest.approx(3e4, rel=1e-3)


@pytest.mark.parametrize("dtype", [at.uint8, at.int8, at.int16, at.int32, at.int64])
def test_integrals_and_slopes_of_small_integers_do_not_wrap_around(dtype: at.dtype) -> None:
    heights, places = (120, 100, 127), (9, 3, 1)
    areas = [120 + 100, 100 + 127]
    y, x = at.tensor(heights, dtype=dtype), at.tensor(places, dtype=dtype)
    assert at.trapezoid(y).item() == sum(areas) / 2
    assert at.cumulative_trapezoid(y).tolist() == [areas[0] / 2, sum(areas) / 2]
    assert at.trapezoid(y, x).item() == (areas[0] * -6 + areas[1] * -2) / 2
    assert at.trapezoid(y, x).dtype is at.float32
    if dtype is not at.uint8:
        (slopes,) = at.gradient(at.tensor([100, -100, 100], dtype=dtype))
        assert slopes.tolist() == [-200, 0, 200]


def test_integrals_over_integer_places_have_the_dtype_of_the_heights() -> None:
    y, x = at.tensor([1.0, 3.0, 5.0], dtype=at.float16), at.tensor([100_001, 100_002, 100_004])
    whole, running = at.trapezoid(y, x), at.cumulative_trapezoid(y, x)
    assert (whole.dtype, whole.item()) == (at.float16, 10)
    assert (running.dtype, running.tolist()) == (at.float16, [2, 10])
    assert at.trapezoid(y.double(), x).dtype is at.float64


def test_equal_numbers_add_up_to_the_last_digits() -> None:
    """Every rounding goes the same way then."""
    each = np.full((100_000, 2), 0.1, np.float32)
    expected = 100_000 * float(np.float32(0.1))
    np.testing.assert_allclose(at.tensor(each).sum(0).numpy(), expected, rtol=1.2e-6)
