"""The ladder and what is seen inside a network: sizes, rates, gradients by the image."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import autotensor as at
from autotensor.examples.course import folder


@pytest.fixture
def ladder(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder() / "07_lenet"))
    return importlib.import_module("ladder")


WEIGHTS = {
    "softmax": 7850,
    "sigmoid5": 157000 + 20100 + 6060 + 1830 + 310,
    "adam": 185300,
    "relu": 185300,
    "dropout": 185300,
    "cnn": 208 + 1608 + 102528 + 1290,
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_rung_has_its_weights_and_gives_ten_scores(ladder: ModuleType, name: str) -> None:
    _, build, _ = ladder.RUNGS[name]
    model, optimizer = build()
    assert sum(one.numel() for one in model.parameters()) == WEIGHTS[name]
    assert model(at.zeros(2, 1, 28, 28)).shape == (2, 10)
    held = {id(one) for group in optimizer.param_groups for one in group["params"]}
    assert held == {id(one) for one in model.parameters()}


def test_he_s_weights_keep_what_goes_through_at_its_size(ladder: ModuleType) -> None:
    at.manual_seed(0)
    (small, _), (he, _) = ladder.five_sigmoids(), ladder.with_adam()
    for linear in [layer for layer in he if hasattr(layer, "weight")]:
        wanted = (2 / linear.in_features) ** 0.5
        assert linear.weight.std().item() == pytest.approx(wanted, rel=0.15)
    assert small[1].weight.std().item() == pytest.approx(0.1, rel=0.02)


def test_the_rate_of_the_lecture() -> None:
    rates = [0.01 * 0.6**epoch for epoch in range(10)]
    assert rates[3] == pytest.approx(0.00216)
    assert rates[9] == pytest.approx(0.00010078, abs=5e-9)
