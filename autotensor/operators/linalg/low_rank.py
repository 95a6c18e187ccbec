"""The largest singular values of large matrices, from products with a few random vectors.

N. Halko, P. Martinsson and J. Tropp, "Finding structure with randomness" (2009).
"""

from __future__ import annotations

from typing import Any

from autotensor.engine.operator import function_only
from autotensor.operators.arguments import need_matrices
from autotensor.operators.linalg.decompositions import OldSVD, qr_factors, svd_factors
from autotensor.operators.linalg.products import swap
from autotensor.operators.reductions.reductions import mean
from autotensor.random import randn

__all__ = ["pca_lowrank", "svd_lowrank"]


def _basis(matrix: Any, q: int, niter: int) -> Any:
    """Orthonormal columns between which ``matrix`` takes up nearly all that it gives."""
    found = matrix @ randn(matrix.shape[-1], q, dtype=matrix.dtype)
    basis = qr_factors(found, "reduced", "svd_lowrank").Q
    for _ in range(niter):
        back = qr_factors(swap(matrix) @ basis, "reduced", "svd_lowrank").Q
        basis = qr_factors(matrix @ back, "reduced", "svd_lowrank").Q
    return basis


@function_only
def svd_lowrank(A: Any, q: int = 6, niter: int = 2, M: Any = None) -> OldSVD:
    """Nearly ``svd(A - M)``, of the ``q`` largest singular values, by products with random vectors.

    Draws from the default generator.  ``niter`` rounds make it better; ``q`` should be somewhat
    above the rank.  Differentiated as ``linalg.svd``.

    ``(…, m, n) → (…, m, q), (…, q), (…, n, q)``, with at most min(m, n) for q.

    Raises:
        RuntimeError: no matrices, or not of a floating dtype.

    Example:

        >>> A = at.arange(12.0).reshape(4, 3)  # of rank 2
        >>> U, S, V = at.svd_lowrank(A, q=2)
        >>> at.allclose(U @ at.diag(S) @ V.T, A, atol=1e-4)
        True
    """
    need_matrices(A, "svd_lowrank", "A")
    matrix = A if M is None else A - M
    wide = matrix.shape[-2] < matrix.shape[-1]
    if wide:
        matrix = swap(matrix)
    basis = _basis(matrix, q, niter)
    u, s, vh = svd_factors(swap(basis) @ matrix, False, "svd_lowrank")
    left, right = basis @ u, swap(vh)
    return OldSVD(right, s, left) if wide else OldSVD(left, s, right)


@function_only
def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> OldSVD:
    """Principal components: ``svd_lowrank`` of ``A``, with ``center`` without the mean of its rows.

    ``A @ V`` are the rows in the ``q`` directions in which they differ most, by default 6 or as
    many as there are; ``S² / (m - 1)`` are their variances.

    ``(…, m, n) → (…, m, q), (…, q), (…, n, q)``.

    Raises:
        RuntimeError: no matrices, or not of a floating dtype.
        ValueError: ``q`` or ``niter`` negative, or ``q`` above min(m, n).

    Example:

        >>> points = at.tensor([[0.0, 1.0], [2.0, 2.0], [4.0, 3.0]])  # on a line
        >>> U, S, V = at.pca_lowrank(points)
        >>> (S**2 / 2).round(decimals=3).abs()
        tensor([5., 0.])
    """
    need_matrices(A, "pca_lowrank", "A")
    most = min(A.shape[-2:])
    q = min(6, most) if q is None else q
    if not 0 <= q <= most:
        raise ValueError(f"pca_lowrank: q must be from 0 to {most} for shape {A.shape}, got {q}")
    if niter < 0:
        raise ValueError(f"pca_lowrank: niter must not be negative, got {niter}")
    return svd_lowrank(A, q, niter, mean(A, -2, True) if center else None)
