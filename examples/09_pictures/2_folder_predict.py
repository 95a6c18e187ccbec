"""What is in a picture? The network that `folder` has trained answers, and says how sure it is.

``--picture FILE`` asks about one picture, ``--folder DIR`` about all in DIR/cat, DIR/dog and so on;
with neither, about those that ``folder`` has set aside.  Run ``folder`` first; without its file
this program trains for a moment.  A network knows its classes only: asked about something else, it
names one of them all the same, and may be sure of it.
"""

from pathlib import Path

import numpy as np
from drawn import SHAPES, shape
from folders import (
    answers,
    learn,
    picture_net,
    plain,
    read_folder,
    show_answers,
    two_parts,
    write_folders,
)

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import load_image

given = options(seed=0, folder=None, picture=None, epochs=6, short={"epochs": 1})
at.manual_seed(given.seed)
file = given.out / "folder.npz"
if not file.exists():
    print(f"there is no {file}: a short training instead")
    root = given.out / "folder"
    rng = np.random.default_rng(given.seed)
    write_folders(root, shape, dict.fromkeys(SHAPES, 40), rng)
    train_set, valid_set, classes = two_parts(root, 32)
    model = picture_net(len(classes))
    learn(model, train_set, given.epochs)
    files = [valid_set.dataset.samples[one][0] for one in valid_set.indices]
    content = {"model": model.state_dict(), "classes": classes, "size": 32, "files": files}
    at.save(content, file)

content = at.load(file)
classes, transform = content["classes"], plain(content["size"])
model = picture_net(len(classes))
model.load_state_dict(content["model"])
if given.picture:
    asked = [(transform(load_image(given.picture)), -1)]  # nobody says what it is
elif given.folder:
    asked = read_folder(given.folder, transform, classes)
else:
    asked = [
        (transform(load_image(one)), classes.index(Path(one).parent.name))
        for one in content["files"]
    ]

images, targets, shares = answers(model, asked)
if given.picture:
    with drawing.picture(given.out / "folder_predict.png", 1, 2, height=3.5) as (left, right):
        drawing.image(left, images[0].permute(1, 2, 0), Path(given.picture).name)
        drawing.bars(right, classes, shares[0], "how likely is")
    print(f"{classes[shares[0].argmax()]}: {shares[0].max():.3f}")
else:
    for number, name in enumerate(classes):
        those = targets == number
        print(f"{name:>12}: {(shares[those].argmax(1) == number).sum()} of {those.sum()} right")
    with drawing.picture(given.out / "folder_predict.png", 3, 6, height=5.5) as panels:
        show_answers(panels, images, targets, shares, classes)
    print(f"accuracy: {(shares.argmax(1) == targets).mean():.3f}")
