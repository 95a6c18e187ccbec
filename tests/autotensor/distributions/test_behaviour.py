"""What all distributions share: validation, laziness, seeds, expansion, subclasses."""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import autotensor.distributions as D
import nn
from autotensor.distributions import constraints
from autotensor.distributions.utils import (
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)
from tests.autotensor.distributions.plain import EACH, PLAIN, made
from tests.helpers import attempt

# -- names -----------------------------------------------------------------------------------------


def test_the_modules_have_pytorchs_names(torch: ModuleType) -> None:
    from pkgutil import iter_modules

    names = [one.name for one in iter_modules(torch.distributions.__path__)]
    assert len(names) > 40
    for name in names:
        ours = importlib.import_module(f"autotensor.distributions.{name}")
        theirs = importlib.import_module(f"torch.distributions.{name}")
        missing = set(getattr(theirs, "__all__", ())) - set(dir(ours))
        assert not missing, name
    assert set(torch.distributions.__all__) <= set(D.__all__)


def test_arguments_have_pytorchs_names(torch: ModuleType) -> None:
    import inspect

    for name in torch.distributions.__all__:
        theirs = getattr(torch.distributions, name)
        if isinstance(theirs, type):
            ours = inspect.signature(getattr(D, name).__init__).parameters
            wanted = inspect.signature(theirs.__init__).parameters
            assert list(ours) == list(wanted), name
            for key, one in wanted.items():
                if one.default is not inspect.Parameter.empty and key != "batch_shape":
                    assert ours[key].default == one.default or key == "event_shape", (name, key)


# -- validation ------------------------------------------------------------------------------------


