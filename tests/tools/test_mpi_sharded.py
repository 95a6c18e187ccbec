"""Several processes, started by a real ``mpiexec``: optimizers whose state is shared out, shares of
different lengths, and checkpoints that other numbers of processes go on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.mpi import run_ranks

SHARDED = pytest.mark.works_with("MPI", "optimizer state shared out over 2 and 4 processes")
UNEVEN = pytest.mark.works_with("MPI", "shares of different lengths in 2 and 4 processes")
RESUMED = pytest.mark.works_with("MPI", "checkpoints that 1, 2 or 4 processes go on with")


def passes(count: int, program: str, folder: Path) -> str:
    done = run_ranks(count, program, folder)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    return done.stdout


SAME = """
from autotensor.distributed.algorithms import Join
ZeRO = optim.ZeroRedundancyOptimizer

def same(one, other, about=""):
    '''Bit for bit, through dicts and lists.'''
    if isinstance(one, dict):
        assert {*one} == {*other}, (about, list(one), list(other))
        for key in one:
            same(one[key], other[key], f"{about}.{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), about
        for place, pair in enumerate(zip(one, other)):
            same(*pair, f"{about}[{place}]")
    elif isinstance(one, at.Tensor):
        assert one.dtype == other.dtype and one.shape == other.shape, (about, one, other)
        ours, theirs = (each.detach().numpy().tobytes() for each in (one, other))
        assert ours == theirs, (about, one, other)
    else:
        assert one == other, (about, one, other)

def raises(kind, words, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"nothing was raised: {words}")
"""

# -- the state in parts ----------------------------------------------------------------------------

PARAMETERS = (
    SAME
    + """
def parameters():
    '''A large one, small ones, one without dimensions, one without elements, one turned.'''
    draw = np.random.default_rng(1)
    values = [
        np.asarray(draw.normal(size=shape), dtype)
        for shape, dtype in (
            ((3, 5), "f4"), ((300, 117), "f4"), ((), "f4"), ((0, 4), "f4"), ((7,), "f8"),
            ((40, 31), "f4"), ((2,), "f2"), ((33000,), "f8"), ((1,), "f4"),
        )
    ]
    values[5] = values[5].T
    return [at.from_numpy(one).requires_grad_() for one in values]

def gradients(params, draw):
    for number, one in enumerate(params):
        one.grad = at.from_numpy(np.asarray(draw.normal(size=tuple(one.shape)), one.array.dtype))
        if number == 4 and draw.random() < 0.5:
            one.grad = None

def grouped(params):
    return [{"params": params[:4]}, {"params": params[4:], "lr": 0.03}]
"""
)


@SHARDED
@pytest.mark.parametrize("count", [2, 4])
def test_what_is_shared_out_ends_in_the_same_bits(count: int, tmp_path: Path) -> None:
    """Weights and state of every elementwise optimizer, with groups, a schedule, a state dict
    loaded half way in either direction, parameters on new memory and a group that comes later."""
    program = (
        PARAMETERS
        + """
KINDS = [
    (optim.SGD, {}), (optim.SGD, dict(momentum=0.9, nesterov=True, weight_decay=0.1)),
    (optim.Adam, dict(amsgrad=True)), (optim.AdamW, {}), (optim.Adamax, {}), (optim.NAdam, {}),
    (optim.RAdam, {}), (optim.Adagrad, dict(initial_accumulator_value=0.1)), (optim.Adadelta, {}),
    (optim.RMSprop, dict(momentum=0.5, centered=True)), (optim.Rprop, {}), (optim.ASGD, dict(t0=2)),
]
def saved(optimizer):
    optimizer.consolidate_state_dict(ranks - 1)
    if rank == ranks - 1:
        return optimizer.state_dict()
    raises(RuntimeError, f"call consolidate_state_dict(to={rank}) on all", optimizer.state_dict)

for kind, more in KINDS:
    own, others = parameters(), parameters()
    sharded = ZeRO(grouped(own[:7]), kind, lr=0.1, **more)
    plain = kind(grouped(others[:7]), lr=0.1, **more)
    schedules = [optim.lr_scheduler.StepLR(one, 2, 0.5) for one in (sharded, plain)]
    for step in range(6):
        for params, optimizer in ((own, sharded), (others, plain)):
            gradients(params, np.random.default_rng(step))
            optimizer.step()
        for one in schedules:
            one.step()
        same(own, others, f"{kind.__name__} {step}")
        if step == 1:
            both = [one.add_param_group({"params": params[7:], "lr": 0.01})
                    for one, params in ((sharded, own), (plain, others))]
        if step == 2:
            state = saved(sharded)
            if state is not None:
                same(state, plain.state_dict(), kind.__name__)
            found = [state]
            dist.broadcast_object_list(found, src=ranks - 1)
            plain.load_state_dict(found[0])
            sharded.load_state_dict(found[0])
        if step == 3:
            for one in (sharded, plain):
                one.load_state_dict(plain.state_dict())
            for params in (own, others):
                params[1].data = params[1].data.clone()
                params[0].data = at.from_numpy(np.asfortranarray(params[0].array))
    kept = sum(
        one.numel() for state in sharded.optim.state.values() for one in state.values()
        if isinstance(one, at.Tensor) and one.ndim
    )
    whole = sum(
        one.numel() for state in plain.state.values() for one in state.values()
        if isinstance(one, at.Tensor) and one.ndim
    )
    assert abs(kept - whole / ranks) <= 9 * 4, (kind, kept, whole)
    assert sharded.param_groups[0]["lr"] == plain.param_groups[0]["lr"] == 0.1 / 8
dist.destroy_process_group()
"""
    )
    passes(count, program, tmp_path)


@SHARDED
@pytest.mark.parametrize("count", [2, 4])
def test_whole_parameters_and_what_is_refused(count: int, tmp_path: Path) -> None:
    program = (
        PARAMETERS
        + """
class Longest(optim.Adam):
    '''One whose rule needs whole parameters, and does not say otherwise.'''
    def descend(self, param, grad, group):
        super().descend(param, grad / np.linalg.norm(grad), group)

def matrices():
    return [one for one in parameters() if one.ndim == 2 and one.numel()]

def filled():
    return [one for one in parameters() if one.numel()]

for kind, make in ((optim.Adafactor, filled), (optim.Muon, matrices), (Longest, matrices)):
    own, others = make(), make()
    sharded, plain = ZeRO(own, kind, lr=0.1), kind(others, lr=0.1)
    for step in range(4):
        for params, optimizer in ((own, sharded), (others, plain)):
            gradients(params, np.random.default_rng(step))
            optimizer.step()
        same(own, others, f"{kind.__name__} {step}")
    everybodys = [None] * ranks
    dist.all_gather_object(everybodys, len(sharded.optim.state))
    assert sum(everybodys) == len(plain.state), everybodys
    sharded.consolidate_state_dict()
    if rank == 0:
        same(sharded.state_dict(), plain.state_dict(), kind.__name__)
    again = ZeRO(others, kind, lr=0.5)
    again.load_state_dict(plain.state_dict())
    for params, optimizer in ((others, again), (own, sharded)):
        gradients(params, np.random.default_rng(9))
        optimizer.step()
    same(own, others, f"{kind.__name__} loaded")

one = [at.zeros(2, requires_grad=True)]
raises(ValueError, "LBFGS needs all parameters at once", ZeRO, one, optim.LBFGS)
raises(TypeError, "must be a class of optimizers, as optim.Adam, got SGD", ZeRO, one,
       optim.SGD(one, lr=1.0))
raises(ValueError, "Invalid learning rate: -1", ZeRO, one, optim.SGD, lr=-1)
raises(RuntimeError, "overlap_with_ddp needs the parameters of a DistributedData", ZeRO, one,
       optim.SGD, lr=1.0, overlap_with_ddp=True)
raises(RuntimeError, "not the same: rank 0 has ['(2,) float32'], rank 1 has ['(3,) float32']",
       ZeRO, [at.zeros(2 + (rank == 1), requires_grad=True)], optim.SGD, lr=1.0)
ends = dist.new_group([0])
if rank:
    raises(ValueError, "this process is not in that group", ZeRO, one, optim.SGD, ends, lr=1.0)
optimizer = ZeRO(one, optim.SGD, lr=1.0)
raises(ValueError, f"to must be a rank from 0 to {ranks - 1}", optimizer.consolidate_state_dict, 4)
raises(TypeError, "cannot be copied or pickled", __import__("copy").deepcopy, optimizer)
one[0].data = at.zeros(3)
raises(RuntimeError, "a parameter was (2,) float32 when the", optimizer.step)

# Fewer elements than ranks, a closure, and weights of one rank alone are those of all.
few = [at.tensor([5.0], requires_grad=True)]
optimizer = ZeRO(few, optim.SGD, lr=0.25)
def closure():
    optimizer.zero_grad()
    loss = (few[0] * few[0]).sum()
    loss.backward()
    return loss
assert [optimizer.step(closure).item() for _ in range(3)] == [25.0, 6.25, 1.5625]
assert few[0].item() == 0.625
dist.destroy_process_group()
"""
    )
    passes(count, program, tmp_path)


NETWORK = (
    SAME
    + """
def network():
    at.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(4 * 5 * 5, 400), nn.Tanh(), nn.Linear(400, 10),
    ).double().eval()

