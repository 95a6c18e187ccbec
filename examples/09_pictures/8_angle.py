"""Regression on pictures: by what angle is a hand turned?

A number may be asked for as well as a class: no softmax, the squared error instead.  But which
number?  359° and 1° are neighbours and as numbers far apart, so a network that has to give the
angle itself fails where the circle is closed.  Cosine and sine have no such place.  Both are
measured.

The weights go to ``angle.npz``, a file of their own.
"""

import numpy as np
from drawn import pointer
from folders import pictures

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import fit

given = options(seed=0, hands=800, epochs=20, short={"hands": 60, "epochs": 1})
rng = np.random.default_rng(given.seed)


def hands(count):
    """Pictures of hands, and their angles in degrees, (N,)."""
    degrees = rng.uniform(0, 360, count)
    images, which = pictures(pointer, degrees, 1, rng)
    return images, degrees[which.numpy()]


def network(outputs):
    return nn.Sequential(
        nn.BatchNorm2d(3, affine=False),
        *(nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 64, 64), nn.ReLU(), nn.Linear(64, outputs)),
    )


def error(found, true):
    """The way round the circle that is shorter, in degrees."""
    return abs((found - true + 180) % 360 - 180)


images, degrees = hands(given.hands)
test_images, test_degrees = hands(300)
radians = np.deg2rad(degrees)
targets = {
    "the angle itself": (degrees[:, None] - 180) / 180,
    "cosine and sine": np.stack([np.cos(radians), np.sin(radians)], axis=1),
}
found = {}
for name, values in targets.items():
    at.manual_seed(given.seed)
    model = network(values.shape[1])
    data = TensorDataset(images, at.tensor(values, dtype=at.float32))
    optimizer = optim.Adam(model.parameters(), lr=0.002)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, given.epochs)
    loader = DataLoader(data, batch_size=32, shuffle=True)
    fit(model, loader, F.mse_loss, optimizer, given.epochs, scheduler=schedule, verbose=False)
    model.eval()
    with at.no_grad():
        answer = model(test_images).numpy()
    if values.shape[1] == 1:
        found[name] = 180 * answer[:, 0] + 180
    else:
        found[name] = np.rad2deg(np.arctan2(answer[:, 1], answer[:, 0])) % 360
    off = error(found[name], test_degrees)
    print(
        f"{name}: off by {off.mean():.1f}° in the mean, {np.median(off):.1f}° in the median, "
        f"{off.max():.0f}° at worst"
    )
at.save(model.state_dict(), given.out / "angle.npz")

with drawing.picture(given.out / "angle_hands.png", 1, 5, height=2.2) as panels:
    for one, axes in enumerate(panels):
        title = f"{test_degrees[one]:.0f}°, found {found['cosine and sine'][one]:.0f}°"
        drawing.image(axes, test_images[one].permute(1, 2, 0), title)
with drawing.picture(given.out / "angle.png", 1, 2, height=4) as panels:
    for axes, (name, values) in zip(panels, found.items(), strict=True):
        axes.plot(test_degrees, values, ".", ms=4)
        axes.set(xlabel="true angle", ylabel="found", title=f"asked for {name}")
        axes.set(xticks=[0, 90, 180, 270, 360], yticks=[0, 90, 180, 270, 360])
print(f"mean error in degrees: {off.mean():.2f}")
