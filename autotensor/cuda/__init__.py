"""What scripts ask of ``torch.cuda``: there is no such device here.

Questions are answered, requests that concern all devices have nothing to do, and what needs one
raises a RuntimeError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from autotensor.device import ONLY_CPU
from autotensor.device import OutOfMemoryError as OutOfMemoryError
from autotensor.importing import on_demand
from autotensor.operators.arguments import int_of
from autotensor.remedies import type_name

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "Event",
    "FloatTensor", "HalfTensor", "IntTensor", "LongTensor", "OutOfMemoryError", "ShortTensor",
    "Stream", "amp", "current_device", "current_stream", "default_stream", "device", "device_count",
    "empty_cache", "get_arch_list", "get_device_capability", "get_device_name",
    "get_device_properties", "get_rng_state", "get_rng_state_all", "init", "initial_seed",
    "ipc_collect", "is_available", "is_bf16_supported", "is_current_stream_capturing",
    "is_initialized", "is_tf32_supported", "manual_seed", "manual_seed_all", "max_memory_allocated",
    "max_memory_cached", "max_memory_reserved", "mem_get_info", "memory_allocated", "memory_cached",
    "memory_reserved", "memory_stats", "memory_summary", "reset_accumulated_memory_stats",
    "reset_max_memory_allocated", "reset_max_memory_cached", "reset_peak_memory_stats", "seed",
    "seed_all", "set_device", "set_per_process_memory_fraction", "set_rng_state",
    "set_rng_state_all", "set_stream", "stream", "synchronize", "utilization",
]  # fmt: skip


def is_available() -> bool:
    """False.

    Example:

        >>> device = at.device("cuda" if at.cuda.is_available() else "cpu")
        >>> device
        device(type='cpu')
    """
    return False


is_initialized = is_current_stream_capturing = is_available

_initialized = False
"""What ``is_initialized`` returns: reversible networks look here before they keep states."""


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def is_tf32_supported() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0.

    Example:

        >>> device = f"cuda:{at.cuda.device_count() - 1}" if at.cuda.is_available() else "cpu"
        >>> device
        'cpu'
    """
    return 0


def get_arch_list() -> list[str]:
    """None at all.

    Example:

        >>> at.cuda.get_arch_list()
        []
    """
    return []


def manual_seed(seed: int) -> None:
    """Seeds no device; ``autotensor.manual_seed`` seeds what there is.

    Example:

        >>> at.cuda.manual_seed(0)
    """
    int_of(seed, "manual_seed", "seed")


manual_seed_all = manual_seed


def seed() -> None:
    """Seeds no device.

    Example:

        >>> at.cuda.seed()
    """


seed_all = seed


def get_rng_state_all() -> list[Any]:
    """The state of each device: of none.

    Example:

        >>> checkpoint = {"cpu": at.get_rng_state(), "cuda": at.cuda.get_rng_state_all()}
        >>> checkpoint["cuda"]
        []
    """
    return []


def set_rng_state_all(new_states: Iterable[Any]) -> None:
    """As ``get_rng_state_all`` gave them: none.

    Raises:
        RuntimeError: there are states, and no devices for them.
        TypeError: no list of states.

    Example:

        >>> at.cuda.set_rng_state_all(at.cuda.get_rng_state_all())
    """
    if not isinstance(new_states, Iterable):
        raise TypeError(
            f"cuda.set_rng_state_all: new_states must be a list, got {type_name(new_states)}"
        )
    if count := len(list(new_states)):
        raise RuntimeError(
            f"cuda.set_rng_state_all: got the states of {count} devices, but there is no CUDA "
            f"device; delete this: {ONLY_CPU}"
        )


def empty_cache() -> None:
    """Gives back no memory, for none is held.

    Example:

        >>> at.cuda.empty_cache()
    """


ipc_collect = empty_cache


def synchronize(device: Any = None) -> None:
    """Nothing is under way that could be waited for.

    Example:

        >>> at.cuda.synchronize()
    """


def memory_allocated(device: Any = None) -> int:
    """0.

    Example:

        >>> at.cuda.memory_allocated()
        0
    """
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated
memory_cached = max_memory_cached = memory_allocated


def memory_stats(device: Any = None) -> dict[str, Any]:
    """Empty.

    Example:

        >>> dict(at.cuda.memory_stats())
        {}
    """
    return {}


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """Empty.

    Example:

        >>> at.cuda.memory_summary()
        ''
    """
    return ""


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing is counted.

    Example:

        >>> at.cuda.reset_peak_memory_stats()
    """


reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats
reset_accumulated_memory_stats = reset_peak_memory_stats


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"cuda.{name}: there is no CUDA device; delete this, or ask cuda.is_available() first: "
        f"{ONLY_CPU}"
    )


def _needs_device(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        _refuse(name)

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"""Raises RuntimeError: there is no such device.

    Example:

        >>> at.cuda.{name}()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        RuntimeError: cuda.{name}: there is no CUDA device; ...
    """
    return refuse


class Event:
    """A class without instances, for annotations and ``isinstance``.

    Raises:
        RuntimeError: one is to be made: there is no such device.

    Example:

        >>> isinstance(at.ones(2), at.cuda.Event)
        False
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("Event")


class Stream:
    """A class without instances, for annotations and ``isinstance``.

    Raises:
        RuntimeError: one is to be made: there is no such device.

    Example:

        >>> isinstance(None, at.cuda.Stream | None)
        True
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("Stream")


current_device = _needs_device("current_device")
current_stream = _needs_device("current_stream")
default_stream = _needs_device("default_stream")
device = _needs_device("device")
get_device_capability = _needs_device("get_device_capability")
get_device_name = _needs_device("get_device_name")
get_device_properties = _needs_device("get_device_properties")
get_rng_state = _needs_device("get_rng_state")
init = _needs_device("init")
initial_seed = _needs_device("initial_seed")
mem_get_info = _needs_device("mem_get_info")
set_device = _needs_device("set_device")
set_per_process_memory_fraction = _needs_device("set_per_process_memory_fraction")
set_rng_state = _needs_device("set_rng_state")
set_stream = _needs_device("set_stream")
stream = _needs_device("stream")
utilization = _needs_device("utilization")

if TYPE_CHECKING:
    from autotensor.cuda import amp as amp
    from autotensor.cuda.types import (
        BFloat16Tensor,
        BoolTensor,
        ByteTensor,
        CharTensor,
        DoubleTensor,
        FloatTensor,
        HalfTensor,
        IntTensor,
        LongTensor,
        ShortTensor,
    )
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        "amp",
        names={
            "autotensor.cuda.types": "BFloat16Tensor BoolTensor ByteTensor CharTensor "
            "DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor"
        },
    )
