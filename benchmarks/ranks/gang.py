"""Several processes as one contestant: all are told at once, and a step takes as long as the
slowest of them needs."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.contestants import (
    GRACE,
    ROOT,
    RefusedError,
    Setting,
    answer_in,
    last_words,
    steps_in,
)
from benchmarks.workloads import Workload

Launch = Callable[[list[str], int, dict[str, str]], list[tuple[list[str], dict[str, str]]]]
"""The command of a member, how many, the environment → each command to start, with its own."""


def by_mpiexec(
    member: list[str], ranks: int, environment: dict[str, str]
) -> list[tuple[list[str], dict[str, str]]]:
    """With the launcher beside the interpreter, as the wheel ``mpich`` brings it, or on the path.

    Raises:
        RefusedError: there is none.
    """
    beside = Path(member[0]).parent / "mpiexec"
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        raise RefusedError("there is no mpiexec: pip install 'autotensor[mpi]'")
    return [([found, "-n", str(ranks), *member], environment)]


def one_by_one(
    member: list[str], ranks: int, environment: dict[str, str]
) -> list[tuple[list[str], dict[str, str]]]:
    """With the variables that ``torchrun`` sets."""
    common = {
        **environment,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": str(ranks),
        "LOCAL_WORLD_SIZE": str(ranks),
    }
    return [
        (member, {**common, "RANK": str(rank), "LOCAL_RANK": str(rank)}) for rank in range(ranks)
    ]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Gang:
    """``ranks`` members, each with one thread, warm, waiting for their turns.

    ``finish`` also gives ``exchanged``: how many bytes the one with most hands to others in a step.

    Raises:
        RefusedError: they cannot do this, or did it wrong.
    """

    def __init__(
        self,
        python: str,
        module: str,
        launch: Launch,
        ranks: int,
        workload: Workload,
        setting: Setting,
    ) -> None:
        self.patience = setting.patience
        self.turn_seconds = setting.turn_seconds
        # As long as the processes live; `close` closes it.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.processes: list[subprocess.Popen[bytes]] = []
        self.channels: list[tuple[Any, Any]] = []
        job = {
            "workload": asdict(workload),
            "module": module,
            "data": str(setting.data),
            "mnist": setting.mnist,
            "threads": setting.threads,
            "warm": 0.0,  # by steps, below: all must take the same number
            "pause": setting.pause,
        }
        try:
            with socket.create_server(("127.0.0.1", 0)) as server:
                member = [python, "-m", "benchmarks.ranks.member", str(server.getsockname()[1])]
                for command, environment in launch(member, ranks, setting.environment()):
                    self._start(command, environment)
                self._wait_for_calls(server, ranks)
            hellos = self._ask(job)
            self.version: str = hellos[0]["version"]
            self.losses = [
                statistics.fmean(each)
                for each in zip(*(one["losses"] for one in hellos), strict=True)
            ]
            self.steps = steps_in(setting.warm_seconds, max(one["seconds"] for one in hellos))
            self.turn()
        except BaseException:
            self.close()
            raise

    def turn(self) -> float:
        answers = self._ask({"run": self.steps})
        self.exchanged = max(one["exchanged"] for one in answers) / self.steps
        seconds = statistics.median(map(max, zip(*(one["times"] for one in answers), strict=True)))
        self.steps = steps_in(self.turn_seconds, seconds)
        return seconds

    def finish(self) -> dict[str, Any]:
        answers = self._ask({"finish": True})
        self.close()
        peaks = [one["peak"] for one in answers]
        return {
            "peak": None if None in peaks else sum(peaks),
            "idle": sum(one["idle"] for one in answers),
            "exchanged": self.exchanged,
        }

    def close(self) -> None:
        for channel in self.channels:
            for end in channel:
                with contextlib.suppress(OSError):  # the other end is gone
                    end.close()
        for process in self.processes:
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.terminate()  # `mpiexec` passes it on, and so ends the others
                process.wait()
        self.errors.close()

    def _start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.processes.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self.errors,
                stderr=self.errors,
            )
        )

    def _wait_for_calls(self, server: socket.socket, ranks: int) -> None:
        server.settimeout(0.5)
        end = time.monotonic() + self.patience
        while len(self.channels) < ranks:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                self._need_alive()
                if time.monotonic() > end:
                    raise RefusedError(f"no call in {self.patience:g} s") from None
                continue
            connection.settimeout(self.patience)
            with connection:  # until the files that are made of it are closed
                self.channels.append(
                    (
                        connection.makefile("r", encoding="utf-8"),
                        connection.makefile("w", encoding="utf-8"),
                    )
                )

    def _need_alive(self) -> None:
        for process in self.processes:
            if process.poll() is not None:
                raise RefusedError(last_words(process.returncode, self.errors))

    def _ask(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Tells all, and then hears all."""
        try:
            for _, commands in self.channels:
                commands.write(json.dumps(message) + "\n")
                commands.flush()
            lines = [replies.readline() for replies, _ in self.channels]
        except TimeoutError:
            raise RefusedError(f"no answer in {self.patience:g} s") from None
        except OSError:
            lines = [""]
        if not all(lines):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.processes[0].wait(5)
            raise RefusedError(last_words(self.processes[0].returncode, self.errors))
        return [answer_in(line) for line in lines]
