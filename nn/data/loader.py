"""The DataLoader: batches of a data set, in order or shuffled."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import autotensor as at
from nn.data.collate import default_collate

__all__ = ["DataLoader"]

Order = range | NDArray[np.int64]


class _Sized(Protocol):
    def __getitem__(self, index: int, /) -> Any: ...
    def __len__(self) -> int: ...


class _Sampler(Protocol):
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class DataLoader:
    """Iterates over a data set in batches; every ``for`` loop over it is one epoch.

    Where the data set defines ``get_batch`` (see ``Dataset``) and no ``collate_fn`` is given, each
    batch is fetched as one array operation. Otherwise a batch is
    ``collate_fn([dataset[i] for i in indices])``.

    Args:
        dataset: anything with ``dataset[i]`` and ``len(dataset)``: a Dataset, a list, ...
        batch_size: samples per batch, at least 1. ``len(dataset)`` gives one full batch.
        shuffle: draw a new random order for every epoch.
        sampler: the indices of one epoch, in order, e.g. a list; iterated anew for every epoch.
            ``range(start, stop)`` walks through a part of the data without copies where the data
            set can do that. Excludes ``shuffle``.
        collate_fn: joins a list of samples into a batch; ``default_collate`` where None.
        drop_last: leave out a last batch that is smaller than the others.
        generator: draws the random orders; ``autotensor.default_generator`` where None. The same
            seed gives the same orders.

    ``len(loader)`` is the number of batches of an epoch.

    Batches are new arrays, with one exception: a TensorDataset read in order gives read-only
    views on its data.

    Raises:
        TypeError: an argument of the wrong type, or a data set without length or indexing.
        ValueError: ``batch_size`` below 1, or both ``sampler`` and ``shuffle``.
        IndexError: while iterating, if the sampler gives an index outside of the data set.
    """

    def __init__(
        self,
        dataset: _Sized,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: _Sampler | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        generator: at.Generator | None = None,
    ) -> None:
        for method in ("__getitem__", "__len__"):
            if not hasattr(dataset, method):
                raise TypeError(
                    f"DataLoader: the data set must have __getitem__ and __len__, but "
                    f"{type(dataset).__name__} has no {method}"
                )
        if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__"):
            raise TypeError(
                f"DataLoader: batch_size must be an int, got {type(batch_size).__name__} "
                f"{batch_size!r}; len(dataset) gives one full batch"
            )
        if batch_size < 1:
            raise ValueError(f"DataLoader: batch_size must be at least 1, got {batch_size}")
        if sampler is not None:
            if shuffle:
                raise ValueError(
                    "DataLoader: sampler and shuffle=True exclude each other: "
                    "the sampler alone decides the order"
                )
            if not (hasattr(sampler, "__iter__") and hasattr(sampler, "__len__")):
                raise TypeError(
                    "DataLoader: sampler must be indices that can be iterated and have a length, "
                    f"such as a list, got {type(sampler).__name__}"
                )
        if collate_fn is not None and not callable(collate_fn):
            raise TypeError(
                f"DataLoader: collate_fn must be callable, got {type(collate_fn).__name__}"
            )
        if generator is not None and not isinstance(generator, at.Generator):
            raise TypeError(
                "DataLoader: generator must be an autotensor.Generator, got "
                f"{type(generator).__name__}"
            )
        self.dataset = dataset
        self.batch_size = operator.index(batch_size)
        self.shuffle = bool(shuffle)
        self.sampler = sampler
        self.collate_fn = collate_fn
        self.drop_last = bool(drop_last)
        self.generator = generator

    def __len__(self) -> int:
        count = len(self.dataset if self.sampler is None else self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        # Not itself a generator function, so that the order is drawn here and now: what else
        # draws random numbers before the first batch cannot change it.
        return self._batches(self._draw_order())

    def _draw_order(self) -> Order:
        count = len(self.dataset)
        if self.sampler is not None:
            return _checked(self.sampler, count)
        if self.shuffle:
            generator = at.default_generator if self.generator is None else self.generator
            return generator.rng.permutation(count)
        return range(count)

    def _batches(self, order: Order) -> Iterator[Any]:
        stop = len(order)
        if self.drop_last:
            stop -= stop % self.batch_size
        for start in range(0, stop, self.batch_size):
            yield self._fetch(order[start : start + self.batch_size])

    def _fetch(self, indices: Order) -> Any:
        get_batch = _get_batch_of(self.dataset) if self.collate_fn is None else None
        if get_batch is not None:
            return get_batch(
                slice(indices.start, indices.stop) if isinstance(indices, range) else indices
            )
        collate = default_collate if self.collate_fn is None else self.collate_fn
        # Samples are asked for by Python ints: a data set may use them as keys, or print them.
        numbers = indices if isinstance(indices, range) else indices.tolist()
        return collate([self.dataset[i] for i in numbers])


def _get_batch_of(dataset: Any) -> Callable[[Any], Any] | None:
    """The data set's ``get_batch``, unless its class overrides the ``__getitem__`` beneath it.

    A subclass that changes single samples, to augment them say, must not be bypassed by a
    ``get_batch`` it inherits from a class that knows nothing of the change.
    """
    for cls in type(dataset).__mro__:
        if "get_batch" in vars(cls):
            method: Callable[[Any], Any] = dataset.get_batch
            return method
        if "__getitem__" in vars(cls):
            return None
    return None


def _checked(sampler: Iterable[Any], count: int) -> Order:
    """The sampler's indices, from 0 to ``count - 1``; a range of neighbours stays a range."""
    if isinstance(sampler, range) and sampler.step == 1:
        low, high = sampler.start, sampler.stop - 1
        order: Order = sampler
    else:
        try:
            order = np.fromiter(map(operator.index, sampler), dtype=np.int64)
        except TypeError as error:
            raise TypeError(f"DataLoader: the sampler must give integers: {error}") from None
        low, high = (int(order.min()), int(order.max())) if len(order) else (0, -1)
    if len(order) and (low < 0 or high >= count):
        raise IndexError(
            f"DataLoader: the sampler gave index {low if low < 0 else high}, but the data set has "
            f"{count} samples (0 to {count - 1})"
        )
    return order
