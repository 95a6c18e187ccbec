"""examples/mnist.py: the networks of the ladder, and a short run of all and of one."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "examples" / "mnist.py"
FULL_MNIST = ROOT.parent / "shared" / "data" / "mnist"


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("mnist_ladder", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ladder = loaded()


def result(folder: Path, *arguments: str) -> list[str]:
    """The lines that the program prints; it writes to ``folder``."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), "--out", str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def accuracy(lines: list[str]) -> float:
    found = re.fullmatch(r"test accuracy: (0\.\d{4})", lines[-1])
    assert found is not None
    return float(found[1])


WEIGHTS = {
    "softmax": 784 * 10 + 10,
    **dict.fromkeys(("sigmoid5", "adam", "relu", "dropout"), 185_300),
    "numpycnn": (25 * 8 + 8) + (200 * 8 + 8) + (800 * 128 + 128) + (128 * 10 + 10),
    "keras32": (9 * 32 + 32) + (288 * 32 + 32) + (4608 * 128 + 128) + (128 * 10 + 10),
    "cnn": (25 * 32 + 32) + (800 * 64 + 64) + (3136 * 1024 + 1024) + (1024 * 10 + 10),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_network_has_the_weights_it_should(name: str) -> None:
    model = ladder.RUNGS[name].build()
    assert sum(parameter.numel() for parameter in model.parameters()) == WEIGHTS[name]
    assert model(at.rand(3, 1, 28, 28)).shape == (3, 10)


def test_every_rung_is_tested_here() -> None:
    assert set(ladder.RUNGS) == set(WEIGHTS)


def test_he_keeps_the_size_of_what_goes_through_and_dropout_comes_before_no_score() -> None:
    at.manual_seed(0)
    model = ladder.five_layers(nn.ReLU, he=True, dropout=0.1)
    first = model[1].weight.detach().numpy()
    assert first.std() == pytest.approx(np.sqrt(2 / 784), rel=0.02)
    assert sum(isinstance(layer, nn.Dropout) for layer in model) == 4
    assert isinstance(model[len(model) - 1], nn.Linear)


def test_the_rate_decays_from_the_first_epoch_to_the_last(tmp_path: Path) -> None:
    parsed = ladder.argparse.Namespace(seed=0, data=None, epochs=3, quick=False, model=None)
    rates = ladder.climb("dropout", parsed)["learning_rate"]
    np.testing.assert_allclose(rates, [3e-3, 3e-4, 3e-5], rtol=1e-6)


def test_all_quick_rungs_in_one_picture(tmp_path: Path) -> None:
    lines = result(tmp_path, "--quick")
    assert lines[0] == "learning from MNIST(train, 4,000 samples, bundled subset)"
    assert "60,000" in lines[1]  # the bundled images do not reach what all of them do
    assert accuracy(lines) > 0.6
    assert os.listdir(tmp_path) == ["mnist.png"]
    with Image.open(tmp_path / "mnist.png") as picture:
        assert picture.size == (900, 500)
        assert np.asarray(picture.convert("L")).std() > 10


def test_one_model_with_its_curves(tmp_path: Path) -> None:
    lines = result(tmp_path, "--model", "softmax", "--epochs", "2")
    assert accuracy(lines) > 0.8
    assert accuracy(result(tmp_path, "--model", "softmax", "--epochs", "2")) == accuracy(lines)
    with Image.open(tmp_path / "mnist_softmax.png") as picture:
        assert picture.size == (900, 400)


@pytest.mark.slow
@pytest.mark.skipif(not FULL_MNIST.is_dir(), reason=f"no full MNIST in {FULL_MNIST}")
@pytest.mark.parametrize(
    ("name", "least", "options"),
    [
        ("softmax", 0.92, ()),
        ("adam", 0.97, ()),
        ("relu", 0.97, ()),
        ("dropout", 0.98, ()),
        ("numpycnn", 0.98, ("--epochs", "2")),
    ],
)
def test_cheap_rungs_on_all_of_mnist(
    tmp_path: Path, name: str, least: float, options: tuple[str, ...]
) -> None:
    lines = result(tmp_path, "--model", name, "--data", str(FULL_MNIST), *options)
    assert accuracy(lines) >= least
