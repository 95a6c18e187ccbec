"""The callbacks that come with nn.training, and the curves of a history."""

from __future__ import annotations

import copy
import inspect
import math
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import (
    Callback,
    Checkpoint,
    CSVLog,
    EarlyStopping,
    GradientClipping,
    History,
    LearningRate,
    LivePlot,
    Run,
    TensorBoard,
    fit,
)


def loader(count: int = 12) -> DataLoader:
    x = np.random.default_rng(0).standard_normal((count, 2)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(np.int64)
    return DataLoader(TensorDataset(at.from_numpy(x), at.from_numpy(y)), 4)


def train(callbacks: list[Callback], epochs: int = 3, **options: Any) -> Any:
    at.manual_seed(0)
    model = options.pop("model", None) or nn.Linear(2, 2)
    optimizer = options.pop("optimizer", None) or optim.SGD(model.parameters(), lr=0.1)
    loss = options.pop("loss", F.cross_entropy)
    history = fit(
        model, loader(), loss, optimizer, epochs, callbacks=callbacks, verbose=False, **options
    )
    return model, history


class Script(Callback):
    """Makes the history say ``values``, and the weights the number of the epoch."""

    def __init__(self, values: list[float], name: str = "validation_loss") -> None:
        self.values = values
        self.name = name

    def on_epoch_end(self, run: Run) -> None:
        run.history.setdefault(self.name, [0.0] * run.epoch)[-1] = self.values[run.epoch - 1]
        run.model.weight.array[...] = run.epoch


# -- EarlyStopping, Checkpoint ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "options", "stops", "best"),
    [
        ([5, 4, 3, 3.5, 3.2, 2], {"patience": 2}, 5, 3),
        ([5, 4, 3, 3.5, 3.2, 2], {"patience": 3}, 6, 6),
        ([5, 4.9, 4.8, 1, 1, 1], {"patience": 2, "min_delta": 0.5}, 3, 1),
        ([1, 2, 3, 3, 3, 9], {"patience": 2, "mode": "max"}, 5, 3),
        ([math.nan] * 6, {"patience": 2}, 2, 0),
        ([4, math.nan, 3, 4, 5, 6], {"patience": 2}, 5, 3),
    ],
)
def test_early_stopping(values: list[float], options: Any, stops: int, best: int) -> None:
    stopping = EarlyStopping(restore_best=True, **options)
    model, history = train([Script(values), stopping], 6, validation=loader())
    assert history.epochs == stops
    assert stopping.best_epoch == best
    assert stopping.best == (values[best - 1] if best else None)
    if best:
        assert (model.weight.detach().numpy() == best).all()


def test_early_stopping_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    callbacks = [Script([3, 4, 5], "train_loss"), EarlyStopping("train_loss", 2)]
    fit(model, loader(), F.cross_entropy, optimizer, 9, callbacks=callbacks)
    assert capsys.readouterr().out.endswith(
        "stopped after epoch 3: train_loss was best with 3 in epoch 1 and not better in 2 epochs "
        "since\n"
    )


def test_the_best_checkpoint_is_kept_and_restored(tmp_path: Path) -> None:
    best = Checkpoint(tmp_path / "new" / "best.npz", restore_best=True)
    last = Checkpoint(tmp_path / "last.npz", save="last")
    weights = Checkpoint(tmp_path / "weights.npz", weights_only=True)
    callbacks = [Script([5, 3, 4, 3]), best, last, weights]
    model, _ = train(callbacks, 4, validation=loader())
    assert (best.best, best.best_epoch) == (3, 2)
    assert (model.weight.detach().numpy() == 2).all()
    state = at.load(best.path)
    assert state["epoch"] == 2
    assert state["history"]["validation_loss"] == [5, 3]
    assert (state["model"]["weight"].numpy() == 2).all()
    assert at.load(last.path)["epoch"] == 4
    assert set(at.load(weights.path)) == {"weight", "bias"}
    assert last.best is None


