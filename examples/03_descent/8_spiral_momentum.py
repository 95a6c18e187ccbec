"""The spiral with momentum 0.9 and 64 neurons: now the arms are found.

Four runs of the lecture, of which it shows pictures only: a weak momentum changes nothing, neither
on four neurons nor on 64; a strong one helps, on 64 neurons most.  The last network is saved for
the program ``spiral_apply``.  How far it comes depends on luck: five seeds gave 0.59 to 0.88.
"""

from spiral import draw_classes, draw_monitor, network, train

import autotensor as at
from autotensor.examples import options
from nn.data import spiral_data

given = options(seed=0, epochs=10_000, short={"epochs": 50})
points, classes = spiral_data(samples=200, classes=3, spacing=10, generator=given.seed)

runs = {
    "4 neurons, α₀ 0.1, κ 0.01, μ 0.1": (4, {"rate": 0.1, "decay": 0.01, "momentum": 0.1}),
    "64 neurons, α₀ 0.1, κ 0.01, μ 0.1": (64, {"rate": 0.1, "decay": 0.01, "momentum": 0.1}),
    "4 neurons, α₀ 0.2, κ 0.001, μ 0.9": (4, {"rate": 0.2, "decay": 0.001, "momentum": 0.9}),
    "64 neurons, α₀ 0.2, κ 0.001, μ 0.9": (64, {"rate": 0.2, "decay": 0.001, "momentum": 0.9}),
}
for name, (hidden, settings) in runs.items():
    print(name)
    at.manual_seed(given.seed)
    model = network(hidden)
    history = train(model, points, classes, epochs=given.epochs, **settings)

draw_monitor(given.out / "spiral_momentum_monitor.png", history)
draw_classes(given.out / "spiral_momentum.png", model, points, classes)
at.save(model.state_dict(), given.out / "spiral.npz")
print(f"weights: {given.out / 'spiral.npz'}")
print(f"accuracy at the end: {history['accuracy'][-1]:.3f}")
