"""The results as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.contestants import title
from benchmarks.libraries import LIBRARIES, OURS

Results = dict[str, Any]

EMPTY = "–"


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
    return _scaled(seconds, (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)))


def size(count: float | None) -> str:
    """Bytes, with three digits: ``1.50 MB``; a dash for None."""
    if count is None:
        return EMPTY
    return _scaled(count, (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)))


def _scaled(value: float, units: Sequence[tuple[str, float]]) -> str:
    unit, factor = next((one for one in units if value >= one[1]), units[-1])
    scaled = value / factor
    digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
    return f"{scaled:.{digits}f} {unit}"


def ratio(spread: dict[str, float]) -> str:
    """The median, and the quartiles in brackets: ``1.15 [1.12 1.21]``."""
    return f"{spread['median']:.2f} [{spread['low']:.2f} {spread['high']:.2f}]"


def markdown(results: Results) -> str:
    parts = [
        "# Benchmarks",
        machine_words(results),
        *(f"**{warning}**" for warning in results["warnings"]),
        "## Time",
        "Median time of one piece of work. Peers: the time, then how many times that of "
        f"{title(OURS)}, pair by pair: median and quartiles. Above 1: {title(OURS)} is faster.",
        times(results),
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
    return "\n\n".join([*parts, "## Versions", versions(results)]) + "\n"


def machine_words(results: Results) -> str:
    machine, options = results["machine"], results["options"]
    return (
        f"{machine['processor']}, {machine['processors']} processors, {machine['threads']} "
        f"threads; {machine['system']}; Python {machine['python']}, NumPy {machine['numpy']} with "
        f"{machine['blas']}. {options['turns']} turns; {results['data']}; {results['date']}."
        + (" **A quick run: only shows that things work.**" if options["quick"] else "")
    )


def columns(results: Results) -> list[str]:
    """The peers with at least one figure, in the order of ``LIBRARIES``."""
    present = {library for row in results["workloads"].values() for library in row["libraries"]}
    return [library for library in LIBRARIES if library in present and library != OURS]


def times(results: Results) -> str:
    def cell(row: Results, library: str) -> str:
        entry = row["libraries"].get(library)
        if entry is None:
            return EMPTY
        time = duration(entry["seconds"]["median"])
        return f"{time} · {ratio(entry['ratio'])}" if entry["ratio"] else time

    return libraries_table(results, cell)


def memory(results: Results) -> str:
    def cell(row: Results, library: str) -> str:
        entry = row["libraries"].get(library)
        return EMPTY if entry is None else size(entry["peak"])

    return libraries_table(results, cell)


def libraries_table(results: Results, cell: Any) -> str:
    libraries = [OURS, *columns(results)]
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
