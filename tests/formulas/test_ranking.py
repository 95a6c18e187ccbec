"""Thresholds, curves, areas and errors of numbers, by plain loops."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Tensor
from nn import training
from nn.training import Overall, evaluate

IGNORED = -1


class Fixed(nn.Module):
    """Gives what it is given."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def drawn(seed: int, size: int = 40) -> tuple[list[float], list[int]]:
    """Scores with ties, and 0, 1, or what is not to count."""
    draw = np.random.default_rng(seed)
    scores = (draw.standard_normal(size) / 2).round(1)
    true = (scores + draw.standard_normal(size) > 0).astype(int)
    true[draw.random(size) < 0.1] = IGNORED
    return scores.tolist(), true.tolist()


def counted(scores: list[float], true: list[int]) -> list[tuple[float, int]]:
    return [(s, t) for s, t in zip(scores, true, strict=True) if t != IGNORED]


def in_batches(*arrays: Any) -> list[tuple[Tensor, Tensor]]:
    cuts = (0, 3, 4, 17, len(arrays[0]))
    return [
        tuple(at.tensor(np.array(one)[a:b]) for one in arrays)  # type: ignore[misc]
        for a, b in itertools.pairwise(cuts)
    ]


# -- thresholds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("threshold", [None, 0.0, 0.3, -0.2])
@pytest.mark.parametrize("shape", ["(N)", "(N, 1)", "(N, 1, 2)"])
@pytest.mark.parametrize("kind", [int, float, bool])
def test_one_score_for_two_classes(threshold: float | None, shape: str, kind: Any) -> None:
    scores, true = drawn(0)
    ignored = None if kind is bool else IGNORED
    if kind is bool:
        scores, true = zip(*counted(scores, true), strict=True)  # type: ignore[assignment]
    cells = [[0, 0], [0, 0]]
    for s, t in counted(scores, true):
        cells[t][s > (threshold or 0.0)] += 1
    x, y = np.array(scores), np.array(true).astype(kind)
    if shape == "(N, 1)":
        x = x[:, None]
    elif shape == "(N, 1, 2)":
        x, y = x[: len(x) // 2 * 2].reshape(-1, 1, 2), y[: len(y) // 2 * 2].reshape(-1, 2)
        if len(scores) % 2:
            cells[true[-1]][scores[-1] > (threshold or 0.0)] -= 1
    options: Any = {"ignore_index": ignored, "threshold": threshold}
    assert training.confusion_matrix(x, y, **options).tolist() == cells
    (tn, fp), (fn, tp) = cells
    assert training.accuracy(x, y, **options) == (tn + tp) / (tn + fp + fn + tp)
    assert training.f1_score(x, y, "binary", **options) == 2 * tp / (2 * tp + fp + fn)
    assert training.precision(x, y, "binary", **options) == tp / (tp + fp)
    assert training.recall(x, y, "binary", **options) == tp / (tp + fn)
    for measure, value in (("accuracy", (tn + tp) / sum(map(sum, cells))), ("recall", tp)):
        more = {"average": "binary"} if measure == "recall" else {}
        overall = Overall(measure, 2, **options, **more)
        for batch in in_batches(x, y):
            overall.update(*batch)
        assert overall.compute() == (value if measure == "accuracy" else value / (tp + fn))


def test_whether_scores_are_probabilities_is_decided_by_all_batches() -> None:
    """Each batch but one could be probabilities."""
    scores, true = [0.2, 0.9, 0.4, 0.3, 0.1, -1.5], [1, 1, 0, 1, 1, 0]
    for order in (range(6), range(5, -1, -1)):
        confusion = training.ConfusionMatrix(2)
        labels = training.MultilabelConfusion(1)
        for i in order:
            confusion.update(at.tensor([scores[i]]), at.tensor([true[i]]))
            labels.update(at.tensor([[scores[i]]]), at.tensor([[true[i]]]))
        assert confusion.matrix.tolist() == labels.counts[0].tolist() == [[1, 1], [0, 4]]
    batches = [(at.tensor([[s]]), at.tensor([t])) for s, t in zip(scores, true, strict=True)]
    assert evaluate(Fixed(), batches, verbose=False).accuracy == 5 / 6
    assert training.accuracy(scores, true) == 5 / 6
    confusion = training.ConfusionMatrix(2).update(scores[:5], true[:5])
    assert confusion.matrix.tolist() == [[1, 0], [3, 1]]  # all of them could be


def test_probabilities_as_targets_are_read_by_the_largest() -> None:
    scores = np.array([[3.0, 1, 0], [0, 1, 2], [1, 1, 0]])
    soft = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.0, 1, 0]])
    assert training.accuracy(scores, soft) == 1 / 3  # of equal scores the first is the answer
    found = training.confusion_matrix(scores, soft)
    assert found.tolist() == [[1, 0, 0], [1, 0, 1], [0, 0, 0]]


