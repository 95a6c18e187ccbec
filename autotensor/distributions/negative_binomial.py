"""The negative binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.gamma import Gamma
from autotensor.distributions.utils import Odds
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import where
from autotensor.random import poisson

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Odds, Distribution):
    """The number of successes, of probability ``probs``, before ``total_count`` failures:
    ``Γ(n + x) / (x! Γ(n)) (1 - probs)^n probs^x`` for x = 0, 1, ….

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or numbers out of range.

    Example:

        >>> from autotensor.distributions import NegativeBinomial
        >>> d = NegativeBinomial(2.0, 0.5)
        >>> d.log_prob(at.arange(3.0)).exp(), d.mean  # 1/4, 2/8, 3/16
        (tensor([0.2500, 0.2500, 0.1875]), tensor(2.))
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer
    total_count: Tensor

    def __init__(
        self,
        total_count: Tensor | float,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = self._just_one(probs=probs, logits=logits)
        self._hold(validate_args, total_count=total_count, **given)
        self.total_count = self.total_count.to(self._param.dtype)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Poisson numbers whose rates are gamma numbers.

        Example:

            >>> from autotensor.distributions import NegativeBinomial
            >>> draws = NegativeBinomial(2.0, 0.5).sample((100,))
            >>> draws.shape, bool((draws == draws.round()).all())
            (torch.Size([100]), True)
        """
        with no_grad():
            rate = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rate.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        n = self.total_count
        chances = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = lgamma(n + value) - lgamma(1.0 + value) - lgamma(n)
        return chances + where(n + value == 0, 0.0, ways)
