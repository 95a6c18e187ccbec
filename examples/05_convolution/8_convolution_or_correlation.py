"""Convolution turns the kernel by 180 degrees, cross-correlation does not; networks use the latter.

Turning makes convolution commute: x ∗ k = k ∗ x.  For a network it does not matter, since it
learns its kernels, turned or not.  Of the lecture's thirteen kernels only K8 is another after
turning.
"""

import numpy as np
from kernels import LECTURE, picture

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)


def correlate(x, k):
    """Every place where the kernel touches the input, zeros around it: the full result."""
    edges = (k.shape[0] - 1, k.shape[1] - 1)
    return F.conv2d(at.tensor(x)[None, None], at.tensor(k)[None, None], padding=edges)[0, 0].numpy()


def convolve(x, k):
    return correlate(x, k[::-1, ::-1].copy())


x, k = rng.integers(-3, 4, (4, 4)).astype(float), rng.integers(-3, 4, (2, 2)).astype(float)
expected = np.zeros((5, 5))  # Σ x[i, j] · k[row − i, column − j]: the textbook's double sum
for i, j in np.ndindex(4, 4):
    for u, v in np.ndindex(2, 2):
        expected[i + u, j + v] += x[i, j] * k[u, v]
print(f"x ∗ k and the double sum differ by {np.abs(convolve(x, k) - expected).max():.0f}")
print(f"x ∗ k and k ∗ x differ by {np.abs(convolve(x, k) - convolve(k, x)).max():.0f}")
print(f"x ⋆ k and k ⋆ x differ by {np.abs(correlate(x, k) - correlate(k, x)).max():.0f}")

others = [name for name, one in LECTURE.items() if not np.array_equal(one, np.rot90(one, 2))]
print(f"kernels that are another after turning: {', '.join(others)}")

red, K8 = picture()[0].astype(float), np.array(LECTURE["K8 skewed"], dtype=float)
with drawing.picture(given.out / "convolution_or_correlation.png", 1, 4, height=2.7) as panels:
    drawing.matrix(panels[0], K8, "K8", form="{:.0f}")
    drawing.image(panels[1], correlate(red, K8), "correlation", signed=False)
    drawing.matrix(panels[2], K8[::-1, ::-1], "K8, turned", form="{:.0f}")
    drawing.image(panels[3], convolve(red, K8), "convolution", signed=False)

print(f"kernels that only one of the two tells apart: {len(others)}")
