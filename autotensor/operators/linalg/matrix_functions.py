"""Functions of a matrix: inverse, determinant, pseudoinverse, rank, powers, exponential.

All take stacks of matrices, ``(…, n, n)`` where nothing else is said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.matrices import (
    exponential,
    inverse_or_none,
    inverse_transposed,
    singular_ones,
)
from autotensor.keywords import also_called
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import (
    int_of,
    need_equal_sides,
    need_matrices,
    need_square,
    need_tensor,
)
from autotensor.operators.linalg.decompositions import LinAlgError, decomposed, svd_factors
from autotensor.operators.linalg.products import swap
from autotensor.operators.structure.copying import computed_in_float32
from autotensor.operators.structure.joining import cat
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import expand_to, reshape, unsqueeze

__all__ = [
    "det", "inverse", "logdet", "matrix_exp", "matrix_power", "pinverse", "slogdet",
]  # fmt: skip


# -- inverse ---------------------------------------------------------------------------------------


def singular_error(matrices: np.ndarray, name: str) -> LinAlgError:
    """What to raise where a matrix is singular: it tells which."""
    place = tuple(np.argwhere(singular_ones(matrices))[0].tolist())
    which = f"matrix {place} of the stack" if place else "the matrix"
    return LinAlgError(f"{name}: {which} is singular: it has no inverse")


@operator(input=lambda g, output: -(swap(output) @ g @ swap(output)))
def inverted(input: Any) -> Any:
    """``input⁻¹``.  d input = -yᵀ @ g @ yᵀ."""
    out = inverse_or_none(input)
    if out is None:
        raise singular_error(input, "inverse")
    return out


def inverse(input: Any) -> Any:
    """``input⁻¹``.  d input = -yᵀ @ g @ yᵀ.

    ``(…, n, n) → (…, n, n)``.

    Raises:
        LinAlgError: a matrix is singular.

    Example:

        >>> A = at.tensor([[1.0, 1.0], [1.0, 2.0]], requires_grad=True)
        >>> at.inverse(A)[1, 1].backward()
        >>> at.inverse(A).tolist(), A.grad
        ([[2.0, -1.0], [-1.0, 1.0]], tensor([[-1.,  1.],
                [ 1., -1.]]))
    """
    need_square(input, "inverse")
    return inverted(input)


# -- determinants ----------------------------------------------------------------------------------


@operator(input=lambda g, input: g[..., None, None] * _cofactors(input))
def _det(input: Any) -> Any:
    """Value and derivative of ``det``."""
    return np.linalg.det(input)


@operator(input=lambda g, input: _cofactors_by_input(g, input))
def _cofactors(input: Any) -> Any:
    """``det(input) · input⁻ᵀ`` as a polynomial in the elements; of singular ones, by factors.

    d input = det(input) · ((Σ g · input⁻ᵀ) · input⁻ᵀ - input⁻ᵀ @ gᵀ @ input⁻ᵀ); see
    ``_cofactors_by_input``.
    """
    size = np.linalg.det(input)
    inverse = inverse_or_none(input) if np.all(size) else None
    if inverse is not None:
        return size[..., None, None] * swap(inverse)
    u, s, vh = np.linalg.svd(input)
    others = np.where(np.eye(s.shape[-1], dtype=np.bool_), 1, s[..., None, :]).prod(-1)
    return _orientation(u, vh) * (u * others[..., None, :]) @ vh


def _orientation(u: np.ndarray, vh: np.ndarray) -> np.ndarray:
    """1, or -1 where one of the orthogonal matrices reflects."""
    return np.round(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


def _cofactors_by_input(g: Any, input: Any) -> Any:
    """The second derivative of the determinant of A along ``g``.

    ``det(A) (⟨g, A⁻ᵀ⟩ A⁻ᵀ - A⁻ᵀ gᵀ A⁻ᵀ)``; if A is almost singular, the same between the bases of
    singular vectors, where A is diagonal: there ``∂²det / ∂a_ii ∂a_jj = -∂²det / ∂a_ij ∂a_ji`` is
    the product of all other singular values.
    """
    if _well_conditioned(raw(input)):
        turned = swap(inverted(input))
        along = (g * turned).sum((-2, -1))[..., None, None]
        return _det(input)[..., None, None] * (along * turned - turned @ swap(g) @ turned)
    u, s, vh = svd_factors(input, False, "det")
    size = s.shape[-1]
    same = np.eye(size, dtype=np.bool_)
    left_out = same[:, None, :] | same[None, :, :]
    others = where(left_out, 1.0, s[..., None, None, :]).prod(-1)
    others = where(same, 0.0, others)
    inner = swap(u) @ g @ swap(vh)
    diagonal = where(same, inner, 0.0).sum(-1)
    straight = (others @ diagonal[..., None]) * np.eye(size, dtype=raw(s).dtype)
    return _orientation(raw(u), raw(vh)) * (u @ (straight - others * swap(inner)) @ vh)


def _well_conditioned(matrices: np.ndarray) -> bool:
    """Whether the square of the condition number leaves half of the digits of float64."""
    inverses = inverse_or_none(matrices)
    if inverses is None:
        return False
    size = np.linalg.norm(matrices, axis=(-2, -1)) * np.linalg.norm(inverses, axis=(-2, -1))
    return bool(np.all(size < 1e4))


def det(input: Any) -> Any:
    """The determinant, ``(…, n, n) → (…)``.

    d input = g · det(input) · input⁻ᵀ; of singular matrices the cofactors, which are the limit of
    that.  The second derivative holds there, too.

    Raises:
        RuntimeError: matrices that are not square, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
        >>> at.det(A).backward()
        >>> A.grad.round(decimals=4)  # the cofactors
        tensor([[ 3., -1.],
                [-1.,  2.]])
        >>> at.det(at.stack([at.eye(3), 2 * at.eye(3)]))
        tensor([1., 8.])
    """
    need_square(input, "det")
    return _det(input)


@operator(input=lambda g, shape: expand_to(zeros_like(g)[..., None, None], shape))
def _sign_of_det(input: Any, value: Any) -> Any:
    """``sign(det(input))``, which is ``value``.  d input = 0."""
    return value


@operator(input=lambda g, output: -(output @ swap(g) @ output))
def _inverse_transposed(input: Any) -> Any:
    """``input⁻ᵀ``; of a singular matrix infinite and NaN.  d input = -y @ gᵀ @ y."""
    return inverse_transposed(input)


@operator(input=lambda g, input: g[..., None, None] * _inverse_transposed(input))
def _log_of_det(input: Any, value: Any) -> Any:
    """``ln |det(input)|``, which is ``value``.  d input = g · input⁻ᵀ."""
    return value


class SlogDet(NamedTuple):
    """What ``slogdet`` returns."""

    sign: Tensor
    logabsdet: Tensor


def slogdet(input: Any) -> SlogDet:
    """The sign of the determinant and ``ln |det|``; of singular matrices, 0 and -inf; NaN has sign
    0.

    d input = g · input⁻ᵀ: with the gradient of ``logabsdet``; that of ``sign`` counts for nothing.
    Of a singular matrix it is infinite or NaN.

    ``(…, n, n) → (…), (…)``.

    Raises:
        RuntimeError: matrices that are not square, or not of a floating dtype.

    Example:

        >>> A = -1000 * at.eye(101)  # the determinant itself overflows
        >>> at.det(A), at.slogdet(A).sign
        (tensor(-inf), tensor(-1.))
        >>> at.isclose(at.slogdet(A).logabsdet, 101 * at.tensor(1000.0).log())
        tensor(True)
    """
    need_square(input, "slogdet")
    sign, value = map(np.asarray, silent().run(np.linalg.slogdet, raw(input)))
    sign = np.where(np.isnan(value), sign.dtype.type(0), sign)
    return SlogDet(_sign_of_det(input, sign), _log_of_det(input, value))


def logdet(input: Any) -> Any:
    """``ln det(input)``: -inf where the determinant is 0, NaN where it is negative.

    d input = g · input⁻ᵀ.  Of a singular matrix it is infinite or NaN.

    ``(…, n, n) → (…)``.

    Raises:
        RuntimeError: matrices that are not square, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
        >>> at.logdet(A).exp().round(decimals=3).item()
        8.0
        >>> at.logdet(A).backward()  # the inverse, transposed
        >>> A.grad
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    need_square(input, "logdet")
    sign, value = slogdet(input)
    return where(sign < 0, float("nan"), value)


