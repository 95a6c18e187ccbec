"""Chances near 0 and 1, the ends of supports, far tails: numbers of formulas, to 50 digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D

KINDS = [at.float32, at.float64]


def derivatives(
    function: Callable[[at.Tensor], at.Tensor], x: float, kind: at.dtype
) -> list[float]:
    """``function(x)`` and its first two derivatives."""
    at_x = at.tensor(x, dtype=kind, requires_grad=True)
    found = [function(at_x)]
    for _ in range(2):
        found.extend(at.autograd.grad(found[-1], at_x, create_graph=True))
    return [one.item() for one in found]


def near(found: Any, wanted: Any, kind: at.dtype) -> None:
    rounding = 8 * at.finfo(kind).eps
    np.testing.assert_allclose(found, wanted, rtol=rounding, atol=0)


# -- chances ---------------------------------------------------------------------------------------


def chance_of(value: at.Tensor, p: at.Tensor) -> at.Tensor:
    return D.Geometric(p).log_prob(value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_wait_for_what_is_rare(kind: at.dtype) -> None:
    for p in (2.0**-30, 2.0**-60):
        for fails in (0, 1, 5):
            found = derivatives(
                partial(chance_of, at.tensor(float(fails), dtype=kind)),
                p,
                kind,
            )
            by_p = [
                fails * math.log1p(-p) + math.log(p),
                -fails / (1 - p) + 1 / p,
                -fails / (1 - p) ** 2 - 1 / p**2,
            ]
            near(found, by_p, kind)
    # (p - 1)/p · ln(1 - p) - ln p = 1 - ln p - p/2 - …
    p = 2.0**-30
    slope, bend = math.log1p(-p) / p**2, 1 / p**2
    near(
        derivatives(lambda p: D.Geometric(p).entropy(), p, kind),
        [1 - math.log(p) - p / 2, slope, bend],
        kind,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_success_that_is_certain(kind: at.dtype) -> None:
    def chance(fails: float) -> list[float]:
        return derivatives(
            lambda p: D.Geometric(p).log_prob(at.tensor(fails, dtype=kind)), 1.0, kind
        )

    assert chance(0) == [0, 1, -1]
    assert chance(1) == [-math.inf, -math.inf, -math.inf]
    assert derivatives(lambda p: D.Geometric(p).entropy(), 1.0, kind)[:2] == [0, -math.inf]
    one, half = (D.Geometric(at.tensor(p, dtype=kind)) for p in (1.0, 0.5))
    assert D.kl_divergence(one, one) == 0
    near(D.kl_divergence(one, half).item(), math.log(2), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_uncertainty_of_a_wait(kind: at.dtype) -> None:
    # ln(1 + u)/u + ln((1 + u)/u) with u = e^logits
    for logits, wanted in [
        (-700.0, 701.0),
        (-16.0, 17.000000056267583),
        (0.0, 2 * math.log(2)),
        (30.0, 2.9008631203404585e-12),
    ]:
        found = derivatives(lambda logits: D.Geometric(logits=logits).entropy(), logits, kind)
        near(found[0], wanted, kind)
        # Its slope is -ln(1 + u)/u.
        u = math.exp(logits)
        near(found[1], -math.log1p(u) / u, kind)


def test_chances_that_are_nearly_certain() -> None:
    """``ln σ(30) = -9.36 · 10⁻¹⁴``: of 30 - ln(1 + e³⁰) nothing is left."""
    tiny = -math.log1p(math.exp(-30))
    logits, one = at.tensor(30.0, dtype=at.float64), at.tensor(1.0, dtype=at.float64)
    near(D.Bernoulli(logits=logits).log_prob(one).item(), tiny, at.float64)
    near(D.Binomial(3, logits=logits).log_prob(3 * one).item(), 3 * tiny, at.float64)
    less = D.Bernoulli(logits=logits / 2)
    chance = 1 / (1 + math.exp(-15))
    divergence = chance * (-math.log1p(math.exp(-15)) - tiny) + (1 - chance) * (
        -math.log1p(math.exp(15)) + 30 - tiny
    )
    found = D.kl_divergence(less, D.Bernoulli(logits=logits)).item()
    assert found == pytest.approx(divergence, rel=1e-8)
    far = D.SigmoidTransform().log_abs_det_jacobian(logits, one).item()
    near(far, -30 + 2 * tiny, at.float64)
    near(D.SoftplusTransform().log_abs_det_jacobian(logits, one).item(), tiny, at.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_of_a_lopsided_chance(kind: at.dtype) -> None:
    """``ln(1 + u (e^λ - 1)) / λ``, where one of the powers is far from the other."""
    u, e = 2.0**-23, math.exp
    for logits, chance, wanted in [
        (5.0, 0.0, 0.0),
        (50.0, 0.0, 0.0),
        (1000.0, 0.0, 0.0),
        (-50.0, 0.0, 0.0),
        (4.0, u, math.log1p(u * math.expm1(4)) / 4),
        (12.0, u, math.log1p(u * math.expm1(12)) / 12),
        (20.0, u, math.log1p(u * math.expm1(20)) / 20),
        (50.0, u, math.log1p(u * math.expm1(50)) / 50),
        (1000.0, u, 1 + math.log(u) / 1000),
        (-12.0, u, -math.log1p(u * math.expm1(-12)) / 12),
        (-50.0, 1 - u, -math.log(u + e(-50)) / 50),
        (-1000.0, 1 - u, -math.log(u) / 1000),
        (0.0, u, u),
        (50.0, 1.0, 1.0),
        (-50.0, 1.0, 1.0),
        (-100.0, 1.0, 1.0),
        (-1000.0, 1.0, 1.0),
    ]:
        of = at.tensor(logits, dtype=kind)
        found = D.ContinuousBernoulli(logits=of).icdf(at.tensor(chance, dtype=kind))
        near(found.item(), wanted, kind)
    assert np.isnan(D.ContinuousBernoulli(0.5).icdf(at.tensor([-0.1, 1.1])).numpy()).all()
    every = D.ContinuousBernoulli(at.tensor([0.01, 0.99], dtype=kind)).icdf(at.zeros(2, dtype=kind))
    assert every.tolist() == [0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_of_quantiles_of_a_lopsided_chance(kind: at.dtype) -> None:
    u = 2.0**-20
    for logits in (12.0, 20.0, -12.0):
        steep = math.expm1(logits)
        found = derivatives(
            D.ContinuousBernoulli(logits=at.tensor(logits, dtype=kind)).icdf, u, kind
        )
        slope = steep / (1 + u * steep) / logits
        near(found[1:], [slope, -slope * slope * logits], kind)
    # Near λ = 0 it is u + v λ/2 + v (1 - 2u) λ²/6 + v (1 - 6v) λ³/24 with v = u (1 - u).
    for logits in (0.0, 2.0**-30):
        found = derivatives(
            lambda of: D.ContinuousBernoulli(logits=of).icdf(at.tensor(0.25, dtype=kind)),
            logits,
            kind,
        )
        v = 3 / 16
        near(found, [0.25 + v * logits / 2, v / 2 + v / 6 * logits, v / 6 - v / 32 * logits], kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_thin_side_of_a_lopsided_chance(kind: at.dtype) -> None:
    for logits, x in [(20.0, 2.0**-7), (-20.0, 0.75), (20.0, 0.75)]:
        found = D.ContinuousBernoulli(logits=at.tensor(logits, dtype=kind)).cdf(
            at.tensor(x, dtype=kind)
        )
        near(found.item(), math.expm1(logits * x) / math.expm1(logits), kind)
