"""MNIST and its kin: images of 28 × 28 pixels, read from idx files, which it can fetch."""

from __future__ import annotations

import operator
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotensor import Tensor, from_numpy
from autotensor.utils.downloads import Terms, fetch
from nn.arguments import need, path_from
from nn.data.batches import Indices, collated, takes_batches, transformed
from nn.data.dataset import Dataset
from nn.data.idx import IdxFile, read_known

__all__ = ["MNIST", "FashionMNIST", "KMNIST"]

BUNDLED = Path(__file__).parent / "mnist"

MEAN = 0.1307
STD = 0.3081
"""Of all training pixels, scaled to [0, 1]."""

MOST_BYTES = 1 << 28
"""Of a packed file; none of them comes near."""


def _files(
    part: str, count: int, images_sha256: str, labels_sha256: str
) -> tuple[IdxFile, IdxFile]:
    return (
        IdxFile(f"{part}-images-idx3-ubyte", 3, images_sha256, (count, 28, 28)),
        IdxFile(f"{part}-labels-idx1-ubyte", 1, labels_sha256, (count,)),
    )


TRAIN = _files(
    "train",
    60_000,
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
)
TEST = _files(
    "t10k",
    10_000,
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
BUNDLED_TRAIN = _files(
    "train",
    4_000,
    "b3358b9a61a251a81c68ae570ea2d92d118ac42c2c0af55cc2f275960da94cc4",
    "2f27f08fa71eec1104defc563b61fcb2d9269d71a38c1898c9e4b6ce4f255449",
)
BUNDLED_TEST = _files(
    "t10k",
    1_000,
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
        download: fetch what is missing from ``mirrors`` into ``root/MNIST/raw``, or what is damaged
            there. The files are kept packed, as they come; torchvision unpacks them where it finds
            them. Several processes fetch them once; see ``nn.data.download``.
        normalize: pixels ``(p / 255 - 0.1307) / 0.3081``, of mean 0 and standard deviation 1
            over the full training set, range [-0.4242, 2.8215]; else ``p / 255``, range [0, 1].

    Attributes:
        images: uint8 ndarray ``(N, 28, 28)``, the pixels ``p`` from 0 to 255; read-only.
        labels: int64 ndarray ``(N,)``.
        data, targets: the same as Tensors.
        classes: the ten names, ``"0 - zero"`` to ``"9 - nine"``; ``class_to_idx``: the number of
            each.
        raw_folder: where ``download`` puts files.
        mirrors: where it looks for them; may be set, on the class.
        normalize, transform, target_transform: as given; may be changed.

    Raises:
        FileNotFoundError: a file is missing; names the folder and the file names looked for.
        RuntimeError: a file could not be fetched; says why, and which files to put where.
        ValueError: a file is truncated, altered or not what its name says; every file is checked
            against its known SHA-256.

    Example:

        >>> from nn.data import MNIST, DataLoader
        >>> data = MNIST(train=False)  # the bundled part
        >>> image, label = data[0]
        >>> len(data), image.shape, label
        (1000, torch.Size([1, 28, 28]), 7)
        >>> images, labels = next(iter(DataLoader(data, batch_size=64)))
        >>> images.shape, labels.shape
        (torch.Size([64, 1, 28, 28]), torch.Size([64]))
    """

    classes: Sequence[str] = tuple(f"{digit} - {name}" for digit, name in enumerate(DIGITS))
    mirrors: Sequence[str] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )

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
        name = type(self).__name__
        for argument, function in (
            ("transform", transform),
            ("target_transform", target_transform),
        ):
            if function is not None:
                need(name, argument, function, Callable, "callable")
        self.root = BUNDLED if root is None else path_from(name, "root", root).expanduser()
        self.train = bool(train)
        self.normalize = bool(normalize)
        self.transform = transform
        self.target_transform = target_transform
        images, labels = files = self._files()
        self._folder = self._folder_of(files)
        self.images = self._read(images, download)
        self.labels = self._read(labels, download).astype(np.int64)
        self._need_pairs()

    def _files(self) -> tuple[IdxFile, IdxFile]:
        """Images and labels, as they must be."""
        if self.root == BUNDLED:
            return BUNDLED_TRAIN if self.train else BUNDLED_TEST
        return TRAIN if self.train else TEST

    def _places(self) -> list[Path]:
        """Where files may lie; the last is where they are put."""
        return [self.root, Path(self.raw_folder)]

    def _folder_of(self, files: Sequence[IdxFile]) -> Path:
        """The first place that has any of the files, else the last."""
        places = self._places()
        return next((place for place in places if _holds_any(place, files)), places[-1])

    def _read(self, file: IdxFile, download: bool) -> NDArray[Any]:
        """The file, which is fetched if it has to and may be."""
        plain, packed = self._folder / file.name, self._folder / file.packed
        # That first which can be held against a checksum.
        order = (plain, packed) if file.sha256 else (packed, plain)
        there = [path for path in order if path.is_file()]
        wrong: list[ValueError] = []
        for path in there:
            try:
                array = read_known(path, file)
            except ValueError as error:
                wrong.append(error)
                continue
            if wrong:
                warnings.warn(f"{wrong[0]}; {path.name} is used instead", stacklevel=4)
            return _frozen(array)
        # A file elsewhere than in raw_folder may be the user's own, of another data set.
        ours = str(self._folder) == self.raw_folder
        if not download or (there and not ours):
            raise wrong[0] if wrong else self._missing(file)
        try:
            self._fetch(file)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self._by_hand()}") from error
        return _frozen(read_known(packed, file))

    def _fetch(self, file: IdxFile) -> None:
        """Gets the packed file into the folder.

        Raises:
            RuntimeError: in vain.
        """

        def check(path: Path) -> str:
            try:
                read_known(path, file, file.packing)
            except ValueError as error:
                return str(error).removeprefix(f"{path}: ")
            return ""

        urls = [f"{mirror.rstrip('/')}/{file.packed}" for mirror in self.mirrors]
        fetch(urls, self._folder / file.packed, Terms(check, max_bytes=MOST_BYTES))

    def _missing(self, file: IdxFile) -> FileNotFoundError:
        folder = self.root if not self._folder.is_dir() else self._folder
        problem = f"has neither {file.name} nor {file.packed}"
        if not folder.is_dir():
            problem = f"does not exist; it should hold {file.name} or {file.packed}"
        name = type(self).__name__
        return FileNotFoundError(
            f"{name}: the folder {folder} {problem}; download=True fetches it. {self._by_hand()}"
        )

    def _by_hand(self) -> str:
        """What to do without a network here."""
        names = " and ".join(file.packed for file in self._files())
        bundled = ", or take the bundled subset: root=None" if type(self) is MNIST else ""
        return (
            f"Without a network here, get the files {names} from {self.mirrors[0]} by other means "
            f"and put them into {self._folder}{bundled}"
        )

    def _need_pairs(self) -> None:
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"{type(self).__name__}: {self._folder} has {len(self.images):,} images but "
                f"{len(self.labels):,} labels; get fresh copies of both files"
            )
        most = self.labels.max(initial=0, axis=None) if self.labels.ndim == 1 else 0
        if most >= len(self.classes):
            raise ValueError(
                f"{type(self).__name__}: {self._folder} has a label {most}, expected less than "
                f"{len(self.classes)}; get a fresh copy of the labels"
            )

    @property
    def raw_folder(self) -> str:
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.classes)}

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
                f"{type(self).__name__}: index must be an integer, got {type(index).__name__}; "
                "get_batch takes slices and arrays of indices"
            ) from None
        if not -len(self) <= index < len(self):
            raise IndexError(
                f"{type(self).__name__}: index {index} is out of range for {len(self)} samples"
            )
        image = transformed(self._to_tensor(self.images[index][None]), self.transform)
        return image, transformed(self._target(index), self.target_transform)

    def _target(self, index: int) -> Any:
        return int(self.labels[index])

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
        where = "bundled subset" if self.root == BUNDLED else str(self._folder)
        return f"{type(self).__name__}({part}, {len(self):,} samples, {where})"


def _holds_any(folder: Path, files: Sequence[IdxFile]) -> bool:
    return any((folder / name).is_file() for file in files for name in (file.name, file.packed))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


class _Published(MNIST):
    """A set of the same form, whose packed files have published MD5 sums and whose number of
    samples is known."""

    resources: Sequence[tuple[str, str]] = ()
    """File name and MD5 of each: training images and labels, test images and labels."""
    counts: tuple[int, int] = (60_000, 10_000)

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[[Tensor], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        path_from(type(self).__name__, "root", root)
        super().__init__(root, train, transform, target_transform, download)

    def _files(self) -> tuple[IdxFile, IdxFile]:
        (images, images_md5), (labels, labels_md5) = self.resources[0 if self.train else 2 :][:2]
        count = self.counts[0 if self.train else 1]
        return (
            IdxFile(images.removesuffix(".gz"), 3, None, (count, 28, 28), images_md5),
            IdxFile(labels.removesuffix(".gz"), 1, None, (count,), labels_md5),
        )


class FashionMNIST(_Published):
    """Pieces of clothing: images of 28 × 28 grey pixels with labels from 0 to 9.

    As ``MNIST``, with 60,000 training and 10,000 test samples, but none of them bundled.

    Args:
        root: folder with the four files, or with torchvision's ``FashionMNIST/raw``.
        train, transform, target_transform, download: as for ``MNIST``.

    Raises:
        FileNotFoundError, RuntimeError, ValueError: as for ``MNIST``; packed files are checked
            against their published MD5, plain ones by shape and labels only.

    Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv 1708.07747.

    Example:

        >>> from nn.data import FashionMNIST
        >>> FashionMNIST.classes[:3]
        ('T-shirt/top', 'Trouser', 'Pullover')
        >>> try:
        ...     FashionMNIST("a folder without files")
        ... except FileNotFoundError:
        ...     print("FashionMNIST(root, download=True) fetches them")
        FashionMNIST(root, download=True) fetches them
    """

    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
    )  # fmt: skip
    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
    resources = (
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    )


class KMNIST(_Published):
    """Handwritten Japanese characters: images of 28 × 28 grey pixels with labels from 0 to 9.

    As ``MNIST``, with 60,000 training and 10,000 test samples, but none of them bundled.

    Args:
        root: folder with the four files, or with torchvision's ``KMNIST/raw``.
        train, transform, target_transform, download: as for ``MNIST``.

    Raises:
        FileNotFoundError, RuntimeError, ValueError: as for ``FashionMNIST``.

    Source: T. Clanuwat et al., Deep Learning for Classical Japanese Literature, arXiv 1812.01718.

    Example:

        >>> from nn.data import KMNIST
        >>> KMNIST.classes[:3]  # hiragana, in Latin letters
        ('o', 'ki', 'su')
    """

    classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    mirrors = ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",)
    resources = (
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    )
