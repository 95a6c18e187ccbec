"""How good answers are, in one number: the share of right ones, and others over a whole epoch.

Every function takes what a model gave and what is right, as Tensors or arrays; what they may be
stands at the head of ``answers.py``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from autotensor import Tensor
from autotensor.extend import raw
from nn.arguments import need_one_of, refuse
from nn.training.answers import (
    fit_together,
    need_classes,
    need_labels,
    one_score,
    read_answers,
    without_channel,
)
from nn.training.confusion import ConfusionMatrix, MultilabelConfusion, check_range, labels_counted
from nn.training.ranking import average_precision, roc_auc
from nn.training.regression import (
    explained_variance,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

__all__ = ["Metric", "Overall", "accuracy", "log_loss", "top_k_accuracy"]


class Metric(Protocol):
    """What sums up many batches; ``fit(..., metrics={"name": metric})`` takes such as well.

    It may also have ``merge(other)``, which counts in all that another of its kind has counted.
    Where several processes train, each then counts its part of every batch; without it each is
    shown the whole of it, which is sent to all.
    """

    def reset(self) -> None:
        """Forgets everything."""

    def update(self, predictions: Any, targets: Any) -> object:
        """Counts a batch in."""

    def compute(self) -> float:
        """The value over everything since ``reset``."""


def accuracy(
    predictions: Any,
    targets: Any,
    *,
    ignore_index: int | None = None,
    threshold: float | None = None,
    multilabel: bool = False,
) -> float:
    """The share of right answers; NaN where there are none at all.

    Args:
        predictions: scores ``(N, C, *)``, of which the largest is the answer, the first of equal
            ones; single scores ``(N, 1, *)`` or ``(N)``; or classes ``(N, *)``.
        targets: the right classes ``(N, *)``; of single scores 0 and 1, integers, bool or floats;
            or probabilities ``(N, C, *)`` that sum to 1, of which the largest is right.
        ignore_index: targets of this value do not count.
        threshold: for single scores: above it the answer is yes.  0 for scores as
            ``binary_cross_entropy_with_logits`` takes them, 0.5 for probabilities.  If None they
            are probabilities where all are from 0 to 1, else scores, as in torchmetrics.  With a
            threshold, scores and targets of one shape ``(N, *)`` are single ones.
        multilabel: whether predictions and targets are labels ``(N, L, *)`` of which several may be
            true at once; each label is then an answer.

    A score of NaN is never right.

    Raises:
        ValueError: shapes that do not fit, or targets of which there are no scores.
        TypeError: targets that are no classes.

    Example:

        >>> from nn.training import accuracy
        >>> scores = at.tensor([[0.1, 0.7, 0.2], [0.9, 0.0, 0.1], [0.2, 0.3, 0.5]])
        >>> accuracy(scores[1:], at.tensor([0, 0]))
        0.5
        >>> accuracy(at.tensor([2.0, -1.0, 3.0]), at.tensor([1, 0, 0]), threshold=0)  # two of three
        0.6666666666666666
    """
    if multilabel:
        return labels_counted(predictions, targets, ignore_index, threshold, "accuracy").accuracy()
    options: Any = {"ignore_index": ignore_index, "threshold": threshold}
    answers = read_answers(predictions, targets, caller="accuracy", **options)
    right = answers.right
    if answers.classes is not None:
        check_range(right, answers.classes, "accuracy", "targets")
    return float((answers.decided == right).mean()) if right.size else math.nan


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

    Example:

        >>> from nn.training import top_k_accuracy
        >>> scores = at.tensor([[0.1, 0.6, 0.3], [0.5, 0.1, 0.4]])
        >>> top_k_accuracy(scores, at.tensor([2, 1]), k=2)
        0.5
    """
    right = np.asarray(raw(targets))
    need_classes(right, "top_k_accuracy")
    values = np.asarray(raw(scores))
    if not fit_together(values, right):
        raise ValueError(
            "top_k_accuracy: expected scores (N, C, *) for targets (N, *), "
            f"got {values.shape} and {right.shape}"
        )
    classes = values.shape[1]
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= classes:
        raise ValueError(f"top_k_accuracy: k must be an int from 1 to C = {classes}, got {k!r}")
    rows = np.moveaxis(values, 1, -1).reshape(-1, classes)
    right = right.reshape(-1)
    if ignore_index is not None:
        keep = right != ignore_index
        rows, right = rows[keep], right[keep]
    if not right.size:
        return math.nan
    check_range(right, classes, "top_k_accuracy", "targets")
    own = np.take_along_axis(rows, right[:, None].astype(np.int64), axis=1)
    earlier = np.arange(classes) < right[:, None]
    ahead = (rows > own) | ((rows == own) & earlier) | np.isnan(rows)
    return float(((ahead.sum(1) < k) & ~np.isnan(own[:, 0])).mean())


