"""Products, systems and functions of matrices, by sums over indices and by what defines them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F

DRAW = np.random.default_rng(12)
A, B = DRAW.normal(size=(2, 3)), DRAW.normal(size=(3, 4))
STACK, OTHER = DRAW.normal(size=(5, 2, 3)), DRAW.normal(size=(5, 3, 4))
SUM, ROW, COLUMN = DRAW.normal(size=(2, 4)), DRAW.normal(size=2), DRAW.normal(size=3)
SQUARE = DRAW.normal(size=(3, 3)) + 2 * np.eye(3)
SYMMETRIC = SQUARE + SQUARE.T


def same(found: at.Tensor, expected: Any) -> None:
    assert tuple(found.shape) == np.shape(expected)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-11, atol=1e-12)


def t(array: Any) -> at.Tensor:
    return at.tensor(array, dtype=at.float64)


def summed(sizes: tuple[int, ...], over: tuple[int, ...], term: Callable[..., float]) -> np.ndarray:
    """``out[i, …] = Σ term(i, …, k, …)`` over the indices k, …."""
    out = np.zeros(sizes)
    for place in np.ndindex(sizes):
        out[place] = math.fsum(term(*place, *inner) for inner in np.ndindex(over))
    return out


PRODUCT = summed((2, 4), (3,), lambda i, j, k: A[i, k] * B[k, j])
PRODUCTS = summed((5, 2, 4), (3,), lambda b, i, j, k: STACK[b, i, k] * OTHER[b, k, j])


# -- products --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3,), (2, 3), (5, 2, 3)])
@pytest.mark.parametrize("bias", [(), (1,), (4,), (1, 4), (2, 1), (2, 4), (5, 1, 4), (5, 2, 4)])
def test_the_bias_of_linear_broadcasts(shape: tuple[int, ...], bias: tuple[int, ...]) -> None:
    x, weight, shift = (t(DRAW.normal(size=one)).requires_grad_() for one in (shape, (4, 3), bias))
    right = x.detach().numpy() @ weight.detach().numpy().T
    if np.broadcast(right, shift.detach().numpy()).size != right.size:
        with pytest.raises(RuntimeError, match=r"^linear: bias has shape .* must broadcast$"):
            F.linear(x, weight, shift)
        return
    out = F.linear(x, weight, shift)
    same(out.detach(), (right + shift.detach().numpy()).reshape(right.shape))
    out.sum().backward()
    same(shift.grad, np.full(bias, right.size / math.prod(bias)))
    same(x.grad, np.broadcast_to(weight.detach().numpy().sum(0), shape))


@pytest.mark.parametrize("bias", [(2,), (3, 4), (3, 1, 4)])
def test_another_bias_of_linear_is_refused(bias: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError, match=r"^linear: bias has shape .* must broadcast$"):
        F.linear(t(A), t(B.T), at.ones(bias).double())


def test_products_of_vectors_matrices_and_stacks() -> None:
    for multiply in (at.matmul, at.mm, lambda a, b: a @ b, at.linalg.matmul):
        same(multiply(t(A), t(B)), PRODUCT)
    same(at.bmm(t(STACK), t(OTHER)), PRODUCTS)
    same(t(STACK) @ t(OTHER), PRODUCTS)
    same(t(STACK) @ t(B), summed((5, 2, 4), (3,), lambda b, i, j, k: STACK[b, i, k] * B[k, j]))
    same(t(A) @ t(OTHER), summed((5, 2, 4), (3,), lambda b, i, j, k: A[i, k] * OTHER[b, k, j]))
    by_column = [math.fsum(A[i] * COLUMN) for i in range(2)]
    for multiply in (at.mv, at.matmul):
        same(multiply(t(A), t(COLUMN)), by_column)
    same(t(ROW) @ t(A), [math.fsum(ROW * A[:, k]) for k in range(3)])
    for multiply in (at.dot, at.vdot, at.inner, at.matmul, at.linalg.vecdot):
        same(multiply(t(COLUMN), t(B[:, 0])), math.fsum(COLUMN * B[:, 0]))
    for multiply in (at.outer, at.ger):
        same(multiply(t(ROW), t(COLUMN)), [[a * b for b in COLUMN] for a in ROW])
    same(at.inner(t(A), t(B.T)), PRODUCT)
    same(at.linalg.vecdot(t(A), t(2 * A), dim=0), [2 * math.fsum(A[:, k] ** 2) for k in range(3)])


@pytest.mark.parametrize(
    "factors", [{}, {"beta": 0.5}, {"alpha": -2.0}, {"beta": 3, "alpha": 0.25}]
)
def test_products_added_to_something(factors: dict[str, float]) -> None:
    beta, alpha = factors.get("beta", 1), factors.get("alpha", 1)

    def check(function: Any, added: np.ndarray, product: Any, *given: np.ndarray) -> None:
        same(function(t(added), *map(t, given), **factors), beta * added + alpha * product)

    check(at.addmm, SUM, PRODUCT, A, B)
    check(at.addmv, ROW, np.array([math.fsum(A[i] * COLUMN) for i in range(2)]), A, COLUMN)
    check(at.addr, A, np.array([[a * b for b in COLUMN] for a in ROW]), ROW, COLUMN)
    check(at.baddbmm, PRODUCTS + 1, PRODUCTS, STACK, OTHER)
    check(at.addbmm, SUM, PRODUCTS.sum(0), STACK, OTHER)


def test_sums_over_chosen_dims() -> None:
    x, y = DRAW.normal(size=(2, 3, 4)), DRAW.normal(size=(3, 4, 5))
    by_default = summed((2, 5), (3, 4), lambda i, j, k, m: x[i, k, m] * y[k, m, j])
    same(at.tensordot(t(x), t(y)), by_default)
    same(at.tensordot(t(x), t(y), 2), by_default)
    same(at.tensordot(t(x), t(y), ([2, 1], [1, 0])), by_default)
    one = summed((2, 3, 3, 5), (4,), lambda i, j, k, m, n: x[i, j, n] * y[k, n, m])
    same(at.tensordot(t(x), t(y), ([2], [1])), one)
    same(at.tensordot(t(ROW), t(COLUMN), 0), [[a * b for b in COLUMN] for a in ROW])


@pytest.mark.parametrize(
    ("equation", "sizes", "over", "term"),
    [
        ("ij,jk->ik", (2, 4), (3,), lambda i, j, k: A[i, k] * B[k, j]),
        ("ij,jk", (2, 4), (3,), lambda i, j, k: A[i, k] * B[k, j]),
        ("ij,jk->ki", (4, 2), (3,), lambda j, i, k: A[i, k] * B[k, j]),
        ("ij,jk->", (), (2, 3, 4), lambda i, k, j: A[i, k] * B[k, j]),
        ("ij,jk->j", (3,), (2, 4), lambda k, i, j: A[i, k] * B[k, j]),
        ("ab,bc->abc", (2, 3, 4), (), lambda i, k, j: A[i, k] * B[k, j]),
        ("zy,yx", (4, 2), (3,), lambda j, i, k: A[i, k] * B[k, j]),  # letters in their order
    ],
)
def test_einstein_s_sums(equation: str, sizes: Any, over: Any, term: Any) -> None:
    same(at.einsum(equation, t(A), t(B)), summed(sizes, over, term))


def test_einstein_s_sums_of_diagonals_and_stacks() -> None:
    same(at.einsum("ii", t(SQUARE)), math.fsum(SQUARE[k, k] for k in range(3)))
    same(at.einsum("ii->i", t(SQUARE)), [SQUARE[k, k] for k in range(3)])
    same(at.einsum("...ij,...jk->...ik", t(STACK), t(OTHER)), PRODUCTS)
    same(at.einsum("...ij->...ji", t(STACK)), STACK.transpose(0, 2, 1))
    same(at.einsum(t(A), [0, 1], t(B), [1, 2], [0, 2]), PRODUCT)
    same(at.einsum(t(A), [0, 1], t(B), [1, 2]), PRODUCT)  # numbers in their order
    three = summed((2,), (3, 4), lambda i, j, k: A[i, j] * B[j, k] * SUM[i, k])
    same(at.einsum("ij,jk,ik->i", t(A), t(B), t(SUM)), three)


def test_kronecker_s_product() -> None:
    expected = np.empty((6, 12))
    for i, j in np.ndindex(6, 12):
        expected[i, j] = A[i // 3, j // 4] * B[i % 3, j % 4]
    same(at.kron(t(A), t(B)), expected)
    same(at.kron(t(ROW), t(COLUMN)), [a * b for a in ROW for b in COLUMN])
    same(at.kron(t(ROW), t(A)), [[a * b for a in ROW for b in row] for row in A])  # ROW is (1, 2)


def cross(a: Any, b: Any) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def test_cross_products() -> None:
    x, y = DRAW.normal(size=(3, 3)), DRAW.normal(size=(3, 3))
    rows = [cross(a, b) for a, b in zip(x, y, strict=True)]
    columns = np.transpose([cross(a, b) for a, b in zip(x.T, y.T, strict=True)])
    same(at.linalg.cross(t(x), t(y)), rows)  # the last dim
    same(at.cross(t(x), t(y), -1), rows)
    same(at.cross(t(x), t(y), 0), columns)
    same(at.cross(t(x), t(y)), columns)  # the first dim of size 3
    same(at.cross(t(A), t(2 * A[::-1].copy())), [cross(A[k], 2 * A[1 - k]) for k in range(2)])


def test_chains() -> None:
    c = DRAW.normal(size=(4, 2))
    expected = summed((2, 2), (3, 4), lambda i, j, k, m: A[i, k] * B[k, m] * c[m, j])
    same(at.chain_matmul(t(A), t(B), t(c)), expected)
    same(at.linalg.multi_dot([t(A), t(B), t(c)]), expected)
    same(
        at.linalg.multi_dot([t(ROW), t(A), t(COLUMN)]), math.fsum((ROW[:, None] * A * COLUMN).flat)
    )


# -- functions of matrices -------------------------------------------------------------------------


def determinant(matrix: np.ndarray) -> float:
    """Leibniz's sum over permutations."""
    total = 0.0
    for order in itertools.permutations(range(len(matrix))):
        inversions = sum(a > b for a, b in itertools.combinations(order, 2))
        total += (-1) ** inversions * math.prod(matrix[i, j] for i, j in enumerate(order))
    return total


