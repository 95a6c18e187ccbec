"""The multinomial distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotensor.creation import tensor
from autotensor.distributions import constraints
from autotensor.distributions.binomial import Binomial
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import expanded
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import broadcast_tensors, where
from autotensor.random import thread_generator

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How many of ``total_count`` draws of a ``Categorical`` fall into each class.

    Shapes: ``probs`` or ``logits`` ``(…, K)`` give the event shape ``(K,)``.

    Raises:
        NotImplementedError: a ``total_count`` that is no int.

    Example:

        >>> from autotensor.distributions import Multinomial
        >>> d = Multinomial(4, at.tensor([0.5, 0.5]))
        >>> d.mean, d.sample().sum()
        (tensor([2., 2.]), tensor(4.))
        >>> d.log_prob(at.tensor([2.0, 2.0])).exp()  # 6 of 16
        tensor(0.3750)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    _categorical: Categorical

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError(
                f"Multinomial: total_count must be one int, got {type(total_count).__name__}"
            )
        if total_count < 0:
            raise ValueError(f"Multinomial: total_count must be at least 0, got {total_count}")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Constraint:
        return constraints.multinomial(self.total_count)

    @property
    def probs(self) -> Tensor:
        """The probabilities; they sum to 1.

        Example:

            >>> from autotensor.distributions import Multinomial
            >>> Multinomial(4, at.tensor([1.0, 3.0])).probs
            tensor([0.2500, 0.7500])
        """
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """``ln probs``.

        Example:

            >>> from autotensor.distributions import Multinomial
            >>> Multinomial(4, at.tensor([1.0, 3.0])).logits.exp()
            tensor([0.2500, 0.7500])
        """
        return self._categorical.logits

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameter, ``(…, K)``.

        Example:

            >>> from autotensor.distributions import Multinomial
            >>> Multinomial(4, at.ones(5, 3)).param_shape
            torch.Size([5, 3])
        """
        return self._categorical.param_shape

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        probs = expanded(self.probs.detach(), shape)
        chances = probs.array.astype(np.float64)
        chances = chances / chances.sum(-1, keepdims=True)
        return tensor(
            thread_generator().rng.multinomial(self.total_count, chances), dtype=probs.dtype
        )

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logits, value = broadcast_tensors(self.logits, value)
        ways = lgamma(value.sum(-1) + 1) - lgamma(value + 1).sum(-1)
        return ways + where((value == 0) & logits.isneginf(), 0.0, value * logits).sum(-1)

    def entropy(self) -> Tensor:
        """By Stirling's numbers of each class, which are binomial.

        Example:

            >>> from autotensor.distributions import Multinomial
            >>> at.exp(Multinomial(1, at.ones(4)).entropy()).round(decimals=3)  # four classes
            tensor(4.)
        """
        n = self.total_count
        count = Binomial(n, probs=self.probs)
        values = count.enumerate_support(expand=False)[1:]
        inner = (count.log_prob(values).exp() * lgamma(values + 1)).sum((0, -1))
        return n * self._categorical.entropy() - lgamma(tensor(n + 1.0, dtype=inner.dtype)) + inner
