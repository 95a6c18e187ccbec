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
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """``'cpu'``."""
    return "cpu"


def set_device(device: Any) -> None:
    """There is nothing to choose."""


list_public(__name__)
