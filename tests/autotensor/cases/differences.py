"""Cases of differences, integrals and slopes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned


def _difference_cases() -> Iterator[Case]:
    x = reals((2, 4, 3))
    y = reals((2, 1, 3), seed=1)
    for n in (0, 1, 2, 4, 9):
        yield Case("diff", f"n {n}", lambda lib, a, n=n: lib.diff(a, n, 1), (turned(x),))
    yield Case("diff", "joined", lambda lib, a, b, c: lib.diff(a, 2, 1, b, c), (x, y, y + 1))
    yield Case("diff", "empty", lambda lib, a: lib.diff(a), (np.zeros((2, 0)),))
    steps = np.array([0.0, 1.0, 1.5, 3.5])
    for name in ("trapezoid", "trapz", "cumulative_trapezoid"):
        yield Case(name, "1", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "dx", lambda lib, a, n=name: getattr(lib, n)(a, dx=0.5, dim=0), (x,))
        yield Case(name, "x", lambda lib, a, b, n=name: getattr(lib, n)(a, b, dim=1), (x, steps))
        yield Case(
            name,
            "x of the same shape",
            lambda lib, a, b, n=name: getattr(lib, n)(a, b),
            (x, reals((4, 3))),
        )
        yield Case(name, "one", lambda lib, a, n=name: getattr(lib, n)(a), (reals(1),))
    z = reals((4, 3))
    yield Case("gradient", "", lambda lib, a: lib.gradient(a), (z,))
    yield Case(
        "gradient", "edges", lambda lib, a: lib.gradient(a, spacing=[0.5, 2], edge_order=2), (z,)
    )
    for order in (1, 2):
        yield Case(
            "gradient",
            f"coordinates, {order}",
            lambda lib, a, b, o=order: lib.gradient(a, spacing=(b,), dim=0, edge_order=o),
            (z,),
            constants=(steps,),
        )
    yield Case("gradient", "two", lambda lib, a: lib.gradient(a, dim=1), (reals((2, 2)),))


CASES: list[Case] = [*_difference_cases()]
