"""A network learns on the engine of a hundred lines: two half moons, sixteen hidden neurons.

Everything is in view: two layers as two matrix products, softmax and cross-entropy from ``exp``,
``sum`` and ``log``, and the step w ← w − α · ∂E/∂w.  No derivative is written down.
"""

import numpy as np
from engine import Tensor

from autotensor.examples import drawing, options
from nn.data import moons

given = options(seed=0, rate=0.5, steps=1000, short={"steps": 20})
points, classes = moons(200, noise=0.2, generator=given.seed)
X, wanted = Tensor(points.numpy()), Tensor(np.eye(2)[classes.numpy()])  # rows 1 0 and 0 1

rng = np.random.default_rng(given.seed)
W1, b1 = Tensor(rng.normal(size=(2, 16))), Tensor(np.zeros(16))
W2, b2 = Tensor(rng.normal(size=(16, 2)) / 4), Tensor(np.zeros(2))


def scores(X):
    """(N, 2) → (N, 2): how much speaks for each class."""
    return (X @ W1 + b1).tanh() @ W2 + b2


losses = []
for step in range(given.steps):
    powers = scores(X).exp()
    shares = powers / powers.sum(axis=1, keepdims=True)  # softmax
    loss = -(wanted * shares.log()).sum() / len(points)  # cross-entropy
    loss.backward()
    for weights in (W1, b1, W2, b2):
        weights.array = weights.array - given.rate * weights.grad
        weights.grad = np.zeros_like(weights.grad)
    losses.append(loss.array)
    if step % 100 == 0:
        print(f"step {step:4}: loss {loss.array:.4f}")


def predict(points):
    return scores(Tensor(points)).array.argmax(1)


with drawing.picture(given.out / "train_a_net.png", columns=2, height=4) as (curve, plane):
    curve.plot(losses)
    curve.set(xlabel="step", ylabel="loss", yscale="log")
    drawing.regions(plane, predict, points, classes)

print(f"accuracy: {(predict(points) == classes.numpy()).mean():.3f}")
