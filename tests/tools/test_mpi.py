"""Several processes, started by a real ``mpiexec``: exchanges, training, and how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.mpi import ROOT, mpiexec, passes, run_ranks

EXCHANGES = pytest.mark.works_with("MPI", "exchanges between processes, by mpi4py and MPICH")
TRAINING = pytest.mark.works_with("MPI", "DistributedDataParallel in 2 and 4 processes")
ENDS = pytest.mark.works_with("MPI", "ranks that die, hang or leave end the whole job")


# -- exchanges -------------------------------------------------------------------------------------


@EXCHANGES
@pytest.mark.parametrize("count", [2, 4])
def test_exchanges(count: int, tmp_path: Path) -> None:
    passes(
        count,
        """
        everybody = list(range(ranks))

        x = at.full((3, 2), rank + 1.0)
        dist.all_reduce(x)
        assert x.tolist() == [[sum(everybody) + ranks] * 2] * 3
        for op, value in (
            ("AVG", (ranks + 1) / 2), ("MIN", 1), ("MAX", ranks),
            ("PRODUCT", np.prod(range(1, ranks + 1))),
        ):
            for dtype in (at.float16, at.float32, at.float64):
                x = at.full((3,), rank + 1.0, dtype=dtype)
                dist.all_reduce(x, getattr(dist.ReduceOp, op))
                assert x.dtype == dtype and x.tolist() == [value] * 3, (op, dtype, x)
        turned = at.arange(6).reshape(2, 3).T * (rank + 1)
        dist.all_reduce(turned, op=dist.ReduceOp.MAX)
        assert turned.tolist() == [[0, 3 * ranks], [ranks, 4 * ranks], [2 * ranks, 5 * ranks]]
        bits = at.tensor([1 << rank])
        dist.all_reduce(bits, dist.ReduceOp.BOR)
        assert bits.item() == (1 << ranks) - 1
        flags = at.tensor([True, rank == 0])
        dist.all_reduce(flags, dist.ReduceOp.MIN)
        assert flags.tolist() == [True, False]

        x = at.tensor([float(rank)])
        dist.reduce(x, dst=1)
        assert x.item() == (sum(everybody) if rank == 1 else rank)
        part = at.zeros(2)
        dist.reduce_scatter_tensor(part, at.arange(2.0 * ranks))
        assert part.tolist() == [2 * rank * ranks, (2 * rank + 1) * ranks]
        part = at.zeros(2)
        dist.reduce_scatter(part, [at.full((2,), float(to)) for to in everybody])
        assert part.tolist() == [rank * ranks] * 2

        x = at.full((2,), rank)
        dist.broadcast(x, src=ranks - 1)
        assert x.tolist() == [ranks - 1] * 2
        x = at.zeros(2)
        shares = [at.full((2,), float(to)) for to in everybody]
        dist.scatter(x, shares if rank == 1 else None, src=1)
        assert x.tolist() == [rank] * 2
        found = [at.zeros(2) for _ in everybody]
        dist.all_gather(found, at.full((2,), float(rank)))
        assert [one.tolist() for one in found] == [[float(one)] * 2 for one in everybody]
        joined = at.zeros(ranks, 2, dtype=at.bool)
        dist.all_gather_into_tensor(joined, at.tensor([True, rank == 1]))
        assert joined.tolist() == [[True, one == 1] for one in everybody]
        found = [at.zeros(1) for _ in everybody] if rank == 0 else None
        dist.gather(at.tensor([float(rank)]), found, dst=0)
        assert rank or [one.item() for one in found] == everybody
        out = at.zeros(ranks)
        dist.all_to_all_single(out, at.arange(ranks) + 10.0 * rank)
        assert out.tolist() == [10.0 * one + rank for one in everybody]
        lengths = [to + 1 for to in everybody]
        out = at.zeros(ranks * (rank + 1), 2)
        given = at.full((sum(lengths), 2), float(rank))
        dist.all_to_all_single(out, given, [rank + 1] * ranks, lengths)
        assert out[:, 0].tolist() == [float(one) for one in everybody for _ in range(rank + 1)]
        found = [at.zeros(one + 1) for one in everybody]
        dist.all_to_all(found, [at.full((rank + 1,), 10.0 * rank + to) for to in everybody])
        wanted = [[10.0 * one + rank] * (one + 1) for one in everybody]
        assert [one.tolist() for one in found] == wanted

        if rank == 0:
            dist.send(at.tensor([7.0]), dst=1, tag=3)
        if rank == 1:
            x = at.zeros(1)
            assert dist.recv(x, tag=3) == 0 and x.item() == 7

        found = [None] * ranks
        dist.all_gather_object(found, {"rank": rank, "text": "x" * 1000 * rank})
        assert [one["rank"] for one in found] == everybody
        assert [len(one["text"]) for one in found] == [1000 * one for one in everybody]
        found = [None, None] if rank else ["a", 1]
        dist.broadcast_object_list(found)
        assert found == ["a", 1]
        found = [None]
        dist.scatter_object_list(found, [f"for {to}" for to in everybody] if rank == 0 else None)
        assert found == [f"for {rank}"]
        found = [None] * ranks if rank == 1 else None
        dist.gather_object(rank, found, dst=1)
        assert rank != 1 or found == everybody

        ends = dist.new_group([0, ranks - 1])
        assert (ends is dist.GroupMember.NON_GROUP_MEMBER) == (rank not in (0, ranks - 1))
        if rank in (0, ranks - 1):
            x = at.tensor([float(rank)])
            dist.all_reduce(x, group=ends)
            assert x.item() == ranks - 1 and dist.get_world_size(ends) == 2
        work = dist.all_reduce(x := at.ones(1), async_op=True)
        assert work.wait() and work.is_completed() and x.item() == ranks
        dist.barrier()
        dist.monitored_barrier()
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@EXCHANGES
def test_who_does_not_come_to_a_barrier_is_named(tmp_path: Path) -> None:
    said = passes(
        2,
        """
        from datetime import timedelta

        if rank == 0:
            try:
                dist.monitored_barrier(timeout=timedelta(seconds=0.2))
            except RuntimeError as error:
                print(error)
        else:
            time.sleep(1)
            import os

            os._exit(0)
        """,
        tmp_path,
    )
    assert "after 0.2 seconds the ranks [1] have not come" in said


