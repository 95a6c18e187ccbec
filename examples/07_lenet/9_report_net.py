"""The network of the report: two convolutions of 8 filters 5 × 5, pooling, 128 neurons.

28 → 24 → 20 → 10 pixels, 800 numbers flat, 105,634 weights in all.  The report sets out to compare
times and ends before it does; here are a time and an accuracy, and those of a flat network.
"""

from time import perf_counter

from ladder import climb, report_net, with_relu

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0, data=None, epochs=8, digits=4000, short={"epochs": 1, "digits": 300})

model, _ = report_net()
x = at.zeros(1, 1, 28, 28)
for layer in model:
    x = layer(x)
    weights = sum(one.numel() for one in layer.parameters())
    print(f"{type(layer).__name__:10} {tuple(x.shape[1:])!s:14} {weights or '':>8}")
print(f"together {sum(one.numel() for one in model.parameters()):,} weights")

networks = {"CNN 8-8-128": (report_net, 0.05), "five flat layers": (with_relu, 0.05)}
with drawing.picture(given.out / "report_net.png", 1, 2, height=3.6, sharey=True) as panels:
    for axes, (name, (build, decay)) in zip(panels, networks.items(), strict=True):
        began = perf_counter()
        history = climb(build, decay, given)
        seconds = perf_counter() - began
        accuracy = history["validation_accuracy"][-1]
        print(f"{name}: test accuracy {accuracy:.3f} after {seconds:.0f} s")
        history.plot(["accuracy"], axes=[axes])
        axes.set_title(name)
        if name.startswith("CNN"):
            best = accuracy

print(f"test accuracy: {best:.3f}")
