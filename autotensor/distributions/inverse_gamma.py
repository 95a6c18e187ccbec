"""The inverse gamma distribution."""

from __future__ import annotations

import math

from autotensor.distributions import constraints
from autotensor.distributions.gamma import Gamma
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import PowerTransform
from autotensor.distributions.utils import above
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import where
from autotensor.special import gammaincc

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    """``1 / x`` for x from ``Gamma(concentration, rate)``.

    Raises:
        ValueError: a ``concentration`` or ``rate`` that is not positive.

    Example:

        >>> from autotensor.distributions import InverseGamma
        >>> d = InverseGamma(3.0, 4.0)
        >>> d.mean, d.mode, d.variance
        (tensor(2.), tensor(1.), tensor(4.))
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive

    def __init__(
        self,
        concentration: Tensor | float,
        rate: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-1.0), validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:
        """That of the gamma distribution.

        Example:

            >>> from autotensor.distributions import InverseGamma
            >>> InverseGamma(3.0, 4.0).concentration
            tensor(3.)
        """
        return self.base_dist.concentration

    @property
    def rate(self) -> Tensor:
        """That of the gamma distribution.

        Example:

            >>> from autotensor.distributions import InverseGamma
            >>> InverseGamma(3.0, 4.0).rate
            tensor(4.)
        """
        return self.base_dist.rate

    @property
    def mean(self) -> Tensor:
        """Infinite for concentrations up to 1.

        Example:

            >>> from autotensor.distributions import InverseGamma
            >>> InverseGamma(at.tensor([1.0, 3.0]), 4.0).mean
            tensor([inf, 2.])
        """
        a = above(self.concentration, 1.0)
        return where(self.concentration > 1, self.rate / (a - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """Infinite for concentrations up to 2.

        Example:

            >>> from autotensor.distributions import InverseGamma
            >>> InverseGamma(at.tensor([2.0, 3.0]), 4.0).variance
            tensor([inf, 4.])
        """
        a = above(self.concentration, 2.0)
        return where(
            self.concentration > 2, self.rate.square() / ((a - 1).square() * (a - 2)), math.inf
        )

    def cdf(self, value: Tensor) -> Tensor:
        self._check_for_cdf(value)
        inside = value != 0
        return where(
            inside, gammaincc(self.concentration, self.rate / where(inside, value, 1.0)), 0.0
        )

    def entropy(self) -> Tensor:
        a = self.concentration
        return a + self.rate.log() + lgamma(a) - (1 + a) * a.digamma()
