"""Every distribution, batched, against PyTorch's of the same name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import distributions as D
from tests.autotensor.distributions.plain import PLAIN
from tests.helpers import array_of

rng = np.random.default_rng(0)
LOWER = np.tril(rng.normal(size=(3, 3)), -1) + np.diag([0.7, 1.2, 0.9])
POSITIVE = LOWER @ LOWER.T
PROBS = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])

Parameters = dict[str, Any]


def batched(parameters: Parameters) -> Parameters:
    """Numbers as arrays of different shapes that broadcast to (2, 3)."""
    factors = [np.array([[1.0], [1.1]]), np.array([1.0, 0.9, 0.95]), np.array(1.05)]
    return {
        key: value if isinstance(value, int) else np.asarray(value * factor)
        for (key, value), factor in zip(parameters.items(), factors, strict=False)
    }


#: By what stands first of a name, parameters: arrays, which become Tensors, or numbers.
CASES: dict[str, Parameters] = {
    **{name: batched(one.parameters) for name, one in PLAIN.items()},
    "RelaxedBernoulli": {"temperature": np.array(0.7), "probs": PROBS},
    "Categorical": {"probs": PROBS},
    "Categorical of logits": {"logits": np.log(PROBS) + 3},
    "OneHotCategorical": {"probs": PROBS * 4},
    "OneHotCategoricalStraightThrough": {"logits": np.log(PROBS)},
    "Multinomial": {"total_count": 5, "probs": PROBS},
    "Dirichlet": {"concentration": np.array([[0.5, 1.5, 2.5], [3.0, 1.1, 0.7]])},
    "RelaxedOneHotCategorical": {"temperature": np.array(0.8), "probs": PROBS},
    "LogisticNormal": {"loc": np.array([[0.2, -0.4]] * 3), "scale": np.array([0.5, 1.5])},
    "MultivariateNormal": {"loc": np.array([[0.1, 0.2, 0.3]] * 2), "scale_tril": LOWER},
    "MultivariateNormal of a covariance": {
        "loc": np.zeros(3), "covariance_matrix": np.stack([POSITIVE, 2 * POSITIVE]),
    },
    "MultivariateNormal of a precision": {"loc": np.zeros(3), "precision_matrix": POSITIVE},
    "LowRankMultivariateNormal": {
        "loc": np.array([[0.1, 0.2, 0.3]] * 2), "cov_factor": LOWER[:, :2],
        "cov_diag": np.array([0.5, 0.6, 0.7]),
    },
    "LKJCholesky": {"dim": 2, "concentration": np.array([0.7, 1.6])},
    "Wishart": {"df": np.array([4.5, 6.0]), "scale_tril": LOWER},
    "Wishart of a covariance": {"df": 5.5, "covariance_matrix": POSITIVE},
}  # fmt: skip


def both(
    torch: ModuleType, name: str, dtype: str = "float64"
) -> tuple[D.Distribution, Any, list[at.Tensor], list[Any]]:
    """Ours, PyTorch's, and the leaves of each."""
    torch.set_default_dtype(getattr(torch, dtype))
    made = []
    for library, kinds in ((at, D), (torch, torch.distributions)):
        leaves, given = [], {}
        for key, value in CASES[name].items():
            if isinstance(value, np.ndarray):
                value = library.from_numpy(value.astype(dtype)).requires_grad_()
                leaves.append(value)
            given[key] = value
        made.append((getattr(kinds, name.partition(" ")[0])(**given), leaves))
    (ours, mine), (theirs, others) = made
    return ours, theirs, mine, others


@pytest.fixture(autouse=True)
def default_dtype(torch: ModuleType) -> Iterator[None]:
    """PyTorch has numbers of the default dtype in some formulas, whatever the parameters have."""
    yield
    torch.set_default_dtype(torch.float32)


def values(ours: D.Distribution, shape: tuple[int, ...] = (4,)) -> np.ndarray:
    at.manual_seed(0)
    return ours.sample(shape).numpy()


def attempt(function: Callable[[], Any]) -> Any:
    """What it gives, or None where it is not defined."""
    try:
        return function()
    except (NotImplementedError, AttributeError):
        return None


def assert_close(ours: Any, theirs: Any, what: str, tolerance: float = 1e-9) -> None:
    mine, other = array_of(ours), array_of(theirs)
    assert mine.shape == other.shape, what
    assert mine.dtype == other.dtype, what
    np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance, err_msg=what)


#: What PyTorch computes with fewer digits, or not right.
TOLERANCES = {
    "VonMises": 2e-6,  # its Bessel functions are those of float32
    "ContinuousBernoulli near the middle": 1e-7,  # its formulas lose digits there
    "Multinomial": 1e-7,  # a factorial in float32
}


