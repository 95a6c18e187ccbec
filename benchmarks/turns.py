"""A B A B: this project and its peers in turns, so that a drifting machine favours neither.

All contestants are alive and warm from the first turn to the last. Only one works at a time; the
others sleep. Every turn of a peer comes right after a turn of this project, and the two make a
pair: a machine that slows down over minutes slows both alike, and their ratio stays.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.contestants import Contestant, RefusedError

LONG = 30.0
"""Seconds in all, after which three turns of a slow peer are enough."""


@dataclass(frozen=True)
class Spread:
    """Many figures in three: the median, and the quartiles around it."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


@dataclass
class Score:
    """What a contestant showed.

    Attributes:
        seconds: of each turn, the median of its steps.
        ratios: the seconds over those of this project's turn just before. Above 1: slower.
        lost: why it did not last to the end, if so.
    """

    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    lost: str = ""

    def is_done(self) -> bool:
        return bool(self.lost) or (len(self.seconds) >= 3 and sum(self.seconds) > LONG)


def play(
    ours: Contestant, peers: Sequence[Contestant], turns: int, pause: float
) -> dict[str, Score]:
    """Every peer takes ``turns`` turns against this project; the scores by library.

    After each turn there is a pause: threads of OpenMP and of BLAS libraries spin for some
    milliseconds, up to about 30, before they sleep, and would take a processor from the next.
    ``Worker.finish`` shows whether it was long enough.

    Raises:
        RefusedError: this project failed.
    """
    scores = {contestant.library: Score() for contestant in (ours, *peers)}
    for _ in range(turns):
        left: list[Contestant | None] = [
            peer for peer in peers if not scores[peer.library].is_done()
        ]
        for peer in left or [None]:
            time.sleep(pause)
            base = ours.turn()
            scores[ours.library].seconds.append(base)
            if peer is None:
                continue
            time.sleep(pause)
            score = scores[peer.library]
            try:
                seconds = peer.turn()
            except RefusedError as reason:
                score.lost = str(reason)
                continue
            score.seconds.append(seconds)
            score.ratios.append(seconds / base)
    return scores
