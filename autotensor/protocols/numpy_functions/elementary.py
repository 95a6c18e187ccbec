"""NumPy's functions of elements that are no ufuncs, and its ranges, where a gradient is wanted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_tensor, converted, raws

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    ABSENT, common, given, joined, numpys, refuse,
)  # fmt: skip
from autotensor.operators.pointwise import (  # isort: skip
    arithmetic, choice, exponential, rounding, special, trigonometric,
)  # fmt: skip

__all__ = ["clipped"]


@numpys("clip")
def clip(
    a: Any, a_min: Any = ABSENT, a_max: Any = ABSENT, out: Any = None, *, min: Any = ABSENT,
    max: Any = ABSENT, **kwargs: Any,
) -> Any:  # fmt: skip
    if not given(a_min) and not given(a_max):
        a_min, a_max = (None if not given(one) else one for one in (min, max))
    elif given(min) or given(max):
        raise ValueError(
            "Passing `min` or `max` keyword argument when `a_min` and `a_max` are "
            "provided is forbidden."
        )
    a_min, a_max = (None if not given(one) else one for one in (a_min, a_max))
    dtype = kwargs.pop("dtype", None)
    if any(value is not None for value in kwargs.values()):
        raise refuse("np.clip", f"leave out {', '.join(kwargs)}")
    bounds = [one for one in (a_min, a_max) if one is not None]
    a, *bounds = common("np.clip", a, *bounds, weak=True)
    if dtype is not None:
        a, *bounds = (converted(one, raws(dtype), "np.clip") for one in (a, *bounds))
    low = bounds.pop(0) if a_min is not None else None
    high = bounds.pop(0) if a_max is not None else None
    return a.clone() if low is None and high is None else clipped(a, low, high)


def clipped(a: Tensor, low: Tensor | None, high: Tensor | None) -> Tensor:
    """``a`` within bounds, one of which may be None.  As in NumPy the upper one wins, and bounds
    with dimensions grow the result."""
    if low is not None:
        a = where_(wrap(np.asarray(np.isnan(a.array) | (a.array >= low.array))), a, low)
    if high is not None:
        a = where_(wrap(np.asarray(np.isnan(a.array) | (a.array <= high.array))), a, high)
    return a


@numpys("round", "around")
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    return rounding.round(as_tensor(joined(a)), decimals=decimals)


@numpys("fix")
def fix(x: Any, out: Any = None) -> Any:
    return rounding.trunc(as_tensor(joined(x)))


@numpys("sinc")
def sinc(x: Any) -> Any:
    return special.sinc(as_tensor(joined(x)))


@numpys("i0")
def i0(x: Any) -> Any:
    return special.i0(as_tensor(joined(x)))


@numpys("angle")
def angle(z: Any, deg: bool = False) -> Any:
    found = trigonometric.angle(as_tensor(joined(z)))
    return trigonometric.rad2deg(found) if deg else found


@numpys("nan_to_num")
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    if not copy:
        raise refuse("np.nan_to_num", "use copy=True, or x.nan_to_num_()")
    x = as_tensor(joined(x))
    return choice.nan_to_num(
        x, *(None if one is None else float(one) for one in (nan, posinf, neginf))
    )


@numpys("unwrap")
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    # What NumPy adds is a multiple of the period, which does not change with p.
    p = as_tensor(joined(p))
    unwrapped = np.unwrap(p.array, discont, axis, period=raws(period))
    steps = np.asarray(unwrapped - p.array, unwrapped.dtype)
    return converted(p, unwrapped.dtype, "np.unwrap") + wrap(steps)


# -- real where the argument allows it ------------------------------------------------------------


def _real_only(name: str, fits: Any) -> None:
    """NumPy's functions of ``np.emath`` go on to complex numbers elsewhere."""
    if not fits:
        raise refuse(f"np.emath.{name}", "its values are complex here; use x.detach().numpy()")


