"""Three neurons see the same four inputs, each with weights of its own: o = W · I + b.

The weights of three neurons are a matrix, one row for each.  The lecture makes them of shape
(3, 1), which cannot meet four inputs; a matrix (3, 4) can.
"""

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0)
at.manual_seed(given.seed)

I = at.tensor([1.0, 2, -4, 5])
W = at.rand(3, 4, requires_grad=True)
b = at.rand(3, requires_grad=True)

o = W @ I + b
print("weights, a row for each neuron:", W.detach(), sep="\n")
for number in range(3):
    alone = sum(W[number, at] * I[at] for at in range(4)) + b[number]
    print(f"neuron {number}: {o[number].item():.4f}, by itself {alone.item():.4f}")

try:
    at.rand(3, 1) @ I
except RuntimeError as error:
    print(f"\nweights of shape (3, 1), as in the lecture:\n{error}")

# Each neuron's weights change its own output only: row i of W by I · ∂E/∂oᵢ.
E = (o * at.tensor([1.0, 10, 100])).sum()
E.backward()
print("\n∂E/∂W for E = o₁ + 10·o₂ + 100·o₃:", W.grad, sep="\n")

with drawing.picture(given.out / "three_neurons.png", columns=2, height=3) as (weights, slopes):
    drawing.matrix(weights, W.detach(), "W: a row for each neuron", form="{:.2f}")
    drawing.matrix(slopes, W.grad, "∂E/∂W: the inputs, once per neuron", form="{:.0f}")

print("\nthe lecture's weights, of which no seed is known, gave 0.8138 3.8773 2.6141")
print("outputs: " + " ".join(f"{one:.4f}" for one in o.tolist()))
