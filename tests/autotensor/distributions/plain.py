"""Distributions of one number as plain formulas: parameters, support and logarithm of the density.

Moments, entropies, distribution functions and divergences are integrals, or sums, of these, which
nothing here leaves to the code under test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autotensor import distributions as D

inf = math.inf
Array = np.ndarray
log_gamma = np.vectorize(math.lgamma, otypes=[float])


def log_choose(n: Any, k: Any) -> Array:
    return log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0)


class Plain(NamedTuple):
    """A distribution of one number."""

    parameters: dict[str, float]
    low: float
    high: float
    log_density: Callable[..., Array]
    """Of an array and the parameters by name."""
    discrete: bool = False
    moments: int = 2
    """How many of them are finite."""

    def logs(self, x: Array, **changed: float) -> Array:
        return np.asarray(self.log_density(x, **(self.parameters | changed)))


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


#: By name, the same distribution twice where it has two parametrizations.
PLAIN: dict[str, Plain] = {
    "Normal": Plain(
        {"loc": 0.7, "scale": 1.3}, -inf, inf,
        lambda x, loc, scale: -((x - loc) ** 2) / (2 * scale**2)
        - math.log(scale * math.sqrt(2 * math.pi)),
    ),
    "Uniform": Plain(
        {"low": -1.5, "high": 2.25}, -1.5, 2.25,
        lambda x, low, high: np.where((x >= low) & (x < high), -math.log(high - low), -inf),
    ),
    "Bernoulli": Plain(
        {"probs": 0.3}, 0, 1,
        lambda x, probs: np.where(x == 1, math.log(probs), math.log(1 - probs)), True,
    ),
    "Bernoulli of logits": Plain(
        {"logits": -0.4}, 0, 1,
        lambda x, logits: np.where(x == 1, -_softplus(-logits), -_softplus(logits)), True,
    ),
}  # fmt: skip

CONTINUOUS = [name for name, one in PLAIN.items() if not one.discrete]
EACH = list(PLAIN)


def made(
    name: str, library: Any = D, wrap: Callable[[Any], Any] | None = None, **changed: Any
) -> Any:
    """The distribution of that name, with Tensors made by ``wrap`` or numbers as parameters."""
    given: dict[str, Any] = PLAIN[name].parameters | changed
    if wrap is not None:
        given = {key: wrap(value) for key, value in given.items()}
    return getattr(library, name.partition(" ")[0])(**given)


# -- integrals -------------------------------------------------------------------------------------


def nodes(name: str, low: float | None = None, high: float | None = None) -> tuple[Array, Array]:
    """Points of the support and their weights: whole numbers, or the trapezoid rule on a line that
    is bent to the support and so converges fast."""
    one = PLAIN[name]
    low = one.low if low is None else low
    high = one.high if high is None else high
    if one.discrete:
        points = np.arange(low, min(high, 2000) + 1)
        return points, np.ones_like(points)
    t = np.linspace(-36, 36, 36_001)
    h = t[1] - t[0]
    if low == -inf and high == inf:
        return np.sinh(t), np.cosh(t) * h
    if high == inf:
        return low + np.exp(t), np.exp(t) * h
    if low == -inf:
        return high - np.exp(-t), np.exp(-t) * h
    inside = 1 / (1 + np.exp(-np.abs(t)))
    away = np.where(t < 0, 1 - inside, inside)
    return low + (high - low) * away, (high - low) * inside * (1 - inside) * h


def expectation(name: str, function: Callable[[Array], Any]) -> float:
    """``E[function(x)]``."""
    x, weights = nodes(name)
    p = np.exp(PLAIN[name].logs(x)) * weights
    return float(np.sum(np.where(p > 0, p * function(x), 0)))


def below(name: str, x: float, **changed: float) -> float:
    """``P(X <= x)``, with changed parameters if any are given."""
    one = PLAIN[name]
    low, high = changed.get("low", one.low), changed.get("high", one.high)
    points, weights = nodes(name, low, x if one.discrete else min(x, high))
    return float(np.sum(np.exp(one.logs(points, **changed)) * weights))
