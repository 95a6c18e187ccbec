"""Runs the scripts of ``tests/programs/distributed`` in several processes, with PyTorch's gloo or
with autotensor, and tells what they computed.

    python -m tests.tools.mpi_programs    PyTorch's losses of all programs, written anew

As in ``tests/running.py`` only import lines are changed, and every process draws the same random
numbers in both libraries.  One line is put on top of the script: it calls ``share`` here, also in
the processes that the script starts itself.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.running import NUMBER, PROGRAMS, Shared, with_float64, with_our_imports

ROOT = Path(__file__).resolve().parents[2]
FOLDER = PROGRAMS / "distributed"
GOLDEN = FOLDER / "golden.json"
SECONDS = 240

#: How many processes a script expects to be started in; the others start their own.
STARTED = {
    "accumulation": 2, "metrics": 2, "mnist_sampler": 2, "model_average": 2, "ring_allreduce": 3,
    "sharded_by_hand": 2,
}  # fmt: skip


class Ran(NamedTuple):
    """What the processes of a script computed."""

    losses: dict[str, list[float]]
    """By rank, what ``backward`` was called on."""
    printed: list[str]
    """The lines, sorted: who prints first is luck."""


def programs() -> list[str]:
    return sorted(one.stem for one in FOLDER.glob("*.py"))


# -- in each process -------------------------------------------------------------------------------


class _Noted(list[float]):
    """A list of losses that is written down as it grows, for the process may end anyhow."""

    def __init__(self, library: Any) -> None:
        super().__init__()
        self.library = library

    def append(self, loss: float) -> None:
        dist = self.library.distributed
        rank = dist.get_rank() if dist.is_initialized() else 0
        with open(f"losses-{rank}", "a", encoding="utf-8") as file:
            file.write(f"{loss!r}\n")


def share(name: str) -> None:
    """The same random numbers in ``torch`` and in ``autotensor``, and float64."""
    library = import_module(name)
    import_module(f"{name}.distributed")
    import_module(f"{name}.distributions")
    layers, data = import_module(f"{name}.nn"), import_module(f"{name}.utils.data")
    shared = Shared(library, layers, data)
    shared.losses = _Noted(library)
    shared.share()
    sampler = import_module(f"{name}.utils.data.distributed").DistributedSampler

    def indices(one: Any) -> np.ndarray:
        count = len(one.dataset)
        order = shared.draws.order(count) if one.shuffle else np.arange(count)
        return np.resize(order, one.total_size)[one.rank :: one.num_replicas]

    shared.put(sampler, "__iter__", lambda one: iter(indices(one).tolist()))
    if hasattr(sampler, "order"):
        shared.put(sampler, "order", indices)
    library.set_default_dtype(library.float64)
    random.seed(0)
    np.random.seed(0)


# -- starting them ---------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def written(name: str, library: str, folder: Path) -> Path:
    """The script as it is run."""
    source = with_float64((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    if library == "autotensor":
        source = with_our_imports(source)
    script = folder / f"{name}.py"
    script.write_text(
        f"from tests.tools.mpi_programs import share; share({library!r})\n{source}",
        encoding="utf-8",
    )
    return script


def run_program(name: str, library: str, folder: Path, way: str = "shells") -> Ran:
    """Runs it with ``torch`` or ``autotensor`` in ``folder``, which must be empty.

    Args:
        way: how processes are started that the script does not start itself: ``shells``, one by
            one with an environment; ``run``, by ``python -m autotensor.distributed.run``;
            ``mpiexec``.
    """
    script, count = written(name, library, folder), STARTED.get(name, 0)
    port = str(free_port())
    told = {**os.environ, "PYTHONPATH": str(ROOT), "PORT": port, "OMP_NUM_THREADS": "1"}
    told.pop("PYTHONUNBUFFERED", None)  # lines are not to be torn
    told = {key: value for key, value in told.items() if not key.startswith("PMI")}
    commands: list[tuple[list[str], dict[str, str]]]
    python = [sys.executable, str(script)]
    if not count:
        commands = [(python, {})]
    elif way == "run":
        options = ["--nproc-per-node", str(count), "--master-port", port]
        commands = [([sys.executable, "-m", "autotensor.distributed.run", *options, python[1]], {})]
    elif way == "mpiexec":
        from autotensor.distributed.run import find_mpiexec

        commands = [([find_mpiexec(), "-n", str(count), *python], {})]
    else:
        shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count)}
        commands = [
            (python, {**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
            for rank in range(count)
        ]
    started = [
        subprocess.Popen(
            command, cwd=folder, env=told | own, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for command, own in commands
    ]  # fmt: skip
    said = [one.communicate(timeout=SECONDS) for one in started]
    codes = [one.returncode for one in started]
    assert not any(codes), f"{name} in {library}: {codes}\n" + "\n".join(sum(said, ()))
    printed = sorted(line for out, _ in said for line in out.splitlines())
    losses = {
        path.name.removeprefix("losses-"): [float(one) for one in path.read_text().split()]
        for path in sorted(folder.glob("losses-*"))
    }
    return Ran(losses, printed)


def assert_same(ours: Ran, theirs: Ran) -> None:
    """The losses to 1e-9; numbers that were printed as far as their digits go."""
    assert ours.losses.keys() == theirs.losses.keys()
    for rank, losses in theirs.losses.items():
        np.testing.assert_allclose(ours.losses[rank], losses, rtol=1e-9, atol=1e-12)
    words = [[NUMBER.sub("#", line) for line in one.printed] for one in (ours, theirs)]
    assert sorted(words[0]) == sorted(words[1])
    numbers = [
        [float(found) for line in one.printed for found in NUMBER.findall(line)]
        for one in (ours, theirs)
    ]
    np.testing.assert_allclose(*numbers, rtol=2e-7, atol=2e-7)


def main() -> int:
    import tempfile

    found = {}
    for name in programs():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = run_program(name, "torch", Path(folder))._asdict()
            print(name, {rank: len(one) for rank, one in found[name]["losses"].items()})
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
