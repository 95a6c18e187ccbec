"""Three convolutions in a row, each starting from the thirteen kernels, with ReLU and pooling.

In the lecture's layer every kernel is shared by all channels of its input, whose answers are added
up: 13 · 9 = 117 weights and 13 biases, whatever comes in.  The sizes of two chains are checked: one
of three convolutions, and one with a ReLU and a pooling after each.
"""

import numpy as np
from kernels import house, thirteen
from PIL import Image

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options

given = options(batch=10, short={"batch": 2})


class ConvLayer(nn.Module):
    """Thirteen kernels, shared by all channels of the input: (N, C, H, W) → (N, 13, H', W')."""

    def __init__(self, padding, stride):
        super().__init__()
        self.kernels = nn.Parameter(at.from_numpy(thirteen()))
        self.biases = nn.Parameter(at.zeros(13))
        self.padding, self.stride = padding, stride

    def forward(self, x):
        added = x.sum(1, keepdim=True)  # one kernel for all channels: the channels are added first
        return F.conv2d(added, self.kernels[:, None], self.biases, self.stride, self.padding)


def sizes_through(layers, x):
    found = [x]
    for layer in layers:
        found.append(layer(found[-1]))
    return found


turned = [
    np.rot90(np.asarray(house().resize((128, 128), Image.Resampling.BOX)), k) for k in range(4)
]
images = np.stack([turned[number % 4] for number in range(given.batch)]) / np.float32(255)
M = at.from_numpy(images.transpose(0, 3, 1, 2).copy())  # (10, 3, 128, 128)

row = [ConvLayer(2, 1), ConvLayer(0, 1), ConvLayer(0, 3)]
with at.no_grad():
    maps = sizes_through(row, M)
wanted = [130, 128, 42]
for layer, out, size in zip(row, maps[1:], wanted, strict=True):
    shape = tuple(out.shape)
    print(
        f"padding {layer.padding}, stride {layer.stride}: {shape}, in the lecture {size} × {size}"
    )

chain = [
    *(ConvLayer(2, 1), nn.ReLU(), nn.MaxPool2d(4, stride=4)),
    *(ConvLayer(1, 1), nn.ReLU(), nn.MaxPool2d(4, stride=1)),
    *(ConvLayer(0, 3), nn.ReLU(), nn.MaxPool2d(2, stride=2)),
]
with at.no_grad():
    chained = sizes_through(chain, M)
sides = [chained[at].shape[-1] for at in (1, 3, 4, 6, 7, 9)]
print(f"with ReLU and pooling: {sides}, lecture [130, 32, 32, 29, 9, 4]")

with drawing.picture(given.out / "three_in_a_row.png", 3, 3, height=8) as panels:
    for axes, channel, name in zip(panels, M[0], ("red", "green", "blue"), strict=False):
        drawing.image(axes, channel, name)
    for column, out in enumerate(maps[1:]):
        for line, kernel in ((1, 1), (2, 4)):
            title = f"kernel K{kernel + 1} after {column + 1}"
            drawing.image(panels[3 * line + column], out[0, kernel], title, signed=False)

print(f"numbers left of each image: {chained[-1][0].numel()}")
