"""Cases of the linear algebra operators."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

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
    ("iij->ji", (3, 3, 2)),
    ("i...->...", (3, 2, 2)),
    ("...ij->ij", (2, 2, 3)),
    ("...i,...i", (3, 1, 2), (2, 2)),
    ("aB , Ba", (2, 3), (3, 2)),
    ("ij,jk->ik", (2, 1), (3, 2)),
    (",->", (), ()),
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
    pair = (reals((3, 2, 4)), reals((4, 2), seed=1))
    yield Case(
        "einsum",
        "lists",
        lambda lib, a, b: lib.einsum(a, [..., 51, 0, 3], b, [3, 0], [0, ...]),
        (reals((2, 3, 2, 4)), pair[1]),
    )
    yield Case("tensordot", "two", lambda lib, a, b: lib.tensordot(a, b, ([1, 2], [1, 0])), pair)
    yield Case("tensordot", "none", lambda lib, a, b: lib.tensordot(a, b, 0), pair)
    stretched = (reals((2, 1, 3)), reals((3, 4), seed=1))
    yield Case(
        "tensordot", "of size 1", lambda lib, a, b: lib.tensordot(a, b, [[1, 2], [1, 0]]), stretched
    )
    for name, left, right in TWO_VECTORS:
        yield Case(
            name,
            f"{left} {right}",
            lambda lib, a, b, name=name: getattr(lib, name)(a, b),
            (reals(left), reals(right, seed=1)),
        )
    for shape in ((2, 3, 1), (3, 2)):
        arrays = (reals(shape), reals(shape, seed=1))
        yield (
            Case("cross", f"{shape}", lambda lib, a, b: lib.linalg.cross(a, b, dim=-2), arrays)
            if shape == (2, 3, 1)
            else Case("cross", f"{shape}", lambda lib, a, b: lib.cross(a, b), arrays)
        )
    for shape in ((3, 3), (2, 4), (0, 2)):
        yield Case("trace", f"{shape}", lambda lib, a: lib.trace(a), (reals(shape),))
    for name, *shapes in ADDED:
        arrays = tuple(reals(shape, seed=seed) for seed, shape in enumerate(shapes))
        for beta, alpha in ((1, 1), (0.5, -2.0), (0, 1)):
            yield Case(
                name,
                f"{shapes[0]} beta {beta}, alpha {alpha}",
                lambda lib, a, b, c, name=name, beta=beta, alpha=alpha: getattr(lib, name)(
                    a, b, c, beta=beta, alpha=alpha
                ),
                arrays,
            )


TWO_VECTORS = [
    ("vdot", (3,), (3,)),
    ("ger", (2,), (3,)),
    ("inner", (2, 3), (2, 2, 3)),
    ("inner", (), (2,)),
    ("kron", (2, 3), (2, 2)),
    ("kron", (2,), (3, 1, 2)),
    ("kron", (), (2, 2)),
]

ADDED = [
    ("addmm", (2, 4), (2, 3), (3, 4)),
    ("addmm", (4,), (2, 3), (3, 4)),
    ("addmv", (1,), (2, 3), (3,)),
    ("addr", (), (2,), (3,)),
    ("addbmm", (2, 1), (3, 2, 2), (3, 2, 4)),
    ("baddbmm", (2, 1, 4), (2, 2, 3), (2, 3, 4)),
]


# -- distances -------------------------------------------------------------------------------------


def _distance_cases() -> Iterator[Case]:
    x1, x2 = reals((2, 3, 2), -1.3) ** 3, reals((2, 2), seed=1)
    for p in (0.0, 0.5, 1.0, 2.0, 3.0, math.inf):
        # PyTorch has no second derivatives of these.
        yield Case("cdist", f"p {p}", lambda lib, a, b, p=p: lib.cdist(a, b, p), (x1, x2), False)
        yield Case(
            "pdist", f"p {p}", lambda lib, a, p=p: functions(lib).pdist(a, p), (x1[0],), False
        )
    for shapes in (((2, 0), (3, 0)), ((0, 2), (3, 2))):
        arrays = (reals(shapes[0]), reals(shapes[1]))
        yield Case("cdist", f"{shapes}", lambda lib, a, b: lib.cdist(a, b), arrays, False)


def _equal_vectors() -> Iterator[Case]:
    """Vectors with a distance of 0: of the gradients there, some is chosen."""
    same = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 0.5]])
    for p in (0.5, 1.0, 1.5, 2.0, 3.0, math.inf):
        yield Case("cdist", f"equal, p {p}", lambda lib, a, p=p: lib.cdist(a, a, p), (same,), False)
        yield Case(
            "pdist", f"equal, p {p}", lambda lib, a, p=p: functions(lib).pdist(a, p), (same,), False
        )


# -- functions of a matrix -------------------------------------------------------------------------

STACKS = ((3, 3), (2, 1, 2, 2), (0, 0), (0, 2, 2))
SQUARE = reals((3, 3)) + 2 * np.eye(3)
MATRIX = reals((2, 3, 2), seed=3)


def squares(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Matrices with inverses."""
    return reals(shape, seed=seed) + 2 * np.eye(shape[-1])


