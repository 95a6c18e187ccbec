"""A Bernoulli distribution made continuous, so that gradients go through its draws."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import SigmoidTransform
from autotensor.distributions.utils import Odds, clamped_uniform, log_of
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(Odds, Distribution):
    """The logit of ``RelaxedBernoulli``: ``(logits + l) / temperature`` with l from the logistic
    distribution (Maddison, Mnih and Teh, The concrete distribution, 2017).

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or ``probs`` outside [0, 1].

    Example:

        >>> from autotensor.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
        >>> d = LogitRelaxedBernoulli(at.tensor(1.0), logits=at.tensor(0.0))
        >>> d.log_prob(at.tensor(0.0)).exp()  # the logistic density at its top
        tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        temperature: Tensor | float,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        self._hold(validate_args, **self._just_one(probs=probs, logits=logits))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        u = clamped_uniform(self._extended_shape(sample_shape), self._param.dtype)
        return (u.log() - (-u).log1p() + self.logits) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        away = self.logits - value * self.temperature
        return log_of(self.temperature) + logsigmoid(away) + logsigmoid(-away)


class RelaxedBernoulli(TransformedDistribution):
    """Numbers in (0, 1), the nearer to 0 and 1 the lower the ``temperature``:
    ``σ((logits + l) / temperature)`` with l from the logistic distribution.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or ``probs`` outside [0, 1].

    Example:

        >>> from autotensor.distributions import RelaxedBernoulli
        >>> probs = at.tensor(0.9, requires_grad=True)
        >>> draws = RelaxedBernoulli(0.1, probs).rsample((1000,))
        >>> draws.requires_grad, bool(((draws < 0.01) | (draws > 0.99)).float().mean() > 0.5)
        (True, True)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(
        self,
        temperature: Tensor | float,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Tensor | float:
        """How soft the draws are.

        Example:

            >>> from autotensor.distributions import RelaxedBernoulli
            >>> RelaxedBernoulli(at.tensor(0.5), probs=at.tensor(0.25)).temperature
            tensor(0.5000)
        """
        return self.base_dist.temperature

    @property
    def probs(self) -> Tensor:
        """The probability that a draw is nearer to 1.

        Example:

            >>> from autotensor.distributions import RelaxedBernoulli
            >>> RelaxedBernoulli(at.tensor(0.5), logits=at.tensor(0.0)).probs
            tensor(0.5000)
        """
        return self.base_dist.probs

    @property
    def logits(self) -> Tensor:
        """``ln(probs / (1 - probs))``.

        Example:

            >>> from autotensor.distributions import RelaxedBernoulli
            >>> RelaxedBernoulli(at.tensor(0.5), probs=at.tensor(0.75)).logits  # ln 3
            tensor(1.0986)
        """
        return self.base_dist.logits
