"""What the comparison comes to: means over workloads, and where a peer is faster."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.libraries import ONE, OURS

Results = dict[str, Any]

GROUPS: dict[str, Callable[[Results], bool]] = {
    "training": lambda row: row["kind"] == "train",
    "inference, one image": lambda row: row["kind"] == "infer" and row["batch"] == 1,
    "training and inference": lambda row: row["kind"] in ("train", "infer"),
    "training of other nets": lambda row: row["kind"] == "program",
    "all but import": lambda row: row["kind"] != "import",
    "all": lambda row: True,
}
"""Which rows of the results belong together."""


@dataclass(frozen=True)
class Mean:
    """A geometric mean of ratios, and of how many."""

    ratio: float
    count: int


def ratio_of(row: Results, library: str, busy: bool) -> float | None:
    """How many times as long as this project a library takes, in the median; None if unknown."""
    entry = row["libraries"].get(library)
    figures = entry["busy"] if entry and busy else entry
    if figures is None or figures["ratio"] is None:
        return None
    median: float = figures["ratio"]["median"]
    return median


def mean(results: Results, library: str, group: str, busy: bool = False) -> Mean | None:
    """Over the workloads of a group that a library took part in; None if there are none."""
    belongs = GROUPS[group]
    rows = [row for row in results["workloads"].values() if belongs(row)]
    known = [ratio for row in rows if (ratio := ratio_of(row, library, busy)) is not None]
    return Mean(math.exp(sum(map(math.log, known)) / len(known)), len(known)) if known else None


def wins(results: Results) -> Iterator[tuple[str, str, float]]:
    """(workload, peer, ratio) wherever a peer is faster."""
    for name, row in results["workloads"].items():
        for library in row["libraries"]:
            ratio = None if library in (OURS, ONE) else ratio_of(row, library, busy=False)
            if ratio is not None and ratio < 1:
                yield name, library, ratio