def symmetric(a: Any) -> Any:
    return a + a.mT


def positive(lib: Any, a: Any) -> Any:
    return a @ a.mT + lib.eye(a.shape[-1], dtype=a.dtype)


def _of_square(name: str, function: Any) -> Iterator[Case]:
    for shape in STACKS:
        yield Case(name, f"{shape}", function, (squares(shape),))
    yield Case(name, "turned", function, (turned(squares((3, 3))),))


ONE_SQUARE = {
    "inverse": lambda lib, a: lib.inverse(a),
    "det": lambda lib, a: lib.det(a),
    "slogdet": lambda lib, a: lib.slogdet(a),
    "logdet": lambda lib, a: lib.logdet(positive(lib, a)),
    "matrix_exp": lambda lib, a: lib.matrix_exp(a),
    "cholesky": lambda lib, a: lib.linalg.cholesky(positive(lib, a)),
    "linalg.inv": lambda lib, a: lib.linalg.inv(a),
    "linalg.inv_ex": lambda lib, a: lib.linalg.inv_ex(a),
    "linalg.det": lambda lib, a: lib.linalg.det(a),
    "linalg.slogdet": lambda lib, a: lib.linalg.slogdet(a),
    "linalg.matrix_exp": lambda lib, a: lib.linalg.matrix_exp(4 * a),
    "linalg.cholesky": lambda lib, a: lib.linalg.cholesky(positive(lib, a), upper=True),
    "linalg.cholesky_ex": lambda lib, a: lib.linalg.cholesky_ex(positive(lib, a)),
    "linalg.eigvalsh": lambda lib, a: lib.linalg.eigvalsh(symmetric(a), UPLO="U"),
    "linalg.lu_factor": lambda lib, a: lib.linalg.lu_factor(a),
}


def _square_cases() -> Iterator[Case]:
    for name, function in ONE_SQUARE.items():
        yield from _of_square(name, function)
    stack = squares((2, 3, 3))
    for n in (-2, 0, 1, 5):
        yield Case("matrix_power", f"{n}", lambda lib, a, n=n: lib.matrix_power(a, n), (stack,))
    yield Case("linalg.matrix_power", "3", lambda lib, a: lib.linalg.matrix_power(a, 3), (stack,))
    for upper in (False, True):

        def solved(lib: Any, a: Any, b: Any, upper: bool = upper) -> Any:
            factor = lib.linalg.cholesky(positive(lib, a), upper=upper)
            return lib.cholesky_solve(b, factor, upper)

        def inverse(lib: Any, a: Any, upper: bool = upper) -> Any:
            factor = lib.linalg.cholesky(positive(lib, a), upper=upper)
            return lib.cholesky_inverse(factor, upper)

        yield Case("cholesky_solve", f"upper {upper}", solved, (stack, reals((3, 2))))
        yield Case("cholesky_inverse", f"upper {upper}", inverse, (stack,))
    # Squares, because a vector may have either sign.
    for uplo in "LU":

        def vectors(lib: Any, a: Any, uplo: str = uplo) -> Any:
            values, vectors = lib.linalg.eigh(symmetric(a), uplo)
            return values, vectors**2

        yield Case("linalg.eigh", uplo, vectors, (stack,))
    yield Case(
        "linalg.eigh", "vectors", lambda lib, a: lib.linalg.eigh(symmetric(a))[1] ** 2, (stack,)
    )


