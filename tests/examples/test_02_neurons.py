"""From one neuron to a layer: gradients by hand, by the engine and by plain loops."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
from autotensor.examples.course import folder


@pytest.fixture(scope="module")
def dense() -> ModuleType:
    spec = importlib.util.spec_from_file_location("course_dense", folder() / "02_neurons/dense.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_dense_layer_by_hand_is_what_loops_say(dense: ModuleType) -> None:
    rng = np.random.default_rng(1)
    layer = dense.DenseLayer(4, 3, rng)
    layer.biases += rng.normal(size=(1, 3))
    inputs, dvalues = rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
    outputs, dinputs = layer.forward(inputs), layer.backward(dvalues)
    weights, biases = np.zeros((4, 3)), np.zeros(3)
    for n, j in np.ndindex(5, 3):
        summed = sum(inputs[n, i] * layer.weights[i, j] for i in range(4)) + layer.biases[0, j]
        assert abs(outputs[n, j] - summed) < 1e-12
        biases[j] += dvalues[n, j]
        for i in range(4):
            weights[i, j] += inputs[n, i] * dvalues[n, j]
    np.testing.assert_allclose(layer.dweights, weights, rtol=1e-10)
    np.testing.assert_allclose(layer.dbiases[0], biases, rtol=1e-10)
    for n, i in np.ndindex(5, 4):
        assert abs(dinputs[n, i] - sum(dvalues[n] * layer.weights[i])) < 1e-12


def test_relu_by_hand_is_the_engine_s(dense: ModuleType) -> None:
    inputs = np.array([[-1.0, 0.0, 2.0], [3.0, -0.5, 0.0]])
    relu, x = dense.ReLU(), at.tensor(inputs, requires_grad=True)
    np.testing.assert_array_equal(relu.forward(inputs), [[0, 0, 2], [3, 0, 0]])
    out = at.relu(x)
    out.backward(at.full((2, 3), 5.0, dtype=at.float64))
    assert x.grad is not None
    np.testing.assert_array_equal(relu.backward(np.full((2, 3), 5.0)), x.grad.numpy())


def test_softmax_does_not_overflow(dense: ModuleType) -> None:
    shares = dense.softmax(np.array([[0.0, 0.0], [800.0, 0.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(shares, [[0.5, 0.5], [1, 0], [0.25, 0.75]], rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_second_sample_is_one_half_whatever_the_weights(dense: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, relu, second = dense.DenseLayer(4, 3, rng), dense.ReLU(), dense.DenseLayer(3, 2, rng)
    inputs = np.array([[1.0, 3, 4, 5], [-2, -5, -6, 0]])
    shares = dense.softmax(second.forward(relu.forward(first.forward(inputs))))
    np.testing.assert_array_equal(shares[1], [0.5, 0.5])