# -- training --------------------------------------------------------------------------------------

NETWORK = """
def network():
    at.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.SyncBatchNorm(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(4 * 5 * 5, 20), nn.Tanh(), nn.Linear(20, 10),
    ).double()

def train(model, share):
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    draw = np.random.default_rng(0)
    for step in range(6):
        x = at.tensor(draw.normal(size=(16, 1, 12, 12)))[share]
        y = at.tensor(draw.integers(0, 10, size=16))[share]
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()

def apart(one, other):
    ours, theirs = one.state_dict(), other.state_dict()
    return max(abs(ours[key] - theirs[key]).max().item() for key in ours)
"""


@TRAINING
@pytest.mark.parametrize("count", [2, 4])
def test_several_learn_what_one_learns_from_the_whole_batch(count: int, tmp_path: Path) -> None:
    """With BatchNorm over all processes, buckets of every size, read in memory or summed by MPI,
    and other weights at the start."""
    program = (
        NETWORK
        + """
alone = network()
alone[1].__class__ = nn.BatchNorm2d  # the same parameters, statistics of its own batch
train(alone, slice(None))
from nn.parallel import buckets
for near, cap in ((8, 0.0001), (8, None), (0, 0.0001), (0, 0.005), (0, None)):
    buckets.NEAR = near
    own = network()
    for parameter in own.parameters() if rank else ():
        parameter.data.zero_()
    model = DDP(own, bucket_cap_mb=cap)
    train(model, slice(rank, None, ranks))
    assert apart(own, alone) < 1e-12, (near, cap, apart(own, alone))
dist.destroy_process_group()
"""
    )
    passes(count, program, tmp_path)


