"""The operators of networks, under PyTorch's names: ``import nn.functional as F``.

They live in the engine; this module gathers them: all of the families ``images`` and ``networks``
but the recurrent ones, and a few of others.
"""

from __future__ import annotations

import autotensor as at
from autotensor import Tensor, extend
from autotensor import relu_ as relu_
from autotensor.extend.networks import *


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``, in the memory of ``input`` if ``inplace``.

    Example:

        >>> x = at.tensor([-2.0, 0.0, 3.0], requires_grad=True)
        >>> F.relu(x).sum().backward()
        >>> F.relu(x).tolist(), x.grad
        ([0.0, 0.0, 3.0], tensor([0., 0., 1.]))
    """
    return relu_(input) if inplace else at.relu(input)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: object = None,
) -> Tensor:
    """``cross_entropy(linear(input, linear_weight, linear_bias), target, …)``.

    Args:
        input: ``(N, I)`` or ``(I)``.
        linear_weight: ``(C, *, I)``; further dimensions are those of the scores, ``(N, C, *)``.
        target: class numbers ``(N, *)``, or probabilities in the shape of the scores.
        linear_bias: ``(C, *)`` or None.
        ignore_index: a class number that marks elements without loss, -100 if None.  Not for
            probabilities.
        options: how PyTorch may save memory; without effect here.

    Raises:
        RuntimeError: shapes that do not fit each other.

    Example:

        >>> hidden, vocabulary = at.zeros(5, 16), at.ones(100, 16)  # 5 steps, 100 words
        >>> loss = F.linear_cross_entropy(hidden, vocabulary, at.tensor([3, 1, 4, 1, 5]))
        >>> at.exp(loss).round()  # as good as guessing among 100
        tensor(100.)
    """
    name = "linear_cross_entropy"
    if input.ndim not in (1, 2) or linear_weight.ndim < 2:
        raise RuntimeError(
            f"{name}: expected input (N, I) or (I) and linear_weight (C, *, I), got shapes "
            f"{input.shape} and {linear_weight.shape}"
        )
    *scores, inputs = linear_weight.shape
    if input.shape[-1] != inputs:
        raise RuntimeError(
            f"{name}: input has {input.shape[-1]} features but linear_weight expects {inputs} "
            f"(shape {linear_weight.shape})"
        )
    if linear_bias is not None and list(linear_bias.shape) != scores:
        raise RuntimeError(
            f"{name}: linear_bias must have shape {tuple(scores)}, got {linear_bias.shape}"
        )
    if input.ndim == 1 and len(scores) > 1:
        raise RuntimeError(
            f"{name}: with a weight of shape {linear_weight.shape} input must be (N, I)"
        )
    if ignore_index is not None and target.shape == (*input.shape[:-1], *scores):
        raise RuntimeError(f"{name}: ignore_index is not for probabilities as target")
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    rows = at.linear(input, linear_weight.reshape(-1, inputs), bias)
    return at.cross_entropy(
        rows.reshape(*input.shape[:-1], *scores),
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


ELSEWHERE = {
    "alpha_dropout_", "dropout_", "embedding_renorm_", "feature_alpha_dropout_", "feature_dropout",
    "feature_dropout_",
}  # fmt: skip
"""What PyTorch has beside its Tensor, not here."""

# Not by assignment: checkers follow the lines above.
operators = sorted(
    name
    for name, found in globals().items()
    if callable(found) and name.islower() and name not in ELSEWHERE
)
globals()["__all__"] = operators
extend.published(__name__, operators)
