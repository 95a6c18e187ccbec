"""More handwriting in the form of MNIST: letters, and all that MNIST was drawn from."""

from __future__ import annotations

import os
import shutil
import string
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from autotensor import Tensor, from_numpy
from autotensor.utils.downloads import Terms, checked_by, fetch, locked
from nn.arguments import need_one_of, path_from
from nn.data.idx import IdxFile
from nn.data.mnist import MNIST

__all__ = ["EMNIST", "QMNIST"]

# Of the letters whose small and large forms look alike there is one class.
_LETTERS = string.digits + string.ascii_uppercase
_MERGED = [*_LETTERS, *"abdefghnqrt"]


class EMNIST(MNIST):
    """Handwritten digits and letters: images of 28 × 28 grey pixels.

    As ``MNIST``, but none of them are bundled. Images are as the files have them, and torchvision
    gives them: mirrored along the diagonal. ``image.mT`` is upright.

    Args:
        root: folder with the packed or plain files of the split, ``emnist-SPLIT-train-...``, or in
            which they are under ``gzip`` or torchvision's ``EMNIST/raw``.
        split: ``"byclass"`` (62 classes, 697,932 and 116,323 samples), ``"bymerge"`` (47, as many),
            ``"balanced"`` (47; 112,800 and 18,800), ``"letters"`` (26, of number 1 to 26; 124,800
            and 20,800), ``"digits"`` (10; 240,000 and 40,000), ``"mnist"`` (10; 60,000 and 10,000).
        train, transform, target_transform: as for ``MNIST``.
        download: fetch the archive of all splits, 560 MB, to ``EMNIST/raw/gzip.zip``, unless it is
            there, and take the files of this split out of it.

    Attributes:
        classes: the names of all classes; that of number 0 in ``"letters"`` is ``"N/A"``.
        others: as those of ``MNIST``.

    Raises:
        FileNotFoundError, RuntimeError, ValueError: as for ``MNIST``. The archive is checked
            against its published MD5, files by shape and labels.

    Source: G. Cohen, S. Afshar, J. Tapson, A. van Schaik, EMNIST, arXiv 1702.05373.

    Example:

        >>> from nn.data import EMNIST
        >>> EMNIST.splits, len(EMNIST.classes_split_dict["byclass"])
        (('byclass', 'bymerge', 'balanced', 'letters', 'digits', 'mnist'), 62)
    """

    url = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
    md5 = "58c8d27c78d21e728a6bc7b3cc06412e"
    mirrors = ("https://biometrics.nist.gov/cs_links/EMNIST/",)
    splits = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
    counts: ClassVar[dict[str, tuple[int, int]]] = {
        "byclass": (697_932, 116_323),
        "bymerge": (697_932, 116_323),
        "balanced": (112_800, 18_800),
        "letters": (124_800, 20_800),
        "digits": (240_000, 40_000),
        "mnist": (60_000, 10_000),
    }
    classes_split_dict: ClassVar[dict[str, Sequence[str]]] = {
        "byclass": (*_LETTERS, *string.ascii_lowercase),
        "bymerge": (*_MERGED,),
        "balanced": (*_MERGED,),
        "letters": ("N/A", *string.ascii_lowercase),
        "digits": (*string.digits,),
        "mnist": (*string.digits,),
    }

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str,
        train: bool = True,
        transform: Callable[[Tensor], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        need_one_of("EMNIST", "split", split, self.splits)
        path_from("EMNIST", "root", root)
        self.split = split
        self.classes = self.classes_split_dict[split]
        super().__init__(root, train, transform, target_transform, download)

    def _files(self) -> tuple[IdxFile, IdxFile]:
        start = f"emnist-{self.split}-{'train' if self.train else 'test'}"
        count = self.counts[self.split][0 if self.train else 1]
        return (
            IdxFile(f"{start}-images-idx3-ubyte", 3, None, (count, 28, 28)),
            IdxFile(f"{start}-labels-idx1-ubyte", 1, None, (count,)),
        )

    def _places(self) -> list[Path]:
        raw = Path(self.raw_folder)
        return [self.root, self.root / "gzip", raw / "gzip", raw]

    def _fetch(self, file: IdxFile) -> None:
        archive = Path(self.raw_folder) / "gzip.zip"
        fetch([self.url], archive, Terms(checked_by(md5=self.md5), max_bytes=1 << 30))
        target = self._folder / file.packed
        with locked(archive.with_name("gzip.zip.lock"), float("inf")):
            part = target.with_name(f"{target.name}.part")
            with zipfile.ZipFile(archive) as opened:
                try:
                    source = opened.open(f"gzip/{file.packed}")
                except KeyError:
                    raise RuntimeError(f"EMNIST: {archive} has no gzip/{file.packed}") from None
                with source, open(part, "wb") as written:
                    shutil.copyfileobj(source, written)
            os.replace(part, target)

    def _by_hand(self) -> str:
        return (
            f"Without a network here, get {self.url} by other means and put it into "
            f"{self.raw_folder}, and let download=True take its files out"
        )


class QMNIST(MNIST):
    """MNIST made anew from its sources, with all 60,000 test digits and with who wrote them.

    As ``MNIST``, but none of them are bundled.

    Args:
        root: folder with the packed or plain files, or with torchvision's ``QMNIST/raw``.
        what: ``"train"`` (60,000 samples), ``"test"`` (60,000), ``"test10k"``, the first 10,000 of
            these, which are MNIST's, ``"test50k"``, the others, or ``"nist"``, all 402,953 digits;
            None is one of the first two, as ``train`` says.
        compat: labels are the digits alone; else int64 Tensors of 8 numbers: the digit, the NIST
            series, the writer, the index of the image for this writer, NIST's code of the class,
            the index in NIST, and two that are not used.
        train, transform, target_transform, download: as for ``MNIST``.

    Attributes:
        targets: all 8 numbers of each sample, an int64 Tensor ``(N, 8)``.
        others: as those of ``MNIST``.

    Raises:
        FileNotFoundError, RuntimeError, ValueError: as for ``FashionMNIST``.

    Source: C. Yadav, L. Bottou, Cold Case: The Lost MNIST Digits, arXiv 1905.10498.

    Example:

        >>> from nn.data import QMNIST, MNIST
        >>> QMNIST.classes == MNIST.classes
        True
    """

    mirrors = ("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",)
    subsets: ClassVar[dict[str, str]] = {
        "train": "train", "test": "test", "test10k": "test", "test50k": "test", "nist": "nist",
    }  # fmt: skip
    resources: ClassVar[dict[str, Sequence[tuple[str, str]]]] = {
        "train": (
            ("qmnist-train-images-idx3-ubyte.gz", "ed72d4157d28c017586c42bc6afe6370"),
            ("qmnist-train-labels-idx2-int.gz", "0058f8dd561b90ffdd0f734c6a30e5e4"),
        ),
        "test": (
            ("qmnist-test-images-idx3-ubyte.gz", "1394631089c404de565df7b7aeaf9412"),
            ("qmnist-test-labels-idx2-int.gz", "5b5b05890a5e13444e108efe57b788aa"),
        ),
        "nist": (
            ("xnist-images-idx3-ubyte.xz", "7f124b3b8ab81486c9d8c2749c17f834"),
            ("xnist-labels-idx2-int.xz", "5ed0e788978e45d4a8bd4b7caec3d79d"),
        ),
    }
    counts: ClassVar[dict[str, int]] = {"train": 60_000, "test": 60_000, "nist": 402_953}

    def __init__(
        self,
        root: str | os.PathLike[str],
        what: str | None = None,
        compat: bool = True,
        train: bool = True,
        transform: Callable[[Tensor], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        path_from("QMNIST", "root", root)
        self.what = ("train" if train else "test") if what is None else what
        need_one_of("QMNIST", "what", self.what, tuple(self.subsets))
        self.compat = bool(compat)
        super().__init__(root, train, transform, target_transform, download)
        part = {"test10k": slice(10_000), "test50k": slice(10_000, None)}.get(self.what)
        if part is not None:
            self.images, self.labels, self._details = (
                one[part] for one in (self.images, self.labels, self._details)
            )

    def _files(self) -> tuple[IdxFile, IdxFile]:
        subset = self.subsets[self.what]
        (images, images_md5), (labels, labels_md5) = self.resources[subset]
        count = self.counts[subset]
        plain, packing = os.path.splitext(images)
        return (
            IdxFile(plain, 3, None, (count, 28, 28), images_md5, packing),
            IdxFile(os.path.splitext(labels)[0], 2, None, (count, 8), labels_md5, packing, 12),
        )

    def _need_pairs(self) -> None:
        self._details = self.labels
        self.labels = np.ascontiguousarray(self._details[:, 0])
        super()._need_pairs()
        if not self.compat:
            self.labels = self._details

    @property
    def targets(self) -> Tensor:
        return from_numpy(self._details)

    def _target(self, index: int) -> Any:
        if self.compat:
            return super()._target(index)
        return from_numpy(self.labels[index].copy())

    def __repr__(self) -> str:
        return (
            super().__repr__().replace(f"({'train' if self.train else 'test'},", f"({self.what},")
        )
