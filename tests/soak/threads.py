"""Random programs of threads, tasks, generators and processes: each sees its own modes, and its
gradients are those that it would have found alone."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import multiprocessing
import os
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

import autotensor as at
import nn
from nn import optim
from tests.soak.parts import times
from tests.soak.table import Row

TITLE = "Threads, tasks, generators, forked and spawned processes"

DEEP = 3
"""How many blocks are inside each other in one body, and bodies in each other."""


# -- modes -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _managed(mode: bool) -> Generator[None]:
    with at.enable_grad() if mode else at.no_grad():
        yield


def _opened(mode: bool, choice: random.Random) -> AbstractContextManager[Any]:
    """A block in which gradients are recorded, or not, in one of the ways to say so."""
    kind = choice.randrange(3)
    if kind == 0:
        return at.set_grad_enabled(mode)
    return _managed(mode) if kind == 1 else (at.enable_grad() if mode else at.no_grad())


class _Body:
    """What one thread, task or generator does: blocks, looks, and generators that it uses.

    ``outside`` is the mode where it has no block of its own: of a generator, that of whoever has it
    go on.
    """

    def __init__(self, choice: random.Random, outside: bool, tally: list[int], depth: int = 0):
        self.choice, self.outside, self.tally, self.depth = choice, outside, tally, depth
        self.blocks: list[bool] = []
        self.x = at.ones(2, requires_grad=True)
        self.children: list[tuple[_Body, Generator[None]]] = []

    @property
    def expected(self) -> bool:
        return self.blocks[-1] if self.blocks else self.outside

    def look(self) -> None:
        self.tally[0] += 1
        if not at.is_grad_enabled() is self.expected is (self.x * 2).requires_grad:
            self.tally[1] += 1

    def use_a_generator(self) -> None:
        """Makes a generator, or has one of those go on that are there."""
        if self.depth == DEEP:
            return
        if not self.children or self.choice.random() < 0.3:
            child = _Body(self.choice, self.expected, self.tally, self.depth + 1)
            self.children.append((child, child.steps()))
        child, steps = self.choice.choice(self.children)
        child.outside = self.expected
        if next(steps, self) is self:
            self.children.remove((child, steps))
        self.look()

    def steps(self, level: int = 0) -> Generator[None]:
        """As a generator; a thread goes through it at once, a task with an await at each step."""
        for _ in range(self.choice.randint(1, 4)):
            self.look()
            kind = self.choice.randrange(4)
            if kind == 0 and level < DEEP:
                mode = self.choice.random() < 0.5
                with _opened(mode, self.choice):
                    self.blocks.append(mode)
                    self.look()
                    yield from self.steps(level + 1)
                    self.look()
                    self.blocks.pop()
            elif kind == 1:
                self.use_a_generator()
            elif kind == 2:
                yield
            self.look()

    async def task(self, level: int = 0) -> None:
        for _ in range(self.choice.randint(2, 5)):
            self.look()
            if self.choice.random() < 0.5 and level < DEEP:
                mode = self.choice.random() < 0.5
                with _opened(mode, self.choice):
                    self.blocks.append(mode)
                    await self.task(level + 1)
                    self.look()
                    self.blocks.pop()
            else:
                self.use_a_generator()
                await asyncio.sleep(0)
            self.look()


def _in_threads(works: list[Callable[[], Any]]) -> list[BaseException]:
    errors: list[BaseException] = []

    def careful(work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=careful, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def _program(seed: int, tally: list[int]) -> bool:
    """Some threads, each of which runs an event loop with tasks; whether all saw their own."""
    choice = random.Random(seed)
    seeds = [choice.randrange(2**32) for _ in range(3)]
    wrong = tally[1]

    def loop(seed: int) -> None:
        inner = random.Random(seed)

        async def all_tasks() -> None:
            outside = at.is_grad_enabled()
            await asyncio.gather(*(_Body(inner, outside, tally).task() for _ in range(3)))

        with at.set_grad_enabled(inner.random() < 0.5):
            asyncio.run(all_tasks())
        body = _Body(inner, True, tally)
        for _ in body.steps():
            pass
        body.look()

    errors = _in_threads([lambda seed=seed: loop(seed) for seed in seeds])
    for error in errors:
        print(f"threads, program {seed}: {error!r}", flush=True)
    return not errors and tally[1] == wrong and at.is_grad_enabled()


# -- gradients -------------------------------------------------------------------------------------


def _trained(seed: int, steps: int = 4) -> list[np.ndarray]:
    """The weights of a small net after some steps, with random numbers of its own."""
    draw = np.random.default_rng(seed)
    made = at.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(108, 3))
    with at.no_grad():
        for parameter in model.parameters():
            parameter.copy_(at.randn(parameter.shape, generator=made) * 0.1)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    images = at.from_numpy(draw.standard_normal((8, 1, 8, 8)).astype(np.float32))
    labels = at.from_numpy(draw.integers(0, 3, 8))
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return [parameter.detach().numpy().copy() for parameter in model.parameters()]


def _same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def _apart(seed: int) -> bool:
    """Threads that train nets of their own find what each would alone."""
    alone = [_trained(seed + each) for each in range(3)]
    found: dict[int, list[np.ndarray]] = {}
    works = [lambda each=each: found.update({each: _trained(seed + each)}) for each in range(3)]
    errors = _in_threads(works)
    return not errors and all(_same(alone[each], found[each]) for each in range(3))


def _together(seed: int) -> bool:
    """Threads on one leaf, and on one graph that is kept: nothing is lost."""
    draw = np.random.default_rng(seed)
    leaf = at.from_numpy(draw.integers(-4, 5, 100_000).astype(np.float32)).requires_grad_()
    shared = leaf * 2.0
    factors = draw.integers(1, 9, (3, 20)).tolist()
    start = threading.Barrier(3, timeout=60)

    def work(mine: list[int]) -> None:
        start.wait()
        for factor in mine:
            (leaf * float(factor)).sum().backward()
            (shared * float(factor)).sum().backward(retain_graph=True)

    errors = _in_threads([lambda mine=mine: work(mine) for mine in factors])
    expected = 3 * sum(map(sum, factors))  # whole numbers: exact in any order
    return not errors and leaf.grad is not None and bool((leaf.grad == expected).all())


# -- processes -------------------------------------------------------------------------------------


def _forked(seed: int, limit: float = 30) -> bool:
    """A child forked while other threads draw and train goes on as its parent would."""
    at.rand(1)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            at.rand(10_000)
            leaf = at.ones(10_000, requires_grad=True)
            (leaf * 2).sum().backward()

    other = at.Generator().manual_seed(seed)
    expected, trained = at.rand(3, generator=other.clone_state()), _trained(seed)
    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                at.rand(1)
                drawn = at.rand(3, generator=other)
                status = 0 if drawn.equal(expected) and _same(_trained(seed), trained) else 2
            finally:
                os._exit(status)
        end = time.monotonic() + limit
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status == 0
            time.sleep(0.002)
        os.kill(child, 9)
        os.waitpid(child, 0)
        return False
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _one_step(model: nn.Module, optimizer: Any, generator: Any) -> Any:
    x = at.randn(4, 3, generator=generator)
    optimizer.zero_grad()
    model(x).square().mean().backward()
    optimizer.step()
    return [parameter.detach().numpy() for parameter in model.parameters()]


def _spawned(count: int) -> int:
    """Model, optimizer and generator cross to a spawned process, and go on there as here."""
    held = 0
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for seed in range(count):
            model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
            optimizer = optim.AdamW(model.parameters())
            generator = at.Generator().manual_seed(seed)
            _one_step(model, optimizer, generator)
            # One tuple: pickled together, so that the optimizer still holds the model's weights.
            # A copy: with autotensor.multiprocessing imported, the process would write to these.
            sent = copy.deepcopy((model, optimizer, generator))
            there = pool.apply_async(_one_step, sent).get(120)
            held += _same(there, _one_step(model, optimizer, generator))
    return held


def run(effort: float, seed: int) -> list[Row]:
    tally = [0, 0]  # looks, and those that saw another mode
    programs = times(2000, effort, 4)
    held = sum(_seen(_program, seed * programs + each, tally) for each in range(programs))
    rows = [
        Row(
            "programs of threads, tasks and generators that switch modes",
            "each sees its own",
            programs,
            held,
            f"some {tally[0]:,} looks, {tally[1]:,} wrong",
        )
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for work, what, must in (
            (
                _apart,
                "three threads train a net each",
                "the weights of training alone, bit for bit",
            ),
            (
                _together,
                "three threads go backward to one leaf, and on one graph",
                "no gradient lost",
            ),
        ):
            count = times(500, effort, 2)
            rows.append(Row(what, must, count, sum(_seen(work, each) for each in range(count))))
    finally:
        sys.setswitchinterval(before)
    if hasattr(os, "fork"):
        count = times(500, effort, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: fork and threads
            held = sum(_seen(_forked, each) for each in range(count))
        rows.append(
            Row(
                "forks while other threads draw and train",
                "the child goes on the same",
                count,
                held,
            )
        )
    count = times(200, effort)
    rows.append(
        Row(
            "models sent to a spawned process",
            "a step there is a step here",
            count,
            _spawned(count),
        )
    )
    return rows


def _seen(work: Callable[..., bool], seed: int, *more: Any) -> bool:
    right = work(seed, *more)
    if not right:
        print(f"threads: {work.__name__}({seed}) does not hold", flush=True)
    return right
