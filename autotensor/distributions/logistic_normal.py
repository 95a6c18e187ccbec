"""The logistic-normal distribution, on the simplex."""

from __future__ import annotations

from autotensor.distributions import constraints
from autotensor.distributions.normal import Normal
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import StickBreakingTransform
from autotensor.engine.tensor import Tensor

__all__ = ["LogisticNormal"]


class LogisticNormal(TransformedDistribution):
    """K normal numbers, broken off a stick as by ``StickBreakingTransform``.

    Shapes: ``loc`` and ``scale`` ``(…, K)`` give the event shape ``(K + 1,)``.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None
    ) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Tensor:
        """Those of the normal numbers."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """Those of the normal numbers."""
        return self.base_dist.base_dist.scale
