"""Augmentation: the same few digits, every time turned, stretched, blurred, cut out or mirrored.

Ten pictures of each digit are too few.  Every epoch sees them changed: a 3 that is turned a little
is a 3.  Each change is measured by itself, on 1,000 other digits.

Which change helps depends on what may happen to a picture and leaves its class as it is.  A
mirrored cat is a cat; a mirrored 3 is no 3, and the accuracy says so.
Change this: with ``--pictures 100`` of each, augmentation is worth less.
"""

import numpy as np
from folders import answers, learn, picture_net

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import MNIST, TensorDataset, default_collate, transforms

given = options(
    seed=0, pictures=10, epochs=40, tries=2, short={"pictures": 2, "epochs": 1, "tries": 1}
)
train_set, tests = MNIST(train=True), MNIST(train=False)
chosen = np.concatenate(
    [np.flatnonzero(train_set.labels == digit)[: given.pictures] for digit in range(10)]
).tolist()
images, classes = default_collate([train_set[one] for one in chosen])

changes = {
    "nothing": transforms.Compose([]),
    "turn": transforms.RandomRotation(15, "bilinear"),
    "stretch": transforms.RandomResizedCrop(28, scale=(0.7, 1), ratio=(0.8, 1.25)),
    "blur": transforms.RandomApply([transforms.GaussianBlur(3, (0.3, 1.0))], 0.5),
    "cut out": transforms.RandomErasing(0.5, scale=(0.02, 0.1)),
    "flip": transforms.RandomHorizontalFlip(),
}
changes["turn, stretch"] = transforms.Compose([changes["turn"], changes["stretch"]])


def learnt_with(change, seed):
    """The accuracy after training on pictures that are changed anew whenever they are seen."""

    def batch(samples):
        pictures, labels = default_collate(samples)
        return change(pictures), labels

    at.manual_seed(seed)
    model = picture_net(10, colours=1)
    data = TensorDataset(images, classes)
    learn(model, data, given.epochs, shuffle=True, collate_fn=batch)
    _, targets, shares = answers(model, tests)
    return (shares.argmax(1) == targets).mean()


accuracy = {}
for name, change in changes.items():
    found = [learnt_with(change, given.seed + number) for number in range(given.tries)]
    accuracy[name] = np.mean(found)
    print(f"{name:>14}: {accuracy[name]:.3f}, single runs {min(found):.3f} to {max(found):.3f}")

at.manual_seed(given.seed)
three = images[3 * given.pictures]
with drawing.picture(given.out / "augmentation.png", len(changes), 8, height=7) as panels:
    for row, (name, change) in enumerate(changes.items()):
        first, *others = panels[8 * row : 8 * row + 8]
        first.axis("off")
        words = f"{name}\n{accuracy[name]:.3f}"
        first.text(0.5, 0.5, words, ha="center", va="center", transform=first.transAxes)
        for axes in others:
            drawing.image(axes, change(three)[0])
few, more = accuracy["nothing"], accuracy["turn, stretch"]
print(f"test accuracy with nothing: {few:.3f}, turned and stretched: {more:.3f}")
