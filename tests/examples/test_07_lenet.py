"""LeNet-5: the network of 1998, its descendants, and reading digits in pictures."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples.course import folder, program
from nn.data import MNIST

FULL_MNIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"


@pytest.fixture(autouse=True)
def beside_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder() / "07_lenet"))


@pytest.fixture
def lenet() -> ModuleType:
    return importlib.import_module("lenet")


@pytest.fixture
def handwriting() -> ModuleType:
    return importlib.import_module("handwriting")


@pytest.fixture
def printed(monkeypatch, capsys) -> Callable[..., list[str]]:
    """Runs a program, and gives the lines that it prints."""

    def lines(name: str, *arguments: str) -> list[str]:
        path = str(program(name).path)
        monkeypatch.setattr(sys, "argv", [path, *arguments])
        capsys.readouterr()
        runpy.run_path(path, run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return lines


# -- the network -----------------------------------------------------------------------------------


def test_the_table_is_as_the_paper_describes_it(lenet: ModuleType) -> None:
    """Three neighbours, then four neighbours, then two pairs apart, then all; all in a circle."""
    mask = lenet.LeNet5().conv3.mask.numpy()[:, :, 0, 0]
    assert mask.shape == (16, 6)
    expected = [{(k + i) % 6 for i in range(3)} for k in range(6)]
    expected += [{(k + i) % 6 for i in range(4)} for k in range(6)]
    expected += [{k, k + 1, (k + 3) % 6, (k + 4) % 6} for k in range(3)]
    expected += [set(range(6))]
    assert [set(np.flatnonzero(row)) for row in mask] == expected


def test_the_table_is_that_of_the_lecture(lenet: ModuleType) -> None:
    rows = [
        *("1000111001111011", "1100011100111101", "1110001110010111"),
        *("0111001111001011", "0011100111101101", "0001110011110111"),
    ]
    mask = lenet.LeNet5().conv3.mask.numpy()[:, :, 0, 0]
    np.testing.assert_array_equal(mask.T, [[int(one) for one in row] for row in rows])


def test_it_has_as_many_weights_as_in_1998(lenet: ModuleType) -> None:
    model = lenet.LeNet5()
    unused = 25 * (model.conv3.mask.numpy() == 0).sum()
    counts = [sum(p.numel() for p in layer.parameters()) for layer in model.children()]
    assert counts == [156, 1516 + unused, 48120, 10164, 850]
    assert model(at.rand(3, 1, 28, 28)).shape == (3, 10)


@pytest.mark.parametrize("variant", ["keras", "relu"])
def test_a_variant_has_61706_weights(lenet: ModuleType, variant: str) -> None:
    """156 + 2,416 + 48,120 + 10,164 + 850: all maps are connected, the rest is as in 1998."""
    model = lenet.VARIANTS[variant]()
    assert sum(p.numel() for p in model.parameters()) == 61_706
    assert model(at.rand(2, 1, 28, 28)).shape == (2, 10)


def test_a_masked_convolution_sees_and_trains_only_what_is_connected(lenet: ModuleType) -> None:
    layer = lenet.MaskedConv2d("X . X\n. X X", kernel_size=3)
    x = at.randn(2, 2, 5, 5)
    out = layer(x)
    for output, inputs in enumerate([[0], [1], [0, 1]]):
        alone = F.conv2d(
            x[:, inputs],
            layer.weight[output : output + 1, inputs],
            layer.bias[output : output + 1],
        )
        np.testing.assert_allclose(
            out[:, output].detach().numpy(), alone[:, 0].detach().numpy(), rtol=1e-5, atol=1e-6
        )
    out.square().sum().backward()
    trained = np.abs(layer.weight.grad.numpy()).sum(axis=(2, 3)) > 0
    np.testing.assert_array_equal(trained, [[True, False], [False, True], [True, True]])


# -- the programs ----------------------------------------------------------------------------------


def test_a_run_ends_with_the_accuracy_that_the_others_find_in_its_weights(
    printed: Callable[..., list[str]], tmp_path: Path
) -> None:
    lines = printed("train_lenet", "--epochs", "1", "--out", str(tmp_path))
    assert lines[0] == "LeNet-5 learns from MNIST(train, 4,000 samples, bundled subset)"
    assert lines[1].startswith("epoch 1/1: loss ")
    found = re.fullmatch(r"test accuracy: (0\.\d{3})", lines[-1])
    assert found is not None
    assert float(found[1]) > 0.8
    with np.load(tmp_path / "lenet.npz") as weights:
        assert weights["conv1.weight"].shape == (6, 1, 5, 5)
        assert "conv3.mask" not in weights

    mistakes = printed("lenet_mistakes", "--out", str(tmp_path))
    assert mistakes[0] == f"weights: {tmp_path / 'lenet.npz'}"
    assert mistakes[-1] == lines[-1]
    assert re.fullmatch(r"most often: \d taken for \d, \d+ times", mistakes[-2])

    reading = printed("read_digit", "--out", str(tmp_path))
    plain, paper = (re.findall(r"(\d)/(\d)", line) for line in reading[3:5])
    assert [label for _, label in plain] == [label for _, label in paper]
    assert sum(one == label for one, label in paper) >= 7
    assert reading[-1].endswith(f": {sum(one == label for one, label in paper)} of 10")

    picture = printed(
        "read_digit", "--picture", str(tmp_path / "handwriting" / "digit_0.png"), *out(tmp_path)
    )
    shares = [float(line.split()[1]) for line in picture[-11:-1]]
    assert sum(shares) == pytest.approx(1, abs=0.001)
    assert picture[-1] == f"digit: {np.argmax(shares)}"


def out(path: Path) -> list[str]:
    return ["--out", str(path)]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    printed: Callable[..., list[str]], tmp_path: Path
) -> None:
    for name, seed in (("first", "0"), ("again", "0"), ("other", "1")):
        printed("train_lenet", "--short", "--seed", seed, *out(tmp_path / name))
    first, again, other = (
        (tmp_path / name / "lenet.npz").read_bytes() for name in ("first", "again", "other")
    )
    assert first == again
    assert first != other


def test_without_matplotlib_the_network_learns_all_the_same(
    printed: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    lines = printed("train_lenet", "--short", *out(tmp_path))
    assert lines[-3] == (
        "no train_lenet_digits.png: Matplotlib is missing; pip install 'autotensor[plot]'"
    )
    assert lines[-1].startswith("test accuracy: ")
    assert [path.name for path in tmp_path.iterdir()] == ["lenet.npz"]


@pytest.mark.parametrize("variant", ["keras", "relu"])
def test_a_variant_has_files_of_its_own(
    printed: Callable[..., list[str]], tmp_path: Path, variant: str
) -> None:
    lines = printed("train_lenet", "--short", "--variant", variant, *out(tmp_path))
    assert lines[0].startswith(f"LeNet-5 ({variant}) learns from ")
    assert (tmp_path / f"lenet_{variant}.npz").exists()
    mistakes = printed("lenet_mistakes", "--variant", variant, *out(tmp_path))
    assert mistakes[-1] == lines[-1]


def test_penalties_hold_the_weights(printed: Callable[..., list[str]], tmp_path: Path) -> None:
    lines = printed("penalties", "--epochs", "2", "--digits", "2000", *out(tmp_path))
    found = [re.search(r"weight ([\d.]+), norm of all ([\d.]+)", line) for line in lines[:3]]
    norms = [float(match[2]) for match in found if match]
    assert len(norms) == 3
    assert max(norms[1:]) < 0.75 * norms[0]
    assert float(lines[-1].rpartition(": ")[2]) > 1


@pytest.mark.parametrize("change", [("--rate", "0.05"), ("--strength", "0.03")])
def test_what_the_text_on_penalties_proposes_runs(
    printed: Callable[..., list[str]], tmp_path: Path, change: tuple[str, str]
) -> None:
    lines = printed("penalties", "--epochs", "1", "--digits", "640", *change, *out(tmp_path))
    assert float(lines[-1].rpartition(": ")[2]) > 0


def test_a_start_in_the_tens_explodes_and_the_right_sign_of_l2_holds_it(
    printed: Callable[..., list[str]], tmp_path: Path
) -> None:
    lines = printed("exploding_weights", "--epochs", "3", "--digits", "2000", *out(tmp_path))
    number = r"(-?[\d.]+(?:e\+\d+)?)"
    found = [
        re.search(rf"from +{number} to +{number}, test accuracy ([\d.]+)", line)
        for line in lines[:4]
    ]
    plain, held, wrong, right = (
        max(abs(float(one[1])), abs(float(one[2]))) for one in found if one
    )
    assert right < 1 < 10 < held < plain / 2
    assert 10_000 < plain < 40_000
    assert wrong > 10 * plain
    start, usual = (float(one[3]) for one in (found[0], found[3]) if one)
    assert start < 0.2 < 0.7 < usual
    mild = printed("exploding_weights", "--short", "--rate", "0.1", *out(tmp_path))
    assert float(mild[-1].rpartition(": ")[2]) < plain / 5


def test_keras_lenet_says_what_the_lecture_says(
    printed: Callable[..., list[str]], tmp_path: Path
) -> None:
    lines = printed("keras_lenet", "--short", "--rate", "0.05", *out(tmp_path))
    text = "\n".join(lines)
    assert "sizes: 28 28 14 10 5 1, 61,706 weights" in text
    assert "a stride of 3 or 1 makes a difference of 0" in text
    assert re.search(r"1,516 with the table,\s+2,416 if every map feeds every other", text)
    assert "False with &, True with and" in text


def test_one_hot_labels_have_the_loss_of_the_labels_themselves() -> None:
    scores, labels = at.randn(6, 10), at.tensor([0, 3, 3, 9, 1, 5])
    one_hot = nn.functional.one_hot(labels, 10).float()
    plain = F.cross_entropy(scores, labels).item()
    assert F.cross_entropy(scores, one_hot).item() == pytest.approx(plain, rel=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(not FULL_MNIST.is_dir(), reason=f"no full MNIST in {FULL_MNIST}")
@pytest.mark.parametrize("variant", ["1998", "keras", "relu"])
def test_all_of_mnist_in_ten_epochs(
    printed: Callable[..., list[str]], tmp_path: Path, variant: str
) -> None:
    data = ["--data", str(FULL_MNIST), "--epochs", "10", *out(tmp_path)]
    last = printed("train_lenet", "--variant", variant, *data)[-1]
    assert float(last.removeprefix("test accuracy: ")) >= 0.989


# -- reading a picture -----------------------------------------------------------------------------


def on_paper(image: Image.Image) -> Image.Image:
    """Blue ink on cream paper, large, away from the middle, in uneven light."""
    large = image.resize((224, 224), Image.Resampling.BICUBIC)
    paper = Image.new("RGB", (500, 400), (240, 235, 220))
    paper.paste((30, 30, 120), (210, 20), large)
    light = np.linspace(0.8, 1, 500)[:, None]
    grain = np.random.default_rng(0).normal(0, 5, (400, 500, 1))
    return Image.fromarray((np.asarray(paper) * light + grain).clip(0, 255).astype(np.uint8))


KINDS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "dark on light": ImageOps.invert,
    "palette": lambda image: image.convert("P"),
    "16 bit": lambda image: Image.fromarray(np.asarray(image).astype(np.uint16) * 257),
    "transparent": lambda image: Image.merge("LA", (Image.new("L", image.size), image)),
    "black and white": lambda image: image.convert("1"),
    "three times as large": lambda image: image.resize((84, 84), Image.Resampling.BICUBIC),
    "on paper": on_paper,
}


def alike(found: np.ndarray, expected: np.ndarray) -> float:
    """The correlation of two pictures, to within one pixel of place."""
    return max(
        np.corrcoef(np.roll(found, (down, right), axis=(0, 1)).ravel(), expected.ravel())[0, 1]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_read_as_mnist_would_show_it(
    handwriting: ModuleType, tmp_path: Path, kind: str
) -> None:
    """MNIST's own digits, dressed up, come back as they were."""
    digits = MNIST(train=False)
    for index in range(10):
        picture = KINDS[kind](Image.fromarray(digits.images[index]))
        picture.save(tmp_path / "digit.png")
        found = handwriting.read_picture(tmp_path / "digit.png")
        assert found.shape == (28, 28)
        assert found.dtype == np.float32
        assert found.max() == 255
        assert alike(found, digits.images[index]) > 0.9


