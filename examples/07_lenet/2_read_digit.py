"""Your own handwriting: a trained LeNet-5 reads the digit in a picture file.

    python -m autotensor.examples train_lenet
    python -m autotensor.examples read_digit --picture photo.jpg

Write a digit, take a picture with nothing else in it.  Size, place, paper and ink do not matter:
handwriting.py turns it into what MNIST would show, light on dark, fitted into 20 × 20 pixels, its
centre of mass in the middle of 28 × 28.  Without a picture ten random test digits are read, as the
lecture does, and once more after they were written on paper of several colours.
"""

from pathlib import Path

import numpy as np
from handwriting import put_on_paper, read_picture
from lenet import probabilities, trained
from PIL import Image

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import MNIST

given = options(
    seed=0, picture=None, variant=("1998", "keras", "relu"), epochs=5, short={"epochs": 1}
)
at.manual_seed(given.seed)
rng = np.random.default_rng(given.seed)

testing = MNIST(train=False)
chosen = rng.choice(len(testing), 10, replace=False)
if given.picture:
    files = [Path(given.picture)]
else:
    photos = given.out / "handwriting"
    photos.mkdir(exist_ok=True)
    files = [photos / f"digit_{number}.png" for number in range(10)]
    for number, path in enumerate(files):
        put_on_paper(testing.images[chosen[number]], path, number, rng)

seen = np.stack([read_picture(path) for path in files])  # as MNIST would show them
model = trained(given.out, given.variant, given.epochs)
sure = probabilities(model, seen)  # (files, 10)
answers = sure.argmax(1)

photos = [np.asarray(Image.open(path).convert("RGB")) for path in files]
if given.picture:
    with drawing.picture(given.out / "read_digit.png", columns=3, height=3) as panels:
        drawing.image(panels[0], photos[0], files[0].name)
        drawing.image(panels[1], seen[0], f"what the network sees: {answers[0]}")
        drawing.bars(panels[2], list("0123456789"), sure[0], "how sure it is", form="{:.2f}")
else:
    with drawing.picture(given.out / "read_digit.png", 4, 5, height=7.6) as panels:
        for number in range(10):
            row, column = divmod(number, 5)
            drawing.image(panels[10 * row + column], photos[number])
            title = f"read: {answers[number]}, {sure[number].max():.0%} sure"
            drawing.image(panels[10 * row + 5 + column], seen[number], title)

if given.picture:
    for digit, share in enumerate(sure[0]):
        print(f"{digit}  {share:.4f}  {'#' * round(40 * share)}".rstrip())
    print(f"digit: {answers[0]}")
else:
    labels = testing.labels[chosen]
    plain = probabilities(model, testing.images[chosen]).argmax(1)
    print("ten random test digits, predicted/actual:")
    for what, found in {"as they are": plain, "on paper": answers}.items():
        pairs = " ".join(f"{one}/{label}" for one, label in zip(found, labels, strict=True))
        print(f"{what:>11}: {pairs}, {(found == labels).sum()} of 10")
    print("the lecture: 0/0 1/3 4/5 8/8 7/7 5/5 8/3 0/0 6/6 2/2, 7 of 10")
    print(f"read rightly on paper: {(answers == labels).sum()} of 10")
