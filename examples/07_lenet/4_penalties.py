"""Penalties hold weights that grow: L1 and L2 while LeNet-5 learns much too fast.

Every step overshoots, and the weights grow from epoch to epoch until the tanh are saturated and
the network forgets what it could read.  A penalty is added to the loss: L1, λ·Σ|w|, takes the same
off every weight at each step; L2, λ/2·Σw², takes most off the large ones.  Change this:
``--rate 0.05``, a rate that needs no penalty, or ``--strength 0.03``, a penalty that is too strong.
"""

import numpy as np
from lenet import LeNet5

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import evaluate

given = options(
    seed=0, rate=0.3, strength=0.003, epochs=10, digits=4000, short={"epochs": 2, "digits": 640}
)
training = Subset(MNIST(train=True), range(given.digits))
testing = DataLoader(MNIST(train=False), batch_size=500)

names = ["no penalty", "L1", "L2"]
runs = {name: {"largest weight": [], "norm of all": [], "test accuracy": []} for name in names}
for name, run in runs.items():
    at.manual_seed(given.seed)  # the same first weights and batches for all three
    model = LeNet5()
    optimizer = optim.SGD(model.parameters(), lr=given.rate, momentum=0.9, nesterov=True)
    for _ in range(given.epochs):
        for images, labels in DataLoader(training, batch_size=32, shuffle=True):
            loss = F.cross_entropy(model(images), labels)
            for weights in model.parameters():
                if name == "L1":
                    loss = loss + given.strength * weights.abs().sum()
                if name == "L2":  # optimizers have it built in: weight_decay=λ
                    loss = loss + given.strength / 2 * weights.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        every = np.concatenate([one.detach().numpy().ravel() for one in model.parameters()])
        run["largest weight"].append(float(np.abs(every).max()))
        run["norm of all"].append(float(np.linalg.norm(every)))
        run["test accuracy"].append(evaluate(model, testing).accuracy)
    print(f"{name:>10}: " + ", ".join(f"{what} {one[-1]:.3f}" for what, one in run.items()))

with drawing.picture(given.out / "penalties.png", columns=3, width=9, height=3.6) as panels:
    for axes, what in zip(panels, runs["L1"], strict=True):
        for name, run in runs.items():
            axes.plot(range(1, given.epochs + 1), run[what], ".-", label=name)
        axes.set(xlabel="epoch", title=what, ylim=(0, 1) if "accuracy" in what else (0, None))
    panels[0].legend()

free, held = (runs[name]["largest weight"][-1] for name in ("no penalty", "L2"))
print(f"largest weight without penalty over that with L2: {free / held:.1f}")
