"""Memory that several processes see: what one of them writes, the others read."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import multiprocessing as mp

DTYPES = [
    at.float16, at.float32, at.float64, at.uint8, at.int8, at.int16, at.int32, at.int64, at.bool,
]  # fmt: skip

# From Python 3.12 on a fork of a process with threads warns; other threads of the tests are idle.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

WAYS = [one for one in ("fork", "spawn", "forkserver") if one in mp.get_all_start_methods()]
FORKS = pytest.mark.skipif("fork" not in WAYS, reason="this system has no fork")


@pytest.fixture
def fork() -> Any:
    if "fork" not in WAYS:
        pytest.skip("this system has no fork")
    return mp.get_context("fork")


def ended(process: Any) -> None:
    process.join(60)
    assert process.exitcode == 0


# -- what moves ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_values_stay_and_only_the_memory_is_another(dtype: at.dtype) -> None:
    whole = at.arange(24).to(dtype).reshape(4, 6)
    for x in (whole.clone(), whole.T, whole[::2, 1::3], whole[1, 2], whole[:0], whole.flip(0)):
        before, strides = x.tolist(), x.stride()
        assert x.share_memory_() is x
        assert x.is_shared()
        assert (x.tolist(), x.dtype) == (before, dtype)
        assert x.stride() == strides or not x.numel()


def test_views_and_their_base_move_together() -> None:
    base = at.arange(12.0).reshape(3, 4)
    column, turned, detached = base[:, 1], base.T, base.detach()
    row_of_it = turned[2]
    column.share_memory_()
    parts = [base, column, turned, detached, row_of_it]
    assert all(one.is_shared() for one in parts)
    base.fill_(1)
    column.mul_(2)
    detached[0, 2] = 5
    assert base.tolist() == [[1, 2, 5, 1], [1, 2, 1, 1], [1, 2, 1, 1]]
    assert turned.T.tolist() == base.tolist()
    assert row_of_it.tolist() == [5, 1, 1]


def test_a_graph_over_moved_memory_has_its_gradients_and_its_checks() -> None:
    w = at.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    w.share_memory_()
    loss.backward()
    assert w.grad.tolist() == [2, 4]
    y = w * 3
    part = y[:1]
    y.share_memory_()
    part.mul_(10)
    y.sum().backward()
    assert w.grad.tolist() == [2 + 30, 4 + 3]
    z = w.exp()
    z.share_memory_()
    z.add_(1)
    with pytest.raises(RuntimeError, match="an in-place operation has modified it"):
        z.sum().backward()


def test_memory_that_must_not_be_written_stays_so() -> None:
    x = at.ones(1).expand(3).share_memory_()
    with pytest.raises(RuntimeError, match="clone"):
        x.add_(1)


def test_shared_memory_is_shared_once() -> None:
    x = at.ones(3).share_memory_()
    address = x.data_ptr()
    assert x.share_memory_().data_ptr() == address
    assert x.view(3, 1).is_shared()
    assert not x.clone().is_shared()
    assert not copy.deepcopy(x).is_shared()
    assert not pickle.loads(pickle.dumps(x)).is_shared()
    assert copy.copy(x).is_shared()


def test_a_model_moves_with_its_gradients_and_buffers() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    model.extra = nn.Buffer(at.ones(2))
    data = model[0].weight.data
    model(at.ones(4, 2)).sum().backward()
    expected = {name: value.clone() for name, value in model.state_dict().items()}
    assert model.share_memory() is model
    for one in (*model.parameters(), *model.buffers(), *(one.grad for one in model.parameters())):
        assert one.is_shared()
    assert data.is_shared()
    for name, value in model.state_dict().items():
        assert at.equal(value, expected[name])
        assert value.is_shared()
    with pytest.raises(ValueError, match="uninitialized"):
        nn.LazyLinear(2).share_memory()


def test_training_writes_where_the_memory_is() -> None:
    for optimizer in (nn.optim.SGD, nn.optim.Adam, nn.optim.RMSprop):
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.LSTM(3, 2)).share_memory()
        addresses = [one.data_ptr() for one in (*model.parameters(), *model.buffers())]
        before = [one.clone() for one in model.parameters()]
        steps = optimizer(model.parameters(), lr=0.1)
        for _ in range(2):
            steps.zero_grad()
            model(at.randn(5, 2))[0].square().sum().backward()
            steps.step()
        model.load_state_dict(model.state_dict())
        assert addresses == [one.data_ptr() for one in (*model.parameters(), *model.buffers())]
        assert any(not at.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted by /proc")
def test_many_small_tensors_take_few_open_files_and_give_them_back() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    gc.collect()
    before = open_files()
    many = [at.full((3,), float(number)).share_memory_() for number in range(500)]
    large = at.zeros(100_000).share_memory_()
    assert open_files() <= before + 8
    assert [int(one[2]) for one in many] == list(range(500))
    del many, large
    gc.collect()
    assert open_files() <= before + 4


def test_small_tensors_do_not_overlap() -> None:
    many = [at.full((size,), float(size)).share_memory_() for size in range(300)]
    for one in many:
        one.mul_(2)
    assert all(one.tolist() == [2.0 * size] * size for size, one in enumerate(many))


# -- other processes -----------------------------------------------------------------------------


def write(x: at.Tensor) -> None:
    x.mul_(10)


@FORKS
def test_a_forked_process_sees_what_was_shared(fork: Any) -> None:
    shared, own = at.arange(3.0).share_memory_(), at.arange(3.0)
    for x in (shared, own):
        process = fork.Process(target=write, args=(x,))
        process.start()
        ended(process)
    assert shared.tolist() == [0, 10, 20]
    assert own.tolist() == [0, 1, 2]


def answer(inbox: Any, outbox: Any) -> None:
    x, column, weight, model = (inbox.get() for _ in range(4))
    facts = [column.stride(), column.is_shared(), type(weight).__name__, weight.requires_grad]
    x.mul_(10)
    column.fill_(7)
    with at.no_grad():
        weight.add_(1)
        model.weight.fill_(3)
    mine = at.full((4,), 3.0)
    outbox.put((facts, mine))
    inbox.get()
    outbox.put(mine.tolist())


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_through_a_queue_is_shared_both_ways(way: str) -> None:
    context = mp.get_context(way)
    inbox, outbox = context.Queue(), context.Queue()
    process = context.Process(target=answer, args=(inbox, outbox))
    process.start()
    x, base, model = at.arange(3.0), at.zeros(3, 4), nn.Linear(2, 1)
    weight = nn.Parameter(at.ones(2))
    weight.grad = at.ones(2)
    for one in (x, base[:, 1], weight, model):
        inbox.put(one)
    facts, theirs = outbox.get(timeout=60)
    assert facts == [(4,), True, "Parameter", True]
    assert x.tolist() == [0, 10, 20]
    assert base.tolist() == [[0, 7, 0, 0]] * 3
    assert weight.tolist() == [2, 2]
    assert model.weight.tolist() == [[3, 3]]
    assert theirs.is_shared()
    theirs[0] = 9
    inbox.put("go on")
    assert outbox.get(timeout=60) == [9, 3, 3, 3]
    ended(process)


def add_one(*tensors: at.Tensor) -> None:
    for one in tensors:
        one.add_(1)


@pytest.mark.parametrize("way", [one for one in WAYS if one != "fork"])
def test_arguments_of_a_process_that_is_spawned_are_shared(way: str) -> None:
    x, small = at.zeros(100_000), [at.zeros(2) for _ in range(30)]
    context = mp.get_context(way)
    process = context.Process(target=add_one, args=(x, x[:5], *small))
    process.start()
    ended(process)
    assert (x[0].item(), x[-1].item()) == (2, 1)
    assert all(one.tolist() == [1, 1] for one in small)


@FORKS
def test_pipes_and_the_same_process(fork: Any) -> None:
    here, there = fork.Pipe()
    x = at.arange(3)
    here.send((x, x.T, [x[1:]]))
    first, _, (part,) = there.recv()
    part[0] = 9
    assert x.tolist() == first.tolist() == [0, 9, 2]
    assert first.data_ptr() == x.data_ptr()
    queue = fork.SimpleQueue()
    queue.put(x)
    assert queue.get().data_ptr() == x.data_ptr()


def square(x: at.Tensor) -> at.Tensor:
    return x * x


@FORKS
def test_pools_whose_processes_end_at_once_lose_nothing(fork: Any) -> None:
    given = [at.full((3,), float(number)) for number in range(6)]
    with fork.Pool(2, maxtasksperchild=1) as pool:
        results = pool.map_async(square, given, chunksize=1).get(timeout=60)
    assert [one[0].item() for one in results] == [0, 1, 4, 9, 16, 25]
    assert all(one.is_shared() for one in results)
    with ProcessPoolExecutor(2, mp_context=fork) as executor:
        assert [one[0].item() for one in executor.map(square, given)] == [0, 1, 4, 9, 16, 25]


def put(queue: Any, x: at.Tensor) -> None:
    queue.put(x * 2)


@FORKS
def test_a_process_waits_for_what_it_sent(fork: Any) -> None:
    queue = fork.Queue()
    process = fork.Process(target=put, args=(queue, at.ones(3)))
    process.start()
    assert not process.join(0.5)
    assert queue.get(timeout=60).tolist() == [2, 2, 2]
    ended(process)


@FORKS
def test_who_comes_too_late_is_told_so(fork: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autotensor.machine.sending._WAIT", 0.1)
    queue = fork.Queue()
    process = fork.Process(target=put, args=(queue, at.ones(3)))
    process.start()
    ended(process)
    with pytest.raises(RuntimeError, match=r"did not arrive: .* get\(\) what it sends before"):
        queue.get(timeout=60)


def test_history_cannot_be_sent() -> None:
    queue = mp.SimpleQueue()
    w = at.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"its history cannot: send x\.detach\(\)"):
        queue.put(w * 2)
    queue.put((w * 2).detach())
    assert queue.get().tolist() == [2, 2]


def test_classes_made_later_are_shared_as_well() -> None:
    class Marked(at.Tensor):
        """With something noted on it."""

    kept = globals()["Marked"] = Marked  # where pickle looks for it
    kept.__qualname__ = "Marked"
    x = kept([1.0, 2.0])
    x.mark = "!"
    queue = mp.SimpleQueue()
    queue.put(x)
    found = queue.get()
    assert (type(found), found.mark, found.data_ptr()) == (kept, "!", x.data_ptr())
    lazy = nn.LazyLinear(2).weight
    queue.put(lazy)
    assert type(queue.get()) is type(lazy)


def keep_memory(queue: Any, words: str) -> None:
    queue.put((words, at.ones(3).share_memory_()))
    queue.put(at.full((2,), 5.0))


@FORKS
def test_two_processes_never_give_out_the_same_place(fork: Any) -> None:
    mine = at.zeros(3).share_memory_()
    queue = fork.SimpleQueue()
    processes = [fork.Process(target=keep_memory, args=(queue, word)) for word in "ab"]
    for process in processes:
        process.start()
    answers = [queue.get() for _ in range(4)]
    for process in processes:
        ended(process)
    tensors = [one[1] if isinstance(one, tuple) else one for one in answers]
    for number, one in enumerate(tensors):
        one.fill_(number)
    mine.fill_(-1)
    assert [int(one[0]) for one in tensors] == [0, 1, 2, 3]


def test_threads_may_share_at_once() -> None:
    done: list[at.Tensor] = []

    def work(number: int) -> None:
        done.extend(at.full((5,), float(number)).share_memory_() for _ in range(50))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    addresses = {one.data_ptr() for one in done}
    assert len(addresses) == 200
    assert sorted(one[0].item() for one in done) == sorted([0, 1, 2, 3] * 50)


HOGWILD = """
import autotensor as at, nn, nn.functional as F
from autotensor import multiprocessing as mp

