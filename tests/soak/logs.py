"""Logs of runs that are killed, or whose disk is full: no line lost, none there twice."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autotensor as at
import nn
from nn import optim
from nn.training import Callback, CSVLog, History, Run, TensorBoard, fit
from tests.event_reader import shown
from tests.soak.parts import times
from tests.soak.table import Row

TITLE = "Logs: kills and full disks"

EPOCHS = 16
MEMORY = "/dev/shm"
MOST = 10_000
"""Epochs of a run that does nothing but write; as many reports fit into a pipe."""
EARLIER = b"epoch,train_loss\r\n1,9.0\r\n2,8.0\r\n"
"""What another run has left in the file that is appended to."""


class Reporter(Callback):
    """Says through a pipe which epochs have ended."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def on_epoch_end(self, run: Run) -> None:
        os.write(self.pipe, struct.pack("<I", run.epoch))


class FullDisk(Callback):
    """From one epoch to another, files hold no more than ``room`` bytes."""

    def __init__(self, first: int, last: int, room: int) -> None:
        self.first, self.last, self.room = first, last, room

    def on_epoch_begin(self, run: Run) -> None:
        most = resource.RLIM_INFINITY
        room = self.room if self.first <= run.epoch < self.last else most
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))


def train(folder: Path, append: bool, disk: FullDisk | None, pipe: int) -> None:
    """A small run, which goes on where the one before it in the folder was killed."""
    at.manual_seed(0)
    x = at.randn(12, 3)
    batches = [(x[i : i + 4], at.tensor([0, 1, 1, 0])) for i in (0, 4, 8)]
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    logs = [CSVLog(folder / "log.csv", append), TensorBoard(folder / "board", every=2)]
    first = [disk] if disk is not None else []
    fit(
        model, batches, nn.functional.cross_entropy, optimizer, EPOCHS,
        validation=batches[:1], callbacks=[*first, *logs, Reporter(pipe)], verbose=False,
        checkpoint=folder / "kept", checkpoint_every=4, resume=True,
    )  # fmt: skip


def child(action: Callable[[int], None], kill_after: float) -> tuple[int, int, bool]:
    """Runs ``action(pipe)`` in a process of its own, and kills it if it takes so long.

    Returns:
        How many epochs it has ended, its wait status, and whether it was killed.
    """
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(read)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            warnings.simplefilter("ignore")
            action(write)
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.stderr)
        finally:
            os._exit(status)
    os.close(write)
    with contextlib.closing(os.fdopen(read, "rb")) as pipe:
        end = time.monotonic() + kill_after
        while time.monotonic() < end:
            if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                break
            time.sleep(min(0.002, max(0.0, end - time.monotonic())))
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        ended = pipe.read()
    epoch = struct.unpack("<I", ended[-4:])[0] if ended else 0
    return epoch, status, os.WIFSIGNALED(status)


class Expected:
    """What the logs of a run that is left alone say."""

    def __init__(self, folder: Path) -> None:
        began = time.monotonic()
        found = {append: self._run(folder / str(append), append) for append in (False, True)}
        self.seconds = (time.monotonic() - began) / 2
        self.lines = {append: lines(folder / str(append)) for append in found}
        self.board = board(folder / "False")

    def _run(self, folder: Path, append: bool) -> None:
        prepare(folder, append)
        _, status, _ = child(functools.partial(train, folder, append, None), 60)
        if status:
            raise RuntimeError("the run that is to be left alone fails")


def prepare(folder: Path, append: bool) -> None:
    folder.mkdir()
    if append:
        (folder / "log.csv").write_bytes(EARLIER)


def lines(folder: Path) -> list[bytes]:
    path = folder / "log.csv"
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def board(folder: Path) -> dict[str, Any]:
    """What TensorBoard shows of each of its folders but the time; half a record is an error."""
    names = ("train", "validation", "batches")
    found = {name: shown(folder / "board" / name) for name in names}
    found["train"].pop("epoch_seconds", None)
    return found


def csv_is_right(folder: Path, append: bool, ended: int, expected: Expected) -> bool:
    """Every epoch that had ended is a line, and nothing is a line that is none."""
    found, right = lines(folder), expected.lines[append]
    old = EARLIER.splitlines(keepends=True) if append else []
    if len(found) <= max(len(old), 1):  # no epoch of this run: the columns are not those yet
        return ended == 0 and found[1:] == old[1:]
    rows = History.load(folder / "log.csv").epochs
    return rows == len(found) - 1 >= ended + len(old[1:]) and found == right[: len(found)]


def board_is_right(folder: Path, ended: int, expected: Expected) -> bool:
    """Every epoch that had ended is there, and what is there is that of the run left alone."""
    for name, tags in board(folder).items():
        for tag, right in expected.board[name].items():
            found = tags.get(tag, [])
            least = ended * 3 // 2 if name == "batches" else ended
            if found != right[: len(found)] or len(found) < least:
                return False
    return True


