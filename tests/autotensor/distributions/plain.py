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
    low: float | str
    """Where the support begins: a number, or the name of the parameter that says it."""
    high: float | str | Callable[..., float]
    log_density: Callable[..., Array]
    """Of an array and the parameters by name."""
    discrete: bool = False
    moments: int = 2
    """How many of them are finite."""

    def ends(self, **changed: float) -> tuple[float, float]:
        """The support."""
        given = self.parameters | changed
        low = given[self.low] if isinstance(self.low, str) else self.low
        high = given[self.high] if isinstance(self.high, str) else self.high
        return low, high(**given) if callable(high) else high

    def logs(self, x: Array, **changed: float) -> Array:
        return np.asarray(self.log_density(x, **(self.parameters | changed)))


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _concrete(x: Array, temperature: float, probs: float) -> Array:
    """Of Maddison, Mnih and Teh: with α for probs / (1 - probs) and λ for the temperature,
    ``λ α x^(-λ-1) (1-x)^(-λ-1) / (α x^-λ + (1-x)^-λ)²``."""
    log_alpha = math.log(probs / (1 - probs))
    log_x, log_rest = np.log(x), np.log1p(-x)
    both = np.logaddexp(log_alpha - temperature * log_x, -temperature * log_rest)
    return math.log(temperature) + log_alpha - (temperature + 1) * (log_x + log_rest) - 2 * both


