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

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import LogisticNormal
        >>> d = LogisticNormal(at.zeros(2), at.ones(2))
        >>> d.event_shape, bool(at.isclose(d.sample().sum(), at.tensor(1.0)))
        (torch.Size([3]), True)
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
        """Those of the normal numbers.

        Example:

            >>> from autotensor.distributions import LogisticNormal
            >>> LogisticNormal(at.zeros(2), at.ones(2)).loc
            tensor([0., 0.])
        """
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """Those of the normal numbers.

        Example:

            >>> from autotensor.distributions import LogisticNormal
            >>> LogisticNormal(at.zeros(2), at.ones(2)).scale
            tensor([1., 1.])
        """
        return self.base_dist.base_dist.scale
