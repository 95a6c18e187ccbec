"""The training loop: the right numbers, the right order of events, and what it refuses."""

from __future__ import annotations

import io
import math
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, Evaluation, History, Run, evaluate, fit

ROOT = Path(__file__).resolve().parents[2]


class Scores(nn.Module):
    """Linear scores ``(N, 2)`` for points ``(N, 2)``; remembers the modes it was called in."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(at.tensor([[1.0, -0.5], [0.25, 0.5]]))
        self.inner = nn.Module()
        self.seen: list[tuple[bool, bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((self.training, self.inner.training, at.is_grad_enabled()))
        return x @ self.weight


def points(count: int = 10, seed: int = 0) -> TensorDataset:
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((count, 2)).astype(np.float32)
    return TensorDataset(at.from_numpy(x), at.from_numpy((x[:, 0] > x[:, 1]).astype(np.int64)))


def prepared(count: int = 10, batch_size: int = 4, lr: float = 0.1) -> Any:
    model = Scores()
    return model, DataLoader(points(count), batch_size), optim.SGD(model.parameters(), lr=lr)


def quietly(model: Any, loader: Any, optimizer: Any, epochs: int = 1, **options: Any) -> History:
    loss = options.pop("loss", F.cross_entropy)
    return fit(model, loader, loss, optimizer, epochs, verbose=False, **options)


# -- numbers ---------------------------------------------------------------------------------------


def test_fit_takes_the_steps_of_the_loop_written_by_hand() -> None:
    model, loader, optimizer = prepared()
    history = quietly(model, loader, optimizer, epochs=3)

    by_hand, loader, optimizer = prepared()
    for epoch in range(3):
        losses, right = [], 0
        for inputs, targets in loader:
            scores = by_hand(inputs)
            loss = F.cross_entropy(scores, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(targets)  # the last batch is smaller and counts less
            right += int((scores.argmax(1) == targets).sum().item())
        assert history["train_loss"][epoch] == pytest.approx(np.mean(losses), rel=1e-12)
        assert history["train_accuracy"][epoch] == right / 10
    np.testing.assert_array_equal(model.weight.detach().numpy(), by_hand.weight.detach().numpy())


def test_evaluate_gives_the_means_over_all_samples() -> None:
    model, loader, _ = prepared()
    inputs, targets = loader.dataset.tensors
    scores = (inputs @ model.weight).detach()
    found = evaluate(model, loader, F.cross_entropy, verbose=False)
    assert found.loss == pytest.approx(F.cross_entropy(scores, targets).item(), rel=1e-6)
    assert found.accuracy == (scores.numpy().argmax(1) == targets.numpy()).mean()
    assert found.samples == 10
    assert evaluate(model, loader) == Evaluation(None, found.accuracy, 10)


def test_validation_is_measured_after_each_epoch_and_changes_nothing() -> None:
    model, loader, optimizer = prepared()
    other = DataLoader(points(7, seed=1), batch_size=3)
    history = quietly(model, loader, optimizer, epochs=2, validation=other)
    assert history["validation_loss"][-1] == evaluate(model, other, F.cross_entropy).loss
    assert list(history) == [
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
    ]

    alone, loader, optimizer = prepared()
    without = quietly(alone, loader, optimizer, epochs=2)
    assert without["train_loss"] == history["train_loss"]


def test_without_classes_there_is_no_accuracy() -> None:
    model, _, optimizer = prepared()
    batches = [(at.ones(3, 2), at.zeros(3, 2)), (at.ones(1, 2), at.zeros(1, 2))]
    history = quietly(model, batches, optimizer, loss=F.mse_loss)
    assert "train_accuracy" not in history
    assert evaluate(model, batches, F.mse_loss, verbose=False).accuracy is None
    with pytest.raises(ValueError, match=r"there is nothing to measure.*no loss was given"):
        evaluate(model, batches)


def test_the_same_seed_gives_the_same_numbers() -> None:
    histories = []
    for _ in range(2):
        at.manual_seed(3)
        model = Scores()
        loader = DataLoader(points(), 3, shuffle=True)
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        histories.append(quietly(model, loader, optimizer, epochs=3))
    assert histories[0] == histories[1]


def test_the_scheduler_steps_once_per_epoch() -> None:
    model, loader, optimizer = prepared(lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    history = quietly(model, loader, optimizer, epochs=3, scheduler=scheduler)
    assert history["learning_rate"] == [1.0, 0.5, 0.25]
    assert optimizer.param_groups[0]["lr"] == 0.125


def test_a_linear_problem_is_learnt() -> None:
    model, _, optimizer = prepared(lr=0.5)
    loader = DataLoader(points(200), 20)
    history = quietly(model, loader, optimizer, epochs=10, validation=loader)
    assert history["validation_accuracy"][-1] > 0.97


def test_training_resumed_from_a_file_goes_on_to_the_last_bit(tmp_path: Path) -> None:
    def parts() -> tuple[Any, ...]:
        model = Scores()
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        return model, optimizer, optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)

    def train(model: Any, optimizer: Any, scheduler: Any, epochs: int) -> History:
        loader = DataLoader(points(), 4)
        return quietly(model, loader, optimizer, epochs, scheduler=scheduler)

    first = parts()
    train(*first, epochs=3)
    at.save([part.state_dict() for part in first], tmp_path / "checkpoint.npz")
    second = parts()
    for part, state in zip(second, at.load(tmp_path / "checkpoint.npz"), strict=True):
        part.load_state_dict(state)
    assert train(*first, epochs=3) == train(*second, epochs=3)


# -- modes -----------------------------------------------------------------------------------------


def test_modes_are_set_and_each_module_gets_its_own_back() -> None:
    model, loader, optimizer = prepared(count=4)
    model.eval()
    model.inner.training = True
    quietly(model, loader, optimizer, validation=loader)
    assert model.seen == [(True, True, True), (False, False, False)]
    assert (model.training, model.inner.training) == (False, True)

    model.train()
    model.inner.training = False
    evaluate(model, loader, verbose=False)
    assert model.seen[-1] == (False, False, False)
    assert (model.training, model.inner.training) == (True, False)
    assert at.is_grad_enabled()


def test_modes_come_back_after_an_error() -> None:
    model, _, optimizer = prepared()
    model.eval()
    with pytest.raises(ValueError, match="gave no samples"):
        quietly(model, [], optimizer)
    assert not model.training


# -- callbacks -------------------------------------------------------------------------------------


class Diary(Callback):
    """Writes down every call."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def on_fit_begin(self, run: Run) -> None:
        self.entries.append("begin")

    def on_epoch_begin(self, run: Run) -> None:
        self.entries.append(f"epoch {run.epoch}")

    def on_backward_end(self, run: Run) -> None:
        weight: Any = next(iter(run.model.parameters()))
        assert weight.grad is not None
        self.before = weight.detach().numpy().copy()

    def on_batch_end(self, run: Run) -> None:
        assert not np.array_equal(run.model.weight.detach().numpy(), self.before)
        self.entries.append(f"batch {run.batch}")

    def on_epoch_end(self, run: Run) -> None:
        assert run.history.epochs == run.epoch
        self.entries.append("end of epoch")

    def on_fit_end(self, run: Run) -> None:
        self.entries.append("end")


