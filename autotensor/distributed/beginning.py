"""How MPI begins in a process that a launcher has started: with all others, or not for ever.

MPI's own beginning waits until every rank has come to it.  One that ends before, or hangs, would
have all others wait for ever, and the launcher with them.  So the wait is one in which Python's
threads run, and one of them ends the job when it takes too long.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from threading import Timer
from time import sleep
from typing import Any

from autotensor.importing import import_extra

__all__ = ["begin_mpi"]

SPEAK = 0.5
"""Seconds in which the launcher hands on what a rank has said, before it ends all."""


def begin_mpi(seconds: float, caller: str) -> Any:
    """The module ``mpi4py.MPI``, when all ranks have come; ends the job if that takes longer."""
    settings = import_extra("mpi4py", "mpi", caller).rc
    if "mpi4py.MPI" not in sys.modules:
        settings.initialize, settings.finalize = False, True
    mpi = import_extra("mpi4py.MPI", "mpi", caller)
    if mpi.Is_initialized():
        return mpi
    timer = Timer(seconds, _give_up, (seconds, caller))
    timer.daemon = True
    timer.start()
    try:
        # mpi4py's function for it holds Python's lock; a library's own does not.
        level = ctypes.c_int()
        begin = ctypes.CDLL(mpi.__file__).MPI_Init_thread
        if begin(None, None, mpi.THREAD_MULTIPLE, ctypes.byref(level)):
            raise RuntimeError(
                f"{caller}: MPI cannot begin; was the script started by its mpiexec?"
            )
    finally:
        timer.cancel()
    for comm in (mpi.COMM_WORLD, mpi.COMM_SELF):
        comm.Set_errhandler(mpi.ERRORS_RETURN)  # as mpi4py does: they become exceptions
    return mpi


def _give_up(seconds: float, caller: str) -> None:
    rank = next((os.environ[name] for name in ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK")
                 if name in os.environ), "?")  # fmt: skip
    with contextlib.suppress(Exception):  # there may be nobody who listens
        sys.stderr.write(
            f"{caller}: rank {rank} has waited {seconds:g} seconds for the others to call this: "
            "one of them has ended before, hangs, or takes longer. init_process_group(timeout=) "
            "sets how long\n"
        )
        sys.stderr.flush()
    sleep(SPEAK)
    with contextlib.suppress(KeyError, ValueError, OSError):  # another launcher than MPICH's
        os.write(int(os.environ["PMI_FD"]), b"cmd=abort exitcode=1\n")
        sleep(10 * SPEAK)
    os._exit(1)
