"""Where engines of this kind go wrong first."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

import autotensor as at


def leaf(values: object, dtype: object = at.float64) -> at.Tensor:
    return at.tensor(values, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize(
    ("function", "derivative"),
    [
        (lambda x: x - x, lambda x: 0 * x),
        (lambda x: x / x, lambda x: 0 * x),
        (lambda x: x + x, lambda x: 2 + 0 * x),
        (lambda x: x * x, lambda x: 2 * x),
        (lambda x: x**x, lambda x: x**x * (np.log(x) + 1)),
        (lambda x: at.maximum(x, x), lambda x: 1 + 0 * x),
        (lambda x: at.where(x > 1, x, x), lambda x: 1 + 0 * x),
    ],
    ids=["x - x", "x / x", "x + x", "x * x", "x ** x", "max(x, x)", "where(x, x)"],
)
def test_one_tensor_as_both_arguments(function: Callable, derivative: Callable) -> None:
    values = np.array([0.5, 1.5, 3.0])
    x = leaf(values)
    function(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), derivative(values), rtol=1e-12, atol=1e-12)


def test_a_tensor_on_two_paths() -> None:
    x = leaf([2.0, 3.0])
    y = x * x
    (y.exp() * 0 + y + y * x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [2 * 2 + 3 * 4, 2 * 3 + 3 * 9])


def test_paths_of_different_length_meet() -> None:
    # The short path must wait for the long one, whatever was recorded first.
    x = leaf(1.5)
    short = x * 2
    long = x
    for _ in range(10):
        long = long * 1.1
    ((long * short) + short).backward()
    assert x.grad.item() == pytest.approx(2 * 2 * 1.1**10 * 1.5 + 2)


@pytest.mark.parametrize(
    "shapes", [((5, 2, 3), (1, 3)), ((1, 3), (5, 2, 3)), ((), (2, 2)), ((2, 1), (3, 1, 4))]
)
def test_broadcasting_across_ranks(shapes: tuple) -> None:
    a, b = (leaf(np.random.default_rng(seed).random(shape)) for seed, shape in enumerate(shapes))
    weight = np.random.default_rng(2).random(np.broadcast_shapes(*shapes))
    (a * b * at.tensor(weight)).sum().backward()
    for one, other in ((a, b), (b, a)):
        full = weight * other.detach().numpy()
        extra = tuple(range(full.ndim - one.ndim))
        expected = full.sum(axis=extra)
        stretched = tuple(k for k, n in enumerate(one.shape) if n == 1 and expected.shape[k] != 1)
        np.testing.assert_allclose(one.grad.numpy(), expected.sum(axis=stretched, keepdims=True))
        assert one.grad.shape == one.shape


def test_two_backward_calls_add_up() -> None:
    x = leaf([1.0, 2.0])
    for times in (1, 2, 3):
        (x * x).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), times * 2 * np.array([1.0, 2.0]))


def test_two_backward_calls_add_up_in_0_d() -> None:
    x = leaf(3.0)
    for times in (1, 2, 3):
        (x * x).backward()
        assert x.grad.item() == 6 * times
        assert isinstance(x.grad.array, np.ndarray)


def test_gradients_do_not_share_memory() -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (a + b).backward(seed := at.ones(2, dtype=at.float64))
    a.grad.zero_()
    np.testing.assert_array_equal(b.grad.numpy(), [1, 1])
    np.testing.assert_array_equal(seed.numpy(), [1, 1])
    b.grad.zero_()
    np.testing.assert_array_equal(seed.numpy(), [1, 1])


def test_a_saved_value_changed_before_backward_is_refused() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    product = x * w
    with at.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match=r"MulBackward0.*in-place operation has modified it"):
        product.sum().backward()


def test_an_unsaved_value_may_change() -> None:
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    total = x + w
    with at.no_grad():
        w.add_(1)
    total.sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), [1, 1])


@pytest.mark.parametrize("zeros", [(), (0,), (0, 2)])
def test_prod_with_zeros(zeros: tuple[int, ...]) -> None:
    values = np.array([2.0, 3.0, 4.0])
    values[list(zeros)] = 0
    x = leaf(values)
    x.prod().backward()
    expected = [np.prod(np.delete(values, k)) for k in range(3)]
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_ties_in_max() -> None:
    x = leaf([1.0, 3.0, 3.0])
    x.max().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0.5, 0.5])
    y = leaf([[3.0, 3.0]])
    y.max(1).values.sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), [[1, 0]])
    a, b = leaf([2.0]), leaf([2.0])
    at.maximum(a, b).sum().backward()
    assert a.grad.item() == b.grad.item() == 0.5


def test_float32_stays_float32() -> None:
    x = at.ones(3, requires_grad=True)
    y = (x * 2.5 + 1) / 3 - 0.1
    y = (y**2 + y**0.5).exp().mean() + y.var() + y.softmax(0).max()
    assert y.dtype == at.float32
    y.backward()
    assert x.grad.dtype == at.float32


def test_a_chain_of_a_million() -> None:
    start = time.perf_counter()
    x = at.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    y.backward()
    assert x.grad.item() == 1
    del y
    assert time.perf_counter() - start < 60


def count_of(kind: type) -> int:
    return sum(type(one) is kind for one in gc.get_objects())


def test_memory_does_not_grow_without_the_collector() -> None:
    w = at.randn(20, 20, requires_grad=True)
    x = at.randn(10, 20)

    def step() -> None:
        h = (x @ w).tanh() * 1.5
        view = h[2:5]
        view.mul_(2.0)
        parts = h.split(5, 1)
        loss = at.cat(parts, 1).softmax(1).max(1).values.sum() + h.std() + h.prod()
        loss.backward()
        with at.no_grad():
            w.sub_(w.grad * 1e-3)
        w.grad = None

    gc.collect()
    gc.disable()
    try:
        tracemalloc.start()
        for _ in range(700):  # until Python's own lists of spare objects are full
            step()
        tensors, before = count_of(at.Tensor), tracemalloc.get_traced_memory()[0]
        for _ in range(300):
            step()
        growth = tracemalloc.get_traced_memory()[0] - before
        assert count_of(at.Tensor) == tensors
        assert growth < 60_000
    finally:
        tracemalloc.stop()
        gc.enable()


def test_memory_does_not_grow_over_ten_thousand_steps() -> None:
    x = at.ones(2, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            (x * x).sum().backward()
        before = len(gc.get_objects())
        for _ in range(10_000):
            (x * x).sum().backward()
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


def train(seed: int, steps: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    w = at.tensor(rng.standard_normal((6, 6)), requires_grad=True)
    x = at.tensor(rng.standard_normal((8, 6)))
    for _ in range(steps):
        loss = ((x @ w).tanh() - 0.3).square().mean()
        loss.backward()
        with at.no_grad():
            w -= 0.1 * w.grad
            assert not at.is_grad_enabled()
        assert at.is_grad_enabled()
        w.grad = None
    return w.detach().numpy()


def test_two_threads_train_as_if_alone() -> None:
    alone = [train(0), train(1)]
    together: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda s=seed: together.__setitem__(s, train(s))) for seed in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (0, 1):
        np.testing.assert_array_equal(together[seed], alone[seed])


def test_two_threads_on_one_leaf() -> None:
    w = leaf(np.ones(1000))

    def work() -> None:
        for _ in range(200):
            (w * 2.0).sum().sin()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad is None


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a.T,
        lambda a: a[:, ::2],
        lambda a: a[::-1],
        lambda a: np.broadcast_to(a[:1], a.shape),
        lambda a: a[:0],
        lambda a: a[0, 0],
    ],
    ids=["transposed", "gaps", "backwards", "stretched", "empty", "0-d"],
)
def test_memory_of_any_kind(make: Callable) -> None:
    array = np.asarray(make(np.arange(12.0).reshape(3, 4) + 1))
    x = at.from_numpy(array).requires_grad_()
    (x * x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 4 * array)
    assert x.grad.shape == array.shape
