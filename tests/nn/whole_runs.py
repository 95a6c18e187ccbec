"""Small runs with everything in them that a checkpoint must hold, made anew as often as wanted."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, Dataset
from nn.data.seeding import sample_generator
from nn.optim import lr_scheduler as schedules
from nn.training import (
    Callback,
    EarlyStopping,
    GradientClipping,
    LearningRate,
    Overall,
    Run,
    fit,
    random_state,
)

AUGMENT = np.random.default_rng(0)
"""A generator that only a global name leads to."""


STEPS = 12
SGD: Any = lambda parameters: optim.SGD(parameters, lr=0.05, momentum=0.9)  # noqa: E731


class Average(Callback):
    """A moving average of the weights: a callback of somebody's own."""

    def __init__(self, model: nn.Module) -> None:
        average = optim.swa_utils.get_ema_multi_avg_fn(0.9)
        self.model = optim.swa_utils.AveragedModel(model, multi_avg_fn=average)

    def on_batch_end(self, run: Run) -> None:
        self.model.update_parameters(run.model)

    def state_dict(self) -> dict[str, Any]:
        return self.model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state)


class Unfreeze(Callback):
    """Frees a layer in the second epoch: what is frozen is part of a run."""

    def on_epoch_begin(self, run: Run) -> None:
        run.model[0].requires_grad_(run.epoch > 1)


class Noisy(Dataset[Any]):
    """Samples that come out differently each time."""

    def __init__(self, count: int = 14) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.standard_normal((count, 3)).astype(np.float32)
        self.y = (self.x[:, 0] > 0).astype(np.int64)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Any:
        noise = at.randn(3, generator=sample_generator())
        return at.from_numpy(self.x[index]) + 0.1 * noise, int(self.y[index])


