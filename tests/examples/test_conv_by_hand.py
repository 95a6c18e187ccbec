"""examples/conv_by_hand.py: the terms of the two gradients of a convolution."""

from __future__ import annotations

import os
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
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import conv_by_hand

    return conv_by_hand


def test_a_short_run(tmp_path: Path) -> None:
    program = str(ROOT / "examples" / "conv_by_hand.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", program, "--quick", "--out", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "largest difference: 0"
    assert any(
        line.startswith("∂E/∂w12 = d11·x12 + d12·x13 + d21·x22 + d22·x23 ") for line in lines
    )
    assert any(
        line.startswith("∂E/∂x22 = d11·w22 + d12·w21 + d21·w12 + d22·w11 ") for line in lines
    )
    assert any(line.startswith("∂E/∂x13 = d12·w12 ") for line in lines)
    with Image.open(tmp_path / "conv_by_hand.png") as image:
        assert min(image.size) > 500
        assert np.asarray(image.convert("L")).std() > 10


def test_the_terms_come_from_the_graph(program: ModuleType) -> None:
    x = program.scalars("x", at.arange(9.0).reshape(3, 3))
    w = program.scalars("w", at.ones(2, 2))
    names = {tensor: name for name, tensor in (x | w).items()}
    y = program.slide(x, w)
    expected = "Add(Add(Add(Mul(x22, w11), Mul(x23, w12)), Mul(x32, w21)), Mul(x33, w22))"
    assert program.in_the_graph(y["y22"].grad_fn, names) == expected
    counts = [[len(program.terms(x[f"x{i}{j}"], y)) for j in (1, 2, 3)] for i in (1, 2, 3)]
    assert counts == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_sums_of_numpy_convolve_are_the_convolution(program: ModuleType) -> None:
    X, W = at.randn(4, 5), at.randn(2, 3)
    expected = np.zeros((5, 7))
    for i, j in np.ndindex(4, 5):
        for u, v in np.ndindex(2, 3):
            expected[i + u, j + v] += X[i, j].item() * W[u, v].item()
    np.testing.assert_allclose(program.convolve(X, W), expected, rtol=1e-5, atol=1e-6)


def test_a_filter_that_is_not_turned_would_be_noticed(program: ModuleType) -> None:
    X, W = at.arange(9.0).reshape(3, 3), at.tensor([[1.0, 2.0], [3.0, 4.0]])
    inside = program.convolve(X, W)[1:-1, 1:-1]
    assert np.abs(program.conv2d(X, W).numpy() - inside).max() > 1
    assert program.compare(X, W, at.ones(2, 2)) == 0
