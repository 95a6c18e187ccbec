"""The pictures of the course, in one style: Matplotlib's axes, and a few things to draw on them.

    with drawing.picture(given.out / "loss.png", columns=2) as (left, right):
        left.plot(losses)
        drawing.image(right, digit, "a digit")

Without Matplotlib the programs run all the same, and say what to install for the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from autotensor import from_numpy, no_grad

__all__ = ["COLOURS", "bars", "graph", "image", "matrix", "picture", "regions", "sheet", "surface"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
"""Colours that differ in print and to colour-blind eyes (Okabe and Ito, 2008)."""


class _Nowhere:
    """Stands in for axes where there is no Matplotlib: takes every call, and draws nothing."""

    def __getattr__(self, name: str) -> _Nowhere:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> _Nowhere:
        return self

    def __getitem__(self, index: Any) -> _Nowhere:
        return self

    def __iter__(self) -> Iterator[_Nowhere]:
        return iter(())


@contextmanager
def picture(
    path: Path,
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = 8.5,
    height: float | None = None,
    title: str = "",
    **more: Any,
) -> Iterator[Any]:
    """Gives axes to draw on, row by row, or the only ones, and saves them as a PNG afterwards.

    Args:
        path: where to.
        rows, columns: of axes.
        width, height: of the whole, in inches of 100 pixels; without a height, axes are square.
        title: over all.
        more: for Matplotlib's ``Figure.subplots``, such as ``sharey=True``.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f"no {path.name}: Matplotlib is missing; pip install 'autotensor[plot]'")
        blank = [_Nowhere() for _ in range(rows * columns)]
        yield blank[0] if len(blank) == 1 else blank
        return
    height = height or min(width / columns * rows + 0.4 * bool(title), 14)
    figure = Figure(figsize=(width, height), layout="constrained")
    if title:
        figure.suptitle(title)
    axes = figure.subplots(rows, columns, squeeze=False, **more).ravel()
    for one in axes:
        one.set_prop_cycle(color=COLOURS)
    yield axes[0] if len(axes) == 1 else list(axes)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from PIL import Image

    memory = BytesIO()
    figure.savefig(memory, dpi=100)
    # 256 colours are enough, and make the file a third as large.
    drawn = Image.open(memory).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    drawn.save(path, optimize=True)
    print(f"picture: {path}")


# -- things to draw, each on axes ------------------------------------------------------------------


def image(axes: Any, pixels: Any, title: str = "", *, signed: bool | None = None) -> None:
    """A picture ``(H, W)`` or ``(H, W, 3)``, without ticks.

    Where there are negative values, or ``signed``, red is positive, blue negative and white zero;
    else a picture ``(H, W)`` is grey, from black, its least value, to white.
    """
    values = np.asarray(pixels)
    axes.set_title(title, fontsize=10)
    axes.axis("off")
    if values.ndim == 3:
        axes.imshow(values)
    elif (values.min(initial=0) < 0) if signed is None else signed:
        reach = np.abs(values).max(initial=0) or 1
        axes.imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach)
    else:
        axes.imshow(values, cmap="gray")


def matrix(axes: Any, values: Any, title: str = "", *, form: str = "{:g}") -> None:
    """A matrix of numbers, each written into its field, which is coloured by its sign."""
    numbers = np.asarray(values)
    image(axes, numbers, title, signed=True)
    reach = np.abs(numbers).max(initial=0) or 1
    for (row, column), value in np.ndenumerate(numbers):
        dark = abs(value) > 0.6 * reach
        axes.text(
            column, row, form.format(value), ha="center", va="center", fontsize=9,
            color="white" if dark else "black",
        )  # fmt: skip


