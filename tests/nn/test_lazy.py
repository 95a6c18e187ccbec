"""Lazy layers: uninitialized parameters, and what the first call makes of them, as in PyTorch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim

CASES = [
    ("LazyLinear", (5,), {}, (2, 3)),
    ("LazyLinear", (5,), {"bias": False}, (2, 4, 3)),
    ("LazyConv1d", (4, 3), {}, (2, 3, 7)),
    ("LazyConv2d", (4, 3), {"groups": 2, "padding": 1, "stride": 2}, (2, 6, 7, 5)),
    ("LazyConv3d", (4, 2), {"bias": False}, (2, 3, 4, 4, 4)),
    ("LazyConvTranspose1d", (4, 3), {"output_padding": 1, "stride": 2}, (2, 3, 7)),
    ("LazyConvTranspose2d", (4, 3), {"groups": 2}, (2, 6, 4, 5)),
    ("LazyConvTranspose3d", (4, 2), {"dilation": 2}, (3, 2, 3, 3)),
    ("LazyBatchNorm1d", (), {}, (4, 3)),
    ("LazyBatchNorm2d", (), {"momentum": None, "bias": False}, (4, 3, 2, 2)),
    ("LazyBatchNorm3d", (), {"affine": False}, (4, 3, 2, 2, 2)),
    ("LazyInstanceNorm1d", (), {}, (4, 3, 5)),
    ("LazyInstanceNorm2d", (), {"track_running_stats": False}, (4, 3, 2, 2)),
    ("LazyInstanceNorm3d", (), {"affine": False}, (4, 3, 2, 2, 2)),
]


def shapes(module: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


@pytest.mark.parametrize(("name", "args", "options", "size"), CASES)
def test_the_first_call_makes_an_ordinary_layer(
    torch: Any, name: str, args: Any, options: Any, size: Any
) -> None:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        assert type(ours.state_dict()[key]).__name__ == type(value).__name__
    x = np.random.default_rng(0).normal(size=size).astype(np.float32)
    theirs(torch.tensor(x))
    ours(at.tensor(x))
    assert type(ours) is getattr(nn, name.removeprefix("Lazy"))
    assert repr(ours) == repr(theirs)
    assert shapes(ours) == shapes(theirs)
    ours.load_state_dict({key: at.tensor(one.numpy()) for key, one in theirs.state_dict().items()})
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(at.tensor(x)).detach().numpy(), expected, atol=1e-5)


def test_the_values_are_those_of_an_ordinary_layer_made_now() -> None:
    lazy = nn.LazyConv2d(4, 3)
    at.manual_seed(0)
    lazy(at.ones(1, 2, 5, 5))
    at.manual_seed(0)
    ordinary = nn.Conv2d(2, 4, 3)
    assert lazy.weight.tolist() == ordinary.weight.tolist()
    assert lazy.bias.tolist() == ordinary.bias.tolist()


def test_an_optimizer_made_before_trains_what_is_there_after() -> None:
    net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    net(at.ones(2, 3)).sum().backward()
    before = net[0].weight.detach().clone()
    optimizer.step()
    assert isinstance(net[0].weight, nn.Parameter)
    assert type(net[0].weight) is nn.Parameter
    assert (net[0].weight != before).any()


def test_conversion_before_the_first_call() -> None:
    layer = nn.LazyBatchNorm1d().double()
    assert layer.running_mean.dtype == layer.weight.dtype == at.float64
    layer(at.ones(4, 3, dtype=at.float64))
    assert layer.running_mean.dtype == layer.weight.dtype == at.float64
    assert type(layer.running_mean) is at.Tensor


def test_loading_gives_shapes_and_values() -> None:
    state = nn.Linear(3, 5).state_dict()
    lazy = nn.LazyLinear(5)
    lazy.load_state_dict(state)
    assert lazy.weight.tolist() == state["weight"].tolist()
    with pytest.raises(
        ValueError, match=r"needs a weight of shape \(5, 2\), but one of .*\(5, 3\)"
    ):
        lazy(at.ones(1, 2))
    lazy(at.ones(1, 3))
    assert repr(lazy) == "Linear(in_features=3, out_features=5, bias=True)"
    assert lazy.weight.tolist() == state["weight"].tolist()


def test_a_refused_state_leaves_a_lazy_layer_lazy() -> None:
    lazy = nn.LazyLinear(5)
    with pytest.raises(RuntimeError, match="Missing"):
        lazy.load_state_dict({"weight": at.ones(5, 3)})
    assert lazy.has_uninitialized_params()
    lazy.load_state_dict({"weight": at.ones(5, 3)}, strict=False)
    with pytest.raises(RuntimeError, match="only a part of its state"):
        lazy(at.ones(1, 3))


def test_lazy_state_goes_into_lazy_layers_only() -> None:
    nn.LazyLinear(5).load_state_dict(nn.LazyLinear(5).state_dict())
    with pytest.raises(RuntimeError, match="uninitialized parameter"):
        nn.Linear(3, 5).load_state_dict(nn.LazyLinear(5).state_dict())


def test_copies_are_lazy_too() -> None:
    layer = nn.LazyConv1d(2, 3, dtype=at.float64)
    for copied in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert copied.weight is not layer.weight
        assert copied(at.ones(1, 3, 5, dtype=at.float64)).shape == (1, 2, 3)
    assert layer.has_uninitialized_params()


@pytest.mark.parametrize(
    "use",
    [
        lambda one: one + 1,
        lambda one: at.ones(2) * one,
        lambda one: one.sum(),
        lambda one: one.tolist(),
        lambda one: len(one),
        lambda one: one.numel(),
        lambda one: one.ndim,
    ],
)
def test_uninitialized_parameters_cannot_be_used(use: Any) -> None:
    with pytest.raises(ValueError, match="attempted to use an uninitialized parameter"):
        use(nn.LazyLinear(2).weight)


def test_what_is_known_of_an_uninitialized_parameter() -> None:
    one = nn.UninitializedParameter(requires_grad=False, dtype=at.float64)
    assert (one.requires_grad, one.dtype, one.grad) == (False, at.float64, None)
    assert repr(one) == "<UninitializedParameter>"
    assert nn.parameter.is_lazy(one)
    with pytest.raises(RuntimeError, match="can't access the shape"):
        one.shape
    one.materialize((2, 3))
    assert (type(one), one.shape, one.requires_grad) == (nn.Parameter, (2, 3), False)
    assert not nn.parameter.is_lazy(one)
    with pytest.raises(RuntimeError, match="CPU"):
        nn.UninitializedBuffer(device="cuda")


def test_wrong_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="divisible by groups, got 3 and 2"):
        nn.LazyConv2d(4, 3, groups=2)(at.ones(1, 3, 5, 5))
    with pytest.raises(ValueError, match="groups must be at least 1"):
        nn.LazyConv2d(4, 3, groups=0)
    with pytest.raises(ValueError, match=r"LazyBatchNorm2d: expected input of shape"):
        nn.LazyBatchNorm2d()(at.ones(2, 3))


def test_a_lazy_module_of_ones_own() -> None:
    from nn.layers.lazy import LazyModuleMixin

    class Scale(LazyModuleMixin, nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = nn.UninitializedParameter()

        def initialize_parameters(self, x: Any) -> None:
            if self.has_uninitialized_params() and x.ndim:
                self.factor.materialize(x.shape)
                self.factor.detach().fill_(2)

        def forward(self, x: Any) -> Any:
            return x * self.factor

    scale = Scale()
    with pytest.raises(RuntimeError, match="module Scale has not been fully initialized"):
        scale(at.tensor(1.0))
    assert scale(at.ones(2)).tolist() == scale(at.ones(2)).tolist() == [2, 2]
    with pytest.raises(NotImplementedError, match="initialize_parameters"):
        LazyModuleMixin()(1)
