"""How processes become ranks: what they are told, where they meet, and who answers for MPI."""

from __future__ import annotations

import multiprocessing
import pickle
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autotensor as at
import autotensor.distributed as dist
import autotensor.multiprocessing as mp
from autotensor.distributed import run
from autotensor.distributed.launched import environment, ranks_announced
from autotensor.distributed.rendezvous import meeting_place
from autotensor.distributed.switchboard import GREETING, Switchboard
from tests.helpers import forks_beside_threads

# -- what they are told ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        {"PMI_RANK": "3", "PMI_SIZE": "8", "MPI_LOCALRANKID": "1", "MPI_LOCALNRANKS": "2"},
        {
            "OMPI_COMM_WORLD_RANK": "3",
            "OMPI_COMM_WORLD_SIZE": "8",
            "OMPI_COMM_WORLD_LOCAL_RANK": "1",
            "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
        },
        {"PMIX_RANK": "3", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1", "SLURM_NTASKS_PER_NODE": "2"},
    ],
    ids=["MPICH", "Open MPI", "Slurm"],
)
def test_launchers_are_understood(told: dict[str, str]) -> None:
    assert environment(told) == {
        "RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
    }  # fmt: skip
    assert ranks_announced(told) == 8


def test_a_process_that_was_started_by_itself_is_told_nothing() -> None:
    assert environment({"RANK": "1", "WORLD_SIZE": "2"}) == {}
    assert ranks_announced({}) is None
    assert environment({"PMIX_RANK": "0", "SLURM_NTASKS_PER_NODE": "2(x3)"}) == {"RANK": "0"}


HERE = {"MASTER_ADDR": "one", "MASTER_PORT": "29500"}


@pytest.mark.parametrize(
    ("method", "rank", "size", "told", "place"),
    [
        (None, -1, -1, {}, None),
        ("env://", -1, -1, {}, None),
        (None, 0, 1, {}, None),
        (None, -1, 1, {}, None),
        (None, 0, -1, {}, None),
        (None, -1, -1, {"RANK": "0", "WORLD_SIZE": "1"}, None),
        (None, 1, 2, HERE, (1, 2, "one", 29500, "")),
        (None, -1, -1, {**HERE, "RANK": "1", "WORLD_SIZE": "2"}, (1, 2, "one", 29500, "")),
        ("env://?rank=2&world_size=3", -1, -1, HERE, (2, 3, "one", 29500, "")),
        (None, 0, 3, {**HERE, "RANK": "1", "WORLD_SIZE": "2"}, (0, 3, "one", 29500, "")),
        ("tcp://10.1.1.20:23456", 1, 4, {}, (1, 4, "10.1.1.20", 23456, "")),
        ("tcp://[::1]:23456?rank=1&world_size=4", -1, -1, {}, (1, 4, "::1", 23456, "")),
        ("file:///tmp/shared%20file", 0, 2, {}, (0, 2, "127.0.0.1", 0, "/tmp/shared file")),
    ],
)
def test_where_processes_meet(
    method: str | None, rank: int, size: int, told: dict[str, str], place: Any
) -> None:
    assert meeting_place(method, rank, size, told) == place


