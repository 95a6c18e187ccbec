"""Data sets, collation and the DataLoader."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autotensor as at
import nn.functional as F
from autotensor import Tensor
from nn.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    Subset,
    TensorDataset,
    default_collate,
    transforms,
)

Point = namedtuple("Point", "x y")


def generator(seed: int = 0) -> at.Generator:
    made = at.Generator()
    made.manual_seed(seed)
    return made


def assert_same(found: Any, expected: Any) -> None:
    """Equal structure, container types, dtypes and values; a Tensor equals a peer's tensor."""
    if hasattr(expected, "numpy"):
        assert isinstance(found, Tensor)
        found, expected = found.numpy(), expected.numpy()
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        np.testing.assert_array_equal(found, expected)
        return
    assert type(found) is type(expected)
    if isinstance(expected, Mapping):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected


class Rows(Dataset):
    """Row ``i`` is ``[i, i]``; counts how it is asked."""

    def __init__(self, count: int) -> None:
        self.rows = np.repeat(np.arange(count, dtype=np.float32)[:, None], 2, axis=1)
        self.asked: list[Any] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> np.ndarray:
        self.asked.append(index)
        return self.rows[index]


class BatchedRows(Rows):
    def __getitem__(self, index: int) -> np.ndarray:
        return super().__getitem__(index)

    def get_batch(self, indices: Any) -> Tensor:
        self.asked.append(indices)
        return at.from_numpy(self.rows[indices])


# --- TensorDataset ------------------------------------------------------------------------------


def pair(count: int = 7) -> TensorDataset:
    images = np.arange(count * 6, dtype=np.float32).reshape(count, 2, 3)
    return TensorDataset(at.from_numpy(images), at.from_numpy(np.arange(count)))


def test_a_sample_is_a_tuple_of_rows() -> None:
    data = pair()
    assert len(data) == 7
    image, label = data[2]
    assert image.shape == (2, 3)
    np.testing.assert_array_equal(image.numpy(), data.tensors[0].numpy()[2])
    assert label.item() == 2
    assert label.dtype == np.int64
    assert data[-1][1].item() == 6


def test_iterating_a_tensor_dataset_ends() -> None:
    assert [label.item() for _, label in pair(3)] == [0, 1, 2]


@pytest.mark.parametrize("indices", [[3], [0, 1, 2], [6, 0, 3, 3], list(range(7))])
def test_a_batch_equals_its_collated_samples(indices: list[int]) -> None:
    data = pair()
    expected = default_collate([data[i] for i in indices])
    assert_same(data.get_batch(np.array(indices)), expected)
    if indices == list(range(indices[0], indices[-1] + 1)):
        assert_same(data.get_batch(slice(indices[0], indices[-1] + 1)), expected)


MIXED: dict[str, tuple[list[Any], Any]] = {
    "a float32 and a float": ([np.float32(1), 2.5], at.float32),
    "an int32 and a float": ([np.int32(1), 2.5], at.float32),
    "an int64 and a float32": ([np.int64(1), np.float32(2.5)], at.float32),
    "a float16 and a float64": ([np.float16(1), np.float64(2.5)], at.float64),
    "an int8 and an int": ([np.int8(1), 300], at.int64),
    "an int and a Tensor": ([1, at.tensor(2)], at.int64),
    "an int and a Tensor of floats": ([1, at.tensor(2.5)], at.float32),
    "a float and a Tensor": ([1.0, at.tensor(2)], at.float64),
    "a float32 and a Tensor": ([np.float32(1), at.tensor(2)], at.float32),
    "a float and an array": ([1.5, np.array(2)], at.float64),
    "an array and a number": ([np.array(1, np.float32), 2.5], at.float32),
    "an array and a Tensor": ([np.zeros(2), at.ones(2)], at.float64),
    "a float32 array and a Tensor": ([np.zeros(2, np.float32), at.ones(2)], at.float32),
}


