"""Loaders and samplers that go on where they were left."""

from __future__ import annotations

import copy
import io
import itertools
import pickle
import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    sample_generator,
)

pytestmark = pytest.mark.usefixtures("generators_as_they_were")


def generator(seed: int = 0) -> at.Generator:
    return at.Generator().manual_seed(seed)


def through_a_file(state: Any) -> Any:
    file = io.BytesIO()
    at.save(state, file)
    return at.load(io.BytesIO(file.getvalue()))


class Noisy(Dataset[Any]):
    def __len__(self) -> int:
        return 23

    def __getitem__(self, index: int) -> float:
        return index + at.rand(1, generator=sample_generator()).item()


class Stream(IterableDataset[Any]):
    """Counts how often it was read from its beginning."""

    reads = 0

    def __iter__(self) -> Iterator[float]:
        self.reads += 1
        for index in range(23):
            yield index + at.rand(1, generator=sample_generator()).item()


class Keeping(IterableDataset[Any]):
    """Keeps its own place."""

    def __init__(self) -> None:
        self.place = 0
        self.asked: list[int] = []

    def __iter__(self) -> Iterator[int]:
        while self.place < 23:
            self.asked.append(self.place)
            self.place += 1
            yield self.place - 1
        self.place = 0

    def state_dict(self) -> dict[str, int]:
        return {"place": self.place}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.place = state["place"]


class OwnGenerator:
    def __init__(self) -> None:
        self.rng = generator(3)

    def __iter__(self) -> Iterator[int]:
        for _ in range(17):
            yield int(at.randint(23, (1,), generator=self.rng).item())


class OfNumPy:
    def __iter__(self) -> Iterator[int]:
        return iter(np.random.permutation(23).tolist())


class OfPython:
    def __init__(self) -> None:
        self.rng = random.Random(3)

    def __iter__(self) -> Iterator[int]:
        for _ in range(17):
            yield self.rng.randrange(23)


LOADERS: dict[str, Any] = {
    "in order": lambda w: DataLoader(Noisy(), 4, num_workers=w),
    "shuffled": lambda w: DataLoader(Noisy(), 4, True, num_workers=w),
    "by a generator": lambda w: DataLoader(
        range(23), 4, True, num_workers=w, generator=generator(1), drop_last=True
    ),
    "one by one": lambda w: DataLoader(Noisy(), None, True, num_workers=w),
    "at once": lambda w: DataLoader(TensorDataset(at.arange(23)), 4, True, num_workers=w),
    "weighted": lambda w: DataLoader(
        range(23), 4, sampler=WeightedRandomSampler(np.arange(23), 30), num_workers=w
    ),
    "a batch sampler": lambda w: DataLoader(
        range(23),
        batch_sampler=BatchSampler(RandomSampler(range(23), generator=generator(1)), 4, False),
        num_workers=w,
    ),
    "an own generator": lambda w: DataLoader(Noisy(), 4, sampler=OwnGenerator(), num_workers=w),
    "NumPy": lambda w: DataLoader(Noisy(), 4, sampler=OfNumPy(), num_workers=w),
    "Python": lambda w: DataLoader(Noisy(), 4, sampler=OfPython(), num_workers=w),
    "a sampler with a place": lambda w: DataLoader(Noisy(), 4, sampler=Keeping(), num_workers=w),
    "strings": lambda w: DataLoader(
        {name: ord(name) for name in "abcdefghijk"}, 2, sampler=list("hedgcbfa"), num_workers=w
    ),
    "a stream": lambda w: DataLoader(Stream(), 4, num_workers=w),
    "a stream with a place": lambda w: DataLoader(Keeping(), 4, num_workers=w),
}


def seed_all(seed: int) -> None:
    at.manual_seed(seed)
    np.random.seed(seed)


def epochs(loader: DataLoader) -> Iterator[Any]:
    while True:
        for batch in loader:
            yield [one.tolist() for one in batch] if isinstance(batch, list) else plain(batch)
        yield "end"


def plain(batch: Any) -> Any:
    return batch.tolist() if isinstance(batch, at.Tensor) else batch


