"""A convolution of a 3 × 3 input with a 2 × 2 filter, and its two gradients, term by term.

    python examples/conv_by_hand.py            every sum written out, and a picture
    python examples/conv_by_hand.py --seed 1   the same with other numbers

The filter W slides over the input X, and Y is what it finds; E = Σ (Y − T)² / 2 says how far that
is from a target T.  Which terms add up to ∂E/∂W and ∂E/∂X is read off the graph that the engine
records when Y is computed number by number.  Beside it stand the formulas, which are convolutions
again: with D = ∂E/∂Y,

    ∂E/∂W = X ⋆ D                D slides over X
    ∂E/∂X = D ∗ W                the flipped W slides over D with a border of zeros

⋆ is the cross-correlation that networks call convolution, ∗ the convolution of mathematics, which
turns the filter by 180° first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from drawing import COLOURS, command_line, picture, run

import autotensor as at
import nn.functional as F
from autotensor import Tensor

# -- forward and backward, number by number --------------------------------------------------------


def scalars(letter: str, matrix: Tensor) -> dict[str, Tensor]:
    """The numbers of a matrix, each a Tensor of its own: x11, x12, ..."""
    return {
        f"{letter}{i + 1}{j + 1}": at.tensor(matrix[i, j].item(), requires_grad=True)
        for i, j in np.ndindex(*matrix.shape)
    }


def slide(x: dict[str, Tensor], w: dict[str, Tensor]) -> dict[str, Tensor]:
    """y11, y12, y21, y22: for every place of the filter, the sum of four products."""
    y = {}
    for i, j in [(1, 1), (1, 2), (2, 1), (2, 2)]:
        y[f"y{i}{j}"] = (
            x[f"x{i}{j}"] * w["w11"]
            + x[f"x{i}{j + 1}"] * w["w12"]
            + x[f"x{i + 1}{j}"] * w["w21"]
            + x[f"x{i + 1}{j + 1}"] * w["w22"]
        )
    return y


def in_the_graph(node: Any, names: dict[Tensor, str]) -> str:
    """What the engine has recorded: Add(Mul(x11, w11), Mul(x12, w12)) ..."""
    if hasattr(node, "variable"):
        return names[node.variable]
    inputs = ", ".join(in_the_graph(parent, names) for parent, _ in node.next_functions)
    return f"{str(node).strip('<>').removesuffix('Backward0')}({inputs})"


def products(node: Any) -> list[tuple[Tensor, Tensor]]:
    """The pairs of factors that add up to a number, from its node in the graph."""
    parents = [parent for parent, _ in node.next_functions]
    if all(hasattr(parent, "variable") for parent in parents):  # a product of two leaves
        return [(parents[0].variable, parents[1].variable)]
    return [pair for parent in parents for pair in products(parent)]


def terms(leaf: Tensor, y: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
    """What flows back into ``leaf``: from every product it is in, the gradient of its sum, by
    name, times the other factor."""
    return [
        (name, right if left is leaf else left)
        for name, one in y.items()
        for left, right in products(one.grad_fn)
        if leaf is left or leaf is right
    ]


def show_gradients(
    of: dict[str, Tensor], y: dict[str, Tensor], names: dict[Tensor, str], formula: Tensor
) -> tuple[dict[str, str], float]:
    """A line for each gradient; returns its terms by name, and how far apart the three ways are."""
    in_letters, apart = {}, 0.0
    print(f"{'':51}by terms  by engine  by formula")
    for (name, leaf), expected in zip(of.items(), formula.flatten().tolist(), strict=True):
        flows = terms(leaf, y)
        in_letters[name] = " + ".join(f"d{one[1:]}·{names[factor]}" for one, factor in flows)
        total = sum(y[one].grad.item() * factor.item() for one, factor in flows)
        engine = leaf.grad.item()
        numbers = f"{total:8g} {engine:10g} {expected:11g}"
        apart = max(apart, abs(engine - total), abs(engine - expected))
        print(f"∂E/∂{name} = {in_letters[name]:40} {numbers}")
    return in_letters, apart


# -- convolution and cross-correlation -------------------------------------------------------------


def conv2d(X: Tensor, W: Tensor, padding: int = 0) -> Tensor:
    """The engine's, for one image and one filter: ``(H, W)`` instead of ``(N, C, H, W)``."""
    return F.conv2d(X[None, None], W[None, None], padding=padding)[0, 0]


def convolve(X: Tensor, W: Tensor) -> np.ndarray:
    """The convolution of mathematics, Σ X[i−u, j−v] W[u, v], as a sum of ``numpy.convolve``: each
    row of X with each row of W, added to the row where the two meet."""
    rows, columns = np.add(X.shape, W.shape) - 1
    total = np.zeros((rows, columns))
    for i, row in enumerate(X.numpy()):
        for u, filter_row in enumerate(W.numpy()):
            total[i + u] += np.convolve(row, filter_row)
    return total


def compare(X: Tensor, W: Tensor, D: Tensor) -> float:
    """The engine's answers beside sums of ``numpy.convolve``; returns the largest difference."""
    turned = W.flip((0, 1))
    inside = slice(1, -1)  # only where the filter lies within X
    cases = [
        ("X ⋆ W, as networks do", conv2d(X, W), convolve(X, turned)[inside, inside]),
        ("X ∗ W inside: W turned", conv2d(X, turned), convolve(X, W)[inside, inside]),
        ("X ∗ W, and its border", conv2d(X, turned, padding=1), convolve(X, W)),
        ("∂E/∂W = X ⋆ D", conv2d(X, D), convolve(X, D.flip((0, 1)))[inside, inside]),
        ("∂E/∂X = D ∗ W", conv2d(D, turned, padding=1), convolve(D, W)),
    ]
    print(f"\n{'':26}{'by the engine':45}by sums of numpy.convolve")
    for name, engine, summed in cases:
        print(f"{name:25} {in_a_line(engine):44} {in_a_line(summed)}")
    return max(float(np.abs(engine.numpy() - summed).max()) for _, engine, summed in cases)