def _system_cases() -> Iterator[Case]:
    a, b = squares((2, 3, 3)), reals((2, 3, 2), seed=1)
    for sizes in (((3, 3), (3,)), ((2, 3, 3), (2, 3)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 0))):
        yield Case(
            "linalg.solve",
            f"{sizes}",
            lambda lib, a, b: lib.linalg.solve(a, b),
            (squares(sizes[0]), reals(sizes[1], seed=1)),
        )
    left = np.swapaxes(b, -1, -2).copy()
    yield Case(
        "linalg.solve", "left", lambda lib, a, b: lib.linalg.solve(a, b, left=False), (a, left)
    )
    yield Case("linalg.solve_ex", "stack", lambda lib, a, b: lib.linalg.solve_ex(a, b), (a, b))
    for upper in (False, True):
        for unit in (False, True):
            for side in (False, True):
                yield Case(
                    "linalg.solve_triangular",
                    f"upper {upper}, unit {unit}, left {side}",
                    lambda lib, a, b, upper=upper, unit=unit, side=side: (
                        lib.linalg.solve_triangular(
                            a, b, upper=upper, unitriangular=unit, left=side
                        )
                    ),
                    (a[0], b if side else left),
                )
        yield Case(
            "triangular_solve",
            f"upper {upper}",
            lambda lib, a, b, upper=upper: lib.triangular_solve(b, a, upper, transpose=True),
            (a, b),
        )
    for adjoint in (False, True):
        for side in (False, True):
            yield Case(
                "linalg.lu_solve",
                f"adjoint {adjoint}, left {side}",
                lambda lib, a, b, adjoint=adjoint, side=side: lib.linalg.lu_solve(
                    *lib.linalg.lu_factor(a), b, adjoint=adjoint, left=side
                ),
                (a, b if side else left),
            )
    yield Case(
        "lu_solve", "stack", lambda lib, a, b: lib.lu_solve(b, *lib.linalg.lu_factor(a)), (a, b)
    )
    for shape, right in (((4, 2), (4, 3)), ((2, 2, 4), (2, 2, 1)), ((2, 3, 2), (2, 3))):
        arrays = (reals(shape), reals(right, seed=1))
        yield Case("linalg.lstsq", f"{shape}", lambda lib, a, b: lib.linalg.lstsq(a, b), arrays)
    yield Case(
        "linalg.lstsq",
        "gelsd",
        lambda lib, a, b: lib.linalg.lstsq(a, b, driver="gelsd"),
        (reals((4, 2)), reals((4, 3), seed=1)),
    )
    yield Case(
        "linalg.tensorinv",
        "ind 1",
        lambda lib, a: lib.linalg.tensorinv(a, 1),
        (squares((6, 6)).reshape(6, 2, 3),),
    )
    yield Case(
        "linalg.tensorsolve",
        "dims",
        lambda lib, a, b: lib.linalg.tensorsolve(a, b, dims=(0, 2)),
        (squares((6, 6)).reshape(2, 6, 3), reals((2, 3))[0:1].repeat(6, 0)[:, 0].reshape(6)),
    )


# -- factors ---------------------------------------------------------------------------------------

SHAPES = ((3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 2), (2, 0))


def _seeded(lib: Any, name: str) -> Any:
    """A function that draws the same numbers whenever it is asked for."""
    lib.manual_seed(0)
    return getattr(lib, name)


def _squared(factors: Any) -> Any:
    """Without the signs that are free."""
    return [one**2 for one in factors]


def _factor_cases() -> Iterator[Case]:
    for shape in SHAPES:
        arrays = (reals(shape, -1.3, seed=4),)
        yield Case("qr", f"{shape}", lambda lib, a: lib.qr(a), arrays)
        yield Case("linalg.qr", f"{shape}", lambda lib, a: lib.linalg.qr(a), arrays)
        yield Case("linalg.lu", f"{shape}", lambda lib, a: lib.linalg.lu(a), arrays)
        yield Case(
            "linalg.svd",
            f"{shape}",
            lambda lib, a: _squared(lib.linalg.svd(a, full_matrices=False)),
            arrays,
        )
        yield Case("linalg.svdvals", f"{shape}", lambda lib, a: lib.linalg.svdvals(a), arrays)
        if 0 not in shape:
            yield Case("linalg.pinv", f"{shape}", lambda lib, a: lib.linalg.pinv(a), arrays)
    wide = (reals((2, 4), -1.3, seed=4),)
    for position in range(2):
        yield Case(
            "qr", f"output {position}", lambda lib, a, at=position: lib.linalg.qr(a)[at], wide
        )
    yield Case("linalg.qr", "complete", lambda lib, a: lib.linalg.qr(a, "complete"), wide)
    for position in range(3):
        yield Case(
            "svd", f"output {position}", lambda lib, a, at=position: lib.svd(a)[at] ** 2, wide
        )
        for name, q in (("svd_lowrank", 2), ("pca_lowrank", 1)):
            yield Case(
                name,
                f"output {position}",
                lambda lib, a, name=name, q=q, at=position: _seeded(lib, name)(a, q=q)[at] ** 2,
                wide,
                random=True,
            )
    yield Case("svd", "values", lambda lib, a: lib.svd(a, compute_uv=False), wide)
    yield Case(
        "lu", "wide", lambda lib, a: lib.lu(a) if lib.__name__ == "autotensor" else a.lu(), wide
    )
    yield Case("lu_unpack", "wide", lambda lib, a: lib.lu_unpack(*lib.linalg.lu_factor(a)), wide)
    yield Case("linalg.lu_factor_ex", "wide", lambda lib, a: lib.linalg.lu_factor_ex(a), wide)
    yield Case("pinverse", "wide", lambda lib, a: lib.pinverse(a), wide)
    yield Case(
        "linalg.pinv",
        "of low rank",
        lambda lib, a, b: lib.linalg.pinv(a @ b),
        (reals((4, 2)), reals((2, 3), seed=2)),
    )
    yield Case(
        "linalg.pinv",
        "hermitian",
        lambda lib, a: lib.linalg.pinv(symmetric(a), hermitian=True),
        (squares((2, 3, 3)),),
    )
    yield Case(
        "linalg.householder_product",
        "stack",
        lambda lib, a, tau: lib.linalg.householder_product(a, tau),
        (reals((2, 4, 3)), reals((2, 2), seed=1)),
    )