@pytest.mark.parametrize("workers", [(0, 0), (3, 3), (2, 0)], ids=str)
@pytest.mark.parametrize("kind", LOADERS)
def test_another_loader_goes_on_with_the_same_batches(kind: str, workers: Any) -> None:
    # Before the first batch, within an epoch, after its last batch, behind its end, in the next.
    seed_all(5)
    length = list(itertools.islice(epochs(LOADERS[kind](0)), 60)).index("end")
    for stop in (0, 1, 3, length - 1, length, length + 1, length + 3):
        seed_all(5)
        loader = LOADERS[kind](workers[0])
        batches = epochs(loader)
        list(itertools.islice(batches, stop))
        state = through_a_file(loader.state_dict())
        rest = list(itertools.islice(batches, length + 6))
        seed_all(6)
        other = LOADERS[kind](workers[1])
        other.load_state_dict(state)
        assert list(itertools.islice(epochs(other), length + 6)) == rest, stop
        seed_all(7)
        other.load_state_dict(state)  # the same once more
        assert list(itertools.islice(epochs(other), length + 6)) == rest, stop


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", LOADERS)
def test_what_was_resumed_can_be_resumed_again_and_again(kind: str, workers: int) -> None:
    seed_all(5)
    expected = list(itertools.islice(epochs(LOADERS[kind](0)), 20))
    seed_all(5)
    loader, got = LOADERS[kind](workers), []
    for steps in (1, 2, 1, 3, 2, 6, 5):  # two batches or more after a resume, and behind the end
        got += itertools.islice(epochs(loader), steps)
        state = through_a_file(loader.state_dict())
        seed_all(6)
        loader = LOADERS[kind](workers)
        loader.load_state_dict(state)
    assert got[:20] == expected


