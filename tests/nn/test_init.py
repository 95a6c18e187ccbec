"""First values: bounds, moments and structure, with every formula written out again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter, Tensor
from nn import init


def seeded(seed: int = 0) -> at.Generator:
    return at.Generator().manual_seed(seed)


def assert_uniform(tensor: Tensor, low: float, high: float) -> None:
    """Within the bounds, close to both, and with the variance of a uniform distribution."""
    values = tensor.array.astype(np.float64)
    width = high - low
    slack = 1e-6 * width
    assert low - slack <= values.min() <= low + 0.01 * width
    assert high - 0.01 * width <= values.max() <= high + slack
    assert values.mean() == pytest.approx((low + high) / 2, abs=0.02 * width)
    assert values.std() == pytest.approx(width / math.sqrt(12), rel=0.03)


def assert_normal(tensor: Tensor, mean: float, std: float) -> None:
    """The first four moments."""
    values = (tensor.array.astype(np.float64) - mean) / std
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.std() == pytest.approx(1, rel=0.03)
    assert (values**3).mean() == pytest.approx(0, abs=0.2)
    assert (values**4).mean() == pytest.approx(3, abs=0.3)


WEIGHT = (40, 20, 3, 3)
FAN_IN, FAN_OUT = 20 * 9, 40 * 9

RANDOM: list[tuple[str, dict[str, Any]]] = [
    ("uniform_", {"a": -2.0, "b": 3.0}),
    ("normal_", {"mean": 1.0, "std": 2.0}),
    ("trunc_normal_", {"std": 2.0}),
    ("xavier_uniform_", {"gain": 2.0}),
    ("xavier_normal_", {}),
    ("kaiming_uniform_", {"a": math.sqrt(5)}),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("orthogonal_", {}),
]


@pytest.mark.parametrize(("name", "options"), RANDOM)
@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_every_function_writes_in_place_and_repeats_with_a_seed(
    name: str, options: dict[str, Any], dtype: np.dtype
) -> None:
    parameter = Parameter(at.zeros(*WEIGHT, dtype=dtype))
    memory, before = parameter.array, parameter._version
    fill = getattr(init, name)
    assert fill(parameter, **options, generator=seeded()) is parameter
    assert parameter.array is memory
    assert parameter.dtype == dtype
    assert parameter._version > before
    assert parameter.is_leaf
    again = fill(at.empty(*WEIGHT, dtype=dtype), **options, generator=seeded())
    np.testing.assert_array_equal(again.array, memory)
    at.manual_seed(3)
    first = fill(at.empty(*WEIGHT), **options).array
    at.manual_seed(3)
    np.testing.assert_array_equal(fill(at.empty(*WEIGHT), **options).array, first)
    transposed = at.from_numpy(np.zeros(WEIGHT[::-1], dtype)).mT
    assert not transposed.is_contiguous()
    assert fill(transposed, **options, generator=seeded()).array.any()


def test_a_write_is_seen_by_a_graph_recorded_before() -> None:
    w = Parameter(at.ones(3))
    y = w * w
    init.zeros_(w)
    with pytest.raises(RuntimeError, match="modified"):
        y.backward(at.ones(3))


def test_constants() -> None:
    assert init.constant_(at.empty(2, 2), 3.5).tolist() == [[3.5, 3.5]] * 2
    assert init.ones_(at.empty(2, dtype=at.int64)).tolist() == [1, 1]
    assert init.zeros_(at.ones(2)).tolist() == [0, 0]


def test_distributions() -> None:
    weight = at.empty(*WEIGHT)
    assert_uniform(init.uniform_(weight, -2, 3, seeded()), -2, 3)
    assert_normal(init.normal_(weight, -2, 3, seeded()), -2, 3)
    std = 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))
    bound = math.sqrt(3) * std
    assert_uniform(init.xavier_uniform_(weight, 2, seeded()), -bound, bound)
    assert_normal(init.xavier_normal_(weight, 2, seeded()), 0, std)
    bound = 1 / math.sqrt(FAN_IN)  # what PyTorch's layers start with
    assert_uniform(init.kaiming_uniform_(weight, math.sqrt(5), generator=seeded()), -bound, bound)
    filled = init.kaiming_normal_(weight, 0, "fan_out", "relu", seeded())
    assert_normal(filled, 0, math.sqrt(2 / FAN_OUT))


@pytest.mark.parametrize("shape", [(4, 3), (5, 2, 3), (6, 4, 3, 2)])
def test_spreads_agree_with_pytorch(torch: Any, shape: tuple[int, ...]) -> None:
    """PyTorch's own draws have the spread that is scaled by here: the same unit draw shows it."""
    for name, options in RANDOM[3:7]:
        ours = getattr(init, name)(at.empty(*shape, dtype=at.float64), **options)
        generator = torch.Generator().manual_seed(0)
        peer = torch.empty(*shape, dtype=torch.float64)
        getattr(torch.nn.init, name)(peer, **options, generator=generator)
        generator.manual_seed(0)
        plain = torch.empty(*shape, dtype=torch.float64)
        if "uniform" in name:
            plain.uniform_(-1, 1, generator=generator)
            unit = init.uniform_(at.empty(*shape, dtype=at.float64), -1, 1, seeded())
        else:
            plain.normal_(0, 1, generator=generator)
            unit = init.normal_(at.empty(*shape, dtype=at.float64), 0, 1, seeded())
        scale = (peer / plain).mean().item()
        ours = getattr(init, name)(
            at.empty(*shape, dtype=at.float64), **options, generator=seeded()
        )
        np.testing.assert_allclose(ours.array, unit.array * scale, rtol=1e-12)


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0.0, 1.0, -2.0, 2.0),
        (1.0, 3.0, -1.0, 9.0),
        (0.0, 1.0, -0.1, 0.2),
        (0.0, 1.0, 4.0, 6.0),
        (0.0, 1.0, 0.3, 0.9),
        (0.0, 1.0, 0.5, 50.0),
        (1.0, 2.0, -90.0, -1.0),
        (0.0, 0.02, -2.0, 2.0),
        (5.0, 1.0, -6.0, -3.0),
        (0.0, 1e-3, 1.0, 2.0),
    ],
)
def test_trunc_normal(mean: float, std: float, a: float, b: float) -> None:
    """The share below each of some points is that of the normal distribution, cut off."""
    values = init.trunc_normal_(at.empty(20000, dtype=at.float64), mean, std, a, b, seeded()).array
    assert a <= values.min()
    assert values.max() <= b
    if std == 1e-3:
        return  # a thousand deviations away: no double tells the masses apart

    def upper(x: float) -> float:
        """The mass above ``x``, mirrored so that it is never a difference of numbers near 1."""
        return 0.5 * math.erfc(abs(x - mean) / std / math.sqrt(2))

    def mass(x: float, y: float) -> float:
        if x < mean < y:
            return 1 - upper(x) - upper(y)
        return abs(upper(x) - upper(y))

    for point in np.quantile(values, [0.05, 0.3, 0.5, 0.8, 0.99]):
        expected = mass(a, point) / mass(a, b)
        assert (values <= point).mean() == pytest.approx(expected, abs=0.015)