def test_a_checkpoint_resumes_to_the_last_bit(tmp_path: Path) -> None:
    def parts() -> Any:
        at.manual_seed(1)
        model = nn.Linear(2, 2)
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        return model, optimizer, optim.lr_scheduler.StepLR(optimizer, 2)

    def go(model: Any, optimizer: Any, scheduler: Any, epochs: int, *callbacks: Any) -> History:
        return fit(
            model, loader(), F.cross_entropy, optimizer, epochs,
            callbacks=callbacks, scheduler=scheduler, verbose=False,
        )  # fmt: skip

    whole = go(*parts(), 5)
    go(*parts(), 3, Checkpoint(tmp_path / "c.npz", save="last"))
    state, (model, optimizer, scheduler) = at.load(tmp_path / "c.npz"), parts()
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    rest = go(model, optimizer, scheduler, 2)
    assert state["history"]["train_loss"] + rest["train_loss"] == whole["train_loss"]


@pytest.mark.parametrize("make", [EarlyStopping, lambda **k: Checkpoint("x.npz", **k)])
def test_monitors_are_checked(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="mode must be one of 'min', 'max', None, got 'least'"):
        make(mode="least")
    with pytest.raises(ValueError, match="does not show in its name; say mode='min'"):
        make(monitor="train_something")
    with pytest.raises(ValueError, match="to monitor 'validation_loss', give fit some validation"):
        train([make()])
    with pytest.raises(ValueError, match=r"no 'loss' to monitor, only 'train_loss', 'train_acc"):
        train([make(monitor="loss")])
    with pytest.raises(TypeError, match="monitor must be a str"):
        make(monitor=3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience must be at least 1, got 0"),
        ({"patience": 2.0}, TypeError, "patience must be an int, got float"),
        ({"min_delta": -1}, ValueError, "min_delta must be a finite number of at least 0, got -1"),
        ({"min_delta": math.nan}, ValueError, "min_delta must be a finite number"),
    ],
)
def test_early_stopping_refuses(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=f"EarlyStopping: {message}"):
        EarlyStopping(**options)


def test_checkpoint_refuses() -> None:
    with pytest.raises(ValueError, match="save must be one of 'best', 'last', got 'all'"):
        Checkpoint("x", save="all")
    with pytest.raises(ValueError, match="restore_best needs save='best'"):
        Checkpoint("x", save="last", restore_best=True)
    with pytest.raises(TypeError, match="path must be a path, got int"):
        Checkpoint(3)  # type: ignore[arg-type]


def test_a_checkpoint_that_cannot_be_written_is_refused_before_training(tmp_path: Path) -> None:
    class Odd:
        def step(self) -> None: ...
        def state_dict(self) -> Any:
            return {"odd": object()}

    history = Script([1])
    with pytest.raises(TypeError, match="cannot store object") as caught:
        train([Checkpoint(tmp_path / "x", "train_loss"), history], scheduler=Odd())
    assert "weights_only=True" in caught.value.__notes__[0]
    train([Checkpoint(tmp_path / "x", "train_loss", weights_only=True)], scheduler=Odd())


# -- LearningRate, GradientClipping ----------------------------------------------------------------


def test_schedules_step_by_epoch_and_by_batch() -> None:
    for every, expected in (("epoch", [1, 0.5]), ("batch", [1, 0.5, 0.25, 0.125, 1 / 16, 1 / 32])):
        model = nn.Linear(2, 2)
        optimizer = optim.SGD(model.parameters(), lr=1.0)
        rate = LearningRate(optim.lr_scheduler.ExponentialLR(optimizer, 0.5), every)
        train([rate], 2, model=model, optimizer=optimizer)
        assert rate.rates == expected
        assert optimizer.param_groups[0]["lr"] == expected[-1] / 2


