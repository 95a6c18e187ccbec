"""What functions of the standard are given: Tensors, dtypes that become one, axes.

The standard's rules differ from PyTorch's in one place: a 0-d Tensor counts as any other.  What the
standard leaves open, as integers beside floating-point numbers, is PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autotensor.creation import full
from autotensor.doors import not_a_tensor
from autotensor.engine.dtypes import promoted, wider
from autotensor.engine.tensor import Tensor
from autotensor.operators import structure
from autotensor.types import Ints, Number

__all__ = ["alike", "common", "need_own", "reduced", "same_dtype"]


def need_own(value: Any, name: str, argument: str = "x") -> Tensor:
    """``value`` itself; raises TypeError unless it is a Tensor."""
    if isinstance(value, Tensor):
        return value
    raise not_a_tensor(name, argument, value, "a Tensor")


def common(name: str, given: Sequence[Tensor | np.dtype | Number]) -> np.dtype:
    """The dtype of Tensors, dtypes and numbers together; a number alone widens no dtype."""
    kinds = [one for one in given if isinstance(one, np.dtype)]
    kinds += [one.array.dtype for one in given if isinstance(one, Tensor)]
    if not kinds:
        got = "numbers only" if given else "nothing"
        raise TypeError(f"{name}: at least one must be a Tensor, got {got}")
    numbers = (one for one in given if not isinstance(one, (Tensor, np.dtype)))
    return promoted(np.empty(0, reduce(wider, kinds)), *numbers)


def same_dtype(name: str, tensors: Sequence[Any], argument: str = "x") -> list[Tensor]:
    """Tensors in their common dtype."""
    own = [need_own(one, name, f"{argument}{place}") for place, one in enumerate(tensors, 1)]
    dtype = common(name, own)
    return [structure.to(one, dtype) for one in own]


def alike(name: str, *values: Any, argument: str = "x") -> list[Tensor]:
    """Tensors, and numbers as 0-d ones, in their common dtype; the gradient finds its way back.

    Raises:
        RuntimeError: a number that is too large for the integers beside it.
        TypeError: numbers alone, or what is neither.
    """
    for place, one in enumerate(values, 1):
        if not isinstance(one, (Tensor, bool, int, float, np.number, np.bool_)):
            raise not_a_tensor(name, f"{argument}{place}", one)
    dtype = common(name, values)
    for one in values:
        if dtype.kind == "u" and not isinstance(one, Tensor) and one < 0:
            raise RuntimeError(f"{name}: {one} does not fit in dtype {dtype}")
    return [
        structure.to(one, dtype) if isinstance(one, Tensor) else full((), one, dtype=dtype)
        for one in values
    ]


def reduced(
    compute: Callable[..., Any], x: Tensor, axis: Ints | None, keepdims: bool, **settings: Any
) -> Any:
    """A reduction of ``x`` over ``axis``: all of them for None, none for ``()``, which to the
    functions of PyTorch means all as well."""
    if isinstance(axis, (tuple, list)) and not axis:
        return compute(structure.unsqueeze(x, -1), dim=-1, **settings)
    return compute(x, dim=axis, keepdim=keepdims, **settings)
