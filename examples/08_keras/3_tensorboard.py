"""TensorBoard: curves, histograms of the weights after every epoch, and the graph.

In Keras that is TensorBoard(write_graph=True, histogram_freq=1), here TensorBoard(histograms=True,
graph=True).  Look at the files with ``tensorboard --logdir out/tensorboard``.

What it shows is drawn here as well, counted by a callback of our own.  Bright is where many weights
are; each row is an epoch.  The 392,000 of the first layer hardly seem to move: few of them have to,
and each only a little.  In the last layer, with 500 weights, one sees them spread.  The graph is
read from the loss backward, as the engine goes through it.

Change this: ``--epochs 30`` is the lecture's number.
"""

from importlib.util import find_spec

import numpy as np
from net import digits, network

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, TensorBoard, evaluate, fit

given = options(seed=0, epochs=15, short={"epochs": 2})
at.manual_seed(given.seed)
loader = DataLoader(TensorDataset(*digits(0, 2400)), batch_size=128, shuffle=True)
validation = DataLoader(TensorDataset(*digits(2400, 3000)), batch_size=600)
model = network()
EDGES = {
    "0.weight": np.linspace(-0.2, 0.2, 61),  # of 784 → 500
    "2.weight": np.linspace(-0.4, 0.4, 61),  # of 500 → 50
    "4.weight": np.linspace(-1, 1, 61),  # of 50 → 10
}


class WeightHistograms(Callback):
    """Counts how the weights of every layer are distributed."""

    def __init__(self):
        self.counts = {}

    def on_fit_begin(self, run):
        self.on_epoch_end(run)  # as they begin: epoch 0

    def on_epoch_end(self, run):
        for name, weights in run.model.named_parameters():
            if name in EDGES:
                counts, _ = np.histogram(weights.detach().numpy(), EDGES[name])
                self.counts.setdefault(name, []).append(counts)


folder = given.out / "tensorboard"
histograms = WeightHistograms()
optimizer = optim.Adadelta(model.parameters())
fit(
    model,
    loader,
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=validation,
    callbacks=[TensorBoard(folder, histograms=True, graph=True), histograms],
)
if find_spec("tensorboard") is None:
    print("to look at it: pip install 'autotensor[tensorboard]', which writing does not need")
print(f"now: tensorboard --logdir {folder}")

pixels, classes = next(iter(validation))
loss = F.cross_entropy(model(pixels), classes)
with drawing.picture(given.out / "tensorboard.png", columns=4, height=4.2, width=9.8) as panels:
    for axes, (name, rows) in zip(panels, histograms.counts.items(), strict=False):
        reach = EDGES[name][-1]
        extent = (-reach, reach, len(rows) - 0.5, -0.5)
        axes.imshow(rows, extent=extent, aspect="auto", cmap="magma", interpolation="nearest")
        shape = " × ".join(map(str, model.get_parameter(name).shape))
        axes.set(xlabel="weight", title=shape)
    panels[0].set_ylabel("epoch")
    drawing.graph(panels[3], loss)
    panels[3].set_title("the graph")

for name, rows in histograms.counts.items():
    middle = (EDGES[name][1:] + EDGES[name][:-1]) / 2
    spread = [float(np.sqrt((row * middle**2).sum() / row.sum())) for row in (rows[0], rows[-1])]
    print(f"{name}: spread {spread[0]:.3f} at the beginning, {spread[1]:.3f} at the end")
print(f"validation accuracy: {evaluate(model, validation, verbose=False).accuracy:.3f}")