# -- norms and the rest ----------------------------------------------------------------------------


def _condition(lib: Any, a: Any, p: Any) -> Any:
    """Spelt out in PyTorch, which writes over what its own rule needs."""
    if lib.__name__ == "autotensor":
        return lib.linalg.cond(a, p)
    return lib.linalg.matrix_norm(a, p) * lib.linalg.matrix_norm(lib.linalg.inv(a), p)


def _norm_cases() -> Iterator[Case]:
    matrix = reals((2, 3, 4), -1.3, seed=5)
    for order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        for keepdim in (False, True) if order in ("nuc", 1) else (False,):
            yield Case(
                "linalg.matrix_norm",
                f"{order}, keepdim {keepdim}",
                lambda lib, a, order=order, keepdim=keepdim: lib.linalg.matrix_norm(
                    a, order, (2, 0), keepdim
                ),
                (matrix,),
                # PyTorch lacks the second derivative of sums of absolute values.
                order in ("fro", "nuc", 2, -2),
            )
        if order != -2:
            yield Case("linalg.cond", f"{order}", partial(_condition, p=order), (squares((3, 3)),))
    for order, dim in ((None, None), (None, 1), (3, 1), ("nuc", (0, 2)), (2, (0, 1))):
        yield Case(
            "linalg.norm",
            f"{order} over {dim}",
            lambda lib, a, order=order, dim=dim: lib.linalg.norm(a, order, dim),
            (matrix,),
        )
    yield Case("linalg.norm", "2 of a matrix", lambda lib, a: lib.linalg.norm(a, 2), (matrix[0],))
    yield Case("linalg.vector_norm", "3", lambda lib, a: lib.linalg.vector_norm(a, 3, 0), (matrix,))
    yield Case("linalg.matrix_rank", "stack", lambda lib, a: lib.linalg.matrix_rank(a), (matrix,))
    yield Case(
        "linalg.diagonal", "stack", lambda lib, a: lib.linalg.diagonal(a, offset=1), (matrix,)
    )


def _chain_cases() -> Iterator[Case]:
    vector, chain = reals((2,)), [reals((2, 3), seed=1), reals((3, 1), seed=2), reals((1, 4))]
    yield Case("chain_matmul", "three", lambda lib, *all: lib.chain_matmul(*all), tuple(chain))
    yield Case(
        "linalg.multi_dot", "vector", lambda lib, *all: lib.linalg.multi_dot(all), (vector, *chain)
    )
    two = (reals((2, 3)), reals((2, 3), seed=1))
    yield Case("linalg.cross", "last", lambda lib, a, b: lib.linalg.cross(a, b), two)
    yield Case("linalg.vecdot", "first", lambda lib, a, b: lib.linalg.vecdot(a, b, dim=0), two)
    yield Case("linalg.matmul", "two", lambda lib, a, b: lib.linalg.matmul(a, b.mT), two)
    yield Case("linalg.vander", "N", lambda lib, a: lib.linalg.vander(a, N=4), two[:1])


CASES: list[Case] = [
    *_product_cases(),
    *_distance_cases(),
    *_square_cases(),
    *_system_cases(),
    *_factor_cases(),
    *_norm_cases(),
    *_chain_cases(),
]
TIE_CASES: list[Case] = [*_equal_vectors()]
