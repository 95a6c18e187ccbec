"""The standard's questions about dtypes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor import type_info
from autotensor.array_api.arguments import common, need_own
from autotensor.device import need_cpu
from autotensor.engine.dtypes import canonical, wider
from autotensor.engine.tensor import Tensor
from autotensor.facts import SHOWN, dtype
from autotensor.operators import structure
from autotensor.types import Device, DType, Number

__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]

KINDS = {
    "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu",
    "real floating": "f", "complex floating": "", "numeric": "iuf",
}  # fmt: skip
"""By the standard's word, NumPy's letters for such dtypes."""


def astype(
    x: Tensor, dtype: DType, /, *, copy: bool = True, device: Device | None = None
) -> Tensor:
    """``x`` in another dtype; without ``copy`` itself, if it has that one.

    ``(*) → (*)``.  The gradient comes back in the dtype of ``x``.

    Raises:
        TypeError: ``x`` is no Tensor, or a dtype that there is not here.
        RuntimeError: another device than the CPU.

    Example:

        >>> at.array_api.astype(at.tensor([1.7, -1.7]), at.int64)
        tensor([ 1, -1])
    """
    need_cpu(device)
    return structure.to(need_own(x, "astype"), canonical(dtype, "astype"), copy=copy)


def can_cast(from_: DType | Tensor, to: DType, /) -> bool:
    """Whether ``from_``, a dtype or a Tensor, and ``to`` together make ``to``.

    Raises:
        TypeError: no dtypes.

    Example:

        >>> at.array_api.can_cast(at.int8, at.int16), at.array_api.can_cast(at.int16, at.int8)
        (True, False)
    """
    kind, wanted = _dtype_of(from_, "can_cast"), canonical(to, "can_cast")
    return wider(kind, wanted) == wanted


def _dtype_of(one: Any, name: str) -> np.dtype:
    return one.array.dtype if isinstance(one, Tensor) else canonical(one, name)


class FInfo(NamedTuple):
    """What there is to know about a floating-point dtype."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: dtype


class IInfo(NamedTuple):
    """What there is to know about a dtype of integers."""

    bits: int
    max: int
    min: int
    dtype: dtype


def finfo(type: DType | Tensor, /) -> FInfo:
    """The limits of a floating-point dtype, or of that of a Tensor.

    Raises:
        TypeError: no dtype of floating point.

    Example:

        >>> at.array_api.finfo(at.float16).max, at.array_api.finfo(at.float32).bits
        (65504.0, 32)
    """
    kind = _dtype_of(type, "finfo")
    facts = type_info.finfo(kind)
    return FInfo(facts.bits, facts.eps, facts.max, facts.min, facts.smallest_normal, SHOWN[kind])


def iinfo(type: DType | Tensor, /) -> IInfo:
    """The limits of a dtype of integers, or of that of a Tensor.

    Raises:
        TypeError: no dtype of integers.

    Example:

        >>> at.array_api.iinfo(at.int8)
        IInfo(bits=8, max=127, min=-128, dtype=torch.int8)
    """
    kind = _dtype_of(type, "iinfo")
    facts = type_info.iinfo(kind)
    return IInfo(facts.bits, facts.max, facts.min, SHOWN[kind])


def isdtype(dtype: DType, kind: DType | str | tuple[DType | str, ...]) -> bool:
    """Whether ``dtype`` is of a kind, ``'bool'``, ``'signed integer'``, ``'unsigned integer'``,
    ``'integral'``, ``'real floating'``, ``'complex floating'`` or ``'numeric'``; or is a dtype, or
    one of several of these.

    Raises:
        TypeError: no dtype.
        ValueError: a kind that there is not.

    Example:

        >>> at.array_api.isdtype(at.float16, "real floating")
        True
        >>> at.array_api.isdtype(at.int64, ("bool", at.int32))
        False
    """
    own = canonical(dtype, "isdtype")
    if isinstance(kind, tuple):
        if not all(isinstance(one, (str, _DTYPES)) for one in kind):
            raise TypeError(f"isdtype: a tuple must hold dtypes and kinds, got {kind}")
        return any(isdtype(dtype, one) for one in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise ValueError(
                f"isdtype: kind {kind!r} is unknown; expected a dtype or one of {known}"
            )
        return own.kind in KINDS[kind]
    return own == canonical(kind, "isdtype")


_DTYPES = (dtype, np.dtype, type)


def result_type(*arrays_and_dtypes: Tensor | DType | Number) -> dtype:
    """The dtype that Tensors, dtypes and numbers make together; numbers do not widen, but make
    integers floating-point.

    Raises:
        TypeError: something else, or no Tensor and no dtype among them.

    Example:

        >>> at.array_api.result_type(at.int8, at.int16)
        torch.int16
        >>> at.array_api.result_type(at.zeros(2), at.tensor(1.0, dtype=at.float64))
        torch.float64
        >>> at.array_api.result_type(at.zeros(2, dtype=at.int8), 3)
        torch.int8
    """
    known = (Tensor, bool, int, float, np.number, np.bool_)
    given = [
        one if isinstance(one, known) else canonical(one, "result_type")
        for one in arrays_and_dtypes
    ]
    return SHOWN[common("result_type", given)]
