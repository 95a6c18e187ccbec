"""examples/spiral.py: training, saving, applying."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import autotensor as at

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def spiral(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import spiral

    return spiral


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / "spiral.py"), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_a_short_run_and_then_apply(tmp_path: Path) -> None:
    done = ran("--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"accuracy on 3,000 fresh points: 0\.\d{3}", last)
    applied = ran("--apply", "--out", str(tmp_path))
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.splitlines()[-1] == last
    for name in ("spiral.png", "spiral_applied.png"):
        with Image.open(tmp_path / name) as image:
            assert min(image.size) > 400
            assert np.asarray(image.convert("L")).std() > 10


def test_apply_without_weights_says_what_to_do(tmp_path: Path) -> None:
    done = ran("--apply", "--out", str(tmp_path))
    assert done.returncode == 1
    assert "train first, without --apply" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_sparse_and_one_hot_labels_are_one_loss(spiral: ModuleType) -> None:
    scores = at.randn(20, 3, requires_grad=True)
    classes = at.randint(0, 3, (20,))
    values, gradients = [], []
    for loss in (spiral.with_sparse_labels, spiral.with_one_hot_labels):
        value = loss(scores, classes)
        values.append(value.item())
        gradients.append(at.grad(value, [scores])[0].numpy())
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-7)


def test_root_mean_square(spiral: ModuleType) -> None:
    scores = at.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    found = spiral.root_mean_square(scores, at.tensor([0, 2])).item()
    assert found == pytest.approx((4 / 6) ** 0.5)


def test_fresh_points_are_not_those_for_training(spiral: ModuleType) -> None:
    from argparse import Namespace

    at.manual_seed(0)
    training, _ = spiral.spiral_data(1000)
    fresh, classes = spiral.fresh(Namespace(seed=0))
    again, _ = spiral.fresh(Namespace(seed=0))
    assert fresh.shape == (3000, 2)
    np.testing.assert_array_equal(np.bincount(classes.numpy()), [1000] * 3)
    np.testing.assert_array_equal(fresh.numpy(), again.numpy())
    # The inmost point of every arm is the centre; nothing else may be the same.
    same = (fresh.numpy() == training.numpy()).all(axis=1)
    assert same.sum() <= 3


@pytest.mark.slow
def test_a_full_run_is_right_about_95_of_100_fresh_points(tmp_path: Path) -> None:
    done = ran("--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) >= 0.95
