"""Pooling: a window of pixels becomes one, the largest, the mean, or the least.

Max pooling keeps what was found somewhere in the window and lifts what is bright; min pooling keeps
what is everywhere; the mean blurs.  None of them has a weight to learn.
"""

from kernels import picture

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(window=6)
image = at.from_numpy(picture())[None]  # (1, 3, 199, 188)

pooled = {
    "the picture": image,
    "max": F.max_pool2d(image, given.window),
    "mean": F.avg_pool2d(image, given.window),
    "min": F.min_pool2d(image, given.window),
}
for name, one in pooled.items():
    print(f"{name:12} {one.shape[2]} × {one.shape[3]}, mean brightness {one.mean().item():.3f}")

# The same on the letter X, where pixels can be counted.
letter = at.maximum(at.eye(9), at.eye(9).flip(0))[None, None]
kinds = {"max": F.max_pool2d, "mean": F.avg_pool2d, "min": F.min_pool2d}
with drawing.picture(given.out / "pooling.png", 2, 4, height=4.8) as panels:
    for axes, (name, one) in zip(panels, pooled.items(), strict=False):
        drawing.image(axes, one[0].permute(1, 2, 0), name)
    drawing.matrix(panels[4], letter[0, 0], "a letter of 9 × 9", form="{:.0f}")
    for axes, (name, pool) in zip(panels[5:], kinds.items(), strict=True):
        drawing.matrix(axes, pool(letter, 3)[0, 0], f"{name} of 3 × 3", form="{:.2g}")

darker = pooled["mean"].mean() - pooled["min"].mean()
print(f"min pooling darkens the picture by: {darker.item():.3f}")