@pytest.mark.parametrize(
    ("method", "rank", "size", "told", "words"),
    [
        ("http://one", 0, 2, {}, "must begin with env://, tcp:// or file://, got 'http://one'"),
        (None, 2, 2, HERE, "rank must be from 0 to world_size - 1, got rank=2 and world_size=2"),
        (None, -1, 2, HERE, "got rank=-1 and world_size=2"),
        ("tcp://one:1", 0, -1, {}, "got rank=0 and world_size=-1"),
        (None, 0, 2, {}, "rank 0 of 2 has no address to meet the others at: set MASTER_ADDR"),
        (None, 0, 2, {"MASTER_ADDR": "one"}, "no address .* or start the script by mpiexec -n 2"),
        ("tcp://one", 0, 2, HERE, "no address"),
        (None, 0, 2, {**HERE, "MASTER_PORT": "99999"}, "no address"),
        (None, 0, 2, {**HERE, "MASTER_PORT": "x"}, "MASTER_PORT must be a whole number, got 'x'"),
        (None, -1, -1, {"RANK": "a", "WORLD_SIZE": "2"}, "RANK must be a whole number"),
    ],
)
def test_what_says_too_little_or_too_much_is_refused(
    method: str | None, rank: int, size: int, told: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        meeting_place(method, rank, size, told)


# -- who answers for MPI ---------------------------------------------------------------------------


class Caller:
    """One of the two lines of a rank, as MPI and as ``rendezvous`` use them."""

    def __init__(self, address: tuple[str, int], kind: str, rank: int, size: int = 2) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.file = self.socket.makefile("rw", encoding="utf-8", newline="\n")
        self.say(f"{GREETING} {kind} {rank} {size} {10**7 + rank} nowhere")

    def say(self, words: str) -> None:
        self.file.write(f"{words}\n")
        self.file.flush()

    def hear(self) -> str:
        return self.file.readline().strip()

    def ask(self, words: str) -> str:
        self.say(words)
        return self.hear()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Of a switchboard for two."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = listener.getsockname()
    serving = threading.Thread(target=Switchboard(listener, 2).serve)
    serving.start()
    yield found
    serving.join(timeout=10)
    assert not serving.is_alive()  # it is gone with the last line


def both(address: tuple[str, int]) -> tuple[list[Caller], list[Caller]]:
    """The lines and the watches of two ranks, which have been told to begin."""
    lines = [Caller(address, "line", rank) for rank in (0, 1)]
    watches = [Caller(address, "watch", rank) for rank in (0, 1)]
    for watch in watches:
        heard = [watch.hear()]
        while heard[-1] != "begin":
            heard.append(watch.hear())
        assert "here 0 1" in heard
    return lines, watches


def test_values_cross_at_a_barrier(address: tuple[str, int]) -> None:
    lines, watches = both(address)
    with socket.socket() as another:
        names = {Switchboard(another, 2).name}
    for rank, line in enumerate(lines):
        assert "pmi_version=1" in line.ask("cmd=init pmi_version=1 pmi_subversion=1")
        assert "keylen_max=" in line.ask("cmd=get_maxes")
        assert line.ask("cmd=get_appnum") == "cmd=appnum rc=0 appnum=0"
        assert line.ask("cmd=get_universe_size").endswith("size=2")
        name = line.ask("cmd=get_my_kvsname").rpartition("=")[2]
        put = line.ask(f"cmd=put kvsname={name} key=card-{rank} value=at=:{rank}")
        assert put == "cmd=put_result rc=0 msg=success"
        names.add(name)
    assert len(names) == 2  # the same for both, and another job has another
    lines[0].say("cmd=barrier_in")
    assert not select.select([lines[0].socket], [], [], 0.2)[0]  # waits for the other
    lines[1].say("cmd=barrier_in")
    assert [line.hear() for line in lines] == ["cmd=barrier_out rc=0"] * 2
    got = lines[0].ask("cmd=get kvsname=job key=card-1")
    assert got == "cmd=get_result rc=0 msg=success value=at=:1"
    assert "rc=-1" in lines[0].ask("cmd=get kvsname=job key=nothing")
    assert "rc=-1" in lines[0].ask("cmd=nonsense")
    mapping = lines[0].ask("cmd=get kvsname=job key=PMI_process_mapping")
    assert mapping.endswith("value=(vector,(0,1,2))")  # both on one machine
    for line in lines:
        assert line.ask("cmd=finalize") == "cmd=finalize_ack rc=0"
    for one in (*lines, *watches):
        one.close()


def test_a_rank_that_ends_without_a_word_is_told_to_the_others(address: tuple[str, int]) -> None:
    lines, watches = both(address)
    lines[1].close()
    assert watches[0].hear() == "ended 1"
    for one in (lines[0], *watches):
        one.close()


def test_who_aborts_ends_the_others_with_its_code(address: tuple[str, int]) -> None:
    lines, watches = both(address)
    lines[0].say("cmd=abort exitcode=3 message=bad_data")
    assert watches[1].hear() == "aborted 0 3"
    for one in (*lines, *watches):
        one.close()


def test_an_end_in_order_is_told_to_nobody(address: tuple[str, int]) -> None:
    lines, watches = both(address)
    lines[1].ask("cmd=finalize")
    lines[1].close()
    watches[1].close()
    watches[0].socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        watches[0].hear()
    lines[0].ask("cmd=finalize")
    lines[0].close()
    watches[0].socket.close()
    watches[0].file.detach()


@pytest.mark.parametrize(
    ("rank", "size", "words"),
    [(0, 2, "there is a rank 0 already"), (1, 3, "rank 0 says that world_size is 2")],
)
def test_who_does_not_fit_is_refused(
    address: tuple[str, int], rank: int, size: int, words: str
) -> None:
    own = [Caller(address, kind, 0) for kind in ("line", "watch")]
    stranger = Caller(address, "line", rank, size)
    assert words in stranger.hear()
    browser = socket.create_connection(address)
    browser.sendall(b"GET / HTTP/1.1\n")
    assert b"another program" in browser.recv(200)
    for one in (*own, stranger, browser):
        one.close()


def test_who_waits_hears_that_rank_0_has_given_up(address: tuple[str, int]) -> None:
    own = [Caller(address, kind, 0) for kind in ("line", "watch")]
    other = Caller(address, "watch", 1)
    other.hear()
    own[0].close()
    assert other.hear() == "refused rank 0 waits no longer"
    for one in (own[1], other):
        one.close()


# -- what is started -------------------------------------------------------------------------------


def test_a_command_line_of_torchrun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "find_mpiexec", lambda: "mpiexec")
    monkeypatch.delenv("AUTOTENSOR_NUM_THREADS", raising=False)
    start, settings = run.command(
        ["--standalone", "--nproc-per-node=2", "--rdzv-backend=c10d", "train.py", "-m", "--lr", "1"]
    )
    assert start[:3] == ["mpiexec", "-n", "2"]
    assert start[-4:] == ["train.py", "-m", "--lr", "1"]
    assert settings["MASTER_ADDR"] == "127.0.0.1"
    assert settings["TORCHELASTIC_RUN_ID"] == "none"  # torchrun's word where there is no --rdzv-id
    assert int(settings["AUTOTENSOR_NUM_THREADS"]) >= 1
    monkeypatch.setenv("AUTOTENSOR_NUM_THREADS", "5")
    assert run.command(["-m", "package.train"])[1]["AUTOTENSOR_NUM_THREADS"] == "5"
    assert run.command(["-m", "package.train"])[0][-2:] == ["-m", "package.train"]


