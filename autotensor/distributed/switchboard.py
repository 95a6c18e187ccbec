"""The program between processes that were started without ``mpiexec``: it makes them one MPI job.

    python -I -S switchboard.py SIZE  (its standard input is a socket that listens)

Rank 0 starts it, beside itself, for while MPI begins or ends no line of Python runs there.  Every
rank opens two lines to it.  On one its MPI asks what it would ask ``mpiexec``: who is where.  That
is MPICH's protocol PMI 1, a line of text for each question.  The other, the watch, says who has
come, that all have, and later that a rank has ended: then all others end too.

It imports nothing but Python's own, and is gone when all lines are closed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from time import monotonic

__all__ = ["GREETING", "Switchboard"]

GREETING = "autotensor-1"
"""First word of every line; other versions have another number."""
OWNER = 60.0
"""Seconds in which rank 0, who has started this, must come."""
PATIENCE = 5.0
"""Seconds after which a rank that does not end with the others is killed."""


class Line:
    """A socket that is read by lines."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.rank = -1
        self.watches = False
        self.greeted = False
        self.finished = False
        self.host, self.process = "", 0
        self._rest = b""

    def lines(self) -> list[str] | None:
        """What has come; None when it was closed."""
        try:
            received = self.socket.recv(1 << 16)
        except OSError:
            return None
        if not received:
            return None
        *whole, self._rest = (self._rest + received).split(b"\n")
        return [one.decode("utf-8", "replace") for one in whole]

    def say(self, words: str) -> None:
        """Sends one; who is not there any more does not hear it."""
        with contextlib.suppress(OSError):
            self.socket.sendall(f"{words}\n".encode())


