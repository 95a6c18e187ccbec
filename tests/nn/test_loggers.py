"""Any function is a logger: how it is called, with what, and who is blamed for its errors."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor.utils.tensorboard import SummaryWriter
from nn import optim
from nn.training import Callback, CSVLog, History, Logger, fit
from tests.event_reader import shown


def train(logger: Any, epochs: int = 2, **options: Any) -> History:
    at.manual_seed(0)
    model = nn.Linear(2, 2)
    x, y = at.randn(8, 2), at.tensor([0, 1] * 4)
    batches = [(x[:4], y[:4]), (x[4:], y[4:])]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    options = {"verbose": False, "validation": batches} | options
    return fit(model, batches, F.cross_entropy, optimizer, epochs, logger=logger, **options)


def rows_of(history: History) -> list[dict[str, float]]:
    return [
        {name: column[epoch] for name, column in history.items()} for epoch in range(history.epochs)
    ]


CALLS: list[Any] = []


def by_keyword(metrics: dict[str, float], step: int | None = None, commit: bool = True) -> None:
    CALLS.append((metrics, step))


def only_by_keyword(metrics: dict[str, float], *, step: int) -> str:
    CALLS.append((metrics, step))
    return "is not looked at"


def as_tensorboard(tag: str, metrics: dict[str, float], global_step: int | None = None) -> None:
    CALLS.append((metrics, global_step))


def anything(*args: Any, **words: Any) -> None:
    CALLS.append((*args, words["step"]))


def by_place(metrics: dict[str, float], epoch: int) -> None:
    CALLS.append((metrics, epoch))


class Tracker:
    def log_metrics(self, metrics: dict[str, float], prefix: str = "", step: int = 0) -> None:
        CALLS.append((metrics, step))

    def __call__(self, metrics: dict[str, float], step: int) -> None:
        CALLS.append((metrics, step))


@pytest.mark.parametrize(
    "logger",
    [
        by_keyword, only_by_keyword, anything, by_place, Tracker(), Tracker().log_metrics,
        functools.partial(as_tensorboard, "fit"), lambda metrics, step: by_place(metrics, step),
        lambda metrics, n: by_place(metrics, n), Logger(by_keyword), [by_keyword], (by_place,),
    ],
)  # fmt: skip
def test_a_function_of_metrics_and_step_gets_both(logger: Any) -> None:
    CALLS.clear()
    history = train(logger)
    assert [(step, metrics) for metrics, step in CALLS] == [*enumerate(rows_of(history), 1)]
    assert {type(value) for metrics, _ in CALLS for value in metrics.values()} == {float}
    assert {type(step) for _, step in CALLS} == {int}
    assert set(CALLS[0][0]) == {
        "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate",
    }  # fmt: skip


def test_a_function_of_one_argument_gets_a_record(capsys: Any) -> None:
    records: list[dict[str, float]] = []
    lines: list[dict[str, float]] = []
    history = train([records.append, lambda record: lines.append(record), print])
    expected = [{"step": epoch} | row for epoch, row in enumerate(rows_of(history), 1)]
    assert records == lines == expected
    assert records[0] is not lines[0]
    assert capsys.readouterr().out == "".join(f"{record}\n" for record in expected)


def test_batches_and_epochs_stand_on_one_axis() -> None:
    CALLS.clear()
    history = train(Logger(by_keyword, every=1))
    assert [step for _, step in CALLS] == [1, 2, 2, 3, 4, 4]
    assert [sorted(metrics) for metrics, _ in CALLS][:2] == [["batch_loss"]] * 2
    assert CALLS[2][0] == rows_of(history)[0] | {"epoch": 1.0}
    assert CALLS[5][0]["epoch"] == 2.0


def test_what_later_callbacks_measure_is_logged_as_plain_numbers() -> None:
    class More(Callback):
        def on_epoch_end(self, run: Any) -> None:
            run.history.setdefault("f1", [math.nan] * (run.epoch - 1))
            if len(run.history["f1"]) < run.epoch:
                run.history["f1"].append(math.nan)
            if run.epoch == 2:
                run.history["f1"][-1] = at.tensor(0.5)
            run.history["train_loss"][-1] = np.float32(0.25)

    CALLS.clear()
    train(by_keyword, callbacks=[More()])
    assert "f1" not in CALLS[0][0]
    assert CALLS[1][0]["f1"] == 0.5
    assert type(CALLS[1][0]["f1"]) is float
    assert type(CALLS[1][0]["train_loss"]) is float


def test_a_callback_may_be_a_logger_too(tmp_path: Path) -> None:
    history = train([CSVLog(tmp_path / "log.csv"), by_keyword])
    assert History.load(tmp_path / "log.csv") == history


def test_a_writer_of_tensorboard_needs_one_lambda(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        history = train(lambda metrics, step: writer.add_scalars("fit", metrics, step))
    losses = np.array(history["train_loss"], np.float32).tolist()
    assert shown(tmp_path / "fit_train_loss")["fit"] == [*enumerate(losses, 1)]


class Down(Exception):  # noqa: N818
    """The tracker does not answer."""


def test_an_error_names_the_logger() -> None:
    ended = []

    class End(Callback):
        def on_fit_end(self, run: Any) -> None:
            ended.append(run.epoch)

    def to_nowhere(metrics: dict[str, float], step: int) -> None:
        if step == 2:
            raise Down("no route to host")

    name = r"test_an_error_names_the_logger.<locals>.to_nowhere"
    with pytest.raises(Down, match="no route to host") as caught:
        train([by_keyword, to_nowhere], callbacks=[End()])
    (note,) = caught.value.__notes__
    assert note.startswith("fit: raised by the logger ")
    assert note.endswith(f"{name}, for step 2 in epoch 2")
    assert ended == [2]


def test_what_is_no_logger_is_refused_before_training() -> None:
    for wrong, message in (
        (3, "must be a function .* got int 3"),
        ("print", "got str 'print'"),
        (dict, "got the class dict"),
        (lambda: None, r"\(\) cannot be called as log\(metrics, step=n\)"),
        (lambda a, b, c: None, r"\(a, b, c\) cannot be called"),
        (lambda metrics, *, name: None, "cannot be called"),
        ([by_keyword, 3], "got int 3"),
    ):
        with pytest.raises(TypeError, match=f"Logger: .*{message}"):
            train(wrong)
    with pytest.raises(ValueError, match="every must be at least 1"):
        Logger(print, every=0)


def test_a_resumed_run_counts_on(tmp_path: Path) -> None:
    records: list[dict[str, float]] = []
    train(records.append, 2, checkpoint=tmp_path)
    train(records.append, 4, checkpoint=tmp_path, resume=True)
    assert [record["step"] for record in records] == [1, 2, 3, 4]


def test_a_checkpoint_does_not_look_into_what_a_logger_calls(tmp_path: Path) -> None:
    class Client:
        """A connection, which must not be touched: it has a generator, and a state."""

        def __init__(self) -> None:
            self.generator = np.random.default_rng(0)

        def state_dict(self) -> dict[str, Any]:
            raise AssertionError

        def log(self, metrics: dict[str, float], step: int) -> None:
            self.generator.random()

    client = Client()
    train([client.log, Logger(client.log)], 2, checkpoint=tmp_path)
    client.generator.random(5)  # by somebody else
    after = client.generator.bit_generator.state
    train(client.log, 2, checkpoint=tmp_path, resume=True)
    assert client.generator.bit_generator.state == after
