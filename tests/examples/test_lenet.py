"""examples/lenet.py: the network of 1998, a short run from end to end, and reading a picture."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

import autotensor as at
import nn.functional as F
from nn.data import MNIST

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "examples" / "lenet.py"
FULL_MNIST = ROOT.parent / "shared" / "data" / "mnist"


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("lenet", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lenet = loaded(PROGRAM)
SHORT = ["--epochs", "1", "--batch-size", "100"]


# -- the network -----------------------------------------------------------------------------------


def test_the_table_is_as_the_paper_describes_it() -> None:
    """Three neighbours, then four neighbours, then two pairs apart, then all; all in a circle."""
    mask = lenet.LeNet5().conv3.mask.numpy()[:, :, 0, 0]
    assert mask.shape == (16, 6)
    expected = [{(k + i) % 6 for i in range(3)} for k in range(6)]
    expected += [{(k + i) % 6 for i in range(4)} for k in range(6)]
    expected += [{k, k + 1, (k + 3) % 6, (k + 4) % 6} for k in range(3)]
    expected += [set(range(6))]
    assert [set(np.flatnonzero(row)) for row in mask] == expected


def test_it_has_as_many_weights_as_in_1998() -> None:
    model = lenet.LeNet5()
    unused = 25 * (model.conv3.mask.numpy() == 0).sum()
    counts = [sum(p.numel() for p in layer.parameters()) for layer in model.children()]
    assert counts == [156, 1516 + unused, 48120, 10164, 850]


def test_shapes() -> None:
    assert lenet.LeNet5()(at.rand(3, 1, 28, 28)).shape == (3, 10)


def test_a_masked_convolution_sees_and_trains_only_what_is_connected() -> None:
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


# -- from end to end -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A short run from another folder: where it wrote to, and what it printed."""
    folder = tmp_path_factory.mktemp("lenet")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), "--out", "results", *SHORT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "results", done.stdout


def test_a_run_ends_with_the_test_accuracy(run: tuple[Path, str]) -> None:
    lines = run[1].splitlines()
    assert lines[0] == "LeNet-5 learns from MNIST(train, 4,000 samples, bundled subset)"
    assert lines[1].startswith("epoch 1/1: loss ")
    found = re.fullmatch(r"test accuracy: (0\.\d{3})", lines[-1])
    assert found is not None
    assert float(found[1]) > 0.7


def test_a_run_writes_weights_and_pictures(run: tuple[Path, str]) -> None:
    folder, _ = run
    assert sorted(os.listdir(folder)) == ["lenet.npz", "lenet_curve.png", "lenet_digits.png"]
    with np.load(folder / "lenet.npz") as weights:
        assert weights["conv1.weight"].shape == (6, 1, 5, 5)
        assert "conv3.mask" not in weights
    for name in ("lenet_curve.png", "lenet_digits.png"):
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 400
            assert np.asarray(picture.convert("L")).std() > 10


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    run: tuple[Path, str], tmp_path: Path
) -> None:
    for seed in ("0", "1"):
        lenet.main(["--out", str(tmp_path / seed), "--seed", seed, *SHORT])
    weights = [folder / "lenet.npz" for folder in (run[0], tmp_path / "0", tmp_path / "1")]
    first, again, other = (path.read_bytes() for path in weights)
    assert first == again
    assert first != other


def test_without_matplotlib_the_sheet_is_drawn_and_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    lenet.main(["--out", str(tmp_path), *SHORT])
    out = capsys.readouterr().out
    assert "pip install 'autotensor[plot]'" in out
    assert out.splitlines()[-1].startswith("test accuracy: ")
    assert sorted(os.listdir(tmp_path)) == ["lenet.npz", "lenet_digits.png"]


@pytest.mark.slow
@pytest.mark.skipif(not FULL_MNIST.is_dir(), reason=f"no full MNIST in {FULL_MNIST}")
def test_all_of_mnist_in_ten_epochs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lenet.main(["--data", str(FULL_MNIST), "--epochs", "10", "--out", str(tmp_path)])
    last = capsys.readouterr().out.splitlines()[-1]
    assert float(last.removeprefix("test accuracy: ")) >= 0.989


# -- variants, penalties, mistakes -----------------------------------------------------------------


@pytest.mark.parametrize(("variant", "weights"), [("keras", 61_706), ("relu", 61_706)])
def test_a_variant_has_the_weights_it_should_and_files_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], variant: str, weights: int
) -> None:
    """156 + 2,416 + 48,120 + 10,164 + 850: all maps are connected, the rest is as in 1998."""
    model = lenet.VARIANTS[variant]()
    assert sum(p.numel() for p in model.parameters()) == weights
    assert model(at.rand(2, 1, 28, 28)).shape == (2, 10)
    lenet.main(["--variant", variant, "--out", str(tmp_path), *SHORT])
    assert capsys.readouterr().out.startswith(f"LeNet-5 ({variant}) learns from ")
    names = [f"lenet_{variant}{ending}" for ending in (".npz", "_curve.png", "_digits.png")]
    assert sorted(os.listdir(tmp_path)) == names


