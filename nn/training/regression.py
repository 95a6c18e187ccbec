"""How near numbers are to what they should be.

All follow scikit-learn's definitions, with the predictions first, as everywhere in ``nn``:

    predictions, targets: ``(N)`` or ``(N, *)``, of one shape; ``(N, 1)`` beside ``(N)`` is that.
        Each place of ``*`` is an output of its own.

What is NaN makes the value NaN.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from autotensor.extend import face, raw, silent
from nn.arguments import need_one_of
from nn.training.answers import without_channel

__all__ = [
    "explained_variance", "mean_absolute_error", "mean_squared_error", "r2_score",
    "root_mean_squared_error",
]  # fmt: skip

Outputs = Literal["uniform_average", "variance_weighted", "raw_values"]
MEANS = ("uniform_average", "raw_values")
SHARES = (*MEANS, "variance_weighted")


def _columns(predictions: Any, targets: Any, caller: str) -> tuple[np.ndarray, np.ndarray]:
    """Both as ``(N, outputs)`` float64."""
    said, true = without_channel(np.asarray(raw(predictions)), np.asarray(raw(targets)))
    for argument, values in (("predictions", said), ("targets", true)):
        if values.dtype.kind not in "fiub":
            raise TypeError(f"{caller}: {argument} must be real numbers, got {values.dtype}")
    if said.shape != true.shape or said.ndim == 0:
        raise ValueError(
            f"{caller}: predictions and targets must have one shape (N, *), got {said.shape} and "
            f"{true.shape}"
        )
    outputs = math.prod(said.shape[1:])
    return (
        said.reshape(len(said), outputs).astype(np.float64),
        true.reshape(len(true), outputs).astype(np.float64),
    )


def _mean_error(
    predictions: Any,
    targets: Any,
    *,
    multioutput: Literal["uniform_average", "raw_values"] = "uniform_average",
    name: str = "",
    power: int = 2,
    root: bool = False,
) -> float | Any:
    need_one_of(name, "multioutput", multioutput, MEANS)
    said, true = _columns(predictions, targets, name)
    if not said.size:
        return math.nan
    errors = (np.abs(said - true) ** power).mean(0)
    if root:
        errors = np.sqrt(errors)
    return errors if multioutput == "raw_values" else float(errors.mean())


@face(_mean_error)
def mean_squared_error() -> float | Any:
    """The mean of ``(prediction - target)²``; NaN without any.

    Args:
        predictions, targets: ``(N, *)``.
        multioutput: ``"uniform_average"``, the mean over outputs, or ``"raw_values"`` for an array
            with one value for each.

    Raises:
        ValueError: shapes that differ, or an unknown ``multioutput``.

    Example:

        >>> from nn.training import mean_squared_error
        >>> mean_squared_error(at.tensor([1.0, 2.0]), at.tensor([1.0, 4.0]))
        2.0
    """


@face(_mean_error, root=True)
def root_mean_squared_error() -> float | Any:
    """The root of ``mean_squared_error``, of each output before their mean is taken.

    Args:
        predictions, targets, multioutput: as in ``mean_squared_error``.

    Raises:
        ValueError: shapes that differ, or an unknown ``multioutput``.

    Example:

        >>> from nn.training import root_mean_squared_error
        >>> root_mean_squared_error(at.tensor([3.0, 3.0]), at.tensor([0.0, 6.0]))
        3.0
    """


@face(_mean_error, power=1)
def mean_absolute_error() -> float | Any:
    """The mean of ``|prediction - target|``; NaN without any.

    Args:
        predictions, targets, multioutput: as in ``mean_squared_error``.

    Raises:
        ValueError: shapes that differ, or an unknown ``multioutput``.

    Example:

        >>> from nn.training import mean_absolute_error
        >>> mean_absolute_error(at.tensor([1.0, 2.0]), at.tensor([1.0, 4.0]))
        1.0
    """


def _squares(said: Any, true: Any, centred: bool) -> tuple[Any, Any]:
    """The sums of squares of the errors, around their mean if ``centred``, and of the targets."""
    errors = true - said
    if centred:
        errors = errors - errors.mean(0)
    return (errors**2).sum(0), ((true - true.mean(0)) ** 2).sum(0)


def _explained(
    predictions: Any,
    targets: Any,
    *,
    multioutput: Outputs = "uniform_average",
    name: str = "",
    centred: bool = False,
) -> float | Any:
    need_one_of(name, "multioutput", multioutput, SHARES)
    said, true = _columns(predictions, targets, name)
    if len(true) < 2 or not true.size:
        return math.nan
    left, whole = silent().run(_squares, said, true, centred)  # infinite ones give NaN
    # Of constant targets all is explained or nothing.
    shares = np.where(left == 0, 1.0, 0.0)
    np.divide(whole - left, whole, out=shares, where=(whole != 0) & (left != 0))
    shares[np.isnan(left)] = math.nan
    if multioutput == "raw_values":
        return shares
    if multioutput == "variance_weighted" and whole.any():
        return float((shares * whole).sum() / whole.sum())
    return float(shares.mean())


@face(_explained)
def r2_score() -> float | Any:
    """R²: ``1 - Σ (target - prediction)² / Σ (target - mean)²``; NaN of fewer than two samples.

    1 is perfect, 0 as good as the mean of the targets, and there is no lower end.  Of constant
    targets 1 if each is met, else 0.

    Args:
        predictions, targets: ``(N, *)``.
        multioutput: of several outputs ``"uniform_average"``, the mean; ``"variance_weighted"``,
            weighted by the variance of the targets; or ``"raw_values"`` for an array.

    Raises:
        ValueError: shapes that differ, or an unknown ``multioutput``.

    Example:

        >>> from nn.training import r2_score
        >>> targets = at.tensor([1.0, 2.0, 3.0])
        >>> r2_score(targets, targets), r2_score(at.full((3,), 2.0), targets)  # perfect; their mean
        (1.0, 0.0)
    """


@face(_explained, centred=True)
def explained_variance() -> float | Any:
    """``1 - Var(target - prediction) / Var(target)``: R² but for a constant error.

    Args:
        predictions, targets, multioutput: as in ``r2_score``.

    Raises:
        ValueError: shapes that differ, or an unknown ``multioutput``.

    Example:

        >>> from nn.training import explained_variance, r2_score
        >>> targets = at.tensor([1.0, 2.0, 3.0])
        >>> explained_variance(targets + 1, targets), r2_score(targets + 1, targets)
        (1.0, -0.5)
    """
