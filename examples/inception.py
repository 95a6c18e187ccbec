"""Layers side by side: small, middle and large windows look at the same picture.

    python examples/inception.py

How large should a filter be? An inception module (Szegedy et al., "Going deeper with convolutions",
2015) does not choose: windows of 1 × 1, 3 × 3 and 5 × 5 and a pooling work in parallel, and their
maps are put one behind the other. Cheap 1 × 1 convolutions make the maps fewer before the costly
windows. No derivative has to be thought about: `cat` knows how to hand the gradient to its parts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from drawing import COLOURS, command_line, picture, run

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import evaluate, fit

BRANCHES = ("1 × 1", "3 × 3", "5 × 5", "pool")


class Inception(nn.Module):
    """``(N, C, H, W)`` → ``(N, 4 · width, H, W)``: four branches, each gives ``width`` maps."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.point = nn.Conv2d(channels, width, 1)
        self.middle = nn.Sequential(
            nn.Conv2d(channels, width, 1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        self.large = nn.Sequential(
            nn.Conv2d(channels, width, 1), nn.ReLU(), nn.Conv2d(width, width, 5, padding=2)
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(channels, width, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.point(x), self.middle(x), self.large(x), self.pool(x)]
        return F.relu(at.cat(branches, dim=1))


class Network(nn.Module):
    """Images ``(N, 1, 28, 28)`` with pixels from 0 to 1 → scores ``(N, 10)``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 5, stride=2, padding=2)  # (N, 8, 14, 14)
        self.first = Inception(8, 6)  # (N, 24, 14, 14)
        self.second = Inception(24, 8)  # (N, 32, 7, 7)
        self.output = nn.Linear(32 * 3 * 3, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(F.relu(self.stem(x)))
        x = self.second(F.max_pool2d(x, 2))  # (N, 32, 7, 7)
        return self.output(F.max_pool2d(x, 2).flatten(1))  # (N, 32, 3, 3) → (N, 288)


def draw_branches(figure: Any, model: Network, image: Tensor, digit: int) -> None:
    """What the four branches of the first module make of one image, ``(1, 28, 28)``."""
    with at.no_grad():
        maps = model.first(F.relu(model.stem(image[None])))[0].numpy()
    width = len(maps) // len(BRANCHES)
    figure.suptitle("one digit as the four branches of the first module see it")
    panels = figure.subplots(len(BRANCHES), width + 1)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.set_frame_on(False)
    panels[0, 0].imshow(image[0].numpy(), cmap="gray_r")
    panels[0, 0].set_title(f"a {digit}", fontsize=10)
    for row, (name, colour) in enumerate(zip(BRANCHES, COLOURS, strict=False)):
        panels[row, 0].set_ylabel(name, color=colour, fontsize=13)
        for column in range(width):
            panels[row, column + 1].imshow(maps[row * width + column], cmap="viridis")


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    train_set = MNIST(options.data, train=True)
    test_set = MNIST(options.data, train=False)
    part = range(400) if options.quick else None
    epochs = 1 if options.quick else options.epochs
    train_loader = (
        DataLoader(train_set, batch_size=50, sampler=part)
        if part
        else DataLoader(train_set, batch_size=50, shuffle=True)
    )
    test_loader = DataLoader(test_set, batch_size=500)
    model = Network()
    print(f"{sum(one.numel() for one in model.parameters()):,} weights; {train_set}")
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    fit(
        model,
        train_loader,
        F.cross_entropy,
        optimizer,
        epochs,
        validation=test_loader,
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
    )
    image, digit = test_set[7]
    picture(
        options.out / "inception.png",
        (8.5, 5),
        lambda figure: draw_branches(figure, model.eval(), image, int(digit)),
    )
    print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--data", type=Path, help="folder with MNIST's files (default: bundled)")
    parser.add_argument("--epochs", type=int, default=8, help="default: %(default)s")
    train(parser.parse_args())


if __name__ == "__main__":
    run(main)
