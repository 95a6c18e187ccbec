"""Divergences against integrals of plain formulas, and against PyTorch."""

from __future__ import annotations

import math
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D
from tests.autotensor.distributions.plain import PLAIN, made, nodes

inf = math.inf

#: Pairs with the same support, or the first in that of the second, and others: infinite.
PAIRS = [
    ("Bernoulli", "Poisson"), ("Beta", "ContinuousBernoulli"), ("Beta", "Exponential"),
    ("Beta", "Gamma"), ("Beta", "Normal"), ("Beta", "Pareto"), ("Beta", "Uniform"),
    ("ContinuousBernoulli", "Exponential"), ("ContinuousBernoulli", "Normal"),
    ("ContinuousBernoulli", "Pareto"), ("ContinuousBernoulli", "Uniform"),
    ("Exponential", "Beta"), ("Exponential", "Gamma"), ("Exponential", "Gumbel"),
    ("Exponential", "Normal"), ("Exponential", "Pareto"), ("Exponential", "Uniform"),
    ("Gamma", "Beta"), ("Gamma", "Exponential"), ("Gamma", "Gumbel"), ("Gamma", "Normal"),
    ("Gamma", "Uniform"), ("Gumbel", "Beta"), ("Gumbel", "Exponential"), ("Gumbel", "Normal"),
    ("Gumbel", "Uniform"), ("Laplace", "Beta"), ("Laplace", "Gamma"), ("Laplace", "Normal"),
    ("Normal", "Beta"), ("Normal", "Exponential"), ("Normal", "Gumbel"), ("Normal", "Laplace"),
    ("Normal", "Uniform"), ("Pareto", "Beta"), ("Pareto", "Exponential"), ("Pareto", "Gamma"),
    ("Pareto", "Normal"), ("Pareto", "Uniform"), ("Poisson", "Bernoulli"),
    ("Poisson", "Binomial"), ("Uniform", "Beta"), ("Uniform", "Exponential"),
    ("Uniform", "Gumbel"), ("Uniform", "Normal"), ("Uniform", "Pareto"),
]  # fmt: skip

SAME = [
    "Bernoulli", "Beta", "Cauchy", "Chi2", "ContinuousBernoulli", "Exponential", "Gamma",
    "Geometric", "Gumbel", "HalfNormal", "InverseGamma", "Laplace", "LogNormal", "Normal", "Pareto",
    "Poisson", "Binomial",
]  # fmt: skip


def double(value: Any) -> at.Tensor:
    return at.tensor(value, dtype=at.float64)


def by_integral(p: str, q: str, **changed: float) -> float:
    """``E[ln p - ln q]`` of the plain formulas, infinite where p goes beyond q."""
    (low, high), (least, most) = PLAIN[p].ends(), PLAIN[q].ends(**changed)
    if PLAIN[p].discrete:
        most = inf if q == "Poisson" else most
    if low < least or high > most:
        return inf
    x, weights = nodes(p)
    logs = PLAIN[p].logs(x)
    with np.errstate(all="ignore"):
        away = logs - PLAIN[q].logs(x, **changed)
    density = np.exp(logs) * weights
    return float(np.sum(np.where(density > 0, density * away, 0)))


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_different_kinds(p: str, q: str) -> None:
    found = D.kl_divergence(made(p, wrap=double), made(q, wrap=double))
    assert found.dtype == at.float64
    assert float(found) == pytest.approx(by_integral(p, q), rel=1e-6)


@pytest.mark.parametrize("name", SAME)
def test_one_kind(name: str) -> None:
    parameters = PLAIN[name].parameters
    factors = {"total_count": 1}
    changed = {key: value * factors.get(key, 0.8) for key, value in parameters.items()}
    if "loc" in changed:
        # A bend of the second density should be a point of the rule, too.
        changed["loc"] = parameters["loc"] + math.sinh(0.8)
    p, q = made(name, wrap=double), made(name, wrap=double, **changed)
    found = float(D.kl_divergence(p, q))
    assert found == pytest.approx(by_integral(name, name, **changed), rel=1e-6)
    assert float(D.kl_divergence(p, p)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "low", "high", "q"),
    [
        ("Uniform", 0.2, 0.7, "Beta"), ("Uniform", 0.2, 0.7, "ContinuousBernoulli"),
        ("Uniform", 0.2, 0.7, "Gamma"), ("Uniform", 0.2, 0.7, "Exponential"),
        ("Uniform", 0.9, 1.7, "Pareto"), ("Uniform", 0.0, 1.0, "ContinuousBernoulli"),
    ],
)  # fmt: skip
def test_uniform_numbers_inside_of_another_support(p: str, low: float, high: float, q: str) -> None:
    x = low + (high - low) * (np.arange(100_000) + 0.5) / 100_000
    wanted = float(np.mean(-math.log(high - low) - PLAIN[q].logs(x)))
    found = D.kl_divergence(D.Uniform(double(low), double(high)), made(q, wrap=double))
    assert float(found) == pytest.approx(wanted, rel=1e-7)


