"""Kullback-Leibler divergences, by the types of both distributions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from autotensor.distributions.bernoulli import Bernoulli
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.normal import Normal
from autotensor.distributions.uniform import Uniform
from autotensor.engine.tensor import Tensor
from autotensor.operators.networks import softplus
from autotensor.operators.structure import where

__all__ = ["kl_divergence", "register_kl"]

inf = math.inf
Divergence = Callable[[Any, Any], Tensor]
_registry: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """Says that the function below is ``kl_divergence(p, q)`` for these types and those derived.

    Raises:
        TypeError: a type that is no ``Distribution``.
    """
    for one in (type_p, type_q):
        if not (isinstance(one, type) and issubclass(one, Distribution)):
            raise TypeError(f"register_kl: expected a subclass of Distribution, got {one!r}")

    def register(divergence: Divergence) -> Divergence:
        _registry[type_p, type_q] = divergence
        return divergence

    return register


def _most_specific(type_p: type, type_q: type) -> Divergence | None:
    """The registered function whose types are nearest, first by p; a warning if first by q it would
    be another."""
    far_p, far_q = type_p.__mro__.index, type_q.__mro__.index
    found = [
        (far_p(one_p), far_q(one_q), one)
        for (one_p, one_q), one in _registry.items()
        if issubclass(type_p, one_p) and issubclass(type_q, one_q)
    ]
    if not found:
        return None
    by_p = min(found, key=lambda one: one[:2])
    by_q = min(found, key=lambda one: (one[1], one[0]))
    if by_p[2] is not by_q[2]:
        nearest = f"{type_p.__mro__[by_p[0]].__name__}, {type_q.__mro__[by_q[1]].__name__}"
        warnings.warn(
            f"kl_divergence: two functions fit {type_p.__name__} and {type_q.__name__} equally "
            f"well; say which by register_kl({nearest})",
            RuntimeWarning,
            stacklevel=3,
        )
    return by_p[2]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """``E[ln p(x) - ln q(x)]`` for x from p, of shape ``batch_shape``.

    Raises:
        NotImplementedError: no function for these types; ``register_kl`` adds one.
    """
    for name, one in (("p", p), ("q", q)):
        if not isinstance(one, Distribution):
            raise TypeError(
                f"kl_divergence: {name} must be a Distribution, got {type(one).__name__}"
            )
    divergence = _most_specific(type(p), type(q))
    if divergence is None:
        raise NotImplementedError(
            f"kl_divergence: not defined from {type(p).__name__} to {type(q).__name__}; "
            "register_kl adds such a function"
        )
    return divergence(p, q)


def _infinite(value: Tensor) -> Tensor:
    return value.detach() * 0 + inf


# -- of one kind -----------------------------------------------------------------------------------


@register_kl(ExponentialFamily, ExponentialFamily)
def _of_one_family(p: ExponentialFamily, q: ExponentialFamily) -> Tensor:
    """The Bregman divergence of their log normalizers."""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"kl_divergence: not defined from {type(p).__name__} to {type(q).__name__}: they are "
            "different exponential families"
        )
    return p.bregman(q)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    yes = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    no = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    yes = where(p.probs == 0, 0.0, where(q.probs == 0, inf, yes))
    return yes + where(p.probs == 1, 0.0, where(q.probs == 1, inf, no))


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    return where(p.probs == 0, 0.0, where(q.probs == 0, inf, terms)).sum(-1)


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    outside = (q.low > p.low) | (q.high < p.high)
    return where(outside, inf, ((q.high - q.low) / (p.high - p.low)).log())


# -- of different kinds ----------------------------------------------------------------------------


@register_kl(Uniform, Normal)
def _uniform_normal(p: Uniform, q: Normal) -> Tensor:
    # E(x - loc)² = variance + (mean - loc)²
    away = p.variance + (p.mean - q.loc).pow(2)
    return 0.5 * math.log(2 * math.pi) + q.scale.log() + away / (2 * q.scale.pow(2)) - p.entropy()


@register_kl(Normal, Uniform)
def _normal_uniform(p: Normal, q: Uniform) -> Tensor:
    return _infinite(p.loc + q.low)
