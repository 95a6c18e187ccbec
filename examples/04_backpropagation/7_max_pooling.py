"""Max pooling by hand: the gradient goes to the largest number of each window, and is added there.

Where windows overlap, one number may be the largest of several, and then gets the sum.  Two of the
lectures forget that, each in its own way, and are right only where windows do not overlap.
"""

import numpy as np
from layers import MaxPooling

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)

# The corner of a map that one lecture prints with its pooling and its mask.
corner = np.array(
    [
        [5, 0, -2, 9, 2, -6],
        [2, 0, 1, 9, 2, -6],
        [-4, 1, 5, -2, 2, 0],
        [0, 2, 5, -3, -2, 0],
        [3, 10, 8, -8, -11, 0],
        [9, 20, 6, -17, -18, 0],
        [15, 20, -2, -18, -17, -2],
        [12, 4, -17, -9, 12, 3],
        [95, 20, -82, -12, -14, -9],
    ],
    dtype=float,
)
pool = MaxPooling(3, stride=2)
print("pooled, 3 × 3 with stride 2:", pool.forward(corner[None, None])[0, 0], sep="\n")
print("the lecture: 5 9 / 10 8 / 20 8 / 95 12, where the windows are known\n")

# The small case: four windows, three of them overlapping in places.
x = np.zeros((5, 5))
x[0], x[2, 2], x[4, 0] = [1, 2, 3, 2, 9], 1, 4
d = np.array([[1.0, 10], [100, 1000]])
pool.forward(x[None, None])
dx = pool.backward(d[None, None])[0, 0]
print("1, 10, 100, 1000 go back to the largest numbers:", dx, sep="\n")
print("the lecture puts the 1 where the 1000 belongs, and loses the 1000\n")

# The report's case: the 9 in the middle is the largest of all four windows.
middle = np.array([[1.0, 2, 3], [4, 9, 5], [6, 7, 8]])
pool = MaxPooling(2, stride=1)
pool.forward(middle[None, None])
four = pool.backward(np.ones((1, 1, 2, 2)))[0, 0]
print(f"the 9 gets {four[1, 1]:.0f}; assigned instead of added it gets 1")

rng = np.random.default_rng(given.seed)
largest = 0.0
for size, stride in ((2, 2), (3, 2), (2, 1), (3, 3), (4, 1)):
    x4, pool = rng.normal(size=(2, 3, 9, 8)), MaxPooling(size, stride)
    out = pool.forward(x4)
    d4 = rng.normal(size=out.shape)
    X = at.tensor(x4, requires_grad=True)
    F.max_pool2d(X, size, stride).backward(at.tensor(d4))
    largest = max(largest, np.abs(pool.backward(d4) - X.grad.numpy()).max())

with drawing.picture(given.out / "max_pooling.png", 1, 3, height=3.4) as panels:
    drawing.matrix(panels[0], x, "the input", form="{:.0f}")
    drawing.matrix(panels[1], d, "what comes back", form="{:.0f}")
    drawing.matrix(panels[2], dx, "where it goes", form="{:.0f}")

print(f"largest difference from the engine: {largest:.1e}")
