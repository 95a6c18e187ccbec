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


# -- ends of supports ------------------------------------------------------------------------------


def test_below_the_support_is_refused() -> None:
    half = at.tensor(0.5)
    with pytest.raises(
        ValueError, match=r"Pareto: value \(shape \(\)\) must lie in the support Great"
    ):
        D.Pareto(1.0, 1.0).cdf(half)
    with pytest.raises(ValueError, match="LogNormal: value"):
        D.LogNormal(0.0, 1.0).cdf(-half)
    with pytest.raises(ValueError, match="HalfNormal: value"):
        D.HalfNormal(1.0).cdf(-half)
    logistic = D.TransformedDistribution(D.Uniform(0.0, 1.0), D.SigmoidTransform().inv)
    assert logistic.cdf(at.tensor(0.0)) == 0.5
    squashed = D.TransformedDistribution(D.Normal(0.0, 1.0), D.SigmoidTransform())
    with pytest.raises(ValueError, match=r"TransformedDistribution: value .* the support Interval"):
        squashed.cdf(at.tensor(1.5))
    # The last transform reaches all positive numbers, of the base's those from 1 on; and a base
    # that does not check is checked.
    for base in (D.Exponential(1.0), D.Exponential(1.0, validate_args=False)):
        later = D.TransformedDistribution(base, D.ExpTransform())
        assert later.cdf(at.tensor(2.0)) == 0.5
        with pytest.raises(ValueError, match=r"cdf of 0.5, .* Exponential: value"):
            later.cdf(half)
    assert D.Pareto(1.0, 1.0, validate_args=False).cdf(half) == -1


