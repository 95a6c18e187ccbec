"""LeNet, trained with the loops of ``layers.py`` and with the engine: the same numbers, one slow.

tanh, average pooling and three convolutions, as the lectures build it from scratch.  Every layer's
``backward`` is called in reverse, and each step w ← w − α·∂E/∂w is written out.
"""

from time import perf_counter

import numpy as np
from layers import AveragePooling, Convolution, CrossEntropy, Dense, Flat, Softmax, Tanh

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST

given = options(seed=0, batch=8, steps=6, rate=0.1, short={"batch": 1, "steps": 2})
digits = MNIST(train=True)
rng = np.random.default_rng(given.seed)


def started(*shape, inputs):
    """Weights within ±1/√inputs."""
    return rng.uniform(-1, 1, size=shape) / np.sqrt(inputs)


by_hand = [
    Convolution(started(6, 1, 5, 5, inputs=25), np.zeros(6), padding=2),  # 28 → 28
    *(Tanh(), AveragePooling(2)),  # → 14
    Convolution(started(16, 6, 5, 5, inputs=150), np.zeros(16)),  # → 10
    *(Tanh(), AveragePooling(2)),  # → 5
    Convolution(started(120, 16, 5, 5, inputs=400), np.zeros(120)),  # → 1
    *(Tanh(), Flat()),
    *(Dense(started(120, 84, inputs=120), np.zeros(84)), Tanh()),
    *(Dense(started(84, 10, inputs=84), np.zeros(10)), Softmax()),
]
model = nn.Sequential(
    *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
    *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
    *(nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten()),
    *(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
).double()
with at.no_grad():
    for layer, twin in zip(model, by_hand, strict=False):
        if hasattr(twin, "weights"):
            turned = twin.weights.T if isinstance(twin, Dense) else twin.weights
            layer.weight.copy_(at.tensor(turned.copy()))
            layer.bias.copy_(at.tensor(twin.biases))
optimizer = optim.SGD(model.parameters(), lr=given.rate)

losses, times = {"by hand": [], "by the engine": []}, {"by hand": 0.0, "by the engine": 0.0}
for step in range(given.steps):
    some = slice(step * given.batch, (step + 1) * given.batch)
    images, labels = digits.images[some, None] / 255.0, digits.labels[some].astype(int)

    began, x, loss = perf_counter(), images, CrossEntropy()
    for layer in by_hand:
        x = layer.forward(x)
    losses["by hand"].append(loss.forward(x, labels))
    d = loss.backward()
    for layer in reversed(by_hand):
        d = layer.backward(d)
    for layer in by_hand:
        if hasattr(layer, "weights"):
            layer.weights -= given.rate * layer.dweights
            layer.biases -= given.rate * layer.dbiases
    times["by hand"] += perf_counter() - began

    began = perf_counter()
    error = F.cross_entropy(model(at.tensor(images)), at.tensor(labels))
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    losses["by the engine"].append(error.item())
    times["by the engine"] += perf_counter() - began
    print(f"step {step}: " + ", ".join(f"{name} {one[-1]:.12f}" for name, one in losses.items()))

for name, seconds in times.items():
    print(f"{name:13} {1000 * seconds / given.steps:9.1f} ms for a step on {given.batch} digits")
print(f"the engine is {times['by hand'] / times['by the engine']:.0f} times as fast")

with drawing.picture(given.out / "lenet_by_hand.png", 1, 2, height=3.4) as (curve, bars):
    curve.plot(losses["by hand"], lw=5, alpha=0.4, label="by hand")
    curve.plot(losses["by the engine"], "k--", label="by the engine")
    curve.set(xlabel="step", ylabel="loss")
    curve.legend()
    drawing.bars(
        bars, list(times), [1000 * one / given.steps for one in times.values()], "ms a step"
    )
    bars.set(xscale="log", xlim=(1, 20_000))

apart = np.abs(np.subtract(losses["by hand"], losses["by the engine"])).max()
print(f"largest difference of the losses: {apart:.1e}")
