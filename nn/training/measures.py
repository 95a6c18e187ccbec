"""Loss and accuracy over many batches, and the bar that shows them on the way."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sized
from time import monotonic
from typing import Any

import numpy as np

from autotensor import Tensor

__all__ = ["Measures", "watched"]

REFRESH = 0.1
"""Seconds between two updates of a bar: more often nobody can read."""


class Measures:
    """Means over all samples seen so far, whatever the sizes of their batches."""

    __slots__ = ("correct", "judged", "loss_sum", "samples", "weighed")

    def __init__(self) -> None:
        self.samples = 0
        self.weighed = 0
        """Samples that have a loss."""
        self.loss_sum = 0.0
        self.judged = 0
        """Samples that are right or wrong."""
        self.correct = 0

    def add(self, scores: Any, targets: Any, loss: float | None) -> None:
        """Counts a batch in: ``loss`` is its mean, ``scores`` what the model gave.

        Scores ``(N, C)`` and integer targets ``(N,)`` are judged: the largest score is the answer.
        Batches whose targets are no Tensor count as one sample each.
        """
        is_tensor = isinstance(targets, Tensor)
        size = targets.shape[0] if is_tensor and targets.ndim else 1
        self.samples += size
        if loss is not None:
            self.weighed += size
            self.loss_sum += loss * size
        if (
            is_tensor
            and isinstance(scores, Tensor)
            and scores.ndim == 2
            and targets.ndim == 1
            and targets.dtype.kind in "iu"
        ):
            self.judged += size
            self.correct += int(np.count_nonzero(scores.array.argmax(1) == targets.array))

    @property
    def loss(self) -> float | None:
        return self.loss_sum / self.weighed if self.weighed else None

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.judged if self.judged else None

    def named(self) -> dict[str, float]:
        """``{"loss": …, "accuracy": …}``, of these what there is."""
        both = {"loss": self.loss, "accuracy": self.accuracy}
        return {name: value for name, value in both.items() if value is not None}

    def __str__(self) -> str:
        digits = {"loss": ".4f", "accuracy": ".3f"}
        return ", ".join(f"{name} {value:{digits[name]}}" for name, value in self.named().items())


def watched(
    loader: Iterable[Any], title: str, measures: Measures, verbose: bool
) -> Generator[tuple[int, Any], None, None]:
    """The batches numbered from 1, with a bar on a terminal that shows ``measures``."""
    if not verbose:
        yield from enumerate(loader, 1)
        return
    from tqdm import tqdm

    total = len(loader) if isinstance(loader, Sized) else None
    # disable=None: a bar only where it can be drawn, not in a file or a pipe.
    with tqdm(total=total, desc=title, unit="batch", leave=False, disable=None) as bar:
        if bar.disable:
            yield from enumerate(loader, 1)
            return
        due = 0.0
        for numbered in enumerate(loader, 1):
            yield numbered
            if (now := monotonic()) >= due:
                bar.set_postfix_str(str(measures), refresh=False)
                due = now + REFRESH
            bar.update()
