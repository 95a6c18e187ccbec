"""A network for your own pictures: one sub-folder for each class, whatever the classes are.

    python examples/folder.py                         draws stars, hearts and moons, and learns them
    python examples/folder.py train DIR               learns the classes of the pictures in DIR
    python examples/folder.py evaluate DIR            how good is it on other pictures?
    python examples/folder.py predict PICTURE ...     which class is it?

DIR holds a folder for each class (DIR/cat/*.jpg, DIR/dog/*.jpg), or such folders within DIR/train
and DIR/valid (or val, validation) and DIR/test. Without a part for validation, a fifth is set
aside. Pictures may be of any size, format and colours; what cannot be read is named and left out.
Try --size 96 and more --epochs for photographs, and --workers to read files ahead of time.
"""

from __future__ import annotations

import argparse
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from drawing import command_line, picture, run
from folder_drawing import draw_demo, draw_report

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import DataLoader, ImageFolder, Subset, load_image, random_split, transforms
from nn.training import EarlyStopping, evaluate, fit

WEIGHTS = "folder.npz"


class PictureNet(nn.Module):
    """Pictures ``(N, 3, H, W)``, colours from 0 to 1 → a score for each class, ``(N, classes)``.

    The mean over all places at the end makes do with any height and width from 32 on.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        )  # fmt: skip
        self.output = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(2 * x - 1)
        return self.output(F.dropout(x.mean((2, 3)), 0.2, self.training))


# -- the data --------------------------------------------------------------------------------------


def plain(size: int) -> transforms.Compose:
    """The middle of a picture, as a Tensor ``(3, size, size)``."""
    return transforms.Compose(
        [transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor()]
    )


def augmented(size: int) -> transforms.Compose:
    """Another part of a picture each time, mirrored or not, in other light."""
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(size, scale=(0.7, 1)),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.RandomRotation(15, "bilinear", fill=0.5),
            transforms.ColorJitter(0.2, 0.2, 0.2),
        ]
    )


def part_of(root: Path, *names: str) -> Path | None:
    """The first of these sub-folders that exists and has folders of classes in it."""
    folders = (root / name for name in names if (root / name).is_dir())
    return next((one for one in folders if any(path.is_dir() for path in one.iterdir())), None)


def pictures_in(root: Path, transform: Any, classes: list[str] | None = None) -> ImageFolder:
    data = ImageFolder(root, transform, on_error="skip")
    for _, reason in data.skipped:
        print(f"left out: {reason}")
    if not len(data):
        raise ValueError(f"none of the pictures in {root} can be read")
    if classes is not None:
        if unknown := set(data.classes) - set(classes):
            raise ValueError(f"{root}: unknown classes {', '.join(sorted(unknown))}")
        # Numbers as in training, also where a class is missing here.
        data.target_transform = lambda number: classes.index(data.classes[number])
    return data


def both_parts(root: Path, options: argparse.Namespace) -> tuple[Subset, Subset, list[str]]:
    """For training, augmented; for validation, as they are; and the names of the classes."""
    train_folder = part_of(root, "train") or root
    train_set = pictures_in(train_folder, augmented(options.size))
    if len(train_set) < 10 or len(train_set.classes) < 2:
        raise ValueError(f"{train_folder}: too few pictures or classes to learn from: {train_set}")
    valid_folder = part_of(root, "valid", "val", "validation")
    if valid_folder is not None and train_folder != root:
        valid_set = pictures_in(valid_folder, plain(options.size), train_set.classes)
        return whole(train_set), whole(valid_set), train_set.classes
    first, second = random_split(train_set, [0.8, 0.2])
    unchanged = copy(train_set)
    unchanged.transform = plain(options.size)
    return first, Subset(unchanged, second.indices), train_set.classes


def whole(data: ImageFolder) -> Subset:
    return Subset(data, range(len(data)))


def counts_of(part: Subset, classes: list[str]) -> np.ndarray:
    """How many pictures of each class there are."""
    data: ImageFolder = part.dataset
    names = [data.classes[data.targets[index]] for index in part.indices]
    return np.array([names.count(name) for name in classes])


# -- the three commands ----------------------------------------------------------------------------


def train(options: argparse.Namespace) -> None:
    at.manual_seed(options.seed)
    if options.paths:
        root = Path(options.paths[0])
    else:
        root = draw_demo(options.out / "folder", options.seed, options.quick)
        print(f"no folder given: drew pictures in {root}")
    train_set, valid_set, classes = both_parts(root, options)
    balance = counts_of(train_set, classes), counts_of(valid_set, classes)
    for name, here, there in zip(classes, *balance, strict=True):
        print(f"{name:>12}: {here:5,} pictures to learn from, {there:5,} for validation")

    settings = {"batch_size": options.batch_size, "num_workers": options.workers}
    train_loader = DataLoader(train_set, shuffle=True, **settings)
    valid_loader = DataLoader(valid_set, **settings)
    model = PictureNet(len(classes))
    optimizer = optim.AdamW(model.parameters(), lr=options.lr, weight_decay=0.01)
    # A class with few pictures counts as much as one with many.
    weight = at.tensor(len(train_set) / len(classes) / balance[0].clip(1), dtype=at.float32)
    history = fit(
        model,
        train_loader,
        lambda scores, targets: F.cross_entropy(scores, targets, weight, label_smoothing=0.05),
        optimizer,
        options.epochs,
        validation=valid_loader,
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=options.epochs),
        callbacks=[EarlyStopping("validation_loss", options.patience, restore_best=True)],
    )

    options.out.mkdir(parents=True, exist_ok=True)
    content = {"model": model.state_dict(), "classes": classes, "size": options.size}
    at.save(content, options.out / WEIGHTS)
    print(f"weights, names of the classes and size: {options.out / WEIGHTS}")
    picture(
        options.out / "folder.png",
        (9, 7),
        lambda figure: draw_report(figure, history, balance, classes, *answers(model, valid_set)),
    )
    # The weights kept are those that did best here: on other pictures a little less is to be
    # expected. `evaluate DIR/test` tells.
    print(f"validation accuracy: {evaluate(model, valid_loader, verbose=False).accuracy:.3f}")


def answers(model: nn.Module, data: Any) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """All pictures ``(N, 3, H, W)``, the class of each, and the probabilities ``(N, classes)``."""
    batches = list(DataLoader(data, batch_size=64))
    model.eval()
    with at.no_grad():
        probabilities = [F.softmax(model(images), 1).numpy() for images, _ in batches]
    images = at.cat([images for images, _ in batches])
    targets = np.concatenate([targets.numpy() for _, targets in batches])
    return images, targets, np.concatenate(probabilities)


def load_model(options: argparse.Namespace) -> tuple[PictureNet, list[str], int]:
    path = options.out / WEIGHTS
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}; train first")
    content = at.load(path)
    model = PictureNet(len(content["classes"]))
    model.load_state_dict(content["model"])
    return model, content["classes"], content["size"]


def evaluate_folder(options: argparse.Namespace) -> None:
    model, classes, size = load_model(options)
    for path in options.paths:
        data = pictures_in(part_of(Path(path), "test") or Path(path), plain(size), classes)
        _, targets, probabilities = answers(model, data)
        right = probabilities.argmax(1) == targets
        for number, name in enumerate(classes):
            if (those := targets == number).any():
                print(f"{name:>12}: {right[those].sum():,} of {those.sum():,} right")
        print(f"accuracy: {right.mean():.3f}")


def predict(options: argparse.Namespace) -> None:
    model, classes, size = load_model(options)
    pictures = [(plain(size)(load_image(path)), 0) for path in options.paths]
    _, _, probabilities = answers(model, pictures)
    for path, row in zip(options.paths, probabilities, strict=True):
        best = row.argsort()[::-1][:3]
        print(f"{path}: " + ", ".join(f"{classes[one]} {row[one]:.3f}" for one in best))


# -- from the command line -------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command_line(__doc__)
    commands = {"train": train, "evaluate": evaluate_folder, "predict": predict}
    parser.add_argument("command", nargs="?", choices=commands, default="train")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a folder; pictures to predict")
    parser.add_argument("--size", type=int, default=40, help="pixels of a side, from 32 (40)")
    parser.add_argument("--epochs", type=int, default=20, help="at most (20)")
    parser.add_argument("--patience", type=int, default=10, help="epochs without progress (10)")
    parser.add_argument("--batch-size", type=int, default=32, help="(32)")
    parser.add_argument("--lr", type=float, default=0.005, help="learning rate (0.005)")
    parser.add_argument("--workers", type=int, default=0, help="threads that read pictures (0)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.epochs, options.size = min(options.epochs, 2), 32
    if options.command != "train" and not options.paths:
        parser.error(f"{options.command} what? Name a folder or pictures")
    run(lambda: commands[options.command](options))


if __name__ == "__main__":
    main()
