"""Schedules: epoch by epoch against PyTorch, with several groups, resumed and combined."""

from __future__ import annotations

import copy
import pickle
from typing import Any, ClassVar

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter
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
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.9 + 0.001 * epoch}),
    ("MultiplicativeLR", {"lr_lambda": [lambda epoch: 0.9, lambda epoch: 1 / (1 + epoch)]}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 20, "power": 2.5}),
    ("CosineAnnealingWarmRestarts", {"T_0": 7}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.01}),
]
CYCLES: list[tuple[str, dict[str, Any]]] = [
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5}),
    (
        "CyclicLR",
        {
            "base_lr": [0.01, 0.02],
            "max_lr": [0.3, 0.5],
            "step_size_up": 5,
            "step_size_down": 9,
            "mode": "triangular2",
            "base_momentum": [0.7, 0.6],
        },
    ),
    (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 4, "mode": "exp_range", "gamma": 0.98},
    ),
    (
        "CyclicLR",
        {
            "base_lr": 0.01,
            "max_lr": 0.3,
            "step_size_up": 5,
            "scale_fn": lambda x: 1 / (x + 1),
            "scale_mode": "iterations",
        },
    ),
    (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5, "cycle_momentum": False},
    ),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 60}),
    (
        "OneCycleLR",
        {
            "max_lr": [0.3, 0.6],
            "epochs": 6,
            "steps_per_epoch": 10,
            "three_phase": True,
            "anneal_strategy": "linear",
            "cycle_momentum": False,
        },
    ),
    (
        "OneCycleLR",
        {"max_lr": 0.3, "total_steps": 100, "three_phase": True, "base_momentum": 0.5},
    ),
    (
        "OneCycleLR",
        {
            "max_lr": 0.3,
            "total_steps": 70,
            "pct_start": 0.5,
            "div_factor": 10,
            "final_div_factor": 100,
            "max_momentum": 0.8,
        },
    ),
]


def optimizer_of(package: Any, parameter: Any, name: str = "SGD", rate: Any = float) -> Any:
    groups = [{"params": parameter()}, {"params": parameter(), "lr": rate(0.5)}]
    return getattr(package, name)(groups, lr=rate(0.1))


def two(torch: Any, name: str = "SGD", tensors: bool = False) -> list[tuple[Any, Any]]:
    """An optimizer and the module of schedules, ours and PyTorch's."""
    mine = optimizer_of(optim, lambda: [at.ones(1)], name, at.tensor if tensors else float)
    peer = optimizer_of(
        torch.optim,
        lambda: [torch.nn.Parameter(torch.ones(1))],
        name,
        torch.tensor if tensors else float,
    )
    return [(mine, lr_scheduler), (peer, torch.optim.lr_scheduler)]


def options_of(optimizer: Any) -> list[list[float]]:
    """Rates and momenta."""
    return [
        [float(group["lr"]), group.get("momentum", 0), *group.get("betas", ())]
        for group in optimizer.param_groups
    ]


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


@pytest.mark.parametrize("optimizer_name", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "options"), CYCLES)
def test_cycles_are_pytorchs(
    torch: Any, name: str, options: dict[str, Any], optimizer_name: str
) -> None:
    """Rates and momenta; and once more, resumed after the 7th step."""
    found = []
    for optimizer, library in two(torch, optimizer_name):
        schedule = getattr(library, name)(optimizer, **options)
        several = [options_of(optimizer)]
        for step in range(59):
            optimizer.step()
            schedule.step()
            several.append(options_of(optimizer))
            assert schedule.get_last_lr() == rates(optimizer)
            if step == 6:
                schedule = getattr(library, name)(optimizer, **options, last_epoch=6)
        found.append(several)
    np.testing.assert_allclose(*found, rtol=1e-12)


PLATEAUS = [
    {"mode": mode, "threshold_mode": relative, "threshold": 0.01, **waiting}
    for mode in ("min", "max")
    for relative in ("rel", "abs")
    for waiting in ({"patience": 0}, {"patience": 3, "cooldown": 2}, {"patience": 1})
]


