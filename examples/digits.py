"""Pictures of what lenet.py finds out: learning curves, the digits it reads, and its mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from drawing import COLOURS
from PIL import Image, ImageDraw, ImageFont

from nn.data import MNIST
from nn.training import History


def draw_sheet(title: str, test_set: MNIST, answers: np.ndarray, path: Path) -> None:
    """One row for each digit: test images with what the network reads, mistakes first and red."""
    per_row, cell, caption, margin, header = 14, 56, 20, 60, 76
    right = answers == test_set.labels
    sheet = Image.new(
        "RGB", (margin + per_row * (cell + 6) + 14, header + 10 * (cell + caption) + 8)
    )
    draw = ImageDraw.Draw(sheet)
    title_font, font = ImageFont.load_default(20), ImageFont.load_default(15)
    headline = f"{title} reads {right.sum():,} of {len(right):,} test digits correctly"
    draw.text((14, 12), headline, "white", title_font)
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


def draw_curves(figure: Any, title: str, history: History) -> None:
    """Loss and accuracy by epoch."""
    figure.suptitle(title)
    epochs = range(1, history.epochs + 1)
    for axes, quantity in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for kind, label, colour in zip(
            ("train", "validation"), ("training images", "test images"), COLOURS, strict=False
        ):
            axes.plot(epochs, history[f"{kind}_{quantity}"], ".-", color=colour, label=label)
        axes.set(xlabel="epoch", ylabel=quantity)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()


def draw_confusion(figure: Any, title: str, matrix: np.ndarray) -> None:
    """Which digit was taken for which, ``(10, 10)``; only mistakes are coloured."""
    errors = matrix - np.diag(matrix.diagonal())
    axes = figure.subplots()
    axes.imshow(errors, cmap="Oranges", vmin=0, vmax=max(1, errors.max()))
    for (row, column), count in np.ndenumerate(matrix):
        dark = row != column and count > 0.6 * errors.max()
        weight = "bold" if row == column else "normal"
        if count:
            axes.text(
                *(column, row, f"{count}"), ha="center", va="center", weight=weight, fontsize=11,
                color="white" if dark else "black",
            )  # fmt: skip
    axes.set(xlabel="taken for", ylabel="the digit it is", xticks=range(10), yticks=range(10))
    axes.set_title(f"{title}: {errors.sum():,} mistakes in {matrix.sum():,} test images")


def draw_worst(figure: Any, title: str, test_set: MNIST, shares: np.ndarray) -> None:
    """The 20 wrong answers of the largest probability; ``shares`` is ``(N, 10)``."""
    wrong = np.flatnonzero(shares.argmax(1) != test_set.labels)
    worst = wrong[np.argsort(-shares[wrong].max(1), kind="stable")][:20]
    figure.suptitle(f"{title}: the {len(worst)} mistakes it was surest of")
    panels = list(figure.subplots(4, 5).flat)
    for axes, index in zip(panels, worst, strict=False):
        answer = shares[index].argmax()
        axes.imshow(test_set.images[index], cmap="gray_r")
        axes.set_title(
            f"{test_set.labels[index]} taken for {answer}\n({shares[index, answer]:.0%} sure)",
            fontsize=10,
        )
    for axes in panels:
        axes.axis("off")
    figure.get_layout_engine().set(h_pad=0.1)  # inches: nothing is cut off below


def draw_penalties(figure: Any, lr: float, runs: dict[str, dict[str, Any]]) -> None:
    """Largest weight, norm and accuracy by epoch, one line for each penalty."""
    figure.suptitle(f"LeNet-5 with a learning rate of {lr}, too large by far")
    labels = {
        "largest": "largest weight",
        "norm": "norm of all weights",
        "accuracy": "test accuracy",
    }
    for axes, (name, label) in zip(figure.subplots(1, 3), labels.items(), strict=True):
        for (penalty, run), colour, marker in zip(runs.items(), COLOURS, "o^s", strict=False):
            values = run[name]
            axes.plot(
                *(range(1, len(values) + 1), values), marker=marker, color=colour, label=penalty
            )
        axes.set(xlabel="epoch", title=label, ylim=(0, 1) if name == "accuracy" else (0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
