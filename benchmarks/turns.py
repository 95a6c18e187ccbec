"""A B A B: contestants in turns, so that a drifting machine favours none.

All are alive and warm from the first turn to the last. Only one works at a time; the others sleep.
Every turn of another comes right after a turn of the first, and the two make a pair: a machine that
slows down over minutes slows both alike, and their ratio stays.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.contestants import Contestant, RefusedError

LONG = 6.0
"""Seconds in all, after which a slow contestant needs no further turn in this process."""


@dataclass(frozen=True)
class Spread:
    """Many figures in five: the median, the quartiles around it, the least and the most."""

    median: float
    low: float
    high: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    if len(values) == 1:
        return Spread(*values * 5)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, min(values), max(values))


@dataclass
class Score:
    """What a contestant showed.

    Attributes:
        seconds: of each turn, the median of its steps.
        ratios: the seconds over those of the first contestant's turn just before. Above 1: slower.
        lost: why it did not last to the end, if so.
    """

    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    lost: str = ""

    def is_done(self) -> bool:
        return bool(self.lost) or sum(self.seconds) > LONG


def play(contestants: Mapping[str, Contestant], turns: int, pause: float) -> dict[str, Score]:
    """Each takes ``turns`` turns against the first; the scores, by the same names.

    After each turn there is a pause: threads of OpenMP and of BLAS libraries spin for some
    milliseconds, up to about 30, before they sleep, and would take a processor from the next.
    ``Worker.finish`` shows whether it was long enough.

    Raises:
        RefusedError: the first one failed.
    """
    scores = {name: Score() for name in contestants}
    (first, base), *others = contestants.items()
    for _ in range(turns):
        left = [(name, other) for name, other in others if not scores[name].is_done()]
        for name, other in left or [("", None)]:
            time.sleep(pause)
            compared = base.turn()
            scores[first].seconds.append(compared)
            if other is None:
                continue
            time.sleep(pause)
            score = scores[name]
            try:
                seconds = other.turn()
            except RefusedError as reason:
                score.lost = str(reason)
                continue
            score.seconds.append(seconds)
            score.ratios.append(seconds / compared)
    return scores
