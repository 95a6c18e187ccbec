"""Remedies: what a message says of something that should have been a Tensor, or had another dtype.

Everybody makes these mistakes some day, so the words stand here once.  Nothing is known here of a
Tensor but that it has a shape and a dtype.
"""

from __future__ import annotations

from typing import Any

__all__ = ["type_name", "to_get_a_tensor", "unlike_dtypes"]

_CONVERSIONS = {
    "float16": ".half()",
    "float32": ".float()",
    "float64": ".double()",
    "int64": ".long()",
    "bool": ".bool()",
}


def type_name(value: Any) -> str:
    """What a message calls the type of ``value``: that of a Tensor of another library in full.

    Example:

        >>> from autotensor.extend import type_name
        >>> type_name([1, 2]), type_name(nn.Linear)
        ('list', 'the class Linear')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    foreign = (kind.__name__ == "Tensor" or hasattr(value, "__dlpack__")) and library not in (
        "autotensor",
        "builtins",
        "numpy",
        "nn",
    )
    return f"{library}.{kind.__name__}" if foreign else kind.__name__


def to_get_a_tensor(value: Any) -> str:
    """What to do with what is no Tensor where one is wanted, after a semicolon; or nothing.

    Example:

        >>> from autotensor.extend import to_get_a_tensor
        >>> to_get_a_tensor([1, 2])
        '; wrap it with autotensor.tensor(...)'
    """
    parts = list(value) if isinstance(value, (tuple, list)) else []
    if value is None:
        return "; does the function that made it lack its return?"
    if isinstance(value, type):
        return f"; make an object of it first: {value.__name__}(...)"
    if any(_is_tensor(part) for part in parts):
        if isinstance(value, list):
            return "; join the Tensors in it with stack() or cat()"
        return "; it holds several results: take one, as in output, state = lstm(x)"
    if isinstance(value, (tuple, list, int, float)):
        return "; wrap it with autotensor.tensor(...)"
    if hasattr(value, "parameters") and callable(value):
        return "; it is a module: call it on a Tensor, and pass what it gives"
    if hasattr(value, "__dlpack__") and not hasattr(value, "mark_written"):
        detached = "x.detach()" if hasattr(value, "detach") else "x"
        return f"; convert it with autotensor.as_tensor({detached})"
    if hasattr(value, "toarray"):  # a sparse matrix
        return "; convert it with autotensor.tensor(x.toarray())"
    if hasattr(value, "__array__") or hasattr(type(value), "__array_interface__"):
        return "; convert it with autotensor.tensor(x)"
    return ""


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type)


def unlike_dtypes(name: str, **arguments: Any) -> RuntimeError:
    """What to raise where the dtypes of some arguments, by their names, must be one and are not.

    Those that are None are left out.  The first is taken to be the data, the others to be weights.

    Example:

        >>> from autotensor.extend import unlike_dtypes
        >>> error = unlike_dtypes("linear", input=at.int64, weight=at.float32)
        >>> str(error).partition("; ")[2]
        'convert input with .float()'
    """
    dtypes = {one: str(dtype) for one, dtype in arguments.items() if dtype is not None}
    (first, own), *others = dtypes.items()
    by_dtype: dict[str, list[str]] = {}
    for argument, dtype in others:
        by_dtype.setdefault(dtype, []).append(argument)
    rest = ", ".join(f"{' and '.join(names)} {dtype}" for dtype, names in by_dtype.items())
    message = f"{name}: all arguments must have the same dtype, got {first} {own}, {rest}"
    wanted = next((dtype for dtype in by_dtype if dtype != own), own)
    if not wanted.startswith("float") and own.startswith("float"):
        return RuntimeError(f"{message}; convert {by_dtype[wanted][0]} with {_conversion(own)}")
    message += f"; convert {first} with {_conversion(wanted)}"
    if own.startswith("float") and any("weight" in one for one in dtypes):
        message += f", or the model with {_conversion(own)}"
    return RuntimeError(message)


def _conversion(dtype: str) -> str:
    return _CONVERSIONS.get(dtype, f".to(autotensor.{dtype})")
