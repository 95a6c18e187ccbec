"""The Gumbel distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import as_value, clamped_uniform, euler_constant
from autotensor.engine.tensor import Tensor

__all__ = ["Gumbel"]


class Gumbel(Distribution):
    """Density ``e^(-z - e^-z) / scale`` with ``z = (x - loc) / scale``: that of maxima.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import Gumbel
        >>> Gumbel(0.0, 1.0).cdf(at.tensor(0.0)), Gumbel(0.0, 1.0).mean  # 1/e; Euler's constant
        (tensor(0.3679), tensor(0.5772))
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
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(clamped_uniform(self._extended_shape(sample_shape), self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (value - self.loc) / self.scale
        return -z - (-z).exp() - self.scale.log()

    def cdf(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.loc.dtype)
        self._check(value)
        return (-((self.loc - value) / self.scale).exp()).exp()

    def icdf(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.loc.dtype)
        return self.loc - self.scale * (-value.log()).log()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + euler_constant)
