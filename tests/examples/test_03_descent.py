"""Descent: the rates, the limits and the spiral's training, against plain arithmetic."""

from __future__ import annotations

import importlib
import math
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples.course import folder
from nn import optim
from nn.data import spiral_data


@pytest.fixture
def spiral(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder() / "03_descent"))
    return importlib.import_module("spiral")


def test_the_loop_in_view_is_the_optimizer_s(spiral: ModuleType) -> None:
    """μ·v − α·g and PyTorch's v = μ·v + g, w − α·v are the same as long as α is constant."""
    points, classes = spiral_data(20, spacing=10, generator=0)
    at.manual_seed(3)
    mine = spiral.network(4).double()
    theirs = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3)).double()
    theirs.load_state_dict(mine.state_dict())
    settings = {"rate": 0.1, "momentum": 0.9}
    history = spiral.train(mine, points.double(), classes, epochs=30, **settings)
    optimizer = optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(30):
        loss = F.cross_entropy(theirs(points.double()), classes)
        assert history["loss"][epoch] == pytest.approx(loss.item(), rel=1e-12)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_the_rate_falls_as_the_formula_says(spiral: ModuleType) -> None:
    points, classes = spiral_data(5, generator=0)
    history = spiral.train(spiral.network(2), points, classes, rate=0.1, decay=0.02, epochs=4)
    expected = [0.1, 0.1 / 1.02, 0.1 / 1.04, 0.1 / 1.06]
    np.testing.assert_allclose(history["learning rate α"], expected, rtol=1e-14)
    assert pytest.approx(0.000498, abs=5e-7) == 0.1 / (1 + 0.02 * 9999)


def test_the_lecture_s_first_epoch_cannot_be() -> None:
    """The largest share of a wrong class is at least one half of what the right one leaves."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), 10_000)
    wrong = shares.argmax(1) != 0
    assert -np.log(shares[wrong, 0]).min() >= math.log(2)
    assert (1 - 0.413) * math.log(2) > 0.148


def test_weights_start_as_in_the_lecture(spiral: ModuleType) -> None:
    model = spiral.network(50)
    for layer in (model[0], model[2]):
        assert layer.weight.min().item() >= 0
        assert 0.8 < layer.weight.max().item() <= 1
        assert not layer.bias.any()
