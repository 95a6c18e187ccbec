"""LeNet-5 learns to read handwritten digits.

    python examples/lenet.py                               4,000 images that come with the package
    python examples/lenet.py --data FOLDER --epochs 10     all 60,000, from MNIST's four files
    python examples/lenet.py --predict picture.png         which digit is in this picture?

The network is the one of LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86 (1998), with two changes usual today: pooling
has no weights of its own, and the last layer is linear, trained with softmax and cross-entropy.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import History, evaluate, fit

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


# -- training --------------------------------------------------------------------------------------


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    train_set = MNIST(options.data, train=True)
    test_set = MNIST(options.data, train=False)
    train_loader = DataLoader(train_set, options.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=500)

    model = LeNet5()
    optimizer = optim.SGD(
        model.parameters(), lr=options.lr, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=options.epochs)
    print(f"LeNet-5 learns from {train_set}", flush=True)
    # The test images are only watched on the way: nothing is chosen by them.
    history = fit(
        model,
        train_loader,
        F.cross_entropy,
        optimizer,
        options.epochs,
        validation=test_loader,
        scheduler=scheduler,
    )

    options.out.mkdir(parents=True, exist_ok=True)
    at.save(model.state_dict(), options.out / "lenet.npz")
    model.eval()
    with at.no_grad():
        answers = [model(images).argmax(1).numpy() for images, _ in test_loader]
    draw_sheet(test_set, np.concatenate(answers), options.out / "lenet_digits.png")
    draw_curve(history, options.out / "lenet_curve.png")
    print(f"weights and pictures are in {options.out}")
    print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")


# -- reading one picture ---------------------------------------------------------------------------


def predict(options: argparse.Namespace) -> None:
    weights = options.out / "lenet.npz"
    if not weights.exists():
        raise FileNotFoundError(f"there is no {weights}; train first, without --predict")
    model = LeNet5().eval()
    model.load_state_dict(at.load(weights))
    with at.no_grad():
        probabilities = F.softmax(model(read_digit(options.predict)), dim=1)[0]
    print(f"digit: {probabilities.argmax().item()}")
    for digit, probability in enumerate(probabilities.tolist()):
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


# -- pictures --------------------------------------------------------------------------------------


def draw_sheet(test_set: MNIST, answers: np.ndarray, path: Path) -> None:
    """One row for each digit: test images with what the network reads, mistakes first and red."""
    per_row, cell, caption, margin, header = 14, 56, 20, 60, 76
    right = answers == test_set.labels
    sheet = Image.new(
        "RGB", (margin + per_row * (cell + 6) + 14, header + 10 * (cell + caption) + 8)
    )
    draw = ImageDraw.Draw(sheet)
    title_font, font = ImageFont.load_default(20), ImageFont.load_default(15)
    title = f"LeNet-5 reads {right.sum():,} of {len(right):,} test digits correctly"
    draw.text((14, 12), title, "white", title_font)
    note = "left: the digit it is; under each picture: the digit it was taken for"
    draw.text((14, 44), note, "silver", font)
    for digit in range(10):
        top = header + digit * (cell + caption)
        draw.text((22, top + 16), str(digit), "white", title_font)
        those = np.flatnonzero(test_set.labels == digit)
        mistakes_first = those[np.argsort(right[those], kind="stable")]
        for column, index in enumerate(mistakes_first[:per_row]):
            left = margin + column * (cell + 6)
            image = Image.fromarray(test_set.images[index])
            sheet.paste(image.resize((cell, cell), Image.Resampling.NEAREST), (left, top))
            colour = "lightgreen" if right[index] else "tomato"
            draw.text((left + cell // 2, top + cell), str(answers[index]), colour, font, "ma")
            draw.rectangle((left, top, left + cell - 1, top + cell - 1), outline=colour)
    sheet.save(path)


def draw_curve(history: History, path: Path) -> None:
    """Loss and accuracy by epoch."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("for the learning curve: pip install 'autotensor[plot]'")
        return
    figure = Figure(figsize=(9, 4), layout="constrained")
    figure.suptitle("LeNet-5 learns to read digits")
    epochs = range(1, history.epochs + 1)
    for axes, quantity in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, history[f"train_{quantity}"], ".-", label="training images")
        axes.plot(epochs, history[f"validation_{quantity}"], ".-", label="test images")
        axes.set(xlabel="epoch", ylabel=quantity)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)


# -- from the command line -------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train LeNet-5 on MNIST, or let it read a digit.")
    parser.add_argument("--data", type=Path, help="folder with MNIST's files (default: bundled)")
    parser.add_argument("--epochs", type=int, default=15, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--lr", type=float, default=0.05, help="learning rate, %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    out = Path(__file__).resolve().parent / "out"
    parser.add_argument("--out", type=Path, default=out, help="folder to write to, %(default)s")
    parser.add_argument("--predict", type=Path, metavar="PICTURE", help="read this picture file")
    options = parser.parse_args(arguments)
    try:
        if options.predict:
            predict(options)
        else:
            train(options)
    except (OSError, ValueError) as error:  # no such file, a picture of nothing, ...
        sys.exit(f"lenet.py: {error}")


if __name__ == "__main__":
    main()