def attempt(
    folder: Path, dice: random.Random, expected: Expected, held: Counter[str], full: bool
) -> None:
    """One run, killed some times, or with a full disk, and resumed until it is done."""
    append = dice.random() < 0.5
    prepare(folder, append)
    disk = None
    if full:
        first = dice.randrange(1, EPOCHS)
        disk = FullDisk(first, dice.randrange(first + 1, EPOCHS + 2), dice.randrange(0, 3000))
    most = 0
    for turn in range(4):
        after = 60.0 if turn == 3 else expected.seconds * dice.uniform(0.05, 1.1)
        action = functools.partial(train, folder, append, disk)
        ended, status, killed = child(action, after)
        most = max(most, ended)
        if not killed and disk is None:
            break
        disk = None  # with room, what the run before could not write comes
        if not killed:
            continue
        if not full:
            held["kills"] += 1
            right = csv_is_right(folder, append, most, expected)
            shown_right = board_is_right(folder, most, expected)
            held["csv"] += right
            held["board"] += shown_right
            if not (right and shown_right):
                print(f"{folder}: {most} epochs ended, append {append}, run {turn + 1}, {right=}")
                print(*lines(folder))
        most = 0  # the next run may go on from an earlier epoch
    same = lines(folder) == expected.lines[append]
    alike = board(folder) == expected.board
    if status or not (same and alike):
        print(f"{folder}: status {status}, log.csv {same}, TensorBoard {alike}, full disk {full}")
    kind = "full " if full else ""
    held[f"{kind}runs"] += 1
    held[f"{kind}same"] += same and status == 0
    held[f"{kind}alike"] += alike and status == 0


def logs_in(folder: Path, history: History, resumed: bool) -> tuple[Run, list[Any]]:
    """A run that only writes, which has begun: its losses are 1 / epoch."""
    model = nn.Linear(1, 1)
    run = Run(model, optim.SGD(model.parameters(), lr=0.1), [], None, MOST, history)
    run.epoch, run.resumed = history.epochs, resumed
    logs: list[Any] = [CSVLog(folder / "log.csv"), TensorBoard(folder / "board")]
    for log, state in zip(
        logs, ({"before": 0}, {"epochs": run.epoch, "batches": 0, "late": []}), strict=True
    ):
        if resumed:
            log.load_state_dict(state)
        log.on_fit_begin(run)
    return run, logs


def write(run: Run, callbacks: list[Any], count: int) -> None:
    for _ in range(count):
        run.epoch += 1
        run.history.append({"train_loss": 1 / run.epoch})
        for callback in callbacks:
            callback.on_epoch_end(run)


def only_write(folder: Path, pipe: int) -> None:
    run, logs = logs_in(folder, History(), False)
    write(run, [*logs, Reporter(pipe)], MOST)


def epochs_in(folder: Path) -> tuple[int, int]:
    """How many epochs log.csv and TensorBoard have, all of which are right; -1 if one is not."""
    path, board = folder / "log.csv", folder / "board" / "train"
    losses = History.load(path).get("train_loss", []) if path.exists() else []
    shown_losses = shown(board, check=False).get("loss", [])
    right = [1 / epoch for epoch in range(1, MOST + 1)]
    singles = [(epoch, float(np.float32(loss))) for epoch, loss in enumerate(right, 1)]
    return (
        len(losses) if losses == right[: len(losses)] else -1,
        len(shown_losses) if shown_losses == singles[: len(shown_losses)] else -1,
    )


def kill_a_writer(folder: Path, dice: random.Random, held: Counter[str]) -> None:
    """A run that does nothing but write is killed, and resumed from some epoch before that."""
    folder.mkdir()
    ended, _, killed = child(functools.partial(only_write, folder), dice.uniform(0.0, 0.4))
    if not killed:
        return
    found = epochs_in(folder)
    held["writers"] += 1
    held["writers held"] += min(found) >= ended
    again = dice.randint(0, ended)
    history = History()
    for epoch in range(1, again + 1):
        history.append({"train_loss": 1 / epoch})
    run, logs = logs_in(folder, history, True)
    resumed = epochs_in(folder) == (again, again)
    write(run, logs, 3)
    resumed &= epochs_in(folder) == (again + 3, again + 3)
    held["writers resumed"] += resumed
    if min(found) < ended or not resumed:
        print(f"{folder}: {ended} epochs, found {found}, resumed from {again}: {resumed}")
    else:
        shutil.rmtree(folder)


def run(effort: float, seed: int) -> list[Row]:
    dice, held = random.Random(seed), Counter[str]()
    # In memory where there is such a place: forcing files to a disk would take most of the time.
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    root = Path(tempfile.mkdtemp(prefix="logs-", dir=place))
    expected = Expected(root)
    kills, disks = times(300, effort, 2), times(100, effort)
    while held["kills"] < kills or held["full runs"] < disks:
        folder = root / str(held["runs"] + held["full runs"])
        attempt(folder, dice, expected, held, held["full runs"] * kills < held["kills"] * disks)
    for number in range(times(300, effort, 2)):
        kill_a_writer(root / f"writer {number}", dice, held)
    if held["same"] == held["alike"] == held["runs"]:
        shutil.rmtree(root)
    return [
        Row("logs killed by SIGKILL while they only write", "each ended epoch there, none half",
            held["writers"], held["writers held"]),
        Row("such logs, resumed from any epoch", "each epoch once, none missing",
            held["writers"], held["writers resumed"]),
        Row("fit killed by SIGKILL", "each ended epoch a line of log.csv, no half line a row",
            held["kills"], held["csv"]),
        Row("fit killed by SIGKILL", "each ended epoch in TensorBoard's files, no half record",
            held["kills"], held["board"]),
        Row("killed, then resumed to the end", "log.csv that of a run left alone, byte for byte",
            held["runs"], held["same"]),
        Row("killed, then resumed to the end", "TensorBoard shows each number once, none missing",
            held["runs"], held["alike"]),
        Row("disk full for some epochs, killed or not", "log.csv that of a run left alone",
            held["full runs"], held["full same"]),
        Row("disk full for some epochs, killed or not", "TensorBoard shows each number once",
            held["full runs"], held["full alike"]),
    ]  # fmt: skip
