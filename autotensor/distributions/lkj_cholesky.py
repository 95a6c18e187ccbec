"""The distribution of Lewandowski, Kurowicka and Joe, of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotensor.creation import arange
from autotensor.distributions import constraints
from autotensor.distributions.beta import Beta
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import standard_normal
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.pointwise import lgamma, mvlgamma
from autotensor.operators.structure import pad
from autotensor.type_info import finfo

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors L of correlation matrices M of ``dim`` rows, whose density is in proportion
    to ``det(M)^(concentration - 1)``: all are equally likely for 1.

    Of L it is so to ``Π Lᵢᵢ^(2 concentration - 2 + dim - i)`` over i = 2 … dim (Lewandowski,
    Kurowicka and Joe, Generating random correlation matrices based on vines and extended onion
    method, 2009).  Unlike in PyTorch, the draws of 3 rows and more have that density.

    Raises:
        ValueError: a ``dim`` less than 2, or a ``concentration`` that is not positive.

    Example:

        >>> from autotensor.distributions import LKJCholesky
        >>> L = LKJCholesky(3).sample()
        >>> at.allclose((L @ L.mT).diagonal(), at.ones(3))  # a correlation matrix
        True
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    concentration: Tensor

    def __init__(
        self,
        dim: int,
        concentration: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(dim, int) or dim < 2:
            raise ValueError(f"LKJCholesky: dim must be an int of at least 2, got {dim!r}")
        self.dim = dim
        self._hold(validate_args, event_shape=(dim, dim), concentration=concentration)

    def _rows(self) -> Tensor:
        """i = 2 … dim."""
        return arange(2, self.dim + 1, dtype=self.concentration.dtype)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """The onion method: below the diagonal row i points anywhere on a sphere, and its squared
        length is a beta number.

        Example:

            >>> from autotensor.distributions import LKJCholesky
            >>> LKJCholesky(4).sample((10,)).shape
            torch.Size([10, 4, 4])
        """
        with no_grad():
            rows = self._rows()
            away = self.concentration.unsqueeze(-1) + 0.5 * (self.dim - rows)
            square = Beta(0.5 * (rows - 1), away, validate_args=False).sample(sample_shape)
            shape = (*square.shape[:-1], self.dim - 1, self.dim)
            normal = standard_normal(shape, square.dtype).tril()
            unit = normal / normal.pow(2).sum(-1, keepdim=True).sqrt()
            below = pad(square.sqrt().unsqueeze(-1) * unit, (0, 0, 1, 0))
            rest = (1 - below.pow(2).sum(-1)).clamp(min=finfo(below.dtype).tiny)
            return below + rest.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        diagonal = value.diagonal(dim1=-2, dim2=-1)[..., 1:]
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - self._rows()
        size = self.dim - 1
        alpha = self.concentration + 0.5 * size
        volume = 0.5 * size * math.log(math.pi) + mvlgamma(alpha - 0.5, size) - size * lgamma(alpha)
        return (order * diagonal.log()).sum(-1) - volume
