"""Scripts run by ``mpiexec``, as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# With it each word is written by itself, and the lines of several ranks are torn.
os.environ.pop("PYTHONUNBUFFERED", None)

HEAD = """
import sys
import time

import numpy as np

import autotensor as at
import autotensor.distributed as dist
import nn
import nn.functional as F
from nn import optim
from nn.parallel import DistributedDataParallel as DDP

dist.init_process_group(timeout={timeout})
rank, ranks = dist.get_rank(), dist.get_world_size()
"""


def mpiexec() -> str:
    """The launcher beside this Python, as the wheel ``mpich`` brings it, or on the path."""
    pytest.importorskip("mpi4py", reason="needs the extra: pip install -e .[mpi]")
    beside = Path(sys.executable).parent / "mpiexec"
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        pytest.skip("there is no mpiexec: pip install -e .[mpi]")
    return found


HEARING = [
    sys.executable, "-c", "import os, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_DFL)\nos.execv(sys.argv[1], sys.argv[1:])",
]  # fmt: skip
"""Before a command that is to hear Ctrl-C: what a shell starts in the background, as it may these
tests, and all that this starts, is deaf to it."""


def run_ranks(
    count: int, program: str, folder: Path, timeout: float = 30
) -> subprocess.CompletedProcess[str]:
    """Runs ``program``, after what all need, in ``count`` ranks; none may take longer than a
    minute."""
    script = folder / "script.py"
    script.write_text(HEAD.format(timeout=timeout) + textwrap.dedent(program), encoding="utf-8")
    return run_script(count, script)


def run_script(count: int, script: Path) -> subprocess.CompletedProcess[str]:
    """Runs it as it is."""
    return subprocess.run(
        [mpiexec(), "-n", str(count), sys.executable, "-W", "error", str(script)],
        cwd=script.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def passes(count: int, program: str, folder: Path) -> str:
    done = run_ranks(count, program, folder)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    return done.stdout
