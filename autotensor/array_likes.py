"""What else holds numbers than Tensors and ndarrays, read as an ndarray: tables, arrays with names,
pictures, and by ``foreign.py`` any array of another library.

Values and dtypes come through exactly.  What no Tensor can hold is refused in words of the library
that it comes from: missing values, dates and texts with the name of their column, sparse matrices,
arrays with a mask.  No other library is imported here: each is known by where its types are
defined, and asked by its own methods.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autotensor.doors import ARRAYS, not_a_tensor, refused
from autotensor.foreign import is_foreign, values_of
from autotensor.remedies import type_name

__all__ = [
    "answers", "array_of", "beside_a_tensor", "left_to", "need_operands", "repeats", "settled",
]  # fmt: skip


def array_of(value: Any, caller: str) -> np.ndarray | None:
    """The numbers of ``value`` as a plain ndarray of the dtype they have there, on the same memory
    where that can be; None for what is no array: numbers, texts, lists, buffers, a Tensor.

    Raises:
        TypeError: an array with something in it that is no number, or is missing.

    Example:

        >>> from autotensor.extend import array_of
        >>> array_of(np.ma.masked_array([1, 2]), "tensor"), array_of([1, 2], "tensor")
        (array([1, 2]), None)
    """
    kind = type(value)
    if kind is np.ndarray:
        return _unless_of_fields(value, caller)
    if kind in _NO_ARRAYS:
        return None
    for base in kind.__mro__:  # also of a user's subclass
        read = _READERS.get(base.__module__.partition(".")[0])
        if read is not None:
            return read(value, caller)
    if isinstance(value, type):
        return None
    if _shows_an_array(value):
        return _unless_of_fields(values_of(value, caller), caller)
    return None


def _shows_an_array(value: Any) -> bool:
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__")


def beside_a_tensor(caller: str, *values: Any) -> tuple[Any, ...] | None:
    """What an operator takes for ``values`` of which one is a Tensor: the array of a Series, a
    DataFrame and whatever else leaves arithmetic to the other side; None if there is none.

    What has operators of its own, as Polars and xarray have, is not read: ``value * x`` would be
    that library's, and ``x * value`` something else.
    """
    read = tuple(_read_beside(one, caller) for one in values)
    return None if all(map(operator.is_, read, values)) else read


def _read_beside(value: Any, caller: str) -> Any:
    kind = type(value)
    readable = isinstance(value, np.ndarray) or hasattr(kind, "__pandas_priority__")
    if not readable and (hasattr(kind, "__mul__") or is_foreign(value)):
        return value
    found = array_of(value, caller)
    return value if found is None else found


_OF_NUMBERS = frozenset({
    "add", "floor_divide", "floor_quotient", "mul", "sub", "true_divide", "truncated_quotient",
})  # fmt: skip
"""Operators that take two numbers, too, as in PyTorch; the result is a 0-d Tensor."""


def need_operands(name: str, argument: str, input: Any, other: Any) -> None:
    """Raises TypeError for two plain numbers, unless the operator takes these, and RuntimeError for
    a bool in a difference, of which 1 - mask would be a mask no longer."""
    if name == "sub" and any(np.asarray(one).dtype == np.bool_ for one in (input, other)):
        raise RuntimeError(
            "sub: not defined for bools; write ~mask for 1 - mask, logical_xor for the difference "
            "of two, or convert first, e.g. with .int()"
        )
    if name not in _OF_NUMBERS and not any(isinstance(one, ARRAYS) for one in (input, other)):
        raise not_a_tensor(name, argument, input, "a Tensor")


_REFLECTED = {
    "add": "__radd__", "sub": "__rsub__", "mul": "__rmul__", "true_divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__", "remainder": "__rmod__", "pow": "__rpow__",
    "matmul": "__rmatmul__", "bitwise_and": "__rand__", "bitwise_or": "__ror__",
    "bitwise_xor": "__rxor__", "bitwise_left_shift": "__rlshift__",
    "bitwise_right_shift": "__rrshift__",
    "lt": "__gt__", "le": "__ge__", "gt": "__lt__", "ge": "__le__",
}  # fmt: skip
"""By operator, the method of the other operand that Python asks when this one's has no answer."""


