"""Parts and unions of data sets, samplers, streams, and worker threads."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Tensor
from nn.data import (
    MNIST,
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
    sample_generator,
    transforms,
)
from nn.data.batches import get_batch_of


def generator(seed: int = 0) -> at.Generator:
    return at.Generator().manual_seed(seed)


def numbers(count: int, first: int = 0) -> TensorDataset:
    """Sample i is (a picture full of first + i, first + i)."""
    values = np.arange(first, first + count)
    pictures = np.broadcast_to(values[:, None, None, None], (count, 1, 4, 4)).astype(np.float32)
    return TensorDataset(at.from_numpy(pictures.copy()), at.from_numpy(values))


def labels_of(loader: Any) -> list[list[int]]:
    return [labels.tolist() for _, labels in loader]


def loaders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("DataLoader")]


@pytest.fixture(autouse=True)
def all_threads_of_other_tests_are_gone() -> None:
    """An iterator that is let go tells its threads to end, and does not wait for them."""
    for thread in loaders():
        thread.join(10)
    assert not loaders()


class Plain(Dataset):
    """A data set that has no get_batch."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        return index


# --- parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("indices", [[7, 2, 2, 5], np.array([1, 0]), range(3, 8), range(8, 1, -2)])
def test_a_subset(indices: Any) -> None:
    part = Subset(numbers(10), indices)
    wanted = [int(index) for index in indices]
    assert len(part) == len(wanted)
    assert [part[i][1].item() for i in range(len(part))] == wanted
    assert part[-1][1].item() == wanted[-1]
    assert [one for batch in labels_of(DataLoader(part, 2)) for one in batch] == wanted
    shuffled = labels_of(DataLoader(part, 2, shuffle=True, generator=generator()))
    assert sorted(one for batch in shuffled for one in batch) == sorted(wanted)


def test_the_sizes_of_a_union_have_their_name_of_old_too() -> None:
    union = ConcatDataset([range(3), range(4)])
    assert union.cummulative_sizes == union.cumulative_sizes == [3, 7]


def test_a_subset_of_neighbours_is_read_in_runs() -> None:
    asked: list[Any] = []

    class Asked(TensorDataset):
        def get_batch(self, indices: Any) -> Any:
            asked.append(indices)
            return super().get_batch(indices)

    data = Asked(*numbers(10).tensors)
    assert len(list(DataLoader(Subset(data, range(3, 9)), 4))) == 2
    assert asked == [slice(3, 7), slice(7, 9)]


def test_a_subset_has_batches_only_where_the_data_set_has() -> None:
    assert get_batch_of(Subset(numbers(3), [0])) is not None
    assert get_batch_of(Subset(Plain(3), [0])) is None
    assert get_batch_of(Subset(Subset(Plain(3), [0]), [0])) is None
    assert [b.tolist() for b in DataLoader(Subset(Plain(9), [8, 4]), 2)] == [[8, 4]]


def test_a_subset_refuses_what_is_no_index() -> None:
    with pytest.raises(TypeError, match="indices must be integers"):
        Subset(numbers(3), [0.5])  # type: ignore[list-item]
    with pytest.raises(IndexError):
        Subset(numbers(3), [0, 1])[2]


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [([7, 3], [7, 3]), ([0.5, 0.5], [5, 5]), ([0.33, 0.33, 0.34], [4, 3, 3]), ([10, 0], [10, 0])],
)
def test_a_random_split_shares_no_sample(lengths: Any, sizes: list[int]) -> None:
    parts = random_split(numbers(10), lengths, generator())
    assert [len(part) for part in parts] == sizes
    found = [part[i][1].item() for part in parts for i in range(len(part))]
    assert sorted(found) == list(range(10))
    assert found != list(range(10))
    again = random_split(numbers(10), lengths, generator())
    assert [p.indices for p in again] == [p.indices for p in parts]
    assert all(isinstance(p.indices, list) for p in parts)  # so that they can be added


def test_one_sample_of_one_is_a_length_and_a_fraction() -> None:
    assert [len(part) for part in random_split(numbers(1), [1])] == [1]
    with pytest.warns(UserWarning, match=r"\[0.5, 0.5\] of 1 samples leave part 1 empty") as caught:
        assert [len(part) for part in random_split(numbers(1), [0.5, 0.5])] == [1, 0]
    assert caught[0].filename == __file__
    assert [len(part) for part in random_split(numbers(4), [1.0])] == [4]


@pytest.mark.parametrize("lengths", [[5, 4], [0.5, 0.4], [12, -2], [9.5, 0.5]])
def test_a_random_split_refuses(lengths: Any) -> None:
    with pytest.raises(ValueError, match="random_split: "):
        random_split(numbers(10), lengths)


# --- unions -------------------------------------------------------------------------------------


def test_data_sets_one_after_the_other() -> None:
    both = numbers(4) + numbers(3, first=10) + numbers(0) + numbers(2, first=20)
    assert isinstance(both, ConcatDataset)
    expected = [0, 1, 2, 3, 10, 11, 12, 20, 21]
    assert len(both) == 9
    assert [both[i][1].item() for i in range(9)] == expected
    assert both[-1][1].item() == 21
    with pytest.raises(IndexError, match="index 9 is out of range for 9"):
        both[9]
    with pytest.raises(IndexError, match="index -10"):
        both[-10]


