"""Boundaries: no hidden layer draws a straight line, one hidden layer draws any curve.

A sigmoid on two inputs says one half along w₁x₁ + w₂x₂ + b = 0, and that is a line.  Hidden neurons
draw a line each, and the next layer joins them to a curve; the more there are, the finer.

Change this: ``--noise 0.3`` mixes the classes; which network is then the best?
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import moons

given = options(seed=0, noise=0.15, steps=1000, short={"steps": 20})
at.manual_seed(given.seed)
points, classes = moons(150, noise=given.noise, generator=given.seed)

networks = {
    "no hidden layer": nn.Linear(2, 1),
    "2 hidden neurons": nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)),
    "16 hidden neurons": nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1)),
}
with drawing.picture(given.out / "boundaries.png", columns=3, height=2.5, sharey=True) as panels:
    for axes, (name, model) in zip(panels, networks.items(), strict=True):
        optimizer = optim.Adam(model.parameters(), lr=0.03)
        for _ in range(given.steps):
            loss = F.binary_cross_entropy_with_logits(model(points)[:, 0], classes.float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        accuracy = ((model(points)[:, 0] > 0) == classes).float().mean().item()
        print(f"{name}: loss {loss.item():.4f}, accuracy {accuracy:.3f}")
        drawing.regions(axes, lambda xy, model=model: model(xy)[:, 0] > 0, points, classes)
        axes.set_title(f"{name}: {accuracy:.3f}")

print(f"accuracy with 16 hidden neurons: {accuracy:.3f}")
