"""Padding and stride, and the size of what comes out: ⌊(n + 2·padding − k) / stride⌋ + 1.

The lecture's own convolution in plain loops, with kernel K2, the colours added up: the strides 1,
2, 5, 10 and 20, and a padding of 30.  The lecture writes the formula without rounding down.
"""

import numpy as np
from kernels import LECTURE, picture

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options()
pixels = picture()
kernel = np.array(LECTURE["K2 edges"], dtype=np.float32)


def convolve(pixels, kernel, padding, stride):
    """In plain loops: the patch under the kernel, times the kernel, added up over the colours."""
    padded = np.pad(pixels, ((0, 0), (padding, padding), (padding, padding)))
    k = len(kernel)
    rows = (padded.shape[1] - k) // stride + 1
    columns = (padded.shape[2] - k) // stride + 1
    out = np.zeros((rows, columns), dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            out[row, column] = (padded[:, top : top + k, left : left + k] * kernel).sum()
    return out


settings = [(0, 1), (0, 2), (0, 5), (0, 10), (0, 20), (30, 1)]
lecture = ["197 × 186", "99 × 93", "40 × 38", "20 × 19", "10 × 10", "257 × 246"]
weight = at.from_numpy(np.broadcast_to(kernel, (1, 3, 3, 3)).copy())
largest, right = 0.0, 0
with drawing.picture(given.out / "sizes.png", 2, 3, height=6.2) as panels:
    for axes, (padding, stride), wanted in zip(panels, settings, lecture, strict=True):
        by_loops = convolve(pixels, kernel, padding, stride)
        by_engine = F.conv2d(at.from_numpy(pixels)[None], weight, stride=stride, padding=padding)
        largest = max(largest, np.abs(by_loops - by_engine[0, 0].numpy()).max())
        formula = [(n + 2 * padding - 3) // stride + 1 for n in pixels.shape[1:]]
        size = f"{formula[0]} × {formula[1]}"
        right += size == wanted and by_loops.shape == tuple(formula)
        print(f"padding {padding:2}, stride {stride:2}: {size}, in the lecture {wanted}")
        drawing.image(axes, by_loops, f"padding {padding}, stride {stride}: {size}", signed=False)

print(f"loops and engine are at most {largest:.0e} apart")
print(f"sizes that the formula gets right: {right} of {len(settings)}")
