"""The Dirichlet distribution, on the simplex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.distributions import constraints
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.utils import expanded
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor
from autotensor.kernels import tails
from autotensor.operators.pointwise import lgamma, xlogy
from autotensor.operators.reductions import sum
from autotensor.operators.structure import one_hot, where
from autotensor.random import thread_generator
from autotensor.type_info import finfo

__all__ = ["Dirichlet"]


def _no_second_derivative(g: Any) -> Any:
    raise NotImplementedError("rsample of Dirichlet: there is no second derivative")


@operator(concentration=_no_second_derivative, x=_no_second_derivative)
def _shift(concentration: Any, x: Any) -> Any:
    rest = concentration.sum(-1, keepdims=True) - concentration
    return tails.beta_shift(concentration, rest, x)


def _pathwise(g: Any, concentration: Any, output: Any) -> Any:
    towards = g - sum(output * g, -1, keepdim=True)
    return _shift(concentration, output) * towards


@operator(concentration=_pathwise)
def standard_dirichlet(concentration: Any) -> Any:
    """Draws: gamma numbers over their sum.

    d concentrationᵢ moves xᵢ as a quantile of its margin, a beta distribution, and the others in
    proportion, ``dxⱼ = (δᵢⱼ - xⱼ) / (1 - xᵢ) · dxᵢ`` (Jankowiak and Obermeyer, Pathwise
    derivatives beyond the reparameterization trick, 2018).
    """
    kind = concentration.dtype
    a = concentration.astype(np.float64)
    # Small shapes are drawn by their logarithm, ln Γ(a + 1) + ln(u) / a, which does not round to 0.
    rng = thread_generator().rng
    logs = np.log(rng.standard_gamma(a + 1)) - rng.standard_exponential(a.shape) / a
    parts = np.exp(logs - logs.max(-1, keepdims=True))
    shares = (parts / parts.sum(-1, keepdims=True)).astype(kind)
    return shares.clip(finfo(kind).tiny, 1 - finfo(kind).eps / 2)


class Dirichlet(ExponentialFamily):
    """Density ``Π xᵢ^(concentrationᵢ - 1) / B(concentration)`` for x that sum to 1.

    Shapes: ``concentration (…, K)`` gives the batch shape ``(…)`` and the event shape ``(K,)``.

    Raises:
        ValueError: a concentration that is not positive, or none with a dimension.

    Example:

        >>> from autotensor.distributions import Dirichlet
        >>> d = Dirichlet(at.tensor([1.0, 1.0, 2.0]))
        >>> d.mean, bool(at.isclose(d.sample().sum(), at.tensor(1.0)))
        (tensor([0.2500, 0.2500, 0.5000]), True)
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    _mean_carrier_measure = 0
    concentration: Tensor

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        self._hold(validate_args, concentration=concentration)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        """Where all concentrations are below 1, the corner of the largest.

        Example:

            >>> from autotensor.distributions import Dirichlet
            >>> Dirichlet(at.tensor([2.0, 2.0, 4.0])).mode  # 1, 1 and 3 of 5
            tensor([0.2000, 0.2000, 0.6000])
        """
        above = (self.concentration - 1).clamp(min=0)
        inside = above / above.sum(-1, keepdim=True)
        corner = one_hot(self.concentration.argmax(-1), above.shape[-1]).to(above.dtype)
        return where((self.concentration < 1).all(-1, keepdim=True), corner, inside)

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, keepdim=True)
        return self.mean * (1 - self.mean) / (total + 1)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return standard_dirichlet(expanded(self.concentration, self._extended_shape(sample_shape)))

    def _log_beta(self) -> Tensor:
        """``ln B(concentration)``."""
        return lgamma(self.concentration).sum(-1) - lgamma(self.concentration.sum(-1))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return xlogy(self.concentration - 1.0, value).sum(-1) - self._log_beta()

    def entropy(self) -> Tensor:
        k, total = self.concentration.shape[-1], self.concentration.sum(-1)
        weighted = (self.concentration - 1.0) * self.concentration.digamma()
        return self._log_beta() + (total - k) * total.digamma() - weighted.sum(-1)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.concentration - 1,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return lgamma(x + 1).sum(-1) - lgamma((x + 1).sum(-1))