class Plateau:
    """Halves the rate when the value it is told does not fall, as ReduceLROnPlateau does."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.told: list[float] = []

    def step(self, metrics: float, epoch: int | None = None) -> None:
        if self.told and metrics >= self.told[-1]:
            self.optimizer.param_groups[0]["lr"] /= 2
        self.told.append(metrics)


@pytest.mark.parametrize("monitor", [None, "validation_loss", "train_loss"])
def test_a_schedule_that_follows_a_value_is_told_it(monitor: str | None) -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    schedule = Plateau(optimizer)
    callbacks = [Script([3, 3, 2]), LearningRate(schedule, monitor=monitor)]
    _, history = train(callbacks, model=model, optimizer=optimizer, validation=loader())
    assert schedule.told == history[monitor or "validation_loss"]
    schedule = Plateau(optimizer)
    _, history = train([LearningRate(schedule)], model=model, optimizer=optimizer)
    assert schedule.told == history["train_loss"]


def test_reduce_on_plateau() -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    rate = LearningRate(schedule)
    callbacks = [Script([3, 3, 2, 4]), rate]
    train(callbacks, 4, model=model, optimizer=optimizer, validation=loader())
    assert rate.rates == [1, 1, 0.5, 0.5]
    assert optimizer.param_groups[0]["lr"] == 0.25
    with pytest.raises(TypeError, match=r"fit: ReduceLROnPlateau must be told .*LearningRate\("):
        train([], model=model, optimizer=optimizer, scheduler=schedule)


def test_learning_rate_refuses() -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2)
    with pytest.raises(TypeError, match=r"schedule must be one of optim\.lr_scheduler, got SGD"):
        LearningRate(optimizer)
    with pytest.raises(ValueError, match="every must be one of 'epoch', 'batch', got 'step'"):
        LearningRate(schedule, "step")
    with pytest.raises(ValueError, match="Plateau follows a value of the epoch"):
        LearningRate(Plateau(optimizer), "batch")
    with pytest.raises(ValueError, match="StepLR looks at no value, so leave out monitor"):
        LearningRate(schedule, monitor="train_loss")
    with pytest.raises(ValueError, match="was made for another optimizer"):
        train([LearningRate(schedule)])
    with pytest.raises(ValueError, match="fit steps this schedule already"):
        train([LearningRate(schedule)], model=model, optimizer=optimizer, scheduler=schedule)


class Gradients(Callback):
    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def on_backward_end(self, run: Run) -> None:
        grads = [one.grad.numpy().ravel() for one in run.model.parameters()]
        self.seen.append(np.concatenate(grads))


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
def test_gradients_are_clipped_by_norm(norm_type: float) -> None:
    before, after = Gradients(), Gradients()
    clipping = GradientClipping(0.1, norm_type=norm_type)
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    train([before, clipping, after], 1, model=model, optimizer=optimizer)
    for long, short in zip(before.seen, after.seen, strict=True):
        norm = np.linalg.norm(long, norm_type)
        assert norm > 0.1
        np.testing.assert_allclose(short, long * 0.1 / norm, rtol=1e-4)
    assert clipping.clipped == 3
    assert clipping.norm == pytest.approx(np.linalg.norm(before.seen[-1], norm_type))
    clipping = GradientClipping(1e9)
    before, after = Gradients(), Gradients()
    train([before, clipping, after], 1)
    np.testing.assert_array_equal(before.seen, after.seen)
    assert clipping.clipped == 0


def test_gradients_are_clipped_by_value() -> None:
    before, after = Gradients(), Gradients()
    train([before, GradientClipping(max_value=0.1), after], 1)
    np.testing.assert_array_equal(after.seen[0], before.seen[0].clip(-0.1, 0.1))
    assert (np.abs(before.seen[0]) > 0.1).any()


def test_a_gradient_that_is_no_number_stops_training() -> None:
    class Spoil(Callback):
        def on_backward_end(self, run: Run) -> None:
            run.model.bias.grad.array[0] = math.inf

    model = nn.Linear(2, 2)
    before = model.weight.detach().numpy().copy()
    with pytest.raises(RuntimeError, match="gradient of bias is NaN or infinite in epoch 1, batch"):
        train([Spoil(), GradientClipping(1.0)], model=model)
    np.testing.assert_array_equal(model.weight.detach().numpy(), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give max_norm or max_value, got max_norm=None and max_value=None"),
        ({"max_norm": 1, "max_value": 1}, "give max_norm or max_value"),
        ({"max_norm": 0}, "max_norm must be a finite number above 0, got 0"),
        ({"max_value": math.inf}, "max_value must be a finite number above 0"),
        ({"max_norm": 1, "norm_type": -1}, "norm_type must be a finite number above 0"),
    ],
)
def test_clipping_refuses(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GradientClipping(**options)


# -- LivePlot --------------------------------------------------------------------------------------


def test_a_live_plot_is_drawn_after_every_epoch(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "new" / "live.png"
    sizes: list[bool] = []

    class Look(Callback):
        def on_epoch_end(self, run: Run) -> None:
            sizes.append(path.exists())
            path.unlink(missing_ok=True)

    train([LivePlot(path, ["loss"], every=2), Look()], 3)
    assert sizes == [False, True, False]
    assert path.read_bytes().startswith(b"\x89PNG")  # the last epoch is always drawn
    assert list(path.parent.iterdir()) == [path]


def test_a_live_plot_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    shown: list[Any] = []

    class Handle:
        def update(self, image: Any) -> None:
            shown.append(("update", image))

    def display(image: Any, display_id: bool) -> Handle:
        shown.append(("display", image))
        return Handle()

    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=True)
    ipython.display = types.SimpleNamespace(Image=bytes, display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    train([LivePlot()], 3)
    assert [what for what, _ in shown] == ["display", "update", "update"]
    assert shown[0][1].startswith(b"\x89PNG")
    ipython.get_ipython = lambda: None  # IPython is loaded, but nobody sits there
    with pytest.raises(ValueError, match="outside of a notebook it needs the path of a picture"):
        train([LivePlot()])


def test_pictures_say_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    _, history = train([], 1)
    with pytest.raises(ImportError, match=r"History\.plot.*pip install 'autotensor\[plot\]'"):
        history.plot()
    with pytest.raises(ImportError, match=r"LivePlot: .*pip install 'autotensor\[plot\]'"):
        train([LivePlot(tmp_path / "x.png")])


def test_stop_is_called_and_not_set() -> None:
    class Stop(Callback):
        def on_epoch_end(self, run: Run) -> None:
            run.stop = True  # type: ignore[method-assign, assignment]

    message = r"Run\.stop is a method, which cannot be set to True: call run\.stop\('the reason'\)"
    with pytest.raises(TypeError, match=message):
        train([Stop()], 3)
    assert inspect.signature(Run.stop).parameters.keys() == {"self", "reason"}


# -- History.plot ----------------------------------------------------------------------------------


def recorded() -> History:
    history = History()
    for epoch in range(3):
        history.append({"train_loss": 3.0 - epoch, "train_accuracy": 0.3 * epoch,
                        "learning_rate": 0.1, "validation_loss": 4.0 - epoch,
                        "validation_top5": 0.5})  # fmt: skip
    return history


def lines(axes: Any) -> dict[str, tuple[list[float], list[float]]]:
    return {one.get_label(): (list(one.get_xdata()), list(one.get_ydata())) for one in axes.lines}


def test_all_quantities_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    history = recorded()
    assert history.quantities == ["loss", "accuracy", "top5", "learning_rate"]
    figure = history.plot()
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "loss", "accuracy", "top5", "learning rate",
    ]  # fmt: skip
    assert lines(figure.axes[0]) == {
        "training": ([1, 2, 3], [3, 2, 1]),
        "validation": ([1, 2, 3], [4, 3, 2]),
    }
    assert figure.axes[0].get_legend() is not None
    assert figure.axes[3].get_legend() is None
    assert {axes.get_xscale() for axes in figure.axes} == {"linear"}


def test_runs_are_drawn_onto_given_axes() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure()
    left, right = figure.subplots(1, 2)
    for name in ("Adam", "SGD"):
        assert recorded().plot(["loss", "accuracy"], axes=[left, right], label=name) is figure
    recorded().plot("top5", axes=right, log_x=True)
    assert list(lines(left)) == [
        "Adam, training", "Adam, validation", "SGD, training", "SGD, validation",
    ]  # fmt: skip
    colours = [one.get_color() for one in left.lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert [one.get_linestyle() for one in left.lines] == ["-", "--", "-", "--"]
    assert right.get_xscale() == "log"


def test_what_cannot_be_drawn() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    with pytest.raises(ValueError, match="there are no epochs yet"):
        History().plot()
    with pytest.raises(ValueError, match="no 'los'; measured were 'loss', 'accuracy'"):
        recorded().plot("los")
    with pytest.raises(ValueError, match=r"got 1 axes for 4 quantities \(loss, "):
        recorded().plot(axes=figures.Figure().subplots())


# -- what they remember ----------------------------------------------------------------------------


def test_a_callback_goes_on_where_another_one_was() -> None:
    """Its state, given to a new one that is told of a resumed run, is its state again."""
    values = [5.0, 4.0, 4.5]
    model, _ = train([Script(values)], 3, validation=loader())
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def made() -> list[Callback]:
        schedule = optim.lr_scheduler.StepLR(optimizer, 2)
        clipping = GradientClipping(max_norm=1e-3)
        return [EarlyStopping(restore_best=True), LearningRate(schedule), clipping]

    before, after = made(), made()
    train([Script(values), *before], 3, validation=loader(), model=model, optimizer=optimizer)
    run = Run(model, optimizer, [], loader(), 3, resumed=True)
    for one, other in zip(before, after, strict=True):
        other.load_state_dict(one.state_dict())
        other.on_fit_begin(run)
    assert (after[0].best, after[0].best_epoch) == (4.0, 2)  # type: ignore[attr-defined]
    assert after[1].rates == before[1].rates != []  # type: ignore[attr-defined]
    assert after[1].schedule.last_epoch == 3  # type: ignore[attr-defined]
    assert after[2].clipped == before[2].clipped == 9  # type: ignore[attr-defined]
    assert after[2].norm == before[2].norm > 0  # type: ignore[attr-defined]


def test_a_run_counts_its_steps() -> None:
    seen: list[int] = []

    class Count(Callback):
        def on_batch_end(self, run: Run) -> None:
            seen.append(run.step)

    train([Count()], 2)
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_spoiled_state_of_a_callback_is_refused_whole(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    schedule = optim.lr_scheduler.StepLR(optim.SGD(model.parameters(), lr=0.1), 2)
    spoiled: list[tuple[Any, list[dict[str, Any]]]] = [
        (EarlyStopping(), [{"best": 1.0}, {"best": "x", "best_epoch": 3, "kept": None},
                           {"best": 1.0, "best_epoch": -3, "kept": None},
                           {"best": 1.0, "best_epoch": 3, "kept": 3}]),
        (Checkpoint(tmp_path / "a"), [{"best": 1.0, "best_epoch": 3},
                                      {"best": 1.0, "best_epoch": 3, "saved": "x"}]),
        (LearningRate(schedule), [{"rates": []}, {"schedule": None, "rates": 3},
                                  {"schedule": 3, "rates": [1.0]}]),
        (GradientClipping(1.0), [{"norm": 3.0}, {"norm": "x", "clipped": 3},
                                 {"norm": 3.0, "clipped": "x"}]),
        (CSVLog(tmp_path / "b"), [{}, {"before": "x"}]),
        (TensorBoard(tmp_path / "c"), [{}, {"epochs": 1, "batches": 2},
                                       {"epochs": 1, "batches": 2, "late": [3]}]),
    ]  # fmt: skip
    for callback, states in spoiled:
        before = copy.deepcopy(callback.state_dict())
        for state in (*states, 3, None):
            words = r"\.load_state_dict: "
            with pytest.raises((TypeError, ValueError), match=words):
                callback.load_state_dict(state)
            assert callback.state_dict() == before
            assert getattr(callback, "_loaded", None) is None