def test_callbacks_are_called_in_order() -> None:
    model, loader, optimizer = prepared(count=8)
    diary = Diary()
    quietly(model, loader, optimizer, epochs=2, callbacks=[diary])
    assert diary.entries == [
        "begin",
        *("epoch 1", "batch 1", "batch 2", "end of epoch"),
        *("epoch 2", "batch 1", "batch 2", "end of epoch"),
        "end",
    ]


def test_the_end_is_told_after_an_error() -> None:
    class Failing(Callback):
        def on_batch_end(self, run: Run) -> None:
            raise KeyError("mine")

    model, loader, optimizer = prepared()
    diary = Diary()
    with pytest.raises(KeyError, match="mine"):
        quietly(model, loader, optimizer, callbacks=[diary, Failing()])
    assert diary.entries == ["begin", "epoch 1", "batch 1", "end"]


def test_a_callback_can_stop_after_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    class Stop(Callback):
        def on_epoch_end(self, run: Run) -> None:
            if run.epoch == 2:
                run.stop("enough")

    model, loader, optimizer = prepared()
    history = fit(model, loader, F.cross_entropy, optimizer, 5, callbacks=[Stop()])
    assert history.epochs == 2
    assert capsys.readouterr().out.endswith("\nstopped after epoch 2: enough\n")


def test_a_callback_can_stop_within_an_epoch() -> None:
    class Stop(Callback):
        def on_batch_end(self, run: Run) -> None:
            run.stop("one batch is enough")

    model, loader, optimizer = prepared()
    diary = Diary()
    history = quietly(model, loader, optimizer, 5, callbacks=[Stop(), diary], validation=loader)
    assert diary.entries == ["begin", "epoch 1", "batch 1", "end of epoch", "end"]
    assert len(history["validation_loss"]) == 1