@pytest.mark.parametrize("indices", [slice(0, 4), slice(2, 9), slice(4, 7), [8, 0, 5, 1, 1], [6]])
def test_a_batch_of_a_union_equals_its_collated_samples(indices: Any) -> None:
    both = ConcatDataset([numbers(4), numbers(3, first=10), numbers(2, first=20)])
    chosen = np.arange(9)[indices]
    found = both.get_batch(indices if isinstance(indices, slice) else chosen)
    expected = default_collate([both[i] for i in chosen.tolist()])
    assert len(found) == len(expected) == 2
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_union_with_one_that_has_no_batches() -> None:
    both = ConcatDataset([list(range(3)), Plain(2)])
    assert get_batch_of(both) is None
    assert [batch.tolist() for batch in DataLoader(both, 4)] == [[0, 1, 2, 0], [1]]


def test_a_union_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one data set"):
        ConcatDataset([])


def test_data_sets_side_by_side() -> None:
    assert StackDataset([1, 2], ["a", "b"])[1] == (2, "b")
    named = StackDataset(number=[1, 2], name=["a", "b"])
    assert named[0] == {"number": 1, "name": "a"}
    assert len(named) == 2
    with pytest.raises(ValueError, match=r"equally long, got \[2, 1\]"):
        StackDataset([1, 2], [1])
    with pytest.raises(ValueError, match="all named or none"):
        StackDataset()


# --- samplers -----------------------------------------------------------------------------------


def test_samplers_give_python_ints() -> None:
    data = range(6)
    assert list(SequentialSampler(data)) == [0, 1, 2, 3, 4, 5]
    for sampler in (
        RandomSampler(data),
        RandomSampler(data, replacement=True, num_samples=9),
        RandomSampler(data, num_samples=15),
        SubsetRandomSampler([5, 3, 1]),
        WeightedRandomSampler([1, 0, 2], 8),
    ):
        drawn = list(sampler)
        assert len(drawn) == len(sampler)
        assert {type(index) for index in drawn} == {int}


def test_random_orders() -> None:
    assert sorted(RandomSampler(range(20), generator=generator())) == list(range(20))
    assert sorted(SubsetRandomSampler([5, 3, 1])) == [1, 3, 5]
    first, second = (list(RandomSampler(range(20), generator=generator(s))) for s in (0, 1))
    assert first != second
    assert first == list(RandomSampler(range(20), generator=generator(0)))
    twice = list(RandomSampler(range(5), num_samples=12, generator=generator()))
    assert sorted(twice[:5]) == sorted(twice[5:10]) == list(range(5))
    drawn = list(RandomSampler(range(5), True, 1000, generator()))
    assert np.bincount(drawn, minlength=5).min() > 150


