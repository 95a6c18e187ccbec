"""The Bernoulli distribution: one trial."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import arange
from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import Odds, expanded
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid
from autotensor.operators.structure import where
from autotensor.random import bernoulli

__all__ = ["Bernoulli"]


class Bernoulli(Odds, ExponentialFamily):
    """1 with probability ``probs = σ(logits)``, else 0.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or ``probs`` outside [0, 1].

    Example:

        >>> from autotensor.distributions import Bernoulli
        >>> coin = Bernoulli(0.25)
        >>> coin.mean, coin.variance, coin.log_prob(at.tensor([0.0, 1.0])).exp()
        (tensor(0.2500), tensor(0.1875), tensor([0.7500, 0.2500]))
        >>> Bernoulli(logits=0.0).probs
        tensor(0.5000)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, **self._just_one(probs=probs, logits=logits))

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        """NaN where both are equally likely.

        Example:

            >>> from autotensor.distributions import Bernoulli
            >>> Bernoulli(at.tensor([0.25, 0.5, 0.75])).mode
            tensor([0., nan, 1.])
        """
        likely = (self.probs >= 0.5).to(self.probs.dtype)
        return where(self.probs == 0.5, float("nan"), likely)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return bernoulli(expanded(self.probs, shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return value * logsigmoid(self.logits) + (1 - value) * logsigmoid(-self.logits)

    def entropy(self) -> Tensor:
        return -self.probs * logsigmoid(self.logits) - (1 - self.probs) * logsigmoid(-self.logits)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return self._enumerated(arange(2, dtype=self._param.dtype), expand)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return -logsigmoid(-x)
