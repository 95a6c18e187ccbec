"""The Weibull distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import as_value, euler_constant, open_uniform, power_log
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma

__all__ = ["Weibull"]


class Weibull(Distribution):
    """``scale · e^(1/concentration)`` for e from ``Exponential(1)``.

    Raises:
        ValueError: a ``scale`` or ``concentration`` that is not positive.

    Example:

        >>> from autotensor.distributions import Weibull
        >>> d = Weibull(2.0, 1.0)  # concentration 1: Exponential(1/2)
        >>> d.mean.round(decimals=3), d.cdf(at.tensor(2.0))
        (tensor(2.), tensor(0.6321))
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive
    has_rsample = True
    scale: Tensor
    concentration: Tensor

    def __init__(
        self,
        scale: Tensor | float,
        concentration: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, scale=scale, concentration=concentration)

    @property
    def mean(self) -> Tensor:
        return self.scale * lgamma(1 + 1 / self.concentration).exp()

    @property
    def mode(self) -> Tensor:
        """0 for concentrations up to 1.

        Example:

            >>> from autotensor.distributions import Weibull
            >>> Weibull(2.0, at.tensor([1.0, 2.0])).mode  # 0 and 2 · √½
            tensor([0.0000, 1.4142])
        """
        above = (1 - 1 / self.concentration).clamp(min=0)
        return self.scale * above ** (1 / self.concentration)

    @property
    def variance(self) -> Tensor:
        inverse = 1 / self.concentration
        square = lgamma(1 + 2 * inverse).exp() - (2 * lgamma(1 + inverse)).exp()
        return self.scale.pow(2) * square

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = open_uniform(self._extended_shape(sample_shape), self.scale.dtype)
        return self.scale * (-noise.log()) ** (1 / self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z, k = value / self.scale, self.concentration
        height = (self.concentration / self.scale).log()
        return height + power_log(k - 1, z) - z**k

    def cdf(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.scale.dtype)
        self._check_for_cdf(value)
        return -(-((value / self.scale) ** self.concentration)).expm1()

    def icdf(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.scale.dtype)
        return self.scale * (-(-value).log1p()) ** (1 / self.concentration)

    def entropy(self) -> Tensor:
        k = self.concentration
        return euler_constant * (1 - 1 / k) + (self.scale / k).log() + 1
