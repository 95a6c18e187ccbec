"""What the threads of a DataLoader draw without ``generator=``, and the generators they share."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn.data import DataLoader, Dataset, IterableDataset, get_worker_info, sample_generator

pytestmark = pytest.mark.usefixtures("generators_as_they_were")


class Items(Dataset[Any]):
    """16 samples, each of which is what a function gives."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function

    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> Any:
        return self.function()


def seed_worker(worker_id: int) -> None:
    """PyTorch's page on reproducibility has it so."""
    worker_seed = at.initial_seed() % 2**32
    np.random.seed(worker_seed)
    random.seed(worker_seed)


DRAWS: dict[str, Callable[[], Any]] = {
    "rand": lambda: at.rand(2),
    "randn": lambda: at.randn(2),
    "randperm": lambda: at.randperm(30),
    "poisson": lambda: at.poisson(at.full((3,), 100.0)),
    "uniform_": lambda: at.empty(2).uniform_(),
    "dropout": lambda: F.dropout(at.ones(60), 0.5),
    "a distribution": lambda: at.distributions.Gamma(2.0, 1.0).sample(),
    "another": lambda: at.distributions.VonMises(0.0, 1.0).sample(),
    "sparse_": lambda: nn.init.sparse_(at.empty(40, 1), 0.5),
    "a loader in it": lambda: next(iter(DataLoader(range(40), 40, shuffle=True))),
}


@pytest.mark.parametrize("kind", DRAWS)
def test_draws_of_workers_are_the_same_for_a_seed_and_disturb_nobody(kind: str) -> None:
    def run(workers: int, **options: Any) -> Any:
        at.manual_seed(3)
        loader = DataLoader(Items(DRAWS[kind]), 2, num_workers=workers, **options)
        epochs = [[row for x in loader for row in x.reshape(2, -1).tolist()] for _ in range(2)]
        return epochs, at.rand(3).tolist()

    first, after = run(2)
    samples = [str(row) for epoch in first for row in epoch]
    assert len(set(samples)) == 32  # each sample's are its own, in each epoch
    for _ in range(5):
        assert run(2) == (first, after)
    assert run(3) == (first, after)
    unordered, _ = run(2, in_order=False)
    assert [sorted(epoch) for epoch in unordered] == [sorted(epoch) for epoch in first]
    at.manual_seed(3)
    for _ in range(2):
        at.default_generator.rng.integers(2**63)  # the seed of an epoch
    assert at.rand(3).tolist() == after


def test_what_the_program_draws_meanwhile_disturbs_no_worker() -> None:
    def batches(draws: int) -> Any:
        at.manual_seed(3)
        loader = DataLoader(Items(lambda: at.rand(1)), 2, num_workers=2)
        return [(x.tolist(), at.rand(draws).shape)[0] for x in loader]

    assert batches(0) == batches(7)


def test_without_workers_the_program_draws_as_ever() -> None:
    at.manual_seed(3)
    (first, *_) = DataLoader(Items(lambda: at.rand(1)), 1)
    at.manual_seed(3)
    at.default_generator.rng.integers(2**63)
    assert first.tolist() == at.rand(1)[None].tolist()


def test_a_seed_set_in_a_worker_is_that_workers() -> None:
    def seeded() -> Any:
        at.manual_seed(5)
        return at.rand(2), at.initial_seed()

    at.manual_seed(3)
    for x, seeds in DataLoader(Items(seeded), 2, num_workers=2):
        assert at.equal(x[0], x[1])
        assert at.equal(x[0], at.rand(2, generator=at.Generator().manual_seed(5)))
        assert seeds.tolist() == [5, 5]
    assert at.initial_seed() == 3


def test_fork_rng_and_states_are_those_of_the_worker() -> None:
    def drawn() -> Any:
        state = at.get_rng_state()
        with at.random.fork_rng():
            first = at.rand(2)
        second = at.rand(2)
        at.set_rng_state(state)
        return at.stack([first, second, at.rand(2)])

    for batch in DataLoader(Items(drawn), 2, num_workers=2):
        assert at.equal(batch[:, 0], batch[:, 1])
        assert at.equal(batch[:, 0], batch[:, 2])


def test_both_ways_to_draw_go_side_by_side() -> None:
    def values(workers: int, function: Callable[[], Any]) -> Any:
        at.manual_seed(3)
        return [x.tolist() for x in DataLoader(Items(function), 2, num_workers=workers)]

    def both() -> Any:
        at.rand(5)
        return at.rand(1, generator=sample_generator())

    def alone() -> Any:
        return at.rand(1, generator=sample_generator())

    assert values(2, both) == values(0, alone)
    assert values(2, both) != values(2, lambda: at.rand(1))