def test_a_digit_on_any_paper_is_read_as_mnist_would_show_it(
    handwriting: ModuleType, tmp_path: Path
) -> None:
    digits, rng = MNIST(train=False), np.random.default_rng(0)
    for look in range(len(handwriting.LOOKS)):
        handwriting.put_on_paper(digits.images[look], tmp_path / "digit.png", look, rng)
        found = handwriting.read_picture(tmp_path / "digit.png")
        assert alike(found, digits.images[look]) > 0.75  # turned by up to 8 degrees


def test_a_thin_line_stays_inside(handwriting: ModuleType, tmp_path: Path) -> None:
    """Its centre of mass is far from the middle of its box."""
    pixels = np.zeros((60, 60), np.uint8)
    pixels[5:55, 30] = 255
    pixels[50:55, 10:50] = 255
    Image.fromarray(pixels).save(tmp_path / "digit.png")
    rows = np.flatnonzero(handwriting.read_picture(tmp_path / "digit.png").any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    Image.new("RGB", (50, 50), "white").save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("no picture")
    for arguments, message in [
        (["read_digit", "--picture", "blank.png"], "there is no digit to see"),
        (["read_digit", "--picture", "text.png"], "cannot identify image file"),
        (["read_digit", "--picture", "missing.png"], "No such file"),
        (["train_lenet", "--data", "nowhere"], "MNIST: the folder "),
    ]:
        done = subprocess.run(
            [sys.executable, "-m", "autotensor.examples", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(folder().parent)},
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        assert message in done.stderr
        assert "Traceback" not in done.stderr
