"""Element types, and PyTorch's rules for what two of them make together.

In here a dtype is NumPy's own; ``facts.py`` has those that users see.  The rules differ from
NumPy's in three places: a Python ``float`` makes the *default* dtype (float32), not float64; an
integer tensor meeting a floating one takes the floating one's dtype, whatever the widths; and a 0-d
tensor does not widen a dimensioned one of the same category.
"""

from __future__ import annotations

from builtins import bool as builtin_bool
from typing import Any

import numpy as np

from autotensor.facts import canonical as canonical

float16 = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)
uint8 = np.dtype(np.uint8)
int8 = np.dtype(np.int8)
int16 = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
bool = np.dtype(np.bool_)

_PYTHON_TYPES: dict[Any, np.dtype] = {builtin_bool: bool, int: int64}

_STANDS_FOR = {"b": builtin_bool, "i": int, "u": int, "f": float}

# The order of categories: a value of a later one decides the category of the result.
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}

_default = float32


def category(dtype: np.dtype) -> int:
    """0 for bool, 1 for integers, 2 for floating point."""
    return _CATEGORY[dtype.kind]


def set_default_dtype(dtype: Any) -> None:
    """Makes ``dtype`` (a floating one) what Python floats become; float32 at the start.

    Raises:
        TypeError: no floating-point dtype.

    Example:

        >>> at.set_default_dtype(at.float64)
        >>> at.tensor(0.1).dtype, at.zeros(1).dtype
        (torch.float64, torch.float64)
        >>> at.set_default_dtype(at.float32)
    """
    global _default
    dtype = canonical(dtype, "set_default_dtype")
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point dtypes can be it, got {dtype}")
    _default = dtype


def get_default_dtype() -> np.dtype:
    """The dtype that Python floats become."""
    return _default


def _facts(value: Any) -> tuple[int, np.dtype]:
    """(priority, dtype): 2 for an array with dimensions, 1 for a 0-d one, 0 for a Python number."""
    if isinstance(value, np.ndarray):
        return (2 if value.ndim else 1), value.dtype
    # A scalar of NumPy counts as the Python number it stands for: np.mean(…) times a float32 Tensor
    # stays float32.
    kind = _STANDS_FOR[value.dtype.kind] if isinstance(value, np.generic) else type(value)
    return 0, _PYTHON_TYPES.get(kind, int64 if issubclass(kind, int) else _default)


def promoted(*values: Any) -> np.dtype:
    """PyTorch's result dtype of ``values``: raw arrays and Python numbers."""
    best: list[np.dtype | None] = [None, None, None]
    for value in values:
        priority, dtype = _facts(value)
        known = best[priority]
        best[priority] = dtype if known is None or known is dtype else wider(known, dtype)
    result: np.dtype | None = None
    for dtype in reversed(best):
        # Of lower priority, only a higher category counts.
        if dtype is not None and (result is None or category(dtype) > category(result)):
            result = dtype
    assert result is not None
    return result


def wider(a: np.dtype, b: np.dtype) -> np.dtype:
    if category(a) == 2 > category(b):
        return a
    if category(b) == 2 > category(a):
        return b
    return np.promote_types(a, b)
