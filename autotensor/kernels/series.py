"""What the functions that NumPy lacks are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["horner", "in_double", "sin_pi"]


def in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` of float64 arrays, for numbers and arrays of any dtype.

    Floating-point values come out in their own dtype, others as float64.
    """

    @functools.wraps(function)
    def apply(*values: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        out = np.asarray(function(*[one.astype(np.float64, copy=False) for one in arrays]))
        kind = np.result_type(*arrays)
        return out.astype(kind, copy=False) if kind.kind == "f" else out

    return apply


def horner(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    """``c₀ + c₁ x + c₂ x² + …`` by Horner's rule, in one array."""
    value = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value *= x
        value += coefficient
    return value


def sin_pi(x: np.ndarray) -> np.ndarray:
    """``sin(π x)``, and exactly 0 at whole x."""
    nearest = np.rint(x)
    return np.sin(np.pi * (x - nearest)) * (1 - 2 * np.mod(nearest, 2))
