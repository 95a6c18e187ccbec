"""``fit`` in several processes, started by a real ``mpiexec``: what comes out is what one process
makes of the whole batches."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.mpi import HEAD, HEARING, mpiexec, run_ranks

pytestmark = pytest.mark.works_with(
    "MPI", "fit in 2 and 4 processes: the numbers of one, checkpoints for any number"
)

SETTING = """
import math
from nn.data import DataLoader, TensorDataset
from nn.data.distributed import DistributedSampler
from nn.training import *

draw = np.random.default_rng(0)
count = 33  # the last batch of 8 has 1 sample: some ranks have none
x = at.tensor(draw.normal(size=(count, 6)))
y = at.tensor(draw.integers(0, 3, size=count))
val_x = at.tensor(draw.normal(size=(13, 6)))
val_y = at.tensor(draw.integers(0, 3, size=13))

def network(*more):
    at.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 8), *more, nn.Tanh(), nn.Linear(8, 3)).double()

def run(several, loader, validation=None, net=None, loss=F.cross_entropy, epochs=3, make=None,
        callbacks=lambda optimizer: (), **more):
    net = network() if net is None else net(several)
    model = DDP(net) if several else net
    optimizer = (make or (lambda p: optim.SGD(p, lr=0.1, momentum=0.9)))(model.parameters())
    at.manual_seed(5)
    history = fit(model, loader(several), loss, optimizer, epochs, verbose=False,
                  validation=None if validation is None else validation(several),
                  callbacks=callbacks(optimizer), **more)
    return net, history

def apart(one, other):
    assert sorted(one) == sorted(other), (sorted(one), sorted(other))
    for name in one:
        a, b = np.array(one[name]), np.array(other[name])
        assert a.shape == b.shape, (name, a, b)
        assert np.allclose(a, b, rtol=1e-11, atol=1e-12, equal_nan=True), (name, a, b)

def same(*args, **kwargs):
    (alone, by_one), (net, by_all) = (run(several, *args, **kwargs) for several in (False, True))
    apart(by_one, by_all)
    apart(alone.state_dict(), net.state_dict())
    found = [None] * ranks
    dist.all_gather_object(found, [one.numpy().tobytes() for one in net.state_dict().values()])
    assert all(one == found[0] for one in found)
    dist.all_gather_object(found, dict(by_all))
    assert all(repr(one) == repr(found[0]) for one in found)  # the same bits

def plain(several):
    return DataLoader(TensorDataset(x, y), 8, shuffle=True)

def held_out(several):
    return DataLoader(TensorDataset(val_x, val_y), 5)
"""


def passes(count: int, program: str, folder: Path) -> str:
    done = run_ranks(count, SETTING + program + "\ndist.destroy_process_group()\n", folder)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("count", [2, 4])
def test_a_loader_for_one_process_is_divided(count: int, tmp_path: Path) -> None:
    """Every loss, accuracy and metric, of training and validation, and all that follows them."""
    passes(
        count,
        """
class Spread:  # a metric of somebody else's, that cannot be merged
    def reset(self): self.seen = []
    def update(self, scores, targets): self.seen.append(float(scores.numpy().std()) * len(targets))
    def compute(self): return float(np.sum(self.seen))

def measured():
    return {
        "f1": Overall("f1_score", classes=3), "area": Overall("average_precision"),
        "spread": Spread(),
        "span": lambda scores, targets: (scores.max() - scores.min()).item(),
    }

def watchers(optimizer):
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    class Halt(Callback):
        def on_batch_end(self, run):
            if run.epoch == 4 and run.batch == 2 and (rank == ranks - 1 or run.ranks == 1):
                run.stop("one of them is enough")
    return [EarlyStopping("validation_f1", patience=2, restore_best=True), LearningRate(plateau),
            GradientClipping(max_norm=0.05), Halt()]

same(plain, held_out, epochs=6, metrics=measured(), callbacks=watchers)

