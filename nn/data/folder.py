"""Pictures in folders: one sub-folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nn.arguments import need_one_of, refuse
from nn.data.batches import transformed
from nn.data.dataset import Dataset

IMG_EXTENSIONS = (
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp", ".gif",
)  # fmt: skip
"""What counts as a picture, in small or capital letters."""

MAX_PIXELS = 89_478_485
"""A quarter of a gigabyte of RGB pixels: where Pillow begins to warn."""


def load_image(
    path: str | os.PathLike[str], mode: str = "RGB", *, max_pixels: int = MAX_PIXELS
) -> Any:
    """Reads any picture file that Pillow knows as a picture of the given mode.

    Palettes are resolved, a picture is turned upright if its file says how it was taken (EXIF),
    what is transparent becomes white, and 16 bits for each pixel become 8.

    Args:
        path: the file.
        mode: of the result: ``"RGB"``, or ``"L"`` for shades of grey.
        max_pixels: refuse a picture with more pixels, before they are decoded. A small file can
            claim to be huge. Pillow refuses more than twice its ``Image.MAX_IMAGE_PIXELS`` by
            itself.

    Returns:
        A ``PIL.Image.Image`` that does not depend on the file any more.

    Raises:
        OSError: there is no such file, it cannot be read as a picture, or is too large; names the
            file.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            if file.width * file.height > max_pixels:
                raise ValueError(
                    f"{file.width} × {file.height} pixels are more than max_pixels = {max_pixels:,}"
                )
            picture = ImageOps.exif_transpose(file)
            if picture.mode.startswith("I;16") or picture.mode == "I":
                values = np.asarray(picture).astype(np.int64)
                picture = Image.fromarray((values >> 8).clip(0, 255).astype(np.uint8))
            if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            return picture.convert(mode)
    except FileNotFoundError:
        raise
    except Exception as error:  # Pillow's plugins raise whatever they stumble over.
        raise OSError(f"cannot read the picture {os.fspath(path)}: {error}") from error


class ImageFolder(Dataset[tuple[Any, Any]]):
    """Pictures in sub-folders that bear the names of their classes::

        root/cat/tom.png            sample i is (picture, class): here (..., 0)
        root/cat/kittens/12.jpg
        root/dog/rex.jpeg           here (..., 1)

    As in torchvision: classes are the sub-folders of ``root`` in alphabetical order, and a class
    has all pictures in its folder and below, sorted by path. Other than there, names that begin
    with a dot are passed over: they hold no pictures but what programs note for themselves.

    Args:
        root: the folder.
        transform: called on a picture, as ``loader`` gives it.
        target_transform: called on the number of a class.
        loader: reads a file, given its path; ``load_image`` where None, which gives RGB.
        is_valid_file: tells by its path whether a file counts; where None, its name has to end
            like that of a picture (``.jpg``, ``.png``, ...; ``nn.data.folder.IMG_EXTENSIONS``).
        allow_empty: a class without a picture is no error.
        on_error: what to do with a picture that cannot be read: ``"raise"`` an OSError that names
            it, when it is asked for; or ``"skip"`` it: then every picture is decoded once right
            here, and what cannot be read is left out and listed in ``skipped``. So lengths and
            indices never change later.
        max_pixels: refuse larger pictures as unreadable, see ``load_image``; only without a
            ``loader`` of your own.

    Attributes:
        classes: their names, sorted.
        class_to_idx: from name to number.
        samples: ``(path, class)`` for each sample; ``imgs`` is the same list.
        targets: the class of each sample.
        skipped: ``(path, reason)`` for what was left out.

    Raises:
        FileNotFoundError: no such folder, no sub-folder in it, or none with pictures.
        OSError: a picture cannot be read.
        ValueError: ``on_error`` is neither of the two.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
        *,
        on_error: str = "raise",
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        need_one_of("ImageFolder", "on_error", on_error, ("raise", "skip"))
        self.root = Path(root).expanduser()
        self.transform = transform
        self.target_transform = target_transform
        self.loader = partial(load_image, max_pixels=max_pixels) if loader is None else loader
        self.classes = _classes_in(self.root)
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        is_valid = _is_picture if is_valid_file is None else is_valid_file
        paths = {name: [*filter(is_valid, _files_below(self.root / name))] for name in self.classes}
        self.samples = [(path, self.class_to_idx[name]) for name in paths for path in paths[name]]
        empty = [name for name in paths if not paths[name]]
        if empty and not allow_empty:
            wanted = ", ".join(IMG_EXTENSIONS) if is_valid_file is None else "is_valid_file"
            raise FileNotFoundError(
                f"ImageFolder: no pictures ({wanted}) in {self.root} for the class"
                f"{'es' * (len(empty) > 1)} {', '.join(empty)}; allow_empty=True lets that pass"
            )
        self.skipped: list[tuple[str, str]] = []
        if on_error == "skip":
            self._leave_out_the_unreadable()
        self.imgs = self.samples
        self.targets = [number for _, number in self.samples]

    def _leave_out_the_unreadable(self) -> None:
        def problem(sample: tuple[str, int]) -> str | None:
            try:
                self.loader(sample[0])
            except Exception as error:  # as many kinds as there are loaders
                return str(error)
            return None

        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            both = list(zip(self.samples, pool.map(problem, self.samples), strict=True))
        self.samples = [sample for sample, why in both if why is None]
        self.skipped = [(sample[0], why) for sample, why in both if why is not None]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Picture and class of sample ``index``, each as its transform gives it."""
        path, target = self.samples[index]
        picture = transformed(self.loader(path), self.transform)
        return picture, transformed(target, self.target_transform)

    def __repr__(self) -> str:
        left_out = f", {len(self.skipped)} skipped" if self.skipped else ""
        contents = f"{len(self):,} samples, {len(self.classes)} classes{left_out}"
        return f"ImageFolder({self.root}, {contents})"


def _classes_in(root: Path) -> list[str]:
    refuse("ImageFolder", not root.is_dir(), f"there is no folder {root}", FileNotFoundError)
    folders = (entry.name for entry in os.scandir(root) if entry.is_dir())
    names = sorted(name for name in folders if not name.startswith("."))
    message = f"{root} has no sub-folders; expected one for each class"
    refuse("ImageFolder", not names, message, FileNotFoundError)
    return names


def _files_below(folder: Path) -> list[str]:
    """All files in a folder and below, sorted; a link back up is not followed in circles."""
    paths: list[str] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths += [os.path.join(place, name) for name in sorted(files) if not name.startswith(".")]
    return paths


def _is_picture(path: str) -> bool:
    return path.lower().endswith(IMG_EXTENSIONS)