def test_a_wrong_parameter_is_named_with_its_constraint_and_value() -> None:
    with pytest.raises(ValueError, match=r"Normal: scale \(shape \(2,\)\) must satisfy Greater"):
        D.Normal(0.0, at.tensor([1.0, -1.0]))
    with pytest.raises(
        ValueError, match=r"GreaterThan\(lower_bound=0.0\), but is tensor\(\[ 1., -1"
    ):
        D.Normal(0.0, at.tensor([1.0, -1.0]))
    with pytest.raises(ValueError, match=r"loc .* must satisfy Real"):
        D.Normal(float("nan"), 1.0)
    with pytest.raises(ValueError, match="Bernoulli: probs"):
        D.Bernoulli(1.5)
    with pytest.raises(ValueError, match=r"Categorical: probs .* Simplex"):
        D.Categorical(at.tensor([-1.0, 2.0]))
    with pytest.raises(ValueError, match=r"MultivariateNormal: covariance_matrix .* PositiveDef"):
        D.MultivariateNormal(at.zeros(2), at.tensor([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ValueError, match="Uniform: low must be below high, got 1"):
        D.Uniform(1.0, 1.0)
    with pytest.raises(ValueError, match="Geometric: probs must be above 0"):
        D.Geometric(0.0)


def test_other_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="Normal: loc must be a Tensor or a number, got str"):
        D.Normal("0", 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Beta: concentration0 must be a Tensor or a number"):
        D.Beta(1.0, [2.0])  # type: ignore[arg-type]
    with pytest.raises(
        RuntimeError, match=r"Normal: the shapes of loc \(2,\), scale \(3,\) do not"
    ):
        D.Normal(at.ones(2), at.ones(3))
    with pytest.raises(ValueError, match="expected one of probs, logits, got none"):
        D.Bernoulli()
    with pytest.raises(ValueError, match="expected one of probs, logits, got probs and logits"):
        D.Categorical(at.ones(2), logits=at.ones(2))
    with pytest.raises(ValueError, match="Categorical: probs must be a Tensor of at least one dim"):
        D.Categorical(at.tensor(0.5))
    with pytest.raises(ValueError, match="scale_tril must be a Tensor"):
        D.MultivariateNormal(at.zeros(2), scale_tril=at.ones(2))
    with pytest.raises(ValueError, match="does not go with matrices of 2 rows"):
        D.MultivariateNormal(at.zeros(3), at.eye(2))
    with pytest.raises(ValueError, match="agree in n"):
        D.LowRankMultivariateNormal(at.zeros(3), at.ones(2, 1), at.ones(3))
    with pytest.raises(ValueError, match="LKJCholesky: dim must be an int of at least 2, got 1"):
        D.LKJCholesky(1)
    with pytest.raises(ValueError, match="reinterpreted_batch_ndims is 2"):
        D.Independent(D.Normal(at.zeros(3), 1.0), 2)
    with pytest.raises(ValueError, match="must have at least 1 dims"):
        D.Dirichlet(at.tensor(1.0))


def test_values_are_checked() -> None:
    one = D.Exponential(at.ones(3))
    with pytest.raises(ValueError, match="Exponential: value must be a Tensor, got float; wrap it"):
        one.log_prob(1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"value \(shape \(1,\)\) must lie in the support Greater"):
        one.log_prob(at.tensor([-1.0]))
    with pytest.raises(ValueError, match=r"value of shape \(2,\) does not broadcast"):
        one.cdf(at.ones(2))
    with pytest.raises(ValueError, match="the last dims of value must be the event shape"):
        D.MultivariateNormal(at.zeros(2), at.eye(2)).log_prob(at.ones(3))
    with pytest.raises(TypeError, match=r"sample_shape must be a tuple of sizes, got 3; .* \(n,\)"):
        one.sample(3)  # type: ignore[arg-type]


def test_nothing_is_checked_where_that_is_said() -> None:
    one = D.Normal(0.0, -1.0, validate_args=False)
    assert np.isnan(one.log_prob(at.tensor(0.0)).numpy())
    loose = D.Exponential(1.0, validate_args=False)
    assert float(loose.log_prob(at.tensor(-1.0))) == 1
    wide = loose.expand((2,))
    assert wide.log_prob(at.tensor([-1.0, -2.0])).tolist() == [1, 2]


@pytest.fixture
def default() -> Iterator[None]:
    yield
    D.Distribution.set_default_validate_args(True)


@pytest.mark.usefixtures("default")
def test_the_default_can_be_changed() -> None:
    D.Distribution.set_default_validate_args(False)
    D.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match="scale"):
        D.Normal(0.0, -1.0, validate_args=True)
    with pytest.raises(ValueError, match="expected True or False, got 3"):
        D.Distribution.set_default_validate_args(3)  # type: ignore[arg-type]


# -- parameters ------------------------------------------------------------------------------------


def test_numbers_take_the_dtype_of_tensors() -> None:
    assert D.Normal(at.zeros(2, dtype=at.float64), 1).scale.dtype == at.float64
    assert D.Normal(0, 1).sample().dtype == at.float32
    assert D.Normal(0, 1).batch_shape == at.Size()
    assert isinstance(D.Normal(at.zeros(2), 1).batch_shape, at.Size)


@pytest.mark.parametrize("kind", [D.Bernoulli, D.Geometric, D.ContinuousBernoulli])
def test_probabilities_and_logits_follow_each_other(kind: Any) -> None:
    given = at.tensor([0.2, 0.7], dtype=at.float64)
    one = kind(given)
    assert "logits" not in vars(one)
    np.testing.assert_allclose(one.logits.numpy(), np.log(given.numpy() / (1 - given.numpy())))
    assert one.logits is one.logits
    back = kind(logits=one.logits)
    np.testing.assert_allclose(back.probs.numpy(), given.numpy())
    assert one.param_shape == (2,)
    wide = one.expand((3, 2))
    assert wide.logits.shape == (3, 2)


def test_what_is_computed_later_has_a_graph() -> None:
    probs = at.tensor([0.2, 0.8], requires_grad=True)
    one = D.Categorical(probs)
    with at.no_grad():
        logits = one.logits
    logits[0].backward()
    np.testing.assert_allclose(probs.grad.numpy(), [1 / 0.2 - 1, -1], rtol=1e-5)


@pytest.mark.parametrize("name", EACH)
def test_copies(name: str) -> None:
    one = made(name)
    for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        at.manual_seed(0)
        x = one.sample((3,))
        at.manual_seed(0)
        assert other.sample((3,)).tolist() == x.tolist()
        assert repr(other) == repr(one)


@pytest.mark.parametrize("name", EACH)
def test_draws_without_gradients_have_none(name: str) -> None:
    one = made(name, wrap=lambda value: at.tensor(float(value), requires_grad=True))
    assert not one.sample((2,)).requires_grad
    if one.has_rsample:
        assert one.rsample((2,)).requires_grad
    else:
        with pytest.raises(NotImplementedError, match="rsample, draws with a gradient, is not"):
            one.rsample()


@pytest.mark.parametrize("name", EACH)
def test_what_is_not_defined_says_so(name: str) -> None:
    one = made(name)
    for what in ("cdf", "icdf", "entropy", "enumerate_support"):
        given = (at.tensor(0.5),) if "cdf" in what else ()
        if isinstance(refusal := attempt(lambda: getattr(one, what)(*given)), NotImplementedError):  # noqa: B023
            assert f"{type(one).__name__}: " in str(refusal)
            assert "not defined" in str(refusal)


# -- subclasses ------------------------------------------------------------------------------------


class Clipped(D.Normal):
    """As a user may derive one."""

    def __init__(self, loc: at.Tensor, scale: float, limit: float) -> None:
        super().__init__(loc, scale)
        self.limit = limit

    def sample(self, sample_shape: Any = ()) -> at.Tensor:
        return super().sample(sample_shape).clamp(-self.limit, self.limit)


def test_a_subclass_is_expanded_with_what_it_has() -> None:
    wide = Clipped(at.zeros(2), 5.0, 0.1).expand((4, 2))
    assert wide.sample((9,)).abs().max().item() == pytest.approx(0.1)
    assert wide.sample().shape == (4, 2)


class Triangle(D.Distribution):
    """On (0, 1) with density 2x: of a user's own, from nothing."""

    arg_constraints = {}  # noqa: RUF012
    support = constraints.unit_interval

    def rsample(self, sample_shape: Any = ()) -> at.Tensor:
        return at.rand(self._extended_shape(sample_shape)).sqrt()

    def log_prob(self, value: at.Tensor) -> at.Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (2 * value).log()


def test_a_distribution_from_nothing() -> None:
    one = Triangle((2,))
    assert repr(one) == "Triangle()"
    assert one.sample((3,)).shape == (3, 2)
    with pytest.raises(ValueError, match="Triangle: value"):
        one.log_prob(at.tensor([2.0, 0.5]))
    with pytest.raises(NotImplementedError, match="Triangle: mean is not defined"):
        one.mean
    whole = D.TransformedDistribution(D.Independent(one, 1), D.AffineTransform(1.0, 2.0))
    assert whole.sample().shape == (2,)


class Bare(D.Distribution):
    """Without anything."""


def test_what_a_subclass_should_say_is_asked_for() -> None:
    with pytest.warns(UserWarning, match="Bare has no arg_constraints"):
        one = Bare()
    with pytest.warns(UserWarning, match="Bare has no support"):
        one._validate_sample(at.tensor(1.0))
    with pytest.raises(NotImplementedError, match="Bare: expand is not defined"):
        one.expand((2,))
    with pytest.raises(NotImplementedError, match="Bare: the tuple"):
        type("Bare", (D.ExponentialFamily,), {"arg_constraints": {}})().entropy()


class Scale(D.Transform, nn.Module):
    """A transform with a parameter, as flows have them."""

    domain = codomain = constraints.real
    bijective = True
    __hash__ = nn.Module.__hash__

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(at.zeros(()))

    def _call(self, x: at.Tensor) -> at.Tensor:
        return x * self.log_scale.exp()

    def _inverse(self, y: at.Tensor) -> at.Tensor:
        return y * (-self.log_scale).exp()

    def log_abs_det_jacobian(self, x: at.Tensor, y: at.Tensor) -> at.Tensor:
        return self.log_scale.expand(x.shape)


def test_a_flow_learns_a_scale() -> None:
    scale = Scale()
    flow = D.TransformedDistribution(D.Normal(0.0, 1.0), [scale])
    data = at.tensor([-2.0, 2.0, 1.0, -1.0])
    optimizer = nn.optim.Adam(scale.parameters(), lr=0.1)
    for _ in range(200):
        loss = -flow.log_prob(data).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert scale.log_scale.exp().item() == pytest.approx(np.sqrt(2.5), rel=1e-3)


def test_entropies_of_exponential_families_follow_from_their_normalizers() -> None:
    for name in ("Normal", "Exponential", "Gamma", "Bernoulli", "Beta", "ContinuousBernoulli"):
        one = made(name, wrap=lambda value: at.tensor(value, dtype=at.float64, requires_grad=True))
        found = D.ExponentialFamily.entropy(one)
        assert float(found) == pytest.approx(float(one.entropy()))
    vector = D.Dirichlet(at.tensor([0.7, 1.2, 3.0], dtype=at.float64))
    assert float(D.ExponentialFamily.entropy(vector)) == pytest.approx(float(vector.entropy()))
    matrix = D.Wishart(4.5, at.tensor([[1.0, 0.2], [0.2, 0.5]], dtype=at.float64))
    assert float(D.ExponentialFamily.entropy(matrix)) == pytest.approx(float(matrix.entropy()))
    with pytest.raises(NotImplementedError, match="Poisson: _mean_carrier_measure"):
        D.Poisson(2.0).entropy()
    parameter = at.tensor(0.8, dtype=at.float64, requires_grad=True)
    D.ExponentialFamily.entropy(D.Exponential(parameter)).backward()
    assert float(parameter.grad) == pytest.approx(-1 / 0.8)


# -- what they are made with -----------------------------------------------------------------------


def test_utilities() -> None:
    a, b = broadcast_all(1, at.zeros(2, 1))
    assert a.shape == b.shape == (2, 1)
    with pytest.raises(TypeError, match="broadcast_all: value 1 must be a Tensor or a number"):
        broadcast_all(1, "2")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="do not broadcast"):
        broadcast_all(at.ones(2), at.ones(3))
    eps = at.finfo(at.float32).eps
    assert clamp_probs(at.tensor([0.0, 0.5, 1.0])).tolist() == [eps, 0.5, 1 - eps]
    probs = at.tensor([0.2, 0.8])
    np.testing.assert_allclose(logits_to_probs(probs_to_logits(probs)).numpy(), probs.numpy())
    binary = logits_to_probs(probs_to_logits(probs, is_binary=True), is_binary=True)
    np.testing.assert_allclose(binary.numpy(), probs.numpy(), rtol=1e-6)
    assert isinstance(D.Bernoulli.probs, lazy_property)


