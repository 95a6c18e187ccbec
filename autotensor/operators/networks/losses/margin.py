"""Losses that ask for a margin: between scores, between distances, on the right side of a border.

For ``reduction`` see ``reduction.py``.  In the formulas ``g`` is the gradient of the loss, and
``[x]₊`` is x where positive, else 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autotensor.operators.arguments import (
    need_broadcast,
    need_float,
    need_same_shape,
    need_shape,
    need_tensor,
)
from autotensor.operators.networks.activation import logsigmoid
from autotensor.operators.networks.losses.reduction import read_reduction, reduced_loss
from autotensor.operators.networks.losses.targets import class_numbers, need_classes, need_weight
from autotensor.operators.networks.similarity import pairwise_distance
from autotensor.operators.pointwise.arithmetic import sqrt
from autotensor.operators.pointwise.choice import clamp, minimum, relu
from autotensor.operators.reductions.reductions import mean, sum
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.indexing import item_at
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import reshape

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss",
    "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip


def _need_equal_dims(name: str, **given: Any) -> None:
    """Raises RuntimeError unless the shapes broadcast and have equally many dimensions."""
    need_broadcast(name, **given)
    if len({value.ndim for value in given.values()}) > 1:
        *shapes, last = (value.shape for value in given.values())
        raise RuntimeError(
            f"{name}: the arguments must have as many dimensions as each other, got shapes "
            f"{', '.join(map(str, shapes))} and {last}"
        )


# -- right or wrong --------------------------------------------------------------------------------


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``input where target = 1, else [margin - input]₊``, averaged; target is 1 or -1.

    d input = g / n where target = 1, -g / n where target = -1 and input ≤ margin, else 0.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> distances = at.tensor([0.25, 0.25, 3.0], requires_grad=True)
        >>> target = at.tensor([1.0, -1.0, -1.0])  # near is right; too near; far enough
        >>> F.hinge_embedding_loss(distances, target, reduction="none").tolist()
        [0.25, 0.75, 0.0]
        >>> F.hinge_embedding_loss(distances, target, reduction="sum").backward()
        >>> distances.grad
        tensor([ 1., -1.,  0.])
    """
    name = "hinge_embedding_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    need_broadcast(name, input=input, target=target)
    near = where(target != -1, input, 0.0)
    far = where(target != 1, clamp(margin - input, 0.0), 0.0)
    return reduced_loss(near + far, reduction)


