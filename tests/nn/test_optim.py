"""Optimizers: step by step against PyTorch, in every layout of memory, and their bookkeeping."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter
from autotensor.machine import threads
from nn import optim
from nn.optim import blocks
from nn.optim import optimizer as optimizers

SGD = [
    {"lr": 0.1},
    {},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "maximize": True},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.1},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "maximize": True},
]
ADAM = [
    {},
    {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "amsgrad": True},
    {"lr": 0.1, "maximize": True},
    {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True, "maximize": True},
    {"lr": 0.1, "betas": (0.0, 0.0)},
]
DECOUPLED = {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}
COMMON = [{}, {"lr": 0.1, "weight_decay": 0.3, "maximize": True}]
OTHERS: dict[str, list[dict[str, Any]]] = {
    "Adam": [DECOUPLED],
    "Adamax": [*COMMON, {"betas": (0.5, 0.8), "eps": 1e-3}],
    "NAdam": [*COMMON, DECOUPLED, {"betas": (0.5, 0.8), "momentum_decay": 0.3}],
    "RAdam": [*COMMON, DECOUPLED, {"betas": (0.5, 0.8), "eps": 1e-3}],
    "RMSprop": [
        *COMMON,
        {"alpha": 0.5, "eps": 1e-3},
        {"centered": True},
        {"momentum": 0.8, "centered": True, "weight_decay": 0.1},
        {"momentum": 0.8},
    ],
    "Adagrad": [
        *COMMON,
        {"lr_decay": 0.3, "eps": 1e-3},
        {"initial_accumulator_value": 0.7},
    ],
    "Adadelta": [*COMMON, {"rho": 0.5, "eps": 1e-2}],
    "Rprop": [
        {},
        {"lr": 0.1, "etas": (0.3, 1.7), "step_sizes": (0.01, 0.2)},
        {"maximize": True},
    ],
    "ASGD": [*COMMON, {"lambd": 0.1, "alpha": 0.5, "t0": 3}],
    "Adafactor": [
        *COMMON,
        {"lr": 0.5, "beta2_decay": -0.5, "eps": (1e-2, 0.1), "d": 1.5},
    ],
}
CASES = [
    *(("SGD", options) for options in SGD),
    *((name, options) for name in ("Adam", "AdamW") for options in ADAM),
    *((name, options) for name, several in OTHERS.items() for options in several),
]


def assert_same_steps(
    torch: Any, name: str, options: dict[str, Any], arrays: list[np.ndarray], steps: int = 12
) -> tuple[Any, Any]:
    """Takes the same steps in both libraries; the first parameter now and then has no gradient."""
    mine = [Parameter(at.from_numpy(array)) for array in arrays]
    theirs = [torch.nn.Parameter(torch.tensor(array.copy())) for array in arrays]
    ours = getattr(optim, name)(mine, **options)
    peer = getattr(torch.optim, name)(theirs, **options)
    rng = np.random.default_rng(0)
    for step in range(steps):
        for index, (p, q) in enumerate(zip(mine, theirs, strict=True)):
            g = np.asarray(rng.standard_normal(p.shape), p.dtype)
            if step % 2:  # another layout than the parameter's
                g = np.array(g, order="F")
            skipped = index == 0 and step % 5 == 3
            p.grad = None if skipped else at.from_numpy(g)
            q.grad = None if skipped else torch.tensor(g.copy())
        ours.step()
        peer.step()
        for p, q in zip(mine, theirs, strict=True):
            expected = q.detach().numpy()
            # In float32, an ulp of the largest value that was added up, for each step so far.
            rounding = np.finfo(p.dtype).eps * max(1, np.abs(expected).max(initial=0)) * (step + 2)
            atol = 1e-12 if p.dtype == np.float64 else rounding
            np.testing.assert_allclose(p.array, expected, rtol=0, atol=atol)
    return ours, peer


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_pytorchs(
    torch: Any, name: str, options: dict[str, Any], dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "SHARED_BLOCK", 7)  # so that small arrays are cut up as well
    monkeypatch.setattr(threads, "BLOCK", 7)
    monkeypatch.setattr(blocks, "_buffers", threading.local())
    rng = np.random.default_rng(1)
    shapes: list[tuple[int, ...]] = [(3, 2), (), (5, 11)]
    if name != "Adafactor":  # where PyTorch divides by the number of elements
        shapes.append((0,))
    arrays = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
    arrays.append(np.asfortranarray(rng.standard_normal((4, 9)).astype(dtype)))
    arrays.append(rng.standard_normal((6, 8)).astype(dtype)[::2, ::-3])
    arrays.append(rng.standard_normal((3, 1, 5, 2)).astype(dtype).transpose(2, 0, 3, 1))
    arrays.append(rng.standard_normal((1, 40)).astype(dtype)[:, ::2])
    assert_same_steps(torch, name, options, arrays)


def test_large_parameters_are_cut_up_without_a_remainder(torch: Any) -> None:
    rng = np.random.default_rng(1)
    arrays = [
        rng.standard_normal((3, blocks.SHARED_BLOCK + 5)),
        rng.standard_normal(2 * blocks.SHARED_BLOCK),
    ]
    assert_same_steps(torch, "Adam", {"lr": 0.1}, arrays, steps=2)
    assert_same_steps(torch, "SGD", {"lr": 0.1, "momentum": 0.9}, arrays, steps=2)


def test_a_step_writes_in_place_and_tells_the_graph() -> None:
    p = Parameter(at.tensor([1.0, 2.0]))
    memory = p.array
    y = p * p
    p.grad = at.ones(2)
    optim.SGD([p], lr=0.5).step()
    assert p.array is memory
    assert p.tolist() == [0.5, 1.5]
    with pytest.raises(RuntimeError, match="modified"):
        y.backward(at.ones(2))


def test_a_step_leaves_the_gradient_alone() -> None:
    for name, options in CASES:
        p = Parameter(at.ones(3))
        p.grad = at.tensor([1.0, -2.0, 3.0])
        getattr(optim, name)([p], **options).step()
        assert p.grad.tolist() == [1, -2, 3]


def test_a_rate_from_numpy_does_not_widen() -> None:
    p = Parameter(at.ones(3))
    p.grad = at.tensor([1.0, -2.0, 3.0])
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.step()
    expected = p.array.copy()
    p.array[...] = 1
    optimizer.param_groups[0]["lr"] = np.float64(0.1)
    optimizer.step()
    np.testing.assert_array_equal(p.array, expected)


def test_infinite_gradients_make_no_warning() -> None:
    for name, options in CASES:
        p = Parameter(at.ones(3))
        p.grad = at.tensor([float("inf"), float("nan"), 1e30])
        optimizer = getattr(optim, name)([p], **options)
        optimizer.step()
        optimizer.step()


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_optimizer_finds_the_minimum(name: str, options: dict[str, Any]) -> None:
    p = Parameter(at.tensor([3.0, -2.0]))
    lr = {"Adadelta": 0.3 if "eps" in options else 10, "Adagrad": 1}.get(name, 0.1)
    given = {key: value for key, value in options.items() if key != "weight_decay"}
    optimizer = getattr(optim, name)([p], **{**given, "lr": lr})
    sign = -1 if options.get("maximize") else 1
    for _ in range(300):
        optimizer.zero_grad()
        (sign * (p * p).sum()).backward()
        optimizer.step()
    assert np.abs(p.array).max() < 0.2


FADING: list[tuple[str, dict[str, Any], int]] = [
    ("SGD", {"lr": 0.1, "momentum": 0.9}, 1_000),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, 1_000),
    ("Adam", {}, 1_000),
    ("Adam", {"amsgrad": True, "betas": (0.9, 0.9)}, 1_000),
    ("AdamW", {"betas": (0.9, 0.95)}, 2_000),
    ("Adamax", {}, 1_000),
    ("NAdam", {"betas": (0.9, 0.9)}, 1_000),
    ("RAdam", {"betas": (0.9, 0.9)}, 1_000),
    ("RMSprop", {"alpha": 0.9, "momentum": 0.9}, 1_000),
    ("RMSprop", {"alpha": 0.9, "centered": True}, 1_000),
    ("Adadelta", {}, 1_000),
]


@pytest.mark.parametrize(("name", "settings", "steps"), FADING)
@pytest.mark.parametrize("dtype", [at.float32, at.float64])
def test_what_has_faded_does_not_slow_steps_down(
    name: str, settings: dict[str, Any], steps: int, dtype: at.dtype
) -> None:
    """Where gradients have become 0 no number stays so small that processors are slow; and the
    parameters are those of an optimizer of a few numbers, whose state is left as it is."""
    draw = np.random.default_rng(0)
    first = draw.normal(size=8)
    few, many = (at.zeros(size, dtype=dtype, requires_grad=True) for size in (8, 8 * 1_000))
    optimizers = [getattr(optim, name)([one], **settings) for one in (few, many)]
    smallest = float(at.finfo(dtype).smallest_normal)
    for optimizer, parameter in zip(optimizers, (few, many), strict=True):
        gradient = np.resize(first, parameter.shape).astype(parameter.array.dtype)
        for step in range(4):
            if step == 3:  # the rest of the way, which float64 would take 7,000 steps for
                for kept in optimizer.state[parameter].values():
                    if kept.shape:
                        kept.array *= smallest * 1e10
                gradient[::2] = 0
            parameter.grad = at.from_numpy(gradient)
            for _ in range(steps if step == 3 else 1):
                optimizer.step()
    for name, kept in optimizers[1].state[many].items():
        sizes = np.abs(kept.array[::2]) if kept.shape else np.ones(1)
        assert not np.any((sizes > 0) & (sizes < smallest)), name
    np.testing.assert_array_equal(many.array.reshape(1_000, 8), np.tile(few.array, (1_000, 1)))


def test_means_of_squares_are_never_forgotten() -> None:
    """Who divides by the root of one would divide by 0."""
    squares = np.full(10_000, 1e-39, np.float32)
    squares[:5_000] = 1.0
    squares[5] = 0
    means = np.full(10_000, -1e-34, np.float32)
    state = {"mean": at.from_numpy(means), "square": at.from_numpy(squares), "largest": None}
    blocks.without_traces(state, ["mean", "largest"], ["square"])
    assert squares[5] == 0
    assert squares[6] == 1
    assert squares[-1] == 8 * np.finfo(np.float32).smallest_normal
    assert np.all(means == np.float32(-1e-34))
    means[::100] = 1e-36
    means[1] = 1e-29
    blocks.without_traces(state, ["mean", "largest"], ["square"])
    assert np.count_nonzero(means) == 1


def test_two_threads_train_at_once() -> None:
    def train(seed: int) -> np.ndarray:
        p = Parameter(at.randn(300, 300, generator=at.Generator().manual_seed(seed)))
        optimizer = optim.Adam([p], lr=0.01, weight_decay=0.1)
        for _ in range(20):
            p.grad = p.detach() * 2
            optimizer.step()
        return p.array

    results: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: results.update({seed: train(seed)}))
        for seed in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(3):
        np.testing.assert_array_equal(results[seed], train(seed))


# -- groups --------------------------------------------------------------------------------------


def test_groups_have_options_of_their_own() -> None:
    a, b, c = (Parameter(at.ones(1)) for _ in range(3))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": (one for one in [c]), "momentum": 0.5})
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5, 0.1]
    assert optimizer.param_groups[2]["momentum"] == 0.5
    for p in (a, b, c):
        p.grad = at.ones(1)
    optimizer.step()
    np.testing.assert_allclose([p.item() for p in (a, b, c)], [0.9, 0.5, 0.9], rtol=1e-6)
    assert list(optimizer.state) == [c]


def test_closure_and_zero_grad() -> None:
    p = Parameter(at.ones(2))
    optimizer = optim.SGD([p], lr=0.25)

    def closure() -> at.Tensor:
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with at.no_grad():
        assert optimizer.step(closure).item() == 2
    assert p.tolist() == [0.5, 0.5]
    assert optimizer.step() is None
    memory = p.grad.array
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.array is memory
    assert not memory.any()
    optimizer.zero_grad()
    assert p.grad is None


def leaf(*shape: int) -> Parameter:
    return Parameter(at.ones(*shape))


SHARED = leaf(1)


def refused_step() -> None:
    p = leaf(1)
    p.grad = at.ones(1)
    optim.Optimizer([p], {}).step()


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: optim.SGD([]), ValueError, "empty parameter list"),
        (lambda: optim.SGD(leaf(1)), TypeError, "iterable of Tensors or dicts, but got Parameter"),
        (lambda: optim.SGD(3), TypeError, "but got int"),
        (lambda: optim.SGD([3]), TypeError, "one of the params is int"),
        (lambda: optim.SGD([("w", 3)]), TypeError, "one of the params is int"),
        (lambda: optim.SGD([("w", leaf(1)), leaf(1)]), ValueError, "Some param names are missing"),
        (
            lambda: optim.SGD([{"params": leaf(1)}, {"params": [("w", leaf(1))]}]),
            ValueError,
            "cannot add param group with names",
        ),
        (lambda: optim.SGD([leaf(1)], lr=at.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda: optim.SGD([leaf(1)], differentiable=True), ValueError, "differentiable=True is"),
        (lambda: optim.Adam([leaf(1)], capturable=True), ValueError, "Adam: capturable=True is"),
        (lambda: optim.SGD([leaf(1)], fused=True, foreach=True), RuntimeError, "cannot be `True`"),
        (
            lambda: optim.Adam([leaf(1)], lr=at.tensor(0.1), foreach=True),
            ValueError,
            "lr as a Tensor is not supported",
        ),
        (
            lambda: optim.Adam([leaf(1)], betas=(0.9, at.tensor(0.9))),
            ValueError,
            "either both floats or both Tensors",
        ),
        (lambda: optim.SGD([leaf(1) * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (
            lambda: optim.SGD([{"params": SHARED}, {"params": SHARED}]),
            ValueError,
            "more than one parameter group",
        ),
        (lambda: optim.SGD([{"params": {leaf(1)}}]), TypeError, "Please use a list"),
        (lambda: optim.SGD([{"param": [leaf(1)]}]), ValueError, r"no 'params', only \['param'\]"),
        (lambda: optim.SGD([leaf(1)]).add_param_group([1]), TypeError, "must be a dict"),
        (lambda: optim.SGD([leaf(1)], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.SGD([leaf(1)], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda: optim.SGD([leaf(1)], lr="fast"), TypeError, "Invalid learning rate: 'fast'"),
        (lambda: optim.SGD([leaf(1)], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: optim.SGD([leaf(1)], weight_decay=-1), ValueError, "Invalid weight_decay value"),
        (lambda: optim.SGD([leaf(1)], nesterov=True), ValueError, "Nesterov momentum requires"),
        (lambda: optim.SGD([{"params": leaf(1), "lr": -2}]), ValueError, "rate: -2"),
        (lambda: optim.Adam([leaf(1)], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.Adam([leaf(1)], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adam([leaf(1)], weight_decay=-1), ValueError, "Invalid weight_decay"),
        (lambda: optim.Adam([leaf(1)], betas=(1.0, 0)), ValueError, "parameter at index 0: 1.0"),
        (lambda: optim.AdamW([leaf(1)], betas=(0, -1)), ValueError, "parameter at index 1: -1"),
        (lambda: optim.Adam([leaf(1)], betas=0.9), TypeError, "pair of numbers, got 0.9"),
        (lambda: optim.NAdam([leaf(1)], momentum_decay=-1), ValueError, "Invalid momentum_decay"),
        (lambda: optim.Adadelta([leaf(1)], rho=1.1), ValueError, "Invalid rho value: 1.1"),
        (lambda: optim.Adadelta([leaf(1)], rho=-1), ValueError, "Invalid rho value: -1"),
        (lambda: optim.Adagrad([leaf(1)], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (lambda: optim.RMSprop([leaf(1)], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda: optim.Rprop([leaf(1)], etas=(1, 2)), ValueError, "Invalid eta values: 1, 2"),
        (lambda: optim.Adafactor([leaf(1)], d=0.5), ValueError, "threshold d should be >= 1"),
        (lambda: optim.Adafactor([leaf(1)], beta2_decay=1), ValueError, "should be <= 0 but is: 1"),
        (lambda: optim.Adafactor([leaf(1)], eps=(-1, 0)), ValueError, "epsilon1 should be >= 0"),
        (lambda: optim.Adafactor([leaf(1)], eps=(None, -1)), ValueError, "epsilon2 should be >="),
        (refused_step, NotImplementedError, "must define descend"),
    ],
)
def test_mistakes_are_refused(act: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        act()


def test_a_refused_group_changes_nothing() -> None:
    optimizer = optim.SGD([leaf(1)])
    group = {"params": [leaf(1)], "lr": -1}
    with pytest.raises(ValueError, match="learning rate"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    assert list(group) == ["params", "lr"]


def test_an_optimizer_of_ones_own() -> None:
    class SignDescent(optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @at.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p -= group["lr"] * p.grad.sign()

    p = leaf(2)
    p.grad = at.tensor([3.0, -4.0])
    SignDescent([p], 0.5).step()
    assert p.tolist() == [0.5, 1.5]


# -- saving and loading --------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), CASES)
def test_training_goes_on_from_a_saved_state(name: str, options: dict[str, Any]) -> None:
    def make() -> tuple[list[Parameter], Any]:
        params = [Parameter(at.ones(2, 2)), Parameter(at.ones(3))]
        groups = [{"params": [params[1]]}, {"params": [params[0]], "lr": 0.05}]
        return params, getattr(optim, name)(groups, **options)

    def train(params: list[Parameter], optimizer: Any, steps: range) -> None:
        for step in steps:
            for p in params:
                p.grad = p.detach() * (step + 1)
            optimizer.step()

    params, optimizer = make()
    train(params, optimizer, range(6))
    others, resumed = make()
    train(params, optimizer, range(0))
    half, first = make()
    train(half, first, range(3))
    for p, q in zip(others, half, strict=True):
        p.array[...] = q.array
    state = first.state_dict()
    resumed.load_state_dict(pickle.loads(pickle.dumps(state)))
    train(others, resumed, range(3, 6))
    for p, q in zip(params, others, strict=True):
        np.testing.assert_array_equal(p.array, q.array)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_state_dict_is_pytorchs(torch: Any, name: str, options: dict[str, Any]) -> None:
    """The same keys and values; and each goes on from the state of the other."""
    arrays = [np.ones((2, 2), np.float32), np.ones(3, np.float32)]
    ours, peer = assert_same_steps(torch, name, options, arrays, steps=2)
    found, expected = ours.state_dict(), peer.state_dict()
    assert found["param_groups"] == expected["param_groups"]
    assert list(found["state"]) == list(expected["state"])
    there: dict[int, Any] = {}
    here: dict[int, Any] = {}
    for number, kept in expected["state"].items():
        assert set(found["state"][number]) == set(kept)
        there[number], here[number] = {}, {}
        for key, value in kept.items():
            mine = found["state"][number][key]
            assert mine.dtype == value.numpy().dtype
            np.testing.assert_allclose(mine.array, value.numpy(), rtol=1e-6)
            there[number][key] = torch.tensor(mine.array.copy())
            here[number][key] = at.tensor(value.numpy().copy())
    peer.load_state_dict({"state": there, "param_groups": found["param_groups"]})
    ours.load_state_dict({"state": here, "param_groups": expected["param_groups"]})
    for optimizer in (ours, peer):
        optimizer.step()
    for p, q in zip(ours._all_params(), peer.param_groups[0]["params"], strict=True):
        np.testing.assert_allclose(p.array, q.detach().numpy(), rtol=1e-5)


def stepped(name: str, options: dict[str, Any]) -> Any:
    """An optimizer of two weights with state for both."""
    params = [leaf(2, 3), leaf(4, 2)]
    optimizer = getattr(optim, name)(params, **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = sum((p * p).sum() for p in params)
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    return optimizer


def spoiled_states(state: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Copies of a state dict with one thing wrong, and a word that must be said."""
    groups, kept = state["param_groups"], state["state"]
    yield {"param_groups": groups}, "state"
    yield {"state": kept}, "param_groups"
    yield {"state": kept, "param_groups": 3}, "param_groups"
    yield {"state": kept, "param_groups": [3]}, "dict, got int"
    yield {"state": kept, "param_groups": [{**groups[0], "params": 3}]}, "params"
    yield {"state": kept, "param_groups": [{"lr": 1.0}]}, "params"
    yield {"state": kept, "param_groups": [{**groups[0], "lr": "fast"}]}, "lr"
    if "betas" in groups[0]:
        yield {"state": kept, "param_groups": [{**groups[0], "betas": 0.9}]}, "betas"
        yield {"state": kept, "param_groups": [{**groups[0], "betas": (0.9,)}]}, "betas"
    yield {"state": [], "param_groups": groups}, "state"
    yield {"state": {0: 3}, "param_groups": groups}, "parameter 0 "
    last = max(kept, default=None)
    for name, value in kept[last].items() if last is not None else ():
        if name in ("prev_loss", "al"):  # which no step reads
            continue
        wrongs = [at.ones(5), "junk", {}]
        if isinstance(value, at.Tensor) and value.ndim:
            wrongs += [value.unsqueeze(0), 1.0, None]
        for wrong in wrongs:
            if wrong is None and name in ("momentum_buffer", "max_exp_avg_sq", "grad_avg"):
                continue
            spoiled = {**kept, last: {**kept[last], name: wrong}}
            yield {"state": spoiled, "param_groups": groups}, name
        if name not in ("momentum_buffer", "max_exp_avg_sq", "grad_avg", "n_iter", "func_evals"):
            rest = {one: value for one, value in kept[last].items() if one != name}
            yield {"state": {**kept, last: rest}, "param_groups": groups}, name


