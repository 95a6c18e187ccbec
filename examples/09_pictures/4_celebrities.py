"""Eight people from folders train, valid and test: which of them is taken for whom?

The lecture's project has photographs of eight celebrities, 250 of each to learn from, 50 to
validate and 50 to test, in all 2,000, 400 and 400; some are mislabelled.  Ours are drawn.
The validation set says which epoch was best; the test set, asked once, how good that one is.

``--folder DIR`` takes your own from DIR/train, DIR/valid and DIR/test.
"""

from pathlib import Path

import numpy as np
from drawn import PEOPLE, face
from folders import answers, augmented, picture_net, plain, read_folder, write_folders

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader
from nn.training import EarlyStopping, confusion_matrix, fit

given = options(seed=0, folder=None, epochs=15, pictures=75, short={"epochs": 1, "pictures": 10})
at.manual_seed(given.seed)
root = Path(given.folder or given.out / "celebrities")
if not given.folder:
    shares_of = {"train": 1, "valid": 0.2, "test": 0.2}  # as in the lecture
    parts = {
        f"{part}/{name}": round(share * given.pictures)
        for part, share in shares_of.items()
        for name in PEOPLE
    }
    write_folders(root, face, parts, np.random.default_rng(given.seed))
train_set = read_folder(root / "train", augmented(32))
classes = train_set.classes
valid_set, test_set = (read_folder(root / one, plain(32), classes) for one in ("valid", "test"))
print(
    f"{len(classes)} people: {len(train_set):,} / {len(valid_set):,} / {len(test_set):,} "
    "pictures; the lecture: 2,000 / 400 / 400"
)

model = picture_net(len(classes))
optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.01)
fit(
    model,
    DataLoader(train_set, batch_size=32, shuffle=True),
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=DataLoader(valid_set, batch_size=100),
    scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, given.epochs),
    callbacks=[EarlyStopping("validation_loss", patience=5, restore_best=True)],
)

images, targets, shares = answers(model, test_set)
said = shares.argmax(1)
matrix = confusion_matrix(said, targets, len(classes))
for number, name in enumerate(classes):
    others = matrix[number] * (np.arange(len(classes)) != number)
    taken = f", most often taken for {classes[others.argmax()]}" if others.any() else ""
    print(f"{name:>8}: {matrix[number, number]} of {matrix[number].sum()} right{taken}")

with drawing.picture(given.out / "celebrities_faces.png", 3, 8, height=3.7) as panels:
    for axes in panels:
        axes.axis("off")
    for number, name in enumerate(classes[:8]):
        for row, one in enumerate(np.flatnonzero(targets == number)[:3].tolist()):
            axes = panels[8 * row + number]
            drawing.image(axes, images[one].permute(1, 2, 0), "" if row else name)
with drawing.picture(given.out / "celebrities.png", width=7, height=6.5) as axes:
    drawing.matrix(axes, matrix, "rows: who it is; columns: who it is taken for")
    axes.axis("on")
    axes.set_xticks(range(len(classes)), classes)
    axes.set_yticks(range(len(classes)), classes)
print(f"test accuracy: {(said == targets).mean():.3f}")
