"""How good answers are: shares of right ones, in all and for each class.

Every function takes what a classifier gave and what is right, as Tensors or arrays:

    predictions: scores ``(N, C, *)``, of which the largest is the answer, or the answers
        themselves, integers ``(N, *)``;
    targets: integers ``(N, *)`` from 0 to C − 1: one for each sample ``(N,)``, each pixel
        ``(N, H, W)``, or each word ``(N, L)``.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Protocol, Self

import numpy as np

from autotensor.extend import face, raw
from nn.arguments import need_one_of, refuse
from nn.training.answers import fit_together

Average = Literal["macro", "micro", "weighted"] | None
AVERAGES = ("macro", "micro", "weighted", None)
MEASURES = ("accuracy", "precision", "recall", "f1_score", "intersection_over_union")


class Metric(Protocol):
    """What sums up many batches; ``fit(..., metrics={"name": metric})`` takes such as well."""

    def reset(self) -> None:
        """Forgets everything."""

    def update(self, predictions: Any, targets: Any) -> object:
        """Counts a batch in."""

    def compute(self) -> float:
        """The value over everything since ``reset``."""


# -- reading the arguments -------------------------------------------------------------------------


def _targets(targets: Any, caller: str) -> np.ndarray:
    found = np.asarray(raw(targets))
    if found.dtype.kind not in "iub":
        raise TypeError(f"{caller}: targets must be integers, got {found.dtype}")
    return found


def _scores(scores: np.ndarray, targets: np.ndarray, caller: str) -> np.ndarray:
    """Checks scores ``(N, C, *)`` for targets ``(N, *)``."""
    if not fit_together(scores, targets):
        raise ValueError(
            f"{caller}: expected scores (N, C, *) for targets (N, *), "
            f"got {scores.shape} and {targets.shape}"
        )
    return scores


def _read(
    predictions: Any, targets: Any, ignore_index: int | None, caller: str
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """The predicted classes and the right ones, those that count, and C where scores tell."""
    targets = _targets(targets, caller)
    answers, classes = np.asarray(raw(predictions)), None
    if answers.ndim == targets.ndim + 1:
        scores = _scores(answers, targets, caller)
        answers, classes = scores.argmax(1), scores.shape[1]
    elif answers.shape != targets.shape:
        raise ValueError(
            f"{caller}: predictions must be scores (N, C, *) or classes of the shape of targets "
            f"(N, *), got {answers.shape} and {targets.shape}"
        )
    elif answers.dtype.kind not in "iub":
        raise TypeError(
            f"{caller}: predictions of the shape of targets must be classes, that is integers, "
            f"got {answers.dtype}"
        )
    return *_those_that_count(answers, targets, ignore_index), classes


def _those_that_count(
    answers: np.ndarray, targets: np.ndarray, ignore_index: int | None
) -> tuple[np.ndarray, np.ndarray]:
    if ignore_index is None:
        return answers, targets
    keep = targets != ignore_index
    return answers[keep], targets[keep]


# -- shares of right answers -----------------------------------------------------------------------


def accuracy(predictions: Any, targets: Any, *, ignore_index: int | None = None) -> float:
    """The share of right answers; NaN where there are none at all.

    Args:
        predictions: scores ``(N, C, *)`` or classes ``(N, *)``.
        targets: the right classes, ``(N, *)``.
        ignore_index: targets of this value do not count.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: targets that are no integers.
    """
    answers, right, _ = _read(predictions, targets, ignore_index, "accuracy")
    return float((answers == right).mean()) if right.size else math.nan


def top_k_accuracy(
    scores: Any, targets: Any, k: int = 5, *, ignore_index: int | None = None
) -> float:
    """The share of samples whose class has one of the ``k`` largest scores; NaN without samples.

    Of equal scores those of lower classes come first, as in ``argmax``.  A score of NaN for the
    right class is no right answer.

    Args:
        scores: ``(N, C, *)``.
        targets: the right classes, ``(N, *)``.
        k: how many guesses there are.
        ignore_index: targets of this value do not count.

    Raises:
        ValueError: shapes that do not fit, a target outside 0 … C − 1, or k outside 1 … C.
    """
    targets = _targets(targets, "top_k_accuracy")
    values = _scores(np.asarray(raw(scores)), targets, "top_k_accuracy")
    classes = values.shape[1]
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= classes:
        raise ValueError(f"top_k_accuracy: k must be an int from 1 to C = {classes}, got {k!r}")
    rows = np.moveaxis(values, 1, -1).reshape(-1, classes)
    rows, right = _those_that_count(rows, targets.reshape(-1), ignore_index)
    if not right.size:
        return math.nan
    _check_range(right, classes, "top_k_accuracy", "targets")
    own = np.take_along_axis(rows, right[:, None].astype(np.int64), axis=1)
    earlier = np.arange(classes) < right[:, None]
    ahead = (rows > own) | ((rows == own) & earlier) | np.isnan(rows)
    return float(((ahead.sum(1) < k) & ~np.isnan(own[:, 0])).mean())


# -- class by class --------------------------------------------------------------------------------


def _check_range(values: np.ndarray, classes: int, caller: str, what: str) -> None:
    if values.size and not (values.min() >= 0 and values.max() < classes):
        bad = values.min() if values.min() < 0 else values.max()
        raise ValueError(
            f"{caller}: {what} must be classes from 0 to {classes - 1}, got {bad}; "
            "targets that are not to count are named by ignore_index"
        )


class ConfusionMatrix:
    """Counts which class was taken for which, over as many batches as you like.

    ::

        confusion = ConfusionMatrix(10)
        for images, labels in loader:
            confusion.update(model(images), labels)
        print(confusion.matrix, confusion.f1_score(average=None))

    Args:
        classes: how many there are.
        ignore_index: targets of this value do not count.

    Attributes:
        matrix: ``(classes, classes)`` int64; in row i and column j, how often class i was taken for
            class j.  Right answers stand on the diagonal.
    """

    def __init__(self, classes: int, *, ignore_index: int | None = None) -> None:
        whole = isinstance(classes, (int, np.integer)) and not isinstance(classes, bool)
        message = f"classes must be an int of at least 1, got {classes!r}"
        refuse("ConfusionMatrix", not whole or classes < 1, message)
        self.classes = int(classes)
        self.ignore_index = ignore_index
        self.reset()

    def reset(self) -> None:
        """Back to zeros."""
        self.matrix = np.zeros((self.classes, self.classes), dtype=np.int64)

    def update(self, predictions: Any, targets: Any) -> Self:
        """Counts a batch in.

        Args:
            predictions: scores ``(N, C, *)`` or classes ``(N, *)``.
            targets: the right classes, ``(N, *)``.

        Raises:
            ValueError: shapes that do not fit, or a class that there is not.
        """
        caller = type(self).__name__
        answers, targets, _ = _read(predictions, targets, self.ignore_index, caller)
        _check_range(targets, self.classes, caller, "targets")
        _check_range(answers, self.classes, caller, "predictions")
        cells = targets.astype(np.int64).reshape(-1) * self.classes + answers.reshape(-1)
        self.matrix += np.bincount(cells, minlength=self.classes**2).reshape(self.matrix.shape)
        return self

    def accuracy(self) -> float:
        """The share of right answers; NaN without any."""
        total = self.matrix.sum()
        return float(np.trace(self.matrix) / total) if total else math.nan

    def precision(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """Of those taken for a class, the share that is of it.  See ``precision``."""
        return self._share(self.matrix.sum(0), 1, average, zero_division)

    def recall(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """Of those of a class, the share that was taken for it.  See ``recall``."""
        return self._share(self.matrix.sum(1), 1, average, zero_division)

    def f1_score(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """The harmonic mean of precision and recall.  See ``f1_score``."""
        return self._share(self.matrix.sum(0) + self.matrix.sum(1), 2, average, zero_division)

    def intersection_over_union(
        self, average: Average = "macro", zero_division: float = math.nan
    ) -> float | Any:
        """Of those of a class or taken for it, the share that is both."""
        both = self.matrix.diagonal()
        union = self.matrix.sum(0) + self.matrix.sum(1) - both
        return self._share(union, 1, average, zero_division)

    def _share(self, whole: np.ndarray, times: int, average: Average, zero_division: float) -> Any:
        """``times ·`` right answers ``/ whole``, class by class or averaged."""
        if average not in AVERAGES:
            raise ValueError(
                f"average must be 'macro', 'micro', 'weighted' or None, got {average!r}"
            )
        right = times * self.matrix.diagonal()
        if average == "micro":
            total = whole.sum()
            return float(right.sum() / total) if total else float(zero_division)
        shares = np.full(self.classes, float(zero_division))
        np.divide(right, whole, out=shares, where=whole > 0)
        if average is None:
            return shares
        weights = np.ones(self.classes) if average == "macro" else self.matrix.sum(1)
        weights = np.where(np.isnan(shares), 0, weights)
        total = weights.sum()
        return float((np.nan_to_num(shares) * weights).sum() / total) if total else math.nan

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.classes} classes)\n{self.matrix}"


def _counted(
    predictions: Any, targets: Any, classes: int | None, ignore_index: int | None, caller: str
) -> ConfusionMatrix:
    """The matrix of one batch; without ``classes`` as large as scores or answers need."""
    answers, targets, given = _read(predictions, targets, ignore_index, caller)
    if classes is None:
        classes = given or int(max(answers.max(initial=0), targets.max(initial=0))) + 1
    return ConfusionMatrix(classes, ignore_index=ignore_index).update(answers, targets)


def confusion_matrix(
    predictions: Any, targets: Any, classes: int | None = None, *, ignore_index: int | None = None
) -> np.ndarray:
    """``(classes, classes)`` int64; in row i and column j, how often class i was taken for j.

    Args:
        predictions: scores ``(N, C, *)`` or classes ``(N, *)``.
        targets: the right classes, ``(N, *)``.
        classes: how many there are; if None, C, or what the largest class that occurs needs.
        ignore_index: targets of this value do not count.

    Raises:
        ValueError: shapes that do not fit, or a class outside 0 … classes − 1.
    """
    return _counted(predictions, targets, classes, ignore_index, "confusion_matrix").matrix


def _of_one_batch(
    predictions: Any,
    targets: Any,
    average: Average = "macro",
    *,
    classes: int | None = None,
    zero_division: float = 0.0,
    ignore_index: int | None = None,
    name: str = "",
) -> Any:
    """The method ``name`` of the ``ConfusionMatrix`` of what is given."""
    counted = _counted(predictions, targets, classes, ignore_index, name)
    return getattr(counted, name)(average, zero_division)


@face(_of_one_batch)
def precision() -> float | Any:
    """Of the samples taken for a class, the share that is of it: TP / (TP + FP).

    Args:
        predictions, targets, classes, ignore_index: as in ``confusion_matrix``.
        average: None gives each class its own value, an array ``(classes,)``.  ``"macro"`` is
            their mean, in which every class counts the same; ``"weighted"`` their mean weighted by
            how many samples are of the class; ``"micro"`` takes TP and FP over all classes.
        zero_division: the value of a class where there is nothing to divide by; NaN leaves it out
            of means.
    """


@face(_of_one_batch)
def recall() -> float | Any:
    """Of the samples of a class, the share that was taken for it: TP / (TP + FN).

    Args:
        predictions, targets, classes, ignore_index, average, zero_division: as in ``precision``.
    """


@face(_of_one_batch)
def f1_score() -> float | Any:
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Args:
        predictions, targets, classes, ignore_index, average, zero_division: as in ``precision``.
    """