class DropoutOfItsOwn(nn.Module):
    """Draws from a generator that it holds, and counts in a buffer that no state dict has."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(4)
        self.register_buffer("calls", at.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        self.calls += 1
        keep = self.rng.random(x.shape[-1]) > 0.2 if self.training else np.ones(x.shape[-1])
        return x * at.from_numpy(keep.astype(np.float32)) * (1 + 0.01 * self.calls)


def noisy_loss(scores: Any, targets: Any) -> Any:
    drawn = AUGMENT.random() + random.random() + np.random.rand()
    return F.cross_entropy(scores, targets) + 1e-2 * drawn * scores.mean()


class Made:
    """A run with everything random in it, made anew as a fresh process would."""

    def __init__(
        self,
        optimizer: Callable[..., Any] | None = None,
        schedule: Callable[[Any], Any] | None = None,
        workers: int = 0,
        wrap: Callable[[Any], Any] = lambda loader: loader,
    ) -> None:
        at.manual_seed(5)
        random.seed(1)
        np.random.seed(2)
        AUGMENT.bit_generator.state = np.random.PCG64(3).state
        self.model = nn.Sequential(
            nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3), DropoutOfItsOwn(),
            nn.Linear(6, 2),
        )  # fmt: skip
        make = optimizer or (lambda parameters: optim.Adam(parameters, lr=0.05))
        self.optimizer = make(self.model.parameters())
        self.schedule = None if schedule is None else schedule(self.optimizer)
        generator = at.Generator().manual_seed(9)
        loader = DataLoader(Noisy(), 4, shuffle=True, num_workers=workers, generator=generator)
        self.loader = wrap(loader)
        self.validation = DataLoader(Noisy(), 5, shuffle=True)
        self.average = Average(self.model)
        self.stopping = EarlyStopping("validation_loss", patience=2, restore_best=True)
        self.callbacks: list[Callback] = [
            self.average, self.stopping, GradientClipping(max_norm=1.0), Unfreeze()
        ]  # fmt: skip
        if self.schedule is not None:
            plateau = isinstance(self.schedule, schedules.ReduceLROnPlateau)
            every = "epoch" if plateau else "batch"
            self.callbacks.append(LearningRate(self.schedule, every))

    def train(self, *more: Callback, **options: Any) -> Made:
        options = {"epochs": 3, "loss": noisy_loss, "verbose": False} | options
        loss, epochs = options.pop("loss"), options.pop("epochs")
        self.history = fit(
            self.model, self.loader, loss, self.optimizer, epochs, validation=self.validation,
            metrics={"f1": Overall("f1_score", classes=2)},
            callbacks=[*self.callbacks, *more], **options,
        )  # fmt: skip
        return self

    def bits(self) -> dict[str, Any]:
        """All there is at the end, comparable."""
        states = {
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "calls": self.model[4].calls,
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "stopping": self.stopping.state_dict(),
            "random": random_state(loss=noisy_loss, model=self.model, loader=self.loader),
        }
        return {"history": repr(dict(self.history)), "states": bits_of(states)}


def bits_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: bits_of(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [bits_of(one) for one in value]
    if isinstance(value, (at.Tensor, np.ndarray)):
        array = value.numpy() if isinstance(value, at.Tensor) else value
        return array.dtype.str, array.shape, array.tobytes()
    return repr(value)


OPTIMIZERS: dict[str, Any] = {
    name: getattr(optim, name)
    for name in dir(optim)
    if isinstance(getattr(optim, name), type)
    and issubclass(getattr(optim, name), optim.Optimizer)
    and name not in ("Optimizer", "ZeroRedundancyOptimizer")  # whose runs are of several processes
}


class Halving:
    """A factor that is no function: what it holds is saved with the schedule."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, epoch: int) -> float:
        self.asked += 1
        return 0.9**self.asked


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "LambdaLR": lambda optimizer: schedules.LambdaLR(optimizer, lambda step: 0.9**step),
    "LambdaLR of an object": lambda optimizer: schedules.LambdaLR(optimizer, Halving()),
    "MultiplicativeLR": lambda optimizer: schedules.MultiplicativeLR(optimizer, lambda step: 0.9),
    "StepLR": lambda optimizer: schedules.StepLR(optimizer, 2),
    "MultiStepLR": lambda optimizer: schedules.MultiStepLR(optimizer, [2, 7]),
    "ConstantLR": lambda optimizer: schedules.ConstantLR(optimizer, total_iters=7),
    "LinearLR": lambda optimizer: schedules.LinearLR(optimizer, total_iters=9),
    "ExponentialLR": lambda optimizer: schedules.ExponentialLR(optimizer, 0.9),
    "PolynomialLR": lambda optimizer: schedules.PolynomialLR(optimizer, 9, 2.0),
    "CosineAnnealingLR": lambda optimizer: schedules.CosineAnnealingLR(optimizer, 5),
    "CosineAnnealingWarmRestarts": lambda optimizer: schedules.CosineAnnealingWarmRestarts(
        optimizer, 3, 2
    ),
    "CyclicLR": lambda optimizer: schedules.CyclicLR(optimizer, 0.01, 0.1, 3),
    "CyclicLR by a function": lambda optimizer: schedules.CyclicLR(
        optimizer, 0.01, 0.1, 3, scale_fn=lambda cycle: 0.9**cycle
    ),
    "OneCycleLR": lambda optimizer: schedules.OneCycleLR(optimizer, 0.1, STEPS + 1),
    "OneCycleLR in three": lambda optimizer: schedules.OneCycleLR(
        optimizer, 0.1, STEPS + 1, three_phase=True
    ),
    "ReduceLROnPlateau": lambda optimizer: schedules.ReduceLROnPlateau(optimizer, patience=0),
    "SequentialLR": lambda optimizer: schedules.SequentialLR(
        optimizer,
        [schedules.ConstantLR(optimizer, 0.1, 2), schedules.ExponentialLR(optimizer, 0.9)],
        [7],
    ),
    "ChainedScheduler": lambda optimizer: schedules.ChainedScheduler(
        [schedules.ConstantLR(optimizer, 0.1, 2), schedules.ExponentialLR(optimizer, 0.9)]
    ),
    "SWALR": lambda optimizer: optim.swa_utils.SWALR(optimizer, 0.01, 6),
}


def made_with(optimizer: str = "Adam", schedule: str | None = None, workers: int = 0) -> Made:
    """A run with an optimizer and a schedule by their names."""

    def make(parameters: Any) -> Any:
        if optimizer == "Muon":  # takes matrices only
            return optim.Muon([one for one in parameters if one.ndim == 2])
        options = {"max_iter": 3} if optimizer == "LBFGS" else {}
        options |= {"momentum": 0.9} if optimizer == "SGD" else {}
        return OPTIMIZERS[optimizer](parameters, lr=0.05, **options)

    return Made(make, None if schedule is None else SCHEDULES[schedule], workers)
