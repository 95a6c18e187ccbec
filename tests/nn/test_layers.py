"""The layers against PyTorch: parameters, first values, representation, results, gradients."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn import layers
from nn.module import Module


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * 2


def same(ours: Any, theirs: Any, tolerance: float = 1e-10) -> None:
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def twins(torch: Any, make: Callable[[Any, Any], Any], dtype: str) -> tuple[Any, Any]:
    """The layer of both libraries, with equal parameters and buffers."""
    ours, theirs = make(layers, np.dtype(dtype)), make(torch.nn, getattr(torch, dtype))
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for name, value in ours.state_dict().items():
        assert value.shape == tuple(state[name].shape)
        assert value.dtype == state[name].numpy().dtype
    ours.load_state_dict({name: at.tensor(value.numpy()) for name, value in state.items()})
    return ours, theirs


Case = tuple[Callable[[Any, Any], Any], tuple[int, ...]]

PARAMETRIC: list[Case] = [
    (lambda m, d: m.Linear(4, 3, dtype=d), (5, 4)),
    (lambda m, d: m.Linear(4, 3, bias=False, dtype=d), (2, 3, 4)),
    (lambda m, d: m.Conv1d(2, 3, 3, padding=1, dtype=d), (2, 2, 7)),
    (lambda m, d: m.Conv2d(2, 4, 3, dtype=d), (2, 2, 6, 5)),
    (lambda m, d: m.Conv2d(2, 4, (3, 2), stride=2, padding=(1, 0), dtype=d), (2, 2, 6, 5)),
    (lambda m, d: m.Conv2d(4, 4, 3, groups=2, dilation=2, bias=False, dtype=d), (1, 4, 7, 6)),
    (lambda m, d: m.Conv2d(2, 3, (4, 3), padding="same", dtype=d), (2, 2, 6, 5)),
    (lambda m, d: m.Conv2d(2, 3, 2, stride=2, padding="valid", dtype=d), (2, 6, 5)),
    (lambda m, d: m.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect", dtype=d), (2, 2, 6, 5)),
    (lambda m, d: m.Conv2d(2, 3, 3, 2, 1, padding_mode="replicate", dtype=d), (2, 2, 6, 5)),
    (lambda m, d: m.Conv2d(2, 3, 3, padding=2, padding_mode="circular", dtype=d), (2, 2, 6, 5)),
    (
        lambda m, d: m.Conv2d(2, 3, (2, 4), padding="same", padding_mode="circular", dtype=d),
        (2, 2, 6, 5),
    ),
    (lambda m, d: m.Conv3d(2, 2, 2, dtype=d), (1, 2, 3, 4, 3)),
    (lambda m, d: m.ConvTranspose1d(2, 3, 3, stride=2, dtype=d), (2, 2, 5)),
    (lambda m, d: m.ConvTranspose2d(2, 4, 3, 2, 1, 1, groups=2, dtype=d), (2, 2, 4, 3)),
    (lambda m, d: m.ConvTranspose3d(2, 2, 2, bias=False, dilation=2, dtype=d), (1, 2, 2, 3, 2)),
    (lambda m, d: m.BatchNorm1d(3, dtype=d), (6, 3)),
    (lambda m, d: m.BatchNorm1d(3, dtype=d), (4, 3, 5)),
    (lambda m, d: m.BatchNorm2d(3, eps=0.1, momentum=None, dtype=d), (4, 3, 2, 3)),
    (lambda m, d: m.BatchNorm2d(3, affine=False, momentum=0.4, dtype=d), (4, 3, 2, 3)),
    (lambda m, d: m.BatchNorm2d(3, track_running_stats=False, dtype=d), (4, 3, 2, 3)),
    (lambda m, d: m.BatchNorm2d(3, bias=False, dtype=d), (4, 3, 2, 3)),
    (lambda m, d: m.BatchNorm3d(2, dtype=d), (2, 2, 2, 1, 3)),
    (lambda m, d: m.LayerNorm(4, dtype=d), (3, 4)),
    (lambda m, d: m.LayerNorm((3, 4), 1e-3, dtype=d), (2, 3, 4)),
    (lambda m, d: m.LayerNorm([4], bias=False, dtype=d), (2, 3, 4)),
    (lambda m, d: m.LayerNorm(4, elementwise_affine=False, dtype=d), (2, 3, 4)),
    (lambda m, d: m.GroupNorm(2, 4, dtype=d), (3, 4, 5)),
    (lambda m, d: m.GroupNorm(2, 4, affine=False, dtype=d), (3, 4)),
    (lambda m, d: m.InstanceNorm1d(3, dtype=d), (2, 3, 5)),
    (lambda m, d: m.InstanceNorm1d(3, 1e-2, 0.3, True, True, dtype=d), (3, 5)),
    (lambda m, d: m.InstanceNorm2d(3, affine=True, bias=False, dtype=d), (2, 3, 2, 3)),
    (lambda m, d: m.InstanceNorm2d(2, track_running_stats=True, dtype=d), (3, 2, 2, 3)),
    (lambda m, d: m.InstanceNorm3d(2, affine=True, dtype=d), (2, 2, 1, 3)),
    (lambda m, d: m.RMSNorm(4, dtype=d), (3, 4)),
    (lambda m, d: m.RMSNorm((3, 4), 1e-2, dtype=d), (2, 3, 4)),
    (lambda m, d: m.RMSNorm([4], elementwise_affine=False, dtype=d), (2, 3, 4)),
    (lambda m, d: m.PReLU(dtype=d), (3, 4)),
    (lambda m, d: m.PReLU(4, init=0.1, dtype=d), (3, 4)),
]

PLAIN: list[Case] = [
    (lambda m, d: m.Identity(54, unused=1), (3, 4)),
    (lambda m, d: m.MaxPool1d(2), (2, 3, 6)),
    (lambda m, d: m.MaxPool2d(2), (2, 3, 6, 5)),
    (lambda m, d: m.MaxPool2d((3, 2), stride=(2, 1), padding=1, ceil_mode=True), (2, 3, 6, 5)),
    (lambda m, d: m.MaxPool2d(2, 1, dilation=2), (3, 6, 5)),
    (lambda m, d: m.MaxPool3d(2), (1, 2, 4, 2, 3)),
    (lambda m, d: m.AvgPool1d(3, 2, 1), (2, 3, 6)),
    (lambda m, d: m.AvgPool2d(2), (2, 3, 6, 5)),
    (lambda m, d: m.AvgPool2d((3, 2), 2, 1, True, False), (2, 3, 6, 5)),
    (lambda m, d: m.AvgPool2d(2, divisor_override=3), (2, 3, 6, 5)),
    (lambda m, d: m.AvgPool3d(2), (1, 2, 4, 2, 3)),
    (lambda m, d: m.ReLU(), (3, 4)),
    (lambda m, d: m.LocalResponseNorm(2, 0.5), (2, 3, 4)),
    (lambda m, d: m.ReLU6(), (3, 4)),
    (lambda m, d: m.RReLU(0.3, 0.3), (3, 4)),
    (lambda m, d: m.Softmax2d(), (2, 3, 2, 2)),
    (lambda m, d: m.Softmax2d(), (3, 2, 2)),
    (lambda m, d: m.AlphaDropout(0.0), (3, 4)),
    (lambda m, d: m.LeakyReLU(0.2), (3, 4)),
    (lambda m, d: m.Hardtanh(-0.5, 1.5), (3, 4)),
    (lambda m, d: m.Hardswish(), (3, 4)),
    (lambda m, d: m.Threshold(0.5, 1.0), (3, 4)),
    (lambda m, d: m.Hardshrink(0.3), (3, 4)),
    (lambda m, d: m.Softshrink(0.3), (3, 4)),
    (lambda m, d: m.Sigmoid(), (3, 4)),
    (lambda m, d: m.LogSigmoid(), (3, 4)),
    (lambda m, d: m.Tanh(), (3, 4)),
    (lambda m, d: m.ELU(0.5), (3, 4)),
    (lambda m, d: m.CELU(0.5), (3, 4)),
    (lambda m, d: m.SELU(), (3, 4)),
    (lambda m, d: m.GELU(), (3, 4)),
    (lambda m, d: m.GELU("tanh"), (3, 4)),
    (lambda m, d: m.SiLU(), (3, 4)),
    (lambda m, d: m.Mish(), (3, 4)),
    (lambda m, d: m.Softplus(2.0, 1.0), (3, 4)),
    (lambda m, d: m.Softsign(), (3, 4)),
    (lambda m, d: m.Tanhshrink(), (3, 4)),
    (lambda m, d: m.Softmax(1), (3, 4)),
    (lambda m, d: m.Softmax(dim=0), (3, 4)),
    (lambda m, d: m.LogSoftmax(-1), (3, 4)),
    (lambda m, d: m.Softmin(1), (3, 4)),
    (lambda m, d: m.GLU(), (3, 4)),
    (lambda m, d: m.Flatten(), (2, 3, 4)),
    (lambda m, d: m.Flatten(0, 1), (2, 3, 4)),
    (lambda m, d: m.Unflatten(1, (2, -1)), (3, 4)),
    (lambda m, d: m.Dropout(0.0), (3, 4)),
]


# PyTorch's own, for windows of even size.
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("make", "shape"), PARAMETRIC + PLAIN)
def test_layer(torch: Any, make: Any, shape: tuple[int, ...], dtype: str) -> None:
    """Twice in training, once in evaluation: results, both derivatives, and all state after."""
    tolerance = {"float64": 1e-9, "float32": 1e-3}[dtype]
    ours, theirs = twins(torch, make, dtype)
    for step, training in enumerate((True, True, False)):
        ours.train(training)
        theirs.train(training)
        data = values(*shape, seed=step).astype(dtype)
        x, y = at.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
        out, expected = ours(x), theirs(y)
        same(out, expected, tolerance)
        parameters, others = [x, *ours.parameters()], [y, *theirs.parameters()]
        # The recording rules in float64, the fast ones on arrays in float32.
        graph = dtype == "float64"
        first = at.grad((out**3).sum(), parameters, create_graph=graph)
        wanted = torch.autograd.grad((expected**3).sum(), others, create_graph=graph)
        for one, right in zip(first, wanted, strict=True):
            same(one, right, tolerance * max(1.0, right.detach().abs().max().item()))
        if graph:
            second = at.grad(sum((one * one).sum() for one in first), x)
            wanted = torch.autograd.grad(sum((one * one).sum() for one in wanted), y)
            same(second[0], wanted[0], tolerance * max(1.0, wanted[0].abs().max().item()))
    for name, value in ours.state_dict().items():
        same(value, theirs.state_dict()[name], tolerance)


MORE: list[Callable[[Any, Any], Any]] = [
    lambda m, d: m.ReLU(inplace=True),
    lambda m, d: m.LeakyReLU(inplace=True),
    lambda m, d: m.ELU(2, True),
    lambda m, d: m.Hardtanh(inplace=True),
    lambda m, d: m.Hardtanh(min_value=-2.0, max_value=3.0),
    lambda m, d: m.ReLU6(True),
    lambda m, d: m.RReLU(),
    lambda m, d: m.RReLU(0.1, 0.2, True),
    lambda m, d: m.Hardswish(True),
    lambda m, d: m.Mish(True),
    lambda m, d: m.Threshold(1, 2, True),
    lambda m, d: m.Hardsigmoid(True),
    lambda m, d: m.AlphaDropout(0.3),
    lambda m, d: m.FeatureAlphaDropout(0.3, True),
    lambda m, d: m.Embedding(5, 3),
    lambda m, d: m.Embedding(5, 3, -1, 2.0, 1.0, True),
    lambda m, d: m.EmbeddingBag(5, 3),
    lambda m, d: m.EmbeddingBag(5, 3, 2.0, 1.0, True, "sum", padding_idx=2),
    lambda m, d: m.Bilinear(2, 3, 4),
    lambda m, d: m.CosineSimilarity(0),
    lambda m, d: m.PairwiseDistance(1.0),
    lambda m, d: m.Softmax(),
    lambda m, d: m.Dropout(),
    lambda m, d: m.Dropout1d(0.2, True),
    lambda m, d: m.Dropout2d(0.2),
    lambda m, d: m.Dropout3d(0.2),
    lambda m, d: m.Conv2d(4, 8, 3, 2, 1, 2, 4, False, "circular"),
    lambda m, d: m.MSELoss(),
    lambda m, d: m.L1Loss(),
    lambda m, d: m.SmoothL1Loss(),
    lambda m, d: m.HuberLoss(),
    lambda m, d: m.CrossEntropyLoss(),
    lambda m, d: m.NLLLoss(),
    lambda m, d: m.BCELoss(),
    lambda m, d: m.BCEWithLogitsLoss(),
    lambda m, d: m.KLDivLoss(),
    lambda m, d: m.NLLLoss2d(),
    lambda m, d: m.TripletMarginLoss(),
    lambda m, d: m.TripletMarginWithDistanceLoss(),
]


def test_representation(torch: Any) -> None:
    for make in [make for make, _ in PARAMETRIC + PLAIN] + MORE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's own, of names that are old
            theirs = repr(make(torch.nn, torch.float32))
        assert repr(make(layers, at.float32)) == theirs


def test_all_names_are_documented_modules() -> None:
    assert len(set(layers.__all__)) == len(layers.__all__)
    for name in layers.__all__:
        assert issubclass(getattr(layers, name), Module)
        assert getattr(layers, name).__doc__


# -- first values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda: layers.Linear(400, 300), 400),
        (lambda: layers.Conv2d(16, 64, 5, groups=2), 200),
        (lambda: layers.ConvTranspose2d(64, 32, 5, groups=2), 400),
    ],
)
def test_first_values(make: Any, fan_in: int) -> None:
    """Uniform within ±1/√fan_in, as PyTorch."""
    at.manual_seed(11)
    layer = make()
    bound = 1 / math.sqrt(fan_in)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    assert weight.dtype == np.float32
    for drawn in (weight, bias):
        assert np.abs(drawn).max() <= bound
        assert np.abs(drawn).max() > 0.9 * bound
        assert abs(drawn.std() / (bound / math.sqrt(3)) - 1) < 0.2
    assert abs(weight.mean()) < 0.05 * bound
    before = weight.copy()
    layer.reset_parameters()
    assert not np.array_equal(layer.weight.detach().numpy(), before)


def test_seed_decides_the_first_values() -> None:
    drawn = []
    for seed in (1, 2, 1):
        at.manual_seed(seed)
        drawn.append(layers.Linear(3, 2).weight.tolist())
    assert drawn[0] == drawn[2] != drawn[1]


# -- behaviour -------------------------------------------------------------------------------------


def test_dropout_only_in_training() -> None:
    x = at.ones(100)
    layer = layers.Dropout(0.5)
    assert (layer(x) == 0).any()
    layer.eval()
    assert layer(x) is x


def test_in_place_layers_write_into_their_input() -> None:
    for layer in (layers.ReLU(True), layers.LeakyReLU(0.1, True), layers.Dropout(0.5, True)):
        x = at.tensor(values(5))
        assert layer(x) is x


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_softmax_guesses_its_dim_as_pytorch_does(torch: Any, shape: tuple[int, ...]) -> None:
    x = values(*shape)
    with pytest.warns(UserWarning, match="dim is missing"):
        found = layers.Softmax()(at.tensor(x))
    with pytest.warns(UserWarning, match="Implicit dimension"):
        expected = torch.nn.Softmax()(torch.tensor(x))
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_min_pool_is_max_pool_upside_down(ndim: int) -> None:
    x = values(2, 3, *[5] * ndim)
    results = []
    for name, sign in (("Max", 1.0), ("Min", -1.0)):
        layer = getattr(layers, f"{name}Pool{ndim}d")(2, stride=1, padding=1)
        given = at.tensor(sign * x, requires_grad=True)
        out = layer(given)
        (out**3).sum().backward()
        # Input, output and its cube all change their sign, so the gradient does not.
        results.append((sign * out.detach().numpy(), given.grad.numpy()))
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two)


def test_max_pool_gives_indices(torch: Any) -> None:
    x = values(2, 3, 6, 4)
    for one, two in zip(
        layers.MaxPool2d(2, return_indices=True)(at.tensor(x)),
        torch.nn.MaxPool2d(2, return_indices=True)(torch.tensor(x)),
        strict=True,
    ):
        same(one, two)


def test_batch_norm_forgets_when_told() -> None:
    layer = layers.BatchNorm2d(3)
    layer(at.tensor(values(4, 3, 2, 2).astype(np.float32)))
    assert layer.num_batches_tracked.item() == 1
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_mean.tolist() == [0, 0, 0]
    assert layer.running_var.tolist() == [1, 1, 1]


def test_atan() -> None:
    np.testing.assert_allclose(layers.Atan()(at.tensor(values(4))).numpy(), np.arctan(values(4)))


# -- losses ----------------------------------------------------------------------------------------

SCORES, TARGETS, CHANCES = values(4, 3), np.array([0, 2, 1, 2]), np.full((4, 3), 0.2)

LOSSES: list[tuple[Callable[[Any, Any], Any], np.ndarray, np.ndarray]] = [
    (lambda m, w: m.CrossEntropyLoss(), SCORES, TARGETS),
    (lambda m, w: m.CrossEntropyLoss(w, ignore_index=1, reduction="sum"), SCORES, TARGETS),
    (lambda m, w: m.CrossEntropyLoss(label_smoothing=0.1), SCORES, TARGETS),
    (lambda m, w: m.NLLLoss(w, ignore_index=1), SCORES, TARGETS),
    (lambda m, w: m.MSELoss(reduction="none"), SCORES, CHANCES),
    (lambda m, w: m.L1Loss(reduction="sum"), SCORES, CHANCES),
    (lambda m, w: m.SmoothL1Loss(beta=0.5), SCORES, CHANCES),
    (lambda m, w: m.HuberLoss("sum", 0.5), SCORES, CHANCES),
    (lambda m, w: m.BCELoss(w), CHANCES * 2, CHANCES),
    (lambda m, w: m.BCEWithLogitsLoss(w, reduction="sum", pos_weight=w), SCORES, CHANCES),
    (lambda m, w: m.KLDivLoss(reduction="batchmean"), SCORES, CHANCES),
    (lambda m, w: m.KLDivLoss(reduction="sum", log_target=True), SCORES, CHANCES),
]


@pytest.mark.parametrize(("make", "input", "target"), LOSSES)
def test_loss_layer(torch: Any, make: Any, input: np.ndarray, target: np.ndarray) -> None:
    weight = np.array([0.5, 1.0, 2.0])
    ours, theirs = make(layers, at.tensor(weight)), make(torch.nn, torch.tensor(weight))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x, y = at.tensor(input, requires_grad=True), torch.tensor(input, requires_grad=True)
    out, expected = ours(x, at.tensor(target)), theirs(y, torch.tensor(target))
    same(out, expected)
    out.sum().backward()
    expected.sum().backward()
    same(x.grad, y.grad)


NEAR, FAR, SIGNS = values(4, 3, seed=1), values(4, 3, seed=2), np.array([1, -1, -1, 1])

OTHER_LOSSES: list[tuple[Callable[[Any, Any], Any], tuple[Any, ...]]] = [
    (lambda m, w: m.NLLLoss2d(w), (TARGETS,)),
    (lambda m, w: m.PoissonNLLLoss(full=True, reduction="sum"), (CHANCES * 9,)),
    (lambda m, w: m.PoissonNLLLoss(False, eps=0.1), (CHANCES * 9,)),
    (lambda m, w: m.GaussianNLLLoss(full=True), (NEAR, CHANCES)),
    (lambda m, w: m.HingeEmbeddingLoss(0.5), (np.sign(NEAR),)),
    (lambda m, w: m.SoftMarginLoss(reduction="sum"), (np.sign(NEAR),)),
    (lambda m, w: m.MarginRankingLoss(0.5), (NEAR, np.sign(FAR))),
    (lambda m, w: m.MultiMarginLoss(2, 0.5, w), (TARGETS,)),
    (lambda m, w: m.MultiLabelMarginLoss(), (np.array([[1, -1, 0]] * 4),)),
    (lambda m, w: m.MultiLabelSoftMarginLoss(w), (CHANCES,)),
    (lambda m, w: m.CosineEmbeddingLoss(-0.5), (NEAR, SIGNS)),
    (lambda m, w: m.TripletMarginLoss(2.0, 1.0, 1e-3, True), (NEAR, FAR)),
    (lambda m, w: m.TripletMarginWithDistanceLoss(margin=2.0, swap=True), (NEAR, FAR)),
    (
        lambda m, w: m.TripletMarginWithDistanceLoss(distance_function=m.CosineSimilarity()),
        (NEAR, FAR),
    ),
    (lambda m, w: m.CosineSimilarity(0, 0.1), (NEAR,)),
    (lambda m, w: m.PairwiseDistance(3.0, 0.1, True), (NEAR,)),
]


@pytest.mark.parametrize(("make", "others"), OTHER_LOSSES)
@pytest.mark.filterwarnings("ignore:.*NLLLoss2d:FutureWarning")
def test_loss_layer_of_several(torch: Any, make: Any, others: tuple[np.ndarray, ...]) -> None:
    weight = np.array([0.5, 1.0, 2.0])
    ours, theirs = make(layers, at.tensor(weight)), make(torch.nn, torch.tensor(weight))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    scores = np.abs(SCORES) if getattr(ours, "log_input", True) is False else SCORES
    x, y = at.tensor(scores, requires_grad=True), torch.tensor(scores, requires_grad=True)
    out = ours(x, *(at.tensor(one) for one in others))
    expected = theirs(y, *(torch.tensor(one) for one in others))
    same(out, expected)
    out.sum().backward()
    expected.sum().backward()
    same(x.grad, y.grad)


def test_ctc_layer(torch: Any) -> None:
    scores = values(6, 2, 4)
    results = []
    for lib, module in ((at, layers), (torch, torch.nn)):
        x = lib.tensor(scores, requires_grad=True)
        targets, times, lengths = (lib.tensor(one) for one in ([[0, 1], [1, 1]], [6, 2], [2, 2]))
        loss = module.CTCLoss(3, "sum", zero_infinity=True)
        results.append((out := loss(x.log_softmax(2), targets, times, lengths), x))
        out.backward()
    same(results[0][0], results[1][0])
    same(results[0][1].grad, results[1][1].grad)


# -- many classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [False, True])
def test_adaptive_softmax(torch: Any, bias: bool) -> None:
    ours, theirs = twins(
        torch,
        lambda m, d: m.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 6, 9], 2.0, bias, dtype=d),
        "float64",
    )
    assert repr(ours) == repr(theirs)
    data = values(10, 8)
    target = np.array([0, 11, 2, 4, 3, 5, 1, 10, 0, 2])  # none in the second cluster
    for rows in (slice(None), slice(0, 1), 1):
        x, y = at.tensor(data[rows], requires_grad=True), torch.tensor(data[rows])
        y.requires_grad_()
        out, loss = ours(x, at.tensor(target[rows]))
        expected = theirs(y, torch.tensor(target[rows]))
        same(out, expected.output)
        same(loss, expected.loss)
        loss.backward()
        expected.loss.backward()
        same(x.grad, y.grad)
    for one, right in zip(ours.parameters(), theirs.parameters(), strict=True):
        if right.grad is None:
            assert one.grad is None
        else:
            same(one.grad, right.grad)
    same(ours.log_prob(at.tensor(data)), theirs.log_prob(torch.tensor(data)))
    assert ours.predict(at.tensor(data)).tolist() == theirs.predict(torch.tensor(data)).tolist()
    everything = ours.log_prob(at.tensor(data)).exp().sum(1)
    np.testing.assert_allclose(everything.detach().numpy(), 1)


# -- tables ----------------------------------------------------------------------------------------

NUMBERS = np.array([[1, 4, 1], [0, 1, 3]])


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (lambda m, d: m.Embedding(5, 3, dtype=d), (NUMBERS,)),
        (lambda m, d: m.Embedding(5, 3, 1, 0.5, 1.0, True, dtype=d), (NUMBERS,)),
        (lambda m, d: m.EmbeddingBag(5, 3, dtype=d), (NUMBERS,)),
        (lambda m, d: m.EmbeddingBag(5, 3, 0.5, mode="max", padding_idx=0, dtype=d), (NUMBERS,)),
        (
            lambda m, d: m.EmbeddingBag(5, 3, mode="sum", include_last_offset=True, dtype=d),
            (NUMBERS.reshape(-1), np.array([0, 4, 6]), np.linspace(0.5, 1, 6)),
        ),
        (lambda m, d: m.Bilinear(3, 2, 4, dtype=d), (values(5, 3), values(5, 2))),
        (lambda m, d: m.Bilinear(3, 2, 4, False, dtype=d), (values(3), values(2))),
    ],
)
def test_layer_of_several(torch: Any, make: Any, given: tuple[np.ndarray, ...]) -> None:
    ours, theirs = twins(torch, make, "float64")
    out, expected = ours(*map(at.tensor, given)), theirs(*map(torch.tensor, given))
    same(out, expected)
    (out**2).sum().backward()
    (expected**2).sum().backward()
    for one, right in zip(ours.parameters(), theirs.parameters(), strict=True):
        same(one.grad, right.grad)
        same(one, right)  # rows that were too long have been shortened


def test_first_values_of_tables_and_bilinear() -> None:
    at.manual_seed(5)
    table = layers.Embedding(3000, 4, padding_idx=-2).weight.detach().numpy()
    assert (table[2998] == 0).all()
    assert abs(table.std() - 1) < 0.05
    assert np.abs(table).max() > 3
    bilinear = layers.Bilinear(400, 5, 6)
    for drawn in (bilinear.weight.detach().numpy(), bilinear.bias.detach().numpy()):
        assert 0.8 / 20 < np.abs(drawn).max() <= 1 / 20


@pytest.mark.parametrize("name", ["Embedding", "EmbeddingBag"])
def test_table_given(name: str) -> None:
    given = at.tensor(values(5, 3))
    frozen = getattr(layers, name).from_pretrained(given)
    assert not frozen.weight.requires_grad
    assert np.shares_memory(frozen.weight.array, given.array)
    trained = getattr(layers, name).from_pretrained(given, freeze=False, padding_idx=1)
    assert trained.weight.requires_grad
    assert trained.padding_idx == 1
    assert given[1].abs().sum().item() > 0  # as it was given


def test_device_is_the_cpu() -> None:
    assert layers.Linear(2, 3, True, "cpu", at.float64).weight.dtype == at.float64
    with pytest.raises(RuntimeError, match=r"Linear: device 'cuda' is not available; .* 'cpu'"):
        layers.Linear(2, 3, device="cuda")


def test_outdated_arguments_of_losses() -> None:
    for arguments, meant in (((True, None), "mean"), ((False,), "sum"), ((None, False), "none")):
        with pytest.warns(UserWarning, match=f"MSELoss: .* reduction='{meant}'"):
            assert layers.MSELoss(*arguments).reduction == meant
    with pytest.raises(TypeError, match=r"size_average must be a bool .* reduction='sum'"):
        layers.MSELoss("sum")


def test_instance_norm_of_other_channels_warns() -> None:
    x = at.tensor([[[1.0, 3.0], [4.0, 4.0]]])
    with pytest.warns(UserWarning, match=r"InstanceNorm1d: expected 5 channels, got .*\(1, 2, 2\)"):
        y = layers.InstanceNorm1d(5, eps=0.5)(x)
    # Variances 1 and 0.
    np.testing.assert_allclose(y.numpy(), [[[-(1.5**-0.5), 1.5**-0.5], [0, 0]]], rtol=1e-6)
    with pytest.raises(ValueError, match="expected 5 channels"):
        layers.InstanceNorm1d(5, affine=True)(x)


# -- nothing at all --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (lambda: layers.Linear(0, 3), (2, 0), (2, 3)),
        (lambda: layers.Linear(3, 0), (2, 3), (2, 0)),
        (lambda: layers.Bilinear(3, 3, 0), (2, 3), (2, 0)),
        (lambda: layers.Conv2d(0, 3, 2), (2, 0, 5, 4), (2, 3, 4, 3)),
        (lambda: layers.ConvTranspose2d(3, 0, 2), (2, 3, 5, 4), (2, 0, 6, 5)),
        (lambda: layers.LayerNorm(0), (2, 0), (2, 0)),
        (lambda: layers.RMSNorm((0, 3)), (2, 0, 3), (2, 0, 3)),
        (lambda: layers.GroupNorm(1, 0), (2, 0, 3), (2, 0, 3)),
        (lambda: layers.BatchNorm1d(0), (2, 0, 3), (2, 0, 3)),
        (lambda: layers.PReLU(0), (2, 0, 3), (2, 0, 3)),
        (lambda: layers.AdaptiveAvgPool1d(5), (0, 10), (0, 5)),
        (lambda: layers.AdaptiveAvgPool1d(3), (1, 0, 50), (1, 0, 3)),
        (lambda: layers.AdaptiveAvgPool2d(5), (0, 10, 10), (0, 5, 5)),
        (lambda: layers.AdaptiveAvgPool3d(5), (0, 9, 9, 9), (0, 5, 5, 5)),
        (lambda: layers.AdaptiveMaxPool1d(5), (0, 10), (0, 5)),
        (lambda: layers.AdaptiveMaxPool2d(5), (0, 10, 10), (0, 5, 5)),
        (lambda: layers.FractionalMaxPool2d(2, output_size=[0, 1]), (1, 1, 5, 5), (1, 1, 0, 1)),
        (lambda: layers.FractionalMaxPool3d(2, output_size=(1, 0, 1)), (0, 5, 5, 5), (0, 1, 0, 1)),
    ],
)
def test_layers_of_no_features(layer: Any, shape: Any, expected: Any) -> None:
    """They give what is empty, or the bias, here 0; and so do gradients."""
    made = layer()
    if getattr(made, "bias", None) is not None:
        made.bias.detach().zero_()
    x = at.ones(shape, requires_grad=True)
    y = made(x, x) if isinstance(made, layers.Bilinear) else made(x)
    assert y.shape == expected
    assert not y.any()
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.shape == shape
    assert not x.grad.any()


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_clusters_without_any_feature_are_decided_by_their_size() -> None:
    """4 features, of which the second cluster sees 4 // 16 = 0: its four classes are alike."""
    layer = layers.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6])
    x = at.randn(2, 4)
    scores = layer.log_prob(x)
    np.testing.assert_allclose(scores.exp().sum(1).detach().numpy(), 1, rtol=1e-5)
    last = scores[:, 6:].detach().numpy()
    np.testing.assert_array_equal(last, last[:, :1].repeat(4, axis=1))
    layer(x, at.tensor([0, 9])).loss.backward()
    assert layer.head.weight.grad is not None


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: layers.Linear(-1, 3),
            ValueError,
            "Linear: in_features must be at least 0, got -1",
        ),
        (
            lambda: layers.Linear(3, 2.0),
            TypeError,
            "Linear: out_features must be an int, got float 2.0",
        ),
        (lambda: layers.Conv2d(3, 4, 2, groups=2), ValueError, "Conv2d: in_channels .* 3 and 2"),
        (lambda: layers.Conv2d(4, 3, 2, groups=2), ValueError, "Conv2d: out_channels .* 3 and 2"),
        (lambda: layers.Conv2d(3, 4, 0), RuntimeError, "Conv2d: kernel_size must be .* got 0"),
        (lambda: layers.Conv2d(3, 4, (2, 2, 2)), TypeError, r"kernel_size .* got \(2, 2, 2\)"),
        (lambda: layers.Conv2d(3, 4, 2, padding="full"), ValueError, "'same', .* got 'full'"),
        (lambda: layers.Conv2d(3, 4, 2, 2, "same"), ValueError, r"needs stride 1, got .*\(2, 2\)"),
        (
            lambda: layers.Conv2d(3, 4, 2, padding_mode="mirror"),
            ValueError,
            "Conv2d: padding_mode must be one of 'zeros', .* got 'mirror'",
        ),
        (
            lambda: layers.ConvTranspose2d(3, 4, 2, padding_mode="reflect"),
            ValueError,
            "must be 'zeros', got 'reflect'",
        ),
        (lambda: layers.MaxPool2d(2, 0), RuntimeError, "MaxPool2d: stride .* got 0"),
        (lambda: layers.AvgPool2d("a"), TypeError, "AvgPool2d: kernel_size .* got 'a'"),
        (lambda: layers.BatchNorm2d(-1), ValueError, "num_features must be at least 0, got -1"),
        (
            lambda: layers.BatchNorm2d(3)(at.ones(2, 3)),
            ValueError,
            r"BatchNorm2d: expected input of shape \(N, C, H, W\), got \(2, 3\)",
        ),
        (
            lambda: layers.BatchNorm1d(3)(at.ones(2, 3, 1, 1)),
            ValueError,
            r"BatchNorm1d: expected input of shape \(N, C\) or \(N, C, L\), got \(2, 3, 1, 1\)",
        ),
        (lambda: layers.BatchNorm1d(3)(at.ones(1, 3)), ValueError, "more than 1 value per channel"),
        (lambda: layers.GroupNorm(3, 4), ValueError, "divisible by num_groups, got 4 and 3"),
        (lambda: layers.LayerNorm((3, -1)), ValueError, "normalized_shape .* got -1"),
        (lambda: layers.Dropout(1.5), ValueError, "Dropout: p must be .* got 1.5"),
        (lambda: layers.GELU("fast"), ValueError, "GELU: approximate .* got 'fast'"),
        (lambda: layers.CELU(0.0), ValueError, "CELU: alpha must not be 0"),
        (lambda: layers.Hardtanh(1.0, 1.0), ValueError, "Hardtanh: .* got 1.0 and 1.0"),
        (lambda: layers.Softshrink(-1.0), ValueError, "Softshrink: lambd .* got -1.0"),
        (lambda: layers.PReLU(-1), ValueError, "PReLU: num_parameters .* got -1"),
        (lambda: layers.Unflatten(1, 4), TypeError, "Unflatten: unflattened_size .* got 4"),
        (lambda: layers.MSELoss(reduction="avg"), ValueError, "MSELoss: reduction .* got 'avg'"),
        (lambda: layers.KLDivLoss(reduction="x"), ValueError, "'batchmean', got 'x'"),
        (lambda: layers.HuberLoss(delta=0.0), ValueError, "HuberLoss: delta .* got 0.0"),
        (lambda: layers.SmoothL1Loss(beta=-1.0), ValueError, "SmoothL1Loss: beta .* got -1.0"),
        (lambda: layers.Embedding(3, 2, 3), ValueError, "padding_idx .* 3 rows, got 3"),
        (lambda: layers.Softmax2d()(at.ones(2, 3)), ValueError, "Softmax2d: expected input of"),
        (
            lambda: layers.InstanceNorm1d(3, affine=True)(at.ones(2, 4, 5)),
            ValueError,
            r"InstanceNorm1d: expected 3 channels, got input of shape \(2, 4, 5\)",
        ),
        (
            lambda: layers.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 3]),
            ValueError,
            r"cutoffs must be rising class numbers from 1 to 11, got \[3, 3\]",
        ),
        (
            lambda: layers.AdaptiveLogSoftmaxWithLoss(8, 12, [3])(at.ones(1, 8), at.tensor([12])),
            RuntimeError,
            "targets must be from 0 to 11, got 12 to 12",
        ),
        (lambda: layers.CrossEntropyLoss(label_smoothing=2), ValueError, "label_smoothing .* 2"),
    ],
)
def test_errors(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_channels_may_be_given_as_a_shape() -> None:
    for kind in (layers.BatchNorm1d, layers.BatchNorm2d, layers.InstanceNorm1d):
        for shape in ([4], (4,), at.Size([4])):
            assert repr(kind(shape)) == repr(kind(4))
    found = layers.BatchNorm1d([2])(at.tensor([[1.0, 5.0], [3.0, 9.0]]))
    assert found.flatten().tolist() == pytest.approx([-1, -1, 1, 1], abs=1e-5)
    with pytest.raises(TypeError, match="num_features must be an int, got list"):
        layers.BatchNorm1d([2, 3])
