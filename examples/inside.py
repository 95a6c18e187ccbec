"""What does a trained network see?

    python examples/inside.py

Four looks into networks that have learnt to read digits:

    inside_weights.png    one layer: its weights for each digit, after 0, 1, 10, 100 … steps
    inside_layers.png     a CNN: its filters, and what every layer makes of a digit
    inside_saliency.png   which pixels matter: the gradient of the score by the image
    inside_dreams.png     the image that pleases a class most, found by climbing that gradient

The last two need the gradient by the input instead of the weights: the same `backward`.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from drawing import command_line, picture, run

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import Callback, Run, evaluate, fit


class WeightImages(Callback):
    """Keeps the weights of a layer after some numbers of steps."""

    def __init__(self, layer: nn.Linear, steps: tuple[int, ...]) -> None:
        self.layer, self.steps, self.count = layer, steps, 0
        self.kept: dict[int, np.ndarray] = {}

    def keep(self) -> None:
        if self.count in self.steps:
            self.kept[self.count] = self.layer.weight.detach().numpy().reshape(-1, 28, 28).copy()

    def on_fit_begin(self, run: Run) -> None:
        self.keep()

    def on_batch_end(self, run: Run) -> None:
        self.count += 1
        self.keep()


def convolutional() -> nn.Sequential:
    """Images ``(N, 1, 28, 28)`` → scores ``(N, 10)``."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5),  # (N, 8, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 8, 12, 12)
        nn.Conv2d(8, 8, 5),  # (N, 8, 8, 8)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 8, 4, 4)
        nn.Flatten(),
        nn.Linear(128, 10),
    )


# -- gradients by the image ------------------------------------------------------------------------


def saliency(model: nn.Module, images: Tensor) -> np.ndarray:
    """How much each pixel changes the score of the answer given: ``(N, 28, 28)``."""
    images = images.clone().requires_grad_()
    # Each image has a score of its own, so one backward pass serves all of them.
    model(images).amax(1).sum().backward()
    return np.abs(images.grad.numpy()[:, 0])


def dreams(model: nn.Module, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """For each digit an image ``(28, 28)`` that the model gives a high score, and its share.

    A score can be pushed up by grains that mean nothing; a penalty on large and rough pixels
    leaves what the network has really learnt to look for.
    """
    pixels = at.full((10, 1, 28, 28), -2.0, requires_grad=True)  # sigmoid keeps them from 0 to 1
    climber = optim.Adam([pixels], lr=0.1)
    for _ in range(steps):
        images = at.sigmoid(pixels)
        score = F.log_softmax(model(images), dim=1).diagonal().sum()
        rough = (images.diff(dim=2) ** 2).sum() + (images.diff(dim=3) ** 2).sum()
        loss = -score + 0.01 * rough + 0.004 * images.sum()
        climber.zero_grad()
        loss.backward()
        climber.step()
    with at.no_grad():
        images = at.sigmoid(pixels)
        return images.numpy()[:, 0], F.softmax(model(images), dim=1).diagonal().numpy()


# -- pictures --------------------------------------------------------------------------------------


def grid(figure: Any, rows: int, columns: int) -> np.ndarray:
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.set_frame_on(False)
    return panels


def draw_weights(figure: Any, kept: dict[int, np.ndarray]) -> None:
    figure.suptitle(
        "the weights of one layer: ink on red speaks for the digit, ink on blue against it"
    )
    for panels, (step, images) in zip(grid(figure, len(kept), 10), kept.items(), strict=True):
        panels[0].set_ylabel(f"{step} steps", fontsize=11)
        reach = np.abs(images).max()
        for axes, image in zip(panels, images, strict=True):
            axes.imshow(image, cmap="RdBu_r", vmin=-reach, vmax=reach)


def draw_layers(figure: Any, model: nn.Sequential, image: Tensor) -> None:
    figure.suptitle("eight filters, and what every layer makes of one digit")
    panels = grid(figure, 7, 8)
    filters = model[0].weight.detach().numpy()[:, 0]
    reach = np.abs(filters).max()
    for axes, one in zip(panels[0], filters, strict=True):
        axes.imshow(one, cmap="RdBu_r", vmin=-reach, vmax=reach)
    panels[0, 0].set_ylabel("filters\n5×5")
    x = image[None]
    for row, layer in zip(panels[1:], model, strict=False):
        x = layer(x)
        size = "×".join(map(str, x.shape[2:]))
        row[0].set_ylabel(f"{type(layer).__name__}\n{size}")
        for axes, feature_map in zip(row, x[0].detach().numpy(), strict=True):
            axes.imshow(feature_map, cmap="viridis")


def draw_saliency(
    figure: Any, images: np.ndarray, matters: np.ndarray, answers: np.ndarray
) -> None:
    figure.suptitle("above: the image; below: how much each pixel changes the score of the answer")
    panels = grid(figure, 2, len(images))
    for column, (image, map_, answer) in enumerate(zip(images, matters, answers, strict=True)):
        panels[0, column].imshow(image, cmap="gray_r")
        panels[0, column].set_title(f"read as {answer}", fontsize=10)
        panels[1, column].imshow(map_, cmap="magma")


def draw_dreams(figure: Any, images: np.ndarray, shares: np.ndarray) -> None:
    figure.suptitle("what the network would most like to see, for every digit")
    for digit, axes in enumerate(grid(figure, 2, 5).flat):
        axes.imshow(images[digit], cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(f"{digit}: {shares[digit]:.1%} sure", fontsize=11)


def main(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    train_set, test_set = MNIST(train=True), MNIST(train=False)
    sampler = range(500) if options.quick else None
    loader = DataLoader(train_set, batch_size=20, shuffle=sampler is None, sampler=sampler)
    test_loader = DataLoader(test_set, batch_size=500)

    flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    watcher = WeightImages(flat[1], (0, 1, 10) if options.quick else (0, 1, 10, 100, 1000))
    print("one layer:")
    epochs = 1 if options.quick else 5
    fit(
        flat, loader, F.cross_entropy, optim.SGD(flat.parameters(), lr=0.05), epochs,
        validation=test_loader, callbacks=[watcher],
    )  # fmt: skip
    print("two convolutions:")
    model = convolutional()
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    fit(model, loader, F.cross_entropy, optimizer, epochs, validation=test_loader)
    model.eval().requires_grad_(False)

    out = options.out
    picture(
        out / "inside_weights.png", (7.5, 4.2), lambda figure: draw_weights(figure, watcher.kept)
    )
    picture(
        out / "inside_layers.png", (8, 7.5),
        lambda figure: draw_layers(figure, model, test_set[0][0]),
    )  # fmt: skip
    first = at.stack([test_set[index][0] for index in range(8)])
    answers = model(first).argmax(1).numpy()
    matters = saliency(model, first)
    picture(
        out / "inside_saliency.png", (9, 2.9),
        lambda figure: draw_saliency(figure, first.numpy()[:, 0], matters, answers),
    )  # fmt: skip
    images, shares = dreams(model, 50 if options.quick else 300)
    picture(out / "inside_dreams.png", (8, 4), lambda figure: draw_dreams(figure, images, shares))
    print(f"it is {shares.min():.1%} sure or more of its dreams")
    print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")


if __name__ == "__main__":
    run(lambda: main(command_line(__doc__).parse_args()))
