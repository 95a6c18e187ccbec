"""A schedule that waits until training stops getting better."""

from __future__ import annotations

import math
import warnings
from typing import Any

from nn.optim.lr_scheduler.base import (
    EPOCH_DEPRECATION_WARNING,
    LRScheduler,
    for_groups,
    set_value,
    values,
)
from nn.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """Multiplies the rate by ``factor`` when a measure has not become better for a while.

    ``step`` takes the measure, such as the loss on held-out data::

        scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=3)
        for epoch in range(90):
            train(...)
            scheduler.step(validation_loss())

    Args:
        optimizer: the one whose rates change.
        mode: ``"min"`` where less is better, ``"max"`` where more is.
        factor: below 1.
        patience: how many epochs without a better one are forgiven.
        threshold: by how much better it must be: ``threshold_mode`` ``"rel"`` for a share of the
            best, ``"abs"`` for a difference.
        cooldown: epochs after a reduction that do not count.
        min_lr: the lowest rate; a list has one for each group.
        eps: a smaller reduction is left out.

    Raises:
        ValueError: a bad option.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> rates = []
        >>> for loss in (3.0, 2.0, 2.0, 2.5, 2.0):  # not better twice
        ...     scheduler.step(loss)
        ...     rates.append(optimizer.param_groups[0]["lr"])
        >>> rates
        [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        min_lrs = for_groups("min_lr", optimizer, min_lr, "expected {groups} min_lrs, got {given}")
        if not factor < 1:
            raise ValueError(f"Factor should be < 1.0, got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown! Expected 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown! Expected 'rel' or 'abs'")
        self.optimizer = optimizer
        self.factor = factor
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.min_lrs = min_lrs
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.last_epoch = 0
        self._last_lr = values(optimizer, "lr")
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether bad epochs do not count at present.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, cooldown=2)
            >>> for loss in (1.0, 1.0):
            ...     scheduler.step(loss)
            >>> scheduler.in_cooldown
            True
        """
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Goes on to the next epoch, given how good the last one was: a number, or a Tensor.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
            >>> for loss in (3.0, 2.0, 2.5):
            ...     scheduler.step(loss)
            >>> optimizer.param_groups[0]["lr"]
            0.5
        """
        measure = float(metrics)
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, stacklevel=3)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(measure):
            self.best = measure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = values(self.optimizer, "lr")

    def _is_better(self, measure: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            return sign * measure > sign * self.best * (1 + sign * self.threshold)
        return sign * measure > sign * self.best + self.threshold

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({len(groups)}) differs from "
                    f"when `ReduceLROnPlateau` was initialized ({len(self.min_lrs)}); set its "
                    "`min_lrs` to a list with one rate for each group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            before = float(group["lr"])
            after = max(before * self.factor, least)
            if before - after > self.eps:
                set_value(group, "lr", after)
