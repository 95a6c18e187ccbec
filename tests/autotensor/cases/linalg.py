"""Cases of the linear algebra operators."""

from __future__ import annotations

from collections.abc import Iterator

from tests.autotensor.cases.base import (
    Case,
    functions,
    reals,
    turned,
)

MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 2, 3), (3, 4)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
    ((2, 3), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2), (2, 3)),
    ((1, 3), (3, 1)),
]

EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("ij,kj->ik", (2, 3), (4, 3)),
    ("i,j->ij", (2,), (3,)),
    ("i,i", (3,), (3,)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...i->...", (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    ("bhqd,bhkd->bhqk", (2, 1, 3, 2), (2, 1, 2, 2)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ba", (2, 3)),
]


def _product_cases() -> Iterator[Case]:
    for left, right in MATMUL_SHAPES:
        arrays = (reals(left), reals(right, seed=1))
        yield Case("matmul", f"{left} {right}", lambda lib, a, b: lib.matmul(a, b), arrays)
    square = reals((3, 3))
    yield Case("matmul", "turned", lambda lib, a, b: a @ b, (turned(square), turned(square * 2)))
    yield Case("matmul", "itself", lambda lib, a: a @ a, (square,))
    matrix, other = reals((2, 3)), reals((3, 2), seed=1)
    yield Case("mm", "two", lambda lib, a, b: lib.mm(a, b), (matrix, other))
    yield Case("bmm", "two", lambda lib, a, b: lib.bmm(a, b), (reals((2, 2, 3)), reals((2, 3, 2))))
    yield Case("mv", "two", lambda lib, a, b: lib.mv(a, b), (matrix, other[:, 0].copy()))
    yield Case("dot", "two", lambda lib, a, b: lib.dot(a, b), (matrix[0], matrix[1]))
    yield Case("outer", "two", lambda lib, a, b: lib.outer(a, b), (matrix[0], other[:, 0].copy()))
    weight, bias = reals((4, 3), seed=2), reals((4,), seed=3)
    for shape in ((2, 3), (3,), (2, 2, 3), (0, 3)):
        yield Case(
            "linear",
            f"bias {shape}",
            lambda lib, a, w, b: functions(lib).linear(a, w, b),
            (reals(shape), weight, bias),
        )
    yield Case("linear", "no bias", lambda lib, a, w: functions(lib).linear(a, w), (matrix, weight))
    for equation, *shapes in EINSUMS:
        arrays = tuple(reals(shape, seed=seed) for seed, shape in enumerate(shapes))
        yield Case(
            "einsum", equation, lambda lib, *given, e=equation: lib.einsum(e, *given), arrays
        )


CASES: list[Case] = [*_product_cases()]