def test_gradients_can_be_changed_before_the_step() -> None:
    class Freeze(Callback):
        def on_backward_end(self, run: Run) -> None:
            run.optimizer.zero_grad()

    model, loader, optimizer = prepared()
    before = model.weight.detach().numpy().copy()
    quietly(model, loader, optimizer, callbacks=[Freeze()])
    np.testing.assert_array_equal(model.weight.detach().numpy(), before)


# -- what it shows ---------------------------------------------------------------------------------


def test_one_line_per_epoch_and_no_bar_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, loader, optimizer = prepared()
    fit(model, loader, F.cross_entropy, optimizer, 10, validation=loader)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("epoch  1/10: loss ")
    for part in ("accuracy ", " | validation loss ", " s"):
        assert part in lines[-1]
    assert err == ""


def test_quiet_means_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    quietly(*prepared(), epochs=2)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_shows_loss_and_accuracy_and_goes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    model, loader, optimizer = prepared(count=40, batch_size=1)
    monkeypatch.setattr("nn.training.measures.REFRESH", 0.0)
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # no thread left behind
    shown: list[str] = []
    monkeypatch.setattr(tqdm.tqdm, "set_postfix_str", lambda bar, text, refresh: shown.append(text))
    fit(model, loader, F.cross_entropy, optimizer, 1)
    written = terminal.getvalue()
    assert "epoch 1/1" in written
    assert "0/40" in written
    assert written.endswith("\r")
    assert len(shown) == 40
    assert shown[-1].startswith("loss ")
    assert ", accuracy " in shown[-1]
    assert capsys.readouterr().out.startswith("epoch 1/1: loss ")


@pytest.mark.parametrize("widgets", [True, False])
def test_in_a_notebook_the_bar_is_a_widget_where_there_are_widgets(
    monkeypatch: pytest.MonkeyPatch, widgets: bool
) -> None:
    tqdm = pytest.importorskip("tqdm")
    used: list[str] = []

    def bar(kind: str) -> Any:
        class Bar(tqdm.tqdm):
            monitor_interval = 0

            def __init__(self, display: bool = True, **settings: Any) -> None:
                used.append(kind)
                self.container = f"container {display}"
                super().__init__(**settings, file=io.StringIO())

        return Bar

    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=True)
    ipython.display = types.SimpleNamespace(
        display=lambda container, display_id: used.append(container) or shown, HTML=str
    )
    shown = types.SimpleNamespace(update=lambda html: used.append(f"left {html!r}"))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    notebook: Any = types.ModuleType("tqdm.notebook")
    notebook.tqdm = bar("widget")
    monkeypatch.setitem(sys.modules, "tqdm.notebook", notebook)
    monkeypatch.setattr(tqdm, "tqdm", bar("plain"))
    monkeypatch.setattr("nn.training.saying.find_spec", lambda name: widgets or None)
    model, loader, optimizer = prepared(count=40, batch_size=10)
    fit(model, loader, F.cross_entropy, optimizer, 2)
    assert used == (["widget", "container False", "left ''"] if widgets else ["plain"]) * 2
    used.clear()
    quietly(model, loader, optimizer)
    assert used == []


def test_the_bar_is_not_rewritten_more_often_than_it_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)
    calls: list[str] = []
    monkeypatch.setattr(tqdm.tqdm, "set_postfix_str", lambda bar, text, refresh: calls.append(text))
    ticks = iter(range(10_000))
    # A clock on which every batch takes 10 ms.
    monkeypatch.setattr("nn.training.measures.monotonic", lambda: next(ticks) / 100)
    model, loader, optimizer = prepared(count=100, batch_size=1)
    fit(model, loader, F.cross_entropy, optimizer, 1)
    assert len(calls) == 10


def test_importing_training_does_not_load_tqdm() -> None:
    code = "import sys, nn.training; assert 'tqdm' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_history_is_a_dict_that_prints_as_a_table() -> None:
    history = History()
    history.append({"train_loss": 1.0, "learning_rate": 0.1})
    history.append({"train_loss": 0.123456, "learning_rate": 0.05})
    assert dict(history) == {"train_loss": [1.0, 0.123456], "learning_rate": [0.1, 0.05]}
    assert history.last == {"train_loss": 0.123456, "learning_rate": 0.05}
    assert history.epochs == 2
    assert str(history).splitlines() == [
        "epoch  train_loss  learning_rate",
        "    1           1            0.1",
        "    2      0.1235           0.05",
    ]
    assert History().epochs == 0
    assert str(History()) == "epoch"


