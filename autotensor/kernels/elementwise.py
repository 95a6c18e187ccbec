"""Elementwise kernels: sigmoid, relu, and any ufunc, on large arrays block by block in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.machine.threads import BLOCK, PER_ELEMENT, PER_FUNCTION, in_blocks


def filled(update: Any, like: Any, *inputs: Any, per_element: int = PER_ELEMENT) -> Any:
    """A new array in the layout of ``like``, filled by ``update(out, *inputs)`` piece by piece."""
    out = np.empty_like(like)
    in_blocks(update, out, *inputs, per_element=per_element)
    return out


def piecewise(function: Any, per_element: int = PER_FUNCTION) -> Any:
    """``function(x, out)`` on large arrays in pieces, and in several threads."""

    def apply(x: Any) -> Any:
        if not isinstance(x, np.ndarray) or x.size <= BLOCK or x.dtype.kind != "f":
            return function(x)
        return filled(lambda out, x: function(x, out), x, x, per_element=per_element)

    return apply


def without_bools(ufunc: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """``ufunc`` of two arguments that refuses bools, which NumPy would take for int8."""

    def compute(x: Any, y: Any) -> Any:
        if np.asarray(x).dtype.kind == "b":
            raise TypeError
        return ufunc(x, y)

    return compute


def logistic(x: Any, out: Any = None) -> Any:
    """``1 / (1 + e^-x)``, the sigmoid; below 0 ``e^x / (1 + e^x)``, which keeps every digit."""
    x = np.asarray(x)
    if x.dtype == np.float16:
        return np.positive(logistic(x.astype(np.float32)).astype(x.dtype), out=out)
    small = np.abs(x, out=out)
    if small.dtype.kind != "f":
        small = small.astype(np.float64)
    small = np.exp(np.negative(small))
    # The smaller of e^x and 1, by a way three times as fast as a choice between them.
    return np.divide(np.exp(np.minimum(x, 0), dtype=small.dtype), 1 + small, out=out)


_ZEROS = {np.dtype(kind): np.zeros(BLOCK, kind) for kind in (np.float32, np.float64)}


def rectified(x: Any, out: Any = None) -> Any:
    """``max(x, 0)``, relu."""
    # For 32,768 elements the maximum with an array of zeros takes 4 µs, with the number 0 it
    # takes 13.
    zeros = _ZEROS.get(x.dtype) if isinstance(x, np.ndarray) else None
    if zeros is None or x.size > BLOCK or not x.flags.c_contiguous:
        if getattr(x, "dtype", None) == np.bool_:
            raise RuntimeError(
                "relu: not defined for dtype bool; convert first, e.g. with .float()"
            )
        return np.maximum(x, 0, out=out)
    if out is None:
        out = np.empty_like(x)
    np.maximum(x.reshape(-1), zeros[: x.size], out=out.reshape(-1))
    return out
