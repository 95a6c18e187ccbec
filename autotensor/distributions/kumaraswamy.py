"""The Kumaraswamy distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import as_value, clamped_uniform, euler_constant, power_log
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import where

__all__ = ["Kumaraswamy"]


def _mirrored_power(x: Tensor, power: Tensor) -> Tensor:
    """``1 - (1 - x)^power``, exact for small x, with a derivative at 1."""
    high = x > 0.5
    low = (power * (-where(high, 0.0, x)).log1p()).expm1()
    return where(high, 1 - where(high, 1 - x, 1.0) ** power, -low)


class Kumaraswamy(Distribution):
    """``F(x) = 1 - (1 - x^a)^b`` in (0, 1); a is ``concentration1``, b ``concentration0``.

    Raises:
        ValueError: a concentration that is not positive.

    Example:

        >>> from autotensor.distributions import Kumaraswamy
        >>> d = Kumaraswamy(1.0, 2.0)
        >>> d.cdf(at.tensor([0.5, 1.0])), d.mean  # 1 - (1 - x)²
        (tensor([0.7500, 1.0000]), tensor(0.3333))
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True
    concentration1: Tensor
    concentration0: Tensor

    def __init__(
        self,
        concentration1: Tensor | float,
        concentration0: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, concentration1=concentration1, concentration0=concentration0)

    def _moment(self, n: int) -> Tensor:
        """``E[x^n] = b B(1 + n/a, b)``."""
        a, b = 1 + n / self.concentration1, self.concentration0
        return b * (lgamma(a) + lgamma(b) - lgamma(a + b)).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """NaN where the density has no maximum inside.

        Example:

            >>> from autotensor.distributions import Kumaraswamy
            >>> Kumaraswamy(at.tensor([0.5, 2.0]), 2.0).mode  # √(1/3)
            tensor([   nan, 0.5774])
        """
        a, b = self.concentration1, self.concentration0
        inside = (a >= 1) & (b >= 1) & ~((a == 1) & (b == 1))
        return where(inside, ((a - 1) / (a * b - 1)) ** (1 / a), float("nan"))

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self.mean.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(clamped_uniform(shape, self.concentration1.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        a, b = self.concentration1, self.concentration0
        power = value**a
        rest = where((b == 1) & (power == 1), 0.0, power)  # 0 · ln 0 is 0
        return (a * b).log() + power_log(a - 1, value) + (b - 1) * (-rest).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return _mirrored_power(value**self.concentration1, self.concentration0)

    def icdf(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.concentration1.dtype)
        return _mirrored_power(value, 1 / self.concentration0) ** (1 / self.concentration1)

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - 1 / b) + (1 - 1 / a) * harmonic - a.log() - b.log()
