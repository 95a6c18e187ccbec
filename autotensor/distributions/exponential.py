"""The exponential distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import zeros_like
from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import open_uniform
from autotensor.engine.tensor import Tensor

__all__ = ["Exponential"]


class Exponential(ExponentialFamily):
    """Density ``rate · e^(-rate · x)`` for x >= 0.

    Raises:
        ValueError: a ``rate`` that is not positive.

    Example:

        >>> from autotensor.distributions import Exponential
        >>> d = Exponential(2.0)  # two events a minute
        >>> d.mean, d.cdf(at.tensor(1.0))  # half a minute; 1 - e⁻²
        (tensor(0.5000), tensor(0.8647))
    """

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0
    rate: Tensor

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        self._hold(validate_args, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return -open_uniform(self._extended_shape(sample_shape), self.rate.dtype).log() / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return -(-self.rate * value).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        return -(-value).log1p() / self.rate

    def entropy(self) -> Tensor:
        return 1.0 - self.rate.log()

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (-self.rate,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return -(-x).log()
