"""How well scores rank: the curves over all thresholds, and the areas under them.

All follow scikit-learn's definitions.  Two classes:

    scores: ``(N)`` or ``(N, 1, *)``, floating point; larger means rather yes.  Only their order
        counts, so that scores and probabilities are the same here.
    targets: as many, 0 or 1.

The areas take several classes as well, each against the rest: scores ``(N, C, *)`` with class
numbers ``(N, *)``, or with 0 and 1 in the shape of the scores, any of which may be 1 at once.
There each class ranks the samples by its own score: apply softmax first where that is meant.

A score of NaN has no rank, and is refused.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from autotensor.extend import raw
from nn.arguments import need_one_of
from nn.training.answers import fit_together, need_labels, one_score, without_channel

__all__ = ["average_precision", "precision_recall_curve", "roc_auc", "roc_curve"]

Average = Literal["macro", "micro", "weighted"] | None
AVERAGES = ("macro", "micro", "weighted", None)


def roc_curve(
    scores: Any, targets: Any, *, ignore_index: int | None = None, drop_intermediate: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The shares of wrong and of right yeses, for every threshold: ``(fpr, tpr, thresholds)``.

    ``fpr[i]`` is the share of the noes, ``tpr[i]`` that of the yeses, with a score of at least
    ``thresholds[i]``, which falls from infinity.  NaN where there are none of a kind.

    Args:
        scores, targets: of two classes.
        ignore_index: targets of this value do not count.
        drop_intermediate: leave out points on the straight line between their neighbours.

    Raises:
        ValueError: shapes that do not fit, targets other than 0 and 1, or scores of NaN.

    Example:

        >>> from nn.training import roc_curve
        >>> scores, targets = at.tensor([0.1, 0.4, 0.35, 0.8]), at.tensor([0, 0, 1, 1])
        >>> fpr, tpr, thresholds = roc_curve(scores, targets)
        >>> fpr, tpr
        (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]))
    """
    values, yes = _two_classes(scores, targets, ignore_index, "roc_curve")
    thresholds, right, wrong = _counts_by_threshold(values, yes)
    if drop_intermediate and len(thresholds) > 2:
        bends = np.diff(wrong, 2).astype(bool) | np.diff(right, 2).astype(bool)
        keep = np.concatenate([[True], bends, [True]])
        thresholds, right, wrong = thresholds[keep], right[keep], wrong[keep]
    thresholds = np.concatenate([[np.inf], thresholds])
    right, wrong = np.concatenate([[0], right]), np.concatenate([[0], wrong])
    return _share(wrong, wrong[-1]), _share(right, right[-1]), thresholds


