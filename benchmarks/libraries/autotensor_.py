"""autotensor, as its users write it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from benchmarks import programs
from benchmarks.data import Batch, Data
from benchmarks.libraries import Step
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
from nn import optim
from nn.data import MNIST, DataLoader

version = at.__version__


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        at.set_num_threads(threads)
    match workload.kind:
        case "train":
            model = model_of(workload)
            return training(model, optimizer_of(workload, model), data.batches(workload))
        case "infer":
            return inference(workload, data)
        case "load":
            return loading(workload, data)
        case "program":
            return programs.make(workload.program, at)
        case _:
            return recording(workload)


def to_array(result: at.Tensor) -> np.ndarray:
    return result.detach().numpy()


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
            return nn.AvgPool2d(layer.size)
        case MaxPool():
            return nn.MaxPool2d(layer.size)
        case Flatten():
            return nn.Flatten()


def model_of(workload: Workload) -> nn.Module:
    at.manual_seed(0)
    return nn.Sequential(*map(layer_of, workload.network()))


def optimizer_of(workload: Workload, model: nn.Module) -> optim.Optimizer:
    kind, options = rule_of(workload)
    return kind(model.parameters(), **options)


def rule_of(workload: Workload) -> tuple[type[optim.Optimizer], dict[str, Any]]:
    """Which optimizer, and its options."""
    match workload.optimizer:
        case "nesterov":
            return optim.SGD, {"lr": 0.01, "momentum": 0.9, "nesterov": True}
        case "adam":
            return optim.Adam, {"lr": 0.001}
        case _:
            return optim.SGD, {"lr": 0.5}


def training(model: nn.Module, optimizer: optim.Optimizer, data: Sequence[Batch]) -> Step:
    batches = cycle([(at.from_numpy(x), at.from_numpy(labels)) for x, labels in data])

    def step() -> at.Tensor:
        x, labels = next(batches)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    model = model_of(workload).eval()
    batches = cycle([at.from_numpy(x) for x, _ in data.batches(workload)])

    def step() -> at.Tensor:
        with at.no_grad():
            return model(next(batches))

    return step


def loading(workload: Workload, data: Data) -> Step:
    loader = DataLoader(MNIST(data.mnist, normalize=True), workload.batch, shuffle=True)

    def step() -> int:
        seen = 0
        for images, _labels in loader:
            seen += len(images)
        return seen

    return step


def recording(workload: Workload) -> Step:
    x = at.tensor([1.0, -1.0], requires_grad=True)
    y = at.tensor([1.0, 1.0], requires_grad=True)
    times = range(workload.repeats)

    def multiply() -> at.Tensor:
        for _ in times:
            z = x * y
        return z

    def add() -> at.Tensor:
        for _ in times:
            z = x + y
        return z

    def chain() -> at.Tensor:
        x.grad = y.grad = None
        z = x
        for _ in range(workload.depth):
            z = z * y
        z.sum().backward()
        return x.grad

    return {"mul": multiply, "add": add, "chain": chain}[workload.operator]
