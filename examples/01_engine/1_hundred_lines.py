"""An engine in a hundred lines: a number remembers what it was made of, and so its slopes.

``engine.py``, beside this file, is the whole of it; read it first.  Here one formula goes through
it, step by step: what each tensor holds, and its gradient ∂E/∂(tensor) after the walk back.  A
gradient can be tried as well: move the input a little, and see how far E moves.

Change this: ``--x 2`` takes another input.
"""

import numpy as np
from engine import Tensor, in_order

from autotensor.examples import drawing, options

given = options(x=0.5, y=-1.5)

# E = (x·y + tanh x)², each step with a name of its own.
x, y = Tensor(given.x), Tensor(given.y)
product = x * y
curve = x.tanh()
inside = product + curve
E = inside**2
E.backward()

names = {x: "x", y: "y", product: "x·y", curve: "tanh x", inside: "x·y + tanh x", E: "E"}
print(f"{'tensor':14} {'value':>9} {'gradient':>9}   made of")
for tensor in in_order(E):
    parents = ", ".join(names[parent] for parent, _ in tensor.parents)
    print(f"{names[tensor]:14} {tensor.array:9.4f} {tensor.grad:9.4f}   {parents}")


def error(x, y):
    return (x * y + np.tanh(x)) ** 2


# The judge: a slope is a difference quotient.
h = 1e-6
slope_x = (error(given.x + h, given.y) - error(given.x - h, given.y)) / (2 * h)
slope_y = (error(given.x, given.y + h) - error(given.x, given.y - h)) / (2 * h)
print(f"\nby trying: ∂E/∂x = {slope_x:.4f}, ∂E/∂y = {slope_y:.4f}")

with drawing.picture(given.out / "hundred_lines.png", columns=2, height=3.6) as panels:
    for axes, name, tensor in zip(panels, "xy", (x, y), strict=False):
        near = np.linspace(tensor.array - 1.5, tensor.array + 1.5, 100)
        axes.plot(near, error(near, given.y) if name == "x" else error(given.x, near), label="E")
        tangent = E.array + tensor.grad * (near - tensor.array)
        axes.plot(near, tangent, "--", label=f"slope {tensor.grad:.3f}, from backward")
        axes.plot(tensor.array, E.array, "o", color="black")
        axes.set(xlabel=name, ylim=(-0.5, 4))
        axes.legend()

print(f"largest difference: {max(abs(x.grad - slope_x), abs(y.grad - slope_y)):.1e}")
