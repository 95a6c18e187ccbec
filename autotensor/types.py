"""Types for annotations: what functions of this library take, by name.

``Number``, ``Device`` and ``_size`` are those of ``torch.types``.  Nothing here is needed to run a
program; the stubs that type checkers and editors read are written with these names.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import EllipsisType
from typing import IO, Any, SupportsIndex, TypeAlias

import numpy as np

from autotensor.device import device
from autotensor.engine.tensor import Tensor
from autotensor.facts import dtype
from autotensor.importing import list_public

__all__ = ["DType", "Data", "Device", "FileLike", "Index", "Ints", "Number", "Operand", "Sizes"]

Number: TypeAlias = int | float | bool

Operand: TypeAlias = Tensor | float | np.number[Any] | np.bool_ | np.ndarray[Any, Any]
"""What arithmetic takes beside a Tensor."""

Ints: TypeAlias = int | Sequence[int]
"""A number for every dimension, or one for all."""

Sizes: TypeAlias = SupportsIndex | Sequence[SupportsIndex]
"""What ``zeros(2, 3)`` and ``zeros((2, 3))`` are given."""

_size: TypeAlias = Sequence[int]

DType: TypeAlias = dtype | np.dtype[Any] | type[float] | type[np.generic] | type[Tensor] | str
"""A dtype of this library or of NumPy, Python's ``float``, ``int`` or ``bool``, or a name."""

Device: TypeAlias = device | str | int

_IndexPart: TypeAlias = SupportsIndex | slice | EllipsisType | range | list[Any] | tuple[Any, ...]

Index: TypeAlias = Tensor | np.ndarray[Any, Any] | _IndexPart | None
"""What stands between the brackets of ``x[…]``."""

Data: TypeAlias = Operand | Sequence[Any]
"""Numbers, nested as the Tensor shall be."""

# What more ``torch.types`` has.
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_int: TypeAlias = int
_float: TypeAlias = float
_bool: TypeAlias = bool
_dtype: TypeAlias = dtype
_device: TypeAlias = device


list_public(__name__)
