"""The DataLoader: batches of a data set, in order or shuffled."""

from __future__ import annotations

import itertools
import operator
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, NamedTuple, Protocol

import numpy as np

import autotensor as at
from autotensor.extend import type_name
from nn.arguments import generator_or_none, need, refuse, rng_of, whole
from nn.data.batches import get_batch_of, is_random, number_of_batches
from nn.data.collate import default_collate, default_convert
from nn.data.dataset import IterableDataset
from nn.data.sampler import (
    BatchSampler,
    Order,
    RandomSampler,
    Sampler,
    SequentialSampler,
    as_integers,
    keys_of,
    pieces_of,
)
from nn.data.seeding import seeded


class _Keyed(Protocol):
    def __getitem__(self, key: Any, /) -> Any: ...


class WorkerInfo(NamedTuple):
    """What a worker thread is, see ``get_worker_info``."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_worker = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """In a worker thread of a DataLoader, which one it is; elsewhere None."""
    return getattr(_worker, "info", None)


class DataLoader:
    """Iterates over a data set in batches; every ``for`` loop over it is one epoch.

    Where the data set defines ``get_batch`` (see ``Dataset``) and no ``collate_fn`` is given, each
    batch is fetched as one array operation. Otherwise a batch is
    ``collate_fn([dataset[i] for i in indices])``, or ``collate_fn(dataset.__getitems__(indices))``
    where the data set defines that.

    With ``num_workers``, threads fetch batches ahead of time, while the program computes: worth
    it where samples take long, such as pictures that are read and decoded from files. (Threads
    and not processes, as in PyTorch: nothing is copied, nothing has to be pickled, and Pillow and
    NumPy let other threads run.) Batches come in the same order with the same samples for any
    number of workers, and so do random transforms, which draw from ``sample_generator()``: every
    sample has a seed of its own.  ``dataset[i]`` must allow calls from several threads at once.

    Args:
        dataset: anything with ``dataset[i]`` and ``len(dataset)``: a Dataset, a list, ...; or an
            IterableDataset. That one is read by a single thread, also with several workers. With a
            sampler it needs no length, and its keys may be anything: ``dataset[key]``.
        batch_size: samples per batch, at least 1. ``len(dataset)`` gives one full batch; None
            gives the samples one by one, not joined, with arrays as Tensors.
        shuffle: draw a new random order for every epoch.
        sampler: the indices of one epoch, in order, e.g. a list or a ``RandomSampler``; iterated
            anew for every epoch, and read as it goes: it may be endless. ``range(start, stop)``
            walks through a part of the data without copies where the data set can do that.
            Excludes ``shuffle``.
        batch_sampler: the lists of indices of the batches of one epoch, e.g. a ``BatchSampler``;
            read as it goes. Excludes ``batch_size``, ``shuffle``, ``sampler`` and ``drop_last``.
        num_workers: threads that fetch batches; with 0 the thread does so that wants them.
        collate_fn: joins a list of samples into a batch; ``default_collate`` where None.
        pin_memory: accepted, without effect.
        drop_last: leave out a last batch that is smaller than the others.
        timeout: seconds to wait for a batch from a worker, then a RuntimeError; 0 waits on.
        worker_init_fn: called as ``worker_init_fn(worker_id)`` in every worker, before its first
            batch of an epoch.
        multiprocessing_context: accepted, without effect: workers are threads.
        generator: draws the random orders and the seeds of the samples;
            ``autotensor.default_generator`` where None. The same seed gives the same epochs.
        prefetch_factor: so many batches for each worker are fetched ahead, at least 1; 2 where
            None. Only with ``num_workers``.
        persistent_workers: accepted, without effect: starting a thread costs next to nothing.
            Only with ``num_workers``.
        pin_memory_device: accepted, without effect.
        in_order: accepted, without effect: batches always come in order.

    ``len(loader)`` is the number of batches of an epoch; a TypeError where the sampler has no
    length.

    Batches are new arrays, with one exception: a TensorDataset read in order gives read-only
    views on its data.

    An error while a sample is fetched reaches the ``for`` loop, with a note that says which sample
    it was. Threads end with the epoch, also where the loop is left early.

    Raises:
        TypeError: an argument of the wrong type, or a data set without length or indexing.
        ValueError: ``batch_size`` below 1, or arguments that exclude each other.
        IndexError: while iterating, where the sampler gives an index outside of the data set.
        RuntimeError: while iterating, after ``timeout`` seconds.
    """

    def __init__(
        self,
        dataset: _Keyed | IterableDataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = False,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], object] | None = None,
        multiprocessing_context: Any = None,
        generator: at.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        streamed = isinstance(dataset, IterableDataset)
        if not streamed:
            _need_samples(dataset, with_length=sampler is None and batch_sampler is None)
        batch_size = _batch_size(batch_size, drop_last)
        if streamed and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                f"DataLoader: {type(dataset).__name__} can only be iterated: it excludes shuffle, "
                "sampler and batch_sampler"
            )
        if sampler is not None:
            _check_sampler(sampler, shuffle)
        if batch_sampler is not None:
            others = batch_size not in (1, None) or shuffle or sampler is not None or drop_last
            _check_batch_sampler(batch_sampler, bool(others))
            batch_size = None
        for argument, function in (("collate_fn", collate_fn), ("worker_init_fn", worker_init_fn)):
            if function is not None:
                need("DataLoader", argument, function, Callable, "callable")
        self.dataset: Any = dataset
        self.batch_size = batch_size
        self.shuffle = bool(shuffle)
        self.collate_fn = collate_fn
        self.pin_memory = bool(pin_memory)
        self.drop_last = bool(drop_last)
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.generator = generator_or_none("DataLoader", generator)
        _check_workers(num_workers, prefetch_factor, timeout, persistent_workers)
        self.num_workers = operator.index(num_workers)
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = bool(persistent_workers)
        self._in_batches = batch_sampler is not None
        self.sampler: Any = sampler
        if sampler is None and not streamed and not self._in_batches:
            self.sampler = _every_sample_of(dataset, self.shuffle, generator)
        self.batch_sampler: Any = batch_sampler
        if self.sampler is not None and batch_size is not None:
            self.batch_sampler = BatchSampler(self.sampler, batch_size, self.drop_last)

    def __len__(self) -> int:
        if self._in_batches:
            return len(self.batch_sampler)
        source: Any = self.dataset if self.sampler is None else self.sampler
        return number_of_batches(len(source), self.batch_size or 1, self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        # Not itself a generator function, so that the order is drawn here and now: what else
        # draws random numbers before the first batch cannot change it.
        streamed = isinstance(self.dataset, IterableDataset)
        plan = itertools.repeat((0, None)) if streamed else self._plan()
        seed = None
        if self.collate_fn is not None or is_random(self.dataset):
            seed = int(rng_of(self.generator).integers(2**63))
        epoch = _Stream(self, seed) if streamed else _Epoch(self, seed)
        fetched = self._fetched_by_workers if self.num_workers else self._fetched
        return fetched(plan, epoch)

    # -- what is in which batch --------------------------------------------------------------------

    def _plan(self) -> Iterator[tuple[int, Any]]:
        """The place of each batch's first sample in the epoch, and the indices of its samples."""
        count = _length_of(self.dataset)
        batches: Iterator[Order]
        if self._in_batches:
            batches = (_within(keys, count, "batch_sampler") for keys in self.batch_sampler)
        elif (pieces := _pieces_of_epoch(self.sampler, count)) is None:
            if self.batch_size is None:
                return enumerate(_key_within(key, count) for key in self.sampler)
            batches = (_within(keys, count, "sampler") for keys in self.batch_sampler)
        elif self.batch_size is None:
            return enumerate(itertools.chain.from_iterable(map(keys_of, pieces)))
        else:
            batches = _cut(pieces, self.batch_size, self.drop_last)
        return _placed(batches)

    # -- fetching ----------------------------------------------------------------------------------

    def _fetched(self, plan: Iterator[Any], epoch: _Epoch) -> Iterator[Any]:
        for start, indices in plan:
            batch = epoch.fetch(start, indices)
            if batch is _END:
                return
            yield batch

    def _fetched_by_workers(self, plan: Iterator[Any], epoch: _Epoch) -> Iterator[Any]:
        workers = 1 if isinstance(self.dataset, IterableDataset) else self.num_workers
        ahead = self.num_workers * (self.prefetch_factor or 2)
        ids = itertools.count()
        with_grad = at.is_grad_enabled()

        def fetch(start: int, indices: Any) -> Any:
            if getattr(_worker, "info", None) is None:
                number = next(ids)
                seed = ((epoch.seed or 0) + number) % 2**64
                _worker.info = WorkerInfo(number, workers, seed, self.dataset)
                if self.worker_init_fn is not None:
                    self.worker_init_fn(number)
            with at.set_grad_enabled(with_grad):
                return epoch.fetch(start, indices)

        pool = ThreadPoolExecutor(workers, thread_name_prefix="DataLoader")
        waiting: deque[Future[Any]] = deque()
        stuck = False
        try:
            while True:
                for start, indices in itertools.islice(plan, ahead - len(waiting)):
                    waiting.append(pool.submit(fetch, start, indices))
                if not waiting:
                    return
                next_one = waiting.popleft()
                try:
                    batch = next_one.result(self.timeout or None)
                except FutureTimeout:
                    if next_one.done():  # the data set's own TimeoutError
                        raise
                    stuck = True
                    raise RuntimeError(
                        f"DataLoader: no batch from a worker within {self.timeout} seconds"
                    ) from None
                if batch is _END:
                    return
                yield batch
        finally:
            pool.shutdown(wait=not stuck, cancel_futures=True)


