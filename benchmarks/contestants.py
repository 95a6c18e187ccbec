"""Those who take turns: worker processes, and new processes that import a library."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TextIO

from benchmarks.libraries import LIBRARIES, ONE, OURS, Library
from benchmarks.workloads import Workload

ROOT = Path(__file__).resolve().parents[1]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "AUTOTENSOR_NUM_THREADS",
)


GRACE = 30.0
"""Seconds that a process is given to end by itself, once nobody speaks to it any more."""


class RefusedError(Exception):
    """A library does not take part in a workload; the message is the reason."""


@dataclass(frozen=True)
class Setting:
    """What holds for all contestants.

    Attributes:
        data: the folder with the samples; see ``benchmarks.data``.
        mnist: the folder of MNIST's files; None: the bundled subset.
        threads: so many for every library; None: as many as each takes when nobody tells it.
        processes: how many fresh ones of each library, one after the other.
        turns: how often each pair takes its turn in each process.
        busy: as often again with one core kept busy by another program.
        turn_seconds: about how long a turn takes.
        warm_seconds: at least so long does each warm up.
        pause: between two turns, in seconds.
        patience: so many seconds may a worker take to answer.
        pythons: the interpreters of libraries that live in an environment of their own.
    """

    data: Path
    mnist: str | None
    threads: int | None
    processes: int = 5
    turns: int = 3
    busy: bool = False
    turn_seconds: float = 0.2
    warm_seconds: float = 0.5
    pause: float = 0.05
    patience: float = 900.0
    pythons: Mapping[str, str] = field(default_factory=dict)

    def python(self, library: str) -> str:
        return self.pythons.get(library, sys.executable)

    def environment(self) -> dict[str, str]:
        """This process's, with the number of threads or without one, and this project in reach.

        How threads wait for work is left as each library has it, since that is how its users meet
        it: OMP_WAIT_POLICY=PASSIVE would cost a library based on OpenMP a wake-up at every parallel
        loop. Waiting threads do spin for some milliseconds after the work; see ``pause``.
        """
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        # An installed library has its bytecode beside it; without it, importing would compile.
        left_out = {"PYTHONDONTWRITEBYTECODE", *THREAD_VARIABLES}
        inherited = {name: text for name, text in os.environ.items() if name not in left_out}
        threads = {} if self.threads is None else dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        return {**inherited, **threads, "PYTHONPATH": os.pathsep.join(paths)}


class Contestant(Protocol):
    """One library with one workload.

    Attributes:
        version: of the library.
    """

    version: str

    def turn(self) -> float:
        """Does its work some times; the median of how many seconds it takes."""

    def finish(self) -> dict[str, Any]:
        """``peak``: how much memory it took above the start, or None; ``idle``: see ``Worker``."""

    def close(self) -> None:
        """Ends its processes, whatever they do."""


def steps_in(turn_seconds: float, step_seconds: float) -> int:
    """As many steps as fill the turn; at least one."""
    return max(1, round(turn_seconds / max(step_seconds, 1e-6)))


class Worker:
    """A ``benchmarks.worker`` process, warm, waiting for its turns.

    ``finish`` also gives ``idle``: the processors it kept busy while others had their turn.

    Raises:
        RefusedError: the library cannot do this, or did it wrong.
    """

    def __init__(self, library: str, workload: Workload, setting: Setting) -> None:
        self.repeats = workload.repeats
        self.turn_seconds = setting.turn_seconds
        self.patience = setting.patience
        # As long as the process lives; `close` closes it.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            [setting.python(library), "-m", "benchmarks.worker"],
            cwd=ROOT,
            env=setting.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            encoding="utf-8",
        )
        job = {
            "workload": asdict(workload),
            "module": f"benchmarks.libraries.{LIBRARIES[library].module}",
            "data": str(setting.data),
            "mnist": setting.mnist,
            "threads": setting.threads,
            "warm": setting.warm_seconds,
            "pause": setting.pause,
        }
        try:
            hello = self._ask(job)
        except BaseException:
            self.close()
            raise
        self.version: str = hello["version"]
        self.losses: list[float] = hello["losses"]
        self.steps = steps_in(self.turn_seconds, hello["seconds"])

    def turn(self) -> float:
        seconds = statistics.median(self._ask({"run": self.steps})["times"])
        self.steps = steps_in(self.turn_seconds, seconds)  # more is known of it than at the start
        return seconds / self.repeats

    def finish(self) -> dict[str, Any]:
        answer = self._ask({"finish": True})
        self.close()
        return answer

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # it died with something unread
                    pipe.close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        too_slow = threading.Timer(self.patience, self.process.kill)
        too_slow.start()
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            expired = not too_slow.is_alive()
            too_slow.cancel()
        if not line:
            reason = f"no answer in {self.patience:g} s" if expired else self._last_words()
            raise RefusedError(reason)
        return answer_in(line)

    def _last_words(self) -> str:
        return last_words(self.process.wait(), self.errors)


def answer_in(line: str) -> dict[str, Any]:
    """What a worker said.

    Raises:
        RefusedError: that it cannot.
    """
    answer: dict[str, Any] = json.loads(line)
    for kind, words in (("unsupported", "not supported: "), ("failed", "")):
        if kind in answer:
            raise RefusedError(f"{words}{answer[kind]}")
    return answer


def last_words(status: int | None, errors: TextIO) -> str:
    """Of a process that died, with what it wrote to stderr."""
    errors.seek(0)
    lines = [line.strip() for line in errors if line.strip()]
    return f"died (status {status}): {lines[-1] if lines else 'without a word'}"


IMPORTING = """
import json, time
import numpy
from benchmarks import memory
start = memory.start_watching()
clock = time.perf_counter()
{imports}
print()
print(json.dumps(dict(seconds=time.perf_counter() - clock, peak=memory.growth(start))))
"""


class Importing:
    """Every turn new processes import NumPy, and then, with a clock running, the library."""

    version = ""

    def __init__(self, library: str, setting: Setting) -> None:
        imports = LIBRARIES[library].imports
        if not imports:
            raise RefusedError(f"{library} has nothing of its own to import")
        self.library = library
        self.setting = setting
        self.code = IMPORTING.format(imports=imports)
        self.peaks: list[int] = []
        # The first run writes compiled modules, and brings the files into memory.
        self.steps = min(steps_in(setting.turn_seconds, self._import()), 5)

    def turn(self) -> float:
        return statistics.median(self._import() for _ in range(self.steps))

    def finish(self) -> dict[str, Any]:
        return {"peak": max(self.peaks, default=None), "idle": 0.0}

    def close(self) -> None:
        pass

    def _import(self) -> float:
        answer = last_line_of(self.library, ["-c", self.code], self.setting)
        if answer["peak"] is not None:
            self.peaks.append(answer["peak"])
        seconds: float = answer["seconds"]
        return seconds


def last_line_of(library: str, arguments: list[str], setting: Setting) -> dict[str, Any]:
    """Runs a library's interpreter; the last line that it prints, which is JSON.

    Raises:
        RefusedError: it failed, or cannot be run.
    """
    try:
        done = subprocess.run(
            [setting.python(library), *arguments],
            cwd=ROOT,
            env=setting.environment(),
            capture_output=True,
            text=True,
            timeout=setting.patience,
        )
    except OSError as error:
        raise RefusedError(f"{setting.python(library)} cannot be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise RefusedError(f"no answer in {setting.patience:g} s") from None
    if done.returncode:
        raise RefusedError((done.stderr.strip().splitlines() or ["failed without a word"])[-1])
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def is_installed(library: str, setting: Setting) -> bool:
    root = LIBRARIES[library].root
    code = f"import importlib.util as u, json; print(json.dumps(u.find_spec({root!r}) is not None))"
    return bool(last_line_of(library, ["-c", code], setting))


def enter(library: str, workload: Workload, setting: Setting) -> Worker | Importing:
    """A warm contestant.

    Raises:
        RefusedError: the library does not take part.
    """
    if workload.kind == "import":
        return Importing(library, setting)
    return Worker(library, workload, setting)


def title(library: str) -> str:
    if library == ONE:
        return f"{title(OURS)}, one thread"
    entry: Library = LIBRARIES[library]
    return entry.title