# -- pseudoinverse and rank ------------------------------------------------------------------------


def _pinv_by_input(g: Any, input: Any, output: Any) -> Any:
    """G. Golub and V. Pereyra, "The differentiation of pseudo-inverses …" (1973), turned round."""
    turned = swap(output)
    left, right = swap(g) @ output, output @ swap(g)
    out = (left - input @ (output @ left)) @ turned - turned @ g @ turned
    return out + turned @ (right - (right @ output) @ input)


@operator(input=lambda g, input, output: _pinv_by_input(g, input, output))
def _pinv(input: Any, value: Any) -> Any:
    """``value``, the pseudoinverse of ``input``.

    d input = -yᵀ @ g @ yᵀ + (I - input @ y) @ gᵀ @ y @ yᵀ + yᵀ @ y @ gᵀ @ (I - y @ input).
    """
    return value


def _cutoff(largest: np.ndarray, shape: tuple[int, ...], atol: Any, rtol: Any) -> np.ndarray:
    """Up to where singular values count as 0: ``max(atol, rtol · largest)``, ``(…, 1)``."""
    if rtol is None:
        rtol = max(shape[-2:]) * np.finfo(largest.dtype).eps if atol is None else 0.0
    atol = 0.0 if atol is None else raw(atol)
    limits = np.maximum(atol, np.asarray(raw(rtol)) * largest)
    return np.asarray(limits, largest.dtype)[..., None]


