"""Every loss against its formula, element by element and class by class.

The defaults stand here once more: each loss is called with what differs from them, as a function
and as a layer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

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

REDUCTIONS = ("mean", "sum", "none")


def signs(*shape: int) -> np.ndarray:
    return DRAW.choice([-1.0, 1.0], shape)


# -- one number against another --------------------------------------------------------------------


def mse(x: float, t: float) -> float:
    return (x - t) ** 2


def l1(x: float, t: float) -> float:
    return abs(x - t)


def smooth_l1(x: float, t: float, beta: float = 1.0) -> float:
    d = abs(x - t)
    return d * d / (2 * beta) if d < beta else d - beta / 2


def huber(x: float, t: float, delta: float = 1.0) -> float:
    d = abs(x - t)
    return d * d / 2 if d <= delta else delta * (d - delta / 2)


def poisson(
    x: float, t: float, log_input: bool = True, full: bool = False, eps: float = 1e-8
) -> float:
    loss = math.exp(x) - t * x if log_input else x - t * math.log(x + eps)
    if full and t > 1:
        loss += t * math.log(t) - t + math.log(2 * math.pi * t) / 2
    return loss


def gaussian(x: float, t: float, var: float, full: bool = False, eps: float = 1e-6) -> float:
    var = max(var, eps)
    constant = math.log(2 * math.pi) / 2 if full else 0.0
    return (math.log(var) + (x - t) ** 2 / var) / 2 + constant


def cross(p: float, t: float, positive: float = 1.0) -> float:
    yes, no = (max(math.log(one), -100.0) if one else -100.0 for one in (p, 1 - p))
    return -(positive * t * yes + (1 - t) * no)


def weighted_cross(p: float, t: float, weight: float) -> float:
    return weight * cross(p, t)


def cross_of_scores(x: float, t: float, weight: float = 1.0, pos_weight: float = 1.0) -> float:
    return weight * cross(1 / (1 + math.exp(-x)), t, pos_weight)


def divergence(x: float, t: float, log_target: bool = False) -> float:
    if log_target:
        return math.exp(t) * (t - x)
    return t * (math.log(t) - x) if t else 0.0


def soft_margin(x: float, t: float) -> float:
    return math.log(1 + math.exp(-t * x))


def hinge(x: float, t: float, margin: float = 1.0) -> float:
    return x if t == 1 else max(0.0, margin - x)


def ranking(x: float, y: float, t: float, margin: float = 0.0) -> float:
    return max(0.0, -t * (x - y) + margin)


class Elementwise(NamedTuple):
    function: Callable[..., Any]
    layer: type
    formula: Callable[..., float]
    arguments: tuple[np.ndarray, ...]
    settings: dict[str, Any] = {}  # noqa: RUF012
    weights: dict[str, np.ndarray] = {}  # noqa: RUF012
    """Settings that are arrays; the formula gets theirs of the element."""


PAIR = (numbers(4, 3), numbers(4, 3))
CERTAIN = (np.array([0.0, 1.0, 0.3, 0.0, 1.0]), np.array([0.0, 1.0, 0.4, 1.0, 0.0]))
COUNTS = DRAW.integers(0, 5, (4, 3)).astype(float)
COUNTS[0] = 0, 1, 1.5
RATES = chances(4, 3) * 4
RATES[1] = 1e-8
VARIANCES = chances(4, 3)
VARIANCES[0] = 0, 1e-7, 1e-5
DISTRIBUTION = chances(4, 3)
DISTRIBUTION[0, 0] = 0
SIGNED = (numbers(4, 3), signs(4, 3))

ELEMENTWISE = [
    Elementwise(F.mse_loss, nn.MSELoss, mse, PAIR),
    Elementwise(F.l1_loss, nn.L1Loss, l1, PAIR),
    Elementwise(F.smooth_l1_loss, nn.SmoothL1Loss, smooth_l1, PAIR),
    Elementwise(F.smooth_l1_loss, nn.SmoothL1Loss, smooth_l1, PAIR, {"beta": 2.5}),
    Elementwise(F.smooth_l1_loss, nn.SmoothL1Loss, smooth_l1, PAIR, {"beta": 0.0}),
    Elementwise(F.huber_loss, nn.HuberLoss, huber, PAIR),
    Elementwise(F.huber_loss, nn.HuberLoss, huber, PAIR, {"delta": 2.5}),
    Elementwise(F.poisson_nll_loss, nn.PoissonNLLLoss, poisson, (PAIR[0], COUNTS)),
    Elementwise(F.poisson_nll_loss, nn.PoissonNLLLoss, poisson, (PAIR[0], COUNTS), {"full": True}),
    Elementwise(
        F.poisson_nll_loss, nn.PoissonNLLLoss, poisson, (RATES, COUNTS), {"log_input": False}
    ),
    Elementwise(
        F.poisson_nll_loss, nn.PoissonNLLLoss, poisson, (RATES, COUNTS),
        {"log_input": False, "full": True, "eps": 0.1},
    ),
    Elementwise(F.gaussian_nll_loss, nn.GaussianNLLLoss, gaussian, (*PAIR, VARIANCES)),
    Elementwise(
        F.gaussian_nll_loss, nn.GaussianNLLLoss, gaussian, (*PAIR, VARIANCES),
        {"full": True, "eps": 0.2},
    ),
    Elementwise(F.binary_cross_entropy, nn.BCELoss, cross, (chances(4, 3), chances(4, 3))),
    Elementwise(F.binary_cross_entropy, nn.BCELoss, cross, CERTAIN),
    Elementwise(
        F.binary_cross_entropy, nn.BCELoss, weighted_cross, (chances(4, 3), chances(4, 3)),
        weights={"weight": chances(3)},
    ),
    Elementwise(
        F.binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss, cross_of_scores,
        (numbers(4, 3), chances(4, 3)),
    ),
    Elementwise(
        F.binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss, cross_of_scores,
        (numbers(4, 3), chances(4, 3)),
        weights={"weight": chances(4, 1), "pos_weight": chances(3) * 5},
    ),
    Elementwise(F.kl_div, nn.KLDivLoss, divergence, (np.log(chances(4, 3)), DISTRIBUTION)),
    Elementwise(
        F.kl_div, nn.KLDivLoss, divergence, (np.log(chances(4, 3)), np.log(chances(4, 3))),
        {"log_target": True},
    ),
    Elementwise(F.soft_margin_loss, nn.SoftMarginLoss, soft_margin, SIGNED),
    Elementwise(F.hinge_embedding_loss, nn.HingeEmbeddingLoss, hinge, SIGNED),
    Elementwise(F.hinge_embedding_loss, nn.HingeEmbeddingLoss, hinge, SIGNED, {"margin": 2.5}),
    Elementwise(F.margin_ranking_loss, nn.MarginRankingLoss, ranking, (*PAIR, signs(4, 3))),
    Elementwise(
        F.margin_ranking_loss, nn.MarginRankingLoss, ranking, (*PAIR, signs(4, 3)), {"margin": 0.7}
    ),
]  # fmt: skip


def check(
    function: Callable[..., Any],
    layer: Callable[..., Any],
    arguments: tuple[Any, ...],
    settings: dict[str, Any],
    losses: np.ndarray,
    count: float | None = None,
) -> None:
    """Function and layer reduce ``losses`` as told; the mean divides by ``count``, or by all."""
    arguments, settings = tensors(arguments), tensors(settings)
    total = sum(losses.flat)
    count = losses.size if count is None else count
    mean = total / count if count else math.nan
    for reduction, expected in zip(REDUCTIONS, (mean, total, losses), strict=True):
        assert_values(function(*arguments, reduction=reduction, **settings), expected, reduction)
        assert_values(layer(reduction=reduction, **settings)(*arguments), expected, reduction)
    assert_values(function(*arguments, **settings), mean, "default")
    assert_values(layer(**settings)(*arguments), mean, "default")


@pytest.mark.parametrize(
    "loss", ELEMENTWISE, ids=lambda loss: f"{loss.function.__name__}-{spelled(loss.settings)}"
)
def test_each_element_by_its_formula(loss: Elementwise) -> None:
    shape = loss.arguments[0].shape
    weights = {name: np.broadcast_to(one, shape) for name, one in loss.weights.items()}
    losses = np.empty(shape)
    for place in np.ndindex(shape):
        own = {name: one[place] for name, one in weights.items()}
        losses[place] = loss.formula(*[a[place] for a in loss.arguments], **own, **loss.settings)
    check(loss.function, loss.layer, loss.arguments, loss.settings | loss.weights, losses)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
def test_a_weighted_mean_divides_by_the_weights(name: str) -> None:
    (x, t), weight = PAIR, chances(4, 3)
    losses = weight * ((x - t) ** 2 if name == "mse_loss" else abs(x - t))
    loss = getattr(F, name)
    for reduction, expected in (
        ("mean", losses.sum() / weight.sum()), ("sum", losses.sum()), ("none", losses),
    ):  # fmt: skip
        found = loss(*tensors((x, t)), weight=at.tensor(weight), reduction=reduction)
        assert_values(found, expected, reduction)


def test_a_weighted_huber_mean_divides_by_all() -> None:
    (x, t), weight = PAIR, chances(4, 3)
    losses = [w * huber(a, b) for w, a, b in zip(weight.flat, x.flat, t.flat, strict=True)]
    found = F.huber_loss(*tensors((x, t)), weight=at.tensor(weight))
    assert_values(found, sum(losses) / x.size)


@pytest.mark.parametrize("name", ["huber_loss", "soft_margin_loss"])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_these_losses_have_the_dtype_of_their_input(name: str, reduction: str) -> None:
    loss = getattr(F, name)
    x, target = at.tensor([0.5, -3.0]), at.tensor([1, -1])
    right = loss(x, target.float(), reduction=reduction)
    for own in (at.float16, at.float32, at.float64):
        for other in (at.float16, at.float32, at.float64, at.int64):
            found = loss(x.to(own), target.to(other), reduction=reduction)
            assert found.dtype == own
            # float16 has 11 bits, so 5e-4 for each of its roundings; the value is tested elsewhere.
            at.testing.assert_close(found.double(), right.double(), rtol=1e-3, atol=0)


@pytest.mark.parametrize("own", [at.float16, at.float32, at.float64])
@pytest.mark.parametrize("kind", [at.float16, at.float32, at.float64])
def test_binary_cross_entropy_with_logits_has_the_dtype_of_its_target(
    own: at.dtype, kind: at.dtype
) -> None:
    x, target = at.tensor([0.0, 0.0], dtype=own, requires_grad=True), at.tensor([1.0, 0.0])
    for settings in ({}, {"weight": at.ones(2).double()}, {"pos_weight": at.ones(2).double()}):
        found = F.binary_cross_entropy_with_logits(x, target.to(kind), **settings)
        assert found.dtype == kind
        assert found.item() == pytest.approx(np.log(2), rel=1e-3)
    assert at.grad(found, x)[0].tolist() == [-0.25, 0.25]  # (σ(0) - target) / 2


@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss", "kl_div"])
def test_these_losses_are_not_of_integers(name: str) -> None:
    ones = at.ones(2, dtype=at.int64)
    with pytest.raises(
        RuntimeError, match=rf"^{name}: expected a floating-point Tensor, got int64"
    ):
        getattr(F, name)(ones, ones, reduction="sum")


def test_kl_div_is_of_two_of_floating_dtype() -> None:
    for target in (at.ones(2).long(), at.ones(2).bool()):
        with pytest.raises(RuntimeError, match=r"^kl_div: expected a floating-point Tensor"):
            F.kl_div(at.zeros(2), target, reduction="sum")


@pytest.mark.parametrize("kind", [at.float64, at.int64, at.bool])
def test_binary_cross_entropy_takes_one_dtype(kind: at.dtype) -> None:
    words = r"^binary_cross_entropy: .* got input float32, target \w+; convert "
    with pytest.raises(RuntimeError, match=words):
        F.binary_cross_entropy(at.tensor([0.5]), at.ones(1, dtype=kind))


def test_losses_that_overflow_only_in_between() -> None:
    x = at.tensor([40000.0, -40000.0, 1.0], dtype=at.float16, requires_grad=True)
    zero = at.zeros(3, dtype=at.float16)
    loss = F.smooth_l1_loss(x, zero, beta=2.0, reduction="none")
    assert loss.tolist() == [40000, 40000, 0.25]  # |d| - 1, and d²/4
    assert at.grad(loss.sum(), x)[0].tolist() == [1, -1, 0.5]
    assert F.huber_loss(x, zero, delta=1.5, reduction="none").tolist() == [
        59999 + 1,
        59999 + 1,
        0.5,
    ]
    large = at.tensor(3e38, dtype=at.float32)
    assert F.smooth_l1_loss(large, at.zeros(()), beta=1e3) == large


def test_batchmean_divides_by_the_batch() -> None:
    x, t = np.log(chances(4, 3)), chances(4, 3)
    expected = sum(divergence(a, b) for a, b in zip(x.flat, t.flat, strict=True)) / 4
    assert_values(F.kl_div(*tensors((x, t)), reduction="batchmean"), expected)
    assert_values(nn.KLDivLoss(reduction="batchmean")(*tensors((x, t))), expected)


@pytest.mark.parametrize("shape", [(4, 3), (4, 1), (4,)])
def test_a_variance_for_each_value_or_each_row(shape: tuple[int, ...]) -> None:
    (x, t), var = PAIR, chances(*shape)
    rows = var if var.ndim == 2 else var[:, None]
    expected = np.vectorize(gaussian)(x, t, np.broadcast_to(rows, x.shape))
    assert_values(F.gaussian_nll_loss(*tensors((x, t, var)), reduction="none"), expected)
    expected = np.vectorize(gaussian)(x, t, 0.3)
    assert_values(F.gaussian_nll_loss(*tensors((x, t)), 0.3, reduction="none"), expected)


# -- many classes ----------------------------------------------------------------------------------


def log_softmax(scores: np.ndarray) -> list[float]:
    total = math.fsum(math.exp(score) for score in scores)
    return [score - math.log(total) for score in scores]


def places(scores: np.ndarray) -> tuple[tuple[int, ...], Callable[[tuple[int, ...]], Any]]:
    """The shape of the targets, and which scores belong to one of them."""
    if scores.ndim == 1:
        return (), lambda place: (slice(None),)
    shape = (scores.shape[0], *scores.shape[2:])
    return shape, lambda place: (place[0], slice(None), *place[1:])


SHAPES = [(5,), (6, 5), (3, 5, 2), (2, 5, 2, 2)]
IGNORED = -100


def class_numbers(shape: tuple[int, ...], ignored: int) -> np.ndarray:
    """Class numbers of 5, every third ignored."""
    sizes = places(np.empty(shape))[0]
    out = DRAW.integers(0, 5, sizes)
    if sizes:
        out.flat[1::3] = ignored
    return np.asarray(out)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignored", [IGNORED, 2, -1])
@pytest.mark.parametrize("smoothing", [0.0, 0.3, None])
def test_class_numbers(
    shape: tuple[int, ...], weighted: bool, ignored: int, smoothing: float | None
) -> None:
    """Cross-entropy; without smoothing also of logarithms, ``nll_loss``: None."""
    scores, weight = numbers(*shape), chances(5) + 0.3 if weighted else np.ones(5)
    target = class_numbers(shape, ignored)
    sizes, row_at = places(scores)
    losses, count = np.zeros(sizes), 0.0
    for place in np.ndindex(sizes):
        right, row = target[place], scores[row_at(place)]
        if right == ignored:
            continue
        logs, part = (row, 0.0) if smoothing is None else (log_softmax(row), smoothing)
        losses[place] = -(1 - part) * weight[right] * logs[right]
        losses[place] -= part / 5 * sum(w * one for w, one in zip(weight, logs, strict=True))
        count += weight[right]
    settings: dict[str, Any] = {"weight": weight} if weighted else {}
    settings |= {"ignore_index": ignored} if ignored != IGNORED else {}
    settings |= {"label_smoothing": smoothing} if smoothing else {}
    if smoothing is None:
        check(F.nll_loss, nn.NLLLoss, (scores, target), settings, losses, count)
    else:
        check(F.cross_entropy, nn.CrossEntropyLoss, (scores, target), settings, losses, count)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_class_probabilities(shape: tuple[int, ...], weighted: bool, smoothing: float) -> None:
    """The mean divides by the number of rows, whatever the weights."""
    scores, target, weight = numbers(*shape), chances(*shape), chances(5) if weighted else None
    sizes, row_at = places(scores)
    losses = np.zeros(sizes)
    for place in np.ndindex(sizes):
        logs, wanted = log_softmax(scores[row_at(place)]), target[row_at(place)]
        for number in range(5):
            share = (1 - smoothing) * wanted[number] + smoothing / 5
            factor = 1.0 if weight is None else weight[number]
            losses[place] -= factor * share * logs[number]
    settings: dict[str, Any] = {} if weight is None else {"weight": weight}
    settings |= {"label_smoothing": smoothing} if smoothing else {}
    check(F.cross_entropy, nn.CrossEntropyLoss, (scores, target), settings, losses)


def test_many_classes_are_as_few() -> None:
    """More than the 64 for which the scores lie class by class."""
    scores, target = numbers(4, 70), np.array([0, 69, 33, IGNORED])
    losses = [-log_softmax(row)[t] for row, t in zip(scores[:3], target[:3], strict=True)]
    check(F.cross_entropy, nn.CrossEntropyLoss, (scores, target), {}, np.array([*losses, 0.0]), 3.0)


def test_what_is_ignored_gets_no_gradient() -> None:
    """The others get softmax - one-hot, by how many they are."""
    scores, target = numbers(4, 5), np.array([1, IGNORED, 4, 0])
    x = at.tensor(scores, requires_grad=True)
    F.cross_entropy(x, at.tensor(target)).backward()
    expected = np.zeros((4, 5))
    for row in (0, 2, 3):
        expected[row] = np.exp(log_softmax(scores[row]))
        expected[row, target[row]] -= 1
    assert x.grad is not None
    assert_values(x.grad, expected / 3)


@pytest.mark.parametrize("bias", [False, True])
def test_a_linear_layer_and_its_cross_entropy(bias: bool) -> None:
    layer = nn.LinearCrossEntropyLoss(3, 5, bias=bias, dtype=at.float64)
    made = draw_parameters(layer)
    x, target = numbers(4, 3), np.array([1, IGNORED, 4, 0])
    shift = made.get("linear.bias", np.zeros(5))
    scores = [[w @ row + b for w, b in zip(made["linear.weight"], shift, strict=True)] for row in x]
    expected = -sum(log_softmax(np.array(scores[row]))[target[row]] for row in (0, 2, 3)) / 3
    assert_values(layer(*tensors((x, target))), expected)


@pytest.mark.parametrize("bias", [False, True])
def test_adaptive_softmax(bias: bool) -> None:
    """Classes 0 to 2 in the head, 3 to 5 and 6 to 9 in clusters of two matrices each."""
    layer = nn.AdaptiveLogSoftmaxWithLoss(
        8, 10, [3, 6], div_value=2.0, head_bias=bias, dtype=at.float64
    )
    made = draw_parameters(layer)
    x, target = numbers(10, 8), DRAW.permutation(10)
    table = np.empty((10, 10))
    for row, given in zip(table, x, strict=True):
        head = log_softmax(made["head.weight"] @ given + made.get("head.bias", 0.0))
        row[:3] = head[:3]
        for cluster, (start, stop) in enumerate([(3, 6), (6, 10)]):
            narrow, wide = (made[f"tail.{cluster}.{part}.weight"] for part in (0, 1))
            assert narrow.shape == (8 // 2 ** (cluster + 1), 8)
            inside = log_softmax(wide @ (narrow @ given))
            row[start:stop] = [head[3 + cluster] + one for one in inside]
    output, loss = layer(*tensors((x, target)))
    assert_values(output, [row[t] for row, t in zip(table, target, strict=True)])
    assert_values(loss, -sum(row[t] for row, t in zip(table, target, strict=True)) / 10)
    assert_values(layer.log_prob(at.tensor(x)), table)
    # A class of the head is likelier than any cluster, or else all classes are compared.
    likeliest = []
    for row, given in zip(table, x, strict=True):
        head = made["head.weight"] @ given + made.get("head.bias", 0.0)
        likeliest.append(np.argmax(head) if np.argmax(head) < 3 else np.argmax(row))
    assert layer.predict(at.tensor(x)).tolist() == likeliest


def test_adaptive_softmax_narrows_clusters_fourfold() -> None:
    layer = nn.AdaptiveLogSoftmaxWithLoss(32, 10, [3, 6])
    assert [part[0].weight.shape for part in layer.tail] == [(8, 32), (2, 32)]
    assert layer.head.bias is None


# -- margins of scores -----------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "margin"), [(1, 1.0), (2, 1.0), (1, 0.4), (2, 2.5)])
def test_multi_margin(p: int, margin: float, weighted: bool) -> None:
    scores, target = numbers(6, 5), DRAW.integers(0, 5, 6)
    weight = chances(5) if weighted else np.ones(5)
    losses = np.zeros(6)
    for row, right in enumerate(target):
        for other in range(5):
            if other != right:
                short = max(0.0, margin - scores[row, right] + scores[row, other])
                losses[row] += weight[right] * short**p / 5
    settings: dict[str, Any] = {"weight": weight} if weighted else {}
    settings |= {"p": p} if p != 1 else {}
    settings |= {"margin": margin} if margin != 1 else {}
    check(F.multi_margin_loss, nn.MultiMarginLoss, (scores, target), settings, losses)


def test_multilabel_margin() -> None:
    """-1 ends the list of right classes: what follows counts for nothing."""
    scores = numbers(4, 5)
    target = np.array([[3, 0, -1, 1, 1], [-1, 2, 2, 2, 2], [4, 3, 2, 1, 0], [2, -1, 0, -1, 3]])
    losses = np.zeros(4)
    for row, right in enumerate(([3, 0], [], [4, 3, 2, 1, 0], [2])):
        for t, i in itertools.product(right, range(5)):
            if i not in right:
                losses[row] += max(0.0, 1 - scores[row, t] + scores[row, i]) / 5
    check(F.multilabel_margin_loss, nn.MultiLabelMarginLoss, (scores, target), {}, losses)


@pytest.mark.parametrize("weighted", [False, True])
def test_multilabel_soft_margin(weighted: bool) -> None:
    scores, target = numbers(4, 5), DRAW.integers(0, 2, (4, 5)).astype(float)
    weight = chances(5) if weighted else np.ones(5)
    losses = np.zeros(4)
    for row, number in np.ndindex(4, 5):
        one = cross_of_scores(scores[row, number], target[row, number])
        losses[row] += weight[number] * one / 5
    settings = {"weight": weight} if weighted else {}
    check(
        F.multilabel_soft_margin_loss, nn.MultiLabelSoftMarginLoss, (scores, target), settings,
        losses,
    )  # fmt: skip


# -- distances -------------------------------------------------------------------------------------


@pytest.mark.parametrize("margin", [0.0, 0.4])
def test_cosine_embedding(margin: float) -> None:
    a, b, target = numbers(8, 3), numbers(8, 3), np.array([1, -1] * 4)
    a[2:4] = b[2:4] * 1.5  # cosine 1, of both kinds
    losses = np.zeros(8)
    for row in range(8):
        # As PyTorch has it: the squares of the lengths are 1e-12 more than they are.
        squares = (a[row] @ a[row] + 1e-12) * (b[row] @ b[row] + 1e-12)
        cosine = a[row] @ b[row] / math.sqrt(squares)
        losses[row] = 1 - cosine if target[row] == 1 else max(0.0, cosine - margin)
    settings = {"margin": margin} if margin else {}
    check(F.cosine_embedding_loss, nn.CosineEmbeddingLoss, (a, b, target), settings, losses)


def distance(x: np.ndarray, y: np.ndarray, p: float = 2.0, eps: float = 1e-6) -> float:
    return sum(abs(a - b + eps) ** p for a, b in zip(x, y, strict=True)) ** (1 / p)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("settings", [{}, {"p": 1.0}, {"p": 3.0, "eps": 0.1}, {"margin": 3.0}])
def test_triplet_margin(settings: dict[str, float], swap: bool) -> None:
    anchor, positive, negative = numbers(8, 3), numbers(8, 3), numbers(8, 3)
    positive[0] = anchor[0]
    own = {name: one for name, one in settings.items() if name != "margin"}
    losses = np.zeros(8)
    swapped = 0
    for row, (a, b, c) in enumerate(zip(anchor, positive, negative, strict=True)):
        far = distance(a, c, **own)
        if swap:
            swapped += distance(b, c, **own) < far
            far = min(far, distance(b, c, **own))
        losses[row] = max(0.0, settings.get("margin", 1.0) + distance(a, b, **own) - far)
    assert swapped or not swap
    given = (anchor, positive, negative)
    switch = {"swap": True} if swap else {}
    check(F.triplet_margin_loss, nn.TripletMarginLoss, given, settings | switch, losses)
    if not own:
        check(
            F.triplet_margin_with_distance_loss, nn.TripletMarginWithDistanceLoss, given,
            settings | switch, losses,
        )  # fmt: skip


def test_a_triplet_of_another_distance() -> None:
    def longest(x: Any, y: Any) -> Any:
        return (x - y).abs().amax(-1)

    a, b, c = numbers(8, 3), numbers(8, 3), numbers(8, 3)
    losses = np.array(
        [
            max(0.0, 1 + max(abs(x - y)) - max(abs(x - z)))
            for x, y, z in zip(a, b, c, strict=True)
        ]
    )  # fmt: skip
    check(
        F.triplet_margin_with_distance_loss, nn.TripletMarginWithDistanceLoss, (a, b, c),
        {"distance_function": longest}, losses,
    )  # fmt: skip


# -- sequences of labels ---------------------------------------------------------------------------


def chance_of(target: list[int], chances: np.ndarray, blank: int) -> float:
    """The chance of all paths that spell ``target``, one by one."""
    total = 0.0
    for path in itertools.product(range(chances.shape[1]), repeat=len(chances)):
        if [label for label, _ in itertools.groupby(path) if label != blank] == target:
            total += math.prod(row[label] for row, label in zip(chances, path, strict=True))
    return total


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("together", [False, True], ids=["padded", "together"])
def test_ctc(blank: int, together: bool) -> None:
    """The mean divides each loss by the length of its target, at least 1, then by the samples."""
    a, b = (label for label in range(3) if label != blank)
    targets, times = [[a, b], [a, a], [b], [], [b, a, b]], [5, 3, 4, 2, 5]
    rows = DRAW.dirichlet([1.0, 2.0, 1.5], (5, 5))  # (T, N, C)
    losses = np.array(
        [
            -math.log(chance_of(target, rows[:time, sample], blank))
            for sample, (target, time) in enumerate(zip(targets, times, strict=True))
        ]
    )
    padded = [target + [a] * (3 - len(target)) for target in targets]
    labels = np.array([label for target in targets for label in target] if together else padded)
    lengths = [len(target) for target in targets]
    settings = {} if blank == 0 else {"blank": blank}
    given = tensors((np.log(rows), labels))
    mean = sum(losses / np.maximum(lengths, 1)) / 5
    for reduction, expected in zip(REDUCTIONS, (mean, sum(losses), losses), strict=True):
        found = F.ctc_loss(*given, times, lengths, reduction=reduction, **settings)
        assert_values(found, expected, reduction)
    assert_values(F.ctc_loss(*given, times, lengths, **settings), mean)
    assert_values(nn.CTCLoss(**settings)(*given, times, lengths), mean)
