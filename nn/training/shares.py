"""What each of several processes reads of a loader, so that together they read what one would.

- A DataLoader with a ``DistributedSampler``: what that gives is this process's share.
- Any other that gives the same in all processes: that is the whole batch, and each takes its part,
  neighbouring samples.  Of a DataLoader only the part is fetched.
- What is not the same everywhere is the share of each.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.data.dataloader import batches_of, divisible
from nn.data.distributed import DistributedSampler
from nn.data.plans import Beginning, Part
from nn.training.checkpoints.generators import random_state, set_random_state

__all__: list[str] = []  # helpers, which no package shows

NOTHING: Any = object()
"""A batch of which this process has no sample."""
END: Any = object()


def set_epoch(loader: Any, epoch: int) -> None:
    """Tells a DistributedSampler, and what is like it, which epoch comes, counted from 0."""
    batch_sampler = getattr(loader, "batch_sampler", None)
    inner = getattr(batch_sampler, "sampler", None)
    told: list[Any] = []
    one: Any
    for one in (loader, getattr(loader, "sampler", None), batch_sampler, inner):
        if callable(getattr(one, "set_epoch", None)) and all(one is not other for other in told):
            told.append(one)
            one.set_epoch(epoch)


def sampler_of(loader: Any) -> DistributedSampler | None:
    """The DistributedSampler of a loader, if it has one."""
    batch_sampler = getattr(loader, "batch_sampler", None)
    for one in (getattr(loader, "sampler", None), getattr(batch_sampler, "sampler", None)):
        if isinstance(one, DistributedSampler):
            return one
    return None


def rest_of(loader: Any, skipped: int) -> Iterator[Any]:
    """An epoch of a loader without its first batches, which a DataLoader need not fetch."""
    if divisible(loader):
        return batches_of(loader, None, skipped)
    rest = iter(loader)
    for _ in itertools.islice(rest, skipped):
        pass
    return rest


class Reader:
    """How one of several processes reads a loader, in every epoch.

    Args:
        loader: that of this process.
        together: those who train together; a ``Together``.
        caller: for messages.
        training: whether it is to train on; else what only fills up a share is left out.
    """

    def __init__(self, loader: Any, together: Any, caller: str, training: bool) -> None:
        self.loader, self.together, self.caller, self.training = loader, together, caller, training
        self.part = Part(together.rank, together.ranks)
        self.sampler = sampler_of(loader)
        self.alike: bool | None = None
        """Whether all processes are given the same; None before the first batch."""
        self.template: Any = None
        if self.sampler is not None:
            found = self.sampler.num_replicas, self.sampler.rank
            if found != (together.ranks, together.rank):
                raise ValueError(
                    f"{caller}: the DistributedSampler of the loader is that of rank {found[1]} of "
                    f"{found[0]}, but this is rank {together.rank} of {together.ranks}; make it "
                    "after init_process_group, without num_replicas and rank"
                )

    def begin(self, skipped: int = 0) -> Iterator[Any]:
        """The batches of an epoch, without the first ``skipped``; what they depend on is drawn
        now."""
        loader = self.loader
        if self.sampler is not None and divisible(loader):
            kept = None if self.training else Beginning(self._own_samples())
            with self.together.own_numbers():
                found = batches_of(loader, kept, skipped)
            simple = loader.sampler is self.sampler
            return self._in_step(found, False) if simple else self._agreeing(found)
        if self.sampler is None and divisible(loader) and self.alike is not False:
            found = batches_of(loader, self.part, skipped)
            if self.alike is None:
                self._decide(found)
            if self.alike:
                return self._in_step(found, True)
            found.give_all()
            return self._agreeing(found)
        return self._agreeing(rest_of(loader, skipped))

    def words(self) -> str:
        """What is read, in words."""
        ranks = self.together.ranks
        if self.sampler is not None:
            return f"{ranks} ranks, each with its share by a DistributedSampler"
        if self.alike:
            return f"{ranks} ranks, each with its part of every batch"
        return f"{ranks} ranks, each with batches of its own loader"

    def _own_samples(self) -> int:
        """How many samples of this share do not only fill it up."""
        sampler: Any = self.sampler
        own = -(-(len(sampler.dataset) - sampler.rank) // sampler.num_replicas)
        return max(0, min(own, sampler.num_samples))

    def _decide(self, found: Any) -> None:
        """Whether the loaders of all are to give the same, by the first batch."""
        random = random_state()
        first = found.look_ahead()
        set_random_state(random)
        own = digest(first if first is None else (first[0].keys, first[1]))
        self.alike = len({row[0] for row in self.together.exchange(own)}) == 1
        if first is not None:
            self.template = empty(first[1])

    def _in_step(self, found: Any, compared: bool) -> Iterator[Any]:
        """Where all have the same number of batches, and know it."""
        for batch in found:
            if compared:
                self.together.check = digest(found.task.keys)
            yield self._or_nothing(batch)

    def _agreeing(self, found: Iterator[Any]) -> Iterator[Any]:
        """Where nobody knows who has a batch: they say it before each."""
        comparing = self.alike is not False and self.sampler is None
        while True:
            batch: Any = next(found, END)
            here = batch is not END
            own = digest(batch) if comparing and here else 0
            rows = self.together.exchange(here, own)
            if not any(here for here, _ in rows):
                return
            if comparing:
                alike = all(here for here, _ in rows) and len({one for _, one in rows}) == 1
                comparing = alike or self.alike is True
                self.alike = self.alike if self.alike is not None else alike
                if alike:
                    batch = part_of(batch, self.part.slice_of)
            yield self._or_nothing(None if batch is END else batch)

    def _or_nothing(self, batch: Any) -> Any:
        self.together.idle = batch is None
        if batch is not None:
            if self.template is None:
                self.template = empty(batch)
            return batch
        if not self.training:
            return NOTHING
        return self.template if self.template is not None else (None, None)


def digest(value: Any) -> int:
    """A number of 48 bits, the same for the same content."""
    found = blake2b(digest_size=6)
    _digest_into(found, value)
    return int.from_bytes(found.digest(), "little")


def _digest_into(found: Any, value: Any) -> None:
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, range):
        value = np.arange(value.start, value.stop, value.step)
    if isinstance(value, np.ndarray) and value.dtype != object:
        found.update(f"{value.shape} {value.dtype}".encode())
        found.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            _digest_into(found, key)
            _digest_into(found, one)
    elif isinstance(value, (list, tuple)):
        found.update(f"{type(value).__name__} {len(value)}".encode())
        for one in value:
            _digest_into(found, one)
    else:
        try:
            found.update(pickle.dumps(value))
        except Exception:  # whatever it is: by its name, which is that of this process alone
            found.update(repr(value).encode())


def empty(value: Any) -> Any:
    """A batch like this one without a sample."""
    if isinstance(value, Tensor):
        return at.zeros((0, *value.shape[1:]), dtype=value.dtype) if value.ndim else value
    if isinstance(value, np.ndarray):
        return value[:0].copy() if value.ndim else value
    return _rebuilt(value, empty)


def part_of(batch: Any, slice_of: Callable[[int], slice]) -> Any:
    """The part of a batch, in which every Tensor has as many rows as the first; None where it has
    no sample; all of it where it cannot be divided."""
    rows = [one.shape[0] if one.ndim else -1 for one in _arrays(batch)]
    if not rows or min(rows) != max(rows) or rows[0] < 0:
        return batch
    own = slice_of(rows[0])
    if own.start == own.stop:
        return None

    def cut(value: Any) -> Any:
        if isinstance(value, (Tensor, np.ndarray)):
            return value[own]
        if isinstance(value, (list, tuple)) and len(value) == rows[0] and not [*_arrays(value)]:
            return value[own]
        return _rebuilt(value, cut)

    return cut(batch)


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, (Tensor, np.ndarray)):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _arrays(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _arrays(one)


def _rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A container with everything in it changed."""
    if isinstance(value, Mapping):
        return {key: change(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(change, value))
    if isinstance(value, (list, tuple)):
        return type(value)(map(change, value))
    return value


def joined(parts: list[Any]) -> Any:
    """The batch whose parts these are, one after the other.

    Raises:
        ValueError: they do not go together.
    """
    first = parts[0]
    if any(type(one) is not type(first) for one in parts):
        raise ValueError("parts of different types")
    if isinstance(first, (Tensor, np.ndarray)):
        if not first.ndim or len({one.shape[1:] for one in parts}) > 1:
            raise ValueError("parts of different shapes")
        return at.cat(parts) if isinstance(first, Tensor) else np.concatenate(parts)
    if isinstance(first, Mapping):
        return {key: joined([one[key] for one in parts]) for key in first}
    if isinstance(first, (list, tuple)) and [*_arrays(first)]:
        columns = [joined(list(column)) for column in zip(*parts, strict=True)]
        return type(first)(*columns) if hasattr(first, "_fields") else type(first)(columns)
    if isinstance(first, (list, tuple)):
        return type(first)(itertools.chain.from_iterable(parts))
    raise ValueError("parts that cannot be joined")
