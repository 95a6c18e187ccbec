"""The fast kernels against textbook versions: plain loops that follow the formulas."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autotensor as at
from autotensor.kernels import convolution as convolution_kernels
from autotensor.kernels import pooling as pooling_kernels
from autotensor.machine import threads


@pytest.fixture(autouse=True, scope="module", params=[0, 50])
def _small_work_is_shared_too(request: pytest.FixtureRequest) -> Iterator[None]:
    """Threads and cache-sized pieces as large arrays have them, on arrays that loops can check;
    with a BLAS that packs small matrices, and with one that does not."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in [
            (convolution_kernels, "IN_CACHE", 64),
            (convolution_kernels, "LITTLE", 64),
            (convolution_kernels, "LONG", 1),
            (convolution_kernels, "LINE", 2),
            (convolution_kernels, "FEW", 2),
            (convolution_kernels, "FEW_RESULTS", 1),
            (convolution_kernels, "WIDE", 0),
            (convolution_kernels, "FLAT", 1),
            (convolution_kernels, "UNPACKED_RESULT", 6),
            (convolution_kernels, "UNPACKED", request.param),
            (convolution_kernels, "UNFOLDED", 64),
            (pooling_kernels, "IN_CACHE", 16),
            (pooling_kernels, "LARGE", 3),
            (threads, "HEAVY", 0),
            (threads, "ALONE", 0),
            (threads, "ALONE_BY_VECTOR", 0),
        ]:
            patch.setattr(module, name, value)
        yield


def textbook_convolution(
    x: np.ndarray, w: np.ndarray, stride: int, padding: int, dilation: int, groups: int
) -> np.ndarray:
    """y[n, o, i…] = Σ_{c, k…} x[n, c, i·s + k·d - p …] · w[o, c, k…]."""
    count, _, *sizes = x.shape
    outputs, each, *kernel = w.shape
    shape = [
        (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1
        for n, k in zip(sizes, kernel, strict=True)
    ]
    y = np.zeros((count, outputs, *shape))
    for o, window in itertools.product(range(outputs), np.ndindex(*shape)):
        group = o // (outputs // groups)
        for c, offset in itertools.product(range(each), np.ndindex(*kernel)):
            at_ = [i * stride + k * dilation - padding for i, k in zip(window, offset, strict=True)]
            if all(0 <= one < n for one, n in zip(at_, sizes, strict=True)):
                y[(slice(None), o, *window)] += (
                    x[(slice(None), group * each + c, *at_)] * w[(o, c, *offset)]
                )
    return y


def textbook_pooling(
    x: np.ndarray, kernel: int, stride: int, padding: int, choose: Callable[..., Any]
) -> np.ndarray:
    """``choose`` of what each window sees, padding left out."""
    count, channels, *sizes = x.shape
    shape = [(n + 2 * padding - kernel) // stride + 1 for n in sizes]
    y = np.zeros((count, channels, *shape))
    for n, c, window in itertools.product(range(count), range(channels), np.ndindex(*shape)):
        seen = []
        for offset in np.ndindex(*(kernel,) * len(sizes)):
            place = [i * stride + k - padding for i, k in zip(window, offset, strict=True)]
            if all(0 <= one < size for one, size in zip(place, sizes, strict=True)):
                seen.append(x[(n, c, *place)])
        y[(n, c, *window)] = choose(seen)
    return y


def batch_innermost(x: np.ndarray) -> np.ndarray:
    """``x`` in the memory order ``(S_1, C, S_2, …, N)`` that convolutions leave."""
    order = (2, 1, *range(3, x.ndim), 0)
    return np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))