# Losses that count in other ways: some parts have nothing that counts, and one batch.
some = y.clone(); some[2:12] = -100
skipping = lambda several: DataLoader(TensorDataset(x, some), 5)
weight = at.tensor([1.0, 2.0, 0.5], dtype=at.float64)
same(skipping, held_out, loss=nn.CrossEntropyLoss(weight=weight))
same(skipping, held_out, loss=nn.CrossEntropyLoss(weight=weight, reduction="sum"),
     make=lambda p: optim.SGD(p, lr=0.001))
same(plain, held_out, loss=lambda scores, targets: F.cross_entropy(scores, targets))
weights = at.tensor(draw.uniform(size=count))
class Weighed:
    def __len__(self): return count
    def __getitem__(self, i): return x[i], (y[i], weights[i])
same(lambda several: DataLoader(Weighed(), 8), loss=WeightedLoss(F.cross_entropy))
same(lambda several: DataLoader(TensorDataset(x, y), 11), epochs=2,
     make=lambda p: optim.LBFGS(p, lr=0.1, max_iter=4))
same(plain, make=lambda p: optim.Adam(p, lr=0.01), net=lambda several: network(nn.LayerNorm(8)))
""",
        tmp_path,
    )


@pytest.mark.parametrize("count", [2, 4])
def test_loaders_of_every_kind(count: int, tmp_path: Path) -> None:
    """Shares by a sampler, by hand, of different lengths; the same list everywhere; workers; a
    sampler that draws as it goes; SyncBatchNorm, where a rank has no sample."""
    said = passes(
        count,
        """
def sampled(drop_last):
    def of_all(several):
        data = TensorDataset(x, y)
        if several:
            sampler = DistributedSampler(data, seed=7, drop_last=drop_last)
            return DataLoader(data, 3, sampler=sampler)
        class Batches:  # what the shares make together
            def __init__(self):
                self.epoch = 0
            def __iter__(self):
                shares = []
                for one in range(ranks):
                    share = DistributedSampler(data, ranks, one, seed=7, drop_last=drop_last)
                    share.set_epoch(self.epoch)
                    shares.append(list(share))
                self.epoch += 1
                for start in range(0, len(shares[0]), 3):
                    rows = sum((share[start:start + 3] for share in shares), [])
                    yield x[rows], y[rows]
        return Batches()
    return of_all

def held_out_in_shares(several):
    data = TensorDataset(val_x, val_y)
    return DataLoader(data, 2, sampler=DistributedSampler(data)) if several else held_out(False)

metrics = {"auc": Overall("roc_auc"), "recall": Overall("recall", classes=3)}
same(sampled(False), held_out_in_shares, metrics=metrics)
same(sampled(True), held_out_in_shares)

model = DDP(network())
whole = evaluate(model.module, held_out(False), F.cross_entropy, metrics=metrics, verbose=False)
found = evaluate(model, held_out_in_shares(True), F.cross_entropy, metrics=metrics, verbose=False)
assert found.samples == 13 and abs(found.loss - whole.loss) < 1e-12
assert found.metrics.keys() == whole.metrics.keys() and found.accuracy == whole.accuracy
apart({key: [one] for key, one in found.metrics.items()},
      {key: [one] for key, one in whole.metrics.items()})
if rank == 0:  # a loader for one: by itself
    assert evaluate(model, held_out(False), F.cross_entropy, verbose=False).loss == whole.loss

def by_hand(several):  # rank r has r + 1 batches of 2
    def batch(one, step):
        start = 2 * (step * ranks + one)
        return x[start:start + 2], y[start:start + 2]
    if several:
        return [batch(rank, step) for step in range(rank + 1)]
    parts = [[batch(one, step) for one in range(ranks) if step <= one] for step in range(ranks)]
    return [tuple(at.cat(column) for column in zip(*step)) for step in parts]
same(by_hand, held_out)

everywhere = [(x[start:start + 5], y[start:start + 5]) for start in range(0, 33, 5)]
same(lambda several: everywhere, lambda several: everywhere[:2])

