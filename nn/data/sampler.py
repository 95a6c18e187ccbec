"""Samplers: in which order, and how often, the samples of a data set come."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from autotensor import Generator, Tensor
from autotensor.extend import raw
from nn.arguments import generator_or_none, refuse, rng_of, whole
from nn.data.batches import number_of_batches

__all__ = [
    "BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler",
    "WeightedRandomSampler",
]  # fmt: skip

Index_co = TypeVar("Index_co", covariant=True)

Order = range | NDArray[np.int64] | list[Any]
"""Indices in order: a range of neighbours, an int64 array, or whatever keys a data set has."""

AT_ONCE = 2**20
"""So many indices are drawn at once, more than that piece by piece: there may be 10¹⁰ of them."""


class Sampler(Generic[Index_co]):
    """The indices of one epoch, in order; iterated anew for every epoch.

    A subclass defines ``__iter__``; or ``order()``, which gives all indices of an epoch at once, or
    an iterator of pieces.  ``__len__`` is for those who ask how many batches there are: an endless
    sampler has none.  Keys that are not integers go to ``dataset[key]`` as they are.
    """

    def order(self) -> Order | Iterator[Order]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(self)")

    def __iter__(self) -> Iterator[Index_co]:
        return itertools.chain.from_iterable(map(keys_of, pieces_of(self)))


def pieces_of(sampler: Sampler[Any]) -> Iterator[Order]:
    """What ``order`` gives, in pieces.  Where it draws random numbers, it has done so now."""
    order = sampler.order()
    return order if isinstance(order, Iterator) else iter((order,))


def keys_of(order: Order) -> Iterable[Any]:
    """The indices as Python's own: a data set may use them as keys, or print them."""
    return order.tolist() if isinstance(order, np.ndarray) else order


def as_integers(keys: Iterable[Any]) -> NDArray[np.int64] | None:
    """The keys as one array, or None if some are no integers."""
    try:
        return np.fromiter(map(operator.index, keys), dtype=np.int64)
    except (TypeError, OverflowError):
        return None


def _drawn(
    wanted: int, rng: Any, draw: Callable[[Any, int], Order], round: int = 1
) -> Order | Iterator[Order]:
    """``draw(rng, wanted)``; of too many, pieces of whole rounds of the given length.

    Those draw from a generator of their own.  So what else draws random numbers meanwhile changes
    nothing, nor does how far ahead they are read.
    """
    if wanted <= AT_ONCE:
        return draw(rng, wanted)
    own = np.random.default_rng(rng.integers(2**63))
    piece = max(1, AT_ONCE // round) * round
    whole_pieces, rest = divmod(wanted, piece)
    lengths = itertools.chain(itertools.repeat(piece, whole_pieces), [rest] if rest else [])
    return (draw(own, length) for length in lengths)


class SequentialSampler(Sampler[int]):
    """0, 1, 2, …, ``len(data_source) - 1``."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def order(self) -> Order:
        return range(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
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

    def order(self) -> Order | Iterator[Order]:
        rng = rng_of(self.generator)
        count, wanted = len(self.data_source), self.num_samples
        if not count:
            refuse("RandomSampler", wanted, "there are no samples to draw from")
            return range(0)
        if self.replacement:
            return _drawn(wanted, rng, lambda rng, size: rng.integers(count, size=size))

        def rounds(rng: Any, size: int) -> Order:
            orders = [rng.permutation(count) for _ in range(-(-size // count))]
            return orders[0][:size] if len(orders) == 1 else np.concatenate(orders)[:size]

        if wanted <= count:
            return rounds(rng, wanted)
        return _drawn(wanted, rng, rounds, count)

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[Index_co]):
    """The given indices, or other keys of a data set, in a new random order for every epoch."""

    def __init__(self, indices: Sequence[Index_co], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator_or_none("SubsetRandomSampler", generator)

    def order(self) -> Order:
        order = rng_of(self.generator).permutation(len(self))
        integers = as_integers(self.indices)
        if integers is not None:
            return integers[order]
        return [self.indices[place] for place in order.tolist()]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
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

    def order(self) -> Order | Iterator[Order]:
        share = self.weights / self.weights.sum()
        rng = rng_of(self.generator)
        if self.replacement:
            return _drawn(
                self.num_samples, rng, lambda rng, size: rng.choice(len(share), size, p=share)
            )
        return rng.choice(len(share), self.num_samples, replace=False, p=share)

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[Any]]):
    """Joins the indices of a sampler into lists of ``batch_size``, reading it as it goes.

    Args:
        sampler: any iterable of indices or other keys, also an endless one.
        batch_size: at least 1.
        drop_last: leave out a last list that is shorter than the others.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
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
