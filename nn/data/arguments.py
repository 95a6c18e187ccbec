"""Reading the arguments of data sets, samplers and loaders: counts, functions, generators."""

from __future__ import annotations

import operator
from typing import Any

import autotensor as at
from autotensor import Generator

__all__ = ["generator_or_none", "need_callable", "rng_of", "whole"]


def whole(
    name: str, argument: str, value: Any, least: int = 1, *, shown: bool = True, remedy: str = ""
) -> int:
    """``value`` as an int that is at least ``least``; ``shown`` if it is none, with a remedy."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        what = f"{type(value).__name__} {value!r}" if shown else type(value).__name__
        raise TypeError(f"{name}: {argument} must be an int, got {what}{remedy}")
    if value < least:
        raise ValueError(f"{name}: {argument} must be at least {least}, got {value}")
    return operator.index(value)


def need_callable(name: str, argument: str, function: Any) -> None:
    if not callable(function):
        raise TypeError(f"{name}: {argument} must be callable, got {type(function).__name__}")


def generator_or_none(name: str, generator: Any, or_what: str = "") -> Generator | None:
    if generator is None or isinstance(generator, Generator):
        return generator
    raise TypeError(
        f"{name}: generator must be an autotensor.Generator{or_what}, got "
        f"{type(generator).__name__}"
    )


def rng_of(generator: Generator | None) -> Any:
    """The ``numpy.random.Generator`` to draw from; that of ``default_generator`` for None."""
    return (at.default_generator if generator is None else generator).rng