@pytest.mark.parametrize("kind", MIXED)
def test_numbers_arrays_and_tensors_mix(kind: str) -> None:
    samples, dtype = MIXED[kind]
    batch = default_collate(samples)
    assert batch.dtype == dtype
    assert batch.tolist() == [np.asarray(one).tolist() for one in samples]
    pair = default_collate([{"x": (one, "a")} for one in samples])
    assert at.equal(pair["x"][0], batch)


WAYS: dict[str, Any] = {
    "in order": lambda data, w: DataLoader(data, 3, num_workers=w),
    "shuffled": lambda data, w: DataLoader(data, 3, True, num_workers=w),
    "all": lambda data, w: DataLoader(data, len(data), num_workers=w),
    "a range": lambda data, w: DataLoader(data, 3, sampler=range(1, 6), num_workers=w),
    "a subset": lambda data, w: DataLoader(Subset(data, range(1, 6)), 3, num_workers=w),
    "a union": lambda data, w: DataLoader(ConcatDataset([data, data]), 3, num_workers=w),
    "by a slice": lambda data, w: [data.get_batch(slice(0, 3))],
    "by an array": lambda data, w: [data.get_batch(np.array([0, 1]))],
    "a part of pictures": lambda data, w: DataLoader(
        TensorDataset(data.tensors[0], transform=transforms.Compose([])), 3, num_workers=w
    ),
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", WAYS)
def test_a_batch_is_its_own(kind: str, workers: int) -> None:
    data = pair()
    before = [tensor.numpy().copy() for tensor in data.tensors]
    for batch in WAYS[kind](data, workers):
        for one in batch:
            one.add_(1)
            one[0] = 9
            one += one
            one.numpy()[:] = 7
        F.relu(batch[0], inplace=True)
    for tensor, values in zip(data.tensors, before, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), values)
    kept = list(WAYS[kind](data, workers))
    values_then = [[one.tolist() for one in batch] for batch in kept]
    for tensor in data.tensors:
        tensor.zero_()
    assert [[one.tolist() for one in batch] for batch in kept] == values_then


def test_a_batch_of_parameters_has_their_gradient() -> None:
    weight = at.ones(4, 2, requires_grad=True)
    (first,), (second,) = DataLoader(TensorDataset(weight), 2)
    (first.sum() + 3 * second.sum()).backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [[1, 1], [1, 1], [3, 3], [3, 3]]


def test_tensor_dataset_refuses_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"lengths 3, 4 \(shapes \(3, 2\), \(4,\)\)"):
        TensorDataset(at.from_numpy(np.zeros((3, 2))), at.from_numpy(np.zeros(4)))


def test_tensor_dataset_refuses_nothing() -> None:
    with pytest.raises(ValueError, match="at least one Tensor"):
        TensorDataset()


