"""What the callback TensorBoard reads of a training before it writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, TensorBoard, fit
from nn.training.boards.judging import THRESHOLDS, Curves, judged
from nn.training.boards.pictures import kernels_of, pictures_in, sheet
from nn.training.reading import Reading

RNG = np.random.default_rng(0)


def read(loss: Any, scores: Any, targets: Any) -> Any:
    return judged(Reading(loss, "test"), at.tensor(scores), at.tensor(targets))


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores)
    return powers / powers.sum(1, keepdims=True)


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [F.cross_entropy, nn.CrossEntropyLoss(), lambda s, t: s.sum()])
def test_scores_become_chances_of_classes(loss: Any) -> None:
    scores = RNG.standard_normal((5, 3))
    found = read(loss, scores, np.array([0, 1, 2, 2, 1]))
    np.testing.assert_allclose(found.chances, softmax(scores))
    assert found.right.argmax(1).tolist() == [0, 1, 2, 2, 1]
    expected = [at for at in range(5) if scores[at].argmax() != [0, 1, 2, 2, 1][at]]
    assert found.wrong.tolist() == expected
    assert not found.labels


def test_logarithms_become_chances() -> None:
    chances = softmax(RNG.standard_normal((4, 3)))
    found = read(nn.NLLLoss(), np.log(chances), np.zeros(4, int))
    np.testing.assert_allclose(found.chances, chances)
    unknown = read(lambda s, t: s.sum(), chances, np.zeros(4, int))
    np.testing.assert_allclose(unknown.chances, chances)


def test_ignored_targets_and_places_are_told_apart() -> None:
    scores = RNG.standard_normal((2, 3, 4))
    targets = np.array([[0, 1, -100, 2], [2, -100, 1, 1]])
    found = read(F.cross_entropy, scores, targets)
    assert found.samples.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.right.argmax(1).tolist() == [0, 1, 2, 2, 1, 1]
    expected = softmax(scores).transpose(0, 2, 1)[targets >= 0]
    np.testing.assert_allclose(found.chances, expected)


def test_a_class_that_is_ignored_is_no_answer() -> None:
    scores, targets = RNG.standard_normal((4, 3)), np.array([0, 1, 2, 1])
    found = read(nn.CrossEntropyLoss(ignore_index=1), scores, targets)
    assert found.samples.tolist() == [0, 2]


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 4)])
def test_labels_are_questions_of_their_own(shape: tuple[int, ...]) -> None:
    scores = RNG.standard_normal(shape)
    targets = (RNG.random(shape) > 0.5).astype(float)
    chances = 1 / (1 + np.exp(-scores))
    for loss, given in (
        (F.binary_cross_entropy_with_logits, scores),
        (nn.BCELoss(), chances),
        (nn.MultiLabelSoftMarginLoss(), scores),
    ):
        found = read(loss, given, targets)
        np.testing.assert_allclose(found.chances, chances.reshape(6, -1))
        np.testing.assert_array_equal(found.right, targets.reshape(6, -1) == 1)
        wrong = ((scores > 0) != (targets == 1)).reshape(6, -1).any(1)
        assert found.wrong.tolist() == wrong.nonzero()[0].tolist()


def test_what_is_no_answer_is_read_as_none() -> None:
    assert read(F.mse_loss, np.zeros((3, 1)), np.zeros((3, 1))) is None
    assert read(lambda s, t: s.sum(), np.zeros((3, 2)), np.zeros((3, 2))) is None
    assert judged(Reading(F.cross_entropy, "test"), [1], at.zeros(1)) is None


def test_curves_count_what_lies_above_each_threshold() -> None:
    curves = Curves()
    chances, right = RNG.random((60, 3)), RNG.random((60, 3)) > 0.4
    for start in range(0, 60, 20):
        part = slice(start, start + 20)
        curves.add(read(nn.BCELoss(), chances[part], right[part].astype(float)))
    measured = curves.measured()
    assert len(measured) == 3
    for label in range(3):
        for number in range(THRESHOLDS):
            said = np.floor(chances[:, label] * (THRESHOLDS - 1)) >= number
            truth = right[:, label]
            counts = [(said & truth).sum(), (said & ~truth).sum(), (~said & ~truth).sum()]
            counts.append((~said & truth).sum())
            assert measured[label][:4, number].tolist() == counts
            if counts[0] + counts[1]:
                assert measured[label][4, number] == counts[0] / (counts[0] + counts[1])
            assert measured[label][5, number] == counts[0] / truth.sum()


# -- pictures --------------------------------------------------------------------------------------


def test_pictures_are_stretched_where_they_leave_0_to_1() -> None:
    inside = pictures_in(at.tensor([[[0.0, 0.5], [1.0, 0.25]]]))
    assert inside is not None
    assert inside[0, 0].tolist() == [[0, 127], [255, 63]]
    assert inside.shape == (1, 3, 2, 2)
    outside = pictures_in(at.tensor([[[[-2.0, 0.0], [2.0, 1.0]]]]))
    assert outside is not None
    assert outside[0, 0].tolist() == [[0, 127], [255, 191]]
    for other in (at.zeros(3, 4), at.zeros(3, 5, 4, 4), at.zeros(3, 4, 4, dtype=at.int64), [1]):
        assert pictures_in(other) is None


def test_a_sheet_has_four_pictures_in_a_row() -> None:
    tiles = np.broadcast_to(np.arange(6, dtype=np.uint8)[:, None, None, None], (6, 3, 10, 20))
    found = sheet(tiles)
    assert found.shape == (3, 24, 88)
    assert found[0, 2, 2::22].tolist() == [0, 1, 2, 3]
    assert found[0, 14, 2::22].tolist() == [4, 5, 255, 255]
    assert (found[:, 12] == 255).all()


def test_kernels_are_those_of_the_first_layer() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    name, shown = kernels_of(model, (1, 8, 8)) or ("", np.zeros(0))
    assert (name, shown.shape) == ("0.weight", (4, 3, 3, 3))
    weight = model[0].weight.detach().numpy()
    middle = (weight / abs(weight).max() + 1) / 2 * 255
    np.testing.assert_allclose(shown[:, 0], middle[:, 0], atol=1)
    flat = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
    name, shown = kernels_of(flat, (1, 3, 4)) or ("", np.zeros(0))
    assert (name, shown.shape) == ("1.weight", (5, 3, 3, 4))
    assert kernels_of(flat, (3, 4)) is not None
    assert kernels_of(flat, (7, 4)) is None
    assert kernels_of(nn.ReLU(), (1, 3, 4)) is None


# -- the callback ----------------------------------------------------------------------------------


def data() -> TensorDataset:
    generator = at.Generator().manual_seed(1)
    pictures = at.rand(24, 1, 6, 6, generator=generator)
    return TensorDataset(pictures, (pictures.mean((1, 2, 3)) > 0.5).long())


def trained(callbacks: list[Callback], epochs: int = 2, **options: Any) -> nn.Module:
    at.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(),
        nn.Linear(48, 2),
    )  # fmt: skip
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    loader = DataLoader(data(), 8, shuffle=True)
    validation = DataLoader(data(), 10, shuffle=True)
    options = {"validation": validation, "verbose": False} | options
    fit(model, loader, F.cross_entropy, optimizer, epochs, callbacks=callbacks, **options)
    return model


def everything(folder: Path) -> TensorBoard:
    return TensorBoard(
        folder, every=1, histograms=True, gradient_norms=True, images=5, graph=True,
        pr_curves=True, hparams={"lr": 0.01},
    )  # fmt: skip


def test_looking_changes_nothing(tmp_path: Path) -> None:
    alone, looked_at = trained([]), trained([everything(tmp_path)])
    for (name, one), other in zip(
        alone.state_dict().items(), looked_at.state_dict().values(), strict=True
    ):
        assert one.numpy().tobytes() == other.numpy().tobytes(), name
    assert looked_at.training


def test_a_callback_sees_every_batch_of_the_validation_with_its_scores() -> None:
    seen = []

    class See(Callback):
        def on_validation_batch(self, run: Any) -> None:
            assert not run.model.training
            seen.append((run.epoch, len(run.inputs), run.scores.shape))
            with at.no_grad():
                assert bool((run.model(run.inputs) == run.scores).all())

        def on_epoch_end(self, run: Any) -> None:
            assert run.scores is None
            assert len(run.inputs) == len(run.targets) == 8  # of training

    trained([See()])
    assert seen == [(epoch, size, (size, 2)) for epoch in (1, 2) for size in (10, 10, 4)]


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    for wrong, error, message in (
        ({"histograms": -1}, ValueError, "histograms must be at least 0, got -1"),
        ({"histograms": 0.5}, TypeError, "histograms must be an int"),
        ({"images": True}, TypeError, "images must be an int"),
        ({"graph": 1}, TypeError, "graph must be a bool, got int"),
        ({"hparams": [1]}, TypeError, "hparams must be a dict of settings, got list"),
        ({"classes": "ab"}, TypeError, "classes must be a list of names"),
        ({"every": 0}, ValueError, "every must be at least 1"),
    ):
        with pytest.raises(error, match=f"TensorBoard: {message}"):
            TensorBoard(tmp_path, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"TensorBoard: pr_curves need fit\(..., validation=\)"):
        trained([TensorBoard(tmp_path, pr_curves=True)], validation=None)
    flat = [(at.zeros(2, 4), at.zeros(2, 1))]
    model = nn.Linear(4, 1)
    for board, message in (
        (TensorBoard(tmp_path, images=2), r"images=2 needs pictures .* inputs are \(2, 4\)"),
        (TensorBoard(tmp_path, pr_curves=True), "pr_curves need answers"),
    ):
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        with pytest.raises(ValueError, match=message):
            fit(model, flat, F.mse_loss, optimizer, 1, validation=flat, callbacks=[board],
                verbose=False)  # fmt: skip
    assert TensorBoard().log_dir.parent == Path("runs")
    assert not Path("runs").exists()


def test_each_group_has_its_learning_rate_where_they_differ() -> None:
    for second, names in ((0.1, ["learning_rate"]), (0.5, ["learning_rate", "learning_rate_1"])):
        model, batch = nn.Linear(1, 1), (at.ones(2, 1), at.ones(2, 1))
        groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": second}]
        optimizer = optim.SGD(groups, lr=0.1)
        history = fit(model, [batch], F.mse_loss, optimizer, 2, verbose=False)
        assert [name for name in history if "rate" in name] == names
        assert history[names[-1]] == [second, second]
