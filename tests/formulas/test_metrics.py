"""Metrics against counts by plain loops: TP, FP and FN of every class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import training

CLASSES, IGNORED = 5, 9
MEASURES = ("precision", "recall", "f1_score", "intersection_over_union")


def answers() -> tuple[list[int], list[int]]:
    """Said and true.  Class 3 is never said, class 1 never true, class 4 neither; some targets are
    not to count."""
    draw = np.random.default_rng(0)
    said, true = (
        draw.choice([0, 1, 2], 60),
        draw.choice([0, 2, 3, IGNORED], 60, p=[0.6, 0.2, 0.1, 0.1]),
    )
    return said.tolist(), true.tolist()


def counts(said: list[int], true: list[int], one: int) -> tuple[int, int, int]:
    """TP, FP and FN of a class."""
    right = wrong = missed = 0
    for answer, target in zip(said, true, strict=True):
        if target == IGNORED:
            continue
        right += answer == one and target == one
        wrong += answer == one and target != one
        missed += answer != one and target == one
    return right, wrong, missed


def share(measure: str, tp: int, fp: int, fn: int, empty: float) -> float:
    above, below = {
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "f1_score": (2 * tp, 2 * tp + fp + fn),
        "intersection_over_union": (tp, tp + fp + fn),
    }[measure]
    return above / below if below else empty


def averaged(measure: str, average: str | None, empty: float) -> Any:
    each = [counts(*answers(), one) for one in range(CLASSES)]
    shares = [share(measure, *one, empty) for one in each]
    if average is None:
        return shares
    if average == "micro":
        tp, fp, fn = (sum(column) for column in zip(*each, strict=True))
        return share(measure, tp, fp, fn, empty)
    weights = [1 if average == "macro" else tp + fn for tp, _, fn in each]
    real = [(w, s) for w, s in zip(weights, shares, strict=True) if not math.isnan(s)]
    return sum(w * s for w, s in real) / sum(w for w, _ in real)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("empty", [0.0, 1.0, math.nan])
@pytest.mark.parametrize("form", ["classes", "scores"])
def test_shares_of_each_class(measure: str, average: Any, empty: float, form: str) -> None:
    said, true = answers()
    given: Any = np.array(said)
    if form == "scores":
        given = np.random.default_rng(1).random((60, CLASSES))
        given[np.arange(60), said] = 2
    expected = averaged(measure, average, empty)
    how: Any = {"classes": CLASSES} if form == "classes" else {}
    found = getattr(training, measure)(
        given, true, average, zero_division=empty, ignore_index=IGNORED, **how
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    matrix = training.ConfusionMatrix(CLASSES, ignore_index=IGNORED)
    for start in range(0, 60, 17):
        matrix.update(at.tensor(given[start : start + 17]), at.tensor(true[start : start + 17]))
    np.testing.assert_allclose(getattr(matrix, measure)(average, empty), expected, rtol=1e-12)
    if average is not None:
        overall = training.Overall(
            measure, CLASSES, ignore_index=IGNORED, average=average, zero_division=empty
        )
        overall.update(given, true)
        assert overall.compute() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_without_more_words(measure: str) -> None:
    """The mean over classes; a class without samples counts as 0, and for IoU not at all."""
    empty = math.nan if measure == "intersection_over_union" else 0.0
    expected = pytest.approx(averaged(measure, "macro", empty), rel=1e-12)
    found = getattr(training, measure)(*answers(), classes=CLASSES, ignore_index=IGNORED)
    assert found == expected
    matrix = training.ConfusionMatrix(CLASSES, ignore_index=IGNORED).update(*answers())
    assert getattr(matrix, measure)() == expected


def test_the_confusion_matrix_and_the_share_of_right_answers() -> None:
    said, true = answers()
    expected, right, total = np.zeros((CLASSES, CLASSES), int), 0, 0
    for answer, target in zip(said, true, strict=True):
        if target != IGNORED:
            expected[target, answer] += 1
            right += answer == target
            total += 1
    found = training.confusion_matrix(said, true, CLASSES, ignore_index=IGNORED)
    np.testing.assert_array_equal(found, expected)
    assert training.confusion_matrix(said, true, ignore_index=IGNORED).shape == (4, 4)
    assert training.accuracy(said, true, ignore_index=IGNORED) == right / total
    overall = training.Overall("accuracy", CLASSES, ignore_index=IGNORED)
    overall.update(said, true)
    assert overall.compute() == right / total


@pytest.mark.parametrize("k", [1, 2, 4, 5])
@pytest.mark.parametrize("shape", [(40,), (4, 3, 2)], ids=str)
def test_the_right_class_among_the_first(k: int, shape: tuple[int, ...]) -> None:
    draw = np.random.default_rng(k)
    scores = draw.integers(0, 4, (shape[0], CLASSES, *shape[1:])).astype(float)  # with ties
    true = draw.integers(0, CLASSES, shape)
    true.flat[:5] = IGNORED
    right = total = 0
    for n, *place in np.ndindex(*shape):
        target = int(true[(n, *place)])
        if target == IGNORED:
            continue
        row = scores[(n, slice(None), *place)].tolist()
        best = sorted(range(CLASSES), key=lambda one, row=row: (-row[one], one))[:k]
        right += target in best
        total += 1
    found = training.top_k_accuracy(at.tensor(scores), at.tensor(true), k, ignore_index=IGNORED)
    assert found == right / total
    if k == 1:
        assert training.accuracy(scores, true, ignore_index=IGNORED) == right / total
    if k == CLASSES:
        assert training.top_k_accuracy(scores, true, ignore_index=IGNORED) == 1


class Fixed(nn.Module):
    """Gives what it is given."""

    def forward(self, x: at.Tensor) -> at.Tensor:
        return x


def test_an_epoch_is_measured_sample_by_sample() -> None:
    """Batches of different sizes: losses and metrics are means over samples, not over batches."""
    draw = np.random.default_rng(3)
    batches = [
        (at.tensor(draw.standard_normal((size, 3))), at.tensor(draw.integers(0, 3, size)))
        for size in (5, 1, 2)
    ]
    batches[0][1][0] = -100  # not judged

    def worst(scores: at.Tensor, targets: at.Tensor) -> at.Tensor:
        return scores.max()

    found = training.evaluate(
        Fixed(), batches, lambda s, _: s.mean(), metrics={"worst": worst}, verbose=False
    )
    loss = sum(float(x.numpy().mean()) * len(x) for x, _ in batches) / 8
    greatest = sum(float(x.numpy().max()) * len(x) for x, _ in batches) / 8
    right = [
        int(row.argmax()) == target
        for x, y in batches
        for row, target in zip(x.numpy(), y.tolist(), strict=True)
        if target >= 0
    ]
    assert found.samples == 8
    assert found.loss == pytest.approx(loss, rel=1e-12)
    assert found.accuracy == sum(right) / 7
    assert found.metrics["worst"] == pytest.approx(greatest, rel=1e-12)
