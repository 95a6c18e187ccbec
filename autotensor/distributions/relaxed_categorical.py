"""A one-hot categorical distribution made continuous, so that gradients go through its draws."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import tensor
from autotensor.distributions import constraints
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import ExpTransform
from autotensor.distributions.utils import clamped_uniform, log_of
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.reductions import log_softmax

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(Distribution):
    """The logarithm of ``RelaxedOneHotCategorical``, which does not round to 0.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or no dimension of classes.

    Example:

        >>> from autotensor.distributions.relaxed_categorical import ExpRelaxedCategorical
        >>> d = ExpRelaxedCategorical(0.5, logits=at.zeros(3))
        >>> at.isclose(d.sample().exp().sum(), at.tensor(1.0))
        tensor(True)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector  # of those, the ones whose exponentials sum to 1
    has_rsample = True
    _categorical: Categorical

    def __init__(
        self,
        temperature: Tensor | float,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """The probability that a class is the largest of a draw.

        Example:

            >>> from autotensor.distributions.relaxed_categorical import ExpRelaxedCategorical
            >>> ExpRelaxedCategorical(at.tensor(0.5), logits=at.zeros(4)).probs
            tensor([0.2500, 0.2500, 0.2500, 0.2500])
        """
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """``ln probs``.

        Example:

            >>> from autotensor.distributions.relaxed_categorical import ExpRelaxedCategorical
            >>> ExpRelaxedCategorical(at.tensor(0.5), probs=at.tensor([1.0, 3.0])).logits.exp()
            tensor([0.2500, 0.7500])
        """
        return self._categorical.logits

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameter, ``(…, K)``.

        Example:

            >>> from autotensor.distributions.relaxed_categorical import ExpRelaxedCategorical
            >>> ExpRelaxedCategorical(at.tensor(0.5), at.ones(5, 3)).param_shape
            torch.Size([5, 3])
        """
        return self._categorical.param_shape

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        u = clamped_uniform(self._extended_shape(sample_shape), self.logits.dtype)
        gumbel = -(-u.log()).log()
        return log_softmax((self.logits + gumbel) / self.temperature, -1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        k = self._event_shape[0]
        ways = lgamma(tensor(float(k), dtype=self.logits.dtype))
        score = log_softmax(self.logits - value * self.temperature, -1).sum(-1)
        return score + ways + (k - 1) * log_of(self.temperature)


class RelaxedOneHotCategorical(TransformedDistribution):
    """Points of the simplex, the nearer to its corners the lower the ``temperature``:
    ``softmax((logits + g) / temperature)`` with g from ``Gumbel(0, 1)`` (Jang, Gu and Poole,
    Categorical reparameterization with Gumbel-softmax, 2017).

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or no dimension of classes.

    Example:

        >>> from autotensor.distributions import RelaxedOneHotCategorical
        >>> logits = at.zeros(3, requires_grad=True)
        >>> draws = RelaxedOneHotCategorical(0.1, logits=logits).rsample((1000,))
        >>> draws.requires_grad, bool((draws.max(-1).values > 0.99).float().mean() > 0.5)
        (True, True)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex

    def __init__(
        self,
        temperature: Tensor | float,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Tensor | float:
        """How soft the draws are.

        Example:

            >>> from autotensor.distributions import RelaxedOneHotCategorical
            >>> RelaxedOneHotCategorical(at.tensor(0.5), at.ones(3)).temperature
            tensor(0.5000)
        """
        return self.base_dist.temperature

    @property
    def probs(self) -> Tensor:
        """The probability that a class is the largest of a draw.

        Example:

            >>> from autotensor.distributions import RelaxedOneHotCategorical
            >>> RelaxedOneHotCategorical(at.tensor(0.5), logits=at.zeros(4)).probs
            tensor([0.2500, 0.2500, 0.2500, 0.2500])
        """
        return self.base_dist.probs

    @property
    def logits(self) -> Tensor:
        """``ln probs``.

        Example:

            >>> from autotensor.distributions import RelaxedOneHotCategorical
            >>> RelaxedOneHotCategorical(at.tensor(0.5), at.tensor([1.0, 3.0])).logits.exp()
            tensor([0.2500, 0.7500])
        """
        return self.base_dist.logits