def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``ln(1 + e^(-target · input))``, target 1 or -1, averaged.

    Does not overflow, unlike PyTorch's.  d input = -g · target · σ(-target · input) / n.

    ``(*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> F.soft_margin_loss(at.tensor([0.0, 50.0]), at.tensor([1.0, 1.0]), reduction="none")
        tensor([6.9315e-01, 1.9287e-22])
        >>> F.soft_margin_loss(at.tensor([50.0, 1000.0]), at.tensor([-1.0, -1.0]), reduction="none")
        tensor([  50., 1000.])
    """
    name = "soft_margin_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    input = need_float(input, None, name)
    need_broadcast(name, input=input, target=target)
    return reduced_loss(to(-logsigmoid(target * input), input.dtype), reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``-(target · ln σ(input) + (1 - target) · ln σ(-input))``, averaged over the classes.

    Args:
        input: scores ``(*, C)``; ``reduction='none'`` gives ``(*)``.
        target: 0 or 1 in the same shape; several classes may be right.
        weight: a factor for each class; is broadcast.

    d input = g · (σ(input) - target) / n.

    Raises:
        IndexError: a 0-d ``input``.
        RuntimeError: shapes that do not broadcast.
        ValueError: an unknown ``reduction``.

    Example:

        >>> scores = at.tensor([[50.0, -50.0, 50.0], [50.0, 50.0, -50.0]])
        >>> target = at.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])  # all right; two of three wrong
        >>> F.multilabel_soft_margin_loss(scores, target, reduction="none").round(decimals=2)
        tensor([ 0.0000, 33.3300])
    """
    name = "multilabel_soft_margin_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    input = need_float(input, None, name)
    need_broadcast(name, input=input, target=target)
    if input.ndim == 0:
        raise IndexError(f"{name}: expected scores (*, C), got a 0-d Tensor")
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = loss if weight is None else loss * weight
    return reduced_loss(mean(loss, -1), reduction)


# -- one score against others ----------------------------------------------------------------------


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``[margin - target · (input1 - input2)]₊``, averaged: target 1 wants ``input1`` the larger.

    d input1 = -target · g / n where target · (input1 - input2) ≤ margin, else 0,
    d input2 = -d input1.

    ``(*), (*), (*) → ()``, or ``(*)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast, or differ in how many dimensions they have.
        ValueError: an unknown ``reduction``.

    Example:

        >>> better, worse = at.tensor([3.0, 1.0], requires_grad=True), at.tensor([2.5, 4.0])
        >>> F.margin_ranking_loss(better, worse, at.ones(2), margin=1.0, reduction="none").tolist()
        [0.5, 4.0]
        >>> F.margin_ranking_loss(better, worse, at.ones(2), margin=1.0).backward()
        >>> better.grad
        tensor([-0.5000, -0.5000])
    """
    name = "margin_ranking_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    _need_equal_dims(name, input1=input1, input2=input2, target=target)
    return reduced_loss(clamp(-target * (input1 - input2) + margin, 0.0), reduction)


def _score_rows(input: Any, target: Any, name: str) -> tuple[Any, np.ndarray]:
    """Scores ``(C)`` or ``(N, C)`` as ``(N, C)``, and the target as a raw copy."""
    input = need_float(input, None, name)
    need_tensor(target, name, "target")
    fits = input.ndim == 0 or (input.ndim <= 2 and input.shape[-1] > 0)
    need_shape(input, fits, "(C) or (N, C) with at least one class", name)
    numbers = class_numbers(target, name).astype(np.int64)
    return reshape(input, (-1, input.shape[-1] if input.ndim else 1)), numbers


def _all_but(classes: np.ndarray, rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """False for the ``classes`` of ``rows``, else True."""
    others = np.ones(shape, np.bool_)
    others[rows, classes] = False
    return others


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``Σ_{i≠t} [margin - x_t + x_i]₊^p / C`` for scores x and the right class t, averaged.

    Args:
        input: scores ``(N, C)`` or ``(C)``.
        target: class numbers ``(N)`` or ``()``.
        p: 1 or 2.
        weight: ``(C)``, a factor for each right class; the mean divides by N all the same.

    With s_i = weight_t · p · [margin - x_t + x_i]₊^(p-1) / C where positive:
    d x_i = g · s_i / n where i ≠ t, else -g / n · Σ_{k≠t} s_k.

    Raises:
        IndexError: a class number is not among the classes.
        RuntimeError: shapes that do not fit.
        ValueError: another ``p``, or an unknown ``reduction``.

    Example:

        >>> scores = at.tensor([[5.0, 1.0, 4.5]], requires_grad=True)
        >>> F.multi_margin_loss(scores, at.tensor([0])).backward()  # only class 2 comes within 1
        >>> scores.grad
        tensor([[-0.3333,  0.0000,  0.3333]])
    """
    name = "multi_margin_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError(f"{name}: p must be 1 or 2, got {p}")
    scores, right = _score_rows(input, target, name)
    rows, classes = scores.shape
    if right.size != rows or right.ndim > 1 or (input.ndim == 2 and right.ndim != 1):
        raise RuntimeError(
            f"{name}: input of shape {input.shape} needs class numbers of shape "
            f"{(rows,) if input.ndim == 2 else ()}, got target of shape {right.shape}"
        )
    shape, right = right.shape, right.reshape(-1)
    need_classes(right, classes, name)
    if weight is not None:
        need_weight(weight, classes, name)
    row = np.arange(rows)
    short = relu(margin - reshape(item_at(scores, (row, right)), (rows, 1)) + scores)
    short = where(_all_but(right, row, scores.shape), short if p == 1 else short * short, 0.0)
    loss = mean(short, 1)
    loss = loss if weight is None else loss * item_at(weight, (right,))
    return reduced_loss(reshape(loss, shape), reduction)


def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``Σ_t Σ_i [1 - x_t + x_i]₊ / C`` over right classes t and all other classes i, averaged.

    Args:
        input: scores ``(N, C)`` or ``(C)``.
        target: in the same shape, the numbers of the right classes; -1 ends the list.

    Each positive term gives x_i its ``g / (n · C)``, and takes as much from x_t.

    Raises:
        IndexError: a class number is not among the classes.
        RuntimeError: shapes that do not fit.
        ValueError: an unknown ``reduction``.

    Example:

        >>> scores = at.tensor([2.0, 0.0, 3.0, 1.5])
        >>> F.multilabel_margin_loss(scores, at.tensor([0, 2, -1, -1]))  # (1 - 2 + 1.5) / 4
        tensor(0.1250)
    """
    name = "multilabel_margin_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    scores, listed = _score_rows(input, target, name)
    need_same_shape(input, name, RuntimeError, target=target)
    rows, classes = scores.shape
    listed = listed.reshape(rows, classes)
    need_classes(listed, classes, name, least=-1)
    counted = np.logical_and.accumulate(listed >= 0, axis=1)
    listed[~counted] = 0
    row = np.arange(rows)[:, None]
    others = _all_but(listed[counted], counted.nonzero()[0], scores.shape)
    right = reshape(item_at(scores, (row, listed)), (rows, classes, 1))
    short = relu(1 - right + reshape(scores, (rows, 1, classes)))
    short = where(counted[:, :, None] & others[:, None, :], short, 0.0)
    loss = sum(short, (1, 2)) / float(classes)
    return reduced_loss(reshape(loss, input.shape[:-1]), reduction)


# -- distances -------------------------------------------------------------------------------------


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``1 - cos where target = 1, else [cos - margin]₊``, averaged; target is 1 or -1.

    cos is the cosine of the angle between the vectors ``input1`` and ``input2``: ``(N, D)`` with
    target ``(N)``, or ``(D)`` with ``()``.

    The gradient of cos by ``input1`` is ``(v - cos · u) / |input1|`` with unit vectors u and v.

    Raises:
        RuntimeError: shapes that do not fit.
        ValueError: an unknown ``reduction``.

    Example:

        >>> x1, x2 = at.tensor([[1.0, 0.0], [1.0, 0.0]]), at.tensor([[0.0, 3.0], [5.0, 0.0]])
        >>> F.cosine_embedding_loss(x1, x2, at.tensor([1.0, -1.0]), reduction="none")
        tensor([1., 1.])
    """
    name = "cosine_embedding_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    need_broadcast(name, input1=input1, input2=input2)
    need_tensor(target, name, "target")
    ndim = target.ndim + 1
    if target.ndim > 1 or input1.ndim != ndim or input2.ndim != ndim:
        raise RuntimeError(
            f"{name}: expected vectors (N, D) with target (N) or (D) with (), got shapes "
            f"{input1.shape}, {input2.shape} and {target.shape}"
        )
    tiny = 1e-12
    squares = (sum(input1 * input1, -1) + tiny) * (sum(input2 * input2, -1) + tiny)
    cosine = sum(input1 * input2, -1) / sqrt(squares)
    need_broadcast(name, input1=cosine, target=target)
    near = where(target == 1, 1 - cosine, 0.0)
    far = where(target == -1, clamp(cosine - margin, 0.0), 0.0)
    return reduced_loss(near + far, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """``[margin + d(anchor, positive) - d(anchor, negative)]₊``, averaged: ``(N, D)`` or ``(D)``.

    The derivative comes from those of the operators it is made of.

    d is ``pairwise_distance`` with ``p`` and ``eps``.  With ``swap``, d(positive, negative) takes
    the place of d(anchor, negative) where it is smaller (Balntas et al., 2016).

    Raises:
        RuntimeError: shapes that do not broadcast, or differ in how many dimensions they have.
        ValueError: ``margin`` is not above 0, or an unknown ``reduction``.

    Example:

        >>> anchor, positive = at.tensor([[0.0, 0.0]]), at.tensor([[0.0, 3.0]])
        >>> near, far = at.tensor([[2.0, 0.0]]), at.tensor([[9.0, 0.0]])
        >>> F.triplet_margin_loss(anchor, positive, near).round(decimals=3)  # 1 + 3 - 2
        tensor(2.)
        >>> F.triplet_margin_loss(anchor, positive, far)
        tensor(0.)
    """
    name = "triplet_margin_loss"
    reduction = read_reduction(name, reduction, size_average, reduce)
    distance = partial(pairwise_distance, p=p, eps=eps)
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction, name)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """``triplet_margin_loss`` with any ``distance_function(a, b)``; else ``pairwise_distance``.

    The derivative comes from those of the operators it is made of.

    Three ``(N, D)`` give ``()``, or ``(N)`` with ``reduction='none'``.

    Raises:
        RuntimeError: shapes that do not broadcast, or differ in how many dimensions they have.
        ValueError: ``margin`` is not above 0, or an unknown ``reduction``.

    Example:

        >>> anchor, positive, negative = at.zeros(1, 2), at.tensor([[1.0, 2.0]]), at.ones(1, 2)
        >>> F.triplet_margin_with_distance_loss(
        ...     anchor, positive, negative, distance_function=lambda a, b: (a - b).abs().sum(-1)
        ... )
        tensor(2.)
    """
    name = "triplet_margin_with_distance_loss"
    read_reduction(name, reduction)
    distance = distance_function or pairwise_distance
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction, name)


def _triplet(
    anchor: Any, positive: Any, negative: Any, distance: Callable[[Any, Any], Any],
    margin: float, swap: bool, reduction: str, name: str,
) -> Any:  # fmt: skip
    if margin <= 0:
        raise ValueError(f"{name}: margin must be greater than 0, got {margin}")
    _need_equal_dims(name, anchor=anchor, positive=positive, negative=negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced_loss(clamp(margin + near - far, 0.0), reduction)
