"""LeNet with the loops of a first lecture: every formula a loop, one window at a time.

A faithful reference, written for this benchmark: what the framework saves its users from. A layer
keeps what it was given, ``forward`` goes over samples, outputs and pixels, and ``backward`` goes
over the same loops again.
"""

from __future__ import annotations

import platform
from itertools import cycle
from typing import Protocol

import numpy as np

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.libraries.parameters import Arrays, initial, rule
from benchmarks.models import AvgPool, Conv, Flatten, Layer, Linear, Tanh
from benchmarks.workloads import Workload

version = f"Python {platform.python_version()}, NumPy {np.__version__}"


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    network = workload.network()
    parameters = initial(network)
    left = iter(parameters)
    layers = [loop_of(layer, left) for layer in network]
    trained = [layer for layer in layers if isinstance(layer, ConvLoops | LinearLoops)]
    update = rule(workload.optimizer, parameters)
    batches = cycle(data.batches(workload))

    def step() -> np.floating:
        x, labels = next(batches)
        for layer in layers:
            x = layer.forward(x)
        loss, gradient = cross_entropy(x, labels)
        for layer in reversed(layers):
            gradient = layer.backward(gradient)
        update(parameters, [g for layer in trained for g in layer.gradients])
        return loss

    return step


def to_array(result: np.floating) -> np.ndarray:
    return np.asarray(result)


class Loops(Protocol):
    def forward(self, x: np.ndarray) -> np.ndarray: ...
    def backward(self, gradient: np.ndarray) -> np.ndarray: ...


def loop_of(layer: Layer, parameters: object) -> Loops:
    match layer:
        case Conv():
            return ConvLoops(layer, next(parameters), next(parameters))
        case Linear():
            return LinearLoops(next(parameters), next(parameters))
        case Tanh():
            return TanhLoops()
        case AvgPool():
            return AvgPoolLoops(layer.size)
        case Flatten():
            return FlattenLoops()
    raise UnsupportedError(f"no loops are written for {layer}")


class ConvLoops:
    def __init__(self, layer: Conv, weight: np.ndarray, bias: np.ndarray) -> None:
        self.layer, self.weight, self.bias = layer, weight, bias
        self.gradients: Arrays = []

    def forward(self, x: np.ndarray) -> np.ndarray:
        pad, stride, size = self.layer.padding, self.layer.stride, self.layer.kernel
        self.x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        outputs, height, width = self.layer.output_shape(x.shape[1:])
        y = np.empty((len(x), outputs, height, width), np.float32)
        for n in range(len(x)):
            for o in range(outputs):
                for i in range(height):
                    for j in range(width):
                        top, left = i * stride, j * stride
                        window = self.x[n, :, top : top + size, left : left + size]
                        y[n, o, i, j] = np.sum(window * self.weight[o]) + self.bias[o]
        return y

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        pad, stride, size = self.layer.padding, self.layer.stride, self.layer.kernel
        weights, biases = np.zeros_like(self.weight), np.zeros_like(self.bias)
        inputs = np.zeros_like(self.x)
        count, outputs, height, width = gradient.shape
        for n in range(count):
            for o in range(outputs):
                for i in range(height):
                    for j in range(width):
                        g = gradient[n, o, i, j]
                        rows = slice(i * stride, i * stride + size)
                        columns = slice(j * stride, j * stride + size)
                        weights[o] += g * self.x[n, :, rows, columns]
                        biases[o] += g
                        inputs[n, :, rows, columns] += g * self.weight[o]
        self.gradients = [weights, biases]
        return inputs[:, :, pad : inputs.shape[2] - pad, pad : inputs.shape[3] - pad]


class LinearLoops:
    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.weight, self.bias = weight, bias
        self.gradients: Arrays = []

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        y = np.empty((len(x), len(self.weight)), np.float32)
        for n in range(len(x)):
            for o in range(len(self.weight)):
                y[n, o] = np.sum(x[n] * self.weight[o]) + self.bias[o]
        return y

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        weights, biases = np.zeros_like(self.weight), np.zeros_like(self.bias)
        inputs = np.zeros_like(self.x)
        for n in range(len(gradient)):
            for o in range(len(self.weight)):
                g = gradient[n, o]
                weights[o] += g * self.x[n]
                biases[o] += g
                inputs[n] += g * self.weight[o]
        self.gradients = [weights, biases]
        return inputs


class AvgPoolLoops:
    def __init__(self, size: int) -> None:
        self.size = size

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape, size = x.shape, self.size
        count, channels, height, width = x.shape
        y = np.empty((count, channels, height // size, width // size), np.float32)
        for n in range(count):
            for c in range(channels):
                for i in range(height // size):
                    for j in range(width // size):
                        rows = slice(i * size, (i + 1) * size)
                        columns = slice(j * size, (j + 1) * size)
                        y[n, c, i, j] = np.mean(x[n, c, rows, columns])
        return y

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        inputs, size = np.zeros(self.shape, np.float32), self.size
        count, channels, height, width = gradient.shape
        for n in range(count):
            for c in range(channels):
                for i in range(height):
                    for j in range(width):
                        rows = slice(i * size, (i + 1) * size)
                        columns = slice(j * size, (j + 1) * size)
                        inputs[n, c, rows, columns] = gradient[n, c, i, j] / size**2
        return inputs


class TanhLoops:
    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = np.tanh(x)
        return self.y

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        return gradient * (1 - self.y**2)


class FlattenLoops:
    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        return gradient.reshape(self.shape)


def cross_entropy(scores: np.ndarray, labels: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """The mean loss, and its derivative with respect to the scores ``(N, classes)``."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(probabilities[rows, labels]).mean()
    gradient = probabilities.copy()
    gradient[rows, labels] -= 1
    return loss, gradient / np.float32(len(labels))
