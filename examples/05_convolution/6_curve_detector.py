"""A curve detector: a filter answers with 6600 where its curve is, and with 0 where it is not.

The products under the filter are added up, so a large answer means "much ink where I want ink".
That is not the same as "this looks like me": a patch all of ink may answer more.

One of the lectures has a seventh 30 in the filter, in its last row; then 8100 and 1500 come out.
"""

import numpy as np

from autotensor.examples import drawing, options

given = options()
curve = np.zeros((7, 7))
curve[0, 5] = curve[1, 4] = 30
curve[2:6, 3] = 30

like = np.zeros((7, 7))  # patch A: the back of a mouse, which has this curve
like[0, 6], like[1, 4:7], like[2, 3:5] = 30, 50, (20, 50)
like[3:7, 3:5] = 50

unlike = np.zeros((7, 7))  # patch B: its ear, which has not
unlike[1, 1] = unlike[2, 0] = unlike[2, 2] = unlike[3, 0] = 40
unlike[3, 1], unlike[4, 1], unlike[5, 2], unlike[6, [0, 1, 3]] = 20, 50, 50, (25, 25, 50)

answers = {name: (curve * patch).sum() for name, patch in (("A", like), ("B", unlike))}
print(f"patch A: {answers['A']:.0f}, patch B: {answers['B']:.0f}; in the lecture 6600 and 0")
longer = curve.copy()
longer[6, 3] = 30
print(f"with a 30 more: {(longer * like).sum():.0f} and {(longer * unlike).sum():.0f}")

# A small filter: three rows of .9 .1 .1.  The lecture says that its answer is largest where the
# image is the filter; that holds only among patches of the same norm.
rows = np.tile([0.9, 0.1, 0.1], (3, 1))
ones = np.ones((3, 3))
print(f"own pattern: {(rows * rows).sum():.2f}, a patch all of ones: {(rows * ones).sum():.2f}")
ones *= np.linalg.norm(rows) / np.linalg.norm(ones)
print(f"ones of the same norm: {(rows * ones).sum():.2f}")

with drawing.picture(given.out / "curve_detector.png", 1, 3, height=3.3) as panels:
    drawing.matrix(panels[0], curve, "the filter", form="{:.0f}")
    drawing.matrix(panels[1], like, f"patch A: {answers['A']:.0f}", form="{:.0f}")
    drawing.matrix(panels[2], unlike, f"patch B: {answers['B']:.0f}", form="{:.0f}")

print(f"answers: {answers['A']:.0f} and {answers['B']:.0f}")