own = TensorDataset(x[rank::ranks], y[rank::ranks])
def split_before(several):
    if several:
        return DataLoader(own, 2)
    rows = [list(range(one, count, ranks)) for one in range(ranks)]
    steps = [sum((share[start:start + 2] for share in rows), [])
             for start in range(0, len(rows[0]), 2)]
    return [(x[one], y[one]) for one in steps]
same(split_before)

class Noisy:  # transforms draw the same for each sample, whoever fetches it
    def __len__(self): return count
    def __getitem__(self, i):
        return x[i] + at.randn(6, generator=sample_generator()).double(), y[i]
from nn.data import Sampler, sample_generator
same(lambda several: DataLoader(Noisy(), 8, shuffle=True, num_workers=2), held_out)

class AsItGoes(Sampler):
    def __len__(self): return count
    def __iter__(self):
        for _ in range(count):
            yield int(np.random.randint(count))
np.random.seed(rank)
at_first = np.random.get_state()
def drawing(several):
    np.random.set_state(at_first) if rank == 0 else None
    return DataLoader(TensorDataset(x, y), 8, sampler=AsItGoes())
net, history = run(True, drawing)
found = [None] * ranks
dist.all_gather_object(found, history["train_loss"])
assert all(one == found[0] for one in found)

def statistics(several):
    return network(nn.SyncBatchNorm(8) if several else nn.BatchNorm1d(8))
def batches(several):
    return DataLoader(TensorDataset(x[:30], y[:30]), 7)  # the last has 2 samples
same(batches, held_out, net=statistics)
print("done") if rank == 0 else None
""",
        tmp_path,
    )
    assert said == "done\n"


RESUMED = """
import shutil
from pathlib import Path

data = TensorDataset(x, y)

