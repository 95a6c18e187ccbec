"""What is where? An encoder and a decoder name the class of every pixel.

    python examples/segment.py

Discs, squares and triangles of any colour lie on a background of another. The encoder's
convolutions and poolings find out what is there and lose where; the decoder's transposed
convolutions bring the resolution back, helped by shortcuts from the encoder (Ronneberger, Fischer
and Brox, "U-Net", 2015). The measure is the intersection of what was found with what is there, over
their union.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from drawing import COLOURS, command_line, picture, run

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import DataLoader, TensorDataset, shapes
from nn.data.toys import SHAPES
from nn.training import fit, intersection_over_union


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class EncoderDecoder(nn.Module):
    """Pictures ``(N, 3, H, W)`` → scores for every pixel, ``(N, 4, H, W)``; H, W multiples of 4."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.down1 = block(3, width)
        self.down2 = block(width, 2 * width)
        self.bottom = nn.Sequential(block(2 * width, 4 * width), block(4 * width, 4 * width))
        self.up2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.join2 = block(4 * width, 2 * width)
        self.up1 = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.join1 = block(2 * width, width)
        self.output = nn.Conv2d(width, len(SHAPES), 1)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.down1(x)  # (N, w, H, W)
        middle = self.down2(F.max_pool2d(fine, 2))  # (N, 2w, H/2, W/2)
        x = self.bottom(F.max_pool2d(middle, 2))  # (N, 4w, H/4, W/4)
        x = self.join2(at.cat([self.up2(x), middle], dim=1))  # (N, 2w, H/2, W/2)
        x = self.join1(at.cat([self.up1(x), fine], dim=1))  # (N, w, H, W)
        return self.output(x)


def predicted(model: nn.Module, pictures: Tensor) -> np.ndarray:
    """The class of every pixel, ``(N, H, W)``."""
    model.eval()
    with at.no_grad():
        return model(pictures).argmax(1).numpy()


def draw_overlay(figure: Any, pictures: Tensor, masks: np.ndarray, answers: np.ndarray) -> None:
    """Rows: the picture, what is where, what the network says, laid over the picture."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = ListedColormap(["white", *COLOURS[:3]])
    figure.suptitle("a class for every pixel of pictures it has never seen")
    panels = figure.subplots(3, len(masks))
    for column, (image, mask, answer) in enumerate(zip(pictures, masks, answers, strict=True)):
        image = image.permute(1, 2, 0).numpy()
        grey = np.repeat(image.mean(-1, keepdims=True), 3, -1) / 2 + 0.5
        panels[0, column].imshow(image)
        panels[1, column].imshow(mask, cmap=colours, vmin=0, vmax=3, interpolation="nearest")
        panels[2, column].imshow(grey)
        shown = np.ma.masked_equal(answer, 0)
        panels[2, column].imshow(shown, cmap=colours, vmin=0, vmax=3, alpha=0.8)
        wrong = np.where(answer != mask, 1.0, np.nan)
        panels[2, column].imshow(wrong, cmap=ListedColormap(["black"]))
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
    for axes, name in zip(
        panels[:, 0], ("picture", "what it is", "what it found\n(mistakes black)"), strict=True
    ):
        axes.set_ylabel(name, fontsize=12)
    legend = [Patch(color=COLOURS[kind], label=SHAPES[kind + 1]) for kind in range(3)]
    figure.legend(handles=legend, loc="outside lower center", ncols=3, fontsize=12)


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    count, epochs = (60, 1) if options.quick else (800, 16)
    train_set = TensorDataset(*shapes(count, generator=options.seed))
    pictures, masks = shapes(50 if options.quick else 200, generator=options.seed + 1)
    test_loader = DataLoader(TensorDataset(pictures, masks), batch_size=50)
    model = EncoderDecoder()
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    print(f"{count} pictures of 32 × 32 pixels with discs, squares and triangles")
    fit(
        model,
        DataLoader(train_set, batch_size=20, shuffle=True),
        F.cross_entropy,
        optimizer,
        epochs,
        validation=test_loader,
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
    )
    answers = predicted(model, pictures)
    picture(
        options.out / "segment.png",
        (9, 5),
        lambda figure: draw_overlay(figure, pictures[:6], masks[:6].numpy(), answers[:6]),
    )
    overlaps = intersection_over_union(answers, masks, average=None)
    for name, overlap in zip(SHAPES, overlaps, strict=True):
        print(f"{name:>10}: {overlap:.3f}")
    print(f"mean intersection over union: {np.mean(overlaps):.3f}")


if __name__ == "__main__":
    run(lambda: train(command_line(__doc__).parse_args()))
