"""Which class was taken for which, and the shares that follow: precision, recall, F1, IoU.

What predictions and targets may be stands at the head of ``answers.py``.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import numpy as np

from autotensor.extend import face, on_first_call
from nn.arguments import need_one_of, refuse, whole
from nn.training.answers import (
    NO_ANSWER,
    Answers,
    label_cells,
    need_threshold,
    read_answers,
)

__all__ = [
    "ConfusionMatrix", "MultilabelConfusion", "balanced_accuracy", "cohen_kappa",
    "confusion_matrix", "f1_score", "intersection_over_union", "matthews_corrcoef", "precision",
    "recall",
]  # fmt: skip

Average = Literal["macro", "micro", "weighted", "binary"] | None
Normalize = Literal["true", "pred", "all"] | None
AVERAGES = ("macro", "micro", "weighted", "binary", None)


def check_range(values: np.ndarray, classes: int, caller: str, what: str) -> None:
    if values.size and not (values.min() >= 0 and values.max() < classes):
        bad = values.min() if values.min() < 0 else values.max()
        raise ValueError(
            f"{caller}: {what} must be classes from 0 to {classes - 1}, got {bad}; "
            "targets that are not to count are named by ignore_index"
        )


class _Shares:
    """Shares of each class, from how often it was said, was true, and was both."""

    classes: int
    ignore_index: int | None

    def _right(self) -> np.ndarray:
        """``(classes,)``: how often each class was said and true."""
        raise NotImplementedError

    def _said(self) -> np.ndarray:
        raise NotImplementedError

    def _true(self) -> np.ndarray:
        raise NotImplementedError

    def precision(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """Of those taken for a class, the share that is of it.  See ``precision``."""
        return self._share(self._said(), 1, average, zero_division)

    def recall(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """Of those of a class, the share that was taken for it.  See ``recall``."""
        return self._share(self._true(), 1, average, zero_division)

    def f1_score(self, average: Average = "macro", zero_division: float = 0.0) -> float | Any:
        """The harmonic mean of precision and recall.  See ``f1_score``."""
        return self._share(self._said() + self._true(), 2, average, zero_division)

    def intersection_over_union(
        self, average: Average = "macro", zero_division: float = math.nan
    ) -> float | Any:
        """Of those of a class or taken for it, the share that is both."""
        return self._share(self._said() + self._true() - self._right(), 1, average, zero_division)

    def _share(self, whole: np.ndarray, times: int, average: Average, zero_division: float) -> Any:
        """``times ·`` right answers ``/ whole``, class by class or averaged."""
        if average not in AVERAGES:
            raise ValueError(
                f"average must be 'macro', 'micro', 'weighted', 'binary' or None, got {average!r}"
            )
        right = times * self._right()
        if average == "micro":
            total = whole.sum()
            return float(right.sum() / total) if total else float(zero_division)
        shares = np.full(self.classes, float(zero_division))
        np.divide(right, whole, out=shares, where=whole > 0)
        if average == "binary":
            return self._of_yes(shares)
        if self.ignore_index is not None and 0 <= self.ignore_index < self.classes:
            shares[self.ignore_index] = math.nan  # is not measured
        if average is None:
            return shares
        weights = np.ones(self.classes) if average == "macro" else self._true()
        weights = np.where(np.isnan(shares), 0, weights)
        total = weights.sum()
        return float((np.nan_to_num(shares) * weights).sum() / total) if total else math.nan

    def _of_yes(self, shares: np.ndarray) -> float:
        if self.classes != 2:
            raise ValueError(
                "average='binary' gives the value of class 1 of two, but there are "
                f"{self.classes}; choose 'macro', 'micro', 'weighted' or None"
            )
        return float(shares[1])


class ConfusionMatrix(_Shares):
    """Counts which class was taken for which, over as many batches as you like.

    ::

        confusion = ConfusionMatrix(10)
        for images, labels in loader:
            confusion.update(model(images), labels)
        print(confusion.matrix, confusion.f1_score(average=None))

    Args:
        classes: how many there are; 2 for models with one output.
        ignore_index: targets of this value do not count.  Is it a class, its own shares are NaN,
            and means are without it.
        threshold: for models with one output ``(N, 1, *)``: above it the answer is class 1.  0 for
            scores, 0.5 for probabilities; if None, 0.5 where all were from 0 to 1, else 0.

    Attributes:
        matrix: ``(classes, classes)`` int64; in row i and column j, how often class i was taken for
            class j.  Right answers stand on the diagonal.
        unanswered: ``(classes,)`` int64, how often class i had a score of NaN.  That is no answer,
            so it stands in no column; but it counts as one that is wrong.

    Raises:
        ValueError: in ``update``, shapes that do not fit or classes that there are not.

    Example:

        >>> from nn.training import ConfusionMatrix
        >>> confusion = ConfusionMatrix(3)
        >>> confusion.update(at.tensor([0, 1, 2, 2]), at.tensor([0, 1, 1, 2]))  # a 1 taken for a 2
        ConfusionMatrix(3 classes)
        [[1 0 0]
         [0 1 1]
         [0 0 1]]
        >>> confusion.recall(average=None)
        array([1. , 0.5, 1. ])
    """

    def __init__(
        self, classes: int, *, ignore_index: int | None = None, threshold: float | None = None
    ) -> None:
        good = isinstance(classes, (int, np.integer)) and not isinstance(classes, bool)
        message = f"classes must be an int of at least 1, got {classes!r}"
        refuse("ConfusionMatrix", not good or classes < 1, message)
        need_threshold(threshold, "ConfusionMatrix")
        self.classes = int(classes)
        self.ignore_index = ignore_index
        self.threshold = threshold
        self.reset()

    def reset(self) -> None:
        """Back to zeros."""
        # If single scores are probabilities, and if they are logits: see answers.py.
        self._matrices = np.zeros((2, self.classes, self.classes), dtype=np.int64)
        self._logits = False
        self.unanswered = np.zeros(self.classes, dtype=np.int64)

    @property
    def matrix(self) -> np.ndarray:
        return self._matrices[int(self._logits)]

    def merge(self, other: ConfusionMatrix) -> Self:
        """Counts in all that ``other`` has counted, of as many classes."""
        refuse(
            "ConfusionMatrix.merge",
            not isinstance(other, ConfusionMatrix) or other.classes != self.classes,
            f"expected a ConfusionMatrix of {self.classes} classes, got "
            f"{type(other).__name__} of {getattr(other, 'classes', None)}",
        )
        self._matrices += other._matrices
        self._logits |= other._logits
        self.unanswered += other.unanswered
        return self

    def update(self, predictions: Any, targets: Any) -> Self:
        """Counts a batch in.

        Args:
            predictions: scores ``(N, C, *)``, single ones ``(N, 1, *)``, or classes ``(N, *)``.
            targets: the right classes, ``(N, *)``.

        Raises:
            ValueError: shapes that do not fit, or a class that there is not.
        """
        caller = type(self).__name__
        return self.add(
            read_answers(
                predictions,
                targets,
                ignore_index=self.ignore_index,
                threshold=self.threshold,
                caller=caller,
            ),
            caller,
        )

    def add(self, answers: Answers, caller: str) -> Self:
        """Counts in what was read already."""
        right = answers.right.reshape(-1)
        check_range(right, self.classes, caller, "targets")
        self._logits |= answers.logits
        of_logits = answers.said if answers.said_of_logits is None else answers.said_of_logits
        for matrix, said in zip(self._matrices, (answers.said, of_logits), strict=True):
            given = said.reshape(-1) != NO_ANSWER
            classes = said.reshape(-1)[given]
            check_range(classes, self.classes, caller, "predictions")
            cells = right[given].astype(np.int64) * self.classes + classes
            matrix += np.bincount(cells, minlength=self.classes**2).reshape(matrix.shape)
        self.unanswered += np.bincount(right[~given].astype(np.int64), minlength=self.classes)
        return self

    def _right(self) -> np.ndarray:
        return self.matrix.diagonal()

    def _said(self) -> np.ndarray:
        return self.matrix.sum(0)

    def _true(self) -> np.ndarray:
        return self.matrix.sum(1) + self.unanswered

    def normalized(self, by: Normalize = "true") -> np.ndarray:
        """The matrix as shares: of each row (``"true"``), column (``"pred"``), or of ``"all"``.

        Zeros where there is nothing to divide by.
        """
        need_one_of("ConfusionMatrix.normalized", "by", by, ("true", "pred", "all"))
        if by == "true":
            whole: Any = self._true()[:, None]
        else:
            whole = self._said() if by == "pred" else self._true().sum()
        shares = np.zeros(self.matrix.shape)
        return np.divide(self.matrix, whole, out=shares, where=np.asarray(whole) > 0)

    def accuracy(self) -> float:
        """The share of right answers; NaN without any."""
        total = self._true().sum()
        return float(np.trace(self.matrix) / total) if total else math.nan

    def balanced_accuracy(self) -> float:
        """The mean of the recall of all classes that occur; NaN without any."""
        return self.recall(zero_division=math.nan)

    def cohen_kappa(self) -> float:
        """How far agreement is above that of chance, ``1 - disagreement / that expected``.

        0 where it is as by chance; NaN where none can be expected, all being of one class.
        """
        counts = self._with_unanswered()
        expected = np.outer(counts.sum(1), counts.sum(0)) / max(counts.sum(), 1)
        off = 1 - np.eye(len(counts))
        chance = (off * expected).sum()
        return float(1 - (off * counts).sum() / chance) if chance else math.nan

    def matthews_corrcoef(self) -> float:
        """The correlation of what is said with what is true, from -1 to 1; 0 where one is constant.

        For two classes ``(TP · TN - FP · FN) / √((TP+FP) (TP+FN) (TN+FP) (TN+FN))``.
        """
        counts = self._with_unanswered().astype(float)
        true, said, total = counts.sum(1), counts.sum(0), counts.sum()
        together = np.trace(counts) * total - true @ said
        alone = (total**2 - said @ said) * (total**2 - true @ true)
        return float(together / math.sqrt(alone)) if alone > 0 else 0.0

    def _with_unanswered(self) -> np.ndarray:
        """The matrix with no answer as a class of its own, which is never true."""
        if not self.unanswered.any():
            return self.matrix
        both = np.pad(self.matrix, (0, 1))
        both[:-1, -1] = self.unanswered
        return both

    _repr_html_ = on_first_call("nn.seeing.training", "confusion_page")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.classes} classes)\n{self.matrix}"


class MultilabelConfusion(_Shares):
    """Counts, for each of several labels, how often it was said and was true; any may be at once.

    ::

        confusion = MultilabelConfusion(20, threshold=0)
        for images, tags in loader:  # tags (N, 20) of 0 and 1
            confusion.update(model(images), tags)
        print(confusion.f1_score("macro"))

    Args:
        labels: how many there are.
        ignore_index: targets of this value do not count.
        threshold: as in ``ConfusionMatrix``.

    Attributes:
        counts: ``(labels, 2, 2)`` int64: the confusion matrix of each label, ``[[TN, FP], [FN,
            TP]]``.  A score of NaN counts as the wrong answer.

    Raises:
        ValueError: in ``update``, shapes that do not fit or targets other than 0 and 1.

    Example:

        >>> from nn.training import MultilabelConfusion
        >>> confusion = MultilabelConfusion(2, threshold=0.5)
        >>> confusion.update(at.tensor([[0.9, 0.2], [0.8, 0.7]]), at.tensor([[1, 0], [0, 1]]))
        MultilabelConfusion(2 labels)
        [[[0 1]
          [0 1]]
        <BLANKLINE>
         [[1 0]
          [0 1]]]
        >>> confusion.precision(average=None)
        array([0.5, 1. ])
    """

    def __init__(
        self, labels: int, *, ignore_index: int | None = None, threshold: float | None = None
    ) -> None:
        self.labels = whole("MultilabelConfusion", "labels", labels)
        need_threshold(threshold, "MultilabelConfusion")
        self.classes = self.labels
        self.ignored = ignore_index
        self.ignore_index = None  # marks elements here, never a label
        self.threshold = threshold
        self.reset()

    def reset(self) -> None:
        """Back to zeros."""
        self._counts = np.zeros((2, self.labels, 2, 2), dtype=np.int64)
        self._logits = False

    @property
    def counts(self) -> np.ndarray:
        return self._counts[int(self._logits)]

    def merge(self, other: MultilabelConfusion) -> Self:
        """Counts in all that ``other`` has counted, of as many labels."""
        refuse(
            "MultilabelConfusion.merge",
            not isinstance(other, MultilabelConfusion) or other.labels != self.labels,
            f"expected a MultilabelConfusion of {self.labels} labels, got "
            f"{type(other).__name__} of {getattr(other, 'labels', None)}",
        )
        self._counts += other._counts
        self._logits |= other._logits
        return self

    def update(self, predictions: Any, targets: Any) -> Self:
        """Counts a batch in.

        Args:
            predictions: scores, or answers 0 and 1, ``(N, labels, *)``.
            targets: 0 and 1, of the same shape.

        Raises:
            ValueError: shapes that do not fit, or targets that are not 0 or 1.
        """
        caller = type(self).__name__
        options: Any = {"ignore_index": self.ignored, "threshold": self.threshold}
        cells, logits, labels = label_cells(predictions, targets, caller=caller, **options)
        if labels != self.labels:
            raise ValueError(f"{caller}: expected {self.labels} labels, got {labels}")
        self._logits |= logits
        for counts, cell in zip(self._counts, cells, strict=True):
            counts += np.bincount(cell, minlength=counts.size).reshape(counts.shape)
        return self

    def accuracy(self) -> float:
        """The share of right answers over all labels; NaN without any."""
        total = self.counts.sum()
        right = self.counts[:, 0, 0].sum() + self.counts[:, 1, 1].sum()
        return float(right / total) if total else math.nan

    def _right(self) -> np.ndarray:
        return self.counts[:, 1, 1]

    def _said(self) -> np.ndarray:
        return self.counts[:, :, 1].sum(1)

    def _true(self) -> np.ndarray:
        return self.counts[:, 1].sum(1)

    def _of_yes(self, shares: np.ndarray) -> float:
        raise ValueError(
            "average='binary' is for one label; of several choose 'macro', 'micro', 'weighted' or "
            "None"
        )

    _repr_html_ = on_first_call("nn.seeing.training", "multilabel_page")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.labels} labels)\n{self.counts}"


# -- of one batch ----------------------------------------------------------------------------------


def _counted(
    predictions: Any,
    targets: Any,
    classes: int | None,
    ignore_index: int | None,
    threshold: float | None,
    caller: str,
) -> ConfusionMatrix:
    """The matrix of one batch; without ``classes`` as large as scores or answers need."""
    options: Any = {"ignore_index": ignore_index, "threshold": threshold}
    answers = read_answers(predictions, targets, caller=caller, **options)
    if classes is None:
        largest = max(answers.said.max(initial=0), answers.right.max(initial=0))
        classes = answers.classes or int(largest) + 1
    return ConfusionMatrix(classes, **options).add(answers, caller)


def confusion_matrix(
    predictions: Any,
    targets: Any,
    classes: int | None = None,
    *,
    ignore_index: int | None = None,
    threshold: float | None = None,
    normalize: Normalize = None,
) -> np.ndarray:
    """``(classes, classes)`` int64; in row i and column j, how often class i was taken for j.

    Args:
        predictions: scores ``(N, C, *)``, single ones ``(N, 1, *)``, or classes ``(N, *)``.
        targets: the right classes, ``(N, *)``.
        classes: how many there are; if None, C, or what the largest class that occurs needs.
        ignore_index: targets of this value do not count.
        threshold: for single scores, see ``accuracy``.
        normalize: gives shares instead: of each row ``"true"``, column ``"pred"``, or of ``"all"``.

    Raises:
        ValueError: shapes that do not fit, a class outside 0 … classes − 1, or a score of NaN,
            which has no column; ``ConfusionMatrix`` counts them apart.

    Example:

        >>> from nn.training import confusion_matrix
        >>> confusion_matrix(at.tensor([0, 1, 1, 1]), at.tensor([0, 0, 1, 1]))
        array([[1, 1],
               [0, 2]])
        >>> confusion_matrix(at.tensor([0, 1, 1, 1]), at.tensor([0, 0, 1, 1]), normalize="true")
        array([[0.5, 0.5],
               [0. , 1. ]])
    """
    counted = _counted(predictions, targets, classes, ignore_index, threshold, "confusion_matrix")
    if lost := int(counted.unanswered.sum()):
        raise ValueError(
            f"confusion_matrix: {lost} answers have a score of NaN, which is of no class; "
            "ConfusionMatrix counts them as wrong"
        )
    return counted.matrix if normalize is None else counted.normalized(normalize)


def _of_one_batch(
    predictions: Any,
    targets: Any,
    average: Average = "macro",
    *,
    classes: int | None = None,
    zero_division: float = 0.0,
    ignore_index: int | None = None,
    threshold: float | None = None,
    multilabel: bool = False,
    name: str = "",
) -> Any:
    """The method ``name`` of the ``ConfusionMatrix`` of what is given."""
    counted: ConfusionMatrix | MultilabelConfusion
    if multilabel:
        counted = labels_counted(predictions, targets, ignore_index, threshold, name)
    else:
        counted = _counted(predictions, targets, classes, ignore_index, threshold, name)
    return getattr(counted, name)(average, zero_division)


def labels_counted(
    predictions: Any,
    targets: Any,
    ignore_index: int | None,
    threshold: float | None,
    caller: str,
) -> MultilabelConfusion:
    """The counts of the labels of one batch."""
    shape = np.shape(targets)
    refuse(caller, len(shape) < 2, f"labels must be (N, L, *), got targets of shape {shape}")
    counted = MultilabelConfusion(shape[1], ignore_index=ignore_index, threshold=threshold)
    return counted.update(predictions, targets)


@face(_of_one_batch)
def precision() -> float | Any:
    """Of the samples taken for a class, the share that is of it: TP / (TP + FP).

    Args:
        predictions, targets, classes, ignore_index, threshold: as in ``confusion_matrix``.
        average: None gives each class its own value, an array ``(classes,)``.  ``"macro"`` is
            their mean, in which every class counts the same; ``"weighted"`` their mean weighted by
            how many samples are of the class; ``"micro"`` takes TP and FP over all classes;
            ``"binary"``, of two classes, is the value of class 1.  An ignored class is NaN and in
            no mean.
        zero_division: the value of a class where there is nothing to divide by; NaN leaves it out
            of means.
        multilabel: whether predictions and targets are labels ``(N, L, *)`` of which several may be
            true at once; each of the L is then a class.  See ``MultilabelConfusion``.

    Raises:
        ValueError: shapes that do not fit, classes that there are not, or an unknown ``average``.

    Example:

        >>> from nn.training import precision
        >>> said, right = at.tensor([1, 1, 1, 0]), at.tensor([1, 1, 0, 1])
        >>> precision(said, right, average=None)  # 0 of 1 and 2 of 3
        array([0.        , 0.66666667])
    """


@face(_of_one_batch)
def recall() -> float | Any:
    """Of the samples of a class, the share that was taken for it: TP / (TP + FN).

    Args:
        predictions, targets, classes, ignore_index, threshold, average, zero_division, multilabel:
            as in ``precision``.

    Raises:
        ValueError: shapes that do not fit, classes that there are not, or an unknown ``average``.

    Example:

        >>> from nn.training import recall
        >>> recall(at.tensor([1, 1, 0, 0]), at.tensor([1, 1, 1, 1]), classes=2, average="binary")
        0.5
    """


@face(_of_one_batch)
def f1_score() -> float | Any:
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Args:
        predictions, targets, classes, ignore_index, threshold, average, zero_division, multilabel:
            as in ``precision``.

    Raises:
        ValueError: shapes that do not fit, classes that there are not, or an unknown ``average``.

    Example:

        >>> from nn.training import f1_score
        >>> said, right = at.tensor([1, 1, 1, 0]), at.tensor([1, 1, 0, 0])
        >>> f1_score(said, right, average="binary")  # 2·2 / (2·2 + 1 + 0)
        0.8
    """


