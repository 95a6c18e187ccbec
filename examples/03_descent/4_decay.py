"""A rate that falls, α = α₀ / (1 + κ·t): large steps first, small ones when it matters.

Batches give only a noisy picture of the slope.  A constant rate goes on trembling around the
bottom; a rate that falls comes to rest.  It must not fall too fast, or the way is not done.
"""

import numpy as np

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0, steps=400, short={"steps": 40})
at.manual_seed(given.seed)
decays = {"constant": 0.0, "falls slowly": 0.05, "falls too fast": 5.0}

rates, distances = {}, {}
for name, decay in decays.items():
    w = at.tensor([4.0, -3.0], requires_grad=True)
    rates[name], distances[name] = [], []
    for t in range(given.steps):
        alpha = 0.3 / (1 + decay * t)
        E = (w**2).sum() / 2 + (at.randn(2) * w).sum()  # its slope is w and some noise
        E.backward()
        with at.no_grad():
            w -= alpha * w.grad
        w.grad = None
        rates[name].append(alpha)
        distances[name].append(w.detach().norm().item())
    last = np.mean(distances[name][-given.steps // 4 :])
    print(f"{name:15} κ = {decay:<5} last quarter: {last:.3f} from the bottom")

print("\nthe lecture's three rates, and where 10,000 epochs leave them:")
lecture = ((0.1, 0.02, "not printed"), (0.1, 0.01, "not printed"), (0.2, 0.001, "not printed"))
for start, decay, printed in lecture:
    print(f"α₀ = {start}, κ = {decay}: {start / (1 + decay * 9999):.6f} ({printed} there)")

with drawing.picture(given.out / "decay.png", columns=2, height=3.4) as (rate, distance):
    for name in decays:
        rate.plot(rates[name], label=name)
        distance.plot(distances[name], lw=1)
    rate.set(xlabel="step t", ylabel="α", yscale="log")
    rate.legend()
    distance.set(xlabel="step t", ylabel="distance from the bottom", yscale="log")

best = min(np.mean(one[-given.steps // 4 :]) for one in distances.values())
print(f"closest on average: {best:.3f}")
