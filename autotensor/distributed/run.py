"""Starts a script in several processes, as ``torchrun`` does, by ``mpiexec``.

    python -m autotensor.distributed.run --nproc-per-node 2 train.py --epochs 3
    python -m autotensor.distributed.run --nproc-per-node 4 -m package.train
    python -m autotensor.distributed.run --nnodes 2 --nproc-per-node 8 --hostfile hosts train.py

``mpiexec`` is the one beside this Python, as the extra ``mpi`` brings it, or the one on the path.
Each process finds ``RANK``, ``LOCAL_RANK``, ``WORLD_SIZE``, ``LOCAL_WORLD_SIZE``, ``MASTER_ADDR``
and ``MASTER_PORT`` in its environment.  On one machine the processors are shared out:
``AUTOTENSOR_NUM_THREADS`` is set to each one's part, unless it is set.  What the script returns is
returned, and signals reach it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotensor.importing import import_extra

__all__ = ["command", "find_mpiexec", "main"]

WITHOUT_EFFECT = (
    "rdzv-backend", "rdzv-endpoint", "rdzv-id", "rdzv-conf", "monitor-interval", "role", "log-dir",
    "redirects", "tee", "local-addr", "event-log-handler", "logs-specs", "start-method",
)  # fmt: skip
"""Options of torchrun's that say how its processes find and watch each other; MPI does that."""