def left_to(name: str, input: Any, other: Any) -> Any:
    """What ``other``, no array of any kind, makes of ``input`` on its left, as a class of a user's
    that computes with Tensors may; NotImplemented if it has no such method.

    Tensor's own methods are the operators themselves, for speed, and so cannot leave this to
    Python.
    """
    reflected = _REFLECTED.get(name, "")
    if name == "mul" and repeats(other, input):
        return other * operator.index(input)
    if not answers(other, reflected):
        return NotImplemented
    return getattr(type(other), reflected)(other, input)


def repeats(sequence: Any, times: Any) -> bool:
    """Whether ``sequence`` is one of Python's, and ``times`` a Tensor of one whole number, by which
    it is repeated as by an int."""
    array = getattr(times, "array", None)
    counts = isinstance(array, np.ndarray) and array.dtype.kind in "iu" and array.size == 1
    return counts and isinstance(sequence, (list, tuple, str))


def answers(other: Any, reflected: str) -> bool:
    """Whether ``other`` is of a class of a user's that has the method ``reflected``, no array."""
    modules = [
        base.__module__.partition(".")[0] for base in type(other).__mro__ if reflected in vars(base)
    ]
    if not modules or modules[0] == "builtins" or modules[0] in _READERS:
        return False
    return not (is_foreign(other) or _shows_an_array(other))


def settled(
    error: Exception,
    call: Callable[[Any, Any], Any],
    name: str,
    names: tuple[str, ...],
    given: tuple[Any, Any],
    arrays: tuple[Any, Any],
) -> Any:
    """What an operator of two arguments gives where NumPy raised ``error``: its result with what
    can be read as arrays, or the other operand's answer.

    Raises:
        TypeError, RuntimeError: neither.
    """
    if read := beside_a_tensor(name, *given):
        return call(*read)
    answer = left_to(name, *given)
    if answer is NotImplemented:
        raise refused(error, name, names, *arrays) from None
    return answer


# -- any library's ---------------------------------------------------------------------------------


def _unless_of_fields(array: np.ndarray, caller: str) -> np.ndarray:
    if array.dtype.names is not None:
        names = ", ".join(map(repr, array.dtype.names))
        raise TypeError(
            f"{caller}: a structured array has fields ({names}), each of a dtype of its own; take "
            f"one, as in array[{array.dtype.names[0]!r}], or put them side by side with "
            "numpy.lib.recfunctions.structured_to_unstructured(array)"
        )
    return array


def _of_numpy(value: Any, caller: str) -> np.ndarray | None:
    """Of a subclass of ndarray: a matrix, a memory map, records, an array with a mask."""
    if not isinstance(value, np.ndarray):
        return None  # a scalar, or a dtype
    if isinstance(value, np.ma.MaskedArray):
        hidden = int(np.ma.count_masked(value))
        if hidden:
            raise TypeError(
                f"{caller}: {hidden} of {value.size} values of the masked array are masked, and a "
                "Tensor has no mask; fill them with .filled(value), or drop them with "
                ".compressed()"
            )
    return _unless_of_fields(value.view(np.ndarray), caller)


def _of_pillow(value: Any, caller: str) -> np.ndarray | None:
    """A picture as rows, columns and, if it has several, channels."""
    if not hasattr(type(value), "__array_interface__"):
        return None
    return values_of(value, caller)


def _of_scipy(value: Any, caller: str) -> np.ndarray | None:
    if hasattr(value, "toarray"):
        raise TypeError(
            f"{caller}: {type_name(value)} is sparse, and Tensors are dense; convert it with "
            ".toarray()"
        )
    return None


