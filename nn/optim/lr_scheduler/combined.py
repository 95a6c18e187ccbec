"""Schedules made of others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from nn.optim.lr_scheduler.base import LRScheduler, set_value, values
from nn.optim.lr_scheduler.plateau import ReduceLROnPlateau
from nn.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    """Holds others, and saves them with itself."""

    _parts = "_schedulers"
    _schedulers: Sequence[LRScheduler]

    def _check(self, optimizer: Any, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        for index, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"{name} at index {index} should have `optimizer` as its attribute, got "
                    f"{type(scheduler).__name__}"
                )
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler, whose `step` needs "
                    f"an argument, but got one at index {index} in the given schedulers sequence"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got "
                    f"scheduler {type(scheduler).__name__} at index {index} with another "
                    f"{type(scheduler.optimizer).__name__}"
                )


class SequentialLR(_Combined):
    """One schedule after the other: the next takes over at each epoch among ``milestones``.

    Every schedule begins at its own epoch 0, from the initial rate.

    Args:
        optimizer: the one whose rates change.
        schedulers: schedules for it.
        milestones: epochs, one fewer than ``schedulers``.
        last_epoch: the number of the last epoch, to resume.

    Raises:
        ValueError: no schedules, not as many milestones, or schedules of other optimizers.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> warmup = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = optim.lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[2])
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError("SequentialLR expects at least one scheduler, but got no scheduler.")
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got number of schedulers {len(schedulers)} "
                f"and the number of milestones to be equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        # Each schedule has made its first step: undo them all, then let the first one begin.
        for group in optimizer.param_groups:
            set_value(group, "lr", group["initial_lr"])
        _undo(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Goes on to the next epoch and sets its rates.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> first = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=9)
            >>> then = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
            >>> scheduler = optim.lr_scheduler.SequentialLR(optimizer, [first, then], [1])
            >>> optimizer.step()
            >>> scheduler.step()  # from the first to the second
            >>> optimizer.param_groups[0]["lr"]
            1.0
        """
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo(scheduler: LRScheduler) -> None:
    """Takes back a step, or one of each schedule within."""
    if isinstance(scheduler, _Combined):
        for inner in scheduler._schedulers:
            _undo(inner)
    else:
        scheduler.last_epoch -= 1


class ChainedScheduler(_Combined):
    """Several schedules at once: ``step`` steps each in turn, so that their factors multiply.

    Args:
        schedulers: schedules for one optimizer.
        optimizer: theirs.

    Raises:
        ValueError: no schedules, or schedules of other optimizers.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> constant = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
        >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = optim.lr_scheduler.ChainedScheduler([constant, decay])
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                "ChainedScheduler expects at least one scheduler to be chained, but got no "
                "scheduler."
            )
        its = getattr(schedulers[0], "optimizer", None) if optimizer is None else optimizer
        self._check(its, schedulers)
        self._schedulers = schedulers
        self.optimizer = schedulers[0].optimizer
        self._last_lr = values(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Goes on to the next epoch and sets its rates.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> halving = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
            >>> twice = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
            >>> scheduler = optim.lr_scheduler.ChainedScheduler([halving, twice])
            >>> optimizer.step()
            >>> scheduler.step()
            >>> optimizer.param_groups[0]["lr"]
            0.25
        """
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values(self.optimizer, "lr")