def batches(count, seed=0):
    draw = np.random.default_rng(seed)
    for _ in range(count):
        yield (at.tensor(draw.normal(size=(16, 1, 12, 12))),
               at.tensor(draw.integers(0, 10, size=16)))

def apart(one, other):
    ours, theirs = one.state_dict(), other.state_dict()
    return max(abs(ours[key] - theirs[key]).max().item() for key in ours)

share = slice(rank, None, ranks)
"""
)


@SHARDED
@pytest.mark.parametrize("count", [2, 4])
def test_gradients_that_travel_in_parts(count: int, tmp_path: Path) -> None:
    """What one process learns from the whole batch, with less in every process."""
    program = (
        NETWORK
        + """
alone = network()
optimizer = optim.AdamW(alone.parameters(), lr=0.01)
for x, y in batches(6):
    F.cross_entropy(alone(x), y).backward()
    nn.utils.clip_grad_norm_(alone.parameters(), 0.5)
    optimizer.step()
    optimizer.zero_grad()

for overlap in (False, True):
    for cap in (0.0001, 0.005, None):
        model = DDP(network(), bucket_cap_mb=cap)
        sharded = ZeRO(model.parameters(), optim.AdamW, lr=0.01, overlap_with_ddp=overlap)
        for x, y in batches(6):
            F.cross_entropy(model(x[share]), y[share]).backward()
            norm = sharded.clip_grad_norm_(0.5)
            sharded.step()
            (model if cap is None else sharded).zero_grad()
        assert apart(model.module, alone) < 1e-12, (overlap, cap, apart(model.module, alone))
        sharded.consolidate_state_dict()
        if rank == 0:
            ours, theirs = sharded.state_dict()["state"], optimizer.state_dict()["state"]
            assert list(ours) == list(theirs)
            for number in ours:
                assert ours[number]["step"] == 6
                difference = abs(ours[number]["exp_avg"] - theirs[number]["exp_avg"])
                assert difference.max() < 1e-12

