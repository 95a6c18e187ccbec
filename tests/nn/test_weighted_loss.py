"""A weight counts as so many samples: in losses, in ``fit`` and in ``evaluate``."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import WeightedLoss, evaluate, fit

DRAW = np.random.default_rng(0)
SCORES = DRAW.normal(size=(8, 3))
NUMBERS = DRAW.normal(size=(8, 3))
YES = DRAW.integers(0, 2, (8, 3)).astype(float)
CLASSES = np.array([0, 2, 1, 1, 0, 2, 2, 0])
WEIGHTS = np.array([0.0, 1, 2, 3, 1, 0, 2, 1])
REPEATED = np.repeat(np.arange(8), WEIGHTS.astype(int))
BY_CLASS = at.tensor([1.0, 2.0, 5.0], dtype=at.float64)

near = functools.partial(np.testing.assert_allclose, rtol=1e-12)


class Own:
    """A user's own loss, of which nothing is known but that it has a reduction."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def __call__(self, scores: at.Tensor, targets: at.Tensor) -> at.Tensor:
        losses = (scores - targets).abs() ** 3
        return losses if self.reduction == "none" else losses.mean()


def own_function(scores: at.Tensor, targets: at.Tensor, reduction: str = "mean") -> at.Tensor:
    return Own(reduction)(scores, targets)


LOSSES = [
    (F.cross_entropy, CLASSES),
    (F.cross_entropy, YES / (YES.sum(1, keepdims=True) + 1e-9)),
    (nn.CrossEntropyLoss(weight=BY_CLASS), CLASSES),
    (nn.CrossEntropyLoss(label_smoothing=0.2), CLASSES),
    (functools.partial(F.cross_entropy, ignore_index=1), CLASSES),
    (nn.NLLLoss(weight=BY_CLASS, ignore_index=0), CLASSES),
    (nn.MultiMarginLoss(), CLASSES),
    (F.mse_loss, NUMBERS),
    (nn.HuberLoss(delta=0.3), NUMBERS),
    (nn.MSELoss(reduction="sum"), NUMBERS),
    (functools.partial(F.l1_loss, reduction="sum"), NUMBERS),
    (nn.KLDivLoss(reduction="batchmean"), np.abs(NUMBERS)),
    (F.binary_cross_entropy_with_logits, YES),
    (nn.MultiLabelSoftMarginLoss(), YES),
    (Own(), NUMBERS),
    (own_function, NUMBERS),
]


@pytest.mark.parametrize(("loss", "targets"), LOSSES)
def test_a_weight_counts_as_so_many_samples(loss: Any, targets: np.ndarray) -> None:
    values = []
    for rows, weights in ((slice(None), WEIGHTS), (REPEATED, None)):
        scores = at.tensor(SCORES, requires_grad=True)
        right: Any = at.tensor(targets[rows])
        if weights is None:
            value = loss(scores[at.tensor(rows)], right)
        else:
            value = WeightedLoss(loss)(scores, (right, at.tensor(weights)))
        value.backward()
        values.append((value.item(), scores.grad))
    near(values[0][0], values[1][0])
    near(values[0][1], values[1][1], atol=1e-15)


@pytest.mark.parametrize(("loss", "targets"), LOSSES)
def test_evaluate_counts_loss_and_accuracy_with_weights(loss: Any, targets: np.ndarray) -> None:
    """Also over batches of several sizes, whose weights have other sums."""
    found = []
    for rows, weights in ((np.arange(8), WEIGHTS), (REPEATED, None)):
        scores, right = at.tensor(SCORES[rows]), at.tensor(targets[rows])
        batches: list[Any] = [(scores[:3], right[:3]), (scores[3:], right[3:])]
        criterion = loss
        if weights is not None:
            counted, criterion = at.tensor(weights), WeightedLoss(loss)
            batches = [
                (inputs, (one, part))
                for (inputs, one), part in zip(batches, (counted[:3], counted[3:]), strict=True)
            ]
        found.append(evaluate(nn.Identity(), batches, criterion, verbose=False))
    assert found[0].samples == 8
    near(found[0].loss, found[1].loss)
    if found[1].accuracy is None:
        assert found[0].accuracy is None
    else:
        near(found[0].accuracy, found[1].accuracy)


def test_fit_trains_and_measures_with_weights() -> None:
    found = []
    for rows, weights in ((np.arange(8), WEIGHTS), (REPEATED, None)):
        at.manual_seed(0)
        model = nn.Linear(3, 3).double()
        targets: Any = at.tensor(CLASSES[rows])
        if weights is not None:
            targets = (targets, at.tensor(weights))
        batch = (at.tensor(SCORES[rows]), targets)
        history = fit(
            model, [batch], F.cross_entropy if weights is None else WeightedLoss(F.cross_entropy),
            optim.SGD(model.parameters(), lr=0.5), 5, validation=[batch], verbose=False,
        )  # fmt: skip
        found.append((model.weight.detach().numpy(), history))
    near(found[0][0], found[1][0])
    assert found[0][1].keys() == found[1][1].keys() >= {"train_accuracy", "validation_accuracy"}
    for name, column in found[1][1].items():
        near(found[0][1][name], column)


def test_a_batch_without_weight_takes_no_step() -> None:
    model = nn.Linear(3, 3).double()
    batches: list[Any] = [
        (at.tensor(SCORES), (at.tensor(CLASSES), at.tensor(weights)))
        for weights in (0 * WEIGHTS, WEIGHTS)
    ]
    other = nn.Linear(3, 3).double()
    other.load_state_dict(model.state_dict())
    found = [
        fit(
            one,
            given,
            WeightedLoss(F.cross_entropy),
            optim.Adam(one.parameters()),
            2,
            verbose=False,
        )
        for one, given in ((model, batches), (other, batches[1:]))
    ]
    assert found[0] == found[1]
    np.testing.assert_array_equal(model.weight.detach().numpy(), other.weight.detach().numpy())


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (lambda scores, targets: scores.mean(), TypeError, "<lambda> has no argument or attribute"),
        (nn.MSELoss, TypeError, "MSELoss has no argument or attribute reduction"),
        (3, TypeError, "int has no argument or attribute reduction"),
        (nn.MSELoss(reduction="none"), ValueError, "must be one number"),
        (functools.partial(F.mse_loss, reduction="none"), ValueError, "must be one number"),
    ],
)
def test_a_loss_that_cannot_be_weighted_is_refused(loss: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=f"WeightedLoss: .*{message}"):
        WeightedLoss(loss)


def test_targets_that_are_no_pair_with_weights_are_refused() -> None:
    loss, scores = WeightedLoss(F.mse_loss), at.tensor(SCORES)
    with pytest.raises(TypeError, match=r"a pair of Tensors \(targets, weights\), got Tensor"):
        loss(scores, at.tensor(NUMBERS))
    with pytest.raises(ValueError, match=r"weights must be \(N\), .* shape .*8, 3.*, got \(8, 1\)"):
        loss(scores, (at.tensor(NUMBERS), at.tensor(WEIGHTS[:, None])))
    summed = WeightedLoss(Own("sum"))
    summed._each = lambda scores, targets: at.zeros(3)
    with pytest.raises(ValueError, match=r"gave shape \(3,\), expected \(N, \*\) with N = 8"):
        summed(scores, (at.tensor(NUMBERS), at.tensor(WEIGHTS)))
