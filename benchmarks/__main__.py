"""``python -m benchmarks``: the comparison with peers. ``python -m benchmarks scaling``: growth."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import data, machine, report, scaling, workloads
from benchmarks.compare import Results, compare, warnings
from benchmarks.contestants import ROOT, RefusedError, Setting
from benchmarks.libraries import LIBRARIES, PEERS
from nn.data import MNIST

MNIST_FOLDER = ROOT.parent / "shared" / "data" / "mnist"


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
    add(
        "command",
        nargs="?",
        choices=("compare", "scaling"),
        default="compare",
        help="compare: every workload, with peers (default). scaling: cost over batch, depth, "
        "image size and threads",
    )
    add("--only", type=names, metavar="NAMES", help="these workloads, with commas between; "
        "cnn stands for all that begin with cnn-")  # fmt: skip
    add("--peers", type=peer_names, metavar="NAMES",
        help="these peers; all by default, for scaling pytorch")  # fmt: skip
    add("--threads", type=count, default=machine.processors(), metavar="N",
        help="for every library; by default as many as there are processors")  # fmt: skip
    add("--turns", type=count, metavar="N", help="of each pair; 7 by default, 2 if quick")
    add("--quick", action="store_true", help="short turns: shows that things work, measures little")
    add("--out", type=Path, default=ROOT / "benchmarks" / "out", metavar="DIR",
        help="for the tables, the figures and the plots")  # fmt: skip
    add("--data", type=Path, metavar="DIR",
        help=f"with MNIST's four files; by default {MNIST_FOLDER} or, where that is missing, the "
        "part bundled with the package")  # fmt: skip
    add("--python", type=named_path, action="append", default=[], metavar="NAME=PATH",
        help="the interpreter of a library that lives in another environment")  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parse = parser()
    options = parse.parse_args(arguments)
    if options.command == "scaling" and options.only is not None:
        parse.error("--only belongs to compare")
    if options.turns is None:
        options.turns = 2 if options.quick else 7
    folder = options.data or (MNIST_FOLDER if MNIST_FOLDER.is_dir() else None)
    try:
        chosen = workloads.chosen(options.only, options.quick)
        digits = MNIST(folder)
    except (ValueError, FileNotFoundError) as error:
        parse.error(str(error))
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as samples:
        data.save(Path(samples), digits.images, digits.labels)
        setting = Setting(
            data=Path(samples),
            mnist=None if folder is None else str(folder),
            threads=options.threads,
            turns=options.turns,
            turn_seconds=0.05 if options.quick else 0.3,
            warm_seconds=0.1 if options.quick else 1.0,
            pythons=dict(options.python),
        )
        heading = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": machine.describe(options.threads),
            "options": {"turns": options.turns, "quick": options.quick},
            "data": repr(digits),
        }
        options.out.mkdir(parents=True, exist_ok=True)
        try:
            if options.command == "scaling":
                run_scaling(options, setting, heading)
            else:
                run_compare(options, setting, heading, chosen, len(digits))
        except RefusedError as reason:
            sys.exit(f"benchmarks: {reason}")
    print(f"written to {options.out}")


def run_compare(
    options: argparse.Namespace,
    setting: Setting,
    heading: Results,
    chosen: Sequence[workloads.Workload],
    images: int,
) -> None:
    peers = list(PEERS) if options.peers is None else options.peers
    for found in compare(chosen, peers, setting, images, say):
        results = {**heading, **found}
        results["warnings"] = warnings(results)
        text = report.markdown(results)
        write(options.out, "results", results, text)
    print(text)


def run_scaling(options: argparse.Namespace, setting: Setting, heading: Results) -> None:
    peers = ["pytorch"] if options.peers is None else options.peers
    for found in scaling.scaling(peers, setting, options.quick, say):
        results = {**heading, **found}
        text = f"{scaling.markdown(results)}\n{report.machine_words(results)}\n"
        write(options.out, "scaling", results, text)
    scaling.plot(results, options.out)
    print(text)


def write(folder: Path, name: str, results: dict[str, Any], text: str) -> None:
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(text, encoding="utf-8")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
