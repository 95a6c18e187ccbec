"""Data sets: what a DataLoader draws its samples from."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from autotensor import Tensor

__all__ = ["Dataset", "Indices", "TensorDataset"]

Sample_co = TypeVar("Sample_co", covariant=True)

Indices = slice | NDArray[np.int64]
"""The samples of a batch: ``slice(start, stop)`` for neighbours in order, else their indices."""


class Dataset(Generic[Sample_co]):
    """A map-style data set: ``dataset[i]`` is sample ``i``, ``len(dataset)`` is how many there are.

    A data set that holds its samples in arrays may also define ``get_batch(indices)``, which
    returns *a whole batch at once, already collated*. It must equal
    ``default_collate([dataset[i] for i in indices])``; a DataLoader without a ``collate_fn`` of
    its own then calls it instead of fetching and stacking one sample after the other::

        class Squares(Dataset):
            def __init__(self):
                self.numbers = np.arange(1000.0, dtype=np.float32)

            def __len__(self):
                return len(self.numbers)

            def __getitem__(self, index):
                return at.tensor(self.numbers[index] ** 2)

            def get_batch(self, indices):  # optional
                return at.from_numpy(self.numbers[indices] ** 2)

    ``indices`` is ``slice(start, stop)`` with ``0 <= start < stop <= len(dataset)`` where the batch
    is a run of neighbours in order, else an int64 array of shape ``(N,)``. Both index an array
    directly, and the slice does so without a copy. (PyTorch's ``__getitems__`` differs: it returns
    a list of samples, which still have to be stacked.)

    A subclass that overrides ``__getitem__`` alone switches off the ``get_batch`` it inherits, so
    its samples are never bypassed.
    """

    def __getitem__(self, index: int) -> Sample_co:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors side by side: sample ``i`` is ``(tensors[0][i], tensors[1][i], ...)``.

    Args:
        *tensors: one or more Tensors of shapes ``(N, *)``, any dtype, all with the same ``N``.

    Attributes:
        tensors: the given Tensors, as a tuple. They are not copied.

    Raises:
        TypeError: an argument is not a Tensor.
        ValueError: no Tensors, a Tensor without dimensions, or first dimensions that differ.
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors:
            raise ValueError("TensorDataset: expected at least one Tensor, got none")
        for position, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                is_array = isinstance(tensor, np.ndarray)
                hint = "; convert it with autotensor.from_numpy" if is_array else ""
                raise TypeError(
                    f"TensorDataset: argument {position} is a {type(tensor).__name__}, "
                    f"expected a Tensor{hint}"
                )
            if not tensor.shape:
                raise ValueError(
                    f"TensorDataset: argument {position} has no dimension to draw samples from "
                    "(shape ()), expected shape (N, *)"
                )
        lengths = [tensor.shape[0] for tensor in tensors]
        if len(set(lengths)) > 1:
            raise ValueError(
                "TensorDataset: all Tensors must have the same first dimension, got lengths "
                f"{', '.join(map(str, lengths))} (shapes "
                f"{', '.join(str(tensor.shape) for tensor in tensors)})"
            )
        self.tensors = tensors

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """Sample ``index``: one Tensor of shape ``(*)`` from each of the Tensors."""
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def get_batch(self, indices: Indices) -> list[Tensor]:
        """Samples ``indices``: from each of the Tensors, one of shape ``(n, *)``.

        A slice gives views on the data, without a copy. They are read-only, so that changing a
        batch in place cannot change the data set behind its back: ``clone()`` them to write.
        """
        batch = [tensor[indices] for tensor in self.tensors]
        if isinstance(indices, slice):
            for tensor in batch:
                tensor.array.flags.writeable = False
        return batch

    def __repr__(self) -> str:
        shapes: list[Any] = [tensor.shape for tensor in self.tensors]
        return f"TensorDataset({', '.join(map(str, shapes))})"
