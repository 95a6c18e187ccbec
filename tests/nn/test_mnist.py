"""MNIST: the bundled part, the full files, and files that are not what they should be."""

from __future__ import annotations

import builtins
import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autotensor.utils import downloads
from nn.data import MNIST, DataLoader, default_collate, mnist, transforms
from nn.data.idx import read_known
from nn.data.mnist import BUNDLED, BUNDLED_TEST, BUNDLED_TRAIN
from tests.nn.make_mnist_subset import make_subset
from tests.servers import Server

FULL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "mnist"

needs_full_data = pytest.mark.skipif(
    not FULL.is_dir(), reason=f"the full MNIST files are not at {FULL}"
)

FILES = [*BUNDLED_TRAIN, *BUNDLED_TEST]


# --- the bundled part ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def train() -> MNIST:
    return MNIST()


@pytest.mark.parametrize(("train", "count"), [(True, 4000), (False, 1000)])
def test_the_bundled_part(train: bool, count: int) -> None:
    data = MNIST(train=train)
    assert len(data) == count
    assert data.images.shape == (count, 28, 28)
    assert data.images.dtype == np.uint8
    assert (data.images.min(), data.images.max()) == (0, 255)
    assert data.labels.shape == (count,)
    assert data.labels.dtype == np.int64
    # Every digit is there, in about equal numbers.
    assert np.bincount(data.labels, minlength=10).min() > 0.08 * count
    assert len(data.classes) == 10
    assert all(name.startswith(str(digit)) for digit, name in enumerate(data.classes))


def test_the_first_labels_are_the_well_known_ones(train: MNIST) -> None:
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert MNIST(train=False).labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_a_sample(train: MNIST) -> None:
    image, label = train[0]
    assert image.shape == (1, 28, 28)
    assert image.dtype == np.float32
    assert (image.numpy().min(), image.numpy().max()) == (0, 1)
    assert type(label) is int
    assert label == 5
    assert train[-1][1] == train.labels[-1]
    assert train[np.int64(2)][1] == 4  # type: ignore[index]


def test_pixels_are_divided_by_255_exactly(train: MNIST) -> None:
    images, _ = train.get_batch(slice(0, 200))
    expected = train.images[:200, None].astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(images.numpy(), expected)


def test_normalized_pixels(train: MNIST) -> None:
    images, _ = MNIST(normalize=True).get_batch(slice(0, 4000))
    expected = (train.images[:, None] / 255.0 - 0.1307) / 0.3081
    np.testing.assert_allclose(images.numpy(), expected, rtol=1e-5, atol=1e-6)
    assert images.dtype == np.float32
    assert abs(images.numpy().mean(dtype=np.float64)) < 0.02
    assert abs(images.numpy().std(dtype=np.float64) - 1) < 0.02
    assert images.numpy().min() == pytest.approx(-0.4242, abs=1e-4)
    assert images.numpy().max() == pytest.approx(2.8215, abs=1e-4)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("indices", [slice(5, 9), np.array([7]), np.array([3999, 0, 3, 3])])
def test_a_batch_equals_its_collated_samples(normalize: bool, indices: Any) -> None:
    data = MNIST(normalize=normalize)
    found = data.get_batch(indices)
    expected = default_collate([data[int(i)] for i in np.arange(4000)[indices]])
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_batches_are_writable_copies(train: MNIST) -> None:
    before = train.labels.copy()
    for batch in (train.get_batch(slice(0, 3)), train.get_batch(np.array([0, 1]))):
        for tensor in batch:
            tensor.array[:] = 0
    np.testing.assert_array_equal(train.labels, before)
    assert train.images[:3].any()


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch(train: MNIST, shuffle: bool) -> None:
    loader = DataLoader(train, batch_size=128, shuffle=shuffle)
    batches = list(loader)
    assert len(batches) == len(loader) == 32
    assert batches[0][0].shape == (128, 1, 28, 28)
    assert batches[-1][0].shape == (32, 1, 28, 28)
    assert batches[0][0].array.flags.c_contiguous
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    assert np.array_equal(labels, train.labels) is not shuffle
    np.testing.assert_array_equal(np.sort(labels), np.sort(train.labels))


def test_indices_are_checked(train: MNIST) -> None:
    with pytest.raises(IndexError, match="index 4000 is out of range for 4000 samples"):
        train[4000]
    with pytest.raises(IndexError, match="index -4001"):
        train[-4001]
    with pytest.raises(TypeError, match="must be an integer, got slice; get_batch"):
        train[0:2]  # type: ignore[index]


def test_shows_what_it_is(train: MNIST) -> None:
    assert repr(train) == "MNIST(train, 4,000 samples, bundled subset)"


def test_source_and_licence_lie_beside_the_data() -> None:
    text = (BUNDLED / "README.md").read_text(encoding="utf-8")
    for needed in ("Yann LeCun", "Corinna Cortes", "CC BY-SA 3.0", "first 4,000", "first 1,000"):
        assert needed in text
    for file in FILES:
        assert f"{file.name}.gz" in text


