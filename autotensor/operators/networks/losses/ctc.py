"""Connectionist temporal classification: how likely a sequence is, wherever its labels stand.

Graves, Fernández, Gomez and Schmidhuber, "Connectionist Temporal Classification: Labelling
Unsegmented Sequence Data with Recurrent Neural Networks", 2006.

A path gives each time step a label or a blank.  It spells what is left of it when repeated labels
are made one and then blanks dropped.  The paths that spell a target run through its *states*, which
are blank, label, blank, label, …, blank.  From a state a path goes on to the same one, to the next,
or past a blank to the next label if that is another one.  Sums over all paths are recursions over
time.

Probabilities are held as logarithms.  One far below all others stands for ln 0: infinities would
turn into NaN in derivatives.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw
from autotensor.operators.arguments import need_float
from autotensor.operators.networks.losses.reduction import read_reduction, reduced_loss
from autotensor.operators.networks.losses.targets import class_numbers, need_classes
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.exponential import exp
from autotensor.operators.reductions.reductions import logsumexp
from autotensor.operators.structure.indexing import item_at
from autotensor.operators.structure.joining import cat, stack
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import reshape, unsqueeze

__all__ = ["ctc_loss"]

NEVER = -1e30
"""ln 0.  A hundred million of these add up to no more than float32 holds."""


_Targets = namedtuple("_Targets", "labels skips lasts times")
"""The target sequences of N samples as states, up to L of each.

``labels (N, L)`` are the classes of the states.  ``skips (N, L)`` says whether a path may come from
two states before, ``lasts (N, L)`` whether it may end there.  ``times (N)`` is how many time steps
each sample has.
"""


# -- the recursions --------------------------------------------------------------------------------
# Each is given arrays for a value and Tensors for a derivative.


def _shifted(states: Any, by: int) -> Any:
    """``states`` moved by so many places, to the right if positive, ``NEVER`` coming in."""
    samples, count = states.shape
    edge = np.full((samples, min(abs(by), count)), NEVER, states.dtype)
    kept = states[:, :-by] if by > 0 else states[:, -by:]
    return cat([edge, kept] if by > 0 else [kept, edge], 1)


def _either(*logarithms: Any) -> Any:
    return logsumexp(stack(logarithms), 0)


def _before(emitted: Any, targets: _Targets) -> Any:
    """``(T + 1, N, L)``: ln of the chance to be in a state after t steps, having spelled it all."""
    states: Any = np.full(targets.labels.shape, NEVER, emitted.dtype)
    states[:, 0] = 0
    found = [states]
    for step in range(emitted.shape[0]):
        past_blank = where(targets.skips, _shifted(states, 2), NEVER)
        states = _either(states, _shifted(states, 1), past_blank) + emitted[step]
        found.append(states)
    return stack(found)


def _after(emitted: Any, targets: _Targets) -> Any:
    """``(T + 1, N, L)``: ln of the chance, in a state after t steps, to spell the rest."""
    ends = np.where(targets.lasts, 0, NEVER).astype(emitted.dtype)
    states: Any = np.full_like(ends, NEVER)
    found = []
    for step in range(emitted.shape[0], -1, -1):
        if step < emitted.shape[0]:
            entered = states + emitted[step]
            past_blank = _shifted(where(targets.skips, entered, NEVER), -2)
            states = _either(entered, _shifted(entered, -1), past_blank)
        states = where((targets.times == step)[:, None], ends, states)
        found.append(states)
    return stack(found[::-1])


def _in_total(before: Any, targets: _Targets) -> Any:
    """``(N)``: ln of the chance of all paths."""
    at_end = item_at(before, (targets.times, np.arange(len(targets.times))))
    return logsumexp(where(targets.lasts, at_end, NEVER), 1)


def _visits(emitted: Any, targets: _Targets, of_impossible: float) -> Any:
    """``(T, N, L)``: the chance that a path which spells the target is in a state at time t.

    It is what the logarithm of all paths' chance is differentiated by ``emitted`` to.
    ``of_impossible`` is the factor for targets that no path spells.
    """
    before = _before(emitted, targets)
    total = _in_total(before, targets)
    chances = exp(before[1:] + _after(emitted, targets)[1:] - unsqueeze(total, 1))
    steps = np.arange(emitted.shape[0])[:, None]
    factors = np.where(raw(total) < NEVER / 2, of_impossible, 1.0)
    counted = np.where(steps < targets.times, factors, 0.0).astype(emitted.dtype)
    return where((counted != 0)[:, :, None], chances, 0.0) * counted[:, :, None]


@operator(
    emitted=lambda g, emitted, targets, of_impossible: (
        _visits(emitted, targets, of_impossible) * reshape(-g, (1, -1, 1))
    )
)
def _ctc(emitted: Any, targets: Any, of_impossible: Any) -> Any:
    """The negative logarithm of the chance of each target.

    d emitted = -g · visits(emitted); see ``_visits``.
    """
    total = _in_total(_before(emitted, targets), targets)
    return np.where(total < NEVER / 2, np.inf, -total).astype(emitted.dtype)


# -- reading arguments -----------------------------------------------------------------------------


def _lengths(value: Any, count: int, limit: int, argument: str) -> np.ndarray:
    """A length for each of ``count`` samples: a Tensor, or a list or tuple, of ints."""
    array = np.array(raw(value))
    if array.size and array.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss: {argument} must be integers, got dtype {array.dtype}")
    if array.shape not in ((count,), *(((),) if count == 1 else ())):
        raise RuntimeError(
            f"ctc_loss: {argument} must hold a length for each of the {count} samples, "
            f"got shape {array.shape}"
        )
    lengths = array.reshape(count).astype(np.int64)
    if lengths.size and not (lengths.min() >= 0 and lengths.max() <= limit):
        wrong = lengths[(lengths < 0) | (lengths > limit)][0]
        raise RuntimeError(f"ctc_loss: {argument} must be from 0 to {limit}, got {wrong}")
    return lengths


def _labels(targets: Any) -> np.ndarray:
    """The class numbers; those of a floating dtype are taken if they are whole."""
    given = raw(targets)
    if isinstance(targets, Tensor) and given.dtype.kind == "f" and (given % 1 == 0).all():
        return given.astype(np.int64)
    return class_numbers(targets, "ctc_loss", "targets")


def _label_rows(
    targets: Any, target_lengths: Any, samples: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The targets as ``(N, S)``, padded with 0, and their lengths."""
    given = _labels(targets)
    if given.ndim not in (1, 2) or (given.ndim == 2 and given.shape[0] != samples):
        raise RuntimeError(
            f"ctc_loss: targets must be of shape ({samples}, S), or (Σ target_lengths), "
            f"got {given.shape}"
        )
    limit = given.shape[-1]
    lengths = _lengths(target_lengths, samples, limit, "target_lengths")
    longest = int(lengths.max(initial=0))
    present = np.arange(longest) < lengths[:, None]
    if given.ndim == 2:
        labels = given[:, :longest][present]
    elif lengths.sum() > limit:
        raise RuntimeError(
            f"ctc_loss: target_lengths sum to {lengths.sum()}, but targets holds {limit} labels"
        )
    else:
        labels = given[: lengths.sum()]
    need_classes(labels, classes, "ctc_loss")
    rows = np.zeros((samples, longest), np.int64)
    rows[present] = labels
    return rows, lengths