@face(_of_one_batch, zero_division=math.nan)
def intersection_over_union() -> float | Any:
    """Overlap of masks: TP / (TP + FP + FN), the Jaccard index.  ``"macro"`` is the mean IoU.

    All pixels ``(N, H, W)`` of the batch count together.

    Args:
        predictions, targets, classes, ignore_index, threshold, average, multilabel: as in
            ``precision``.
        zero_division: the value of a class that occurs neither here nor there; NaN, the default,
            leaves it out of the mean.

    Raises:
        ValueError: shapes that do not fit, classes that there are not, or an unknown ``average``.

    Example:

        >>> from nn.training import intersection_over_union
        >>> said, right = at.tensor([[[1, 1], [0, 0]]]), at.tensor([[[1, 1], [1, 1]]])  # masks
        >>> intersection_over_union(said, right, average=None)  # of background; 2 of 4
        array([0. , 0.5])
    """


def _one_number(
    predictions: Any,
    targets: Any,
    *,
    classes: int | None = None,
    ignore_index: int | None = None,
    threshold: float | None = None,
    name: str = "",
) -> float:
    counted = _counted(predictions, targets, classes, ignore_index, threshold, name)
    return getattr(counted, name)()


@face(_one_number)
def balanced_accuracy() -> float | Any:
    """The mean of the recall of all classes that occur, so that rare ones count as much.

    Args:
        predictions, targets, classes, ignore_index, threshold: as in ``confusion_matrix``.

    Raises:
        ValueError: shapes that do not fit, or classes that there are not.

    Example:

        >>> from nn.training import accuracy, balanced_accuracy
        >>> said, right = at.tensor([0, 0, 0, 0]), at.tensor([0, 0, 0, 1])  # always says 0
        >>> accuracy(said, right), balanced_accuracy(said, right)
        (0.75, 0.5)
    """


@face(_one_number)
def cohen_kappa() -> float | Any:
    """How far agreement is above that of chance; see ``ConfusionMatrix.cohen_kappa``.

    Args:
        predictions, targets, classes, ignore_index, threshold: as in ``confusion_matrix``.

    Raises:
        ValueError: shapes that do not fit, or classes that there are not.

    Example:

        >>> from nn.training import cohen_kappa
        >>> cohen_kappa(at.tensor([0, 1, 0, 1]), at.tensor([0, 1, 1, 0]))  # as good as chance
        0.0
        >>> cohen_kappa(at.tensor([0, 1, 0, 1]), at.tensor([0, 1, 0, 1]))
        1.0
    """


@face(_one_number)
def matthews_corrcoef() -> float | Any:
    """The correlation of what is said with what is true; see ``ConfusionMatrix``.

    Args:
        predictions, targets, classes, ignore_index, threshold: as in ``confusion_matrix``.

    Raises:
        ValueError: shapes that do not fit, or classes that there are not.

    Example:

        >>> from nn.training import matthews_corrcoef
        >>> matthews_corrcoef(at.tensor([1, 0, 1, 0]), at.tensor([0, 1, 0, 1]))  # always wrong
        -1.0
    """