def test_weights() -> None:
    drawn = list(WeightedRandomSampler([1, 0, 3], 4000, generator=generator()))
    counts = np.bincount(drawn, minlength=3)
    assert counts[1] == 0
    assert counts[2] / counts[0] == pytest.approx(3, rel=0.15)
    assert sorted(WeightedRandomSampler(at.tensor([1.0, 2.0, 3.0]), 3, False)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("weights", "count", "replacement", "message"),
    [
        ([1, -1], 1, True, "finite and not negative"),
        ([1, float("nan")], 1, True, "finite and not negative"),
        ([0, 0], 1, True, "cannot draw 1 from 0 samples"),
        ([1, 0], 2, False, "cannot draw 2 from 1 samples .* without replacement"),
        ([[1]], 1, True, r"shape \(N,\), got \(1, 1\)"),
        ([1], 0, True, "num_samples must be at least 1"),
    ],
)
def test_weights_that_make_no_sense(
    weights: Any, count: int, replacement: bool, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        WeightedRandomSampler(weights, count, replacement)


def test_batches_of_a_sampler() -> None:
    assert list(BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert [len(BatchSampler(range(5), 2, drop)) for drop in (False, True)] == [3, 2]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_batch_sampler_decides_what_is_in_a_batch(workers: int) -> None:
    loader = DataLoader(numbers(9), batch_sampler=[[8], [0, 1, 2], [4, 4]], num_workers=workers)
    assert len(loader) == 3
    assert labels_of(loader) == labels_of(loader) == [[8], [0, 1, 2], [4, 4]]
    with pytest.raises(IndexError, match="the batch_sampler gave index 9"):
        list(DataLoader(numbers(9), batch_sampler=[[0], [9]], num_workers=workers))


def test_a_sampler_of_ones_own() -> None:
    class Backwards(Sampler):
        def __len__(self) -> int:
            return 4

        def __iter__(self) -> Iterator[int]:
            return iter([3, 2, 1, 0])

    assert labels_of(DataLoader(numbers(4), 3, sampler=Backwards())) == [[3, 2, 1], [0]]
    with pytest.raises(NotImplementedError, match="Sampler must define __iter__"):
        list(Sampler())
    with pytest.raises(IndexError, match="gave index"):
        list(DataLoader(numbers(4), sampler=RandomSampler(range(9), generator=generator())))


ENDLESS = [
    RandomSampler(range(9), replacement=True, num_samples=10**10),
    RandomSampler(range(9), num_samples=10**10),
    WeightedRandomSampler([1.0] * 9, 10**10),
]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("sampler", ENDLESS, ids=["replacement", "rounds", "weights"])
def test_ten_thousand_million_indices_are_drawn_as_they_are_needed(
    sampler: Any, workers: int
) -> None:
    loader = DataLoader(numbers(9), 4, sampler=sampler, num_workers=workers)
    assert len(loader) == 10**10 // 4
    at.manual_seed(0)
    first = labels_of(itertools.islice(loader, 5))
    assert {label for batch in first for label in batch} <= set(range(9))
    assert [len(batch) for batch in first] == [4] * 5
    # What the program draws between batches changes nothing.
    at.manual_seed(0)
    found = []
    for _, labels in itertools.islice(loader, 5):
        at.rand(3)
        found.append(labels.tolist())
    assert found == first
    assert not loaders()


def test_pieces_follow_each_other_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.data.sampler.AT_ONCE", 10)
    drawn = list(RandomSampler(range(4), num_samples=27, generator=generator()))
    assert len(drawn) == 27
    rounds = [drawn[start : start + 4] for start in range(0, 27, 4)]
    assert all(sorted(one) == [0, 1, 2, 3] for one in rounds[:-1])
    assert len(set(map(tuple, rounds))) > 1
    # A piece has ten indices: batches of 4 and of 15 reach across.
    for sampler in (
        RandomSampler(range(4), True, 37, generator()),
        WeightedRandomSampler([1, 0, 2], 37, generator=generator()),
    ):
        sampler.generator.manual_seed(1)
        whole = list(sampler)
        assert len(whole) == 37
        for size, drop in ((4, False), (4, True), (15, False), (15, True), (1, False)):
            sampler.generator.manual_seed(1)
            batches = labels_of(DataLoader(numbers(4), size, sampler=sampler, drop_last=drop))
            expected = [whole[start : start + size] for start in range(0, 37, size)]
            assert batches == [one for one in expected if not drop or len(one) == size]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_endless_sampler_is_read_as_it_goes(workers: int) -> None:
    class Endless(Sampler[int]):
        read = 0

        def __iter__(self) -> Iterator[int]:
            for number in itertools.count():
                self.read += 1
                yield number % 5

    sampler = Endless()
    loader = DataLoader(numbers(5), 3, sampler=sampler, num_workers=workers)
    assert labels_of(itertools.islice(loader, 3)) == [[0, 1, 2], [3, 4, 0], [1, 2, 3]]
    assert sampler.read <= 3 * (3 + 2 * workers)
    with pytest.raises(TypeError, match=r"object of type 'Endless' has no len\(\)"):
        len(loader)
    batches = DataLoader(
        numbers(5), batch_sampler=BatchSampler(sampler, 2, False), num_workers=workers
    )
    assert labels_of(itertools.islice(batches, 2)) == [[0, 1], [2, 3]]
    singly = DataLoader(numbers(5), None, sampler=sampler, num_workers=workers)
    assert [label.item() for _, label in itertools.islice(singly, 7)] == [0, 1, 2, 3, 4, 0, 1]


BY_NAME = {"a": 1, "b": 2, (3, 4): 3}


class ByName:
    """A data set of a length whose keys are names."""

    def __len__(self) -> int:
        return len(BY_NAME)

    def __getitem__(self, key: Any) -> int:
        return BY_NAME[key]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("data", [BY_NAME, ByName()], ids=["dict", "data set"])
def test_keys_that_are_no_integers_reach_the_data_set(data: Any, workers: int) -> None:
    names = ["b", (3, 4), "a"]
    by_sampler = DataLoader(data, 2, sampler=names, num_workers=workers)
    assert [batch.tolist() for batch in by_sampler] == [[2, 3], [1]]
    by_batches = DataLoader(data, batch_sampler=[names, "ab"], num_workers=workers)
    assert [batch.tolist() for batch in by_batches] == [[2, 3, 1], [1, 2]]
    random = list(DataLoader(data, None, sampler=SubsetRandomSampler(names), num_workers=workers))
    assert sorted(random) == [1, 2, 3]


class Table:
    """Keys of any kind, and no length."""

    def __getitem__(self, key: Any) -> Any:
        return {"key": key, "text": str(key)}


class InGroups(Plain):
    def __getitems__(self, indices: list[int]) -> list[int]:
        return [sum(indices)] * len(indices)


def arrangements(peer: Any) -> dict[str, Any]:
    """Loaders of data sets of either library, by what is special about them."""
    L, data = peer.DataLoader, list(range(10, 20))
    return {
        "tuples": L(Table(), sampler=[(1, 2), (3, 4), (5, 6)], batch_size=2),
        "texts": L({"a": 1, "b": 2, "c": 3}, sampler=["c", "a", "b"], batch_size=2),
        "keys that are numbers, but not from 0 on": L({7: 1, 9: 2}, sampler=[9, 7], batch_size=2),
        "keys of all kinds": L(Table(), sampler=[1, "a", (2, 3)]),
        "subset of texts": L({"a": 1}, sampler=peer.SubsetRandomSampler(["a"])),
        "an iterator": L(data, 2, sampler=iter([3, 1, 2])),
        "a generator of batches": L(data, batch_sampler=(one for one in ([3], [1, 2]))),
        "batches of all kinds": L(data, batch_sampler=[(0, 1), range(2, 4), np.array([5])]),
        "a generator for a batch": L(data, batch_sampler=[(one for one in (4, 5))]),
        "batches of texts": L({"a": 1, "b": 2}, batch_sampler=[["b", "a"], "a"]),
        "drop_last": L(data, 3, sampler=[9, 8, 7, 6], drop_last=True),
        "a sampler, no batches": L(data, batch_size=None, sampler=[2, 0, 9]),
        "texts, no batches": L({"a": 1, "b": 2}, batch_size=None, sampler=["b", "a"]),
        "bulks": L(Table(), batch_size=None, sampler=peer.BatchSampler(range(5), 2, False)),
        "__getitems__": L(InGroups(7), 3),
        "a sampler within a batch sampler": L(
            data, batch_sampler=peer.BatchSampler(peer.SequentialSampler(data), 4, True)
        ),
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_samplers_of_all_kinds_as_in_pytorch(torch: Any, workers: int) -> None:
    ours, theirs = arrangements(nn.data), arrangements(torch.utils.data)
    for name, loader in ours.items():
        loader.num_workers = workers
        assert repr(list(loader)) == repr(list(theirs[name])), name
        try:
            expected = len(theirs[name])
        except TypeError:
            with pytest.raises(TypeError, match=r"has no len\(\)"):
                len(loader)
        else:
            assert len(loader) == expected, name


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("count", "replicas"), [(10, 3), (9, 3), (2, 5), (7, 1), (5, 4)])
def test_shares_of_processes_as_in_pytorch(
    torch: Any, count: int, replicas: int, drop_last: bool
) -> None:
    shares = []
    for rank in range(replicas):
        arguments = (range(count), replicas, rank, False, 0, drop_last)
        ours = DistributedSampler(*arguments)
        theirs = torch.utils.data.DistributedSampler(*arguments)
        assert list(ours) == list(theirs)
        assert len(ours) == len(theirs)
        shuffled = DistributedSampler(range(count), replicas, rank, drop_last=drop_last)
        assert list(shuffled) == list(shuffled)
        assert len(list(shuffled)) == len(ours)
        shares.append(list(shuffled))
    if count % replicas == 0:
        assert sorted(itertools.chain(*shares)) == list(range(count))


def test_each_epoch_of_a_share_has_an_order_of_its_own() -> None:
    sampler = DistributedSampler(range(50), 2, 1)
    first = labels_of(DataLoader(numbers(50), 5, sampler=sampler))
    sampler.set_epoch(1)
    assert labels_of(DataLoader(numbers(50), 5, sampler=sampler)) != first
    other = DistributedSampler(range(50), 2, 0)
    assert {*sampler} & {*other} != set()  # of another epoch
    sampler.set_epoch(0)
    assert sorted([*sampler, *other]) == list(range(50))
    assert labels_of(DataLoader(numbers(50), 5, sampler=sampler)) == first
    assert sorted(DistributedSampler(range(9))) == list(range(9))
    with pytest.raises(ValueError, match="rank must be from 0 to 1, got 2"):
        DistributedSampler(range(9), 2, 2)


def test_a_loader_takes_the_arguments_of_pytorch() -> None:
    sampler = SequentialSampler(data_source=range(4))
    loader = DataLoader(
        range(4), 2, False, sampler, None, 0, None, True, False, 0, None, None, generator(),
        pin_memory_device="", in_order=True,
    )  # fmt: skip
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3]]