@pytest.mark.parametrize("kind", KINDS)
def test_the_ends_of_supports(kind: at.dtype) -> None:
    """``cdf`` is 0 at the lower end and 1 at the upper, also of a support without them."""
    two = at.tensor(2.0, dtype=kind)
    for one, low, high in [
        (D.Weibull(two, 2.0), 0.0, math.inf),
        (D.InverseGamma(two, 3.0), 0.0, math.inf),
        (D.LogNormal(two, 1.0), 0.0, math.inf),
        (D.Gamma(two, 1.0), 0.0, math.inf),
        (D.Chi2(two), 0.0, math.inf),
        (D.Exponential(two), 0.0, math.inf),
        (D.HalfNormal(two), 0.0, math.inf),
        (D.HalfCauchy(two), 0.0, math.inf),
        (D.Pareto(two, 3.0), 2.0, math.inf),
        (D.Kumaraswamy(two, 3.0), 0.0, 1.0),
        (D.ContinuousBernoulli(two / 3), 0.0, 1.0),
        (D.Uniform(0.0, two), 0.0, 2.0),
        (D.GeneralizedPareto(two, 1.0, 0.0), 2.0, math.inf),
        (D.GeneralizedPareto(two, 1.0, -0.5), 2.0, 4.0),
        (D.Normal(two, 1.0), -math.inf, math.inf),
    ]:
        assert one.cdf(at.tensor([low, high], dtype=kind)).tolist() == [0, 1], one
    for open_end in (D.Weibull(two, 2.0), D.InverseGamma(two, 3.0), D.LogNormal(two, 1.0)):
        with pytest.raises(ValueError, match="must lie in the support"):
            open_end.log_prob(at.tensor(0.0, dtype=kind))
        with pytest.raises(ValueError, match="must lie in the support"):
            open_end.cdf(at.tensor(-0.5, dtype=kind))
    assert derivatives(D.InverseGamma(two, 3.0).cdf, 0.0, kind) == [0, 0, 0]
    assert derivatives(D.Weibull(two, 2.0).cdf, 0.0, kind) == [0, 0, 0.5]  # 1 - e^(-x²/4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_quantile_of_a_tail(kind: at.dtype) -> None:
    for concentration, last in [(0.0, math.inf), (1e-9, math.inf), (0.5, math.inf), (-0.5, 2.0)]:
        one = D.GeneralizedPareto(0.0, 1.0, at.tensor(concentration, dtype=kind))
        assert one.icdf(at.tensor(1.0, dtype=kind)) == last
        assert one.cdf(at.tensor(last, dtype=kind)) == 1
    found = D.GeneralizedPareto(0.0, 1.0, at.tensor(0.0, dtype=kind)).icdf(
        at.tensor(0.5, dtype=kind)
    )
    near(found.item(), math.log(2), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_even_densities_reach_their_ends(kind: at.dtype) -> None:
    def one(a: float, b: float) -> D.Kumaraswamy:
        return D.Kumaraswamy(at.tensor(a, dtype=kind), b, validate_args=False)

    assert derivatives(one(1, 1).log_prob, 0.0, kind) == [0, 0, 0]
    assert derivatives(one(1, 1).log_prob, 1.0, kind) == [0, 0, 0]
    assert one(2, 1).log_prob(at.tensor(0.0, dtype=kind)) == -math.inf
    even = D.Weibull(at.tensor(2.0, dtype=kind), 1.0, validate_args=False)  # e^(-x/2) / 2
    near(derivatives(even.log_prob, 0.0, kind), [-math.log(2), -0.5, 0], kind)

    # 1 - (1 - x²)^b
    assert derivatives(one(2, 1).cdf, 1.0, kind) == [1, 2, 2]
    assert derivatives(one(2, 2).cdf, 1.0, kind) == [1, 0, -8]
    assert derivatives(one(2, 3).cdf, 1.0, kind) == [1, 0, 0]
    assert derivatives(one(2, 0.5).cdf, 1.0, kind)[:2] == [1, math.inf]
    near(
        derivatives(one(2, 3).cdf, 0.5, kind), [1 - 0.75**3, 3 * 0.5625, 6 * (0.5625 - 0.75)], kind
    )
    # √(1 - (1 - u)^(1/b))
    assert derivatives(one(2, 1).icdf, 1.0, kind) == [1, 0.5, -0.25]
    assert derivatives(one(2, 0.25).icdf, 1.0, kind) == [1, 0, 0]
    assert derivatives(one(1, 0.5).icdf, 1.0, kind) == [1, 0, -2]
    near(
        one(1, 2).icdf(at.tensor(2.0**-20, dtype=kind)).item(),
        -math.expm1(math.log1p(-(2.0**-20)) / 2),
        kind,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_where_moments_begin_to_exist(kind: at.dtype) -> None:
    """Up to there they are infinite, whatever the parameter: the derivative is 0."""
    one = at.tensor(1.0, dtype=kind)
    infinite: list[tuple[Callable[[at.Tensor], at.Tensor], float]] = [
        (lambda a: D.Pareto(one, a).mean, 1.0),
        (lambda a: D.Pareto(one, a).variance, 2.0),
        (lambda a: D.Pareto(one, a).variance, 1.0),
        (lambda a: D.InverseGamma(a, one).mean, 1.0),
        (lambda a: D.InverseGamma(a, one).variance, 2.0),
        (lambda k: D.GeneralizedPareto(0.0, one, k).mean, 1.0),
        (lambda k: D.GeneralizedPareto(0.0, one, k).variance, 0.5),
        (lambda df: D.StudentT(df, 0.0, one).variance, 2.0),
    ]
    for moment, least in infinite:
        assert derivatives(moment, least, kind) == [math.inf, 0, 0]
    # α/(α - 1) at 3
    near(derivatives(lambda a: D.Pareto(one, a).mean, 3.0, kind), [1.5, -0.25, 0.25], kind)
    near(D.GeneralizedPareto(0.0, one, -0.5).variance.item(), 2 / 9, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_moments_of_fisher_that_do_not_exist_have_no_derivative(kind: at.dtype) -> None:
    n = at.tensor([1.0, 2.0, 4.0, 5.0], dtype=kind, requires_grad=True)
    d = D.FisherSnedecor(3.0, n)
    (by_n,) = at.autograd.grad(d.mean.sum(), n)
    near(by_n.tolist(), [0, 0, -2 / 4, -2 / 9], kind)  # of n / (n - 2), above 2
    (by_n,) = at.autograd.grad(d.variance.sum(), n)
    # Of 2 n² (n + 1) / (3 (n - 2)² (n - 4)): v · (2/n + 1/(n + 1) - 2/(n - 2) - 1/(n - 4))
    near(by_n.tolist(), [0, 0, 0, 100 / 9 * (2 / 5 + 1 / 6 - 2 / 3 - 1)], kind)
    assert d.variance.isnan().tolist() == [True, True, True, False]


# -- what is given ---------------------------------------------------------------------------------


def test_numbers_where_pytorch_takes_them() -> None:
    near(D.Gamma(2, 1).log_prob(1.5).item(), math.log(1.5) - 1.5, at.float32)
    assert D.Gamma(2, 1).log_prob(0).item() == -math.inf
    half_root = math.sqrt(2 * math.pi)
    near(D.Chi2(3).log_prob(1).item(), -0.5 - math.log(half_root), at.float32)
    near(D.Gumbel(0.0, 1.0).cdf(0.5).item(), math.exp(-math.exp(-0.5)), at.float32)
    near(D.Gumbel(0.0, 1.0).icdf(0.5).item(), -math.log(math.log(2)), at.float32)
    near(D.Weibull(1.0, 2.0).cdf(0.5).item(), -math.expm1(-0.25), at.float32)
    near(D.Weibull(1.0, 2.0).icdf(0.5).item(), math.sqrt(math.log(2)), at.float32)
    near(D.Kumaraswamy(2.0, 1.0).icdf(0.5).item(), math.sqrt(0.5), at.float32)
    near(D.Pareto(1.0, 2.0).cdf(4).item(), 1 - 1 / 16, at.float32)
    wide = at.tensor(2.0, dtype=at.float64)
    assert D.Weibull(1.0, wide).cdf(0.5).dtype == at.float64
    assert D.Gamma(2.0, wide).log_prob(1).dtype == at.float64


def test_beyond_the_support_unchecked() -> None:
    pareto = D.GeneralizedPareto(0.0, 1.0, at.tensor([0.2, 0.0]), validate_args=False)
    assert pareto.cdf(at.tensor(-1.0)).isnan().all()
    near(pareto.cdf(at.tensor(3.0)).tolist(), [1 - 1.6**-5, -math.expm1(-3)], at.float32)
    for logit in (0.0, 1.0, -30.0):
        even = D.ContinuousBernoulli(logits=at.tensor(logit), validate_args=False)
        assert even.cdf(at.tensor([math.inf, 2.0, 1.0, 0.0, -1.0, -math.inf])).tolist() == [
            *(1, 1, 1),
            *(0, 0, 0),
        ]
        assert even.cdf(at.tensor(math.nan)).isnan()
    wishart = D.Wishart(3.0, at.eye(2), validate_args=False)
    found = wishart.log_prob(at.stack([at.zeros(2, 2), at.eye(2), at.ones(2, 2), -at.eye(2)]))
    assert found.isnan().tolist() == [True, False, True, True]
    other = D.Wishart(4.0, at.eye(2), validate_args=False)
    assert other.log_prob(at.tensor([[1.0, 2.0], [2.0, 1.0]])).isnan()
    # By the formula: -tr/2 - df ln det(√2 L) - ln Γ₂(df/2), with Γ₂(3/2) = π/2
    near(found[1].item(), -1 - 3 * math.log(2) - math.log(math.pi / 2), at.float32)


def test_a_whole_number_of_vectors() -> None:
    for df in (at.tensor(3), at.tensor([3, 4])):
        wishart = D.Wishart(df, at.eye(2))
        assert wishart.sample((5,)).shape == (5, *df.shape, 2, 2)
        assert wishart.mean.dtype == at.float32


@pytest.mark.parametrize("infinite", [[[1, 1], [1, 1]], [[1, 0], [0, 1]], [[1]]])
def test_what_is_infinite_is_not_positive_definite(infinite: list[list[int]]) -> None:
    matrix = at.where(at.tensor(infinite) == 1, math.inf, 0.0)
    both = at.stack([matrix, at.eye(len(matrix))])
    assert D.constraints.positive_definite.check(both).tolist() == [False, True]


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="Multinomial: total_count must be at least 0, got -1"):
        D.Multinomial(-1, at.tensor([0.5, 0.5]))
