"""Random programs, run in two libraries step by step.

A program is a list of lines of Python over a growing pool of Tensors.  It is drawn while it runs,
so that each line fits what is there.  After a line its results are compared: dtype, shape, values,
``requires_grad``, ``is_leaf``, and whether it was refused; after one that writes or goes backward,
the whole pool and all gradients.  At the end come the gradients of all leaves, by ``backward`` and
by ``grad``, and second ones.

Where rounding decides, there is nothing to compare.  Whether it does is measured: the program is
run again in the reference with all that it computes shaken by a few units in the last place, back
and forth.  What differs by no more than that moves (and what moves with it: which of two almost
equal numbers is larger, whether a matrix has a Cholesky factor) is no finding.

A finding is shrunk, as long as the same line differs in the same respect, and printed as a script.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import autotensor as at
import nn.functional as F
from tests.fuzz.drawing import Draw, last_steps
from tests.fuzz.judging import Bench, Verdict, quietly
from tests.fuzz.shrinking import script, shrunk
from tests.fuzz.sides import Step, library


@dataclass
class Report:
    """What came of some programs."""

    programs: int = 0
    steps: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    operators: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    findings: list[Verdict] = field(default_factory=list)


def run_program(seed: int, bench: Bench, report: Report) -> None:
    """Draws a program, runs it in both libraries, and reports."""
    pair = bench.pair()
    draw = Draw(seed, pair)
    steps: list[Step] = []
    length = draw.rng.randint(10, 40)
    report.programs += 1

    def tried(step: Step) -> bool:
        nonlocal pair
        found = pair.run(step)
        report.steps += 1
        if found is None:
            report.operators[step.operator] += not pair.refused
            report.refused[step.operator] += pair.refused
            if not pair.refused:
                steps.append(step)
                return True
            if not step.writes:
                return True
        else:
            verdict = Verdict([*steps, step], found)
            verdict.why = bench.why(verdict)
            if verdict.why is None:
                report.findings.append(verdict)
                return False
            report.reasons[verdict.why] += 1
        # What is refused or differs does not belong to the program; nothing of it shall remain.
        pair = draw.pair = bench.pair()
        return all(pair.run(one) is None for one in steps)

    while len(steps) < length:
        for step in draw.step():
            if not tried(step):
                return
    for step in last_steps(draw, pair):
        if not tried(step):
            return


@cache
def torch_bench() -> Bench:
    import torch

    torch.set_num_threads(1)
    return Bench(library(at, F), library(torch, torch.nn.functional))


@quietly()
def run_programs(seeds: Sequence[int], bench: Bench, stop_after: int = 10) -> Report:
    """Runs the programs of these seeds."""
    report = Report()
    for seed in seeds:
        run_program(seed, bench, report)
        if len(report.findings) >= stop_after:
            break
    return report


def shown(findings: Sequence[Verdict], bench: Bench) -> str:
    """Scripts of what was found, shrunk, one for each kind."""
    kinds = {verdict.kind: verdict for verdict in reversed(findings)}
    return "\n\n\n".join(script(shrunk(bench, one)) for one in kinds.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    parser.add_argument("--stop-after", type=int, default=10, help="findings")


def main(options: argparse.Namespace) -> int:
    bench = torch_bench()
    start = time.perf_counter()
    seeds = range(options.seed * 1_000_000, options.seed * 1_000_000 + options.count)
    report = run_programs(seeds, bench, options.stop_after)
    if report.findings:
        print(shown(report.findings, bench))
    print(
        f"{report.programs} programs, {report.steps} steps of {len(report.operators)} operators in "
        f"{time.perf_counter() - start:.0f} s: {len(report.findings)} findings"
    )
    print(f"  {sum(report.refused.values())} steps refused by both")
    for why, count in report.reasons.most_common():
        print(f"  {count} {why}")
    return int(bool(report.findings))
