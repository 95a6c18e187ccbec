"""The weights of one layer as images: for every digit a rough drawing of it, once it has learnt.

A network of a single layer has 784 weights for each digit, one for each pixel: a picture.  They
start as noise.  Ink where they are red speaks for the digit, ink where they are blue against it;
so each class has one rigid template, and that is all that such a network can know.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import evaluate

given = options(seed=0, steps=1000, short={"steps": 10})
at.manual_seed(given.seed)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
optimizer = optim.SGD(model.parameters(), lr=0.5)
shown = [step for step in (0, 1, 10, 100, 1000) if step <= given.steps]

kept = {0: model[1].weight.detach().clone()}
step = 0
while step < given.steps:
    for images, labels in DataLoader(MNIST(train=True), batch_size=100, shuffle=True):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step in shown:
            kept[step] = model[1].weight.detach().clone()
            print(f"step {step:4}: loss {loss.item():.3f}")
        if step == given.steps:
            break

with drawing.picture(given.out / "weight_images.png", len(kept), 10, height=4.8) as panels:
    for row, (step, weights) in enumerate(kept.items()):
        for digit, weight in enumerate(weights):
            title = str(digit) if row == 0 else ""
            drawing.image(panels[10 * row + digit], weight.reshape(28, 28), title, signed=True)
        panels[10 * row].text(-6, 14, f"{step}", ha="right", va="center")

testing = DataLoader(MNIST(train=False), batch_size=500)
print(f"test accuracy: {evaluate(model, testing, verbose=False).accuracy:.3f}")