def in_a_line(matrix: Any) -> str:
    return " | ".join(" ".join(f"{number:g}" for number in row) for row in matrix.tolist())


# -- the picture -----------------------------------------------------------------------------------

Place = tuple[float, float]


def draw_matrix(
    axes: Any, place: Place, title: str, matrix: Any, colour: str, letters: dict[str, str]
) -> None:
    """A grid of numbers; where there are ``letters``, each number below the terms it is made of."""
    width, height = (2.2, 1.65) if letters else (1.0, 1.0)
    left, top = place
    rows, columns = matrix.shape
    axes.text(left + columns * width / 2, top + 0.2, title, ha="center", fontsize=11)
    cells = [(left + j * width, top - (i + 1) * height) for i, j in np.ndindex(rows, columns)]
    sums = letters.values() or [""] * len(cells)
    for (x, y), number, terms in zip(cells, matrix.ravel().tolist(), sums, strict=True):
        style = {"facecolor": colour + "30", "edgecolor": colour, "linewidth": 1.2}
        axes.fill_between([x, x + width], y, y + height, **style)
        middle = x + width / 2
        if terms:
            lines = terms.replace(" + ", "\n+ ")
            axes.text(middle, y + 0.98, lines, ha="center", va="center", fontsize=9, linespacing=1)
            axes.text(middle, y + 0.1, f"{number:g}", ha="center", fontsize=11, weight="bold")
        else:
            axes.text(middle, y + 0.5, f"{number:g}", ha="center", va="center", fontsize=12)


def draw(figure: Any, X: Tensor, W: Tensor, T: Tensor, D: Tensor, letters: dict[str, Any]) -> None:
    blue, orange, green, yellow = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[3]
    turned, border = W.flip((0, 1)), F.pad(D, (1, 1, 1, 1))
    dW, dX = conv2d(X, D), conv2d(D, turned, padding=1)
    axes = figure.subplots()
    rows: list[list[Any]] = [
        [("input X", X, blue), "⋆", ("filter W", W, orange), "=", ("output Y", D + T, green), "−",
         ("target T", T, yellow), "=", ("D = ∂E/∂Y", D, green)],
        [("input X", X, blue), "⋆", ("D", D, green), "=",
         ("∂E/∂W = X ⋆ D", dW, orange, letters["w"])],
        [("D with a border of zeros", border, green), "⋆", ("W turned by 180°", turned, orange),
         "=", ("∂E/∂X = D ∗ W", dX, blue, letters["x"])],
    ]  # fmt: skip
    top = 0.0
    for row in rows:
        left, deepest = 0.0, 0.0
        for item in row:
            if isinstance(item, str):
                axes.text(left - 0.55, top - 1.1, item, ha="center", va="center", fontsize=20)
                continue
            title, matrix, colour, *rest = item
            draw_matrix(axes, (left, top), title, matrix.numpy(), colour, *(rest or [{}]))
            left += matrix.shape[1] * (2.2 if rest else 1) + 1.1
            deepest = max(deepest, matrix.shape[0] * (1.65 if rest else 1))
        top -= deepest + 1.1
    axes.set(xlim=(-0.3, 15.7), ylim=(top + 0.9, 0.8), aspect="equal")
    axes.axis("off")


# -- from the command line -------------------------------------------------------------------------


def main() -> None:
    options = command_line(__doc__).parse_args()
    at.manual_seed(options.seed)
    X, W = at.randint(0, 10, (3, 3)).float(), at.randint(-2, 4, (2, 2)).float()
    T = conv2d(X, W) - at.randint(-3, 4, (2, 2)).float()  # not too far away
    for name, matrix in [("X", X), ("W", W), ("T", T)]:
        print(f"{name} = {in_a_line(matrix)}")

    x, w = scalars("x", X), scalars("w", W)
    names = {tensor: name for name, tensor in (x | w).items()}
    y = slide(x, w)
    print(f"Y = {in_a_line(conv2d(X, W))}, in the graph")
    for name, one in y.items():
        print(f"{name} = {in_the_graph(one.grad_fn, names)}")
        one.retain_grad()  # D, the gradient between E and the sums
    targets = T.flatten()
    error = sum((one - targets[index]) ** 2 / 2 for index, one in enumerate(y.values()))
    error.backward(retain_graph=True)  # the graph is read once more
    D = at.stack([one.grad for one in y.values()]).reshape(2, 2)
    print(f"E = {error.item():g}, D = ∂E/∂Y = Y − T = {in_a_line(D)}\n")

    dW, dX = conv2d(X, D), conv2d(D, W.flip((0, 1)), padding=1)
    w_terms, w_apart = show_gradients(w, y, names, dW)
    x_terms, x_apart = show_gradients(x, y, names, dX)
    difference = max(w_apart, x_apart, compare(X, W, D))
    letters = {"w": w_terms, "x": x_terms}
    path = options.out / "conv_by_hand.png"
    picture(path, (8.5, 8), lambda figure: draw(figure, X, W, T, D, letters))
    print(f"largest difference: {difference:g}")


if __name__ == "__main__":
    run(main)
