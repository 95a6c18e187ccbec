"""Several processes, of which one dies, hangs, is slow, or does something else than the others."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.mpi import HEAD, HEARING, ROOT, mpiexec, passes, run_ranks, run_script

pytestmark = pytest.mark.works_with("MPI", "ranks that die, hang or leave end the whole job")


def ended(program: str, folder: Path, count: int = 3, timeout: float = 30) -> str:
    """What a job says that must not succeed."""
    done = run_ranks(count, program, folder, timeout)
    assert done.returncode != 0, done.stdout + done.stderr
    return done.stderr + done.stdout


# -- it does something else ------------------------------------------------------------------------


def test_who_calls_what_is_said_where_they_differ(tmp_path: Path) -> None:
    """Each case in a group of its own, for such a group is of no use afterwards."""
    program = """
    import os

    x, two = at.ones(3), at.ones(2)
    model = DDP(nn.Linear(2, 1))

    def backward(group):
        DDP(nn.Linear(2, 1), process_group=group)(at.ones(1, 2)).sum().backward()

    cases = {
        "order": (lambda g: dist.all_reduce(x, group=g), lambda g: dist.broadcast(x, 0, g)),
        "shape": (lambda g: dist.all_reduce(x, group=g), lambda g: dist.all_reduce(two, group=g)),
        "turned": (lambda g: dist.all_reduce(at.ones(2, 3), group=g),
                   lambda g: dist.all_reduce(at.ones(3, 2), group=g)),
        "dtype": (lambda g: dist.all_reduce(x, group=g),
                  lambda g: dist.all_reduce(at.ones(3, dtype=at.int32), group=g)),
        "operation": (lambda g: dist.all_reduce(x, group=g),
                      lambda g: dist.all_reduce(x, dist.ReduceOp.MAX, g)),
        "source": (lambda g: dist.broadcast(x, 0, g), lambda g: dist.broadcast(x, 1, g)),
        "gather": (lambda g: dist.all_gather([at.zeros(3)] * 3, x, g),
                   lambda g: dist.all_gather([at.zeros(2)] * 3, two, g)),
        "parts": (lambda g: dist.reduce_scatter_tensor(at.zeros(1), x, group=g),
                  lambda g: dist.reduce_scatter_tensor(at.zeros(2), at.ones(6), group=g)),
        "objects": (lambda g: dist.all_gather_object([None] * 3, 1, g),
                    lambda g: dist.barrier(g)),
        "later": (lambda g: dist.all_reduce(x, group=g, async_op=True).wait(),
                  lambda g: dist.barrier(g, async_op=True).wait()),
    }
    for name, calls in cases.items():
        group = dist.new_group()
        try:
            calls[rank == 1](group)
            print(name, "went through", flush=True)
        except RuntimeError as error:
            if rank == 2:
                print(f"{name}: {error}", flush=True)
        try:
            dist.barrier(group)
            print(name, "has another barrier", flush=True)
        except RuntimeError as error:
            assert "different calls" in str(error)
    dist.barrier()
    os._exit(0)  # what was begun cannot end
    """
    done = run_ranks(3, program, tmp_path)
    # Who is a moment later than the first to end is killed by the launcher.
    assert done.returncode in (0, 9), done.stdout + done.stderr
    for line in (
        r"order: .* ranks 0, 2: all_reduce of \(3,\) float32 by SUM; rank 1: broadcast of \(3,\) "
        r"float32 from rank 0\. Every rank must",
        r"shape: .*rank 1: all_reduce of \(2,\) float32",
        r"turned: .*rank 1: all_reduce of \(3, 2\) float32",
        r"dtype: .*rank 1: all_reduce of \(3,\) int32",
        r"operation: .*by SUM; rank 1: .*by MAX",
        r"source: .*from rank 0; rank 1: broadcast of \(3,\) float32 from rank 1",
        r"gather: .*rank 1: all_gather of \(2,\)",
        r"parts: .*rank 1: reduce_scatter_tensor of \(6,\)",
        r"objects: .*all_gather_object; rank 1: barrier",
        r"later: .*all_reduce of \(3,\) float32 by SUM; rank 1: barrier",
    ):
        assert re.search(line, done.stdout), f"{line}\n{done.stdout}"
    assert "went through" not in done.stdout
    assert "has another barrier" not in done.stdout


BACKWARD = "model(at.ones(1, 2)).sum().backward()"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("dist.all_reduce(at.ones(3))",
         r"backward 2 of DistributedDataParallel\(Linear\); rank 1: all_reduce of \(3,\)"),
        ("dist.destroy_process_group()",
         r"backward 2 of DistributedDataParallel\(Linear\); rank 1: destroy_process_group"),
        ("sys.exit()", r"rank 1 has ended, and rank"),
    ],
)  # fmt: skip
def test_one_that_makes_no_backward(own: str, said: str, tmp_path: Path) -> None:
    words = ended(
        f"""
        model = DDP(nn.Linear(2, 1))
        {BACKWARD}
        if rank == 1:
            {own}
        {BACKWARD}
        """,
        tmp_path,
    )
    assert re.search(said, words), words
    assert "ends all of them" in words


@pytest.mark.parametrize("cap", [0.00001, None])
def test_a_backward_that_one_has_given_up_is_not_averaged(
    cap: float | None, tmp_path: Path
) -> None:
    """Its error was caught, after the first bucket had left, or before the only one."""
    words = ended(
        f"""
        class Careless(at.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 1
            @staticmethod
            def backward(ctx, g):
                if rank == 1 and step == 1:
                    raise MemoryError("no room")
                return g

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 1)
            def forward(self, x):
                return self.last(Careless.apply(self.first(x)))

        model = DDP(Net(), bucket_cap_mb={cap})
        for step in range(3):
            try:
                model(at.ones(1, 2)).sum().backward()
            except MemoryError:
                pass
        """,
        tmp_path,
        2,
    )
    assert "(Net): a process has begun this backward and not finished" in words


def test_a_message_of_another_length_or_dtype_is_refused(tmp_path: Path) -> None:
    for sent, said in (
        ("2", r"the message from rank 0 has 8 bytes of dtype float32, but tensor has shape .*\(3,"),
        ("5", r"irecv: rank 1: .*must be as long"),
        ("3, dtype=at.int32", r"12 bytes of dtype int32, but tensor .* float32, 12 bytes"),
    ):
        words = ended(
            f"""
            if rank == 0:
                dist.send(at.ones({sent}), dst=1)
                dist.barrier()
            else:
                dist.recv(at.zeros(3), src=0)
            """,
            tmp_path,
            2,
        )
        assert re.search(said, words), words


def test_an_error_belongs_to_its_own_exchange(tmp_path: Path) -> None:
    """What comes after it goes on, whether somebody has waited for it or not."""
    passes(
        2,
        """
        def raises(ask):
            try:
                ask()
            except RuntimeError as error:
                assert "12 bytes of dtype int32, but tensor" in str(error), error
                return error
            raise AssertionError

        for waits in (True, False):
            if rank == 0:
                dist.send(at.ones(3, dtype=at.int32), dst=1)
            else:
                work = dist.irecv(found := at.zeros(3), src=0)
                if waits:
                    raises(work.wait)
            for number in range(3):
                dist.all_reduce(x := at.ones(2))
                assert x.tolist() == [2, 2]
                dist.barrier(async_op=True)
            if rank == 1:
                error = raises(work.wait)
                assert error is raises(work.is_completed) is work.exception()
                assert work.is_over() and not work.is_success() and found.tolist() == [0, 0, 0]
        work = dist.barrier(async_op=True)
        assert work.wait() and work.is_success() and work.exception() is None
        """,
        tmp_path,
    )


def test_lists_of_objects_of_other_lengths_are_refused(tmp_path: Path) -> None:
    passes(
        2,
        """
        def said(ask):
            try:
                ask()
            except ValueError as error:
                return str(error)
            raise AssertionError

        there = ["a", "b"] if rank == 0 else [None]
        if rank == 0:
            dist.broadcast_object_list(there, 0)
            dist.send_object_list(there, 1)
        else:
            for ask in (dist.broadcast_object_list, dist.recv_object_list):
                words = said(lambda: ask(there, 0))
                assert "object_list has 1 places, but rank 0 gives 2 objects" in words, words
        assert "for each of the 2 ranks, got 1" in said(lambda: dist.all_gather_object([0], 1))
        """,
        tmp_path,
    )


def test_who_is_not_in_a_group_takes_no_part_in_its_exchanges(tmp_path: Path) -> None:
    """And is warned, as in PyTorch; a message to one of them is refused."""
    passes(
        2,
        """
        import warnings

        group = dist.new_group([0])
        x, one, parts = at.ones(2), at.zeros(1), [at.zeros(2)]
        calls = {
            "all_reduce": lambda: dist.all_reduce(x, group=group),
            "all_reduce ": lambda: dist.all_reduce(x, dist.ReduceOp.SUM, group, True),
            "reduce": lambda: dist.reduce(x, 0, group=group),
            "broadcast": lambda: dist.broadcast(x, 0, group),
            "scatter": lambda: dist.scatter(x, [at.ones(2)] * (rank == 0), 0, group),
            "gather": lambda: dist.gather(x, parts if rank == 0 else None, 0, group),
            "all_gather": lambda: dist.all_gather(parts, x, group),
            "all_gather_into_tensor": lambda: dist.all_gather_into_tensor(parts[0], x, group),
            "reduce_scatter": lambda: dist.reduce_scatter(x, [x], group=group),
            "reduce_scatter_tensor": lambda: dist.reduce_scatter_tensor(x, x, group=group),
            "all_to_all": lambda: dist.all_to_all(parts, [x], group),
            "all_to_all_single": lambda: dist.all_to_all_single(parts[0], x, group=group),
            "barrier": lambda: dist.barrier(group),
            "monitored_barrier": lambda: dist.monitored_barrier(group),
            "all_gather_object": lambda: dist.all_gather_object([None], 1, group),
            "gather_object": lambda: dist.gather_object(1, [None] * (rank == 0), 0, group),
            "broadcast_object_list": lambda: dist.broadcast_object_list([1], 0, group),
            "scatter_object_list": lambda: dist.scatter_object_list([None], [1], 0, group),
        }
        for name, call in calls.items():
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                found = call()
            if rank == 1:
                assert found is None and x.tolist() == [1, 1] and parts[0].tolist() == [0, 0]
            words = [str(each.message) for each in heard]
            said = f"distributed.{name.strip()}: rank 1 is not in that group, so nothing is done"
            assert words == [said] * (rank == 1), words
            assert all(each.filename == __file__ for each in heard)
        if rank == 1:
            try:
                dist.send(x, 0, group)
            except ValueError as error:
                assert "this process is not in that group" in str(error)
            else:
                raise AssertionError
        """,
        tmp_path,
    )


# -- it is gone ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os._exit(5)", ""),
        ("os.kill(os.getpid(), 9)", ""),
        ("sys.exit(0)", "rank 1 has ended, and rank"),
        ("raise MemoryError", "MemoryError"),
        ("np.empty(1 << 50)", "Unable to allocate"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise RecursionError", "RecursionError"),
    ],
)
def test_one_that_is_gone_amid_a_step(end: str, said: str, tmp_path: Path) -> None:
    begun = time.monotonic()
    words = ended(
        f"""
        import os

        model = DDP(nn.Linear(2, 1))
        model(at.ones(1, 2)).sum().backward()
        if rank == 1:
            {end}
        model(at.ones(1, 2)).sum().backward()
        """,
        tmp_path,
        timeout=60,
    )
    assert said in words
    assert time.monotonic() - begun < 40


@pytest.mark.parametrize("end", ["raise ValueError('no data')", "os._exit(0)", "time.sleep(60)"])
def test_one_that_never_begins(end: str, tmp_path: Path) -> None:
    """MPI would have the others wait for ever."""
    begun = time.monotonic()
    script = tmp_path / "script.py"
    head = f"import os, time\nif os.environ['PMI_RANK'] == '1':\n    {end}\n"
    script.write_text(head + HEAD.format(timeout=2), encoding="utf-8")
    done = run_script(3, script)
    assert done.returncode != 0
    assert re.search(r"rank [02] has waited 2 seconds for the others to call this", done.stderr)
    assert ("no data" in end) == ("ValueError: no data" in done.stderr)
    assert time.monotonic() - begun < 40


def test_one_without_memory_ends_all(tmp_path: Path) -> None:
    """All of it is gone, also that for a message."""
    words = ended(
        """
        import resource

        if rank == 1:
            used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + (32 << 20), -1))
            hold = []
            size = 1 << 22
            while size:
                try:
                    hold.append(bytearray(size))
                except MemoryError:
                    size //= 2
            hold.append([None] * 100_000)
        dist.all_reduce(at.ones(1))
        """,
        tmp_path,
    )
    assert "MemoryError" in words or "rank 1" in words or "memory" in words.lower()


# -- it does not come ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hang",
    [
        "while True:\n    pass",
        "time.sleep(100)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "thread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthreading.Event().wait()",
    ],
    ids=["computes", "sleeps", "is stopped", "waits for a thread that has failed"],
)
def test_who_does_not_come_is_named(hang: str, tmp_path: Path) -> None:
    begun = time.monotonic()
    program = (
        "import os, signal, threading\nmodel = DDP(nn.Linear(2, 1))\n"
        "if rank == 1:\n" + "".join(f"    {line}\n" for line in hang.split("\n")) + BACKWARD
    )
    words = ended(program, tmp_path, timeout=2)
    assert "has waited 2 seconds for the ranks [1], which have not come" in words
    assert re.search(r"rank [02] of 3 ends all of them", words)
    assert time.monotonic() - begun < 40


def test_a_stopped_rank_that_goes_on_in_time_is_waited_for(tmp_path: Path) -> None:
    done = run_ranks(
        2,
        """
        import os
        import signal
        import threading

        found = [None] * ranks
        dist.all_gather_object(found, os.getpid())
        if rank == 0:
            os.kill(found[1], signal.SIGSTOP)
            threading.Timer(1.0, os.kill, (found[1], signal.SIGCONT)).start()
        model = DDP(nn.Linear(2, 1))
        for _ in range(3):
            model(at.ones(1, 2) * rank).sum().backward()
        assert model.module.weight.grad.tolist() == [[1.5, 1.5]]
        dist.destroy_process_group()
        """,
        tmp_path,
        timeout=5,
    )
    assert done.returncode == 0, done.stderr


def test_ctrl_c_ends_all(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    body = """
import os
print("pid", os.getpid(), flush=True)
while True:
    dist.all_reduce(at.ones(1))
"""
    script.write_text(HEAD.format(timeout=30) + body, encoding="utf-8")
    job = subprocess.Popen(
        [*HEARING, mpiexec(), "-n", "2", sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert job.stdout is not None
    pids = []
    while len(pids) < 2:
        line = job.stdout.readline()
        assert line, "it ended by itself"
        pids += [int(one) for one in re.findall(r"pid (\d+)", line)]
    job.send_signal(signal.SIGINT)
    begun = time.monotonic()
    try:
        job.communicate(timeout=20)
    finally:
        job.kill()
    assert job.returncode != 0
    while any(Path(f"/proc/{one}").exists() for one in pids):
        assert time.monotonic() - begun < 20, "ranks are left behind"
        time.sleep(0.05)