LOADED = [*CASES, ("LBFGS", {"lr": 0.1}), ("Muon", {}), ("Adafactor", {})]


@pytest.mark.parametrize(("name", "options"), LOADED)
def test_a_spoiled_state_is_refused_whole(name: str, options: dict[str, Any]) -> None:
    optimizer = stepped(name, options)
    state = copy.deepcopy(optimizer.state_dict())
    for junk in (3, None, "state", [], [state]):
        with pytest.raises(TypeError, match=rf"{name}.load_state_dict: expected a dict, got"):
            optimizer.load_state_dict(junk)
    number = 0
    for spoiled, word in spoiled_states(state):
        held, groups = dict(optimizer.state), optimizer.param_groups
        with pytest.raises((TypeError, ValueError), match=word) as caught:
            optimizer.load_state_dict(spoiled)
        assert str(caught.value).startswith(f"{name}.load_state_dict: "), caught.value
        assert optimizer.param_groups is groups
        assert all(optimizer.state[p] is one for p, one in held.items())
        assert len(optimizer.state) == len(held)
        number += 1
    assert number >= 9
    optimizer.load_state_dict(state)


@pytest.mark.parametrize(("name", "options"), LOADED)
def test_state_of_some_parameters_and_more_than_is_known_loads(
    name: str, options: dict[str, Any]
) -> None:
    state = copy.deepcopy(stepped(name, options).state_dict())
    first = {**state["state"].get(0, {}), "more": [1, at.ones(7)]}
    groups = [{**state["param_groups"][0], "unheard": "of"}]
    for kept in ({0: first}, {0: first, "somewhere": 3}, {0: {}}, {}):
        optimizer = stepped(name, options)
        optimizer.load_state_dict({"state": kept, "param_groups": groups, "also": 1})
        assert optimizer.param_groups[0]["unheard"] == "of"
        p, q = optimizer.param_groups[0]["params"]
        assert q not in optimizer.state
        assert set(optimizer.state.get(p, {})) == set(kept.get(0, {}))
        optimizer.step(lambda: 1.0)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (optim.SGD, {"nesterov": True, "momentum": 0.9, "maximize": True, "foreach": True}),
        (optim.Adam, {"amsgrad": True, "maximize": True, "decoupled_weight_decay": True}),
        (optim.RMSprop, {"centered": True, "momentum": 0.9, "maximize": True}),
    ],
)
def test_what_an_older_state_does_not_know_was_off(kind: Any, options: dict[str, Any]) -> None:
    optimizer = kind([leaf(1)], lr=0.5, **options)
    state = optimizer.state_dict()
    for name in (*options, "lr"):
        del state["param_groups"][0][name]
    optimizer.load_state_dict(state)
    group = optimizer.param_groups[0]
    assert not any(group[name] for name in options)
    assert group["lr"] == 0.5  # what every version has is no sign of an older one
    optimizer.add_param_group({"params": [leaf(1)]})
    assert all(optimizer.param_groups[1][name] for name in options)


