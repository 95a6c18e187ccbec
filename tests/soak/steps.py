"""Very many training steps of every kind, with errors in between: nothing may be left behind.

Each program below is a step that is made again and again.  Its steps come in windows; at the end of
each, what the process holds is compared with what it held after the first ones: bytes, objects,
threads, open files.  That is done with the garbage collector on, and with it off: a step must free
all it made when its names go, without the collector.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import io
import os
import pickle
import shutil
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import autotensor as at
import nn
from autotensor.utils.checkpoint import checkpoint
from nn import optim
from nn.data import DataLoader, Dataset
from nn.insight.summary import summary
from nn.training import Callback, evaluate, fit
from tests.soak.parts import times
from tests.soak.table import Row

TITLE = "Steps: memory stays flat, with the garbage collector on and off"

STEPS = 100_000
"""With effort 1."""
SLACK = 32 << 10
"""Bytes that all the steps of a program may add together, for what is filled only now and then."""
FEW = 100
"""Objects, the same."""

Step = Callable[[int], None]
F = nn.functional


# -- programs --------------------------------------------------------------------------------------


class thrown:
    """What is inside must throw.

    A class: contextlib's managers leave a cycle behind where they take an exception in, on
    free-threaded Python 3.13.
    """

    def __init__(self, *kinds: type[BaseException]) -> None:
        self.kinds = kinds

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if kind is None:
            raise AssertionError(f"nothing thrown; expected {self.kinds}")
        return issubclass(kind, self.kinds)


def net(*extra: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), *extra, nn.Tanh(), nn.Linear(8, 3))


X, Y = at.rand(8, 6), at.randint(0, 3, (8,))


def trained(model: nn.Module, optimizer: Any, x: Any = X, y: Any = Y) -> None:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()


def perceptron() -> Step:
    model = net(nn.BatchNorm1d(8), nn.Dropout(0.2))
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 50)

    def step(number: int) -> None:
        trained(model, optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        schedule.step()

    return step


def convolutions() -> Step:
    weight_norm = nn.utils.parametrizations.weight_norm
    model = nn.Sequential(
        weight_norm(nn.Conv2d(1, 3, 3)), nn.GroupNorm(1, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 2), nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(3),
    )  # fmt: skip
    images = at.rand(4, 1, 10, 10)
    model(images)
    optimizer = optim.Adam(model.parameters())
    return lambda number: trained(model, optimizer, images, Y[:4])


def recurrent() -> Step:
    lstm, gru, head = (
        nn.LSTM(3, 4),
        nn.GRU(4, 4, bidirectional=True),
        nn.Linear(8, 3),
    )
    model = nn.ModuleList([lstm, gru, head])
    optimizer = optim.AdamW(model.parameters())
    lengths, x = at.tensor([3, 2, 1]), at.rand(3, 3, 3)

    def step(number: int) -> None:
        optimizer.zero_grad()
        if number % 2:
            out, _ = lstm(nn.utils.rnn.pack_padded_sequence(x, lengths))
            out, _ = nn.utils.rnn.pad_packed_sequence(out)
        else:
            out, _ = lstm(x)
        F.cross_entropy(head(gru(out)[0])[-1], Y[:3]).backward()
        optimizer.step()

    return step


def attention() -> Step:
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    optimizer = optim.RMSprop(model.parameters())
    x = at.rand(2, 4, 8)

    def step(number: int) -> None:
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    return step


def every_optimizer() -> Step:
    kinds = [
        kind
        for kind in vars(optim).values()
        if isinstance(kind, type)
        and issubclass(kind, optim.Optimizer)
        and kind.__name__ not in ("Optimizer", "ZeroRedundancyOptimizer")  # which wraps another
    ]

    def step(number: int) -> None:
        kind = kinds[number % len(kinds)]
        model = nn.Linear(6, 3, bias=kind.__name__ != "Muon")
        if kind.__name__ == "SparseAdam":
            return
        optimizer: Any = kind(model.parameters(), lr=0.01)

        def closure() -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(X), Y)
            loss.backward()
            return loss

        for _ in range(2):
            optimizer.step(closure)
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))

    return step


def every_schedule() -> Step:
    make = optim.lr_scheduler
    kinds: list[Callable[[Any], Any]] = [
        lambda o: make.StepLR(o, 2), lambda o: make.MultiStepLR(o, [1, 2]), make.ConstantLR,
        make.LinearLR, lambda o: make.ExponentialLR(o, 0.9), make.PolynomialLR,
        lambda o: make.LambdaLR(o, lambda e: 0.9**e),
        lambda o: make.CosineAnnealingLR(o, 5), lambda o: make.OneCycleLR(o, 0.1, total_steps=10),
        lambda o: make.CyclicLR(o, 0.01, 0.1), make.ReduceLROnPlateau,
        lambda o: make.SequentialLR(o, [make.ConstantLR(o), make.ExponentialLR(o, 0.9)], [2]),
        lambda o: make.ChainedScheduler([make.ConstantLR(o), make.ExponentialLR(o, 0.9)]),
    ]  # fmt: skip

    def step(number: int) -> None:
        model = nn.Linear(6, 3)
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = kinds[number % len(kinds)](optimizer)
        for _ in range(3):
            trained(model, optimizer)
            schedule.step(*([1.0] if isinstance(schedule, make.ReduceLROnPlateau) else []))

    return step


def hooks() -> Step:
    model = net()
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def refuses(*given: Any) -> None:
        raise ValueError("a hook that throws")

    def step(number: int) -> None:
        handles = [
            model[0].register_forward_hook(lambda module, inputs, output: output * 1.0),
            model[2].register_forward_pre_hook(lambda module, inputs: None),
            model[2].register_full_backward_hook(lambda module, before, after: None),
            model[0].weight.register_hook(lambda g: g * 0.5),
            model[0].weight.register_post_accumulate_grad_hook(lambda p: None),
        ]
        trained(model, optimizer)
        place = number % 3
        handles.append(
            (
                model[1].register_forward_hook,
                model[0].bias.register_hook,
                model[1].register_full_backward_hook,
            )[place](refuses)
        )
        with thrown(ValueError):
            trained(model, optimizer)
        for handle in handles:
            handle.remove()
        kept = model(X)
        kept.retain_grad()
        kept.register_hook(lambda g: None)
        with at.autograd.graph.register_multi_grad_hook([kept], lambda gs: None):
            kept.sum().backward()

    return step


def graphs_kept() -> Step:
    model = net()

    def step(number: int) -> None:
        kept: list[Any] = []
        for _ in range(4):
            loss = F.cross_entropy(model(X), Y)
            loss.backward(retain_graph=True)
            kept.append(loss)
            if len(kept) > 2:
                kept.pop(0).backward()
        model.zero_grad()

    return step


def higher_derivatives() -> Step:
    model = net()
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def step(number: int) -> None:
        optimizer.zero_grad()
        x = X.clone().requires_grad_()
        (slope,) = at.autograd.grad(model(x).sum(), x, create_graph=True)
        penalty = slope.square().sum()
        if number % 2:
            at.autograd.grad(
                penalty, list(model.parameters()), create_graph=True, allow_unused=True
            )
        penalty.backward(create_graph=number % 3 == 0)
        optimizer.step()
        # A gradient with a graph leads back to its leaf: a cycle, in PyTorch too.
        optimizer.zero_grad()
        x.grad = None

    return step


def writes() -> Step:
    base = at.rand(6, 6)

    def step(number: int) -> None:
        x = base.clone().requires_grad_()
        y = x * 2
        row, column = y[1], y.T[2:4]
        row.mul_(3)
        column.add_(row[:2].unsqueeze(1))
        y[0, :3] = at.zeros(3)
        F.relu_(y)
        y.view(-1)[::5].sum().backward()
        z = x.exp()
        loss = (z * z).sum()
        z.add_(1)
        with thrown(RuntimeError):
            loss.backward()
        with at.no_grad():
            x.copy_(base)

    return step


def checkpoints() -> Step:
    model = net(nn.Dropout(0.1))

    def breaks(x: Any) -> Any:
        if at.is_grad_enabled() and x.requires_grad:
            raise ValueError("on the second way")
        return model(x)

    def step(number: int) -> None:
        model.zero_grad()
        checkpoint(model, X, use_reentrant=number % 2 == 0).sum().backward()
        inner = lambda x: checkpoint(model, x, use_reentrant=False)  # noqa: E731
        checkpoint(inner, X, use_reentrant=False).sum().backward()
        if number % 3 == 0:
            with thrown(ValueError):
                checkpoint(breaks, X.clone().requires_grad_(), use_reentrant=True).sum().backward()

    return step


def transforms() -> Step:
    model = net()
    names = dict(model.named_parameters())

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        return F.cross_entropy(at.func.functional_call(model, parameters, (x[None],)), y[None])

    def step(number: int) -> None:
        values = {name: one.detach() for name, one in names.items()}
        if number % 3 == 0:
            at.func.vmap(at.func.grad(loss), (None, 0, 0))(values, X[:2], Y[:2])
        elif number % 3 == 1:
            at.func.jvp(lambda x: x.sin().sum(), (X,), (X,))
        else:
            at.func.jacrev(lambda x: x * x)(X[0])
        with thrown(RuntimeError):
            at.func.vmap(lambda x: values["0.bias"].add_(x.sum()))(X)
        with thrown(RuntimeError):
            at.func.grad(lambda x: (x @ at.ones(5)).sum())(X)

    return step


class Breaks(at.autograd.Function):
    """A Function that may throw in either direction."""

    @staticmethod
    def forward(ctx: Any, x: Any, where: str) -> Any:
        ctx.save_for_backward(x)
        ctx.where = where
        if where == "forward":
            raise ValueError(where)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        if ctx.where == "interrupt":
            raise KeyboardInterrupt
        if ctx.where == "backward":
            raise ValueError(ctx.where)
        return 2 * g * x, None


def functions() -> Step:
    weight = at.rand(6, requires_grad=True)

    def step(number: int) -> None:
        Breaks.apply(weight * 2, "").sum().backward()
        for where, kind in (
            ("forward", ValueError), ("backward", ValueError), ("interrupt", KeyboardInterrupt),
        ):  # fmt: skip
            with thrown(kind):
                Breaks.apply(weight * 2, where).sum().backward()
        weight.grad = None

    return step


def mistakes() -> Step:
    model = net()
    p = at.rand(3, requires_grad=True)

    def step(number: int) -> None:
        with thrown(ValueError, RuntimeError):
            model(at.rand(8, 5)).sum().backward()
        with thrown(ValueError, RuntimeError):
            p + at.rand(2)
        with thrown(TypeError):
            F.cross_entropy("nothing", Y)  # type: ignore[arg-type]
        with thrown(IndexError):
            (p * 2)[7]
        loss = (p * p).sum()
        loss.backward()
        with thrown(RuntimeError):
            loss.backward()
        with thrown(RuntimeError):
            (p * 2).backward()
        with thrown(RuntimeError), at.detect_anomaly():
            (p * 0).sqrt().mul(0).sum().backward()
        with thrown(KeyError, RuntimeError):
            model.load_state_dict({"no": p})

    return step


def hooks_on_what_is_saved() -> Step:
    model = net()
    hang = at.autograd.graph.saved_tensors_hooks

    def step(number: int) -> None:
        with hang(lambda t: t.numpy(force=True).copy(), at.from_numpy):
            model(X).sum().backward()
        with thrown(ZeroDivisionError), hang(lambda t: 1 / 0, lambda t: t):
            model(X)
        with hang(lambda t: t, lambda t: 1 / 0):
            out = model(X).sum()
        with thrown(ZeroDivisionError):
            out.backward()
        with at.autograd.graph.save_on_cpu():
            model(X).sum().backward()
        model.zero_grad()

    return step


def interrupts() -> Step:
    model = net()
    optimizer = optim.Adam(model.parameters())

    def stops(*given: Any) -> None:
        raise KeyboardInterrupt

    def step(number: int) -> None:
        trained(model, optimizer)
        places: tuple[Any, ...] = (
            model[1].register_forward_hook, model[0].weight.register_hook,
            optimizer.register_step_pre_hook, optimizer.register_step_post_hook,
        )  # fmt: skip
        handle = places[number % 4](stops)
        with thrown(KeyboardInterrupt):
            trained(model, optimizer)
        handle.remove()

    return step


class Samples(Dataset):
    """Samples, one of which may be broken."""

    broken = -1

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        if index == self.broken:
            raise ValueError("broken")
        return X[index % 8], Y[index % 8]


def loaders() -> Step:
    samples = Samples()
    plain = DataLoader(samples, 4, shuffle=True)
    several = DataLoader(samples, 4, num_workers=2)

    def step(number: int) -> None:
        for loader in (several,) if number % 8 == 0 else (plain,):
            samples.broken = -1
            for x, _ in loader:
                x.sum()
            left = iter(loader)
            next(left)  # and abandoned
            del left
            samples.broken = 13
            with thrown(ValueError):
                list(loader)

    return step


class Quiet(Callback):
    def __init__(self, kind: type[BaseException] | None) -> None:
        self.kind = kind

    def on_batch_end(self, run: Any) -> None:
        if self.kind is not None:
            raise self.kind


def loops() -> Step:
    model = net(nn.Dropout(0.1))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    loader = DataLoader(Samples(), 8, shuffle=True)

    def step(number: int) -> None:
        trained(model, optimizer)
        if number % 10:
            return
        options: Any = {"verbose": False, "validation": loader}
        fit(model, loader, F.cross_entropy, optimizer, 1, callbacks=[Quiet(None)], **options)
        with thrown(ValueError):
            quiet = [Quiet(ValueError)]
            fit(model, loader, F.cross_entropy, optimizer, 1, callbacks=quiet, **options)
        evaluate(model, loader, F.cross_entropy)
        summary(model, (8, 6))

    return step


class Folder:
    """A temporary folder that goes when the program does, without a warning."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp()

    def __del__(self) -> None:
        shutil.rmtree(self.name, ignore_errors=True)