def test_a_resumed_stream_says_where_it_stands_now() -> None:
    class Ten(IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter(range(10))

    loader = DataLoader(Ten(), 2)
    next(iter(loader))
    for expected in ([2, 3], [4, 5], [6, 7], [8, 9]):
        state, loader = loader.state_dict(), DataLoader(Ten(), 2)
        loader.load_state_dict(state)
        assert next(iter(loader)).tolist() == expected
    state, loader = loader.state_dict(), DataLoader(Ten(), 2)
    loader.load_state_dict(state)
    assert list(loader) == []


def test_the_rest_of_an_epoch_by_hand() -> None:
    loader = DataLoader(range(10), 3, sampler=[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    loader.load_state_dict(state)
    assert [batch.tolist() for batch in loader] == [[6, 5, 4], [3, 2, 1], [0]]
    assert next(iter(loader)).tolist() == [9, 8, 7]
    assert [batch.tolist() for batch in batches] == [[6, 5, 4], [3, 2, 1], [0]]


def test_the_place_is_that_of_what_was_handed_out() -> None:
    asked: list[int] = []

    class Asked(Noisy):
        def __getitem__(self, index: int) -> int:
            asked.append(index)
            return index

    loader = DataLoader(Asked(), 2, num_workers=2, prefetch_factor=4)
    batches = iter(loader)
    next(batches)
    while len(asked) < 16:
        pass
    state = loader.state_dict()
    asked.clear()
    loader.load_state_dict(state)
    assert next(iter(loader)).tolist() == [2, 3]
    assert 0 not in asked


def test_a_loop_left_early_can_be_taken_up_and_the_next_one_is_a_new_epoch() -> None:
    loader = DataLoader(range(6), 2, num_workers=2)
    for _ in loader:
        break
    state = loader.state_dict()
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3], [4, 5]]
    assert loader.state_dict()["epoch"] is None
    loader.load_state_dict(state)
    assert loader.state_dict()["epoch"] == state["epoch"]
    assert [batch.tolist() for batch in loader] == [[2, 3], [4, 5]]


def test_after_the_last_batch_nothing_is_left_of_the_epoch() -> None:
    loader = DataLoader(range(4), 2, True, generator=generator())
    batches = iter(loader)
    next(batches), next(batches)
    state = loader.state_dict()
    assert next(batches, None) is None
    following = [batch.tolist() for batch in loader]
    loader.load_state_dict(state)
    assert list(loader) == []
    assert [batch.tolist() for batch in loader] == following


def test_what_others_draw_in_between_changes_nothing() -> None:
    def steps(loader: DataLoader) -> Iterator[Any]:
        for batch in epochs(loader):
            yield batch, at.rand(1).item()

    at.manual_seed(1)
    loader = DataLoader(range(20), 3, True)
    running = steps(loader)
    list(itertools.islice(running, 4))
    state = loader.state_dict()
    rest = list(itertools.islice(running, 12))
    at.manual_seed(2)
    other = DataLoader(range(20), 3, True)
    other.load_state_dict(state)
    assert list(itertools.islice(steps(other), 12)) == rest


def test_a_stream_with_a_place_is_not_read_again_and_another_one_is_skipped() -> None:
    loader = DataLoader(Keeping(), 4, num_workers=2)
    batches = iter(loader)
    next(batches), next(batches)
    state = loader.state_dict()
    other = DataLoader(Keeping(), 4)
    other.load_state_dict(state)
    assert next(iter(other)).tolist() == [8, 9, 10, 11]
    assert min(other.dataset.asked) == 8
    plain = DataLoader(Stream(), 4)
    next(iter(plain))
    again = DataLoader(Stream(), 4)
    again.load_state_dict(plain.state_dict())
    assert [int(one) for one in next(iter(again)).tolist()] == [4, 5, 6, 7]
    assert again.dataset.reads == 1


def test_an_iterator_may_keep_the_place() -> None:
    class Counter:
        def __init__(self) -> None:
            self.place = -1

        def __iter__(self) -> Counter:
            return self

        def __next__(self) -> int:
            self.place += 1
            return self.place

        def state_dict(self) -> dict[str, int]:
            return {"place": self.place}

        def load_state_dict(self, state: dict[str, int]) -> None:
            self.place = state["place"] + 1000  # to be seen

    class Counting(IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return Counter()

    class Sampling:
        def __iter__(self) -> Iterator[int]:
            return Counter()

    for loader in (
        DataLoader(Counting(), 2),
        DataLoader(Counting(), 2, num_workers=2),
        DataLoader({i: i for i in range(3000)}, 2, sampler=Sampling()),
    ):
        assert next(iter(loader)).tolist() == [0, 1]
        loader.load_state_dict(loader.state_dict())
        assert next(iter(loader)).tolist() == [1002, 1003]


def test_batches_out_of_order_are_all_there() -> None:
    gate = threading.Event()

    class Slow(Noisy):
        def __getitem__(self, index: int) -> int:
            if index == 0:
                gate.wait(10)
            return index

    loader = DataLoader(Slow(), 2, num_workers=2, in_order=False)
    batches = iter(loader)
    first = [next(batches).tolist() for _ in range(3)]
    assert [0, 1] not in first
    state = through_a_file(loader.state_dict())
    gate.set()
    rest = [batch.tolist() for batch in batches]
    assert [0, 1] in rest
    other = DataLoader(Slow(), 2, num_workers=2, in_order=False)
    other.load_state_dict(state)
    assert sorted(batch.tolist() for batch in other) == sorted(rest)
    assert sorted(first + rest) == [[i, i + 1] if i < 22 else [i] for i in range(0, 23, 2)]


def test_it_costs_nothing_per_batch_and_little_at_all() -> None:
    loader = DataLoader(range(2**20), 4, True, num_workers=1)
    batches = iter(loader)
    next(batches)
    file = io.BytesIO()
    at.save(loader.state_dict(), file)
    assert len(file.getvalue()) < 10_000


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_of_a_loader_gives_the_same_epochs_by_itself(copied: Any) -> None:
    first = DataLoader(range(20), 3, True, generator=generator(), num_workers=2)
    next(iter(first))
    second = copied(first)
    assert second.generator is second.sampler.generator is not first.generator
    for _ in range(2):
        assert [one.tolist() for one in first] == [one.tolist() for one in second]
    state = first.generator.get_state()
    list(second)
    assert at.equal(first.generator.get_state(), state)
    with pytest.raises(ValueError, match="batch_size cannot be changed"):
        second.batch_size = 3


# -- what is refused -------------------------------------------------------------------------------


def within_an_epoch(**arguments: Any) -> dict[str, Any]:
    loader = DataLoader(range(8), **{"batch_size": 2, **arguments})
    next(iter(loader))
    return loader.state_dict()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 3}, "with batch_size 2, but here it is 3"),
        ({"drop_last": True}, "with drop_last False, but here it is True"),
        ({"dataset": range(9)}, "with samples 8, but here it is 9"),
        ({"shuffle": True}, "with order SequentialSampler, but here it is RandomSampler"),
        ({"dataset": Stream()}, "with samples 8, but here it is None"),
    ],
)
def test_another_loader_is_refused(arguments: dict[str, Any], message: str) -> None:
    loader = DataLoader(**{"dataset": range(8), "batch_size": 2, **arguments})
    at.manual_seed(0)
    before = at.get_rng_state()
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict(within_an_epoch())
    assert at.equal(at.get_rng_state(), before)
    assert loader.state_dict()["epoch"] is None


