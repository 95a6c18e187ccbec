"""Which samples are in which batch of an epoch, read as it goes, and taken up where it was left."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nn.data.distributed import DistributedSampler
from nn.data.sampler import (
    READING,
    Order,
    RandomSampler,
    Reading,
    Sampler,
    SequentialSampler,
    Walk,
    as_integers,
    keys_of,
    parts_of,
    pieces_of,
    without_first,
)

__all__: list[str] = []  # helpers, which no package shows


class Task(NamedTuple):
    """One batch to fetch."""

    number: int
    """Of the batch in its epoch, from 0."""
    start: int
    """The place of its first sample in the epoch."""
    keys: Any
    """Of its samples; of the only one where samples come one by one."""
    error: Exception | None = None
    """What went wrong when the sampler was asked; then there are no keys."""


PLAN = "number", "samples", "order", "reading"
"""What the state of a plan holds: how many batches, and samples in them, have been planned; and
where the sampler stands, whose order is known, or that is read."""


class Part:
    """Of every batch the samples that one of several processes computes: neighbours, and the same
    number for all, but one more for the first ones where that does not come out even."""

    def __init__(self, rank: int, ranks: int) -> None:
        self.rank, self.ranks = rank, ranks

    def slice_of(self, count: int) -> slice:
        """Which of so many samples."""
        each, more = divmod(count, self.ranks)
        start = self.rank * each + min(self.rank, more)
        return slice(start, start + each + (self.rank < more))

    def of(self, task: Task) -> Task:
        """The part of a batch, whose samples keep their places in the epoch."""
        if task.error is not None:
            return task
        own = self.slice_of(len(task.keys))
        return task._replace(start=task.start + own.start, keys=task.keys[own])


class Beginning(Part):
    """The samples before a place in the epoch: those behind it only fill up."""

    def __init__(self, stop: int) -> None:
        self.stop = stop

    def of(self, task: Task) -> Task:
        if task.error is not None:
            return task
        return task._replace(keys=task.keys[: max(0, self.stop - task.start)])


def state_of(task: Task) -> dict[str, Any]:
    """The task as something that ``autotensor.save`` can write."""
    keys = task.keys.copy() if isinstance(task.keys, np.ndarray) else task.keys
    error = None if task.error is None else f"{type(task.error).__name__}: {task.error}"
    return {"number": task.number, "samples": task.start, "keys": keys, "error": error}


def task_of(state: Mapping[str, Any]) -> Task:
    number, start, keys, error = parts_of(state, "number", "samples", "keys", "error")
    return Task(number, start, keys, None if error is None else RuntimeError(error))


def share_of(sampler: Any) -> list[int] | None:
    """Which share of how many a sampler gives; None where it gives all."""
    known = isinstance(sampler, DistributedSampler)
    return [sampler.rank, sampler.num_replicas] if known else None


def of_other_share(loader: Any, state: Mapping[str, Any]) -> bool:
    """Whether the state of an epoch is that of another share than the loader's, or of more or
    fewer."""
    found: Any = state
    for name in ("plan", "order", "share"):
        found = found.get(name) if isinstance(found, Mapping) else None
    own = share_of(loader.sampler)
    return isinstance(found, list) and own is not None and found != own


def for_share(loader: Any, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of an epoch, which may be that of another share, or of one of more or fewer, as the
    state for this one.

    All processes have handed out as many samples as that one, so those are the first of all.

    Raises:
        ValueError: they cannot be shared out evenly.
    """
    if not of_other_share(loader, state):
        return state
    order, own = state["plan"]["order"], loader.sampler.num_replicas
    keys = [one["keys"] for one in state["ahead"] if one["keys"] is not None]
    read = order["count"] - sum(len(one) if hasattr(one, "__len__") else 1 for one in keys)
    count, left = divmod(read * order["share"][1], own)
    if left:
        raise ValueError(
            f"load_state_dict: {order['share'][1]} processes have read {read} samples each, which "
            f"{own} cannot have read evenly; save at the end of an epoch, or after a number of "
            "batches that comes out even"
        )
    order = {"start": order["start"], "count": count, "share": share_of(loader.sampler)}
    plan = dict(zip(PLAN, (count // (loader.batch_size or 1), count, order, None), strict=True))
    return {**state, "plan": plan, "ahead": []}


class Plan:
    """The batches of one epoch, one after the other.

    Args:
        loader: the DataLoader.
        count: how many samples there are; None where keys need not be numbers from 0 on.
        state: what ``state_dict`` of another plan gave; None begins at the beginning.
    """

    def __init__(self, loader: Any, count: int | None, state: Mapping[str, Any] | None) -> None:
        self.what = "batch_sampler" if loader._in_batches else "sampler"
        self.share = share_of(loader.sampler)
        self.single = not loader._joins()
        self.reading: Reading | None = None
        self.walk = Walk()
        self.number = self.start = 0
        order = reading = None
        if state is not None:
            self.number, self.start, order, reading = parts_of(state, *PLAN)
        self.begun = self.start
        """So many samples came before this plan was made; the walk counts those itself."""
        known = has_order(loader)
        if state is not None and known is not (order is not None):
            raise ValueError(
                "load_state_dict: the state was made with another kind of sampler than "
                f"{type(loader.sampler).__name__}"
            )
        self.count = count
        self.safe = False
        self.batches: Iterator[Any]
        if known:
            pieces = self._pieces(loader.sampler, order)
            self.safe = count is not None and _is_safe(loader.sampler, count)
            if self.single:
                self.batches = itertools.chain.from_iterable(map(keys_of, pieces))
            else:
                self.batches = cut(pieces, loader.batch_size, loader.drop_last)
        else:
            source = loader.sampler if self.single else loader.batch_sampler
            self.batches = self.reading = Reading(source, reading)

    @staticmethod
    def check(state: Any) -> None:
        """Refuses what is no state of a plan."""
        _, _, order, reading = parts_of(state, *PLAN)
        if (order is None) is (reading is None):
            raise ValueError("load_state_dict: the plan must have an order, or a reading")
        if order is not None:
            parts_of(order, "start", "count")
        else:
            parts_of(reading, *READING)

    def _pieces(self, sampler: Any, state: Mapping[str, Any] | None) -> Iterator[Order]:
        if isinstance(sampler, range):
            self.walk.start = []
            self.walk.count = 0 if state is None else state["count"]
            return without_first(iter((sampler,)), self.walk.count)
        if state is not None:
            sampler._loaded = state
        return pieces_of(sampler, self.walk)

    def __iter__(self) -> Iterator[Task]:
        return self

    def __next__(self) -> Task:
        number, start = self.number, self.start
        keys: Any = None
        try:
            keys = next(self.batches)
            if not self.safe:
                keys = (key_within if self.single else within)(keys, self.count, self.what)
            task = Task(number, start, keys)
        except StopIteration:
            raise
        except Exception as error:
            task = Task(number, start, None, error)
        self.number += 1
        if not self.single:
            self.start += len(keys) if hasattr(keys, "__len__") else 0
        elif keys is not None:
            self.start += 1
        return task

    def state_dict(self) -> dict[str, Any]:
        order = reading = None
        if self.reading is None:
            order = {"start": self.walk.start, "count": self.walk.count + self.start - self.begun}
            if self.share is not None:
                order["share"] = self.share
        else:
            reading = self.reading.state_dict()
        return dict(zip(PLAN, (self.number, self.start, order, reading), strict=True))


def has_order(loader: Any) -> bool:
    """Whether the loader's sampler gives the order of an epoch at once, or in pieces."""
    sampler = loader.sampler
    if loader._in_batches:
        return False
    if isinstance(sampler, range):
        return sampler.step == 1
    return isinstance(sampler, Sampler) and type(sampler).__iter__ is Sampler.__iter__


def _is_safe(sampler: Any, count: int) -> bool:
    """Whether the sampler is the loader's own, mostly: right by construction, if it is of this
    data set."""
    own = type(sampler) in (SequentialSampler, RandomSampler)
    return own and len(sampler.data_source) <= count


def cut(pieces: Iterator[Order], size: int, drop_last: bool) -> Iterator[Order]:
    """The pieces in batches; what is left of one goes before the next."""
    rest: Order = range(0)
    for piece in pieces:
        start = size - len(rest) if len(rest) else 0
        if start:
            joined = [*keys_of(rest), *keys_of(piece[:start])]
            rest = _as_array_or_list(joined)
            if len(rest) < size:
                continue
            yield rest
        stop = len(piece) - (len(piece) - start) % size
        for first in range(start, stop, size):
            yield piece[first : first + size]
        rest = piece[stop:]
    if len(rest) and not drop_last:
        yield rest


def _as_array_or_list(keys: list[Any]) -> Order:
    integers = as_integers(keys)
    return keys if integers is None else integers


def within(keys: Iterable[Any], count: int | None, what: str) -> Order:
    """The keys of some samples; where they are integers, from 0 to ``count - 1``, as an array, and
    a range of neighbours as it is; with some from ``-count`` to -1, as a list."""
    if isinstance(keys, range) and keys.step == 1:
        low, high = keys.start, keys.stop - 1
        order: Order = keys
    else:
        if not isinstance(keys, Iterable):
            words = (
                f"the {what} must give lists of indices, but gave {type(keys).__name__} {keys!r}"
            )
            raise TypeError(f"DataLoader: {words}; a sampler gives single ones")
        keys = keys if isinstance(keys, (list, np.ndarray)) else list(keys)
        integers = as_integers(keys) if count is not None else None
        if integers is None:
            return list(keys_of(keys))
        low, high = (int(integers.min()), int(integers.max())) if len(integers) else (0, -1)
        order = integers
    if count is not None and len(order) and -count <= low < 0 <= high + count < 2 * count:
        return list(keys_of(order))  # the data set may count from its end
    if count is not None and len(order) and (low < 0 or high >= count):
        wrong = high if high >= count else low
        raise IndexError(
            f"DataLoader: the {what} gave index {wrong}, but the data set has {count} samples "
            f"(0 to {count - 1})"
        )
    return order


def key_within(key: Any, count: int | None, what: str) -> Any:
    """A single key: an integer from 0 to ``count - 1`` as an int, anything else as it is."""
    order = within([key], count, what)
    return order[0] if isinstance(order, list) else int(order[0])