def train(kind, folder, epochs=4, **more):
    net = network(nn.Dropout(0.0))
    model = DDP(net)
    if kind == "optimizer in parts" and ranks > 1:
        optimizer = optim.ZeroRedundancyOptimizer(model.parameters(), optim.Adam, lr=0.02)
    else:
        optimizer = optim.Adam(model.parameters(), lr=0.02)
    at.manual_seed(9)
    if kind != "sampled":
        loader = DataLoader(data, 8, shuffle=True)
    else:
        even = TensorDataset(x[:32], y[:32])  # or shares would be filled up, by how many there are
        loader = DataLoader(even, 8 // ranks, sampler=DistributedSampler(even))
    watchers = [EarlyStopping("validation_loss", patience=10), Checkpoint(f"{folder}.npz")]
    metrics = {"f1": Overall("f1_score", classes=3), "top": lambda s, t: top_k_accuracy(s, t, 2)}
    history = fit(model, loader, F.cross_entropy, optimizer, epochs, validation=held_out(True),
                  checkpoint=folder, callbacks=watchers, metrics=metrics, verbose=False,
                  scheduler=optim.lr_scheduler.StepLR(optimizer, 2, 0.5), **more)
    return net, history

def cut(kind, start, step, name):
    # What there would be if the run had been killed after that step.
    source, folder = Path(f"{kind}-{start}"), Path(f"{kind}-{start}-{step}-{name}")
    if rank == 0:
        folder.mkdir()
        for one in source.glob("checkpoint-*"):
            if int(one.name.split("-")[1]) <= step:
                shutil.copy(one, folder)
    dist.barrier()
    return folder

def begin(kind):
    net, history = train(kind, f"{kind}-{ranks}", checkpoint_every=1, keep=100)
    if rank == 0:
        at.save([dict(net.state_dict()), dict(history)], f"{kind}-{ranks}.npz")
    dist.barrier()

def resume(kind, start, step):
    net, history = train(kind, cut(kind, start, step, f"on-{ranks}"), resume=True)
    weights, numbers = at.load(f"{kind}-{start}.npz")
    apart(weights, net.state_dict())
    apart(numbers, history)
    if start == ranks:
        assert all(bool((net.state_dict()[key] == weights[key]).all()) for key in weights)
        assert dict(history) == dict(numbers)
"""


def test_a_checkpoint_goes_on_with_any_number_of_ranks(tmp_path: Path) -> None:
    """Within an epoch, between two; with the loader of one process, and with shares."""
    kinds = "for kind in ('divided', 'sampled', 'optimizer in parts'):\n    "
    program = RESUMED + kinds + "begin(kind)\n"
    passes(1, program, tmp_path)
    passes(
        2, program + kinds + "[resume(kind, *one) for one in ((1, 2), (1, 8), (2, 6))]", tmp_path
    )
    passes(
        4,
        RESUMED
        + kinds
        + "[resume(kind, *one) for one in ((2, 2), (1, 7), (2, 8))]"
        + """
try:
    train("sampled", cut("divided", 2, 2, "other"), resume=True)
    raise SystemExit("was accepted")
except ValueError as error:
    assert "saved within an epoch of a loader with" in str(error), error
""",
        tmp_path,
    )
    passes(1, RESUMED + kinds + "[resume(kind, *one) for one in ((2, 2), (2, 7))]", tmp_path)


def test_what_a_model_draws_differs_by_rank_and_goes_on_after_a_resume(tmp_path: Path) -> None:
    """The same seed and number of ranks: the same bits, also through a checkpoint."""
    passes(
        2,
        RESUMED
        + """
masks = []
class Watched(nn.Dropout):
    def forward(self, input):
        out = super().forward(input)
        if self.training:
            masks.append(int((out == 0).sum().item()) + 1000 * int((out[0] == 0).sum().item()))
        return out

def drawn(folder=None, epochs=3, **more):
    masks.clear()
    model = DDP(network(Watched(0.5)))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    at.manual_seed(1)
    fit(model, plain(True), F.cross_entropy, optimizer, epochs, verbose=False, checkpoint=folder,
        **more)
    return model.module, list(masks), at.rand(1).item()

first, own, after = drawn("drawn-2", checkpoint_every=1, keep=100)
again, same_own, _ = drawn()
found = [None] * ranks
dist.all_gather_object(found, (own, after))
assert found[0][0] != found[1][0]  # other masks
assert found[0][1] == found[1][1]  # and afterwards all stand at the same place
assert own == same_own
assert all(bool((a == b).all()) for a, b in zip(first.parameters(), again.parameters()))
for step in (3, 5, 7):
    resumed, rest, _ = drawn(cut("drawn", 2, step, "again"), resume=True)
    assert rest == own[-len(rest):] and len(own) - len(rest) >= step - 1, (rest, own)
    assert all(bool((a == b).all()) for a, b in zip(first.parameters(), resumed.parameters()))
""",
        tmp_path,
    )


def test_what_a_user_sees(tmp_path: Path) -> None:
    """One table, one log, one file; and callbacks know where they are."""
    said = passes(
        2,
        """
net = network()
model = DDP(net)
optimizer = optim.SGD(model.parameters(), lr=0.1)
records, places = [], []
class Where(Callback):
    def on_batch_end(self, run):
        places.append((run.rank, run.ranks, len(run.inputs), run.loss))
class First(Callback):
    first_rank_only = True
    def on_epoch_end(self, run):
        assert rank == 0
fit(model, plain(True), F.cross_entropy, optimizer, 2, validation=held_out(True),
    logger=records.append, checkpoint="kept",
    callbacks=[Where(), First(), CSVLog("log.csv"), Checkpoint("best.npz", restore_best=True),
               TensorBoard("board", pr_curves=True)])
assert len(records) == (2 if rank == 0 else 0)
assert [one[2] for one in places] == [4, 4, 4, 4, 1 - rank] * 2, places
found = [None] * ranks
dist.all_gather_object(found, [one[3] for one in places])
assert found[0] == found[1]
if rank == 0:
    import pathlib
    assert len(History.load("log.csv")["train_loss"]) == 2
    kept = [name.removeprefix("module.") for name in at.load("best.npz")["model"]]
    assert kept == list(net.state_dict())
    assert sorted(CheckpointFolder("kept").load()["model"]) == sorted(net.state_dict())
""",
        tmp_path,
    )
    lines = said.splitlines()
    assert lines[0] == "2 ranks, each with its part of every batch"
    assert [line.split(":")[0] for line in lines[1:]] == ["epoch 1/2", "epoch 2/2"]
    assert all("validation loss" in line for line in lines[1:])


ENDS = [
    (
        "class Write(Callback):\n"
        "    def on_epoch_end(self, run):\n"
        "        if rank == 1 and run.epoch == 1:\n"
        "            run.model.module[2].weight.data[0, 0] += 1\n"
        "run(True, plain, callbacks=lambda _: [Write()])\n",
        "the parameter '2.weight' is not the same in all processes",
    ),
    (
        "bad = x.clone(); bad[4 + 2] = math.nan\n"
        "run(True, lambda _: DataLoader(TensorDataset(bad, y), 8))\n",
        "fit: the loss is nan in epoch 1, batch 1, of the part of rank 1",
    ),
    (
        "class Fail(Callback):\n"
        "    def on_batch_end(self, run):\n"
        "        if rank == 1 and run.epoch == 2:\n"
        "            raise OSError('the disk of rank 1')\n"
        "run(True, plain, held_out,\n"
        "    callbacks=lambda _: [Checkpoint('best.npz', restore_best=True), Fail()])\n",
        "OSError: the disk of rank 1",
    ),
    (
        "run(True, plain, epochs=2 + rank)\n",
        "fit: all ranks must be given the same, but epochs is 2 in rank 0 and 3 in rank 1",
    ),
    (
        "data = TensorDataset(x, y)\n"
        "run(True, lambda _: DataLoader(data, 8, sampler=DistributedSampler(data, 1, 0)))\n",
        "fit: the DistributedSampler of the loader is that of rank 0 of 1, but this is rank",
    ),
    (
        "head = nn.Linear(3, 3).double()\n"
        "run(True, plain, make=lambda p: optim.SGD([*p, *head.parameters()], lr=0.1))\n",
        "fit: the optimizer has parameters that are not the model's",
    ),
]


@pytest.mark.parametrize(("program", "message"), ENDS, ids=[one[1][:40] for one in ENDS])
def test_what_goes_wrong_in_one_rank_ends_all(program: str, message: str, tmp_path: Path) -> None:
    began = time.monotonic()
    done = run_ranks(2, SETTING + program, tmp_path)
    assert done.returncode != 0
    assert message in done.stderr, done.stderr
    assert time.monotonic() - began < 20


def test_control_c_saves_and_the_run_goes_on(tmp_path: Path) -> None:
    program = (
        HEAD.format(timeout=30)
        + SETTING
        + """
class Slow(Callback):
    def on_batch_end(self, run):
        time.sleep(0.02)
        if run.step == 7 and rank == 0:
            print("running", flush=True)
net = network()
model = DDP(net)
optimizer = optim.SGD(model.parameters(), lr=0.1)
history = fit(model, plain(True), F.cross_entropy, optimizer, int(sys.argv[1]), checkpoint="kept",
              resume=True, callbacks=[Slow()] if len(sys.argv) > 2 else [])
print("epochs", len(history["train_loss"])) if rank == 0 else None
dist.destroy_process_group()
"""
    )
    script = tmp_path / "script.py"
    script.write_text(program)
    command = [mpiexec(), "-n", "2", sys.executable, "-W", "error", str(script)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    import os

    running: subprocess.Popen[str] = subprocess.Popen(
        [*HEARING, *command, "1000", "slow"], cwd=tmp_path, env={**os.environ, **environment},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert running.stdout is not None
    while (line := running.stdout.readline()) and "running" not in line:
        pass
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    out, errors = running.communicate(timeout=30)
    assert "to go on: fit(..., checkpoint='kept', resume=True)" in out + errors, out + errors
    done = subprocess.run(
        [*command, "4"], cwd=tmp_path, env={**os.environ, **environment}, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "resumed in epoch" in done.stdout or "resumed after epoch" in done.stdout
    assert "epochs 4" in done.stdout
