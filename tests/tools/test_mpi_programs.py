"""Whole DDP scripts for PyTorch's gloo: with their import lines changed they give its losses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
from tests.running import NUMBER
from tests.tools.mpi import HEARING, ROOT, mpiexec
from tests.tools.mpi_programs import (
    GOLDEN,
    STARTED,
    Ran,
    assert_same,
    free_port,
    programs,
    run_program,
)

pytest.importorskip("mpi4py", reason="needs the extra: pip install -e .[mpi]")
pytestmark = pytest.mark.works_with("MPI", "scripts for PyTorch's gloo, started in every way")


@pytest.fixture(scope="module", autouse=True)
def _there_is_a_launcher() -> None:
    mpiexec()


def golden(name: str) -> Ran:
    return Ran(**json.loads(GOLDEN.read_text(encoding="utf-8"))[name])


# -- whole scripts ---------------------------------------------------------------------------------


def of_torch(name: str, folder: Path) -> Ran:
    """The threads of gloo now and then end a process that is through with its work ("terminate
    called without an active exception"); then once more."""
    for attempt in range(5):
        own = folder / str(attempt)
        own.mkdir()
        try:
            return run_program(name, "torch", own)
        except AssertionError as error:
            if "terminate called without an active exception" not in str(error):
                raise
    raise AssertionError("gloo aborted five times")


@pytest.mark.slow
@pytest.mark.parametrize("name", programs())
def test_a_script_gives_the_losses_of_gloo(torch: ModuleType, name: str, tmp_path: Path) -> None:
    theirs = of_torch(name, tmp_path)
    assert_same(theirs, golden(name))  # what was kept is what it gives
    assert sum(map(len, theirs.losses.values())) >= 15


@pytest.mark.parametrize("name", programs())
def test_a_script_gives_the_losses_that_gloo_gave(name: str, tmp_path: Path) -> None:
    assert_same(run_program(name, "autotensor", tmp_path, "run"), golden(name))


@pytest.mark.parametrize("way", ["shells", "mpiexec"])
def test_the_way_in_which_it_is_started_makes_no_difference(way: str, tmp_path: Path) -> None:
    name = "mnist_sampler"
    assert_same(run_program(name, "autotensor", tmp_path, way), golden(name))


def test_the_golden_losses_are_those_of_the_programs() -> None:
    assert sorted(json.loads(GOLDEN.read_text(encoding="utf-8"))) == programs()
    assert set(STARTED) < set(programs())


# -- the course ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.works_with("MPI", "programs of the course with --distributed")
@pytest.mark.parametrize("name", ["train_lenet", "small_gpt"])
def test_two_processes_of_a_program_learn_what_one_does(name: str, tmp_path: Path) -> None:
    """The same lines, to the last digit but one of a number or so; and the same weights."""
    printed, weights = [], []
    for options in ([], ["--distributed"]):
        out = tmp_path / f"out{len(options)}"
        command = [sys.executable, "-m", "autotensor.examples", name, "--short", "--out", str(out)]
        start_line = [mpiexec(), "-n", "2", *command, *options] if options else command
        done = subprocess.run(
            start_line,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.replace(str(out), "out"))
        weights.append(dict(at.load(path)) for path in out.glob("*.npz"))
    words = [NUMBER.sub("#", one).splitlines() for one in printed]
    losses = [[float(one) for one in NUMBER.findall(text)] for text in printed]
    assert words[0] == [line for line in words[1] if "each with its part" not in line]
    np.testing.assert_allclose(losses[1][-1], losses[0][-1], atol=2e-3)
    for one, other in zip(*weights, strict=True):
        for key in one:
            # Float32, and two processes add up in another order than one.
            np.testing.assert_allclose(other[key], one[key], rtol=1e-3, atol=1e-5)


# -- starting --------------------------------------------------------------------------------------


def start(arguments: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=60,
    )


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


ASKING = """
import os
import sys

names = ["RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"]
sys.stdout.write(" ".join([*(os.environ[name] for name in names), *sys.argv[1:]]) + "\\n")
"""


@pytest.mark.parametrize("way", ["file", "module", "no-python"])
def test_run_tells_each_process_what_torchrun_does(way: str, tmp_path: Path) -> None:
    path = script(tmp_path, ASKING)
    what = {
        "file": ["train.py"],
        "module": ["-m", "train"],
        "no-python": ["--no-python", sys.executable, "train.py"],
    }[way]
    done = start(
        ["autotensor.distributed.run", "--standalone", "--nnodes=1", "--nproc_per_node=2",
         "--master-port", "29777", *what, "--epochs", "3"],
        tmp_path,
    )  # fmt: skip
    assert path.exists()
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        f"{rank} {rank} 2 2 127.0.0.1 29777 --epochs 3" for rank in (0, 1)
    ]


