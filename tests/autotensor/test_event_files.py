"""TensorBoard's files: read back by a reader of our own, and compared with TensorBoard's code."""

from __future__ import annotations

import itertools
import math
import os
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.utils import event_files
from autotensor.utils.tensorboard import SummaryWriter
from tests.event_reader import fields, files, masked_crc, records, shown, written


@pytest.mark.parametrize("size", [2047, 2048, 2049, 2112, 5000])
def test_the_checksum_of_much_is_that_of_its_bytes_one_by_one(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    assert event_files.checksum(data) == masked_crc(data)


def test_the_checksum_is_that_of_the_standard() -> None:
    # RFC 3720, appendix B.4: 32 zeros, 32 ones, and the numbers to 31, before masking.
    for data, crc in (
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ):
        right = ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
        assert event_files.checksum(data) == masked_crc(data) == right


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**31, 2**63 - 1, -1, -(2**63)])
def test_steps_of_every_size_are_read_back(tmp_path: Path, value: int) -> None:
    SummaryWriter(tmp_path).add_scalar("x", 1.0, value)
    assert written(tmp_path) == [("x", value % 2**64, 1.0)]


def test_a_number_is_in_the_file_when_the_call_returns(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    for step in range(3):
        writer.add_scalar("loss", at.tensor(step + 0.5), step)
        assert shown(tmp_path)["loss"] == [(i, i + 0.5) for i in range(step + 1)]
    writer.close()
    writer.add_scalar("loss", 9, 9)
    assert len(files(tmp_path)) == 1
    assert len(shown(tmp_path)["loss"]) == 4


def test_numbers_that_no_float32_can_hold_are_infinite(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    for value in (1e300, -1e300, math.inf, 5e-324, math.nan):
        writer.add_scalar("x", value)
    found = [value for _, _, value in written(tmp_path)]
    assert found[:4] == [math.inf, -math.inf, math.inf, 0.0]
    assert math.isnan(found[4])


def test_a_purge_hides_older_files_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_files, "_NUMBERS", itertools.count(95))
    for number in range(12):
        monkeypatch.setattr(time, "time", lambda back=number: 1e9 - back // 3)
        writer = SummaryWriter(tmp_path, purge_step=number)
        for step in range(number, number + 3):
            writer.add_scalars("x", {"a": number * 100 + step}, step)
            writer.add_scalar("x", number * 100 + step, step)
    steps = [(step, float(min(step, 11) * 100 + step)) for step in range(14)]
    assert shown(tmp_path)["x"] == shown(tmp_path / "x_a")["x"] == steps
    SummaryWriter(tmp_path, purge_step=5)
    assert [step for step, _ in shown(tmp_path)["x"]] == [*range(5)]


def test_a_file_that_vanished_or_was_written_to_is_left_for_a_new_one(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path / "run", purge_step=0)
    writer.add_scalar("x", 0, 0)
    (path,) = files(tmp_path / "run")
    with path.open("ab") as file:
        file.write(b"half")
    writer.add_scalar("x", 1, 1)
    first, second = files(tmp_path / "run")
    assert first == path
    assert len(list(records(second))) == 2  # the version and the number, and no purge
    path.unlink()
    second.unlink()
    second.parent.rmdir()
    writer.add_scalar("x", 2, 2)
    assert shown(tmp_path / "run") == {"x": [(2, 2.0)]}


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "MOST_WAITING", 1000)
    (tmp_path / "run").write_text("a file in place of the folder")
    writer = SummaryWriter(tmp_path / "run")
    with pytest.warns(RuntimeWarning, match=r"run cannot be written \(.*\); the entries wait"):
        writer.add_scalar("x", 0, 0)
    for step in range(1, 8):
        writer.add_scalar("x", step, step)
    before = writer.waiting
    assert before == 8
    with pytest.warns(RuntimeWarning, match="new entries are lost"):
        writer.add_text("much", "x" * 1000)
    assert writer.waiting == before
    (tmp_path / "run").unlink()
    writer.flush()
    assert writer.waiting == 0
    assert [step for step, _ in shown(tmp_path / "run")["x"]] == [*range(8)]


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    SummaryWriter(tmp_path, filename_suffix=".mine").add_scalar("x", 1, 1, walltime=12.5)
    (path,) = files(tmp_path)
    assert path.name.endswith(f".{os.getpid()}.{path.name.split('.')[-2]}.mine")
    head, event = (fields(one) for one in records(path))
    assert head[3] == [b"brain.Event:2"]
    assert event[1] == [12.5]


def test_pictures_texts_and_histograms_without_tensorboard(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    writer.add_image("p", np.zeros((3, 2, 4), np.uint8), 1)
    writer.add_text("t", "it learns", 2)
    writer.add_histogram("h", np.array([1.0, 2.0, 2.0]), 3, bins=[0.5, 1.5, 2.5])
    (path,) = files(tmp_path)
    _, *events = (fields(one) for one in records(path))
    values = [fields(fields(event[5][0])[1][0]) for event in events]
    picture = fields(values[0][4][0])
    assert picture[1] + picture[2] + picture[3] == [2, 4, 3]
    assert picture[4][0].startswith(b"\x89PNG")
    assert values[1][1] == [b"t/text_summary"]
    text = fields(values[1][8][0])
    assert (text[1], text[8]) == ([7], [b"it learns"])
    histogram = fields(values[2][5][0])
    assert [histogram[number][0] for number in range(1, 6)] == [1, 2, 3, 5, 9]
    assert struct.unpack("<3d", histogram[6][0]) == (0.5, 1.5, 2.5)
    assert struct.unpack("<3d", histogram[7][0]) == (0, 1, 2)


def test_tensorboard_parses_every_message_into_the_same(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary

    writer = SummaryWriter(tmp_path, purge_step=3)
    writer.add_scalar("x", 0.1, 300, walltime=1.5)
    (path,) = files(tmp_path)
    events: list[Any] = [Event.FromString(one) for one in records(path)]
    assert events[1].session_log.status == SessionLog.START
    assert events[1].step == 3
    value = Summary.Value(tag="x", simple_value=0.1)
    assert events[2] == Event(wall_time=1.5, step=300, summary=Summary(value=[value]))
    assert len(list(EventFileLoader(str(path)).Load())) == 3
