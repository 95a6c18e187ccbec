"""Threads of the user's: each finds what it would have found alone.

With Python's lock, and without it: on free-threaded Python (PEP 703) these run at once.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.engine import storage
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.utils import parametrize

ROOT = Path(__file__).resolve().parents[2]
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each of ``works`` gives, all begun at once, in a thread each; raises the first error."""
    start = threading.Barrier(len(works), timeout=60)
    found: list[Any] = [None] * len(works)
    errors: list[BaseException] = []

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait()
            found[place] = work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # of Python's lock, where there is one
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]
    return found


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# -- Python's lock ---------------------------------------------------------------------------------


@pytest.mark.skipif(not FREE_THREADED, reason="this Python has its lock for good")
def test_importing_does_not_turn_pythons_lock_on_again() -> None:
    code = (
        "import sys, autotensor as at, nn\n"
        "from nn import data, optim, training\n"
        "model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2))\n"
        "optimizer = optim.AdamW(model.parameters())\n"
        "model(at.rand(4, 1, 8, 8)).sum().backward()\n"
        "optimizer.step()\n"
        "list(data.DataLoader(range(4), num_workers=2))\n"
        "assert sys._is_gil_enabled() is False\n"
    )
    variables = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_clock_gives_each_number_once_and_in_order() -> None:
    drawn = at_once(*[lambda: [next(storage.clock) for _ in range(20_000)]] * 4)
    assert all(mine == sorted(mine) for mine in drawn)
    assert len(set().union(*drawn)) == 80_000


# -- each its own ----------------------------------------------------------------------------------


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2), nn.BatchNorm2d(4),
        nn.Conv2d(4, 6, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(6, 5),
    )  # fmt: skip


def recurrent() -> nn.Module:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.out = nn.LSTM(8, 12, batch_first=True), nn.Linear(12, 5)

        def forward(self, x: at.Tensor) -> at.Tensor:
            return self.out(self.lstm(x.squeeze(1))[0][:, -1])

    return nn.Sequential(nn.AvgPool2d((1, 1)), Last())


def attentive() -> nn.Module:
    encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return nn.Sequential(nn.Flatten(1, 2), encoder, nn.Flatten(), nn.Linear(64, 5))


def filled(model: nn.Module, seed: int) -> nn.Module:
    """``model`` with weights that do not come of the generator that all threads share."""
    made = at.Generator().manual_seed(seed)
    with at.no_grad():
        for parameter in model.parameters():
            parameter.copy_(at.randn(parameter.shape, generator=made) * 0.2)
    return model


def batch(seed: int, size: int = 8) -> tuple[at.Tensor, at.Tensor]:
    draw = np.random.default_rng(seed)
    images = draw.standard_normal((16, 1, size, size)).astype(np.float32)
    return at.from_numpy(images), at.from_numpy(draw.integers(0, 5, 16))


def trained(make: Callable[[], nn.Module], optimizer: Any, seed: int) -> list[np.ndarray]:
    model = filled(make(), seed)
    images, labels = batch(seed)
    steps = optimizer(model.parameters(), lr=0.01)
    for _ in range(6):
        steps.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
    return [one.detach().numpy().copy() for one in model.parameters()]


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.AdamW, optim.RMSprop])
@pytest.mark.parametrize("make", [convolutional, recurrent, attentive])
def test_threads_that_train_nets_of_their_own(make: Any, optimizer: Any) -> None:
    alone = [trained(make, optimizer, seed) for seed in range(4)]
    together = at_once(*[lambda seed=seed: trained(make, optimizer, seed) for seed in range(4)])
    assert all(map(same, alone, together))


def test_threads_that_take_derivatives_of_derivatives() -> None:
    def curvature(seed: int) -> list[np.ndarray]:
        x = at.from_numpy(np.random.default_rng(seed).standard_normal(20)).requires_grad_()
        y = (x.tanh() * x.exp()).cumsum(0).square().sum()
        (slope,) = at.autograd.grad(y, x, create_graph=True)
        (again,) = at.autograd.grad(slope.sin().sum(), x)
        return [slope.detach().numpy(), again.numpy()]

    alone = [curvature(seed) for seed in range(4)]
    for _ in range(5):
        together = at_once(*[lambda seed=seed: curvature(seed) for seed in range(4)])
        assert all(map(same, alone, together))


def test_threads_that_fit() -> None:
    from nn.training import fit

    def weights(seed: int) -> list[np.ndarray]:
        model = filled(convolutional(), seed)
        loader = DataLoader(TensorDataset(*batch(seed)), batch_size=4)
        fit(model, loader, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), 2, verbose=False)
        return [one.detach().numpy().copy() for one in model.parameters()]

    alone = [weights(seed) for seed in range(2)]
    assert all(map(same, alone, at_once(lambda: weights(0), lambda: weights(1))))


# -- things that are shared ------------------------------------------------------------------------