def test_tensor_dataset_refuses_arrays_and_says_how_to_convert() -> None:
    with pytest.raises(TypeError, match=r"argument 1 is a ndarray.*autotensor\.from_numpy"):
        TensorDataset(at.from_numpy(np.zeros(2)), np.zeros(2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"argument 0 is a list, expected a Tensor; wrap it"):
        TensorDataset([1, 2])  # type: ignore[arg-type]


def test_tensor_dataset_refuses_a_scalar() -> None:
    with pytest.raises(ValueError, match=r"argument 0 has no dimension.*\(N, \*\)"):
        TensorDataset(at.from_numpy(np.array(1.0)))


def test_tensor_dataset_shows_its_shapes() -> None:
    assert repr(pair()) == "TensorDataset((7, 2, 3), (7,))"


def test_dataset_says_what_to_define() -> None:
    class Empty(Dataset):
        pass

    with pytest.raises(NotImplementedError, match="Empty must define __getitem__"):
        Empty()[0]
    with pytest.raises(TypeError, match=r"has no len\(\)"):
        len(Empty())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Empty has no __len__"):
        DataLoader(Empty())


# --- default_collate ----------------------------------------------------------------------------

BATCHES: dict[str, list[Any]] = {
    "ints": [1, 2, 3],
    "floats": [1.5, 2.0],
    "bools": [True, False],
    "int before float": [1, 2.5],
    "float before int": [1.5, 2],
    "numpy float32": [np.float32(1), np.float32(2)],
    "numpy float64": [np.float64(1)],
    "numpy int16": [np.int16(1), np.int16(2)],
    "numpy bool": [np.bool_(True), np.bool_(False)],
    "arrays": [np.ones((2, 3)), np.zeros((2, 3))],
    "arrays without dimensions": [np.array(1), np.array(2)],
    "arrays of bytes": [np.ones(2, np.uint8), np.zeros(2, np.uint8)],
    "arrays of two dtypes": [np.ones(2, np.float32), np.ones(2)],
    "empty arrays": [np.ones((0, 2)), np.ones((0, 2))],
    "one sample": [(np.ones(2), 1)],
    "strings": ["a", "b"],
    "bytes": [b"a", b"b"],
    "tuples": [(1, 2.0), (3, 4.0)],
    "lists": [[1, 2], [3, 4]],
    "empty lists": [[], []],
    "nested": [(np.ones(2), {"y": [1, "a"]}), (np.zeros(2), {"y": [2, "b"]})],
    "dicts": [{"a": 1, "b": 2.0}, {"b": 3.0, "a": 4}],
    "ordered dicts": [OrderedDict(z=1, a=2), OrderedDict(z=3, a=4)],
    "default dicts": [defaultdict(list, a=1), defaultdict(list, a=2)],
    "named tuples": [Point(1, 2.0), Point(3, 4.0)],
    "ranges": [range(2), range(2)],
}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_collates_as_pytorch_does(batch: list[Any]) -> None:
    torch_data = pytest.importorskip("torch.utils.data", reason="compares with PyTorch")
    assert_same(default_collate(batch), torch_data.default_collate(batch))


def test_tensors_are_stacked() -> None:
    samples = [(at.from_numpy(np.full((2, 3), i, np.float32)), i) for i in range(4)]
    images, labels = default_collate(samples)
    assert images.shape == (4, 2, 3)
    assert images.dtype == np.float32
    assert images.numpy()[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 2, 3]


def test_collating_keeps_the_factory_of_a_defaultdict() -> None:
    collated = default_collate([defaultdict(list, a=1), defaultdict(list, a=2)])
    assert collated.default_factory is list


def test_collating_leaves_the_samples_alone() -> None:
    samples = [{"a": 1}, {"a": 2}]
    default_collate(samples)
    assert samples == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("make", [np.zeros, lambda shape: at.from_numpy(np.zeros(shape))])
def test_collate_names_the_differing_shapes(make: Any) -> None:
    samples = [{"image": (make((2, 3)),)}, {"image": (make((2, 3)),)}, {"image": (make((3, 2)),)}]
    message = (
        r"differ in shape at sample\['image'\]\[0\]: sample 0 of the batch has \(2, 3\), "
        r"sample 2 has \(3, 2\)"
    )
    with pytest.raises(ValueError, match=message):
        default_collate(samples)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ([], ValueError, "at least one sample"),
        ([(1,), (1, 2)], ValueError, "differ in length at sample: .* has 1, sample 1 has 2"),
        ([{"a": 1}, {"b": 1}], ValueError, "differ in keys at sample: .*'a'.*'b'"),
        ([{"a": 1}, {"a": 1, "b": 1}], ValueError, "differ in keys"),
        ([np.zeros(1), 1], ValueError, r"has \(1,\), sample 1 has \(\)"),
        ([1, "a"], TypeError, "has a int, sample 1 has a str"),
        ([(1,), 1], TypeError, "has a tuple, sample 1 has a int"),
        ([{"a": 1}, 1], TypeError, "has a dict, sample 1 has a int"),
        ([np.int64(1), None], TypeError, "has a int64, sample 1 has a NoneType"),
        ([None], TypeError, "cannot collate sample of type NoneType.*collate_fn"),
        ([(1, 2j)], TypeError, r"cannot collate sample\[1\] of type complex"),
        ([np.array(["a"])], TypeError, "cannot collate sample: .*dtype <U1"),
        ([(np.zeros(1, complex),)], TypeError, r"cannot collate sample\[0\]: .*dtype complex128"),
    ],
)
def test_collate_refuses(batch: list[Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        default_collate(batch)


# --- DataLoader: which samples, in which batches ------------------------------------------------


def order_of(loader: DataLoader) -> list[int]:
    return [index for batch in loader for index in batch.tolist()]


@given(
    count=st.integers(0, 25),
    batch_size=st.integers(1, 9),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    at_once=st.booleans(),
)
def test_every_sample_comes_once(
    count: int, batch_size: int, shuffle: bool, drop_last: bool, at_once: bool
) -> None:
    dataset = (BatchedRows if at_once else Rows)(count)
    loader = DataLoader(
        dataset, batch_size, shuffle, drop_last=drop_last, generator=generator(count)
    )
    batches = [batch.numpy()[:, 0].tolist() for batch in loader]
    assert len(batches) == len(loader)
    used = [index for batch in batches for index in batch]
    assert all(len(batch) == batch_size for batch in batches[:-1])
    if drop_last:
        assert len(used) == count - count % batch_size
    else:
        assert len(used) == count
    assert len(set(used)) == len(used)
    assert shuffle or used == list(range(len(used)))


def test_defaults_are_one_sample_in_order() -> None:
    assert [batch.tolist() for batch in DataLoader([5, 6, 7])] == [[5], [6], [7]]


def test_a_list_will_do_as_a_data_set() -> None:
    loader = DataLoader([(i, str(i)) for i in range(3)], batch_size=2)
    (numbers, names), (last_numbers, last_names) = loader
    assert numbers.tolist() == [0, 1]
    assert names == ("0", "1")
    assert last_numbers.tolist() == [2]
    assert last_names == ("2",)


def test_each_epoch_has_an_order_of_its_own() -> None:
    loader = DataLoader(list(range(50)), 8, shuffle=True, generator=generator())
    first, second = order_of(loader), order_of(loader)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert first != list(range(50))


def test_the_same_seed_gives_the_same_orders() -> None:
    loaders = [DataLoader(range(50), 8, True, generator=generator(seed)) for seed in (1, 1, 2)]
    (a, b, c), (d, e, _) = ([order_of(loader) for loader in loaders] for _ in range(2))
    assert a == b != c
    assert d == e != a


def test_the_order_does_not_depend_on_the_batches() -> None:
    orders = [order_of(DataLoader(range(20), size, True, generator=generator())) for size in (1, 7)]
    assert orders[0] == orders[1]


def test_without_a_generator_the_default_one_draws() -> None:
    state = at.default_generator.rng.bit_generator.state
    try:
        loader = DataLoader(range(50), 8, shuffle=True)
        at.default_generator.manual_seed(3)
        first = order_of(loader)
        at.default_generator.manual_seed(3)
        assert order_of(loader) == first
        at.default_generator.manual_seed(4)
        assert order_of(loader) != first
    finally:
        at.default_generator.rng.bit_generator.state = state


def test_in_order_draws_no_random_numbers() -> None:
    used, fresh = generator(), generator()
    list(DataLoader(range(5), generator=used))
    assert used.rng.integers(2**60) == fresh.rng.integers(2**60)


def test_the_order_is_drawn_when_the_epoch_begins() -> None:
    shared = generator()
    epoch = iter(DataLoader(range(50), 50, True, generator=shared))
    shared.rng.integers(9)
    expected = order_of(DataLoader(range(50), 50, True, generator=generator()))
    assert next(epoch).tolist() == expected


def test_two_epochs_may_run_at_once() -> None:
    loader = DataLoader(range(6), 3)
    pairs = [(a.tolist(), b.tolist()) for a in loader for b in loader]
    assert pairs == [(a, b) for a in ([0, 1, 2], [3, 4, 5]) for b in ([0, 1, 2], [3, 4, 5])]


def test_drop_last_of_too_few_samples_gives_nothing() -> None:
    loader = DataLoader(range(3), 4, drop_last=True)
    assert len(loader) == 0
    assert list(loader) == []


# --- DataLoader: sampler ------------------------------------------------------------------------


def test_a_sampler_decides_the_order_and_the_length() -> None:
    loader = DataLoader(range(10), 2, sampler=[9, 0, 9, 4, 1])
    assert len(loader) == 3
    assert order_of(loader) == order_of(loader) == [9, 0, 9, 4, 1]
    assert len(DataLoader(range(10), 2, sampler=[1, 2, 3], drop_last=True)) == 1


def test_a_sampler_is_iterated_for_every_epoch() -> None:
    class Evens:
        epochs = 0

        def __len__(self) -> int:
            return 3

        def __iter__(self) -> Iterator[Any]:
            self.epochs += 1
            return iter([np.int32(0), 2, at.tensor(4)])

    sampler = Evens()
    loader = DataLoader(Rows(10), 2, sampler=sampler)
    for _ in range(2):
        assert [batch.numpy()[:, 0].tolist() for batch in loader] == [[0, 2], [4]]
    assert sampler.epochs == 2


def test_a_range_as_sampler_walks_through_a_part_in_runs() -> None:
    asked: list[Any] = []

    class Asked(TensorDataset):
        def get_batch(self, indices: Any) -> Any:
            asked.append(indices)
            return super().get_batch(indices)

    data = Asked(*pair(10).tensors)
    loader = DataLoader(data, 2, sampler=range(4, 9))
    batches = list(loader)
    assert [labels.tolist() for _, labels in batches] == [[4, 5], [6, 7], [8]]
    assert asked == [slice(4, 6), slice(6, 8), slice(8, 9)]
    backwards = DataLoader(data, 2, sampler=range(8, 3, -2))
    assert [labels.tolist() for _, labels in backwards] == [[8, 6], [4]]


@pytest.mark.parametrize("sampler", [[0, 5], [-6], range(3, 6), range(-6, 2), [7, -2]])
def test_a_sampler_must_stay_within_the_data(sampler: Any) -> None:
    with pytest.raises(IndexError, match=r"gave index -?\d, but the data set has 5 samples"):
        list(DataLoader(range(5), sampler=sampler))


def test_what_is_no_integer_goes_to_the_data_set_as_it_is() -> None:
    with pytest.raises(TypeError, match=r"must be integers .* float") as caught:
        list(DataLoader(range(5), sampler=[0.5]))
    assert caught.value.__notes__ == ["DataLoader: this was sample 0.5 of the data set"]


def test_an_empty_sampler_gives_nothing() -> None:
    assert list(DataLoader(range(5), sampler=[])) == []
    assert list(DataLoader(range(5), sampler=range(9, 9))) == []


# --- DataLoader: how a batch is fetched ---------------------------------------------------------


def test_in_order_get_batch_is_given_slices() -> None:
    dataset = BatchedRows(5)
    batches = list(DataLoader(dataset, 2))
    assert dataset.asked == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert [batch.shape for batch in batches] == [(2, 2), (2, 2), (1, 2)]


def test_shuffled_get_batch_is_given_int64_arrays() -> None:
    dataset = BatchedRows(5)
    list(DataLoader(dataset, 2, shuffle=True))
    assert [(type(asked), asked.dtype, asked.shape) for asked in dataset.asked] == [
        (np.ndarray, np.int64, (2,)),
        (np.ndarray, np.int64, (2,)),
        (np.ndarray, np.int64, (1,)),
    ]


def test_samples_are_asked_for_by_python_ints() -> None:
    for shuffle in (False, True):
        dataset = Rows(5)
        list(DataLoader(dataset, 2, shuffle))
        assert {type(index) for index in dataset.asked} == {int}


def test_collate_fn_is_given_the_samples() -> None:
    dataset = BatchedRows(3)
    batches = list(DataLoader(dataset, 2, collate_fn=lambda samples: [s.tolist() for s in samples]))
    assert batches == [[[0, 0], [1, 1]], [[2, 2]]]
    assert dataset.asked == [0, 1, 2]


def test_overriding_getitem_is_not_bypassed_by_an_inherited_get_batch() -> None:
    class Negated(TensorDataset):
        def __getitem__(self, index: int) -> tuple[Tensor, ...]:
            return tuple(-tensor for tensor in super().__getitem__(index))

    data = Negated(at.from_numpy(np.arange(4)))
    assert [batch.tolist() for (batch,) in DataLoader(data, 2)] == [[0, -1], [-2, -3]]


def test_overriding_something_else_keeps_the_inherited_get_batch() -> None:
    class Named(BatchedRows):
        name = "rows"

    dataset = Named(4)
    list(DataLoader(dataset, 2))
    assert dataset.asked == [slice(0, 2), slice(2, 4)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_at_once_equal_batches_of_samples(shuffle: bool) -> None:
    data = pair(11)
    at_once = DataLoader(data, 4, shuffle, generator=generator(5))
    by_samples = DataLoader(data, 4, shuffle, generator=generator(5), collate_fn=default_collate)
    for one, other in zip(at_once, by_samples, strict=True):
        assert_same(one, other)


def test_a_shuffled_batch_of_neighbours_is_still_a_copy() -> None:
    data = pair(3)
    for images, _ in DataLoader(data, 1, shuffle=True):
        images.array[:] = -1
    assert (data.tensors[0].numpy() >= 0).all()


# --- DataLoader: misuse -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": -3}, ValueError, "at least 1, got -3"),
        ({"batch_size": 2.0}, TypeError, r"batch_size must be an int, got float 2\.0"),
        ({"batch_size": True}, TypeError, "batch_size must be an int, got bool"),
        ({"batch_size": "all"}, TypeError, r"got str 'all'; len\(dataset\) gives one full"),
        ({"batch_size": None, "drop_last": True}, ValueError, "drop_last needs a batch_size"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, "batch_sampler excludes"),
        ({"batch_sampler": [[0]], "shuffle": True}, ValueError, "batch_sampler excludes"),
        ({"batch_sampler": 3}, TypeError, "batch_sampler must be lists of indices .* got int"),
        ({"worker_init_fn": 3}, TypeError, "worker_init_fn must be callable, got int"),
        ({"sampler": [0], "shuffle": True}, ValueError, "sampler and shuffle=True exclude"),
        ({"sampler": 3}, TypeError, "sampler must be indices .* got int"),
        ({"collate_fn": "stack"}, TypeError, "collate_fn must be callable, got str"),
        ({"generator": 42}, TypeError, r"must be an autotensor\.Generator, got int"),
        ({"num_workers": -1}, ValueError, "num_workers must be at least 0, got -1"),
        ({"num_workers": 0.5}, TypeError, "num_workers must be an int, got float"),
        ({"num_workers": 1, "prefetch_factor": 0}, ValueError, "prefetch_factor must be at least"),
        ({"num_workers": 1, "timeout": -1}, ValueError, "timeout must not be negative, got -1"),
        ({"prefetch_factor": 2}, ValueError, "need num_workers > 0"),
        ({"timeout": 2}, ValueError, "need num_workers > 0"),
        ({"persistent_workers": True}, ValueError, "need num_workers > 0"),
    ],
)
def test_loader_refuses(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        DataLoader(range(4), **arguments)


def test_loader_needs_length_and_indexing() -> None:
    class Endless:
        def __getitem__(self, index: int) -> int:
            return index

    with pytest.raises(TypeError, match="Endless has no __len__"):
        DataLoader(Endless())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="generator has no __getitem__"):
        DataLoader(i for i in range(3))  # type: ignore[arg-type]