def test_loads_without_pillow_and_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def guarded(name: str, *args: Any, **kwargs: Any) -> Any:
        assert name.split(".")[0] not in ("PIL", "pickle")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", guarded)
    MNIST(train=False).get_batch(slice(0, 2))


# --- files that are not what they should be -----------------------------------------------------


def content_of(name: str) -> bytes:
    return gzip.decompress((BUNDLED / f"{name}.gz").read_bytes())


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_plain_file_will_do(tmp_path: Path, file: Any) -> None:
    (tmp_path / file.name).write_bytes(content_of(file.name))
    np.testing.assert_array_equal(
        read_known(tmp_path / file.name, file), read_known(BUNDLED / file.packed, file)
    )


def test_a_folder_may_be_a_string_and_need_not_hold_the_other_half(tmp_path: Path) -> None:
    # Past the search for its files, this folder fails only because it is not the full data.
    for file in BUNDLED_TEST:
        shutil.copy(BUNDLED / f"{file.name}.gz", tmp_path)
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte.gz: altered.*\(1000, 28, 28\)"):
        MNIST(str(tmp_path), train=False)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    message = (
        f"folder {re.escape(str(tmp_path))} has neither train-images-idx3-ubyte nor "
        r"train-images-idx3-ubyte\.gz; .*root=None"
    )
    with pytest.raises(FileNotFoundError, match=message):
        MNIST(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"t10k-images-idx3-ubyte\.gz"):
        MNIST(tmp_path, train=False)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        MNIST(tmp_path / "nowhere")


def cut(content: bytes) -> bytes:
    return content[:-1]


def lengthen(content: bytes) -> bytes:
    return content + b"\0"


def cut_in_the_header(content: bytes) -> bytes:
    return content[:6]


def change_one_bit(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def change_the_magic_number(content: bytes) -> bytes:
    return b"\0\0\x0d" + content[3:]


def empty(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("file", BUNDLED_TEST, ids=["images", "labels"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "truncated: holds {less:,} bytes .* expected {size:,} for its header of shape"),
        (lengthen, "too long: holds {more:,} bytes .* expected {size:,}"),
        (cut_in_the_header, "truncated: holds 6 bytes"),
        (change_one_bit, "altered.* SHA-256 .* is [0-9a-f]{{64}}, expected {sha256}"),
        (change_the_magic_number, "bytes 00 00 0d 0{ndim}, expected .* 00 00 08 0{ndim}"),
        (empty, r"starts with the bytes \(none\)"),
    ],
)
def test_damage_is_found(tmp_path: Path, file: Any, damage: Any, message: str, suffix: str) -> None:
    content = content_of(file.name)
    path = tmp_path / f"{file.name}{suffix}"
    damaged = damage(content)
    path.write_bytes(gzip.compress(damaged, 1) if suffix else damaged)
    size = len(content)
    message = message.format(size=size, less=size - 1, more=size + 1, **file._asdict())
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: .*{message}"):
        read_known(path, file)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"<html>not found</html>",
        lambda content: content[:200] + b"\xff\xff\xff" + content[203:],
        lambda content: content[:10] + b"\xff" + content[11:],
        lambda content: content + b"garbage",
    ],
)
def test_a_damaged_gzip_file_is_named(tmp_path: Path, damage: Any) -> None:
    file = BUNDLED_TEST[1]
    path = tmp_path / f"{file.name}.gz"
    path.write_bytes(damage((BUNDLED / path.name).read_bytes()))
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_known(path, file)


def test_swapped_files_are_found(tmp_path: Path) -> None:
    images, labels = BUNDLED_TEST
    shutil.copy(BUNDLED / f"{labels.name}.gz", tmp_path / f"{images.name}.gz")
    with pytest.raises(
        ValueError, match="bytes 00 00 08 01, expected the magic number 00 00 08 03"
    ):
        read_known(tmp_path / images.packed, images)


# --- the full data ------------------------------------------------------------------------------


@needs_full_data
def test_the_full_test_data_starts_with_the_bundled_part() -> None:
    full, part = MNIST(FULL, train=False), MNIST(train=False)
    assert len(full) == 10_000
    np.testing.assert_array_equal(full.images[:1000], part.images)
    np.testing.assert_array_equal(full.labels[:1000], part.labels)
    assert repr(full) == f"MNIST(test, 10,000 samples, {FULL})"


@needs_full_data
def test_the_full_training_data_starts_with_the_bundled_part(train: MNIST) -> None:
    full = MNIST(FULL)
    assert len(full) == 60_000
    np.testing.assert_array_equal(full.images[:4000], train.images)
    np.testing.assert_array_equal(full.labels[:4000], train.labels)
    pixels = full.images / np.float32(255)
    assert pixels.mean(dtype=np.float64) == pytest.approx(0.1307, abs=1e-4)
    assert pixels.std(dtype=np.float64) == pytest.approx(0.3081, abs=1e-4)


@needs_full_data
def test_the_bundled_files_can_be_made_again(tmp_path: Path) -> None:
    checksums = make_subset(FULL, tmp_path)
    assert checksums == {file.name: file.sha256 for file in FILES}
    for file in FILES:
        name = f"{file.name}.gz"
        made, bundled = (gzip.decompress((f / name).read_bytes()) for f in (tmp_path, BUNDLED))
        assert made == bundled


