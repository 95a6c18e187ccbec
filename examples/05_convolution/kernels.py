"""The thirteen kernels of the lecture, unscaled as there, a few of our own, and a picture."""

import numpy as np
from PIL import Image, ImageDraw, ImageOps

LECTURE = {
    "K1 identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "K2 edges": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "K3 edges": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "K4 edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "K5 sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "K6 blur": [[1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9]],
    "K7 blur": [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    "K8 skewed": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "K9": [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
    "K10": [[1, 1, 1], [0, 0, 0], [1, 1, 1]],
    "K11": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "K12": [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
    "K13": [[1, 0, 1], [1, 0, 1], [1, 0, 1]],
}

# Not in the lecture: edges of one direction, and patterns.
OURS = {
    "edges across": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "edges upright": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "plus": [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
    "ring": [[1, 1, 1], [1, 0, 1], [1, 1, 1]],
}


def thirteen():
    """The lecture's kernels as one array ``(13, 3, 3)``."""
    return np.array(list(LECTURE.values()), dtype=np.float32)


def picture(path=None, size=(188, 199)):
    """A picture ``(3, H, W)`` from 0 to 1: that in a file, or a house in the evening.

    The lecture's photograph of a dog has 199 rows of 188 pixels, and so has the house.
    """
    if path is None:
        image = house().resize(size, Image.Resampling.BOX)
    else:
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        image.thumbnail((400, 400))
    return np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 255


def house():
    """A house with lines of all directions, drawn large."""
    wide = Image.new("RGB", (940, 995))
    draw = ImageDraw.Draw(wide)
    for y in range(995):
        draw.line((0, y, 940, y), fill=(70 + y // 8, 110 + y // 10, 220 - y // 11))
    draw.ellipse((690, 100, 850, 260), fill="gold")
    draw.rectangle((0, 760, 940, 995), fill="olivedrab")
    for x in range(-150, 940, 48):
        draw.line((x, 995, x + 160, 762), fill="darkolivegreen", width=8)
    draw.rectangle((170, 420, 580, 840), fill="bisque", outline="saddlebrown", width=10)
    draw.polygon([(120, 430), (375, 180), (630, 430)], fill="firebrick", outline="maroon")
    draw.rectangle((420, 590, 530, 840), fill="sienna", outline="maroon", width=8)
    draw.rectangle((220, 520, 370, 670), fill="lightcyan", outline="saddlebrown", width=10)
    draw.line((295, 520, 295, 670), fill="saddlebrown", width=8)
    draw.line((220, 595, 370, 595), fill="saddlebrown", width=8)
    draw.line((760, 840, 760, 560), fill="saddlebrown", width=28)
    draw.ellipse((670, 400, 850, 620), fill="darkgreen")
    return wide
