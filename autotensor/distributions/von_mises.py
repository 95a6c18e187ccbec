"""The von Mises distribution, on the circle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autotensor.creation import tensor
from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import expanded
from autotensor.engine.tensor import Tensor
from autotensor.random import thread_generator
from autotensor.special import i0e, i1e

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Density ``e^(concentration · cos(x - loc)) / (2π I₀(concentration))`` of an angle x.

    ``mean`` is the direction ``loc``, and ``variance`` that of directions, ``1 - I₁ / I₀``.

    Raises:
        ValueError: a ``concentration`` that is not positive.

    Example:

        >>> from autotensor.distributions import VonMises
        >>> d = VonMises(0.0, 4.0)  # northward, some 30° to either side
        >>> density = d.log_prob(at.tensor([0.0, at.pi / 2]))
        >>> (density[0] - density[1]).round(decimals=3)  # the first is e⁴ times as likely
        tensor(4.)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False
    loc: Tensor
    concentration: Tensor

    def __init__(
        self,
        loc: Tensor | float,
        concentration: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, loc=loc, concentration=concentration)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Angles in [-π, π).

        Example:

            >>> from autotensor.distributions import VonMises
            >>> angles = VonMises(0.0, 100.0).sample((1000,))
            >>> bool((abs(angles) < 1).all())  # within a tenth, mostly
            True
        """
        shape = self._extended_shape(sample_shape)
        loc, concentration = (
            expanded(one.detach(), shape).array.astype(np.float64)
            for one in (self.loc, self.concentration)
        )
        angles = loc + thread_generator().rng.vonmises(0.0, concentration)
        return tensor((angles + math.pi) % (2 * math.pi) - math.pi, dtype=self.loc.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        # With e^-concentration taken off both parts: I₀ itself would overflow.
        away = (value - self.loc).cos() - 1
        return self.concentration * away - math.log(2 * math.pi) - i0e(self.concentration).log()
