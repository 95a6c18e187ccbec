"""L-BFGS: iteration by iteration against PyTorch, with and without its line search."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter
from nn import optim

OPTIONS: list[dict[str, Any]] = [
    {"lr": 0.05},
    {"lr": 0.05, "max_iter": 4, "history_size": 3},
    {"lr": 0.02, "max_iter": 30, "max_eval": 7},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "lr": 0.01, "max_iter": 5, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "lr": 30.0, "max_iter": 3},
    {"line_search_fn": "strong_wolfe", "max_iter": 10, "max_eval": 3},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 0.1},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 0.1},
    {"max_iter": 1},
    {"max_eval": 1, "line_search_fn": "strong_wolfe"},
]


def rosenbrock(x: Any, y: Any) -> Any:
    """A bent valley, with a flat floor, for each pair."""
    return ((1 - x) ** 2).sum() + 100 * ((y - x**2) ** 2).sum()


def bumps(x: Any, y: Any) -> Any:
    """Hills and hollows, so that a long step lands anywhere."""
    return ((3 * x).sin() * 2).sum() + (x * x).sum() + ((y - 1) ** 4).sum() + (x * y).sin().sum()


def quartic(x: Any, y: Any) -> Any:
    """The same for every pair of axes; one parameter has no part in it."""
    return (x**4).sum()


def minimize(package: Any, optimizer: Any, x: Any, y: Any, f: Any, steps: int) -> list[Any]:
    calls = 0

    def closure() -> Any:
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = f(x, y)
        loss.backward()
        return loss

    found = []
    for _ in range(steps):
        loss = optimizer.step(closure)
        flat = [*x.detach().numpy().ravel(), *y.detach().numpy().ravel()]
        found.append([loss.item(), calls, *map(float, flat)])
    return found


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("f", [rosenbrock, bumps, quartic])
def test_steps_are_pytorchs(torch: Any, options: dict[str, Any], f: Any) -> None:
    rng = np.random.default_rng(3)
    start = rng.standard_normal((2, 2, 3))
    found = []
    for package, library, make in (
        (at, optim, lambda array: Parameter(at.tensor(array))),
        (torch, torch.optim, lambda array: torch.nn.Parameter(torch.tensor(array))),
    ):
        x, y = make(start[0]), make(start[1])
        optimizer = library.LBFGS([x, y], **options)
        # In the valley rounding grows tenfold in two iterations: there, one step of them.
        found.append(minimize(package, optimizer, x, y, f, 1 if f is rosenbrock else 3))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", [3, 11, 93, 121])
def test_line_search_among_waves_is_pytorchs(torch: Any, seed: int) -> None:
    """The first tries land on other waves; some come back to an end of the bracket."""
    rng = np.random.default_rng(seed)
    heights, speeds = rng.standard_normal(3) * 2, rng.uniform(0.5, 12, 3)
    shifts, bowl = rng.uniform(-3, 3, 3), rng.uniform(0.01, 1)
    start, lr = rng.standard_normal(2), 10 ** rng.uniform(-3, 1.5)

    def waves(x: Any, y: Any) -> Any:
        loss = bowl * (x * x).sum()
        for height, speed, shift in zip(
            heights.tolist(), speeds.tolist(), shifts.tolist(), strict=True
        ):
            loss = loss + (x * speed + shift).sin().sum() * height
        return loss

    found = []
    for package, library, x in (
        (at, optim, Parameter(at.tensor(start))),
        (torch, torch.optim, torch.nn.Parameter(torch.tensor(start))),
    ):
        optimizer = library.LBFGS(
            [x], lr=lr, line_search_fn="strong_wolfe", max_iter=2, max_eval=60
        )
        found.append(minimize(package, optimizer, x, x, waves, 1))
    np.testing.assert_allclose(*found, rtol=1e-7)


@pytest.mark.parametrize("dtype", [at.float32, at.float64])
def test_finds_the_minimum(dtype: Any) -> None:
    x, y = Parameter(at.tensor([-1.2], dtype=dtype)), Parameter(at.tensor([1.0], dtype=dtype))
    optimizer = optim.LBFGS(
        [x, y], line_search_fn="strong_wolfe", max_iter=100, tolerance_change=1e-16
    )
    minimize(at, optimizer, x, y, rosenbrock, 1)
    assert x.dtype == dtype
    assert [x.item(), y.item()] == pytest.approx([1, 1], abs=1e-4 if dtype == at.float32 else 1e-8)


@pytest.mark.parametrize("options", OPTIONS[3:5])
def test_goes_on_from_a_saved_state(options: dict[str, Any]) -> None:
    def make(at_x: Any = -1.2, at_y: Any = 1.0) -> Any:
        x = Parameter(at.tensor([at_x], dtype=at.float64))
        y = Parameter(at.tensor([at_y], dtype=at.float64))
        return optim.LBFGS([x, y], **{**options, "max_iter": 3}), x, y

    whole, x, y = make()
    expected = minimize(at, whole, x, y, rosenbrock, 4)
    first, x, y = make()
    minimize(at, first, x, y, rosenbrock, 2)
    second, x, y = make(x.item(), y.item())
    second.load_state_dict(pickle.loads(pickle.dumps(first.state_dict())))
    found = minimize(at, second, x, y, rosenbrock, 2)
    assert [one[2:] for one in found] == [one[2:] for one in expected[2:]]


def test_state_is_pytorchs(torch: Any) -> None:
    """All but ``al``, where PyTorch keeps memory for the next step."""
    states = []
    for package, library, parameter in (
        (at, optim, lambda: Parameter(at.tensor([-1.2]))),
        (torch, torch.optim, lambda: torch.nn.Parameter(torch.tensor([-1.2]))),
    ):
        x, y = parameter(), parameter()
        optimizer = library.LBFGS([x, y], lr=0.01, max_iter=5)
        minimize(package, optimizer, x, y, rosenbrock, 1)
        states.append(optimizer.state_dict())
    ours, theirs = states
    assert ours["param_groups"] == theirs["param_groups"]
    assert set(ours["state"][0]) == set(theirs["state"][0]) - {"al"}
    assert ours["state"][0]["n_iter"] == theirs["state"][0]["n_iter"] == 5
    assert ours["state"][0]["func_evals"] == theirs["state"][0]["func_evals"]


def test_parameters_without_a_gradient_stay() -> None:
    x, y = Parameter(at.tensor([2.0])), Parameter(at.tensor([5.0]))
    optimizer = optim.LBFGS([x, y], line_search_fn="strong_wolfe")
    minimize(at, optimizer, x, y, quartic, 2)
    assert abs(x.item()) < 0.1
    assert y.item() == 5


def test_infinity_makes_no_warning_but_the_closure_keeps_its_own() -> None:
    p = Parameter(at.tensor([1.0]))
    optimizer = optim.LBFGS([p], lr=1e30, line_search_fn="strong_wolfe", max_iter=3)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (p**4).sum()
        loss.backward()
        return loss

    optimizer.step(closure)

    def noisy() -> Any:
        np.float32(1) / np.float32(0)
        return closure()

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        optim.LBFGS([p], max_iter=1).step(noisy)


def test_mistakes_are_refused() -> None:
    def leaf() -> Parameter:
        return Parameter(at.ones(1))

    with pytest.raises(ValueError, match="doesn't support per-parameter options"):
        optim.LBFGS([{"params": leaf()}, {"params": leaf()}])
    with pytest.raises(RuntimeError, match=r"only 'strong_wolfe' is supported, got .*'armijo'"):
        optim.LBFGS([leaf()], line_search_fn="armijo")
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        optim.LBFGS([leaf()], lr=-1)
    with pytest.raises(TypeError, match="closure must be callable, got NoneType"):
        optim.LBFGS([leaf()]).step(None)
