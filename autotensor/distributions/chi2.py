"""The χ² distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from autotensor.distributions import constraints
from autotensor.distributions.gamma import Gamma
from autotensor.engine.tensor import Tensor

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The sum of the squares of ``df`` standard normal numbers: ``Gamma(df/2, 1/2)``.

    Raises:
        ValueError: a ``df`` that is not positive.

    Example:

        >>> from autotensor.distributions import Chi2
        >>> d = Chi2(at.tensor([1.0, 4.0]))
        >>> d.mean, d.variance
        (tensor([1., 4.]), tensor([2., 8.]))
    """

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Tensor | float, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new = super().expand(batch_shape, _instance)
        new.concentration = self.concentration.expand(batch_shape)
        new.rate = self.rate.expand(batch_shape)
        return new

    @property
    def df(self) -> Tensor:
        """Degrees of freedom.

        Example:

            >>> from autotensor.distributions import Chi2
            >>> Chi2(5.0).df
            tensor(5.)
        """
        return self.concentration * 2
