"""Samplers: in which order, and how often, the samples of a data set come."""

from __future__ import annotations

import copy
import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

import autotensor as at
from autotensor import Generator, Tensor
from autotensor.extend import raw
from nn import arguments
from nn.arguments import generator_or_none, refuse, rng_of, whole
from nn.data.batches import number_of_batches
from nn.data.sources import Sources

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

    ``state_dict`` and ``load_state_dict`` are there for samplers with ``order()``.  A subclass
    with an ``__iter__`` of its own may define both; a DataLoader then uses them.  If it does not,
    a DataLoader that is to go on in the middle of an epoch iterates it from the beginning, with
    the random generators at the states they had then, and skips what has come already.

    Raises:
        NotImplementedError: a subclass defines neither ``__iter__`` nor ``order``.

    Example:

        >>> from nn.data import DataLoader, Sampler
        >>> class Backwards(Sampler):
        ...     def __init__(self, data):
        ...         self.count = len(data)
        ...     def __iter__(self):
        ...         return iter(range(self.count - 1, -1, -1))
        ...     def __len__(self):
        ...         return self.count
        >>> loader = DataLoader(range(5), batch_size=2, sampler=Backwards(range(5)))
        >>> [batch.tolist() for batch in loader]
        [[4, 3], [2, 1], [0]]
    """

    _walk: Walk | None = None
    _loaded: Mapping[str, Any] | None = None

    def order(self) -> Order | Iterator[Order]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(self)")

    def __iter__(self) -> Iterator[Index_co]:
        self._walk = Walk()
        return self._walk.along(pieces_of(self, self._walk))

    def state_dict(self) -> dict[str, Any]:
        """The place in the epoch that was begun last, and the states of the random generators.

        The place is how many indices that iterator gave; none before the first epoch, and when
        it has come to its end.
        """
        self._need_state("state_dict")
        walk = self._walk
        begun = walk is not None and not walk.ended
        here = {"count": walk.count, "start": walk.start} if begun and walk else self._loaded
        return {"place": here and dict(here), "random": Sources(self).read()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Goes on where ``state_dict`` was called: the next epoch gives what was left of that one.

        Raises:
            ValueError: the state is none of a sampler, or of another kind of sampler.
        """
        self._need_state("load_state_dict")
        place, states = parts_of(state_dict, "place", "random")
        if place is not None:
            Sources(self).check(parts_of(place, "count", "start")[1])
        Sources(self).write(states)
        self._walk, self._loaded = None, place

    def __getstate__(self) -> dict[str, Any]:
        # A copy begins a new epoch: an iterator can neither be copied nor pickled.
        return {name: value for name, value in vars(self).items() if name != "_reading"}

    def _need_state(self, name: str) -> None:
        if not has_state(self):
            kind = type(self).__name__
            raise NotImplementedError(
                f"{name}: {kind} defines __iter__, so it must define state_dict and "
                "load_state_dict as well"
            )


class Walk:
    """How far one iterator of a sampler has come."""

    def __init__(self) -> None:
        self.start: list[Any] | None = None
        self.count = 0
        self.ended = False

    def along(self, pieces: Iterator[Order]) -> Iterator[Any]:
        for key in itertools.chain.from_iterable(map(keys_of, pieces)):
            self.count += 1
            yield key
        self.ended = True


parts_of = functools.partial(arguments.parts_of, "load_state_dict")


def has_state(thing: Any) -> bool:
    """Whether this keeps its own place: an ``__iter__`` further down than ``state_dict`` hides
    that, for who wrote it thought of none."""
    for cls in type(thing).__mro__:
        if "state_dict" in vars(cls) and hasattr(thing, "load_state_dict"):
            return True
        if "__iter__" in vars(cls):
            return False
    return False


def pieces_of(sampler: Sampler[Any], walk: Walk | None = None) -> Iterator[Order]:
    """What ``order`` gives, in pieces.  Where it draws random numbers, it has done so now."""
    walk = walk or Walk()
    sources, loaded = Sources(sampler), sampler._loaded
    if loaded is None:
        walk.start = sources.read()
        return _as_pieces(sampler.order())
    sampler._loaded = None
    walk.start, walk.count = loaded["start"], loaded["count"]
    with sources.at(walk.start):
        order = sampler.order()
    return without_first(_as_pieces(order), walk.count)


def _as_pieces(order: Order | Iterator[Order]) -> Iterator[Order]:
    return order if isinstance(order, Iterator) else iter((order,))


READING = "own", "start", "count", "ended"
"""What the state of a Reading holds: that of the sampler itself, or else those of the random
generators at the beginning; how many keys were asked for; and whether that was all."""


