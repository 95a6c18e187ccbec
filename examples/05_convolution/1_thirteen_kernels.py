"""Thirteen kernels: what nine numbers make of a picture, before anything is learnt.

A kernel of 3 × 3 numbers slides over the red, the green and the blue channel by itself, as in the
lecture, so every channel has thirteen maps, drawn in grey from its least value to its largest.  At
an edge a map goes up on one side and down on the other, and only so are both seen.

Change this: ``--photo FILE`` takes a picture of yours.
"""

import numpy as np
from kernels import LECTURE, OURS, picture, thirteen

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(photo=None)
pixels = picture(given.photo)
kernels = at.from_numpy(thirteen())[:, None]  # (13, 1, 3, 3)

# Each channel is a picture of its own: (3, 1, H, W) → (3, 13, H − 2, W − 2).
maps = F.conv2d(at.from_numpy(pixels)[:, None], kernels)
for name, total in zip(LECTURE, kernels.sum((1, 2, 3)).tolist(), strict=True):
    brightness = {0: "only edges remain", 1: "as bright as before"}.get(round(total), "brighter")
    print(f"{name:12} adds up to {total:3.0f}: {brightness}")
print("K7 is called a blur in the lecture; it is one after division by its sum, 16")

for number, colour in enumerate(("red", "green", "blue")):
    path = given.out / f"thirteen_kernels_{colour}.png"
    with drawing.picture(path, 3, 5, height=6, title=f"the {colour} channel") as panels:
        drawing.image(panels[0], pixels[number], "the channel itself")
        for axes, name, shown in zip(panels[1:], LECTURE, maps[number], strict=False):
            drawing.image(axes, shown, name, signed=False)
        panels[14].axis("off")

own = F.conv2d(at.from_numpy(pixels)[:1, None], at.tensor(list(OURS.values())).float()[:, None])
with drawing.picture(given.out / "thirteen_kernels_more.png", 1, 4, height=3) as panels:
    for axes, name, shown in zip(panels, OURS, own[0], strict=True):
        drawing.image(axes, shown, f"not in the lecture:\n{name}", signed=False)

full = np.add(pixels.shape[1:], 2)
print(f"the lecture's maps are larger, {full[0]} × {full[1]}: they begin outside the picture")
print(f"maps: {maps.shape[0] * maps.shape[1]} of {maps.shape[2]} × {maps.shape[3]}")
