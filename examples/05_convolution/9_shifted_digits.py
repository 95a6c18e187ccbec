"""Why a flat network loses: digits that are moved or turned a little, to a flat net and to a CNN.

Both learn from the same upright digits in the middle of their pictures.  To the flat net a digit
two pixels further right is another one; the CNN looks for the same strokes everywhere.
"""

import numpy as np
from PIL import Image

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(seed=0, epochs=6, digits=4000, short={"epochs": 1, "digits": 300})
learning, testing = MNIST(train=True), MNIST(train=False)


def moved(images, right=0, degrees=0):
    """Pictures (N, 28, 28) of bytes, moved to the right and turned, as a Tensor (N, 1, 28, 28)."""
    turned = [
        np.asarray(
            Image.fromarray(one).rotate(degrees, Image.Resampling.BILINEAR, translate=(right, 0))
        )
        for one in images
    ]
    return at.from_numpy(np.stack(turned)[:, None].astype(np.float32) / 255)


networks = {
    "flat": nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)),
    "CNN": nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(256, 10)),
    ),
}
labels, answers = at.from_numpy(learning.labels), at.from_numpy(testing.labels)
tests = {
    "moved": {pixels: moved(testing.images, right=pixels) for pixels in range(5)},
    "turned": {degrees: moved(testing.images, degrees=degrees) for degrees in (0, 10, 20, 30, 40)},
}
found = {}
for name, model in networks.items():
    at.manual_seed(given.seed)
    for layer in model:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    some = slice(0, given.digits)
    train_set = TensorDataset(moved(learning.images[some]), labels[some])
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    optimizer = optim.Adam(model.parameters())
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, verbose=False)
    for kind, pictures in tests.items():
        for amount, images in pictures.items():
            batches = DataLoader(TensorDataset(images, answers.long()), batch_size=500)
            found[name, kind, amount] = evaluate(model, batches, verbose=False).accuracy

for kind, pictures in tests.items():
    print(f"{kind} by       " + " ".join(f"{amount:6}" for amount in pictures))
    for name in networks:
        row = " ".join(f"{found[name, kind, amount]:6.3f}" for amount in pictures)
        print(f"   {name:10} {row}")

with drawing.picture(given.out / "shifted_digits.png", 2, 5, height=4.4) as panels:
    for row, (kind, pictures) in enumerate(tests.items()):
        for column, (amount, images) in enumerate(pictures.items()):
            shares = " / ".join(f"{found[name, kind, amount]:.2f}" for name in networks)
            title = f"{kind} {amount}\nflat / CNN\n{shares}"
            drawing.image(panels[5 * row + column], images[0, 0], title)

lost = {name: found[name, "moved", 0] - found[name, "moved", 3] for name in networks}
print(f"accuracy lost by three pixels: flat {lost['flat']:.3f}, CNN {lost['CNN']:.3f}")
