"""Loaders of all kinds, interrupted at any batch, and samples that raise."""

from __future__ import annotations

import copy
import io
import itertools
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autotensor as at
from nn.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    sample_generator,
)
from tests.soak.table import Row

TITLE = "Loaders interrupted, and samples that raise"

AFTER = 12
"""So many batches after the interruption are compared, over the ends of epochs."""

# -- data sets -------------------------------------------------------------------------------------


def noise() -> float:
    return float(at.rand(1, generator=sample_generator()).item())


class Noisy(Dataset[Any]):
    """Sample ``i`` is ``i`` and some noise."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        return index, noise()


class AtOnce(Noisy):
    def __getitem__(self, index: int) -> Any:
        return index, 0.5

    def __getitems__(self, indices: list[int]) -> list[Any]:
        return [(index, noise()) for index in indices]


class Broken(Noisy):
    """Some samples raise, each in its own way."""

    def __init__(self, count: int, bad: dict[int, type[Exception]]) -> None:
        super().__init__(count)
        self.bad = bad

    def __getitem__(self, index: int) -> Any:
        if index in self.bad:
            raise self.bad[index](f"sample {index} is broken")
        return super().__getitem__(index)


class Stream(IterableDataset[Any]):
    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[Any]:
        for index in range(self.count):
            yield index, noise()


class Keeping(Stream):
    """A stream that keeps its own place, and goes on with another epoch elsewhere."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.place = self.epoch = 0

    def __iter__(self) -> Iterator[Any]:
        while self.place < self.count:
            self.place += 1
            yield 100 * self.epoch + self.place, noise()
        self.place = 0
        self.epoch += 1

    def state_dict(self) -> dict[str, int]:
        return {"place": self.place, "epoch": self.epoch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.place, self.epoch = state["place"], state["epoch"]


class Counted:
    """An iterator that keeps its own place."""

    def __init__(self, count: int) -> None:
        self.count, self.place = count, 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.place >= self.count:
            raise StopIteration
        self.place += 1
        return self.place - 1

    def state_dict(self) -> dict[str, int]:
        return {"place": self.place}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.place = state["place"]


class WithCounted(IterableDataset[Any]):
    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[Any]:
        return Counted(self.count)


# -- samplers --------------------------------------------------------------------------------------


class Own:
    """A sampler by somebody else: ``draw`` gives one epoch, when the first index is asked for."""

    def __init__(self, draw: Callable[[Any], Iterable[int]], rng: Any) -> None:
        self.draw, self.rng = draw, rng

    def __iter__(self) -> Iterator[int]:
        yield from self.draw(self.rng)


class Early(Own):
    """… when the epoch begins."""

    def __iter__(self) -> Iterator[int]:
        return iter(list(self.draw(self.rng)))


class Placed(Noisy):
    """A sampler that keeps its own place, and counts its epochs."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.place = self.epoch = 0

    def __iter__(self) -> Iterator[int]:
        while self.place < self.count:
            self.place += 1
            yield (self.place * 7 + self.epoch) % self.count
        self.place = 0
        self.epoch += 1

    state_dict = Keeping.state_dict
    load_state_dict = Keeping.load_state_dict


def one_by_one(draw: Callable[[Any, int], int], count: int) -> Callable[[Any], Iterable[int]]:
    return lambda rng: (draw(rng, count) for _ in range(count))


def samplers(count: int) -> dict[str, Callable[[], Any]]:
    """All kinds of them, for ``count`` samples."""

    def generator() -> at.Generator:
        return at.Generator().manual_seed(3)

    def permuted(rng: Any) -> list[int]:
        order: list[int] = np.random.permutation(count).tolist()
        random.shuffle(order)
        return order

    def drawn(rng: Any, size: int) -> int:
        return int(at.randint(size, (1,), generator=rng).item())

    return {
        "random": lambda: RandomSampler(range(count), generator=generator()),
        "with replacement": lambda: RandomSampler(range(count), True, 2 * count),
        "rounds": lambda: RandomSampler(range(count), num_samples=2 * count + 1),
        "weighted": lambda: WeightedRandomSampler(np.arange(1, count + 1), count),
        "subset": lambda: SubsetRandomSampler(range(0, count, 2), generator()),
        "distributed": lambda: DistributedSampler(range(count), 3, 1),
        "list": lambda: list(range(count))[::-1],
        "range": lambda: range(2, count),
        "array": lambda: np.arange(count)[::-1],
        "of NumPy and Python": lambda: Own(permuted, None),
        "of NumPy and Python, early": lambda: Early(permuted, None),
        "of its own generator": lambda: Own(one_by_one(drawn, count), generator()),
        "of the default generator": lambda: Own(one_by_one(drawn, count), None),
        "of NumPy's generator": lambda: Own(
            one_by_one(lambda rng, size: int(rng.integers(size)), count), np.random.default_rng(4)
        ),
        "of Python's generator": lambda: Early(
            one_by_one(lambda rng, size: rng.randrange(size), count), random.Random(5)
        ),
        "placed": lambda: Placed(count),
        "endless": lambda: iter(lambda: drawn(None, count), -1),
    }


# -- one case --------------------------------------------------------------------------------------


class Case:
    """A loader drawn at random, from a number."""

    def __init__(self, number: int) -> None:
        self.random = dice = random.Random(number)
        self.count = dice.randint(1, 30)
        self.kind = dice.choice(["map", "map", "map", "at once", "tensors", "parts", "stream"])
        self.stream = dice.choice([Stream, Keeping, WithCounted])
        self.sampler = dice.choice(["", "shuffle", *samplers(3)])
        self.batch_size = dice.choice([None, 1, 2, 3, 4, 7])
        self.drop_last = self.batch_size is not None and dice.random() < 0.3
        self.in_batches = self.batch_size is not None and dice.random() < 0.2
        self.workers = [dice.choice([0, 0, 1, 2, 3]), dice.choice([0, 0, 1, 2, 3])]
        self.prefetch = dice.choice([1, 2, 5])
        self.stop = dice.randint(0, 20)
        self.interleaved = dice.random() < 0.5
        if self.interleaved and self.sampler in ("of the default generator", "endless"):
            # What is read ahead draws from the same numbers as what goes between the batches.
            self.workers[1] = self.workers[0]
        self.text = f"case {number}: {self.kind}, {self.sampler}, workers {self.workers}"

    def dataset(self) -> Any:
        if self.kind == "stream":
            return self.stream(self.count)
        if self.kind == "tensors":
            return TensorDataset(at.arange(self.count))
        if self.kind == "parts":
            return ConcatDataset([Subset(Noisy(self.count), range(self.count)), Noisy(2)])
        return (AtOnce if self.kind == "at once" else Noisy)(self.count)

    def loader(self, workers: int) -> DataLoader:
        options: dict[str, Any] = {"num_workers": workers}
        if workers:
            options["prefetch_factor"] = self.prefetch
        if self.kind == "stream":
            options |= {"batch_size": self.batch_size, "drop_last": self.drop_last}
            return DataLoader(self.dataset(), **options)
        sampler = samplers(self.count)[self.sampler]() if self.sampler in samplers(3) else None
        if self.in_batches:
            sampler = RandomSampler(range(self.count)) if sampler is None else sampler
            size: Any = self.batch_size
            options["batch_sampler"] = BatchSampler(sampler, size, self.drop_last)
        else:
            options |= {"batch_size": self.batch_size, "drop_last": self.drop_last}
            options["shuffle" if sampler is None else "sampler"] = (
                self.sampler == "shuffle" if sampler is None else sampler
            )
        return DataLoader(self.dataset(), **options)

    def batches(self, loader: DataLoader) -> Iterator[bytes]:
        """All of them, epoch after epoch; between them others draw random numbers."""
        within = loader.state_dict()["epoch"] is not None
        for _ in range(100):
            if hasattr(loader.sampler, "set_epoch") and not within:
                loader.sampler.set_epoch(loader.sampler.epoch + 1)
            within = False
            for batch in loader:
                yield as_bytes((batch, at.rand(1) if self.interleaved else None))
            yield b"the end"


def as_bytes(batch: Any) -> bytes:
    if isinstance(batch, at.Tensor):
        return str((batch.dtype, batch.shape)).encode() + batch.numpy().tobytes()
    if isinstance(batch, (list, tuple)):
        return b"[" + b",".join(map(as_bytes, batch)) + b"]"
    return repr(batch).encode()


def seed_all(number: int) -> None:
    at.manual_seed(number)
    random.seed(number)
    np.random.seed(number % 2**32)


def everything() -> dict[str, Any]:
    """The generators that belong to the whole program."""
    version, words, gauss = random.getstate()
    numpy = np.random.get_state(legacy=False)
    return {"at": at.get_rng_state(), "python": [version, list(words), gauss], "numpy": numpy}


def set_everything(states: dict[str, Any]) -> None:
    at.set_rng_state(states["at"])
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    np.random.set_state(states["numpy"])


def interrupted(number: int, file: Any) -> list[bytes]:
    """What comes after the interruption if there is none; the state is in ``file``."""
    case = Case(number)
    seed_all(number)
    loader = case.loader(case.workers[0])
    batches = case.batches(loader)
    for _ in range(case.stop):
        next(batches)
    at.save({"loader": loader.state_dict(), "others": everything()}, file)
    return list(itertools.islice(batches, AFTER))


def resumed(number: int, file: Any) -> list[bytes]:
    """What a fresh loader gives that goes on from ``file``."""
    case = Case(number)
    seed_all(number + 1)
    loader = case.loader(case.workers[1])
    states = at.load(file)
    if number % 2:
        loader.load_state_dict(states["loader"])
        set_everything(states["others"])
    else:
        set_everything(states["others"])
        loader.load_state_dict(states["loader"])
    if number % 3 == 0:  # a copy goes on as well
        loader = copy.deepcopy(loader)
    return list(itertools.islice(case.batches(loader), AFTER))


def tell(number: int, wrong: str) -> bool:
    print(f"loaders: {Case(number).text}: {wrong}", flush=True)
    return False


def in_this_process(number: int) -> bool:
    file = io.BytesIO()
    expected = interrupted(number, file)
    found = resumed(number, io.BytesIO(file.getvalue()))
    return found == expected or tell(number, "another rest")


def in_fresh_processes(numbers: list[int]) -> int:
    """How many of these cases go on as they must in a process that knows nothing but the file."""
    with tempfile.TemporaryDirectory() as folder:
        expected = []
        for number in numbers:
            with open(Path(folder, f"{number}.npz"), "wb") as file:
                expected.append(interrupted(number, file))
        code = "import sys; from tests.soak import loaders; loaders.resume_all(sys.argv[1])"
        subprocess.run([sys.executable, "-c", code, folder], check=True)
        found = [Path(folder, f"{number}.rest").read_text().split() for number in numbers]
    held = 0
    for number, there, here in zip(numbers, found, expected, strict=True):
        held += there == [one.hex() for one in here] or tell(number, "another rest, elsewhere")
    return held


def resume_all(folder: str) -> None:
    """What the fresh process does."""
    for path in Path(folder).glob("*.npz"):
        rest = resumed(int(path.stem), str(path))
        path.with_suffix(".rest").write_text("\n".join(one.hex() for one in rest))


def with_broken_samples(number: int) -> bool:
    """An epoch of which some samples raise: the other batches come, and the errors say which."""
    dice = random.Random(number)
    count, size, workers = dice.randint(1, 30), dice.randint(1, 6), dice.choice([0, 1, 2, 3])
    kinds = [ValueError, KeyError, OSError, StopIteration, RuntimeError]
    bad = {
        index: dice.choice(kinds)
        for index in range(count)
        if dice.random() < dice.choice([0.1, 0.4])
    }
    order = list(range(count))
    dice.shuffle(order)

    def batches(broken: dict[int, type[Exception]], stop: int | None) -> list[Any]:
        seed_all(number)
        loader = DataLoader(Broken(count, broken), size, sampler=order, num_workers=workers)
        found: list[Any] = []
        left = iter(loader)
        while True:
            if len(found) == stop:
                state = loader.state_dict()
                loader = DataLoader(Broken(count, broken), size, sampler=order)
                loader.load_state_dict(state)
                left = iter(loader)
                stop = None
            try:
                found.append(as_bytes(next(left)))
            except StopIteration:
                return found
            except Exception as error:
                found.append(error)

    whole = batches({}, None)
    found = batches(bad, dice.choice([None, dice.randint(0, len(whole))]))
    if len(found) != len(whole):
        return tell(number, f"{len(found)} batches and errors, not {len(whole)}")
    for place, (one, other) in enumerate(zip(found, whole, strict=True)):
        keys = order[place * size : (place + 1) * size]
        first = next((key for key in keys if key in bad), None)
        if first is None:
            if one != other:
                return tell(number, f"another batch {place}")
            continue
        kind = RuntimeError if bad[first] is StopIteration else bad[first]
        notes = " ".join(getattr(one, "__notes__", ()))
        if type(one) is not kind or f"sample {first} of the data set" not in notes:
            return tell(number, f"batch {place}: {one!r} with {notes!r}")
    return True


def run(effort: float, seed: int) -> list[Row]:
    before = everything()
    try:
        return rows(effort, seed * 10**6)
    finally:
        set_everything(before)


def rows(effort: float, first: int) -> list[Row]:
    here = range(first, first + max(20, int(6000 * effort)))
    there = list(range(here.stop, here.stop + max(10, int(1500 * effort))))
    parts = [there[start : start + 250] for start in range(0, len(there), 250)]
    broken = range(first, first + max(20, int(3000 * effort)))
    must = "the rest and the next epochs bit-identical"
    return [
        Row(
            "a loader interrupted at any batch, another takes up its saved state",
            must,
            len(here),
            sum(map(in_this_process, here)),
        ),
        Row(
            "… in another process",
            must,
            len(there),
            sum(map(in_fresh_processes, parts)),
        ),
        Row(
            "an epoch with samples that raise, half of them interrupted",
            "the other batches complete, every error says its sample",
            len(broken),
            sum(map(with_broken_samples, broken)),
        ),
    ]
