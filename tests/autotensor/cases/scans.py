"""Cases of running sums, products and extremes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned


def _scan_cases() -> Iterator[Case]:
    x = reals((2, 3, 2))
    for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"):

        def along(lib, a, dim=0, n=name):  # type: ignore[no-untyped-def]
            return getattr(lib, n)(a, dim)

        yield Case(name, "first", along, (x,))
        yield Case(name, "last", lambda lib, a, f=along: f(lib, a, -1), (x,))
        yield Case(name, "turned", lambda lib, a, f=along: f(lib, a, 1), (turned(x),))
        yield Case(name, "0-d", along, (reals(()),))
        yield Case(name, "empty", along, (np.zeros((0, 2)),))
        yield Case(name, "empty elsewhere", along, (np.zeros((2, 0)),))
    for name in ("cumsum", "cumprod"):
        yield Case(
            name, "dtype", lambda lib, a, n=name: getattr(lib, n)(a, 0, dtype=lib.float64), (x,)
        )
    for zeros in ([2], [0], [4], [1, 3], [0, 1, 2]):
        holed = reals(5)
        holed[zeros] = 0
        yield Case("cumprod", f"zeros at {zeros}", lambda lib, a: lib.cumprod(a, 0), (holed,))
    yield Case("logcumsumexp", "far apart", lambda lib, a: lib.logcumsumexp(a, 0), (FAR,))


#: e to the power of these is 0 or infinite in float32.
FAR = np.array([-120.0, -119.5, 2.0, 1.5, 90.0, 91.0, 80.0])


def _tie_cases() -> Iterator[Case]:
    steps = np.array([2.0, 1.0, 2.0, np.nan, 0.0, np.nan, 5.0])
    for name in ("cummax", "cummin"):
        yield Case(name, "tie, NaN", lambda lib, a, n=name: getattr(lib, n)(a, 0), (steps,))


CASES: list[Case] = [*_scan_cases()]

TIE_CASES: list[Case] = [*_tie_cases()]
