"""Faults of how processes become ranks, and of what a script starts."""

from __future__ import annotations

from tests.faults import Fault

RANKS = "tests/autotensor/test_starting_ranks.py"
BOARD = "autotensor/distributed/switchboard.py"
MEETING = "autotensor/distributed/rendezvous.py"
LAUNCHED = "autotensor/distributed/launched.py"
RUN = "autotensor/distributed/run.py"
SPAWN = "autotensor/multiprocessing.py"

FAULTS = [
    Fault(
        "a barrier of MPI's lets go before the last has come",
        BOARD,
        "if len(come) == len(members):",
        "if len(come) >= len(members) - 1:",
        RANKS,
    ),
    Fault(
        "a rank that crashes is taken for one that ends in order",
        BOARD,
        "elif not line.watches and not line.finished:",
        "elif not line.watches and line.finished:",
        RANKS,
    ),
    Fault(
        "two processes of one rank are let in",
        BOARD,
        "one.watches == line.watches or (one.process",
        "(one.process",
        RANKS,
    ),
    Fault(
        "RANK of the environment counts more than init_process_group's",
        MEETING,
        'rank = _number(said, "RANK") if rank == -1 else rank',
        'rank = _number(said, "RANK") if "RANK" in said else rank',
        RANKS,
    ),
    Fault(
        "the rank on the machine and the number of those there in each other's place",
        LAUNCHED,
        '("PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS")',
        '("PMI_SIZE", "MPI_LOCALNRANKS", "MPI_LOCALRANKID")',
        RANKS,
    ),
    Fault(
        "run: each process has as many threads as there are processors",
        RUN,
        "share = max(1, len(_processors()) // each)",
        "share = max(1, len(_processors()))",
        RANKS,
    ),
    Fault(
        "spawn: a process that raises leaves no traceback",
        SPAWN,
        "        draft.rename(error_file)",
        "        draft.unlink()",
        RANKS,
    ),
]
