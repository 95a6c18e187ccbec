"""Metrics against scikit-learn: random cases with ties, missing classes, ignored targets."""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn import training

sk = pytest.importorskip(
    "sklearn.metrics", reason="scikit-learn is not installed: pip install -e .[tools]"
)
pytestmark = pytest.mark.peer

SEEDS = range(12)
CLASSES = 4
near = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)


@pytest.fixture(autouse=True)
def _its_warnings_are_its_own() -> Any:
    """scikit-learn warns of classes that do not occur."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def classes(seed: int, size: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores with ties, what they say, and what is true; in some cases a class never occurs."""
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 6, (size, CLASSES)) / 8
    true = draw.integers(0, CLASSES - seed % 2, size)
    return scores, scores.argmax(1), true


def yes_and_no(seed: int, size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    scores = draw.standard_normal(size).round(1 if seed % 2 else 6)
    return scores, (scores + draw.standard_normal(size) > 0).astype(int)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("empty", [0.0, 1.0, math.nan])
def test_shares_of_classes(seed: int, average: Any, empty: float) -> None:
    scores, said, true = classes(seed)
    options: Any = {"labels": range(CLASSES), "average": average, "zero_division": empty}
    for ours, theirs in (
        (training.precision, sk.precision_score),
        (training.recall, sk.recall_score),
        (training.f1_score, sk.f1_score),
    ):
        near(ours(at.tensor(scores), at.tensor(true), average, zero_division=empty),
             theirs(true, said, **options))  # fmt: skip
    if not math.isnan(empty):
        near(training.intersection_over_union(scores, true, average, zero_division=empty),
             sk.jaccard_score(true, said, **options))  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_one_number_over_all_classes(seed: int) -> None:
    scores, said, true = classes(seed)
    labels = range(CLASSES)
    near(training.accuracy(scores, true), sk.accuracy_score(true, said))
    near(training.balanced_accuracy(scores, true), sk.balanced_accuracy_score(true, said))
    near(training.cohen_kappa(scores, true), sk.cohen_kappa_score(true, said))
    near(training.matthews_corrcoef(scores, true), sk.matthews_corrcoef(true, said))
    for normalize in (None, "true", "pred", "all"):
        near(training.confusion_matrix(scores, true, normalize=normalize),
             sk.confusion_matrix(true, said, labels=labels, normalize=normalize))  # fmt: skip
    for k in (1, 2, 3):
        apart = scores + np.random.default_rng(seed).random(scores.shape) / 100  # its ties differ
        near(training.top_k_accuracy(apart, true, k),
             sk.top_k_accuracy_score(true, apart, k=k, labels=labels))  # fmt: skip
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    near(training.log_loss(chances, true), sk.log_loss(true, chances, labels=labels))
    certain = np.eye(CLASSES)[said]
    near(training.log_loss(certain, true), sk.log_loss(true, certain, labels=labels))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_ignored_class_is_in_no_mean(seed: int) -> None:
    scores, said, true = classes(seed)
    keep, rest = true != 1, [0, 2, 3]
    for ours, theirs in (
        (training.precision, sk.precision_score),
        (training.recall, sk.recall_score),
        (training.f1_score, sk.f1_score),
    ):
        for average in ("macro", "weighted"):
            near(ours(scores, true, average, ignore_index=1),
                 theirs(true[keep], said[keep], labels=rest, average=average,
                        zero_division=0))  # fmt: skip
        found = ours(scores, true, None, ignore_index=1)
        assert math.isnan(found[1])
    near(training.balanced_accuracy(scores, true, ignore_index=1),
         sk.balanced_accuracy_score(true[keep], said[keep]))  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", ["(N)", "(N, 1)", "probabilities"])
def test_two_classes_by_a_threshold(seed: int, form: str) -> None:
    scores, true = yes_and_no(seed)
    said = (scores > 0).astype(int)
    given: Any = scores if form == "(N)" else scores[:, None]
    if form == "probabilities":
        given = 1 / (1 + np.exp(-given))
    near(training.accuracy(given, true), sk.accuracy_score(true, said))
    near(training.confusion_matrix(given, true), sk.confusion_matrix(true, said, labels=[0, 1]))
    for name in ("precision", "recall", "f1_score"):
        theirs = getattr(sk, name if name == "f1_score" else f"{name}_score")
        near(getattr(training, name)(given, true, "binary"), theirs(true, said, zero_division=0))
    near(training.matthews_corrcoef(given, true), sk.matthews_corrcoef(true, said))
    chances = 1 / (1 + np.exp(-scores))
    near(training.log_loss(chances, true), sk.log_loss(true, chances))
    near(training.accuracy(scores, true, threshold=0.7), sk.accuracy_score(true, scores > 0.7))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
def test_labels_of_which_several_are_true(seed: int, average: Any) -> None:
    draw = np.random.default_rng(seed)
    scores, true = draw.standard_normal((30, 5)), draw.integers(0, 2, (30, 5))
    true[:, 0] = seed % 2
    said = (scores > 0.2).astype(int)
    for ours, theirs in (
        (training.precision, sk.precision_score),
        (training.recall, sk.recall_score),
        (training.f1_score, sk.f1_score),
    ):
        near(ours(scores, true, average, threshold=0.2, multilabel=True),
             theirs(true, said, average=average, zero_division=0))  # fmt: skip
        near(ours(said, true.astype(float), average, multilabel=True),
             theirs(true, said, average=average, zero_division=0))  # fmt: skip
    counted = training.MultilabelConfusion(5, threshold=0.2).update(scores, true)
    near(counted.counts, sk.multilabel_confusion_matrix(true, said))
    near(training.accuracy(scores, true, threshold=0.2, multilabel=True),
         1 - sk.hamming_loss(true, said))  # fmt: skip
    some = slice(1, None)  # the first is all alike
    near(training.roc_auc(scores[:, some], true[:, some], average),
         sk.roc_auc_score(true[:, some], scores[:, some], average=average))  # fmt: skip
    near(training.average_precision(scores[:, some], true[:, some], average),
         sk.average_precision_score(true[:, some], scores[:, some], average=average))  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_curves_and_their_areas(seed: int) -> None:
    scores, true = yes_and_no(seed)
    for drop in (True, False):
        for ours, theirs in zip(
            training.roc_curve(scores, true, drop_intermediate=drop),
            sk.roc_curve(true, scores, drop_intermediate=drop),
            strict=True,
        ):
            near(ours, theirs)
    for ours, theirs in zip(
        training.precision_recall_curve(scores[:, None], true.astype(float)),
        sk.precision_recall_curve(true, scores),
        strict=True,
    ):
        near(ours, theirs)
    near(training.roc_auc(scores, true), sk.roc_auc_score(true, scores))
    near(training.average_precision(scores, true), sk.average_precision_score(true, scores))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
def test_areas_of_each_class_against_the_rest(seed: int, average: Any) -> None:
    scores, _, _ = classes(seed, 60)
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    true = np.random.default_rng(seed).integers(0, CLASSES, 60)
    near(training.roc_auc(chances, true, average),
         sk.roc_auc_score(true, chances, multi_class="ovr", average=average))  # fmt: skip
    near(training.average_precision(chances, true, average),
         sk.average_precision_score(true, chances, average=average))  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("outputs", [None, 1, 3])
@pytest.mark.parametrize("how", ["uniform_average", "raw_values", "variance_weighted"])
def test_numbers(seed: int, outputs: int | None, how: Any) -> None:
    draw = np.random.default_rng(seed)
    shape = (20,) if outputs is None else (20, outputs)
    true = draw.standard_normal(shape)
    said = true + draw.standard_normal(shape) + 0.5
    if seed % 4 == 0:
        true[:] = true[0]  # constant: all is explained or nothing
    if seed % 8 == 0:
        said = true.copy()
    near(training.r2_score(said, true, multioutput=how), sk.r2_score(true, said, multioutput=how))
    near(training.explained_variance(said, true, multioutput=how),
         sk.explained_variance_score(true, said, multioutput=how))  # fmt: skip
    if how != "variance_weighted":
        for ours, theirs in (
            (training.mean_squared_error, sk.mean_squared_error),
            (training.root_mean_squared_error, sk.root_mean_squared_error),
            (training.mean_absolute_error, sk.mean_absolute_error),
        ):
            near(ours(said, true, multioutput=how), theirs(true, said, multioutput=how))
