"""The lecture's letters and strokes: pixels are 1 where there is ink and −1 where there is none."""

import numpy as np

X = -np.ones((9, 9))
for i in range(1, 8):
    X[i, i] = X[i, 8 - i] = 1

# The lecture shows its O in a picture only; this is a round one of the same size.
O = -np.ones((9, 9))
O[1, 3:6] = O[7, 3:6] = O[3:6, 1] = O[3:6, 7] = 1
O[2, [2, 6]] = O[6, [2, 6]] = 1

# The "trickier" X; the lecture's text has lost a column, so this is a plausible reading of it.
TRICKY = -np.ones((9, 9))
for row, columns in {
    1: [6],
    2: [1, 5],
    3: [2, 3, 5],
    4: [4],
    5: [3, 5, 6],
    6: [3, 7],
    7: [2],
}.items():
    TRICKY[row, columns] = 1

STROKES = {
    "falls": np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
    "crosses": np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]),
    "rises": np.array([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]]),
}
