"""One class is rare: weights in the loss, or showing its pictures more often, against nothing.

Of 200 stars, 200 hearts and 4 moons a network learns that "moon" is hardly ever right.  Either
its loss weighs every moon fiftyfold, or ``WeightedRandomSampler`` shows every moon fifty times.
Judge by class: the accuracy on pictures with few moons hides that they are not found.
"""

import numpy as np
from drawn import SHAPES, shape
from folders import answers, learn, picture_net, pictures

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn.data import TensorDataset, WeightedRandomSampler
from nn.training import recall

given = options(
    seed=0,
    rare=4,
    common=200,
    epochs=12,
    tries=2,
    short={"rare": 2, "common": 10, "epochs": 1, "tries": 1},
)
rng = np.random.default_rng(given.seed)
images, classes = pictures(shape, SHAPES, given.common, rng)
moon = SHAPES.index("moon")
moons = np.flatnonzero(classes.numpy() == moon)
kept = np.setdiff1d(np.arange(len(classes)), moons[given.rare :])
images, classes = images[kept], classes[kept]
tests = TensorDataset(*pictures(shape, SHAPES, 100, rng))
counts = np.bincount(classes.numpy())
print("to learn from: " + ", ".join(f"{n} {s}s" for n, s in zip(counts, SHAPES, strict=True)))

weights = len(classes) / len(SHAPES) / counts  # of each class
per_picture = weights[classes.numpy()]
class_weights = at.tensor(weights, dtype=at.float32)


def weighted(scores, targets):
    return F.cross_entropy(scores, targets, class_weights)


ways = {
    "nothing": dict,
    "weights in the loss": lambda: {"loss": weighted},
    "sampler": lambda: {"sampler": WeightedRandomSampler(per_picture, len(classes))},
}
found = {}
for name, way in ways.items():
    by_class = []
    for number in range(given.tries):
        at.manual_seed(given.seed + number)
        model = picture_net(len(SHAPES))
        learn(model, TensorDataset(images, classes), given.epochs, **way())
        _, targets, shares = answers(model, tests)
        by_class.append(recall(shares, targets, average=None))
    found[name] = np.mean(by_class, axis=0)
    says = ", ".join(f"{s} {r:.3f}" for s, r in zip(SHAPES, found[name], strict=True))
    # As if of every 404 pictures 4 were moons, which is how they came.
    as_they_come = found[name] @ counts / counts.sum()
    print(f"{name:>20}: {says}; accuracy as the classes came {as_they_come:.3f}")

with drawing.picture(given.out / "balance.png", 1, 3, height=3.2) as panels:
    for axes, (name, shares) in zip(panels, found.items(), strict=True):
        drawing.bars(axes, SHAPES, shares, f"{name}\nshare of each class found")
        axes.set_xlim(0, 1.2)
nothing, weights, sampler = (shares[moon] for shares in found.values())
print(f"moons found with nothing: {nothing:.3f}, weights: {weights:.3f}, sampler: {sampler:.3f}")