def precision_recall_curve(
    scores: Any, targets: Any, *, ignore_index: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall for every threshold: ``(precision, recall, thresholds)``.

    ``thresholds`` are the scores that occur, rising.  Behind the last of them comes a point without
    one, precision 1 and recall 0, so the first two arrays are longer by one.  Recall is NaN where
    there is no yes among the targets.

    Args:
        scores, targets: of two classes.
        ignore_index: targets of this value do not count.

    Raises:
        ValueError: shapes that do not fit, targets other than 0 and 1, or scores of NaN.

    Example:

        >>> from nn.training import precision_recall_curve
        >>> scores, targets = at.tensor([0.25, 0.5, 0.75]), at.tensor([0, 1, 1])
        >>> precision, recall, thresholds = precision_recall_curve(scores, targets)
        >>> recall, thresholds
        (array([1. , 1. , 0.5, 0. ]), array([0.25, 0.5 , 0.75], dtype=float32))
    """
    values, yes = _two_classes(scores, targets, ignore_index, "precision_recall_curve")
    thresholds, right, wrong = _counts_by_threshold(values, yes)
    precision, recall = right / (right + wrong), _share(right, right[-1] if right.size else 0)
    return (
        np.concatenate([precision[::-1], [1.0]]),
        np.concatenate([recall[::-1], [0.0]]),
        thresholds[::-1],
    )


def roc_auc(
    scores: Any, targets: Any, average: Average = "macro", *, ignore_index: int | None = None
) -> float | Any:
    """The area under the ROC curve: how often a yes has a higher score than a no; ties count half.

    Args:
        scores, targets: of two or more classes, see the head of this module.
        average: of several classes ``"macro"``, their mean; ``"weighted"`` by how often each is
            true; ``"micro"``, all as one; or None for an array ``(C,)``.
        ignore_index: targets of this value do not count.

    Returns:
        NaN where all targets are alike.  Such a class is left out of means.

    Raises:
        ValueError: shapes that do not fit, targets that there are not, or scores of NaN.

    Example:

        >>> from nn.training import roc_auc
        >>> scores, targets = at.tensor([0.1, 0.4, 0.35, 0.8]), at.tensor([0, 0, 1, 1])
        >>> roc_auc(scores, targets)  # three of four pairs are in order
        0.75
    """
    return _averaged(_area_under_roc, scores, targets, average, ignore_index, "roc_auc")


def average_precision(
    scores: Any, targets: Any, average: Average = "macro", *, ignore_index: int | None = None
) -> float | Any:
    """The area under the precision-recall curve as steps: Σ (rise of recall) · precision.

    Args:
        scores, targets, average, ignore_index: as in ``roc_auc``.

    Returns:
        NaN where no target is yes.  Such a class is left out of means.

    Raises:
        ValueError: shapes that do not fit, targets that there are not, or scores of NaN.

    Example:

        >>> from nn.training import average_precision
        >>> round(average_precision(at.tensor([0.1, 0.4, 0.35, 0.8]), at.tensor([0, 0, 1, 1])), 4)
        0.8333
    """
    return _averaged(_area_of_steps, scores, targets, average, ignore_index, "average_precision")


# -- reading ---------------------------------------------------------------------------------------


def _two_classes(
    scores: Any, targets: Any, ignore_index: int | None, caller: str
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and whether yes is right, as flat arrays of what counts."""
    values, right = np.asarray(raw(scores)), np.asarray(raw(targets))
    if not one_score(values.shape):
        raise ValueError(
            f"{caller}: expected single scores (N) or (N, 1, *), got {values.shape}; of several "
            "classes choose one, scores[:, i] with targets == i"
        )
    values, right = without_channel(values, right)
    if values.shape != right.shape:
        raise ValueError(
            f"{caller}: expected a score for each target, got {values.shape} and {right.shape}"
        )
    return _that_count(values.reshape(-1), right.reshape(-1), ignore_index, caller)


def _that_count(
    values: np.ndarray, right: np.ndarray, ignore_index: int | None, caller: str
) -> tuple[np.ndarray, np.ndarray]:
    if ignore_index is not None:
        keep = right != ignore_index
        values, right = values[keep], right[keep]
    _need_ranks(values, caller)
    return values, need_labels(right, caller).astype(bool)


def _need_ranks(values: np.ndarray, caller: str) -> None:
    if values.dtype.kind not in "fiub":
        raise TypeError(f"{caller}: scores must be real numbers, got {values.dtype}")
    if values.dtype.kind == "f" and (lost := int(np.isnan(values).sum())):
        raise ValueError(f"{caller}: {lost} scores are NaN, which has no rank")


def _averaged(
    area: Any, scores: Any, targets: Any, average: Average, ignore_index: int | None, caller: str
) -> Any:
    need_one_of(caller, "average", average, AVERAGES)
    values, right = np.asarray(raw(scores)), np.asarray(raw(targets))
    if one_score(values.shape):
        found = area(*_two_classes(values, right, ignore_index, caller))
        return np.array([found]) if average is None else found
    columns = _columns(values, right, ignore_index, caller)
    if average == "micro":
        return area(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
    areas = np.array([area(*column) for column in columns])
    if average is None:
        return areas
    weights = np.array([1 if average == "macro" else yes.sum() for _, yes in columns], float)
    weights[np.isnan(areas)] = 0
    total = weights.sum()
    return float((np.nan_to_num(areas) * weights).sum() / total) if total else math.nan


def _columns(
    values: np.ndarray, right: np.ndarray, ignore_index: int | None, caller: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each class its scores, and whether it is right."""
    classes = values.shape[1]
    rows = np.moveaxis(values, 1, 0).reshape(classes, -1)
    if values.shape == right.shape:
        yes = np.moveaxis(right, 1, 0).reshape(classes, -1)
        pairs = zip(rows, yes, strict=True)
        return [_that_count(*pair, ignore_index, caller) for pair in pairs]
    if not fit_together(values, right):
        raise ValueError(
            f"{caller}: expected scores (N, C, *) for targets (N, *) or (N, C, *), got "
            f"{values.shape} and {right.shape}"
        )
    if right.dtype.kind not in "iub":
        raise TypeError(f"{caller}: class numbers must be integers, got {right.dtype}")
    numbers = right.reshape(-1)
    keep = numbers != (-1 if ignore_index is None else ignore_index)
    if ignore_index is None:
        keep[:] = True
    numbers, rows = numbers[keep], rows[:, keep]
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < classes:
        bad = numbers.min() if numbers.min() < 0 else numbers.max()
        raise ValueError(f"{caller}: targets must be classes from 0 to {classes - 1}, got {bad}")
    _need_ranks(rows, caller)
    left_out = ignore_index if ignore_index is not None else -1
    return [(row, numbers == one) for one, row in enumerate(rows) if one != left_out]


# -- counting --------------------------------------------------------------------------------------


def _counts_by_threshold(
    values: np.ndarray, yes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The scores that occur, falling, and how many yeses and noes have at least each."""
    order = np.argsort(
        -values if values.dtype.kind == "f" else -values.astype(float), kind="stable"
    )
    values, yes = values[order], yes[order]
    last = np.flatnonzero(np.append(values[1:] != values[:-1], True)) if values.size else order
    right = np.cumsum(yes)[last]
    return values[last], right, last + 1 - right


def _share(counts: np.ndarray, total: Any) -> np.ndarray:
    return counts / total if total else np.full(counts.shape, math.nan)


def _area_under_roc(values: np.ndarray, yes: np.ndarray) -> float:
    _, right, wrong = _counts_by_threshold(values, yes)
    if not right.size or not right[-1] or not wrong[-1]:
        return math.nan
    right, wrong = np.concatenate([[0], right]), np.concatenate([[0], wrong])
    doubled = (np.diff(wrong) * (right[1:] + right[:-1])).sum()
    return float(doubled / (2 * right[-1] * wrong[-1]))


def _area_of_steps(values: np.ndarray, yes: np.ndarray) -> float:
    _, right, wrong = _counts_by_threshold(values, yes)
    if not right.size or not right[-1]:
        return math.nan
    rises = np.diff(right, prepend=0) / right[-1]
    return float((rises * right / (right + wrong)).sum())