def test_what_lies_inside_of_a_uniform_distribution() -> None:
    for one in ("Beta", "ContinuousBernoulli"):
        p = made(one, wrap=double)
        wide = D.Uniform(double(-1.0), double(2.0))
        wanted = math.log(3) - float(p.entropy())
        assert float(D.kl_divergence(p, wide)) == pytest.approx(wanted, rel=1e-12)
        exact = D.kl_divergence(p, D.Uniform(double(0.0), double(1.0)))
        assert float(exact) == pytest.approx(-float(p.entropy()), rel=1e-12)


def test_probabilities_of_zero() -> None:
    sure, even = D.Categorical(double([1.0, 0.0])), D.Categorical(double([0.5, 0.5]))
    assert float(D.kl_divergence(sure, even)) == pytest.approx(math.log(2))
    assert float(D.kl_divergence(even, sure)) == inf
    assert float(D.kl_divergence(D.Bernoulli(double(1.0)), D.Bernoulli(double(0.5)))) == (
        pytest.approx(math.log(2))
    )
    assert float(D.kl_divergence(D.Bernoulli(double(0.5)), D.Bernoulli(double(0.0)))) == inf


def normal_divergence(m0: Any, S0: Any, m1: Any, S1: Any) -> float:
    inverse = np.linalg.inv(S1)
    logs = np.log(np.linalg.det(S1) / np.linalg.det(S0))
    return 0.5 * (np.trace(inverse @ S0) + (m1 - m0) @ inverse @ (m1 - m0) - len(m0) + logs)