# No more is exchanged than each needs: its part of the gradients, and the parts of the others of
# the weights.
x, y = next(batches(1))
for parameter in model.parameters():
    parameter.grad = None
group, traffic = model.process_group, model.traffic()
before = group.handed_over
loss = F.cross_entropy(model(x[share]), y[share])
forward = group.handed_over
loss.backward()
assert group.handed_over - forward == traffic.handed_over
buffers = sum(one.nbytes for one in model.buffers())
assert buffers == 8 * 4 * 2 + 8  # mean and variance of 4 channels, and a number of batches
shared = traffic.handed_over - buffers
assert traffic.received == (ranks - 1) * shared // ranks + buffers
assert traffic.least == (ranks - 1) * traffic.gradients // ranks
backward = group.handed_over
sharded.step()
given = group.handed_over - backward - 16
assert abs(given - traffic.gradients / ranks) <= 8 * 16, (given, traffic)

# Nobody reads what is not there; several batches are added up by no_sync.
model = DDP(network())
sharded = ZeRO(model.parameters(), optim.SGD, lr=0.1, overlap_with_ddp=True)
plain = network()
own = optim.SGD(plain.parameters(), lr=0.1)
for x, y in batches(2):
    for part in (slice(0, 8), slice(8, 16)):
        F.cross_entropy(plain(x[part]), y[part]).backward()
own.step()
(x, y), (x2, y2) = batches(2)
with model.no_sync():
    for xx, yy in ((x[:8], y[:8]), (x[8:], y[8:])):
        F.cross_entropy(model(xx), yy).backward()