@pytest.mark.parametrize("diag", [-2, -1, 0, 1, 2])
def test_triangles(torch: ModuleType, diag: int) -> None:
    matrix = np.arange(1.0, 17).reshape(4, 4)
    vector = tril_matrix_to_vec(at.tensor(matrix), diag)
    theirs = torch.distributions.utils.tril_matrix_to_vec(torch.tensor(matrix), diag)
    assert vector.tolist() == theirs.tolist()
    assert vec_to_tril_matrix(vector, diag).tolist() == np.tril(matrix, diag).tolist()
    with pytest.raises(ValueError, match=r"diag must be in \[-4, 3\], got 4"):
        tril_matrix_to_vec(at.tensor(matrix), 4)
    with pytest.raises(ValueError, match="4 entries do not fill a lower triangle"):
        vec_to_tril_matrix(at.ones(4))


def test_every_plain_distribution_is_public() -> None:
    assert {name.partition(" ")[0] for name in PLAIN} <= set(D.__all__)


@pytest.mark.parametrize(
    "one",
    [
        D.Categorical(at.tensor([0.2, 0.8])),
        D.OneHotCategorical(at.tensor([0.2, 0.8])),
        D.Dirichlet(at.ones(3)),
        D.MultivariateNormal(at.zeros(2), at.eye(2)),
        D.LowRankMultivariateNormal(at.zeros(2), at.ones(2, 1), at.ones(2)),
        D.Independent(D.Normal(at.zeros(3), 1.0), 1),
        D.Wishart(3.0, at.eye(2)),
        D.LKJCholesky(3),
        D.LogisticNormal(at.zeros(2), 1.0),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_event_stays_whole_when_its_distribution_is_expanded(one: D.Distribution) -> None:
    wide = one.expand((4,))
    assert wide.batch_shape == (4,)
    assert wide.event_shape == one.event_shape
    x = wide.sample((2,))
    assert x.shape == (2, 4, *one.event_shape)
    np.testing.assert_allclose(wide.log_prob(x).numpy(), one.log_prob(x).numpy(), rtol=1e-5)
