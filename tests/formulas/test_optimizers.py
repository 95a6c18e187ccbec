"""Optimizers against the formulas of their papers, written out for whole arrays.

A reference takes the first values and the gradients, and yields the values after every step.  Its
arguments have the defaults that the optimizer promises.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.extend import SHARED_BLOCK
from nn import Parameter, optim

Array = np.ndarray
Arrays = Iterable[Array]
Steps = Iterator[Array]
Options = dict[str, Any]


@pytest.fixture(autouse=True)
def numbers_of_the_state_in_float64() -> Iterator[None]:
    """They have the default dtype, as in PyTorch."""
    at.set_default_dtype(at.float64)
    yield
    at.set_default_dtype(at.float32)


def objective(p: Array, g: Array, weight_decay: float, maximize: bool) -> Array:
    return (-g if maximize else g) + weight_decay * p


def sgd(
    p: Array,
    grads: Arrays,
    lr: float = 1e-3,
    momentum: float = 0,
    dampening: float = 0,
    weight_decay: float = 0,
    nesterov: bool = False,
    maximize: bool = False,
) -> Steps:
    b = None
    for g in grads:
        g = objective(p, g, weight_decay, maximize)
        b = g if b is None or not momentum else momentum * b + (1 - dampening) * g
        p = p - lr * (g + momentum * b if nesterov else b)
        yield p


def adam(
    p: Array,
    grads: Arrays,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0,
    amsgrad: bool = False,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> Steps:
    b1, b2 = betas
    m = v = highest = np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        g = objective(p, g, 0 if decoupled_weight_decay else weight_decay, maximize)
        if decoupled_weight_decay:
            p = p - lr * weight_decay * p
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        highest = np.maximum(highest, v) if amsgrad else v
        p = p - lr * m / (1 - b1**t) / (np.sqrt(highest / (1 - b2**t)) + eps)
        yield p


def adamw(
    p: Array,
    grads: Arrays,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
    amsgrad: bool = False,
    maximize: bool = False,
) -> Steps:
    return adam(p, grads, lr, betas, eps, weight_decay, amsgrad, maximize, True)


def adamax(
    p: Array,
    grads: Arrays,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0,
    maximize: bool = False,
) -> Steps:
    b1, b2 = betas
    m = u = np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        g = objective(p, g, weight_decay, maximize)
        m = b1 * m + (1 - b1) * g
        u = np.maximum(b2 * u, abs(g) + eps)
        p = p - lr / (1 - b1**t) * m / u
        yield p


def nadam(
    p: Array,
    grads: Arrays,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0,
    momentum_decay: float = 4e-3,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> Steps:
    b1, b2 = betas
    mu = [b1 * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in range(20)]
    m = v = np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        g = objective(p, g, 0 if decoupled_weight_decay else weight_decay, maximize)
        if decoupled_weight_decay:
            p = p - lr * weight_decay * p
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        ahead = mu[t + 1] * m / (1 - math.prod(mu[1 : t + 2]))
        now = (1 - mu[t]) * g / (1 - math.prod(mu[1 : t + 1]))
        p = p - lr * (ahead + now) / (np.sqrt(v / (1 - b2**t)) + eps)
        yield p


def radam(
    p: Array,
    grads: Arrays,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> Steps:
    b1, b2 = betas
    longest = 2 / (1 - b2) - 1
    m = v = np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        g = objective(p, g, 0 if decoupled_weight_decay else weight_decay, maximize)
        if decoupled_weight_decay:
            p = p - lr * weight_decay * p
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        step = m / (1 - b1**t)
        rho = longest - 2 * t * b2**t / (1 - b2**t)
        if rho > 5:
            above = (rho - 4) * (rho - 2) * longest
            below = (longest - 4) * (longest - 2) * rho
            step = step * math.sqrt(above / below) * math.sqrt(1 - b2**t) / (np.sqrt(v) + eps)
        p = p - lr * step
        yield p


def rmsprop(
    p: Array,
    grads: Arrays,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0,
    momentum: float = 0,
    centered: bool = False,
    maximize: bool = False,
) -> Steps:
    v = m = b = np.zeros_like(p)
    for g in grads:
        g = objective(p, g, weight_decay, maximize)
        v = alpha * v + (1 - alpha) * g**2
        m = alpha * m + (1 - alpha) * g
        b = momentum * b + g / (np.sqrt(v - m**2 if centered else v) + eps)
        p = p - lr * b
        yield p


def adagrad(
    p: Array,
    grads: Arrays,
    lr: float = 1e-2,
    lr_decay: float = 0,
    weight_decay: float = 0,
    initial_accumulator_value: float = 0,
    eps: float = 1e-10,
    maximize: bool = False,
) -> Steps:
    s = np.full_like(p, initial_accumulator_value)
    for t, g in enumerate(grads, 1):
        g = objective(p, g, weight_decay, maximize)
        s = s + g**2
        p = p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(s) + eps)
        yield p


def adadelta(
    p: Array,
    grads: Arrays,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0,
    maximize: bool = False,
) -> Steps:
    v = u = np.zeros_like(p)
    for g in grads:
        g = objective(p, g, weight_decay, maximize)
        v = rho * v + (1 - rho) * g**2
        d = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * d**2
        p = p - lr * d
        yield p


def rprop(
    p: Array,
    grads: Arrays,
    lr: float = 1e-2,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50),
    maximize: bool = False,
) -> Steps:
    before, size = np.zeros_like(p), np.full_like(p, lr)
    for g in grads:
        g, p = np.array(-g if maximize else g), p.copy()
        for i in np.ndindex(p.shape):
            agreement = g[i] * before[i]
            factor = etas[1] if agreement > 0 else etas[0] if agreement < 0 else 1
            size[i] = min(max(size[i] * factor, step_sizes[0]), step_sizes[1])
            if agreement < 0:
                g[i] = 0
            p[i] -= size[i] * np.sign(g[i])
        before = g
        yield p


def asgd(
    p: Array,
    grads: Arrays,
    lr: float = 1e-2,
    lambd: float = 1e-4,
    alpha: float = 0.75,
    t0: float = 1e6,
    weight_decay: float = 0,
    maximize: bool = False,
) -> Steps:
    for t, g in enumerate(grads):
        eta = lr / (1 + lambd * lr * t) ** alpha
        p = (1 - lambd * eta) * p - eta * objective(p, g, weight_decay, maximize)
        yield p


def adafactor(
    p: Array,
    grads: Arrays,
    lr: float = 1e-2,
    beta2_decay: float = -0.8,
    eps: tuple[float | None, float] = (None, 1e-3),
    d: float = 1.0,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Steps:
    least = np.finfo(p.dtype).eps if eps[0] is None else eps[0]
    r = c = v = np.zeros(())
    for t, g in enumerate(grads, 1):
        g = -g if maximize else g
        w = t**beta2_decay
        v = (1 - w) * v + w * g**2
        estimate = v
        if p.ndim > 1:
            r = (1 - w) * r + w * (g**2).mean(-1, keepdims=True)
            c = (1 - w) * c + w * (g**2).mean(-2, keepdims=True)
            estimate = r * c / np.maximum(r.mean(-2, keepdims=True), least)
        u = g / np.maximum(np.sqrt(estimate), least)
        rate = max(eps[1], np.sqrt((p**2).mean())) * min(lr, 1 / math.sqrt(t))
        p = (1 - lr * weight_decay) * p - rate * u / max(1, np.sqrt((u**2).mean()) / d)
        yield p


def muon(
    p: Array,
    grads: Arrays,
    lr: float = 1e-3,
    weight_decay: float = 0.1,
    momentum: float = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
    eps: float = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> Steps:
    """The iteration on matrices is a polynomial of their singular values."""
    b = np.zeros_like(p)
    rows, columns = p.shape
    factor = math.sqrt(max(1, rows / columns))
    if adjust_lr_fn == "match_rms_adamw":
        factor = 0.2 * math.sqrt(max(rows, columns))
    for g in grads:
        b = momentum * b + (1 - momentum) * g
        ahead = momentum * b + (1 - momentum) * g if nesterov else b
        left, s, right = np.linalg.svd(ahead, full_matrices=False)
        s = s / max(math.sqrt((s**2).sum()), eps)
        for _ in range(ns_steps):
            s = sum(k * s**n for k, n in zip(ns_coefficients, (1, 3, 5), strict=True))
        p = (1 - lr * weight_decay) * p - lr * factor * (left * s) @ right
        yield p


DECOUPLED: Options = {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}
COMMON: list[Options] = [{}, {"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3}, {"maximize": True}]
ADAM: list[Options] = [*COMMON, {"betas": (0.5, 0.8), "eps": 1e-3}, {"betas": (0.0, 0.0)}]
AMSGRAD: list[Options] = [
    {"amsgrad": True, "betas": (0.6, 0.5)},
    {"amsgrad": True, "lr": 0.1, "weight_decay": 0.3, "maximize": True},
]
CASES: dict[str, tuple[Callable[..., Steps], list[Options]]] = {
    "SGD": (
        sgd,
        [
            *COMMON,
            {"momentum": 0.9},
            {"momentum": 0.9, "nesterov": True},
            {"momentum": 0.9, "dampening": 0.4},
            {"dampening": 0.4},
            {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
        ],
    ),
    "Adam": (adam, [*ADAM, *AMSGRAD, DECOUPLED, {**DECOUPLED, "maximize": True}]),
    "AdamW": (adamw, [*ADAM, *AMSGRAD]),
    "Adamax": (adamax, ADAM),
    "NAdam": (nadam, [*ADAM, DECOUPLED, {"momentum_decay": 0.3}]),
    "RAdam": (radam, [*ADAM[:-1], DECOUPLED, {"betas": (0.9, 0.6)}]),
    "RMSprop": (
        rmsprop,
        [
            *COMMON,
            {"alpha": 0.5, "eps": 1e-3},
            {"centered": True},
            {"momentum": 0.8},
            {"momentum": 0.8, "centered": True, "weight_decay": 0.1, "maximize": True},
        ],
    ),
    "Adagrad": (
        adagrad,
        [
            *COMMON,
            {"lr_decay": 0.3},
            {"eps": 1e-3},
            {"initial_accumulator_value": 0.7, "lr_decay": 0.1, "weight_decay": 0.2},
        ],
    ),
    "Adadelta": (adadelta, [*COMMON, {"rho": 0.5, "eps": 1e-2}]),
    "Rprop": (
        rprop,
        [
            {},
            {"lr": 0.1, "etas": (0.3, 1.7)},
            {"lr": 0.1, "step_sizes": (0.09, 0.13)},
            {"maximize": True},
        ],
    ),
    "ASGD": (asgd, [*COMMON, {"lr": 0.5, "lambd": 0.1, "alpha": 0.5, "weight_decay": 0.2}]),
    "Adafactor": (
        adafactor,
        [
            *COMMON,
            {"lr": 0.5},
            {"beta2_decay": -0.3},
            {"eps": (1e-2, 0.1)},
            {"eps": (1e-30, 2.0), "weight_decay": 0.3, "lr": 0.1},
            {"d": 1.5, "lr": 1.0, "maximize": True, "weight_decay": 0.1},
        ],
    ),
    "Muon": (
        muon,
        [
            *COMMON[:3],
            {"lr": 0.1, "nesterov": False, "momentum": 0.5},
            {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw"},
            {"lr": 0.1, "adjust_lr_fn": "original", "eps": 0.1},
            {"lr": 0.1, "ns_steps": 2, "ns_coefficients": (2.0, -1.5, 0.5)},
        ],
    ),
}
EACH = [(name, options) for name, (_, several) in CASES.items() for options in several]


def gradients(shape: tuple[int, ...], dtype: str, tiny: bool, steps: int) -> list[Array | None]:
    """Of all sizes, down to where every ``eps`` counts; a few zeros, and once none at all."""
    draw = np.random.default_rng(math.prod(shape))
    size = 10.0 ** -np.linspace(0, 10, math.prod(shape)).reshape(shape)
    scale = 0.1 * np.finfo(dtype).eps if tiny else size
    found: list[Array | None] = [
        np.array(scale * draw.standard_normal(shape) * (draw.random(shape) < 0.9), dtype, order="F")
        for _ in range(steps)
    ]
    if len(shape) == 2:
        found[3] = None
    return found


def parameters(name: str, dtype: str) -> list[tuple[Array, bool]]:
    """First values, also transposed and with gaps in memory, and whether gradients are tiny."""
    draw = np.random.default_rng(0)
    found = [
        (draw.standard_normal((3, 4)), False),
        (draw.standard_normal((8, 6))[::2, ::-3], False),
        (draw.standard_normal((2, 3)), True),
    ]
    if name != "Muon":
        found.append((draw.standard_normal((2, 5, 3)).transpose(2, 0, 1), False))
        found += [(draw.standard_normal(7), False), (np.array(0.7), False)]
    return [(np.asarray(array, dtype), tiny) for array, tiny in found]


@pytest.mark.parametrize(("name", "options"), EACH)
def test_ten_steps_are_those_of_the_paper(name: str, options: Options) -> None:
    compare(name, options, "float64", 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_float32_takes_the_same_steps(name: str) -> None:
    compare(name, {}, "float32", 3e-6)


def compare(name: str, options: Options, dtype: str, tolerance: float) -> None:
    reference, _ = CASES[name]
    given = [(one, gradients(one.shape, dtype, tiny, 10)) for one, tiny in parameters(name, dtype)]
    params = [Parameter(at.from_numpy(first.copy(order="K"))) for first, _ in given]
    optimizer = getattr(optim, name)(params, **options)
    expected = [
        reference(first, [g for g in grads if g is not None], **options) for first, grads in given
    ]
    for step in range(10):
        optimizer.zero_grad()
        for param, (_, grads), steps in zip(params, given, expected, strict=True):
            before, g = param.array.copy(), grads[step]
            param.grad = None if g is None else at.from_numpy(g)
            optimizer.step()  # the others have no gradient, and stay
            param.grad = None
            wanted = before if g is None else next(steps)
            assert param.array.dtype == dtype
            np.testing.assert_allclose(param.array, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CASES)
def test_defaults(name: str) -> None:
    shown = inspect.signature(CASES[name][0]).parameters.values()
    expected = {one.name: one.default for one in shown if one.default is not one.empty}
    found = getattr(optim, name)([Parameter(at.ones(2, 2))]).param_groups[0]
    assert {option: found[option] for option in expected} == expected


@pytest.mark.parametrize(
    "name", [one for one in CASES if one not in ("Adafactor", "Muon", "Rprop")]
)
def test_large_parameters_are_stepped_to_their_end(name: str) -> None:
    draw = np.random.default_rng(0)
    first, *grads = draw.standard_normal((4, 2, SHARED_BLOCK + 5))
    param = Parameter(at.from_numpy(first.copy()))
    options = {"weight_decay": 0.1, "maximize": True}
    optimizer = getattr(optim, name)([param], **options)
    for g in grads:
        param.grad = at.from_numpy(g)
        optimizer.step()
    *_, expected = CASES[name][0](first, grads, **options)
    np.testing.assert_allclose(param.array, expected, rtol=1e-12, atol=1e-12)


def test_rprop_takes_the_sign_of_infinity_and_none_of_nan() -> None:
    param = Parameter(at.ones(3))
    optimizer = optim.Rprop([param], lr=0.01)
    for g, expected in (
        ([np.inf, -np.inf, np.nan], [0.99, 1.01, 1.0]),
        ([1.0, 1.0, 1.0], [0.978, 1.01, 0.99]),  # agrees; has turned; was without direction
    ):
        param.grad = at.tensor(g)
        optimizer.step()
        np.testing.assert_allclose(param.array, expected, rtol=1e-6)


def test_the_average_of_asgd_is_the_mean_from_two_steps_after_t0() -> None:
    param = Parameter(at.tensor([1.0, -2.0], dtype=at.float64))
    optimizer = optim.ASGD([param], lr=0.3, lambd=0.1, t0=3)
    visited = []
    for g in np.random.default_rng(0).standard_normal((10, 2)):
        param.grad = at.tensor(g)
        optimizer.step()
        visited.append(param.array.copy())
        expected = np.mean(visited[4:], 0) if len(visited) > 4 else visited[-1]
        np.testing.assert_allclose(optimizer.state[param]["ax"].array, expected, rtol=1e-13)


# -- L-BFGS ------------------------------------------------------------------------------------


def hills(x: Array) -> tuple[float, Array]:
    """A loss that bends both ways, and its gradient."""
    slopes = np.array([1.0, 3.0, 0.2, 2.0])
    loss = (slopes * x**2).sum() / 2 + np.sin(2 * x).sum() + x[0] * x[1] * x[2]
    mixed = np.array([x[1] * x[2], x[0] * x[2], x[0] * x[1], 0])
    return loss, slopes * x + 2 * np.cos(2 * x) + mixed


def quasi_newton(x: Array, lr: float, history_size: int) -> Steps:
    """BFGS with the inverse Hessian as a matrix, from the last pairs of changes."""
    pairs: list[tuple[Array, Array]] = []
    g, t, size, unit = hills(x)[1], lr / max(1, abs(hills(x)[1]).sum()), 1.0, np.eye(len(x))
    while True:
        inverse = size * unit
        for s, y in pairs[-history_size:]:
            turn = unit - np.outer(y, s) / (s @ y)
            inverse = turn.T @ inverse @ turn + np.outer(s, s) / (s @ y)
        s = -t * inverse @ g
        x, t = x + s, lr
        y = hills(x)[1] - g
        g = g + y
        if s @ y > 1e-10:
            pairs.append((s, y))
            size = s @ y / (y @ y)
        yield x


def minimizer(
    first: Any, function: Callable[[Array], tuple[float, Array]], **options: Any
) -> tuple[optim.LBFGS, Callable[[], at.Tensor], list[Array]]:
    """An optimizer, its closure, and where that is called."""
    param, calls = Parameter(at.tensor(first, dtype=at.float64)), []

    def closure() -> at.Tensor:
        calls.append(param.array.copy())
        loss, slope = function(param.array.copy())
        param.grad = at.tensor(slope, dtype=at.float64)
        return at.tensor(loss, dtype=at.float64)

    return optim.LBFGS([param], **options), closure, calls


@pytest.mark.parametrize(
    ("lr", "history_size"), [(1, 100), (0.3, 100), (0.5, 2), (0.5, 1), (0.1, 100)]
)
@pytest.mark.parametrize("max_iter", [1, 3, 12])
@pytest.mark.parametrize("first", [(0.3, -0.8, 1.5, 0.6), (0.8, 0.9, 0.5, 0.4)])
def test_lbfgs_is_bfgs_with_a_matrix(
    first: Any, lr: float, history_size: int, max_iter: int
) -> None:
    """Also from a place where the loss bends downward."""
    options = {"lr": lr, "history_size": history_size, "max_iter": max_iter, "max_eval": 99}
    options |= {"tolerance_grad": 0, "tolerance_change": 0}
    optimizer, closure, _ = minimizer(first, hills, **options)
    expected = quasi_newton(np.array(first), lr, history_size)
    for _ in range(12 // max_iter):
        optimizer.step(closure)
        for _ in range(max_iter):
            wanted = next(expected)
        param = optimizer.param_groups[0]["params"][0]
        np.testing.assert_allclose(param.array, wanted, rtol=1e-8)


def bowl(x: Array) -> tuple[float, Array]:
    return float((x**2).sum() / 2), x


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"max_iter": 5}, 5),
        ({}, 20),
        ({"max_eval": 7}, 7),
        ({"max_iter": 30, "max_eval": 25}, 25),
        ({"tolerance_grad": 4.0}, 1),  # the largest element, not the norm, which is 5
        ({"tolerance_grad": 3.99, "max_iter": 3}, 2),
        # Steps: 4/7 of 0.1, then a tenth of what is left.
        ({"tolerance_change": 0.0572}, 2),
        ({"tolerance_change": 0.0571, "max_iter": 3}, 3),
    ],
)
def test_lbfgs_ends_where_it_should(options: Options, calls: int) -> None:
    optimizer, closure, visited = minimizer([3.0, -4.0], bowl, **{"lr": 0.1, **options})
    assert optimizer.step(closure).item() == 12.5
    assert len(visited) == calls


def test_lbfgs_defaults() -> None:
    group = optim.LBFGS([Parameter(at.ones(1))]).param_groups[0]
    expected = {
        "lr": 1, "max_iter": 20, "max_eval": 25, "tolerance_grad": 1e-7, "tolerance_change": 1e-9,
        "history_size": 100, "line_search_fn": None,
    }  # fmt: skip
    assert {name: group[name] for name in expected} == expected


def search(
    function: Callable[[float], tuple[float, float]], lr: float, most: int, tolerance: float = 0
) -> list[float]:
    """Where the first line search looks, and where it ends; of a function with slope −1 at 0."""
    optimizer, closure, calls = minimizer(
        0.0,
        lambda x: function(float(x)),
        lr=lr,
        max_iter=1,
        max_eval=most,
        tolerance_change=tolerance,
        line_search_fn="strong_wolfe",
    )
    optimizer.step(closure)
    return [float(x) for x in calls[1:]] + [optimizer.param_groups[0]["params"][0].item()]


def parabola(low: float) -> Callable[[float], tuple[float, float]]:
    """Lowest at ``low``."""
    return lambda t: (-t + t * t / (2 * low), -1 + t / low)


def cubic(t: float) -> tuple[float, float]:
    return -t + t**3 / 3, -1 + t**2


def ramp(height: float) -> Callable[[float], tuple[float, float]]:
    """Flat beyond 0, at ``height``: only that decides."""
    return lambda t: (height * t, 0.0) if t else (0.0, -1.0)


@pytest.mark.parametrize(
    ("function", "lr", "visited"),
    [
        (parabola(1.0), 0.11, [0.11]),  # the slope is −0.89 of −1: flat enough
        (parabola(2.0), 0.18, [0.18, 1.8]),  # −0.91: on to the minimum, at most ten times as far
        (parabola(2.0), 0.195, [0.195, 1.95]),
        (parabola(1.0), 0.09, [0.09, 0.9]),
        (parabola(0.5), 0.04, [0.04, 0.4]),
        (parabola(0.3), 0.029, [0.029, 0.29]),
        (parabola(0.25), 0.0249, [0.0249, 0.249]),
        (parabola(0.2), 0.0195, [0.0195, 0.195]),
        (parabola(100.0), 0.01, [0.01, 0.1, 1.0, 10.0]),
        (parabola(1.0), 1.89, [1.89]),
        (parabola(1.0), 1.95, [1.95, 1.0]),  # too steep the other way: back
        (parabola(1.0), 8.0, [8.0, 1.0]),  # higher than at the beginning
        (cubic, 1.6, [1.6, 1.0]),
        (cubic, 0.2, [0.2, 1.0]),
        (ramp(-1.01e-4), 1.0, [1.0]),  # falls by just enough
    ],
)
def test_the_line_search_looks_where_a_cubic_is_lowest(
    function: Callable[[float], tuple[float, float]], lr: float, visited: list[float]
) -> None:
    np.testing.assert_allclose(search(function, lr, 25), [*visited, visited[-1]], rtol=1e-12)


def test_a_loss_that_falls_too_little_is_no_end() -> None:
    assert search(ramp(-0.99e-4), 1.0, 25)[1] < 1.0


def wall(t: float) -> tuple[float, float]:
    """Falls at 0 only: nothing is better than that."""
    return (10.0, 10.0) if t else (0.0, -1.0)


@pytest.mark.parametrize("most", [2, 3, 4])
def test_the_line_search_counts_its_calls(most: int) -> None:
    """One more than it may, as the first try is not counted."""
    found = search(wall, 1.0, most)
    assert len(found) - 1 == most
    assert found[-1] == 0.0


def test_close_to_an_end_of_the_bracket_the_second_try_is_a_tenth_away() -> None:
    found = search(wall, 1.0, 5)[:-1]
    ratios = [after / before for before, after in pairwise(found)]
    np.testing.assert_allclose(ratios[1::2], 0.1, rtol=1e-9)
    assert max(ratios[::2]) < 0.1


@pytest.mark.parametrize("tolerance", [0, 0.5])
def test_the_line_search_goes_on_until_the_bracket_is_narrow(tolerance: float) -> None:
    """Narrower than 1e-9, which is not the tolerance of the steps."""
    *found, end = search(wall, 0.4, 25, tolerance)
    assert end == 0.0
    assert found[-1] < 1e-9 < found[-2]


@pytest.mark.parametrize("seed", range(30))
def test_where_a_line_search_ends_the_wolfe_conditions_hold(seed: int) -> None:
    draw = np.random.default_rng(seed)
    heights, speeds = draw.standard_normal(3), draw.uniform(0.5, 8, 3)
    shifts = draw.uniform(-3, 3, 3)

    def waves(t: Any) -> tuple[float, float]:
        loss = 0.3 * t * t + (heights * np.sin(speeds * t + shifts)).sum()
        return float(loss), float(0.6 * t + (heights * speeds * np.cos(speeds * t + shifts)).sum())

    first = draw.uniform(-2, 2)
    options = {"lr": 10 ** draw.uniform(-2, 1), "max_iter": 1, "max_eval": 100}
    optimizer, closure, _ = minimizer(first, waves, line_search_fn="strong_wolfe", **options)
    optimizer.step(closure)
    last = optimizer.param_groups[0]["params"][0].item()
    (start, slope), (end, final) = waves(first), waves(last)
    assert end <= start + 1e-4 * (last - first) * slope
    assert abs(final) <= 0.9 * abs(slope)
