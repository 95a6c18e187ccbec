"""Standardising: every pixel minus its mean, divided by its standard deviation + 0.0001.

Mean and deviation are those of the 4,000 digits of the training, also for the 1,000 others.  A
pixel at the edge that is 0 in all of the training has deviation 0.  If one of the others has ink
there, 1, it becomes 1 / 0.0001 = 10,000, beside pixels around 1: for that digit the network sees
nothing else.  The cure is a larger number than 0.0001, such as 0.1, or to leave such pixels out,
after which there are still those that had ink once or twice.

Look at where in the picture those pixels are, and at how many digits of the test have one.

Change this: ``--least 0.01`` is between both.
"""

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(seed=0, epochs=5, digits=4000, least=0.1, short={"epochs": 1, "digits": 400})
train, classes = digits(0, given.digits)
test, answers = digits(train=False)
mean, deviation = train.mean(0), train.std(0, correction=0)

constant = deviation == 0
print(f"{int(constant.sum())} of 784 pixels never change in the training")
struck = (test[:, constant] != mean[constant]).any(1)
print(f"{int(struck.sum())} of 1,000 other digits have ink on one of them")

ways = {
    "as they are": lambda pixels: pixels,
    "+ 0.0001": lambda pixels: (pixels - mean) / (deviation + 0.0001),
    f"+ {given.least}": lambda pixels: (pixels - mean) / (deviation + given.least),
    "constant ones out": lambda pixels: (pixels - mean) / (deviation + 0.0001) * ~constant,
}
accuracy, largest = {}, {}
for name, scaled in ways.items():
    at.manual_seed(given.seed)
    model = network(nn.ReLU)
    loader = DataLoader(TensorDataset(scaled(train), classes), batch_size=100, shuffle=True)
    optimizer = optim.Adam(model.parameters())
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, verbose=False)
    found = []
    for part in (slice(None), struck):
        batches = DataLoader(TensorDataset(scaled(test)[part], answers[part]), batch_size=1000)
        found.append(evaluate(model, batches, verbose=False).accuracy)
    accuracy[name] = found[0]
    largest[name] = scaled(test).abs().max().item()
    print(
        f"{name:18} largest pixel {largest[name]:8.1f}, test accuracy {found[0]:.3f}, "
        f"of the {int(struck.sum())} digits {found[1]:.3f}"
    )

inked = ways["+ 0.0001"](test[struck]).abs().amax(1).argmax()
with drawing.picture(given.out / "standardise.png", 2, 3, width=8.5, height=5.6) as panels:
    drawing.image(panels[0], mean.reshape(28, 28), "mean")
    drawing.image(panels[1], deviation.reshape(28, 28), "standard deviation")
    drawing.image(panels[2], constant.reshape(28, 28), "white: never changes")
    digit = test[struck][inked]
    drawing.image(panels[3], digit.reshape(28, 28), "a digit of the test")
    for axes, name in zip(panels[4:], ("+ 0.0001", f"+ {given.least}"), strict=True):
        scaled = ways[name](digit)
        title = f"{name}: up to {scaled.abs().max():.0f}"
        drawing.image(axes, scaled.reshape(28, 28), title, signed=True)

print(f"largest pixel of the test with + 0.0001: {largest['+ 0.0001']:.0f}")
