"""Distributions of vectors and matrices, and mixtures, against formulas in NumPy and statistics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D
from tests.autotensor.distributions.plain import PLAIN, below, log_gamma, made

rng = np.random.default_rng(0)
LOWER = np.tril(rng.normal(size=(3, 3)), -1) + np.diag([0.7, 1.2, 0.9])
COVARIANCE = LOWER @ LOWER.T
PROBS = np.array([0.2, 0.5, 0.3])
COUNT = 20_000


def double(value: Any) -> at.Tensor:
    return at.tensor(value, dtype=at.float64)


def leaf(value: Any) -> at.Tensor:
    return double(value).requires_grad_()


def near(found: np.ndarray, wanted: Any, each: np.ndarray) -> None:
    """A mean of draws is within five of its standard deviations."""
    spread = each.std(0) / math.sqrt(len(each)) + 1e-12
    assert (np.abs(found - wanted) < 5 * spread).all()


def assert_moments(one: D.Distribution) -> None:
    """Those of draws are what the distribution says."""
    at.manual_seed(1)
    x = one.sample((COUNT,)).numpy()
    near(x.mean(0), one.mean.numpy(), x)
    away = (x - one.mean.numpy()) ** 2
    near(away.mean(0), one.variance.numpy(), away)


def assert_entropy(one: D.Distribution) -> None:
    at.manual_seed(2)
    logs = one.log_prob(one.sample((COUNT,))).numpy()
    near(-logs.mean(0), one.entropy().numpy(), logs)


# -- classes ---------------------------------------------------------------------------------------


def test_a_categorical_distribution() -> None:
    one = D.Categorical(double(PROBS * 7))
    np.testing.assert_allclose(one.probs.numpy(), PROBS)
    np.testing.assert_allclose(one.log_prob(at.tensor([0, 2])).numpy(), np.log(PROBS[[0, 2]]))
    assert float(one.entropy()) == pytest.approx(-np.sum(PROBS * np.log(PROBS)))
    assert one.mode.item() == 1
    assert one.enumerate_support().tolist() == [0, 1, 2]
    at.manual_seed(0)
    drawn = one.sample((COUNT,)).numpy()
    assert drawn.dtype == np.int64
    counts = np.stack([drawn == k for k in range(3)], -1).astype(float)
    near(counts.mean(0), PROBS, counts)
    logits = D.Categorical(logits=double(np.log(PROBS) + 5))
    np.testing.assert_allclose(logits.probs.numpy(), PROBS)
    assert np.isnan(one.mean.numpy())
    assert np.isnan(one.variance.numpy())


def test_a_class_that_never_comes() -> None:
    one = D.Categorical(logits=double([0.0, -math.inf, 0.0]))
    assert float(one.entropy()) == pytest.approx(math.log(2))
    assert float(one.log_prob(at.tensor(1))) == -math.inf
    assert 1 not in one.sample((200,)).tolist()


def test_batches_of_classes_and_values_broadcast() -> None:
    probs = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]])
    one = D.Categorical(double(probs))
    values = at.tensor([[0], [1]])
    assert one.log_prob(values).shape == (2, 3)
    np.testing.assert_allclose(one.log_prob(values).numpy(), np.log(probs.T))
    assert one.sample((4, 5)).shape == (4, 5, 3)
    assert one.expand((2, 3)).sample().shape == (2, 3)
    assert one.sample((0,)).shape == (0, 3)
    assert one.enumerate_support(expand=False).shape == (2, 1)
    assert one.enumerate_support().shape == (2, 3)


def test_one_hot_vectors() -> None:
    one = D.OneHotCategorical(double(PROBS))
    at.manual_seed(0)
    x = one.sample((COUNT,))
    assert (x.sum(-1) == 1).all()
    near(x.numpy().mean(0), PROBS, x.numpy())
    np.testing.assert_allclose(one.log_prob(at.eye(3)).numpy(), np.log(PROBS))
    np.testing.assert_allclose(one.variance.numpy(), PROBS * (1 - PROBS))
    assert one.mode.tolist() == [0, 1, 0]
    assert one.enumerate_support().tolist() == np.eye(3).tolist()
    with pytest.raises(ValueError, match="support OneHot"):
        one.log_prob(at.tensor([1.0, 1.0, 0.0]))


def test_straight_through() -> None:
    probs = leaf([0.2, 0.5, 0.3])
    one = D.OneHotCategoricalStraightThrough(probs)
    weights = double([1.0, 2.0, 4.0])
    x = one.rsample()
    assert sorted(x.tolist()) == pytest.approx([0, 0, 1])
    (x * weights).sum().backward()
    other = leaf([0.2, 0.5, 0.3])
    ((other / other.sum()) * weights).sum().backward()
    np.testing.assert_allclose(probs.grad.numpy(), other.grad.numpy())


def test_counts_of_classes() -> None:
    one = D.Multinomial(6, double(PROBS))
    x = np.array([[1.0, 3.0, 2.0], [0.0, 6.0, 0.0]])
    ways = log_gamma(7.0) - log_gamma(x + 1).sum(-1)
    np.testing.assert_allclose(
        one.log_prob(double(x)).numpy(), ways + (x * np.log(PROBS)).sum(-1), rtol=1e-12
    )
    assert_moments(one)
    assert (one.sample((9,)).sum(-1) == 6).all()
    counts = [(a, b, 6 - a - b) for a in range(7) for b in range(7 - a)]
    logs = one.log_prob(double(counts)).numpy()
    assert np.exp(logs).sum() == pytest.approx(1)
    assert float(one.entropy()) == pytest.approx(-np.sum(np.exp(logs) * logs))
    with pytest.raises(NotImplementedError, match="total_count must be one int, got Tensor"):
        D.Multinomial(at.tensor([1, 2]), at.ones(2))  # type: ignore[arg-type]


# -- the simplex -----------------------------------------------------------------------------------

SHAPES = np.array([0.6, 2.5, 1.4])


def test_a_dirichlet_distribution() -> None:
    one = D.Dirichlet(double(SHAPES))
    x = np.array([[0.2, 0.5, 0.3], [0.05, 0.15, 0.8]])
    volume = log_gamma(SHAPES).sum() - math.lgamma(SHAPES.sum())
    wanted = ((SHAPES - 1) * np.log(x)).sum(-1) - volume
    np.testing.assert_allclose(one.log_prob(double(x)).numpy(), wanted, rtol=1e-12)
    assert_moments(one)
    assert_entropy(one)
    inside = np.maximum(SHAPES - 1, 0)
    np.testing.assert_allclose(one.mode.numpy(), inside / inside.sum())
    assert D.Dirichlet(double([0.2, 0.7])).mode.tolist() == [0, 1]


def test_gradients_through_beta_numbers_are_those_of_quantiles() -> None:
    """Both shapes small, large and far apart, at several places."""
    for a, b in ((0.3, 0.4), (0.2, 5.0), (7.0, 0.5), (30.0, 50.0)):
        at.manual_seed(7)
        shapes = leaf(np.tile([[a, b]], (6, 1)))
        x = D.Dirichlet(shapes).rsample()
        x[:, 0].sum().backward()
        for place, grad in zip(x[:, 0].tolist(), shapes.grad.numpy(), strict=True):
            if not 1e-3 < place < 0.999:
                continue  # the integrals below are not right there
            for key, found in zip(("concentration1", "concentration0"), grad, strict=True):
                given = {"concentration1": a, "concentration0": b}
                h = 1e-5 * given[key]
                ends = [below("Beta", place, **given | {key: given[key] + s * h}) for s in (1, -1)]
                density = math.exp(float(PLAIN["Beta"].logs(np.array([place]), **given)[0]))
                wanted = -(ends[0] - ends[1]) / (2 * h) / density
                assert found == pytest.approx(wanted, rel=1e-3), (a, b, place, key)


def test_gradients_of_expectations_through_dirichlet_draws() -> None:
    """``E[x₀ x₁] = a₀ a₁ / (s (s + 1))``, whose derivatives are known."""
    at.manual_seed(3)
    shapes = leaf(np.tile(SHAPES, (COUNT, 1)))
    x = D.Dirichlet(shapes).rsample()
    (x[:, 0] * x[:, 1]).sum().backward()
    exact = leaf(SHAPES)
    total = exact.sum()
    (exact[0] * exact[1] / (total * (total + 1))).backward()
    each = shapes.grad.numpy()
    near(each.mean(0), exact.grad.numpy(), each)


def test_second_derivatives_of_draws_are_refused() -> None:
    for one in (D.Gamma(leaf(2.0), 1.0), D.Dirichlet(leaf([2.0, 1.0]))):
        x = one.rsample().sum()
        parameter = one.concentration  # type: ignore[attr-defined]
        slope = at.grad((x * x).sum(), parameter, create_graph=True)[0]
        with pytest.raises(NotImplementedError, match="no second derivative"):
            slope.sum().backward()


def test_very_small_shapes_draw_inside() -> None:
    at.manual_seed(0)
    x = D.Dirichlet(at.full((500, 3), 1e-3)).sample()
    assert (x > 0).all()
    assert (x < 1).all()
    assert np.isfinite(D.Beta(at.tensor(1e-3), at.tensor(1e-3)).sample((500,)).log().numpy()).all()
    assert (D.Gamma(at.tensor(1e-3), at.tensor(1.0)).sample((500,)) > 0).all()


def test_a_relaxed_one_hot_vector_of_two_is_a_relaxed_bernoulli_number() -> None:
    x = np.linspace(0.05, 0.95, 7)
    pairs = double(np.stack([x, 1 - x], -1))
    two = D.RelaxedOneHotCategorical(double(0.7), double([0.35, 0.65]))
    wanted = PLAIN["RelaxedBernoulli"].logs(x)
    np.testing.assert_allclose(two.log_prob(pairs).numpy(), wanted, rtol=1e-11)
    at.manual_seed(0)
    drawn = two.sample((COUNT,)).numpy()
    np.testing.assert_allclose(drawn.sum(-1), 1)
    larger = (drawn[:, 0] > drawn[:, 1]).astype(float)
    near(larger.mean(), 0.35, larger)
    logits = leaf([0.1, 0.4, -0.3])
    D.RelaxedOneHotCategorical(double(0.5), logits=logits).rsample((3,))[:, 0].sum().backward()
    assert abs(logits.grad.sum().item()) < 1e-12
    assert logits.grad.abs().min().item() > 0


def test_a_logistic_normal_vector_of_two_is_the_logistic_function_of_a_normal_number() -> None:
    one = D.LogisticNormal(double([0.3]), double([0.8]))
    x = np.linspace(0.1, 0.9, 5)
    z = np.log(x / (1 - x))
    wanted = -((z - 0.3) ** 2) / (2 * 0.64) - math.log(0.8 * math.sqrt(2 * math.pi))
    wanted -= np.log(x * (1 - x))
    pairs = double(np.stack([x, 1 - x], -1))
    np.testing.assert_allclose(one.log_prob(pairs).numpy(), wanted, rtol=1e-10)
    assert one.event_shape == (2,)
    assert D.LogisticNormal(0.0, 1.0).sample().shape == (2,)


# -- normal vectors --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["covariance_matrix", "precision_matrix", "scale_tril"])
def test_a_normal_vector(name: str) -> None:
    given = {
        "covariance_matrix": COVARIANCE, "precision_matrix": np.linalg.inv(COVARIANCE),
        "scale_tril": LOWER,
    }[name]  # fmt: skip
    loc = np.array([0.5, -1.0, 2.0])
    one = D.MultivariateNormal(double(loc), **{name: double(given)})
    x = loc + rng.normal(size=(4, 2, 3))
    away = np.einsum("...i,ij,...j", x - loc, np.linalg.inv(COVARIANCE), x - loc)
    height = 3 * math.log(2 * math.pi) + math.log(np.linalg.det(COVARIANCE))
    np.testing.assert_allclose(one.log_prob(double(x)).numpy(), -0.5 * (away + height), rtol=1e-10)
    assert float(one.entropy()) == pytest.approx(0.5 * (3 + height))
    np.testing.assert_allclose(one.covariance_matrix.numpy(), COVARIANCE, rtol=1e-10)
    np.testing.assert_allclose(one.scale_tril.numpy(), LOWER, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(one.precision_matrix.numpy(), np.linalg.inv(COVARIANCE), rtol=1e-9)
    assert_moments(one)
    at.manual_seed(0)
    drawn = one.sample((COUNT,)).numpy() - loc
    products = drawn[:, :, None] * drawn[:, None, :]
    near(products.mean(0), COVARIANCE, products)


def test_a_normal_vector_of_low_rank_is_one_of_its_covariance() -> None:
    loc, factor, diagonal = rng.normal(size=3), rng.normal(size=(3, 2)), np.array([0.5, 1.0, 2.0])
    one = D.LowRankMultivariateNormal(double(loc), double(factor), double(diagonal))
    covariance = factor @ factor.T + np.diag(diagonal)
    full = D.MultivariateNormal(double(loc), double(covariance))
    x = double(rng.normal(size=(5, 3)))
    np.testing.assert_allclose(one.log_prob(x).numpy(), full.log_prob(x).numpy(), rtol=1e-10)
    assert float(one.entropy()) == pytest.approx(float(full.entropy()))
    np.testing.assert_allclose(one.covariance_matrix.numpy(), covariance)
    np.testing.assert_allclose(one.precision_matrix.numpy(), np.linalg.inv(covariance))
    np.testing.assert_allclose(one.scale_tril.numpy(), np.linalg.cholesky(covariance))
    np.testing.assert_allclose(one.variance.numpy(), np.diag(covariance))
    at.manual_seed(0)
    drawn = one.sample((COUNT,)).numpy() - loc
    products = drawn[:, :, None] * drawn[:, None, :]
    near(products.mean(0), covariance, products)


def test_gradients_of_normal_vectors() -> None:
    x = double(rng.normal(size=(2, 3)))
    loc, factor, diagonal = leaf(np.zeros(3)), leaf(LOWER[:, :2]), leaf([0.5, 1.0, 2.0])
    root = leaf(LOWER)
    assert at.gradcheck(lambda m, a: D.MultivariateNormal(m, a @ a.mT).log_prob(x), (loc, root))
    assert at.gradcheck(
        lambda m, a: D.MultivariateNormal(m, precision_matrix=a @ a.mT).log_prob(x), (loc, root)
    )
    assert at.gradcheck(
        lambda m, w, d: D.LowRankMultivariateNormal(m, w, d).log_prob(x), (loc, factor, diagonal)
    )

    def draw(m: at.Tensor, a: at.Tensor) -> at.Tensor:
        at.manual_seed(0)
        return D.MultivariateNormal(m, scale_tril=a.tril()).rsample((2,))

    assert at.gradcheck(draw, (loc, root))


# -- matrices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3, 4])
@pytest.mark.parametrize("eta", [0.8, 2.5])
def test_correlations(dim: int, eta: float) -> None:
    """Every correlation is ``2 b - 1`` for b from ``Beta(a, a)`` with a = η + (dim - 2)/2."""
    one = D.LKJCholesky(dim, double(eta))
    at.manual_seed(0)
    factor = one.sample((COUNT,)).numpy()
    matrices = factor @ factor.transpose(0, 2, 1)
    np.testing.assert_allclose(np.diagonal(matrices, axis1=1, axis2=2), 1)
    a = eta + 0.5 * (dim - 2)
    for i, j in zip(*np.tril_indices(dim, -1), strict=True):
        r = matrices[:, i, j]
        near(r.mean(), 0, r)
        near((r**2).mean(), 1 / (2 * a + 1), r**2)


def test_the_density_of_correlations() -> None:
    """Of 2 rows the factor is (r, √(1 - r²)), and the density of r that of the beta number; of 3
    rows the average of 1/density over draws is the volume, that of the ball of their triangle."""
    one = D.LKJCholesky(2, double(1.7))
    r = np.array([-0.6, 0.1, 0.9])
    factor = np.zeros((3, 2, 2))
    factor[:, 0, 0], factor[:, 1, 0], factor[:, 1, 1] = 1, r, np.sqrt(1 - r * r)
    logs = (1.7 - 1) * np.log((1 - r * r) / 4) - math.log(2)
    logs -= 2 * math.lgamma(1.7) - math.lgamma(3.4)
    np.testing.assert_allclose(one.log_prob(double(factor)).numpy(), logs, rtol=1e-12)
    three = D.LKJCholesky(3, double(1.2))
    at.manual_seed(0)
    inverse = np.exp(-three.log_prob(three.sample((COUNT,))).numpy())
    near(inverse.mean(), 2 * math.pi, inverse)  # an interval of 2 times a disc of π


def test_wishart_matrices() -> None:
    df = 5.5
    one = D.Wishart(double(df), double(COVARIANCE))
    x = COVARIANCE * df + np.diag([0.5, 0.3, 0.1])
    volume = 0.5 * df * (3 * math.log(2) + math.log(np.linalg.det(COVARIANCE)))
    volume += 1.5 * math.log(math.pi) + sum(math.lgamma((df - j) / 2) for j in range(3))
    wanted = 0.5 * (df - 4) * math.log(np.linalg.det(x)) - volume
    wanted -= 0.5 * np.trace(np.linalg.inv(COVARIANCE) @ x)
    assert float(one.log_prob(double(x))) == pytest.approx(wanted, rel=1e-10)
    assert_moments(one)
    assert_entropy(one)
    np.testing.assert_allclose(one.mode.numpy(), (df - 4) * COVARIANCE)
    for other in (
        D.Wishart(df, scale_tril=double(LOWER)),
        D.Wishart(df, precision_matrix=double(np.linalg.inv(COVARIANCE))),
    ):
        assert float(other.log_prob(double(x))) == pytest.approx(wanted, rel=1e-9)
    small = D.Wishart(double(3.0), double([[0.7]]))
    gamma = D.Gamma(double(1.5), double(1 / 1.4))
    assert float(small.log_prob(double([[2.0]]))) == pytest.approx(
        float(gamma.log_prob(double(2.0)))
    )
    with pytest.raises(ValueError, match=r"Wishart: df .* must satisfy GreaterThan\(lower_bound=2"):
        D.Wishart(2.0, double(COVARIANCE))


def test_gradients_through_wishart_draws() -> None:
    at.manual_seed(0)
    df, scale = leaf(np.full(COUNT, 4.5)), leaf(LOWER)
    D.Wishart(df, scale_tril=scale).rsample()[:, 0, 1].sum().backward()
    each = df.grad.numpy()
    near(each.mean(), COVARIANCE[0, 1], each)  # E[X] = df · covariance


# -- mixtures --------------------------------------------------------------------------------------


def mixture() -> D.MixtureSameFamily:
    loc, scale = double([-1.0, 0.5, 3.0]), double([0.5, 1.0, 0.3])
    return D.MixtureSameFamily(D.Categorical(double(PROBS)), D.Normal(loc, scale))


def test_a_mixture() -> None:
    one = mixture()
    x = np.linspace(-2, 4, 9)
    each = np.exp(-((x[:, None] - [-1, 0.5, 3]) ** 2) / (2 * np.array([0.5, 1, 0.3]) ** 2))
    density = (PROBS * each / (np.array([0.5, 1, 0.3]) * math.sqrt(2 * math.pi))).sum(-1)
    np.testing.assert_allclose(one.log_prob(double(x)).numpy(), np.log(density), rtol=1e-12)
    assert float(one.mean) == pytest.approx(-0.2 + 0.25 + 0.9)
    square = np.sum(PROBS * (np.array([1, 0.25, 9]) + np.array([0.25, 1, 0.09])))
    assert float(one.variance) == pytest.approx(square - 0.95**2)
    assert_moments(one)
    cdf = one.cdf(double(x)).numpy()
    slopes = (one.cdf(double(x + 1e-6)) - one.cdf(double(x - 1e-6))).numpy() / 2e-6
    np.testing.assert_allclose(slopes, density, rtol=1e-6)
    assert 0 < cdf.min() < cdf.max() < 1


def test_mixtures_of_vectors_in_batches() -> None:
    loc = double(rng.normal(size=(4, 3, 2)))
    parts = D.Independent(D.Normal(loc, 0.5), 1)
    one = D.MixtureSameFamily(D.Categorical(double(PROBS)), parts)
    assert one.batch_shape == (4,)
    assert one.event_shape == (2,)
    assert_moments(one)
    x = one.sample((5,))
    assert x.shape == (5, 4, 2)
    assert one.log_prob(x).shape == (5, 4)
    wide = one.expand((2, 4))
    assert wide.sample((5,)).shape == (5, 2, 4, 2)
    assert "Categorical(probs" in repr(one)
    assert one.support.event_dim == 1
    with pytest.raises(ValueError, match="3 classes but components of batch shape"):
        D.MixtureSameFamily(D.Categorical(double(PROBS)), D.Normal(double([0.0, 1.0]), 1.0))
    with pytest.raises(TypeError, match="mixture_distribution must be a Categorical, got Normal"):
        D.MixtureSameFamily(D.Normal(0.0, 1.0), parts)  # type: ignore[arg-type]


def test_a_mixture_of_numbers_says_where_they_may_lie() -> None:
    parts = made("Gamma", wrap=lambda value: double([value, 2 * value]))
    one = D.MixtureSameFamily(D.Categorical(double([0.5, 0.5])), parts)
    with pytest.raises(ValueError, match="MixtureSameFamilyConstraint"):
        one.log_prob(double(-1.0))
