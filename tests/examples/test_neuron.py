"""examples/neuron.py: three gradients that agree."""

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
def neuron(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import neuron

    return neuron


def test_a_short_run(tmp_path: Path) -> None:
    program = str(ROOT / "examples" / "neuron.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", program, "--quick", "--out", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"largest difference: (\d\.\de-\d\d)", done.stdout.splitlines()[-1])
    assert found is not None
    assert float(found[1]) < 1e-8
    with Image.open(tmp_path / "neuron.png") as image:
        assert min(image.size) > 500
        assert np.asarray(image.convert("L")).std() > 10


@pytest.mark.parametrize(
    ("name", "weights"),
    [("one_neuron", 3), ("three_neurons", 9), ("dense_layer", 9), ("two_layers", 17)],
)
def test_all_three_agree_for_every_weight(neuron: ModuleType, name: str, weights: int) -> None:
    at.manual_seed(7)
    case = getattr(neuron, name)()
    before = neuron.in_a_column(case.weights.values())
    gradients = neuron.three_ways(case)
    assert gradients.shape == (weights, 3)
    assert len(neuron.names(case)) == weights
    assert np.abs(gradients).max() > 1e-3
    np.testing.assert_allclose(gradients[:, 0], gradients[:, 2], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(gradients[:, 1], gradients[:, 2], rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(neuron.in_a_column(case.weights.values()), before)


def test_a_mistake_by_hand_is_seen(neuron: ModuleType) -> None:
    case = neuron.dense_layer()
    wrong = case._replace(by_hand=lambda: [2 * one for one in case.by_hand()])
    assert np.ptp(neuron.three_ways(wrong), axis=1).max() > 1e-3


def test_one_neuron_in_plain_numbers(neuron: ModuleType) -> None:
    a = np.tanh(0.9 * 0.8 - 1.4 * 0.6 + 0.3)
    dz = (a - 0.7) * (1 - a**2)
    gradients = neuron.three_ways(neuron.one_neuron())
    np.testing.assert_allclose(gradients[:, 2], [dz * 0.8, dz * 0.6, dz], rtol=1e-12)
