"""Apple's Metal, which is not used."""

from __future__ import annotations

from autotensor.importing import list_public

__all__ = ["is_available", "is_built", "is_macos13_or_newer", "is_macos_or_newer"]


def is_available() -> bool:
    """False."""
    return False


def is_built() -> bool:
    """False."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """False: nothing here would use it.

    Example:

        >>> at.backends.mps.is_macos_or_newer(14, 0)
        False
    """
    return False


def is_macos13_or_newer(minor: int = 0) -> bool:
    """False: nothing here would use it.

    Example:

        >>> at.backends.mps.is_macos13_or_newer()
        False
    """
    return False


list_public(__name__)
