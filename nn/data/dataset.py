"""Data sets: what a DataLoader draws its samples from."""

from __future__ import annotations

import bisect
import itertools
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

import autotensor as at
from autotensor import Tensor
from autotensor.extend import on_first_call, raw, to_get_a_tensor
from nn.arguments import refuse, rng_of
from nn.data.batches import (
    Indices,
    collated,
    get_batch_of,
    getitems_of,
    takes_batches,
    transformed,
)

Sample_co = TypeVar("Sample_co", covariant=True)

NUMBERS = int, float, complex, np.generic, np.ndarray, Tensor
"""As keys of a Subset these are numbers, all other types are keys of a data set's own kind."""


class _Indexed(Protocol[Sample_co]):
    """For type checkers: what has samples and gives one as ``dataset[i]``."""

    def __getitem__(self, index: int, /) -> Sample_co: ...

    def __len__(self) -> int: ...


class Dataset(Generic[Sample_co]):
    """A map-style data set: ``dataset[i]`` is sample ``i``, ``len(dataset)`` is how many there are.

    A data set that holds its samples in arrays may also define ``get_batch(indices)``, which
    returns *a whole batch at once, already collated*. It must equal
    ``default_collate([dataset[i] for i in indices])``; a DataLoader without a ``collate_fn`` of
    its own then calls it instead of fetching and stacking one sample after the other::

        class Squares(Dataset):
            def __init__(self):
                self.numbers = np.arange(1000.0, dtype=np.float32)

            def __len__(self):
                return len(self.numbers)

            def __getitem__(self, index):
                return at.tensor(self.numbers[index] ** 2)

            def get_batch(self, indices):  # optional
                return at.from_numpy(self.numbers[indices] ** 2)

    ``indices`` is ``slice(start, stop)`` with ``0 <= start < stop <= len(dataset)`` where the batch
    is a run of neighbours in order, else an int64 array of shape ``(N,)``. Both index an array
    directly, and the slice does so without a copy. (PyTorch's ``__getitems__`` differs: it returns
    a list of samples, which still have to be stacked.)

    A subclass that overrides ``__getitem__`` alone switches off the ``get_batch`` it inherits, so
    its samples are never bypassed.

    Raises:
        NotImplementedError: a subclass defines no ``__getitem__``.

    Example:

        >>> from nn.data import DataLoader, Dataset
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 5
        ...     def __getitem__(self, index):
        ...         return at.tensor(float(index)), at.tensor(float(index**2))
        >>> Squares()[3]
        (tensor(3.), tensor(9.))
        >>> for x, y in DataLoader(Squares(), batch_size=3):
        ...     print(x, y)
        tensor([0., 1., 2.]) tensor([0., 1., 4.])
        tensor([3., 4.]) tensor([ 9., 16.])
    """

    _repr_html_ = on_first_call("nn.seeing.data", "dataset_page")

    def __getitem__(self, index: int) -> Sample_co:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    if TYPE_CHECKING:
        # Python goes on from sample to sample until an IndexError.
        def __iter__(self) -> Iterator[Sample_co]: ...

    def __add__(self, other: Any) -> ConcatDataset:
        """The samples of this data set, and then those of ``other``."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample_co]):
    """A data set that can only be read from its beginning to its end: a subclass defines
    ``__iter__``.

    For what comes as a stream, or is made on the spot. ``__len__`` is optional.

    Raises:
        NotImplementedError: a subclass defines no ``__iter__``.
        TypeError: asked for a single sample.

    Example:

        >>> from nn.data import DataLoader, IterableDataset
        >>> class Countdown(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> list(DataLoader(Countdown(), batch_size=2))
        [tensor([3, 2]), tensor([1])]
    """

    def __iter__(self) -> Iterator[Sample_co]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(self)")

    def __getitem__(self, index: int) -> Sample_co:
        raise TypeError(f"{type(self).__name__} can only be iterated, it has no sample {index}")

    def __add__(self, other: Any) -> ChainDataset:  # type: ignore[override]
        """The samples of this data set, and then those of ``other``."""
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors side by side: sample ``i`` is ``(tensors[0][i], tensors[1][i], ...)``.

    Args:
        *tensors: one or more Tensors of shapes ``(N, *)``, any dtype, all with the same ``N``.
        transform: called on the first Tensor of a sample, ``(*)``. One of ``nn.data.transforms``
            is called on the first Tensor of a whole batch, ``(n, *)``, and changes each of its
            pictures in its own way.

    Attributes:
        tensors: the given Tensors, as a tuple. They are not copied.
        transform: as given; may be changed.

    Raises:
        TypeError: an argument is not a Tensor.
        ValueError: no Tensors, a Tensor without dimensions, or first dimensions that differ.

    Example:

        >>> from nn.data import DataLoader, TensorDataset
        >>> data = TensorDataset(at.arange(6.0).reshape(3, 2), at.tensor([0, 1, 0]))
        >>> len(data), data[1]
        (3, (tensor([2., 3.]), tensor(1)))
        >>> x, y = next(iter(DataLoader(data, batch_size=3)))
        >>> x.shape, y
        (torch.Size([3, 2]), tensor([0, 1, 0]))
    """

    def __init__(
        self, *tensors: Tensor, transform: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        refuse("TensorDataset", not tensors, "expected at least one Tensor, got none")
        for position, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                is_array = isinstance(tensor, np.ndarray)
                hint = "; convert it with autotensor.from_numpy" if is_array else ""
                raise TypeError(
                    f"TensorDataset: argument {position} is a {type(tensor).__name__}, "
                    f"expected a Tensor{hint or to_get_a_tensor(tensor)}"
                )
            if not tensor.shape:
                raise ValueError(
                    f"TensorDataset: argument {position} has no dimension to draw samples from "
                    "(shape ()), expected shape (N, *)"
                )
        lengths = [tensor.shape[0] for tensor in tensors]
        if len(set(lengths)) > 1:
            raise ValueError(
                "TensorDataset: all Tensors must have the same first dimension, got lengths "
                f"{', '.join(map(str, lengths))} (shapes "
                f"{', '.join(str(tensor.shape) for tensor in tensors)})"
            )
        self.tensors = tensors
        self.transform = transform

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """Sample ``index``: one Tensor of shape ``(*)`` from each of the Tensors."""
        first, *others = (tensor[index] for tensor in self.tensors)
        return transformed(first, self.transform), *others

    def __len__(self) -> int:
        return len(self.tensors[0])

    def get_batch(self, indices: Indices) -> list[Tensor]:
        """Samples ``indices``: from each of the Tensors, a new one of shape ``(n, *)``.

        Example:

            >>> from nn.data import TensorDataset
            >>> data = TensorDataset(at.arange(6.0), at.arange(6))
            >>> data.get_batch(slice(2, 5))
            [tensor([2., 3., 4.]), tensor([2, 3, 4])]
            >>> data.get_batch(np.array([5, 0]))
            [tensor([5., 0.]), tensor([5, 0])]
        """
        if not takes_batches(self.transform):
            return collated(self, indices)
        batch = [tensor[indices] for tensor in self.tensors]
        if isinstance(indices, slice):  # gives views, and who changes a batch means no sample
            batch = [tensor.clone() for tensor in batch]
        batch[0] = transformed(batch[0], self.transform)
        return batch

    def __repr__(self) -> str:
        return f"TensorDataset({', '.join(str(tensor.shape) for tensor in self.tensors)})"


class Subset(Dataset[Sample_co]):
    """Some samples of a data set: sample ``i`` is ``dataset[indices[i]]``.

    Several at once, ``subset[0:2]`` or ``subset[[0, 2]]``, are ``dataset[[...]]`` with a list of
    their indices, for data sets that take lists.

    Args:
        dataset: anything with ``dataset[i]``.
        indices: a sequence or an array of ints, from 0 (negative ones are passed on as they are),
            or of whatever keys the data set has.  With a ``range`` of neighbours, batches are runs
            of neighbours as well.

    Raises:
        TypeError: bools or floats as indices, or an array of another shape than ``(N,)``.

    Example:

        >>> from nn.data import Subset
        >>> small = Subset(["a", "b", "c", "d"], [3, 0])
        >>> len(small), small[0]
        (2, 'd')
    """

    def __init__(
        self, dataset: _Indexed[Sample_co], indices: Sequence[Any] | NDArray[np.int64]
    ) -> None:
        self.dataset = dataset
        self.indices = indices
        self._order = _order_of(indices)

    def __getitem__(self, index: int) -> Sample_co:
        places: Any = index
        if isinstance(index, slice):
            places = range(len(self))[index]
        if isinstance(places, (list, range)):
            several: Any = [self._key(place) for place in places]
            return self.dataset[several]
        return self.dataset[self._key(index)]

    def __getitems__(self, indices: list[int]) -> list[Sample_co]:
        """Samples ``indices`` as a list, by the data set's ``__getitems__`` if it has that."""
        return _items_of(self.dataset, [self._key(place) for place in indices])

    def _key(self, place: int) -> Any:
        key = self._order[place]
        return key if isinstance(self._order, list) else int(key)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def has_items(self) -> bool:
        return getitems_of(self.dataset) is not None

    @property
    def has_batches(self) -> bool:
        return not isinstance(self._order, list) and get_batch_of(self.dataset) is not None

    def get_batch(self, indices: Indices) -> Any:
        """Samples ``indices`` as one batch, if the data set beneath gives batches.

        Example:

            >>> from nn.data import Subset, TensorDataset
            >>> Subset(TensorDataset(at.arange(6.0)), [5, 3, 1]).get_batch(np.array([0, 2]))
            [tensor([5., 1.])]
        """
        get_batch = get_batch_of(self.dataset)
        order = self._order
        if get_batch is None or isinstance(order, list):
            return collated(self, indices)
        if isinstance(order, range):
            if isinstance(indices, slice):
                part = order[indices]
                return get_batch(slice(part.start, part.stop))
            return get_batch(indices + order.start)
        return get_batch(order[indices])

    def __repr__(self) -> str:
        return f"Subset({len(self):,} of {self.dataset!r})"


def _order_of(indices: Any) -> range | NDArray[np.int64] | list[Any]:
    """Indices of a Subset: neighbours as a range, integers as an array, other keys as a list."""
    if isinstance(indices, range) and indices.step == 1:
        return indices
    plain = raw(indices)
    if not isinstance(plain, np.ndarray):
        kinds = {type(key) for key in plain}
        if kinds and not any(issubclass(kind, NUMBERS) for kind in kinds):
            return list(plain)
    order = np.asarray(plain)
    if order.ndim != 1 or (order.size and order.dtype.kind not in "iu"):
        raise TypeError(
            "Subset: indices must be integers in one dimension, got an array of shape "
            f"{order.shape} and dtype {order.dtype}"
        )
    return order.astype(np.int64)


def _items_of(dataset: Any, keys: list[Any]) -> list[Any]:
    """The samples with these keys."""
    at_once = getitems_of(dataset)
    return [dataset[key] for key in keys] if at_once is None else list(at_once(keys))


def random_split(
    dataset: _Indexed[Sample_co],
    lengths: Sequence[int] | Sequence[float],
    generator: at.Generator | None = None,
) -> list[Subset[Sample_co]]:
    """Splits a data set at random into parts that share no sample.

    Args:
        dataset: anything with ``dataset[i]`` and ``len(dataset)``.
        lengths: the length of each part, which sum to ``len(dataset)``; or fractions that sum
            to 1: each gives ``floor(fraction · len(dataset))`` samples, and what is left over goes
            one by one to the parts from the first on, with a warning where one stays empty.
        generator: ``autotensor.default_generator`` where None.

    Raises:
        ValueError: lengths of another sum, or a negative one.

    Example:

        >>> from nn.data import random_split
        >>> train, rest = random_split(range(10), [0.8, 0.2])
        >>> len(train), len(rest), sorted([*train, *rest])
        (8, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    count = len(dataset)
    total = sum(lengths)
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths must not be negative, got {list(lengths)}")
    if math.isclose(total, 1):
        sizes = [math.floor(count * fraction) for fraction in lengths]
        for part in range(count - sum(sizes)):
            sizes[part % len(sizes)] += 1
        if 0 in sizes:
            warnings.warn(
                f"random_split: the fractions {list(lengths)} of {count} samples leave part "
                f"{sizes.index(0)} empty",
                stacklevel=3,
            )
    elif total != count or any(length != int(length) for length in lengths):
        raise ValueError(
            f"random_split: expected lengths that sum to the {count} samples of the data set, or "
            f"fractions that sum to 1, got {list(lengths)} with the sum {total}"
        )
    else:
        sizes = [int(length) for length in lengths]
    order = rng_of(generator).permutation(count)
    ends = list(itertools.accumulate(sizes))
    return [
        Subset(dataset, order[end - size : end].tolist())
        for end, size in zip(ends, sizes, strict=True)
    ]


class ConcatDataset(Dataset[Sample_co]):
    """Data sets one after the other, as one.

    Args:
        datasets: at least one, each with a length and ``[i]``.

    Attributes:
        datasets: as a list.
        cumulative_sizes: after each data set, how many samples there are up to its end.

    Raises:
        IndexError: no such sample.

    Example:

        >>> from nn.data import ConcatDataset
        >>> both = ConcatDataset([["a", "b"], ["c", "d", "e"]])
        >>> len(both), both[3], both.cumulative_sizes
        (5, 'd', [2, 5])
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        refuse("ConcatDataset", not self.datasets, "expected at least one data set, got none")
        for one in self.datasets:
            message = f"{type(one).__name__} can only be iterated; use ChainDataset"
            refuse("ConcatDataset", isinstance(one, IterableDataset), message, TypeError)
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Sample_co:
        position, count = operator.index(index), len(self)
        if position < 0:
            position += count
        if not 0 <= position < count:
            raise IndexError(f"ConcatDataset: index {index} is out of range for {count} samples")
        part = bisect.bisect_right(self.cumulative_sizes, position)
        return self.datasets[part][position - self._start(part)]

    @property
    def cummulative_sizes(self) -> list[int]:
        """``cumulative_sizes``, as PyTorch once spelled it.

        Example:

            >>> from nn.data import ConcatDataset
            >>> ConcatDataset(["ab", "cde"]).cummulative_sizes
            [2, 5]
        """
        return self.cumulative_sizes

    def _start(self, part: int) -> int:
        return self.cumulative_sizes[part - 1] if part else 0

    @property
    def has_batches(self) -> bool:
        return all(get_batch_of(one) is not None for one in self.datasets)

    def get_batch(self, indices: Indices) -> Any:
        """Samples ``indices`` as one batch: joined from a batch of each data set.

        Example:

            >>> from nn.data import ConcatDataset, TensorDataset
            >>> both = ConcatDataset([TensorDataset(at.zeros(2)), TensorDataset(at.ones(2))])
            >>> both.get_batch(np.array([0, 3, 1]))
            [tensor([0., 1., 0.])]
        """
        if isinstance(indices, slice):
            first = bisect.bisect_right(self.cumulative_sizes, indices.start)
            if indices.stop <= self.cumulative_sizes[first] and self.has_batches:
                start = self._start(first)
                get_batch: Any = get_batch_of(self.datasets[first])
                return get_batch(slice(indices.start - start, indices.stop - start))
            indices = np.arange(indices.start, indices.stop)
        parts = np.searchsorted(self.cumulative_sizes, indices, side="right")
        order = np.argsort(parts, kind="stable")
        batches = []
        for part in np.unique(parts).tolist():
            get_batch = get_batch_of(self.datasets[part])
            if get_batch is None:
                return collated(self, indices)
            batches.append(get_batch(indices[parts == part] - self._start(part)))
        joined = _joined_batches(batches, np.argsort(order))
        return collated(self, indices) if joined is None else joined


def _joined_batches(batches: list[Any], order: NDArray[np.int64]) -> Any:
    """Batches as one, in ``order``: Tensors, or lists of them; None for anything else."""
    if all(isinstance(batch, Tensor) for batch in batches):
        if len({(batch.shape[1:], batch.dtype) for batch in batches}) > 1:
            return None
        return at.from_numpy(np.concatenate([batch.array for batch in batches])[order])
    if all(isinstance(batch, (list, tuple)) for batch in batches):
        if len({len(batch) for batch in batches}) > 1:
            return None
        columns = [_joined_batches(list(column), order) for column in zip(*batches, strict=True)]
        return None if any(column is None for column in columns) else columns
    return None


class StackDataset(Dataset[Any]):
    """Data sets side by side: sample ``i`` is ``(a[i], b[i], ...)``, or a dict by name.

    Args:
        *args: data sets of the same length; or
        **kwargs: named ones.

    Raises:
        ValueError: no data sets, named and unnamed ones, or different lengths.

    Example:

        >>> from nn.data import StackDataset
        >>> StackDataset(["a", "b"], [1, 2])[1], StackDataset(name=["a", "b"], age=[1, 2])[1]
        (('b', 2), {'name': 'b', 'age': 2})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset: expected data sets, either all named or none")
        self.datasets: Any = kwargs or args
        lengths = [len(one) for one in self._parts()]
        if len(set(lengths)) > 1:
            raise ValueError(f"StackDataset: all data sets must be equally long, got {lengths}")

    def _parts(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def __getitem__(self, index: int) -> Any:
        if isinstance(self.datasets, dict):
            return {name: one[index] for name, one in self.datasets.items()}
        return tuple(one[index] for one in self.datasets)

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """Samples ``indices`` as a list, by the ``__getitems__`` of the data sets that have it."""
        columns = [_items_of(one, indices) for one in self._parts()]
        for one, column in zip(self._parts(), columns, strict=True):
            if len(column) != len(indices):
                raise ValueError(
                    f"StackDataset: __getitems__ of {type(one).__name__} was asked for "
                    f"{len(indices)} samples and gave {len(column)}"
                )
        if isinstance(self.datasets, dict):
            return [
                dict(zip(self.datasets, row, strict=True)) for row in zip(*columns, strict=True)
            ]
        return list(zip(*columns, strict=True))

    @property
    def has_items(self) -> bool:
        return any(getitems_of(one) is not None for one in self._parts())

    def __len__(self) -> int:
        return len(self._parts()[0])


class ChainDataset(IterableDataset[Any]):
    """Iterable data sets one after the other.

    Example:

        >>> from nn.data import ChainDataset, IterableDataset
        >>> class Up(IterableDataset):
        ...     def __iter__(self):
        ...         return iter(range(3))
        >>> list(ChainDataset([Up(), Up()]))
        [0, 1, 2, 0, 1, 2]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        for one in self.datasets:
            message = f"expected IterableDatasets, got {type(one).__name__}; use ConcatDataset"
            refuse("ChainDataset", not isinstance(one, IterableDataset), message, TypeError)

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.datasets)

    def __len__(self) -> int:
        return sum(len(one) for one in self.datasets)
