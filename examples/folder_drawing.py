"""What folder.py draws: pictures to learn from where it is given none, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from drawing import COLOURS
from PIL import Image, ImageDraw

from autotensor import Tensor
from nn.training import History


def draw_demo(folder: Path, seed: int, few: bool) -> Path:
    """Stars, hearts and moons: coloured or grey, with a palette or transparent, of many sizes."""
    rng = np.random.default_rng(seed)
    # Points around each shape, (2, n), from -1 to 1; y points down.
    t = np.linspace(0, 2 * np.pi, 60)
    points = np.pi / 5 * np.arange(10)
    outer = np.linspace(0.25 * np.pi, 1.75 * np.pi, 40)
    inner = np.linspace(1.42, 2 * np.pi - 1.42, 40)
    lobes = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    outlines = {
        "star": np.stack([np.sin(points), -np.cos(points)]) * np.tile([1, 0.42], 5),
        "heart": np.stack([16 * np.sin(t) ** 3, -lobes]) / 16,
        "moon": np.concatenate(
            [
                [np.cos(outer), np.sin(outer)],
                [0.6 + 0.715 * np.cos(inner), -0.715 * np.sin(inner)],
            ],
            axis=1,
        ),
    }
    for name, number in zip(outlines, (30, 30, 15) if few else (180, 140, 90), strict=True):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).glob("[0-9][0-9][0-9].png"):
            old.unlink()  # of an earlier run
        for index in range(number):
            width, height = (int(side) for side in rng.integers(48, 120, 2))
            dark, light = rng.integers(0, 110, 3), rng.integers(146, 256, 3)
            behind, colour = (dark, light) if index % 3 else (light, dark)
            image = Image.new("RGB", (width, height), tuple(behind.tolist()))
            draw = ImageDraw.Draw(image)
            for _ in range(3):  # clutter
                ends = rng.uniform(0, [width, height], (2, 2))
                draw.line(ends.ravel().tolist(), tuple(rng.integers(0, 256, 3).tolist()), 2)
            angle, scale = rng.uniform(-0.6, 0.6), rng.uniform(0.2, 0.4) * min(width, height)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            middle = np.array([width, height]) * rng.uniform(0.42, 0.58, 2)
            shape = scale * (turn @ outlines[name]).T + middle
            draw.polygon([tuple(point) for point in shape], tuple(colour.tolist()))
            mode = ("RGB", "L", "P", "RGBA")[index % 4]
            image.convert(mode).save(folder / name / f"{index:03}.png")
    return folder


def draw_report(
    figure: Any,
    history: History,
    balance: tuple[np.ndarray, np.ndarray],
    classes: list[str],
    images: Tensor,
    targets: np.ndarray,
    probabilities: np.ndarray,
) -> None:
    """Learning curves, how many pictures of each class there are, and what some are taken for."""
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.1])
    loss, accuracy, counts = top.subplots(1, 3)
    epochs = range(1, history.epochs + 1)
    for axes, quantity in ((loss, "loss"), (accuracy, "accuracy")):
        for colour, (part, label) in zip(
            COLOURS, (("train", "training (augmented)"), ("validation", "validation")), strict=False
        ):
            axes.plot(epochs, history[f"{part}_{quantity}"], ".-", color=colour, label=label)
        axes.set(title=quantity, xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    places = np.arange(len(classes))
    for shift, part, colour in zip((-0.2, 0.2), balance, COLOURS, strict=False):
        counts.barh(places + shift, part, 0.4, color=colour)
    counts.set(title="class balance", xlabel="pictures")
    counts.set_yticks(places, classes)
    counts.invert_yaxis()
    top.legend(*loss.get_legend_handles_labels(), loc="outside upper center", ncols=2)

    taken_for = probabilities.argmax(1)
    right = taken_for == targets
    # The mistakes first, then pictures of all kinds.
    order = np.concatenate([np.flatnonzero(~right)[:4], np.flatnonzero(right)])[:12]
    bottom.suptitle("validation pictures and what they are taken for, mistakes first")
    for axes, index in zip(bottom.subplots(2, 6).flat, order, strict=False):
        axes.imshow(images[int(index)].numpy().transpose(1, 2, 0))
        name, wrong = classes[taken_for[index]], not right[index]
        title = f"{name} ({probabilities[index].max():.0%})"
        if wrong:
            title += f"\nnot {classes[targets[index]]}"
        axes.set_title(title, color=COLOURS[1] if wrong else "black", size=10)
    for axes in bottom.axes:
        axes.axis("off")
