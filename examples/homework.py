"""Why do some networks not learn at all? One small network, begun in many ways.

    python examples/homework.py
    python examples/homework.py --standardize      every pixel with mean 0 and variance 1

A fully connected network 784-500-50-10 learns from 4,000 digits, each time for a few epochs of
gradient descent with momentum. What differs is how its weights begin (zero, constant, large,
Glorot, He), which activation it has (sigmoid, tanh, ReLU), dropout, and batch normalization. The
table says how many of 1,000 other digits each reads; the dead ones are dead for a reason that the
lecture gives, and the program measures it:

    zero        with ReLU or tanh nothing but the last bias ever gets a gradient; with sigmoid all
                units of a layer stay equal
    constant    all units of a layer are equal, and so are their gradients: 500 units are one
    large       sums of many large terms: sigmoid and tanh are saturated, their slope is 0
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from drawing import command_line, picture, run
from tqdm import tqdm

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader, TensorDataset
from nn.training import evaluate, fit

BEGINNINGS: dict[str, Callable[[Tensor], Any]] = {
    "zero": nn.init.zeros_,
    "constant": lambda weight: nn.init.constant_(weight, 0.01),
    "large": lambda weight: nn.init.normal_(weight, std=1.0),
    "Glorot": nn.init.xavier_normal_,
    "He": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
}
ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}
EXTRAS = {"": (), "dropout": ("dropout",), "batch norm": ("batch norm",)} | {
    "both": ("batch norm", "dropout")
}


class Outcome(NamedTuple):
    accuracy: float
    different: int
    """How many of the 500 units of the first layer differ from each other."""
    slope: float
    """The mean slope of the activations of the first layer: 0 where they are saturated or dead."""


def network(beginning: str, activation: str, extras: tuple[str, ...]) -> nn.Sequential:
    """784 → 500 → 50 → 10."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((784, 500), (500, 50)):
        layers.append(nn.Linear(inputs, outputs))
        if "batch norm" in extras:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(ACTIVATIONS[activation]())
        if "dropout" in extras:
            layers.append(nn.Dropout(0.2))
    layers.append(nn.Linear(50, 10))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            BEGINNINGS[beginning](layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def pixels(data: MNIST, mean: Any = None, deviation: Any = None) -> Tensor:
    """All images as ``(N, 784)``, from 0 to 1; or, with both given, standardized by pixel."""
    flat = data.images.reshape(len(data), -1).astype(np.float32) / 255
    if mean is not None:
        flat = (flat - mean) / deviation
    return at.from_numpy(flat)


def examined(model: nn.Sequential, images: Tensor) -> tuple[int, float]:
    """How many units of the first layer differ, and the mean slope of its activations."""
    rows = np.round(model[0].weight.detach().numpy(), 6)
    before_activation = model[:-1][: next(i for i, one in enumerate(model) if _activates(one))]
    sums = before_activation.eval()(images).detach().requires_grad_()
    activation = next(one for one in model if _activates(one))
    slope = at.grad(activation(sums).sum(), sums)[0]
    return len(np.unique(rows, axis=0)), slope.abs().mean().item()


def _activates(layer: nn.Module) -> bool:
    return isinstance(layer, tuple(ACTIVATIONS.values()))


def trained(
    settings: tuple[str, str, tuple[str, ...]], train: TensorDataset, test: TensorDataset,
    epochs: int, seed: int,
) -> Outcome:  # fmt: skip
    at.manual_seed(seed)
    model = network(*settings)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    loader = DataLoader(train, batch_size=50, shuffle=True)
    fit(model, loader, F.cross_entropy, optimizer, epochs, verbose=False)
    accuracy = evaluate(model, DataLoader(test, batch_size=1000), verbose=False).accuracy or 0.0
    return Outcome(accuracy, *examined(model, test.tensors[0][:200]))


def draw_grid(figure: Any, outcomes: dict[tuple[str, str, str], Outcome]) -> None:
    """One panel for each extra: beginnings by activations, coloured by accuracy."""
    figure.suptitle("test accuracy of a 784-500-50-10 network, by how it begins")
    extras = list(dict.fromkeys(key[2] for key in outcomes))
    panels = figure.subplots(1, len(extras), sharey=True, squeeze=False)[0]
    for axes, extra in zip(panels, extras, strict=True):
        table = np.array(
            [[outcomes[b, a, extra].accuracy for a in ACTIVATIONS] for b in BEGINNINGS]
        )
        axes.imshow(table, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(table):
            colour = "white" if share < 0.6 else "black"
            axes.text(column, row, f"{share:.3f}", ha="center", va="center", color=colour)
        axes.set_xticks(range(len(ACTIVATIONS)), ACTIVATIONS)
        axes.set_yticks(range(len(BEGINNINGS)), BEGINNINGS)
        axes.set_title(f"with {extra}" if extra else "plain", fontsize=11)


def main(options: argparse.Namespace) -> None:
    train_set, test_set = MNIST(train=True), MNIST(train=False)
    mean = deviation = None
    if options.standardize:
        raw = pixels(train_set).numpy()
        mean, deviation = raw.mean(0), raw.std(0) + 0.1  # 0.1: most pixels at the edge never change
    train = TensorDataset(pixels(train_set, mean, deviation), at.from_numpy(train_set.labels))
    test = TensorDataset(pixels(test_set, mean, deviation), at.from_numpy(test_set.labels))
    epochs = 1 if options.quick else options.epochs
    extras = {"": ()} if options.quick else EXTRAS
    if options.quick:
        train = TensorDataset(*train[:400])
    outcomes: dict[tuple[str, str, str], Outcome] = {}
    grid = list(product(BEGINNINGS, ACTIVATIONS, extras))
    print(f"{len(grid)} networks, {epochs} epochs each, on {len(train):,} digits")
    for beginning, activation, extra in tqdm(grid, unit="network", leave=False, disable=None):
        settings = (beginning, activation, extras[extra])
        outcomes[beginning, activation, extra] = trained(
            settings, train, test, epochs, options.seed
        )
    print(f"{'begins':9}{'activation':11}{'extra':11}{'accuracy':>9}{'units':>7}{'slope':>8}")
    for (beginning, activation, extra), one in outcomes.items():
        numbers = f"{one.accuracy:9.3f}{one.different:7}{one.slope:8.3f}"
        print(f"{beginning:9}{activation:11}{extra:11}{numbers}")
    name = "homework_standardized.png" if options.standardize else "homework.png"
    picture(options.out / name, (9, 4.2), lambda figure: draw_grid(figure, outcomes))
    (beginning, activation, extra), best = max(outcomes.items(), key=lambda one: one[1].accuracy)
    print(f"best: {beginning}, {activation}{', ' + extra if extra else ''}")
    print(f"test accuracy: {best.accuracy:.3f}")


if __name__ == "__main__":
    parser = command_line(__doc__)
    parser.add_argument("--epochs", type=int, default=4, help="of each network, %(default)s")
    parser.add_argument("--standardize", action="store_true", help="mean 0, variance 1 by pixel")
    run(lambda: main(parser.parse_args()))
