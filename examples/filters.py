"""What thirteen small filters make of a picture, and what padding, stride and pooling do to it.

    python examples/filters.py                  a picture drawn for the purpose
    python examples/filters.py photo.jpg        any picture

The same 3 × 3 numbers slide over the red, the green and the blue channel: one `conv2d` with a
group for each channel.  A second picture shows padding, stride and pooling on a small letter, where
single pixels can be counted.  For n pixels and a kernel of k the size of the output is

    ⌊(n + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from drawing import command_line, picture, run
from PIL import Image, ImageDraw, ImageOps

import autotensor as at
import nn.functional as F
from autotensor import Tensor

# Where the numbers add up to 1 the picture stays as bright as it is, where to 0 only edges remain.
KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edges: across": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "edges: upright": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "edges: all": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "blur": [[1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9]],
    "Gaussian": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "skewed": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    # Patterns: brightest where the picture looks like them.  Shown divided by their sum.
    "diagonal \\": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "diagonal /": [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
    "X": [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
    "plus": [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
    "O": [[1, 1, 1], [1, 0, 1], [1, 1, 1]],
}


# -- a picture to work on --------------------------------------------------------------------------


def drawn() -> Image.Image:
    """A house in the evening, with lines of all directions."""
    wide = Image.new("RGB", (960, 720))  # drawn large and then shrunk: soft edges
    draw = ImageDraw.Draw(wide)
    for y in range(720):
        draw.line((0, y, 960, y), fill=(70 + y // 5, 110 + y // 7, 220 - y // 8))
    draw.ellipse((690, 60, 850, 220), fill="gold")
    draw.rectangle((0, 560, 960, 720), fill="olivedrab")
    for x in range(-150, 960, 48):
        draw.line((x, 720, x + 110, 562), fill="darkolivegreen", width=8)
    draw.rectangle((190, 300, 600, 620), fill="bisque", outline="saddlebrown", width=10)
    draw.polygon([(140, 310), (395, 100), (650, 310)], fill="firebrick", outline="maroon")
    draw.rectangle((440, 430, 540, 620), fill="sienna", outline="maroon", width=8)
    draw.rectangle((240, 380, 380, 510), fill="lightcyan", outline="saddlebrown", width=10)
    draw.line((310, 380, 310, 510), fill="saddlebrown", width=8)
    draw.line((240, 445, 380, 445), fill="saddlebrown", width=8)
    draw.line((760, 620, 760, 420), fill="saddlebrown", width=28)
    draw.ellipse((680, 290, 840, 470), fill="darkgreen")
    return wide.resize((120, 90), Image.Resampling.BOX)


def opened(path: Path, largest: int = 160) -> Image.Image:
    """The picture in a file, upright, in colours, on white where it is transparent; large ones are
    made smaller, or three pixels would be nothing in them."""
    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file).convert("RGBA")
    image.thumbnail((largest, largest))
    if min(image.size) < 3:
        raise ValueError(f"{path}: the picture must have at least 3 × 3 pixels, has {image.size}")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def to_tensor(image: Image.Image) -> Tensor:
    """``(1, 3, H, W)`` float32 from 0 to 1."""
    pixels = np.asarray(image, dtype=np.float32).transpose(2, 0, 1)[None] / np.float32(255)
    return at.from_numpy(np.ascontiguousarray(pixels))


# -- filters ---------------------------------------------------------------------------------------


def filtered(images: Tensor, kernel: Tensor) -> Tensor:
    """Every channel of ``images (N, C, H, W)`` with ``kernel (k, k)``; the size stays the same.

    With ``groups=C`` channel number c of the output sees only channel number c of the input.  At
    the border the outermost pixels are repeated: zeros there would look like an edge.
    """
    channels, border = images.shape[1], kernel.shape[0] // 2
    weight = kernel.expand(channels, 1, *kernel.shape)
    return F.conv2d(F.pad(images, [border] * 4, mode="replicate"), weight, groups=channels)


def output_size(n: int, k: int, padding: int = 0, stride: int = 1, dilation: int = 1) -> int:
    """How many places a kernel of k pixels has on n pixels."""
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


def as_shown(images: Tensor) -> np.ndarray:
    """``(1, C, H, W)`` → ``(H, W, C)`` for a picture: too dark is black, too bright is white."""
    return images[0].permute(1, 2, 0).clamp(0, 1).numpy()


# -- padding, stride and pooling -------------------------------------------------------------------

Shown = list[tuple[str, Tensor]]


def sizes() -> tuple[Shown, int]:
    """The letter X seen by the kernel X, padded and strided, and pooled; a line for each, and how
    often the formula is right."""
    n = 9
    letter = at.maximum(at.eye(n), at.eye(n).flip(0))[None, None]
    kernel = at.tensor(KERNELS["X"], dtype=at.float32)[None, None] / 5
    settings: list[dict[str, int]] = [
        {}, {"padding": 1}, {"padding": 2}, {"stride": 2}, {"stride": 3},
        {"stride": 2, "padding": 1}, {"dilation": 2}, {"stride": 2, "padding": 2, "dilation": 2},
    ]  # fmt: skip
    operations: list[tuple[str, Tensor, dict[str, int]]] = [
        (described(one), F.conv2d(letter, kernel, **one), one) for one in settings
    ]
    operations += [
        ("max pooling", F.max_pool2d(letter, 3), {"stride": 3}),
        ("average pooling", F.avg_pool2d(letter, 3), {"stride": 3}),
        ("min pooling", F.min_pool2d(letter, 3), {"stride": 3}),
    ]
    right, shown = 0, [(f"the letter X\n{n} × {n}", letter)]
    print(f"{f'a letter of {n} × {n}, kernels of 3 × 3':38}formula  engine")
    for name, out, setting in operations:
        expected, size = output_size(n, 3, **setting), f"{out.shape[2]} × {out.shape[3]}"
        right += tuple(out.shape[2:]) == (expected, expected)
        print(f"{name:36} {expected:2} × {expected:<2} {size:>8}")
        lines = name.replace(", ", "\n").replace(" p", "\np") if out.shape[2] < n - 2 else name
        shown.append((f"{lines}\n{size}", out))
    return shown, right


def described(setting: dict[str, int]) -> str:
    return ", ".join(f"{key} {number}" for key, number in setting.items()) or "no padding, stride 1"


def pooled(image: Tensor, window: int = 4) -> Shown:
    """The three kinds of pooling, side by side."""
    return [
        (f"max pooling {window} × {window}", F.max_pool2d(image, window)),
        ("average pooling", F.avg_pool2d(image, window)),
        ("min pooling", F.min_pool2d(image, window)),
    ]


# -- pictures --------------------------------------------------------------------------------------


def draw_filters(figure: Any, image: Tensor) -> None:
    """All thirteen, each with its kernel in a corner."""
    panels = figure.subplots(3, 5).ravel()
    for axes, (name, numbers) in zip(panels, KERNELS.items(), strict=False):
        kernel = at.tensor(numbers, dtype=at.float32)
        out = filtered(image, kernel / max(1.0, kernel.sum().item()))
        axes.imshow(as_shown(out), interpolation="nearest")
        axes.set_title(name, fontsize=11)
        corner = axes.inset_axes([0.0, 0.0, 0.24, 0.32])
        end = kernel.abs().max().item()
        corner.imshow(kernel.numpy(), cmap="PuOr_r", vmin=-end, vmax=end)
        corner.set(xticks=[], yticks=[])
    for axes in panels:
        axes.axis("off")
    note = "in the corner:\nthe kernel\n\npurple: below 0\nwhite: 0\norange: above 0"
    panels[13].text(0.05, 0.5, note, va="center", fontsize=11)


def draw_sizes(figure: Any, letter: Shown, image: Shown) -> None:
    """The letter in two rows, all pixels equally large, and below it the pooled picture."""
    above, below = figure.subfigures(2, 1, height_ratios=(2.3, 1))
    axes = above.subplots()
    for row, top, gap in [(letter[:4], 0.0, 2.7), (letter[4:], -16.5, 2.2)]:
        left = 0.0
        for title, out in row:
            size = out.shape[-1]
            edges = np.arange(size + 1)
            axes.pcolormesh(left + edges, top - edges, out[0, 0].numpy(), cmap="cividis",
                            vmin=0, vmax=1, edgecolors="white", linewidth=0.5)  # fmt: skip
            axes.text(left + size / 2, top + 0.4, title, ha="center", fontsize=9)
            left += size + gap
    axes.text(0, -11, "dark blue: 0 · yellow: 1", fontsize=9)
    axes.set(aspect="equal", xlim=(-0.9, 48), ylim=(-22, 2.8))
    axes.axis("off")
    for axes, (title, out) in zip(below.subplots(1, 4), image, strict=True):
        axes.imshow(as_shown(out), interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.axis("off")


# -- from the command line -------------------------------------------------------------------------


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("picture", type=Path, nargs="?", help="a picture file (default: drawn)")
    options = parser.parse_args()
    image = to_tensor(opened(options.picture) if options.picture else drawn())
    print(f"{len(KERNELS)} kernels on {options.picture or 'a drawn picture'}: {tuple(image.shape)}")
    shown, right = sizes()
    pools = [("the picture", image), *pooled(image)]
    picture(options.out / "filters.png", (8.5, 4.7), lambda figure: draw_filters(figure, image))
    path = options.out / "filters_sizes.png"
    picture(path, (8.5, 6.3), lambda figure: draw_sizes(figure, shown, pools))
    print(f"sizes that the formula gets right: {right} of {len(shown) - 1}")


if __name__ == "__main__":
    run(main)
