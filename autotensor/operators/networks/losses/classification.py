"""Losses of probabilities: two classes, many classes, and divergence.

For ``reduction`` see ``loss.py``.  In the formulas ``g`` is the gradient of the loss and σ the
sigmoid.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.graph import record_from
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw
from autotensor.operators.arguments import need_broadcastable, need_float, need_tensor
from autotensor.operators.networks.activation import logsigmoid
from autotensor.operators.networks.losses.regression import read_reduction, reduced_loss
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.exponential import exp, log, log_or_zero
from autotensor.operators.reductions.reductions import log_softmax, softmax, sum
from autotensor.operators.structure.indexing import item_at
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import movedim, reshape

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "kl_div",
    "nll_loss",
]  # fmt: skip


# -- two classes -----------------------------------------------------------------------------------


def _same_shape(input: Any, target: Any, name: str) -> None:
    need_tensor(input, name)
    need_tensor(target, name, "target")
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: target must have the shape of input, {tuple(input.shape)}, "
            f"got {tuple(target.shape)}"
        )


def _need_chances(value: Any, name: str, argument: str, hint: str = "") -> None:
    values = raw(value)
    fits = (values >= 0) & (values <= 1)
    if not fits.all():
        raise RuntimeError(
            f"{name}: {argument} must be probabilities from 0 to 1, got {values[~fits][0]}{hint}"
        )


@operator(
    input=lambda g, input, target: g * (input - target) / clamp(input * (1 - input), 1e-12),
    target=lambda g, input: g * (_bounded_log(1 - input) - _bounded_log(input)),
)
def _binary_cross_entropy(input: Any, target: Any) -> Any:
    """Value and derivative of ``binary_cross_entropy``, element by element."""
    with np.errstate(divide="ignore"):
        yes, no = np.maximum(np.log(input), -100), np.maximum(np.log1p(-input), -100)
    return (target - 1) * no - target * yes


def _bounded_log(input: Any) -> Any:
    """``ln(input)``, at least -100, so that 0 · it is 0; without the warning at 0."""
    return where(input == 0, -100.0, clamp(log(where(input == 0, 1.0, input)), -100.0))


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``-(target · ln input + (1 - target) · ln(1 - input))``, averaged; logarithms at least -100.

    Args:
        input: probabilities, any shape.
        target: of the same shape, from 0 to 1.
        weight: a factor for each element; is broadcast.

    d input = (input - target) / (input · (1 - input)) · g / n;
    d target = (ln(1 - input) - ln input) · g / n.

    With scores instead of probabilities use ``binary_cross_entropy_with_logits``: it is exact also
    where the probability is nearly 0 or 1.
    """
    name = "binary_cross_entropy"
    reduction = read_reduction(name, reduction, size_average, reduce)
    _same_shape(input, target, name)
    input = need_float(input, None, name)
    hint = "; for scores use binary_cross_entropy_with_logits"
    _need_chances(input, name, "input", hint)
    _need_chances(target, name, "target")
    loss = _binary_cross_entropy(input, target)
    return reduced_loss(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """``-(p · target · ln σ(input) + (1 - target) · ln(1 - σ(input)))``, averaged.

    p is ``pos_weight``.

    Args:
        input: scores, any shape.
        target: of the same shape, from 0 to 1.
        weight: a factor for each element; is broadcast.
        pos_weight: a factor for the positive part, such as (C) for targets (N, C); is broadcast.

    Without weights d input = (σ(input) - target) · g / n, d target = -input · g / n.
    """
    name = "binary_cross_entropy_with_logits"
    reduction = read_reduction(name, reduction, size_average, reduce)
    _same_shape(input, target, name)
    input = need_float(input, None, name)
    log_yes = logsigmoid(input)
    if pos_weight is not None:
        log_yes = log_yes * (target * (pos_weight - 1) + 1)
    loss = (1 - target) * input - log_yes
    return reduced_loss(loss if weight is None else loss * weight, reduction)


# -- many classes ----------------------------------------------------------------------------------


class _Classes:
    """Class numbers as targets, read once.

    ``rows[i]`` is the class of row i and ``factors[i]`` its weight.  ``factors`` is None where
    every weight is 1; it is 0 for rows to ignore, whose class then is 0.  ``total`` is the sum of
    the weights.
    """

    def __init__(
        self, input: Any, target: Any, weight: Any, ignore_index: int, classes: int, name: str
    ) -> None:
        need_tensor(target, name, "target")
        self.shape = tuple(target.shape)
        rows = raw(target).reshape(-1)
        if rows.dtype.kind not in "iu":
            raise TypeError(
                f"{name}: target must hold class numbers of an integer dtype, got {rows.dtype}; "
                "convert with .long()"
            )
        expected = () if input.ndim == 1 else (input.shape[0], *input.shape[2:])
        if self.shape != expected:
            raise ValueError(
                f"{name}: input of shape {tuple(input.shape)} needs class numbers of shape "
                f"{expected}, got target of shape {self.shape}"
            )
        # A copy: it is kept for the derivative, and the caller may write to his.
        self.rows = rows.astype(np.int64)
        self.ignored: np.ndarray | None = None
        # Rows to ignore are rare: mostly one pass shows that there are none.
        if 0 <= ignore_index < classes or not self._within(classes):
            ignored = self.rows == ignore_index
            if ignored.any():
                self.ignored = ignored
                self.rows[ignored] = 0
            if not self._within(classes):
                wrong = self.rows[(self.rows < 0) | (self.rows >= classes)][0]
                raise IndexError(
                    f"{name}: target {wrong} is out of bounds: there are {classes} classes, "
                    f"numbered 0 to {classes - 1}"
                )
        self.factors: np.ndarray | None = None
        self.total: Any = self.rows.size
        if weight is not None:
            self.factors = raw(weight)[self.rows]
        if self.ignored is not None:
            ones = np.ones(self.rows.shape, input.dtype)
            self.factors = np.where(self.ignored, 0, ones if self.factors is None else self.factors)
        if self.factors is not None:
            self.total = self.factors.sum()

    def _within(self, classes: int) -> bool:
        """Whether all rows are class numbers."""
        # Without a sign, those below 0 are the largest of all.
        rows = self.rows.view(np.uint64)
        return not rows.size or bool(np.maximum.reduce(rows) < classes)

    def reduced(self, losses: Any, reduction: str) -> Any:
        """The loss of each row, already weighted, reduced or in the shape of the target."""
        if reduction == "none":
            return reshape(losses, self.shape)
        loss = sum(losses)
        return _over(loss, self.total) if reduction == "mean" else loss


def _over(loss: Any, total: Any) -> Any:
    """``loss / total``; the mean of nothing is NaN, without NumPy's warning."""
    return loss / float(total) if total else loss * float("nan")


def _class_weight(weight: Any, classes: int, input: Any, name: str) -> None:
    if weight is None:
        return
    need_tensor(weight, name, "weight")
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"{name}: weight must hold one factor for each of the {classes} classes, "
            f"got shape {tuple(weight.shape)}"
        )
    if weight.dtype != input.dtype:
        raise RuntimeError(
            f"{name}: weight must have the dtype of input, {input.dtype}, got {weight.dtype}"
        )


