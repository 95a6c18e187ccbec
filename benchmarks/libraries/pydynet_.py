"""PyDyNet, as its users write it."""

from __future__ import annotations

from importlib.metadata import version as version_of
from itertools import cycle

import numpy as np
import pydynet as pdn
from pydynet import nn, optim
from pydynet.core import Tensor
from pydynet.data import DataLoader, Dataset
from pydynet.nn import functional as F

from benchmarks.data import Data, normalised
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

version = version_of("pydynet")


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    # Its threads are those of NumPy's BLAS, which the environment sets.
    match workload.kind:
        case "train":
            return training(workload, data)
        case "infer":
            return inference(workload, data)
        case "load":
            return loading(workload, data)
        case _:
            return recording(workload)


def to_array(result: Tensor) -> np.ndarray:
    return result.numpy() if isinstance(result, Tensor) else result


class Flattened(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), -1)


def layer_of(layer: Layer) -> nn.Module:
    match layer:
        case Conv():
            return nn.Conv2d(
                layer.inputs,
                layer.outputs,
                layer.kernel,
                layer.stride,
                layer.padding,
                dtype=np.float32,
            )
        case Linear():
            return nn.Linear(layer.inputs, layer.outputs, dtype=np.float32)
        case Tanh():
            return nn.Tanh()
        case Relu():
            return nn.ReLU()
        case Dropout():
            return nn.Dropout(layer.share)
        case AvgPool():
            return nn.AvgPool2d(layer.size, layer.size, 0)
        case MaxPool():
            return nn.MaxPool2d(layer.size, layer.size, 0)
        case Flatten():
            return Flattened()


def model_of(workload: Workload) -> nn.Module:
    np.random.seed(0)
    return nn.Sequential(*map(layer_of, workload.network()))


def optimizer_of(workload: Workload, model: nn.Module) -> optim.Optimizer:
    match workload.optimizer:
        case "nesterov":
            return optim.SGD(list(model.parameters()), lr=0.01, momentum=0.9, nesterov=True)
        case "adam":
            return optim.Adam(list(model.parameters()), lr=0.001)
        case _:
            return optim.SGD(list(model.parameters()), lr=0.5, momentum=0.0, nesterov=False)


def training(workload: Workload, data: Data) -> Step:
    model = model_of(workload)
    optimizer = optimizer_of(workload, model)
    batches = cycle([(Tensor(x), labels) for x, labels in data.batches(workload)])

    def step() -> Tensor:
        x, labels = next(batches)
        optimizer.zero_grad()
        loss = F.cross_entropy_loss(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def inference(workload: Workload, data: Data) -> Step:
    model = model_of(workload)
    model.eval()
    batches = cycle([Tensor(x) for x, _ in data.batches(workload)])

    def step() -> Tensor:
        with pdn.no_grad():
            return model(next(batches))

    return step


class Digits(Dataset):
    """Its loader asks for a whole batch at once, with a list of indices."""

    def __init__(self, data: Data) -> None:
        self.images, self.labels = np.array(data.images), np.array(data.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        return Tensor(normalised(self.images[indices])), Tensor(self.labels[indices])


def loading(workload: Workload, data: Data) -> Step:
    loader = DataLoader(Digits(data), workload.batch, shuffle=True)

    def step() -> int:
        seen = 0
        for images, _labels in loader:
            seen += len(images)
        return seen

    return step


def recording(workload: Workload) -> Step:
    if workload.operator != "chain":
        raise UnsupportedError("keeps every node it records until backward() frees it")
    x = Tensor([1.0, -1.0], dtype=np.float32, requires_grad=True)
    y = Tensor([1.0, 1.0], dtype=np.float32, requires_grad=True)

    def chain() -> np.ndarray:
        x.zero_grad()
        y.zero_grad()
        z = x
        for _ in range(workload.depth):
            z = z * y
        z.sum().backward()
        return x.grad

    return chain
