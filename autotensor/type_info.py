"""Questions about dtypes: which one comes of two, what fits where, the limits of each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.dtypes import canonical, category, get_default_dtype, promoted, wider

__all__ = ["can_cast", "finfo", "iinfo", "is_floating_point", "promote_types", "result_type"]


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


def finfo(type: Any = None) -> FInfo:
    """The limits of a floating-point dtype, of the default one for None."""
    dtype = get_default_dtype() if type is None else canonical(type, "finfo")
    if dtype.kind != "f":
        raise TypeError(f"finfo: {dtype} is not a floating-point dtype; use iinfo")
    facts = np.finfo(dtype)
    eps, most, tiny = (float(one) for one in (facts.eps, facts.max, facts.tiny))
    return FInfo(facts.bits, eps, most, -most, 10.0**-facts.precision, tiny, tiny, str(dtype))


def iinfo(type: Any) -> np.iinfo:
    """``min``, ``max`` and ``bits`` of an integer dtype."""
    dtype = canonical(type, "iinfo")
    if dtype.kind not in "iu":
        raise TypeError(f"iinfo: {dtype} is not an integer dtype")
    return np.iinfo(dtype)


def result_type(a: Any, b: Any) -> np.dtype:
    """The dtype that an operator on ``a`` and ``b`` (Tensors, arrays, numbers) gives."""
    return promoted(getattr(a, "array", a), getattr(b, "array", b))


def promote_types(type1: Any, type2: Any) -> np.dtype:
    """The dtype of a sum of two Tensors of these dtypes, both with dimensions."""
    return wider(canonical(type1, "promote_types"), canonical(type2, "promote_types"))


def can_cast(from_: Any, to: Any) -> bool:
    """Whether an in-place operator may write a result of dtype ``from_`` to a Tensor of ``to``."""
    return category(canonical(from_, "can_cast")) <= category(canonical(to, "can_cast"))


def is_floating_point(input: Any) -> bool:
    """Whether the elements of a Tensor are floating-point numbers."""
    if not hasattr(input, "dtype"):
        raise TypeError(
            f"is_floating_point: input must be a Tensor, got {type(input).__name__}; "
            "wrap it with autotensor.tensor(...)"
        )
    return input.dtype.kind == "f"
