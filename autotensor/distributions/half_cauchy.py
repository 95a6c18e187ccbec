"""The half-Cauchy distribution."""

from __future__ import annotations

import math

from autotensor.creation import zeros_like
from autotensor.distributions import constraints
from autotensor.distributions.cauchy import Cauchy
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import AbsTransform
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure import where

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """``|x|`` for x from ``Cauchy(0, scale)``.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import HalfCauchy
        >>> HalfCauchy(5.0).cdf(at.tensor(5.0)), HalfCauchy(5.0).log_prob(at.tensor(5.0)).exp()
        (tensor(0.5000), tensor(0.0637))
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None) -> None:
        base = Cauchy(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Tensor:
        """That of the Cauchy distribution.

        Example:

            >>> from autotensor.distributions import HalfCauchy
            >>> HalfCauchy(5.0).scale
            tensor(5.)
        """
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return self.scale.detach() * 0 + math.inf

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, prob: Tensor) -> Tensor:
        return self.base_dist.icdf((prob + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