def _states(rows: np.ndarray, lengths: np.ndarray, times: np.ndarray, blank: int) -> _Targets:
    """The targets ``rows``, each of its length, with blanks before, between and behind."""
    samples, longest = rows.shape
    labels = np.full((samples, 2 * longest + 1), blank, np.int64)
    labels[:, 1::2] = rows
    skips = np.zeros(labels.shape, np.bool_)
    skips[:, 3::2] = rows[:, 1:] != rows[:, :-1]
    distance = 2 * lengths[:, None] - np.arange(labels.shape[1])
    return _Targets(labels, skips, (distance == 0) | (distance == 1), times)


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative logarithm of the chance of the target sequences, given those of labels at each
    time.

    Args:
        log_probs: ``(T, N, C)``, or ``(T, C)`` for one sample: the logarithms of the chances of C
            classes at T times, as ``log_softmax`` gives them.
        targets: ``(N, S)``, padded at the end, or all sequences one after another in one dimension;
            class numbers other than ``blank``, of a floating dtype too.
        input_lengths, target_lengths: ``(N)``, or ``()`` for one sample: how many of the T times
            and S labels belong to each sample.
        blank: the class number that stands for no label.
        reduction: ``'mean'`` divides each loss by the length of its target (at least 1), then
            averages over the samples; or ``'sum'`` or ``'none'``.
        zero_infinity: makes the loss of targets that are too long for their input, which is
            infinite, 0 and its gradient too.  Else their gradient is NaN.

    d log_probs = -g · c; c is the chance that a path which spells the target has that label then.
    PyTorch adds the chances themselves, as though ``log_softmax`` had been differentiated already;
    after ``log_softmax`` both come to the same.

    Graves et al., "Connectionist Temporal Classification", 2006.

    Raises:
        IndexError: a target is not among the classes.
        RuntimeError: shapes, lengths, dtypes or a ``blank`` that do not fit.

    Example:

        >>> log_probs = at.log(at.full((2, 1, 2), 0.5))  # two times, one sample; blank and "a"
        >>> loss = F.ctc_loss(log_probs, at.tensor([[1]]), at.tensor([2]), at.tensor([1]))
        >>> at.exp(-loss)  # "a" may be spelled a-, -a and aa, not --
        tensor(0.7500)
    """
    name = "ctc_loss"
    read_reduction(name, reduction)
    log_probs = need_float(log_probs, None, name)
    if log_probs.dtype == np.float16 or log_probs.ndim not in (2, 3):
        raise RuntimeError(
            f"{name}: expected log_probs (T, N, C) or (T, C) of dtype float32 or float64, got "
            f"shape {log_probs.shape} of dtype {log_probs.dtype}"
        )
    batch = log_probs if log_probs.ndim == 3 else unsqueeze(log_probs, 1)
    steps, samples, classes = batch.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"{name}: blank must be from 0 to {classes - 1}, got {blank}")
    times = _lengths(input_lengths, samples, steps, "input_lengths")
    rows, lengths = _label_rows(targets, target_lengths, samples, classes)
    states = _states(rows, lengths, times, blank)
    sample = np.arange(samples)[:, None]
    emitted = item_at(batch, (np.arange(steps)[:, None, None], sample, states.labels))
    losses = _ctc(clamp(emitted, NEVER), states, 0.0 if zero_infinity else np.nan)
    if zero_infinity:
        losses = where(np.isinf(raw(losses)), 0.0, losses)
    if reduction == "mean":
        losses = losses / np.maximum(lengths, 1).astype(losses.dtype)
    if log_probs.ndim == 2:
        losses = reshape(losses, ())
    return reduced_loss(losses, reduction)
