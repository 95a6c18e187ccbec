"""Densities, moments, entropies and distribution functions against plain formulas and integrals."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D
from tests.autotensor.distributions.plain import (
    CONTINUOUS,
    EACH,
    PLAIN,
    below,
    expectation,
    made,
    nodes,
)

COUNT = 20_000


def points(name: str) -> np.ndarray:
    """Five places in the support that say something."""
    x, weights = nodes(name)
    total = np.cumsum(np.exp(PLAIN[name].logs(x)) * weights)
    return x[[np.searchsorted(total, q) for q in (0.02, 0.2, 0.5, 0.8, 0.97)]]


def double(x: object) -> at.Tensor:
    return at.tensor(x, dtype=at.float64)


@pytest.mark.parametrize("name", EACH)
def test_the_plain_formula_is_a_density(name: str) -> None:
    assert expectation(name, np.ones_like) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("name", EACH)
def test_log_prob(name: str) -> None:
    x = points(name)
    ours = made(name, wrap=double).log_prob(double(x))
    np.testing.assert_allclose(ours.numpy(), PLAIN[name].logs(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", EACH)
def test_log_prob_of_numbers_is_of_the_default_dtype(name: str) -> None:
    x = points(name)
    ours = made(name).log_prob(at.tensor(x, dtype=at.float32))
    assert ours.dtype == at.float32
    np.testing.assert_allclose(ours.numpy(), PLAIN[name].logs(x), rtol=2e-4, atol=2e-4)


def moment_or_none(distribution: D.Distribution, what: str) -> float | None:
    try:
        found = getattr(distribution, what)
        return float(found() if callable(found) else found)
    except NotImplementedError:
        return None


@pytest.mark.parametrize("name", EACH)
def test_moments_and_entropy(name: str) -> None:
    one = made(name, wrap=double)
    mean = expectation(name, lambda x: x)
    wanted: dict[str, float] = {
        "entropy": expectation(name, lambda x: -PLAIN[name].logs(x)),
    }
    if PLAIN[name].moments >= 1:
        wanted["mean"] = mean
    if PLAIN[name].moments >= 2:
        wanted["variance"] = expectation(name, lambda x: (x - mean) ** 2)
        wanted["stddev"] = math.sqrt(wanted["variance"])
    for what, value in wanted.items():
        found = moment_or_none(one, what)
        if found is None:
            assert (what, name.partition(" ")[0]) in LACKING
        else:
            assert found == pytest.approx(value, rel=2e-6, abs=1e-9), what
    if "entropy" in wanted and ("entropy", name.partition(" ")[0]) not in LACKING:
        assert float(one.perplexity()) == pytest.approx(math.exp(wanted["entropy"]), rel=1e-5)


#: What has no closed form here, as in PyTorch.
LACKING = {
    ("entropy", "Poisson"), ("entropy", "NegativeBinomial"), ("entropy", "VonMises"),
    ("entropy", "RelaxedBernoulli"), ("mode", "RelaxedBernoulli"), ("mode", "ContinuousBernoulli"),
    ("cdf", "Beta"), ("cdf", "StudentT"), ("cdf", "FisherSnedecor"), ("cdf", "VonMises"),
    ("cdf", "RelaxedBernoulli"), ("icdf", "Gamma"), ("icdf", "Chi2"), ("icdf", "InverseGamma"),
}  # fmt: skip


@pytest.mark.parametrize("name", EACH)
def test_the_mode_is_where_the_density_is_largest(name: str) -> None:
    mode = moment_or_none(made(name, wrap=double), "mode")
    if mode is None or name == "Uniform":
        assert name == "Uniform" or ("mode", name.partition(" ")[0]) in LACKING
        return
    x, _ = nodes(name)
    with np.errstate(divide="ignore"):
        height = PLAIN[name].logs(np.asarray([mode]))[0]
    assert height >= PLAIN[name].logs(x).max() - 1e-9


@pytest.mark.parametrize("name", EACH)
def test_distribution_function_and_quantiles(name: str) -> None:
    one = made(name, wrap=double)
    x = points(name)
    try:
        found = one.cdf(double(x))
    except NotImplementedError:
        assert PLAIN[name].discrete or ("cdf", name.partition(" ")[0]) in LACKING
        return
    np.testing.assert_allclose(found.numpy(), [below(name, y) for y in x], rtol=1e-6, atol=1e-9)
    try:
        back = one.icdf(found)
    except NotImplementedError:
        assert ("icdf", name.partition(" ")[0]) in LACKING
        return
    np.testing.assert_allclose(back.numpy(), x, rtol=1e-8, atol=1e-8)


def draws(name: str) -> np.ndarray:
    at.manual_seed(zlib.crc32(name.encode()))
    x = made(name, wrap=double).sample((COUNT,))
    assert x.shape == (COUNT,)
    assert not x.requires_grad
    return x.numpy()


@pytest.mark.parametrize("name", EACH)
def test_draws_are_distributed_so(name: str) -> None:
    """The largest distance of both distribution functions, as Kolmogorov and Smirnov have it: it is
    above 1.95 / √n once in a thousand times."""
    x = np.sort(draws(name))
    grid, weights = nodes(name)
    total = np.cumsum(np.exp(PLAIN[name].logs(grid)) * weights)
    if PLAIN[name].discrete:
        ours = np.searchsorted(x, grid, side="right") / COUNT
        assert np.isin(x, grid).all()
        assert np.abs(ours - total).max() < 1.95 / math.sqrt(COUNT)
    else:
        theirs = np.interp(x, grid, total)
        steps = np.arange(COUNT + 1) / COUNT
        away = np.maximum(np.abs(theirs - steps[1:]), np.abs(theirs - steps[:-1]))
        assert away.max() < 1.95 / math.sqrt(COUNT)


@pytest.mark.parametrize("name", EACH)
def test_the_same_seed_draws_the_same(name: str) -> None:
    first = draws(name)
    np.testing.assert_array_equal(first, draws(name))
    assert len(np.unique(first)) > 1


@pytest.mark.parametrize("name", EACH)
def test_gradients_of_log_prob(name: str) -> None:
    x = double(points(name))
    given = PLAIN[name].parameters
    whole = {"total_count": double(9)} if name == "Binomial" else {}
    names = [key for key in given if key not in whole]
    parameters = [double(given[key]).requires_grad_() for key in names]

    def log_prob(*given: at.Tensor) -> at.Tensor:
        named = dict(zip(names, given, strict=False))
        value = x if PLAIN[name].discrete else given[-1]
        return made(name, **named, **whole).log_prob(value)

    inside = [] if PLAIN[name].discrete else [x.clone().requires_grad_()]
    assert at.gradcheck(log_prob, (*parameters, *inside))


#: Draws made of two independent numbers: where they go is not said by their quantile alone.
OF_TWO = ("FisherSnedecor", "StudentT")


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name not in OF_TWO])
def test_gradients_through_draws(name: str) -> None:
    """The same quantile, with other parameters: d x / d θ = -(∂F/∂θ) / p, by integrals."""
    given = {key: double(value).requires_grad_() for key, value in PLAIN[name].parameters.items()}
    one = made(name, **given)
    if not one.has_rsample:
        assert name == "VonMises"
        return
    at.manual_seed(3)
    x = one.rsample()
    x.backward()
    density = math.exp(float(PLAIN[name].logs(np.asarray([float(x)]))[0]))
    for key, leaf in given.items():
        value, h = PLAIN[name].parameters[key], 1e-4
        more = below(name, float(x), **{key: value + h})
        less = below(name, float(x), **{key: value - h})
        wanted = -(more - less) / (2 * h) / density
        assert float(leaf.grad) == pytest.approx(wanted, rel=2e-4, abs=1e-6), key


@pytest.mark.parametrize("name", OF_TWO)
def test_gradients_of_expectations_through_draws(name: str) -> None:
    """The mean of d atan(x) / d θ is the derivative of an integral, within five deviations."""
    parameters = PLAIN[name].parameters
    given = {
        key: at.full((COUNT,), value, dtype=at.float64, requires_grad=True)
        for key, value in parameters.items()
    }
    at.manual_seed(5)
    made(name, **given).rsample().atan().sum().backward()
    for key, value in parameters.items():
        ends = []
        for h in (1e-4, -1e-4):
            x, weights = nodes(name, **{key: value + h})
            p = np.exp(PLAIN[name].logs(x, **{key: value + h})) * weights
            ends.append(float(np.sum(p * np.arctan(x))))
        each = given[key].grad.numpy()
        wanted = (ends[0] - ends[1]) / 2e-4
        assert each.mean() == pytest.approx(wanted, abs=5 * each.std() / math.sqrt(COUNT)), key
