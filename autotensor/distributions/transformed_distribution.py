"""Distributions of transformed draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.independent import Independent
from autotensor.distributions.transforms import ComposeTransform, Transform
from autotensor.distributions.utils import sum_rightmost
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """``y = t(x)`` for x from ``base_distribution`` and one or more transforms t, the first first.

    ``ln p(y) = ln p(x) - ln |det dy/dx|``.

    Raises:
        TypeError: something else than a transform.
        ValueError: the transforms need more dims than the base has.

    Example:

        >>> from autotensor.distributions import AffineTransform, ExpTransform
        >>> from autotensor.distributions import LogNormal, Normal, TransformedDistribution
        >>> transforms = [AffineTransform(3.0, 2.0), ExpTransform()]
        >>> d = TransformedDistribution(Normal(0.0, 1.0), transforms)
        >>> at.isclose(d.log_prob(at.tensor(5.0)), LogNormal(3.0, 2.0).log_prob(at.tensor(5.0)))
        tensor(True)
    """

    arg_constraints: dict[str, Constraint] = {}
    base_dist: Any

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        for one in self.transforms:
            if not isinstance(one, Transform):
                raise TypeError(
                    f"{type(self).__name__}: transforms must be a Transform or a list of them, got "
                    f"{type(one).__name__}"
                )
        whole = ComposeTransform(self.transforms)
        base = base_distribution
        event_dim = len(base.event_shape)
        shape = (*base.batch_shape, *base.event_shape)
        need = whole.domain.event_dim
        if len(shape) < need:
            raise ValueError(
                f"{type(self).__name__}: the transforms need {need} dims, but the base has batch "
                f"and event shape {shape}"
            )
        forward = whole.forward_shape(shape)
        # Parameters of the transforms may have broadcast it.
        wide = whole.inverse_shape(forward)
        if shape != wide:
            base = base.expand(wide[: len(wide) - event_dim])
        self.base_dist = Independent(base, need - event_dim) if need > event_dim else base
        more = whole.codomain.event_dim - need
        cut = len(forward) - max(whole.codomain.event_dim, event_dim + more)
        super().__init__(forward[:cut], forward[cut:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Constraint:
        if not self.transforms:
            return self.base_dist.support
        last = self.transforms[-1].codomain
        more = len(self.event_shape) - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    @property  # a constant of the class elsewhere; here it depends on the base
    def has_rsample(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_rsample

    def _forward(self, x: Tensor) -> Tensor:
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._forward(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        dims = len(self.event_shape)
        total: Any = 0.0
        for transform in reversed(self.transforms):
            before = transform.inv(value)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            change = transform.log_abs_det_jacobian(before, value)
            total = total - sum_rightmost(change, dims - transform.domain.event_dim)
            value = before
        inner = self.base_dist.log_prob(value)
        return total + sum_rightmost(inner, dims - len(self.base_dist.event_shape))

    def _from_below(self, probability: Tensor) -> Tensor:
        """``1 - probability`` where the transforms are decreasing."""
        sign = math.prod(one.sign for one in self.transforms)
        return (
            probability if isinstance(sign, int) and sign == 1 else sign * (probability - 0.5) + 0.5
        )

    def cdf(self, value: Tensor) -> Tensor:
        self._check_for_cdf(value)
        before = value
        for transform in reversed(self.transforms):
            before = transform.inv(before)
        if self._validate_args:
            # A base that checks nothing itself would go on, and give what is no probability.
            try:
                self.base_dist._validate_sample(before, ends=True)
            except ValueError as error:
                raise ValueError(
                    f"{type(self).__name__}: cdf of {value}, which its transforms lead back to "
                    f"{before}: {error}"
                ) from None
        return self._from_below(self.base_dist.cdf(before))

    def icdf(self, value: Tensor) -> Tensor:
        return self._forward(self.base_dist.icdf(self._from_below(value)))
