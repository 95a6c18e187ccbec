"""From a list of samples to one batch."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import array_of

_NUMBERS = bool, int, float, np.number, np.bool_


def default_collate(batch: Sequence[Any]) -> Any:
    """Joins samples of equal structure into one batch with a new first dimension.

    ========================  ====================================================================
    samples                   batch
    ========================  ====================================================================
    Tensors ``(*)``           Tensor ``(N, *)``
    ndarrays ``(*)``          Tensor ``(N, *)`` of the same dtype
    rows of pandas and the    Tensor ``(N, *)`` of the same dtype
    like
    NumPy scalars             Tensor ``(N,)`` of the same dtype
    ints, bools, floats       Tensor ``(N,)``: int64, bool, float64
    numbers or arrays, mixed  Tensor ``(N, *)`` of the promoted dtype; after a float, float64
    strings, bytes            the samples themselves
    mappings                  a mapping of the same type, each value collated
    named tuples              a named tuple of the same type, each field collated
    tuples, other sequences   a list (or the sequence's own type), each position collated
    ========================  ====================================================================

    Args:
        batch: ``N >= 1`` samples, as ``dataset[i]`` returns them.

    Raises:
        ValueError: no samples, or samples that differ in shape, length or keys.
        TypeError: samples of a type that cannot be collated, or of different types.

    Example:

        >>> from nn.data import default_collate
        >>> images, labels = default_collate([(at.zeros(3, 2), 7), (at.ones(3, 2), 1)])
        >>> images.shape, labels
        (torch.Size([2, 3, 2]), tensor([7, 1]))
        >>> default_collate([{"name": "a", "age": 3.5}, {"name": "b", "age": 4.0}])
        {'name': ['a', 'b'], 'age': tensor([3.5000, 4.0000], dtype=float64)}
    """
    if not len(batch):
        raise ValueError("default_collate: expected at least one sample, got none")
    return _collate(batch, "sample")


def default_convert(data: Any) -> Any:
    """A sample with its ndarrays and NumPy scalars as Tensors, also within sequences and mappings.

    Everything else stays as it is.

    Example:

        >>> from nn.data import default_convert
        >>> default_convert({"image": np.zeros((2, 2)), "name": "a"})["image"].shape
        torch.Size([2, 2])
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return _from_array(np.asarray(data), "sample") if data.dtype.kind in "biuf" else data
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(one) for key, one in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(one) for one in data])
    return data


def _collate(batch: Sequence[Any], where: str) -> Any:
    """Collates ``batch``, whose items stand at ``where`` in their samples, e.g. ``sample[0]``."""
    first = batch[0]
    if isinstance(first, Tensor):
        _need_same_kind(batch, where, Tensor, "shape", lambda tensor: tensor.shape)
        return at.stack(list(batch))
    if type(first) is np.ndarray:
        _need_same_kind(batch, where, (np.ndarray, Tensor, *_NUMBERS), "shape", _shape)
        if any(not isinstance(one, np.ndarray) for one in batch):
            return at.stack([at.as_tensor(one) for one in batch])
        return _from_array(np.stack(batch), where)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, np.generic):
        _need_same_kind(batch, where, (np.generic, np.ndarray, Tensor, *_NUMBERS), "shape", _shape)
        if all(type(one) is type(first) for one in batch):
            return _from_array(np.array(batch), where)
        return at.tensor(list(batch))
    if isinstance(first, (bool, int, float)):
        _need_same_kind(batch, where, (np.ndarray, Tensor, *_NUMBERS), "shape", _shape)
        # As in PyTorch: floats become float64 here, although a float in tensor(...) is float32.
        return at.tensor(list(batch), dtype=np.float64 if isinstance(first, float) else None)
    if not hasattr(first, "getbands") and array_of(first, "default_collate") is not None:
        _need_same_kind(batch, where, type(first))
        return _collate([array_of(one, "default_collate") for one in batch], where)
    if isinstance(first, Mapping):
        _need_same_kind(batch, where, Mapping, "keys", set)
        columns = {key: [sample[key] for sample in batch] for key in first}
        values = {key: _collate(column, f"{where}[{key!r}]") for key, column in columns.items()}
        return _mapping_like(first, values)
    if isinstance(first, Sequence):
        _need_same_kind(batch, where, Sequence, "length", len)
        positions = enumerate(zip(*batch, strict=True))
        return _sequence_like(first, [_collate(items, f"{where}[{i}]") for i, items in positions])
    is_picture = hasattr(first, "getbands")  # of Pillow: whether by channels or as bytes, say they
    remedy = "make a Tensor of it with transforms.ToTensor(), or pass" if is_picture else "pass"
    raise TypeError(
        f"default_collate: cannot collate {where} of type {type(first).__name__}; expected "
        f"Tensors, ndarrays, numbers, strings, mappings or sequences ({remedy} a collate_fn to the "
        "DataLoader to join other samples)"
    )


def _shape(sample: Any) -> tuple[int, ...]:
    return getattr(sample, "shape", ())


def _from_array(array: np.ndarray, where: str) -> Tensor:
    try:
        return at.from_numpy(array)
    except TypeError as error:
        raise TypeError(f"default_collate: cannot collate {where}: {error}") from None


def _mapping_like(example: Mapping[Any, Any], items: dict[Any, Any]) -> Mapping[Any, Any]:
    """``items`` as the type of ``example``, or as a dict where that type takes no dict."""
    try:
        if isinstance(example, MutableMapping):
            # A copy keeps what else the mapping carries, such as a defaultdict's factory.
            clone = copy.copy(example)
            clone.update(items)
            return clone
        return type(example)(items)  # type: ignore[call-arg]
    except TypeError:
        return items


def _sequence_like(example: Sequence[Any], items: list[Any]) -> Sequence[Any]:
    """``items`` as the type of ``example``; a plain tuple becomes a list, as in PyTorch."""
    if isinstance(example, tuple):
        return type(example)(*items) if hasattr(example, "_fields") else items
    try:
        return type(example)(items)  # type: ignore[call-arg]
    except TypeError:
        return items  # A range, for one, cannot be made from a list.


def _need_same_kind(
    batch: Sequence[Any], where: str, types: Any, what: str = "", measure: Any = None
) -> None:
    """All samples of the given ``types``, and then of one ``measure``, which is called ``what``."""
    first = f"at {where}: sample 0 of the batch has"
    for index, sample in enumerate(batch):
        if not isinstance(sample, types):
            raise TypeError(
                f"default_collate: samples differ in type {first} a {type(batch[0]).__name__}, "
                f"sample {index} has a {type(sample).__name__}"
            )
    measures = [] if measure is None else [measure(sample) for sample in batch]
    for index, found in enumerate(measures):
        if found != measures[0]:
            raise ValueError(
                f"default_collate: samples differ in {what} {first} {measures[0]}, sample {index} "
                f"has {found}"
            )