def _of_xarray(value: Any, caller: str) -> np.ndarray | None:
    if hasattr(value, "data_vars"):
        names = list(value.data_vars)
        first = repr(names[0]) if names else "name"
        raise TypeError(
            f"{caller}: {type_name(value)} of xarray holds variables ({_listed(names)}), each with "
            f"a shape and a dtype of its own; take one, as in dataset[{first}], or stack them with "
            ".to_dataarray()"
        )
    if not hasattr(value, "dims") or not hasattr(value, "dtype"):
        return None
    if value.dtype.kind not in "biufc":
        called = f" {value.name!r}" if getattr(value, "name", None) is not None else ""
        title = f"the {type_name(value)}{called} (dtype {value.dtype})"
        raise TypeError(f"{caller}: {title} holds no numbers; {_for_numpy_kind(value.dtype)}")
    return values_of(value, caller)


# -- tables ----------------------------------------------------------------------------------------


def _side_by_side(
    columns: Iterable[tuple[str, Any]],
    rows: int,
    caller: str,
    read: Callable[[Any, str, str], np.ndarray],
) -> np.ndarray:
    """Columns as those of a matrix, in the dtype that NumPy gives all of theirs."""
    wrong: list[str] = []
    arrays: list[np.ndarray] = []
    for title, column in columns:
        try:
            arrays.append(read(column, title, caller))
        except TypeError as error:
            wrong.append(str(error).removeprefix(f"{caller}: "))
            continue
        if arrays[-1].ndim > 1:
            wrong.append(f"{title} has an array in each row; take it by itself")
    if wrong:
        more = f"; and {len(wrong) - 3} more columns" if len(wrong) > 3 else ""
        raise TypeError(f"{caller}: {'; '.join(wrong[:3])}{more}")
    common = np.result_type(*(one.dtype for one in arrays)) if arrays else np.dtype(np.float64)
    out = np.empty((rows, len(arrays)), common)
    for position, one in enumerate(arrays):
        out[:, position] = one
    return out


def _of_pandas(value: Any, caller: str) -> np.ndarray | None:
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        columns = ((f"column {name!r}", value.iloc[:, i]) for i, name in enumerate(value.columns))
        return _side_by_side(columns, len(value), caller, _pandas_column)
    if not hasattr(value, "dtype") or not hasattr(value, "to_numpy"):
        return None  # NA, a Timestamp
    name = getattr(value, "name", None)
    title = f"the {type_name(value)}" if name is None else f"{type_name(value)} {name!r}"
    return _pandas_column(value, title, caller)


def _pandas_column(column: Any, title: str, caller: str) -> np.ndarray:
    kind = column.dtype
    title = f"{title} (dtype {kind})"
    plain = getattr(kind, "numpy_dtype", kind)  # of a nullable column, or one of Arrow's
    plain = getattr(plain, "subtype", plain) if type(kind).__name__ == "SparseDtype" else plain
    if not isinstance(plain, np.dtype) or plain.kind not in "biufc":
        raise TypeError(f"{caller}: {title} holds no numbers; {_for_pandas_kind(kind)}")
    if not isinstance(kind, np.dtype):
        missing = int(column.isna().sum()) if type(kind).__name__ != "SparseDtype" else 0
        if missing:
            raise TypeError(
                f"{caller}: {title} has {_missing(missing)}; fill them with .fillna(value), drop "
                'them with .dropna(), or make them NaN with .to_numpy("float64", '
                'na_value=float("nan"))'
            )
    return np.asarray(column.to_numpy(dtype=plain))


def _for_pandas_kind(kind: Any) -> str:
    words = str(kind)
    if words == "category":
        return "take .cat.codes for the numbers of its categories"
    if isinstance(kind, np.dtype) and kind.kind in "Mm":
        return _for_numpy_kind(kind)
    if words.startswith(("datetime64", "timestamp", "date", "period", "duration")):
        return 'convert it first, e.g. with .astype("int64")'
    if words == "object":
        return "convert it with pandas.to_numeric(column), or leave it out"
    return 'leave it out, or number its values with .astype("category").cat.codes'


