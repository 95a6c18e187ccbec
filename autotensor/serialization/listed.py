"""PyTorch's list of what a file may name, for scripts that fill it before they load.

Here it is kept and changes nothing: ``load`` reads what it knows, whether listed or not, and
refuses the rest by its name, because no file runs code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "safe_globals"]

_listed: list[Any] = []


def add_safe_globals(safe_globals: Iterable[Any]) -> None:
    """Lists classes and functions, or pairs of one and its name; ``load`` does not ask.

    Example:

        >>> import argparse
        >>> from autotensor.serialization import add_safe_globals, get_safe_globals
        >>> add_safe_globals([argparse.Namespace])  # which load reads anyway
        >>> argparse.Namespace in get_safe_globals()
        True
    """
    _listed.extend(one for one in safe_globals if one not in _listed)


def get_safe_globals() -> list[Any]:
    """What was listed.

    Example:

        >>> from autotensor.serialization import clear_safe_globals, get_safe_globals
        >>> clear_safe_globals()
        >>> get_safe_globals()
        []
    """
    return list(_listed)


def clear_safe_globals() -> None:
    """Forgets what was listed.

    Example:

        >>> from autotensor.serialization import add_safe_globals, clear_safe_globals
        >>> add_safe_globals([set])
        >>> clear_safe_globals()
    """
    _listed.clear()


@contextmanager
def safe_globals(safe_globals: Iterable[Any]) -> Iterator[None]:
    """``add_safe_globals`` for a block; afterwards the list is as it was.

    Example:

        >>> from autotensor.serialization import get_safe_globals, safe_globals
        >>> with safe_globals([set]):
        ...     print(set in get_safe_globals())
        True
        >>> set in get_safe_globals()
        False
    """
    before = get_safe_globals()
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _listed[:] = before