def files() -> Step:
    model = net(nn.BatchNorm1d(8))
    folder = Folder()
    path = Path(folder.name) / "weights"

    def step(number: int) -> None:
        holds = folder  # the folder goes when the program does
        if number % 10:
            pickle.loads(pickle.dumps(model))
            return
        buffer = io.BytesIO()
        at.save(model.state_dict(), buffer)
        buffer.seek(0)
        model.load_state_dict(at.load(buffer))
        at.save(model.state_dict(), path)
        with thrown(ValueError, RuntimeError, EOFError, pickle.UnpicklingError):
            at.load(io.BytesIO(buffer.getvalue()[:100]))
        at.load(path)
        pickle.loads(pickle.dumps(copy.deepcopy(model)))
        assert holds

    return step


def parametrized() -> Step:
    def step(number: int) -> None:
        if number % 4:
            old = nn.utils.weight_norm(nn.Linear(6, 6))
            old(X).sum().backward()
            return
        layer = nn.Linear(6, 6)
        norms = nn.utils.parametrizations
        (norms.weight_norm, norms.spectral_norm, norms.orthogonal)[number % 3](layer)
        with nn.utils.parametrize.cached():
            layer(X).sum().backward()
        nn.utils.parametrize.remove_parametrizations(layer, "weight")
        layer(X).sum().backward()
        old = nn.utils.weight_norm(nn.Linear(6, 6))
        old(X).sum().backward()
        nn.utils.remove_weight_norm(old)

    return step


