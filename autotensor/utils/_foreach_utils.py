"""``torch.utils._foreach_utils``: lists of Tensors for operators that take whole lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotensor.device import device as Device
from autotensor.engine.tensor import Tensor

__all__: list[str] = []

TensorListList = list[list[Tensor | None]]


def _group_tensors_by_device_and_dtype(
    tensorlistlist: Sequence[Sequence[Tensor | None]], with_indices: bool = False
) -> dict[tuple[Any, Any], tuple[list[list[Any]], list[int] | None]]:
    """Lists of the same length, cut into those whose Tensors in the first are of one dtype, by
    ``(device, dtype)``; and which positions these were."""
    places: dict[tuple[Any, Any], list[int]] = {}
    for position, one in enumerate(tensorlistlist[0]):
        if one is None:
            raise RuntimeError("_group_tensors_by_device_and_dtype: the first list holds a None")
        places.setdefault((one.device, one.dtype), []).append(position)
    return {
        key: (
            [[tensors[at] for at in found] if tensors else [] for tensors in tensorlistlist],
            found if with_indices else None,
        )
        for key, found in places.items()
    }


def _get_foreach_kernels_supported_devices() -> list[str]:
    """None: a list is gone through, Tensor by Tensor."""
    return []


_get_fused_kernels_supported_devices = _get_foreach_kernels_supported_devices


def _device_has_foreach_support(device: Device) -> bool:
    """Whether ``_foreach_…`` takes Tensors there: on the CPU."""
    return device.type == "cpu"


def _has_foreach_support(tensors: Sequence[Tensor | None], device: Device) -> bool:
    return _device_has_foreach_support(device)
