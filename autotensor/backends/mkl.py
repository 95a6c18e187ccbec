"""Intel's MKL, which is not used by itself; NumPy may have been built with it."""

from __future__ import annotations

import contextlib

from autotensor.importing import list_public

__all__ = ["VERBOSE_OFF", "VERBOSE_ON", "is_available", "verbose"]

VERBOSE_OFF, VERBOSE_ON = 0, 1


def is_available() -> bool:
    """False."""
    return False


class verbose(contextlib.nullcontext[None]):
    """A context without effect.

    Example:

        >>> with at.backends.mkl.verbose(1):
        ...     at.ones(2) @ at.ones(2)
        tensor(2.)
    """

    def __init__(self, enable: int) -> None:
        super().__init__()


list_public(__name__)