def sheet(
    axes: Any,
    images: Any,
    captions: Sequence[str],
    title: str = "",
    *,
    columns: int = 10,
    colours: Sequence[str] = (),
    fontsize: float = 9,
) -> None:
    """Many grey pictures ``(N, H, W)`` on the same axes, row by row, each with a caption below.

    Each picture reaches from black, its least value, to white.  A caption has its colour of
    ``colours``, black if there are none.
    """
    values = np.asarray(images, dtype=np.float32)
    count, height, width = values.shape
    rows, below = -(-count // columns), round(0.42 * height) if any(captions) else 2
    tile_height, tile_width = height + below, width + max(2, width // 12)
    page = np.ones((rows * tile_height, columns * tile_width), np.float32)
    for index, one in enumerate(values):
        top, left = index // columns * tile_height, index % columns * tile_width
        least, most = one.min(), one.max()
        page[top : top + height, left : left + width] = (one - least) / ((most - least) or 1)
        if captions:
            axes.text(
                left + width / 2, top + height + 0.06 * height, captions[index],
                ha="center", va="top", fontsize=fontsize,
                color=colours[index] if len(colours) else "black",
            )  # fmt: skip
    axes.set_title(title)
    axes.axis("off")
    axes.imshow(page, cmap="gray", vmin=0, vmax=1)


def bars(
    axes: Any, names: Sequence[str], values: Any, title: str = "", *, form: str = "{:.3g}"
) -> None:
    """A bar for each name, with its value at its end."""
    drawn = axes.barh(range(len(names)), np.asarray(values), color=COLOURS[0])
    axes.bar_label(drawn, fmt=form, padding=3)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(title)


def graph(axes: Any, output: Any) -> None:
    """The operators that made the Tensor ``output``, which is below, and the weights they took."""
    rows: dict[Any, int] = {}
    arrows, waiting = [], [(output.grad_fn, 0)]
    while waiting:
        node, row = waiting.pop()
        rows[node] = max(row, rows.get(node, 0))
        for before, _ in node.next_functions:
            if before is not None:
                arrows.append((before, node))
                waiting.append((before, row + 1))
    places: dict[Any, tuple[float, float]] = {}
    for node, row in rows.items():
        beside = [one for one, other in rows.items() if other == row]
        # What was computed stands in the first column, weights to the right of it.
        beside.sort(key=lambda one: hasattr(one, "variable"))
        column = beside.index(node) + (row == max(rows.values()))
        places[node] = (column, row)
        weights = hasattr(node, "variable")
        shape = tuple(node.variable.shape) if weights else ""
        text = str(shape).rstrip(",)").replace("(", "").replace(", ", " × ") if weights else ""
        axes.text(
            *places[node], text or node.name().replace("Backward0", ""),
            ha="center", va="center", fontsize=9,
            bbox={"boxstyle": "round", "fc": "#e8eef5" if weights else "#fbe9d5", "ec": "grey"},
        )  # fmt: skip
    for before, after in arrows:
        style = {"arrowstyle": "->", "color": "grey", "shrinkA": 12, "shrinkB": 12}
        axes.annotate("", places[after], places[before], arrowprops=style, zorder=0)
    columns, lines = zip(*places.values(), strict=True)
    axes.set(xlim=(-0.6, max(columns) + 0.6), ylim=(-0.5, max(lines) + 0.5))
    axes.axis("off")


def regions(axes: Any, predict: Callable[[Any], Any], points: Any, classes: Any) -> None:
    """Points ``(N, 2)`` in the colours of their classes, over what ``predict`` says everywhere.

    ``predict`` takes points ``(M, 2)``, a float32 Tensor, and gives a class for each, ``(M,)``.
    """
    points, classes = np.asarray(points), np.asarray(classes)
    low, high = points.min(0) - 0.1, points.max(0) + 0.1
    x, y = np.meshgrid(*(np.linspace(low[at], high[at], 200) for at in (0, 1)))
    everywhere = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    with no_grad():
        found = np.asarray(predict(from_numpy(everywhere))).reshape(x.shape)
    count = int(max(found.max(), classes.max())) + 1
    levels = np.arange(count + 1) - 0.5
    axes.contourf(x, y, found, levels, colors=COLOURS[:count], alpha=0.25)
    for number in range(count):
        members = points[classes == number]
        axes.plot(*members.T, "o", ms=2.5, color=COLOURS[number], label=f"class {number}")
    axes.set(xlabel="x₁", ylabel="x₂", aspect="equal")


def surface(
    axes: Any,
    height: Callable[[Any, Any], Any],
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    paths: Any = (),
    levels: Any = 20,
) -> None:
    """Contour lines of ``height(x, y)``, which takes float32 Tensors, between the bounds of each.

    Args:
        paths: by name, which may be empty, the points ``(steps, 2)`` that a descent has passed.
        levels: as Matplotlib's ``contour`` takes them.
    """
    across, up = np.meshgrid(*(np.linspace(*one, 200, dtype=np.float32) for one in (x, y)))
    with no_grad():
        values = np.asarray(height(from_numpy(across), from_numpy(up)))
    axes.contour(across, up, values, levels, cmap="Greys_r", linewidths=0.8)
    for name, path in dict(paths).items():
        axes.plot(*np.asarray(path).T, ".-", ms=4, lw=1, label=name or None)
    axes.set(xlim=x, ylim=y)
    if any(dict(paths)):
        axes.legend(fontsize=8)
