"""HIPS autograd: the loss is a function of the parameters, written with ``autograd.numpy``.

Its convolution has no stride. The one convolution with a stride here makes a single output from
each image, for which the stride has no meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version as version_of
from itertools import cycle
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad, value_and_grad
from autograd.scipy.signal import convolve

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.libraries.parameters import Arrays, initial, rule
from benchmarks.models import (
    AvgPool,
    Conv,
    Dropout,
    Flatten,
    Linear,
    MaxPool,
    Network,
    Relu,
    Shape,
    Tanh,
    shapes,
)
from benchmarks.workloads import Workload

version = version_of("autograd")

Array = Any


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    # Its threads are those of NumPy's BLAS, which the environment sets.
    match workload.kind:
        case "train":
            return training(workload, data)
        case "infer":
            return inference(workload, data)
        case "load":
            raise UnsupportedError("has no data loader")
        case _:
            return recording(workload)


def to_array(result: Array) -> np.ndarray:
    return np.asarray(result)


def forward_of(network: Network, shape: Shape) -> Callable[[Arrays, Array], Array]:
    for layer, _, output in shapes(network, shape):
        if isinstance(layer, Conv) and layer.stride > 1 and output[1:] != (1, 1):
            raise UnsupportedError("its convolution has no stride")
    rng = np.random.default_rng(0)

    def forward(parameters: Arrays, x: Array) -> Array:
        left = iter(parameters)
        for layer in network:
            match layer:
                case Conv():
                    pad = (layer.padding, layer.padding)
                    if layer.padding:
                        x = anp.pad(x, ((0, 0), (0, 0), pad, pad), "constant")
                    x = convolve(
                        x, next(left), axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid"
                    )
                    x = x + next(left).reshape(1, -1, 1, 1)
                case Linear():
                    x = x @ next(left).T + next(left)
                case Tanh():
                    x = anp.tanh(x)
                case Relu():
                    x = anp.maximum(x, 0)
                case Dropout():
                    kept = 1 - layer.share
                    x = x * ((rng.random(x.shape, np.float32) < kept) / np.float32(kept))
                case AvgPool():
                    x = anp.mean(windows(x, layer.size), axis=(3, 5))
                case MaxPool():
                    x = anp.max(windows(x, layer.size), axis=(3, 5))
                case Flatten():
                    x = x.reshape(len(x), -1)
        return x

    return forward


def windows(x: Array, size: int) -> Array:
    # (N, C, H, W) -> (N, C, H/size, size, W/size, size)
    n, channels, height, width = x.shape
    return x.reshape(n, channels, height // size, size, width // size, size)


def training(workload: Workload, data: Data) -> Step:
    network = workload.network()
    forward = forward_of(network, workload.sample_shape())
    parameters = initial(network)
    update = rule(workload.optimizer, parameters)
    batches = cycle(data.batches(workload))

    def loss_of(parameters: Arrays, x: Array, labels: np.ndarray) -> Array:
        scores = forward(parameters, x)
        scores = scores - anp.max(scores, axis=1, keepdims=True)
        logarithms = scores - anp.log(anp.sum(anp.exp(scores), axis=1, keepdims=True))
        return -anp.mean(logarithms[np.arange(len(labels)), labels])

    with_gradients = value_and_grad(loss_of)

    def step() -> Array:
        loss, gradients = with_gradients(parameters, *next(batches))
        update(parameters, gradients)
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    network = tuple(layer for layer in workload.network() if not isinstance(layer, Dropout))
    forward = forward_of(network, workload.sample_shape())
    parameters = initial(network)
    batches = cycle([x for x, _ in data.batches(workload)])
    return lambda: forward(parameters, next(batches))


def recording(workload: Workload) -> Step:
    if workload.operator != "chain":
        raise UnsupportedError("records only inside of grad()")
    x = np.array([1.0, -1.0], np.float32)
    y = np.array([1.0, 1.0], np.float32)

    def chained(x: Array, y: Array) -> Array:
        z = x
        for _ in range(workload.depth):
            z = z * y
        return anp.sum(z)

    gradients = grad(chained, argnum=(0, 1))
    return lambda: gradients(x, y)[0]
