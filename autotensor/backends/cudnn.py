"""The switches of cuDNN, which is not there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autotensor.importing import list_public

__all__ = ["flags", "is_acceptable", "is_available", "set_flags", "version"]

allow_tf32 = True
benchmark = False
benchmark_limit = 10
deterministic = False
enabled = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


def version() -> int | None:
    """None.

    Example:

        >>> at.backends.cudnn.version() is None
        True
    """
    return None


def is_acceptable(tensor: Any) -> bool:
    """False.

    Example:

        >>> at.backends.cudnn.is_acceptable(at.ones(2))
        False
    """
    return False


def set_flags(
    _enabled: bool | None = None,
    _benchmark: bool | None = None,
    _benchmark_limit: int | None = None,
    _deterministic: bool | None = None,
    _allow_tf32: bool | None = None,
    _fp32_precision: str | None = None,
) -> tuple[Any, ...]:
    """Sets the switches that are not None; gives back what all of them were.

    Example:

        >>> before = at.backends.cudnn.set_flags(_benchmark=True)
        >>> at.backends.cudnn.benchmark
        True
        >>> _ = at.backends.cudnn.set_flags(*before)
    """
    module: Any = sys.modules[__name__]
    names = (
        "enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32", "fp32_precision"
    )  # fmt: skip
    given = (
        _enabled, _benchmark, _benchmark_limit, _deterministic, _allow_tf32, _fp32_precision
    )  # fmt: skip
    before = tuple(getattr(module, name) for name in names)
    for name, value in zip(names, given, strict=True):
        if value is not None:
            setattr(module, name, value)
    return before


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
    fp32_precision: str = "none",
) -> Iterator[None]:
    """Within it the switches are these.

    Example:

        >>> with at.backends.cudnn.flags(enabled=False):
        ...     at.backends.cudnn.enabled
        False
    """
    before = set_flags(
        enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision
    )
    try:
        yield
    finally:
        set_flags(*before)


list_public(__name__)