def train(model, seed):
    at.manual_seed(seed)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        x = at.randn(8, 2)
        optimizer.zero_grad()
        F.mse_loss(model(x), x @ at.tensor([[2.0], [-3.0]]) + 1).backward()
        optimizer.step()

if __name__ == "__main__":
    model = nn.Linear(2, 1).share_memory()
    processes = [mp.Process(target=train, args=(model, seed)) for seed in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print([round(value) for value in model.weight.flatten().tolist()], round(model.bias.item()))
"""


def test_processes_train_one_model(tmp_path: Path) -> None:
    """As PyTorch's documentation has it: Hogwild.  No warning, nothing left behind."""
    script = tmp_path / "hogwild.py"
    script.write_text(HOGWILD)
    done = run(tmp_path, script)
    assert (done.stdout, done.stderr, done.returncode) == ("[2, -3] 1\n", "", 0)


def run(tmp_path: Path, script: Path) -> subprocess.CompletedProcess[str]:
    root = Path(at.__file__).parents[1]
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(root), "TMPDIR": str(tmp_path / "temporary"), "PYTHONWARNINGS": "error",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True, text=True, timeout=120, env=environment, check=False,
    )  # fmt: skip


KILLED = """
import os, signal
import autotensor as at
from autotensor import multiprocessing as mp

x = at.zeros(1000).share_memory_()
queue = mp.SimpleQueue()
queue.put(x)
queue.put(at.ones(3))
print(x.is_shared(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a socket has a name")
def test_a_process_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    done = run(tmp_path, script)
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert done.returncode == -signal.SIGKILL
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not any("autotensor" in name for name in os.listdir("/dev/shm"))


# -- as in PyTorch -------------------------------------------------------------------------------


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "is_shared": lambda lib: (lib.ones(2).is_shared(), lib.ones(2).share_memory_().is_shared()),
    "views follow": lambda lib: (
        (x := lib.arange(6).reshape(2, 3)),
        (row := x[1]),
        x.share_memory_(),
        row.is_shared(),
        row.fill_(9).tolist(),
        x.tolist(),
    )[3:],
    "a leaf stays a leaf": lambda lib: (
        (w := lib.ones(2, requires_grad=True).share_memory_()).is_leaf,
        w.requires_grad,
        (w * 2).sum().backward(),
        w.grad.tolist(),
        w.grad.is_shared(),
    ),
    "copies are private": lambda lib: (
        copy.deepcopy(lib.ones(2).share_memory_()).tolist(),
        lib.ones(2).share_memory_().clone().is_shared(),
        copy.copy(lib.ones(2).share_memory_()).is_shared(),
    ),
    "a model": lambda lib: [
        one.is_shared() for one in lib.nn.Linear(2, 1).share_memory().parameters()
    ],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_does_what_pytorch_does(torch: ModuleType, name: str) -> None:
    assert PROGRAMS[name](at) == PROGRAMS[name](torch)


def test_numpy_keeps_the_old_memory() -> None:
    array = np.zeros(3)
    x = at.from_numpy(array).share_memory_()
    x.fill_(1)
    assert array.tolist() == [0, 0, 0]
