"""LeNet-5 learns to read handwritten digits.

    python examples/lenet.py                               4,000 images that come with the package
    python examples/lenet.py --data FOLDER --epochs 10     all 60,000, from MNIST's four files
    python examples/lenet.py --variant keras               as Keras users write it; or relu
    python examples/lenet.py --mistakes                    what the trained network confuses
    python examples/lenet.py --predict picture.png         which digit is in this picture?
    python examples/lenet.py --penalties                   what holds weights that explode

The network is the one of LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86 (1998), with two changes usual today: pooling
has no weights of its own, and the last layer is linear, trained with softmax and cross-entropy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from digits import draw_confusion, draw_curves, draw_penalties, draw_sheet, draw_worst
from drawing import picture
from PIL import Image, ImageOps

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import Callback, Run, confusion_matrix, evaluate, fit

# -- the network -----------------------------------------------------------------------------------

# Table I of the paper: which of the 6 maps (rows) feed which of the 16 (columns). No two of the 16
# see the same, so each has to find something else; and 60 kernels of 96 are enough.
TABLE = """
    X . . . X X X . . X X X X . X X
    X X . . . X X X . . X X X X . X
    X X X . . . X X X . . X . X X X
    . X X X . . X X X X . . X . X X
    . . X X X . . X X X X . X X . X
    . . . X X X . . X X X X . X X X
"""


class MaskedConv2d(nn.Conv2d):
    """A convolution in which only some inputs are connected to some outputs.

    Args:
        table: a line for every input, in it an X for every output it feeds.
    """

    def __init__(self, table: str, kernel_size: int) -> None:
        connected = np.array([line.split() for line in table.split("\n") if line.strip()]) == "X"
        super().__init__(*connected.shape, kernel_size)
        # (outputs, inputs, 1, 1), like the weight; no part of what is saved.
        mask = at.tensor(connected.T[:, :, None, None], dtype=at.float32)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.mask, self.bias)


class LeNet5(nn.Module):
    """Images ``(N, 1, 28, 28)`` with pixels from 0 to 1 → a score for each digit, ``(N, 10)``."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv3 = MaskedConv2d(TABLE, kernel_size=5)
        self.conv5 = nn.Conv2d(16, 120, kernel_size=5)
        self.full6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = (x - 0.1307) / 0.3081  # mean 0, variance 1 over all training pixels
        x = F.avg_pool2d(at.tanh(self.conv1(x)), 2)  # (N, 6, 14, 14)
        x = F.avg_pool2d(at.tanh(self.conv3(x)), 2)  # (N, 16, 5, 5)
        x = at.tanh(self.conv5(x)).flatten(1)  # (N, 120)
        x = at.tanh(self.full6(x))  # (N, 84)
        return self.output(x)


