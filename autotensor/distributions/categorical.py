"""The categorical distribution: one of K classes, by number."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import arange, full
from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import lazy_property, logits_to_probs, probs_to_logits
from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor
from autotensor.operators.reductions import logsumexp
from autotensor.operators.structure import broadcast_shapes
from autotensor.random import multinomial
from autotensor.type_info import finfo

__all__ = ["Categorical"]


class Categorical(Distribution):
    """The class k = 0 … K - 1 with probability ``probs[..., k]``, which is in proportion to what is
    given, or to ``e^logits[..., k]``.

    Shapes: ``(…, K)`` gives the batch shape ``(…)``.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or no dimension of classes.

    Example:

        >>> from autotensor.distributions import Categorical
        >>> d = Categorical(at.tensor([1.0, 1.0, 2.0]))
        >>> d.probs, d.log_prob(at.tensor(2)).exp()
        (tensor([0.2500, 0.2500, 0.5000]), tensor(0.5000))
        >>> Categorical(logits=at.zeros(8, 10)).sample((5,)).shape
        torch.Size([5, 8])
        >>> Categorical(logits=at.zeros(4)).perplexity().round(decimals=3)
        tensor(4.)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = self._just_one(probs=probs, logits=logits)
        for name, value in given.items():
            if not isinstance(value, Tensor) or value.ndim == 0:
                shown = "a number" if isinstance(value, Tensor) else type(value).__name__
                raise ValueError(
                    f"{type(self).__name__}: {name} must be a Tensor of at least one dim, got "
                    f"{shown}"
                )
        if logits is not None:
            given = {"logits": logits - logsumexp(logits, -1, keepdim=True)}
        elif probs is not None:
            given = {"probs": probs / probs.sum(-1, keepdim=True)}
        self._hold(validate_args, event_shape=(), **given)

    @lazy_property
    def logits(self) -> Tensor:
        """``ln probs``."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities; they sum to 1."""
        return logits_to_probs(self.logits)

    @property
    def _param(self) -> Tensor:
        """The one that was given."""
        return vars(self)[self._given]

    @property
    def _num_events(self) -> int:
        return self._param.shape[-1]

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameter, ``(…, K)``.

        Example:

            >>> from autotensor.distributions import Categorical
            >>> Categorical(at.ones(5, 3)).param_shape
            torch.Size([5, 3])
        """
        return self._param.shape

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        """NaN: classes are no numbers.

        Example:

            >>> from autotensor.distributions import Categorical
            >>> Categorical(at.ones(3)).mean
            tensor(nan)
        """
        return full(self.batch_shape, float("nan"), dtype=self._param.dtype)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        """NaN: classes are no numbers.

        Example:

            >>> from autotensor.distributions import Categorical
            >>> Categorical(at.ones(3)).variance
            tensor(nan)
        """
        return self.mean

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        count = 1
        for size in sample_shape:
            count *= size
        rows = self.probs.detach().reshape(-1, self._num_events)
        if not (count and rows.shape[0]):
            return full(shape, 0, dtype=dtypes.int64)
        return multinomial(rows, count, replacement=True).t().reshape(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        shape = broadcast_shapes(value.shape, self.batch_shape)
        rows = self.logits.expand(*shape, self._num_events)
        return rows.gather(-1, value.long().expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        # A probability of 0 counts as nothing: 0 · ln 0 = 0.
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return self._enumerated(arange(self._num_events), expand)
