"""Sets in MNIST's form, and idx files that lie about themselves."""

from __future__ import annotations

import gzip
import hashlib
import inspect
import io
import lzma
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn.data
from autotensor.utils import downloads
from nn.data import EMNIST, KMNIST, MNIST, QMNIST, DataLoader, FashionMNIST, read_idx
from tests.servers import Server

CODES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}


def idx(array: np.ndarray) -> bytes:
    """An idx file, by the description of its form."""
    header = bytes([0, 0, CODES[array.dtype.name], array.ndim])
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def drawn(count: int, classes: int = 10, columns: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count + classes)
    images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, classes, (count, columns) if columns else count)
    return images, labels.astype(np.int32 if columns else np.uint8)


# --- any file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(3,), (0,), (2, 3), (2, 3, 4), (2, 0, 3), (1, 2, 1, 2)])
def test_any_idx_file_is_read(
    tmp_path: Path, dtype: str, shape: tuple[int, ...], suffix: str
) -> None:
    array = (np.arange(np.prod(shape)).reshape(shape) * 300.5 - 7).astype(dtype)
    content = idx(array)
    if suffix:
        content = gzip.compress(content) if suffix == ".gz" else lzma.compress(content)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    found = read_idx(str(path))
    assert found.dtype == np.dtype(dtype)
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)
    found[...] = 0  # it is the caller's


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"starts with the bytes \(none\), expected 00 00, a type"),
        (b"\0\0\x08", "starts with the bytes 00 00 08, expected"),
        (b"\0\1\x08\1\0\0\0\0", "starts with the bytes 00 01 08 01"),
        (b"\0\0\x0a\1\0\0\0\0", "starts with the bytes 00 00 0a 01"),
        (b"\0\0\x08\0", "starts with the bytes 00 00 08 00"),
        (b"\0\0\x08\xff" + bytes(4 * 255), "starts with the bytes 00 00 08 ff"),
        (b"\0\0\x08\2\0\0\0\1", "truncated: holds 8 bytes .* expected 12 for its header"),
        (b"\0\0\x08\1\0\0\0\3ab", "truncated: holds 10 bytes .* expected 11"),
        (b"\0\0\x08\1\0\0\0\3abcd", "too long: holds 12 bytes .* or more, expected 11"),
        (b"\0\0\x08\1\xff\xff\xff\xff", "says 4,294,967,295 bytes, more than max_bytes"),
        (b"\0\0\x0e\3" + b"\xff" * 12, r"says 633,825,29\d,.* bytes, more than max_bytes = 1,073"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_a_file_that_lies_is_refused(
    tmp_path: Path, content: bytes, words: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix:
        content = gzip.compress(content) if suffix == ".gz" else lzma.compress(content)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_idx(path)


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_a_damaged_archive_is_refused(tmp_path: Path, suffix: str) -> None:
    compress = gzip.compress if suffix == ".gz" else lzma.compress
    content = compress(idx(np.arange(5000, dtype=np.int32)))
    path = tmp_path / f"a{suffix}"
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 8
    for damaged in (content[:-3], content[:40], content + b"more", bytes(flipped), b"nothing"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"a\{suffix}: truncated or damaged"):
            read_idx(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    import os

    with pytest.raises(FileNotFoundError, match="read_idx: there is no file"):
        read_idx(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ValueError, match="no regular file"):
            read_idx(path)
    with pytest.raises(TypeError, match="path must be a path"):
        read_idx(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_bytes must be at least 1"):
        read_idx(tmp_path, max_bytes=0)


BOMBS = """
import resource, sys
from nn.data import read_idx
from nn.data.mnist import MNIST
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    try:
        read_idx(path)
    except ValueError as error:
        print(error)
    else:
        sys.exit(f"{path} was read")
try:
    MNIST(sys.argv[1], train=False)
except ValueError as error:
    print(error)
else:
    sys.exit("MNIST was read")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
sys.exit(f"{grown} KiB" if grown > 40_000 else 0)
"""


def test_bombs_are_refused_in_little_memory(tmp_path: Path) -> None:
    zeros = bytes(1 << 20)
    header = b"\0\0\x08\1"
    bombs = {
        "long.gz": header + (3).to_bytes(4, "big"),  # and then much more
        "honest.gz": header + (2 << 30).to_bytes(4, "big"),
        "t10k-images-idx3-ubyte.gz": (
            b"\0\0\x08\3" + (200_000).to_bytes(4, "big") + b"\0\0\0\x1c" * 2
        ),
    }
    for name, start in bombs.items():
        with gzip.open(tmp_path / name, "wb", 1) as file:
            file.write(start)
            for _ in range(150):
                file.write(zeros)
    # Says that it unpacks with a dictionary of 1.5 GiB.
    (tmp_path / "hungry.xz").write_bytes(
        lzma.compress(
            header + bytes(4),
            filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}],
        )
    )
    claim = bytearray((tmp_path / "hungry.xz").read_bytes())
    at = (
        12 + 2 + 2
    )  # after the header of the stream, in the first block: the size of its dictionary
    assert claim[at - 2] == 0x21
    claim[at] = 39
    import zlib

    block = 4 * (claim[12] + 1)
    claim[12 + block - 4 : 12 + block] = zlib.crc32(claim[12 : 12 + block - 4]).to_bytes(
        4, "little"
    )
    (tmp_path / "hungry.xz").write_bytes(claim)
    paths = [str(tmp_path / name) for name in ("long.gz", "honest.gz", "hungry.xz")]
    done = subprocess.run(
        [sys.executable, "-c", BOMBS, str(tmp_path), *paths], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "too long",
        "more than max_bytes",
        "Memory usage limit",
        "says shape (200000, 28, 28), expected (10000, 28, 28)",
    ):
        assert words in done.stdout


# --- sets ---------------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    with Server({}) as running:
        yield running


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture(params=[FashionMNIST, KMNIST])
def published(request: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A set with 30 and 20 samples, at the server; (class, arrays)."""
    cls = request.param
    arrays = [*drawn(30), *drawn(20)]
    contents = [gzip.compress(idx(array)) for array in arrays]
    names = [name for name, _ in cls.resources]
    server.files.update({f"/{name}": one for name, one in zip(names, contents, strict=True)})
    sums = [(name, md5(one)) for name, one in zip(names, contents, strict=True)]
    monkeypatch.setattr(cls, "resources", sums)
    monkeypatch.setattr(cls, "counts", (30, 20))
    monkeypatch.setattr(cls, "mirrors", [server.address])
    return cls, arrays


def test_a_published_set(published: Any, server: Server, tmp_path: Path) -> None:
    cls, arrays = published
    for train in (True, False):
        data = cls(str(tmp_path), train=train, download=True)
        images, labels = arrays[:2] if train else arrays[2:]
        np.testing.assert_array_equal(data.images, images)
        np.testing.assert_array_equal(data.targets.numpy(), labels)
        assert isinstance(data, MNIST)
        assert len(data.classes) == 10
        image, label = data[3]
        np.testing.assert_array_equal(image.numpy()[0], images[3] / np.float32(255))
        assert label == labels[3]
        assert len(list(DataLoader(data, 8))) == -(-len(images) // 8)
    raw = tmp_path / cls.__name__ / "raw"
    assert len(list(raw.iterdir())) == 4
    assert repr(data) == f"{cls.__name__}(test, 20 samples, {raw})"
    count = len(server.requests)
    cls(raw)
    cls(tmp_path, download=True)
    assert len(server.requests) == count


def test_a_published_set_is_checked(published: Any, server: Server, tmp_path: Path) -> None:
    cls, arrays = published
    data = cls(tmp_path, download=True)
    raw = Path(data.raw_folder)
    (name, _), (labels_name, _) = cls.resources[:2]
    plain = raw / name.removesuffix(".gz")
    # A plain file has no checksum: where the packed one lies beside it, that counts.
    plain.write_bytes(idx(255 - arrays[0]))
    np.testing.assert_array_equal(cls(tmp_path).images, arrays[0])
    (raw / name).unlink()
    np.testing.assert_array_equal(cls(tmp_path).images, 255 - arrays[0])
    plain.write_bytes(idx(arrays[0][1:]))
    with pytest.raises(ValueError, match=r"says shape \(29, 28, 28\), expected \(30, 28, 28\)"):
        cls(tmp_path)
    (raw / name).write_bytes(gzip.compress(idx(arrays[0]), 1))
    plain.unlink()
    with pytest.raises(ValueError, match="its MD5 is"):
        cls(tmp_path)
    with pytest.warns(UserWarning, match="its MD5 is .* fetched anew"):
        cls(tmp_path, download=True)
    (raw / labels_name).unlink()
    (raw / labels_name.removesuffix(".gz")).write_bytes(idx(arrays[1] + np.uint8(7)))
    with pytest.raises(ValueError, match=f"{cls.__name__}: .* has a label 1[0-6], expected less"):
        cls(tmp_path)


def test_a_published_set_asks_for_a_folder(published: Any, tmp_path: Path) -> None:
    cls, _ = published
    with pytest.raises(TypeError, match=f"{cls.__name__}: root must be a path"):
        cls(None)
    with pytest.raises(FileNotFoundError, match=f"{cls.__name__}: .* download=True fetches it"):
        cls(tmp_path)


@pytest.fixture
def letters(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """EMNIST's archive, with 12 and 7 samples for two of the splits."""
    arrays, packed = {}, io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for split, classes in (("letters", 27), ("balanced", 47)):
            for part, count in (("train", 12), ("test", 7)):
                images, labels = drawn(count, classes)
                for what, array in (("images-idx3", images), ("labels-idx1", labels)):
                    name = f"emnist-{split}-{part}-{what}-ubyte"
                    arrays[name] = array
                    archive.writestr(f"gzip/{name}.gz", gzip.compress(idx(array)))
    server.files["/gzip.zip"] = packed.getvalue()
    monkeypatch.setattr(EMNIST, "url", f"{server.address}/gzip.zip")
    monkeypatch.setattr(EMNIST, "md5", md5(packed.getvalue()))
    monkeypatch.setattr(EMNIST, "counts", dict.fromkeys(EMNIST.splits, (12, 7)))
    return arrays


def test_letters(letters: dict[str, np.ndarray], server: Server, tmp_path: Path) -> None:
    for split in ("letters", "balanced"):
        for train, part in ((True, "train"), (False, "test")):
            data = EMNIST(tmp_path, split, train=train, download=True)
            images = letters[f"emnist-{split}-{part}-images-idx3-ubyte"]
            np.testing.assert_array_equal(data.data.numpy(), images)
            labels = letters[f"emnist-{split}-{part}-labels-idx1-ubyte"]
            np.testing.assert_array_equal(data.targets.numpy(), labels)
            np.testing.assert_array_equal(data[2][0].numpy()[0] * np.float32(255), images[2])
    assert len(server.requests) == 1
    assert EMNIST(tmp_path, split="letters").classes[1] == "a"
    raw = tmp_path / "EMNIST" / "raw"
    assert not [path for path in raw.iterdir() if path.suffix in (".part", ".lock")]
    with pytest.raises(RuntimeError, match="has no gzip/emnist-digits-train-images-idx3-u"):
        EMNIST(tmp_path, "digits", download=True)
    with pytest.raises(ValueError, match="EMNIST: split must be one of 'byclass'"):
        EMNIST(tmp_path, "all")
    with pytest.raises(FileNotFoundError, match=r"get .*gzip.zip by other means and put it into"):
        EMNIST(tmp_path, "mnist")


@pytest.fixture
def lost(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[np.ndarray]]:
    """QMNIST with 11, 10,005 and 13 samples."""
    arrays, resources = {}, {}
    for subset, count in (("train", 11), ("test", 10_005), ("nist", 13)):
        arrays[subset] = list(drawn(count, 10, 8))
        compress = lzma.compress if subset == "nist" else lambda one: gzip.compress(one, 1)
        names = [name for name, _ in QMNIST.resources[subset]]
        contents = [compress(idx(array)) for array in arrays[subset]]
        server.files.update({f"/{name}": one for name, one in zip(names, contents, strict=True)})
        resources[subset] = [(name, md5(one)) for name, one in zip(names, contents, strict=True)]
    monkeypatch.setattr(QMNIST, "resources", resources)
    monkeypatch.setattr(QMNIST, "counts", {name: len(one[0]) for name, one in arrays.items()})
    monkeypatch.setattr(QMNIST, "mirrors", [server.address])
    return arrays


@pytest.mark.parametrize(
    ("what", "subset", "part"),
    [
        ("train", "train", slice(None)),
        ("test10k", "test", slice(10_000)),
        ("test50k", "test", slice(10_000, None)),
        ("nist", "nist", slice(None)),
    ],
)
def test_lost_digits(
    lost: dict[str, list[np.ndarray]], tmp_path: Path, what: str, subset: str, part: slice
) -> None:
    images, labels = (array[part] for array in lost[subset])
    data = QMNIST(tmp_path, what, download=True)
    np.testing.assert_array_equal(data.data.numpy(), images)
    np.testing.assert_array_equal(data.targets.numpy(), labels)
    assert data.targets.dtype == np.int64
    assert len(data) == len(images)
    assert [type(data[1][1]), data[1][1]] == [int, labels[1, 0]]
    assert next(iter(DataLoader(data, 4)))[1].tolist() == labels[:4, 0].tolist()
    full = QMNIST(tmp_path, what, compat=False)
    assert full[1][1].tolist() == labels[1].tolist()
    assert next(iter(DataLoader(full, 4)))[1].tolist() == labels[:4].tolist()
    assert f"QMNIST({what}," in repr(full)
    assert (
        QMNIST(tmp_path, what, target_transform=lambda label: label + 1)[1][1] == labels[1, 0] + 1
    )


ARGUMENTS = {
    "MNIST": "root train transform target_transform download",
    "FashionMNIST": "root train transform target_transform download",
    "KMNIST": "root train transform target_transform download",
    "EMNIST": "root split",
    "QMNIST": "root what compat train",
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_come_in_the_order_of_torchvision(name: str) -> None:
    ours = [*inspect.signature(getattr(nn.data, name)).parameters]
    theirs = ARGUMENTS[name].split()
    assert ours[: len(theirs)] == theirs
    assert {"transform", "target_transform", "download", "train"} <= set(ours)


@pytest.mark.parametrize(
    ("split", "count"), [*zip(EMNIST.splits, (62, 47, 47, 27, 10, 10), strict=True)]
)
def test_classes_of_letters(split: str, count: int) -> None:
    classes = EMNIST.classes_split_dict[split]
    assert len(classes) == len(set(classes)) == count
    start = 0 if split != "letters" else 1
    assert [*classes[start:]] == sorted(classes[start:])


def test_names_are_there_on_demand() -> None:
    for name in ("MNIST", "FashionMNIST", "KMNIST", "EMNIST", "QMNIST", "read_idx", "download"):
        assert name in nn.data.__all__
        assert name in dir(nn.data)
    script = "import sys, nn.data; sys.exit('urllib.request' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
