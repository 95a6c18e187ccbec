"""One neuron: it weighs its inputs and adds a bias, o = Σ wᵢ·Iᵢ + b.

Four inputs go in, one number comes out.  Which way the neuron has to change is told by three small
formulas: ∂o/∂wᵢ = Iᵢ, ∂o/∂Iᵢ = wᵢ and ∂o/∂b = 1.  The engine finds them by itself.

Change this: other seeds draw other weights; the output stays between −4 and 9 for these inputs.
"""

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0)
at.manual_seed(given.seed)

I = at.tensor([1.0, 2, -4, 5], requires_grad=True)
w = at.rand(4, requires_grad=True)  # between 0 and 1
b = at.rand(1, requires_grad=True)

o = (w * I).sum() + b
o.backward()

print(f"{'input I':>8} {'weight w':>9} {'I·w':>8} {'∂o/∂w':>7} {'∂o/∂I':>7}")
for row in zip(I, w, I * w, w.grad, I.grad, strict=True):
    print("{:8.0f} {:9.4f} {:8.4f} {:7.2f} {:7.4f}".format(*(value.item() for value in row)))
print(f"bias b = {b.item():.4f}, ∂o/∂b = {b.grad.item():.0f}")

with drawing.picture(given.out / "one_neuron.png", height=3) as axes:
    names = [f"I{at} · w{at}" for at in (1, 2, 3, 4)]
    parts = [*(I * w).tolist(), *b.tolist()]
    drawing.bars(axes, [*names, "bias", "output"], [*parts, sum(parts)], "what the neuron adds up")

print("the lecture's weights, of which no seed is known, gave 2.5401")
print(f"output: {o.item():.4f}")
