"""The library opt_einsum, which is not used: ``einsum`` finds its order by itself."""

from __future__ import annotations

from autotensor.importing import list_public

__all__ = ["is_available"]

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """False."""
    return False


list_public(__name__)
