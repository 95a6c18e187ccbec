"""The comparison: every workload, in this project and in every peer that is installed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from benchmarks import roofline
from benchmarks.contestants import RefusedError, Setting, enter, is_installed, last_line_of, title
from benchmarks.libraries import LIBRARIES, ONE, OURS, PEERS
from benchmarks.rounds import play_rounds
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
        except RefusedError as reason:
            missing[peer] = str(reason)
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
    """One workload: what each library needed, under its name, or why it did not take part.

    Where its threads are left to it, this project also runs with one, under the name ``ONE``.
    """
    say(workload.name)
    entrants = {
        library: partial(enter, library, workload, setting)
        for library in (OURS, *rivals_in(workload, peers))
    }
    if setting.busy and setting.threads != 1 and workload.kind != "import":
        entrants[ONE] = partial(enter, OURS, workload, replace(setting, threads=1))
    # Importing starts new processes in every turn.
    turns = 1 if workload.kind == "import" else setting.turns
    found = play_rounds(entrants, setting.processes, turns, setting.pause, setting.busy, say)
    return {
        "libraries": {
            name: entry.summary() for name, entry in found.items() if entry.ends and not entry.lost
        },
        "refused": {name: entry.lost for name, entry in found.items() if entry.lost},
    }


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
        row.update(what=workload.what, kind=workload.kind, batch=workload.batch)
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
