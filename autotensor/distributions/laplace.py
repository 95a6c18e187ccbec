"""The Laplace distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import clamped_uniform
from autotensor.engine.tensor import Tensor

__all__ = ["Laplace"]


class Laplace(Distribution):
    """Density ``e^(-|x - loc| / scale) / (2 scale)``.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import Laplace
        >>> d = Laplace(1.0, 2.0)
        >>> d.log_prob(at.tensor([1.0, -1.0])).exp(), d.variance  # ¼ and ¼ / e
        (tensor([0.2500, 0.0920]), tensor(8.))
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    loc: Tensor
    scale: Tensor

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self._hold(validate_args, loc=loc, scale=scale)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = clamped_uniform(self._extended_shape(sample_shape), self.loc.dtype)
        return self._quantile(noise - 0.5)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (value - self.loc) / self.scale
        return 0.5 - 0.5 * z.sign() * (-z.abs()).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        return self._quantile(value - 0.5)

    def _quantile(self, from_middle: Tensor) -> Tensor:
        return self.loc - self.scale * from_middle.sign() * (-2 * from_middle.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()