def test_an_ignored_class_is_in_no_mean() -> None:
    """Class 0 is no target that counts, but is said once."""
    said, true = [1, 0, 2, 2, 0], [1, 1, 2, 1, 0]
    options: Any = {"classes": 3, "ignore_index": 0}
    assert training.recall(said, true, **options) == (1 / 3 + 1) / 2
    assert training.precision(said, true, **options) == (1 + 1 / 2) / 2
    found = training.f1_score(said, true, None, **options)
    np.testing.assert_allclose(found, [math.nan, 2 / 4, 2 / 3])
    assert training.f1_score(said, true, "weighted", **options) == (3 * 2 / 4 + 2 / 3) / 4


def test_a_score_of_nan_is_an_answer_that_is_wrong() -> None:
    nan = math.nan
    scores = np.array([[nan, 1, 0], [0, nan, 2], [5, 1, 0], [nan, nan, nan]])
    true = np.array([1, 1, 0, 0])
    confusion = training.ConfusionMatrix(3).update(scores, true)
    assert confusion.matrix.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert confusion.unanswered.tolist() == [1, 2, 0]
    assert training.accuracy(scores, true) == confusion.accuracy() == 1 / 4
    assert training.recall(scores, true, None).tolist() == [1 / 2, 0, 0]
    assert training.precision(scores, true, None).tolist() == [1, 0, 0]
    assert training.intersection_over_union(scores, true, "micro") == 1 / 4
    assert confusion.balanced_accuracy() == 1 / 4
    with pytest.raises(ValueError, match="confusion_matrix: 3 answers have a score of NaN"):
        training.confusion_matrix(scores, true)
    one, yes = np.array([nan, nan, 2.0, -1.0]), np.array([0, 1, 1, 0])
    assert training.accuracy(one, yes) == 2 / 4
    assert training.recall(one, yes, "binary") == 1 / 2
    assert training.accuracy(one[:, None], yes[:, None], multilabel=True) == 2 / 4
    labels = training.MultilabelConfusion(1).update(one[:, None], yes[:, None])
    assert labels.counts.tolist() == [[[1, 1], [1, 1]]]
    for refuses in (training.roc_auc, training.average_precision, training.roc_curve):
        with pytest.raises(ValueError, match="2 scores are NaN, which has no rank"):
            refuses(one, yes)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("measure", ["precision", "recall", "f1_score", "intersection_over_union"])
