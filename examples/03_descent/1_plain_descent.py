"""Descent: follow the slope downhill, w ← w − α · ∂E/∂w, until there is none.

The error of a straight line y = w·x + b is a valley over the plane of w and b.  A step leads
against the gradient, across the contour lines, and is the shorter the flatter it is there.
"""

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0, rate=0.1, steps=60, short={"steps": 10})
at.manual_seed(given.seed)

# Forty points near the line y = 2x − 1.
x = 4 * at.rand(40) - 2
y = 2 * x - 1 + 0.3 * at.randn(40)


def error(w, b):
    """E: the mean of the squared distances; ``w`` and ``b`` may be grids of many lines."""
    return ((w[..., None] * x + b[..., None] - y) ** 2).mean(-1)


w = at.tensor(-1.0, requires_grad=True)
b = at.tensor(2.0, requires_grad=True)
passed = [(w.item(), b.item())]
for step in range(given.steps):
    E = error(w, b)
    E.backward()  # fills w.grad and b.grad
    with at.no_grad():  # the step itself is not part of any graph
        w -= given.rate * w.grad
        b -= given.rate * b.grad
    w.grad = b.grad = None
    passed.append((w.item(), b.item()))
    if step % 10 == 0:
        print(f"step {step:3}: E = {E:.4f}, w = {w:.3f}, b = {b:.3f}")

with drawing.picture(given.out / "plain_descent.png", columns=2, height=4) as (valley, line):
    drawing.surface(valley, error, (-2, 4), (-3, 3), paths={"descent": passed})
    valley.set(xlabel="w", ylabel="b", title="the error, and the way down")
    line.plot(x, y, "o", ms=4)
    line.plot(x, (w * x + b).detach(), color=drawing.COLOURS[1])
    line.set(xlabel="x", ylabel="y", title="where it ends")

print(f"error after {given.steps} steps: {error(w, b):.4f}")