def pseudo_inverted(input: Any, atol: Any, rtol: Any, hermitian: bool, name: str) -> Any:
    """See ``linalg.pinv``."""
    (need_square if hermitian else need_matrices)(input, name)
    array = raw(input)
    if 0 in array.shape[-2:]:
        return _pinv(input, np.zeros(swap(array).shape, array.dtype))
    if hermitian:
        values, vectors = decomposed(name, np.linalg.eigh, array)
        u, vh = vectors, swap(vectors)
    else:
        u, values, vh = decomposed(name, np.linalg.svd, array, False)
    sizes = np.abs(values)
    counts = sizes > _cutoff(sizes.max(-1), array.shape, atol, rtol)
    inverse = np.where(counts, 1 / np.where(counts, values, 1), 0)
    return _pinv(input, (swap(vh) * inverse[..., None, :]) @ swap(u))


def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """How many singular values are larger than ``max(atol, rtol · the largest)``, int64.

    Without ``atol`` and ``rtol``, the latter is max(m, n) · eps; ``tol`` is ``atol``.
    ``hermitian`` takes the eigenvalues of a symmetric matrix.

    Raises:
        RuntimeError: no matrices, or not float32 or float64.

    Example:

        >>> at.linalg.matrix_rank(at.tensor([[1.0, 2.0], [2.0, 4.0]]))
        tensor(1)
        >>> at.linalg.matrix_rank(at.stack([at.eye(3), at.ones(3, 3), at.zeros(3, 3)]))
        tensor([3, 1, 0])
    """
    name = "linalg.matrix_rank"
    (need_square if hermitian else need_matrices)(A, name, "A")
    if tol is not None:
        atol, rtol = tol, 0.0
    array = raw(A)
    if 0 in array.shape[-2:]:
        return wrap(np.zeros(array.shape[:-2], np.int64))
    if hermitian:
        values = np.abs(decomposed(name, np.linalg.eigvalsh, array))
    else:
        values = decomposed(name, np.linalg.svd, array, False, False)
    counts = values > _cutoff(values.max(-1), array.shape, atol, rtol)
    return wrap(np.asarray(counts.sum(-1), np.int64))


def pinverse(input: Any, rcond: Any = 1e-15) -> Any:
    """``linalg.pinv`` with ``rtol=rcond``: the pseudoinverse, ``(…, m, n) → (…, n, m)``.

    Differentiated as ``linalg.pinv``.

    Raises:
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> A = at.tensor([[1.0], [1.0]])
        >>> at.pinverse(A)  # takes the mean: x = 3 and x = 5 is best solved by 4
        tensor([[0.5000, 0.5000]])
        >>> (at.pinverse(A) @ at.tensor([3.0, 5.0])).round(decimals=3)
        tensor([4.])
    """
    return pseudo_inverted(input, None, rcond, False, "pinverse")


