"""The DataLoader: batches of a data set, in order or shuffled."""

from __future__ import annotations

import contextlib
import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures import wait as wait_for
from types import GenericAlias
from typing import Any, Protocol

import autotensor as at
from autotensor.extend import on_first_call, type_name
from nn.arguments import generator_or_none, need, need_one_of, refuse, rng_of, whole
from nn.data.batches import is_random, number_of_batches
from nn.data.collate import default_collate, default_convert
from nn.data.dataset import IterableDataset
from nn.data.fetching import END, Fetcher, Stream
from nn.data.plans import (
    Part,
    Plan,
    Task,
    for_share,
    has_order,
    of_other_share,
    state_of,
    task_of,
)
from nn.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    has_state,
    parts_of,
)
from nn.data.sources import Sources
from nn.data.workers import Workers

__all__ = ["DataLoader"]


FIXED = "batch_sampler", "batch_size", "dataset", "drop_last", "persistent_workers", "sampler"
"""Attributes that cannot be changed, as in PyTorch."""

START_METHODS = "fork", "spawn", "forkserver"


class _Keyed(Protocol):
    def __getitem__(self, key: Any, /) -> Any: ...


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

    A worker has numbers of its own where it draws without a generator, as with
    ``autotensor.rand(3)``: the same for any number of workers and apart from those of the program.
    (With ``num_workers=0`` they are the program's, as in PyTorch.) The generators of ``random`` and
    ``numpy.random`` are one for all threads. What several workers draw from them is therefore not
    the same each time; and what ``worker_init_fn`` did to them is undone, or the program itself
    would be seeded anew by every epoch.

    Args:
        dataset: anything with ``dataset[i]`` and ``len(dataset)``: a Dataset, a list, ...; or an
            IterableDataset. That one is read by a single thread, also with several workers, and
            gives each sample once; in PyTorch each worker reads all of it. With a
            sampler it needs no length, and its keys may be anything: ``dataset[key]``.
        batch_size: samples per batch, at least 1. ``len(dataset)`` gives one full batch; None
            gives the samples one by one, not joined, with arrays as Tensors.
        shuffle: draw a new random order for every epoch.
        sampler: the indices of one epoch, in order, e.g. a list or a ``RandomSampler``; iterated
            anew for every epoch, and read as it goes: it may be endless. ``range(start, stop)``
            walks through a part of the data, in runs of neighbours. Excludes ``shuffle``.
        batch_sampler: the lists of indices of the batches of one epoch, e.g. a ``BatchSampler``;
            read as it goes. Excludes ``batch_size``, ``shuffle``, ``sampler`` and ``drop_last``.
        num_workers: threads that fetch batches; with 0 the thread does so that wants them.
        collate_fn: joins a list of samples into a batch; ``default_collate`` where None.
        pin_memory: accepted, without effect.
        drop_last: leave out a last batch that is smaller than the others.
        timeout: seconds to wait for a batch from a worker, then a RuntimeError; 0 waits on.
        worker_init_fn: called as ``worker_init_fn(worker_id)`` in every worker, before its first
            batch of an epoch. Batch ``i`` is fetched by worker ``i % num_workers``. In a worker,
            ``autotensor.initial_seed()`` is the seed of the epoch plus ``worker_id``.
        multiprocessing_context: how processes would be started: "fork", "spawn", "forkserver" or
            what ``multiprocessing.get_context`` gives. Without effect: workers are threads. Only
            with ``num_workers``.
        generator: draws the random orders and the seeds of the samples;
            ``autotensor.default_generator`` where None. The same seed gives the same epochs.
        prefetch_factor: so many batches for each worker are fetched ahead, at least 1; 2 where
            None. Only with ``num_workers``.
        persistent_workers: keep the threads from epoch to epoch, and call ``worker_init_fn`` only
            once in each; they end with the loader. Only with ``num_workers``.
        pin_memory_device: accepted, without effect.
        in_order: with False, workers hand out whichever batch is ready first. The batches are the
            same, their order is not.

    ``len(loader)`` is the number of batches of an epoch; a TypeError where the sampler has no
    length.

    Batches are new arrays: to change one changes no sample.

    An error while a batch is fetched reaches the loop in the turn of that batch, with a note that
    says which sample it was. The batches after it can be read all the same, with ``next``. A
    StopIteration becomes a RuntimeError. Threads end with the epoch, also where the loop is left
    early.

    ``state_dict`` says where the loader stands, also within an epoch, and ``load_state_dict`` goes
    on from there, in another process too.

    Raises:
        TypeError: an argument of the wrong type, or a data set without length or indexing.
        ValueError: ``batch_size`` below 1, or arguments that exclude each other.
        IndexError: while iterating, where the sampler gives an index outside of the data set.
        RuntimeError: while iterating, after ``timeout`` seconds.

    Example:

        >>> from nn.data import DataLoader, TensorDataset
        >>> data = TensorDataset(at.arange(10.0), at.arange(10))
        >>> loader = DataLoader(data, batch_size=4, shuffle=True)
        >>> len(loader), [len(x) for x, y in loader]
        (3, [4, 4, 2])
        >>> sorted(number for x, y in loader for number in y.tolist())  # each once an epoch
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        >>> len(DataLoader(data, batch_size=4, drop_last=True))
        2
    """

    _epoch: _Epoch | None = None
    _loaded: Mapping[str, Any] | None = None
    _workers: Workers | None = None
    _made = False

    def __class_getitem__(cls, sample: Any) -> GenericAlias:
        """``DataLoader[Sample]``, which can be written as in PyTorch; checkers need not be told."""
        return GenericAlias(cls, sample)

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
        given = sampler is not None or batch_sampler is not None
        if not streamed:
            _need_samples(dataset, with_length=not given)
        elif shuffle or given:
            raise _only_iterated(dataset)
        batch_size = _batch_size(batch_size, drop_last)
        _check_sampler(sampler, shuffle)
        if batch_sampler is not None:
            more = batch_size not in (1, None) or shuffle or sampler is not None or drop_last
            _check_batch_sampler(batch_sampler, bool(more))
            batch_size = None
        _check_functions(collate_fn=collate_fn, worker_init_fn=worker_init_fn)
        need("DataLoader", "pin_memory_device", pin_memory_device, str, "a str")
        self._in_batches = batch_sampler is not None
        self.dataset: Any = dataset
        self.batch_size = batch_size
        self.shuffle = bool(shuffle)
        self.collate_fn = collate_fn
        self.pin_memory = bool(pin_memory)
        self.pin_memory_device = pin_memory_device
        self.drop_last = bool(drop_last)
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.generator = generator_or_none("DataLoader", generator)
        self.num_workers = _workers(num_workers, prefetch_factor, timeout, persistent_workers)
        self.multiprocessing_context = _context(multiprocessing_context, self.num_workers)
        self.prefetch_factor = prefetch_factor or (2 if num_workers else None)
        self.persistent_workers = bool(persistent_workers)
        self.in_order = bool(in_order)
        self.sampler: Any = sampler
        if sampler is None and not streamed:
            self.sampler = _every_sample_of(dataset, self.shuffle, generator)
        self.batch_sampler: Any = batch_sampler
        if self.sampler is not None and batch_size is not None:
            self.batch_sampler = BatchSampler(self.sampler, batch_size, self.drop_last)
        self._made = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and self._made:
            raise ValueError(
                f"DataLoader: {name} cannot be changed, for the others were made to go with it; "
                "make another loader"
            )
        super().__setattr__(name, value)

    def __len__(self) -> int:
        if self._in_batches:
            return len(self.batch_sampler)
        source: Any = self.dataset if self.sampler is None else self.sampler
        return number_of_batches(len(source), self.batch_size or 1, self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        return batches_of(self)

    _repr_html_ = on_first_call("nn.seeing.data", "loader_page")

    # -- state -------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Where the loader stands, for ``load_state_dict``; at any time, also within an epoch.

        The place is that of the batches that were handed out, not of those that workers have
        fetched ahead.  It is that of the epoch that was begun last, also if a loop has left that
        early; when the loop has come to its end, the next epoch comes next.  With it go the states
        of the random generators that the loader and its samplers draw from (of the default ones
        too, where they draw from those), and the states of a data set and a sampler that have
        ``state_dict`` and ``load_state_dict``.

        All of it can be written by ``autotensor.save``.

        Example:

            >>> from nn.data import DataLoader
            >>> loader = DataLoader(range(6), batch_size=2)
            >>> batches = iter(loader)
            >>> next(batches)
            tensor([0, 1])
            >>> resumed = DataLoader(range(6), batch_size=2)
            >>> resumed.load_state_dict(loader.state_dict())
            >>> list(resumed)
            [tensor([2, 3]), tensor([4, 5])]
        """
        epoch = self._epoch
        here = self._loaded if epoch is None else epoch.state_dict()
        streamed = isinstance(self.dataset, IterableDataset)
        return {
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "samples": None if streamed else _length_of(self.dataset),
            "order": type(self._given_sampler()).__name__,
            "epoch": here,
            "random": self._sources().read(),
            "sampler": None if has_order(self) else _own_state_of(self._given_sampler()),
            "dataset": _own_state_of(self.dataset),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Goes on where ``state_dict`` was called, also in another process.

        The next iteration gives the batches that would have come next, those after it the epochs
        that would have come.  The loader must have been made with the same arguments, but
        ``num_workers`` and the like may differ.  The random generators that the loader draws from
        are taken to where they were; who seeds them, does that before.

        A data set that can only be iterated and has no state of its own is read from its
        beginning and what has come already is skipped; so are samplers without a state.

        Raises:
            ValueError: the state is none of a DataLoader, or of one with another batch size, other
                samplers or another number of samples.

        Example:

            >>> from nn.data import DataLoader
            >>> loader = DataLoader(range(6), batch_size=2, shuffle=True)
            >>> batches = iter(loader)
            >>> _, state, rest = next(batches), loader.state_dict(), list(batches)
            >>> loader.load_state_dict(state)
            >>> [batch.tolist() for batch in loader] == [batch.tolist() for batch in rest]
            True
        """
        epoch, states, sampler, dataset = parts_of(
            state_dict, "epoch", "random", "sampler", "dataset"
        )
        self._need_state_of_such(state_dict)
        given = self._given_sampler()
        for what, saved, own in ("sampler", sampler, given), ("data set", dataset, self.dataset):
            if saved is not None and not has_state(own):
                raise ValueError(
                    f"load_state_dict: the state has that of a {what}, but {type(own).__name__} "
                    "has no state_dict"
                )
        self._sources().write(states)
        if sampler is not None:
            given.load_state_dict(sampler)
        if dataset is not None:
            self.dataset.load_state_dict(dataset)
        self._epoch, self._loaded = None, epoch

    def _need_state_of_such(self, state: Mapping[str, Any]) -> None:
        """Refuses a state within an epoch of which this loader cannot give the rest."""
        streamed = isinstance(self.dataset, IterableDataset)
        own = {
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "samples": None if streamed else _length_of(self.dataset),
            "order": type(self._given_sampler()).__name__,
        }
        saved = dict(zip(own, parts_of(state, *own), strict=True))
        if (epoch := state["epoch"]) is None:
            return
        if of_other_share(self, epoch):
            del own["batch_size"]  # of the same batches, each has more or less
        if different := [name for name in own if own[name] != saved[name]]:
            name = different[0]
            raise ValueError(
                f"load_state_dict: the state was saved within an epoch of a loader with {name} "
                f"{saved[name]}, but here it is {own[name]}"
            )
        _, plan, ahead, stream = parts_of(epoch, "seed", "plan", "ahead", "stream")
        if streamed:
            Stream.check(stream)
        else:
            Plan.check(plan)
            for task in ahead:
                task_of(task)

    def _given_sampler(self) -> Any:
        return self.batch_sampler if self._in_batches else self.sampler

    def _joins(self) -> bool:
        """Whether samples come in batches."""
        return self.batch_size is not None or self._in_batches

    @property
    def collate_fn(self) -> Callable[[Any], Any]:
        """What joins samples: as given, else ``default_collate``; without batches
        ``default_convert``."""
        return self._collate_fn or (default_collate if self._joins() else default_convert)

    @collate_fn.setter
    def collate_fn(self, collate_fn: Callable[[Any], Any] | None) -> None:
        self._collate_fn = collate_fn

    def _draws_seeds(self) -> bool:
        functions = self._collate_fn, self.worker_init_fn
        return any(one is not None for one in functions) or is_random(self.dataset)

    def _sources(self) -> Sources:
        generators = [self.generator] if self._draws_seeds() else []
        stream = isinstance(self.dataset, IterableDataset) and not has_state(self.dataset)
        return Sources(self.dataset if stream else self._given_sampler(), *generators)

    def __getstate__(self) -> dict[str, Any]:
        # A copy begins a new epoch, with threads of its own.
        return {**vars(self), "_epoch": None, "_workers": None}


def _own_state_of(thing: Any) -> Any:
    return copy.deepcopy(thing.state_dict()) if has_state(thing) else None


def batches_of(loader: DataLoader, part: Part | None = None, skipped: int = 0) -> _Batches:
    """An epoch of a loader, as ``iter`` begins it; or of every batch only a part, None where that
    has no sample.  The first so many batches are not fetched."""
    batches = _Batches(loader, loader._loaded, part)
    loader._epoch, loader._loaded = batches.epoch, None
    with contextlib.suppress(StopIteration):
        for _ in range(skipped):
            batches.epoch.next_task()
    return batches


def divisible(loader: Any) -> bool:
    """Whether parts of its batches can be fetched: it joins samples of a data set, as only a
    DataLoader does, and not one of a kind that iterates in a way of its own."""
    return (
        isinstance(loader, DataLoader)
        and type(loader).__iter__ is DataLoader.__iter__
        and not isinstance(loader.dataset, IterableDataset)
        and loader._joins()
    )


class _Epoch:
    """One epoch of a loader: which batches have come, and which are to come.

    Batches of the ``plan`` become tasks that are ``ahead``: those that workers have begun, and
    those of a loaded state that nobody has begun yet.
    """

    def __init__(
        self, loader: DataLoader, state: Mapping[str, Any] | None, part: Part | None
    ) -> None:
        self.ended = False
        self.in_order = loader.in_order or part is not None
        self.ahead: deque[tuple[Task, Future[Any] | None]] = deque()
        self.plan: Any = None
        state = None if state is None else for_share(loader, state)
        seed, plan, ahead, stream = (
            (None, None, [], None)
            if state is None
            else parts_of(state, "seed", "plan", "ahead", "stream")
        )
        streamed = isinstance(loader.dataset, IterableDataset)
        draws = state is None and loader._draws_seeds()
        # What a sampler draws as it is read, it draws after the seed.
        early = not streamed and has_order(loader)
        if early:
            self.plan = Plan(loader, _length_of(loader.dataset), plan)
        self.seed = int(rng_of(loader.generator).integers(2**63)) if draws else seed
        if not early and not streamed:
            self.plan = Plan(loader, _length_of(loader.dataset), plan)
        self.ahead.extend((task_of(one), None) for one in ahead)
        self.stream = Stream(loader, self.seed, stream) if streamed else None
        self.fetcher = self.stream or Fetcher(loader, self.seed, part)

    def next_task(self) -> Task:
        """The next batch of the plan.  Raises StopIteration after the last."""
        if self.stream is not None:
            return Task(0, 0, None)
        return next(self.plan)

    def state_dict(self) -> dict[str, Any] | None:
        if self.ended:
            return None
        return {
            "seed": self.seed,
            "plan": None if self.plan is None else self.plan.state_dict(),
            "ahead": [] if self.stream else [state_of(task) for task, _ in self.ahead],
            "stream": None if self.stream is None else self.stream.state_dict(),
        }

    def end(self) -> None:
        self.ended = True
        self.plan = self.stream = None
        self.ahead.clear()


class _Batches:
    """The iterator over the batches of an epoch."""

    task: Task | None = None
    """That of the batch that was handed out last."""

    def __init__(
        self, loader: DataLoader, state: Mapping[str, Any] | None, part: Part | None
    ) -> None:
        self.workers: Workers | None = None
        self.kept = self.stuck = self.closed = False
        self.epoch = epoch = _Epoch(loader, state, part)
        self.loader = loader
        self.most = 0
        if loader.num_workers:
            self.most = loader.num_workers * (loader.prefetch_factor or 2)
            self.with_grad = at.is_grad_enabled()
            self._start_workers()
        if epoch.stream is not None and state is not None:
            self._call(epoch.stream.go_on)

    def _start_workers(self) -> Workers:
        loader = self.loader
        self.kept = loader.persistent_workers
        self.workers = loader._workers
        if self.workers is None:
            count = 1 if self.epoch.stream is not None else loader.num_workers
            seed, begin = self.epoch.seed or 0, loader.worker_init_fn
            self.workers = Workers(count, loader.dataset, seed, begin, not loader.in_order)
            loader._workers = self.workers if self.kept else None
        return self.workers

    def _call(self, function: Callable[[], object]) -> None:
        if self.workers is None:
            function()
        else:
            self.workers.submit(0, function).result()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __len__(self) -> int:
        return len(self.loader)

    def __next__(self) -> Any:
        epoch = self.epoch
        if epoch.ended or self.closed:
            raise StopIteration
        try:
            if self.most:
                batch = self._from_workers()
            else:
                task = self.task = epoch.ahead.popleft()[0] if epoch.ahead else epoch.next_task()
                batch = epoch.fetcher.fetch(task)
        except StopIteration:
            batch = END
        if batch is END:
            self.close()
            epoch.end()
            raise StopIteration
        return batch

    def look_ahead(self) -> tuple[Task, Any] | None:
        """The first batch, which is still to come, and its task: all of it, also where there is a
        part; None where there is no batch."""
        epoch = self.epoch
        try:
            if not epoch.ahead:
                epoch.ahead.append((epoch.next_task(), None))
        except StopIteration:
            return None
        task, fetcher = epoch.ahead[0][0], epoch.fetcher
        part, fetcher.part = fetcher.part, None
        try:
            return task, fetcher.fetch(task)
        finally:
            fetcher.part = part

    def give_all(self) -> None:
        """From now on the batches come whole."""
        self.epoch.fetcher.part = None

    def _from_workers(self) -> Any:
        epoch, ahead = self.epoch, self.epoch.ahead
        self._submit(self.workers or self._start_workers())
        if not ahead:
            return END
        place = 0
        if not epoch.in_order:
            futures: Any = [future for _, future in ahead]
            done, _ = wait_for(futures, self.loader.timeout or None, FIRST_COMPLETED)
            place = next((place for place, one in enumerate(futures) if one in done), 0)
        self.task = ahead[place][0]
        future: Any = ahead[place][1]
        try:
            batch = future.result(self.loader.timeout or None)
        except FutureTimeout:
            if not future.done():  # and not the data set's own TimeoutError
                self.stuck = True
                message = f"DataLoader: no batch from a worker within {self.loader.timeout} seconds"
                raise RuntimeError(message) from None
            raise
        except BaseException:
            self._stop_workers()
            raise
        finally:
            if future.done():
                del ahead[place]
            # Not for the traceback of an error to keep, which the future keeps.
            future = futures = None
        if epoch.stream is not None:
            batch, epoch.stream.handed_out = batch
        return batch

    def _submit(self, workers: Workers) -> None:
        """Has as many batches fetched ahead as there may be."""
        epoch, ahead = self.epoch, self.epoch.ahead
        for place, (task, future) in enumerate(ahead):
            if future is None:
                ahead[place] = task, self._submitted(workers, task)
        with contextlib.suppress(StopIteration):
            while len(ahead) < self.most:
                task = epoch.next_task()
                ahead.append((task, self._submitted(workers, task)))

    def _submitted(self, workers: Workers, task: Task) -> Future[Any]:
        return workers.submit(task.number, _fetch, self.epoch.fetcher, task, self.with_grad)

    def _stop_workers(self) -> None:
        """Ends the threads; what has not been begun is left to those of the next call.

        They end at every error, for who keeps the error keeps the iterator as well.
        """
        workers, self.workers = self.workers, None
        ahead = self.epoch.ahead
        for place, (task, future) in enumerate(ahead):
            if future is not None and future.cancel():
                ahead[place] = task, None
        if workers is not None and not self.kept:
            workers.end(wait=not self.stuck)

    def close(self) -> None:
        """Ends the threads, and the iterator."""
        self.closed = True
        self._stop_workers()
        if self.epoch.stream is not None:
            self.epoch.stream.leave()

    def __del__(self) -> None:
        if hasattr(self, "most"):  # else it was refused as it was made
            self.close()


def _fetch(fetcher: Any, task: Task, with_grad: bool) -> Any:
    """What a worker does."""
    with at.set_grad_enabled(with_grad):
        batch = fetcher.fetch(task)
    return (batch, fetcher.place()) if isinstance(fetcher, Stream) else batch


def _need_samples(dataset: Any, with_length: bool) -> None:
    kind = type_name(dataset)
    if isinstance(dataset, type):
        raise TypeError(
            f"DataLoader: the data set is {kind}; make an object: {dataset.__name__}(...)"
        )
    if hasattr(dataset, "iloc"):  # of pandas, where dataset[i] asks for a label
        raise TypeError(
            f"DataLoader: {kind} gives values by their label, not by their place; make a data set "
            "of it: TensorDataset(autotensor.tensor(x))"
        )
    for method in ("__getitem__", "__len__") if with_length else ("__getitem__",):
        message = f"the data set must have __getitem__ and __len__, but {kind} has no {method}"
        refuse("DataLoader", not hasattr(dataset, method), message, TypeError)


def _only_iterated(dataset: Any) -> ValueError:
    return ValueError(
        f"DataLoader: {type(dataset).__name__} can only be iterated: it excludes shuffle, sampler "
        "and batch_sampler"
    )


def _batch_size(batch_size: Any, drop_last: bool) -> int | None:
    if batch_size is not None:
        remedy = "; len(dataset) gives one full batch"
        return whole("DataLoader", "batch_size", batch_size, remedy=remedy)
    refuse("DataLoader", drop_last, "drop_last needs a batch_size")
    return None


def _check_sampler(sampler: Any, shuffle: bool | None) -> None:
    if sampler is None:
        return
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


def _workers(num_workers: Any, prefetch: Any, timeout: Any, persistent: Any) -> int:
    count = whole("DataLoader", "num_workers", num_workers, 0, shown=False)
    if prefetch is not None:
        whole("DataLoader", "prefetch_factor", prefetch, shown=False)
    refuse("DataLoader", timeout < 0, f"timeout must not be negative, got {timeout}")
    if not num_workers and (prefetch is not None or timeout or persistent):
        raise ValueError(
            "DataLoader: prefetch_factor, timeout and persistent_workers need num_workers > 0"
        )
    return count


def _check_functions(**functions: Any) -> None:
    for argument, function in functions.items():
        if function is not None:
            need("DataLoader", argument, function, Callable, "callable")


def _context(context: Any, num_workers: int) -> Any:
    if context is not None:
        refuse("DataLoader", not num_workers, "multiprocessing_context needs num_workers > 0")
    if isinstance(context, str):
        need_one_of("DataLoader", "multiprocessing_context", context, START_METHODS)
    elif context is not None and not hasattr(context, "get_start_method"):
        raise TypeError(
            "DataLoader: multiprocessing_context must be the name of a start method, or what "
            f"multiprocessing.get_context gives, got {type(context).__name__}"
        )
    return context


def _every_sample_of(dataset: Any, shuffle: bool, generator: at.Generator | None) -> Sampler:
    """The sampler of a loader that was given none."""
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _length_of(dataset: Any) -> int | None:
    """How many samples there are, or None: a sampler's keys need not be numbers from 0 on."""
    return None if isinstance(dataset, Mapping) or not hasattr(dataset, "__len__") else len(dataset)
