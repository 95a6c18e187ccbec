"""What a rank does that waits, with messages that only a list carries."""

from __future__ import annotations

import os
import subprocess
import sys
from time import monotonic
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from autotensor.distributed.processes import Meeting, ProcessGroup
from autotensor.distributed.watch import Watch


class Status:
    def Get_source(self) -> int:
        return self.source


class Line:
    """A communicator of MPI's for rank ``rank``; all share ``letters``: to, from, tag, content."""

    ANY_SOURCE, IN_PLACE, MAX, COMM_TYPE_SHARED = -1, -2, 0, 1
    Status, Exception = Status, OSError

    def __init__(self, rank: int, size: int, letters: list[tuple[int, int, int, Any]]) -> None:
        self.rank, self.size, self.letters = rank, size, letters

    def Split_type(self, kind: int) -> Line:
        return Line(self.rank, 1, [])

    def Allgather(self, own: np.ndarray, everybodys: np.ndarray) -> None:
        everybodys[:] = own

    def Free(self) -> None:
        pass

    def Dup(self) -> Line:
        return self

    def Isend(self, content: np.ndarray, to: int, tag: int) -> None:
        self.letters.append((to, self.rank, tag, content.copy()))

    def Iprobe(self, source: int, tag: int, found: Any = None) -> bool:
        for to, sender, kind, _ in self.letters:
            if to == self.rank and source in (-1, sender) and kind == tag:
                if found is not None:
                    found.source = sender
                return True
        return False

    def Recv(self, into: np.ndarray, source: int, tag: int) -> None:
        letter = next(one for one in self.letters if one[:3] == (self.rank, source, tag))
        self.letters.remove(letter)
        into[:] = letter[3]

    def Irecv(self, into: np.ndarray, source: int, tag: int) -> Any:
        return Later(lambda: self.Recv(into, source, tag))


class Later:
    def __init__(self, action: Any) -> None:
        self.Test = lambda status=None: action() or True


def ranks(count: int) -> list[ProcessGroup]:
    letters: list[tuple[int, int, int, Any]] = []
    lines = [Line(rank, count, letters) for rank in range(count)]
    return [ProcessGroup(Watch(one, one), one, range(count), 0.3) for one in lines]


def never() -> Any:
    """False, but not for ever: for a wait that does not end as it should."""
    end = monotonic() + 3
    return lambda: monotonic() > end


@pytest.fixture(autouse=True)
def _rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autotensor.distributed.processes.get_rank", lambda: 0)


def test_a_wait_ends_and_names_who_has_said_nothing() -> None:
    first, second, third = ranks(3)
    for one in (first, second):
        one._met = 4
    third._met = 3
    for one in (second, third):  # they wait, and are asked
        first._watch.tell([one._watch.rank], (0, 4))
        first._watch._told = None
        one._watch.hear((0, one._met))
    with pytest.raises(RuntimeError, match=r"waited 0\.3 seconds for the ranks \[2\], which have"):
        first.until(never(), "barrier")


def test_one_alone_waits_no_longer() -> None:
    with pytest.raises(RuntimeError, match=r"waited 0\.1 seconds for the other ranks"):
        ProcessGroup(None, None, (0,), 0.1).until(never(), "recv")


def test_a_goodbye_ends_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autotensor.distributed.processes.GRACE", 0.1)
    first, second, _ = ranks(3)
    assert first._watch.ended(first.ranks) is None
    second._watch.say_goodbye()
    assert first._watch.ended(first.ranks) == 1
    assert first._watch.ended([0, 2]) is None
    first.seconds = 30
    with pytest.raises(RuntimeError, match="rank 1 has ended, and rank 0 waits for it"):
        first.until(never(), "barrier")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux has it")
def test_a_process_that_was_killed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    monkeypatch.setattr(
        "autotensor.distributed.watch._on_this_machine",
        lambda mpi, comm: (frozenset({0, 1}), {1: child.pid}),
    )
    line = Line(0, 2, [])
    watch = Watch(line, line)
    assert watch.ended([0, 1]) is None
    child.kill()
    while watch.ended([0, 1]) is None:  # it is not waited for, as by its launcher
        pass
    assert watch.ended([0, 1]) == 1
    assert watch.ended([0]) is None
    child.communicate()


def test_other_calls_are_told_in_all_ranks() -> None:
    groups = ranks(3)
    calls = ["barrier", "barrier", "all_reduce of (3,) float32"]
    words = [Meeting(group, call, None, None) for group, call in zip(groups, calls, strict=True)]
    largest = max(crc32(call.encode()) for call in calls)
    smallest = min(crc32(call.encode()) for call in calls)
    for group, call in zip(groups, calls, strict=True):
        for other in groups:
            if other is not group:
                content = np.frombuffer(call.encode().ljust(400, b"\0"), np.uint8)
                group.comm.Isend(content, other._watch.rank, 2)
    for meeting, group in zip(words, groups, strict=True):
        meeting._found = np.array([largest, -smallest])
        with pytest.raises(RuntimeError, match=r"ranks 0, 1: barrier; rank 2: all_reduce of \(3,"):
            meeting._compare()
        with pytest.raises(RuntimeError, match="make different calls"):
            group.meet("barrier")
