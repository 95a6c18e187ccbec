"""The multivariate normal distribution with a covariance of low rank plus a diagonal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.creation import eye
from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.multivariate_normal import mahalanobis, product
from autotensor.distributions.utils import lazy_property, log_diagonal, standard_normal
from autotensor.engine.tensor import Tensor
from autotensor.linalg import cholesky, solve_triangular

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """``MultivariateNormal`` with the covariance ``W·Wᵀ + diag(D)``.

    All is computed with the small matrix ``C = 1 + Wᵀ·D⁻¹·W``, by the lemmas of Woodbury and of
    the determinant.

    Shapes: ``loc (…, n)``, ``cov_factor`` W ``(…, n, m)`` and ``cov_diag`` D ``(…, n)``.

    Raises:
        ValueError: shapes that do not fit, or a ``cov_diag`` that is not positive.

    Example:

        >>> from autotensor.distributions import LowRankMultivariateNormal
        >>> d = LowRankMultivariateNormal(at.zeros(2), at.tensor([[1.0], [2.0]]), at.ones(2))
        >>> d.covariance_matrix
        tensor([[2., 2.],
                [2., 5.]])
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    loc: Tensor
    cov_factor: Tensor
    cov_diag: Tensor

    def __init__(
        self,
        loc: Tensor,
        cov_factor: Tensor,
        cov_diag: Tensor,
        validate_args: bool | None = None,
    ) -> None:
        size = loc.shape[-1:] if isinstance(loc, Tensor) else ()
        rows = cov_factor.shape[-2:-1] if isinstance(cov_factor, Tensor) else size
        if not size == rows == (cov_diag.shape[-1:] if isinstance(cov_diag, Tensor) else size):
            raise ValueError(
                f"{type(self).__name__}: loc (…, n), cov_factor (…, n, m) and cov_diag (…, n) must "
                f"agree in n, got shapes {tuple(loc.shape)}, {tuple(cov_factor.shape)} and "
                f"{tuple(cov_diag.shape)}"
            )
        given = {"loc": loc, "cov_factor": cov_factor, "cov_diag": cov_diag}
        self._hold(validate_args, event_shape=size, **given)

    @lazy_property
    def _capacitance_tril(self) -> Tensor:
        """The Cholesky factor of C."""
        scaled = self.cov_factor.mT / self.cov_diag.unsqueeze(-2)
        return cholesky(scaled @ self.cov_factor + eye(scaled.shape[-2], dtype=scaled.dtype))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.cov_factor.pow(2).sum(-1) + self.cov_diag

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        return cholesky(self.covariance_matrix)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """``W·Wᵀ + diag(D)``."""
        return self.cov_factor @ self.cov_factor.mT + self.cov_diag.diag_embed()

    def half_inverse(self) -> Tensor:
        """A of the inverse ``D⁻¹ - Aᵀ·A`` of the covariance.

        Example:

            >>> from autotensor.distributions import LowRankMultivariateNormal
            >>> d = LowRankMultivariateNormal(at.zeros(2), at.tensor([[1.0], [2.0]]), at.ones(2))
            >>> A = d.half_inverse()
            >>> at.allclose((at.eye(2) - A.mT @ A) @ d.covariance_matrix, at.eye(2), atol=1e-5)
            True
        """
        scaled = self.cov_factor.mT / self.cov_diag.unsqueeze(-2)
        return solve_triangular(self._capacitance_tril, scaled, upper=False)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        half = self.half_inverse()
        return self.cov_diag.reciprocal().diag_embed() - half.mT @ half

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape, dtype = self._extended_shape(sample_shape), self.loc.dtype
        common = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), dtype)
        own = standard_normal(shape, dtype)
        return self.loc + product(self.cov_factor, common) + self.cov_diag.sqrt() * own

    def log_determinant(self) -> Tensor:
        """Of the covariance.

        Example:

            >>> from autotensor.distributions import LowRankMultivariateNormal
            >>> d = LowRankMultivariateNormal(at.zeros(2), at.tensor([[1.0], [2.0]]), at.ones(2))
            >>> d.log_determinant().exp().round(decimals=3)  # 2 · 5 - 2 · 2
            tensor(6.)
        """
        return 2 * log_diagonal(self._capacitance_tril) + self.cov_diag.log().sum(-1)

    def distance(self, away: Tensor) -> Tensor:
        """``vᵀ·covariance⁻¹·v`` of ``away`` from the mean.

        Example:

            >>> from autotensor.distributions import LowRankMultivariateNormal
            >>> d = LowRankMultivariateNormal(at.zeros(2), at.zeros(2, 1), at.tensor([1.0, 4.0]))
            >>> d.distance(at.tensor([1.0, 4.0])).round(decimals=3)  # 1²/1 + 4²/4
            tensor(5.)
        """
        scaled = away / self.cov_diag
        inner = product(self.cov_factor.mT, scaled)
        return (away * scaled).sum(-1) - mahalanobis(self._capacitance_tril, inner)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        height = self._event_shape[0] * math.log(2 * math.pi) + self.log_determinant()
        return -0.5 * (height + self.distance(value - self.loc))

    def entropy(self) -> Tensor:
        n = self._event_shape[0]
        return 0.5 * (n * (1 + math.log(2 * math.pi)) + self.log_determinant())
