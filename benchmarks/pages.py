"""``python -m benchmarks report``: all that was measured on one page, and README's short tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, scaling, summary, threads
from benchmarks.contestants import title
from benchmarks.libraries import LIBRARIES, ONE, OURS
from benchmarks.ranks import measure as ranks
from benchmarks.report import EMPTY, duration, machine_words, table
from benchmarks.workloads import WORKLOADS, Workload

Results = dict[str, Any]

MARKDOWN: dict[str, Callable[[Results], str]] = {
    "compare": report.markdown,
    "threads": threads.markdown,
    "ranks": ranks.markdown,
    "scaling": scaling.markdown,
}
"""What makes a page of the results of each command; in this order they are joined."""


def page_of(results: Results) -> str:
    """The results of one command, with what they were measured on."""
    return f"{MARKDOWN[results['command']](results)}\n\n{machine_words(results)}\n"


def collect(folder: Path) -> list[Results]:
    """All results in the folder, by command; those of one command by date.

    Raises:
        ValueError: there are none.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    if not found:
        raise ValueError(f"{folder} has no results: run a command first")
    order = list(MARKDOWN)
    return sorted(found, key=lambda one: (order.index(one["command"]), one["date"]))


def everything(found: Sequence[Results]) -> str:
    return "\n".join(map(page_of, found))


# -- README ----------------------------------------------------------------------------------------

NETWORKS = {
    "lenet": "LeNet",
    "cnn": "CNN 32-64-1024",
    "smallcnn": "CNN 8-8-128",
    "mlp": "784-128-10",
    "spiral": "spiral 2-64-3",
    "any-size": "two convolutions of 8 filters",
}


def label(workload: Workload) -> str:
    """``LeNet, 128 images``."""
    unit = "points" if workload.model == "spiral" else "images"
    size = f" of {workload.side} × {workload.side}" if workload.model == "any-size" else ""
    return f"{NETWORKS[workload.model]}, {workload.batch} {unit}{size}"


def joined(found: Sequence[Results]) -> Results:
    """Several comparisons as one: this project's figures from the first that has the workload.

    A ratio stays that of its own run.
    """
    workloads: Results = {}
    for results in (one for one in found if one["command"] == "compare"):
        for name, row in results["workloads"].items():
            whole = workloads.setdefault(name, {**row, "libraries": {}})
            for library, entry in row["libraries"].items():
                whole["libraries"].setdefault(library, entry)
    return {"workloads": workloads}


def readme(found: Sequence[Results]) -> str:
    """Training steps: alone on the machine, and with one core kept busy."""
    results = joined(found)
    tables = [short_table(results, busy) for busy in (False, True)]
    return "\n\n".join(text for text in tables if text)


def short_table(results: Results, busy: bool) -> str:
    """The time of this project, and the ratios of the others, bold where they win; empty if there
    is nothing to show."""
    rows = {
        label(workload): results["workloads"][workload.name]
        for workload in WORKLOADS
        if workload.kind == "train"
        and workload.rivals is None
        and OURS in results["workloads"].get(workload.name, {"libraries": {}})["libraries"]
    }
    libraries = [
        library
        for library in (ONE, *LIBRARIES)
        if any(summary.ratio_of(row, library, busy) for row in rows.values())
    ]
    if not libraries:
        return ""

    def ours(row: Results) -> str:
        entry = row["libraries"][OURS]
        figures = entry["busy"] if busy else entry
        return EMPTY if figures is None else duration(figures["seconds"]["median"])

    lines = [
        [name, ours(row), *(ratio_words(summary.ratio_of(row, one, busy)) for one in libraries)]
        for name, row in rows.items()
    ]
    means = [summary.mean(results, library, "training", busy) for library in libraries]
    last = ["geometric mean", "", *(ratio_words(one and one.ratio) for one in means)]
    first = "training step, one core kept busy" if busy else "training step"
    return table([first, *map(title, [OURS, *libraries])], [*lines, last])


def ratio_words(ratio: float | None) -> str:
    if ratio is None:
        return EMPTY
    words = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
    return f"**{words}**" if ratio < 1 else words
