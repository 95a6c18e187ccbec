"""Fusing layers, skipping their initialization, and calling them with other parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.utils import parametrizations
from nn.utils.stateless import functional_call

DRAW = np.random.default_rng(3)


# -- fusion ---------------------------------------------------------------------------------------


def norm(kind: Any, features: int, **options: Any) -> Any:
    made = kind(features, **options).double()
    for name, value in made.state_dict().items():
        if value.is_floating_point():
            low = 0.5 if name == "running_var" else -1
            value.copy_(at.tensor(DRAW.uniform(low, 2, size=value.shape)))
    return made.eval()


@pytest.mark.parametrize(
    ("layer", "options", "transpose"),
    [
        (nn.Conv2d(3, 4, 2), {}, False),
        (nn.Conv2d(3, 4, 2, bias=False), {"affine": False}, False),
        (nn.Conv2d(3, 4, 2), {"bias": False}, False),
        (nn.ConvTranspose2d(3, 4, 2), {}, True),
    ],
)
def test_a_fused_convolution_gives_the_same(layer: Any, options: Any, transpose: bool) -> None:
    layer = layer.double().eval()
    bn = norm(nn.BatchNorm2d, 4, **options)
    fused = nn.utils.fuse_conv_bn_eval(layer, bn, transpose)
    assert type(fused) is type(layer)
    assert fused.weight is not layer.weight
    x = at.tensor(DRAW.normal(size=(2, 3, 4, 4)))
    expected = bn(layer(x)).detach().numpy()
    np.testing.assert_allclose(fused(x).detach().numpy(), expected, atol=1e-12)
    assert fused.weight.requires_grad
    assert fused.bias.requires_grad == (layer.bias is not None)


def test_a_fused_linear_layer_gives_the_same() -> None:
    layer, bn = nn.Linear(3, 4).double().eval(), norm(nn.BatchNorm1d, 4)
    x = at.tensor(DRAW.normal(size=(2, 3)))
    fused = nn.utils.fuse_linear_bn_eval(layer, bn)
    expected = bn(layer(x)).detach().numpy()
    np.testing.assert_allclose(fused(x).detach().numpy(), expected, atol=1e-12)
    with pytest.raises(ValueError, match=r"must be 1 or linear\.out_features"):
        nn.utils.fuse_linear_bn_eval(layer, norm(nn.BatchNorm1d, 3))
    with pytest.raises(ValueError, match="must be in evaluation"):
        nn.utils.fuse_linear_bn_eval(layer.train(), bn)
    with pytest.raises(ValueError, match="no running statistics"):
        nn.utils.fuse_linear_bn_eval(
            layer.eval(), norm(nn.BatchNorm1d, 4, track_running_stats=False)
        )


# -- skip_init ------------------------------------------------------------------------------------


def test_skip_init_draws_nothing() -> None:
    at.manual_seed(1)
    expected = at.rand(3).tolist()
    at.manual_seed(1)
    layer = nn.utils.skip_init(nn.Linear, 5, out_features=2, dtype=at.float64)
    assert repr(layer) == "Linear(in_features=5, out_features=2, bias=True)"
    assert layer.weight.dtype == at.float64
    assert at.rand(3).tolist() == expected
    with pytest.raises(RuntimeError, match="no argument 'device'"):
        nn.utils.skip_init(nn.ReLU)
    with pytest.raises(RuntimeError, match="expected a class of modules"):
        nn.utils.skip_init(nn.Linear(1, 1))


# -- functional_call ------------------------------------------------------------------------------


def test_a_functional_call_uses_what_it_is_given() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    x = at.ones(1, 3)
    own = net(x).tolist()
    weight = at.ones(2, 3, requires_grad=True)
    given = {"0.weight": weight, "0.bias": at.zeros(2), "1.weight": at.full((1, 2), 2.0)}
    found = functional_call(net, given, x)
    assert found.item() == pytest.approx(12 + net[1].bias.item())
    found.backward()
    assert weight.grad.tolist() == [[2, 2, 2]] * 2
    assert net[0].weight.grad is None
    assert net(x).tolist() == own
    assert functional_call(net, {}, (), {"input": x}).tolist() == own


def test_what_a_functional_call_changes_is_given_back() -> None:
    bn = nn.BatchNorm1d(2)
    state = {name: value.clone() for name, value in bn.named_buffers()}
    functional_call(bn, state, at.ones(3, 2))
    assert state["num_batches_tracked"].item() == 1
    assert state["running_mean"].tolist() == pytest.approx([0.1, 0.1])
    assert bn.num_batches_tracked.item() == 0
    assert bn.running_mean.tolist() == [0, 0]

    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", at.zeros(()))

        def forward(self, x: Any) -> Any:
            self.count = self.count + 1
            raise ValueError("after counting")

    counter, state = Counter(), {"count": at.tensor(5.0)}
    with pytest.raises(ValueError, match="after counting"):
        functional_call(counter, state, 1)
    assert (counter.count.item(), state["count"].item()) == (0, 6)


def test_tied_tensors_are_replaced_together() -> None:
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    x, one = at.ones(1, 2), at.eye(2) * 3
    assert functional_call(net, {"1.weight": one}, x).tolist() == [[9, 9]]
    only_one = functional_call(net, {"1.weight": one}, x, tie_weights=False)
    assert only_one.tolist() == (net[0](x) @ one).tolist()
    both = {"0.weight": one, "1.weight": at.eye(2)}
    with pytest.raises(ValueError, match=r"'0\.weight', '1\.weight'"):
        functional_call(net, both, x)
    assert functional_call(net, both, x, tie_weights=False).tolist() == [[3, 3]]


def test_a_parametrized_weight_is_replaced_before_or_after_its_computation() -> None:
    layer = parametrizations.spectral_norm(nn.Linear(3, 2, bias=False))
    x, weight = at.ones(1, 3), at.full((2, 3), 2.0)
    own = layer.eval()(x).tolist()
    assert functional_call(layer, {"weight": weight}, x).tolist() == [[6, 6]]
    assert layer(x).tolist() == own
    computed = functional_call(layer, {"parametrizations.weight.original": weight}, x)
    assert computed.tolist() not in (own, [[6, 6]])
    assert layer(x).tolist() == own


def test_strict_refuses_other_names() -> None:
    with pytest.raises(RuntimeError, match=r"'bias'.*'x'"):
        functional_call(nn.Linear(3, 2), {"weight": at.ones(2, 3), "x": at.ones(1)}, strict=True)
