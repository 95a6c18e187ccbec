"""Two linear layers are one: without an activation between them, depth is for nothing.

z = (w₁₁x₁ + w₁₂x₂)·u₁₁ + (w₂₁x₁ + w₂₂x₂)·u₁₂ is x₁·(…) + x₂·(…): again two weights for two inputs.
The 25 numbers of the network in the middle can do no more than the 2 of a single layer; with a tanh
between its layers it bends.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim

given = options(seed=0, steps=1500, short={"steps": 30})
at.manual_seed(given.seed)

# The formula, with numbers.
w, u, x = at.randn(2, 2), at.randn(1, 2), at.randn(2)
apart = u @ (w @ x)
together = (u @ w) @ x
print(f"two layers: {apart.item():.6f}, one layer of the product u·w: {together.item():.6f}")

# A bent curve to learn, and three networks.
x = at.linspace(-2, 2, 100)[:, None]
y = at.sin(2 * x) + 0.5 * x
networks = {
    "one layer": nn.Linear(1, 1),
    "two linear layers": nn.Sequential(nn.Linear(1, 8), nn.Linear(8, 1)),
    "with tanh between": nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)),
}
errors = {}
for name, model in networks.items():
    optimizer = optim.Adam(model.parameters(), lr=0.03)
    for _ in range(given.steps):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    errors[name] = loss.item()
    print(f"{name:18} {sum(p.numel() for p in model.parameters()):3} numbers, error {loss:.5f}")

with drawing.picture(given.out / "linear_stays_linear.png", columns=3, height=3) as panels:
    for axes, (name, model) in zip(panels, networks.items(), strict=True):
        axes.plot(x, y, "k--", lw=1, label="to be learnt")
        axes.plot(x, model(x).detach(), color=drawing.COLOURS[1], label="learnt")
        axes.set(title=name, xlabel="x")
    panels[0].legend(fontsize=8)

difference = abs(errors["one layer"] - errors["two linear layers"])
print(f"errors of one and of two linear layers differ by: {difference:.1e}")
