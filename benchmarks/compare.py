"""The comparison: every workload, in this project and in every peer that is installed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import roofline
from benchmarks.contestants import (
    Importing,
    RefusedError,
    Setting,
    Worker,
    enter,
    is_installed,
    last_line_of,
    title,
)
from benchmarks.libraries import LIBRARIES, OURS, PEERS
from benchmarks.turns import play, spread
from benchmarks.workloads import Workload

Results = dict[str, Any]
Say = Callable[[str], None]

IDLE_LIMIT = 0.05
"""A worker that keeps more of a processor busy while it waits may slow the others."""


def installed(peers: Sequence[str], setting: Setting) -> tuple[list[str], dict[str, str]]:
    """The peers that are there, and why the others are not."""
    missing = {}
    for peer in peers:
        try:
            if not is_installed(peer, setting):
                missing[peer] = f"not installed in {setting.python(peer)}"
        except (OSError, RefusedError) as error:
            missing[peer] = f"{setting.python(peer)} cannot be run: {error}"
    return [peer for peer in peers if peer not in missing], missing


def rivals_in(workload: Workload, peers: Sequence[str]) -> list[str]:
    """The peers that a workload is meant for, in the order of ``PEERS``."""
    meant = workload.rivals or tuple(peer for peer in PEERS if peer != "lectures")
    return [
        peer
        for peer in PEERS
        if peer in peers and peer in meant and workload.kind in LIBRARIES[peer].kinds
    ]


def measure(workload: Workload, peers: Sequence[str], setting: Setting, say: Say) -> Results:
    """One workload: what each library needed, under its name, or why it did not take part."""
    refused: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        contestants: dict[str, Worker | Importing] = {}
        for library in (OURS, *rivals_in(workload, peers)):
            say(f"{workload.name}: {title(library)} warms up")
            try:
                contestants[library] = enter(library, workload, setting)
                stack.callback(contestants[library].close)
            except RefusedError as reason:
                refused[library] = str(reason)
        if OURS not in contestants:
            return {"libraries": {}, "refused": refused}
        say(f"{workload.name}: {len(contestants)} take turns")
        ours, *others = contestants.values()
        scores = play(ours, others, setting.turns, setting.pause)
        entries = {}
        for library, score in scores.items():
            if score.lost:
                refused[library] = score.lost
                continue
            entries[library] = {
                "version": contestants[library].version,
                "seconds": asdict(spread(score.seconds)),
                "ratio": asdict(spread(score.ratios)) if score.ratios else None,
                "turns": score.seconds,
                "ratios": score.ratios,
                **contestants[library].finish(),
            }
    return {"libraries": entries, "refused": refused}


def peaks_of(setting: Setting) -> roofline.Peaks:
    """The machine's, measured in a process of its own with the same number of threads."""
    return roofline.Peaks(**last_line_of(OURS, ["-m", "benchmarks.roofline"], setting))


def limits(
    workload: Workload, images: int, peaks: roofline.Peaks, seconds: float
) -> Results | None:
    """The roofline's row; None for a workload that has none."""
    work = roofline.work_of(workload, images)
    if work is None:
        return None
    limit = roofline.limit(work, peaks)
    return {
        "flops": work.flops,
        "bytes": work.bytes,
        "arithmetic": limit.arithmetic,
        "memory": limit.memory,
        "limit": limit.seconds,
        "times_limit": seconds / limit.seconds,
    }


def sizes(libraries: Sequence[str], setting: Setting) -> Results:
    """The installed size of each library, alone and with all that it requires, in bytes."""
    found = {}
    for library in libraries:
        if names := LIBRARIES[library].distribution.split():
            with contextlib.suppress(RefusedError):  # not installed from a package, perhaps
                found[library] = last_line_of(
                    library, ["-m", "benchmarks.installed", *names], setting
                )
    return found


def compare(
    workloads: Sequence[Workload],
    peers: Sequence[str],
    setting: Setting,
    images: int,
    say: Say = print,
) -> Iterator[Results]:
    """The results so far, again and again, so that an interruption loses only one workload."""
    present, missing = installed(peers, setting)
    say("measuring the machine")
    peaks = peaks_of(setting)
    results: Results = {
        "peaks": asdict(peaks),
        "missing": missing,
        "workloads": {},
        "sizes": {},
    }
    for workload in workloads:
        row = measure(workload, present, setting, say)
        row["what"] = workload.what
        if OURS in row["libraries"]:
            seconds = row["libraries"][OURS]["seconds"]["median"]
            row["roofline"] = limits(workload, images, peaks, seconds)
        if workload.kind == "import":
            results["sizes"] = sizes([OURS, *present], setting)
        results["workloads"][workload.name] = row
        yield results


def warnings(results: Results) -> list[str]:
    """What a reader should know before trusting the figures."""
    found = []
    machine = results["machine"]
    if machine["load"] is not None and machine["load"] > 0.5:
        found.append(
            f"The machine was busy when this began: {machine['load']:.1f} processes wanted to run."
        )
    for name, row in results["workloads"].items():
        for library, entry in row["libraries"].items():
            if entry["idle"] > IDLE_LIMIT:
                found.append(
                    f"{title(library)} kept {entry['idle']:.0%} of a processor busy while others "
                    f"had their turn in {name}."
                )
    return found
