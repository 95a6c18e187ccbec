"""The same network on autotensor: the same weights, the same steps, and the same numbers.

Left the engine of a hundred lines, right the one of this library.  The losses agree to the last
digits of float64, because both follow the same rules; what the big one adds is listed at the end.
"""

import numpy as np
from engine import Tensor

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import moons

given = options(seed=0, rate=0.5, steps=1000, short={"steps": 20})
points, classes = moons(200, noise=0.2, generator=given.seed)
rng = np.random.default_rng(given.seed)
start = [rng.normal(size=(2, 16)), np.zeros(16), rng.normal(size=(16, 2)) / 4, np.zeros(2)]

# In a hundred lines, as in the program before.
W1, b1, W2, b2 = weights = [Tensor(array) for array in start]
X, wanted = Tensor(points.numpy()), Tensor(np.eye(2)[classes.numpy()])
small = []
for _ in range(given.steps):
    powers = ((X @ W1 + b1).tanh() @ W2 + b2).exp()
    loss = -(wanted * (powers / powers.sum(axis=1, keepdims=True)).log()).sum() / len(points)
    loss.backward()
    for one in weights:
        one.array = one.array - given.rate * one.grad
        one.grad = np.zeros_like(one.grad)
    small.append(float(loss.array))

# On autotensor.
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2)).double()
with at.no_grad():
    for parameter, array in zip(model.parameters(), start, strict=True):
        parameter.copy_(at.tensor(array.T))  # a Linear keeps its weights as (out, in)
optimizer = optim.SGD(model.parameters(), lr=given.rate)
big = []
for _ in range(given.steps):
    loss = F.cross_entropy(model(points.double()), classes)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    big.append(loss.item())

print(f"{'step':>6} {'a hundred lines':>20} {'autotensor':>20}")
for step in sorted({0, 9, 99, given.steps - 1} & set(range(given.steps))):
    print(f"{step + 1:6} {small[step]:20.16f} {big[step]:20.16f}")

with drawing.picture(given.out / "the_same_net.png", height=4) as axes:
    axes.plot(small, lw=5, alpha=0.4, label="a hundred lines")
    axes.plot(big, "k--", lw=1, label="autotensor")
    axes.set(xlabel="step", ylabel="loss", yscale="log")
    axes.legend()

print("""
What the big engine adds, and where:
  views, writes in place, an error instead of a wrong gradient   autotensor/engine/in_place.py
  graphs of a million steps, freed as they are walked            autotensor/engine/backward.py
  gradients of gradients: rules that work on Tensors as well     autotensor/engine/operator.py
  float32, integers, bools, as PyTorch mixes them                autotensor/engine/dtypes.py
  hundreds of operators, each with its rule beside it            autotensor/operators/
  convolutions as fast as the processor                          autotensor/kernels/
  layers, losses, optimizers, data                               nn/
""")
print(f"largest difference of the losses: {np.abs(np.subtract(small, big)).max():.1e}")
