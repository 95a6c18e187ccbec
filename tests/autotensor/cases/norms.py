"""Cases of the norms."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import TIES, Case, reals, turned

ORDERS = (0, 1, 2, 3, 0.5, 1.5, 2.5, -1, -2.5, math.inf, -math.inf)


def _norm_cases() -> Iterator[Case]:
    x = reals((2, 3, 2))
    for p in ORDERS:
        yield Case("norm", f"p {p}", lambda lib, a, p=p: lib.norm(a, p, (0, 2)), (x,))
    yield Case("norm", "all", lambda lib, a: lib.norm(a), (turned(x),))
    yield Case("norm", "keep", lambda lib, a: lib.norm(a, dim=1, keepdim=True), (x,))
    yield Case("norm", "method", lambda lib, a: a.norm(3, -1), (x,))
    yield Case("norm", "0-d", lambda lib, a: lib.norm(a, 3), (reals(()),))
    yield Case("norm", "empty", lambda lib, a: lib.norm(a, 2, 0), (np.zeros((0, 2)),))
    yield Case("norm", "dtype", lambda lib, a: lib.norm(a, dtype=lib.float64), (x,))
    yield Case("norm", "nuclear", lambda lib, a: lib.norm(a, "nuc", (0, 1)), (x,))
    for p in (1, 2, 3):
        yield Case("dist", f"p {p}", lambda lib, a, b, p=p: lib.dist(a, b, p), (x, reals(2, -1, 0)))
    for p in (1, 2, 2.5, math.inf):
        yield Case("renorm", f"p {p}", lambda lib, a, p=p: lib.renorm(a, p, 1, 1.5), (x,))
    yield Case("renorm", "in place", lambda lib, a: (a * 1).renorm_(2, 0, 0.5), (x,))


def _tie_cases() -> Iterator[Case]:
    holed = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, -2.0]])
    for p in ORDERS:
        second = p == 1 or math.isinf(p)  # PyTorch's others are NaN
        yield Case(
            "norm", f"zeros, p {p}", lambda lib, a, p=p: lib.norm(a, p, 1), (holed,), second=second
        )
    for p in (math.inf, -math.inf):
        yield Case("norm", f"tie, p {p}", lambda lib, a, p=p: lib.norm(-a, p, 1), (TIES,))


CASES: list[Case] = [*_norm_cases()]

TIE_CASES: list[Case] = [*_tie_cases()]
