"""A training step written by hand: the NumPy calls it takes, into buffers that are made once.

Nothing is recorded, looked up or allocated while it runs, and nothing is checked but class numbers.
So no step that is recorded and replayed could take less time; what autotensor takes above this is
the price of a graph that is recorded anew each time.  Only for chains of dense layers.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.libraries.parameters import initial
from benchmarks.models import Dropout, Flatten, Layer, Linear, Relu
from benchmarks.workloads import Workload

version = np.__version__

BLOCK = 1 << 16
"""Elements of a piece of a large array, as autotensor's optimizers cut them."""


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    # Threads are those of NumPy's BLAS, which the environment sets.
    if workload.kind != "train":
        raise UnsupportedError("there to show what a training step could take at best")
    if not all(isinstance(one, Linear | Relu | Dropout | Flatten) for one in workload.network()):
        raise UnsupportedError("only nets of dense layers are written by hand")
    return training(workload, data)


def to_array(result: float) -> np.ndarray:
    return np.asarray(result)


class Dense:
    """``x @ weightᵀ + bias``, with what its gradients and its optimizer need."""

    def __init__(self, rows: int, weight: np.ndarray, bias: np.ndarray, is_first: bool) -> None:
        outputs, inputs = weight.shape
        self.parameters = [weight, bias]
        self.gradients = [np.empty_like(weight), np.empty_like(bias)]
        self.turned, self.is_first = weight.T, is_first
        self.out = np.empty((rows, outputs), np.float32)
        self.by_input = np.empty((rows, inputs), np.float32)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        np.dot(x, self.turned, out=self.out)
        return np.add(self.out, self.parameters[1], out=self.out)

    def backward(self, g: np.ndarray) -> np.ndarray:
        np.dot(g.T, self.x, out=self.gradients[0])
        np.add.reduce(g, axis=0, out=self.gradients[1])
        return g if self.is_first else np.dot(g, self.parameters[0], out=self.by_input)


class Rectified:
    """``max(x, 0)``."""

    parameters = gradients = ()

    def __init__(self, shape: tuple[int, int]) -> None:
        self.out, self.by_input, self.zeros = (np.zeros(shape, np.float32) for _ in range(3))
        self.passes = np.empty(shape, np.bool_)

    def forward(self, x: np.ndarray) -> np.ndarray:
        return np.maximum(x, self.zeros, out=self.out)

    def backward(self, g: np.ndarray) -> np.ndarray:
        np.greater(self.out, 0, out=self.passes)
        return np.multiply(g, self.passes, out=self.by_input)


class Dropped:
    """0 with probability ``share``, else ``x / (1 - share)``."""

    parameters = gradients = ()

    def __init__(self, shape: tuple[int, int], share: float) -> None:
        self.out, self.by_input, self.factors = (np.zeros(shape, np.float32) for _ in range(3))
        self.kept = np.empty(shape, np.bool_)
        self.share, self.rng = share, np.random.default_rng(0)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.rng.random(out=self.factors, dtype=np.float32)
        np.greater_equal(self.factors, self.share, out=self.kept)
        np.multiply(self.kept, 1 / (1 - self.share), out=self.factors, dtype=np.float32)
        return np.multiply(x, self.factors, out=self.out)

    def backward(self, g: np.ndarray) -> np.ndarray:
        return np.multiply(g, self.factors, out=self.by_input)


