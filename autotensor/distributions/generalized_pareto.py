"""The generalized Pareto distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import above
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure import where
from autotensor.random import rand

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """``F(x) = 1 - (1 + concentration · z)^(-1/concentration)`` with ``z = (x - loc) / scale``, and
    ``1 - e^-z`` for concentration 0: what lies above a threshold ``loc``.

    Raises:
        ValueError: a ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import GeneralizedPareto
        >>> d = GeneralizedPareto(loc=0.0, scale=1.0, concentration=at.tensor([0.0, 0.5]))
        >>> d.mean, d.cdf(at.tensor(2.0))  # 1 - e⁻² and 1 - 2⁻²
        (tensor([1., 2.]), tensor([0.8647, 0.7500]))
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True
    loc: Tensor
    scale: Tensor
    concentration: Tensor

    def __init__(
        self,
        loc: Tensor | float,
        scale: Tensor | float,
        concentration: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, loc=loc, scale=scale, concentration=concentration)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Constraint:
        """From ``loc`` on, up to ``loc - scale / concentration`` where that is above.

        Example:

            >>> from autotensor.distributions import GeneralizedPareto
            >>> support = GeneralizedPareto(1.0, 1.0, -0.5).support  # from 1 to 3
            >>> support.check(at.tensor([0.5, 2.0, 4.0]))
            tensor([False,  True, False])
        """
        negative = self.concentration < 0
        end = self.loc - self.scale / where(negative, self.concentration, -1.0)
        return constraints.interval(self.loc, where(negative, end, math.inf))

    @property
    def mean(self) -> Tensor:
        """Infinite from concentration 1 on.

        Example:

            >>> from autotensor.distributions import GeneralizedPareto
            >>> GeneralizedPareto(0.0, 1.0, at.tensor([0.5, 1.0])).mean
            tensor([2., inf])
        """
        k = self.concentration
        gap = above(1 - k, 0.0)
        return where(k < 1, self.loc + self.scale / gap, math.inf)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite from concentration 1/2 on.

        Example:

            >>> from autotensor.distributions import GeneralizedPareto
            >>> GeneralizedPareto(0.0, 1.0, at.tensor([0.0, 0.5])).variance
            tensor([1., inf])
        """
        k = self.concentration
        gap = above(1 - 2 * k, 0.0)  # 1 - k is (1 + gap)/2
        return where(k < 0.5, 4 * self.scale.pow(2) / ((1 + gap).pow(2) * gap), math.inf)

    def _log_beyond(self, value: Tensor) -> Tensor:
        """``ln(1 - F)``; for a concentration near 0 by the first terms of its series."""
        z, k = (value - self.loc) / self.scale, self.concentration
        small = ((k * z).abs() < 1e-8) | (k == 0)
        away, bend = where(small, 1.0, k), k * where(z.isinf(), 0.0, z)
        return where(small, -z * (1 - 0.5 * bend), -(away * z).log1p() / away)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return (1 + self.concentration) * self._log_beyond(value) - self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return where(value < self.loc, math.nan, -self._log_beyond(value).expm1())

    def icdf(self, value: Tensor) -> Tensor:
        beyond, k = -(-value).log1p(), self.concentration
        last = beyond.isinf()
        small = ((k.abs() < 1e-8) & ~last) | (k == 0)
        away, bend = where(small, 1.0, k), k * where(last, 0.0, beyond)
        steps = where(small, beyond * (1 + 0.5 * bend), (away * beyond).expm1() / away)
        return self.loc + self.scale * steps

    def entropy(self) -> Tensor:
        return self.scale.log() + self.concentration + 1