@TRAINING
def test_gradients_leave_while_backward_runs(tmp_path: Path) -> None:
    """All buckets but the last are on their way before the first layer's rule has run."""
    said = passes(
        2,
        """
        model = DDP(nn.Sequential(*[nn.Linear(30, 30) for _ in range(4)]), bucket_cap_mb=0.0001)
        sent = []
        x = at.ones(2, 30, requires_grad=True)
        x.register_hook(lambda g: sent.append(model._reducer.sent))
        before = model.module[0].register_full_backward_hook(lambda *_: None)
        model(x * 1).sum().backward()
        if rank == 0:
            print(len(model._reducer.buckets), sent)
        dist.destroy_process_group()
        """,
        tmp_path,
    )
    buckets, sent = re.fullmatch(r"(\d+) \[(\d+)\]\n", said).groups()  # type: ignore[union-attr]
    assert int(buckets) == 8
    assert int(sent) >= 6


@TRAINING
def test_accumulation_unused_parameters_and_hooks(tmp_path: Path) -> None:
    passes(
        2,
        """
        class Either(nn.Module):
            def __init__(self):
                super().__init__()
                self.both, self.left, self.right, self.nobody = (nn.Linear(1, 1) for _ in range(4))
            def forward(self, x):
                return self.both(x) + (self.left(x) if rank == 0 else self.right(x))

        net = Either()
        model = DDP(net, find_unused_parameters=True)
        with model.no_sync():
            model(at.ones(1, 1)).sum().backward()
        assert net.left.bias.grad is None if rank else net.left.bias.grad.item() == 1
        model(at.ones(1, 1)).sum().backward()
        assert net.both.bias.grad.item() == 2, net.both.bias.grad
        assert net.left.bias.grad.item() == net.right.bias.grad.item() == 1
        assert net.nobody.bias.grad is None

        model.zero_grad()
        handle = net.both.bias.register_hook(lambda g: g * (rank + 1))
        model(at.ones(1, 1)).sum().backward()
        assert net.both.bias.grad.item() == 1.5, net.both.bias.grad  # hooks see their own
        handle.remove()

        model.zero_grad()
        at.autograd.grad(model(at.ones(1, 1)).sum(), net.both.bias)  # is for this process alone
        model(at.ones(1, 1)).sum().backward()
        assert net.both.bias.grad.item() == 1
        with at.no_grad():
            model(at.ones(1, 1))
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_the_same_seed_and_number_of_ranks_give_the_same_bits(tmp_path: Path) -> None:
    program = (
        NETWORK
        + """
import hashlib
own = network()
train(DDP(own), slice(rank, None, ranks))
weights = b"".join(one.numpy().tobytes() for one in own.state_dict().values())
digest = hashlib.sha256(weights).hexdigest()
found = [None] * ranks
dist.all_gather_object(found, digest)
if rank == 0:
    print(set(found))
dist.destroy_process_group()
"""
    )
    first, second = (passes(4, program, tmp_path) for _ in range(2))
    assert first == second
    assert first.count("'") == 2  # one digest


@TRAINING
@pytest.mark.parametrize("count", [2, 3, 4])
def test_an_average_is_the_same_bits_everywhere_and_every_time(count: int, tmp_path: Path) -> None:
    """In common memory and by MPI, of messages for which MPI takes different algorithms.  In memory
    they are added in the order of the ranks."""
    program = """
    from zlib import crc32

    from nn.parallel import buckets

    sizes = (1, 100, 5_000, 70_000, 700_000)
    for near in (8, 0):
        buckets.NEAR = near
        module = nn.ParameterList([nn.Parameter(at.zeros(size)) for size in sizes])
        model = DDP(module, bucket_cap_mb=0.00001)
        assert model.traffic().in_memory == bool(near)
        for step in range(3):
            draws = [np.random.default_rng([one, step]) for one in range(ranks)]
            wanted = []
            for parameter, size in zip(module, sizes):
                drawn = [draw.normal(size=size).astype(np.float32) for draw in draws]
                parameter.grad = at.from_numpy(drawn[rank].copy())
                shares = [one / np.float32(ranks) for one in drawn]
                wanted.append(sum(shares[1:], shares[0]))
            model._reducer.average()
            found = b"".join(one.grad.numpy().tobytes() for one in module)
            if near:
                assert found == b"".join(one.tobytes() for one in wanted)
            everybodys = [None] * ranks
            dist.all_gather_object(everybodys, crc32(found))
            assert len({*everybodys}) == 1
            if rank == 0:
                print(near, step, everybodys[0])
    dist.destroy_process_group()
    """
    first, second = (passes(count, program, tmp_path) for _ in range(2))
    assert first == second
    assert first.count("\n") == 6


@TRAINING
def test_traffic_is_what_is_handed_over(tmp_path: Path) -> None:
    passes(
        4,
        """
        from nn.parallel import buckets

        for near in (8, 0):
            buckets.NEAR = near
            net = nn.Sequential(nn.Linear(30, 20), nn.Linear(20, 10).half().float())
            net[1].double()
            class Cast(nn.Module):
                def forward(self, x):
                    return x.double()
            net.insert(1, Cast())
            model = DDP(net, bucket_cap_mb=0.00001)
            before = dist.group.WORLD.handed_over, dist.group.WORLD.exchanges
            model(at.ones(2, 30)).sum().backward()
            after = dist.group.WORLD.handed_over, dist.group.WORLD.exchanges
            traffic = model.traffic()
            assert (after[0] - before[0], after[1] - before[1]) == (
                traffic.handed_over, traffic.exchanges
            )
            assert traffic.gradients == 4 * (30 * 20 + 20) + 8 * (20 * 10 + 10)
            assert traffic.exchanges == 1 + 4  # weight and bias of each layer
            assert traffic.handed_over == traffic.gradients + 2 * (4 + 4) + 2 * (8 + 8) + 16
            assert traffic.least == traffic.gradients * 2 * 3 // 4
            assert traffic.received == (3 if near else 1.5) * traffic.handed_over
            assert traffic.in_memory == bool(near)
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_modules_that_are_not_the_same_are_refused(tmp_path: Path) -> None:
    done = run_ranks(2, "DDP(nn.Linear(2, 3 + rank))", tmp_path)
    assert done.returncode != 0
    assert "rank 0 has weight (3, 2) float32, rank 1 has weight (4, 2) float32" in done.stderr
    done = run_ranks(2, "DDP(nn.Linear(2, 3), bucket_cap_mb=1 + rank)", tmp_path)
    assert "rank 0 has bucket_cap_mb=1, rank 1 has bucket_cap_mb=2" in done.stderr


@TRAINING
def test_weights_that_have_drifted_apart_are_named(tmp_path: Path) -> None:
    said = passes(
        3,
        """
        model = DDP(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)))
        model(at.ones(2, 2) * rank).sum().backward()  # other buffers: those of rank 0 will hold
        model.need_the_same_weights()
        if rank == 2:
            with at.no_grad():
                model.module[2].weight[0, 1] = at.tensor(float("nan"))
        try:
            model.need_the_same_weights()
        except RuntimeError as error:
            dist.barrier()
            if rank == 0:
                print(error)
        dist.destroy_process_group()
        """,
        tmp_path,
    )
    assert "parameter '2.weight' is not the same in all processes" in said
    assert re.search(r"between rank 0 and \[2\] \(its norm is [\d.]+ and nan\)", said)


@TRAINING
def test_each_rank_has_its_share_of_the_data_and_of_the_processors(tmp_path: Path) -> None:
    said = passes(
        2,
        """
        from nn.data.distributed import DistributedSampler

        found = [None] * ranks
        dist.all_gather_object(found, list(DistributedSampler(range(6), shuffle=False)))
        if rank == 0:
            print(found, at.get_num_threads())
        dist.destroy_process_group()
        """,
        tmp_path,
    )
    cores = max(1, len(os.sched_getaffinity(0)) // 2)
    assert said == f"[[0, 2, 4], [1, 3, 5]] {cores}\n"


@EXCHANGES
def test_the_link_between_processes_is_measured(tmp_path: Path) -> None:
    """For docs/backward/5_many_processes.md."""
    done = subprocess.run(
        [mpiexec(), "-n", "2", sys.executable, "-W", "error", "-m", "benchmarks.link", "--quick",
         "--out", str(tmp_path / "link.json")],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "link.json").read_text("utf-8"))
    link = found["links"]["memory"]
    sizes = [size for size, _ in link["messages"]]
    assert sizes == [64, 1 << 20, 1 << 22]
    for times in (link["messages"], *link["sums"].values()):
        assert [size for size, _ in times] == sizes
        assert all(seconds > 0 for _, seconds in times)
    assert set(link["sums"]) == {"by MPI", "in common memory"}
    step = found["steps"]["LeNet, 128 images"]
    layers, ends = zip(*step["layers"], strict=True)
    assert sum(layers) == 4 * 61706
    assert list(ends) == sorted(ends)
    assert ends[-1] == step["backward"]


# -- how they end ----------------------------------------------------------------------------------

TOGETHER = "dist.all_reduce(at.ones(1))\nif rank != 1:\n    dist.all_reduce(at.ones(1))\n"


@ENDS
@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("if rank == 1:\n    raise ValueError('bad data')\n", "ValueError: bad data"),
        ("if rank == 1:\n    sys.exit(3)\n", "rank 1 has ended, and rank"),
        ("import os\nif rank == 1:\n    os.kill(os.getpid(), 9)\n", ""),
        (
            "if rank == 1:\n    time.sleep(100)\n",
            "has waited 3 seconds for the ranks [1], which have not come",
        ),
        (TOGETHER, "rank 1 has ended, and rank"),
    ],
    ids=["an error", "sys.exit", "killed", "hangs", "one call fewer"],
)
def test_one_that_goes_wrong_ends_all(program: str, message: str, tmp_path: Path) -> None:
    last = "" if program == TOGETHER else "dist.all_reduce(at.ones(1))\n"
    done = run_ranks(3, program + last, tmp_path, 3 if "sleep" in program else 30)
    assert done.returncode != 0
    assert message in done.stderr
    killed = "KILLED" in done.stdout.upper()
    assert killed if not message else "ends all of them" in done.stderr