@st.composite
def convolutions(draw: st.DrawFn) -> dict[str, Any]:
    ndim = draw(st.integers(1, 3))
    groups = draw(st.integers(1, 2))
    setting = {
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.integers(0, 3)),
        "dilation": draw(st.integers(1, 2)),
        "groups": groups,
    }
    kernel = draw(st.lists(st.integers(1, 3), min_size=ndim, max_size=ndim))
    least = [max(setting["dilation"] * (k - 1) + 1 - 2 * setting["padding"], 1) for k in kernel]
    sizes = [draw(st.integers(one, one + 4)) for one in least]
    each = draw(st.sampled_from([1, 2, 17]))  # few and many channels go different ways
    count = draw(st.integers(1, 3))
    outputs = groups * draw(st.sampled_from([1, 2, 5]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = random.standard_normal((count, each * groups, *sizes))
    if draw(st.booleans()):
        x = batch_innermost(x)
    return {
        "x": x,
        "w": random.standard_normal((outputs, each, *kernel)),
        "b": random.standard_normal(outputs) if draw(st.booleans()) else None,
        "setting": setting,
    }


@given(convolutions(), st.integers(1, 6))
def test_convolution(case: dict[str, Any], count: int) -> None:
    before = at.get_num_threads()
    at.set_num_threads(count)
    try:
        x = at.from_numpy(case["x"]).requires_grad_()
        w = at.from_numpy(case["w"]).requires_grad_()
        convolve = getattr(at, f"conv{x.ndim - 2}d")
        bias = None if case["b"] is None else at.from_numpy(case["b"])
        y = convolve(x, w, bias, **case["setting"])
        expected = textbook_convolution(case["x"], case["w"], **case["setting"])
        if case["b"] is not None:
            expected += case["b"].reshape(-1, *(1,) * (x.ndim - 2))
        np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-12)
        # A bilinear map is known by its values, and so are its gradients: <g, C(x, w)> is both
        # <dx, x> and <dw, w>, for every x and w.
        g = at.from_numpy(np.random.default_rng(1).standard_normal(expected.shape))
        dx, dw = at.grad(y, (x, w), g)
        other = np.random.default_rng(2).standard_normal(case["x"].shape)
        moved = textbook_convolution(other, case["w"], **case["setting"])
        np.testing.assert_allclose((dx.numpy() * other).sum(), (g.numpy() * moved).sum(), atol=1e-9)
        other = np.random.default_rng(3).standard_normal(case["w"].shape)
        moved = textbook_convolution(case["x"], other, **case["setting"])
        np.testing.assert_allclose((dw.numpy() * other).sum(), (g.numpy() * moved).sum(), atol=1e-9)
    finally:
        at.set_num_threads(before)


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 1, 2, 3), (4, 2, 3, 3), (2, 2, 2, 1, 2)])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [(1, 0, 1, 1), (1, 1, 1, 1), (1, 0, 2, 1), (1, 1, 1, 2), (2, 1, 1, 1)],
)
@pytest.mark.parametrize("sizes", [3, 5])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_an_infinite_weight_reaches_only_what_it_is_multiplied_with(
    shape: Any, stride: int, padding: int, dilation: int, groups: int, sizes: int, value: float
) -> None:
    random = np.random.default_rng(5)
    outputs, each, *kernel = shape
    w = random.standard_normal(shape)
    w[(0, *(0,) * (len(shape) - 1))] = value
    g = random.standard_normal((3, outputs, *(sizes,) * len(kernel)))
    want = np.zeros(
        (
            3, each * groups,
            *((sizes - 1) * stride + dilation * (k - 1) + 1 for k in kernel),
        )
    )  # fmt: skip
    for o, window in itertools.product(range(outputs), np.ndindex(*g.shape[2:])):
        first = o // (outputs // groups) * each
        for c, offset in itertools.product(range(each), np.ndindex(*kernel)):
            spot = [i * stride + k * dilation for i, k in zip(window, offset, strict=True)]
            want[(slice(None), first + c, *spot)] += g[(slice(None), o, *window)] * w[o, c][offset]
    want = want[(..., *(slice(padding, n - padding) for n in want.shape[2:]))]
    transpose = getattr(at, f"conv_transpose{len(kernel)}d")
    found = transpose(
        at.from_numpy(g), at.from_numpy(w), None, stride, padding, 0, groups, dilation
    )
    np.testing.assert_allclose(found.numpy(), want, atol=1e-12)
    x = at.zeros(want.shape, dtype=at.float64, requires_grad=True)
    convolve = getattr(at, f"conv{len(kernel)}d")
    y = convolve(x, at.from_numpy(w), None, stride, padding, dilation, groups)
    for create_graph in (False, True):
        (dx,) = at.grad(y, x, at.from_numpy(g), create_graph=create_graph, retain_graph=True)
        np.testing.assert_allclose(dx.detach().numpy(), want, atol=1e-12)


