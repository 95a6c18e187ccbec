"""NumPy's functions that write into their first argument, where a gradient is wanted.

Each computes what shall stand there, by what reads, and copies it over: so the graph of a Tensor
that is written goes on from the new values.  An array cannot keep a gradient: that is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_tensor, converted, raws

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    WRITES, arranged, joined, numpys, refuse,
)  # fmt: skip

__all__: list[str] = []


def _target(into: Any, name: str) -> Tensor:
    if not isinstance(into, Tensor):
        raise refuse(name, "an ndarray keeps none; write into a Tensor")
    return into


def _written(name: str, into: Any, arrange: Callable[..., Any], values: Any) -> None:
    """Puts ``values`` where ``arrange(array, values)`` would write them."""
    target = _target(into, name)
    values = as_tensor(joined(values))
    values = converted(values, target.array.dtype, name)

    def arranged_anew(numbers: np.ndarray, new: np.ndarray) -> np.ndarray:
        arrange(numbers, new)
        return numbers

    target.copy_(arranged(arranged_anew, target, values))


@numpys("copyto", kind=WRITES)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    target, source = _target(dst, "np.copyto"), as_tensor(joined(src))
    if not np.can_cast(source.array.dtype, target.array.dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {source.array.dtype!r} to {target.array.dtype!r} "
            f"according to the rule {casting!r}"
        )
    source = converted(source, target.array.dtype, "np.copyto").expand(target.shape)
    if where is not True:
        mask = np.broadcast_to(np.asarray(raws(where)).astype(bool), target.array.shape)
        source = where_(wrap(mask.copy()), source, target)
    target.copy_(source)


@numpys("fill_diagonal", kind=WRITES)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    _written("np.fill_diagonal", a, lambda a, new: np.fill_diagonal(a, new, wrap), val)


@numpys("put_along_axis", kind=WRITES)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    places = raws(indices)
    _written(
        "np.put_along_axis", arr, lambda a, new: np.put_along_axis(a, places, new, axis), values
    )


@numpys("put", kind=WRITES)
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    _written("np.put", a, lambda a, new: np.put(a, raws(ind), new, mode), v)


@numpys("place", kind=WRITES)
def place(arr: Any, mask: Any, vals: Any) -> None:
    _written("np.place", arr, lambda a, new: np.place(a, raws(mask), new), vals)


@numpys("putmask", kind=WRITES)
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    _written("np.putmask", a, lambda a, new: np.putmask(a, raws(mask), new), values)
