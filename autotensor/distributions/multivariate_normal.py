"""The multivariate normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autotensor.creation import eye
from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import lazy_property, log_diagonal, standard_normal
from autotensor.engine.tensor import Tensor
from autotensor.facts import Size
from autotensor.linalg import cholesky, solve_triangular
from autotensor.operators.linalg import cholesky_solve

__all__ = ["MultivariateNormal"]


def product(matrix: Tensor, vector: Tensor) -> Tensor:
    """``matrix · vector`` of stacks that broadcast."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def mahalanobis(triangle: Tensor, vector: Tensor) -> Tensor:
    """``|L⁻¹ v|²`` of stacks that broadcast."""
    if triangle.ndim == 2:  # all vectors at once, as columns
        columns = vector.reshape(-1, vector.shape[-1]).mT
        solved = solve_triangular(triangle, columns, upper=False).pow(2).sum(0)
        return solved.reshape(vector.shape[:-1])
    solved = solve_triangular(triangle, vector.unsqueeze(-1), upper=False)
    return solved.pow(2).sum((-2, -1))


def triangle_of_precision(precision: Tensor) -> Tensor:
    """The Cholesky factor of the inverse, from that of the matrix turned around."""
    turned = cholesky(precision.flip((-2, -1))).flip((-2, -1)).mT
    return solve_triangular(turned, eye(precision.shape[-1], dtype=precision.dtype), upper=False)


class Covariance:
    """``scale_tril``, ``covariance_matrix`` and ``precision_matrix``: L, L·Lᵀ and its inverse, of
    which one was given."""

    _batch_shape: Size
    _triangle: Tensor
    """L as it was given, without the batch shape that other parameters may have added."""

    @staticmethod
    def _triangle_of(given: dict[str, Tensor]) -> Tensor:
        ((name, matrix),) = given.items()
        if name == "scale_tril":
            return matrix
        return cholesky(matrix) if name == "covariance_matrix" else triangle_of_precision(matrix)

    def _of_batch(self, matrix: Tensor) -> Tensor:
        return matrix.expand(*self._batch_shape, *matrix.shape[-2:])

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor L of the covariance."""
        return self._of_batch(self._triangle)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """``L·Lᵀ``."""
        return self._of_batch(self._triangle @ self._triangle.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        unit = eye(self._triangle.shape[-1], dtype=self._triangle.dtype)
        return self._of_batch(cholesky_solve(unit, self._triangle))


def need_matrix(name: str, given: dict[str, Any]) -> None:
    """Raises ValueError unless the one parameter given is a Tensor of square matrices."""
    ((argument, matrix),) = given.items()
    if not isinstance(matrix, Tensor) or matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        shown = tuple(matrix.shape) if isinstance(matrix, Tensor) else type(matrix).__name__
        raise ValueError(f"{name}: {argument} must be a Tensor (…, n, n), got {shown}")


class MultivariateNormal(Covariance, Distribution):
    """Density ``exp(-|L⁻¹ (x - loc)|² / 2) / ((2π)^(n/2) det L)`` with the covariance ``L·Lᵀ``.

    One of covariance, its inverse and its Cholesky factor is given; the factor saves work.

    Shapes: ``loc (…, n)`` and matrices ``(…, n, n)`` give the event shape ``(n,)``.

    Raises:
        ValueError: not just one matrix, shapes that do not fit, or a matrix that is not positive
            definite.

    Example:

        >>> from autotensor.distributions import MultivariateNormal
        >>> d = MultivariateNormal(at.zeros(2), at.tensor([[4.0, 2.0], [2.0, 2.0]]))
        >>> d.scale_tril
        tensor([[2., 0.],
                [1., 1.]])
        >>> d.rsample((10,)).shape, d.log_prob(at.zeros(10, 2)).shape
        (torch.Size([10, 2]), torch.Size([10]))
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True
    loc: Tensor

    def __init__(
        self,
        loc: Tensor,
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
        size = next(iter(given.values())).shape[-1]
        if isinstance(loc, Tensor) and loc.ndim and loc.shape[-1] not in (1, size):
            raise ValueError(
                f"{type(self).__name__}: loc of shape {tuple(loc.shape)} does not go with matrices "
                f"of {size} rows"
            )
        if isinstance(loc, Tensor) and loc.ndim:
            loc = loc.expand(*loc.shape[:-1], size)
        self._hold(validate_args, event_shape=(size,), loc=loc, **given)
        self._triangle = self._triangle_of(given)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._triangle.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + product(self._triangle, noise)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        away = mahalanobis(self._triangle, value - self.loc)
        height = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (height + away) - log_diagonal(self._triangle)

    def entropy(self) -> Tensor:
        n = self._event_shape[0]
        value = 0.5 * n * (1 + math.log(2 * math.pi)) + log_diagonal(self._triangle)
        return value.expand(self._batch_shape)
