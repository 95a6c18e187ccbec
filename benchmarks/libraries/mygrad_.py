"""MyGrad: operators on tensors, with layers and optimizers written by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import mygrad as mg
import numpy as np
from mygrad.nnet import conv_nd, max_pool, relu, softmax_crossentropy

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.libraries.parameters import initial, rule
from benchmarks.models import (
    AvgPool,
    Conv,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool,
    Network,
    Relu,
    Tanh,
)
from benchmarks.workloads import Workload

version = mg.__version__


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


def to_array(result: mg.Tensor) -> np.ndarray:
    return np.asarray(result)


def layer_of(layer: Layer, weights: list[mg.Tensor]) -> Callable[[mg.Tensor], mg.Tensor]:
    match layer:
        case Conv():
            weight, bias = weights
            return lambda x: (
                conv_nd(x, weight, stride=layer.stride, padding=layer.padding)
                + bias.reshape(1, -1, 1, 1)
            )
        case Linear():
            weight, bias = weights
            return lambda x: x @ weight.T + bias
        case Tanh():
            return mg.tanh
        case Relu():
            return relu
        case Dropout():
            rng = np.random.default_rng(0)
            kept = 1 - layer.share

            def drop(x: mg.Tensor) -> mg.Tensor:
                return x * ((rng.random(x.shape, np.float32) < kept) / np.float32(kept))

            return drop
        case AvgPool():

            def average(x: mg.Tensor) -> mg.Tensor:
                n, channels, height, width = x.shape
                size = layer.size
                windows = (n, channels, height // size, size, width // size, size)
                return x.reshape(*windows).mean(axis=(3, 5))

            # Windows that do not fill the image would need a cut first; no network here has them.
            return average
        case MaxPool():
            return lambda x: max_pool(x, (layer.size, layer.size), layer.size)
        case Flatten():
            return lambda x: x.reshape(len(x), -1)


def model_of(network: Network, parameters: list[mg.Tensor]) -> Callable[[mg.Tensor], mg.Tensor]:
    left = iter(parameters)
    functions = [
        layer_of(layer, [next(left), next(left)] if isinstance(layer, Conv | Linear) else [])
        for layer in network
    ]

    def forward(x: mg.Tensor) -> mg.Tensor:
        for function in functions:
            x = function(x)
        return x

    return forward


def training(workload: Workload, data: Data) -> Step:
    network = workload.network()
    parameters = [mg.tensor(array) for array in initial(network)]
    model = model_of(network, parameters)
    update = rule(workload.optimizer, [p.data for p in parameters])
    batches = cycle(data.batches(workload))

    def step() -> mg.Tensor:
        x, labels = next(batches)
        loss = softmax_crossentropy(model(x), labels)
        loss.backward()  # gradients of the last step are gone: using a tensor anew clears them
        update([p.data for p in parameters], [p.grad for p in parameters])
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    network = tuple(layer for layer in workload.network() if not isinstance(layer, Dropout))
    model = model_of(network, [mg.tensor(array) for array in initial(network)])
    batches = cycle([x for x, _ in data.batches(workload)])

    def step() -> mg.Tensor:
        with mg.no_autodiff:
            return model(next(batches))

    return step


def recording(workload: Workload) -> Step:
    x = mg.tensor([1.0, -1.0], dtype=np.float32)
    y = mg.tensor([1.0, 1.0], dtype=np.float32)
    times = range(workload.repeats)

    def multiply() -> mg.Tensor:
        for _ in times:
            z = x * y
        return z

    def add() -> mg.Tensor:
        for _ in times:
            z = x + y
        return z

    def chain() -> np.ndarray:
        z = x
        for _ in range(workload.depth):
            z = z * y
        z.sum().backward()
        return x.grad

    return {"mul": multiply, "add": add, "chain": chain}[workload.operator]
