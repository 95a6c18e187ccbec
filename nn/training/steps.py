"""Callbacks that act on the steps: how large the learning rate is, and how large a gradient."""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any

import numpy as np

from nn.arguments import need, need_one_of, number, parts_of, refuse, whole
from nn.optim import Optimizer
from nn.training.callbacks import Callback, Run
from nn.training.stopping import Monitor
from nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_, get_total_norm

__all__ = ["GradientClipping", "LearningRate"]


def wants_value(schedule: Any) -> bool:
    """Whether its ``step`` must be told a value, as that of ``ReduceLROnPlateau``."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given = inspect.signature(schedule.step).parameters.values()
    return any(one.default is one.empty and one.kind in positional for one in given)


class LearningRate(Callback):
    """Steps a schedule after every epoch, or after every batch.

    ::

        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
        fit(..., callbacks=[LearningRate(schedule, every="batch")])

    A schedule whose ``step`` wants to know a value, as ``ReduceLROnPlateau`` does, gets that of
    ``monitor`` after every epoch.  Put it before a ``Checkpoint``, so that a file knows the next
    rate.

    Args:
        schedule: made for the optimizer that ``fit`` is given.
        every: ``"epoch"`` or ``"batch"``.
        monitor: the column of the history that the schedule is told; if None
            ``"validation_loss"``, or ``"train_loss"`` where there is no validation.

    Attributes:
        rates: the rate of the optimizer's first group at each step of the schedule.

    Example:

        >>> from nn.training import LearningRate, fit
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=1.0)
        >>> halving = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> rate = LearningRate(halving, every="batch")
        >>> _ = fit(model, [batch] * 3, F.mse_loss, optimizer, 1, callbacks=[rate], verbose=False)
        >>> optimizer.param_groups[0]["lr"]
        0.125
    """

    def __init__(self, schedule: Any, every: str = "epoch", monitor: str | None = None) -> None:
        wrong = not callable(getattr(schedule, "step", None)) or isinstance(schedule, Optimizer)
        message = f"schedule must be one of optim.lr_scheduler, got {type(schedule).__name__}"
        refuse("LearningRate", wrong, message, TypeError)
        need_one_of("LearningRate", "every", every, ("epoch", "batch"))
        self.wants_value = wants_value(schedule)
        name = type(schedule).__name__
        if self.wants_value and every == "batch":
            raise ValueError(f"LearningRate: {name} follows a value of the epoch: every='epoch'")
        if monitor is not None and not self.wants_value:
            raise ValueError(f"LearningRate: {name} looks at no value, so leave out monitor")
        need("LearningRate", "monitor", monitor, (str, type(None)), "a str")
        self.schedule = schedule
        self.every = every
        self.monitor = monitor
        self.rates: list[float] = []

    def state_dict(self) -> dict[str, Any]:
        saved = self.schedule.state_dict() if hasattr(self.schedule, "state_dict") else None
        return {"schedule": saved, "rates": list(self.rates)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        schedule, rates = parts_of("LearningRate.load_state_dict", state, "schedule", "rates")
        need("LearningRate.load_state_dict", "'rates'", rates, (list, tuple), "a list of numbers")
        if schedule is not None:
            self.schedule.load_state_dict(schedule)
        self.rates = list(rates)

    def on_fit_begin(self, run: Run) -> None:
        if getattr(self.schedule, "optimizer", run.optimizer) is not run.optimizer:
            raise ValueError(
                f"LearningRate: {type(self.schedule).__name__} was made for another optimizer "
                "than the one that fit was given"
            )
        if run.scheduler is self.schedule:
            raise ValueError("LearningRate: fit steps this schedule already, as its scheduler")
        if self.wants_value:
            default = "train_loss" if run.validation is None else "validation_loss"
            # Which way is better is the schedule's own affair.
            self._watched = Monitor("LearningRate", self.monitor or default, "min")
            self._watched.begin(run)
        if run.scheduler is None:
            run.scheduler = self.schedule  # so that a Checkpoint knows it
        if not run.resumed:
            self.rates = []

    def on_batch_end(self, run: Run) -> None:
        if self.every == "batch":
            self._step(run)

    def on_epoch_end(self, run: Run) -> None:
        if self.wants_value:
            self._step(run, self._watched.value(run))
        elif self.every == "epoch":
            self._step(run)

    def _step(self, run: Run, *value: float) -> None:
        self.rates.append(float(run.optimizer.param_groups[0]["lr"]))
        self.schedule.step(*value)


class GradientClipping(Callback):
    """Limits the gradients before every step, so that one steep place does not throw training off.

    ``max_norm`` looks at the gradients of all parameters as one long vector: if it is longer than
    that, all are scaled down by one factor, and its direction stays.  ``max_value`` cuts off each
    number by itself at ± that, which changes the direction.

    Args:
        max_norm: the longest that the gradient may be, above 0.
        max_value: the largest that any number of it may be, above 0.  Give one of the two.
        norm_type: p of the norm (Σ |g|ᵖ)^(1/p); ``math.inf`` for the largest.

    Attributes:
        norm: that of the last batch, before it was limited.
        clipped: in how many batches something was limited.

    Raises:
        RuntimeError: in ``fit``, a gradient that is NaN or infinite; names the parameter.  The step
            was not taken.

    Example:

        >>> from nn.training import GradientClipping, fit
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.full((4, 1), 1000.0))
        >>> optimizer, clip = optim.SGD(model.parameters(), lr=0.1), GradientClipping(max_norm=1.0)
        >>> _ = fit(model, [batch], F.mse_loss, optimizer, 5, callbacks=[clip], verbose=False)
        >>> clip.clipped, bool(clip.norm > 1000)
        (5, True)
    """

    def __init__(
        self, max_norm: float | None = None, max_value: float | None = None, norm_type: float = 2.0
    ) -> None:
        message = f"give max_norm or max_value, got max_norm={max_norm} and max_value={max_value}"
        refuse("GradientClipping", (max_norm is None) == (max_value is None), message)
        above_zero = functools.partial(number, "GradientClipping", strict=True)
        self.max_norm = None if max_norm is None else above_zero("max_norm", max_norm)
        self.max_value = None if max_value is None else above_zero("max_value", max_value)
        self.norm_type = math.inf if norm_type == math.inf else above_zero("norm_type", norm_type)
        self.norm = 0.0
        self.clipped = 0

    def state_dict(self) -> dict[str, Any]:
        return {"norm": self.norm, "clipped": int(self.clipped)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        owner = "GradientClipping.load_state_dict"
        norm, clipped = parts_of(owner, state, "norm", "clipped")
        need(owner, "'norm'", norm, (int, float), "a number")
        self.norm, self.clipped = norm, whole(owner, "'clipped'", clipped, 0)

    def on_fit_begin(self, run: Run) -> None:
        if not run.resumed:
            self.norm, self.clipped = 0.0, 0

    def on_backward_end(self, run: Run) -> None:
        parameters = [one for group in run.optimizer.param_groups for one in group["params"]]
        gradients = [one.grad for one in parameters if one.grad is not None]
        self.norm = get_total_norm(gradients, self.norm_type).item()
        if not math.isfinite(self.norm):
            raise RuntimeError(_not_finite(run))
        if self.max_norm is not None:
            self.clipped += self.norm > self.max_norm
            clip_grad_norm_(parameters, self.max_norm, self.norm_type)
        elif self.max_value is not None:
            self.clipped += get_total_norm(gradients, math.inf).item() > self.max_value
            clip_grad_value_(parameters, self.max_value)


def _not_finite(run: Run) -> str:
    bad = [
        name
        for name, parameter in run.model.named_parameters()
        if parameter.grad is not None and not np.isfinite(parameter.grad.array).all()
    ]
    return (
        f"GradientClipping: the gradient of {', '.join(bad) or 'a parameter'} is NaN or infinite "
        f"in epoch {run.epoch}, batch {run.batch}; the step was not taken. Clipping cannot help "
        "there: find the operator with autotensor.detect_anomaly()"
    )
