"""Schedules along half a cosine."""

from __future__ import annotations

import math

from nn.optim.lr_scheduler.base import LRScheduler, Rates, asked_by_step
from nn.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the initial rate to ``eta_min`` in ``T_max`` epochs, and back as long.

    In epoch t: eta_min + (initial − eta_min) · (1 + cos(π · t / T_max)) / 2, computed from the rate
    before by the ratio of two neighbours.

    Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, without the
    restarts.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.854, 0.5, 0.146, 0.0]
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

    @asked_by_step
    def get_lr(self) -> Rates:
        if self._is_initial:
            return self._scaled(1)
        epoch, low = self.last_epoch, self.eta_min
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The rate before was the lowest: no ratio leads away from zero.
            height = self._height(epoch) / 2
            pairs = zip(self.base_lrs, self.optimizer.param_groups, strict=True)
            return [group["lr"] + (base - low) * height for base, group in pairs]
        ratio = self._height(epoch) / self._height(epoch - 1)
        return [low + (group["lr"] - low) * ratio for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> Rates:
        height, low = self._height(self.last_epoch) / 2, self.eta_min
        return [low + (base - low) * height for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the initial rate to ``eta_min``, again and again.

    The first takes ``T_0`` epochs, and each further one ``T_mult`` times as long as the one before.
    With T_cur epochs gone of the T_i of this one:
    eta_min + (initial − eta_min) · (1 + cos(π · T_cur / T_i)) / 2.

    ``step(epoch)`` goes there, also between two epochs: ``step(epoch + batch / batches)``.

    Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2017.

    Raises:
        ValueError: an option out of range.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
        >>> rates = []
        >>> for epoch in range(7):  # 2 epochs, then 4
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    @asked_by_step
    def get_lr(self) -> Rates:
        low, height = self.eta_min, (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [low + (base - low) * height for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Goes on by one epoch, or to ``epoch``.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=4)
            >>> scheduler.step(2.0)
            >>> round(optimizer.param_groups[0]["lr"], 3)
            0.5
        """
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            self._find(epoch)
        self.last_epoch = math.floor(epoch)
        self._set_rates(self.get_lr)

    def _find(self, epoch: float) -> None:
        """In which cosine an epoch lies, and where in it."""
        first, times = self.T_0, self.T_mult
        if times == 1:
            self.T_cur = epoch % first
            return
        # n whole cosines before it take T_0 · (T_multⁿ − 1) / (T_mult − 1) epochs.
        n = int(math.log(epoch / first * (times - 1) + 1, times)) if epoch >= first else 0
        self.T_cur = epoch - first * (times**n - 1) / (times - 1)
        self.T_i = first * times**n
