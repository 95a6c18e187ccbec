"""The answers in what a model gives, and the right ones beside them.

What is read here, ``N`` samples and ``*`` any places in each:

    scores ``(N, C, *)`` for targets ``(N, *)``: the largest of C ≥ 2 is the answer, the first of
        equal ones, as in ``argmax``.
    scores ``(N, C, *)`` for floating-point targets ``(N, C, *)`` that sum to 1 over C, one-hot or
        soft: the largest is right.
    one score ``(N, 1, *)`` or ``(N)`` for each target ``(N, *)`` or ``(N, 1, *)`` that is 0 or 1,
        an integer, bool or float: yes above a threshold.  A target between 0 and 1 means yes above
        0.5.  With a threshold given, scores and targets of any one shape are such.
    answers themselves ``(N, *)``, integers or bool, for targets ``(N, *)``.

**The threshold** is 0 for scores (logits, as ``binary_cross_entropy_with_logits`` takes them) and
0.5 for probabilities.  Where it is None it follows from the values, as in torchmetrics: all from 0
to 1 are probabilities, and one outside shows that they are scores.  Over many batches that is
decided once for all of them, by all.

A score of NaN is never a right answer: what is said there is ``NO_ANSWER``, which is no class.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autotensor.extend import raw

__all__: list[str] = []  # helpers, which no package shows

NO_ANSWER = int(np.iinfo(np.int64).min)


class Answers(NamedTuple):
    """What is said and what is right, as arrays of one shape; only what counts."""

    said: np.ndarray
    right: np.ndarray
    classes: int | None = None
    """How many there are, where that is known."""
    said_of_logits: np.ndarray | None = None
    """What is said if single scores are logits; None where there is no question.  ``said`` then
    holds what they say as probabilities."""
    logits: bool = False
    """Whether one of them can be no probability."""

    @property
    def decided(self) -> np.ndarray:
        """What is said, as far as these alone tell."""
        return self.said if self.said_of_logits is None or not self.logits else self.said_of_logits


def fit_together(scores: Any, targets: Any) -> bool:
    """Whether there are scores ``(N, C, *)`` for targets ``(N, *)``."""
    return (
        scores.ndim == targets.ndim + 1 >= 2
        and scores.shape[:1] + scores.shape[2:] == targets.shape
    )


def best(scores: np.ndarray, axis: int = 1) -> np.ndarray:
    """Where the largest score stands, the first of equal ones; NO_ANSWER where one is NaN."""
    if not scores.size:
        return np.zeros(scores.shape[:axis] + scores.shape[axis + 1 :], np.int64)
    said = scores.argmax(axis)  # where there is NaN, its place
    if scores.dtype.kind == "f":
        largest = np.take_along_axis(scores, np.expand_dims(said, axis), axis).squeeze(axis)
        said = np.where(np.isnan(largest), NO_ANSWER, said)
    return said


def above(scores: np.ndarray, threshold: float) -> np.ndarray:
    """1 above the threshold, else 0; NO_ANSWER for NaN."""
    said = (scores > threshold).astype(np.int64)
    return np.where(np.isnan(scores), NO_ANSWER, said) if scores.dtype.kind == "f" else said


def one_score(shape: tuple[int, ...]) -> bool:
    """Whether ``(N, 1, *)`` or ``(N)`` is the shape of single scores."""
    return len(shape) <= 1 or shape[1] == 1


def without_channel(scores: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Single scores and their targets in one shape: ``(N, 1, *)`` beside ``(N, *)`` is that."""
    if scores.ndim == targets.ndim + 1 and scores.ndim > 1 and scores.shape[1] == 1:
        return scores[:, 0], targets
    if targets.ndim == scores.ndim + 1 and targets.ndim > 1 and targets.shape[1] == 1:
        return scores, targets[:, 0]
    return scores, targets


def read_answers(
    predictions: Any,
    targets: Any,
    *,
    ignore_index: int | None = None,
    threshold: float | None = None,
    caller: str,
) -> Answers:
    """Reads what the head of this file tells of; refuses all else in the name of ``caller``."""
    values, right = np.asarray(raw(predictions)), np.asarray(raw(targets))
    need_threshold(threshold, caller)
    several = values.shape == right.shape and not one_score(values.shape)
    if several and threshold is None and values.dtype.kind == right.dtype.kind == "f":
        return _of_distributions(values, right, caller)
    if fit_together(values, right) and values.shape[1] != 1:
        if threshold is not None:
            raise ValueError(
                f"{caller}: threshold is for one score a target, got scores {values.shape} for "
                f"targets {right.shape}, of which the largest is the answer"
            )
        classes = values.shape[1]
        need_classes(right, caller)
        return _that_count(best(values), right, ignore_index)._replace(classes=classes)
    if several and threshold is None and values.dtype.kind == "f":
        raise ValueError(
            f"{caller}: scores {values.shape} for targets of that shape are single answers only "
            "with threshold=0 for scores or 0.5 for probabilities; of one-hot targets give the "
            "class numbers, targets.argmax(1)"
        )
    values, right = without_channel(values, right)
    if values.shape != right.shape:
        raise ValueError(
            f"{caller}: predictions must be scores (N, C, *), one score (N, 1, *) each, or classes "
            f"of the shape of targets (N, *), got {values.shape} and {right.shape}"
        )
    if values.dtype.kind in "iub":
        if right.dtype.kind == "f" and np.isin(right, (0, 1, ignore_index or 0)).all():
            right = right.astype(np.int64)
        need_classes(right, caller)
        return _that_count(values, right, ignore_index)
    return _of_single_scores(values, right, ignore_index, threshold, caller)


