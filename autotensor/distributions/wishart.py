"""The Wishart distribution, of positive definite matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autotensor.creation import arange
from autotensor.distributions import constraints
from autotensor.distributions.chi2 import Chi2
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.multivariate_normal import Covariance, need_matrix
from autotensor.distributions.utils import log_diagonal, square_sum, standard_normal
from autotensor.engine.tensor import Tensor
from autotensor.linalg import cholesky_ex, slogdet, solve_triangular
from autotensor.operators.pointwise import mvlgamma
from autotensor.operators.structure import where

__all__ = ["Wishart"]


class Wishart(Covariance, ExponentialFamily):
    """``Σ xᵢ·xᵢᵀ`` over ``df`` vectors x from ``MultivariateNormal(0, covariance_matrix)``; ``df``
    need not be whole.

    One of covariance, its inverse and its Cholesky factor is given; the factor saves work.

    Shapes: matrices ``(…, p, p)`` give the event shape ``(p, p)``; ``df`` must be above p - 1.

    Raises:
        ValueError: not just one matrix, or a ``df`` that is too small.

    Example:

        >>> from autotensor.distributions import Wishart
        >>> d = Wishart(5.0, at.tensor([[1.0, 0.5], [0.5, 1.0]]))
        >>> d.mean
        tensor([[5.0000, 2.5000],
                [2.5000, 5.0000]])
        >>> d.sample((10,)).shape
        torch.Size([10, 2, 2])
    """

    support = constraints.positive_definite
    has_rsample = True
    df: Tensor

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Tensor | float,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = self._just_one(
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        need_matrix(type(self).__name__, given)
        matrix = next(iter(given.values()))
        self._event_shape = matrix.shape[-2:]
        if isinstance(df, Tensor) and not df.is_floating_point():
            df = df.to(matrix.dtype)  # a whole number of vectors
        self._hold(validate_args, event_shape=self._event_shape, df=df, **given)
        self._triangle = self._triangle_of(given)

    def _wide(self, value: Tensor) -> Tensor:
        return value.unsqueeze(-1).unsqueeze(-1)

    @property
    def mean(self) -> Tensor:
        return self._wide(self.df) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """NaN up to df = p + 1.

        Example:

            >>> from autotensor.distributions import Wishart
            >>> Wishart(5.0, at.eye(2)).mode  # (df - p - 1) · 1
            tensor([[2., 0.],
                    [0., 2.]])
        """
        factor = self.df - self._event_shape[-1] - 1
        return self._wide(where(factor > 0, factor, float("nan"))) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        covariance = self.covariance_matrix
        diagonal = covariance.diagonal(dim1=-2, dim2=-1)
        both = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self._wide(self.df) * (covariance.pow(2) + both)

    def rsample(
        self, sample_shape: Sequence[int] = (), max_try_correction: int | None = None
    ) -> Tensor:
        """By Bartlett's decomposition: the Cholesky factor has χ numbers on the diagonal and normal
        ones below.  ``max_try_correction``, how often PyTorch draws again what is singular, has no
        effect: nothing is, but by rounding.

        Example:

            >>> from autotensor.distributions import Wishart
            >>> draws = Wishart(at.tensor(5.0, requires_grad=True), at.eye(2)).rsample((10,))
            >>> draws.shape, draws.requires_grad
            (torch.Size([10, 2, 2]), True)
        """
        shape, p = self._extended_shape(sample_shape), self._event_shape[-1]
        degrees = self.df.unsqueeze(-1) - arange(p, dtype=self.df.dtype)
        diagonal = Chi2(degrees, validate_args=False).rsample(sample_shape).sqrt()
        below = standard_normal(shape, self.df.dtype).tril(-1)
        factor = self._triangle @ (below + diagonal.diag_embed())
        return factor @ factor.mT

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        p = self._event_shape[-1]
        factor, no_factor = cholesky_ex(value)
        # Unchecked, it may be no such matrix: then NaN.
        factor = where((no_factor == 0)[..., None, None], factor, math.nan)
        trace = square_sum(solve_triangular(self._triangle, factor, upper=False))
        powers = (self.df - p - 1) * log_diagonal(factor)
        return powers - 0.5 * trace - self.df * self._log_scale() - mvlgamma(self.df / 2, p)

    def _log_scale(self) -> Tensor:
        """``ln det(√2 L)``."""
        return 0.5 * self._event_shape[-1] * math.log(2) + log_diagonal(self._triangle)

    def entropy(self) -> Tensor:
        p, half = self._event_shape[-1], self.df / 2
        slopes = (self._wide(half)[..., 0] - 0.5 * arange(p, dtype=half.dtype)).digamma().sum(-1)
        value = (p + 1) * self._log_scale() + mvlgamma(half, p) + half * p
        return value - (half - 0.5 * (p + 1)) * slopes

    @property
    def _mean_carrier_measure(self) -> float:
        return 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return -0.5 * self.precision_matrix, 0.5 * (self.df - self._event_shape[-1] - 1)

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        p = self._event_shape[-1]
        half = y + 0.5 * (p + 1)
        return half * (p * math.log(2) - slogdet(-2 * x)[1]) + mvlgamma(half, p)
