"""Exponential families, whose entropy follows from their normalizer."""

from __future__ import annotations

from typing import Any

from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import sum_rightmost
from autotensor.engine.backward import grad
from autotensor.engine.modes import enable_grad
from autotensor.engine.tensor import Tensor

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities ``h(x) · exp(⟨t(x), θ⟩ - F(θ))`` with natural parameters θ and log normalizer F.

    A subclass that gives ``_natural_params``, ``_log_normalizer`` and ``_mean_carrier_measure``,
    ``E[ln h(x)]``, has an entropy and a divergence from its kind: the gradient of F is ``E[t(x)]``
    (Nielsen and Nock, Entropies and cross-entropies of exponential families, 2010).  Unlike
    PyTorch's, both have derivatives by the parameters.

    Example:

        >>> from autotensor.distributions import Bernoulli, ExponentialFamily, Normal
        >>> isinstance(Normal(0.0, 1.0), ExponentialFamily), Bernoulli(0.5).entropy()  # ln 2
        (True, tensor(0.6931))
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise self._lacks("the tuple _natural_params")

    # ``Any`` of any number, because each family takes as many as it has natural parameters.
    def _log_normalizer(self, *natural_params: Any, **named: Any) -> Any:
        raise self._lacks("_log_normalizer")

    @property
    def _mean_carrier_measure(self) -> float | Tensor:
        raise self._lacks("_mean_carrier_measure")

    def bregman(self, other: ExponentialFamily | None = None) -> Tensor:
        """``F(θ') - F(θ) - ⟨θ' - θ, ∇F(θ)⟩`` with the θ' of ``other``; of none, all of it that has
        a θ' is left out.

        Example:

            >>> from autotensor.distributions import Exponential, kl_divergence
            >>> p, q = Exponential(1.0), Exponential(2.0)
            >>> at.isclose(p.bregman(q), kl_divergence(p, q))
            tensor(True)
        """
        with enable_grad():
            theta: list[Any] = [
                one if one.requires_grad else one.detach().requires_grad_()
                for one in self._natural_params
            ]
            value = self._log_normalizer(*theta)
            means: Any = grad(value.sum(), theta, create_graph=True)
        batch, result = len(self.batch_shape), -value
        for one, mean in zip(theta, means, strict=True):
            result = result + sum_rightmost(one * mean, one.ndim - batch)
        if other is not None:
            for one, mean in zip(other._natural_params, means, strict=True):
                result = result - sum_rightmost(one * mean, mean.ndim - batch)
            result = result + other._log_normalizer(*other._natural_params)
        return result

    def entropy(self) -> Tensor:
        """``F(θ) - ⟨θ, ∇F(θ)⟩ - E[ln h(x)]``.

        Example:

            >>> from autotensor.distributions import Exponential
            >>> Exponential(1.0).entropy()  # 1 - ln rate
            tensor(1.)
        """
        return -self.bregman() - self._mean_carrier_measure