class Reading:
    """One way through any iterable of keys, which can be taken up again where it was left.

    Args:
        sampler: the iterable.
        state: what ``state_dict`` of another reading gave; None begins at the beginning.
    """

    def __init__(self, sampler: Any, state: Mapping[str, Any] | None = None) -> None:
        self.sampler = sampler
        sources, own = Sources(sampler), None
        self.count, self.ended = 0, False
        if state is None:
            self.start = sources.read()
        else:
            own, self.start, self.count, self.ended = parts_of(state, *READING)
        self.keys: Any
        if own is None:
            with sources.at(None if state is None else self.start):
                self.keys = iter(sampler)
                self._skip(self.count)
        elif has_state(sampler):
            self.sampler.load_state_dict(own)
            # At its end it has the state in which its next epoch begins.
            self.keys = iter(() if self.ended else sampler)
        else:
            self.keys = iter(sampler)
            _need_own_state(self.keys)
            self.keys.load_state_dict(own)

    def _skip(self, count: int) -> None:
        for _ in range(count):
            try:
                next(self.keys)
            except StopIteration:
                return
            except Exception:
                continue  # as when it was read at first

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.ended:  # also where the sampler, asked again, would begin anew
            raise StopIteration
        self.count += 1
        try:
            return next(self.keys)
        except StopIteration:
            self.ended = True
            raise

    def state_dict(self) -> dict[str, Any]:
        """The place; a copy, which the sampler going on does not change."""
        own = None
        for one in (self.sampler, self.keys):
            if own is None and has_state(one):
                own = copy.deepcopy(one.state_dict())
        start = self.start if own is None else None
        return dict(zip(READING, (own, start, self.count, self.ended), strict=True))


def _need_own_state(keys: Any) -> None:
    if not has_state(keys):
        raise ValueError(
            "load_state_dict: the state is that of a sampler with a state_dict of its own, which "
            "this one does not have"
        )


def without_first(pieces: Iterator[Order], count: int) -> Iterator[Order]:
    """The pieces without the first ``count`` keys."""
    for piece in pieces:
        if count < len(piece):
            yield piece[count:] if count else piece
        count = max(0, count - len(piece))


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
    """0, 1, 2, …, ``len(data_source) - 1``.

    Example:

        >>> from nn.data import SequentialSampler
        >>> list(SequentialSampler(["a", "b", "c"]))
        [0, 1, 2]
    """

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

    Example:

        >>> from nn.data import RandomSampler
        >>> sorted(RandomSampler(range(5))), len(list(RandomSampler(range(5), num_samples=12)))
        ([0, 1, 2, 3, 4], 12)
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
    """The given indices, or other keys of a data set, in a new random order for every epoch.

    Example:

        >>> from nn.data import SubsetRandomSampler
        >>> sorted(SubsetRandomSampler([10, 20, 30]))
        [10, 20, 30]
    """

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

    Example:

        >>> from nn.data import WeightedRandomSampler
        >>> draws = list(WeightedRandomSampler([0.0, 1.0, 9.0], num_samples=1000))
        >>> draws.count(0), draws.count(2) > draws.count(1)
        (0, True)
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
        self.weights = at.from_numpy(chances)
        self.generator = generator_or_none("WeightedRandomSampler", generator)

    def order(self) -> Order | Iterator[Order]:
        chances = self.weights.array
        share = chances / chances.sum()
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

    Raises:
        ValueError: ``batch_size`` below 1.

    Example:

        >>> from nn.data import BatchSampler
        >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    _reading: Reading | None = None

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        self.sampler: Any = sampler
        self.batch_size = whole("BatchSampler", "batch_size", batch_size)
        self.drop_last = bool(drop_last)

    def __iter__(self) -> Iterator[list[Any]]:
        loaded, self._loaded = self._loaded, None
        self._reading = Reading(self.sampler, loaded)
        return self._batches(self._reading)

    def _batches(self, indices: Reading) -> Iterator[list[Any]]:
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch
        if self._reading is indices:
            self._reading = None

    def state_dict(self) -> dict[str, Any]:
        """As that of other samplers, with the state of the sampler within."""
        self._need_state("state_dict")
        own = copy.deepcopy(self.sampler.state_dict()) if has_state(self.sampler) else None
        place = self._loaded if self._reading is None else self._reading.state_dict()
        return {"place": place, "sampler": own, "random": Sources(self).read()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self._need_state("load_state_dict")
        place, own, states = parts_of(state_dict, "place", "sampler", "random")
        if place is not None:
            Sources(self).check(parts_of(place, *READING)[1])
        if own is not None:
            _need_own_state(self.sampler)
            self.sampler.load_state_dict(own)
        Sources(self).write(states)
        self._reading, self._loaded = None, place

    def __len__(self) -> int:
        count = len(self.sampler)
        return number_of_batches(count, self.batch_size, self.drop_last)
