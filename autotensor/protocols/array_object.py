"""What the array API standard asks an array for: its namespace, and to which device it shall go.

Its other attributes are PyTorch's as well.  Where the standard means something else by one of them,
as by ``size``, PyTorch's meaning holds; ``docs`` has the list.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from autotensor.device import need_cpu
from autotensor.engine.tensor import Tensor, method
from autotensor.importing import on_first_call

if TYPE_CHECKING:
    from autotensor.types import Device

__all__: list[str] = []

_namespace = on_first_call("autotensor.array_api.info", "namespace")

_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


@method
def __array_namespace__(self: Tensor, *, api_version: str | None = None) -> ModuleType:
    if api_version not in (None, *_VERSIONS):
        raise ValueError(
            f"__array_namespace__: api_version must be one of {', '.join(_VERSIONS)}, "
            f"got {api_version!r}"
        )
    return _namespace()


@method
def to_device(self: Tensor, device: Device, /, *, stream: Any = None) -> Tensor:
    """The Tensor itself: it is on the CPU, the only device there is.

    Raises:
        RuntimeError: another device, or a ``stream``, which the CPU has none of.

    Example:

        >>> x = at.ones(2)
        >>> x.to_device("cpu") is x
        True
    """
    if stream is not None:
        raise RuntimeError(f"to_device: the CPU has no streams, got stream {stream!r}")
    need_cpu(device)
    return self


@method
def __complex__(self: Tensor) -> complex:
    return complex(self.item())
