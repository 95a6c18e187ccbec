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
