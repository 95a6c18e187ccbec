"""Environment variables that turn off what this package does to its process; read at import."""

from __future__ import annotations

import os


def switched_on(name: str) -> bool:
    """Whether the variable ``name`` is 1, or not set at all; 0 turns it off."""
    given = number_in(name)
    if given not in (None, 0, 1):
        raise ValueError(f"{name}: expected 0 or 1, got {given}")
    return given != 0


def number_in(name: str) -> int | None:
    """The variable ``name`` as a number; None where it is not set, or empty."""
    given = os.environ.get(name, "")
    if given and not (given.isascii() and given.isdigit()):
        raise ValueError(f"{name}: expected a whole number, got {given!r}")
    return int(given) if given else None
