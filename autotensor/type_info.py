"""Questions about dtypes: which one comes of two, what fits where, the limits of each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor.doors import ARRAYS, not_a_tensor
from autotensor.engine import dtypes
from autotensor.engine.dtypes import canonical, category, promoted, set_default_dtype, wider
from autotensor.facts import SHOWN, bfloat16, dtype

__all__ = [
    "can_cast", "finfo", "get_default_dtype", "iinfo", "is_floating_point", "promote_types",
    "result_type", "set_default_dtype",
]  # fmt: skip


def get_default_dtype() -> dtype:
    """The dtype that Python floats become.

    Example:

        >>> at.get_default_dtype()
        torch.float32
        >>> at.set_default_dtype(at.float64)
        >>> at.tensor([0.1]).dtype
        torch.float64
        >>> at.set_default_dtype(at.float32)
    """
    return SHOWN[dtypes.get_default_dtype()]


class FInfo(NamedTuple):
    """What there is to know about a floating-point dtype."""

    bits: int
    eps: float
    max: float
    min: float
    resolution: float
    smallest_normal: float
    tiny: float
    dtype: str


class IInfo(NamedTuple):
    """What there is to know about a dtype of integers."""

    bits: int
    max: int
    min: int
    dtype: str


_MOST = (2 - 2.0**-7) * 2.0**127
_BFLOAT16 = (2.0**-7, _MOST, -_MOST, 0.01, 2.0**-126, 2.0**-126)
"""From ``eps`` to ``tiny``, of 8 bits of precision and 8 of exponent."""


def finfo(type: Any = None) -> FInfo:
    """The limits of a floating-point dtype, of the default one for None; also of bfloat16, of
    which there are no Tensors here.

    Raises:
        TypeError: no dtype of floating point.

    Example:

        >>> at.finfo(at.float32).eps == 2**-23
        True
        >>> at.finfo(at.float16).max, at.finfo(at.float64).bits
        (65504.0, 64)
    """
    if type is bfloat16:
        return FInfo(16, *_BFLOAT16, "bfloat16")
    kind = canonical(get_default_dtype() if type is None else type, "finfo")
    if kind.kind != "f":
        raise TypeError(f"finfo: {kind} is not a floating-point dtype; use iinfo")
    facts = np.finfo(kind)
    eps, most, tiny = (float(one) for one in (facts.eps, facts.max, facts.tiny))
    return FInfo(facts.bits, eps, most, -most, 10.0**-facts.precision, tiny, tiny, str(kind))


def iinfo(type: Any) -> IInfo:
    """``min``, ``max`` and ``bits`` of an integer dtype.

    Raises:
        TypeError: no dtype of integers.

    Example:

        >>> at.iinfo(at.int8).min, at.iinfo(at.int8).max
        (-128, 127)
        >>> at.iinfo(at.int64).max == 2**63 - 1, at.iinfo(at.int64).dtype
        (True, 'int64')
    """
    kind = canonical(type, "iinfo")
    if kind.kind not in "iu":
        raise TypeError(f"iinfo: {kind} is not an integer dtype")
    facts = np.iinfo(kind)
    return IInfo(facts.bits, facts.max, facts.min, str(kind))


def result_type(a: Any, b: Any) -> dtype:
    """The dtype that an operator on ``a`` and ``b`` (Tensors, arrays, numbers) gives.

    Raises:
        TypeError: something that is neither a Tensor nor a number.

    Example:

        >>> at.result_type(at.tensor([1, 2]), 0.5)
        torch.float32
        >>> at.result_type(at.zeros(2), at.zeros(2, dtype=at.float64))
        torch.float64
        >>> at.result_type(at.zeros(2), at.tensor(1.0, dtype=at.float64))  # 0-d gives way
        torch.float32
    """
    values = [getattr(one, "array", one) for one in (a, b)]
    for value, argument in zip(values, "ab", strict=True):
        if not isinstance(value, (*ARRAYS, int, float)):
            raise not_a_tensor("result_type", argument, value)
    return SHOWN[promoted(*values)]


def promote_types(type1: Any, type2: Any) -> dtype:
    """The dtype of a sum of two Tensors of these dtypes, both with dimensions.

    Raises:
        TypeError: no dtypes.

    Example:

        >>> at.promote_types(at.int32, at.float32), at.promote_types(at.uint8, at.int8)
        (torch.float32, torch.int16)
    """
    return SHOWN[wider(canonical(type1, "promote_types"), canonical(type2, "promote_types"))]


def can_cast(from_: Any, to: Any) -> bool:
    """Whether an in-place operator may write a result of dtype ``from_`` to a Tensor of ``to``.

    Raises:
        TypeError: no dtypes.

    Example:

        >>> at.can_cast(at.int64, at.float32), at.can_cast(at.float32, at.int64)
        (True, False)
    """
    return category(canonical(from_, "can_cast")) <= category(canonical(to, "can_cast"))


def is_floating_point(input: Any) -> bool:
    """Whether the elements of a Tensor are floating-point numbers.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.is_floating_point(at.tensor([1.0])), at.is_floating_point(at.tensor([1]))
        (True, False)
    """
    if not hasattr(input, "dtype"):
        raise TypeError(
            f"is_floating_point: input must be a Tensor, got {type(input).__name__}; "
            "wrap it with autotensor.tensor(...)"
        )
    return input.dtype.kind == "f"
