"""Fresh processes, round after round, and a core kept busy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.busy import one_core_busy
from benchmarks.contestants import ROOT, RefusedError, Setting, Worker
from benchmarks.libraries import OURS
from benchmarks.rounds import Entry, play_rounds
from benchmarks.workloads import Workload
from tests.benchmarks.scripted import Scripted


class Factory:
    """Makes contestants, each with the next list of times; refuses when there is none."""

    def __init__(self, name: str, *lists: list[float]) -> None:
        self.name, self.lists, self.made = name, list(lists), []

    def __call__(self) -> Scripted:
        if not self.lists:
            raise RefusedError("no more")
        self.made.append(Scripted(self.name, self.lists.pop(0)))
        return self.made[-1]


def rounds(*factories: Factory, processes: int = 2, busy: bool = False) -> dict[str, Entry]:
    entrants = {one.name: one for one in factories}
    return play_rounds(entrants, processes, 2, 0.0, busy, lambda _: None)


def test_a_process_counts_once() -> None:
    a, b = Factory("a", [1.0, 2.0], [3.0, 3.0]), Factory("b", [2.0, 6.0], [3.0, 6.0])
    found = rounds(a, b)
    assert found["a"].quiet.seconds == [1.5, 3.0]
    assert found["b"].quiet.seconds == [4.0, 4.5]
    assert found["b"].quiet.ratios == [2.5, 1.5]
    assert found["a"].summary()["seconds"]["median"] == 2.25
    assert found["b"].summary()["ratio"]["least"] == 1.5
    assert [one.closed for one in (*a.made, *b.made)] == [1] * 4


def test_busy_turns_are_counted_by_themselves() -> None:
    a, b = Factory("a", [1.0, 1.0, 2.0, 2.0]), Factory("b", [1.0, 1.0, 8.0, 8.0])
    summary = rounds(a, b, processes=1, busy=True)["b"].summary()
    assert (summary["ratio"]["median"], summary["busy"]["ratio"]["median"]) == (1.0, 4.0)


def test_whoever_is_refused_does_not_come_again() -> None:
    a, b = Factory("a", [1.0] * 2, [1.0] * 2), Factory("b", [1.0] * 2)
    found = rounds(a, b)
    assert found["b"].lost == "no more"
    assert len(found["a"].quiet.seconds) == 2
    again = rounds(Factory("a", [1.0] * 2, [1.0] * 2), c := Factory("c", [1.0], [1.0] * 2))
    assert again["c"].lost == "died"
    assert len(c.made) == 1


def test_without_the_first_nothing_is_measured() -> None:
    b = Factory("b", [1.0])
    found = rounds(Factory("a"), b)
    assert found["a"].lost == "no more"
    assert not found["b"].ends
    assert b.made[0].closed == 1


def test_the_first_must_last() -> None:
    with pytest.raises(RefusedError, match="no more"):
        rounds(Factory("a", [1.0] * 2), Factory("b", [1.0] * 2, [1.0] * 2))


def test_every_round_has_a_process_of_its_own(setting: Setting) -> None:
    workload = Workload("w", "record", operator="add", repeats=10)
    made: list[Worker] = []

    def enter() -> Worker:
        made.append(Worker(OURS, workload, setting))
        return made[-1]

    found = play_rounds({"a": enter}, 2, 1, 0.0, False, lambda _: None)
    assert len({one.process.pid for one in made}) == 2
    assert all(one.process.returncode == 0 for one in made)
    assert len(found["a"].quiet.seconds) == 2


# -- a core kept busy ------------------------------------------------------------------------------

START = """
import os
from benchmarks.busy import one_core_busy
with one_core_busy() as loop:
    print(loop, flush=True)
    os._exit(1)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # an orphan may stay as a zombie, if nobody asks for its end
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_the_loop_ends_with_the_block() -> None:
    with one_core_busy() as loop:
        assert is_running(loop)
    assert not is_running(loop)
    with pytest.raises(KeyboardInterrupt), one_core_busy() as loop:
        raise KeyboardInterrupt
    assert not is_running(loop)


def test_the_loop_ends_with_a_driver_that_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    loop, end = int(done.stdout), time.monotonic() + 10
    while is_running(loop) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_running(loop)
