"""The categorical distribution with one-hot vectors instead of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.creation import eye
from autotensor.distributions import constraints
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.distribution import Distribution
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure import one_hot

__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]


class OneHotCategorical(Distribution):
    """``Categorical`` with a 1 in the place of the class.

    Shapes: ``probs`` or ``logits`` ``(…, K)`` give the event shape ``(K,)``.

    Raises:
        ValueError: not just one of ``probs`` and ``logits``, or no dimension of classes.

    Example:

        >>> from autotensor.distributions import OneHotCategorical
        >>> d = OneHotCategorical(at.tensor([0.25, 0.75]))
        >>> d.log_prob(at.tensor([0.0, 1.0])).exp(), d.sample((5,)).sum(-1)
        (tensor(0.7500), tensor([1., 1., 1., 1., 1.]))
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True
    _categorical: Categorical

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args)

    @property
    def _param(self) -> Tensor:
        return self._categorical._param

    @property
    def probs(self) -> Tensor:
        """The probabilities; they sum to 1.

        Example:

            >>> from autotensor.distributions import OneHotCategorical
            >>> OneHotCategorical(logits=at.zeros(4)).probs
            tensor([0.2500, 0.2500, 0.2500, 0.2500])
        """
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """``ln probs``.

        Example:

            >>> from autotensor.distributions import OneHotCategorical
            >>> OneHotCategorical(at.tensor([1.0, 3.0])).logits.exp()
            tensor([0.2500, 0.7500])
        """
        return self._categorical.logits

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameter, ``(…, K)``.

        Example:

            >>> from autotensor.distributions import OneHotCategorical
            >>> OneHotCategorical(at.ones(5, 3)).param_shape
            torch.Size([5, 3])
        """
        return self._categorical.param_shape

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return self._vectors(self._categorical.mode)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def _vectors(self, classes: Tensor) -> Tensor:
        return one_hot(classes, self._event_shape[0]).to(self._param.dtype)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._vectors(self._categorical.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        k = self._event_shape[0]
        values = eye(k, dtype=self._param.dtype).reshape(k, *(1 for _ in self._batch_shape), k)
        return values.expand(k, *self._batch_shape, k) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """``OneHotCategorical`` whose draws have the gradient of ``probs`` (Bengio, Léonard and
    Courville, Estimating or propagating gradients through stochastic neurons, 2013).

    Example:

        >>> from autotensor.distributions import OneHotCategoricalStraightThrough
        >>> probs = at.tensor([0.25, 0.75], requires_grad=True)
        >>> draw = OneHotCategoricalStraightThrough(probs).rsample()
        >>> draw.detach().round().sum(), draw.requires_grad
        (tensor(1.), True)
    """

    has_rsample = True

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
