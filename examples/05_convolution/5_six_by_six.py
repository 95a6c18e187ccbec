"""The 6 × 6 example of the lecture: every cell of the map, ReLU and pooling.

The lecture prints the map transposed, although it draws the filter as moving along the rows.
"""

import numpy as np

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options()
image = np.array(
    [
        [255, 220, 150, 200, 110, 100],
        [240, 50, 35, 45, 200, 130],
        [0, 20, 245, 250, 230, 120],
        [170, 180, 235, 145, 170, 255],
        [190, 185, 170, 165, 130, 120],
        [255, 255, 245, 190, 200, 175],
    ],
    dtype=float,
)
kernel = np.array([[-0.7, 0.2, 0.1], [0.3, 0.5, 0.4], [-0.2, -0.4, 0.2]])

for place, (row, column) in {"first": (0, 0), "second": (0, 1)}.items():
    products = (image[row : row + 3, column : column + 3] * kernel).ravel()
    terms = " ".join(f"{one:+.1f}" for one in products)
    print(f"{place} cell: {terms} = {products.sum():.1f}")

found = F.conv2d(at.tensor(image)[None, None], at.tensor(kernel)[None, None])
positive = F.relu(found)
pooled = F.max_pool2d(positive, 2)
print(found[0, 0].numpy().round(1))
print("pooled:", pooled[0, 0].tolist(), "and in the lecture [[104, 217.5], [224, 52.5]]")

with drawing.picture(given.out / "six_by_six.png", 2, 3, height=5.8) as panels:
    drawing.matrix(panels[0], image, "the image", form="{:.0f}")
    drawing.matrix(panels[1], kernel, "the filter")
    drawing.matrix(panels[2], found[0, 0], "the map", form="{:.1f}")
    drawing.matrix(panels[3], positive[0, 0], "after ReLU", form="{:.1f}")
    drawing.matrix(panels[4], pooled[0, 0], "after max pooling", form="{:.1f}")
    panels[5].axis("off")

print(f"negative numbers that ReLU takes away: {int((found < 0).sum())}")