@pytest.mark.parametrize("kernel", [(1, 1), (3, 1), (1, 3), (2, 1, 1)])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("unfolded", [1, 1 << 20])
@pytest.mark.parametrize("groups", [1, 2])
def test_convolution_of_single_positions(
    kernel: tuple[int, ...],
    padding: int,
    count: int,
    unfolded: int,
    groups: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(convolution_kernels, "UNFOLDED", unfolded)
    before = at.get_num_threads()
    at.set_num_threads(count)
    try:
        random = np.random.default_rng(0)
        x = random.standard_normal((3, 4, *(6, 5, 7)[: len(kernel)]))
        w = random.standard_normal((6, 4 // groups, *kernel))
        convolve = getattr(at, f"conv{len(kernel)}d")
        y = convolve(*map(at.from_numpy, (x, w)), padding=padding, groups=groups)
        expected = textbook_convolution(x, w, 1, padding, 1, groups)
        np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)
    finally:
        at.set_num_threads(before)


@given(
    ndim=st.integers(1, 3),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    size=st.integers(3, 6),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_pooling(
    ndim: int, kernel: int, stride: int, size: int, seed: int, data: st.DataObject
) -> None:
    padding = data.draw(st.integers(0, kernel // 2))
    count = data.draw(st.sampled_from([1, 2, 3, 9]))  # images; few side by side are copied as one
    x = np.random.default_rng(seed).standard_normal((count, 3, *(size,) * ndim))
    if turned := data.draw(st.booleans()):
        x = batch_innermost(x)
    for name, choose in {
        "max": max,
        "min": min,
        "avg": lambda seen: sum(seen) / kernel**ndim,
    }.items():
        pool = getattr(at, f"{name}_pool{ndim}d")
        leaf = at.from_numpy(x).requires_grad_()
        y = pool(leaf, kernel, stride, padding)
        expected = textbook_pooling(x, kernel, stride, padding, choose)
        np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-12)
        # A step too small to change which position is the largest.
        g = np.random.default_rng(1).standard_normal(expected.shape)
        step = np.random.default_rng(2).standard_normal(x.shape)
        (dx,) = at.grad(y, leaf, at.from_numpy(batch_innermost(g) if turned else g))
        moved = textbook_pooling(x + 1e-7 * step, kernel, stride, padding, choose)
        slope = (g * (moved - expected)).sum() / 1e-7
        np.testing.assert_allclose((dx.numpy() * step).sum(), slope, atol=1e-6)


@given(st.sampled_from(["tanh", "relu", "sigmoid"]), st.integers(0, 2**32), st.booleans())
def test_elementwise_in_pieces(name: str, seed: int, turned: bool) -> None:
    """Arrays of several pieces, in any memory order, equal their elements taken one by one."""
    plain = {
        "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "relu": (lambda x: np.where(x > 0, x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
        "sigmoid": (
            lambda x: 1 / (1 + np.exp(-x)),
            lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        ),
    }
    value, slope = plain[name]
    array = np.random.default_rng(seed).standard_normal((3, 150, 301))
    x = at.from_numpy(array.transpose(2, 0, 1) if turned else array).requires_grad_()
    y = getattr(at, name)(x)
    np.testing.assert_allclose(y.detach().numpy(), value(x.detach().numpy()), atol=1e-12)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), slope(x.detach().numpy()), atol=1e-12)
