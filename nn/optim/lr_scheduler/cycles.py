"""Schedules that go up and down, stepped after every batch; momentum goes the other way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from nn.arguments import need, refuse
from nn.optim.lr_scheduler.base import (
    LRScheduler,
    Rates,
    asked_by_step,
    check_annealing,
    for_groups,
    set_value,
)
from nn.optim.optimizer import Group, Optimizer


class _WithMomentum(LRScheduler):
    """Also sets ``momentum``, or the first of ``betas``."""

    def _begin_momentum(
        self, optimizer: Optimizer, low: Any, high: Any, last_epoch: int
    ) -> tuple[list[float], list[float]]:
        """The bounds for each group, noted in it; momentum begins at the upper one."""
        self.use_beta1 = "betas" in optimizer.defaults
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled, "
                f"and {type(optimizer).__name__} has neither"
            )
        lows = for_groups("base_momentum", optimizer, low)
        highs = for_groups("max_momentum", optimizer, high)
        if last_epoch == -1:
            for group, least, most in zip(optimizer.param_groups, lows, highs, strict=True):
                self._set_momentum(group, most)
                group["max_momentum"] = most
                group["base_momentum"] = least
        return lows, highs

    def _set_momentum(self, group: Group, momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_WithMomentum):
    """From ``base_lr`` up to ``max_lr`` along a line, down again, and so on.

    The height of a triangle is (max_lr − base_lr) times a scale:

    - ``"triangular"``: 1
    - ``"triangular2"``: half as much for each cycle
    - ``"exp_range"``: ``gamma`` to the number of the step
    - ``scale_fn(x)``, with the number of the cycle for x, from 1, or of the step: ``scale_mode`` is
      ``"cycle"`` or ``"iterations"``.

    Smith, Cyclical learning rates for training neural networks, 2017.

    Args:
        optimizer: the one whose rates change.
        base_lr, max_lr: the lowest and the highest; a list has one for each group.
        step_size_up, step_size_down: steps that each way takes; None for as many as up.
        mode, gamma, scale_fn, scale_mode: as above.
        cycle_momentum: whether momentum goes from ``max_momentum`` down to ``base_momentum`` while
            the rate goes up.
        base_momentum, max_momentum: its bounds; a list has one for each group.
        last_epoch: the number of the last step, to resume.

    Raises:
        ValueError: an option out of range.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = optim.lr_scheduler.CyclicLR(
        ...     optimizer, base_lr=1.0, max_lr=3.0, step_size_up=2, cycle_momentum=False
        ... )
        >>> rates = []
        >>> for step in range(6):
        ...     rates.append(optimizer.param_groups[0]["lr"])
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 2.0, 3.0, 2.0, 1.0, 2.0]
    """

    _parts = "_scale_fn_custom"

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        base_lrs = for_groups("base_lr", optimizer, base_lr)
        self.max_lrs = for_groups("max_lr", optimizer, max_lr)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None, got mode={mode!r}")
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_value(group, "lr", lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momentum(
                optimizer, base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of a triangle, given the number of the cycle or the step."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1.0 if self.mode == "triangular" else 0.5 ** (x - 1)

    @asked_by_step
    def get_lr(self) -> Rates:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        gone = 1 + self.last_epoch / self.total_size - cycle
        if gone <= self.step_ratio:
            height = gone / self.step_ratio
        else:
            height = (gone - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                self._set_momentum(group, high - (high - low) * height)
        bounds = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height for low, high in bounds]


_PHASE = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
"""Of a part of the cycle: its last step, and the options of a group between which it leads."""


class OneCycleLR(_WithMomentum):
    """Once up to ``max_lr`` and down to almost nothing.

    The rate goes from max_lr / ``div_factor`` to ``max_lr`` in the first ``pct_start`` of the
    steps, then to max_lr / div_factor / ``final_div_factor``.  With ``three_phase`` it first goes
    down to where it began in as many steps as up, then on to the end.

    Smith & Topin, Super-convergence: very fast training of neural networks using large learning
    rates, 2018.

    Args:
        optimizer: the one whose rates change.
        max_lr: the highest rate; a list has one for each group.
        total_steps: steps of the cycle, or else ``epochs`` times ``steps_per_epoch``.
        pct_start, div_factor, final_div_factor, three_phase: as above.
        anneal_strategy: ``"cos"`` for half a cosine, ``"linear"`` for a line.
        cycle_momentum: whether momentum goes from ``max_momentum`` down to ``base_momentum`` while
            the rate goes up, and back.
        base_momentum, max_momentum: its bounds; a list has one for each group.
        last_epoch: the number of the last step, to resume.

    Raises:
        ValueError: a bad option, or one step too many.

    Example:

        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
        >>> scheduler = optim.lr_scheduler.OneCycleLR(
        ...     optimizer, max_lr=1.0, total_steps=10, pct_start=0.5, anneal_strategy="linear"
        ... )
        >>> rates = []
        >>> for step in range(9):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 2))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.04, 0.28, 0.52, 0.76, 1.0, 0.8, 0.6, 0.4, 0.2]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        max_lrs = for_groups("max_lr", optimizer, max_lr)
        self.total_steps = _count_of_steps(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        check_annealing(anneal_strategy)
        self._anneal_func_type = anneal_strategy
        top = pct_start * self.total_steps - 1
        last = self.total_steps - 1
        up = _phase(top, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        down = _phase(last, "max_lr", "min_lr", "base_momentum", "max_momentum")
        self._schedule_phases = [up, down]
        if three_phase:
            back = _phase(2 * top, "max_lr", "initial_lr", "base_momentum", "max_momentum")
            out = _phase(last, "initial_lr", "min_lr", "max_momentum", "max_momentum")
            self._schedule_phases = [up, back, out]
        if last_epoch == -1:
            for group, most in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = most / div_factor
                group["max_lr"] = most
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._begin_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    @asked_by_step
    def get_lr(self) -> Rates:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        epoch, phases = self.last_epoch, self._schedule_phases
        ends = [one["end_step"] for one in phases]
        number = next((index for index, end in enumerate(ends) if epoch <= end), len(ends) - 1)
        phase = phases[number]  # the step after the end still belongs to the last one
        begin = ends[number - 1] if number else 0.0
        if ends[number] == begin:
            raise ValueError(
                f"OneCycleLR: pct_start leaves no step for one of the phases of {self.total_steps} "
                f"steps, whose last steps are {ends}"
            )
        share = (epoch - begin) / (ends[number] - begin)
        rates = []
        for group in self.optimizer.param_groups:
            start, end = group[phase["start_lr"]], group[phase["end_lr"]]
            rates.append(self._between(start, end, share))
            if self.cycle_momentum:
                start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(start, end, share))
        return rates

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(_with_schedule_phases(state_dict))

    def _check_state(self, owner: str, state: Any) -> None:
        state = _with_schedule_phases(state)
        super()._check_state(owner, state)
        for index, one in enumerate(state.get("_schedule_phases", ())):
            argument = f"'_schedule_phases'[{index}]"
            need(owner, argument, one, Mapping, "a dict")
            message = f"{argument} must have {list(_PHASE)}, got {list(one)}"
            refuse(owner, set(one) != set(_PHASE), message)

    def _between(self, start: Any, end: Any, share: float) -> Any:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2 * (math.cos(math.pi * share) + 1)
        return start + (end - start) * share


def _phase(*values: Any) -> dict[str, Any]:
    """A part of the cycle as PyTorch has it, so that each reads the other's state dict."""
    return dict(zip(_PHASE, values, strict=True))


def _with_schedule_phases(state: Any) -> Any:
    """A state dict with the phases under their present names; older files have others."""
    old = state.get("_phases") if isinstance(state, Mapping) else None
    if not isinstance(old, (list, tuple)) or not all(isinstance(one, Mapping) for one in old):
        return state
    phases = [
        {"end_step" if name == "end" else name: value for name, value in one.items()} for one in old
    ]
    return {name: value for name, value in state.items() if name != "_phases"} | {
        "_schedule_phases": phases
    }


def _count_of_steps(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    if total_steps is not None:
        given = {"total_steps": total_steps}
    for name, value in given.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return math.prod(given.values())