def test_labels_of_which_several_are_true(measure: str, average: Any) -> None:
    draw = np.random.default_rng(5)
    scores, true = draw.standard_normal((30, 3, 2)), draw.integers(0, 2, (30, 3, 2))
    true[:4, 1] = IGNORED
    each = []
    for label in range(3):
        tp = fp = fn = 0
        for n, place in itertools.product(range(30), range(2)):
            said, right = scores[n, label, place] > 0.25, true[n, label, place]
            if right != IGNORED:
                tp += bool(said and right)
                fp += bool(said and not right)
                fn += bool(right and not said)
        each.append((tp, fp, fn))

    def share(tp: int, fp: int, fn: int) -> float:
        return {
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1_score": 2 * tp / (2 * tp + fp + fn),
            "intersection_over_union": tp / (tp + fp + fn),
        }[measure]

    shares = [share(*one) for one in each]
    support = [tp + fn for tp, _, fn in each]
    expected: Any = shares
    if average == "macro":
        expected = sum(shares) / 3
    elif average == "weighted":
        expected = sum(s * w for s, w in zip(shares, support, strict=True)) / sum(support)
    elif average == "micro":
        expected = share(*(sum(column) for column in zip(*each, strict=True)))
    options: Any = {"ignore_index": IGNORED, "threshold": 0.25, "multilabel": True}
    found = getattr(training, measure)(scores, true, average, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    if average is not None:
        overall = Overall(measure, 3, average=average, **options)
        for batch in in_batches(scores, true):
            overall.update(*batch)
        assert overall.compute() == pytest.approx(expected, rel=1e-12)


def test_agreement_above_that_of_chance() -> None:
    draw = np.random.default_rng(2)
    said, true = draw.integers(0, 3, 50), draw.integers(0, 3, 50)
    true[:25] = said[:25]
    agree = sum(s == t for s, t in zip(said, true, strict=True)) / 50
    chance = sum((said == c).mean() * (true == c).mean() for c in range(3))
    kappa = (agree - chance) / (1 - chance)
    assert training.cohen_kappa(said, true) == pytest.approx(kappa, rel=1e-12)
    assert math.isnan(training.cohen_kappa([1, 1], [1, 1]))
    # The correlation of one-hot rows, summed over the columns.
    x, y = (np.eye(3)[one] - np.eye(3)[one].mean(0) for one in (said, true))
    correlation = (x * y).sum() / math.sqrt((x * x).sum() * (y * y).sum())
    assert training.matthews_corrcoef(said, true) == pytest.approx(correlation, rel=1e-12)
    assert training.matthews_corrcoef([1, 1, 1], [0, 1, 1]) == 0
    recalls = [np.mean(said[true == c] == c) for c in range(3)]
    found = training.balanced_accuracy(said, true, classes=5)
    assert found == pytest.approx(np.mean(recalls), rel=1e-12)


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_a_confusion_matrix_of_shares(normalize: Any) -> None:
    said, true = [0, 1, 1, 1, 1], [0, 0, 1, 1, 1]
    counts = [[1, 1, 0], [0, 3, 0], [0, 0, 0]]
    whole = {"true": [[2] * 3, [3] * 3, [1] * 3], "pred": [[1, 4, 1]] * 3, "all": [[5] * 3] * 3}
    expected = np.array(counts) / np.array(whole[normalize])
    found = training.confusion_matrix(said, true, 3, normalize=normalize)
    np.testing.assert_array_equal(found, expected)


# -- curves and areas ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_area_under_the_roc_curve_is_how_often_a_yes_is_above_a_no(seed: int) -> None:
    scores, true = drawn(seed)
    pairs = counted(scores, true)
    yes, no = ([s for s, t in pairs if t == kind] for kind in (1, 0))
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    expected = pytest.approx(wins / (len(yes) * len(no)), rel=1e-12)
    assert training.roc_auc(scores, true, ignore_index=IGNORED) == expected
    overall = Overall("roc_auc", ignore_index=IGNORED)
    for x, y in in_batches(scores, true):
        overall.update(x.unsqueeze(1), y)
    assert overall.compute() == expected
    masks = Overall("roc_auc", ignore_index=IGNORED)
    for x, y in in_batches(np.reshape(scores, (-1, 1, 2)), np.reshape(true, (-1, 2))):
        masks.update(x, y)
    assert masks.compute() == expected
    fpr, tpr, _ = training.roc_curve(scores, true, ignore_index=IGNORED)
    assert float(np.trapezoid(tpr, fpr)) == expected


@pytest.mark.parametrize("seed", range(4))
def test_points_of_the_curves(seed: int) -> None:
    scores, true = drawn(seed)
    pairs = counted(scores, true)
    positive = sum(t for _, t in pairs)
    steps, before = 0.0, 0.0
    precision, recall, thresholds = training.precision_recall_curve(
        scores, true, ignore_index=IGNORED
    )
    fpr, tpr, cuts = training.roc_curve(scores, true, ignore_index=IGNORED, drop_intermediate=False)
    levels = sorted({s for s, _ in pairs}, reverse=True)
    assert thresholds.tolist() == levels[::-1]
    assert cuts.tolist() == [math.inf, *levels]
    assert (fpr[0], tpr[0], precision[-1], recall[-1]) == (0, 0, 1, 0)
    for i, level in enumerate(levels):
        tp = sum(t for s, t in pairs if s >= level)
        said = sum(s >= level for s, _ in pairs)
        assert precision[::-1][i + 1] == tp / said
        assert recall[::-1][i + 1] == tpr[i + 1] == tp / positive
        assert fpr[i + 1] == (said - tp) / (len(pairs) - positive)
        steps += (tp / positive - before) * tp / said
        before = tp / positive
    found = training.average_precision(scores, true, ignore_index=IGNORED)
    assert found == pytest.approx(steps, rel=1e-12)
    few = training.roc_curve(scores, true, ignore_index=IGNORED)
    assert len(few[0]) < len(fpr)
    np.testing.assert_allclose(np.interp(fpr, few[0], few[1]).max(), tpr.max())


@pytest.mark.parametrize("area", [training.roc_auc, training.average_precision])
def test_areas_of_several_classes(area: Any) -> None:
    draw = np.random.default_rng(3)
    scores, true = draw.standard_normal((50, 4)), draw.integers(0, 3, 50)  # class 3 never occurs
    true[:5] = IGNORED
    keep = true != IGNORED
    each = [area(scores[keep, c], true[keep] == c) for c in range(3)]
    support = [int((true == c).sum()) for c in range(3)]
    options = {"ignore_index": IGNORED}
    np.testing.assert_allclose(area(scores, true, None, **options), [*each, math.nan])
    assert area(scores, true, **options) == pytest.approx(np.mean(each), rel=1e-12)
    weighted = np.average(each, weights=support)
    assert area(scores, true, "weighted", **options) == pytest.approx(weighted, rel=1e-12)
    hot = np.eye(4)[true[keep]]
    micro = area(scores[keep].reshape(-1), hot.reshape(-1))
    assert area(scores, true, "micro", **options) == pytest.approx(micro, rel=1e-12)
    np.testing.assert_allclose(area(scores[keep], hot, None), [*each, math.nan])
    places = at.tensor(scores[:48].reshape(8, 6, 4)).movedim(-1, 1)
    found = area(places, at.tensor(true[:48].reshape(8, 6)), **options)
    assert found == pytest.approx(area(scores[:48], true[:48], **options), rel=1e-12)
    assert math.isnan(area(np.array([0.1, 0.2]), np.array([0, 0])))


def test_what_curves_refuse() -> None:
    with pytest.raises(ValueError, match=r"roc_curve: expected single scores .*choose one"):
        training.roc_curve(np.zeros((3, 2)), [0, 1, 1])
    with pytest.raises(ValueError, match=r"roc_auc: targets of single scores must be 0 or 1"):
        training.roc_auc([0.1, 0.2], [0, 2])
    with pytest.raises(ValueError, match=r"roc_auc: targets must be classes from 0 to 1, got 2"):
        training.roc_auc(np.zeros((2, 2)), [0, 2])
    with pytest.raises(ValueError, match=r"roc_auc: expected scores \(N, C, \*\)"):
        training.roc_auc(np.zeros((2, 2)), [0, 1, 1])
    with pytest.raises(ValueError, match=r"average_precision: average must be one of"):
        training.average_precision([0.1], [1], "binary")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"roc_curve: scores must be real numbers, got complex"):
        training.roc_curve([1j], [1])


