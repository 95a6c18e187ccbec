"""The F distribution of Fisher and Snedecor."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.gamma import Gamma
from autotensor.distributions.utils import above
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma
from autotensor.operators.structure import where
from autotensor.type_info import finfo

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Distribution):
    """``(c1 / df1) / (c2 / df2)`` for c from ``Chi2`` of ``df1`` and ``df2``.

    Raises:
        ValueError: degrees of freedom that are not positive.

    Example:

        >>> from autotensor.distributions import FisherSnedecor
        >>> FisherSnedecor(5.0, 10.0).mean, FisherSnedecor(5.0, 2.0).mean  # none unless df2 > 2
        (tensor(1.2500), tensor(nan))
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True
    df1: Tensor
    df2: Tensor

    def __init__(
        self, df1: Tensor | float, df2: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self._hold(validate_args, df1=df1, df2=df2)

    @property
    def mean(self) -> Tensor:
        """NaN up to df2 = 2.

        Example:

            >>> from autotensor.distributions import FisherSnedecor
            >>> FisherSnedecor(5.0, at.tensor([2.0, 4.0])).mean  # df2 / (df2 - 2)
            tensor([nan, 2.])
        """
        n = above(self.df2, 2.0)
        return where(self.df2 > 2, n / (n - 2), float("nan"))

    @property
    def mode(self) -> Tensor:
        """NaN up to df1 = 2.

        Example:

            >>> from autotensor.distributions import FisherSnedecor
            >>> FisherSnedecor(4.0, 2.0).mode
            tensor(0.2500)
        """
        inside = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 > 2, inside, float("nan"))

    @property
    def variance(self) -> Tensor:
        """NaN up to df2 = 4.

        Example:

            >>> from autotensor.distributions import FisherSnedecor
            >>> FisherSnedecor(4.0, at.tensor([4.0, 6.0])).variance
            tensor([   nan, 4.5000])
        """
        m, n = self.df1, above(self.df2, 4.0)
        square = 2 * n.pow(2) * (m + n - 2) / (m * (n - 2).pow(2) * (n - 4))
        return where(self.df2 > 4, square, float("nan"))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        above, below = (
            Gamma(0.5 * df, 0.5 * df, validate_args=False).rsample(sample_shape)
            for df in (self.df1, self.df2)
        )
        tiny = finfo(above.dtype).tiny
        return (above / below.clamp(min=tiny)).clamp(min=tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        m, n = 0.5 * self.df1, 0.5 * self.df2
        ratio = self.df1 / self.df2
        log_beta = lgamma(m) + lgamma(n) - lgamma(m + n)
        powers = (m - 1) * value.log() - (m + n) * (ratio * value).log1p()
        return m * ratio.log() + powers - log_beta

    def entropy(self) -> Tensor:
        m, n = 0.5 * self.df1, 0.5 * self.df2
        log_beta = lgamma(m) + lgamma(n) - lgamma(m + n)
        spread = (1 - m) * m.digamma() - (1 + n) * n.digamma() + (m + n) * (m + n).digamma()
        return log_beta - (self.df1 / self.df2).log() + spread