def test_between_epochs_the_batch_size_may_change() -> None:
    state = DataLoader(range(8), 2, True, generator=generator(3)).state_dict()
    loader = DataLoader(range(8), 8, True, generator=generator(4))
    loader.load_state_dict(state)
    expected = next(iter(DataLoader(range(8), 8, True, generator=generator(3))))
    assert next(iter(loader)).tolist() == expected.tolist()


@pytest.mark.parametrize("part", within_an_epoch(shuffle=True))
def test_a_state_with_a_part_missing_is_refused(part: str) -> None:
    state = within_an_epoch(shuffle=True)
    del state[part]
    with pytest.raises(ValueError, match=f"the state has no '{part}', only"):
        DataLoader(range(8), 2, True).load_state_dict(state)


def test_what_is_no_state_is_refused() -> None:
    loader = DataLoader(range(8), 2, True)
    state = within_an_epoch(shuffle=True)
    at.manual_seed(0)
    before = at.get_rng_state()
    wrong: list[tuple[type[Exception], Any, str]] = [
        (TypeError, None, "expected a dict, got NoneType"),
        (ValueError, {}, "the state has no 'epoch'"),
        (ValueError, {**state, "random": []}, "0 random generators, but this has 1"),
        (ValueError, {**state, "random": [at.zeros(48)]}, "new_state must be a uint8 Tensor"),
        (ValueError, {**state, "dataset": {}}, "that of a data set, but range has no state_dict"),
        (TypeError, {**state, "epoch": 3}, "expected a dict, got int"),
        (ValueError, {**state, "epoch": {**state["epoch"], "plan": {}}}, "no 'number'"),
    ]
    for error, bad, message in wrong:
        with pytest.raises(error, match=message):
            loader.load_state_dict(bad)
        assert at.equal(at.get_rng_state(), before)


# -- samplers --------------------------------------------------------------------------------------

SAMPLERS: dict[str, Any] = {
    "sequential": lambda: SequentialSampler(range(9)),
    "random": lambda: RandomSampler(range(9), generator=generator(1)),
    "random, default": lambda: RandomSampler(range(9)),
    "rounds": lambda: RandomSampler(range(9), num_samples=20),
    "subset": lambda: SubsetRandomSampler(list("abcdefghi"), generator(1)),
    "weighted": lambda: WeightedRandomSampler(np.arange(1, 10), 9, generator=generator(1)),
    "distributed": lambda: DistributedSampler(range(18), 2, 1, seed=3),
    "batches": lambda: BatchSampler(RandomSampler(range(40), generator=generator(1)), 4, False),
    "batches of others": lambda: BatchSampler(OwnGenerator(), 2, True),
    "batches with a place": lambda: BatchSampler(Keeping(), 3, False),
}


def keys(sampler: Any) -> Iterator[Any]:
    while True:
        yield from sampler
        yield "end"


@pytest.mark.parametrize("stop", [0, 1, 5, 9, 10, 14])
@pytest.mark.parametrize("kind", SAMPLERS)
def test_another_sampler_goes_on_with_the_same_keys(kind: str, stop: int) -> None:
    at.manual_seed(5)
    sampler = SAMPLERS[kind]()
    if kind == "distributed":
        sampler.set_epoch(4)
    walk = keys(sampler)
    list(itertools.islice(walk, stop))
    state = through_a_file(sampler.state_dict())
    rest = list(itertools.islice(walk, 25))
    at.manual_seed(6)
    other = SAMPLERS[kind]()
    other.load_state_dict(state)
    assert through_a_file(other.state_dict()).keys() == state.keys()
    assert list(itertools.islice(keys(other), 25)) == rest


def test_a_piece_after_a_million_keys_is_taken_up() -> None:
    count = 2**20 + 10
    sampler = RandomSampler(range(3), True, count, generator(1))
    walk = iter(sampler)
    for _ in range(2**20 + 3):
        next(walk)
    state = sampler.state_dict()
    rest = list(walk)
    assert len(rest) == 7
    other = RandomSampler(range(3), True, count, generator(2))
    other.load_state_dict(state)
    assert list(other) == rest


