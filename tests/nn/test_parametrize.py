"""nn.utils.parametrize and the ready parametrizations, against PyTorch's."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.utils import parametrizations, parametrize
from tests.helpers import assert_same
from tests.nn.twins import in_float64

DRAW = np.random.default_rng(8)
X = DRAW.normal(size=(3, 4))


class Symmetric(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.triu() + x.triu(1).mT

    def right_inverse(self, a: Any) -> Any:
        return a.triu()


class Tripled(nn.Module):
    def forward(self, x: Any) -> Any:
        return 3 * x

    def right_inverse(self, y: Any) -> Any:
        return y / 3


class Halved(nn.Module):
    """Without right_inverse; counts how often it runs."""

    calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return x / 2


class Product(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        return x * y

    def right_inverse(self, z: Any) -> Any:
        return at.ones_like(z), z


def linear() -> nn.Module:
    return nn.Linear(4, 4)


# -- the machinery --------------------------------------------------------------------------------


def test_a_parametrized_weight_is_computed_from_its_original() -> None:
    layer = linear()
    before = layer.weight
    assert parametrize.register_parametrization(layer, "weight", Symmetric()) is layer
    weight = layer.weight
    assert (weight == weight.mT).all()
    assert layer.parametrizations.weight.original is before
    assert [name for name, _ in layer.named_parameters()] == [
        "bias",
        "parametrizations.weight.original",
    ]
    layer(at.ones(1, 4)).sum().backward()
    assert before.grad is not None
    assert not before.grad.tril(-1).any()
    assert parametrize.is_parametrized(layer)
    assert parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(layer, "bias")
    assert parametrize.type_before_parametrizations(layer) is nn.Linear
    assert type(layer).__name__ == "ParametrizedLinear"
    assert isinstance(layer, nn.Linear)


def test_assigning_goes_through_right_inverse() -> None:
    layer = parametrize.register_parametrization(linear(), "weight", Symmetric())
    wanted = at.ones(4, 4) + at.eye(4)
    layer.weight = wanted
    assert layer.weight.tolist() == wanted.tolist()
    assert not layer.parametrizations.weight.original.detach().tril(-1).any()
    parametrize.register_parametrization(layer, "weight", Halved())
    with pytest.raises(RuntimeError, match="Halved does not implement right_inverse"):
        layer.weight = wanted
    with pytest.raises(KeyError, match="'weight' already exists"):
        layer.weight = nn.Parameter(wanted)


def test_a_chain_a_buffer_and_several_originals() -> None:
    layer = linear()
    layer.register_buffer("scale", at.full((2,), 8.0))
    parametrize.register_parametrization(layer, "scale", Halved())
    parametrize.register_parametrization(layer, "scale", Halved())
    assert layer.scale.tolist() == [2, 2]
    assert "parametrizations.scale.original" in dict(layer.named_buffers())
    value = layer.weight.detach().clone()
    parametrize.register_parametrization(layer, "weight", Product())
    assert layer.weight.tolist() == value.tolist()
    names = ["parametrizations.weight.original0", "parametrizations.weight.original1"]
    assert [name for name, _ in layer.named_parameters()] == ["bias", *names]
    with pytest.raises(ValueError, match="in terms of a sequence"):
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    parametrize.remove_parametrizations(layer, "weight")
    assert isinstance(layer.weight, nn.Parameter)
    assert layer.weight.tolist() == value.tolist()
    assert type(layer).__name__ == "ParametrizedLinear"
    parametrize.remove_parametrizations(layer, "scale", leave_parametrized=False)
    assert layer.scale.tolist() == [8, 8]
    assert type(layer) is nn.Linear
    assert not hasattr(layer, "parametrizations")


def test_removing_keeps_the_parameter_object() -> None:
    layer = linear()
    before = layer.weight
    parametrize.register_parametrization(layer, "weight", Halved())
    value = layer.weight.tolist()
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is before
    assert layer.weight.tolist() == value
    assert dict(layer.named_parameters())["weight"] is before


def test_cached_computes_once() -> None:
    layer = parametrize.register_parametrization(linear(), "weight", Halved())
    layer.parametrizations.weight[0].calls = 0
    with parametrize.cached():
        assert layer.weight is layer.weight
        with parametrize.cached():
            layer(at.ones(1, 4))
        layer(at.ones(1, 4))
    assert layer.parametrizations.weight[0].calls == 1
    assert layer.weight is not layer.weight


def test_a_copy_is_independent() -> None:
    layer = parametrize.register_parametrization(linear(), "weight", Halved())
    copied = copy.deepcopy(layer)
    assert copied.weight.tolist() == layer.weight.tolist()
    parametrize.remove_parametrizations(copied, "weight")
    assert type(copied) is nn.Linear
    assert "weight" not in dict(layer.named_parameters())
    layer(at.ones(1, 4))
    with pytest.raises(RuntimeError, match=r"only supported through state_dict\(\)"):
        pickle.dumps(layer)


def test_transfer() -> None:
    source = parametrize.register_parametrization(linear(), "weight", Symmetric())
    target = parametrize.transfer_parametrizations_and_params(source, nn.Linear(4, 4))
    assert target.weight.tolist() == source.weight.tolist()
    plain = nn.Linear(4, 4)
    assert parametrize.transfer_parametrizations_and_params(linear(), plain) is plain
    assert not parametrize.is_parametrized(plain)


def test_training_and_conversion_reach_the_parametrization() -> None:
    layer = linear().eval()
    parametrize.register_parametrization(layer, "weight", Halved())
    assert not layer.parametrizations.weight[0].training
    assert layer.double().weight.dtype == at.float64


class Bad(nn.Module):
    def __init__(self, forward: Any, right_inverse: Any = lambda x: x) -> None:
        super().__init__()
        self.forward = forward
        self.right_inverse = right_inverse


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bad(lambda x: 3), "must return a Tensor, got int"),
        (lambda: Bad(lambda x: x[0]), "may not change the shape"),
        (lambda: Bad(lambda x: x.double()), "may not change the dtype"),
        (lambda: Bad(lambda x: x, lambda x: x.double()), "dtype"),
        (lambda: Bad(lambda x: x, lambda x: 3), "a sequence of Tensors, got 3"),
        (lambda: Bad(lambda x: x, lambda x: (x, 3)), "a sequence of Tensors"),
    ],
)
def test_parametrizations_that_do_not_fit(make: Callable[[], Any], message: str) -> None:
    layer = linear()
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match=message):
        parametrize.register_parametrization(layer, "weight", make())
    assert layer.weight.tolist() == before
    assert type(layer) is nn.Linear


def test_names_that_do_not_fit() -> None:
    layer = linear()
    with pytest.raises(ValueError, match="parametrized element with name 'nothing'"):
        parametrize.register_parametrization(layer, "nothing", Halved())
    with pytest.raises(ValueError, match="does not have a parametrization on weight"):
        parametrize.remove_parametrizations(layer, "weight")


# -- the ready ones -------------------------------------------------------------------------------


def both(torch: Any, make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """``make(nn)`` and ``make(torch.nn)`` in float64 with the same state and representation."""
    with in_float64(torch):
        ours, theirs = make(nn), make(torch.nn)
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert [(key, one.shape) for key, one in ours.state_dict().items()] == [
        (key, tuple(one.shape)) for key, one in state.items()
    ]
    ours.load_state_dict({key: at.tensor(one.numpy()) for key, one in state.items()})
    return ours, theirs


def assert_same_steps(torch: Any, ours: Any, theirs: Any, x: Any) -> None:
    """Two calls in training, gradients of both, and one in evaluation."""
    results, gradients = [], []
    for library, layer in ((at, ours), (torch, theirs)):
        given = library.tensor(x)
        first, second = layer(given), layer(given)
        (first.sin().sum() + (second**2).sum()).backward()
        layer.eval()
        results.append([first, second, layer(given)])
        gradients.append([parameter.grad for parameter in layer.parameters()])
    for mine, other in zip(*results, strict=True):
        assert_same(mine, other, "output", 1e-9)
    for mine, other in zip(*gradients, strict=True):
        assert_same(mine, other, "gradient", 1e-9)
    for (key, mine), other in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        assert_same(mine, other, key, 1e-9)


IMAGES = DRAW.normal(size=(2, 4, 5, 5))

NORMS: list[tuple[Callable[[Any], Any], Any]] = [
    (lambda p: p.utils.parametrizations.weight_norm(p.Linear(4, 3)), X),
    (lambda p: p.utils.parametrizations.weight_norm(p.Linear(4, 3), dim=None), X),
    (lambda p: p.utils.parametrizations.weight_norm(p.Linear(4, 3), "bias"), X),
    (lambda p: p.utils.parametrizations.weight_norm(p.Conv2d(4, 3, 2), dim=2), IMAGES),
    (lambda p: p.utils.parametrizations.spectral_norm(p.Linear(4, 3)), X),
    (lambda p: p.utils.parametrizations.spectral_norm(p.Linear(4, 3), "bias"), X),
    (lambda p: p.utils.parametrizations.spectral_norm(p.Conv2d(4, 3, 2), dim=-3), IMAGES),
    (
        lambda p: p.utils.parametrizations.spectral_norm(
            p.ConvTranspose2d(4, 3, 2), n_power_iterations=3
        ),
        IMAGES,
    ),
    (lambda p: p.utils.weight_norm(p.Linear(4, 3)), X),
    (lambda p: p.utils.weight_norm(p.Linear(4, 3), dim=None), X),
    (lambda p: p.utils.weight_norm(p.Conv2d(4, 3, 2), dim=1), IMAGES),
    (lambda p: p.utils.spectral_norm(p.Linear(4, 3)), X),
    (lambda p: p.utils.spectral_norm(p.ConvTranspose2d(4, 3, 2), n_power_iterations=2), IMAGES),
]


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
@pytest.mark.parametrize("index", range(len(NORMS)))
def test_norms(torch: Any, index: int) -> None:
    make, x = NORMS[index]
    assert_same_steps(torch, *both(torch, make), x)


@pytest.mark.parametrize("sizes", [(4, 4), (4, 3), (3, 4)])
@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("map_name", [None, *parametrizations.MAPS])
def test_orthogonal(torch: Any, sizes: Any, trivial: bool, map_name: str | None) -> None:
    def make(package: Any) -> Any:
        return package.utils.parametrizations.orthogonal(
            package.Linear(*sizes), orthogonal_map=map_name, use_trivialization=trivial
        )

    ours, theirs = both(torch, make)
    weight = ours.weight
    least = min(sizes)
    product = weight @ weight.mT if weight.shape[0] == least else weight.mT @ weight
    np.testing.assert_allclose(product.detach().numpy(), np.eye(least), atol=1e-12)
    # Away from the start, where many derivatives vanish.
    move = DRAW.uniform(-0.5, 0.5, size=tuple(weight.shape))
    diagonal = np.arange(least)
    move[diagonal, diagonal] = 0
    for library, layer in ((at, ours), (torch, theirs)):
        with library.no_grad():
            layer.parametrizations.weight.original.add_(library.tensor(move))
    assert_same_steps(torch, ours, theirs, DRAW.normal(size=(3, sizes[0])))


@pytest.mark.parametrize("sizes", [(4, 4), (4, 3), (3, 4)])
@pytest.mark.parametrize("map_name", [None, "householder"])
def test_an_orthogonal_weight_can_be_assigned(sizes: Any, map_name: str | None) -> None:
    with_base = parametrizations.orthogonal(nn.Linear(*sizes).double(), orthogonal_map=map_name)
    without = parametrizations.orthogonal(
        nn.Linear(*sizes).double(), orthogonal_map="householder", use_trivialization=False
    )
    wanted = nn.init.orthogonal_(at.empty(sizes[::-1], dtype=at.float64))
    for layer in (with_base, without):
        layer.weight = wanted
        np.testing.assert_allclose(layer.weight.detach().numpy(), wanted.numpy(), atol=1e-12)
        with pytest.raises(ValueError, match="expected a matrix or batch of matrices of shape"):
            layer.weight = wanted[0]


def test_spectral_norm_finds_the_greatest_singular_value() -> None:
    layer = parametrizations.spectral_norm(nn.Linear(6, 5).double())
    for _ in range(200):
        layer.weight
    np.testing.assert_allclose(at.linalg.matrix_norm(layer.weight.detach(), 2).item(), 1)


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
def test_the_newer_weight_norm_loads_the_older_ones_state() -> None:
    older = nn.Sequential(nn.utils.weight_norm(nn.Linear(4, 3)))
    newer = nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 3)))
    newer.load_state_dict(older.state_dict())
    x = at.tensor(X).float()
    assert newer(x).tolist() == older(x).tolist()


@pytest.mark.parametrize(
    ("add", "remove"),
    [
        (nn.utils.weight_norm, nn.utils.remove_weight_norm),
        (nn.utils.spectral_norm, nn.utils.remove_spectral_norm),
    ],
)
def test_older_norms_come_off_again(add: Any, remove: Any) -> None:
    layer = add(nn.Linear(4, 3))
    with pytest.raises(RuntimeError, match="cannot register two"):
        add(layer)
    x = at.tensor(X).float()
    expected = layer.eval()(x).tolist()
    assert remove(layer) is layer
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]
    assert [name for name, _ in layer.named_buffers()] == []
    assert layer(x).tolist() == expected
    with pytest.raises(ValueError, match="not found in Linear"):
        remove(layer)
    with pytest.raises(ValueError, match="call the lazy module first"):
        add(nn.LazyLinear(3))
    with pytest.raises(ValueError, match="'bias' is None"):
        add(nn.Linear(4, 3, bias=False), "bias")


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: parametrizations.spectral_norm(linear(), dim=2), IndexError, "out of range"),
        (
            lambda: parametrizations.spectral_norm(linear(), n_power_iterations=0),
            ValueError,
            "must be positive",
        ),
        (lambda: parametrizations.spectral_norm(linear(), "no"), ValueError, "name 'no'"),
        (lambda: parametrizations.orthogonal(linear(), "bias"), ValueError, "1 dimensions"),
        (
            lambda: parametrizations.orthogonal(linear(), orthogonal_map="exp"),
            ValueError,
            "orthogonal_map must be one of 'matrix_exp'",
        ),
        (lambda: parametrizations.orthogonal(linear().half()), TypeError, "float16"),
        (lambda: parametrizations.weight_norm(linear(), "no"), ValueError, "name 'no'"),
    ],
)
def test_mistakes_are_refused(act: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        act()


def test_an_original_may_be_parametrized_itself() -> None:
    layer = nn.Linear(2, 2)
    before = layer.weight.detach().numpy().copy()
    parametrize.register_parametrization(layer, "weight", Symmetric())
    chain = layer.parametrizations.weight
    parametrize.register_parametrization(chain, "original", Tripled())
    parametrize.register_parametrization(layer, "weight", Halved())  # at the end of the first
    assert [name for name, _ in layer.named_parameters()] == [
        "bias",
        "parametrizations.weight.parametrizations.original.original",
    ]
    upper = np.triu(before)
    wanted = (upper + np.triu(before, 1).T) / 2
    np.testing.assert_allclose(layer.weight.detach().numpy(), wanted, rtol=1e-6)
    deepest = chain.parametrizations.original.original
    np.testing.assert_allclose(deepest.detach().numpy(), upper / 3, rtol=1e-6)
    (g,) = at.grad(layer.weight.sum(), deepest)
    np.testing.assert_allclose(g.numpy(), [[1.5, 3], [0, 1.5]])  # 3 / 2, above the diagonal twice
    copied = copy.deepcopy(layer)
    np.testing.assert_array_equal(copied.weight.detach().numpy(), layer.weight.detach().numpy())
    parametrize.remove_parametrizations(chain, "original")
    np.testing.assert_allclose(layer.weight.detach().numpy(), wanted, rtol=1e-6)
    assert [name for name, _ in layer.named_parameters()] == [
        "bias", "parametrizations.weight.original",
    ]  # fmt: skip


def test_a_value_is_assigned_through_a_parametrized_original() -> None:
    layer = nn.Linear(2, 1)
    parametrize.register_parametrization(layer, "weight", Tripled())
    parametrize.register_parametrization(layer.parametrizations.weight, "original", Tripled())
    layer.weight = at.tensor([[9.0, 18.0]])
    assert layer.weight.tolist() == [[9, 18]]
    chain = layer.parametrizations.weight
    deepest = chain.parametrizations.original.original
    assert deepest.tolist() == [[1, 2]]
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is deepest
    assert layer.weight.tolist() == [[9, 18]]
