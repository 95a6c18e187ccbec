"""Plain descent, momentum and Adam beside each other, down a long bent valley.

The valley (1 − x)² + 8·(y − x²)² is steep across and nearly flat along its floor, as the errors of
networks are.  Adam divides each component of the step by its usual size, so the flat direction is
no slower than the steep one.
"""

import autotensor as at
from autotensor.examples import drawing, options
from nn import optim

given = options(steps=150, short={"steps": 10})


def error(x, y):
    return (1 - x) ** 2 + 8 * (y - x**2) ** 2


paths = {}
for name, make in {
    "plain": lambda w: optim.SGD([w], lr=0.01),
    "momentum": lambda w: optim.SGD([w], lr=0.01, momentum=0.8),
    "Adam": lambda w: optim.Adam([w], lr=0.1),
}.items():
    place = at.tensor([-1.2, 1.5], requires_grad=True)
    optimizer = make(place)
    paths[name] = [place.tolist()]
    for _ in range(given.steps):
        optimizer.zero_grad()
        error(place[0], place[1]).backward()
        optimizer.step()
        paths[name].append(place.tolist())
    E = error(place[0], place[1]).item()
    print(f"{name:9} ends at ({place[0]:.3f}, {place[1]:.3f}), E = {E:.5f}")

with drawing.picture(given.out / "optimizers.png", columns=3, height=3.2, sharey=True) as panels:
    levels = [0.05, 0.2, 0.5, 1, 2, 4, 8, 16, 32]
    for axes, (name, path) in zip(panels, paths.items(), strict=True):
        drawing.surface(axes, error, (-1.8, 1.8), (-0.8, 2.5), paths={name: path}, levels=levels)
        axes.plot(1, 1, "*", ms=10, color="black")

best = min(paths, key=lambda name: error(*paths[name][-1]))
print(f"lowest after {given.steps} steps, {best}: {error(*paths[best][-1]):.2g}")
