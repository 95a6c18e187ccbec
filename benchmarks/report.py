"""The results of the comparison as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import summary
from benchmarks.contestants import title
from benchmarks.libraries import LIBRARIES, ONE, OURS

Results = dict[str, Any]

EMPTY = "–"
TIMES = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
SIZES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns padded so that it can be read as it is."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(f"{cell:{w}}" for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def duration(seconds: float) -> str:
    """With three digits: ``6.78 ms``."""
    unit, factor = _unit(seconds, TIMES)
    return f"{_digits(seconds / factor)} {unit}"


def durations(spread: dict[str, float]) -> str:
    """The median, and the quartiles in brackets, in its unit: ``6.78 ms [6.51 7.02]``."""
    unit, factor = _unit(spread["median"], TIMES)
    low, high = (_digits(spread[name] / factor) for name in ("low", "high"))
    return f"{_digits(spread['median'] / factor)} {unit} [{low} {high}]"


def size(count: float | None) -> str:
    """Bytes, with three digits: ``1.50 MB``; a dash for None."""
    if count is None:
        return EMPTY
    unit, factor = _unit(count, SIZES)
    return f"{_digits(count / factor)} {unit}"


def _unit(value: float, units: Sequence[tuple[str, float]]) -> tuple[str, float]:
    return next((one for one in units if value >= one[1]), units[-1])


def _digits(value: float) -> str:
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def ratio(spread: dict[str, float]) -> str:
    """The median, and the quartiles in brackets: ``1.15 [1.12 1.21]``."""
    return f"{spread['median']:.2f} [{spread['low']:.2f} {spread['high']:.2f}]"


def markdown(results: Results) -> str:
    parts = [
        "# Benchmarks",
        *(f"**{warning}**" for warning in results["warnings"]),
        "## Time",
        "One piece of work: the median over the processes, and their quartiles. Then how many "
        f"times that of {title(OURS)}, pair by pair, again over the processes. Above 1: "
        f"{title(OURS)} is faster.",
        times(results),
        *busy_part(results),
        "## Means, and where peers win",
        "Geometric means of these medians, in brackets of how many workloads.",
        means(results),
        *wins(results),
        "## Peak memory",
        "By how much the process grew at most, after importing and loading the data.",
        memory(results),
    ]
    if rooflines := roofline_rows(results):
        peaks = results["peaks"]
        parts += [
            "## Distance from the machine's limit",
            f"sgemm {peaks['flops'] / 1e9:.0f} GFLOP/s, copying {peaks['bytes'] / 1e9:.1f} GB/s "
            "read and written. What is counted is said in `benchmarks/roofline.py`.",
            table(
                ["workload", "GFLOP", "MB", "arithmetic", "bytes", title(OURS), "times the limit"],
                rooflines,
            ),
        ]
    if results["sizes"]:
        parts += ["## Installed size", installed_sizes(results)]
    if refused := refused_rows(results):
        parts += ["## Not measured", table(["library", "workload", "why"], refused)]
    return "\n\n".join([*parts, "## Versions", versions(results)])


def machine_words(results: Results) -> str:
    machine, options = results["machine"], results["options"]
    return (
        f"{machine['processor']}, {machine['processors']} processors, threads: "
        f"{machine['threads'] or 'as each library takes'}; {machine['system']}; "
        f"Python {machine['python']}, NumPy {machine['numpy']} with {machine['blas']}. "
        f"{options['processes']} fresh processes each, {options['turns']} turns in each; "
        f"{results['data']}; {results['date']}. `{results['written']}`"
        + (" **A quick run: only shows that things work.**" if options["quick"] else "")
    )


def columns(results: Results) -> list[str]:
    """The peers with at least one figure, in the order of ``LIBRARIES``."""
    present = {library for row in results["workloads"].values() for library in row["libraries"]}
    return [library for library in LIBRARIES if library in present and library != OURS]


def times(results: Results, busy: bool = False) -> str:
    def cell(row: Results, library: str) -> str:
        entry = row["libraries"].get(library)
        figures = entry["busy"] if entry and busy else entry
        if figures is None:
            return EMPTY
        time = durations(figures["seconds"])
        return f"{time} · {ratio(figures['ratio'])}" if figures["ratio"] else time

    return libraries_table(results, [OURS, ONE, *columns(results)], cell)


def busy_part(results: Results) -> list[str]:
    """What a neighbour does to all of them; nothing if that was not measured."""
    rows = results["workloads"].values()
    if not any(entry["busy"] for row in rows for entry in row["libraries"].values()):
        return []
    return [
        "## With one core kept busy",
        "The same processes, while a plain loop of another program runs.",
        times(results, busy=True),
    ]


def means(results: Results) -> str:
    libraries = [ONE, *columns(results)]
    rows = [
        [words, *map(mean_words, (summary.mean(results, name, group, busy) for name in libraries))]
        for busy, after in ((False, ""), (True, ", a core kept busy"))
        for group in summary.GROUPS
        for words in [f"{group}{after}"]
        if any(summary.mean(results, name, group, busy) for name in libraries)
    ]
    return table(["geometric mean", *map(title, libraries)], rows)


def mean_words(found: summary.Mean | None) -> str:
    return EMPTY if found is None else f"{found.ratio:.2f} ({found.count})"


def wins(results: Results) -> list[str]:
    found = [[name, title(library), f"{won:.2f}"] for name, library, won in summary.wins(results)]
    if not found:
        return []
    return ["A peer is faster in the median:", table(["workload", "peer", "ratio"], found)]


def memory(results: Results) -> str:
    def cell(row: Results, library: str) -> str:
        entry = row["libraries"].get(library)
        return EMPTY if entry is None else size(entry["peak"])

    return libraries_table(results, [OURS, *columns(results)], cell)


def libraries_table(results: Results, libraries: Sequence[str], cell: Any) -> str:
    return table(
        ["workload", "what", *map(title, libraries)],
        [
            [name, row["what"], *(cell(row, library) for library in libraries)]
            for name, row in results["workloads"].items()
        ],
    )


def roofline_rows(results: Results) -> list[list[str]]:
    return [
        [
            name,
            f"{line['flops'] / 1e9:.3f}",
            f"{line['bytes'] / 1e6:.1f}",
            duration(line["arithmetic"]) if line["arithmetic"] else EMPTY,
            duration(line["memory"]),
            duration(row["libraries"][OURS]["seconds"]["median"]),
            f"{line['times_limit']:.1f}",
        ]
        for name, row in results["workloads"].items()
        if (line := row.get("roofline")) is not None
    ]


def installed_sizes(results: Results) -> str:
    return table(
        ["library", "alone", "with all it requires"],
        [
            [title(library), size(found["own"]), size(found["all"])]
            for library, found in results["sizes"].items()
        ],
    )


def refused_rows(results: Results) -> list[list[str]]:
    missing = [(library, "all", reason) for library, reason in results["missing"].items()]
    refused = [
        (library, name, reason)
        for name, row in results["workloads"].items()
        for library, reason in row["refused"].items()
    ]
    return grouped([*missing, *refused])


def grouped(refusals: Iterable[tuple[str, str, str]]) -> list[list[str]]:
    """Library, where, why: one row for all places with the same reason, in the order they came."""
    places: dict[tuple[str, str], list[str]] = {}
    for library, place, reason in refusals:
        places.setdefault((library, reason), []).append(place)
    return [
        [title(library), ", ".join(where), _safe(reason)]
        for (library, reason), where in places.items()
    ]


def _safe(text: str) -> str:
    """A bar would end the cell."""
    return " ".join(text.replace("|", "\\|").split())


def versions(results: Results) -> str:
    found = {
        library: entry["version"]
        for row in results["workloads"].values()
        for library, entry in row["libraries"].items()
        if entry["version"]
    }
    return table(
        ["library", "version"],
        [[title(library), found[library]] for library in LIBRARIES if library in found],
    )
