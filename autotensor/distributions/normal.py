"""The normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import standard_normal
from autotensor.engine.tensor import Tensor
from autotensor.special import ndtr, ndtri

__all__ = ["Normal"]


class Normal(ExponentialFamily):
    """Density ``exp(-(x - loc)² / (2 scale²)) / (scale √(2π))``.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import Normal
        >>> loc = at.tensor(0.0, requires_grad=True)
        >>> Normal(loc, 2.0).log_prob(at.tensor(3.0)).backward()
        >>> loc.grad  # (3 - 0) / 2²
        tensor(0.7500)
        >>> Normal(0.0, 1.0).cdf(at.tensor([-1.96, 0.0, 1.96]))
        tensor([0.0250, 0.5000, 0.9750])
        >>> Normal(loc, 2.0).rsample((5,)).requires_grad
        True
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _mean_carrier_measure = 0
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
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (value - self.loc) / self.scale
        return -0.5 * z * z - self.scale.log() - 0.5 * math.log(2 * math.pi)

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return ndtr((value - self.loc) / self.scale)

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * ndtri(value)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        precision = self.scale.pow(-2)
        return self.loc * precision, -0.5 * precision

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        return -0.25 * x * x / y + 0.5 * (-math.pi / y).log()
