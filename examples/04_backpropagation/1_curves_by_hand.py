"""ReLU, sigmoid and tanh by hand: each keeps what its slope needs, and multiplies.

Going forward, ReLU keeps where its input was positive, the sigmoid and tanh keep their output:
σ·(1 − σ) and 1 − tanh² are their slopes.  Going back, a layer multiplies what it is given with its
slope.  ``layers.py``, beside this file, has every layer of this chapter.
"""

import numpy as np
from layers import ReLU, Sigmoid, Tanh

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)
x, d = rng.normal(size=(4, 5)) * 3, rng.normal(size=(4, 5))

layers = {"ReLU": (ReLU(), at.relu), "sigmoid": (Sigmoid(), at.sigmoid), "tanh": (Tanh(), at.tanh)}
largest = 0.0
with drawing.picture(given.out / "curves_by_hand.png", 1, 3, height=3) as panels:
    for axes, (name, (layer, engine)) in zip(panels, layers.items(), strict=True):
        out = layer.forward(x)
        dx = layer.backward(d)
        X = at.tensor(x, requires_grad=True)
        engine(X).backward(at.tensor(d))
        apart = np.abs(dx - X.grad.numpy()).max()
        largest = max(largest, apart)
        print(f"{name:8} forward {out[0].round(3)}, back {dx[0].round(3)}, {apart:.0e} apart")
        line = np.linspace(-5, 5, 201)[None]
        axes.plot(line[0], layer.forward(line)[0], label=name)
        axes.plot(line[0], layer.backward(np.ones((1, 201)))[0], label="its slope")
        axes.set_ylim(-1.1, 1.5)
        axes.legend()

print(f"largest difference: {largest:.1e}")
