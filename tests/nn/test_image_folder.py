"""Pictures in folders: found, read whatever they are, and refused where they cannot be."""

from __future__ import annotations

import math
import os
import socket
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autotensor as at
from nn.data import DataLoader, DatasetFolder, ImageFolder, load_image
from nn.data.transforms import Compose, RandomCrop, Resize, ToTensor

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes; sizes, formats and places differ."""
    for name in ("dog/b.PNG", "dog/a.jpg", "cat/tom.png", "cat/kittens/2.bmp", "cat/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            Image.new("RGB", (8 + len(name), 9), RED if "cat" in name else BLUE).save(path)
    (tmp_path / "list.png").write_bytes(b"")  # beside the classes: not looked at
    (tmp_path / ".cache").mkdir()
    (tmp_path / "dog" / "._a.jpg").write_bytes(b"what some systems leave behind")
    return tmp_path


def names(data: DatasetFolder) -> list[str]:
    return [os.path.relpath(path, data.root).replace(os.sep, "/") for path, _ in data.samples]


def test_classes_and_samples(root: Path) -> None:
    data = ImageFolder(root)
    assert data.classes == ["cat", "dog"]
    assert data.class_to_idx == {"cat": 0, "dog": 1}
    assert names(data) == ["cat/tom.png", "cat/kittens/2.bmp", "dog/a.jpg", "dog/b.PNG"]
    assert data.targets == [0, 0, 1, 1]
    assert data.imgs is data.samples
    assert len(data) == 4
    picture, target = data[0]
    assert (picture.mode, picture.size, target) == ("RGB", (19, 9), 0)
    assert picture.getpixel((0, 0)) == RED
    assert repr(data) == f"ImageFolder({root}, 4 samples, 2 classes)"


def test_transforms_and_loaders(root: Path) -> None:
    data = ImageFolder(str(root), Compose([Resize((6, 7)), ToTensor()]), lambda target: target + 10)
    (images, targets), *_ = DataLoader(data, 4, num_workers=2)
    assert images.shape == (4, 3, 6, 7)
    assert targets.tolist() == [10, 10, 11, 11]
    assert ImageFolder(root, loader=len)[0] == (len(str(root / "cat/tom.png")), 0)
    only = ImageFolder(root, is_valid_file=lambda path: path.endswith(("txt", "jpg")))
    assert names(only) == ["cat/x.txt", "dog/a.jpg"]


def test_the_same_augmentation_for_any_number_of_workers(root: Path) -> None:
    data = ImageFolder(root, Compose([RandomCrop(12, padding=4), ToTensor()]))

    def pixels(workers: int) -> list[bytes]:
        loader = DataLoader(
            data, 3, True, num_workers=workers, generator=at.Generator().manual_seed(2)
        )
        return [images.numpy().tobytes() for _ in range(2) for images, _ in loader]

    assert pixels(0) == pixels(2)


def test_folders_that_are_not_there(root: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        ImageFolder(root / "nowhere")
    with pytest.raises(FileNotFoundError, match="has no sub-folders; expected one for each class"):
        ImageFolder(root / "dog")
    (root / "emu").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no pictures .* for the class emu; allow_empty"):
        ImageFolder(root)
    assert ImageFolder(root, allow_empty=True).classes == ["cat", "dog", "emu"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_to_the_folder_above_is_no_endless_loop(root: Path) -> None:
    try:
        (root / "cat" / "again").symlink_to(root / "cat", target_is_directory=True)
    except OSError:
        pytest.skip("links are not allowed here")
    assert len(ImageFolder(root)) == 4


# --- files that cannot be read ------------------------------------------------------------------


def huge(path: Path, side: int) -> None:
    """A PNG of some bytes that claims to have side² pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def spoil(root: Path) -> set[str]:
    """Adds pictures that are none."""
    (root / "cat" / "empty.jpg").write_bytes(b"")
    (root / "cat" / "text.png").write_text("<html>not found</html>")
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    for name in ("cut.jpg", "cut.png"):
        Image.fromarray(noise).save(root / "dog" / name)
        content = (root / "dog" / name).read_bytes()
        (root / "dog" / name).write_bytes(content[: len(content) // 2])
    huge(root / "dog" / "huge.png", 12_000)
    huge(root / "dog" / "vast.png", 60_000)
    return {"empty.jpg", "text.png", "cut.jpg", "cut.png", "huge.png", "vast.png"}


def test_what_cannot_be_read_is_named(root: Path) -> None:
    spoiled = spoil(root)
    data = ImageFolder(root)
    assert len(data) == 4 + len(spoiled)
    refused = set()
    for index, (path, _) in enumerate(data.samples):
        if Path(path).name not in spoiled:
            data[index]
            continue
        with pytest.raises(OSError, match="cannot read") as caught:
            data[index]
        assert str(caught.value).startswith(f"cannot read the picture {path}: ")
        refused.add(Path(path).name)
    assert refused == spoiled


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_passes_the_error_on(root: Path, workers: int) -> None:
    spoil(root)
    loader = DataLoader(ImageFolder(root, Resize((4, 4))), 2, num_workers=workers)
    with pytest.raises(OSError, match=r"cannot read the picture .*empty\.jpg") as caught:
        list(loader)
    assert caught.value.__notes__[0].startswith("DataLoader: this was sample 0 of the data set")


def test_what_cannot_be_read_may_be_skipped(root: Path) -> None:
    spoiled = spoil(root)
    data = ImageFolder(root, on_error="skip")
    assert names(data) == ["cat/tom.png", "cat/kittens/2.bmp", "dog/a.jpg", "dog/b.PNG"]
    assert data.targets == [0, 0, 1, 1]
    assert {Path(path).name for path, _ in data.skipped} == spoiled
    assert all(reason for _, reason in data.skipped)
    assert repr(data).endswith("4 samples, 2 classes, 6 skipped)")
    with pytest.raises(ValueError, match="on_error must be one of 'raise', 'skip', got 'ignore'"):
        ImageFolder(root, on_error="ignore")


def some_bytes(path: str) -> bytes:
    """A loader that waits for nothing, so that this test can fail."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(file, 9)
    finally:
        os.close(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("loader", [None, some_bytes])
def test_what_is_no_file_is_not_waited_for(root: Path, loader: Any) -> None:
    """An empty pipe would be waited for for ever, and so would some devices."""
    os.mkfifo(root / "cat" / "pipe.png")
    (root / "cat" / "null.png").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root / "cat")  # the names of sockets must be short
        server.bind("wire.png")
        os.chdir(here)
    (root / "dog" / "gone.png").symlink_to(root / "nowhere.png")
    (root / "dog" / "ring.png").symlink_to(root / "dog" / "ring.png")
    (root / "dog" / "folder.png").mkdir()  # holds pictures as any other folder
    Image.new("L", (3, 3)).save(root / "dog" / "folder.png" / "z.png")
    kinds = {
        "pipe.png": "is a pipe, not a file",
        "null.png": "is a device, not a file",
        "wire.png": "is a socket, not a file",
        "gone.png": "No such file",
        "ring.png": "symbolic links",
    }
    data = ImageFolder(root, loader=loader, on_error="skip")
    assert names(data) == [
        "cat/tom.png", "cat/kittens/2.bmp", "dog/a.jpg", "dog/b.PNG", "dog/folder.png/z.png",
    ]  # fmt: skip
    reasons = {Path(path).name: reason for path, reason in data.skipped}
    assert set(reasons) == set(kinds)
    for name, words in kinds.items():
        assert words in reasons[name]
        assert name in reasons[name]
    data = ImageFolder(root, loader=loader)
    for index, (path, _) in enumerate(data.samples):
        if Path(path).name in kinds:
            with pytest.raises(OSError, match=kinds[Path(path).name]):
                data[index]
            with pytest.raises(OSError, match=Path(path).name):
                load_image(path)
    with pytest.raises(OSError, match=r"dog is a folder, not a file"):
        load_image(root / "dog")


def test_a_folder_that_cannot_be_listed_is_not_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def refusing(place: Any) -> Any:
        if str(place).endswith("kittens"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError, match="kittens"):
        ImageFolder(root)


def test_a_file_that_vanishes_is_named(root: Path) -> None:
    data = ImageFolder(root)
    (root / "dog" / "a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.jpg"):
        data[2]


def test_files_of_any_kind(root: Path) -> None:
    for number, name in enumerate(("cat/one.npy", "cat/a/b/z.NPY", "cat/a-b/y.npy", "dog/two.npy")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with open(root / name, "wb") as file:
            np.save(file, np.array([number]))
    data = DatasetFolder(root, np.load, ".npy", lambda array: array + 10, abs)
    # In the order of their folders, as in torchvision: "-" comes before "/".
    assert names(data) == ["cat/one.npy", "cat/a-b/y.npy", "cat/a/b/z.NPY", "dog/two.npy"]
    assert [(int(array[0]), target) for array, target in data] == [
        (10, 0), (12, 0), (11, 0), (13, 1),
    ]  # fmt: skip
    assert data.extensions == ".npy"
    assert repr(data) == f"DatasetFolder({root}, 4 samples, 2 classes)"
    both = DatasetFolder(root, str, (".npy", ".txt"))
    assert "cat/x.txt" in names(both)
    for wrong in ({}, {"extensions": ".npy", "is_valid_file": bool}):
        with pytest.raises(ValueError, match="either extensions or is_valid_file, got"):
            DatasetFolder(root, np.load, **wrong)
    with pytest.raises(FileNotFoundError, match=r"no files \(\.wav\) in .* classes cat, dog"):
        DatasetFolder(root, np.load, ".wav")


def test_classes_of_ones_own(root: Path) -> None:
    class Only(ImageFolder):
        def find_classes(self, directory: Any) -> tuple[list[str], dict[str, int]]:
            return ["dog", "emu"], {"dog": 5, "emu": 6}

    assert Only(root, allow_empty=True).targets == [5, 5]
    with pytest.raises(FileNotFoundError, match=r"Only: no pictures .* for the class emu"):
        Only(root)


def test_a_limit_of_ones_own(root: Path) -> None:
    data = ImageFolder(root, max_pixels=180)
    assert data[0][0].size == (19, 9)
    with pytest.raises(OSError, match=r"2\.bmp: 25 × 9 pixels are more than max_pixels = 180"):
        data[1]


# --- pictures of all kinds ----------------------------------------------------------------------


def transparent(picture: Image.Image) -> Image.Image:
    """Its left half cannot be seen."""
    picture = picture.convert("RGBA")
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 4, 8))
    picture.putalpha(alpha)
    return picture


def palette_with_a_hole() -> Image.Image:
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 200, 100, 50])
    picture.paste(0, (0, 0, 4, 8))
    return picture


ORANGE = (200, 100, 50)
KINDS: dict[str, tuple[Any, Any, Any, Any]] = {
    # how to make it, options for saving, what is left, what is right
    "RGB": (lambda: Image.new("RGB", (8, 8), ORANGE), {}, ORANGE, ORANGE),
    "grey": (lambda: Image.new("L", (8, 8), 70), {}, (70,) * 3, (70,) * 3),
    "black and white": (lambda: Image.new("1", (8, 8), 1), {}, (255,) * 3, (255,) * 3),
    "palette": (lambda: Image.new("RGB", (8, 8), ORANGE).quantize(4), {}, ORANGE, ORANGE),
    "palette with a hole": (palette_with_a_hole, {"transparency": 0}, (255,) * 3, ORANGE),
    "alpha": (lambda: transparent(Image.new("RGB", (8, 8), ORANGE)), {}, (255,) * 3, ORANGE),
    "grey and alpha": (
        lambda: transparent(Image.new("L", (8, 8), 70)).convert("LA"),
        {},
        (255,) * 3,
        (70,) * 3,
    ),
    "16 bits": (
        lambda: Image.fromarray(np.full((8, 8), 70 * 256 + 9, np.uint16)),
        {},
        (70,) * 3,
        (70,) * 3,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_read(tmp_path: Path, kind: str) -> None:
    make, options, left, right = KINDS[kind]
    make().save(tmp_path / "picture.png", **options)
    found = load_image(tmp_path / "picture.png")
    assert (found.mode, found.size) == ("RGB", (8, 8))
    assert (found.getpixel((1, 4)), found.getpixel((6, 4))) == (left, right)
    assert load_image(tmp_path / "picture.png", "L").mode == "L"


WIDE: dict[str, tuple[Any, str, list[int]]] = {
    "32-bit integers": (np.int32([[0, 70, 255]]), "tif", [0, 70, 255]),
    "floating-point from 0 to 255": (np.float32([[0, 70.6, 255]]), "tif", [0, 71, 255]),
    "floating-point from 0 to 1": (np.float32([[0, 0.4, 1]]), "tif", [0, 102, 255]),
    "16 bits in a TIFF": (np.uint16([[0, 70 * 256 + 9, 65535]]), "tif", [0, 70, 255]),
    "16 bits, all of them dark": (np.uint16([[0, 9, 255]]), "tif", [0, 0, 0]),
    "16 bits in a PNG": (np.uint16([[0, 9, 511]]), "png", [0, 0, 1]),
    "16 bits in a PGM": (np.uint16([[0, 9, 511]]), "pgm", [0, 0, 1]),
}


@pytest.mark.parametrize("kind", WIDE)
def test_values_of_more_than_8_bits(tmp_path: Path, kind: str) -> None:
    values, ending, expected = WIDE[kind]
    path = tmp_path / f"picture.{ending}"
    Image.fromarray(values).save(path)
    assert np.asarray(load_image(path, "L")).tolist() == [expected]
    assert np.asarray(load_image(path))[0, :, 1].tolist() == expected


@pytest.mark.parametrize("values", [[0, 256], [-1, 70], [0.0, 255.5], [0.0, math.nan]])
def test_values_that_leave_open_what_is_white_are_refused(tmp_path: Path, values: Any) -> None:
    kind = np.float32 if isinstance(values[0], float) else np.int32
    Image.fromarray(np.array([values], kind)).save(tmp_path / "deep.tif")
    with pytest.raises(OSError, match=r"deep\.tif: its 32-bit values from .* leave open what is w"):
        load_image(tmp_path / "deep.tif")


def test_a_broken_exif_part_does_not_spoil_the_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = exif.tobytes()
    Image.new("L", (4, 2), 9).save(tmp_path / "turned.jpg", exif=content)
    assert load_image(tmp_path / "turned.jpg").size == (2, 4)
    Image.new("L", (4, 2), 9).save(tmp_path / "broken.png", exif=b"Exif\0\0XX*\0" + content[10:])
    assert load_image(tmp_path / "broken.png").size == (4, 2)


def test_other_formats(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "print.jpg")
    red = load_image(tmp_path / "print.jpg").getpixel((4, 4))
    assert red[0] > 200
    assert max(red[1:]) < 60
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "moving.png", save_all=True, append_images=frames[1:])
    for name in ("moving.gif", "moving.png"):
        assert load_image(tmp_path / name).getpixel((4, 4)) == RED


def test_pictures_are_turned_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (20, 10), BLUE)
    picture.paste(RED, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways
    picture.save(tmp_path / "sideways.png", exif=exif)
    found = load_image(tmp_path / "sideways.png")
    assert found.size == (10, 20)
    assert (found.getpixel((5, 2)), found.getpixel((5, 17))) == (RED, BLUE)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_image(tmp_path / "missing.png")
