"""Dreams: the image that the network is surest of, found by climbing its score from nothing.

A score can be pushed up by grains that mean nothing; a penalty on rough and inky pixels leaves what
the network has really learnt to look for.

Change this: ``--rough 0`` leaves the penalty on roughness out.
"""

from small_cnn import trained

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim

given = options(
    seed=0,
    steps=300,
    rough=0.01,
    epochs=6,
    digits=4000,
    short={"steps": 10, "epochs": 1, "digits": 300},
)
model, _ = trained(given)

pixels = at.full((10, 1, 28, 28), -2.0, requires_grad=True)  # the sigmoid keeps them from 0 to 1
climber = optim.Adam([pixels], lr=0.1)
for step in range(given.steps):
    images = at.sigmoid(pixels)
    score = F.log_softmax(model(images), dim=1).diagonal().sum()  # image 0 as a 0, 1 as a 1, …
    rough = (images.diff(dim=2) ** 2).sum() + (images.diff(dim=3) ** 2).sum()
    loss = -score + given.rough * rough + 0.004 * images.sum()
    climber.zero_grad()
    loss.backward()
    climber.step()
    if step % 100 == 0:
        print(f"step {step:3}: score {score.item():.3f}")

with at.no_grad():
    images = at.sigmoid(pixels)
    shares = F.softmax(model(images), dim=1).diagonal()
with drawing.picture(given.out / "dreams.png", 2, 5, height=4) as panels:
    for digit, (axes, share) in enumerate(zip(panels, shares.tolist(), strict=True)):
        drawing.image(axes, images[digit, 0], f"{digit}: {share:.1%} sure")

print(f"mean share of the class dreamt of: {shares.mean().item():.3f}")
