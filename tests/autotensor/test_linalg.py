"""Linear algebra where a table of cases does not reach: refusals, singular matrices, large ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.cases import CASES
from tests.helpers import compare

RANDOM = np.random.default_rng(3)
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
REGULAR = np.array([[2.0, 1.0], [1.0, 3.0]])
STACK = np.stack([REGULAR, SINGULAR, 0 * SINGULAR])


def test_every_public_name_has_a_case() -> None:
    tried = {case.name.removeprefix("linalg.") for case in CASES if "linalg." in case.name}
    assert set(at.linalg.__all__) - tried == {"LinAlgError", "eig", "eigvals"}


# -- refusals --------------------------------------------------------------------------------------

REFUSED: list[Callable[..., Any]] = [
    lambda lib, a, v: lib.linalg.inv(v),
    lambda lib, a, v: lib.linalg.inv(a),
    lambda lib, a, v: lib.linalg.inv(a.mT @ a * 0),
    lambda lib, a, v: lib.linalg.det(a),
    lambda lib, a, v: lib.linalg.det((a.mT @ a).to(lib.int64)),
    lambda lib, a, v: lib.linalg.inv((a.mT @ a).to(lib.float16)),
    lambda lib, a, v: lib.linalg.cholesky(-(a.mT @ a)),
    lambda lib, a, v: lib.linalg.cholesky(a),
    lambda lib, a, v: lib.linalg.cholesky_ex(-(a.mT @ a), check_errors=True),
    lambda lib, a, v: lib.linalg.solve(a.mT @ a * 0, v[:2]),
    lambda lib, a, v: lib.linalg.solve(a.mT @ a, v),
    lambda lib, a, v: lib.linalg.solve(a.mT @ a, v[:2].to(lib.float32)),
    lambda lib, a, v: lib.linalg.solve(a.mT @ a, v[:2], left=False),
    lambda lib, a, v: lib.linalg.solve_triangular(a.mT @ a, v[:2], upper=True),
    lambda lib, a, v: lib.linalg.eigh(a),
    lambda lib, a, v: lib.linalg.eigh(a.mT @ a, UPLO="X"),
    lambda lib, a, v: lib.linalg.svd(a * float("nan")),
    lambda lib, a, v: lib.linalg.svd(v),
    lambda lib, a, v: lib.linalg.qr(a, mode="full"),
    lambda lib, a, v: lib.linalg.lu(a, pivot=False),
    lambda lib, a, v: lib.linalg.lu_solve(*lib.linalg.lu_factor(a), v),
    lambda lib, a, v: lib.lu_unpack(a, lib.tensor([1, 9], dtype=lib.int32)),
    lambda lib, a, v: lib.lu_unpack(a, lib.tensor([0, 1], dtype=lib.int32)),
    lambda lib, a, v: lib.lu_unpack(a, lib.tensor([1, 2])),
    lambda lib, a, v: lib.linalg.lstsq(a, v[:2]),
    lambda lib, a, v: lib.linalg.lstsq(a, a, driver="best"),
    lambda lib, a, v: lib.linalg.matrix_norm(v),
    lambda lib, a, v: lib.linalg.matrix_norm(a, 3),
    lambda lib, a, v: lib.linalg.matrix_norm(a, dim=0),
    lambda lib, a, v: lib.linalg.matrix_norm(a, dim=(0, 0)),
    lambda lib, a, v: lib.linalg.norm(a[None], 2),
    lambda lib, a, v: lib.linalg.cond(a, 1),
    lambda lib, a, v: lib.linalg.cross(a, a),
    lambda lib, a, v: lib.linalg.multi_dot([a]),
    lambda lib, a, v: lib.linalg.multi_dot([a, a]),
    lambda lib, a, v: lib.linalg.tensorinv(a, 1),
    lambda lib, a, v: lib.linalg.tensorsolve(a, v),
    lambda lib, a, v: lib.linalg.householder_product(a.mT, v[:2]),
    lambda lib, a, v: lib.linalg.vander(v, 1),
    lambda lib, a, v: lib.matrix_power(a, 2),
    lambda lib, a, v: lib.matrix_power(a.mT @ a * 0, -1),
    lambda lib, a, v: lib.addmm(a, a, v),
    lambda lib, a, v: lib.addmm(a, a.mT, a),
    lambda lib, a, v: lib.addr(a, v, v),
    lambda lib, a, v: lib.baddbmm(a, a[None], a.mT),
    lambda lib, a, v: lib.vdot(v, v[:2]),
    lambda lib, a, v: lib.inner(a, v),
    lambda lib, a, v: lib.cross(a.mT, a),
    lambda lib, a, v: lib.tensordot(a, a, 1),
    lambda lib, a, v: lib.tensordot(a, a, ([0], [0, 1])),
    lambda lib, a, v: lib.tensordot(a, a, 3),
    lambda lib, a, v: lib.trace(v),
    lambda lib, a, v: lib.cdist(a, v),
    lambda lib, a, v: lib.cdist(a, a.mT),
    lambda lib, a, v: lib.cdist(a, a, -1.0),
    lambda lib, a, v: lib.einsum("ij", a, a),
    lambda lib, a, v: lib.einsum("ij,jk->ik", a, a),
    lambda lib, a, v: lib.einsum("i.j", a),
    lambda lib, a, v: lib.einsum("......i", a),
    lambda lib, a, v: lib.einsum("ii->i", a),
    lambda lib, a, v: lib.einsum("ij->ii", a),
    lambda lib, a, v: lib.einsum("ij->k", a),
    lambda lib, a, v: lib.einsum("ijk", a),
    lambda lib, a, v: lib.einsum("i1", a),
    lambda lib, a, v: lib.einsum(a, [0, 52]),
    lambda lib, a, v: lib.einsum(""),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_pytorch_refuses_is_refused(torch: ModuleType, number: int) -> None:
    arrays = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.1]]), np.array([1.0, 2.0, 3.0])
    assert isinstance(compare(torch, REFUSED[number], *arrays), Exception)


@pytest.mark.parametrize("name", ["eig", "eigvals"])
def test_complex_results_are_refused_with_the_remedy(name: str) -> None:
    with pytest.raises(NotImplementedError, match=r"eig(vals)?h for symmetric"):
        getattr(at.linalg, name)(at.tensor(REGULAR))


def test_the_error_tells_which_matrix_is_at_fault() -> None:
    with pytest.raises(at.linalg.LinAlgError, match=r"inverse: matrix \(1,\) .* is singular"):
        at.inverse(at.tensor(STACK))
    with pytest.raises(RuntimeError, match=r"minor of order 2 is not positive \(matrix \(1,\)"):
        at.linalg.cholesky(at.tensor(np.stack([REGULAR, SINGULAR - np.diag([0, 1])])))


@pytest.mark.parametrize(("place", "order"), [((0, 0), 1), ((1, 0), 2), ((2, 2), 3), ((0, 1), 0)])
@pytest.mark.parametrize("stacked", [False, True])
def test_cholesky_of_nan(place: tuple[int, int], order: int, stacked: bool) -> None:
    """Only one triangle is read; a pivot that is NaN is not positive."""
    matrix = np.eye(3)
    matrix[place] = math.nan
    given = np.stack([np.eye(3), matrix, np.diag([1.0, -1, 1])]) if stacked else matrix
    for upper in (False, True):
        info = at.linalg.cholesky_ex(at.tensor(given.mT if upper else given), upper=upper).info
        assert info.tolist() == ([0, order, 2] if stacked else order)
        assert info.dtype == at.int32
    if order and not stacked:
        with pytest.raises(at.linalg.LinAlgError, match=f"leading minor of order {order}"):
            at.linalg.cholesky(at.tensor(given))
    assert at.linalg.cholesky_ex(at.zeros(2, 0, 0)).info.tolist() == [0, 0]


def test_the_determinant_of_nan_has_no_sign() -> None:
    given = at.tensor([[[math.nan, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]])
    sign, value = at.linalg.slogdet(given)
    assert sign.tolist() == [0, -1]
    assert value.isnan().tolist() == [True, False]
    assert at.logdet(given[0]).isnan()


@pytest.mark.parametrize("function", [at.logdet, lambda a: at.slogdet(a).logabsdet])
def test_the_logarithm_of_a_determinant_that_is_zero_has_an_infinite_gradient(
    function: Callable[[at.Tensor], at.Tensor],
) -> None:
    given = at.tensor([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]], requires_grad=True)
    function(given).sum().backward()
    assert given.grad is not None
    singular, other = given.grad.numpy()
    assert np.isinf(singular).all()
    assert (np.sign(singular) == [[-1, 1], [1, -1]]).all()  # as PyTorch's
    assert np.allclose(other, [[1, 0], [0, 0.5]])
    one = at.zeros(1, 1, requires_grad=True)
    function(one).backward()
    assert one.grad is not None
    assert one.grad.item() == math.inf


@pytest.mark.parametrize("name", ["inv_ex", "cholesky_ex", "lu_factor_ex", "solve_ex"])
def test_info_of_singular_matrices(torch: ModuleType, name: str) -> None:
    further = (np.ones((2, 1)),) if name == "solve_ex" else ()
    given = STACK - (name == "cholesky_ex") * np.diag([0, 0.5])
    info, expected = (
        getattr(library.linalg, name)(*map(library.from_numpy, (given, *further))).info
        for library in (at, torch)
    )
    assert info.tolist() == expected.tolist()
    assert info.dtype == at.int32
    assert any(info.tolist())


def test_only_the_regular_matrices_of_a_stack_get_gradients() -> None:
    a = at.tensor(STACK, requires_grad=True)
    out = at.linalg.inv_ex(a).inverse
    out[0].sum().backward()
    inverse = np.linalg.inv(REGULAR)
    np.testing.assert_allclose(out.detach().numpy()[0], inverse)
    assert np.isnan(out.detach().numpy()[1:]).all()
    assert a.grad is not None
    np.testing.assert_allclose(a.grad.numpy()[0], -inverse.T @ np.ones((2, 2)) @ inverse.T)
    assert not a.grad.numpy()[1:].any()


# -- derivatives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", range(5))
def test_derivatives_of_the_determinant_of_singular_matrices(rank: int) -> None:
    left, right = RANDOM.standard_normal((2, 4, 4))
    a = at.tensor(left[:, :rank] @ right[:rank], requires_grad=True)
    assert at.gradcheck(at.det, [a], atol=1e-6)
    assert at.gradgradcheck(at.det, [a], atol=1e-6)


def symmetric(a: Any) -> Any:
    return a + a.mT


THIRD: dict[str, Callable[[Any], Any]] = {
    "inverse": at.inverse,
    "det": at.det,
    "matrix_exp": at.matrix_exp,
    "cholesky": lambda a: at.linalg.cholesky(a @ a.mT),
    "eigh": lambda a: at.linalg.eigh(symmetric(a)).eigenvectors ** 2,
    "svd": lambda a: at.linalg.svd(a).U ** 2,
    "qr": lambda a: at.linalg.qr(a).Q,
    "lu": lambda a: at.linalg.lu_factor(a).LU,
    "pinv": lambda a: at.linalg.pinv(a[:, :1]),
}


@pytest.mark.parametrize("name", THIRD)
def test_third_derivatives(name: str) -> None:
    a = at.tensor([[2.0, 0.3], [-0.4, 1.0]], dtype=at.float64, requires_grad=True)

    def gradient(a: at.Tensor) -> Any:
        return at.grad((THIRD[name](a) ** 3).sum(), a, create_graph=True)[0]

    assert at.gradgradcheck(gradient, [a], atol=1e-5, rtol=1e-5)


def test_overwriting_a_factor_is_noticed() -> None:
    a = at.tensor(REGULAR, requires_grad=True)
    u, s, _ = at.linalg.svd(a)
    total = (u * s).sum()
    with at.no_grad():
        s.zero_()
    with pytest.raises(RuntimeError, match="modified"):
        total.backward()


def test_qr_without_a_derivative_says_so() -> None:
    a = at.tensor(RANDOM.standard_normal((3, 2)), requires_grad=True)
    for mode in ("r", "complete"):
        with pytest.raises(RuntimeError, match="use mode 'reduced'"):
            at.linalg.qr(a, mode).R.sum().backward()


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(90, 90), (2, 100, 70), (70, 100)])
def test_lu_of_large_matrices(shape: tuple[int, ...]) -> None:
    a = RANDOM.standard_normal(shape)
    p, lower, upper = (one.numpy() for one in at.linalg.lu(at.tensor(a)))
    np.testing.assert_allclose(p @ lower @ upper, a, atol=1e-12)
    assert np.abs(lower).max() == 1
    assert not np.tril(upper, -1).any()
    np.testing.assert_array_equal(np.sort(p, -1)[..., -1], 1)


@pytest.mark.parametrize("upper", [False, True])
def test_large_triangular_systems(upper: bool) -> None:
    a = RANDOM.standard_normal((2, 1, 150, 150)) / 20 + 2 * np.eye(150)
    b = RANDOM.standard_normal((3, 150, 2))
    found = at.linalg.solve_triangular(at.tensor(a), at.tensor(b), upper=upper).numpy()
    assert found.shape == (2, 3, 150, 2)
    triangle = np.triu(a) if upper else np.tril(a)
    np.testing.assert_allclose(triangle @ found, np.broadcast_to(b, found.shape), atol=1e-12)


def test_a_zero_on_the_diagonal_gives_infinity_as_in_lapack(torch: ModuleType) -> None:
    a, b = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.0], [1.0]])
    compare(torch, lambda lib, a, b: lib.linalg.solve_triangular(a, b, upper=True), a, b, order=0)


@pytest.mark.parametrize("size", [0.001, 0.02, 0.1, 0.5, 2.0, 30.0])
def test_exponential_of_symmetric_matrices(size: float) -> None:
    a = RANDOM.standard_normal((3, 4, 4))
    a = size * (a + np.swapaxes(a, -1, -2)) * np.array([1e-3, 0.1, 1])[:, None, None]
    values, vectors = np.linalg.eigh(a)
    expected = (vectors * np.exp(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    scale = np.abs(expected).max((-1, -2), keepdims=True)
    found = at.matrix_exp(at.tensor(a)).numpy()
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-13)
    single = at.matrix_exp(at.tensor(a, dtype=at.float32))
    assert single.dtype == at.float32


def test_the_shortest_of_many_solutions() -> None:
    a = np.outer([1.0, 2.0, 3.0, 4.0], [1.0, 1.0])
    b = RANDOM.standard_normal((4, 2))
    solution, residuals, rank, values = at.linalg.lstsq(at.tensor(a), at.tensor(b), driver="gelsd")
    np.testing.assert_allclose(solution.numpy(), np.linalg.lstsq(a, b)[0])
    assert rank.item() == 1
    assert residuals.numel() == 0
    np.testing.assert_allclose(values.numpy(), [np.sqrt(60), 0], atol=1e-14)


@pytest.mark.parametrize("name", ["addmm", "addmv", "addr", "addbmm", "baddbmm"])
def test_beta_0_ignores_nan(torch: ModuleType, name: str) -> None:
    case = next(case for case in CASES if case.name == name and "beta 0," in case.detail)
    nothing = np.full_like(case.arrays[0], np.nan)
    out = compare(torch, case.function, nothing, *case.arrays[1:], order=1)
    assert not np.isnan(out.detach().numpy()).any()


def test_condition_and_rank_of_singular_matrices(torch: ModuleType) -> None:
    for p in (1, "fro", "nuc", np.inf):
        found = at.linalg.cond(at.tensor(STACK), p).tolist()
        assert np.isfinite(found).tolist() == [True, False, False]
    given = np.stack([np.diag([1.0, 1e-3, 0.0]), np.eye(3)])
    for settings in ({}, {"atol": 0.01}, {"rtol": 0.01}, {"tol": 0.01}, {"hermitian": True}):
        compare(torch, lambda lib, a, s=settings: lib.linalg.matrix_rank(a, **s), given, order=0)
        if "tol" not in settings:
            compare(torch, lambda lib, a, s=settings: lib.linalg.pinv(a, **s), given, order=0)


def test_close_vectors_keep_their_distance() -> None:
    x = at.tensor(np.array([[1e6, 1.0]]))
    assert at.cdist(x, x + at.tensor([[0.0, 1e-3]], dtype=at.float64)).item() == pytest.approx(
        1e-3, rel=1e-12
    )


def test_methods() -> None:
    a = at.tensor(REGULAR)
    assert a.det().item() == pytest.approx(5.0)
    assert a.cholesky().svd().S.shape == (2,)
    assert a.addmm_(a, a, beta=0) is a
    assert not hasattr(at.Tensor, "chain_matmul")


# -- nearly, by products with random vectors -------------------------------------------------------


@pytest.mark.parametrize("shape", [(9, 5), (5, 9), (2, 7, 6)])
def test_svd_lowrank_of_a_matrix_of_low_rank(shape: tuple[int, ...]) -> None:
    """Of rank 3 it is exact, whatever vectors are drawn."""
    *stack, rows, columns = shape
    given = RANDOM.normal(size=(*stack, rows, 3)) @ RANDOM.normal(size=(*stack, 3, columns))
    mean = given.mean(-2, keepdims=True)
    for found, exact in (
        (at.svd_lowrank(at.tensor(given), q=4), given),
        (at.svd_lowrank(at.tensor(given), q=4, M=at.tensor(mean)), given - mean),
        (at.pca_lowrank(at.tensor(given), q=4), given - mean),
        (at.pca_lowrank(at.tensor(given), q=4, center=False), given),
    ):
        u, s, v = (one.numpy() for one in found)
        assert u.shape == (*stack, rows, 4)
        assert v.shape == (*stack, columns, 4)
        assert np.allclose(u * s[..., None, :] @ v.swapaxes(-1, -2), exact, atol=1e-9)
        assert np.allclose(s, np.linalg.svd(exact, compute_uv=False)[..., :4], atol=1e-9)
        assert np.allclose(u.swapaxes(-1, -2) @ u, np.eye(4), atol=1e-9)


def test_pca_lowrank_refuses() -> None:
    for settings in ({"q": 4}, {"q": -1}, {"niter": -1}):
        with pytest.raises(ValueError, match="pca_lowrank: "):
            at.pca_lowrank(at.ones(3, 5), **settings)


def test_lu_factor_refuses_a_singular_matrix() -> None:
    singular = at.tensor([[1.0, 2.0], [2.0, 4.0]])
    with pytest.raises(RuntimeError, match="element 2 of the diagonal of U is 0"):
        at.linalg.lu_factor(singular)
    assert at.linalg.lu_factor_ex(singular).info.item() == 2


def test_shapes_beside_a_factorization() -> None:
    assert at.linalg.lu_factor_ex(at.ones(2, 0, 0)).info.tolist() == [0, 0]
    matrix = at.tensor([[1.0, 2.0], [0.0, 1.0]])
    copies = at.triangular_solve(at.ones(3, 2, 1), matrix).cloned_coefficient
    assert at.equal(copies, at.stack([matrix] * 3))


def test_cholesky_inverse_refuses_a_singular_matrix() -> None:
    factors = at.tensor([[[1.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]])
    with pytest.raises(RuntimeError, match=r"cholesky_inverse: element 2 .* \(matrix \(1,\)"):
        at.cholesky_inverse(factors)
    assert at.cholesky_inverse(factors[0]).tolist() == [[2.0, -1.0], [-1.0, 1.0]]