#: By name, the same distribution twice where it has two parametrizations.
PLAIN: dict[str, Plain] = {
    "Normal": Plain(
        {"loc": 0.7, "scale": 1.3}, -inf, inf,
        lambda x, loc, scale: -((x - loc) ** 2) / (2 * scale**2)
        - math.log(scale * math.sqrt(2 * math.pi)),
    ),
    "Uniform": Plain(
        {"low": -1.5, "high": 2.25}, "low", "high",
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
    "Exponential": Plain(
        {"rate": 0.8}, 0, inf, lambda x, rate: math.log(rate) - rate * x,
    ),
    "Laplace": Plain(
        {"loc": -0.3, "scale": 0.6}, -inf, inf,
        lambda x, loc, scale: -np.abs(x - loc) / scale - math.log(2 * scale),
    ),
    "Cauchy": Plain(
        {"loc": 0.4, "scale": 1.2}, -inf, inf,
        lambda x, loc, scale: -np.log1p(((x - loc) / scale) ** 2) - math.log(math.pi * scale),
        moments=0,
    ),
    "Gamma": Plain(
        {"concentration": 2.3, "rate": 0.7}, 0, inf,
        lambda x, concentration, rate: concentration * math.log(rate)
        + (concentration - 1) * np.log(x) - rate * x - math.lgamma(concentration),
    ),
    "Gamma of a small shape": Plain(
        {"concentration": 0.4, "rate": 1.7}, 0, inf,
        lambda x, concentration, rate: concentration * math.log(rate)
        + (concentration - 1) * np.log(x) - rate * x - math.lgamma(concentration),
    ),
    "Chi2": Plain(
        {"df": 3.5}, 0, inf,
        lambda x, df: (df / 2 - 1) * np.log(x) - x / 2 - df / 2 * math.log(2)
        - math.lgamma(df / 2),
    ),
    "InverseGamma": Plain(
        {"concentration": 3.7, "rate": 1.4}, 0, inf,
        lambda x, concentration, rate: concentration * math.log(rate)
        - math.lgamma(concentration) - (concentration + 1) * np.log(x) - rate / x,
    ),
    "Beta": Plain(
        {"concentration1": 1.7, "concentration0": 3.1}, 0, 1,
        lambda x, concentration1, concentration0: (concentration1 - 1) * np.log(x)
        + (concentration0 - 1) * np.log1p(-x) - _log_beta(concentration1, concentration0),
    ),
    "Kumaraswamy": Plain(
        {"concentration1": 1.6, "concentration0": 2.4}, 0, 1,
        lambda x, concentration1, concentration0: math.log(concentration1 * concentration0)
        + (concentration1 - 1) * np.log(x)
        + (concentration0 - 1) * np.log1p(-(x**concentration1)),
    ),
    "ContinuousBernoulli": Plain(
        {"probs": 0.8}, 0, 1,
        lambda x, probs: x * math.log(probs) + (1 - x) * math.log(1 - probs)
        + math.log(2 * math.atanh(1 - 2 * probs) / (1 - 2 * probs)),
    ),
    "ContinuousBernoulli near the middle": Plain(
        {"probs": 0.515}, 0, 1,
        lambda x, probs: x * math.log(probs) + (1 - x) * math.log(1 - probs)
        + math.log(2 * math.atanh(1 - 2 * probs) / (1 - 2 * probs)),
    ),
    "LogNormal": Plain(
        {"loc": 0.2, "scale": 0.5}, 0, inf,
        lambda x, loc, scale: -((np.log(x) - loc) ** 2) / (2 * scale**2) - np.log(x)
        - math.log(scale * math.sqrt(2 * math.pi)),
    ),
    "HalfNormal": Plain(
        {"scale": 1.4}, 0, inf,
        lambda x, scale: -(x**2) / (2 * scale**2) + math.log(2 / (scale * math.sqrt(2 * math.pi))),
    ),
    "HalfCauchy": Plain(
        {"scale": 0.9}, 0, inf,
        lambda x, scale: math.log(2 / (math.pi * scale)) - np.log1p((x / scale) ** 2), moments=0,
    ),
    "Gumbel": Plain(
        {"loc": 0.3, "scale": 0.8}, -inf, inf,
        lambda x, loc, scale: -(x - loc) / scale - np.exp(np.minimum(-(x - loc) / scale, 700))
        - math.log(scale),
    ),
    "Weibull": Plain(
        {"scale": 1.3, "concentration": 1.8}, 0, inf,
        lambda x, scale, concentration: math.log(concentration / scale)
        + (concentration - 1) * np.log(x / scale) - (x / scale) ** concentration,
    ),
    "Pareto": Plain(
        {"scale": 0.7, "alpha": 3.5}, "scale", inf,
        lambda x, scale, alpha: math.log(alpha) + alpha * math.log(scale)
        - (alpha + 1) * np.log(x),
    ),
    "GeneralizedPareto": Plain(
        {"loc": -0.4, "scale": 0.9, "concentration": 0.2}, "loc", inf,
        lambda x, loc, scale, concentration: -math.log(scale)
        - (1 / concentration + 1) * np.log1p(concentration * (x - loc) / scale),
    ),
    "GeneralizedPareto with an end": Plain(
        {"loc": 0.5, "scale": 0.9, "concentration": -0.4}, "loc",
        lambda loc, scale, concentration: loc - scale / concentration,
        lambda x, loc, scale, concentration: -math.log(scale)
        - (1 / concentration + 1) * np.log1p(concentration * (x - loc) / scale),
    ),
    "StudentT": Plain(
        {"df": 5.5, "loc": 0.3, "scale": 1.2}, -inf, inf,
        lambda x, df, loc, scale: -(df + 1) / 2 * np.log1p(((x - loc) / scale) ** 2 / df)
        - math.log(scale) - 0.5 * math.log(df) - _log_beta(0.5, df / 2),
    ),
    "FisherSnedecor": Plain(
        {"df1": 3.2, "df2": 7.5}, 0, inf,
        lambda x, df1, df2: df1 / 2 * math.log(df1 / df2) + (df1 / 2 - 1) * np.log(x)
        - (df1 + df2) / 2 * np.log1p(df1 / df2 * x) - _log_beta(df1 / 2, df2 / 2),
    ),
    "VonMises": Plain(
        {"loc": 0.0, "concentration": 1.5}, -math.pi, math.pi,
        lambda x, loc, concentration: concentration * np.cos(x - loc)
        - math.log(2 * math.pi * float(np.i0(concentration))), moments=1,
    ),
    "RelaxedBernoulli": Plain(
        {"temperature": 0.7, "probs": 0.35}, 0, 1,
        lambda x, temperature, probs: _concrete(x, temperature, probs), moments=0,
    ),
    "Poisson": Plain(
        {"rate": 3.4}, 0, 200,
        lambda x, rate: x * math.log(rate) - rate - log_gamma(x + 1.0), True,
    ),
    "Geometric": Plain(
        {"probs": 0.3}, 0, 400, lambda x, probs: x * math.log(1 - probs) + math.log(probs), True,
    ),
    "Binomial": Plain(
        {"total_count": 9, "probs": 0.35}, 0, 9,
        lambda x, total_count, probs: log_choose(total_count, x) + x * math.log(probs)
        + (total_count - x) * math.log(1 - probs), True,
    ),
    "NegativeBinomial": Plain(
        {"total_count": 2.5, "probs": 0.4}, 0, 400,
        lambda x, total_count, probs: log_gamma(total_count + x) - log_gamma(x + 1.0)
        - math.lgamma(total_count) + total_count * math.log(1 - probs) + x * math.log(probs),
        True,
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


def nodes(name: str, up_to: float = inf, **changed: float) -> tuple[Array, Array]:
    """Points of the support and their weights: whole numbers, or the trapezoid rule on a line that
    is bent to the support and so converges fast.  A bend of the density, at ``loc``, is a point."""
    one = PLAIN[name]
    low, high = one.ends(**changed)
    high = min(high, up_to)
    if one.discrete:
        points = np.arange(low, high + 1)
        return points, np.ones_like(points)
    t = np.linspace(-36, 36, 72_001)
    h = t[1] - t[0]
    if low == -inf and high == inf:
        # Simpson's rule, which a bend between its pairs of steps does not disturb.
        simpson = np.where(np.arange(len(t)) % 2, 4, 2) * h / 3
        return (one.parameters | changed).get("loc", 0) + np.sinh(t), np.cosh(t) * simpson
    if high == inf:
        t = np.linspace(-90, 40, 65_001)
        return low + np.exp(t), np.exp(t) * (t[1] - t[0])
    if low == -inf:
        return high - np.exp(-t), np.exp(-t) * h
    t = np.linspace(-120, 36, 78_001)
    small = np.exp(-np.abs(t)) / (1 + np.exp(-np.abs(t)))
    away = np.where(t < 0, small, 1 - small)
    return low + (high - low) * away, (high - low) * small * (1 - small) * (t[1] - t[0])


def expectation(name: str, function: Callable[[Array], Any]) -> float:
    """``E[function(x)]``."""
    x, weights = nodes(name)
    p = np.exp(PLAIN[name].logs(x)) * weights
    return float(np.sum(np.where(p > 0, p * function(x), 0)))


def below(name: str, x: float, **changed: float) -> float:
    """``P(X <= x)``, with changed parameters if any are given."""
    points, weights = nodes(name, x, **changed)
    return float(np.sum(np.exp(PLAIN[name].logs(points, **changed)) * weights))
