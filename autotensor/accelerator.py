"""What scripts ask of ``torch.accelerator``: there is none."""

from __future__ import annotations

from autotensor.cuda import device_count, is_available
from autotensor.device import device
from autotensor.importing import list_public

__all__ = ["current_accelerator", "device_count", "is_available"]


def current_accelerator(check_available: bool = False) -> device | None:
    """None: Tensors live on the CPU."""
    return None


list_public(__name__)