class CrossEntropy:
    """The mean of ``-ln softmax(scores)[label]``; scores lie class by class."""

    def __init__(self, rows: int, classes: int) -> None:
        self.rows, self.classes = rows, classes
        self.scores, self.by_scores = (
            np.empty((rows, classes), np.float32, order="F") for _ in range(2)
        )
        self.highest, self.totals, self.losses = (np.empty(rows, np.float32) for _ in range(3))
        self.positions, self.numbers = np.empty(rows, np.int64), np.arange(rows)

    def forward(self, scores: np.ndarray, labels: np.ndarray) -> float:
        if np.maximum.reduce(labels.view(np.uint64)) >= self.classes:
            raise IndexError("no such class")
        np.multiply(labels, self.rows, out=self.positions)
        np.add(self.positions, self.numbers, out=self.positions)
        np.maximum.reduce(scores, axis=1, out=self.highest)
        np.subtract(scores, self.highest[:, None], out=self.scores)
        picked = self.scores.reshape(-1, order="A")[self.positions]
        np.exp(self.scores, out=self.scores)
        np.add.reduce(self.scores, axis=1, out=self.totals)
        np.subtract(np.log(self.totals, out=self.losses), picked, out=self.losses)
        return float(np.add.reduce(self.losses)) / self.rows

    def backward(self) -> np.ndarray:
        np.multiply(self.totals, self.rows, out=self.totals)
        np.divide(self.scores, self.totals[:, None], out=self.by_scores)
        self.by_scores.reshape(-1, order="A")[self.positions] -= np.float32(1 / self.rows)
        return self.by_scores


def layers_of(workload: Workload) -> list[Any]:
    left = iter(initial(workload.network()))
    size, layers = 0, list[Any]()

    def made(layer: Layer) -> Any:
        match layer:
            case Linear():
                return Dense(workload.batch, next(left), next(left), is_first=not layers)
            case Relu():
                return Rectified((workload.batch, size))
            case Dropout():
                return Dropped((workload.batch, size), layer.share)

    for layer in workload.network():
        if not isinstance(layer, Flatten):
            size = layer.outputs if isinstance(layer, Linear) else size
            layers.append(made(layer))
    return layers


def training(workload: Workload, data: Data) -> Step:
    layers = layers_of(workload)
    parameters = [one for layer in layers for one in layer.parameters]
    gradients = [one for layer in layers for one in layer.gradients]
    update = rule(workload.optimizer, parameters, gradients)
    loss_of = CrossEntropy(workload.batch, parameters[-1].size)
    batches = cycle(
        [(x.reshape(len(x), -1), labels.astype(np.int64)) for x, labels in data.batches(workload)]
    )

    def step() -> float:
        x, labels = next(batches)
        for layer in layers:
            x = layer.forward(x)
        loss = loss_of.forward(x, labels)
        g = loss_of.backward()
        for layer in reversed(layers):
            g = layer.backward(g)
        update()
        return loss

    return step


def rule(
    name: str, parameters: list[np.ndarray], gradients: list[np.ndarray]
) -> Callable[[], None]:
    """The workload's optimizer, piece by piece and in place."""
    scratch = np.empty(BLOCK, np.float32)
    pieces = []
    for p, g in zip(parameters, gradients, strict=True):
        whole = [one.reshape(-1) for one in (p, g, np.zeros_like(p), np.zeros_like(p))]
        for at in range(0, p.size, BLOCK):
            some = [one[at : at + BLOCK] for one in whole]
            pieces.append((*some, scratch[: len(some[0])]))

    def descend() -> None:
        for p, g, _, _, s in pieces:
            np.subtract(p, np.multiply(g, 0.5, out=s), out=p)

    steps = 0

    def adam() -> None:
        nonlocal steps
        steps += 1
        root = (1 - 0.999**steps) ** 0.5
        rate = 0.001 * root / (1 - 0.9**steps)
        for p, g, m, v, s in pieces:
            np.subtract(g, m, out=s)
            np.add(m, np.multiply(s, 0.1, out=s), out=m)
            np.multiply(g, g, out=s)
            np.multiply(s, 0.001, out=s)
            np.add(np.multiply(v, 0.999, out=v), s, out=v)
            np.add(np.sqrt(v, out=s), 1e-8 * root, out=s)
            np.multiply(np.divide(m, s, out=s), rate, out=s)
            np.subtract(p, s, out=p)

    return adam if name == "adam" else descend
