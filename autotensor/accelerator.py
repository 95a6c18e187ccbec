"""What scripts ask of ``torch.accelerator``: there is none."""

from __future__ import annotations

from autotensor.cuda import (
    device_count,
    empty_cache,
    is_available,
    max_memory_allocated,
    memory_allocated,
    synchronize,
)
from autotensor.device import device
from autotensor.importing import list_public

__all__ = [
    "current_accelerator", "device_count", "empty_cache", "is_available", "max_memory_allocated",
    "memory_allocated", "synchronize",
]  # fmt: skip


def current_accelerator(check_available: bool = False) -> device | None:
    """None: Tensors live on the CPU.

    Example:

        >>> at.accelerator.current_accelerator() is None
        True
    """
    return None


list_public(__name__)
