"""Tensors compared in tests, and made for them, as ``torch.testing`` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from autotensor.creation import dtype_of, empty
from autotensor.engine.dtypes import wider
from autotensor.engine.tensor import Tensor, raw
from autotensor.importing import list_public
from autotensor.kernels.elementwise import close, distances
from autotensor.operators.arguments import sizes_of

__all__ = ["assert_close", "make_tensor"]

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
        check_dtype: whether dtypes must be the same, and the types of numbers: 1 is not 1.0.
        check_stride: whether strides must be.
        msg: the error's message, or a function that makes it of the message there would be.

    Raises:
        AssertionError: they differ.
        TypeError: they are of kinds that cannot be compared with each other.
        ValueError: one of ``rtol`` and ``atol`` without the other.
        RuntimeError: a negative one.

    Example:

        >>> third = at.tensor([1.0]) / 3
        >>> at.testing.assert_close(third * 3, at.ones(1))
        >>> at.testing.assert_close(third, at.tensor([0.33]), atol=0.01, rtol=0)
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"assert_close: give rtol and atol, or none; got {rtol} and {atol}")
    for name, limit in (("rtol", rtol), ("atol", atol)):
        if limit is not None and not limit >= 0:  # nor is NaN
            raise RuntimeError(f"assert_close: {name} must not be negative, got {limit}")

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
    numbers = _number_of(actual), _number_of(expected)
    if None not in numbers:
        return _number_difference(*numbers, rtol, atol, equal_nan, check_dtype)
    x, y = _array_of(actual), _array_of(expected)
    if x is None or y is None or isinstance(actual, Tensor) != isinstance(expected, Tensor):
        raise TypeError(
            "assert_close: expected two Tensors, two arrays, two numbers, or sequences or dicts of "
            f"them, got {type(actual).__name__} and {type(expected).__name__}"
        )
    attributes = [("shape", True), ("dtype", check_dtype), ("strides", check_stride)]
    for name, checked in attributes:
        one, other = getattr(x, name), getattr(y, name)
        if checked and one != other:
            return f"The values for attribute {name!r} do not match: {one} != {other}"
    if rtol is None or atol is None:
        rtol, atol = _tolerances(str(x.dtype), str(y.dtype))
    common = wider(x.dtype, y.dtype)
    return _not_close(x.astype(common), y.astype(common), rtol, atol, equal_nan)


def _tolerances(*dtypes: str) -> tuple[float, float]:
    limits = [_TOLERANCES.get(one, (0.0, 0.0)) for one in dtypes]
    return max(rtol for rtol, _ in limits), max(atol for _, atol in limits)


def _number_of(value: Any) -> bool | int | float | None:
    """A number as Python's own, with all its digits; None for what is none."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, (int, float)) else None


def _number_difference(
    x: Any, y: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_type: bool
) -> str | None:
    one, other = type(x).__name__, type(y).__name__
    if check_type and one != other:
        return f"The types do not match: {x!r} is of type {one}, {y!r} of type {other}"
    if x == y or (equal_nan and x != x and y != y):
        return None
    if {one, other} == {"bool"}:
        return f"Booleans do not match: {x} and {y}"
    if rtol is None or atol is None:
        rtol, atol = _tolerances(*("float64" if isinstance(n, float) else "" for n in (x, y)))
    absolute = abs(x - y)
    if absolute <= atol + (rtol and rtol * abs(y)) and absolute < inf:
        return None
    relative = absolute / abs(y) if y else inf
    return (
        f"Scalars are not close!\n\nExpected {y} but got {x}."
        f"\nAbsolute difference: {absolute} (up to {atol} allowed)"
        f"\nRelative difference: {relative} (up to {rtol} allowed)"
    )


def _array_of(value: Any) -> np.ndarray | None:
    if isinstance(value, Tensor):
        return raw(value.detach())
    return value if isinstance(value, np.ndarray) else None


