"""Where Tensors live: on the CPU, always.

Scripts for PyTorch choose a device and pass it everywhere.  What they say is read here, so that
they run as they are.  Any device of PyTorch's can be named; to put something there is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ContextDecorator
from typing import Any

import numpy as np

from autotensor import facts
from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor, method

__all__ = ["OutOfMemoryError", "device", "get_default_device", "set_default_device"]

_KINDS = (
    "cpu", "cuda", "mps", "xpu", "meta", "ipu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve",
    "fpga", "maia", "xla", "lazy", "vulkan", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class device(ContextDecorator):
    """A device by name, ``'cpu'`` or ``'cuda:0'``, or by ``type`` and ``index``; or one given back.

    ``with device('cpu'):`` makes Tensors there, as they are made anyway.  Other devices have a name
    and nothing else: what would put a Tensor or a Module there raises a RuntimeError.

    Attributes:
        type: ``'cpu'``, or the name of a device that there is not.
        index: the number in the name, or None.

    Raises:
        RuntimeError: a name that PyTorch does not know either, or a number alone, which is one of
            an accelerator.
        TypeError: neither a name nor a device.

    Example:

        >>> device = at.device("cpu")
        >>> at.zeros(2, device=device).device == device
        True
        >>> at.device("cuda:1").index
        1
    """

    def __init__(self, type: str | device | int, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type: str = type.type
            self.index: int | None = type.index
            return
        if isinstance(type, (int, np.integer)) and not isinstance(type, bool):
            raise RuntimeError(f"device {type} is an accelerator; {ONLY_CPU}")
        if not isinstance(type, str):
            raise TypeError(f"device: expected a name such as 'cpu', got {type!r}")
        kind, colon, number = type.partition(":")
        if colon and index is not None:
            raise RuntimeError(f"device: index {index} is given although {type!r} has one already")
        if kind not in _KINDS or (colon and not (number.isascii() and number.isdigit())):
            raise RuntimeError(f"invalid device string: {type!r}; {ONLY_CPU}")
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
        need_cpu(self)
        return self

    def __exit__(self, *error: object) -> None:
        pass


class OutOfMemoryError(RuntimeError):
    """What PyTorch raises when a GPU has no memory left; here nothing raises it, and a script may
    catch it.  Where the computer itself has none left, Python raises ``MemoryError``.

    Example:

        >>> try:
        ...     loss = at.ones(2).sum()
        ... except at.OutOfMemoryError:
        ...     loss = None
        >>> loss
        tensor(2.)
    """


ONLY_CPU = "this library runs on the CPU only: use 'cpu'"
CPU = device("cpu")


def need_cpu(where: Any) -> None:
    """Refuses a ``device=`` argument that is neither None nor the CPU.

    Raises:
        RuntimeError: another device.

    Example:

        >>> from autotensor.extend import need_cpu
        >>> need_cpu("cpu"), need_cpu(None)
        (None, None)
    """
    if where is not None and where is not CPU and device(where).type != "cpu":
        raise RuntimeError(f"device {str(where)!r} is not available; {ONLY_CPU}")


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
    return isinstance(value, (facts.dtype, np.dtype, type))


def get_default_device() -> device:
    """The CPU.

    Example:

        >>> at.get_default_device()
        device(type='cpu')
    """
    return CPU


def set_default_device(device: Any) -> None:
    """Accepts the CPU, where everything is made anyway.

    Raises:
        RuntimeError: another device than the CPU.

    Example:

        >>> at.set_default_device("cpu")
        >>> at.zeros(2).device
        device(type='cpu')
    """
    need_cpu(device)


# -- as methods ------------------------------------------------------------------------------------


@method
def cpu(self: Tensor) -> Tensor:
    """This Tensor: the CPU is the only device.

    Example:

        >>> x = at.ones(2)
        >>> x.cpu() is x
        True
    """
    return self


@method
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """Raises RuntimeError: the CPU is the only device.

    Example:

        >>> at.ones(1).cuda()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        RuntimeError: cuda: there is no CUDA device; delete .cuda(): this ...
    """
    raise RuntimeError(f"cuda: there is no CUDA device; delete .cuda(): {ONLY_CPU}")


method(lambda self: -1, "get_device")
method(property(lambda self: CPU), "device")
method(property(lambda self: True), "is_cpu")
for _name in ("cuda", "meta", "mps", "quantized", "sparse", "xpu"):
    method(property(lambda self: False), f"is_{_name}")


@method
def pin_memory(self: Tensor) -> Tensor:
    """This Tensor: its memory is where it is used.

    Example:

        >>> x = at.ones(2)
        >>> x.pin_memory() is x
        True
    """
    return self


@method
def is_pinned(self: Tensor) -> bool:
    """False: there is no device to copy to.

    Example:

        >>> at.ones(2).is_pinned()
        False
    """
    return False
