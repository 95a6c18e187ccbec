"""Cases of medians, modes, quantiles and covariances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import TIES, Case, reals, turned

NANS = np.array([[1.0, np.nan, 3.0, 2.0], [np.nan] * 4, [4.0, 1.0, 2.0, 3.0]])


def _median_cases() -> Iterator[Case]:
    x = reals((2, 4, 3))
    for name in ("median", "nanmedian", "mode"):
        yield Case(name, "dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (x,))
        yield Case(name, "keep", lambda lib, a, n=name: getattr(lib, n)(a, -1, True), (turned(x),))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a, 0), (reals(()),))
    for name in ("median", "nanmedian"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))


def _quantile_cases() -> Iterator[Case]:
    x = reals((3, 4))
    several = np.array([0.0, 0.3, 0.51, 1.0])
    for name in ("quantile", "nanquantile"):
        for how in ("linear", "lower", "higher", "midpoint", "nearest"):

            def read(lib: Any, a: Any, q: Any, n: str = name, how: str = how, **rest: Any) -> Any:
                return getattr(lib, n)(a, q, interpolation=how, **rest)

            yield Case(
                name, how, lambda lib, a, q, f=read: f(lib, a, q, dim=0), (x,), constants=(several,)
            )
        yield Case(
            name,
            "keep",
            lambda lib, a, n=name: getattr(lib, n)(a, 0.3, -1, True),
            (turned(x),),
        )
        yield Case(name, "all", lambda lib, a, q, n=name: getattr(lib, n)(a, q), (x, several[1:3]))
        yield Case(
            name, "all, keep", lambda lib, a, n=name: getattr(lib, n)(a, 0.3, None, True), (x,)
        )
        yield Case(
            name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a, 0.3, 0, True), (reals(()),)
        )


def _covariance_cases() -> Iterator[Case]:
    x = reals((2, 5))
    whole = np.array([1, 2, 0, 3, 1])
    parts = np.array([0.5, 0.2, 1.0, 0.7, 0.3])
    yield Case("cov", "", lambda lib, a: lib.cov(a), (x,))
    yield Case("cov", "one", lambda lib, a: lib.cov(a, correction=0), (x[0],))
    yield Case("cov", "0-d", lambda lib, a: lib.cov(a, correction=0), (reals(()),))
    yield Case(
        "cov", "fweights", lambda lib, a, w: lib.cov(a, fweights=w), (x,), constants=(whole,)
    )
    yield Case("cov", "aweights", lambda lib, a, w: lib.cov(a, aweights=w), (x, parts))
    yield Case(
        "cov",
        "both",
        lambda lib, a, v, w: lib.cov(a, fweights=w, aweights=v, correction=2),
        (x, parts),
        constants=(whole,),
    )
    yield Case("corrcoef", "", lambda lib, a: lib.corrcoef(a), (turned(x),))


def _tie_cases() -> Iterator[Case]:
    for name in ("median", "nanmedian"):
        yield Case(name, "tie", lambda lib, a, n=name: getattr(lib, n)(a), (TIES,))
        yield Case(name, "NaN", lambda lib, a, n=name: getattr(lib, n)(a), (NANS,))
        yield Case(name, "NaN, dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (NANS[::2],))
    yield Case("mode", "tie", lambda lib, a: lib.mode(a), (TIES,))
    yield Case("mode", "NaN", lambda lib, a: lib.mode(a), (NANS,))
    for name in ("quantile", "nanquantile"):
        yield Case(name, "NaN", lambda lib, a, n=name: getattr(lib, n)(a, 0.4, 1), (NANS,))
    yield Case("corrcoef", "one", lambda lib, a: lib.corrcoef(a), (TIES[0],), second=False)


CASES: list[Case] = [*_median_cases(), *_quantile_cases(), *_covariance_cases()]

TIE_CASES: list[Case] = [*_tie_cases()]
