"""The lecture's homework: LeNet on cats and dogs, and how good its answers are.

The lecture's loader stumbles over a picture in shades of grey, and gives labels of shape (n, 1),
which its own accuracy takes for one-hot: their argmax is 0 for all.  Here one picture of eight is
grey; ``ImageFolder`` makes it red, green and blue, and gives labels of shape (n,).

Judge it: compare the accuracy on pictures it has learnt with that on new ones, and with guessing.
Change this: ``--pictures 400`` of each, and the two come closer.
"""

import numpy as np
from drawn import PETS, pet
from folders import answers, plain, read_folder, show_answers, write_folders

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader
from nn.training import confusion_matrix, fit

given = options(seed=0, epochs=15, pictures=200, short={"epochs": 1, "pictures": 20})
at.manual_seed(given.seed)
parts = {f"train/{one}": given.pictures for one in PETS} | {f"test/{one}": 100 for one in PETS}
root = write_folders(given.out / "pets", pet, parts, np.random.default_rng(given.seed))
learning, testing = (read_folder(root / part, plain(32)) for part in ("train", "test"))

lenet = nn.Sequential(
    *(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),  # 32 × 32 to 28 × 28 to 14 × 14
    *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),  # to 10 × 10 to 5 × 5
    *(nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten()),  # to 1 × 1
    *(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 2)),
)
print(f"LeNet with {sum(one.numel() for one in lenet.parameters()):,} weights")
optimizer = optim.Adam(lenet.parameters(), lr=0.001)
fit(
    lenet,
    DataLoader(learning, batch_size=32, shuffle=True),
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=DataLoader(testing, batch_size=100),
)

_, learnt, its_shares = answers(lenet, learning)
images, targets, shares = answers(lenet, testing)
said = shares.argmax(1)
right = said == targets
matrix = confusion_matrix(said, targets, 2)
column = targets[:, None]  # labels as the lecture's loader gives them, (n, 1)
as_lectured = column.argmax(1) if column.ndim == 2 else column
print(
    f"labels (n, 1) through the lecture's accuracy: {(said == as_lectured).mean():.3f}, "
    f"and {(np.zeros_like(said) == as_lectured).mean():.3f} for who always says {PETS[0]}"
)
print(f"pictures it has learnt: {(its_shares.argmax(1) == learnt).mean():.3f}, guessing: 0.500")
for number, name in enumerate(PETS):
    print(f"{name}: {matrix[number, number]} of {matrix[number].sum()} right")

with drawing.picture(given.out / "pets.png", 3, 6, height=5.6) as panels:
    show_answers(panels, images, targets, shares, PETS)
# Is 0.9 much better than 0.88?  Of n pictures the share of right ones varies by this much.
spread = np.sqrt(right.mean() * (1 - right.mean()) / len(right))
print(f"test accuracy: {right.mean():.3f} ± {spread:.3f}")
