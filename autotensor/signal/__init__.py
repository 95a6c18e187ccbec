"""What PyTorch has for signals and can be had without complex numbers: windows."""

from __future__ import annotations

from autotensor.importing import list_public
from autotensor.signal import windows as windows

__all__ = ["windows"]

list_public(__name__)