# -- probabilities and numbers ---------------------------------------------------------------------


def test_the_loss_of_probabilities() -> None:
    draw = np.random.default_rng(4)
    chances, true = draw.dirichlet(np.ones(3), 20), draw.integers(0, 3, 20)
    expected = -sum(math.log(row[t]) for row, t in zip(chances, true, strict=True)) / 20
    assert training.log_loss(chances, true) == pytest.approx(expected, rel=1e-12)
    one = -(math.log(0.9) + math.log(1 - 0.4)) / 2
    assert training.log_loss([0.9, 0.4, 0.3], [1, 0, -1], ignore_index=-1) == pytest.approx(one)
    assert training.log_loss([1.0], [0]) == pytest.approx(-math.log(np.finfo(float).eps))
    for wrong in ([[0.5, 0.6]], [[1.5, -0.5]], [[math.nan, 0.5]]):
        with pytest.raises(ValueError, match="log_loss: probabilities must be from 0 to 1"):
            training.log_loss(wrong, [0])


@pytest.mark.parametrize("form", ["(N)", "(N, 1) and (N)", "(N, K)"])
def test_errors_of_numbers(form: str) -> None:
    draw = np.random.default_rng(6)
    said, true = draw.standard_normal((25, 2)), draw.standard_normal((25, 2)) + 0.3
    if form != "(N, K)":
        said, true = said[:, :1], true[:, :1]
    columns = []
    for x, y in zip(said.T.tolist(), true.T.tolist(), strict=True):
        n, mean = len(x), sum(y) / len(y)
        errors = [b - a for a, b in zip(x, y, strict=True)]
        drift = sum(errors) / n
        whole = sum((b - mean) ** 2 for b in y)
        squares = sum(e * e for e in errors)
        columns.append(
            {
                "mean_squared_error": squares / n,
                "root_mean_squared_error": math.sqrt(squares / n),
                "mean_absolute_error": sum(map(abs, errors)) / n,
                "r2_score": 1 - squares / whole,
                "explained_variance": 1 - sum((e - drift) ** 2 for e in errors) / whole,
            }
        )
    given, right = (said, true) if form == "(N, K)" else (said, true[:, 0])
    if form == "(N)":
        given = said[:, 0]
    for name in columns[0]:
        each = [column[name] for column in columns]
        measure = getattr(training, name)
        np.testing.assert_allclose(measure(given, right, multioutput="raw_values"), each)
        expected = pytest.approx(sum(each) / len(each), rel=1e-12)
        assert measure(at.tensor(given), at.tensor(right)) == expected
        overall = Overall(name)
        for batch in in_batches(given, right):
            overall.update(*batch)
        assert overall.compute() == expected
        overall.reset()
        assert math.isnan(overall.compute())
    if form == "(N, K)":
        weights = true.var(0)
        r2 = np.average([column["r2_score"] for column in columns], weights=weights)
        found = training.r2_score(said, true, multioutput="variance_weighted")
        assert found == pytest.approx(r2, rel=1e-12)


