"""Activations, dropout, normalization against PyTorch: values, dtypes, two derivatives, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autotensor as at
import nn.functional as F
from tests.helpers import agree, assert_same


def values(*shape: int, seed: int = 0, spread: float = 3.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * spread


# -- activations -----------------------------------------------------------------------------------

ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "relu": lambda f, x: f.relu(x),
    "leaky_relu": lambda f, x: f.leaky_relu(x),
    "leaky_relu 0.3": lambda f, x: f.leaky_relu(x, 0.3),
    "leaky_relu negative": lambda f, x: f.leaky_relu(x, negative_slope=-0.5),
    "elu": lambda f, x: f.elu(x),
    "elu 0.7": lambda f, x: f.elu(x, 0.7),
    "elu negative": lambda f, x: f.elu(x, alpha=-0.7),
    "selu": lambda f, x: f.selu(x),
    "celu": lambda f, x: f.celu(x),
    "celu 2": lambda f, x: f.celu(x, alpha=2.0),
    "gelu": lambda f, x: f.gelu(x),
    "gelu tanh": lambda f, x: f.gelu(x, approximate="tanh"),
    "silu": lambda f, x: f.silu(x),
    "mish": lambda f, x: f.mish(x),
    "softplus": lambda f, x: f.softplus(x),
    "softplus 3, 2": lambda f, x: f.softplus(x, 3, 2),
    "logsigmoid": lambda f, x: f.logsigmoid(x),
    "relu6": lambda f, x: f.relu6(x),
    "hardtanh": lambda f, x: f.hardtanh(x),
    "hardtanh -0.3, 2": lambda f, x: f.hardtanh(x, -0.3, 2.0),
    # PyTorch's own multiplies its gradient by a 1/6 of float32, wrong from the eighth digit on.
    "hardsigmoid": lambda f, x: f.hardsigmoid(x) if f is F else f.relu6(x + 3) / 6,
    "hardswish": lambda f, x: f.hardswish(x),
    "softsign": lambda f, x: f.softsign(x),
    "tanhshrink": lambda f, x: f.tanhshrink(x),
    "softshrink": lambda f, x: f.softshrink(x),
    "softshrink 1": lambda f, x: f.softshrink(x, 1.0),
    "hardshrink": lambda f, x: f.hardshrink(x),
    "hardshrink 0": lambda f, x: f.hardshrink(x, 0.0),
    "threshold": lambda f, x: f.threshold(x, 0.5, -2.0),
    "glu": lambda f, x: f.glu(x),
    "glu 0": lambda f, x: f.glu(x, 0),
    "softmin": lambda f, x: f.softmin(x, 1),
    "softmax": lambda f, x: f.softmax(x, dim=-1),
    "log_softmax": lambda f, x: f.log_softmax(x, 0),
    "sigmoid": lambda f, x: f.sigmoid(x),
    "tanh": lambda f, x: f.tanh(x),
}


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(torch: Any, name: str, kind: str) -> None:
    agree(torch, ACTIVATIONS[name], values(4, 6), kind=kind)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_at_the_bends_and_far_away(torch: Any, name: str) -> None:
    """First derivatives where a formula changes, and where an exponential could overflow."""
    points = np.array([[-0.5, 0, 0.5, 1], [-1, 3, -3, 6], [800, -800, 30, -30], [2, -2, 1e4, -1e4]])
    x = at.tensor(points, requires_grad=True)
    y = torch.tensor(points, requires_grad=True)
    out, expected = ACTIVATIONS[name](F, x), ACTIVATIONS[name](torch.nn.functional, y)
    assert_same(out, expected, tolerance=1e-12)
    seed = np.arange(1.0, out.numel() + 1).reshape(out.shape)
    out.backward(at.tensor(seed))
    expected.backward(torch.tensor(seed))
    assert_same(x.grad, y.grad, tolerance=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_of_odd_memory_and_of_nothing(torch: Any, name: str) -> None:
    strided = at.tensor(values(6, 4), requires_grad=True)
    out = ACTIVATIONS[name](F, strided.T[:, ::1])
    assert_same(
        out, ACTIVATIONS[name](torch.nn.functional, torch.tensor(values(6, 4)).T), tolerance=1e-11
    )
    empty = at.zeros(0, 4, requires_grad=True)
    out = ACTIVATIONS[name](F, empty)
    out.sum().backward()
    assert empty.grad.shape == (0, 4)


IN_PLACE: list[Callable[[Any, Any], Any]] = [
    lambda f, x: f.relu(x, inplace=True),
    lambda f, x: f.leaky_relu(x, 0.2, True),
    lambda f, x: f.elu(x, 0.7, True),
    lambda f, x: f.selu(x, True),
    lambda f, x: f.celu(x, 2.0, True),
    lambda f, x: f.silu(x, True),
    lambda f, x: f.mish(x, True),
    lambda f, x: f.relu6(x, True),
    lambda f, x: f.hardtanh(x, -1.0, 2.0, True),
    lambda f, x: f.hardsigmoid(x, True) if f is F else f.relu6(x.add_(3), True).div_(6),
    lambda f, x: f.hardswish(x, True),
    lambda f, x: f.threshold(x, 0.5, 1.0, True),
]


@pytest.mark.parametrize("function", IN_PLACE)
def test_activation_in_place(torch: Any, function: Callable[[Any, Any], Any]) -> None:
    leaf = at.tensor(values(3, 4), requires_grad=True)
    other = torch.tensor(values(3, 4), requires_grad=True)
    x, y = leaf * 2, other * 2
    assert function(F, x) is x
    function(torch.nn.functional, y)
    assert_same(x, y, tolerance=1e-12)
    (x * x).sum().backward()
    (y * y).sum().backward()
    assert_same(leaf.grad, other.grad, tolerance=1e-12)
    with pytest.raises(RuntimeError, match="leaf"):
        function(F, leaf)


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize(
    ("shape", "slopes"),
    [((4, 3), 3), ((4, 3), 1), ((2, 3, 4, 2), 3), ((2, 3, 2), 1), ((5,), 1)],
)
def test_prelu(torch: Any, shape: tuple[int, ...], slopes: int, kind: str) -> None:
    agree(torch, lambda f, x, w: f.prelu(x, w), values(*shape), values(slopes, seed=1), kind=kind)


def test_gelu_is_exact_in_float32() -> None:
    """Close to the float64 result, also in the tail."""
    points = np.linspace(-6, 6, 101)
    exact = F.gelu(at.tensor(points)).numpy()
    rough = F.gelu(at.tensor(points.astype(np.float32))).numpy()
    np.testing.assert_allclose(rough, exact, atol=2e-7)


def test_raw_arrays_give_raw_arrays() -> None:
    x = values(3, 4)
    for function in (at.leaky_relu, at.gelu, at.softplus, at.elu, at.softshrink):
        assert isinstance(function(x), np.ndarray)
    assert isinstance(at.layer_norm(x, (4,)), np.ndarray)


# -- dropout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float64", "float32", "float16"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_leaves_out_the_right_part(p: float, kind: str) -> None:
    at.manual_seed(7)
    x = at.ones(200, 300, dtype=kind, requires_grad=True)
    out = F.dropout(x, p)
    kept = out.detach().numpy() != 0
    # Five standard deviations of a count of 60,000.
    assert abs(kept.mean() - (1 - p)) < 5 * np.sqrt(p * (1 - p) / 60_000)
    assert out.dtype == np.dtype(kind)
    np.testing.assert_allclose(out.detach().numpy()[kept].astype(float), 1 / (1 - p), rtol=1e-3)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), out.detach().numpy())


def test_dropout_of_any_memory_order() -> None:
    x = at.tensor(values(3, 4, 5, 2)).permute(2, 0, 3, 1)
    out = F.dropout(x, 0.5).numpy()
    assert out.strides == x.numpy().strides
    kept = out != 0
    np.testing.assert_allclose(out[kept], 2 * x.numpy()[kept])
    assert 0.2 < kept.mean() < 0.8


def test_dropout_follows_the_seed() -> None:
    x = at.ones(50)
    draws = []
    for seed in (1, 2, 1):
        at.manual_seed(seed)
        draws.append(F.dropout(x).tolist())
    assert draws[0] == draws[2] != draws[1]


def test_dropout_without_effect_and_with_full_effect() -> None:
    x = at.tensor(values(3, 4), requires_grad=True)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x
    out = F.dropout(x, 1.0)
    out.sum().backward()
    assert not out.detach().numpy().any()
    assert not x.grad.numpy().any()


def test_dropout_in_place_and_twice_differentiable() -> None:
    x = at.tensor(values(30), requires_grad=True)
    y = x * 1
    assert F.dropout(y, 0.5, True, True) is y
    mask = y.detach().numpy() / x.detach().numpy()
    (first,) = at.grad((y * y).sum(), x, create_graph=True)
    np.testing.assert_allclose(first.detach().numpy(), 2 * y.detach().numpy() * mask)
    (second,) = at.grad(first.sum(), x)
    np.testing.assert_allclose(second.numpy(), 2 * mask * mask)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_dropout_of_whole_channels(ndim: int) -> None:
    at.manual_seed(3)
    function = getattr(F, f"dropout{ndim}d")
    x = at.ones(20, 30, *[4] * ndim)
    channels = function(x, 0.4).numpy().reshape(600, -1)
    assert (channels == channels[:, :1]).all()
    assert 0.3 < (channels[:, 0] == 0).mean() < 0.5
    message = rf"dropout{ndim}d: expected input of shape \(N, C"
    if ndim == 1:
        with pytest.raises(RuntimeError, match=message):
            function(at.ones(3), 0.4)
    else:
        with pytest.warns(UserWarning, match=message):
            function(at.ones(3, 3), 0.4)


def test_dropout_of_integers_that_divides_nothing() -> None:
    for dtype in (at.int64, at.bool):
        x = at.ones(2, 3, 4, 4, dtype=dtype)
        for function in (
            F.dropout, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout,
        ):  # fmt: skip
            if function is not F.dropout3d:  # which takes four dimensions for one sample
                assert function(x, 0.0, training=True) is x
            none = function(x, 1.0, training=True)
            assert none.dtype == dtype
            assert none.shape == x.shape
            assert not none.any()
            with pytest.raises(RuntimeError, match="expected a floating-point Tensor"):
                function(x, 0.5, training=True)


# -- normalization ---------------------------------------------------------------------------------


def running(torch: Any, channels: int, kind: str) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(9)
    start = [rng.standard_normal(channels).astype(kind), rng.random(channels).astype(kind) + 0.5]
    return [at.tensor(one) for one in start], [torch.tensor(one) for one in start]


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 3), (2, 2, 1, 3, 2), (1, 3, 2, 2)])
def test_batch_norm(torch: Any, shape: tuple[int, ...], training: bool, kind: str) -> None:
    ours, theirs = running(torch, shape[1], kind)

    def function(f: Any, x: Any, weight: Any, bias: Any) -> Any:
        return f.batch_norm(x, *(ours if f is F else theirs), weight, bias, training, 0.3, 1e-3)

    channels = shape[1]
    x, weight, bias = values(*shape), values(channels, seed=1), values(channels, seed=2)
    agree(torch, function, x, weight, bias, kind=kind)
    for one, right in zip(ours, theirs, strict=True):
        assert_same(one, right)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_without_affine(torch: Any, training: bool) -> None:
    ours, theirs = running(torch, 3, "float64")

    def function(f: Any, x: Any) -> Any:
        return f.batch_norm(x, *(ours if f is F else theirs), training=training)

    agree(torch, function, values(5, 3, 2), kind="float64")
    if training:
        agree(
            torch,
            lambda f, x, w: f.batch_norm(x, None, None, weight=w, training=True),
            values(5, 3),
            values(3),
            kind="float64",
        )


def test_batch_norm_of_batch_innermost_memory(torch: Any) -> None:
    x = values(3, 4, 5, 6).transpose(3, 0, 1, 2)
    ours = at.from_numpy(x).requires_grad_()
    theirs = torch.tensor(x, requires_grad=True)
    out = F.batch_norm(ours, None, None, training=True)
    expected = torch.nn.functional.batch_norm(theirs, None, None, training=True)
    assert out.numpy(force=True).strides == x.strides  # first: what is detached is laid in order
    assert_same(out, expected, tolerance=1e-12)
    (out**3).sum().backward()
    (expected**3).sum().backward()
    assert ours.grad.numpy().strides == x.strides
    assert_same(ours.grad, theirs.grad, tolerance=1e-11)


def test_batch_norm_of_values_far_from_0(torch: Any) -> None:
    """The variance is taken around the mean, so float32 does not lose it."""
    x = (values(64, 3, spread=1.0) + 1000).astype(np.float32)
    out = F.batch_norm(at.tensor(x), None, None, training=True)
    exact = F.batch_norm(at.tensor(x.astype(np.float64)), None, None, training=True)
    np.testing.assert_allclose(out.numpy(), exact.numpy(), atol=1e-3)


def test_batch_norm_gradient_of_only_some_arguments(torch: Any) -> None:
    for wanted in range(3):
        arrays = [values(5, 3, 2), values(3, seed=1), values(3, seed=2)]
        ours = [at.tensor(one) for one in arrays]
        theirs = [torch.tensor(one) for one in arrays]
        ours[wanted].requires_grad_()
        theirs[wanted].requires_grad_()
        function = torch.nn.functional.batch_norm
        (F.batch_norm(ours[0], None, None, *ours[1:], training=True) ** 2).sum().backward()
        (function(theirs[0], None, None, *theirs[1:], training=True) ** 2).sum().backward()
        assert_same(ours[wanted].grad, theirs[wanted].grad, tolerance=1e-11)


def test_batch_norm_twice_through_one_graph() -> None:
    """Nothing is kept from one gradient to the next, even in the same memory."""
    x = at.tensor(values(5, 3), requires_grad=True)
    weight = at.ones(3, dtype=at.float64, requires_grad=True)
    out = F.batch_norm(x, None, None, weight, training=True)
    seed = at.tensor(values(5, 3, seed=1))
    (first,) = at.grad(out, weight, seed, retain_graph=True)
    seed.mul_(2)
    (second,) = at.grad(out, x, seed, retain_graph=True)
    (third,) = at.grad(out, weight, seed, retain_graph=True)
    np.testing.assert_allclose(third.numpy(), 2 * first.numpy())
    out.backward(seed)
    np.testing.assert_array_equal(x.grad.numpy(), second.numpy())
    with pytest.raises(RuntimeError, match="already used"):
        out.backward(seed)


def test_running_statistics_are_marked_as_written() -> None:
    """A graph that saved them notices."""
    mean, variance = at.zeros(2), at.ones(2)
    x = at.tensor([[1.0, 2.0], [4.0, 8.0]], requires_grad=True)
    saved = (x * variance).sum()
    F.batch_norm(x, mean, variance, training=True)
    np.testing.assert_allclose(mean.numpy(), [0.25, 0.5])
    np.testing.assert_allclose(variance.numpy(), [0.9 + 0.45, 0.9 + 1.8])
    with pytest.raises(RuntimeError, match="modified"):
        saved.backward()


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize(("shape", "sizes"), [((4, 5), (5,)), ((2, 3, 4), (3, 4)), ((6,), (6,))])
def test_layer_norm(torch: Any, shape: tuple[int, ...], sizes: tuple[int, ...], kind: str) -> None:
    x, weight, bias = values(*shape), values(*sizes, seed=1), values(*sizes, seed=2)
    agree(torch, lambda f, x, w, b: f.layer_norm(x, sizes, w, b), x, weight, bias, kind=kind)
    agree(torch, lambda f, x: f.layer_norm(x, sizes, eps=0.1), x, kind=kind)


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize(("shape", "groups"), [((4, 6), 2), ((2, 6, 3, 2), 3), ((3, 4, 5), 1)])
def test_group_norm(torch: Any, shape: tuple[int, ...], groups: int, kind: str) -> None:
    channels = values(shape[1], seed=1), values(shape[1], seed=2)
    agree(
        torch,
        lambda f, x, w, b: f.group_norm(x, groups, w, b),
        values(*shape),
        *channels,
        kind=kind,
    )


@pytest.mark.parametrize("stats", [True, False])
def test_instance_norm(torch: Any, stats: bool) -> None:
    ours, theirs = running(torch, 3, "float64")

    def function(f: Any, x: Any, weight: Any, bias: Any) -> Any:
        return f.instance_norm(x, *(ours if f is F else theirs), weight, bias, stats)

    arrays = values(2, 3, 4, 2), values(3, seed=1), values(3, seed=2)
    agree(torch, function, *arrays, kind="float64")
    for one, right in zip(ours, theirs, strict=True):
        assert_same(one, right, tolerance=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    shape=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    affine=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_batch_norm_makes_mean_0_and_variance_1(shape: list[int], affine: bool, order: Any) -> None:
    """Whatever the shape and the memory order; no other library needed."""
    shape[0] += 1
    axes = list(range(len(shape)))
    order.shuffle(axes)
    x = np.transpose(values(*[shape[axis] for axis in axes]), np.argsort(axes))
    weight, bias = values(shape[1], seed=1), values(shape[1], seed=2)
    extra = (at.tensor(weight), at.tensor(bias)) if affine else ()
    out = F.batch_norm(at.from_numpy(x), None, None, *extra, training=True, eps=1e-14).numpy()
    rest = (0, *range(2, len(shape)))
    np.testing.assert_allclose(out.mean(rest), bias if affine else 0.0, atol=1e-9)
    np.testing.assert_allclose(out.std(rest), np.abs(weight) if affine else 1.0, atol=1e-9)


# -- errors ----------------------------------------------------------------------------------------

X = at.ones(4, 6)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.leaky_relu(at.tensor([1])), RuntimeError, "leaky_relu: expected a floating"),
        (lambda: F.leaky_relu([1.0]), TypeError, "leaky_relu: input must be a Tensor, got list"),
        (lambda: F.gelu(X, approximate="fast"), RuntimeError, "'none' or 'tanh', got 'fast'"),
        (lambda: F.celu(X, 0.0), RuntimeError, "celu: alpha must not be 0"),
        (lambda: F.hardtanh(X, 2.0, 1.0), ValueError, "min_val 2.0, max_val 1.0"),
        (lambda: F.softshrink(X, -1.0), RuntimeError, "softshrink: lambd .* got -1.0"),
        (lambda: F.glu(at.ones(3)), RuntimeError, "glu: dim -1 must be of even size, got 3"),
        (lambda: F.glu(at.tensor(1.0)), RuntimeError, "glu: a 0-d Tensor"),
        (lambda: F.softmin(X), TypeError, "softmin: dim is missing"),
        (lambda: F.prelu(X, at.ones(5)), RuntimeError, r"prelu: .* 6 channels .* shape \(5,\)"),
        (lambda: F.dropout(X, 1.5), ValueError, "dropout: p must be .* got 1.5"),
        (lambda: F.dropout(at.tensor([1]), 0.5), RuntimeError, "dropout: expected a floating"),
        (
            lambda: F.batch_norm(at.ones(1, 3), None, None, training=True),
            ValueError,
            r"batch_norm: expected more than 1 value per channel when training, .*\(1, 3\)",
        ),
        (lambda: F.batch_norm(at.ones(3), None, None), RuntimeError, r"batch_norm: .* \(N, C\)"),
        (lambda: F.batch_norm(X, None, None), RuntimeError, "running_mean and running_var"),
        (
            lambda: F.batch_norm(X, None, None, at.ones(4), training=True),
            RuntimeError,
            r"batch_norm: weight must have shape \(6,\) .* got \(4,\)",
        ),
        (
            lambda: F.batch_norm(X, None, None, at.ones(6, dtype=at.float64), training=True),
            RuntimeError,
            "batch_norm: .* same dtype, got input float32, the layer's weight float64",
        ),
        (lambda: F.layer_norm(X, (4,)), RuntimeError, r"layer_norm: .* \(4,\), got .* \(4, 6\)"),
        (lambda: F.group_norm(X, 4), RuntimeError, "group_norm: the 6 channels .* 4 groups"),
        (lambda: F.instance_norm(X), RuntimeError, r"instance_norm: expected .* \(N, C, \*\)"),
        (lambda: F.instance_norm(at.ones(2, 3, 1)), ValueError, "more than 1 spatial element"),
    ],
)
def test_errors(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_all_names_are_there_and_pytorchs(torch: Any) -> None:
    """Everything but min_pool, which PyTorch does not have."""
    assert len(set(F.__all__)) == len(F.__all__)
    for name in F.__all__:
        assert callable(getattr(F, name))
        assert hasattr(torch.nn.functional, name) or name.startswith("min_pool"), name
