"""The beta distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotensor.distributions import constraints
from autotensor.distributions.dirichlet import Dirichlet
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import as_tensors, broadcast_all
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import stack

__all__ = ["Beta"]


class Beta(ExponentialFamily):
    """Density ``x^(concentration1 - 1) (1 - x)^(concentration0 - 1) / B`` in (0, 1): the first of
    two numbers of a ``Dirichlet``.

    Raises:
        ValueError: a concentration that is not positive.

    Example:

        >>> from autotensor.distributions import Beta
        >>> d = Beta(3.0, 1.0)  # what two successes and no failure say of a chance
        >>> d.mean, d.log_prob(at.tensor(0.5)).exp()  # the density is 3x²
        (tensor(0.7500), tensor(0.7500))
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _dirichlet: Dirichlet

    def __init__(
        self,
        concentration1: Tensor | float,
        concentration0: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        given = {"concentration1": concentration1, "concentration0": concentration0}
        both = broadcast_all(*as_tensors(type(self).__name__, given))
        self._dirichlet = Dirichlet(stack(both, -1), validate_args=False)
        super().__init__(self._dirichlet.batch_shape, (), validate_args)

    @property
    def concentration1(self) -> Tensor:
        """The power of x, plus 1.

        Example:

            >>> from autotensor.distributions import Beta
            >>> Beta(3.0, 2.0).concentration1
            tensor(3.)
        """
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Tensor:
        """The power of 1 - x, plus 1.

        Example:

            >>> from autotensor.distributions import Beta
            >>> Beta(3.0, 2.0).concentration0
            tensor(2.)
        """
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> Tensor:
        return self._dirichlet.mean[..., 0]

    @property
    def mode(self) -> Tensor:
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Tensor:
        return self._dirichlet.variance[..., 0]

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._dirichlet.rsample(sample_shape)[..., 0]

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return self._dirichlet.log_prob(stack((value, 1.0 - value), -1))

    def entropy(self) -> Tensor:
        return self._dirichlet.entropy()

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return self.concentration1 - 1, self.concentration0 - 1

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Any:
        return lgamma(x + 1) + lgamma(y + 1) - lgamma(x + y + 2)
