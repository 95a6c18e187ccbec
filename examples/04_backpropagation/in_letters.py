"""Sums in letters, read off the graph that the engine has recorded; and their picture."""

import numpy as np

import autotensor as at


def scalars(letter, matrix):
    """The numbers of a matrix, each a Tensor of its own: x11, x12, …"""
    return {
        f"{letter}{i + 1}{j + 1}": at.tensor(matrix[i, j].item(), requires_grad=True)
        for i, j in np.ndindex(*matrix.shape)
    }


def in_the_graph(node, names):
    """What the engine has recorded: Add(Mul(x11, w11), Mul(x12, w12)), …"""
    if hasattr(node, "variable"):
        return names[node.variable]
    inputs = ", ".join(in_the_graph(parent, names) for parent, _ in node.next_functions)
    return f"{str(node).strip('<>').removesuffix('Backward0')}({inputs})"


def products(node):
    """The pairs of factors that add up to a number, from its node in the graph."""
    parents = [parent for parent, _ in node.next_functions]
    if all(hasattr(parent, "variable") for parent in parents):  # a product of two leaves
        return [(parents[0].variable, parents[1].variable)]
    return [pair for parent in parents for pair in products(parent)]


def terms(leaf, sums):
    """What flows back into ``leaf``: from every sum it is in, by name, and the factor beside it."""
    return [
        (name, right if left is leaf else left)
        for name, one in sums.items()
        for left, right in products(one.grad_fn)
        if leaf is left or leaf is right
    ]


def draw(axes, rows):
    """Rows of matrices and the signs between them.  A matrix is a tuple: its title, its numbers,
    a colour, and maybe for every number, in a dict, the terms it is made of."""
    top = 0.0
    for row in rows:
        left, deepest = 0.0, 0.0
        for item in row:
            if isinstance(item, str):
                axes.text(left - 0.55, top - 1.1, item, ha="center", va="center", fontsize=20)
                continue
            title, matrix, colour, *sums = item
            width, height = (2.2, 1.65) if sums else (1, 1)
            _draw_matrix(axes, left, top, width, height, title, np.asarray(matrix), colour, *sums)
            left += matrix.shape[1] * width + 1.1
            deepest = max(deepest, matrix.shape[0] * height)
        top -= deepest + 1.1
    axes.set(xlim=(-0.3, 15.7), ylim=(top + 0.9, 0.8), aspect="equal")
    axes.axis("off")


def _draw_matrix(axes, left, top, width, height, title, matrix, colour, sums=None):
    axes.text(left + matrix.shape[1] * width / 2, top + 0.2, title, ha="center", fontsize=11)
    in_letters = list(sums.values()) if sums else [""] * matrix.size
    for (i, j), letters in zip(np.ndindex(matrix.shape), in_letters, strict=True):
        x, y = left + j * width, top - (i + 1) * height
        style = {"facecolor": colour + "30", "edgecolor": colour, "linewidth": 1.2}
        axes.fill_between([x, x + width], y, y + height, **style)
        number = f"{matrix[i, j]:g}"
        middle = x + width / 2
        if letters:
            lines = letters.replace(" + ", "\n+ ")
            axes.text(middle, y + 0.98, lines, ha="center", va="center", fontsize=9, linespacing=1)
            axes.text(middle, y + 0.1, number, ha="center", fontsize=11, weight="bold")
        else:
            axes.text(middle, y + 0.5, number, ha="center", va="center", fontsize=12)
