"""Reading the arguments of the loop and its callbacks; errors name who asks and the argument."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any


def need(owner: str, name: str, value: Any, kind: type | tuple[type, ...], words: str) -> None:
    """Refuses ``value`` unless it is of ``kind``; ``words`` say what that is."""
    if not isinstance(value, kind):
        raise TypeError(f"{owner}: {name} must be {words}, got {type(value).__name__}")


def number(owner: str, name: str, value: Any, least: float = 0.0, strict: bool = False) -> float:
    """``value`` as a float of at least ``least``, or above it if ``strict``; else an error."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{owner}: {name} must be a number, got {type(value).__name__} {value!r}")
    if not (value > least if strict else value >= least) or math.isinf(value):
        words = "above" if strict else "of at least"
        raise ValueError(f"{owner}: {name} must be a finite number {words} {least:g}, got {value}")
    return float(value)


def whole_number(owner: str, name: str, value: Any, least: int) -> int:
    """``value`` if it is an int of at least ``least``, else an error."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{owner}: {name} must be an int, got {type(value).__name__} {value!r}")
    if value < least:
        raise ValueError(f"{owner}: {name} must be at least {least}, got {value}")
    return value


def path_from(owner: str, name: str, path: Any) -> Path:
    """``path`` as a Path, if it is a str or a path, else an error."""
    need(owner, name, path, (str, os.PathLike), "a path")
    return Path(path)