class Switchboard:
    """Connects ``size`` ranks that come to ``listener``."""

    def __init__(self, listener: socket.socket, size: int) -> None:
        self.listener, self.size = listener, size
        # MPI names memory that the ranks share by it: no other job on a machine may have the same.
        self.name = f"autotensor-{os.getpid()}-{os.urandom(8).hex()}"
        self.lines: dict[socket.socket, Line] = {}
        self.values: dict[str, str] = {}
        self.waiting: dict[str, list[Line]] = {}
        self.begun = False
        self.ending = self.given_up = False
        self.deadline: float | None = monotonic() + OWNER

    def serve(self) -> None:
        """Until all ranks have ended."""
        try:
            self._serve()
        finally:
            for one in (self.listener, *self.lines):
                one.close()

    def _serve(self) -> None:
        listening = [self.listener]
        while True:
            ready, _, _ = select.select([*listening, *self.lines], [], [], self._patience())
            if not ready:
                self._kill_the_rest()
                return
            for one in ready:
                if one is self.listener:
                    connection, _ = one.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.lines[connection] = Line(connection)
                elif one in self.lines:
                    self._hear(self.lines[one])
            if self.begun and listening:
                self.listener.close()
                listening = []
            if self.given_up or not self.lines:
                return

    def _patience(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - monotonic())

    def _hear(self, line: Line) -> None:
        said = line.lines()
        if said is None:
            self._closed(line)
            return
        for words in said:
            if line.greeted:
                self._answer(line, words)
            else:
                self._greet(line, words)

    # -- until all have come -----------------------------------------------------------------------

    def _greet(self, line: Line, words: str) -> None:
        reason = self._seat(line, words)
        if reason:
            line.say(f"refused {reason}")
            del self.lines[line.socket]
            line.socket.close()
            return
        seated = [(one.rank, one.watches) for one in self.lines.values() if one.greeted]
        here = [rank for rank in range(self.size) if {(rank, False), (rank, True)} <= {*seated}]
        self._tell(f"here {' '.join(map(str, here))}")
        if len(here) == self.size and not self.begun:
            self.begun = True
            if len({one.host for one in self.lines.values()}) == 1:
                self.values["PMI_process_mapping"] = f"(vector,(0,1,{self.size}))"  # one machine
            self._tell("begin")

    def _seat(self, line: Line, words: str) -> str:
        """Why this one cannot take part, or ""."""
        match words.split(" "):
            case [greeting, kind, rank, size, process, host] if greeting == GREETING:
                line.watches, line.rank = kind == "watch", int(rank)
                line.process, line.host = int(process), host
            case _:
                return "another program, or another version of autotensor, is there"
        if int(size) != self.size:
            return f"rank 0 says that world_size is {self.size}"
        before = [one for one in self.lines.values() if one.greeted and one.rank == line.rank]
        if any(
            one.watches == line.watches or (one.process, one.host) != (line.process, line.host)
            for one in before
        ):
            return f"there is a rank {line.rank} already"
        line.greeted = True
        if line.rank == 0:
            self.deadline = None
        return ""

    # -- while they work ---------------------------------------------------------------------------

    def _answer(self, line: Line, words: str) -> None:
        """One question of PMI's."""
        given = dict(one.partition("=")[::2] for one in words.split(" ") if one)
        match given.get("cmd"):
            case "init":
                line.say("cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0")
            case "get_maxes":
                line.say("cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024")
            case "get_appnum":
                line.say("cmd=appnum rc=0 appnum=0")
            case "get_my_kvsname":
                line.say(f"cmd=my_kvsname rc=0 kvsname={self.name}")
            case "get_universe_size":
                line.say(f"cmd=universe_size rc=0 size={self.size}")
            case "put":
                self.values[given.get("key", "")] = given.get("value", "")
                line.say("cmd=put_result rc=0 msg=success")
            case "get":
                value = self.values.get(given.get("key", ""))
                found = f"rc=0 msg=success value={value}"
                line.say(f"cmd=get_result {found if value else 'rc=-1 msg=key_not_found'}")
            case "barrier_in":
                self._barrier(line, given)
            case "done":  # ours: MPICH closes its line without a word
                line.finished = True
            case "finalize":
                line.finished = True
                line.say("cmd=finalize_ack rc=0")
            case "abort":
                line.finished = True
                self._end(line, f"aborted {line.rank} {given.get('exitcode', 1)}")
            case other:
                line.say(f"cmd={other}_result rc=-1 msg=unknown_command")

    def _barrier(self, line: Line, given: dict[str, str]) -> None:
        """Answers when all have come, or all of a group that MPI has named."""
        group, tag = given.get("group", ""), given.get("tag", "")
        members = [int(one) for one in group.split(",") if one.isdigit()] or range(self.size)
        come = self.waiting.setdefault(f"{group} {tag}", [])
        come.append(line)
        if len(come) == len(members):
            del self.waiting[f"{group} {tag}"]
            for one in come:
                one.say("cmd=barrier_out rc=0")

    # -- how they end ------------------------------------------------------------------------------

    def _closed(self, line: Line) -> None:
        del self.lines[line.socket]
        line.socket.close()
        if not line.greeted:
            return
        if not self.begun:
            if line.rank == 0:  # it has waited long enough
                self._tell("refused rank 0 waits no longer")
                self.given_up = True
        elif not line.watches and not line.finished:
            self._end(line, f"ended {line.rank}")

    def _end(self, line: Line, words: str) -> None:
        """Tells all others, once, that ``line`` has ended before its time."""
        if not self.ending:
            self.ending, self.deadline = True, monotonic() + PATIENCE
            self._tell(words, but=line.rank)

    def _tell(self, words: str, but: int = -1) -> None:
        for one in self.lines.values():
            if one.greeted and one.watches and one.rank != but:
                one.say(words)

    def _kill_the_rest(self) -> None:
        """Those on this machine that MPI holds where they hear nothing."""
        for one in self.lines.values():
            if self.ending and one.greeted and one.host == socket.gethostname():
                with contextlib.suppress(OSError):
                    os.kill(one.process, signal.SIGKILL)


if __name__ == "__main__":
    Switchboard(socket.socket(fileno=0), int(sys.argv[1])).serve()
