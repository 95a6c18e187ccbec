"""A contestant with known times."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.contestants import RefusedError


class Scripted:
    """Takes the times it is given, one in each turn, and dies after the last.

    Attributes:
        log: its name is added with each turn.
        closed: how often it was closed.
    """

    version = "1"

    def __init__(self, name: str, times: Sequence[float], log: list[str] | None = None) -> None:
        self.name, self.times = name, iter(times)
        self.log = [] if log is None else log
        self.closed = 0

    def turn(self) -> float:
        self.log.append(self.name)
        try:
            return next(self.times)
        except StopIteration:
            raise RefusedError("died") from None

    def finish(self) -> dict[str, float]:
        return {"peak": 1000.0, "idle": 0.0}

    def close(self) -> None:
        self.closed += 1
