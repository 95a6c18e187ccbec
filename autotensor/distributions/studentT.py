"""Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.chi2 import Chi2
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import above, standard_normal
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import where

__all__ = ["StudentT"]


class StudentT(Distribution):
    """``loc + scale · n / √(c / df)`` for n from ``Normal(0, 1)`` and c from ``Chi2(df)``.

    Raises:
        ValueError: a ``df`` or ``scale`` that is not positive.

    Example:

        >>> from autotensor.distributions import StudentT
        >>> StudentT(4.0, loc=1.0).mean, StudentT(4.0).variance
        (tensor(1.), tensor(2.))
        >>> StudentT(1.0).log_prob(at.tensor(0.0)).exp()  # Cauchy's density, 1/π
        tensor(0.3183)
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True
    df: Tensor
    loc: Tensor
    scale: Tensor

    def __init__(
        self,
        df: Tensor | float,
        loc: Tensor | float = 0.0,
        scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self._hold(validate_args, df=df, loc=loc, scale=scale)

    @property
    def mean(self) -> Tensor:
        """NaN up to df = 1.

        Example:

            >>> from autotensor.distributions import StudentT
            >>> StudentT(at.tensor([1.0, 2.0]), loc=3.0).mean
            tensor([nan, 3.])
        """
        return where(self.df > 1, self.loc, float("nan"))

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite up to df = 2, NaN up to df = 1.

        Example:

            >>> from autotensor.distributions import StudentT
            >>> StudentT(at.tensor([1.0, 2.0, 4.0])).variance
            tensor([nan, inf, 2.])
        """
        df = above(self.df, 2.0)
        square = self.scale.pow(2) * df / (df - 2)
        return where(self.df > 2, square, where(self.df > 1, math.inf, float("nan")))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        normal = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        square = Chi2(self.df, validate_args=False).rsample(sample_shape)
        return self.loc + self.scale * normal * (self.df / square).sqrt()

    def _log_beta(self) -> Tensor:
        """``ln B(1/2, df/2)``."""
        return math.log(math.pi) / 2 + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (value - self.loc) / self.scale
        height = self.scale.log() + 0.5 * self.df.log() + self._log_beta()
        return -0.5 * (self.df + 1) * (z * z / self.df).log1p() - height

    def entropy(self) -> Tensor:
        half, rest = 0.5 * (self.df + 1), (0.5 * (self.df + 1)).digamma()
        spread = half * (rest - (0.5 * self.df).digamma())
        return self.scale.log() + spread + 0.5 * self.df.log() + self._log_beta()