def test_numbers_of_older_states_become_tensors() -> None:
    for name, key in (("ASGD", "eta"), ("ASGD", "mu"), ("NAdam", "mu_product")):
        one, other = stepped(name, {}), stepped(name, {})
        state = copy.deepcopy(one.state_dict())
        state["state"][0][key] = float(state["state"][0][key])
        other.load_state_dict(state)
        for optimizer in (one, other):
            optimizer.step()
        for p, q in zip(one._all_params(), other._all_params(), strict=True):
            np.testing.assert_array_equal(p.array, q.array)


def test_counts_keep_their_dtype_and_old_states_load() -> None:
    p = Parameter(at.ones(2, dtype=at.float64))
    p.grad = at.ones(2, dtype=at.float64)
    optimizer = optim.Adam([p])
    optimizer.step()
    state = optimizer.state_dict()
    state["state"][0]["step"] = 1  # as versions before kept it
    optimizer.load_state_dict(state)
    optimizer.step()
    assert optimizer.state[p]["step"].item() == 2
    assert optimizer.state[p]["step"].dtype == at.float32
    assert optimizer.state[p]["exp_avg"].dtype == at.float64


@pytest.mark.parametrize(
    ("saved", "other", "message"),
    [
        ("Adam", "SGD", "has 'betas', and no 'momentum'"),
        ("SGD", "Adam", "has 'momentum', and no 'eps'"),
        ("RMSprop", "Adadelta", "has 'momentum', and no 'rho'"),
    ],
)
def test_the_state_of_another_optimizer_is_refused(saved: str, other: str, message: str) -> None:
    """It would go on with that one's rate, and with its state beside what it does not find."""
    p = at.tensor([1.0], requires_grad=True)
    p.grad = at.ones(1)
    first = getattr(optim, saved)([p], lr=0.5)
    first.step()
    second = getattr(optim, other)([p], lr=0.1)
    with pytest.raises(ValueError, match=message):
        second.load_state_dict(first.state_dict())
    assert second.param_groups[0]["lr"] == 0.1
    assert not second.state


