"""The uniform distribution on an interval."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.engine.tensor import Tensor
from autotensor.random import rand

__all__ = ["Uniform"]


class Uniform(Distribution):
    """Density ``1 / (high - low)`` in ``[low, high)``.

    Raises:
        ValueError: a ``low`` that is not below ``high``.

    Example:

        >>> from autotensor.distributions import Uniform
        >>> d = Uniform(2.0, 6.0)
        >>> d.log_prob(at.tensor(3.0)).exp(), d.cdf(at.tensor(3.0)), d.mean
        (tensor(0.2500), tensor(0.2500), tensor(4.))
    """

    arg_constraints = {
        "low": constraints.dependent(is_discrete=False, event_dim=0),
        "high": constraints.dependent(is_discrete=False, event_dim=0),
    }
    has_rsample = True
    low: Tensor
    high: Tensor

    def __init__(
        self, low: Tensor | float, high: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self._hold(validate_args, low=low, high=high)
        if self._validate_args and not bool((self.low < self.high).all()):
            raise ValueError(f"Uniform: low must be below high, got {self.low} and {self.high}")

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Constraint:
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        """NaN: no place is more likely than another.

        Example:

            >>> from autotensor.distributions import Uniform
            >>> Uniform(0.0, 1.0).mode
            tensor(nan)
        """
        return self.high * float("nan")

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        sample = self.low + noise * (self.high - self.low)
        # Rounding may take it up to high, which has no density; one step down, by a constant.
        return sample - (sample - self.high.nextafter(self.low)).clamp(min=0).detach()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        inside = (self.low <= value) & (value < self.high)
        return inside.to(self.low.dtype).log() - (self.high - self.low).log()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        return (self.high - self.low).log()
