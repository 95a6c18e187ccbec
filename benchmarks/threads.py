"""Is the default number of threads never slower than one, alone and beside another program?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.contestants import RefusedError, Setting, Worker, last_line_of
from benchmarks.libraries import OURS
from benchmarks.report import durations, ratio, table
from benchmarks.rounds import Record, play_rounds
from benchmarks.workloads import Workload

Results = dict[str, Any]

LEAST = {"quiet": 0.98, "busy": 0.9}
"""So many times as fast as one thread should the default be, at least."""
GAIN = ("lenet-128", 1.5)
"""So many times faster should a second core make this workload in Python without its lock."""

ABOUT = """
import json, sys
import autotensor, nn  # if one of them needs the lock, it is on from here on
free = not getattr(sys, "_is_gil_enabled", lambda: True)()
print(json.dumps({"python": sys.version.split()[0], "free": free}))
"""


def measurable(workloads: Sequence[Workload]) -> list[Workload]:
    """Those that this project does in a process that goes on."""
    return [one for one in workloads if one.kind != "import" and not one.patient]


def threads(
    workloads: Sequence[Workload],
    pythons: Sequence[str],
    setting: Setting,
    say: Callable[[str], None] = print,
) -> Iterator[Results]:
    """The results so far, again and again: a row for every workload and interpreter.

    The ratios are those of one thread to the default, pair by pair: above 1, the default is faster.

    Raises:
        RefusedError: an interpreter cannot be run, or this project cannot do a workload.
    """
    settings = [replace(setting, pythons={**setting.pythons, OURS: path}) for path in pythons]
    interpreters = [last_line_of(OURS, ["-c", ABOUT], one) for one in settings]
    rows: list[Results] = []
    for workload in measurable(workloads):
        for one, interpreter in zip(settings, interpreters, strict=True):
            say(f"{workload.name}, {python_words(interpreter)}")
            rows.append({"workload": workload.name, **interpreter, **measure(workload, one, say)})
            yield {"rows": rows}


def measure(workload: Workload, setting: Setting, say: Callable[[str], None]) -> Results:
    found = play_rounds(
        {
            "default": partial(Worker, OURS, workload, setting),
            "one": partial(Worker, OURS, workload, replace(setting, threads=1)),
        },
        setting.processes,
        setting.turns,
        setting.pause,
        busy=True,
        say=say,
    )
    for entry in found.values():
        if entry.lost:
            raise RefusedError(f"{workload.name}: {entry.lost}")

    def both(of: Callable[[Any], Record], when: str) -> Results:
        default, one = (of(found[name]).summary() for name in ("default", "one"))
        assert default is not None
        assert one is not None
        return {"default": default, "one": one, "enough": one["ratio"]["median"] >= LEAST[when]}

    return {
        "quiet": both(lambda entry: entry.quiet, "quiet"),
        "busy": both(lambda entry: entry.busy, "busy"),
    }


def python_words(row: Results) -> str:
    return f"Python {row['python']}{', free-threaded' if row['free'] else ''}"


# -- the table -------------------------------------------------------------------------------------


def markdown(results: Results) -> str:
    rows = results["rows"]
    header = ["workload", "interpreter"]
    for when, least in LEAST.items():
        header += [f"{when}: one thread", "default", "one / default", f"≥ {least}?"]
    cells = [[row["workload"], python_words(row), *in_words(row)] for row in rows]
    return "\n\n".join(
        [
            "# One thread, or as many as there are by default",
            "Median over fresh processes, and their quartiles; of the ratios also the least and "
            "the most. Above 1, the default is faster. Busy: one core runs a plain loop of another "
            "program.",
            table(header, cells),
            *verdicts(rows),
        ]
    )


def in_words(row: Results) -> Iterator[str]:
    for when in LEAST:
        figures = row[when]
        spread = figures["one"]["ratio"]
        yield durations(figures["one"]["seconds"])
        yield durations(figures["default"]["seconds"])
        yield f"{ratio(spread)}, {spread['least']:.2f} to {spread['most']:.2f}"
        yield "yes" if figures["enough"] else "**no**"


def verdicts(rows: Sequence[Results]) -> Iterator[str]:
    for words in dict.fromkeys(map(python_words, rows)):
        own = [row for row in rows if python_words(row) == words]
        counts = " and ".join(
            f"{sum(row[when]['enough'] for row in own)} of {len(own)} {when} (≥ {least})"
            for when, least in LEAST.items()
        )
        yield f"{words}: {counts}."
        name, gain = GAIN
        for row in own:
            if row["free"] and row["workload"] == name:
                found = row["quiet"]["one"]["ratio"]["median"]
                verdict = "as hoped" if found >= gain else "**less than hoped**"
                yield f"{words}: {name} gains {found:.2f} from all cores, {verdict} (≥ {gain})."
