"""The spiral as lectured: 600 points on three arms, a network 2-4-3, descent at the rate 0.1.

Ten thousand steps on all points.  It does not succeed: four neurons with ReLU are too few, and
plain descent at this rate too slow.

The lecture prints an accuracy of 0.413 and a loss of 0.148 for epoch 0.  Both cannot be: 58.7 % of
the answers are wrong, each of these costs at least ln 2, so the loss is 0.407 or more.  Nor can
these settings end at 0.77: with every seed tried they end between 0.40 and 0.45.
"""

import math

from spiral import draw_classes, draw_monitor, network, train

import autotensor as at
from autotensor.examples import options
from nn.data import spiral_data

given = options(seed=0, epochs=10_000, hidden=4, rate=0.1, short={"epochs": 50})
at.manual_seed(given.seed)
points, classes = spiral_data(samples=200, classes=3, spacing=10, generator=given.seed)
model = network(given.hidden)

history = train(model, points, classes, rate=given.rate, epochs=given.epochs)
draw_monitor(given.out / "spiral_monitor.png", history)
draw_classes(given.out / "spiral.png", model, points, classes)

print(f"the least loss that an accuracy of 0.413 allows: {(1 - 0.413) * math.log(2):.3f}")
print("the lecture: 0.413 and loss 0.148 at first, 0.772 and 0.658 at the end")
print(f"accuracy at the end: {history['accuracy'][-1]:.3f}")