def test_the_l1_penalty_is_the_sum_of_all_absolute_weights_and_only_in_training() -> None:
    model = lenet.relu_lenet()
    scores, labels = at.randn(4, 10), at.tensor([1, 2, 3, 4])
    plain = F.cross_entropy(scores, labels).item()
    total = sum(float(np.abs(p.detach().numpy()).sum()) for p in model.parameters())
    loss = lenet.penalised(model, 0.01)
    assert loss(scores, labels).item() == pytest.approx(plain + 0.01 * total, rel=1e-5)
    model.eval()
    assert loss(scores, labels).item() == plain


def test_either_penalty_makes_weights_smaller(tmp_path: Path) -> None:
    norms = []
    for l1, l2 in ((0, 0), (0.003, 0), (0, 0.05)):
        out = tmp_path / f"{l1} {l2}"
        lenet.main(["--out", str(out), "--l1", str(l1), "--l2", str(l2), *SHORT])
        weights = at.load(out / "lenet.npz").values()
        norms.append(sum(float(np.square(value.numpy()).sum()) for value in weights))
    assert norms[1] < 0.8 * norms[0]
    assert norms[2] < 0.8 * norms[0]


def test_penalties_hold_the_weights_that_explode(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lenet.main(["--penalties", "--epochs", "2", "--out", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    found = [re.search(r"largest weight +([\d.]+), norm +([\d.]+)", line) for line in lines[1:4]]
    norms = [float(match[2]) for match in found if match]
    assert len(norms) == 3
    assert max(norms[1:]) < 0.6 * norms[0]
    assert float(lines[-1].rpartition(": ")[2]) > 1
    with Image.open(tmp_path / "lenet_penalties.png") as picture:
        assert picture.size == (900, 360)


def test_mistakes_are_drawn_from_what_was_trained(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(run[0] / "lenet.npz", tmp_path)
    lenet.main(["--mistakes", "--out", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == run[1].splitlines()[-1]  # the same accuracy as after training
    assert re.fullmatch(r"most often: \d taken for \d, \d+ times", lines[-2])
    for name in ("lenet_confusion.png", "lenet_mistakes.png"):
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 500
            assert np.asarray(picture.convert("L")).std() > 10
    with pytest.raises(SystemExit, match="train first"):
        lenet.main(["--mistakes", "--variant", "relu", "--out", str(tmp_path)])


@pytest.mark.slow
@pytest.mark.skipif(not FULL_MNIST.is_dir(), reason=f"no full MNIST in {FULL_MNIST}")
@pytest.mark.parametrize("variant", ["keras", "relu"])
def test_variants_on_all_of_mnist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], variant: str
) -> None:
    data = ["--data", str(FULL_MNIST), "--epochs", "10", "--out", str(tmp_path)]
    lenet.main(["--variant", variant, *data])
    last = capsys.readouterr().out.splitlines()[-1]
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_read_as_mnist_would_show_it(tmp_path: Path, kind: str) -> None:
    """MNIST's own digits, dressed up, come back as they were, to within one pixel of place."""
    digits = MNIST(train=False)
    for index in range(10):
        picture = KINDS[kind](Image.fromarray(digits.images[index]))
        picture.save(tmp_path / "digit.png")
        found = lenet.read_digit(tmp_path / "digit.png").numpy()[0, 0]
        expected = digits[index][0].numpy()[0]
        assert found.shape == (28, 28)
        assert found.dtype == np.float32
        assert found.max() == 1
        alike = [
            np.corrcoef(np.roll(found, (down, right), axis=(0, 1)).ravel(), expected.ravel())[0, 1]
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
        ]
        assert max(alike) > 0.9


def test_a_thin_line_stays_inside(tmp_path: Path) -> None:
    """Its centre of mass is far from the middle of its box."""
    pixels = np.zeros((60, 60), np.uint8)
    pixels[5:55, 30] = 255
    pixels[50:55, 10:50] = 255
    Image.fromarray(pixels).save(tmp_path / "digit.png")
    found = lenet.read_digit(tmp_path / "digit.png").numpy()[0, 0]
    rows = np.flatnonzero(found.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20


def test_predict_prints_the_digit_and_its_probabilities(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = MNIST(train=False)
    seven = int(np.flatnonzero(digits.labels == 7)[0])
    on_paper(Image.fromarray(digits.images[seven])).save(tmp_path / "seven.png")
    lenet.main(["--predict", str(tmp_path / "seven.png"), "--out", str(run[0])])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "digit: 7"
    assert [line.split()[0] for line in rest] == [str(digit) for digit in range(10)]
    probabilities = [float(line.split()[1]) for line in rest]
    assert sum(probabilities) == pytest.approx(1, abs=0.001)
    assert max(probabilities) == probabilities[7]


def test_what_cannot_be_read_is_said_in_a_sentence(run: tuple[Path, str], tmp_path: Path) -> None:
    Image.new("RGB", (50, 50), "white").save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("no picture")
    for picture, message in [
        ("blank.png", "there is no digit to see"),
        ("text.png", "cannot identify image file"),
        ("missing.png", "No such file"),
    ]:
        with pytest.raises(SystemExit, match=message):
            lenet.main(["--predict", str(tmp_path / picture), "--out", str(run[0])])
    with pytest.raises(SystemExit, match="train first, without --predict"):
        lenet.main(["--predict", str(tmp_path / "blank.png"), "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"MNIST: the folder .*nowhere does not exist"):
        lenet.main(["--data", str(tmp_path / "nowhere")])
