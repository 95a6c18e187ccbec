"""Pictures in folders: one sub-folder for each class."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
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

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What there is beside files."""


def load_image(
    path: str | os.PathLike[str], mode: str = "RGB", *, max_pixels: int = MAX_PIXELS
) -> Any:
    """Reads any picture file that Pillow knows as a picture of the given mode.

    Palettes are resolved, what is transparent becomes white, and of several frames the first is
    taken. A picture is turned upright if its file says how it was taken (EXIF); torchvision leaves
    it lying. What is not in bytes becomes bytes: of 16 bits the upper 8 are kept; 32-bit integers
    stay what they are, from 0 to 255; so do floating-point values, unless none is above 1: then 1
    is white.

    Args:
        path: the file.
        mode: of the result: ``"RGB"``, or ``"L"`` for shades of grey.
        max_pixels: refuse a picture with more pixels, before they are decoded. A small file can
            claim to be huge. Pillow refuses more than twice its ``Image.MAX_IMAGE_PIXELS`` by
            itself.

    Returns:
        A ``PIL.Image.Image`` that does not depend on the file any more.

    Raises:
        OSError: there is no such file; it is a folder, a pipe, a socket or a device; it cannot be
            read as a picture, is too large, or has 32-bit values that leave open what is white;
            names the file.

    Example:

        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> from nn.data import load_image
        >>> path = pathlib.Path(tempfile.mkdtemp(), "red.png")
        >>> Image.new("RGB", (4, 3), "red").save(path)
        >>> load_image(path).size, load_image(path).getpixel((0, 0))
        ((4, 3), (255, 0, 0))
    """
    from PIL import Image

    try:
        with _opened(path) as content, Image.open(content) as file:
            if file.width * file.height > max_pixels:
                raise ValueError(
                    f"{file.width} × {file.height} pixels are more than max_pixels = {max_pixels:,}"
                )
            picture = _in_bytes(_upright(file), file.format)
            if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            return picture.convert(mode)
    except FileNotFoundError:
        raise
    except Exception as error:  # Pillow's plugins raise whatever they stumble over.
        raise OSError(f"cannot read the picture {os.fspath(path)}: {error}") from error


def _opened(path: str | os.PathLike[str]) -> Any:
    """The file, open to be read: never what would be waited for, as an empty pipe is."""
    _need_file(path)
    at_once = getattr(os, "O_NONBLOCK", 0)  # were it exchanged for a pipe just now
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | at_once))


