"""A process that does one workload in one library, whenever the driver says so.

It reads lines of JSON and answers each with one. The first line is the job; the answer comes when
everything is warm, with the losses of the first steps. Then ``{"run": 20}`` takes 20 steps and
gives the time of each and the bytes exchanged, and ``{"finish": true}`` gives the peak of memory
and ends it. In between the process sleeps in a read.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from benchmarks import data, memory
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.workloads import Workload


def main() -> None:
    serve(sys.stdin, take_over_stdout())


def serve(commands: TextIO, replies: TextIO) -> None:
    """Answers until all is done; what goes wrong is an answer, too."""
    try:
        Serving(json.loads(commands.readline()), commands, replies).serve()
    except UnsupportedError as reason:
        reply(replies, {"unsupported": str(reason)})
    except Exception as error:
        reply(replies, {"failed": f"{type(error).__name__}: {first_line(error)}"})


def take_over_stdout() -> TextIO:
    """A channel to the driver; whatever libraries print goes to stderr from now on."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def reply(replies: TextIO, answer: dict[str, Any]) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


def first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "")


class Serving:
    """The workload, made and warm, and the driver's commands."""

    def __init__(self, job: dict[str, Any], commands: TextIO, replies: TextIO) -> None:
        self.commands = commands
        self.replies = replies
        self.workload = Workload(**job["workload"])
        self.adapter = importlib.import_module(job["module"])
        digits = data.load(Path(job["data"]), job["mnist"])
        self.step: Step = self.adapter.make(self.workload, digits, job["threads"])
        # Bytes so far: of one of several processes; `int` says 0 of all others.
        self.exchanged: Callable[[], int] = getattr(self.adapter, "exchanged", int)
        self.memory = memory.start_watching()
        seconds, losses = warm_up(
            self.step, self.adapter, self.workload, len(digits.labels), job["warm"]
        )
        self.hello = {"version": self.adapter.version, "seconds": seconds, "losses": losses}
        self.pause: float = job["pause"]

    def serve(self) -> None:
        waited = busy = 0.0
        answer = self.hello
        while True:
            reply(self.replies, answer)
            time.sleep(self.pause)  # as the driver does; threads that still spin may do so now
            clock, processor = time.perf_counter(), time.process_time()
            line = self.commands.readline()
            waited += time.perf_counter() - clock
            busy += time.process_time() - processor
            command = json.loads(line or '{"finish": true}')  # the driver is gone
            if "finish" in command:
                break
            before = self.exchanged()
            times = timed(self.step, command["run"])
            answer = {"times": times, "exchanged": self.exchanged() - before}
        reply(
            self.replies,
            {"peak": memory.growth(self.memory), "idle": busy / waited if waited else 0.0},
        )


def timed(step: Step, steps: int) -> list[float]:
    gc.collect()  # the rubbish of the last turn is no part of this one
    clock = time.perf_counter
    times = []
    for _ in range(steps):
        start = clock()
        step()
        times.append(clock() - start)
    return times


def warm_up(
    step: Step, adapter: ModuleType, workload: Workload, images: int, seconds: float
) -> tuple[float, list[float]]:
    """Works for so many seconds, and checks that the work is what it should be.

    Training goes at least twice through its batches, and must have a smaller loss the last time
    than the first.

    Returns:
        How many seconds the last step took, and the losses of the first, twice through the batches.

    Raises:
        ValueError: the results are wrong.
    """
    trains = workload.kind in ("train", "program")
    least = 2 * workload.batches if trains else 3
    losses: list[float] = []
    start = time.perf_counter()
    steps = 0
    while steps < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        result = step()
        last = time.perf_counter() - before
        if trains:
            losses.append(float(adapter.to_array(result)))
        elif steps == 0:
            check(result, adapter, workload, images)
        steps += 1
    if trains:
        check_learning(losses, workload.batches)
    return last, losses[:least]


def check(result: Any, adapter: ModuleType, workload: Workload, images: int) -> None:
    if workload.kind == "load":
        if result != images:
            raise ValueError(f"the loader gave {result} of {images} images")
        return
    array = adapter.to_array(result)
    if not bool((abs(array) < math.inf).all()):
        raise ValueError("the result is not finite")
    if workload.kind == "infer" and array.shape != (workload.batch, 10):
        raise ValueError(f"the result has shape {array.shape}, expected ({workload.batch}, 10)")


def check_learning(losses: list[float], batches: int) -> None:
    """Raises ValueError unless the loss is finite and falls."""
    if not all(map(math.isfinite, losses)):
        raise ValueError("the loss is not finite")
    first, last = (sum(part) / batches for part in (losses[:batches], losses[-batches:]))
    if not last < first:
        raise ValueError(f"it does not learn: the loss goes from {first:.4f} to {last:.4f}")


if __name__ == "__main__":
    main()
