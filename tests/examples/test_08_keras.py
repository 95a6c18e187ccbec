"""The Keras lecture: sizes, labels of both kinds, twins, bounds and standardised pixels."""

from __future__ import annotations

import importlib
import math
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing
from autotensor.examples.course import folder, program
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Doctor, evaluate, fit


@pytest.fixture(autouse=True)
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(folder() / "08_keras"))
    sys.modules.pop("net", None)
    yield importlib.import_module("net")
    del sys.modules["net"]


def run(name: str, monkeypatch, *arguments: str) -> dict[str, Any]:
    """What a program leaves behind."""
    path = program(name).path
    monkeypatch.setattr(sys, "argv", [path.name, "--short", *arguments])
    return runpy.run_path(str(path), run_name="__main__")


def test_the_network_has_the_lecture_s_numbers(net: ModuleType) -> None:
    model = net.network()
    sizes = [sum(one.numel() for one in layer.parameters()) for layer in model[::2]]
    assert sizes == [784 * 500 + 500, 500 * 50 + 50, 50 * 10 + 10] == [392_500, 25_050, 510]
    assert "418,060" in str(nn.summary(model, (784,)))
    assert math.ceil(2400 / 128) == len(DataLoader(TensorDataset(*net.digits(0, 2400)), 128)) == 19


def test_digits_are_rows_of_pixels_from_0_to_1(net: ModuleType) -> None:
    pixels, classes = net.digits(2400, 3000)
    assert pixels.shape == (600, 784)
    assert (pixels.min(), pixels.max()) == (0, 1)
    assert set(classes.tolist()) == set(range(10))
    assert len(net.digits(train=False)[0]) == 1000


def test_one_hot_labels_and_class_numbers_say_the_same(net: ModuleType) -> None:
    at.manual_seed(0)
    model = net.network()
    pixels, classes = net.digits(0, 300)
    right = float((model(pixels).numpy(force=True).argmax(1) == classes.numpy()).mean())
    found = [
        evaluate(model, [(pixels, labels)], F.cross_entropy, verbose=False)
        for labels in (classes, F.one_hot(classes, 10).float())
    ]
    assert found[0].accuracy == found[1].accuracy == pytest.approx(right)
    assert found[0].loss == pytest.approx(found[1].loss, rel=1e-6)


def test_twins_stay_twins_and_learn(net: ModuleType) -> None:
    model = net.network()
    for layer in model[::2]:
        nn.init.constant_(layer.weight, 0.01)
    pixels, classes = net.digits(0, 200)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    fit(model, [(pixels, classes)], F.cross_entropy, optimizer, 60, verbose=False)
    rows = model[0].weight.numpy(force=True)
    np.testing.assert_allclose(rows, np.broadcast_to(rows[0], rows.shape), atol=1e-7)
    assert np.abs(rows[0] - 0.01).max() > 1e-5  # "no learning" is wrong


def test_zeros_with_relu_move_nothing_but_the_last_biases(net: ModuleType) -> None:
    model = net.network(nn.ReLU)
    for layer in model[::2]:
        nn.init.zeros_(layer.weight)
    F.cross_entropy(model(net.digits(0, 50)[0]), net.digits(0, 50)[1]).backward()
    moved = [name for name, one in model.named_parameters() if one.grad.any()]
    assert moved == ["4.bias"]


def test_the_bounds_of_glorot_and_he(net: ModuleType) -> None:
    assert math.sqrt(6 / (784 + 500)) == pytest.approx(0.06836, abs=5e-6)
    assert math.sqrt(2 / 784) == pytest.approx(0.0505, abs=5e-5)
    weights = net.network()[0].weight.numpy(force=True)
    assert 0.0683 < np.abs(weights).max() <= 0.06836


def test_the_deviation_of_a_normal_distribution_cut_off_at_two() -> None:
    x = np.linspace(-2, 2, 100_001)
    density = np.exp(-(x**2) / 2)
    assert math.sqrt((density * x**2).sum() / density.sum()) == pytest.approx(0.87963, abs=1e-4)


def test_a_pixel_that_never_changes_becomes_ten_thousand(monkeypatch, tmp_path: Path) -> None:
    left = run(
        "standardise", monkeypatch, "--digits", "4000", "--epochs", "1", "--out", str(tmp_path)
    )
    constant, mean = left["constant"].numpy(), left["mean"].numpy()
    assert constant.sum() == 130
    assert left["struck"].sum().item() == 5
    ink = at.zeros(784)
    ink[int(np.flatnonzero(constant)[0])] = 1
    scaled = left["ways"]["+ 0.0001"](ink[None]).numpy()
    assert scaled.max() == pytest.approx(10_000, rel=1e-4)
    assert mean[constant].max() == 0