for part in (slice(0, 8), slice(8, 16)):
    with model.no_sync() if part.start == 0 else __import__("contextlib").nullcontext():
        F.cross_entropy(model(x2[part]), y2[part]).backward()
sharded.step()
assert apart(model.module, plain) < 1e-12
weight = model.module[5].weight
for read in (lambda: weight.grad.norm(), lambda: weight.grad.array,
             lambda: nn.utils.clip_grad_norm_(model.parameters(), 1.0),
             lambda: optim.SGD(model.parameters(), lr=0.1).step(),
             lambda: F.cross_entropy(model(x), y).backward()):
    raises(RuntimeError, "are in parts, each in the process that changes it", read)
dist.barrier()
sharded.zero_grad(set_to_none=False)
assert weight.grad is None
raises(RuntimeError, "with overlap_with_ddp the parameters are those of its",
       sharded.add_param_group, {"params": [at.zeros(1, requires_grad=True)]})

# Parameters that some processes or nobody use, frozen ones, and whole parameters.
class Either(nn.Module):
    def __init__(self):
        super().__init__()
        self.both, self.left, self.right, self.nobody = (nn.Linear(1, 1) for _ in range(4))
        self.frozen = nn.Linear(1, 1).requires_grad_(False)
    def forward(self, x):
        return self.both(x) + (self.left(x) if rank == 0 else self.right(x)) + self.frozen(x)

for kind in (optim.Adagrad, optim.Adafactor):
    at.manual_seed(3)
    nets = [Either(), Either()]
    nets[1].load_state_dict(nets[0].state_dict())
    models = [DDP(one) for one in nets]
    optimizers = [ZeRO(models[0].parameters(), kind, lr=0.1, overlap_with_ddp=True),
                  kind(models[1].parameters(), lr=0.1)]
    for _ in range(3):
        for model, optimizer in zip(models, optimizers):
            model(at.ones(1, 1)).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
    same(nets[0].state_dict(), nets[1].state_dict(), kind.__name__)
dist.destroy_process_group()
"""
    )
    passes(count, program, tmp_path)


# -- shares of different lengths -------------------------------------------------------------------


@UNEVEN
@pytest.mark.parametrize("count", [2, 4])
def test_who_has_run_out_follows_the_others(count: int, tmp_path: Path) -> None:
    """Against one process that adds up what each step's batches give."""
    program = (
        NETWORK
        + """
from nn.optim import lr_scheduler

def lengths(kind):
    return {"rising": [2 + 2 * one for one in range(ranks)],
            "falling": [2 * ranks - one for one in range(ranks)],
            "none": [3 * (one == ranks - 1) for one in range(ranks)],
            "even": [3] * ranks}[kind]

def alone(counts, by_all, kind, **options):
    net = network()
    optimizer = kind(net.parameters(), **options)
    everybodys = [list(batches(counts[one], one)) for one in range(ranks)]
    for step in range(max(counts)):
        going_on = [one for one in everybodys if step < len(one)]
        for one in going_on:
            x, y = one[step]
            (F.cross_entropy(net(x), y) / (ranks if by_all else len(going_on))).backward()
        optimizer.step()
        optimizer.zero_grad()
    return net, optimizer

for kind in ("rising", "falling", "none", "even"):
    counts = lengths(kind)
    for by_all in (True, False) if kind in ("rising", "none") else (True,):
        wanted, state = alone(counts, by_all, optim.SGD, lr=0.1, momentum=0.9)
        for way in ("plain", "sharded", "in parts", "joined"):
            model = DDP(network(), bucket_cap_mb=0.01)
            if way == "plain":
                optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            else:
                optimizer = ZeRO(model.parameters(), optim.SGD, lr=0.1, momentum=0.9,
                                 overlap_with_ddp=way != "sharded")
            if way == "joined":
                context = Join([model, optimizer], divide_by_initial_world_size=by_all)
            else:
                context = model.join(by_all, optimizer=optimizer)
            with context:
                for x, y in batches(counts[rank], rank):
                    optimizer.zero_grad()
                    F.cross_entropy(model(x), y).backward()
                    optimizer.step()
            assert apart(model.module, wanted) < 1e-12, (kind, by_all, way)
            if way == "plain" and state.state:
                for ours, theirs in zip(optimizer.state.values(), state.state.values()):
                    difference = abs(ours["momentum_buffer"] - theirs["momentum_buffer"])
                    assert difference.max() < 1e-12, (kind, by_all)
            # Afterwards all is as before: everybody divides by all again.
            optimizer.zero_grad()
            model(at.ones(1, 1, 12, 12).double()).sum().backward()

# Without an optimizer the weights of the last are those of all; buffers come from one who goes on.
model = DDP(network().train())
optimizer = optim.SGD(model.parameters(), lr=0.1)
with model.join():
    for number, (x, y) in enumerate(batches(3 + rank, rank)):
        with model.no_sync() if number == 0 else __import__("contextlib").nullcontext():
            F.cross_entropy(model(x), y).backward()
        if number:
            optimizer.step()
            optimizer.zero_grad()
found = [None] * ranks
dist.all_gather_object(found, [one.numpy().tobytes() for one in model.state_dict().values()])
assert all(one == found[0] for one in found)
assert model.module[1].num_batches_tracked == 2 + ranks, model.module[1].num_batches_tracked

# All raise as soon as one has run out, and can go on together.
said = ""
model.eval()
try:
    with model.join(throw_on_early_termination=True):
        for x, y in batches(2 + (rank == 1), rank):
            F.cross_entropy(model(x), y).backward()
except RuntimeError as error:
    said = str(error)
assert ("at least one rank has run out" if rank == 1 else f"rank {rank} has run out") in said, said
dist.barrier()
synchronous = DDP(nn.Sequential(nn.Linear(2, 3), nn.SyncBatchNorm(3)))
raises(RuntimeError, "cannot take part in the exchanges of SyncBatchNorm", synchronous.join)
synchronous.join(enable=False)
with synchronous.join(throw_on_early_termination=True):
    synchronous(at.ones(4, 2)).sum().backward()
other = DDP(nn.Linear(1, 1), process_group=dist.new_group(list(range(ranks))))
raises(ValueError, "all joinables must be of the same process group", Join, [model, other])
with Join([synchronous], throw_on_early_termination=False):
    raises(RuntimeError, "of SyncBatchNorm", synchronous, at.ones(4, 2))
    dist.barrier()
dist.destroy_process_group()
"""
    )
    passes(count, program, tmp_path)


