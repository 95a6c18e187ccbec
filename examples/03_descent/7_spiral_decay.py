"""The spiral with a rate that falls: α = 0.1 / (1 + 0.02·t).

The steps become so small, and so early, that the network gets no further than before: it ends
between 0.40 and 0.45 as well.  A falling rate is a cure for trembling, not for being slow.
"""

from spiral import draw_monitor, network, train

import autotensor as at
from autotensor.examples import options
from nn.data import spiral_data

given = options(seed=0, epochs=10_000, decay=0.02, short={"epochs": 50})
at.manual_seed(given.seed)
points, classes = spiral_data(samples=200, classes=3, spacing=10, generator=given.seed)

history = train(network(4), points, classes, rate=0.1, decay=given.decay, epochs=given.epochs)
draw_monitor(given.out / "spiral_decay.png", history)

print(f"rate at the end: {history['learning rate α'][-1]:.6f}, not printed in the lecture")
print(f"accuracy at the end: {history['accuracy'][-1]:.3f}")
