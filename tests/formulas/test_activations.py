"""Activation functions against their formulas, at their bends too; and dropout's factors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from tests.formulas.checks import assert_values, draw_parameters, numbers, spelled, tensors

# -- element by element ----------------------------------------------------------------------------


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def elu(x: float, alpha: float = 1.0) -> float:
    return x if x > 0 else alpha * (math.exp(x) - 1)


def celu(x: float, alpha: float = 1.0) -> float:
    return x if x > 0 else alpha * (math.exp(x / alpha) - 1)


def selu(x: float) -> float:
    """The two constants of Klambauer et al. keep mean 0 and variance 1."""
    return 1.0507009873554804934 * elu(x, 1.6732632423543772848)


def softplus(x: float, beta: float = 1.0, threshold: float = 20.0) -> float:
    return x if beta * x > threshold else math.log(1 + math.exp(beta * x)) / beta


def gelu(x: float, approximate: str = "none") -> float:
    if approximate == "none":
        return x * (1 + math.erf(x / math.sqrt(2))) / 2
    return x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def hardtanh(x: float, min_val: float = -1.0, max_val: float = 1.0) -> float:
    return min(max(x, min_val), max_val)


def hardshrink(x: float, lambd: float = 0.5) -> float:
    return x if abs(x) > lambd else 0.0


def softshrink(x: float, lambd: float = 0.5) -> float:
    return math.copysign(max(abs(x) - lambd, 0.0), x)


def rrelu(x: float, lower: float = 1 / 8, upper: float = 1 / 3) -> float:
    return x if x > 0 else x * (lower + upper) / 2


class Activation(NamedTuple):
    function: Callable[..., Any]
    layer: type
    formula: Callable[..., float]
    settings: dict[str, Any] = {}  # noqa: RUF012
    slopes: dict[float, float] = {}  # noqa: RUF012
    """What it is differentiated to where it bends."""


ACTIVATIONS = [
    Activation(F.relu, nn.ReLU, lambda x: max(x, 0.0), {}, {0: 0}),
    Activation(F.relu6, nn.ReLU6, lambda x: min(max(x, 0.0), 6.0), {}, {0: 0, 6: 0, 5.9: 1}),
    Activation(
        F.leaky_relu, nn.LeakyReLU, lambda x: x if x > 0 else 0.01 * x, {}, {0: 0.01, -1: 0.01}
    ),
    Activation(
        F.leaky_relu, nn.LeakyReLU, lambda x, negative_slope: max(x, negative_slope * x),
        {"negative_slope": 0.3}, {0: 0.3},
    ),
    Activation(F.elu, nn.ELU, elu, {}, {0: 1, -1: math.exp(-1)}),
    Activation(F.elu, nn.ELU, elu, {"alpha": 0.4}, {0: 0.4, -1: 0.4 * math.exp(-1)}),
    Activation(F.celu, nn.CELU, celu),
    Activation(F.celu, nn.CELU, celu, {"alpha": 0.4}, {0: 1, -1: math.exp(-2.5)}),
    Activation(F.selu, nn.SELU, selu, {}, {0: 1.0507009873554804934 * 1.6732632423543772848}),
    Activation(F.softplus, nn.Softplus, softplus, {}, {0: 0.5, 20: logistic(20), 20.1: 1}),
    Activation(
        F.softplus, nn.Softplus, softplus, {"beta": 3.0, "threshold": 1.5},
        {0.5: logistic(1.5), 0.6: 1},
    ),
    Activation(F.hardtanh, nn.Hardtanh, hardtanh, {}, {-1: 0, 1: 0, 0.99: 1}),
    Activation(
        F.hardtanh, nn.Hardtanh, hardtanh, {"min_val": -0.5, "max_val": 3.0}, {-0.5: 0, 3: 0, 1: 1}
    ),
    Activation(F.hardshrink, nn.Hardshrink, hardshrink, {}, {0.5: 0, -0.5: 0, 0.51: 1}),
    Activation(F.hardshrink, nn.Hardshrink, hardshrink, {"lambd": 1.0}, {1: 0, -1: 0}),
    Activation(F.softshrink, nn.Softshrink, softshrink, {}, {0.5: 0, -0.5: 0, 0.51: 1}),
    Activation(F.softshrink, nn.Softshrink, softshrink, {"lambd": 1.0}, {1: 0, -1: 0}),
    Activation(
        F.threshold, nn.Threshold, lambda x, threshold, value: x if x > threshold else value,
        {"threshold": 0.5, "value": -7.0}, {0.5: 0, 0.51: 1},
    ),
    Activation(
        F.hardsigmoid, nn.Hardsigmoid, lambda x: min(max(x + 3, 0.0), 6.0) / 6, {},
        {-3: 0, 3: 0, 2.9: 1 / 6},
    ),
    Activation(
        F.hardswish, nn.Hardswish, lambda x: x * min(max(x + 3, 0.0), 6.0) / 6, {},
        {-3: 0, 3: 1, -1: 1 / 6},
    ),
    Activation(F.gelu, nn.GELU, gelu),
    Activation(F.gelu, nn.GELU, gelu, {"approximate": "tanh"}),
    Activation(F.silu, nn.SiLU, lambda x: x * logistic(x), {}, {0: 0.5}),
    Activation(F.mish, nn.Mish, lambda x: x * math.tanh(math.log(1 + math.exp(x)))),
    Activation(F.logsigmoid, nn.LogSigmoid, lambda x: -math.log(1 + math.exp(-x)), {}, {0: 0.5}),
    Activation(F.sigmoid, nn.Sigmoid, logistic, {}, {0: 0.25}),
    Activation(F.softsign, nn.Softsign, lambda x: x / (1 + abs(x)), {}, {0: 1}),
    Activation(F.tanhshrink, nn.Tanhshrink, lambda x: x - math.tanh(x), {}, {0: 0}),
    Activation(F.rrelu, lambda **given: nn.RReLU(**given).eval(), rrelu, {}, {0: 11 / 48}),
    Activation(
        F.rrelu, lambda **given: nn.RReLU(**given).eval(), rrelu, {"lower": 0.5, "upper": 0.7},
        {-1: 0.6},
    ),
]  # fmt: skip

BENDS = np.array([-6, -3, -1, -0.5, -0.0, 0, 0.5, 1, 3, 6, 20, 20.1, 6.5, 0.51, -0.51])


@pytest.mark.parametrize(
    "one", ACTIVATIONS, ids=lambda one: f"{one.function.__name__}-{spelled(one.settings)}"
)
def test_activation(one: Activation) -> None:
    values = np.concatenate([numbers(40), BENDS])
    expected = [one.formula(x, **one.settings) for x in values]
    assert_values(one.function(at.tensor(values), **one.settings), expected)
    assert_values(one.layer(**one.settings)(at.tensor(values)), expected)
    x = at.tensor(np.array(list(one.slopes), float), requires_grad=True)
    one.function(x, **one.settings).sum().backward()
    assert x.grad is not None
    assert_values(x.grad, list(one.slopes.values()), "slopes")


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2), (2, 3, 2, 2), (5,)])
@pytest.mark.parametrize("several", [False, True])
def test_prelu_has_a_slope_for_each_channel_or_one(shape: tuple[int, ...], several: bool) -> None:
    channels = shape[1] if len(shape) > 1 and several else 1
    layer = nn.PReLU(channels, dtype=at.float64)
    np.testing.assert_array_equal(layer.weight.detach().numpy(), [0.25] * channels)
    slopes, x = draw_parameters(layer)["weight"], numbers(*shape)
    expected = np.empty(shape)
    for place in np.ndindex(shape):
        slope = slopes[place[1] if channels > 1 else 0]
        expected[place] = x[place] if x[place] > 0 else slope * x[place]
    assert_values(layer(at.tensor(x)), expected)
    assert_values(F.prelu(*tensors((x, slopes))), expected)


# -- along a dimension -----------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_glu_is_one_half_gated_by_the_other(dim: int) -> None:
    x = numbers(4, 2, 6)
    a, b = np.split(x, 2, dim)
    expected = a / (1 + np.exp(-b))
    assert_values(F.glu(at.tensor(x), dim), expected)
    assert_values(nn.GLU(dim)(at.tensor(x)), expected)
    if dim == -1:
        assert_values(F.glu(at.tensor(x)), expected)
        assert_values(nn.GLU()(at.tensor(x)), expected)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax_and_its_like(dim: int) -> None:
    x = numbers(4, 2, 3)
    powers = np.exp(x)
    share = powers / np.expand_dims(np.add.reduce(powers, dim), dim)
    turned = (1 / powers) / np.expand_dims(np.add.reduce(1 / powers, dim), dim)
    for name, expected in (
        ("Softmax", share), ("LogSoftmax", np.log(share)), ("Softmin", turned),
    ):  # fmt: skip
        assert_values(getattr(nn, name)(dim)(at.tensor(x)), expected, name)
    for name, expected in (
        ("softmax", share), ("log_softmax", np.log(share)), ("softmin", turned),
    ):  # fmt: skip
        assert_values(getattr(F, name)(at.tensor(x), dim), expected, name)


@pytest.mark.parametrize("shape", [(2, 3, 2, 2), (3, 2, 2)])
def test_softmax2d_is_over_the_channels(shape: tuple[int, ...]) -> None:
    powers = np.exp(numbers(*shape))
    expected = powers / np.add.reduce(powers, -3, keepdims=True)
    assert_values(nn.Softmax2d()(at.tensor(np.log(powers))), expected)


def test_gumbel_softmax_of_the_same_draw_is_sharper_when_cold() -> None:
    """The logarithms of the shares are those of ``tau`` 1 divided by ``tau``, but for the total."""
    x, found = at.tensor(numbers(50, 4)), []
    for tau in (1.0, 0.5):
        at.manual_seed(3)
        logs = np.log(F.gumbel_softmax(x, tau).numpy())
        found.append(logs - logs[:, :1])
        assert_values(F.softmax(at.tensor(logs), 1).sum(1), np.ones(50))
    np.testing.assert_allclose(found[1], 2 * found[0], rtol=1e-9, atol=1e-9)


# -- dropout ---------------------------------------------------------------------------------------

SHAPES = {
    "dropout": (200,),
    "dropout1d": (20, 10, 3),
    "dropout2d": (20, 10, 3, 2),
    "dropout3d": (20, 10, 3, 2, 1),
    "alpha_dropout": (200,),
    "feature_alpha_dropout": (20, 10, 3, 2),
}
LAYERS = {
    "dropout": nn.Dropout, "dropout1d": nn.Dropout1d, "dropout2d": nn.Dropout2d,
    "dropout3d": nn.Dropout3d, "alpha_dropout": nn.AlphaDropout,
    "feature_alpha_dropout": nn.FeatureAlphaDropout,
}  # fmt: skip


def kept_and_dropped(name: str, p: float) -> tuple[Callable[[Any], Any], float]:
    """What becomes of a value that is kept, and what a dropped one becomes."""
    if "alpha" not in name:
        return lambda x: x / (1 - p), 0.0
    floor = -1.0507009873554804934 * 1.6732632423543772848
    # Of mean 0 and variance 1, (1 - p) are kept and p become the floor.
    factor = ((1 - p) * (1 + p * floor**2)) ** -0.5
    shift = -factor * p * floor
    return lambda x: factor * x + shift, factor * floor + shift


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_dropout_keeps_or_drops(name: str, p: float) -> None:
    """Each element alone, or whole channels; what is kept is scaled, and so is its gradient."""
    at.manual_seed(1)
    values = numbers(*SHAPES[name])
    x = at.tensor(values, requires_grad=True)
    keep, dropped = kept_and_dropped(name, p)
    settings = {} if p == 0.5 else {"p": p}
    for function in (
        lambda x: getattr(F, name)(x, training=True, **settings), LAYERS[name](**settings),
    ):  # fmt: skip
        out = function(x)
        lost = np.isclose(out.detach().numpy(), dropped, rtol=1e-10, atol=1e-13)
        assert_values(out, np.where(lost, dropped, keep(values)))
        own = lost.reshape(200, -1)  # elements, or N · C channels
        assert (own.all(1) | ~own.any(1)).all()
        samples = own[:, 0].reshape(20, 10)
        assert (samples.any(1) & ~samples.all(1)).any()
        assert abs(own[:, 0].mean() - p) < 5 * math.sqrt(p * (1 - p) / 200)
        (gradient,) = at.autograd.grad(out.sum(), x)
        assert_values(gradient, np.where(lost, 0.0, keep(1.0) - keep(0.0)))


@pytest.mark.parametrize("name", SHAPES)
def test_dropout_rests_in_evaluation(name: str) -> None:
    x = at.tensor(numbers(*SHAPES[name]))
    assert_values(LAYERS[name](0.9).eval()(x), x.numpy())
    assert_values(getattr(F, name)(x, 0.9, training=False), x.numpy())


@pytest.mark.parametrize("name", SHAPES)
def test_alpha_dropout_as_a_function_rests_unless_told(name: str) -> None:
    x = at.tensor(np.ones(SHAPES[name]))
    assert (getattr(F, name)(x).numpy() == 1).all() == ("alpha" in name)


@pytest.mark.parametrize("name", SHAPES)
def test_certain_dropout_leaves_zeros(name: str) -> None:
    x = at.tensor(numbers(*SHAPES[name]))
    assert not getattr(F, name)(x, 1.0, training=True).numpy().any()


def test_two_that_are_methods() -> None:
    x = at.tensor([1.0, -0.5, -2.0])
    assert x.hardshrink().tolist() == [1, 0, -2]
    assert x.hardshrink(0.25).tolist() == [1, -0.5, -2]
    assert x.prelu(at.tensor([0.5])).tolist() == [1, -0.25, -1]