# -- powers and the exponential --------------------------------------------------------------------


def matrix_power(input: Any, n: int) -> Any:
    """``input @ input @ …``, ``n`` times, by repeated squaring; ``n < 0``: of the inverse.

    With P(k), the k-th power of inputᵀ: d input = Σ_{k<n} P(k) @ g @ P(n - 1 - k).

    ``(…, n, n) → (…, n, n)``.

    Raises:
        TypeError: ``n`` is no int.
        RuntimeError: matrices that are not square.

    Example:

        >>> fibonacci = at.tensor([[1, 1], [1, 0]])
        >>> at.matrix_power(fibonacci, 10)
        tensor([[89, 55],
                [55, 34]])
        >>> at.matrix_power(at.tensor([[2.0, 0.0], [0.0, 4.0]]), -1)
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    need_tensor(input, "matrix_power")
    need_equal_sides(input, "matrix_power")
    n = int_of(n, "matrix_power", "n")
    if n == 0:
        return where(np.False_, input, np.eye(input.shape[-1], dtype=input.dtype))
    power = inverse(input) if n < 0 else input
    n, result = abs(n), None
    while n:
        if n % 2:
            result = power if result is None else result @ power
        n //= 2
        power = power @ power if n else power
    return result.clone() if result is input else result


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each element: ``(…, n) → (…, n, N)``; ``N`` is n by default.

    The derivative comes from those of the operators it is made of.

    Raises:
        RuntimeError: ``N`` is not more than 1, or ``x`` has no dimension and no ``N`` is given.

    Example:

        >>> at.linalg.vander(at.tensor([1, 2, 3]))
        tensor([[1, 1, 1],
                [1, 2, 4],
                [1, 3, 9]])
        >>> at.linalg.vander(at.tensor([2.0, 3.0]), N=2)
        tensor([[1., 2.],
                [1., 3.]])
    """
    need_tensor(x, "linalg.vander", "x")
    if x.ndim == 0 and N is None:
        raise RuntimeError("linalg.vander: N must be given for x without dimensions")
    x = reshape(x, (1,)) if x.ndim == 0 else x
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError(f"linalg.vander: N must be more than 1, got {count}")
    x = x if x.dtype.kind == "f" else x.to(dtypes.int64)
    return unsqueeze(x, -1) ** wrap(np.arange(count, dtype=x.dtype))


def _matrix_exp_by_input(g: Any, input: Any) -> Any:
    """The derivative of e^X at X = inputᵀ along ``g``: the upper right block of the exponential of
    ``[[X, g], [0, X]]`` (R. Mathias, "A chain rule for matrix functions …", 1996)."""
    size = input.shape[-1]
    turned = swap(input)
    both = cat([cat([turned, g], -1), cat([0.0 * turned, turned], -1)], -2)
    return _matrix_exp(both)[..., :size, size:]


@operator(input=lambda g, input: _matrix_exp_by_input(g, input))
def _matrix_exp(input: Any) -> Any:
    """Value and derivative of ``matrix_exp``."""
    # Squaring doubles every rounding: those of float32 would be seen.
    return exponential(input.astype(np.float64)).astype(input.dtype)


@also_called(A="input")
def matrix_exp(input: Any) -> Any:
    """``Σ_k inputᵏ / k!``, ``(…, n, n) → (…, n, n)``.

    d input = upper_right(matrix_exp([[inputᵀ, g], [0, inputᵀ]])): a block of n rows.

    Raises:
        RuntimeError: matrices that are not square, or not of a floating dtype.

    Example:

        >>> turn = at.tensor([[0.0, -at.pi / 2], [at.pi / 2, 0.0]])  # by a right angle
        >>> at.matrix_exp(turn).round(decimals=4) + 0.0
        tensor([[ 0., -1.],
                [ 1.,  0.]])
    """
    need_tensor(input, "matrix_exp")
    return _exp_of_square(input)


@computed_in_float32
def _exp_of_square(input: Any) -> Any:
    need_square(input, "matrix_exp")
    return _matrix_exp(input)
