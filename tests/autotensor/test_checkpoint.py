"""Checkpoints: the derivatives of the plain call, of any order, with less in memory."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.transforms.checkpoint import checkpoint, checkpoint_sequential


class Exp(at.Function):
    """Saves an argument and an output, which needs its own node at the second order."""

    @staticmethod
    def forward(ctx: Any, x: at.Tensor) -> at.Tensor:
        y = x.exp()
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, g: at.Tensor) -> at.Tensor:
        return g * ctx.saved_tensors[1]


def inputs() -> tuple[at.Tensor, at.Tensor]:
    draw = np.random.default_rng(3)
    x, w = (at.tensor(draw.uniform(-1, 1, shape)) for shape in ((4, 3), (3, 3)))
    return x.requires_grad_(), w.requires_grad_()


X, W = inputs()


def nested(x: at.Tensor) -> at.Tensor:
    inner = checkpoint(lambda h: Exp.apply(h @ W) * h, x.sin())
    return (inner * x).tanh()


def in_place(x: at.Tensor) -> at.Tensor:
    h = (x @ W).clone()
    h.mul_(x)
    h[0] = 2 * h[1]
    return h.sigmoid() * h.relu_()


def several(x: at.Tensor) -> Any:
    first, *rest = (x @ W).exp().split(1, 1)
    return {"first": first, "rest": (rest[0] * rest[1], [x.max(1).values])}


def randomly(x: at.Tensor) -> at.Tensor:
    return (x * at.rand(x.shape, dtype=at.float64)).exp() @ W


def only_inside(x: at.Tensor) -> at.Tensor:
    return (W @ W).exp().sum()


def whose_output_nobody_keeps(x: at.Tensor) -> at.Tensor:
    return Exp.apply(x) * 2


FUNCTIONS = [nested, in_place, several, randomly, only_inside, whose_output_nobody_keeps]


def flat(result: Any) -> list[at.Tensor]:
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        return [leaf for one in result for leaf in flat(one)]
    return [result]


def derivatives(call: Callable[..., Any]) -> list[np.ndarray]:
    """Value, gradient and gradient of the gradient, and what is drawn afterwards."""
    at.manual_seed(5)
    loss = sum((one.sin() * 3).sum() for one in flat(call()))
    drawn = at.rand(3)
    first = at.grad(loss, (X, W), create_graph=True, materialize_grads=True)
    second = [at.zeros(1)] * 2
    steep = sum((one**2).sum() for one in first)
    if steep.requires_grad:
        second = list(at.grad(steep, (X, W), materialize_grads=True))
    return [one.detach().array for one in (loss, drawn, *first, *second, at.rand(2))]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_derivatives_are_those_of_the_plain_call(function: Callable[..., Any]) -> None:
    expected = derivatives(lambda: function(X))
    found = derivatives(lambda: checkpoint(function, X, use_reentrant=False))
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)


def test_keyword_arguments_and_other_things_are_passed_on() -> None:
    def function(x: at.Tensor, power: int, *, scale: float, more: list[at.Tensor]) -> at.Tensor:
        return x**power * scale + more[0]

    more = at.ones(4, 3).requires_grad_()
    checkpoint(function, X, 2, scale=0.5, more=[more]).sum().backward(inputs=[X, more])
    np.testing.assert_allclose(X.grad.array, X.array)
    np.testing.assert_array_equal(more.grad.array, 1)
    X.grad = None


def test_values_are_computed_twice_and_freed() -> None:
    calls = []
    kept = []

    def function(x: at.Tensor) -> at.Tensor:
        calls.append(1)
        middle = x.exp()
        kept.append(weakref.ref(middle.array))
        return middle.sin()

    loss = checkpoint(function, X).sum()
    assert kept[0]() is None
    at.grad(loss, X, retain_graph=True)
    at.grad(loss, X)
    assert len(calls) == 2
    with pytest.raises(RuntimeError, match="already used"):
        at.grad(loss, X)
    assert len(calls) == 2
    assert kept[1]() is None


def test_one_within_another_runs_once_more() -> None:
    calls = []

    def inner(x: at.Tensor) -> at.Tensor:
        calls.append(1)
        return x.exp()

    loss = checkpoint(lambda x: checkpoint(inner, x.sin()).cos(), X).sum()
    at.grad(loss, X)
    assert len(calls) == 3  # forward, again with the outer, again by itself


def test_the_result_may_be_written_in_place() -> None:
    result = checkpoint(at.exp, X)
    result.mul_(3)
    (found,) = at.grad(result.sum(), X)
    np.testing.assert_allclose(found.array, 3 * np.exp(X.array))


def test_without_gradients_it_is_a_plain_call() -> None:
    with at.no_grad():
        assert checkpoint(at.exp, X).grad_fn is None
    plain = checkpoint(lambda x: x + 1, at.ones(2))
    assert not plain.requires_grad


def test_hooks_inside_run_once_on_the_gradient() -> None:
    seen = []

    def function(x: at.Tensor) -> at.Tensor:
        middle = x * 2
        if middle.requires_grad:
            middle.register_hook(lambda g: seen.append(g.clone()))
        return middle.exp()

    x = at.tensor([0.5], requires_grad=True)
    checkpoint(function, x).backward()
    assert [one.item() for one in seen] == [pytest.approx(np.e)]
    assert x.grad.item() == pytest.approx(2 * np.e)


def test_memory_falls() -> None:
    layers = [lambda x: x.sin() for _ in range(16)]
    x = at.ones(100_000).requires_grad_()

    def peak(segments: int) -> float:
        """In Tensors of the size of ``x``."""
        gc.collect()
        tracemalloc.start()
        checkpoint_sequential(layers, segments, x, use_reentrant=False).sum().backward()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        x.grad = None
        return found / x.nbytes

    assert peak(1) > 15
    assert peak(4) < 10


def test_segments_cover_the_chain_in_order() -> None:
    for count in range(1, 8):
        chain = [lambda x, k=k: x * 10 + k for k in range(1, 8)]
        assert checkpoint_sequential(chain, count, at.tensor(0)).item() == 1234567
    with pytest.raises(ValueError, match="between 1 and 7, the number of functions, got 8"):
        checkpoint_sequential(chain, 8, at.tensor(0))


def test_mistakes_are_refused() -> None:
    with pytest.raises(RuntimeError, match="the function has modified an argument"):
        checkpoint(lambda x: x.relu_(), X * 1)

    h = X * 1
    loss = checkpoint(at.exp, h).sum()
    h.mul_(2)
    with pytest.raises(RuntimeError, match="something has since modified an argument"):
        loss.backward()

    chain = [at.exp, at.sin]

    def changing(x: at.Tensor) -> at.Tensor:
        return chain.pop()(x).sum()

    loss = checkpoint(changing, X)
    with pytest.raises(RuntimeError, match=r"first that differs was \('sin', .*, now \('exp', "):
        loss.backward()


def test_a_parameter_written_since_is_noticed() -> None:
    p = at.ones(4, 3).requires_grad_()
    loss = checkpoint(lambda x: x * p, X).sum()
    with at.no_grad():
        p.mul_(2)
    with pytest.raises(RuntimeError, match="modified"):
        loss.backward()


def test_other_arguments_of_pytorch() -> None:
    found = checkpoint(at.exp, X, determinism_check="none", debug=False, early_stop=False)
    np.testing.assert_array_equal(found.detach().numpy(), X.exp().detach().numpy())
    with pytest.raises(ValueError, match="context_fn"):
        checkpoint(at.exp, X, context_fn=lambda: None)
    with pytest.raises(ValueError, match="determinism_check"):
        checkpoint(at.exp, X, determinism_check="strict")


def test_devices_have_no_states_besides_that_of_the_cpu(torch: ModuleType) -> None:
    here, there = at.utils.checkpoint, torch.utils.checkpoint
    assert here.get_device_states(at.ones(2)) == there.get_device_states(torch.ones(2)) == ([], [])
    here.set_device_states([], [])
    with pytest.raises(ValueError, match="no device besides the CPU, got states of \\[0\\]"):
        here.set_device_states([0], [at.get_rng_state()])


def test_pytorchs_other_names() -> None:
    names = at.utils.checkpoint
    x = at.ones(2, requires_grad=True)
    with names.set_checkpoint_early_stop(False), names.set_checkpoint_debug_enabled(True):
        checkpoint(at.exp, x, context_fn=names.noop_context_fn).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), np.e, rtol=1e-6)
    steps = iter([at.exp, at.sin])
    with pytest.raises(names.CheckpointError, match="did something else"):
        checkpoint(lambda x: next(steps)(x), x).sum().backward()