@pytest.mark.parametrize(
    "options", [*PLATEAUS, {"min_lr": [0.01, 0.2], "patience": 1}, {"min_lr": 0.05, "eps": 0.02}]
)
def test_plateaus_are_pytorchs(torch: Any, options: dict[str, Any]) -> None:
    noise = np.random.default_rng(0).normal(size=80) * 0.01
    measures = 1 / (1 + np.arange(80) // 20) + noise
    found = []
    for optimizer, library in two(torch):
        schedule = library.ReduceLROnPlateau(optimizer, **{"factor": 0.5, **options})
        several = []
        for epoch, measure in enumerate(measures):
            if epoch == 40:  # it goes on from what was saved
                state = schedule.state_dict()
                schedule = library.ReduceLROnPlateau(optimizer)
                schedule.load_state_dict(state)
            schedule.step(measure)
            several.append([*rates(optimizer), schedule.num_bad_epochs, schedule.best])
            assert schedule.get_last_lr() == rates(optimizer)
        found.append(several)
    np.testing.assert_array_equal(*found)


def test_a_plateau_after_a_group_was_added() -> None:
    optimizer = ours()
    one, each = (
        lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=least)
        for least in (0.2, [0.0, 0.0])
    )
    optimizer.add_param_group({"params": [at.ones(1)], "lr": 7.0})
    for schedule in (one, each):
        schedule.step(1)
    one.step(at.tensor(2.0))
    assert rates(optimizer) == [0.1, 0.2, 0.7000000000000001]
    with pytest.raises(RuntimeError, match=r"\(3\) differs from .* \(2\)"):
        each.step(2)


@pytest.mark.parametrize("options", [(4, 1), (3, 2), (2, 3)])
def test_warm_restarts_between_epochs(torch: Any, options: tuple[int, int]) -> None:
    found = []
    for optimizer, library in two(torch):
        schedule = library.CosineAnnealingWarmRestarts(optimizer, *options, 0.01)
        several = []
        for epoch in [*np.arange(0, 40, 0.3), *[None] * 20, 1.5, None]:
            schedule.step(epoch)
            several.append([*rates(optimizer), schedule.T_cur, schedule.T_i, schedule.last_epoch])
        found.append(several)
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "options"),
    [case for case in CASES if "Multiplicative" not in case[0] and "Warm" not in case[0]],
)
def test_going_to_an_epoch_is_pytorchs(torch: Any, name: str, options: dict[str, Any]) -> None:
    found = []
    for optimizer, library in two(torch):
        schedule = getattr(library, name)(optimizer, **options)
        optimizer.step()
        several = []
        for epoch in (3, 9, 0, 14, 7, 41):
            with pytest.warns(UserWarning, match="epoch"):
                schedule.step(epoch)
            several.append(rates(optimizer))
            schedule.step()
            several.append(rates(optimizer))
        found.append(several)
    np.testing.assert_allclose(*found, rtol=1e-12, atol=1e-17)


COMBINED = [
    lambda lib, o: lib.SequentialLR(
        o, [lib.ConstantLR(o, 0.1, total_iters=3), lib.ExponentialLR(o, 0.9)], [20]
    ),
    lambda lib, o: lib.SequentialLR(
        o,
        [lib.LinearLR(o, 0.1), lib.CosineAnnealingLR(o, 20, 0.001), lib.StepLR(o, 3, 0.5)],
        [5, 30],
    ),
    lambda lib, o: lib.SequentialLR(
        o,
        [
            lib.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
            lib.CosineAnnealingWarmRestarts(o, 4, 2),
            lib.PolynomialLR(o, 10),
            lib.MultiStepLR(o, [3, 5, 8]),
        ],
        [5, 20, 40],
    ),
    lambda lib, o: lib.ChainedScheduler([lib.ConstantLR(o, 0.1, 2), lib.ExponentialLR(o, 0.9)], o),
    lambda lib, o: lib.ChainedScheduler(
        [lib.LinearLR(o), lib.CosineAnnealingLR(o, 10), lib.MultiStepLR(o, [4, 9])]
    ),
    lambda lib, o: lib.SequentialLR(
        o,
        [
            lib.ConstantLR(o, 0.1, 5),
            lib.SequentialLR(o, [lib.ExponentialLR(o, 0.9), lib.StepLR(o, 2)], [3]),
        ],
        [70],
    ),
]


