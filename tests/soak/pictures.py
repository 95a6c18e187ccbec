"""Pictures: every mode of Pillow's with every transform, and broken files in folders."""

from __future__ import annotations

import io
import itertools
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import autotensor as at
from nn.data import transforms as T
from tests.soak.table import Row

TITLE = "Pictures of every kind, and files that are none"

MODES = (
    "1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F",
    "I;16", "I;16B", "La", "RGBa",
)  # fmt: skip

SIZES = ((1, 1), (1, 6), (5, 1), (2, 3), (4, 7), (9, 6), (12, 12), (13, 20))


def in_mode(mode: str, height: int, width: int, rng: Any) -> Image.Image:
    """Random numbers, all that fit into a picture of that mode."""
    size, kind = (width, height), np.uint8
    bands = len(Image.new(mode, (1, 1)).getbands())
    numbers = rng.integers(0, 256, (height, width, bands)).astype(kind)
    if mode == "1":
        return Image.fromarray(numbers[..., 0] > 127)
    if mode in ("I", "F"):
        return Image.fromarray(numbers[..., 0].astype(np.int32 if mode == "I" else np.float32))
    if mode.startswith("I;16"):
        wide = rng.integers(0, 65_536, (height, width)).astype(">u2" if mode[-1] == "B" else "<u2")
        return Image.frombytes(mode, size, wide.tobytes())
    if mode in ("P", "PA"):
        numbers[..., 0] %= 16
    picture = Image.frombytes(mode, size, numbers.tobytes())
    if mode in ("P", "PA"):
        picture.putpalette(rng.integers(0, 256, 48).tolist())
    return picture


def numbers_of(picture: Image.Image) -> np.ndarray:
    array = np.asarray(picture)
    return array[..., None] if array.ndim == 2 else array


class Tally:
    """Counts what was tried and what held, and says what did not."""

    def __init__(self, what: str, must: str) -> None:
        self.what, self.must = what, must
        self.tried = self.held = 0

    def count(self, holds: Any, described: str) -> None:
        self.tried += 1
        self.held += bool(holds)
        if not holds:
            print(f"{self.what}: {described}", flush=True)

    def row(self, note: str = "") -> Row:
        return Row(self.what, self.must, self.tried, self.held, note)


# -- moved -----------------------------------------------------------------------------------------


def mirrored(place: int, length: int, twice: bool) -> int:
    """Where a place outside is read, in a picture that is mirrored with its edge once or twice."""
    while not 0 <= place < length:
        if place < 0:
            place = -place - 1 if twice else -place
        if place >= length:
            place = 2 * length - 1 - place if twice else 2 * length - 2 - place
    return place


Reading = Callable[[int, int], tuple[int, int]]


