"""An epoch's loss is the loss of all its data at once, and its accuracy that of what counts."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.training import evaluate, fit

SIZES = (5, 1, 3, 7)
CLASSES = 4


class Fixed(nn.Module):
    """Gives what it is given."""

    def forward(self, x: Tensor) -> Tensor:
        return x


class Shifted(nn.Module):
    """Gives what it is given, and has a parameter that changes nothing at a rate of 0."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Parameter(at.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.shift


def drawn(kind: str, places: tuple[int, ...] = ()) -> list[tuple[Tensor, Tensor]]:
    """Batches of several sizes, of what ``kind`` of loss is for."""
    draw = np.random.default_rng(len(places))
    batches = []
    for size in SIZES:
        scores = draw.standard_normal((size, CLASSES, *places))
        numbers = draw.integers(0, CLASSES, (size, *places))
        targets: Any = draw.random(scores.shape)
        if kind == "classes":
            targets = numbers
        elif kind == "distributions":
            targets /= targets.sum(1, keepdims=True)
        elif kind == "labels":
            targets = (targets > 0.5).astype(float)
        elif kind == "chances":
            scores, targets = 1 / (1 + np.exp(-scores)), (targets > 0.5).astype(float)
        elif kind == "signs":
            targets = np.sign(targets - 0.5)
        elif kind == "lists":
            targets = np.where(draw.random((size, CLASSES)) < 0.5, numbers[:, None], -1)
        batches.append((at.tensor(scores), at.tensor(targets)))
    return batches


WEIGHT = at.tensor([0.5, 2.0, 0.0, 1.0], dtype=at.float64)
CASES: list[tuple[str, Any, Any, dict[str, Any]]] = [
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {}),
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {"ignore_index": 0}),
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {"weight": WEIGHT}),
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {"weight": WEIGHT, "ignore_index": 1}),
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {"label_smoothing": 0.2, "ignore_index": 1}),
    (
        "classes",
        nn.CrossEntropyLoss,
        F.cross_entropy,
        {"label_smoothing": 0.2, "weight": WEIGHT + 1},
    ),
    ("classes", nn.CrossEntropyLoss, F.cross_entropy, {"reduction": "sum"}),
    ("distributions", nn.CrossEntropyLoss, F.cross_entropy, {}),
    ("distributions", nn.CrossEntropyLoss, F.cross_entropy, {"weight": WEIGHT}),
    ("classes", nn.NLLLoss, F.nll_loss, {"weight": WEIGHT, "ignore_index": 3}),
    ("classes", nn.MultiMarginLoss, F.multi_margin_loss, {"weight": WEIGHT}),
    ("lists", nn.MultiLabelMarginLoss, F.multilabel_margin_loss, {}),
    ("labels", nn.BCEWithLogitsLoss, F.binary_cross_entropy_with_logits, {}),
    ("labels", nn.BCEWithLogitsLoss, F.binary_cross_entropy_with_logits, {"reduction": "sum"}),
    ("labels", nn.MultiLabelSoftMarginLoss, F.multilabel_soft_margin_loss, {"weight": WEIGHT}),
    ("chances", nn.BCELoss, F.binary_cross_entropy, {"weight": WEIGHT}),
    ("signs", nn.SoftMarginLoss, F.soft_margin_loss, {}),
    ("signs", nn.HingeEmbeddingLoss, F.hinge_embedding_loss, {"margin": 0.5}),
    ("numbers", nn.MSELoss, F.mse_loss, {}),
    ("numbers", nn.MSELoss, F.mse_loss, {"reduction": "sum"}),
    ("numbers", nn.L1Loss, F.l1_loss, {}),
    ("numbers", nn.SmoothL1Loss, F.smooth_l1_loss, {"beta": 0.3}),
    ("numbers", nn.HuberLoss, F.huber_loss, {"delta": 0.3}),
    ("numbers", nn.PoissonNLLLoss, F.poisson_nll_loss, {"log_input": True}),
    ("distributions", nn.KLDivLoss, F.kl_div, {}),
    ("distributions", nn.KLDivLoss, F.kl_div, {"reduction": "batchmean"}),
]


def together(batches: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    scores, targets = zip(*batches, strict=True)
    return at.cat(list(scores)), at.cat(list(targets))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "-".join([case[0], case[1].__name__, *case[3]])
)
@pytest.mark.parametrize("form", ["module", "function"])
def test_the_loss_of_an_epoch_is_that_of_all_its_data_at_once(case: Any, form: str) -> None:
    kind, module, function, settings = case
    loss = module(**settings) if form == "module" else function
    if form == "function" and settings:
        loss = functools.partial(function, **settings)
    for places in [()] if kind == "lists" or module is nn.MultiMarginLoss else [(), (3, 2)]:
        if places and "weight" in settings and kind in ("labels", "chances"):
            continue
        batches = drawn(kind, places)
        expected = loss(*together(batches)).item()
        found = evaluate(Fixed(), batches, loss, verbose=False)
        assert found.loss == pytest.approx(expected, rel=1e-12)
        assert found.samples == sum(SIZES)
        model = Shifted()
        optimizer = optim.SGD(model.parameters(), lr=0.0)
        history = fit(model, batches, loss, optimizer, 1, validation=batches, verbose=False)
        assert history["train_loss"] == pytest.approx([expected], rel=1e-12)
        assert history["validation_loss"] == pytest.approx([expected], rel=1e-12)


