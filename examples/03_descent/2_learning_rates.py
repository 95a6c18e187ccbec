"""The learning rate: too small is slow, right is quick, too large leaps over the valley and out.

The valley of a straight line's error again, but a narrow one: it is steep along one axis and flat
along the other, so that one rate has to do for both.
"""

import autotensor as at
from autotensor.examples import drawing, options

given = options(steps=40, short={"steps": 5})
rates = {"too small": 0.005, "right": 0.09, "at the limit": 0.195, "too large": 0.21}


def error(x, y):
    """A valley with its bottom, 0, at (0, 0): ten times as steep across as along."""
    return x**2 / 2 + 5 * y**2


paths, errors = {}, {}
for name, rate in rates.items():
    place = at.tensor([-9.0, 1.5], requires_grad=True)
    passed, seen = [], []
    for _ in range(given.steps):
        E = error(place[0], place[1])
        passed.append(place.tolist())
        seen.append(E.item())
        E.backward()
        with at.no_grad():
            place -= rate * place.grad
        place.grad = None
    paths[f"{name}: {rate}"], errors[name] = passed, seen
    print(f"{name:12} α = {rate}: E = {E.item():.3g} after {given.steps} steps")

# Across the valley the slope is 10·y, so a step leads from y to (1 − 10·α)·y.
print("it comes closer as long as |1 − 10·α| < 1, that is, α < 0.2")

with drawing.picture(given.out / "learning_rates.png", columns=4, height=2.9, sharey=True) as axes:
    for one, (name, passed) in zip(axes, paths.items(), strict=True):
        drawing.surface(one, error, (-10, 4), (-4, 4), paths={"": passed}, levels=15)
        one.set_title(name, fontsize=10)

print(f"smallest error after {given.steps} steps: {min(seen[-1] for seen in errors.values()):.2g}")
