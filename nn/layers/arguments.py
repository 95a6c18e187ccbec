"""Reading the arguments of layers' constructors."""

from __future__ import annotations

from typing import Any

import numpy as np

import autotensor as at

__all__ = ["need_cpu", "whole"]


def whole(layer: object, argument: str, value: Any, least: int = 1) -> int:
    """``value`` as an int that is at least ``least``; the errors name layer and argument."""
    name = type(layer).__name__
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: {argument} must be an int, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: {argument} must be at least {least}, got {value}")
    return int(value)


def need_cpu(layer: object, device: Any) -> None:
    """Refuses a ``device`` other than the CPU, the only one there is."""
    if device is None:
        return
    try:
        at.device(device)
    except (RuntimeError, TypeError) as error:
        raise type(error)(f"{type(layer).__name__}: {error}") from None