def test_a_batch_sampler_that_gives_single_indices_is_refused() -> None:
    with pytest.raises(TypeError, match="must give lists of indices, but gave int 0"):
        list(DataLoader(range(4), batch_sampler=[0, 1]))


@pytest.mark.parametrize("workers", [0, 2])
def test_without_batches_samples_come_as_they_are(workers: int) -> None:
    data = [(np.ones(2), "a", 3), (np.zeros(2), "b", 4)]
    found = list(DataLoader(data, batch_size=None, num_workers=workers))
    assert [(type(x), x.shape, name, n) for x, name, n in found] == [
        (Tensor, (2,), "a", 3),
        (Tensor, (2,), "b", 4),
    ]
    assert len(DataLoader(data, batch_size=None)) == 2
    upper = DataLoader(data, None, collate_fn=lambda sample: sample[1].upper())
    assert list(upper) == ["A", "B"]


def test_a_range_is_converted_as_other_sequences() -> None:
    assert default_convert([range(2), (range(1),)]) == [[0, 1], [[0]]]
    assert default_convert({"a": range(3)}) == {"a": [0, 1, 2]}


def test_converting() -> None:
    out = default_convert({"a": [np.float32(1), "x"], "b": (np.arange(2), None)})
    assert out["a"][0].dtype == np.float32
    assert out["a"][1] == "x"
    assert out["b"][0].tolist() == [0, 1]


# --- streams ------------------------------------------------------------------------------------


class Count(IterableDataset):
    def __init__(self, stop: int) -> None:
        self.stop = stop

    def __iter__(self) -> Iterator[Any]:
        for number in range(self.stop):
            yield number, float(sample_generator().rng.random())


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_stream_is_read_once_and_in_order(workers: int) -> None:
    at.manual_seed(0)
    loader = DataLoader(Count(7), 3, num_workers=workers)
    for _ in range(2):
        assert [batch.tolist() for batch, _ in loader] == [[0, 1, 2], [3, 4, 5], [6]]
    dropped = DataLoader(Count(7), 3, num_workers=workers, drop_last=True)
    assert [batch.tolist() for batch, _ in dropped] == [[0, 1, 2], [3, 4, 5]]
    singly = DataLoader(Count(2), None, num_workers=workers)
    assert [number for number, _ in singly] == [0, 1]
    at.manual_seed(0)
    random = [values.tolist() for _, values in DataLoader(Count(7), 3, num_workers=workers)]
    at.manual_seed(0)
    assert random == [values.tolist() for _, values in DataLoader(Count(7), 3)]


def test_streams_one_after_the_other() -> None:
    chain = Count(2) + Count(3)
    assert isinstance(chain, ChainDataset)
    assert [number for number, _ in chain] == [0, 1, 0, 1, 2]
    with pytest.raises(TypeError, match="use ConcatDataset"):
        ChainDataset([[1]])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="use ChainDataset"):
        ConcatDataset([Count(2)])


