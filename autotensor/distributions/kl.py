"""Kullback-Leibler divergences, by the types of both distributions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from autotensor.creation import full
from autotensor.distributions.bernoulli import Bernoulli
from autotensor.distributions.beta import Beta
from autotensor.distributions.binomial import Binomial
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.cauchy import Cauchy
from autotensor.distributions.continuous_bernoulli import ContinuousBernoulli
from autotensor.distributions.dirichlet import Dirichlet
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.exponential import Exponential
from autotensor.distributions.gamma import Gamma
from autotensor.distributions.geometric import Geometric
from autotensor.distributions.gumbel import Gumbel
from autotensor.distributions.half_normal import HalfNormal
from autotensor.distributions.independent import Independent
from autotensor.distributions.kumaraswamy import Kumaraswamy
from autotensor.distributions.laplace import Laplace
from autotensor.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from autotensor.distributions.multivariate_normal import MultivariateNormal, mahalanobis
from autotensor.distributions.normal import Normal
from autotensor.distributions.one_hot_categorical import OneHotCategorical
from autotensor.distributions.pareto import Pareto
from autotensor.distributions.poisson import Poisson
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.uniform import Uniform
from autotensor.distributions.utils import (
    broadcast_all,
    euler_constant,
    log_diagonal,
    square_sum,
    sum_rightmost,
)
from autotensor.distributions.weibull import Weibull
from autotensor.engine.tensor import Tensor
from autotensor.linalg import solve_triangular
from autotensor.operators.arguments import common_shape
from autotensor.operators.networks import logsigmoid
from autotensor.operators.pointwise import erf, lgamma, xlogy
from autotensor.operators.structure import where

__all__ = ["kl_divergence", "register_kl"]

inf = math.inf
Divergence = Callable[[Any, Any], Tensor]
_registry: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """Says that the function below is ``kl_divergence(p, q)`` for these types and those derived.

    Raises:
        TypeError: a type that is no ``Distribution``.

    Example:

        >>> from autotensor.distributions import Normal, kl_divergence, register_kl
        >>> class Spike(Normal):
        ...     pass
        >>> @register_kl(Spike, Normal)
        ... def from_spike(p, q):
        ...     return -q.log_prob(p.loc)
        >>> kl_divergence(Spike(0.0, 0.1), Normal(0.0, 1.0))  # ½ ln 2π
        tensor(0.9189)
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

    Example:

        >>> from autotensor.distributions import Bernoulli, Normal, kl_divergence
        >>> kl_divergence(Normal(at.tensor([0.0, 1.0]), 1.0), Normal(0.0, 1.0))  # loc² / 2
        tensor([0.0000, 0.5000])
        >>> kl_divergence(Bernoulli(1.0), Bernoulli(0.5))  # one bit, ln 2
        tensor(0.6931)
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


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "kl_divergence: the Independent distributions differ in reinterpreted_batch_ndims, "
            f"{p.reinterpreted_batch_ndims} and {q.reinterpreted_batch_ndims}"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    """That of the bases, for the same transforms."""
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            f"kl_divergence: not defined from {type(p).__name__} to {type(q).__name__} with other "
            "transforms or another event shape"
        )
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Kumaraswamy, Kumaraswamy)
@register_kl(Weibull, Weibull)
def _of_equals(p: Distribution, q: Distribution) -> Tensor:
    """0 where all parameters are equal; PyTorch has no more than that."""
    pairs = [broadcast_all(getattr(p, name), getattr(q, name)) for name in p.arg_constraints]
    if not all(bool((one == other).all()) for one, other in pairs):
        raise NotImplementedError(
            f"kl_divergence: not defined from {type(p).__name__} to {type(q).__name__} with other "
            "parameters"
        )
    return full(pairs[0][0].shape, 0.0, dtype=pairs[0][0].dtype)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    yes = p.probs * (logsigmoid(p.logits) - logsigmoid(q.logits))
    no = (1 - p.probs) * (logsigmoid(-p.logits) - logsigmoid(-q.logits))
    yes = where(p.probs == 0, 0.0, where(q.probs == 0, inf, yes))
    return yes + where(p.probs == 1, 0.0, where(q.probs == 1, inf, no))


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError(
            "kl_divergence: not defined between Binomials of which the first has the smaller "
            "total_count"
        )
    each = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return where(p.total_count > q.total_count, inf, p.total_count * each)


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    return where(p.probs == 0, 0.0, where(q.probs == 0, inf, terms)).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    """Chyzak and Nielsen, A closed-form formula for the Kullback-Leibler divergence between Cauchy
    distributions, 2019."""
    squares = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return squares.log() - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
