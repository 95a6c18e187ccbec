"""Reading the arguments of layers' constructors."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["whole"]


def whole(layer: object, argument: str, value: Any, least: int = 1) -> int:
    """``value`` as an int that is at least ``least``; the errors name layer and argument."""
    name = type(layer).__name__
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: {argument} must be an int, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: {argument} must be at least {least}, got {value}")
    return int(value)