@pytest.mark.parametrize("make", COMBINED)
def test_combined_schedules_are_pytorchs(torch: Any, make: Any) -> None:
    found = []
    for optimizer, library in two(torch):
        found.append(follow(optimizer, [make(library, optimizer)], 60))
    np.testing.assert_allclose(*found, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("make", COMBINED[:5])
def test_combined_schedules_go_on_from_a_saved_state(make: Any) -> None:
    whole = ours()
    expected = follow(whole, [make(lr_scheduler, whole)], 30)
    first, second = ours(), ours()
    begun = make(lr_scheduler, first)
    follow(first, [begun], 13)
    resumed = make(lr_scheduler, second)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(pickle.loads(pickle.dumps(begun.state_dict())))
    assert resumed.get_last_lr() == begun.get_last_lr()
    np.testing.assert_array_equal(follow(second, [resumed], 17), expected[13:])


@pytest.mark.parametrize(("name", "options"), [*CASES[::3], *CYCLES[::4]])
def test_rates_in_tensors(torch: Any, name: str, options: dict[str, Any]) -> None:
    """They stay the Tensors they are, and what was returned does not change with them."""
    found = []
    for optimizer, library in two(torch, tensors=True):
        memory = optimizer.param_groups[0]["lr"]
        schedule = getattr(library, name)(optimizer, **options)
        several = []
        for _ in range(20):
            optimizer.step()
            last = schedule.get_last_lr()
            before = [float(rate) for rate in last]
            schedule.step()
            assert [float(rate) for rate in last] == before
            several.append([float(rate) for rate in rates(optimizer)])
        assert optimizer.param_groups[0]["lr"] is memory
        found.append(several)
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-9)


def test_the_first_step_belongs_to_the_optimizer() -> None:
    schedule = lr_scheduler.StepLR(ours(), 3)
    with pytest.warns(UserWarning, match=r"before `optimizer\.step\(\)`"):
        schedule.step()
    schedule.step()


@pytest.mark.parametrize(("name", "options"), [*CASES, *CYCLES])
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


def one_cycle_state(name: str, end: str, three_phase: bool) -> dict[str, Any]:
    """The state of a cycle of 10 steps up to 0.3 in half of them, or in a fifth, by the formula."""
    momentum = ("max_momentum", "base_momentum")
    phases: list[tuple[Any, ...]] = [
        (4.0, "initial_lr", "max_lr", *momentum),
        (9, "max_lr", "min_lr", *reversed(momentum)),
    ]
    if three_phase:
        phases = [
            (1.0, "initial_lr", "max_lr", *momentum),
            (2.0, "max_lr", "initial_lr", *reversed(momentum)),
            (9, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
        ]
    names = (end, "start_lr", "end_lr", "start_momentum", "end_momentum")
    written = [dict(zip(names, one, strict=True)) for one in phases]
    return {name: written, "total_steps": 10, "_anneal_func_type": "linear", "last_epoch": 0}


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("names", [("_schedule_phases", "end_step"), ("_phases", "end")])
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in SequentialLR"])
def test_one_cycle_goes_on_from_files_of_pytorchs_and_older_ones(
    names: tuple[str, str], three_phase: bool, inside: bool
) -> None:
    optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    cycle = lr_scheduler.OneCycleLR(optimizer, 0.3, 99, div_factor=3.0, final_div_factor=10.0)
    schedule: Any = cycle
    state = one_cycle_state(*names, three_phase)
    if inside:
        later = lr_scheduler.ConstantLR(optimizer)
        schedule = lr_scheduler.SequentialLR(optimizer, [cycle, later], [50])
        state = {"_schedulers": [state, later.state_dict()], "last_epoch": 0}
    schedule.load_state_dict(state)
    rates = []
    for _ in range(9):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    expected = np.interp(range(1, 10), [0, 4, 9], [0.1, 0.3, 0.01])
    if three_phase:
        expected = np.interp(range(1, 10), [0, 1, 2, 9], [0.1, 0.3, 0.1, 0.01])
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert "_phases" not in cycle.state_dict()
    written = one_cycle_state("_schedule_phases", "end_step", three_phase)["_schedule_phases"]
    assert cycle.state_dict()["_schedule_phases"] == written  # as PyTorch writes it


def test_lambda_objects_are_saved() -> None:
    first = lr_scheduler.LambdaLR(ours(), Warmup(4))
    state = first.state_dict()
    assert state["lr_lambdas"] == [{"epochs": 4}] * 2
    second = lr_scheduler.LambdaLR(ours(), Warmup(100))
    second.load_state_dict(state)
    second.optimizer.step()
    second.step()
    assert second.get_last_lr() == [0.05, 0.25]


def test_a_schedule_of_ones_own() -> None:
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self) -> list[float]:
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    optimizer = ours()
    assert follow(optimizer, [Halving(optimizer)], 2) == [[0.1, 0.5], [0.05, 0.25], [0.025, 0.125]]


