"""Whole batches at once: data sets that give them, transforms that take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.data.collate import default_collate

__all__: list[str] = []  # helpers, which no package shows

Indices = slice | NDArray[np.int64]
"""The samples of a batch: ``slice(start, stop)`` for neighbours in order, else their indices."""


def get_batch_of(dataset: Any) -> Callable[[Any], Any] | None:
    """The data set's ``get_batch``, unless its class overrides the ``__getitem__`` beneath it.

    A subclass that changes single samples, to augment them say, must not be bypassed by a
    ``get_batch`` it inherits from a class that knows nothing of the change.  Nor does one count
    that can do no better than to collate samples: its data set says ``has_batches = False``.
    """
    if "get_batch" in vars(_giver_of(dataset)) and getattr(dataset, "has_batches", True):
        return dataset.get_batch
    return None


def _giver_of(dataset: Any) -> type:
    """The class that says how samples are fetched."""
    names = {"get_batch", "__getitem__"}
    return next((cls for cls in type(dataset).__mro__ if names & vars(cls).keys()), object)


def getitems_of(dataset: Any) -> Callable[[list[Any]], list[Any]] | None:
    """The data set's ``__getitems__``, by the same rule; one that could only ask for one sample
    after the other says ``has_items = False``."""
    for cls in type(dataset).__mro__:
        if "__getitems__" in vars(cls):
            return dataset.__getitems__ if getattr(dataset, "has_items", True) else None
        if "__getitem__" in vars(cls):
            return None
    return getattr(dataset, "__getitems__", None)


def is_random(dataset: Any) -> bool:
    """Whether a sample may come out differently each time, as far as can be seen from outside."""
    if isinstance(dataset, (list, tuple, range)):
        return False
    if get_batch_of(dataset) is None or getattr(dataset, "transform", None) is not None:
        return True
    if _giver_of(dataset).__module__.partition(".")[0] != __name__.partition(".")[0]:
        return True  # a user's get_batch, which may draw
    parts = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    return any(is_random(part) for part in parts if part is not None)


def number_of_batches(count: int, size: int, drop_last: bool) -> int:
    """How many batches of ``size`` there are in ``count`` samples."""
    return count // size if drop_last else -(-count // size)


def transformed(value: Any, transform: Callable[[Any], Any] | None) -> Any:
    """``transform(value)``; the value itself where there is no transform."""
    return value if transform is None else transform(value)


def takes_batches(transform: Any) -> bool:
    """Whether a transform, or None, can be called on a whole batch of pictures."""
    return transform is None or getattr(transform, "takes_batches", False)


def collated(dataset: Any, indices: Indices) -> Any:
    """The samples ``indices``, fetched one by one and joined; they are asked for by Python ints."""
    if isinstance(indices, slice):
        numbers = range(indices.start, indices.stop)
    else:
        numbers = indices.tolist()
    return default_collate([dataset[number] for number in numbers])