def _for_numpy_kind(dtype: np.dtype) -> str:
    if dtype.kind in "Mm":
        return 'convert it first, e.g. with .astype("int64")'
    return 'convert it first, e.g. with .astype("float64")'


def _of_polars(value: Any, caller: str) -> np.ndarray | None:
    name = type(value).__name__
    if name == "LazyFrame":
        raise TypeError(f"{caller}: a LazyFrame holds no values yet; call .collect() first")
    if name == "DataFrame":
        columns = ((f"column {column.name!r}", column) for column in value.get_columns())
        return _side_by_side(columns, value.height, caller, _polars_column)
    if name != "Series":
        return None
    title = f"Series {value.name!r}" if value.name else "the Series"
    return _polars_column(value, title, caller)


def _polars_column(column: Any, title: str, caller: str) -> np.ndarray:
    kind, inner = column.dtype, column
    title = f"{title} (dtype {kind})"
    while str(inner.dtype).startswith("Array("):
        if inner.null_count():
            break
        inner = inner.explode()
    known = inner.dtype.is_integer() or inner.dtype.is_float() or str(inner.dtype) == "Boolean"
    if not known:
        raise TypeError(f"{caller}: {title} holds no numbers; {_for_polars_kind(str(kind))}")
    if inner.null_count():
        raise TypeError(
            f"{caller}: {title} has {_missing(inner.null_count())}; fill them with "
            ".fill_null(value), drop them with .drop_nulls(), or make them NaN with "
            '.cast(pl.Float64).fill_null(float("nan"))'
        )
    return np.asarray(column.to_numpy())


def _for_polars_kind(words: str) -> str:
    if words.startswith("Decimal"):
        return "they are decimal: convert it with .cast(pl.Float64)"
    if words.startswith(("Date", "Time", "Duration", "Categorical", "Enum")):
        return "take .to_physical() for the numbers behind them"
    if words.startswith("List"):
        return "its lists may differ in length: with .list.to_array(width) they do not"
    return "leave it out, or number its values with .cast(pl.Categorical).to_physical()"


def _of_pyarrow(value: Any, caller: str) -> np.ndarray | None:
    if hasattr(value, "column_names"):
        names = (f"column {name!r}" for name in value.column_names)
        columns = zip(names, value.columns, strict=True)
        return _side_by_side(columns, value.num_rows, caller, _pyarrow_column)
    known = hasattr(value, "null_count") and hasattr(value, "type")
    return _pyarrow_column(value, f"the {type_name(value)}", caller) if known else None


def _pyarrow_column(column: Any, title: str, caller: str) -> np.ndarray:
    title = f"{title} (type {column.type})"
    if column.null_count:
        raise TypeError(
            f"{caller}: {title} has {_missing(column.null_count)}; fill them with "
            ".fill_null(value), or drop them with .drop_null()"
        )
    array = values_of(column, caller)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{caller}: {title} holds no numbers; leave it out, or .cast() it")
    return array


def _missing(count: int) -> str:
    return f"{count} missing value{'s' if count > 1 else ''}"


def _listed(names: list[Any]) -> str:
    shown = ", ".join(map(repr, names[:5]))
    return f"{shown}, …" if len(names) > 5 else shown


_NO_ARRAYS = frozenset({bool, bytes, complex, dict, float, int, list, range, str, tuple})

_READERS: dict[str, Callable[[Any, str], np.ndarray | None]] = {
    "PIL": _of_pillow,
    "autotensor": lambda value, caller: None,
    "numpy": _of_numpy,
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_pyarrow,
    "scipy": _of_scipy,
    "xarray": _of_xarray,
}
"""By the library that defines the type of a value."""