def normal_vectors() -> list[tuple[D.Distribution, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(1)
    found: list[tuple[D.Distribution, np.ndarray, np.ndarray]] = []
    for low_rank in (False, True) * 2:
        loc, factor, diagonal = rng.normal(size=3), rng.normal(size=(3, 2)), rng.random(3) + 0.5
        covariance = factor @ factor.T + np.diag(diagonal)
        one: D.Distribution = (
            D.LowRankMultivariateNormal(double(loc), double(factor), double(diagonal))
            if low_rank
            else D.MultivariateNormal(double(loc), double(covariance))
        )
        found.append((one, loc, covariance))
    return found


def test_normal_vectors() -> None:
    for p, m0, S0 in normal_vectors():
        for q, m1, S1 in normal_vectors():
            wanted = normal_divergence(m0, S0, m1, S1)
            assert float(D.kl_divergence(p, q)) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    small = D.MultivariateNormal(at.zeros(2), at.eye(2))
    large = D.MultivariateNormal(at.zeros(3), at.eye(3))
    with pytest.raises(ValueError, match="event shapes"):
        D.kl_divergence(small, large)


def test_a_dirichlet_of_two_is_a_beta() -> None:
    p, q = D.Dirichlet(double([1.7, 0.6])), D.Dirichlet(double([0.9, 2.1]))
    wanted = D.kl_divergence(D.Beta(double(1.7), double(0.6)), D.Beta(double(0.9), double(2.1)))
    assert float(D.kl_divergence(p, q)) == pytest.approx(float(wanted), rel=1e-12)


def test_independent_and_one_hot() -> None:
    loc, scale = double([[0.1, 0.2, 0.3]]), double([1.0, 2.0, 3.0])
    p, q = D.Normal(loc, scale), D.Normal(loc + 1, 2 * scale)
    whole = D.kl_divergence(D.Independent(p, 1), D.Independent(q, 1))
    np.testing.assert_allclose(whole.numpy(), D.kl_divergence(p, q).sum(-1).numpy())
    with pytest.raises(NotImplementedError, match="reinterpreted_batch_ndims"):
        D.kl_divergence(D.Independent(p, 1), D.Independent(q, 2))
    probs = double([0.2, 0.8]), double([0.6, 0.4])
    by_class = D.kl_divergence(*(D.Categorical(one) for one in probs))
    assert float(D.kl_divergence(*(D.OneHotCategorical(one) for one in probs))) == float(by_class)


def test_the_divergence_of_an_exponential_family_has_a_gradient() -> None:
    """Wishart's has no formula of its own: by one degree of freedom and 1 x 1 it is Gamma's."""
    df, scale = double(4.0).requires_grad_(), double([[0.7]]).requires_grad_()
    p, q = D.Wishart(df, scale), D.Wishart(double(5.0), double([[1.3]]))
    other = [double(4.0).requires_grad_(), double(0.7).requires_grad_()]
    gamma = D.Gamma(other[0] / 2, 1 / (2 * other[1]))
    wanted = D.kl_divergence(gamma, D.Gamma(double(2.5), double(1 / 2.6)))
    found = D.kl_divergence(p, q)
    assert float(found) == pytest.approx(float(wanted), rel=1e-10)
    found.backward()
    wanted.backward()
    assert float(df.grad) == pytest.approx(float(other[0].grad), rel=1e-9)
    assert float(scale.grad) == pytest.approx(float(other[1].grad), rel=1e-9)


def test_gradients_of_divergences() -> None:
    given = [double(value).requires_grad_() for value in (0.3, 1.2, -0.4, 0.9)]
    for kind in (D.Normal, D.Laplace, D.Gumbel, D.Cauchy):
        assert at.gradcheck(lambda a, b, c, d: D.kl_divergence(kind(a, b), kind(c, d)), given)  # noqa: B023
    two = [double(value).requires_grad_() for value in (1.3, 1.2, 2.4, 0.9)]
    for kind in (D.Gamma, D.Beta):
        assert at.gradcheck(lambda a, b, c, d: D.kl_divergence(kind(a, b), kind(c, d)), two)  # noqa: B023


# -- dispatch --------------------------------------------------------------------------------------


class Near(D.Normal):
    """A class of a user's own."""


class Nearer(Near):
    """Derived from that."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten afterwards."""
    from autotensor.distributions import kl

    monkeypatch.setattr(kl, "_registry", dict(kl._registry))


@pytest.mark.usefixtures("registry")
def test_the_most_specific_function_is_called() -> None:
    p, near, nearer = D.Normal(0.0, 1.0), Near(1.0, 1.0), Nearer(1.0, 1.0)
    assert float(D.kl_divergence(near, p)) == 0.5
    D.register_kl(Near, D.Normal)(lambda p, q: at.tensor(7.0))
    assert float(D.kl_divergence(near, p)) == 7
    assert float(D.kl_divergence(nearer, near)) == 7
    assert float(D.kl_divergence(p, nearer)) == 0.5
    D.register_kl(D.Normal, Near)(lambda p, q: at.tensor(8.0))
    with pytest.warns(RuntimeWarning, match=r"register_kl\(Near, Near\)"):
        assert float(D.kl_divergence(nearer, near)) == 7
    D.register_kl(Near, Near)(lambda p, q: at.tensor(9.0))
    assert float(D.kl_divergence(nearer, near)) == 9


def test_refusals() -> None:
    with pytest.raises(NotImplementedError, match="from Cauchy to Normal; register_kl"):
        D.kl_divergence(D.Cauchy(0.0, 1.0), D.Normal(0.0, 1.0))
    with pytest.raises(NotImplementedError, match="different exponential families"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.5))
    with pytest.raises(TypeError, match="q must be a Distribution, got Tensor"):
        D.kl_divergence(D.Normal(0.0, 1.0), at.zeros(2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a subclass of Distribution, got <class 'int'>"):
        D.register_kl(D.Normal, int)
    with pytest.raises(NotImplementedError, match="other transforms"):
        D.kl_divergence(D.LogNormal(0.0, 1.0), D.InverseGamma(1.0, 1.0))
    with pytest.raises(NotImplementedError, match="total_count"):
        D.kl_divergence(D.Binomial(3, 0.5), D.Binomial(4, 0.5))
    assert float(D.kl_divergence(D.Binomial(4, 0.5), D.Binomial(3, 0.5))) == inf


def test_every_pair_of_pytorch_is_there(torch: ModuleType) -> None:
    from torch.distributions.kl import _KL_REGISTRY

    from autotensor.distributions.kl import _registry

    ours = {(p.__name__, q.__name__) for p, q in _registry}
    theirs = {(p.__name__, q.__name__) for p, q in _KL_REGISTRY}
    assert theirs <= ours


def same_names(p: str, q: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return PLAIN[p].parameters, PLAIN[q].parameters


@pytest.mark.parametrize(("p", "q"), PAIRS + [(name, name) for name in SAME])
def test_against_pytorch(torch: ModuleType, p: str, q: str) -> None:
    if q == "Uniform" and p == "ContinuousBernoulli":
        pytest.skip("PyTorch's is infinite for every interval: it asks max where it should ask or")
    parts = []
    for library, kinds in ((at, D), (torch, torch.distributions)):
        made_here = []
        for name, factor in ((p, 1.0), (q, 0.85)):
            given: dict[str, Any] = {}
            for key, value in PLAIN[name].parameters.items():
                scaled = value if isinstance(value, int) else np.array([value * factor, value])
                given[key] = scaled if isinstance(value, int) else library.from_numpy(scaled)
            made_here.append(getattr(kinds, name)(**given))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts.append(kinds.kl_divergence(*made_here).numpy())
    np.testing.assert_allclose(*parts, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [D.Weibull, D.Kumaraswamy])
def test_of_equals_where_there_is_no_formula(kind: Any) -> None:
    p = kind(at.tensor([1.0, 2.0]), 2.0)
    assert D.kl_divergence(p, kind(at.tensor([1.0, 2.0]), 2.0)).tolist() == [0, 0]
    assert D.kl_divergence(kind(1.0, 2.0), kind(at.ones(3), 2.0)).tolist() == [0, 0, 0]
    with pytest.raises(NotImplementedError, match="with other parameters"):
        D.kl_divergence(p, kind(1.0, 2.0))