def _need_file(path: str | os.PathLike[str]) -> None:
    """Refuses what is no file; one that is not there is a FileNotFoundError."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        what = KINDS.get(stat.S_IFMT(mode), "something else")
        raise OSError(f"{os.fspath(path)} is {what}, not a file")


def _upright(file: Any) -> Any:
    """The picture as it was taken; as it lies in the file, where that tells nothing sensible."""
    from PIL import ImageOps

    file.load()  # so that what fails from here on is the EXIF part alone
    try:
        return ImageOps.exif_transpose(file)
    except Exception:  # whatever Pillow stumbles over in there
        return file


def _in_bytes(picture: Any, kind: str | None) -> Any:
    """What has 16 or 32 bits for each pixel, in shades of grey of 8 bits."""
    from PIL import Image

    if picture.mode not in ("I", "F") and not picture.mode.startswith("I;16"):
        return picture
    values = np.asarray(picture)
    if picture.mode != "F" and (picture.mode != "I" or kind in ("PNG", "PPM")):
        values = values.astype(np.int64) >> 8  # 16 bits, whatever Pillow keeps them in
    elif not (values.min() >= 0 and values.max() <= 255):
        raise ValueError(
            f"its 32-bit values from {values.min()} to {values.max()} leave open what is white; "
            "expected 0 to 255; a loader of your own can read it"
        )
    elif picture.mode == "F":
        values = np.rint(values * 255 if values.max() <= 1 else values)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


class DatasetFolder(Dataset[tuple[Any, Any]]):
    """Files in sub-folders that bear the names of their classes::

        root/cat/tom.npy            sample i is (what the loader gives, class): here (..., 0)
        root/cat/kittens/12.npy
        root/dog/rex.npy            here (..., 1)

    As in torchvision: classes are the sub-folders of ``root`` in alphabetical order, and a class
    has all files in its folder and below, sorted by folder and name. Other than there, names that
    begin with a dot are passed over, for they are what programs note for themselves; and a folder
    that links lead to twice counts once.

    Args:
        root: the folder.
        loader: reads a file, given its path.
        extensions: the endings of the names that count, in small letters: ``".npy"``, or several;
            capitals in names do not matter.
        transform: called on what the loader gives.
        target_transform: called on the number of a class.
        is_valid_file: tells by its path whether a file counts; instead of ``extensions``.
        allow_empty: a class without a file is no error.
        on_error: what to do with a file that cannot be read: ``"raise"`` whatever the loader
            raises, when it is asked for; or ``"skip"`` it: then every file is read once right
            here, and what cannot be read is left out and listed in ``skipped``. So lengths and
            indices never change later.

    Attributes:
        classes: their names, sorted.
        class_to_idx: from name to number.
        samples: ``(path, class)`` for each sample.
        targets: the class of each sample.
        skipped: ``(path, reason)`` for what was left out.

    A subclass may define ``find_classes`` or ``make_dataset`` anew.

    Raises:
        FileNotFoundError: no such folder, no sub-folder in it, or none with files that count.
        OSError: a folder cannot be listed; or, when asked for, a sample is no file but a pipe, a
            socket, a device.
        ValueError: ``extensions`` and ``is_valid_file`` are both given, or neither; or ``on_error``
            is neither of the two.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.data import DatasetFolder
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat/tom.npy", "dog/rex.npy"):
        ...     (root / name).parent.mkdir()
        ...     np.save(root / name, np.ones(3))
        >>> data = DatasetFolder(root, loader=np.load, extensions=".npy")
        >>> data.classes, len(data), data[1]
        (['cat', 'dog'], 2, (array([1., 1., 1.]), 1))
    """

    _files = "files"

    def __init__(
        self,
        root: str | os.PathLike[str],
        loader: Callable[[str], Any],
        extensions: str | Sequence[str] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
        *,
        on_error: str = "raise",
    ) -> None:
        need_one_of(type(self).__name__, "on_error", on_error, ("raise", "skip"))
        self.root = Path(root).expanduser()
        self.loader = loader
        self.extensions = extensions
        self.transform = transform
        self.target_transform = target_transform
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self.make_dataset(
            self.root, self.class_to_idx, extensions, is_valid_file, allow_empty
        )
        self.skipped: list[tuple[str, str]] = []
        if on_error == "skip":
            self._leave_out_the_unreadable()
        self.targets = [number for _, number in self.samples]

    def find_classes(self, directory: str | os.PathLike[str]) -> tuple[list[str], dict[str, int]]:
        """The names of the classes in a folder, and their numbers."""
        root, name = Path(directory), type(self).__name__
        refuse(name, not root.is_dir(), f"there is no folder {root}", FileNotFoundError)
        folders = (entry.name for entry in os.scandir(root) if entry.is_dir())
        names = sorted(folder for folder in folders if not folder.startswith("."))
        message = f"{root} has no sub-folders; expected one for each class"
        refuse(name, not names, message, FileNotFoundError)
        return names, {folder: number for number, folder in enumerate(names)}

    @classmethod
    def make_dataset(
        cls,
        directory: str | os.PathLike[str],
        class_to_idx: dict[str, int],
        extensions: str | Sequence[str] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> list[tuple[str, int]]:
        """``(path, class)`` of all files that count; the arguments are those of the class."""
        message = "expected either extensions or is_valid_file, got "
        both = "neither" if extensions is None else "both"
        refuse(cls.__name__, (extensions is None) == (is_valid_file is None), message + both)
        endings = (extensions,) if isinstance(extensions, str) else tuple(extensions or ())

        def counts(path: str) -> bool:
            if is_valid_file is not None:
                return is_valid_file(path)
            return path.lower().endswith(endings)

        root = Path(directory).expanduser()
        paths = {
            name: [*filter(counts, _files_below(root / name))] for name in sorted(class_to_idx)
        }
        empty = [name for name in paths if not paths[name]]
        if empty and not allow_empty:
            raise FileNotFoundError(
                f"{cls.__name__}: no {cls._files} ({', '.join(endings) or 'is_valid_file'}) in "
                f"{root} for the class{'es' * (len(empty) > 1)} {', '.join(empty)}; "
                "allow_empty=True lets that pass"
            )
        return [(path, class_to_idx[name]) for name in paths for path in paths[name]]

    def _leave_out_the_unreadable(self) -> None:
        def problem(sample: tuple[str, int]) -> str | None:
            try:
                self._loaded(sample[0])
            except Exception as error:  # as many kinds as there are loaders
                return str(error) or type(error).__name__
            return None

        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            both = list(zip(self.samples, pool.map(problem, self.samples), strict=True))
        self.samples = [sample for sample, why in both if why is None]
        self.skipped = [(sample[0], why) for sample, why in both if why is not None]

    def _loaded(self, path: str) -> Any:
        _need_file(path)  # a loader would wait for a pipe for ever
        return self.loader(path)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """What the loader gives for sample ``index``, and its class, each as its transform gives
        it."""
        path, target = self.samples[index]
        sample = transformed(self._loaded(path), self.transform)
        return sample, transformed(target, self.target_transform)

    def __repr__(self) -> str:
        left_out = f", {len(self.skipped)} skipped" if self.skipped else ""
        contents = f"{len(self):,} samples, {len(self.classes)} classes{left_out}"
        return f"{type(self).__name__}({self.root}, {contents})"


class ImageFolder(DatasetFolder):
    """Pictures in sub-folders that bear the names of their classes::

        root/cat/tom.png            sample i is (picture, class): here (..., 0)
        root/cat/kittens/12.jpg
        root/dog/rex.jpeg           here (..., 1)

    Which files and which classes those are: see ``DatasetFolder``.

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
        classes, class_to_idx, targets: as in ``DatasetFolder``.
        samples: ``(path, class)`` for each sample; ``imgs`` is the same list.
        skipped: ``(path, reason)`` for what was left out.

    Raises:
        FileNotFoundError: no such folder, no sub-folder in it, or none with pictures.
        OSError: a picture cannot be read, or a folder not be listed.
        ValueError: ``on_error`` is neither of the two.

    Example:

        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> from nn.data import ImageFolder, transforms
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat/tom.png", "dog/rex.png"):
        ...     (root / name).parent.mkdir()
        ...     Image.new("RGB", (4, 3)).save(root / name)
        >>> data = ImageFolder(root, transform=transforms.ToTensor())
        >>> image, label = data[1]
        >>> image.shape, data.classes[label]
        (torch.Size([3, 3, 4]), 'dog')
    """

    _files = "pictures"

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
        super().__init__(
            root,
            partial(load_image, max_pixels=max_pixels) if loader is None else loader,
            IMG_EXTENSIONS if is_valid_file is None else None,
            transform,
            target_transform,
            is_valid_file,
            allow_empty,
            on_error=on_error,
        )
        self.imgs = self.samples


def _files_below(folder: Path) -> list[str]:
    """All files in a folder and below, sorted by folder and name; a link back up is not followed in
    circles."""

    def stop(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # else its pictures would be missing unsaid
            raise error

    found: list[tuple[str, list[str]]] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=stop):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.append((place, sorted(name for name in files if not name.startswith("."))))
    return [os.path.join(place, name) for place, names in sorted(found) for name in names]