@register_kl(Gumbel, Gumbel)
@register_kl(Exponential, Exponential)
@register_kl(Gamma, Gamma)
def _by_cross_entropy(p: Distribution, q: Distribution) -> Tensor:
    return _cross_entropy(p, q) - p.entropy()


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    volumes = lgamma(total) - lgamma(b.sum(-1)) - (lgamma(a) - lgamma(b)).sum(-1)
    return volumes + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - q._log_chance(p.mean)


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    away, ratio = (p.loc - q.loc).abs(), p.scale / q.scale
    return -ratio.log() + away / q.scale + ratio * (-away / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Tensor:
    ratio = q.alpha / p.alpha
    value = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return where(p.scale < q.scale, inf, value)


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    return where(_beyond(p, q), inf, ((q.high - q.low) / (p.high - p.low)).log())


# -- of normal vectors -----------------------------------------------------------------------------

_NormalVector = MultivariateNormal | LowRankMultivariateNormal


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _normal_vectors(p: _NormalVector, q: _NormalVector) -> Tensor:
    """``(tr(Σq⁻¹·Σp) + |away|² in the metric Σq⁻¹ - n + ln det Σq - ln det Σp) / 2``."""
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"kl_divergence: event shapes {p.event_shape} and {q.event_shape} are not the same"
        )
    n = p.event_shape[0]
    away = _trace_and_distance(q, _factors(p), p.loc - q.loc)
    return 0.5 * (away - n + _log_determinant(q) - _log_determinant(p))


def _factors(p: _NormalVector) -> list[Tensor]:
    """Matrices F of which the covariance is ``Σ F·Fᵀ``."""
    if isinstance(p, MultivariateNormal):
        return [p.scale_tril]
    return [p.cov_factor, p.cov_diag.sqrt().diag_embed()]


def _log_determinant(p: _NormalVector) -> Tensor:
    if isinstance(p, MultivariateNormal):
        return 2 * log_diagonal(p.scale_tril)
    return p.log_determinant()


def _trace_and_distance(q: _NormalVector, factors: list[Tensor], away: Tensor) -> Tensor:
    if isinstance(q, MultivariateNormal):
        total = mahalanobis(q.scale_tril, away)
        for one in factors:
            total = total + square_sum(solve_triangular(q.scale_tril, one, upper=False))
        return total
    total, half = q.distance(away), q.half_inverse()
    for one in factors:
        total = total + square_sum(one / q.cov_diag.sqrt().unsqueeze(-1)) - square_sum(half @ one)
    return total


# -- of different kinds ----------------------------------------------------------------------------
#
# ``-E[ln q(x)] - entropy(p)``: ln q is made of a few functions of x, whose expectations p knows.


def _log_mean(p: Distribution) -> Tensor:
    """``E[ln x]``."""
    if isinstance(p, Gamma):
        return p.concentration.digamma() - p.rate.log()
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    if isinstance(p, Uniform):
        return (xlogy(p.high, p.high) - xlogy(p.low, p.low)) / (p.high - p.low) - 1
    assert isinstance(p, Beta)
    return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()


def _mean_of_exponential(p: Distribution, loc: Tensor, scale: Tensor) -> Tensor:
    """``E[e^-z]`` with ``z = (x - loc) / scale``."""
    if isinstance(p, Normal):
        return ((loc - p.loc) / scale + 0.5 * (p.scale / scale).pow(2)).exp()
    if isinstance(p, Gumbel):
        return ((loc - p.loc) / scale + lgamma(1 + p.scale / scale)).exp()
    if isinstance(p, Exponential):
        return (loc / scale).exp() * p.rate / (p.rate + 1 / scale)
    if isinstance(p, Gamma):
        return (loc / scale - p.concentration * (1 / (p.rate * scale)).log1p()).exp()
    assert isinstance(p, Uniform)
    ends = ((loc - p.low) / scale).exp() - ((loc - p.high) / scale).exp()
    return ends * scale / (p.high - p.low)


