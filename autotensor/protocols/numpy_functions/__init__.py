"""What answers for NumPy's functions, ``np.concatenate`` and its like, called with Tensors.

A table, filled by the files beside this one, says of each function what it is here.  If no gradient
is wanted, NumPy itself computes, and arrays become Tensors; if one is, what we have of the same
signature, shapes and dtypes does.  What has no gradient here is refused rather than detached.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor

from autotensor.protocols.arrays import (  # isort: skip
    as_result, as_tensor, raws, tensors_in, wants_gradient, what_numpy_says, write,
)  # fmt: skip
from autotensor.protocols.numpy_functions import (  # isort: skip
    calculus, elementary, joining, linear, order, padding, reductions, shapes, without_gradient,
    writing,
)  # fmt: skip
from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    REFUSED, TABLE, VALUES, VIEW, WRITES, Answer, joined, refuse,
)  # fmt: skip

__all__ = ["answer"]

_FILLED_BY = (
    calculus, elementary, joining, linear, order, padding, reductions, shapes, without_gradient,
    writing,
)  # fmt: skip

_MAKES_ARRAYS = {
    getattr(np, name) for name in ("array", "asarray", "asanyarray", "ascontiguousarray")
}
"""What ``np.asarray(data, like=x)`` calls."""


def answer(function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``Tensor.__array_function__`` gives."""
    if not all(issubclass(one, (Tensor, np.ndarray)) for one in types):
        return NotImplemented
    tensors = tuple(tensors_in((args, kwargs)))
    wanted = wants_gradient(tensors)
    if tensors and function in _MAKES_ARRAYS:
        return _array(function is np.array, *args, **kwargs)
    known = TABLE.get(function, _unknown(function))
    if known.kind == VALUES or not (wanted or known.kind == VIEW):
        return _by_numpy(function, known, tensors, args, kwargs)
    if known.compute is None:
        raise refuse(known.name, known.why)
    if _out(known, args, kwargs) is not None:
        if wanted:
            raise refuse(known.name, "out= keeps none; use the result")
        return _by_numpy(function, known, tensors, args, kwargs)
    try:
        return known.compute(*args, **kwargs)
    except Exception as error:
        if wanted:
            # A write must not be done after all.
            kept = copy.deepcopy(raws(args)) if known.kind == WRITES else args
            raise what_numpy_says(error, function, kept, kwargs) from None
    # An array of what no Tensor holds, or what NumPy refuses as well.
    return _by_numpy(function, known, tensors, args, kwargs)


def _unknown(function: Any) -> Answer:
    home = getattr(function, "__module__", None) or "numpy"
    return Answer(f"{home.replace('numpy', 'np', 1)}.{function.__name__}", REFUSED, None)


def _out(known: Answer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if known.out is not None and len(args) > known.out:
        return args[known.out]
    return kwargs.get("out")


def _by_numpy(
    function: Any, known: Answer, tensors: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """NumPy's own result; what it writes into Tensors is seen by the graph."""
    given, named = list(raws(args)), raws(kwargs)
    into = args[0] if known.kind == WRITES and args else _out(known, args, kwargs)
    if isinstance(into, Tensor):
        if wants_gradient(into):
            raise refuse(known.name, "out= keeps none; use the result")
        copy = np.array(into.array)
        given = [copy if one is into.array else one for one in given]
        named = {key: copy if one is into.array else one for key, one in named.items()}
        result = function(*given, **named)
        write(into, copy)
        return None if known.kind == WRITES else into
    result = function(*given, **named)
    return result if result is into and into is not None else as_result(result, tensors)


def _array(
    copied: bool, data: Any, dtype: Any = None, *, copy: bool | None = None, **settings: Any
) -> Tensor:
    """``np.array(data, like=x)`` of what has Tensors in it."""
    made = as_tensor(joined(data))
    copied = copied if copy is None else copy
    return made.to(made.dtype if dtype is None else np.dtype(raws(dtype)), copy=copied)
