"""The Cauchy distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import clamped_uniform
from autotensor.engine.tensor import Tensor

__all__ = ["Cauchy"]


class Cauchy(Distribution):
    """Density ``1 / (π scale (1 + z²))`` with ``z = (x - loc) / scale``; it has no mean.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import Cauchy
        >>> d = Cauchy(2.0, 1.0)
        >>> d.cdf(at.tensor([1.0, 2.0, 3.0])), d.mean
        (tensor([0.2500, 0.5000, 0.7500]), tensor(nan))
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
        return self.loc.detach() * float("nan")

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.loc.detach() * 0 + float("inf")

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(clamped_uniform(self._extended_shape(sample_shape), self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (value - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - (z * z).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Tensor:
        return math.log(4 * math.pi) + self.scale.log()