def test_numbers_count_one_by_one_where_samples_differ_in_length() -> None:
    """A mean over all numbers is no mean over samples, where those have different sizes."""
    draw = np.random.default_rng(0)
    batches = [
        (at.tensor(draw.standard_normal((size, length))), at.tensor(draw.random((size, length))))
        for size, length in ((2, 9), (3, 1))
    ]
    total = sum(float(((x - y) ** 2).sum().item()) for x, y in batches)
    assert evaluate(Fixed(), batches, F.mse_loss, verbose=False).loss == pytest.approx(total / 21)


@pytest.mark.parametrize(
    ("loss", "ignored"),
    [
        (F.cross_entropy, -100),
        (functools.partial(F.cross_entropy, ignore_index=0), 0),
        (nn.CrossEntropyLoss(ignore_index=2, weight=WEIGHT), 2),
        (nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum"), -100),
        (lambda scores, targets: F.cross_entropy(scores, targets), -100),
        (nn.MultiMarginLoss(), None),
    ],
)
def test_the_accuracy_leaves_out_what_the_loss_ignores(loss: Any, ignored: int | None) -> None:
    batches = drawn("classes")
    if ignored == -100:
        batches[0][1][1:3] = -100
    right = total = 0
    for scores, targets in batches:
        for row, target in zip(scores.numpy().tolist(), targets.tolist(), strict=True):
            if target != ignored:
                total += 1
                right += max(range(CLASSES), key=row.__getitem__) == target
    assert evaluate(Fixed(), batches, loss, verbose=False).accuracy == right / total
    assert 0 < right < total


@pytest.mark.parametrize("form", ["soft", "one-hot"])
@pytest.mark.parametrize("places", [(), (3,)], ids=str)
def test_targets_that_are_probabilities_have_their_accuracy(
    form: str, places: tuple[int, ...]
) -> None:
    batches = drawn("distributions", places)
    if form == "one-hot":
        batches = [(x, F.one_hot(y.argmax(1), CLASSES).movedim(-1, 1).double()) for x, y in batches]
    x, y = (one.numpy() for one in together(batches))
    expected = (x.argmax(1) == y.argmax(1)).mean()
    found = evaluate(Fixed(), batches, F.cross_entropy, verbose=False)
    assert found.accuracy == expected
    assert 0 < expected < 1
    batches[0][1][0] = 0.0  # names no class, and has no loss
    found = evaluate(Fixed(), batches, F.cross_entropy, verbose=False)
    counts = np.concatenate([t.numpy() for _, t in batches]).any(1)
    assert found.accuracy == (x.argmax(1) == y.argmax(1))[counts].mean()


def by_squeezing(scores: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores[:, 0], targets.double())


@pytest.mark.parametrize("dtype", [at.float64, at.int64, at.bool, at.uint8])
@pytest.mark.parametrize("places", [(), (3, 2)], ids=str)
def test_a_model_with_one_output_says_yes_above_the_threshold(
    dtype: Any, places: tuple[int, ...]
) -> None:
    draw = np.random.default_rng(1)
    logits = [draw.standard_normal((size, 1, *places)) / 2 for size in SIZES]
    yes = [draw.random((size, *places)) < 0.5 for size in SIZES]
    right = total = 0
    for score, truth in zip(np.concatenate(logits).flat, np.concatenate(yes).flat, strict=True):
        right += (score > 0) == truth
        total += 1
    batches = [(at.tensor(x), at.tensor(y).to(dtype)) for x, y in zip(logits, yes, strict=True)]
    if dtype == at.float64:
        full = [(x, y.unsqueeze(1)) for x, y in batches]
        chances = [(x.sigmoid(), y) for x, y in full]
        assert evaluate(Fixed(), full, nn.BCEWithLogitsLoss(), verbose=False).accuracy == (
            right / total
        )
        bce = F.binary_cross_entropy
        assert evaluate(Fixed(), chances, bce, verbose=False).accuracy == right / total
        soft = [(x, 0.1 + 0.8 * y) for x, y in full]
        signs = [(x, 2 * y - 1) for x, y in full]
        soft_loss = F.binary_cross_entropy_with_logits
        assert evaluate(Fixed(), soft, soft_loss, verbose=False).accuracy == right / total
        assert evaluate(Fixed(), signs, F.soft_margin_loss, verbose=False).accuracy == right / total
        return
    # Of a loss that nothing is known of.  The last batch alone could be probabilities.
    batches[-1] = (batches[-1][0].abs() / 4, batches[-1][1])
    everything = together(batches)
    assert ((everything[0] < 0) | (everything[0] > 1)).any()
    expected = ((everything[0][:, 0] > 0) == everything[1].bool()).double().mean().item()
    for given in (batches, [(x, y.unsqueeze(1)) for x, y in batches]):
        assert evaluate(Fixed(), given, verbose=False).accuracy == expected
    assert evaluate(Fixed(), batches, by_squeezing, verbose=False).accuracy == expected
    chances = [(x.sigmoid(), y) for x, y in batches]
    assert evaluate(Fixed(), chances, verbose=False).accuracy == expected


def test_numbers_have_no_accuracy() -> None:
    batches = [(at.randn(4, 1), at.tensor([0, 1, 1, 0])), (at.randn(2, 1), at.tensor([3, 1]))]

    def squares(scores: Tensor, targets: Tensor) -> Tensor:
        return ((scores[:, 0] - targets) ** 2).mean()

    assert evaluate(Fixed(), batches, squares, verbose=False).accuracy is None
    numbers = drawn("numbers")
    assert evaluate(Fixed(), numbers, F.mse_loss, verbose=False).accuracy is None


@pytest.mark.parametrize("loss", [None, F.cross_entropy, lambda x, y: x.sum() * 0])
def test_scores_of_nan_are_never_right(loss: Any) -> None:
    scores = at.tensor([[math.nan, 0.0], [1.0, math.nan], [0.0, 1.0], [math.nan, math.nan]])
    found = evaluate(Fixed(), [(scores, at.tensor([0, 1, 1, 0]))], loss, verbose=False)
    assert found.accuracy == 1 / 4
    one = at.tensor([[math.nan], [2.0], [math.nan], [-1.0]])
    found = evaluate(Fixed(), [(one, at.tensor([0, 1, 1, 0]))], verbose=False)
    assert found.accuracy == 2 / 4


def test_a_batch_of_which_nothing_counts_changes_nothing() -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    x, y = at.randn(6, 2), at.tensor([0, 1, 1, 0, 1, 1])
    nothing = (at.randn(3, 2), at.full((3,), -100))
    before = [one.detach().clone() for one in model.parameters()]
    history = fit(model, [nothing], F.cross_entropy, optimizer, 1, verbose=False)
    assert math.isnan(history["train_loss"][0])
    for one, old in zip(model.parameters(), before, strict=True):
        assert at.equal(one, old)
    assert not optimizer.state
    loss = F.cross_entropy(model(x), y).item()
    found = evaluate(model, [nothing, (x[:2], y[:2]), (x[2:], y[2:])], F.cross_entropy,
                     verbose=False)  # fmt: skip
    assert found.loss == pytest.approx(loss, rel=1e-6)
    assert found.samples == 9


class Focal(nn.Module):
    """A loss of one's own that says what it divides by."""

    answers = "class"
    ignore_index = 1

    def forward(self, scores: Tensor, targets: Tensor) -> Tensor:
        losses = F.cross_entropy(scores, targets, ignore_index=1, reduction="none")
        return (losses**2).sum() / self.count(scores, targets)

    def count(self, scores: Tensor, targets: Tensor) -> float:
        return (targets != 1).sum().item()


def test_a_loss_of_ones_own_can_say_what_it_counts() -> None:
    batches = drawn("classes")
    x, y = together(batches)
    found = evaluate(Fixed(), batches, Focal(), verbose=False)
    assert found.loss == pytest.approx(Focal()(x, y).item(), rel=1e-12)
    keep = y.numpy() != 1
    assert found.accuracy == (x.numpy().argmax(1) == y.numpy())[keep].mean()

    class Wrong(Focal):
        answers = "classes"

    with pytest.raises(ValueError, match="evaluate: answers of the loss must be 'class', 'label'"):
        evaluate(Fixed(), batches, Wrong(), verbose=False)


class Doubled(nn.CrossEntropyLoss):
    """Another forward, so that what it counts is not known."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(input, target, reduction="none").mean() * 2


@pytest.mark.parametrize(
    "loss",
    [
        Doubled(ignore_index=0),
        lambda scores, targets: F.cross_entropy(scores, targets),
        functools.partial(lambda scale, x, y: F.cross_entropy(x, y) * scale, 2.0),
    ],
)
def test_of_other_losses_the_mean_is_over_samples(loss: Callable[..., Tensor]) -> None:
    batches = drawn("classes")
    expected = sum(loss(x, y).item() * len(y) for x, y in batches) / sum(SIZES)
    assert evaluate(Fixed(), batches, loss, verbose=False).loss == pytest.approx(expected)


@pytest.mark.parametrize(
    "loss",
    [nn.CrossEntropyLoss(reduction="none"), functools.partial(F.mse_loss, reduction="none")],
)
def test_a_loss_for_each_sample_is_refused_before_anything_is_done(loss: Any) -> None:
    model = Shifted()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"fit: the loss .*reduction='none'; use reduction='mean'"):
        fit(model, iter(()), loss, optimizer, 1)
    with pytest.raises(ValueError, match=r"evaluate: the loss .*reduction='none'"):
        evaluate(model, [], loss)