_END: Any = object()
"""In place of a batch, when a stream is at its end."""


class _Epoch:
    """Fetches the batches of one epoch, in any order and in any thread."""

    def __init__(self, loader: DataLoader, seed: int | None) -> None:
        self.seed = seed
        self.dataset: Any = loader.dataset
        joins = loader.batch_size is not None or loader._in_batches
        self.collate = loader.collate_fn or (default_collate if joins else default_convert)
        self.joins = joins
        at_once = joins and loader.collate_fn is None
        self.get_batch = get_batch_of(loader.dataset) if at_once else None

    def fetch(self, start: int, indices: Any) -> Any:
        """The batch with these samples, the first of which is the ``start``-th of the epoch."""
        if self.get_batch is not None and not isinstance(indices, list):
            if isinstance(indices, range):
                indices = slice(indices.start, indices.stop)
            if self.seed is None:
                return self.get_batch(indices)
            with seeded(self.seed) as seed:
                seed(start)
                return self.get_batch(indices)
        with seeded(self.seed) as seed:
            if not self.joins:
                return self.collate(self._sample(indices, start, seed))
            keys = keys_of(indices)
            if (samples_at := getattr(self.dataset, "__getitems__", None)) is not None:
                seed(start)
                return self.collate(samples_at(list(keys)))
            samples = [self._sample(key, place, seed) for place, key in enumerate(keys, start)]
            return self.collate(samples)

    def _sample(self, index: Any, position: int, seed: Callable[[int], object]) -> Any:
        seed(position)
        try:
            return self.dataset[index]
        except Exception as error:
            error.add_note(f"DataLoader: this was sample {index!r} of the data set")
            raise