def find_mpiexec() -> str:
    """The launcher: beside this Python, or on the path.

    Raises:
        ModuleNotFoundError: ``mpi4py`` is not installed.
        RuntimeError: there is no ``mpiexec``.

    Example:

        >>> from autotensor.distributed.run import find_mpiexec
        >>> find_mpiexec()  # doctest: +SKIP
        '/home/me/venv/bin/mpiexec'
    """
    import_extra("mpi4py", "mpi", "distributed.run")
    beside = shutil.which("mpiexec", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("mpiexec")
    if found is None:
        raise RuntimeError(
            "distributed.run: there is no mpiexec beside this Python and none on the path: "
            "pip install 'autotensor[mpi]' brings MPICH's"
        )
    return found


def _parser(program: str) -> argparse.ArgumentParser:
    words = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog=f"python -m {program}",
        description=words[0],
        epilog=words[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    def add(name: str, **more: Any) -> None:
        parser.add_argument(*{f"--{name}", f"--{name.replace('-', '_')}"}, **more)

    add("nproc-per-node", default="1", help="processes on each machine: a number, or auto, cpu, "
        "gpu: as many as processors")  # fmt: skip
    add("nnodes", default="1", help="machines; more than one needs --hostfile")
    add("hostfile", help="a file with a machine on each line, for mpiexec")
    add("master-addr", default="127.0.0.1", help="what MASTER_ADDR is to be; MPI needs none")
    add("master-port", default=29500, type=int, help="what MASTER_PORT is to be; MPI needs none")
    add("node-rank", default=0, type=int, help="only 0: mpiexec starts all machines from one")
    add("max-restarts", default=0, type=int, help="only 0: what has failed is not started anew")
    parser.add_argument("--standalone", action="store_true", help="without effect: one machine")
    add("use-env", action="store_true", help="without effect: the environment is always set")
    for name in WITHOUT_EFFECT:
        add(name, help=argparse.SUPPRESS)
    parser.add_argument("-m", "--module", action="store_true", help="the script is a module's name")
    add("no-python", action="store_true", help="the script is a program, not for Python")
    parser.add_argument("script", help="what to start")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the script")
    return parser


def command(
    arguments: Sequence[str], program: str = "autotensor.distributed.run"
) -> tuple[list[str], dict[str, str]]:
    """What is started for a command line, and what is set in its environment.

    Args:
        arguments: what stands behind ``python -m autotensor.distributed.run``.
        program: what it calls itself; ``autotensor.distributed.launch`` gives scripts
            ``--local-rank`` as well.

    Raises:
        ModuleNotFoundError: ``mpi4py`` is not installed.
        RuntimeError: there is no ``mpiexec``.
        ValueError: more machines than are named, or what MPI's launcher does not do.

    Example:

        >>> from autotensor.distributed.run import command
        >>> command(["--nproc-per-node", "2", "train.py"])[0]  # doctest: +SKIP
        ['/home/me/venv/bin/mpiexec', '-n', '2', 'python', 'launched.py', 'train.py']
    """
    given = _parser(program).parse_args(arguments)
    mpiexec = find_mpiexec()
    each = _processes(given.nproc_per_node)
    machines = _machines(given)
    start = [mpiexec, "-n", str(each * machines)]
    settings = {
        "MASTER_ADDR": given.master_addr,
        "MASTER_PORT": str(given.master_port),
        "TORCHELASTIC_RUN_ID": given.rdzv_id or "none",
    }
    if given.hostfile:
        start += _spread(mpiexec, given.hostfile, each)
    else:
        share = max(1, len(_processors()) // each)
        settings["AUTOTENSOR_NUM_THREADS"] = os.environ.get("AUTOTENSOR_NUM_THREADS", str(share))
    start += [sys.executable, str(Path(__file__).with_name("launched.py"))]
    if program.endswith(".launch") and not given.use_env:
        start += ["--pass-local-rank"]
    if given.no_python:
        start += ["--no-python"]
    elif given.module:
        start += ["-m"]
    return [*start, given.script, *given.arguments], settings


def _processors() -> Sequence[int]:
    if hasattr(os, "sched_getaffinity"):
        return [*os.sched_getaffinity(0)]
    return range(os.cpu_count() or 1)


def _processes(word: str) -> int:
    if word in ("auto", "cpu", "gpu"):
        return len(_processors())
    if not word.isdecimal() or int(word) < 1:
        raise ValueError(
            f"--nproc-per-node must be a whole number from 1 on, or auto, got {word!r}"
        )
    return int(word)


def _machines(given: argparse.Namespace) -> int:
    lowest, _, highest = given.nnodes.partition(":")
    if not lowest.isdecimal() or int(lowest) < 1 or highest not in ("", lowest):
        raise ValueError(
            f"--nnodes must be a whole number from 1 on, got {given.nnodes!r}; the number of "
            "machines does not change while a job runs"
        )
    if given.max_restarts:
        raise ValueError(
            "--max-restarts must be 0: what has failed is not started anew; begin with what the "
            "script has saved"
        )
    machines = int(lowest)
    if given.node_rank or (machines > 1 and not given.hostfile):
        raise ValueError(
            f"--nnodes {machines}: start it once, on one machine, with --hostfile FILE that names "
            "all of them, one on each line; mpiexec starts the processes on the others, by ssh"
        )
    return machines


def _spread(mpiexec: str, hostfile: str, each: int) -> list[str]:
    """How this ``mpiexec`` is told where to start."""
    if not Path(hostfile).is_file():
        raise ValueError(f"--hostfile: there is no file {hostfile}")
    said = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=False)
    if "Open MPI" in said.stdout or "OpenRTE" in said.stdout or "PRTE" in said.stdout:
        return ["--hostfile", hostfile, "--map-by", f"ppr:{each}:node"]
    return ["-f", hostfile, "-ppn", str(each)]


def main(
    arguments: Sequence[str] | None = None, program: str = "autotensor.distributed.run"
) -> None:
    """Becomes ``mpiexec``, so that signals and what it returns are its own.

    Example:

        >>> from autotensor.distributed.run import main
        >>> main(["--nproc-per-node", "2", "train.py"])  # doctest: +SKIP
    """
    try:
        start, settings = command(sys.argv[1:] if arguments is None else arguments, program)
    except (ModuleNotFoundError, RuntimeError, ValueError) as error:
        sys.exit(f"{program}: {error}")
    os.environ.update(settings)
    sys.stdout.flush()
    os.execv(start[0], start)


if __name__ == "__main__":
    main()
