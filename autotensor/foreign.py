"""Arrays of other libraries: how their values are read, on their own memory where they let us.

Nothing is known here of any one of them.  Each says of itself what ``numpy.asarray`` asks, or hands
its memory over by DLPack; what can go wrong then is put into words here, once.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from autotensor.facts import canonical
from autotensor.remedies import type_name

__all__ = ["DLDeviceType", "array_on", "is_foreign", "values_of"]


DLDeviceType = IntEnum(
    "DLDeviceType",
    {
        "kDLCPU": 1, "kDLCUDA": 2, "kDLCUDAHost": 3, "kDLOpenCL": 4, "kDLVulkan": 7, "kDLMetal": 8,
        "kDLVPI": 9, "kDLROCM": 10, "kDLROCMHost": 11, "kDLExtDev": 12, "kDLCUDAManaged": 13,
        "kDLOneAPI": 14, "kDLWebGPU": 15, "kDLHexagon": 16, "kDLMAIA": 17,
    },
    module=__name__,
)  # fmt: skip
DLDeviceType.__doc__ = "Where an array lies, in DLPack's numbers: ``x.__dlpack_device__()[0]``."

# The processor reaches all of these.
_REACHABLE = {
    DLDeviceType.kDLCPU,
    DLDeviceType.kDLCUDAHost,
    DLDeviceType.kDLROCMHost,
    DLDeviceType.kDLCUDAManaged,
}


def is_foreign(value: Any) -> bool:
    """Whether ``value`` is an array of another library than NumPy that may share its memory."""
    return hasattr(value, "__dlpack__") and not isinstance(value, (np.ndarray, np.generic, type))


def values_of(given: Any, caller: str) -> np.ndarray:
    """What ``numpy.asarray`` makes of something that is no ndarray: on its memory, if it can be.

    Raises:
        RuntimeError: it requires a gradient, or lies where the processor cannot reach it.
        TypeError: NumPy has no dtype for its elements, or it does not give its values away.
    """
    _need_reachable(given, caller)
    try:
        return np.asarray(given)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as error:
        raise _refused(given, error, caller) from error


class _Once:
    """A capsule as NumPy wants it: in the hands of an array."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **settings: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return DLDeviceType.kDLCPU, 0


def array_on(given: Any, copy: bool | None, caller: str) -> np.ndarray:
    """An ndarray on the memory of ``given``, which has ``__dlpack__`` or is a capsule of DLPack;
    read-only, if nothing says that it may be written.

    Raises:
        TypeError: it is neither, or of a dtype that there is not here.
        RuntimeError: as ``values_of``; or a capsule that was used before.
        ValueError: ``copy=False`` where a copy cannot be helped.
    """
    if type(given).__name__ == "PyCapsule":
        given = _Once(given)
    elif not hasattr(given, "__dlpack__") or isinstance(given, type):
        raise TypeError(
            f"{caller}: expected an array with __dlpack__, or a capsule of DLPack, got "
            f"{type_name(given)}"
        )
    _need_reachable(given, caller)
    try:
        array = _taken(given, copy)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as error:
        raise _refused(given, error, caller) from error
    canonical(array.dtype, caller)
    return np.array(array, order="C") if copy else array


def _taken(given: Any, copy: bool | None) -> np.ndarray:
    if copy is False:
        try:
            return np.from_dlpack(given, copy=False)
        except TypeError:  # NumPy 2.0 and the arrays of its time do not know the word, nor copy
            pass
    return np.from_dlpack(given)


def _need_reachable(given: Any, caller: str) -> None:
    where = getattr(given, "__dlpack_device__", None)
    if where is None or isinstance(given, type):
        return
    try:
        kind = DLDeviceType(where()[0])
    except Exception:  # it lies nowhere, as a "meta" Tensor of PyTorch, or does not know
        return
    if kind not in _REACHABLE:
        name = kind.name.removeprefix("kDL")
        raise RuntimeError(
            f"{caller}: {type_name(given)} lies on a device, {name}, and this library runs on the "
            "CPU only: bring it there first, as with x.cpu()"
        )


def _refused(given: Any, error: Exception, caller: str) -> Exception:
    """What to raise where ``given`` did not let its values be read, and NumPy raised ``error``."""
    if isinstance(given, _Once):
        return RuntimeError(f"{caller}: the capsule is none of DLPack, or was used before: {error}")
    name = type_name(given)
    if getattr(given, "requires_grad", False) is True:
        return RuntimeError(
            f"{caller}: {name} requires grad, and its history cannot leave its library: give "
            "x.detach()"
        )
    dtype = str(getattr(given, "dtype", "")).rpartition(".")[2]
    try:
        canonical(dtype or "float32", caller)
    except TypeError as of_dtype:
        return of_dtype
    kind: Any = ValueError if isinstance(error, ValueError) else TypeError
    return kind(f"{caller}: {name} does not give its values away: {error}")
