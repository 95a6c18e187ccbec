"""What the programs of this chapter share: pictures as Tensors or files, a network, its answers."""

from copy import copy
from pathlib import Path

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing
from nn import optim
from nn.data import DataLoader, ImageFolder, Subset, random_split, transforms
from nn.training import fit

# -- drawn pictures --------------------------------------------------------------------------------


def pictures(draw, names, count, rng, size=32):
    """``count`` pictures of each name, shuffled: a Tensor (N, 3, size, size), and classes (N,)."""
    classes = rng.permutation(np.repeat(np.arange(len(names)), count))
    drawn = [draw(rng, names[one]).convert("RGB").resize((size, size)) for one in classes]
    to_tensor = transforms.ToTensor()
    return at.stack([to_tensor(one) for one in drawn]), at.from_numpy(classes)


def write_folders(root, draw, parts, rng):
    """Writes files such as root/train/cat/007.png; ``parts`` tells how many: {"train/cat": 40}."""
    for part, count in parts.items():
        folder = root / part
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9][0-9][0-9].png"):
            old.unlink()  # of an earlier run
        for index in range(count):
            width, height = rng.integers(40, 72, 2).tolist()
            # One of eight is grey, others have a palette or are transparent.
            mode = ("RGB", "L", "P", "RGBA", "RGB", "RGB", "RGB", "RGB")[index % 8]
            picture = draw(rng, folder.name).resize((width, height))
            picture.convert(mode).save(folder / f"{index:03}.png")
    return root


# -- pictures in folders ---------------------------------------------------------------------------


def plain(size):
    """The middle of a picture as a Tensor (3, size, size), whatever its size was."""
    return transforms.Compose(
        [transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor()]
    )


def augmented(size):
    """Another part of the picture each time, mirrored or not, turned a little, in other light."""
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(size, scale=(0.7, 1)),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.RandomRotation(15, "bilinear", fill=0.5),
            transforms.ColorJitter(0.2, 0.2, 0.2),
        ]
    )


def read_folder(root, transform, classes=None):
    """The pictures in root/cat, root/dog and so on; with ``classes``, numbered as in training."""
    data = ImageFolder(root, transform, on_error="skip")
    for _, reason in data.skipped:
        print(f"left out: {reason}")
    if classes is not None:
        if unknown := set(data.classes) - set(classes):
            raise SystemExit(f"{root}: unknown classes {', '.join(sorted(unknown))}")
        # A class may be missing here; then the folder numbers the others differently.
        data.samples = [(path, classes.index(data.classes[one])) for path, one in data.samples]
        data.targets = [one for _, one in data.samples]
    return data


def two_parts(root, size):
    """Pictures to learn from, augmented, those to validate with, plain, and the classes' names.

    They lie in root/train and root/valid (or root/val); else a fifth of all is set aside.
    """
    root = Path(root)
    valid = next((root / one for one in ("valid", "val") if (root / one).is_dir()), None)
    train = root / "train" if valid and (root / "train").is_dir() else root
    learning = read_folder(train, augmented(size))
    if len(learning) < 10 or len(learning.classes) < 2:
        raise SystemExit(f"{train}: too few pictures or classes to learn from: {learning}")
    if train != root:
        testing = read_folder(valid, plain(size), learning.classes)
        return _all_of(learning), _all_of(testing), learning.classes
    first, second = random_split(learning, [0.8, 0.2])
    unchanged = copy(learning)
    unchanged.transform = plain(size)
    return first, Subset(unchanged, second.indices), learning.classes


def _all_of(data):
    return Subset(data, range(len(data)))


def targets_of(part):
    """The class of each picture of a part, (N,), without reading the pictures."""
    return np.array(part.dataset.targets)[list(part.indices)]


# -- a network, and what it says -------------------------------------------------------------------


def picture_net(outputs, colours=3):
    """Pictures (N, colours, H, W), from 0 to 1, of any size from 16 on, to (N, outputs)."""
    return nn.Sequential(
        nn.BatchNorm2d(colours, affine=False),  # colours as mean 0 and deviation 1
        *(nn.Conv2d(colours, 16, 5, stride=2, padding=2), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(48 * 16, outputs)),
    )


def learn(model, train_set, epochs, validation=None, *, loss=F.cross_entropy, **loader):
    """Trains with AdamW while the rate falls to 0; batches of 32, shuffled if nobody says how."""
    optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.01)
    return fit(
        model,
        DataLoader(train_set, batch_size=32, **(loader or {"shuffle": True})),
        loss,
        optimizer,
        epochs,
        validation=None if validation is None else DataLoader(validation, batch_size=100),
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
        verbose=validation is not None,
    )


def answers(model, data):
    """All pictures (N, 3, H, W), the class of each, (N,), and its probabilities, (N, classes)."""
    model.eval()
    with at.no_grad():
        batches = [(x, y, F.softmax(model(x), 1)) for x, y in DataLoader(data, batch_size=100)]
    images, targets, shares = (at.cat(list(one)) for one in zip(*batches, strict=True))
    return images, targets.numpy(), shares.numpy()


def mistakes_first(targets, shares, count):
    """Indices of pictures to show: at most half mistakes, then right ones of each class in turn."""
    right = shares.argmax(1) == targets
    wrong = np.flatnonzero(~right)
    chosen = wrong[:: max(1, 2 * len(wrong) // count)][: count // 2].tolist()  # of all classes
    of_class = [np.flatnonzero(right & (targets == one)) for one in range(shares.shape[1])]
    for turn in range(count):
        chosen += [int(one[turn]) for one in of_class if turn < len(one)]
    return chosen[:count]


def show_answers(panels, images, targets, shares, classes):
    """A picture on each of the axes, with what it is taken for; mistakes in orange, first."""
    for axes in panels:
        axes.axis("off")
    chosen = mistakes_first(targets, shares, len(panels))
    for axes, index in zip(panels, chosen, strict=False):
        said, target = shares[index].argmax(), targets[index]
        title = f"{classes[said]} {shares[index, said]:.0%}"
        drawing.image(axes, images[index].permute(1, 2, 0), title)
        if said != target:
            axes.set_title(f"{title}\nis {classes[target]}", fontsize=10, color="#D55E00")
