"""First values: how far nn.init stretches a draw, and with what every layer begins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import init

# -- functions -------------------------------------------------------------------------------------


def filled(name: str, shape: tuple[int, ...], **options: Any) -> np.ndarray:
    generator = at.Generator().manual_seed(3)
    tensor = at.full(shape, 7.0, dtype=at.float64)
    return getattr(init, name)(tensor, **options, generator=generator).array


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        *((one, None, 1.0) for one in ("linear", "sigmoid")),
        *((f"conv{way}{n}d", None, 1.0) for way in ("", "_transpose") for n in (1, 2, 3)),
        ("tanh", None, 1.6666666666666667),
        ("relu", None, 1.4142135623730951),
        ("selu", None, 0.75),
        ("leaky_relu", None, math.sqrt(2 / 1.0001)),
        ("leaky_relu", 0, math.sqrt(2)),
        ("leaky_relu", 0.2, math.sqrt(2 / 1.04)),
        ("leaky_relu", math.sqrt(5), math.sqrt(1 / 3)),
        ("leaky_relu", -2, math.sqrt(0.4)),
    ],
)
def test_gains(name: str, param: float | None, gain: float) -> None:
    assert init.calculate_gain(name, param) == pytest.approx(gain, rel=1e-15)


def shared(gain: float) -> Callable[[int, int], float]:
    return lambda inputs, outputs: gain * math.sqrt(2 / (inputs + outputs))


XAVIER: list[tuple[dict[str, Any], Callable[[int, int], float]]] = [
    ({}, shared(1.0)),
    ({"gain": 5 / 3}, shared(5 / 3)),
]
KAIMING: list[tuple[dict[str, Any], Callable[[int, int], float]]] = [
    ({}, lambda inputs, outputs: math.sqrt(2 / inputs)),
    ({"mode": "fan_out"}, lambda inputs, outputs: math.sqrt(2 / outputs)),
    ({"a": 0.5}, lambda inputs, outputs: math.sqrt(2 / 1.25 / inputs)),
    ({"nonlinearity": "tanh"}, lambda inputs, outputs: 5 / 3 / math.sqrt(inputs)),
    ({"nonlinearity": "relu", "a": 0.5}, lambda inputs, outputs: math.sqrt(2 / inputs)),
    (
        {"nonlinearity": "selu", "mode": "fan_out"},
        lambda inputs, outputs: 0.75 / math.sqrt(outputs),
    ),
]


@pytest.mark.parametrize(
    ("shape", "inputs", "outputs"),
    [
        ((4, 3), 3, 4),
        ((5, 2, 3), 2 * 3, 5 * 3),
        ((6, 4, 3, 2), 4 * 3 * 2, 6 * 3 * 2),
        ((2, 5, 1, 2, 3), 5 * 2 * 3, 2 * 2 * 3),
    ],
)
@pytest.mark.parametrize(
    ("family", "options", "deviation"),
    [
        *(("xavier", options, deviation) for options, deviation in XAVIER),
        *(("kaiming", options, deviation) for options, deviation in KAIMING),
    ],
)
def test_the_same_draw_is_stretched_by_the_fans(
    shape: tuple[int, ...],
    inputs: int,
    outputs: int,
    family: str,
    options: dict[str, Any],
    deviation: Callable[[int, int], float],
) -> None:
    deviation_here = deviation(inputs, outputs)
    uniform = filled("uniform_", shape, a=-1.0, b=1.0)  # of deviation 1 / √3
    found = filled(f"{family}_uniform_", shape, **options)
    np.testing.assert_allclose(found, math.sqrt(3) * deviation_here * uniform, rtol=1e-13)
    found = filled(f"{family}_normal_", shape, **options)
    np.testing.assert_allclose(found, deviation_here * filled("normal_", shape), rtol=1e-13)


def assert_uniform(values: np.ndarray, low: float, high: float) -> None:
    """Within the bounds, and as close to both as so many draws must come."""
    gap = 20 / values.size * (high - low)
    rounding = 1e-6 * (high - low)
    assert low - rounding <= values.min() < low + gap
    assert high - gap < values.max() <= high + rounding
    spread = (high - low) / math.sqrt(12)
    assert abs(values.mean() - (low + high) / 2) < 5 * spread / math.sqrt(values.size)
    assert abs(values.std() / spread - 1) < 4 / math.sqrt(values.size)


def assert_normal(values: np.ndarray, mean: float, std: float) -> None:
    unit = (values.astype(np.float64) - mean) / std
    assert abs(unit.mean()) < 5 / math.sqrt(unit.size)
    assert abs(unit.std() - 1) < 5 / math.sqrt(2 * unit.size)
    assert abs(np.mean(abs(unit) < 1) - 0.6827) < 3 / math.sqrt(unit.size)
    assert abs(unit).max() > 2  # farther than a uniform draw goes


def test_distributions_without_options() -> None:
    assert_uniform(filled("uniform_", (9999,)), 0, 1)
    assert_normal(filled("normal_", (9999,)), 0, 1)
    drawn = filled("trunc_normal_", (9999,))
    assert -2 <= drawn.min() < -1.98
    assert 1.98 < drawn.max() <= 2
    # The share within ±1 is 0.6827 of 0.9545.
    assert abs(np.mean(abs(drawn) < 1) - 0.7152) < 0.02
    assert abs(drawn.mean()) < 0.05
    assert drawn.std() == pytest.approx(0.8796, abs=0.02)


def test_distributions_with_options() -> None:
    assert_uniform(filled("uniform_", (9999,), a=-2.0, b=5.0), -2, 5)
    assert_normal(filled("normal_", (9999,), mean=-2.0, std=3.0), -2, 3)
    sparse = filled("sparse_", (400, 30), sparsity=0.1001)
    assert (np.count_nonzero(sparse == 0, 0) == 41).all()  # rounded up
    assert_normal(sparse[sparse != 0], 0, 0.01)
    assert_normal(filled("sparse_", (400, 30), sparsity=0.0, std=2.0), 0, 2)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (5, 2, 3), (8, 2, 1, 3)])
@pytest.mark.parametrize("options", [{}, {"gain": 0.3}])
def test_the_fewer_of_rows_and_columns_are_orthogonal(
    shape: tuple[int, ...], options: dict[str, float]
) -> None:
    matrix = filled("orthogonal_", shape, **options).reshape(shape[0], -1)
    products = matrix.T @ matrix if matrix.shape[0] > matrix.shape[1] else matrix @ matrix.T
    square = options.get("gain", 1) ** 2
    np.testing.assert_allclose(products, square * np.eye(len(products)), atol=1e-13)


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (4, 1)])
def test_eye(shape: tuple[int, int]) -> None:
    found = init.eye_(at.full(shape, 7.0)).tolist()
    assert found == [
        [float(row == column) for column in range(shape[1])] for row in range(shape[0])
    ]


@pytest.mark.parametrize(
    ("shape", "groups"),
    [((4, 2, 3), 1), ((2, 6, 4, 3), 1), ((6, 2, 3, 3, 2), 3), ((4, 4, 1), 2), ((6, 2, 5), 2)],
)
def test_dirac_passes_channels_through(shape: tuple[int, ...], groups: int) -> None:
    """A one in the middle of the kernel, from an input to the output of that number in a group."""
    options = {} if groups == 1 else {"groups": groups}
    found = init.dirac_(at.full(shape, 7.0), **options).array
    outputs, _, *kernel = shape
    for output, input, *place in itertools.product(*map(range, shape)):
        middle = place == [size // 2 for size in kernel]
        passed = output % (outputs // groups) == input
        assert found[(output, input, *place)] == float(middle and passed)


# -- layers ----------------------------------------------------------------------------------------

Law = tuple[str, float]
"""A constant, or how far a uniform draw goes, or the deviation of a normal one."""


def within(size: float) -> Law:
    """Uniform in ±1/√size."""
    return "uniform", 1 / math.sqrt(size)


def xavier(inputs: int, outputs: int) -> Law:
    return "uniform", math.sqrt(6 / (inputs + outputs))


def both(size: float) -> dict[str, Law]:
    return {"weight": within(size), "bias": within(size)}


ONE: Law = ("constant", 1)
ZERO: Law = ("constant", 0)
AFFINE = {"weight": ONE, "bias": ZERO}
TRACKED = {**AFFINE, "running_mean": ZERO, "running_var": ONE, "num_batches_tracked": ZERO}
STEP = dict.fromkeys(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), within(200))


def recurrent(layers: int, *ends: str) -> dict[str, Law]:
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", *ends)
    return {f"{kind}_l{layer}": within(200) for layer in range(layers) for kind in kinds}


def attention(size: int, out: Law) -> dict[str, Law]:
    return {
        "in_proj_weight": xavier(size, 3 * size),
        "in_proj_bias": ZERO,
        "out_proj.weight": out,
        "out_proj.bias": ZERO,
    }


def within_layer(layer: str, laws: dict[str, Law]) -> dict[str, Law]:
    return {f"{layer}.{name}": law for name, law in laws.items()}


def encoder(matrices: bool) -> dict[str, Law]:
    """Of width 64 and 256 between; ``matrices`` are drawn anew in a whole transformer."""
    return {
        **within_layer("self_attn", attention(64, xavier(64, 64) if matrices else within(64))),
        "linear1.weight": xavier(64, 256) if matrices else within(64),
        "linear1.bias": within(64),
        "linear2.weight": xavier(256, 64) if matrices else within(256),
        "linear2.bias": within(256),
        **within_layer("norm1", AFFINE),
        **within_layer("norm2", AFFINE),
    }


def lazy(layer: Any, *shape: int) -> nn.Module:
    layer(at.zeros(*shape))
    return layer


LAYERS: list[tuple[Callable[[], nn.Module], dict[str, Law]]] = [
    (lambda: nn.Linear(40, 500), both(40)),
    (lambda: nn.Linear(500, 40, bias=False), {"weight": within(500)}),
    (lambda: nn.Bilinear(50, 3, 400), both(50)),
    (lambda: nn.Conv1d(6, 600, 5, groups=2), both(3 * 5)),
    (lambda: nn.Conv2d(4, 500, (2, 3)), both(4 * 2 * 3)),
    (lambda: nn.Conv3d(2, 300, (1, 2, 3)), both(2 * 2 * 3)),
    (lambda: nn.ConvTranspose1d(6, 400, 3, groups=2), both(200 * 3)),
    (lambda: nn.ConvTranspose2d(5, 300, (2, 3)), both(300 * 2 * 3)),
    (lambda: nn.ConvTranspose3d(4, 200, (1, 2, 2)), both(200 * 2 * 2)),
    (lambda: lazy(nn.LazyLinear(400), 2, 30), both(30)),
    (lambda: lazy(nn.LazyConv2d(400, 3), 1, 5, 8, 8), both(5 * 9)),
    (lambda: lazy(nn.LazyBatchNorm1d().eval(), 4, 5), TRACKED),
    (lambda: nn.Embedding(300, 20), {"weight": ("normal", 1.0)}),
    (lambda: nn.EmbeddingBag(300, 20), {"weight": ("normal", 1.0)}),
    (lambda: nn.RNN(30, 200, num_layers=2), recurrent(2)),
    (lambda: nn.GRU(30, 200), recurrent(1)),
    (lambda: nn.LSTM(30, 200, proj_size=50), recurrent(1, "weight_hr")),
    (lambda: nn.RNNCell(30, 200), STEP),
    (lambda: nn.GRUCell(30, 200), STEP),
    (lambda: nn.LSTMCell(30, 200), STEP),
    (lambda: nn.BatchNorm1d(5), TRACKED),
    (lambda: nn.BatchNorm2d(5), TRACKED),
    (lambda: nn.BatchNorm3d(5), TRACKED),
    (lambda: nn.InstanceNorm2d(5), {}),
    (lambda: nn.InstanceNorm2d(5, affine=True), AFFINE),
    (lambda: nn.LayerNorm((3, 4)), AFFINE),
    (lambda: nn.GroupNorm(2, 4), AFFINE),
    (lambda: nn.RMSNorm(4), {"weight": ONE}),
    (lambda: nn.PReLU(3), {"weight": ("constant", 0.25)}),
    (lambda: nn.PReLU(init=0.5), {"weight": ("constant", 0.5)}),
    (lambda: nn.MultiheadAttention(96, 4), attention(96, within(96))),
    (
        lambda: nn.MultiheadAttention(400, 4, kdim=70, vdim=30, add_bias_kv=True),
        {
            "q_proj_weight": xavier(400, 400),
            "k_proj_weight": xavier(70, 400),
            "v_proj_weight": xavier(30, 400),
            "in_proj_bias": ZERO,
            "out_proj.weight": within(400),
            "out_proj.bias": ZERO,
            "bias_k": ("normal", math.sqrt(2 / 800)),
            "bias_v": ("normal", math.sqrt(2 / 800)),
        },
    ),
    (lambda: nn.TransformerEncoderLayer(64, 4, 256), encoder(matrices=False)),
    (
        lambda: nn.Transformer(64, 4, 1, 1, 256).encoder,
        within_layer("layers.0", encoder(matrices=True)) | within_layer("norm", AFFINE),
    ),
    (
        lambda: nn.AdaptiveLogSoftmaxWithLoss(64, 600, [100, 300], head_bias=True),
        {
            "head.weight": within(64),
            "head.bias": within(64),
            "tail.0.0.weight": within(64),
            "tail.0.1.weight": within(16),
            "tail.1.0.weight": within(64),
            "tail.1.1.weight": within(4),
        },
    ),
]


@pytest.mark.parametrize(("make", "laws"), LAYERS)
def test_every_layer_begins_with_the_values_it_promises(
    make: Callable[[], nn.Module], laws: dict[str, Law]
) -> None:
    at.manual_seed(0)
    state = make().state_dict()
    assert set(state) == set(laws)
    for name, (kind, size) in laws.items():
        values = state[name].array.astype(np.float64)
        if kind == "constant":
            assert (values == size).all(), name
        elif kind == "normal":
            assert_normal(values, 0, size)
        else:
            assert_uniform(values, -size, size)


@pytest.mark.parametrize("kind", [nn.Embedding, nn.EmbeddingBag])
@pytest.mark.parametrize("padding_idx", [2, -3])
def test_the_row_for_padding_is_zero(kind: Any, padding_idx: int) -> None:
    weight = kind(5, 4, padding_idx=padding_idx).weight.array
    assert (weight.any(1) == [True, True, False, True, True]).all()