def _class_count(input: Any, name: str) -> int:
    if input.ndim == 0:
        raise RuntimeError(
            f"{name}: expected input of shape (C), (N, C) or (N, C, *), got a 0-d one"
        )
    return input.shape[0 if input.ndim == 1 else 1]


def _as_rows(input: Any, classes: int) -> Any:
    """``(C)``, ``(N, C)`` or ``(N, C, d1, …)`` as ``(N · d1 · …, C)``."""
    if input.ndim == 2:
        return input
    return reshape(movedim(input, 1, -1) if input.ndim > 2 else input, (-1, classes))


def _shared_over_rows(g: Any, factor: Any) -> Any:
    """``g · factor`` as a factor of rows: a number for all, or ``(rows, 1)``."""
    share = g * factor
    if isinstance(factor, np.ndarray):
        # Also where g is NaN, as it may be after the mean of nothing.
        share = where(factor == 0, 0.0, share)
    return reshape(share, (-1, 1)) if share.ndim else share


FEW = 64
"""Up to so many classes, scores lie class by class in memory: NumPy's loops then run over many rows
instead of few classes.  (600 rows of 3 classes, there and back: 34 instead of 79 µs.)  One element
of each row is then read, and written, by where it stands in memory: ``reshape(-1, order="A")`` is a
view in that order."""


