"""Tensors compared in tests, as ``torch.testing`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, raw
from autotensor.importing import list_public

__all__ = ["assert_close"]

_TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""By dtype, relative and absolute; all others are compared exactly."""

Difference = tuple[str, str]
"""Where it is, such as ``[0]['loss']``, and what it is."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raises AssertionError unless ``|actual - expected| ≤ atol + rtol · |expected|``.

    Args:
        actual, expected: Tensors, arrays or numbers; sequences or dicts of them.
        allow_subclasses: whether one may be of a subclass of the other's class.
        rtol, atol: both or neither; by default according to dtype, 1.3e-6 and 1e-5 for float32,
            1e-7 both for float64, 1e-3 and 1e-5 for float16, 0 both for others.
        equal_nan: whether NaN equals NaN.
        check_device, check_layout: True or not, there is one of each.
        check_dtype: whether dtypes must be the same.
        check_stride: whether strides must be.
        msg: the error's message, or a function that makes it of the message there would be.

    Raises:
        AssertionError: they differ.
        TypeError: they are of kinds that cannot be compared with each other.
        ValueError: one of ``rtol`` and ``atol`` without the other.

    Example:

        >>> third = at.tensor([1.0]) / 3
        >>> at.testing.assert_close(third * 3, at.ones(1))
        >>> at.testing.assert_close(third, at.tensor([0.33]), atol=0.01, rtol=0)
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"assert_close: give rtol and atol, or none; got {rtol} and {atol}")

    def compare(x: Any, y: Any) -> str | None:
        if allow_subclasses or type(x) is type(y):
            return _difference(x, y, rtol, atol, equal_nan, check_dtype, check_stride)
        raise TypeError(
            f"assert_close: {type(x).__name__} and {type(y).__name__} are not of one class, and "
            "allow_subclasses is False"
        )

    for where, difference in _differences(actual, expected, compare):
        place = f"\n\nThe failure occurred for item {where}" if where else ""
        words = difference + place
        raise AssertionError(words if msg is None else msg(words) if callable(msg) else msg)


def _differences(
    actual: Any, expected: Any, compare: Callable[[Any, Any], str | None], where: str = ""
) -> Iterator[Difference]:
    """The differences in nested sequences and dicts."""
    keys: Any
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            yield where, f"The keys do not match: {list(actual)} and {list(expected)}"
            return
        keys = list(actual)
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            yield where, f"The lengths do not match: {len(actual)} != {len(expected)}"
            return
        keys = range(len(actual))
    else:
        difference = compare(actual, expected)
        if difference:
            yield where, difference
        return
    for key in keys:
        yield from _differences(actual[key], expected[key], compare, f"{where}[{key!r}]")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _difference(
    actual: Any,
    expected: Any,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    check_dtype: bool,
    check_stride: bool,
) -> str | None:
    """What is different in one pair, or None."""
    if actual is None or expected is None:
        same = actual is expected
        return None if same else f"None does not match: {actual!r} and {expected!r}"
    x, y = _array_of(actual), _array_of(expected)
    if x is None or y is None or isinstance(actual, Tensor) != isinstance(expected, Tensor):
        raise TypeError(
            "assert_close: expected two Tensors, two arrays, two numbers, or sequences or dicts of "
            f"them, got {type(actual).__name__} and {type(expected).__name__}"
        )
    plain = not hasattr(actual, "shape")
    attributes = [("shape", True), ("dtype", check_dtype and not plain), ("strides", check_stride)]
    for name, checked in attributes:
        one, other = getattr(x, name), getattr(y, name)
        if checked and one != other:
            return f"The values for attribute {name!r} do not match: {one} != {other}"
    if rtol is None or atol is None:
        limits = [_TOLERANCES.get(str(one.dtype), (0.0, 0.0)) for one in (x, y)]
        rtol, atol = (max(pair) for pair in zip(*limits, strict=True))
    return _not_close(x, y, rtol, atol, equal_nan, "Scalars" if plain else "Tensors")


def _array_of(value: Any) -> np.ndarray | None:
    if isinstance(value, Tensor):
        return raw(value.detach())
    if isinstance(value, (bool, int, float, np.ndarray, np.generic)):
        return np.asarray(value)
    return None


def _not_close(
    x: np.ndarray, y: np.ndarray, rtol: float, atol: float, equal_nan: bool, what: str
) -> str | None:
    close = np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if close.all():
        return None
    with np.errstate(all="ignore"):
        absolute = np.abs(np.subtract(x, y, dtype=np.float64))
        relative = absolute / np.abs(y)
    words = f"{what} are not close!\n"
    if x.ndim:
        count = int((~close).sum())
        words += f"\nMismatched elements: {count} / {x.size} ({count / x.size:.1%})"
    for name, values, limit in (("absolute", absolute, atol), ("relative", relative, rtol)):
        worst = np.where(close, -1.0, values)
        place = np.unravel_index(np.argmax(worst), x.shape)
        index = f" at index {tuple(map(int, place))}" if x.ndim else ""
        words += f"\nGreatest {name} difference: {values[place]}{index} (up to {limit} allowed)"
    return words


list_public(__name__)