@pytest.mark.parametrize("matrix", [SQUARE, -SQUARE, SQUARE[::-1].copy()])
def test_determinants(matrix: np.ndarray) -> None:
    det = determinant(matrix)
    same(at.det(t(matrix)), det)
    same(at.linalg.det(t([matrix, 2 * matrix])), [det, 8 * det])
    for function in (at.slogdet, at.linalg.slogdet):
        sign, size = function(t(matrix))
        assert sign.item() == math.copysign(1, det)
        same(size, math.log(abs(det)))
    found = at.logdet(t(matrix)).item()
    assert found == pytest.approx(math.log(det)) if det > 0 else math.isnan(found)


def test_determinants_of_singular_matrices() -> None:
    sign, size = at.slogdet(t([[1.0, 2.0], [2.0, 4.0]]))
    assert (sign.item(), size.item()) == (0, -math.inf)
    assert at.logdet(t([[1.0, 2.0], [2.0, 4.0]])).item() == -math.inf


@pytest.mark.parametrize("n", range(-3, 8))
def test_powers_of_matrices(n: int) -> None:
    # Of a shear, whose n-th power is known.
    shear = t([[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    expected = [[1, 0.5 * n, 0], [0, 1, 0], [0, 0, 2.0**n]]
    same(at.matrix_power(shear, n), expected)
    same(at.linalg.matrix_power(at.stack([shear, shear]), n), [expected] * 2)


def test_the_exponential_of_a_matrix() -> None:
    term, expected = np.eye(3), np.eye(3)
    for k in range(1, 60):
        term = term @ SQUARE / k
        expected = expected + term
    same(at.matrix_exp(t(SQUARE)), expected)
    turn = [[0.0, -1.2], [1.2, 0.0]]
    c, s = math.cos(1.2), math.sin(1.2)
    same(at.linalg.matrix_exp(t(turn)), [[c, -s], [s, c]])


def test_powers_of_numbers_side_by_side() -> None:
    x = [2.0, 3.0, 0.5]
    same(at.linalg.vander(t(x)), [[a**k for k in range(3)] for a in x])
    same(at.linalg.vander(t(x), N=5), [[a**k for k in range(5)] for a in x])


def test_inverses_and_solutions() -> None:
    for inverse in (at.inverse, at.linalg.inv, lambda a: at.linalg.inv_ex(a).inverse):
        same(t(SQUARE) @ inverse(t(SQUARE)), np.eye(3))
    right = DRAW.normal(size=(3, 2))
    same(t(SQUARE) @ at.linalg.solve(t(SQUARE), t(right)), right)
    same(at.linalg.solve(t(SQUARE), t(right.T), left=False) @ t(SQUARE), right.T)
    same(t(SQUARE) @ at.linalg.solve(t(SQUARE), t(COLUMN)), COLUMN)
    for upper, triangle in ((True, np.triu(SQUARE)), (False, np.tril(SQUARE))):
        found = at.linalg.solve_triangular(t(SQUARE), t(right), upper=upper)
        same(t(triangle) @ found, right)
        unit = triangle - np.diag(np.diag(triangle)) + np.eye(3)
        found = at.linalg.solve_triangular(t(SQUARE), t(right), upper=upper, unitriangular=True)
        same(t(unit) @ found, right)
        found = at.linalg.solve_triangular(t(SQUARE), t(right.T), upper=upper, left=False)
        same(found @ t(triangle), right.T)
    solution = at.triangular_solve(t(right), t(SQUARE)).solution
    same(t(np.triu(SQUARE)) @ solution, right)
    lower = at.triangular_solve(t(right), t(SQUARE), upper=False, transpose=True).solution
    same(t(np.tril(SQUARE).T) @ lower, right)


def test_systems_of_tensors() -> None:
    a = DRAW.normal(size=(2, 3, 6))
    b = DRAW.normal(size=(2, 3))
    same(at.tensordot(t(a), at.linalg.tensorsolve(t(a), t(b)), 1), b)
    wide = a.reshape(2, 3, 2, 3)
    inverse = at.linalg.tensorinv(t(wide))
    same(at.tensordot(inverse, at.tensordot(t(wide), t(b))), b)
    moved = np.moveaxis(a, 2, 0)
    same(at.tensordot(t(a), at.linalg.tensorsolve(t(moved), t(b), dims=(0,)), 1), b)


def test_pseudoinverses_hold_moore_s_and_penrose_s_equations() -> None:
    flat = np.outer(ROW, COLUMN)  # of rank 1
    for matrix in (A, A.T.copy(), flat):
        for found in (at.linalg.pinv(t(matrix)), at.pinverse(t(matrix))):
            p = found.numpy()
            for value, expected in ((matrix @ p @ matrix, matrix), (p @ matrix @ p, p)):
                np.testing.assert_allclose(value, expected, atol=1e-12)
            for product in (matrix @ p, p @ matrix):
                np.testing.assert_allclose(product, product.T, atol=1e-12)


SCALES = np.diag([4.0, 1.0, 1e-3])


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, 3),
        ({"atol": 0.01}, 2),
        ({"rtol": 0.01}, 2),
        ({"rtol": 2e-4}, 3),  # relative to the largest, 4
        ({"rtol": 3e-4}, 2),
        ({"atol": 2.0, "rtol": 1e-9}, 1),  # the larger of both limits
        ({"hermitian": True}, 3),
        ({"hermitian": True, "atol": 0.01}, 2),
    ],
)
def test_small_singular_values_count_as_0(settings: dict[str, Any], kept: int) -> None:
    expected = np.diag([1 / x if k < kept else 0.0 for k, x in enumerate(np.diag(SCALES))])
    same(at.linalg.pinv(t(SCALES), **settings), expected)
    assert at.linalg.matrix_rank(t(SCALES), **settings).item() == kept
    if set(settings) == {"rtol"}:
        for function in (at.linalg.pinv, at.pinverse):
            same(function(t(SCALES), settings["rtol"]), expected)


