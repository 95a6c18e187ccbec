"""A convolution's gradients by hand: with bias, stride, padding and several channels.

Each number of the output was made of the patch under the filter.  So on the way back ∂E/∂output at
that place goes to the filter, times the patch; to the patch, times the filter; and to the bias, as
it is.  Patches overlap, so all of it is added up.

The report's function for this is right; one lecture's table has minus signs on all three, which
would climb with an optimizer that subtracts.
"""

import numpy as np
from layers import Convolution

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)

largest = 0.0
for channels, filters, kernel, stride, padding in (
    (1, 1, 3, 1, 0),
    (3, 2, 3, 1, 1),
    (3, 4, 5, 2, 2),
    (2, 3, 2, 3, 1),
):
    x = rng.normal(size=(2, channels, 8, 7))
    layer = Convolution(
        rng.normal(size=(filters, channels, kernel, kernel)),
        rng.normal(size=filters),
        stride,
        padding,
    )
    out = layer.forward(x)
    d = rng.normal(size=out.shape)
    dx = layer.backward(d)

    X, W, b = (at.tensor(one, requires_grad=True) for one in (x, layer.weights, layer.biases))
    Y = F.conv2d(X, W, b, stride=stride, padding=padding)
    Y.backward(at.tensor(d))
    pairs = [(out, Y.detach()), (dx, X.grad), (layer.dweights, W.grad), (layer.dbiases, b.grad)]
    apart = max(np.abs(by_hand - engine.numpy()).max() for by_hand, engine in pairs)
    largest = max(largest, apart)
    print(
        f"{channels} → {filters} channels, {kernel} × {kernel}, stride {stride}, "
        f"padding {padding}: {x.shape[2:]} → {out.shape[2:]}, {apart:.0e} apart"
    )

# How often is each pixel looked at?  The gradient of the sum, with a filter of ones, counts it.
ones = Convolution(np.ones((1, 1, 3, 3)), np.zeros(1))
ones.forward(np.zeros((1, 1, 7, 7)))
counts = ones.backward(np.ones((1, 1, 5, 5)))[0, 0]
strided = Convolution(np.ones((1, 1, 3, 3)), np.zeros(1), stride=2)
strided.forward(np.zeros((1, 1, 7, 7)))
strided_counts = strided.backward(np.ones((1, 1, 3, 3)))[0, 0]

with drawing.picture(given.out / "convolution_layer.png", 1, 2, height=4) as panels:
    drawing.matrix(panels[0], counts, "how many patches a pixel is in", form="{:.0f}")
    drawing.matrix(panels[1], strided_counts, "with a stride of 2", form="{:.0f}")

print(f"largest difference: {largest:.1e}")