def averages() -> Step:
    model = net()
    mean = optim.swa_utils.AveragedModel(model)
    optimizer = optim.Adagrad(model.parameters())
    scaler = at.amp.GradScaler("cpu")

    def step(number: int) -> None:
        optimizer.zero_grad()
        with at.autocast("cpu"):
            loss = F.cross_entropy(model(X), Y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        mean.update_parameters(model)
        mean(X)

    return step


def modes() -> Step:
    @at.no_grad()
    def off() -> Iterator[Any]:
        yield X * 2
        yield X * 3

    def inside() -> Iterator[Any]:
        with at.no_grad(), at.detect_anomaly():
            yield X * 2
            with at.enable_grad():
                yield X * 3

    async def task() -> Any:
        with at.no_grad():
            return X * 2

    def step(number: int) -> None:
        list(off())
        for generator in (off(), inside()):
            next(generator)
            del generator  # in the middle
        list(inside())
        coroutine = at.no_grad()(task)()
        with thrown(StopIteration):
            coroutine.send(None)
        at.set_grad_enabled(False)
        at.set_grad_enabled(True)
        with at.set_grad_enabled(False):
            pass
        with at.random.fork_rng():
            at.rand(3)

    return step


def generators_and_distributions() -> Step:
    def step(number: int) -> None:
        generator = at.Generator().manual_seed(number)
        at.randn(4, generator=generator)
        scale = at.ones(3, requires_grad=True)
        at.distributions.Normal(at.zeros(3), scale).rsample().sum().backward()
        if number % 2:
            fixed, found = (at.distributions.Normal(at.zeros(3), one) for one in (1.0, scale))
            at.distributions.kl_divergence(fixed, found).sum().backward()
            return
        values, vectors = at.linalg.eigh(at.eye(3, requires_grad=True) * scale)
        (values.sum() + vectors.abs().sum()).backward()

    return step


def tensorboard() -> Step:
    from autotensor.utils.tensorboard import SummaryWriter  # loads the package tensorboard

    folder = Folder()

    def step(number: int) -> None:
        if number % 10:  # a writer starts a thread and writes a file
            return
        with SummaryWriter(folder.name) as writer:
            writer.add_scalar("loss", 0.5, number)
            writer.add_histogram("weights", X, number)
        for path in Path(folder.name).iterdir():
            path.unlink()

    return step


PROGRAMS: list[Callable[[], Step]] = [
    perceptron, convolutions, recurrent, attention, every_optimizer, every_schedule, hooks,
    graphs_kept, higher_derivatives, writes, checkpoints, transforms, functions, mistakes,
    hooks_on_what_is_saved, interrupts, loaders, loops, files, parametrized, averages, modes,
    generators_and_distributions,
]  # fmt: skip
if importlib.util.find_spec("tensorboard") is not None:
    PROGRAMS.append(tensorboard)
CYCLIC = {
    files: "``ast.literal_eval``, by which NumPy reads the head of an array, leaves cycles",
    parametrized: "a class is a cycle, and each parametrized module has one of its own",
}
"""What Python itself leaves to the collector: these are not tried without it."""


# -- what the process holds ------------------------------------------------------------------------


class Held(NamedTuple):
    bytes: int
    objects: int
    threads: int
    files: int
    shared: int

    @classmethod
    def now(cls) -> Held:
        return cls(
            tracemalloc.get_traced_memory()[0],
            len(gc.get_objects()),
            threading.active_count(),
            _entries("/proc/self/fd"),
            _shared(),
        )

    def no_more_than(self, before: Held) -> bool:
        return (
            self.bytes <= before.bytes + SLACK
            and self.objects <= before.objects + FEW
            and all(now <= then for now, then in zip(self[2:], before[2:], strict=True))
        )


def _entries(folder: str) -> int:
    return len(os.listdir(folder)) if os.path.isdir(folder) else 0


def _shared() -> int:
    """Pieces of shared memory that the process has."""
    try:
        return Path("/proc/self/maps").read_text().count("/dev/shm/")
    except OSError:
        return 0


class Outcome(NamedTuple):
    tried: int
    held: int
    grown: int
    """Bytes, from the first steps to the last."""
    garbage: int
    """Objects that only the collector could free."""


def soaked(make: Callable[[], Step], steps: int, collecting: bool) -> Outcome:
    """Makes ``steps`` steps in windows, and says in how many of them nothing was left behind.

    With the collector off, what it would find after a window must be nothing.  (It is asked in
    either case: it also empties what Python itself keeps of freed tuples.)
    """
    step, windows = make(), 5 if steps > 500 else 2
    warm = max(steps // 5, 24)
    tracemalloc.start()
    try:
        for number in range(warm):
            step(number)
        gc.collect()
        (gc.enable if collecting else gc.disable)()
        before = after = Held.now()
        held = garbage = 0
        for window in range(windows):
            first, last = (warm + part * steps // windows for part in (window, window + 1))
            for number in range(first, last):
                step(number)
            found = gc.collect()
            after = Held.now()
            garbage += 0 if collecting else found
            if after.no_more_than(before) and (collecting or not found):
                held += last - first
            else:
                print(
                    f"{make.__name__}, collector {'on' if collecting else 'off'}: "
                    f"steps {first}-{last} left {after}, garbage {found}; before {before}",
                    flush=True,
                )
    finally:
        gc.enable()
        tracemalloc.stop()
    return Outcome(steps, held, after.bytes - before.bytes, garbage)


def resident() -> int:
    """Bytes of memory of this process, where the system tells."""
    try:
        text = Path("/proc/self/statm").read_text()
    except OSError:
        return 0
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def run(effort: float, seed: int) -> list[Row]:
    at.manual_seed(seed)
    # What was there before is no step's: the collector need not go through it each time.
    gc.collect()
    gc.freeze()
    try:
        return [_row(effort, collecting) for collecting in (True, False)]
    finally:
        gc.unfreeze()


def _row(effort: float, collecting: bool) -> Row:
    share = times(STEPS // (2 * len(PROGRAMS) - len(CYCLIC)), effort, 12)
    began = resident()
    programs = [make for make in PROGRAMS if collecting or make not in CYCLIC]
    outcomes = [soaked(make, share, collecting) for make in programs]
    grown = max(one.grown for one in outcomes)
    garbage = sum(one.garbage for one in outcomes)
    return Row(
        f"steps of {len(programs)} programs, collector {'on' if collecting else 'off'}",
        "bytes, objects, threads, open files as before",
        sum(one.tried for one in outcomes),
        sum(one.held for one in outcomes),
        f"each {share:,} steps; at most {grown:,} bytes more; {garbage:,} objects left to "
        f"the collector; resident {(resident() - began) / 2**20:+.0f} MiB",
    )
