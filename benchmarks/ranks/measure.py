"""Two processes of one thread each, against one process, against PyTorch's threads and its
processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.compare import installed
from benchmarks.contestants import RefusedError, Setting, Worker
from benchmarks.libraries import OURS
from benchmarks.models import shapes
from benchmarks.ranks.gang import Gang, by_mpiexec, one_by_one
from benchmarks.report import EMPTY, durations, ratio, size, table
from benchmarks.roofline import FLOAT, parameters_of
from benchmarks.rounds import Enter, Entry, middle, play_rounds
from benchmarks.workloads import Workload

Results = dict[str, Any]

TARGETS = {"lenet-128": 1.8, "smallcnn-32": 1.5, "cnn-100": 1.6, "mlp-100": 1.2}
"""The workloads, and how many times as fast as one process of one thread two should be."""
TARGET_PYTORCH = {"lenet-128": 1.6}
"""And as PyTorch, with all threads or with as many processes."""

ROUNDING = 1e-4
"""So far may the losses be from those of one process, relatively: sums in another order."""

ONE, TOGETHER, THREADS, GLOO = "one", "together", "pytorch", "gloo"
TITLES = {
    ONE: "one process, one thread",
    TOGETHER: "{ranks} processes",
    THREADS: "PyTorch, its threads",
    GLOO: "PyTorch DDP (gloo), {ranks} processes",
}
PLAIN, SHARDED = "benchmarks.ranks.autotensor_", "benchmarks.ranks.autotensor_sharded"
"""Every process updates all weights; every process has a part of the optimizer's state."""


def measurable(workloads: Sequence[Workload]) -> list[Workload]:
    return [one for one in workloads if one.name in TARGETS]


def ranks(
    workloads: Sequence[Workload],
    count: int,
    setting: Setting,
    say: Callable[[str], None] = print,
) -> Iterator[Results]:
    """The results so far, again and again: for every workload a row for each way to share it.

    The ratios are those to ``count`` processes, pair by pair: above 1, these are faster.

    Raises:
        RefusedError: this project cannot do a workload.
    """
    present, missing = installed(["pytorch"], setting)
    rows: list[Results] = []
    for workload in measurable(workloads):
        for module in (PLAIN, SHARDED):
            say(f"{workload.name}, {module.rsplit('.', 1)[1]}")
            rivals = present if module == PLAIN else []
            entrants = entrants_of(workload, module, count, rivals, setting)
            row = measure(workload, entrants, setting, say)
            row.update(
                workload=workload.name,
                sharded=module == SHARDED,
                ring=ring_minimum(workload, count),
                difference=difference(workload, module, count, setting),
            )
            rows.append(row)
            yield {"ranks": count, "missing": missing, "rows": rows}


def entrants_of(
    workload: Workload, module: str, count: int, rivals: Sequence[str], setting: Setting
) -> dict[str, Enter]:
    alone = replace(setting, threads=1)
    found: dict[str, Enter] = {
        TOGETHER: partial(Gang, setting.python(OURS), module, by_mpiexec, count, workload, alone),
        ONE: partial(Worker, OURS, workload, alone),
    }
    if rivals:
        found[THREADS] = partial(Worker, "pytorch", workload, setting)
        found[GLOO] = partial(
            Gang, setting.python("pytorch"), "benchmarks.ranks.pytorch", one_by_one, count,
            workload, alone,
        )  # fmt: skip
    return found


def measure(
    workload: Workload, entrants: dict[str, Enter], setting: Setting, say: Callable[[str], None]
) -> Results:
    found: dict[str, Entry] = play_rounds(
        entrants, setting.processes, setting.turns, setting.pause, busy=False, say=say
    )
    if found[TOGETHER].lost or found[ONE].lost:
        raise RefusedError(f"{workload.name}: {found[TOGETHER].lost or found[ONE].lost}")
    return {
        "contestants": {name: entry.summary() for name, entry in found.items() if not entry.lost},
        "refused": {name: entry.lost for name, entry in found.items() if entry.lost},
        "exchanged": middle([end["exchanged"] for end in found[TOGETHER].ends]),
    }


def ring_minimum(workload: Workload, count: int) -> float:
    """Bytes that each process sends in a step, where all gradients go round in a ring.

    A sum that all of ``count`` processes want takes at least 2 (count − 1)/count times its size.
    """
    layers = shapes(workload.network(), workload.sample_shape())
    gradients = FLOAT * sum(parameters_of(layer) for layer, _, _ in layers)
    return 2 * (count - 1) / count * gradients


def difference(workload: Workload, module: str, count: int, setting: Setting) -> float:
    """How far the losses of the first steps are from those of one process, relatively, at most.

    Without dropout, which each process draws for itself.
    """
    workload = replace(workload, dropout=False)
    setting = replace(setting, threads=1, warm_seconds=0.0)
    losses = []
    for enter in (
        partial(Worker, OURS, workload, setting),
        partial(Gang, setting.python(OURS), module, by_mpiexec, count, workload, setting),
    ):
        contestant = enter()
        losses.append(contestant.losses)
        contestant.close()
    return max(abs(one - other) / abs(one) for one, other in zip(*losses, strict=True))


# -- the table -------------------------------------------------------------------------------------


def markdown(results: Results) -> str:
    count = results["ranks"]
    names = [TOGETHER, ONE, THREADS, GLOO]
    header = ["workload", *(TITLES[name].format(ranks=count) for name in names)]
    header += ["enough?", "handed over by each, in a step", "losses differ by"]
    return "\n\n".join(
        [
            "# Several processes",
            f"A training step of the whole batch. {count} processes of one thread each, under "
            "`mpiexec`, with `DistributedDataParallel`. Median over fresh processes, and their "
            f"quartiles; then how many times as long as {count} processes it takes, pair by pair: "
            f"above 1, {count} processes are faster. Bytes are those handed to exchanges, as "
            "counted, and how many times as many as a ring would send of the gradients. Losses are "
            "those of the first steps, against one process with the same batch, without dropout.",
            table(header, [row_of(row, names) for row in results["rows"]]),
        ]
    )


def row_of(row: Results, names: Sequence[str]) -> list[str]:
    cells = [row["workload"] + (", sharded optimizer" if row["sharded"] else "")]
    for name in names:
        entry = row["contestants"].get(name)
        if entry is None:
            cells.append(EMPTY)
        else:
            time = durations(entry["seconds"])
            cells.append(f"{time} · {ratio(entry['ratio'])}" if entry["ratio"] else time)
    agrees = f"{row['difference']:.1e}"
    return [
        *cells,
        verdict(row),
        f"{size(row['exchanged'])} · {row['exchanged'] / row['ring']:.2f}",
        agrees if row["difference"] <= ROUNDING else f"**{agrees}**",
    ]


def verdict(row: Results) -> str:
    """What was aimed at, and whether it was reached."""
    aims = [(ONE, TARGETS)]
    aims += [(THREADS, TARGET_PYTORCH), (GLOO, TARGET_PYTORCH)]
    words = []
    for name, targets in aims:
        entry, least = row["contestants"].get(name), targets.get(row["workload"])
        if entry is not None and least is not None:
            enough = entry["ratio"]["median"] >= least
            words.append(f"{'yes' if enough else '**no**'} (≥ {least})")
    return ", ".join(words)