def _cross_entropy_by_input(
    g: Any, input: Any, probabilities: Any, positions: Any, factor: Any
) -> Any:
    """``(softmax(input) - one-hot target) · g · factor``."""
    share = _shared_over_rows(g, factor)
    if isinstance(g, Tensor):
        hot = np.zeros_like(probabilities)
        hot.reshape(-1, order="A")[positions] = 1
        return (softmax(input, 1) - hot) * share
    out = np.multiply(probabilities, share, out=np.empty_like(probabilities))
    out.reshape(-1, order="A")[positions] -= share if share.ndim == 0 else share[:, 0]
    return out


def _cross_entropy_of_rows(input: Any, classes: _Classes, reduction: str) -> Any:
    """Cross-entropy of ``(rows, C)`` with class numbers: one node, and few passes over the scores.

    d input = (softmax(input) - one-hot target) · g · weight / Σ weight (for the mean).
    """
    given = raw(input)
    rows, count = given.shape
    if count <= FEW:
        scores = np.asarray(given, order="F")
        positions = classes.rows * rows + np.arange(rows)
    else:
        scores = np.asarray(given, order="C")
        positions = classes.rows + np.arange(0, rows * count, count)
    highest = np.maximum.reduce(scores, axis=1, keepdims=True, initial=-np.inf)
    shifted = np.subtract(scores, highest, out=np.empty_like(scores))
    picked = shifted.reshape(-1, order="A")[positions]
    powers = np.exp(shifted, out=shifted)
    totals = np.add.reduce(powers, axis=1)
    losses = np.log(totals)
    losses -= picked
    factor: Any = 1.0
    if classes.factors is not None:
        if classes.ignored is not None:
            losses[classes.ignored] = 0  # not infinite, which times 0 would not be 0
        losses *= classes.factors
        factor = classes.factors
    if reduction == "none":
        loss = losses
    else:
        loss = np.add.reduce(losses)
        if reduction == "mean":
            total = float(classes.total)
            loss = loss / total if total else loss * np.nan
            if total or classes.ignored is None:
                factor = factor / total if total else np.nan
            else:
                factor = np.where(classes.ignored, 0, np.nan).astype(scores.dtype)
    loss = np.asarray(loss, scores.dtype)
    if not isinstance(input, Tensor):
        return loss
    if input.requires_grad:
        powers /= totals[:, None]
    saved = (input, powers, positions, factor)
    return record_from("cross_entropy", loss, (input,), ((_cross_entropy_by_input, saved),))


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """``-ln softmax(input)[target]``: scores against classes, averaged.

    Args:
        input: scores ``(C)``, ``(N, C)`` or ``(N, C, d1, …)``, C the number of classes.
        target: class numbers, integers of shape ``()``, ``(N)`` or ``(N, d1, …)``; or
            probabilities, floating point, in the shape of ``input``.
        weight: ``(C)``, a factor for each class; the mean of class numbers divides by their sum.
        ignore_index: a class number that marks elements without loss.
        label_smoothing: from 0 to 1, the part of each target that is spread over all classes.

    With class numbers d input = (softmax(input) - one-hot(target)) · g / n.

    Raises:
        IndexError: a class number is not among the classes.
    """
    name = "cross_entropy"
    reduction = read_reduction(name, reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"{name}: label_smoothing must be from 0 to 1, got {label_smoothing}")
    input = need_float(input, None, name)
    need_tensor(target, name, "target")
    count = _class_count(input, name)
    _class_weight(weight, count, input, name)
    if target.dtype.kind == "f":
        return _cross_entropy_of_probabilities(
            input, target, weight, ignore_index, reduction, label_smoothing
        )
    classes = _Classes(input, target, weight, ignore_index, count, name)
    rows = _as_rows(input, count)
    if label_smoothing == 0:
        loss = _cross_entropy_of_rows(rows, classes, reduction)
        return reshape(loss, classes.shape) if reduction == "none" else loss
    logarithms = log_softmax(rows, 1)
    exact = _nll_of_rows(logarithms, classes, reduction)
    spread = -sum(logarithms if weight is None else logarithms * weight, 1)
    if classes.ignored is not None:
        spread = where(classes.ignored, 0.0, spread)
    spread = classes.reduced(spread, reduction)
    return exact * (1 - label_smoothing) + spread * (label_smoothing / count)


