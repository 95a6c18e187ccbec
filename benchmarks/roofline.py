"""How far from the machine's limit: the work counted on paper over the measured peaks.

    python -m benchmarks.roofline     measures the peaks: sgemm and copying

*Arithmetic*: multiplications and additions of the convolutions and linear layers, forward, weight
gradient and input gradient; no input gradient for the first such layer, for nobody needs it.

*Bytes*: each array that a step must read or write, once for each layer that does so. Forward, a
layer reads its input and its parameters and writes its output. Backward, it reads the gradient of
its output and what its formula needs, the input for a layer with parameters and for max pooling,
the output for an activation, and writes the gradient of its input and of its parameters. The
optimizer reads and writes parameters and state. Whoever joins layers, or keeps arrays in the cache,
needs less: this is no lower bound, but the traffic of the work done layer by layer.

The limit is the larger of both times; a perfect program would do them at once.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.machine import processors
from benchmarks.models import (
    AvgPool,
    Conv,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool,
    Relu,
    Shape,
    Tanh,
    shapes,
)
from benchmarks.workloads import Workload

FLOAT = 4
"""Bytes of a float32."""


@dataclass(frozen=True)
class Work:
    """What a step cannot avoid, or would not if it did one layer after the other."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Peaks:
    """Of the machine, with the threads of the benchmark; per second."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Limit:
    """The seconds that a step takes at the machine's peaks."""

    arithmetic: float
    memory: float

    @property
    def seconds(self) -> float:
        return max(self.arithmetic, self.memory)


def limit(work: Work, peaks: Peaks) -> Limit:
    return Limit(work.flops / peaks.flops, work.bytes / peaks.bytes)


def work_of(workload: Workload, images: int) -> Work | None:
    """Counted for one step; None where the limit is not the machine but the interpreter."""
    match workload.kind:
        case "train":
            return step_work(workload, training=True)
        case "infer":
            return step_work(workload, training=False)
        case "load":
            # A byte is read and a float written for every pixel; a label is read and written.
            return Work(0, images * (workload.side**2 * (1 + FLOAT) + 16))
    return None


def step_work(workload: Workload, training: bool) -> Work:
    flops = elements = 0
    first = True
    for layer, inputs, outputs in shapes(workload.network(), workload.sample_shape()):
        x, y = workload.batch * math.prod(inputs), workload.batch * math.prod(outputs)
        weights = parameters_of(layer)
        products = 2 * workload.batch * multiplications(layer, outputs)
        moves = not isinstance(layer, Flatten) and not (isinstance(layer, Dropout) and not training)
        flops += products
        elements += (x + y + weights) if moves else 0
        if training:
            flops += products if first else 2 * products
            if moves:
                needed = weights + (x if weights or isinstance(layer, MaxPool) else 0)
                needed += y if isinstance(layer, Tanh | Relu | Dropout) else 0
                elements += y + needed + weights + (0 if first else x)
                elements += weights * traffic_of_optimizer(workload.optimizer)
        first = first and not weights
    return Work(flops, elements * FLOAT)


def multiplications(layer: Layer, outputs: Shape) -> int:
    """For one sample; only layers that multiply matrices are counted."""
    match layer:
        case Conv() | Linear():
            return math.prod(outputs) * layer.fan_in()
        case Tanh() | Relu() | Dropout() | AvgPool() | MaxPool() | Flatten():
            return 0


def parameters_of(layer: Layer) -> int:
    return math.prod(layer.weights()) + layer.outputs if isinstance(layer, Conv | Linear) else 0


def traffic_of_optimizer(name: str) -> int:
    """How many arrays of a parameter's size a step reads and writes."""
    return {"sgd": 3, "nesterov": 5, "adam": 7}[name]


# -- the machine -----------------------------------------------------------------------------------


def measure(threads: int, seconds: float = 1.0) -> Peaks:
    """The best of many tries."""
    return Peaks(sgemm(seconds), copying(threads, seconds))


def sgemm(seconds: float, size: int = 2048) -> float:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((size, size), np.float32) for _ in range(2))
    out = np.empty_like(a)
    return 2 * size**3 / best(lambda: np.matmul(a, b, out=out), seconds)


def copying(threads: int, seconds: float, megabytes: int = 256) -> float:
    """Bytes read and written; every thread copies its part, far larger than a cache."""
    source = np.ones(megabytes * 2**20 // FLOAT, np.float32)
    target = np.empty_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    with ThreadPoolExecutor(threads) as pool:
        fastest = best(lambda: list(pool.map(lambda part: np.copyto(*part), parts)), seconds)
    return 2 * source.nbytes / fastest


def best(work: Callable[[], object], seconds: float) -> float:
    """The seconds of the fastest run."""
    fastest, end = math.inf, time.perf_counter() + seconds
    while time.perf_counter() < end or fastest == math.inf:
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


if __name__ == "__main__":
    peaks = measure(int(os.environ.get("OMP_NUM_THREADS") or processors()))
    print(json.dumps({"flops": peaks.flops, "bytes": peaks.bytes}))
