"""Loss, accuracy and metrics over many batches, and the bar that shows them on the way."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping
from operator import length_hint
from time import monotonic
from typing import Any

from autotensor import Tensor, no_grad
from nn.arguments import parts_of
from nn.training.reading import Judgement, Reading
from nn.training.saying import progress, somebody_looks

__all__: list[str] = []  # helpers, which no package shows

COUNTED = ("samples", "weighed", "loss_sum", "sums")
"""What Measures counts by itself."""
OBJECT = "attributes of"
"""Marks, in the state of a metric, an object within it."""
REFRESH = 0.1
"""Seconds between two updates of a bar: more often nobody can read."""


class Measures:
    """What came of all batches so far, whatever their sizes.

    Args:
        reading: how the loss counts, and what it takes for an answer.
        metrics: what else to measure, by name: functions ``metric(scores, targets)``, whose values
            are averaged, or a ``Metric``, which sums up by itself.
    """

    __slots__ = ("judgement", "loss_sum", "metrics", "reading", "samples", "sums", "weighed")

    def __init__(self, reading: Reading, metrics: Mapping[str, Any] | None = None) -> None:
        self.reading = reading
        self.samples = 0
        self.weighed = 0.0
        """What the means of the loss divided by, in all."""
        self.loss_sum: float | None = None
        self.judgement = Judgement()
        self.metrics = metrics or {}
        self.sums: dict[str, list[float]] = {}
        """For each function among the metrics, the weighted sum of its values and the weight."""
        for metric in self.metrics.values():
            if accumulates(metric):
                metric.reset()

    def state_dict(self) -> dict[str, Any]:
        """What has been counted so far."""
        own = {name: getattr(self, name) for name in COUNTED}
        judged = {name: getattr(self.judgement, name) for name in Judgement.__slots__}
        metrics = {name: one for name, one in self.metrics.items() if accumulates(one)}
        counted = {name: state_of_metric(one) for name, one in metrics.items()}
        return own | {"judgement": judged, "metrics": counted}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on counting from what ``state_dict`` gave."""
        owner = "load_state_dict of the measures of an epoch"
        *counted, judged, metrics = parts_of(owner, state, *COUNTED, "judgement", "metrics")
        judgement = parts_of(f"{owner}, judgement", judged, *Judgement.__slots__)
        parts_of(f"{owner}, metrics", metrics)
        for name, value in zip(COUNTED, counted, strict=True):
            setattr(self, name, value)
        for name, value in zip(Judgement.__slots__, judgement, strict=True):
            setattr(self.judgement, name, value)
        for name, own in metrics.items():
            if name in self.metrics:
                _load_into(self.metrics[name], own)

    def add(self, scores: Any, targets: Any, loss: float | None) -> None:
        """Counts a batch in: ``loss`` is its loss, ``scores`` what the model gave.

        Batches whose targets are no Tensor count as one sample each.  Targets of a
        ``WeightedLoss`` are pairs; metrics are given the first of each.
        """
        reading = self.reading
        if loss is not None:
            count = reading.count(scores, targets)
            self.weighed += count
            self.loss_sum = self.loss_sum or 0.0
            if count or not math.isnan(loss):  # else the mean of nothing
                self.loss_sum += loss if reading.summed else loss * count
        weights = None
        if reading.weighted:
            targets, weights = targets
        size = targets.shape[0] if isinstance(targets, Tensor) and targets.ndim else 1
        self.samples += size
        reading.judge(scores, targets, self.judgement, weights)
        if self.metrics:
            self._measure(scores, targets, size, self.metrics)

    def add_nothing(self) -> None:
        """Counts a batch of which other processes have all samples."""

    def join(self) -> None:
        """Counts from now on what all processes have counted that train together."""

    def joint_state(self) -> dict[str, Any]:
        """What all processes have counted, for ``take_joint_state``."""
        return self.state_dict()

    def take_joint_state(self, state: Mapping[str, Any]) -> None:
        """Goes on counting from what any number of processes has counted."""
        self.load_state_dict(state)

    def _measure(self, scores: Any, targets: Any, size: int, metrics: Mapping[str, Any]) -> None:
        if isinstance(scores, Tensor):
            scores = scores.detach()
        with no_grad():
            for name, metric in metrics.items():
                if accumulates(metric):
                    metric.update(scores, targets)
                    continue
                value = metric(scores, targets)
                value = float(value.item() if isinstance(value, Tensor) else value)
                # A mean over nothing, as where a batch has no target that counts.
                if not math.isnan(value):
                    total = self.sums.setdefault(name, [0.0, 0.0])
                    total[0] += value * size
                    total[1] += size

    @property
    def loss(self) -> float | None:
        if self.loss_sum is None or self.reading.summed:
            return self.loss_sum
        return self.loss_sum / self.weighed if self.weighed else math.nan

    @property
    def accuracy(self) -> float | None:
        return self.judgement.accuracy

    def measured(self) -> dict[str, float]:
        """The values of the metrics."""
        found = {}
        for name, metric in self.metrics.items():
            if accumulates(metric):
                found[name] = float(metric.compute())
            else:
                total, weight = self.sums.get(name, (math.nan, 1.0))
                found[name] = total / weight
        return found

    def named(self) -> dict[str, float]:
        """``{"loss": …, "accuracy": …}``, of these what there is, and the metrics."""
        both = {"loss": self.loss, "accuracy": self.accuracy}
        return {name: one for name, one in both.items() if one is not None} | self.measured()

    def __str__(self) -> str:
        digits = {"loss": ".4f", "accuracy": ".3f"}
        return ", ".join(
            f"{name} {value:{digits.get(name, '#.4g')}}" for name, value in self.named().items()
        )


def state_of_metric(metric: Any) -> Any:
    """What a metric has counted: its own state, or its attributes."""
    if hasattr(metric, "state_dict"):
        return metric.state_dict()
    return {name: _attribute_of(value) for name, value in vars(metric).items()}


def _attribute_of(value: Any) -> Any:
    """A value; of an object of a class that keeps its numbers in attributes, those."""
    plain = type(value).__module__ in ("builtins", "numpy", "collections")
    return value if plain or isinstance(value, Tensor) else {OBJECT: state_of_metric(value)}


def _load_into(metric: Any, state: Mapping[str, Any]) -> None:
    if hasattr(metric, "load_state_dict"):
        metric.load_state_dict(state)
        return
    for name, value in state.items():
        if isinstance(value, Mapping) and OBJECT in value:
            _load_into(getattr(metric, name), value[OBJECT])
        else:
            setattr(metric, name, value)


def accumulates(metric: Any) -> bool:
    """Whether it is a ``Metric`` that sums up batches, rather than a function."""
    return all(hasattr(metric, name) for name in ("reset", "update", "compute"))


def watched(
    loader: Iterable[Any], title: str, measures: Measures, verbose: bool, done: int = 0
) -> Generator[tuple[int, Any], None, None]:
    """The batches numbered from 1, with a bar on a terminal or in a notebook that shows
    ``measures``.

    Of those, ``loader`` gives no longer the first ``done`` ones.
    """
    if not (verbose and somebody_looks()):
        yield from enumerate(loader, done + 1)
        return
    # A loader over an IterableDataset has a len() that raises TypeError: nobody knows it.
    total = length_hint(loader, 0) or None
    with progress(total=total, initial=done, desc=title, unit="batch") as bar:
        due = 0.0
        for numbered in enumerate(loader, done + 1):
            yield numbered
            if (now := monotonic()) >= due:
                bar.set_postfix_str(str(measures), refresh=False)
                due = now + REFRESH
            bar.update()
