"""A network for your own pictures: one folder for each class, whatever the classes are.

``--folder DIR`` learns the classes of DIR/cat/*.jpg, DIR/dog/*.jpg and so on, or of such folders
in DIR/train and DIR/valid; without ``valid`` a fifth is set aside.  Pictures may be of any size,
format and colours; what cannot be read is named and left out.  Without, it draws
hearts, moons and stars.  The weights of the best epoch are kept with the names of the classes.

Change this: for photographs ``--size 64`` and more epochs.
"""

from pathlib import Path

import numpy as np
from drawn import SHAPES, shape
from folders import answers, picture_net, show_answers, targets_of, two_parts, write_folders

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader
from nn.training import EarlyStopping, fit

given = options(
    seed=0, folder=None, size=32, epochs=18, pictures=100, short={"epochs": 2, "pictures": 30}
)
at.manual_seed(given.seed)
root = given.folder
if root is None:
    root = given.out / "folder"
    counts = [given.pictures, given.pictures // 2, given.pictures]  # fewer moons
    parts = dict(zip(SHAPES, counts, strict=True))
    write_folders(root, shape, parts, np.random.default_rng(given.seed))
    print(f"no folder given: drew pictures in {root}")
train_set, valid_set, classes = two_parts(root, given.size)
counts = [np.bincount(targets_of(part), minlength=len(classes)) for part in (train_set, valid_set)]
for name, here, there in zip(classes, *counts, strict=True):
    print(f"{name:>12}: {here:5,} pictures to learn from, {there:5,} for validation")

model = picture_net(len(classes))
optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.01)
# A class with few pictures counts as much as one with many.
weight = at.tensor(len(train_set) / len(classes) / counts[0].clip(1), dtype=at.float32)
history = fit(
    model,
    DataLoader(train_set, batch_size=32, shuffle=True),
    lambda scores, targets: F.cross_entropy(scores, targets, weight),
    optimizer,
    given.epochs,
    validation=DataLoader(valid_set, batch_size=100),
    scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, given.epochs),
    callbacks=[EarlyStopping("validation_loss", patience=10, restore_best=True)],
)

files = [str(Path(valid_set.dataset.samples[one][0]).resolve()) for one in valid_set.indices]
content = {"model": model.state_dict(), "classes": classes, "size": given.size, "files": files}
at.save(content, given.out / "folder.npz")
print(f"weights, names of the classes and size: {given.out / 'folder.npz'}")

images, targets, shares = answers(model, valid_set)
with drawing.picture(given.out / "folder_curves.png", 1, 3, height=3) as (*curves, right):
    for axes, quantity in zip(curves, ("loss", "accuracy"), strict=True):
        axes.plot(history[f"train_{quantity}"], label="training, augmented")
        axes.plot(history[f"validation_{quantity}"], label="validation")
        axes.set(title=quantity, xlabel="epoch")
        axes.legend(fontsize=8)
    drawing.bars(right, classes, counts[0], "pictures to learn from")
with drawing.picture(given.out / "folder.png", 3, 6, height=5.2) as panels:
    show_answers(panels, images, targets, shares, classes)
# The weights were chosen by these pictures: expect a little less of others.
print(f"validation accuracy: {(shares.argmax(1) == targets).mean():.3f}")
