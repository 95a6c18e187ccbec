"""MNIST: 70,000 images of handwritten digits, read from idx files."""

from __future__ import annotations

import gzip
import hashlib
import math
import operator
import os
import warnings
import zlib
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotensor import Tensor, from_numpy
from nn.arguments import need, path_from
from nn.data.batches import Indices, collated, takes_batches, transformed
from nn.data.dataset import Dataset

__all__ = ["MNIST"]

BUNDLED = Path(__file__).parent / "mnist"

SOURCE = "https://ossci-datasets.s3.amazonaws.com/mnist/"
"""Where people get the four files; nothing here does."""

MEAN = 0.1307
STD = 0.3081
"""Of all training pixels, scaled to [0, 1]."""


IdxFile = namedtuple("IdxFile", ["name", "ndim", "sha256"])
"""An idx file as it must be; ``sha256`` is that of its content, uncompressed."""


def _files(part: str, images_sha256: str, labels_sha256: str) -> tuple[IdxFile, IdxFile]:
    return (
        IdxFile(f"{part}-images-idx3-ubyte", 3, images_sha256),
        IdxFile(f"{part}-labels-idx1-ubyte", 1, labels_sha256),
    )


TRAIN = _files(
    "train",
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
)
TEST = _files(
    "t10k",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
BUNDLED_TRAIN = _files(
    "train",
    "b3358b9a61a251a81c68ae570ea2d92d118ac42c2c0af55cc2f275960da94cc4",
    "2f27f08fa71eec1104defc563b61fcb2d9269d71a38c1898c9e4b6ce4f255449",
)
BUNDLED_TEST = _files(
    "t10k",
    "de7c252b04f05e1f8309634180ccdf286dc6dbac8c579b74e76e02ae0331ca52",
    "832c0d20f0dc42e575488c75a83a970787d4c8d4d05831b2ef03701b4a478a90",
)

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class MNIST(Dataset[tuple[Tensor, int]]):
    """Handwritten digits: images of 28 × 28 grey pixels with labels from 0 to 9.

    Sample ``i`` is ``(image, label)``: a float32 Tensor of shape ``(1, 28, 28)`` and an int. A
    DataLoader gives batches ``[images, labels]``: float32 ``(N, 1, 28, 28)`` and int64 ``(N,)``.

    Args:
        root: folder with the original idx files, plain or as ``.gz``:
            ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte`` (60,000 samples),
            ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte`` (10,000); or that in which
            torchvision has put them under ``MNIST/raw``. None takes the bundled part: the first
            4,000 training and the first 1,000 test samples.
        train: the training samples, else the test samples.
        transform: called on an image, the Tensor ``(1, 28, 28)`` as above. One of
            ``nn.data.transforms`` is called on all images of a batch at once, ``(N, 1, 28, 28)``,
            and changes each in its own way.
        target_transform: called on a label, an int.
        download: where there are no files in ``root``, take the bundled part and warn. Nothing is
            ever fetched from a network, unlike in torchvision.
        normalize: pixels ``(p / 255 - 0.1307) / 0.3081``, of mean 0 and standard deviation 1
            over the full training set, range [-0.4242, 2.8215]; else ``p / 255``, range [0, 1].

    Attributes:
        images: uint8 ndarray ``(N, 28, 28)``, the pixels ``p`` from 0 to 255; read-only.
        labels: int64 ndarray ``(N,)``.
        data, targets: the same as Tensors.
        classes: the ten names, ``"0 - zero"`` to ``"9 - nine"``.
        normalize, transform, target_transform: as given; may be changed.

    Raises:
        FileNotFoundError: a file is missing; names the folder and the file names looked for.
        ValueError: a file is truncated, altered or not what its name says; every file is checked
            against its known SHA-256.
    """

    classes = tuple(f"{digit} - {name}" for digit, name in enumerate(DIGITS))

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Tensor], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
        *,
        normalize: bool = False,
    ) -> None:
        for argument, function in (
            ("transform", transform),
            ("target_transform", target_transform),
        ):
            if function is not None:
                need("MNIST", argument, function, Callable, "callable")
        files = TRAIN if train else TEST
        self.root = BUNDLED if root is None else _folder_of(path_from("MNIST", "root", root), files)
        if download and root is not None and not _holds_any(self.root, files):
            warnings.warn(
                f"MNIST: nothing is downloaded, and {self.root} has no {files[0].name}: these are "
                f"the bundled {'4,000 training' if train else '1,000 test'} samples, not all "
                f"{'60,000' if train else '10,000'}; for those, put the four files from {SOURCE} "
                "there",
                stacklevel=3,  # above the door of __init__
            )
            self.root = BUNDLED
        if self.root == BUNDLED:
            files = BUNDLED_TRAIN if train else BUNDLED_TEST
        images, labels = files
        self.train = bool(train)
        self.normalize = bool(normalize)
        self.transform = transform
        self.target_transform = target_transform
        self.images = read_idx(self.root, images)
        self.labels = read_idx(self.root, labels).astype(np.int64)

    @property
    def data(self) -> Tensor:
        return from_numpy(self.images)

    @property
    def targets(self) -> Tensor:
        return from_numpy(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Sample ``index``: image ``(1, 28, 28)`` float32 and label."""
        try:
            index = operator.index(index)
        except TypeError:
            raise TypeError(
                f"MNIST: index must be an integer, got {type(index).__name__}; "
                "get_batch takes slices and arrays of indices"
            ) from None
        if not -len(self) <= index < len(self):
            raise IndexError(f"MNIST: index {index} is out of range for {len(self)} samples")
        image = transformed(self._to_tensor(self.images[index][None]), self.transform)
        return image, transformed(int(self.labels[index]), self.target_transform)

    def get_batch(self, indices: Indices) -> list[Tensor]:
        """Samples ``indices``: images ``(n, 1, 28, 28)`` float32, labels ``(n,)`` int64."""
        if self.target_transform is not None or not takes_batches(self.transform):
            return collated(self, indices)
        images = transformed(self._to_tensor(self.images[indices][:, None]), self.transform)
        return [images, from_numpy(np.array(self.labels[indices]))]

    def _to_tensor(self, pixels: NDArray[np.uint8]) -> Tensor:
        # One epoch of 60,000 shuffled images in batches of 128, on one core, gathering (6 to 8 ms)
        # included: astype 11, astype and one in-place pass 14 (multiply) or 17 (divide), two
        # passes 17 to 20; multiply(pixels, scale, dtype=float32) 16; table.take(pixels) 43,
        # table[pixels] 75. Dividing is exact, so [0, 1] is bit for bit what torchvision gives.
        values = pixels.astype(np.float32)
        if self.normalize:
            values -= np.float32(255 * MEAN)
        values /= np.float32(255 * STD if self.normalize else 255)
        return from_numpy(values)

    def __repr__(self) -> str:
        part = "train" if self.train else "test"
        where = "bundled subset" if self.root == BUNDLED else str(self.root)
        return f"MNIST({part}, {len(self):,} samples, {where})"


def _folder_of(root: Path, files: tuple[IdxFile, ...]) -> Path:
    """Where in ``root`` the files are: there, or where torchvision puts them."""
    root = root.expanduser()
    within = root / "MNIST" / "raw"
    return within if _holds_any(within, files) and not _holds_any(root, files) else root


def _holds_any(folder: Path, files: tuple[IdxFile, ...]) -> bool:
    return any((folder / f"{file.name}{end}").is_file() for file in files for end in ("", ".gz"))


def read_idx(folder: Path, file: IdxFile) -> NDArray[np.uint8]:
    """The array in ``folder / file.name``, plain or ``.gz``, verified; see MNIST for the errors.

    An idx file is two zero bytes, a type (8: unsigned bytes), the number of dimensions, each size
    as a big-endian uint32, and then the values.
    """
    path = _find(folder, file.name)
    content = _unpacked(path)

    magic, expected_magic = content[:4], bytes([0, 0, 8, file.ndim])
    if magic != expected_magic:
        raise ValueError(
            f"{path}: not the idx file it should be: starts with the bytes "
            f"{magic.hex(' ') or '(none)'}, expected the magic number {expected_magic.hex(' ')} "
            f"(unsigned bytes, {file.ndim} dimensions)"
        )
    start = 4 + 4 * file.ndim
    shape: tuple[int, ...] = ()
    if len(content) >= start:
        shape = tuple(np.frombuffer(content[4:start], dtype=">u4").tolist())
    expected_length = start + (math.prod(shape) if shape else 0)
    if len(content) != expected_length:
        problem = "truncated" if len(content) < expected_length else "too long"
        raise ValueError(
            f"{path}: {problem}: holds {len(content):,} bytes (uncompressed), expected "
            f"{expected_length:,} for its header{f' of shape {shape}' if shape else ''}"
        )
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise ValueError(
            f"{path}: altered, or another data set under MNIST's name (shape {shape}): its "
            f"SHA-256 (uncompressed) is {found}, expected {file.sha256}; get a fresh copy of the "
            "file"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _find(folder: Path, name: str) -> Path:
    plain, packed = name, f"{name}.gz"
    for path in (folder / plain, folder / packed):
        if path.is_file():
            return path
    problem = f"has neither {plain} nor {packed}"
    if not folder.is_dir():
        problem = f"does not exist; it should hold {plain} or {packed}"
    raise FileNotFoundError(
        f"MNIST: the folder {folder} {problem}; get the four files from {SOURCE}, or take the "
        "bundled subset: root=None"
    )


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{path}: truncated or damaged: {len(content):,} bytes that are not a complete gzip "
            f"file ({error})"
        ) from error