def log_loss(probabilities: Any, targets: Any, *, ignore_index: int | None = None) -> float:
    """``-ln`` of the probability that the right class was given, averaged; NaN without samples.

    A probability counts at least the smallest step of its dtype above 1, so that one of 0 is not
    infinitely wrong, as in scikit-learn.  Of scores, ``cross_entropy`` is that.

    Args:
        probabilities: ``(N, C, *)`` that sum to 1, or those of yes, ``(N, 1, *)`` or ``(N)``.
        targets: the right classes ``(N, *)``; of single probabilities 0 and 1.
        ignore_index: targets of this value do not count.

    Raises:
        ValueError: shapes that do not fit, targets that are no classes, or what is no probability.

    Example:

        >>> from nn.training import log_loss
        >>> round(log_loss(at.tensor([[0.5, 0.5], [0.5, 0.5]]), at.tensor([0, 1])), 4)  # ln 2
        0.6931
    """
    values, right = np.asarray(raw(probabilities)), np.asarray(raw(targets))
    if values.dtype.kind != "f":
        raise TypeError(f"log_loss: probabilities must be floating point, got {values.dtype}")
    if one_score(values.shape):
        values, right = without_channel(values, right)
        values = np.stack([1 - values, values], axis=1)
        known = right if ignore_index is None else right[right != ignore_index]
        need_labels(known, "log_loss")
        right = right.astype(np.int64)
    else:
        need_classes(right, "log_loss")
    if not fit_together(values, right):
        raise ValueError(
            "log_loss: expected probabilities (N, C, *) or (N, 1, *) for targets (N, *), "
            f"got {np.shape(raw(probabilities))} and {np.shape(raw(targets))}"
        )
    rows = np.moveaxis(values, 1, -1).reshape(-1, values.shape[1])
    right = right.reshape(-1)
    if ignore_index is not None:
        keep = right != ignore_index
        rows, right = rows[keep], right[keep]
    check_range(right, rows.shape[1], "log_loss", "targets")
    smallest = np.finfo(rows.dtype).eps
    rows = rows.astype(np.float64)
    sums = rows.sum(1)
    if not ((rows >= 0) & (rows <= 1)).all() or not (np.abs(sums - 1) <= 1e-3).all():
        raise ValueError(
            "log_loss: probabilities must be from 0 to 1 and sum to 1 over the classes; of scores "
            "take cross_entropy"
        )
    if not right.size:
        return math.nan
    given = np.clip(np.take_along_axis(rows, right[:, None], axis=1), smallest, 1 - smallest)
    return float(-np.log(given).mean())


# -- over an epoch ---------------------------------------------------------------------------------

COUNTED = (
    "accuracy", "precision", "recall", "f1_score", "intersection_over_union", "balanced_accuracy",
    "cohen_kappa", "matthews_corrcoef",
)  # fmt: skip
COLLECTED: dict[str, Callable[..., Any]] = {
    "top_k_accuracy": top_k_accuracy,
    "log_loss": log_loss,
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "mean_squared_error": mean_squared_error,
    "root_mean_squared_error": root_mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "r2_score": r2_score,
    "explained_variance": explained_variance,
}
OF_CLASSES = ("top_k_accuracy", "log_loss", "roc_auc", "average_precision")