def test_adamw_stays_itself_when_it_loads_an_adam() -> None:
    optimizer = optim.AdamW([leaf(1)])
    optimizer.load_state_dict(optim.Adam([leaf(1)]).state_dict())
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_loading_copies_and_checks() -> None:
    p, q = leaf(2), leaf(2)
    p.grad = at.ones(2)
    optimizer = optim.SGD([p], momentum=0.9, lr=0.3)
    optimizer.step()
    other = optim.SGD([q])
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["lr"] == 0.3
    assert other.param_groups[0]["params"][0] is q
    other.state[q]["momentum_buffer"].array[...] = 9
    assert optimizer.state[p]["momentum_buffer"].tolist() == [1, 1]

    before = copy.copy(other.param_groups)
    two = optim.SGD([{"params": [leaf(1)]}, {"params": [leaf(1)]}])
    with pytest.raises(ValueError, match="different number of parameter groups: 2 instead of 1"):
        other.load_state_dict(two.state_dict())
    with pytest.raises(ValueError, match="group 0 has 2 parameters instead of 1"):
        other.load_state_dict(optim.SGD([leaf(1), leaf(1)]).state_dict())
    assert other.param_groups == before


def test_repr() -> None:
    text = repr(optim.SGD([{"params": leaf(1)}, {"params": leaf(1), "lr": 2}], lr=0.5))
    assert text.startswith(
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n"
    )
    assert "\nParameter Group 1\n" in text
    assert text.endswith("    weight_decay: 0\n)")


