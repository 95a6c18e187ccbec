"""Transforms, constraints and the registries that lead from one to the other."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D
from autotensor.distributions import constraints, transforms
from tests.helpers import array_of

rng = np.random.default_rng(0)


def double(value: Any) -> at.Tensor:
    return at.tensor(value, dtype=at.float64)


#: A transform of either library, and values of its domain.
MADE: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "abs": (lambda d: d.AbsTransform(), rng.random(5) + 0.1),
    "affine": (lambda d: d.AffineTransform(0.5, -2.0), rng.normal(size=5)),
    "affine of vectors": (lambda d: d.AffineTransform(0.5, 3.0, 1), rng.normal(size=(2, 3))),
    "exp": (lambda d: d.ExpTransform(), rng.normal(size=5)),
    "power": (lambda d: d.PowerTransform(-2.0), rng.random(5) + 0.1),
    "sigmoid": (lambda d: d.SigmoidTransform(), rng.normal(size=5)),
    "softplus": (lambda d: d.SoftplusTransform(), rng.normal(size=5)),
    "tanh": (lambda d: d.TanhTransform(), rng.normal(size=5)),
    "identity": (lambda d: d.transforms.identity_transform, rng.normal(size=5)),
    "composed": (
        lambda d: d.ComposeTransform([d.AffineTransform(0.1, 0.5), d.TanhTransform()]),
        rng.normal(size=5),
    ),
    "composed of numbers and vectors": (
        lambda d: d.ComposeTransform([d.AffineTransform(0.1, 0.5), d.StickBreakingTransform()]),
        rng.normal(size=(2, 3)),
    ),
    "the inverse": (lambda d: d.SigmoidTransform().inv, rng.random(5) * 0.9 + 0.05),
    "independent": (lambda d: d.IndependentTransform(d.ExpTransform(), 1), rng.normal(size=(2, 3))),
    "reshape": (lambda d: d.ReshapeTransform((2, 3), (3, 2)), rng.normal(size=(4, 2, 3))),
    "softmax": (lambda d: d.SoftmaxTransform(), rng.normal(size=(2, 4))),
    "stick-breaking": (lambda d: d.StickBreakingTransform(), rng.normal(size=(2, 4))),
    "lower Cholesky": (lambda d: d.LowerCholeskyTransform(), rng.normal(size=(2, 3, 3))),
    "positive definite": (
        lambda d: d.PositiveDefiniteTransform(), np.tril(rng.normal(size=(2, 3, 3))),
    ),
    "correlations": (lambda d: d.CorrCholeskyTransform(), rng.normal(size=(2, 6))),
    "cat": (
        lambda d: d.CatTransform([d.ExpTransform(), d.TanhTransform()], dim=0, lengths=[2, 3]),
        rng.normal(size=(5, 2)),
    ),
    "stack": (
        lambda d: d.StackTransform([d.ExpTransform(), d.AffineTransform(1, 2)], dim=1),
        rng.normal(size=(3, 2)),
    ),
    "a distribution function": (
        lambda d: d.CumulativeDistributionTransform(d.Normal(0.5, 2.0)), rng.normal(size=5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_back_and_forth(name: str) -> None:
    make, x = MADE[name]
    transform = make(D)
    given = double(x)
    y = transform(given)
    if name not in ("softmax",):
        expected = np.tril(x) if name == "lower Cholesky" else x
        np.testing.assert_allclose(transform.inv(y).numpy(), expected, rtol=1e-9, atol=1e-12)
    assert tuple(y.shape) == tuple(transform.forward_shape(given.shape))
    assert tuple(given.shape) == tuple(transform.inverse_shape(y.shape))
    assert transform.inv.inv is transform
    assert constraints.holds(transform.codomain, y)
    assert constraints.holds(transform.domain, given)
    for copied in (copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        np.testing.assert_array_equal(copied(given).numpy(), y.numpy())


def jacobian(transform: Any, x: at.Tensor) -> np.ndarray:
    """By differences, of flattened values."""
    columns = []
    for k in range(x.numel()):
        step = np.zeros(x.numel())
        step[k] = 1e-6
        step = step.reshape(x.shape)
        more, less = transform(x + double(step)), transform(x - double(step))
        columns.append((more - less).numpy().ravel() / 2e-6)
    return np.stack(columns, -1)


@pytest.mark.parametrize(
    "name", ["affine", "exp", "power", "sigmoid", "softplus", "tanh", "composed", "the inverse",
             "a distribution function"],
)  # fmt: skip
def test_volume_changes_of_numbers(name: str) -> None:
    make, x = MADE[name]
    transform = make(D)
    given = double(x)
    slopes = np.diag(jacobian(transform, given))
    found = transform.log_abs_det_jacobian(given, transform(given)).numpy()
    np.testing.assert_allclose(found, np.log(np.abs(slopes)), rtol=1e-6, atol=1e-8)
    assert (np.sign(slopes) == transform.sign).all()


def test_volume_changes_of_vectors() -> None:
    x = double(rng.normal(size=3))
    square = D.IndependentTransform(D.ExpTransform(), 1)
    wanted = np.linalg.slogdet(jacobian(square, x))[1]
    assert float(square.log_abs_det_jacobian(x, square(x))) == pytest.approx(wanted, rel=1e-6)
    sticks = D.StickBreakingTransform()
    wanted = np.linalg.slogdet(jacobian(sticks, x)[:-1])[1]  # the last piece follows
    assert float(sticks.log_abs_det_jacobian(x, sticks(x))) == pytest.approx(wanted, rel=1e-6)
    factor = D.CorrCholeskyTransform()
    rows = [3 * i + j for i in range(3) for j in range(i)]
    wanted = np.linalg.slogdet(jacobian(factor, x)[rows])[1]
    assert float(factor.log_abs_det_jacobian(x, factor(x))) == pytest.approx(wanted, rel=1e-6)


def test_equal_pieces_of_a_stick() -> None:
    np.testing.assert_allclose(D.StickBreakingTransform()(double(np.zeros(3))).numpy(), 0.25)


@pytest.mark.parametrize("name", MADE)
def test_transforms_against_pytorch(torch: ModuleType, name: str) -> None:
    make, x = MADE[name]
    parts = []
    for library, kinds in ((at, D), (torch, torch.distributions)):
        transform, given = make(kinds), library.from_numpy(x.copy()).requires_grad_()
        y = transform(given)
        found = [y, transform.inv(y)]
        try:
            change = transform.log_abs_det_jacobian(given, y)
            (change.sum() + y.sum()).backward()
            found += [change, given.grad]
        except NotImplementedError:
            pass
        facts = (transform.bijective, transform.domain.event_dim, transform.codomain.event_dim)
        parts.append((found, facts, repr(transform)))
    assert parts[0][1:] == parts[1][1:]
    assert len(parts[0][0]) == len(parts[1][0])
    for one, other in zip(parts[0][0], parts[1][0], strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(array_of(one), array_of(other), rtol=1e-9, atol=1e-9)


# -- what is kept ----------------------------------------------------------------------------------


def test_a_cache_makes_the_inverse_exact() -> None:
    x = double([30.0, -40.0])  # where tanh is 1
    kept = D.TanhTransform(cache_size=1)
    assert kept.inv(kept(x)) is x
    assert kept.inv(kept(x).clone()).isinf().all()
    assert not D.TanhTransform().inv(D.TanhTransform()(x)).isfinite().any()
    whole = D.ComposeTransform([D.AffineTransform(0, 2), D.TanhTransform()], cache_size=1)
    assert whole.inv(whole(x)) is x
    y = kept(x)
    assert kept(x) is y
    assert kept.with_cache(1) is kept
    again = D.AffineTransform(1, 2, event_dim=1).with_cache()
    assert isinstance(again, D.AffineTransform)
    assert (again.loc, again.scale, again.event_dim, again._cache_size) == (1, 2, 1, 1)
    with pytest.raises(ValueError, match="TanhTransform: cache_size must be 0 or 1, got 2"):
        D.TanhTransform(cache_size=2)


def test_which_transforms_are_equal() -> None:
    assert D.ExpTransform() == D.ExpTransform()
    assert D.ExpTransform() != D.TanhTransform()
    assert D.AffineTransform(0, 2) == D.AffineTransform(0, 2)
    assert D.AffineTransform(0, 2) != D.AffineTransform(0, 3)
    assert D.AffineTransform(0, double([2.0])) == D.AffineTransform(0, double([2.0]))
    assert D.PowerTransform(2) == D.PowerTransform(2)
    assert D.ExpTransform().inv == D.ExpTransform().inv
    both = [D.ExpTransform(), D.AffineTransform(1, 2)]
    assert D.ComposeTransform(both) == D.ComposeTransform(list(both))
    assert len({D.ExpTransform(), D.ExpTransform()}) == 2  # by identity, as ever


def test_a_transform_of_ones_own() -> None:
    class Cube(transforms.Transform):
        domain = codomain = constraints.real
        bijective = True
        sign = +1

        def _call(self, x: at.Tensor) -> at.Tensor:
            return x**3

    cube = Cube()
    assert cube(double(2.0)).item() == 8
    with pytest.raises(NotImplementedError, match="Cube: _inverse is not defined"):
        cube.inv(double(8.0))
    with pytest.raises(NotImplementedError, match="log_abs_det_jacobian is not defined"):
        cube.log_abs_det_jacobian(double(2.0), double(8.0))
    assert cube.with_cache() is not cube
    assert cube != Cube()


def test_refusals_of_transforms() -> None:
    with pytest.raises(ValueError, match=r"ends in \(2, 3\), got \(3, 2\)"):
        D.ReshapeTransform((2, 3), (6,))(at.ones(3, 2))
    with pytest.raises(ValueError, match="differ in how many elements"):
        D.ReshapeTransform((2, 3), (5,))
    with pytest.raises(ValueError, match="expected at least 1 dims"):
        D.IndependentTransform(D.ExpTransform(), 1)(at.tensor(1.0))
    with pytest.raises(ValueError, match="StackTransform: expected size 2 along dim 0"):
        D.StackTransform([D.ExpTransform(), D.ExpTransform()])(at.ones(3))
    with pytest.raises(IndexError, match="CatTransform: there is no dim 1"):
        D.CatTransform([D.ExpTransform()], dim=1)(at.ones(1))
    with pytest.raises(ValueError, match="1 transforms but 2 lengths"):
        D.CatTransform([D.ExpTransform()], lengths=[1, 2])
    with pytest.raises(TypeError, match="expected a list of transforms"):
        D.StackTransform([1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="fill no triangle"):
        D.CorrCholeskyTransform().forward_shape((5,))
    with pytest.raises(ValueError, match="domain and codomain differ"):
        D.ReshapeTransform((2, 3), (6,)).event_dim


# -- transformed distributions ---------------------------------------------------------------------


def test_a_logistic_distribution() -> None:
    uniform = D.Uniform(double(0.0), double(1.0))
    stretch = D.AffineTransform(loc=0.5, scale=2.0)
    one = D.TransformedDistribution(uniform, [D.SigmoidTransform().inv, stretch])
    x = np.linspace(-4, 6, 9)
    s = 1 / (1 + np.exp(-(x - 0.5) / 2))
    np.testing.assert_allclose(one.log_prob(double(x)).numpy(), np.log(s * (1 - s) / 2), rtol=1e-9)
    np.testing.assert_allclose(one.cdf(double(x)).numpy(), s, rtol=1e-9)
    np.testing.assert_allclose(one.icdf(double(s)).numpy(), x, rtol=1e-9)


def test_a_decreasing_transform_turns_the_distribution_function_round() -> None:
    one = D.TransformedDistribution(D.Exponential(double(1.0)), D.AffineTransform(0.0, -2.0))
    assert float(one.cdf(double(-2.0))) == pytest.approx(math.exp(-1))
    assert float(one.icdf(double(math.exp(-1)))) == pytest.approx(-2)
    several = D.TransformedDistribution(
        D.Exponential(double([1.0, 1.0])), D.AffineTransform(0.0, double([-2.0, 2.0]))
    )
    np.testing.assert_allclose(
        several.cdf(double([-2.0, 2.0])).numpy(), [math.exp(-1), 1 - math.exp(-1)]
    )


def test_shapes_of_transformed_distributions() -> None:
    one = D.TransformedDistribution(D.Normal(0.0, 1.0), D.AffineTransform(at.zeros(3), 1.0))
    assert one.batch_shape == (3,)
    assert one.sample((2,)).shape == (2, 3)
    sticks = D.TransformedDistribution(D.Normal(at.zeros(4, 3), 1.0), D.StickBreakingTransform())
    assert (sticks.batch_shape, sticks.event_shape) == ((4,), (4,))
    assert sticks.log_prob(sticks.sample((2,))).shape == (2, 4)
    assert sticks.expand((5, 4)).sample().shape == (5, 4, 4)
    with pytest.raises(ValueError, match="the transforms need 1 dims"):
        D.TransformedDistribution(D.Normal(0.0, 1.0), D.StickBreakingTransform())
    with pytest.raises(
        TypeError, match="transforms must be a Transform or a list of them, got str"
    ):
        D.TransformedDistribution(D.Normal(0.0, 1.0), ["exp"])  # type: ignore[list-item]


# -- constraints -----------------------------------------------------------------------------------

UNIT = np.array([[0.2, 0.8], [0.5, 0.6], [1.2, -0.2]])
SQUARE = np.array([[[2.0, 0.5], [0.5, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.3, -1.0]]])
NUMBERS = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, math.inf, math.nan])

CHECKS: dict[str, tuple[Callable[[Any], Any], np.ndarray, list[bool]]] = {
    "real": (lambda c: c.real, NUMBERS, [True] * 7 + [False]),
    "positive": (lambda c: c.positive, NUMBERS, [False] * 2 + [True] * 5 + [False]),
    "nonnegative": (lambda c: c.nonnegative, NUMBERS, [False] + [True] * 6 + [False]),
    "less_than": (lambda c: c.less_than(1.0), NUMBERS, [True] * 3 + [False] * 5),
    "unit_interval": (lambda c: c.unit_interval, NUMBERS, [False] + [True] * 3 + [False] * 4),
    "half_open_interval": (
        lambda c: c.half_open_interval(0.0, 1.0), NUMBERS, [False, True, True] + [False] * 5,
    ),
    "boolean": (lambda c: c.boolean, NUMBERS, [False, True, False, True] + [False] * 4),
    "nonnegative_integer": (
        lambda c: c.nonnegative_integer, NUMBERS[:-2], [False, True, False, True, True, True],
    ),
    "positive_integer": (
        lambda c: c.positive_integer, NUMBERS[:-2], [False, False, False, True, True, True],
    ),
    "integer_interval": (
        lambda c: c.integer_interval(0, 2), NUMBERS[:-2], [False, True, False, True, True, False],
    ),
    "real_vector": (lambda c: c.real_vector, UNIT, [True] * 3),
    "simplex": (lambda c: c.simplex, UNIT, [True, False, False]),
    "one_hot": (
        lambda c: c.one_hot, np.array([[0.0, 1.0], [1.0, 1.0], [0.5, 0.5]]), [True, False, False],
    ),
    "multinomial": (
        lambda c: c.multinomial(2), np.array([[1.0, 1], [3, 0], [-1, 1]]), [True, False, False],
    ),
    "square": (lambda c: c.square, SQUARE, [True] * 3),
    "symmetric": (lambda c: c.symmetric, SQUARE, [True, True, False]),
    "positive_definite": (lambda c: c.positive_definite, SQUARE[:2], [True, False]),
    "positive_semidefinite": (
        lambda c: c.positive_semidefinite, np.stack([np.ones((2, 2)), SQUARE[1]]), [True, False],
    ),
    "lower_triangular": (lambda c: c.lower_triangular, np.tril(SQUARE[2:]), [True]),
    "lower_cholesky": (
        lambda c: c.lower_cholesky, np.concatenate([np.tril(SQUARE[:1]), SQUARE]),
        [True, False, False, False],
    ),
    "corr_cholesky": (
        lambda c: c.corr_cholesky, np.array([[[1.0, 0], [0.6, 0.8]], [[1.0, 0], [0.6, 0.9]]]),
        [True, False],
    ),
    "cat": (
        lambda c: c.cat([c.positive, c.real], 0, [1, 2]), np.array([-1.0, -1, 2]),
        [False, True, True],
    ),
    "stack": (
        lambda c: c.stack([c.positive, c.real], 0), np.array([-1.0, -1.0]), [False, True],
    ),
    "independent": (
        lambda c: c.independent(c.positive, 1), np.array([[1.0, 2], [-1, 2]]), [True, False],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_constraint_accepts(name: str) -> None:
    make, values, wanted = CHECKS[name]
    found = make(constraints).check(double(values))
    assert found.dtype == at.bool
    assert found.tolist() == wanted


@pytest.mark.parametrize("name", CHECKS)
def test_constraints_against_pytorch(torch: ModuleType, name: str) -> None:
    make, values, _ = CHECKS[name]
    ours, theirs = make(constraints), make(torch.distributions.constraints)
    assert ours.check(double(values)).tolist() == theirs.check(torch.tensor(values)).tolist()
    assert (ours.event_dim, ours.is_discrete) == (theirs.event_dim, theirs.is_discrete)
    if name not in ("multinomial",):
        assert repr(ours).partition("(")[0] == repr(theirs).partition("(")[0]


def test_dependent_constraints() -> None:
    assert constraints.is_dependent(D.Uniform.support)
    assert not constraints.is_dependent(constraints.real)
    assert D.Uniform.support.event_dim == 0
    assert constraints.dependent(event_dim=2).event_dim == 2
    with pytest.raises(NotImplementedError, match="is_discrete of a dependent constraint"):
        constraints.dependent.is_discrete
    with pytest.raises(ValueError, match="cannot check values"):
        constraints.dependent.check(at.ones(2))
    with pytest.raises(ValueError, match="at least 2 dims, got shape"):
        constraints.independent(constraints.real, 2).check(at.ones(2))
    with pytest.raises(ValueError, match="must be a number of dims, got -1"):
        constraints.independent(constraints.real, -1)


REACHED = {
    "real": (3,), "positive": (3,), "nonnegative": (3,), "less_than": (3,), "unit_interval": (3,),
    "half_open_interval": (3,), "real_vector": (2, 3), "simplex": (2, 3),
    "positive_definite": (3, 3), "positive_semidefinite": (3, 3), "lower_cholesky": (3, 3),
    "corr_cholesky": (3,), "independent": (2, 3), "cat": (3,), "stack": (2,),
}  # fmt: skip


@pytest.mark.parametrize("name", REACHED)
@pytest.mark.parametrize("registry", ["transform_to", "biject_to"])
def test_registered_transforms_lead_to_the_constraint(name: str, registry: str) -> None:
    constraint = CHECKS[name][0](constraints)
    only_transform = name in ("positive_definite", "positive_semidefinite", "lower_cholesky")
    if registry == "biject_to" and only_transform:
        with pytest.raises(NotImplementedError, match="no transform to"):
            D.biject_to(constraint)
        return
    transform = getattr(D, registry)(constraint)
    x = double(rng.normal(size=REACHED[name]))
    y = transform(x)
    assert constraints.holds(constraint, y)
    if registry == "biject_to":
        assert transform.bijective
        np.testing.assert_allclose(transform.inv(y).numpy(), x.numpy(), rtol=1e-9, atol=1e-9)


def test_intervals_of_tensors_are_reached() -> None:
    low, high = double([0.0, 1.0]), double([2.0, 5.0])
    y = D.biject_to(D.Uniform(low, high).support)(double([[-30.0, 30.0], [0.0, 0.0]]))
    np.testing.assert_allclose(y.numpy(), [[0, 5], [1, 3]], atol=1e-9)


def test_a_registry_of_ones_own() -> None:
    from autotensor.distributions.constraint_registry import ConstraintRegistry

    registry = ConstraintRegistry()

    @registry.register(constraints.positive)
    def _positive(constraint: Any) -> Any:
        return D.SoftplusTransform()

    assert registry(constraints.greater_than(3.0)) == D.SoftplusTransform()
    with pytest.raises(TypeError, match="transform_to: expected a constraint, got Tensor"):
        D.transform_to(at.ones(2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ExpTransform: input must be a Tensor, got float"):
        D.ExpTransform()(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a constraint or its class, got 'positive'"):
        registry.register("positive", _positive)