def need_threshold(threshold: float | None, caller: str) -> None:
    given = isinstance(threshold, (int, float, np.number)) and not isinstance(threshold, bool)
    if threshold is not None and not given:
        raise TypeError(f"{caller}: threshold must be a number or None, got {threshold!r}")
    if threshold is not None and math.isnan(threshold):
        raise ValueError(f"{caller}: threshold must be a number, got nan")


def need_classes(targets: np.ndarray, caller: str) -> None:
    if targets.dtype.kind not in "iub":
        raise TypeError(f"{caller}: targets must be integers, got {targets.dtype}")


def _that_count(said: np.ndarray, right: np.ndarray, ignore_index: int | None) -> Answers:
    if ignore_index is None:
        return Answers(said, right)
    keep = right != ignore_index
    return Answers(said[keep], right[keep])


def _of_distributions(scores: np.ndarray, targets: np.ndarray, caller: str) -> Answers:
    """Scores ``(N, C, *)`` for probabilities ``(N, C, *)``."""
    sums = targets.sum(1)
    if not (np.abs(sums - 1) <= 1e-3).all() or targets.min(initial=0) < 0:
        raise ValueError(
            f"{caller}: floating-point targets of the shape of the scores {scores.shape} are "
            f"probabilities and must sum to 1 over dimension 1, got sums from {sums.min():g} to "
            f"{sums.max():g}; where several may be right at once, or each score has a target of "
            "its own, give threshold=0 for scores or 0.5 for probabilities"
        )
    return Answers(best(scores), targets.argmax(1), scores.shape[1])


def need_labels(targets: np.ndarray, caller: str) -> np.ndarray:
    """0 or 1 for each target, which is a chance of yes."""
    if targets.dtype.kind not in "fiub":
        raise TypeError(f"{caller}: targets must be 0 and 1, got {targets.dtype}")
    fits = (targets >= 0) & (targets <= 1)
    if not fits.all():
        bad = targets[~fits][0]
        raise ValueError(
            f"{caller}: targets of single scores must be 0 or 1, got {bad}; targets that are not "
            "to count are named by ignore_index"
        )
    return (targets > 0.5).astype(np.int64)


def _of_single_scores(
    scores: np.ndarray,
    targets: np.ndarray,
    ignore_index: int | None,
    threshold: float | None,
    caller: str,
) -> Answers:
    if scores.dtype.kind != "f" or targets.dtype.kind not in "fiub":
        raise TypeError(
            f"{caller}: predictions must be scores or classes and targets classes, got "
            f"{scores.dtype} and {targets.dtype}"
        )
    scores, targets, *_ = _that_count(scores, targets, ignore_index)
    right = need_labels(targets, caller)
    if threshold is not None:
        return Answers(above(scores, threshold), right, 2)
    logits = bool(((scores < 0) | (scores > 1)).any())
    return Answers(above(scores, 0.5), right, 2, above(scores, 0.0), logits)


def label_cells(
    predictions: Any,
    targets: Any,
    *,
    ignore_index: int | None = None,
    threshold: float | None = None,
    caller: str,
) -> tuple[tuple[np.ndarray, np.ndarray], bool, int]:
    """For labels ``(N, L, *)``: ``4 · label + 2 · true + said`` of each answer that counts.

    Returns:
        That if scores are probabilities, and if they are logits; whether one is no probability; and
        L.
    """
    values, right = np.asarray(raw(predictions)), np.asarray(raw(targets))
    if values.shape != right.shape or values.ndim < 2:
        raise ValueError(
            f"{caller}: labels need predictions and targets of one shape (N, L, *), got "
            f"{values.shape} and {right.shape}"
        )
    count = values.shape[1]
    label = np.broadcast_to(
        np.arange(count).reshape(1, count, *(1,) * (values.ndim - 2)), values.shape
    )
    keep = np.ones(values.shape, bool) if ignore_index is None else right != ignore_index
    values, label, right = values[keep], label[keep], need_labels(right[keep], caller)
    if values.dtype.kind != "f":
        said = need_labels(values, caller), need_labels(values, caller)
    elif threshold is not None:
        said = above(values, threshold), above(values, threshold)
    else:
        said = above(values, 0.5), above(values, 0.0)
    logits = values.dtype.kind == "f" and bool(((values < 0) | (values > 1)).any())
    # No answer is the wrong one.
    cells = [4 * label + 2 * right + np.where(one == NO_ANSWER, 1 - right, one) for one in said]
    return (cells[0], cells[1]), logits, count
