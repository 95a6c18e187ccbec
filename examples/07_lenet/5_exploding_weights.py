"""Weights that explode: LeNet starts at 10·randn, and its filters end in the thousands.

A unit of the third convolution adds 400 numbers with weights near ±10: tanh sees ±200, is 1 or −1,
and its slope is 0, or, where it is not, the error comes back through layer after layer of tens.
The lecture prints a filter between −16993.1 and 39876.7.  It gives no rate: 1, and pixels from 0 to
255, are a guess that leads to numbers of that size.  Its L2 penalty, 1e-2, adds 2·L2·w to the
gradient.  The update is printed with a plus, w ← w + 2·L2·w, which lets weights grow without end;
right is w ← w − α·2·L2·w.  Look at the filters of the bad start: soon no step moves them at all.
Change this: ``--rate 0.1`` makes them ten times smaller, and the network no wiser.
"""

import numpy as np
from lenet import keras_lenet

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset

given = options(
    seed=0, rate=1.0, l2=0.01, epochs=5, digits=4000, short={"epochs": 2, "digits": 512}
)
training = Subset(MNIST(train=True), range(given.digits))
testing = MNIST(train=False)
images, answers = at.tensor(testing.images[:, None] / 255.0, dtype=at.float32), testing.labels

# Start, rate, brightness, and what of w a step takes away: the penalty's slope times the rate.
runs = {
    "10·randn": ("large", given.rate, 255, 0.0),
    "10·randn, L2": ("large", given.rate, 255, 2 * given.l2),
    "10·randn, L2 as printed": ("large", given.rate, 255, -2 * given.l2),
    "a right start": ("usual", 0.1, 1, 0.0),
}
largest, accuracy = {}, {}
for name, (start, rate, bright, penalty) in runs.items():
    at.manual_seed(given.seed)
    model = keras_lenet()  # PyTorch's start: within ±1/√n, of n inputs to a unit
    if start == "large":
        with at.no_grad():
            for weights in model.parameters():
                weights.copy_(10 * at.randn(weights.shape) if weights.ndim > 1 else 0 * weights)
    filters = model[0].weight  # the six filters of the first convolution
    optimizer = optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    largest[name], accuracy[name] = [filters.abs().max().item()], []
    for _ in range(given.epochs):
        for x, labels in DataLoader(training, batch_size=128, shuffle=True):
            loss = F.cross_entropy(model(bright * x), labels)
            optimizer.zero_grad()
            loss.backward()
            with at.no_grad():
                for weights in model.parameters():
                    weights.grad += penalty * weights
            optimizer.step()
            largest[name].append(filters.abs().max().item())
        with at.no_grad():
            found = model(bright * images).argmax(1).numpy()
        accuracy[name].append(float(np.mean(found == answers)))
    low, high = filters.min().item(), filters.max().item()
    print(
        f"{name:>23}: first filters from {low:11.5g} to {high:10.5g}, "
        f"test accuracy {accuracy[name][-1]:.3f}"
    )
print("            the lecture: a filter from     -16993.1 to    39876.7, accuracies lost")

with drawing.picture(given.out / "exploding_weights.png", columns=2, width=9, height=4) as (
    sizes,
    right,
):
    for name in runs:
        sizes.plot(largest[name], label=name)
        right.plot(range(1, given.epochs + 1), accuracy[name], ".-")
    sizes.axhline(39876.7, color="grey", ls=":", label="the lecture's 39876.7")
    sizes.set(yscale="log", xlabel="step", title="largest weight of the first filters")
    sizes.legend(fontsize=8)
    right.set(xlabel="epoch", title="test accuracy", ylim=(0, 1), xticks=range(1, given.epochs + 1))

print(f"largest weight of the first filters: {largest['10·randn'][-1]:.1f}")
