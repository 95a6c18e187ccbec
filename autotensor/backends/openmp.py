"""OpenMP, which is not used."""

from __future__ import annotations

from autotensor.importing import list_public

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False


list_public(__name__)
