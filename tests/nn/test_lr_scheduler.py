"""Schedules: epoch by epoch against PyTorch, with several groups, resumed and combined."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn import optim
from nn.optim import lr_scheduler

CASES: list[tuple[str, dict[str, Any]]] = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 3, "gamma": 0.7}),
    ("MultiStepLR", {"milestones": [3, 8, 8, 30], "gamma": 0.5}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 11}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 20}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (1 + epoch), lambda epoch: epoch % 3]}),
    ("CosineAnnealingLR", {"T_max": 50}),
    ("CosineAnnealingLR", {"T_max": 10, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
]


def optimizer_of(package: Any, parameter: Any) -> Any:
    return package.SGD([{"params": parameter()}, {"params": parameter(), "lr": 0.5}], lr=0.1)


def ours() -> optim.SGD:
    return optimizer_of(optim, lambda: [at.ones(1)])


def rates(optimizer: Any) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def follow(optimizer: Any, schedules: list[Any], steps: int) -> list[list[float]]:
    found = [rates(optimizer)]
    for _ in range(steps):
        optimizer.step()
        for schedule in schedules:
            schedule.step()
        found.append(rates(optimizer))
        assert schedules[-1].get_last_lr() == found[-1]
    return found


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("last_epoch", [-1, 5])
def test_fifty_epochs_are_pytorchs(
    torch: Any, name: str, options: dict[str, Any], last_epoch: int
) -> None:
    peer = optimizer_of(torch.optim, lambda: [torch.nn.Parameter(torch.ones(1))])
    found = []
    for optimizer, library in ((ours(), lr_scheduler), (peer, torch.optim.lr_scheduler)):
        if last_epoch != -1:
            for group in optimizer.param_groups:
                group["initial_lr"] = 2 * group["lr"]
        schedule = getattr(library, name)(optimizer, **options, last_epoch=last_epoch)
        assert schedule.last_epoch == last_epoch + 1
        found.append(follow(optimizer, [schedule], 50))
        assert schedule.last_epoch == last_epoch + 51
    np.testing.assert_allclose(*found, rtol=1e-12, atol=1e-17)


def test_schedules_combine(torch: Any) -> None:
    peer = optimizer_of(torch.optim, lambda: [torch.nn.Parameter(torch.ones(1))])
    found = []
    for optimizer, library in ((ours(), lr_scheduler), (peer, torch.optim.lr_scheduler)):
        schedules = [
            library.ExponentialLR(optimizer, 0.9),
            library.StepLR(optimizer, 4, 0.5),
        ]
        found.append(follow(optimizer, schedules, 20))
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_cosine_is_its_formula() -> None:
    optimizer = ours()
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, 20, 0.02)
    found = follow(optimizer, [schedule], 40)
    share = (1 + np.cos(np.pi * np.arange(41) / 20)) / 2
    expected = 0.02 + (np.array([0.1, 0.5]) - 0.02) * share[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_schedule_goes_on_from_a_saved_state(name: str, options: dict[str, Any]) -> None:
    whole = ours()
    expected = follow(whole, [getattr(lr_scheduler, name)(whole, **options)], 20)

    first = ours()
    begun = getattr(lr_scheduler, name)(first, **options)
    follow(first, [begun], 9)
    state = pickle.loads(pickle.dumps(begun.state_dict()))
    assert "optimizer" not in state
    second = ours()
    resumed = getattr(lr_scheduler, name)(second, **options)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(state)
    assert resumed.get_last_lr() == begun.get_last_lr()
    np.testing.assert_array_equal(follow(second, [resumed], 11), expected[9:])


class Warmup:
    """A rate that is an object is saved with what it holds."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def __call__(self, epoch: int) -> float:
        return min(1.0, (epoch + 1) / self.epochs)


def test_lambda_objects_are_saved() -> None:
    first = lr_scheduler.LambdaLR(ours(), Warmup(4))
    state = first.state_dict()
    assert state["lr_lambdas"] == [{"epochs": 4}] * 2
    second = lr_scheduler.LambdaLR(ours(), Warmup(100))
    second.load_state_dict(state)
    second.step()
    assert second.get_last_lr() == [0.05, 0.25]


def test_a_schedule_of_ones_own() -> None:
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self) -> list[float]:
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    optimizer = ours()
    assert follow(optimizer, [Halving(optimizer)], 2) == [[0.1, 0.5], [0.05, 0.25], [0.025, 0.125]]


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: lr_scheduler.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda: lr_scheduler.LambdaLR(3, abs), TypeError, "int is not an Optimizer"),
        (lambda: lr_scheduler.StepLR(ours(), 1, last_epoch=3), KeyError, r"param_groups\[0\]"),
        (lambda: lr_scheduler.LambdaLR(ours(), [abs]), ValueError, "Expected 2 lr_lambdas, but go"),
        (lambda: lr_scheduler.ConstantLR(ours(), 1.5), ValueError, "got 1.5"),
        (lambda: lr_scheduler.LinearLR(ours(), 0), ValueError, "got 0"),
        (lambda: lr_scheduler.LinearLR(ours(), 1, 2), ValueError, "got 2"),
        (lambda: lr_scheduler.LRScheduler(ours()), NotImplementedError, "get_lr"),
    ],
)
def test_mistakes_are_refused(act: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        act()
