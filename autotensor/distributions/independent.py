"""Batch dims as dims of the event."""

from __future__ import annotations

from collections.abc import Sequence

from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import sum_rightmost
from autotensor.engine.tensor import Tensor

__all__ = ["Independent"]


class Independent(Distribution):
    """``base_distribution`` with its last ``reinterpreted_batch_ndims`` batch dims in the event:
    their logarithms of densities are summed.

    Raises:
        ValueError: the base has fewer batch dims.

    Example:

        >>> from autotensor.distributions import Independent, Normal
        >>> base = Normal(at.zeros(5, 3), 1.0)  # fifteen numbers
        >>> d = Independent(base, 1)  # five vectors
        >>> d.batch_shape, d.event_shape
        (torch.Size([5]), torch.Size([3]))
        >>> bool((d.log_prob(at.ones(3)) == base.log_prob(at.ones(3)).sum(-1)).all())
        True
    """

    arg_constraints: dict[str, Constraint] = {}
    base_dist: Distribution

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        batch = base_distribution.batch_shape
        if reinterpreted_batch_ndims > len(batch):
            raise ValueError(
                f"Independent: reinterpreted_batch_ndims is {reinterpreted_batch_ndims}, but the "
                f"batch shape is {batch}"
            )
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        cut = len(batch) - reinterpreted_batch_ndims
        event_shape = (*batch[cut:], *base_distribution.event_shape)
        super().__init__(batch[:cut], event_shape, validate_args=validate_args)

    @property  # a constant of the class elsewhere; here it depends on the base
    def has_rsample(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_rsample

    @property  # likewise
    def has_enumerate_support(self) -> bool:  # type: ignore[override]
        return self.reinterpreted_batch_ndims == 0 and self.base_dist.has_enumerate_support

    @constraints.dependent_property
    def support(self) -> Constraint:
        inner = self.base_dist.support
        more = self.reinterpreted_batch_ndims
        return constraints.independent(inner, more) if more else inner

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        if self.reinterpreted_batch_ndims > 0:
            raise self._lacks("enumerate_support over the product of several dims")
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"
