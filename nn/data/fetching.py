"""How a batch comes about: its samples fetched and joined, or read from a stream."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from nn.data.batches import get_batch_of, getitems_of
from nn.data.plans import Part, Task
from nn.data.sampler import Order, has_state, keys_of, parts_of
from nn.data.seeding import seeded
from nn.data.sources import Sources
from nn.data.workers import get_worker_info

__all__: list[str] = []  # helpers, which no package shows

END: Any = object()
"""In place of a batch, when a stream is at its end."""

SHOWN = 8
"""So many samples of a batch an error names."""


BEFORE_ALL = -1
"""In place of a sample's position, when a stream is begun."""

STREAM = "own", "start", "samples", "calls", "ended"
"""What the state of a stream holds: that of the data set itself; those of the random generators at
the beginning; how many samples it gave, how often it was asked, and whether that was all."""


class Fetcher:
    """Fetches the batches of one epoch, in any order and in any thread.

    Args:
        loader: the DataLoader.
        seed: of the samples.
        part: what to fetch of every batch; all of it if None.
    """

    def __init__(self, loader: Any, seed: int | None, part: Part | None = None) -> None:
        self.seed = seed
        self.part = part
        self.dataset: Any = loader.dataset
        self.joins = loader._joins()
        self.collate = loader.collate_fn
        at_once = self.joins and loader._collate_fn is None
        self.get_batch = get_batch_of(loader.dataset) if at_once else None

    def fetch(self, task: Task) -> Any:
        """The batch of a task; None where the part has no sample of it."""
        if self.part is not None:
            task = self.part.of(task)
            if task.error is None and not len(task.keys):
                return None
        if task.error is not None:
            raise task.error
        try:
            return self.fetched(task)
        except StopIteration as error:
            # A for loop would take it for the end of the epoch.
            told = RuntimeError("DataLoader: the data set or collate_fn raised StopIteration")
            for note in getattr(error, "__notes__", ()):
                told.add_note(note)
            raise told from error

    def fetched(self, task: Task) -> Any:
        start, indices = task.start, task.keys
        if self.get_batch is not None and not isinstance(indices, list):
            if isinstance(indices, range):
                indices = slice(indices.start, indices.stop)
            if self.seed is None:
                return named(task.keys, self.get_batch, indices)
            with seeded(self.seed) as seed:
                seed(start)
                return named(task.keys, self.get_batch, indices)
        with seeded(self.seed) as seed:
            if not self.joins:
                return named([indices], self.collate, self._sample(indices, start, seed))
            keys = keys_of(indices)
            samples_at = getitems_of(self.dataset)
            if samples_at is None:
                samples = [self._sample(key, place, seed) for place, key in enumerate(keys, start)]
            else:
                seed(start)
                samples = named(indices, samples_at, list(keys))
            return named(indices, self.collate, samples)

    def _sample(self, index: Any, position: int, seed: Callable[[int], object]) -> Any:
        seed(position)
        try:
            return self.dataset[index]
        except Exception as error:
            error.add_note(f"DataLoader: this was sample {index!r} of the data set{_by_whom()}")
            raise


class Stream(Fetcher):
    """Fetches the batches of an IterableDataset, one after the other.

    Args:
        loader, seed: as of a Fetcher.
        state: what ``state_dict`` of another gave: ``go_on`` takes it up; None begins anew.
    """

    def __init__(self, loader: Any, seed: int | None, state: Mapping[str, Any] | None) -> None:
        super().__init__(loader, seed)
        self.size = loader.batch_size
        self.drop_last = loader.drop_last
        self.samples: Any = None
        self.own: Any = None
        self.position = self.calls = 0
        self.ended = False
        self.sources = Sources(None if has_state(self.dataset) else self.dataset)
        if state is None:
            self.start = self.sources.read()
        else:
            self.own, self.start, self.position, self.calls, self.ended = parts_of(state, *STREAM)
        self.handed_out = self.place() if loader.num_workers else None

    @staticmethod
    def check(state: Any) -> None:
        """Refuses what is no state of a stream."""
        parts_of(state, *STREAM)

    def go_on(self) -> None:
        """Reads the data set up to where it was left."""
        if self.ended or (self.own is None and not self.calls):
            return
        if self.own is None:
            with self.sources.at(self.start):
                self._begin()
                self._skip()
        elif has_state(self.dataset):
            self.dataset.load_state_dict(self.own)
            self._begin()
        else:
            self._begin()
            if not has_state(self.samples):
                raise ValueError(
                    "load_state_dict: the state is that of an IterableDataset with a state_dict "
                    f"of its own, which {type(self.dataset).__name__} does not have"
                )
            self.samples.load_state_dict(self.own)

    def _begin(self) -> None:
        with seeded(self.seed) as seed:
            seed(BEFORE_ALL)
            self.samples = iter(self.dataset)

    def _skip(self) -> None:
        position = 0
        with seeded(self.seed) as seed:
            for _ in range(self.calls):
                seed(position)
                try:
                    next(self.samples)
                    position += 1
                except StopIteration:
                    return
                except Exception:
                    continue  # as when it was read at first

    def fetched(self, task: Task) -> Any:
        if self.samples is None and not self.ended:
            self._begin()
        with seeded(self.seed) as seed:
            batch: list[Any] = []
            for _ in range(0 if self.ended else self.size or 1):
                seed(self.position)
                self.calls += 1
                try:
                    batch.append(next(self.samples))
                except StopIteration:
                    self.ended = True
                    break
                except Exception as error:
                    where = f"sample {self.position} of the stream{_by_whom()}"
                    error.add_note(f"DataLoader: this was {where}")
                    raise
                self.position += 1
            if not batch or (self.drop_last and self.size and len(batch) < self.size):
                return END
            places = range(self.position - len(batch), self.position)
            return named(places, self.collate, batch[0] if self.size is None else batch)

    def place(self) -> dict[str, Any]:
        """How far it has been read."""
        own = self.own if self.samples is None else None
        for one in (self.dataset, self.samples):
            if own is None and has_state(one):
                own = copy.deepcopy(one.state_dict())
        here = own, self.start, self.position, self.calls, self.ended
        return dict(zip(STREAM, here, strict=True))

    def state_dict(self) -> dict[str, Any]:
        return self.place() if self.handed_out is None else self.handed_out

    def leave(self) -> None:
        """Closes the stream where the epoch is left early."""
        if self.samples is not None:
            self.handed_out = self.state_dict()
            self.samples = None


def named(keys: Order, call: Callable[[Any], Any], given: Any) -> Any:
    """``call(given)``; an error says of which samples this was."""
    try:
        return call(given)
    except Exception as error:
        words = [repr(key) for key in keys_of(keys)]
        shown = ", ".join(words[:SHOWN]) + (", …" if len(words) > SHOWN else "")
        error.add_note(f"DataLoader: this was the batch of samples {shown}{_by_whom()}")
        raise


def _by_whom() -> str:
    worker = get_worker_info()
    return "" if worker is None else f", in worker {worker.id}"
