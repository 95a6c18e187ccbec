"""Softmax as a Boltzmann distribution: of all shares with a given mean score, the least biased.

Maximise the entropy S = −Σ p·ln p under Σ p = 1 and Σ p·ε fixed: pᵢ = e^(β·εᵢ) / Z comes out.
β = 0 gives every class the same; the larger β, the surer the answer.  Networks take β = 1 and
learn scores of the right size.  (In physics β is −1/T of the energies.)

The lecture's first program subtracts the largest score of the whole batch and gets nan.
"""

import numpy as np

from autotensor.examples import drawing, options

given = options()


def softmax(scores, beta=1.0):
    powers = np.exp(beta * (scores - scores.max(axis=-1, keepdims=True)))
    return powers / powers.sum(axis=-1, keepdims=True)


def entropy(p):
    p = p[p > 0]  # p·ln p is 0 at 0
    return -(p * np.log(p)).sum()


ideal = np.array([0, 0, 0, 0, 1, 0.0])
real = np.array([0.05, 0.1, 0, 0.05, 0.7, 0.1])
print(f"ideal answer: S = {entropy(ideal) + 0:.5f}; real answer: S = {entropy(real):.5f}")

scores = np.array([0.5, 1.0, -1.0, 0.0, 3.0, 1.2])
betas = (0.0, 0.5, 1.0, 3.0)
for beta in betas:
    p = softmax(scores, beta)
    print(f"β = {beta}: p = {p.round(3)}, S = {entropy(p):.4f}")

# Among all shares with the same mean score, none has a larger entropy.
p = softmax(scores)
rng = np.random.default_rng(0)
away = rng.normal(size=(1000, 6))
for fixed in (np.ones(6), scores - scores.mean()):  # keep Σ p, then Σ p·ε
    away -= np.outer(away @ fixed, fixed) / (fixed @ fixed)
others = p + 0.01 * away / np.abs(away).max()
best = max(entropy(other) for other in others)
print(f"entropy of 1,000 neighbours: at most {best:.6f}, of softmax {entropy(p):.6f}")

batch = np.array([[0.0, 0.0], [800.0, 0.0]])
with np.errstate(all="ignore"):
    powers = np.exp(batch - batch.max())
    print("largest of the batch taken away:", (powers / powers.sum(1, keepdims=True)).tolist())
print("largest of each row taken away: ", softmax(batch).tolist())
print(f"a gap of 40 gives exactly: {softmax(np.array([40.0, 0.0]))[0]}, which the lecture denies")

with drawing.picture(given.out / "boltzmann.png", 2, 3, height=5) as panels:
    drawing.bars(panels[0], list("012345"), ideal, f"ideal: S = {entropy(ideal) + 0:.2f}")
    drawing.bars(panels[1], list("012345"), real, f"real: S = {entropy(real):.2f}")
    for axes, beta in zip(panels[2:], betas, strict=True):
        p = softmax(scores, beta)
        drawing.bars(axes, list("012345"), p, f"β = {beta}: S = {entropy(p):.2f}")
    for axes in panels:
        axes.set_xlim(0, 1.25)

print(f"entropy of the real answer: {entropy(real):.5f}")
