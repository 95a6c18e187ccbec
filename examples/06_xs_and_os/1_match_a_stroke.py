"""Matching a stroke: nine products, added up and divided by nine.

A stroke of 3 × 3 pixels is laid on a place of the X.  Where both have ink, or neither has, the
product is 1, else −1.  All nine right is a match of 1.
"""

import numpy as np
from letters import STROKES, X

from autotensor.examples import drawing, options

given = options()
stroke = STROKES["falls"]
places = {"row 1, column 1": (1, 1), "row 3, column 3, the centre": (3, 3)}

matches = []
with drawing.picture(given.out / "match_a_stroke.png", 2, 3, height=5.4) as panels:
    for at, (name, (row, column)) in enumerate(places.items()):
        patch = X[row : row + 3, column : column + 3]
        products = patch * stroke
        matches.append(products.sum() / 9)
        print(f"{name}: {int(products.sum())} / 9 = {matches[-1]:.4f}")
        print(products.astype(int))
        drawing.matrix(panels[3 * at], patch, f"X at {name.split(',')[0]}, {column}")
        drawing.matrix(panels[3 * at + 1], stroke, "the stroke that falls")
        drawing.matrix(panels[3 * at + 2], products, f"products: {matches[-1]:.2f}")

print("the lecture cuts its numbers: 5/9 is 0.55 there, and 0.56 rounded")
print(f"matches: {matches[0]:.2f} and {np.floor(matches[1] * 100) / 100:.2f}")
