"""Is it an X or an O? A network small enough to look at every number in it.

    python examples/xs_and_os.py

The lectures explain convolution with a picture of nine by nine pixels, in which three small filters
look for strokes that fall, cross and rise. Here the filters are not given: they are learnt, from
letters that are moved, scaled, rotated and drawn with thick and thin pens. Then one X and one O go
through the network, layer by layer: convolution, ReLU, pooling, convolution, pooling, vote.
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
from nn.data import DataLoader, TensorDataset, xs_and_os
from nn.training import evaluate, fit

LETTERS = "XO"


def network() -> nn.Sequential:
    """Pictures ``(N, 1, 9, 9)`` → two votes, ``(N, 2)``."""
    return nn.Sequential(
        nn.Conv2d(1, 3, kernel_size=3),  # (N, 3, 7, 7): three filters
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),  # (N, 3, 4, 4)
        nn.Conv2d(3, 4, kernel_size=3, padding=1),  # (N, 4, 4, 4)
        nn.MaxPool2d(2),  # (N, 4, 2, 2)
        nn.Flatten(),
        nn.Linear(16, 2),  # every number votes for X and for O
    )


def layers_of(model: nn.Sequential, letter: Tensor) -> list[tuple[str, np.ndarray]]:
    """What each layer makes of one picture ``(1, 9, 9)``: its name, and maps ``(C, H, W)``."""
    x, found = letter[None], [("the picture", letter.numpy())]
    with at.no_grad():
        for layer in model[:5]:
            x = layer(x)
            name = {"Conv2d": "conv", "MaxPool2d": "pool"}.get(
                type(layer).__name__, type(layer).__name__
            )
            found.append((f"{name} {x.shape[2]}×{x.shape[3]}", x[0].numpy()))
        found.append(("vote", F.softmax(model[5:](x), dim=1).numpy().reshape(2, 1, 1)))
    return found


def draw_layers(figure: Any, model: nn.Sequential, letters: Tensor) -> None:
    """The filters, then for each letter a column for each layer and a row for each map."""
    filters, *halves = figure.subfigures(3, 1, height_ratios=[1, 2.6, 2.6])
    filters.suptitle("the three filters of the first layer, as learnt: red adds, blue subtracts")
    weights = model[0].weight.detach().numpy()[:, 0]
    reach = np.abs(weights).max()
    for axes, weight in zip(filters.subplots(1, 3), weights, strict=True):
        axes.imshow(weight, cmap="RdBu_r", vmin=-reach, vmax=reach)
        axes.axis("off")
    for half, letter in zip(halves, letters, strict=True):
        columns = layers_of(model, letter)
        panels = half.subplots(4, len(columns), squeeze=False)
        for axes in panels.flat:
            axes.axis("off")
        for column, (name, maps) in enumerate(columns[:-1]):
            panels[0, column].set_title(name, fontsize=10)
            reach = np.abs(maps).max() or 1
            for row, values in enumerate(maps):
                panels[row, column].imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach)
        panels[0, -1].set_title("vote", fontsize=10)
        for row, (name, share) in enumerate(zip(LETTERS, columns[-1][1].ravel(), strict=True)):
            panels[row, -1].text(0.5, 0.5, f"{name}: {share:.1%}", ha="center", va="center")


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    count, epochs = (200, 3) if options.quick else (2000, 12)
    train_set = TensorDataset(*xs_and_os(count, generator=options.seed))
    letters, classes = xs_and_os(1000, generator=options.seed + 1)
    test_loader = DataLoader(TensorDataset(letters, classes), batch_size=500)
    model = network()
    nn.init.kaiming_normal_(model[0].weight, nonlinearity="relu")
    nn.init.zeros_(model[0].bias)
    parameters = sum(one.numel() for one in model.parameters())
    print(f"{count:,} letters of 9 × 9 pixels; a network of {parameters} numbers")
    fit(
        model,
        DataLoader(train_set, batch_size=20, shuffle=True),
        F.cross_entropy,
        optim.Adam(model.parameters(), lr=0.005),
        epochs,
        validation=test_loader,
    )
    picture(
        options.out / "xs_and_os.png",
        (8.5, 9.5),
        lambda figure: draw_layers(figure, model.eval(), letters[:2]),
    )
    print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")


if __name__ == "__main__":
    run(lambda: train(command_line(__doc__).parse_args()))
