"""Samplers: in which order, and how often, the samples of a data set come."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotensor import Generator, Tensor
from autotensor.extend import raw
from nn.arguments import generator_or_none, refuse, rng_of, whole
from nn.data.batches import number_of_batches

Order = range | NDArray[np.int64]


class Sampler:
    """The indices of one epoch, in order; iterated anew for every epoch.

    A subclass defines ``__iter__`` and ``__len__``, or ``order()`` and ``__len__``: ``order``
    gives all indices of an epoch at once, as a range or an int64 array.
    """

    def order(self) -> Order:
        if type(self).__iter__ is Sampler.__iter__:
            raise NotImplementedError(f"{type(self).__name__} must define __iter__(self)")
        return np.fromiter(map(operator.index, self), dtype=np.int64)

    def __iter__(self) -> Iterator[Any]:
        order = self.order()
        return iter(order if isinstance(order, range) else order.tolist())

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")


class SequentialSampler(Sampler):
    """0, 1, 2, …, ``len(data_source) - 1``."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def order(self) -> Order:
        return range(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """A new random order for every epoch.

    Args:
        data_source: anything with a length.
        replacement: draw every index anew from all of them, so that some come more than once.
        num_samples: how many indices to draw; ``len(data_source)`` where None. Without
            replacement and beyond the length, one random order follows another.
        generator: draws them; ``autotensor.default_generator`` where None.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if num_samples is not None:
            num_samples = whole("RandomSampler", "num_samples", num_samples)
        self.data_source = data_source
        self.replacement = bool(replacement)
        self._num_samples = num_samples
        self.generator = generator_or_none("RandomSampler", generator)

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> Order:
        rng = rng_of(self.generator)
        count, wanted = len(self.data_source), self.num_samples
        if not count:
            refuse("RandomSampler", wanted, "there are no samples to draw from")
            return range(0)
        if self.replacement:
            return rng.integers(count, size=wanted)
        rounds = [rng.permutation(count) for _ in range(-(-wanted // count))]
        return rounds[0][:wanted] if len(rounds) == 1 else np.concatenate(rounds)[:wanted]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices, in a new random order for every epoch."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator_or_none("SubsetRandomSampler", generator)

    def order(self) -> Order:
        order = rng_of(self.generator).permutation(len(self))
        return np.asarray(self.indices, dtype=np.int64)[order]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Indices drawn with the given weights, e.g. to see rare classes as often as common ones::

        counts = np.bincount(labels)
        sampler = WeightedRandomSampler(1 / counts[labels], num_samples=len(labels))

    Args:
        weights: one for each sample, not negative; they need not sum to 1.
        num_samples: how many indices to draw for an epoch.
        replacement: whether an index may come more than once.
        generator: draws them; ``autotensor.default_generator`` where None.

    Raises:
        ValueError: a negative or not finite weight, none that is positive, or fewer positive ones
            than are to be drawn without replacement.
    """

    def __init__(
        self,
        weights: Sequence[float] | Tensor | np.ndarray,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        chances = np.asarray(raw(weights), dtype=np.float64)
        message = f"weights must be of shape (N,), got {chances.shape}"
        refuse("WeightedRandomSampler", chances.ndim != 1, message)
        if not np.all(np.isfinite(chances) & (chances >= 0)):
            raise ValueError("WeightedRandomSampler: weights must be finite and not negative")
        self.num_samples = whole("WeightedRandomSampler", "num_samples", num_samples)
        self.replacement = bool(replacement)
        positive = np.count_nonzero(chances)
        needed = 1 if replacement else self.num_samples
        if positive < needed:
            raise ValueError(
                f"WeightedRandomSampler: cannot draw {self.num_samples} from {positive} samples "
                f"with positive weight{'' if replacement else ' without replacement'}"
            )
        self.weights = chances
        self.generator = generator_or_none("WeightedRandomSampler", generator)

    def order(self) -> Order:
        share = self.weights / self.weights.sum()
        rng = rng_of(self.generator)
        return rng.choice(len(share), self.num_samples, replace=self.replacement, p=share)

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler:
    """Joins the indices of a sampler into lists of ``batch_size``.

    Args:
        sampler: any iterable of indices.
        batch_size: at least 1.
        drop_last: leave out a last list that is shorter than the others.
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        self.sampler = sampler
        self.batch_size = whole("BatchSampler", "batch_size", batch_size)
        self.drop_last = bool(drop_last)

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return number_of_batches(count, self.batch_size, self.drop_last)
