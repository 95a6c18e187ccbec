"""NumPy's functions of elements, ``np.sqrt`` and its like, on Tensors.

``array * x`` and ``np.multiply(array, x)`` are the operator of ``x``, with its gradient.  What is
no operator of Python, as ``np.sqrt(x)``, is computed by NumPy, which no gradient passes: it gives a
Tensor without one, and refuses a Tensor that wants one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.facts import SHOWN

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
    into = settings.get("out", ())
    for one in (*inputs, *into):
        if isinstance(one, Tensor) and one.requires_grad:
            raise RuntimeError(
                f"np.{ufunc.__name__}: no gradient passes NumPy's functions, and this Tensor "
                f"requires grad: use {_own(ufunc)}, or x.detach()"
            )
    if into:
        settings["out"] = tuple(raw(one) for one in into)
        for one in into:
            if isinstance(one, Tensor):
                one.mark_written()
    result = getattr(ufunc, way)(*(raw(one) for one in inputs), **settings)
    if into:
        return into[0] if len(into) == 1 else into
    return tuple(map(_wrapped, result)) if isinstance(result, tuple) else _wrapped(result)


def _own(ufunc: Any) -> str:
    name = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "absolute": "abs"}.get(
        ufunc.__name__, ufunc.__name__
    )
    return f"x.{name}()" if hasattr(Tensor, name) else "functions of autotensor"


def _wrapped(result: Any) -> Any:
    array = np.asarray(result)
    return wrap(array) if array.dtype in SHOWN else result
