"""The gamma distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import as_value, expanded
from autotensor.engine.operator import binary, operator
from autotensor.engine.tensor import Tensor
from autotensor.kernels import tails
from autotensor.operators.pointwise import lgamma, xlogy
from autotensor.random import thread_generator
from autotensor.special import gammainc
from autotensor.type_info import finfo

__all__ = ["Gamma"]


def _no_second_derivative(g: Any) -> Any:
    raise NotImplementedError("rsample of Gamma: there is no second derivative by concentration")


@binary(tails.gamma_shift, input=_no_second_derivative, other=_no_second_derivative)
def _shift(input: Any, other: Any) -> Any:
    """How the quantile ``other`` moves with the concentration ``input``."""


@operator(concentration=lambda g, concentration, output: g * _shift(concentration, output))
def standard_gamma(concentration: Any) -> Any:
    """Draws of rate 1.  d concentration = g · -(∂F/∂concentration) / p, at the draw: the derivative
    of a quantile (Figurnov, Mohamed and Mnih, Implicit reparameterization gradients, 2018)."""
    kind = concentration.dtype
    drawn = np.asarray(thread_generator().rng.standard_gamma(concentration), kind)
    return drawn.clip(finfo(kind).tiny)  # where it rounds to 0, the density may be infinite


class Gamma(ExponentialFamily):
    """Density ``rate^concentration x^(concentration - 1) e^(-rate · x) / Γ(concentration)`` for
    x > 0.

    Raises:
        ValueError: a ``concentration`` or ``rate`` that is not positive.

    Example:

        >>> from autotensor.distributions import Gamma
        >>> d = Gamma(at.tensor(3.0, requires_grad=True), 2.0)  # three waits of ½ on average
        >>> d.mean.item(), d.variance.item(), d.rsample().requires_grad
        (1.5, 0.75, True)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0
    concentration: Tensor
    rate: Tensor

    def __init__(
        self,
        concentration: Tensor | float,
        rate: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, concentration=concentration, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        drawn = standard_gamma(expanded(self.concentration, shape)) / self.rate
        # Division by a large rate may round to 0 what was not.
        return drawn.clamp(min=finfo(drawn.dtype).tiny)

    def log_prob(self, value: Tensor | float) -> Tensor:
        value = as_value(value, self.rate.dtype)
        self._check(value)
        return (
            xlogy(self.concentration, self.rate)
            + xlogy(self.concentration - 1, value)
            - self.rate * value
            - lgamma(self.concentration)
        )

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return gammainc(self.concentration, self.rate * value)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - self.rate.log() + lgamma(a) + (1.0 - a) * a.digamma()

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        return lgamma(x + 1) - (x + 1) * (-y).log()
