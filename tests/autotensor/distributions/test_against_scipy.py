"""Distributions of one number, and of vectors, against SciPy's, where that is installed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.distributions.plain import PLAIN, made

stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed: pip install scipy")
pytestmark = pytest.mark.peer

#: SciPy's distribution of our parameters.
TWINS: dict[str, Callable[..., Any]] = {
    "Normal": lambda loc, scale: stats.norm(loc, scale),
    "Uniform": lambda low, high: stats.uniform(low, high - low),
    "Bernoulli": lambda probs: stats.bernoulli(probs),
    "Exponential": lambda rate: stats.expon(scale=1 / rate),
    "Laplace": lambda loc, scale: stats.laplace(loc, scale),
    "Cauchy": lambda loc, scale: stats.cauchy(loc, scale),
    "Gamma": lambda concentration, rate: stats.gamma(concentration, scale=1 / rate),
    "Chi2": lambda df: stats.chi2(df),
    "InverseGamma": lambda concentration, rate: stats.invgamma(concentration, scale=rate),
    "Beta": lambda concentration1, concentration0: stats.beta(concentration1, concentration0),
    "LogNormal": lambda loc, scale: stats.lognorm(scale, scale=math.exp(loc)),
    "HalfNormal": lambda scale: stats.halfnorm(scale=scale),
    "HalfCauchy": lambda scale: stats.halfcauchy(scale=scale),
    "Gumbel": lambda loc, scale: stats.gumbel_r(loc, scale),
    "Weibull": lambda scale, concentration: stats.weibull_min(concentration, scale=scale),
    "Pareto": lambda scale, alpha: stats.pareto(alpha, scale=scale),
    "GeneralizedPareto": lambda loc, scale, concentration: stats.genpareto(
        concentration, loc, scale
    ),
    "StudentT": lambda df, loc, scale: stats.t(df, loc, scale),
    "FisherSnedecor": lambda df1, df2: stats.f(df1, df2),
    "VonMises": lambda loc, concentration: stats.vonmises(concentration, loc),
    "Poisson": lambda rate: stats.poisson(rate),
    "Geometric": lambda probs: stats.geom(probs, loc=-1),
    "Binomial": lambda total_count, probs: stats.binom(total_count, probs),
    "NegativeBinomial": lambda total_count, probs: stats.nbinom(total_count, 1 - probs),
}


def double(value: Any) -> at.Tensor:
    return at.tensor(value, dtype=at.float64)


@pytest.mark.parametrize("name", TWINS)
def test_numbers(name: str) -> None:
    theirs = TWINS[name](**PLAIN[name].parameters)
    ours = made(name, wrap=double)
    x = theirs.ppf([0.03, 0.3, 0.5, 0.8, 0.98])
    logs = theirs.logpmf(x) if PLAIN[name].discrete else theirs.logpdf(x)
    np.testing.assert_allclose(ours.log_prob(double(x)).numpy(), logs, rtol=1e-10, atol=1e-10)
    wanted = {"entropy": theirs.entropy()}
    if PLAIN[name].moments == 2:
        wanted |= {"mean": theirs.mean(), "variance": theirs.var(), "stddev": theirs.std()}
    for what, value in wanted.items():
        try:
            found = getattr(ours, what)
            found = float(found() if callable(found) else found)
        except NotImplementedError:
            continue
        assert found == pytest.approx(value, rel=1e-8), what
    try:
        found = ours.cdf(double(x))
        np.testing.assert_allclose(found.numpy(), theirs.cdf(x), rtol=1e-10)
        np.testing.assert_allclose(ours.icdf(found).numpy(), x, rtol=1e-8)
    except NotImplementedError:
        pass


def test_vectors_and_matrices() -> None:
    from autotensor import distributions as D

    rng = np.random.default_rng(0)
    shapes, share = np.array([0.6, 2.5, 1.4]), np.array([0.2, 0.5, 0.3])
    one, other = D.Dirichlet(double(shapes)), stats.dirichlet(shapes)
    assert float(one.log_prob(double(share))) == pytest.approx(other.logpdf(share))
    assert float(one.entropy()) == pytest.approx(other.entropy())
    root = np.tril(rng.normal(size=(3, 3)), -1) + np.eye(3)
    normal, twin = (
        D.MultivariateNormal(double(shapes), scale_tril=double(root)),
        stats.multivariate_normal(shapes, root @ root.T),
    )
    assert float(normal.log_prob(double(share))) == pytest.approx(twin.logpdf(share))
    assert float(normal.entropy()) == pytest.approx(twin.entropy())
    wishart, peer = (
        D.Wishart(double(4.5), scale_tril=double(root)),
        stats.wishart(4.5, root @ root.T),
    )
    matrix = root @ root.T * 3 + np.eye(3)
    assert float(wishart.log_prob(double(matrix))) == pytest.approx(peer.logpdf(matrix))
    assert float(wishart.entropy()) == pytest.approx(peer.entropy())
    counts = D.Multinomial(6, double(share))
    x = np.array([1.0, 3.0, 2.0])
    wanted = stats.multinomial(6, share).logpmf(x)
    assert float(counts.log_prob(double(x))) == pytest.approx(wanted)