def _cross_entropy_of_probabilities(
    input: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """``-Σ target · ln softmax(input)`` over the classes; the mean is over all but the classes."""
    if target.shape != input.shape:
        raise ValueError(
            "cross_entropy: target of a floating-point dtype holds probabilities and must have the "
            f"shape of input, {tuple(input.shape)}, got {tuple(target.shape)}; for class numbers "
            "use an integer dtype"
        )
    if ignore_index >= 0:
        raise RuntimeError(
            "cross_entropy: ignore_index is for class numbers, but target holds probabilities "
            f"(dtype {target.dtype})"
        )
    at = 0 if input.ndim == 1 else 1
    count = input.shape[at]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / count
    terms = log_softmax(input, at) * target
    if weight is not None:
        terms = terms * reshape(weight, (count, *(1,) * (input.ndim - at - 1)))
    if reduction == "none":
        return -sum(terms, at)
    loss = -sum(terms)
    return _over(loss, math.prod(input.shape) // max(count, 1)) if reduction == "mean" else loss


def _nll_of_rows(logarithms: Any, classes: _Classes, reduction: str) -> Any:
    losses = -item_at(logarithms, (np.arange(len(classes.rows)), classes.rows))
    if classes.ignored is not None:
        losses = where(classes.ignored, 0.0, losses)  # not infinite: times 0 that would not be 0
    if classes.factors is not None:
        losses = losses * classes.factors
    return classes.reduced(losses, reduction)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``-input[target]``: log-probabilities of the right classes, averaged.

    Args:
        input: log-probabilities ``(C)``, ``(N, C)`` or ``(N, C, d1, …)``.
        target: class numbers ``()``, ``(N)`` or ``(N, d1, …)``.
        weight: ``(C)``, a factor for each class; the mean divides by their sum.
        ignore_index: a class number that marks elements without loss.

    d input = -g · weight / Σ weight (for the mean) at the targets, else 0.
    """
    name = "nll_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    input = need_float(input, None, name)
    count = _class_count(input, name)
    _class_weight(weight, count, input, name)
    classes = _Classes(input, target, weight, ignore_index, count, name)
    return _nll_of_rows(_as_rows(input, count), classes, reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """``target · (ln target - input)``: the divergence of probabilities from log-probabilities.

    Args:
        input: log-probabilities.
        target: probabilities, or their logarithms with ``log_target``; is broadcast.
        reduction: ``'batchmean'``, the sum over N, is the divergence itself.  ``'mean'`` divides by
            the number of classes too, as in PyTorch.

    d input = -g · probability,  d target = g · (ln target - input + 1).
    """
    name = "kl_div"
    reduction = read_reduction(name, reduction, size_average, reduce, "batchmean")
    need_broadcastable(name, input=input, target=target)
    if log_target:
        loss = exp(target) * (target - input)
    else:
        loss = target * (log_or_zero(target) - input)
    if reduction == "batchmean":
        return _over(sum(loss), input.shape[0] if input.ndim else 1)
    return reduced_loss(loss, reduction)
