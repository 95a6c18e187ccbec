"""Average and min pooling, and flattening, by hand: each says where its numbers came from.

The mean takes a k·k-th of every number of the window, so each gets that share of the gradient; min
pooling sends it to the least.  Flattening only writes the same numbers in a row.
"""

import numpy as np
from layers import AveragePooling, Flat, MinPooling

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)
kinds = {"average": (AveragePooling, F.avg_pool2d), "min": (MinPooling, F.min_pool2d)}

largest = 0.0
for name, (Layer, engine) in kinds.items():
    for size, stride in ((2, 2), (3, 2), (2, 1), (5, 5)):
        x, layer = rng.normal(size=(2, 3, 10, 10)), Layer(size, stride)
        out = layer.forward(x)
        d = rng.normal(size=out.shape)
        X = at.tensor(x, requires_grad=True)
        Y = engine(X, size, stride)
        Y.backward(at.tensor(d))
        apart = max(
            np.abs(out - Y.detach().numpy()).max(),
            np.abs(layer.backward(d) - X.grad.numpy()).max(),
        )
        largest = max(largest, apart)
        print(f"{name:8} {size} × {size}, stride {stride}: {out.shape[2:]}, {apart:.0e} apart")

flat = Flat()
rows = flat.forward(rng.normal(size=(4, 13, 26, 26)))
print(
    f"flattened, the lecture's (26, 26, 13, 4): {rows.shape}, back to {flat.backward(rows).shape}"
)

small, d = rng.integers(0, 10, (1, 1, 4, 4)).astype(float), np.array([[[[4.0, 8], [12, 16]]]])
with drawing.picture(given.out / "other_pooling.png", 1, 4, height=2.6) as panels:
    drawing.matrix(panels[0], small[0, 0], "the input", form="{:.0f}")
    drawing.matrix(panels[1], d[0, 0], "what comes back", form="{:.0f}")
    for axes, (name, (Layer, _)) in zip(panels[2:], kinds.items(), strict=True):
        layer = Layer(2)
        layer.forward(small)
        drawing.matrix(axes, layer.backward(d)[0, 0], f"{name} pooling", form="{:.0f}")

print(f"largest difference: {largest:.1e}")
