"""The Pareto distribution of the first kind."""

from __future__ import annotations

import math

from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.exponential import Exponential
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import AffineTransform, ExpTransform
from autotensor.distributions.utils import above, as_tensors, as_value, broadcast_all
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure import where

__all__ = ["Pareto"]


class Pareto(TransformedDistribution):
    """``scale · e^x`` for x from ``Exponential(alpha)``: density ``alpha scale^alpha / x^(alpha +
    1)`` for x >= scale.

    Raises:
        ValueError: a ``scale`` or ``alpha`` that is not positive.

    Example:

        >>> from autotensor.distributions import Pareto
        >>> d = Pareto(1.0, 3.0)
        >>> d.mean, d.cdf(at.tensor(2.0))  # 1 - 2⁻³
        (tensor(1.5000), tensor(0.8750))
    """

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}
    scale: Tensor
    alpha: Tensor

    def __init__(
        self, scale: Tensor | float, alpha: Tensor | float, validate_args: bool | None = None
    ) -> None:
        given = as_tensors(type(self).__name__, {"scale": scale, "alpha": alpha})
        self.scale, self.alpha = broadcast_all(*given)
        base = Exponential(self.alpha, validate_args=False)
        stretch = [ExpTransform(), AffineTransform(0, self.scale)]
        super().__init__(base, stretch, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Constraint:
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        """Infinite for alpha up to 1.

        Example:

            >>> from autotensor.distributions import Pareto
            >>> Pareto(1.0, at.tensor([1.0, 3.0])).mean
            tensor([   inf, 1.5000])
        """
        a = above(self.alpha, 1.0)
        return where(self.alpha > 1, a * self.scale / (a - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        """Infinite for alpha up to 2.

        Example:

            >>> from autotensor.distributions import Pareto
            >>> Pareto(1.0, at.tensor([2.0, 3.0])).variance
            tensor([   inf, 0.7500])
        """
        a = above(self.alpha, 2.0)
        return where(self.alpha > 2, self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2)), math.inf)

    def cdf(self, value: Tensor | float) -> Tensor:
        return super().cdf(as_value(value, self.scale.dtype))

    def entropy(self) -> Tensor:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
