"""Where Tensors live: on the CPU, always.

Scripts for PyTorch choose a device and pass it everywhere.  What they say is read here, so that
they run as they are; anything but the CPU is refused.  The rest is what they ask of a library with
several devices and a compiler: it is accepted, and there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor, method

__all__ = [
    "are_deterministic_algorithms_enabled", "compile", "device", "get_default_device",
    "get_float32_matmul_precision", "set_default_device", "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]  # fmt: skip


class device(ContextDecorator):
    """A device by name, ``'cpu'`` or ``'cpu:0'``, or by ``type`` and ``index``; or one given back.

    ``with device('cpu'):`` makes Tensors there, as they are made anyway.

    Attributes:
        type: ``'cpu'``.
        index: the number in the name, or None.

    Raises:
        RuntimeError: any other device.
        TypeError: neither a name nor a device.
    """

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if isinstance(type, (int, np.integer)) and not isinstance(type, bool):
            raise RuntimeError(f"device {type} is an accelerator; {ONLY_CPU}")
        if not isinstance(type, str):
            raise TypeError(f"device: expected a name such as 'cpu', got {type!r}")
        kind, colon, number = type.partition(":")
        if colon and index is not None:
            raise RuntimeError(f"device: index {index} is given although {type!r} has one already")
        if not kind or (colon and not (number.isascii() and number.isdigit())):
            raise RuntimeError(f"invalid device string: {type!r}; {ONLY_CPU}")
        if kind != "cpu":
            raise RuntimeError(f"device {type!r} is not available; {ONLY_CPU}")
        if index is not None and index < 0:
            raise RuntimeError(f"device index must not be negative, got {index}")
        self.type = kind
        self.index = int(number) if colon else index

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        return self

    def __exit__(self, *error: object) -> None:
        pass


ONLY_CPU = "this library runs on the CPU only: use 'cpu'"
CPU = device("cpu")


def need_cpu(where: Any) -> None:
    """Refuses a ``device=`` argument that is neither None nor the CPU."""
    if where is not None and where is not CPU:
        device(where)


def target_of(
    caller: str, target: Sequence[Any], dtype: Any = None, where: Any = None, copy: bool = False
) -> tuple[np.dtype | None, bool]:
    """The dtype and whether to copy, as ``to`` is told: ``to(dtype, non_blocking, copy)``,
    ``to(device, dtype, non_blocking, copy)`` or ``to(other, non_blocking, copy)``.

    Raises TypeError for anything else, or for the same thing said twice.
    """
    rest = list(target)
    first = rest.pop(0) if rest else None
    if isinstance(first, Tensor) or _names_dtype(first):
        if dtype is not None or where is not None:
            raise TypeError(f"{caller}: got {first!r} and also dtype={dtype!r}, device={where!r}")
        dtype = first.dtype if isinstance(first, Tensor) else first
    else:
        if first is not None and where is not None:
            raise TypeError(f"{caller}: got two devices, {first!r} and {where!r}")
        need_cpu(first if where is None else where)
        if rest and not isinstance(rest[0], bool):
            second = rest.pop(0)
            if second is not None and (dtype is not None or not _names_dtype(second)):
                raise TypeError(f"{caller}: expected one dtype after the device, got {second!r}")
            dtype = dtype if second is None else second
    if len(rest) > 2 or not all(isinstance(one, bool) for one in rest):
        raise TypeError(f"{caller}: expected non_blocking and copy after the target, got {rest}")
    # The CPU copies at once, so non_blocking says nothing.
    copy = rest[1] if len(rest) == 2 else copy
    return (None if dtype is None else dtypes.canonical(dtype, caller)), copy


def _names_dtype(value: Any) -> bool:
    return isinstance(value, (np.dtype, type))


def get_default_device() -> device:
    """The CPU."""
    return CPU


def set_default_device(device: Any) -> None:
    """Accepts the CPU, where everything is made anyway."""
    need_cpu(device)


# -- what else is asked of the library -------------------------------------------------------------

_settings: dict[str, Any] = {"deterministic": False, "precision": "highest"}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Asks for what is so anyway: the same input and seed give the same numbers."""
    if not isinstance(mode, bool):
        raise TypeError(
            f"use_deterministic_algorithms: mode must be a bool, got {type(mode).__name__}"
        )
    _settings["deterministic"] = mode


def are_deterministic_algorithms_enabled() -> bool:
    """What ``use_deterministic_algorithms`` was last told."""
    return _settings["deterministic"]


def set_float32_matmul_precision(precision: str) -> None:
    """Accepts ``'highest'``, ``'high'`` and ``'medium'``; float32 is multiplied as float32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            "set_float32_matmul_precision: expected 'highest', 'high' or 'medium', got "
            f"{precision!r}"
        )
    _settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What ``set_float32_matmul_precision`` was last told."""
    return _settings["precision"]


def compile(model: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """``model``, a Module or a function, unchanged: there is no compiler.

    Also a decorator, bare or with PyTorch's settings, which say nothing here.
    """
    if model is None:
        return lambda function: compile(function, **settings)
    if not callable(model):
        raise RuntimeError(f"compile: expected a Module or a function, got {type(model).__name__}")
    return model


# -- as methods ------------------------------------------------------------------------------------


@method
def cpu(self: Tensor) -> Tensor:
    """This Tensor: the CPU is the only device."""
    return self


@method
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """Raises RuntimeError: the CPU is the only device."""
    raise RuntimeError(f"cuda: there is no CUDA device; {ONLY_CPU}")


method(lambda self: -1, "get_device")
method(property(lambda self: CPU), "device")
method(property(lambda self: True), "is_cpu")
method(property(lambda self: False), "is_cuda")