def _not_close(
    x: np.ndarray, y: np.ndarray, rtol: float, atol: float, equal_nan: bool
) -> str | None:
    with np.errstate(all="ignore"):
        matches = np.asarray(close(x, y, rtol, atol, equal_nan))
        if matches.all():
            return None
        absolute = np.asarray(distances(x, y))
        relative = np.asarray(absolute / np.abs(y.astype(np.float64)))
    words = f"{'Tensors' if x.ndim else 'Scalars'} are not close!\n"
    if x.ndim:
        count = int((~matches).sum())
        words += f"\nMismatched elements: {count} / {x.size} ({count / x.size:.1%})"
    for name, values, limit in (("absolute", absolute, atol), ("relative", relative, rtol)):
        worst = np.where(matches, -1.0, values)
        place = np.unravel_index(np.argmax(worst), x.shape)
        index = f" at index {tuple(map(int, place))}" if x.ndim else ""
        words += f"\nGreatest {name} difference: {values[place]}{index} (up to {limit} allowed)"
    return words


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A Tensor of numbers drawn evenly from ``[low, high)``, to try an operator with.

    Args:
        shape: sizes, one by one or as a sequence.
        dtype, device: both are needed.
        low, high: what the dtype cannot hold is brought to what it can.  By default -9 and 9; for
            integers -9 and 10, for uint8 0 and 10, for bools 0 and 2.
        requires_grad: whether operators on it are recorded; for floating-point dtypes.
        noncontiguous: whether its elements lie apart in memory, if there are two or more.
        exclude_zero: whether 1, or the dtype's smallest normal number, stands for 0.
        memory_format: as in ``clone``.

    Raises:
        ValueError: ``low`` is not below ``high``, or one is NaN; the dtype has no number between
            them, or no gradient; both ``noncontiguous`` and ``memory_format``.

    Example:

        >>> x = at.testing.make_tensor(2, 3, dtype=at.float64, device="cpu", noncontiguous=True)
        >>> x.shape, x.is_contiguous(), bool((x.abs() <= 9).all())
        (torch.Size([2, 3]), False, True)
    """
    sizes = sizes_of(shape, "make_tensor")
    kind = dtype_of(dtype, device, "make_tensor")
    floating = kind.kind == "f"
    if noncontiguous and memory_format is not None:
        raise ValueError("make_tensor: give noncontiguous or memory_format, not both")
    if requires_grad and not floating:
        raise ValueError(f"make_tensor: dtype {kind} has no gradient; leave out requires_grad")
    bottom, top = _between(low, high, kind)
    apart = noncontiguous and math.prod(sizes) > 1
    # Twice as many, of which every second is shown.
    drawn = empty((*sizes[:-1], 2 * sizes[-1]) if apart else sizes, dtype=kind)
    if floating and top - bottom > float(np.finfo(kind).max):
        drawn = drawn.uniform_(bottom / 2, top / 2) * 2
    elif floating:
        drawn.uniform_(bottom, top)
    else:
        drawn.random_(math.ceil(bottom), math.ceil(top))
    if apart:
        drawn = drawn[..., 1::2]
    elif memory_format is not None:
        drawn = drawn.clone(memory_format=memory_format)
    if exclude_zero:
        drawn[drawn == 0] = float(np.finfo(kind).tiny) if floating else 1
    return drawn.requires_grad_() if requires_grad else drawn


def _between(low: float | None, high: float | None, kind: np.dtype) -> tuple[float, float]:
    """From where to where ``make_tensor`` draws."""
    least: float
    most: float
    if kind.kind == "f":
        least, most, usual = float(np.finfo(kind).min), float(np.finfo(kind).max), 9
    elif kind.kind == "b":
        least, most, usual = 0, 2, 2
    else:
        bounds = np.iinfo(kind)
        # as in PyTorch, whose randint cannot draw the last one of int64
        least, most, usual = int(bounds.min), int(bounds.max) + (kind.itemsize < 8), 10
    low, high = -9 if low is None else low, usual if high is None else high
    if not low < high:
        raise ValueError(f"make_tensor: low must be below high, got {low} and {high}")
    if high < least or low >= most:
        raise ValueError(
            f"make_tensor: dtype {kind} holds [{least}, {most}), and no number of [{low}, {high})"
        )
    return max(low, least), min(high, most)


list_public(__name__)