@face(_of_one_batch, zero_division=math.nan)
def intersection_over_union() -> float | Any:
    """Overlap of masks: TP / (TP + FP + FN), the Jaccard index.  ``"macro"`` is the mean IoU.

    All pixels ``(N, H, W)`` of the batch count together.

    Args:
        predictions, targets, classes, ignore_index, average: as in ``precision``.
        zero_division: the value of a class that occurs neither here nor there; NaN, the default,
            leaves it out of the mean.
    """


class Overall:
    """A value of the confusion matrix of a whole epoch, for ``fit(..., metrics={…})``.

    Precision, recall, F1 and IoU of an epoch are not the means of those of its batches::

        fit(..., metrics={"f1": Overall("f1_score", classes=10)})

    Args:
        measure: ``"accuracy"``, ``"precision"``, ``"recall"``, ``"f1_score"`` or
            ``"intersection_over_union"``.
        classes, ignore_index: as in ``ConfusionMatrix``, which is the attribute ``confusion``.
        options: those of the method of that name; ``average`` must give one number.
    """

    def __init__(
        self, measure: str, classes: int, *, ignore_index: int | None = None, **options: Any
    ) -> None:
        need_one_of("Overall", "measure", measure, MEASURES)
        if options.get("average", "macro") is None:
            raise ValueError("Overall: average=None gives no single number")
        self.confusion = ConfusionMatrix(classes, ignore_index=ignore_index)
        self.measure = measure
        self.options = options
        self.compute()  # refuses unknown options now

    def reset(self) -> None:
        """Forgets everything."""
        self.confusion.reset()

    def update(self, predictions: Any, targets: Any) -> None:
        """Counts a batch in."""
        self.confusion.update(predictions, targets)

    def compute(self) -> float:
        """The value over everything since ``reset``."""
        return getattr(self.confusion, self.measure)(**self.options)
