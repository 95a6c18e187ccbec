"""How likely a model says each class is, and which is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor import Tensor
from nn.losses import BCELoss, NLLLoss
from nn.training.answers import fit_together, one_score, without_channel
from nn.training.reading import UNKNOWN, Reading

__all__: list[str] = []  # helpers, which no package shows

THRESHOLDS = 127
"""How many TensorBoard's curves have."""


class Judged(NamedTuple):
    """What is said of one batch, and what is right."""

    chances: np.ndarray
    """Of each class, or of each label by itself, ``(M, C)``."""
    right: np.ndarray
    """Whether it is so, ``(M, C)``."""
    samples: np.ndarray
    """To which sample a row belongs, ``(M)``."""
    labels: bool
    """Whether each column is a question of its own."""

    @property
    def wrong(self) -> np.ndarray:
        """The rows that are wrong."""
        if self.labels:
            return ((self.chances > 0.5) != self.right).any(1).nonzero()[0]
        return (self.chances.argmax(1) != self.right.argmax(1)).nonzero()[0]


def judged(reading: Reading, scores: Any, targets: Any) -> Judged | None:
    """Reads a batch as the loss does; None where there are no answers."""
    if not (isinstance(scores, Tensor) and isinstance(targets, Tensor)):
        return None
    values, right = np.asarray(scores.array), np.asarray(targets.array)
    answers = getattr(reading.loss, "answers", UNKNOWN)
    if values.dtype.kind != "f" or answers is None:
        return None
    if answers == "label":
        values = values if isinstance(reading.loss, BCELoss) else _sigmoid(values)
        return _labels(values, right > 0.5)
    if answers == "class":
        ignored = getattr(reading.loss, "ignore_index", None)
        if values.ndim == 1:
            values, right = values[np.newaxis], right[np.newaxis]
        logarithms = isinstance(reading.loss, NLLLoss)
        return _classes(np.exp(values) if logarithms else _softmax(values), right, ignored)
    if right.dtype.kind not in "iub":
        return None
    if fit_together(values, right) and values.shape[1] > 1:
        return _classes(values if _are_chances(values) else _softmax(values), right, None)
    values, right = without_channel(values, right)
    if values.shape != right.shape or not one_score(scores.shape):
        return None
    inside = bool(((values >= 0) & (values <= 1)).all())
    return _labels(
        (values if inside else _sigmoid(values)).reshape(-1, 1), right.reshape(-1, 1) > 0
    )


def _classes(chances: np.ndarray, right: np.ndarray, ignored: Any) -> Judged:
    """Chances ``(N, C, *)`` for classes ``(N, *)``, or for such of ``(N, C, *)``."""
    count = chances.shape[1]
    if right.dtype.kind == "f":
        counts, right = right.any(1), right.argmax(1)
    else:
        counts = (right >= 0) & (right < count)
        if ignored is not None:
            counts &= right != ignored
    places = np.moveaxis(chances, 1, -1).reshape(-1, count)
    kept = counts.reshape(-1)
    number = np.repeat(np.arange(len(chances)), kept.size // max(len(chances), 1))
    numbers = right.reshape(-1)[kept].astype(np.int64)
    return Judged(places[kept], numbers[:, np.newaxis] == np.arange(count), number[kept], False)


def _labels(chances: np.ndarray, right: np.ndarray) -> Judged:
    """Chances ``(N, L, *)`` and whether it is so."""
    chances, right = without_channel(chances, right)
    right = np.broadcast_to(right, chances.shape)
    if chances.ndim < 2:
        chances, right = chances.reshape(-1, 1), right.reshape(-1, 1)
    count = chances.shape[1]
    rows, truth = (np.moveaxis(one, 1, -1).reshape(-1, count) for one in (chances, right))
    number = np.repeat(np.arange(len(chances)), len(rows) // max(len(chances), 1))
    return Judged(rows, truth, number, True)


def _are_chances(values: np.ndarray) -> bool:
    return bool((values >= 0).all() and np.allclose(values.sum(1), 1, atol=1e-3))


def _softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -values))


class Curves:
    """Precision and recall of each class, counted batch by batch: how often a chance was given that
    was right, and wrong, by thresholds from 0 to 1."""

    def __init__(self) -> None:
        self.counts: np.ndarray | None = None

    def add(self, one: Judged) -> None:
        chances = np.clip(np.nan_to_num(one.chances, nan=0.0), 0, 1)
        places = np.floor(chances * (THRESHOLDS - 1)).astype(np.int64)
        count = chances.shape[1]
        if self.counts is None:
            self.counts = np.zeros((2, count, THRESHOLDS))
        flat = places + np.arange(count) * THRESHOLDS
        for row, which in enumerate((one.right, ~one.right)):
            found = np.bincount(flat[which], minlength=count * THRESHOLDS)
            self.counts[row] += found.reshape(count, THRESHOLDS)

    def join(self, everybodys: Sequence[np.ndarray | None]) -> None:
        """Counts what several processes have counted."""
        counts = [one for one in everybodys if one is not None]
        self.counts = np.sum(counts, axis=0) if counts else None

    def measured(self) -> list[np.ndarray]:
        """For each class the six rows that ``add_pr_curve_raw`` takes."""
        if self.counts is None:
            return []
        true, false = (one[:, ::-1].cumsum(1)[:, ::-1] for one in self.counts)
        missed, left = true[:, :1] - true, false[:, :1] - false
        precision = true / np.maximum(1e-7, true + false)
        recall = true / np.maximum(1e-7, true + missed)
        return [*np.stack([true, false, left, missed, precision, recall]).swapaxes(0, 1)]