def moves(height: int, width: int, rng: Any) -> Iterator[tuple[Any, tuple[int, int], Reading]]:
    """A transform, the size of its result, and where a plain loop reads each pixel of it."""

    def same(y: int, x: int) -> tuple[int, int]:
        return y, x

    yield T.RandomHorizontalFlip(1), (height, width), lambda y, x: (y, width - 1 - x)
    yield T.RandomVerticalFlip(1), (height, width), lambda y, x: (height - 1 - y, x)
    yield T.RandomHorizontalFlip(0), (height, width), same
    left, top, right, bottom = (int(one) for one in rng.integers(0, 4, 4))
    size = (height + top + bottom, width + left + right)
    pad = T.Pad((left, top, right, bottom), int(rng.integers(0, 9)))
    yield pad, size, lambda y, x: (y - top, x - left)
    for kind in ("reflect", "symmetric", "edge"):
        if kind == "reflect" and min(height, width) <= 3:
            continue

        def read(y: int, x: int, kind: str = kind) -> tuple[int, int]:
            if kind == "edge":
                return min(max(y - top, 0), height - 1), min(max(x - left, 0), width - 1)
            twice = kind == "symmetric"
            return mirrored(y - top, height, twice), mirrored(x - left, width, twice)

        yield T.Pad((left, top, right, bottom), padding_mode=kind), size, read
    tall, wide = (int(one) for one in rng.integers(1, 16, 2))

    def middle(y: int, x: int) -> tuple[int, int]:
        # What is missing goes first below and to the right; halves of what is too much, to even.
        up = max(tall - height, 0) // 2 - round(max(height - tall, 0) / 2)
        over = max(wide - width, 0) // 2 - round(max(width - wide, 0) / 2)
        return y - up, x - over

    yield T.CenterCrop((tall, wide)), (tall, wide), middle
    more, wider = (int(one) for one in rng.integers(1, 4, 2))
    size = (more * height, wider * width)
    yield T.Resize(size, "nearest"), size, lambda y, x: (y // more, x // wider)
    for quarters in range(4):

        def turned(y: int, x: int, quarters: int = quarters) -> tuple[int, int]:
            right, down = 2 * x + 1 - width, 2 * y + 1 - height
            for _ in range(quarters):
                right, down = -down, right
            return (down + height) // 2, (right + width) // 2

        turn = T.RandomRotation((90 * quarters,) * 2, fill=int(rng.integers(0, 9)))
        yield turn, (height, width), turned

        def wholly(y: int, x: int, quarters: int = quarters) -> tuple[int, int]:
            at_, tall, wide = (y, x), height, width
            sizes = [(tall, wide) if one % 2 == 0 else (wide, tall) for one in range(quarters + 1)]
            for one in range(quarters, 0, -1):  # back, one turn after the other
                at_ = at_[1], sizes[one - 1][1] - 1 - at_[0]
            return at_

        size = (height, width) if quarters % 2 == 0 else (width, height)
        yield T.RandomRotation((90 * quarters,) * 2, expand=True), size, wholly


def by_loops(
    numbers: np.ndarray, transform: Any, size: tuple[int, int], read: Reading, lab: bool
) -> np.ndarray:
    height, width, bands = numbers.shape
    out = np.full((*size, bands), getattr(transform, "fill", 0), numbers.dtype)
    if lab:
        out[..., 1:] ^= 128  # Pillow counts these two from -128 on
    for y, x in np.ndindex(size):
        row, column = read(y, x)
        if 0 <= row < height and 0 <= column < width:
            out[y, x] = numbers[row, column]
    return out


def moved_pictures(rounds: int, rng: Any) -> list[Row]:
    pillows = Tally(
        "a picture of Pillow's padded, cut, mirrored, resized, turned by quarters",
        "each number where a plain loop puts it; mode and palette as before",
    )
    tensors = Tally("the same as a Tensor", "each number where a plain loop puts it")
    for _, mode, (height, width) in itertools.product(range(rounds), MODES, SIZES):
        picture = in_mode(mode, height, width, rng)
        for transform, size, read in moves(height, width, rng):
            expected = by_loops(numbers_of(picture), transform, size, read, mode == "LAB")
            what = f"{mode} {height} × {width} {transform!r}"
            try:
                found = transform(picture)
                same = np.array_equal(numbers_of(found), expected)
                kept = (found.mode, found.getpalette()) == (mode, picture.getpalette())
                pillows.count(same and kept, what)
            except Exception as error:
                pillows.count(False, f"{what}: {error!r}")
            if numbers_of(picture).dtype not in (np.uint8, np.float32) or mode == "LAB":
                continue
            tensor = at.tensor(np.ascontiguousarray(numbers_of(picture).transpose(2, 0, 1)))
            moved = transform(tensor).numpy().transpose(1, 2, 0)
            tensors.count(np.array_equal(moved, expected), what)
    return [
        pillows.row(f"{len(MODES)} modes"),
        tensors.row(f"{SIZES[0]} to {SIZES[-1]}".replace(",", " ×")),
    ]


# -- colours ---------------------------------------------------------------------------------------


def luma(numbers: np.ndarray) -> np.ndarray:
    return numbers @ np.array([0.299, 0.587, 0.114])


TONES: dict[str, tuple[Any, Callable[[np.ndarray], np.ndarray]]] = {
    "negative": (T.RandomInvert(1), lambda a: 255 - a),
    "three bits": (T.RandomPosterize(3, 1), lambda a: a // 32 * 32),
    "negative of light": (T.RandomSolarize(99, 1), lambda a: np.where(a >= 99, 255 - a, a)),
    "brighter": (T.ColorJitter((1.4, 1.4)), lambda a: (1.4 * a).clip(0, 255)),
    "stretched": (
        T.RandomAutocontrast(1),
        lambda a: (
            (a - a.min((0, 1))) * 255 / np.maximum(np.ptp(a, (0, 1)), 1)
            + np.where(np.ptp(a, (0, 1)) == 0, a.min((0, 1)), 0)
        ),
    ),
    "grey": (
        T.Grayscale(3),
        lambda a: np.repeat(luma(a)[..., None] if a.shape[2] == 3 else a, 3 // 1, -1)[..., :3],
    ),
    "half the colour": (
        T.ColorJitter(saturation=(0.5, 0.5)),
        lambda a: 0.5 * a + 0.5 * (luma(a)[..., None] if a.shape[2] == 3 else a),
    ),
    "twice the contrast": (
        T.ColorJitter(contrast=(2, 2)),
        lambda a: (
            2 * a - math.floor(np.rint(luma(a) if a.shape[2] == 3 else a).mean() + 0.5)
        ).clip(0, 255),
    ),
}


def coloured_pictures(rounds: int, rng: Any) -> list[Row]:
    plain = Tally("tones and colours changed, L and RGB, Pillow's", "those of a formula, within 1")
    others = Tally(
        "tones and colours changed, all other modes",
        "the same mode (or grey), or an error that names transform and mode",
    )
    changes = [one for one, _ in TONES.values()]
    changes += [
        T.RandomEqualize(1), T.RandomAdjustSharpness(2, 1), T.ColorJitter(hue=(0.2, 0.2)),
        T.GaussianBlur(3, 1.0), T.RandomGrayscale(1), T.RandomErasing(1), T.ElasticTransform(),
        T.RandomPerspective(0.5, 1), T.RandomAffine(30, (0.1, 0.1), (0.5, 2), 20, "bilinear"),
        T.Resize(5), T.RandomResizedCrop(6, interpolation="bicubic"), T.RandomRotation(50, 1 + 1),
    ]  # fmt: skip
    for _, mode, (height, width) in itertools.product(range(rounds), MODES, SIZES):
        picture = in_mode(mode, height, width, rng)
        if mode in ("L", "RGB"):
            for name, (transform, formula) in TONES.items():
                expected = formula(numbers_of(picture).astype(float))
                gap = np.abs(numbers_of(transform(picture)) - expected).max()
                # Grey is rounded first, and the contrast about it doubled.
                plain.count(gap <= 1.51, f"{name} of {mode} {height} × {width}: {gap}")
        for transform in changes:
            what = f"{mode} {height} × {width} {transform!r}"
            try:
                found = transform(picture)
                others.count(found.mode in (mode, "L", "RGB"), f"{what}: {found.mode}")
            except ValueError as error:
                name = type(transform).__name__
                named = str(error).startswith(f"{name}: ") and f"mode {mode}" in str(error)
                others.count(named, f"{what}: {error!r}")
            except Exception as error:
                others.count(False, f"{what}: {error!r}")
    return [plain.row(), others.row(f"{len(changes)} transforms")]


def masks(rounds: int, rng: Any) -> list[Row]:
    tally = Tally(
        "a mask changed with its picture", "the same pixels in the same places, classes unmixed"
    )
    for count in range(rounds * 20):
        height, width = (int(one) for one in rng.integers(1, 20, 2))
        mask = in_mode("P", height, width, rng)
        change = T.Compose([
            T.RandomChoice([T.RandomRotation(90), T.RandomAffine(40, (0.3, 0.3), (0.5, 2), 20)]),
            T.RandomApply([T.ColorJitter(), T.RandomHorizontalFlip()]),
            T.RandomOrder([T.RandomCrop(5, pad_if_needed=True), T.RandomPerspective(0.5, 0.5, 0)]),
            T.RandomResizedCrop((4, 7), interpolation="nearest"),
        ])  # fmt: skip
        at.manual_seed(count)
        picture, moved = T.WithMask(change, mask_transform=T.ClassNumbers(16))(mask, mask)
        same = np.array_equal(np.asarray(picture), moved.numpy())
        tally.count(same, f"seed {count}, {height} × {width}")
    return [tally.row()]


# -- broken files ----------------------------------------------------------------------------------

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")

CHILD = """
import json, sys, warnings
warnings.simplefilter("ignore")
from nn.data import ImageFolder
root = sys.argv[1]
skipping = ImageFolder(root, on_error="skip")
said = {path: why for path, why in skipping.skipped}
good = {path for path, _ in skipping.samples}
wrong = []
plain = ImageFolder(root)
for index, (path, _) in enumerate(plain.samples):
    try:
        picture, _ = plain[index]
        ok = path in good and picture.mode == "RGB"
        why = "read, but skipped"
    except OSError as error:
        name = path.rpartition("/")[2]
        ok = path in said and name in str(error) and name in said[path]
        why = repr(error)
    except BaseException as error:
        ok, why = False, repr(error)
    if not ok:
        wrong.append((path, why))
print(json.dumps([len(plain), len(said), wrong]))
"""


def spoiled(content: bytes, rng: Any) -> bytes:
    """Cut, overwritten, repeated, or mixed with zeros."""
    data = bytearray(content)
    way = int(rng.integers(6))
    if way == 0:
        return bytes(data[: int(rng.integers(len(data)))])
    if way == 1:
        start = int(rng.integers(len(data)))
        return bytes(data[:start] + bytes(int(rng.integers(1, 60))) + data[start:])
    if way == 2:
        start = int(rng.integers(len(data)))
        return bytes(data[:start] + data[start // 2 :])
    for _ in range(int(rng.integers(1, 20))):
        place = int(rng.integers(min(len(data), 60) if way == 3 else len(data)))
        data[place] = int(rng.integers(256))
    return bytes(data)


def broken_files(count: int, rng: Any) -> list[Row]:
    """Whole folders in a process of their own: one that hangs is ended, and told."""
    tally = Tally(
        "broken picture files in an ImageFolder",
        "read or skipped alike, and named; no folder takes for ever",
    )
    skipped = 0
    for start in range(0, count, 500):
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root, "things")
            folder.mkdir()
            many = min(500, count - start)
            for number in range(many):
                kind = FORMATS[number % len(FORMATS)]
                mode = ("RGB", "L", "P", "1")[int(rng.integers(4))]
                mode = "RGB" if kind in ("JPEG", "WEBP") else mode
                mode = "L" if kind == "PPM" and mode == "P" else mode
                file = io.BytesIO()
                in_mode(mode, 9, 12, rng).save(file, kind)
                ending = {"JPEG": "jpg"}.get(kind, kind.lower())
                content = spoiled(file.getvalue(), rng)
                (folder / f"{start + number:06}.{ending}").write_bytes(content)
            many += strange_files(folder)
            limit = 60 + 0.1 * many  # seconds; a pipe that is waited for takes for ever
            try:
                done = subprocess.run(
                    [sys.executable, "-c", CHILD, root],
                    capture_output=True, text=True, timeout=limit, check=True,
                )  # fmt: skip
                total, said, wrong = json.loads(done.stdout.splitlines()[-1])
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
                detail = str(getattr(error, "stderr", ""))[-500:]
                total, said, wrong = many, 0, [(root, f"{error!r} {detail}")] * many
            skipped += said
            for path, why in wrong:
                tally.count(False, f"{path}: {why}")
            for _ in range(total - len(wrong)):
                tally.count(True, "")
            if total != many:
                tally.count(False, f"{many - total} of {many} files not listed")
    return [tally.row(f"{skipped:,} skipped, and said")]


def strange_files(folder: Path) -> int:
    """What is in folders beside files; how many there are."""
    before = len(os.listdir(folder))
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "ring.png").symlink_to(folder / "ring.png")
    (folder / "null.png").symlink_to("/dev/null")
    (folder / "endless.png").symlink_to("/dev/zero")
    (folder / "empty.png").write_bytes(b"")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.png")
    here = os.getcwd()
    os.chdir(folder)  # names of sockets must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("wire.png")
    finally:
        os.chdir(here)
    return len(os.listdir(folder)) - before


# -- torchvision -----------------------------------------------------------------------------------


def pairs(peer: Any) -> dict[str, tuple[Any, Any]]:
    """Transforms here and those of torchvision, with nothing left to chance."""
    modes = peer.InterpolationMode
    both: dict[str, tuple[Any, Any]] = {}

    def add(name: str, *args: Any, **named: Any) -> None:
        theirs = {key: modes(one) if key == "interpolation" else one for key, one in named.items()}
        shown = ", ".join([*map(repr, args), *(f"{key}={one!r}" for key, one in named.items())])
        both[f"{name}({shown})"] = (
            getattr(T, name)(*args, **named),
            getattr(peer, name)(*args, **theirs),
        )

    for way in ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"):
        add("Resize", (7, 9), interpolation=way)
        add("Resize", 7, interpolation=way, max_size=9)
    for size in (5, (25, 3), 1):
        add("CenterCrop", size)
    for kind in ("constant", "edge", "reflect", "symmetric"):
        add("Pad", (1, 2, 3, 1), padding_mode=kind)
    add("Pad", 2, 7)
    for name in (
        "HorizontalFlip",
        "VerticalFlip",
        "Grayscale",
        "Invert",
        "Autocontrast",
        "Equalize",
    ):
        add(f"Random{name}", 1)
    add("Grayscale")
    add("Grayscale", 3)
    add("RandomPosterize", 3, 1)
    add("RandomSolarize", 100, 1)
    for factor in (0.3, 2.5):
        add("RandomAdjustSharpness", factor, 1)
        for name in ("brightness", "contrast", "saturation"):
            add("ColorJitter", **{name: (factor, factor)})
    for shift in (-0.3, 0.2):
        add("ColorJitter", hue=(shift, shift))
    add("GaussianBlur", 3, 1.1)
    add("FiveCrop", 1)
    add("TenCrop", 1)
    for angle in (90, 180, 270, -90, 30, -77.5):
        for way, expand in itertools.product(("nearest", "bilinear", "bicubic"), (False, True)):
            add("RandomRotation", (angle, angle), interpolation=way, expand=expand, fill=3)
        add("RandomRotation", (angle, angle), center=(2, 5))
        for way in ("nearest", "bilinear"):
            add(
                "RandomAffine", (angle, angle), None, (1.3, 1.3), (5, 5, -7, -7),
                interpolation=way, fill=9,
            )  # fmt: skip
    return both


def differs(found: Any, theirs: Any, mode: str, name: str) -> bool:
    """Whether two pictures are not the same, where they should be: see docs/tables/pictures.md."""
    if isinstance(found, tuple):
        each = zip(found, theirs, strict=True)
        return any(differs(one, other, mode, name) for one, other in each)
    if mode == "PA" and not name.startswith(("Center", "RandomHor", "RandomVer", "Five", "Ten")):
        theirs = found  # places in a palette are mixed there
    if "padding_mode" in name and "constant" not in name:
        modes_alike = True  # torchvision forgets the mode
    else:
        modes_alike = found.mode == theirs.mode
    first, second = numbers_of(found).astype(float), numbers_of(theirs).astype(float)
    if not modes_alike or first.shape != second.shape:
        return True
    limit = 1e-3 if mode == "F" else 1 if name.startswith(("GaussianBlur", "RandomAffine")) else 0
    apart = (np.abs(first - second) > limit).any(-1).sum()
    # What is read from the very edge is in or out by the last bit of a sine.
    return bool(apart > (name.startswith("RandomAffine") and "bilinear" in name))


def compared(rounds: int, rng: Any) -> list[Row]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torchvision.transforms as peer
    except (ImportError, RuntimeError):  # none, or one that was built for another PyTorch
        return []
    tally = Tally(
        "a transform here and in torchvision",
        "the same picture, or both refuse; one pixel at an edge aside",
    )
    both = pairs(peer)
    for _, mode, (height, width) in itertools.product(range(rounds), MODES, SIZES):
        picture = in_mode(mode, height, width, rng)
        for name, (ours, theirs) in both.items():
            problem = compare(ours, theirs, picture, name)
            tally.count(problem is None, f"{mode} {height} × {width} {name}: {problem}")
    return [tally.row(f"{len(both)} settings")]


def compare(ours: Any, theirs: Any, picture: Image.Image, name: str) -> str | None:
    """What is wrong with ours; None if nothing is. It may do what theirs refuses to."""
    try:
        expected = theirs(picture)
    except Exception:
        expected = None
    try:
        found = ours(picture)
    except ValueError as error:
        return None if expected is None else str(error)
    if expected is not None and differs(found, expected, picture.mode, name):
        return "another picture"
    return None


def run(effort: float, seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    rounds = max(1, round(10 * effort))
    return [
        *moved_pictures(rounds, rng),
        *coloured_pictures(rounds, rng),
        *masks(10 * rounds, rng),
        *broken_files(max(70, round(10_000 * effort)), rng),
        *compared(rounds, rng),
    ]