@pytest.mark.parametrize("name", CASES)
def test_log_prob_and_its_gradients(torch: ModuleType, name: str) -> None:
    ours, theirs, mine, others = both(torch, name)
    x = values(ours)
    tolerance = TOLERANCES.get(name, 1e-9)
    parts = []
    for library, one, leaves in ((at, ours, mine), (torch, theirs, others)):
        value = library.from_numpy(x.copy())
        if x.dtype.kind == "f":
            value.requires_grad_()
        out = one.log_prob(value)
        out.sum().backward()
        grads = [leaf.grad for leaf in (*leaves, value)]
        parts.append((out, grads))
    assert_close(parts[0][0], parts[1][0], "log_prob", tolerance)
    for number, (one, other) in enumerate(zip(parts[0][1], parts[1][1], strict=True)):
        assert (one is None) == (other is None) or other is None or not other.any(), number
        if name == "Wishart" and number == 1:
            other = other.tril()  # PyTorch's has values above the diagonal of a triangle, too
        if one is not None and other is not None:
            assert_close(one, other, f"gradient {number}", 100 * tolerance)


@pytest.mark.parametrize("name", CASES)
def test_moments(torch: ModuleType, name: str) -> None:
    ours, theirs, _, _ = both(torch, name)
    tolerance = TOLERANCES.get(name, 1e-9)
    for what in ("mean", "variance", "stddev", "mode"):
        other = attempt(lambda what=what: getattr(theirs, what))  # type: ignore[misc]
        if other is not None:
            if name == "Kumaraswamy" and what == "mode":
                continue  # PyTorch's is NaN wherever it is of interest
            assert_close(getattr(ours, what), other, what, tolerance)
    for what in ("entropy", "perplexity"):
        other = attempt(lambda what=what: getattr(theirs, what)())  # type: ignore[misc]
        if other is not None:
            assert_close(getattr(ours, what)(), other, what, tolerance)


@pytest.mark.parametrize("name", CASES)
def test_distribution_functions(torch: ModuleType, name: str) -> None:
    ours, theirs, _, _ = both(torch, name)
    x = values(ours)
    other = attempt(lambda: theirs.cdf(torch.from_numpy(x.copy())))
    if other is None or name == "VonMises":
        return
    mine = ours.cdf(at.from_numpy(x))
    assert_close(mine, other, "cdf", TOLERANCES.get(name, 1e-9))
    other = attempt(lambda: theirs.icdf(other.detach()))
    if other is not None:
        assert_close(ours.icdf(mine.detach()), other, "icdf", 1e-7)


def facts(one: Any) -> Iterator[tuple[str, Any]]:
    yield "batch_shape", tuple(one.batch_shape)
    yield "event_shape", tuple(one.event_shape)
    yield "has_rsample", one.has_rsample
    yield "has_enumerate_support", one.has_enumerate_support
    yield "arg_constraints", {k: plain(v) for k, v in one.arg_constraints.items()}
    yield "support", plain(one.support)
    yield "support's dims", one.support.event_dim
    yield "support's kind", one.support.is_discrete
    yield "sample", tuple(one.sample((2, 5)).shape)
    wide = one.expand((4, *one.batch_shape))
    yield "expanded", (tuple(wide.batch_shape), tuple(wide.event_shape))
    yield "sample of the expanded", tuple(wide.sample((2,)).shape)
    yield "expanded kind", type(wide).__name__
    if one.has_enumerate_support:
        for expand in (True, False):
            yield f"enumerated {expand}", array_of(one.enumerate_support(expand)).tolist()


def plain(constraint: Any) -> str:
    """A constraint in words, without PyTorch's names for dependent ones and with short numbers."""
    text = repr(constraint).replace("_DependentProperty", "Dependent")
    if "tensor" in text:
        return text.partition("(")[0]
    return text.replace("dependent_property", "Dependent")


@pytest.mark.parametrize("name", CASES)
def test_shapes_supports_and_expansion(torch: ModuleType, name: str) -> None:
    ours, theirs, _, _ = both(torch, name)
    found = dict(facts(ours))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, of draws of Wishart that are not singular
        others = list(facts(theirs))
    for what, other in others:
        if (what, name) in (("arg_constraints", "Uniform"), ("support", "Multinomial")):
            continue  # PyTorch's have no values for the class; ours says the bound
        assert found[what] == other, what


@pytest.mark.parametrize("name", CASES)
def test_expansion_keeps_the_density(name: str) -> None:
    given = {
        key: at.from_numpy(value) if isinstance(value, np.ndarray) else value
        for key, value in CASES[name].items()
    }
    ours = getattr(D, name.partition(" ")[0])(**given)
    x = ours.sample((2,))
    wide = ours.expand((2, *ours.batch_shape))
    np.testing.assert_array_equal(wide.log_prob(x).numpy(), ours.log_prob(x).numpy())
    assert type(wide) is type(ours)


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown(torch: ModuleType, name: str) -> None:
    ours, theirs, _, _ = both(torch, name)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", CASES)
def test_in_single_precision(torch: ModuleType, name: str) -> None:
    ours, theirs, _, _ = both(torch, name, "float32")
    x = values(ours)
    assert_close(
        ours.log_prob(at.from_numpy(x)), theirs.log_prob(torch.from_numpy(x)), "log_prob", 3e-4
    )
    if ours.has_rsample:
        assert ours.rsample().dtype == at.float32
