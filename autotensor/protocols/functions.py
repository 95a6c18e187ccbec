"""NumPy's functions that are no ufuncs, ``np.concatenate`` and its like, on Tensors.

What answers is the table in ``numpy_functions``.
"""

from __future__ import annotations

from typing import Any

from autotensor import protocols
from autotensor.engine.tensor import Tensor, method

__all__: list[str] = []


@method
def __array_function__(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    return protocols.numpy_functions.answer(function, types, args, kwargs)
