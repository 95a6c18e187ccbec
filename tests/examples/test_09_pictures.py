"""Your own pictures: folders of one's own, what is refused, and what the programs measure."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import autotensor as at
from autotensor.examples.course import folder, program

COLOURS = {"green": (40, 160, 60), "red": (170, 50, 40)}
MODES = ("RGB", "P", "RGBA")
SHORT = ["--epochs", "3", "--size", "32"]


@pytest.fixture(autouse=True)
def chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules that the programs share can be imported, and are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder() / "09_pictures"))
    yield
    for name in set(sys.modules) - before:
        if name in ("drawn", "folders"):
            del sys.modules[name]


@pytest.fixture
def drawn() -> ModuleType:
    return importlib.import_module("drawn")


@pytest.fixture
def folders() -> ModuleType:
    return importlib.import_module("folders")


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a program without pictures, and gives what it printed and what it knew at its end."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    def run(name: str, *arguments: object) -> tuple[str, dict]:
        path = str(program(name).path)
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        capsys.readouterr()
        known = runpy.run_path(path, run_name="__main__")
        return capsys.readouterr().out, known

    return run


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


def test_it_learns_the_classes_of_a_folder(say, tmp_path: Path) -> None:
    root = draw(tmp_path / "data", 30)
    (root / "red" / "broken.jpg").write_bytes(b"no picture")
    content = (root / "green" / "1.png").read_bytes()
    (root / "green" / "cut.png").write_bytes(content[: len(content) // 2])
    said, _ = say("folder", "--folder", root, "--out", tmp_path, *SHORT)
    assert float(said.splitlines()[-1].removeprefix("validation accuracy: ")) > 0.9
    for name in ("broken.jpg", "cut.png"):
        assert re.search(rf"^left out: cannot read the picture .*{re.escape(name)}: ", said, re.M)
    counts = re.findall(r"^ *(green|red): +(\d+) pictures to learn from, +(\d+) for", said, re.M)
    assert [name for name, *_ in counts] == ["green", "red"]
    assert [int(here) + int(there) for _, here, there in counts] == [30, 30]
    kept = at.load(tmp_path / "folder.npz")
    assert kept["classes"] == ["green", "red"]
    assert kept["size"] == 32

    # The other program answers with these weights.
    for name, colour in COLOURS.items():
        one = tmp_path / f"{name}.png"
        Image.new("RGB", (400, 90), colour).save(one)
        said, _ = say("folder_predict", "--picture", one, "--out", tmp_path)
        assert re.fullmatch(rf"{name}: [01]\.\d+", said.splitlines()[-1])
    some = draw(tmp_path / "some", 6, first=100)
    for path in (some / "green").iterdir():
        path.unlink()
    (some / "green").rmdir()
    said, known = say("folder_predict", "--folder", some, "--out", tmp_path)
    assert known["targets"].tolist() == [1] * 6  # red is class 1 although alone here
    assert float(said.split()[-1]) > 0.8
    (some / "blue").mkdir()
    Image.new("RGB", (9, 9)).save(some / "blue" / "1.png")
    with pytest.raises(SystemExit, match="unknown classes blue"):
        say("folder_predict", "--folder", some, "--out", tmp_path)


def test_parts_that_are_already_there(say, tmp_path: Path) -> None:
    for part, count in (("train", 12), ("valid", 4)):
        draw(tmp_path / "data" / part, count)
    said, _ = say("folder", "--folder", tmp_path / "data", "--out", tmp_path, *SHORT)
    assert re.search(r"green: +12 pictures to learn from, +4 for validation", said)


def test_too_few_pictures_are_refused(say, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="too few pictures or classes"):
        say("folder", "--folder", draw(tmp_path / "few", 2), "--out", tmp_path)


def test_mistakes_come_first_and_every_class_is_shown(folders: ModuleType) -> None:
    targets = np.repeat([0, 1, 2], 20)
    shares = np.eye(3)[targets]
    shares[[3, 25, 45]] = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    chosen = folders.mistakes_first(targets, shares, 12)
    assert sorted(chosen[:3]) == [3, 25, 45]
    assert len(set(chosen)) == 12
    assert set(targets[chosen[3:]]) == {0, 1, 2}
    # Many mistakes, sorted by class as in folders: they are of all classes too.
    chosen = folders.mistakes_first(targets, np.roll(np.eye(3)[targets], 1, axis=1), 12)
    assert set(targets[chosen]) == {0, 1, 2}


def test_pictures_are_the_same_for_the_same_seed_and_differ_among_themselves(
    drawn: ModuleType, folders: ModuleType
) -> None:
    kinds = (drawn.shape, drawn.SHAPES), (drawn.pet, drawn.PETS), (drawn.face, list(drawn.PEOPLE))
    for draw_one, names in kinds:
        first, again = (
            folders.pictures(draw_one, names, 3, np.random.default_rng(0)) for _ in range(2)
        )
        np.testing.assert_array_equal(first[0], again[0])
        assert first[0].shape == (3 * len(names), 3, 32, 32)
        assert np.bincount(first[1]).tolist() == [3] * len(names)
        assert len(np.unique(first[0].numpy().reshape(len(first[0]), -1), axis=0)) == len(first[0])


def test_labels_in_a_column_are_all_0_to_the_lecture_s_accuracy(say, tmp_path: Path) -> None:
    said, known = say("pets", "--short", "--out", tmp_path)
    assert known["column"].shape == (200, 1)
    assert not known["as_lectured"].any()
    assert ", and 1.000 for who always says cat" in said
    assert known["targets"].sum() == 100
    assert sum(one.numel() for one in known["lenet"].parameters()) == 61_326
    modes = set()
    for path in (tmp_path / "pets" / "train" / "cat").iterdir():
        with Image.open(path) as one:
            modes.add(one.mode)
    assert "L" in modes  # which the lecture's loader cannot read


def test_the_wrong_way_round_the_circle_is_the_shorter_one(say, tmp_path: Path) -> None:
    _, known = say("angle", "--short", "--out", tmp_path)
    off = known["error"](np.array([1.0, 359.0, 90.0, 0.0]), np.array([359.0, 1.0, 80.0, 180.0]))
    np.testing.assert_allclose(off, [2, 2, 10, 180])
    assert (tmp_path / "angle.npz").exists()


def test_cosine_and_sine_have_no_seam(say, tmp_path: Path) -> None:
    _, known = say("angle", "--hands", 300, "--epochs", 8, "--out", tmp_path)
    means = {
        name: known["error"](values, known["test_degrees"]).mean()
        for name, values in known["found"].items()
    }
    assert means["cosine and sine"] < 8
    assert means["cosine and sine"] < 0.7 * means["the angle itself"]


def test_what_leaks_is_not_empty(say, tmp_path: Path) -> None:
    _, known = say("inception", "--short", "--leaky", "--out", tmp_path)
    assert not known["silent"].any()
    assert known["sizes"] == {"one size": 11_794, "inception": 7_542}