def _declare_emath(name: str, compute: Any, fits: Any) -> None:
    def function(x: Any) -> Any:
        x = as_tensor(joined(x))
        _real_only(name, fits(x.array).all())
        return compute(x)

    numpys(f"emath.{name}")(function)


_REAL: dict[str, tuple[Any, Any]] = {
    "sqrt": (arithmetic.sqrt, lambda x: ~(x < 0)),
    "log": (exponential.log, lambda x: ~(x < 0)),
    "log2": (exponential.log2, lambda x: ~(x < 0)),
    "log10": (exponential.log10, lambda x: ~(x < 0)),
    "arccos": (trigonometric.acos, lambda x: ~(np.abs(x) > 1)),
    "arcsin": (trigonometric.asin, lambda x: ~(np.abs(x) > 1)),
    "arctanh": (trigonometric.atanh, lambda x: ~(np.abs(x) > 1)),
}
for _name, _how in _REAL.items():
    _declare_emath(_name, *_how)


@numpys("emath.power")
def power(x: Any, p: Any) -> Any:
    x, p = common("np.emath.power", x, p)
    _real_only("power", not (x.array < 0).any())
    return x**p


@numpys("emath.logn")
def logn(n: Any, x: Any) -> Any:
    n, x = common("np.emath.logn", n, x)
    _real_only("logn", not ((n.array < 0).any() or (x.array < 0).any()))
    return x.log() / n.log()


# -- ranges ----------------------------------------------------------------------------------------


def _range(
    start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int, name: str
) -> Any:
    """As ``np.linspace``, and the step."""
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    first, last = common(name, start, stop, weak=True)
    if first.array.dtype.kind != "f":
        first, last = common(name, first, last, least=float)
    last = last - first
    steps = num - 1 if endpoint else num
    shape = np.broadcast_shapes(first.array.shape, last.array.shape)
    share = np.arange(num, dtype=first.array.dtype) / (steps if steps > 0 else 1)
    places = wrap(share.reshape(num, *(1,) * len(shape)))
    found = first + last * places
    if endpoint and num > 1:
        ends = np.zeros((num, *(1,) * len(shape)), bool)
        ends[-1] = True
        found = where_(wrap(ends), first + last, found)
    if dtype is not None:
        found = converted(found, raws(dtype), name)
    step = last / steps if steps > 0 else last * math.nan
    return found.movedim(0, axis), step


@numpys("linspace")
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
    dtype: Any = None, axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    found, step = _range(start, stop, num, endpoint, dtype, axis, "np.linspace")
    return (found, step) if retstep else found


@numpys("logspace")
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    exponents, _ = _range(start, stop, num, endpoint, None, 0, "np.logspace")
    base, exponents = common("np.logspace", base, exponents, weak=True)
    found = base**exponents
    found = found if dtype is None else converted(found, raws(dtype), "np.logspace")
    return found.movedim(0, axis)


@numpys("geomspace")
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop = common("np.geomspace", start, stop, least=float)
    if (start.array == 0).any() or (stop.array == 0).any():
        raise ValueError("Geometric sequence cannot include zero")
    if (np.sign(start.array) != np.sign(stop.array)).any():
        raise refuse(
            "np.geomspace", "between numbers of unlike sign the values are complex; use x.detach()"
        )
    sign = wrap(np.asarray(np.sign(start.array)))
    exponents, _ = _range(
        (start * sign).log10(), (stop * sign).log10(), num, endpoint, None, 0, "np.geomspace"
    )
    found = 10**exponents * sign
    found = found if dtype is None else converted(found, raws(dtype), "np.geomspace")
    return found.movedim(0, axis)


@numpys("full_like")
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True,
    shape: Any = None, *, device: Any = None,
) -> Any:  # fmt: skip
    plain = np.empty_like(raws(a), raws(dtype), order, subok, shape)
    if not isinstance(fill_value, Tensor) or not fill_value.requires_grad:
        return wrap(np.full_like(plain, raws(fill_value)))
    filled = converted(fill_value, plain.dtype, "np.full_like")
    return filled.expand(plain.shape).clone()