def test_what_a_stream_cannot_do() -> None:
    with pytest.raises(TypeError, match=r"has no len\(\)"):
        len(DataLoader(Count(2)))
    with pytest.raises(TypeError, match="can only be iterated"):
        Count(2)[0]
    for arguments in ({"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}):
        with pytest.raises(ValueError, match="Count can only be iterated"):
            DataLoader(Count(2), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_stream_says_where(workers: int) -> None:
    class Broken(IterableDataset):
        def __iter__(self) -> Iterator[int]:
            yield from (0, 1, 2)
            raise OSError("the line is dead")

    with pytest.raises(OSError, match="the line is dead") as caught:
        list(DataLoader(Broken(), 2, num_workers=workers))
    where = ", in worker 0" if workers else ""
    assert caught.value.__notes__ == [f"DataLoader: this was sample 3 of the stream{where}"]
    assert not loaders()


# --- workers ------------------------------------------------------------------------------------


class Noisy(Dataset):
    """Random samples; the first ones of a batch take longest."""

    def __len__(self) -> int:
        return 23

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.002 * (index % 3 == 0))
        return index, sample_generator().rng.random()


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_number_of_workers_changes_nothing(shuffle: bool) -> None:
    def epochs(workers: int, seed: int = 1) -> list[Any]:
        loader = DataLoader(Noisy(), 4, shuffle, num_workers=workers, generator=generator(seed))
        return [[a.tolist(), b.tolist()] for _ in range(2) for a, b in loader]

    alone = epochs(0)
    assert epochs(1) == epochs(3) == alone
    assert len({value for _, values in alone for value in values}) == 46
    assert epochs(2, seed=2) != alone


def test_the_size_of_a_batch_changes_no_sample() -> None:
    def samples(size: int) -> dict[int, float]:
        loader = DataLoader(Noisy(), size, True, num_workers=2, generator=generator())
        return {a: b for x, y in loader for a, b in zip(x.tolist(), y.tolist(), strict=True)}

    assert samples(3) == samples(10)


def test_whole_batches_are_augmented_alike_by_any_number_of_workers() -> None:
    data = MNIST(train=False, transform=transforms.RandomCrop(28, padding=2))
    part = Subset(data, range(100, 200))

    def images(workers: int) -> list[bytes]:
        loader = DataLoader(part, 32, True, num_workers=workers, generator=generator())
        return [images.numpy().tobytes() for images, _ in loader]

    assert images(0) == images(3)


def test_every_batch_of_an_epoch_is_augmented_anew() -> None:
    same = at.from_numpy(np.broadcast_to(np.arange(64.0).reshape(1, 8, 8), (30, 1, 8, 8)).copy())
    data = TensorDataset(same, transform=transforms.RandomCrop(3))
    (one,), (two,), (three,) = DataLoader(data, 10)
    assert (one.numpy() != two.numpy()).any()
    assert (two.numpy() != three.numpy()).any()


def test_data_without_chance_draw_no_seed() -> None:
    used, fresh = generator(), generator()
    list(DataLoader(numbers(5), 2, generator=used))
    list(DataLoader(Subset(numbers(5), [1, 2]), 2, generator=used))
    list(DataLoader(MNIST(train=False), 100, generator=used))
    assert used.rng.random() == fresh.rng.random()
    list(DataLoader(Noisy(), 4, generator=used))
    assert used.rng.random() != fresh.rng.random()


def test_outside_of_a_loader_the_default_generator_draws() -> None:
    assert sample_generator() is at.default_generator
    list(DataLoader(Noisy(), 4))
    assert sample_generator() is at.default_generator


class Failing(Dataset):
    def __len__(self) -> int:
        return 20

    def __getitem__(self, index: int) -> int:
        if index == 13:
            raise KeyError("lost")
        return index


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_an_error_comes_in_its_turn_and_names_the_sample(workers: int) -> None:
    loader = DataLoader(Failing(), 4, num_workers=workers)
    seen: list[list[int]] = []
    with pytest.raises(KeyError, match="lost") as caught:
        seen.extend(batch.tolist() for batch in loader)
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    where = f", in worker {3 % workers}" if workers else ""
    assert caught.value.__notes__ == [f"DataLoader: this was sample 13 of the data set{where}"]
    assert not loaders()


class Breaking(Dataset):
    """Some samples raise."""

    def __init__(self, errors: dict[int, Exception]) -> None:
        self.errors = errors

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> int:
        if index in self.errors:
            raise self.errors[index]
        return index


def all_of(batches: Iterator[Any], most: int = 20) -> list[Any]:
    """What ``next`` gives, again and again: batches as lists, errors as their types."""
    found: list[Any] = []
    while len(found) < most:
        try:
            batch = next(batches)
            found.append(batch.tolist() if isinstance(batch, Tensor) else batch)
        except StopIteration:
            break
        except Exception as error:
            found.append(type(error))
    return found


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_an_error_leaves_the_other_batches(workers: int) -> None:
    errors = {3: ValueError("a"), 4: KeyError("b"), 8: OSError("c")}
    batches = iter(DataLoader(Breaking(errors), 2, num_workers=workers))
    assert all_of(batches) == [[0, 1], ValueError, KeyError, [6, 7], OSError]
    assert all_of(batches) == []
    assert not loaders()
    again = DataLoader(Breaking(errors), None, num_workers=workers)
    assert [one for one in all_of(iter(again)) if not isinstance(one, int)] == list(
        map(type, errors.values())
    )


def test_an_error_leaves_the_other_batches_as_in_pytorch(torch: Any) -> None:
    from torch.utils import data as peer

    class Peer(peer.Dataset):  # type: ignore[misc]
        __len__ = Breaking.__len__
        __getitem__ = Breaking.__getitem__

    one = Peer()
    one.errors = {0: ValueError("a"), 5: LookupError("b")}
    for size in (1, 2, 3, 4):
        theirs = [
            batch if isinstance(batch, type) else batch.tolist()
            for batch in all_of(iter(peer.DataLoader(one, size)))
        ]
        assert all_of(iter(DataLoader(Breaking(one.errors), size))) == theirs


@pytest.mark.parametrize("workers", [0, 2])
def test_stop_iteration_within_a_data_set_is_an_error(workers: int) -> None:
    loader = DataLoader(Breaking({2: StopIteration("no more")}), 2, num_workers=workers)
    with pytest.raises(RuntimeError, match="raised StopIteration") as caught:
        list(loader)
    assert isinstance(caught.value.__cause__, StopIteration)
    assert "this was sample 2 of the data set" in caught.value.__notes__[0]
    assert all_of(iter(loader)) == [[0, 1], RuntimeError, [4, 5], [6, 7], [8, 9]]

    def join(samples: list[int]) -> list[int]:
        return samples if 4 not in samples else next(iter(()))

    joined = DataLoader(range(10), 2, num_workers=workers, collate_fn=join)
    assert all_of(iter(joined)) == [[0, 1], [2, 3], RuntimeError, [6, 7], [8, 9]]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_where_samples_are_joined_names_the_batch(workers: int) -> None:
    class AtOnce(TensorDataset):
        def get_batch(self, indices: Any) -> Any:
            raise OSError("the disk is gone")

    class Listed(Plain):
        def __getitems__(self, indices: list[int]) -> Any:
            raise OSError("the disk is gone")

    by_worker = ", in worker 0" if workers else ""
    for loader in (
        DataLoader(AtOnce(at.arange(12)), 10, sampler=[*range(2, 12)], num_workers=workers),
        DataLoader(Listed(12), 10, sampler=[*range(2, 12)], num_workers=workers),
        DataLoader([*range(2), *[object()] * 10], 10, sampler=[*range(2, 12)], num_workers=workers),
    ):
        with pytest.raises((OSError, TypeError)) as caught:
            list(loader)
        assert caught.value.__notes__ == [
            f"DataLoader: this was the batch of samples 2, 3, 4, 5, 6, 7, 8, 9, …{by_worker}"
        ]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_of_a_sampler_comes_in_its_turn(workers: int) -> None:
    def broken() -> Iterator[int]:
        yield from (0, 1, 2, 3, 4)
        raise KeyError("lost")

    assert all_of(iter(DataLoader(range(9), 2, sampler=broken(), num_workers=workers))) == [
        [0, 1], [2, 3], KeyError,
    ]  # fmt: skip
    outside = DataLoader(range(5), 2, sampler=[0, 1, 7, 2, 3], num_workers=workers)
    assert all_of(iter(outside)) == [[0, 1], IndexError, [3]]


@pytest.mark.parametrize("workers", [0, 2])
def test_samplers_are_read_as_they_go(workers: int) -> None:
    class Endless(Sampler[int]):
        asked = 0

        def __iter__(self) -> Iterator[int]:
            for index in itertools.count():
                self.asked += 1
                yield index % 5

    sampler = Endless()
    loader = DataLoader(range(5), 2, sampler=sampler, num_workers=workers)
    assert [one.tolist() for one in itertools.islice(loader, 4)] == [[0, 1], [2, 3], [4, 0], [1, 2]]
    assert sampler.asked <= 2 * (4 + 2 * workers)
    batches = ([index % 5] for index in itertools.count(3))
    loader = DataLoader(range(5), batch_sampler=batches, num_workers=workers)
    assert [one.tolist() for one in itertools.islice(loader, 3)] == [[3], [4], [0]]


def test_the_next_batch_may_be_waited_for_once_more() -> None:
    gate = threading.Event()

    class Slow(Plain):
        def __getitem__(self, index: int) -> int:
            if index == 1:
                gate.wait(10)
            return index

    batches = iter(DataLoader(Slow(4), 1, num_workers=2, timeout=0.05))
    assert next(batches).tolist() == [0]
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"no batch from a worker within 0\.05 seconds"):
            next(batches)
    gate.set()
    assert all_of(batches) == [[1], [2], [3]]


def test_workers_may_stay_from_epoch_to_epoch() -> None:
    begun: list[int] = []
    options: dict[str, Any] = {"num_workers": 2, "worker_init_fn": begun.append}
    loader = DataLoader(range(8), 2, persistent_workers=True, **options)
    for _ in range(3):
        assert len(list(loader)) == 4
    assert sorted(begun) == [0, 1]
    threads = loaders()
    assert len(threads) == 2
    next(iter(loader))
    assert loaders() == threads
    del loader
    gc.collect()
    for thread in threads:
        thread.join(10)
    begun.clear()
    loader = DataLoader(range(8), 2, **options)
    list(loader), list(loader)
    assert sorted(begun) == [0, 0, 1, 1]


def test_a_batch_belongs_to_a_worker() -> None:
    class Who(Plain):
        def __getitem__(self, index: int) -> Any:
            info = get_worker_info()
            assert info is not None
            return info.id

    loader = DataLoader(Who(12), 2, num_workers=3)
    assert [one.tolist()[0] for one in loader] == [0, 1, 2, 0, 1, 2]


def test_out_of_order_the_slow_batch_comes_last() -> None:
    gate = threading.Event()

    class Slow(Plain):
        def __getitem__(self, index: int) -> int:
            if index == 0:
                gate.wait(10)
            return index

    batches = iter(DataLoader(Slow(8), 2, num_workers=2, in_order=False))
    first = [next(batches).tolist() for _ in range(3)]
    assert sorted(first) == [[2, 3], [4, 5], [6, 7]]
    gate.set()
    assert all_of(batches) == [[0, 1]]


def test_a_start_method_is_one() -> None:
    for context in ("fork", "spawn", "forkserver", multiprocessing.get_context("spawn")):
        loader = DataLoader(range(4), 2, num_workers=1, multiprocessing_context=context)
        assert len(list(loader)) == 2
    with pytest.raises(ValueError, match="must be one of 'fork', 'spawn', 'forkserver', got 'x'"):
        DataLoader(range(4), num_workers=1, multiprocessing_context="x")
    with pytest.raises(TypeError, match=r"name of a start method, .* got int"):
        DataLoader(range(4), num_workers=1, multiprocessing_context=3)
    with pytest.raises(ValueError, match="multiprocessing_context needs num_workers > 0"):
        DataLoader(range(4), multiprocessing_context="fork")
    assert DataLoader(range(4), pin_memory=True, pin_memory_device="cuda").pin_memory_device


@pytest.mark.parametrize("name", ["batch_size", "dataset", "drop_last", "sampler", "batch_sampler"])
def test_what_belongs_together_cannot_be_changed(name: str, torch: Any) -> None:
    from torch.utils import data as peer

    for kind in (DataLoader, peer.DataLoader):
        loader = kind([1, 2, 3], 2)
        with pytest.raises(ValueError, match=name):
            setattr(loader, name, None)
        loader.collate_fn = sum
        assert list(loader) == [3, 3]


# -- keys of data sets -----------------------------------------------------------------------------


class Named(Dataset):
    values: Any = {"a": 1, "b": 2, "c": 3, ("x", 1): 4}  # noqa: RUF012

    def __len__(self) -> int:
        return 4

    def __getitem__(self, key: Any) -> int:
        return self.values[key]


class Items(Plain):
    def __getitems__(self, indices: list[int]) -> list[int]:
        return [100 + index for index in indices]


KEYS: dict[str, Any] = {
    "a slice": lambda lib, data: data.Subset(data.TensorDataset(lib.arange(9)), [3, 4, 5])[0:2],
    "a list": lambda lib, data: data.Subset(data.TensorDataset(lib.arange(9)), [3, 4, 5])[[0, 2]],
    "a slice of a range": lambda lib, data: data.Subset(lib.arange(9) * 2, range(3, 6))[1:],
    "a slice of a subset": lambda lib, data: data.Subset(
        data.Subset(data.TensorDataset(lib.arange(9)), [1, 3, 5]), [0, 2]
    )[0:2],
    "a step": lambda lib, data: data.Subset(lib.arange(9), [8, 6, 4, 2])[3:0:-2],
    "from the end": lambda lib, data: data.Subset(range(9), [3, 4, 5])[-1],
    "negative indices": lambda lib, data: data.Subset([1, 2, 3], [-1, 0])[0],
    "strings": lambda lib, data: [data.Subset(Named(), ["a", ("x", 1)])[i] for i in (0, 1, -1)],
    "strings in a loader": lambda lib, data: [
        *data.DataLoader(data.Subset(Named(), ["b", ("x", 1), "c"]), 2)
    ],
    "items": lambda lib, data: [
        data.Subset(Items(9), [1, 2]).__getitems__([0, 1]),
        data.Subset(Plain(9), [1, 2]).__getitems__([1]),
    ],
    "items in a loader": lambda lib, data: [*data.DataLoader(data.Subset(Items(9), [5, 1]), 2)],
    "items side by side": lambda lib, data: [
        data.StackDataset(Items(9), Plain(9)).__getitems__([0, 1]),
        data.StackDataset(a=Items(9), b=Plain(9)).__getitems__([0, 1]),
        *data.DataLoader(data.StackDataset(Items(4), Plain(4)), 3),
    ],
    "negative indices of a sampler": lambda lib, data: [
        *data.DataLoader(lib.arange(9), 2, sampler=[-1, 0, -9])
    ],
    "negative indices, one by one": lambda lib, data: [
        *data.DataLoader(lib.arange(9), None, sampler=[-1, 0])
    ],
    "joined, from the end": lambda lib, data: data.ConcatDataset([[1, 2], [3]])[-3],
    "chained": lambda lib, data: (
        len(data.ChainDataset([Counted(2), Counted(3)])) if data.__name__ == "nn.data" else 5
    ),
    "the default joins": lambda lib, data: data.DataLoader([1, 2, 3], 2).collate_fn([1, 2]),
    "split": lambda lib, data: sorted(
        itertools.chain(*(part.indices for part in data.random_split("abc", [1, 2])))
    ),
}


class Counted(IterableDataset):
    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))

    def __len__(self) -> int:
        return self.count


