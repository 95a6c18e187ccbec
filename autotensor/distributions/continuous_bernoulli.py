"""The continuous Bernoulli distribution, on [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import Odds
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure import where
from autotensor.random import rand
from autotensor.type_info import finfo

__all__ = ["ContinuousBernoulli"]


def _even(x: Tensor, *coefficients: float) -> Tensor:
    """``c₀ + c₁ x² + c₂ x⁴ + …``."""
    square = x * x
    total: Any = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * square + coefficient
    return total


def _quantile_series(u: Tensor, x: Tensor) -> Tensor:
    """``ln(1 + u (e^x - 1)) / x``, whose coefficients are the cumulants of a trial of chance u, by
    factorials; up to the eighth."""
    v, skew = u * (1 - u), 1 - 2 * u
    cumulants: list[Any] = [
        1.0,
        skew,
        1 - 6 * v,
        skew * (1 - 12 * v),
        1 - 30 * v + 120 * v * v,
        skew * (1 - 60 * v + 360 * v * v),
        1 - 126 * v + 1680 * v * v - 5040 * v * v * v,
    ]
    total: Any = 0.0
    for order, cumulant in reversed(list(enumerate(cumulants, 2))):
        total = total * x + cumulant / math.factorial(order)
    return u + v * x * total


class ContinuousBernoulli(Odds, ExponentialFamily):
    """Density in proportion to ``probs^x (1 - probs)^(1 - x)`` for x in [0, 1]: with λ for
    ``logits`` it is ``λ e^(λx) / (e^λ - 1)`` (Loaiza-Ganem and Cunningham, The continuous
    Bernoulli, 2019).

    ``lims`` is where PyTorch cuts out the middle, in which its formulas lose digits.  Here series
    take over near λ = 0, and ``lims`` has no effect.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or ``probs`` outside (0, 1).

    Example:

        >>> from autotensor.distributions import ContinuousBernoulli
        >>> d = ContinuousBernoulli(at.tensor([0.5, 0.9]))
        >>> d.mean, d.log_prob(at.tensor([0.3, 1.0])).exp()  # even; most of it near 1
        (tensor([0.5000, 0.6699]), tensor([1.0000, 2.4719]))
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._lims = lims
        self._hold(validate_args, **self._just_one(probs=probs, logits=logits))

    def _half(self) -> tuple[Tensor, Tensor, Tensor]:
        """Whether ``λ/2`` is small, it where that is so, and it where not; elsewhere harmless
        numbers."""
        half = 0.5 * self.logits
        small = half.abs() < 0.15
        return small, where(small, half, 0.0), where(small, 1.0, half)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        """``ln((e^λ - 1) / λ) = λ/2 + ln(sinh(λ/2) / (λ/2))``."""
        half = 0.5 * x
        small = half.abs() < 0.15
        near, size = where(small, half, 0.0), where(small, 1.0, half).abs()
        series = near * near * _even(near, 1 / 6, -1 / 180, 1 / 2835, -1 / 37800, 1 / 467775)
        return half + where(small, series, size + (-(-2 * size).expm1() / (2 * size)).log())

    def log_normalizer(self) -> Tensor:
        """``ln((e^λ - 1) / λ)``.

        Example:

            >>> from autotensor.distributions import ContinuousBernoulli
            >>> d = ContinuousBernoulli(logits=at.tensor([0.0, 2.0]))
            >>> d.log_normalizer().exp()  # 1 and (e² - 1) / 2
            tensor([1.0000, 3.1945])
        """
        return self._log_normalizer(self.logits)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    @property
    def mean(self) -> Tensor:
        """``1/2 + coth(λ/2) / 2 - 1/λ``, the derivative of the normalizer's logarithm.

        Example:

            >>> from autotensor.distributions import ContinuousBernoulli
            >>> ContinuousBernoulli(at.tensor([0.1, 0.5, 0.9])).mean  # on both sides of ½
            tensor([0.3301, 0.5000, 0.6699])
        """
        small, near, far = self._half()
        series = near * _even(near, 1 / 6, -1 / 90, 1 / 945, -1 / 9450, 1 / 93555)
        return 0.5 + where(small, series, 0.5 / far.tanh() - 0.5 / far)

    @property
    def variance(self) -> Tensor:
        """``1/λ² - 1 / (4 sinh²(λ/2))``, the second derivative.

        Example:

            >>> from autotensor.distributions import ContinuousBernoulli
            >>> ContinuousBernoulli(0.5).variance  # of an even distribution, 1/12
            tensor(0.0833)
        """
        small, near, far = self._half()
        series = _even(near, 1 / 12, -1 / 60, 1 / 378, -1 / 2700, 1 / 20790)
        size = far.abs()
        # 1 / sinh² = 4 e^-2x / (1 - e^-2x)², which does not overflow.
        steep = (-2 * size).exp() / (-2 * size).expm1().pow(2)
        return where(small, series, 0.25 / (far * far) - steep)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self._param.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return value * self.logits - self.log_normalizer()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        value = value.clamp(0, 1)
        logits = self.logits
        small = logits.abs() < 1e-7
        rate = where(small, -1.0, -logits.abs())
        # For λ > 0 both (e^(λx) - 1) and (e^λ - 1) are divided by their large powers.
        lift = where(logits > 0, rate * (1 - value), 0.0).exp()
        part = lift * (rate * value).expm1() / rate.expm1()
        return where(small, value * (1 + 0.5 * logits * (value - 1)), part).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """``ln(1 + u (e^λ - 1)) / λ`` for the probability u.

        Example:

            >>> from autotensor.distributions import ContinuousBernoulli
            >>> d = ContinuousBernoulli(logits=at.tensor(20.0))
            >>> d.icdf(at.tensor([0.0, 1e-9, 0.5, 1.0]))
            tensor([0.0000, 0.0198, 0.9653, 1.0000])
        """
        logits, kind = self.logits, finfo(self.logits.dtype)
        small = logits.abs() < 0.05
        away = where(small, 1.0, logits)
        over = away > math.log(kind.max)
        more = value * where(over, 1.0, away).expm1()
        far = (more < -0.5) | (more > kind.max**0.25) | (over & (value > 0))
        near = where(far, 0.0, more).log1p()
        # The same with the larger power taken out: u e^λ + (1 - u) = e^λ (u + (1 - u) e^-λ).
        share, less = where(far, where(away > 0, value, 1 - value), 1.0), (-away.abs()).exp()
        sharp = (share == 0) & (less < kind.tiny)
        rest = (where(sharp, 1.0, share) + (1 - share) * less).log()
        tail = where(sharp, -away.abs(), rest) + away.clamp(min=0)
        x = where(small, _quantile_series(value, logits), where(far, tail, near) / away)
        return where((value >= 0) & (value <= 1), x.clamp(0, 1), math.nan)

    def entropy(self) -> Tensor:
        return self.log_normalizer() - self.logits * self.mean