class _Stream(_Epoch):
    """Fetches the batches of an IterableDataset, one after the other."""

    def __init__(self, loader: DataLoader, seed: int | None) -> None:
        super().__init__(loader, seed)
        self.size = loader.batch_size
        self.drop_last = loader.drop_last
        self.samples: Iterator[Any] | None = None
        self.position = 0
        self.ended = False

    def fetch(self, start: int, indices: Any) -> Any:
        with seeded(self.seed) as seed:
            batch = []
            for _ in range(0 if self.ended else self.size or 1):
                seed(self.position)
                try:
                    if self.samples is None:
                        self.samples = iter(self.dataset)
                    batch.append(next(self.samples))
                except StopIteration:
                    self.ended = True
                    break
                except Exception as error:
                    error.add_note(f"DataLoader: this was sample {self.position} of the stream")
                    raise
                self.position += 1
            if not batch or (self.drop_last and self.size and len(batch) < self.size):
                return _END
            return self.collate(batch[0] if self.size is None else batch)


def _need_samples(dataset: Any, with_length: bool) -> None:
    kind = type_name(dataset)
    if isinstance(dataset, type):
        raise TypeError(
            f"DataLoader: the data set is {kind}; make an object: {dataset.__name__}(...)"
        )
    for method in ("__getitem__", "__len__") if with_length else ("__getitem__",):
        message = f"the data set must have __getitem__ and __len__, but {kind} has no {method}"
        refuse("DataLoader", not hasattr(dataset, method), message, TypeError)