def _cross_entropy(p: Any, q: Any) -> Tensor:
    """``-E[ln q(x)]``, where p lies in the support of q."""
    if isinstance(q, Normal):
        square = (p.variance + (p.mean - q.loc).pow(2)) / q.scale.pow(2)
        return 0.5 * (math.log(2 * math.pi) + square) + q.scale.log()
    if isinstance(q, Laplace):
        z = (p.loc - q.loc) / p.scale  # of normal p
        bell = math.sqrt(2 / math.pi) * (-0.5 * z * z).exp() + z * erf(math.sqrt(0.5) * z)
        return (2 * q.scale).log() + p.scale * bell / q.scale
    if isinstance(q, Gumbel):
        powers = _mean_of_exponential(p, q.loc, q.scale)
        return q.scale.log() + (p.mean - q.loc) / q.scale + powers
    if isinstance(q, Exponential):
        return q.rate * p.mean - q.rate.log()
    if isinstance(q, Gamma):
        height = lgamma(q.concentration) - q.concentration * q.rate.log()
        return height + (1 - q.concentration) * _log_mean(p) + q.rate * p.mean
    if isinstance(q, ContinuousBernoulli):
        return q.log_normalizer() - q.logits * p.mean
    if isinstance(q, Pareto):
        return (q.alpha + 1) * _log_mean(p) - q.alpha.log() - q.alpha * q.scale.log()
    if isinstance(q, Uniform):
        return (q.high - q.low).log()
    assert isinstance(q, Beta)
    a, b = q.concentration1, q.concentration0
    mirrored = _log_mean(Uniform(1 - p.high, 1 - p.low, validate_args=False))  # of uniform p
    volume = lgamma(a) + lgamma(b) - lgamma(a + b)
    return volume + (1 - a) * _log_mean(p) + (1 - b) * mirrored


@register_kl(Beta, Exponential)
@register_kl(Beta, Gamma)
@register_kl(Beta, Normal)
@register_kl(Beta, ContinuousBernoulli)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Gamma)
@register_kl(Exponential, Gumbel)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Exponential)
@register_kl(Gamma, Gumbel)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Normal, Gumbel)
@register_kl(Normal, Laplace)
@register_kl(Uniform, Gumbel)
@register_kl(Uniform, Normal)
def _everywhere(p: Distribution, q: Distribution) -> Tensor:
    """p lies in the support of q, whatever the parameters are."""
    return _cross_entropy(p, q) - p.entropy()


def _bounds(p: Distribution) -> tuple[Any, Any]:
    """Where the support begins and ends."""
    support = p.support
    return support.lower_bound, getattr(support, "upper_bound", inf)


def _beyond(p: Distribution, q: Distribution) -> Any:
    """Whether the support of p goes beyond that of q."""
    (low, high), (least, most) = _bounds(p), _bounds(q)
    return (low < least) | (high > most)


@register_kl(Beta, Uniform)
@register_kl(ContinuousBernoulli, Uniform)
@register_kl(Uniform, Beta)
@register_kl(Uniform, ContinuousBernoulli)
@register_kl(Uniform, Exponential)
@register_kl(Uniform, Gamma)
@register_kl(Uniform, Pareto)
def _inside(p: Distribution, q: Distribution) -> Tensor:
    """Infinite where p goes beyond the support of q."""
    return where(_beyond(p, q), inf, _cross_entropy(p, q) - p.entropy())


@register_kl(Pareto, Exponential)
@register_kl(Pareto, Gamma)
@register_kl(Pareto, Normal)
def _from_pareto(p: Pareto, q: Distribution) -> Tensor:
    """Infinite where the moments of p are."""
    finite = p.alpha > (2 if isinstance(q, Normal) else 1)
    safe = Pareto(p.scale, where(finite, p.alpha, 3.0), validate_args=False)
    return where(finite, _cross_entropy(safe, q) - safe.entropy(), inf)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return q.rate - p.probs * q.rate.log() - p.entropy()


def _never_inside(p: Any, q: Any) -> Tensor:
    """p goes beyond the support of q, whatever the parameters are."""
    shape = common_shape("kl_divergence: shapes do not broadcast", p.batch_shape, q.batch_shape)
    return full(shape, inf, dtype=p.mean.dtype)


_DISJOINT: list[tuple[type, list[type]]] = [
    (Beta, [Pareto]),
    (ContinuousBernoulli, [Pareto]),
    (Exponential, [Beta, ContinuousBernoulli, Pareto, Uniform]),
    (Gamma, [Beta, ContinuousBernoulli, Pareto, Uniform]),
    (Gumbel, [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform]),
    (Laplace, [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform]),
    (Normal, [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform]),
    (Pareto, [Beta, ContinuousBernoulli, Uniform]),
    (Poisson, [Bernoulli, Binomial]),
]
for _p, _q in _DISJOINT:
    for _one in _q:
        register_kl(_p, _one)(_never_inside)