def test_the_limit_of_the_rank_is_absolute() -> None:
    assert [at.linalg.matrix_rank(t(SCALES), x).item() for x in (3e-4, 2e-3, 2.0)] == [3, 2, 1]


def test_tiny_singular_values_count_by_default() -> None:
    tiny = np.diag([1.0, 1e-15])
    assert at.linalg.pinv(t(tiny))[1, 1].item() == pytest.approx(1e15)  # above 2 · eps
    assert at.linalg.matrix_rank(t(np.diag([1.0, 4e-16]))).item() == 1
    assert at.pinverse(t(np.diag([1.0, 0.9e-15])))[1, 1].item() == 0


def test_least_squares() -> None:
    tall, right = DRAW.normal(size=(6, 3)), DRAW.normal(size=(6, 2))
    found = at.linalg.lstsq(t(tall), t(right))
    rest = right - tall @ found.solution.numpy()
    np.testing.assert_allclose(tall.T @ rest, np.zeros((3, 2)), atol=1e-12)  # normal equations
    assert found.rank.item() == 3
    squares = at.linalg.lstsq(t(tall), t(right), driver="gels").residuals
    same(squares, [math.fsum(rest[:, k] ** 2) for k in range(2)])
    wide = at.linalg.lstsq(t(tall.T.copy()), t(right[:3])).solution.numpy()
    np.testing.assert_allclose(tall.T @ wide, right[:3], atol=1e-12)
    # The shortest of all solutions lies among the rows.
    outside = np.linalg.svd(tall.T)[2][3:]
    np.testing.assert_allclose(outside @ wide, np.zeros((3, 2)), atol=1e-12)
    values = at.linalg.lstsq(t(tall), t(right), driver="gelsd").singular_values
    same(values, at.linalg.svdvals(t(tall)).numpy())


