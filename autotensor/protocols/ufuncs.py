"""NumPy's functions of elements, ``np.sqrt`` and its like, on Tensors.

``array * x`` and ``np.multiply(array, x)`` cannot be told apart: both are the operator of ``x``,
with its dtype and its gradient.  What is no operator of Python's, as ``np.sqrt(x)``, and all forms
such as ``np.add.reduce`` are in ``elementwise.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import protocols
from autotensor.engine.tensor import Tensor, method

__all__: list[str] = []

_COMPARISONS = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}

_OPERATORS = {
    np.add: "add", np.subtract: "sub", np.multiply: "mul", np.true_divide: "truediv",
    np.floor_divide: "floordiv", np.remainder: "mod", np.power: "pow", np.matmul: "matmul",
    np.bitwise_and: "and", np.bitwise_or: "or", np.bitwise_xor: "xor",
    np.left_shift: "lshift", np.right_shift: "rshift",
    np.less: "lt", np.less_equal: "le", np.greater: "gt", np.greater_equal: "ge",
    np.equal: "eq", np.not_equal: "ne",
}  # fmt: skip
"""What Python calls on the right side where the left is an array."""


@method
def __array_ufunc__(self: Tensor, ufunc: Any, way: str, *inputs: Any, **settings: Any) -> Any:
    symbol = _OPERATORS.get(ufunc)
    if symbol is not None and way == "__call__" and not settings:
        left, right = inputs
        if isinstance(left, Tensor):
            return getattr(left, f"__{symbol}__")(right)
        return getattr(right, f"__{_COMPARISONS.get(symbol, 'r' + symbol)}__")(left)
    return protocols.elementwise.answer(ufunc, way, inputs, settings)