def test_launch_passes_the_number_on_the_machine_as_well(tmp_path: Path) -> None:
    script(tmp_path, "import sys\nsys.stdout.write(' '.join(sys.argv[1:]) + '\\n')\n")
    for more, words in (([], "--local-rank={} -x"), (["--use_env"], "-x")):
        done = start(
            ["autotensor.distributed.launch", "--nproc_per_node=2", *more, "train.py", "-x"],
            tmp_path,
        )
        assert sorted(done.stdout.splitlines()) == sorted(words.format(one) for one in (0, 1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--nproc-per-node", "none"], "--nproc-per-node must be a whole number"),
        (["--nnodes", "2"], "with --hostfile FILE"),
        (["--nnodes", "1", "--node-rank", "1"], "with --hostfile FILE"),
        (["--nnodes", "1:4"], "does not change while a job runs"),
        (["--max-restarts", "3"], "--max-restarts must be 0"),
        (["--hostfile", "nowhere"], "there is no file nowhere"),
    ],
)
def test_what_run_cannot_do_is_said_in_a_line(
    options: list[str], words: str, tmp_path: Path
) -> None:
    done = start(["autotensor.distributed.run", *options, "train.py"], tmp_path)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_script_returns_is_returned_and_a_signal_reaches_it(tmp_path: Path) -> None:
    script(tmp_path, "import sys\nsys.exit(7)\n")
    done = start(["autotensor.distributed.run", "--nproc-per-node=2", "train.py"], tmp_path)
    assert done.returncode == 7
    script(tmp_path, "import time\nopen('here', 'w').close()\ntime.sleep(60)\n")
    running = subprocess.Popen(
        [
            *HEARING,
            sys.executable,
            "-m",
            "autotensor.distributed.run",
            "--nproc-per-node=2",
            "train.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "here").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) != 0


def test_under_mpiexec_scripts_find_their_number_before_they_begin(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        """
        import os
        import sys
        import autotensor.distributed as dist

        assert not dist.is_torchelastic_launched() and dist.get_node_local_rank() < 2
        told = [int(os.environ[one]) for one in ("RANK", "LOCAL_RANK", "WORLD_SIZE")]
        dist.init_process_group("gloo", init_method="env://", rank=told[0], world_size=told[2])
        assert dist.get_rank() == told[0]
        sys.stdout.write(f"{told}\\n")
        """,
    )
    done = subprocess.run(
        [mpiexec(), "-n", "2", sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["[0, 0, 2]", "[1, 1, 2]"]


# -- processes that a script starts itself ---------------------------------------------------------

SPAWNED = """
import os
import sys
import time

import autotensor as at
import autotensor.distributed as dist
import autotensor.multiprocessing as mp

def begin(rank, size):
    os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "localhost", "{port}"
    dist.init_process_group("gloo", rank=rank, world_size=size, timeout={timeout})

def work(rank, size):
    begin(rank, size)
    {work}

if __name__ == "__main__":
    {main}
"""


def spawned(folder: Path, work: str, main: str = "", timeout: float = 30) -> str:
    """What a script says whose ranks do ``work``, on both streams, and its code."""
    main = main or "mp.spawn(work, args=(3,), nprocs=3)"
    work, main = (
        textwrap.indent(textwrap.dedent(one).strip() or "pass", "    ")[4:] for one in (work, main)
    )
    text = SPAWNED.format(port=free_port(), timeout=timeout, work=work, main=main)
    path = folder / "spawned.py"
    path.write_text(text, encoding="utf-8")
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return f"{done.stdout}{done.stderr}code {done.returncode} {time.monotonic() - begun:.0f} s"


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_spawned_processes_find_each_other(method: str, tmp_path: Path) -> None:
    said = spawned(
        tmp_path,
        """
        x = at.full((4,), rank + 1.0)
        dist.all_reduce(x)
        assert x.tolist() == [6] * 4
        dist.destroy_process_group()
        begin(rank, size)  # once more
        found = [None] * size
        dist.all_gather_object(found, os.getpid())
        if rank == 0:
            print(len(set(found)), "processes")
        """,
        f"mp.start_processes(work, (3,), 3, start_method='{method}')",
    )
    assert said.startswith("3 processes\ncode 0"), said


@pytest.mark.parametrize("method", ["spawn", "fork"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("raise KeyError('bad data')", "-- Process 1 terminated with the following error:"),
        ("sys.exit(3)", "code 3"),
        ("os.kill(os.getpid(), 9)", "spawn: process 1 was ended by the signal SIGKILL"),
    ],
    ids=["an error", "sys.exit", "killed"],
)
def test_one_that_goes_wrong_ends_the_others(
    wrong: str, words: str, method: str, tmp_path: Path
) -> None:
    said = spawned(
        tmp_path,
        f"""
        dist.all_reduce(at.ones(1))
        if rank == 1:
            {wrong}
        dist.all_reduce(at.ones(1))
        time.sleep(100)
        """,
        f"mp.start_processes(work, (3,), 3, start_method='{method}')",
    )
    assert words in said
    assert "code 1" in said
    if "KeyError" in wrong:
        assert "in work" in said
        assert "KeyError: 'bad data'" in said
    assert float(said.rpartition("code ")[2].split()[1]) < 25


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_without_spawn_end_each_other_as_well(method: str, tmp_path: Path) -> None:
    said = spawned(
        tmp_path,
        """
        dist.all_reduce(at.ones(1))
        if rank == 1:
            raise KeyError("bad data")
        dist.all_reduce(at.ones(1))
        """,
        f"""context = mp.get_context("{method}")
processes = [context.Process(target=work, args=(rank, 3)) for rank in range(3)]
for process in processes:
    process.start()
for process in processes:
    process.join()
print([process.exitcode for process in processes])""",
    )
    assert "rank 1 of 3 ends all of them:" in said
    assert "KeyError: 'bad data'" in said
    assert "[1, 1, 1]" in said


def test_a_process_that_does_not_come_is_named(tmp_path: Path) -> None:
    said = spawned(tmp_path, "", "mp.spawn(work, args=(3,), nprocs=2)", timeout=1)
    assert "the ranks [2] of 3 have not come to rank 0 in time" in said


def test_two_of_one_number_are_refused(tmp_path: Path) -> None:
    said = spawned(
        tmp_path,
        "",
        """context = mp.get_context("spawn")
processes = [context.Process(target=work, args=(rank, 3)) for rank in (0, 1, 1)]
for process in processes:
    process.start()
for process in processes:
    process.join()""",
        timeout=3,
    )
    assert "there is a rank 1 already" in said
    assert "the ranks [2] of 3 have not come" in said


def test_who_has_another_number_of_ranks_in_mind_is_refused(tmp_path: Path) -> None:
    said = spawned(
        tmp_path,
        "",
        """context = mp.get_context("spawn")
processes = [context.Process(target=work, args=one) for one in ((0, 2), (1, 3))]
for process in processes:
    process.start()
for process in processes:
    process.join()""",
        timeout=3,
    )
    assert "rank 1 of 3 is refused: rank 0 says that world_size is 2" in said


def test_spawn_under_mpiexec_says_what_to_do(tmp_path: Path) -> None:
    text = SPAWNED.format(
        port=free_port(), timeout=30, work="pass", main="mp.spawn(work, args=(2,), nprocs=2)"
    )
    path = script(tmp_path, text)
    done = subprocess.run(
        [mpiexec(), "-n", "1", sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "start that script by python alone" in done.stderr


def test_a_launcher_of_another_mpi_is_noticed(tmp_path: Path) -> None:
    """It would start several that are alone, and nobody would say so."""
    path = script(tmp_path, "import autotensor.distributed as dist\ndist.init_process_group()\n")
    told = {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **told},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "world_size is 2, but 1 by what this process was started with" in done.stderr
