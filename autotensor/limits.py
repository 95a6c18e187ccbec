"""The largest and smallest numbers of a dtype, and how fine it is: ``finfo`` and ``iinfo``."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.dtypes import canonical

__all__ = ["finfo", "iinfo"]


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
