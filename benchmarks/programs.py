"""Nets of layers that the course does not have, each written once, as for PyTorch.

``torch`` is either library: the same lines run on both, and ``make`` gives a whole training step,
with Adam, of one fixed batch.  Targets are random; a net that learns comes to know them by heart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.libraries import Step

CLASSES = 10
LETTERS = 65
"""Of texts, as many as in Shakespeare."""


def make(name: str, torch: Any) -> Step:
    torch.manual_seed(0)
    model, x, targets = PROGRAMS[name](torch, np.random.default_rng(0))
    x, targets = torch.from_numpy(x), torch.from_numpy(targets)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = torch.nn.CrossEntropyLoss() if targets.ndim == 1 else torch.nn.MSELoss()

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(x), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def _images(random: np.random.Generator, *shape: int) -> Any:
    return random.standard_normal(shape, np.float32)


def _labels(random: np.random.Generator, count: int, classes: int = CLASSES) -> Any:
    return random.integers(0, classes, count)


def batchnorm(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, CLASSES),
    )  # fmt: skip
    return model, _images(random, 64, 1, 28, 28), _labels(random, 64)


def resnet(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn, relu = torch.nn, torch.relu

    class Block(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.norm1 = nn.BatchNorm2d(channels)
            self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.norm2 = nn.BatchNorm2d(channels)

        def forward(self, x: Any) -> Any:
            return relu(self.norm2(self.conv2(relu(self.norm1(self.conv1(x))))) + x)

    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), Block(16), Block(16),
        nn.AvgPool2d(8), nn.Flatten(), nn.Linear(16 * 4 * 4, CLASSES),
    )  # fmt: skip
    return model, _images(random, 32, 3, 32, 32), _labels(random, 32)


def mobile(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn

    def block(inputs: int, outputs: int, stride: int) -> list[Any]:
        return [
            nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
            nn.BatchNorm2d(inputs), nn.ReLU6(),
            nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6(),
        ]  # fmt: skip

    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1), *block(16, 32, 1), *block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES),
    )  # fmt: skip
    return model, _images(random, 32, 3, 32, 32), _labels(random, 32)


def dense(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(256, 512), nn.LayerNorm(512), nn.GELU(), nn.Dropout(0.1),
        nn.Linear(512, 512), nn.LayerNorm(512), nn.GELU(), nn.Linear(512, CLASSES),
    )  # fmt: skip
    return model, _images(random, 128, 256), _labels(random, 128)


def signal(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv1d(8, 32, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(32, 64, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(64, CLASSES),
    )  # fmt: skip
    return model, _images(random, 64, 8, 256), _labels(random, 64)


def decoder(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn
    model = nn.Sequential(
        nn.ConvTranspose2d(64, 64, 4), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip
    return model, _images(random, 32, 64, 1, 1), np.tanh(_images(random, 32, 1, 32, 32))


def transformer(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn, length, width = torch.nn, 64, 128

    class Texts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(LETTERS, width)
            self.places = nn.Parameter(torch.zeros(length, width))
            layer = nn.TransformerEncoderLayer(
                width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
            )
            self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.out = nn.Linear(width, LETTERS)
            self.mask = nn.Transformer.generate_square_subsequent_mask(length)

        def forward(self, x: Any) -> Any:
            hidden = self.layers(self.letters(x) + self.places, mask=self.mask)
            return self.out(hidden).flatten(0, 1)

    texts = random.integers(0, LETTERS, (16, length))
    return Texts(), texts, _labels(random, texts.size, LETTERS)


def lstm(torch: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
    nn = torch.nn

    class Texts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(LETTERS, 32)
            self.lstm = nn.LSTM(32, 128, batch_first=True)
            self.out = nn.Linear(128, LETTERS)

        def forward(self, x: Any) -> Any:
            return self.out(self.lstm(self.letters(x))[0]).flatten(0, 1)

    texts = random.integers(0, LETTERS, (32, 50))
    return Texts(), texts, _labels(random, texts.size, LETTERS)


PROGRAMS: dict[str, Callable[[Any, np.random.Generator], tuple[Any, Any, Any]]] = {
    "batchnorm": batchnorm,
    "resnet": resnet,
    "mobile": mobile,
    "dense": dense,
    "signal": signal,
    "decoder": decoder,
    "transformer": transformer,
    "lstm": lstm,
}
"""Each gives a model, its input and what should come out."""
