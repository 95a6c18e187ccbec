"""The geometric distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import zeros_like
from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import Odds, expanded, open_uniform
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid, softplus
from autotensor.operators.pointwise import xlogy

__all__ = ["Geometric"]


class Geometric(Odds, Distribution):
    """The number of failures before a first success, ``(1 - probs)^x probs`` for x = 0, 1, ….

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or ``probs`` outside (0, 1].

    Example:

        >>> from autotensor.distributions import Geometric
        >>> d = Geometric(0.5)
        >>> d.log_prob(at.arange(4.0)).exp(), d.mean
        (tensor([0.5000, 0.2500, 0.1250, 0.0625]), tensor(1.))
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, **self._just_one(probs=probs, logits=logits))
        if self._validate_args and probs is not None and not bool((self.probs > 0).all()):
            raise ValueError(
                f"Geometric: probs must be above 0, or a success never comes, but is {self.probs}"
            )

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            probs = expanded(self.probs, shape)
            return (open_uniform(shape, probs.dtype).log() / (-probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return value * -softplus(self.logits) + logsigmoid(self.logits)

    def entropy(self) -> Tensor:
        p = self.probs
        return -(xlogy(1 - p, 1 - p) + xlogy(p, p)) / p
