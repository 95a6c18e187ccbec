"""The program that learns the pictures in a folder, on folders drawn here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import autotensor as at

sys.path.append(str(Path(__file__).resolve().parents[2] / "examples"))
import folder

ROOT = Path(__file__).resolve().parents[2]
COLOURS = {"green": (40, 160, 60), "red": (170, 50, 40)}
MODES = ("RGB", "P", "RGBA")


def draw(root: Path, count: int, first: int = 0) -> Path:
    """Pictures that are mostly red, or mostly green; of many sizes and modes."""
    rng = np.random.default_rng(first)
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for index in range(first, first + count):
            size = tuple(int(side) for side in rng.integers(20, 70, 2))
            picture = Image.new("RGB", size, colour)
            picture.paste(tuple(rng.integers(0, 255, 3).tolist()), (3, 3, 9, 9))
            ending = "jpg" if index % 4 == 0 else "png"
            mode = "RGB" if ending == "jpg" else MODES[index % 3]
            picture.convert(mode).save(root / name / f"{index}.{ending}")
    return root


def spoil(root: Path) -> None:
    (root / "red" / "broken.jpg").write_bytes(b"no picture")
    content = (root / "green" / "1.png").read_bytes()
    (root / "green" / "cut.png").write_bytes(content[: len(content) // 2])


SHORT = ["--epochs", "3", "--size", "32", "--batch-size", "8"]


def test_without_a_folder_it_draws_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples/folder.py"), "--quick", "--out=out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"validation accuracy: [01]\.\d{3}", lines[-1])
    with Image.open(tmp_path / "out" / "folder.png") as picture:
        assert min(picture.size) >= 600
        assert np.asarray(picture.convert("L")).std() > 20
    drawn = {path.parent.name: path for path in (tmp_path / "out" / "folder").glob("*/*.png")}
    assert sorted(drawn) == ["heart", "moon", "star"]
    modes = set()
    for path in (tmp_path / "out" / "folder" / "star").iterdir():
        with Image.open(path) as one:
            modes.add(one.mode)
    assert modes == {"L", "P", "RGB", "RGBA"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the program has been, and what it said; broken files were among the pictures."""
    here = tmp_path_factory.mktemp("folder")
    spoil(draw(here / "data", 30))
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples/folder.py"), "train", "data", "--out", "out", *SHORT],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return here, done.stdout


def test_it_learns_the_classes_of_a_folder(trained: tuple[Path, str]) -> None:
    here, said = trained
    assert float(said.splitlines()[-1].removeprefix("validation accuracy: ")) > 0.9
    for name in ("broken.jpg", "cut.png"):
        assert re.search(rf"^left out: cannot read the picture .*{re.escape(name)}: ", said, re.M)
    counts = re.findall(r"^ *(green|red): +(\d+) pictures to learn from, +(\d+) for", said, re.M)
    assert [name for name, *_ in counts] == ["green", "red"]
    assert [int(here) + int(there) for _, here, there in counts] == [30, 30]
    content = at.load(here / "out" / "folder.npz")
    assert content["classes"] == ["green", "red"]
    assert content["size"] == 32


def test_it_says_what_is_in_a_picture(
    trained: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, _ = trained
    out = ["--out", str(here / "out")]
    for name, colour in COLOURS.items():
        Image.new("RGB", (400, 90), colour).save(tmp_path / f"{name}.png")
    folder.main(["predict", str(tmp_path / "red.png"), str(tmp_path / "green.png"), *out])
    first, second = capsys.readouterr().out.splitlines()
    assert re.search(r"red\.png: red 0\.\d+, green 0\.\d+$", first)
    assert re.search(r"green\.png: green 0\.\d+, red 0\.\d+$", second)

    folder.main(["evaluate", str(draw(tmp_path / "more", 10, first=100)), *out])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["green:", "red:", "accuracy:"]
    assert float(lines[-1].split()[-1]) > 0.9


def test_parts_that_are_already_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "data"
    for part, count in (("train", 12), ("valid", 4), ("test", 5)):
        draw(root / part, count)
    out = ["--out", str(tmp_path / "out")]
    folder.main(["train", str(root), "--seed", "1", *out, *SHORT])
    said = capsys.readouterr().out
    assert re.search(r"green: +12 pictures to learn from, +4 for validation", said)
    folder.main(["evaluate", str(root), *out])
    assert re.search(r"green: \d of 5 right", capsys.readouterr().out)


def test_a_class_may_be_missing_elsewhere(
    trained: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(draw(tmp_path / "all", 6).glob("red/*")):
        (tmp_path / "some" / "red").mkdir(parents=True, exist_ok=True)
        path.rename(tmp_path / "some" / "red" / path.name)
    folder.main(["evaluate", str(tmp_path / "some"), "--out", str(trained[0] / "out")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["red:", "accuracy:"]
    assert float(lines[-1].split()[-1]) > 0.8


def test_mistakes_are_said_in_a_sentence(trained: tuple[Path, str], tmp_path: Path) -> None:
    out = ["--out", str(trained[0] / "out")]
    (tmp_path / "text.png").write_text("no picture")
    draw(tmp_path / "few", 2)
    (tmp_path / "other" / "blue").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "other" / "blue" / "1.png")
    for arguments, message in [
        (["train", str(tmp_path / "nowhere")], "there is no folder"),
        (["train", str(tmp_path / "few")], "too few pictures or classes"),
        (["predict", str(tmp_path / "text.png")], r"cannot read the picture .*text\.png"),
        (["evaluate", str(tmp_path / "other")], "unknown classes blue"),
    ]:
        with pytest.raises(SystemExit, match=message):
            folder.main([*arguments, *out])
    with pytest.raises(SystemExit, match="train first"):
        folder.main(["predict", str(tmp_path / "text.png"), "--out", str(tmp_path)])
