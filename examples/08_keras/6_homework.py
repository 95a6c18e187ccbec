"""The homework: sixty ways to begin one network, and which of them are dead.

The lecture's 500-50-10 with five beginnings of its weights, three activations, with and without
dropout and batch normalization, each trained for a few epochs.  Look for the dead ones, which read
one digit in ten right, and why they are:

    zero       with ReLU and tanh only the last biases ever get a gradient
    constant   all units of a layer are equal and stay so: 500 units are one
    large      sums of large terms: sigmoid and tanh are flat there

After 100 epochs the lecture is best, about 92 %, with scaled random weights, ReLU, dropout and
batch normalization, and finds that the last does not help there.

Change this: ``--epochs 1`` shows which of them learn at once.
"""

from itertools import product

import numpy as np
from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(seed=0, epochs=3, digits=4000, short={"epochs": 1, "digits": 200})
train_set = TensorDataset(*digits(0, given.digits))
test = DataLoader(TensorDataset(*digits(train=False)), batch_size=1000)

BEGINNINGS = {
    "zero": nn.init.zeros_,
    "constant": lambda weight: nn.init.constant_(weight, 0.01),
    "large": nn.init.normal_,
    "Glorot": nn.init.xavier_normal_,
    "He": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
}
ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}
EXTRAS = ("plain", "dropout", "batch norm", "both")


def layers(beginning, activation, extra):
    """784 → 500 → 50 → 10, with what comes between."""
    first, activated, second, _, last = network(ACTIVATIONS[activation])
    for layer in (first, second, last):
        BEGINNINGS[beginning](layer.weight)
    model = nn.Sequential()
    for layer in (first, second):
        model.append(layer)
        if extra in ("batch norm", "both"):
            model.append(nn.BatchNorm1d(layer.out_features))
        model.append(activated)
        if extra in ("dropout", "both"):
            model.append(nn.Dropout(0.2))
    return model.append(last)


found = {}
for way in product(BEGINNINGS, ACTIVATIONS, EXTRAS):
    at.manual_seed(given.seed)
    model = layers(*way)
    loader = DataLoader(train_set, batch_size=100, shuffle=True)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, verbose=False)
    accuracy = evaluate(model, test, verbose=False).accuracy
    units = len(np.unique(np.round(model[0].weight.detach().numpy(), 6), axis=0))
    found[way] = accuracy
    print(
        f"{'  '.join(f'{one:10}' for one in way)}  accuracy {accuracy:.3f}, {units:3} units differ"
    )

with drawing.picture(given.out / "homework.png", 1, 4, width=9, height=3.6, sharey=True) as panels:
    for axes, extra in zip(panels, EXTRAS, strict=True):
        table = np.array([[found[one, way, extra] for way in ACTIVATIONS] for one in BEGINNINGS])
        axes.imshow(table, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(table):
            colour = "white" if share < 0.6 else "black"
            axes.text(column, row, f"{share:.3f}", ha="center", va="center", color=colour)
        axes.set_xticks(range(3), ACTIVATIONS)
        axes.set_yticks(range(5), BEGINNINGS)
        axes.set_title(extra, fontsize=11)

dead = sum(share < 0.2 for share in found.values())
best = max(found, key=found.get)
print(f"{dead} of {len(found)} are dead: below 0.2")
print(f"best: {', '.join(best)}")
print(f"test accuracy of the best: {found[best]:.3f}, the lecture has about .92")
