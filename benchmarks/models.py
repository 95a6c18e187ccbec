"""The networks, written down once: every library builds its own from these layers.

So all have the same shapes, and the arithmetic of the roofline is counted on the same list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

Shape = tuple[int, ...]
"""Of one sample, without the batch: ``(channels, height, width)`` or ``(features,)``."""


@dataclass(frozen=True)
class Conv:
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def output_shape(self, shape: Shape) -> Shape:
        _, height, width = shape
        return (self.outputs, self._slide(height), self._slide(width))

    def _slide(self, size: int) -> int:
        return (size + 2 * self.padding - self.kernel) // self.stride + 1

    def weights(self) -> Shape:
        return (self.outputs, self.inputs, self.kernel, self.kernel)

    def fan_in(self) -> int:
        return self.inputs * self.kernel**2


@dataclass(frozen=True)
class Linear:
    inputs: int
    outputs: int

    def output_shape(self, shape: Shape) -> Shape:
        return (self.outputs,)

    def weights(self) -> Shape:
        return (self.outputs, self.inputs)

    def fan_in(self) -> int:
        return self.inputs


@dataclass(frozen=True)
class Tanh:
    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Relu:
    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Dropout:
    share: float

    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class AvgPool:
    size: int

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        return (channels, height // self.size, width // self.size)


@dataclass(frozen=True)
class MaxPool:
    size: int

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        return (channels, height // self.size, width // self.size)


@dataclass(frozen=True)
class Flatten:
    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


Layer = Conv | Linear | Tanh | Relu | Dropout | AvgPool | MaxPool | Flatten
Network = tuple[Layer, ...]

LENET: Network = (
    Conv(1, 6, 5, padding=2), Tanh(), AvgPool(2),
    Conv(6, 16, 5), Tanh(), AvgPool(2),
    Conv(16, 120, 5, stride=3), Tanh(), Flatten(),
    Linear(120, 84), Tanh(), Linear(84, 10),
)  # fmt: skip

CNN: Network = (
    Conv(1, 32, 5, padding=2), Relu(), MaxPool(2),
    Conv(32, 64, 5, padding=2), Relu(), MaxPool(2), Flatten(),
    Linear(3136, 1024), Relu(), Linear(1024, 10),
)  # fmt: skip

SMALL_CNN: Network = (
    Conv(1, 8, 5), Relu(), Conv(8, 8, 5), Relu(), MaxPool(2), Flatten(),
    Linear(800, 128), Relu(), Linear(128, 10),
)  # fmt: skip

MLP: Network = (Flatten(), Linear(784, 128), Relu(), Dropout(0.2), Linear(128, 10))

SPIRAL: Network = (Linear(2, 64), Relu(), Linear(64, 3))


def any_size(side: int) -> Network:
    """A network for images of any even size, whose work grows with the pixels and nothing else."""
    return (
        Conv(1, 8, 5, padding=2), Relu(), Conv(8, 8, 5, padding=2), Relu(),
        MaxPool(2), AvgPool(side // 2), Flatten(), Linear(8, 10),
    )  # fmt: skip


def shapes(network: Network, shape: Shape) -> Iterator[tuple[Layer, Shape, Shape]]:
    """Each layer with the shapes of what goes in and what comes out."""
    for layer in network:
        output = layer.output_shape(shape)
        yield layer, shape, output
        shape = output
