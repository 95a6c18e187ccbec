"""Who has ended, and who waits where: what a rank that waits asks before it gives up.

Whoever ends by itself says goodbye.  Who is killed, or leaves by ``os._exit``, cannot; that it is
gone is seen on its own machine, and elsewhere by the launcher or by the time that others wait.
Before a rank gives up it tells the others where it waits, and those who wait answer; who has said
nothing is who is missing.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["Watch"]

GOODBYE, WAITS, CALLS = 0, 1, 2
"""The tags of messages: the sender ends; is in an exchange, and which; has called what."""
LONGEST = 400
"""Bytes of a message that says what its sender has called."""


class Watch:
    """Over all ranks, of which this one is ``rank``.

    Args:
        comm: a communicator of MPI's that nobody else uses.
    """

    def __init__(self, mpi: Any, comm: Any) -> None:
        self.mpi = mpi
        self.rank = int(comm.rank)
        self._comm = comm
        self._places: dict[int, tuple[int, int]] = {}
        self._told: tuple[int, int] | None = None
        self._under_way: list[Any] = []  # what was sent must stay where it is
        self.beside, pids = _on_this_machine(mpi, comm)
        exits: Any = select.poll() if pids else None
        self._exits = exits
        self._ranks: dict[int, int] = {}
        for rank, pid in pids.items():
            with contextlib.suppress(OSError, AttributeError):  # gone already; not on Linux
                handle = os.pidfd_open(pid)
                self._ranks[handle] = rank
                exits.register(handle, select.POLLIN)

    def _send(self, content: np.ndarray, rank: int, tag: int) -> None:
        with contextlib.suppress(self.mpi.Exception):  # it may have ended itself
            self._under_way.append((content, self._comm.Isend(content, rank, tag)))

    def say_goodbye(self) -> None:
        """To all others: do not wait for me."""
        for rank in range(self._comm.size):
            if rank != self.rank:
                self._send(np.empty(0, np.uint8), rank, GOODBYE)

    def ended(self, ranks: Iterable[int]) -> int | None:
        """One of ``ranks`` that has ended, if there is any."""
        gone = {self._ranks[handle] for handle, _ in self._exits.poll(0)} if self._ranks else ()
        for rank in ranks:
            if rank != self.rank and (rank in gone or self._comm.Iprobe(rank, GOODBYE)):
                return rank
        return None

    def tell(self, ranks: Sequence[int], place: tuple[int, int]) -> None:
        """Says once to ``ranks`` in which exchange this one waits, and asks the same of them."""
        if self._told != place:
            self._told = place
            for rank in ranks:
                if rank != self.rank:
                    self._send(np.array([*place, 1]), rank, WAITS)

    def hear(self, place: tuple[int, int]) -> None:
        """Notes where others wait, and answers those who ask, while this one waits at ``place``."""
        found = self.mpi.Status()
        while self._comm.Iprobe(self.mpi.ANY_SOURCE, WAITS, found):
            word = np.empty(3, np.int64)
            rank = found.Get_source()
            self._comm.Recv(word, rank, WAITS)
            self._places[rank] = (int(word[0]), int(word[1]))
            if word[2]:
                self._send(np.array([*place, 0]), rank, WAITS)

    def missing(self, ranks: Iterable[int], place: tuple[int, int]) -> list[int]:
        """Those of ``ranks`` who do not wait at ``place``, as far as they have said."""
        return [one for one in ranks if one != self.rank and self._places.get(one) != place]

    def calls(
        self, ranks: Sequence[int], own: str, until: Callable[[Callable[[], Any]], None]
    ) -> dict[str, list[int]]:
        """Who has called what, where all of ``ranks`` say it."""
        text = own.encode()[:LONGEST]
        content = np.frombuffer(text.ljust(LONGEST, b"\0"), np.uint8)
        for rank in ranks:
            if rank != self.rank:
                self._send(content, rank, CALLS)
        callers: dict[str, list[int]] = {}
        for rank in ranks:
            theirs = content.copy()
            if rank != self.rank:
                until(self._comm.Irecv(theirs, rank, CALLS).Test)
            said = theirs.tobytes().rstrip(b"\0").decode(errors="replace")
            callers.setdefault(said, []).append(rank)
        return callers


def _on_this_machine(mpi: Any, comm: Any) -> tuple[frozenset[int], dict[int, int]]:
    """The ranks that run on the machine of this one; and, of the others there whose processes can
    be seen from here, the numbers of their processes."""
    beside = comm.Split_type(mpi.COMM_TYPE_SHARED)
    own = np.array([comm.rank, os.getpid(), _namespace()])
    everybodys = np.empty((beside.size, 3), np.int64)
    beside.Allgather(own, everybodys)
    beside.Free()
    known = {rank: pid for rank, pid, space in everybodys.tolist()
             if rank != comm.rank and space == own[2] >= 0}  # fmt: skip
    return frozenset(everybodys[:, 0].tolist()), known


def _namespace() -> int:
    """Within which the numbers of processes hold; -1 where nobody can tell."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return -1