def too_many_steps() -> None:
    optimizer = ours()
    schedule = lr_scheduler.OneCycleLR(optimizer, 1, 3, pct_start=0.5)
    for _ in range(4):
        optimizer.step()
        schedule.step()


def wrong_milestones() -> None:
    optimizer = ours()
    lr_scheduler.SequentialLR(optimizer, [lr_scheduler.StepLR(optimizer, 1)], [3])


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
        (lambda: lr_scheduler.MultiplicativeLR(ours(), 3), TypeError, "a function, but got int"),
        (lambda: lr_scheduler.CosineAnnealingWarmRestarts(ours(), 0), ValueError, "T_0, but got 0"),
        (lambda: lr_scheduler.CosineAnnealingWarmRestarts(ours(), 1.5), ValueError, "got 1.5"),
        (lambda: lr_scheduler.CosineAnnealingWarmRestarts(ours(), 1, 0), ValueError, "T_mult >= 1"),
        (
            lambda: lr_scheduler.CosineAnnealingWarmRestarts(ours(), 2).step(-1),
            ValueError,
            "non-negative epoch, but got -1",
        ),
        (lambda: lr_scheduler.CyclicLR(ours(), [1], 2), ValueError, "base_lr has 1 values"),
        (lambda: lr_scheduler.CyclicLR(ours(), 1, 2, mode="up"), ValueError, "mode is invalid"),
        (
            lambda: lr_scheduler.CyclicLR(optim.Adagrad([at.ones(1)]), 1, 2),
            ValueError,
            "must support momentum or beta1",
        ),
        (lambda: lr_scheduler.OneCycleLR(ours(), 1), ValueError, "either total_steps OR"),
        (lambda: lr_scheduler.OneCycleLR(ours(), 1, 0), ValueError, "total_steps, but got 0"),
        (
            lambda: lr_scheduler.OneCycleLR(ours(), 1, epochs=2, steps_per_epoch=1.5),
            ValueError,
            "steps_per_epoch, but got 1.5",
        ),
        (lambda: lr_scheduler.OneCycleLR(ours(), 1, 9, pct_start=2.0), ValueError, "got 2.0"),
        (lambda: lr_scheduler.OneCycleLR(ours(), 1, 10, pct_start=0.1), ValueError, "no step for"),
        (
            lambda: lr_scheduler.OneCycleLR(ours(), 1, 9, anneal_strategy="up"),
            ValueError,
            "instead got up",
        ),
        (too_many_steps, ValueError, "Tried to step 4 times"),
        (lambda: lr_scheduler.ReduceLROnPlateau(3), TypeError, "int is not an Optimizer"),
        (lambda: lr_scheduler.ReduceLROnPlateau(ours(), "up"), ValueError, "mode up is unknown"),
        (lambda: lr_scheduler.ReduceLROnPlateau(ours(), factor=1.0), ValueError, "< 1.0"),
        (
            lambda: lr_scheduler.ReduceLROnPlateau(ours(), threshold_mode="up"),
            ValueError,
            "threshold mode up is unknown",
        ),
        (
            lambda: lr_scheduler.ReduceLROnPlateau(ours(), min_lr=[1]),
            ValueError,
            "expected 2 min_lrs, got 1",
        ),
        (lambda: lr_scheduler.ChainedScheduler([]), ValueError, "got no scheduler"),
        (lambda: lr_scheduler.ChainedScheduler([3]), TypeError, "at index 0 should have"),
        (
            lambda: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(ours())]),
            ValueError,
            "does not support `ReduceLROnPlateau`",
        ),
        (
            lambda: lr_scheduler.ChainedScheduler(
                [lr_scheduler.StepLR(ours(), 1), lr_scheduler.StepLR(ours(), 1)]
            ),
            ValueError,
            "same optimizer, but got scheduler StepLR at index 1",
        ),
        (lambda: lr_scheduler.SequentialLR(ours(), [], []), ValueError, "got no scheduler"),
        (wrong_milestones, ValueError, "number of schedulers 1 and the number of milestones"),
    ],
)
def test_mistakes_are_refused(act: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        act()


def test_a_spoiled_state_is_refused_whole() -> None:
    def optimizer() -> Any:
        return optim.SGD([Parameter(at.ones(1))], lr=0.1, momentum=0.9)

    one = optimizer()
    kinds = lr_scheduler
    chain = [kinds.ConstantLR(one), kinds.ExponentialLR(one, 0.9)]
    wrongs: list[tuple[Any, list[tuple[dict[str, Any], str]]]] = [
        (
            kinds.StepLR(optimizer(), 3),
            [
                ({"gamma": 0.5, "last_epoch": "two"}, "'last_epoch' must be a number, got str"),
                ({"gamma": 0.5, "last_epoch": None}, "'last_epoch' must be a number, got None"),
                ({"gamma": 0.5, "base_lrs": [0.1, 0.2]}, "one value for each of 1 groups, got 2"),
                ({"gamma": 0.5, "base_lrs": 0.1}, "'base_lrs' must be a list, got float"),
                ({"gamma": 0.5, "base_lrs": ["x"]}, "'base_lrs' must be a number, got str"),
                ({"gamma": 0.5, 3: 4}, "every name must be a str, got int"),
            ],
        ),
        (kinds.MultiStepLR(optimizer(), [2]), [({"gamma": 1.0, "milestones": 2}, "a dict, got")]),
        (
            kinds.ReduceLROnPlateau(optimizer()),
            [({"factor": 0.3, "mode": 3}, "'mode' must be a str, got int")],
        ),
        (
            kinds.OneCycleLR(optimizer(), 0.3, total_steps=9),
            [
                (
                    {"total_steps": 8, "_schedule_phases": [3]},
                    r"phases'\[0\] must be a dict, got int",
                ),
                ({"total_steps": 8, "_schedule_phases": [{"end": 3}]}, r"got \['end'\]"),
                ({"total_steps": 8, "_schedule_phases": 3}, "phases' must be a list, got int"),
            ],
        ),
        (
            kinds.SequentialLR(one, chain, [2]),
            [
                ({"last_epoch": 7, "_schedulers": 3}, "a list of 2 states, got int"),
                ({"last_epoch": 7, "_schedulers": [{}]}, "must have 2 states, got 1"),
                (
                    {"last_epoch": 7, "_schedulers": [{"last_epoch": 4}, {"gamma": "x"}]},
                    "ExponentialLR: 'gamma' must be a number, got str",
                ),
            ],
        ),
    ]
    for schedule, states in wrongs:
        name = type(schedule).__name__
        for junk in (3, None, [], "state"):
            with pytest.raises(TypeError, match=rf"{name}.load_state_dict: expected a dict, got"):
                schedule.load_state_dict(junk)
        before = copy.deepcopy(schedule.state_dict())
        for state, words in states:
            with pytest.raises(
                (TypeError, ValueError), match=rf"{name}.load_state_dict: .*{words}"
            ):
                schedule.load_state_dict(state)
            assert schedule.state_dict() == before
        schedule.load_state_dict({})
        schedule.load_state_dict({**before, "more": 1})


def test_get_lr_outside_of_a_step_warns() -> None:
    optimizer = optim.SGD([Parameter(at.ones(1))], lr=1.0)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    with pytest.warns(UserWarning, match=r"ExponentialLR.get_lr computes .*get_last_lr") as caught:
        assert schedule.get_lr() == [0.25]  # that of the step after
    assert caught[0].filename == __file__
    assert schedule.get_last_lr() == [0.5]


def test_get_lr_can_ask_whether_step_calls_it() -> None:
    class Old(lr_scheduler.LRScheduler):
        """As many a schedule was copied from PyTorch."""

        asked: ClassVar[list[bool]] = []

        def get_lr(self) -> Any:
            self.asked.append(self._get_lr_called_within_step)
            return [base / (1 + self.last_epoch) for base in self.base_lrs]

    optimizer = optim.SGD([Parameter(at.ones(1))], lr=1.0)
    schedule = Old(optimizer)
    optimizer.step()
    schedule.step()
    schedule.get_lr()
    assert schedule.asked == [True, True, False]
    assert optimizer.param_groups[0]["lr"] == 0.5
    state = schedule.state_dict()
    assert state["_get_lr_called_within_step"] is False
    del state["_get_lr_called_within_step"]  # as it was saved by older versions
    schedule.load_state_dict(state)
    schedule.load_state_dict({**state, "_get_lr_called_within_step": False})
    # Checkers mind a method that is assigned, and what it gives.
    schedule.get_lr = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(ZeroDivisionError):
        schedule.step()
    assert schedule._get_lr_called_within_step is False


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_plateau_says_what_is_worse_than_all(mode: str) -> None:
    optimizer = optim.SGD([Parameter(at.ones(1))], lr=1.0)
    state = lr_scheduler.ReduceLROnPlateau(optimizer, mode).state_dict()
    assert state["mode_worse"] == state["best"] == {"min": np.inf, "max": -np.inf}[mode]
    assert state["default_min_lr"] == 0


def test_the_warning_of_an_epoch_has_a_name() -> None:
    optimizer = optim.SGD([Parameter(at.ones(1))], lr=1.0)
    optimizer.step()
    for schedule, given in (
        (lr_scheduler.StepLR(optimizer, 2), (3,)),
        (lr_scheduler.ReduceLROnPlateau(optimizer), (1.0, 3)),
    ):
        with pytest.warns(UserWarning, match=lr_scheduler.EPOCH_DEPRECATION_WARNING):
            schedule.step(*given)  # type: ignore[arg-type]  # the two take others


def test_states_have_the_names_of_pytorchs(torch: Any) -> None:
    def names(library: Any, parameter: Any, name: str, *given: Any) -> Any:
        optimizer = library.SGD([parameter], lr=1.0)
        return set(getattr(library.lr_scheduler, name)(optimizer, *given).state_dict())

    for name, *given in (("StepLR", 2), ("ReduceLROnPlateau",), ("CosineAnnealingLR", 5)):
        theirs = names(torch.optim, torch.ones(1, requires_grad=True), name, *given)
        assert names(optim, Parameter(at.ones(1)), name, *given) == theirs


@pytest.mark.parametrize(
    ("name", "given", "own"),
    [
        ("StepLR", (2,), ["step_size", "gamma"]),
        ("ExponentialLR", (0.9,), ["gamma"]),
        ("CosineAnnealingLR", (5,), ["T_max", "eta_min"]),
    ],
)
def test_a_state_has_the_order_of_pytorchs(name: str, given: Any, own: list[str]) -> None:
    schedule = getattr(lr_scheduler, name)(optim.SGD([Parameter(at.ones(1))], lr=1.0), *given)
    assert list(schedule.state_dict()) == [
        *own, "base_lrs", "last_epoch", "_step_count", "_is_initial", "_get_lr_called_within_step",
        "_last_lr",
    ]  # fmt: skip
