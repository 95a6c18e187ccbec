"""The ladder of improvements: from one layer that reads 92 % of MNIST's digits to a CNN with 99.3.

    python examples/mnist.py                               the quick rungs on the bundled images
    python examples/mnist.py --model cnn                   one of them, with its curves
    python examples/mnist.py --model cnn --data FOLDER     the same on all 60,000 images

Every rung changes one thing about the one below; RUNGS lists what, with what it learns by:

    softmax     one layer: a weight for each pixel and each digit
    sigmoid5    five layers with sigmoids and small random weights: plain descent is stuck for long
    adam        the same, with weights of He's size and Adam
    relu        the same, with ReLU
    dropout     the same, with dropout and a rate that decays exponentially
    numpycnn    two convolutions of 8 filters: far fewer weights, and better
    keras32     two convolutions of 32 filters 3 × 3
    cnn         32 and 64 filters 5 × 5, and a layer of 1,024
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from drawing import COLOURS, command_line, picture, run

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import History, fit

BATCH, BATCH_BUNDLED = 100, 32
"""Smaller batches where there are few images: more steps in an epoch."""

# -- the networks: images (N, 1, 28, 28) with pixels from 0 to 1 → scores (N, 10) ------------------


def softmax() -> nn.Module:
    """Scores that are sums of pixels; the softmax is part of the loss, cross-entropy."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def five_layers(activation: type[nn.Module], he: bool, dropout: float = 0.0) -> nn.Module:
    """784 → 200 → 100 → 60 → 30 → 10."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise((784, 200, 100, 60, 30, 10)):
        if len(layers) > 1:
            layers.append(activation())
            if dropout:
                layers.append(nn.Dropout(dropout))
        linear = nn.Linear(inputs, outputs)
        if he:  # variance 2 / inputs: what goes through keeps its size, layer after layer
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        else:
            nn.init.normal_(linear.weight, std=0.1)
        nn.init.zeros_(linear.bias)
        layers.append(linear)
    return nn.Sequential(*layers)


def numpycnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5),  # (N, 8, 24, 24)
        nn.ReLU(),
        nn.Conv2d(8, 8, kernel_size=5),  # (N, 8, 20, 20)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 8, 10, 10)
        nn.Flatten(),
        nn.Linear(800, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def keras32() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, kernel_size=3),  # (N, 32, 26, 26)
        nn.ReLU(),
        nn.Conv2d(32, 32, kernel_size=3),  # (N, 32, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 32, 12, 12)
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(4608, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, kernel_size=5, padding="same"),  # (N, 32, 28, 28)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 32, 14, 14)
        nn.Conv2d(32, 64, kernel_size=5, padding="same"),  # (N, 64, 14, 14)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 64, 7, 7)
        nn.Flatten(),
        nn.Linear(3136, 1024),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(1024, 10),
    )


# -- the ladder ------------------------------------------------------------------------------------


class Rung(NamedTuple):
    """A network, and how it learns."""

    title: str
    build: Callable[[], nn.Module]
    optimizer: type[optim.Optimizer]
    lr: float
    epochs: int
    """On all of MNIST."""
    epochs_bundled: int
    """On the 4,000 bundled images, where an epoch has a fifth of the steps."""
    decay: float = 1.0
    """What the rate is multiplied by from the first epoch to the last, evenly."""
    quick: bool = True
    """Part of the comparison of all."""


RUNGS = {
    "softmax": Rung("one layer, softmax", softmax, optim.SGD, 0.5, 10, 15),
    "sigmoid5": Rung(
        "five layers, sigmoid", lambda: five_layers(nn.Sigmoid, he=False), optim.SGD, 0.5, 15, 15
    ),
    "adam": Rung(
        "+ He's weights, Adam", lambda: five_layers(nn.Sigmoid, he=True), optim.Adam, 3e-3, 15, 15
    ),
    "relu": Rung(
        "+ ReLU", lambda: five_layers(nn.ReLU, he=True), optim.Adam, 3e-3, 15, 15
    ),
    "dropout": Rung(
        "+ dropout, decaying rate",
        lambda: five_layers(nn.ReLU, he=True, dropout=0.1), optim.Adam, 3e-3, 30, 20, decay=0.01,
    ),
    "numpycnn": Rung("CNN 8-8-128", numpycnn, optim.Adam, 2e-3, 6, 8, decay=0.05),
    "keras32": Rung("CNN 32-32-128", keras32, optim.Adam, 1e-3, 12, 8, decay=0.1, quick=False),
    "cnn": Rung("CNN 32-64-1024", cnn, optim.Adam, 1e-3, 6, 4, decay=0.03, quick=False),
}  # fmt: skip


def climb(name: str, options: argparse.Namespace) -> History:
    """Trains one rung; the test images are watched on the way, but it ends after a fixed time."""
    rung = RUNGS[name]
    at.manual_seed(options.seed)
    train_loader = DataLoader(
        MNIST(options.data, train=True),
        BATCH if options.data else BATCH_BUNDLED,
        shuffle=not options.quick,
        sampler=range(1000) if options.quick else None,
    )
    test_loader = DataLoader(MNIST(options.data, train=False), batch_size=500)
    epochs = options.epochs or (rung.epochs if options.data else rung.epochs_bundled)
    if options.quick:
        epochs = 1
    model = rung.build()
    optimizer = rung.optimizer(model.parameters(), lr=rung.lr)
    scheduler = optim.lr_scheduler.ExponentialLR(
        optimizer, gamma=rung.decay ** (1 / max(1, epochs - 1))
    )
    weights = sum(parameter.numel() for parameter in model.parameters())
    began = perf_counter()
    print(f"{name}: {rung.title}; {weights:,} weights, {epochs} epochs", flush=True)
    history = fit(
        model,
        train_loader,
        F.cross_entropy,
        optimizer,
        epochs,
        validation=test_loader,
        scheduler=scheduler,
        verbose=bool(options.model),
    )
    accuracy = history["validation_accuracy"][-1]
    print(f"    test accuracy {accuracy:.4f} in {perf_counter() - began:.0f} s", flush=True)
    return history


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--model", choices=RUNGS, help="one rung; without it, the quick ones")
    parser.add_argument("--data", type=Path, help="folder with MNIST's files (default: bundled)")
    parser.add_argument("--epochs", type=int, help="default: what suits the model and the data")
    options = parser.parse_args()
    print(f"learning from {MNIST(options.data, train=True)}")
    if options.data is None:
        print("all 60,000 images (--data FOLDER) would take every rung higher: see README.md")
    if options.model:
        history = climb(options.model, options)
        path = options.out / f"mnist_{options.model}.png"
        picture(path, (9, 4), lambda figure: draw_one(figure, options.model, history))
    else:
        histories = {name: climb(name, options) for name, rung in RUNGS.items() if rung.quick}
        history = list(histories.values())[-1]
        picture(options.out / "mnist.png", (9, 5), lambda figure: draw_all(figure, histories))
    print(f"test accuracy: {history['validation_accuracy'][-1]:.4f}")


# -- pictures --------------------------------------------------------------------------------------


def draw_one(figure: Any, name: str, history: History) -> None:
    """Loss and accuracy by epoch, of training against validation."""
    figure.suptitle(f"{name}: {RUNGS[name].title}. Validation: the test images")
    history.plot(["loss", "accuracy"], axes=figure.subplots(1, 2))


def draw_all(figure: Any, histories: dict[str, History]) -> None:
    """The mistakes of every rung by epoch, and where it ends."""
    names = list(histories)
    grid = figure.add_gridspec(2, 4, width_ratios=(1, 1, 1, 1.25))
    first = None
    for position, name in enumerate(names):
        row, column = divmod(position, 3)
        first = axes = figure.add_subplot(grid[row, column], sharey=first)
        for kind, label, style in (("train", "training", ":"), ("validation", "test images", "-")):
            mistakes = [100 - 100 * share for share in histories[name][f"{kind}_accuracy"]]
            epochs = range(1, len(mistakes) + 1)
            axes.plot(epochs, mistakes, style, color=COLOURS[position], linewidth=2, label=label)
        axes.set(yscale="log", ylim=(0.1, 130), title=f"{position + 1} {name}")
        axes.set(ylabel="" if column else "mistakes, %", xlabel="epoch" if row else "")
        axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    figure.axes[0].legend(loc="lower left")

    ends = figure.add_subplot(grid[:, 3])
    shares = [100 * histories[name]["validation_accuracy"][-1] for name in names]
    bars = ends.barh(names, shares, color=COLOURS[: len(names)])
    ends.bar_label(bars, [f" {share:.1f}" for share in shares])
    ends.invert_yaxis()
    ends.set(xlabel="read correctly, %", title="test images", xlim=(0, 122))
    ends.set_xticks(range(0, 101, 25))


if __name__ == "__main__":
    run(main)
