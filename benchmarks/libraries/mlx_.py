"""MLX on the CPU: the whole training step is one function under ``mx.compile``.

Images are ``(N, H, W, C)``, the only order that it has. Its threads on a CPU are those of the BLAS
that its wheel brings.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version as version_of
from itertools import cycle

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx import optimizers as optim

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
    Relu,
    Tanh,
)
from benchmarks.workloads import Workload

version = version_of("mlx")
mx.set_default_device(mx.cpu)


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


def to_array(result: mx.array) -> np.ndarray:
    return np.array(result)


class Flat(nn.Module):
    def __call__(self, x: mx.array) -> mx.array:
        return x.reshape(len(x), -1)


def layer_of(layer: Layer) -> nn.Module:
    match layer:
        case Conv():
            return nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.padding)
        case Linear():
            return nn.Linear(layer.inputs, layer.outputs)
        case Tanh():
            return nn.Tanh()
        case Relu():
            return nn.ReLU()
        case Dropout():
            return nn.Dropout(layer.share)
        case AvgPool():
            return nn.AvgPool2d(layer.size, layer.size)
        case MaxPool():
            return nn.MaxPool2d(layer.size, layer.size)
        case Flatten():
            return Flat()


def model_of(workload: Workload) -> nn.Module:
    mx.random.seed(0)
    return nn.Sequential(*map(layer_of, workload.network()))


def optimizer_of(workload: Workload) -> optim.Optimizer:
    match workload.optimizer:
        case "nesterov":
            return optim.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
        case "adam":
            return optim.Adam(learning_rate=0.001, bias_correction=True)
        case _:
            return optim.SGD(learning_rate=0.5)


def inputs_of(workload: Workload, data: Data) -> list[tuple[mx.array, mx.array]]:
    return [
        (mx.array(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x), mx.array(labels))
        for x, labels in data.batches(workload)
    ]


def training(workload: Workload, data: Data) -> Step:
    model, optimizer = model_of(workload), optimizer_of(workload)
    batches = cycle(inputs_of(workload, data))
    state = [model.state, optimizer.state, mx.random.state]

    def loss_of(x: mx.array, labels: mx.array) -> mx.array:
        return nn.losses.cross_entropy(model(x), labels, reduction="mean")

    loss_and_gradients = nn.value_and_grad(model, loss_of)

    @partial(mx.compile, inputs=state, outputs=state)
    def train(x: mx.array, labels: mx.array) -> mx.array:
        loss, gradients = loss_and_gradients(x, labels)
        optimizer.update(model, gradients)
        return loss

    def step() -> mx.array:
        loss = train(*next(batches))
        mx.eval(loss, state)
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    model = model_of(workload).eval()
    batches = cycle([x for x, _ in inputs_of(workload, data)])
    run = mx.compile(model)

    def step() -> mx.array:
        scores = run(next(batches))
        mx.eval(scores)
        return scores

    return step
