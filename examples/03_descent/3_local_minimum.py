"""A local minimum: plain descent stays in the first hollow, momentum rolls on through it.

With momentum the step is v ← μ·v − α·∂E/∂w, w ← w + v: what is left of the last step is added to
the next, as with a ball.  A hollow that is not deep cannot hold it.

Change this: ``--momentum 0.8`` is too little, and ``--momentum 0.95`` swings for long.
"""

import numpy as np

import autotensor as at
from autotensor.examples import drawing, options

given = options(momentum=0.9, rate=0.02, steps=150)


def error(w):
    """Two hollows: a flat one near w = −1.1 and the deepest place near w = 1.3."""
    return 0.25 * w**4 - 0.7 * w**2 - 0.25 * w + 1


def descend(momentum):
    """The places passed, one for each step."""
    w, v, passed = at.tensor(-2.2, requires_grad=True), 0.0, []
    for _ in range(given.steps):
        passed.append(w.item())
        error(w).backward()
        with at.no_grad():
            v = momentum * v - given.rate * w.grad
            w += v
        w.grad = None
    return passed


plain, rolling = descend(0.0), descend(given.momentum)
print(f"plain descent ends at w = {plain[-1]:.3f}, E = {error(plain[-1]):.4f}")
print(f"with momentum  it is at w = {rolling[-1]:.3f}, E = {error(rolling[-1]):.4f}")

with drawing.picture(given.out / "local_minimum.png", columns=2, height=3.6) as (hill, time):
    w = np.linspace(-2.3, 2.2, 200)
    hill.plot(w, error(w), color="grey")
    time.set(xlabel="step", ylabel="w")
    for name, passed in {"plain": plain, "momentum": rolling}.items():
        hill.plot(passed, error(np.array(passed)), ".", ms=5, label=name)
        time.plot(passed, label=name)
    hill.set(xlabel="w", ylabel="E")
    hill.legend()

grid = np.linspace(-2.5, 2.5, 100_001)
deepest = error(grid).min()
print(f"above the deepest place, {deepest:.4f}, with momentum: {error(rolling[-1]) - deepest:.4f}")
