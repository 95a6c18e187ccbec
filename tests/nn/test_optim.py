"""Optimizers: step by step against PyTorch, in every layout of memory, and their bookkeeping."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter, threads
from nn import optim
from nn.optim import blocks

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
CASES = [
    *(("SGD", options) for options in SGD),
    *((name, options) for name in ("Adam", "AdamW") for options in ADAM),
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
    monkeypatch.setattr(blocks, "BLOCK", 7)  # so that small arrays are cut up as well
    monkeypatch.setattr(threads, "BLOCK", 7)
    monkeypatch.setattr(blocks, "_buffers", blocks._Buffers())
    rng = np.random.default_rng(1)
    shapes: list[tuple[int, ...]] = [(3, 2), (), (5, 11), (0,)]
    arrays = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
    arrays.append(np.asfortranarray(rng.standard_normal((4, 9)).astype(dtype)))
    arrays.append(rng.standard_normal((6, 8)).astype(dtype)[::2, ::-3])
    arrays.append(rng.standard_normal((3, 1, 5, 2)).astype(dtype).transpose(2, 0, 3, 1))
    arrays.append(rng.standard_normal((1, 40)).astype(dtype)[:, ::2])
    assert_same_steps(torch, name, options, arrays)


def test_large_parameters_are_cut_up_without_a_remainder(torch: Any) -> None:
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal((3, blocks.BLOCK + 5)), rng.standard_normal(2 * blocks.BLOCK)]
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
    optimizer = getattr(optim, name)([p], **{"lr": 0.1, **options, "weight_decay": 0})
    sign = -1 if options.get("maximize") else 1
    for _ in range(300):
        optimizer.zero_grad()
        (sign * (p * p).sum()).backward()
        optimizer.step()
    assert np.abs(p.array).max() < 0.2


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


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: optim.SGD([]), ValueError, "empty parameter list"),
        (lambda: optim.SGD(leaf(1)), TypeError, "iterable of Tensors or dicts, but got Parameter"),
        (lambda: optim.SGD(3), TypeError, "but got int"),
        (lambda: optim.SGD([3]), TypeError, "one of the params is int"),
        (lambda: optim.SGD([("w", leaf(1))]), TypeError, "one of the params is tuple"),
        (lambda: optim.SGD([leaf(1) * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: optim.SGD([SHARED, SHARED]), ValueError, "twice in one"),
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
        (lambda: optim.Optimizer([leaf(1)], {}).step(), NotImplementedError, "must define update"),
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


def test_state_dict_has_pytorchs_form(torch: Any) -> None:
    arrays = [np.ones((2, 2), np.float32), np.ones(3, np.float32)]
    added = {"differentiable", "foreach", "fused", "capturable", "decoupled_weight_decay"}
    for name, options in (("SGD", {"momentum": 0.5}), ("Adam", {"amsgrad": True}), ("AdamW", {})):
        ours, peer = assert_same_steps(torch, name, options, [a.copy() for a in arrays], steps=2)
        found, expected = ours.state_dict(), peer.state_dict()
        assert found["param_groups"] == [
            {key: value for key, value in group.items() if key not in added}
            for group in expected["param_groups"]
        ]
        assert list(found["state"]) == list(expected["state"]) == [0, 1]
        for number in (0, 1):
            assert set(found["state"][number]) == set(expected["state"][number])
            for key, value in expected["state"][number].items():
                mine = found["state"][number][key]
                mine = mine.array if isinstance(mine, at.Tensor) else mine
                np.testing.assert_allclose(mine, value.numpy(), rtol=1e-6)


def test_loading_pytorchs_state(torch: Any) -> None:
    """A counter that PyTorch keeps in a tensor goes on counting."""
    _, peer = assert_same_steps(torch, "Adam", {}, [np.ones((2, 2))], steps=2)
    state = peer.state_dict()
    state["state"][0] = {key: at.tensor(value.numpy()) for key, value in state["state"][0].items()}
    p = Parameter(at.ones(2, 2))
    optimizer = optim.Adam([p])
    optimizer.load_state_dict(state)
    p.grad = at.ones(2, 2)
    optimizer.step()
    assert optimizer.state[p]["step"] == 3
    assert optimizer.state[p]["exp_avg"].dtype == at.float32


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
    assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.5\n")
    assert "\nParameter Group 1\n" in text
    assert text.endswith("    weight_decay: 0\n)")
