"""tinygrad on the CPU: the whole training step is one function under ``TinyJit``.

Its device for the CPU compiles the kernels with clang, which must be on the path, or with LLVM.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version as version_of
from itertools import cycle

os.environ.setdefault("DEV", "CPU")

import numpy as np
from tinygrad import Context, Device, Tensor, TinyJit, nn

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
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

version = version_of("tinygrad")


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    match workload.kind:
        case "train":
            return training(workload, data)
        case "infer":
            return inference(workload, data)
        case "load":
            raise UnsupportedError("has no data loader")
        case _:
            raise UnsupportedError("an operator only notes what to compute later")


def to_array(result: Tensor) -> np.ndarray:
    return result.numpy()


def layer_of(layer: Layer) -> Callable[[Tensor], Tensor]:
    match layer:
        case Conv():
            return nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.padding)
        case Linear():
            return nn.Linear(layer.inputs, layer.outputs)
        case Tanh():
            return Tensor.tanh
        case Relu():
            return Tensor.relu
        case Dropout():
            return lambda x: x.dropout(layer.share)
        case AvgPool():
            return lambda x: x.avg_pool2d((layer.size, layer.size))
        case MaxPool():
            return lambda x: x.max_pool2d((layer.size, layer.size))
        case Flatten():
            return lambda x: x.flatten(1)


class Model:
    def __init__(self, network: Network) -> None:
        Tensor.manual_seed(0)
        self.layers = [layer_of(layer) for layer in network]

    def __call__(self, x: Tensor) -> Tensor:
        return x.sequential(self.layers)


def optimizer_of(workload: Workload, model: Model) -> nn.optim.Optimizer:
    parameters = nn.state.get_parameters(model)
    match workload.optimizer:
        case "nesterov":
            return nn.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=True)
        case "adam":
            return nn.optim.Adam(parameters, lr=0.001)
        case _:
            return nn.optim.SGD(parameters, lr=0.5)


def training(workload: Workload, data: Data) -> Step:
    model = Model(workload.network())
    optimizer = optimizer_of(workload, model)
    batches = cycle(
        [(Tensor(x).realize(), Tensor(labels).realize()) for x, labels in data.batches(workload)]
    )

    @TinyJit
    @Context(TRAINING=1)
    def train(x: Tensor, labels: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = model(x).sparse_categorical_crossentropy(labels).backward()
        return loss.realize(*optimizer.schedule_step())

    def step() -> Tensor:
        loss = train(*next(batches))
        Device[Device.DEFAULT].synchronize()
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    model = Model(workload.network())
    batches = cycle([Tensor(x).realize() for x, _ in data.batches(workload)])
    run = TinyJit(lambda x: model(x).realize())

    def step() -> Tensor:
        scores = run(next(batches))
        Device[Device.DEFAULT].synchronize()
        return scores

    return step