def plain_of(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return [plain_of(one) for one in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("how", KEYS)
def test_keys_are_those_of_pytorch(how: str, torch: Any) -> None:
    import torch.utils.data

    import nn.data

    assert plain_of(KEYS[how](at, nn.data)) == plain_of(KEYS[how](torch, torch.utils.data))


def test_a_subset_by_hand() -> None:
    part = Subset(TensorDataset(at.arange(9)), [3, 4, 5])
    assert part[0:2][0].tolist() == part[[0, 1]][0].tolist() == [3, 4]  # type: ignore[index]
    named = Subset(Named(), ["c", ("x", 1)])
    assert [named[0], named[-1], len(named)] == [3, 4, 2]
    assert [one.tolist() for one in DataLoader(named, 2)] == [[3, 4]]
    with pytest.raises(TypeError, match="indices must be integers"):
        Subset(range(9), [0.5])
    with pytest.raises(ValueError, match="Short was asked for 2 samples and gave 1"):
        StackDataset(Short(4)).__getitems__([0, 1])


class Short(Plain):
    def __getitems__(self, indices: list[int]) -> list[int]:
        return [1]


def test_no_thread_is_left_behind() -> None:
    loader = DataLoader(Noisy(), 2, num_workers=3)
    for _ in loader:
        assert loaders()
        break
    assert not loaders()
    list(loader)
    assert not loaders()
    unfinished = iter(loader)
    next(unfinished)
    assert loaders()
    del unfinished
    gc.collect()
    assert not loaders()
    iter(loader)  # never begun
    assert not loaders()


def test_only_so_many_batches_are_fetched_ahead() -> None:
    asked: list[int] = []

    class Asked(Plain):
        def __getitem__(self, index: int) -> int:
            asked.append(index)
            return index

    batches = iter(DataLoader(Asked(100), 1, num_workers=2, prefetch_factor=3))
    for expected in (6, 7):
        next(batches)
        deadline = time.monotonic() + 10
        while len(asked) < expected and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)
        assert len(asked) == expected
    batches.close()  # type: ignore[attr-defined]


def test_workers_work_at_the_same_time() -> None:
    barrier = threading.Barrier(3, timeout=5)

    class Together(Plain):
        def __getitem__(self, index: int) -> int:
            barrier.wait()
            return index

    assert len(list(DataLoader(Together(6), 1, num_workers=3))) == 6


def test_workers_know_who_they_are() -> None:
    started: list[int] = []
    seen: set[Any] = set()

    class Asking(Plain):
        def __getitem__(self, index: int) -> int:
            info = get_worker_info()
            assert info is not None
            time.sleep(0.002)
            seen.add((info.id, info.num_workers, info.dataset is data))
            return index

    data = Asking(40)
    list(DataLoader(data, 2, num_workers=2, worker_init_fn=started.append))
    assert sorted(started) == [0, 1]
    assert seen == {(0, 2, True), (1, 2, True)}
    assert get_worker_info() is None


def test_a_worker_that_cannot_start() -> None:
    def fail(worker: int) -> None:
        raise RuntimeError(f"worker {worker} has no desk")

    with pytest.raises(RuntimeError, match="worker 0 has no desk"):
        list(DataLoader(Plain(4), num_workers=1, worker_init_fn=fail))
    assert not loaders()


def test_waiting_has_an_end() -> None:
    stop = threading.Event()

    class Slow(Plain):
        def __getitem__(self, index: int) -> int:
            stop.wait(5)
            return index

    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"no batch from a worker within 0\.05 seconds"):
        list(DataLoader(Slow(4), num_workers=1, timeout=0.05))
    assert time.monotonic() - began < 2
    stop.set()
    for thread in loaders():
        thread.join(5)


