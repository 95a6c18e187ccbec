"""``repr`` of a Tensor: its values as PyTorch shows them, and ``set_printoptions``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor, method
from autotensor.importing import on_first_call
from autotensor.operators.arguments import count_of

_options: dict[str, int] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}
_exponents: list[bool | None] = [None]

_PROFILES = {
    "default": dict(_options),
    "short": _options | {"precision": 2, "edgeitems": 2},
    "full": _options | {"threshold": sys.maxsize},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: Literal["default", "short", "full"] | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets digits after the point, elements before "…", elements at each end, columns.

    Args:
        profile: sets all four first: ``'default'``, ``'short'``, or ``'full'``, which leaves no
            element out.
        sci_mode: whether numbers have exponents; where they are needed, if it is not given.

    Raises:
        TypeError, RuntimeError: not an int of at least 0 (infinity will do as ``threshold``).
        ValueError: no such profile.

    Example:

        >>> x = at.tensor([1 / 3, 2000.0])
        >>> at.set_printoptions(precision=2)
        >>> x
        tensor([3.33e-01, 2.00e+03])
        >>> at.set_printoptions(profile="default")
    """
    if profile is not None and profile not in _PROFILES:
        raise ValueError(
            f"set_printoptions: profile must be one of {', '.join(_PROFILES)}; got {profile!r}"
        )
    given = zip(_options, (precision, threshold, edgeitems, linewidth), strict=True)
    wanted = {name: value for name, value in given if value is not None}
    if wanted.get("threshold") == math.inf:
        wanted["threshold"] = sys.maxsize
    checked = {name: count_of(value, "set_printoptions", name) for name, value in wanted.items()}
    _options.update((_PROFILES[profile] if profile else {}) | checked)
    _exponents[0] = None if sci_mode is None else bool(sci_mode)


def _ends(array: np.ndarray) -> np.ndarray:
    """The elements that are shown where only the ends of each dimension are."""
    edge = _options["edgeitems"]
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            # Not np.take, which first copies what lies in no order, as an expanded Tensor does.
            array = array[(slice(None),) * axis + ([*range(edge), *range(size - edge, size)],)]
    return array


def _float_format(shown: np.ndarray) -> tuple[Callable[[Any], str], np.ndarray]:
    """One format for all elements (``1.``, ``1.2500`` or ``1.2500e-08``) and those that set it."""
    numbers = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
    whole = bool(np.all(numbers == np.trunc(numbers)))
    digits = _options["precision"]
    form, point = (".0f", ".") if whole else (f".{digits}f", "")
    if numbers.size:
        low, high = float(np.abs(numbers).min()), float(np.abs(numbers).max())
        needed = high / low > 1000 or high > 1e8 or (low < 1e-4 and not whole)
        if needed if _exponents[0] is None else _exponents[0]:
            form, point = f".{digits}e", ""

    def show(value: float) -> str:
        return format(value, form) + (point if np.isfinite(value) else "")

    return show, numbers


def _formatter(shown: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """What turns an element into text, and how wide the texts are."""
    numbers = shown.ravel()
    show: Callable[[Any], str] = str
    if shown.dtype.kind == "f":
        show, numbers = _float_format(numbers)
    return show, max((len(show(value)) for value in numbers.tolist()), default=1)


def _in_brackets(
    array: np.ndarray, indent: int, show: Callable[[Any], str], width: int, short: bool
) -> str:
    """The elements in brackets; further lines start below the first element."""
    if array.ndim == 0:
        return show(array.item()).rjust(width)
    edge = _options["edgeitems"]
    cut = short and len(array) > 2 * edge
    ends = [array[:edge], array[len(array) - edge :]] if cut else [array]
    if array.ndim > 1:
        parts = [[_in_brackets(row, indent + 1, show, width, short) for row in end] for end in ends]
        texts = [*parts[0], "...", *parts[1]] if cut else parts[0]
        return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(texts) + "]"
    shown = [[show(value).rjust(width) for value in end.tolist()] for end in ends]
    texts = [*shown[0], " ...", *shown[1]] if cut else shown[0]
    in_line = max(1, (_options["linewidth"] - indent) // (width + 2))
    lines = [", ".join(texts[at : at + in_line]) for at in range(0, len(texts), in_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def number_format(array: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """What turns an element of ``array`` into text, as ``print`` does, and how many elements at
    each end of a dimension it shows where that is long."""
    short = array.size > min(_options["threshold"], 10_000)
    return _formatter(_ends(array) if short else array)[0], _options["edgeitems"]


def format_array(prefix: str, array: np.ndarray, facts: list[str]) -> str:
    """``prefix`` + the values + ``facts`` + ``)``, broken into lines as PyTorch does."""
    if array.size == 0:
        text = "[]"
    else:
        short = array.size > _options["threshold"]
        show, width = _formatter(_ends(array) if short else array)
        text = _in_brackets(array, len(prefix), show, width, short)
    out = prefix + text
    for fact in facts:
        # PyTorch starts a new line where the fact would not fit.
        last_line = len(out) - out.rfind("\n") - 1
        fits = last_line + len(", " + fact) <= _options["linewidth"]
        out += (", " if fits else ",\n" + " " * len(prefix)) + fact
    return out + ")"


@method
def __repr__(self: Tensor) -> str:
    """``tensor(values, …)`` as PyTorch prints it: dtype only where the values do not imply it."""
    facts = []
    if self.array.size == 0 and self.array.ndim > 1:
        facts.append(f"size={self.array.shape}")
    implied = [dtypes.get_default_dtype()]
    if self.array.size:
        implied += [dtypes.int64, dtypes.bool]
    if self.array.dtype not in implied:
        facts.append(f"dtype={self.array.dtype}")
    if self.grad_fn is not None:
        facts.append(f"grad_fn={self.grad_fn!r}")
    elif self.requires_grad:
        facts.append("requires_grad=True")
    return format_array("tensor(", self.array, facts)


@method
def __format__(self: Tensor, spec: str) -> str:
    if self.array.ndim == 0:
        return format(self.array.item(), spec)
    if spec:
        raise TypeError(
            f"format: a Tensor of shape {self.shape} takes no format {spec!r}, only one number "
            "does: give x.item(), or set_printoptions(precision=3) and none"
        )
    return str(self)


method(on_first_call("autotensor.seeing.tensors", "page_of"), "_repr_html_")
