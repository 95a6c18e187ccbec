"""Two layers in a chain, 4 → 3 → 2, with ReLU between them and softmax at the end.

What comes out of one layer goes into the next; on the way back each layer hands its dinputs to the
one before.  That is all of backpropagation.

Look at the second sample: all weights are positive and its inputs are not, so ReLU lets nothing
through, its scores are 0 and 0, and softmax says one half and one half, whatever the weights are.
"""

import numpy as np
from dense import DenseLayer, ReLU, softmax

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
rng = np.random.default_rng(given.seed)
inputs = np.array([[1.0, 3, 4, 5], [-2, -5, -6, 0]])
classes = np.array([1, 0])

# By hand: forward, then the same way back.
dense1, relu, dense2 = DenseLayer(4, 3, rng), ReLU(), DenseLayer(3, 2, rng)
hidden = relu.forward(dense1.forward(inputs))
shares = softmax(dense2.forward(hidden))
dscores = (shares - np.eye(2)[classes]) / len(inputs)  # of softmax with cross-entropy
dinputs = dense1.backward(relu.backward(dense2.backward(dscores)))
print("shares of the two classes, a row for each sample:", shares.round(4), sep="\n")

# By the engine.
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).double()
with at.no_grad():
    for layer, dense in ((model[0], dense1), (model[2], dense2)):
        layer.weight.copy_(at.tensor(dense.weights.T))
        layer.bias.copy_(at.tensor(dense.biases[0]))
X = at.tensor(inputs, requires_grad=True)
F.cross_entropy(model(X), at.tensor(classes)).backward()

pairs = {
    "first layer, dweights": (dense1.dweights.T, model[0].weight.grad),
    "first layer, dbiases": (dense1.dbiases[0], model[0].bias.grad),
    "second layer, dweights": (dense2.dweights.T, model[2].weight.grad),
    "second layer, dbiases": (dense2.dbiases[0], model[2].bias.grad),
    "dinputs": (dinputs, X.grad),
}
largest = 0.0
for name, (by_hand, by_engine) in pairs.items():
    difference = np.abs(by_hand - by_engine.numpy()).max()
    largest = max(largest, difference)
    print(f"{name:23} by hand and by the engine {difference:.1e} apart")

with drawing.picture(given.out / "two_layers.png", columns=4, height=2.3) as panels:
    steps = {"inputs": inputs, "hidden, after ReLU": hidden, "shares": shares, "dinputs": dinputs}
    for axes, (name, array) in zip(panels, steps.items(), strict=True):
        drawing.matrix(axes, array, name, form="{:.3g}")

print(f"largest difference: {largest:.1e}")
