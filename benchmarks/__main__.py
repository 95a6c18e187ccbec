"""``python -m benchmarks``: this project beside its peers, its threads, processes, and growth."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import data, machine, pages, scaling, threads, workloads
from benchmarks.compare import Results, compare, warnings
from benchmarks.contestants import ROOT, RefusedError, Setting
from benchmarks.libraries import LIBRARIES, OURS, PEERS
from benchmarks.ranks import measure as ranks
from nn.data import MNIST

MNIST_FOLDER = ROOT.parent / "shared" / "data" / "mnist"

COMMANDS = {
    "compare": "every workload, with peers (default)",
    "threads": "one thread against the default, alone and beside another program",
    "ranks": "several processes against one, and against PyTorch",
    "scaling": "cost over batch, depth and image size",
    "report": "joins what the others have written: a page, and README's tables",
}
NAMES = {"compare": "results"}
"""What a command's files are called, where it is not as the command."""
TURNS = {"threads": 4, "scaling": 7}
PROCESSES = {"threads": 10, "scaling": 1}
"""Where these are not those of ``Setting``."""


def names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def peer_names(text: str) -> list[str]:
    if unknown := sorted(set(names(text)) - set(PEERS)):
        raise argparse.ArgumentTypeError(
            f"no peer is called {', '.join(unknown)}; there are {', '.join(PEERS)}"
        )
    return names(text)


def named_path(text: str) -> tuple[str, str]:
    library, equals, path = text.partition("=")
    if library not in LIBRARIES or not equals or not path:
        raise argparse.ArgumentTypeError(
            f"expected NAME=PATH with a NAME out of {', '.join(LIBRARIES)}, got {text!r}"
        )
    return library, path


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The same work in this project and in its peers, in turns.",
        epilog=f"Peers: {', '.join(PEERS)}. Workloads: "
        f"{', '.join(workload.name for workload in workloads.WORKLOADS)}.",
    )
    add = found.add_argument
    add("command", nargs="?", choices=COMMANDS, default="compare",
        help=". ".join(f"{name}: {what}" for name, what in COMMANDS.items()))  # fmt: skip
    add("--only", type=names, metavar="NAMES", help="these workloads, with commas between; "
        "cnn stands for all that begin with cnn-")  # fmt: skip
    add("--peers", type=peer_names, metavar="NAMES",
        help="these peers; all by default, for scaling pytorch")  # fmt: skip
    add("--processes", type=count, metavar="N",
        help="fresh ones for each library and workload; 5 by default, for threads 10, for "
        "scaling 1")  # fmt: skip
    add("--turns", type=count, metavar="N", help="of each pair in each process; 3 by default, for "
        "threads 4, for scaling 7")  # fmt: skip
    add("--busy", action=argparse.BooleanOptionalAction, default=True,
        help="compare once more with one core kept busy")  # fmt: skip
    add("--threads", type=count, metavar="N",
        help="for every library; by default as many as each takes by itself")  # fmt: skip
    add("--ranks", type=count, default=2, metavar="N", help="how many processes; 2 by default")
    add("--quick", action="store_true", help="short turns: shows that things work, measures little")
    add("--out", type=Path, default=ROOT / "benchmarks" / "out", metavar="DIR",
        help="for the tables, the figures and the plots")  # fmt: skip
    add("--name", metavar="NAME", help="of the files written there; by default that of the command")
    add("--data", type=Path, metavar="DIR",
        help=f"with MNIST's four files; by default {MNIST_FOLDER} or, where that is missing, the "
        "part bundled with the package")  # fmt: skip
    add("--python", type=named_path, action="append", default=[], metavar="NAME=PATH",
        help="the interpreter of a library that lives in another environment")  # fmt: skip
    add("--also", action="append", default=[], metavar="PATH",
        help="threads: in another interpreter as well, such as free-threaded Python")  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parse = parser()
    options = parse.parse_args(arguments)
    if options.command == "scaling" and options.only is not None:
        parse.error("scaling has workloads of its own: --only belongs to the other commands")
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        if options.command == "report":
            write_report(options.out)
        else:
            measure(options, sys.argv[1:] if arguments is None else arguments)
    except (ValueError, FileNotFoundError) as error:
        parse.error(str(error))
    except RefusedError as reason:
        sys.exit(f"benchmarks: {reason}")
    print(f"written to {options.out}")


def measure(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Writes what is known so far again and again, and prints it at the end.

    Raises:
        ValueError, FileNotFoundError: of the options.
        RefusedError: this project itself cannot do something.
    """
    chosen = workloads.chosen(options.only, options.quick)
    folder = options.data or (MNIST_FOLDER if MNIST_FOLDER.is_dir() else None)
    digits = MNIST(folder)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as samples:
        data.save(Path(samples), digits.images, digits.labels)
        setting = setting_of(options, Path(samples), folder)
        heading = {
            "command": options.command,
            "written": shlex.join(["python", "-m", "benchmarks", *arguments]),
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": machine.describe(options.threads),
            "options": {
                "processes": setting.processes,
                "turns": setting.turns,
                "quick": options.quick,
            },
            "data": repr(digits),
        }
        text = ""
        for found in run(options, setting, chosen, len(digits)):
            results = {**heading, **found}
            if options.command == "compare":
                results["warnings"] = warnings(results)
            text = pages.page_of(results)
            name = options.name or NAMES.get(options.command, options.command)
            write(options.out / f"{name}.json", json.dumps(results, indent=1) + "\n")
            write(options.out / f"{name}.md", text)
    if options.command == "scaling":
        scaling.plot(results, options.out)
    print(text)


def setting_of(options: argparse.Namespace, samples: Path, mnist: Path | None) -> Setting:
    short = options.command == "threads"
    quick = options.quick
    return Setting(
        data=samples,
        mnist=None if mnist is None else str(mnist),
        threads=options.threads,
        processes=options.processes or (2 if quick else PROCESSES.get(options.command, 5)),
        turns=options.turns or (1 if quick else TURNS.get(options.command, 3)),
        turn_seconds=0.02 if quick else 0.1 if short else 0.2,
        warm_seconds=0.05 if quick else 0.2 if short else 0.5,
        busy=options.busy and options.command == "compare",
        pythons=dict(options.python),
    )


def run(
    options: argparse.Namespace,
    setting: Setting,
    chosen: Sequence[workloads.Workload],
    images: int,
) -> Iterator[Results]:
    match options.command:
        case "compare":
            peers = list(PEERS) if options.peers is None else options.peers
            return compare(chosen, peers, setting, images, say)
        case "threads":
            return threads.threads(chosen, [setting.python(OURS), *options.also], setting, say)
        case "ranks":
            return ranks.ranks(chosen, options.ranks, setting, say)
        case _:
            peers = ["pytorch"] if options.peers is None else options.peers
            return scaling.scaling(peers, setting, options.quick, say)


def write_report(folder: Path) -> None:
    found = pages.collect(folder)
    write(folder / "RESULTS.md", pages.everything(found))
    write(folder / "README.md", pages.readme(found) + "\n")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