def test_the_doctor_knows_each_mistake_and_is_silent_about_the_healthy(
    monkeypatch, tmp_path: Path, capsys
) -> None:
    left = run("doctor", monkeypatch, "--out", str(tmp_path), "--patient", "plain-list")
    report = capsys.readouterr().out
    assert "nn.ModuleList" in report
    pixels, classes = left["train_set"].tensors
    for name in ("softmax-at-the-end", "equal-weights", "healthy"):
        at.manual_seed(0)
        model, rate = left["patient"](name)
        doctor = Doctor(every=1, verbose=False)
        optimizer = optim.Adam(model.parameters(), lr=rate)
        batches = [(pixels[:64], classes[:64])] * 5
        callbacks = [doctor]
        fit(model, batches, F.cross_entropy, optimizer, 1, callbacks=callbacks, verbose=False)
        said = {one.sickness for one in doctor.findings}
        assert said == set() if name == "healthy" else left["WRONG"][name] in said


def test_the_file_holds_the_best_epoch(monkeypatch, tmp_path: Path, capsys) -> None:
    left = run("callbacks", monkeypatch, "--out", str(tmp_path), "--epochs", "4", "--patience", "9")
    assert left["best"].best == pytest.approx(min(left["history"]["validation_loss"]))
    assert left["loss"] == pytest.approx(left["best"].best)
    assert left["falling"].rates == pytest.approx([0.002 * 0.9**epoch for epoch in range(4)])
    assert len(left["minds"].counts) == 3
    assert re.search("accuracy of the best epoch: 0", capsys.readouterr().out)


def test_histograms_count_every_weight(monkeypatch, tmp_path: Path) -> None:
    left = run("tensorboard", monkeypatch, "--out", str(tmp_path), "--epochs", "1")
    counts = left["histograms"].counts
    assert {name: [int(row.sum()) for row in rows] for name, rows in counts.items()} == {
        "0.weight": [392_000] * 2,
        "2.weight": [25_000] * 2,
        "4.weight": [500] * 2,
    }


def test_without_tensorboard_a_program_says_what_to_install(
    monkeypatch, tmp_path: Path, capsys
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run("tensorboard", monkeypatch, "--out", str(tmp_path), "--epochs", "1")
    assert "pip install 'autotensor[tensorboard]'" in capsys.readouterr().out
    assert [*tmp_path.glob("tensorboard/model/events*")]


def test_a_resumed_run_ends_as_one_that_was_never_stopped(monkeypatch, tmp_path: Path) -> None:
    left = run("resume", monkeypatch, "--out", str(tmp_path))
    assert left["first"].epochs == 1
    assert left["second"]["train_loss"] == left["uninterrupted"]["train_loss"]
    whole = left["whole"].state_dict()
    for name, weights in left["resumed"].state_dict().items():
        assert weights.equal(whole[name]), name


def test_the_small_cnn_has_the_lecture_s_numbers(monkeypatch, tmp_path: Path) -> None:
    left = run("small_cnn", monkeypatch, "--out", str(tmp_path))
    model = left["small_cnn"](32)
    sizes = [sum(one.numel() for one in layer.parameters()) for layer in model]
    assert [size for size in sizes if size] == [320, 250_890]
    assert model[:4](at.zeros(1, 784)).shape == (1, 25_088)


@pytest.mark.parametrize("name", ["keras_net", "callbacks"])
def test_curves_want_no_matplotlib(name: str, monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    run(name, monkeypatch, "--out", str(tmp_path))
    assert f"no {name}.png: Matplotlib is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("keras_net", ["--rate", "0.1"]),
        ("initialisation", ["--value", "0.1"]),
        ("small_cnn", ["--filters", "4"]),
        ("standardise", ["--least", "0.01"]),
    ],
)
def test_change_this(name: str, change: list[str], monkeypatch, tmp_path: Path) -> None:
    run(name, monkeypatch, *change, "--out", str(tmp_path))
    assert [*tmp_path.glob("*.png")]


def test_a_graph_shows_every_operator_and_weight(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    weight, bias = at.randn(3, 2, requires_grad=True), at.randn(3, requires_grad=True)
    output = F.relu(F.linear(at.randn(1, 2), weight, bias)).sum()
    with drawing.picture(tmp_path / "graph.png") as axes:
        drawing.graph(axes, output)
        shown = {text.get_text() for text in axes.texts}
    assert shown - {""} == {"Sum", "Relu", "Linear", "3 × 2", "3"}