@ENDS
def test_a_slow_rank_is_waited_for(tmp_path: Path) -> None:
    passes(
        2,
        """
        time.sleep(1.0 * rank)
        dist.all_reduce(x := at.ones(1))
        assert x.item() == 2
        dist.destroy_process_group()
        """,
        tmp_path,
    )


def test_without_mpiexec_a_script_is_one_rank(tmp_path: Path) -> None:
    """And needs no mpi4py."""
    script = """
import sys
sys.modules["mpi4py"] = None
import autotensor as at, nn
import autotensor.distributed as dist
dist.init_process_group("nccl")
model = nn.parallel.DistributedDataParallel(nn.Linear(2, 1), device_ids=[0])
model(at.ones(1, 2)).sum().backward()
assert model.module.bias.grad.item() == 1
dist.all_reduce(x := at.ones(2))
print(dist.get_rank(), dist.get_world_size(), x.tolist())
"""
    launched = {key: value for key, value in os.environ.items() if not key.startswith("PMI")}
    done = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            cwd=tmp_path,
            env={**launched, "PYTHONPATH": str(ROOT), **more},
            capture_output=True,
            text=True,
            timeout=60,
        )
        for more in ({}, {"PMI_RANK": "0"})
    ]
    assert done[0].stdout == "0 1 [1.0, 1.0]\n", done[0].stderr
    assert "init_process_group: the package mpi4py is not installed" in done[1].stderr
    assert "pip install 'autotensor[mpi]'" in done[1].stderr
