"""Schedules that multiply the rate by a factor."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from nn.arguments import refuse
from nn.optim.lr_scheduler.base import LRScheduler, Rates, asked_by_step, for_groups, values
from nn.optim.optimizer import Optimizer

Factor = Callable[[int], float]


class _ByFunction(LRScheduler):
    """A function of the epoch gives the factor; a list has one for each group."""

    _parts = "lr_lambdas"

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        complaint = "Expected {groups} lr_lambdas, but got {given}"
        self.lr_lambdas = for_groups("lr_lambda", optimizer, lr_lambda, complaint)
        for scale in self.lr_lambdas:
            if not callable(scale):
                raise TypeError(f"lr_lambda should be a function, but got {type(scale).__name__}")
        super().__init__(optimizer, last_epoch)


class LambdaLR(_ByFunction):
    """The initial rate times ``lr_lambda(epoch)``; a list has one function for each group.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> warmup = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 4))
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     warmup.step()
        >>> rates
        [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    @asked_by_step
    def get_lr(self) -> Rates:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * scale(self.last_epoch) for base, scale in pairs]


class MultiplicativeLR(_ByFunction):
    """The rate before times ``lr_lambda(epoch)``; a list has one function for each group.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.25, 0.125]
    """

    @asked_by_step
    def get_lr(self) -> Rates:
        rates = values(self.optimizer, "lr")
        if self._is_initial:
            return rates
        epoch = self.last_epoch
        return [lr * scale(epoch) for lr, scale in zip(rates, self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    """Multiplies the rate by ``gamma`` every ``step_size`` epochs.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    @asked_by_step
    def get_lr(self) -> Rates:
        due = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return self._scaled(self.gamma if due else 1)

    def _get_closed_form_lr(self) -> Rates:
        return self._from_base(self.gamma ** (self.last_epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """Multiplies the rate by ``gamma`` at every epoch among ``milestones``.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.5, 0.5, 0.25]
    """

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

    @asked_by_step
    def get_lr(self) -> Rates:
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> Rates:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return self._from_base(self.gamma**passed)

    def state_dict(self) -> dict[str, Any]:
        # A dict, not a Counter, because autotensor.save takes plain things only.
        return super().state_dict() | {"milestones": dict(self.milestones)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.milestones = Counter(self.milestones)


class ConstantLR(LRScheduler):
    """The rate times ``factor`` until epoch ``total_iters``, then the whole.

    Raises:
        ValueError: a ``factor`` outside [0, 1].

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=2)
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.25, 0.25, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(
                "Constant multiplicative factor expected to be between 0 and 1. ConstantLR: "
                f"factor must be between 0 and 1, got {factor}"
            )
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    @asked_by_step
    def get_lr(self) -> Rates:
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        return self._scaled(1 / self.factor if self.last_epoch == self.total_iters else 1)

    def _get_closed_form_lr(self) -> Rates:
        return self._from_base(1 if self.last_epoch >= self.total_iters else self.factor)


class LinearLR(LRScheduler):
    """The rate times a factor that goes from ``start_factor`` to ``end_factor``.

    Raises:
        ValueError: a factor out of range.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "LinearLR: start_factor expected to be greater than 0 and less or equal to 1, got "
                f"{start_factor}"
            )
        message = f"end_factor expected to be between 0 and 1, got {end_factor}"
        refuse("LinearLR", not 0 <= end_factor <= 1, message)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        gone = epoch / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * gone

    @asked_by_step
    def get_lr(self) -> Rates:
        if self.last_epoch == 0:
            return self._scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._scaled(1)
        return self._scaled(self._factor(self.last_epoch) / self._factor(self.last_epoch - 1))

    def _get_closed_form_lr(self) -> Rates:
        return self._from_base(self._factor(min(self.total_iters, self.last_epoch)))


class ExponentialLR(LRScheduler):
    """Multiplies the rate by ``gamma`` every epoch.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    @asked_by_step
    def get_lr(self) -> Rates:
        return self._scaled(1 if self._is_initial else self.gamma)

    def _get_closed_form_lr(self) -> Rates:
        return self._from_base(self.gamma**self.last_epoch)


class PolynomialLR(LRScheduler):
    """The initial rate times (1 − t / ``total_iters``)^``power`` in epoch t, then 0.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4)
        >>> rates = []
        >>> for epoch in range(6):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _left(self, epoch: int) -> float:
        return 1 - epoch / self.total_iters

    @asked_by_step
    def get_lr(self) -> Rates:
        epoch = self.last_epoch
        if self._is_initial or epoch > self.total_iters:
            return self._scaled(1)
        return self._scaled((self._left(epoch) / self._left(epoch - 1)) ** self.power)

    def _get_closed_form_lr(self) -> Rates:
        return self._from_base(self._left(min(self.total_iters, self.last_epoch)) ** self.power)
