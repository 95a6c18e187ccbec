"""Wrong labels: what they cost, and how their own loss gives them away.

A fifth of the pets to learn from bears the other's name.  A network that learns from one half says
what it thinks of the other half, and the other way round.  Where its loss is largest a label is
probably wrong: a person looks at those first.  Here they are left out, and it is trained again.

Of photographs collected in a hurry some are always mislabelled or show two people; the lecture's
are no exception.  Change this: ``--wrong 0.4`` leaves hardly more right labels than wrong ones.
"""

import numpy as np
from drawn import PETS, pet
from folders import answers, learn, picture_net, pictures

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import Subset, TensorDataset

given = options(seed=0, wrong=0.2, pictures=400, epochs=10, short={"pictures": 20, "epochs": 1})
rng = np.random.default_rng(given.seed)
images, true = pictures(pet, PETS, given.pictures, rng)
tests = TensorDataset(*pictures(pet, PETS, 200, rng))
count = len(true)
is_wrong = rng.permutation(count) < given.wrong * count
labels = at.from_numpy(np.where(is_wrong, 1 - true.numpy(), true.numpy()))
labelled = TensorDataset(images, labels)


def trained_on(data):
    """A network that has learnt this."""
    at.manual_seed(given.seed)
    model = picture_net(len(PETS))
    learn(model, data, given.epochs)
    return model


def accuracy_of(data):
    _, targets, shares = answers(trained_on(data), tests)
    return (shares.argmax(1) == targets).mean()


# The loss of every picture, from a network that has not seen its label.
loss = np.empty(count)
halves = np.arange(count // 2), np.arange(count // 2, count)
for here, there in (halves, halves[::-1]):
    _, said, shares = answers(trained_on(Subset(labelled, here)), Subset(labelled, there))
    loss[there] = -np.log(shares[np.arange(len(there)), said].clip(1e-7))

suspects = np.argsort(-loss)[: is_wrong.sum()]
kept = np.setdiff1d(np.arange(count), suspects)
hits = is_wrong[suspects].mean()
print(f"{is_wrong.sum()} of {count} labels are wrong; {hits:.3f} of as many with the largest loss")

clean = accuracy_of(TensorDataset(images, true))
spoilt = accuracy_of(labelled)
mended = accuracy_of(Subset(labelled, kept))
with drawing.picture(given.out / "mislabelled.png", 3, 6, height=5.8) as panels:
    for axes, one in zip(panels, suspects, strict=False):
        drawing.image(axes, images[int(one)].permute(1, 2, 0), f"labelled {PETS[labels[one]]}")
        axes.title.set_color("#D55E00" if is_wrong[one] else "black")
print(
    f"accuracy with all labels right: {clean:.3f}, a part wrong: {spoilt:.3f}, "
    f"suspects left out: {mended:.3f}"
)
