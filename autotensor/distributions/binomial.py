"""The binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotensor.creation import arange, tensor
from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import Odds, expanded
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid
from autotensor.operators.pointwise import lgamma
from autotensor.random import counts_of_trials, thread_generator

__all__ = ["Binomial"]


class Binomial(Odds, Distribution):
    """How many of n = ``total_count`` trials succeed:
    ``n! / (x! (n - x)!) probs^x (1 - probs)^(n - x)`` for x = 0 … n.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or numbers out of range.

    Example:

        >>> from autotensor.distributions import Binomial
        >>> d = Binomial(3, 0.5)
        >>> d.log_prob(at.arange(4.0)).exp()  # 1, 3, 3 and 1 of 8
        tensor([0.1250, 0.3750, 0.3750, 0.1250])
        >>> d.mean, d.variance
        (tensor(1.5000), tensor(0.7500))
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True
    total_count: Tensor

    def __init__(
        self,
        total_count: Tensor | int = 1,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = self._just_one(probs=probs, logits=logits)
        self._hold(validate_args, total_count=total_count, **given)
        self.total_count = self.total_count.to(self._param.dtype)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        whole = ((self.total_count + 1) * self.probs).floor()
        return whole.minimum(self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        counts = counts_of_trials(expanded(self.total_count, shape).array, "Binomial")
        chances = expanded(self.probs.detach(), shape).array.astype(np.float64)
        return tensor(thread_generator().rng.binomial(counts, chances), dtype=self._param.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        n = self.total_count
        ways = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        chances = value * logsigmoid(self.logits) + (n - value) * logsigmoid(-self.logits)
        return ways + chances

    def entropy(self) -> Tensor:
        """For one ``total_count`` in all places: by its definition, over all counts.

        Example:

            >>> from autotensor.distributions import Binomial
            >>> at.exp(Binomial(1, 0.5).entropy()).round(decimals=3)  # a coin
            tensor(2.)
        """
        values = self.enumerate_support(expand=False)
        logs = self.log_prob(values)
        return -(logs.exp() * logs).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All counts, where ``total_count`` is the same in all places.

        Raises:
            NotImplementedError: it is not.

        Example:

            >>> from autotensor.distributions import Binomial
            >>> Binomial(3, 0.5).enumerate_support()
            tensor([0., 1., 2., 3.])
        """
        total = int(self.total_count.max())
        if int(self.total_count.min()) != total:
            raise self._lacks("enumerate_support, and so entropy, of differing total_count")
        return self._enumerated(arange(1 + total, dtype=self._param.dtype), expand)
