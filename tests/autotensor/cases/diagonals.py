"""Cases of the operators of diagonals and triangles, and of views by strides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned


def _diagonal_cases() -> Iterator[Case]:
    x, matrix, vector = reals((2, 3, 4)), reals((3, 4)), reals((3,))
    for offset in (0, 1, -2, 5):
        yield Case("diagonal", f"{offset}", lambda lib, a, k=offset: a.diagonal(k), (matrix,))
        yield Case("tril", f"{offset}", lambda lib, a, k=offset: lib.tril(a, k), (x,))
        yield Case("triu", f"{offset}", lambda lib, a, k=offset: lib.triu(a, k), (turned(x),))
    # PyTorch's derivative of it stops at a write in place of its own; tests/formulas has ours.
    yield Case("vander", "falling", lambda lib, a: lib.vander(a.detach()), (vector,))
    yield Case("vander", "rising", lambda lib, a: lib.vander(a.detach(), 4, True), (vector,))
    yield Case("diagonal", "dims", lambda lib, a: a.diagonal(-1, 2, 0), (turned(x),))
    yield Case("diag", "matrix", lambda lib, a: lib.diag(a, 1), (matrix,))
    yield Case("diag", "vector", lambda lib, a: lib.diag(a, -1), (vector,))
    yield Case("diagflat", "all", lambda lib, a: lib.diagflat(a, 2), (matrix,))
    yield Case("diag_embed", "last", lambda lib, a: lib.diag_embed(a, 1), (matrix,))
    yield Case("diag_embed", "dims", lambda lib, a: lib.diag_embed(a, -1, 0, 2), (matrix,))
    yield Case("diag_embed", "empty", lambda lib, a: lib.diag_embed(a), (np.zeros((2, 0)),))
    yield Case(
        "diagonal_scatter",
        "dims",
        lambda lib, a, b: lib.diagonal_scatter(a, b, 1, 2, 0),
        (x, reals((3, 1), seed=1)),
    )
    yield Case(
        "diagonal_scatter",
        "below",
        lambda lib, a, b: a.diagonal_scatter(b, -1),
        (matrix, vector[:2]),
    )


def _stride_cases() -> Iterator[Case]:
    x, vector = reals((2, 5, 3)), reals((7,))
    for size, step in ((2, 2), (3, 1), (1, 3), (5, 1), (2, 9)):
        yield Case(
            "unfold", f"{size} {step}", lambda lib, a, n=size, s=step: a.unfold(1, n, s), (x,)
        )
    yield Case("unfold", "turned", lambda lib, a: a.unfold(-1, 2, 1), (turned(x),))
    yield Case("unfold", "of 0", lambda lib, a: a.unfold(0, 0, 2), (vector,))
    yield Case("unfold", "0-d", lambda lib, a: a.unfold(0, 1, 1), (vector[0],))
    for size, stride, offset in (((2, 3), (3, 1), 1), ((3, 3), (1, 2), 0), ((2, 2), (0, 4), None)):
        yield Case(
            "as_strided",
            f"{size} {stride} {offset}",
            lambda lib, a, n=size, s=stride, k=offset: lib.as_strided(a, n, s, k),
            (vector,),
        )
    yield Case("as_strided", "0-d", lambda lib, a: a.as_strided((), ()), (vector[0],))
    yield Case("as_strided", "nothing", lambda lib, a: a.as_strided((0, 2), (1, 1)), (vector,))
    for size, stride, offset in (((2, 3), (3, 1), 1), ((2, 2), (1, 3), None), ((), (), 4)):
        # By its input PyTorch has 0 and 1 the wrong way round; tests/formulas has ours.
        yield Case(
            "as_strided_scatter",
            f"{size} {stride} {offset}",
            lambda lib, b, a, n=size, s=stride, k=offset: lib.as_strided_scatter(a, b, n, s, k),
            (reals(size, seed=1),),
            constants=(vector,),
        )
    yield Case(
        "as_strided",
        "of a view",
        lambda lib, a: (a * 2)[2:].as_strided((2, 2), (1, 1), 3),
        (vector,),
    )


NOT_DIFFERENTIABLE = {"empty_strided"}

CASES: list[Case] = [*_diagonal_cases(), *_stride_cases()]
