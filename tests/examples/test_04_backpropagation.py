"""Every layer by hand: gradients equal difference quotients, and the lecture's numbers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autotensor.examples.course import folder


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder() / "04_backpropagation"))
    return importlib.import_module("layers")


RNG = np.random.default_rng(0)
LAYERS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "dense": (lambda m: m.Dense(RNG.normal(size=(4, 3)), RNG.normal(size=3)), (5, 4)),
    "convolution": (
        lambda m: m.Convolution(RNG.normal(size=(2, 3, 3, 3)), RNG.normal(size=2), 2, 1),
        (2, 3, 6, 5),
    ),
    "max pooling": (lambda m: m.MaxPooling(3, 2), (1, 2, 7, 7)),
    "min pooling": (lambda m: m.MinPooling(2, 1), (1, 2, 4, 4)),
    "average pooling": (lambda m: m.AveragePooling(3, 2), (1, 2, 7, 7)),
    "flat": (lambda m: m.Flat(), (2, 3, 2, 2)),
    "relu": (lambda m: m.ReLU(), (3, 4)),
    "sigmoid": (lambda m: m.Sigmoid(), (3, 4)),
    "tanh": (lambda m: m.Tanh(), (3, 4)),
    "softmax": (lambda m: m.Softmax(), (3, 4)),
}


def slopes(function: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """Difference quotients of ``function`` by every number of ``array``."""
    found = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        before = array[place]
        array[place] = before + 1e-6
        above = function()
        array[place] = before - 1e-6
        found[place] = (above - function()) / 2e-6
        array[place] = before
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_the_slope_of_forward(layers: ModuleType, name: str) -> None:
    make, shape = LAYERS[name]
    layer, x = make(layers), RNG.normal(size=shape)
    d = RNG.normal(size=layer.forward(x).shape)

    def error() -> float:
        return float((layer.forward(x) * d).sum())

    error()
    dx = layer.backward(d)
    np.testing.assert_allclose(dx, slopes(error, x), rtol=1e-6, atol=1e-7)
    for weights in ("weights", "biases"):
        if hasattr(layer, weights):
            kept = getattr(layer, f"d{weights}").copy()
            np.testing.assert_allclose(
                kept, slopes(error, getattr(layer, weights)), rtol=1e-6, atol=1e-7
            )


def test_cross_entropy_takes_both_kinds_of_labels(layers: ModuleType) -> None:
    p = np.array([[0.8, 0.1, 0.1], [0.9, 0.05, 0.05], [0.1, 0.15, 0.75], [0.2, 0.7, 0.1]])
    sparse = np.array([0, 0, 2, 1])
    loss = layers.CrossEntropy()
    assert loss.forward(p, sparse) == pytest.approx(0.24322, abs=5e-6)
    gradient = loss.backward()
    assert loss.forward(p, np.eye(3)[sparse]) == pytest.approx(0.24322, abs=5e-6)
    np.testing.assert_array_equal(gradient, loss.backward())
    expected = slopes(lambda: loss.forward(p, sparse), p)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def test_the_shortcut_of_the_lecture(layers: ModuleType) -> None:
    p = np.array([[0.2, 0.7, 0.1], [0.9, 0.05, 0.05], [0.6, 0.1, 0.3], [0.15, 0.05, 0.8]])
    softmax, loss = layers.Softmax(), layers.CrossEntropy()
    value = loss.forward(softmax.forward(np.log(p)), np.array([1, 0, 0, 2]))
    assert value == pytest.approx(0.29900, abs=5e-6)
    expected = [[0.05, -0.075, 0.025], [-0.025, 0.0125, 0.0125], [-0.1, 0.025, 0.075],
                [0.0375, 0.0125, -0.05]]  # fmt: skip
    np.testing.assert_allclose(softmax.backward(loss.backward()), expected, atol=1e-12)


def test_max_pooling_adds_where_windows_overlap(layers: ModuleType) -> None:
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 0], x[0, 0, 2, 2], x[0, 0, 4, 0] = [1, 2, 3, 2, 9], 1, 4
    pool = layers.MaxPooling(3, 2)
    pool.forward(x)
    dx = pool.backward(np.array([[[[1.0, 10], [100, 1000]]]]))[0, 0]
    expected = np.zeros((5, 5))
    expected[0, 2], expected[0, 4], expected[4, 0], expected[2, 2] = 1, 10, 100, 1000
    np.testing.assert_array_equal(dx, expected)
    pool = layers.MaxPooling(2, 1)
    pool.forward(np.array([[[[1.0, 2, 3], [4, 9, 5], [6, 7, 8]]]]))
    assert pool.backward(np.ones((1, 1, 2, 2)))[0, 0, 1, 1] == 4


def test_the_terms_come_from_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder() / "04_backpropagation"))
    letters = importlib.import_module("in_letters")
    import autotensor as at

    x, w = letters.scalars("x", at.arange(4.0).reshape(2, 2)), letters.scalars("w", at.ones(1, 2))
    names = {number: name for name, number in (x | w).items()}
    sums = {f"y{i}1": x[f"x{i}1"] * w["w11"] + x[f"x{i}2"] * w["w12"] for i in (1, 2)}
    expected = "Add(Mul(x21, w11), Mul(x22, w12))"
    assert letters.in_the_graph(sums["y21"].grad_fn, names) == expected
    found = [(place, names[factor]) for place, factor in letters.terms(w["w12"], sums)]
    assert found == [("y11", "x12"), ("y21", "x22")]
