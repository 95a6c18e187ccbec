"""Reading arguments: types, counts, numbers, paths, and refusing what is wrong with them.

The errors name who asks and the argument.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from autotensor import Generator
from autotensor.extend import thread_generator

if TYPE_CHECKING:
    from pathlib import Path


def refuse(owner: str, wrong: Any, message: str, error: type[Exception] = ValueError) -> None:
    """Raises ``error`` with ``message``, in the name of ``owner``, if something is ``wrong``."""
    if wrong:
        raise error(f"{owner}: {message}")


def need(owner: str, argument: str, value: Any, kind: Any, words: str) -> None:
    """Refuses ``value`` unless it is of ``kind``, a type or several; ``words`` say what that is."""
    if not isinstance(value, kind):
        raise TypeError(f"{owner}: {argument} must be {words}, got {type(value).__name__}")


def parts_of(owner: str, state: Any, *names: str) -> list[Any]:
    """The parts of a state dict; an error if it is none, or one is not there."""
    if not isinstance(state, Mapping):
        raise TypeError(f"{owner}: expected a dict, got {type(state).__name__}")
    if missing := [name for name in names if name not in state]:
        raise ValueError(f"{owner}: the state has no {missing[0]!r}, only {list(state)}")
    return [state[name] for name in names]


def need_one_of(owner: str, argument: str, value: Any, known: Sequence[Any]) -> None:
    """Refuses ``value`` unless it is among the ``known`` ones."""
    if value not in known:
        names = ", ".join(map(repr, known))
        raise ValueError(f"{owner}: {argument} must be one of {names}, got {value!r}")


def whole(
    owner: str,
    argument: str,
    value: Any,
    least: int = 1,
    kind: Any = SupportsIndex,
    *,
    shown: bool = True,
    remedy: str = "",
) -> int:
    """``value`` as an int of at least ``least``; ``shown`` if it is of no such ``kind``."""
    if isinstance(value, bool) or not isinstance(value, kind):
        what = f"{type(value).__name__} {value!r}" if shown else type(value).__name__
        raise TypeError(f"{owner}: {argument} must be an int, got {what}{remedy}")
    found = operator.index(value)
    if found < least:
        raise ValueError(f"{owner}: {argument} must be at least {least}, got {value}")
    return found


def number(owner: str, argument: str, value: Any, least: float = 0, strict: bool = False) -> float:
    """``value`` as a float of at least ``least``, or above it if ``strict``; else an error."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        got = f"{type(value).__name__} {value!r}"
        raise TypeError(f"{owner}: {argument} must be a number, got {got}")
    if not (value > least if strict else value >= least) or math.isinf(value):
        words = f"finite number {'above' if strict else 'of at least'} {least:g}"
        raise ValueError(f"{owner}: {argument} must be a {words}, got {value}")
    return float(value)


def path_from(owner: str, argument: str, path: Any) -> Path:
    """``path`` as a Path, if it is a str or a path, else an error."""
    from pathlib import Path  # takes two milliseconds, which ``import nn`` need not wait for

    need(owner, argument, path, (str, os.PathLike), "a path")
    return Path(path)


def generator_or_none(owner: str, generator: Any, or_what: str = "") -> Generator | None:
    words = f"an autotensor.Generator{or_what}"
    need(owner, "generator", generator, (Generator, type(None)), words)
    return generator


def rng_of(generator: Generator | None) -> Any:
    """The ``numpy.random.Generator`` to draw from; for None that from which
    this thread draws."""
    return (thread_generator() if generator is None else generator).rng
