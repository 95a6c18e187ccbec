"""Losses as layers: each holds the settings of the function of that name.

As there, ``reduction`` is given by name: PyTorch's outdated ``size_average`` and ``reduce`` are
left out.
"""

from __future__ import annotations

import autotensor as at
from autotensor import Tensor
from nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
]


class _Loss(Module):
    """A loss and how its values become one."""

    reductions: tuple[str, ...] = ("mean", "sum", "none")

    def __init__(self, reduction: str) -> None:
        super().__init__()
        if reduction not in self.reductions:
            raise ValueError(
                f"{type(self).__name__}: reduction must be one of "
                f"{', '.join(map(repr, self.reductions))}, got {reduction!r}"
            )
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with a ``weight``, kept as a buffer: part of the state, not trained."""

    def __init__(self, weight: Tensor | None, reduction: str) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)


class CrossEntropyLoss(_WeightedLoss):
    """Scores against classes: ``-ln softmax(input)[target]``, averaged.

    ``(C)``, ``(N, C)`` or ``(N, C, d1, …)`` with class numbers ``()``, ``(N)`` or ``(N, d1, …)``,
    or with probabilities in the shape of ``input``.

    Args:
        weight: ``(C)``, a factor for each class.
        ignore_index: a class number that marks elements without loss.
        label_smoothing: from 0 to 1, the part of each target that is spread over all classes.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, reduction)
        if not 0.0 <= label_smoothing <= 1.0:
            raise ValueError(
                f"CrossEntropyLoss: label_smoothing must be from 0 to 1, got {label_smoothing}"
            )
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.cross_entropy(
            input, target, self.weight, ignore_index=self.ignore_index,
            reduction=self.reduction, label_smoothing=self.label_smoothing,
        )  # fmt: skip


class NLLLoss(_WeightedLoss):
    """Log-probabilities of the right classes: ``-input[target]``, averaged.

    Shapes and arguments as for ``CrossEntropyLoss`` with class numbers.
    """

    def __init__(
        self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MSELoss(_Loss):
    """``(input - target)²``, averaged: ``(*), (*) → ()``."""

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """``|input - target|``, averaged: ``(*), (*) → ()``."""

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """With d = input - target: ``d² / (2 beta)`` where ``|d| < beta``, else ``|d| - beta / 2``.

    Averaged: ``(*), (*) → ()``.
    """

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        if beta < 0:
            raise ValueError(f"SmoothL1Loss: beta must be at least 0, got {beta}")
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """With d = input - target: ``d² / 2`` where ``|d| <= delta``, else ``delta · (|d| - delta/2)``.

    Averaged: ``(*), (*) → ()``.
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        if delta <= 0:
            raise ValueError(f"HuberLoss: delta must be greater than 0, got {delta}")
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.huber_loss(input, target, self.reduction, self.delta)


class BCELoss(_WeightedLoss):
    """Probabilities against 0 or 1: ``-(t · ln p + (1 - t) · ln(1 - p))``, averaged.

    ``(*), (*) → ()``.  With scores instead of probabilities use ``BCEWithLogitsLoss``.
    """

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(weight, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """``BCELoss`` of ``sigmoid(input)``, exact also where that is nearly 0 or 1.

    Args:
        weight: a factor for each element; is broadcast.
        pos_weight: a factor for the positive part; is broadcast.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(_Loss):
    """Divergence of probabilities from log-probabilities: ``target · (ln target - input)``.

    Args:
        reduction: ``'batchmean'``, the sum over N, is the divergence itself; also ``'mean'``,
            ``'sum'``, ``'none'``.
        log_target: whether ``target`` holds logarithms.
    """

    reductions = ("mean", "sum", "none", "batchmean")

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
