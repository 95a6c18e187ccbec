"""From samples to batches: which dtypes come of what, and how many there are, counted by loops."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Tensor
from nn.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    default_collate,
    random_split,
)

Point = namedtuple("Point", "x y")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    at.manual_seed(0)


def plain(batch: Any) -> Any:
    """A batch with ``(dtype, values)`` in the place of Tensors; containers keep their types."""
    if isinstance(batch, Tensor):
        return batch.dtype.name, batch.tolist()
    if isinstance(batch, dict):
        return {key: plain(one) for key, one in batch.items()}
    if isinstance(batch, Point):
        return Point(*map(plain, batch))
    if isinstance(batch, list):
        return [plain(one) for one in batch]
    return batch


SAMPLES: dict[str, tuple[list[Any], Any]] = {
    "ints": ([1, 2], ("int64", [1, 2])),
    "floats": ([1.5, 2.0], ("float64", [1.5, 2.0])),
    "a float before an int": ([1.5, 2], ("float64", [1.5, 2.0])),
    "bools": ([True, False], ("bool", [True, False])),
    "numbers of NumPy": ([np.float32(1), np.float32(2)], ("float32", [1.0, 2.0])),
    "small ones": ([np.int16(1), np.int16(2)], ("int16", [1, 2])),
    "arrays": ([np.ones(2, np.uint8), np.zeros(2, np.uint8)], ("uint8", [[1, 1], [0, 0]])),
    "Tensors": ([at.tensor([1.0]), at.tensor([2.0])], ("float32", [[1.0], [2.0]])),
    "texts": (["a", "b"], ["a", "b"]),
    "tuples": ([(1, 2.0), (3, 4.0)], [("int64", [1, 3]), ("float64", [2.0, 4.0])]),
    "lists": ([[1, "a"], [3, "b"]], [("int64", [1, 3]), ("a", "b")]),
    "dicts": ([{"a": 1, "b": "x"}, {"b": "y", "a": 2}], {"a": ("int64", [1, 2]), "b": ["x", "y"]}),
    "named tuples": ([Point(1, 2), Point(3, 4)], Point(("int64", [1, 3]), ("int64", [2, 4]))),
    "nested": ([(np.ones(1), {"y": [5]})], [("float64", [[1.0]]), {"y": [("int64", [5])]}]),
}


@pytest.mark.parametrize(("samples", "expected"), SAMPLES.values(), ids=SAMPLES)
def test_samples_become_a_batch(samples: list[Any], expected: Any) -> None:
    found = plain(default_collate(samples))
    assert type(found) is type(expected)
    assert found == expected


@pytest.mark.parametrize(
    ("count", "fractions", "sizes"),
    [
        (10, [0.5, 0.5], [5, 5]),
        (10, [0.25, 0.25, 0.25, 0.25], [3, 3, 2, 2]),  # two are left over
        (11, [0.3, 0.3, 0.4], [4, 3, 4]),  # 3.3, 3.3 and 4.4: one is left over
        (7, [0.9, 0.1], [7, 0]),
        (5, [0.1] * 10, [1] * 5 + [0] * 5),
        (0, [0.5, 0.5], [0, 0]),
    ],
)
def test_fractions_are_rounded_down_and_the_first_parts_get_the_rest(
    count: int, fractions: list[float], sizes: list[int]
) -> None:
    with pytest.warns(UserWarning, match="empty") if 0 in sizes else nullcontext():
        parts = random_split(range(count), fractions)
    assert [len(part) for part in parts] == sizes
    found = [part[i] for part in parts for i in range(len(part))]
    assert sorted(found) == list(range(count))


class Stream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        yield from range(12)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 12, 13])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_how_many_batches(size: int, drop_last: bool, shuffle: bool) -> None:
    sizes, left = [], 12
    while left >= (size if drop_last else 1):
        sizes.append(min(size, left))
        left -= size
    loader = DataLoader(range(12), size, shuffle, drop_last=drop_last)
    assert [len(batch) for batch in loader] == sizes
    assert len(loader) == len(sizes)
    stream = DataLoader(Stream(), size, drop_last=drop_last)
    assert [len(batch) for batch in stream] == sizes
    batches = BatchSampler(range(12), size, drop_last)
    assert [len(batch) for batch in batches] == sizes
    assert len(batches) == len(sizes)


def test_without_replacement_all_come_once_in_each_round() -> None:
    order = list(RandomSampler(range(20), num_samples=50))
    for first in (0, 20):
        assert sorted(order[first : first + 20]) == list(range(20))
    assert order[:20] != order[20:40]
    assert len(set(order[40:])) == 10
    chosen = [30, 10, 20]
    assert sorted(SubsetRandomSampler(chosen)) == sorted(chosen)


def test_what_is_drawn_with_replacement() -> None:
    """Every index as often as its weight says, and the draws do not know of each other."""
    evenly = np.bincount(list(RandomSampler(range(4), True, 4000)), minlength=4)
    np.testing.assert_allclose(evenly / 4000, 0.25, atol=0.03)
    weighed = np.bincount(list(WeightedRandomSampler([1, 0, 3, 4], 4000)), minlength=4)
    np.testing.assert_allclose(weighed / 4000, [1 / 8, 0, 3 / 8, 4 / 8], atol=0.03)
    firsts = [next(iter(WeightedRandomSampler([1, 3], 2, False))) for _ in range(400)]
    assert np.mean(firsts) == pytest.approx(0.75, abs=0.07)
