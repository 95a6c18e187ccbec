"""Covariance and Pearson's correlation of variables, from a table of observations."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor
from autotensor.operators.arguments import need_tensor
from autotensor.operators.linalg.products import matmul
from autotensor.operators.pointwise.arithmetic import sqrt
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.diagonals import diagonal
from autotensor.operators.structure.shapes import squeeze, unsqueeze

__all__ = ["corrcoef", "cov"]


def _checked_weights(weights: Any, kinds: str, what: str, count: int, argument: str) -> None:
    """Raises unless ``weights`` are ``what``, one for each of ``count`` observations."""
    need_tensor(weights, "cov", argument)
    if weights.dtype.kind not in kinds or weights.ndim > 1 or weights.numel() != count:
        raise RuntimeError(
            f"cov: {argument} must be a vector of {count} {what}, one for each observation, got "
            f"{weights.dtype} of shape {weights.shape}"
        )
    if np.any(weights.array < 0):
        raise RuntimeError(f"cov: {argument} must not be negative")


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """Covariances ``(V, V)`` of ``V`` variables in ``N`` observations ``(V, N)``; 0-d of ``(N)``.

    ``Σ w (x - x̄)(y - ȳ) / (Σ w - correction)`` with the weighted means x̄ and ȳ, where w is
    ``fweights`` (how often each observation occurred) times ``aweights`` (how much each counts);
    with ``aweights`` the divisor is ``Σ w - correction · Σ w · aweights / Σ w``.

    The derivative comes from those of the operators it is made of.

    Raises:
        RuntimeError: more than 2 dimensions, bools, or weights that do not fit or sum to 0.

    Example:

        >>> heights, weights = at.tensor([1.0, 2.0, 3.0]), at.tensor([10.0, 20.0, 30.0])
        >>> at.cov(at.stack([heights, weights]))
        tensor([[  1.,  10.],
                [ 10., 100.]])
        >>> at.cov(heights, fweights=at.tensor([1, 2, 1]), correction=0)  # of 1, 2, 2, 3
        tensor(0.5000)
    """
    need_tensor(input, "cov")
    if input.ndim > 2 or input.dtype == dtypes.bool:
        raise RuntimeError(
            f"cov: input must be numbers in at most 2 dimensions, got {input.dtype} of shape "
            f"{input.shape}"
        )
    table = input if input.ndim == 2 else input.reshape((1, input.numel()))
    count = table.shape[1]
    weights: Any = None
    if fweights is not None:
        _checked_weights(fweights, "iu", "integers", count, "fweights")
        weights = fweights
    if aweights is not None:
        _checked_weights(aweights, "f", "floating-point numbers", count, "aweights")
        weights = aweights if weights is None else weights * aweights
    total = count if weights is None else sum(weights)
    if weights is not None and total.item() == 0:
        raise RuntimeError("cov: the weights sum to 0")
    freedom = total - correction
    if aweights is not None and correction:
        freedom = total - correction * sum(weights * aweights) / total
    mean = sum(table if weights is None else table * weights, 1) / total
    deviation = table - unsqueeze(mean, 1)
    other = deviation if weights is None else deviation * weights
    # Without any degrees of freedom, covariances are infinite or NaN.
    divisor = clamp(freedom, min=0) if isinstance(freedom, Tensor) else float(max(freedom, 0))
    return squeeze(matmul(deviation, other.t()) / divisor)


def corrcoef(input: Any) -> Any:
    """Pearson's correlations ``cov_ij / √(cov_ii · cov_jj)`` of the rows of ``(V, N)``.

    The derivative comes from those of the operators it is made of.

    Raises:
        RuntimeError: more than 2 dimensions.

    Example:

        >>> x = at.tensor([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]])
        >>> at.corrcoef(x).round(decimals=4)  # one falls as the other rises
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    need_tensor(input, "corrcoef")
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef: input must have at most 2 dimensions, got shape {input.shape}"
        )
    together = cov(input)
    if together.ndim == 0:
        return together / together
    spread = sqrt(diagonal(together))
    return clamp(together / unsqueeze(spread, 1) / spread, -1.0, 1.0)
