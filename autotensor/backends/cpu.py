"""The processor."""

from __future__ import annotations

from autotensor.importing import list_public

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """``'DEFAULT'``: NumPy chooses its own kernels.

    Example:

        >>> at.backends.cpu.get_cpu_capability()
        'DEFAULT'
    """
    return "DEFAULT"


list_public(__name__)
