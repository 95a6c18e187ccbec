"""One neuron, three neurons, a layer on a batch, two layers: the gradient in three ways.

    python examples/neuron.py              a table of all weights and their gradients, and a picture
    python examples/neuron.py --seed 1     the same with other numbers

A neuron weighs its inputs, adds a bias and squeezes the sum: a = tanh(w₁x₁ + w₂x₂ + b).  The error
E says how far its output is from a target t, and the gradient how E changes with every weight.
Here it is found by hand with the chain rule, by trying (each weight a little larger, a little
smaller), and by the engine; the three must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from drawing import COLOURS, command_line, picture, run

import autotensor as at
from autotensor import Tensor


class Case(NamedTuple):
    """A small network, and the gradient of its error worked out by hand."""

    title: str
    weights: dict[str, Tensor]
    targets: Tensor
    output: Callable[[], Tensor]
    by_hand: Callable[[], list[Tensor]]

    def error(self) -> Tensor:
        """E: half the squared distance from the target, the mean over the samples."""
        samples = len(self.targets) if self.targets.ndim == 2 else 1
        return ((self.output() - self.targets) ** 2).sum() / (2 * samples)


# Numbers in float64: differences of float32 would be good to three digits only.
def weights(*shape: int) -> Tensor:
    return at.randn(*shape, dtype=at.float64, requires_grad=True)


def data(*shape: int) -> Tensor:
    return 2 * at.rand(*shape, dtype=at.float64) - 1


# -- four networks, each with its chain rule -------------------------------------------------------


def one_neuron() -> Case:
    w1, w2, b = (at.tensor(w, dtype=at.float64, requires_grad=True) for w in (0.9, -1.4, 0.3))
    x1, x2, t = (at.tensor(x, dtype=at.float64) for x in (0.8, 0.6, 0.7))

    def output() -> Tensor:
        return at.tanh(w1 * x1 + w2 * x2 + b)

    def by_hand() -> list[Tensor]:
        a = output()
        dz = (a - t) * (1 - a**2)  # ∂E/∂a = a − t, and tanh′(z) = 1 − tanh²(z)
        return [dz * x1, dz * x2, dz]

    title = "one neuron: a = tanh(w1 x1 + w2 x2 + b), E = (a − t)² / 2"
    return Case(title, {"w1": w1, "w2": w2, "b": b}, t, output, by_hand)


def three_neurons() -> Case:
    """Every neuron has a row of W and its own bias; all see the same two inputs."""
    W, b, x, t = weights(3, 2), weights(3), data(2), data(3)

    def output() -> Tensor:
        return at.tanh(W @ x + b)

    def by_hand() -> list[Tensor]:
        a = output()
        dz = (a - t) * (1 - a**2)  # one for each neuron
        return [at.outer(dz, x), dz]  # ∂E/∂W[i,j] = dz[i] · x[j]

    title = "three neurons: a = tanh(W x + b), E = Σ (a − t)² / 2"
    return Case(title, {"W": W, "b": b}, t, output, by_hand)


def dense_layer() -> Case:
    """The same layer for four samples at once: one in each row of X."""
    W, b, X, T = weights(3, 2), weights(3), data(4, 2), data(4, 3)

    def output() -> Tensor:
        return at.tanh(X @ W.T + b)

    def by_hand() -> list[Tensor]:
        A = output()
        dZ = (A - T) / len(X) * (1 - A**2)
        return [dZ.T @ X, dZ.sum(0)]  # what the samples want, added up

    title = "dense layer, 4 samples: A = tanh(X Wᵀ + b), E = Σ (A − T)² / (2·4)"
    return Case(title, {"W": W, "b": b}, T, output, by_hand)


def two_layers() -> Case:
    """Chained: the outputs of the first layer are the inputs of the second."""
    W1, b1, W2, b2 = weights(3, 2), weights(3), weights(2, 3), weights(2)
    X, T = data(4, 2), data(4, 2)

    def hidden() -> Tensor:
        return at.tanh(X @ W1.T + b1)

    def output() -> Tensor:
        return at.tanh(hidden() @ W2.T + b2)

    def by_hand() -> list[Tensor]:
        A1, A2 = hidden(), output()
        dZ2 = (A2 - T) / len(X) * (1 - A2**2)
        dZ1 = dZ2 @ W2 * (1 - A1**2)  # back through the weights of the second layer
        return [dZ1.T @ X, dZ1.sum(0), dZ2.T @ A1, dZ2.sum(0)]

    title = "two layers, 4 samples: A = tanh(tanh(X W1ᵀ + b1) W2ᵀ + b2), E = Σ (A − T)² / (2·4)"
    return Case(title, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, T, output, by_hand)


# -- the gradient in three ways --------------------------------------------------------------------


def by_differences(case: Case, step: float = 1e-5) -> list[Tensor]:
    """(E(w + step) − E(w − step)) / (2 step), for one weight after the other."""
    gradients = []
    for weight in case.weights.values():
        gradient, before = at.zeros_like(weight), weight.detach().clone()
        for index in np.ndindex(weight.shape):
            weight[index] = before[index] + step
            above = case.error()
            weight[index] = before[index] - step
            gradient[index] = (above - case.error()) / (2 * step)
            weight[index] = before[index]
        gradients.append(gradient)
    return gradients


def by_engine(case: Case) -> list[Tensor]:
    return list(at.grad(case.error(), list(case.weights.values())))


def in_a_column(tensors: Iterable[Tensor]) -> np.ndarray:
    return np.concatenate([one.detach().numpy().ravel() for one in tensors])


def three_ways(case: Case) -> np.ndarray:
    """The gradient by hand, by differences, by the engine: a row for every weight."""
    with at.no_grad():
        without_engine = [case.by_hand(), by_differences(case)]
    return np.stack([in_a_column(way) for way in (*without_engine, by_engine(case))], axis=1)


def names(case: Case) -> list[str]:
    """``W[0,1]`` and so on, in the order of ``three_ways``."""
    return [
        name + (f"[{','.join(map(str, index))}]" if index else "")
        for name, weight in case.weights.items()
        for index in np.ndindex(weight.shape)
    ]


def show(case: Case, gradients: np.ndarray) -> None:
    output = np.array2string(case.output().detach().numpy(), precision=3, floatmode="fixed")
    print(f"\n{case.title}\nE = {case.error().item():.6f}, output\n{output}")
    print(
        f"{'weight':9}{'value':>8}  gradient {'by hand':>8} {'by difference':>15} {'by engine':>14}"
    )
    values = in_a_column(case.weights.values())
    for name, value, row in zip(names(case), values, gradients, strict=True):
        print(f"{name:9}{value:8.4f}    " + " ".join(f"{number:14.10f}" for number in row))


# -- the picture -----------------------------------------------------------------------------------


def draw_neuron(figure: Any, axes: Any, neuron: Case) -> None:
    """The output over both inputs; arrows are its gradient there, (1 − a²) · (w₁, w₂)."""
    w1, w2, b = (weight.item() for weight in neuron.weights.values())

    def grid(count: int, end: float) -> tuple[Tensor, Tensor, Tensor]:
        line = at.linspace(-end, end, count, dtype=at.float64)
        x1, x2 = (one.clone().requires_grad_() for one in at.meshgrid(line, line, indexing="xy"))
        return x1, x2, at.tanh(w1 * x1 + w2 * x2 + b)

    x1, x2, a = (one.detach().numpy() for one in grid(81, 2))
    levels = np.linspace(-1, 1, 11)
    shades = axes.contourf(x1, x2, a, levels, cmap="cividis")
    figure.colorbar(shades, ax=axes, ticks=[-1, -0.5, 0, 0.5, 1])
    x1, x2, a = grid(7, 1.8)
    slopes = at.grad(a.sum(), [x1, x2])
    arrows = [one.detach().numpy() for one in (x1, x2, *slopes)]
    axes.quiver(*arrows, color="white", edgecolor="black", linewidth=0.6, width=0.01)
    title = "Shades: one neuron's output a = tanh(w₁x₁ + w₂x₂ + b)"
    title += "\narrows: its gradient by the engine, uphill"
    axes.set_title(title, fontsize=11)
    axes.set(xlabel="input x₁", ylabel="input x₂", aspect="equal")


def draw_tangent(axes: Any, neuron: Case) -> None:
    """The error as one weight changes, and the line that has the slope the engine found."""
    weight = neuron.weights["w1"]
    here, error, slope = weight.item(), neuron.error().item(), by_engine(neuron)[0].item()
    places, errors = np.linspace(here - 2.5, here + 2.5, 101), []
    with at.no_grad():
        for place in places:
            weight.fill_(place)
            errors.append(neuron.error().item())
        weight.fill_(here)
    axes.plot(places, errors, color=COLOURS[0], label="error E")
    near = np.array([here - 0.9, here + 0.9])
    label = f"slope ∂E/∂w₁ = {slope:.3f}"
    axes.plot(near, error + slope * (near - here), "--", color=COLOURS[1], label=label)
    axes.plot(here, error, "o", color=COLOURS[1])
    axes.set_title("The gradient is a slope:\nthe error as only w₁ changes", fontsize=11)
    axes.set(xlabel="weight w₁", ylabel="error E", ylim=(min(0, *errors) - 0.05, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)


def draw_gradients(axes: Any, cases: list[Case], found: list[np.ndarray]) -> None:
    """Bars by the engine, with a mark for each of the other two."""
    start, ticks = 0, []
    for case, gradients in zip(cases, found, strict=True):
        at_x = np.arange(start, start + len(gradients))
        hand, differences, engine = gradients.T
        axes.bar(at_x, engine, color=COLOURS[5], label="by the engine")
        axes.plot(at_x, hand, "o", mfc="none", ms=8, color=COLOURS[7], label="by hand")
        axes.plot(at_x, differences, "x", ms=5, color=COLOURS[1], label="by finite differences")
        ticks += list(zip(at_x, names(case), strict=True))
        middle = (at_x[0] + at_x[-1]) / 2
        heading = case.title.split(":")[0].replace(", ", ",\n")
        axes.annotate(heading, (middle, 1.02), xycoords=("data", "axes fraction"), ha="center")
        start += len(gradients) + 1
        if case is cases[0]:
            axes.legend(fontsize=9, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.23))
    places, labels = zip(*ticks, strict=True)
    axes.set_xticks(places, labels, rotation=90, fontsize=8)
    axes.set(ylabel="gradient of E", xlim=(-1, start - 1))
    axes.axhline(0, color="black", lw=0.8)
    axes.grid(axis="y", alpha=0.3)


# -- from the command line -------------------------------------------------------------------------


def main() -> None:
    options = command_line(__doc__).parse_args()
    at.manual_seed(options.seed)
    cases = [one_neuron(), three_neurons(), dense_layer(), two_layers()]
    found = [three_ways(case) for case in cases]
    for case, gradients in zip(cases, found, strict=True):
        show(case, gradients)

    def draw(figure: Any) -> None:
        top, bottom = figure.subfigures(2, 1, height_ratios=(1, 0.95))
        left, right = top.subplots(1, 2, width_ratios=(1.2, 1))
        draw_neuron(top, left, cases[0])
        draw_tangent(right, cases[0])
        draw_gradients(bottom.subplots(), cases, found)

    picture(options.out / "neuron.png", (8.5, 7.2), draw)
    difference = max(float(np.ptp(gradients, axis=1).max()) for gradients in found)
    print(f"largest difference: {difference:.1e}")


if __name__ == "__main__":
    run(main)
