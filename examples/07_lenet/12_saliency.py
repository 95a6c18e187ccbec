"""Saliency: which pixels matter?  The gradient of the answer's score by the image says it.

It is the ``backward`` that trains networks; only what requires a gradient differs: the image, not
the weights.  Where the gradient is large, a little more or less ink would change the score.
"""

from small_cnn import trained

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import MNIST

given = options(seed=0, epochs=6, digits=4000, short={"epochs": 1, "digits": 300})
model, accuracy = trained(given)

digits = MNIST(train=False)
firsts = [int((digits.labels == digit).argmax()) for digit in range(10)]  # one of each
images = at.stack([digits[index][0] for index in firsts]).requires_grad_()
scores = model(images)
scores.amax(1).sum().backward()  # each image has a score of its own: one pass serves all
saliency = images.grad.abs()[:, 0]

on_ink = (saliency * (images[:, 0] > 0.1)).sum((1, 2)) / saliency.sum((1, 2))
print("share of the saliency that lies on ink:", on_ink.numpy().round(2))

with drawing.picture(given.out / "saliency.png", 2, 10, height=2.2) as panels:
    for digit in range(10):
        answer = scores[digit].argmax().item()
        drawing.image(panels[digit], images[digit, 0].detach(), f"read as {answer}")
        drawing.image(panels[10 + digit], saliency[digit])

print(f"test accuracy: {accuracy:.3f}")
