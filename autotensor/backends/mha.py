"""The fast way of attention in evaluation, which is not there: a switch that changes nothing."""

from __future__ import annotations

from autotensor.importing import list_public

__all__ = ["get_fastpath_enabled", "set_fastpath_enabled"]

_enabled = True


def get_fastpath_enabled() -> bool:
    """What ``set_fastpath_enabled`` was given last; True at the start.

    Example:

        >>> at.backends.mha.get_fastpath_enabled()
        True
    """
    return _enabled


def set_fastpath_enabled(value: bool) -> None:
    """Notes ``value``; what is computed stays the same.

    Example:

        >>> at.backends.mha.set_fastpath_enabled(False)
        >>> at.backends.mha.get_fastpath_enabled()
        False
        >>> at.backends.mha.set_fastpath_enabled(True)
    """
    global _enabled
    _enabled = value


list_public(__name__)
