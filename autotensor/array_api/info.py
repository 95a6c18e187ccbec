"""What the namespace says of itself, and what of the standard is not in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from autotensor.array_api.data_types import KINDS
from autotensor.device import CPU, need_cpu
from autotensor.facts import SHOWN, dtype, float16, int64
from autotensor.type_info import get_default_dtype
from autotensor.types import Device

if TYPE_CHECKING:
    from autotensor.device import device as DeviceType

__all__ = ["Info", "LEFT_OUT", "missing", "namespace"]

_COMPLEX = "there are no complex Tensors"
_UNSIGNED = "a Tensor holds no unsigned integers but uint8; use int64"

LEFT_OUT = {
    "complex64": _COMPLEX,
    "complex128": _COMPLEX,
    "fft": f"the extension is left out: {_COMPLEX}",
    "imag": _COMPLEX,
    "linalg.eig": f"{_COMPLEX}; use eigh for symmetric matrices",
    "linalg.eigvals": f"{_COMPLEX}; use eigvalsh for symmetric matrices",
    "uint16": _UNSIGNED,
    "uint32": _UNSIGNED,
    "uint64": _UNSIGNED,
}
"""Of the standard's names those that are not here, and why."""


class Info:
    """What this namespace can do.

    Example:

        >>> info = at.array_api.__array_namespace_info__()
        >>> info.default_dtypes()["real floating"], info.devices()
        (torch.float32, (device(type='cpu'),))
    """

    def capabilities(self) -> dict[str, bool | int]:
        """Which of the optional parts of the standard are here.

        Example:

            >>> at.array_api.__array_namespace_info__().capabilities()["boolean indexing"]
            True
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> DeviceType:
        """The CPU.

        Example:

            >>> at.array_api.__array_namespace_info__().default_device()
            device(type='cpu')
        """
        return CPU

    def devices(self) -> tuple[DeviceType, ...]:
        """The CPU alone.

        Example:

            >>> at.array_api.__array_namespace_info__().devices()
            (device(type='cpu'),)
        """
        return (CPU,)

    def default_dtypes(self, *, device: Device | None = None) -> dict[str, dtype]:
        """The dtypes of numbers without one; none of complex numbers.

        Raises:
            RuntimeError: another device than the CPU.

        Example:

            >>> at.array_api.__array_namespace_info__().default_dtypes()["integral"]
            torch.int64
        """
        need_cpu(device)
        return {"real floating": get_default_dtype(), "integral": int64, "indexing": int64}

    def dtypes(
        self, *, device: Device | None = None, kind: str | Sequence[str] | None = None
    ) -> dict[str, dtype]:
        """The standard's dtypes that a Tensor can hold, by name; of a kind as in ``isdtype``.

        Raises:
            RuntimeError: another device than the CPU.
            ValueError: a kind that there is not.

        Example:

            >>> at.array_api.__array_namespace_info__().dtypes(kind="unsigned integer")
            {'uint8': torch.uint8}
        """
        need_cpu(device)
        kinds = list(KINDS) if kind is None else [kind] if isinstance(kind, str) else list(kind)
        unknown = [one for one in kinds if one not in KINDS]
        if unknown:
            raise ValueError(f"dtypes: kind {unknown[0]!r} is unknown; expected {', '.join(KINDS)}")
        letters = "".join(KINDS[one] for one in kinds)
        return {
            one.name: one for one in SHOWN.values() if one.kind in letters and one is not float16
        }


def namespace() -> ModuleType:
    """The namespace itself."""
    return sys.modules[__name__.rpartition(".")[0]]


def missing(module: str, name: str) -> AttributeError:
    """What to raise where a module of the namespace is asked for a name that it has not."""
    reason = LEFT_OUT.get(f"{module}.{name}".removeprefix(f"{namespace().__name__}."))
    because = f": {reason}" if reason else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{because}")
