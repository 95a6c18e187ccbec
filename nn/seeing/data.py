"""Data in a notebook: one batch of a DataLoader, the first samples of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend.seeing import Html, head, note, page, pictures_of, statistics, table
from nn.data.collate import default_collate
from nn.data.dataset import IterableDataset
from nn.data.fetching import Fetcher
from nn.data.plans import Task
from nn.training.checkpoints.generators import generators_in, states_of, take_to

__all__ = ["dataset_page", "loader_page"]

MOST = 256
"""Samples that are fetched at most to be shown."""
FEW = 16
"""Samples of a data set that are shown, and parts of a sample."""
LONGEST = 60


# -- a DataLoader ----------------------------------------------------------------------------------


def loader_page(loader: Any) -> str:
    """What a loader gives, and one batch: the first samples of its data set, joined as it does.

    Nothing of the loader moves: its sampler is not asked, no worker begins, and all random
    generators are where they were.  Where that cannot be, as with a data set that can only be
    iterated, it says so instead.
    """
    dataset = loader.dataset
    kind = type(dataset).__name__
    facts = [f"{_count(dataset)} of {kind}" if hasattr(dataset, "__len__") else kind]
    try:
        facts.append(f"{len(loader):,} batches")
    except (TypeError, NotImplementedError):
        facts.append("no known number of batches")
    title = head(type(loader).__name__, *facts)
    settings = note(", ".join(_settings(loader)))
    if isinstance(dataset, IterableDataset):
        why = "can only be iterated, so no batch is taken from it to be shown"
        return page(title, settings, note(f"{kind} {why}"))
    keys = _first_keys(loader)
    if not keys:
        return page(title, settings, note("no sample is known by its number, so none is shown"))
    if not loader._joins():
        keys = keys[0]
    try:
        with _as_it_was(loader):
            batch = Fetcher(loader, 0).fetch(Task(0, 0, keys))
    except Exception as error:
        return page(title, settings, _failed("a batch", error))
    shown = f"the first {len(keys):,} samples as a batch" if loader._joins() else "the first sample"
    return page(title, settings, note(f"{shown}:"), *_parts_of(batch, dataset))


def _count(things: Any) -> str:
    try:
        return f"{len(things):,} samples"
    except Exception:
        return "an unknown number of samples"


def _settings(loader: Any) -> Iterator[str]:
    if loader._in_batches:
        yield f"batch_sampler={type(loader.batch_sampler).__name__}"
    else:
        yield f"batch_size={loader.batch_size}"
        if loader.shuffle:
            yield "shuffle=True"
        elif loader.sampler is not None and type(loader.sampler).__name__ != "SequentialSampler":
            yield f"sampler={type(loader.sampler).__name__}"
    for name in ("drop_last", "num_workers"):
        if getattr(loader, name):
            yield f"{name}={getattr(loader, name)}"


def _first_keys(loader: Any) -> Any:
    """Of samples that the loader may give; a sampler that is no list stays unasked."""
    given = loader.batch_sampler if loader._in_batches else loader.sampler
    size = loader.batch_size or 1
    if isinstance(given, (list, tuple, np.ndarray, range)) and len(given):
        keys = given[0] if loader._in_batches else given[: min(size, MOST)]
        return [*keys] if isinstance(keys, Iterable) else []
    if isinstance(loader.dataset, Mapping) or not hasattr(loader.dataset, "__len__"):
        return []
    inner = getattr(given, "batch_size", size)
    size = inner if isinstance(inner, int) else size
    return [*range(min(size, MOST, len(loader.dataset)))]


@contextmanager
def _as_it_was(*things: Any) -> Iterator[None]:
    """Every random generator of ``things`` and of the program is, afterwards, where it was."""
    found = generators_in({str(number): thing for number, thing in enumerate(things)})
    states = states_of(found)
    try:
        with at.no_grad():
            yield
    finally:
        take_to(states, found)


# -- a data set ------------------------------------------------------------------------------------


def dataset_page(dataset: Any) -> str | None:
    """The first samples of a data set of this library; of another, which may do anything when it
    is asked for one, nothing: the notebook shows its ``repr``."""
    home = type(dataset).__getitem__.__module__
    ours = home.startswith(f"{__name__.partition('seeing')[0]}data.")
    if not ours or isinstance(dataset, IterableDataset):
        return None
    title = head(type(dataset).__name__, _count(dataset))
    facts = note(repr(dataset))
    try:
        with _as_it_was(dataset):
            samples = [dataset[place] for place in range(min(FEW, len(dataset)))]
    except Exception as error:
        return page(title, facts, _failed("a sample", error))
    if not samples:
        return page(title, facts)
    try:
        parts = _parts_of(default_collate(samples), dataset)
    except (TypeError, ValueError):  # pictures of different sizes, for one
        parts = _parts_of(samples[0], dataset)
        return page(title, facts, note("the first sample:"), *parts)
    return page(title, facts, note(f"the first {len(samples)} samples as a batch:"), *parts)


def _failed(what: str, error: Exception) -> Html:
    text = f"{type(error).__name__}: {error}"
    return note(f"{what} cannot be fetched: {text[: 4 * LONGEST]}")


# -- what is in a batch ----------------------------------------------------------------------------


def _parts_of(batch: Any, dataset: Any) -> Iterator[Html]:
    """A row for every part, and the pixels of the first that is made of pictures."""
    parts = [*_named(batch, "", 4)]
    rows = [[name or "batch", *_described(value)] for name, value in parts[:FEW]]
    yield table(rows, ["", "", "shape", "dtype", "values"], left=5)
    if len(parts) > FEW:
        yield note(f"… and {len(parts) - FEW} more parts")
    arrays = [value.array for _, value in parts if isinstance(value, Tensor)]
    for array in arrays:
        if array.ndim == 4 and (drawn := pictures_of(array, _labels(array, arrays, dataset))):
            yield drawn
            return


def _named(value: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
    """The parts of a batch with their places, such as ``[1]['boxes']``."""
    inner: Iterable[tuple[Any, Any]] | None = None
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, (list, tuple)) and not _is_text(value):
        fields = getattr(value, "_fields", None)
        inner = enumerate(value) if fields is None else zip(fields, value, strict=False)
    if inner is None or not depth:
        yield place, value
        return
    for key, one in inner:
        yield from _named(one, f"{place}[{key!r}]", depth - 1)


def _is_text(value: Any) -> bool:
    return bool(value) and all(isinstance(one, (str, bytes)) for one in value)


def _described(value: Any) -> list[object]:
    """The type, and of Tensors shape, dtype and what is in it."""
    kind = type(value).__name__
    if isinstance(value, (Tensor, np.ndarray)):
        array = value.array if isinstance(value, Tensor) else value
        words = statistics(array) if array.size and array.dtype.kind in "biuf" else ""
        return [kind, str(array.shape), str(array.dtype), words]
    if isinstance(value, (list, tuple)):
        return [kind, f"{len(value):,} long", "", _short(", ".join(map(repr, value[:4])))]
    return [kind, "", "", _short(repr(value))]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _labels(pictures: np.ndarray, arrays: list[np.ndarray], dataset: Any) -> list[object]:
    """What to write below the pictures: the class of each, with its name where that is known."""
    for array in arrays:
        if array.dtype.kind in "biu" and array.ndim == 1 and len(array) == len(pictures):
            found = getattr(dataset, "classes", None)
            names = found if isinstance(found, (list, tuple)) else []
            return [
                _short(str(names[label])) if 0 <= label < len(names) else str(label)
                for label in array.tolist()
            ]
    return []
