"""Learning rates that change from epoch to epoch.

A schedule is made after the optimizer, and its ``step`` is called once after every epoch::

    scheduler = lr_scheduler.StepLR(optimizer, step_size=30)
    for epoch in range(90):
        train(...)
        scheduler.step()

Where a formula allows it, a new rate is computed from the one before rather than from the first, so
that several schedules may act on one optimizer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from nn.optim.optimizer import Group, Optimizer

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "StepLR",
]


def _groups(optimizer: Optimizer) -> list[Group]:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer.param_groups


class LRScheduler:
    """The base of all schedules: a subclass computes the rates of all groups in ``get_lr``.

    Args:
        optimizer: the one whose rates change.
        last_epoch: −1 to begin; to resume, the number of the last epoch that was finished (the
            groups must still have the ``"initial_lr"`` that the first schedule noted there).

    Attributes:
        last_epoch: how often ``step`` was called, plus where it began.
        base_lrs: the rate of each group at the beginning.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        for index, group in enumerate(_groups(optimizer)):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming "
                    "an optimizer; load its state_dict first"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._last_lr: list[float] = []
        # The first step only arrives at the first epoch: a rate that would be computed from the one
        # before stays what it is.
        self._starting = True
        self.step()
        self._starting = False

    def get_lr(self) -> list[float]:
        """The rates of all groups in epoch ``last_epoch``; ``step`` calls it."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def get_last_lr(self) -> list[float]:
        """The rates that the last ``step`` set, one for each group."""
        return self._last_lr

    def step(self) -> None:
        """Goes on to the next epoch and sets its rates."""
        self.last_epoch += 1
        self._last_lr = list(self.get_lr())
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave; the optimizer's rates come with its own."""
        self.__dict__.update(state_dict)

    def _scaled(self, factor: float) -> list[float]:
        """The present rates times ``factor``."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]


class LambdaLR(LRScheduler):
    """The initial rate times ``lr_lambda(epoch)``; a list has one function for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(_groups(optimizer))
        if isinstance(lr_lambda, (list, tuple)):
            if len(lr_lambda) != groups:
                raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
            self.lr_lambdas = list(lr_lambda)
        else:
            self.lr_lambdas = [lr_lambda] * groups
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        epoch = self.last_epoch
        return [
            base * scale(epoch) for base, scale in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of ``lr_lambdas`` what objects hold, of functions None."""
        state = super().state_dict()
        state["lr_lambdas"] = [
            None if isinstance(scale, FunctionType) else dict(getattr(scale, "__dict__", {}))
            for scale in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        rest = {name: value for name, value in state_dict.items() if name != "lr_lambdas"}
        super().load_state_dict(rest)
        for scale, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved:
                scale.__dict__.update(saved)


class StepLR(LRScheduler):
    """Multiplies the rate by ``gamma`` every ``step_size`` epochs."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self._scaled(self.gamma if due else 1)


class MultiStepLR(LRScheduler):
    """Multiplies the rate by ``gamma`` at every epoch among ``milestones``."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])


class ConstantLR(LRScheduler):
    """The rate times ``factor`` until epoch ``total_iters``, then the whole."""

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"ConstantLR: factor must be between 0 and 1, got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        return self._scaled(1 / self.factor if self.last_epoch == self.total_iters else 1)


class LinearLR(LRScheduler):
    """The rate times a factor that grows from ``start_factor`` to ``end_factor``."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(f"LinearLR: start_factor must be in (0, 1], got {start_factor}")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor must be between 0 and 1, got {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        gone = epoch / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * gone

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return self._scaled(self.start_factor)
        if self._starting or self.last_epoch > self.total_iters:
            return self._scaled(1)
        return self._scaled(self._factor(self.last_epoch) / self._factor(self.last_epoch - 1))


class ExponentialLR(LRScheduler):
    """Multiplies the rate by ``gamma`` every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self._scaled(1 if self._starting else self.gamma)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the initial rate to ``eta_min`` in ``T_max`` epochs, and back as long.

    In epoch t: eta_min + (initial − eta_min) · (1 + cos(π · t / T_max)) / 2, computed from the rate
    before by the ratio of two neighbours.

    Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, without the
    restarts.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, epoch: int) -> float:
        """Twice the share of the way up from ``eta_min``."""
        return 1 + math.cos(math.pi * epoch / self.T_max)

    def get_lr(self) -> list[float]:
        if self._starting:
            return self._scaled(1)
        epoch, low = self.last_epoch, self.eta_min
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The rate before was the lowest: no ratio leads away from zero.
            height = self._height(epoch) / 2
            return [
                group["lr"] + (base - low) * height
                for base, group in zip(self.base_lrs, self.optimizer.param_groups, strict=True)
            ]
        ratio = self._height(epoch) / self._height(epoch - 1)
        return [low + (group["lr"] - low) * ratio for group in self.optimizer.param_groups]
