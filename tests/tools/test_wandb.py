"""Weights & Biases, offline: what a training has logged is in its file."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

pytest.importorskip("wandb", reason="needs the package wandb: pip install -e .[tools]")

import wandb
from wandb.proto.wandb_internal_pb2 import Record

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import Logger, fit

pytestmark = [
    pytest.mark.works_with("Weights & Biases", "`fit(logger=wandb.log)`, offline"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    with wandb.init(mode="offline", project="digits", dir=str(tmp_path)) as active:
        yield active


BLOCK, HEADER = 1 << 15, 7


def records_in(data: bytes) -> Iterator[bytes]:
    """The records of a log as LevelDB writes it: in blocks, each piece with its length and kind."""
    assert data.startswith(b":W&B")
    at, whole = HEADER, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:  # the rest of a block is too short for a piece
            at += BLOCK - at % BLOCK
            continue
        size, kind = struct.unpack_from("<HB", data, at + 4)
        whole += data[at + HEADER : at + HEADER + size]
        at += HEADER + size
        if kind in (1, 4):  # all of it, or the last piece
            yield whole
            whole = b""


def rows_in(folder: Path) -> Iterator[dict[str, Any]]:
    """What was logged, as it is in the file of the run."""
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    records: list[Any] = []
    ends = monotonic() + 30
    # ``finish`` may return before the process that writes the file has come to its end.
    while not (records and records[-1].WhichOneof("record_type") == "exit"):
        assert monotonic() < ends, "the run has no end"
        records = [Record.FromString(data) for data in records_in(path.read_bytes())]
    for record in records:
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            yield {(one.key or one.nested_key[0]): json.loads(one.value_json) for one in items}


def train(logger: Any) -> Any:
    at.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = at.randn(8, 2), at.tensor([0, 1] * 4)
    batches = [(x[:4], y[:4]), (x[4:], y[4:])]
    return fit(model, batches, F.cross_entropy, optimizer, 3, logger=logger, verbose=False)


def with_wandb(model, loader, optimizer):
    """As docs/recipes/experiment_trackers.md shows it."""
    with wandb.init(project="digits", mode="offline", config={"lr": 0.1}) as run:
        fit(model, loader, F.cross_entropy, optimizer, 3, logger=run.log)


def test_as_the_recipe_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    model = nn.Linear(2, 2)
    batch = at.randn(4, 2), at.tensor([0, 1, 0, 1])
    with_wandb(model, [batch], optim.SGD(model.parameters(), lr=0.1))
    rows = [*rows_in(tmp_path)]
    assert [row["_step"] for row in rows] == [1, 2, 3]
    assert all(row["train_loss"] > 0 for row in rows)


def test_every_epoch_is_in_the_file(run: Any, tmp_path: Path) -> None:
    history = train(run.log)
    run.finish()
    rows = [*rows_in(tmp_path)]
    assert [row["_step"] for row in rows] == [1, 2, 3]
    for name, column in history.items():
        assert [row[name] for row in rows] == column


def test_the_function_of_the_package_and_batches(run: Any, tmp_path: Path) -> None:
    history = train(Logger(wandb.log, every=1))
    run.finish()
    rows = [*rows_in(tmp_path)]
    assert [row["_step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["epoch"] for row in rows if "epoch" in row] == [1, 2, 3]
    assert [row["train_loss"] for row in rows if "epoch" in row] == history["train_loss"]
    assert all("batch_loss" in row for row in rows)