def test_errors_of_constant_and_of_few_numbers() -> None:
    assert training.r2_score([1.0, 1.0], [1.0, 1.0]) == 1
    assert training.r2_score([1.0, 2.0], [1.0, 1.0]) == 0
    assert math.isnan(training.r2_score([1.0], [2.0]))
    assert math.isnan(training.mean_squared_error([], []))
    assert math.isnan(training.r2_score([1.0, math.nan], [1.0, 2.0]))
    with pytest.raises(ValueError, match=r"r2_score: .* one shape \(N, \*\), got \(2,\) and \(3,"):
        training.r2_score([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="mean_absolute_error: multioutput must be one of"):
        training.mean_absolute_error([1.0], [1.0], multioutput="mean")  # type: ignore[arg-type]


def test_what_overall_refuses() -> None:
    with pytest.raises(TypeError, match=r"f1_score needs to know how many classes there are"):
        Overall("f1_score")
    with pytest.raises(TypeError, match=r"roc_auc looks at scores: leave out classes"):
        Overall("roc_auc", 2)
    with pytest.raises(TypeError, match=r"r2_score is of numbers, so leave out ignore_index"):
        Overall("r2_score", ignore_index=0)
    with pytest.raises(TypeError, match="'kay'"):
        Overall("top_k_accuracy", kay=2)
    with pytest.raises(ValueError, match="there is no cohen_kappa of labels"):
        Overall("cohen_kappa", 3, multilabel=True)
    with pytest.raises(TypeError, match="threshold must be a number or None, got 'half'"):
        Overall("accuracy", 2, threshold="half")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"average='binary' .* class 1 of two, but there are 3"):
        training.precision([0, 1], [2, 1], "binary")
