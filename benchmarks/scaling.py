"""Does cost grow as the work does? Time and memory over the batch, the depth and the image size.

Cost that is proportional to the work shows as an exponent of 1 where the work is large enough to
drown what every step costs anyway: twice the work, twice the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compare import Results, Say, installed, measure
from benchmarks.contestants import Setting, title
from benchmarks.libraries import LIBRARIES
from benchmarks.report import EMPTY, duration, grouped, size, table
from benchmarks.workloads import Workload, images


@dataclass(frozen=True)
class Series:
    """A workload that grows.

    Attributes:
        name: of the series, and of its plot.
        axis: what grows.
        steps: the values of what grows.
        amounts: how much work each is, in the unit that cost should be proportional to.
        unit: of the amounts.
        workload: for one value.
    """

    name: str
    axis: str
    steps: tuple[int, ...]
    amounts: tuple[int, ...]
    unit: str
    workload: Callable[[int], Workload]


def growing_batch(batch: int) -> Workload:
    return Workload(f"lenet-{batch}", "train", model="lenet", batch=batch, optimizer="nesterov")


def growing_depth(depth: int) -> Workload:
    return Workload(f"chain-{depth}", "record", operator="chain", depth=depth)


def all_series(quick: bool) -> list[Series]:
    batches = (1, 8, 32) if quick else tuple(2**power for power in range(13))
    depths = (10, 100, 1000) if quick else (10, 100, 1000, 10_000, 100_000)
    sides = (16, 32, 64) if quick else (16, 32, 64, 128, 256, 512)
    return [
        Series("batch", "images in a batch, LeNet", batches, batches, "image", growing_batch),
        Series("depth", "operators in a chain", depths, depths, "operator", growing_depth),
        Series(
            "image",
            "side of the image in pixels, two convolutions",
            sides,
            tuple(side**2 for side in sides),
            "pixel",
            images,
        ),
    ]


def exponent(amounts: Sequence[float], costs: Sequence[float | None]) -> float | None:
    """The slope of log cost over log amount, through the upper half: 1 where cost is proportional.

    None where fewer than two costs are known there, or one of them is not positive.
    """
    half = len(amounts) // 2
    upper = list(zip(amounts, costs, strict=True))[half:]
    known = [(math.log(a), math.log(c)) for a, c in upper if c]
    if len(known) < 2:
        return None
    middle_a = sum(a for a, _ in known) / len(known)
    middle_c = sum(c for _, c in known) / len(known)
    rise = sum((a - middle_a) * (c - middle_c) for a, c in known)
    return rise / sum((a - middle_a) ** 2 for a, _ in known)


def scaling(
    peers: Sequence[str], setting: Setting, quick: bool, say: Say = print
) -> Iterator[Results]:
    """The results so far, again and again."""
    present, missing = installed(peers, setting)
    results: Results = {"missing": missing, "series": {}}
    for series in all_series(quick):
        rows: list[Results] = []
        results["series"][series.name] = {
            "axis": series.axis,
            "unit": series.unit,
            "rows": rows,
        }
        for step, amount in zip(series.steps, series.amounts, strict=True):
            row = measure(series.workload(step), present, setting, say)
            rows.append({"step": step, "amount": amount, **row})
        results["series"][series.name]["exponents"] = exponents(rows)
        yield results


def exponents(rows: Sequence[Results]) -> Results:
    """For every library, how its time and its memory grow."""
    return {
        library: {
            "time": exponent(*curve(rows, library, seconds_of)),
            "memory": exponent(*curve(rows, library, peak_of)),
        }
        for library in LIBRARIES
        if any(library in row["libraries"] for row in rows)
    }


def seconds_of(entry: Results) -> float:
    seconds: float = entry["seconds"]["median"]
    return seconds


def peak_of(entry: Results) -> int | None:
    peak: int | None = entry["peak"]
    return peak


def curve(
    rows: Sequence[Results], library: str, cost: Callable[[Results], float | None]
) -> tuple[list[float], list[float | None]]:
    """The amounts of work, and what they cost a library."""
    entries = [row["libraries"].get(library) for row in rows]
    costs = [None if entry is None else cost(entry) for entry in entries]
    return [row["amount"] for row in rows], costs


# -- tables and plots ------------------------------------------------------------------------------


def markdown(results: Results) -> str:
    parts = ["# Scaling"]
    for name, series in results["series"].items():
        parts += [
            f"## {name.capitalize()}",
            "Time of a step, and by how much the process grew at most; in brackets the time for "
            f"one {series['unit']}. The exponents are those of the upper half: 1 is proportional.",
            series_table(series),
            f"![{series['axis']}](scaling-{name}.png)",
        ]
    if refused := refused_rows(results):
        parts += ["## Not measured", table(["library", "where", "why"], refused)]
    return "\n\n".join(parts)


def series_table(series: Results) -> str:
    libraries = [name for name in LIBRARIES if name in series.get("exponents", {})]
    header = [series["axis"]]
    for library in libraries:
        header += [f"{title(library)}, time", "memory"]
    rows = []
    for row in series["rows"]:
        cells = [f"{row['step']:,}"]
        for library in libraries:
            entry = row["libraries"].get(library)
            if entry is None:
                cells += [EMPTY, EMPTY]
            else:
                each = duration(seconds_of(entry) / row["amount"])
                cells += [f"{duration(seconds_of(entry))} ({each})", size(peak_of(entry))]
        rows.append(cells)
    last = ["exponent"]
    for library in libraries:
        found = series["exponents"][library]
        last += [
            EMPTY if found[cost] is None else f"{found[cost]:.2f}" for cost in ("time", "memory")
        ]
    return table(header, [*rows, last])


def refused_rows(results: Results) -> list[list[str]]:
    missing = [(library, "all", reason) for library, reason in results["missing"].items()]
    refused = [
        (library, f"{name} {row['step']:,}", reason)
        for name, series in results["series"].items()
        for row in series["rows"]
        for library, reason in row["refused"].items()
    ]
    return grouped([*missing, *refused])


def plot(results: Results, folder: Path) -> None:
    """Two pictures side by side for each series, ``scaling-NAME.png``."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    for name, series in results["series"].items():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
        draw(left, series, seconds_of, "seconds for a step")
        draw(right, series, lambda entry: (peak_of(entry) or 0) / 1e6 or None, "growth in MB")
        figure.suptitle(f"{series['axis']}: dashed lines are proportional to the work")
        figure.savefig(folder / f"scaling-{name}.png", dpi=120)
        pyplot.close(figure)


def draw(axes: Any, series: Results, cost: Callable[[Results], float | None], label: str) -> None:
    for library in series["exponents"]:
        amounts, costs = curve(series["rows"], library, cost)
        known = [(a, c) for a, c in zip(amounts, costs, strict=True) if c]
        if not known:
            continue
        (line,) = axes.plot(*zip(*known, strict=True), "o-", label=title(library))
        amount, top = known[-1]
        axes.plot(amounts, [top * a / amount for a in amounts], "--", lw=1, color=line.get_color())
    axes.set(xscale="log", yscale="log", xlabel=f"work: {series['unit']}s", ylabel=label)
    axes.grid(alpha=0.3)
    if series["exponents"]:
        axes.legend()
