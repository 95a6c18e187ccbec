"""What scripts ask of ``torch.mps``: Apple's Metal, of which none is used."""

from __future__ import annotations

from autotensor.cuda import device_count, empty_cache, is_available, manual_seed, seed, synchronize
from autotensor.importing import list_public

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "seed", "synchronize"]


list_public(__name__)