# -- names, hooks, rates in Tensors --------------------------------------------------------------


def test_named_parameters() -> None:
    w, b, extra = leaf(2), leaf(1), leaf(1)
    optimizer = optim.SGD([("w", w), ("b", b)])
    assert optimizer.param_groups[0]["params"] == [w, b]
    assert optimizer.param_groups[0]["param_names"] == ["w", "b"]
    with pytest.raises(ValueError, match="group without names"):
        optimizer.add_param_group({"params": [extra]})
    optimizer.add_param_group({"params": [("extra", extra)]})
    state = optimizer.state_dict()
    assert state["param_groups"][1]["param_names"] == ["extra"]
    # Names play no part in loading: they are taken over, or kept where there are none.
    state["param_groups"][0]["param_names"] = ["a", "c"]
    del state["param_groups"][1]["param_names"]
    optimizer.load_state_dict(state)
    names = [group["param_names"] for group in optimizer.param_groups]
    assert names == [["a", "c"], ["extra"]]


def test_step_hooks() -> None:
    seen: list[Any] = []
    optimizer = optim.SGD([leaf(1)])
    before = optimizer.register_step_pre_hook(lambda *given: seen.append(("before", *given)))
    optimizer.register_step_pre_hook(lambda one, args, kwargs: ((one, lambda: 7), {}))
    optimizer.register_step_post_hook(lambda *given: seen.append(("after", given[0])))
    assert optimizer.step() == 7
    assert seen == [("before", optimizer, (optimizer,), {}), ("after", optimizer)]
    before.remove()
    optimizer.step()
    assert [one[0] for one in seen] == ["before", "after", "after"]
    without = optimizer.register_step_pre_hook(lambda *given: ((), {}))
    with pytest.raises(RuntimeError, match=r"new_args that begin with the optimizer.*, got \(\)"):
        optimizer.step()
    without.remove()
    optimizer.register_step_pre_hook(lambda *given: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimizer.step()


def test_the_hooks_of_a_step_see_its_arguments_behind_the_optimizer() -> None:
    optimizer = optim.SGD([leaf(1)])
    seen: list[Any] = []

    def double(one: Any, args: Any, kwargs: Any) -> Any:
        seen.append((args[1:], kwargs))
        return (args[0], lambda: 2 * args[1]()), kwargs

    optimizer.register_step_pre_hook(double)
    optimizer.register_step_post_hook(lambda one, args, kwargs: seen.append(args[1]()))

    def given() -> int:
        return 4

    assert optimizer.step(given) == 8
    assert seen == [((given,), {}), 8]


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
def test_a_parameter_that_is_there_twice_is_changed_twice(kind: Any) -> None:
    options = {"momentum": 0.5} if kind is optim.SGD else {}
    twice, alone = leaf(2), leaf(2)
    with at.no_grad():
        alone.copy_(twice)
    with pytest.warns(UserWarning, match="parameter group with duplicate parameters") as caught:
        optimizer = kind([twice, twice], lr=0.1, **options)
    assert caught[0].filename == __file__
    plain = kind([alone], lr=0.1, **options)
    for _ in range(3):
        twice.grad, alone.grad = at.ones(2), at.ones(2)
        optimizer.step()
        plain.step()
        plain.step()
    assert at.equal(twice, alone)
    with pytest.warns(UserWarning, match="duplicate"):
        other = kind([twice, twice], lr=0.1, **options)
    other.load_state_dict(optimizer.state_dict())
    for name, value in plain.state[alone].items():
        assert at.equal(other.state[twice][name], value)


def test_a_parameter_twice_ends_where_a_plain_sum_says() -> None:
    weight = at.zeros(1, requires_grad=True)
    with pytest.warns(UserWarning, match="duplicate"):
        optimizer = optim.SGD([weight, at.ones(1, requires_grad=True), weight], lr=0.25)
    weight.grad = at.ones(1)
    optimizer.step()
    assert weight.item() == -0.5


def test_step_hooks_of_all_optimizers() -> None:
    seen: list[Any] = []
    one, other = optim.SGD([leaf(1)]), optim.Adam([leaf(1)])
    one.register_step_pre_hook(lambda *given: seen.append("own before"))
    one.register_step_post_hook(lambda *given: seen.append("own after"))
    handles = (
        optimizers.register_optimizer_step_pre_hook(lambda *given: seen.append(given[0])),
        optimizers.register_optimizer_step_post_hook(lambda *given: seen.append("after all")),
    )
    try:
        one.step()
        assert seen == [one, "own before", "own after", "after all"]
        other.step()
        assert seen[4:] == [other, "after all"]
    finally:
        for handle in handles:
            handle.remove()
    other.step()
    assert len(seen) == 6


def test_step_hooks_of_an_optimizer_of_ones_own() -> None:
    class Own(optim.Optimizer):
        def step(self, closure: Any = None) -> None:
            seen.append("step")

    seen: list[str] = []
    optimizer = Own([leaf(1)], {})
    optimizer.register_step_pre_hook(lambda *given: seen.append("before"))
    optimizer.step()
    assert seen == ["before", "step"]


def test_an_optimizer_that_wraps_another_need_not_call_init() -> None:
    class Slow(optim.Optimizer):
        def __init__(self, fast: optim.Optimizer) -> None:
            self.fast, self.param_groups = fast, fast.param_groups

        def step(self, closure: Any = None) -> Any:
            return self.fast.step(closure)

    x = leaf(1)
    x.grad = at.ones_like(x)
    slow, before = Slow(optim.SGD([x], lr=0.5)), x.tolist()
    slow.step()
    assert np.allclose(x.tolist(), np.subtract(before, 0.5))
    seen: list[str] = []
    slow.register_step_post_hook(lambda *given: seen.append("after"))
    slow.step()
    assert seen == ["after"]


def test_state_dict_hooks() -> None:
    seen: list[str] = []
    optimizer = optim.SGD([leaf(1)], lr=0.5)
    optimizer.register_state_dict_pre_hook(lambda one: seen.append("second"))
    optimizer.register_state_dict_pre_hook(lambda one: seen.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda one, state: {**state, "more": 1})
    state = optimizer.state_dict()
    assert seen == ["first", "second"]
    assert state["more"] == 1
    other = optim.SGD([leaf(1)])
    other.register_load_state_dict_pre_hook(lambda one, state: seen.append(str(state.pop("more"))))
    other.register_load_state_dict_post_hook(
        lambda one: seen.append(str(one.param_groups[0]["lr"]))
    )
    other.load_state_dict(state)
    assert seen[2:] == ["1", "0.5"]
    assert state["more"] == 1


def test_an_optimizer_is_copied_and_pickled_without_its_hooks() -> None:
    p = leaf(1)
    p.grad = at.ones(1)
    optimizer = optim.Adam([p])
    optimizer.step()
    optimizer.register_step_pre_hook(lambda *given: 3)
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        (q,) = other.param_groups[0]["params"]
        assert q is not p
        q.grad = at.ones(1)
        other.step()
        assert other.state[q]["step"].item() == 2


@pytest.mark.parametrize("name", ["SGD", *OTHERS])
def test_a_rate_may_be_a_tensor(name: str) -> None:
    results = []
    for lr in (0.25, at.tensor(0.25), at.tensor([0.25])):
        p = leaf(2, 2)
        p.grad = at.tensor([[1.0, -2.0], [3.0, 0.5]])
        getattr(optim, name)([p], lr=lr).step()
        assert p.dtype == at.float32
        results.append(p.array)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad"])
@pytest.mark.parametrize("how", [{"foreach": True}, {"foreach": False}, {"fused": True}])
def test_ways_to_carry_out_a_step_change_nothing(name: str, how: dict[str, bool]) -> None:
    results = []
    for options in ({}, how):
        p = leaf(2)
        p.grad = at.tensor([1.0, -2.0])
        getattr(optim, name)([p], **options).step()
        results.append(p.tolist())
    assert results[0] == results[1]


# -- Muon ----------------------------------------------------------------------------------------

MUON: list[dict[str, Any]] = [
    {"lr": 0.1},
    {"lr": 0.1, "nesterov": False, "weight_decay": 0.5, "momentum": 0.5},
    {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
]


@pytest.mark.parametrize("options", MUON)
@pytest.mark.parametrize("shape", [(3, 5), (6, 2)])
def test_muon_brings_singular_values_near_one(options: dict[str, Any], shape: Any) -> None:
    """Its iteration is a polynomial of the singular values: compared with a decomposition."""
    rng = np.random.default_rng(0)
    p = Parameter(at.from_numpy(rng.standard_normal(shape)))
    optimizer = optim.Muon([p], **options)
    mean, expected = np.zeros(shape), p.array.copy()
    momentum, decay = options.get("momentum", 0.95), options.get("weight_decay", 0.1)
    for _ in range(3):
        g = rng.standard_normal(shape)
        mean += (1 - momentum) * (g - mean)
        ahead = g + momentum * (mean - g) if options.get("nesterov", True) else mean
        u, s, v = np.linalg.svd(ahead, full_matrices=False)
        s = s / np.sqrt((s**2).sum())
        for _ in range(options.get("ns_steps", 5)):
            s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
        factor = np.sqrt(max(1, shape[0] / shape[1]))
        if "adjust_lr_fn" in options:
            factor = 0.2 * np.sqrt(max(shape))
        expected = expected * (1 - 0.1 * decay) - 0.1 * factor * (u * s) @ v
        p.grad = at.from_numpy(g)
        optimizer.step()
    np.testing.assert_allclose(p.array, expected, rtol=1e-10)


@pytest.mark.parametrize("options", MUON)
def test_muon_is_near_pytorchs(torch: Any, options: dict[str, Any]) -> None:
    """PyTorch's iteration has the 8 bits of bfloat16."""
    rng = np.random.default_rng(0)
    start = rng.standard_normal((6, 4)).astype(np.float32)
    p, q = Parameter(at.tensor(start)), torch.nn.Parameter(torch.tensor(start))
    ours, peer = optim.Muon([p], **options), torch.optim.Muon([q], **options)
    for _ in range(3):
        g = rng.standard_normal((6, 4)).astype(np.float32)
        p.grad, q.grad = at.tensor(g), torch.tensor(g)
        ours.step()
        peer.step()
    np.testing.assert_allclose(p.array, q.detach().numpy(), atol=3 * 0.1 * 0.02)
    assert ours.state_dict()["param_groups"] == peer.state_dict()["param_groups"]
    assert list(ours.state_dict()["state"][0]) == list(peer.state_dict()["state"][0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"params": [leaf(2)]}, r"only supports 2D parameters .* size: \(2,\)"),
        ({"momentum": -1}, "Invalid momentum value: -1"),
        ({"adjust_lr_fn": "none"}, "function none is not supported"),
        ({"ns_steps": 100}, "less than 100"),
        ({"ns_coefficients": (1, 2)}, "exactly 3 values"),
    ],
)
def test_muon_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optim.Muon(**{"params": [leaf(2, 2)], **options})


class Halved:
    """Goes half as far as the optimizer it is mixed in with."""

    def descend(self, param: at.Tensor, grad: np.ndarray, group: dict[str, Any]) -> None:
        super().descend(param, grad / 2, group)  # type: ignore[misc]


@pytest.mark.parametrize("mixed_in", [True, False])
@pytest.mark.parametrize("base", [optim.SGD, optim.Adagrad])
def test_a_descend_of_ones_own_is_the_one_that_counts(base: Any, mixed_in: bool) -> None:
    """Also of an optimizer that reads its options once for all parameters."""
    if mixed_in:
        half: Any = type("Half", (Halved, base), {})
    else:

        class Half(base):  # type: ignore[misc]
            def descend(self, param: at.Tensor, grad: np.ndarray, group: dict[str, Any]) -> None:
                super().descend(param, grad / 2, group)

        half = Half
    p, q = (at.ones(3, requires_grad=True) for _ in range(2))
    p.grad, q.grad = at.ones(3), at.ones(3) / 2
    half([p], lr=0.5).step()
    base([q], lr=0.5).step()
    assert p.tolist() == q.tolist() != [1.0] * 3
