"""Losses of probabilities: two classes, many classes, and divergence.

For ``reduction`` see ``reduction.py``.  In the formulas ``g`` is the gradient of the loss and σ the
sigmoid.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.graph import parent_of, record
from autotensor.engine.modes import modes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.cross_entropy import one_hot, row_losses, scores_gradient
from autotensor.operators.arguments import need_broadcast, need_float, need_same_shape, need_tensor
from autotensor.operators.networks.activation import logsigmoid
from autotensor.operators.networks.losses.reduction import divided, read_reduction, reduced_loss
from autotensor.operators.networks.losses.targets import (
    class_numbers,
    need_classes,
    need_weight,
    refuse_swapped,
)
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.exponential import exp, log, log_or_zero
from autotensor.operators.reductions.reductions import log_softmax, softmax, sum
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.indexing import item_at
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import movedim, reshape
from autotensor.remedies import unlike_dtypes

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "kl_div",
    "nll_loss",
]  # fmt: skip


# -- two classes -----------------------------------------------------------------------------------


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
    """``-target · ln input - (1 - target) · ln(1 - input)``; logarithms are at least -100.

    d input = g · (input - target) / (input · (1 - input)),
    d target = g · (ln(1 - input) - ln input).
    """
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

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Args:
        input: probabilities, any shape.
        target: of the same shape, from 0 to 1.
        weight: a factor for each element; is broadcast.

    d input = (input - target) / (input · (1 - input)) · g / n;
    d target = (ln(1 - input) - ln input) · g / n.

    With scores instead of probabilities use ``binary_cross_entropy_with_logits``: it is exact also
    where the probability is nearly 0 or 1.

    Raises:
        RuntimeError: numbers that are no probabilities; dtypes that differ.
        ValueError: shapes that differ, or an unknown ``reduction``.

    Example:

        >>> probs = at.tensor([0.5, 0.25], requires_grad=True)
        >>> F.binary_cross_entropy(at.tensor([0.5]), at.tensor([1.0]))  # ln 2
        tensor(0.6931)
        >>> F.binary_cross_entropy(probs, at.tensor([1.0, 0.0])).backward()
        >>> probs.grad  # -1 / 0.5 and 1 / 0.75, halved
        tensor([-1.0000,  0.6667])
    """
    name = "binary_cross_entropy"
    reduction = read_reduction(name, reduction, size_average, reduce)
    need_same_shape(input, name, target=target)
    input = need_float(input, None, name)
    if target.dtype != input.dtype:
        raise unlike_dtypes(name, input=input.dtype, target=target.dtype)
    _need_chances(input, name, "input", "; for scores use binary_cross_entropy_with_logits")
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

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Args:
        input: scores, any shape.
        target: of the same shape, from 0 to 1; the loss has its dtype, if that is a floating one.
        weight: a factor for each element; is broadcast.
        pos_weight: a factor for the positive part, such as (C) for targets (N, C); is broadcast.

    Without weights d input = (σ(input) - target) · g / n, d target = -input · g / n.

    Raises:
        ValueError: shapes that differ, or an unknown ``reduction``.

    Example:

        >>> scores = at.tensor([0.0, 100.0], requires_grad=True)
        >>> target = at.tensor([1.0, 0.0])
        >>> loss = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
        >>> loss.detach()  # unsure; sure and wrong
        tensor([  0.6931, 100.0000])
        >>> loss.sum().backward()
        >>> scores.grad
        tensor([-0.5000,  1.0000])
        >>> yes = at.tensor([1.0])
        >>> F.binary_cross_entropy_with_logits(at.zeros(1), yes, pos_weight=at.tensor([10.0]))
        tensor(6.9315)
    """
    name = "binary_cross_entropy_with_logits"
    reduction = read_reduction(name, reduction, size_average, reduce)
    need_same_shape(input, name, target=target)
    input = need_float(input, None, name)
    log_yes = logsigmoid(input)
    if pos_weight is not None:
        log_yes = log_yes * (target * (pos_weight - 1) + 1)
    loss = (1 - target) * input - log_yes
    loss = loss if weight is None else loss * weight
    if raw(target).dtype.kind == "f":
        loss = to(loss, target.dtype)  # PyTorch's is that of 1 - target, whatever input has
    return reduced_loss(loss, reduction)


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
        numbers = class_numbers(target, name, error=TypeError)
        self.shape = numbers.shape
        shape = raw(input).shape
        expected = () if len(shape) == 1 else (shape[0], *shape[2:])
        if self.shape != expected:
            remedy = ""
            if self.shape == shape:
                remedy = "; of one-hot numbers pass .argmax(1), or .float() as probabilities"
            elif self.shape == (*expected, 1):
                remedy = "; pass target.squeeze(-1)"
            raise ValueError(
                f"{name}: input of shape {shape} needs class numbers of shape "
                f"{expected}, got target of shape {self.shape}{remedy}"
            )
        # A copy: it is kept for the derivative, and the caller may write to his.
        rows = self.rows = numbers.reshape(-1).astype(np.int64)
        self.ignored: np.ndarray | None = None
        # Rows to ignore are rare: mostly one pass shows that there are none.  Without a sign,
        # numbers below 0 are the largest of all.
        highest = np.maximum.reduce(rows.view(np.uint64), initial=0)
        if 0 <= ignore_index < classes or highest >= classes:
            ignored = rows == ignore_index
            if ignored.any():
                self.ignored = ignored
                rows[ignored] = 0
            need_classes(rows, classes, name)
        factors = None if weight is None else raw(weight)[rows]
        if self.ignored is not None:
            factors = np.ones(rows.shape, input.dtype) if factors is None else factors
            factors[self.ignored] = 0
        self.factors = factors
        self.total: Any = rows.size if factors is None else factors.sum()

    def reduced(self, losses: Any, reduction: str) -> Any:
        """The loss of each row, already weighted, reduced or in the shape of the target."""
        if reduction == "none":
            return reshape(losses, self.shape)
        loss = sum(losses)
        return divided(loss, self.total) if reduction == "mean" else loss


def _class_count(input: Any, weight: Any, name: str) -> int:
    """The C of ``(C)``, ``(N, C)`` or ``(N, C, *)``; refuses a weight that is not ``(C)``."""
    if input.ndim == 0:
        raise RuntimeError(
            f"{name}: expected input of shape (C), (N, C) or (N, C, *), got a 0-d one"
        )
    count = raw(input).shape[0 if input.ndim == 1 else 1]
    if weight is not None:
        need_weight(weight, count, name)
        if weight.dtype != input.dtype:
            raise RuntimeError(
                f"{name}: weight must have the dtype of input, {input.dtype}, got {weight.dtype}"
            )
    return count


def _as_rows(input: Any, classes: int) -> Any:
    """``(C)``, ``(N, C)`` or ``(N, C, d1, …)`` as ``(N · d1 · …, C)``."""
    if input.ndim == 2:
        return input
    return reshape(movedim(input, 1, -1) if input.ndim > 2 else input, (-1, classes))


def _cross_entropy_rule(g: Any, input: Any, probabilities: Any, positions: Any, factor: Any) -> Any:
    """``(softmax(input) - one-hot target) · g · factor``; ``factor`` is a number or one per row."""
    share = g * factor
    if isinstance(factor, np.ndarray):
        # Also where g is NaN, as it may be after the mean of nothing.
        share = where(factor == 0, 0.0, share)
    if share.ndim:
        share = reshape(share, (-1, 1))
    if isinstance(g, Tensor):
        return (softmax(input, 1) - one_hot(probabilities, positions)) * share
    return scores_gradient(probabilities, positions, share)


def _cross_entropy_of_rows(input: Any, classes: _Classes, reduction: str) -> Any:
    """Cross-entropy of ``(rows, C)`` with class numbers: one node, and few passes over the scores.

    d input = (softmax(input) - one-hot target) · g · weight / Σ weight (for the mean).
    """
    loss, powers, totals, positions = row_losses(raw(input), classes.rows)
    factor: Any = 1.0
    if classes.ignored is not None:
        loss[classes.ignored] = 0  # not infinite, which times 0 would not be 0
    if classes.factors is not None:
        factor = classes.factors
        loss *= factor
    if reduction != "none":
        loss = np.add.reduce(loss)
    if reduction == "mean":
        total = float(classes.total) or np.nan  # the mean of nothing is NaN
        loss = loss / total
        factor = factor / total
        if classes.ignored is not None:
            factor[classes.ignored] = 0
    loss = np.asarray(loss, powers.dtype)
    if not isinstance(input, Tensor):
        return loss
    if not (input.requires_grad and modes().grad_enabled):
        return wrap(loss)
    powers /= totals[:, None]
    saved = (input, powers, positions, factor)
    return record(loss, "cross_entropy", ((parent_of(input), _cross_entropy_rule, saved),))


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

    With class numbers d input = (softmax(input) - one_hot(target)) · g / n.

    Raises:
        IndexError: a class number is not among the classes.
        ValueError: shapes that do not fit, or an unknown ``reduction``.
        RuntimeError: dtypes or a ``weight`` that do not fit.

    Example:

        >>> scores = at.zeros(2, 4, requires_grad=True)  # two samples, four classes, all alike
        >>> loss = F.cross_entropy(scores, at.tensor([1, 3]))
        >>> at.isclose(loss, at.log(at.tensor(4.0)))
        tensor(True)
        >>> loss.backward()  # (softmax - one-hot) / 2
        >>> scores.grad
        tensor([[ 0.1250, -0.3750,  0.1250,  0.1250],
                [ 0.1250,  0.1250,  0.1250, -0.3750]])
        >>> pixels = at.zeros(8, 28, 28).long()
        >>> F.cross_entropy(at.zeros(8, 10, 28, 28), pixels, reduction="none").shape
        torch.Size([8, 28, 28])
    """
    name = "cross_entropy"
    if isinstance(input, Tensor) and input.array.dtype.kind != "f":
        refuse_swapped(input, target, name)
    reduction = read_reduction(name, reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"{name}: label_smoothing must be from 0 to 1, got {label_smoothing}")
    input = need_float(input, None, name)
    kind = need_tensor(target, name, "target").dtype.kind
    count = _class_count(input, weight, name)
    if kind == "f":
        return _against_probabilities(
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


def _against_probabilities(
    input: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """``-Σ target · ln softmax(input)`` over the classes; the mean is over all but the classes."""
    if target.shape != input.shape:
        raise ValueError(
            "cross_entropy: target of a floating-point dtype holds probabilities and must have the "
            f"shape of input, {input.shape}, got {target.shape}; for class numbers "
            "use an integer dtype: .long()"
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
    return divided(loss, math.prod(input.shape) // max(count, 1)) if reduction == "mean" else loss


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

    d input = -g · weight · one_hot(target) / n; n is Σ weight of the targets for the mean, else 1.

    Raises:
        IndexError: a class number is not among the classes.
        ValueError: shapes that do not fit, or an unknown ``reduction``.
        TypeError: a target that holds no class numbers.
        RuntimeError: a ``weight`` that does not fit.

    Example:

        >>> log_probs = at.log(at.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
        >>> F.nll_loss(log_probs, at.tensor([0, 2]), reduction="none").neg().exp()
        tensor([0.5000, 0.8000])
        >>> F.nll_loss(log_probs, at.tensor([0, -100])) == -log_probs[0, 0]  # -100 does not count
        tensor(True)
    """
    name = "nll_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    input = need_float(input, None, name)
    count = _class_count(input, weight, name)
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

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Args:
        input: log-probabilities.
        target: probabilities, or their logarithms with ``log_target``; is broadcast.
        reduction: ``'batchmean'``, the sum over N, is the divergence itself.  ``'mean'`` divides by
            the number of classes too, as in PyTorch.

    d input = -g · target / n, d target = g · (ln target - input + 1) / n.

    Raises:
        RuntimeError: integers; shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> log_q = at.log(at.tensor([[0.5, 0.5]]))
        >>> F.kl_div(log_q, at.tensor([[1.0, 0.0]]), reduction="batchmean")  # ln 2
        tensor(0.6931)
        >>> log_q.requires_grad = True
        >>> F.kl_div(log_q, at.tensor([[0.75, 0.25]]), reduction="batchmean").backward()
        >>> log_q.grad
        tensor([[-0.7500, -0.2500]])
    """
    name = "kl_div"
    reduction = read_reduction(name, reduction, size_average, reduce, "batchmean")
    need_broadcast(name, input=input, target=target)
    input, target = need_float(input, None, name), need_float(target, None, name)
    if log_target:
        loss = exp(target) * (target - input)
    else:
        loss = target * (log_or_zero(target) - input)
    if reduction == "batchmean":
        return divided(sum(loss), input.shape[0] if input.ndim else 1)
    return reduced_loss(loss, reduction)
