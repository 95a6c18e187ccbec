"""The Poisson distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import expanded
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma, xlogy
from autotensor.random import poisson

__all__ = ["Poisson"]


class Poisson(ExponentialFamily):
    """``rate^x e^-rate / x!`` for x = 0, 1, ….

    Raises:
        ValueError: a negative ``rate``.

    Example:

        >>> from autotensor.distributions import Poisson
        >>> d = Poisson(2.0)
        >>> d.log_prob(at.arange(4.0)).exp()  # 1, 2, 2, 4/3 times e⁻²
        tensor([0.1353, 0.2707, 0.2707, 0.1804])
        >>> d.sample((3, 4)).shape
        torch.Size([3, 4])
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    rate: Tensor

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        self._hold(validate_args, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with no_grad():
            return poisson(expanded(self.rate, self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return x.exp()
