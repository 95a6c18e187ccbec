"""Schedules: the rate of each of 30 epochs from a formula of the epoch alone, or from a loop."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn import Parameter, optim
from nn.optim import lr_scheduler
from nn.optim.swa_utils import SWALR

Options = dict[str, Any]
Formula = Callable[[int, float], float]
"""The rate, given the epoch and the first rate."""
BASES = (0.125, 0.5)
EPOCHS = 31


def sgd(bases: tuple[float, ...] = BASES, name: str = "SGD") -> optim.Optimizer:
    groups = [{"params": [Parameter(at.ones(1))], "lr": base} for base in bases]
    return getattr(optim, name)(groups)


def rates(optimizer: optim.Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def followed(schedule: Any, steps: int = EPOCHS - 1) -> list[list[float]]:
    """The rates at first, and after every step."""
    optimizer = schedule.optimizer
    found = [rates(optimizer)]
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        found.append(rates(optimizer))
        assert schedule.get_last_lr() == found[-1]
    return found


def by_formula(formula: Formula, epochs: Any = range(EPOCHS)) -> list[list[float]]:
    return [[formula(epoch, base) for base in BASES] for epoch in epochs]


def half_cosine(share: float) -> float:
    """From 1 down to 0."""
    return (1 + math.cos(math.pi * share)) / 2


def restarting(epoch: float, first: int, times: int, low: float, base: float) -> float:
    length = first
    while epoch >= length:
        epoch, length = epoch - length, length * times
    return low + (base - low) * half_cosine(epoch / length)


def milestones_passed(epoch: int, milestones: list[int]) -> int:
    return sum(milestone <= epoch for milestone in milestones)


CASES: list[tuple[str, Options, Formula]] = [
    ("StepLR", {"step_size": 7}, lambda t, base: base * 0.1 ** (t // 7)),
    ("StepLR", {"step_size": 3, "gamma": 0.7}, lambda t, base: base * 0.7 ** (t // 3)),
    ("MultiStepLR", {"milestones": [4, 20]}, lambda t, b: b * 0.1 ** ((t >= 4) + (t >= 20))),
    (
        "MultiStepLR",
        {"milestones": [20, 3, 8, 8, 30], "gamma": 0.5},
        lambda t, base: base * 0.5 ** milestones_passed(t, [3, 8, 8, 20, 30]),
    ),
    ("ConstantLR", {}, lambda t, base: base / 3 if t < 5 else base),
    (
        "ConstantLR",
        {"factor": 0.5, "total_iters": 11},
        lambda t, base: base * (0.5 if t < 11 else 1),
    ),
    ("LinearLR", {}, lambda t, base: base * (1 / 3 + 2 / 3 * min(t, 5) / 5)),
    (
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 20},
        lambda t, base: base * (1 - 0.9 * min(t, 20) / 20),
    ),
    ("ExponentialLR", {"gamma": 0.9}, lambda t, base: base * 0.9**t),
    ("PolynomialLR", {}, lambda t, base: base * (1 - min(t, 5) / 5)),
    (
        "PolynomialLR",
        {"total_iters": 20, "power": 2.5},
        lambda t, base: base * (1 - min(t, 20) / 20) ** 2.5,
    ),
    ("LambdaLR", {"lr_lambda": lambda t: 1 / (1 + t)}, lambda t, base: base / (1 + t)),
    (
        "LambdaLR",
        {"lr_lambda": [lambda t: 0.95**t, lambda t: t % 3]},
        lambda t, base: base * (0.95**t if base == BASES[0] else t % 3),
    ),
    (
        "MultiplicativeLR",
        {"lr_lambda": [lambda t: t / (1 + t), lambda t: 0.9]},
        lambda t, base: base / (1 + t) if base == BASES[0] else base * 0.9**t,
    ),
    ("CosineAnnealingLR", {"T_max": 50}, lambda t, base: base * half_cosine(t / 50)),
    (
        "CosineAnnealingLR",
        {"T_max": 8, "eta_min": 0.01},
        lambda t, base: 0.01 + (base - 0.01) * half_cosine(t / 8),
    ),
    ("CosineAnnealingLR", {"T_max": 1}, lambda t, base: base * (1 - t % 2)),
    ("CosineAnnealingWarmRestarts", {"T_0": 7}, lambda t, base: restarting(t, 7, 1, 0, base)),
    (
        "CosineAnnealingWarmRestarts",
        {"T_0": 3, "T_mult": 2, "eta_min": 0.01},
        lambda t, base: restarting(t, 3, 2, 0.01, base),
    ),
]


@pytest.mark.parametrize(("name", "options", "formula"), CASES)
def test_thirty_epochs_follow_the_formula(name: str, options: Options, formula: Formula) -> None:
    found = followed(getattr(lr_scheduler, name)(sgd(), **options))
    np.testing.assert_allclose(found, by_formula(formula), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize(("name", "options", "formula"), CASES)
def test_resumed_in_epoch_ten_it_goes_on(name: str, options: Options, formula: Formula) -> None:
    optimizer = sgd()
    for group, base in zip(optimizer.param_groups, BASES, strict=True):
        group.update(initial_lr=base, lr=formula(10, base))
    schedule = getattr(lr_scheduler, name)(optimizer, **options, last_epoch=9)
    if name == "CosineAnnealingWarmRestarts":  # which finds its place only when it is told
        schedule.step(10)
    found = followed(schedule, EPOCHS - 11)
    np.testing.assert_allclose(
        found, by_formula(formula, range(10, EPOCHS)), rtol=1e-11, atol=1e-16
    )


@pytest.mark.parametrize(
    ("name", "options", "formula"),
    [case for case in CASES if case[0] not in ("MultiplicativeLR", "CosineAnnealingWarmRestarts")],
)
@pytest.mark.filterwarnings("ignore:the argument epoch of a schedule")
def test_it_goes_to_any_epoch(name: str, options: Options, formula: Formula) -> None:
    schedule = getattr(lr_scheduler, name)(sgd(), **options)
    schedule.optimizer.step()
    for epoch in (3, 9, 0, 20, 7, 8, 30, 5):
        schedule.step(epoch)
        expected = [formula(epoch, base) for base in BASES]
        np.testing.assert_allclose(rates(schedule.optimizer), expected, rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize(("first", "times"), [(4, 1), (3, 2), (2, 3)])
def test_warm_restarts_have_a_rate_between_epochs(first: int, times: int) -> None:
    schedule = lr_scheduler.CosineAnnealingWarmRestarts(sgd(), first, times, 0.01)
    for epoch in [*np.arange(0, 30, 0.3).tolist(), 17.5, 2]:
        schedule.step(epoch)
        expected = [restarting(epoch, first, times, 0.01, base) for base in BASES]
        np.testing.assert_allclose(rates(schedule.optimizer), expected, rtol=1e-11)
        assert schedule.last_epoch == math.floor(epoch)
    schedule.step()
    np.testing.assert_allclose(
        rates(schedule.optimizer), [restarting(3, first, times, 0.01, base) for base in BASES]
    )


# -- cycles --------------------------------------------------------------------------------------


def rates_and_momenta(optimizer: optim.Optimizer) -> list[list[float]]:
    return [
        [group["lr"], group["betas"][0] if "betas" in group else group["momentum"]]
        for group in optimizer.param_groups
    ]


def cyclic(
    t: int,
    base_lr: float,
    max_lr: float,
    up: int = 2000,
    down: int | None = None,
    scale: Callable[[int, int], float] = lambda cycle, step: 1.0,
    momenta: tuple[float, float] = (0.8, 0.9),
) -> list[float]:
    down = up if down is None else down
    place = t % (up + down)
    height = place / up if place <= up else (up + down - place) / down
    height *= scale(t // (up + down) + 1, t)
    low, high = momenta
    return [base_lr + (max_lr - base_lr) * height, high - (high - low) * height]


CYCLIC: list[tuple[Options, Options]] = [
    ({}, {}),
    ({"step_size_up": 5}, {"up": 5}),
    (
        {"step_size_up": 4, "step_size_down": 7, "base_momentum": 0.6, "max_momentum": 0.95},
        {"up": 4, "down": 7, "momenta": (0.6, 0.95)},
    ),
    ({"step_size_up": 3, "mode": "triangular2"}, {"up": 3, "scale": lambda n, t: 0.5 ** (n - 1)}),
    ({"step_size_up": 3, "mode": "exp_range"}, {"up": 3}),
    (
        {"step_size_up": 3, "mode": "exp_range", "gamma": 0.9},
        {"up": 3, "scale": lambda n, t: 0.9**t},
    ),
    ({"step_size_up": 3, "scale_fn": lambda x: 1 / x}, {"up": 3, "scale": lambda n, t: 1 / n}),
    (
        {"step_size_up": 3, "scale_fn": lambda x: 1 / (x + 1), "scale_mode": "iterations"},
        {"up": 3, "scale": lambda n, t: 1 / (t + 1)},
    ),
]


@pytest.mark.parametrize(("options", "told"), CYCLIC)
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_cyclic_rates_are_a_triangle(name: str, options: Options, told: Options) -> None:
    optimizer = sgd(name=name)
    schedule = lr_scheduler.CyclicLR(optimizer, [0.01, 0.02], [0.3, 0.7], **options)
    for t in range(EPOCHS):
        expected = [cyclic(t, 0.01, 0.3, **told), cyclic(t, 0.02, 0.7, **told)]
        np.testing.assert_allclose(rates_and_momenta(optimizer), expected, rtol=1e-10)
        if t == 8:
            schedule = lr_scheduler.CyclicLR(
                optimizer, [0.01, 0.02], [0.3, 0.7], **options, last_epoch=7
            )
        optimizer.step()
        schedule.step()


def between(start: float, end: float, share: float, how: str) -> float:
    return start + (end - start) * (1 - half_cosine(share) if how == "cos" else share)


def one_cycle(
    t: int,
    highest: float,
    total_steps: int = EPOCHS,
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
    base_momentum: float = 0.85,
    max_momentum: float = 0.95,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> list[float]:
    first = highest / div_factor
    last = first / final_div_factor
    low, high = base_momentum, max_momentum
    top = pct_start * total_steps - 1
    turns = [(0.0, first, high), (top, highest, low), (total_steps - 1.0, last, high)]
    if three_phase:
        turns.insert(2, (2 * top, first, high))
    for (begin, *start), (end, *goal) in pairwise(turns):
        if t <= end:
            share = (t - begin) / (end - begin)
            return [between(a, b, share, anneal_strategy) for a, b in zip(start, goal, strict=True)]
    raise AssertionError


ONE_CYCLE: list[Options] = [
    {},
    {"anneal_strategy": "linear"},
    {"pct_start": 0.5, "div_factor": 10, "final_div_factor": 100},
    {"three_phase": True},
    {"three_phase": True, "anneal_strategy": "linear", "pct_start": 0.4},
    {"base_momentum": 0.6, "max_momentum": 0.8},
]


@pytest.mark.parametrize("options", ONE_CYCLE)
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_one_cycle_goes_up_and_down(name: str, options: Options) -> None:
    optimizer = sgd(name=name)
    schedule = lr_scheduler.OneCycleLR(optimizer, [0.3, 0.7], EPOCHS, **options)
    for t in range(EPOCHS):
        expected = [one_cycle(t, 0.3, **options), one_cycle(t, 0.7, **options)]
        np.testing.assert_allclose(rates_and_momenta(optimizer), expected, rtol=1e-10)
        if t == 8:
            schedule = lr_scheduler.OneCycleLR(
                optimizer, [0.3, 0.7], EPOCHS, **options, last_epoch=7
            )
        optimizer.step()
        schedule.step()


def test_one_cycle_has_as_many_steps_as_all_epochs() -> None:
    schedule = lr_scheduler.OneCycleLR(sgd(), 0.3, epochs=6, steps_per_epoch=5)
    expected = [[one_cycle(t, 0.3, 30)[0]] * 2 for t in range(30)]
    np.testing.assert_allclose(followed(schedule, 29), expected, rtol=1e-10)


@pytest.mark.parametrize("make", ["CyclicLR", "OneCycleLR"])
def test_momentum_may_be_left_alone(make: str) -> None:
    optimizer = optim.SGD([Parameter(at.ones(1))], momentum=0.123)
    options = {"base_lr": 0.1} if make == "CyclicLR" else {"total_steps": 9}
    schedule = getattr(lr_scheduler, make)(optimizer, max_lr=1.0, cycle_momentum=False, **options)
    followed(schedule, 5)
    assert optimizer.param_groups[0]["momentum"] == 0.123


# -- schedules made of others ----------------------------------------------------------------------


def test_one_schedule_after_the_other_begins_at_its_own_start() -> None:
    optimizer = sgd()
    schedule = lr_scheduler.SequentialLR(
        optimizer,
        [
            lr_scheduler.LinearLR(optimizer, 0.25, total_iters=4),
            lr_scheduler.ExponentialLR(optimizer, 0.9),
            lr_scheduler.CosineAnnealingLR(optimizer, 6, 0.01),
            lr_scheduler.StepLR(optimizer, 3, 0.5),
        ],
        [5, 11, 20],
    )

    def formula(t: int, base: float) -> float:
        if t < 5:
            return base * (0.25 + 0.75 * min(t, 4) / 4)
        if t < 11:
            return base * 0.9 ** (t - 5)
        if t < 20:
            return 0.01 + (base - 0.01) * half_cosine((t - 11) / 6)
        return base * 0.5 ** ((t - 20) // 3)

    np.testing.assert_allclose(followed(schedule), by_formula(formula), rtol=1e-11)


def test_the_factors_of_chained_schedules_multiply() -> None:
    optimizer = sgd()
    schedule = lr_scheduler.ChainedScheduler(
        [
            lr_scheduler.ConstantLR(optimizer, 0.1, 2),
            lr_scheduler.ExponentialLR(optimizer, 0.9),
            lr_scheduler.MultiStepLR(optimizer, [4, 9], 0.5),
        ]
    )

    def formula(t: int, base: float) -> float:
        return base * (0.1 if t < 2 else 1) * 0.9**t * 0.5 ** milestones_passed(t, [4, 9])

    np.testing.assert_allclose(followed(schedule), by_formula(formula), rtol=1e-11)


# -- plateaus --------------------------------------------------------------------------------------


def plateau(
    measures: np.ndarray,
    lr: float,
    mode: str = "min",
    factor: float = 0.1,
    patience: int = 10,
    threshold: float = 1e-4,
    threshold_mode: str = "rel",
    cooldown: int = 0,
    min_lr: float = 0,
    eps: float = 1e-8,
) -> Iterator[float]:
    best = math.inf if mode == "min" else -math.inf
    bad = rest = 0
    for measure in measures:
        margin = threshold * best if threshold_mode == "rel" else threshold
        better = measure < best - margin if mode == "min" else measure > best + margin
        if math.isinf(best):
            better = True
        best, bad = (measure, 0) if better else (best, bad + 1)
        if rest:
            rest, bad = rest - 1, 0
        if bad > patience:
            lowered = max(lr * factor, min_lr)
            lr = lowered if lr - lowered > eps else lr
            rest, bad = cooldown, 0
        yield lr


PLATEAUS: list[Options] = [
    {},
    {"mode": "max"},
    *(
        {"mode": mode, "threshold_mode": relative, "threshold": 0.25, "factor": 0.5, **waiting}
        for mode in ("min", "max")
        for relative in ("rel", "abs")
        for waiting in ({"patience": 0}, {"patience": 2}, {"patience": 1, "cooldown": 3})
    ),
    {"patience": 1, "factor": 0.5, "min_lr": 0.0625},
    {"patience": 1, "factor": 0.5, "eps": 0.03125},  # just what would be taken away
]


@pytest.mark.parametrize("options", PLATEAUS)
@pytest.mark.parametrize("seed", range(4))
def test_plateaus_are_noticed(options: Options, seed: int) -> None:
    """Measures in eighths: some are better by just the threshold, and that does not count."""
    steps = np.random.default_rng(seed).integers(-2, 3, 60) / 8
    measures = np.maximum(np.cumsum(steps) + 2, 0.125) if seed else np.ones(60)
    optimizer = sgd()
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    found = []
    for measure in measures:
        schedule.step(measure)
        found.append(rates(optimizer))
        assert schedule.get_last_lr() == found[-1]
    expected = np.transpose([list(plateau(measures, base, **options)) for base in BASES])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_defaults_of_plateaus() -> None:
    expected = inspect.signature(plateau).parameters
    found = inspect.signature(lr_scheduler.ReduceLROnPlateau).parameters
    assert [found[one].default for one in list(expected)[2:]] == [
        one.default for one in list(expected.values())[2:]
    ]


def test_a_plateau_may_have_a_lowest_rate_for_each_group() -> None:
    optimizer = sgd()
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=[0.1, 0.2], factor=0.5)
    for _ in range(9):
        schedule.step(1.0)
    assert rates(optimizer) == [0.1, 0.2]


# -- SWALR -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "share"),
    [
        ({}, lambda t: half_cosine(min(t, 10) / 10)),
        ({"anneal_epochs": 4}, lambda t: half_cosine(min(t, 4) / 4)),
        ({"anneal_epochs": 5, "anneal_strategy": "linear"}, lambda t: 1 - min(t, 5) / 5),
        ({"anneal_epochs": 0}, lambda t: 0.0),
    ],
)
def test_swalr_goes_to_its_rate_and_stays(options: Options, share: Callable[[int], float]) -> None:
    ends = dict(zip(BASES, (0.05, 0.7), strict=True))
    found = followed(SWALR(sgd(), list(ends.values()), **options))
    expected = by_formula(lambda t, base: ends[base] + (base - ends[base]) * share(t))
    np.testing.assert_allclose(found, expected, rtol=1e-11)
