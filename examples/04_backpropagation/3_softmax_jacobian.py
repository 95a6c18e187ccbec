"""The Jacobian of softmax: every share depends on every score, ∂pᵢ/∂xⱼ = pᵢ·δᵢⱼ − pᵢ·pⱼ.

For p = (0.3, 0.6, 0.1): the diagonal of p minus all products.  Each row adds up to 0, for what one
class gains the others lose.  As the lecture shows it first, for a p that is no column, the product
is a single number, 0.46, and the matrix is wrong.
"""

import numpy as np
from layers import Softmax

import autotensor as at
from autotensor.examples import drawing, options

given = options()
p = np.array([0.3, 0.6, 0.1])

jacobian = np.diag(p) - np.outer(p, p)
print(
    "diag(p) − p·pᵀ:", jacobian.round(4), "rows add up to", jacobian.sum(axis=1).round(12), sep="\n"
)
wrong = np.diag(p) - np.dot(p, p)
print("wrong, with the number p·p = 0.46:", wrong.round(2), sep="\n")

# The engine: one row of the Jacobian for each share.  The scores ln p give p back.
x = at.tensor(np.log(p), requires_grad=True)
shares = at.softmax(x, dim=0)
rows = [at.grad(share, x, retain_graph=True)[0].numpy() for share in shares]
print("by the engine:", np.array(rows).round(4), sep="\n")

# A batch: the layer multiplies each sample's Jacobian with what comes back for it.
rng = np.random.default_rng(0)
scores, d = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
layer = Softmax()
layer.forward(scores)
X = at.tensor(scores, requires_grad=True)
at.softmax(X, dim=1).backward(at.tensor(d))
batch_apart = np.abs(layer.backward(d) - X.grad.numpy()).max()

with drawing.picture(given.out / "softmax_jacobian.png", 1, 3, height=3) as panels:
    drawing.matrix(panels[0], np.diag(p), "diag(p)")
    drawing.matrix(panels[1], np.outer(p, p), "p·pᵀ", form="{:.2f}")
    drawing.matrix(panels[2], jacobian, "the Jacobian", form="{:.2f}")

print(f"largest difference: {max(np.abs(jacobian - rows).max(), batch_apart):.1e}")
