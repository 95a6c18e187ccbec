"""Formulas keep their digits over the whole range of float32, against Python's float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import autotensor as at
import nn.functional as F


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


WIDE = np.concatenate(
    [-np.geomspace(1e-6, 85, 400)[::-1], [0.0], np.geomspace(1e-6, 85, 400)]
).astype(np.float32)


@pytest.mark.parametrize(
    ("compute", "formula"),
    [
        (at.sigmoid, sigma),
        (F.silu, lambda x: x * sigma(x)),
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
    ],
)
def test_the_derivative_is_right_everywhere(
    compute: Callable[[at.Tensor], at.Tensor], slope: Callable[[float], float]
) -> None:
    x = at.tensor(WIDE[WIDE != 0], requires_grad=True)
    compute(x).sum().backward()
    assert x.grad is not None
    expected = np.array([slope(float(one)) for one in x.detach().numpy()])
    normal = expected > np.finfo(np.float32).tiny
    np.testing.assert_allclose(x.grad.numpy()[normal], expected[normal], rtol=2e-6)