def test_history_keeps_its_columns_of_one_length() -> None:
    history = History()
    history.append({"a": 1.0})
    history.append({"b": 2.0})
    assert history["a"][0] == 1.0
    assert history["b"][1] == 2.0
    assert math.isnan(history["a"][1])
    assert math.isnan(history["b"][0])


def test_a_history_can_be_saved() -> None:
    history = quietly(*prepared(), epochs=2)
    file = io.BytesIO()
    at.save(dict(history), file)
    file.seek(0)
    assert at.load(file) == history


# -- what it refuses -------------------------------------------------------------------------------


def test_a_loss_of_nan_is_named_and_the_step_not_taken() -> None:
    model, _, optimizer = prepared()
    good = (at.ones(2, 2), at.tensor([0, 1]))
    bad = (at.full((2, 2), math.nan), at.tensor([0, 1]))
    batches = [good, good, bad]

    class Remember(Callback):
        def on_batch_end(self, run: Run) -> None:
            self.weight = run.model.weight.detach().numpy().copy()

    remember = Remember()
    with pytest.raises(
        RuntimeError, match=r"fit: the loss is nan in epoch 1, batch 3.*detect_anomaly\(\)"
    ):
        quietly(model, batches, optimizer, callbacks=[remember])
    np.testing.assert_array_equal(model.weight.detach().numpy(), remember.weight)


def test_no_batches() -> None:
    model, loader, optimizer = prepared()
    with pytest.raises(ValueError, match=r"^fit: in epoch 1 the loader gave no samples$"):
        quietly(model, [], optimizer)
    with pytest.raises(ValueError, match=r"^evaluate: the loader gave no samples$"):
        evaluate(model, [])
    with pytest.raises(ValueError, match=r"^fit: validation: the loader gave no samples$"):
        quietly(model, loader, optimizer, validation=[])


def test_a_loader_that_can_be_read_only_once() -> None:
    def stream() -> Iterator[Any]:
        yield at.ones(2, 2), at.tensor([0, 1])

    model, _, optimizer = prepared()
    with pytest.raises(ValueError, match=r"in epoch 2 the loader gave no samples; an iterator can"):
        quietly(model, stream(), optimizer, epochs=2)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((at.ones(2, 2),), "got a tuple of 1"),
        ([at.ones(2, 2)] * 3, "got a list of 3"),
        (at.ones(2, 2), "got a Tensor"),
        ({"x": 1, "y": 2}, "got a dict"),
    ],
)
def test_batches_must_be_pairs(batch: Any, message: str) -> None:
    model, _, optimizer = prepared()
    with pytest.raises(ValueError, match=rf"fit: a batch must be a pair .*{message}"):
        quietly(model, [batch], optimizer)


def test_the_loss_must_be_one_number() -> None:
    model, loader, optimizer = prepared()
    with pytest.raises(ValueError, match=r"fit: the loss must be one number.*\(4,\).*'mean'"):
        quietly(model, loader, optimizer, loss=lambda s, t: F.cross_entropy(s, t, reduction="none"))
    with pytest.raises(TypeError, match="fit: the loss must give a Tensor, got float"):
        quietly(model, loader, optimizer, loss=lambda s, t: 0.5)
    with pytest.raises(TypeError, match="evaluate: the loss must give a Tensor, got float"):
        evaluate(model, loader, lambda s, t: 0.5, verbose=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("epochs", [0, -1])
def test_too_few_epochs(epochs: int) -> None:
    with pytest.raises(ValueError, match=f"fit: epochs must be at least 1, got {epochs}"):
        quietly(*prepared(), epochs=epochs)


@pytest.mark.parametrize("epochs", [1.0, True, "3"])
def test_epochs_that_are_no_int(epochs: Any) -> None:
    with pytest.raises(TypeError, match="fit: epochs must be an int"):
        quietly(*prepared(), epochs=epochs)


def test_arguments_of_the_wrong_type() -> None:
    model, loader, optimizer = prepared()
    with pytest.raises(TypeError, match=r"fit: model must be an nn\.Module, got function"):
        quietly(prepared, loader, optimizer)
    with pytest.raises(TypeError, match=r"evaluate: model must be an nn\.Module, got int"):
        evaluate(3, loader)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"fit: callbacks\[1\] must be a Callback, got function"):
        quietly(model, loader, optimizer, callbacks=[Diary(), print_it])


def print_it(run: Run) -> None:
    print(run)