def test_dirac_of_nothing() -> None:
    assert init.dirac_(at.empty(0, 2, 3)).shape == (0, 2, 3)
    assert not init.dirac_(at.empty(2, 0, 3)).any()


def test_eye_and_dirac(torch: Any) -> None:
    for shape in ((3, 3), (2, 5), (4, 1)):
        expected = torch.nn.init.eye_(torch.empty(shape)).numpy()
        np.testing.assert_array_equal(init.eye_(at.empty(*shape)).array, expected)
    for shape, groups in (((4, 2, 3), 1), ((2, 6, 4, 3), 1), ((6, 2, 3, 3, 2), 3), ((4, 4, 1), 2)):
        expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
        np.testing.assert_array_equal(init.dirac_(at.empty(*shape), groups).array, expected)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (5, 2, 3), (0, 3)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    filled = init.orthogonal_(at.empty(*shape, dtype=at.float64), 2.0, seeded())
    matrix = filled.array.reshape(shape[0], math.prod(shape[1:]))
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-12)


def test_orthogonal_matrices_are_all_equally_likely() -> None:
    generator = seeded()
    draws = [init.orthogonal_(at.empty(2, 2), 1, generator).array for _ in range(400)]
    assert abs(np.mean([np.linalg.det(draw) for draw in draws])) < 0.15
    assert abs(np.mean(draws, axis=0)).max() < 0.15


def test_sparse() -> None:
    filled = init.sparse_(at.empty(30, 7), 0.31, 2.0, seeded())
    assert ((filled.array == 0).sum(axis=0) == math.ceil(0.31 * 30)).all()
    assert len({tuple(column) for column in (filled.array == 0).T}) > 1
    assert filled.array[filled.array != 0].std() == pytest.approx(2, rel=0.2)


def test_gains(torch: Any) -> None:
    for name in ("linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    for slope in (None, 0.2, 0, math.sqrt(5)):
        expected = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert init.calculate_gain("leaky_relu", slope) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: init.calculate_gain("gelu"), ValueError, "Unsupported nonlinearity gelu"),
        (lambda: init.calculate_gain("leaky_relu", "x"), ValueError, "not a valid number"),
        (lambda: init.uniform_(at.empty(2), 1, 0), ValueError, "a=1 and b=0"),
        (lambda: init.normal_(at.empty(2), 0, -1), ValueError, "got -1"),
        (lambda: init.normal_(at.empty(2, dtype=at.int64)), TypeError, "dtype int64"),
        (lambda: init.uniform_(np.empty(2)), TypeError, "got ndarray"),
        (lambda: init.trunc_normal_(at.empty(2), a=2, b=1), ValueError, "a=2 and b=1"),
        (lambda: init.trunc_normal_(at.empty(2), std=0), ValueError, "must be positive"),
        (lambda: init.eye_(at.empty(2)), ValueError, "2 dimensions"),
        (lambda: init.dirac_(at.empty(2, 2)), ValueError, "3, 4, or 5 dimensions"),
        (lambda: init.dirac_(at.empty(3, 2, 2), 2), ValueError, "divisible by groups"),
        (lambda: init.orthogonal_(at.empty(2)), ValueError, "2 or more dimensions"),
        (lambda: init.sparse_(at.empty(2), 0.1), ValueError, "2 dimensions"),
        (lambda: init.sparse_(at.empty(2, 2), 1.1), ValueError, "between 0 and 1"),
        (lambda: init.xavier_normal_(at.empty(2)), ValueError, "fewer than 2"),
        (lambda: init.kaiming_normal_(at.empty(2, 2), mode="x"), ValueError, "mode x not supp"),
    ],
)
def test_mistakes_are_refused(act: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        act()


@pytest.mark.parametrize("fill", [init.kaiming_uniform_, init.kaiming_normal_])
def test_nothing_to_fill(fill: Any) -> None:
    with pytest.warns(UserWarning, match="zero-element"):
        assert fill(at.empty(0, 3)).shape == (0, 3)