# -- checkpoints -----------------------------------------------------------------------------------


@RESUMED
@pytest.mark.parametrize("counts", [(1, 2, 4), (4, 2, 1)], ids=["more", "fewer"])
def test_other_numbers_of_processes_go_on(counts: tuple[int, ...], tmp_path: Path) -> None:
    """Rank 0 saves; every number of ranks learns what one process learns that never stopped."""
    program = (
        NETWORK
        + """
from pathlib import Path

stage = {stage}
def parts(model):
    overlap = stage % 2 == 1
    optimizer = ZeRO(model.parameters(), optim.Adam, lr=0.01, overlap_with_ddp=overlap)
    return optimizer, optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

file = Path("checkpoint.pt")
model = DDP(network())
optimizer, schedule = parts(model)
if file.exists():
    checkpoint = at.load(file)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    schedule.load_state_dict(checkpoint["schedule"])
for x, y in list(batches(6))[2 * stage : 2 * stage + 2]:
    optimizer.zero_grad()
    F.cross_entropy(model(x[share]), y[share]).backward()
    optimizer.step()
    schedule.step()
optimizer.consolidate_state_dict(to=0)
if rank == 0:
    at.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
             "schedule": schedule.state_dict()}, file)
if stage == 2:
    alone = network()
    plain = optim.Adam(alone.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.ExponentialLR(plain, 0.9)
    for x, y in batches(6):
        plain.zero_grad()
        F.cross_entropy(alone(x), y).backward()
        plain.step()
        schedule.step()
    assert apart(model.module, alone) < 1e-12, apart(model.module, alone)
    if rank == 0:
        again = optim.Adam(alone.parameters())
        again.load_state_dict(optimizer.state_dict())  # the plain optimizer takes it as well
        assert again.param_groups[0]["lr"] == plain.param_groups[0]["lr"]
        for one in alone.parameters():
            difference = abs(again.state[one]["exp_avg_sq"] - plain.state[one]["exp_avg_sq"])
            assert difference.max() < 1e-12 and again.state[one]["step"] == 6
dist.destroy_process_group()
"""
    )
    for stage, count in enumerate(counts):
        passes(count, program.replace("{stage}", str(stage)), tmp_path)
