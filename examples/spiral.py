"""Three arms of a spiral, told apart by a network of 2, 64 and 3 neurons.

    python examples/spiral.py                  trains, draws, and saves the weights
    python examples/spiral.py --apply          loads them and answers for points it has never seen
    python examples/spiral.py --labels one-hot      1 0 0 for class 0, instead of the number 0
    python examples/spiral.py --regression     no softmax: the outputs themselves should be 1 0 0

Every epoch is one step on all points.  The learning rate falls as α₀ / (1 + κt) in epoch t, and
momentum lets the steps roll on.  Some points stray over the middle between two arms: not even who
knows the spirals can be right about more than 96.4 % of them, on average.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import numpy as np
from drawing import COLOURS, command_line, picture, run
from tqdm import tqdm

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import spiral_data
from nn.training import Callback, History, evaluate, fit

# -- network and losses ----------------------------------------------------------------------------


def network() -> nn.Sequential:
    """Points ``(N, 2)`` → a score for each arm, ``(N, 3)``."""
    model = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 3))
    # The arms lie closer together than one bend of tanh is wide: the first layer starts steeper.
    with at.no_grad():
        for parameter in model[0].parameters():
            parameter.mul_(3)
    return model


def one_hot(classes: Tensor) -> Tensor:
    return F.one_hot(classes, 3).float()


def with_sparse_labels(scores: Tensor, classes: Tensor) -> Tensor:
    """Softmax and cross-entropy, −log of what the right class gets: ``classes (N,)`` say which."""
    return F.cross_entropy(scores, classes)


def with_one_hot_labels(scores: Tensor, classes: Tensor) -> Tensor:
    """The same as a sum over all classes, of which the label 0 strikes out all but one."""
    return F.cross_entropy(scores, one_hot(classes))


def root_mean_square(scores: Tensor, classes: Tensor) -> Tensor:
    """How far the outputs are from 1 for the right class and 0 for the others."""
    return F.mse_loss(scores, one_hot(classes)).sqrt()


# -- training and applying -------------------------------------------------------------------------


class Bar(Callback):
    """One bar for all epochs: each is too short for a bar, or a line, of its own."""

    def on_fit_begin(self, run: Any) -> None:
        self.bar = tqdm(total=run.epochs, unit="epoch", leave=False, disable=None)

    def on_epoch_end(self, run: Any) -> None:
        self.bar.update()
        if run.epoch % 100 == 0:
            self.bar.set_postfix(accuracy=f"{run.history['train_accuracy'][-1]:.3f}")

    def on_fit_end(self, run: Any) -> None:
        self.bar.close()


def train(options: Namespace) -> None:
    at.manual_seed(options.seed)
    points, classes = spiral_data(options.points)
    model = network()
    sparse = with_sparse_labels(model(points), classes).item()
    both = f"{sparse:.6f} with sparse, {with_one_hot_labels(model(points), classes):.6f} with"
    print(f"{len(points):,} points; cross-entropy before training: {both} one-hot labels")

    loss = with_one_hot_labels if options.labels == "one-hot" else with_sparse_labels
    rate, decay, nesterov, epochs = 1.0, 1e-3, True, 3000
    if options.regression:  # falls more slowly, and wants smaller steps
        loss, rate, decay, nesterov, epochs = root_mean_square, 0.2, 2e-4, False, 5000
    optimizer = optim.SGD(model.parameters(), lr=rate, momentum=0.95, nesterov=nesterov)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + decay * epoch))
    history = fit(
        model,
        [(points, classes)],  # all points are one batch
        loss,
        optimizer,
        50 if options.quick else epochs,
        scheduler=scheduler,
        callbacks=[Bar()],
        verbose=False,
    )
    for epoch in sorted({1, 10, 100, 1000, history.epochs} & set(range(history.epochs + 1))):
        row = {name: column[epoch - 1] for name, column in history.items()}
        print(
            f"epoch {epoch:4}: loss {row['train_loss']:.4f}, accuracy {row['train_accuracy']:.3f}, "
            f"learning rate {row['learning_rate']:.3f}"
        )

    options.out.mkdir(parents=True, exist_ok=True)
    at.save(model.state_dict(), options.out / "spiral.npz")
    print(f"weights: {options.out / 'spiral.npz'}")
    loss_name = "RMSE" if options.regression else "cross-entropy"
    picture(
        options.out / "spiral.png",
        (8.5, 6.6),
        lambda figure: draw(figure, model, points, classes, history, loss_name),
    )
    answer(model, options)


def apply(options: Namespace) -> None:
    weights = options.out / "spiral.npz"
    if not weights.exists():
        raise FileNotFoundError(f"there is no {weights}; train first, without --apply")
    model = network()
    model.load_state_dict(at.load(weights))
    points, classes = fresh(options)
    picture(
        options.out / "spiral_applied.png",
        (8.5, 4.2),
        lambda figure: draw_regions(figure, model, points, classes),
    )
    answer(model, options)


def fresh(options: Namespace) -> tuple[Tensor, Tensor]:
    """1,000 points on every arm, other than those for training."""
    return spiral_data(1000, generator=options.seed + 1_000_000)


def answer(model: nn.Module, options: Namespace) -> None:
    points, classes = fresh(options)
    accuracy = evaluate(model, [(points, classes)], verbose=False).accuracy
    print(f"accuracy on {len(points):,} fresh points: {accuracy:.3f}")


# -- pictures --------------------------------------------------------------------------------------


def draw(
    figure: Any, model: nn.Module, points: Tensor, classes: Tensor, history: History, loss: str
) -> None:
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.7))
    above.suptitle("Three arms of a spiral: training", fontsize=12)
    epochs = np.arange(1, history.epochs + 1)
    columns = {"train_loss": loss, "train_accuracy": "accuracy", "learning_rate": "learning rate α"}
    for axes, (name, label), colour in zip(
        above.subplots(1, 3), columns.items(), COLOURS, strict=False
    ):
        axes.plot(epochs, history[name], color=colour)
        axes.set(xscale="log", xlabel="epoch", ylabel=label)
        if name == "train_loss":
            axes.set_yscale("log")
        else:
            axes.set_ylim(0, 1.05 * max(history[name]))
        axes.grid(alpha=0.3)
    draw_regions(below, model, points, classes)


def draw_regions(figure: Any, model: nn.Module, points: Tensor, classes: Tensor) -> None:
    """The classes that are, and those that the network says, over what it says everywhere."""
    line = at.linspace(-1.1, 1.1, 221)
    x, y = at.meshgrid(line, line, indexing="xy")
    with at.no_grad():
        everywhere = model(at.stack([x.flatten(), y.flatten()], dim=1)).argmax(1).reshape(x.shape)
        said = model(points).argmax(1)
    wrong = (said != classes).sum().item()
    some = np.arange(0, len(points), -(-len(points) // 1500))  # as many as can be seen
    for axes, (title, those) in zip(
        figure.subplots(1, 2),
        [
            (f"true classes ({len(some):,} of {len(points):,} points)", classes),
            (f"predicted classes: {wrong:,} of {len(points):,} wrong", said),
        ],
        strict=True,
    ):
        axes.contourf(x.numpy(), y.numpy(), everywhere.numpy(), [-0.5, 0.5, 1.5, 2.5],
                      colors=COLOURS[:3], alpha=0.25)  # fmt: skip
        for number in range(3):
            members = some[those.numpy()[some] == number]
            axes.plot(*points.numpy()[members].T, "o", ms=2.2, color=COLOURS[number],
                      label=f"class {number}")  # fmt: skip
        axes.set_title(title, fontsize=11)
        axes.set(xlabel="x₁", ylabel="x₂", aspect="equal", xlim=(-1.1, 1.1), ylim=(-1.1, 1.1))
    axes.legend(loc="lower left", fontsize=8, markerscale=2)


# -- from the command line -------------------------------------------------------------------------


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--apply", action="store_true", help="answer with the saved weights")
    parser.add_argument("--labels", choices=("sparse", "one-hot"), default="sparse")
    parser.add_argument("--regression", action="store_true", help="no softmax, RMSE")
    parser.add_argument("--points", type=int, default=2000, help="on every arm, for training")
    options = parser.parse_args()
    if options.apply:
        apply(options)
    else:
        train(options)


if __name__ == "__main__":
    run(main)