def test_a_get_batch_may_draw() -> None:
    class Whole(Dataset[Any]):
        def __len__(self) -> int:
            return 12

        def __getitem__(self, index: int) -> Any:
            raise AssertionError

        def get_batch(self, indices: Any) -> Any:
            return at.rand(2), at.rand(2, generator=sample_generator())

    def epoch(workers: int) -> Any:
        at.manual_seed(3)
        loader = DataLoader(Whole(), 2, True, num_workers=workers)
        return [[one.tolist() for one in pair] for pair in loader], at.rand(1).item()

    first = epoch(2)
    assert all(epoch(2) == first for _ in range(4))
    assert [own for _, own in epoch(0)[0]] == [own for _, own in first[0]]


class Shuffled(IterableDataset[Any]):
    """Draws when it is begun, and for each sample."""

    def __iter__(self) -> Iterator[Any]:
        order = at.randperm(12, generator=sample_generator()) + 100 * at.randperm(12)
        return ((key, at.rand(1)) for key in order.tolist())


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_that_draws_when_it_is_begun(workers: int) -> None:
    def loader() -> Any:
        at.manual_seed(3)
        return DataLoader(Shuffled(), 2, num_workers=workers)

    whole = [str(batch) for batch in loader()]
    assert [str(batch) for batch in loader()] == whole
    for stop in (1, 2, 5):
        left = loader()
        assert [str(batch) for batch in itertools.islice(left, stop)] == whole[:stop]
        state, other = left.state_dict(), loader()
        at.manual_seed(4)
        other.load_state_dict(state)
        assert [str(batch) for batch in other] == whole[stop:]


@pytest.mark.parametrize("persistent", [False, True])
def test_a_worker_has_a_seed(persistent: bool) -> None:
    begun: list[tuple[int, int]] = []

    def begin(worker: int) -> None:
        begun.append((worker, at.initial_seed()))

    def seeds() -> Any:
        info = get_worker_info()
        assert info is not None
        at.rand(1)
        return [str(one) for one in (info.id, info.seed, at.initial_seed())]

    def epochs() -> Any:
        begun.clear()
        options: Any = {"worker_init_fn": begin, "persistent_workers": persistent}
        generator = at.Generator().manual_seed(3)
        loader = DataLoader(Items(seeds), 2, num_workers=2, generator=generator, **options)
        found = []
        for _ in range(2):
            rows = {tuple(row) for batch in loader for row in zip(*batch, strict=True)}
            found.append(sorted((int(a), int(b), int(c)) for a, b, c in rows))
        return found

    expected = [int(at.Generator().manual_seed(3).rng.integers(2**63))]
    found = epochs()
    seed = expected[0]
    assert found[0] == [(0, seed, seed), (1, seed + 1, seed + 1)]
    assert (found[1] == found[0]) is persistent
    firsts = [
        (number, own) for epoch in found[: 1 if persistent else 2] for number, own, _ in epoch
    ]
    assert sorted(begun) == sorted(firsts)
    assert epochs() == found


def test_the_recipe_for_reproducibility() -> None:
    def run() -> Any:
        at.manual_seed(0)
        np.random.seed(0)
        random.seed(0)
        generator = at.Generator().manual_seed(0)
        draws = Items(lambda: np.random.rand() + random.random())
        loader = DataLoader(
            draws, 4, num_workers=1, worker_init_fn=seed_worker, generator=generator
        )
        return [[value for batch in loader for value in batch.tolist()] for _ in range(3)]

    epochs = run()
    assert len({value for epoch in epochs for value in epoch}) == 3 * 16
    assert run() == epochs


@pytest.mark.parametrize("workers", [1, 4])
def test_the_programs_generators_stay_where_they_are(workers: int) -> None:
    np.random.seed(0)
    random.seed(0)
    expected = np.random.rand(), random.random()
    np.random.seed(0)
    random.seed(0)
    loader = DataLoader(range(16), 2, num_workers=workers, worker_init_fn=seed_worker)
    list(loader), list(loader)
    assert (np.random.rand(), random.random()) == expected


def test_workers_begin_side_by_side() -> None:
    together = threading.Barrier(3)

    def begin(worker: int) -> None:
        together.wait(10)

    assert len(list(DataLoader(range(8), 2, num_workers=3, worker_init_fn=begin))) == 4