# --- torchvision's arguments --------------------------------------------------------------------


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that takes the bundled part for the whole; so does the class."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(mnist, "TRAIN", BUNDLED_TRAIN)
    monkeypatch.setattr(mnist, "TEST", BUNDLED_TEST)
    files = {f"/m/{file.packed}": (BUNDLED / file.packed).read_bytes() for file in FILES}
    with Server(files) as server:
        monkeypatch.setattr(MNIST, "mirrors", [f"{server.address}/none/", f"{server.address}/m"])
        yield server


def test_a_script_for_torchvision(tmp_path: Path, train: MNIST, mirror: Server) -> None:
    prepare = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    )
    data = MNIST(str(tmp_path / "data"), train=True, download=True, transform=prepare)
    raw = tmp_path / "data" / "MNIST" / "raw"
    assert data.raw_folder == str(raw)
    assert sorted(path.name for path in raw.iterdir()) == [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]
    images, labels = next(iter(DataLoader(data, 8)))
    expected = (train.images[:8, None] / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
    np.testing.assert_allclose(images.numpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(data[3][0].numpy(), images[3].numpy())
    assert labels.tolist() == data.targets[:8].tolist()
    assert data.data.dtype == np.uint8
    np.testing.assert_array_equal(data.data.numpy(), train.images)
    assert data.class_to_idx["3 - three"] == 3
    positional = MNIST(tmp_path / "data", False, prepare, lambda label: label + 1, True)
    assert positional[0][1] == 8
    assert repr(positional) == f"MNIST(test, 1,000 samples, {raw})"


def test_what_is_there_is_used_without_a_network(tmp_path: Path, mirror: Server) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for number, file in enumerate(FILES):
        if number % 2:
            (raw / file.name).write_bytes(content_of(file.name))
        else:
            shutil.copy(BUNDLED / file.packed, raw)
    for train in (True, False):
        np.testing.assert_array_equal(MNIST(tmp_path, train).images, MNIST(train=train).images)
        MNIST(tmp_path, train, download=True)
        MNIST(raw, train, download=True)
    assert not mirror.requests


def test_what_is_damaged_in_the_folder_for_it_is_fetched_anew(
    tmp_path: Path, mirror: Server
) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images, labels = BUNDLED_TEST
    (raw / images.packed).write_bytes((BUNDLED / images.packed).read_bytes()[:-9])
    (raw / labels.name).write_bytes(content_of(labels.name)[:-9])
    with pytest.raises(ValueError, match="truncated"):
        MNIST(tmp_path, train=False)
    with pytest.warns(UserWarning, match="images.*truncated or damaged.* fetched anew"):
        data = MNIST(tmp_path, train=False, download=True)
    assert len(data) == 1000
    with pytest.warns(UserWarning, match="labels.*truncated.*labels-idx1-ubyte.gz is used instead"):
        assert len(MNIST(tmp_path, train=False)) == 1000


def test_a_set_of_the_users_own_is_not_replaced(tmp_path: Path, mirror: Server) -> None:
    """It lies in the folder itself under the same names, as Fashion-MNIST does."""
    images, labels = BUNDLED_TRAIN
    for file in (images, labels):
        (tmp_path / file.packed).write_bytes(gzip.compress(content_of(file.name)[:-1] + b"!"))
    before = (tmp_path / images.packed).read_bytes()
    with pytest.raises(ValueError, match=r"images.*altered, or another data set"):
        MNIST(tmp_path, train=True, download=True)
    assert (tmp_path / images.packed).read_bytes() == before
    assert not mirror.requests


def test_a_mirror_with_other_files_is_found_out(tmp_path: Path, mirror: Server) -> None:
    images, labels = BUNDLED_TEST
    mirror.files[f"/m/{labels.packed}"] = mirror.files[f"/m/{images.packed}"]
    with pytest.raises(RuntimeError, match="starts with the bytes 00 00 08 03, expected the mag"):
        MNIST(tmp_path, train=False, download=True)
    names = [path.name for path in (tmp_path / "MNIST" / "raw").iterdir()]
    assert names == [images.packed]


def test_without_a_network_it_says_what_to_put_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/m/"])
    message = (
        r"(?s)train-images-idx3-ubyte.gz could not be fetched\n"
        r"  http://127.0.0.1:9/m/train-images-idx3-ubyte.gz: no answer: .*refused.*"
        r"get the files train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz from "
        rf"http://127.0.0.1:9/m/ .* put them into {re.escape(str(tmp_path))}/MNIST/raw, or .*None"
    )
    with pytest.raises(RuntimeError, match=message):
        MNIST(tmp_path, download=True)
    with pytest.raises(FileNotFoundError, match=r"MNIST: .*download=True fetches it"):
        MNIST(tmp_path)


def test_a_transform_must_be_callable() -> None:
    with pytest.raises(TypeError, match="MNIST: transform must be callable, got bool"):
        MNIST(None, True, False)  # type: ignore[arg-type]
