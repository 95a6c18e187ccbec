"""Cross-entropy, and the shortcut (p − y) / N through softmax and cross-entropy at once.

The loss is −ln of what the right class got, the mean over the samples.  Labels may be numbers of
classes ("sparse") or rows with a single 1 ("one-hot"): the same loss.  The Jacobian of softmax
times −y / p / N collapses to (p − y) / N.
"""

import numpy as np
from layers import CrossEntropy, Softmax

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options()

# The lecture's example; its sparse labels 1, 1, 3, 2 name a class that is not there.
p = np.array([[0.8, 0.1, 0.1], [0.9, 0.05, 0.05], [0.1, 0.15, 0.75], [0.2, 0.7, 0.1]])
sparse, one_hot = np.array([0, 0, 2, 1]), np.eye(3)[[0, 0, 2, 1]]
losses = -np.log(p[np.arange(4), sparse])
print(f"losses {losses.round(5)}, mean {losses.mean():.5f}")
loss = CrossEntropy()
print(f"sparse {loss.forward(p, sparse):.5f}, one-hot {loss.forward(p, one_hot):.5f}")
print(f"an answer clipped to 1e-7 costs at most {-np.log(1e-7):.4f}")

# Another lecture's ten "probabilities" add up to 2.3.
ten = np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.1, 0.9, 0.2, 0.1, 0.1])
print(f"−ln 0.9 = {-np.log(0.9):.5f}; divided by their sum, {ten.sum():.1f}: ", end="")
print(f"{-np.log(0.9 / ten.sum()):.5f}")

# The shortcut.
p = np.array([[0.2, 0.7, 0.1], [0.9, 0.05, 0.05], [0.6, 0.1, 0.3], [0.15, 0.05, 0.8]])
classes = np.array([1, 0, 0, 2])
shortcut = (p - np.eye(3)[classes]) / len(p)
softmax, loss = Softmax(), CrossEntropy()
value = loss.forward(softmax.forward(np.log(p)), classes)
long_way = softmax.backward(loss.backward())
scores = at.tensor(np.log(p), requires_grad=True)
F.cross_entropy(scores, at.tensor(classes)).backward()
print("(p − y) / N:", shortcut.round(4), sep="\n")
print(f"mean loss {value:.5f}")

with drawing.picture(given.out / "cross_entropy.png", 1, 3, height=3.4) as panels:
    drawing.matrix(panels[0], p, "shares p")
    drawing.matrix(panels[1], np.eye(3)[classes], "labels y", form="{:.0f}")
    drawing.matrix(panels[2], shortcut, "(p − y) / N", form="{:.4f}")

largest = max(np.abs(shortcut - other).max() for other in (long_way, scores.grad.numpy()))
print(f"largest difference of the three ways: {largest:.1e}")
