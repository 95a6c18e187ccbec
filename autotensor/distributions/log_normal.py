"""The log-normal distribution."""

from __future__ import annotations

from autotensor.distributions import constraints
from autotensor.distributions.normal import Normal
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import ExpTransform
from autotensor.engine.tensor import Tensor

__all__ = ["LogNormal"]


class LogNormal(TransformedDistribution):
    """``e^x`` for x from ``Normal(loc, scale)``.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import LogNormal
        >>> LogNormal(0.0, 1.0).cdf(at.tensor(1.0)), LogNormal(0.0, 1.0).mean  # ½; √e
        (tensor(0.5000), tensor(1.6487))
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None
    ) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of the logarithm.

        Example:

            >>> from autotensor.distributions import LogNormal
            >>> LogNormal(1.0, 0.5).loc
            tensor(1.)
        """
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The standard deviation of the logarithm.

        Example:

            >>> from autotensor.distributions import LogNormal
            >>> LogNormal(1.0, 0.5).scale
            tensor(0.5000)
        """
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() + self.loc
