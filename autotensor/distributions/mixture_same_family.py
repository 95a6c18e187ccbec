"""Mixtures of distributions of one kind."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.constraints import Constraint, MixtureSameFamilyConstraint
from autotensor.distributions.distribution import Distribution
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.arguments import common_shape
from autotensor.operators.reductions import log_softmax, logsumexp

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """One of the distributions along the last batch dim of ``component_distribution``, chosen by
    ``mixture_distribution``.

    Raises:
        TypeError: a mixture that is no ``Categorical``, components that are no ``Distribution``.
        ValueError: not as many components as classes.
        RuntimeError: batch shapes that do not broadcast.

    Example:

        >>> from autotensor.distributions import Categorical, MixtureSameFamily, Normal
        >>> weights = Categorical(at.tensor([0.25, 0.75]))
        >>> d = MixtureSameFamily(weights, Normal(at.tensor([0.0, 4.0]), 1.0))
        >>> d.mean, d.variance  # ¾ · 4; 1 + ¼ · 9 + ¾ · 1
        (tensor(3.), tensor(4.))
    """

    arg_constraints: dict[str, Constraint] = {}

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        for name, given, kind in (
            ("mixture_distribution", mixture_distribution, Categorical),
            ("component_distribution", component_distribution, Distribution),
        ):
            if not isinstance(given, kind):
                raise TypeError(
                    f"MixtureSameFamily: {name} must be a {kind.__name__}, got "
                    f"{type(given).__name__}"
                )
        classes = mixture_distribution.param_shape[-1]
        inner = component_distribution.batch_shape
        if inner[-1:] != (classes,):
            raise ValueError(
                f"MixtureSameFamily: {classes} classes but components of batch shape {inner}; its "
                "last dim must be as long"
            )
        batch = mixture_distribution.batch_shape
        problem = f"MixtureSameFamily: mixture of batch shape {batch}, components of {inner}"
        shape = common_shape(f"{problem} do not broadcast", batch, inner[:-1])
        self._mixture_distribution = (
            mixture_distribution if batch == shape else mixture_distribution.expand(shape)
        )
        self._component_distribution = (
            component_distribution
            if inner[:-1] == shape
            else component_distribution.expand((*shape, classes))
        )
        super().__init__(shape, component_distribution.event_shape, validate_args)

    @constraints.dependent_property
    def support(self) -> Constraint:
        return MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """Which component.

        Example:

            >>> from autotensor.distributions import Categorical, MixtureSameFamily, Normal
            >>> d = MixtureSameFamily(Categorical(at.ones(2)), Normal(at.zeros(2), 1.0))
            >>> d.mixture_distribution.probs
            tensor([0.5000, 0.5000])
        """
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components, along the last batch dim.

        Example:

            >>> from autotensor.distributions import Categorical, MixtureSameFamily, Normal
            >>> d = MixtureSameFamily(Categorical(at.ones(2)), Normal(at.tensor([0.0, 5.0]), 1.0))
            >>> d.component_distribution.loc
            tensor([0., 5.])
        """
        return self._component_distribution

    def _average(self, value: Tensor) -> Tensor:
        """The mean over components, whose dim is before those of the event."""
        dims = len(self._event_shape)
        probs = self._mixture_distribution.probs
        return (probs.reshape(*probs.shape, *(1 for _ in range(dims))) * value).sum(-1 - dims)

    @property
    def mean(self) -> Tensor:
        return self._average(self._component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        """Within the components, and of their means.

        Example:

            >>> from autotensor.distributions import Categorical, MixtureSameFamily, Normal
            >>> components = Normal(at.tensor([-1.0, 1.0]), 2.0)
            >>> MixtureSameFamily(Categorical(at.ones(2)), components).variance  # 4 + 1
            tensor(5.)
        """
        away = self._component_distribution.mean - self._pad(self.mean)
        return self._average(self._component_distribution.variance + away.pow(2))

    def _pad(self, value: Tensor) -> Tensor:
        """``value`` with a dim for the components."""
        return value.unsqueeze(-1 - len(self._event_shape))

    def log_prob(self, x: Tensor) -> Tensor:
        self._check(x)
        each = self._component_distribution.log_prob(self._pad(x))
        return logsumexp(each + log_softmax(self._mixture_distribution.logits, -1), -1)

    def cdf(self, x: Tensor) -> Tensor:
        each = self._component_distribution.cdf(self._pad(x))
        return (each * self._mixture_distribution.probs).sum(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with no_grad():
            which = self._mixture_distribution.sample(sample_shape)
            each = self._component_distribution.sample(sample_shape)
            dim, event = which.ndim, self._event_shape
            places = which.reshape(*which.shape, *(1 for _ in range(1 + len(event))))
            return each.gather(dim, places.expand(*which.shape, 1, *event)).squeeze(dim)

    def __repr__(self) -> str:
        inside = f"\n  {self._mixture_distribution},\n  {self._component_distribution}"
        return f"{type(self).__name__}({inside})"
