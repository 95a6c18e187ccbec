"""A dense layer on a batch, its three gradients by hand, and the same from the engine.

Two samples of four inputs go through three neurons at once.  ``dense.py``, beside this file, has
the layer: dweights = inputsᵀ · dvalues, dbiases = the sums of dvalues' columns, and
dinputs = dvalues · weightsᵀ, which is what a layer before this one would be told.
"""

import numpy as np
from dense import DenseLayer

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0)
inputs = np.array([[1.0, 3, 4, 5], [-2, -5, -6, 0]])
dense = DenseLayer(4, 3, np.random.default_rng(given.seed))

# By hand.  E = Σ output² / 2, so that ∂E/∂output is the output itself.
output = dense.forward(inputs)
dinputs = dense.backward(output)
print("output, a row for each sample:", output.round(4), sep="\n")

# By the engine: only the way forward is written.
X, W, b = (at.tensor(one, requires_grad=True) for one in (inputs, dense.weights, dense.biases))
E = ((X @ W + b) ** 2).sum() / 2
E.backward()

by_hand = {"dweights": dense.dweights, "dbiases": dense.dbiases, "dinputs": dinputs}
by_engine = {"dweights": W.grad, "dbiases": b.grad, "dinputs": X.grad}
differences = []
for name, array in by_hand.items():
    differences.append(np.abs(array - by_engine[name].numpy()).max())
    print(f"{name} {array.shape}: by hand and by the engine {differences[-1]:.1e} apart")

with drawing.picture(given.out / "dense_layer.png", columns=3, height=3.2) as panels:
    for axes, (name, array) in zip(panels, by_hand.items(), strict=True):
        drawing.matrix(axes, array, name, form="{:.1f}")

print(f"largest difference: {max(differences):.1e}")
