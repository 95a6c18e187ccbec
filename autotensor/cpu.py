"""What scripts ask of ``torch.cpu``: the device that is there."""

from __future__ import annotations

from typing import Any

from autotensor.cuda import synchronize
from autotensor.importing import list_public

__all__ = [
    "current_device", "device_count", "is_available", "is_initialized", "set_device",
    "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """True.

    Example:

        >>> at.cpu.is_available()
        True
    """
    return True


def is_initialized() -> bool:
    """True.

    Example:

        >>> at.cpu.is_initialized()
        True
    """
    return True


def device_count() -> int:
    """1.

    Example:

        >>> at.cpu.device_count()
        1
    """
    return 1


def current_device() -> str:
    """``'cpu'``.

    Example:

        >>> at.cpu.current_device()
        'cpu'
    """
    return "cpu"


def set_device(device: Any) -> None:
    """There is nothing to choose.

    Example:

        >>> at.cpu.set_device("cpu")
    """


list_public(__name__)