def test_on_one_machine_each_has_its_share_of_the_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "find_mpiexec", lambda: "mpiexec")
    monkeypatch.setattr(run, "_processors", lambda: range(12))
    monkeypatch.delenv("AUTOTENSOR_NUM_THREADS", raising=False)
    for word, count, threads in (("1", 1, 12), ("5", 5, 2), ("100", 100, 1), ("auto", 12, 1)):
        start, settings = run.command(["--nproc-per-node", word, "train.py"])
        assert start[2] == str(count)
        assert settings["AUTOTENSOR_NUM_THREADS"] == str(threads)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("HYDRA build details:", ["-n", "6", "-f", "hosts", "-ppn", "3"]),
        ("mpiexec (Open MPI) 5.0", ["-n", "6", "--hostfile", "hosts", "--map-by", "ppr:3:node"]),
    ],
)
def test_a_hostfile_goes_to_the_launcher_in_its_words(
    says: str, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    launcher = tmp_path / "mpiexec"
    launcher.write_text(f"#!/bin/sh\necho '{says}'\n")
    launcher.chmod(0o755)
    (tmp_path / "hosts").write_text("one\ntwo\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "find_mpiexec", lambda: str(launcher))
    start, settings = run.command(
        ["--nnodes", "2", "--nproc-per-node", "3", "--hostfile", "hosts", "train.py"]
    )
    assert start[1 : 1 + len(words)] == words
    assert "AUTOTENSOR_NUM_THREADS" not in settings  # machines may differ: each finds its own


def test_without_mpi4py_run_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['mpi4py'] = None; from autotensor.distributed.run import main; "
    done = subprocess.run(
        [sys.executable, "-c", code + "main(['train.py'])"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.endswith("pip install 'autotensor[mpi]'\n")
    assert "Traceback" not in done.stderr


# -- what scripts ask ------------------------------------------------------------------------------


@pytest.fixture
def alone() -> Iterator[None]:
    dist.init_process_group("gloo")
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("alone")
def test_a_rank_is_chosen_by_one_of_its_numbers() -> None:
    x = at.ones(2)
    dist.broadcast(x, group_src=0)
    dist.reduce(x, group_dst=0)
    dist.isend(x, group_dst=0)
    assert dist.recv(x, group_src=0) == 0
    with pytest.raises(ValueError, match="broadcast: give src or group_src"):
        dist.broadcast(x)
    with pytest.raises(ValueError, match="reduce: give dst or group_dst, not both"):
        dist.reduce(x, 0, group_dst=0)
    with pytest.raises(ValueError, match="isend: group_dst must be from 0 to 0, got 3"):
        dist.isend(x, group_dst=3)
    with pytest.raises(ValueError, match=r"gather: dst must be one of the ranks \[0\], got 1"):
        dist.gather(x, [x], 1)


@pytest.mark.usefixtures("alone")
def test_letters_in_a_batch() -> None:
    x, y = at.arange(3.0), at.zeros(3)
    letters = [dist.P2POp(dist.irecv, y, group_peer=0), dist.P2POp(dist.isend, x, 0)]
    works = dist.batch_isend_irecv(letters[::-1])
    assert all(work.wait() for work in works)
    assert y.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"op must be distributed.isend or distributed.irecv"):
        dist.P2POp(dist.all_reduce, x, 0)
    with pytest.raises(ValueError, match="one P2POp at least"):
        dist.batch_isend_irecv([])


@pytest.mark.usefixtures("alone")
def test_a_letter_of_another_dtype_or_length_is_refused() -> None:
    for sent in (at.arange(3, dtype=at.int32), at.zeros(2), at.zeros(4)):
        dist.send(sent, 0)
        with pytest.raises(RuntimeError, match="send and receive the same shape and dtype"):
            dist.recv(y := at.ones(3), 0)
        assert y.tolist() == [1, 1, 1]


@pytest.mark.usefixtures("alone")
def test_what_cannot_be_written_receives_nothing() -> None:
    x, wide = at.ones(3), at.zeros(1).expand(3)
    calls = {
        "all_reduce": lambda: dist.all_reduce(wide),
        "reduce": lambda: dist.reduce(wide, 0),
        "reduce_scatter": lambda: dist.reduce_scatter(wide, [x]),
        "reduce_scatter_tensor": lambda: dist.reduce_scatter_tensor(wide, x),
        "scatter": lambda: dist.scatter(wide, [x]),
        "all_gather": lambda: dist.all_gather([wide], x),
        "all_gather_into_tensor": lambda: dist.all_gather_into_tensor(wide, x),
        "gather": lambda: dist.gather(x, [wide]),
        "all_to_all": lambda: dist.all_to_all([wide], [x]),
        "all_to_all_single": lambda: dist.all_to_all_single(wide, x),
        "irecv": lambda: dist.recv(wide, 0),
    }
    for name, call in calls.items():
        with pytest.raises(RuntimeError, match=rf"{name}: .*clone\(\) it before writing"):
            call()
    with pytest.raises(ValueError, match=r"must have one dtype, got \['int32', 'float32'\]"):
        dist.all_to_all([at.zeros(3)], [at.ones(3, dtype=at.int32)])


@pytest.mark.usefixtures("alone")
def test_groups_of_a_size() -> None:
    own, everything = dist.new_subgroups(1)
    assert (own.ranks, len(everything)) == ((0,), 1)
    assert dist.get_global_rank(own, 0) == dist.get_group_rank(own, 0) == 0
    with pytest.raises(ValueError, match="must divide the number of ranks, 1, got 2"):
        dist.new_subgroups(2)
    with pytest.raises(ValueError, match=r"a rank must be in one group only, got \[\[0\], \[0\]\]"):
        dist.new_subgroups_by_enumeration([[0], [0]])
    with pytest.raises(ValueError, match="group_rank must be from 0 to 0, got 1"):
        dist.get_global_rank(own, 1)


def test_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dist.is_gloo_available()
    assert not dist.is_nccl_available()
    assert dist.Backend("NCCL") == dist.Backend.NCCL == "nccl"
    assert dist.reduce_op.SUM is dist.ReduceOp.SUM
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with pytest.raises(RuntimeError, match="LOCAL_RANK is not in the environment"):
        dist.get_node_local_rank()
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert dist.get_node_local_rank() == 3
    monkeypatch.setenv("PMI_RANK", "0")
    assert not dist.is_torchelastic_launched()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    assert dist.is_torchelastic_launched()
    assert dist.default_pg_timeout.total_seconds() == 600
    assert issubclass(dist.DistNetworkError, dist.DistError)


def test_record_is_found_where_scripts_look() -> None:
    from autotensor.distributed.elastic.multiprocessing.errors import record

    @record
    def main(x: int) -> int:
        """Trains."""
        return x + 1

    assert (main(2), main.__name__, main.__doc__) == (3, "main", "Trains.")


# -- processes that a script starts ----------------------------------------------------------------


def wait_or_fail(number: int, how: str) -> None:
    if number == 1:
        if how == "killed":
            import os
            import signal

            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyError("bad data")
    time.sleep(60)


def test_the_error_of_a_process_is_raised_and_the_others_are_ended() -> None:
    begun = time.monotonic()
    with pytest.raises(mp.ProcessRaisedException, match="KeyError: 'bad data'") as caught:
        mp.spawn(wait_or_fail, args=("raises",), nprocs=2)
    assert "in wait_or_fail" in str(caught.value)
    assert caught.value.error_index == 1
    assert time.monotonic() - begun < 30
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.error_pid) == (str(caught.value), caught.value.error_pid)


def test_where_one_cannot_be_started_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = multiprocessing.active_children()
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        mp.start_processes(lambda number: None, nprocs=2, start_method="spawn")
    assert not list(tmp_path.iterdir())
    assert multiprocessing.active_children() == before


@forks_beside_threads
def test_a_process_that_is_killed_is_named_with_the_signal() -> None:
    with pytest.raises(mp.ProcessExitedException, match=r"process 1 .* signal SIGKILL") as caught:
        mp.start_processes(wait_or_fail, ("killed",), 2, start_method="fork")
    assert (caught.value.exit_code, caught.value.signal_name) == (-9, "SIGKILL")
    assert pickle.loads(pickle.dumps(caught.value)).exit_code == -9


def nothing(number: int) -> None:
    """Ends at once."""


def test_a_context_is_joined_bit_by_bit() -> None:
    context = mp.spawn(nothing, nprocs=2, join=False)
    assert isinstance(context, mp.ProcessContext)
    assert len(context.pids()) == 2
    while not context.join(timeout=20):
        pass
    assert context.join()