def test_workers_compute_in_the_mode_of_the_program() -> None:
    class Modes(Plain):
        def __getitem__(self, index: int) -> bool:
            return at.is_grad_enabled()

    with at.no_grad():
        assert [b.tolist() for b in DataLoader(Modes(1), num_workers=1)] == [[False]]
    assert [b.tolist() for b in DataLoader(Modes(1), num_workers=1)] == [[True]]


# --- data sets with transforms ------------------------------------------------------------------


def test_a_transform_of_pictures_is_called_on_whole_batches() -> None:
    shapes: list[Any] = []

    class Seen(transforms.Transform):
        def pixels(self, array: np.ndarray) -> np.ndarray:
            shapes.append(array.shape)
            return array + 1

    data = numbers(5)
    data.transform = Seen()
    image, label = data[2]
    assert (image.shape, image.numpy().max(), label.item()) == ((1, 4, 4), 3, 2)
    batches = list(DataLoader(data, 3))
    assert [images.numpy()[:, 0, 0, 0].tolist() for images, _ in batches] == [[1, 2, 3], [4, 5]]
    assert shapes == [(1, 1, 4, 4), (3, 1, 4, 4), (2, 1, 4, 4)]
    assert data.tensors[0].numpy()[0].max() == 0


def test_any_other_transform_is_called_on_samples() -> None:
    data = TensorDataset(at.arange(6.0).reshape(3, 2), transform=lambda row: row.sum())
    assert [batch.tolist() for (batch,) in DataLoader(data, 2)] == [[1, 5], [9]]


def test_mnist_with_transforms() -> None:
    flip = transforms.RandomHorizontalFlip(p=1)
    plain, flipped = MNIST(train=False), MNIST(train=False, transform=flip)
    batch = flipped.get_batch(np.array([3, 1]))[0]
    expected = plain.get_batch(np.array([3, 1]))[0].numpy()[..., ::-1]
    np.testing.assert_array_equal(batch.numpy(), expected)
    np.testing.assert_array_equal(flipped[3][0].numpy(), expected[0])
    data = MNIST(
        train=False, transform=lambda image: image.sum(), target_transform=lambda label: -label
    )
    sums, labels = data.get_batch(slice(0, 3))
    assert sums.shape == (3,)
    assert labels.tolist() == [-7, -2, -1]