class Overall:
    """A value over all of an epoch at once, for ``fit(..., metrics={…})``.

    The precision, F1 or ROC area of an epoch is not the mean of those of its batches::

        fit(..., metrics={"f1": Overall("f1_score", classes=10), "auc": Overall("roc_auc")})

    Args:
        measure: what counts answers, ``"accuracy"``, ``"precision"``, ``"recall"``, ``"f1_score"``,
            ``"intersection_over_union"``, ``"balanced_accuracy"``, ``"cohen_kappa"`` or
            ``"matthews_corrcoef"``; or what needs all scores, which are kept until then:
            ``"top_k_accuracy"``, ``"log_loss"``, ``"roc_auc"``, ``"average_precision"``,
            ``"mean_squared_error"``, ``"root_mean_squared_error"``, ``"mean_absolute_error"``,
            ``"r2_score"`` or ``"explained_variance"``.
        classes: how many there are, for what counts answers; 2 for models with one output.
        ignore_index: targets of this value do not count.
        threshold, multilabel: for what counts answers, as in ``accuracy``.
        options: those of the function of that name; ``average`` must give one number.

    Attributes:
        confusion: the ``ConfusionMatrix``, or with ``multilabel`` the ``MultilabelConfusion``; None
            where scores are kept.

    Raises:
        ValueError, TypeError: a measure that there is not, or options that do not go with it.

    Example:

        >>> from nn.training import Overall
        >>> f1 = Overall("f1_score", classes=2, average="binary")
        >>> for said, right in (([1, 1], [1, 0]), ([0, 1], [1, 1])):  # TP 2, FP 1, FN 1
        ...     f1.update(at.tensor(said), at.tensor(right))
        >>> round(f1.compute(), 4)
        0.6667
    """

    def __init__(
        self,
        measure: str,
        classes: int | None = None,
        *,
        ignore_index: int | None = None,
        threshold: float | None = None,
        multilabel: bool = False,
        **options: Any,
    ) -> None:
        need_one_of("Overall", "measure", measure, (*COUNTED, *COLLECTED))
        if options.get("average", "macro") is None or options.get("multioutput") == "raw_values":
            raise ValueError("Overall: average=None gives no single number")
        self.measure = measure
        self.options = options
        self.confusion: Any = None
        if measure in COUNTED:
            if classes is None:
                raise TypeError(
                    f"Overall: {measure} needs to know how many classes there are; 2 for a model "
                    "with one output"
                )
            kind: Any = MultilabelConfusion if multilabel else ConfusionMatrix
            self.confusion = kind(classes, ignore_index=ignore_index, threshold=threshold)
            if not hasattr(self.confusion, measure):
                raise ValueError(f"Overall: there is no {measure} of labels")
        else:
            self._need_none_of_those_that_count(classes, threshold, multilabel)
            if measure in OF_CLASSES:
                options["ignore_index"] = ignore_index
            elif ignore_index is not None:
                raise TypeError(f"Overall: {measure} is of numbers, so leave out ignore_index")
            inspect.signature(COLLECTED[measure]).bind(0, 0, **options)
        self.reset()
        self.compute()  # refuses unknown options now

    def _need_none_of_those_that_count(
        self, classes: int | None, threshold: float | None, multilabel: bool
    ) -> None:
        if classes is not None or threshold is not None or multilabel:
            raise TypeError(
                f"Overall: {self.measure} looks at scores: leave out classes, threshold and "
                "multilabel"
            )

    def reset(self) -> None:
        """Forgets everything."""
        self._kept: list[tuple[np.ndarray, np.ndarray]] = []
        if self.confusion is not None:
            self.confusion.reset()

    def update(self, predictions: Any, targets: Any) -> None:
        """Counts a batch in."""
        if self.confusion is not None:
            self.confusion.update(predictions, targets)
            return
        both = (
            np.array(raw(one.detach() if isinstance(one, Tensor) else one))
            for one in (predictions, targets)
        )
        said, true = both
        self._kept.append((said, true))

    def merge(self, other: Overall) -> None:
        """Counts in all that ``other`` has counted, of the same measure."""
        refuse(
            "Overall.merge",
            not isinstance(other, Overall) or other.measure != self.measure,
            f"expected an Overall of {self.measure}, got {type(other).__name__} of "
            f"{getattr(other, 'measure', None)}",
        )
        if self.confusion is not None:
            self.confusion.merge(other.confusion)
        self._kept += other._kept

    def compute(self) -> float:
        """The value over everything since ``reset``; NaN of nothing."""
        if self.confusion is not None:
            return getattr(self.confusion, self.measure)(**self.options)
        if not self._kept:
            return math.nan
        said, true = (np.concatenate(parts) for parts in zip(*self._kept, strict=True))
        return COLLECTED[self.measure](said, true, **self.options)
