"""Logs: no line is lost to a kill or a full disk, and none is there twice after a resume."""

from __future__ import annotations

import csv
import errno
import io
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import Callback, CSVLog, History, LivePlot, Run, TensorBoard, fit
from tests.event_reader import files, shown


def begun(callback: Callback, history: Any = (), **options: Any) -> Run:
    """A run whose callback has been told that it begins, with the rows of ``history``."""
    model = nn.Linear(1, 1)
    run = Run(model, optim.SGD(model.parameters(), lr=0.1), [], None, 100, **options)
    for row in history:
        run.history.append(row)
    run.epoch = run.history.epochs
    callback.on_fit_begin(run)
    return run


def epochs(run: Run, callback: Callback, *rows: dict[str, Any]) -> None:
    for row in rows:
        run.epoch += 1
        run.history.append(row)
        callback.on_epoch_end(run)


def end(run: Run, callback: Callback, *rows: dict[str, Any]) -> None:
    """The last epochs."""
    epochs(run, callback, *rows)
    callback.on_fit_end(run)


def lines(path: Path) -> list[list[str]]:
    assert path.read_bytes().endswith(b"\r\n")
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def rows_of(*losses: float) -> list[dict[str, float]]:
    return [{"train_loss": loss} for loss in losses]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """While its value says so, a disk takes ``room`` more bytes, and says that it is full."""
    disk = {"room": math.inf}
    write, fsync = os.write, os.fsync

    def limited(number: int, data: Any) -> int:
        if not disk["room"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        piece = bytes(data)[: int(min(disk["room"], len(data)))]
        disk["room"] -= len(piece)
        return write(number, piece)

    def forced(number: int) -> None:
        if not disk["room"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(number)

    monkeypatch.setattr(os, "write", limited)
    monkeypatch.setattr(os, "fsync", forced)
    return disk


# -- CSVLog ----------------------------------------------------------------------------------------


def loader() -> list[Any]:
    x = np.random.default_rng(0).standard_normal((12, 2)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(np.int64)
    return [(at.from_numpy(x[i : i + 4]), at.from_numpy(y[i : i + 4])) for i in (0, 4, 8)]


def train(callbacks: list[Callback], count: int = 3, **options: Any) -> History:
    at.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    options = {"callbacks": callbacks, "verbose": False} | options
    return fit(model, loader(), F.cross_entropy, optimizer, count, **options)


def test_a_csv_log_has_a_line_for_every_epoch(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log.csv"
    history = train([CSVLog(path)], 2)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["train_loss"]) for row in rows] == history["train_loss"]
    train([CSVLog(path, append=True)], 1, validation=loader())
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [bool(row["validation_loss"]) for row in rows] == [False, False, True]


def test_a_line_is_added_and_the_rest_left_alone(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv")
    run = begun(log)
    epochs(run, log, *rows_of(1.0))
    inode = log.path.stat().st_ino
    epochs(run, log, *rows_of(0.5, 0.1 + 0.2))
    assert log.path.stat().st_ino == inode
    assert log.path.read_bytes() == (
        b"epoch,train_loss\r\n1,1.0\r\n2,0.5\r\n3,0.30000000000000004\r\n"
    )


def test_a_later_column_and_a_later_value_come_into_the_file(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv")
    run = begun(log)
    epochs(run, log, *rows_of(1.0, 0.5), {"train_loss": 0.25, "f1, macro": np.float32(0.1)})
    run.history["f1, macro"][-1] = at.tensor(0.75)  # by a callback that comes after the log
    epochs(run, log, {"train_loss": 0.125, "f1, macro": True})
    run.history["train_loss"][-1] = 7
    log.on_fit_end(run)
    assert lines(log.path) == [
        ["epoch", "train_loss", "f1, macro"],
        ["1", "1.0", "nan"],
        ["2", "0.5", "nan"],
        ["3", "0.25", "0.75"],
        ["4", "7", "1"],
    ]


def test_what_another_run_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for loss in (3.0, 2.0, 1.0):
        log = CSVLog(path)
        epochs(begun(log), log, *rows_of(loss))
    found = [lines(tmp_path / name)[1] for name in ("log.1.csv", "log.2.csv", "log.csv")]
    assert found == [["1", "3.0"], ["1", "2.0"], ["1", "1.0"]]


def test_through_a_link_the_file_behind_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "log.csv"
    link.symlink_to(tmp_path / "there" / "real.csv")
    for loss in (2.0, 1.0):
        log = CSVLog(link)
        epochs(begun(log), log, *rows_of(loss))
    assert link.is_symlink()
    assert lines(tmp_path / "there" / "real.csv")[1] == ["1", "1.0"]
    assert lines(tmp_path / "there" / "real.1.csv")[1] == ["1", "2.0"]


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("end", ["", "5,0.2,3.0\r\n", "5,0.2,3.0\r\n6,0.", "\0\0\0"])
def test_a_resumed_run_has_every_line_once(tmp_path: Path, append: bool, end: str) -> None:
    path = tmp_path / "log.csv"
    older = CSVLog(path)
    epochs(begun(older), older, *rows_of(9.0))
    log = CSVLog(path, append=append)
    run = begun(log)
    epochs(run, log, *rows_of(1.0, 0.5))
    state = at.load(saved(tmp_path, log.state_dict()))
    epochs(run, log, {"train_loss": 0.25, "late": 3.0})
    with path.open("a", newline="") as file:
        file.write(end)
    log = CSVLog(path, append=append)
    log.load_state_dict(state)
    run = begun(log, rows_of(1.0, 0.5), resumed=True)
    old = [["1", "9.0"]] if append else []
    first = len(old) + 1
    kept = [*old, [str(first), "1.0"], [str(first + 1), "0.5"]]
    assert lines(path) == [["epoch", "train_loss"], *kept]
    epochs(run, log, *rows_of(0.75))
    log.on_fit_end(run)
    assert lines(path) == [["epoch", "train_loss"], *kept, [str(first + 2), "0.75"]]
    assert (tmp_path / "log.1.csv").exists() == (not append)


def saved(folder: Path, state: Any) -> Path:
    at.save(state, folder / "state.at")
    return folder / "state.at"


def test_a_run_resumed_in_its_first_epoch_has_no_lines_yet(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv")
    epochs(begun(log), log, *rows_of(1.0))
    log.load_state_dict({"before": 0})
    run = begun(log, resumed=True)
    assert lines(log.path) == [["epoch"]]
    assert History.load(log.path).epochs == 0
    epochs(run, log, *rows_of(0.5))
    assert lines(log.path) == [["epoch", "train_loss"], ["1", "0.5"]]


def test_a_resumed_run_brings_back_lines_that_are_missing(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "gone" / "log.csv")
    log.load_state_dict({"before": 0})
    begun(log, rows_of(1.0, 0.5), resumed=True)
    assert lines(log.path)[1:] == [["1", "1.0"], ["2", "0.5"]]


def test_a_log_that_is_new_on_a_resume_leaves_other_runs_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"epoch,train_loss\r\n1,9.0\r\n")
    begun(CSVLog(path, append=True), rows_of(1.0), resumed=True)
    assert lines(path)[1:] == [["1", "9.0"], ["2", "1.0"]]
    begun(CSVLog(path), rows_of(1.0), resumed=True)
    assert lines(path)[1:] == [["1", "1.0"]]
    assert len(lines(tmp_path / "log.1.csv")) == 3


def test_a_state_holds_for_one_run(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv", append=True)
    log.load_state_dict({"before": 0})
    epochs(begun(log, resumed=True), log, *rows_of(1.0))
    epochs(begun(log), log, *rows_of(2.0))
    assert lines(log.path)[1:] == [["1", "1.0"], ["2", "2.0"]]


def test_half_a_line_is_no_row(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv", append=True)
    log.path.write_bytes(b"epoch,train_loss\r\n1,9.0\r\n2,0.12")
    assert History.load(log.path) == {"train_loss": [9.0]}
    with pytest.warns(RuntimeWarning, match=r"the last line of .*log.csv is cut off.*: '2,0.12'"):
        run = begun(log)
    epochs(run, log, *rows_of(1.0))
    assert lines(log.path)[1:] == [["1", "9.0"], ["2", "1.0"]]
    log.path.write_bytes(b"epo")
    assert History.load(log.path) == {}


@pytest.mark.parametrize("room", range(0, 40, 3))
def test_a_full_disk_is_said_once_and_costs_no_line(
    tmp_path: Path, full_disk: Any, room: int
) -> None:
    log = CSVLog(tmp_path / "log.csv")
    run = begun(log)
    epochs(run, log, *rows_of(1.0, 0.5))
    whole = log.path.read_bytes()
    full_disk["room"] = room
    with pytest.warns(
        RuntimeWarning, match=r"CSVLog: .*log.csv cannot be written \(No space"
    ) as said:
        end(run, log, *rows_of(*(1 / i for i in range(3, 9))))
    assert len(said) == 1
    content = log.path.read_bytes()
    assert content.startswith(whole)
    assert content.endswith(b"\r\n")
    full_disk["room"] = math.inf
    epochs(run, log, *rows_of(0.0625))
    assert [line[0] for line in lines(log.path)[1:]] == [str(i) for i in range(1, 10)]
    assert list(tmp_path.iterdir()) == [log.path]


def test_a_vanished_folder_comes_back_with_all_lines(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "runs" / "log.csv")
    run = begun(log)
    epochs(run, log, *rows_of(1.0, 0.5))
    log.path.unlink()
    log.path.parent.rmdir()
    epochs(run, log, *rows_of(0.25))
    assert len(lines(log.path)) == 4
    log.path.unlink()
    log.path.parent.rmdir()
    log.path.parent.write_text("a file where the folder was")
    with pytest.warns(RuntimeWarning, match="training goes on") as said:
        epochs(run, log, *rows_of(0.125, 0.0625))
    assert len(said) == 1
    log.path.parent.unlink()
    log.on_fit_end(run)
    assert len(lines(log.path)) == 6


def test_a_file_that_someone_cut_is_written_anew(tmp_path: Path) -> None:
    log = CSVLog(tmp_path / "log.csv")
    run = begun(log)
    epochs(run, log, *rows_of(1.0, 0.5))
    os.truncate(log.path, 22)
    epochs(run, log, *rows_of(0.25))
    assert [line[0] for line in lines(log.path)] == ["epoch", "1", "2", "3"]


def test_another_runs_file_is_never_overwritten_where_it_cannot_be_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CSVLog(tmp_path / "log.csv")
    log.path.write_bytes(b"epoch,train_loss\r\n1,9.0\r\n")

    def refused(self: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refused)
        with pytest.warns(RuntimeWarning, match="Permission denied"):
            run = begun(log)
        epochs(run, log, *rows_of(1.0))
        assert lines(log.path)[1] == ["1", "9.0"]
    epochs(run, log, *rows_of(0.5))
    assert lines(tmp_path / "log.1.csv")[1] == ["1", "9.0"]
    assert len(lines(log.path)) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "has no column 'epoch', so it is no file of CSVLog's"),
        (b"\xff\xfe\x00", "has no column 'epoch'"),
        (b"hello", "has no column 'epoch'"),
        (b"epoch,a\n1,2,3\n", "has 3 fields in line 2 for 2 columns"),
        (b"epoch,a,a\n1,2,3\n", "has two columns of the same name"),
    ],
)
def test_what_is_no_log_is_refused_before_training(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        train([CSVLog(path, append=True)])
    with pytest.raises(ValueError, match=message):
        History.load(path)
    assert path.read_bytes() == content


def test_paths_and_states_are_checked(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="path must be a path, got NoneType"):
        CSVLog(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"path must be a file, and .* is a folder"):
        train([CSVLog(tmp_path)])
    with pytest.raises(ValueError, match="before must be at least 0, got -1"):
        CSVLog("log.csv").load_state_dict({"before": -1})
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        TensorBoard(tmp_path, every=0)


# -- History ---------------------------------------------------------------------------------------


def test_a_history_comes_back_from_its_file_to_the_bit(tmp_path: Path) -> None:
    history = History()
    for value in (0.1 + 0.2, math.inf, -math.inf, 5e-324, -0.0, math.nan):
        history.append({"train_loss": value, 'a "b", c': 1e300})
    history.append({"train_loss": 1 / 3})
    history.save(tmp_path / "history.csv")
    for found in (History.load(tmp_path / "history.csv"), History()):
        found.load_state_dict(at.load(saved(tmp_path, history.state_dict())))
        assert list(found) == list(history)
        for name, column in history.items():
            assert np.array(found[name]).tobytes() == np.array(column).tobytes()
    state = history.state_dict()
    found.load_state_dict(state)
    found.append({"train_loss": 1.0})
    assert history.epochs == 7
    history.append({"train_loss": 1.0})
    assert len(state["train_loss"]) == 7


def test_a_log_can_be_read_as_a_history(tmp_path: Path) -> None:
    history = train([CSVLog(tmp_path / "log.csv")], 3, validation=loader())
    assert History.load(tmp_path / "log.csv") == history


def test_a_history_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    history = History({"a": [1.0]})
    for state, error, message in (
        ([1], TypeError, "state must be a dict, got list"),
        ({"a": 1.0}, TypeError, "state\\['a'\\] must be a list of numbers, got float"),
        ({"a": ["x"]}, TypeError, "everything must be a number, got str"),
        ({"a": [1.0], "b": []}, ValueError, "equally many epochs, got {'a': 1, 'b': 0}"),
    ):
        with pytest.raises(error, match=message):
            history.load_state_dict(state)  # type: ignore[arg-type]
        assert history == {"a": [1.0]}
    (tmp_path / "h.csv").write_bytes(b"epoch,a\n1,high\n")
    with pytest.raises(ValueError, match="has 'high' in column 'a', expected a number"):
        History.load(tmp_path / "h.csv")
    with pytest.raises(ValueError, match="the name 'epoch' is that of the first column"):
        History({"epoch": [1.0]}).save(tmp_path / "h.csv")
    assert History.load(saved_empty(tmp_path)) == {}


def saved_empty(folder: Path) -> Path:
    History().save(folder / "empty.csv")
    return folder / "empty.csv"


# -- TensorBoard -----------------------------------------------------------------------------------


def test_tensorboard_gets_training_validation_and_batches(tmp_path: Path) -> None:
    history = train([TensorBoard(tmp_path, every=2)], 3, validation=loader())
    for folder in ("train", "validation"):
        found = shown(tmp_path / folder)
        for tag in ("loss", "accuracy"):
            values = np.array(history[f"{folder}_{tag}"], np.float32).tolist()
            assert found[tag] == list(enumerate(values, 1))
    assert [step for step, _ in shown(tmp_path / "batches")["batch_loss"]] == [2, 4, 6, 8]
    assert set(shown(tmp_path / "train")) == {
        *("loss", "accuracy", "learning_rate", "epoch_seconds")
    }


def test_every_epoch_is_in_the_file_when_it_ends(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path)
    run = begun(board)
    for epoch in range(1, 4):
        epochs(run, board, {"train_loss": float(epoch), "validation_loss": math.nan})
        assert [step for step, _ in shown(tmp_path / "train")["loss"]] == [*range(1, epoch + 1)]
    assert not (tmp_path / "validation").exists()


def test_a_resumed_run_shows_every_event_once(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, every=1)
    run = begun(board)
    for loss in (1.0, 0.5, 0.25):
        run.loss = loss + 8
        board.on_batch_end(run)
        epochs(run, board, *rows_of(loss))
        if loss == 0.5:
            state = board.state_dict()
    board = TensorBoard(tmp_path, every=1)
    board.load_state_dict(at.load(saved(tmp_path, state)))
    run = begun(board, rows_of(1.0, 0.5), resumed=True)
    assert shown(tmp_path / "train")["loss"] == [(1, 1.0), (2, 0.5)]
    assert shown(tmp_path / "batches")["batch_loss"] == [(1, 9.0), (2, 8.5)]
    run.loss = 10.0
    board.on_batch_end(run)
    epochs(run, board, *rows_of(2.0))
    assert shown(tmp_path / "train")["loss"] == [(1, 1.0), (2, 0.5), (3, 2.0)]
    assert shown(tmp_path / "batches")["batch_loss"] == [(1, 9.0), (2, 8.5), (3, 10.0)]


def test_a_run_in_a_used_folder_takes_the_place_of_the_other(tmp_path: Path) -> None:
    for losses in ((1.0, 0.5, 0.25), (3.0, 2.0)):
        board = TensorBoard(tmp_path)
        epochs(begun(board), board, *rows_of(*losses))
    assert shown(tmp_path / "train")["loss"] == [(1, 3.0), (2, 2.0)]
    assert len(files(tmp_path / "train")) == 2


@pytest.mark.parametrize("room", range(0, 160, 13))
def test_events_wait_for_room_on_the_disk(tmp_path: Path, full_disk: Any, room: int) -> None:
    board = TensorBoard(tmp_path)
    run = begun(board)
    epochs(run, board, *rows_of(1.0))
    full_disk["room"] = room
    with pytest.warns(RuntimeWarning, match=r"cannot be written \(No space") as said:
        end(run, board, *rows_of(0.5, 0.25, 0.125, 0.0625))
    assert len(said) == 1
    state = board.state_dict()
    assert state["epochs"] < 5
    there = [step for step, _ in shown(tmp_path / "train")["loss"]]
    assert there == [*range(1, len(there) + 1)]
    full_disk["room"] = math.inf
    if room % 2:  # the run goes on
        epochs(run, board, *rows_of(0.0))
    else:  # it is killed, and resumed elsewhere
        board = TensorBoard(tmp_path)
        board.load_state_dict(state)
        run = begun(board, rows_of(1.0, 0.5, 0.25, 0.125, 0.0625), resumed=True)
        epochs(run, board, *rows_of(0.0))
    assert [one for _, one in shown(tmp_path / "train")["loss"]] == [1, 0.5, 0.25, 0.125, 0.0625, 0]


def test_losses_of_batches_wait_in_the_state(tmp_path: Path, full_disk: Any) -> None:
    board = TensorBoard(tmp_path, every=1)

    def batches(run: Run, *losses: float) -> None:
        for run.loss in losses:
            board.on_batch_end(run)

    run = begun(board)
    batches(run, 1.0, 0.5)
    full_disk["room"] = 70  # for one more, and a bit
    with pytest.warns(RuntimeWarning, match="cannot be written"):
        batches(run, 0.25, 0.125, 0.0625)
    state = board.state_dict()
    assert [step for step, _ in state["late"]] == [4, 5]
    full_disk["room"] = math.inf
    state = at.load(saved(tmp_path, state))
    batches(run, 8.0)
    board = TensorBoard(tmp_path, every=1)
    board.load_state_dict(state)
    batches(begun(board, resumed=True), 4.0)
    right = [(1, 1.0), (2, 0.5), (3, 0.25), (4, 0.125), (5, 0.0625), (6, 4.0)]
    assert shown(tmp_path / "batches")["batch_loss"] == right


def test_tensorboard_reads_what_the_callback_wrote(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for losses in ((1.0, 0.5, 0.25), (1.0, 2.0)):
        board = TensorBoard(tmp_path)
        board.load_state_dict({"epochs": 1, "batches": 0, "late": []})
        resumed = losses[1] == 2.0
        run = begun(board, rows_of(1.0) if resumed else (), resumed=resumed)
        epochs(run, board, *rows_of(*losses[run.history.epochs :]))
    events = EventAccumulator(str(tmp_path / "train")).Reload()
    assert [(one.step, one.value) for one in events.Scalars("loss")] == [(1, 1.0), (2, 2.0)]


# -- LivePlot --------------------------------------------------------------------------------------


def test_a_picture_that_cannot_be_written_is_said_once(tmp_path: Path, full_disk: Any) -> None:
    pytest.importorskip("matplotlib")
    plot = LivePlot(tmp_path / "live.png")
    run = begun(plot)
    full_disk["room"] = 0
    with pytest.warns(RuntimeWarning, match="LivePlot: .*live.png cannot be written") as said:
        epochs(run, plot, *rows_of(1.0, 0.5))
    assert len(said) == 1
    assert list(tmp_path.iterdir()) == []
    full_disk["room"] = math.inf
    epochs(run, plot, *rows_of(0.25))
    assert plot.path is not None
    assert plot.path.stat().st_size > 1000


# -- what is printed -------------------------------------------------------------------------------


class Broken(io.StringIO):
    """The writing end of a pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_nobody_has_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    for output, message in ((Broken(), "Broken pipe"), (closed, "closed file")):
        monkeypatch.setattr(sys, "stdout", output)
        with pytest.warns(RuntimeWarning, match=f"cannot be written .*{message}.*training goes on"):
            history = train([], 3, verbose=True)
        assert history.epochs == 3
    monkeypatch.setattr(sys, "stdout", None)
    for errors in (None, closed):
        monkeypatch.setattr(sys, "stderr", errors)
        assert train([], 3, verbose=True, validation=loader()).epochs == 3


# -- a process of its own --------------------------------------------------------------------------

LIMITED = """
import resource, signal, sys, warnings
import autotensor as at, nn, nn.functional as F
from nn import optim
from nn.training import Callback, CSVLog, TensorBoard, fit

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

class Limit(Callback):
    def on_epoch_end(self, run):
        if run.epoch == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
        if run.epoch == 16:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

model = nn.Linear(1, 1)
batches = [(at.ones(1, 1), at.zeros(1, 1))]
optimizer = optim.SGD(model.parameters(), lr=0.1)
logs = [CSVLog(sys.argv[1] + "/log.csv"), TensorBoard(sys.argv[1])]
with warnings.catch_warnings(record=True) as said:
    fit(model, batches, F.mse_loss, optimizer, 20, callbacks=[Limit(), *logs], verbose=False)
print(len(said))
"""


def test_a_limit_of_the_system_costs_no_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"
    assert [line[0] for line in lines(tmp_path / "log.csv")[1:]] == [str(i) for i in range(1, 21)]
    assert [step for step, _ in shown(tmp_path / "train")["loss"]] == [*range(1, 21)]
