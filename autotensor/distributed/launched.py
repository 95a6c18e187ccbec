"""What a launcher has told this process, under the names that PyTorch's scripts read.

    mpiexec -n 2 python launched.py [--pass-local-rank] [-m | --no-python] SCRIPT …

sets ``RANK``, ``LOCAL_RANK``, ``WORLD_SIZE`` and ``LOCAL_WORLD_SIZE`` and becomes the script: so
``python -m autotensor.distributed.run`` starts each rank.  It imports nothing but Python's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

__all__ = ["LAUNCHED", "environment", "ranks_announced"]

_TOLD = {
    # rank, how many, rank on this machine, how many are on it
    "PMI_RANK": ("PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
    "OMPI_COMM_WORLD_RANK": (
        "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE",
    ),
    "MV2_COMM_WORLD_RANK": (
        "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_SIZE",
    ),
    "PMIX_RANK": ("SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"),
}  # fmt: skip

LAUNCHED = tuple(_TOLD)
"""What the launchers of MPICH, Open MPI, MVAPICH and Slurm leave in the environment of a rank."""


def environment(told: Mapping[str, str]) -> dict[str, str]:
    """PyTorch's variables, as far as the launcher has said what is in them; none where a process
    was started by itself.

    Example:

        >>> from autotensor.distributed.launched import environment
        >>> environment({"PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALRANKID": "1"})
        {'RANK': '1', 'WORLD_SIZE': '4', 'LOCAL_RANK': '1'}
    """
    for rank, others in _TOLD.items():
        if rank in told:
            names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
            pairs = zip(names, (rank, *others), strict=True)
            return {name: told[one] for name, one in pairs if told.get(one, "").isdecimal()}
    return {}


def ranks_announced(told: Mapping[str, str]) -> int | None:
    """How many ranks the launcher says there are, or None.

    Example:

        >>> from autotensor.distributed.launched import ranks_announced
        >>> ranks_announced({"PMI_RANK": "1", "PMI_SIZE": "4"})
        4
    """
    size = environment(told).get("WORLD_SIZE")
    return None if size is None else int(size)


def main() -> None:
    """Becomes the script of the command line."""
    command = sys.argv[1:]
    os.environ.update(environment(os.environ))
    if command[0] == "--pass-local-rank":
        place = 3 if command[1] in ("-m", "--no-python") else 2
        command.insert(place, f"--local-rank={os.environ.get('LOCAL_RANK', 0)}")
        del command[0]
    if command[0] == "--no-python":
        os.execvp(command[1], command[1:])
    os.execv(sys.executable, [sys.executable, *command])


if __name__ == "__main__":
    main()
