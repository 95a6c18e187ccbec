"""Cases of sorting and choosing by rank."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned


def _sorting_cases() -> Iterator[Case]:
    x = reals((2, 5, 2))
    yield Case("sort", "last", lambda lib, a: lib.sort(a), (reals((2, 5)),))
    yield Case("sort", "down", lambda lib, a: a.sort(1, descending=True), (x,))
    yield Case("sort", "turned", lambda lib, a: lib.sort(a, 1), (turned(x),))
    yield Case("msort", "", lambda lib, a: lib.msort(a), (x,))
    for largest in (True, False):
        for k in (0, 2, 5):
            yield Case(
                "topk",
                f"{k} {largest}",
                lambda lib, a, k=k, one=largest: lib.topk(a, k, 1, one),
                (x,),
            )
    yield Case("topk", "turned", lambda lib, a: lib.topk(a, 1), (turned(x),))
    for k in (1, 3, 5):
        yield Case("kthvalue", f"{k}", lambda lib, a, k=k: lib.kthvalue(a, k, 1), (x,))
    yield Case("kthvalue", "keep", lambda lib, a: lib.kthvalue(a, 2, -2, True), (turned(x),))
    for name, rest in (("sort", ()), ("topk", (1,)), ("kthvalue", (1,))):
        yield Case(name, "0-d", lambda lib, a, n=name, r=rest: getattr(lib, n)(a, *r), (reals(()),))
    yield Case("sort", "empty", lambda lib, a: lib.sort(a, 0), (np.zeros((0, 2)),))
    yield Case("topk", "empty", lambda lib, a: lib.topk(a, 2), (np.zeros((0, 3)),))
    yield Case("kthvalue", "empty", lambda lib, a: lib.kthvalue(a, 2), (np.zeros((0, 3)),))


def _tie_cases() -> Iterator[Case]:
    ties = np.array([2.0, np.nan, 1.0, 2.0, 1.0, np.nan, 2.0])
    for down in (False, True):
        yield Case(
            "sort",
            f"tie, NaN {down}",
            lambda lib, a, d=down: lib.sort(a, stable=True, descending=d),
            (ties,),
        )
    nans = np.array([2.0, np.nan, 1.0, 3.0])
    for largest in (False, True):
        yield Case(
            "topk", f"NaN {largest}", lambda lib, a, d=largest: lib.topk(a, 3, 0, d), (nans,)
        )
    yield Case("kthvalue", "NaN", lambda lib, a: lib.kthvalue(a, 4), (nans,))


CASES: list[Case] = [*_sorting_cases()]

TIE_CASES: list[Case] = [*_tie_cases()]

#: Without a derivative.
NOT_DIFFERENTIABLE = {"argsort", "bucketize", "searchsorted"}