# -- factors ---------------------------------------------------------------------------------------


def test_cholesky_s_factors() -> None:
    positive = SQUARE @ SQUARE.T
    for factor in (at.cholesky(t(positive)), at.linalg.cholesky(t(positive))):
        lower = factor.numpy()
        np.testing.assert_allclose(lower @ lower.T, positive, rtol=1e-12)
        assert not np.triu(lower, 1).any()
    for factor in (at.cholesky(t(positive), True), at.linalg.cholesky(t(positive), upper=True)):
        upper = factor.numpy()
        np.testing.assert_allclose(upper.T @ upper, positive, rtol=1e-12)
        assert not np.tril(upper, -1).any()
    same(at.cholesky_inverse(t(lower)) @ t(positive), np.eye(3))
    same(at.cholesky_inverse(t(upper), True) @ t(positive), np.eye(3))
    right = DRAW.normal(size=(3, 2))
    same(t(positive) @ at.cholesky_solve(t(right), t(lower)), right)
    same(t(positive) @ at.cholesky_solve(t(right), t(upper), upper=True), right)


def test_eigenvalues_and_singular_values() -> None:
    values, vectors = at.linalg.eigh(t(SYMMETRIC))
    same(t(SYMMETRIC) @ vectors, vectors.numpy() * values.numpy())
    assert values.tolist() == sorted(values.tolist())
    same(vectors.mT @ vectors, np.eye(3))
    same(at.linalg.eigvalsh(t(SYMMETRIC)), values.numpy())
    # Only the lower triangle is read, or the upper one.
    same(at.linalg.eigvalsh(t(np.tril(SYMMETRIC))), values.numpy())
    same(at.linalg.eigvalsh(t(np.triu(SYMMETRIC)), "U"), values.numpy())
    same(at.linalg.eigh(t(np.triu(SYMMETRIC)), "U").eigenvalues, values.numpy())
    for full, shapes in ((True, [(2, 2), (2,), (3, 3)]), (False, [(2, 2), (2,), (2, 3)])):
        u, s, vh = at.linalg.svd(t(A), full_matrices=full)
        assert [tuple(one.shape) for one in (u, s, vh)] == shapes
        same(u * s @ vh[:2], A)
        assert s.tolist() == sorted(s.tolist(), reverse=True)
        same(vh @ vh.mT, np.eye(len(vh)))
    assert at.linalg.svd(t(A)).Vh.shape == (3, 3)
    u, s, v = at.svd(t(A))
    same(u * s @ v.mT, A)
    assert v.shape == (3, 2)
    assert at.svd(t(A), some=False).V.shape == (3, 3)


def test_orthogonal_and_triangular_factors() -> None:
    tall = B.T.copy()
    for q, r in (at.linalg.qr(t(tall)), at.qr(t(tall))):
        assert (tuple(q.shape), tuple(r.shape)) == ((4, 3), (3, 3))
        same(q @ r, tall)
        same(q.mT @ q, np.eye(3))
        assert not np.tril(r.numpy(), -1).any()
    assert at.linalg.qr(t(tall), "complete").Q.shape == at.qr(t(tall), False).Q.shape == (4, 4)
    p, lower, upper = at.linalg.lu(t(tall))
    same(p @ lower @ upper, tall)
    assert np.diag(lower.numpy()).tolist() == [1, 1, 1]
    right = DRAW.normal(size=(3, 2))
    factors = at.linalg.lu_factor(t(SQUARE))
    same(t(SQUARE) @ at.linalg.lu_solve(*factors, t(right)), right)
    same(t(SQUARE.T.copy()) @ at.linalg.lu_solve(*factors, t(right), adjoint=True), right)
    same(at.linalg.lu_solve(*factors, t(right.T), left=False) @ t(SQUARE), right.T)
    same(t(SQUARE) @ at.lu_solve(t(right), *factors), right)