def keras_lenet() -> nn.Module:
    """As it is often written in Keras: every map feeds every other, and a stride of 3 in the third.

    On maps of 5 × 5 a kernel of 5 × 5 fits once, whatever the stride.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),  # (N, 6, 28, 28)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (N, 6, 14, 14)
        nn.Conv2d(6, 16, kernel_size=5),  # (N, 16, 10, 10)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (N, 16, 5, 5)
        nn.Conv2d(16, 120, kernel_size=5, stride=3),  # (N, 120, 1, 1)
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def relu_lenet() -> nn.Module:
    """As one would build it ten years later: ReLU for tanh, the largest of four for their mean."""
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),  # the same as a convolution 5 × 5 of maps 5 × 5
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


VARIANTS: dict[str, Callable[[], nn.Module]] = {
    "1998": LeNet5,
    "keras": keras_lenet,
    "relu": relu_lenet,
}

# -- training --------------------------------------------------------------------------------------

Loss = Callable[[Tensor, Tensor], Tensor]


def penalised(model: nn.Module, l1: float) -> Loss:
    """Cross-entropy, and while the model learns ``l1`` times the sum of all |w|.

    The derivative of |w| is the sign of w: each step takes the same amount off every weight, and
    small ones end at 0.  An L2 penalty, ``l2``/2 times the sum of w², has the derivative
    ``l2`` · w and takes most off the large ones; optimizers have it built in as ``weight_decay``.
    """

    def loss(scores: Tensor, labels: Tensor) -> Tensor:
        error = F.cross_entropy(scores, labels)
        if model.training:
            for parameter in model.parameters():
                error = error + l1 * parameter.abs().sum()
        return error

    return loss if l1 else F.cross_entropy


def descent(model: nn.Module, lr: float, l2: float) -> optim.SGD:
    return optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True, weight_decay=l2)


def loaders(options: argparse.Namespace) -> tuple[DataLoader, DataLoader]:
    """Batches of training images, shuffled, and of test images, in order."""
    train_set, test_set = MNIST(options.data, train=True), MNIST(options.data, train=False)
    return (
        DataLoader(train_set, options.batch_size, shuffle=True),
        DataLoader(test_set, batch_size=500),
    )


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    train_loader, test_loader = loaders(options)

    model = VARIANTS[options.variant]()
    optimizer = descent(model, options.lr, options.l2)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=options.epochs)
    print(f"{title(options)} learns from {train_loader.dataset}", flush=True)
    # The test images are only watched on the way: nothing is chosen by them.
    history = fit(
        model,
        train_loader,
        penalised(model, options.l1),
        optimizer,
        options.epochs,
        validation=test_loader,
        scheduler=scheduler,
    )

    options.out.mkdir(parents=True, exist_ok=True)
    at.save(model.state_dict(), written(options, ".npz"))
    answers = probabilities(model, test_loader).argmax(1)
    draw_sheet(title(options), test_loader.dataset, answers, written(options, "_digits.png"))
    picture(
        written(options, "_curve.png"),
        (9, 4.3),
        lambda figure: draw_curves(figure, f"{title(options)} learns to read digits", history),
    )
    print(f"weights and pictures are in {options.out}")
    print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")


def probabilities(model: nn.Module, loader: DataLoader) -> np.ndarray:
    """How likely each image is each digit, ``(N, 10)``."""
    model.eval()
    with at.no_grad():
        return np.concatenate([F.softmax(model(x), dim=1).numpy() for x, _ in loader])


def title(options: argparse.Namespace) -> str:
    return "LeNet-5" if options.variant == "1998" else f"LeNet-5 ({options.variant})"


def written(options: argparse.Namespace, ending: str) -> Path:
    """``lenet.npz`` and so on; each variant has files of its own."""
    name = "lenet" if options.variant == "1998" else f"lenet_{options.variant}"
    return options.out / f"{name}{ending}"


def trained(options: argparse.Namespace) -> nn.Module:
    """The network of an earlier run."""
    weights = written(options, ".npz")
    if not weights.exists():
        raise FileNotFoundError(
            f"there is no {weights}; train first, without --predict and --mistakes"
        )
    model = VARIANTS[options.variant]().eval()
    model.load_state_dict(at.load(weights))
    return model


# -- what it confuses ------------------------------------------------------------------------------


def mistakes(options: argparse.Namespace) -> None:
    model, (_, test_loader) = trained(options), loaders(options)
    test_set = test_loader.dataset
    shares = probabilities(model, test_loader)
    matrix = confusion_matrix(shares.argmax(1), test_set.labels, classes=10)
    picture(
        written(options, "_confusion.png"),
        (7, 7),
        lambda figure: draw_confusion(figure, title(options), matrix),
    )
    picture(
        written(options, "_mistakes.png"),
        (8.4, 6.4),
        lambda figure: draw_worst(figure, title(options), test_set, shares),
    )
    errors = matrix - np.diag(matrix.diagonal())
    digit, taken_for = np.unravel_index(errors.argmax(), errors.shape)
    print(f"most often: {digit} taken for {taken_for}, {errors.max()} times")
    print(f"test accuracy: {np.trace(matrix) / matrix.sum():.3f}")


# -- what holds exploding weights ------------------------------------------------------------------


class Weights(Callback):
    """Notes the largest weight and the norm of all weights after every epoch."""

    def __init__(self) -> None:
        self.largest: list[float] = []
        self.norm: list[float] = []

    def on_epoch_end(self, run: Run) -> None:
        values = np.concatenate([p.detach().numpy().ravel() for p in run.model.parameters()])
        self.largest.append(float(np.abs(values).max()))
        self.norm.append(float(np.linalg.norm(values)))


def penalties(options: argparse.Namespace) -> None:
    """Learns much too fast, so that every step overshoots: without, with L1 and with L2 penalty."""
    lr, strength = 0.3, 0.003
    settings = {
        "no penalty": (0.0, 0.0),
        f"L1, {strength}": (strength, 0.0),
        f"L2, {strength}": (0.0, strength),
    }
    print(f"{title(options)} learns with rate {lr}, too large by far; {options.epochs} epochs each")
    runs: dict[str, dict[str, Any]] = {}
    for name, (l1, l2) in settings.items():
        at.manual_seed(options.seed)  # the same first weights and batches for all
        train_loader, test_loader = loaders(options)
        model, weights = VARIANTS[options.variant](), Weights()
        history = fit(
            model,
            train_loader,
            penalised(model, l1),
            descent(model, lr, l2),
            options.epochs,
            validation=test_loader,
            callbacks=[weights],
            verbose=False,
        )
        accuracy = history["validation_accuracy"]
        runs[name] = {"largest": weights.largest, "norm": weights.norm, "accuracy": accuracy}
        print(
            f"{name:>12}: largest weight {weights.largest[-1]:6.2f}, norm {weights.norm[-1]:6.1f}, "
            f"test accuracy {accuracy[-1]:.3f}",
            flush=True,
        )
    picture(
        written(options, "_penalties.png"),
        (9, 3.6),
        lambda figure: draw_penalties(figure, lr, runs),
    )
    free, _, held = (run["largest"][-1] for run in runs.values())
    print(f"largest weight without penalty over that with L2: {free / held:.1f}")


# -- reading one picture ---------------------------------------------------------------------------


def predict(options: argparse.Namespace) -> None:
    model = trained(options)
    with at.no_grad():
        shares = F.softmax(model(read_digit(options.predict)), dim=1)[0]
    print(f"digit: {shares.argmax().item()}")
    for digit, probability in enumerate(shares.tolist()):
        print(f"{digit}  {probability:.4f}  {'#' * round(40 * probability)}".rstrip())


def read_digit(path: Path) -> Tensor:
    """The digit in a picture file, as MNIST would show it: ``(1, 1, 28, 28)``, light on dark.

    Size and colours do not matter. As in MNIST, the digit is scaled to fit 20 × 20 pixels and its
    centre of mass is moved to the middle.

    Raises:
        ValueError: nothing stands out from the background.
    """
    picture = np.asarray(grey(path), dtype=np.float32)
    background = np.median(
        np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])  # the edges
    )
    # Dark on light is turned around: ink is whatever differs, in the direction it differs most.
    lighter, darker = picture - background, background - picture
    ink = np.maximum(lighter if lighter.max() >= darker.max() else darker, 0)
    if ink.max() < 16:
        raise ValueError(f"{path}: there is no digit to see: all pixels are nearly the same grey")
    ink[ink < 0.4 * ink.max()] = 0  # the grain of the paper, shadows

    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    digit = Image.fromarray(ink).crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    scale = 20 / max(digit.size)
    width, height = (max(1, round(side * scale)) for side in digit.size)
    small = np.asarray(digit.resize((width, height), Image.Resampling.BILINEAR))

    # Put it where its centre of mass is at pixel 14, but never over the edge.
    down, right = np.indices(small.shape)
    top = round(14 - (down * small).sum() / small.sum())
    left = round(14 - (right * small).sum() / small.sum())
    top, left = min(max(top, 0), 28 - height), min(max(left, 0), 28 - width)
    image = np.zeros((1, 1, 28, 28), np.float32)
    image[0, 0, top : top + height, left : left + width] = small / small.max()
    return at.from_numpy(image)


def grey(path: Path) -> Image.Image:
    """The picture in shades of grey from 0 to 255, upright, on white where it is transparent."""
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
    if picture.mode.startswith(("I", "F")):  # more than 256 shades: use their full range
        values = np.asarray(picture, dtype=np.float64)
        span = max(values.max() - values.min(), 1)
        return Image.fromarray(((values - values.min()) * (255 / span)).astype(np.uint8))
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L")


# -- from the command line -------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train LeNet-5 on MNIST, or let it read a digit.")
    parser.add_argument("--variant", choices=VARIANTS, default="1998", help="default: %(default)s")
    parser.add_argument("--data", type=Path, help="folder with MNIST's files (default: bundled)")
    parser.add_argument("--epochs", type=int, help="default: 15, for --penalties 10")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--lr", type=float, default=0.05, help="learning rate, %(default)s")
    parser.add_argument("--l1", type=float, default=0.0, help="L1 penalty, %(default)s")
    parser.add_argument("--l2", type=float, default=5e-4, help="L2 penalty, %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    out = Path(__file__).resolve().parent / "out"
    parser.add_argument("--out", type=Path, default=out, help="folder to write to, %(default)s")
    parser.add_argument("--quick", action="store_true", help="one epoch, to see that it works")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--predict", type=Path, metavar="PICTURE", help="read this picture file")
    instead.add_argument("--mistakes", action="store_true", help="draw what it confuses")
    instead.add_argument("--penalties", action="store_true", help="make weights explode")
    options = parser.parse_args(arguments)
    if options.epochs is None:
        options.epochs = 1 if options.quick else 10 if options.penalties else 15
    try:
        if options.predict:
            predict(options)
        elif options.mistakes:
            mistakes(options)
        elif options.penalties:
            penalties(options)
        else:
            train(options)
    except (OSError, ValueError) as error:  # no such file, a picture of nothing, ...
        sys.exit(f"lenet.py: {error}")


if __name__ == "__main__":
    main()
