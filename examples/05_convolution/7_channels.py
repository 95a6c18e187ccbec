"""Several channels: each has a filter of its own, the answers are added up, and one bias is added.

z = b + Σ over channels, rows and columns of filter · input.  The bias belongs to the output: it is
added once, not once for each channel, as the lecture's loops do, and its gradient is the sum of
what comes back at every place, not that times the number of pixels and channels.
"""

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)
image = rng.integers(0, 3, size=(3, 4, 4)).astype(float)
filters = rng.integers(-1, 2, size=(2, 3, 3, 3)).astype(float)  # two outputs, three inputs
biases = np.array([10.0, 100.0])

# One cell of the first output, channel by channel.
parts = [(image[c, :3, :3] * filters[0, c]).sum() for c in range(3)]
z = sum(parts) + biases[0]
print(f"z = {' + '.join(f'({one:.0f})' for one in parts)} + bias {biases[0]:.0f} = {z:.0f}")

x = at.tensor(image)[None]
W = at.tensor(filters)
b = at.tensor(biases, requires_grad=True)
out = F.conv2d(x, W, b)
print(f"the engine: {out[0, 0, 0, 0].item():.0f}; with the bias in every channel {z + 20:.0f}")
out.sum().backward()
print(f"∂(sum)/∂b: {b.grad.tolist()}, once for each of {out[0, 0].numel()} places")
print(f"the lecture's loops would give {out[0, 0].numel() * 4 * 4 * 3:.0f}: 48 times as much")

print("\nsizes and weights of the lectures:")
for name, layer, shape in (
    ("two filters 3 × 3, stride 2", nn.Conv2d(3, 2, 3, stride=2), (3, 7, 7)),
    ("six filters 5 × 5", nn.Conv2d(3, 6, 5), (3, 28, 28)),
    ("three filters on two channels", nn.Conv2d(2, 3, 3), (2, 5, 5)),
):
    count = sum(one.numel() for one in layer.parameters())
    print(f"{name:30} {shape} → {tuple(layer(at.zeros(1, *shape)).shape[1:])}, {count} weights")

with drawing.picture(given.out / "channels.png", 2, 4, height=4.6) as panels:
    for c in range(3):
        drawing.matrix(panels[c], image[c], f"channel {c}", form="{:.0f}")
        drawing.matrix(panels[4 + c], filters[0, c], f"its filter: {parts[c]:.0f}", form="{:.0f}")
    drawing.matrix(panels[3], out[0, 0].detach(), "first output, bias 10", form="{:.0f}")
    drawing.matrix(panels[7], out[0, 1].detach(), "second output, bias 100", form="{:.0f}")

print(f"first cell of the first output: {z:.0f}")