@pytest.mark.parametrize("make", [convolutional, recurrent, attentive])
@pytest.mark.parametrize("grad", [False, True])
def test_threads_that_ask_one_net(make: Any, grad: bool) -> None:
    model = filled(make(), 0).eval()
    batches = [batch(seed)[0] for seed in range(4)]

    def answers(images: at.Tensor) -> np.ndarray:
        with at.set_grad_enabled(grad):
            return model(images).detach().numpy()

    expected = [answers(images) for images in batches]
    for _ in range(5):
        fresh = filled(make(), 0).eval()  # whose views and such are made by many at once
        model.load_state_dict(fresh.state_dict())
        model = fresh
        found = at_once(*[lambda images=images: answers(images) for images in batches])
        assert same(found, expected)


@pytest.mark.parametrize("size", [5, 100_000])
def test_gradients_of_many_threads_for_one_parameter(size: int) -> None:
    weight = nn.Parameter(at.ones(size))
    factors = [[float(4 * k + thread) for k in range(30)] for thread in range(4)]

    def work(mine: list[float]) -> None:
        for factor in mine:
            (weight * factor).sum().backward()

    for _ in range(5):
        weight.grad = None
        at_once(*[lambda mine=mine: work(mine) for mine in factors])
        assert weight.grad is not None
        assert (weight.grad == sum(map(sum, factors))).all()  # whole numbers: exact in any order


def test_a_graph_made_by_several_threads() -> None:
    """What one thread computes, the next goes on with: its numbers come after."""
    x = at.ones(3, requires_grad=True)
    for _ in range(20):
        x.grad = None
        parts: list[at.Tensor] = at_once(*[lambda: (x * 2.0).exp().log() for _ in range(4)])
        a, b, c, d = parts
        sums = at_once(lambda a=a, b=b, c=c: a + b * c, lambda a=a, d=d: d * a)
        (sums[0] * sums[1]).sum().backward()
        # (2x + 4x²) · 4x² at 1: 24x² + 64x³
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.numpy(), 88.0, rtol=1e-5)


def test_views_made_by_many_threads_share_one_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(storage.Storage):
        __slots__ = ()

        def __init__(self) -> None:
            time.sleep(0.01)  # so that the others come by
            super().__init__()

    base = at.ones(4, requires_grad=True) * 1.0
    monkeypatch.setattr(storage, "Storage", Slow)
    views = at_once(*[lambda: base[1:]] * 4)
    assert {id(view._storage) for view in views} == {id(base._storage)}


def test_hooks_hung_on_by_many_threads_all_run() -> None:
    for make in (
        lambda: at.ones(2, requires_grad=True),
        lambda: at.ones(2, requires_grad=True) * 1,
    ):
        for _ in range(100):
            tensor, seen = make(), []
            at_once(
                *[
                    lambda name=name, tensor=tensor, seen=seen: tensor.register_hook(
                        lambda g: seen.append(name)
                    )
                    for name in range(4)
                ]
            )
            tensor.sum().backward()
            assert sorted(seen) == [0, 1, 2, 3]


def test_no_number_is_drawn_twice() -> None:
    at.manual_seed(0)
    draw = lambda: [at.rand(7).tolist() for _ in range(200)]  # noqa: E731
    found = at_once(*[draw] * 4)
    at.manual_seed(0)
    expected = [at.rand(7).tolist() for _ in range(800)]
    assert sorted(itertools.chain(*found)) == sorted(expected)


def test_what_is_cached_belongs_to_its_thread() -> None:
    layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
    inside, outside = threading.Event(), threading.Event()

    def caching() -> bool:
        with parametrize.cached():
            first = layer.weight
            inside.set()
            assert outside.wait(30)
            return layer.weight is first

    def plain() -> bool:
        assert inside.wait(30)
        try:
            return layer.weight is layer.weight
        finally:
            outside.set()

    assert at_once(caching, plain) == [True, False]


def test_a_loader_for_each_of_many_threads() -> None:
    data = TensorDataset(at.arange(200))

    def rows() -> list[list[int]]:
        loader = DataLoader(data, batch_size=7, num_workers=2)
        return [rows.tolist() for (rows,) in loader]

    expected = rows()
    assert at_once(*[rows] * 4) == [expected] * 4


def test_names_loaded_on_demand_by_many_threads_at_once() -> None:
    code = (
        "import threading, autotensor as at, nn\n"
        "start, found, errors = threading.Barrier(6), [], []\n"
        "def load():\n"
        "    try:\n"
        "        start.wait()\n"
        "        found.append((at.distributions.Normal, nn.optim.Adagrad, nn.TransformerEncoder,\n"
        "                      nn.LSTM, nn.functional.gelu, at.array_api.sin,\n"
        "                      at.linalg.svd, at.special.gammaln, at.signal.windows.hann))\n"
        "    except BaseException as error:\n"
        "        errors.append(error)\n"
        "threads = [threading.Thread(target=load) for _ in range(6)]\n"
        "[one.start() for one in threads]; [one.join() for one in threads]\n"
        "assert not errors, errors\n"
        "assert len(set(found)) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
