"""The geometric distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.creation import zeros_like
from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import Odds, expanded, open_uniform
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import logsigmoid
from autotensor.operators.structure import where
from autotensor.special import entr
from autotensor.type_info import finfo

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

    def _log_chance(self, value: Tensor) -> Tensor:
        """``value · ln(1 - probs) + ln probs``, of what was given: ``logits`` that follow from
        ``probs`` are clamped."""
        if self._given == "logits":
            return value * logsigmoid(-self.logits) + logsigmoid(self.logits)
        p = self.probs
        fails = where((value == 0) & (p == 1), 0.0, p)  # 0 · ln 0 is 0, in the derivative too
        return value * (-fails).log1p() + p.log()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return self._log_chance(value)

    def entropy(self) -> Tensor:
        """``-(1 - probs) / probs · ln(1 - probs) - ln probs``.

        Example:

            >>> from autotensor.distributions import Geometric
            >>> Geometric(at.tensor([1.0, 0.5])).entropy() / at.log(at.tensor(2.0))  # in bits
            tensor([0., 2.])
        """
        if self._given == "logits":
            logits = self.logits
            rare = logits < math.log(finfo(logits.dtype).eps)
            away = where(rare, 0.0, logits)
            # With u = e^logits the first part is ln(1 + u) / u, which is 1 for u that are small.
            first = where(rare, 1.0, -logsigmoid(-away) * (-away).exp())
            return first - logsigmoid(logits)
        p = self.probs
        often = p > 0.5
        few = where(often, 0.0, p)
        return where(often, entr(1 - p), (few - 1) * (-few).log1p()) / p - p.log()
