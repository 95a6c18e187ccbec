"""X or O, as lectured: three strokes, ReLU, pooling, and a vote, with every number in sight.

Each stroke is matched with every place of the X: a map of 7 × 7 numbers.  ReLU keeps what is
positive; pooling keeps the largest of every 2 × 2 and makes 4 × 4 of it.  The lecture prints 29
numbers of the maps after ReLU as 0.33 that are 0.11 or 0.55; its pooled maps are right.
"""

import numpy as np
from letters import STROKES, TRICKY, O, X

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options()
picture = at.tensor(X)[None, None]  # (1, 1, 9, 9): one picture, one channel
strokes = at.tensor(np.stack(list(STROKES.values())), dtype=at.float64)[:, None]  # (3, 1, 3, 3)

maps = F.conv2d(picture, strokes) / 9  # (1, 3, 7, 7)
positive = F.relu(maps)
pooled = F.max_pool2d(positive, 2, ceil_mode=True)  # (1, 3, 4, 4): the last window is cut off


def cut(values):
    """To two digits as the lecture does: cut, not rounded."""
    return np.trunc(values.numpy() * 100 + 1e-9) / 100


for number, name in enumerate(STROKES):
    print(f"the stroke that {name}, in ninths, and pooled:")
    print((maps[0, number] * 9).numpy().round().astype(int))
    print(cut(pooled[0, number]))

# The same strokes on the other letters: where does a stroke fit, all nine pixels of it?
for name, letter in {"X": X, "O": O, "a tricky X": TRICKY}.items():
    found = F.conv2d(at.tensor(letter)[None, None], strokes)[0] == 9
    counts = ", ".join(
        f"{stroke} {int(one.sum())}" for stroke, one in zip(STROKES, found, strict=True)
    )
    print(f"{name}: {counts} places")

# Twelve numbers that deeper layers would make of it, as printed in the lecture, vote for X or O.
votes = np.array([0.9, 0.65, 0.45, 0.87, 0.96, 0.73, 0.23, 0.63, 0.44, 0.89, 0.94, 0.53])
for_x = votes > 0.85
print(f"the five that speak for X: {votes[for_x]}, the others: {votes[~for_x]}")
print("a summary of the lecture has 0.92 and 0.51, which no two groups of these twelve give")

with drawing.picture(given.out / "xs_and_os.png", 3, 4, height=6.8) as panels:
    for row, name in enumerate(STROKES):
        steps = {
            f"the stroke that {name}": strokes[row, 0],
            "match": maps[0, row],
            "ReLU": positive[0, row],
            "max pooling": pooled[0, row],
        }
        for column, (title, values) in enumerate(steps.items()):
            drawing.image(panels[4 * row + column], values, title, signed=True)

print(f"X: {votes[for_x].mean():.3f} against O: {votes[~for_x].mean():.3f}")
