"""Normalization against its formulas, group by group of values.

Values are small where the tests are about ``eps``, which else could be anything.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from tests.formulas.checks import (
    DRAW,
    assert_values,
    chances,
    draw_parameters,
    numbers,
    spelled,
    tensors,
)

SHAPES = {"1d": (4, 3, 5), "2d": (2, 3, 4, 2), "3d": (2, 3, 2, 1, 3)}


def small(*shape: int) -> np.ndarray:
    """So small that variances are about 1e-5, with a mean of another size."""
    return DRAW.standard_normal(shape) * 4e-3 + DRAW.standard_normal()


def mean_of(values: np.ndarray) -> float:
    return math.fsum(values.flat) / values.size


def variance_of(values: np.ndarray, less: int = 0) -> float:
    """The mean of the squares; with ``less`` 1 the unbiased variance."""
    return math.fsum((one - mean_of(values)) ** 2 for one in values.flat) / (values.size - less)


def normalized(values: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    return (values - mean_of(values)) / math.sqrt(variance_of(values) + eps)


# -- over the batch --------------------------------------------------------------------------------


def by_channel(
    x: np.ndarray, made: dict[str, np.ndarray], eps: float = 1e-5, running: Any = None
) -> np.ndarray:
    """``x`` normalized over the batch, or by the ``running`` mean and variance."""
    out = np.empty_like(x)
    for channel in range(x.shape[1]):
        values = x[:, channel]
        if running is None:
            values = normalized(values, eps)
        else:
            values = (values - running[0][channel]) / math.sqrt(running[1][channel] + eps)
        weight, bias = made.get("weight"), made.get("bias")
        values = values if weight is None else values * weight[channel]
        out[:, channel] = values if bias is None else values + bias[channel]
    return out


def moved(running: Any, x: np.ndarray, momentum: float) -> Any:
    """The running mean and (unbiased) variance after the batch ``x``."""
    channels = [x[:, channel] for channel in range(x.shape[1])]
    latest = [[mean_of(c) for c in channels], [variance_of(c, less=1) for c in channels]]
    return [
        [(1 - momentum) * old + momentum * new for old, new in zip(*pair, strict=True)]
        for pair in zip(running, latest, strict=True)
    ]


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(
    "settings",
    [{}, {"momentum": 0.3}, {"momentum": None}, {"eps": 1e-3}, {"affine": False}, {"bias": False}],
    ids=spelled,
)
def test_batch_norm_in_training_and_evaluation(kind: str, settings: dict[str, Any]) -> None:
    layer = getattr(nn, f"BatchNorm{kind}")(3, dtype=at.float64, **settings)
    made, eps = draw_parameters(layer), settings.get("eps", 1e-5)
    running: Any = [[0.0] * 3, [1.0] * 3]
    for batch in range(1, 4):
        x = small(*SHAPES[kind])
        assert_values(layer(at.tensor(x)), by_channel(x, made, eps))
        momentum = settings.get("momentum", 0.1)
        running = moved(running, x, 1 / batch if momentum is None else momentum)
        assert_values(layer.running_mean, running[0])
        assert_values(layer.running_var, running[1])
        assert layer.num_batches_tracked.item() == batch
    layer.eval()
    x = small(*SHAPES[kind])
    assert_values(layer(at.tensor(x)), by_channel(x, made, eps, running))
    assert_values(layer.running_mean, running[0])
    assert layer.num_batches_tracked.item() == 3


def test_batch_norm_of_rows() -> None:
    """``(N, C)``: each feature is a channel."""
    x = small(6, 3)
    layer = nn.BatchNorm1d(3, dtype=at.float64)
    assert_values(layer(at.tensor(x)), by_channel(x, {}))
    assert_values(layer.running_var, moved([[0] * 3, [1] * 3], x, 0.1)[1])


def test_without_tracking_evaluation_uses_the_batch() -> None:
    x = small(4, 3, 2)
    layer = nn.BatchNorm1d(3, track_running_stats=False, dtype=at.float64).eval()
    assert layer.running_mean is None
    assert_values(layer(at.tensor(x)), by_channel(x, {}))


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_as_a_function(training: bool) -> None:
    x, made = small(4, 3, 2), {"weight": numbers(3), "bias": numbers(3)}
    running = [numbers(3), chances(3) * 1e-4]
    mean, variance = tensors(tuple(running))
    found = F.batch_norm(at.tensor(x), mean, variance, **tensors(made), training=training)
    assert_values(found, by_channel(x, made, running=None if training else running))
    expected = moved(running, x, 0.1) if training else running
    assert_values(mean, expected[0])
    assert_values(variance, expected[1])
    # Evaluation is the default.
    found = F.batch_norm(at.tensor(x), *tensors(tuple(running)), **tensors(made))
    assert_values(found, by_channel(x, made, running=running))


# -- over a sample ---------------------------------------------------------------------------------


def by_sample(x: np.ndarray, made: dict[str, np.ndarray], eps: float) -> np.ndarray:
    return np.concatenate([by_channel(sample[None], made, eps) for sample in x])


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("settings", [{}, {"affine": True}, {"eps": 1e-3}], ids=spelled)
def test_instance_norm(kind: str, settings: dict[str, Any]) -> None:
    layer = getattr(nn, f"InstanceNorm{kind}")(3, dtype=at.float64, **settings)
    made, eps = draw_parameters(layer), settings.get("eps", 1e-5)
    assert set(made) == ({"weight", "bias"} if settings.get("affine") else set())
    assert layer.running_mean is None
    x = small(*SHAPES[kind])
    expected = by_sample(x, made, eps)
    assert_values(layer(at.tensor(x)), expected)
    assert_values(layer(at.tensor(x[0])), expected[0], "one sample")
    assert_values(layer.eval()(at.tensor(x)), expected, "evaluation")
    assert_values(F.instance_norm(at.tensor(x), **tensors(made), eps=eps), expected)
    if not settings:
        assert_values(F.instance_norm(at.tensor(x)), expected)


def test_instance_norm_tracks_the_average_over_samples() -> None:
    layer = nn.InstanceNorm2d(3, track_running_stats=True, dtype=at.float64)
    running: Any = [[0.0] * 3, [1.0] * 3]
    for _ in range(2):
        x = small(2, 3, 4, 2)
        layer(at.tensor(x))
        each = [moved(running, sample[None], 0.1) for sample in x]
        running = np.mean(each, axis=0)
        assert_values(layer.running_mean, running[0])
        assert_values(layer.running_var, running[1])
    x = small(2, 3, 4, 2)
    assert_values(layer.eval()(at.tensor(x)), by_channel(x, {}, running=running))


@pytest.mark.parametrize("sizes", [(4,), (3, 4)])
@pytest.mark.parametrize("settings", [{}, {"eps": 1e-3}, {"bias": False}, {"affine": False}])
def test_layer_norm(sizes: tuple[int, ...], settings: dict[str, Any]) -> None:
    given = dict(settings)
    affine = given.pop("affine", True)
    layer = nn.LayerNorm(sizes, elementwise_affine=affine, dtype=at.float64, **given)
    made = draw_parameters(layer)
    assert set(made) == {"weight", "bias"} - {name for name in settings if name == "bias"} or (
        not affine and not made
    )
    x = small(2, 3, 4)
    expected = np.empty_like(x)
    for place in np.ndindex(x.shape[: x.ndim - len(sizes)]):
        out = normalized(x[place], settings.get("eps", 1e-5)) * made.get("weight", 1.0)
        expected[place] = out + made.get("bias", 0.0)
    assert_values(layer(at.tensor(x)), expected)
    own = {name: one for name, one in given.items() if name == "eps"}
    assert_values(F.layer_norm(at.tensor(x), sizes, **tensors(made), **own), expected)


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("settings", [{}, {"eps": 1e-3}, {"affine": False}])
def test_group_norm(groups: int, settings: dict[str, Any]) -> None:
    layer = nn.GroupNorm(groups, 6, dtype=at.float64, **settings)
    made = draw_parameters(layer)
    x = small(2, 6, 3, 2)
    expected, size = np.empty_like(x), 6 // groups
    for sample, group in np.ndindex(2, groups):
        part = slice(group * size, (group + 1) * size)
        expected[sample, part] = normalized(x[sample, part], settings.get("eps", 1e-5))
    for channel in range(6):
        if made:
            expected[:, channel] *= made["weight"][channel]
            expected[:, channel] += made["bias"][channel]
    assert_values(layer(at.tensor(x)), expected)
    own = {name: one for name, one in settings.items() if name == "eps"}
    assert_values(F.group_norm(at.tensor(x), groups, **tensors(made), **own), expected)


@pytest.mark.parametrize("sizes", [(4,), (3, 4)])
@pytest.mark.parametrize("eps", [None, 0.3])
def test_rms_norm(sizes: tuple[int, ...], eps: float | None) -> None:
    """``eps`` is 2^-52 for float64 unless given."""
    given = {} if eps is None else {"eps": eps}
    layer = nn.RMSNorm(sizes, dtype=at.float64, **given)
    made = draw_parameters(layer)
    for scale in (1.0, 1e-8):
        x = numbers(2, 3, 4) * scale
        expected = np.empty_like(x)
        for place in np.ndindex(x.shape[: x.ndim - len(sizes)]):
            squares = sum(one * one for one in x[place].flat) / x[place].size
            root = math.sqrt(squares + (2.0**-52 if eps is None else eps))
            expected[place] = x[place] / root * made["weight"]
        assert_values(layer(at.tensor(x)), expected)
        assert_values(F.rms_norm(at.tensor(x), sizes, **tensors(made), **given), expected)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(
    ("size", "settings"), [(3, {}), (2, {}), (4, {"alpha": 0.5, "beta": 0.3, "k": 2.0})]
)
def test_local_response_norm(kind: str, size: int, settings: dict[str, float]) -> None:
    """Of an even ``size`` there is one channel more before than after."""
    x = numbers(*SHAPES[kind]) * 30  # so that alpha, 1e-4, matters
    x = np.concatenate([x, x[:, ::-1] + 5], axis=1)
    alpha, beta, k = (settings.get(n, d) for n, d in (("alpha", 1e-4), ("beta", 0.75), ("k", 1.0)))
    expected = np.empty_like(x)
    for channel in range(x.shape[1]):
        squares = np.zeros_like(x[:, 0])
        for near in range(channel - size // 2, channel - size // 2 + size):
            if 0 <= near < x.shape[1]:
                squares += x[:, near] ** 2
        expected[:, channel] = x[:, channel] / (k + alpha * squares / size) ** beta
    assert_values(F.local_response_norm(at.tensor(x), size, **settings), expected)
    assert_values(nn.LocalResponseNorm(size, **settings)(at.tensor(x)), expected)


# -- mixed precision -------------------------------------------------------------------------------

MIXED = {
    "batch": lambda: nn.BatchNorm1d(4),
    "batch, evaluation": lambda: nn.BatchNorm1d(4).eval(),
    "instance": lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
    "instance, evaluation": lambda: nn.InstanceNorm1d(4, True, track_running_stats=True).eval(),
    "layer": lambda: nn.LayerNorm(5),
    "layer, only a bias": lambda: OnlyBias(),
    "group": lambda: nn.GroupNorm(2, 4),
    "rms": lambda: nn.RMSNorm(5),
}


class OnlyBias(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(at.empty(5))

    def forward(self, x: at.Tensor) -> at.Tensor:
        return F.layer_norm(x, (5,), None, self.bias)


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MIXED.items()])
def test_float16_meets_a_layer_of_float32(make: Any) -> None:
    """float16 comes out; the sums, the parameters' gradients and the statistics are float32's."""
    results = []
    for x_dtype, dtype in ((at.float16, at.float32), (at.float64, at.float64)):
        layer = make().to(dtype)
        with at.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(at.arange(1.0, len(parameter) + 1) / 3)
        x = (at.arange(60) * 7 % 60 / 16).reshape(3, 4, 5).to(x_dtype).requires_grad_()
        out = layer(x)
        (out * at.arange(60).reshape(3, 4, 5).to(x_dtype)).sum().backward()
        results.append([layer, out, x.grad, *(one.grad for one in layer.parameters())])
    (layer, *found), (exact, *expected) = results
    assert [one.dtype for one in found] == [at.float16] * 2 + [at.float32] * (len(found) - 2)
    for one, right in zip(found, expected, strict=True):
        at.testing.assert_close(one.double(), right, rtol=2e-3, atol=2e-3)
    for buffer, right in zip(layer.buffers(), exact.buffers(), strict=True):
        assert buffer.dtype in (at.float32, at.int64)
        at.testing.assert_close(buffer.double(), right.double(), rtol=1e-5, atol=1e-6)


def test_other_mixes_of_dtypes_are_refused() -> None:
    half, single = at.ones(4, 4).half(), at.ones(4, 4)
    for x, weight, bias in (
        (half, single[0], half[0]), (half, half[0], single[0]), (half, single[0].double(), None),
        (single, half[0], half[0]), (single.double(), single[0], single[0]),
    ):  # fmt: skip
        for call in (
            lambda *given: F.layer_norm(given[0], (4,), *given[1:]),
            lambda *given: F.group_norm(given[0], 2, *given[1:]),
            lambda *given: F.batch_norm(given[0], None, None, *given[1:], training=True),
            lambda *given: F.instance_norm(given[0][None], None, None, *given[1:]),
        ):
            with pytest.raises(RuntimeError, match=r"same dtype, got input .*the layer's "):
                call(x, weight, bias)


def test_one_running_statistic_needs_the_other() -> None:
    x = at.arange(12.0).reshape(2, 2, 3)
    for norm in (F.batch_norm, F.instance_norm):
        for pair in ((None, at.ones(2)), (at.ones(2), None)):
            for of_input in (True, False):
                with pytest.raises(
                    ValueError, match=r"_norm: running_mean and running_var must both"
                ):
                    norm(x, *pair, None, None, of_input)


@pytest.mark.parametrize("weight", [at.float16, at.float32, at.float64])
@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_rms_norm_takes_weights_of_any_dtype(dtype: Any, weight: Any) -> None:
    out = F.rms_norm(at.tensor([[1.0, 7.0]], dtype=dtype), (2,), at.tensor([5.0, 10.0]).to(weight))
    assert out.dtype == dtype
    at.testing.assert_close(out.double(), at.tensor([[1.0, 14.0]]).double(), rtol=2e-3, atol=0)


# -- by length -------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_normalize(p: float, dim: int) -> None:
    x = numbers(4, 3, 2)
    lengths = np.apply_along_axis(lambda row: sum(abs(row) ** p) ** (1 / p), dim, x)
    expected = x / np.expand_dims(lengths, dim)
    assert_values(F.normalize(at.tensor(x), p, dim), expected)
    if (p, dim) == (2.0, 1):
        assert_values(F.normalize(at.tensor(x)), expected)


def test_short_vectors_are_divided_by_eps() -> None:
    rows = np.array([[0.0, 0.0], [3e-13, 4e-13], [3e-12, 4e-12]])
    expected = [[0, 0], [0.3, 0.4], [0.6, 0.8]]
    assert_values(F.normalize(at.tensor(rows)), expected)
    assert_values(F.normalize(at.tensor(rows * 1e12), eps=10.0), rows * 1e11)


# -- of weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize("older", [False, True])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*")
def test_weight_norm(dim: int | None, older: bool) -> None:
    """``g · v / ‖v‖``, one length for each slice along ``dim``."""
    layer = nn.Conv1d(3, 4, 2, dtype=at.float64)
    draw_parameters(layer)
    (nn.utils.weight_norm if older else nn.utils.parametrizations.weight_norm)(layer, dim=dim)
    made = draw_parameters(layer)
    names = ("weight_g", "weight_v") if older else tuple(
        f"parametrizations.weight.original{number}" for number in (0, 1)
    )  # fmt: skip
    g, v = (made[name] for name in names)
    expected = np.empty_like(v)
    for place in np.ndindex(v.shape):
        own = v if dim is None else v.take(place[dim], axis=dim)
        length = math.sqrt(sum(one * one for one in own.flat))
        expected[place] = v[place] / length * (g if dim is None else g.take(place[dim]))
    if older:
        layer(at.zeros(1, 3, 2, dtype=at.float64))  # computes the weight anew
    assert_values(layer.weight, expected)


def test_weight_norm_starts_with_the_weight_there_was() -> None:
    layer = nn.Linear(3, 4, dtype=at.float64)
    before = draw_parameters(layer)["weight"].copy()
    nn.utils.parametrizations.weight_norm(layer)
    assert_values(layer.weight, before)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("dim", [None, 1])
def test_spectral_norm_takes_steps_of_the_power_iteration(times: int, dim: int | None) -> None:
    """u = M v / ‖M v‖, v = Mᵀ u / ‖Mᵀ u‖, so many times; then σ = uᵀ M v.  None in evaluation."""
    layer = nn.Conv1d(3, 4, 2, dtype=at.float64)
    nn.utils.parametrizations.spectral_norm(layer, n_power_iterations=times, dim=dim)
    part = layer.parametrizations.weight[0]
    u, v = (one.numpy().copy() for one in (part._u, part._v))
    weight = draw_parameters(layer)["parametrizations.weight.original"]
    matrix = np.moveaxis(weight, dim or 0, 0).reshape(len(u), -1)
    for _ in range(times):
        u = matrix @ v / math.sqrt(sum((matrix @ v) ** 2))
        v = matrix.T @ u / math.sqrt(sum((matrix.T @ u) ** 2))
    assert_values(layer.weight, weight / (u @ matrix @ v))
    for found, expected in ((part._u, u), (part._v, v)):
        assert_values(found, expected)
    assert_values(layer.eval().weight, weight / (u @ matrix @ v))


def test_spectral_norm_finds_the_greatest_singular_value() -> None:
    at.manual_seed(0)
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4, dtype=at.float64))
    for _ in range(200):
        weight = layer.weight
    original = layer.parametrizations.weight.original.detach().numpy()
    assert_values(weight, original / np.linalg.svd(original)[1][0])


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.filterwarnings("ignore:.*spectral_norm.*")
def test_the_older_spectral_norm_begins_with_the_other_vector(times: int) -> None:
    """v = Mᵀ u / ‖Mᵀ u‖, then u = M v / ‖M v‖, at each call in training."""
    layer = nn.utils.spectral_norm(
        nn.Linear(3, 4, bias=False, dtype=at.float64), n_power_iterations=times
    )
    matrix = draw_parameters(layer)["weight_orig"]
    u, x = layer.weight_u.numpy().copy(), numbers(2, 3)
    for _ in range(times):
        v = matrix.T @ u / math.sqrt(sum((matrix.T @ u) ** 2))
        u = matrix @ v / math.sqrt(sum((matrix @ v) ** 2))
    expected = x @ (matrix / (u @ matrix @ v)).T
    assert_values(layer(at.tensor(x)), expected)
    assert_values(layer.eval()(at.tensor(x)), expected)
