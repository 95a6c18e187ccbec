"""What scripts ask of ``torch.cuda``: there is no such device here.

Questions are answered, requests that concern all devices have nothing to do, and what needs one
raises a RuntimeError.
"""

from __future__ import annotations

from typing import Any, NoReturn

from autotensor.device import ONLY_CPU
from autotensor.importing import list_public
from autotensor.operators.arguments import need_int

__all__ = [
    "current_device", "device_count", "empty_cache", "get_device_name", "get_device_properties",
    "is_available", "is_bf16_supported", "is_initialized", "manual_seed", "manual_seed_all",
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved",
    "set_device", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """False."""
    return False


is_initialized = is_available


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Seeds no device; ``autotensor.manual_seed`` seeds what there is."""
    need_int(seed, "manual_seed", "seed")


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Gives back no memory, for none is held."""


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def _needs_device(name: str) -> Any:
    def refuse(device: Any = None) -> NoReturn:
        raise RuntimeError(f"cuda.{name}: there is no CUDA device; {ONLY_CPU}")

    refuse.__name__ = name
    refuse.__doc__ = "Raises RuntimeError: there is no such device."
    return refuse


current_device = _needs_device("current_device")
get_device_name = _needs_device("get_device_name")
get_device_properties = _needs_device("get_device_properties")
set_device = _needs_device("set_device")
synchronize = _needs_device("synchronize")


list_public(__name__)