def _batch_size(batch_size: Any, drop_last: bool) -> int | None:
    if batch_size is not None:
        remedy = "; len(dataset) gives one full batch"
        return whole("DataLoader", "batch_size", batch_size, remedy=remedy)
    refuse("DataLoader", drop_last, "drop_last needs a batch_size")
    return None


def _check_sampler(sampler: Any, shuffle: bool | None) -> None:
    message = "sampler and shuffle=True exclude each other: the sampler alone decides the order"
    refuse("DataLoader", shuffle, message)
    need("DataLoader", "sampler", sampler, Iterable, "indices to iterate over, such as a list")


def _check_batch_sampler(batch_sampler: Any, others_given: bool) -> None:
    if others_given:
        raise ValueError(
            "DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last: it "
            "alone decides what is in a batch"
        )
    words = "lists of indices to iterate over"
    need("DataLoader", "batch_sampler", batch_sampler, Iterable, words)


def _check_workers(num_workers: Any, prefetch: Any, timeout: Any, persistent: Any) -> None:
    whole("DataLoader", "num_workers", num_workers, 0, shown=False)
    if prefetch is not None:
        whole("DataLoader", "prefetch_factor", prefetch, shown=False)
    refuse("DataLoader", timeout < 0, f"timeout must not be negative, got {timeout}")
    if not num_workers and (prefetch is not None or timeout or persistent):
        raise ValueError(
            "DataLoader: prefetch_factor, timeout and persistent_workers need num_workers > 0"
        )


def _every_sample_of(dataset: Any, shuffle: bool, generator: at.Generator | None) -> Sampler:
    """The sampler of a loader that was given none."""
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _length_of(dataset: Any) -> int | None:
    """How many samples there are, or None: a sampler's keys need not be numbers from 0 on."""
    return None if isinstance(dataset, Mapping) or not hasattr(dataset, "__len__") else len(dataset)


def _pieces_of_epoch(sampler: Any, count: int | None) -> Iterator[Order] | None:
    """The indices that a sampler gives for one epoch; None if it has to be asked one by one."""
    if isinstance(sampler, range) and sampler.step == 1:
        return iter((_within(sampler, count, "sampler"),))
    if not isinstance(sampler, Sampler) or type(sampler).__iter__ is not Sampler.__iter__:
        return None
    pieces = pieces_of(sampler)
    if type(sampler) in (SequentialSampler, RandomSampler):
        # Of the loader itself, mostly: right by construction, if they are of this data set.
        source: Any = sampler
        if count is None or len(source.data_source) <= count:
            return pieces
    return (_within(piece, count, "sampler") for piece in pieces)


def _cut(pieces: Iterator[Order], size: int, drop_last: bool) -> Iterator[Order]:
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


def _placed(batches: Iterable[Order]) -> Iterator[tuple[int, Order]]:
    start = 0
    for batch in batches:
        yield start, batch
        start += len(batch)


def _within(keys: Iterable[Any], count: int | None, what: str) -> Order:
    """The keys of some samples; where they are integers, from 0 to ``count - 1``, as an array, and
    a range of neighbours as it is."""
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
            return list(keys)
        low, high = (int(integers.min()), int(integers.max())) if len(integers) else (0, -1)
        order = integers
    if count is not None and len(order) and (low < 0 or high >= count):
        raise IndexError(
            f"DataLoader: the {what} gave index {low if low < 0 else high}, but the data set has "
            f"{count} samples (0 to {count - 1})"
        )
    return order


def _key_within(key: Any, count: int | None) -> Any:
    """A single key: an integer from 0 to ``count - 1`` as an int, anything else as it is."""
    order = _within([key], count, "sampler")
    return key if isinstance(order, list) else int(order[0])
