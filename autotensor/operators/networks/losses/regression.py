"""Losses of numbers: squared and absolute errors, and likelihoods (regression).

For ``reduction`` see ``reduction.py``.  In the formulas ``g`` is the gradient of the loss.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.machine.threads import inner
from autotensor.operators.arguments import need_broadcast, need_float, need_same_shape, need_tensor
from autotensor.operators.faces import face
from autotensor.operators.networks.losses.reduction import read_reduction, reduced_loss
from autotensor.operators.networks.losses.targets import paired
from autotensor.operators.networks.similarity import at_least
from autotensor.operators.pointwise.arithmetic import abs as absolute
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.exponential import exp, log
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import unsqueeze

__all__ = [
    "gaussian_nll_loss", "huber_loss", "l1_loss", "mse_loss", "poisson_nll_loss", "smooth_l1_loss",
]  # fmt: skip


# -- of numbers ------------------------------------------------------------------------------------


@operator(
    input=lambda g, input, target, factor: (input - target) * (g * (2 * factor)),
    target=lambda g, input, target, factor: (target - input) * (g * (2 * factor)),
)
def _squared_error(input: Any, target: Any, factor: Any) -> Any:
    """``factor · Σ (input - target)²``.

    d input = 2 g · factor · (input - target), d target = 2 g · factor · (target - input).
    """
    difference = input - target
    flat = difference.ravel("K")
    return np.asarray(inner(flat, flat) * factor, difference.dtype)


def _mean_error(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
    *,
    name: str = "",
    squared: bool = False,
) -> Any:
    reduction = read_reduction(name, reduction, size_average, reduce)
    input, target = paired(input, target, name)
    averaged = reduction == "mean"
    one_number = weight is None and reduction != "none" and input.numel() > 0
    if squared and one_number and input.dtype.kind == "f":
        # Two passes and one node, where the general way takes four.
        return _squared_error(input, target, 1 / input.numel() if averaged else 1.0)
    difference = input - target
    loss = difference * difference if squared else absolute(difference)
    if weight is None:
        return reduced_loss(loss, reduction)
    need_same_shape(loss, name, weight=weight)
    loss = loss * weight
    return sum(loss) / sum(weight) if averaged else reduced_loss(loss, reduction)


@face(_mean_error, squared=True)
def mse_loss() -> Any:
    """``(input - target)²``, averaged.  d input = 2 (input - target) · g / n, d target = -d input.

    ``weight`` has the shape of ``input``; the mean then divides by the sum of the weights.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> predicted = at.tensor([2.0, 5.0], requires_grad=True)
        >>> F.mse_loss(predicted, at.tensor([1.0, 8.0]), reduction="none").tolist()
        [1.0, 9.0]
        >>> F.mse_loss(predicted, at.tensor([1.0, 8.0])).backward()
        >>> predicted.grad
        tensor([ 1., -3.])
    """


@face(_mean_error)
def l1_loss() -> Any:
    """``|input - target|``, averaged.  d input = sign(input - target) · g / n, d target = -d input.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> predicted = at.tensor([2.0, 5.0], requires_grad=True)
        >>> F.l1_loss(predicted, at.tensor([1.0, 8.0]), reduction="none").tolist()
        [1.0, 3.0]
        >>> F.l1_loss(predicted, at.tensor([1.0, 8.0])).backward()
        >>> predicted.grad
        tensor([ 0.5000, -0.5000])
    """


@operator(difference=lambda g, difference, delta: g * clamp(difference, -delta, delta))
def _huber(difference: Any, delta: Any) -> Any:
    """``difference² / 2 where |difference| ≤ delta, else delta · (|difference| - delta / 2)``.

    d difference = g · clamp(difference, -delta, delta).
    """
    bounded = np.clip(difference, -delta, delta)
    return bounded * (difference - bounded * 0.5)


@operator(difference=lambda g, difference, beta: g * (clamp(difference, -beta, beta) / beta))
def _smooth_l1(difference: Any, beta: Any) -> Any:
    """``difference² / (2 beta) where |difference| ≤ beta, else |difference| - beta / 2``: not
    ``_huber / beta``, which overflows in between.

    d difference = g · clamp(difference, -beta, beta) / beta.
    """
    bounded = np.clip(difference, -beta, beta)
    return bounded / beta * (difference - bounded * 0.5)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """With d = input - target, ``d² / 2 where |d| ≤ delta, else delta · (|d| - delta / 2)``.

    The mean of these.  d input = clamp(d, -delta, delta) · g / n, d target = -d input.

    ``weight`` has the shape of ``input``; unlike that of ``mse_loss``, it leaves n as it is.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: ``delta`` is not above 0; integers; shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> predicted = at.tensor([0.5, 10.0], requires_grad=True)
        >>> F.huber_loss(predicted, at.zeros(2), reduction="none").tolist()  # parabola, line
        [0.125, 9.5]
        >>> F.huber_loss(predicted, at.zeros(2), reduction="sum").backward()
        >>> predicted.grad
        tensor([0.5000, 1.0000])
    """
    read_reduction("huber_loss", reduction)
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be greater than 0, got {delta}")
    own = need_float(input, None, "huber_loss").dtype  # also the loss's, whatever target has
    input, target = paired(input, target, "huber_loss")
    loss = to(_huber(input - target, float(delta)), own)
    if weight is not None:
        need_same_shape(loss, "huber_loss", weight=weight)
        loss = loss * weight
    return reduced_loss(loss, reduction)


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """With d = input - target, ``d² / (2 beta) where |d| < beta, else |d| - beta / 2``.

    The mean of these; the Huber loss divided by its delta, and the L1 loss for beta 0.
    d input = clamp(d / beta, -1, 1) · g / n, d target = -d input.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: a negative ``beta``; two of integers; shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> F.smooth_l1_loss(at.tensor([1.0, 10.0]), at.zeros(2), beta=2.0, reduction="none")
        tensor([0.2500, 9.0000])
    """
    reduction = read_reduction("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must be at least 0, got {beta}")
    input, target = paired(input, target, "smooth_l1_loss")
    need_float(input, None, "smooth_l1_loss")
    difference = input - target
    loss = absolute(difference) if beta == 0 else _smooth_l1(difference, float(beta))
    return reduced_loss(loss, reduction)


# -- likelihoods of numbers ------------------------------------------------------------------------


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``e^input - target · input``: counts against the logarithm of the rate expected, averaged.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Args:
        log_input: if False, ``input`` is the rate itself: ``input - target · ln(input + eps)``.
        full: adds Stirling's approximation of ln(target!), which is constant in ``input``:
            ``target · ln target - target + ln(2π · target) / 2`` where target > 1.

    d input = g · (e^input - target) / n; of the rate, ``g · (1 - target / (input + eps)) / n``.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> log_rate = at.log(at.tensor([2.0, 2.0])).requires_grad_()
        >>> F.poisson_nll_loss(log_rate, at.tensor([2.0, 5.0]), reduction="sum").backward()
        >>> log_rate.grad  # 2 - 2 and 2 - 5
        tensor([ 0., -3.])
    """
    name = "poisson_nll_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    need_broadcast(name, input=input, target=target)
    if log_input:
        loss = exp(input) - target * input
    else:
        loss = input - target * log(input + eps)
    if full:
        many = where(target > 1, target, 1)  # ln 0 would make NaN of the gradient
        stirling = many * log(many) - many + log(many * (2 * math.pi)) * 0.5
        loss = loss + where(target > 1, stirling, 0.0)
    return reduced_loss(loss, reduction)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """``(ln var + (input - target)² / var) / 2``: values against a mean and a variance, averaged.

    Args:
        input: means, ``(*, D)``.
        var: variances in the shape of ``input``, or ``(*, 1)`` or ``(*)``; or a number.  Those
            below ``eps`` count as ``eps``; the derivative ignores this, as in PyTorch.
        full: adds the constant ``ln(2π) / 2``.

    d input = g · (input - target) / var / n;
    d var = g · (1 / var - (input - target)² / var²) / 2 / n.

    Nix and Weigend, "Estimating the mean and variance of the target probability distribution",
    1994.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: a negative variance, or one of another shape; an unknown ``reduction``.

    Example:

        >>> mean, var = at.tensor([0.0, 0.0]), at.tensor([1.0, 4.0], requires_grad=True)
        >>> F.gaussian_nll_loss(mean, at.tensor([2.0, 2.0]), var, reduction="sum").backward()
        >>> var.grad  # too small; just right
        tensor([-1.5000,  0.0000])
    """
    name = "gaussian_nll_loss"
    read_reduction(name, reduction)
    input = need_float(input, None, name)
    need_broadcast(name, input=input, target=target)
    var = _variance_of(var, input, name)
    difference = input - target
    var = at_least(var, float(eps))
    loss = (log(var) + difference * difference / var) * 0.5
    return reduced_loss(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def _variance_of(var: Any, input: Any, name: str) -> Any:
    """``var`` as a Tensor that broadcasts to the shape of ``input``."""
    if isinstance(var, (int, float)):
        var = wrap(np.full(input.shape, var, input.dtype))
    need_tensor(var, name, "var")
    if (raw(var) < 0).any():
        raise ValueError(f"{name}: var must not be negative, got {raw(var).min()}")
    if var.shape == input.shape or var.shape == (*input.shape[:-1], 1):
        return var
    if var.shape == input.shape[:-1]:
        return unsqueeze(var, -1)
    different = [size for size, full in zip(var.shape, input.shape, strict=False) if size != full]
    if var.ndim == input.ndim and different == [1]:
        return var
    raise ValueError(
        f"{name}: var must have the shape of input, {input.shape}, the same without its "
        f"last size, or with a 1 in one place; got {var.shape}"
    )
