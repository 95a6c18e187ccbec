"""Metrics: by hand, by another formula, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import (
    ConfusionMatrix,
    Evaluation,
    Overall,
    accuracy,
    confusion_matrix,
    evaluate,
    f1_score,
    fit,
    intersection_over_union,
    precision,
    recall,
    top_k_accuracy,
)

TRUE = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 1, 1, 1, 1, 0])
MATRIX = [[1, 2, 0], [0, 2, 0], [1, 0, 0]]


def one_hot(classes: np.ndarray, count: int) -> np.ndarray:
    return np.eye(count, dtype=np.float32)[classes]


def test_a_confusion_matrix_has_truth_in_rows() -> None:
    found = confusion_matrix(SAID, TRUE)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, MATRIX)
    scores = at.from_numpy(one_hot(SAID, 4))
    np.testing.assert_array_equal(confusion_matrix(scores, at.tensor(TRUE)), np.pad(found, (0, 1)))
    assert confusion_matrix(SAID, TRUE, 5).shape == (5, 5)


@pytest.mark.parametrize("form", ["classes", "scores"])
def test_values_by_hand(form: str) -> None:
    said: Any = SAID if form == "classes" else one_hot(SAID, 3)
    assert accuracy(said, TRUE) == 3 / 6
    np.testing.assert_allclose(precision(said, TRUE, None), [1 / 2, 2 / 4, 0])
    np.testing.assert_allclose(recall(said, TRUE, None), [1 / 3, 1, 0])
    np.testing.assert_allclose(f1_score(said, TRUE, None), [2 / 5, 4 / 6, 0])
    np.testing.assert_allclose(intersection_over_union(said, TRUE, None), [1 / 4, 2 / 4, 0])
    assert precision(said, TRUE) == pytest.approx(1 / 3)
    assert recall(said, TRUE, "weighted") == pytest.approx((3 / 3 + 2 * 1 + 0) / 6)
    for measure in (precision, recall, f1_score):
        assert measure(said, TRUE, "micro") == pytest.approx(3 / 6)
    assert intersection_over_union(said, TRUE, "micro") == pytest.approx(3 / 9)


def test_nothing_to_divide_by() -> None:
    # Class 2 is never said, class 3 does not occur at all.
    said, true = np.array([0, 1, 1]), np.array([0, 1, 2])
    np.testing.assert_array_equal(precision(said, true, None, classes=4), [1, 0.5, 0, 0])
    np.testing.assert_array_equal(
        precision(said, true, None, classes=4, zero_division=1), [1, 0.5, 1, 1]
    )
    assert precision(said, true, classes=4, zero_division=math.nan) == 0.75
    assert f1_score(said, true, classes=4, zero_division=math.nan) == pytest.approx(
        (1 + 2 / 3 + 0) / 3
    )
    assert intersection_over_union(said, true, classes=4) == pytest.approx((1 + 0.5 + 0) / 3)
    assert math.isnan(accuracy(np.zeros(0, int), np.zeros(0, int)))
    assert math.isnan(ConfusionMatrix(2).accuracy())
    assert math.isnan(ConfusionMatrix(2).intersection_over_union())
    assert ConfusionMatrix(2).f1_score() == 0


def test_masks_and_ignored_pixels() -> None:
    generator = np.random.default_rng(0)
    scores = generator.standard_normal((2, 3, 4, 5)).astype(np.float32)
    true = generator.integers(0, 3, (2, 4, 5))
    true[0, :2] = 255
    keep, said = true != 255, scores.argmax(1)
    for number, value in enumerate(intersection_over_union(scores, true, None, ignore_index=255)):
        here, there = (said == number)[keep], (true == number)[keep]
        assert value == pytest.approx((here & there).sum() / (here | there).sum())
    right = (said == true)[keep].mean()
    assert accuracy(scores, true, ignore_index=255) == pytest.approx(right)
    assert top_k_accuracy(scores, true, 1, ignore_index=255) == pytest.approx(right)
    with pytest.raises(ValueError, match=r"from 0 to 2, got 255; .*ignore_index"):
        intersection_over_union(scores, true)


def test_top_k() -> None:
    scores = np.array([[0.1, 0.5, 0.4], [0.3, 0.3, 0.3], [math.nan, 1.0, 2.0]])
    assert top_k_accuracy(scores, [2, 1, 0], k=1) == 0
    assert top_k_accuracy(scores, [2, 1, 0], k=2) == pytest.approx(2 / 3)
    assert top_k_accuracy(scores, [2, 1, 0], k=3) == pytest.approx(2 / 3)  # NaN is never right
    assert top_k_accuracy(scores, [1, 0, 2], k=1) == pytest.approx(2 / 3)
    generator = np.random.default_rng(1)
    many, right = generator.integers(0, 4, (50, 7)), generator.integers(0, 7, 50)
    best = np.argsort(-many, axis=1, kind="stable")
    for k in (1, 3, 7):
        expected = (best[:, :k] == right[:, None]).any(1).mean()
        assert top_k_accuracy(many, right, k) == pytest.approx(expected)
    for k in (0, 4, 1.0, True):
        with pytest.raises(ValueError, match="k must be an int from 1 to C = 3"):
            top_k_accuracy(scores, [0, 0, 0], k)  # type: ignore[arg-type]


def test_many_batches_are_as_one() -> None:
    generator = np.random.default_rng(2)
    said, true = generator.integers(0, 4, (2, 90))
    confusion = ConfusionMatrix(4)
    for part in range(3):
        confusion.update(said[part::3], true[part::3])
    np.testing.assert_array_equal(confusion.matrix, confusion_matrix(said, true))
    assert confusion.f1_score("weighted") == f1_score(said, true, "weighted")
    confusion.reset()
    assert not confusion.matrix.any()


@pytest.mark.parametrize(
    ("said", "true", "error", "message"),
    [
        ([0.0, 1.0], [0, 2], ValueError, "targets of single scores must be 0 or 1, got 2"),
        ([0.0, 1.0], [0.0, math.nan], ValueError, "must be 0 or 1, got nan"),
        ([0, 1], [0.0, 2.0], TypeError, "targets must be integers, got float64"),
        ([0j, 1], [0, 1], TypeError, "must be scores or classes and targets classes, got complex"),
        (np.eye(3), np.eye(3, dtype=int), ValueError, r"only with threshold=0 .*argmax\(1\)"),
        (np.eye(3), np.ones((3, 3)), ValueError, "must sum to 1 .* sums from 3 to 3; .*threshold"),
        ([0, 1, 1], [0, 1], ValueError, r"got \(3,\) and \(2,\)"),
        (np.zeros((3, 2)), [0, 1], ValueError, r"scores \(N, C, \*\).*got \(3, 2\) and \(2,\)"),
        ([0, -1], [0, 1], ValueError, "predictions must be classes from 0 to 1, got -1"),
    ],
)
def test_what_is_refused(said: Any, true: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        confusion_matrix(said, true)


def test_targets_without_a_score_are_refused_by_accuracy_too() -> None:
    scores = np.eye(3)
    with pytest.raises(ValueError, match=r"accuracy: targets .* 0 to 2, got -100; .*ignore_index"):
        accuracy(scores, [0, 1, -100])
    assert accuracy(scores, [0, 2, -100], ignore_index=-100) == 1 / 2


def test_settings_that_are_refused() -> None:
    with pytest.raises(ValueError, match="average must be 'macro'"):
        precision(SAID, TRUE, "mean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="classes must be an int of at least 1, got 0"):
        ConfusionMatrix(0)
    with pytest.raises(ValueError, match="measure must be one of 'accuracy'"):
        Overall("f2", 3)
    with pytest.raises(ValueError, match="gives no single number"):
        Overall("f1_score", 3, average=None)
    with pytest.raises(TypeError, match="averaged"):
        Overall("f1_score", 3, averaged="micro")


# -- in fit ----------------------------------------------------------------------------------------


class Pixels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.conv(x)


def batches(sizes: tuple[int, ...] = (4, 2)) -> list[Any]:
    generator = np.random.default_rng(3)
    return [
        (
            at.from_numpy(generator.standard_normal((size, 1, 5, 4)).astype(np.float32)),
            at.from_numpy(generator.integers(0, 3, (size, 5, 4))),
        )
        for size in sizes
    ]


def test_fit_measures_pixels_and_metrics() -> None:
    at.manual_seed(0)
    model, data = Pixels(), batches()
    data[0][1][0, 0] = -100  # what cross_entropy leaves out
    metrics: Any = {
        "iou": Overall("intersection_over_union", 3, ignore_index=-100),
        "top2": lambda scores, targets: top_k_accuracy(scores, targets, 2, ignore_index=-100),
        "size": lambda scores, targets: at.tensor(float(len(targets))),
    }
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    history = fit(
        model, data, F.cross_entropy, optimizer, 2, validation=data, metrics=metrics, verbose=False
    )
    found = evaluate(model, data, metrics=metrics, verbose=False)
    said = np.concatenate([model(x).detach().numpy().argmax(1) for x, _ in data])
    true = np.concatenate([y.numpy() for _, y in data])
    assert found.accuracy == pytest.approx((said == true)[true >= 0].mean())
    iou = intersection_over_union(said, true, classes=3, ignore_index=-100)
    assert found.metrics["iou"] == pytest.approx(iou)
    assert found.metrics["size"] == pytest.approx((4 * 4 + 2 * 2) / 6)
    for name in ("train_iou", "validation_iou"):
        assert history[name] == pytest.approx([iou, iou])
    assert "train_top2" in history
    assert evaluate(model, data, verbose=False) == Evaluation(None, found.accuracy, 6)


def test_metrics_that_are_refused() -> None:
    model = Pixels()
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    with pytest.raises(ValueError, match="fit: metrics: the name 'loss' is taken"):
        fit(model, batches(), F.cross_entropy, optimizer, 1, metrics={"loss": accuracy})
    with pytest.raises(TypeError, match=r"evaluate: metrics\['x'\] must be a function .*got int"):
        evaluate(model, batches(), metrics={"x": 3})