def test_a_sampler_with_its_own_iter_has_no_state_it_does_not_define() -> None:
    class Own(Sampler[int]):
        def __iter__(self) -> Iterator[int]:
            return iter([1])

    with pytest.raises(NotImplementedError, match="Own defines __iter__, so it must define"):
        Own().state_dict()
    with pytest.raises(NotImplementedError, match="load_state_dict: Own defines"):
        Own().load_state_dict({})


def test_a_loader_goes_on_with_a_sampler_that_was_loaded() -> None:
    sampler = RandomSampler(range(9), generator=generator(1))
    walk = iter(sampler)
    next(walk)
    state = sampler.state_dict()
    rest = list(walk)
    other = RandomSampler(range(9), generator=generator(2))
    other.load_state_dict(state)
    loader = DataLoader(range(9), 3, sampler=other)
    batches = iter(loader)
    assert next(batches).tolist() == rest[:3]
    state = loader.state_dict()
    assert [one.tolist() for one in batches] == [rest[3:6], rest[6:]]
    loader.load_state_dict(state)
    assert [one.tolist() for one in loader] == [rest[3:6], rest[6:]]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_that_goes_on_can_be_left_again(workers: int) -> None:
    """A state taken after every batch, each by a loader that has gone on from the one before."""

    def made() -> DataLoader:
        return DataLoader(Noisy(), 4, shuffle=True, generator=generator(), num_workers=workers)

    whole = [batch.tolist() for batch in made()]
    found = []
    loader = made()
    for _ in whole:
        found.append(next(iter(loader)).tolist())
        state = through_a_file(loader.state_dict())
        loader = made()
        loader.load_state_dict(state)
    assert found == whole


# -- shares of several processes -------------------------------------------------------------------


def of_share(rank: int, ranks: int, workers: int = 0, batch: int = 2) -> DataLoader:
    sampler = DistributedSampler(range(24), ranks, rank, seed=1)
    sampler.set_epoch(2)
    return DataLoader(range(24), batch, sampler=sampler, num_workers=workers)


def read_by(loader: Any, batches: int | None = None) -> list[int]:
    return [key for batch in itertools.islice(loader, batches) for key in batch.tolist()]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 4), (4, 1), (2, 2), (4, 2), (3, 1)])
def test_other_numbers_of_processes_read_what_is_left(
    before: int, after: int, workers: int
) -> None:
    """Rank 0 saves, and what any share has fetched ahead belongs to nobody."""
    loaders = [of_share(rank, before, workers) for rank in range(before)]
    iterators = [iter(loader) for loader in loaders]
    read = [read_by(one, 2) for one in iterators]
    state = through_a_file(loaders[0].state_dict())
    others = [of_share(rank, after, workers) for rank in range(after)]
    for one in others:
        one.load_state_dict(state)
    rest = [read_by(one) for one in others]
    assert len({len(one) for one in rest}) == 1
    assert sorted(itertools.chain(*read, *rest)) == list(range(24))
    order = list(of_share(0, 1).sampler)
    assert [key for keys in zip(*rest, strict=True) for key in keys] == order[4 * before :]
    assert len(others[0]) == len(read_by(others[0])) / 2  # the epoch after that is whole


def test_the_same_batch_of_all_goes_on_in_other_numbers_of_processes() -> None:
    loader = of_share(0, 2, batch=4)
    read_by(iterator := iter(loader), 2)
    state = through_a_file(loader.state_dict())
    del iterator
    others = [of_share(rank, 4, batch=2) for rank in range(4)]
    order = list(of_share(0, 1).sampler)
    for one in others:
        one.load_state_dict(state)
    assert sorted(itertools.chain(*map(read_by, others))) == sorted(order[16:])
    with pytest.raises(ValueError, match="of a loader with batch_size 4, but here it is 2"):
        of_share(0, 2, batch=2).load_state_dict(state)


def test_shares_that_do_not_come_out_even_are_refused() -> None:
    loader = of_share(0, 2, batch=1)
    iterator = iter(loader)
    next(iterator)
    other = of_share(0, 3, batch=1)
    other.load_state_dict(loader.state_dict())
    with pytest.raises(ValueError, match="2 processes have read 1 samples each, which 3 cannot"):
        iter(other)
