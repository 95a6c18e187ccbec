"""PyTorch on the CPU, eager."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

from benchmarks import programs
from benchmarks.data import MEAN, STD, Batch, Data
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

version = torch.__version__


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        torch.set_num_threads(threads)
    match workload.kind:
        case "train":
            model = model_of(workload)
            return training(model, optimizer_of(workload, model), data.batches(workload))
        case "infer":
            return inference(workload, data, model_of(workload))
        case "load":
            return loading(workload, data)
        case "program":
            return programs.make(workload.program, torch)
        case _:
            return recording(workload)


def to_array(result: torch.Tensor) -> np.ndarray:
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
    torch.manual_seed(0)
    return nn.Sequential(*map(layer_of, workload.network()))


def optimizer_of(workload: Workload, model: nn.Module) -> optim.Optimizer:
    match workload.optimizer:
        case "nesterov":
            return optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
        case "adam":
            return optim.Adam(model.parameters(), lr=0.001)
        case _:
            return optim.SGD(model.parameters(), lr=0.5)


def training(model: nn.Module, optimizer: optim.Optimizer, data: Sequence[Batch]) -> Step:
    batches = cycle([(torch.from_numpy(x), torch.from_numpy(labels)) for x, labels in data])

    def step() -> torch.Tensor:
        x, labels = next(batches)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def inference(workload: Workload, data: Data, model: nn.Module) -> Step:
    model.eval()
    batches = cycle([torch.from_numpy(x) for x, _ in data.batches(workload)])

    def step() -> torch.Tensor:
        with torch.no_grad():
            return model(next(batches))

    return step


class Digits(Dataset):
    """One sample at a time, as most data sets for PyTorch are written."""

    def __init__(self, data: Data) -> None:
        self.images = torch.from_numpy(np.array(data.images))
        self.labels = torch.from_numpy(np.array(data.labels))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = self.images[index].unsqueeze(0).float().div_(255)
        return image.sub_(MEAN).div_(STD), self.labels[index]


def loading(workload: Workload, data: Data) -> Step:
    loader = DataLoader(Digits(data), workload.batch, shuffle=True)

    def step() -> int:
        seen = 0
        for images, _labels in loader:
            seen += len(images)
        return seen

    return step


def recording(workload: Workload) -> Step:
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    y = torch.tensor([1.0, 1.0], requires_grad=True)
    times = range(workload.repeats)

    def multiply() -> torch.Tensor:
        for _ in times:
            z = x * y
        return z

    def add() -> torch.Tensor:
        for _ in times:
            z = x + y
        return z

    def chain() -> torch.Tensor:
        x.grad = y.grad = None
        z = x
        for _ in range(workload.depth):
            z = z * y
        z.sum().backward()
        return x.grad

    return {"mul": multiply, "add": add, "chain": chain}[workload.operator]
