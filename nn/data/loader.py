"""The DataLoader: batches of a data set, in order or shuffled."""

from __future__ import annotations

import itertools
import operator
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

import autotensor as at
from nn.arguments import generator_or_none, need, refuse, rng_of, whole
from nn.data.batches import get_batch_of, is_random, number_of_batches
from nn.data.collate import default_collate, default_convert
from nn.data.dataset import IterableDataset
from nn.data.sampler import BatchSampler, Order, RandomSampler, Sampler, SequentialSampler
from nn.data.seeding import seeded


class _Sized(Sized, Protocol):
    def __getitem__(self, index: int, /) -> Any: ...


@runtime_checkable
class _Sampler(Iterable[Any], Sized, Protocol): ...


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
    ``collate_fn([dataset[i] for i in indices])``.

    With ``num_workers``, threads fetch batches ahead of time, while the program computes: worth
    it where samples take long, such as pictures that are read and decoded from files. (Threads
    and not processes, as in PyTorch: nothing is copied, nothing has to be pickled, and Pillow and
    NumPy let other threads run.) Batches come in the same order with the same samples for any
    number of workers, and so do random transforms, which draw from ``sample_generator()``: every
    sample has a seed of its own.  ``dataset[i]`` must allow calls from several threads at once.

    Args:
        dataset: anything with ``dataset[i]`` and ``len(dataset)``: a Dataset, a list, ...; or an
            IterableDataset. That one is read by a single thread, also with several workers.
        batch_size: samples per batch, at least 1. ``len(dataset)`` gives one full batch; None
            gives the samples one by one, not joined, with arrays as Tensors.
        shuffle: draw a new random order for every epoch.
        sampler: the indices of one epoch, in order, e.g. a list or a ``RandomSampler``; iterated
            anew for every epoch. ``range(start, stop)`` walks through a part of the data without
            copies where the data set can do that. Excludes ``shuffle``.
        batch_sampler: the lists of indices of the batches of one epoch, e.g. a ``BatchSampler``.
            Excludes ``batch_size``, ``shuffle``, ``sampler`` and ``drop_last``.
        num_workers: threads that fetch batches; with 0 the thread does so that wants them.
        collate_fn: joins a list of samples into a batch; ``default_collate`` where None.
        pin_memory: accepted, without effect.
        drop_last: leave out a last batch that is smaller than the others.
        timeout: seconds to wait for a batch from a worker, then a RuntimeError; 0 waits on.
        worker_init_fn: called as ``worker_init_fn(worker_id)`` in every worker, before its first
            batch of an epoch.
        generator: draws the random orders and the seeds of the samples;
            ``autotensor.default_generator`` where None. The same seed gives the same epochs.
        prefetch_factor: so many batches for each worker are fetched ahead, at least 1; 2 where
            None. Only with ``num_workers``.
        persistent_workers: accepted, without effect: starting a thread costs next to nothing.
            Only with ``num_workers``.

    ``len(loader)`` is the number of batches of an epoch.

    Batches are new arrays, with one exception: a TensorDataset read in order gives read-only
    views on its data.

    An error while a sample is fetched reaches the ``for`` loop, with a note that says which sample
    it was. Threads end with the epoch, also where the loop is left early.

    Raises:
        TypeError: an argument of the wrong type, or a data set without length or indexing.
        ValueError: ``batch_size`` below 1, or arguments that exclude each other.
        IndexError: while iterating, if the sampler gives an index outside of the data set.
        RuntimeError: while iterating, after ``timeout`` seconds.
    """

    def __init__(
        self,
        dataset: _Sized | IterableDataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = False,
        sampler: _Sampler | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], object] | None = None,
        *,
        generator: at.Generator | None = None,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
    ) -> None:
        streamed = isinstance(dataset, IterableDataset)
        if not streamed:
            _need_samples(dataset)
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
        self.dataset = dataset
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
        if self._in_batches:
            return self._planned_batches()
        order = _indices_of_epoch(self.sampler, len(self.dataset))
        if self.batch_size is None:
            return enumerate(order if isinstance(order, range) else order.tolist())
        size, stop = self.batch_size, len(order)
        if self.drop_last:
            stop -= stop % size
        return ((start, order[start : start + size]) for start in range(0, stop, size))

    def _planned_batches(self) -> Iterator[tuple[int, Order]]:
        start, count = 0, len(self.dataset)
        for indices in self.batch_sampler:
            batch = _order_within(indices, count, "batch_sampler")
            yield start, batch
            start += len(batch)

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
        at_once = joins and loader.collate_fn is None
        self.get_batch = get_batch_of(loader.dataset) if at_once else None

    def fetch(self, start: int, indices: Any) -> Any:
        """The batch with these samples, the first of which is the ``start``-th of the epoch."""
        if self.get_batch is not None:
            if isinstance(indices, range):
                indices = slice(indices.start, indices.stop)
            if self.seed is None:
                return self.get_batch(indices)
            with seeded(self.seed) as seed:
                seed(start)
                return self.get_batch(indices)
        with seeded(self.seed) as seed:
            if isinstance(indices, int):
                return self.collate(self._sample(indices, start, seed))
            # Samples are asked for by Python ints: a data set may use them as keys, or print them.
            numbers = indices if isinstance(indices, range) else indices.tolist()
            samples = [self._sample(one, place, seed) for place, one in enumerate(numbers, start)]
            return self.collate(samples)

    def _sample(self, index: int, position: int, seed: Callable[[int], object]) -> Any:
        seed(position)
        try:
            return self.dataset[index]
        except Exception as error:
            error.add_note(f"DataLoader: this was sample {index} of the data set")
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


def _need_samples(dataset: Any) -> None:
    kind = type(dataset).__name__
    for method in ("__getitem__", "__len__"):
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
    words = "indices that can be iterated and have a length, such as a list"
    need("DataLoader", "sampler", sampler, _Sampler, words)


def _check_batch_sampler(batch_sampler: Any, others_given: bool) -> None:
    if others_given:
        raise ValueError(
            "DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last: it "
            "alone decides what is in a batch"
        )
    message = f"batch_sampler must give lists of indices, got {type(batch_sampler).__name__}"
    refuse("DataLoader", not hasattr(batch_sampler, "__iter__"), message, TypeError)


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


def _indices_of_epoch(sampler: Any, count: int) -> Order:
    """The indices that a sampler gives for one epoch."""
    if type(sampler) in (SequentialSampler, RandomSampler):
        # Of the loader itself, mostly: right by construction, if they are of this data set.
        order = sampler.order()
        return order if len(sampler.data_source) <= count else _order_within(order, count)
    if isinstance(sampler, Sampler) and type(sampler).__iter__ is Sampler.__iter__:
        return _order_within(sampler.order(), count)
    return _order_within(sampler, count)


def _order_within(indices: Iterable[Any], count: int, what: str = "sampler") -> Order:
    """Indices, from 0 to ``count - 1``; a range of neighbours stays a range."""
    if isinstance(indices, range) and indices.step == 1:
        low, high = indices.start, indices.stop - 1
        order: Order = indices
    else:
        try:
            order = np.fromiter(map(operator.index, indices), dtype=np.int64)
        except TypeError as error:
            raise TypeError(f"DataLoader: the {what} must give integers: {error}") from None
        low, high = (int(order.min()), int(order.max())) if len(order) else (0, -1)
    if len(order) and (low < 0 or high >= count):
        raise IndexError(
            f"DataLoader: the {what} gave index {low if low < 0 else high}, but the data set has "
            f"{count} samples (0 to {count - 1})"
        )
    return order
